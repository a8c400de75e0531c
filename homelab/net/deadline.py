"""A time limit for all waits on a socket; the socket's own timeout applies to each wait alone."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

_LONGEST = 86_400.0  # s; a socket takes a timeout of 24 days at most


def bound(connection: socket.socket, end: float) -> None:
    """Let the next wait end at the time `end` (monotonic, s). Raises TimeoutError if that has
    passed."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(min(left, _LONGEST))
