"""A window in pieces, most of them whole days."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homelab import times
from homelab.usage import day_tiles

NOW = 1795465834 * times.SECOND + 883967747  # 2026-11-23T20:30:34.883967747Z
_MS = times.MILLISECOND
_MOMENT = st.integers(NOW // _MS - 100 * 86_400_000, NOW // _MS).map(lambda ms: ms * _MS)


@given(_MOMENT, st.integers(1, 100 * 86_400_000))
def test_the_pieces_cover_each_moment_of_the_window_once(start: int, length: int) -> None:
    end = start + length * _MS
    reached = start
    for piece in day_tiles.pieces(start, end):
        assert piece[0] == reached < piece[1]
        reached = piece[1]
        path, parameters = day_tiles.question(piece, ("exit",), "{}")
        assert path == "query_range"
        if not day_tiles.is_whole(piece):
            assert parameters["start"] == parameters["end"] == piece[1]
            assert parameters["step"] == "1ms"  # times that are not a multiple of it are rounded
            assert f"[{(piece[1] - piece[0]) // _MS}ms]" in str(parameters["query"])
            assert piece[1] - piece[0] < times.DAY
        else:
            first, last = int(parameters["start"]), int(parameters["end"])
            assert (first - times.DAY, last) == piece
            assert first % times.DAY == last % times.DAY == 0
            assert last - first < day_tiles.MOST * times.DAY
        halves = day_tiles.halves(piece)
        assert (halves[0][0], halves[-1][1]) == piece
        assert len(halves) == 1 or halves[0][1] == halves[1][0]
        assert (len(halves) == 1) == (piece[1] - piece[0] <= times.DAY)
    assert reached == end


@given(st.sets(st.integers(20_000, 20_200)))
def test_days_are_as_few_pieces_as_they_can_be(days: set[int]) -> None:
    found = day_tiles.of_days(days)
    covered = [day for start, end in found for day in range(start // times.DAY, end // times.DAY)]
    assert covered == sorted(days)
    for (first, end), (start, _) in zip(found, found[1:]):
        assert end < start or end - first == day_tiles.MOST * times.DAY
    assert all(day_tiles.is_whole(piece) for piece in found)
    assert all(end - start <= day_tiles.MOST * times.DAY for start, end in found)
