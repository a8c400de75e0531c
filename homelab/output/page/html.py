"""Pure: one HTML file from headings, charts and tables; no code in it runs, and nothing is fetched.

Its policy forbids everything that is not in the file, so that even a mistake here could load
nothing.
"""

from __future__ import annotations

from homelab.output.page import tables
from homelab.output.page.markup import document, element, sentence
from homelab.output.page.sheet import STYLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from homelab.output.answer import Table

MOST = 40  # rows of a table
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Section:
    """A part of a page: its `key` (letters, for links), heading, a sentence that explains it, the
    rows, the chart's elements if there is one, and the command that gives the same answer. `folded`
    names a table that is too large to be shown open."""

    __slots__ = ("about", "chart", "command", "folded", "heading", "key", "table")

    def __init__(
        self,
        key: str,
        heading: str,
        about: str,
        table: Table,
        chart: Sequence[Element] = (),
        command: str = "",
        folded: str = "",
    ) -> None:
        self.key = key
        self.heading = heading
        self.about = about
        self.table = table
        self.chart = chart
        self.command = command
        self.folded = folded


def page(
    title: str,
    subtitle: str,
    facts: Sequence[tuple[str, str]],
    sections: Sequence[Section],
    made: str,
    most: int = MOST,
    warnings: Sequence[str] = (),
    empty: str = "",
) -> str:
    """The file's text. `facts` are (name, value), shown large; `made` says how the page was made;
    `warnings` name missing data, and come first; `empty` is shown if there is no section."""
    style = element("style")
    style.text = STYLE  # only our own: nothing else may ever be put here
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        style,
    )
    tiles = [element("div", element("dt", name), element("dd", value)) for name, value in facts]
    links = [element("li", element("a", each.heading, href=f"#{each.key}")) for each in sections]
    body = element(
        "body",
        element("a", "Skip to the contents", href="#contents", class_="skip"),
        _hatch(),
        element(
            "header",
            element("h1", title),
            element("p", subtitle, class_="soft"),
        ),
        element("nav", element("ul", *links), aria_label="Sections") if links else None,
        element(
            "main",
            *(element("p", sentence(each), class_="warning") for each in warnings),
            element("dl", *tiles) if tiles else None,
            element("p", sentence(empty)) if not sections else None,
            *(_section(each, most) for each in sections),
            id="contents",
            tabindex="-1",
        ),
        element("footer", element("p", made)),
    )
    return document(element("html", head, body, lang="en"))


def _section(section: Section, most: int) -> Element:
    key = section.key
    rows = tables.rendered(section.table, key, section.heading, most)
    if section.folded and section.table.rows:
        rows = [element("details", element("summary", section.folded), *rows)]
    notes = [element("p", sentence(note), class_="note") for note in section.table.notes]
    command = None
    if section.command:
        command = element(
            "p", "At a terminal: ", element("code", section.command), class_="command"
        )
    head = element(
        "div",
        element("h2", section.heading, id=f"{key}-heading"),
        element("p", section.about),
        class_="head",
    )
    shown = rows
    if section.chart:
        chart = element("figure", *section.chart)
        beside = section.table.rows and not section.folded
        shown = [element("div", chart, element("div", *rows), class_="beside")] if beside else []
        shown = shown or [chart, *rows]
    return element(
        "section",
        head,
        *shown,
        *notes,
        command,
        id=key,
        aria_labelledby=f"{key}-heading",
    )


def _hatch() -> Element:
    """The pattern of marked parts, for all charts, so that they differ in more than colour."""
    return element(
        "svg",
        element(
            "defs",
            element(
                "pattern",
                element("rect", width=6, height=6, class_="hatch"),
                element("line", x1=0, x2=0, y1=0, y2=6, class_="stripe"),
                id="hatch",
                width=6,
                height=6,
                patternUnits="userSpaceOnUse",
                patternTransform="rotate(45)",
            ),
        ),
        width=0,
        height=0,
        aria_hidden="true",
        class_="unseen",
    )
