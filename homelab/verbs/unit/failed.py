"""`unit …`: the units of systemd."""

from __future__ import annotations

from homelab.findings import CRITICAL, OK, ORDER, SKIPPED, UNKNOWN, WARNING
from homelab.output.answer import Column, Table
from homelab.systemd import journal, units
from homelab.systemd import manager as systemd
from homelab.systemd import properties as unit_text
from homelab.systemd.ask import FINE, Asked, code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell

_COLUMNS = (
    Column("state"),
    Column("unit"),
    Column("manager", drop=True),
    Column("since", "moment", drop=True),
    Column("detail"),
    Column("result", detail=True),
    Column("exit_status", "count", detail=True),
    Column("signal", detail=True),
    Column("restarts", "count", detail=True),
    Column("description", detail=True),
    Column("log", "lines"),
)
_READ = 20  # units whose journal is read: each is a search of its own
_ENTRIES = 40  # of which most may be systemd's own book-keeping


def failed(context: Context, arguments: Values) -> Table:
    """The units in trouble, those of the last hours first; 1 where there is one."""
    asked = Asked(context, arguments)
    found: list[units.Unit] = []
    by_name = {manager.name: manager for manager in asked.managers}

    def ask(manager: systemd.Manager) -> None:
        found.extend(units.troubled(manager, context.clock()))

    asked.each(ask)
    found.sort(key=lambda unit: (-(unit.since or 0), unit.name))
    notes = _logs(asked, found[:_READ], by_name, arguments.lines)
    if arguments.lines and len(found) > _READ:
        notes.append(f"the journal was read for the first {_READ} of {len(found)} units only")
    rows = [_row(unit) for unit in found]
    rows += _managers(asked, found)
    rows.sort(key=lambda row: ORDER.index(str(row[0])))
    states = [str(row[0]) for row in rows]
    folded = 0 if arguments.all else sum(state in FINE for state in states)
    return Table(
        "homelab.unit-failed/1",
        _COLUMNS,
        rows,
        facts=asked.facts(states),
        notes=tuple(notes),
        code=code(states),
        folded=folded,
        fine=_fine(asked, found) if folded else "",
    )


def _row(unit: units.Unit) -> tuple[Cell, ...]:
    properties = unit.properties
    return (
        WARNING,
        unit.name,
        unit.manager,
        unit.since,
        unit.detail,
        properties.get("Result") or None,
        unit_text.exit_status(properties),
        unit_text.signal_name(properties),
        unit_text.number(properties.get("NRestarts", "")),
        properties.get("Description") or None,
        unit.lines,
    )


def _managers(asked: Asked, found: list[units.Unit]) -> list[tuple[Cell, ...]]:
    """A row for each manager that has nothing to tell, or that tells something of itself."""
    rows: list[tuple[Cell, ...]] = []

    def row(state: str, manager: str, detail: str) -> None:
        rows.append((state, None, manager, None, detail, *[None] * 5, ()))

    troubled = {unit.manager for unit in found}
    for name in asked.answered():
        state = asked.states[name]
        if state == "maintenance":
            row(CRITICAL, name, "rescue or emergency mode: the boot did not get through")
        elif name not in troubled:
            row(OK, name, f"no failed units; the manager says {state or 'nothing of itself'}")
    for name, why in asked.silent.items():
        row(UNKNOWN, name, why)
    for name, why in asked.skipped.items():
        row(SKIPPED, name, why)
    return rows


def _fine(asked: Asked, found: list[units.Unit]) -> str:
    troubled = {unit.manager for unit in found}
    fine = [name for name in asked.answered() if name not in troubled]
    told = [f"no failed {' or '.join(fine)} units"] if fine else []
    told += asked.left_out()
    return "; ".join(told)


def _logs(
    asked: Asked, found: list[units.Unit], by_name: dict[str, systemd.Manager], most: int
) -> list[str]:
    """Give each unit the last lines it wrote; returns what is to be said of that."""
    if not most or not found:
        return []
    failures: list[str] = []

    def reading(unit: units.Unit) -> Callable[[], None]:
        def read() -> None:
            try:
                text = by_name[unit.manager].journal(unit.name, journal.FIELDS, _ENTRIES + most)
                run = unit.properties.get("InvocationID", "")
                unit.lines = tuple(journal.last_lines(text, most, run))
            except systemd.Unanswered as error:
                failures.append(str(error))

        return read

    asked.asking.at_once([reading(unit) for unit in found])
    silent = any(not unit.lines for unit in found)
    if silent and systemd.journal_is_closed(asked.host):  # in some versions a failure, too
        who = "root and members of the group systemd-journal or adm read it"
        return [f"the system's journal is closed to this account; {who}"]
    return [f"no lines of the journal: {failures[0]}"] if failures else []
