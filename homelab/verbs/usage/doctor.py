"""`usage doctor`: each step of a counted run to Loki and back."""

from __future__ import annotations

import time

from homelab import times
from homelab.errors import DONE, NO, Failure
from homelab.loki import diagnosis, limits
from homelab.output.answer import Column, Table
from homelab.system import parallel, paths
from homelab.telemetry import consent, event, outbox
from homelab.telemetry.account import in_metadata, label
from homelab.telemetry.event import TOO_NEW
from homelab.telemetry.plan import MINUTE
from homelab.telemetry.sender import METADATA_REMEDY, REQUEST, takes_no_metadata
from homelab.usage.doctor.requests import READ_BACK, VERB, SelfTest
from homelab.usage.doctor.steps import (
    FAIL,
    LOOKUP,
    OK,
    SKIPPED,
    OutOfTime,
    Steps,
    credentials,
    reach,
    spoken,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.loki.client import Loki
    from homelab.usage.doctor.requests import Probe

# DETAIL is not cut on a narrow terminal: the advice is at its end.
COLUMNS = (Column("state"), Column("step"), Column("detail"))
_DRIFT = 30 * times.SECOND  # above this, the clock is mentioned
# Loki refuses older entries in a stream that other hosts have written to since
_BEHIND = 60 * MINUTE
_UNSHOWN = 3 * 60 * MINUTE  # Loki shows older entries only after its ingester has written them out
_DENIED = (401, 403)
_NOT_LET_THROUGH = (*_DENIED, 404, 405)
_LET_IN = (400, 413, 422, 429)  # to a push: Loki's own answers, so the credentials were accepted
_ADVICE = {
    "name lookup": "set loki.lb to an address",
    "account lookup": "cache accounts on this host (sssd, nscd)",
    "push": "see why Loki, or the way to it, is slow",
}
_NTP = "let NTP set both clocks (timedatectl set-ntp true)"


def doctor(context: Context, arguments: Values) -> Table:
    """Take all steps; exit code 1 if one failed."""
    steps = Steps()
    verdict = consent.of_account(context.env, context.settings)
    try:
        loki = reach(context, steps)
        if loki:
            _Visit(context, loki, steps, verdict).make()
    except OutOfTime:
        steps.stop()
    rows = steps.rows()
    failed = sum(state == FAIL for state, *_ in rows)
    return Table(
        "homelab.usage-doctor/1",
        COLUMNS,
        rows,
        facts={"telemetry": verdict.state, "failed": failed},
        notes=() if verdict.state == "on" else (_off(verdict, rows[0][0] == FAIL),),
        code=NO if failed else DONE,
    )


def _off(verdict: consent.Verdict, broken: bool) -> str:
    """The note that no run is counted; `broken`: the step on the settings failed."""
    if verdict.state == "print":
        return f"{verdict.who} shows each event and sends none, whatever the result here"
    if broken and not verdict.decided:
        return "runs are not counted until this is fixed"
    return f"telemetry is off ({verdict.who}): no run is counted or sent, whatever the result here"


class _Visit:
    """The steps that take requests. All requests are sent before any answer is judged: one answer
    alone can't tell a missing route from a missing right."""

    def __init__(
        self, context: Context, loki: Loki, steps: Steps, verdict: consent.Verdict
    ) -> None:
        self._context = context
        self._loki = loki
        self._steps = steps
        self._verdict = verdict
        self._test = SelfTest(loki, steps.left, context.clock)
        self._user = ""
        self._metadata = False
        verb = context.built_in.verb(VERB)
        self._event = event.Event(context.clock(), event.of_verb(verb), 0)

    def make(self) -> None:
        """Send the requests, and note the outcome of each step."""
        build, version = self._test.build()
        if not build.status:
            self._steps.tell("route", FAIL, self._why(build))
            return
        labels = self._test.labels()
        loki_itself = not build.failure or not labels.failure
        pushed = None
        if self._verdict.state == "on" and (loki_itself or 0 < labels.status < 500):
            pushed = self._push()  # an account that may not read may still be allowed to push
        asked = [each for each in (labels, pushed) if each]
        if loki_itself:
            took = spoken(build.seconds)
            what = f"Loki {version} answers, in {took}"
            if not version:
                what = f"Loki answers, in {took} (it does not tell its version)"
            self._steps.tell("route", OK, what)
        # a server that answers 200 to everything is not Loki
        elif pushed and not pushed.failure and labels.status >= 400:
            self._steps.tell("route", OK, f"for pushing only: reading ends with {labels.status}")
        elif any(each.status in _DENIED for each in asked):
            self._steps.tell("route", OK, "a server answers, and requires credentials")
        else:
            self._steps.tell("route", FAIL, self._why(labels))
            return
        self._clock()
        if self._auth(labels, pushed):
            self._pushed(labels, pushed)
            self._limits()

    def _push(self) -> Probe | None:
        """Push the event; None if the account's name can't be looked up in time."""
        begun = time.monotonic()
        try:  # the password database may be a slow directory server
            settings = self._context.settings
            self._metadata = in_metadata(settings)
            self._user = parallel.with_timeout(lambda: label(settings), self._steps.left(LOOKUP))
        except TimeoutError:
            return None
        self._steps.spent["account lookup"] = time.monotonic() - begun
        return self._test.push(self._user, self._event, self._metadata)

    def _auth(self, labels: Probe, pushed: Probe | None) -> bool:
        given = credentials(self._context, self._loki)
        let_in = pushed and (not pushed.failure or pushed.status in _LET_IN)
        if not labels.failure or let_in:
            what = f"{given} is accepted"
            if not given or (self._loki.sent.who and not labels.failure and self._test.is_open()):
                what = self._open(given)
            self._steps.tell("auth", OK, what)
            return True
        denied = next((each for each in (pushed, labels) if each and each.status in _DENIED), None)
        if denied is None:
            failed = "reading and pushing fail" if pushed else "reading fails"
            self._steps.tell("auth", SKIPPED, f"not known: {failed} for another reason")
            return True
        self._steps.tell("auth", FAIL, self._why(denied))
        return False

    def _open(self, given: str) -> str:
        """The sentence for a Loki that asks for no user and no token."""
        if given.endswith("certificate"):
            what = "no user or token is required: every host with a client certificate"
        else:
            what = "no credentials are required: everyone who reaches this address"
        return f"{what} can read and delete"

    def _pushed(self, labels: Probe, pushed: Probe | None) -> None:
        told = self._steps.tell
        if self._verdict.state != "on":
            told("push", SKIPPED, f"runs of this account are not sent: {self._verdict.who}")
            told("read back", SKIPPED, "nothing was pushed")
        elif pushed is None:
            what = f"this account's name lookup takes over {LOOKUP:.0f} s, and counting waits"
            told("push", FAIL, f"{what} for it too; fix the directory server, or cache it (sssd)")
        elif not pushed.failure:
            stuck = outbox.stuck(paths.state(self._context.env))
            if stuck:
                told("push", FAIL, f"the test event arrives, but events of runs wait: {stuck}")
            else:
                told("push", *self._speed(pushed))
            self._read_back()
        elif pushed.status in _NOT_LET_THROUGH and not labels.failure:
            what = f"{pushed.status}: reading is allowed and pushing is not"
            told("push", FAIL, f"{what}; allow POST {event.PUSH} to Loki for this account")
        elif pushed.status == 400 and pushed.reply:
            words = diagnosis.words_of(pushed.reply.body)
            if self._metadata and takes_no_metadata(words):
                what = f"runs wait, since Loki accepts no structured metadata ({words})"
                told("push", FAIL, f"{what}; {METADATA_REMEDY}")
            else:
                told("push", FAIL, f"Loki refuses the event: {words}; see clock and limits below")
        else:
            told("push", FAIL, self._why(pushed))

    def _speed(self, pushed: Probe) -> tuple[str, str]:
        """State and detail of the push: a sender has REQUEST s before the kernel ends it."""
        spent = {**self._steps.spent, "push": pushed.seconds}
        took = sum(spent.values())
        if took < REQUEST:
            where = f'{{job="{event.SELF_TEST}", user="{self._user}"}}'
            if self._metadata:
                where = f'{{job="{event.SELF_TEST}"}} with user="{self._user}" as metadata'
            return OK, f"one event to {where}, in {spoken(took)} of the {REQUEST} s allowed"
        slowest = max(spent, key=lambda name: spent[name])
        parts = ", ".join(f"{name} {spoken(seconds)}" for name, seconds in spent.items())
        what = f"accepted after {spoken(took)} ({parts}), and counting has {REQUEST} s"
        return FAIL, f"{what}, so that runs wait and may be lost; {_ADVICE[slowest]}"

    def _read_back(self) -> None:
        try:
            took = self._test.read_back(self._user, self._event, self._metadata)
        except Failure as failure:
            why = diagnosis.without(self._loki.address, failure)
            what = f"telemetry itself works, but usage top and logs query can't read: {why}"
            who = self._loki.sent.who
            if who and failure.status in _DENIED:
                what = f"{who} may push but not read ({failure.status}): runs are delivered;"
                what += " to read them, use a user that may read"
            self._steps.tell("read back", FAIL, what)
            return
        if took is not None:
            self._steps.tell("read back", OK, f"found after {spoken(took)}{self._alone()}")
        elif (self._test.ahead or 0) < -_UNSHOWN:
            what = "Loki accepted it, but shows such old entries only hours later; set the clock"
            self._steps.tell("read back", FAIL, what)
        else:
            what = f"Loki accepted it, but it is not found within {READ_BACK:.0f} s; check that"
            what += " reading and pushing reach the same Loki and tenant"
            if self._metadata:
                what += ", and that Loki keeps structured metadata (3.0 or newer, schema v13)"
            self._steps.tell("read back", FAIL, what)

    def _alone(self) -> str:
        """The end of a sentence: the tenant has no other logs, as a mistyped one does; else ""."""
        tenant = self._context.settings.text("loki.tenant")
        if tenant and self._test.holds_nothing_else():
            return f"; tenant {tenant} holds only events of usage doctor: is it spelt right?"
        return ""

    def _clock(self) -> None:
        ahead = self._test.ahead
        if ahead is None:
            self._steps.tell("clock", SKIPPED, "no answer has a Date")
            return
        far = times.spoken(abs(ahead) + times.SECOND // 2)
        which = f"this host is {far} {'ahead of' if ahead > 0 else 'behind'} the server"
        if ahead > TOO_NEW:
            what = f"{which}, and Loki refuses entries over 10 min ahead; {_NTP}"
            self._steps.tell("clock", FAIL, what)
        elif ahead < -_BEHIND:
            what = f"{which}, so that runs count late and may be refused; {_NTP}"
            self._steps.tell("clock", FAIL, what)
        elif abs(ahead) >= _DRIFT:
            self._steps.tell("clock", OK, f"{which}; {_NTP}")
        else:
            self._steps.tell("clock", OK, which if abs(ahead) > times.SECOND else "within a second")

    def _limits(self) -> None:
        told, ends = self._test.limits(self._context.settings.text("loki.tenant"))
        shown = limits.shown(told)
        if shown:
            detail = ", ".join(shown)
            self._steps.tell("limits", OK, "; ".join([detail, *limits.tighter(told)]))
        else:
            self._steps.tell("limits", SKIPPED, f"Loki does not report its limits ({ends})")

    def _why(self, asked: Probe) -> str:
        assert asked.failure
        return diagnosis.without(self._loki.address, asked.failure)
