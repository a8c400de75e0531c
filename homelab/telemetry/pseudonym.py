"""Pseudonyms of accounts: a keyed hash of the name, the same on all hosts that have the site's key.

Who has no key can't tell from a pseudonym whose it is, nor try names. Who has the key, which is
each account that is counted, can: a pseudonym hides names from the readers of Loki, not from the
accounts of its hosts.
"""

from __future__ import annotations

import os

from homelab.errors import UNCONFIGURED, Failure
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings

_SHORTEST = 16  # bytes of a key: fewer could be guessed
_LONGEST = 4096  # bytes: more is some other file
_SCOPE = b"homelab account\0"  # so that the key serves other purposes without giving these away
_LETTERS = (
    12  # of base32, 60 bits: two of a million accounts share one by a chance of 1 in 2 million
)


def key(settings: Settings) -> bytes:
    """The site's key, without the blanks and newlines around it. Raises Failure (78) with the
    reason where there is none; no sentence quotes what is in the file."""
    path = settings.text("telemetry.account_key_file")
    if not path:
        raise _unusable("telemetry.account_key_file is unset", "name the site's key file there")
    if not path.startswith("/"):
        raise _unusable(f"{path} is not an absolute path", "write it with the / in front")
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
        raise _unusable(f"{path} is longer than {_LONGEST} bytes", "name a file with a key alone")
    found = found.strip()
    if len(found) < _SHORTEST:
        what = f"{path} has fewer than {_SHORTEST} bytes"
        raise _unusable(what, "make a key by head -c 32 /dev/urandom | base64")
    return found


def of(key: bytes, name: str) -> str:
    """The pseudonym of an account: `u-` and letters of base32, in capitals, which useradd(8) allows
    in no account's name."""
    from base64 import b32encode
    from hmac import digest

    hashed = digest(key, _SCOPE + name.encode("utf-8", "surrogateescape"), "sha256")
    return "u-" + b32encode(hashed)[:_LETTERS].decode("ascii")


def _unusable(what: str, remedy: str) -> Failure:
    return Failure(UNCONFIGURED, f"no key for pseudonyms: {what}; {remedy}")
