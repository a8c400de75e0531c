"""Parse the arguments of one verb: from its catalogue entry and the words to values."""

from __future__ import annotations

from homelab.catalogue import argument_types, option_words
from homelab.catalogue.common import FORMAT
from homelab.catalogue.values import Values
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb


def parse(verb: Verb, words: list[str], now: int) -> Values:
    """Return the values of a verb's arguments; relative moments count from `now` (ns). Raises
    Failure (2) that names the wrong word and says what is right."""
    rest: list[str] = []
    passed = verb.arguments[-1] if verb.arguments and verb.arguments[-1].kind == "words" else None
    if passed:  # words that are passed on are not parsed
        own = leading(verb, words)
        words, rest = words[:own], words[own + (words[own : own + 1] == ["--"]) :]
    values = _defaults(verb, now)
    if words or any(argument.required for argument in verb.arguments):
        from homelab.catalogue import (
            argparser,  # argparse takes a third of a bare start, and there is nothing to parse
        )

        argparser.parse(verb, words, now, values)
    if passed:
        if passed.required and not rest and not verb.carries:  # that says where the -- belongs
            raise Failure(USAGE, f"{passed.name} is missing", usage_of=verb.path)
        setattr(values, passed.name.lower(), rest)
    _settle(verb, values)
    return values


def _settle(verb: Verb, values: Values) -> None:
    """Turn `--output json` into `--json`. Raises Failure (2) for options that exclude each
    other."""
    given = [f"--{name}" for name in ("json", "csv") if getattr(values, name, False)]
    if FORMAT in verb.arguments and values.output:
        if f"--{values.output}" not in given:
            given.append(f"--output {values.output}")
        setattr(values, values.output, True)
    ways = [f"--{name}" for name in ("all", "problems") if getattr(values, name, False)]
    for pair in (given, ways if "problems" in vars(values) else []):
        if len(pair) > 1:
            raise Failure(USAGE, f"{' and '.join(pair)} exclude each other", usage_of=verb.path)


def leading(verb: Verb, words: list[str]) -> int:
    """How many of the words are the verb's own: options with their values, and as many operands as
    it has, before the words that are passed on. Only these words are read. If an operand takes any
    number of words, only `--` ends them."""
    options = option_words.options_of(verb)
    own = [each for each in verb.arguments if not each.option and each.kind != "words"]
    operands = len(words) if any(each.many for each in own) else len(own)
    count = 0
    while count < len(words) and words[count] != "--":
        if option_words.is_option(words[count], options):
            count += 1 + option_words.takes_next(words, count, options)
        elif operands:
            operands -= 1
            count += 1
        else:
            break
    return count


def _defaults(verb: Verb, now: int) -> Values:
    values = Values()
    for argument in verb.arguments:
        default: object = None
        if argument.kind == "flag":
            default = False
        elif argument.many:
            default = []
        elif argument.default:
            default = argument_types.value(argument, argument.default, now)
        setattr(values, argument.attribute, default)
    return values
