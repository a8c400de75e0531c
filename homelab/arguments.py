"""The arguments of one verb: from its catalogue entry to an argparse parser to values."""

from __future__ import annotations

import argparse

from homelab import times
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from homelab.verb import Verb


def parse(verb: Verb, words: list[str], now: int) -> argparse.Namespace:
    """The values of a verb's arguments; `now` (ns) is what moments are counted from.

    An option `--no-header` is the attribute `no_header`, a positional SELECTOR `selector`. Raises
    Failure (2) that names the word and what it should be.
    """
    parser = _Parser(verb)
    rest: list[str] = []
    if verb.arguments and verb.arguments[-1].kind == "words":  # passed on: nothing is read in them
        own = leading(verb, words)
        words, rest = words[:own], words[own:]
    for argument in verb.arguments:
        if argument.kind == "words":
            continue
        option = argument.name.startswith("-")
        name = argument.name if option else argument.name.lower()
        if argument.kind == "flag":
            parser.add_argument(name, action="store_true")
        elif option:
            parser.add_argument(
                name,
                type=_reader(argument.kind, now),
                default=argument.default or None,
                choices=argument.choices or None,
                required=argument.required,
            )
        else:
            many = ("+" if argument.required else "*") if argument.many else None
            count = many or (None if argument.required else "?")
            parser.add_argument(name, type=_reader(argument.kind, now), nargs=count)
    values = parser.parse_args(words)
    if verb.arguments and verb.arguments[-1].kind == "words":
        last = verb.arguments[-1]
        if last.required and not rest:
            parser.error(f"the following arguments are required: {last.name}")
        setattr(values, last.name.lower(), rest)
    if getattr(values, "json", False) and getattr(values, "csv", False):
        raise Failure(USAGE, "--json and --csv exclude each other", usage_of=verb.path)
    return values


def leading(verb: Verb, words: list[str]) -> int:
    """How many of the words are the verb's own options, with their values, before the first other
    word: all that is read of a command line that is passed on."""
    valued = {option.name for option in verb.arguments if option.kind != "flag"}
    count = 0
    while count < len(words) and words[count].startswith("-"):
        count += 1 + (words[count] in valued)
    return min(count, len(words))


class _Parser(argparse.ArgumentParser):
    def __init__(self, verb: Verb) -> None:
        super().__init__(
            prog=f"homelab {verb.path}", add_help=False, allow_abbrev=False, usage=verb.path
        )
        self._path = verb.path

    def error(self, message: str) -> NoReturn:
        first, _, rest = message.partition(": ")
        if first == "the following arguments are required":
            message = f"{rest.upper()} is missing"
        elif first == "unrecognized arguments":
            word = rest.split(" ")[0]
            message = f"no such option: {word}" if word[:1] == "-" else f"one word too many: {word}"
        elif first.startswith("argument "):
            rest = "a value is missing" if rest == "expected one argument" else rest
            message = f"{first[9:].upper() if first[9] != '-' else first[9:]}: {rest}"
        raise Failure(USAGE, message, usage_of=self._path)


def _reader(kind: str, now: int) -> Callable[[str], object]:
    def since(text: str) -> int:
        try:
            return times.start_of(text, now)
        except (ValueError, OverflowError):
            raise argparse.ArgumentTypeError(
                f"{text!r} is no moment in the past; write 15m, 24h, 7d, 4w, today, yesterday,"
                " or a date like 2026-11-01"
            ) from None

    def count(text: str) -> int:
        if text.isascii() and text.isdigit() and 0 < int(text) < 10**9:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")

    def some(text: str) -> str:
        if text:
            return text
        raise argparse.ArgumentTypeError("'' is no value")

    def percent(text: str) -> float:
        return _between(text, 100, "a percentage from 0 to 100")

    def number(text: str) -> float:
        return _between(text, 1e9, "a number from 0 up")

    kinds: dict[str, Callable[[str], object]] = {
        "since": since,
        "count": count,
        "percent": percent,
        "number": number,
    }
    return kinds.get(kind, some)


def _between(text: str, most: float, what: str) -> float:
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        value = -1.0
    if 0 <= value <= most:  # not so for nan
        return value
    raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
