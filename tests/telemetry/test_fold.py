"""Folding the journal: no run is lost and none is counted twice, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.journals import NOW, append, expected, figures, lines
from support.reading import until
from support.world import ROOT, World

from homelab.errors import Failure
from homelab.system import detached
from homelab.telemetry import fold as folding
from homelab.telemetry import history, journal
from homelab.telemetry.fold import fold
from homelab.telemetry.history import Journal
from homelab.times import DAY, SECOND

CALLS = (
    "open", "close", "stat", "fstat", "pread", "write", "fsync", "rename", "unlink", "listdir",
)  # fmt: skip
OLD = NOW - 400 * DAY


def _write(folder: Path, written: list[str]) -> None:
    for line in written:
        append(folder, line)


def _lines_left(folder: Path) -> list[bytes]:
    with Journal(str(folder)) as opened:
        return [line for block in opened.lines() for line in block]


@pytest.fixture
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a moved file be removed as soon as no process has it open."""
    monkeypatch.setattr(history, "_QUIET", 0)


def test_old_days_become_counts_and_the_others_stay_lines(tmp_path: Path) -> None:
    written = lines(2000)
    _write(tmp_path, written)
    fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected(written)
    first = (NOW - 400 * DAY) // DAY * DAY
    new = [line for line in written if int(line[:19]) > first]
    assert _lines_left(tmp_path) == [line.encode() for line in new]
    with Journal(str(tmp_path)) as opened:
        assert opened.begins() == first
        moments = {day: {moment for moment, _, _ in rows} for day, rows in opened.days()}
    assert (
        moments
        == {  # no moment of a run
            day: {(day + 1) * DAY - 1}
            for day in {(int(line[:19]) - 1) // DAY for line in written if line not in new}
        }
    )


def test_a_second_fold_adds_to_the_first(tmp_path: Path) -> None:
    written = lines(500)
    _write(tmp_path, written[:300])
    fold(str(tmp_path), NOW - 30 * DAY, 400)
    late = f"{OLD - 40 * DAY} exit=0 ver=0.6.0 verb=nas df"  # on a day with counts
    _write(tmp_path, [*written[300:], late])
    fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected([*written, late])


def test_invalid_lines_are_not_kept(tmp_path: Path) -> None:
    written = lines(50, first=OLD - 20 * DAY)
    (tmp_path / "usage.log").write_bytes(
        b"\x00\xff rubbish\n\n" + b"x" * 10_000 + b"\n" + b"\x00" * 3_000_000 + b"\n"
        + f"{OLD - 9 * DAY} exit=zero ver=0.6.0 verb=x\n".encode()
        + "".join(f"{line}\n" for line in written).encode() + b"17954651063423"
    )  # fmt: skip
    fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected(written)


def test_a_moment_of_18_digits_is_old_and_folded(tmp_path: Path) -> None:
    written = lines(20, first=NOW - DAY)
    early = "999999999999999999 exit=0 ver=0.6.0 verb=nas df"  # 2001-09-09 01:46:39
    _write(tmp_path, [*written[:10], early, *written[10:]])
    before = figures(tmp_path)
    fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == before == expected([*written, early])
    with Journal(str(tmp_path)) as opened:
        ((day, rows),) = opened.days()
    assert (day, [row[1] for row in rows]) == (11574, [1])


def test_too_many_lines_are_folded_oldest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "FULL", 20_000)
    monkeypatch.setattr(folding, "_LEFT", 15_000)
    written = lines(3000, first=NOW - 30 * DAY)
    _write(tmp_path, written)
    fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected(written)
    left = _lines_left(tmp_path)
    assert left == [line.encode() for line in written[-len(left) :]]
    assert 10_000 < sum(map(len, left)) <= 15_000
    with Journal(str(tmp_path)) as opened:  # no day is old: the newest runs have moments
        found = {moment for _, rows in opened.days() for moment, _, _ in rows}
    assert found <= {int(line[:19]) for line in written}
    fold(str(tmp_path), NOW + 390 * DAY, 400)  # but some are old now
    with Journal(str(tmp_path)) as opened:
        later = {day: {moment for moment, _, _ in rows} for day, rows in opened.days()}
    limit = (NOW - 10 * DAY) // DAY
    assert all((found == {(day + 1) * DAY - 1}) == (day < limit) for day, found in later.items())
    assert figures(tmp_path) == expected(written)


def test_a_clock_that_is_years_ahead_keeps_all_counts(tmp_path: Path) -> None:
    written = lines(300)
    _write(tmp_path, written)
    fold(str(tmp_path), NOW + 4000 * DAY, 400)
    assert _lines_left(tmp_path) == []
    new = lines(30, first=NOW, last=NOW + DAY)
    _write(tmp_path, new)
    fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected([*written, *new])
    assert len(_lines_left(tmp_path)) == 30


# ---- interruptions ----


def _killing(number: int, after: bool) -> dict[str, Any]:
    """Patch the functions of `os` that a fold calls; before or after the `number`-th call, this
    process is killed."""
    left = [number]

    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if not left[0] and not after:
                end()
            try:
                return function(*arguments, **named)
            finally:
                if not left[0] and after:
                    end()

        return call

    return {name: counting(getattr(os, name)) for name in CALLS}


def _folds_until_killed(folder: Path, number: int, after: bool) -> bool:
    """Fold in a child that is killed at its `number`-th call; return whether it made fewer
    calls."""
    child = os.fork()
    if not child:
        code = 1
        try:
            vars(os).update(_killing(number, after))
            fold(str(folder), NOW, 400)
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _prepared(folder: Path) -> list[str]:
    """Make a journal with a history, a moved file with a late line, another that can be removed,
    and lines."""
    written = lines(60)
    _write(folder, written[:20])
    fold(str(folder), NOW - 60 * DAY, 400)
    with (folder / "usage.1.log").open("a") as file:
        file.write(f"{written[20]}\n")
    _write(folder, written[21:30])
    fold(str(folder), NOW - 30 * DAY, 400)
    _write(folder, written[30:])
    with (folder / "usage.2.log").open("a") as file:
        file.write(f"{written[20]}0\n")
    return [*written, f"{written[20]}0"]


@pytest.mark.long("a run for each system call")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_fold_that_is_killed_at_any_call_changes_no_figure(
    after: bool, tmp_path: Path, no_wait: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    written = _prepared(made)
    assert figures(made) == expected(written)
    number, done = 0, False
    while not done:
        number += 1
        folder = tmp_path / str(number)
        shutil.copytree(made, folder)

        done = _folds_until_killed(folder, number, after)
        assert figures(folder) == expected(written), number
        append(folder, f"{written[-1]}1")
        fold(str(folder), NOW, 400)
        assert figures(folder) == expected([*written, f"{written[-1]}1"]), number
        fold(str(folder), NOW, 400)
        names = {path.name for path in folder.iterdir()}
        assert "usage.history.new" not in names
        assert len(names) <= 4, names  # the history, the lock, and one or two files of lines
        shutil.rmtree(folder)
    assert number > 40  # the calls were seen


class _Failing:
    """A function of `os` whose `left`-th call fails as on a full disk; a write does half."""

    def __init__(self, name: str, left: int) -> None:
        self.left = left
        self._whole = getattr(os, name)
        self._half = name == "write"

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.left -= 1
        if self.left:
            return self._whole(*arguments, **named)
        if self._half:
            self._whole(arguments[0], arguments[1][: len(arguments[1]) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["write", "fsync", "rename", "unlink", "open"])
def test_a_fold_that_fails_at_any_call_changes_no_figure(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    written = _prepared(made)
    number, reached = 0, True
    while reached:
        number += 1
        folder = tmp_path / str(number)
        shutil.copytree(made, folder)
        failing = _Failing(call, number)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            try:
                fold(str(folder), NOW, 400)
            except (OSError, Failure):
                assert failing.left <= 0
        reached = failing.left <= 0
        assert figures(folder) == expected(written), number
        fold(str(folder), NOW, 400)
        assert figures(folder) == expected(written), number
        shutil.rmtree(folder)
    assert number > 1


def test_a_write_that_takes_a_part_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = lines(300)
    _write(tmp_path, written)
    whole = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: whole(file, data[:100]))
        fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected(written)


@pytest.mark.usefixtures("no_wait")
def test_a_run_that_had_the_file_open_is_counted_and_the_file_stays_for_it(tmp_path: Path) -> None:
    written = lines(100)
    _write(tmp_path, written)
    late = os.open(tmp_path / "usage.log", os.O_RDWR | os.O_APPEND)
    fold(str(tmp_path), NOW, 400)
    for number in range(3):
        line = f"{NOW + number} exit=0 ver=0.6.0 verb=late"
        os.write(late, f"{line}\n".encode())
        written.append(line)
        assert figures(tmp_path) == expected(written)
        for _ in range(2):  # which take over the line, and then would remove the file
            fold(str(tmp_path), NOW, 400)
            assert figures(tmp_path) == expected(written)
            assert (tmp_path / "usage.1.log").exists()
    os.close(late)
    fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected(written)
    assert not (tmp_path / "usage.1.log").exists()


def test_a_moved_file_stays_a_while_for_a_run_that_is_opening_it(tmp_path: Path) -> None:
    _write(tmp_path, lines(100))
    fold(str(tmp_path), NOW, 400)
    fold(str(tmp_path), NOW, 400)
    assert (tmp_path / "usage.1.log").exists()


@pytest.mark.usefixtures("no_wait")
def test_without_leases_a_moved_file_stays_a_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr("fcntl.fcntl", none)
    written = lines(100)
    _write(tmp_path, written)
    fold(str(tmp_path), NOW, 400)
    fold(str(tmp_path), NOW, 400)
    assert (tmp_path / "usage.1.log").exists()
    monkeypatch.setattr(folding, "_WEEK", 0)
    fold(str(tmp_path), NOW, 400)
    assert not (tmp_path / "usage.1.log").exists()
    assert figures(tmp_path) == expected(written)


def test_one_process_folds_at_a_time(tmp_path: Path) -> None:
    import fcntl

    written = lines(100)
    _write(tmp_path, written)
    with (tmp_path / "usage.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fold(str(tmp_path), NOW, 400)
        assert {path.name for path in tmp_path.iterdir()} == {"usage.log", "usage.lock"}
    fold(str(tmp_path), NOW, 400)
    assert (tmp_path / "usage.history").exists()


def test_a_journal_that_is_removed_meanwhile_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, lines(100))
    new = lines(5)
    write = folding._write

    def replacing(*arguments: Any) -> None:
        write(*arguments)
        (tmp_path / "usage.log").unlink()
        _write(tmp_path, new)

    with monkeypatch.context() as patch:
        patch.setattr(folding, "_write", replacing)
        fold(str(tmp_path), NOW, 400)
    assert figures(tmp_path) == expected(new)


_RUNS = """
import os, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from support.journals import NOW, append, lines
from homelab.times import DAY, SECOND
folder, number = Path(sys.argv[3]), int(sys.argv[4])
for line in lines(number, last=NOW + 30 * DAY):
    append(folder, line)
    os.write(1, b".")
"""
_FOLDS = """
import sys
import time
sys.path[:0] = sys.argv[1:3]
from support.journals import NOW
from homelab.telemetry.fold import fold
from homelab.times import DAY, SECOND
day = 0
while True:
    day += 1
    fold(sys.argv[3], NOW + day % 400 * DAY, 400)
    sys.stdout.write(".")
    sys.stdout.flush()
"""


def test_runs_folds_and_readers_at_the_same_time(tmp_path: Path) -> None:
    """A reader always gets at least the runs that had ended before it began."""
    runs, made = 4, 400
    path = [str(ROOT), str(ROOT / "tests"), str(tmp_path)]

    def start(script: str, *more: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", script, *path, *more]
        return subprocess.Popen(words, stdout=subprocess.PIPE)

    folds = [start(_FOLDS) for _ in range(2)]
    writers = [start(_RUNS, str(made)) for _ in range(runs)]
    try:
        ended = 0
        for writer in writers:
            assert writer.stdout is not None
            os.set_blocking(writer.stdout.fileno(), False)
        while any(writer.poll() is None for writer in writers) or ended < runs * made:
            for writer in writers:
                assert writer.stdout is not None
                ended += len(writer.stdout.read() or b"")
            assert ended <= sum(figures(tmp_path).values()) <= runs * made
        one = expected(lines(made, last=NOW + 30 * DAY))
        for process in folds:
            assert process.stdout is not None
            assert process.stdout.read(1)  # it has folded
    finally:
        for process in (*folds, *writers):
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    assert figures(tmp_path) == {key: count * runs for key, count in one.items()}


# ---- the run that fills the journal ----


def test_the_run_that_fills_the_journal_starts_a_fold(world: World) -> None:
    world.state.mkdir(parents=True, mode=0o700)
    with world.journal.open("wb") as file:
        file.truncate((32 << 20) - 30)  # a hole
        file.seek(-10, os.SEEK_END)
        file.write(b"\n")
        file.truncate()
    size = world.journal.stat().st_size
    assert world.run("config").returncode == 0
    assert size < 32 << 20
    assert until((world.state / "usage.history").exists)
    with Journal(str(world.state)) as opened:
        assert [line[20:] for block in opened.lines() for line in block] == [
            b"exit=0 ver=0.6.0 verb=config"
        ]


def test_only_the_run_that_fills_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "FULL", 1000)
    line = "1795459106342321843 exit=0 ver=0.6.0 verb=config"
    filled = [journal.append(str(tmp_path), line) for _ in range(100)]
    sizes = [(len(line) + 1) * number // 1000 for number in range(101)]
    assert filled == [before != after for before, after in zip(sizes, sizes[1:])]
    assert sum(filled) == 4


# ---- the first run of a day ----


def _aged(world: World, days: int) -> None:
    """Set the time of the journal's last write back by so many days."""
    when = time.time() - 86_400 * days
    os.utime(world.journal, (when, when))


def test_the_first_run_of_a_day_folds_old_lines(world: World) -> None:
    """An account that never reads its counts forgets too."""
    world.state.mkdir(parents=True, mode=0o700)
    old, new = time.time_ns() - 401 * DAY, time.time_ns() - 399 * DAY
    _write(world.state, [f"{moment} exit=0 ver=0.6.0 verb=config" for moment in (old, new)])
    world.run("config")  # something was written today, so there is no check
    assert not (world.state / "usage.lock").exists()
    _aged(world, 1)
    world.run("config")
    assert until((world.state / "usage.history").exists, 60)
    assert not any(line.startswith(b"%d" % old) for line in _lines_left(world.state))
    assert len(_lines_left(world.state)) == 3
    assert sum(figures(world.state).values()) == 4


def test_the_first_run_of_a_day_looks_into_a_history(world: World, tmp_path: Path) -> None:
    """Lines in a history become old while usage.log begins yesterday."""
    world.state.mkdir(parents=True, mode=0o700)
    now = time.time_ns()
    moments = [now - age * DAY for age in (500, 401, 2)]
    _write(world.state, [f"{moment} exit=0 ver=0.6.0 verb=config" for moment in moments])
    fold(str(world.state), now - 5 * DAY, 400)
    assert len(_lines_left(world.state)) == 2
    world.run("config")
    _aged(world, 1)
    world.run("config")
    assert until(lambda: len(_lines_left(world.state)) == 3, 60)  # one of them became a count
    assert sum(figures(world.state).values()) == 5


def test_the_first_run_of_a_day_leaves_a_young_journal_alone(world: World) -> None:
    world.run("config")
    _aged(world, 3)
    world.run("config")
    assert not until((world.state / "usage.lock").exists, seconds=0.5)


def test_a_sender_starts_one_fold_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No fold starts if there never was a journal: the folder may even be missing."""
    started: list[int] = []

    def at_once(work: Callable[[None], None], lifetime: float) -> None:
        started.append(1)
        work(None)

    monkeypatch.setattr(detached, "detached", at_once)
    monkeypatch.setattr(detached, "alone", lambda: True)  # despite children that other tests left
    journal.fold_daily(str(tmp_path / "none"), NOW, 400)
    journal.fold_daily(str(tmp_path), NOW, 400)
    assert (started, os.listdir(tmp_path)) == ([], [])
    _write(tmp_path, lines(2000))
    for hour in range(3):  # until 22:30 UTC
        journal.fold_daily(str(tmp_path), NOW + hour * 3600 * SECOND, 400)
        assert len(started) == 1
    left = len(_lines_left(tmp_path))
    assert 0 < left < 2000
    journal.fold_daily(str(tmp_path), NOW + 30 * DAY, 400)
    assert len(started) == 2
    assert 0 < len(_lines_left(tmp_path)) < left
    journal.fold_daily(str(tmp_path), NOW, 400)  # a clock that was ahead does not block folding
    assert len(started) == 3
