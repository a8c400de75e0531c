"""Pure: what `zfs list -Hp` prints: fields separated by tabs, times in s since the epoch
(zfs-list(8))."""

from __future__ import annotations

from homelab import times
from homelab.backups.snapshot import Snapshot, Unreadable
from homelab.texts import lines

_DIGITS = 10  # of a time in s that is not far from now
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-/ ")


def is_dataset(text: str) -> bool:
    """Whether the text can be the name of a dataset (zfsconcepts(7)), safe in a command line."""
    return bool(text) and set(text) <= _SIGNS and text[0].isalnum()


def snapshots(text: str) -> dict[str, list[Snapshot]]:
    """The snapshots in the output of `zfs list -Hp -t snapshot -o name,creation`, by dataset; each
    is named by its part after the @. Raises Unreadable."""
    found: dict[str, list[Snapshot]] = {}
    for line in lines(text):
        if not line:
            continue
        name, tab, created = line.partition("\t")
        dataset, at, snapshot = name.partition("@")
        number = created.strip()
        digits = number.isascii() and number.isdigit() and len(number) <= _DIGITS
        if not tab or not at or not digits or int(number) > times.LAST // times.SECOND:
            raise Unreadable("zfs printed a line that is not a snapshot and its time")
        found.setdefault(dataset, []).append(Snapshot(snapshot, int(number) * times.SECOND))
    return found


def datasets(text: str) -> list[str]:
    """The names in the output of `zfs list -H -o name`."""
    return [line for line in lines(text) if line]
