"""Pure: the failures for Loki's own refusals: a query that it can't read, with the place marked, or
a query over a limit, with the limit's name and value."""

from __future__ import annotations

from homelab.errors import UNREACHABLE, USAGE, Failure
from homelab.loki import limits
from homelab.loki.diagnosis import words_of
from homelab.output.columns import columns_of, visible
from homelab.texts import clipped, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.loki.address import Address

_LONGEST = 100  # characters of a limit's value
_AROUND = 34  # characters of a query that are shown on each side of the error
_DIGITS = 9  # of a line or column number
_PARSER = "parse error at line "


def of_text(address: Address, status: int, body: bytes, query: str) -> Failure | None:
    """The failure for a plain text from Loki, None if the text is not known to be Loki's. `query`
    is the LogQL that was sent, if any."""
    text = body.decode("utf-8", "replace").strip()
    code = USAGE if status in (400, 422) else UNREACHABLE
    limit, place = limits.refused(text), _place(text, query)
    if limit is not None:
        value = f" ({printable(clipped(limit.value, _LONGEST))})" if limit.value else ""
        said = limits.without_advice(words_of(body))
        failure = Failure(
            code, f"{address}: over Loki's limit {limit.name}{value}: {said}; {limit.advice}"
        )
    elif place:
        line, column = place
        where = f"line {line}, column {column}" if "\n" in query else f"column {column}"
        said = words_of(text.partition(": ")[2].encode())
        failure = Failure(USAGE, f"Loki can't read the query at {where}: {said}; error here")
        failure.below = marked(query, line, column)
    elif status in (400, 422):
        failure = Failure(USAGE, f"Loki refuses the query: {words_of(body)}")
    else:
        return None
    failure.status = status
    failure.words = text
    return failure


def _place(text: str, query: str) -> tuple[int, int] | None:
    """Line and column, from 1 on, of `parse error at line 1, col 37: …`. Loki's lexer reports its
    own errors at line 0, which is only clear for a query of one line."""
    start, found, place = text.partition(":")[0].partition(", col ")
    line = start.removeprefix(_PARSER)
    if found and all(text.isascii() and text.isdigit() for text in (line, place)):
        if max(len(line), len(place)) > _DIGITS:
            return None
        number = int(line) or int("\n" not in query)
        return (number, int(place)) if number and int(place) else None
    return None


def marked(query: str, line: int, column: int) -> str:
    """The line of the query, or the part near the column, with a mark under the column."""
    lines = query.split("\n")
    text = lines[min(line, len(lines)) - 1]
    at = min(column - 1, len(text))
    before, after = text[:at], text[at:]
    long = len(text) > 2 * _AROUND
    if long and len(before) > _AROUND:
        before = "…" + before[-_AROUND:]
    if long and len(after) > _AROUND:
        after = after[:_AROUND] + "…"
    before, after = visible(before), visible(after)
    return f"  {before}{after}\n  {' ' * columns_of(before)}^"
