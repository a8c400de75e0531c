"""The requests that counting and reading send to a Loki, each sent once to test whether it
works."""

from __future__ import annotations

import time

from homelab.errors import Failure
from homelab.loki import answer_shape, diagnosis, limits
from homelab.loki.deadline import Deadline
from homelab.telemetry import event
from homelab.telemetry.sender import body_of, stored
from homelab.times import DAY, SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homelab.loki.client import Loki, Reply

VERB = "usage doctor"
BUILD = "/loki/api/v1/status/buildinfo"
LABELS = "/loki/api/v1/labels"
REQUEST = 5.0  # s
READ_BACK = 5.0  # s
_VERSION = 40  # characters of Loki's version
_LONG = 30 * DAY  # for which a tenant is searched for other logs
_OWN_LABELS = {"job", "service_name", "user", "verb"}  # Loki adds service_name
_ENOUGH = 1 << 20  # bytes; a whole configuration is a tenth of that
# A Loki with `auth_enabled: false` keeps everything under the tenant "fake" and needs no tenant in
# requests, except on this one page (pkg/loki/config_handler.go, tenantLimitsHandler).
_SINGLE_TENANT = {"X-Scope-OrgID": "fake"}


class Probe:
    """The result of a request: `status` and `reply` (0 and None if no answer came), `failure` (None
    if the answer is good), and how long it took (`seconds`)."""

    __slots__ = ("failure", "reply", "seconds", "status")

    def __init__(self, reply: Reply | None, failure: Failure | None, seconds: float) -> None:
        self.status = reply.status if reply else 0
        self.reply = reply
        self.failure = failure
        self.seconds = seconds


class SelfTest:
    """The test requests. `left(seconds)` returns this many seconds, or fewer if the whole test has
    fewer left; `clock` returns ns. `ahead` is how far (ns) this host's clock is ahead of the
    server's, None if no answer showed it."""

    def __init__(
        self, loki: Loki, left: Callable[[float], float], clock: Callable[[], int]
    ) -> None:
        self._loki = loki
        self._left = left
        self._clock = clock
        self.ahead: int | None = None

    def build(self) -> tuple[Probe, str]:
        """Ask for the build; also returns Loki's version, "" if the answer has none."""
        asked = self._ask("GET", BUILD)
        document = _document(asked)
        if isinstance(document, dict) and "version" in document and "goVersion" in document:
            version = str(document["version"])
            return asked, version if version.isprintable() and len(version) < _VERSION else ""
        self._judge(asked)
        return asked, ""

    def labels(self) -> Probe:
        """Ask for the labels: a small query that needs the right to read."""
        asked = self._ask("GET", self._labels())
        if not _is_success(asked):
            self._judge(asked)
        return asked

    def _labels(self) -> str:
        return f"{LABELS}?start={self._clock() - 3600 * SECOND}"

    def is_open(self) -> bool:
        """Whether the labels can be read without a user and without a token."""
        return _is_success(self._ask("GET", self._labels(), without_credentials=True))

    def holds_nothing_else(self) -> bool:
        """Whether the tenant holds no logs but those of this test, as far as the index says."""
        start = f"start={self._clock() - _LONG}"
        names = _answered(self._ask("GET", f"{LABELS}?{start}"))
        if not names or not set(names) <= _OWN_LABELS:
            return False
        values = f"/loki/api/v1/label/job/values?{start}"
        return _answered(self._ask("GET", values)) == [event.SELF_TEST]

    def push(self, user: str, happened: event.Event, metadata: bool) -> Probe:
        """Push one event of a job that is never counted, in the shape of counted events."""
        body = body_of(user, [happened.entry()], event.SELF_TEST, metadata)
        asked = self._ask("POST", event.PUSH, body)
        reply = asked.reply
        if reply and not diagnosis.is_taken(reply.status, reply.headers, reply.body):
            self._judge(asked)
        return asked

    def read_back(self, user: str, happened: event.Event, metadata: bool) -> float | None:
        """Look for the event until it is found; returns the s that took, None if it was not found
        within READ_BACK. Raises Failure if Loki can't be asked."""
        begun = time.monotonic()
        until = begun + self._left(READ_BACK)
        labels = {"job": event.SELF_TEST, "verb": happened.verb}
        line = happened.line()
        line = event.line_in_metadata(line, user) if metadata else line
        pause = 0.05
        while True:
            room = max(until - time.monotonic(), 0.5)
            with Deadline(room, str(self._loki.address), "try later"):
                moment = happened.time
                entries = stored(self._loki, labels, user, metadata, moment, moment)
            if (moment, line) in entries:
                return time.monotonic() - begun
            if time.monotonic() + pause > until:
                return None
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def limits(self, tenant: str) -> tuple[dict[str, str], str]:
        """The limits that Loki reports, the tenant's own first; and the result of each request for
        them."""
        asked = self._ask("GET", limits.JSON)
        if asked.status == 401 and not tenant:
            asked = self._ask("GET", limits.JSON, headers=_SINGLE_TENANT)
        whole = self._ask("GET", limits.YAML)
        told: dict[str, str] = {}
        if whole.reply and whole.status == 200:
            told.update(limits.of_yaml(whole.reply.body))
        if asked.reply and asked.status == 200:
            told.update(limits.of_json(asked.reply.body))
        ends = ((limits.JSON, asked), (limits.YAML, whole))
        return told, ", ".join(f"{path}: {end.status or 'no answer'}" for path, end in ends)

    def _ask(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        without_credentials: bool = False,
    ) -> Probe:
        seconds = self._left(REQUEST)
        begun = time.monotonic()
        advice = (
            "it accepts connections but does not answer in time: see whether Loki is up and listens"
            " there"
        )
        try:
            with Deadline(seconds, str(self._loki.address), advice):
                reply = self._loki.request(
                    method,
                    target,
                    body,
                    enough=_ENOUGH,
                    headers=headers,
                    without_credentials=without_credentials,
                )
        except Failure as failure:
            return Probe(None, failure, time.monotonic() - begun)
        took = time.monotonic() - begun
        there = reply.date()
        if there is not None and self.ahead is None:
            # the header has whole seconds, rounded down; the answer took half the time to arrive
            self.ahead = self._clock() - int(took / 2 * SECOND) - there - SECOND // 2
        return Probe(reply, None, took)

    def _judge(self, asked: Probe) -> None:
        """Note why an answer is not good, unless the request failed already."""
        reply = asked.reply
        if reply:
            asked.failure = self._loki.refusal(reply)


def _is_success(asked: Probe) -> bool:
    document = _document(asked)
    return isinstance(document, dict) and document.get("status") == "success"


def _answered(asked: Probe) -> list[str]:
    """The texts that an answer of the index lists; empty if it is not such an answer."""
    document = _document(asked)
    texts = document.get("data") if isinstance(document, dict) else None
    return [str(text) for text in texts] if isinstance(texts, list) else []


def _document(asked: Probe) -> object:
    if asked.reply and asked.status == 200:
        try:
            found: object = answer_shape.parsed(asked.reply.body)
            return found
        except (ValueError, RecursionError):
            pass
    return None
