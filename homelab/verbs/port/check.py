"""`port check`: which ports of other hosts take connections."""

from __future__ import annotations

from homelab import findings, times
from homelab.errors import USAGE, Failure
from homelab.findings import CRITICAL, OK, UNKNOWN, WARNING
from homelab.net import hostport
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.net.ports import Knock

COLUMNS = (
    Column("state"),
    Column("target"),
    Column("result", of="knock.result"),
    Column("time", "seconds", of="knock.seconds"),
    Column("address", drop=1, of="knock.address"),
    Column("detail", of="knock.why"),
)


class Port:
    """A port on the command line: its `target` as HOST:PORT, the result of connecting (`knock`),
    and the `state` for that result."""

    __slots__ = ("knock", "state", "target")

    def __init__(self, target: str, knock: Knock) -> None:
        from homelab.net import ports

        self.target = target
        self.knock = knock
        states = {ports.OPEN: OK, ports.CLOSED: WARNING, ports.UNKNOWN: UNKNOWN}
        self.state = states.get(knock.result, CRITICAL)


def check(context: Context, arguments: Values) -> Table:
    """The ports on the command line, those that are not open first."""
    from homelab.net import ports, reach
    from homelab.system import parallel

    targets = _targets(arguments.target)
    limit = reach.limit(context.env)
    if limit:
        for target in targets:
            limit.check(*target)
    seconds = min(arguments.timeout / times.SECOND, parallel.LONGEST)
    with context.progress() as progress:
        tell = progress.counter(len(targets), "ports asked", lambda each: hostport.written(*each))
        knocks = ports.knocks(targets, seconds, arguments.jobs, tell)
    return findings.table(
        "homelab.port-check/1",
        COLUMNS,
        [Port(hostport.written(*target), knock) for target, knock in zip(targets, knocks)],
        arguments,
        _fine,
        as_given=True,
    )


def _fine(opened: list[Port]) -> str:
    spoken = [f"{port.target} open in {times.took(port.knock.seconds or 0)}" for port in opened]
    slowest = max(range(len(opened)), key=lambda index: opened[index].knock.seconds or 0)
    many = f"{len(opened)} ports are open, the slowest {spoken[slowest]}"
    return findings.all_fine(spoken, many)


def _targets(words: list[str]) -> list[tuple[str, int]]:
    """Every host and port, each once. Raises Failure (2) for a word that names none, and for too
    many."""
    found: list[tuple[str, int]] = []
    for word in words:
        try:
            found += hostport.ports(word)
        except ValueError as error:
            raise Failure(USAGE, str(error), usage_of="port check") from None
        if len(found) > hostport.ALL:
            what = f"more than {hostport.ALL} ports; name fewer in one command"
            raise Failure(USAGE, what, usage_of="port check")
    return list(dict.fromkeys(found))
