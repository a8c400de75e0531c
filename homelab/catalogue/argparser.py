"""One verb's command line, read by argparse."""

from __future__ import annotations

import argparse

from homelab.catalogue import argument_types
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from homelab.catalogue.values import Values
    from homelab.catalogue.verb import Argument, Verb


def parse(verb: Verb, words: list[str], now: int, values: Values) -> None:
    """Write what the words say into `values`, which hold the defaults. Raises Failure (2)."""
    parser = _Parser(verb)
    for argument in verb.arguments:
        if argument.kind == "words":
            continue
        name = argument.name if argument.option else argument.attribute
        names = (*argument.aliases, name)
        if argument.kind == "flag":
            parser.add_argument(*names, action="store_true", default=argparse.SUPPRESS)
            continue
        reader = _reader(argument, now)
        if argument.option:
            parser.add_argument(
                *names,
                action="append" if argument.many else "store",
                type=reader,
                default=argparse.SUPPRESS,
                choices=argument.choices or None,
                required=argument.required,
            )
        else:
            many = ("+" if argument.required else "*") if argument.many else None
            count = many or (None if argument.required else "?")
            parser.add_argument(name, type=reader, nargs=count, default=argparse.SUPPRESS)
    # options may stand between the words of an operand that takes many: push a --timeout 5s b
    mixed = any(argument.many and not argument.option for argument in verb.arguments)
    mixed = mixed and "--" not in words  # which it would forget
    read = parser.parse_intermixed_args(words) if mixed else parser.parse_args(words)
    for key, value in vars(read).items():
        setattr(values, key, value)


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
            message = f"no such option: {word}" if word[:1] == "-" else f"one word too many: {word}"
        elif first.startswith("argument "):
            rest = "a value is missing" if rest == "expected one argument" else rest
            message = f"{first[9:].upper() if first[9] != '-' else first[9:]}: {rest}"
        raise Failure(USAGE, message, usage_of=self._path)


class _Formatter(argparse.HelpFormatter):
    """Made for each option, and never used. Without a width it would import shutil to find one."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


def _reader(argument: Argument, now: int) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return argument_types.value(argument, text, now)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read
