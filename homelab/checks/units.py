"""Failed systemd units."""

from __future__ import annotations

from homelab.checks.finding import OK, SKIPPED, UNKNOWN, WARNING, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.host import Host

_COMMAND = ["systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager"]
_WAIT = 5.0  # s
_SHOWN = 3


def check(host: Host) -> Finding:
    """Units in the state `failed`. /run/systemd/system is how sd_booted(3) tells whether systemd
    runs this host."""
    if not host.exists("/run/systemd/system"):
        return Finding(SKIPPED, "units", "-", "systemd does not run this host")
    try:
        code, text = host.run(_COMMAND, _WAIT)
    except FileNotFoundError:
        return Finding(UNKNOWN, "units", "-", "systemctl is not installed")
    except (OSError, TimeoutError) as error:
        return Finding(UNKNOWN, "units", "-", f"systemctl: {error}")
    if code != 0:
        return Finding(UNKNOWN, "units", "-", f"systemctl ended with {code}")
    failed = [line.split()[0] for line in text.splitlines() if line.strip()]
    if not failed:
        return Finding(OK, "units", "0 failed")
    names = ", ".join(failed[:_SHOWN])
    more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
    return Finding(WARNING, "units", f"{len(failed)} failed", f"{names}{more}")
