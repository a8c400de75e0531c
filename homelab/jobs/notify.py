"""Pure: the notice about a job's run for a person, and the request that sends it.

- ntfy: the text to the topic's URL, headers Title, Priority and Tags (docs.ntfy.sh/publish).
- Gotify: JSON with title, message and priority to /message?token=… (gotify.net/docs/pushmsg).
- Discord: JSON with content, Slack and Mattermost: JSON with text (their incoming webhooks).
- any other webhook: JSON with the fields of `fields`.
"""

from __future__ import annotations

import json

from homelab import times
from homelab.jobs import record as records
from homelab.jobs.web_request import WebRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.jobs.record import Record
    from homelab.jobs.web_request import Address

SCHEMA = "homelab.job-notice/1"
KINDS = ("ntfy", "gotify", "discord", "slack", "webhook")
OUTPUT = 2_000  # bytes of the output's end; ntfy takes 4,096 bytes, Discord 2,000 characters
TRIES = 5  # runs that try to send a notice
_DISCORD = 1_900  # characters
_JSON = ("Content-Type", "application/json")


def is_due(record: Record, was: Record | None, on_change: bool, change: str = "") -> bool:
    """Whether to send a notice about a run that has ended: for each failure and the first success
    after one, or with `on_change` only if the result differs from the last known one, or the
    problems that the command has found do (`change` says how). A notice that could not be delivered
    is sent again, by TRIES runs in total, so that a dead address is not
    tried for ever."""
    changed = record.result != (record.previous or records.GOOD) or bool(change)
    missed = was is not None and bool(was.unnotified) and was.untold < TRIES
    return changed or missed or not (on_change or record.good)


class Notice:
    """A notice: on which `job` on which `host`, in one `sentence`, with the end of the `output` if
    that may be sent; `record` has the rest."""

    __slots__ = ("host", "output", "record", "sentence")

    def __init__(self, record: Record, host: str, sentence: str, output: bytes = b"") -> None:
        self.record = record
        self.host = host
        self.sentence = sentence
        text = output[-OUTPUT:].decode("utf-8", "replace")
        self.output = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")

    @property
    def title(self) -> str:
        """The title in one line: which job, its state, which host."""
        how = "is ok" if self.record.good else f"failed ({self.record.result})"
        return f"{self.record.name} {how}" + (f" on {self.host}" if self.host else "")

    @property
    def text(self) -> str:
        """The sentence, and the output below it."""
        return f"{self.sentence}\n\n{self.output}".rstrip() + "\n"


def fields(notice: Notice) -> dict[str, object]:
    """The notice for programs: `result` is the word of job list, `was` that of the run before,
    `took` s, `started` RFC 3339."""
    record = notice.record
    return {
        "schema": SCHEMA,
        "job": record.name,
        "host": notice.host,
        "ok": record.good,
        "result": record.result,
        "was": record.previous or None,
        "exit": record.exit,
        "attempts": record.attempts,
        "started": times.rfc3339(record.started),
        "took": round(record.took / times.SECOND, 3),
        "reason": notice.sentence,
        "title": notice.title,
        "text": notice.text,
    }


def variables(notice: Notice) -> dict[str, str]:
    """The notice as environment variables of a command."""
    record = notice.record
    return {
        "HOMELAB_JOB": record.name,
        "HOMELAB_JOB_HOST": notice.host,
        "HOMELAB_JOB_OK": "1" if record.good else "0",
        "HOMELAB_JOB_RESULT": record.result,
        "HOMELAB_JOB_WAS": record.previous,
        "HOMELAB_JOB_EXIT": str(record.exit),
        "HOMELAB_JOB_TITLE": notice.title,
    }


def request(address: Address, notice: Notice) -> WebRequest:
    """The request that sends a notice, in the format of the address."""
    kind = address.kind or _kind(address.url)
    good, url = notice.record.good, address.url
    if kind == "ntfy":
        shown = (
            ("Title", notice.title.encode("ascii", "replace").decode("ascii")),
            ("Priority", "3" if good else "4"),
            ("Tags", "white_check_mark" if good else "warning"),
            ("Content-Type", "text/plain; charset=utf-8"),
        )
        return WebRequest(url, (*shown, *address.headers), notice.text.encode(), notice=True)
    body: dict[str, object] = fields(notice)
    if kind == "gotify":
        url = _gotify(url)
        body = {"title": notice.title, "message": notice.text, "priority": 4 if good else 8}
    elif kind == "discord":
        whole = f"**{notice.title}**\n{notice.text}"
        body = {"content": whole if len(whole) <= _DISCORD else whole[:_DISCORD] + "…"}
    elif kind == "slack":
        body = {"text": f"{notice.title}\n{notice.text}"}
    return WebRequest(url, (_JSON, *address.headers), json.dumps(body).encode(), notice=True)


def _kind(url: str) -> str:
    """The kind of a URL, by its shape."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.startswith("ntfy.") and parts.path.strip("/").count("/") == 0:
        return "ntfy"
    if host.startswith("gotify.") or (parts.path.endswith("/message") and "token=" in parts.query):
        return "gotify"
    if "/api/webhooks/" in parts.path and host in ("discord.com", "discordapp.com"):
        return "discord"
    return "slack" if host == "hooks.slack.com" else "webhook"


def _gotify(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    return parts._replace(path=path if path.endswith("/message") else f"{path}/message").geturl()
