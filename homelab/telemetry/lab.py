"""The lab's id in releases, and the random key in the state folder from which it is made.

With the id a lab counts once, however many of its releases are merged. It is a keyed hash of the
place that the runs were read from: without the key nobody can find it by trying addresses. If the
key is deleted, by `usage forget` for example, the lab is a new lab from then on.

The file also keeps the largest default of min_users for each id: when accounts have left the lab,
months that an earlier release folded must not be shown one by one.

Only this account may change the file, and it is created once: if two first releases run at the same
time, both use the key of the first one.
"""

from __future__ import annotations

import os

from homelab.system import ownership
from homelab.system.paths import closed, open_regular

NAME = "lab"  # of the file in the state folder
_INVALID = 22  # EINVAL
_KEY = 32  # bytes
_DIGITS = 16  # of an id, hexadecimal
_LONGEST = 4096  # bytes of the file
_LARGEST = 1000  # the largest default that is kept
_SCOPE = b"homelab lab\0"  # so that the key serves no other purpose


class Lab:
    """The key, and for each id the `least` accounts that a row had by default."""

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
    """Read the file of a state folder; None if there is none. Raises OSError if it can't be read,
    belongs to another account, or is not a valid key (EINVAL); and Untrusted if others can write to
    it. If others could only read it, it is made private."""
    try:
        opened = ownership.own_folder(folder, make=False)
        try:
            file = open_regular(opened, NAME, os.O_RDONLY)
        finally:
            closed(opened)
    except FileNotFoundError:
        return None
    except OSError:
        if os.path.islink(os.path.join(folder, NAME)):
            raise OSError(_INVALID, "it is a symbolic link") from None
        raise
    try:
        if os.fstat(file).st_uid != os.geteuid():
            raise OSError(_INVALID, "it belongs to another account")
        if os.fstat(file).st_mode & 0o077:
            ownership.check(
                os.path.join(folder, NAME)
            )  # the folder is this account's own, so this is the same file
            os.fchmod(file, 0o600)
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
    if len(key) != _KEY:
        # a new key in its place would count this lab twice
        raise OSError(_INVALID, "it is damaged")
    return Lab(key, least)


def new() -> Lab:
    """Return a lab with a random key, which is not in a file yet."""
    return Lab(os.urandom(_KEY), {})


def make(folder: str, lab: Lab) -> bool:
    """Write a new lab into the state folder, completely or not at all, readable by this account
    only; return whether there was none before. Raises OSError."""
    from homelab.system.files import write as write_whole

    closed(ownership.own_folder(folder))
    arriving, path = (os.path.join(folder, name) for name in (f"{NAME}.{os.getpid()}", NAME))
    try:
        write_whole(arriving, lab.text().encode("ascii"), 0o600)
        try:
            os.link(arriving, path)  # fails if another process has created it meanwhile
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links: two at once are rare enough
            if os.path.lexists(path):
                return False
            os.replace(arriving, path)
        return True
    finally:
        try:
            os.unlink(arriving)
        except OSError:
            pass


def write(folder: str, lab: Lab) -> None:
    """Replace the lab in the state folder. Raises OSError."""
    from homelab.system.files import write as write_whole

    closed(ownership.own_folder(folder))
    write_whole(os.path.join(folder, NAME), lab.text().encode("ascii"), 0o600)


def remove(folder: str) -> bool:
    """Delete the lab, and return whether there was one. Raises OSError."""
    try:
        os.unlink(f"{folder}/{NAME}")
    except FileNotFoundError:
        return False
    return True
