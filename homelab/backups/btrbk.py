"""Pure: what `btrbk list … --format raw` prints: lines of key='value', quoted for a shell
(btrbk(1)); and the times in the names of its subvolumes (btrbk.conf(5), timestamp_format)."""

from __future__ import annotations

from homelab import times
from homelab.backups.snapshot import Unreadable
from homelab.texts import lines

_SKIPPED = ("Skipping target ", "Skipping subvolume ", "Skipping volume ")
_SSH = "ssh://"
# Lines below "Skipping …" that do not say why.
_NO_REASON = ("sh: ", "Command execution failed", "SSH command failed", "(note: ")
_ENDINGS = (".gpg", ".encrypted", ".gz", ".bz2", ".xz", ".lzo", ".lz4", ".zst", ".btrfs")


def rows(text: str) -> list[dict[str, str]]:
    """The fields of each line. Raises Unreadable for a line of another form."""
    return [_fields(line) for line in lines(text) if line.strip()]


def _fields(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = line.strip()
    while rest:
        key, equals, rest = rest.partition("=")
        if not equals or not key.isidentifier():
            raise Unreadable("btrbk printed a line that is not of the form key='value'")
        found[key], rest = _word(rest)
        rest = rest.lstrip(" ")
    return found


def _word(text: str) -> tuple[str, str]:
    """The first shell word of a text, unquoted, and the rest behind it."""
    word, at = [], 0
    while at < len(text) and text[at] != " ":
        sign = text[at]
        if sign in "'\"":
            end = text.find(sign, at + 1)
            if end < 0:
                raise Unreadable("btrbk printed a quote that does not end")
            word.append(text[at + 1 : end])
            at = end + 1
        elif sign == "\\":
            word.append(text[at + 1 : at + 2])
            at += 2
        else:
            word.append(sign)
            at += 1
    return "".join(word), text[at:]


def made(path: str) -> int:
    """The moment (ns) in the name of a subvolume or file of btrbk: `home.20261130T0215`,
    `home.20261130T021500+0100_1`, or `home.20261130`, which counts from midnight. A time without a
    zone is local. Raises ValueError if it has none."""
    name = path.rpartition("/")[2]
    while name.endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    stamp, _, number = name.rpartition(".")[2].partition("_")
    day, letter, clock = stamp.partition("T")
    if len(day) != 8 or not _digits(day) or (number and not _digits(number)):
        raise ValueError(path)
    text = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if letter:
        zone = clock.lstrip("0123456789")
        digits = clock[: len(clock) - len(zone)]
        if len(digits) not in (4, 6):
            raise ValueError(path)
        text += "T" + ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)) + zone
    return times.moment(text, 0)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


class Skipped:
    """A place that btrbk could not read: a target, subvolume or volume. `place` is its path, or
    `HOST:PATH` or `HOST[PORT]:PATH`; `reason` is in btrbk's words."""

    __slots__ = ("place", "reason")

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = reason

    def concerns(self, pair: Pair) -> bool:
        """Whether it is the target, the subvolume, or the volume of a subvolume."""
        source = _printed(pair.source)
        return self.place in (_printed(pair.target), source) or source.startswith(
            self.place.rstrip("/") + "/"
        )


def _printed(url: str) -> str:
    """The form in which btrbk names a URL in messages: `ssh://nas:22/x` is `nas[22]:/x`."""
    if not url.startswith(_SSH):
        return url
    host, slash, path = url[len(_SSH) :].partition("/")
    name, colon, port = host.rpartition(":")
    if colon and _digits(port):
        host = f"{name}[{port}]"
    return f"{host}:{slash}{path}"


def skipped(errors: str) -> list[Skipped]:
    """The places that btrbk could not read, from its stderr."""
    found: dict[str, Skipped] = {}
    last: Skipped | None = None
    for line in lines(errors):
        words = line.removeprefix("WARNING: ").removeprefix("ERROR: ")
        if words.startswith(_SKIPPED):
            _, _, rest = words.partition('"')
            place, _, why = rest.partition('": ')
            last = found.setdefault(place, Skipped(place, why.strip())) if place else None
        elif words.startswith("... ") and last:
            detail = words[4:].strip()
            if not detail.startswith(_NO_REASON):
                last.reason = detail.rpartition(": ")[2]
    return list(found.values())


class Pair:
    """A subvolume and where its backups go: `source`, `target` (both paths or URLs; no target: only
    snapshots), and the subvolume's `latest` backup or snapshot ("" if there is none)."""

    __slots__ = ("latest", "source", "target")

    def __init__(self, source: str, target: str, latest: str) -> None:
        self.source = source
        self.target = target
        self.latest = latest


def pairs(config: str, latest: str) -> list[Pair]:
    """The pairs that `btrbk list config` names, with what `btrbk list latest` has for each. Raises
    Unreadable."""
    known = rows(latest)
    found = []
    for row in rows(config):
        source, target = row.get("source_url", ""), row.get("target_url", "")
        if not source:
            raise Unreadable("btrbk printed a subvolume without its source_url")
        names = [
            each.get("target_url" if target else "snapshot_subvolume", "")
            for each in known
            if each.get("source_url") == source
        ]
        if target:
            names = [name for name in names if name.rpartition("/")[0] == target.rstrip("/")]
        # it also names older ones, of which no snapshot is left here
        found.append(Pair(source, target, max(filter(None, names), key=_order, default="")))
    return found


def _order(path: str) -> tuple[int, str]:
    try:
        return made(path), path
    except ValueError:
        return -1, path
