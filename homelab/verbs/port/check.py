"""`port …`: which ports of other hosts take connections."""

from __future__ import annotations

from homelab import times
from homelab.errors import DONE, NO, UNREACHABLE, USAGE, Failure
from homelab.findings import CRITICAL, OK, ORDER, UNKNOWN, all_fine
from homelab.net import hostport
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.net.ports import Knock
    from homelab.output.answer import Cell

_COLUMNS = (
    Column("state"),
    Column("target"),
    Column("result"),
    Column("time", "seconds"),
    Column("address", drop=True),
    Column("detail"),
)


def check(context: Context, arguments: Values) -> Table:
    """Each port that was asked for, those that are not open first; 1 where one is not, and else 69
    where one could not be asked."""
    from homelab.net import parallel, ports
    from homelab.output.progress import Progress

    targets = _targets(arguments.target)
    seconds = min(arguments.timeout / times.SECOND, parallel.LONGEST)
    progress = Progress(context.stderr, context.terminal())

    def tell(done: int) -> None:
        progress.says(f"{done} of {len(targets)} ports asked")

    try:
        found = ports.knocks(targets, seconds, arguments.jobs, tell)
    finally:
        progress.over()
    rows: list[tuple[Cell, ...]] = [
        (
            {ports.OPEN: OK, ports.UNKNOWN: UNKNOWN}.get(knock.result, CRITICAL),
            hostport.written(*target),
            knock.result,
            knock.seconds,
            knock.address or None,
            knock.why or None,
        )
        for target, knock in zip(targets, found)
    ]
    problems = sum(row[0] == CRITICAL for row in rows)
    unknown = sum(row[0] == UNKNOWN for row in rows)
    if not (arguments.json or arguments.csv):
        rows.sort(key=lambda row: ORDER.index(str(row[0])))
    fine = (
        []
        if arguments.all
        else [each for each in zip(targets, found) if each[1].result == ports.OPEN]
    )
    return Table(
        "homelab.port-check/1",
        _COLUMNS,
        rows,
        facts={"problems": problems, "unknown": unknown},
        code=NO if problems else UNREACHABLE if unknown else DONE,
        folded=len(fine),
        fine=_fine(fine) if fine else "",
    )


def _fine(opened: list[tuple[tuple[str, int], Knock]]) -> str:
    told = [
        f"{hostport.written(*target)} open in {times.took(knock.seconds or 0)}"
        for target, knock in opened
    ]
    slowest = max(range(len(told)), key=lambda index: opened[index][1].seconds or 0)
    return all_fine(told, f"{len(told)} ports are open, the slowest {told[slowest]}")


def _targets(words: list[str]) -> list[tuple[str, int]]:
    """Every host and port, each once. Raises Failure (2)."""
    found: list[tuple[str, int]] = []
    for word in words:
        try:
            found += hostport.ports(word)
        except ValueError as error:
            raise Failure(USAGE, str(error), usage_of="port check") from None
        if len(found) > hostport.ALL:
            what = f"more than {hostport.ALL} ports are named; ask for fewer at once"
            raise Failure(USAGE, what, usage_of="port check")
    return list(dict.fromkeys(found))
