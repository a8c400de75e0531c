"""Pure: turn a folded command into the lines of a shell script."""

from __future__ import annotations

from homelab.habits.fold import MANY, OPTION, PLACEHOLDERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTED = {";": "\\;", "{}": "'{}'"}  # words that need quotes in a shell


class Lines:
    """The `commands` of a script, and the names of its `arguments`: `docker logs -f "$1"`, [NAME].
    The last argument may be `many` words. `shown` is the command itself."""

    __slots__ = ("arguments", "commands", "many", "shown")

    def __init__(self, shown: str, arguments: list[str], many: bool) -> None:
        self.shown = shown
        self.arguments: Sequence[str] = arguments
        self.many = many
        self.commands: Sequence[str] = [shown]
        if many and len(arguments) > 1:
            names = [name.lower() for name in arguments[:-1]]
            assigned = [f"{name}=${number}" for number, name in enumerate(names, 1)]
            self.commands = [*assigned, f"shift {len(names)}", shown]


def of(pattern: str) -> Lines:
    """The lines for a pattern; its varying parts become arguments. A placeholder for several words
    becomes the last argument, wherever it is in the command."""
    parts = [(word, *_placeholder(word)) for word in pattern.split(" ")]
    several = [place for place, part in enumerate(parts) if part[2] and part[0].endswith(MANY)]
    last = several[-1] if several else -1
    names: dict[int, str] = {}  # the names of arguments by their places
    for place, (_, _, name) in enumerate(parts):
        if name:
            same = sum(each.rstrip("0123456789") == name for each in names.values())
            names[place] = f"{name}{same + 1}" if same else name
    words = []
    number = 0
    for place, (word, before, name) in enumerate(parts):
        if not name:
            words.append(_QUOTED.get(word, word))
            continue
        number += place != last
        if place == last:
            value = "$@"
        elif several:
            value = f"${names[place].lower()}"
        else:
            value = f"${{{number}}}" if number > 9 else f"${number}"
        words.append(f'{before}"{value}"')
    arguments = [name for place, name in names.items() if place != last]
    if several:
        arguments.append(names[last])
    if not arguments and "|" not in words and ">" not in pattern:
        return Lines(" ".join([*words, '"$@"']), [], many=False)
    return Lines(" ".join(words), arguments, bool(several))


def fixed(pattern: str) -> list[str]:
    """The words for a verb that runs a pattern: program and subcommands, without options, varying
    parts, and sudo or the like."""
    words: list[str] = []
    for word in pattern.partition(" | ")[0].split(" "):
        if word in ("sudo", "doas", "run0") and not words:
            continue
        if word[:1] == "-" or _placeholder(word)[1] or not word[:1].isalnum():
            if words:
                break
            continue
        words.append(word.partition(".")[0] or word)
    return words


def _placeholder(word: str) -> tuple[str, str]:
    """(the text before the placeholder in a word, its name); ("", "") if there is none."""
    if word == OPTION:
        return "", OPTION[1:]
    word = word[: -len(MANY)] if word.endswith(MANY) else word
    if word in PLACEHOLDERS:
        return "", word
    name = next((each for each in PLACEHOLDERS if word[:1] == "-" and word.endswith(each)), "")
    return (word[: -len(name)], name) if name else ("", "")
