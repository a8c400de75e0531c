"""The writer of messages to stdout: one line each, whole, from several threads."""

from __future__ import annotations

import json
import os
import select
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, object]

_ROOM = 4096  # bytes that a pipe takes without waiting once it says that it takes any (PIPE_BUF)


class MessageWriter:
    """Writes messages to `descriptor`, until nobody reads there any more or `stop` (a descriptor)
    has something to read: no server may hang on a client that does not listen."""

    def __init__(self, descriptor: int, stop: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._broken = False
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._room.register(stop, select.POLLIN)
        self._end = select.poll()
        self._end.register(descriptor, 0)
        self._end.register(stop, select.POLLIN)

    def send(self, message: object) -> None:
        """Write one message; nobody there to read it is no error. What is no character (half of a
        surrogate pair, which JSON can say) becomes `?`: the stream is UTF-8."""
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        left = memoryview(text.encode("utf-8", "replace") + b"\n")
        with self._lock:
            while left and not self._broken:
                if [(self._descriptor, select.POLLOUT)] != self._room.poll():
                    self._broken = True
                    return
                try:
                    left = left[os.write(self._descriptor, left[:_ROOM]) :]
                except BlockingIOError:
                    continue
                except OSError:
                    self._broken = True

    def over(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._broken or bool(self._end.poll(0))


class ReplyBatch:
    """The replies to an array of messages (MCP 2025-03-26): one array, sent when all are there."""

    def __init__(self, count: int, writer: MessageWriter) -> None:
        self._left = count
        self._writer = writer
        self._lock = threading.Lock()
        self._replies: list[Json] = []

    def add(self, reply: Json | None) -> None:
        """The reply to one of them; None where it gets none."""
        with self._lock:
            self._left -= 1
            if reply is not None:
                self._replies.append(reply)
            done = not self._left and self._replies
        if done:
            self._writer.send(self._replies)
