"""A Loki to load and to read back: the fake, or a real one at HOMELAB_TEST_LOKI."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
import uuid
from collections.abc import Sequence


class Sink:
    """A Loki at `url`; `job` is a label value that no other test uses."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.job = f"test-{uuid.uuid4().hex[:12]}"

    def push(
        self,
        labels: dict[str, str],
        entries: Sequence[tuple[int, str] | tuple[int, str, dict[str, str]]],
        beside: dict[str, str] | None = None,
    ) -> None:
        """Push entries (ns, line, optional structured metadata of its own) of one stream, each also
        with the structured metadata `beside`; any answer except 204 is an error."""
        more = [beside] if beside else []
        values = [[str(moment), *entry, *more] for moment, *entry in entries]
        self._send([{"stream": labels, "values": values}])

    def push_all(self, streams: list[tuple[dict[str, str], list[tuple[int, str]]]]) -> None:
        """Push the entries of several streams in one request, which is much faster."""
        self._send(
            [
                {"stream": labels, "values": [[str(moment), line] for moment, line in entries]}
                for labels, entries in streams
            ]
        )

    def _send(self, streams: list[dict[str, object]]) -> None:
        body = json.dumps({"streams": streams}).encode()
        request = urllib.request.Request(
            self.url + "/loki/api/v1/push", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 204


def request_head(connection: socket.socket) -> bytes:
    """The bytes of a request up to its body, and what came with them; b"" if the client has gone
    before they are complete."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = connection.recv(1 << 16)
        if not piece:
            return b""
        heard += piece
    return heard


def until(condition: object, seconds: float = 5.0) -> bool:
    """Wait until `condition()` holds; return False if it does not within `seconds`."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
