"""Own verbs and monitoring plugins as checks: which ones run, and how one of them is run.

They are started like any own verb, by `dropins.start`: only if no other account can change them.
"""

from __future__ import annotations

import os

from homelab.checks import lines, plugin_output
from homelab.checks.kinds import OWN, PLUGIN
from homelab.checks.row import CheckRow, unknown, without_secrets
from homelab.dropins.dropin import Dropin, VerbFolder
from homelab.errors import Failure
from homelab.settings import read_only
from homelab.system import paths
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional

    from homelab.checks.lines import Line, Plan
    from homelab.context import Context
    from homelab.system.child import Child

    Start = Callable[[list[str], dict[str, str], int], Optional[Child]]

INSIDE = "HOMELAB_CHECK"  # set for these programs: `homelab check` in one of them would never end
_LONGEST = 60  # characters of a name
_UNREAD = "untrusted"  # the kind of the obstacle for a file that another account can change


class Program:
    """A check that is a program: its kind `key`, its `name` and the names that an ignore may use
    as well (`also`), the settings line or file that it comes from (`source`), its drop-in with the
    arguments `words`; or `why` it can't run (`dropin` is None)."""

    __slots__ = ("also", "dropin", "key", "name", "source", "why", "words")

    def __init__(
        self,
        key: str,
        name: str,
        source: str,
        dropin: Dropin | None,
        words: list[str],
        why: str = "",
    ) -> None:
        self.key = key
        self.name = name
        self.also: tuple[tuple[str, str], ...] = ()
        self.source = source
        self.dropin = dropin
        self.words = words
        self.why = why


def listed(context: Context, plan: Plan) -> tuple[list[Program], list[str]]:
    """The programs of the lines `own` and `plugin`, then the own verbs with `Check: yes` that no
    line names; and notes on folders of verbs that are not read."""
    known: dict[str, str] = {}
    found = [_of_line(context, line, known) for line in plan.lines if line.key in (OWN, PLUGIN)]
    named = [program for program in found if not program.name]
    for key in (OWN, PLUGIN):
        same = [program for program in named if program.key == key]
        bases = [(_base(program), _whole(program)) for program in same]
        for program, (base, _), name in zip(same, bases, lines.names(bases)):
            program.name, program.also = name, ((key, base),)
    if not plan.own:
        return found, []
    verbs = {program.dropin.words for program in found if program.dropin and program.key == OWN}
    more, notes = _declared(context, known, verbs)
    return found + more, notes


def _base(program: Program) -> str:
    return program.dropin.verb if program.dropin else program.words[0]


def _whole(program: Program) -> str:
    """The name of an own verb with its arguments. Those of a plugin are never shown: a password may
    be among them."""
    if program.key == PLUGIN:
        return _base(program)
    words = [without_secrets(word, program.key) for word in program.words]
    return " ".join([_base(program), *words] if program.dropin else words)


def _of_line(context: Context, line: Line, known: dict[str, str]) -> Program:
    home = paths.home(context.env)
    words = [paths.expanded(word, home) for word in line.words]
    if line.key == PLUGIN:
        path = words[0]
        folder = VerbFolder(os.path.dirname(path), personal=False)
        dropin = Dropin((os.path.basename(path),), [path], folder)
        return Program(PLUGIN, line.name, line.source, dropin, words[1:])
    from homelab.dropins.find import find_shadowed, trusted

    folders = context.verb_folders()
    own = find_shadowed(words, trusted(folders, known)) or find_shadowed(words, folders)
    if own is None:
        named = clipped(words[0], _LONGEST)
        why = f"no verb of your own named {named!r}; homelab verbs --own lists them"
        return Program(OWN, line.name, line.source, None, words, why)
    return Program(OWN, line.name, line.source, own, words[len(own.words) :])


def _declared(
    context: Context, known: dict[str, str], named: set[tuple[str, ...]]
) -> tuple[list[Program], list[str]]:
    """The own verbs with `Check: yes` that are not `named` by a line. A file that another account
    can change is not read, so it may be a check: that is unknown. A whole folder of that kind has
    nothing to say."""
    from homelab.describe import inventory
    from homelab.dropins import declared
    from homelab.dropins.find import trusted

    folders = {folder.path for folder in trusted(context.verb_folders(), known)}
    found, closed, unclear = [], [], []
    for each in inventory.walked(context).listed:
        dropin, wrong = each.dropin, each.problem
        if dropin.folder.path not in folders:
            closed.append(dropin.folder.path)
        elif dropin.words in named or (wrong is not None and wrong.kind == "same-name"):
            continue
        elif wrong is not None and wrong.kind == _UNREAD:
            why = f"it is not read, and may be a check: {wrong.path}: {wrong.sentence}"
            found.append(Program(OWN, dropin.verb, dropin.path, None, [], why))
        else:
            header = declared.read(dropin, known)
            if header.check:
                found.append(Program(OWN, dropin.verb, dropin.path, dropin, []))
            if header.unclear_check:
                unclear.append(f"not a check: {dropin.path}: {header.unclear_check}")
    notes = [
        f"own verbs in {path} are not read, because another account can change that folder;"
        " homelab verbs check says more"
        for path in dict.fromkeys(closed)
    ]
    return found, [*notes, *unclear]


def run(context: Context, program: Program, seconds: float, start: Start) -> CheckRow:
    """The row of a program that runs for at most `seconds`. `start` makes a child of a command, an
    environment and the bytes to keep of its output; None if no more are to be started."""
    from homelab.dropins import declared, description, needs
    from homelab.dropins import start as starting

    dropin = program.dropin
    if dropin is None:
        return _unknown(program, program.why)
    known: dict[str, str] = {}
    try:
        command, env = starting.prepared(dropin, context.env, context.program, known)
        if read_only(context.env) and description.read(dropin).effect != "read":
            why = "HOMELAB_READ_ONLY is set, and it does not declare Effect: read"
            return _unknown(program, why)
        if program.key == OWN:
            needs.require(dropin, declared.read(dropin, known).needs, context.env, known)
    except Failure as failure:
        return _unknown(program, failure.sentence)
    env.update({"HOMELAB_TELEMETRY": "0", INSIDE: "1"})
    child = start([*command, *program.words], env, plugin_output.MOST)
    try:
        if child is None:
            raise TimeoutError
        code, out, err = child.run()
    except TimeoutError:
        return _unknown(program, f"no answer within {seconds:g} s")
    except OSError as error:
        return _unknown(program, starting.not_started(dropin, error).sentence)
    result = plugin_output.parse(code, bytes(out.kept), bytes(err.kept))
    row = CheckRow(
        result.state,
        program.key,
        program.name,
        result.text,
        source=program.source,
        also=program.also,
    )
    row.output, row.performance = result.lines, result.performance
    return row


def _unknown(program: Program, why: str) -> CheckRow:
    row = unknown(program.key, program.name, why, program.source)
    row.also = program.also
    return row
