"""Parsing of URLs of services, statuses and lists of services."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.net.url import Url
from homelab.services.expected import USUAL, Statuses, listed

GOOD = [
    # the text, host, port, target, Host header, the displayable form
    ("http://nas.lan", "nas.lan", 80, "/", "nas.lan", "http://nas.lan"),
    ("https://nas.lan/a b", "nas.lan", 443, "/a%20b", "nas.lan", "https://nas.lan/a b"),
    ("https://nas.lan:443/", "nas.lan", 443, "/", "nas.lan", "https://nas.lan/"),
    ("HTTP://NAS.lan:8080/A", "nas.lan", 8080, "/A", "nas.lan:8080", "http://nas.lan:8080/A"),
    ("http://h?x=1&y", "h", 80, "/?x=1&y", "h", "http://h?x=…&…"),
    ("http://h/%41/ü#part", "h", 80, "/%41/%C3%BC", "h", "http://h/%41/ü"),
    ("http://[fd00::7]:81/", "fd00::7", 81, "/", "[fd00::7]:81", "http://[fd00::7]:81/"),
    ("http://[fe80::1%25eth0]/", "fe80::1%eth0", 80, "/", "[fe80::1]", "http://[fe80::1%eth0]/"),
    ("http://[fe80::1%2525]/", "fe80::1%25", 80, "/", "[fe80::1]", "http://[fe80::1%25]/"),
    ("http://bücher.lan/", "xn--bcher-kva.lan", 80, "/", "xn--bcher-kva.lan", "http://bücher.lan/"),
    ("http://my_nas.lan./", "my_nas.lan.", 80, "/", "my_nas.lan.", "http://my_nas.lan./"),
    ("http://u:p@h/", "h", 80, "/", "h", "http://…@h/"),
    ("http://a@b@h/", "h", 80, "/", "h", "http://…@h/"),
]


@pytest.mark.parametrize(("text", "host", "port", "target", "authority", "shown"), GOOD)
def test_urls(text: str, host: str, port: int, target: str, authority: str, shown: str) -> None:
    url = Url(text)
    assert (url.host, url.port, url.target, url.authority) == (host, port, target, authority)
    assert url.shown == str(url) == shown
    assert url.tls == text.lower().startswith("https")
    again = Url(url.text)
    assert (again.host, again.port, again.target) == (host, port, target)


@pytest.mark.parametrize(
    "text",
    [
        "", "nas.lan", "//nas.lan/", "ftp://nas.lan/", "http://", "http:///x", "http://:80/",
        "http://a..b/", "http://h:0/", "http://h:65536/", "http://h:x/", "http://[::1/",
        "http://a b/",
        "http://[nas]/", "http://h/\r\nX: y", "http://h/\x00", f"http://{'a' * 64}.lan/",
        "http://h/" + "a" * 9000, "http://a%20b/",
        "javascript:alert(1)", "http://ü" + "a" * 70 + "/",
    ],
)  # fmt: skip
def test_invalid_urls(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Url(text)


@given(st.text())
def test_every_text_is_a_url_or_is_refused(text: str) -> None:
    for each in (text, f"http://{text}", f"http://h/{text}", f"https://u:{text}@h/?{text}"):
        try:
            url = Url(each)
        except ValueError:
            continue
        # no part of it ends the request line or a header early
        assert url.target.isascii()
        assert url.target.isprintable()
        assert " " not in url.target + url.authority
        assert url.target.startswith("/")
        assert url.shown.isprintable()
        assert 0 < url.port < 65536


def test_where_a_redirect_leads() -> None:
    url = Url("https://u:p@nas.lan:8443/a/b?x=1")
    same = url.towards("../c")
    assert (same.target, same.port, same.user, same.password) == ("/c", 8443, "u", "p")
    for other in ("https://nas.lan/", "http://nas.lan:8443/", "//evil.lan:8443/", "https://v:q@x/"):
        there = url.towards(other)
        assert (there.user, there.password) == ("", "")
    with pytest.raises(ValueError, match="does not begin with"):
        url.towards("file:///etc/passwd")


@pytest.mark.parametrize(
    ("texts", "right", "wrong"),
    [
        (["200"], [200], [199, 201, 301]),
        (["2xx"], [200, 299], [199, 300]),
        (["200,3XX", "401"], [200, 300, 399, 401], [201, 400]),
        (["200-204, 500"], [200, 204, 500], [205, 499]),
    ],
)
def test_statuses(texts: list[str], right: list[int], wrong: list[int]) -> None:
    statuses = Statuses(texts)
    assert [status for status in (*right, *wrong) if statuses.have(status)] == right


@pytest.mark.parametrize("text", ["", "2", "20", "2x", "xxx", "2000", "300-200", "200-", ",", "ok"])
def test_invalid_statuses(text: str) -> None:
    with pytest.raises(ValueError, match="use 200, 2xx"):
        Statuses([text])


def test_the_usual_is_an_answer_or_a_redirect() -> None:
    assert [status for status in (199, 200, 399, 400, 500) if USUAL.have(status)] == [200, 399]


def test_a_list_says_in_which_line_it_is_wrong() -> None:
    def line(text: str) -> str:
        with pytest.raises(ValueError, match="line") as wrong:
            listed(text, USUAL, "")
        return str(wrong.value)

    what = "after the URL, only expect=2xx,401 and contains=TEXT are allowed"
    assert line("http://a/\n\nhttp://b/ expect=no") == f"line 3: {what}"
    assert "geheim" not in line("ftp://u:ge?heim@h/") + line("ftp://h/?ge@heim#x")
    assert (
        line("http://u:geheim@/")
        == "line 1: its first word names no host; write it like https://nas.lan/"
    )
    assert line("http://a/\n" * 10_001).startswith("line 10001: more than 10000")
    assert line("http://a/ contains=") == f"line 1: {what}"
    first, second = listed("http://a/ # x\r\nhttp://b/ contains=a # b\r\n", USUAL, "std")
    assert (first.contains, second.contains) == ("std", "a # b")


def test_a_service_ends_with_its_line_and_with_nothing_else_that_ends_lines() -> None:
    one, two = listed("http://h/ contains=a\u2028b\x85c\r\n# x\r\nhttp://i/\n", USUAL, "")
    assert (one.contains, two.url.host) == ("a\u2028b\x85c", "i")
