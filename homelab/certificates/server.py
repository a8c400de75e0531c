"""Ask a server for its certificates, and OpenSSL whether this host trusts them."""

from __future__ import annotations

import functools
import os
import ssl
import time

from homelab.certificates import greeting, starttls, tls_message
from homelab.certificates.targets import Target
from homelab.net import connect, failures, trust
from homelab.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_HEARD = 32  # messages kept of one handshake; a handshake has half as many
_GREETING = 1.0  # s that a server has to speak first, as it did a moment ago
_SAID = 512  # bytes
_WEAK = (66, 67, 68)  # a key of the server or of a CA, a signature (x509_vfy.h)
_HANDSHAKE = 22  # the type of record that messages of the handshake come in


class Shown:
    """The result of a handshake: `chain`, the DER of each certificate, the server's own first; the
    `version` of TLS and the `cipher`; `weak`, why curl refuses the handshake, or ""; `distrusted`,
    which key or signature of the chain is too weak for OpenSSL, or ""; `refused` and `words`, why
    OpenSSL does not trust the chain: its code (0 if it does) and its words; `verified`, the path
    that it trusts, from the server's own to a CA, empty if it does not, or in Python 3.9, which
    does not say."""

    __slots__ = (
        "chain", "cipher", "distrusted", "refused", "verified", "version", "weak", "words",
    )  # fmt: skip

    def __init__(
        self,
        chain: list[bytes],
        version: str,
        refused: int,
        words: str,
        verified: Sequence[bytes] = (),
    ) -> None:
        self.chain = chain
        self.verified = tuple(verified)
        self.version = version
        self.refused = refused
        self.words = words
        self.cipher = ""
        self.weak = self.distrusted = ""


class Unasked(Exception):
    """The server showed no certificate; its text says why."""


_LATE = "no answer within {seconds:g} s"
_CLOSED = "it closed the connection instead of speaking TLS"
_WHY: failures.Words = {
    starttls.StarttlsRefused: "{reason}",
    failures.Timeout: _LATE,
    failures.Refused: "connection refused",
    failures.Closed: _CLOSED,
    failures.ConnectionFailed: "{reason}",
    failures.NotTls: "the port answers without TLS",
    failures.CertificatesTooLong: "the certificates are larger than clients accept (100 KiB)",
    failures.UnknownServerName: "the server does not know this host name; set another with --name",
    failures.ClosedInHandshake: _CLOSED,
    failures.TlsFailed: "TLS failed: {plain}",
    failures.NetworkError: "not a name that TLS can ask for; set another with --name",
}


class Trust:
    """The CAs that this host trusts, and those of `ca_file` ("": no more), which is read within
    `seconds`. All targets and threads share one.

    Raises Failure (2) if the CA file can't be used.
    """

    def __init__(self, ca_file: str = "", seconds: float = files.WAIT) -> None:
        self._heard: dict[int, list[tuple[int, str, bytes]]] = {}
        self._load = functools.partial(trust.context, ca_file, seconds)
        self._usual = self._ready(self._load())  # accepts what curl accepts
        self._made: dict[str, ssl.SSLContext] = {}

    def _ready(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.check_hostname = False  # names are checked apart from trust
        # Undocumented, but in every Python since 3.8: the only way to see the whole chain in the
        # same handshake if the server is not trusted, or requires a client certificate. Without it,
        # a second handshake shows only the server's own certificate.
        context._msg_callback = self._hear  # type: ignore[attr-defined]
        return context

    @property
    def _trusting(self) -> ssl.SSLContext:
        """The context that also accepts old and weak TLS. Made when needed: few servers need it,
        and making it is slow."""
        if "trusting" not in self._made:
            context = self._ready(self._load())
            trust.lenient(context)
            self._made["trusting"] = context
        return self._made["trusting"]

    @property
    def _anyone(self) -> ssl.SSLContext:
        """The context that accepts any certificate."""
        if "anyone" not in self._made:
            context = trust.unverified()
            trust.lenient(context)
            self._made["anyone"] = context
        return self._made["anyone"]

    @property
    def has_store(self) -> bool:
        """Whether this host has a store of CAs; a small container often has none."""
        paths = ssl.get_default_verify_paths()
        try:
            return bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))
        except OSError:
            return False

    def _hear(
        self, connection: Any, direction: str, version: Any, content: Any, kind: Any, message: bytes
    ) -> None:
        heard = self._heard.get(id(connection))
        if heard is None or len(heard) == _HEARD:
            return
        if direction == "read" and content == _HANDSHAKE:
            kept = message if kind == tls_message.CERTIFICATE else b""
            heard.append((int(kind), getattr(version, "name", ""), bytes(kept)))

    def ask(self, target: Target, name: str, seconds: float) -> Shown:
        """The target's answer to a client that asks for `name`. Raises Unasked."""
        end = time.monotonic() + seconds
        try:
            places = connect.look_up((target.host, target.port), seconds)
        except OSError as error:
            raise Unasked(failures.of(error).words(failures.LOOKUP, seconds=seconds)) from None
        try:
            return self._shown(places, target, name, end)
        except (OSError, ValueError) as error:
            why = failures.of(error)
        words = why.words(_WHY, seconds=seconds)
        if target.protocol:
            raise Unasked(words)
        first = b""
        if isinstance(why, failures.NotTls):
            first = _greeting(places, end)
            protocol = greeting.protocol(first)
            if protocol:
                return self.ask(Target(target.host, target.port, protocol), name, seconds)
        spoken = greeting.spoken(first, target.port)
        if isinstance(why, failures.Timeout) and spoken:
            raise Unasked(f"{words}; {spoken}")
        if isinstance(why, (failures.NotTls, failures.Closed, failures.ClosedInHandshake)):
            raise Unasked(spoken or words)
        raise Unasked(words)

    def _shown(
        self, places: list[connect.SocketAddress], target: Target, name: str, end: float
    ) -> Shown:
        weak = ""
        try:
            shown = self._try(self._usual, places, target, name, end)
        except ssl.SSLError as error:
            kind = failures.of(error)
            if isinstance(kind, (failures.NotTls, failures.ClosedInHandshake)):
                raise
            shown = self._try(self._trusting, places, target, name, end)
            weak = kind.words(_WHY, seconds=0)
        distrusted = ""
        if (
            shown.refused in _WEAK
        ):  # OpenSSL stops at the weak key or signature and hides other problems
            distrusted = shown.words
            shown = self._try(self._trusting, places, target, name, end)
        if not shown.chain:
            again = self._try(self._anyone, places, target, name, end)
            shown = Shown(again.chain, again.version, shown.refused, shown.words)
        shown.weak, shown.distrusted = weak, distrusted
        return shown

    def _try(
        self,
        context: ssl.SSLContext,
        places: list[connect.SocketAddress],
        target: Target,
        name: str,
        end: float,
    ) -> Shown:
        connection, _ = connect.connect(places, max(end - time.monotonic(), 0.1))
        with connection:
            if target.protocol:
                starttls.begin(target.protocol, connection, end, name)
            connection.settimeout(max(end - time.monotonic(), 0.1))  # of the whole handshake
            speaking = context.wrap_socket(
                connection, server_hostname=connect.tls_name(name), do_handshake_on_connect=False
            )
            with speaking:
                heard = self._heard.setdefault(id(speaking), [])
                try:
                    return self._handshake(speaking, heard)
                finally:
                    del self._heard[id(speaking)]

    def _handshake(self, speaking: ssl.SSLSocket, heard: list[tuple[int, str, bytes]]) -> Shown:
        refused, words = 0, ""
        try:
            speaking.do_handshake()
        except ssl.SSLCertVerificationError as error:
            refused, words = error.verify_code, error.verify_message
        except OSError:
            # a server that requires a client certificate breaks off if none comes, but only after
            # its own certificate and a further message
            if tls_message.CERTIFICATE not in [kind for kind, _, _ in heard[:-1]]:
                raise
        for kind, version, message in heard:
            if kind == tls_message.CERTIFICATE:
                chain = tls_message.chain(message)
                spoken = speaking.version() or _spelled(version)
                path = () if refused else connect.verified_path(speaking)
                shown = Shown(chain, spoken, refused, words, path)
                shown.cipher = (speaking.cipher() or ("",))[0]
                return shown
        own = None if refused else speaking.getpeercert(binary_form=True)
        return Shown([own] if own else [], speaking.version() or "", refused, words)


def _greeting(places: list[connect.SocketAddress], end: float) -> bytes:
    """The first bytes that a server sends by itself, b"" if it waits for the client."""
    try:
        connection, _ = connect.connect(places, max(end - time.monotonic(), 0.1))
        with connection:
            connection.settimeout(max(min(_GREETING, end - time.monotonic()), 0.1))
            return connection.recv(_SAID)
    except OSError:
        return b""


def _spelled(version: str) -> str:
    """`TLSv1_2` → `TLSv1.2`."""
    return version.replace("_", ".")
