"""The load-balancer dial: HTTP connections that go to `Address.dial`, and still speak the name of
the URL, in the Host header and as the TLS server name."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.request

from homelab.errors import UNCONFIGURED, Failure
from homelab.net import connect, failures
from homelab.net.final_answer import FinalAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.loki.address import Address


def trust(ca_file: str, seconds: float) -> ssl.SSLContext:
    """The TLS context for Loki: CAs from `ca_file`, which has `seconds` to be read, or this host's
    for "". Raises Failure (78)."""
    from homelab.net.trust import loaded, verified
    from homelab.system.ownership import Untrusted

    if not ca_file:
        return verified()
    try:
        return loaded(ca_file, verified, seconds, True)
    except Untrusted as error:
        what = f"loki.ca_file {ca_file} is not read: {error.strerror}"
        raise Failure(UNCONFIGURED, what) from None
    except OSError as error:
        why = "no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise Failure(
            UNCONFIGURED, f"loki.ca_file {ca_file} can't be used: {why}; name a PEM file"
        ) from error


def connected(address: Address, seconds: float) -> socket.socket:
    """A connection to `address.dial`, the lookup of its name and the connecting each within
    `seconds`. Raises OSError, NoNameServer and ConnectTimeout among them."""
    try:
        places = connect.look_up(address.dial, seconds)
    except TimeoutError:
        raise failures.NoNameServer from None
    try:
        connection, _ = connect.connect(places, seconds)
    except (failures.Timeout, TimeoutError, socket.timeout):
        host, port = address.dial
        why = f"nothing answers at {host}:{port} within {seconds:g} s"
        raise failures.ConnectTimeout(why) from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Dial(urllib.request.AbstractHTTPHandler):
    """The handler of urllib that connects to `address.dial` within `seconds`, and speaks TLS where
    there is a `context` for it; then `standing` is called."""

    def __init__(
        self,
        address: Address,
        seconds: float,
        standing: Callable[[], None],
        context: ssl.SSLContext | None,
    ) -> None:
        super().__init__()

        class Connection(http.client.HTTPConnection):
            response_class = FinalAnswer

            def connect(self) -> None:
                self.sock = connected(address, seconds)
                if context:
                    try:
                        name = connect.tls_name(address.name)
                        self.sock = context.wrap_socket(self.sock, server_hostname=name)
                    except (TimeoutError, socket.timeout):
                        why = f"it was connected and does not greet in TLS within {seconds:g} s"
                        raise failures.ConnectTimeout(why) from None
                self.sock.settimeout(self.timeout)
                standing()

        self._connection = Connection

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, request)

    https_open = http_open
    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_
