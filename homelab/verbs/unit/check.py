"""`unit check`: units of systemd that must be there and healthy."""

from __future__ import annotations

from homelab import findings
from homelab.errors import TIMEOUT, UNREACHABLE, USAGE, Failure
from homelab.findings import CRITICAL, FINE, UNKNOWN
from homelab.output.answer import Column, Table
from homelab.systemd import names, required
from homelab.systemd.ask import Managers
from homelab.systemd.properties import SYSTEM, USER
from homelab.systemd.units import CAUSE, Unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.systemd.manager import Manager
    from homelab.systemd.required import Named

COLUMNS = (
    Column("state"),
    Column("unit", of="name"),
    Column("status", drop=3, of=lambda unit: unit.properties.get("SubState") or None),
    Column("manager", drop=1),
    Column("since", "moment", drop=2),
    Column("detail"),
    *CAUSE,
)
_SHOWN = 8  # names in the sentence for units that are fine
_CALLED = {SYSTEM: "the system's manager", USER: "this account's own manager"}


def check(context: Context, arguments: Values) -> Table:
    """The named units, problems first. Raises Failure (2) for a name that is not one."""
    wanted = _wanted(arguments.name)
    managers = Managers(context, arguments)
    known: dict[str, dict[str, Named]] = {}

    def ask(manager: Manager) -> None:
        known[manager.name] = {unit.name: unit for unit in required.named(manager, wanted)}

    try:
        managers.each(ask)
    except Failure as error:
        if error.code not in (TIMEOUT, UNREACHABLE):
            raise
    now = context.clock()
    units = [_row(name, managers, known, now) for name in wanted]
    problems = [unit for unit in units if unit.state not in FINE and unit.manager in known]
    notes = managers.logs([unit for unit in problems if unit.properties.get("Id")], arguments.lines)
    table = findings.table(
        "homelab.unit-check/1",
        COLUMNS,
        units,
        arguments,
        _fine,
        facts=managers.facts(),
        notes=tuple(notes),
        as_given=True,
    )
    if managers.asking.late and not known:
        table.code = TIMEOUT
    return table


def _wanted(given: list[str]) -> list[str]:
    wanted = []
    for name in given:
        try:
            wanted.append(names.full(name))
        except ValueError as error:
            raise Failure(USAGE, f"{name[:80]!r}: {error}") from None
    return list(dict.fromkeys(wanted))


def _row(name: str, managers: Managers, known: dict[str, dict[str, Named]], now: int) -> Unit:
    """The row of a unit: as the system's manager knows it, else as this account's own does."""
    for manager in (SYSTEM, USER):
        if manager in managers.silent:
            return _unit(name, manager, UNKNOWN, managers.silent[manager])
        unit = known.get(manager, {}).get(name)
        if unit is not None and unit.exists:
            state, detail = required.judged(unit, now, manager)
            return _unit(name, manager, state, detail, unit.properties)
    why = "; ".join(managers.skipped.values())
    if not known:
        return _unit(name, "", UNKNOWN, f"it can't be checked: {why}")
    places = " and ".join(_CALLED[manager] for manager in (SYSTEM, USER) if manager in known)
    verb = "have" if len(known) > 1 else "has"
    alone = USER in managers.skipped and managers.wondered
    more = "; this account has no manager of its own" if alone else ""
    return _unit(name, "", CRITICAL, f"{places} {verb} no such unit{more}")


def _unit(
    name: str, manager: str, state: str, detail: str, properties: dict[str, str] | None = None
) -> Unit:
    unit = Unit(manager, properties or {}, detail)
    unit.name, unit.state = name, state
    return unit


def _fine(units: list[Unit]) -> str:
    return findings.all_fine([unit.name for unit in units], f"{len(units)} units are fine", _SHOWN)
