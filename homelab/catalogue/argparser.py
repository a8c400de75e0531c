"""Parse the command line of one verb with argparse.

argparse removes a value `--` (until Python 3.13 in every place, later among operands only), and has
its own rules for which words with a leading dash are values. So each value gets a NUL in front,
which makes it unlike an option, and loses it again when it is read.
"""

from __future__ import annotations

import argparse

from homelab.catalogue import argument_types, option_words
from homelab.catalogue.verb import FILES, MOMENTS, TARGETS
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from homelab.catalogue.values import Values
    from homelab.catalogue.verb import Argument, Verb

_UNEXPECTED = "unexpected argument: "
_MORE = 3  # words after the first one of a time that was not quoted: 1 hour 5 min
_VALUE = "\0"  # in front of a value
_NAMING = ("text", "selector", "verb", *FILES, *TARGETS)  # kinds that name a thing


def parse(verb: Verb, words: list[str], now: int, values: Values) -> None:
    """Parse the words into `values`, which hold the defaults. Raises Failure (2)."""
    given, words = words, _protected(verb, words, now)
    parser = _Parser(verb)
    for argument in verb.arguments:
        if argument.kind == "words":
            continue
        name = argument.name if argument.option else argument.attribute
        names = (*argument.aliases, name)
        reader = _reader(argument, now)
        if argument.kind == "flag":
            parser.add_argument(
                *names, dest=argument.attribute, action="store_true", default=argparse.SUPPRESS
            )
        elif argument.option:
            parser.add_argument(
                *names,
                dest=argument.attribute,  # argparse would take the first long name, maybe an alias
                action="append",
                type=reader,
                default=argparse.SUPPRESS,
                required=argument.required,
            )
        else:
            many = ("+" if argument.required else "*") if argument.many else None
            count = many or (None if argument.required else "?")
            parser.add_argument(name, type=reader, nargs=count, default=argparse.SUPPRESS)
    # options may come between the words of an operand that takes many: push a --timeout 5s b
    mixed = any(argument.many and not argument.option for argument in verb.arguments)
    try:
        read = vars(parser.parse_intermixed_args(words) if mixed else parser.parse_args(words))
    except Failure as failure:
        extra = failure.sentence.startswith(_UNEXPECTED)
        what = _divided(verb, given, now, extra)
        raise (Failure(USAGE, what, usage_of=verb.path) if what else failure) from None
    for argument in verb.arguments:
        if argument.attribute in read:
            found = read[argument.attribute]
            if argument.option and argument.kind != "flag" and not argument.many:
                found = _one(parser, argument, found)
            setattr(values, argument.attribute, found)


def _protected(verb: Verb, words: list[str], now: int) -> list[str]:
    """Return the words with a NUL in front of each value, without the `--` that ends the options:
    nothing after it looks like one. Raises Failure (2) for an option that is unknown or lacks its
    value, which argparse would find by its own rules."""
    options = option_words.options_of(verb)
    protected = []
    ended = False
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if ended or not option_words.is_option(word, options):
            protected.append(_VALUE + word)
            continue
        ended = word == "--"
        if ended:
            continue
        protected.append(word)
        for name, value in option_words.split(word, options):
            option = options.get(name)
            if option is None:
                meant = option_words.alike(name, options)
                hint = f"; did you mean {meant}?" if meant else ""
                raise Failure(USAGE, f"no such option: {name}{hint}", usage_of=verb.path)
            if value is not None:
                protected[-1] = word[: len(word) - len(value)] + _VALUE + value
            elif option.kind != "flag" and not option_words.takes_next(words, at - 1, options):
                possible = words[at:] and _is_value(option, words[at], now)
                hint = f"; write {option.name}={words[at]} if that is meant" if possible else ""
                what = f"{_named(option)}: a value is missing{hint}"
                raise Failure(USAGE, what, usage_of=verb.path)
    return protected


def _divided(verb: Verb, words: list[str], now: int, extra: bool) -> str:
    """The sentence about a time that was given as several words (`--since 90 d`), "" if there is
    none. The first word is not a time, or there is an `extra` word (`--since yesterday 13:00`)."""
    options = option_words.options_of(verb)
    for at, word in enumerate(words):
        if word == "--":
            break
        if not option_words.is_option(word, options):
            continue
        name, value = option_words.split(word, options)[-1]
        option = options.get(name)
        if option is None or option.kind not in (*MOMENTS, "span"):
            continue
        parts = [value] if value is not None else []
        for part in words[at + 1 : at + 2 + _MORE - len(parts)]:
            if option_words.is_option(part, options):
                break
            parts.append(part)
        if not extra and parts and _is_value(option, parts[0], now):
            continue
        for count in range(len(parts), 1, -1):
            text = " ".join(parts[:count])
            if _is_value(option, text, now):
                return f"{_named(option)} takes one word; quote it: {option.name} '{text}'"
            use = argument_types.in_units(text)
            if use:
                return f"{_named(option)} takes one word; use {option.name} {use}"
    return ""


def _is_value(option: Argument, text: str, now: int) -> bool:
    try:
        argument_types.value(option, text, now)
    except ValueError:
        return False
    return True


def _one(parser: _Parser, argument: Argument, found: list[object]) -> object:
    """The value of an option that was given once or more. A script may set an option and its caller
    another value, so the last one counts; but an option that names one thing (`--user`,
    `--ping-file`) may be given only once, so that none is silently ignored."""
    names = argument.kind in _NAMING and not argument.default and not argument.choices
    if names and found[1:] and any(value != found[0] for value in found):
        shown = " and ".join(map(repr, dict.fromkeys(found)))
        several = argument.value.endswith(",...")  # in one word
        joined = ",".join(map(str, dict.fromkeys(found)))
        hint = f"; write {argument.name} {joined} for all of them" if several else ""
        parser.error(f"argument {_named(argument)}: it takes one value, not {shown}{hint}")
    return found[-1]


def _named(argument: Argument) -> str:
    return "/".join((*argument.aliases, argument.name))


class _Parser(argparse.ArgumentParser):
    def __init__(self, verb: Verb) -> None:
        super().__init__(
            prog=f"homelab {verb.path}",
            add_help=False,
            allow_abbrev=False,
            usage=verb.path,
            formatter_class=_Formatter,
        )
        self._path = verb.path

    def error(self, message: str) -> NoReturn:
        first, _, rest = message.partition(": ")
        if first == "the following arguments are required":
            message = f"{rest if rest[:1] == '-' else rest.upper()} is missing"
        elif first == "unrecognized arguments":
            word = rest.split(" ")[0]
            message = f"{_UNEXPECTED}{word[1:]}"
        elif first.startswith("argument "):
            name = first[9:] if first[9] == "-" else first[9:].upper()
            message = f"{name}: {rest}"
            if rest.startswith("ignored explicit argument"):
                message = f"{name} takes no value"
        raise Failure(USAGE, message, usage_of=self._path)


class _Formatter(argparse.HelpFormatter):
    """A formatter that is made for each option, and never used. Without a width it would import
    shutil to find one."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


def _reader(argument: Argument, now: int) -> Callable[[str], object]:
    def read(text: str) -> object:
        if text is argparse.SUPPRESS:  # an operand that is missing
            return text
        try:
            return argument_types.value(argument, text[1:], now)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read
