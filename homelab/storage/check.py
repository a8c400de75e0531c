"""The lines of `host status` on storage: one for pools, arrays and file systems, one for disks."""

from __future__ import annotations

from homelab.findings import OK, ORDER, PROBLEMS, SKIPPED, UNKNOWN, Finding, few
from homelab.storage import ask, health

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.storage.health import Health
    from homelab.system.machine import Host

POOLS, SMART = "pools", "smart"  # names of the checks
_KINDS = {POOLS: (health.ZFS, health.MDADM, health.BTRFS, health.LVM), SMART: (health.SMART,)}
_ENDING = 1.5  # s of the time in which commands that hang are ended


def check(host: Host, name: str, now: int, seconds: float) -> list[Finding]:
    """The finding of the check POOLS or SMART within `seconds`; none if this host has nothing of
    the kind."""
    rows = ask.ask(host, health.DEFAULTS, now, seconds - _ENDING, _KINDS[name])
    return [finding(name, rows)] if rows else []


def finding(name: str, rows: list[Health]) -> Finding:
    """The finding for all rows: the worst state, and the rows that are not fine."""
    rows = sorted(rows, key=lambda row: ORDER.index(row.state))
    state = rows[0].state
    bad = [row for row in rows if row.state in (*PROBLEMS, UNKNOWN)]
    well = sum(row.state == OK for row in rows)
    if bad:
        words = [f"{row.name}: {row.worst or row.detail}" for row in bad]
        return Finding(state, name, f"{len(bad)} of {len(rows)}", "; ".join(_few(words)),
                       number=len(bad), unit=name)  # fmt: skip
    skipped = [row for row in rows if row.state == SKIPPED]
    reasons = list(dict.fromkeys(row.detail for row in skipped))
    if not well:
        denied = any(row.denied for row in skipped)
        return Finding(SKIPPED, name, "-", few(reasons), denied=denied)
    detail = (
        f"not checked: {few([row.name for row in skipped])} ({few(reasons)})" if skipped else ""
    )
    return Finding(OK, name, f"{well} healthy", detail, number=well, unit=name)


def _few(words: list[str], most: int = 3) -> list[str]:
    """The first texts, and how many follow."""
    rest = len(words) - most
    return [*words[:most], f"and {rest} more: homelab disk health"] if rest > 0 else words
