"""The verb that `on` takes to other hosts: found, and its arguments checked, on this one."""

from __future__ import annotations

from homelab.catalogue import option_words, resolve
from homelab.catalogue.common import FORMAT, JSON, PLAIN_ROWS
from homelab.errors import REFUSED, USAGE, Failure
from homelab.settings import read_only

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.catalogue.values import Values
    from homelab.catalogue.verb import Verb
    from homelab.context import Context
    from homelab.dropins.dropin import Dropin
    from homelab.output.answer import Column

_FORMATS = {*PLAIN_ROWS, FORMAT}
_HERE = "it is about this host; run it without on"
# Verbs that have no answer to merge, and what to do instead.
_REFUSED = {
    "completion": _HERE,
    "help": _HERE,
    "manifest": _HERE,
    "mcp": "it talks to the program that started it; start it on the host",
    "on": "a verb goes one host far; name the hosts here",
    "usage on": "each account decides for itself; run it on the host",
}
_SPELLINGS = {"--version": "version", "-V": "version", "--help": "help", "-h": "help"}
_ENDLESS = (
    "it never ends, so there is no answer to merge; run it on one host: ssh -t HOST homelab {}"
)
_FEW = 5  # hosts in a sentence


class Carried:
    """A verb for other hosts: its `name`, its description if it is built in (`verb`), the `words`
    to run there, and its `effect` ("" if it is not declared). Its answer is lines of text, or if it
    is a `table`, a document with these `columns` (none if they depend on the answer). `helped`: the
    words ask for its help, which is the same here."""

    __slots__ = ("columns", "effect", "helped", "name", "table", "verb", "words")

    def __init__(self, name: str, verb: Verb | None, words: list[str], effect: str) -> None:
        self.name = name
        self.verb = verb
        self.words = words
        self.effect = effect
        self.table = False
        self.helped = False
        self.columns: tuple[Column, ...] = ()


def carried(context: Context, words: list[str], flags: Values) -> Carried:
    """Find the verb of the `words` behind `--` and check its arguments; it is counted from then on.
    How its answer is printed may be said there or before: `flags` get both. Raises Failure (2)."""
    front = option_words.formats(words)
    formats, words = words[:front], words[front:]
    words = [_SPELLINGS.get(words[0], words[0]), *words[1:]]
    family = context.built_in.family(words[0])
    count = resolve.longest_prefix(words, family)
    if count:
        verb = family[" ".join(words[:count])]
        return _built_in(context, verb, [*formats, *words[count:]], flags)
    from homelab.dropins.find import find

    dropin, depth = find(words, context.trusted_folders({}, words[0]))
    if dropin is not None and not formats:
        return _own(context, dropin, words, depth)
    default = context.built_in.defaults.get(words[0])
    if default and (len(words) == 1 or words[1].startswith("-")):
        return _built_in(context, context.built_in.verb(default), [*formats, *words[1:]], flags)
    return _not_here(context, words, flags, known=bool(family) or bool(formats))


def permit(context: Context, verb: Carried, hosts: list[str], agreed: bool) -> None:
    """Raise Failure if the verb may do more than read: 77 if HOMELAB_READ_ONLY is set, 2 unless the
    user has `agreed` (--yes)."""
    if verb.effect == "read":
        return
    what = f"its effect is {verb.effect!r}" if verb.effect else "it does not declare 'Effect: read'"
    if read_only(context.env):
        raise Failure(
            REFUSED,
            f"{verb.name!r} does not run: HOMELAB_READ_ONLY is set and {what}; unset it to run this"
            " verb",
        )
    if not agreed:
        more = f" and {len(hosts) - _FEW} more" if len(hosts) > _FEW else ""
        where = f"{', '.join(hosts[:_FEW])}{more}"
        raise Failure(
            USAGE,
            f"{verb.name!r} may change something on {where}: {what}; add --yes before the -- to run"
            " it there",
        )


def _built_in(context: Context, verb: Verb, words: list[str], flags: Values) -> Carried:
    from homelab.catalogue import arguments
    from homelab.telemetry import event

    why = _REFUSED.get(verb.path)
    if why:
        raise Failure(USAGE, f"{verb.path!r} does not run on other hosts: {why}", usage_of="on")
    own = words[: words.index("--")] if "--" in words else words
    if "--help" in own or "-h" in own:
        helped = Carried(verb.path, verb, verb.path.split(" "), "read")
        helped.helped = True
        return helped
    if verb.recorded and not verb.discovery:
        context.carried.append(event.of_verb(verb))
    chosen, rest = _divided(verb, words)
    chosen += [name for name in ("--all", "--problems") if getattr(flags, name[2:])]
    values = arguments.parse(verb, [*chosen, *rest], context.clock())
    given = vars(values)
    if verb.path == "logs tail" or (verb.path == "logs query" and values.follow):
        what = f"{verb.path!r} does not run on other hosts: "
        raise Failure(USAGE, what + _ENDLESS.format(verb.path), usage_of="on")
    for name in ("json", "csv", "no_header", "all", "problems"):
        if given.get(name):
            setattr(flags, name, True)
    if given.get("color", "auto") != "auto":
        setattr(flags, "color", values.color)  # noqa: B010 - Values can't be assigned to
    if flags.json and flags.csv:
        raise Failure(USAGE, "--json and --csv exclude each other", usage_of="on")
    if flags.all and flags.problems:
        raise Failure(USAGE, "--all and --problems exclude each other", usage_of="on")
    path = verb.path.split(" ")
    drawn = given.get("output") if FORMAT not in verb.arguments else None  # of log lines
    found = Carried(verb.path, verb, [*path, *rest], verb.effect)
    if verb.schema and not (verb.discovery or given.get("explain") or drawn):
        found.table = True
        found.words = [*path, JSON.name, *rest]
        found.columns = context.built_in.columns(verb, values)
    return found


def _divided(verb: Verb, words: list[str]) -> tuple[list[str], list[str]]:
    """The words in two parts: those that choose how the answer is printed, and the others."""
    from homelab.catalogue.arguments import leading

    passes = verb.arguments[-1:] and verb.arguments[-1].kind == "words"
    end = leading(verb, words) if passes else len(words)
    options = option_words.options_of(verb)
    chosen: list[str] = []
    rest: list[str] = []
    at = 0
    while at < end:
        word = words[at]
        if word == "--" or not option_words.is_option(word, options):
            if word == "--":
                break
            rest.append(word)
            at += 1
            continue
        taken = words[at : at + 1 + option_words.takes_next(words, at, options)]
        at += len(taken)
        parts = option_words.split(word, options)
        if not any(options.get(name) in _FORMATS for name, _ in parts):
            rest += taken
            continue
        for name, value in parts:
            one = [name if value is None else _joined(name, value)]
            if name == parts[-1][0]:
                one += taken[1:]
            (chosen if options.get(name) in _FORMATS else rest).extend(one)
    return chosen, rest + words[at:]


def _joined(name: str, value: str) -> str:
    return f"{name}={value}" if name[:2] == "--" else name + value


def _own(context: Context, dropin: Dropin, words: list[str], depth: int) -> Carried:
    """A verb of this host's own; the other hosts must have one of that name, too."""
    from homelab.dropins import declared, description
    from homelab.telemetry import consent, event

    if dropin.folder.personal:
        counts_as = declared.read(dropin).counts_as
        own: Any = consent.own_verb(context.settings, dropin.words, dropin.own_name, counts_as)
    else:
        own = event.of_installed(dropin.words)
    context.carried.append(own)
    effect = description.read(dropin).effect
    return Carried(dropin.verb, None, [*dropin.words, *words[depth:]], effect)


def _not_here(context: Context, words: list[str], flags: Values, known: bool) -> Carried:
    """A verb that this host does not have: with --yes, one that the hosts' accounts have of their
    own. Raises Failure (2)."""
    name = words[0]
    if name[:1] == "-":
        raise Failure(USAGE, option_words.misplaced(words), usage_of="on")
    shown = words[: 1 + (known and len(words) > 1 and words[1][:1] != "-")]
    meant = resolve.suggestions(shown, context.built_in.paths())
    hint = f"did you mean {' or '.join(map(repr, meant))}?" if meant else "see homelab help"
    if known or not resolve.is_word(name):
        raise Failure(USAGE, f"no verb {' '.join(shown)!r}; {hint}")
    if not flags.yes:
        own = "if the hosts have it as a verb of their own, add --yes before the --"
        raise Failure(USAGE, f"no verb {name!r} here; {f'{hint} ' if meant else ''}{own}")
    from homelab.telemetry import event

    context.carried.append(event.PERSONAL)
    return Carried(name, None, words, "")
