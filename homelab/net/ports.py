"""Whether ports of hosts take connections."""

from __future__ import annotations

import errno
import socket
import time

from homelab.net import connect
from homelab.system import parallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OPEN, REFUSED, FILTERED = "open", "refused", "filtered"
UNREACHABLE, UNNAMED = "unreachable", "name unknown"
UNKNOWN = "unknown"  # nobody could say where the host is
_GRACE = 1.0  # s, for what can't bound itself


class Knock:
    """What came of connecting: the `result`, in how many `seconds` (None where nothing came),
    at which `address` (or ""), and `why` it is not open."""

    __slots__ = ("address", "result", "seconds", "why")

    def __init__(
        self, result: str, why: str = "", seconds: float | None = None, address: str = ""
    ) -> None:
        self.result = result
        self.why = why
        self.seconds = seconds
        self.address = address


def knocks(
    targets: Sequence[tuple[str, int]],
    seconds: float,
    jobs: int,
    tell: Callable[[int], None] | None = None,
) -> list[Knock]:
    """What came of each host and port, in their order, up to `jobs` at once. A name is looked up
    once, within `seconds`, and a connection has as long."""
    hosts = list(dict.fromkeys(host for host, _ in targets))

    def look_up(host: str) -> list[connect.Place] | Knock:
        try:
            return connect.look_up((host, 0), seconds)
        except TimeoutError:
            return Knock(UNKNOWN, silent(seconds))
        except OSError as error:
            return Knock(UNNAMED if told(error) else UNKNOWN, unnamed(error))

    looked = parallel.answers(hosts, look_up, seconds + _GRACE, jobs)
    found = dict(zip(hosts, looked))

    def ask(target: tuple[str, int]) -> Knock:
        places = found[target[0]]
        if isinstance(places, Knock):
            return places
        if isinstance(places, TimeoutError):
            return Knock(UNKNOWN, silent(seconds))
        return knock([place.at(target[1]) for place in places], seconds)

    answers = parallel.answers(targets, ask, seconds + _GRACE, jobs, tell)
    return [
        Knock(FILTERED, f"no answer within {seconds:g} s")
        if isinstance(each, TimeoutError)
        else each
        for each in answers
    ]


def silent(seconds: float) -> str:
    """Why a name was not looked up in time, in words."""
    return f"no name server answers within {seconds:g} s"


def knock(places: list[connect.Place], seconds: float) -> Knock:
    """Connect to the first of the places that takes it, within `seconds`, and close the connection
    with nothing said over it."""
    begun = time.monotonic()
    try:
        connection, place = connect.connect(places, seconds)
    except OSError as error:
        return _closed(error, places, seconds, time.monotonic() - begun)
    with connection:
        took = time.monotonic() - begun
        # a free port of this host's own that was taken for our end: TCP answers itself
        if connection.getsockname() == connection.getpeername():
            return Knock(REFUSED, _NOBODY, took, str(place))
        return Knock(OPEN, "", took, str(place))


_NOBODY = "nothing listens there, or a firewall says so"


def _closed(error: OSError, places: list[connect.Place], seconds: float, took: float) -> Knock:
    address = str(places[0])
    if isinstance(error, (TimeoutError, socket.timeout)):
        why = f"no answer within {seconds:g} s: a firewall drops it, or the host is down"
        return Knock(FILTERED, why, None, address)
    if isinstance(error, ConnectionRefusedError):
        return Knock(REFUSED, _NOBODY, took, address)
    return Knock(UNREACHABLE, unreached(error), took, address)


def told(error: OSError) -> bool:
    """Whether somebody who knows said that a name has no address; else it only could not be
    asked."""
    unasked = (socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_MEMORY)
    return isinstance(error, socket.gaierror) and error.errno not in unasked


def unnamed(error: OSError) -> str:
    """Why a name has no address, in words."""
    if error.errno == socket.EAI_AGAIN:
        return "no name server answers"
    missing = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
    if isinstance(error, socket.gaierror) and error.errno in missing:
        return "no such name"
    return f"the name can't be looked up: {(error.strerror or 'no reason given').lower()}"


def unreached(error: OSError) -> str:
    """Why an address is out of reach, in words."""
    return _WORDS.get(error.errno or 0) or (error.strerror or "no reason given").lower()


_WORDS = {
    errno.EHOSTUNREACH: "no host answers to that address, or a router or firewall says so",
    errno.ENETUNREACH: "no route of this host leads there",
    errno.EACCES: "a route or rule of this host forbids it",
    errno.EPERM: "a route or rule of this host forbids it",
    errno.EINVAL: "a route of this host swallows it, or the address is incomplete",
}
