"""The law under faults: the program of a fixed seed against the fake, and the check by itself."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.world import ROOT

from chaos.cpu_share import limited
from chaos.hosts import MINUTE, SECOND, Clock, Host, Run, Waiting
from chaos.law import Tally, tally
from chaos.slow_disk import compiled, slowed
from chaos.subject import Entry

NOW = 1_795_000_000 * SECOND
FRESH, LATE = '{"verb": "(personal)"}', '{"late": "2026-11-18T11", "verb": "(personal)"}'


@pytest.mark.long("a minute's work of two hosts")
@pytest.mark.needs("root", "namespaces", "faketime", "gcc", "nginx", "haproxy", "openssl")
def test_every_event_is_counted_once_or_waits_or_is_reported(pyz: str) -> None:
    """This takes a minute on an idle machine; its verdict does not depend on the time."""
    command = [sys.executable, "-m", "chaos", "--seed", "16", "--rounds", "2", "--quiet"]
    env = {name: value for name, value in os.environ.items() if name[:12] != "HOMELAB_TEST"}
    done = subprocess.run(
        command, env={**env, "PYTHONPATH": f"{ROOT}:{ROOT}/tests", "HOMELAB_PYZ": pyz},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not tried" not in done.stdout


@pytest.fixture
def host(pyz: str, tmp_path: Path) -> Host:
    return Host("host0", pyz, tmp_path / "host0", ("backup",))


def _run(host: Host, code: int, killed: bool = False, written: bool = False) -> Run:
    """A run that ended a second after NOW."""
    run = Run(host, ["mine", str(code)], "(personal)", code, "step 1")
    run.clock, run.best_effort, run.killed, run.written = Clock(), False, killed, written
    run.since, run.until = NOW, NOW + SECOND
    return run


def _entry(code: int, moment: int = NOW, stream: str = FRESH) -> Entry:
    return Entry("(personal)", moment, f"exit={code} ver=1", stream)


def _judged(
    runs: list[Run], entries: list[Entry], waiting: int = 0, dropped: int = 0, refused: int = 0
) -> Tally:
    held = [Waiting(NOW, f"exit={code} ver=1", "(personal)") for code in range(50, 50 + waiting)]
    return tally(runs, entries, held, dropped, refused, lambda verb, first, last: [])


def test_what_is_counted_waits_or_was_reported_is_lawful(host: Host) -> None:
    runs = [_run(host, code) for code in (1, 2, 50, 3, 4)]
    result = _judged(runs, [_entry(1), _entry(2)], waiting=1, dropped=1, refused=1)
    assert result[:-1] == (5, 5, 2, 1, 1, 1, 0, 0, [])
    assert [line.partition(" ver")[0] for line in result.waits] == ["waits: (personal) exit=50"]


def test_an_event_that_nobody_has_is_lost(host: Host) -> None:
    result = _judged([_run(host, 1), _run(host, 2)], [_entry(1)])
    assert (result.made, result.counted, result.lost) == (2, 1, 1)
    assert [line.partition(" at ")[0] for line in result.broken] == [
        "lost, or one of 0 that were reported: host0: (personal) exit=2"
    ]


def test_one_event_in_two_streams_is_counted_twice(host: Host) -> None:
    result = _judged([_run(host, 1)], [_entry(1), _entry(1, stream=LATE)])
    assert (result.counted, result.twice) == (1, 1)
    assert result.broken[0].startswith("twice: (personal) exit=1")


def test_one_run_with_two_moments_has_one_event_too_many(host: Host) -> None:
    result = _judged([_run(host, 1)], [_entry(1), _entry(1, NOW + 1)])
    assert [line.partition(":")[0] for line in result.broken] == ["of no run"]


def test_what_is_counted_must_not_be_reported_as_dropped(host: Host) -> None:
    assert _judged([_run(host, 1)], [_entry(1)], dropped=1).broken


def test_an_event_that_is_counted_and_still_waits_is_counted(host: Host) -> None:
    result = _judged([_run(host, 50)], [_entry(50)], waiting=1)
    assert (result.counted, result.waiting, result.broken) == (1, 0, [])


def test_a_killed_run_need_not_have_an_event_unless_it_was_seen(host: Host) -> None:
    unwritten, written = _run(host, 1, killed=True), _run(host, 2, killed=True, written=True)
    assert _judged([unwritten], []).broken == []
    assert _judged([unwritten], [_entry(1)]).broken == []
    assert _judged([written], []).lost == 1


def test_events_go_to_the_runs_that_need_them(host: Host) -> None:
    """Two events: one fits both runs, one fits only the killed run."""
    killed, ended = _run(host, 1, killed=True), _run(host, 1)
    killed.since, killed.until = NOW - MINUTE, NOW
    result = _judged([ended, killed], [_entry(1), _entry(1, NOW - MINUTE)])
    assert (result.counted, result.broken) == (2, [])


def test_a_run_that_shows_something_else_breaks_the_law(host: Host) -> None:
    run = _run(host, 1)
    run.differs = "exit 70, stdout b'', stderr b'Traceback'"
    assert _judged([run], [_entry(1)]).broken == [f"differs: {run}: {run.differs}"]


def test_the_window_of_a_clock() -> None:
    assert Clock(ahead=MINUTE).window(NOW, NOW + 5) == (
        NOW + MINUTE - SECOND, NOW + 5 + MINUTE + SECOND
    )  # fmt: skip
    frozen = Clock(frozen=NOW + 7)
    assert frozen.window(NOW + MINUTE, NOW + MINUTE) == (NOW, NOW + SECOND)


@pytest.mark.needs("gcc")
def test_a_slow_disk_delays_changes_below_its_folder_alone(tmp_path: Path) -> None:
    library = compiled(tmp_path)
    assert library is not None
    slow, fast = tmp_path / "slow", tmp_path / "fast"
    for folder in (slow, fast):
        folder.mkdir()
    changes = (
        "import os, sys, time; begun = time.monotonic();"
        "folder = os.open(sys.argv[1], os.O_RDONLY);"  # 1
        "file = os.open('a', os.O_CREAT | os.O_WRONLY, dir_fd=folder);"  # 2
        "os.write(file, b'x'); os.rename('a', 'b', src_dir_fd=folder, dst_dir_fd=folder);"  # 4
        "os.unlink(sys.argv[1] + '/b'); os.mkdir(sys.argv[1] + '/c');"  # 6
        "print(time.monotonic() - begun)"
    )
    hour = 3_600_000
    for folder, ms in ((slow, 100), (fast, hour)):
        done = subprocess.run(
            [sys.executable, "-c", changes, folder],
            env={**os.environ, **slowed(library, slow, ms)}, capture_output=True, check=True,
        )  # fmt: skip
        assert folder == fast or float(done.stdout) >= 0.6


@pytest.mark.needs("root")
def test_5_percent_of_a_core_is_no_more_than_that() -> None:
    burn = "import time; end = time.monotonic() + 2\nwhile time.monotonic() < end: pass"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with limited(0.05, list) as wrapper:
        if not wrapper:
            pytest.skip("no control group with a quota can be made here")
        begun = time.monotonic()
        subprocess.run([*wrapper, sys.executable, "-c", burn], check=True)
        took = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used < 0.2 * took  # a busy machine gives less, never more
