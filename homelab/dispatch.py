"""Choose what a command line does, and how it is counted."""

from __future__ import annotations

from homelab import errors
from homelab.catalogue import resolve
from homelab.errors import Failure
from homelab.settings import read_only
from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from homelab.catalogue.verb import Verb
    from homelab.context import Context
    from homelab.dropins.declared import Declared
    from homelab.dropins.dropin import Dropin, VerbFolder
    from homelab.output.answer import Stream, Table, Text
    from homelab.telemetry.event import Label, OwnName

_FEW_OWN = 3  # own verbs that the answer to an unknown word names
_SPELLINGS = {"--version": "version", "-V": "version", "--help": "help", "-h": "help"}


class Run:
    """The state of a running verb: the label to count it under (None: not counted)."""

    def __init__(self) -> None:
        self.label: Label | OwnName | None = None
        self._interruption: foreground.Interruption | None = None

    def counted(self, label: Label | OwnName | None) -> None:
        """Begin a counted verb: from now on signals raise an exception, and the module that records
        the run is loaded already, so that its import cannot fail later."""
        from homelab.telemetry import record  # noqa: F401

        self.label = label
        self._interruption = foreground.Interruption()

    def over(self) -> None:
        """Note that the run has ended."""
        if self._interruption is not None:
            self._interruption.over()


def choose(context: Context, run: Run) -> Callable[[], int]:
    """Return the function that does what the command line asks for; `run` gets the label to count.
    Built-in verbs own their first word; for them no folder of drop-ins is read."""
    words = context.argv
    if not words:
        return lambda: _no_verb(context)
    formats: list[str] = []  # --json may also come before the verb
    if words[0].startswith("-"):
        from homelab.catalogue import option_words

        front = option_words.formats(words)
        formats, words = words[:front], words[front:]
    words = [_SPELLINGS.get(words[0], words[0]), *words[1:]]
    family = context.built_in.family(words[0])
    if words[0].startswith("-"):
        from homelab.catalogue import option_words

        raise Failure(errors.USAGE, f"{option_words.misplaced(words)}; see homelab help")
    count = resolve.longest_prefix(words, family)
    if not count and family:
        return _group(context, run, words, formats)
    if not count:
        return _dropin(context, run, words, formats)
    verb = family[" ".join(words[:count])]
    rest = words[count:]
    if rest and rest[0][:1] != "-" and not _takes_words(verb, family):
        return _unknown(context, run, words, count, context.built_in.paths())  # as in `verbs whch`
    return _built_in(context, run, verb, [*formats, *rest])


def _built_in(context: Context, run: Run, verb: Verb, words: list[str]) -> Callable[[], int]:
    """Return the function that runs a built-in verb with the `words` of its arguments."""
    if verb.discovery or _asks_for_help(_own(verb, words)):
        return lambda: _discover(context, verb, words)
    run.counted(_label(context, verb))
    return lambda: _dispatch(context, verb, words)


def _own(verb: Verb, words: list[str]) -> list[str]:
    """The words that the verb itself reads, without those that it passes on."""
    if verb.arguments and verb.arguments[-1].kind == "words":
        from homelab.catalogue.arguments import leading

        return words[: leading(verb, words)]
    return words


def _takes_words(verb: Verb, family: Mapping[str, Verb]) -> bool:
    """Whether a word after the verb is an argument. If not, and the `family` has verbs below this
    one, the word is a mistyped verb."""
    operands = any(not argument.option for argument in verb.arguments)
    return operands or not resolve.members(verb.path, family)


def _asks_for_help(words: list[str]) -> bool:
    own = words[: words.index("--")] if "--" in words else words
    return "--help" in own or "-h" in own


def _discover(context: Context, verb: Verb, words: list[str]) -> int:
    """Answer a discovery verb before dispatch; such a run is never counted."""
    if not verb.discovery or _asks_for_help(words):
        verb, words = context.built_in.verb("help"), verb.path.split(" ")
    return _explained(context, _function(verb)(context, words))


def _function(verb: Verb) -> Callable[..., Any]:
    """Import the function of the verb and return it."""
    module, _, name = verb.function.partition(":")
    function: Callable[..., Any] = getattr(__import__(module, fromlist=[name]), name)
    return function  # importlib would slow down every start


def _label(context: Context, verb: Verb) -> Label | None:
    from homelab.telemetry import consent, event

    if verb.recorded:
        return event.of_verb(verb)
    said = consent.by_environment(context.env)
    if said is not None and said.state == "print":
        context.say(f"none: {verb.path} is never counted")
    return None


def _dispatch(context: Context, verb: Verb, words: list[str]) -> int:
    from homelab.catalogue import arguments

    if not verb.carries:
        _permitted(context, verb.path, verb.effect)
    values = arguments.parse(verb, words, context.clock())
    answer: Table | Stream | Text = _function(verb)(context, values)
    from homelab.output import as_text

    if as_text.for_programs(values):
        context.write_utf8()
    coloured = context.colours(vars(values).get("color", "auto"))
    terminal = context.width(), context.draws(), coloured
    pieces = as_text.pieces(answer, values, *terminal)
    try:
        for piece in pieces:
            write_out(context, piece)
    finally:
        pieces.close()
    for sentence in as_text.talk(answer, values):
        context.message(sentence)
    return answer.code


def write_out(context: Context, text: str) -> None:
    """Write to stdout and flush. A closed pipe stays a BrokenPipeError; any other error of the disk
    or terminal becomes a Failure."""
    try:
        context.stdout.write(text)
        context.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(
            errors.NO, f"stdout can't be written: {error.strerror}; the output is incomplete"
        ) from None


def _no_verb(context: Context) -> int:
    from homelab.verbs.about import help

    text = help.overview(context, foreground.columns(context.stderr)).rstrip("\n")
    context.say("homelab: no verb given; use one of these:\n\n" + text)
    return errors.USAGE


def _group(context: Context, run: Run, words: list[str], formats: list[str]) -> Callable[[], int]:
    """Handle the word of a group without a verb: run its default verb, or list its verbs."""
    if len(words) > 1 and not words[1].startswith("-"):
        return _unknown(context, run, words, 1, context.built_in.paths())
    asked = _asks_for_help(words)
    default = context.built_in.defaults.get(words[0])
    if default and not asked:
        return _built_in(context, run, context.built_in.verb(default), [*formats, *words[1:]])
    return lambda: _listed(context, words[0], asked)


def _listed(context: Context, group: str, asked: bool) -> int:
    """List the verbs of a group: on stdout if help was asked for, else on stderr with exit code
    2."""
    from homelab.verbs.about import help

    terminal = context.width() if asked else foreground.columns(context.stderr)
    text = help.group(context, group, terminal)
    if asked:
        return _explained(context, text)
    known = text.partition("\n\n")[2].rstrip("\n")
    context.say(f"homelab: {group!r} is a group of verbs; use one of them:\n\n{known}")
    return errors.USAGE


def _dropin(context: Context, run: Run, words: list[str], formats: list[str]) -> Callable[[], int]:
    from homelab.dropins.find import find

    known: dict[str, str] = {}
    folders = context.trusted_folders(known, words[0])
    found, depth = find(words, folders)
    if found is None:
        found = _unused(context, run, words, depth)
    if found is None:
        context.settings.value("verbs.path")  # broken settings may have hidden its folder
        return _no_dropin(context, run, words, depth, folders)
    rest = words[depth:]
    if formats:  # the script may not have such an option
        meant = " ".join(["homelab", found.verb, *formats])
        what = f"{formats[0]}: options come after the verb; if the script has this option: {meant}"
        raise Failure(errors.USAGE, what)
    if "--help" in rest:
        from homelab.describe.dropin import passed, requested

        text = requested(found, rest, context.width())
        if text:
            return lambda: _explained(context, text)
        rest = passed(rest)
    from homelab.dropins import declared
    from homelab.telemetry import event

    said = declared.read(found, known)
    personal = found.folder.personal
    run.counted(_own_verb(context, found, said) if personal else event.of_installed(found.words))
    return lambda: _run(context, found, rest, known, said)


def _unused(context: Context, run: Run, words: list[str], depth: int) -> Dropin | None:
    """Return the drop-in of that name in a folder that another account can change, to report why it
    is refused. Raises Failure (126) if a checkout that begins with these words cannot be read; such
    a run is counted."""
    from homelab.dropins.find import find, is_trusted

    refused = None
    for folder in context.verb_folders(words[0]):
        if not folder.adopted:
            if refused is None and not depth and not is_trusted(folder):
                refused = find(words, [folder])[0]
            continue
        from homelab.dropins.usable import Unreachable, has, sentence, trouble

        wrong = trouble(folder)
        if wrong is None or not has(folder, words):
            continue
        own = None if isinstance(wrong, Unreachable) else find(words, [folder])[0]
        refused = refused or own
        if refused is None:
            from homelab.telemetry.event import PERSONAL, of_installed

            run.counted(PERSONAL if folder.personal else of_installed(folder.prefix))
            raise Failure(errors.UNSTARTABLE, sentence(folder, wrong))
    return refused


def _own_verb(context: Context, dropin: Dropin, said: Declared) -> OwnName:
    from homelab.telemetry import consent

    return consent.own_verb(context.settings, dropin.words, dropin.own_name, said.counts_as)


def _explained(context: Context, text: str) -> int:
    from homelab.context import clean

    write_out(context, clean(text))
    return errors.DONE


def _run(
    context: Context, dropin: Dropin, words: list[str], known: dict[str, str], said: Declared
) -> int:
    from homelab.dropins import start

    if read_only(context.env):
        from homelab.dropins import description

        _permitted(context, dropin.verb, description.read(dropin).effect)
    if said.needs:
        from homelab.dropins import needs

        needs.require(dropin, said.needs, context.env, known)
    return start.run(dropin, words, context.env, context.program, known)


def _permitted(context: Context, verb: str, effect: str) -> None:
    """Raise Failure (77) if HOMELAB_READ_ONLY forbids a verb that does not declare that it only
    reads."""
    if effect != "read" and read_only(context.env):
        what = f"its effect is {effect!r}" if effect else "it does not declare 'Effect: read'"
        raise Failure(
            errors.REFUSED,
            f"{verb!r} does not run: HOMELAB_READ_ONLY is set and {what}; unset it to run this"
            " verb",
        )


def _no_dropin(
    context: Context, run: Run, words: list[str], depth: int, folders: list[VerbFolder]
) -> Callable[[], int]:
    from homelab.dropins.find import meant, names, not_verbs

    group = " ".join(words[:depth])
    asked = words[depth:] in (["--help"], ["-h"])
    if group and (depth == len(words) or asked):
        from homelab.dropins.names import fold

        return lambda: _listed(context, " ".join(map(fold, words[:depth])), asked)
    file = not_verbs(words, folders)
    if file is not None:
        from homelab.dropins.skipped import answer

        return _unknown(context, run, words, depth, frozenset(), answer(*file))
    known = meant(words[:depth], folders) or context.built_in.paths().union(names(folders))
    return _unknown(context, run, words, depth, known, own=True)


def _with_word(word: str, verbs: set[tuple[str, ...]]) -> str:
    """The verbs that have a word in any place, in either spelling, as a list of a few: the ones
    that end with it first, then the shortest; "" for none."""
    from homelab.dropins.names import spellings

    typed = spellings(word)
    found = [words for words in verbs if not typed.isdisjoint(words)]
    found.sort(key=lambda words: (words[-1] not in typed, len(words), words))
    more = f" and {len(found) - _FEW_OWN} more" if len(found) > _FEW_OWN else ""
    return ", ".join(" ".join(words) for words in found[:_FEW_OWN]) + more


def _unknown(
    context: Context,
    run: Run,
    words: list[str],
    depth: int,
    known: frozenset[str],
    why: str = "",
    own: bool = False,
) -> Callable[[], int]:
    """Report an unknown verb below the group of the first `depth` words; never guess and run one.
    The run is counted, by its word if the public list has it, so that `usage wanted` shows what
    people look for. Below a group of own verbs it is counted without its word: a wrong word there
    is not demand for a built-in verb. If a built-in verb does what the words mean, the list says
    which; `why` is the message instead if a file of that name cannot be a verb. With `own`, the
    message names this host's own verbs that have the unknown word in another place; the event never
    has them."""
    from homelab.telemetry import consent, vocabulary
    from homelab.telemetry.event import UNKNOWN, of_unknown

    groups = context.built_in.groups
    group = words[0] if depth else vocabulary.group_of(words[0])  # `containers` means `container`
    ours = depth < 2 and group in groups
    second = words[1] if len(words) > 1 and words[1][:1] != "-" else ""
    member = f"{group} {second.lower()}" if ours and second else ""
    does = ""
    if member in context.built_in.family(group):
        does = member
    elif ours or not depth:
        does = vocabulary.answer(f"{words[0]} {second}".rstrip())
    doing = ours and not depth and vocabulary.listed(second) in vocabulary.DOINGS
    extra = consent.vocabulary(context.settings)
    if depth:
        label = of_unknown(words[depth], extra, group, groups) if ours else UNKNOWN
    elif doing and does != member:
        label = of_unknown(second, extra, group, groups)
    else:  # what follows such a word may be an argument: `log nginx`
        label = of_unknown(words[0], extra)

    def fail() -> int:
        said = " ".join(words[: 2 if doing or (does and does == member) else depth + 1])
        from homelab.dropins.find import every

        families = context.built_in.families
        verbs = every(context.trusted_folders(), families) if own else set()
        theirs = _with_word(words[depth], verbs)
        paths = known if depth else known.union(map(" ".join, verbs))
        advice = why or (f"use: homelab {does}" if does else _hint(words, depth, paths))
        if theirs:
            advice = f"{advice}, or your own: {theirs}" if does else f"your own: {theirs}"
        raise Failure(errors.USAGE, f"no verb '{said}'; {advice}")

    run.counted(label)
    return fail


def _hint(words: list[str], depth: int, known: frozenset[str]) -> str:
    """The end of the message about unknown words that no built-in verb does: the page of that name,
    a verb that is spelt similarly, or how to make such a verb."""
    if depth:
        return resolve.hint(words, known)
    from homelab.describe.pages import topics

    if words[0] == "topics" or words[0] in topics():
        return f"use: homelab help {words[0]}"
    adding = "; to make your script a verb: homelab verbs add FOLDER"
    return resolve.hint(words, known, "see homelab help" + adding * resolve.is_word(words[0]))
