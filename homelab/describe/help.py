"""Pure: help screens, written from the descriptions of the verbs.

Each screen is as wide as the `terminal` has columns; 0 means no terminal.
"""

from __future__ import annotations

from homelab.catalogue.verb import MOMENTS
from homelab.errors import MEANINGS
from homelab.texts import filled, text_width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from homelab.catalogue.registry import Registry
    from homelab.catalogue.verb import Argument, Verb

_MOST_OWN = 12  # first words of own verbs that the overview names
_LEAST = 20  # columns of text beside a name
_HANGING = 24  # columns before the second line of a usage, at most
_ENDLESS = 10_000  # columns: lines are not broken
_COMBINING = "\u0300"  # the characters before this one take one column each
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


def overview(built_in: Registry, own: list[str], terminal: int = 0) -> str:
    """The first screen of `homelab help`: groups and verbs, one line each, and more help.
    `own` are the first words of this host's drop-ins."""
    rows = dict(built_in.groups)
    verbs = built_in.every()
    for verb in verbs:
        rows.setdefault(verb.path.split(" ")[0], verb.summary)
    for name, about in built_in.groups.items():
        inner = [verb.path.split(" ")[1] for verb in verbs if verb.path.startswith(name + " ")]
        rows[name] = f"{about}: {', '.join(inner)}"
    width = text_width(terminal)
    more = [
        ("homelab help VERB", "what a verb does, its options and examples"),
        ("homelab help TOPIC", "a page of the documentation (list: homelab help topics)"),
        ("homelab help --all", "every verb, one line each (homelab manifest: for programs)"),
    ]
    lines = [
        "homelab - a home-lab tool belt in one file",
        "",
        "usage: homelab VERB [ARGUMENTS]",
        "",
        *_rows(sorted(rows.items()), width),
        "",
        *(_broken(_own(own), width) if own else ()),
        *_broken("homelab verbs add FOLDER turns the scripts in a folder into verbs.", width),
        *wrapped(
            "homelab counts its runs (homelab usage status); HOMELAB_TELEMETRY=0 turns this off.",
            width,
        ),
        "",
        *_rows(more, width, indent=""),
    ]
    return "\n".join(lines) + "\n"


def topics(pages: Mapping[str, str], verbs: Collection[str], terminal: int = 0) -> str:
    """The docs pages with their summaries. The words to type for one that is named like one of the
    `verbs` begin with `topics`."""
    rows = [(f"topics {name}" if name in verbs else name, text) for name, text in pages.items()]
    title = "homelab help TOPIC - the pages of the documentation"
    width = text_width(terminal)
    return "\n".join([*_broken(title, width), "", *_rows(rows, width)]) + "\n"


def _own(words: list[str]) -> str:
    more = len(words) - _MOST_OWN
    shown = "Your own verbs: " + ", ".join(words[:_MOST_OWN])
    return shown if more <= 0 else f"{shown} and {more} more (homelab verbs lists them)"


def group(name: str, about: str, verbs: list[Verb], default: str = "", terminal: int = 0) -> str:
    """The verbs of a group with their summaries, and its `default`: the verb that the group's name
    runs without a second word."""
    width = text_width(terminal)
    none = f"(none of its verbs can run; homelab verbs check {name} shows why)"
    rows = _listed(verbs, width) if verbs else [f"  {line}" for line in wrapped(none, width - 2)]
    lines = [*_broken(f"homelab {name} - {about}", width), "", *rows]
    if default:
        lines += ["", *_broken(f"homelab {name} alone runs homelab {default}.", width)]
    return "\n".join(lines) + "\n"


def every(verbs: list[Verb], terminal: int = 0) -> str:
    """All verbs with their summaries; without a terminal one line for each verb, as for grep."""
    lines = _listed(verbs, text_width(terminal) if terminal else _ENDLESS)
    return "\n".join(lines) + "\n"


def _listed(verbs: Sequence[Verb], width: int) -> list[str]:
    return _rows([(verb.path, verb.summary) for verb in verbs], width)


def usage(verb: Verb, terminal: int = 0) -> str:
    """The usage of a verb: `usage: homelab usage top [--since WHEN] …`, on as many lines as it
    takes."""
    if verb.usage:
        said = verb.usage if verb.usage.startswith("homelab") else f"homelab {verb.usage}"
        return "\n".join(_verbatim([f"usage: {said}"], terminal, "       "))
    head = f"usage: homelab {verb.path}"
    width = text_width(terminal)
    indent = " " * (min(len(head), _HANGING, width // 3) + 1)
    parts = [head]
    for argument in verb.arguments:
        part = _part(argument)
        parts += [part] if len(indent + part) <= width else part.split(" ")
    return "\n".join(filled(parts, width, indent))


def screen(
    verb: Verb,
    file: str = "",
    inner: Sequence[Verb] = (),
    described: str = "",
    elsewhere: Collection[str] = (),
    terminal: int = 0,
) -> str:
    """The help of a verb. `file` is the path of a drop-in, `described` the path of the `.verb` file
    that describes it, `inner` are the verbs whose path begins with this one's. The names of
    arguments that are explained `elsewhere` get no line."""
    width = text_width(terminal)
    built_in = verb.source == "built-in"
    title = f"homelab {verb.path}" + (f" - {verb.summary}" if verb.summary else "")
    lines = [*_broken(title, width), "", usage(verb, terminal), ""]
    if verb.details and not built_in:
        lines += [*_verbatim(verb.details.split("\n"), terminal), ""]
    elif verb.details:
        for paragraph in verb.details.split("\n\n"):
            lines += [*_broken(paragraph, width), ""]
    explained = [each for each in verb.arguments if each.name not in elsewhere]
    if explained:
        rows = [(_left(argument), _right(argument)) for argument in explained]
        lines += [*_rows(rows, width), ""]
    if any(argument.kind in MOMENTS for argument in verb.arguments):
        from homelab.catalogue.argument_types import WRITTEN  # late: few screens need it

        lines += [*_broken(WRITTEN, width), ""]
    if verb.examples:
        lines += ["examples:", *(f"  {example}" for example in verb.examples), ""]
    if built_in or verb.exits != NO_EXITS:
        codes = [(f"{code:<3}", meaning) for code, meaning in exits(verb)]
        lines += ["exit codes:", *_rows(codes, width), ""]
    if verb.needs:
        lines += _broken(f"needs: {', '.join(verb.needs)}", width)
    lines.append(f"effect: {EFFECTS[verb.effect]}")
    if file:
        lines.append(f"file: {file}")
    if described:
        lines.append(f"described in: {described} (the header of the script is not read)")
    if inner:
        lines += ["", "more:", *_listed(inner, width)]
    return "\n".join(lines) + "\n"


def script_text(lines: Sequence[str], terminal: int = 0) -> list[str]:
    """The lines of a script's own help text, indented."""
    return _verbatim([f"  {line}".rstrip() for line in lines], terminal)


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


def _rows(pairs: list[tuple[str, str]], room: int, indent: str = "  ") -> list[str]:
    """Two columns. A long option gets a line of its own, so that it widens no other row."""
    most = max(room // 3, _LEAST)
    width = max((len(left) for left, _ in pairs), default=0)
    if width > most:
        width = max((len(left) for left, _ in pairs if len(left) <= most), default=0)
    rows = []
    for left, right in pairs:
        first, *more = _broken(right, max(room - len(indent) - width - 2, _LEAST)) or [""]
        if len(left) > width:
            rows.append(f"{indent}{left}")
            left = ""
        rows.append(f"{indent}{left:{width}}  {first}".rstrip())
        rows += [f"{indent}{'':{width}}  {line}" for line in more]
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


def _broken(text: str, width: int) -> list[str]:
    """The text on lines of at most `width` columns."""
    words = filter(None, text.split(" "))
    return [line.replace(_TIED, " ") for line in filled(words, width, "", _measure(text))]


def _verbatim(lines: Sequence[str], terminal: int, indent: str = "") -> list[str]:
    """The lines of a script, which may be a table or a picture: broken only if they are longer than
    a terminal's, and then with their own indent and one more."""
    shown: list[str] = []
    for line in lines:
        measure = _measure(line)
        if not terminal or measure(line) <= terminal:
            shown.append(line)
            continue
        text = line.lstrip(" ")
        own = line[: len(line) - len(text)]
        shown += filled((own + text).split(" "), terminal, own + indent, measure)
    return shown


def _measure(text: str) -> Callable[[str], int]:
    """The function that returns the columns of a part of the text."""
    if not text or max(text) < _COMBINING:
        return len
    from homelab.output.columns import columns_of  # late: few texts need it

    return columns_of
