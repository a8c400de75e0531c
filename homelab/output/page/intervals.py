"""Pure: rates, each with its interval, on one scale of percent."""

from __future__ import annotations

from homelab.output.page.markup import element, picture, plain
from homelab.output.page.scales import percent, ticks
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

MOST = 15
_PITCH, _TEXT, _MIDDLE, _CAP, _POINT = 40, 14, 27, 5, 4.5  # px


class Interval:
    """A rate, with the lower and upper end of its interval (all 0 to 1), and its total."""

    __slots__ = ("high", "low", "name", "of", "rate")

    def __init__(self, name: str, rate: float, low: float, high: float, of: str) -> None:
        self.name = name
        self.rate = rate
        self.low = low
        self.high = high
        self.of = of


def chart(key: str, title: str, rows: Sequence[Interval], most: int = MOST) -> list[Element]:
    """The intervals in their order, at most `most`. An empty list if there is nothing to draw."""
    drawn = rows[:most]
    if not drawn:
        return []
    marks = ticks(max(100 * row.high for row in drawn))
    widest = marks[-1] / 100
    height = len(drawn) * _PITCH
    inner = []
    for mark in marks:
        where = percent(mark, marks[-1])
        inner.append(element("line", x1=where, x2=where, y1=0, y2=height, class_="grid"))
        side = "start" if not mark else "end" if mark == marks[-1] else "middle"
        inner.append(element("text", f"{mark:.6g}%", x=where, y=height + 16, class_=f"soft {side}"))
    for number, row in enumerate(drawn):
        inner += _row(row, number * _PITCH, widest)
    height += 24
    if len(rows) > len(drawn):
        height += 20
        more = f"and {len(rows) - len(drawn)} more"
        inner.append(element("text", more, x=0, y=height - 4, class_="soft"))
    return [picture(key, title, _described(drawn), *inner, height=height, class_="intervals")]


def _row(row: Interval, top: int, widest: float) -> list[Element]:
    name, said = clipped(plain(row.name), 60), _said(row)
    low, rate, high = (percent(each, widest) for each in (row.low, row.rate, row.high))
    middle = top + _MIDDLE
    label = element("svg", element("text", name, x=0, y=_TEXT), x=0, y=top, width="52%", height=20)
    caps = [
        element("line", x1=end, x2=end, y1=middle - _CAP, y2=middle + _CAP, class_="whisker")
        for end in (low, high)
    ]
    return [
        label,
        element(
            "text", _rate(row), element("tspan", f" {row.of}", class_="extra"), x="100%",
            y=top + _TEXT, class_="number",
        ),
        element("line", x1=low, x2=high, y1=middle, y2=middle, class_="whisker"),
        *caps,
        element(
            "circle", element("title", f"{name}: {said}"), cx=rate, cy=middle, r=_POINT,
            class_="point",
        ),
    ]  # fmt: skip


def _said(row: Interval) -> str:
    """`12% (8 to 17%) of 283 runs`."""
    return f"{_rate(row)} {row.of}"


def _rate(row: Interval) -> str:
    rate, low, high = (100 * each for each in (row.rate, row.low, row.high))
    return f"{_share(rate)}% ({_share(low)} to {_share(high)}%)"


def _share(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or not value else f"{value:.1f}"


def _described(rows: Sequence[Interval]) -> str:
    first = rows[0]
    text = f"{clipped(plain(first.name), 60)}: {_said(first)}"
    return f"{len(rows)} rates, each with its interval. {text}. The table has the numbers."
