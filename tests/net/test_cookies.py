"""The cookies of one check (CASES B7; RFC 6265)."""

from __future__ import annotations

import pytest

from homelab.net.cookies import Jar
from homelab.net.url import Url

NOW = 1_795_465_834.0
HERE = "https://cloud.nas.lan/app/login"


@pytest.mark.parametrize(
    ("headers", "to", "sent"),
    [
        (["a=b"], HERE, "a=b"),
        (["a=b; HttpOnly; SameSite=Lax"], "https://cloud.nas.lan/app/", "a=b"),
        (["a=b"], "https://cloud.nas.lan/app", "a=b"),
        (["a=b"], "https://cloud.nas.lan/apple", ""),
        (["a=b; Path=/"], "https://cloud.nas.lan/", "a=b"),
        (["a=b; Path=/"], "https://cloud.nas.lan:8443/?x", "a=b"),  # ports are one (8.5)
        (["a=b; Path=/"], "http://cloud.nas.lan/", "a=b"),
        (["a=b; Path=/; Secure"], "http://cloud.nas.lan/", ""),
        (["a=b; Path=/; secure"], "https://cloud.nas.lan/", "a=b"),
        (["a=b; Path=/"], "https://nas.lan/", ""),
        (["a=b; Path=/"], "https://x.cloud.nas.lan/", ""),
        (["a=b; Path=/; Domain=.nas.lan"], "https://git.nas.lan/", "a=b"),
        (["a=b; Path=/; Domain=NAS.lan"], "https://nas.lan/", "a=b"),
        (["a=b; Path=/; Domain=nas.lan"], "https://evilnas.lan/", ""),
        (["a=b; Path=/; Domain=other.lan"], "https://other.lan/", ""),
        (["a=b; Path=/; Domain=lan"], "https://cloud.nas.lan/", ""),
        (["a=b", "a=c"], HERE, "a=c"),
        (["a=1; Path=/", "b=2; Path=/app"], HERE, "b=2; a=1"),
        (["a=b", "a=; Max-Age=0"], HERE, ""),
        (["a=b", "a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], HERE, ""),
        (["a=b", "a=x; Expires=Thu, 01-Jan-1970 00:00:00 GMT"], HERE, ""),
        (["a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], HERE, "a=b"),
        (["a=b; Expires=Fri, 01 Jan 2100 00:00:00 GMT"], HERE, "a=b"),
        (["a=b; Expires=soon"], HERE, "a=b"),
        (["ab", "=b", "", "a\x01=b", "a=b\r\nX: y", "a" * 5000 + "=b"], HERE, ""),
        ([f"a{number}=b" for number in range(90)], HERE, "; ".join(f"a{n}=b" for n in range(50))),
    ],
)
def test_a_cookie_goes_where_it_belongs(headers: list[str], to: str, sent: str) -> None:
    """B7"""
    jar = Jar()
    jar.keep(Url(HERE), headers, NOW)
    assert jar.header(Url(to)) == sent


def test_an_address_has_no_hosts_below_it() -> None:
    """B7"""
    jar = Jar()
    jar.keep(Url("http://10.0.0.5/"), ["a=b; Domain=0.0.5", "c=d; Domain=10.0.0.5"], NOW)
    assert jar.header(Url("http://10.0.0.5/")) == "c=d"
    assert jar.header(Url("http://9.0.0.5/")) == ""


def test_a_cookie_for_tls_alone_is_not_set_without_it() -> None:
    """B7"""
    jar = Jar()
    jar.keep(Url("http://nas.lan/"), ["a=b; Secure"], NOW)
    assert jar.header(Url("https://nas.lan/")) == ""
