"""Pure: a verb's rows as an HTML table, with the texts that its plain columns have."""

from __future__ import annotations

from homelab import times
from homelab.output.columns import RIGHT, shown
from homelab.output.page.markup import cut, element, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from homelab.output.answer import Cell, Column, Table

LONGEST = 160  # signs of a cell; who needs more has --json
_LONG = 40
WIDEST = 17  # columns that paper has room for


def rendered(table: Table, key: str, caption: str, most: int) -> list[Element]:
    """The table with at most `most` rows, and a sentence on those left out; one that is too wide
    for paper as several, each with the first column. Without rows, the table's sentence on that.
    """
    if not table.rows:
        return [element("p", _sentence(table.empty or "nothing"), class_="empty")]
    rows = table.rows[:most]
    first, *others = range(len(table.columns))
    pieces = [[first, *others]]
    if len(pieces[0]) > WIDEST:
        step = WIDEST - 1
        pieces = [[first, *others[at : at + step]] for at in range(0, len(others), step)]
    found = []
    for number, chosen in enumerate(pieces, 1):
        part = f" ({number} of {len(pieces)})" if len(pieces) > 1 else ""
        named = f"{key}-caption{number if number > 1 else ''}"
        columns = [table.columns[index] for index in chosen]
        whole = element(
            "table",
            element("caption", f"{caption}{part}", id=named, class_="unseen"),
            element("thead", element("tr", *map(_head, columns))),
            element(
                "tbody",
                *(
                    element(
                        "tr",
                        *(
                            _cell(row[index], column, index == first)
                            for index, column in zip(chosen, columns)
                        ),
                    )
                    for row in rows
                ),
            ),
        )
        # in a box that scrolls where the screen is too narrow, so the keyboard has to reach it
        attributes = {"role": "group", "aria_labelledby": named, "tabindex": "0"}
        found.append(element("div", whole, class_="scroll", **attributes))
    if len(table.rows) > most:
        found.append(element("p", f"and {len(table.rows) - most} more", class_="note"))
    return found


def _head(column: Column) -> Element:
    kind = "number" if column.kind in RIGHT else None
    return element("th", column.header, scope="col", class_=kind)


def _cell(cell: Cell, column: Column, first: bool) -> Element:
    text = plain(shown(cell, column))
    text = cut(text, LONGEST) if text.strip() else "-"
    if first:
        return element("th", text, scope="row", dir="auto")
    if column.kind in RIGHT:
        return element("td", text, class_="number")
    if column.kind == "moment":
        when = times.rfc3339(cell) if isinstance(cell, int) else None
        inner = element("time", text, datetime=when) if when else text
        return element("td", inner, class_="moment")
    return element("td", text, class_="long" if len(text) > _LONG else None, dir="auto")


def _sentence(text: str) -> str:
    """A sentence as it stands alone: begun with a capital, ended with a stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
