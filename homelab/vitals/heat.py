"""Temperatures compared with the limits of their sensors, and processors that were slowed down,
from /sys (the kernel's hwmon/sysfs-interface and thermal/sysfs-api documents)."""

from __future__ import annotations

from homelab import times
from homelab.findings import CRITICAL, OK, SKIPPED, WARNING, Finding, few
from homelab.vitals import load_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.system.machine import Host

_HWMON = "/sys/class/hwmon"
_ZONES = "/sys/class/thermal"
_CPUS = "/sys/devices/system/cpu"
_FIRMWARE = "/sys/devices/platform/soc/soc:firmware/get_throttled"  # a Raspberry Pi's
# Chips of mainboards: unconnected inputs report nonsense, and limits are factory defaults.
_BOARD_CHIPS = ("asus", "f71", "it8", "nct", "w83")
_NEAR = 5.0  # °C below the limit at which the hardware protects itself
_SLOWED = 0.01  # share of the time since boot in which a processor may be slowed down


class Sensor:
    """A temperature (°C), and the limits `high` and `critical` (°C; None: unknown)."""

    __slots__ = ("celsius", "critical", "high", "name")

    def __init__(
        self, name: str, celsius: float, high: float | None, critical: float | None
    ) -> None:
        self.name = name
        self.celsius = celsius
        self.high = high
        self.critical = critical

    @property
    def state(self) -> str:
        """The state for its limits; near the critical limit it is a warning."""
        if self.critical is not None and self.celsius >= self.critical:
            return CRITICAL
        limits = [self.high] if self.high is not None else []
        limits += [self.critical - _NEAR] if self.critical is not None else []
        return WARNING if limits and self.celsius >= min(limits) else OK


def temperature(host: Host) -> Finding:
    """The finding on the sensors that are too hot, else on the hottest one."""
    sensors = _hwmon(host) + _zones(host)
    if not sensors:
        return Finding(SKIPPED, "temperature", "-", "the kernel knows no sensor")
    hot = [each for each in sensors if each.state != OK]
    hottest = max(hot or sensors, key=lambda sensor: sensor.celsius)
    value = f"{hottest.celsius:.0f} °C"
    if not hot:
        detail = f"{hottest.name}, the hottest of {len(sensors)}"
        return Finding(OK, "temperature", value, detail, number=hottest.celsius, unit="celsius")
    state = CRITICAL if any(each.state == CRITICAL for each in hot) else WARNING
    told = [f"{each.name} {each.celsius:.0f} °C (limit {_limit(each)})" for each in hot]
    celsius = hottest.celsius
    return Finding(state, "temperature", value, few(told), number=celsius, unit="celsius")


def _limit(sensor: Sensor) -> str:
    limit = sensor.high if sensor.high is not None else sensor.critical
    return f"{limit:.0f} °C"


def _hwmon(host: Host) -> list[Sensor]:
    found = []
    for chip in sorted(host.names(_HWMON)):
        folder = f"{_HWMON}/{chip}"
        kind = host.text(f"{folder}/name") or chip
        board = kind.startswith(_BOARD_CHIPS)
        for entry in sorted(host.names(folder)):
            if not (entry.startswith("temp") and entry.endswith("_input")):
                continue
            number = entry[: -len("_input")]
            celsius = _celsius(host, f"{folder}/{entry}", -40, 150)
            if celsius is None or board:
                continue
            label = host.text(f"{folder}/{number}_label")
            high = _celsius(host, f"{folder}/{number}_max", 40, 125)
            critical = _celsius(host, f"{folder}/{number}_crit", 40, 150)
            found.append(Sensor(f"{kind} {label}".strip(), celsius, high, critical))
    return found


def _zones(host: Host) -> list[Sensor]:
    """The thermal zones; their limits are trip points. Zones that hwmon lists too are included:
    only here are trip points known."""
    found = []
    for zone in sorted(host.names(_ZONES)):
        folder = f"{_ZONES}/{zone}"
        if not zone.startswith("thermal_zone"):
            continue
        celsius = _celsius(host, f"{folder}/temp", -40, 150)
        if celsius is None:
            continue
        limits: dict[str, float] = {}
        for entry in host.names(folder):
            if entry.startswith("trip_point_") and entry.endswith("_type"):
                limit = _celsius(host, f"{folder}/{entry[: -len('_type')]}_temp", 40, 150)
                if limit is not None:
                    limits[host.text(f"{folder}/{entry}")] = limit
        kind = host.text(f"{folder}/type") or zone
        found.append(Sensor(kind, celsius, limits.get("hot"), limits.get("critical")))
    return found


def throttling(host: Host) -> Finding:
    """The finding on throttling: a processor is or was slowed down by heat or lack of power."""
    flags = host.text(_FIRMWARE)
    if flags:
        try:
            return firmware(int(flags, 16))
        except ValueError:
            pass
    return _counters(host)


def firmware(flags: int) -> Finding:
    """The finding for the flags of a Raspberry Pi's firmware, as in `vcgencmd get_throttled`
    (Raspberry Pi documentation, vcgencmd): bits 0 to 3 for now, bits 16 to 19 for the time since
    boot."""
    words = ("under-voltage", "frequency capped", "throttled", "soft temperature limit")
    now = [word for bit, word in enumerate(words) if flags & (1 << bit)]
    since = [word for bit, word in enumerate(words) if flags & (1 << 16 + bit)]
    if now:
        return Finding(WARNING, "throttling", "now", ", ".join(now))
    if "under-voltage" in since:
        detail = f"{', '.join(since)}: the power supply or its cable is too weak"
        return Finding(WARNING, "throttling", "since boot", detail)
    detail = f"since boot: {', '.join(since)}" if since else ""
    return Finding(OK, "throttling", "none now", detail)


def _counters(host: Host) -> Finding:
    """The finding from the counters of x86: how often and how long (ms, since boot) a package or
    core was too hot."""
    counts, spent = [], []
    for cpu in host.names(_CPUS):
        if cpu[:3] == "cpu" and cpu[3:].isdigit():
            folder = f"{_CPUS}/{cpu}/thermal_throttle"
            for kind in ("package", "core"):
                counts.append(_number(host, f"{folder}/{kind}_throttle_count"))
                spent.append(_number(host, f"{folder}/{kind}_throttle_total_time_ms"))
    known = [count for count in counts if count is not None]
    if not known:
        return Finding(
            SKIPPED, "throttling", "-", "the kernel has no throttling counters for this processor"
        )
    longest = max((each for each in spent if each is not None), default=0) * times.MILLISECOND
    up = load_memory.since_boot(host) or 0
    if not max(known):
        return Finding(OK, "throttling", "none")
    number = f"{max(known)} time" + "s" * (max(known) > 1)
    detail = f"for {times.spoken(longest)} since boot"
    if up and longest > _SLOWED * up:
        share = f"{100 * longest / up:.0f}% of the time"
        return Finding(
            WARNING, "throttling", number, f"{detail}, {share}: the processor gets too hot"
        )
    return Finding(OK, "throttling", number, detail)


def _number(host: Host, path: str) -> int | None:
    try:
        return int(host.text(path))
    except ValueError:
        return None


def _celsius(host: Host, path: str, least: float, most: float) -> float | None:
    """A temperature in °C from a file with thousandths of °C; None if missing, or not plausible."""
    number = _number(host, path)
    celsius = None if number is None else number / 1000
    return celsius if celsius is not None and least <= celsius <= most else None
