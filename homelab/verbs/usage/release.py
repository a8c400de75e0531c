"""`usage release`: the file that a lab sends to the maintainers of homelab, shown before it is
written."""

from __future__ import annotations

import errno
import os

from homelab import __version__, times
from homelab.errors import DONE, NO, UNCONFIGURED, USAGE, Failure
from homelab.output import to_file
from homelab.output.answer import Text
from homelab.output.columns import render, visible, visible_lines
from homelab.system import paths
from homelab.system.ownership import Untrusted
from homelab.telemetry import lab as labs
from homelab.telemetry import sinks
from homelab.texts import filled, quoted, text_width
from homelab.usage import availability, decisions, offer, release_file, source
from homelab.usage import release as releases
from homelab.usage.counts import VERB, Counts, Question
from homelab.usage.outcome import PASSES_ON
from homelab.usage.source import Rules
from homelab.verbs.usage.confirm import confirm, require_somebody

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.telemetry.lab import Lab
    from homelab.usage.release import Span
    from homelab.usage.release_file import Habit, Release
    from homelab.usage.source import Runs

_MOST_MONTHS = 36
_FEWER = "ask for fewer --months, or for more --min-users"
_YEAR = 366 * times.DAY  # the time in which other accounts are looked for
# the time in which a version must have run to be known at the window's beginning
_BEFORE = 31 * times.DAY


class _Made:
    """A release of the runs of a `place`, the `least` accounts that its rows have by default, and
    the sentences `before` and after it (`notes`)."""

    __slots__ = ("before", "least", "notes", "place", "release")

    def __init__(
        self, release: Release, place: str, least: int, before: list[str], notes: list[str]
    ) -> None:
        self.release = release
        self.place = place
        self.least = least
        self.before = before
        self.notes = notes


def release(context: Context, values: Values) -> Text:
    """Show the release, ask, and write it."""
    path = values.output
    if values.months > _MOST_MONTHS:
        raise Failure(USAGE, f"--months is at most {_MOST_MONTHS}", "usage release")
    if values.min_users and values.min_users > release_file.MOST_USERS:
        raise Failure(USAGE, f"--min-users is at most {release_file.MOST_USERS}", "usage release")
    if not (values.yes or values.dry_run):
        what = "nothing is written without --yes if nobody can be asked"
        require_somebody(context, f"{what}; --dry-run shows the file", "usage release")
    # if the file can't be written, there is no need to read, show and ask
    target = None if values.dry_run else to_file.target(path, context.env)
    folder = paths.state(context.env)
    known = _kept(folder)
    lab = known or labs.new()
    if target and not known:
        _refuse_unwritable(folder)
    made = source.read(context, lambda runs: _made(context, runs, values, lab))
    _refuse_too_large(made.release)
    shown = "new, made when the file is written" if values.dry_run and not known else ""
    text = _preview(context, made, shown)
    if target is None:
        return Text(text)
    _show(context, text, path in to_file.STDOUT)
    if not values.yes:
        refused = "nothing is written; answer y, or give --yes, to write it"
        confirm(context, f"{'replace' if target.replaced else 'write'} {path}?", refused)
    is_new = _keep(context, folder, lab, made, known is None)
    try:
        answer = to_file.answer(path, release_file.dumps(made.release))
    except Failure:
        if is_new:  # the id is in no file
            labs.remove(folder)
        raise
    if context.terminal() and target.file:
        context.message(f"{path} is written; homelab usage merge reads it")
    answer.code = DONE
    return answer


def _refuse_too_large(release: Release) -> None:
    """Raises Failure (1) if `usage merge` would not read the file."""
    why = release_file.too_large(release)
    if why:
        raise Failure(NO, f"no release: {why}, which homelab usage merge does not read; {_FEWER}")


def _made(context: Context, runs: Runs, values: Values, lab: Lab) -> _Made:
    whose = runs.whose
    source.hand_on(runs, accounts=False)
    now = times.window(0, context.clock())[1]
    spans = releases.spans(now, values.months, values.current)
    if not spans:
        raise Failure(NO, "no release: this host's clock is not set; see homelab usage doctor")
    counted = [_counts(context, runs, span) for span in spans]
    reach = _reach(runs, spans, counted, now)
    since = reach.counted_since
    chosen = [
        (span, counts)
        for span, counts in zip(spans, counted)
        if (span.end > since if values.current else releases.whole([span], since))
    ]
    if since and not chosen:
        month, day = releases.first_release(since)
        # a journal keeps the counts of its days for ever
        keeps = "" if reach.searched is None else f", if {runs.name} keeps runs for so long"
        raise Failure(
            NO,
            "no whole month is counted yet: runs are counted since"
            f" {times.date(times.day_of(since))} (UTC),"
            f" so {month} is the first, from {day} on{keeps}; --current includes incomplete months",
        )
    if not any(counts.days for _, counts in chosen):
        if values.current:
            asked = Question(spans[0].start, now)
            none = source.nothing(context, runs, asked.start)
            raise Failure(NO, "; ".join((none, *source.switched_off(context, asked))))
        what = f"no runs of {' to '.join(dict.fromkeys((spans[0].name, spans[-1].name)))}"
        what += f" in {runs.name}"
        raise Failure(NO, visible(f"{what}; --current includes months that are not over"))
    built_in = frozenset(
        verb.path for verb in context.built_in.every() if verb.recorded and not verb.discovery
    )
    _set_accounts(context, runs, chosen)
    seen = {name for _, counts in chosen for name in decisions.active(counts)}
    place = _place(context, whose)
    default, why = decisions.accounts_needed(None, len(seen)), ""
    if not values.min_users:
        default, why = _default(context, runs, lab, lab.id(place), seen, now)
    least = values.min_users or default
    accounts = release_file.range_of(len(seen))
    rows = [
        row
        for span, counts in chosen
        for row in releases.rows(span.name, releases.uses(counts, built_in), least, accounts)
    ]
    first, last = chosen[0][0], chosen[-1][0]
    habits, notes = _habits(context) if values.with_habits else (None, [])
    made = release_file.Release(
        __version__,
        lab.id(place),
        [releases.month_of(span, since) for span, _ in chosen],
        accounts,
        least,
        _offered(context, runs, first, built_in),
        rows,
        habits,
    )
    names = releases.names_left_out([counts for _, counts in chosen], built_in)
    notes += releases.after_rows(made, names, [span.name for span, _ in chosen if not span.settled])
    if why:
        notes.append(f"{why}, so rows need {default} accounts; --min-users 1 folds nothing")
    notes += source.left_out(context, Question(first.start, last.end, tries=True)).notes()
    return _Made(made, place, default, releases.before_rows(made, whose), notes)


def _counts(context: Context, runs: Runs, span: Span) -> Counts:
    """The runs and tries of a month. Raises Failure (1) if a part of them can't be read."""
    # runs of a settled month are known to its last ns; in the current month clocks may be ahead
    ahead = 0 if span.settled else times.AHEAD
    asked = Question(
        span.start,
        span.end,
        VERB,
        rules=Rules(context, []),
        ahead=ahead,
        reach=False,
        tries=True,
    )
    return _without_gaps(runs.counts(asked))


def _without_gaps(counts: Counts) -> Counts:
    if counts.gaps:
        why = "; ".join(source.missing(counts))
        raise Failure(NO, f"no release from a part: {why}; try again, or with fewer --months")
    return counts


def _reach(runs: Runs, spans: list[Span], counted: list[Counts], now: int) -> Counts:
    """Counts that say since when runs are counted, if that is after the first day of the months.
    Raises Failure (1) if it is not known."""
    together = Counts()
    for counts in counted:
        first = counts.first_day()
        if first is not None:
            together.add("", first, 0, 1, PASSES_ON)
    runs.reach(Question(spans[0].start, now, tries=True), together)
    if together.reach_unknown:
        raise Failure(
            NO,
            "no release: the first counted run is not known, so no month is known to be"
            f" whole: {together.reach_unknown}",
        )
    return together


def _set_accounts(context: Context, runs: Runs, chosen: list[tuple[Span, Counts]]) -> None:
    """Set the accounts that ran each label in each month, by their runs. The accounts in an index
    are not enough to fold by: it may name one that ran the label in another month, or whose runs
    are deleted. An account that ran under its name and its pseudonym is one account, if this reader
    has the key."""
    first, last = chosen[0][0], chosen[-1][0]
    ahead = 0 if last.settled else times.AHEAD
    asked = Question(first.start, last.end, ahead=ahead, reach=False, tries=True)
    names = {name for accounts in runs.whom(asked).values() for name in accounts}
    by_month = {span.name: counts for span, counts in chosen}
    for counts in by_month.values():
        counts.with_whom = {}
    for name in sorted(names - _pseudonyms(context, names)):
        asked = Question(first.start, last.end, user=name, ahead=ahead, reach=False, tries=True)
        for key, days in _without_gaps(runs.counts(asked)).days.items():
            for month in {times.date(day)[:7] for day in days} & by_month.keys():
                by_month[month].with_whom.setdefault(key, set()).add(name)


def _pseudonyms(context: Context, names: set[str]) -> set[str]:
    """The names that are another name's pseudonym; a question for that account finds their runs
    anyway."""
    if not context.settings.text("telemetry.account_key_file"):
        return set()
    from homelab.telemetry.account import labels

    return {other for name in names for other in labels(context.settings, name)[1:]}


def _default(
    context: Context, runs: Runs, lab: Lab, name: str, seen: set[str], now: int
) -> tuple[int, str]:
    """How many accounts a row needs by default, and why it is more than those `seen` in these
    months would give, "" if it is not. One account may be the only one of several that ran anything
    in these months, and then its runs must not be shown to the others. `name` is the lab's id."""
    default = decisions.accounts_needed(None, len(seen))
    if runs.whose:  # the journal never had another account's runs
        return max(default, lab.least.get(name, 0)), ""
    earlier = max(lab.least.values(), default=0)  # for any address of that Loki
    if earlier > default:
        return earlier, "an earlier release of this account's saw more accounts"
    if default > 1:
        return default, ""
    try:
        names = {
            account
            for accounts in runs.whom(Question(now - _YEAR, now, tries=True)).values()
            for account in accounts
        }
        others = names - _pseudonyms(context, names) - seen
    except Failure as failure:
        why = f"whether more accounts ran homelab in the last year is not known ({failure})"
        return 2, why
    if others:
        return 2, "more accounts ran homelab in the last year"
    return default, ""


def _place(context: Context, whose: str) -> str:
    """The place from which the runs are read; the lab's id is a keyed hash of it."""
    if not sinks.chosen(context.settings).sent:
        return f"journal\0{whose}"
    from urllib.parse import urlsplit

    # the same for every spelling of the address and every load balancer (loki.lb)
    parts = urlsplit(context.loki().address.base)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    tenant = context.settings.text("loki.tenant")
    return f"loki\0{parts.scheme}://{host}:{port}{parts.path}\0{tenant}"


def _offered(context: Context, runs: Runs, first: Span, built_in: frozenset[str]) -> list[str]:
    """The built-in verbs that were available before the first month began."""
    asked = offer.known_before(first.start, first.start + _BEFORE)
    offers = availability.offers(context.built_in, [], _without_gaps(runs.counts(asked)))
    return [
        each.verb
        for each in offers
        if each.verb in built_in and each.state(first.start) == offer.UNUSED
    ]


def _habits(context: Context) -> tuple[list[Habit], list[str]]:
    """The public words that this account typed in its shells, sorted by name, since their order
    must tell nothing; and notes on them."""
    from homelab.habits.reading import public_uses  # late: most releases have none

    uses, problems = public_uses(context.env)
    habits = [
        release_file.Habit(
            use.words,
            release_file.range_of(use.runs),
            release_file.range_of(use.days) if use.days else None,
        )
        for use in sorted(uses, key=lambda use: str(use.words))
        if release_file.is_habit(use.words)
    ]
    return habits, list(problems)


def _preview(context: Context, made: _Made, lab: str) -> str:
    """The release as a person reads it, with its notes."""
    found = made.release
    width = context.width()
    paragraphs = [
        _sentences(made.before, width),
        render(releases.table(found), width=width) if found.rows else f"{releases.no_row(found)}\n",
    ]
    if found.habits is not None:
        from homelab.telemetry.account import account

        said = f"typed in the shells of {account()}, who makes this release, in all their history:"
        if not found.habits:
            said = f"no public words are in the shell histories of {account()}"
        table = render(releases.habits_table(found), width=width) if found.habits else ""
        paragraphs.append(f"{visible(said)}\n{table}")
    sentences = [*releases.rest(found, lab or found.lab, width), *made.notes]
    paragraphs.append(_sentences(sentences, width))
    return "\n".join(paragraphs)


def _sentences(sentences: list[str], width: int) -> str:
    """A line for each sentence, wrapped to a terminal's width; the lines of a list stay."""
    shown = [visible_lines(sentence) for sentence in sentences]
    if width:
        shown = [
            line
            for sentence in shown
            for part in sentence.splitlines()
            for line in filled(part.split(" "), text_width(width), "  " * part.startswith("  "))
        ]
    return "".join(f"{line}\n" for line in shown)


def _show(context: Context, text: str, talk: bool) -> None:
    """Write the preview at once: it must be shown before the file is written."""
    if talk:
        context.say(text.rstrip("\n"))
        return
    context.write_utf8()
    try:
        context.stdout.write(visible_lines(text))
        context.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        why = error.strerror or str(error)
        raise Failure(NO, f"nothing is written: the preview can't be shown: {why}") from None


def _kept(folder: str) -> Lab | None:
    """The lab of earlier releases. Raises Failure (78) if it can't be read: with a new one, this
    lab would count twice."""
    try:
        return labs.read(folder)
    except OSError as error:
        raise _unusable(folder, error) from None


def _refuse_unwritable(folder: str) -> None:
    """Raises Failure (78) if no file can be made in the state folder, or the folder itself
    can't."""
    above = folder
    while above and not os.path.lexists(above):
        above = os.path.dirname(above)
    if above and not os.access(above, os.W_OK):
        denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        raise _unusable(folder, denied) from None


def _keep(context: Context, folder: str, lab: Lab, made: _Made, new: bool) -> bool:
    """Keep the lab's key and the data that later releases need, before the file is written; returns
    whether the key was made. If another release made it meanwhile, this one gets its id. Raises
    Failure (1) if the release would differ now, (78) if the key can't be kept."""
    found = made.release
    try:
        lab.least[found.lab] = max(made.least, lab.least.get(found.lab, 0))
        if new and labs.make(folder, lab):
            return True
        kept = labs.read(folder)
        if kept is None:
            raise Failure(NO, "no release: the lab's key was deleted meanwhile; try again")
        name = kept.id(made.place)
        if name != found.lab:
            context.message(f"another release was made meanwhile, so the id of this lab is {name}")
        found.lab = name
        if new and kept.least.get(name, 0) > made.least:
            why = "a release that was made meanwhile saw more accounts"
            raise Failure(NO, f"no release: {why}; try again")
        if kept.least.get(name, 0) < made.least:
            kept.least[name] = made.least
            labs.write(folder, kept)
    except OSError as error:
        raise _unusable(folder, error) from None
    return False


def _unusable(folder: str, error: OSError) -> Failure:
    where = os.path.join(folder, labs.NAME) if folder else "the lab's key"
    why = error.strerror or str(error)
    if isinstance(error, Untrusted) and error.component == where:
        why = "; ".join((error.why, error.fix))
    elif error.errno in (errno.EINVAL, errno.EISDIR, errno.EACCES):
        option = "-rf" if error.errno == errno.EISDIR else "-f"
        why = f"{why}; restore it, or begin as a new lab: rm {option} {quoted(where)}"
    return Failure(
        UNCONFIGURED, f"no release: {where}, which the lab's id is made with, can't be used: {why}"
    )
