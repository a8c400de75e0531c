"""Pure: the elements of a page. What is put into one is text and nothing else: the standard
library's serializer escapes it, and what a reader's screen would act on is shown escaped."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from homelab.output.columns import visible

_LINES = frozenset(
    (
        "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "footer", "h1",
        "h2", "p", "dl", "div", "ul", "li", "section", "figure", "table", "caption", "thead",
        "tbody", "tr", "details", "summary", "svg", "rect", "line", "text", "g",
    )
)  # fmt: skip


def element(tag: str, *inner: Element | str | None, **attributes: object) -> Element:
    """An element with what stands in it; None is left out. An attribute's name has `_` for `-`, and
    one behind it where it is a word of Python's (`class_`)."""
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), plain(str(value)))
    last: Element | None = None
    for each in inner:
        if isinstance(each, str):
            text = plain(each)
            if last is None:
                made.text = (made.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        elif each is not None:
            made.append(each)
            last = each
    return made


def picture(key: str, title: str, described: str, *inner: Element, **attributes: object) -> Element:
    """A drawing with its title and, for who does not see it, a description; `key` is its own on the
    page."""
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", described, id=f"{key}-desc"),
        *inner,
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        width="100%",
        **attributes,
    )


def plain(text: str) -> str:
    """Text on one line, without signs that could turn the writing around it, or half characters."""
    return visible(text)


def sentence(text: str) -> str:
    """A sentence as it stands alone: begun with a capital, ended with a stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def document(root: Element) -> str:
    """The file's text, in ASCII, so that it is the same in every encoding and on every road."""
    for each in root.iter():
        if each.tag in _LINES and each.tail is None:
            each.tail = "\n"
    text = tostring(root, encoding="us-ascii", method="html").decode("ascii")
    return f"<!DOCTYPE html>\n{text.rstrip()}\n"
