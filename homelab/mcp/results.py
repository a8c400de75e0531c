"""Pure: the result of a call, as the `CallToolResult` that a client gets."""

from __future__ import annotations

import json

from homelab.describe.help import exits
from homelab.errors import MEANINGS, UNREACHABLE, UNSTARTABLE, signal_of
from homelab.mcp.tools import NOTE, UNTRUSTED
from homelab.mcp.values import has_json, properties
from homelab.output.columns import visible_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.system.child import Output

    Json = dict[str, object]

LONGEST = 48_000  # characters of a verb's stdout, which takes an agent's context
_LONGEST_TALK = 8_000  # characters of its stderr
_NAMED = 6  # arguments that are suggested to get less output
EXIT_CODE = "homelab/exit-code"  # in `_meta`: a key of our own, with the required prefix


def of_run(verb: Verb, code: int, out: Output, err: Output) -> Json:
    """The result of a verb that ended with `code` (128+n: by signal n). Its stderr is a text of its
    own, and so is an exit code other than 0 with its meaning: as text, since not every client shows
    `_meta` to a model; for the same reason a text says that output is untrusted. A code that the
    verb does not list as an answer is an error."""
    document = _document(verb, out)
    answer, whole = _bounded(verb, out, LONGEST, document)
    texts = [answer, _bounded(verb, err, _LONGEST_TALK)[0]]
    if not whole and document is not None:
        texts.append("The result has no structuredContent, which would repeat all of it.")
    if verb.outside and any(texts):
        texts.append(NOTE)
    if code:
        texts.append(f"exit code {code}: {meaning(verb, code)}")
    shown = [text for text in texts if text] or ["done; no output"]
    result: Json = {
        "content": [{"type": "text", "text": text} for text in shown],
        "isError": code not in verb.answers,
        "_meta": {EXIT_CODE: code, **({UNTRUSTED: True} if verb.outside else {})},
    }
    if whole and document is not None:
        result["structuredContent"] = document[0]
    if code == UNREACHABLE and document is None:
        result["isError"] = True  # nothing could be asked at all
    return result


def _document(verb: Verb, out: Output) -> tuple[object] | None:
    """The JSON in a verb's output; None if there is none, or if the verb failed before it."""
    if not has_json(verb) or out.lost:
        return None
    try:
        return (json.loads(out.kept, parse_constant=_refuse, parse_float=_finite),)
    except (ValueError, RecursionError):
        return None


def _bounded(
    verb: Verb, output: Output, most: int, document: tuple[object] | None = None
) -> tuple[str, bool]:
    """The output of a verb, cut to about `most` characters, and whether it is complete. It is cut
    between rows if it is a `document` with rows, else at the end of a line; a last line says how
    much is left out, and how to ask for less."""
    text = visible_lines(output.text())  # clients show it to people
    if len(text) <= most:
        return text, not output.lost
    named = [
        name
        for name, each in properties(verb).items()
        if each.kind != "flag" and (each.kind != "words" or verb.source == "built-in")
    ]
    narrower = f"to narrow it, use {', '.join(named[:_NAMED])}" if named else "ask for less"
    body = document[0] if document else None
    rows = body.get("rows") if isinstance(body, dict) else None
    if isinstance(body, dict) and isinstance(rows, list):
        fewer, count = _of_rows(body, rows, most)
        if count:
            shown = f"{count} of {len(rows)} rows are shown"
            return f"{fewer}\n(cut here: {shown}; {narrower})", False
    end = text.rfind("\n", most // 2, most)
    kept = text[: end if end > 0 else most]
    left = len(text) - len(kept) + output.lost
    return f"{kept}\n(cut here: {left} more characters; {narrower})", False


def _of_rows(body: Json, rows: list[object], most: int) -> tuple[str, int]:
    """A document with as many of its first rows as fit, and their number; none if it is nested too
    deeply to be written."""
    try:
        count, size = 0, len(json.dumps({**body, "rows": []}, indent=2, ensure_ascii=False))
        for row in rows:
            lines = visible_lines(json.dumps(row, indent=2, ensure_ascii=False)).split("\n")
            size += sum(len(line) + 5 for line in lines) + 1  # each row is indented by four
            if size > most:
                break
            count += 1
        fewer = json.dumps({**body, "rows": rows[:count]}, indent=2, ensure_ascii=False)
    except RecursionError:
        return "", 0
    return visible_lines(fewer), count


def of_error(sentence: str) -> Json:
    """A call that did not run or did not end, with the reason for the model."""
    shown = visible_lines(sentence)  # it may contain a file's name
    return {"content": [{"type": "text", "text": shown}], "isError": True}


def of_text(text: str, outside: bool) -> Json:
    """An answer of the server itself; `outside` if others may have written some of it."""
    texts = [visible_lines(text), *([NOTE] if outside else [])]
    body: Json = {"content": [{"type": "text", "text": each} for each in texts], "isError": False}
    return {**body, "_meta": {UNTRUSTED: True}} if outside else body


def meaning(verb: Verb, code: int) -> str:
    """The meaning of a verb's exit code."""
    known = dict(exits(verb))
    if code in known:
        return known[code]
    if signal_of(code):
        return f"ended by signal {signal_of(code)}"
    if verb.source != "built-in" and code != UNSTARTABLE:
        # a script may use the code in another sense than our verbs
        return "the script does not say what it means; its output above may"
    return MEANINGS.get(code, "the verb does not say what it means")


def _refuse(constant: str) -> object:
    raise ValueError(constant)  # NaN and Infinity, which Python reads but JSON does not allow


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):  # from 1e999, which Python would write as Infinity
        raise ValueError(digits)
    return number
