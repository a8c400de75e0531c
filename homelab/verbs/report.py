"""`usage report`: all that the counts say, as a page to look at, to print and to hand on."""

from __future__ import annotations

import time

from homelab import __version__, arguments, catalogue, offered, opener, sinks, times, whole
from homelab.analytics import sections
from homelab.analytics.decisions import Thresholds
from homelab.errors import DONE, NO, USAGE, Failure
from homelab.output.page.html import page
from homelab.runs import USER, VERB, Question
from homelab.sinks import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.output.answer import Text
    from homelab.sinks import Runs


def report(context: Context, values: Values) -> Text:
    """Write the page, and show it where that is asked for."""
    path = values.output
    if values.open and path in whole.STDOUT:
        raise Failure(USAGE, "--open shows a file, and -o - writes none", "usage report")
    now = context.clock()
    start, end = times.window(values.since, now)
    text, said, missing = sinks.read(context, lambda runs: _page(context, runs, start, end))
    answer = whole.answer(path, text)
    answer.code = NO if missing else DONE
    for sentence in said:
        context.say(f"homelab: {sentence}")
    if context.terminal() and path not in whole.STDOUT:
        context.say(f"homelab: {path} is written")
    if values.open and not opener.open_file(path, context.env):
        context.say(
            f"homelab: no program that shows pages was found here; open {path} in a browser"
        )
    return answer


def _page(context: Context, runs: Runs, start: int, end: int) -> tuple[str, tuple[str, ...], bool]:
    """The page, what has to be said of it, and whether a part of the window is missing."""
    verbs = runs.counts(Question(start, end, VERB, answers=Answers()))
    users = runs.counts(Question(start, end, USER))
    versions = runs.counts(offered.known_by(start, end))
    dropins = offered.running(context)
    usage = sections.Usage(
        start,
        end,
        verbs,
        users,
        offered.offers(dropins, versions),
        offered.own(dropins),
        _thresholds(end),
        bool(runs.whose),
    )
    missing = sinks.missing(verbs, users, versions)
    nothing = sinks.nothing(runs, start)
    zone = time.strftime("%Z", time.localtime(end // times.SECOND))
    window = f"{times.local(start)} to {times.local(end)} {zone}"
    since = sections.since(start, end)
    text = page(
        "How homelab is used",
        f"{window}, from {runs.name}",
        sections.facts(usage),
        sections.sections(usage),
        f"Made by homelab {__version__} (homelab usage report {since}). Times are those of {zone},"
        " days those of UTC. Of a run its verb, account, exit code and version are known, and"
        " nothing else.",
        warnings=missing,
        empty=nothing,
    )
    said = missing if verbs.days else (nothing, *missing)
    return text, said, bool(missing)


def _thresholds(now: int) -> Thresholds:
    """What `usage next` decides by where nothing else is said."""
    least = arguments.parse(catalogue.verb("usage next"), [], now)
    return Thresholds(least.min_runs, least.min_tries, least.min_users, least.max_failing / 100)
