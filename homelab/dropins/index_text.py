"""Pure: read and write the index file of an adopted checkout.

    homelab index 1
    path /home/ann/scripts
    prefix nas tools
    nas/df.sh<TAB>sha256<TAB>size mtime ctime inode<TAB>effect<TAB>summary

It has one line for each script that existed when it was written. Paths are below `path`; times are
in ns.
`%`, TAB and line ends in a field are written as %25, %09, %0A and %0D.
"""

from __future__ import annotations

from homelab.catalogue.resolve import is_word

_FIRST = "homelab index 1"
_SIGNS = (("%", "%25"), ("\t", "%09"), ("\n", "%0A"), ("\r", "%0D"))


class Stamp:
    """The state of a script when the index was written: the SHA-256 of its content (hex), the
    `status` that shows whether it may have changed since (size, mtime, ctime, inode), and its
    effect and summary, because TAB completion has no time to read a thousand files."""

    __slots__ = ("digest", "effect", "status", "summary")

    def __init__(
        self, digest: str, status: tuple[int, ...], effect: str = "", summary: str = ""
    ) -> None:
        self.digest = digest
        self.status = status
        self.effect = effect
        self.summary = summary


class Index:
    """An adopted checkout: the `folder` of the index file, the checkout's `path`, the words in
    front of its verbs, and `lines`, the stamps of its scripts as text (undecoded in `raw` until
    they are used: a dispatch needs at most one of a thousand). `problem` is (why the index can't be
    used, the fix), else None."""

    __slots__ = ("folder", "path", "prefix", "problem", "raw")

    def __init__(
        self,
        folder: str,
        path: str,
        prefix: tuple[str, ...],
        lines: str = "",
        problem: tuple[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.path = path
        self.prefix = prefix
        self.raw = lines.encode("utf-8", "surrogateescape")
        self.problem = problem

    @property
    def lines(self) -> str:
        """The stamps as text, as in the file."""
        return self.raw.decode("utf-8", "surrogateescape")

    @lines.setter
    def lines(self, lines: str) -> None:
        self.raw = lines.encode("utf-8", "surrogateescape")

    def stamp(self, path: str) -> Stamp | None:
        """The stamp of one script, by its path below the checkout; None if it has none. It parses
        only that line, because a dispatch needs one of many."""
        start = f"\n{_escaped(path)}\t"
        text = "\n" + self.lines
        at = text.find(start)
        if at < 0:
            return None
        return _stamp(text[at + len(start) :].partition("\n")[0])

    def stamps(self) -> dict[str, Stamp]:
        """All stamps, by path. Damaged lines are left out."""
        found = {}
        for line in self.lines.split("\n"):
            path, _, rest = line.partition("\t")
            stamp = _stamp(rest)
            if path and stamp is not None:
                found[_plain(path)] = stamp
        return found


def name_of(prefix: tuple[str, ...], checkout: str) -> str:
    """The name of the folder of an index: the words of the prefix; without a prefix, `+` and the
    name of the `checkout`'s folder, which no prefix can equal."""
    return ".".join(prefix) or f"+{checkout}"


def lines_of(stamps: dict[str, Stamp]) -> str:
    """The lines of an index for these scripts."""
    found = []
    for path, stamp in sorted(stamps.items()):
        numbers = " ".join(map(str, stamp.status))
        said = f"{_escaped(stamp.effect)}\t{_escaped(stamp.summary)}"
        found.append(f"{_escaped(path)}\t{stamp.digest}\t{numbers}\t{said}\n")
    return "".join(found)


def text_of(index: Index) -> str:
    """The text of the index file."""
    prefix = f"prefix {' '.join(index.prefix)}".rstrip()
    return f"{_FIRST}\npath {_escaped(index.path)}\n{prefix}\n{index.lines}"


HEAD = 3  # number of lines in front of the stamps


def parse(folder: str, text: str, lines: bytes | None = None) -> Index:
    """Parse the text of an index file. With `lines`, the text is only the head of the file, and
    `lines` are its stamps. Raises ValueError, which says what is wrong."""
    first, place, words, rest = [*text.split("\n", HEAD), "", "", ""][:4]
    if first != _FIRST:
        raise ValueError("it is not an index that this version can read")
    path = _plain(place[5:])
    if place[:5] != "path " or not path.startswith("/") or "\0" in path:
        raise ValueError("it names no folder")
    prefix = tuple(words[7:].split(" ")) if words[7:] else ()
    if words[:6] != "prefix" or not all(map(is_word, prefix)):
        raise ValueError("its prefix has a word that no verb can have")
    found = Index(folder, path, prefix, rest)
    found.raw = found.raw if lines is None else lines
    return found


def _stamp(text: str) -> Stamp | None:
    fields = [*text.split("\t"), "", "", ""]
    words = fields[1].split(" ")
    if len(words) != 4 or not all(_is_number(word) for word in words):
        return None
    return Stamp(fields[0], tuple(map(int, words)), _plain(fields[2]), _plain(fields[3]))


def _is_number(word: str) -> bool:
    return word.isascii() and word.lstrip("-").isdigit() and len(word) <= 20


def _escaped(path: str) -> str:
    if path.isprintable() and "%" not in path:
        return path
    for sign, code in _SIGNS:
        path = path.replace(sign, code)
    return path


def _plain(text: str) -> str:
    if "%" not in text:
        return text
    for sign, code in reversed(_SIGNS):
        text = text.replace(code, sign)
    return text
