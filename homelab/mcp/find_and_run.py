"""Pure: the two tools that reach every verb: findVerb searches for verbs, runVerb runs one.

A list of all verbs, own scripts included, would take most of an agent's context. No verb's tool can
have these names: the words of a verb are lower case only.
"""

from __future__ import annotations

import json

from homelab.catalogue import resolve
from homelab.mcp import search, tools
from homelab.mcp.values import BadArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.verb import Verb
    from homelab.mcp.search import Verbs

    Json = dict[str, object]

FIND, RUN = "findVerb", "runVerb"
INSTRUCTIONS = (
    f"The listed tools are the most common verbs: {FIND} finds every other verb, this host's own"
    " scripts too, by words (disk full), with its arguments, and whether this session may call it."
    f" {RUN} then runs one by its name, with the arguments that {FIND} showed."
)
_MOST = 1 << 16  # characters of arguments that are written as a text
_LONGEST_WORD = 64  # characters of a word to compare others with


class NoVerb(Exception):
    """A name that no verb has; `sentence` says why, which may need a look at all verbs."""

    def __init__(self, sentence: Callable[[], str]) -> None:
        super().__init__()
        self.sentence = sentence


def both(allow: str) -> list[Json]:
    """The two tools, for a session with the level `allow`."""
    text: Json = {"type": "string"}
    return [
        {
            "name": FIND,
            "description": "Find verbs of homelab by words, including those not listed here and"
            " this host's own scripts: arguments, effect, and what this session would need to"
            " call one. Without words and group: the groups.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "words": {**text, "description": "a name or a topic: disk full"},
                    "group": {**text, "description": "only verbs that begin with this word: logs"},
                },
            },
            "annotations": _hints(True, False, True, False),
            "_meta": {tools.UNTRUSTED: True},
        },
        {
            "name": RUN,
            "description": f"Run any verb of homelab, also one not listed here. {FIND} has the"
            " names and arguments.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "verb": {**text, "description": "a verb's name, like logs labels"},
                    "arguments": {
                        "type": "object",
                        "description": 'by name, like {"since": "1d"}',
                    },
                },
                "required": ["verb"],
            },
            "annotations": worst(allow),
            "_meta": {tools.UNTRUSTED: True},
        },
    ]


def worst(allow: str) -> dict[str, bool]:
    """The hints of a tool that does anything that the level `allow` lets a verb do."""
    return _hints(allow == tools.LEVELS[0], allow == tools.LEVELS[-1], False, True)


def _hints(reads: bool, destroys: bool, again: bool, reaches: bool) -> dict[str, bool]:
    return {
        "readOnlyHint": reads,
        "destructiveHint": destroys,
        "idempotentHint": again,
        "openWorldHint": reaches,
    }


def query(given: Json) -> tuple[str, str]:
    """The words and the group of a call of findVerb. Raises BadArguments."""
    _known(FIND, given, ("words", "group"), "")
    return _text("words", given), _text("group", given)


def chosen(given: Json, verbs: Verbs, refusal: Callable[[Verb], str]) -> tuple[Verb, Json]:
    """The verb of a call of runVerb, and the arguments for it. Raises BadArguments if `refusal`
    says why the verb may not be called, and NoVerb if there is none."""
    hint = "; a verb's own arguments go into arguments"
    _known(RUN, given, ("verb", "arguments"), hint)
    name = _text("verb", given)
    if not name:
        raise BadArguments(f"verb is missing: a name from {FIND}")
    verb = verbs.named(name)
    if verb is None:
        raise NoVerb(lambda: f"no verb {_short(name)!r}; {_meant(name, verbs)}")
    why = refusal(verb)
    if why:
        raise BadArguments(f"{verb.path} does not run: {why}")
    return verb, _arguments(given.get("arguments"))


def _meant(name: str, verbs: Verbs) -> str:
    """Why no verb has this name, if that is known; else what to do."""
    if len(name) <= search.LONGEST_NAME:
        near = verbs.alike(name)
        why = "" if near else verbs.reason(name)
        if why:
            return why
        does = verbs.answer(name).partition(" --")[0]
        near += [does] if does else []
        if not near:
            typed = name.replace("/", " ").removeprefix("homelab ").split()
            words = [word[:_LONGEST_WORD] for word in typed]
            words = words[0].replace("_", " ").split() if len(words) == 1 else words
            paths = frozenset(each.path for each in verbs.entries())
            group = " ".join(words)
            if resolve.members(group, paths):
                return f"it is a group of verbs; {FIND} with the group {group!r} lists them"
            whole = resolve.nearest(group, paths)
            near = [whole] if whole else resolve.suggestions(words, paths)
        if near:
            return f"did you mean {' or '.join(map(repr, near[:3]))}?"
    return f"{FIND} finds verbs by words"


def _arguments(value: object) -> Json:
    """The arguments for a verb; a model may have written the object as a text."""
    if isinstance(value, str) and value.lstrip()[:1] == "{" and len(value) <= _MOST:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            pass
    if value is None:
        return {}
    if not isinstance(value, dict):
        what = _short(repr(value))
        raise BadArguments(f"arguments: {what} is not an object; write {{}} for none")
    return value


def _known(tool: str, given: Json, names: tuple[str, ...], hint: str) -> None:
    for name in given:
        if name not in names:
            takes = ", ".join(names)
            raise BadArguments(f"{_short(name)!r}: no such argument; {tool} takes: {takes}{hint}")


def _text(name: str, given: Json) -> str:
    """A text, which may also be a list of words; "" if it is not given."""
    value = given.get(name)
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        value = " ".join(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadArguments(f"{name}: {_short(repr(value))} is not a text; write a JSON string")
    return " ".join(value.split())


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
