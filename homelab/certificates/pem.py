"""Pure: the blocks of a PEM file (RFC 7468), also of files that people put together by hand. A
block that can't be read is reported, never left out: servers and OpenSSL skip it silently, so no
one notices that a certificate is missing. Private keys are not read."""

from __future__ import annotations

import re

from homelab.certificates import der

_KNOWN = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
PKCS7 = ("PKCS7", "CMS", "PKCS #7 SIGNED DATA")
# The words of a BEGIN or END line, whatever surrounds it: two files joined without a line end
# between them, or a PEM file in one line of an environment file, are read too.
_MARK = re.compile(
    rb"\b(BEGIN|END)(?:[ \t_+]|\xc2\xa0|%20)*([A-Z0-9#][A-Z0-9#. ]{0,39})", re.IGNORECASE
)
_AROUND = 60  # bytes before and after these words in their line
_DASHES = b"-----"
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


class Block:
    """A block: its `label` (`CERTIFICATE`), the DER in it (`data`), or `why` it can't be read. Only
    certificates and PKCS #7 are decoded; `data` of other blocks is empty."""

    __slots__ = ("data", "label", "why")

    def __init__(self, label: str, data: bytes = b"", why: str = "") -> None:
        self.label = label
        self.data = data
        self.why = why

    @property
    def is_certificate(self) -> bool:
        """Whether its label is that of a certificate."""
        return _is_certificate(self.label)


class _Mark:
    """A BEGIN or END line from `start` to `end` in a text; it is `exact` if OpenSSL accepts it."""

    __slots__ = ("begins", "end", "exact", "label", "start")

    def __init__(self, text: bytes, match: re.Match[bytes]) -> None:
        label = match[2].rstrip()
        self.start, self.end = match.start(), match.start(2) + len(label)
        self.begins = match[1].upper() == b"BEGIN"
        self.label = label.decode("ascii").upper()
        before = text[max(self.start - 5, 0) : self.start] == _DASHES
        after = text[self.end : self.end + 5] == _DASHES
        separated = match.start(2) - match.end(1) == 1
        upper = match[1].isupper() and not any(97 <= byte <= 122 for byte in label)
        self.exact = before and after and separated and upper
        if self.exact:
            self.start, self.end = self.start - 5, self.end + 5

    def is_meant(self, text: bytes) -> bool:
        """Whether it is a line of PEM, even if damaged, and not prose about such a line."""
        if self.exact:
            return True
        if not _is_certificate(self.label):
            return False
        if text[max(self.start - 3, 0) : self.start].rstrip()[-2:] == b"--":
            return True
        if text[self.end : self.end + 3].lstrip(b" \t")[:2] == b"--":
            return True
        # word processors change the dashes: then it is PEM if the line has no other words
        before = text[max(self.start - _AROUND, 0) : self.start].splitlines()[-1:]
        after = text[self.end : self.end + _AROUND].splitlines()[:1]
        if text[self.start - 1 : self.start] in (b"\n", b"\r"):
            before = []
        return not any(byte < 128 and chr(byte).isalnum() for byte in b"".join(before + after))


def blocks(content: bytes) -> list[Block]:
    """The blocks of a text in its order. The text may be UTF-8 or UTF-16, have any line ends, and
    other text between blocks. Every BEGIN and END line of a certificate belongs to a block."""
    # UTF-16 and UTF-32 are ASCII with NULs between; a byte order mark counts as text before a block
    text = content.replace(b"\0", b"")
    found: list[Block] = []
    begun: _Mark | None = None
    for match in _MARK.finditer(text):
        mark = _Mark(text, match)
        if not mark.is_meant(text):
            continue
        if mark.begins:
            if begun is not None:
                why = "has no END line before the next BEGIN"
                found.append(Block(begun.label, why=_unless_other(begun, why)))
            begun = mark
        elif begun is None or (not _is_certificate(begun.label) and _is_certificate(mark.label)):
            if _is_certificate(mark.label):
                found.append(Block(mark.label, why="has an END line but no BEGIN line"))
            begun = None
        else:
            found.append(_block(begun, mark, text[begun.end : mark.start]))
            begun = None
    if begun is not None:
        why = "ends too early: its END line is missing"
        found.append(Block(begun.label, why=_unless_other(begun, why)))
    return found


def _is_certificate(label: str) -> bool:
    return label.endswith(("CERTIFICATE", "CERTIFICATES"))


def _unless_other(begun: _Mark, why: str) -> str:
    return why if _is_certificate(begun.label) or begun.label in PKCS7 else ""


def _block(begun: _Mark, ended: _Mark, body: bytes) -> Block:
    label = begun.label
    if label in PKCS7:
        return _decoded(label, body)
    if not _is_certificate(label):
        return Block(label)
    if not begun.exact or not ended.exact:
        which = "END" if begun.exact else "BEGIN"
        return Block(label, why=f"has a damaged {which} line, so programs that read PEM skip it")
    if ended.label != label:
        return Block(label, why=f"has an END line of another kind: {ended.label}")
    if label not in _KNOWN:
        return Block(label, why=f"has a kind that homelab does not read: {label}")
    return _decoded(label, body)


def _decoded(label: str, body: bytes) -> Block:
    # in JSON and environment files a line end is the two characters \n
    lines = body.replace(b"\\r", b"").replace(b"\\n", b"\n").strip().splitlines()
    if lines and b":" in lines[0]:  # headers (RFC 1421), ended by an empty line
        if any(b"ENCRYPTED" in line for line in lines[:2]):
            return Block(label, why="is encrypted")
        ends = [number for number, line in enumerate(lines) if not line.strip()]
        last = [number for number, line in enumerate(lines) if b":" in line][-1]
        lines = lines[ends[0] if ends else last + 1 :]
    try:
        data = base64_bytes(b"".join(lines))
        if (
            label == "TRUSTED CERTIFICATE"
        ):  # openssl's own format: the trusted uses follow the certificate
            data = data[: der.element(data)[2]]
    except ValueError:
        return Block(label, why="is not base64")
    except der.Malformed as error:
        return Block(label, why=f"can't be read: {error}")
    return Block(label, data, "" if data else "is empty")


def base64_bytes(text: bytes) -> bytes:
    """The bytes of base64 with optional white space. Raises ValueError, also where Python's own
    decoder would skip a character that OpenSSL refuses."""
    import binascii

    digits = b"".join(text.split())
    if digits.translate(None, _ALPHABET) or b"=" in digits.rstrip(b"="):
        raise ValueError("not base64")
    return binascii.a2b_base64(digits)
