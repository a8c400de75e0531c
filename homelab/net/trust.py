"""The TLS context that trusts the CAs of this host, and the lab's own."""

from __future__ import annotations

import ssl

from homelab.errors import USAGE, Failure

_PARTIAL_CHAIN = 0x80000  # an intermediate that is given in a CA file is trusted as it is
_STRICT = 0x20  # what Python 3.13 has on, and browsers and other clients have not


def context(ca_file: str = "") -> ssl.SSLContext:
    """A TLS context that trusts the CAs of this host, and those in `ca_file` ("": no more).

    Raises Failure (2) where --ca-file's can't be read, or has no certificate.
    """
    found = ssl.create_default_context()
    found.verify_flags = ssl.VerifyFlags((found.verify_flags & ~_STRICT) | _PARTIAL_CHAIN)
    if ca_file:
        try:
            found.load_verify_locations(cafile=ca_file)
        except OSError as error:
            why = error.strerror
            if isinstance(error, ssl.SSLError):
                why = "no certificate in PEM is in it"
            what = f"--ca-file: {ca_file!r} can't be used: {why}; name a PEM file"
            raise Failure(USAGE, what) from None
    return found
