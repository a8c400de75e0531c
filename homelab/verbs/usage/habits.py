"""`usage habits`: the commands that this account types, and which of them deserve a verb."""

from __future__ import annotations

import os
import sys

from homelab import times
from homelab.errors import DONE, NO, USAGE, Failure
from homelab.habits import answered, public_words, script_line
from homelab.habits.fold import INTERPRETERS
from homelab.habits.reading import Habits, read
from homelab.output.answer import Column, Table, Text
from homelab.output.columns import visible
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.habits.groups import Group, Groups

_LEAST = 3  # runs of a habit
_COLUMNS = (
    Column("row", "count", header="#"),
    Column("command", flexible=True),
    Column("runs", "count"),
    Column("days", "count"),
    Column("values", "count"),
    Column("since", drop=1),
    Column("last", detail=True),
    Column("verb"),
)
_WORDS = (
    Column("words"),
    Column("runs", "count"),
    Column("days", "count"),
    Column("since"),
    Column("verb"),
)


class _Row:
    def __init__(self, number: int, group: Group, verb: str) -> None:
        self.row = number
        self.command = group.pattern
        self.runs = group.runs
        self.days = group.days or None
        self.values = group.values or None
        self.since = _date(group.first)
        self.last = _date(group.last)
        self.verb = verb


def habits(context: Context, arguments: Values) -> Table | Text:
    """The groups of commands, the most typed first; or the path of the verb that was begun."""
    _refuse_unattended(arguments.yes)
    own = _own(context)
    scripts = ((os.path.basename(path), verb) for path, verb in own.items())
    names = {name: verb for name, verb in scripts if not public_words.is_program(name)}
    since = -(-arguments.since // SECOND) if arguments.since is not None else 0
    with context.progress() as progress:
        progress.says("reading shell histories")
        found = read(context.env, names, since)
    groups = found.agents if arguments.agents else found.people
    if arguments.words:
        return _public(found, groups, arguments)
    every = groups.most_used()
    shown = [
        group for group in every if arguments.all or (group.runs >= _LEAST and not group.everyday)
    ]
    rows = [
        _Row(number, group, _verb(group, names, set(own.values())))
        for number, group in enumerate(shown, 1)
    ]
    if arguments.new is not None:
        return _begun(context, rows, arguments)
    if vars(arguments)["as"]:
        raise Failure(USAGE, "--as names the verb that --new begins", usage_of="usage habits")
    notes = _read(found)
    if len(rows) > arguments.limit:
        more = len(rows) - arguments.limit
        notes.append(f"{more} more commands; --limit {len(rows)} shows all")
    notes += _left_out(found, every, shown, arguments)
    return Table(
        "homelab.usage-habits/1",
        _COLUMNS,
        rows[: arguments.limit],
        facts=_facts(found),
        notes=tuple(notes),
        empty=_nothing(context, found),
        code=NO if found.problems else DONE,
    )


def _refuse_unattended(agreed: bool) -> None:
    """Raises Failure (2) where nobody is at a terminal and nobody agreed: cron and agents have no
    business in what a person typed."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if agreed or any(_is_terminal(stream) for stream in streams):
        return
    what = "shell histories are not read where no terminal is; add --yes to read them anyway"
    raise Failure(USAGE, what, usage_of="usage habits")


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream and stream.isatty())  # type: ignore[attr-defined]
    except (OSError, ValueError):
        return False


def _own(context: Context) -> dict[str, str]:
    """The scripts of this host's own verbs: path → verb."""
    from homelab.usage import availability

    return {dropin.path: dropin.verb for dropin in availability.running(context)}


def _verb(group: Group, names: dict[str, str], verbs: set[str]) -> str:
    """The verb that does what a group does: an own one by its script or its words, or a built-in;
    "" for none."""
    first, _, rest = group.pattern.partition(" ")
    script = rest.partition(" ")[0] if first in INTERPRETERS else first
    if script in names:
        return names[script]
    fixed = group.uses[0] if group.uses and group.pattern.startswith(group.uses[0]) else ""
    return fixed if fixed in verbs else answered.answer(fixed)


def _begun(context: Context, rows: list[_Row], arguments: Values) -> Text:
    """Begin a verb that runs the command of a row."""
    from homelab.dropins.names import fold
    from homelab.dropins.new import begin

    if arguments.new > len(rows):
        there = f"there are {len(rows)} rows" if rows else "there is no row"
        raise Failure(USAGE, f"--new {arguments.new}: {there}", usage_of="usage habits")
    row = rows[arguments.new - 1]
    line = script_line.of(row.command)
    verb = vars(arguments)["as"] or "/".join(
        filter(None, map(fold, script_line.fixed(row.command)))
    )
    try:
        path = begin(
            verb,
            context.verb_folders(),
            context.trusted_folders(),
            context.built_in.families,
            "usage habits",
            command=line.text,
            operands=line.arguments,
        )
    except Failure as failure:
        if not vars(arguments)["as"]:
            failure.sentence += "; --as names the verb: --as my/verb"
        raise
    context.message(f"{' '.join((verb.replace('/', ' '), *line.arguments))} runs: {line.text}")
    return Text(f"{path}\n")


def _public(found: Habits, groups: Groups, arguments: Values) -> Table:
    """The public words alone."""
    uses = [
        use
        for use in groups.uses()
        if arguments.all
        or (use.runs >= _LEAST and not public_words.is_everyday(use.words.partition(" ")[0]))
    ]
    rows = [
        (
            use.words,
            use.runs,
            use.days or None,
            _date(use.first),
            answered.answer(use.words) or None,
        )
        for use in uses
    ]
    notes = _read(found)
    if len(rows) > arguments.limit:
        notes.append(f"{len(rows) - arguments.limit} more; --limit {len(rows)} shows all")
    return Table(
        "homelab.usage-habits-words/1",
        _WORDS,
        rows[: arguments.limit],
        facts=_facts(found),
        notes=tuple(notes),
        empty="no public word was typed",
        code=NO if found.problems else DONE,
    )


def _facts(found: Habits) -> dict[str, object]:
    left_out = found.left_out
    return {
        "entries": found.entries,
        "entries_by_agents": found.by_agents,
        "entries_without_time": found.untimed,
        "entries_with_secrets": left_out["secret"],
        "entries_unreadable": found.unread,
        "commands_of_the_shell": left_out["shell"],
        "commands_unknown": left_out["unknown"],
        "problems": found.problems,
    }


def _read(found: Habits) -> list[str]:
    """What was read, and what could not be."""
    files = [f"{visible(file.path)} ({file.shell})" for file in found.files]
    notes = [f"{_entries(found.entries)} of {', '.join(files)}"] if files else []
    if found.untimed:
        notes[0] += f"; {found.untimed} have no time, so DAYS and SINCE leave them out"
    if found.unread:
        notes.append(f"{_entries(found.unread)} can't be read")
    return [*notes, *map(visible, found.problems)]


def _left_out(
    found: Habits, every: list[Group], shown: list[Group], arguments: Values
) -> list[str]:
    """What no row has."""
    parts = []
    reasons = found.left_out
    if reasons["secret"]:
        parts.append(f"{_entries(reasons['secret'])} that may hold a secret")
    if reasons["shell"]:
        parts.append(f"{reasons['shell']} commands of the shell itself (cd, exit)")
    if reasons["unknown"]:
        parts.append(f"{reasons['unknown']} commands whose program is not known here")
    hidden = sum(group.runs for group in every) - sum(group.runs for group in shown)
    if hidden:
        parts.append(f"{hidden} rare or everyday ones (--all shows them)")
    notes = [f"left out: {', '.join(parts)}"] if parts else []
    if found.by_agents and not arguments.agents:
        notes.append(f"{_entries(found.by_agents)} are of agents; --agents shows these alone")
    return notes


def _date(moment: int) -> str | None:
    """The day (UTC, as all days of `usage` are) of a moment in s; None for 0."""
    return times.date(moment * SECOND // times.DAY) if moment else None


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _nothing(context: Context, found: Habits) -> str:
    if found.files:
        return f"no command was typed {_LEAST} times; --all shows what was"
    home = context.env.get("HOME", "")
    return visible(f"no history of bash, zsh, fish, nushell, ash or atuin is in {home}")
