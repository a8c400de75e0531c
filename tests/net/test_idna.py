"""Host names in other scripts (CASES B8: IDNA 2008, UTS 46 without transitional mapping)."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from homelab.certificates import judge
from homelab.loki.address import Address
from homelab.net import connect, hostport
from homelab.net.idna import to_ascii
from homelab.net.url import Url

ZWJ, ZWNJ = "\u200d", "\u200c"
GOOD = [
    ("straße.lan", "xn--strae-oqa.lan"),
    ("STRAẞE.lan", "xn--strae-oqa.lan"),
    ("βόλος.com", "xn--nxasmm1c.com"),  # RFC 5894, 7.2
    ("ΒΌΛΟΣ.com", "xn--nxasmq6b.com"),
    (f"ශ්{ZWJ}රී.com", "xn--10cl1a0b660p.com"),
    (f"نامه{ZWNJ}ای.com", "xn--mgba3gch31f060k.com"),
    ("bücher.lan", "xn--bcher-kva.lan"),
    ("BU\u0308CHER.lan", "xn--bcher-kva.lan"),
    ("हिन्दी.lan", "xn--j2bd4cyah0f.lan"),
    ("日本語。lan", "xn--wgv71a119e.lan"),
    ("\uff4e\uff41\uff53.ü", "nas.xn--tda"),
    ("☃.net", "xn--n3h.net"),
    ("so\u00adft.ü", "soft.xn--tda"),
    ("xn--strae-oqa.lan", "xn--strae-oqa.lan"),
    ("NAS.lan", "NAS.lan"),
]
BAD = [
    f"ä{ZWJ}b.lan", f"a{ZWNJ}b.lan", f"{ZWJ}ü.lan", "\u0301ü.lan", "-ü.lan", "xn--ü.lan",
    "a℀.lan", "אבa.lan", "ü\u2028.lan", "ü\ufffd.lan", "ü\ue000.lan", "ü" * 60 + ".lan",
    "ü" * 300, "ü b.lan",
]  # fmt: skip


@pytest.mark.parametrize(("name", "ascii_form"), GOOD)
def test_a_name_keeps_its_letters(name: str, ascii_form: str) -> None:
    """B8"""
    assert to_ascii(name) == ascii_form


@pytest.mark.parametrize("name", BAD)
def test_impossible_host_names_are_refused(name: str) -> None:
    """B8"""
    with pytest.raises(ValueError, match=r"has|begins|mixes|is too long"):
        to_ascii(name)
    with pytest.raises(ValueError, match=r"."):
        Url(f"http://{name}/")
    with pytest.raises(ValueError, match="names no host"):
        hostport.ports(f"{name}:22")


def test_every_way_to_a_host_asks_for_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """B8: URL, HOST:PORT, loki.url, loki.lb, the name for TLS, a certificate's name."""
    asked: list[object] = []

    def look_up(name: object, *_: object, **__: object) -> list[Any]:
        asked.append(name)
        return [(socket.AF_INET, 0, 0, "", ("192.0.2.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    ((host, port),) = hostport.ports("straße.lan:80")
    connect.look_up((host, port), 60)
    name = "xn--strae-oqa.lan"
    assert asked == [name.encode()]
    url, address = Url("https://Straße.lan/"), Address("https://Straße.lan:81", "straße.lan")
    assert (url.host, url.name, url.authority, str(url)) == (
        name,
        name,
        name,
        "https://straße.lan/",
    )
    assert (address.base, address.name, address.dial) == (f"https://{name}:81", name, (name, 81))
    assert address.shown == "https://Straße.lan:81"
    assert connect.tls_name("straße.lan") == name
    assert judge.matches([("dns", name)], "straße.lan")
    assert not judge.matches([("dns", "strasse.lan")], "straße.lan")


def test_joiners_are_shown_in_ascii_and_stand_in_hosts_alone() -> None:
    """B8: they are invisible."""
    assert str(Url(f"http://क्{ZWJ}ष.lan/")) == "http://xn--11b2ezcw70k.lan/"
    assert str(Url("http://ΝΊΚΟΣ.lan/")) == "http://νίκοσ.lan/"
    with pytest.raises(ValueError, match="control characters"):
        Url(f"http://h/a{ZWJ}b")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("[fe80::1%25lo]:22", "fe80::1%lo"),
        ("[fe80::1%lo]:22", "fe80::1%lo"),
        ("[fe80::1%251]:22", "fe80::1%251"),  # outside a URL it may be an interface's number
        ("[fe80::1%25]:22", "fe80::1%25"),
    ],
)
def test_a_zone_may_be_escaped_as_in_a_url(text: str, host: str) -> None:
    """C22"""
    assert hostport.ports(text) == [(host, 22)]
    assert connect.tls_name(host) == "fe80::1"
    assert Address("http://loki.lan", text).dial == (host, 22)


def test_a_lokis_zone_is_connected_to_and_not_sent() -> None:
    """C22"""
    for zone in ("%25lo", "%lo"):
        address = Address(f"http://[fe80::1{zone}]:3100/x")
        assert address.dial == ("fe80::1%lo", 3100)
        assert address.base == "http://[fe80::1]:3100/x"  # the source of the Host header
        assert Url(f"http://[fe80::1{zone}]/").host == "fe80::1%lo"
