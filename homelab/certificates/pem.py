"""Pure: the certificates in a file, PEM (RFC 7468) or DER. Private keys beside them are not looked
at."""

from __future__ import annotations

from homelab.certificates import der

SIZE = 4 << 20  # bytes of a file; all the CAs of a Debian take 0.2 MiB
COUNT = 1000  # certificates in a file
_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")


def certificates(content: bytes) -> list[bytes]:
    """The DER of each certificate in a file, in the file's order; none where it has none. Raises
    Malformed where a PEM block can't be decoded, or there are more than 1000."""
    if content[:1] == b"\x30":
        return [content]
    found: list[bytes] = []
    label = b""
    lines: list[bytes] = []
    for line in content.splitlines():
        line = line.strip()
        if label and line == b"-----END " + label + b"-----":
            if len(found) == COUNT:
                raise der.Malformed(f"it has more than {COUNT} certificates")
            found.append(_decoded(label, lines, len(found) + 1))
            label = b""
        elif line.startswith(b"-----BEGIN ") and line.endswith(b"-----"):
            begun = line[11:-5]
            label = begun if begun in _LABELS else b""
            lines = []
        elif label:
            lines.append(line)
    if label:
        raise der.Malformed(f"certificate {len(found) + 1} ends too early")
    return found


def _decoded(label: bytes, lines: list[bytes], number: int) -> bytes:
    import binascii

    try:
        data = binascii.a2b_base64(b"".join(lines))
    except ValueError:
        raise der.Malformed(f"certificate {number} is not base64") from None
    if label == b"TRUSTED CERTIFICATE":  # openssl's own: what it is trusted for stands behind it
        return data[: der.element(data)[2]]
    return data
