"""Pure: the protocol's messages, of both its eras.

Since revision 2026-07-28 each request tells its version in `_meta` and there is no handshake; up to
2025-11-25 `initialize` opens a session. Both are served, as the specification's "dual-era" servers
do (specification/2026-07-28/basic/versioning).
"""

from __future__ import annotations

from homelab import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, object]

MODERN = ("2026-07-28",)
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
PARSE, INVALID, NO_METHOD, PARAMS = -32700, -32600, -32601, -32602
UNSUPPORTED = -32022
FRESH = 60_000  # ms that a client may keep the list of tools: verbs come and go
_META = "io.modelcontextprotocol/"
_SERVER = {"name": "homelab", "title": "homelab", "version": __version__}
_INSTRUCTIONS = (
    "Each tool is a verb of homelab on this host. A result's structuredContent is the verb's JSON"
    " document; an exit code other than 0 is told in its last text."
)


class Act:
    """What a message asks for. `kind` is `reply` (it is answered already, by `reply`), `list`,
    `call` (of the tool `name` with `arguments`), `cancel` (of the request `id`), or `nothing`."""

    __slots__ = ("arguments", "id", "kind", "modern", "name", "reply")

    def __init__(
        self,
        kind: str,
        id: str | int | None = None,
        modern: bool = False,
        reply: Json | None = None,
        name: str = "",
        arguments: Json | None = None,
    ) -> None:
        self.kind = kind
        self.id = id
        self.modern = modern
        self.reply = reply
        self.name = name
        self.arguments = arguments or {}


def error(id: object, code: int, sentence: str, facts: Json | None = None) -> Json:
    """An error in answer to the request `id` (None: it could not be read)."""
    told: Json = {"code": code, "message": sentence}
    if facts:
        told["data"] = facts
    return {"jsonrpc": "2.0", "id": id, "error": told}


def result(act: Act, facts: Json) -> Json:
    """The answer to a request; what the modern era wants in each result is added."""
    if act.modern:
        facts = {"resultType": "complete", **facts, "_meta": {_META + "serverInfo": _SERVER}}
    return {"jsonrpc": "2.0", "id": act.id, "result": facts}


def listed(act: Act, tools: list[Json]) -> Json:
    """The answer to `tools/list`."""
    fresh: Json = {"ttlMs": FRESH, "cacheScope": "private"} if act.modern else {}
    return result(act, {"tools": tools, **fresh})


def understood(message: object) -> Act:
    """What one message asks for."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return _refused(None, INVALID, "a message is an object with jsonrpc 2.0")
    method, params = message.get("method"), message.get("params")
    if "id" not in message:
        return _notified(method, params)
    id = message["id"]
    if isinstance(id, bool) or not isinstance(id, (str, int)):
        return _refused(None, INVALID, "an id is text or a whole number")
    if "method" not in message and ("result" in message or "error" in message):
        return Act("nothing")  # an answer, and nothing was asked
    if not isinstance(method, str):
        return _refused(id, INVALID, "a request has a method")
    if params is None:
        params = {}
    if not isinstance(params, dict):
        return _refused(id, PARAMS, "params are an object")
    meta = params.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    version = meta.get(_META + "protocolVersion")
    if method == "initialize" and version is None:
        return _opened(id, params)
    if version is None and method != "server/discover":
        return _asked(id, method, params, modern=False)
    if version not in MODERN:
        facts: Json = {"supported": list(MODERN), "requested": version}
        if not isinstance(version, str):
            return _refused(id, PARAMS, f"_meta lacks {_META}protocolVersion")
        return _refused(id, UNSUPPORTED, "Unsupported protocol version", facts)
    if not isinstance(meta.get(_META + "clientCapabilities"), dict):
        return _refused(id, PARAMS, f"_meta lacks {_META}clientCapabilities")
    return _asked(id, method, params, modern=True)


def _refused(id: object, code: int, sentence: str, facts: Json | None = None) -> Act:
    return Act("reply", reply=error(id, code, sentence, facts))


def _notified(method: object, params: object) -> Act:
    if method == "notifications/cancelled" and isinstance(params, dict):
        id = params.get("requestId")
        if isinstance(id, (str, int)) and not isinstance(id, bool):
            return Act("cancel", id=id)
    if not isinstance(method, str):
        return _refused(None, INVALID, "a message has a method")
    return Act("nothing")


def _opened(id: str | int, params: Json) -> Act:
    asked = params.get("protocolVersion")
    if not isinstance(asked, str):
        return _refused(id, PARAMS, "protocolVersion is missing")
    act = Act("reply", id=id)
    act.reply = result(
        act,
        {
            "protocolVersion": asked if asked in LEGACY else LEGACY[0],
            "capabilities": {"tools": {}},
            "serverInfo": _SERVER,
            "instructions": _INSTRUCTIONS,
        },
    )
    return act


def _asked(id: str | int, method: str, params: Json, modern: bool) -> Act:
    act = Act("reply", id=id, modern=modern)
    if method == "ping":
        act.reply = result(act, {})
    elif method == "server/discover":
        facts: Json = {"supportedVersions": list(MODERN), "capabilities": {"tools": {}}}
        fresh: Json = {"ttlMs": FRESH, "cacheScope": "private"}
        act.reply = result(act, {**facts, "instructions": _INSTRUCTIONS, **fresh})
    elif method == "tools/list":
        if params.get("cursor") is not None:
            return _refused(id, PARAMS, "there is no such cursor: all tools are in one answer")
        act.kind = "list"
    elif method == "tools/call":
        name, arguments = params.get("name"), params.get("arguments")
        if not isinstance(name, str):
            return _refused(id, PARAMS, "name is missing")
        if arguments is not None and not isinstance(arguments, dict):
            return _refused(id, PARAMS, "arguments are an object")
        act.kind, act.name, act.arguments = "call", name, arguments or {}
    else:
        return _refused(id, NO_METHOD, f"no method {method[:80]!r} here")
    return act
