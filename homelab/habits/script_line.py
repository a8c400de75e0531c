"""Pure: the line of a shell script that does what a folded command does."""

from __future__ import annotations

from homelab.habits.fold import OPTION, PLACEHOLDERS


class Line:
    """A command of a shell, and what its arguments `$1`, `$2` … are called: `docker logs -f "$1"`,
    [NAME]."""

    __slots__ = ("arguments", "text")

    def __init__(self, text: str, arguments: list[str]) -> None:
        self.text = text
        self.arguments = arguments


def of(pattern: str) -> Line:
    """The line of a pattern, whose varying parts become arguments."""
    arguments: list[str] = []
    words = []
    for word in pattern.split(" "):
        before, name = _placeholder(word)
        if not name:
            words.append(word)
            continue
        same = sum(each.rstrip("0123456789") == name for each in arguments)
        arguments.append(f"{name}{same + 1}" if same else name)
        words.append(
            f'{before}"${{{len(arguments)}}}"'
            if len(arguments) > 9
            else f'{before}"${len(arguments)}"'
        )
    return Line(" ".join(words), arguments)


def _placeholder(word: str) -> tuple[str, str]:
    """What stands before a placeholder in a word, and its name; "", "" where there is none."""
    if word == OPTION:
        return "", OPTION[1:]
    if word in PLACEHOLDERS:
        return "", word
    name = next((each for each in PLACEHOLDERS if word[:1] == "-" and word.endswith(each)), "")
    return (word[: -len(name)], name) if name else ("", "")


def fixed(pattern: str) -> list[str]:
    """The words that a verb for a pattern may have: program and subcommands, without options and
    without what varies."""
    words = []
    for word in pattern.partition(" | ")[0].split(" "):
        if word[:1] == "-" or word in PLACEHOLDERS:
            break
        words.append(word.partition(".")[0] or word)
    return words
