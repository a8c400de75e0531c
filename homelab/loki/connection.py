"""HTTP connections, with a way to wait for the first answer of several."""

from __future__ import annotations

import http.client
import select
import ssl
import time

from homelab.net.final_answer import FinalAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any


class Connection(http.client.HTTPConnection):
    """A connection and the beginning of its answer."""

    wire: socket.socket | None = None  # http.client drops its own if the server will close it
    hung_up = False
    served = False  # whether a complete answer came on it
    _answer: FinalAnswer | None = None

    def response_class(self, *words: Any, **named: Any) -> FinalAnswer:  # type: ignore[override]
        """The response object that `getresponse` reads: the one that has begun, or a new one."""
        answer, self._answer = self._answer, None
        return answer or FinalAnswer(*words, **named)

    def is_quiet(self) -> bool:
        """Whether nothing came since the last answer, not even the end of the connection."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def begins(self) -> bool:
        """Whether the first byte of the answer is there, or the connection has ended. Call this
        only when the connection has data to read: the data may belong to TLS alone."""
        if self._answer is None:
            self._answer = FinalAnswer(self.sock, method=self._method)  # type: ignore[attr-defined]
        seconds = self.sock.gettimeout()
        self.sock.settimeout(0)
        try:
            self._answer.fp.peek(1)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:  # the code that reads on gets it as well
            pass
        finally:
            self.sock.settimeout(seconds)
        return True


def soonest(connections: list[Connection], seconds: float) -> Connection | None:
    """The first of the connections whose answer begins, or that ends; None if that takes longer
    than `seconds`."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection.sock, select.POLLIN)
    end = time.monotonic() + seconds
    while True:
        ready = {number for number, _ in poll.poll(max(end - time.monotonic(), 0) * 1000)}
        for connection in connections:
            if connection.sock.fileno() in ready and connection.begins():
                return connection
        if time.monotonic() >= end:
            return None
