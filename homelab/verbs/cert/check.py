"""`cert …`: certificates of servers and in files."""

from __future__ import annotations

import hashlib
import os

from homelab import times
from homelab.certificates import inspect, judge, targets
from homelab.certificates.inspect import Asked
from homelab.errors import DONE, NO, UNREACHABLE, USAGE, Failure
from homelab.findings import CRITICAL, OK, ORDER, UNKNOWN, WARNING
from homelab.output.answer import Column, Table
from homelab.output.columns import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.certificates.inspect import Standing
    from homelab.certificates.server import Trust
    from homelab.certificates.targets import Target
    from homelab.context import Context

_COLUMNS = (
    Column("state"),
    Column("target"),
    Column("days", "count"),
    Column("expires", "moment", drop=True),
    Column("issuer", flexible=True),
    Column("trust"),
    Column("detail"),  # whole on a narrow terminal, too: what to do stands at its end
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


def _cells(row: Standing, now: int) -> tuple[str | int | None, ...]:
    found = row.certificate
    start = (row.state, row.target)
    if found is None:
        return (*start, None, None, None, None, row.detail, *[None] * 8)
    return (
        *start,
        judge.days(found, now),
        found.not_after,
        found.issuer.short or None,
        row.trust,
        row.detail,
        str(found.subject),
        judge.named(found.names, _NAMES),
        found.not_before,
        f"{found.key} {found.bits}" if found.key in ("RSA", "DSA") else found.key,
        found.signature,
        found.serial,
        hashlib.sha256(row.der).hexdigest(),
        row.tls,
    )


def check(context: Context, arguments: Values) -> Table:
    """The certificates of all targets, problems first; 1 where there is one, and else 69 where a
    target could not be asked: it was named to be watched."""
    now = context.clock()
    wanted = Asked(now, arguments.warn, arguments.name or "", arguments.any_issuer)
    words = list(dict.fromkeys(arguments.target))
    servers = [word for word in words if not (targets.is_file(word) or os.path.isfile(word))]
    asked = [_target(word, arguments) for word in servers]
    trust = _trust(arguments.ca_file or "") if asked else None
    rows = _of_servers(context, asked, trust, arguments, wanted) if trust else []
    for word in words:
        if word not in servers:
            rows += inspect.of_file(word, wanted)
    rows.sort(key=_order)
    told = [row for row in rows if row.certificate is not None]
    fine = [] if arguments.all else [row for row in rows if row.state == OK]
    problems = sum(row.state in (CRITICAL, WARNING) for row in rows)
    return Table(
        "homelab.cert-check/1",
        _COLUMNS,
        [_cells(row, now) for row in rows],
        facts={"problems": problems, "unknown": sum(row.state == UNKNOWN for row in rows)},
        notes=_notes(told, trust, arguments),
        code=NO if problems else UNREACHABLE if len(told) < len(rows) else DONE,
        folded=len(fine),
        fine=_fine(fine, now) if fine else "",
    )


def _order(row: Standing) -> tuple[int, int]:
    """The worst first, and of those the one that ends first."""
    ends = row.certificate.not_after if row.certificate else 0
    return ORDER.index(row.state), ends


def _target(word: str, arguments: Values) -> Target:
    try:
        return targets.target(word, arguments.starttls or "")
    except ValueError as error:
        raise Failure(USAGE, visible(str(error), True), usage_of="cert check") from None


def _trust(ca_file: str) -> Trust:
    from homelab.certificates.server import Trust

    try:
        return Trust(ca_file)
    except OSError as error:
        what = f"--ca-file: {ca_file!r} can't be used: {error.strerror}; name a PEM file"
        raise Failure(USAGE, what) from None


def _of_servers(
    context: Context, asked: list[Target], trust: Trust, arguments: Values, wanted: Asked
) -> list[Standing]:
    """How each server's certificate stands, in their order. Progress is shown at a terminal."""
    from homelab.certificates import server
    from homelab.net import parallel
    from homelab.output.progress import Progress

    seconds = min(arguments.timeout / times.SECOND, parallel.LONGEST)

    def ask(target: Target) -> Standing:
        return inspect.of_server(trust, target, wanted, seconds)

    progress = Progress(context.stderr, context.terminal())

    def tell(done: int) -> None:
        progress.says(f"{done} of {len(asked)} servers asked")

    try:
        # each bounds itself; what does not is a lookup, which is left behind
        found = list(parallel.asked(asked, ask, seconds + 1, tell=tell))
    finally:
        progress.over()
    silent = server.late(seconds)
    return [
        inspect.unknown(target, silent) if isinstance(row, TimeoutError) else row
        for target, row in zip(asked, found)
    ]


def _notes(rows: list[Standing], trust: Trust | None, arguments: Values) -> tuple[str, ...]:
    if trust is None:
        return ("--ca-file is for servers: of files no issuer is verified",) * bool(
            arguments.ca_file
        )
    strange = [row for row in rows if row.tls and row.trust in ("self-signed", "unknown issuer")]
    if not strange or arguments.any_issuer:
        return ()
    told = "--ca-file names your lab's CA (or a self-signed certificate itself)"
    note = f"{told}; --any-issuer judges dates and names alone"
    if trust.has_store:
        return (note,)
    return ("this host has no CAs that it trusts (Debian: apt install ca-certificates)", note)


def _fine(rows: list[Standing], now: int) -> str:
    if len(rows) > _FINE:
        return f"{len(rows)} certificates are fine; {_life(rows[0], now)} (--all: with details)"
    told = ", ".join(_life(row, now) for row in rows)
    if len(rows) == 1 and rows[0].certificate:
        issuer = visible(rows[0].certificate.issuer.short or "nobody named", True)
        told += f", issued by {issuer}" + (f", {rows[0].trust}" if rows[0].trust else "")
    return f"fine: {told} (--all: with details)"


def _life(row: Standing, now: int) -> str:
    found = row.certificate
    left = judge.days(found, now) if found else None
    if found is None or left is None:
        ends = "never ends"
    else:
        ends = f"ends in {left} d" if left > 1 else f"ends in {times.spoken(found.not_after - now)}"
    return f"{visible(row.target, True)} {ends}"
