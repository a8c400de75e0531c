"""`container …`: what Docker and Podman run on this host."""

from __future__ import annotations

import os

from homelab import times
from homelab.containers import engines, judge
from homelab.containers import inspect as network
from homelab.errors import DONE, NO, TIMEOUT, UNREACHABLE, Failure
from homelab.findings import OK, UNKNOWN, WARNING, few
from homelab.output.answer import Column, Table
from homelab.output.columns import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.containers.engines import Engine, Heard
    from homelab.context import Context
    from homelab.output.answer import Cell

_SHOWN = 5  # names in the sentence for what is fine


def listing(context: Context, arguments: Values) -> Table:
    """The containers of all engines, problems first; 1 where there is one."""
    seconds = arguments.timeout / times.SECOND
    if arguments.socket:
        path = engines.unix_path(arguments.socket) or os.path.abspath(arguments.socket)
        named = engines.Place(path, needed=True)
        found = engines.asked(context.host(), [named], seconds)
    else:
        found = network.heard(context.host(), context.env, os.geteuid(), seconds)
    if not found.engines:
        raise _unasked(found, context)
    now = context.clock()
    booted = network.booted(context.host(), now)
    every = [each for engine in found.engines for each in engine.containers]
    told = [(judge.judged(each, now, booted), each) for each in every]
    told.sort(key=lambda pair: judge.order(*pair))
    rows: list[tuple[Cell, ...]] = [
        (
            state, c.name, c.status or None, c.code if c.ended else None, c.health or None,
            c.restarts, c.since, c.image or None, c.engine, c.project or None, detail or None,
        )
        for (state, _, detail), c in told
    ]  # fmt: skip
    unasked = [
        *((engine.name, _missed(engine)) for engine in found.engines if engine.missed),
        *((None, f"{each.place}: {each.reason}") for each in found.silent),
    ]
    fine = [] if arguments.all else [c.name for (state, _, _), c in told if state == OK]
    at = len([state for (state, _, _), _ in told if state != OK])
    rows[at:at] = [(UNKNOWN, *[None] * 7, engine, None, detail) for engine, detail in unasked]
    problems = sum(state == WARNING for (state, _, _), _ in told)
    return Table(
        "homelab.container-list/1",
        _columns(len(found.engines) > 1),
        rows,
        facts={
            "problems": problems,
            "unknown": sum(row[0] == UNKNOWN for row in rows),
            "engines": [
                {"engine": each.name, "version": each.version or None, "asked": each.place}
                for each in found.engines
            ],
        },
        notes=_notes(context, arguments, found),
        empty=f"no containers here; asked: {', '.join(_called(each) for each in found.engines)}",
        code=NO if problems else DONE,
        folded=len(fine),
        fine=_fine(fine) if fine else "",
    )


def _columns(several: bool) -> tuple[Column, ...]:
    """Which engine it is stands in plain columns only where there are several."""
    return (
        Column("state"),
        Column("name"),
        Column("status"),
        Column("exit_code", "count", header="EXIT"),
        Column("health", drop=True),
        Column("restarts", "count", drop=True),
        Column("since", "moment"),
        Column("image", flexible=True, drop=True),
        Column("engine", drop=True, detail=not several),
        Column("project", detail=True),
        Column("detail"),
    )


def _unasked(found: Heard, context: Context) -> Failure:
    """Why no engine could be asked."""
    if not found.silent:
        account = os.geteuid()
        looked = [each.path for each in engines.places(context.host(), context.env, account)]
        start = "systemctl enable --now podman.socket"
        if account:
            start = start.replace("systemctl", "systemctl --user")
        more = " (only root can see them all)" if found.unseen else ""
        more += "".join(f"; {note}" for note in _elsewhere(context))
        return Failure(
            UNREACHABLE,
            f"no container engine is here: no socket at {', '.join(looked[:_SHOWN])}{more};"
            f" start one (Podman's: {start}) or name it by --socket",
        )
    late = all(each.late for each in found.silent)
    told = "; ".join(f"{each.place}: {each.reason}" for each in found.silent)
    mend = "; look at the engine's own log, or wait longer with --timeout" if late else ""
    return Failure(TIMEOUT if late else UNREACHABLE, visible(told + mend, True))


def _missed(engine: Engine) -> str:
    count, names = len(engine.missed), [name for name in engine.missed if name]
    number = "one container" if count == 1 else f"{count} containers"
    which = f": {few(names, _SHOWN)}" if names else ""
    return f"{engine.place}: {number} more could not be asked{which}"


def _called(engine: Engine) -> str:
    return f"{engine.name} {engine.version}".strip() + f" at {visible(engine.place, True)}"


def _elsewhere(context: Context) -> list[str]:
    return [
        f"{name} names an engine elsewhere, and only sockets of this host are asked"
        for name in engines.remote(context.env)
    ]


def _notes(context: Context, arguments: Values, found: Heard) -> tuple[str, ...]:
    notes = []
    if not arguments.socket:
        notes += _elsewhere(context)
        if found.unseen:
            notes.append(f"only root can see whether an engine is at {', '.join(found.unseen)}")
    return tuple(notes)


def _fine(names: list[str]) -> str:
    shown = few([visible(name, True) for name in names], _SHOWN)
    number = "1 container is" if len(names) == 1 else f"{len(names)} containers are"
    return f"{number} fine: {shown} (--all: with details)"
