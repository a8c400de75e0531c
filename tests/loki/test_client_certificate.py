"""A client's own certificate, which a proxy in front of Loki requires (CASES C21)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from support import certificates as made
from support.balancer import Balancer, balanced
from support.reading import until
from support.world import World

from homelab.errors import Failure
from homelab.loki import diagnosis
from homelab.loki.address import Address
from homelab.loki.transport import TlsFiles, trust
from homelab.net import failures

pytestmark = pytest.mark.needs("nginx", "openssl")


@pytest.fixture(scope="module")
def far() -> Iterator[FakeLoki]:
    with FakeLoki() as server:
        yield server


@pytest.fixture(scope="module")
def mutual(far: FakeLoki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Balancer]:
    folder = tmp_path_factory.mktemp("mutual") / "nginx"
    with balanced(folder, far.url) as nginx:
        usage = "extendedKeyUsage=clientAuth\n"
        made.issued(folder, "client", extensions=usage)
        made.issued(folder, "stranger", by="", extensions=usage)
        both = (folder / "client.crt").read_bytes() + (folder / "client.key").read_bytes()
        (folder / "both.pem").write_bytes(both)
        made.openssl(folder, "ec", "-in", "client.key", "-aes128", "-passout", "pass:geheim",
                     "-out", "locked.key")  # fmt: skip
        yield nginx


def settings(balancer: Balancer, more: str) -> str:
    return (
        f"[loki]\nurl = https://loki.lan\nlb = {balancer.mutual}\nca_file = {balancer.ca}\n{more}\n"
    )


def own(folder: Path, name: str = "client") -> str:
    return f"client_cert_file = {folder}/{name}.crt\nclient_key_file = {folder}/{name}.key"


def test_both_directions_show_it(world: World, far: FakeLoki, mutual: Balancer) -> None:
    """C21: for reading, and for sending counted runs."""
    world.settings(settings(mutual, own(mutual.folder)))
    done = world.run("logs", "labels")
    assert done.returncode == 0, done.stderr
    assert until(lambda: any(request.method == "POST" for request in far.requests))
    doctor = world.run("usage", "doctor")
    assert "with a client certificate" in doctor.stdout


def test_without_one_or_with_a_strange_one_it_is_said(world: World, mutual: Balancer) -> None:
    """C21"""
    world.settings(settings(mutual, ""))
    done = world.run("logs", "labels")
    assert done.returncode == 77
    assert "400, it requires a client certificate; set loki.client_cert_file and" in done.stderr
    world.settings(settings(mutual, own(mutual.folder, "stranger")))
    done = world.run("logs", "labels")
    assert done.returncode == 77
    assert "400, it refuses this client certificate" in done.stderr


def test_logclis_variables_are_read_with_its_address(world: World, mutual: Balancer) -> None:
    """C21: and only by `logs`, as logcli's other variables."""
    folder = mutual.folder
    theirs = {
        "LOKI_ADDR": f"https://{mutual.mutual}",
        "LOKI_CA_CERT_PATH": mutual.ca,
        "LOKI_CLIENT_CERT_PATH": f"{folder}/client.crt",
        "LOKI_CLIENT_KEY_PATH": f"{folder}/client.key",
    }
    done = world.run("logs", "labels", **theirs)
    # the certificate is loki.lan's: the server's name is wrong, not the client's files
    assert done.returncode == 69
    assert "is not valid for 127.0.0.1" in done.stderr
    done = world.run("logs", "labels", **{**theirs, "LOKI_CLIENT_KEY_PATH": "/nonexistent"})
    assert done.returncode == 78
    said = "loki.client_key_file (LOKI_CLIENT_KEY_PATH): /nonexistent can't be read: No such file"
    assert said in done.stderr


@pytest.mark.parametrize(
    ("cert", "key", "why"),
    [
        (
            "client.crt",
            "locked.key",
            "locked.key has a passphrase, which homelab does not ask for;",
        ),
        ("client.crt", "loki.key", "loki.key is not the key of the certificate in "),
        ("client.crt", "", "client.crt has no private key in it; set loki.client_key_file"),
        ("client.crt", "users", "users can't be used: no private key in PEM; name a PEM file"),
        ("users", "client.key", "users can't be used: no certificate in PEM; name a PEM file"),
        ("nosuch", "client.key", "can't be read: No such file or directory; name a file this"),
        ("client.crt", "nosuch", "can't be read: No such file or directory; name a file this"),
        ("", "client.key", "loki.client_key_file is set, and loki.client_cert_file is not; set"),
    ],
)
def test_files_that_can_not_be_used_say_why(
    mutual: Balancer, cert: str, key: str, why: str
) -> None:
    """C21"""
    paths = [f"{mutual.folder}/{name}" if name else "" for name in (cert, key)]
    with pytest.raises(Failure) as failed:
        trust(TlsFiles(mutual.ca, *paths), 60)
    assert failed.value.code == 78
    assert why in failed.value.sentence
    assert "\n" not in failed.value.sentence


def test_what_may_be_the_key_itself_is_not_shown() -> None:
    """C21"""
    with pytest.raises(Failure) as failed:
        trust(TlsFiles("", "MIGHAgEAMBMGBy", ""), 60)
    assert "MIGH" not in failed.value.sentence


def test_one_file_may_hold_both(mutual: Balancer) -> None:
    """C21"""
    trust(TlsFiles(mutual.ca, f"{mutual.folder}/both.pem"), 60)


def test_tls_for_loki_is_the_same_on_every_python() -> None:
    """B3: at least 1.2, and OpenSSL's default ciphers."""
    context = trust(TlsFiles(), 60)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    names = {cipher["name"] for cipher in context.get_ciphers()}
    assert {"AES128-SHA", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256"} <= names


@pytest.mark.parametrize(
    "reason",
    ["TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE", "TLSV1_ALERT_UNKNOWN_CA"],
)
def test_a_handshake_that_ends_for_want_of_one_says_so(reason: str) -> None:
    """C21: in Traefik's words."""
    error = ssl.SSLError()
    error.reason = reason
    assert type(failures.of(error)) is failures.ClientCertificateRequired
    said = diagnosis.of_error(Address("https://loki.lan"), error).sentence
    assert "it requires a client certificate; set loki.client_cert_file and" in said
