"""Pure: the manual page homelab(1), in the man macros of roff (groff_man(7))."""

from __future__ import annotations

from homelab import __version__
from homelab.catalogue.argument_types import WRITTEN
from homelab.describe.help import EFFECTS, exits, placeholder
from homelab.errors import MEANINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from homelab.catalogue.registry import Registry
    from homelab.catalogue.verb import Argument, Verb

FILES = (
    ("~/.config/homelab/config.ini", "the account's settings"),
    ("/etc/homelab/config.ini", "the host's settings"),
    ("~/.local/share/homelab/verbs", "the account's own verbs"),
    ("/usr/local/lib/homelab/verbs", "the host's own verbs"),
    ("~/.local/state/homelab/usage.log", "runs counted while no Loki is configured"),
    ("~/.local/state/homelab/outbox", "events that wait to be sent to Loki"),
)


def page(
    built_in: Registry, environment: list[tuple[str, str]], topics: Collection[str] = ()
) -> str:
    """The page; `environment` are variables with what they do, `topics` the names of the docs
    pages. It has no date, so that the same build gives the same page."""
    lines = [
        f'.TH HOMELAB 1 "" "homelab {_text(__version__)}" "User Commands"',
        ".SH NAME",
        "homelab \\- a home\\-lab tool belt in one file",
        ".SH SYNOPSIS",
        ".B homelab",
        ".I VERB",
        ".RI [ ARGUMENTS ]",
        ".SH DESCRIPTION",
        _line(
            "homelab runs verbs: the ones below, and this host's own scripts in folders of verbs."
            " Each run is counted: account, time, verb, exit code and version, nothing else; see"
            " homelab usage status."
        ),
        ".SH VERBS",
    ]
    groups = built_in.groups
    last = ""
    for verb in built_in.every():
        head = verb.path.split(" ")[0]
        if head in groups and head != last:
            lines += [f".SS homelab {_text(head)}", _line(_sentence(groups[head]))]
            default = built_in.defaults.get(head)
            alone = f"homelab {head} alone runs homelab {default}."
            lines += [".PP", _line(alone)] if default else []
        last = head
        lines += _verb(verb)
    lines += [".SH TIMES", _line(WRITTEN)]
    lines += [".SH EXIT STATUS"]
    for code, meaning in [*MEANINGS.items(), (128, "plus n: ended by signal n")]:
        lines += [".TP", f".B {code}", _line(meaning)]
    lines += [".SH ENVIRONMENT"]
    for name, meaning in environment:
        lines += [".TP", f".B {_text(name)}", _line(meaning)]
    lines += [".SH FILES"]
    for name, meaning in FILES:
        lines += [".TP", f".I {_text(name)}", _line(meaning)]
    if topics:
        also = f"homelab help TOPIC shows a page about: {', '.join(sorted(topics))}."
        lines += [".SH SEE ALSO", _line(also)]
    return "\n".join(lines) + "\n"


def _verb(verb: Verb) -> list[str]:
    lines = [".TP", f".B homelab {_text(verb.path)}"]
    lines += [_line(_sentence(verb.summary))]
    for paragraph in (*verb.details.split("\n\n"), f"Effect: {EFFECTS[verb.effect]}."):
        if paragraph:
            lines += [".IP", _line(paragraph)]
    if verb.arguments:
        lines += [".RS"]
        for argument in verb.arguments:
            default = f" (default: {argument.default})" if argument.default else ""
            lines += [".TP", _named(argument), _line(argument.summary + default)]
        lines += [".RE"]
    lines += [".IP", "Examples:", ".RS", ".IP", ".nf"]
    lines += [_line(example) for example in verb.examples]
    lines += [".fi", ".RE", ".IP"]
    meanings = "; ".join(f"{code} {meaning}" for code, meaning in exits(verb))
    return [*lines, _line(f"Exit status: {meanings}.")]


def _named(argument: Argument) -> str:
    if not argument.option:
        return f".I {_text(argument.name)}"
    names = ' ", " '.join(_text(name) for name in (*argument.aliases, argument.name))
    if argument.kind == "flag":
        return f".BR {names}" if argument.aliases else f".B {names}"
    return f'.BI {names} " {_text(placeholder(argument))}"'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _line(text: str) -> str:
    """The text as one line. roff takes a line that begins with a dot or a quote for a request."""
    shown = _text(text)
    return f"\\&{shown}" if shown[:1] in (".", "'") else shown


def _text(text: str) -> str:
    """The text, escaped so that roff prints it unchanged."""
    signs = {
        "\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", '"': "\\(dq", "^": "\\(ha",
        "~": "\\(ti",
    }  # fmt: skip
    return "".join(signs.get(sign, sign) for sign in text.replace("\n", " "))
