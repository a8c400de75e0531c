"""A dead-man's switch or webhook of the tests' own, which keeps its requests."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "3c1f2d8a-canary7f3a"  # noqa: S105 - of the test's own server


class Seen:
    """A request that came."""

    def __init__(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        self.method = method
        self.path = path
        self.body = body
        self.headers = headers
        self.agent = headers.get("User-Agent")


class Switch:
    """A server that keeps its requests, and answers as `hook(path)` says: a status, a body, and the
    headers. Its address is `url`."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.hook: Callable[[str], tuple[int, bytes, dict[str, str]]] = lambda _: (200, b"OK", {})
        switch = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                switch.seen.append(Seen(self.command, self.path, body, dict(self.headers)))
                status, text, headers = switch.hook(self.path)
                with contextlib.suppress(OSError):  # the client is gone
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/{SECRET}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self._thread.start()

    def paths(self) -> list[str]:
        return [each.path.replace(SECRET, "X") for each in self.seen]

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
