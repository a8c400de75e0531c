"""Pure: distinguished names, the subject and issuer of a certificate (RFC 5280, 4.1.2.4), and their
text form (RFC 4514)."""

from __future__ import annotations

from homelab.certificates import der
from homelab.certificates.der import Malformed, Reader
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 256  # characters of one name or value; usable names are shorter
_ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}


class Name:
    """The subject or issuer of a certificate: `parts` are pairs of attribute and value in the
    certificate's order (`("CN", "nas.lan")`; an attribute without a short name has its object
    identifier)."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[tuple[str, str]]) -> None:
        self.parts = tuple(parts)

    def value(self, attribute: str) -> str:
        """The last value of an attribute, or ""."""
        return next((value for key, value in reversed(self.parts) if key == attribute), "")

    @property
    def short(self) -> str:
        """The common name, else the organisation or its unit; "" if it has none of them."""
        return self.value("CN") or self.value("O") or self.value("OU")

    def __str__(self) -> str:
        """The text form of RFC 4514: `CN=nas.lan,O=Home`, the last part first."""
        return ",".join(f"{key}={_escaped(value)}" for key, value in reversed(self.parts))


def name(body: bytes) -> Name:
    """The name in `body`, in DER. Raises Malformed."""
    found = []
    for tag, relative in der.parts(body):
        if tag != der.SET:
            raise Malformed("a name is malformed")
        for inner, pair in der.parts(relative):
            if inner != der.SEQUENCE:
                raise Malformed("a name is malformed")
            reader = Reader(pair)
            attribute = der.oid(reader.take(der.OID, "attribute's name"))
            value = der.text(*reader.any("attribute's value"))
            found.append((_ATTRIBUTES.get(attribute, attribute), clipped(value, LONGEST)))
        if len(found) > LONGEST:
            raise Malformed(f"a name has more than {LONGEST} parts")
    return Name(found)


def _escaped(value: str) -> str:
    """A value with the escapes of RFC 4514, 2.4; control characters are in hexadecimal too."""
    signs = []
    for place, sign in enumerate(value):
        last = place == len(value) - 1
        if sign in ',+"\\<>;' or (sign == " " and (place == 0 or last)):
            signs.append("\\" + sign)
        elif sign == "#" and place == 0:
            signs.append("\\#")
        elif sign < " " or sign == "\x7f":
            signs.append(f"\\{ord(sign):02X}")
        else:
            signs.append(sign)
    return "".join(signs)
