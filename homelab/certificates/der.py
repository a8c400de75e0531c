"""Pure: DER (X.690), the encoding of certificates: elements of a tag, a length and a body.

Strict and bounded: a length is definite, in as few bytes as possible, and within the data. Nothing
recurses: the caller names the expected tag of each element.
"""

from __future__ import annotations

SIZE = 1 << 20  # bytes; OpenSSL limits what TLS brings to a tenth of that
PARTS = 50_000  # elements in one body

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
_LONGEST_OID = 64  # bytes
# Character sets of the string types, by tag. All programs write Latin-1 in strings of type T.61.
_CHARACTERS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


class Malformed(Exception):
    """Bytes that do not have the expected format; its text says what is wrong."""


def element(data: bytes, start: int = 0) -> tuple[int, bytes, int]:
    """The tag, the body and the end of the element that begins at `start`. Raises Malformed."""
    try:
        tag, length = data[start], data[start + 1]
    except IndexError:
        raise Malformed("it ends too early") from None
    if tag & 0x1F == 0x1F:
        raise Malformed("a tag is longer than a byte")
    start += 2
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise Malformed("a length is indefinite or too long")
        digits = data[start : start + count]
        length = int.from_bytes(digits, "big")
        start += count
        if len(digits) == count and (digits[0] == 0 or length < 0x80):
            raise Malformed("a length has more bytes than needed")
    end = start + length
    if end > len(data):
        raise Malformed("it ends too early")
    return tag, data[start:end], end


def parts(body: bytes) -> list[tuple[int, bytes]]:
    """The tag and body of each element in `body`. Raises Malformed."""
    found: list[tuple[int, bytes]] = []
    start = 0
    while start < len(body):
        if len(found) == PARTS:
            raise Malformed(f"it has more than {PARTS} parts")
        tag, inner, start = element(body, start)
        found.append((tag, inner))
    return found


class Reader:
    """Read the elements of a body one by one; the caller names each tag."""

    def __init__(self, body: bytes) -> None:
        self._parts = parts(body)
        self._next = 0

    def maybe(self, tag: int) -> bytes | None:
        """The body of the next element if it has that tag; else None, and the element is read again
        next."""
        if self._next < len(self._parts) and self._parts[self._next][0] == tag:
            self._next += 1
            return self._parts[self._next - 1][1]
        return None

    def take(self, tag: int, what: str) -> bytes:
        """The body of the next element. Raises Malformed if it does not have that tag."""
        body = self.maybe(tag)
        if body is None:
            raise Malformed(f"its {what} is missing")
        return body

    def any(self, what: str) -> tuple[int, bytes]:
        """The tag and body of the next element. Raises Malformed if there is none."""
        if self._next == len(self._parts):
            raise Malformed(f"its {what} is missing")
        self._next += 1
        return self._parts[self._next - 1]


def oid(body: bytes) -> str:
    """An object identifier → `2.5.4.3`. Raises Malformed."""
    if not 0 < len(body) <= _LONGEST_OID or body[-1] & 0x80:
        raise Malformed("an object identifier is cut off or too long")
    numbers = []
    value = 0
    for byte in body:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def text(tag: int, body: bytes) -> str:
    """The text of a string of any string type; a value of another type as `#` and hexadecimal
    digits. Bytes outside the character set become U+FFFD."""
    characters = _CHARACTERS.get(tag)
    return body.decode(characters, "replace") if characters else f"#{body[:64].hex()}"


def bits(body: bytes, what: str) -> bytes:
    """The bytes of a bit string. Raises Malformed if its length is not a whole number of bytes."""
    if not body or body[0] != 0:
        raise Malformed(f"its {what} has no whole bytes")
    return body[1:]


def moment(tag: int, body: bytes) -> int:
    """A time of a certificate (RFC 5280, 4.1.2.5: UTC, whole seconds) → ns since the epoch,
    negative before 1970. Raises Malformed."""
    from datetime import datetime, timedelta, timezone

    digits = body[:-1].decode("ascii", "replace")
    whole = {UTC_TIME: 12, GENERALIZED_TIME: 14}.get(tag)
    if body[-1:] != b"Z" or len(digits) != whole or not (digits.isascii() and digits.isdigit()):
        raise Malformed("a time does not have the format of a time")
    if tag == UTC_TIME:
        digits = ("19" if digits >= "50" else "20") + digits
    pairs = [int(digits[place : place + 2]) for place in range(4, 14, 2)]
    try:
        found = datetime(int(digits[:4]), *pairs, tzinfo=timezone.utc)  # type: ignore[misc,arg-type]
    except ValueError:
        raise Malformed("a time is not a calendar date") from None
    since = found - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(seconds=1) * 1_000_000_000
