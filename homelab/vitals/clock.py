"""Whether this host's clock is kept right."""

from __future__ import annotations

from homelab import times
from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding
from homelab.vitals import load_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

_WAIT = 3.0  # s
_SETTLING = 600 * times.SECOND  # since boot, within which no clock is blamed
# Where a time service stands while it runs.
_SERVICES = (
    ("/run/systemd/timesync", "systemd-timesyncd"),
    ("/run/chrony", "chrony"),
    ("/run/chrony.d", "chrony"),
    ("/run/ntpd.pid", "ntpd"),
    ("/run/ntpsec", "ntpsec"),
    ("/run/openntpd", "openntpd"),
)


def check(host: Host) -> Finding:
    """Whether the clock is synchronised, as the kernel says (adjtimex(2)), which needs no root and
    is what timedatectl prints. Where it does not say so, chrony is asked, which may keep a
    clock right without telling the kernel. A container's clock is its host's to keep."""
    if host.contained():
        return Finding(SKIPPED, "clock", "-", "this container has the clock of its host")
    kept = host.clock_is_kept()
    if kept:
        return Finding(OK, "clock", "synchronised")
    try:
        code, told = host.run(["chronyc", "-n", "-c", "tracking"], _WAIT)
    except (OSError, TimeoutError):
        code, told = 1, ""
    if code == 0 and told.strip():
        if told.strip().split(",")[-1] in ("Normal", "Insert second", "Delete second"):
            return Finding(OK, "clock", "synchronised", "by chrony")
        kept = False
    if kept is None:
        return Finding(UNKNOWN, "clock", "-", "the kernel does not tell whether it is synchronised")
    up = load_memory.since_boot(host)
    settling = up is not None and up < _SETTLING
    service = next((name for path, name in _SERVICES if host.exists(path)), "")
    if settling:
        return Finding(UNKNOWN, "clock", "not synchronised", "not yet since boot")
    if service:
        detail = f"{service} runs, and reaches no time server, or none that it trusts"
        return Finding(WARNING, "clock", "not synchronised", detail)
    # a virtual machine's host may keep its clock, and the kernel does not tell
    detail = "no time service is known to run here (systemd-timesyncd, chrony, ntpd); enable one"
    return Finding(UNKNOWN, "clock", "not synchronised", detail)
