"""The problems of a certificate: its time, its names, its issuer, its strength. All verbs that
judge TLS use this module.

The rule for states: critical if clients (curl, browsers) refuse it; warning if they accept it but
soon will not, or should not; OK, a remark, if it makes no difference to them.
"""

from __future__ import annotations

from homelab import times
from homelab.findings import CRITICAL, OK, WARNING, Problem, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.certificates.x509 import Certificate

# The time left (ns) below which a certificate is a warning, or critical. For a short-lived one it
# is a quarter or a tenth of its lifetime: clients renew it when a third is left.
WARN = 21 * times.DAY
SOON = 3 * times.DAY
_FOREVER = 253_402_300_799 * times.SECOND  # "no well-defined expiration" (RFC 5280, 4.1.2.5)
_OLD = ("SSLv3", "TLSv1", "TLSv1.1")  # versions that browsers no longer speak
# OpenSSL's verdicts on a chain (x509_vfy.h), in one or two words.
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
_TIMES, _NAMES, _WEAK = (9, 10), (62, 63, 64), (66, 67, 68)
_ISSUERS = (2, 19, 20, 21)


def days(certificate: Certificate, now: int) -> int | None:
    """The whole days left, negative if it has expired; None if it never expires."""
    if certificate.not_after == _FOREVER:
        return None
    return (certificate.not_after - now) // times.DAY


def of_time(certificate: Certificate, now: int, warn: int | None = None) -> list[Problem]:
    """The problem of a certificate's validity period, if it has one: expired, not yet valid, or
    less than `warn` ns left (None: 21 days, or a quarter of its lifetime if that is less)."""
    left = certificate.not_after - now
    whole = certificate.not_after - certificate.not_before
    soon = min(SOON, whole // 10)
    if warn is None:
        warn = min(WARN, whole // 4)
    if left < 0:
        return [Problem(CRITICAL, "expired, so clients refuse it")]
    if certificate.not_before > now:
        ahead = times.spoken(certificate.not_before - now)
        return [Problem(CRITICAL, f"not valid for another {ahead}: is a clock wrong?")]
    if left < warn:
        state = CRITICAL if left < soon else WARNING
        return [Problem(state, f"expires in {times.spoken(left)}")]
    return []


def of_name(certificate: Certificate, name: str) -> list[Problem]:
    """The problem, if any, of a client that asks for `name` (a DNS name or an address)."""
    if matches(certificate.names, name):
        return []
    common = certificate.subject.value("CN")
    # old clients accept the common name if there is no other name
    if not any(kind in ("dns", "ip") for kind, _ in certificate.names):
        if matches([("dns", common), ("ip", common)], name):
            words = "names its host only in the common name, which browsers and Go ignore"
            return [Problem(WARNING, words)]
        return [
            Problem(CRITICAL, f"hostname mismatch: not for {name}, only for {common or 'no host'}")
        ]
    return [
        Problem(CRITICAL, f"hostname mismatch: not for {name}, only for {named(certificate.names)}")
    ]


def named(names: Sequence[tuple[str, str]], most: int = 3) -> str:
    """The names in words: `nas.lan, *.lab.example and 2 more`."""
    return few([text for _, text in names], most)


def matches(names: Sequence[tuple[str, str]], name: str) -> bool:
    """Whether `name` is among the names (RFC 9525, 6.3): a `*` matches one whole first label of a
    DNS name, and nothing else."""
    address = _address(name)
    if address:
        return any(kind == "ip" and _address(text) == address for kind, text in names)
    wanted = _ascii(name)
    label, _, above = wanted.partition(".")
    accepted = [wanted] if wanted else []
    # OpenSSL and curl accept no `*` for a whole top-level domain
    accepted += [f"*.{above}"] if label and "." in above else []
    return any(kind == "dns" and text.lower().rstrip(".") in accepted for kind, text in names)


def _address(text: str) -> bytes:
    """The bytes of an address, b"" if the text is not an address."""
    import socket

    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_pton(family, text.partition("%")[0])
        except (OSError, ValueError):
            pass
    return b""


def _ascii(name: str) -> str:
    """A DNS name in the form of certificates: lower case, an IDN in its ASCII form."""
    name = name.rstrip(".")
    if not name.isascii():
        from homelab.net import idna  # late: few names need its tables

        try:
            name = idna.to_ascii(name)
        except ValueError:
            pass
    return name.lower()


def of_strength(certificate: Certificate) -> list[Problem]:
    """The parts of a certificate that are weaker than clients accept."""
    return [Problem(CRITICAL, f"weak: {certificate.weak}")] if certificate.weak else []


def of_content(certificate: Certificate) -> list[Problem]:
    """Remarks on the parts of a certificate that can't be read."""
    return [Problem(OK, words) for words in certificate.unread]


def of_connection(version: str, cipher: str, weak: str = "") -> list[Problem]:
    """The problem of an outdated connection: a `version` of TLS (`TLSv1.2`), or a `cipher`, by
    OpenSSL's name, without forward secrecy or with an old checksum (RFC 9325, 4.1 and 4.2); "" for
    each if unknown. `weak` is why curl and browsers refuse the handshake, such as a short
    Diffie-Hellman key or a signature with SHA-1."""
    if version in _OLD:
        return [Problem(WARNING, f"its newest version of TLS is {version}, which is obsolete")]
    wrong = []
    if cipher and not cipher.startswith(("TLS_", "ECDHE-", "DHE-", "EDH-")):
        wrong.append("without forward secrecy")
    if cipher.endswith(("-SHA", "-MD5")):
        wrong.append(f"with a {'SHA-1' if cipher.endswith('-SHA') else 'MD5'} checksum")
    if "RC4" in cipher or "DES" in cipher:
        wrong.append("with an old cipher")
    if wrong:
        return [Problem(WARNING, f"uses TLS {' and '.join(wrong)} ({cipher})")]
    return [Problem(WARNING, f"curl and browsers refuse its TLS: {weak}")] if weak else []


def verdict(code: int) -> str:
    """OpenSSL's verdict in one or two words: `trusted`, `self-signed`, `unknown issuer`, …"""
    return _VERDICTS.get(code, "refused")


def of_trust(
    code: int, words: str, leaf: Certificate, others: Sequence[Certificate] | None, now: int
) -> list[Problem]:
    """The reason why clients do not trust the chain, from OpenSSL's code and words, and the
    `others` that the server sends (None: not known). Nothing that `of_time`, `of_name`,
    `of_strength` and `of_issuers` report is repeated."""
    if code == 0 or code in _NAMES or (code in _WEAK and leaf.weak):
        return []
    path = issuers(leaf, others or [], now)
    if code in _TIMES:
        if any(of_time(each, now, 0) for each in [leaf, *path]):
            return []
        when = "expired issuer" if code == 10 else "issuer that is not yet valid"
        return [Problem(CRITICAL, f"has an {when}")]
    if code == 18:
        return [
            Problem(CRITICAL, "self-signed: clients reject it unless they are told to trust it")
        ]
    if code in _ISSUERS:
        last = path[-1] if path else leaf
        whose = last.issuer.short or "an unnamed issuer"
        why = "neither sent by the server nor trusted here"
        if others is None:
            why = "not known or not trusted here"
        elif last.self_issued:
            why = "not trusted here"
        return [Problem(CRITICAL, f"issued by {whose}, which is {why}")]
    return [Problem(CRITICAL, f"refused by OpenSSL: {words or code}")]


def issuers(leaf: Certificate, others: Sequence[Certificate], now: int) -> list[Certificate]:
    """The path from its issuer up, as far as `others` have it. If one issuer has several
    certificates (cross-signed ones), clients use a valid one, so this is the one that expires
    last."""
    path: list[Certificate] = []
    below = leaf
    while not below.self_issued and len(path) < len(others):
        above = [each for each in others if _issued(each, below) and each not in path]
        if not above:
            break
        below = max(above, key=lambda each: (each.not_before <= now, each.not_after))
        path.append(below)
    return path


def _issued(issuer: Certificate, certificate: Certificate) -> bool:
    """Whether `issuer` may have issued `certificate`, by names and key identifiers."""
    if issuer.subject.parts != certificate.issuer.parts:
        return False
    own, wanted = issuer.own_key, certificate.issuer_key
    return not own or not wanted or own == wanted


def of_issuers(path: Sequence[Certificate], now: int, warn: int | None) -> list[Problem]:
    """The problems of the issuers' certificates, except a root, which clients have themselves."""
    problems = []
    for each in path:
        if not each.self_issued:
            whose = each.subject.short or "(unnamed)"
            for problem in [*of_time(each, now, warn), *of_strength(each)]:
                problems.append(Problem(problem.state, f"its issuer {whose}: {problem.words}"))
    return problems


def of_extras(
    leaf: Certificate, others: Sequence[Certificate], path: Sequence[Certificate], now: int
) -> list[Problem]:
    """A remark on certificates that a server sends without need: expired ones (often a cross-signed
    root) and certificates of another chain."""
    reached = [leaf, *path]
    for below in reached:  # the loop appends to it
        reached += [each for each in others if each not in reached and _issued(each, below)]
    extras = {}
    for each in others:
        name = each.subject.short or "unnamed"
        if each not in path and of_time(each, now, 0):
            when = "expired" if each.not_after < now else "not yet valid"
            extras[name] = f"{name} ({when})"
        elif each not in reached and each.serial != leaf.serial:
            extras[name] = f"{name} (of another chain)"
    if not extras:
        return []
    return [
        Problem(
            OK,
            f"also sends unneeded certificates: {few(list(extras.values()))}",
        )
    ]
