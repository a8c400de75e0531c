"""What the verbs that ask systemd have in common: whom they ask, and what they say of who did not
answer."""

from __future__ import annotations

from homelab.errors import TIMEOUT, UNREACHABLE, Failure
from homelab.findings import SKIPPED, UNKNOWN
from homelab.output.columns import visible
from homelab.systemd.manager import Asking, Manager, ManagerUnreachable, booted, others, runtime
from homelab.systemd.properties import SYSTEM, USER
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context


class ManagerRow:
    """A manager as a row among its units or timers, of which it has no `lines`."""

    __slots__ = ("detail", "lines", "manager", "state")

    def __init__(self, state: str, manager: str, detail: str) -> None:
        self.state = state
        self.manager = manager
        self.detail = detail
        self.lines: tuple[str, ...] = ()


class Managers:
    """The managers that the flags name, asked at once. `silent` has why one did not answer, by its
    name, `skipped` why one is not asked, and `states` what is-system-running says of each."""

    def __init__(self, context: Context, arguments: Values) -> None:
        host = context.host()
        self.host = host
        self.asking = Asking(host, arguments.timeout / SECOND)
        self.managers: list[Manager] = []
        self.skipped: dict[str, str] = {}
        self.silent: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.wondered = True  # somebody might think that what was skipped is fine
        if not booted(host):
            self.skipped[SYSTEM] = "no systemd runs this host"
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
                    why += f"; other accounts' (uid {', '.join(map(str, uids))}) answer only them"
                self.skipped[USER] = why
                self.wondered = arguments.user or bool(uids)

    def each(self, ask: Callable[[Manager], None]) -> None:
        """Ask each manager. Raises Failure (69, 124) where none answered that should have."""

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
                hint = "see whether systemctl answers, or give it longer by --timeout"
                raise Failure(TIMEOUT, f"systemd can't be asked: {why}; {hint}")
            raise Failure(UNREACHABLE, f"systemd can't be asked: {why}; see systemctl status")

    def answered(self) -> list[str]:
        """The names of the managers that told all they were asked."""
        return [name for name in sorted(self.states) if name not in self.silent]

    def left_out(self) -> list[str]:
        """The sentences about the managers that were not asked."""
        return [f"skipped: {why}" for why in self.skipped.values()] if self.wondered else []

    def rows(self) -> list[ManagerRow]:
        """A row for each manager that did not answer, or was not asked."""
        rows = [ManagerRow(UNKNOWN, name, why) for name, why in self.silent.items()]
        return rows + [ManagerRow(SKIPPED, name, why) for name, why in self.skipped.items()]

    def facts(self) -> dict[str, object]:
        """What stands beside the rows."""
        return {"managers": dict(sorted(self.states.items()))}
