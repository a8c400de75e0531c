"""Pure: who may sign a copy of this file, and what such a signature covers.

A signature is one of OpenSSH's (PROTOCOL.sshsig), made by `ssh-keygen -Y sign -n homelab` over the
line that `sha256sum homelab.pyz` prints. So it commits to every byte of the file, and nothing that
the same key has signed for another purpose passes for it.
"""

from __future__ import annotations

import binascii
import hashlib

NAMESPACE = "homelab"
SUFFIX = ".sig"  # of the file beside the signed one
_NOT_IN_NAMES = frozenset("\"'*?!#,;\\")  # ssh-keygen takes a name for a list of patterns
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


class Signer:
    """Somebody who may sign: a name, and the public key as `type base64` and as its bytes."""

    __slots__ = ("blob", "key", "name")

    def __init__(self, name: str, kind: str, base64: str) -> None:
        """Raises ValueError with the reason why it is no key, or no name."""
        if name.startswith("-") or not name.isprintable() or set(name) & _NOT_IN_NAMES:
            raise ValueError(f"{name!r} is not a signer's name (letters, digits, @ . - _)")
        self.name = name
        self.key = f"{kind} {base64}"
        try:
            self.blob = binascii.a2b_base64(base64)
            again = binascii.b2a_base64(self.blob, newline=False).decode("ascii")
            if again != base64 or _field(self.blob, 0)[0] != kind.encode():
                raise ValueError
        except ValueError:
            what = f"the key of {name} is not of the form TYPE BASE64, as in a file that"
            raise ValueError(f"{what} ssh-keygen writes with the ending .pub") from None


def signers(text: str) -> list[Signer]:
    """The signers of a setting: `NAME TYPE BASE64`, separated by commas; what follows a key is a
    comment. A name may have several keys. Raises ValueError with the reason."""
    found = []
    for part in text.split(","):
        words = part.split()
        if len(words) < 3:
            raise ValueError(f"{part.strip()[:60]!r} is not of the form NAME TYPE BASE64")
        found.append(Signer(*words[:3]))
    return found


def signed_line(data: bytes) -> bytes:
    """The text that a signature of the file `data` covers: its line in SHA256SUMS under the name
    that every copy has there, whatever it is called where it is checked."""
    return f"{hashlib.sha256(data).hexdigest()}  homelab.pyz\n".encode("ascii")


def signing_key(signature: bytes) -> bytes:
    """The public key that a signature names, as its bytes. Raises ValueError where it is none."""
    return _field(_blob(signature), 10)[0]


def lines(signature: bytes) -> list[str]:
    """A signature as ssh-keygen writes it, and nothing else that the file may have in it. Raises
    ValueError."""
    text = binascii.b2a_base64(_blob(signature), newline=False).decode("ascii")
    return [_BEGIN, *(text[at : at + 70] for at in range(0, len(text), 70)), _END]


def _blob(signature: bytes) -> bytes:
    text = signature.decode("ascii").strip()
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise ValueError
    blob = binascii.a2b_base64(text[len(_BEGIN) : -len(_END)])
    if blob[:10] != b"SSHSIG\0\0\0\1":  # and version 1 of the format
        raise ValueError
    return blob


def _field(blob: bytes, start: int) -> tuple[bytes, int]:
    """The bytes of a field of SSH's binary formats, behind its length, and where the next begins.
    Raises ValueError where it is cut off."""
    begin = start + 4
    end = begin + int.from_bytes(blob[start:begin], "big")
    if begin > len(blob) or end > len(blob):
        raise ValueError
    return blob[begin:end], end


def fingerprint(blob: bytes) -> str:
    """A key as ssh-keygen -l shows it."""
    digest = binascii.b2a_base64(hashlib.sha256(blob).digest(), newline=False)
    return "SHA256:" + digest.decode("ascii").rstrip("=")


# The states of `self verify`; its exit codes are 0, 1, 69 and 78.
VERIFIED, REFUSED, UNKNOWN, NO_SIGNERS = "verified", "refused", "unknown", "no-signers"
# What else may stand in their place where another copy was to check: it is too old to know the
# verb, there is none, or it was not asked.
OLD, FIRST, SKIPPED = "old", "first", "skipped"
_UNCHECKED = {
    FIRST: "it is the first copy there, so nothing could check it",
    OLD: "the copy that was there is too old for that",
    NO_SIGNERS: "the copy that was there has no signers (build.py --site bakes them in)",
    SKIPPED: "--unverified was given",
}


def accepts(state: str) -> bool:
    """Whether a new copy may take the place of one that says this of it. Words that are none of
    these come from a copy that does not work: nobody checked, and that is no yes."""
    return state == VERIFIED or state in _UNCHECKED


def unchecked(name: str, state: str, signed: bool) -> str:
    """A sentence on an accepted copy that nobody checked, "" for one that is verified."""
    if state not in _UNCHECKED:
        return ""
    what = f"the signature of {name} was" if signed else f"{name} is unsigned and was"
    return f"{what} not checked: {_UNCHECKED[state]}"
