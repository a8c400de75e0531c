"""`usage report`: all counts as a page to read, print and pass on."""

from __future__ import annotations

import time

from homelab import __version__, times
from homelab.catalogue import arguments
from homelab.errors import DONE, NO, USAGE, Failure
from homelab.output import to_file
from homelab.output.page.html import page
from homelab.system import browser
from homelab.usage import availability, offer, source
from homelab.usage.counts import USER, VERB, Question, since
from homelab.usage.decisions import Thresholds
from homelab.usage.report import Usage, facts, sections
from homelab.usage.source import Rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Text
    from homelab.usage.source import Runs


def report(context: Context, values: Values) -> Text:
    """Write the page, and open it with --open."""
    path = values.output
    if values.open and path in to_file.STDOUT:
        raise Failure(USAGE, "--open needs a file, and -o - writes to stdout", "usage report")
    target = to_file.target(path, context.env)
    now = context.clock()
    start, end = times.window(values.since, now)
    text, said, missing = source.read(
        context, lambda runs: _page(context, runs, start, end, values), values.fresh
    )
    answer = to_file.answer(path, text)
    answer.code = NO if missing else DONE
    for sentence in said:
        context.message(sentence)
    if context.terminal() and target.file:
        context.message(f"{path} is written")
    if values.open and not browser.open_file(path, context.env):
        context.message(f"no browser was found; open {path} in a browser")
    return answer


def _page(
    context: Context, runs: Runs, start: int, end: int, values: Values
) -> tuple[str, tuple[str, ...], bool]:
    """The page, the sentences for the terminal, and whether a part of the window is missing."""
    source.hand_on(runs, values.accounts)
    dropins = availability.running(context)
    rules = Rules(context, dropins)
    verbs = runs.counts(Question(start, end, VERB, rules=rules, tries=True, by_hand=True))
    users = None
    if values.accounts and not runs.whose:
        users = runs.counts(Question(start, end, USER, reach=False))
    own = availability.own(context.built_in, dropins)
    if not values.accounts:  # the page may go to others: no names of own verbs
        own = {word: word if path else "" for word, path in own.items()}
    versions = runs.counts(offer.known_by(start, end))
    usage = Usage(
        start,
        end,
        verbs,
        users,
        availability.offers(context.built_in, dropins, versions),
        own,
        _thresholds(context, end),
        source.least(runs, values.min_users),
        rules.unjudged(verbs.days),
    )
    missing = source.missing(verbs, *([users] if users else []), versions)
    left_out = source.left_out(context, Question(start, end, tries=True)).notes()
    kept = source.kept_notes([verbs], runs.name)
    reached = source.reached(verbs, runs)
    warnings = (*missing, *source.whole_day(verbs), *reached, *kept, *left_out)
    nothing = source.nothing(context, runs, start)
    zone = time.strftime("%Z", time.localtime(end // times.SECOND))
    window = f"{times.local(start)} to {times.local(end)} {zone}"
    text = page(
        "How homelab is used",
        f"{window}, from {runs.name}",
        facts(usage),
        sections(usage),
        f"Made by homelab {__version__} (homelab usage report {since(start, end)}). Times are in"
        f" {zone}, days are UTC days. Of a run, only its verb, account, exit code and version"
        " are counted.",
        warnings=warnings,
        empty=nothing,
    )
    off = source.switched_off(context, Question(start, end))  # the page may go to others
    said = (*warnings, *off) if verbs.days else (nothing, *warnings, *off)
    return text, said, bool(missing)


def _thresholds(context: Context, now: int) -> Thresholds:
    """The default thresholds of `usage next`."""
    least = arguments.parse(context.built_in.verb("usage next"), [], now)
    return Thresholds(least.min_runs, least.min_tries, least.min_users, least.max_failing / 100)
