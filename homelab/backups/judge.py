"""Pure: the verdict on a source's newest backup, by its age."""

from __future__ import annotations

from homelab import findings, times
from homelab.findings import CRITICAL, OK, UNKNOWN, WARNING, bytes_text
from homelab.texts import numbered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.backups.snapshot import Inventory, Snapshot

MOST = 26 * 3600 * times.SECOND  # a nightly job may take two hours longer than yesterday
_AHEAD = 600 * times.SECOND  # clocks of two hosts may differ by less


class Limits:
    """How old (ns) a backup may be: older than `most` is critical, older than `warn` a warning
    (None: no warning)."""

    __slots__ = ("most", "warn")

    def __init__(self, most: int = MOST, warn: int | None = None) -> None:
        self.most = most
        self.warn = warn


class Age:
    """A row: a source with its `newest` backup (None if it has none or is unknown). `age` is in ns,
    `most` the limit in ns."""

    __slots__ = ("age", "count", "detail", "most", "newest", "shown", "state", "tool")

    def __init__(
        self,
        state: str,
        tool: str,
        inventory: Inventory,
        limits: Limits,
        age: int | None,
        detail: str,
    ) -> None:
        self.state = state
        self.tool = tool
        self.shown = inventory.shown
        self.newest = inventory.newest
        self.count = inventory.count
        self.most = limits.most
        self.age = age
        self.detail = detail


def judged(tool: str, inventory: Inventory, limits: Limits, now: int) -> Age:
    """The verdict at the moment `now`. A backup counts as fine only if its time is known and not in
    the future. If a source could be read only in part, its newest known backup is fine if it is new
    enough, and otherwise the source is unknown."""
    newest = inventory.newest
    if newest is None:
        state = UNKNOWN if inventory.trouble else CRITICAL
        why = inventory.trouble or inventory.missing or "it has no backup"
        return Age(state, tool, inventory, limits, None, _joined((why, *inventory.notes)))
    age = now - newest.moment
    if age < -_AHEAD:
        why = (
            f"its time is {times.spoken(-age)} in the future; check the clocks, or the file's time"
        )
        return Age(UNKNOWN, tool, inventory, limits, None, _joined((why, _facts(inventory))))
    age = max(age, 0)
    state, why = OK, ""
    if age > limits.most:
        state, why = CRITICAL, f"older than {span(limits.most)}"
        if inventory.trouble:
            state, why = UNKNOWN, f"{why}, but there may be a newer one: {inventory.trouble}"
    elif limits.warn is not None and age > limits.warn:
        state, why = WARNING, f"older than {span(limits.warn)}"
    elif inventory.suspect:
        state = WARNING
    details = _joined((why, *inventory.notes, _facts(inventory), inventory.hint))
    return Age(state, tool, inventory, limits, age, details)


def _joined(parts: tuple[str, ...]) -> str:
    return "; ".join(part for part in parts if part)


def _facts(inventory: Inventory) -> str:
    """The newest snapshot in words, and how many there are."""
    newest = inventory.newest
    if newest is None:
        return ""
    if inventory.count is None:
        return _name(newest)
    if inventory.count == 1:
        return f"{_name(newest)}, the only {inventory.noun}"
    return f"{_name(newest)}, the newest of {numbered(inventory.count, inventory.noun)}"


def _name(newest: Snapshot) -> str:
    size = f" ({bytes_text(newest.size)})" if newest.size is not None else ""
    host = f" of {newest.host}" if newest.host else ""
    return f"{newest.name}{host}{size}"


def span(nanoseconds: int) -> str:
    """A limit as people write it: `26 h`, `2 d`, `90 min`."""
    seconds = nanoseconds // times.SECOND
    for size, unit, least in ((86_400, "d", 2), (3600, "h", 1), (60, "min", 1)):
        if seconds % size == 0 and seconds >= size * least:
            return f"{seconds // size} {unit}"
    return times.spoken(nanoseconds)


def fine(rows: list[Age]) -> str:
    """The sentence for rows that are all fine."""
    names = [f"{row.shown} is {times.spoken(row.age or 0)} old" for row in rows]
    oldest = max(rows, key=lambda row: row.age or 0)
    many = f"{len(rows)} backups are fine; the oldest, {oldest.shown}, is"
    return findings.all_fine(names, f"{many} {times.spoken(oldest.age or 0)} old")
