"""Pure: search the body of an answer for a text, piece by piece as it comes: decompressed, in its
charset, with limits on memory and on the searched bytes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST = 1 << 20  # decoded bytes that are searched
_STEP = 64 << 10  # bytes decoded at once: a small body may decompress to a large one
_HEAD = 1024  # bytes in which a page must name its charset (HTML 13.2.3.2)
_LAYERS = 3  # nested encodings
_IN_ZLIB = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # with zlib's number for it
# Encodings of servers that homelab can't decode. Other words in the header do not name encodings
# (utf-8, none): clients read the body as it is.
_UNREAD = ("br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip")
_RAW = -15  # deflate without zlib's header, which some servers send
# Browsers read these as Windows-1252 (WHATWG Encoding), since such pages often contain €.
_WESTERN = ("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1")
_AS_BROWSERS = {  # other names that browsers read as a larger charset
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "windows-31j": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "iso-8859-9": "cp1254",
    "latin5": "cp1254", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "iso-8859-11": "cp874",
    "tis-620": "cp874", "big5": "big5hkscs", "ucs-2": "utf-16", "utf_16": "utf-16",
    "utf-8-sig": "utf-8",
}  # fmt: skip
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


class TextSearch:
    """A search for the text `wanted` in a body. `found`: the body has it; `trouble`: why it can't
    be searched, or ""; `broken`: the body does not follow its own encoding; `read`: the number of
    bytes searched; `full`: there are more than MOST bytes."""

    def __init__(self, wanted: str, charset: str, encodings: str) -> None:
        """Start a search. `charset` is from the header Content-Type, `encodings` is
        Content-Encoding; each may be ""."""
        self._wanted = wanted
        self._charset = charset
        self._layers: list[_Inflated] = []
        self._head = b""
        self._last = b""
        self._forms: tuple[bytes, ...] = ()
        self.found = False
        self._trouble = ""
        self.broken = False
        self.read = 0
        self.full = False
        names = [name.strip().lower() for name in encodings.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        unknown = [name for name in names if name in _UNREAD]
        odd = [name for name in names if name not in _IN_ZLIB and name not in _UNREAD]
        names = [name for name in names if name not in odd]
        self._odd = bool(odd)
        try:
            self._layers = [_Inflated(name) for name in reversed(names) if name in _IN_ZLIB]
        except ImportError:
            unknown = names  # a Python without zlib
        if unknown or len(names) > _LAYERS:
            name = unknown[0] if unknown else "many times"
            plain = name.isascii() and len(name) < 20 and name.replace("-", "").isalnum()
            named = f"{name}-encoded" if plain and unknown else "encoded in an unknown way"
            self._trouble = f"the body is {named}, so it was not searched"

    @property
    def trouble(self) -> str:
        """The reason why the body can't be searched, "" if it can."""
        if self._odd and not self.found and not self._trouble:
            return "the body is encoded in an unknown way, and has no such text as plain bytes"
        return self._trouble

    def feed(self, piece: bytes) -> None:
        """Search the next piece of the body."""
        if self.found or self.full or self._trouble:
            return
        try:
            for part in self._decoded(piece, 0):
                self._look(part[: MOST - self.read])
                if self.found or self.full:
                    return
        except ValueError as error:
            self.broken = True
            self._trouble = f"the body is not in the encoding that its header names ({error})"

    def _decoded(self, piece: bytes, layer: int) -> Iterator[bytes]:
        if layer == len(self._layers):
            yield piece
            return
        for part in self._layers[layer].feed(piece):
            yield from self._decoded(part, layer + 1)

    def _look(self, piece: bytes) -> None:
        self.read += len(piece)
        self.full = self.read >= MOST
        window = self._last + piece
        if len(self._head) < _HEAD:  # its charset may come later in the head
            self._head = window[:_HEAD]
            self._forms = tuple(dict.fromkeys(_forms(self._wanted, self._charset, self._head)))
        self.found = any(form in window for form in self._forms)
        longest = max(map(len, self._forms))
        self._last = window if len(self._head) < _HEAD else window[-longest:]


class _Inflated:
    """A decoder of one encoding with zlib, in small pieces."""

    def __init__(self, name: str) -> None:
        import zlib  # late: few servers encode a body that was requested plain

        self._name = name
        self._zlib = zlib
        self._begin = b""
        self._stream: Any = None
        self._again = False  # a first member has ended
        self._ended = False
        if name != "deflate":
            self._stream = zlib.decompressobj(_IN_ZLIB[name])

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The decoded parts of a piece. Raises ValueError with the encoding's name."""
        if self._stream is None:
            piece = self._begin + piece
            if len(piece) < 2:
                self._begin = piece
                return
            has_head = piece[0] & 15 == 8 and (piece[0] << 8 | piece[1]) % 31 == 0
            self._stream = self._zlib.decompressobj(_IN_ZLIB["deflate"] if has_head else _RAW)
        while piece and not self._ended:
            # a gzip may have several members (RFC 1952, 2.2); other bytes after it are ignored
            self._ended = self._again and piece[:1] != b"\x1f"
            if self._ended:
                return
            try:
                part = self._stream.decompress(piece, _STEP)
            except self._zlib.error:
                raise ValueError(self._name) from None
            piece = self._stream.unconsumed_tail
            if self._stream.eof:
                piece = self._stream.unused_data
                self._ended, self._again = self._name == "deflate", True
                if not self._ended:
                    self._stream = self._zlib.decompressobj(_IN_ZLIB[self._name])
            else:
                self._again = False
            if part:
                yield part


def _forms(wanted: str, charset: str, head: bytes) -> Iterator[bytes]:
    """The bytes of the text in a body that begins with `head`: in the charset of its byte order
    mark, of its header, or of the page itself; in UTF-8 and Windows-1252 if none of them names
    one."""
    named = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    named = named or charset.strip(" \t\"'").lower() or _of_page(head)
    named = _AS_BROWSERS.get(named, named)
    names = [named]
    if named in ("", "us-ascii", "ascii"):
        names = ["utf-8", "cp1252"]
    elif named in _WESTERN:
        names = ["latin-1", "cp1252"]
    elif named in ("utf-16", "utf16", "utf-32", "utf32"):
        names = [f"{named}-le", f"{named}-be"]
    forms = [form for form in (_encoded(wanted, name) for name in names) if form]
    yield from forms or [wanted.encode("utf-8", "surrogatepass")]


def _encoded(text: str, charset: str) -> bytes:
    """The bytes of a text in a charset, b"" if the charset is unknown or lacks a character."""
    try:
        return text.encode(charset)
    except (LookupError, ValueError):  # a server may name anything
        return b""


def _of_page(head: bytes) -> str:
    """The charset that an HTML or XML page names at its beginning, else ""."""
    text = head.decode("latin-1").lower()
    for begin, key in (("<?xml", "encoding"), ("<meta", "charset")):
        start = text.find(begin)
        while start >= 0:
            element = text[start:].partition(">")[0]
            _, equals, value = element.partition(key)[2].partition("=")
            if equals:
                value = value.strip().lstrip("\"'").strip()
                named = value.replace(";", " ").replace('"', " ").replace("'", " ").split()
                name = named[0].rstrip("?/") if named else ""
                # a page that is readable as bytes can't be UTF-16 (HTML 13.2.3.2)
                return "utf-8" if name.startswith(("utf-16", "utf-32")) else name
            start = text.find(begin, start + 1)
    return ""
