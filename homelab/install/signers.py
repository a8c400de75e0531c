"""Pure: who may sign a copy of this file, and the text that such a signature covers.

A signature is one of OpenSSH's (PROTOCOL.sshsig), made by `ssh-keygen -Y sign -n homelab` over the
line that `sha256sum homelab.pyz` prints. So it commits to every byte of the file, and a signature
of the same key for another purpose does not count.
"""

from __future__ import annotations

import binascii
import hashlib

NAMESPACE = "homelab"
SUFFIX = ".sig"  # of the file beside the signed one
_NOT_IN_NAMES = frozenset("\"'*?!#,;\\")  # ssh-keygen treats a name as a list of patterns
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


class Signer:
    """A person or project that may sign: a name, and the public key as `type base64` and as its
    bytes."""

    __slots__ = ("blob", "key", "name")

    def __init__(self, name: str, kind: str, base64: str) -> None:
        """Raise ValueError with the reason if it is not a valid key or name."""
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
    """The signers of a setting: `NAME TYPE BASE64`, separated by commas; text after a key is a
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
    that every copy has there, whatever the name of the checked file is."""
    return f"{hashlib.sha256(data).hexdigest()}  homelab.pyz\n".encode("ascii")


def signing_key(signature: bytes) -> bytes:
    """The public key in a signature, as its bytes. Raises ValueError if there is none."""
    return _field(_blob(signature), 10)[0]


def lines(signature: bytes) -> list[str]:
    """The lines of a signature as ssh-keygen writes it, without anything else in the file. Raises
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
    """The bytes of a field of SSH's binary formats, after its length, and where the next begins.
    Raises ValueError if it is cut off."""
    begin = start + 4
    end = begin + int.from_bytes(blob[start:begin], "big")
    if begin > len(blob) or end > len(blob):
        raise ValueError
    return blob[begin:end], end


def fingerprint(blob: bytes) -> str:
    """The fingerprint of a key as ssh-keygen -l shows it."""
    digest = binascii.b2a_base64(hashlib.sha256(blob).digest(), newline=False)
    return "SHA256:" + digest.decode("ascii").rstrip("=")


# The states of `self verify`; its exit codes are 0, 1, 69 and 78.
VERIFIED, REFUSED, UNKNOWN, NO_SIGNERS = "verified", "refused", "unknown", "no-signers"
# The states that replace them if another copy was to check: it is too old to know the verb, there
# is none, or it was not asked.
OLD, FIRST, SKIPPED = "old", "first", "skipped"
_UNCHECKED = {
    FIRST: "it is the first copy there, so nothing could check it",
    OLD: "the installed copy is too old for that",
    NO_SIGNERS: "the installed copy has no signers (build.py --site adds them)",
    SKIPPED: "--unverified was given",
}


def accepts(state: str) -> bool:
    """Whether a new copy may replace an installed one that gave this verdict. Any other word comes
    from a copy that does not work: then nothing was checked, which is not a yes."""
    return state == VERIFIED or state in _UNCHECKED


def unchecked(name: str, state: str, signed: bool) -> str:
    """A sentence on an accepted copy that was not checked, "" for one that is verified."""
    if state not in _UNCHECKED:
        return ""
    what = f"the signature of {name} was" if signed else f"{name} is unsigned and was"
    return f"{what} not checked: {_UNCHECKED[state]}"
