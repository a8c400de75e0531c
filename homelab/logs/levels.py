"""Pure: how severe a line is, in the many spellings that labels have for it."""

from __future__ import annotations

from homelab.loki.logql import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# One name for each level, and what else it is called (Loki: pkg/distributor/field_detection.go;
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
# Labels that say it, the most trusted first; Loki's own guess from the line's text comes last.
LABELS = ("level", "severity", "priority", "lvl")
DETECTED = "detected_level"
BAD = ("error", "critical", "fatal")


def of_labels(labels: Mapping[str, str]) -> str:
    """The level that an entry's labels say, in one spelling; "" where they say none we know."""
    for label in (*LABELS, DETECTED):
        if labels.get(label):
            return _NAMES.get(labels[label].lower(), "")
    return ""


def is_said(labels: Mapping[str, str]) -> bool:
    """Whether a label that Loki did not add itself says the level."""
    return any(labels.get(label) for label in LABELS)


def of_filter(wanted: Iterable[str], labels: Iterable[str]) -> str:
    """A LogQL filter for entries of these levels, where a Loki has these labels. The label that an
    entry has decides, and what Loki detected only where it has none."""
    spellings: list[str] = []
    for level in wanted:
        name = _NAMES.get(level.lower(), level)
        spellings += [name, *SPELLINGS.get(name, ())]
    pattern = quoted("(?i)" + "|".join(spellings))
    known = frozenset(labels)
    condition = f"{DETECTED}=~{pattern}"
    for label in reversed([label for label in LABELS if label in known]):
        condition = f'{label}=~{pattern} or ({label}="" and ({condition}))'
    return f" | {condition}"
