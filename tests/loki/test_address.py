"""The address of a Loki: the URLs it accepts, where they lead, and the URLs it refuses."""

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
        ("http://lö\u2028ki", ""),
        ("http://l℀ki", ""),
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
    assert ";" in caught.value.sentence  # the sentence says what to do


@pytest.mark.parametrize(
    "host",
    [
        "h;pw=SECRET", "loki=SECRET.lan", "h,SECRET", "h$SECRET", "h&SECRET", "h!SECRET",
        "(SECRET)", "h:SECRET", "[a]:SECRET", "[::1%;SECRET]",
    ],
)  # fmt: skip
def test_a_character_that_no_host_has_is_refused_and_what_is_behind_it_not_shown(host: str) -> None:
    for url, lb in ((f"http://{host}", ""), (f"http://{host}/loki", ""), ("http://loki.lan", host)):
        with pytest.raises(Failure) as caught:
            Address(url, lb)
        assert caught.value.code == 78
        assert "secret" not in caught.value.sentence.lower()


@pytest.mark.parametrize("host", ["loki_1.lan", "pve-2", "10.0.0.5", "[fd00::7]", "[fe80::1%eth0]"])
def test_hosts_that_can_be_looked_up_are_taken(host: str) -> None:
    assert Address(f"http://{host}").name == host.strip("[]")
    assert Address("http://loki.lan", host).dial == (host.strip("[]"), 80)


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
