"""`check`: everything that `[checks]` lists, this host's vitals and the own checks, in one
table."""

from __future__ import annotations

from homelab import findings, times
from homelab.checks import answers, ignores, lines, programs
from homelab.checks.kinds import HOST, KINDS, SETTINGS
from homelab.checks.row import unknown
from homelab.errors import UNCONFIGURED, USAGE, Failure
from homelab.findings import OK
from homelab.output.answer import Column, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.checks.lines import Plan
    from homelab.checks.programs import Program
    from homelab.checks.row import CheckRow
    from homelab.context import Context

COLUMNS = (
    Column("state"),
    Column("check"),
    Column("name"),
    Column("value", drop=1),
    Column("detail"),
    Column("ignored", detail=True),
    Column("source", detail=True),
    Column("output", "lines", detail=True),
    Column("performance", "data", detail=True),
)
LISTED = (
    Column("check"),
    Column("what"),
    Column("source"),
)
_PAGE = "homelab help monitoring"


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the table for these arguments."""
    return LISTED if arguments.list else COLUMNS


def check(context: Context, arguments: Values) -> Table:
    """The results of all checks, problems first. Raises Failure (78) if `[checks]` has a mistake or
    there is nothing to check."""
    if context.env.get(programs.INSIDE):
        what = "homelab check can't run inside one of its own checks; call one verb there instead"
        raise Failure(USAGE, what)
    now = context.clock()
    plan = lines.parse(context.settings.entries("checks"), context.built_in.find, now)
    more, notes = programs.listed(context, plan)
    if not plan.lines and not more:
        what = f"nothing to check: [checks] says host = no and lists nothing else; see {_PAGE}"
        raise Failure(UNCONFIGURED, what)
    refused = context.settings.refused()  # a file that may list checks, which do not run then
    if arguments.list:
        notes += [refused] if refused else []
        return _list(plan, more, notes, columns(arguments))
    from homelab.checks import run
    from homelab.system.parallel import LONGEST

    tasks = run.tasks(plan.lines, more)
    runner = run.Runner(context, min(arguments.timeout / times.SECOND, LONGEST))
    rows = runner.rows(tasks, arguments.jobs or run.jobs())
    if refused:
        rows.append(unknown(SETTINGS, "user file", refused))
    rows, unused = ignores.applied(rows, plan.ignores, now)
    _report(context, rows)
    if not refused and not more and all(line.key == HOST for line in plan.lines):
        notes.append(f"only this host's vitals: [checks] in the settings lists nothing; {_PAGE}")
    return findings.table(
        "homelab.check/1",
        columns(arguments),
        rows,
        arguments,
        _fine,
        facts={"checks": len(tasks), "ignores": ignores.facts(plan.ignores, now)},
        notes=(*notes, *unused),
    )


def _list(plan: Plan, more: list[Program], notes: list[str], shown: tuple[Column, ...]) -> Table:
    """The table of `--list`: all that would be checked, and where that is written."""
    rows: list[tuple[str | None, ...]] = [
        (line.key, answers.described(line), line.source or "always, unless host = no")
        for line in plan.lines
        if line.key in KINDS
    ]
    rows += [(each.key, each.name, each.source) for each in more]
    rows += [("ignore", f"{each.words} ({each.detail})", each.source) for each in plan.ignores]
    return Table("homelab.check/2", shown, rows, notes=tuple(notes))


def _report(context: Context, rows: list[CheckRow]) -> None:
    """Tell `job run` which problems there are, if this run is its command: so it can report a
    second problem beside a first one, although the exit code stays."""
    from homelab.jobs import problems_file

    problems_file.write(
        context.env,
        [f"{row.check} {row.name} {row.state}" for row in rows if row.state not in findings.FINE],
    )


def _fine(rows: list[CheckRow]) -> str:
    """The sentence for the rows that are fine, skipped or ignored; called with at least one."""
    hidden = [f"{row.check} {row.name}" for row in rows if row.ignored]
    parts = (
        ("fine", _counted([row for row in rows if row.state == OK])),
        ("skipped", _counted([row for row in rows if row.state != OK and not row.ignored])),
        ("ignored", findings.few(hidden)),
    )
    return findings.folded_text(*(f"{word}: {text}" for word, text in parts if text))


def _counted(rows: list[CheckRow]) -> str:
    """How many rows there are of each kind: `host 8, cert 2`."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.check] = counts.get(row.check, 0) + 1
    return ", ".join(f"{check} {count}" for check, count in counts.items())
