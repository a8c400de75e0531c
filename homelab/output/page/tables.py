"""Pure: a verb's rows as an HTML table, with the texts of its plain columns."""

from __future__ import annotations

from homelab import times
from homelab.output.columns import RIGHT, shown
from homelab.output.page.markup import element, plain, sentence
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from homelab.output.answer import Cell, Column, Table

LONGEST = 300  # characters of a cell: enough for the evidence of a decision
WIDEST = 17  # columns that fit on paper


def rendered(table: Table, key: str, caption: str, most: int) -> list[Element]:
    """The table with at most `most` rows, and a sentence on those left out; a table too wide for
    paper is split, and each part has the first column. Without rows, the table's sentence on that.
    """
    if not table.rows:
        return [element("p", sentence(table.empty or "nothing"), class_="empty")]
    rows = table.rows[:most]
    kept = [
        index
        for index, column in enumerate(table.columns)
        if not column.detail and column.kind != "bars"
    ]
    first, *others = kept
    head = next((index for index in kept if table.columns[index].key == "verb"), first)
    pieces = [kept]
    if len(pieces[0]) > WIDEST:
        step = WIDEST - 1
        pieces = [[first, *others[at : at + step]] for at in range(0, len(others), step)]
    found = []
    for number, chosen in enumerate(pieces, 1):
        part = f" ({number} of {len(pieces)})" if len(pieces) > 1 else ""
        named = f"{key}-caption{number if number > 1 else ''}"
        columns = [table.columns[index] for index in chosen]
        body = [
            [_cell(row[index], column, index == head) for index, column in zip(chosen, columns)]
            for row in rows
        ]
        whole = element(
            "table",
            element("caption", f"{caption}{part}", id=named, class_="unseen"),
            element("thead", element("tr", *map(_head, columns), role="row"), role="rowgroup"),
            element(
                "tbody", *(element("tr", *cells, role="row") for cells in body), role="rowgroup"
            ),
            # the roles are explicit because a style that rearranges rows removes them
            role="table",
            class_="told" if any(column.flexible for column in columns) else None,
        )
        # in a box that scrolls if the screen is too narrow, so the keyboard has to reach it
        attributes = {"role": "group", "aria_labelledby": named, "tabindex": "0"}
        found.append(element("div", whole, class_="scroll", **attributes))
    if len(table.rows) > most:
        found.append(element("p", f"and {len(table.rows) - most} more", class_="note"))
    return found


def _head(column: Column) -> Element:
    kind = "number" if column.kind in RIGHT else "words" if column.flexible else None
    return element("th", column.header, scope="col", role="columnheader", class_=kind)


def _cell(cell: Cell, column: Column, head: bool) -> Element:
    text = plain(shown(cell, column))
    text = clipped(text, LONGEST) if text.strip() else "-"
    if head:
        return element("th", text, scope="row", role="rowheader", dir="auto")
    if column.kind in RIGHT:
        return element("td", text, role="cell", class_="number")
    if column.key == "decision" and text.isupper():
        return element("td", element("span", text, class_="tag"), role="cell")
    if column.kind == "moment":
        when = times.rfc3339(cell) if isinstance(cell, int) else None
        inner = element("time", text, datetime=when) if when else text
        return element("td", inner, role="cell", class_="moment")
    kind = "words" if column.flexible else "labels" if column.kind == "labels" else None
    return element("td", text, role="cell", class_=kind, dir="auto")
