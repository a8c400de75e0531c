"""The hosts of `self push` and `self hosts`: their names, their answers, and the table of the
results."""

from __future__ import annotations

from homelab.errors import DONE, NO, USAGE, Failure
from homelab.output.answer import Column, Table
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.install.remote_script import HostReply, HostResult
    from homelab.output.answer import Cell

_MOST = 10_000  # hosts in a run
PUSH = (Column("host"), Column("result"), Column("version"), Column("python"))


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
        known = {"host": host, "result": one.result, "version": one.version, "build": one.build}
        known["python"] = one.python
        rows.append(tuple(known[column.key] or None for column in columns))
    failures = {host: outcomes[host].reason for host in hosts if not outcomes[host].good}
    return Table(
        schema,
        columns,
        rows,
        facts={**facts, "failures": failures},
        notes=tuple(f"{host}: {reason}" for host, reason in failures.items()),
        code=NO if failures else DONE,
    )


def named(context: Context, arguments: Values, verb: str) -> list[str]:
    """The hosts on the command line and in lists, without duplicates. Raises Failure (2)."""
    from homelab.install import remote_script
    from homelab.install.hosts import listed, once, wrong
    from homelab.system import files

    found: list[tuple[int, str]] = []

    def read(path: str, what: str) -> None:
        try:
            hosts = listed(files.text(path, what, arguments.timeout / SECOND))
        except ValueError as error:
            raise Failure(USAGE, f"{what}: {error}") from None
        found.extend(hosts.names)
        if hosts.ignored:
            context.message(
                f"{what}: {', '.join(hosts.ignored)} ignored: ssh only gets the host name; set"
                " HostName, User and Port in ~/.ssh/config"
            )

    for name in arguments.host:
        if name == "-":
            read(name, "--from: stdin")
        else:
            found.append((0, name))
    file = vars(arguments)["from"]
    if file:
        read(file, f"--from: {file}")
    for number, name in found:
        why = wrong(name)
        if why:
            secret = "/" in name or (":" in name and "@" in name)
            what = f"line {number}: its first word" if number else repr(name)
            what = "a word" if secret and not number else what
            raise Failure(USAGE, f"{what} is not a host: {why}", usage_of=verb)
    why = remote_script.prefix_wrong(arguments.prefix or "")
    if why:
        raise Failure(USAGE, f"--prefix: {why}", usage_of=verb)
    hosts = once(name for _, name in found)
    if len(hosts) > _MOST:
        raise Failure(USAGE, f"more than {_MOST} hosts; split them over several runs")
    if not hosts:
        what = "no hosts in the list" if file or arguments.host else "HOST is missing"
        raise Failure(USAGE, what, usage_of=verb)
    return hosts


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
    from homelab.install import ssh

    # for a password; with many hosts nobody would know which one asks
    asks = context.terminal() and len(hosts) == 1
    with context.progress(shown=not asks) as progress:

        def tell(done: int, busy: list[str]) -> None:
            progress.says(f"{done} of {len(hosts)} hosts done, {doing} {', '.join(busy)}")

        seconds = arguments.timeout / SECOND
        jobs = arguments.jobs
        return ssh.answers(hosts, line, context.env, seconds, jobs, data, asks, tell, outcome)
