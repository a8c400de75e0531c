"""`usage …`: how the verbs are used. None of these is counted itself."""

from __future__ import annotations

from homelab import catalogue, places, times
from homelab.analytics import counts
from homelab.errors import UNCONFIGURED, Failure
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.analytics.counts import Tally
    from homelab.arguments import Values
    from homelab.context import Context

_TOP = (
    Column("verb"),
    Column("runs", "count"),
    Column("share", "share"),
    Column("users", "count"),
    Column("failed", "count"),
    Column("last", "moment"),
)


def top(context: Context, arguments: Values) -> Table:
    """The most used verbs in a window, from whichever sink is configured."""
    start, end = times.window(arguments.since, context.clock())
    tally, source = _tally(context, start, end, arguments.user, arguments.limit)
    answers = {path: _answers(path) for path in {path for path, _ in tally.runs}}
    rows, verbs, runs = counts.top(tally, answers, arguments.limit)
    hidden = verbs - len(rows)
    notes = (f"{hidden} more verbs were used; --limit {verbs} shows all",) if hidden else ()
    return Table(
        "homelab.usage-top/1",
        _TOP,
        rows,
        facts={
            "source": source,
            "since": times.rfc3339(start),
            "until": times.rfc3339(end),
            "verbs": verbs,
            "runs": runs,
        },
        notes=notes,
        empty=f"no runs since {times.local(start)} in {source}; run a verb, such as homelab host"
        " status, and ask again",
    )


def _answers(path: str) -> frozenset[int]:
    """The exit codes that are an answer of that verb."""
    verb = catalogue.find(path)
    return frozenset(verb.answers if verb else (0,))


def _tally(
    context: Context, start: int, end: int, user: str | None, newest: int
) -> tuple[Tally, str]:
    if context.settings.text("loki.url"):
        from homelab.telemetry import tiles

        loki = context.loki()
        return tiles.read(loki, start, end, user or "", newest), str(loki.address)
    from homelab.telemetry import journal
    from homelab.telemetry.account import account

    folder = places.state(context.env)
    own = account()
    if user not in (None, own):
        return counts.Tally(), f"{own}'s journal, which is {own}'s alone"
    try:
        return journal.read(folder, start, end, own), f"{own}'s journal"
    except OSError as error:
        raise Failure(
            UNCONFIGURED, f"the journal {folder}/{journal.NAME} can't be read: {error.strerror}"
        ) from None
