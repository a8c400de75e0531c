"""Pure: find out which program answered instead of Loki, and say what to do about it.

The answer shows the cause: Traefik without a route sends the text `404 page not found`, a
middleware 401, an allow-list 403; a login page is a redirect or HTML.
"""

from __future__ import annotations

from homelab.errors import REFUSED, UNREACHABLE, Failure
from homelab.net import failures, web_page
from homelab.texts import clipped, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.loki.address import Address

_NO_TENANT = "no org id"  # Loki's own 401 says this (dskit: user.ErrNoOrgID)
_LONGEST = 300  # characters of another program's message
_READ = 16 * _LONGEST  # bytes of it that are read
_NAME = 40  # characters of a server's name


class Sent:
    """The settings behind a request, in words for messages, each "" if it is not set: the `user`
    ("" with a token), `secret` is where the password or token comes from, `ca` is the setting with
    the CA file."""

    __slots__ = ("ca", "secret", "tenant", "user")

    def __init__(self, user: str = "", secret: str = "", tenant: str = "", ca: str = "") -> None:
        self.user = user
        self.secret = secret
        self.tenant = tenant
        self.ca = ca

    @property
    def who(self) -> str:
        """`user alice`, `a bearer token`, or "" without credentials."""
        if self.user:
            return f"user {self.user}"
        return "a bearer token" if self.secret else ""


NOTHING = Sent()


def words_of(body: bytes) -> str:
    """A plain text answer, such as Loki's refusals, as one line to show."""
    return clipped(printable(" ".join(body[:_READ].decode("utf-8", "replace").split())), _LONGEST)


def is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the answer is a page for browsers: Loki itself never sends one."""
    return web_page.is_page(headers.get("content-type", ""), body)


def is_taken(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the answer to a push says that it was stored. Loki answers 204; other servers with
    its push API answer 200 or 202, empty or with text of their own (VictoriaLogs, Vector,
    OpenObserve). A page comes from a login or a captive portal; an empty answer is not a page, even
    with that type."""
    return 200 <= status < 300 and not is_page(headers, body)


def is_anothers(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer can't be from Loki itself: a page, or a TLS port that got plain HTTP."""
    return is_page(headers, body) or _wants_tls(status, body)


def _wants_tls(status: int, body: bytes) -> bool:
    """Whether the answer says that the port expects TLS, in the words of nginx or of Go's
    servers."""
    return status == 400 and b"HTTP request" in body and b"HTTPS" in body


def _by(headers: Mapping[str, str]) -> str:
    """The server that answered, for messages: `nginx answers `, or "" if unnamed."""
    server = _server(headers)
    return f"{server} answers " if server else ""


def _server(headers: Mapping[str, str]) -> str:
    """The name of the server that answered, "" if unnamed, as Loki itself is."""
    server = headers.get("server", "").partition("/")[0].strip()
    named = server.isascii() and server.isalnum() and len(server) <= _NAME
    return server if named else ""


def of_answer(
    address: Address,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    sent: Sent = NOTHING,
) -> Failure:
    """The failure for an answer that is not one of Loki's, to a request with what was `sent`."""
    by = _by(headers)
    if _wants_tls(status, body):
        return Failure(
            REFUSED, f"{address}: {by}{status}, the port expects https; set loki.url to https://"
        )
    if status == 400 and b"SSL certificate" in body:  # nginx's words
        wants = "requires a" if b"No required" in body else "refuses this"
        return Failure(REFUSED, f"{address}: {by}400, it {wants} client certificate; {_CLIENT}")
    if status == 401:
        return Failure(REFUSED, f"{address}: {_unauthorized(by, headers, body, sent)}")
    if status == 403:
        whom = f"{sent.who}, or this host's address," if sent.who else "this account or address"
        return Failure(
            REFUSED,
            f"{address}: {by}403, {whom} is not allowed; ask the owner of the proxy in front of"
            " Loki to allow it",
        )
    if 300 <= status < 400 and _wants_https(address, headers.get("location", "")):
        return Failure(
            REFUSED,
            f"{address}: {by}{status}, it redirects to https, and redirects are not followed; start"
            " loki.url with https://",
        )
    if 300 <= status < 400:
        return Failure(
            REFUSED,
            f"{address}: {by}{status}, it redirects, as login pages in front of Loki do; redirects"
            " are not followed: let this host through, or set loki.url to Loki itself",
        )
    page = is_page(headers, body)
    if status in (413, 414, 431):
        return Failure(
            UNREACHABLE,
            f"{address}: {by}{status}, the query is too long for the proxy in front of Loki;"
            " use fewer or shorter texts, or raise the proxy's limit (nginx:"
            " large_client_header_buffers)",
        )
    if status == 404:
        said = "no such page" if page else words_of(body) or "no such page"
        return Failure(
            UNREACHABLE,
            f"{address}: {by}404, {said}: the load balancer has no such route, or no Loki behind"
            " it; check loki.url's name and path and the router's rule",
        )
    if status == 429 and b"active stream limit" in body:  # Loki: pkg/validation, StreamLimit
        return Failure(
            UNREACHABLE,
            f"{address}: 429, the limit of active streams is reached, and this run needs a new one;"
            " raise max_global_streams_per_user in its limits_config, or set telemetry.account_as ="
            " metadata on all hosts and wait for idle streams to go (chunk_idle_period, 30 min)",
        )
    if status == 429:
        said = "the proxy's limit" if page else words_of(body) or "no reason given"
        return Failure(UNREACHABLE, f"{address}: {by}429, over a limit: {said}; try later")
    if page and status == 200:
        return Failure(
            REFUSED,
            f"{address}: the answer is an HTML page, not Loki's JSON (status 200): a login page"
            " or another site is there; check loki.url, http or https, and loki.lb",
        )
    if status in (502, 503, 504):
        return Failure(
            UNREACHABLE,
            f"{address}: {by}{status}, the load balancer is up and Loki behind it is down or slow:"
            " start Loki, or see its log",
        )
    if status == 200:
        return not_loki(address)
    said = "an HTML page" if page else words_of(body) or "no reason given"
    log = "the log of the proxy in front of Loki" if page and status < 500 else "Loki's own log"
    return Failure(UNREACHABLE, f"{address}: {by}{status}, {said}; try later, or see {log}")


def _unauthorized(by: str, headers: Mapping[str, str], body: bytes, sent: Sent) -> str:
    """The sentence for an answer of 401, `by` a server."""
    if words_of(body) == _NO_TENANT:
        missing = "and none is set; set loki.tenant"
        if sent.tenant:
            missing = "and the load balancer removes X-Scope-OrgID; let it pass that header on"
        return f"401, it requires a tenant (auth_enabled) {missing}"
    if sent.user:
        named = f"401, {_server(headers) or 'it'} refuses {sent.who} with {sent.secret}"
        return f"{named}: wrong name or password, or not in its list of users"
    if sent.secret:
        named = f"401, {_server(headers) or 'it'} refuses {sent.secret}"
        return f"{named}: it is wrong, or no longer valid"
    means = headers.get("www-authenticate", "").split(" ")[0]
    asked = f" ({means[:20]})" if means.isascii() and means.isprintable() and means else ""
    return (
        f"{by}401, it requires credentials{asked}; set loki.username and loki.password_file, or"
        " loki.token_file"
    )


def _wants_https(address: Address, location: str) -> bool:
    start = f"https://{address.name}"
    rest = location[len(start) :]
    return not address.tls and location.startswith(start) and rest[:1] in ("", "/", ":")


def not_loki(address: Address) -> Failure:
    """The failure for a good status with a bad document: an incomplete one, or another
    program's."""
    return _of_good_status(f"{address}: the answer is not Loki's JSON; check loki.url and loki.lb")


def _of_good_status(sentence: str) -> Failure:
    failure = Failure(UNREACHABLE, sentence)
    failure.status = 200
    return failure


def other_kind(address: Address, kind: str, kinds: tuple[str, ...]) -> Failure:
    """The failure for an answer of Loki's shape with another result type than the query asked
    for."""
    return _of_good_status(
        f"{address}: the answer is of type {kind}, not {' or '.join(kinds)}, so this may not be"
        " Loki; check loki.url and loki.lb"
    )


def no_count(address: Address, value: str) -> Failure:
    """The failure for an answer of Loki's shape with a value that is not a count."""
    return _of_good_status(
        f"{address}: the answer has {clipped(printable(value), _NAME)!r} instead of a number of"
        " lines or bytes, so this may not be Loki; check loki.url and loki.lb"
    )


_CLIENT = "set loki.client_cert_file and loki.client_key_file to one that it accepts"
_BROKEN = "the connection closed before the answer was complete; try again"
_BREAKS = (failures.Closed, failures.NoAnswer, failures.Incomplete)
_WHY: failures.Words = {
    failures.LookupFailed: "the name {host} can't be looked up; check it, or set loki.lb to an"
    " address",
    failures.NoNameServer: "the name {host} can't be looked up (no name server answers); check it,"
    " or set loki.lb to an address",
    failures.NameMismatch: "the certificate is not valid for {name}; check loki.url",
    failures.Expired: "the certificate has expired; renew it there, and check this host's clock",
    failures.NotYetValid: "the certificate is not valid yet; check this host's clock",
    failures.CertificateRefused: "the certificate is not trusted ({reason}); {ca}",
    failures.ClientCertificateRequired: "it requires a client certificate; " + _CLIENT,
    failures.TlsFailed: "TLS failed ({reason}); does this port speak https?",
    failures.NotTls: "this port does not speak https ({reason}); use http:// in loki.url, or the"
    " load balancer's https port",
    failures.ConnectTimeout: "{reason}; is the address right, and no firewall in between?",
    failures.Timeout: "it accepted the request and did not answer in time; is it busy, or is this"
    " another service?",
    failures.Refused: "connection refused; is {server} running, and is {port} right?",
    failures.Closed: _BROKEN,
    failures.NoAnswer: _BROKEN,
    failures.Incomplete: _BROKEN,
    failures.HttpFailed: "the server does not speak HTTP; check the port and http or https",
    failures.ConnectionFailed: "{reason}; check the address and this host's network",
    failures.NetworkError: "{reason}",
}


def of_error(address: Address, error: Exception, sent: Sent = NOTHING) -> Failure:
    """The failure when no answer came at all to a request with what was `sent`."""
    network = failures.of(error)
    ca = "set loki.ca_file to the CA certificate of your lab"
    if sent.ca:
        ca = f"no CA in {sent.ca} issued it"
    server, port = ("the load balancer", "its port") if address.dialled else ("it", "the port")
    host, name = address.dial[0], address.name
    why = network.words(_WHY, host=host, name=name, ca=ca, server=server, port=port)
    failure = Failure(UNREACHABLE, f"{address} is out of reach: {why}")
    failure.broken = isinstance(network, _BREAKS)
    return failure


def without(address: Address, failure: Failure) -> str:
    """A failure's sentence without the address, for places that name the address already."""
    sentence = failure.sentence
    for start in (f"{address}: ", f"{address} is out of reach: "):
        if sentence.startswith(start):
            return sentence[len(start) :]
    return sentence
