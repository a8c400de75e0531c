"""A drop-in's description, from its file or from `NAME.verb` beside it; never by running it."""

from __future__ import annotations

import os

from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.dropins.find import Dropin
    from homelab.dropins.header import Header

LONGEST = 16384  # bytes of a file that are looked at


def read(dropin: Dropin, brief: bool = False) -> Header:
    """The description of a drop-in; summary and effect alone if `brief`. It is empty where the
    file can't be read: the drop-in may still run."""
    data = beside(dropin)
    if data is not None:
        return _parsed(data, False, brief)
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
    from homelab.dropins import header  # late: each dispatch of a drop-in imports this module

    text = "" if b"\0" in data else data.decode("utf-8", "replace")  # of a program nothing
    found = header.parse(text, commented, brief)
    found.cut = len(data) >= LONGEST and text.count("\n") <= found.last
    return found


def refused(path: str) -> OSError | None:
    """Why a `.verb` file is not read, None where it is."""
    try:
        _bytes(path)
    except OSError as error:
        return error
    return None


def beside(dropin: Dropin, known: dict[str, str] | None = None) -> bytes | None:
    """The first bytes of the `.verb` file beside a drop-in; None where none is read. `known` is
    that of `ownership.check`."""
    try:
        return _bytes(beside_of(dropin), known) if dropin.beside else None
    except OSError:
        return None


def beside_of(dropin: Dropin) -> str:
    """The path of the `.verb` file beside a drop-in."""
    return f"{dropin.folder.path}/{'/'.join(dropin.words)}.verb"


def verb(dropin: Dropin) -> Verb:
    """The drop-in as any verb is described."""
    from homelab.dropins import header

    return header.verb(dropin.verb, dropin.folder.name, read(dropin))


def _bytes(path: str, known: dict[str, str] | None = None) -> bytes:
    """The beginning of a file. A pipe in its place does not hold us. It is refused where another
    account may change it: what a verb may do is read from it."""
    file = ownership.opened(path, known=known)
    try:
        return os.read(file, LONGEST)
    finally:
        os.close(file)
