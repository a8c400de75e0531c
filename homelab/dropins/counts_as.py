"""The public word that an own script counts as: the line `Counts-as: backup` of its header.

Read at each run of an own script, so the header's parser is loaded only if the line may be there.
"""

from __future__ import annotations

import os

from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.find import Dropin

_LONGEST = 16384  # bytes, as `header.LONGEST`
_MARK = b"counts-as"


def word(dropin: Dropin, known: dict[str, str] | None = None) -> str:
    """The word in the header of a drop-in, "" if there is none or the file can't be read. `known`
    is that of `ownership.check`."""
    beside = f"{dropin.folder.path}/{'/'.join(dropin.words)}.verb"
    there = os.path.lexists(beside)
    if not there and _MARK not in _head(dropin.path, known).lower():
        return ""
    from homelab.dropins import description

    return description.read(dropin).counts_as


def _head(path: str, known: dict[str, str] | None) -> bytes:
    try:
        file = ownership.opened(path, known=known)
    except OSError:
        return b""
    try:
        return os.read(file, _LONGEST)
    except OSError:
        return b""
    finally:
        os.close(file)
