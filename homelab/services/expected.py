"""Pure: what a service is expected to answer, and lists of services with that beside them."""

from __future__ import annotations

from homelab.net import hostport
from homelab.net.masking import masked
from homelab.net.url import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 10_000  # services of a run


class Statuses:
    """Which statuses are right: `spans` of them, first and last, as `text` names them."""

    __slots__ = ("spans", "text")

    def __init__(self, texts: Sequence[str]) -> None:
        """`200`, `2xx`, `200-299`, and several with commas. Raises ValueError."""
        parts = [part.strip() for text in texts for part in text.split(",")]
        self.spans = [_span(part) for part in parts]
        self.text = " or ".join(parts)

    def have(self, status: int) -> bool:
        """Whether a status is one of the right ones."""
        return any(first <= status <= last for first, last in self.spans)


def _span(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if text[1:].lower() == "xx":
        first, dash, last = text[0] + "00", "-", text[0] + "99"
    numbers = [first, last if dash else first]
    if not all(len(each) == 3 and each.isascii() and each.isdigit() for each in numbers):
        raise ValueError(f"{text!r} is no status; write 200, 2xx, 200-299 or 200,301")
    low, high = (int(each) for each in numbers)
    if not 100 <= low <= high:
        raise ValueError(f"{text!r} is no status; write 200, 2xx, 200-299 or 200,301")
    return low, high


USUAL = Statuses(("2xx", "3xx"))


class Service:
    """A URL, and what it is expected to answer: a status, and `contains` in the text or "". Where
    no scheme was written, `plain` is the http URL to ask if nothing speaks TLS there, else None."""

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
        """The URLs to ask, in their order."""
        return [self.url, self.plain] if self.plain else [self.url]


def service(text: str, statuses: Statuses, contains: str) -> Service:
    """The service of a URL from the command line. Raises ValueError; its text shows no secret."""
    try:
        return _service(text, statuses, contains)
    except ValueError as error:
        raise ValueError(f"{masked(text)!r} {error}; write it like https://nas.lan/") from None


def _service(text: str, statuses: Statuses, contains: str) -> Service:
    """The service of a URL, or of HOST[:PORT][/PATH]. Raises ValueError with what is wrong, to
    follow the text."""
    where, slash, path = text.partition("/")
    if where.count(":") > 1 and where[0] != "[":
        where = f"[{where}]"  # an address alone
    # what has a user name or a query was meant to be a URL, and may hold a secret
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
    """The services in a list. Each line is a URL or a host, then `expect=2xx,401` if given, then
    `contains=` and text to the end of the line if given; `#` begins a comment. Raises ValueError
    with the number of the line and what is expected there; nothing that stands there is repeated,
    since the file may be anything."""
    found: list[Service] = []
    for number, line in enumerate(text.split("\n"), 1):
        rest = line.split(None, 1)
        if not rest or rest[0].startswith("#"):
            continue
        if len(found) == MOST:
            raise ValueError(f"line {number}: there are more than {MOST} services")
        try:
            # a word alone may be a secret; it is looked up and shown only if it is like a host
            host = rest[0].partition("/")[0].lower()
            named = "://" in rest[0] or masked(host) == host
            one = (_service if named else _with_scheme)(rest[0], statuses, contains)
        except ValueError as error:
            why = f"its first word {error}; write it like https://nas.lan/"
            raise ValueError(f"line {number}: {why}") from None
        if len(rest) > 1 and not _beside(one, rest[1].strip()):
            raise ValueError(
                f"line {number}: what follows the URL is not expect=2xx,401 or contains=TEXT"
            )
        found.append(one)
    return found


def _beside(one: Service, text: str) -> bool:
    """Set what the line of a list says after the URL; False where that can't be understood."""
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
