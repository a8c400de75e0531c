"""The displayable form of a URL, also of an invalid one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homelab.errors import Failure
from homelab.loki.address import Address
from homelab.net import hostport, masking
from homelab.net.masking import masked
from homelab.net.url import Url

WORD = "hunter2geheim"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://loki.lan", "http://loki.lan"),
        ("https://loki.lan:3100/", "https://loki.lan:3100/"),
        ("http://gw/loki-gw", "http://gw/…"),
        ("http://u:p@h/x", "http://…@h/…"),
        ("u:p@h", "…@h"),
        ("http://u:p@h@k", "http://…@k"),
        ("http://u:pw", "http://…"),
        ("http://h?token=x", "http://h"),
        ("http://h/?x@y", "http://…"),
        ("http://u:a/b@h", "http://…"),
        ("[fd00::7]:443", "[fd00::7]:443"),
        ("http://[::1]:3100", "http://[::1]:3100"),
        ("nas.lan:22,80-90", "nas.lan:22,80-90"),
        ("", ""),
        ("a b", "…"),
        ("u p@h://x", "…://x"),
        ("ghp_SECRETTOKEN", "…"),
        (WORD, "…"),
        ("eyJhb.eyJzd.SflKx", "…"),
        ("0123456789abcdef0123456789abcdef01234567", "…"),
        ("alice:12345", "…"),
        (f"//{WORD}", "//…"),
        (f"http:{WORD}", "…"),
        ("S3CRET://h", "…://h"),
        ("HTTPS://nas.lan", "HTTPS://nas.lan"),
        ("loki", "…"),
        ("loki.lan:3100", "loki.lan:3100"),
        ("localhost:3100", "localhost:3100"),
        ("fd00::7", "fd00::7"),
    ],
)
def test_the_displayable_form_of_a_url(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nas", "nas"),
        ("pve1:22", "pve1:22"),
        ("rack-2", "rack-2"),
        (WORD, "…"),
        ("ghp_SECRETTOKEN", "…"),
        ("Tr0ub4dor", "…"),
    ],
)
def test_what_is_shown_where_a_hosts_name_may_stand_alone(text: str, shown: str) -> None:
    assert masked(text, bare=True) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/a;token=S/b", "/a;…/b"),
        ("/a%3Btoken=S", "/a%3B…"),
        ("/token=S/b", "/token=…/b"),
        ("/a;/b", "/a;/b"),
        ("/a/b.html", "/a/b.html"),
    ],
)
def test_a_value_in_a_path_is_not_shown(path: str, shown: str) -> None:
    assert str(Url(f"http://h{path}")) == f"http://h{shown}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("0", "0"), ("65536", "65536"), ("123456", "…"), ("x", "…"), ("pw12", "…"), ("\u0663", "…")],
)
def test_a_port_is_shown_only_as_digits(text: str, shown: str) -> None:
    assert masking.port(text) == shown


@pytest.mark.parametrize("host", ["[a]:hunter2", "[::1]:cafe", "[::1]cafe", "[::1%;pw=hunter2]"])
def test_what_is_no_port_or_zone_behind_an_address_is_not_shown(host: str) -> None:
    assert masked(f"http://{host}") == "http://…"
    try:
        shown = Url(f"http://{host}").shown  # some Python versions drop the text after the bracket
    except ValueError as error:
        shown = str(error)
    assert "cafe" not in shown
    assert "hunter2" not in shown


# Characters that urlsplit, a shell or a person may take for the end of something.
SIGNS = st.text(st.sampled_from("ab1:/?#@%[]\\ \t.,;=&-\uff20"), max_size=8)


@given(SIGNS, SIGNS, SIGNS)
@example("http://u:", "", "@h")
@example("http://u:1/", "", "@h")
def test_a_password_before_an_at_is_shown_by_nothing(before: str, within: str, after: str) -> None:
    """A secret before an @ appears in no text that is made from the URL."""
    for scheme in ("http://", "https://", "//", ""):
        text = f"{scheme}{before}{WORD}{within}@{after}"
        shown = [masked(text)]
        try:
            url = Url(text)
            if WORD not in url.host:  # the host is looked up, so it can't be hidden
                shown.append(url.shown)
        except ValueError as error:
            shown.append(str(error))
        try:
            Address(text)
        except Failure as failure:
            shown.append(failure.sentence)
        try:
            hostport.ports(text)
        except ValueError as error:
            shown.append(str(error))
        for each in shown:
            assert WORD not in each, (text, each)
