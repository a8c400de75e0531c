"""A drop-in's description, from its file or from `NAME.verb` beside it; never by running it."""

from __future__ import annotations

import os

from homelab.dropins.names import split_ending
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.dropins.dropin import Dropin
    from homelab.dropins.header import Header
    from homelab.dropins.own_help import OwnHelp

HEAD = 4096  # bytes of a file that are read for its summary
LONGEST = 16384  # bytes of a file that are read for its header
_SCRIPT = 65536  # bytes of a file that are searched for its own help


def read(dropin: Dropin, brief: bool = False, known: dict[str, str] | None = None) -> Header:
    """The description of a drop-in; only summary and effect if `brief`. It is empty if the file
    can't be read: the drop-in may still run. `known` is the cache of `ownership.check`, for callers
    that read many."""
    if brief and dropin.kept is not None:
        from homelab.dropins.header import Header

        found = Header()
        found.summary, found.effect = dropin.kept.summary, dropin.kept.effect
        return found
    name = dropin.path.rpartition("/")[2]
    data = beside(dropin, known)
    if data is not None:
        found = _parsed(data, False, brief)
        if not brief:
            _with_script(found, dropin, _whole(dropin, known))
        return found
    if brief:
        found = _parsed(head(dropin, known), True, True, name)
        if not found.cut:
            return found
        return _parsed(_whole(dropin, known)[:LONGEST], True, True, name)
    data = _whole(dropin, known)
    found = _parsed(data[:LONGEST], True, False, name)
    _with_script(found, dropin, data)
    return found


def head(dropin: Dropin, known: dict[str, str] | None = None, most: int = HEAD) -> bytes:
    """The first bytes of a drop-in's file, as many as the first read got; b"" if it can't be read.
    `known` is the cache of `ownership.check`."""
    if dropin.head is None:
        try:
            dropin.head = _bytes(dropin.path, known, most)
        except OSError:
            dropin.head = b""
    return dropin.head


def own(described: Header) -> OwnHelp:
    """The script's own help, found in its text."""
    if described.own is None:
        from homelab.dropins import own_help

        described.own = own_help.find(described.script, described.typed, described.file)
    return described.own


def usage(described: Header) -> str:
    """The usage line of a script that was not written for homelab, if it begins with the verb as
    people type it; "" if there is none, or it is another program's."""
    words = described.typed.removeprefix("homelab ")
    found = own(described).usage
    if found:
        return found
    first, _, rest = described.usage.partition(" ")
    if first.rpartition("/")[2] == described.file:
        return f"{words} {rest}".rstrip()
    return described.usage if f"{described.usage} ".startswith(f"{words} ") else ""


def as_verb_file(described: Header) -> str:
    """The text of a `NAME.verb` file with everything known about a script, for people to edit."""
    from homelab.dropins import verb_file

    if not described.ours:
        described.usage = usage(described)
    return verb_file.text_of(described, own(described).options)


def _whole(dropin: Dropin, known: dict[str, str] | None = None) -> bytes:
    """The bytes of a drop-in's file from which its whole description is read."""
    begin = head(dropin, known)
    if len(begin) < HEAD:
        return begin
    try:
        return _bytes(dropin.path, known, _SCRIPT)
    except OSError:
        return begin


def _with_script(found: Header, dropin: Dropin, data: bytes) -> None:
    found.script = _text(data)
    found.file = dropin.path.rpartition("/")[2]
    found.typed = f"homelab {dropin.verb}"


def _parsed(data: bytes, commented: bool, brief: bool, name: str = "") -> Header:
    from homelab.dropins import header  # late: each dispatch of a drop-in imports this module

    text = _text(data)
    found = header.parse(text, commented, brief, name)
    most = HEAD if brief and commented and len(data) == HEAD else LONGEST
    found.cut = bool(text) and len(data) >= most and text.count("\n") <= found.last
    return found


def _text(data: bytes) -> str:
    """The text of a script; "" for a compiled program. Text that is not UTF-8 is read as Latin-1,
    the encoding of old scripts."""
    if b"\0" in data:
        return ""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # a letter was cut at the end of the bytes read
            return data.decode("utf-8", "replace")
        return data.decode("latin-1")


def refused(path: str) -> OSError | None:
    """The error that keeps a `.verb` file from being read; None if it can be read."""
    try:
        _bytes(path)
    except OSError as error:
        return error
    return None


def beside(dropin: Dropin, known: dict[str, str] | None = None) -> bytes | None:
    """The first bytes of the `.verb` file beside a drop-in; None if there is none, or it can't be
    read. `known` is the cache of `ownership.check`."""
    try:
        return _bytes(beside_of(dropin), known) if dropin.beside else None
    except OSError:
        return None


def beside_of(dropin: Dropin) -> str:
    """The path of the `.verb` file that describes a drop-in: for an adopted checkout the file next
    to the index, else a file beside the script, with the script's name or the verb's."""
    index = dropin.folder.index
    if index is not None:
        own = f"{index.folder}/{dropin.own_name.replace(' ', '/')}.verb"
        if os.path.lexists(own):
            return own
    folder, name = os.path.split(dropin.path)
    by_file = f"{folder}/{split_ending(name)[0]}.verb"
    return by_file if os.path.lexists(by_file) else f"{folder}/{dropin.words[-1]}.verb"


def verb(dropin: Dropin) -> Verb:
    """The drop-in as a `Verb`, like a built-in."""
    from homelab.dropins import header

    return header.verb(dropin.verb, dropin.folder.name, read(dropin))


def for_completion(dropin: Dropin) -> Verb:
    """The drop-in as a `Verb` that also has the options of its own help: TAB completion may
    guess."""
    from homelab.dropins import header

    described = read(dropin)
    return header.verb(dropin.verb, dropin.folder.name, described, own(described).options)


def _bytes(path: str, known: dict[str, str] | None = None, most: int = LONGEST) -> bytes:
    """The first bytes of a file. A pipe in its place does not block. A file that another account
    can change is refused, because it decides what a verb is allowed to do."""
    file = ownership.opened(path, known=known)
    try:
        return os.read(file, most)
    finally:
        os.close(file)
