"""`service …`: whether services answer."""

from __future__ import annotations

from homelab import times
from homelab.errors import DONE, NO, UNREACHABLE, USAGE, Failure
from homelab.findings import CRITICAL, OK, ORDER, UNKNOWN, WARNING, all_fine
from homelab.output.answer import Column, Table
from homelab.output.columns import visible
from homelab.services import expected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell
    from homelab.services.expected import Service
    from homelab.services.options import Way
    from homelab.services.timed_get import Visit

_GRACE = 2.0  # s, for what can't bound itself
_LIST = 4 << 20  # characters of a list


def check(context: Context, arguments: Values) -> Table:
    """Every service that was asked for, problems first; 1 where there is one, and else 69 where one
    could not be asked: it was named to be watched."""
    services = _services(arguments)
    found = _asked(context, services, arguments)
    told = [(*each, service) for service, each in zip(services, found)]
    if not (arguments.json or arguments.csv):
        told.sort(key=lambda row: ORDER.index(row[0]))
    fine = [] if arguments.all else [row for row in told if row[0] == OK]
    problems = sum(state in (CRITICAL, WARNING) for state, *_ in told)
    unknown = sum(state == UNKNOWN for state, *_ in told)
    return Table(
        "homelab.service-check/1",
        _columns(any(service.url.tls or each.certificate for *_, each, service in told)),
        [_row(*each, context.clock()) for each in told],
        facts={"problems": problems, "unknown": unknown},
        code=NO if problems else UNREACHABLE if unknown else DONE,
        folded=len(fine),
        fine=_fine(fine) if fine else "",
    )


def _columns(encrypted: bool) -> tuple[Column, ...]:
    """What is of TLS stands in plain columns only where some service speaks it. DETAIL does not
    give way on a narrow terminal: what to do stands at its end."""
    return (
        Column("state"),
        Column("url"),
        Column("status", "count"),
        Column("lookup", "seconds", drop=True),
        Column("connect", "seconds", drop=True),
        Column("tls", "seconds", drop=True, detail=not encrypted),
        Column("first_byte", "seconds", drop=True),
        Column("total", "seconds"),
        Column("certificate_days", "count", header="DAYS", detail=not encrypted),
        Column("detail"),
        Column("redirect", detail=True),
        Column("address", detail=True),
        Column("failed", detail=True),
        Column("certificate_expires", "moment", detail=True),
    )


def _row(state: str, detail: str, found: Visit, service: Service, now: int) -> tuple[Cell, ...]:
    from homelab.certificates import judge

    shown = found.certificate
    return (
        state,
        service.url.shown,
        found.status or None,
        found.lookup,
        found.connect,
        found.tls,
        found.first_byte,
        found.total,
        judge.days(shown, now) if shown else None,
        detail or None,
        found.redirect or None,
        found.address or None,
        found.failed[0] if found.failed else None,
        shown.not_after if shown else None,
    )


def _services(arguments: Values) -> list[Service]:
    """What the command line and the list name. Raises Failure (2)."""
    try:
        statuses = expected.Statuses(arguments.expect) if arguments.expect else expected.USUAL
    except ValueError as error:
        raise Failure(USAGE, f"--expect: {error}", usage_of="service check") from None
    contains = arguments.contains or ""
    try:
        found = [expected.service(text, statuses, contains) for text in arguments.url]
    except ValueError as error:
        raise Failure(USAGE, str(error), usage_of="service check") from None
    if arguments.file:
        try:
            found += expected.listed(_list(arguments.file), statuses, contains)
        except ValueError as error:
            raise Failure(USAGE, f"--file: {error}") from None
    if not found:
        what = "--file: no URL is in the list" if arguments.file else "name a URL, or a --file"
        raise Failure(USAGE, what, usage_of="service check")
    return found


def _list(file: str) -> str:
    try:
        source: str | int = 0 if file == "-" else file
        own = file != "-"
        with open(source, encoding="utf-8-sig", errors="replace", closefd=own) as stream:
            text = stream.read(_LIST + 1)
    except OSError as error:
        raise Failure(USAGE, f"--file: {file} can't be read: {error.strerror}") from None
    if len(text) > _LIST:
        raise Failure(USAGE, f"--file: {file} is longer than {_LIST >> 20} MiB")
    return text


def _way(arguments: Values) -> Way:
    """How they are asked. Raises Failure (2)."""
    from homelab.net import hostport, parallel
    from homelab.services.options import Way

    seconds = min(arguments.timeout / times.SECOND, parallel.LONGEST)
    dial = None
    if arguments.connect:
        try:
            dial = hostport.dial(arguments.connect)
        except ValueError as error:
            raise Failure(USAGE, f"--connect: {error}", usage_of="service check") from None
    file = arguments.ca_file or ""
    try:
        return Way(seconds, dial, file, arguments.insecure, arguments.follow)
    except OSError as error:
        what = f"--ca-file: {file!r} can't be used: {error.strerror}; name a PEM file"
        raise Failure(USAGE, what) from None


def _asked(
    context: Context, services: list[Service], arguments: Values
) -> list[tuple[str, str, Visit]]:
    """What came of each: its state, in words, and what was seen, but for its text: of many they
    are more than memory holds."""
    from homelab.net import parallel
    from homelab.net.http import BODY
    from homelab.output.progress import Progress
    from homelab.services.judge import judged
    from homelab.services.timed_get import HINT, Visit, visit

    way = _way(arguments)
    warn, insecure = arguments.warn, arguments.insecure

    def ask(service: Service) -> tuple[str, str, Visit]:
        found = visit(service.url, way, BODY if service.contains else HINT)
        told = judged(service, found, context.clock(), warn, insecure)
        found.body = b""
        return (*told, found)

    def late(service: Service) -> tuple[str, str, Visit]:
        found = Visit()
        found.failed = ("timeout", f"no whole answer within {way.seconds:g} s")
        return (*judged(service, found, context.clock(), warn, insecure), found)

    def tell(done: int) -> None:
        progress.says(f"{done} of {len(services)} services asked")

    progress = Progress(context.stderr, context.terminal())
    try:
        answers = parallel.asked(services, ask, way.seconds + _GRACE, arguments.jobs, tell)
        return [
            late(service) if isinstance(each, TimeoutError) else each
            for service, each in zip(services, answers)
        ]
    finally:
        progress.over()


def _fine(rows: list[tuple[str, str, Visit, Service]]) -> str:
    told = [_spoken(service, found, detail) for _, detail, found, service in rows]
    slowest = max(range(len(rows)), key=lambda index: rows[index][2].total or 0)
    many = f"{len(rows)} services are fine, the slowest {told[slowest]}"
    strange = sum(found.refused is not None for _, _, found, _ in rows)
    if strange:  # the run is insecure
        many += f"; certificates that are not trusted: {strange}"
    return all_fine(told, many)


def _spoken(service: Service, found: Visit, detail: str) -> str:
    beside = f" ({visible(detail, True)})" if detail else ""
    return f"{service.url} {found.status} in {times.took(found.total or 0)}{beside}"
