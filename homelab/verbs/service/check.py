"""`service check`: whether services answer."""

from __future__ import annotations

from homelab import findings, times
from homelab.errors import USAGE, Failure
from homelab.output.answer import Column, Table
from homelab.output.columns import visible
from homelab.services import expected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.net.reach import Reach
    from homelab.net.url import Url
    from homelab.services.expected import Service
    from homelab.services.judge import Result
    from homelab.services.options import RequestOptions

_GRACE = 0.8  # s, for a name lookup, which has no time limit of its own


def check(context: Context, arguments: Values) -> Table:
    """The services on the command line and in the list, problems first."""
    results = _results(context, _services(arguments), arguments)
    return findings.table(
        "homelab.service-check/1",
        _columns(any(row.service.url.tls or row.visit.certificate for row in results)),
        results,
        arguments,
        _fine,
        as_given=True,
    )


def _columns(encrypted: bool) -> tuple[Column, ...]:
    """The columns. Columns about TLS are shown only if some service uses it (JSON always has them).
    DETAIL is never cut on a narrow terminal: it ends with what to do."""
    return (
        Column("state"),
        Column("url", of="service.url.shown"),
        Column("status", "count", of=lambda row: row.visit.status or None),
        Column("lookup", "seconds", drop=1, of="visit.lookup"),
        Column("connect", "seconds", drop=1, of="visit.connect"),
        Column("tls", "seconds", drop=1, detail=not encrypted, of="visit.tls"),
        Column("first_byte", "seconds", drop=1, of="visit.first_byte"),
        Column("total", "seconds", of="visit.total"),
        Column("certificate_days", "count", header="DAYS", detail=not encrypted, of="days"),
        Column("detail"),
        Column("redirect", detail=True, of="visit.redirect"),
        Column("address", detail=True, of="visit.address"),
        Column("failed", detail=True, of=lambda row: row.visit.failed and row.visit.failed[0]),
        Column("certificate_expires", "moment", detail=True, of="visit.certificate.not_after"),
    )


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer."""
    return _columns(encrypted=True)


def _services(arguments: Values) -> list[Service]:
    """The services on the command line and in the list. Raises Failure (2)."""
    option, contains = "--expect: ", arguments.contains or ""
    try:
        statuses = expected.Statuses(arguments.expect) if arguments.expect else expected.USUAL
        option = ""
        found = [expected.service(text, statuses, contains) for text in arguments.url]
    except ValueError as error:
        raise Failure(USAGE, f"{option}{error}", usage_of="service check") from None
    if arguments.file:
        from homelab.system import files

        try:
            seconds = arguments.timeout / times.SECOND
            text = files.text(arguments.file, f"--file: {arguments.file}", seconds)
            found += expected.listed(text, statuses, contains)
        except ValueError as error:
            raise Failure(USAGE, f"--file: {error}") from None
    if not found:
        what = "--file: the list has no URL" if arguments.file else "name a URL, or a --file"
        raise Failure(USAGE, what, usage_of="service check")
    return found


def _request_options(
    context: Context, services: list[Service], arguments: Values
) -> RequestOptions:
    """The options of the requests, from the command line. Raises Failure (2), and (77) if a service
    may not be asked."""
    from homelab.net import hostport, reach
    from homelab.services.options import RequestOptions
    from homelab.system import parallel

    seconds = min(arguments.timeout / times.SECOND, parallel.LONGEST)
    dial = None
    if arguments.connect:
        try:
            dial = hostport.dial(arguments.connect)
        except ValueError as error:
            raise Failure(USAGE, f"--connect: {error}", usage_of="service check") from None
    limit = reach.limit(context.env)
    if limit:
        for service in services:
            _narrow(service, limit, dial)
    file = arguments.ca_file or ""
    return RequestOptions(seconds, dial, file, arguments.insecure, arguments.follow, limit)


def _narrow(service: Service, limit: Reach, dial: tuple[str, int] | None) -> None:
    """Leave the service only the URLs that may be asked. Raises Failure (77) if none of them
    may."""

    def places(url: Url) -> list[tuple[str, int]]:
        return [(url.host, url.port)] + ([(dial[0], dial[1] or url.port)] if dial else [])

    permitted = [url for url in service.urls if all(limit.permits(*place) for place in places(url))]
    if not permitted:
        for place in places(service.url):
            limit.check(*place)
    service.url = permitted[0]
    service.plain = permitted[1] if len(permitted) > 1 else None


def _results(context: Context, services: list[Service], arguments: Values) -> list[Result]:
    """The result of each service, without the body of its answer: the bodies of many services do
    not fit into memory."""
    from homelab.services.judge import judged
    from homelab.services.timed_get import Visit, visit_service
    from homelab.system import parallel

    options = _request_options(context, services, arguments)
    warn, insecure = arguments.warn, arguments.insecure

    def ask(service: Service) -> Result:
        asked, found = visit_service(service, options)
        result = judged(asked, found, context.clock(), warn, insecure)
        found.body = b""
        return result

    def late(service: Service) -> Result:
        found = Visit()
        found.failed = ("timeout", f"no complete answer within {options.seconds:g} s")
        return judged(service, found, context.clock(), warn, insecure)

    with context.progress() as progress:
        tell = progress.counter(len(services), "services asked", lambda each: each.url.host)
        seconds = options.seconds + _GRACE
        return list(parallel.answers(services, ask, seconds, arguments.jobs, tell, late=late))


def _fine(results: list[Result]) -> str:
    spoken = [_spoken(row) for row in results]
    slowest = max(range(len(results)), key=lambda index: results[index].visit.total or 0)
    many = f"{len(results)} services are fine, the slowest {spoken[slowest]}"
    strange = sum(row.visit.refused is not None for row in results)
    if strange:  # only with --insecure
        many += f"; untrusted certificates: {strange}"
    return findings.all_fine(spoken, many)


def _spoken(row: Result) -> str:
    beside = f" ({visible(row.detail)})" if row.detail else ""
    return f"{row.service.url} {row.visit.status} in {times.took(row.visit.total or 0)}{beside}"
