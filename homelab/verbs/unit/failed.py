"""`unit failed`: failed and restarting units of systemd."""

from __future__ import annotations

from homelab import findings
from homelab.findings import CRITICAL, OK
from homelab.output.answer import Column, Table
from homelab.systemd import journal, units
from homelab.systemd.ask import ManagerRow, Managers
from homelab.systemd.manager import ManagerUnreachable, journal_is_closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.systemd.manager import Manager

COLUMNS = (
    Column("state"),
    Column("unit", of="name"),
    Column("manager", drop=1),
    Column("since", "moment", drop=1),
    Column("detail"),
    Column("result", detail=True),
    Column("exit_status", "count", detail=True),
    Column("signal", detail=True),
    Column("restarts", "count", detail=True),
    Column("description", detail=True),
    Column("log", "lines", of="lines"),
)
_READ = 20  # units whose journal is read: each needs its own search
_ENTRIES = 40  # entries; most may be messages of systemd itself


def failed(context: Context, arguments: Values) -> Table:
    """The units that failed or keep restarting, the newest problem first."""
    asked = Managers(context, arguments)
    found: list[units.Unit] = []
    by_name = {manager.name: manager for manager in asked.managers}

    def ask(manager: Manager) -> None:
        found.extend(units.troubled(manager, context.clock()))

    asked.each(ask)
    found.sort(key=lambda unit: (-(unit.since or 0), unit.name))
    notes = _logs(asked, found[:_READ], by_name, arguments.lines)
    if arguments.lines and len(found) > _READ:
        notes.append(f"log lines are shown only for the first {_READ} of {len(found)} units")
    return findings.table(
        "homelab.unit-failed/1",
        COLUMNS,
        [*found, *_managers(asked, found), *asked.rows()],
        arguments,
        lambda _: _fine(asked, found),
        facts=asked.facts(),
        notes=tuple(notes),
    )


def _managers(asked: Managers, found: list[units.Unit]) -> list[ManagerRow]:
    """A row for each manager that has no failed unit, or has a problem itself."""
    rows = []
    troubled = {unit.manager for unit in found}
    for name in asked.answered():
        state = asked.states[name]
        if state == "maintenance":
            detail = "rescue or emergency mode: the boot did not finish"
            rows.append(ManagerRow(CRITICAL, name, detail))
        elif name not in troubled:
            detail = f"no failed units; systemd reports {state or 'no overall state'}"
            rows.append(ManagerRow(OK, name, detail))
    return rows


def _fine(asked: Managers, found: list[units.Unit]) -> str:
    troubled = {unit.manager for unit in found}
    fine = [name for name in asked.answered() if name not in troubled]
    told = [f"no failed {' or '.join(fine)} units"] if fine else []
    told += asked.left_out()
    return "; ".join(told)


def _logs(
    asked: Managers, found: list[units.Unit], by_name: dict[str, Manager], most: int
) -> list[str]:
    """Give each unit the last lines that it wrote. Return the notes on lines that could not be
    read."""
    if not most or not found:
        return []
    failures: list[str] = []

    def reading(unit: units.Unit) -> Callable[[], None]:
        def read() -> None:
            try:
                text = by_name[unit.manager].journal(unit.name, journal.FIELDS, _ENTRIES + most)
                run = unit.properties.get("InvocationID", "")
                unit.lines = tuple(journal.last_lines(text, most, run))
            except ManagerUnreachable as error:
                failures.append(str(error))

        return read

    asked.asking.at_once([reading(unit) for unit in found])
    silent = any(not unit.lines for unit in found)
    if silent and journal_is_closed(asked.host):  # some versions of systemd also fail
        who = "only root and members of the group systemd-journal or adm may read it"
        return [f"this account can't read the system's journal; {who}"]
    return [f"no log lines: {failures[0]}"] if failures else []
