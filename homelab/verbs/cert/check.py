"""`cert check`: certificates of servers and in files."""

from __future__ import annotations

import hashlib
import os

from homelab import findings, times
from homelab.certificates import inspect, judge, targets
from homelab.certificates.inspect import Requirements
from homelab.errors import USAGE, Failure
from homelab.net import reach
from homelab.output.answer import Column, Table
from homelab.output.columns import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.certificates.inspect import Inspection
    from homelab.certificates.server import Trust
    from homelab.certificates.targets import Target
    from homelab.certificates.x509 import Certificate
    from homelab.context import Context
    from homelab.net.reach import Reach

_GRACE = 0.5  # s, for a name lookup, which has no time limit of its own
_LINK = 0.5  # s that the target of a symbolic link has to answer
_NAMES = 100  # names that JSON and CSV list of one certificate


def _text(read: Callable[[Certificate], str]) -> Callable[[Inspection], str | None]:
    """A cell with text from the row's certificate; None for a row without one."""
    return lambda row: read(row.certificate) if row.certificate else None


def _key(certificate: Certificate) -> str:
    sized = certificate.key in ("RSA", "DSA")
    return f"{certificate.key} {certificate.bits}" if sized else certificate.key


COLUMNS = (
    Column("state"),
    Column("target"),
    Column("days", "count"),
    Column("expires", "moment", drop=1, of="certificate.not_after"),
    Column("issuer", flexible=True, of="certificate.issuer.short"),
    Column("trust"),
    # never cut on a narrow terminal: it ends with what to do
    Column("detail", of=lambda row: row.detail),
    Column("subject", detail=True, of=_text(lambda certificate: str(certificate.subject))),
    Column("names", detail=True, of=_text(lambda found: judge.named(found.names, _NAMES))),
    Column("not_before", "moment", detail=True, of="certificate.not_before"),
    Column("key", detail=True, of=_text(_key)),
    Column("signature", detail=True, of="certificate.signature"),
    Column("serial", detail=True, of="certificate.serial"),
    Column("sha256", detail=True,
           of=lambda row: hashlib.sha256(row.der).hexdigest() if row.certificate else None),
    Column("tls", detail=True),
)  # fmt: skip


def check(context: Context, arguments: Values) -> Table:
    """The certificates of all targets: problems first, and within a state the first to expire."""
    now = context.clock()
    wanted = Requirements(now, arguments.warn, arguments.name or "", arguments.any_issuer)
    words = list(dict.fromkeys(arguments.target))
    limit = reach.limit(context.env)
    paths = [word for word in words if not limit and _is_file(word)]
    servers = [word for word in words if word not in paths]
    asked = [_target(word, arguments) for word in servers]
    if limit:
        _check(limit, asked, arguments.name or "")
    trust = None
    if asked:
        from homelab.certificates.server import Trust

        trust = Trust(arguments.ca_file or "", arguments.timeout / times.SECOND)
    rows = []
    answers = _answers(context, [*asked, *paths], trust, arguments, wanted)
    for path, answer in zip([""] * len(asked) + paths, answers):
        if isinstance(answer, bytes):
            rows += inspect.of_file(path, answer, wanted)
        else:
            rows.append(answer)
    rows.sort(key=lambda row: row.certificate.not_after if row.certificate else 0)
    return findings.table(
        "homelab.cert-check/1",
        COLUMNS,
        rows,
        arguments,
        lambda fine: _fine(fine, now),
        notes=_notes(rows, trust, arguments),
    )


def _is_file(word: str) -> bool:
    return targets.is_file(word) or ("://" not in word and _is_file_here(word))


def _check(limit: Reach, asked: list[Target], name: str) -> None:
    """Raises Failure (77) if a server may not be asked, or not for that name: a proxy that routes
    by TLS server name would lead to another host."""
    for target in asked:
        limit.check(target.host, target.port)
        if name:
            limit.check(name, target.port)


def _target(word: str, arguments: Values) -> Target:
    try:
        return targets.target(word, arguments.starttls or "")
    except ValueError as error:
        raise Failure(USAGE, visible(str(error)), usage_of="cert check") from None


def _is_file_here(word: str) -> bool:
    """Whether a file of the working directory has that name. A symbolic link whose target does not
    answer (on a hung network mount) counts as a file."""
    if not os.path.islink(word):
        return os.path.isfile(word)
    from homelab.system import parallel

    try:
        return parallel.with_timeout(lambda: os.path.isfile(word), _LINK)
    except TimeoutError:
        return True


def _answers(
    context: Context,
    asked: list[Target | str],
    trust: Trust | None,
    arguments: Values,
    wanted: Requirements,
) -> list[Inspection | bytes]:
    """The inspection of each server, or the content of each file, in the order of `asked`. A
    terminal shows progress."""
    from homelab.system import parallel

    seconds = min(arguments.timeout / times.SECOND, parallel.LONGEST)

    def ask(target: Target | str) -> Inspection | bytes:
        if isinstance(target, str):
            return inspect.content(target, seconds)
        assert trust is not None
        return inspect.of_server(trust, target, wanted, seconds)

    def late(target: Target | str) -> Inspection:
        return inspect.unknown(target, f"no answer within {seconds:g} s")

    with context.progress() as progress:
        tell = progress.counter(len(asked), "servers and files asked")
        # all but name lookups have time limits of their own; a late lookup is abandoned
        return list(parallel.answers(asked, ask, seconds + _GRACE, tell=tell, late=late))


def _notes(rows: list[Inspection], trust: Trust | None, arguments: Values) -> tuple[str, ...]:
    if trust is None:
        return ("--ca-file has no effect on files: only servers' issuers are verified",) * bool(
            arguments.ca_file
        )
    strange = [row for row in rows if row.tls and row.trust in ("self-signed", "unknown issuer")]
    if not strange or arguments.any_issuer:
        return ()
    told = "--ca-file FILE trusts your lab's CA (or a self-signed certificate itself)"
    note = f"{told}; --any-issuer checks only dates and names"
    if trust.has_store:
        return (note,)
    return ("this host has no trusted CAs (Debian: apt install ca-certificates)", note)


def _fine(rows: list[Inspection], now: int) -> str:
    lives = [_life(row, now) for row in rows]
    many = f"{len(rows)} certificates are fine; {lives[0]}"
    if len(rows) == 1 and rows[0].certificate:
        issuer = visible(rows[0].certificate.issuer.short or "an unnamed issuer")
        lives[0] += f", issued by {issuer}" + (f", {rows[0].trust}" if rows[0].trust else "")
    return findings.all_fine(lives, many)


def _life(row: Inspection, now: int) -> str:
    if row.certificate is None or row.days is None:
        ends = "never expires"
    elif row.days > 1:
        ends = f"expires in {row.days} d"
    else:
        ends = f"expires in {times.spoken(row.certificate.not_after - now)}"
    return f"{visible(row.target)} {ends}"
