"""Pure: `ignore = SUBJECT NAME until DATE: REASON`, and what it does to the rows of a check."""

from __future__ import annotations

from homelab import times
from homelab.catalogue.resolve import nearest
from homelab.checks.kinds import IGNORE, KINDS, SUBJECTS
from homelab.checks.row import CheckRow
from homelab.findings import FINE, SKIPPED, WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FORM = "ignore = unit foo.service until 2027-01-31: why"
_UNTIL = " until "
_FAR = 2262  # the year of the last moment that `times` has


class Ignore:
    """An ignore: it hides the problems and unknowns whose kind is `subject` and whose name matches
    `name`, in which * stands for any text. `until` is the text of its last day ("" for no end), and
    `end` the moment (ns) from which on it has expired. `hidden` counts the rows that it hides."""

    __slots__ = ("end", "hidden", "name", "reason", "source", "subject", "until")

    def __init__(
        self, subject: str, name: str, until: str, end: int | None, reason: str, source: str
    ) -> None:
        self.subject = subject
        self.name = name
        self.until = until
        self.end = end
        self.reason = reason
        self.source = source
        self.hidden = 0

    @property
    def words(self) -> str:
        """The kind and the name: `unit foo.service`."""
        return f"{self.subject} {self.name}"

    @property
    def detail(self) -> str:
        """The detail of a row that it hides."""
        until = f"{_UNTIL}{self.until}" if self.until else ""
        return f"ignored{until}: {self.reason}"

    def expired(self, now: int) -> bool:
        """Whether its last day is over."""
        return self.end is not None and now >= self.end

    def covers(self, row: CheckRow) -> bool:
        """Whether it names the row."""
        return any(
            subject == self.subject and matches(self.name, name) for subject, name in row.names
        )


def parse(text: str, source: str, now: int) -> Ignore:
    """Parse the text behind `ignore =`. The name may have blanks and colons: the reason follows the
    first colon with a blank behind it. Raises ValueError with a sentence."""
    head, colon, reason = _divided(text)
    subject, _, rest = head.strip().partition(" ")
    if subject not in SUBJECTS:
        meant = nearest(subject, SUBJECTS)
        hint = f"; did you mean {meant}?" if meant else ""
        raise ValueError(f"ignore begins with a kind of check ({', '.join(SUBJECTS)}){hint}")
    rest = f" {rest.strip()} "
    before, limited, until = rest.rpartition(_UNTIL)
    name, until = _plain((before if limited else rest).strip()), until.strip() if limited else ""
    if limited and not until:
        raise ValueError(f"ignore has no date behind until; write {_FORM}")
    if not name:
        raise ValueError(f"ignore names nothing to ignore; write {_FORM}, or * for every name")
    if not colon or not reason.strip():
        raise ValueError(f"ignore has no reason; write {_FORM}")
    verb = KINDS[subject].path if subject in KINDS else ""
    second, _, rest = name.partition(" ")
    if rest and verb == f"{subject} {second}":
        raise ValueError(f"ignore has the kind of a check, not its verb; write {subject} {rest}")
    end = _end(until, now) if until else None
    return Ignore(subject, _without_password(name), until, end, reason.strip(), source)


def _divided(text: str) -> tuple[str, str, str]:
    """The text in front of the first colon that a blank or the end follows, that colon, and the
    text behind it."""
    at = -1
    while True:
        at = text.find(":", at + 1)
        if at < 0:
            return text, "", ""
        if not text[at + 1 : at + 2].strip():
            return text[:at], ":", text[at + 1 :]


def _without_password(name: str) -> str:
    """The name without a user and password in a URL, as the names of rows are."""
    scheme, apart, rest = name.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://…@{host}" if apart and at and ":" in user else name


def _plain(name: str) -> str:
    """The name without a pair of quotes around it."""
    quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "\"'"
    return name[1:-1] if quoted else name


def _end(until: str, now: int) -> int:
    """The moment at which the ignore expires: the end of that day in the local zone, or that time.
    Only a date counts: `tomorrow` would never come. Raises ValueError."""
    wrong = f"ignore: not a date: {until!r}; write a day like 2027-01-31"
    if not until[:4].isdigit() or until[4:5] != "-":
        raise ValueError(wrong)
    try:
        if ":" in until:
            return times.moment(until, now)
        from datetime import date, timedelta

        last = date(*map(int, until.split("-")))
        if last.year >= _FAR:
            return times.LAST
        return times.moment((last + timedelta(days=1)).isoformat(), now)
    except (ValueError, OverflowError, TypeError):
        raise ValueError(wrong) from None


def matches(pattern: str, name: str) -> bool:
    """Whether a name matches a pattern, in which * stands for any text and all else for itself:
    names have brackets in them (`[fd00::7]:22`)."""
    first, *parts = pattern.split("*")
    if not parts:
        return name == first
    last = parts.pop()
    if not name.startswith(first) or len(name) < len(first) + len(last):
        return False
    if not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in parts:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def applied(
    rows: Sequence[CheckRow], ignores: Sequence[Ignore], now: int
) -> tuple[list[CheckRow], list[str]]:
    """The rows, hidden as the ignores say, with a row for each ignore that has expired; and notes
    on ignores that hide nothing. A hidden row is skipped; the first ignore that covers it counts.
    """
    valid = [ignore for ignore in ignores if not ignore.expired(now)]
    for row in rows:
        if row.state in FINE:
            continue
        by = next((ignore for ignore in valid if ignore.covers(row)), None)
        if by is not None:
            by.hidden += 1
            row.ignored, row.state, row.detail = row.state, SKIPPED, by.detail
    over = [
        CheckRow(
            WARNING,
            IGNORE,
            ignore.words,
            f"expired on {ignore.until}: {ignore.reason}; remove it or give it a new date",
            source=ignore.source,
        )
        for ignore in ignores
        if ignore.expired(now)
    ]
    notes = [
        f"an ignore hides nothing: {ignore.words} ({ignore.source}); {_why_useless(ignore, rows)}"
        for ignore in valid
        if not ignore.hidden
    ]
    return [*rows, *over], notes


def _why_useless(ignore: Ignore, rows: Sequence[CheckRow]) -> str:
    """Why an ignore hides nothing, and what to do."""
    covered = [row for row in rows if ignore.covers(row)]
    if not covered:
        return "no row has that name; correct or remove it"
    if any(row.state in FINE and not row.ignored for row in covered):
        return "that is fine; remove it"
    return "another line ignores that; remove one of them"


def facts(ignores: Sequence[Ignore], now: int) -> list[dict[str, object]]:
    """The ignores for programs; `hidden` is how many rows each hides."""
    return [
        {
            "subject": ignore.subject,
            "name": ignore.name,
            "until": ignore.until or None,
            "reason": ignore.reason,
            "source": ignore.source,
            "expired": ignore.expired(now),
            "hidden": ignore.hidden,
        }
        for ignore in ignores
    ]
