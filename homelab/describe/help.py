"""Pure: write help screens from the descriptions of verbs."""

from __future__ import annotations

from homelab.catalogue.verb import MOMENTS
from homelab.errors import MEANINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.catalogue.registry import Registry
    from homelab.catalogue.verb import Argument, Verb

_WIDTH = 78
_MOST_OWN = 12  # first words of own verbs that the overview lists
_TIED = "\xa0"  # a blank at which no line ends
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
EFFECTS = {
    "read": "reads only",
    "write": "changes something",
    "destructive": "may delete or overwrite",
    "": "not declared",
}


def overview(built_in: Registry, own: list[str]) -> str:
    """The one screen of `homelab help`: groups and verbs, one line each, and where to go on.
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
        "Scripts in /usr/local/lib/homelab/verbs and ~/.local/share/homelab/verbs are verbs too;",
        "homelab verbs add FOLDER makes verbs of the scripts that you have.",
        "Runs are counted, see homelab usage status; HOMELAB_TELEMETRY=0 turns that off.",
        "",
        "homelab help VERB      what a verb does and takes (also: homelab VERB --help)",
        "homelab help --all     every verb, one line each",
        "homelab manifest       the same for programs",
    ]
    return "\n".join(lines) + "\n"


def _own(words: list[str]) -> str:
    more = len(words) - _MOST_OWN
    said = "Your own: " + ", ".join(words[:_MOST_OWN])
    return said if more <= 0 else f"{said} and {more} more; homelab verbs lists them"


def group(name: str, about: str, verbs: list[Verb], default: str = "") -> str:
    """The verbs of a group, one line each, and the `default` verb that the group alone runs."""
    none = f"  (none of its verbs runs; homelab verbs check {name} shows why)"
    lines = [f"homelab {name} - {about}", "", *(listed(verbs) if verbs else [none])]
    lines += ["", f"homelab {name} alone runs homelab {default}."] if default else []
    return "\n".join(lines) + "\n"


def listed(verbs: list[Verb]) -> list[str]:
    """The lines of a list of verbs, one for each verb."""
    return _rows([(verb.path, verb.summary) for verb in verbs], 1000)


def usage(verb: Verb) -> str:
    """The usage of a verb, on as many lines as needed: `usage: homelab usage top [--since SINCE]
    …`."""
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


def screen(verb: Verb, file: str = "", inner: Sequence[Verb] = ()) -> str:
    """The help screen of a verb; `file` is the path of a drop-in, `inner` are the verbs below the
    verb."""
    built_in = verb.source == "built-in"
    summary = verb.summary or "(its file has no line 'Summary: …')"
    lines = [f"homelab {verb.path} - {summary}", "", usage(verb), ""]
    if verb.details and not built_in:
        lines += [*verb.details.split("\n"), ""]
    elif verb.details:
        for paragraph in verb.details.split("\n\n"):
            lines += [*_wrapped(paragraph), ""]
    if verb.arguments:
        lines += [*_rows([(_left(argument), _right(argument)) for argument in verb.arguments]), ""]
    if any(argument.kind in MOMENTS for argument in verb.arguments):
        from homelab.catalogue.argument_types import WRITTEN  # late: few screens need it

        lines += [*_wrapped(WRITTEN), ""]
    if verb.examples:
        lines += ["examples:", *(f"  {example}" for example in verb.examples), ""]
    lines += ["exit codes:", *(f"  {code:<3}  {meaning}" for code, meaning in exits(verb)), ""]
    if verb.needs:
        lines.append(f"needs: {', '.join(verb.needs)}")
    lines.append(f"effect: {EFFECTS[verb.effect]}")
    if file:
        lines.append(f"file: {file}")
    if inner:
        lines += ["", "more:", *listed(list(inner))]
    return "\n".join(lines) + "\n"


def exits(verb: Verb) -> list[tuple[int, str]]:
    """The exit codes of a verb, including the one for wrong usage that every built-in has."""
    codes = dict(verb.exits)
    if verb.source == "built-in":
        codes.setdefault(2, MEANINGS[2] if verb.path == "help" else "wrong usage")
    return sorted(codes.items())


def placeholder(argument: Argument) -> str:
    """The placeholder of a value: `--since WHEN`, `--user USER`, `SELECTOR`. For an option with
    choices it is the choices themselves, unless the option names a placeholder."""
    if argument.choices and argument.option and not argument.value:
        return "|".join(argument.choices)
    return argument.value or _PLACEHOLDERS.get(argument.kind, argument.name.lstrip("-").upper())


def _rows(pairs: list[tuple[str, str]], room: int = _WIDTH) -> list[str]:
    """The lines of two columns. A long option gets a line of its own, so the column of the others
    stays narrow."""
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
