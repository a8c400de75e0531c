"""One run: argv → verb → rows → exit code, one ladder of errors, one `finally` that counts it."""

from __future__ import annotations

import os
import sys

from homelab import errors, resolve
from homelab.catalogue import GROUPS, VERBS
from homelab.errors import Failure, Signalled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from homelab.catalogue import Verb
    from homelab.context import Context
    from homelab.dropins import Place
    from homelab.output.answer import Table, Text
    from homelab.telemetry.event import Label

BUILT_IN = {verb.path: verb for verb in VERBS}
PATHS = frozenset(BUILT_IN)
_FIRST_WORDS = frozenset(path.split(" ")[0] for path in PATHS)
_SPELLINGS = {"--version": "version", "-V": "version", "--help": "help", "-h": "help"}


def main(argv: list[str], program: str) -> NoReturn:
    """Run `argv` in the real world and end the process."""
    from homelab.context import of_process
    from homelab.process import leave

    stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - it lives as long as we do
    stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (stdout, stderr):
        # what the locale can't write is shown escaped: no reason for a verb to fail
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    leave(run(of_process(argv, program, stdout, stderr)))


def run(context: Context) -> int:
    """Run one command line; returns the exit code, 128+n for a signal to end by."""
    label: Label | None = None
    code = errors.BUG
    try:
        label, act = choose(context)
        code = act()
        _written(context, "")
    except BaseException as error:
        code = _told(context, error)
    finally:
        if label is not None:
            from homelab.process import ignore_signals
            from homelab.telemetry.record import record

            ignore_signals()
            record(context, label, code)
    return code


def choose(context: Context) -> tuple[Label | None, Callable[[], int]]:
    """What the command line asks for: the label to count it under (None: not counted), and the
    act. Built-ins own their first word; for them no folder of drop-ins is touched."""
    words = context.argv
    if not words:
        return None, lambda: _no_verb(context)
    words = [_SPELLINGS.get(words[0], words[0]), *words[1:]]
    if words[0].startswith("-"):
        raise Failure(errors.USAGE, f"{words[0]}: options stand after the verb; see homelab help")
    count = resolve.longest_prefix(words, PATHS)
    if count:
        verb = BUILT_IN[" ".join(words[:count])]
        rest = words[count:]
        if verb.discovery or _asks_for_help(rest):
            return None, lambda: _discover(context, verb, rest)
        return _counted(verb), lambda: _dispatch(context, verb, rest)
    if words[0] in _FIRST_WORDS:
        return _group(context, words)
    return _dropin(context, words)


def _asks_for_help(words: list[str]) -> bool:
    own = words[: words.index("--")] if "--" in words else words
    return "--help" in own or "-h" in own


def _discover(context: Context, verb: Verb, words: list[str]) -> int:
    """Answered before dispatch, never counted."""
    if not verb.discovery or _asks_for_help(words):
        verb, words = BUILT_IN["help"], verb.path.split(" ")
    from homelab.verbs import discovery

    _written(context, discovery.answer(context, verb, words))
    return errors.DONE


def _counted(verb: Verb) -> Label | None:
    from homelab.process import raise_on_signals
    from homelab.telemetry.event import of_verb

    raise_on_signals()
    return of_verb(verb) if verb.recorded else None


def _dispatch(context: Context, verb: Verb, words: list[str]) -> int:
    from importlib import import_module

    from homelab import arguments

    values = arguments.parse(verb, words, context.clock())
    module, _, name = verb.function.partition(":")
    answer: Table | Text = getattr(import_module(module), name)(context, values)
    from homelab.output import printed

    text, talk = printed.of_answer(answer, values, context.width())
    _written(context, text)
    for sentence in talk:
        context.say(f"homelab: {sentence}")
    return answer.code


def _written(context: Context, text: str) -> None:
    """Write to stdout and flush. A closed pipe stays a BrokenPipeError; what else the disk or
    terminal refuses is a Failure."""
    try:
        context.stdout.write(text)
        context.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(
            errors.NO, f"stdout can't be written: {error.strerror}; the answer is not whole"
        ) from None


def _no_verb(context: Context) -> int:
    from homelab import help as screens

    context.say("homelab: no verb given; these are there:\n\n" + screens.overview().rstrip("\n"))
    return errors.USAGE


def _group(context: Context, words: list[str]) -> tuple[Label | None, Callable[[], int]]:
    if len(words) > 1 and not words[1].startswith("-"):
        return _unknown(context, words, 1, PATHS)
    from homelab import help as screens

    if _asks_for_help(words):
        text = screens.group(words[0])

        def answer() -> int:
            _written(context, text)
            return errors.DONE

        return None, answer

    def told() -> int:
        known = screens.group(words[0]).split("\n", 2)[2].rstrip("\n")
        context.say(f"homelab: {words[0]!r} is a group of verbs; name one of them:\n\n{known}")
        return errors.USAGE

    return None, told


def _dropin(context: Context, words: list[str]) -> tuple[Label | None, Callable[[], int]]:
    from homelab import dropins

    broken, more = None, None
    try:
        more = context.settings.value("verbs.path")
    except Failure as failure:
        broken = failure  # no reason not to run what stands in the usual places
    folders = dropins.places_of(context.env, context.system_verbs, more)
    found, depth = dropins.find(words, folders)
    if found is None:
        if broken:
            raise broken
        return _no_dropin(context, words, depth, folders)
    from homelab.process import raise_on_signals
    from homelab.telemetry import event

    raise_on_signals()
    label = event.PERSONAL if found.place.personal else event.of_installed(found.words)
    return label, lambda: dropins.run(found, words[depth:], context.env, context.program)


def _no_dropin(
    context: Context, words: list[str], depth: int, folders: list[Place]
) -> tuple[Label | None, Callable[[], int]]:
    from homelab import dropins

    group = " ".join(words[:depth])
    inner = dropins.names(folders, "/".join(words[:depth])) if group else []
    if group and depth == len(words):

        def told() -> int:
            listed = "\n".join(f"  {group} {name}" for name in inner) or "  (none yet)"
            context.say(f"homelab: {group!r} is a group of verbs; name one of them:\n\n{listed}")
            return errors.USAGE

        return None, told
    known = frozenset(f"{group} {name}" for name in inner) or PATHS.union(dropins.names(folders))
    return _unknown(context, words, depth, known)


def _unknown(
    context: Context, words: list[str], depth: int, known: frozenset[str]
) -> tuple[Label, Callable[[], int]]:
    """No such verb below the group of the first `depth` words: nothing is guessed and run. It is
    counted, by its word where the public wish-list has that: wanting shows what is missing."""
    from homelab.telemetry.consent import vocabulary
    from homelab.telemetry.event import of_unknown

    def fail() -> int:
        from homelab.output.columns import visible

        shown = visible(" ".join(words[: depth + 1]), terminal=True)
        meant = resolve.suggestions(words, known)
        hint = f"did you mean {' or '.join(map(repr, meant))}?" if meant else "see homelab help"
        raise Failure(errors.USAGE, f"no verb '{shown}'; {hint}")

    return of_unknown(words[depth], vocabulary(context.settings)), fail


def _told(context: Context, error: BaseException) -> int:
    """The one ladder: from what ended a verb to what is said on stderr, and the exit code."""
    if isinstance(error, Failure):
        context.say(f"homelab: {error.sentence}")
        if error.usage_of:
            from homelab import help as screens

            verb = BUILT_IN[error.usage_of]
            context.say(f"{screens.usage(verb)}\nexample: {verb.examples[0]}")
        return error.code
    if isinstance(error, KeyboardInterrupt):
        return errors.SIGNALLED + 2
    if isinstance(error, Signalled):
        return errors.SIGNALLED + error.number
    if isinstance(error, BrokenPipeError):
        return errors.SIGNALLED + 13  # the reader of our stdout has gone: as any filter ends
    if context.env.get("HOMELAB_DEBUG") == "1":
        import traceback

        context.say("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    context.say(
        f"homelab: a bug, {type(error).__name__}: {error}; run it again with HOMELAB_DEBUG=1 and"
        " report what it prints"
    )
    return errors.BUG


assert {path.split(" ")[0] for path in PATHS if " " in path} == {name for name, _ in GROUPS}
