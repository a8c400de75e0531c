"""Write messages to stdout: one line each, complete, from several threads."""

from __future__ import annotations

import json
import os
import select
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, object]

_ROOM = 4096  # bytes that a pipe takes without waiting once it is ready for any (PIPE_BUF)


class MessageWriter:
    """A writer of messages to `descriptor`, until nobody reads there any more or `stop` (a
    descriptor) is readable: a client that does not read must not block the server."""

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
        """Write one message; a missing reader is not an error. A half surrogate pair, which JSON
        can contain but which is not a character, becomes `?`: the stream is UTF-8."""
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
    """The replies to an array of messages (MCP 2025-03-26): one array, sent when all are
    complete."""

    def __init__(self, count: int, writer: MessageWriter) -> None:
        self._left = count
        self._writer = writer
        self._lock = threading.Lock()
        self._replies: list[Json] = []

    def add(self, reply: Json | None) -> None:
        """Add the reply to one of them; None if it gets none."""
        with self._lock:
            self._left -= 1
            if reply is not None:
                self._replies.append(reply)
            done = not self._left and self._replies
        if done:
            self._writer.send(self._replies)
