"""Limit processes to a small part of a core: by a control group's quota, or if none can be made, by
stopping and continuing the processes."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

from support.reading import until

from chaos.hosts import signal_all

PERIOD = 100_000  # µs
ROOT = Path("/sys/fs/cgroup")


def _group(share: float) -> Path | None:
    """A new control group with this part of a core, in version 1 or 2; None if none can be made."""
    quota = str(int(share * PERIOD))
    for place, settings in (
        (ROOT / "cpu", (("cpu.cfs_period_us", str(PERIOD)), ("cpu.cfs_quota_us", quota))),
        (ROOT, (("cpu.max", f"{quota} {PERIOD}"),)),
    ):
        group = place / f"homelab-chaos-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            for name, value in settings:
                if not (group / name).exists():
                    raise OSError(name)
                (group / name).write_text(value)
        except OSError:
            group.rmdir()
            continue
        return group
    return None


@contextlib.contextmanager
def limited(share: float, processes: Callable[[], list[int]]) -> Iterator[list[str]]:
    """Yields the words to put before commands so that together they get `share` of a core;
    processes still running at the end are killed. If no control group can be made, `processes()`
    are the ids of the processes to stop and continue."""
    group = _group(share)
    if group is None:
        with _held(share, processes):
            yield []
        return
    try:
        yield ["sh", "-c", 'echo $$ >"$0" && exec "$@"', str(group / "cgroup.procs")]
    finally:
        members = group / "cgroup.procs"
        signal_all([int(task) for task in members.read_text().split()], signal.SIGKILL)
        assert until(lambda: not members.read_text().strip(), 30)
        group.rmdir()


@contextlib.contextmanager
def _held(share: float, processes: Callable[[], list[int]]) -> Iterator[None]:
    ended = threading.Event()

    def hold() -> None:
        while not ended.is_set():
            stopped: set[int] = set()
            for _ in range(int(1 / share) - 1):
                mine = set(processes())  # including those started meanwhile
                signal_all(sorted(mine - stopped), signal.SIGSTOP)
                stopped |= mine
                ended.wait(PERIOD / 10**6 * share)
            signal_all(sorted(stopped), signal.SIGCONT)
            ended.wait(PERIOD / 10**6 * share)

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        yield
    finally:
        ended.set()
        holding.join()
