"""Files that people put together: each certificate in them is read, or the reason is given; for
files with other content, the content is named."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest
from support import certificates as made

from homelab.certificates import formats, inspect, x509
from homelab.certificates.der import Malformed
from homelab.certificates.inspect import Requirements

pytestmark = pytest.mark.needs("openssl")
END = b"-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    made.authority(folder)
    made.issued(folder, "leaf", names="DNS:nas.lan")
    return folder


@pytest.fixture(scope="module")
def leaf(lab: Path) -> bytes:
    return (lab / "leaf.crt").read_bytes()


@pytest.fixture(scope="module")
def ca(lab: Path) -> bytes:
    return (lab / "ca.crt").read_bytes()


@pytest.fixture(scope="module")
def key(lab: Path) -> bytes:
    return (lab / "leaf.key").read_bytes()


def told(content: bytes) -> list[str]:
    """The name of each certificate in a file, or why it can't be read."""
    return [each.why or x509.read(each.data).subject.short for each in formats.entries(content)]


def openssl(folder: Path, *words: str) -> bytes:
    return subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True).stdout


def test_byte_order_marks_line_ends_and_text_between_lose_no_certificate(
    leaf: bytes, ca: bytes, key: bytes
) -> None:
    """A1."""
    bom = b"\xef\xbb\xbf"
    joined = leaf + ca
    for content in (
        bom + joined,
        bom + leaf + bom + ca,
        joined.decode().encode("utf-16"),
        joined.decode().encode("utf-16-be"),
        joined.decode().encode("utf-32"),
        bom + leaf + ca.decode().encode("utf-16"),
        joined.replace(b"\n", b"\r"),
        joined.replace(b"\n", b"\r\n"),
        b"0 s:CN = leaf\n" + leaf + b"1 s:CN = lab CA\n" + ca,
        b"# put BEGIN CERTIFICATE and its END CERTIFICATE here\n" + joined,
        leaf + key + ca + key,
        # joined without a line end between them
        leaf.rstrip() + ca,
        base64.encodebytes(joined),
        b"ca: " + base64.b64encode(leaf) + b"\nx: '" + base64.b64encode(ca) + b"'\n",
        # as in environment files
        joined.replace(b"\n", b"\\n"),
        joined.replace(b"\n", b" "),
        joined.replace(b"\n", b"\n    "),
        leaf + ca.rstrip(),
        leaf.replace(b"-\nM", b"-\nfriendlyName: nas\n\nM") + ca,
        leaf.replace(b"CERTIFICATE", b"X509 CERTIFICATE") + ca,
    ):
        assert told(content) == ["leaf", "lab CA"], content[:90]


def test_a_damaged_block_is_reported_and_the_others_are_read(
    lab: Path, leaf: bytes, ca: bytes, key: bytes
) -> None:
    """A1, A2: OpenSSL skips such a block, or reads nothing after it."""
    lost = "certificate 1 has no END line before the next BEGIN"
    short = "certificate 2 ends too early: its END line is missing"
    begin = leaf.partition(b"\n")[2]
    damaged = "certificate 1 has a damaged {} line, so programs that read PEM skip it"
    for content, expected in (
        (leaf.removesuffix(END) + ca, [lost, "lab CA"]),
        (leaf.removesuffix(END) + key + ca, [lost, "lab CA"]),
        (ca + leaf.removesuffix(END), ["lab CA", short]),
        (ca + leaf[:90], ["lab CA", short]),
        (ca + leaf[:-9], ["lab CA", short]),
        (begin + ca, ["certificate 1 has an END line but no BEGIN line", "lab CA"]),
        (key.rpartition(b"-----END")[0] + begin + ca,
         ["certificate 1 has an END line but no BEGIN line", "lab CA"]),
        (leaf[1:] + ca, [damaged.format("BEGIN"), "lab CA"]),
        (leaf.lower() + ca, [damaged.format("BEGIN"), "lab CA"]),
        (leaf.replace(b"---\n", b"--\n") + ca, [damaged.format("BEGIN"), "lab CA"]),
        (leaf.replace(b"ATE---", b"ATE ---") + ca, [damaged.format("BEGIN"), "lab CA"]),
        (leaf.replace(b"-----", "\u2013\u2013".encode()) + ca, [damaged.format("BEGIN"), "lab CA"]),
        (leaf.replace(b" CERT", "\u00a0CERT".encode()) + ca, [damaged.format("BEGIN"), "lab CA"]),
        (leaf.replace(b"-----", b"") + ca, [damaged.format("BEGIN"), "lab CA"]),
        (leaf[:-2] + b"\n" + ca, [damaged.format("END"), "lab CA"]),
        (leaf.replace(b"END C", b"END X509 C") + ca,
         ["certificate 1 has an END line of another kind: X509 CERTIFICATE", "lab CA"]),
        (leaf.replace(b"MII", b"M!I", 1) + ca, ["certificate 1 is not base64", "lab CA"]),
        (leaf.replace(b"MII", b"MI", 1) + ca, ["certificate 1 is not base64", "lab CA"]),
        (leaf.replace(b"MII", b"M=I", 1) + ca, ["certificate 1 is not base64", "lab CA"]),
        (leaf[:28] + END + ca, ["certificate 1 is empty", "lab CA"]),
        (leaf.replace(b"CERT", b"ATTRIBUTE CERT") + ca,
         ["certificate 1 has a kind that homelab does not read: ATTRIBUTE CERTIFICATE", "lab CA"]),
        (leaf.replace(b"-\nM", b"-\nProc-Type: 4,ENCRYPTED\n\nM") + ca,
         ["certificate 1 is encrypted", "lab CA"]),
    ):  # fmt: skip
        assert told(content) == expected, content[:90]
    rows = inspect.of_file("x.pem", leaf.removesuffix(END) + ca, Requirements(0, None, "", False))
    assert [(row.target, row.state) for row in rows] == [
        ("x.pem#1", "unknown"), ("x.pem#2", "critical"),
    ]  # fmt: skip


def test_der_is_read_with_padding_after_it(lab: Path, leaf: bytes, ca: bytes) -> None:
    """C27."""
    one, two = (formats.entries(each)[0].data for each in (leaf, ca))
    for content in (one, one + b"\n", one + b"\r\n", one + b"\0" * 512, one + b"\x1a"):
        assert told(content) == ["leaf"]
    assert told(one + two) == told(one + b"\n" + two + b"\n") == ["leaf", "lab CA"]
    assert told(one + b"\n" + ca) == ["leaf", "lab CA"]
    assert told(one + b"junk") == ["leaf", "the data after certificate 1 can't be read"]
    assert told(one + one[:50]) == ["leaf", "the data after certificate 1 can't be read"]
    assert told(one[:-9]) == ["its certificate can't be read: it ends too early"]


def test_pkcs_7_is_read(lab: Path, leaf: bytes, ca: bytes) -> None:
    """C27."""
    command = ("crl2pkcs7", "-nocrl", "-certfile", "leaf.crt", "-certfile", "ca.crt", "-outform")
    for form in ("PEM", "DER"):
        assert told(openssl(lab, *command, form)) == ["leaf", "lab CA"]
    cut = openssl(lab, *command, "PEM").rpartition(b"-----END")[0]
    assert told(cut) == ["the PKCS7 block ends too early: its END line is missing"]


def acme(*certificates: tuple[str, str]) -> dict[str, object]:
    """The certificates in Traefik's format, with the domain of each."""
    entries = [
        {"domain": {"main": name, "sans": None}, "certificate": text, "key": "LS0tLS1CRUdJTiBSU0E"}
        for name, text in certificates
    ]
    return {"le": {"Account": {"PrivateKey": "MIIx"}, "Certificates": entries}, "none": None}


def test_base64_in_json_is_read_and_named_by_its_domain(leaf: bytes, ca: bytes) -> None:
    """C27: acme.json of Traefik 2 and 1, and secrets of Kubernetes."""
    chain = base64.b64encode(leaf + ca).decode()
    found = formats.entries(json.dumps(acme(("nas.lan", chain), ("git.lan", chain))).encode())
    assert [each.name for each in found] == ["nas.lan", "nas.lan#2", "git.lan", "git.lan#2"]
    old = {"DomainsCertificate": {"Certs": [
        {"Domains": {"Main": "nas.lan"}, "Certificate": {"Domain": "nas.lan", "Certificate": chain}}
    ]}}  # fmt: skip
    secret = {"kind": "Secret", "data": {"tls.crt": chain, "tls.key": "LS0tLS1CRUdJTiBQUklWQVRF"}}
    plain = {"issued": leaf.decode(), "ca_chain": [ca.decode()]}
    for document in (old, secret, plain):
        assert told(json.dumps(document, indent=2).encode()) == ["leaf", "lab CA"]
    der = base64.b64encode(formats.entries(leaf)[0].data).decode()
    assert told(json.dumps(acme(("nas.lan", der))).encode()) == ["leaf"]
    rows = inspect.of_file(
        "acme.json", json.dumps(acme(("a.lan", chain), ("b.lan", "!"), ("c.lan", ""))).encode(),
        Requirements(0, None, "", False),
    )  # fmt: skip
    assert [(row.target, row.detail.partition(":")[0]) for row in rows if not row.certificate] == [
        ("acme.json#b.lan", "it is not base64"),
        ("acme.json#c.lan", "it holds no certificate in PEM or DER"),
    ]
    for content, why in (
        (json.dumps(acme()).encode(), "it holds no certificate, but JSON"),
        (
            json.dumps(acme(("nas.lan", chain))).encode()[:-9],
            "it holds no certificate, but JSON that can't be read",
        ),
        (b"[" * 5000, "it holds no certificate"),
    ):
        with pytest.raises(Malformed, match=why):
            formats.entries(content)


def test_no_certificate_is_lost_beside_another_form(lab: Path, leaf: bytes, ca: bytes) -> None:
    """Like A1: certificates found in one format do not stop the search in another."""
    coded = base64.b64encode(leaf)
    der = base64.b64encode(openssl(lab, "x509", "-in", "leaf.crt", "-outform", "DER")).decode()
    name, authority = told(leaf + ca)
    both = {name, authority}
    secret = b"ca.crt: |\n" + ca + b"\ntls.crt: " + coded + b"\n"
    for content in (
        secret,
        ca + b"LEAF=" + coded + b"\n",
        json.dumps({"certificate": ca.decode(), "ca_chain": [der]}).encode(),
        json.dumps({"keys": [{"x5c": [der]}], "pem": ca.decode()}).encode(),
        b"{ old certificate }\n" + leaf + ca,
        b"{ cert = <<EOF\n" + leaf + ca + b"EOF\n}\n",
        b"ssh-gateway certificate of nas\n" + leaf + ca,
        b"# paste between BEGIN CERTIFICATE and END CERTIFICATE\n" + leaf + ca,
    ):
        assert set(told(content)) == both, content[:40]
    cut = b"-----BEGIN PKCS7-----\nMIIBBgYJKoZIhvcNAQcCoIH4MIEx\n-----END PKCS7-----\n"
    assert told(leaf + cut)[1:] == ["its certificate can't be read: it ends too early"]


@pytest.mark.parametrize(
    "label", ["BEGINCERTIFICATE", "BEGIN%20CERTIFICATE", "BEGIN CERTIFICATES",
              "BEGIN X.509 CERTIFICATE"]
)  # fmt: skip
def test_a_block_with_two_damaged_lines_is_reported(label: str, leaf: bytes, ca: bytes) -> None:
    """Like A2."""
    damaged = leaf.replace(b"BEGIN CERTIFICATE", label.encode())
    damaged = damaged.replace(b"END CERTIFICATE", label.replace("BEGIN", "END").encode())
    first, second = told(damaged + ca)
    assert first.startswith("certificate 1 ")
    assert second == told(ca)[0]


def test_the_kind_of_a_file_without_certificates_is_named(lab: Path, key: bytes) -> None:
    """C27."""
    store = ("pkcs12", "-export", "-in", "leaf.crt", "-inkey", "leaf.key", "-passout", "pass:x")
    (lab / "index").write_text("")
    (lab / "crl.cnf").write_text("[ca]\ndefault_ca=x\n[x]\ndatabase=index\ndefault_md=sha256\n")
    revoked = ("ca", "-config", "crl.cnf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.crt",
               "-crldays", "9", "-out")  # fmt: skip
    openssl(lab, *revoked, "crl.pem")
    pkcs12 = openssl(lab, *store)
    request, private, old = "a certificate request", "a private key", ("rsa", "-traditional")
    openssl(lab, "genrsa", "-out", "rsa.key", "1024")
    row = inspect.of_file("my certs.p12", pkcs12, Requirements(0, None, "", False))[0]
    assert "try: openssl pkcs12 -in 'my certs.p12' -nokeys | homelab cert check /dev/" in row.detail
    for content, what in (
        (pkcs12, r"it is a PKCS#12 store, .*openssl pkcs12 -in FILE -nokeys \|"),
        (b"0\x80\x02\x01\x03" + pkcs12[7:], "it is a PKCS#12 store"),
        (b"\xfe\xed\xfe\xed\0\0\0\x02", "it is a Java key store"),
        (key, private),
        (openssl(lab, "pkey", "-in", "leaf.key", "-outform", "DER"), private),
        (openssl(lab, "ec", "-in", "leaf.key", "-outform", "DER"), private),
        (openssl(lab, *old, "-in", "rsa.key", "-outform", "DER"), private),
        (openssl(lab, "pkcs8", "-topk8", "-in", "leaf.key", "-passout", "pass:x", "-outform",
                 "DER"), private),
        ((lab / "leaf.csr").read_bytes(), request),
        (openssl(lab, "req", "-in", "leaf.csr", "-outform", "DER"), request),
        ((lab / "crl.pem").read_bytes(), "a revocation list"),
        (openssl(lab, "crl", "-in", "crl.pem", "-outform", "DER"), "a revocation list"),
        (openssl(lab, "pkey", "-in", "leaf.key", "-pubout"), "a public key"),
        (openssl(lab, "pkey", "-in", "leaf.key", "-pubout", "-outform", "DER"), "a public key"),
        (key + (lab / "leaf.csr").read_bytes(), "a private key, a certificate request"),
        (base64.b64encode(key), private),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI nas\n", "an OpenSSH key"),
        (b"\n \n", "it is empty"),
    ):  # fmt: skip
        with pytest.raises(Malformed, match=what):
            formats.entries(content)


def _with_names(lab: Path, names: str) -> x509.Certificate:
    made.issued(lab, "odd", extensions=f"subjectAltName={names}\n")
    return x509.read(formats.entries((lab / "odd.crt").read_bytes())[0].data)


def test_a_malformed_name_is_left_out_and_reported(lab: Path) -> None:
    """C28: an IP address of 8 bytes (with a mask, as name constraints have it), and others."""
    address = "DER:3016" + "8207" + b"nas.lan".hex() + "8708c0a80000ffffff00" + "8701ff"
    found = _with_names(lab, address)
    assert found.names == (("dns", "nas.lan"),)
    assert found.unread == (
        "one of its names is left out: an IP address has 4 or 16 bytes, not 8",
        "one of its names is left out: an IP address has 4 or 16 bytes, not 1",
    )
    rows = inspect.of_file(
        "odd.crt", (lab / "odd.crt").read_bytes(),
        Requirements(found.not_before, None, "nas.lan", False),
    )  # fmt: skip
    assert [(row.state, row.days) for row in rows] == [("ok", 91)]
    assert "16 bytes, not 8" in rows[0].detail
    found = _with_names(lab, "DER:30038207")
    assert found.names == ()
    assert found.unread == ("its list of names can't be read: it ends too early",)
