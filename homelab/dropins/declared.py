"""The facts in a drop-in's header that matter before its run starts: the word that the run is
counted by, the programs that it needs, and whether it is a check. One read of the file serves this
and the check before the start; a file without such a line is not parsed."""

from __future__ import annotations

from homelab.dropins import description

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.dropin import Dropin

_KEYS = (b"needs", b"counts-as", b"check")
_WIDEST = 80  # blanks between a key and its colon


class Declared:
    """The declarations of a header, as written: `counts_as` is the public word ("" for none),
    `needs` are the words of the `Needs:` lines. `check`: it says `Check: yes`; `unclear_check` is
    what is wrong with such a line, "" for nothing. `effect` is "" if it declares none, or has no
    other key of these."""

    __slots__ = ("check", "counts_as", "effect", "needs", "unclear_check")

    def __init__(
        self,
        counts_as: str = "",
        needs: tuple[str, ...] = (),
        check: bool = False,
        effect: str = "",
        unclear_check: str = "",
    ) -> None:
        self.unclear_check = unclear_check
        self.check = check
        self.counts_as = counts_as
        self.needs = needs


def read(dropin: Dropin, known: dict[str, str] | None = None) -> Declared:
    """The declarations of a drop-in's header; empty if it can't be read, or another account can
    change it. `known` is the cache of `ownership.check`."""
    data = description.beside(dropin, known)
    if data is None:
        data = description.head(dropin, known, description.LONGEST)
    lowered = data.lower()
    if b"\0" in data or not any(_has(lowered, key) for key in _KEYS):
        return Declared()
    header = description.read(dropin)
    return Declared(
        header.counts_as, tuple(header.needs), header.check, header.effect, header.unclear_check
    )


def _has(data: bytes, key: bytes) -> bool:
    """Whether the key appears with a colon behind it, as in `Needs: zpool`."""
    at = data.find(key)
    while at >= 0:
        at += len(key)
        if data[at : at + _WIDEST].lstrip(b" \t")[:1] == b":":
            return True
        at = data.find(key, at)
    return False
