"""A client of `homelab mcp` that sends raw JSON-RPC lines, right or wrong ones; and a Loki that
never answers, to keep calls running."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from support.world import World

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
MODERN = {VERSION: "2026-07-28", CAPABILITIES: {}}


def request(id: object, method: str, **params: object) -> dict[str, Any]:
    """A legacy request; `_meta=MODERN` makes it a modern one."""
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def call(id: object, tool: str, **arguments: object) -> dict[str, Any]:
    return request(id, "tools/call", name=tool, arguments=arguments)


def cancel(id: object) -> dict[str, Any]:
    params = {"requestId": id, "reason": "no longer wanted"}
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}


def callable_tools(world: World, *words: str, **env: str) -> dict[str, Any]:
    """The tools that a session lets an agent call, listed or not, by name: those of the manifest
    for which findVerb has no reason against."""
    tools = json.loads(world.run("manifest", "--mcp", **env).stdout)["tools"]
    found = {}
    with Speaker(world, *words, **env) as speaker:
        for tool in tools:
            path = tool["name"].replace("_", " ")
            text = speaker.ask(call(1, "findVerb", words=path))["result"]["content"][0]["text"]
            line = text.split("\n")[1]
            assert line.startswith(f"{path} ["), text
            if "(not in this session: " not in line:
                found[tool["name"]] = tool
    return found


class Speaker:
    """A running `homelab mcp` and its two ends."""

    def __init__(self, world: World, *words: str, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, world.pyz, "mcp", *words],
            env={**world.env, **env},
            cwd=world.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._begun = b""

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream
            try:
                stream.close()
            except BrokenPipeError:
                pass

    def say(self, message: object) -> None:
        """Send a message, or bytes as they are."""
        line = message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n"
        assert self.process.stdin
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def hear(self, seconds: float = 30) -> Any:
        """The next message; None at the end of the server's output."""
        assert self.process.stdout
        descriptor = self.process.stdout.fileno()
        until = time.monotonic() + seconds
        while b"\n" not in self._begun:
            ready, _, _ = select.select([descriptor], [], [], max(until - time.monotonic(), 0))
            assert ready, f"no message within {seconds} s; begun: {self._begun[:200]!r}"
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                assert not self._begun, "half a line at the end"
                return None
            self._begun += piece
        line, _, self._begun = self._begun.partition(b"\n")
        return json.loads(line)

    def ask(self, message: object) -> Any:
        """Send a message, and return the answer."""
        self.say(message)
        return self.hear()

    def close(self) -> tuple[list[Any], int, str]:
        """End stdin; return the remaining messages, the exit status, and stderr."""
        assert self.process.stdin and self.process.stderr
        self.process.stdin.close()
        rest = []
        while (message := self.hear()) is not None:
            rest.append(message)
        errors = self.process.stderr.read().decode()
        return rest, self.process.wait(30), errors

    def signalled(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit status, and stderr."""
        assert self.process.stderr
        self.process.send_signal(number)
        errors = self.process.stderr.read().decode()
        return self.process.wait(30), errors


class Silence:
    """A server that accepts connections and never sends a byte. A call that asks it runs until it
    is ended; its connection then closes too."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(30)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.held: list[socket.socket] = []

    def __enter__(self) -> Silence:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def taken(self) -> socket.socket:
        """Wait for the next connection: a call is running."""
        connection, _ = self.socket.accept()
        connection.settimeout(30)
        self.held.append(connection)
        while b"\r\n\r\n" not in connection.recv(1 << 16):
            pass
        return connection

    def drop(self) -> None:
        """Close the port and all connections: the calls connect again, are refused, and fail."""
        self.socket.close()
        for connection in self.held:
            connection.close()
        self.held.clear()


def ended(connection: socket.socket) -> bool:
    """Wait until the other end is closed."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
