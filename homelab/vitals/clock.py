"""Check whether this host's clock is synchronised."""

from __future__ import annotations

from homelab import times
from homelab.findings import OK, SKIPPED, UNKNOWN, WARNING, Finding
from homelab.vitals import load_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

_WAIT = 3.0  # s
_SETTLING = 600 * times.SECOND  # ns since boot in which an unsynchronised clock is not a warning
# Files and folders that exist while a time service runs.
_SERVICES = (
    ("/run/systemd/timesync", "systemd-timesyncd"),
    ("/run/chrony", "chrony"),
    ("/run/chrony.d", "chrony"),
    ("/run/ntpd.pid", "ntpd"),
    ("/run/ntpsec", "ntpsec"),
    ("/run/openntpd", "openntpd"),
)


def check(host: Host) -> Finding:
    """The finding on the clock: synchronised or not, from the kernel (adjtimex(2)), without root,
    as in timedatectl. If the kernel says no, chrony is asked, which may synchronise the clock
    without the kernel's flag. Skipped in a container, which has its host's clock."""
    if host.contained():
        return Finding(SKIPPED, "clock", "-", "this container uses the clock of its host")
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
        return Finding(UNKNOWN, "clock", "-", "the kernel does not say whether it is synchronised")
    up = load_memory.since_boot(host)
    settling = up is not None and up < _SETTLING
    service = next((name for path, name in _SERVICES if host.exists(path)), "")
    if settling:
        return Finding(UNKNOWN, "clock", "not synchronised", "not yet since boot")
    if service:
        detail = f"{service} runs, but reaches no time server that it trusts"
        return Finding(WARNING, "clock", "not synchronised", detail)
    # a virtual machine's host may set its clock, and the kernel does not know
    detail = "no known time service is running (systemd-timesyncd, chrony, ntpd); enable one"
    return Finding(UNKNOWN, "clock", "not synchronised", detail)
