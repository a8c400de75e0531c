"""How a service stands: what came of asking it, against what was expected."""

from __future__ import annotations

from homelab.certificates import judge
from homelab.findings import CRITICAL, OK, UNKNOWN, WARNING, Problem, summary
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.services.expected import Service
    from homelab.services.timed_get import Visit

_SHOWN = 40  # characters of a text that is missing


class Result:
    """What came of asking a service: its `visit`, the `state`, in `detail` what is wrong or what
    else there is to know, and the `days` that its certificate has left, None without one."""

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
    """The result of a visit at the moment `now` (ns), for which less than `warn` ns left of a
    certificate are too few (None: as its lifetime asks for)."""
    problems = _certificate(found, now, warn, insecure)
    if found.version:
        problems += judge.of_connection(found.version, found.cipher, found.weak)
    if found.instead:
        problems.append(Problem(OK, f"https was tried first: {found.instead}"))
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
        return [Problem(OK, "its text has no end")] if found.endless and found.read else []
    if found.unsearched:
        return [Problem(UNKNOWN, found.unsearched)]
    where = "its text"
    if not found.whole:
        where = f"the first {found.read >> 10} KiB of its text"
    if found.endless:
        where = "what came of its text in time"
    mend = "; it redirects, and --follow goes there" if found.redirect else ""
    return [Problem(CRITICAL, f"{clipped(wanted, _SHOWN)!r} is not in {where}{mend}")]


def _status(service: Service, found: Visit) -> Problem:
    mend = ""
    if found.wants_tls:
        mend = "; it wants https"
    elif 300 <= found.status < 400:
        mend = "; --follow goes where it leads"
    return Problem(CRITICAL, f"{found.status} is not {service.statuses.text}{mend}")


def _certificate(found: Visit, now: int, warn: int | None, insecure: bool) -> list[Problem]:
    """The problems of a service's certificate, as `cert check` has them. In an `insecure` run none
    of them is critical, and its issuer and its name are only mentioned."""
    shown = found.certificate
    if shown is None:
        if found.refused is not None:
            words = f"certificate not trusted, and it can't be read: {found.refused[1]}"
            return [Problem(OK if insecure else CRITICAL, words)]
        # it may end tomorrow
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
    if found.unread:  # of an issuer, which may end tomorrow
        issuers = [*issuers, Problem(UNKNOWN, f"an issuer above it can't be read: {found.unread}")]
    named = [Problem(problem.state, f"certificate {problem.words}") for problem in problems]
    return [*named, *issuers]
