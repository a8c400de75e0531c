"""Container engines on sockets of their own: recorded answers of Docker and Podman (in
tests/containers/recorded), and servers that answer like no engine."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.reading import request_head

RECORDED = Path(__file__).resolve().parent.parent / "containers" / "recorded"
Speak = Callable[[socket.socket, str], None]


def recording(name: str) -> dict[str, Any]:
    """`ping` (headers), `list` and `inspect` of a recorded engine."""
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return found


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer as a Go server sends it to HTTP/1.0: it ends with the connection."""
    return "\r\n".join([f"HTTP/1.0 {status}", *headers, "", ""]).encode() + body


def replayed(recorded: dict[str, Any], asked: list[str] | None = None) -> Speak:
    """A function that answers as the recorded engine does. It accepts only the API version that the
    recording has, and appends each request to `asked`."""
    version = next(line.partition(": ")[2] for line in recorded["ping"] if "Api-V" in line[:5])
    prefix = f"/v{version}/containers/"
    documents = {each["Id"]: each for each in recorded["inspect"]}

    def speak(connection: socket.socket, target: str) -> None:
        if asked is not None:
            asked.append(target)
        path, _, query = target.partition("?")
        number = path[len(prefix) :].partition("/")[0]
        if target == "/_ping":
            said = answer(b"OK", *recorded["ping"])
        elif path == f"{prefix}json" and query == "all=1":
            said = answer(json.dumps(recorded["list"]).encode(), *recorded["ping"][:-1])
        elif path == f"{prefix}{number}/json" and number in documents:
            said = answer(json.dumps(documents[number]).encode())
        else:
            said = answer(b'{"message":"page not found"}\n', status="404 Not Found")
        connection.sendall(said)

    return speak


@contextmanager
def listening(speak: Speak, name: str = "docker.sock") -> Iterator[str]:
    """The path of a socket at which `speak` answers each request. The path is short: the kernel
    accepts at most 107 bytes."""
    folder = tempfile.mkdtemp(dir="/tmp")
    path = f"{folder}/{name}"
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen(64)
    over = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                heard = request_head(connection)
                if not heard:
                    return
                method, target, protocol = heard.split(b"\r\n")[0].split(b" ")
                assert (method, protocol) == (b"GET", b"HTTP/1.0")
                speak(connection, target.decode())
            except OSError:
                pass  # the client has gone

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield path
    finally:
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join()  # before another server gets its descriptor
        server.close()
        shutil.rmtree(folder)
