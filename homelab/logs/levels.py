"""Pure: the severity of a line, from the many spellings that labels use."""

from __future__ import annotations

from homelab.catalogue.resolve import nearest
from homelab.loki.logql import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# One name for each level, and its other spellings (Loki: pkg/distributor/field_detection.go;
# numbers are syslog's, RFC 5424).
SPELLINGS = {
    "trace": ("trc",),
    "debug": ("dbg", "7"),
    "info": ("inf", "information", "informational", "notice", "5", "6"),
    "warn": ("wrn", "warning", "4"),
    "error": ("err", "3"),
    "critical": ("crit", "2"),
    "fatal": ("emerg", "emergency", "alert", "panic", "0", "1"),
}
_NAMES = {
    spelling: name for name, others in SPELLINGS.items() for spelling in (name, *others)
}  # fmt: skip
# Labels that hold the level, the most trusted first; Loki's guess from the line's text comes last.
LABELS = ("level", "severity", "priority", "lvl")
DETECTED = "detected_level"
BAD = ("error", "critical", "fatal")


def of_labels(labels: Mapping[str, str]) -> str:
    """The level in an entry's labels, in one spelling; "" if they have none that we know."""
    for label in (*LABELS, DETECTED):
        if labels.get(label):
            return _NAMES.get(labels[label].lower(), "")
    return ""


def is_said(labels: Mapping[str, str]) -> bool:
    """Whether a label that Loki did not add itself has the level."""
    return any(labels.get(label) for label in LABELS)


def of_text(text: str) -> list[str]:
    """The levels that a text like `error,WRN` names, in one spelling. Raises ValueError with a
    sentence if it names none, or an unknown one, which a filter would read as a regular
    expression."""
    spellings = [spelling.strip() for spelling in text.split(",") if spelling.strip()]
    unknown = [spelling for spelling in spellings if spelling.lower() not in _NAMES]
    if unknown or not spellings:
        what = f"{unknown[0]!r} is not a level" if unknown else "no level is named"
        words = [spelling for spelling in _NAMES if spelling.isalpha()]
        meant = nearest(unknown[0], words) if unknown else ""
        if meant:
            what += f" (did you mean {_NAMES[meant]}?)"
        other = unknown[0] if unknown and unknown[0].isalnum() else ""
        hint = f"; --label level={other} finds another value of the label" if other else ""
        raise ValueError(f"{what}; use {', '.join(SPELLINGS)}, or several as in error,warn{hint}")
    return [_NAMES[spelling.lower()] for spelling in spellings]


def of_filter(wanted: Iterable[str], labels: Iterable[str]) -> str:
    """A LogQL filter for entries of these levels (each a key of SPELLINGS), for a Loki with these
    labels. An entry's own level label decides; the level that Loki detected counts only without
    one."""
    spellings = [spelling for name in wanted for spelling in (name, *SPELLINGS[name])]
    pattern = quoted("(?i)" + "|".join(spellings))
    known = frozenset(labels)
    condition = f"{DETECTED}=~{pattern}"
    for label in reversed([label for label in LABELS if label in known]):
        condition = f'{label}=~{pattern} or ({label}="" and ({condition}))'
    return f" | {condition}"
