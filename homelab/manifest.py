"""Pure: the catalogue as an OpenCLI 0.1 document (opencli.org), our own facts under `metadata`."""

from __future__ import annotations

from homelab import __version__
from homelab.catalogue import GROUPS, VERBS
from homelab.help import exits, placeholder
from homelab.verb import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, object]


def document() -> Json:
    """The whole program: groups as commands that hold commands, sorted, without a date."""
    commands: list[Json] = []
    groups = dict(GROUPS)
    for verb in VERBS:
        head, _, tail = verb.path.partition(" ")
        if not tail:
            commands.append(_command(verb, verb.path))
            continue
        if not commands or commands[-1]["name"] != head:
            commands.append({"name": head, "description": groups[head], "commands": []})
        inner = commands[-1]["commands"]
        assert isinstance(inner, list)
        inner.append(_command(verb, tail))
    return {
        "opencli": "0.1",
        "info": {
            "title": "homelab",
            "version": __version__,
            "summary": "A home-lab tool belt in one file.",
        },
        "conventions": {"groupOptions": False, "optionSeparator": " "},
        "commands": commands,
    }


def _command(verb: Verb, name: str) -> Json:
    options = [argument for argument in verb.arguments if argument.name.startswith("-")]
    operands = [argument for argument in verb.arguments if not argument.name.startswith("-")]
    facts = {
        "effect": verb.effect,
        "recorded": verb.recorded and not verb.discovery,
        "schema": verb.schema,
        "since": verb.since,
        "source": "built-in",
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
    return {key: value for key, value in command.items() if value != []}


def _option(argument: Argument) -> Json:
    option: Json = {
        "name": argument.name,
        "required": argument.required,
        "description": argument.summary,
        "metadata": _metadata({"type": argument.kind, "default": argument.default}),
    }
    if argument.kind != "flag":
        option["arguments"] = [_operand(argument, placeholder(argument))]
    return option


def _operand(argument: Argument, name: str) -> Json:
    operand: Json = {
        "name": name,
        "required": argument.required or argument.name.startswith("-"),
        "description": argument.summary,
        "metadata": _metadata({"type": argument.kind, "default": argument.default}),
    }
    if argument.choices:
        operand["acceptedValues"] = list(argument.choices)
    if argument.many:
        operand["arity"] = {"minimum": int(argument.required)}
    return operand


def _metadata(facts: dict[str, object]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in facts.items() if value != ""]
