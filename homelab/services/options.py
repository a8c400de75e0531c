"""The options of a run's requests to services, and their TLS contexts."""

from __future__ import annotations

from homelab.net import trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from homelab.net.reach import Reach


class RequestOptions:
    """The options of all requests of a run: `seconds` is the time limit of each; `dial` is the host
    (and port, unless 0) to connect to instead of the URL's own, or None; `ca_file` has CAs to trust
    in addition to the system's; an `insecure` run goes on if a certificate is not trusted; if it
    `follows`, redirects are followed, but only to hosts of `reach` (None: to any).

    Raises Failure (2) if the CA file can't be used.
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
        self.usual = trust.context(ca_file, seconds)  # accepts what curl accepts
        self.usual.set_alpn_protocols(["http/1.1"])

    @property
    def trusting(self) -> ssl.SSLContext:
        """The context that also accepts old and weak TLS, so that it can be reported. Made when
        needed: few services need it, and making it takes as long as a request."""
        return self._lenient("trusting", lambda: trust.context(self._ca_file, self.seconds))

    @property
    def anyone(self) -> ssl.SSLContext:
        """The context that accepts any certificate, to read one that is not trusted."""
        return self._lenient("anyone", trust.unverified)

    def _lenient(self, name: str, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        if name not in self._made:
            context = make()
            trust.lenient(context)
            context.set_alpn_protocols(["http/1.1"])
            self._made[name] = context
        return self._made[name]

    def within(self, seconds: float) -> RequestOptions:
        """A copy of the options with the time limit `seconds` for each request."""
        options = RequestOptions.__new__(RequestOptions)
        options.__dict__.update(self.__dict__)
        options.seconds = seconds
        return options
