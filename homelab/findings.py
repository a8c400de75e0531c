"""The states of what was checked, and the table that every check verb answers with."""

from __future__ import annotations

from homelab.errors import DONE, NO, UNREACHABLE
from homelab.output.answer import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from homelab.catalogue.values import Values
    from homelab.output.answer import Column

CRITICAL = "critical"
WARNING = "warning"
UNKNOWN = "unknown"  # could not be asked: never called ok
OK = "ok"
SKIPPED = "skipped"  # does not apply to this host, or needs a right that this account lacks
ORDER = (CRITICAL, WARNING, UNKNOWN, OK, SKIPPED)
PROBLEMS = (CRITICAL, WARNING)
FINE = (OK, SKIPPED)  # states that set no exit code, and are folded
_FEW = 3  # that are named


class Finding:
    """One check of the host: `check` is its name, `value` what was measured ("-": nothing),
    `detail` why that matters or what to do. `share` (0 to 1) is how full a file system is, None for
    all else. It is `denied` where this account has no right to check it.

    For programs: `number` is the number in `value`, in its `unit` (`percent`, `s`, or the word for
    what is counted); `available` of `size` are the bytes that the detail names."""

    __slots__ = (
        "available", "check", "denied", "detail", "number", "share", "size", "state", "unit",
        "value",
    )  # fmt: skip

    def __init__(
        self,
        state: str,
        check: str,
        value: str,
        detail: str = "",
        share: float | None = None,
        denied: bool = False,
        number: float | None = None,
        unit: str = "",
        available: int | None = None,
        size: int | None = None,
    ) -> None:
        self.number = number
        self.unit = unit
        self.available = available
        self.size = size
        self.state = state
        self.check = check
        self.value = value
        self.detail = detail
        self.share = share
        self.denied = denied


class Problem:
    """One thing that is wrong: how bad (`state`), and what, in words."""

    __slots__ = ("state", "words")

    def __init__(self, state: str, words: str) -> None:
        self.state = state
        self.words = words


def summary(problems: Sequence[Problem]) -> tuple[str, str]:
    """The worst state of several problems (OK without any), and all their words, the worst
    first."""
    ordered = sorted(problems, key=_rank)
    return ordered[0].state if ordered else OK, "; ".join(problem.words for problem in ordered)


def table(
    schema: str,
    columns: tuple[Column, ...],
    rows: Sequence[Any],
    arguments: Values,
    fine: Callable[[list[Any]], str],
    facts: dict[str, object] | None = None,
    notes: tuple[str, ...] = (),
    empty: str = "",
    listed: bool = False,
    as_given: bool = False,
) -> Table:
    """The answer of a check verb, whose `arguments` have the options CHECK or LIST. Each row has a
    `state`.

    Problems come first; rows of one state stay in order. JSON and CSV keep the order of all rows
    where it is `as_given` on the command line. Rows that are FINE are folded into the sentence that
    `fine` makes of them: with --problems, and without --all where the rows are not `listed`, as
    they are by a verb with the options LIST, or where the user named them.

    The exit code is 1 if there is a problem, else 69 if anything is unknown, else 0.
    """
    states = [row.state for row in rows]
    problems = sum(state in PROBLEMS for state in states)
    unknown = states.count(UNKNOWN)
    if not (as_given and (arguments.json or arguments.csv)):
        rows = sorted(rows, key=_rank)
    folds = arguments.problems or not (listed or arguments.all)
    folded = [row for row in rows if row.state in FINE] if folds else []
    return Table(
        schema,
        columns,
        rows,
        facts={"problems": problems, "unknown": unknown, **(facts or {})},
        notes=notes,
        empty=empty,
        code=NO if problems else UNREACHABLE if unknown else DONE,
        folded=len(folded),
        fine=fine(folded) if folded else "",
    )


def _rank(row: Any) -> int:
    return ORDER.index(row.state)


def few(names: Sequence[str], most: int = _FEW) -> str:
    """The first names in words: `curl, openssl, vim and 12 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def all_fine(names: Sequence[str], many: str, most: int = _FEW) -> str:
    """The sentence for folded rows that are all OK: `names` them, or says `many` for more than
    `most`."""
    return folded_text(f"fine: {', '.join(names)}" if len(names) <= most else many)


def fine_and_skipped(names: Sequence[str], skipped: Sequence[str]) -> str:
    """The sentence for folded rows of which some are OK and some SKIPPED."""
    parts = ("fine", names), ("skipped", skipped)
    return folded_text(*(f"{state}: {', '.join(words)}" for state, words in parts if words))


def folded_text(*parts: str) -> str:
    """Parts of a sentence for folded rows as one, which says how to see the rows."""
    return f"{'; '.join(parts)} (--all: with details)"


def bytes_text(size: int) -> str:
    """Bytes for a reader, in binary units: `932 GiB`, `1.8 TiB`."""
    number, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if number < 1000:
            break
        number, unit = number / 1024, larger
    return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
