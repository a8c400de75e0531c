"""The address of a Loki: what it names, where it leads, and what is refused."""

from __future__ import annotations

import pytest

from homelab.errors import Failure
from homelab.loki.address import Address


@pytest.mark.parametrize(
    ("url", "lb", "base", "name", "dial"),
    [
        ("http://loki.lan", "", "http://loki.lan", "loki.lan", ("loki.lan", 80)),
        ("http://loki.lan:3100/", "", "http://loki.lan:3100", "loki.lan", ("loki.lan", 3100)),
        ("https://loki.lan", "10.0.0.5", "https://loki.lan", "loki.lan", ("10.0.0.5", 443)),
        ("https://loki.lan", "10.0.0.5:8443", "https://loki.lan", "loki.lan", ("10.0.0.5", 8443)),
        ("http://gw/loki-gw", "[::1]:81", "http://gw/loki-gw", "gw", ("::1", 81)),
        ("http://loki/loki/api/v1/push", "", "http://loki", "loki", ("loki", 80)),
        ("http://[::1]:3100", "", "http://[::1]:3100", "::1", ("::1", 3100)),
    ],
)
def test_addresses(url: str, lb: str, base: str, name: str, dial: tuple[str, int]) -> None:
    address = Address(url, lb)
    assert (address.base, address.name, address.dial) == (base, name, dial)


@pytest.mark.parametrize(
    ("url", "lb"),
    [
        ("loki.lan", ""),
        ("loki.lan:3100", ""),
        ("ftp://loki.lan", ""),
        ("http://", ""),
        ("http://loki.lan:port", ""),
        ("http://loki.lan/?a=b", ""),
        ("http://lo ki", ""),
        ("http://löki", ""),
        ("http://a..b", ""),
        ("http://.lan", ""),
        ("http://" + "a" * 64 + ".lan", ""),
        ("http://loki.lan", "[::1"),
        ("http://loki.lan", "\u2100"),
        ("http://loki.lan", "10.0.0.5:port"),
        ("http://loki.lan", "http://10.0.0.5"),
        ("http://loki.lan", "10.0.0.5/x"),
    ],
)
def test_what_is_no_address_is_refused_with_78(url: str, lb: str) -> None:
    with pytest.raises(Failure) as caught:
        Address(url, lb)
    assert caught.value.code == 78
    assert ";" in caught.value.sentence  # what to do about it


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(Failure) as caught:
        Address("http://alice:hunter2@loki.lan")
    assert "hunter2" not in caught.value.sentence


@pytest.mark.parametrize("lb", ["nas\x1b[2J", "nas\x7f:80", "a\x00b"])
def test_what_a_terminal_acts_on_is_no_address_to_connect_to(lb: str) -> None:
    with pytest.raises(Failure) as failed:
        Address("http://loki.lan", lb)
    assert failed.value.code == 78
    assert failed.value.sentence.isprintable()
