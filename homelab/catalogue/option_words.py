"""Pure: which words of a command line are options, and which are values.

argparse decides this differently from version to version, and drops a value `--`.
"""

from __future__ import annotations

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
