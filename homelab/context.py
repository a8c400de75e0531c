"""The environment of one run: arguments, variables, streams, clock, settings. Tests replace it."""

from __future__ import annotations

from homelab.boot import baked
from homelab.settings import Settings, of_account
from homelab.system import foreground, paths
from homelab.system.clock import now

_NARROWEST = 40  # columns; a narrower terminal breaks the lines itself

TYPE_CHECKING = False  # importing typing costs more than a whole dispatch
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TextIO

    from homelab.catalogue.registry import Registry
    from homelab.dropins.dropin import VerbFolder
    from homelab.loki.client import Loki
    from homelab.output.progress import Progress
    from homelab.system.machine import Host


class Rendered(str):
    """Text that its author made fit for a terminal, bold headings included."""

    __slots__ = ()


def clean(text: str) -> str:
    """Lines of text without what a terminal would act on. Nearly all are such from the start, so
    that nothing is imported for them."""
    if isinstance(text, Rendered):
        return text
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    from homelab.output.columns import visible_lines

    return visible_lines(text)


class Context:
    """Everything that a verb may use of its environment.

    `clock` returns ns since the epoch. `program` is the path of the running file, `built_in` are
    the built-in verbs. `carried` gets the label of the verb that this run takes to other hosts
    (`on`), which is counted with the run's own.
    """

    def __init__(
        self,
        argv: list[str],
        env: Mapping[str, str],
        stdout: TextIO,
        stderr: TextIO,
        built_in: Registry,
        clock: Callable[[], int] = now,
        program: str = "homelab",
        system_settings: str = paths.SYSTEM_SETTINGS,
        system_verbs: str = paths.SYSTEM_VERBS,
        site: Mapping[str, str] = baked.SITE,
    ) -> None:
        self.argv = argv
        self.env = env
        self.stdout = stdout
        self.stderr = stderr
        self.built_in = built_in
        self.carried: list[Any] = []  # telemetry.event.Label or OwnName
        self.clock = clock
        self.program = program
        self.system_verbs = system_verbs
        self.settings = Settings(
            of_account(env),
            (("user", paths.user_settings(env)), ("system", system_settings)),
            site,
        )

    def write_utf8(self) -> None:
        """Write UTF-8 to stdout from now on, in any locale: output for programs (JSON, CSV, raw
        lines, pages) has one encoding."""
        stdout: Any = self.stdout
        if (getattr(stdout, "encoding", None) or "utf-8").lower() != "utf-8":
            stdout.reconfigure(encoding="utf-8", errors="backslashreplace")

    def say(self, text: str) -> None:
        """Write lines of text to stderr, made safe for a terminal, as names in them may come from
        others. A closed stderr is not an error."""
        try:
            self.stderr.write(clean(text) + "\n")
            self.stderr.flush()
        except OSError:
            pass

    def message(self, sentence: str) -> None:
        """Write a sentence to stderr: on one line, or on as many as a terminal needs to keep its
        words whole."""
        text = clean("homelab: " + sentence.replace("\n", "\\n").replace("\t", "\\t"))
        width = foreground.columns(self.stderr) if len(text) > _NARROWEST else 0
        if 0 < width < len(text):
            from homelab.texts import wrapped

            text = "\n".join(wrapped(text, max(width, _NARROWEST), "    "))
        self.say(text)

    def terminal(self) -> bool:
        """Whether stderr is a terminal."""
        try:
            return self.stderr.isatty()
        except (OSError, ValueError):
            return False

    def progress(self, shown: bool = True) -> Progress:
        """Return a progress line on stderr, which is visible if it is to be `shown` and stderr is a
        terminal."""
        from homelab.output.progress import Progress

        # a terminal that cannot move the cursor would print each text on a new line
        moves = self.env.get("TERM") != "dumb"
        return Progress(self.stderr, shown and moves and self.terminal())

    def width(self) -> int:
        """Columns of the terminal that stdout is, 0 where it is none."""
        return foreground.columns(self.stdout)

    def draws(self) -> bool:
        """Whether stdout can show block elements; a Linux console lacks some of them."""
        encoding = getattr(self.stdout, "encoding", None) or ""
        utf8 = encoding.lower().replace("-", "") == "utf8"
        return utf8 and self.env.get("TERM", "") not in ("", "dumb", "linux")

    def colours(self, when: str = "auto") -> bool:
        """Whether stdout gets colours: `when` is auto, always or never (--color). Auto means at a
        terminal, unless NO_COLOR (no-color.org) or TERM say otherwise."""
        if when != "auto":
            return when == "always"
        if self.env.get("NO_COLOR") or self.env.get("TERM", "") in ("", "dumb"):
            return False
        return self.width() > 0

    def verb_folders(self, first: str = "") -> list[VerbFolder]:
        """The folders of drop-ins, highest precedence first. With a `first` word, without the
        checkouts that have no verb beginning with it. If the settings cannot be read, the default
        folders are used."""
        from homelab.dropins.find import verb_folders
        from homelab.errors import Failure

        try:
            more = self.settings.value("verbs.path")
        except Failure:
            more = None
        return verb_folders(self.env, self.system_verbs, more, first)

    def trusted_folders(
        self, known: dict[str, str] | None = None, first: str = ""
    ) -> list[VerbFolder]:
        """The `verb_folders` that exist and that no other account can change; `known` is the cache
        of `ownership.check`."""
        from homelab.dropins.find import trusted

        return trusted(self.verb_folders(first), known)

    def host(self) -> Host:
        """The machine that this run is on."""
        from homelab.system.machine import Host

        return Host()

    def loki(self, logcli: bool = False, wait: float = 30.0) -> Loki:
        """Return the client of the configured Loki, which waits `wait` s for a piece of an answer.
        Raises Failure (78) if none is configured. Only `logs` may use logcli's variables: telemetry
        is never sent there."""
        from homelab.loki.configured import configured

        return configured(self.settings, logcli, wait=wait)
