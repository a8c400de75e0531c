"""Pure: a verb as a tool of the Model Context Protocol, and which verbs are offered as tools.

Shapes are those of Tool and ToolAnnotations in the published schema of MCP 2026-07-28, which the
earlier versions read too.
"""

from __future__ import annotations

from homelab.mcp import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from homelab.catalogue.verb import Verb

    Json = dict[str, object]

LEVELS = ("read", "write", "destructive")  # each includes those before it


def named(verb: Verb) -> str:
    """`logs query` → `logs_query`. No word of a verb has an underscore, so that it leads back."""
    return verb.path.replace(" ", "_")


def tool(verb: Verb) -> Json:
    """The tool that a verb is."""
    return {
        "name": named(verb),
        "title": f"homelab {verb.path}",
        "description": _description(verb),
        "inputSchema": values.schema(verb),
        "annotations": hints(verb),
    }


def hints(verb: Verb) -> dict[str, bool]:
    """All four hints, written out: what the protocol assumes where one is missing (destructive, not
    idempotent, open) is not what holds for a verb. A drop-in that declares no effect is taken for
    the worst; what a script reaches, nobody knows."""
    return {
        "readOnlyHint": verb.effect == "read",
        "destructiveHint": verb.effect not in ("read", "write"),
        "idempotentHint": verb.effect in ("read", "write") and verb.idempotent,
        "openWorldHint": verb.network or verb.source != "built-in",
    }


def effect(verb: Verb) -> str:
    """What a verb has to be allowed as: not declared is `destructive`."""
    return verb.effect if verb.effect in LEVELS else "destructive"


def offered(verbs: Iterable[Verb], allow: str, read_only: bool = False) -> list[Verb]:
    """The verbs that are tools at the level `allow` (one of LEVELS), sorted by name: the same order
    each time, so that clients can cache. `read_only` leaves nothing but `read`."""
    level = 0 if read_only else LEVELS.index(allow)
    found = [verb for verb in verbs if verb.tool and LEVELS.index(effect(verb)) <= level]
    return sorted(found, key=named)


def listed(verbs: Iterable[Verb]) -> Json:
    """The part of a `tools/list` result that all versions share: every verb that is a tool,
    whatever its effect."""
    return {"tools": [tool(verb) for verb in offered(verbs, LEVELS[-1])]}


def _description(verb: Verb) -> str:
    """Summary, details, and the exit codes where more than 0 is an answer."""
    parts = [_sentence(verb.summary), _sentence(verb.details)]
    if len(verb.answers) > 1:
        codes = [f"{code} {text}" for code, text in verb.exits if code in verb.answers]
        parts.append(f"Answers by exit code: {', '.join(codes)}.")
    if verb.usage:
        parts.append(f"Usage: {verb.usage}.")
    if verb.effect not in LEVELS:
        parts.append("It does not say what it changes.")
    return " ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else text + "."
