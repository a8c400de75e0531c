"""Targets for the certificates of servers and files."""

from __future__ import annotations

import base64
import json
import re

from fuzz.mutation import der_element, element
from fuzz.samples import certificates, files, texts_of
from fuzz.target import Target
from homelab import times
from homelab.certificates import (
    der,
    distinguished_name,
    formats,
    greeting,
    judge,
    pem,
    starttls,
    targets,
    tls_message,
    x509,
)  # fmt: skip
from homelab.certificates.der import Malformed
from homelab.certificates.distinguished_name import LONGEST, Name
from homelab.certificates.targets import Target as Server
from homelab.certificates.x509 import Certificate

_NOW = 1_795_000_000 * times.SECOND


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    found = der.parts(data)
    for tag, body in found:
        for read in (_oid, _bits, der.moment):
            try:
                read(tag, body)
            except Malformed:
                pass
        der.text(tag, body).encode()
    return found


def _oid(tag: int, body: bytes) -> str:
    return der.oid(body)


def _bits(tag: int, body: bytes) -> bytes:
    return der.bits(body, "x")


def _written_back(data: bytes, found: list[tuple[int, bytes]]) -> None:
    assert b"".join(element(tag, body) for tag, body in found) == data
    assert len(found) <= der.PARTS


def _certificate(data: bytes, found: Certificate) -> None:
    for kind, text in found.names:
        assert kind in ("dns", "ip", "email", "uri")
        assert len(text) <= LONGEST
    for moment in (found.not_before, found.not_after):
        assert times.rfc3339(moment)[4] == "-"
    assert found.bits >= 0
    assert found.weak is not None
    for name in ("nas.lan", "10.0.0.5", "fd00::7", "b\u00fccher.lan", ""):
        judge.of_name(found, name)
    judge.of_time(found, _NOW, times.DAY)
    judge.of_strength(found)
    judge.named(found.names).encode()
    _name(b"", found.subject)


def _unescaped(text: str) -> str:
    """A value of RFC 4514 without its escapes."""
    return re.sub(
        r"\\([0-9A-F]{2}|.)",
        lambda sign: chr(int(sign[1], 16)) if len(sign[1]) > 1 else sign[1],
        text,
        flags=re.DOTALL,
    )


def _name(data: bytes, found: Name) -> None:
    text = str(found)
    text.encode()
    parts = re.findall(r"(?:^|,)([^=]*)=((?:\\.|[^\\,])*)", text, re.DOTALL)
    assert [(key, _unescaped(value)) for key, value in parts] == list(reversed(found.parts))


def _in_file(data: bytes, found: list[formats.Entry]) -> None:
    assert 0 < len(found) <= formats.COUNT
    assert all(bool(each.data) != bool(each.why) for each in found)
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
    text = b"".join(begin + base64.encodebytes(each.data) + end for each in found if each.data)
    if text:
        again = formats.entries(text)
        assert [each.data for each in again] == [each.data for each in found if each.data]


def _blocks(data: bytes, found: list[pem.Block]) -> None:
    """Assert (A1) that nothing that begins a certificate is left out."""
    begun = data.count(b"-----BEGIN CERTIFICATE-----")
    assert sum(each.is_certificate for each in found) >= begun
    assert not any(each.data for each in found if each.label.endswith("KEY"))


def _spoken(data: bytes, found: str) -> None:
    assert found in ("", *starttls._PROTOCOLS)
    greeting.spoken(data, 443).encode()


def _chain(data: bytes, found: list[bytes]) -> None:
    assert len(found) <= 100
    assert sum(map(len, found)) <= len(data)


def _server(data: bytes, found: Server) -> None:
    assert 0 < found.port < 65536
    again = targets.target(str(found))
    assert (again.host, again.port) == (found.host, found.port)
    targets.is_file(data.decode("utf-8", "replace"))


def _message(certificates: tuple[bytes, ...], new: bool) -> bytes:
    """The Certificate message of TLS 1.3, or of an older version."""
    entries = b"".join(len(each).to_bytes(3, "big") + each + b"\0\0" * new for each in certificates)
    body = b"\0" * new + len(entries).to_bytes(3, "big") + entries
    return b"\x0b" + len(body).to_bytes(3, "big") + body


def _in_json(content: bytes) -> bytes:
    """The content in the form of acme.json."""
    text = base64.b64encode(content).decode()
    entry = {"domain": {"main": "nas.lan"}, "certificate": text, "key": ""}
    return json.dumps({"le": {"Certificates": [entry]}}).encode()


def _signed(data: bytes) -> bytes:
    """A PKCS #7 file with one certificate."""
    kinds = [bytes.fromhex(f"2a864886f70d01070{last}") for last in (2, 1)]
    message = element(der.SEQUENCE, element(der.OID, kinds[1]))
    parts = element(der.INTEGER, b"\x01") + element(der.SET, b"") + message + element(0xA0, data)
    whole = element(0xA0, element(der.SEQUENCE, parts))
    return element(der.SEQUENCE, element(der.OID, kinds[0]) + whole)


_PEM = files("fuzz/recorded/*.pem")

TARGETS = (
    Target(
        "certificates.der", _elements, _written_back, certificates(), (Malformed,), (der_element,)
    ),
    Target(
        "certificates.x509", x509.read, _certificate, certificates(), (Malformed,), (der_element,)
    ),
    Target(
        "certificates.distinguished_name",
        distinguished_name.name,
        _name,
        [
            body
            for data in certificates()
            for tag, body in der.parts(der.parts(der.parts(data)[0][1])[0][1])
            if tag == der.SEQUENCE
        ],
        (Malformed,),
        (der_element,),
    ),
    Target("certificates.pem", pem.blocks, _blocks, [*_PEM, b"".join(_PEM)]),
    Target(
        "certificates.formats",
        formats.entries,
        _in_file,
        [*_PEM, *certificates(), *map(_in_json, _PEM), *map(_signed, certificates())],
        (Malformed,),
        (der_element,),
        inputs=2000,
    ),
    Target(
        "certificates.greeting",
        greeting.protocol,
        _spoken,
        texts_of("certificates/test_greeting.py"),
    ),
    Target(
        "certificates.tls_message",
        tls_message.chain,
        _chain,
        [_message(certificates(), new) for new in (False, True)],
    ),
    Target(
        "certificates.targets",
        lambda data: targets.target(data.decode("utf-8", "surrogateescape")),
        _server,
        texts_of("certificates/test_targets.py"),
        (ValueError,),
    ),
)
