"""Pure: the kinds of checks in `[checks]`, and the thresholds that may have a name there.

A line of `[checks]` is the command line of a check verb without the verb. So there is no second
language of options, and every verb that judges what it names can be a kind with one row here.
"""

from __future__ import annotations

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Kind:
    """A kind of check: its `key` in settings and the `path` of its verb, with the words that are
    `fixed` in front of those of a line. `name` is the column of the verb's rows that names what was
    checked. `value` is the column with the measured value, "" if there is none, and `unit` how to
    write it: `text`, `share`, `days` or `seconds`. `globs`: a path with a * in a line stands for
    the files that match it now. `names`: a line must name something, although the verb alone also
    has an answer. `fallback` is a column that says why if the row has no detail."""

    __slots__ = ("fallback", "fixed", "globs", "key", "name", "names", "path", "unit", "value")

    def __init__(
        self,
        key: str,
        path: str,
        name: str,
        value: str = "",
        unit: str = "text",
        fixed: tuple[str, ...] = (),
        globs: bool = False,
        names: bool = False,
        fallback: str = "",
    ) -> None:
        self.key = key
        self.path = path
        self.name = name
        self.value = value
        self.unit = unit
        self.fixed = fixed
        self.globs = globs
        self.names = names
        self.fallback = fallback

    def value_of(self, row: dict[str, Any]) -> str:
        """The measured value in a row of the verb's JSON, as text; "" if it has none."""
        cell = row.get(self.value)
        if isinstance(cell, str):
            return cell
        if isinstance(cell, bool) or not isinstance(cell, (int, float)):
            return ""
        if self.unit == "share":
            return f"{100 * cell:.0f}%"
        if self.unit == "seconds":
            size = min(max(cell, 0.0), 1e12)
            return times.spoken(int(size * times.SECOND)) if size >= 1 else times.took(size)
        return f"{cell} d" if self.unit == "days" else str(cell)


HOST = "host"
OWN, PLUGIN, IGNORE = "own", "plugin", "ignore"
SETTINGS = "settings"  # the kind of the row for a settings file that is not read
KINDS = {
    kind.key: kind
    for kind in (
        # alone, it would read these lines again
        Kind("backup", "backup age", "backup", "age", "seconds", names=True),
        Kind("cert", "cert check", "target", "days", "days", globs=True),
        Kind("container", "container list", "name", "status"),
        Kind("disk", "disk usage", "mount", "used", "share", ("--mounted",), True, names=True),
        Kind("health", "disk health", "name", "health"),
        Kind(HOST, "host status", "check", "value"),
        Kind("job", "job list", "name", "result"),
        Kind("port", "port check", "target", "result"),
        Kind("service", "service check", "url", "total", "seconds"),
        Kind("timer", "timer list", "timer", "result"),
        Kind("unit", "unit check", "unit", "status"),
        Kind("update", "update list", "package", "available", fallback="kind"),
    )
}
SUBJECTS = (*KINDS, OWN, PLUGIN)  # what an ignore may name
# Named thresholds: the option that each sets, by the key of the lines that it is for. An option on
# a line wins.
THRESHOLDS: dict[str, tuple[tuple[str, str], ...]] = {
    "backup_max": (("backup", "--max"),),
    "cert_warn": (("cert", "--warn"), ("service", "--warn")),
    "disk_used": (("disk", "--disk"), (HOST, "--disk")),
    "inodes_used": (("disk", "--inodes"), (HOST, "--inodes")),
    "load": ((HOST, "--load"),),
    "memory_used": ((HOST, "--memory"),),
    "pool_used": (("health", "--full"),),
    "scrub_max": (("health", "--scrub"),),
    "temperature": (("health", "--temperature"),),
    "wear": (("health", "--wear"),),
}
KEYS = (*KINDS, OWN, PLUGIN, IGNORE, *THRESHOLDS)
POOLS, SMART = "pools", "smart"
# Checks of `host status` that count several things in one row: the verb that names each of them,
# and its kind. So an ignore can name a unit, and the table does.
NAMED_BY = {
    "units": ("unit failed", Kind("unit", "unit failed", "unit")),
    "timers": ("timer list", KINDS["timer"]),
    "containers": ("container list", KINDS["container"]),
    "jobs": ("job list", KINDS["job"]),
    POOLS: ("disk health", KINDS["health"]),
    SMART: ("disk health", KINDS["health"]),
}
DISK = "disk "  # in front of the folder of a file system in the rows of `host status`
