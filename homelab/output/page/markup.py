"""Pure: the elements of a page. Their content is only text: the standard library's serializer
escapes it, and control characters are shown escaped."""

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
    """An element with its content; None is left out. In an attribute's name, `_` stands for `-`,
    and a final one is dropped if Python reserves the word (`class_`)."""
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
    """A drawing with its title and, for people who do not see it, a description; `key` is unique on
    the page."""
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
    """Text on one line, without characters that could reverse the text around it, or half
    characters."""
    return visible(text)


def sentence(text: str) -> str:
    """A sentence that begins with a capital and ends with a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def document(root: Element) -> str:
    """The file's text, in ASCII, so that it is the same in every encoding and on every
    transport."""
    for each in root.iter():
        if each.tag in _LINES and each.tail is None:
            each.tail = "\n"
    text = tostring(root, encoding="us-ascii", method="html").decode("ascii")
    return f"<!DOCTYPE html>\n{text.rstrip()}\n"
