"""The table of sinks, where counted runs go. A new one needs a line here above the journal's, its
keys in `settings.SETTINGS`, a module that is a `Writer`, and one that `usage.source.runs_of` finds
by the sink's name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from homelab.settings import Settings
    from homelab.system.foreground import Undisturbed
    from homelab.telemetry.event import Event, OwnRun

    class Writer(Protocol):
        """The module that writes to a sink; `folder` is the account's state folder, or ""."""

        def write(
            self, events: Sequence[Event], settings: Settings, folder: str, last: Undisturbed
        ) -> None:
            """Count a run without waiting: one event, or two of a run that took a verb to other
            hosts. An exception from here does not affect the verb."""

        def shown(self, event: Event, settings: Settings) -> str:
            """The data that leaves this host with a run, or `none: ` and the reason. Raises
            Failure."""

        def place(self, settings: Settings, folder: str) -> str:
            """The address or path of the runs, or "" if nothing can be kept."""

        def trouble(self, folder: str) -> str:
            """Why nothing can be kept in the folder, "" if it can, or if events are sent without
            it."""

        def status(
            self, event: Event, settings: Settings, folder: str
        ) -> list[tuple[str, str | int | None]]:
            """Rows of `usage status`: such a run, and the results of earlier ones."""

    class OwnWriter(Protocol):
        """The module that writes to a sink from which nothing leaves this host."""

        def write(
            self,
            events: Sequence[Event | OwnRun],
            settings: Settings,
            folder: str,
            last: Undisturbed,
        ) -> None:
            """Count a run as `Writer.write` does, an account's own verb by its real name."""


class Sink:
    """A sink: its name, the `setting` that chooses it ("" for always), its writer's module, which
    is imported late, and whether runs are `sent` away from this host."""

    __slots__ = ("_writer", "name", "sent", "setting")

    def __init__(self, name: str, setting: str, writer: str, sent: bool) -> None:
        self.name = name
        self.setting = setting
        self.sent = sent
        self._writer = writer

    def writer(self) -> Writer:
        """The module that writes."""
        module: Any = __import__(self._writer, fromlist=["write"])
        return module  # type: ignore[no-any-return]

    def own_writer(self) -> OwnWriter | None:
        """The module that writes, if it may have real names of own verbs: None if runs are sent."""
        module: Any = None if self.sent else self.writer()
        return module  # type: ignore[no-any-return]


SINKS = (
    Sink("Loki", "loki.url", "homelab.telemetry.to_loki", sent=True),
    Sink("journal", "", "homelab.telemetry.journal", sent=False),
)


def chosen(settings: Settings) -> Sink:
    """The first sink whose setting is set. Raises Failure (78) if the settings are broken."""
    return next(sink for sink in SINKS if not sink.setting or settings.text(sink.setting))
