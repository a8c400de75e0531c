"""Pure: which words of a command line are options, and which are values.

argparse decides this differently in each version, and drops a value `--`.
"""

from __future__ import annotations

from homelab.catalogue import resolve
from homelab.catalogue.common import COLOUR, FORMAT, PLAIN_ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Argument, Verb

    Options = dict[str, Argument]  # by each of their names


def options_of(verb: Verb) -> Options:
    """The options of a verb, by name and alias."""
    return {
        name: option
        for option in verb.arguments
        if option.option
        for name in (option.name, *option.aliases)
    }


def formats(words: list[str]) -> int:
    """How many words before the verb choose how the answer is printed: 1 for `--json disk`, 2 for
    `-o json disk`. At least one word is left."""
    choices = {
        name: each.choices for each in (FORMAT, COLOUR) for name in (each.name, *each.aliases)
    }
    single = [option.name for option in PLAIN_ROWS if option.kind == "flag"]
    single += [f"{name}={to}" for name in choices for to in choices[name]]
    single += [f"{name}{to}" for name in FORMAT.aliases for to in FORMAT.choices]
    count = 0
    while count + 1 < len(words):
        word, following = words[count], words[count + 1]
        if following in choices.get(word, ()) and count + 2 < len(words):
            count += 2
        elif word in single:
            count += 1
        else:
            break
    return count


def misplaced(words: list[str]) -> str:
    """Return the error for an option before any verb, the first of the words."""
    word, following = words[0], words[1:2]
    for option in (FORMAT, COLOUR):
        named = word in (option.name, *option.aliases)
        if named and following and following[0] not in option.choices:
            return f"{word}: {following[0]!r} is not one of {', '.join(option.choices)}"
    known = [*(option.name for option in PLAIN_ROWS), FORMAT.name, *FORMAT.aliases]
    if word in known:
        return f"no verb after {word}"
    meant = resolve.nearest(word.partition("=")[0], known)
    hint = f" (did you mean {meant}?)" if meant else ""
    return f"unknown option {word}{hint}; options of a verb come after it"


def alike(name: str, options: Options) -> str:
    """The option that a mistyped `name` probably means; "" if none is similar."""
    plain = {each.lstrip("-"): each for each in options}
    typed = name.lstrip("-").lower().replace("_", "-")
    return plain.get(resolve.nearest(typed, plain), "")


def is_option(word: str, options: Options) -> bool:
    """Whether a word is an option, or the `--` that ends them. `-`, a negative number and a text
    with a blank (`--- FAIL: x`) are values, as no option looks like them."""
    if word[:1] != "-" or word == "-":
        return False
    name = split(word, options)[0][0]
    return word == "--" or name in options or (name.lstrip("-")[:1].isalpha() and " " not in name)


def split(word: str, options: Options) -> list[tuple[str, str | None]]:
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


def takes_next(words: list[str], at: int, options: Options) -> bool:
    """Whether the word after the option at index `at` is its value."""
    name, value = split(words[at], options)[-1]
    option = options.get(name)
    if option is None or option.kind == "flag" or value is not None:
        return False
    return at + 1 < len(words) and not is_option(words[at + 1], options)
