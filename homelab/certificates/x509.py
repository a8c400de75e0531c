"""Pure: read an X.509 certificate (RFC 5280) from its DER.

Python's ssl module reads no certificate that it does not trust, and none in a file; a home lab has
mostly these. Signatures are not checked here.
"""

from __future__ import annotations

from homelab.certificates import der
from homelab.certificates.algorithms import CURVES, KEYS, SIGNATURES, WEAK
from homelab.certificates.der import Malformed, Reader
from homelab.certificates.distinguished_name import LONGEST, name
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.certificates.distinguished_name import Name

_OWN_KEY, _ALTERNATIVE_NAMES = "2.5.29.14", "2.5.29.17"
_BASIC_CONSTRAINTS, _ISSUER_KEY = "2.5.29.19", "2.5.29.35"
# The extensions that are read, with their names in messages.
_READ = {
    _OWN_KEY: "key identifier",
    _ALTERNATIVE_NAMES: "list of names",
    _BASIC_CONSTRAINTS: "basic constraints",
    _ISSUER_KEY: "issuer's key identifier",
}
_UNREAD = 3  # unreadable names that are reported
# The kinds of alternative name that are read (RFC 5280, 4.2.1.6), by tag.
_KINDS = {0x81: "email", 0x82: "dns", 0x86: "uri", 0x87: "ip"}


class Certificate:
    """The content of a certificate. `not_before` and `not_after` are ns since the epoch; `names`
    are pairs of kind (`dns`, `ip`, `email`, `uri`) and text, a DNS name as written (an IDN in its
    ASCII form); `serial` is hexadecimal digits; `signature` is openssl's name of the algorithm;
    `key` is the kind of key (`RSA`, `P-256`, `Ed25519`) and `bits` its size, 0 if unknown.
    `self_issued`: its issuer is its subject, as in a self-signed certificate. `own_key` and
    `issuer_key` are key identifiers (RFC 5280, 4.2.1.1), b"" if it has none. `unread` are sentences
    on extensions and names that can't be read and are left out."""

    __slots__ = (
        "bits", "is_ca", "issuer", "issuer_key", "key", "names", "not_after", "not_before",
        "own_key", "self_issued", "serial", "signature", "subject", "unread",
    )  # fmt: skip

    def __init__(
        self,
        serial: str,
        signature: str,
        issuer: Name,
        subject: Name,
        not_before: int,
        not_after: int,
        key: str,
        bits: int,
        names: Sequence[tuple[str, str]],
        is_ca: bool,
        self_issued: bool,
        own_key: bytes = b"",
        issuer_key: bytes = b"",
        unread: Sequence[str] = (),
    ) -> None:
        self.serial = serial
        self.signature = signature
        self.issuer = issuer
        self.subject = subject
        self.not_before = not_before
        self.not_after = not_after
        self.key = key
        self.bits = bits
        self.names = tuple(names)
        self.is_ca = is_ca
        self.self_issued = self_issued
        self.own_key = own_key
        self.issuer_key = issuer_key
        self.unread = tuple(unread)

    @property
    def weak(self) -> str:
        """The part that is weaker than today's clients accept (`RSA key of 1024 bits`), or "". A
        root's signature does not count: clients trust a root without checking it."""
        least = WEAK.get(self.key, WEAK["EC"])
        if self.bits and self.bits < least:
            return f"{self.key} key of {self.bits} bits"
        signature = self.signature.lower()
        digest = next((name for name in ("md2", "md5", "sha1") if name in signature), "")
        if digest and not (self.is_ca and self.self_issued):
            return f"signature by {digest.upper()}"
        return ""


def read(data: bytes) -> Certificate:
    """The certificate in `data`, in DER. Raises Malformed, and nothing else."""
    if len(data) > der.SIZE:
        raise Malformed(f"it is larger than {der.SIZE >> 20} MiB")
    tag, body, end = der.element(data)
    if tag != der.SEQUENCE:
        raise Malformed("it does not begin like a certificate")
    if end != len(data):
        raise Malformed("something follows it")
    outer = Reader(body)
    inner = Reader(outer.take(der.SEQUENCE, "content"))
    outer.take(der.SEQUENCE, "signature's algorithm")
    der.bits(outer.take(der.BIT_STRING, "signature"), "signature")
    inner.maybe(0xA0)  # the version does not matter: the parts that are present are read
    serial = inner.take(der.INTEGER, "serial number")
    algorithm = der.oid(_first(inner.take(der.SEQUENCE, "signature's algorithm")))
    issuer = inner.take(der.SEQUENCE, "issuer")
    validity = Reader(inner.take(der.SEQUENCE, "time of validity"))
    subject = inner.take(der.SEQUENCE, "subject")
    key, bits = _key(inner.take(der.SEQUENCE, "key"))
    inner.maybe(0x81)  # unique identifiers of X.509 v2, which no one uses
    inner.maybe(0xA1)
    inner.maybe(0x82)
    inner.maybe(0xA2)
    extensions = _Extensions(inner.maybe(0xA3))
    return Certificate(
        (serial.lstrip(b"\0") or b"\0").hex(),  # DER puts a zero before a high bit
        SIGNATURES.get(algorithm, algorithm),
        name(issuer),
        name(subject),
        der.moment(*validity.any("first moment")),
        der.moment(*validity.any("last moment")),
        key,
        bits,
        extensions.names,
        extensions.is_ca,
        issuer == subject,
        extensions.own_key,
        extensions.issuer_key,
        extensions.unread,
    )


def _first(algorithm: bytes) -> bytes:
    return Reader(algorithm).take(der.OID, "algorithm's name")


def _key(body: bytes) -> tuple[str, int]:
    """The kind of the key and its size in bits."""
    reader = Reader(body)
    algorithm = Reader(reader.take(der.SEQUENCE, "key's algorithm"))
    number = der.oid(algorithm.take(der.OID, "key's algorithm"))
    key = der.bits(reader.take(der.BIT_STRING, "key"), "key")
    kind, bits = KEYS.get(number, (number, 0))
    if kind == "RSA":
        tag, inner, _ = der.element(key)
        if tag != der.SEQUENCE:
            raise Malformed("its RSA key is malformed")
        modulus = Reader(inner).take(der.INTEGER, "RSA key's modulus")
        return kind, int.from_bytes(modulus, "big").bit_length()
    if kind == "EC":
        curve = algorithm.maybe(der.OID)
        name = der.oid(curve) if curve is not None else "EC"
        return CURVES.get(name, (name, 0))
    if kind == "DSA":
        parameters = algorithm.maybe(der.SEQUENCE)
        prime = Reader(parameters).maybe(der.INTEGER) if parameters is not None else None
        return kind, int.from_bytes(prime or b"", "big").bit_length()
    return kind, bits


class _Extensions:
    """The extensions that are read: alternative names, whether it is a CA, and the identifiers of
    its own and its issuer's key. Raises Malformed if the list itself is broken; a single broken
    extension or name is left out, as clients do, and reported in `unread`."""

    def __init__(self, body: bytes | None) -> None:
        self.names: list[tuple[str, str]] = []
        self.is_ca = False
        self.own_key = self.issuer_key = b""
        self.unread: list[str] = []
        if body is None:
            return
        for tag, extension in der.parts(Reader(body).take(der.SEQUENCE, "list of extensions")):
            if tag != der.SEQUENCE:
                raise Malformed("an extension is malformed")
            reader = Reader(extension)
            number = der.oid(reader.take(der.OID, "extension's name"))
            reader.maybe(der.BOOLEAN)  # whether it is critical
            value = reader.take(der.OCTET_STRING, "extension's value")
            if number in _READ:
                try:
                    self._read(number, value)
                except Malformed as error:
                    self.unread.append(f"its {_READ[number]} can't be read: {error}")

    def _read(self, number: str, value: bytes) -> None:
        tag, inner, _ = der.element(value)
        if number == _OWN_KEY:
            self.own_key = inner
            return
        if tag != der.SEQUENCE:
            raise Malformed("an extension is malformed")
        if number == _BASIC_CONSTRAINTS:
            self.is_ca = (Reader(inner).maybe(der.BOOLEAN) or b"\0") != b"\0"
        elif number == _ISSUER_KEY:
            self.issuer_key = Reader(inner).maybe(0x80) or b""
        else:
            for kind, name in der.parts(inner):
                if kind in _KINDS:
                    self._add(kind, name)

    def _add(self, kind: int, body: bytes) -> None:
        try:
            self.names.append(_alternative(kind, body))
        except Malformed as error:
            if len(self.unread) < _UNREAD:
                self.unread.append(f"one of its names is left out: {error}")


def _alternative(tag: int, body: bytes) -> tuple[str, str]:
    kind = _KINDS[tag]
    if kind != "ip":
        return kind, clipped(body.decode("utf-8", "replace"), LONGEST)
    import socket

    families = {4: socket.AF_INET, 16: socket.AF_INET6}
    if len(body) not in families:
        raise Malformed(f"an IP address has 4 or 16 bytes, not {len(body)}")
    return kind, socket.inet_ntop(families[len(body)], body)
