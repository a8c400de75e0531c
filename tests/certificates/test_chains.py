"""Equal verdicts on a server's chain in `cert check` and in `service check`, for chains made with
openssl, including the one that Let's Encrypt sent until 2024."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import certificates as made
from support.tls_servers import LOOPBACK, weak_server

from homelab.certificates import der, inspect, x509
from homelab.certificates.inspect import Inspection, Requirements
from homelab.certificates.server import Trust
from homelab.certificates.targets import target
from homelab.net import connect
from homelab.services import expected
from homelab.services.judge import Result, judged
from homelab.services.options import RequestOptions
from homelab.services.timed_get import visit

pytestmark = pytest.mark.needs("openssl")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root that this host trusts (`new`), cross-signed by an old root that has expired (`cross`)
    and by an untrusted one that expires soon (`late`); servers below them."""
    folder = tmp_path_factory.mktemp("lab")
    made.authority(folder, "new", "/CN=New Root X1", 900)
    made.issued(folder, "old", "", subject="/CN=Old Root X3", days=(-900, -90), extensions=made.CA)
    made.authority(folder, "other", "/CN=Other Root", 900)
    for name, by, last in (("cross", "old", -60), ("late", "other", 5.5)):
        made.issued(folder, name, by, subject="/CN=New Root X1", days=(-400, last),
                    extensions=made.CA, key_of="new")  # fmt: skip
    made.authority(folder, "mid", "/CN=mid CA", 400, by="new")
    made.issued(folder, "gone", "new", subject="/CN=gone CA", days=(-400, -5), extensions=made.CA)
    made.issued(folder, "again", "new", subject="/CN=gone CA", days=(-5, 400),
                extensions=made.CA, key_of="gone")  # fmt: skip
    names = "DNS:nas.lan"
    for name, by, days in (
        ("leaf", "mid", (-1.0, 90.0)), ("soon", "mid", (-80, 10)), ("expired", "mid", (-90, -2)),
        ("early", "mid", (3, 90)), ("below-gone", "gone", (-1, 90)), ("own", "", (-1, 90)),
        ("below-old", "old", (-1, 90)), ("stranger", "other", (-1, 90)),
    ):  # fmt: skip
        made.issued(folder, name, by, names, days=days)
    made.issued(folder, "wrong", "mid", "DNS:git.lan")
    made.issued(folder, "common", "mid", subject="/CN=nas.lan")
    made.issued(folder, "short", "mid", names, key=("rsa:1024",))
    made.issued(folder, "sha1", "mid", names, digest="sha1")
    made.issued(folder, "client", "mid", names, extensions="extendedKeyUsage=clientAuth\n")
    made.issued(folder, "odd", "mid", extensions="subjectAltName=DER:301382076e61732e6c616e8708"
                "c0a80000ffffff00\n")  # fmt: skip
    return folder


def verdicts(lab: Path, ca: str, *chain: str) -> tuple[Inspection, Result]:
    """The verdicts of both verbs on a server that shows this chain to a host that trusts `ca`."""
    shown = lab / "shown.crt"
    shown.write_text("".join((lab / f"{name}.crt").read_text() for name in chain))
    (lab / "shown.key").write_bytes((lab / f"{chain[0]}.key").read_bytes())
    now = time.time_ns()
    trusted = f"{lab}/{ca}.crt"
    with weak_server(lab, "shown", ANSWER) as port:
        asked = Requirements(now, None, "nas.lan", False)
        row = inspect.of_server(Trust(trusted), target(f"{LOOPBACK}:{port}"), asked, 10)
        service = expected.service("https://nas.lan/", expected.USUAL, "")
        options = RequestOptions(10, (LOOPBACK, port), trusted)
        result = judged(service, visit(service.url, options), now, None, False)
    return row, result


def verified(lab: Path, ca: str, leaf: str, *others: str) -> bool:
    untrusted = [word for name in others for word in ("-untrusted", f"{name}.crt")]
    command = ["openssl", "verify", "-CAfile", f"{ca}.crt", *untrusted, f"{leaf}.crt"]
    return not subprocess.run(command, cwd=lab, capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    ("chain", "remark"),
    [
        (("leaf", "mid"), "nas.lan"),
        (("leaf", "mid", "cross"),
         "also sends unneeded certificates: New Root X1 (expired)"),
        (("leaf", "mid", "cross", "old"),
         "also sends unneeded certificates: New Root X1 (expired), Old Root X3 (expired)"),
        (("leaf", "cross", "mid"),
         "also sends unneeded certificates: New Root X1 (expired)"),
        # a cross-signed one that is not needed here and expires soon
        (("leaf", "mid", "late"), "nas.lan"),
        (("leaf", "mid", "late", "cross"),
         "also sends unneeded certificates: New Root X1 (expired)"),
        (("leaf", "mid", "expired"), "also sends unneeded certificates: expired (expired)"),
        (("leaf", "mid", "stranger"),
         "also sends unneeded certificates: stranger (of another chain)"),
        (("leaf", "mid", "new"), "nas.lan"),
        (("below-gone", "gone", "again"),
         "also sends unneeded certificates: gone CA (expired)"),
    ],
)  # fmt: skip
def test_unneeded_certificates_are_a_remark(lab: Path, chain: tuple[str, ...], remark: str) -> None:
    """B1: openssl verify and curl accept the chain."""
    assert verified(lab, "new", *chain)
    if sys.version_info < (3, 10) and "late" in chain:
        pytest.skip("Python 3.9 does not tell the path that OpenSSL has verified")
    row, result = verdicts(lab, "new", *chain)
    assert (row.state, row.trust, row.detail) == ("ok", "trusted", remark)
    assert (result.state, result.visit.status) == ("ok", 200)


def test_without_a_verified_path_python_uses_the_certificates_sent(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B1, in Python 3.9."""
    monkeypatch.setattr(connect, "verified_path", lambda speaking: [])
    for chain in (("leaf", "mid", "cross", "old"), ("below-gone", "gone", "again")):
        row, _ = verdicts(lab, "new", *chain)
        assert (row.state, row.trust) == ("ok", "trusted")
        assert row.detail.startswith("also sends unneeded certificates: ")


@pytest.mark.parametrize(
    ("ca", "chain", "detail"),
    [
        ("new", ("below-gone", "gone"), "its issuer gone CA: expired, so clients refuse it"),
        ("old", ("leaf", "mid", "cross"), "its issuer New Root X1: expired, so clients refuse it"),
        ("old", ("below-old",), "has an expired issuer"),
    ],
)
def test_a_chain_that_needs_an_expired_certificate_is_critical(
    lab: Path, ca: str, chain: tuple[str, ...], detail: str
) -> None:
    """B1."""
    assert not verified(lab, ca, *chain)
    row, result = verdicts(lab, ca, *chain)
    assert (row.state, row.detail) == ("critical", detail)
    assert result.state == "critical"
    if sys.version_info >= (3, 10):
        assert result.detail.removeprefix("certificate ") == detail


@pytest.mark.parametrize(
    ("chain", "state", "words"),
    [
        (("stranger",), "critical", "issued by Other Root, which is n"),
        (("stranger", "other"), "critical", "issued by Other Root, which is not trusted here"),
        (("leaf",), "critical", "issued by mid CA, which is "),
        (("own",), "critical", "self-signed: clients reject it unless they are told to trust it"),
        (("expired", "mid"), "critical", "expired, so clients refuse it"),
        (("early", "mid"), "critical", "not valid for another 2 d"),
        (("wrong", "mid"), "critical", "hostname mismatch: not for nas.lan, only for git.lan"),
        (("short", "mid"), "critical", "weak: RSA key of 1024 bits"),
        (("sha1", "mid"), "critical", "weak: signature by SHA1"),
        (("client", "mid"), "critical", "refused by OpenSSL: un"),
        (("soon", "mid"), "warning", "expires in 9 d 23 h"),
        (("common", "mid"), "warning", "names its host only in the common name"),
        (("odd", "mid"), "ok", "one of its names is left out: an IP address has 4 or 16 bytes"),
    ],
)
def test_both_verbs_have_one_verdict(
    lab: Path, chain: tuple[str, ...], state: str, words: str
) -> None:
    """B14, C28: a certificate that clients refuse is critical in both verbs."""
    row, result = verdicts(lab, "new", *chain)
    assert (row.state, result.state) == (state, state)
    assert row.detail.startswith(words)
    assert result.detail.startswith(f"certificate {words}")
    assert row.days == result.days


def test_an_issuer_that_ends_soon_is_a_warning_of_both(lab: Path) -> None:
    """B14: if OpenSSL's own path needs it; so not in Python 3.9 for `service check`."""
    row, result = verdicts(lab, "other", "leaf", "mid", "late")
    assert (row.state, row.detail) == ("warning", "its issuer New Root X1: expires in 5 d 11 h")
    if sys.version_info >= (3, 10):
        assert (result.state, result.detail) == ("warning", row.detail)


def test_a_certificate_that_can_not_be_read_is_unknown_to_both(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C28: it used to be ok, with DAYS `-`."""

    def read(data: bytes) -> x509.Certificate:
        raise der.Malformed("its time is odd")

    monkeypatch.setattr(x509, "read", read)
    row, result = verdicts(lab, "new", "leaf", "mid")
    assert (row.state, row.detail) == ("unknown", "its certificate can't be read: its time is odd")
    assert (result.state, result.visit.status) == ("unknown", 200)
    assert result.detail == "certificate can't be read: its time is odd"
