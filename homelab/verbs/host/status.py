"""`host …`: this machine."""

from __future__ import annotations

from homelab.errors import DONE, NO
from homelab.findings import CRITICAL, OK, ORDER, SKIPPED, UNKNOWN, WARNING, Finding
from homelab.output.answer import Column, Table
from homelab.packages import updates
from homelab.vitals import clock, filesystems, heat, reboot, vitals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell
    from homelab.system.machine import Host

    Slow = dict[str, Callable[[], list[Finding]]]

_COLUMNS = (Column("state"), Column("check"), Column("value"), Column("detail"))
_WAIT = 10.0  # s, for all that is asked; nothing of it is asked after another
_NAMED = 2  # disks that are named where all is well
# What does not exist on many hosts, and is then no news.
_QUIET = ("jobs", "temperature", "throttling")


def status(context: Context, arguments: Values) -> Table:
    """The host's vitals, problems first; 1 where there is one."""
    findings = _found(context, arguments)
    findings.sort(key=lambda finding: ORDER.index(finding.state))
    worst = findings[0].state
    folded = [] if arguments.all else [each for each in findings if each.state in (OK, SKIPPED)]
    return Table(
        "homelab.host-status/1",
        _COLUMNS,
        [_row(each) for each in findings],
        facts={
            "problems": sum(each.state in (CRITICAL, WARNING) for each in findings),
            "unknown": sum(each.state == UNKNOWN for each in findings),
        },
        code=NO if worst in (CRITICAL, WARNING) else DONE,
        folded=len(folded),
        fine=_fine(folded) if folded else "",
    )


def _row(finding: Finding) -> tuple[Cell, ...]:
    value = finding.value if finding.value != "-" else None
    return finding.state, finding.check, value, finding.detail or None


def _found(context: Context, arguments: Values) -> list[Finding]:
    """All findings. What may take its time is asked together, in threads. The children that ask
    network mounts are made before there is any, and answer meanwhile."""
    host = context.host()
    disks = filesystems.checking(host, arguments.disk, arguments.inodes)
    slow = _slow(context, host)
    from homelab.net import parallel
    from homelab.output.progress import Progress

    progress = Progress(context.stderr, context.terminal())

    def tell(done: int) -> None:
        progress.says(f"{done} of {len(slow)} slow checks done")

    asked: list[Finding] = []
    try:
        answers = parallel.asked(list(slow.values()), lambda ask: ask(), _WAIT, tell=tell)
        for name, answer in zip(slow, answers):
            late = [Finding(UNKNOWN, name, "-", f"no answer within {_WAIT:.0f} s")]
            asked += late if isinstance(answer, TimeoutError) else answer
    finally:
        progress.over()
        host.end()
    return [
        vitals.load(host, arguments.load),
        vitals.memory(host, arguments.memory),
        *disks(),
        heat.temperature(host),
        heat.throttling(host),
        *asked,
        reboot.check(host),
        vitals.uptime(host),
    ]


def _slow(context: Context, host: Host) -> Slow:
    """Each subject that waits for others, by the name of its check."""
    from homelab.containers import inspect
    from homelab.jobs import finding as jobs
    from homelab.jobs import store
    from homelab.systemd import timers, units

    now = context.clock()
    return {
        "units": lambda: [units.check(host, now)],
        "timers": lambda: [timers.check(host, now)],
        "containers": lambda: inspect.check(host, context.env, now),
        "jobs": lambda: [jobs.check(store.folder(context.env), now)],
        "updates": lambda: [updates.check(host, now, _WAIT)],
        "clock": lambda: [clock.check(host)],
    }


def _fine(findings: list[Finding]) -> str:
    """What is well in one sentence, in which many disks are one."""
    well = [each for each in findings if each.state == OK]
    disks = [each for each in well if each.check.startswith("disk ")]
    told = []
    for each in well:
        if each not in disks or len(disks) <= _NAMED:
            told.append(f"{each.check} {each.value}")
        elif each is disks[0]:
            fullest = max(disks, key=lambda disk: float(disk.value.rstrip("%")))
            told.append(f"{len(disks)} disks up to {fullest.value}")
    skipped = [
        each.check for each in findings if each.state == SKIPPED and each.check not in _QUIET
    ]
    parts = [f"fine: {', '.join(told)}"] if told else []
    parts += [f"skipped: {', '.join(skipped)}"] if skipped else []
    return f"{'; '.join(parts)} (--all: with details)"
