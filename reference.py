"""The pages that `python3 build.py docs` writes: docs/reference.md from the catalogue, and the list
of all pages in docs/README.md."""

from __future__ import annotations

from collections.abc import Sequence

from homelab.catalogue.common import ROWS
from homelab.catalogue.registry import Registry
from homelab.catalogue.verb import Argument, Verb
from homelab.describe.help import EFFECTS, exits, placeholder, usage
from homelab.describe.known_words import VARIABLES
from homelab.describe.manpage import FILES
from homelab.describe.markdown import summary, topic
from homelab.errors import MEANINGS
from homelab.settings import SETTINGS, Setting

ABOUT = "About homelab"  # the heading of the verbs without a group
HEAD = """\
# Reference

Every verb with its usage, options and exit codes, and every setting and environment variable.

<!-- Written from the catalogue by `python3 build.py docs`: change the descriptions, not this. -->

For WHEN and TIME in a usage line see [time](time.md), for other words see [glossary](glossary.md).
Every verb also takes `--help`.

## Verbs by group
"""

INDEX = """\
# Documentation

All pages, each with its first sentence.

<!-- Written by `python3 build.py docs`. -->

homelab brings these pages along: `homelab help topics` lists them, and `homelab help topics NAME`
shows one in the terminal. `homelab help NAME` is enough where no verb begins with that name. The
[README](../README.md) is the place to begin.

"""
PRECEDENCE = """\
`homelab config` shows the values and where they come from. Precedence: environment, your file, the
system's file, built into homelab, default.
"""


def index(pages: dict[str, bytes]) -> str:
    """docs/README.md; `pages` are the files of docs/ by their names."""
    rows = []
    for file, text in sorted(pages.items()):
        name = topic(file)
        if name:
            about = summary(text.decode("utf-8"))
            rows.append((f"[{name}]({file})", _plain(about)))
    return INDEX + _table(("topic", "about"), rows)


def page(built_in: Registry) -> str:
    """docs/reference.md."""
    groups: dict[str, list[Verb]] = {}
    for verb in built_in.every():
        first = verb.path.split(" ")[0]
        groups.setdefault(first if first in built_in.groups else "", []).append(verb)
    names = [*(name for name in groups if name), ""]
    parts = [HEAD, _table(("group", "verbs"), [_contents(name, groups[name]) for name in names])]
    also = ("Output", "Exit codes", "Effects", "Settings", "Environment variables", "Files")
    parts.append(
        "Also: " + ", ".join(f"[{name.lower()}](#{_anchor(name)})" for name in also) + ".\n"
    )
    for name in names:
        parts.append(f"## {_heading(name)}\n")
        if name:
            default = built_in.defaults.get(name)
            alone = f" `homelab {name}` alone runs `homelab {default}`." if default else ""
            parts.append(f"{_sentence(built_in.groups[name])}{alone}\n")
        parts += [_verb(verb) for verb in groups[name]]
    return "\n".join([*parts, *_common()])


def _heading(group: str) -> str:
    return f"homelab {group}" if group else ABOUT


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return heading.lower().replace(" ", "-")


def _contents(group: str, verbs: list[Verb]) -> tuple[str, str]:
    links = ", ".join(f"[{verb.path}](#{_anchor(verb.path)})" for verb in verbs)
    return f"[{_heading(group)}](#{_anchor(_heading(group))})", links


def _verb(verb: Verb) -> str:
    lines = [f"### {verb.path}", "", _sentence(verb.summary), ""]
    first, *more = usage(verb).split("\n")
    size = len("usage: ")
    lines += ["```text", first[size:], *(line[size:] for line in more), "```", ""]
    for paragraph in verb.details.split("\n\n"):
        lines += [_plain(paragraph), ""] if paragraph else []
    if verb.arguments:
        output = ROWS if set(ROWS) <= set(verb.arguments) else ()
        rows = [(_names(each), _meaning(each)) for each in verb.arguments if each not in output]
        if output:
            rows.append((", ".join(map(_names, output)), "see [output](#output)"))
        lines += [_table(("argument", "meaning"), rows)]
    codes = [(f"`{code}`", _plain(meaning)) for code, meaning in exits(verb)]
    lines += [_table(("exit code", "meaning"), codes)]
    facts = [f"Effect: {EFFECTS[verb.effect]}."]
    facts += ["Asks the configured Loki."] if verb.loki else []
    facts += ["Asks other hosts."] if verb.network else []
    facts += [f"JSON: `{verb.schema}`."] if verb.schema else []
    facts += ["homelab does not count its runs."] if not verb.recorded or verb.discovery else []
    facts += [f"Since version {verb.since}."]
    lines += [" ".join(facts), "", "Examples:", "", "```sh", *verb.examples, "```", ""]
    return "\n".join(lines)


def _names(argument: Argument) -> str:
    names = [*argument.aliases, argument.name]
    if argument.option and argument.kind != "flag":
        names[-1] += f" {placeholder(argument)}"
    return ", ".join(_code(name) for name in names)


def _meaning(argument: Argument) -> str:
    parts = [_plain(argument.summary)]
    if argument.choices and (argument.value or not argument.option):
        parts.append("one of " + ", ".join(_code(choice) for choice in argument.choices))
    parts += ["required"] if argument.required else []
    parts += ["can be given several times"] if argument.many else []
    parts += [f"default: {_code(argument.default)}"] if argument.default else []
    return "; ".join(part for part in parts if part)


def _common() -> list[str]:
    """The facts that all verbs share: exit codes, effects, settings, variables, files."""
    codes = [(f"`{code}`", _plain(text)) for code, text in MEANINGS.items()]
    codes.append(("`128`+n", "ended by signal n"))
    effects = [(f"`{name}`" if name else "none", text) for name, text in EFFECTS.items()]
    files = [(_code(path), _plain(text)) for path, text in FILES]
    output = [(_names(each), _meaning(each)) for each in ROWS]
    return [
        "## Output\n",
        "Verbs that print a table take these options.\n",
        _table(("option", "meaning"), output),
        "## Exit codes\n",
        _table(("exit code", "meaning"), codes),
        "## Effects\n",
        _table(("effect", "meaning"), effects),
        "## Settings\n",
        PRECEDENCE,
        _table(("setting", "variable", "meaning"), [_setting(each) for each in SETTINGS]),
        "## Environment variables\n",
        "These are the variables that are not settings.\n",
        _table(("variable", "meaning"), [(_code(name), _plain(text)) for name, text in VARIABLES]),
        "## Files\n",
        _table(("file", "content"), files).rstrip("\n") + "\n",
    ]


def _setting(setting: Setting) -> tuple[str, str, str]:
    parts = [_plain(setting.summary)]
    parts += [f"default: {_code(setting.default)}"] if setting.default else []
    parts += ["set by `build.py --site` alone"] if setting.baked else []
    parts += ["only as a variable: it is a secret"] if setting.secret else []
    return _code(setting.name), _code(setting.env) if setting.env else "", "; ".join(parts)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines).replace("  ", " ")


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _sentence(text: str) -> str:
    return _plain(text[:1].upper() + text[1:]) + "."


def _plain(text: str) -> str:
    """Text of a description as Markdown that shows it as it is."""
    escaped = "".join(f"\\{sign}" if sign in "\\`*[]<>|~" else sign for sign in text)
    return " ".join(f"\\{word}" if word.startswith("_") else word for word in escaped.split(" "))
