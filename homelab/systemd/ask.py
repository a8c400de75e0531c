"""The common part of the verbs that ask systemd: which managers they ask, and how they report one
that did not answer."""

from __future__ import annotations

from homelab.errors import TIMEOUT, UNREACHABLE, Failure
from homelab.findings import SKIPPED, UNKNOWN
from homelab.output.columns import visible
from homelab.systemd import journal
from homelab.systemd.manager import (
    Asking,
    Manager,
    ManagerUnreachable,
    booted,
    journal_is_closed,
    others,
    runtime,
)
from homelab.systemd.properties import SYSTEM, USER
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.systemd.units import Unit

_READ = 20  # units whose journal is read: each needs its own search
_ENTRIES = 40  # entries; most may be messages of systemd itself


class ManagerRow:
    """A row for a manager among rows for units or timers; it has no `lines`."""

    __slots__ = ("detail", "lines", "manager", "state")

    def __init__(self, state: str, manager: str, detail: str) -> None:
        self.state = state
        self.manager = manager
        self.detail = detail
        self.lines: tuple[str, ...] = ()


class Managers:
    """The managers that the flags name, asked concurrently. By the manager's name, `silent` has why
    it did not answer, `skipped` why it is not asked, and `states` its state (of
    is-system-running)."""

    def __init__(self, context: Context, arguments: Values) -> None:
        host = context.host()
        self.host = host
        self.asking = Asking(host, arguments.timeout / SECOND)
        self.managers: list[Manager] = []
        self.skipped: dict[str, str] = {}
        self.silent: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.wondered = True  # the user could take a skipped manager for a checked one
        if not booted(host):
            self.skipped[SYSTEM] = "this host does not run systemd"
            return
        both = arguments.system == arguments.user
        if arguments.system or both:
            self.managers.append(Manager(SYSTEM, self.asking))
        if arguments.user or both:
            folder = runtime(host, context.env)
            if folder:
                self.managers.append(Manager(USER, self.asking, folder, host.account()))
            else:
                why = "this account has no manager of its own"
                uids = others(host)[:3]
                if uids:
                    named = ", ".join(map(str, uids))
                    why += f"; managers of other accounts (uid {named}) answer only to these"
                self.skipped[USER] = why
                self.wondered = arguments.user or bool(uids)

    def each(self, ask: Callable[[Manager], None]) -> None:
        """Ask each manager. Raises Failure (69, 124) if all of them failed to answer."""

        pending = {manager.name for manager in self.managers}

        def asking(manager: Manager) -> Callable[[], None]:
            def one() -> None:
                try:
                    self.states[manager.name] = manager.state()
                    ask(manager)
                except ManagerUnreachable as error:
                    self.silent[manager.name] = str(error)
                pending.remove(manager.name)

            return one

        self.asking.at_once([asking(manager) for manager in self.managers])
        for name in sorted(pending):
            self.silent[name] = self.asking.unanswered
        if self.managers and len(self.silent) == len(self.managers):
            why = visible("; ".join(dict.fromkeys(self.silent.values())))
            if self.asking.late:
                hint = "see whether systemctl answers, or wait longer with --timeout"
                raise Failure(TIMEOUT, f"systemd can't be asked: {why}; {hint}")
            raise Failure(UNREACHABLE, f"systemd can't be asked: {why}; see systemctl status")

    def logs(self, units: list[Unit], most: int) -> list[str]:
        """Give the first units the last lines (at most `most`) that they wrote. Return the notes on
        lines that could not be read."""
        if not most or not units:
            return []
        by_name = {manager.name: manager for manager in self.managers}
        failures: list[str] = []

        def reading(unit: Unit) -> Callable[[], None]:
            def read() -> None:
                manager = by_name[unit.manager]
                try:
                    text = manager.journal(unit.name, journal.FIELDS, _ENTRIES + most)
                    run = unit.properties.get("InvocationID", "")
                    unit.lines = tuple(journal.last_lines(text, most, run))
                except ManagerUnreachable as error:
                    failures.append(str(error))

            return read

        self.asking.at_once([reading(unit) for unit in units[:_READ]])
        notes = []
        silent = any(not unit.lines for unit in units[:_READ])
        if silent and journal_is_closed(self.host):  # some versions of systemd also fail
            who = "only root and members of the group systemd-journal or adm may read it"
            notes.append(f"this account can't read the system's journal; {who}")
        elif failures:
            notes.append(f"no log lines: {failures[0]}")
        if len(units) > _READ:
            shown = f"log lines are shown only for the first {_READ} of {len(units)} units"
            notes.append(shown)
        return notes

    def answered(self) -> list[str]:
        """The names of the managers that answered everything."""
        return [name for name in sorted(self.states) if name not in self.silent]

    def left_out(self) -> list[str]:
        """The sentences about the managers that were not asked."""
        return [f"skipped: {why}" for why in self.skipped.values()] if self.wondered else []

    def rows(self) -> list[ManagerRow]:
        """A row for each manager that did not answer, or was not asked."""
        rows = [ManagerRow(UNKNOWN, name, why) for name, why in self.silent.items()]
        return rows + [ManagerRow(SKIPPED, name, why) for name, why in self.skipped.items()]

    def facts(self) -> dict[str, object]:
        """The facts for JSON beside the rows."""
        return {"managers": dict(sorted(self.states.items()))}
