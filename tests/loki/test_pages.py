"""Paging: no line lost and none doubled, for any page size and any number of lines with one
time."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import Any

import pytest
from fakes.loki import evaluate, parse
from fakes.loki.server import SILENCE, Answer, FakeLoki, Request
from fakes.loki.store import Row, Stream
from hypothesis import given, settings
from hypothesis import strategies as st
from support.reading import Sink

from homelab.errors import Failure
from homelab.loki import halving, pages
from homelab.loki.address import Address
from homelab.loki.client import Loki, TooLong
from homelab.loki.deadline import Deadline
from homelab.loki.patience import Patience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 10**9
DAY = 86_400 * SECOND
Found = list[tuple[tuple[tuple[str, str], ...], int, str]]


def found(batches: Any) -> Found:
    return [
        (tuple(sorted(labels.items())), at, line) for labels, at, line in pages.entries(batches)
    ]


class Memory:
    """Streams in memory that answer as a Loki does; unless `settled`, lines with equal times come
    in any order."""

    def __init__(
        self, entries: list[tuple[str, int, str]], largest: int = 10**9, settled: bool = False
    ) -> None:
        self.settled = settled
        self.streams: dict[str, Stream] = {}
        for app, at, line in entries:
            shard = str(len(line) % 2)
            labels = {"job": "x", "app": app, pages.HIDDEN: shard}
            self.streams.setdefault(app + shard, Stream(labels)).add(Row(at, line, {}))
        self.largest = largest  # characters in an answer
        self.asked: list[int] = []

    def all(self, start: int, end: int) -> Found:
        shards = {(pages.HIDDEN, "0"), (pages.HIDDEN, "1")}
        return [
            (tuple(sorted(set(stream.labels.items()) - shards)), row.ts, row.line)
            for stream in self.streams.values()
            for row in stream.rows(start, end)
        ]

    def ask(self, parameters: dict[str, str | int]) -> list[Any]:
        log = parse.parse(str(parameters["query"]))
        assert isinstance(log, parse.Log)
        streams = list(self.streams.values())
        if not self.settled:
            random.shuffle(streams)
        start, end = int(parameters["start"]), int(parameters["end"])
        limit, forward = int(parameters["limit"]), parameters["direction"] == "forward"
        self.asked.append(limit)
        chosen = evaluate.select(streams, log, start, end, limit, forward)
        if sum(len(line) for rows in chosen.values() for _, line in rows) > self.largest:
            raise TooLong(69, "too long")
        return [
            {"stream": dict(labels), "values": [[str(t), x] for t, x in rows]}
            for labels, rows in chosen.items()
        ]


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["plex", "traefik", "nas"]),
        st.integers(0, 6),
        st.text(alphabet='ab\n"\\\x00é', max_size=3),
    ),
    max_size=60,
)


@given(
    ENTRIES, st.integers(1, 7), st.booleans(), st.integers(0, 4), st.integers(3, 7), st.booleans()
)
def test_nothing_is_lost_and_nothing_doubled(
    entries: list[tuple[str, int, str]],
    page: int,
    forward: bool,
    start: int,
    end: int,
    settled: bool,
) -> None:
    memory = Memory(entries, settled=settled)
    read = found(pages.Pages(memory.ask, '{job="x"}', forward, page).batches(start, end))
    assert sorted(read) == sorted(memory.all(start, end))
    moments = [at for _, at, _ in read]
    assert moments == sorted(moments, reverse=not forward)
    assert all(start <= at < end for at in moments)


@given(ENTRIES, st.integers(1, 5), st.booleans(), st.integers(1, 40))
def test_a_limit_ends_it(
    entries: list[tuple[str, int, str]], page: int, forward: bool, limit: int
) -> None:
    memory = Memory(entries)
    read = found(pages.Pages(memory.ask, '{job="x"}', forward, page).batches(0, 9, limit))
    expected = sorted((at for _, at, _ in memory.all(0, 9)), reverse=not forward)[:limit]
    assert [at for _, at, _ in read] == expected
    assert not Counter(read) - Counter(memory.all(0, 9))


class Trouble:
    """A Memory that answers late, refuses now and then temporarily, and is asked in threads."""

    def __init__(self, memory: Memory, refused: float) -> None:
        self.memory = memory
        self.refused = refused
        self.open = self.most = 0
        self.lock = threading.Lock()

    def hang_up(self, thread: int) -> None:
        pass

    def ask(self, parameters: dict[str, str | int]) -> list[Any]:
        with self.lock:
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            time.sleep(random.random() / 1000)  # so that answers are ready in any order
            if random.random() < self.refused:
                failure = Failure(69, "too many requests")
                failure.status = 429
                raise failure
            return self.memory.ask(parameters)
        finally:
            with self.lock:
                self.open -= 1

    def pages(self, forward: bool, page: int) -> pages.Pages:
        loki: Any = self
        return pages.Pages(self.ask, '{job="x"}', forward, page, patient, loki)


def patient(answer: Callable[[], list[Any]]) -> list[Any]:
    """Ask again as Patience does, without its waits."""
    while True:
        try:
            return answer()
        except Failure as failure:
            if failure.status != 429:
                raise


GAPS = st.sampled_from([0, 1, 1, 2, 3, 50, 10**6, 10**12])
TIMELINES = st.lists(st.tuples(GAPS, st.integers(1, 12)), max_size=25)


def timeline(steps: list[tuple[int, int]]) -> list[tuple[str, int, str]]:
    """Entries of two streams: for each step, a gap (ns) and then a number of entries, some with one
    time."""
    entries, at = [], 0
    for gap, count in steps:
        at += gap
        for number in range(count):
            at += number % 2
            entries.append(("plex" if number % 3 else "nas", at, f"{number} of {count} {gap}"))
    return list(dict.fromkeys(entries))


@settings(deadline=None)
@given(
    TIMELINES, st.integers(1, 9), st.booleans(), st.sampled_from([0, 0.3]),
    st.sampled_from([60, 10**9]), st.integers(0, 120),
)  # fmt: skip
def test_slices_at_once_give_the_same_in_the_same_order(
    steps: list[tuple[int, int]], page: int, forward: bool, refused: float, largest: int, limit: int
) -> None:
    """Bursts and gaps of any length, answers that are ready in any order, refused, or too large."""
    trouble = Trouble(Memory(timeline(steps), largest), refused)
    end = 30 * 10**12
    expected = trouble.memory.all(0, end)
    before = set(threading.enumerate())
    read = found(trouble.pages(forward, page).batches(0, end, limit))
    assert set(threading.enumerate()) <= before
    moments = sorted((at for _, at, _ in expected), reverse=not forward)
    assert [at for _, at, _ in read] == (moments[:limit] if limit else moments)
    assert not Counter(read) - Counter(expected)


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
def test_many_lines_are_asked_for_four_pages_at_once(forward: bool) -> None:
    """Each answer waits until four were asked for, or all were."""
    entries = [("plex", at, str(at)) for at in range(4000)]
    trouble = Trouble(Memory(entries), 0)
    read = found(trouble.pages(forward, 100).batches(0, 4000))
    assert sorted(read) == sorted(trouble.memory.all(0, 4000))
    assert trouble.most == 4
    assert len(trouble.memory.asked) <= 4000 / (100 * pages.FILLED) + 5


def test_a_gap_and_a_burst_cost_few_questions() -> None:
    """A line a second for an hour, then nothing for a month, then thousands in a second."""
    lines = [("plex", at * SECOND, str(at)) for at in range(3600)]
    later = 30 * DAY
    lines += [("plex", later + at * 10**5, f"burst {at}") for at in range(4000)]
    lines += [("plex", later + (100 + at) * SECOND, f"after {at}") for at in range(400)]
    for forward in (True, False):
        trouble = Trouble(Memory(lines), 0)
        read = found(trouble.pages(forward, 100).batches(0, 31 * DAY))
        assert sorted(read) == sorted(trouble.memory.all(0, 31 * DAY))
        assert len(trouble.memory.asked) < 2.5 * len(lines) / 100


def test_a_quiet_time_before_the_first_page_makes_no_slice_too_long() -> None:
    """A window reaches ahead of now, where there are no lines yet."""
    entries = [("plex", at * SECOND, str(at)) for at in range(4000)]
    trouble = Trouble(Memory(entries), 0)
    read = found(trouble.pages(False, 100).batches(0, 40_000 * SECOND))
    assert sorted(read) == sorted(trouble.memory.all(0, 40_000 * SECOND))
    assert len(trouble.memory.asked) <= 4000 / (100 * pages.FILLED) + 5
    assert trouble.most == 4


def test_what_nobody_reads_on_is_not_asked_on() -> None:
    entries = [("plex", at, str(at)) for at in range(100_000)]
    trouble = Trouble(Memory(entries), 0)
    before = set(threading.enumerate())
    batches = trouble.pages(True, 100).batches(0, 100_000)
    assert len(next(batches)) + len(next(batches)) < 200
    batches.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= before
    assert len(trouble.memory.asked) <= 2 + pages.HELD


def test_a_limit_asks_for_little_more_than_it_needs() -> None:
    entries = [("plex", at, str(at)) for at in range(100_000)]
    trouble = Trouble(Memory(entries), 0)
    read = found(trouble.pages(True, 100).batches(0, 100_000, 1000))
    assert [at for _, at, _ in read] == [*range(1000)]
    assert len(trouble.memory.asked) <= 1000 / (100 * pages.FILLED) + 5


def test_one_page_needs_no_thread() -> None:
    entries = [("plex", at, str(at)) for at in range(150)]
    trouble = Trouble(Memory(entries), 0)
    began = []
    threading.setprofile(lambda *_: began.append(1))  # called in threads that start from now on
    try:
        assert len(found(trouble.pages(True, 100).batches(0, 150))) == 150
    finally:
        threading.setprofile(None)
    assert not began


def test_an_answer_that_is_too_large_is_asked_for_in_less() -> None:
    entries = [("plex", at, "x" * 100) for at in range(100)]
    memory = Memory(
        [*entries, ("plex", 100, "y" * 600), *[("nas", at, "") for at in range(101, 990)]], 700
    )
    read = found(pages.Pages(memory.ask, '{job="x"}', True, 64).batches(0, 2000))
    assert sorted(read) == sorted(memory.all(0, 2000))
    assert 4 in memory.asked  # of 100 characters each 7 fit
    assert memory.asked[-1] == 64  # when lines are short again, whole pages are asked for
    pair = Memory([(app, at, app * 20) for at in (1, 2) for app in ("plex", "nas")], 99, True)
    read = found(pages.Pages(pair.ask, '{job="x"}', True).batches(0, 9))
    assert sorted(read) == sorted(pair.all(0, 9))
    with pytest.raises(TooLong):  # a single line is too large
        found(pages.Pages(Memory(entries, 99).ask, '{job="x"}', True, 64).batches(0, 2000))


def test_what_can_not_be_told_apart_is_an_error_and_no_gap() -> None:
    def ask(_: object) -> list[Any]:
        return [{"stream": {"a": "b"}, "values": [["5", "same"]] * 3}]

    with pytest.raises(
        Failure, match=r"over 3 lines at 1970-01-01T00:00:00.000000005Z have the same"
    ):
        found(pages.Pages(ask, "{}", True, 3).batches(0, 9))


def test_filters_stand_behind_the_whole_pipeline() -> None:
    assert (
        halving.filtered('({a="b"} |= "x" # why\n)', ' |= "y"') == '{a="b"} |= "x" # why\n |= "y"'
    )


def client(url: str) -> Loki:
    return Loki(Address(url), {}, "test")


def many(loki: FakeLoki, count: int) -> tuple[str, int, list[int]]:
    """A query, and the start and the times of this many lines, a second apart."""
    sink = Sink(loki.url)
    begun = time.time_ns() - (count + 60) * SECOND
    moments = [begun + number * SECOND for number in range(count)]
    sink.push({"job": sink.job}, [(at, str(at)) for at in moments])
    return f'{{job="{sink.job}"}}', begun, moments


def patiently(loki: FakeLoki, query: str, start: int, end: int) -> Found:
    """The lines of a window, read in pages of 100, with temporary failures asked again."""
    bound, patience = Deadline(120, "Loki"), Patience()
    read = pages.read(
        client(loki.url), query, start, end, page=100, deadline=bound, patience=patience
    )
    return found(read)


def test_a_loki_that_restarts_in_the_middle_costs_no_line(loki: FakeLoki) -> None:
    """It dies with four questions in flight, which fail, and listens again."""
    query, begun, moments = many(loki, 3000)
    died = False

    def hook(request: Request) -> Answer | None:
        nonlocal died
        if not died and len(loki.requests) > 8:
            died = True
            loki.crash()
            loki.restart()
        return None

    loki.hook = hook
    read = patiently(loki, query, begun, moments[-1] + 1)
    assert died
    assert [at for _, at, _ in read] == moments


def test_a_loki_that_goes_for_good_ends_it_behind_what_came(loki: FakeLoki) -> None:
    query, begun, moments = many(loki, 3000)
    loki.hook = lambda _: SILENCE if len(loki.requests) > 8 else None
    before = set(threading.enumerate())
    batches = pages.read(client(loki.url), query, begun, moments[-1] + 1, page=100)
    read: Found = []
    with pytest.raises(Failure):
        for batch in batches:
            read += found(iter([batch]))
    left = {each for each in set(threading.enumerate()) - before if "Thread-" in each.name}
    assert not [each for each in left if "process_request_thread" not in each.name]
    assert 0 < len(read) < 3000  # the first page at least; the others are asked in any order
    assert [at for _, at, _ in read] == moments[: len(read)]


def test_a_busy_loki_is_asked_again(loki: FakeLoki) -> None:
    """Half of the questions are refused at first."""
    query, begun, moments = many(loki, 2000)
    refused: set[str] = set()

    def hook(request: Request) -> Answer | None:
        if len(loki.requests) % 2 and request.value("start") not in refused:
            refused.add(request.value("start"))
            return Answer(429, "text/plain", b"too many outstanding requests")
        return None

    loki.hook = hook
    read = patiently(loki, query, begun, moments[-1] + 1)
    assert refused
    assert [at for _, at, _ in read] == moments


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
@pytest.mark.parametrize("page", [5000, 997, 10])
def test_a_thousand_lines_with_many_on_one_moment(sink: Sink, forward: bool, page: int) -> None:
    """Ten lines with each time, except one time with two hundred, in two streams."""
    begun = time.time_ns() - 60 * SECOND
    pushed = []
    for app in ("plex", "traefik"):
        lines = [(begun + n // 5, f"{app} {n:03}") for n in range(400)]
        lines += [(begun + 1000, f"burst {n:03}") for n in range(100)]
        sink.push({"job": sink.job, "app": app}, lines)
        pushed += [(at, app, line) for at, line in lines]
    query = f'{{job="{sink.job}"}}'
    batches = pages.read(client(sink.url), query, begun, begun + SECOND, forward, page=page)
    read = found(batches)
    assert sorted((at, dict(labels)["app"], line) for labels, at, line in read) == sorted(pushed)
    moments = [at for _, at, _ in read]
    assert moments == sorted(moments, reverse=not forward)


def test_more_on_one_moment_than_the_largest_page(sink: Sink) -> None:
    at = time.time_ns() - 60 * SECOND
    for app in ("plex", "traefik"):
        for hundred in range(60):
            lines = [(at, f"request {hundred * 100 + n}") for n in range(100)]
            sink.push({"job": sink.job, "app": app}, lines)
    query = f'{{job="{sink.job}"}} |= "request"'
    read = found(pages.read(client(sink.url), query, at, at + 1))
    assert len(read) == len(set(read)) == 12_000


def test_the_start_is_in_the_window_and_the_end_is_not(sink: Sink) -> None:
    at = time.time_ns() - 60 * SECOND
    sink.push({"job": sink.job}, [(at + n, str(n)) for n in range(5)])
    query = f'{{job="{sink.job}"}}'
    read = found(pages.read(client(sink.url), query, at + 1, at + 4))
    assert [line for _, _, line in read] == ["1", "2", "3"]


def test_a_window_longer_than_a_query_may_be(loki: FakeLoki) -> None:
    now = time.time_ns()
    sink = Sink(loki.url)
    lines = [(now - days * DAY + 1, str(days)) for days in (6, 4, 2, 1)]
    for at, line in lines:
        sink.push({"job": sink.job, "day": line}, [(at, line)])
    query = f'{{job="{sink.job}"}}'
    read = found(pages.read(client(loki.url), query, now - 90 * DAY, now))
    assert [line for _, _, line in read] == ["6", "4", "2", "1"]
    assert len(loki.requests) - len(lines) == 3


def test_a_limit_of_the_server_that_is_lower_is_learnt_from_its_refusal(loki: FakeLoki) -> None:
    def stricter(request: Request) -> Answer | None:
        if not request.path.endswith("query_range"):
            return None
        if int(request.value("limit")) > 7:
            text = f"limit > max_entries_limit_per_query ({request.value('limit')} > 7)"
            return Answer(
                400, "text/plain", f"max entries limit per query exceeded, {text}".encode()
            )
        if int(request.value("end")) - int(request.value("start")) > DAY:
            return Answer(
                400,
                "text/plain",
                b"the query time range exceeds the limit (query length: 72h0m0s, limit: 1d)",
            )
        return None

    now = time.time_ns()
    sink = Sink(loki.url)
    sink.push({"job": sink.job}, [(now - SECOND - n, str(n)) for n in range(30)])
    loki.hook = stricter
    query = f'{{job="{sink.job}"}}'
    read = found(pages.read(client(loki.url), query, now - 3 * DAY, now, forward=False))
    assert [line for _, _, line in read] == [str(n) for n in range(30)]
