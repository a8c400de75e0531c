"""A client of `homelab mcp` that says what it likes: lines out, lines in."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any

from conftest import World

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Talk:
    """`with Talk(world, "--allow", "write") as talk:`"""

    def __init__(self, world: World, *words: str, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, world.pyz, "mcp", *words],
            env={**world.env, **env}, cwd=world.folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._last = 0

    def __enter__(self) -> Talk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.process.kill()
        self.end()

    def send(self, message: object) -> None:
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(raw + b"\n")
        self.process.stdin.flush()

    def read(self) -> Any:
        """The next line, parsed; None at the end."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def ask(self, method: str, params: dict[str, object] | None = None) -> int:
        """Send a request of the legacy era; returns its id."""
        self._last += 1
        self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params or {}})
        return self._last

    def call(self, name: str, /, **arguments: object) -> int:
        return self.ask("tools/call", {"name": name, "arguments": arguments})

    def result(self, method: str, params: dict[str, object] | None = None) -> Any:
        """Ask, and the result of it, which comes next."""
        id = self.ask(method, params)
        answer = self.read()
        assert answer["id"] == id, answer
        return answer["result"]

    def called(self, name: str, /, **arguments: object) -> Any:
        return self.result("tools/call", {"name": name, "arguments": arguments})

    def end(self) -> tuple[int, bytes, bytes]:
        """Close our end; exit code, and what else came."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
            self.process.stdin = None
        stdout, stderr = self.process.communicate(timeout=30)
        return self.process.returncode, stdout, stderr
