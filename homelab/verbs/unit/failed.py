"""`unit failed`: failed and restarting units of systemd."""

from __future__ import annotations

from homelab import findings
from homelab.findings import CRITICAL, OK
from homelab.output.answer import Column, Table
from homelab.systemd import units
from homelab.systemd.ask import ManagerRow, Managers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.systemd.manager import Manager

COLUMNS = (
    Column("state"),
    Column("unit", of="name"),
    Column("manager", drop=1),
    Column("since", "moment", drop=1),
    Column("detail"),
    *units.CAUSE,
)


def failed(context: Context, arguments: Values) -> Table:
    """The units that failed or keep restarting, the newest problem first."""
    asked = Managers(context, arguments)
    found: list[units.Unit] = []

    def ask(manager: Manager) -> None:
        found.extend(units.troubled(manager, context.clock()))

    asked.each(ask)
    found.sort(key=lambda unit: (-(unit.since or 0), unit.name))
    notes = asked.logs(found, arguments.lines)
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
