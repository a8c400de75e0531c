"""`usage habits`: the commands that this account types, and which of them deserve a verb."""

from __future__ import annotations

import os
import sys

from homelab import times
from homelab.errors import DONE, NO, USAGE, Failure
from homelab.habits import answered, public_words, script_line
from homelab.habits.fold import INTERPRETERS, SHELL_ONLY, UNKNOWN
from homelab.habits.groups import MOST_VALUES
from homelab.habits.reading import LEAST, NO_COMMAND, SECRET, Habits, is_habit, read
from homelab.output.answer import Column, Table, Text
from homelab.output.columns import visible
from homelab.texts import numbered
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.dropins.dropin import Dropin
    from homelab.habits.groups import Group, PublicUse

COLUMNS = (
    Column("row", "count", header="#"),
    Column("command", flexible=True),
    Column("runs", "count"),
    Column("days", "count"),
    Column("values_shown", "estimate", header="VALUES"),
    Column("values", "count", detail=True),
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
        self.values_shown = f"{group.values}+" if group.values >= MOST_VALUES else self.values
        self.since = _date(group.first)
        self.last = _date(group.last)
        self.verb = verb
        self.group = group


def habits(context: Context, arguments: Values) -> Table | Text:
    """The groups of commands, the most typed first; or the path of the verb that was begun."""
    _refuse_unattended(arguments.yes)
    wanted = vars(arguments)["as"] or ""
    if wanted and arguments.new is None:
        raise Failure(USAGE, "--as names the verb that --new begins", usage_of="usage habits")
    if arguments.words and arguments.new is not None:
        what = "--new takes the number of a command; --words shows none"
        raise Failure(USAGE, what, usage_of="usage habits")
    own = _Own(context)
    since = -(-arguments.since // SECOND) if arguments.since is not None else 0
    with context.progress() as progress:
        progress.says("reading shell histories")
        found = read(context.env, own.scripts, since)
    groups = found.agents if arguments.agents else found.people
    if arguments.words:
        uses = [use for use in groups.uses() if arguments.all or is_habit(use)]
        hidden = sum(use.runs for use in groups.uses()) - sum(use.runs for use in uses)
        return _table(context, found, arguments, _WORDS, list(map(_use, uses)), hidden)
    every = groups.most_used()
    shown = [
        group for group in every if arguments.all or (group.runs >= LEAST and not group.everyday)
    ]
    rows = [_Row(number, group, own.verb(group)) for number, group in enumerate(shown, 1)]
    if arguments.new is not None:
        return _begun(context, rows, arguments.new, wanted)
    hidden = sum(group.runs for group in every) - sum(group.runs for group in shown)
    return _table(context, found, arguments, COLUMNS, rows, hidden)


def _refuse_unattended(agreed: bool) -> None:
    """Raises Failure (2) without a terminal and without --yes: neither cron nor an agent may read
    what a person typed."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if agreed or any(_is_terminal(stream) for stream in streams):
        return
    what = "shell histories are not read without a terminal; add --yes to read them anyway"
    raise Failure(USAGE, what, usage_of="usage habits")


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream and stream.isatty())  # type: ignore[attr-defined]
    except (OSError, ValueError):
        return False


class _Own:
    """This host's own verbs: `scripts` is the verb of each script's file name, unless a program has
    that name."""

    def __init__(self, context: Context) -> None:
        from homelab.usage import availability

        self._dropins = availability.running(context)
        names = ((os.path.basename(dropin.path), dropin.verb) for dropin in self._dropins)
        self.scripts = {name: verb for name, verb in names if not public_words.is_program(name)}
        self._verbs = {dropin.verb for dropin in self._dropins}
        self._lines: dict[str, str] | None = None

    def verb(self, group: Group) -> str:
        """The verb that does what the group's commands do: an own one that runs it, by its file or
        its words, or a built-in; "" for none."""
        first, _, rest = group.pattern.partition(" ")
        script = rest.partition(" ")[0] if first in INTERPRETERS else first
        if script in self.scripts:
            return self.scripts[script]
        words = " ".join(script_line.fixed(group.pattern))
        if words in self._verbs:
            return words
        return self._running(group.pattern) or answered.answer_of(group.pattern, group.uses)

    def _running(self, pattern: str) -> str:
        """The account's own verb with this command as a line of its script."""
        if self._lines is None:
            self._lines = {}
            for dropin in self._dropins:
                if dropin.folder.personal:
                    self._lines.update(dict.fromkeys(_lines(dropin), dropin.verb))
        return self._lines.get(script_line.of(pattern).shown, "")


def _lines(dropin: Dropin) -> list[str]:
    from homelab.dropins.description import head

    text = head(dropin) or b""
    return [line.strip() for line in text.decode("utf-8", "replace").split("\n")]


def _begun(context: Context, rows: list[_Row], number: int, wanted: str) -> Text:
    """Begin a verb that runs the command of a row."""
    from homelab.dropins.names import fold
    from homelab.dropins.new import begin

    if number > len(rows):
        are = "is" if len(rows) == 1 else "are"
        there = f"there {are} {numbered(len(rows), 'row')}" if rows else "there is no row"
        raise Failure(USAGE, f"--new {number}: {there}", usage_of="usage habits")
    row = rows[number - 1]
    if row.group.by_path:
        what = "runs a script by its path; homelab verbs add FOLDER makes verbs of scripts"
        raise Failure(USAGE, f"row {number} ({row.command}) {what}")
    lines = script_line.of(row.command)
    stem, ending = os.path.splitext(wanted)
    words = stem.replace("/", " ").split() or script_line.fixed(row.command)
    verb = "/".join(filter(None, map(fold, words)))
    try:
        path = begin(
            verb + ending,
            context.verb_folders(),
            context.trusted_folders(),
            context.built_in,
            "usage habits",
            filled=lines,
        )
    except Failure as failure:
        if not wanted:
            failure.sentence += "; --as names the verb: --as my/verb"
        raise
    context.message(f"homelab {verb.replace('/', ' ')} runs: {lines.shown}")
    if row.group.left_out:
        gone = ", ".join(sorted(row.group.left_out))
        context.message(f"some of the typed commands had more, which is left out: {gone}")
    return Text(f"{path}\n")


def _use(use: PublicUse) -> tuple[str | int | None, ...]:
    verb = answered.answer(use.words)
    return (use.words, use.runs, use.days or None, _date(use.first), verb or None)


def _table(
    context: Context,
    found: Habits,
    arguments: Values,
    columns: tuple[Column, ...],
    rows: list[_Row] | list[tuple[str | int | None, ...]],
    hidden: int,
) -> Table:
    """The rows, with notes on the histories and on the `hidden` runs of rare and everyday
    commands."""
    notes = _sources(found, arguments)
    more = len(rows) - arguments.limit
    if more > 0:
        notes.append(f"{numbered(more, 'more row')}; --limit {len(rows)} shows all")
    notes += _left_out(found, arguments, hidden)
    left_out = found.left_out
    facts = {
        "entries": found.entries,
        "entries_by_agents": found.by_agents,
        "entries_without_time": found.untimed,
        "entries_with_secrets": left_out[SECRET],
        "entries_without_command": left_out[NO_COMMAND],
        "entries_unreadable": found.unread,
        "commands_of_the_shell": left_out[SHELL_ONLY],
        "commands_unknown": left_out[UNKNOWN],
        "problems": found.problems,
    }
    words = "-words" if arguments.words else ""
    return Table(
        f"homelab.usage-habits{words}/1",
        columns,
        rows[: arguments.limit],
        facts=facts,
        notes=tuple(notes),
        empty=_nothing(context, found),
        code=NO if found.problems else DONE,
    )


def _sources(found: Habits, arguments: Values) -> list[str]:
    """Notes on the histories: the files and their entries, and the parts that could not be read."""
    files = [f"{visible(file.path)} ({file.shell})" for file in found.files]
    notes = [f"{_entries(found.entries)} of {', '.join(files)}"] if files else []
    if found.untimed:
        untimed = f"{_entries(found.untimed)} without a time"
        if arguments.since is not None:
            notes.append(f"--since leaves out {untimed}")
        else:
            notes.append(f"DAYS and SINCE are not known for {untimed}")
        if any(file.shell == "bash" for file in found.files):
            notes[-1] += "; bash keeps times where HISTTIMEFORMAT is set"
    if found.unread:
        notes.append(f"{_entries(found.unread)} can't be read")
    return [*notes, *map(visible, found.problems)]


def _left_out(found: Habits, arguments: Values, hidden: int) -> list[str]:
    """Notes on the entries that are in no row, by the reason."""
    reasons = found.left_out
    parts = []
    if reasons[SECRET]:
        parts.append(f"{_entries(reasons[SECRET])} that may hold a secret")
    if reasons[SHELL_ONLY]:
        parts.append(f"{_commands(reasons[SHELL_ONLY])} of the shell (cd, exit) and of homelab")
    if reasons[UNKNOWN]:
        parts.append(f"{_commands(reasons[UNKNOWN])} of aliases and of programs not known here")
    if reasons[NO_COMMAND]:
        parts.append(f"{_entries(reasons[NO_COMMAND])} that are not a whole command, or too long")
    if hidden:
        parts.append(f"{_commands(hidden)} that are rare or everyday ones (--all shows them)")
    notes = [f"left out: {', '.join(parts)}"] if parts else []
    if found.by_agents and not arguments.agents:
        notes.append(f"agents typed {_entries(found.by_agents)}; --agents shows only these")
    return notes


def _date(moment: int) -> str | None:
    """The day (UTC, as all days of `usage` are) of a time in s; None for 0."""
    return times.date(moment * SECOND // times.DAY) if moment else None


def _entries(count: int) -> str:
    return numbered(count, "entry", "entries")


def _commands(count: int) -> str:
    return numbered(count, "command")


def _nothing(context: Context, found: Habits) -> str:
    if found.files:
        return f"no command was typed {LEAST} times; --all shows all commands"
    if found.problems:
        return "no history could be read"
    home = context.env.get("HOME", "")
    return visible(f"no history of bash, zsh, fish, nushell, ash or atuin is in {home}")
