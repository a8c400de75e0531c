"""Pure: counts over days or weeks, as columns; for many names as a small picture each."""

from __future__ import annotations

from homelab.output.page.markup import element, picture, plain
from homelab.output.page.scales import count, counted, day, day_ticks, percent, short, ticks
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

MOST = 12  # small pictures
_TOP, _PLOT, _SMALL = 12, 160, 36  # px


class Days:
    """The periods of a trend: `first` day (counted from the epoch, UTC), and the `step` of each
    period in days, 1 or 7."""

    __slots__ = ("first", "step")

    def __init__(self, first: int, step: int = 1) -> None:
        self.first = first
        self.step = step

    def named(self, number: int) -> str:
        """A period in words: `24 Nov 2026`, `week from 23 Nov 2026`."""
        text = day(self.first + number * self.step, year=True)
        return text if self.step == 1 else f"week from {text}"


def chart(
    key: str, title: str, days: Days, values: Sequence[int], unit: tuple[str, str]
) -> list[Element]:
    """A column for each period, empty ones too; `unit` is the counted thing, (one, many). An empty
    list if there is no period."""
    if not values:
        return []
    marks = ticks(max(values))
    most = marks[-1]
    inner = []
    for mark in marks:
        y = _height(mark, most)
        inner.append(element("line", x1="0", x2="100%", y1=y, y2=y, class_="grid"))
        inner.append(element("text", short(mark), x=-8, y=y + 4, class_="soft number"))
    wide = 1.0 if len(values) > 120 else 0.8
    for number, value in enumerate(values):
        if value:
            y = _height(value, most)
            inner.append(
                element(
                    "rect",
                    element("title", f"{days.named(number)}: {counted(value, unit)}"),
                    x=percent(number + (1 - wide) / 2, len(values)),
                    width=percent(wide, len(values)),
                    y=y,
                    height=round(_TOP + _PLOT - y, 2),
                    class_="whole",
                )
            )
    inner += _dates(days, len(values))
    described, style = _described(days, values, unit), _widest(len(values), 7)
    height = _TOP + _PLOT + 24
    return [picture(key, title, described, *inner, height=height, class_="columns", style=style)]


def multiples(
    days: Days,
    rows: Sequence[tuple[str, Sequence[int]]],
    unit: tuple[str, str],
    most: int = MOST,
) -> list[Element]:
    """The first rows (name, a value for each period), each on a scale of its own that is given in
    words beside it."""
    if not rows:
        return []
    items = []
    for name, values in rows[:most]:
        peak = max(values, default=0)
        said = f"{counted(sum(values), unit)}, at most {count(peak)} a {_period(days)}"
        items.append(
            element(
                "li",
                element("b", clipped(plain(name), 60), dir="auto"),
                _small(values, peak),
                element("span", said, class_="soft"),
            )
        )
    found = [element("ul", *items, class_="multiples")]
    if len(rows) > most:
        found.append(element("p", f"and {len(rows) - most} more", class_="note"))
    return found


def outline(values: Sequence[int], peak: int) -> str:
    """The columns as one path, a unit wide each, in a box 100 high."""
    path = []
    wide = 1.0 if len(values) > 60 else 0.8
    for number, value in enumerate(values):
        if value:
            high = max(100 * value / peak, 2)
            begins = f"{number + (1 - wide) / 2:.1f}"
            path.append(f"M{begins} 100v-{high:.1f}h{wide:.1f}V100z")
    return "".join(path)


def _small(values: Sequence[int], peak: int) -> Element:
    return element(
        "svg",
        element(
            "svg",
            element("path", d=outline(values, peak), class_="whole"),
            viewBox=f"0 0 {max(len(values), 1)} 100",
            preserveAspectRatio="none",
            width="100%",
            height=_SMALL,
        ),
        element("line", x1="0", x2="100%", y1=_SMALL, y2=_SMALL, class_="grid"),
        width="100%",
        height=_SMALL + 1,
        aria_hidden="true",
        style=_widest(len(values), 2),
    )


def _widest(periods: int, each: int) -> str | None:
    """The style that limits each column's width (rem), so that a few columns do not fill the
    page."""
    return f"max-width: min(100%, {periods * each}rem)" if periods < 8 else None


def _height(value: float, most: float) -> float:
    return round(_TOP + _PLOT * (1 - value / most), 2)


def _dates(days: Days, periods: int) -> list[Element]:
    """The days below the columns; on a narrow screen every other one is left out if there are
    many."""
    marks = day_ticks(days.first, periods * days.step)
    found = []
    for number, (where, label) in enumerate(marks):
        side = "start" if where < 0.04 else "end" if where > 0.96 else "middle"
        kind = f"soft {side} extra" if number % 2 and len(marks) > 4 else f"soft {side}"
        place = percent(where, 1)
        y = _TOP + _PLOT
        found.append(element("line", x1=place, x2=place, y1=y, y2=y + 4, class_="tick"))
        found.append(element("text", label, x=place, y=y + 18, class_=kind))
    return found


def _described(days: Days, values: Sequence[int], unit: tuple[str, str]) -> str:
    peak = max(values)
    text = f"{counted(sum(values), unit)} from {days.named(0)} to {days.named(len(values) - 1)}"
    if peak:
        text += f", most on {days.named(list(values).index(peak))}: {count(peak)}"
    return f"{text}. The table has the numbers."


def _period(days: Days) -> str:
    return "day" if days.step == 1 else "week"
