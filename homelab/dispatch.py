"""Choose what a command line does, and how it is counted."""

from __future__ import annotations

import os

from homelab import errors
from homelab.boot.baked import BUILD
from homelab.catalogue import resolve
from homelab.errors import Failure
from homelab.settings import read_only
from homelab.system import foreground, paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from homelab.catalogue.verb import Verb
    from homelab.context import Context
    from homelab.dropins.declared import Declared
    from homelab.dropins.dropin import Dropin, VerbFolder
    from homelab.output.answer import Stream, Table, Text
    from homelab.telemetry.event import Label, OwnName

_FEW_OWN = 3  # own verbs that the answer to an unknown word names
_INSTALL = ["self", "install"]
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
    A built-in path wins, and for it no folder of drop-ins is read; own verbs are looked up for all
    other words, also below the word of a built-in group."""
    words = context.argv
    if not words:
        return lambda: _no_verb(context)
    formats: list[str] = []  # --json may also come before the verb
    if words[0].startswith("-"):
        from homelab.catalogue import option_words

        front = option_words.formats(words)
        formats, words = words[:front], words[front:]
    words = [_SPELLINGS.get(words[0], words[0]), *words[1:]]
    if words[0].startswith("-"):
        from homelab.catalogue import option_words

        raise Failure(errors.USAGE, f"{option_words.misplaced(words)}; see homelab help")
    built_in = context.built_in
    path = built_in.owner(words)
    if not path:
        return _dropin(context, run, words, formats)
    count = resolve.longest_prefix(words, built_in.family(words[0]))
    if not count and _asks_for_help(words):
        return lambda: _listed(context, words[0], True)
    typed, rest = words[: count or 1], words[count or 1 :]
    return _built_in(context, run, built_in.verb(path), [*formats, *rest], typed)


def _built_in(
    context: Context, run: Run, verb: Verb, words: list[str], typed: list[str]
) -> Callable[[], int]:
    """Return the function that runs a built-in verb with the `words` of its arguments; `typed` are
    the words that named it."""
    if verb.discovery or _asks_for_help(_own(verb, words)):
        return lambda: _discover(context, verb, words)
    run.counted(_label(context, verb))
    return lambda: _dispatch(context, verb, words, typed)


def _name_shadowed(context: Context, typed: list[str]) -> None:
    """Say once for each build which own verbs built-in verbs keep from running: at a terminal all
    of them, otherwise those that the `typed` words of a built-in would have run. It costs a run one
    or two looks at a file, and an error here does not affect the verb. The verbs about own verbs
    say it themselves."""
    marks = paths.name_marks(context.env)
    mark = f"{marks}/{BUILD}"
    if not marks or typed[:1] == ["verbs"] or os.path.lexists(mark):
        return
    everything = typed == _INSTALL or context.terminal()
    words = [] if everything else typed
    if not everything and (not typed or os.path.lexists(".".join([mark, *typed]))):
        return
    kept, context.settings = context.settings, context.settings.unread()  # the verb may write them
    try:
        if _has_folders_of_verbs(context, everything):
            from homelab.dropins import shadowed

            first = words[0] if words else ""
            sentence = shadowed.sentence(
                marks,
                BUILD,
                words,
                context.built_in,
                lambda: context.trusted_folders(first=first),
                always=typed == _INSTALL,
            )
            if sentence:
                context.message(sentence)
    except Exception:  # nothing of this is worth the run of a verb
        pass
    finally:
        context.settings = kept


def _has_folders_of_verbs(context: Context, everything: bool) -> bool:
    """Whether this account may have own verbs, by a look at the usual folders and the environment,
    and at the settings files if `everything` is looked at."""
    for verbs in (paths.user_verbs(context.env), context.system_verbs):
        beside = f"{os.path.dirname(verbs)}/adopted"
        if verbs and (os.path.isdir(verbs) or os.path.isdir(beside)):
            return True
    if not everything:
        return bool(context.env.get("HOMELAB_VERBS_PATH"))
    return bool(context.settings.text("verbs.path"))


def _own(verb: Verb, words: list[str]) -> list[str]:
    """The words that the verb itself reads, without those that it passes on."""
    if verb.arguments and verb.arguments[-1].kind == "words":
        from homelab.catalogue.arguments import leading

        return words[: leading(verb, words)]
    return words


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


def _dispatch(context: Context, verb: Verb, words: list[str], typed: list[str]) -> int:
    from homelab.catalogue import arguments

    _name_shadowed(context, typed)  # first: the arguments may be those of the own verb
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


def _count_wish(context: Context, run: Run, group: str) -> None:
    """Count the word of a group as a wish if none of the group's verbs does what it says: `backup
    age` makes no backup."""
    from homelab.telemetry import consent, event, vocabulary

    if group not in vocabulary.GROUPS and vocabulary.listed(group):
        run.counted(event.of_unknown(group, consent.vocabulary(context.settings)))


def _listed(context: Context, group: str, asked: bool) -> int:
    """List the verbs of a group: on stdout if help was asked for, else on stderr with exit code
    2."""
    from homelab.verbs.about import help

    terminal = context.width() if asked else foreground.columns(context.stderr)
    text = help.group(context, group, terminal)
    if asked:
        return _explained(context, text)
    known = text.partition("\n\n")[2].rstrip("\n")
    from homelab.dropins.find import every

    verbs = every(context.trusted_folders(), context.built_in.owner)
    theirs = _with_word(group, {words for words in verbs if words[0] != group})
    known += f"\n\nyour own: {theirs}" if theirs else ""
    context.say(f"homelab: {group!r} is a group of verbs; use one of them:\n\n{known}")
    return errors.USAGE


def _dropin(context: Context, run: Run, words: list[str], formats: list[str]) -> Callable[[], int]:
    """Run the own verb that the words name; if there is none, say so, or list the group."""
    from homelab.dropins.find import find

    known: dict[str, str] = {}
    folders = context.trusted_folders(known, words[0])
    found, depth = find(words, folders)
    if found is None:
        found = _unused(context, run, words, depth)
    shadowed = found if found and context.built_in.owner(found.words) else None
    if found is None or shadowed:
        family = context.built_in.family(words[0])
        if family and depth <= (resolve.longest_prefix(words, family) or 1):
            return _no_member(context, run, words, formats, folders, shadowed)
        context.settings.value("verbs.path")  # broken settings may have hidden its folder
        if shadowed:  # by a built-in in another spelling, as in `Disk usage`
            why = f"use: homelab {context.built_in.owner(shadowed.words)}"
            return _unknown(context, run, words, 0, frozenset(), why)
        depth = 0 if not family and _folds_to_built_in(context, words[0]) else depth
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
            return lambda: _explained(context, text + _built_in_below(context, found))
        rest = passed(rest)
    from homelab.dropins import declared
    from homelab.telemetry import event

    said = declared.read(found, known)
    personal = found.folder.personal
    run.counted(_own_verb(context, found, said) if personal else event.of_installed(found.words))
    return lambda: _run(context, found, rest, known, said)


def _built_in_below(context: Context, dropin: Dropin) -> str:
    """The part of a script's help about built-in verbs whose path begins with its words."""
    if dropin.words[0] not in context.built_in.families:
        return ""
    from homelab.verbs.about import help

    return help.built_in_below(context, dropin.verb)


def _folds_to_built_in(context: Context, word: str) -> bool:
    """Whether a word is a built-in's first word in another spelling: `Disk`, `disk.sh`."""
    from homelab.dropins.names import spellings

    return not spellings(word).isdisjoint(context.built_in.families)


def _no_member(
    context: Context,
    run: Run,
    words: list[str],
    formats: list[str],
    folders: list[VerbFolder],
    shadowed: Dropin | None,
) -> Callable[[], int]:
    """Answer words that begin with a built-in's word and name no verb: list the group, or report
    the word behind it. `shadowed` is the own verb of these words that a built-in keeps from
    running."""
    from homelab.dropins.find import meant

    built_in = context.built_in
    family = built_in.family(words[0])
    count = resolve.longest_prefix(words, family)
    if not count and (len(words) == 1 or words[1].startswith("-")):
        asked = _asks_for_help(words)
        if not asked:
            _count_wish(context, run, words[0])
        return lambda: _listed(context, words[0], asked)
    why = ""
    if shadowed is not None:
        what = built_in.owner(shadowed.words)
        why = f"{what!r} is built in; to run your own: homelab verbs run {' '.join(words)}"
    if count and not resolve.members(" ".join(words[:count]), family):
        verb = built_in.verb(" ".join(words[:count]))  # an argument too many, not a mistyped verb
        if not why:
            names = [path.rpartition(" ")[2] for path in meant(words[:count], folders)]
            name = resolve.nearest(words[count], names)
            why = f"did you mean {' '.join([verb.path, name])!r}?" if name else ""
        if not why:
            return _built_in(context, run, verb, [*formats, *words[count:]], words[:count])
        run.counted(_label(context, verb))
        sentence = f"unexpected argument: {words[count]}; {why}"
        return lambda: _failed(sentence)
    context.settings.value("verbs.path")  # broken settings may have hidden its folder
    below = meant(words[: count or 1], folders)
    own = [path for path in below if not built_in.owner(path.split(" "))]
    return _unknown(context, run, words, count or 1, built_in.paths().union(own), why)


def _failed(sentence: str) -> int:
    raise Failure(errors.USAGE, sentence)


def _unused(context: Context, run: Run, words: list[str], depth: int) -> Dropin | None:
    """Return the drop-in of that name in a folder that another account can change, to report why it
    is refused. Raises Failure (126) if a checkout that begins with these words cannot be read; such
    a run is counted."""
    from homelab.dropins.find import find, is_trusted

    refused = None
    bare = len(words) == 1 or words[1].startswith("-")
    listed = bare and words[0] in context.built_in.groups  # whatever a checkout has below it
    for folder in context.verb_folders(words[0]):
        if not folder.adopted:
            if refused is None and not depth and not is_trusted(folder):
                refused = find(words, [folder])[0]
            continue
        if listed and folder.prefix:
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

    _name_shadowed(context, [])
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

        verbs = every(context.trusted_folders(), context.built_in.owner) if own else set()
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
    if words[0] in known:  # "disk clean" as one word
        return f"without quotes: homelab {words[0]}"
    from homelab.describe.pages import topics

    if words[0] == "topics" or words[0] in topics():
        return f"use: homelab help {words[0]}"
    adding = "; to make your script a verb: homelab verbs add FOLDER"
    return resolve.hint(words, known, "see homelab help" + adding * resolve.is_word(words[0]))
