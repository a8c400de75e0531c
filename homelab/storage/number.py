"""Pure: numbers and parts of documents from other programs, which may have any type or none."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST = 1 << 63  # no counter is larger
_UNITS = {"K": 10, "M": 20, "G": 30, "T": 40, "P": 50, "E": 60}


def whole(value: object) -> int | None:
    """The whole number from 0 up that a value is or names, None for another value: `7`, `7.2`,
    `"7"`, `"1.2K"` as ZFS prints it, in binary units."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value) if 0 <= value < _MOST else None
    if not isinstance(value, str) or len(value) > 24 or not value.isascii():
        return None
    shift = _UNITS.get(value[-1:], 0)
    digits = (value[:-1] if shift else value).removesuffix("B")
    point = digits.replace(".", "", 1)
    if not point.isdigit():
        return None
    number = float(digits) if point != digits else int(digits)
    found = int(number * (1 << shift))
    return found if found < _MOST else None


def share(value: object) -> float | None:
    """The share (0 to 1) for a percentage as a number or text, None for another value."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) else -1.0
    except (ValueError, OverflowError):
        return None
    return number / 100 if 0 <= number <= 1000 and not isinstance(value, bool) else None


def part(document: object, *keys: str) -> dict[str, Any]:
    """The object at the end of the keys in a JSON document, {} if there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def items(document: object, key: str) -> list[dict[str, Any]]:
    """The objects in the list at the key, [] if there is none."""
    found = document.get(key) if isinstance(document, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(value: object) -> str:
    """The value if it is a text, with one blank for each run of white space; else ""."""
    return " ".join(value.split()) if isinstance(value, str) else ""
