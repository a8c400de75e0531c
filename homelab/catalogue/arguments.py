"""The arguments of one verb: from its catalogue entry and the words of a command line to values.

The parser is our own. Before Python 3.13 argparse drops the value of `--app=--`, so that a filter
would silently be no filter; and importing it takes a third of a bare start.
"""

from __future__ import annotations

from homelab.catalogue import argument_types
from homelab.catalogue.values import Values
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Argument, Verb

    Options = dict[str, Argument]  # by each of their names


def parse(verb: Verb, words: list[str], now: int) -> Values:
    """The values of a verb's arguments; `now` (ns) is what moments are counted from. Raises Failure
    (2) that names the word and what it should be."""
    rest: list[str] = []
    passed = verb.arguments[-1] if verb.arguments and verb.arguments[-1].kind == "words" else None
    if passed:  # nothing is read in what is passed on
        own = leading(verb, words)
        words, rest = words[:own], words[own + (words[own : own + 1] == ["--"]) :]
    values = Values()
    try:
        _fill(verb, words, now, values)
    except ValueError as error:
        raise Failure(USAGE, str(error), usage_of=verb.path) from None
    if passed:
        if passed.required and not rest:
            raise Failure(USAGE, f"{passed.name} is missing", usage_of=verb.path)
        setattr(values, passed.name.lower(), rest)
    if getattr(values, "json", False) and getattr(values, "csv", False):
        raise Failure(USAGE, "--json and --csv exclude each other", usage_of=verb.path)
    return values


def leading(verb: Verb, words: list[str]) -> int:
    """How many of the words are the verb's own, options with their values and as many operands as
    it has itself, before what is passed on: all that is read of such a command line."""
    options = _options(verb)
    operands = sum(not each.option and each.kind != "words" for each in verb.arguments)
    count = 0
    while count < len(words) and words[count] != "--":
        if _is_option(words[count], options):
            count += 1 + _takes_next(words, count, options)
        elif operands:
            operands -= 1
            count += 1
        else:
            break
    return count


def _fill(verb: Verb, words: list[str], now: int, values: Values) -> None:
    """Set the value of every argument. Raises ValueError with a sentence for what can't be read."""
    options = _options(verb)
    texts: dict[str, list[str]] = {}  # what was given, by the argument's name
    operands: list[str] = []
    at, ended = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if ended or not _is_option(word, options):
            operands.append(word)
            continue
        ended = word == "--"
        for name, value in [] if ended else _split(word, options):
            option = options.get(name)
            if option is None:
                raise ValueError(f"no such option: {name}")
            if option.kind == "flag":
                if value is not None:
                    raise ValueError(f"{_named(option)} takes no value")
                texts[option.name] = []
                continue
            if value is None:
                if not _takes_next(words, at - 1, options):
                    raise ValueError(_valueless(option, words[at : at + 1]))
                value = words[at]
                at += 1
            texts.setdefault(option.name, []).append(value)
    for argument in verb.arguments:
        if argument.option or argument.kind == "words":
            continue
        taken = operands if argument.many else operands[:1]
        operands = operands[len(taken) :]
        if taken:
            texts[argument.name] = taken
    for argument in verb.arguments:
        if argument.kind == "flag":
            setattr(values, argument.attribute, argument.name in texts)
        elif argument.kind != "words":
            setattr(values, argument.attribute, _value(argument, texts.get(argument.name), now))
    if operands:
        raise ValueError(f"unexpected argument: {operands[0]}")


def _options(verb: Verb) -> Options:
    return {
        name: option
        for option in verb.arguments
        if option.option
        for name in (option.name, *option.aliases)
    }


def _is_option(word: str, options: Options) -> bool:
    """Whether a word is an option, or the `--` that ends them. `-`, a negative number and a text
    with a blank (`--- FAIL: x`) are values, as no option looks like them."""
    if word[:1] != "-" or word == "-":
        return False
    name = _split(word, options)[0][0]
    return word == "--" or name in options or (name.lstrip("-")[:1].isalpha() and " " not in name)


def _split(word: str, options: Options) -> list[tuple[str, str | None]]:
    """The options in one word, each with the value that is joined to it or None: `--limit=5`,
    `-n5`, `-qo` for `-q -o`."""
    found: list[tuple[str, str | None]] = []
    while True:
        name, equals, text = word.partition("=")
        short = options.get(word[:2])
        if short is None or len(name) == 2:
            return [*found, (name, text if equals else None)]
        if short.kind != "flag":
            return [*found, (word[:2], word[2:])]
        found.append((word[:2], None))
        word = f"-{word[2:]}"


def _takes_next(words: list[str], at: int, options: Options) -> bool:
    """Whether the word behind the option at `at` is its value."""
    name, value = _split(words[at], options)[-1]
    option = options.get(name)
    if option is None or option.kind == "flag" or value is not None:
        return False
    return at + 1 < len(words) and not _is_option(words[at + 1], options)


def _valueless(option: Argument, following: list[str]) -> str:
    hint = f"; write {option.name}={following[0]} if that is meant" if following else ""
    return f"{_named(option)}: a value is missing{hint}"


def _named(argument: Argument) -> str:
    return "/".join((*argument.aliases, argument.name))


def _value(argument: Argument, texts: list[str] | None, now: int) -> object:
    """The value of an argument that was given as these texts, None for not at all."""
    if texts is None:
        if argument.required:
            raise ValueError(f"{_named(argument)} is missing")
        if argument.many:
            return []
        return argument_types.value(argument, argument.default, now) if argument.default else None
    try:
        found = [argument_types.value(argument, text, now) for text in texts]
    except ValueError as error:
        raise ValueError(f"{_named(argument)}: {error}") from None
    if argument.many:
        return found
    if len(set(texts)) > 1 and _narrows(argument):
        shown = " and ".join(map(repr, dict.fromkeys(texts)))
        raise ValueError(f"{_named(argument)}: it takes one value, not {shown}")
    return found[-1]  # a script may set an option, and its caller another value


def _narrows(argument: Argument) -> bool:
    """Whether a value is a name that narrows the answer (`--app`, `--user`): the last of several
    would silently take the place of the others."""
    return argument.kind == "text" and not argument.default and not argument.choices
