"""Pure: the answer that is expected of a service, and lists of services with their expected
answers."""

from __future__ import annotations

from homelab.net import hostport
from homelab.net.masking import masked
from homelab.net.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 10_000  # services in one run


class Statuses:
    """The expected statuses: `spans` of first and last status; `text` is how the user wrote
    them."""

    __slots__ = ("spans", "text")

    def __init__(self, texts: Sequence[str]) -> None:
        """Parse `200`, `2xx`, `200-299`, and several with commas. Raises ValueError."""
        parts = [part.strip() for text in texts for part in text.split(",")]
        self.spans = [_span(part) for part in parts]
        self.text = " or ".join(parts)

    def have(self, status: int) -> bool:
        """Whether a status is an expected one."""
        return any(first <= status <= last for first, last in self.spans)


def _span(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if text[1:].lower() == "xx":
        first, dash, last = text[0] + "00", "-", text[0] + "99"
    numbers = [first, last if dash else first]
    if not all(len(each) == 3 and each.isascii() and each.isdigit() for each in numbers):
        raise ValueError(f"not a status: {text!r} (use 200, 2xx, 200-299 or 200,301)")
    low, high = (int(each) for each in numbers)
    if not 100 <= low <= high:
        raise ValueError(f"not a status: {text!r} (use 200, 2xx, 200-299 or 200,301)")
    return low, high


USUAL = Statuses(("2xx", "3xx"))


class Service:
    """A URL, and the answer that is expected of it: a status, and the text `contains` in the body
    ("": any). If the user wrote no scheme, `plain` is the http URL to ask if the port has no TLS,
    else None."""

    __slots__ = ("contains", "plain", "statuses", "url")

    def __init__(
        self,
        url: Url,
        statuses: Statuses = USUAL,
        contains: str = "",
        plain: Url | None = None,
    ) -> None:
        self.url = url
        self.statuses = statuses
        self.contains = contains
        self.plain = plain

    @property
    def urls(self) -> list[Url]:
        """The URLs to ask, in order."""
        return [self.url, self.plain] if self.plain else [self.url]


def service(text: str, statuses: Statuses, contains: str) -> Service:
    """The service of a URL from the command line. Raises ValueError; its text shows no secret."""
    try:
        return _service(text, statuses, contains)
    except ValueError as error:
        raise ValueError(f"{masked(text)!r} {error}; write it like https://nas.lan/") from None


def _service(text: str, statuses: Statuses, contains: str) -> Service:
    """The service of a URL, or of HOST[:PORT][/PATH]. Raises ValueError; its text says what is
    wrong and continues a sentence that begins with the URL."""
    where, slash, path = text.partition("/")
    if where.count(":") > 1 and where[0] != "[":
        where = f"[{where}]"  # an address alone
    # a text with a user name or a query is a URL without its scheme, and may hold a secret
    if "://" not in text and not set("@?#\\") & set(text):
        try:
            hostport.dial(where)
        except ValueError:
            pass
        else:
            rest = f"{where}{slash or '/'}{path}"
            return Service(Url(f"https://{rest}"), statuses, contains, Url(f"http://{rest}"))
    return _with_scheme(text, statuses, contains)


def _with_scheme(text: str, statuses: Statuses, contains: str) -> Service:
    return Service(Url(text), statuses, contains)


def listed(text: str, statuses: Statuses, contains: str) -> list[Service]:
    """The services in a list. Each line is a URL or a host, then optionally `expect=2xx,401`, then
    optionally `contains=` and text to the end of the line; `#` begins a comment. Raises ValueError
    with the number of the line and the expected format; it repeats nothing of the line, since the
    file may hold secrets."""
    found: list[Service] = []
    for number, line in enumerate(text.split("\n"), 1):
        rest = line.split(None, 1)
        if not rest or rest[0].startswith("#"):
            continue
        if len(found) == MOST:
            raise ValueError(f"line {number}: more than {MOST} services")
        try:
            # a single word may be a secret; it is looked up and shown only if it looks like a host
            host = rest[0].partition("/")[0].lower()
            named = "://" in rest[0] or masked(host) == host
            one = (_service if named else _with_scheme)(rest[0], statuses, contains)
        except ValueError as error:
            why = f"its first word {error}; write it like https://nas.lan/"
            raise ValueError(f"line {number}: {why}") from None
        if len(rest) > 1 and not _beside(one, rest[1].strip()):
            raise ValueError(
                f"line {number}: after the URL, only expect=2xx,401 and contains=TEXT are allowed"
            )
        found.append(one)
    return found


def _beside(one: Service, text: str) -> bool:
    """Apply the part of a line after the URL to the service; False if it can't be parsed."""
    while text and not text.startswith("#"):
        name, equals, rest = text.partition("=")
        if name == "contains" and rest:
            one.contains = rest
            return True
        word, _, text = rest.partition(" ")
        if name != "expect" or not equals:
            return False
        try:
            one.statuses = Statuses((word,))
        except ValueError:
            return False
        text = text.strip()
    return True
