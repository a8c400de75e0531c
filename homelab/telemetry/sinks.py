"""Where counted runs go: the table of sinks. A further one is a line here, its keys in
`settings.SETTINGS`, a module that is a `Writer`, and a class that is a `usage.source.Runs`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from homelab.settings import Settings
    from homelab.telemetry.event import Event

    class Writer(Protocol):
        """The module that writes to a sink; `folder` is the account's state folder, or ""."""

        def write(self, event: Event, settings: Settings, folder: str) -> None:
            """Count a run, and wait for nobody. What it raises hinders no verb."""

        def shown(self, event: Event, settings: Settings) -> str:
            """What leaves this host with a run, or `none: ` and why. Raises Failure."""

        def place(self, settings: Settings, folder: str) -> str:
            """The address or path of the runs, or "" where nothing can be kept."""

        def status(self, event: Event, folder: str) -> list[tuple[str, str | int | None]]:
            """Rows of `usage status`: such a run, and what became of those before it."""


class Sink:
    """A sink: its name, the `setting` that chooses it ("" for always), its writer's module, its
    reader's `module:class`, both loaded late, and whether runs are `sent` away from this host."""

    __slots__ = ("_reader", "_writer", "name", "sent", "setting")

    def __init__(self, name: str, setting: str, writer: str, reader: str, sent: bool) -> None:
        self.name = name
        self.setting = setting
        self.sent = sent
        self._writer = writer
        self._reader = reader

    def writer(self) -> Writer:
        """The module that writes."""
        module: Any = __import__(self._writer, fromlist=["write"])
        return module  # type: ignore[no-any-return]

    def reader(self) -> Any:
        """The class that reads, made of a Context and a Progress."""
        module, _, name = self._reader.partition(":")
        return getattr(__import__(module, fromlist=[name]), name)


_LOKI = ("homelab.telemetry.to_loki", "homelab.usage.from_loki:LokiRuns")
_JOURNAL = ("homelab.telemetry.journal", "homelab.usage.from_journal:JournalRuns")
SINKS = (
    Sink("Loki", "loki.url", *_LOKI, sent=True),
    Sink("journal", "", *_JOURNAL, sent=False),
)


def chosen(settings: Settings) -> Sink:
    """The first sink whose setting is set. Raises Failure (78) where settings are broken."""
    return next(sink for sink in SINKS if not sink.setting or settings.text(sink.setting))
