"""`timer …`: the timers of systemd."""

from __future__ import annotations

import os

from homelab import times
from homelab.findings import ORDER, SKIPPED, UNKNOWN
from homelab.output.answer import Column, Table
from homelab.system import paths
from homelab.systemd import manager as systemd
from homelab.systemd import timers
from homelab.systemd.ask import FINE, Asked, code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_COLUMNS = (
    Column("state"),
    Column("timer"),
    Column("manager", drop=True),
    Column("next", "moment"),
    Column("last", "moment", drop=True),
    Column("result", drop=True),
    Column("detail"),
    Column("unit", detail=True),
    Column("persistent", detail=True),
)


def table(context: Context, arguments: Values) -> Table:
    """The timers that run or should, those in trouble first, then by what runs next."""
    asked = Asked(context, arguments)
    found: list[timers.Timer] = []
    folder = os.path.dirname(os.path.dirname(paths.user_verbs(context.env)))

    def ask(manager: systemd.Manager) -> None:
        stamps = timers.stamps(folder, manager.name)
        found.extend(timers.every(manager, asked.host, stamps, context.clock()))

    asked.each(ask)
    far = 1 << 63
    found.sort(key=lambda timer: (ORDER.index(timer.state), timer.next or far, timer.name))
    rows = [_row(timer) for timer in found]
    rows += [_none(UNKNOWN, name, why) for name, why in asked.silent.items()]
    rows += [_none(SKIPPED, name, why) for name, why in asked.skipped.items()]
    rows.sort(key=lambda row: ORDER.index(str(row[0])))
    states = [str(row[0]) for row in rows]
    folded = 0 if arguments.all else sum(state in FINE for state in states)
    return Table(
        "homelab.timer-list/1",
        _COLUMNS,
        rows,
        facts=asked.facts(states),
        empty="no timer is enabled",
        code=code(states),
        folded=folded,
        fine=_fine([timer for timer in found if timer.state in FINE], asked) if folded else "",
    )


def _row(timer: timers.Timer) -> tuple[Cell, ...]:
    return (
        timer.state,
        timer.name,
        timer.manager,
        timer.next,
        timer.last,
        timer.result,
        timer.detail or None,
        timer.unit or None,
        timer.persistent,
    )


def _none(state: str, manager: str, why: str) -> tuple[Cell, ...]:
    return (state, None, manager, None, None, None, why, None, None)


def _fine(found: list[timers.Timer], asked: Asked) -> str:
    told = []
    if found:
        told = [f"{len(found)} timers are fine" if len(found) > 1 else "1 timer is fine"]
        first = min((timer for timer in found if timer.next), key=_when, default=None)
        if first is not None and first.next is not None:
            told[0] += f", the next is {first.name} at {times.local(first.next)}"
        told[0] += " (--all: each)"
    told += asked.left_out()
    return "; ".join(told)


def _when(timer: timers.Timer) -> int:
    return timer.next or 0
