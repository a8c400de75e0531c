"""`timer list`: the timers of systemd."""

from __future__ import annotations

import os

from homelab import findings, times
from homelab.errors import USAGE, Failure
from homelab.findings import CRITICAL, UNKNOWN
from homelab.output.answer import Column, Table
from homelab.system import ownership, paths
from homelab.systemd import names, timers
from homelab.systemd.ask import Managers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.systemd.manager import Manager

COLUMNS = (
    Column("state"),
    Column("timer", of="name"),
    Column("manager", drop=1),
    Column("next", "moment"),
    Column("last", "moment", drop=3),
    Column("result", drop=2),
    Column("detail"),
    Column("unit", detail=True),
    Column("persistent", detail=True),
)


def list_rows(context: Context, arguments: Values) -> Table:
    """The timers that run or should, problems first, then by next run."""
    wanted = list(dict.fromkeys(_full(name) for name in arguments.name))
    asked = Managers(context, arguments)
    found: list[timers.Timer] = []
    folder = _data(context)

    def ask(manager: Manager) -> None:
        stamps, now = timers.stamps(folder, manager.name), context.clock()
        if wanted:
            found.extend(timers.required(manager, asked.host, stamps, now, wanted))
        else:
            found.extend(timers.every(manager, asked.host, stamps, now))

    asked.each(ask)
    far = 1 << 63
    found.sort(key=lambda timer: (timer.next or far, timer.name))
    known = {timer.name for timer in found}
    missing = [_missing(name, asked) for name in wanted if name not in known]
    return findings.table(
        "homelab.timer-list/1",
        COLUMNS,
        [*found, *missing] if wanted else [*found, *asked.rows()],
        arguments,
        lambda rows: _fine([row for row in rows if isinstance(row, timers.Timer)], asked),
        facts=asked.facts(),
        empty="no timer is enabled",
        listed=True,
    )


def _full(name: str) -> str:
    """The full name of a timer. Raises Failure (2)."""
    try:
        full = names.full(name, "timer")
    except ValueError as error:
        raise Failure(USAGE, f"{name[:80]!r}: {error}") from None
    if not full.endswith(".timer"):
        raise Failure(USAGE, f"{name[:80]!r} is not a timer; homelab unit check {full} checks it")
    return full


def _missing(name: str, asked: Managers) -> timers.Timer:
    """The row for a timer that no manager has: critical if all managers answered, else unknown."""
    timer = timers.Timer("", {"Id": name})
    timer.state, timer.detail = CRITICAL, "no such timer"
    whys = [*asked.silent.values(), *asked.skipped.values()]
    if asked.left_out():
        timer.detail += "; this account has no manager of its own"
    if asked.silent or not asked.managers:
        timer.state, timer.detail = UNKNOWN, f"it can't be checked: {whys[0]}"
    return timer


def _data(context: Context) -> str:
    """The account's XDG_DATA_HOME; "/nonexistent" if another account can change it, as when sudo
    keeps HOME: the stamp files there do not belong to root's timers."""
    folder = os.path.dirname(os.path.dirname(paths.user_verbs(context.env)))
    try:
        ownership.check(folder)
    except ownership.Untrusted:
        return "/nonexistent"
    except OSError:
        pass  # it has no stamp files
    return folder


def _fine(found: list[timers.Timer], asked: Managers) -> str:
    told = []
    if found:
        told = [f"{len(found)} timers are fine" if len(found) > 1 else "1 timer is fine"]
        first = min((timer for timer in found if timer.next), key=_when, default=None)
        if first is not None and first.next is not None:
            told[0] += f", next: {first.name} at {times.local(first.next)}"
        told = [findings.folded_text(told[0])]
    told += asked.left_out()
    return "; ".join(told)


def _when(timer: timers.Timer) -> int:
    return timer.next or 0
