"""The states of a check, and the table that every check verb returns."""

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
UNKNOWN = "unknown"  # the check could not be done: never reported as ok
OK = "ok"
SKIPPED = "skipped"  # does not apply to this host, or this account lacks the permission
ORDER = (CRITICAL, WARNING, UNKNOWN, OK, SKIPPED)
PROBLEMS = (CRITICAL, WARNING)
FINE = (OK, SKIPPED)  # states that leave the exit code at 0 and may be folded into one sentence
_FEW = 3  # names that a sentence lists


class Finding:
    """The result of a check of the host. `check` is its name, `value` the measured value ("-" for
    none), `detail` says why that matters or what to do. `share` (0 to 1) is how full a file system
    is, None for other checks. `denied`: this account has no permission to check it.

    For programs: `number` is the number in `value`, in its `unit` (`percent`, `s`, or the word for
    the things counted); `available` and `size` are the bytes that the detail names."""

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
    """A problem: how bad it is (`state`), and a description (`words`)."""

    __slots__ = ("state", "words")

    def __init__(self, state: str, words: str) -> None:
        self.state = state
        self.words = words


def summary(problems: Sequence[Problem]) -> tuple[str, str]:
    """The worst state of several problems (OK if there are none), and the words of all problems,
    the worst first."""
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
    """The answer of a check verb. Its `arguments` have the options CHECK or LIST; each row has a
    `state`.

    Problems come first; rows with the same state keep their order. If the order is `as_given` on
    the command line, JSON and CSV keep it for all rows. Rows that are FINE are folded into the
    sentence that `fine` makes of them: always with --problems; without --all unless the rows are
    `listed` (the verb has the options LIST, or the user named the rows).

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
    """The first names as words, and how many follow: `curl, openssl, vim and 12 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def all_fine(names: Sequence[str], many: str, most: int = _FEW) -> str:
    """The sentence for folded rows that are all OK: their `names`, or `many` if there are more than
    `most`."""
    return folded_text(f"fine: {', '.join(names)}" if len(names) <= most else many)


def fine_and_skipped(names: Sequence[str], skipped: Sequence[str]) -> str:
    """The sentence for folded rows, some of them OK and some SKIPPED."""
    parts = ("fine", names), ("skipped", skipped)
    return folded_text(*(f"{state}: {', '.join(words)}" for state, words in parts if words))


def folded_text(*parts: str) -> str:
    """A sentence for folded rows, from its parts; it ends with how to see the rows."""
    return f"{'; '.join(parts)} (details: --all)"


def bytes_text(size: int) -> str:
    """Bytes for a reader, in binary units: `932 GiB`, `1.8 TiB`."""
    number, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if number < 1000:
            break
        number, unit = number / 1024, larger
    return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
