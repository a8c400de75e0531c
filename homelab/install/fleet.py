"""The hosts of `self push` and `self hosts`: their answers, and the table of the results."""

from __future__ import annotations

from homelab.errors import DONE, NO
from homelab.output.answer import Column, Table
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell
    from homelab.remote.reply import HostReply, HostResult
    from homelab.system.child import Output

PUSH = (Column("host"), Column("result"), Column("version"), Column("python"))
EXTRAS = {"config": Column("config"), "verbs": Column("verbs")}


def table(
    schema: str,
    columns: tuple[Column, ...],
    hosts: list[str],
    outcomes: dict[str, HostResult],
    facts: dict[str, object],
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for host in hosts:
        one = outcomes[host]
        cells = [
            host if column.key == "host" else getattr(one, column.key, "") for column in columns
        ]
        rows.append(tuple(cell or None for cell in cells))
    failures = {host: outcomes[host].reason for host in hosts if not outcomes[host].good}
    return Table(
        schema,
        columns,
        rows,
        facts={**facts, "failures": failures},
        notes=tuple(f"{host}: {reason}" for host, reason in failures.items()),
        code=NO if failures else DONE,
    )


def everywhere(
    context: Context,
    arguments: Values,
    hosts: list[str],
    line: str,
    data: bytes,
    doing: str,
    outcome: Callable[[HostReply], HostResult],
) -> dict[str, HostResult]:
    """The `outcome` of each host's answer. Progress is shown at a terminal."""
    from homelab.remote import ssh
    from homelab.remote.reply import HostReply, late

    # for a password; with many hosts nobody would know which one asks
    asks = context.terminal() and len(hosts) == 1
    with context.progress(shown=not asks) as progress:

        def tell(done: int, busy: list[str]) -> None:
            progress.says(f"{done} of {len(hosts)} hosts done, {doing} {', '.join(busy)}")

        def answered(code: int, out: Output, err: Output) -> HostResult:
            return outcome(HostReply(code, bytes(out.kept), bytes(err.kept)))

        seconds = arguments.timeout / SECOND
        jobs = arguments.jobs
        return ssh.answers(
            hosts, line, context.env, seconds, jobs, data, asks, tell, answered, late
        )
