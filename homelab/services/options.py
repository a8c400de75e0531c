"""The options of the requests that a run makes to services, with the TLS contexts for them."""

from __future__ import annotations

from homelab.net import trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from homelab.net.reach import Reach


class RequestOptions:
    """The options of all requests of a run: `seconds` bounds each; `dial` is where to connect
    instead of the URL's own host (and port, unless that is 0), or None; `ca_file` has CAs to trust
    beside the system's; an `insecure` run goes on though a certificate is not trusted; redirects
    are followed where it `follows`, and lead to no host but those of `reach` (None: to any).

    Raises Failure (2) where the CA file can't be used.
    """

    def __init__(
        self,
        seconds: float,
        dial: tuple[str, int] | None = None,
        ca_file: str = "",
        insecure: bool = False,
        follows: bool = False,
        reach: Reach | None = None,
    ) -> None:
        self.seconds = seconds
        self.dial = dial
        self.insecure = insecure
        self.follows = follows
        self.reach = reach
        self._ca_file = ca_file
        self._made: dict[str, ssl.SSLContext] = {}
        self.usual = trust.context(ca_file, seconds)  # takes what curl takes
        self.usual.set_alpn_protocols(["http/1.1"])

    @property
    def trusting(self) -> ssl.SSLContext:
        """Takes old and weak TLS too, which is to be told. Few services need it, and a context
        takes as long as a request."""
        return self._lenient("trusting", lambda: trust.context(self._ca_file, self.seconds))

    @property
    def anyone(self) -> ssl.SSLContext:
        """Takes any certificate, for one that is not trusted."""
        return self._lenient("anyone", trust.unverified)

    def _lenient(self, name: str, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        if name not in self._made:
            context = make()
            trust.lenient(context)
            context.set_alpn_protocols(["http/1.1"])
            self._made[name] = context
        return self._made[name]

    def within(self, seconds: float) -> RequestOptions:
        """The same options with another bound on each request."""
        options = RequestOptions.__new__(RequestOptions)
        options.__dict__.update(self.__dict__)
        options.seconds = seconds
        return options
