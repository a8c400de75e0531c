"""The TLS contexts of all verbs: which CAs they trust, and how strictly. Only this module makes
them, so the same rules apply in every Python version."""

from __future__ import annotations

import os
import ssl

from homelab.errors import USAGE, Failure
from homelab.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Loaded = TypeVar("Loaded")

_LARGEST = 4 << 20  # bytes; all CAs of Debian take 0.2 MiB

_PARTIAL_CHAIN = 0x80000  # trust an intermediate certificate in a CA file without its root
_LEGACY = 0x4  # allow servers from before RFC 5746
# Python 3.13 sets it, browsers and curl do not: it refuses certificates without extensions that a
# lab's CA often lacks (keyUsage, key identifiers).
_STRICT = 0x20


def verified(cafile: str | None = None) -> ssl.SSLContext:
    """A TLS context that trusts the CAs of this host, or only those in `cafile`, and speaks TLS 1.2
    and later with OpenSSL's default ciphers, as curl does (Python's defaults differ by version).
    Raises OSError (SSLError)."""
    found = ssl.create_default_context(cafile=cafile)
    found.verify_flags = ssl.VerifyFlags((found.verify_flags & ~_STRICT) | _PARTIAL_CHAIN)
    _take_ciphers(found, "DEFAULT:@SECLEVEL=2")
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    return found


def unverified() -> ssl.SSLContext:
    """A TLS context that accepts any certificate, to read it."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.check_hostname = False
    found.verify_mode = ssl.CERT_NONE
    return found


def context(ca_file: str = "", seconds: float = files.WAIT) -> ssl.SSLContext:
    """A TLS context that trusts the CAs of this host, and those in `ca_file` ("": no more), which
    is read within `seconds`.

    Raises Failure (2) if the file of --ca-file can't be read, or has no certificate.
    """
    found = verified()
    if ca_file:
        try:
            loaded(ca_file, lambda path: found.load_verify_locations(cafile=path), seconds)
        except OSError as error:
            why = error.strerror
            if isinstance(error, ssl.SSLError):
                why = "it has no certificate in PEM"
            what = f"--ca-file: {ca_file!r} can't be used: {why}; name a PEM file"
            raise Failure(USAGE, what) from None
    return found


def lenient(context: ssl.SSLContext) -> None:
    """Let a context use every version and cipher that OpenSSL has: old ones are reported, not
    refused."""
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= _LEGACY
    _take_ciphers(context, "DEFAULT:@SECLEVEL=0")


def _take_ciphers(context: ssl.SSLContext, ciphers: str) -> None:
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError:  # an OpenSSL without security levels
        context.set_ciphers(ciphers.partition(":")[0])


def loaded(
    ca_file: str, load: Callable[[str], Loaded], seconds: float, trusted: bool = False
) -> Loaded:
    """The result of `load(path)` for a path with the content of a CA file, which is read within
    `seconds`; with `trusted` only if no other account can change the file. OpenSSL itself would
    hang on a pipe, a device or a dead network mount, so it gets a copy in memory. Raises OSError,
    and the errors of `load`."""
    content = files.content(ca_file, _LARGEST, seconds, trusted)
    if not hasattr(os, "memfd_create"):  # not Linux
        return load(ca_file)
    copy = os.memfd_create("ca", os.MFD_CLOEXEC)
    try:
        os.write(copy, content)
        path = f"/proc/self/fd/{copy}"
        return load(path if os.path.exists(path) else ca_file)
    finally:
        os.close(copy)
