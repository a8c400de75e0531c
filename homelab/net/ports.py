"""Check whether ports of hosts accept connections."""

from __future__ import annotations

import select
import socket
import threading
import time

from homelab.net import connect, failures
from homelab.system import parallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OPEN, CLOSED, REFUSED, FILTERED = "open", "closed", "refused", "filtered"
UNREACHABLE, UNNAMED = "unreachable", "name unknown"
UNKNOWN = "unknown"  # the host's name could not be looked up
_GRACE = 0.8  # s, for a name lookup, which has no time limit of its own
_LEAST = 0.2  # s to connect, even if the name lookup used up the time
# s to watch an open connection for its end: this takes a round trip, and the other side's time to
# notice; on loopback a proxy without its service closes within 1 ms.
_LOOK, _LONGEST_LOOK = 0.02, 0.1


class Knock:
    """The result of connecting: the `result`, the time in `seconds` (None without an answer), the
    `address` (or ""), and `why` the port is not open."""

    __slots__ = ("address", "result", "seconds", "why")

    def __init__(
        self, result: str, why: str = "", seconds: float | None = None, address: str = ""
    ) -> None:
        self.result = result
        self.why = why
        self.seconds = seconds
        self.address = address


class _Lookup:
    """The lookup of a host's name. The first thread that needs it makes it, and others wait."""

    __slots__ = ("_found", "_host", "_lock")

    def __init__(self, host: str) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._found: list[connect.SocketAddress] | OSError | None = None

    def places(self, seconds: float) -> list[connect.SocketAddress]:
        """The addresses. Raises OSError, TimeoutError after `seconds`."""
        if not self._lock.acquire(timeout=seconds):
            raise TimeoutError
        try:
            if self._found is None:
                try:
                    self._found = connect.look_up((self._host, 0), seconds)
                except OSError as error:
                    self._found = error
        finally:
            self._lock.release()
        if isinstance(self._found, OSError):
            raise self._found
        return self._found


def knocks(
    targets: Sequence[tuple[str, int]],
    seconds: float,
    jobs: int,
    tell: Callable[[int, list[tuple[str, int]]], None] | None = None,
) -> list[Knock]:
    """The result for each host and port, in their order, with up to `jobs` concurrently. Each has
    `seconds`, including the lookup of its host's name, which is made once for all its ports."""
    lookups = {host: _Lookup(host) for host, _ in targets}

    def ask(target: tuple[str, int]) -> Knock:
        begun = time.monotonic()
        try:
            places = lookups[target[0]].places(seconds)
        except OSError as error:
            return _unnamed(error, seconds)
        left = seconds - (time.monotonic() - begun)
        return knock([place.at(target[1]) for place in places], seconds, max(left, _LEAST))

    silent = Knock(FILTERED, f"no answer within {seconds:g} s")
    grace = seconds + _GRACE
    return list(parallel.answers(targets, ask, grace, jobs, tell, late=lambda _: silent))


def knock(places: list[connect.SocketAddress], seconds: float, left: float | None = None) -> Knock:
    """Connect to the first of the places that accepts, within `seconds` or the time `left` of them,
    and close the connection without sending anything. A port that closes it at once is CLOSED."""
    begun = time.monotonic()
    try:
        connection, place = connect.connect(places, seconds if left is None else left)
    except OSError as error:
        return _closed(error, places, seconds, time.monotonic() - begun)
    with connection:
        took = time.monotonic() - begun
        # the kernel chose the checked port of this host for our own end: TCP connects to itself
        if connection.getsockname() == connection.getpeername():
            return Knock(REFUSED, _NOBODY, took, str(place))
        if _is_dropped(connection, min(_LOOK + 2 * took, _LONGEST_LOOK)):
            return Knock(CLOSED, _DROPPED, took, str(place))
        return Knock(OPEN, "", took, str(place))


def _is_dropped(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side ends the connection within `seconds` without sending anything. Sent
    bytes stay unread."""
    poller = select.poll()
    poller.register(connection, select.POLLIN)
    if not poller.poll(seconds * 1000):
        return False  # most services wait for the client to speak
    try:
        connection.setblocking(False)
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:  # reset
        return True


_DROPPED = "it accepts the connection and closes it at once, like a proxy without its service"
_NOBODY = "nothing listens on this port, or a firewall rejects it"
_CLOSED: failures.Words = {
    **failures.UNREACHED,
    failures.Timeout: "no answer within {seconds:g} s: a firewall drops it, or the host is down",
    failures.Refused: _NOBODY,
}


def _closed(
    error: OSError, places: list[connect.SocketAddress], seconds: float, took: float
) -> Knock:
    kind, address = failures.of(error), str(places[0])
    if kind.by_place:  # the address whose error is the result
        address = next(place for place, each in kind.by_place if type(each) is type(kind))
    why = kind.words_by_place(_CLOSED, address, seconds=seconds)
    if isinstance(kind, failures.Timeout):
        return Knock(FILTERED, why, None, address)
    result = REFUSED if isinstance(kind, failures.Refused) else UNREACHABLE
    return Knock(result, why, took, address)


def _unnamed(error: OSError, seconds: float) -> Knock:
    kind = failures.of(error)
    result = UNNAMED if isinstance(kind, failures.NoAddress) else UNKNOWN
    return Knock(result, kind.words(failures.LOOKUP, seconds=seconds))
