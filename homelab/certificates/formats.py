"""Pure: the certificates in a file, whatever its format: PEM, DER, PKCS #7, or base64 of these in
JSON (Traefik's acme.json), YAML (a kubeconfig) or alone. For a file without certificates, say what
it is."""

from __future__ import annotations

from homelab.certificates import der, pem
from homelab.certificates.der import Malformed
from homelab.findings import few
from homelab.net import bounded_json
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 4 << 20  # bytes of a file; all CAs of Debian take 0.2 MiB
COUNT = 1000  # certificates in a file
_VALUES = 200_000  # of a JSON document
_NAME = 80  # characters
_PADDING = b" \t\r\n\0\x1a"  # bytes that editors, copies and block devices add after DER
_CONTROLS = bytes(set(range(32)) - set(b"\t\r\n"))
_SIGNED_DATA = "1.2.840.113549.1.7.2"  # PKCS #7 (RFC 2315; RFC 5652)
_BASE64_PEM = "LS0tLS1CRUdJTi"  # "-----BEGIN"
_BASE64_DER = b"MII"
_CERTIFICATE = b"-----BEGIN CERTIFICATE"
_PKCS12 = (
    "a PKCS#12 store, which homelab does not read; try: openssl pkcs12 -in FILE -nokeys | homelab"
    " cert check /dev/stdin"
)
_PKCS7 = (
    "a PKCS#7 file that homelab can't read; try: openssl pkcs7 -inform DER -print_certs -in FILE |"
    " homelab cert check /dev/stdin"
)
_KEYSTORE = (
    "a Java key store, which homelab does not read; try: keytool -list -rfc -keystore FILE |"
    " homelab cert check /dev/stdin"
)
_KEY, _REQUEST, _REVOKED = "a private key", "a certificate request", "a revocation list (CRL)"
_PUBLIC = "a public key"
# The first bytes of other kinds of files.
_MAGIC = (
    (b"\xfe\xed\xfe\xed", _KEYSTORE),
    (b"\xce\xce\xce\xce", _KEYSTORE),
    (b"0\x80\x02\x01\x03", _PKCS12),  # in BER, which Java and Windows write
    (b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", _PKCS7),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"SQLite format 3", "a SQLite database; certutil -L -d FOLDER lists the certificates of NSS"),
    (b"ssh-", "an OpenSSH key or certificate; ssh-keygen -L -f FILE shows it"),
    (b"ecdsa-sha2-", "an OpenSSH key or certificate; ssh-keygen -L -f FILE shows it"),
    (b"sk-", "an OpenSSH key or certificate; ssh-keygen -L -f FILE shows it"),
    (b"PuTTY-User-Key-File", _KEY),
)  # fmt: skip
# Other contents of PEM, by the end of the label.
_LABELS = (
    ("PRIVATE KEY", _KEY),
    ("PUBLIC KEY", _PUBLIC),
    ("CERTIFICATE REQUEST", _REQUEST),
    ("CRL", _REVOKED),
    ("PARAMETERS", "parameters of keys"),
    ("PGP MESSAGE", "an OpenPGP message"),
    ("PGP PUBLIC KEY BLOCK", "an OpenPGP key"),
    ("PGP PRIVATE KEY BLOCK", "an OpenPGP key"),
)


class Entry:
    """A certificate in a file: its `data` in DER, or `why` it can't be read; `name` is its name in
    a JSON file, else ""."""

    __slots__ = ("data", "name", "why")

    def __init__(self, data: bytes = b"", why: str = "", name: str = "") -> None:
        self.data = data
        self.why = why
        self.name = name


def entries(content: bytes) -> list[Entry]:
    """The certificates of a file in its order, at least one. Raises Malformed if it has none (the
    text says what the file is) or more than 1000."""
    for start, kind in _MAGIC:  # a text file may begin with these bytes too
        if content.startswith(start) and _CERTIFICATE not in content:
            raise Malformed(f"it is {kind}")
    found, others = _in_json(content)
    if not found and not others:
        found, others = _in_der(content)
    if not found and not others:
        found, others = _in_base64(content)
    elif found and _BASE64_PEM.encode() in content and not found[0].name:
        more, _ = _in_base64(content)  # base64 beside PEM, as in the YAML of a secret and its CA
        found += more
    if len(found) > COUNT:
        raise Malformed(f"it has more than {COUNT} certificates")
    if not found:
        raise Malformed(_instead(content, others))
    return found


def _instead(content: bytes, others: list[str]) -> str:
    """The words that say what a file without certificates is."""
    kinds = list(dict.fromkeys(others))
    if len(kinds) == 1 and kinds[0] in (_PKCS12, _PKCS7):
        return f"it is {kinds[0]}"
    words = "it holds no certificate"
    if kinds:
        return f"{words}, but {few(kinds)}"
    text = b"".join(content[:_NAME].split())
    if not text:
        return f"{words}: it is empty"
    if text[:3] == _BASE64_DER:
        return f"{words}: it is damaged base64 without BEGIN and END lines"
    return f"{words} in PEM or DER"


def _in_pem(content: bytes) -> tuple[list[Entry], list[str]]:
    """The certificates in PEM, and the kinds of everything else in it."""
    found: list[Entry] = []
    others: list[str] = []
    for block in pem.blocks(content):
        number = len(found) + 1
        if block.is_certificate:
            found.append(Entry(block.data, block.why and f"certificate {number} {block.why}"))
        elif block.label in pem.PKCS7:
            if block.why:
                found.append(Entry(why=f"the {block.label} block {block.why}"))
            else:
                inside, kinds = _in_der(block.data)
                found += inside
                if kinds and not inside:
                    inside = [Entry(why=f"the {block.label} block can't be read")]
                    found += inside
                    kinds = [_PKCS7]
                others += kinds
        else:
            label = block.label
            kind = next((kind for end, kind in _LABELS if label.endswith(end)), f"{label} in PEM")
            others.append(kind)
        if len(found) > COUNT:
            break
    return found, others


# -- DER


def _in_der(content: bytes) -> tuple[list[Entry], list[str]]:
    """The certificates in DER, one after the other, and in PEM after them; and the kinds of
    everything else in it."""
    found: list[Entry] = []
    others: list[str] = []
    rest = content
    while rest[:1] == b"0" and not _is_text(rest) and len(found) <= COUNT:
        try:
            _, body, end = der.element(rest)
        except Malformed as error:
            if found:
                break
            inside, kinds = _in_pem(rest)
            if not inside and not kinds:
                inside = [Entry(why=f"its certificate can't be read: {error}")]
            return inside, kinds
        kind = _kind(body)
        if kind == "":
            found.append(Entry(rest[:end]))
        elif kind == _PKCS7:
            try:
                found += [Entry(data) for data in _signed(body)]
            except Malformed:
                others.append(kind)
        else:
            others.append(kind)
        rest = rest[end:]
        if rest[:1] and rest[0] in _PADDING:
            rest = rest.lstrip(_PADDING)
    inside, kinds = _in_pem(rest)
    if rest and found and not inside and not kinds:
        inside = [Entry(why=f"the data after certificate {len(found)} can't be read")]
    return found + inside, others + kinds


def _is_text(content: bytes) -> bool:
    """Whether its beginning has no control characters; DER has some there."""
    head = content[:_NAME]
    return len(head.translate(None, _CONTROLS)) == len(head)


def _kind(body: bytes) -> str:
    """The kind of an element of DER, by the types of its parts; "" for a certificate or an unknown
    kind."""
    try:
        outer = der.parts(body)
        tags = [tag for tag, _ in outer[:4]]
        if tags[:2] == [der.OID, 0xA0]:
            signed = der.oid(outer[0][1]) == _SIGNED_DATA
            return _PKCS7 if signed else "a CMS message"
        if tags[:3] == [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
            return _kind_of_signed([tag for tag, _ in der.parts(outer[0][1])[:8]])
    except Malformed:
        return ""
    if tags[:2] == [der.INTEGER, der.SEQUENCE]:
        if outer[0][1] == b"\x03":
            return _PKCS12
        return _KEY if tags[2:3] == [der.OCTET_STRING] else ""
    if tags[:3] == [der.INTEGER] * 3 or tags[:2] == [der.INTEGER, der.OCTET_STRING]:
        return _KEY
    if tags == [der.SEQUENCE, der.OCTET_STRING]:
        return _KEY
    if tags in ([der.SEQUENCE, der.BIT_STRING], [der.INTEGER, der.INTEGER]):
        return _PUBLIC
    return ""


def _kind_of_signed(tags: list[int]) -> str:
    """The kind of a signed element, by the types of its parts; "" for a certificate or an unknown
    kind."""
    if tags[:1] == [0xA0]:
        return ""
    times = (der.UTC_TIME, der.GENERALIZED_TIME)
    short = tags[1:] if tags[:1] == [der.INTEGER] else tags
    if short[:2] == [der.SEQUENCE, der.SEQUENCE] and short[2:3] and short[2] in times:
        return _REVOKED
    if tags[:3] == [der.INTEGER, der.SEQUENCE, der.SEQUENCE] and tags[3:] in ([], [0xA0]):
        return _REQUEST
    return ""


def _signed(body: bytes) -> Iterator[bytes]:
    """The certificates in a signed message of PKCS #7 (RFC 5652, 5.1). Raises Malformed."""
    outer = der.Reader(body)
    outer.take(der.OID, "type")
    inner = der.Reader(der.Reader(outer.take(0xA0, "content")).take(der.SEQUENCE, "content"))
    inner.take(der.INTEGER, "version")
    inner.take(der.SET, "algorithms")
    inner.take(der.SEQUENCE, "message")
    certificates = inner.maybe(0xA0) or b""
    start = 0
    while start < len(certificates):
        _, _, end = der.element(certificates, start)
        yield certificates[start:end]
        start = end


# -- base64


def _in_base64(content: bytes) -> tuple[list[Entry], list[str]]:
    """The certificates in a text that is base64 as a whole, or has words that are base64 of PEM, as
    YAML does; and the kinds of everything else in it."""
    begin = _BASE64_PEM.encode()
    # KEY=LS0t…, as in environment files
    words = (
        content.replace(b'"', b" ").replace(b"'", b" ").replace(b"=" + begin, b" " + begin).split()
    )
    if words and words[0].startswith((begin, _BASE64_DER)):
        words = [b"".join(words)]
    found: list[Entry] = []
    others: list[str] = []
    for word in words:
        if word.startswith((begin, _BASE64_DER) if len(words) == 1 else begin):
            try:
                inside, kinds = _in_der(pem.base64_bytes(word))
            except ValueError:
                inside, kinds = [Entry(why="a text that begins like PEM in base64 is damaged")], []
            found += inside
            others += kinds
        if len(found) > COUNT:
            break
    return found, others


# -- JSON


def _in_json(content: bytes) -> tuple[list[Entry], list[str]]:
    """The certificates in a JSON document: PEM, or base64 of PEM or DER, as in acme.json and in
    secrets of Kubernetes. Each is named after its domain, or its key."""
    text = content.removeprefix(b"\xef\xbb\xbf")
    if text.lstrip()[:1] not in (b"{", b"["):
        return [], []
    try:
        document = bounded_json.loads(text, _VALUES)
    except ValueError:  # how many certificates are cut off is unknown
        broken = text.lstrip()[:1] == b"{" and _CERTIFICATE not in text
        return [], ["JSON that can't be read"] if broken else []
    found: list[Entry] = []
    for key, name, value in _strings(document):
        found += _in_string(key, name, value)
        if len(found) > COUNT:
            break
    return found, [] if found else ["JSON"]


def _strings(document: object) -> Iterator[tuple[str, str, str]]:
    """Every string of a document in its order: its key, the domain next to it (else its key again),
    and the string."""
    waiting: list[tuple[str, str, object]] = [("", "", document)]
    while waiting:
        key, name, value = waiting.pop()
        if isinstance(value, str):
            yield key, clipped(name or key, _NAME), value
        elif isinstance(value, list):
            waiting += [(key, name, part) for part in reversed(value)]
        elif isinstance(value, dict):
            own = next((value[word] for word in ("domain", "Domain", "Domains") if word in value),
                       None)  # fmt: skip
            if isinstance(own, dict):
                own = own.get("main") or own.get("Main")
            name = own if isinstance(own, str) else name
            waiting += [(each, name, part) for each, part in reversed(list(value.items()))]


def _in_string(key: str, name: str, value: str) -> list[Entry]:
    named = key.lower() in ("certificate", "cert", "tls.crt")  # so it must be a certificate
    data = value.encode("utf-8", "replace")
    if "-----BEGIN" not in value:
        if not named and not value.startswith((_BASE64_PEM, _BASE64_DER.decode())):
            return []
        try:
            data = pem.base64_bytes(data)
        except ValueError:
            return [Entry(why="it is not base64", name=name)] if named else []
    found, _ = _in_der(data)
    if named and not found:
        found = [Entry(why="it holds no certificate in PEM or DER")]
    for number, entry in enumerate(found, 1):
        entry.name = name if number == 1 else f"{name}#{number}"
    return found
