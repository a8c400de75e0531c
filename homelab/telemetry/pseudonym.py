"""Pseudonyms of accounts: a keyed hash of the name, equal on all hosts that have the site's key.

Without the key, nobody can tell which account has a pseudonym, nor find out by trying names. Anyone
with the key can, and each counted account has it: a pseudonym hides names from the readers of Loki,
not from the accounts of its hosts.
"""

from __future__ import annotations

import os

from homelab.errors import UNCONFIGURED, Failure
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings

_SHORTEST = 16  # bytes of a key: fewer could be guessed
_LONGEST = 4096  # bytes: a larger file is not a key
_SCOPE = b"homelab account\0"  # so that other uses of the key do not reveal pseudonyms
_LETTERS = (
    12  # of base32, 60 bits: two of a million accounts share one by a chance of 1 in 2 million
)


def key(settings: Settings) -> bytes:
    """Return the site's key, without the blanks and newlines around it. Raises Failure (78) with
    the reason if there is none; no message quotes the content of the file."""
    path = settings.text("telemetry.account_key_file")
    if not path:
        raise _unusable(
            "telemetry.account_key_file is unset", "set it to the path of the site's key file"
        )
    if not path.startswith("/"):
        raise _unusable(f"{path} is not an absolute path", "write the path from / on")
    try:
        file = ownership.opened(path)
        try:
            found = os.read(file, _LONGEST + 1)
        finally:
            os.close(file)
    except ownership.Untrusted as error:
        raise Failure(UNCONFIGURED, f"no key for pseudonyms: {error.strerror}") from None
    except OSError as error:
        what = f"{path} can't be read: {error.strerror}"
        raise _unusable(what, "make it readable for this account") from None
    if len(found) > _LONGEST:
        raise _unusable(f"{path} is longer than {_LONGEST} bytes", "use a file that has only a key")
    found = found.strip()
    if len(found) < _SHORTEST:
        what = f"{path} has fewer than {_SHORTEST} bytes"
        raise _unusable(what, "make a key with head -c 32 /dev/urandom | base64")
    return found


def of(key: bytes, name: str) -> str:
    """The pseudonym of an account: `u-` and capital letters and digits of base32; useradd(8) allows
    no capitals in account names."""
    from base64 import b32encode
    from hmac import digest

    hashed = digest(key, _SCOPE + name.encode("utf-8", "surrogateescape"), "sha256")
    return "u-" + b32encode(hashed)[:_LETTERS].decode("ascii")


def _unusable(what: str, remedy: str) -> Failure:
    return Failure(UNCONFIGURED, f"no key for pseudonyms: {what}; {remedy}")
