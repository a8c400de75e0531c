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
    """The path of the `.verb` file beside a drop-in."""
    return f"{dropin.folder.path}/{'/'.join(dropin.words)}.verb"


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
