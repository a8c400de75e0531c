"""The lab's id in releases, and the random key in the state folder that it is made with.

The id is there so that a lab counts once, however many of its releases are merged. It is a keyed
hash of where the runs were read from: without the key nobody can try addresses. A lab whose key is
deleted, by `usage forget` say, is a new lab from then on.

The file also keeps the largest min_users that was the default for an id: an account that others
have left must not have its months shown one by one which an earlier release folded.
"""

from __future__ import annotations

import os

from homelab.system.ownership import own_folder
from homelab.system.paths import closed, open_regular

NAME = "lab"  # of the file in the state folder
_KEY = 32  # bytes
_DIGITS = 16  # of an id, hexadecimal
_LONGEST = 4096  # bytes of the file
_LARGEST = 1000  # of a default that is kept
_SCOPE = b"homelab lab\0"  # so that the key serves no other purpose


class Lab:
    """The key, and by id the `least` accounts that a row had by default."""

    __slots__ = ("_key", "least")

    def __init__(self, key: bytes, least: dict[str, int]) -> None:
        self._key = key
        self.least = least

    def id(self, source: str) -> str:
        """The id of the lab whose runs are read from `source`: 16 hexadecimal characters."""
        from hmac import digest

        hashed = digest(self._key, _SCOPE + source.encode("utf-8", "surrogateescape"), "sha256")
        return hashed.hex()[:_DIGITS]

    def text(self) -> str:
        """The file's text."""
        lines = [f"key {self._key.hex()}\n"]
        lines += [f"least {lab} {least}\n" for lab, least in sorted(self.least.items())]
        return "".join(lines)


def read(folder: str) -> Lab | None:
    """What a state folder has; None where it has none, or what is there is torn. Raises OSError
    where it can't be read, or another account can change it."""
    try:
        opened = own_folder(folder, make=False)
        try:
            file = open_regular(opened, NAME, os.O_RDONLY)
        finally:
            closed(opened)
    except FileNotFoundError:
        return None
    try:
        lines = os.read(file, _LONGEST).decode("ascii", "replace").splitlines()
    finally:
        closed(file)
    key = b""
    least: dict[str, int] = {}
    for line in lines:
        name, _, value = line.partition(" ")
        if name == "key" and len(value) == 2 * _KEY:
            try:
                key = bytes.fromhex(value)
            except ValueError:
                pass
        lab, _, number = value.partition(" ")
        if name == "least" and number.isascii() and number.isdigit() and len(number) < 4:
            least[lab] = min(int(number), _LARGEST)
    return Lab(key, least) if len(key) == _KEY else None


def new() -> Lab:
    """A lab with a random key, which is in no file yet."""
    return Lab(os.urandom(_KEY), {})


def write(folder: str, lab: Lab) -> None:
    """Keep it in the state folder, whole or not at all, for this account alone. Raises OSError."""
    from homelab.system.files import write as write_whole

    closed(own_folder(folder))
    write_whole(os.path.join(folder, NAME), lab.text().encode("ascii"), 0o600)


def remove(folder: str) -> bool:
    """Delete it, and return whether there was one. Raises OSError."""
    try:
        os.unlink(f"{folder}/{NAME}")
    except FileNotFoundError:
        return False
    return True
