"""Read the runs of this host's sink, and write the sentences that the counts of any sink need."""

from __future__ import annotations

import os

from homelab import times
from homelab.errors import DONE, NO, Failure
from homelab.output.columns import visible
from homelab.system import paths
from homelab.telemetry import sinks
from homelab.usage.outcome import PASSES_ON, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Protocol, TypeVar

    from homelab.context import Context
    from homelab.dropins.dropin import Dropin
    from homelab.output.answer import Table
    from homelab.output.progress import Progress
    from homelab.telemetry.sinks import Sink
    from homelab.usage.counts import Counts, Event, Gap, Question
    from homelab.usage.uncounted import Uncounted

    Answer = TypeVar("Answer")

    class Runs(Protocol):
        """The runs of a sink: its `name` for people, the one account `whose` runs it holds ("" for
        all), the counts, and `whom`: the accounts that ran each verb. `begins` is the time (ns)
        after which `events` has every run, known once it has ended; older runs are kept as counts
        only. Made of a Context and a Progress."""

        name: str
        whose: str
        begins: int
        own_names: bool  # whether an account's own verbs have their real names

        def __init__(self, context: Context, progress: Progress, /) -> None: ...

        def counts(self, asked: Question) -> Counts: ...

        def whom(self, asked: Question) -> dict[str, set[str]]: ...

        def events(self, asked: Question) -> Iterator[list[Event]]: ...

        def reach(self, asked: Question, counts: Counts) -> None:
            """Set `counted_since` of counts that were made from `events`."""

        def fresh(self) -> None:
            """Ignore the counts kept from earlier answers."""

        def keep(self) -> None:
            """Keep the counts that later answers may use. Never raises."""


def read(context: Context, verb: Callable[[Runs], Answer], fresh: bool = False) -> Answer:
    """The value of `verb`, called with the runs of this host's sink; `fresh` asks for all of them
    again. Shows progress meanwhile."""
    _tell_ignored(context)
    with context.progress() as progress:
        runs = _sink(context, progress)
        if fresh:
            runs.fresh()
        try:
            return verb(runs)
        except Failure as failure:
            _name_pusher(context, failure)
            raise
        finally:
            runs.keep()


def _name_pusher(context: Context, failure: Failure) -> None:
    """Raise another Failure for a refused question if this account's runs are delivered: its user
    may push, and not read."""
    if failure.status not in (401, 403):
        return
    from homelab.telemetry import ledger

    book = ledger.read(paths.state(context.env))
    who = context.loki().sent.who
    if who and book.last_delivery > book.last_failure:
        when = times.local(book.last_delivery)
        what = f"{who} may push but not read ({failure.status}): runs are delivered, the last at"
        sentence = f"{what} {when}; to read them, use a user that may read"
        raise Failure(failure.code, sentence) from failure


def stream(context: Context, asked: Question) -> tuple[Runs, Iterator[list[Event]]]:
    """This host's sink, and the runs that match the question, in batches."""
    _tell_ignored(context)
    progress = context.progress()
    runs = _sink(context, progress)

    def batches() -> Iterator[list[Event]]:
        with progress:
            try:
                for batch in runs.events(asked):
                    progress.over()  # the rows show the progress
                    yield batch
            except Failure as failure:
                _name_pusher(context, failure)
                raise

    return runs, batches()


def runs_of(sink: Sink) -> type[Runs]:
    """The class that reads a sink, by the sink's name: `LokiRuns` in usage/from_loki.py."""
    module = __import__(f"{__package__}.from_{sink.name.lower()}", fromlist=["Runs"])
    runs: type[Runs] = getattr(module, f"{sink.name.capitalize()}Runs")
    return runs


def _tell_ignored(context: Context) -> None:
    """Say that the account's settings file is ignored: it may name another sink."""
    ignored = context.settings.refused()
    if ignored:
        context.message(ignored)


def _sink(context: Context, progress: Progress) -> Runs:
    return runs_of(sinks.chosen(context.settings))(context, progress)


def least(runs: Runs, given: int | None) -> int:
    """How many accounts a row needs in output that is passed on to others. An account's own journal
    has one, whose owner passes it on."""
    from homelab.usage.few import LEAST

    return given or (1 if runs.whose else LEAST)


def hand_on(runs: Runs, accounts: bool) -> None:
    """Leave the account out of the sink's name, and the real names of its own verbs out of its
    runs, unless the output names `accounts`."""
    runs.own_names = accounts
    if runs.whose and not accounts:
        runs.name = "an account's own journal"


def nothing(context: Context, runs: Runs, start: int, user: str = "", verb: str = "") -> str:
    """The sentence for an answer without runs since `start` (ns): none of `verb` and none by
    `user`, if given, even if there are others."""
    asked = (f" of {verb}" if verb else "") + by(user)
    alone = f", which has only {runs.whose}'s" if user and runs.whose not in ("", user) else ""
    since = f"since {times.local(start)} in {runs.name}"
    if asked:
        advice = "; homelab usage top shows what was run"
    else:  # `switched_off` has the reason
        off = is_off(context)
        advice = "" if off else "; run a verb, such as homelab host status, and try again"
    return visible(f"no runs{asked} {since}{alone}{advice}")


def facts(runs: Runs, start: int, end: int, /, **more: object) -> dict[str, object]:
    """Facts for JSON, beside the rows: the sink, the window, and the given facts."""
    window = {"since": times.rfc3339(start), "until": times.rfc3339(end)}
    return {"source": runs.name, **window, **more}


def by(user: str) -> str:
    """` by USER`, for a sentence about one account's runs; "" for all accounts."""
    return visible(f" by {user}") if user else ""


class Rules:
    """How to read the exit codes of each verb: of built-ins from the catalogue, of this host's
    drop-ins from their headers. A verb is looked up on first use, so that a run reads only the
    needed parts of the catalogue and of the drop-in folders."""

    def __init__(self, context: Context, dropins: list[Dropin] | None = None) -> None:
        self._context = context
        self._built_in = context.built_in
        self._dropins = dropins  # the ones that run here, if the caller knows them
        self._read: tuple[dict[str, Rule], dict[str, Rule]] | None = None

    def get(self, verb: str) -> Rule:
        """The rule of a verb; PASSES_ON if this host has no description of it."""
        found = self._built_in.find(verb)
        if found:
            return Rule(frozenset(found.answers), found.passes_on)
        return PASSES_ON if verb.startswith("(") else self._headers()[0].get(verb, PASSES_ON)

    def own(self, verb: str) -> Rule:
        """The rule of an account's own verb, for its own journal."""
        return self._headers()[1].get(verb, PASSES_ON)

    def unjudged(self, verbs: Iterable[str]) -> frozenset[str]:
        """The verbs whose exit codes do not say whether a run failed: they pass on those
        of another program, or this host has no description of them."""
        return frozenset(verb for verb in verbs if not self._judges(verb))

    def _judges(self, verb: str) -> bool:
        built_in = self._built_in.find(verb)
        if built_in:
            return not built_in.passes_on
        if verb.startswith("("):
            return False
        return not (self.get(verb).passes_on and self.own(verb).passes_on)

    def items(self) -> list[tuple[str, Rule]]:
        """The verbs with another rule than PASSES_ON, and that rule."""
        every = [(verb.path, self.get(verb.path)) for verb in self._built_in.every()]
        every += self._headers()[0].items()
        return [(path, rule) for path, rule in every if rule != PASSES_ON]

    def _headers(self) -> tuple[dict[str, Rule], dict[str, Rule]]:
        if self._read is None:
            from homelab.usage import availability  # late: most runs have no drop-in

            if self._dropins is None:
                self._dropins = availability.running(self._context)
            self._read = availability.rules(self._dropins)
        return self._read


def left_out(context: Context, asked: Question, misdated: int | None = None) -> Uncounted:
    """The runs of this account that an answer to the question does not include."""
    from homelab.usage.uncounted import uncounted

    return uncounted(context, asked, misdated)


def _sent_once(context: Context) -> bool:
    """Whether this account ever had runs for a Loki; some may wait or be lost."""
    folder = paths.state(context.env)
    return any(os.path.lexists(f"{folder}/{name}") for name in ("outbox", "sender"))


def is_off(context: Context) -> bool:
    """Whether this account's runs are not counted."""
    from homelab.telemetry import consent

    return consent.of_account(context.env, context.settings).state == "off"


def switched_off(context: Context, asked: Question) -> tuple[str, ...]:
    """A note that this account's newer runs are missing from an answer to the question, if counting
    is off."""
    from homelab.telemetry import consent
    from homelab.telemetry.account import account, labels

    said = consent.of_account(context.env, context.settings)
    if said.state != "off" or asked.user not in ("", *labels(context.settings, account())):
        return ()
    return (visible(f"counting is off ({said.who}): this account's newer runs are missing"),)


def settle(context: Context, runs: Runs, asked: Question, table: Table, *counted: Counts) -> Table:
    """The table, with notes and facts on runs that its counts lack, and the exit code for that. The
    first of the counts are those of the window that was `asked` for."""
    misdated = counted[0].misdated
    if misdated != 0 or _sent_once(context):
        out = left_out(context, asked, misdated)
        table.facts.update(out.facts())
        table.notes += out.notes()
    gaps = {
        (times.rfc3339(gap.start), times.rfc3339(gap.end), gap.reason)
        for counts in counted
        for gap in counts.gaps
    }
    unread = dict.fromkeys(counts.unread for counts in counted if counts.unread)
    table.code = NO if gaps or unread else DONE
    table.notes += tuple(f"the last run of some is not known: {reason}" for reason in unread)
    if counted[0].whom_unknown:
        table.notes += (f"the accounts of the runs are not known: {counted[0].whom_unknown}",)
    if counted[0].begins:
        table.facts["since"] = times.rfc3339(counted[0].begins)
        table.notes += whole_day(counted[0])
    table.facts.update(kept_facts(counted))
    table.notes += kept_notes(counted, runs.name)
    table.facts.update(reach_facts(counted[0]))
    table.notes += reached(counted[0], runs)
    table.notes += switched_off(context, asked)
    if gaps:
        names = ("since", "until", "reason")
        table.facts["missing"] = [dict(zip(names, gap)) for gap in sorted(gaps)]
        table.notes += missing(*counted)
    return table


def whole_day(counts: Counts) -> tuple[str, ...]:
    """A note on the first day of the window, if it is kept as counts only."""
    if not counts.begins:
        return ()
    day = times.date(counts.begins // times.DAY)
    return (f"the window begins with all of {day} (UTC): that day is kept as counts only",)


def reach_facts(counts: Counts) -> dict[str, object]:
    """The JSON fact for a window that begins before the sink's first run: the time of that run,
    null if it is not known whether there are older ones."""
    if counts.reach_unknown:
        return {"counted_since": None}
    since = counts.counted_since
    return {"counted_since": times.rfc3339(since)} if since else {}


def reached(counts: Counts, runs: Runs, window: str = "") -> tuple[str, ...]:
    """A note on where the counts begin, if the sink has no run from the first day of the window;
    `window` names the window if it is not that of the answer."""
    if counts.reach_unknown:
        of = f" of {window}" if window else ""
        return (visible(f"the first counted run{of} is not known: {counts.reach_unknown}"),)
    if not counts.counted_since:
        return ()
    since = times.date(counts.counted_since // times.DAY)
    counted = f"{window} is counted since" if window else "counted since"
    return (visible(f"{counted} {since}: {_older(counts, runs)}"),)


def _older(counts: Counts, runs: Runs) -> str:
    """Why there are no older runs. A journal keeps the counts of its days for ever."""
    if runs.whose:
        own = f"{runs.whose}'s" if runs.own_names else "an account's"
        return f"{own} own runs on this host"
    older = "no older run"
    if counts.searched:
        older = f"no run from {times.date(counts.searched // times.DAY + 1)} until then"
    return f"{runs.name} has {older} (retention, or the first run)"


def kept_facts(counted: Sequence[Counts]) -> dict[str, object]:
    """JSON facts on days that only this host's cache has, and on days whose runs differ from the
    cache."""
    facts: dict[str, object] = {}
    older = [counts.older for counts in counted if counts.older]
    if older:
        facts["kept"] = {
            "first_day": times.date(min(each.first for each in older)),
            "last_day": times.date(max(each.last for each in older)),
            "since": times.rfc3339(min(each.since for each in older)),
        }
    differ = sorted({each for counts in counted for each in counts.differ})
    if differ:
        names = ("day", "kept", "runs")
        facts["differences"] = [dict(zip(names, (times.date(day), *runs))) for day, *runs in differ]
    return facts


def kept_notes(counted: Sequence[Counts], name: str) -> tuple[str, ...]:
    """Notes on days that only this host's cache has, and on days whose runs differ from the
    cache."""
    notes = []
    for counts in counted:
        if counts.older:
            first, last = times.date(counts.older.first), times.date(counts.older.last)
            of = first if first == last else f"{first} to {last}"
            since = times.date(times.day_of(counts.older.since))
            notes.append(
                f"{name} no longer has the runs of {of}: their counts come from this host's cache"
                f" (kept since {since}), without accounts"
            )
        if counts.again:
            notes.append(f"the cached days were read from Loki again: {counts.again}")
    differ = sorted({each for counts in counted for each in counts.differ})
    if differ:
        days = ", ".join(f"{times.date(day)} ({was} runs, now {now})" for day, was, now in differ)
        notes.append(f"differs from the cached counts: {days}")
    return tuple(map(visible, dict.fromkeys(notes)))


def missing(*counted: Counts) -> tuple[str, ...]:
    """A sentence for each part of the window that could not be read, without repeats."""
    return tuple(dict.fromkeys(_missing(gap) for counts in counted for gap in counts.gaps))


def _missing(gap: Gap) -> str:
    first, last = times.date(times.day_of(gap.start + 1)), times.date(times.day_of(gap.end))
    days = first if first == last else f"{first} to {last}"
    return f"the runs of {days} are missing from all figures: {gap.reason}"
