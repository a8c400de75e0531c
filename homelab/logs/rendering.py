"""Pure: log lines as text: columns, bare lines, JSON lines, logfmt.

Rows are (time in ns, labels, line). Characters that a terminal would act on are made visible,
except in bare lines to a pipe, which are byte for byte what was logged.
"""

from __future__ import annotations

import time

from homelab import times
from homelab.logs import levels
from homelab.output import colours
from homelab.output.answer import Column
from homelab.output.columns import columns_of, cut, is_visible, visible
from homelab.output.document import dumps, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Row = tuple[int, dict[str, str], str]

LINES = (Column("time", "moment", seconds=True), Column("labels", "labels"), Column("line"))
_PLAIN = ("", "unknown")  # an unknown level is not coloured
_WIDEST = 48  # columns that labels may take at a terminal; longer ones are cut
_WIDEST_PIPED = 120  # columns of labels up to which lines are aligned in a pipe
_LEAST = 16
_TIME = 25  # columns of a time and the gap after it
# Labels that identify a stream come first, so that they are not cut off.
_FIRST = (
    "host", "hostname", "instance", "node", "host_name", "k8s_node_name", "namespace",
    "k8s_namespace_name", "app", "container", "container_name", "k8s_container_name", "unit",
    "systemd_unit", "service_name", "level", "detected_level",
)  # fmt: skip
_RANKS = {name: rank for rank, name in enumerate(_FIRST)}


def of_form(form: str, columns: Columns) -> Callable[[list[Row], int], str]:
    """The function that turns a batch of rows into text, given the terminal's width (0: not a
    terminal)."""
    return {"raw": raw, "json": json_lines, "logfmt": logfmt}.get(form, columns.lines)


def raw(rows: list[Row], width: int) -> str:
    """The lines alone, byte for byte; each ends with one newline, as in logcli."""
    ended = [line if line[-1:] == "\n" else line + "\n" for _, _, line in rows]
    if not width:
        return "".join(ended)
    # a stack trace keeps its lines
    return "\n".join(visible(line) for line in "".join(ended).split("\n"))


def json_lines(rows: list[Row], width: int) -> str:
    """A JSON document per line."""
    return lines(rows, LINES)


def logfmt(rows: list[Row], width: int) -> str:
    """`time=… label=… line=…`, with quotes around values that need them."""
    lines = []
    for moment, labels, line in rows:
        pairs = [("time", times.rfc3339(moment)), *sorted(labels.items()), ("line", line)]
        lines.append(" ".join(f"{visible(name)}={_quoted(value)}" for name, value in pairs) + "\n")
    return "".join(lines)


def _quoted(value: str) -> str:
    if value and is_visible(value) and not set(value) & set(' "=\\'):
        return value
    return dumps(value)


class Columns:
    """Columns: the time, the labels that differ, the line. Labels that all rows of the first batch
    share are passed to `common` once, and from then on left out of every row that has them."""

    def __init__(
        self, header: bool, utc: bool, colour: bool, common: Callable[[str], None] | None
    ) -> None:
        self._header = header
        self._utc = utc
        self._colour = colour
        self._tell = common
        self._common: dict[str, str] | None = None
        self._width = 0
        self._second = (-1, "", "")
        self._stamp = 0

    def lines(self, rows: list[Row], width: int) -> str:
        """A batch as text, each line ended."""
        if self._common is None:
            self._common = _common([labels for _, labels, _ in rows])
            if self._common and self._tell:
                self._tell(visible(_pairs(_worth(self._common))))
        most = _WIDEST_PIPED if not width else max(min(_WIDEST, (width - _TIME) // 2), _LEAST)
        shown = [visible(self._differing(labels)) for _, labels, _ in rows]
        if width:
            shown = [cut(text, most) for text in shown]
        wide = [columns_of(text) for text in shown]
        self._width = max(self._width, *(min(each, most) for each in wide), 0)
        stamps = [self._time(moment) for moment, _, _ in rows]
        lines = []
        if self._header:
            self._header = False
            label = f"{'LABELS':{self._width}}  " if self._width else ""
            lines.append(f"{'TIME':{self._stamp}}  {label}LINE\n")
        for stamp, (_, labels, line), text, taken in zip(stamps, rows, shown, wide):
            gap = text + " " * (self._width - taken) + "  " if self._width else ""
            said = visible(line)
            level = levels.of_labels(labels) if self._colour else ""
            if level not in _PLAIN:
                said = colours.painted(said, level)
            lines.append(f"{stamp:{self._stamp}}  {gap}{said}".rstrip(" ") + "\n")
        return "".join(lines)

    def _time(self, moment: int) -> str:
        second, rest = divmod(moment, times.SECOND)
        if second != self._second[0]:
            there = time.gmtime(second) if self._utc else time.localtime(second)
            offset = "Z" if self._utc else times.offset_of(second)
            self._second = (second, time.strftime("%Y-%m-%d %H:%M:%S", there), offset)
        _, text, offset = self._second
        shown = f"{text}.{rest // times.MILLISECOND:03}{offset}"
        self._stamp = max(self._stamp, len(shown))  # longer in the hour that comes twice
        return shown

    def _differing(self, labels: Mapping[str, str]) -> str:
        common = self._common or {}
        found = {name: value for name, value in labels.items() if common.get(name) != value}
        found.update({name: "" for name in common if name not in labels})
        worth = _worth(labels, found)
        names = sorted(worth.keys() & found, key=lambda name: (_RANKS.get(name, len(_FIRST)), name))
        return " ".join(f"{name}={found[name]}" for name in names)


def _common(rows: list[dict[str, str]]) -> dict[str, str]:
    """The labels that have the same value on every row."""
    shared = set(rows[0].items()) if rows else set()
    seen: list[dict[str, str]] = []
    for labels in rows:
        if labels is not (seen[-1] if seen else None):  # rows of a stream share their labels
            seen.append(labels)
            shared &= labels.items()
    return dict(shared)


def _worth(labels: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The labels that tell the reader something: not a service_name that Loki added and that
    repeats another label's value, and not a detected level that is unknown or that another label
    has."""
    found = {**(extra or {}), **labels}
    if found.get(levels.DETECTED) == "unknown" or levels.is_said(found):
        found.pop(levels.DETECTED, None)
    service = found.get("service_name")
    if service and any(name != "service_name" and found[name] == service for name in found):
        del found["service_name"]
    return found


def _pairs(labels: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(labels.items()))
