"""Pure: counts by name as horizontal bars."""

from __future__ import annotations

from homelab.output.page.markup import element, picture, plain
from homelab.output.page.scales import count, counted, percent
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

MOST = 15  # bars; the table has all values
_PITCH, _TEXT, _TOP, _HEIGHT = 40, 14, 20, 10  # px: pitch, baseline, top and height of a bar


class Bar:
    """A bar: `value` is its total, of which `part` is marked."""

    __slots__ = ("name", "part", "value")

    def __init__(self, name: str, value: int, part: int = 0) -> None:
        self.name = name
        self.value = value
        self.part = part


def chart(
    key: str,
    title: str,
    bars: Sequence[Bar],
    unit: tuple[str, str],
    part: str = "",
    most: int = MOST,
) -> list[Element]:
    """The bars in their order, at most `most` of them, and a legend if some of a value is marked as
    its `part`. `unit` is the counted thing, (one, many). An empty list if there is nothing to
    draw."""
    drawn = bars[:most]
    longest = max((bar.value for bar in drawn), default=0)
    if not longest:
        return []
    rows = [
        each
        for number, bar in enumerate(drawn)
        for each in _bar(bar, number * _PITCH, longest, unit, part)
    ]
    height = len(drawn) * _PITCH
    if len(bars) > len(drawn):
        height += _PITCH // 2
        more = f"and {len(bars) - len(drawn)} more"
        rows.append(element("text", more, x=0, y=height - 4, class_="soft"))
    described = _described(bars, len(drawn), unit, part)
    drawing = picture(key, title, described, *rows, height=height, class_="bars")
    marked = part and any(bar.part for bar in drawn)
    return [*([legend([("whole", unit[1]), ("part", part)])] if marked else []), drawing]


def legend(entries: Sequence[tuple[str, str]]) -> Element:
    """A legend of the colours: (class, words)."""
    return element(
        "ul",
        *(
            element(
                "li",
                element(
                    "svg",
                    element("rect", x=0, y=0, width="100%", height="100%", class_=kind),
                    width=14, height=10, aria_hidden="true",
                ),
                words,
            )
            for kind, words in entries
        ),
        class_="legend",
    )  # fmt: skip


def _bar(bar: Bar, top: int, longest: int, unit: tuple[str, str], part: str) -> list[Element]:
    marked = f", {count(bar.part)} {part}" if bar.part else ""
    # a viewport of its own, so that a name ends where the number begins
    name = element(
        "svg",
        element("text", clipped(plain(bar.name), 60), x=0, y=_TEXT),
        x=0, y=top, width="62%", height=_TOP,
    )  # fmt: skip
    number = element(
        "text",
        count(bar.value),
        element("tspan", marked, class_="extra") if marked else None,
        x="100%",
        y=top + _TEXT,
        class_="number",
    )
    row = [name, number]
    if not bar.value:
        return row
    box = {"y": top + _TOP, "height": _HEIGHT}
    tip = element("title", f"{clipped(plain(bar.name), 60)}: {counted(bar.value, unit)}{marked}")
    row.append(element("rect", tip, x=0, width=percent(bar.value, longest), class_="whole", **box))
    if bar.part:
        begins = percent(bar.value - bar.part, longest)
        width = percent(bar.part, longest)
        row.append(element("rect", x=begins, width=width, class_="part", **box))
    return row


def _described(bars: Sequence[Bar], drawn: int, unit: tuple[str, str], part: str) -> str:
    first = bars[0]
    marked = f", {count(first.part)} of them {part}" if first.part else ""
    text = f"{clipped(plain(first.name), 60)} has {counted(first.value, unit)}{marked}"
    if drawn > 1:
        last = bars[drawn - 1]
        text = f"{drawn} bars. {text}; {clipped(plain(last.name), 60)} has {count(last.value)}"
    return f"{text}. The table has the numbers."
