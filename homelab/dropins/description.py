"""A drop-in's description, from its file or from `NAME.verb` beside it; never by running it."""

from __future__ import annotations

import os

from homelab.dropins import header
from homelab.dropins.names import split_ending
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.dropins.dropin import Dropin
    from homelab.dropins.header import Header


def read(dropin: Dropin, brief: bool = False) -> Header:
    """The description of a drop-in; summary and effect alone if `brief`. It is empty where the
    file can't be read: the drop-in may still run."""
    if dropin.beside:
        try:
            return _parsed(_bytes(beside_of(dropin)), False, brief)
        except OSError:
            pass
    return _parsed(head(dropin), True, brief)


def head(dropin: Dropin, known: dict[str, str] | None = None) -> bytes:
    """The first bytes of a drop-in's file; b"" where it can't be read. `known` is that of
    `ownership.check`."""
    if dropin.head is None:
        try:
            dropin.head = _bytes(dropin.path, known)
        except OSError:
            dropin.head = b""
    return dropin.head


def _parsed(data: bytes, commented: bool, brief: bool) -> Header:
    text = "" if b"\0" in data else data.decode("utf-8", "replace")  # of a program nothing
    found = header.parse(text, commented, brief)
    found.cut = len(data) >= header.LONGEST and text.count("\n") <= found.last
    return found


def refused(path: str) -> OSError | None:
    """Why a `.verb` file is not read, None where it is."""
    try:
        _bytes(path)
    except OSError as error:
        return error
    return None


def beside_of(dropin: Dropin) -> str:
    """The path of the `.verb` file that describes a drop-in: for an adopted checkout's the one next
    to the index, else beside the script, by the script's name or by the verb's."""
    index = dropin.folder.index
    if index is not None:
        own = f"{index.folder}/{'/'.join(dropin.words[len(dropin.folder.prefix) :])}.verb"
        if os.path.lexists(own):
            return own
    folder, name = os.path.split(dropin.path)
    by_file = f"{folder}/{split_ending(name)[0]}.verb"
    return by_file if os.path.lexists(by_file) else f"{folder}/{dropin.words[-1]}.verb"


def verb(dropin: Dropin) -> Verb:
    """The drop-in as any verb is described."""
    return header.verb(dropin.verb, dropin.folder.name, read(dropin))


def _bytes(path: str, known: dict[str, str] | None = None) -> bytes:
    """The beginning of a file. A pipe in its place does not hold us. It is refused where another
    account may change it: what a verb may do is read from it."""
    file = ownership.opened(path, known=known)
    try:
        return os.read(file, header.LONGEST)
    finally:
        os.close(file)
