"""The reader of certificates, compared with openssl for every CA of the system and for certificates
of home labs; and with bytes that are not certificates."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import certificates as made

from homelab.certificates import der, formats, pem, x509
from homelab.certificates.der import Malformed

pytestmark = pytest.mark.needs("openssl")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def inside(content: bytes) -> list[bytes]:
    """The certificates of a file; all of them can be read."""
    found = formats.entries(content)
    assert not [each.why for each in found if each.why]
    return [each.data for each in found]


def told(data: bytes) -> dict[str, str]:
    """The output of openssl for a certificate in DER."""
    words = "-noout -subject -issuer -startdate -enddate -serial -nameopt RFC2253,-esc_msb,utf8"
    command = ["openssl", "x509", "-inform", "DER", *words.split(), "-text"]
    shown = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    lines = shown.decode("utf-8", "replace").splitlines()
    own = ("subject=", "issuer=", "notBefore=", "notAfter=", "serial=")
    found = dict(line.split("=", 1) for line in lines if line.startswith(own))
    for line in lines:
        key, colon, value = line.strip().partition(": ")
        if colon:
            found.setdefault(key, value)
    found["is_ca"] = str(b"CA:TRUE" in shown)
    return found


def moment(text: str) -> int:
    found = datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=timezone.utc)
    return int(found.timestamp()) * 1_000_000_000


def agreed(data: bytes) -> x509.Certificate:
    """The certificate, after checking that this reader and openssl agree."""
    found, theirs = x509.read(data), told(data)
    assert (str(found.subject), str(found.issuer)) == (theirs["subject"], theirs["issuer"])
    assert found.not_before == moment(theirs["notBefore"])
    assert found.not_after == moment(theirs["notAfter"])
    assert found.serial == theirs["serial"].lower()
    assert found.signature == theirs["Signature Algorithm"]
    assert str(found.is_ca) == theirs["is_ca"]
    if found.key not in ("Ed25519", "Ed448"):
        assert f"({found.bits} bit)" in theirs["Public-Key"]
    return found


@pytest.mark.needs(str(BUNDLE))
def test_every_ca_of_the_system_is_read_as_openssl_reads_it() -> None:
    found = [agreed(data) for data in inside(BUNDLE.read_bytes())]
    assert len(found) > 100
    assert all(each.self_issued and each.is_ca and not each.weak for each in found)


def one(folder: Path, name: str = "one", **how: object) -> x509.Certificate:
    if not (folder / "ca.crt").exists():
        made.authority(folder)
    made.issued(folder, name, **how)  # type: ignore[arg-type]
    (data,) = inside((folder / f"{name}.crt").read_bytes())
    return agreed(data)


@pytest.mark.parametrize(
    ("key", "kind", "bits"),
    [
        (made.EC, "P-256", 256),
        (("ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"), "P-384", 384),
        (("rsa:2048",), "RSA", 2048),
        (("rsa:1024",), "RSA", 1024),
        (("ed25519",), "Ed25519", 256),
        (("ed448",), "Ed448", 456),
    ],
)
def test_kinds_of_keys(tmp_path: Path, key: tuple[str, ...], kind: str, bits: int) -> None:
    found = one(tmp_path, names="DNS:nas.lan", key=key)
    assert (found.key, found.bits) == (kind, bits)
    assert found.weak == ("RSA key of 1024 bits" if bits == 1024 else "")
    assert (found.issuer.short, found.self_issued, found.is_ca) == ("lab CA", False, False)


def test_a_weak_signature_is_reported_except_for_a_root(tmp_path: Path) -> None:
    assert one(tmp_path, names="DNS:nas.lan", digest="sha1").weak == "signature by SHA1"
    own = one(tmp_path, "md5", by="", digest="md5", key=("rsa:2048",))
    assert (own.weak, own.self_issued) == ("signature by MD5", True)
    root = one(tmp_path, "root", by="", digest="sha1", extensions="basicConstraints=CA:true\n")
    assert (root.weak, root.self_issued, root.is_ca) == ("", True, True)


def test_names_of_each_kind_are_read(tmp_path: Path) -> None:
    names = (
        "DNS:nas.lan,DNS:*.lab.example,DNS:xn--bcher-kva.lan,IP:192.0.2.7,IP:2001:db8::7,"
        "email:me@nas.lan,URI:https://nas.lan/x,RID:1.2.3.4"
    )
    assert one(tmp_path, names=names).names == (
        ("dns", "nas.lan"), ("dns", "*.lab.example"), ("dns", "xn--bcher-kva.lan"),
        ("ip", "192.0.2.7"), ("ip", "2001:db8::7"), ("email", "me@nas.lan"),
        ("uri", "https://nas.lan/x"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "subject",
    [
        "/O=Home/OU=Küche/CN=größe 🐧",
        '/O=a, b+c="d" <e>; \\\\f/CN= led by a blank ',
        "/O=#hash/CN=x\x1b[31mred",
        "/CN=one/CN=two",
    ],
)
def test_subjects_are_written_in_the_format_of_rfc_4514(tmp_path: Path, subject: str) -> None:
    found = one(tmp_path, subject=subject)
    assert found.subject.short == subject.rpartition("=")[2]
    assert "\x1b" not in str(found.subject)


@pytest.mark.parametrize("days", [(-20000, 9000), (-1, 40000), (-1, -0.5), (1, 2)])
def test_times_of_both_kinds(tmp_path: Path, days: tuple[float, float]) -> None:
    found = one(tmp_path, days=days)
    span = found.not_after - found.not_before
    assert abs(span - (days[1] - days[0]) * 86_400e9) < 2e9


def test_ten_thousand_names_are_read(tmp_path: Path) -> None:
    names = ",".join(f"DNS:host-{number}.lab.example" for number in range(10_000))
    found = one(tmp_path, names=names)
    assert len(found.names) == 10_000
    assert found.names[-1] == ("dns", "host-9999.lab.example")


# -- bytes that are not certificates


@cache
def whole() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        made.authority(Path(folder))
        made.issued(Path(folder), "one", names="DNS:nas.lan,IP:192.0.2.7,URI:https://nas.lan")
        return inside((Path(folder) / "one.crt").read_bytes())[0]


def _read(data: bytes) -> None:
    try:
        found = x509.read(data)
    except Malformed as error:
        assert str(error)
        return
    assert str(found.subject) is not None
    assert isinstance(found.weak, str)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _read(data)
    _read(b"\x30\x82" + len(data).to_bytes(2, "big") + data)


@given(st.data())
def test_a_certificate_with_bytes_changed_is_read_or_refused(draw: st.DataObject) -> None:
    data = bytearray(whole())
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    _read(bytes(data))


def test_each_byte_changed_and_each_length_cut_is_read_or_refused() -> None:
    data = whole()
    for place in range(len(data)):
        with pytest.raises(Malformed):
            x509.read(data[:place])
        for sign in (0x00, 0x30, 0x7F, 0x80, 0x84, 0xFF):
            _read(data[:place] + bytes([sign]) + data[place + 1 :])


def _wrapped(tag: int, body: bytes) -> bytes:
    count = len(body)
    if count < 128:
        return bytes([tag, count]) + body
    length = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "too early"),
        (b"\x30\x84\xff\xff\xff\xff", "too early"),
        (b"\x30\x80\x00\x00", "indefinite"),
        (b"\x30\x89" + b"\xff" * 9, "too long"),
        (b"\x30\x81\x05" + b"\x00" * 5, "more bytes than needed"),
        (b"\x1f\x85\x01\x00", "tag"),
        (b"\x30\x00\x00", "follows"),
        (b"\x02\x01\x00", "begin"),
        (_wrapped(0x30, b"\x05\x00" * 60_000), "50000"),
        (b"\x30\x83\x20\x00\x00" + b"\x00" * 0x200000, "larger"),
        (_wrapped(0x30, _wrapped(0x30, b"") + _wrapped(0x30, b"") + b"\x03\x01\x00"), "serial"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        x509.read(data)


def test_depth_costs_nothing() -> None:
    data = b""
    for _ in range(3000):
        data = _wrapped(0x30, data)
    with pytest.raises(Malformed):
        x509.read(data)


@pytest.mark.parametrize(
    "text",
    [b"\x06\x00", b"\x06\x02\x2a\x86", b"\x06\x41" + b"\x81" * 64 + b"\x01"],
)
def test_object_identifiers_are_bounded(text: bytes) -> None:
    with pytest.raises(Malformed):
        der.oid(text[2:])


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (der.UTC_TIME, "700101000000Z", 0),
        (der.UTC_TIME, "500101000000Z", -631152000),
        (der.UTC_TIME, "491231235959Z", 2524607999),
        (der.GENERALIZED_TIME, "99991231235959Z", 253402300799),
        (der.UTC_TIME, "260230000000Z", None),
        (der.UTC_TIME, "2601010000Z", None),
        (der.UTC_TIME, "260101000000+0100", None),
        (der.GENERALIZED_TIME, "00000101000000Z", None),
        (der.GENERALIZED_TIME, "20260101000000.5Z", None),
        (der.OCTET_STRING, "260101000000Z", None),
    ],
)
def test_times(tag: int, text: str, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(Malformed):
            der.moment(tag, text.encode())
    else:
        assert der.moment(tag, text.encode()) == expected * 1_000_000_000


# -- files


def test_files_with_a_key_or_text_beside_their_certificates(tmp_path: Path) -> None:
    made.authority(tmp_path)
    made.issued(tmp_path, "one")
    key, ca, leaf = ((tmp_path / f).read_bytes() for f in ("one.key", "ca.crt", "one.crt"))
    for content in (key + leaf + ca, b"\xef\xbb\xbfBag Attributes\r\n" + leaf + key + ca):
        for ends in (content, content.replace(b"\n", b"\r\n")):
            first, second = (x509.read(each) for each in inside(ends))
            assert (first.subject.short, second.subject.short) == ("one", "lab CA")
    for nothing in (key, b"", b"nothing"):
        with pytest.raises(Malformed, match="it holds no certificate"):
            formats.entries(nothing)
    trusted = subprocess.check_output(
        ["openssl", "x509", "-in", "one.crt", "-trustout", "-addtrust", "serverAuth"], cwd=tmp_path
    )
    assert b"TRUSTED" in trusted
    assert inside(trusted) == inside(leaf)


def test_a_file_that_holds_too_many() -> None:
    block = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    assert inside(block * 2) == [b"\x30\x00"] * 2
    with pytest.raises(Malformed, match="more than 1000"):
        formats.entries(block * 1001)


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_any_file_is_read_or_refused(content: bytes, inner: bytes) -> None:
    block = b"-----BEGIN CERTIFICATE-----\n" + inner + b"\n-----END CERTIFICATE-----\n"
    trusted = block.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    for each in (content, block, trusted, content + block):
        try:
            assert all(bool(found.why) != bool(found.data) for found in formats.entries(each))
        except Malformed as error:
            assert str(error)
        assert all(found.label for found in pem.blocks(each))
