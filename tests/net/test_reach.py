"""The hosts that a run may ask: compared whole, in the form for connecting."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.errors import Failure
from homelab.net.reach import Reach, limit


@pytest.mark.parametrize(
    ("text", "host", "port", "permitted"),
    [
        ("nas.lan", "nas.lan", 22, True),
        ("NAS.lan.", "nas.LAN", 22, True),
        ("nas.lan:22", "nas.lan", 22, True),
        ("nas.lan:22", "nas.lan", 23, False),
        ("nas.lan", "nas.lan.evil.example", 22, False),
        ("nas.lan", "evilnas.lan", 22, False),
        ("nas.lan", "sub.nas.lan", 22, False),
        ("fd00::7", "fd00:0:0::7", 22, True),
        ("[fd00::7]:22", "fd00::7", 22, True),
        ("[fd00::7]:22", "fd00::7", 23, False),
        ("bücher.lan", "xn--bcher-kva.lan", 22, True),
        ("a, b:1", "b", 1, True),
        ("*", "anything", 1, True),
        ("10.0.0.1", "10.0.0.10", 1, False),
        ("nas.lan", "", 1, False),
    ],
)
def test_hosts_are_compared_whole(text: str, host: str, port: int, permitted: bool) -> None:
    assert Reach(text).permits(host, port) is permitted


@pytest.mark.parametrize(
    ("one", "another", "both"),
    [
        ("a,b", "b,c", "b"),
        ("a", "b", "none.invalid"),
        ("a", "*", "a"),
        ("*", "a:1,b", "a:1, b"),
        ("*", "*", "*"),
        ("a", "a:1,a:2", "a:1,a:2"),
        ("a:1", "A.:1,a:2", "a:1"),
        ("a:1", "a:2", "none.invalid"),
        ("[fd00::7]:22,fd00::8", "fd00:0::7,fd00::8", "[fd00::7]:22,fd00::8"),
    ],
)
def test_of_two_lists_the_hosts_that_both_permit_are_left(
    one: str, another: str, both: str
) -> None:
    assert Reach(one).within(Reach(another)) == both
    assert Reach(Reach(another).within(Reach(one))).text.replace(" ", "") == both.replace(" ", "")


def test_without_a_host_there_is_no_limit() -> None:
    assert limit({"HOMELAB_HOSTS": " "}) is None
    assert limit({}) is None


@pytest.mark.parametrize("text", [",", "http://a/", "a b", "u:p@h", "a:x", "a/8"])
def test_urls_without_a_valid_host_are_refused(text: str) -> None:
    with pytest.raises(Failure) as caught:
        limit({"HOMELAB_HOSTS": text})
    assert caught.value.code == 78


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_host_that_is_not_named_is_never_permitted(text: str, host: str) -> None:
    with contextlib.suppress(ValueError):
        reach = Reach(text)
        assert "*" in text or not reach.permits(f"{host}.not-named.invalid", 1)
