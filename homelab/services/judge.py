"""The state of a service: its answer compared with the expected one."""

from __future__ import annotations

from homelab.certificates import judge
from homelab.findings import CRITICAL, OK, UNKNOWN, WARNING, Problem, summary
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.services.expected import Service
    from homelab.services.timed_get import Visit

_SHOWN = 40  # characters of the missing text in a message


class Result:
    """The result for a service: its `visit`, the `state`, in `detail` the problems and remarks, and
    the `days` until its certificate expires, None without one."""

    __slots__ = ("days", "detail", "service", "state", "visit")

    def __init__(
        self, service: Service, visit: Visit, state: str, detail: str, days: int | None
    ) -> None:
        self.service = service
        self.visit = visit
        self.state = state
        self.detail = detail
        self.days = days


def judged(service: Service, found: Visit, now: int, warn: int | None, insecure: bool) -> Result:
    """The result of a visit at the time `now` (ns). A certificate with less than `warn` ns left is
    a problem (None: the limit depends on its lifetime)."""
    problems = _certificate(found, now, warn, insecure)
    if found.version:
        problems += judge.of_connection(found.version, found.cipher, found.weak)
    if found.instead:
        problems.append(Problem(OK, f"https failed first: {found.instead}"))
    if found.failed:
        phase, why = found.failed
        if phase == "body" and found.status and not service.statuses.have(found.status):
            problems.append(_status(service, found))
        elif why:
            state = UNKNOWN if found.unasked else CRITICAL
            problems.append(Problem(state, f"{phase}: {why}"))
    elif found.status:
        problems += _answer(service, found)
    if found.redirect:
        problems.append(Problem(OK, f"redirects to {found.redirect}"))
    shown = found.certificate
    return Result(service, found, *summary(problems), judge.days(shown, now) if shown else None)


def _answer(service: Service, found: Visit) -> list[Problem]:
    if not service.statuses.have(found.status):
        return [_status(service, found)]
    wanted = service.contains
    if found.contains:
        return []
    if not wanted:
        return [Problem(OK, "its body does not end")] if found.endless and found.read else []
    if found.unsearched:
        return [Problem(UNKNOWN, found.unsearched)]
    where = "the body"
    if not found.whole:
        where = f"the first {found.read >> 10} KiB of the body"
    if found.endless:
        where = "the part of the body that came in time"
    hint = "; it redirects: use --follow" if found.redirect else ""
    return [Problem(CRITICAL, f"{clipped(wanted, _SHOWN)!r} is not in {where}{hint}")]


def _status(service: Service, found: Visit) -> Problem:
    hint = ""
    if found.wants_tls:
        hint = "; the port expects https"
    elif 300 <= found.status < 400:
        hint = "; use --follow to follow the redirect"
    return Problem(CRITICAL, f"status {found.status}, expected {service.statuses.text}{hint}")


def _certificate(found: Visit, now: int, warn: int | None, insecure: bool) -> list[Problem]:
    """The problems of a service's certificate, as in `cert check`. In an `insecure` run none of
    them is critical, and problems of issuer and name are only remarks."""
    shown = found.certificate
    if shown is None:
        if found.refused is not None:
            words = f"certificate is not trusted and can't be read: {found.refused[1]}"
            return [Problem(OK if insecure else CRITICAL, words)]
        # unknown: it may expire tomorrow
        words = f"certificate can't be read: {found.unread}"
        return [Problem(UNKNOWN, words)] if found.unread else []
    code, words = found.refused or (0, "")
    itself = [*judge.of_time(shown, now, warn), *judge.of_strength(shown)]
    issuers = judge.of_issuers(found.issuers, now, warn)
    others = [
        *judge.of_name(shown, found.name),
        *judge.of_trust(code, words, shown, found.issuers or None, now),
    ]
    if code and CRITICAL not in [problem.state for problem in [*itself, *others, *issuers]]:
        others.append(Problem(CRITICAL, f"refused by OpenSSL: {words}"))
    if insecure:
        itself = [Problem(WARNING, problem.words) for problem in itself]
        others = [Problem(OK, problem.words) for problem in others]
        issuers = [Problem(OK, problem.words) for problem in issuers]
    problems = [*itself, *others, *judge.of_content(shown)]
    if found.unread:  # an issuer, which may expire tomorrow
        issuers = [
            *issuers,
            Problem(UNKNOWN, f"certificate of an issuer can't be read: {found.unread}"),
        ]
    named = [Problem(problem.state, f"certificate {problem.words}") for problem in problems]
    return [*named, *issuers]
