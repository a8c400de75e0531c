"""Pure: what became of a call, as the `CallToolResult` that a client gets."""

from __future__ import annotations

import json

from homelab.describe.help import exits
from homelab.errors import MEANINGS, SIGNALLED, UNREACHABLE
from homelab.mcp.tools import NOTE, UNTRUSTED
from homelab.mcp.values import has_json
from homelab.output.columns import visible_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.system.child import Output

    Json = dict[str, object]

EXIT_CODE = "homelab/exit-code"  # in `_meta`: a key of our own, with the prefix that it must have


def of_run(verb: Verb, code: int, out: Output, err: Output) -> Json:
    """A verb that ended with `code` (128+n: by signal n). What it said on stderr is a text of its
    own, and so is the exit code with its meaning wherever that is not 0: in text, since not every
    client shows a model the `_meta`; for the same reason a text says that output is untrusted.
    What the verb does not list as an answer is an error."""
    texts = [visible_lines(output.text()) for output in (out, err)]  # clients show it to people
    if verb.outside and any(texts):
        texts.append(NOTE)
    if code:
        texts.append(f"exit code {code}: {meaning(verb, code)}")
    shown = [text for text in texts if text] or ["done; it printed nothing"]
    result: Json = {
        "content": [{"type": "text", "text": text} for text in shown],
        "isError": code not in verb.answers,
        "_meta": {EXIT_CODE: code, **({UNTRUSTED: True} if verb.outside else {})},
    }
    if has_json(verb) and not out.lost:
        try:
            result["structuredContent"] = json.loads(
                out.kept, parse_constant=_refuse, parse_float=_finite
            )
        except (ValueError, RecursionError):
            pass  # it failed before it had an answer
    if code == UNREACHABLE and "structuredContent" not in result:
        result["isError"] = True  # nothing at all could be asked
    return result


def of_error(sentence: str) -> Json:
    """A call that did not run or did not end; the model is to read why."""
    return {"content": [{"type": "text", "text": sentence}], "isError": True}


def of_text(text: str, outside: bool) -> Json:
    """An answer of the server itself; `outside` where others may have written some of it."""
    texts = [visible_lines(text), *([NOTE] if outside else [])]
    body: Json = {"content": [{"type": "text", "text": each} for each in texts], "isError": False}
    return {**body, "_meta": {UNTRUSTED: True}} if outside else body


def meaning(verb: Verb, code: int) -> str:
    """What an exit code of a verb says."""
    known = dict(exits(verb))
    if code in known:
        return known[code]
    if code > SIGNALLED:
        return f"ended by signal {code - SIGNALLED}"
    return MEANINGS.get(code, "the verb does not say what it means")


def _refuse(constant: str) -> object:
    raise ValueError(constant)  # NaN and Infinity, which Python reads and JSON does not have


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):  # 1e999, which Python would write as Infinity
        raise ValueError(digits)
    return number
