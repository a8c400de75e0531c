"""Uptime, load and memory, from /proc (proc(5))."""

from __future__ import annotations

from homelab import times
from homelab.findings import CRITICAL, OK, UNKNOWN, WARNING, Finding, bytes_text
from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host


def since_boot(host: Host) -> int | None:
    """The time since boot (ns), None if unknown."""
    try:
        return int(float(host.read("/proc/uptime").split()[0]) * times.SECOND)
    except (OSError, ValueError, IndexError, OverflowError):
        return None


def uptime(host: Host) -> Finding:
    """The time since boot; it has no threshold."""
    up = since_boot(host)
    if up is None:
        return Finding(UNKNOWN, "uptime", "-", "/proc/uptime can't be read")
    return Finding(OK, "uptime", times.spoken(up), number=up / times.SECOND, unit="s")


def load(host: Host, limit: float) -> Finding:
    """The load per core over five minutes: one minute is too short, fifteen too slow."""
    try:
        averages = [float(word) for word in host.read("/proc/loadavg").split()[:3]]
        five = averages[1]
    except (OSError, ValueError, IndexError):
        return Finding(UNKNOWN, "load", "-", "/proc/loadavg can't be read")
    cores = host.cores()
    value = f"{five / cores:.2f} per core"
    number = f"{cores} core" + "s" * (cores != 1)
    detail = f"{' '.join(f'{average:.2f}' for average in averages)} over 1, 5, 15 min on {number}"
    state = WARNING if five / cores >= limit else OK
    return Finding(state, "load", value, detail, number=five / cores, unit="per core")


def memory(host: Host, limit: float) -> Finding:
    """The memory used: all but MemAvailable, since caches are freed when needed."""
    try:
        sizes = {}
        for line in lines(host.read("/proc/meminfo")):
            name, _, rest = line.partition(":")
            sizes[name] = int(rest.split()[0]) * 1024
        total, available = sizes["MemTotal"], sizes["MemAvailable"]
        used = 100 * (total - available) / total
    except (OSError, ValueError, IndexError, KeyError, ZeroDivisionError):
        return Finding(UNKNOWN, "memory", "-", "/proc/meminfo can't be read")
    value = f"{used:.0f}% used"
    detail = f"{bytes_text(available)} of {bytes_text(total)} available"
    state = OK if used < limit else CRITICAL if available < total // 50 else WARNING
    return Finding(
        state,
        "memory",
        value,
        detail,
        number=used,
        unit="percent",
        available=available,
        size=total,
    )
