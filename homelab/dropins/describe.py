"""A drop-in's description, from its file or from `NAME.verb` beside it; never by running it."""

from __future__ import annotations

import os
import stat

from homelab.dropins import header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.find import Dropin
    from homelab.dropins.header import Header
    from homelab.verb import Verb


def read(dropin: Dropin) -> Header:
    """What it says of itself. Nothing where it can't be read: it may still run."""
    beside = beside_of(dropin)
    for path, commented in ((beside, False), (dropin.path, True)):
        try:
            text = _head(path, trusted=not commented)
        except OSError:
            continue
        found = header.parse(text, commented)
        found.cut = len(text.encode()) >= header.LONGEST and text.count("\n") <= found.last
        return found
    return header.Header()


def refused(path: str) -> str:
    """Why a `.verb` file is not read; "" where it is."""
    try:
        _head(path, trusted=True)
    except OSError as error:
        return error.strerror or "it is gone"
    return ""


def beside_of(dropin: Dropin) -> str:
    """Where the description of a compiled program stands."""
    return f"{dropin.place.folder}/{'/'.join(dropin.words)}.verb"


def verb(dropin: Dropin) -> Verb:
    """The drop-in as any verb is described."""
    return header.verb(dropin.verb, dropin.place.name, read(dropin))


def _head(path: str, trusted: bool = False) -> str:
    """The beginning of a file as text; of a program nothing. A pipe in its place does not hold us.
    A `trusted` one is refused where somebody else may have written it: what a verb may do is read
    from it."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is no regular file")
        if trusted and (found.st_uid not in (0, os.geteuid()) or found.st_mode & stat.S_IWOTH):
            raise OSError(0, "somebody else may have written it")
        data = file.read(header.LONGEST)
    return "" if b"\0" in data else data.decode("utf-8", "replace")
