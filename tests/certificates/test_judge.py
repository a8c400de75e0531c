"""The verdict on a certificate, to the second, in cases that real chains can't show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.certificates import judge
from homelab.certificates.distinguished_name import Name
from homelab.certificates.x509 import Certificate
from homelab.findings import summary
from homelab.times import DAY, SECOND

NOW = 1_800_000_000 * SECOND
HOUR = 3600 * SECOND


def certificate(start: int, end: int, subject: str = "a", issuer: str = "b") -> Certificate:
    """A certificate that is valid from `start` to `end`, ns from now."""
    of, whose = Name([("CN", issuer)]), Name([("CN", subject)])
    return Certificate(
        "01", "ecdsa-with-SHA256", of, whose, NOW + start, NOW + end, "P-256", 256,
        [("dns", "nas.lan")], False, issuer == subject,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("start", "left", "state"),
    [
        (-90 * DAY, 22 * DAY, "ok"),
        (-90 * DAY, 21 * DAY, "ok"),
        (-90 * DAY, 21 * DAY - 1, "warning"),
        (-90 * DAY, 3 * DAY, "warning"),
        (-90 * DAY, 3 * DAY - 1, "critical"),
        (-90 * DAY, 0, "critical"),
        (-90 * DAY, -1, "critical"),
        (1, 90 * DAY, "critical"),
        (0, 90 * DAY, "ok"),
        # valid for a day: a quarter is 6 h, a tenth 2.4 h
        (-18 * HOUR, 6 * HOUR, "ok"),
        (-18 * HOUR - 1, 6 * HOUR - 1, "warning"),
        (-22 * HOUR, 2 * HOUR, "critical"),
        # valid for six days, as from public CAs on request
        (-4 * DAY, 2 * DAY, "ok"),
        (-5 * DAY, 1 * DAY, "warning"),
        (5, 3, "critical"),
    ],
)  # fmt: skip
def test_its_time(start: int, left: int, state: str) -> None:
    problems = judge.of_time(certificate(start, left), NOW)
    assert summary(problems)[0] == state


def test_days_are_whole_and_negative_once_it_is_over() -> None:
    for left, days in ((DAY, 1), (DAY - 1, 0), (0, 0), (-1, -1), (-DAY, -1), (-DAY - 1, -2)):
        assert judge.days(certificate(-DAY, left), NOW) == days
    never = certificate(0, 253_402_300_799 * SECOND - NOW)
    assert judge.days(never, NOW) is None


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("nas.lan", "nas.lan", True), ("NAS.lan", "nas.LAN", True), ("nas.lan", "nas.lan.", True),
        ("*.lan", "nas.lan", False), ("*.lan", "lan", False), ("*.lan", "a.nas.lan", False),
        ("*", "lan", False), ("*", "nas.lan", False), ("n*.lan", "nas.lan", False),
        ("*.*.lan", "a.nas.lan", False), ("*.lan", "*.lan", True), ("", "", False),
        ("", "nas", False), (".", "nas", False), (".", ".", False), ("*.lan", ".lan", False),
        ("nas.lan\0.evil", "nas.lan", False), ("192.0.2.7", "192.0.2.7", False),
        ("*.0.2.7", "192.0.2.7", False),
    ],
)  # fmt: skip
def test_dns_names_match(pattern: str, name: str, expected: bool) -> None:
    assert judge.matches([("dns", pattern)], name) == expected
    assert not judge.matches([("uri", pattern), ("email", pattern)], name)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_names_are_compared(pattern: str, name: str) -> None:
    judge.matches([("dns", pattern), ("ip", pattern)], name)
    if name and name.isascii() and name.isalnum() and not name.isdigit():
        assert judge.matches([("dns", name)], name)


def test_the_path_is_found_in_any_order_and_ends() -> None:
    leaf, mid = certificate(0, DAY, "leaf", "mid"), certificate(0, DAY, "mid", "root")
    root, loop = certificate(0, DAY, "root", "root"), certificate(0, DAY, "root", "mid")
    assert judge.issuers(leaf, [root, mid], NOW) == [mid, root]
    assert judge.issuers(leaf, [root], NOW) == []
    assert judge.issuers(leaf, [loop, mid], NOW) == [mid, loop]
    assert judge.issuers(root, [root, mid], NOW) == []


def test_openssls_verdict_is_reported() -> None:
    leaf = certificate(-DAY, 90 * DAY, "leaf", "mid")
    mid, root = certificate(0, DAY, "mid", "root"), certificate(0, DAY, "root", "root")
    told = {
        code: [each.words for each in judge.of_trust(code, "words", leaf, others, NOW)]
        for code, others in ((0, []), (10, []), (19, [mid, root]), (20, [mid]), (26, []))
    }
    assert told == {
        0: [],
        10: ["has an expired issuer"],
        19: ["issued by root, which is not trusted here"],
        20: ["issued by root, which is neither sent by the server nor trusted here"],
        26: ["refused by OpenSSL: words"],
    }
    assert judge.of_trust(10, "", certificate(-DAY, -1), [], NOW) == []
    assert judge.verdict(99) == "refused"
