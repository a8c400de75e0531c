"""Pure: verbs as tools. What a tool takes as JSON, and the command line that this means."""

from __future__ import annotations

from homelab.help import EFFECTS, exits
from homelab.verb import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Json = dict[str, object]

LEVELS = ("read", "write", "destructive")
_ROWS = ("--json", "--csv", "--no-header")  # a call always asks for JSON where a verb has it
_NUMBERS: dict[str, Json] = {
    "count": {"type": "integer", "minimum": 1},
    "number": {"type": "number", "minimum": 0},
    "percent": {"type": "number", "minimum": 0, "maximum": 100},
}
_SAID = {
    "since": "a moment in the past: 15m, 24h, 7d, today, yesterday, or a date like 2026-11-01",
    "selector": "LogQL",
    "verb": "the words of a verb",
}


def name(verb: Verb) -> str:
    """`logs query` → `logs_query`; no word of a verb has a `_`, so no two verbs share a name."""
    return verb.path.replace(" ", "_")


def offered(verbs: list[Verb], allow: str, read_only: bool) -> dict[str, Verb]:
    """The tools by name: verbs up to the level `allow`. A drop-in that does not say what it does
    may do anything; with `read_only` nothing but reading is offered, whatever is allowed."""
    most = 0 if read_only else LEVELS.index(allow)
    return {
        name(verb): verb
        for verb in verbs
        if verb.tool and LEVELS.index(verb.effect or "destructive") <= most
    }


def tool(verb: Verb) -> Json:
    """A verb as `tools/list` tells it, all four hints written out."""
    properties: Json = {}
    required = []
    for key, argument in _properties(verb):
        properties[key] = _schema(argument)
        if argument.required:
            required.append(key)
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    read = verb.effect == "read"
    return {
        "name": name(verb),
        "title": verb.path,
        "description": _description(verb),
        "inputSchema": schema,
        "annotations": {
            "readOnlyHint": read,
            "destructiveHint": verb.effect not in ("read", "write"),
            "idempotentHint": bool(verb.effect) and (verb.idempotent or read),
            "openWorldHint": verb.network,
        },
    }


def _description(verb: Verb) -> str:
    text = verb.summary or f"a script of this host's own ({verb.path})"
    text = text[:1].upper() + text[1:]
    parts = [text + ("" if text.endswith(".") else ".")]
    if verb.details:
        parts.append(verb.details)
    if verb.usage:
        parts.append(f"Usage: {verb.usage}")
    codes = "; ".join(f"{code} {meaning}" for code, meaning in exits(verb))
    parts.append(f"Effect: {EFFECTS[verb.effect]}. Exit codes: {codes}.")
    return "\n".join(parts)


def _properties(verb: Verb) -> list[tuple[str, Argument]]:
    found: dict[str, Argument] = {}
    for argument in verb.arguments:
        if argument.name not in _ROWS:
            key = argument.name.lstrip("-").lower().replace("-", "_") or "value"
            while key in found:  # an option and an operand of one name
                key += "_"
            found[key] = argument
    return list(found.items())


def _schema(argument: Argument) -> Json:
    if argument.kind == "flag":
        return {"type": "boolean", "description": argument.summary, "default": False}
    each: Json = dict(_NUMBERS.get(argument.kind, {"type": "string"}))
    if argument.choices:
        each = {"type": "string", "enum": list(argument.choices)}
    schema: Json = each
    if argument.many:
        schema = {"type": "array", "items": each}
        if argument.required:
            schema["minItems"] = 1
    said = [argument.summary, _SAID.get(argument.kind, "")]
    schema["description"] = "; ".join(part for part in said if part)
    if argument.default:
        default: object = argument.default
        if argument.kind in _NUMBERS:
            number = float(argument.default)
            default = int(number) if number.is_integer() else number
        schema["default"] = default
    return schema


def command(verb: Verb, given: Mapping[str, object]) -> list[str]:
    """The words after `homelab` that call the verb. Raises ValueError with a sentence for the
    model to mend its call by.

    A built-in's operands stand behind `--`, so that none is taken for an option. A script may not
    know `--`: there an operand must not begin with a dash, or an option that its header does not
    tell of could be smuggled in.
    """
    known = dict(_properties(verb))
    for key in given:
        if key not in known:
            names = ", ".join(known) or "none"
            raise ValueError(f"{key!r} is no argument of {verb.path}; it takes: {names}")
    built_in = verb.source == "built-in"
    options: list[str] = []
    operands: list[str] = []
    rest: list[str] = []
    left_out = ""
    for key, argument in known.items():
        if key not in given:
            if argument.required:
                raise ValueError(f"{key!r} is missing: {argument.summary}")
            left_out = left_out or ("" if argument.name.startswith("-") else key)
            continue
        words = _words(key, argument, given[key])
        if argument.name.startswith("-"):
            options += words if argument.kind == "flag" else _option(verb, argument, words)
            continue
        if words and left_out:
            raise ValueError(f"{key!r} can't be given without {left_out!r}, which stands before it")
        if argument.kind == "words":
            rest += words
            continue
        for word in words:
            if not built_in and word.startswith("-"):
                raise ValueError(f"{key!r} can't begin with a dash: {word!r} is not passed on")
        operands += words
    if any(argument.name == "--json" for argument in verb.arguments) and built_in:
        options.append("--json")
    if operands and built_in:
        operands.insert(0, "--")
    return [*verb.path.split(" "), *options, *operands, *rest]


def _option(verb: Verb, argument: Argument, words: list[str]) -> list[str]:
    """One word, so that no value is taken for an option; a script's short option has its own."""
    if argument.name.startswith("--"):
        return [f"{argument.name}={word}" for word in words]
    for word in words:
        if word.startswith("-"):
            raise ValueError(f"{argument.name} can't have a value that begins with a dash")
    return [part for word in words for part in (argument.name, word)]


def _words(key: str, argument: Argument, value: object) -> list[str]:
    if argument.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError(f"{key!r} is true or false")
        return [argument.name] if value else []
    if argument.many:
        if not isinstance(value, list):
            raise ValueError(f"{key!r} is a list")
        if argument.required and not value:
            raise ValueError(f"{key!r} must not be empty")
        return [_word(key, argument, each) for each in value]
    return [_word(key, argument, value)]


def _word(key: str, argument: Argument, value: object) -> str:
    if argument.kind in _NUMBERS:
        whole = argument.kind == "count"
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise ValueError(f"{key!r} is a {'whole number' if whole else 'number'}")
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{key!r} is text" + (" in a list" if argument.many else ""))
    if argument.choices and value not in argument.choices:
        raise ValueError(f"{key!r} is one of {', '.join(argument.choices)}, not {value!r}")
    if "\0" in value:
        raise ValueError(f"{key!r} can't hold a NUL")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{key!r} is no Unicode text") from None
    return value
