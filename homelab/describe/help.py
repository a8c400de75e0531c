"""Pure: help screens, written from the descriptions of the verbs."""

from __future__ import annotations

from homelab.catalogue.verb import MOMENTS
from homelab.errors import MEANINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from homelab.catalogue.registry import Registry
    from homelab.catalogue.verb import Argument, Verb

_WIDTH = 78
_MOST_OWN = 12  # first words of own verbs that the overview names
_TIED = "\xa0"  # a space where no line is broken
_PLACEHOLDERS = {
    "count": "N",
    "number": "NUMBER",
    "percent": "PERCENT",
    "since": "WHEN",
    "until": "WHEN",
    "when": "WHEN",
    "whole": "N",
    "span": "TIME",
}
NO_EXITS = ((0, "done"),)  # of a drop-in that says nothing about its exit codes
EFFECTS = {
    "read": "reads only",
    "write": "changes something",
    "destructive": "may delete or overwrite",
    "": "not declared",
}


def overview(built_in: Registry, own: list[str]) -> str:
    """The first screen of `homelab help`: groups and verbs, one line each, and more help.
    `own` are the first words of this host's drop-ins."""
    rows = dict(built_in.groups)
    verbs = built_in.every()
    for verb in verbs:
        rows.setdefault(verb.path.split(" ")[0], verb.summary)
    for name, about in built_in.groups.items():
        inner = [verb.path.split(" ")[1] for verb in verbs if verb.path.startswith(name + " ")]
        rows[name] = f"{about}: {', '.join(inner)}"
    lines = [
        "homelab - a home-lab tool belt in one file",
        "",
        "usage: homelab VERB [ARGUMENTS]",
        "",
        *_rows(sorted(rows.items())),
        "",
        *(_wrapped(_own(own)) if own else ()),
        "homelab verbs add FOLDER turns the scripts in a folder into verbs.",
        "homelab counts its runs (homelab usage status); HOMELAB_TELEMETRY=0 turns this off.",
        "",
        "homelab help VERB      what a verb does, its options and examples",
        "homelab help TOPIC     a page of the documentation (homelab help topics lists them)",
        "homelab help --all     every verb, one line each (homelab manifest: for programs)",
    ]
    return "\n".join(lines) + "\n"


def topics(pages: Mapping[str, str], verbs: Collection[str]) -> str:
    """The docs pages with their summaries. The words to type for one that is named like one of the
    `verbs` begin with `topics`."""
    rows = [(f"topics {name}" if name in verbs else name, text) for name, text in pages.items()]
    lines = ["homelab help TOPIC - the pages of the documentation", "", *_rows(rows)]
    return "\n".join(lines) + "\n"


def _own(words: list[str]) -> str:
    more = len(words) - _MOST_OWN
    shown = "Your own verbs: " + ", ".join(words[:_MOST_OWN])
    return shown if more <= 0 else f"{shown} and {more} more (homelab verbs lists them)"


def group(name: str, about: str, verbs: list[Verb], default: str = "") -> str:
    """The verbs of a group, one line each, and its `default`: the verb that the group's name runs
    without a second word."""
    none = f"  (none of its verbs can run; homelab verbs check {name} shows why)"
    lines = [f"homelab {name} - {about}", "", *(listed(verbs) if verbs else [none])]
    lines += ["", f"homelab {name} alone runs homelab {default}."] if default else []
    return "\n".join(lines) + "\n"


def listed(verbs: list[Verb]) -> list[str]:
    """A line for each verb: its path and summary."""
    return _rows([(verb.path, verb.summary) for verb in verbs], 1000)


def usage(verb: Verb) -> str:
    """The usage of a verb, wrapped: `usage: homelab usage top [--since WHEN] …`."""
    if verb.usage:
        said = verb.usage if verb.usage.startswith("homelab") else f"homelab {verb.usage}"
        return f"usage: {said}"
    parts = [_part(argument) for argument in verb.arguments]
    head = f"usage: homelab {verb.path}"
    lines = [head]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) > _WIDTH:
            lines.append(" " * min(len(head), 24))
        lines[-1] += " " + part
    return "\n".join(lines)


def screen(
    verb: Verb,
    file: str = "",
    inner: Sequence[Verb] = (),
    described: str = "",
    elsewhere: Collection[str] = (),
) -> str:
    """The help of a verb. `file` is the path of a drop-in, `described` the path of the `.verb` file
    that describes it, `inner` are the verbs whose path begins with this one's. The names of
    arguments that are explained `elsewhere` get no line."""
    built_in = verb.source == "built-in"
    title = f"homelab {verb.path}"
    lines = [f"{title} - {verb.summary}" if verb.summary else title, "", usage(verb), ""]
    if verb.details and not built_in:
        lines += [*verb.details.split("\n"), ""]
    elif verb.details:
        for paragraph in verb.details.split("\n\n"):
            lines += [*_wrapped(paragraph), ""]
    explained = [each for each in verb.arguments if each.name not in elsewhere]
    if explained:
        lines += [*_rows([(_left(argument), _right(argument)) for argument in explained]), ""]
    if any(argument.kind in MOMENTS for argument in verb.arguments):
        from homelab.catalogue.argument_types import WRITTEN  # late: few screens need it

        lines += [*_wrapped(WRITTEN), ""]
    if verb.examples:
        lines += ["examples:", *(f"  {example}" for example in verb.examples), ""]
    if built_in or verb.exits != NO_EXITS:
        lines += ["exit codes:", *(f"  {code:<3}  {meaning}" for code, meaning in exits(verb)), ""]
    if verb.needs:
        lines.append(f"needs: {', '.join(verb.needs)}")
    lines.append(f"effect: {EFFECTS[verb.effect]}")
    if file:
        lines.append(f"file: {file}")
    if described:
        lines.append(f"described in: {described} (the header of the script is not read)")
    if inner:
        lines += ["", "more:", *listed(list(inner))]
    return "\n".join(lines) + "\n"


def exits(verb: Verb) -> list[tuple[int, str]]:
    """The exit codes of a verb, sorted; every built-in also has 2 for wrong usage."""
    codes = dict(verb.exits)
    if verb.source == "built-in":
        codes.setdefault(2, MEANINGS[2] if verb.path == "help" else "wrong usage")
    return sorted(codes.items())


def placeholder(argument: Argument) -> str:
    """The word for an argument's value in a usage line: WHEN in `--since WHEN`; the choices of an
    option that has some: `json|csv`."""
    if argument.choices and argument.option and not argument.value:
        return "|".join(argument.choices)
    return argument.value or _PLACEHOLDERS.get(argument.kind, argument.name.lstrip("-").upper())


def _rows(pairs: list[tuple[str, str]], room: int = _WIDTH) -> list[str]:
    """Two columns. A long option gets a line of its own, so that it widens no other row."""
    width = max((len(left) for left, _ in pairs), default=0)
    if width > room // 3:
        width = max((len(left) for left, _ in pairs if len(left) <= room // 3), default=0)
    rows = []
    for left, right in pairs:
        first, *more = _wrapped(right, room - width - 4)
        if len(left) > width:
            rows.append(f"  {left}")
            left = ""
        rows.append(f"  {left:{width}}  {first}".rstrip())
        rows += [f"  {'':{width}}  {line}" for line in more]
    return rows


def _left(argument: Argument) -> str:
    names = ", ".join((*argument.aliases, argument.name))
    if argument.kind == "flag" or not argument.option:
        return names
    return f"{names} {placeholder(argument)}"


def _right(argument: Argument) -> str:
    said = argument.summary
    if argument.choices and (argument.value or not argument.option):
        said = f"{said}: {', '.join(argument.choices)}".removeprefix(": ")
    return f"{said} (default:{_TIED}{argument.default})".lstrip() if argument.default else said


def _part(argument: Argument) -> str:
    text = argument.name
    if argument.kind != "flag" and argument.option:
        text += f" {placeholder(argument)}"
    text += "..." if argument.many and not text.endswith("...") else ""
    return text if argument.required else f"[{text}]"


def _wrapped(text: str, width: int = _WIDTH) -> list[str]:
    lines = [""]
    for word in filter(None, text.split(" ")):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > max(width, 24):
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word.replace(_TIED, " ")
    return lines
