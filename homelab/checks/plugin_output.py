"""Pure: what a monitoring plugin says: its exit code, its text, and its performance data.

The format is that of the Monitoring Plugins Development Guidelines (monitoring-plugins.org, chapter
"Plugin Output for Nagios"): `TEXT|'LABEL'=VALUE[UNIT];[WARN];[CRIT];[MIN];[MAX] …`. Lines below the
first are further text, up to a second `|`, behind which there is more performance data.
"""

from __future__ import annotations

from homelab.errors import signal_of
from homelab.findings import CRITICAL, OK, UNKNOWN, WARNING
from homelab.output.columns import visible
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.checks.row import Datum

STATES = {0: OK, 1: WARNING, 2: CRITICAL, 3: UNKNOWN}
MOST = 64 << 10  # bytes of output that are read
_TEXT = 500  # characters of the text, and of a further line
_LINES = 100  # further lines
_DATA = 200  # performance data
_NUMBER = frozenset("0123456789.-+")


class PluginResult:
    """The result of a plugin: its `state`, the `text` of its first line, the further `lines`, and
    the `performance` data: label, value, unit, warn, crit, min and max, or `text` where an item has
    another form. A value is None if it is U (unknown); ranges stay texts."""

    __slots__ = ("lines", "performance", "state", "text")

    def __init__(
        self, state: str, text: str, lines: tuple[str, ...], performance: tuple[Datum, ...]
    ) -> None:
        self.state = state
        self.text = text
        self.lines = lines
        self.performance = performance


def parse(code: int, out: bytes, err: bytes = b"") -> PluginResult:
    """The result of a plugin that ended with `code` (128+n: by signal n). A code other than 0 to 3
    is unknown, with the reason in the text. Without text on stdout, the last line of stderr is the
    text."""
    shown = out.decode("utf-8", "replace").replace("\r\n", "\n").lstrip()
    first, _, rest = shown.partition("\n")
    text, _, data = first.partition("|")
    longer, _, more = rest.partition("|")
    lines = [line.rstrip() for line in longer.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    said = _clean(text)
    if not said:
        said = _clean(err.decode("utf-8", "replace").strip().rpartition("\n")[2])
    state = STATES.get(code, UNKNOWN)
    if code not in STATES:
        why = f"ended with exit code {code}, which is not 0 to 3"
        if signal_of(code):
            why = f"ended by signal {signal_of(code)}"
        said = f"{why}: {said}" if said else why
    elif not said and state != OK:
        said = f"ended with exit code {code} and without a text"
    found = tuple(_clean(line) for line in lines[:_LINES])
    return PluginResult(state, said, found, performance(f"{data} {more}"))


def _clean(text: str) -> str:
    return clipped(visible(text.strip().replace("\t", " ")), _TEXT)


def performance(text: str) -> tuple[Datum, ...]:
    """The performance data in a text, at most _DATA of them."""
    found = [_datum(item) for item in _items(text)[:_DATA]]
    return tuple(found)


def _items(text: str) -> list[str]:
    """The items of performance data, which blanks separate, and where a plugin is careless further
    bars. A label may be in single quotes, in which two quotes are one."""
    items, item, quoted = [], "", False
    for sign in text:
        if (sign.isspace() or sign == "|") and not quoted:
            items += [item] if item else []
            item = ""
            continue
        quoted ^= sign == "'"
        item += sign
    return [*items, item] if item else items


def _datum(item: str) -> Datum:
    label, value, fields = _divided(item)
    end = 0
    while end < len(value) and value[end] in _NUMBER:
        end += 1
    number = _number(value[:end])
    odd = any(sign.isdigit() or sign in "'\"," for sign in value[end:])
    if not label or odd or (number is None and value != "U"):
        return {"text": _clean(item)}
    names = ("warn", "crit", "min", "max")
    limits = {name: _clean(field) or None for name, field in zip(names, (*fields, "", "", "", ""))}
    unit = _clean(value[end:]) or None if number is not None else None
    return {"label": _clean(label), "value": number, "unit": unit, **limits}


def _divided(item: str) -> tuple[str, str, list[str]]:
    """The label, the value, and the fields behind it."""
    if item[:1] == "'":
        at = 1
        while at < len(item) and not (item[at] == "'" and item[at + 1 : at + 2] != "'"):
            at += 2 if item[at] == "'" else 1
        label, rest = item[1:at].replace("''", "'"), item[at + 1 :]
        equals, rest = rest[:1], rest[1:]
    else:
        label, equals, rest = item.partition("=")
    value, *fields = rest.split(";")
    return (label, value, fields) if equals == "=" else ("", "", [])


def _number(text: str) -> float | None:
    """The number in a text; None if it has none, or one that JSON does not allow."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not -1e300 < number < 1e300:
        return None
    return int(number) if number == int(number) and abs(number) < 1 << 53 else number
