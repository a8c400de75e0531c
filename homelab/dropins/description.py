"""A drop-in's description, from its file or from `NAME.verb` beside it; never by running it."""

from __future__ import annotations

import os

from homelab.dropins import header
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.dropins.find import Dropin
    from homelab.dropins.header import Header
    from homelab.dropins.own_help import OwnHelp

HEAD = 4096  # bytes of a file that are enough for its summary
_SCRIPT = 65536  # bytes of a file in which its own help is looked for


def read(dropin: Dropin, brief: bool = False, known: dict[str, str] | None = None) -> Header:
    """The description of a drop-in; summary and effect alone if `brief`. It is empty where the
    file can't be read: the drop-in may still run. `known` is that of `ownership.check`, for who
    asks about many."""
    name = dropin.path.rpartition("/")[2]
    if dropin.beside:
        try:
            found = _parsed(_bytes(beside_of(dropin), known), False, brief)
        except OSError:
            pass
        else:
            if not brief:
                _with_script(found, dropin, _whole(dropin, known))
            return found
    if brief:
        found = _parsed(head(dropin, known), True, True, name)
        if not found.cut:
            return found
        return _parsed(_whole(dropin, known)[: header.LONGEST], True, True, name)
    data = _whole(dropin, known)
    found = _parsed(data[: header.LONGEST], True, False, name)
    _with_script(found, dropin, data)
    return found


def head(dropin: Dropin, known: dict[str, str] | None = None) -> bytes:
    """The first bytes of a drop-in's file, at most HEAD; b"" where it can't be read. `known` is
    that of `ownership.check`."""
    if dropin.head is None:
        try:
            dropin.head = _bytes(dropin.path, known, HEAD)
        except OSError:
            dropin.head = b""
    return dropin.head


def own(described: Header) -> OwnHelp:
    """What the script says of its own use, found in its text."""
    if described.own is None:
        from homelab.dropins import own_help

        described.own = own_help.find(described.script, described.typed, described.file)
    return described.own


def usage(described: Header) -> str:
    """The usage line of a script that was not written for homelab, if it begins with the verb as
    people type it; "" where it is another program's or none."""
    words = described.typed.removeprefix("homelab ")
    found = own(described).usage
    if found:
        return found
    first, _, rest = described.usage.partition(" ")
    if first.rpartition("/")[2] == described.file:
        return f"{words} {rest}".rstrip()
    return described.usage if f"{described.usage} ".startswith(f"{words} ") else ""


def as_verb_file(described: Header) -> str:
    """The text of a `NAME.verb` file with all that is known of a script, to be edited."""
    from homelab.dropins import verb_file

    if not described.said & {"summary", "effect"}:
        described.usage = usage(described)
    return verb_file.text_of(described, own(described).options)


def _whole(dropin: Dropin, known: dict[str, str] | None = None) -> bytes:
    """What is read of a drop-in's file for its whole description."""
    begin = head(dropin, known)
    if len(begin) < HEAD:
        return begin
    try:
        return _bytes(dropin.path, known, _SCRIPT)
    except OSError:
        return begin


def _with_script(found: Header, dropin: Dropin, data: bytes) -> None:
    found.script = "" if b"\0" in data else data.decode("utf-8", "replace")
    found.file = dropin.path.rpartition("/")[2]
    found.typed = f"homelab {dropin.verb}"


def _parsed(data: bytes, commented: bool, brief: bool, name: str = "") -> Header:
    text = "" if b"\0" in data else data.decode("utf-8", "replace")  # of a program nothing
    found = header.parse(text, commented, brief, name)
    most = HEAD if brief and commented and len(data) == HEAD else header.LONGEST
    found.cut = len(data) >= most and text.count("\n") <= found.last
    return found


def refused(path: str) -> OSError | None:
    """Why a `.verb` file is not read, None where it is."""
    try:
        _bytes(path)
    except OSError as error:
        return error
    return None


def beside_of(dropin: Dropin) -> str:
    """The path of the `.verb` file of a drop-in: beside it, or beside the index of an adopted
    folder, which is never changed itself."""
    folder, words = dropin.folder, dropin.words
    index: str = getattr(folder, "index", "")
    if index:
        return f"{index}/{'/'.join(words[len(getattr(folder, 'prefix', ())) :])}.verb"
    return f"{folder.path}/{'/'.join(words)}.verb"


def verb(dropin: Dropin) -> Verb:
    """The drop-in as any verb is described."""
    return header.verb(dropin.verb, dropin.folder.name, read(dropin))


def for_completion(dropin: Dropin) -> Verb:
    """The drop-in with the options that its own help has, too: a TAB may offer a guess."""
    described = read(dropin)
    return header.verb(dropin.verb, dropin.folder.name, described, own(described).options)


def _bytes(path: str, known: dict[str, str] | None = None, most: int = header.LONGEST) -> bytes:
    """The beginning of a file. A pipe in its place does not hold us. It is refused where another
    account may change it: what a verb may do is read from it."""
    file = ownership.opened(path, known=known)
    try:
        return os.read(file, most)
    finally:
        os.close(file)
