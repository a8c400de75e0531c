"""`cert …`: certificates of servers and in files."""

from __future__ import annotations

import hashlib
import os

from homelab import times
from homelab.checks import certificates
from homelab.checks.certificates import Problem
from homelab.checks.finding import CRITICAL, OK, ORDER, UNKNOWN, WARNING
from homelab.errors import DONE, NO, UNREACHABLE, USAGE, Failure
from homelab.network import pem, targets, x509
from homelab.network.der import Malformed
from homelab.output.answer import Column, Table
from homelab.output.columns import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.network.chains import Trust
    from homelab.network.targets import Target
    from homelab.network.x509 import Certificate

_COLUMNS = (
    Column("state"),
    Column("target"),
    Column("days", "count"),
    Column("expires", "moment", drop=True),
    Column("issuer", flexible=True),
    Column("trust"),
    Column("detail", flexible=True),
    Column("subject", detail=True),
    Column("names", detail=True),
    Column("not_before", "moment", detail=True),
    Column("key", detail=True),
    Column("signature", detail=True),
    Column("serial", detail=True),
    Column("sha256", detail=True),
    Column("tls", detail=True),
)
_NAMES = 100  # that JSON and CSV have of one certificate
_FINE = 3  # targets that the sentence for what is fine names


class _Row:
    """A certificate of a target, or why there is none (`silent`)."""

    __slots__ = ("certificate", "der", "detail", "state", "target", "tls", "trust")

    def __init__(self, state: str, target: str, detail: str) -> None:
        self.state = state
        self.target = target
        self.detail = detail
        self.certificate: Certificate | None = None
        self.der = b""
        self.trust: str | None = None
        self.tls: str | None = None

    def cells(self, now: int) -> tuple[str | int | None, ...]:
        found = self.certificate
        start = (self.state, self.target)
        if found is None:
            return (*start, None, None, None, None, self.detail, *[None] * 8)
        return (
            *start,
            certificates.days(found, now),
            found.not_after,
            found.issuer.short or None,
            self.trust,
            self.detail,
            str(found.subject),
            certificates.named(found.names, _NAMES),
            found.not_before,
            f"{found.key} {found.bits}" if found.key in ("RSA", "DSA") else found.key,
            found.signature,
            found.serial,
            hashlib.sha256(self.der).hexdigest(),
            self.tls,
        )


def check(context: Context, arguments: Values) -> Table:
    """The certificates of all targets, problems first; 1 where there is one."""
    now = context.clock()
    words = list(dict.fromkeys(arguments.target))
    servers = [word for word in words if not (targets.is_file(word) or os.path.isfile(word))]
    asked = [_target(word, arguments) for word in servers]
    rows = _of_servers(asked, arguments, now) if asked else []
    for word in words:
        if word not in servers:
            rows += _of_file(word, arguments, now)
    rows.sort(key=_order)
    told = [row for row in rows if row.certificate is not None]
    fine = [] if arguments.all else [row for row in rows if row.state == OK]
    problems = sum(row.state in (CRITICAL, WARNING) for row in rows)
    return Table(
        "homelab.cert-check/1",
        _COLUMNS,
        [row.cells(now) for row in rows],
        facts={"problems": problems, "unknown": sum(row.state == UNKNOWN for row in rows)},
        notes=_notes(told, arguments),
        code=UNREACHABLE if not told else NO if problems else DONE,
        folded=len(fine),
        fine=_fine(fine, now) if fine else "",
    )


def _order(row: _Row) -> tuple[int, int]:
    """The worst first, and of those the one that ends first."""
    ends = row.certificate.not_after if row.certificate else 0
    return ORDER.index(row.state), ends


def _target(word: str, arguments: Values) -> Target:
    try:
        return targets.target(word, arguments.starttls or "")
    except ValueError as error:
        raise Failure(USAGE, visible(str(error), True), usage_of="cert check") from None


def _of_servers(asked: list[Target], arguments: Values, now: int) -> list[_Row]:
    from homelab.network.chains import Trust, each

    try:
        trust = Trust(arguments.ca_file or "")
    except OSError as error:
        why = error.strerror
        raise Failure(
            USAGE, f"--ca-file: {arguments.ca_file!r} can't be used: {why}; name a PEM file"
        ) from None
    seconds = arguments.timeout / times.SECOND

    def ask(target: Target) -> _Row:
        return _of_server(trust, target, arguments, seconds, now)

    return each(ask, asked)


def _of_server(trust: Trust, target: Target, arguments: Values, seconds: float, now: int) -> _Row:
    from homelab.network.chains import Unasked

    name = arguments.name or target.host.partition("%")[0]
    try:
        shown = trust.ask(target, name, seconds)
        if not shown.chain:
            return _Row(UNKNOWN, str(target), "it shows no certificate")
        leaf, *others = [x509.read(each) for each in shown.chain]
    except Unasked as error:
        return _Row(UNKNOWN, str(target), str(error))
    except Malformed as error:
        return _Row(UNKNOWN, str(target), f"its certificate can't be read: {error}")
    problems = [
        *certificates.of_time(leaf, now, arguments.warn),
        *certificates.of_name(leaf, name),
        *certificates.of_strength(leaf, shown.version),
        *certificates.of_issuers(certificates.issuers(leaf, others), now, arguments.warn),
    ]
    if not arguments.any_issuer:
        problems += certificates.of_trust(shown.refused, shown.words, leaf, others, now)
    row = _row(str(target), leaf, problems)
    row.der, row.tls = shown.chain[0], shown.version
    row.trust = certificates.verdict(shown.refused)
    return row


def _row(target: str, found: Certificate, problems: list[Problem]) -> _Row:
    problems.sort(key=lambda problem: ORDER.index(problem.state))
    names = certificates.named(found.names) or found.subject.short
    told = "; ".join(problem.words for problem in problems)
    if told and found.is_ca:  # in a file beside others, so whose it is has to be said
        told = f"{found.subject.short or 'nobody named'}: {told}"
    detail = told or names
    row = _Row(certificates.worst(problems), target, detail)
    row.certificate = found
    return row


def _of_file(path: str, arguments: Values, now: int) -> list[_Row]:
    """A row for each certificate in the file."""
    try:
        found = pem.certificates(_content(path))
    except OSError as error:
        return [_Row(UNKNOWN, path, error.strerror or "it can't be read")]
    except Malformed as error:
        return [_Row(UNKNOWN, path, str(error))]
    if not found:
        return [_Row(UNKNOWN, path, "it holds no certificate, PEM or DER")]
    rows = []
    for number, data in enumerate(found, 1):
        target = path if len(found) == 1 else f"{path}#{number}"
        try:
            certificate = x509.read(data)
        except Malformed as error:
            rows.append(_Row(UNKNOWN, target, f"no certificate that can be read: {error}"))
            continue
        problems = [
            *certificates.of_time(certificate, now, arguments.warn),
            *certificates.of_strength(certificate),
        ]
        if arguments.name and number == 1:
            problems += certificates.of_name(certificate, arguments.name)
        row = _row(target, certificate, problems)
        row.der = data
        row.trust = "self-signed" if certificate.self_issued else None
        rows.append(row)
    return rows


def _content(path: str) -> bytes:
    """What a regular file holds; nothing else is opened, for it might never end."""
    import stat

    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Malformed("it is no regular file")
        content = file.read(pem.SIZE + 1)
    if len(content) > pem.SIZE:
        raise Malformed(f"it is larger than {pem.SIZE >> 20} MiB")
    return content


def _notes(rows: list[_Row], arguments: Values) -> tuple[str, ...]:
    strange = [row for row in rows if row.tls and row.trust in ("self-signed", "unknown issuer")]
    if not strange or arguments.any_issuer:
        return ()
    told = "--ca-file names your lab's CA, or the certificate itself where it is self-signed;"
    return (f"{told} --any-issuer judges dates and names alone",)


def _fine(rows: list[_Row], now: int) -> str:
    if len(rows) > _FINE:
        return f"{len(rows)} certificates are fine; {_life(rows[0], now)} (--all: with details)"
    return f"fine: {', '.join(_life(row, now) for row in rows)} (--all: with details)"


def _life(row: _Row, now: int) -> str:
    found = row.certificate
    left = certificates.days(found, now) if found else None
    if found is None or left is None:
        ends = "never ends"
    else:
        ends = f"ends in {left} d" if left > 1 else f"ends in {times.spoken(found.not_after - now)}"
    return f"{visible(row.target, True)} {ends}"
