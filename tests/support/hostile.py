"""A Loki with arbitrary answers: bytes over a socket, by the request's path. It serves until its
clients are gone, and no client can keep it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable
from typing import Callable
from urllib.parse import parse_qs, urlsplit

from support.reading import request_head

Pieces = Iterable[bytes]


class Asked:
    """A request: `path` below the API, and its parameters."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.target = target
        self.path = parts.path.replace("/loki/api/v1/", "")
        self.values = {name: values[0] for name, values in parse_qs(parts.query).items()}

    def number(self, name: str) -> int:
        return int(self.values.get(name, "0"))


class Hostile:
    """A server whose answers are the pieces that `answer` gives for a request; `asked` are all
    requests so far."""

    def __init__(self, answer: Callable[[Asked], Pieces]) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Hostile:
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._serving.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            try:
                head = request_head(connection)
                if not head:
                    return
                asked = Asked(head.split(b" ", 2)[1].decode())
                self.asked.append(asked)
                for piece in self._answer(asked):
                    connection.sendall(piece)
            except OSError:
                pass  # the client has gone


def answered(body: bytes, status: str = "200 OK") -> list[bytes]:
    """A whole answer with this body."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return [head.encode() + b"\r\n\r\n", body]


def told(data: object) -> list[bytes]:
    """Loki's answer with this data."""
    return answered(json.dumps({"status": "success", "data": data}).encode())


def raw(data: bytes) -> list[bytes]:
    """Loki's answer with data that is JSON already."""
    return answered(b'{"status":"success","data":' + data + b"}")


def result(kind: str, series: bytes) -> list[bytes]:
    """Loki's answer to a query, with the JSON of its series."""
    return raw(b'{"resultType":"%s","result":%s}' % (kind.encode(), series))
