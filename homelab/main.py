"""Run one command line: argv → verb → rows → exit code, one ladder of errors, one `finally` that
counts it."""

from __future__ import annotations

import os
import sys

from homelab import dispatch, errors
from homelab.errors import Failure, Signalled
from homelab.system import foreground

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from homelab.catalogue.verb import Verb
    from homelab.context import Context


def main(argv: list[str], program: str) -> NoReturn:
    """Run `argv` for real and end the process."""
    from homelab.context import Context
    from homelab.verbs import BUILT_IN

    stdout, stderr = map(foreground.waiting, (sys.stdout, sys.stderr))
    foreground.leave(*run(Context(argv, os.environ, stdout, stderr, BUILT_IN, program=program)))


def run(context: Context) -> tuple[int, int]:
    """Run one command line; return the exit code, and the signal to end by or 0."""
    run = dispatch.Run()
    code, by = errors.BUG, 0
    try:
        code = dispatch.choose(context, run)()
        dispatch.write_out(context, "")
    except BaseException as error:
        run.over()
        code, by = _told(context, error)
    finally:
        run.over()
        if run.label is not None:
            from homelab.telemetry.record import record

            record(context, [run.label, *context.carried], code)
    return code, by


def _told(context: Context, error: BaseException) -> tuple[int, int]:
    """Report the error that ended a verb on stderr; return the exit code, and the signal to end by
    or 0."""
    if isinstance(error, Failure):
        context.message(error.sentence)
        if error.below:
            context.say(error.below)
        if error.usage_of:
            verb = context.built_in.verb(error.usage_of)
            example = _example(verb, error.sentence)
            context.say(f"example: {example}\nsee homelab help {verb.path}")
        return error.code, 0
    if isinstance(error, KeyboardInterrupt):
        error = Signalled(2)
    if isinstance(error, BrokenPipeError):
        error = Signalled(13)  # the reader of stdout has gone: end as any filter does
    if isinstance(error, Signalled):
        return errors.SIGNALLED + error.number, error.number
    if context.env.get("HOMELAB_DEBUG") == "1":
        import traceback

        context.say("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    context.message(
        f"a bug in homelab, {type(error).__name__}: {error}; run it again with HOMELAB_DEBUG=1 and"
        " report the output"
    )
    return errors.BUG, 0


def _example(verb: Verb, sentence: str) -> str:
    """The example of a verb for a sentence about wrong usage: the first that has an option which
    the sentence names, else the first."""
    named = {
        word.strip(":;,?'\"") for word in sentence.replace("/", " ").split() if word[:1] == "-"
    }
    for example in verb.examples:
        if not named.isdisjoint(example.replace("=", " ").split()):
            return example
    return verb.examples[0]
