"""`on`: a verb on other hosts, with one answer."""

from __future__ import annotations

import os

from homelab import findings
from homelab.catalogue import resolve
from homelab.errors import UNREACHABLE, USAGE, Failure
from homelab.jobs import problems_file
from homelab.output.answer import Text
from homelab.remote import merged, ssh, verb_script
from homelab.remote.carried import carried, permit
from homelab.remote.targets import named
from homelab.settings import read_only
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Table
    from homelab.remote.verb_script import VerbAnswer
    from homelab.system.child import Output

_MOST = 8 << 20  # bytes of an answer


def on(context: Context, arguments: Values) -> Table | Text:
    """Run a verb on other hosts; the answers in one table."""
    if not arguments.verb and (arguments.host or vars(arguments)["from"]):
        raise Failure(USAGE, _without_verb(context, arguments.host), usage_of="on")
    if not arguments.verb:
        raise Failure(USAGE, "HOST is missing", usage_of="on")
    verb = carried(context, arguments.verb, arguments)
    if verb.helped and verb.verb is not None:
        from homelab.describe import help as screens

        return Text(screens.screen(verb.verb, terminal=context.width()))
    hosts = named(context, arguments, "on")
    permit(context, verb, hosts, arguments.yes)
    number = os.urandom(8).hex()

    def answered(code: int, out: Output, err: Output) -> VerbAnswer:
        cut = out.lost > 0
        return verb_script.VerbAnswer(number, code, bytes(out.kept), bytes(err.kept), cut)

    with context.progress() as progress:
        answers = ssh.answers(
            hosts,
            verb_script.line(arguments.prefix or "", read_only(context.env)),
            context.env,
            arguments.timeout / SECOND,
            arguments.jobs,
            verb_script.words(number, list(map(os.fsencode, verb.words))),
            asks=False,
            tell=progress.counter(len(hosts), "hosts answered"),
            outcome=answered,
            late=verb_script.late,
            most=_MOST,
            holds=True,
            unstarted=UNREACHABLE,
            last=verb_script.last_line_of(number),
        )
    table = merged.table(verb, answers, arguments)
    _report(context, table)
    return table


def _report(context: Context, table: Table) -> None:
    """Tell `job run` which problems there are on which hosts, if this run is its command."""
    keys = [column.key for column in table.columns]
    if not context.env.get(problems_file.VARIABLE) or "state" not in keys:
        return
    at = keys.index("state")
    thing = slice(at + 1, at + (3 if keys[at + 1 : at + 3] == ["check", "name"] else 2))
    found = []
    for row in table.rows:
        if row[at] in (*findings.PROBLEMS, findings.UNKNOWN):
            words = (row[0], *row[thing], row[at])
            found.append(" ".join(str(word) for word in words if word is not None))
    problems_file.write(context.env, found)


def _without_verb(context: Context, words: list[str]) -> str:
    """The sentence about a command line without a verb: where the `--` belongs, if that is
    clear."""
    for at in range(1, len(words)):
        family = context.built_in.family(words[at])
        if resolve.longest_prefix(words[at:], family) or words[at] in context.built_in.defaults:
            meant = " ".join([*words[:at], "--", *words[at:]])
            return f"write -- before the verb: homelab on {meant}"
    return "write -- and a verb after the hosts: homelab on nas -- host status"
