"""HTTP connections whose answers can be waited for together."""

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
    """One connection, with the answer that has begun to come."""

    wire: socket.socket | None = None  # http.client forgets its own where the server will close it
    hung_up = False
    served = False  # whether a whole answer came on it
    _answer: FinalAnswer | None = None

    def response_class(self, *words: Any, **named: Any) -> FinalAnswer:  # type: ignore[override]
        """What `getresponse` begins to read."""
        answer, self._answer = self._answer, None
        return answer or FinalAnswer(*words, **named)

    def is_quiet(self) -> bool:
        """Whether nothing came since the last answer, not even the connection's end."""
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def begins(self) -> bool:
        """Whether the first byte of the answer is there, or the connection has ended. Only for a
        connection on which something came: that may be TLS's own."""
        if self._answer is None:
            self._answer = FinalAnswer(self.sock, method=self._method)  # type: ignore[attr-defined]
        seconds = self.sock.gettimeout()
        self.sock.settimeout(0)
        try:
            self._answer.fp.peek(1)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:  # which what reads on meets as well
            pass
        finally:
            self.sock.settimeout(seconds)
        return True


def soonest(connections: list[Connection], seconds: float) -> Connection | None:
    """The first of the connections whose answer begins, or that ends; None where that takes longer
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
