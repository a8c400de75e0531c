"""The runs of this account on this host that an answer does not include: runs that wait for Loki,
runs in the journal from before Loki was set, runs with a time from a wrong clock, and runs that
were lost on the way. Other accounts and hosts may have more, which this host can't see."""

from __future__ import annotations

from homelab.errors import Failure
from homelab.output.columns import visible
from homelab.output.progress import Progress
from homelab.system import paths
from homelab.telemetry import ledger, outbox, sinks
from homelab.telemetry.account import account, labels
from homelab.telemetry.event import EARLIEST, TOO_NEW
from homelab.usage.counts import Question
from homelab.usage.from_journal import JournalRuns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context


class Uncounted:
    """The number of runs that are left out: `waiting` in the outbox, of which some are `tried`
    (Loki may have them), in the `journal` although Loki is asked, `misdated` in the journal by a
    wrong clock, `dropped` or `refused` on their way to Loki. `why` is a sentence if the journal
    can't be read, and `shows` a command that counts the journal's runs, "" if there is none."""

    __slots__ = (
        "dropped", "journal", "misdated", "refused", "sent", "shows", "tried", "waiting", "why",
    )  # fmt: skip

    def __init__(self, sent: bool) -> None:
        self.sent = sent
        self.waiting = self.tried = self.journal = self.misdated = self.dropped = self.refused = 0
        self.why = self.shows = ""

    def facts(self) -> dict[str, object]:
        """JSON facts: the numbers that are not 0, if any."""
        names = ("waiting", "tried", "journal", "misdated", "dropped", "refused")
        numbers = {name: getattr(self, name) for name in names if getattr(self, name)}
        return {"uncounted": numbers} if numbers else {}

    def notes(self) -> tuple[str, ...]:
        """A note about all of them, if there are any."""
        parts = []
        if self.waiting:
            when = "" if self.sent else " from when Loki was set"
            tried = f", {self.tried} of which Loki may have" if self.tried else ""
            wait = "waits" if self.waiting == 1 else "wait"
            what = f"{_runs(self.waiting)} {wait} in this account's outbox{when}{tried}"
            parts.append(f"{what} (homelab usage status)")
        if self.journal:
            shows = f" ({self.shows} shows them)" if self.shows else ", never sent"
            parts.append(f"{_runs(self.journal)} in the journal from before Loki was set{shows}")
        if self.misdated:
            parts.append(f"{_runs(self.misdated)} in the journal with a time from a wrong clock")
        lost = [f"{self.dropped} dropped"] if self.dropped else []
        lost += [f"{self.refused} refused"] if self.refused else []
        if lost:
            what = f"{_runs(self.dropped + self.refused)} lost on the way to Loki"
            parts.append(f"{what}: {', '.join(lost)} (homelab usage status)")
        if self.why:
            parts.append(f"the journal's runs from before Loki was set: {self.why}")
        return (visible(f"not counted: {'; '.join(parts)}"),) if parts else ()


def uncounted(context: Context, asked: Question, misdated: int | None = None) -> Uncounted:
    """The runs that an answer to the question leaves out. Runs with an impossible time count for
    any window; those in the journal are read, unless their number is known (`misdated`)."""
    sink, folder = sinks.chosen(context.settings), paths.state(context.env)
    found = Uncounted(sink.sent)
    if asked.user and asked.user not in labels(context.settings, account()):
        return found
    last = context.clock() + TOO_NEW
    for entry in outbox.waiting(folder):
        inside = asked.start < entry.moment <= asked.end
        if asked.names(entry.verb) and (inside or not EARLIEST <= entry.moment <= last):
            found.waiting += 1
            found.tried += bool(entry.mark)
    if misdated is None or found.sent:
        _read_journal(context, asked, found)
    else:
        found.misdated = misdated
    book = ledger.read(folder)
    lost = book.last_loss or book.last_failure  # earlier builds kept no time of a loss
    if lost > asked.start or lost < EARLIEST:  # or a wrong clock set it
        found.dropped, found.refused = book.dropped, book.refused
    return found


def _read_journal(context: Context, asked: Question, found: Uncounted) -> None:
    runs = JournalRuns(context, Progress(context.stderr, False))
    try:
        if found.sent:
            kept = runs.counts(Question(asked.start, asked.end, verb=asked.verb, tries=asked.tries))
            found.misdated, found.journal = kept.misdated or 0, kept.total()
        else:
            found.misdated = runs.misdated(asked)
    except Failure as failure:
        found.why = failure.sentence if found.sent else ""
    if context.settings.value("loki.url").source == "environment":
        found.shows = "env -u HOMELAB_LOKI_URL homelab usage top"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
