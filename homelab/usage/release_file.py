"""Pure: a release as a file: the JSON that a lab sends to the maintainers, and its strict reader.

Every number in it is one of a few ranges, every text has a closed shape. So a file from anyone else
either has this shape or is refused with one sentence, and nothing in it can act on a terminal.
`docs/usage-release.schema.json` describes the same shape as a JSON Schema.
"""

from __future__ import annotations

from homelab.catalogue.resolve import is_word
from homelab.net import bounded_json
from homelab.telemetry.event import PERSONAL, UNKNOWN
from homelab.usage.few import FEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Optional, TypeVar

    Range = tuple[int, Optional[int]]  # both ends included; None: no upper end
    Item = TypeVar("Item")

FAMILY, NUMBER = "homelab.usage-release", 1
SCHEMA = f"{FAMILY}/{NUMBER}"
LARGEST = 2 << 20  # bytes of a file; enough for all the rows that it may have
COUNTS: tuple[Range, ...] = (
    (1, 1), (2, 5), (6, 20), (21, 100), (101, 500), (501, 2000), (2001, 10_000), (10_001, None),
)  # fmt: skip
# For the accounts of rows: a range joined with the one below it, for `accounts_range`.
JOINED: tuple[Range, ...] = tuple(
    (low, high) for (low, _), (_, high) in zip(COUNTS[1:], COUNTS[2:])
)
_OF_ROWS = COUNTS + JOINED
# Shares of failed runs in percent: none, up to 5, above 5 and up to 20, …
FAILED: tuple[Range, ...] = ((0, 0), (0, 5), (5, 20), (20, 50), (50, 100))
# The least runs of a range whose rows give a share of failures. All rows of the range give one:
# otherwise its presence would say more about the runs than the range does.
LEAST_RUNS = 21
_OPEN = 22_000  # the count used for the range without an upper end
_MOST_ROWS = 10_000
_MOST_VALUES = 400_000  # of JSON; a file with the most rows and habits has fewer
_MOST_MONTHS = 120
MOST_USERS = 1_000_000
_MOST_WORDS = 8
_LONGEST_WORD = 32
_LONGEST_VERSION = 32
_VERSION_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.+-")
_HEX = frozenset("0123456789abcdef")
# Characters in names of programs and their subcommands, for habits.
_PROGRAM_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+@[:")
_FIELDS = frozenset(
    "schema version lab months accounts min_users offered rows habits".split(),
)  # fmt: skip


class Refused(ValueError):
    """A file is not a readable release; the text is the reason, to follow the name of the file."""


class Month:
    """A calendar month, UTC: its `name` (`2026-10`), and whether its figures are `partial`."""

    __slots__ = ("name", "partial")

    def __init__(self, name: str, partial: bool) -> None:
        self.name = name
        self.partial = partial


class Row:
    """The use of a label in a month: `runs` as a range of COUNTS, `accounts` as one of COUNTS or
    JOINED, `failed` as one of FAILED (None: not a verb, too few runs, or folded)."""

    __slots__ = ("accounts", "failed", "label", "month", "runs")

    def __init__(
        self, label: str, month: str, runs: Range, accounts: Range, failed: Range | None
    ) -> None:
        self.label = label
        self.month = month
        self.runs = runs
        self.accounts = accounts
        self.failed = failed

    def key(self) -> tuple[Any, ...]:
        """All its fields, as a key to compare by."""
        return self.label, self.month, self.runs[0], self.accounts[0], self.failed or (-1, -1)


class Habit:
    """How often public `words` (`docker ps`) were typed in a shell: `runs`, and on how many `days`,
    as ranges (None: unknown)."""

    __slots__ = ("days", "runs", "words")

    def __init__(self, words: str, runs: Range, days: Range | None) -> None:
        self.words = words
        self.runs = runs
        self.days = days


class Release:
    """The content of a release. `lab` is the id of this lab alone, `accounts` the range of the
    accounts that ran anything, `min_users` the least accounts of a row, `offered` the built-in
    verbs that were available the whole time; `habits` is None if the lab gave none."""

    __slots__ = (
        "accounts", "habits", "lab", "min_users", "months", "offered", "rows", "version",
    )  # fmt: skip

    def __init__(
        self,
        version: str,
        lab: str,
        months: list[Month],
        accounts: Range,
        min_users: int,
        offered: list[str],
        rows: list[Row],
        habits: list[Habit] | None = None,
    ) -> None:
        self.version = version
        self.lab = lab
        self.months = months
        self.accounts = accounts
        self.min_users = min_users
        self.offered = offered
        self.rows = rows
        self.habits = habits


def range_of(count: int) -> Range:
    """The range of COUNTS that has this number, which is at least 1."""
    return next(each for each in COUNTS if each[1] is None or count <= each[1])


def accounts_range(count: int, lab: Range) -> Range:
    """The range of a row's accounts, in a lab whose accounts are in the range `lab` of COUNTS. In a
    lab of six and more, the lab's own range and the one below are joined: if `6-20` means exactly
    six, a row with it would reveal that each of the six ran the label. All of these labs do so, not
    only those of six: otherwise the row of a month would change with the next account."""
    found, size = range_of(count), COUNTS.index(lab)
    return JOINED[size - 2] if 2 <= size <= COUNTS.index(found) + 1 else found


def failed_range(failed: int, runs: int) -> Range:
    """The range of FAILED that has this share of failed runs."""
    if not failed:
        return FAILED[0]
    return next(each for each in FAILED[1:] if 100 * failed <= runs * (each[1] or 0))


def middle(found: Range) -> int:
    """The number that a range counts as: its geometric middle, 2 to 5 as 3 and 6 to 20 as 11."""
    low, high = found
    return _OPEN if high is None else round(float(low * high) ** 0.5)


def shown(found: Range | None) -> str:
    """A range of COUNTS or JOINED for people: `1`, `2-5`, `over 10000`; `-` for None."""
    if found is None:
        return "-"
    low, high = found
    if high is None:
        return f"over {low - 1}"
    return str(low) if low == high else f"{low}-{high}"


def share_shown(found: Range | None) -> str:
    """A range of FAILED for people: `none`, `up to 5%`, `5-20%`; `-` for None."""
    if found is None:
        return "-"
    low, high = found
    if not high:
        return "none"
    return f"{low}-{high}%" if low else f"up to {high}%"


def too_large(release: Release) -> str:
    """Why `parse` would refuse the file of a release for its size, "" if it would not."""
    counts = {
        "rows": len(release.rows),
        "verbs": len(release.offered),
        "habits": len(release.habits or ()),
    }
    for name, count in counts.items():
        if count > _MOST_ROWS:
            return f"it has {count} {name}"
    size = len(dumps(release))
    return f"it has {size >> 20} MiB" if size > LARGEST else ""


def dumps(release: Release) -> str:
    """The file's text: JSON with a row per line, so that a person can read and compare it."""
    import json

    def lines(items: list[dict[str, object]]) -> str:
        rows = ",\n".join(f"    {json.dumps(item)}" for item in items)
        return f"[\n{rows}\n  ]" if rows else "[]"

    months: list[dict[str, object]] = [
        {"month": month.name, "partial": month.partial} for month in release.months
    ]
    rows: list[dict[str, object]] = [
        {
            "label": row.label,
            "month": row.month,
            "runs": row.runs,
            "accounts": row.accounts,
            "failed": row.failed,
        }
        for row in release.rows
    ]
    parts = {
        "schema": json.dumps(SCHEMA),
        "version": json.dumps(release.version),
        "lab": json.dumps(release.lab),
        "months": lines(months),
        "accounts": json.dumps(release.accounts),
        "min_users": json.dumps(release.min_users),
        "offered": json.dumps(release.offered),
        "rows": lines(rows),
    }
    if release.habits is not None:
        habits: list[dict[str, object]] = [
            {"words": habit.words, "runs": habit.runs, "days": habit.days}
            for habit in release.habits
        ]
        parts["habits"] = lines(habits)
    body = ",\n".join(f'  "{name}": {text}' for name, text in parts.items())
    return f"{{\n{body}\n}}\n"


def parse(data: bytes, latest: str = "9999-12") -> Release:
    """The release in a file's bytes, with no month after `latest`. Raises Refused."""
    if len(data) > LARGEST:
        raise Refused(f"it is larger than {LARGEST >> 20} MiB, the limit for a release")
    try:
        found = bounded_json.loads(data.removeprefix(b"\xef\xbb\xbf"), _MOST_VALUES, _fields)
    except Refused:
        raise
    except ValueError:
        raise Refused("it is not JSON; give the file that homelab usage release wrote") from None
    if not isinstance(found, dict) or not isinstance(found.get("schema"), str):
        raise Refused("it is not a release of homelab usage release")
    _check_schema(found["schema"])
    missing = sorted(_FIELDS - found.keys() - {"habits"})
    if missing:
        raise Refused(f"the field {missing[0]} is missing")
    if found.keys() - _FIELDS:
        raise Refused("it has an unknown field")
    months = _list(found, "months", _MOST_MONTHS, lambda item: _month(item, latest))
    names = [month.name for month in months]
    if not names:
        raise Refused("it has no month")
    if sorted(set(names)) != names:
        raise Refused("its months are not in order")
    accounts, least = _range(found["accounts"], COUNTS, "accounts"), found["min_users"]
    if not _is_whole(least) or not 1 <= least <= MOST_USERS:
        raise Refused(f"min_users is not a number from 1 to {MOST_USERS}")
    of_months = frozenset(names)
    rows = _list(found, "rows", _MOST_ROWS, lambda item: _row(item, of_months, accounts, least))
    if len({(row.label, row.month) for row in rows}) < len(rows):
        raise Refused("two of its rows have the same label and month")
    offered = _list(found, "offered", _MOST_ROWS, _verb)
    if len(set(offered)) < len(offered):
        raise Refused("a verb is in offered more than once")
    habits = None
    if "habits" in found:
        habits = _list(found, "habits", _MOST_ROWS, _habit)
        if len({habit.words for habit in habits}) < len(habits):
            raise Refused("two of its habits have the same words")
    version, lab = found["version"], found["lab"]
    if not (_is_short(version, _VERSION_SIGNS, _LONGEST_VERSION) and version[0].isdigit()):
        raise Refused("version is not a version of homelab")
    if not (_is_short(lab, _HEX, 16) and len(lab) == 16):
        raise Refused("lab is not 16 hexadecimal characters")
    return Release(version, lab, months, accounts, least, offered, rows, habits)


def _fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("one of its fields is repeated")
    return found


def is_label(text: object) -> bool:
    """Whether a text has the shape of a released label: a verb, `(unknown)` with one or two words,
    `(personal)` with one, or FEW."""
    if text == FEW:
        return True
    if not isinstance(text, str):
        return False
    kind, _, rest = text.partition(" ")
    most = {UNKNOWN.text: 2, PERSONAL.text: 1}.get(kind, _MOST_WORDS)
    words = (rest if kind in (UNKNOWN.text, PERSONAL.text) else text).split(" ")
    return len(words) <= most and all(
        is_word(word) and len(word) <= _LONGEST_WORD for word in words
    )


def _check_schema(schema: str) -> None:
    family, _, number = schema.rpartition("/")
    is_number = number.isascii() and number.isdigit() and len(number) < 6
    if family != FAMILY or not is_number or number != str(int(number)):
        raise Refused("it is not a release of homelab usage release")
    if int(number) > NUMBER:
        raise Refused("a newer homelab wrote it; update this one (homelab help self install)")
    if int(number) < NUMBER:
        raise Refused("it is not a release of homelab usage release")


def _list(
    found: dict[str, Any], name: str, most: int, read: Callable[[object], Item]
) -> list[Item]:
    items = found[name]
    if not isinstance(items, list):
        raise Refused(f"{name} is not a list")
    if len(items) > most:
        raise Refused(f"{name} has more than {most} items")
    return [read(item) for item in items]


def _object(item: object, name: str, fields: str) -> dict[str, Any]:
    if not isinstance(item, dict) or item.keys() != set(fields.split()):
        raise Refused(f"one of its {name} does not have the fields {fields}")
    return item


def _month(item: object, latest: str) -> Month:
    found = _object(item, "months", "month partial")
    name, partial = found["month"], found["partial"]
    if not _is_month(name) or name > latest:
        raise Refused("one of its months is not a month up to now, such as 2026-10")
    if not isinstance(partial, bool):
        raise Refused("partial of a month is not true or false")
    return Month(name, partial)


def _is_month(name: object) -> bool:
    if not (isinstance(name, str) and len(name) == 7 and name.isascii() and name[4] == "-"):
        return False
    year, number = name[:4], name[5:]
    return year.isdigit() and number.isdigit() and year >= "2020" and 1 <= int(number) <= 12


def _row(item: object, months: frozenset[str], lab: Range, least: int) -> Row:
    found = _object(item, "rows", "label month runs accounts failed")
    label, month, failed = found["label"], found["month"], found["failed"]
    if not is_label(label):
        raise Refused("one of its labels is neither a verb nor a listed word")
    if not isinstance(month, str) or month not in months:
        raise Refused("one of its rows has a month that is not in months")
    runs = _range(found["runs"], COUNTS, "runs")
    accounts = _range(found["accounts"], _OF_ROWS, "accounts")
    if runs[1] is not None and accounts[0] > runs[1]:
        raise Refused("one of its rows has more accounts than runs")
    if accounts[0] > lab[0] or _end(accounts) > _end(lab):
        raise Refused("one of its rows has more accounts than the lab")
    if _end(accounts) < least:
        raise Refused("one of its rows has fewer accounts than min_users")
    if failed is not None:
        failed = _range(failed, FAILED, "failed")
        if label.startswith("("):
            raise Refused("one of its words has failures, which only verbs have")
        if runs[0] < LEAST_RUNS:
            raise Refused("one of its rows has failures, but too few runs for that")
    return Row(label, month, runs, accounts, failed)


def _verb(item: object) -> str:
    if not isinstance(item, str) or item.startswith("(") or not is_label(item):
        raise Refused("one of the verbs in offered is not a verb")
    return item


def _habit(item: object) -> Habit:
    found = _object(item, "habits", "words runs days")
    words = found["words"]
    if not is_habit(words):
        raise Refused("one of its habits is not a program with its subcommands")
    days = found["days"]
    runs = _range(found["runs"], COUNTS, "runs")
    if days is not None:
        days = _range(days, COUNTS, "days")
        if days[0] > _end(runs):
            raise Refused("one of its habits has more days than runs")
    return Habit(words, runs, days)


def is_habit(words: object) -> bool:
    """Whether a text has the shape of a program with its subcommands: `docker compose ps`."""
    parts = words.split(" ") if isinstance(words, str) else []
    return 0 < len(parts) <= _MOST_WORDS and all(
        _is_short(part, _PROGRAM_SIGNS, _LONGEST_WORD) and part[0] != "-" for part in parts
    )


def _range(found: object, ranges: tuple[Range, ...], name: str) -> Range:
    if isinstance(found, list) and len(found) == 2 and all(map(_is_end, found)):
        for each in ranges:
            if tuple(found) == each:
                return each  # one object for all rows, of which a file may have thousands
    raise Refused(f"{name} is not one of the ranges that a release has")


def _end(found: Range) -> float:
    return float("inf") if found[1] is None else found[1]


def _is_end(end: object) -> bool:
    return end is None or _is_whole(end)


def _is_whole(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool)


def _is_short(text: object, signs: frozenset[str], longest: int) -> bool:
    return isinstance(text, str) and 0 < len(text) <= longest and set(text) <= signs
