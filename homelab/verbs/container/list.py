"""`container list`: what Docker and Podman run on this host."""

from __future__ import annotations

import os

from homelab import findings, times
from homelab.containers import engines, inspect, judge, required
from homelab.errors import TIMEOUT, UNREACHABLE, Failure
from homelab.findings import SKIPPED, UNKNOWN
from homelab.output.answer import Column, Table
from homelab.output.columns import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.containers.container import Container
    from homelab.containers.engines import Engine, Heard
    from homelab.context import Context
    from homelab.system.machine import Host

_GRACE = 0.9  # s, for file systems, which have no time limit of their own
_SHOWN = 5  # names in the sentence for containers that are fine
_LOOKED = 6  # sockets in the message that no engine is here: all that one account may have


class ContainerRow:
    """A container and its state, or an engine that failed or answered only in part (`container` is
    None), or the `name` of a required container that is not there."""

    __slots__ = ("container", "detail", "engine", "name", "state")

    def __init__(
        self,
        state: str,
        detail: str,
        engine: str | None,
        container: Container | None = None,
        name: str = "",
    ) -> None:
        self.name = container.name if container else name
        self.state = state
        self.detail = detail
        self.engine = engine
        self.container = container


def list_rows(context: Context, arguments: Values) -> Table:
    """The containers of all engines, problems first."""
    host = context.host()
    found = _heard(context, host, arguments)
    if not found.engines:
        raise _unasked(found, context)
    now = context.clock()
    booted = inspect.booted(host, now)
    if arguments.name:
        rows = _required(arguments.name, found, now, booted)
    else:
        rows = _every(found, now, booted)
    return findings.table(
        "homelab.container-list/1",
        _columns(len(found.engines) > 1),
        rows,
        arguments,
        _fine,
        facts={
            "engines": [
                {"engine": each.name, "version": each.version or None, "asked": each.place}
                for each in found.engines
            ],
        },
        notes=_notes(context, arguments, found),
        empty=f"no containers; engines asked: {', '.join(_called(each) for each in found.engines)}",
        listed=True,
    )


def _every(found: Heard, now: int, booted: int) -> list[ContainerRow]:
    """Rows for all containers, and for the engines that did not answer in full."""
    every = [each for engine in found.engines for each in engine.containers]
    rows = [
        ContainerRow(state, detail, each.engine, each)
        for (state, _, detail), each in judge.every(every, now, booted)
    ]
    rows += [
        ContainerRow(UNKNOWN, _missed(each), each.name) for each in found.engines if each.missed
    ]
    rows += [
        ContainerRow(SKIPPED if each.denied else UNKNOWN, f"{each.place}: {each.reason}", None)
        for each in found.silent
    ]
    return rows


def _required(names: list[str], found: Heard, now: int, booted: int) -> list[ContainerRow]:
    """Rows for the containers that must run."""
    return [
        ContainerRow(state, detail, container.engine if container else None, container, name)
        for state, name, detail, container in required.judged(found, names, now, booted)
    ]


def _heard(context: Context, host: Host, arguments: Values) -> Heard:
    """The engines' answers. Raises Failure (124) if a file system hangs, such as a home on a dead
    mount: the time limits of the single steps have no effect there."""
    from homelab.system import parallel

    seconds = arguments.timeout / times.SECOND

    def hear() -> Heard:
        if not arguments.socket:
            return inspect.heard(host, context.env, os.geteuid(), seconds)
        path = engines.unix_path(arguments.socket) or os.path.abspath(arguments.socket)
        return engines.asked(host, [engines.EngineSocket(path, needed=True)], seconds)

    try:
        return parallel.with_timeout(hear, seconds + _GRACE)
    except TimeoutError:
        what = f"no complete answer within {seconds:g} s; wait longer with --timeout, or look for a"
        raise Failure(TIMEOUT, f"{what} dead mount: homelab disk usage") from None
    finally:
        host.end()  # a signal to this process leaves its children running


def _columns(several: bool) -> tuple[Column, ...]:
    """The columns; ENGINE is a plain column only if there are several."""
    return (
        Column("state"),
        Column("name"),
        Column("status", drop=7, of="container.status"),
        Column("exit_code", "count", header="EXIT", drop=5, of=_exit_code),
        Column("health", drop=6, of="container.health"),
        Column("restarts", "count", drop=2, of="container.restarts"),
        Column("since", "moment", drop=4, of="container.since"),
        Column("image", flexible=True, drop=3, of="container.image"),
        Column("engine", drop=1, detail=not several),
        Column("project", detail=True, of="container.project"),
        Column("detail"),
    )


def _exit_code(row: ContainerRow) -> int | None:
    return row.container.code if row.container and row.container.ended else None


def _unasked(found: Heard, context: Context) -> Failure:
    """The Failure that says why no engine could be asked."""
    if not found.silent:
        account = os.geteuid()
        looked = [each.path for each in engines.places(context.host(), context.env, account)]
        start = "systemctl enable --now podman.socket"
        if account:
            start = start.replace("systemctl", "systemctl --user")
        more = " (only root can see all of them)" if found.unseen else ""
        more += "".join(f"; {note}" for note in _elsewhere(context))
        return Failure(
            UNREACHABLE,
            f"no container engine found: no socket at {', '.join(looked[:_LOOKED])}{more}; start"
            f" one (Podman: {start}) or name its socket with --socket",
        )
    late = all(each.late for each in found.silent)
    told = "; ".join(f"{each.place}: {each.reason}" for each in found.silent)
    hint = "; look at the engine's log, or wait longer with --timeout" if late else ""
    return Failure(TIMEOUT if late else UNREACHABLE, visible(told + hint))


def _missed(engine: Engine) -> str:
    count, names = len(engine.missed), [name for name in engine.missed if name]
    number = "1 container" if count == 1 else f"{count} containers"
    more = f" and {count - _SHOWN} more" if len(names) > _SHOWN else ""
    which = f": {', '.join(names[:_SHOWN])}{more}" if names else ""
    return f"{engine.place}: {number} could not be inspected{which}"


def _called(engine: Engine) -> str:
    return f"{engine.name} {engine.version}".strip() + f" at {visible(engine.place)}"


def _elsewhere(context: Context) -> list[str]:
    return [
        f"{name} names an engine on another host; only sockets of this host are asked"
        for name in engines.remote(context.env)
    ]


def _notes(context: Context, arguments: Values, found: Heard) -> tuple[str, ...]:
    notes = []
    if not arguments.socket:
        notes += _elsewhere(context)
        if found.unseen:
            notes.append(f"only root can see whether an engine is at {', '.join(found.unseen)}")
    return tuple(notes)


def _fine(rows: list[ContainerRow]) -> str:
    names = [visible(row.name) for row in rows if row.container]
    number = "1 container is" if len(names) == 1 else f"{len(names)} containers are"
    parts = [f"{number} fine: {findings.few(names, _SHOWN)}"] if names else []
    parts += [f"skipped: {row.detail}" for row in rows if not row.container]
    return findings.folded_text(*parts)
