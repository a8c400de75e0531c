"""Make one GET to a service and time each phase: name lookup, connect, TLS, first byte, total.

It goes directly to the service: proxies of the environment are not used. Each phase has a time
limit, and so has the whole request.
"""

from __future__ import annotations

import socket
import ssl
import time

from homelab.certificates import x509
from homelab.certificates.der import Malformed
from homelab.net import connect, failures, http
from homelab.net.masking import masked
from homelab.services.expected import Service
from homelab.services.reasons import WORDS
from homelab.texts import clipped, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.net.url import Url
    from homelab.services.options import RequestOptions

_HINT = 4096  # bytes kept of a body, in which a server may say what is wrong
_SAID = 60  # characters shown of an answer that is not HTTP
HOPS = 10  # redirects that are followed
_REDIRECTS = (301, 302, 303, 307, 308)


class Visit:
    """The result of a request: the `status` of the last answer, 0 without one; `redirect`, the
    target of its last redirect without secrets, or "" (`leads` is the URL of one that was not
    followed); the seconds that each phase took, over all redirects, None for a phase that was not
    reached; the `address` that answered; the `certificate`, or why it is `unread`, and why it was
    `refused` (OpenSSL's code and words) or None; the certificates of its `issuers` (none in Python
    3.9); the `name` in TLS, and its `version` and `cipher`; the kept part of the `body`, how many
    bytes of it were `read`, and whether it is `endless` (http.Body); whether it `contains` the
    expected text, and why it could not be searched (`unsearched`) or "". `failed` is the phase that
    failed and why, or None, and `kind` the type of the network error; `unasked`: this host could
    not even ask; `instead`: why https failed before http answered, for a service without a scheme;
    `weak`: why curl and browsers refuse a handshake that OpenSSL accepts in a lenient mode.
    """

    def __init__(self) -> None:
        self.status = 0
        self.redirect = ""
        self.leads: Url | None = None
        self.lookup: float | None = None
        self.connect: float | None = None
        self.tls: float | None = None
        self.first_byte: float | None = None
        self.total: float | None = None
        self.address = ""
        self.certificate: x509.Certificate | None = None
        self.unread = ""
        self.issuers: list[x509.Certificate] = []
        self.refused: tuple[int, str] | None = None
        self.body = b""
        self.read = 0
        self.endless = False
        self.contains = False
        self.unsearched = ""
        self.name = ""
        self.version = ""
        self.cipher = ""
        self.failed: tuple[str, str] | None = None
        self.kind: failures.NetworkError | None = None
        self.instead = ""
        self.weak = ""
        self.unasked = False

    @property
    def whole(self) -> bool:
        """Whether the whole body was read."""
        return self.read < http.BODY and not self.endless

    @property
    def wants_tls(self) -> bool:
        """Whether the server says that its port expects TLS, as nginx and servers written in Go
        do."""
        return self.status == 400 and b"HTTPS" in self.body

    def took(self, phase: str, begun: float) -> float:
        """Add the time since `begun` (monotonic, s) to a phase. Return the time now."""
        now = time.monotonic()
        setattr(self, phase, (getattr(self, phase) or 0.0) + now - begun)
        return now


class _Failed(Exception):
    """A phase failed: its name, and why; `kind` is the type of the network error."""

    def __init__(self, phase: str, why: str, kind: failures.NetworkError | None = None) -> None:
        super().__init__(phase, why)
        self.kind = kind


def _failed(phase: str, error: Exception, seconds: float, **values: object) -> _Failed:
    """The failure of a phase, with the words for the error; `values` are filled in."""
    kind = failures.of(error)
    said = clipped(printable(kind.reason.strip()), _SAID)
    return _Failed(phase, kind.words(WORDS[phase], said=said, seconds=seconds, **values), kind)


def visit_service(service: Service, options: RequestOptions) -> tuple[Service, Visit]:
    """Ask a service. Return it with the URL that answered, and the visit. Without a scheme this is
    https, or http if the port has no TLS; TLS that fails is reported as such. If neither answers,
    the failure has both reasons. Raises nothing."""
    if service.plain is None:
        return service, visit(service.url, options, service.contains)
    begun = time.monotonic()
    # a firewall may drop packets to one of the two ports: leave time for the other
    found = visit(service.url, options, service.contains, options.seconds / 2)
    if not found.failed or not _speaks_no_tls(found, service.url.port == service.plain.port):
        return service, found
    phase, why = found.failed
    left = max(round(options.seconds - (found.total or 0), 1), 0.1)
    another = visit(service.plain, options.within(left), service.contains)
    if another.status and not another.wants_tls:
        if another.leads and is_same(another.leads, service.url):
            why += f"; {service.plain.shown} redirects to https"
        else:
            another.instead = f"{phase}: {why}"
            another.took("total", begun + (another.total or 0))
            return Service(service.plain, service.statuses, service.contains), another
    elif another.failed:
        second, other = another.failed
        same = another.failed == found.failed
        why += " (https and http)" if same else f" (https); {second}: {other} (http)"
    found.failed = (phase, why)
    found.took("total", begun + (found.total or 0))
    return service, found


def _speaks_no_tls(found: Visit, one_port: bool) -> bool:
    """Whether the port is closed or has no TLS. A failed TLS handshake means that it has TLS. On
    `one_port` a timeout counts as no TLS: an http server takes the handshake for the start of a
    request and waits for its end."""
    phase = found.failed[0] if found.failed else ""
    kinds = (failures.NotTls, failures.ClosedInHandshake, failures.Timeout)
    return phase == "connect" or (
        phase == "TLS" and isinstance(found.kind, kinds[: 3 if one_port else 2])
    )


def visit(url: Url, options: RequestOptions, wanted: str = "", opening: float = 0) -> Visit:
    """Ask a service within `options.seconds` in all, of which connecting and the handshake may take
    `opening` (0: all), and search the body for the text `wanted`. Every failure is part of the
    result; raises nothing."""
    found = Visit()
    begun = time.monotonic()
    end = begun + options.seconds
    jar = None
    try:
        for _ in range(HOPS + 1):
            cookies = jar.header(url) if jar else ""
            answer = _ask(url, options, found, end, wanted, cookies, opening)
            if answer.cookies and options.follows:
                from homelab.net.cookies import Jar  # late: most services set none

                jar = jar or Jar()
                jar.keep(url, answer.cookies, time.time())
            location = answer.location
            if found.status not in _REDIRECTS:
                break
            if not options.follows:
                found.leads = _leads(url, location)
                found.redirect = found.leads.shown if found.leads else masked(location)
                break
            url = _next(url, location, found)
            found.redirect = url.shown
            if options.reach and not options.reach.permits(url.host, url.port):
                raise _Failed("redirect", f"it leads to a host outside {options.reach.text}")
        else:
            raise _Failed("redirect", f"more than {HOPS} in a row")
    except _Failed as failed:
        found.failed = (failed.args[0], failed.args[1])
        found.kind = failed.kind
    found.took("total", begun)
    return found


def _leads(url: Url, location: str) -> Url | None:
    """The target of a redirect that is not followed; None if it is not an http URL (an app's link,
    for example)."""
    try:
        return url.towards(location) if location else None
    except ValueError:
        return None


def is_same(one: Url, other: Url) -> bool:
    """Whether two URLs have the same scheme, host and port."""
    return (one.tls, one.host, one.port) == (other.tls, other.host, other.port)


def _next(url: Url, location: str, found: Visit) -> Url:
    if not location:
        raise _Failed("redirect", f"{found.status} without a Location")
    try:
        return url.towards(location)
    except ValueError as error:
        found.redirect = masked(location)
        raise _Failed("redirect", f"its target {error}") from None


def _ask(
    url: Url,
    options: RequestOptions,
    found: Visit,
    end: float,
    wanted: str,
    cookies: str,
    opening: float,
) -> http.Head:
    """Make one request and read its answer. Raises _Failed."""
    found.status, found.body, found.read, found.name = 0, b"", 0, url.name
    found.endless, found.unsearched, found.version, found.cipher = False, "", "", ""
    found.certificate = found.refused = None
    found.unread, found.issuers, found.weak = "", [], ""
    dial = (url.host, url.port)
    if options.dial:
        dial = (options.dial[0], options.dial[1] or url.port)
    begun = time.monotonic()
    first = options.within(opening) if opening else options
    soon = min(end, begun + first.seconds)
    try:
        places = connect.look_up(dial, _left(soon))
    except OSError as error:
        found.unasked = not isinstance(failures.of(error), failures.NoAddress)
        host = dial[0] if options.dial else url.named
        raise _failed("lookup", error, first.seconds, host=host) from None
    if not connect.is_address(dial[0]):
        found.took("lookup", begun)
    connection = _connected(places, first, found, soon)
    try:
        if url.tls:
            connection = _speaking(connection, places, url, first, found, soon)
        return _exchange(connection, url, found, end, options.seconds, wanted, cookies)
    finally:
        connection.close()


def _left(end: float) -> float:
    return max(end - time.monotonic(), 0.01)


def _connected(
    places: list[connect.SocketAddress], options: RequestOptions, found: Visit, end: float
) -> socket.socket:
    begun = time.monotonic()
    try:
        connection, place = connect.connect(places, _left(end))
    except OSError as error:
        where = ", ".join(dict.fromkeys(map(str, places[:3])))
        why = failures.of(error).words_by_place(WORDS["connect"], where, seconds=options.seconds)
        raise _Failed("connect", why) from None
    found.took("connect", begun)
    found.address = str(place)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _speaking(
    connection: socket.socket,
    places: list[connect.SocketAddress],
    url: Url,
    options: RequestOptions,
    found: Visit,
    end: float,
) -> ssl.SSLSocket:
    """The connection with TLS. If the certificate is not trusted, a second connection reads it,
    since the failed handshake does not show it."""
    begun = time.monotonic()
    try:
        try:
            speaking = _shaken(connection, options.usual, url, end)
        except ssl.SSLCertVerificationError:
            raise
        except ssl.SSLError as error:
            kind = failures.of(error)
            if isinstance(kind, (failures.NotTls, failures.ClosedInHandshake)):
                raise
            # curl refuses it too; a lenient handshake finds the remaining problems
            connection.close()
            connection = _connected(places, options, found, end)
            speaking = _shaken(connection, options.trusting, url, end)
            found.weak = kind.words(WORDS["TLS"], seconds=options.seconds)
    except ssl.SSLCertVerificationError as error:
        connection.close()
        found.refused = (error.verify_code, error.verify_message)
        anew = _connected(places, options, found, end)
        try:
            speaking = _shaken(anew, options.anyone, url, end)
        except (OSError, ValueError) as another:
            anew.close()
            raise _failed("TLS", another, options.seconds) from None
        _keep_certificate(speaking, found)
        if not options.insecure:
            speaking.close()
            raise _Failed("TLS", "") from None  # `judge` describes the certificate
    except (OSError, ValueError) as error:
        connection.close()
        raise _failed("TLS", error, options.seconds) from None
    else:
        _keep_certificate(speaking, found)
    found.took("tls", begun)
    found.version = speaking.version() or ""
    found.cipher = (speaking.cipher() or ("",))[0]
    return speaking


def _shaken(
    connection: socket.socket, context: ssl.SSLContext, url: Url, end: float
) -> ssl.SSLSocket:
    connection.settimeout(_left(end))  # for the whole handshake
    return context.wrap_socket(connection, server_hostname=url.name)


def _keep_certificate(speaking: ssl.SSLSocket, found: Visit) -> None:
    try:
        found.certificate = x509.read(speaking.getpeercert(binary_form=True) or b"")
        found.issuers = [x509.read(data) for data in connect.verified_path(speaking)[1:]]
    except Malformed as error:
        found.unread = str(error)


def _exchange(
    connection: socket.socket,
    url: Url,
    found: Visit,
    end: float,
    seconds: float,
    wanted: str,
    cookies: str,
) -> http.Head:
    """The request and its answer over a connection. Raises _Failed."""
    begun = time.monotonic()
    talk = http.Exchange(connection, end)
    try:
        answer = talk.head(url, cookies)
    except http.ERRORS as error:
        late = "no answer to the request"
        late = "headers not complete" if talk.first else late
        raise _failed("HTTP", error, seconds, late=late) from None
    found.first_byte = (found.first_byte or 0.0) + talk.first - begun
    found.status = answer.status
    search = None
    if wanted:
        from homelab.net.body_text import TextSearch  # late: few runs look for a text

        search = TextSearch(wanted, answer.charset, answer.encodings)
    try:
        body = talk.body(_HINT, search)
    except http.ERRORS as error:
        raise _failed("body", error, seconds) from None
    found.body, found.read, found.endless = body.kept, body.read, body.endless
    if search:
        found.contains, found.unsearched = search.found, search.trouble
        if search.broken:
            raise _Failed("body", search.trouble)
        found.read = search.read
    return answer
