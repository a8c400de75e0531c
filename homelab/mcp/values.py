"""Pure: the arguments of a tool call, from their JSON Schema to the words of a command line.

The rules of the schema are checked here, and each error is a sentence for the model that made the
call.
"""

from __future__ import annotations

import json

from homelab.catalogue.argument_types import WHEN
from homelab.catalogue.resolve import is_word
from homelab.catalogue.verb import FILES, MOMENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Argument, Verb

    Json = dict[str, object]

_MOST = {"percent": 100.0, "number": 1e9}
_LEAST = {"count": 1, "whole": 0}  # of whole numbers
_COUNT = 10**9 - 1
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_FORMATS = (
    "--json",
    "--csv",
    "--no-header",
    "--color",
    "--problems",
    "--utc",
)  # JSON has every row
_DIGITS = 32  # of a number that is written as a text
_LIST = 10_000  # characters of a list that is written as a text
_OF_ANY_TEXT = ("text", "words", "selector")  # kinds whose texts may begin with [ themselves
_NUMERIC = frozenset("0123456789.+-eE")
# Options for how a verb works, not for what it answers: a list of tools that has to be short leaves
# them out.
_TUNING = ("--timeout", "--jobs", "--explain", "--fail-empty")
_BOUNDS = ("minLength", "maximum", "additionalProperties")  # `words` checks these anyway
_NO_FILE = "an agent may not name a file, folder or socket"


class BadArguments(Exception):
    """Arguments that a verb can't be called with: a sentence that says which, and what to write."""


def properties(verb: Verb) -> dict[str, Argument]:
    """The arguments that a tool call may give, by property name: `--no-header` is `no_header`,
    SELECTOR is `selector`; a second one of the same name gets a number. Arguments in `_withheld`
    are left out."""
    offered: dict[str, Argument] = {}
    for argument, reason in zip(verb.arguments, _withheld(verb)):
        if reason or _format(verb, argument):
            continue
        # every model's interface accepts letters, digits and _ in a property's name
        name = stem = _stem(argument)
        count = 1
        while name in offered:
            count += 1
            name = f"{stem}_{count}"
        offered[name] = argument
    return offered


def _stem(argument: Argument) -> str:
    plain = argument.name.lstrip("-").lower()
    return "".join(sign if sign in _SIGNS else "_" for sign in plain) or "value"


def _withheld(verb: Verb) -> list[str]:
    """For each argument of a verb why no agent may give it, "" if it may.

    An argument for a file, a folder or a socket is withheld: an agent would read with the rights of
    this account. So are an option of the same name, words of any kind beside it, and operands after
    it, which would move into its place.
    """
    files = [argument for argument in verb.arguments if argument.kind in FILES]
    names = {name for each in files for name in (each.name, *each.aliases)}
    reasons = []
    before = ""
    for argument in verb.arguments:
        reason = ""
        if argument.kind in FILES or (
            argument.option and names & {argument.name, *argument.aliases}
        ):
            reason = _NO_FILE
        elif argument.kind == "words" and files:
            reason = f"it could be {files[0].name}, and {_NO_FILE}"
        elif before and not argument.option:
            reason = f"it comes after {before}, and {_NO_FILE}"
        if reason and not argument.option:
            before = before or argument.name
        reasons.append(reason)
    return reasons


def required_files(verb: Verb) -> str:
    """The arguments that a verb needs and that no agent may give."""
    pairs = zip(verb.arguments, _withheld(verb))
    return ", ".join(_spelled(each) for each, reason in pairs if each.required and reason)


def withheld(verb: Verb) -> list[str]:
    """The arguments that no agent may give, a line for each reason."""
    named: dict[str, list[str]] = {}
    for argument, reason in zip(verb.arguments, _withheld(verb)):
        if reason:
            named.setdefault(reason, []).append(_spelled(argument))
    return [f"not offered: {', '.join(names)}: {reason}" for reason, names in named.items()]


def _spelled(argument: Argument) -> str:
    """An argument as written in a command line: `-o FILE`."""
    value = argument.value if argument.option and argument.kind != "flag" else ""
    return f"{argument.name} {value}".rstrip()


def has_json(verb: Verb) -> bool:
    """Whether a verb has --json, which tool calls always use."""
    return any(argument.name == "--json" and argument.kind == "flag" for argument in verb.arguments)


def schema(verb: Verb) -> Json:
    """The inputSchema of a verb, in JSON Schema 2020-12."""
    arguments = properties(verb)
    if not arguments:
        return {"type": "object", "additionalProperties": False}
    shape: Json = {
        "type": "object",
        "properties": {name: _property(verb, each) for name, each in arguments.items()},
        "required": [name for name, each in arguments.items() if each.required],
        "additionalProperties": False,
    }
    return shape if shape["required"] else {key: shape[key] for key in shape if key != "required"}


def brief_schema(verb: Verb) -> Json:
    """The inputSchema of a verb for a list that has to be short: names, types and meanings. A call
    may also use the arguments that it leaves out."""
    shown = {}
    for name, argument in properties(verb).items():
        if argument.name not in _TUNING:
            shape = _property(verb, argument)
            items = shape.get("items")
            if isinstance(items, dict):
                shape["items"] = {key: items[key] for key in items if key not in _BOUNDS}
            shown[name] = {key: shape[key] for key in shape if key not in _BOUNDS}
    schema: Json = {"type": "object", "properties": shown}
    required = [name for name, argument in properties(verb).items() if argument.required]
    return {**schema, "required": required} if required else schema


def outline(verb: Verb) -> list[str]:
    """The arguments of a tool call, a line each: `limit (integer, default 100): how many lines`."""
    lines = []
    for name, argument in properties(verb).items():
        shape = _property(verb, argument)
        one = shape.get("items", shape)
        assert isinstance(one, dict)
        kind = "|".join(argument.choices) or str(one["type"])
        if argument.kind in MOMENTS:
            kind = "time"  # such as 15m or 2026-11-01; the summary or the error has the forms
        facts = [f"list of {kind}" if "items" in shape else kind]
        facts += ["required"] if argument.required else []
        facts += [f"default {argument.default}"] if argument.default else []
        meaning = f": {argument.summary}" if argument.summary else ""
        lines.append(f"{name} ({', '.join(facts)}){meaning}")
    return lines


def words(verb: Verb, given: dict[str, object]) -> list[str]:
    """The command line of a call: the verb's words, then its arguments. Raises BadArguments.

    No value can become another argument. For a built-in an option's value comes after `=`, and
    operands after `--`. A drop-in may know neither: the usual `case $1 in --pool) pool=$2` needs
    two words, and would take a value that begins with a dash for an option that it does not
    declare, so that such a value is refused.
    """
    arguments = properties(verb)
    given = _named(arguments, given)
    for name in given:
        if name not in arguments:
            known = ", ".join(arguments) or "none"
            pairs = zip(verb.arguments, _withheld(verb))
            reasons = [reason for each, reason in pairs if reason and _stem(each) == name]
            why = reasons[0] if reasons else "no such argument"
            raise BadArguments(f"{_shown(name)}: {why}; {verb.path} takes: {known}")
    options: list[str] = []
    operands: list[str] = []
    verbs_words: list[str] = []  # of a verb, or passed on unchanged
    left_out = ""
    if has_json(verb):
        options.append("--json")
    for name, argument in arguments.items():
        if name not in given:
            if argument.required:
                raise BadArguments(f"{name} is missing{_said(verb, argument)}")
            if not argument.option:
                left_out = name
            continue
        texts = _texts(verb, name, argument, given[name])
        if texts and left_out and not argument.option:
            raise BadArguments(f"{name} comes after {left_out}; give that too")
        if argument.kind in ("verb", "words"):
            verbs_words += texts
        elif not argument.option:
            operands += texts
        elif argument.kind == "flag":
            options += texts
        elif verb.source == "built-in":
            options += [f"{argument.name}={text}" for text in texts]
        else:
            options += [word for text in texts for word in (argument.name, text)]
    if operands and verb.source == "built-in":
        operands.insert(0, "--")
    return [*verb.path.split(" "), *options, *operands, *verbs_words]


def _said(verb: Verb, argument: Argument) -> str:
    """Explain an argument that is missing: its meaning, else the verb's usage line."""
    if argument.summary:
        return f": {argument.summary}"
    return f"; usage: {verb.usage}" if verb.usage else ""


def _named(arguments: dict[str, Argument], given: dict[str, object]) -> dict[str, object]:
    """The given arguments, by property name: an option may also have its name on the command line.
    A null means that the argument was not given."""
    options = {
        name: prop
        for prop, argument in arguments.items()
        if argument.option
        for name in (argument.name, argument.name.lstrip("-"))
    }
    found = {}
    for name, value in given.items():
        known = name if name in arguments or options.get(name) in given else options.get(name, name)
        if value is not None or known not in arguments:
            found[known] = value
    return found


def _format(verb: Verb, argument: Argument) -> bool:
    """Whether an argument chooses the output format, which the server does itself, or makes an
    endless answer, which no call can have."""
    if verb.source == "built-in":
        form = argument.name == "--output" and bool(argument.choices)
        endless = argument.name == "--follow" and verb.loki
        return form or endless or argument.name in _FORMATS
    return argument.kind == "flag" and argument.name == "--json"


def _property(verb: Verb, argument: Argument) -> Json:
    shape: Json = {**_type(verb, argument), "description": argument.summary}
    if argument.kind in MOMENTS and "15m" not in argument.summary:
        shape["description"] = f"{argument.summary} ({WHEN})"
    if argument.many or argument.kind == "words":
        items = {key: value for key, value in shape.items() if key != "description"}
        shape = {"type": "array", "items": items, "description": argument.summary}
        if argument.required:
            shape["minItems"] = 1
    elif argument.default:
        shape["default"] = _default(argument)
    return shape


def _type(verb: Verb, argument: Argument) -> Json:
    if argument.kind == "flag":
        return {"type": "boolean"}
    if argument.choices:
        return {"type": "string", "enum": list(argument.choices)}
    if argument.kind in _LEAST:
        return {"type": "integer", "minimum": _LEAST[argument.kind], "maximum": _COUNT}
    if argument.kind in _MOST:
        return {"type": "number", "minimum": 0, "maximum": _MOST[argument.kind]}
    if argument.kind == "words" or verb.source != "built-in":
        return {"type": "string"}
    return {"type": "string", "minLength": 1}  # '' is not a valid value for a built-in


def _default(argument: Argument) -> object:
    """The default in the schema's type; as its text, if a drop-in's own does not fit the type."""
    try:
        if argument.kind in _LEAST:
            return int(argument.default)
        if argument.kind in _MOST:
            return float(argument.default.rstrip("%"))
    except ValueError:
        pass
    return argument.default


def _texts(verb: Verb, name: str, argument: Argument, value: object) -> list[str]:
    """The words of one property's value."""
    if argument.kind == "flag":
        said = value.lower() if isinstance(value, str) else value
        if said in ("true", "false"):
            said = said == "true"
        if not isinstance(said, bool):
            raise BadArguments(f"{name}: it is a flag; write true or false")
        return [argument.name] if said else []
    if not (argument.many or argument.kind == "words"):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, list):
            raise BadArguments(f"{name}: it takes one value, not a list of {len(value)}")
        return [_text(verb, name, argument, value)]
    if isinstance(value, str) and argument.kind not in _OF_ANY_TEXT:
        value = _listed(value)
    if not isinstance(value, list):
        if argument.kind == "words" and isinstance(value, str) and len(value.split()) != 1:
            # one word, or several? only a shell could tell
            raise BadArguments(f"{name}: {_shown(value)} is not a list; write each word by itself")
        if not isinstance(value, (str, int, float)):
            raise BadArguments(f"{name}: {_shown(value)} is not a list; write a JSON array")
        one: list[object] = [value]
        value = str(value).split(",") if argument.choices else one
    if argument.required and not value:
        raise BadArguments(f"{name} is empty{_said(verb, argument)}")
    texts = [_text(verb, name, argument, item) for item in value]
    if argument.kind == "verb":
        return _verb(name, texts)
    if argument.kind == "words" and verb.source == "built-in" and texts and texts[0][:1] == "-":
        raise BadArguments(f"{name}: its first word can't begin with a dash, as options do")
    return texts


def _verb(name: str, texts: list[str]) -> list[str]:
    """The words of a verb, in either form: ["logs query"] is ["logs", "query"]."""
    found = [word for text in texts for word in text.split()]
    for word in found:
        if not is_word(word):
            raise BadArguments(f"{name}: {_shown(word)} is not a word of a verb")
    return found


def _text(verb: Verb, name: str, argument: Argument, value: object) -> str:
    if argument.choices:
        if value not in argument.choices:
            raise BadArguments(
                f"{name}: {_shown(value)} is not one of {', '.join(argument.choices)}"
            )
        return str(value)
    if argument.kind in _LEAST:
        return _number(name, value, _LEAST[argument.kind], _COUNT, whole=True)
    if argument.kind in _MOST:
        if argument.kind == "percent" and isinstance(value, str):
            value = value.strip().removesuffix("%")
        return _number(name, value, 0, _MOST[argument.kind])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = _digits(value)
    if not isinstance(value, str):
        raise BadArguments(f"{name}: {_shown(value)} is not a text; write a JSON string")
    if "\0" in value:
        raise BadArguments(f"{name}: it contains a NUL, which no argument can")
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise BadArguments(
            f"{name}: it contains half of a surrogate pair, which is not a character"
        )
    if not value and verb.source == "built-in" and argument.kind != "words":
        raise BadArguments(f"{name}: the value is empty; leave {name} out instead")
    if value.startswith("-") and verb.source != "built-in" and argument.kind != "words":
        raise BadArguments(f"{name}: a value that begins with a dash could be taken for an option")
    return value


def _number(name: str, value: object, least: float, most: float, whole: bool = False) -> str:
    what = "a whole number" if whole else "a number"
    if isinstance(value, str):
        value = _of_digits(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadArguments(f"{name}: {_shown(value)} is not {what}")
    if not least <= value <= most or (whole and value != int(value)):  # true for nan, too
        raise BadArguments(f"{name}: {_shown(value)} is not {what} from {least:.0f} to {most:.0f}")
    return str(int(value)) if value == int(value) else str(value)


def _listed(text: str) -> object:
    """The list in a text, in JSON; else the text itself."""
    if text[:1] == "[" and len(text) <= _LIST:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # such as [fd00::7]:22
    return text


def _of_digits(text: str) -> object:
    """The number in a text, in JSON; else the text itself."""
    digits = text.strip()
    if len(digits) <= _DIGITS and set(digits) <= _NUMERIC:
        try:
            return json.loads(digits)
        except ValueError:
            pass
    return text


def _digits(value: float) -> str:
    """A number as a text argument: 7.0 is 7."""
    return str(int(value)) if value % 1 == 0 else str(value)  # inf and nan have no such form


def _shown(value: object) -> str:
    """A value for a sentence: short, and on one line."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
