"""Pure: help screens, written from the catalogue."""

from __future__ import annotations

from homelab.catalogue import GROUPS, VERBS
from homelab.errors import MEANINGS
from homelab.verb import Argument, Verb

_WIDTH = 78
_PLACEHOLDERS = {"count": "N", "number": "NUMBER", "percent": "PERCENT", "since": "WHEN"}


def overview() -> str:
    """The one screen of `homelab help`: every verb with its line, and where to go on."""
    lines = [
        "homelab - a home-lab tool belt in one file",
        "",
        "usage: homelab VERB [ARGUMENTS]",
        "",
        *_listed(VERBS),
        "",
        "homelab help VERB      what a verb does and takes (also: homelab VERB --help)",
        "homelab manifest       the same for programs",
        "",
        "Scripts in /usr/local/lib/homelab/verbs and ~/.local/share/homelab/verbs are verbs too.",
        "Verbs are counted by name and exit code; HOMELAB_TELEMETRY=0 turns that off.",
    ]
    return "\n".join(lines) + "\n"


def group(name: str) -> str:
    """The verbs of a group."""
    about = dict(GROUPS).get(name, "")
    verbs = tuple(verb for verb in VERBS if verb.path.startswith(name + " "))
    return "\n".join([f"homelab {name} - {about}", "", *_listed(verbs)]) + "\n"


def usage(verb: Verb) -> str:
    """`usage: homelab usage top [--since SINCE] …` on as many lines as it takes."""
    parts = [_part(argument) for argument in verb.arguments]
    head = f"usage: homelab {verb.path}"
    lines = [head]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) > _WIDTH:
            lines.append(" " * min(len(head), 24))
        lines[-1] += " " + part
    return "\n".join(lines)


def screen(verb: Verb) -> str:
    """All there is to know about a verb."""
    lines = [f"homelab {verb.path} - {verb.summary}", "", usage(verb), ""]
    if verb.details:
        lines += [*_wrapped(verb.details), ""]
    if verb.arguments:
        left = [_left(argument) for argument in verb.arguments]
        width = max(map(len, left))
        for name, argument in zip(left, verb.arguments):
            default = f" (default: {argument.default})" if argument.default else ""
            lines.append(f"  {name:{width}}  {argument.summary}{default}")
        lines.append("")
    lines += ["examples:", *(f"  {example}" for example in verb.examples), ""]
    lines += ["exit codes:", *(f"  {code:<3}  {meaning}" for code, meaning in exits(verb))]
    return "\n".join(lines) + "\n"


def exits(verb: Verb) -> list[tuple[int, str]]:
    """The verb's own exit codes, and wrong usage, which every verb has."""
    codes = dict(verb.exits)
    codes.setdefault(2, MEANINGS[2] if verb.path == "help" else "wrong usage")
    return sorted(codes.items())


def _listed(verbs: tuple[Verb, ...]) -> list[str]:
    width = max(len(verb.path) for verb in verbs)
    return [f"  {verb.path:{width}}  {verb.summary}" for verb in verbs]


def placeholder(argument: Argument) -> str:
    """What stands for the value: `--since WHEN`, `--user USER`, `SELECTOR`."""
    return _PLACEHOLDERS.get(argument.kind, argument.name.lstrip("-").upper())


def _left(argument: Argument) -> str:
    if argument.kind == "flag" or not argument.name.startswith("-"):
        return argument.name
    return f"{argument.name} {placeholder(argument)}"


def _part(argument: Argument) -> str:
    text = _left(argument) + (" ..." if argument.many else "")
    return text if argument.required else f"[{text}]"


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines
