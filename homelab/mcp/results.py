"""Pure: what a call's end tells the client."""

from __future__ import annotations

import json

from homelab.errors import MEANINGS
from homelab.verb import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, object]

MOST = 1 << 20  # bytes kept of what a call prints, of stdout and stderr each


class Outcome:
    """How a call ended: its exit code as a shell has it, and what it printed; `cut` where that was
    more than MOST."""

    __slots__ = ("code", "cut", "stderr", "stdout")

    def __init__(self, code: int, stdout: bytes, stderr: bytes, cut: bool = False) -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.cut = cut


def of_outcome(verb: Verb, outcome: Outcome) -> Json:
    """stdout as text, and as the document that it is where the verb prints one; then what was said
    on stderr; then the exit code, where it is not 0. It is an error where the code is no answer of
    the verb's, as a host with warnings is."""
    text = outcome.stdout.decode("utf-8", "replace")
    talk = outcome.stderr.decode("utf-8", "replace").rstrip("\n")
    parts = [text] if text else []
    if outcome.cut:
        parts.append(f"It printed more than {MOST >> 20} MiB; the rest was cut. Ask for less.")
    if talk:
        parts.append(talk)
    if outcome.code:
        meanings = {**MEANINGS, **dict(verb.exits)}
        ended = f"a signal, {outcome.code - 128}" if 128 < outcome.code < 160 else ""
        meaning = dict(verb.exits).get(outcome.code) or ended or meanings.get(outcome.code, "")
        parts.append(f"exit code {outcome.code}" + (f": {meaning}" if meaning else ""))
    result: Json = {
        "content": [{"type": "text", "text": part} for part in parts or ["(it printed nothing)"]],
        "isError": outcome.code not in verb.answers,
    }
    if any(argument.name == "--json" for argument in verb.arguments) and not outcome.cut:
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return result
        if isinstance(document, dict):
            result["structuredContent"] = document
    return result


def wrong(sentence: str) -> Json:
    """A call that was not made, for the model to mend."""
    return {"content": [{"type": "text", "text": sentence}], "isError": True}
