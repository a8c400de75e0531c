"""`backup age`: the newest backup of each source."""

from __future__ import annotations

import os

from homelab import findings, times
from homelab.backups import folders, judge, repository
from homelab.backups.judge import Age, Limits
from homelab.backups.programs import Programs
from homelab.backups.source import USUAL, VARIABLES, Source, source
from homelab.backups.tools import Choice, inventories, late
from homelab.errors import UNCONFIGURED, USAGE, Failure
from homelab.output.answer import Column, Table
from homelab.system import parallel, paths
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.backups.snapshot import Inventory
    from homelab.catalogue.values import Values
    from homelab.context import Context

_JOBS = 8  # sources that are asked at once; restic takes some 100 MB of memory
_GRACE = 3.0  # s, for a tool to end after TERM
# Options that select snapshots, and the tool that has them.
_ONLY = {"host": "restic", "tag": "restic", "name": "borg", "recursive": "zfs"}

COLUMNS = (
    Column("state"),
    Column("backup", of="shown"),
    Column("newest", "moment", drop=1, of="newest.moment"),
    Column("age", "seconds", of=lambda row: _seconds(row.age)),
    # never cut on a narrow terminal: it says what to do
    Column("detail"),
    Column("tool", detail=True),
    Column("max", "seconds", detail=True, of=lambda row: row.most // times.SECOND),
    Column("name", detail=True, of="newest.name"),
    Column("path", detail=True, of="newest.path"),
    Column("host", detail=True, of="newest.host"),
    Column(
        "tags",
        detail=True,
        of=lambda row: ",".join(row.newest.tags) or None if row.newest else None,
    ),
    Column("bytes", "bytes", detail=True, of="newest.size"),
    Column("count", "count", detail=True),
)


def _seconds(age: int | None) -> int | None:
    """The age (ns) in whole seconds, at least 1: a backup of this moment is not `0 ms` old."""
    return None if age is None else max(age // times.SECOND, 1)


class Wanted:
    """A source with its limits and what to ask for."""

    __slots__ = ("choice", "limits", "source")

    def __init__(self, where: Source, limits: Limits, choice: Choice) -> None:
        self.source = where
        self.limits = limits
        self.choice = choice


def age(context: Context, arguments: Values) -> Table:
    """The sources: problems first, then the oldest backup."""
    wanted = _wanted(context, arguments)
    longest = max(one.choice.seconds for one in wanted)
    running: list[Programs] = []

    def ask(one: Wanted) -> list[Inventory]:
        programs = Programs(context.env, one.choice.seconds)
        running.append(programs)
        return inventories(programs, one.source, one.choice)

    def too_late(one: Wanted) -> list[Inventory]:
        return late(one.source, one.choice.seconds)

    def end() -> None:
        for programs in running:
            programs.end()

    rows: list[Age] = []
    with context.progress() as progress:
        tell = progress.counter(len(wanted), "sources asked", lambda one: one.source.shown)
        answers = parallel.answers(
            wanted, ask, longest + _GRACE, _JOBS, tell, end, too_late, descriptors=4
        )
        for one, found in zip(wanted, answers):
            now = context.clock()
            rows += [judge.judged(one.source.tool, each, one.limits, now) for each in found]
    rows.sort(key=lambda row: -(row.age if row.age is not None else times.LAST))
    secret = any(repository.has_secret(one.source.where) for one in wanted if arguments.source)
    return findings.table(
        "homelab.backup-age/1",
        COLUMNS,
        rows,
        arguments,
        judge.fine,
        notes=(_SEEN,) if secret else (),
        listed=True,
    )


_SEEN = (
    "a password in SOURCE can be read by other accounts while this runs; use the tool's own"
    " variables or a password file"
)


def _wanted(context: Context, arguments: Values) -> list[Wanted]:
    """The sources and their limits: those on the command line, else those in the settings, else
    those that the environment and the usual files name. Raises Failure (2), and (78) if none is
    named."""
    if arguments.source:
        try:
            _refuse_useless(arguments, arguments.source)
            return _of_values(context, arguments, arguments, arguments.source)
        except ValueError as error:
            raise Failure(USAGE, str(error), usage_of="backup age") from None
    found = _of_settings(context, arguments)
    if not found:
        try:
            found = _of_values(context, arguments, arguments, _usual(context))
        except ValueError as error:
            raise Failure(USAGE, str(error), usage_of="backup age") from None
    if not found:
        raise Failure(
            UNCONFIGURED,
            "no backup is named; name a SOURCE (homelab help backup age), or add lines"
            " backup = SOURCE to the section [checks] of the settings",
        )
    return found


def _refuse_useless(values: Values, sources: list[str]) -> None:
    """Raises ValueError for an option that none of the sources has."""
    tools = [source(word).tool for word in sources]
    for option, tool in _ONLY.items():
        if getattr(values, option) and tool not in tools:
            raise ValueError(f"--{option} is only for {tool}: sources")


def _of_values(
    context: Context,
    values: Values,
    given: Values,
    sources: list[str],
    own: bool = False,
    most: int = judge.MOST,
) -> list[Wanted]:
    """The sources with the options of a command line or of a line of settings; what that does not
    say, the options `given` on the command line do; `most` is the limit of a source without --max.
    A line may have its `own` --timeout. Raises ValueError with a sentence."""
    named = values.max or given.max
    most, warn = named or most, values.warn or given.warn
    if warn is not None and warn >= most:
        usual = "" if named else f" ({judge.span(most)} if it is not given)"
        raise ValueError(f"--warn must be shorter than --max{usual}")
    timeout = values.timeout if own else given.timeout
    choice = Choice(
        min(timeout / times.SECOND, parallel.LONGEST),
        paths.home(context.env),
        tuple(values.host or given.host),
        tuple(values.tag or given.tag),
        values.name or given.name or "",
        values.recursive or given.recursive,
    )
    found = [_shown(context, source(word), choice) for word in dict.fromkeys(sources)]
    return [Wanted(each, Limits(most, warn), choice) for each in found]


def _shown(context: Context, found: Source, choice: Choice) -> Source:
    """The source, shown with the repository that the environment names, and with the options that
    select snapshots: lines of settings may name a repository several times."""
    named = VARIABLES.get(found.tool, ("",))[0]
    if not found.where and context.env.get(named):
        found.shown += repository.masked(context.env[named])
    options: list[tuple[str, str]] = []
    if found.tool == "restic":
        options += [("--host", host) for host in choice.hosts]
        options += [("--tag", tag) for tag in choice.tags]
    elif found.tool == "borg" and choice.name:
        options.append(("--name", choice.name))
    found.shown += "".join(f" {option} {quoted(value)}" for option, value in options)
    return found


def _of_settings(context: Context, given: Values) -> list[Wanted]:
    """The sources in lines `backup = …` of the section [checks]: each line is the command line of
    this verb, as for `check`. Raises Failure (78) that names the line."""
    from homelab.catalogue import arguments as parser
    from homelab.checks import lines

    found: list[Wanted] = []
    verb, now = context.built_in.verb("backup age"), context.clock()
    entries = context.settings.entries("checks")
    for line in lines.of_key(entries, "backup", context.built_in.find, now):
        front = [] if given.max else line.front  # backup_max
        values = parser.parse(verb, [*front, *line.words], now)
        own = any(word.startswith("--timeout") for word in line.words)
        try:
            _refuse_useless(values, values.source)
            found += _of_values(context, values, given, values.source, own)
        except ValueError as error:
            raise Failure(UNCONFIGURED, f"{line.source}: backup: {error}") from None
    return found


def _usual(context: Context) -> list[str]:
    """The sources that this account's environment and the usual files name. The settings that
    rsnapshot's package installs are not one until rsnapshot runs."""
    found = [
        f"{tool}:"
        for tool, names in VARIABLES.items()
        if any(context.env.get(name) for name in names)
    ]
    for tool, path in USUAL.items():
        if os.path.exists(path) and not (tool == "rsnapshot" and folders.is_unused(path, _GRACE)):
            found.append(f"{tool}:")
    return found
