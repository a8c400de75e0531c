"""Whether ports of hosts take connections."""

from __future__ import annotations

import time

from homelab.net import connect, failures
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

    def look_up(host: str) -> list[connect.SocketAddress] | Knock:
        try:
            return connect.look_up((host, 0), seconds)
        except OSError as error:
            return _unnamed(error, seconds)

    grace = seconds + _GRACE
    unnamed = _unnamed(TimeoutError(), seconds)
    looked = parallel.answers(hosts, look_up, grace, jobs, late=lambda _: unnamed)
    found = dict(zip(hosts, looked))

    def ask(target: tuple[str, int]) -> Knock:
        places = found[target[0]]
        if isinstance(places, Knock):
            return places
        return knock([place.at(target[1]) for place in places], seconds)

    silent = Knock(FILTERED, f"no answer within {seconds:g} s")
    return list(parallel.answers(targets, ask, grace, jobs, tell, late=lambda _: silent))


def knock(places: list[connect.SocketAddress], seconds: float) -> Knock:
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
_CLOSED: failures.Words = {
    **failures.UNREACHED,
    failures.Timeout: "no answer within {seconds:g} s: a firewall drops it, or the host is down",
    failures.Refused: _NOBODY,
}


def _closed(
    error: OSError, places: list[connect.SocketAddress], seconds: float, took: float
) -> Knock:
    kind = failures.of(error)
    why, address = kind.words(_CLOSED, seconds=seconds), str(places[0])
    if isinstance(kind, failures.Timeout):
        return Knock(FILTERED, why, None, address)
    result = REFUSED if isinstance(kind, failures.Refused) else UNREACHABLE
    return Knock(result, why, took, address)


def _unnamed(error: OSError, seconds: float) -> Knock:
    kind = failures.of(error)
    result = UNNAMED if isinstance(kind, failures.NoAddress) else UNKNOWN
    return Knock(result, kind.words(failures.LOOKUP, seconds=seconds))
