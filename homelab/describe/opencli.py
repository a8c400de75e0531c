"""Pure: verbs as an OpenCLI 0.1 document (opencli.org), with homelab's own facts in `metadata`."""

from __future__ import annotations

from homelab import __version__
from homelab.catalogue.common import COLOUR, FORMAT
from homelab.describe.help import exits, placeholder
from homelab.errors import MEANINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.catalogue.verb import Argument, Verb

    Json = dict[str, object]


def document(
    verbs: list[Verb],
    groups: Mapping[str, str],
    environment: list[tuple[str, str]],
    defaults: Mapping[str, str],
) -> Json:
    """The document for these verbs, sorted and without a date; a group is a command that contains
    commands. `groups` has the description of each first word, `defaults` the verb that the word
    runs alone; `environment` are the variables that homelab reads, with their effects."""
    root: Json = {"name": "homelab"}
    for verb in verbs:
        place = root
        words = verb.path.split(" ")
        for depth, word in enumerate(words, 1):
            inner = place.setdefault("commands", [])
            assert isinstance(inner, list)
            known = [command for command in inner if command["name"] == word]
            if not known:
                about = groups.get(word, "") if depth == 1 else ""
                known = [{"name": word, **({"description": about} if about else {})}]
                inner.append(known[0])
            place = known[0]
        place.update(_command(verb, words[-1]))
    return {
        "opencli": "0.1",
        "info": {
            "title": "homelab",
            "version": __version__,
            "summary": "A home-lab tool belt in one file.",
        },
        "conventions": {"groupOptions": False, "optionSeparator": " "},
        "commands": root.get("commands", []),
        "exitCodes": [{"code": code, "description": text} for code, text in MEANINGS.items()],
        "metadata": [
            {
                "name": "environment",
                "value": [{"name": name, "description": text} for name, text in environment],
            },
            {
                "name": "defaults",
                "value": [
                    {"group": group, "verb": path}
                    for group, path in defaults.items()
                    if any(verb.path == path for verb in verbs)
                ],
            },
        ],
    }


def brief(verbs: list[Verb]) -> str:
    """The verbs, one line each: call, effect, summary. It is for agents, which pay for each word
    that they read."""
    lines = []
    for verb in verbs:
        words = [_said(argument) for argument in verb.arguments]
        call = " ".join([verb.path, *(word for word in words if word)])
        lines.append(f"{call}  [{verb.effect or 'undeclared'}]  {verb.summary}".rstrip())
    return "\n".join(lines) + "\n"


def _said(argument: Argument) -> str:
    if argument in (FORMAT, COLOUR) or argument.name in ("--csv", "--no-header"):
        return ""  # for people and their scripts
    text = argument.name
    if argument.kind != "flag" and text.startswith("-"):
        text += f"={placeholder(argument)}"
    text += "..." if argument.many and not text.endswith("...") else ""
    return text if argument.required else f"[{text}]"


def _command(verb: Verb, name: str) -> Json:
    options = [argument for argument in verb.arguments if argument.option]
    operands = [argument for argument in verb.arguments if not argument.option]
    facts = {
        "effect": verb.effect or "undeclared",
        "output": verb.schema,
        "recorded": verb.recorded and not verb.discovery,
        "since": verb.since,
        "source": verb.source,
        "usage": verb.usage,
        "needs": list(verb.needs) or "",
        "verb": verb.path,
    }
    command: Json = {
        "name": name,
        "description": verb.summary,
        "options": [_option(argument) for argument in options],
        "arguments": [_operand(argument, argument.name) for argument in operands],
        "exitCodes": [{"code": code, "description": text} for code, text in exits(verb)],
        "examples": list(verb.examples),
        "metadata": _metadata(facts),
    }
    return {key: value for key, value in command.items() if value not in ([], "")}


def _described(argument: Argument, name: str, required: bool) -> Json:
    return {
        "name": name,
        "required": required,
        "description": argument.summary,
        "metadata": _metadata({"type": argument.kind, "default": argument.default}),
    }


def _option(argument: Argument) -> Json:
    option = _described(argument, argument.name, argument.required)
    if argument.aliases:
        option["aliases"] = list(argument.aliases)
    if argument.kind != "flag":
        option["arguments"] = [_operand(argument, placeholder(argument))]
    return option


def _operand(argument: Argument, name: str) -> Json:
    operand = _described(argument, name, argument.required or argument.option)
    if argument.choices:
        operand["acceptedValues"] = list(argument.choices)
    if argument.many:
        operand["arity"] = {"minimum": int(argument.required)}
    return operand


def _metadata(facts: dict[str, object]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in facts.items() if value != ""]
