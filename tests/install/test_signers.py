"""Signers and signatures as texts: how they are parsed, and which are refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.install import local, signers
from homelab.install.layout import Copy
from homelab.install.signers import (
    FIRST,
    NO_SIGNERS,
    OLD,
    REFUSED,
    SKIPPED,
    UNKNOWN,
    VERIFIED,
    Signer,
)  # fmt: skip

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIJD7WHx3kNISKBt5UbxOVCiJWsK3y046KEH0kvqCovcA"
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


def test_several_signers_and_keys_of_one_with_comments() -> None:
    text = f"alice ssh-ed25519 {KEY} alice@pve1, bob@lab  ssh-ed25519 {KEY},alice ssh-ed25519 {KEY}"
    found = signers.signers(text)
    assert [one.name for one in found] == ["alice", "bob@lab", "alice"]
    assert {one.key for one in found} == {f"ssh-ed25519 {KEY}"}
    assert found[0].blob == base64.b64decode(KEY)


@pytest.mark.parametrize("name", ["*", "a?", "!a", '"a"', "#a", "-a", "a\x1b", "a;b"])
def test_a_name_is_not_a_pattern_or_an_option(name: str) -> None:
    """ssh-keygen would take `*` for everyone."""
    with pytest.raises(ValueError, match="is not a signer's name"):
        Signer(name, "ssh-ed25519", KEY)


@pytest.mark.parametrize("text", ["", ",", "alice", "alice ssh-ed25519", f"alice ssh-rsa {KEY}",
                                  f"alice ssh-ed25519 {KEY[:-1]}", f"alice ssh-ed25519 {KEY}!",
                                  f"cert-authority alice ssh-ed25519 {KEY}"])  # fmt: skip
def test_an_invalid_signer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        signers.signers(text)


@given(st.text())
def test_any_text_is_signers_or_is_refused(text: str) -> None:
    try:
        found = signers.signers(text)
    except ValueError:
        return
    assert found


@given(st.binary())
def test_any_bytes_are_a_signature_or_are_refused(data: bytes) -> None:
    """The text for a shell is base64 in short lines."""
    armored = (
        f"{BEGIN}\n".encode() + base64.b64encode(b"SSHSIG\0\0\0\1" + data) + f"\n{END}".encode()
    )
    for text in (data, armored, f"{BEGIN}\n".encode() + data + f"\n{END}".encode()):
        try:
            signers.signing_key(text)
        except ValueError:
            pass
        try:
            begin, *lines, end = signers.lines(text)
        except ValueError:
            continue
        assert (begin, end) == (BEGIN, END)
        for line in lines:
            assert len(line) <= 70
            assert line.replace("+", "").replace("/", "").rstrip("=").isalnum()


def test_only_a_checked_copy_or_one_that_nobody_can_check_is_accepted() -> None:
    for state in (VERIFIED, FIRST, OLD, NO_SIGNERS, SKIPPED):
        assert signers.accepts(state)
    for state in (REFUSED, UNKNOWN, "", "failed", "Verified", "verified2"):
        assert not signers.accepts(state)


def test_an_older_version_says_that_it_is_older() -> None:
    copy = Copy.__new__(Copy)
    copy.version = "0.9.0"
    path = "/usr/local/lib/homelab/homelab-{}-0123456789ab.pyz"
    said = "0.9.0 replaces 0.10.0, which is newer and is kept beside it"
    assert local._downgrade(copy, path.format("0.10.0")) == [said]
    for version in ("0.9.0", "0.8.9"):
        assert local._downgrade(copy, path.format(version)) == []
    assert local._downgrade(copy, "") == []
