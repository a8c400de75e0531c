"""Pure: read the arguments in a usage line: `conv [-v] [-o FILE] INPUT...`."""

from __future__ import annotations

from homelab.catalogue.verb import Argument
from homelab.dropins.file_words import kind_of, names_file
from homelab.output.columns import visible

_ANY = frozenset("options option opts flags switches".split())  # `[OPTIONS]` names no option
_STARTERS = frozenset("sudo sh bash zsh python python3 perl ruby env usage:".split())
_MOST = 40  # arguments; a line with more is not a usage line


def without_program(usage: str, path: str, file: str) -> str:
    """The usage line without the words that start the script: its file, or the verb's `path`."""
    words = usage.split()
    while len(words) > 1 and words[0].lower() in _STARTERS:
        del words[0]
    verb = path.split(" ")
    typed = words[1:] if words[:1] == ["homelab"] else words
    for count in range(len(verb), 0, -1):  # scripts do not know the prefix of their checkout
        if typed[:count] == verb[-count:]:
            return " ".join(typed[count:])
    first = words[0] if words else ""
    placeholder = first[:1] in tuple("-[<{") or (first.upper() == first and first[:1] != "$")
    return " ".join(words if placeholder and first != file else words[1:])


def arguments(usage: str) -> list[Argument]:
    """The arguments of a usage line without its program, in order; empty if a part is not
    understood. A word behind an option is its value only inside brackets (`-v POOL` may be a flag
    and an operand), or if it names a file, which is withheld from agents in both cases."""
    found: list[Argument] = []
    depth, option = 0, ""
    signs = _tokens(usage)
    for at, part in enumerate(signs):
        if part in "()":
            return []
        if part in "[]":
            depth += 1 if part == "[" else -1
            option = ""
            if depth < 0:
                return []
        elif part == "...":
            if found and not found[-1].option:
                found[-1].many = True
        elif part == "|":
            if not depth or not (found and found[-1].option):
                return []  # alternatives: the positions of the operands are not known
            option = ""
        elif part.startswith("-"):
            names = part.partition("=")[0].split("|")
            if not all(name.startswith("-") for name in names):
                return []
            if all(name.strip("-") for name in names):
                found.append(_option(part, depth == 0))
                option = part
        elif option and found[-1].kind == "flag":
            named = kind_of([option, part], ())
            if not depth and named != "file":
                return []
            found[-1] = _valued(found[-1], part, named, not depth)
            option = ""
        elif part.strip("<>{}").lower() not in _ANY:
            operand = _operand(part, depth == 0)
            same = [each for each in found if each.name == operand.name]
            if not operand.name or (same and signs[at + 1 : at + 2] != ["..."]):
                return []
            if not same:
                found.append(operand)
            elif same == found[-1:]:
                found[-1].many = True  # `input [input ...]`
    return found if not depth and len(found) <= _MOST else []


def needs_file(usage: str) -> bool:
    """Whether a usage line names a file outside brackets, even if the line is not understood."""
    depth = 0
    for part in _tokens(usage):
        depth += (part == "[") - (part == "]")
        if depth <= 0 and kind_of([part], ()) == "file":
            return True
    return False


def _tokens(usage: str) -> list[str]:
    """The tokens of a usage line: words, brackets, `|` with blanks around it, and dots; `<a name>`
    is one word."""
    signs: list[str] = []
    word, inside = "", ""
    for sign in usage.replace("\u2026", "..."):
        if inside:
            word += "_" if sign == " " else sign
            inside = "" if sign == inside else inside
        elif sign in "<{":
            word, inside = word + sign, ">" if sign == "<" else "}"
        elif sign in "[]() ":
            signs += [word, sign]
            word = ""
        else:
            word += sign
    split: list[str] = []
    for part in (*signs, word):
        bare = part.rstrip(".,") if part.endswith("...") else part
        split += [part for part in (bare, "..." if bare != part else "") if part.strip()]
    return split


def _option(part: str, required: bool) -> Argument:
    names, _, value = part.partition("=")
    spelled = sorted(map(visible, names.split("|")), key=lambda name: not name.startswith("--"))
    flag = Argument(spelled[0], "flag", "", aliases=tuple(spelled[1:]))
    return _valued(flag, value, kind_of([part], ()), required) if value else flag


def _valued(option: Argument, value: str, kind: str, required: bool) -> Argument:
    if any(map(names_file, (option.name, *option.aliases))):
        kind = "file"
    choices = _choices(value)
    return Argument(
        option.name, kind, "", choices=() if kind == "file" else choices,
        required=required, aliases=option.aliases, value=visible(value.strip("<>{}")),
    )  # fmt: skip


def _operand(part: str, required: bool) -> Argument:
    choices = _choices(part)
    kind = kind_of([part], ())
    return Argument(
        "VALUE" if choices else visible(part.strip("<>{}")).upper(), kind, "",
        choices=() if kind == "file" else choices, required=required, completion="files",
    )  # fmt: skip


def _choices(part: str) -> tuple[str, ...]:
    parts = part.strip("<>{}").replace(",", "|" if part[0] == "{" else ",").split("|")
    return tuple(map(visible, parts)) if len(parts) > 1 and all(parts) else ()
