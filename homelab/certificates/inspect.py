"""Check the certificates that a server shows or a file holds against the requirements."""

from __future__ import annotations

from homelab.certificates import formats, judge, x509
from homelab.certificates.der import Malformed
from homelab.findings import CRITICAL, OK, UNKNOWN, Problem, summary
from homelab.system import files
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.certificates.server import Shown, Trust
    from homelab.certificates.targets import Target
    from homelab.certificates.x509 import Certificate


class Requirements:
    """The requirements for a certificate: valid at the time `now` and for `warn` ns more (None:
    depends on its lifetime), valid for `name` ("": the target's own), and from a trusted issuer, or
    from `any_issuer`."""

    __slots__ = ("any_issuer", "name", "now", "warn")

    def __init__(self, now: int, warn: int | None, name: str, any_issuer: bool) -> None:
        self.now = now
        self.warn = warn
        self.name = name
        self.any_issuer = any_issuer


class Inspection:
    """The result for one certificate of a target. `certificate` is None if it can't be read, and
    `detail` says why; `days` are the days left, None also if it never expires; `trust` is OpenSSL's
    verdict on its issuer, `tls` the version of TLS that showed it, both None for a file."""

    __slots__ = ("certificate", "days", "der", "detail", "state", "target", "tls", "trust")

    def __init__(self, state: str, target: str, detail: str) -> None:
        self.state = state
        self.target = target
        self.detail = detail
        self.certificate: Certificate | None = None
        self.days: int | None = None
        self.der = b""
        self.trust: str | None = None
        self.tls: str | None = None


def unknown(target: object, why: str) -> Inspection:
    """The inspection of a target whose certificate can't be read, for the reason `why`."""
    return Inspection(UNKNOWN, str(target), why)


def of_server(trust: Trust, target: Target, asked: Requirements, seconds: float) -> Inspection:
    """The inspection of a server's certificate; the server has `seconds` to answer."""
    from homelab.certificates import server  # ssl, which no file needs

    # a name in TLS has no dot at its end, and an address in it no zone
    name = (asked.name or target.host).partition("%")[0].rstrip(".")
    try:
        shown = trust.ask(target, name, seconds)
        if not shown.chain:
            return unknown(target, "the server shows no certificate")
        leaf = x509.read(shown.chain[0])
    except server.Unasked as error:
        return unknown(target, str(error))
    except Malformed as error:
        return unknown(target, f"its certificate can't be read: {error}")
    others, unread = _sent_along(shown)
    path = _path(shown, leaf, others, asked.now)
    problems = [
        *judge.of_time(leaf, asked.now, asked.warn),
        *judge.of_name(leaf, name),
        *judge.of_strength(leaf),
        *judge.of_connection(shown.version, shown.cipher, shown.weak),
        *judge.of_issuers(path, asked.now, asked.warn),
        *judge.of_content(leaf),
        *judge.of_extras(leaf, others, path, asked.now),
        *unread,
    ]
    if shown.distrusted and not any("weak: " in problem.words for problem in problems):
        problems.append(Problem(CRITICAL, f"refused by OpenSSL: {shown.distrusted}"))
    if not asked.any_issuer:
        problems += judge.of_trust(shown.refused, shown.words, leaf, others, asked.now)
    row = _standing(str(target), leaf, problems, asked.now)
    row.der, row.tls = shown.chain[0], shown.version
    row.trust = judge.verdict(shown.refused)
    return row


def _sent_along(shown: Shown) -> tuple[list[Certificate], list[Problem]]:
    """The certificates after the server's own, and the problem of unreadable ones: unknown if one
    may be on the path, as its end is not known."""
    others: list[Certificate] = []
    problems: list[Problem] = []
    for data in shown.chain[1:]:
        try:
            others.append(x509.read(data))
        except Malformed as error:
            needed = not shown.verified or data in shown.verified
            words = f"another certificate that it sends can't be read: {error}"
            problems = [*problems, Problem(UNKNOWN if needed else OK, words)][:1]
    return others, problems


def _path(
    shown: Shown, leaf: Certificate, others: Sequence[Certificate], now: int
) -> list[Certificate]:
    """The issuers by which clients verify the server's certificate: the path that OpenSSL verified,
    or else the fitting certificates that the server sends. If OpenSSL verified the chain, it stops
    before the first that has expired."""
    path = []
    if not shown.refused and shown.verified:
        for data in shown.verified[1:]:
            try:
                path.append(x509.read(data))
            except Malformed:  # it is from this host's store, or already reported as unreadable
                pass
        return path
    for each in judge.issuers(leaf, others, now):
        if not shown.refused and judge.of_time(each, now, 0):
            break
        path.append(each)
    return path


def _standing(target: str, found: Certificate, problems: list[Problem], now: int) -> Inspection:
    state, detail = summary(problems)
    row = Inspection(state, target, detail or judge.named(found.names) or found.subject.short)
    row.certificate = found
    row.days = judge.days(found, now)
    return row


def content(path: str, seconds: float) -> bytes | Inspection:
    """The bytes of a file, or the inspection of one that can't be read; its file system has
    `seconds` to answer."""
    try:
        return files.content(path, formats.SIZE, seconds)
    except OSError as error:
        return unknown(path, error.strerror or "it can't be read")


def of_file(path: str, data: bytes, asked: Requirements) -> list[Inspection]:
    """The inspection of each certificate in the `data` of a file, at least one. The required name
    is checked for the first certificate only."""
    try:
        found = formats.entries(data)
    except Malformed as error:
        # the command in the message has FILE for the file's name
        return [unknown(path, str(error).replace(" FILE", f" {quoted(path)}"))]
    rows = []
    for number, entry in enumerate(found, 1):
        target = path if len(found) == 1 else f"{path}#{entry.name or number}"
        if entry.why:
            rows.append(unknown(target, entry.why))
            continue
        try:
            certificate = x509.read(entry.data)
        except Malformed as error:
            rows.append(unknown(target, f"its certificate can't be read: {error}"))
            continue
        problems = [
            *judge.of_time(certificate, asked.now, asked.warn),
            *judge.of_strength(certificate),
            *judge.of_content(certificate),
        ]
        if asked.name and number == 1:
            problems += judge.of_name(certificate, asked.name)
        row = _standing(target, certificate, problems, asked.now)
        if problems and certificate.is_ca:  # it is one of several, so the detail names it
            row.detail = f"{certificate.subject.short or 'unnamed'}: {row.detail}"
        row.der = entry.data
        row.trust = "self-signed" if certificate.self_issued else None
        rows.append(row)
    return rows
