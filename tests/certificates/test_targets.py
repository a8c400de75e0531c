"""Parsing of targets, and of the certificates in a message of TLS: pure."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homelab.certificates import tls_message
from homelab.certificates.starttls import _PROTOCOLS as PROTOCOLS
from homelab.certificates.targets import SCHEMES, is_file, target


@pytest.mark.parametrize(
    ("text", "where", "protocol"),
    [
        ("nas.lan", "nas.lan:443", ""),
        ("nas.lan:8443", "nas.lan:8443", ""),
        ("nas_1:25", "nas_1:25", "smtp"),
        ("mail.lan:587", "mail.lan:587", "smtp"),
        ("mail.lan:465", "mail.lan:465", ""),
        ("mail.lan:143", "mail.lan:143", "imap"),
        ("mail.lan:110", "mail.lan:110", "pop3"),
        ("nas.lan:21", "nas.lan:21", "ftp"),
        ("dir.lan:389", "dir.lan:389", "ldap"),
        ("dir.lan:636", "dir.lan:636", ""),
        ("db.lan:5432", "db.lan:5432", "postgres"),
        ("fd00::7", "[fd00::7]:443", ""),
        ("fe80::1%eth0", "[fe80::1%eth0]:443", ""),
        ("[fd00::7]", "[fd00::7]:443", ""),
        ("[fd00::7]:25", "[fd00::7]:25", "smtp"),
        ("https://nas.lan/a/b?c#d", "nas.lan:443", ""),
        ("https://nas.lan:25", "nas.lan:25", ""),
        ("https://user:secret@nas.lan:8443/x@y", "nas.lan:8443", ""),
        ("HTTPS://[fd00::7]:8443/", "[fd00::7]:8443", ""),
        ("smtp://mail.lan:2525", "mail.lan:2525", "smtp"),
        ("imaps://mail.lan", "mail.lan:993", ""),
        ("postgresql://u:p@db.lan/x", "db.lan:5432", "postgres"),
        ("bücher.lan", "bücher.lan:443", ""),
    ],
)
def test_a_server_is_found(text: str, where: str, protocol: str) -> None:
    found = target(text)
    assert (str(found), found.protocol) == (where, protocol)


def test_a_protocol_that_is_given_is_spoken() -> None:
    for protocol in PROTOCOLS:
        assert target("x", protocol).port == SCHEMES[protocol][0]
        for text in ("x:9", "https://x:9", "smtp://x:9"):
            found = target(text, protocol)
            assert (found.port, found.protocol) == (9, protocol)
    assert set(PROTOCOLS) == {protocol for _, protocol in SCHEMES.values() if protocol}


@given(st.text(max_size=30), st.sampled_from(("", *PROTOCOLS)))
@example("x:" + "9" * 10_000, "")
@example("[:", "")
@example("https://", "")
def test_any_text_is_a_server_or_refused(text: str, protocol: str) -> None:
    try:
        found = target(text, protocol)
    except ValueError as error:
        assert str(error)
        return
    assert 0 < found.port < 65536
    assert str(target(str(found), protocol)) == str(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/etc/x", True), ("./x", True), ("x.pem", True), ("x.CRT", True), ("live/x", True),
        ("nas.lan", False), ("https://x/a.pem", False), ("nas.cert.lan", False),
    ],
)  # fmt: skip
def test_a_path_is_a_file(text: str, expected: bool) -> None:
    assert is_file(text) == expected


def _message(body: bytes) -> bytes:
    return b"\x0b" + len(body).to_bytes(3, "big") + body


def _old(chain: list[bytes]) -> bytes:
    body = b"".join(len(each).to_bytes(3, "big") + each for each in chain)
    return _message(len(body).to_bytes(3, "big") + body)


def _new(chain: list[bytes], context: bytes, extensions: bytes) -> bytes:
    more = len(extensions).to_bytes(2, "big") + extensions
    body = b"".join(len(each).to_bytes(3, "big") + each + more for each in chain)
    return _message(bytes([len(context)]) + context + len(body).to_bytes(3, "big") + body)


CHAIN = st.lists(st.binary(min_size=1, max_size=300), max_size=4)


@given(CHAIN)
def test_the_chain_of_tls_1_2(chain: list[bytes]) -> None:
    assert tls_message.chain(_old(chain)) == chain


@given(CHAIN, st.binary(max_size=9))
def test_the_chain_of_tls_1_3(chain: list[bytes], extensions: bytes) -> None:
    assert tls_message.chain(_new(chain, b"", extensions)) == chain


@given(st.binary(max_size=100))
def test_any_message_is_read(message: bytes) -> None:
    for data in (message, _message(message), _new([b"x"], b"", b"")[: len(message)]):
        assert sum(map(len, tls_message.chain(data))) <= len(data)


def test_a_chain_is_bounded() -> None:
    assert len(tls_message.chain(_old([b"x"] * 5000))) == 100
