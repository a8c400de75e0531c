"""Pure: the counts that an account keeps of a Loki's closed days, as text.

The text is a JSON document. Each text is in a table once, and so is each key that days count: a day
is two lists of numbers, so that 48,000 figures are read in a few milliseconds. A document of
another shape is refused whole: a misread figure would be a wrong answer.
"""

from __future__ import annotations

import json

from homelab.times import LAST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Key = tuple[str, str, int, str]

MOST_FIGURES = 400_000
_FURTHEST = 1 << 17  # days since the epoch: in the year 2328
_PER_DAY = 60  # figures of a place
_CODES = 1 << 31


class Refused(ValueError):
    """The text was not written by `dumps`."""


class Kept:
    """The counts that an account keeps of one Loki's closed days; days are numbered since the epoch
    (UTC).

    `days`: the runs of (verb, user, exit code, version) on each day; a closed day without a run has
    {}. `places`: 60 counts of each day for a (kind, verb). `last`: the time (ns) of the newest run
    on a closed day, by ("verb", "user" or "version", its value), and of the first run of all, by
    ("first", ""). `on`: the day on which each day was kept. `nameless`: days that the Loki has
    deleted since; the user in their keys is "". `since`: when the first day was kept (ns; 0: none
    is). `lost`: why the counts kept before are not used, as the end of a sentence; "" if they are
    used.
    """

    __slots__ = ("days", "last", "lost", "nameless", "on", "places", "since")

    def __init__(self) -> None:
        self.days: dict[int, dict[Key, int]] = {}
        self.places: dict[tuple[str, str], dict[int, list[int]]] = {}
        self.last: dict[tuple[str, str], int] = {}
        self.on: dict[int, int] = {}
        self.nameless: set[int] = set()
        self.since = 0
        self.lost = ""


def dumps(kept: Kept, identity: str, most: int = MOST_FIGURES) -> bytes:
    """The text of the counts kept of the Loki with this identity: of all days, or of the newest if
    all have more than `most` figures."""
    oldest = _oldest(kept, most)
    texts: dict[str, int] = {}
    keys: dict[Key, int] = {}
    days = []
    for day, counts in kept.days.items():
        if day >= oldest:
            numbers = [keys.setdefault(key, len(keys)) for key in counts]
            days.append([day, numbers, list(counts.values()), kept.on[day]])
    places = []
    for (kind, verb), per_day in kept.places.items():
        rows = [[day, *counts] for day, counts in per_day.items() if day >= oldest]
        if rows:
            places.append([_number(texts, kind), _number(texts, verb), rows])
    newest = sorted(kept.last.items(), key=lambda item: -item[1])[:most]
    document = {
        "of": identity,
        "since": kept.since,
        "keys": [
            [_number(texts, key[0]) for key in keys],
            [_number(texts, key[1]) for key in keys],
            [key[2] for key in keys],
            [_number(texts, key[3]) for key in keys],
        ],
        "days": days,
        "places": places,
        "last": [
            [_number(texts, what) for (what, _), _ in newest],
            [_number(texts, value) for (_, value), _ in newest],
            [moment for _, moment in newest],
        ],
        "nameless": sorted(day for day in kept.nameless if day >= oldest),
        "texts": list(texts),
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _number(texts: dict[str, int], text: str) -> int:
    return texts.setdefault(text, len(texts))


def _oldest(kept: Kept, most: int) -> int:
    """The first day that is written: from it on there are at most `most` figures."""
    figures = {day: 1 + len(counts) for day, counts in kept.days.items()}
    for per_day in kept.places.values():
        for day in per_day:
            figures[day] = figures.get(day, 0) + _PER_DAY
    total = 0
    for day in sorted(figures, reverse=True):
        total += figures[day]
        if total > most:
            return day + 1
    return 0


def parse(text: bytes, identity: str) -> Kept:
    """The counts kept of the Loki with this identity. Raises Refused for text that `dumps` did not
    write."""
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("of") != identity:
            raise Refused
        kept = Kept()
        kept.since = _whole([document["since"]], LAST)[0]
        texts = _list(document["texts"])
        if not all(isinstance(text, str) for text in texts):
            raise Refused
        verbs, users, codes, versions = _list(document["keys"])
        _whole(codes, _CODES, -_CODES)
        keys: list[Key] = list(
            zip(_taken(texts, verbs), _taken(texts, users), codes, _taken(texts, versions))
        )
        _same_length(verbs, users, codes, versions)
        for day, numbers, counts, on in _list(document["days"]):
            _new_day(day, kept.days)
            _new_day(on, {})
            kept.on[day] = on
            _same_length(numbers, _whole(counts, LAST))
            kept.days[day] = dict(zip(_taken(keys, numbers), counts))
            _same_length(kept.days[day], counts)  # no key twice
        for kind_number, verb_number, rows in _list(document["places"]):
            kind, verb = _taken(texts, [kind_number, verb_number])
            per_day = kept.places.setdefault((kind, verb), {})
            for day, *counts in rows:
                _new_day(day, per_day)
                if len(_whole(counts, LAST)) != _PER_DAY:
                    raise Refused
                per_day[day] = counts
        kinds, values, moments = _list(document["last"])
        _same_length(kinds, values, _whole(moments, LAST))
        kept.last = dict(zip(zip(_taken(texts, kinds), _taken(texts, values)), moments))
        _same_length(kept.last, moments)
        kept.nameless = set(_whole(document["nameless"], _FURTHEST))
        return kept
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Refused("it is damaged") from None


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Refused
    return value


def _whole(values: Any, most: int, least: int = 0) -> list[int]:
    """The values, if they are whole numbers from `least` to `most`; else raises Refused."""
    numbers = _list(values)
    if numbers and (
        set(map(type, numbers)) != {int} or min(numbers) < least or max(numbers) > most
    ):
        raise Refused
    return numbers


def _taken(table: list[Any], numbers: Any) -> Iterable[Any]:
    """The entries of a table with these numbers."""
    _whole(numbers, len(table) - 1)
    return map(table.__getitem__, numbers)


def _same_length(*columns: Any) -> None:
    if len(set(map(len, columns))) > 1:
        raise Refused


def _new_day(day: Any, days: Mapping[int, object]) -> None:
    if type(day) is not int or not 0 <= day <= _FURTHEST or day in days:
        raise Refused
