"""Pure: the pings to the dead-man's switches of several makers, by the shape of their URLs.

- Healthchecks and its clones: URL/start, URL, URL/fail (healthchecks.io/docs/http_api).
- Uptime Kuma, push monitor: /api/push/TOKEN?status=up|down&msg=…&ping=MS; it answers {"ok": true}.
- Cronitor: https://cronitor.link/p/KEY/NAME?state=run|complete|fail&message=… (its telemetry API).
- Dead Man's Snitch: https://nosnch.in/TOKEN?s=EXIT&m=… (its docs, "exit code").
- Better Stack heartbeats: /api/v1/heartbeat/TOKEN, with /fail appended.
- Gatus, external endpoint: POST …/external?success=true|false&error=…, with a bearer token.
"""

from __future__ import annotations

from homelab.jobs.web_request import WebRequest, with_query
from homelab.times import MILLISECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.jobs.web_request import Address

START, SUCCESS, FAIL = "/start", "", "/fail"
BODY = 10_000  # bytes of output that are sent if the user wants that
_MESSAGE = 200  # characters of a message in a query, which servers write into their logs


def request(
    address: Address, event: str, why: str = "", took: int = 0, exit: int = 0, output: bytes = b""
) -> WebRequest | None:
    """The ping for an event: START, SUCCESS or FAIL; None if this switch takes no ping for it.
    `why` is a sentence about a failure, `took` ns, `exit` the code; `output` may be sent with
    it."""
    url, headers = address.url, address.headers
    kind = _kind(url)
    message = _message(why, output)
    if kind == "healthchecks":
        return WebRequest(_behind(url, event), headers, output)
    if kind == "cronitor":
        state = {START: "run", SUCCESS: "complete", FAIL: "fail"}[event]
        values = {"state": state, **({"message": message} if message else {})}
        return WebRequest(with_query(url, values), headers)
    if event == START:
        return None
    good = event == SUCCESS
    if kind == "heartbeat":
        return WebRequest(_behind(url, event), headers, output)
    if kind == "snitch":
        return WebRequest(
            with_query(url, {"s": str(0 if good else exit or 1), "m": message}), headers
        )
    if kind == "gatus":
        values = {"success": "true" if good else "false", "error": "" if good else message}
        return WebRequest(with_query(url, values), headers, method="POST")
    values = {
        "status": "up" if good else "down",
        "msg": message or "OK",
        "ping": str(took // MILLISECOND),
    }
    return WebRequest(with_query(url, values), headers, says_ok=True)


def _kind(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path
    if "/api/push/" in path:
        return "kuma"
    if "cronitor" in host:
        return "cronitor"
    if host == "nosnch.in":
        return "snitch"
    if "/api/v1/heartbeat/" in path:
        return "heartbeat"
    if path.endswith("/external") and "/api/v1/endpoints/" in path:
        return "gatus"
    return "healthchecks"


def _behind(url: str, event: str) -> str:
    """The URL of an event: its word comes after the path, before a query."""
    if not event:
        return url
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts._replace(path=parts.path.rstrip("/") + event, fragment="").geturl()


def _message(why: str, output: bytes) -> str:
    """A single line, short enough for a query: the sentence, and the last line of the output."""
    lines = output.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    text = f"{why}: {last}" if why and last else why or last
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return text if len(text) <= _MESSAGE else text[: _MESSAGE - 1] + "…"
