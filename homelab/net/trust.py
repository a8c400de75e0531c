"""The TLS context that trusts the CAs of this host, and the lab's own."""

from __future__ import annotations

import ssl

_PARTIAL_CHAIN = 0x80000  # an intermediate that is given in a CA file is trusted as it is
_STRICT = 0x20  # what Python 3.13 has on, and browsers and other clients have not


def context(ca_file: str = "") -> ssl.SSLContext:
    """A TLS context that trusts the CAs of this host, and those in `ca_file` ("": no more).

    Raises OSError where the file can't be read, or has no certificate; its strerror says which.
    """
    found = ssl.create_default_context()
    found.verify_flags = ssl.VerifyFlags((found.verify_flags & ~_STRICT) | _PARTIAL_CHAIN)
    if ca_file:
        try:
            found.load_verify_locations(cafile=ca_file)
        except ssl.SSLError:
            raise OSError(0, "no certificate in PEM is in it") from None
    return found
