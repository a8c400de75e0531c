"""`host …`: this machine."""

from __future__ import annotations

from homelab.checks import filesystems, reboot, units, vitals
from homelab.checks.finding import CRITICAL, OK, ORDER, SKIPPED, UNKNOWN, WARNING
from homelab.errors import DONE, NO
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.checks.finding import Finding
    from homelab.context import Context

_COLUMNS = (Column("state"), Column("check"), Column("value"), Column("detail", flexible=True))


def status(context: Context, arguments: Values) -> Table:
    """The host's vitals, problems first; 1 where there is one."""
    host = context.host()
    findings = [
        vitals.load(host, arguments.load),
        vitals.memory(host, arguments.memory),
        *filesystems.check(host, arguments.disk, arguments.inodes),
        units.check(host),
        reboot.check(host),
        vitals.uptime(host),
    ]
    findings.sort(key=lambda finding: ORDER.index(finding.state))
    worst = findings[0].state
    folded = [] if arguments.all else [each for each in findings if each.state in (OK, SKIPPED)]
    return Table(
        "homelab.host-status/1",
        _COLUMNS,
        [(each.state, each.check, each.value, each.detail) for each in findings],
        facts={
            "problems": sum(each.state in (CRITICAL, WARNING) for each in findings),
            "unknown": sum(each.state == UNKNOWN for each in findings),
        },
        code=NO if worst in (CRITICAL, WARNING) else DONE,
        folded=len(folded),
        fine=_fine(folded) if folded else "",
    )


def _fine(findings: list[Finding]) -> str:
    told = [f"{each.check} {each.value}" for each in findings if each.state == OK]
    skipped = [each.check for each in findings if each.state == SKIPPED]
    parts = [f"fine: {', '.join(told)}"] if told else []
    parts += [f"skipped: {', '.join(skipped)}"] if skipped else []
    return f"{'; '.join(parts)} (--all: with details)"
