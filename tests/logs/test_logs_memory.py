"""A million lines: all of them, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from support.memory import resident
from support.world import World

LINES = 1_000_000
TEXT = "level=info caller=main.go:42 msg=served path=/api/v1/items status=200 n="
NEWEST = 1795465834 * 10**9


class Handler(BaseHTTPRequestHandler):
    """A stream with a line per nanosecond, as Loki returns it, newest first."""

    def do_GET(self) -> None:
        asked = {name: found[0] for name, found in parse_qs(urlsplit(self.path).query).items()}
        newest = min(int(asked["end"]), NEWEST)
        oldest = max(newest - int(asked["limit"]), NEWEST - LINES, int(asked["start"]))
        rows = ",".join(f'["{at}","{TEXT}{at}"]' for at in range(newest - 1, oldest - 1, -1))
        body = (
            '{"status":"success","data":{"resultType":"streams","result":[{"stream":{"job":"x"},'
            f'"values":[{rows}]}}]}}}}'
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def million() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("form", ["raw", "columns"])
def test_a_million_lines_in_bounded_memory(world: World, form: str) -> None:
    window = ("--since", str((NEWEST - LINES) // 10**9 - 60), "--until", str(NEWEST))
    words = ["logs", "query", '{job="x"}', "--all", "--output", form, "--no-header", *window]
    with million() as url:
        process = subprocess.Popen(
            [sys.executable, world.pyz, *words], stdout=subprocess.PIPE, bufsize=1 << 20,
            env={**world.env, "HOMELAB_LOKI_URL": url, "HOMELAB_TELEMETRY": "0"},
        )  # fmt: skip
        assert process.stdout is not None
        expected = NEWEST
        most = 0
        for line in process.stdout:
            expected -= 1
            if expected % 1000 == 0:
                assert line.endswith(f"{TEXT}{expected}\n".encode())
            if expected % 50_000 == 0 and process.poll() is None:
                most = max(most, resident(process.pid))
        process.stdout.close()
        assert process.wait(30) == 0
    assert expected == NEWEST - LINES
    assert 0 < most < 100 * 1024  # KiB
