"""Pure: what a source has: its newest snapshot, how many there are, and what is wrong."""

from __future__ import annotations

from homelab import times
from homelab.net import bounded_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Snapshot:
    """A backup: its `name` (an id, an archive, a file), the `moment` it was made (ns since the
    epoch), and what its tool says about it: `host`, `tags` and `size` (bytes, None if unknown).
    `path` is where it is, if it is a file or a folder."""

    __slots__ = ("host", "moment", "name", "path", "size", "tags")

    def __init__(
        self,
        name: str,
        moment: int,
        host: str = "",
        tags: tuple[str, ...] = (),
        size: int | None = None,
        path: str = "",
    ) -> None:
        self.path = path
        self.name = name
        self.moment = moment
        self.host = host
        self.tags = tags
        self.size = size


class Inventory:
    """The snapshots of a source. `shown` is the source's name in output, `newest` its newest
    snapshot, `count` how many there are (None: not counted), `noun` what they are called.

    `trouble` is the reason why the answer is not known or not complete, `missing` the reason why
    there is no backup, `notes` say what else is wrong, `hint` is an option that may help. A
    `suspect` inventory has a newer backup that is not usable; `notes` says which."""

    __slots__ = (
        "count", "hint", "missing", "newest", "notes", "noun", "shown", "suspect", "trouble",
    )  # fmt: skip

    def __init__(
        self,
        shown: str,
        newest: Snapshot | None = None,
        count: int | None = None,
        noun: str = "snapshot",
        trouble: str = "",
        missing: str = "",
        notes: tuple[str, ...] = (),
        suspect: bool = False,
        hint: str = "",
    ) -> None:
        self.hint = hint
        self.shown = shown
        self.newest = newest
        self.count = count
        self.noun = noun
        self.trouble = trouble
        self.missing = missing
        self.notes = notes
        self.suspect = suspect


_VALUES = 2_000_000  # 16 MiB of snapshots or archives have fewer
_BEGINNINGS = 20  # lines where the document may begin


class Unreadable(ValueError):
    """The output of a tool that is not what it prints by its documentation; the text says why."""


def document(data: bytes, tool: str, opening: tuple[bytes, ...]) -> object:
    """The JSON document in a tool's stdout. A wrapper script or the tool itself may print lines
    before it, and restic messages in JSON: it begins at a line that starts with one of `opening`.
    Raises Unreadable."""
    start = 0
    for _ in range(_BEGINNINGS):
        try:
            return bounded_json.loads(data[start:], _VALUES)
        except ValueError:
            line = data.find(b"\n", start)
        while line >= 0 and not data.startswith(opening, line + 1):
            line = data.find(b"\n", line + 1)
        if line < 0:
            break
        start = line + 1
    raise Unreadable(f"{tool} printed something that is not JSON")


def newest(snapshots: Iterable[Snapshot]) -> Snapshot | None:
    """The newest snapshot, None if there is none; of several with the same time, the last."""
    return max(reversed(list(snapshots)), key=lambda each: each.moment, default=None)


def moment(text: object) -> int:
    """The moment (ns) of an ISO 8601 time with a date and a time of day, as tools print it. A time
    without a zone is UTC, since the tools run with TZ=UTC. Raises ValueError."""
    if not isinstance(text, str) or not text[:4].isdigit() or text[10:11] not in ("T", " "):
        raise ValueError("not a time")
    zoned = text[-1:] in ("Z", "z") or "+" in text[19:] or "-" in text[19:]
    return times.moment(text if zoned else text + "Z", 0)


def hosts(snapshots: Sequence[Snapshot]) -> list[str]:
    """The hosts of the snapshots, the one with the newest snapshot first."""
    ordered = sorted(snapshots, key=lambda each: -each.moment)
    return list(dict.fromkeys(each.host for each in ordered if each.host))
