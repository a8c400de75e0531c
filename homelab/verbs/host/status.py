"""`host status`: the condition of this machine, problems first."""

from __future__ import annotations

from homelab import findings
from homelab.findings import OK, SKIPPED, UNKNOWN, Finding
from homelab.output.answer import Column, Table
from homelab.packages import updates
from homelab.vitals import clock, filesystems, heat, load_memory, reboot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.system.machine import Host

    Slow = dict[str, Callable[[], list[Finding]]]

COLUMNS = (
    Column("state"),
    Column("check"),
    Column("value", of=lambda row: None if row.value == "-" else row.value),
    Column("detail"),
    Column("number", "count", detail=True),
    Column("unit", detail=True),
    Column("available", "bytes", detail=True),
    Column("size", "bytes", detail=True),
)
_WAIT = 10.0  # s, for all slow checks, which run concurrently
_ENDING = 0.4  # s before _WAIT ends, in which a command that ignores TERM gets KILL
_NAMED = 2  # disks that are named if all are fine
# Checks that many hosts cannot have: not listed as skipped.
_QUIET = ("jobs", "pools", "smart", "temperature", "throttling")


def status(context: Context, arguments: Values) -> Table:
    """The host's vitals, problems first."""
    rows = _checks(context, arguments)
    return findings.table("homelab.host-status/1", COLUMNS, rows, arguments, _fine)


def _checks(context: Context, arguments: Values) -> list[Finding]:
    """All findings. Slow checks run concurrently, in threads. The children that ask network mounts
    are forked before any thread starts, and answer meanwhile."""
    host = context.host()
    disks = filesystems.checking(host, arguments.disk, arguments.inodes)
    slow = _slow(context, host)
    from homelab.system import parallel

    def late(name: str) -> list[Finding]:
        return [Finding(UNKNOWN, name, "-", f"no answer within {_WAIT:.0f} s")]

    asked: list[Finding] = []
    try:
        with context.progress() as progress:
            tell = progress.counter(len(slow), "slow checks done")
            names = list(slow)
            for found in parallel.answers(
                names, lambda n: slow[n](), _WAIT, tell=tell, end=host.end, late=late
            ):
                asked += found
    finally:
        host.end()
    return [
        load_memory.load(host, arguments.load),
        load_memory.memory(host, arguments.memory),
        *disks(),
        heat.temperature(host),
        heat.throttling(host),
        *asked,
        reboot.check(host),
        load_memory.uptime(host),
    ]


def _slow(context: Context, host: Host) -> Slow:
    """The slow checks, by name."""
    from homelab.containers import inspect
    from homelab.jobs import finding, store
    from homelab.storage import check
    from homelab.systemd import timers, units

    now, inside = context.clock(), context.env.get(store.NAMED, "")
    return {
        "units": lambda: [units.check(host, now)],
        "timers": lambda: [timers.check(host, now)],
        "containers": lambda: inspect.check(host, context.env, now),
        "pools": lambda: check.check(host, check.POOLS, now, _WAIT),
        "smart": lambda: check.check(host, check.SMART, now, _WAIT),
        "jobs": lambda: [finding.check(store.folder(context.env), now, inside)],
        "updates": lambda: [updates.check(host, now, _WAIT - _ENDING, context.env)],
        "clock": lambda: [clock.check(host)],
    }


def _fine(rows: list[Finding]) -> str:
    """The sentence for the checks that are OK; more than two disks are folded into one part."""
    well = [each for each in rows if each.state == OK]
    disks = [each for each in well if each.share is not None]
    names = []
    for each in well:
        if each.share is None or len(disks) <= _NAMED:
            names.append(f"{each.check} {each.value}")
        elif each is disks[0]:
            fullest = max(disks, key=lambda disk: disk.share or 0.0)
            names.append(f"{len(disks)} disks up to {fullest.value}")
    skipped = [
        f"{each.check} ({each.detail})" if each.denied else each.check
        for each in rows
        if each.state == SKIPPED and (each.denied or each.check not in _QUIET)
    ]
    return findings.fine_and_skipped(names, skipped)
