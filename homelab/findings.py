"""One thing that was looked at, and how it stands."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

CRITICAL = "critical"
WARNING = "warning"
UNKNOWN = "unknown"  # could not be asked: never told as ok
OK = "ok"
SKIPPED = "skipped"  # does not exist on this host
ORDER = (CRITICAL, WARNING, UNKNOWN, OK, SKIPPED)
_FEW = 3  # that are named


class Finding:
    """`check` is what was looked at, `value` what was found, `detail` why that matters or what to
    do."""

    __slots__ = ("check", "detail", "state", "value")

    def __init__(self, state: str, check: str, value: str, detail: str = "") -> None:
        self.state = state
        self.check = check
        self.value = value
        self.detail = detail


def few(names: Sequence[str], most: int = _FEW) -> str:
    """The first names in words: `curl, openssl, vim and 12 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def all_fine(told: Sequence[str], many: str) -> str:
    """The sentence that stands for what is fine: `told` of each, and `many` where they are more
    than a few."""
    named = f"fine: {', '.join(told)}" if len(told) <= _FEW else many
    return f"{named} (--all: with details)"


def bytes_text(size: int) -> str:
    """Bytes for a reader, in binary units: `932 GiB`, `1.8 TiB`."""
    number, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if number < 1000:
            break
        number, unit = number / 1024, larger
    return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
