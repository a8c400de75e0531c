"""`cert check` with real servers and a lab's certificates, with files, and with fake servers."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import tls_servers as servers
from support.roots import ROOTS, SUITES
from support.tls_servers import LOOPBACK, Saying
from support.world import World, at_a_terminal

from homelab.certificates import server as chains

pytestmark = pytest.mark.needs("openssl")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    servers.laboratory(folder)
    return folder


def rows(world: World, *words: str, code: int) -> list[dict[str, Any]]:
    done = world.run("cert", "check", "--json", *words)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return found


def one(world: World, *words: str, code: int) -> dict[str, Any]:
    (row,) = rows(world, *words, code=code)
    return row


def at(port: int) -> str:
    return f"{LOOPBACK}:{port}"


# -- servers


def test_a_good_one_of_the_labs_own_ca(world: World, lab: Path) -> None:
    with servers.s_server(lab, "good", chain="mid") as port:
        row = one(world, "--ca-file", f"{lab}/ca.crt", at(port), code=0)
        assert (row["state"], row["trust"], row["issuer"]) == ("ok", "trusted", "mid CA")
        assert row["target"] == at(port)
        assert row["days"] == 89
        assert row["names"] == "nas.lan, 127.0.0.1, ::1"
        assert (row["subject"], row["key"], row["tls"]) == ("CN=good", "P-256", "TLSv1.3")
        told = subprocess.check_output(
            ["openssl", "x509", "-in", f"{lab}/good.crt", "-noout", "-fingerprint", "-sha256"]
        )
        assert told.decode().partition("=")[2].strip().replace(":", "").lower() == row["sha256"]
        # without the CA all other problems are still reported
        row = one(world, at(port), code=1)
        assert (row["state"], row["trust"], row["days"]) == ("critical", "unknown issuer", 89)
        assert (
            row["detail"]
            == "issued by lab CA, which is neither sent by the server nor trusted here"
        )
        for span in ("10s", "5w", "9999999w"):  # and longer than a socket allows
            row = one(world, "--any-issuer", "--timeout", span, at(port), code=0)
            assert (row["state"], row["trust"]) == ("ok", "unknown issuer")
        # trusted if the host's own store has it
        found = world.run("cert", "check", "--json", at(port), SSL_CERT_FILE=f"{lab}/ca.crt")
        assert json.loads(found.stdout)["rows"][0]["trust"] == "trusted"


@pytest.mark.parametrize(
    ("name", "chain", "state", "trust", "detail"),
    [
        ("good", "", "critical", "unknown issuer", "issued by mid CA, which is neither sent"),
        ("expired", "mid", "critical", "expired", "expired"),
        ("early", "mid", "critical", "not yet valid", "not valid for another 2 d 2"),
        ("soon", "mid", "warning", "trusted", "expires in 10 d 1"),
        ("sooner", "mid", "critical", "trusted", "expires in 1 d 1"),
        ("daily", "mid", "ok", "trusted", "nas.lan"),
        ("own", "", "critical", "self-signed", "self-signed: clients reject it"),
        ("expired-own", "", "critical", "self-signed", "expired"),
        ("below-late", "late", "warning", "trusted", "its issuer late CA: expires in 10 d"),
        ("below-gone", "gone", "critical", "expired", "its issuer gone CA: expired"),
        ("common", "", "warning", "trusted", "names its host only in the common name"),
        ("nobody", "", "critical", "trusted", "hostname mismatch: not for nas.lan, only for"),
        ("wild", "", "critical", "trusted", "hostname mismatch: not for nas.lan, only for *."),
        ("ed25519", "", "ok", "trusted", "nas.lan"),
        ("client", "", "critical", "refused", "refused by OpenSSL: un"),  # suit… or -supported
        ("below-leaf", "good-mid", "critical", "refused", "refused by OpenSSL: invalid CA cert"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    world: World, lab: Path, name: str, chain: str, state: str, trust: str, detail: str
) -> None:
    with servers.s_server(lab, name, chain=chain) as port:
        words = ("--ca-file", f"{lab}/ca.crt", "--name", "nas.lan", at(port))
        row = one(world, *words, code=0 if state == "ok" else 1)
    assert (row["state"], row["trust"]) == (state, trust)
    assert row["detail"].startswith(detail)
    assert ("; " in row["detail"]) == (name == "expired-own")


@pytest.mark.parametrize(
    ("name", "detail"),
    [("rsa1024", "weak: RSA key of 1024 bits"), ("sha1", "weak: signature by SHA1")],
)
def test_weak_ones_are_read_though_clients_refuse_them(
    world: World, lab: Path, name: str, detail: str
) -> None:
    with servers.weak_server(lab, name) as port:
        row = one(world, "--ca-file", f"{lab}/ca.crt", at(port), code=1)
        assert (row["state"], row["trust"], row["detail"]) == ("critical", "trusted", detail)


def test_an_own_certificate_is_trusted_when_it_is_named(world: World, lab: Path) -> None:
    with servers.s_server(lab, "own") as port:
        row = one(world, "--ca-file", f"{lab}/own.crt", at(port), code=0)
        assert row["trust"] == "trusted"
        done = world.run("cert", "check", at(port))
        assert done.returncode == 1
        assert done.stderr.count("--any-issuer") == 1
    with servers.s_server(
        lab, "good"
    ) as port:  # and certificates of an intermediate in the CA file too
        assert one(world, "--ca-file", f"{lab}/mid.crt", at(port), code=0)["trust"] == "trusted"


@pytest.mark.parametrize(
    ("name", "wanted", "state"),
    [
        ("idn", "bücher.lan", "ok"), ("idn", "BÜCHER.lan.", "ok"),
        ("idn", "xn--bcher-kva.lan", "ok"),
        ("wild", "a.lab.lan", "ok"), ("wild", "a.b.lab.lan", "critical"),
        ("wild", "lab.lan", "critical"), ("good", "::1", "ok"), ("good", "0:0::1", "ok"),
        ("good", "::2", "critical"), ("good", "127.0.0.2", "critical"),
    ],
)  # fmt: skip
def test_names_are_matched_as_openssl_does(
    world: World, lab: Path, name: str, wanted: str, state: str
) -> None:
    chain = "mid" if name == "good" else ""
    with servers.s_server(lab, name, chain=chain) as port:
        words = ("--ca-file", f"{lab}/ca.crt", "--name", wanted, at(port))
        assert one(world, *words, code=int(state != "ok"))["state"] == state
    kind = "-verify_ip" if ":" in wanted or wanted[0].isdigit() else "-verify_hostname"
    ascii_name = wanted.rstrip(".").lower().encode("idna").decode()
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", f"{lab}/ca.crt", "-untrusted", f"{lab}/mid.crt", kind,
         ascii_name, f"{lab}/{name}.crt"], capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == (state == "ok"), done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("-tls1_2", "-Verify", "1"),
        ("-tls1_3", "-Verify", "1"),
        ("-tls1", "-cipher", "DEFAULT:@SECLEVEL=0"),
        ("-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"),
    ],
)
def test_servers_that_require_a_certificate_or_use_old_tls(
    world: World, lab: Path, words: tuple[str, ...]
) -> None:
    old = "TLSv1.1" if words[0] == "-tls1_1" else "TLSv1" if words[0] == "-tls1" else ""
    with servers.s_server(lab, "good", *words, chain="mid") as port:
        row = one(world, "--ca-file", f"{lab}/ca.crt", at(port), code=1 if old else 0)
        assert row["trust"] == "trusted"
        assert row["tls"] == (old or words[0][1:].upper().replace("TLS1_", "TLSv1."))
        assert row["detail"].startswith(
            f"its newest version of TLS is {old}, which" if old else "nas.lan"
        )
        row = one(world, at(port), code=1)
        assert (row["trust"], row["days"]) == ("unknown issuer", 89)


def test_a_python_that_shows_no_messages_asks_twice(lab: Path) -> None:
    from homelab.certificates.targets import target

    with servers.s_server(lab, "good", chain="mid") as port:
        for ca_file, refused in (("", 20), (f"{lab}/ca.crt", 0)):
            trust = chains.Trust(ca_file)
            whole = trust.ask(target(at(port)), "nas.lan", 10)
            trust._usual._msg_callback = None  # type: ignore[attr-defined]
            shown = trust.ask(target(at(port)), "nas.lan", 10)
            assert (shown.refused, shown.version) == (refused, "TLSv1.3")
            assert shown.chain == whole.chain[:1]
            assert len(whole.chain) == 2
            assert not trust._heard


@pytest.mark.needs("root", "namespaces", "chroot")
@pytest.mark.parametrize("suite", SUITES)
def test_every_python_and_openssl_says_the_same(suite: str, world: World, lab: Path) -> None:
    """From Python 3.9 with OpenSSL 1.1.1 on; these systems have no store of CAs."""
    root = ROOTS / suite
    if not root.is_dir():
        why = f"no {suite} in .build/roots; python3 tests/support/roots.py makes it"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{why}; in CI it must be there")
        pytest.skip(why)
    with (
        servers.s_server(lab, "own") as own,
        servers.weak_server(lab, "rsa1024") as weak,
        servers.s_server(lab, "soon", "-tls1_2", "-Verify", "1", chain="mid") as soon,
        servers.s_server(lab, "below-bare") as bare,  # C8: from a CA without keyUsage
    ):
        script = (
            f"mount -t tmpfs none {root}/tmp; cp {lab}/*.crt {world.pyz} {root}/tmp; cd /;"
            f" exec chroot --userspec=65534:65534 {root} /usr/bin/env -i python3 -W error -X dev"
            " /tmp/homelab.pyz"
            ' cert check --csv --all --ca-file /tmp/trusted.crt --name nas.lan "$@"'
        )
        words = [at(own), at(weak), at(soon), at(bare), "/tmp/git.crt"]
        done = subprocess.run(
            ["unshare", "-m", "sh", "-ec", script, "-", *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = [line.split(",") for line in done.stdout.splitlines()[1:]]
    assert sorted((row[0], row[1], row[2], row[5]) for row in found) == sorted([
        ("critical", "/tmp/git.crt", "89", ""), ("critical", at(own), "89", "self-signed"),
        ("critical", at(weak), "89", "trusted"), ("warning", at(soon), "10", "trusted"),
        ("ok", at(bare), "89", "trusted"),
    ])  # fmt: skip
    first, *others = done.stderr.splitlines()
    assert first.startswith("homelab: this host has no trusted CAs")
    assert len(others) == 1


# -- STARTTLS


@pytest.fixture(scope="module")
def nginx(lab: Path) -> Iterator[dict[str, int]]:
    with servers.nginx(lab) as ports:
        yield ports


MAIL = "/usr/lib/nginx/modules/ngx_mail_module.so"


@pytest.mark.needs("nginx", MAIL)
@pytest.mark.parametrize("protocol", ["smtp", "imap", "pop3"])
def test_starttls_of_mail(world: World, lab: Path, nginx: dict[str, int], protocol: str) -> None:
    words = ("--ca-file", f"{lab}/ca.crt", at(nginx[protocol]), "--starttls", protocol)
    row = one(world, *words, code=0)
    assert (row["trust"], row["subject"]) == ("trusted", "CN=nas")
    url = f"{protocol}://{at(nginx[protocol])}"
    assert one(world, "--any-issuer", url, code=0)["target"] == at(nginx[protocol])
    # C26: also without an option, by its greeting
    assert one(world, "--any-issuer", at(nginx[protocol]), code=0)["subject"] == "CN=nas"


@pytest.mark.needs("nginx", MAIL)
def test_a_mail_server_without_it_or_of_another_protocol(
    world: World, nginx: dict[str, int]
) -> None:
    row = one(world, "--starttls", "smtp", at(nginx["bare"]), code=69)
    assert row["detail"] == "the server does not offer STARTTLS"
    row = one(world, "--starttls", "smtp", at(nginx["imap"]), code=69)
    assert row["detail"] == "it does not speak SMTP, or refuses: * OK IMAP4 ready"
    row = one(world, at(nginx["plain"]), code=69)
    assert row["detail"] == "the port answers without TLS"


@pytest.mark.needs("nginx", MAIL)
def test_the_site_is_asked_for_by_name(world: World, lab: Path, nginx: dict[str, int]) -> None:
    for name, subject in (("nas.lan", "CN=nas"), ("git.lan", "CN=git")):
        words = ("--any-issuer", "--name", name, f"https://{at(nginx['https'])}/login?x=1")
        assert one(world, *words, code=0)["subject"] == subject
    row = one(world, at(nginx["https"]), code=69)
    assert row["detail"] == "the server does not know this host name; set another with --name"


@pytest.mark.needs("/usr/sbin/slapd")
def test_starttls_of_ldap(world: World, lab: Path) -> None:
    with servers.slapd(lab) as port:
        row = one(world, "--ca-file", f"{lab}/ca.crt", f"ldap://{at(port)}", code=0)
        assert (row["trust"], row["subject"]) == ("trusted", "CN=nas")


@pytest.mark.needs("/usr/sbin/vsftpd", "root")
def test_starttls_of_ftp(world: World, lab: Path) -> None:
    with servers.vsftpd(lab) as port:
        row = one(world, "--ca-file", f"{lab}/ca.crt", f"ftp://{at(port)}", code=0)
        assert (row["trust"], row["subject"]) == ("trusted", "CN=nas")


@pytest.mark.needs(f"{servers.postgres_folder()}/postgres", "root")
def test_starttls_of_postgres(world: World, lab: Path) -> None:
    with servers.postgres(lab) as port:
        row = one(world, "--ca-file", f"{lab}/ca.crt", f"postgres://{at(port)}/db", code=0)
        assert (row["trust"], row["subject"]) == ("trusted", "CN=nas")


@pytest.mark.needs("/usr/sbin/mariadbd", "root")
def test_starttls_of_mysql(world: World, lab: Path) -> None:
    """C26: by scheme, by option, and by the server's greeting."""
    trusting = ("--ca-file", f"{lab}/ca.crt")
    with servers.mariadb(lab) as port:
        for words in ((f"mysql://{at(port)}/db",), ("--starttls", "mysql", at(port)), (at(port),)):
            row = one(world, *trusting, *words, code=0)
            assert (row["trust"], row["subject"]) == ("trusted", "CN=nas")


# messages of Dovecot, Prosody and MariaDB
SIEVE = b'"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"SIEVE" "fileinto reject"\r\n"SASL" ""\r\n'
SIEVE_TLS = SIEVE + b'"STARTTLS"\r\n"VERSION" "1.0"\r\nOK "Dovecot ready."\r\n'
STREAM = b"<?xml version='1.0'?><stream:stream id='x' from='nas.lan' version='1.0'>"
FEATURES = (
    STREAM + b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
    b"</starttls></stream:features>"
)
MARIADB = (
    b"\x5b\0\0\0\x0a5.5.5-10.11.6-MariaDB\0\x05\0\0\0lU_z[,6;\0\xfe\xf7-\x02\0\xff\x81"
    b"\x15\0\0\0\0\0\0\x1d\0\0\0Rk5J$DqT<,eX\0mysql_native_password\0"
)
MARIADB = bytes([len(MARIADB) - 4]) + MARIADB[1:]


def test_starttls_of_sieve_and_xmpp(world: World, lab: Path) -> None:
    """C26."""
    trusting = ("--ca-file", f"{lab}/ca.crt", "--name", "nas.lan")
    proceed = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    nas = f"{lab}/nas"
    with (
        Saying(SIEVE_TLS, None, b'OK "Begin TLS negotiation now."\r\n', tls=nas) as sieve,
        Saying(None, FEATURES, None, proceed, tls=nas) as xmpp,
        Saying(None, FEATURES, None, proceed, tls=nas) as between,
    ):
        found = rows(
            world, *trusting, f"sieve://{at(sieve.port)}", f"xmpp://{at(xmpp.port)}",
            f"xmpp-server://{at(between.port)}", code=0,
        )  # fmt: skip
        assert [(row["trust"], row["subject"]) for row in found] == [("trusted", "CN=nas")] * 3
        assert one(world, *trusting, at(sieve.port), code=0)["trust"] == "trusted"
    assert b"STARTTLS\r\n" in sieve.heard
    assert b"jabber:client" in xmpp.heard and b"to='nas.lan'" in xmpp.heard
    assert b"jabber:server" in between.heard


def record(*messages: tuple[int, bytes]) -> bytes:
    """Handshake messages in a record of TLS 1.2."""
    body = b"".join(
        bytes([kind]) + len(message).to_bytes(3, "big") + message for kind, message in messages
    )
    return b"\x16\x03\x03" + len(body).to_bytes(2, "big") + body


HELLO = (2, b"\x03\x03" + b"r" * 32 + b"\x00\xc0\x2f\x00")
JUNK = record(HELLO, (11, b"\0\0\x08\0\0\x05\x30\x03junk"))  # not a certificate
REFUSALS: list[tuple[str, tuple[bytes | float | None, ...], str]] = [
    ("smtp", (b"554 go away\r\n",), "it does not speak SMTP, or refuses: 554 go away"),
    ("smtp", (b"220-a\r\n220 b\r\n", None, b"502 what\r\n"), "it does not speak ESMTP"),
    ("smtp", (b"220 a\r\n", None, b"250-a\r\n250 STARTTLS\r\n", None, b"454 no\r\n"),
     "it does not speak STARTTLS, or refuses: 454 no"),
    ("smtp", (b"220 a\r\n", None, b"250-a\r\n250 starttls\r\n", None, b"220 go\r\nmore"),
     "it sends more data before TLS begins, which could be an attack"),
    ("smtp", (b"220-a\r\n" * 300,), "its greeting has no end"),
    ("smtp", (b"x" * 100_000,), "a line of its greeting has no end"),
    ("smtp", (b"",), "it closed the connection"),
    ("smtp", (b"5\x1b[31m\xff\r\n",), "it does not speak SMTP, or refuses: 5?[31m"),
    ("imap", (b"* BYE\r\n",), "it does not speak IMAP, or refuses: * BYE"),
    ("imap", (b"* OK x\r\n", None, b"* CAPABILITY\r\na BAD x\r\n"), "it does not speak STARTTLS"),
    ("imap", (b"* OK x\r\n", None, b"* x\r\n" * 300), "its greeting has no end"),
    ("pop3", (b"-ERR x\r\n",), "it does not speak POP3"),
    ("pop3", (b"+OK x\r\n", None, b"-ERR x\r\n"), "it does not speak STLS"),
    ("ftp", (b"220 x\r\n", None, b"530 x\r\n"), "it does not speak TLS, or refuses: 530 x"),
    ("postgres", (None, b"N"), "TLS is off on the server"),
    ("postgres", (None, b"E"), "it does not speak PostgreSQL"),
    ("ldap", (None, b"HTTP/1.1 400 Bad Request\r\n"), "it does not speak LDAP"),
    # the answer of a slapd without a certificate
    ("ldap", (None, b"0*\x02\x01\x01x%\n\x01\x02\x04\x00\x04\x1eunsupported extended operation"),
     "it refuses StartTLS"),
    ("ldap", (None, b"\x30\x84\x7f\xff\xff\xff"), "its answer is too long"),
    ("ldap", (None, b"\x30\x02\x05\x00"), "its answer is not LDAP"),
    ("", (b"SSH-2.0-OpenSSH_9.2p1\r\n",), "it speaks SSH, which has no TLS"),
    ("", (None, b"HTTP/1.1 400 Bad Request\r\n\r\n"), "the port answers without TLS"),
    ("", (None,), "it closed the connection instead of speaking TLS"),
    # C26
    ("mysql", (MARIADB.replace(b"\xfe\xf7", b"\xfe\xf0"),), "TLS is off on the server"),
    ("", (MARIADB.replace(b"\xfe\xf7", b"\xfe\xf0"),), "TLS is off on the server"),
    ("mysql", (b"\x1b\0\0\0\xff\x6a\x04Host '10.0.0.5' is not a",),
     "it refuses: Host '10.0.0.5' is not a"),
    ("mysql", (b"\x1d\0\0\0\xff\x10\x04#08004Too many connections",),
     "it refuses: Too many connections"),
    ("mysql", (b"SSH-2.0-OpenSSH_9.2p1\r\n",), "it does not speak MySQL"),
    ("mysql", (b"\x05\0\0\0\x0a5.5\0",), "it does not speak MySQL, or only"),
    ("sieve", (SIEVE + b'OK "ready."\r\n',), "the server does not offer STARTTLS"),
    ("sieve", (SIEVE_TLS, None, b'NO "busy"\r\n'), "it does not speak STARTTLS, or refuses: NO"),
    ("sieve", (b"* OK IMAP\r\n",), "it does not speak ManageSieve, or refuses: * OK IMAP"),
    ("xmpp", (None, FEATURES.replace(b"-tls", b"-x")), "the server does not offer STARTTLS"),
    ("xmpp", (None, STREAM + b"<stream:error><host-unknown/></stream:error></stream:stream>"),
     "the server does not know this domain; set another with --name"),
    ("xmpp", (None, b"HTTP/1.1 400 Bad Request\r\n\r\n", None), "it does not speak XMPP: HTTP/1.1"),
    ("xmpp", (None, FEATURES, None, b"<failure/></stream:stream>"), "it does not speak STARTTLS"),
    ("", (b"220 welcome\r\n",), "it speaks SMTP or FTP; use --starttls smtp or --starttls ftp"),
    ("", (b":irc.lan NOTICE * :*** looking up\r\n",), "it speaks IRC, whose STARTTLS"),
    ("", (b"",), "it closed the connection instead of speaking TLS"),
    ("", (None, JUNK), "TLS failed: "),
]  # fmt: skip


@pytest.mark.parametrize(("protocol", "says", "why"), REFUSALS)
def test_servers_without_tls(
    world: World, protocol: str, says: tuple[bytes | float | None, ...], why: str
) -> None:
    with Saying(*says) as server:
        words = ("--starttls", protocol) if protocol else ()
        row = one(world, *words, at(server.port), code=69)
    assert (row["state"], row["days"], row["trust"]) == ("unknown", None, None)
    assert row["detail"].startswith(why)


def test_hanging_and_slow_servers_are_abandoned_in_time(world: World, lab: Path) -> None:
    drip: list[bytes | float | None] = [each for _ in range(600) for each in (b"2", 0.1)]
    with Saying(hold=True) as silent, Saying(*drip) as slow, Saying(*drip) as lines:
        words = ["--timeout", "1s", at(silent.port), at(slow.port), f"smtp://{at(lines.port)}"]
        start = time.monotonic()
        found = rows(world, *words, code=69)
        assert time.monotonic() - start < 8
    assert {row["detail"] for row in found} <= {
        "no answer within 1 s", "the port answers without TLS",
    }  # fmt: skip
    assert sum(row["detail"] == "no answer within 1 s" for row in found) >= 2


def test_a_flood_of_handshake_messages_is_left_in_time_too(world: World) -> None:
    """OpenSSL itself reads them without end."""
    with Saying(None, *[record(*[(0, b"")] * 4000)] * 20_000) as server:
        start = time.monotonic()
        row = one(world, "--timeout", "1s", at(server.port), code=69)
        assert time.monotonic() - start < 8
        assert row["state"] == "unknown"


def test_a_flood_is_not_kept(world: World) -> None:
    flood = [b"\x16\x03\x03\x40\x00" + b"x" * 0x4000] * 2000
    with Saying(None, *flood) as server, Saying(*[b"y" * 65536] * 500) as lines:
        words = ["--starttls", "smtp", at(lines.port)]
        assert rows(world, *words, code=69)[0]["state"] == "unknown"
        assert rows(world, at(server.port), code=69)[0]["state"] == "unknown"


def test_a_server_with_ten_thousand_names(world: World, lab: Path) -> None:
    """A server's certificate that is larger than OpenSSL accepts; from a file it is read."""
    with servers.s_server(lab, "many") as port:
        row = one(world, at(port), code=69)
        assert row["detail"] == "the certificates are larger than clients accept (100 KiB)"
    row = one(world, f"{lab}/many.crt", "--name", "h9999.lab.example", code=0)
    assert row["names"].endswith("h99.lab.example and 9900 more")
    assert row["detail"] == "h0.lab.example, h1.lab.example, h2.lab.example and 9997 more"
    assert one(world, f"{lab}/many.crt", "--name", "x.lan", code=1)["state"] == "critical"


def test_many_at_once_and_each_once(world: World, lab: Path) -> None:
    with servers.s_server(lab, "good", chain="mid") as port:
        unreachable = [f"{LOOPBACK}:{servers.free_port()}" for _ in range(100)]
        found = rows(world, "--any-issuer", *unreachable, at(port), at(port), code=69)
    assert [row["target"] for row in found if row["state"] == "ok"] == [at(port)]
    refused = [row for row in found if row["detail"] == "connection refused"]
    assert len(refused) == len(set(unreachable))


@pytest.mark.needs("root", "namespaces")
def test_the_first_address_that_answers_is_taken(world: World, lab: Path) -> None:
    (lab / "hosts").write_text("127.0.0.9 nas.lan\n127.0.0.1 nas.lan\n")
    command = f"mount --bind {lab}/hosts /etc/hosts && exec {world.pyz} cert check --any-issuer"
    with servers.s_server(lab, "own") as port:
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", f"{command} --json nas.lan:{port}"],
            env=world.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"][0]["target"] == f"nas.lan:{port}"


# -- files


def test_each_certificate_in_a_file_is_a_row_and_no_key_is_shown(world: World, lab: Path) -> None:
    key = (lab / "nas.key").read_text()
    path = lab / "with-key.pem"
    path.write_text(key + (lab / "nas.crt").read_text())
    done = world.run("cert", "check", str(path), "--json", "--all")
    found = json.loads(done.stdout)["rows"]
    assert [(row["target"], row["subject"]) for row in found] == [
        (f"{path}#1", "CN=nas"), (f"{path}#2", "CN=mid CA"),
    ]  # fmt: skip
    assert not any(line in done.stdout + done.stderr for line in key.splitlines()[1:-1])


def test_certificates_in_files_that_expire_soon_are_named(world: World, lab: Path) -> None:
    row = one(world, f"{lab}/late.crt", code=1)
    assert row["detail"].startswith("late CA: expires in 10 d 1")
    row = one(world, f"{lab}/soon.crt", "--warn", "1w", code=0)
    assert row["days"] == 10
    done = world.run("cert", "check", f"{lab}/own.crt", "--ca-file", f"{lab}/ca.crt")
    assert "only servers' issuers are verified" in done.stderr
    row = one(world, f"{lab}/own.crt", "--warn", "13w", code=1)
    assert (row["state"], row["trust"]) == ("warning", "self-signed")


def test_der_and_other_files(world: World, lab: Path) -> None:
    subprocess.run(
        ["openssl", "x509", "-in", "own.crt", "-outform", "DER", "-out", "own.der"],
        cwd=lab, check=True,
    )  # fmt: skip
    subprocess.run(
        ["openssl", "pkcs12", "-export", "-in", "own.crt", "-inkey", "own.key", "-out", "own.p12",
         "-passout", "pass:x"], cwd=lab, check=True,
    )  # fmt: skip
    os.mkfifo(lab / "pipe.pem")
    (lab / "big.pem").write_bytes(b"x" * (5 << 20))
    (lab / "cut.pem").write_bytes((lab / "own.crt").read_bytes()[:300])
    assert one(world, f"{lab}/own.der", code=0)["subject"] == "CN=own"
    for name, why in (
        ("own.p12", "it is a PKCS#12 store"), ("own.key", "it holds no certificate, but a private"),
        ("pipe.pem", "it is not a regular file"), ("big.pem", "it is larger than 4 MiB"),
        ("cut.pem", "certificate 1 ends too early"), ("nosuch.pem", "No such file or directory"),
        ("", "Is a directory"),
    ):  # fmt: skip
        row = one(world, f"{lab}/{name}", code=69)
        assert (row["state"], row["target"]) == ("unknown", f"{lab}/{name}")
        assert row["detail"].startswith(why)


def test_the_name_of_a_file_that_is_there_is_a_file(world: World, lab: Path) -> None:
    (world.folder / "nas").write_bytes((lab / "own.crt").read_bytes())
    assert one(world, "nas", code=0)["subject"] == "CN=own"
    assert one(world, "nas:1", "--timeout", "3s", code=69)["target"] == "nas:1"


# -- output


def test_columns_have_the_problems_and_a_sentence_the_rest(world: World, lab: Path) -> None:
    files = [f"{lab}/{name}.crt" for name in ("expired", "own", "good", "git")]
    done = world.run("cert", "check", *files)
    assert done.returncode == 1
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["STATE", "TARGET", "DAYS", "EXPIRES", "ISSUER", "TRUST", "DETAIL"]
    assert [line.split()[:3] for line in lines] == [["critical", files[0], "-3"]]
    assert f"{files[2]} expires in 89 d" in done.stderr
    done = world.run("cert", "check", "--all", "--no-header", *files)
    assert len(done.stdout.splitlines()) == 4
    done = world.run("cert", "check", *files[1:], f"{lab}/nas.crt")
    assert (done.returncode, done.stdout) == (0, "")
    assert "5 certificates are fine; " in done.stderr


def test_a_reason_is_whole_at_a_terminal(world: World, lab: Path) -> None:
    with servers.s_server(lab, "good", chain="mid") as port:
        words = ("cert", "check", at(port), "--name", "another.lab.example")
        shown = at_a_terminal(world, *words, NO_COLOR="1")
    assert any(line.startswith("critical  ") for line in shown.splitlines())
    whole = " ".join(shown.split())  # it continues on the next line
    assert (
        "hostname mismatch: not for another.lab.example, only for nas.lan, 127.0.0.1, ::1" in whole
    )


@pytest.mark.parametrize("span", ["5w", "5000w"])
def test_a_timeout_longer_than_a_socket_takes(world: World, lab: Path, span: str) -> None:
    with servers.s_server(lab, "good", chain="mid") as port:
        words = ("--ca-file", f"{lab}/ca.crt", "--name", "nas.lan", "--timeout", span)
        done = world.run("cert", "check", at(port), *words)
    assert (done.returncode, done.stderr.startswith("homelab: fine: ")) == (0, True)


def test_hostile_names_do_nothing_at_a_terminal(world: World, lab: Path) -> None:
    with servers.s_server(lab, "hostile") as port:
        words = ("cert", "check", "--all", at(port), "--name", "x\x1b[5m.lan")
        shown = at_a_terminal(world, *words, NO_COLOR="1")
        assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown
    for word in ("https://a\x1b[31m.lan/", "\x1b[31m:5", "a\x1b.pem", "nosuch://x", "x:99999"):
        assert "\x1b" not in at_a_terminal(world, "cert", "check", word, NO_COLOR="1")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nas.lan:0"], "not a port: '0'"),
        (["nas.lan:x"], "not a port: '…'"),
        (["nosuch://nas.lan"], "'nosuch' is not a known scheme"),
        (["a b"], "names no host"),
        (["[fd00::7]443"], "an IPv6 address with a port is written"),
        (["--ca-file", "/nosuch.pem", "x:1"], "No such file or directory"),
        (["--ca-file", "/etc/passwd", "x:1"], "it has no certificate in PEM"),
        ([], "TARGET"),
    ],
)
def test_wrong_usage(world: World, words: list[str], why: str) -> None:
    done = world.run("cert", "check", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
