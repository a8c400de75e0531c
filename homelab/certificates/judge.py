"""The problems of a certificate: its time, its names, its issuer, its strength."""

from __future__ import annotations

from homelab import times
from homelab.findings import CRITICAL, WARNING, Problem, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.certificates.x509 import Certificate

SOON = 3 * times.DAY  # ns, below which a warning is critical
_SHORT = 30 * times.DAY  # a certificate that is made for less is renewed when a third is left
_FOREVER = 253_402_300_799 * times.SECOND  # "no well-defined expiration" (RFC 5280, 4.1.2.5)
_OLD = ("SSLv3", "TLSv1", "TLSv1.1")  # versions that browsers no longer speak
# What OpenSSL says of a chain (x509_vfy.h), in one or two words.
TRUSTED = "trusted"
_VERDICTS = {
    0: TRUSTED,
    2: "unknown issuer",
    9: "not yet valid",
    10: "expired",
    18: "self-signed",
    19: "unknown issuer",
    20: "unknown issuer",
    21: "unknown issuer",
}
_TIMES = (9, 10)
_ISSUERS = (2, 19, 20, 21)


def days(certificate: Certificate, now: int) -> int | None:
    """Whole days left, negative once it has expired; None for one that never does."""
    if certificate.not_after == _FOREVER:
        return None
    return (certificate.not_after - now) // times.DAY


def of_time(certificate: Certificate, now: int, warn: int) -> list[Problem]:
    """The problem of a certificate's time, if it has one. Less than `warn` ns left is one; of a
    certificate made for less than 30 days, less than a quarter of its time."""
    left = certificate.not_after - now
    whole = certificate.not_after - certificate.not_before
    soon = SOON
    if whole < _SHORT:
        warn, soon = min(warn, whole // 4), min(soon, whole // 10)
    if left < 0:
        return [Problem(CRITICAL, "expired, so clients refuse it")]
    if certificate.not_before > now:
        ahead = times.spoken(certificate.not_before - now)
        return [Problem(CRITICAL, f"not valid for another {ahead}: is a clock wrong?")]
    if left < warn:
        state = CRITICAL if left < soon else WARNING
        return [Problem(state, f"ends in {times.spoken(left)}")]
    return []


def of_name(certificate: Certificate, name: str) -> list[Problem]:
    """The problem of a client that asks for `name` (a DNS name or an address), if there is one."""
    if matches(certificate.names, name):
        return []
    common = certificate.subject.value("CN")
    # whoever knows only the common name takes it where there is no other name
    if not any(kind in ("dns", "ip") for kind, _ in certificate.names):
        if matches([("dns", common), ("ip", common)], name):
            words = "its name is its common name alone, at which browsers and Go don't look"
            return [Problem(WARNING, words)]
        return [Problem(CRITICAL, f"not for {name}, but for {common or 'nobody'}")]
    return [Problem(CRITICAL, f"not for {name}, but for {named(certificate.names)}")]


def named(names: Sequence[tuple[str, str]], most: int = 3) -> str:
    """Names in words: `nas.lan, *.lab.example and 2 more`."""
    return few([text for _, text in names], most)


def matches(names: Sequence[tuple[str, str]], name: str) -> bool:
    """Whether `name` is among the names, as RFC 9525, 6.3 has it: a `*` stands for one whole first
    label of a DNS name, and for nothing else."""
    address = _address(name)
    if address:
        return any(kind == "ip" and _address(text) == address for kind, text in names)
    wanted = _ascii(name)
    label, _, above = wanted.partition(".")
    accepted = [wanted] if wanted else []
    accepted += [f"*.{above}"] if label and above else []
    return any(kind == "dns" and text.lower().rstrip(".") in accepted for kind, text in names)


def _address(text: str) -> bytes:
    """The bytes of an address, b"" where it is none."""
    import socket

    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_pton(family, text.partition("%")[0])
        except (OSError, ValueError):
            pass
    return b""


def _ascii(name: str) -> str:
    """A DNS name as certificates have it: small letters, an IDN in its ASCII form."""
    name = name.rstrip(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            pass
    return name.lower()


def of_strength(certificate: Certificate, version: str = "") -> list[Problem]:
    """The parts of a certificate, and the TLS version, that are weaker than clients accept."""
    problems = []
    if certificate.weak:
        problems.append(Problem(WARNING, f"weak: {certificate.weak}"))
    if version in _OLD:
        problems.append(Problem(WARNING, f"speaks {version} at most, which is out of use"))
    return problems


def verdict(code: int) -> str:
    """OpenSSL's verdict in one or two words: `trusted`, `self-signed`, `unknown issuer`, …"""
    return _VERDICTS.get(code, "refused")


def of_trust(
    code: int, words: str, leaf: Certificate, others: Sequence[Certificate], now: int
) -> list[Problem]:
    """Why the chain is not trusted: by OpenSSL's code and words, and the certificates shown."""
    if code == 0:
        return []
    if code in _TIMES:
        if leaf.not_before <= now <= leaf.not_after:  # else its own time says it
            when = "has expired" if code == 10 else "is not valid yet"
            return [Problem(WARNING, f"an issuer above it {when}")]
        return []
    if code == 18:
        return [Problem(WARNING, "no client trusts it unless told to")]
    if code in _ISSUERS:
        path = issuers(leaf, others)
        last = path[-1] if path else leaf
        whose = last.issuer.short or "nobody named"
        if last.self_issued:
            return [Problem(WARNING, f"issued by {whose}, which this host doesn't trust")]
        words = f"issued by {whose}, which is neither sent along nor trusted here"
        return [Problem(WARNING, words)]
    return [Problem(WARNING, f"OpenSSL refuses it: {words or code}")]


def issuers(leaf: Certificate, others: Sequence[Certificate]) -> list[Certificate]:
    """The path from its issuer up, as far as `others` have it."""
    path: list[Certificate] = []
    below = leaf
    while not below.self_issued and len(path) < len(others):
        issuer = str(below.issuer)
        above = next((each for each in others if str(each.subject) == issuer), None)
        if above is None or above in path:
            break
        path.append(above)
        below = above
    return path


def of_issuers(path: Sequence[Certificate], now: int, warn: int) -> list[Problem]:
    """The problems of the issuers' certificates, but for a root, which clients have themselves."""
    problems = []
    for each in path:
        if not each.self_issued:
            whose = each.subject.short or "nobody named"
            for problem in [*of_time(each, now, warn), *of_strength(each)]:
                problems.append(Problem(problem.state, f"its issuer {whose}: {problem.words}"))
    return problems
