"""Pure: what is kept of a job's last run, and how the job stands by it."""

from __future__ import annotations

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = "homelab.job/1"
LONGEST = 64  # characters of a name
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_MOST = 1 << 63  # ns: the year 2262
TIMED_OUT = "timed out"
NOT_STARTED = "not started"
_SKEW = 60 * times.SECOND  # a clock that is set right is set back by no more
UNPINGED = 3  # pings in a row that did not arrive are no mishap of the network any more


def is_name(text: str) -> bool:
    """Whether a text may name a job: small letters, digits, `.`, `_` and `-`, a letter or digit
    first, so that it is the name of a file and no option."""
    return 0 < len(text) <= LONGEST and _SIGNS.issuperset(text) and text[0] not in "._-"


class Record:
    """A job's last run. `started` (ns since the epoch) and `took` (ns; -1: it has not ended, as far
    as is known), `exit` its code, `signal` what ended it or 0, `how` it failed where no code of its
    own says it, `attempts` made. `every` (ns, 0: not said) is how often it should start.

    Of the runs before: `succeeded`, the start of the last that did (0: none), `failures` since
    then, `unpinged`, how many pings in a row did not arrive, and `ping`, why the last did not.
    `process` with its start in `ticks` and the `boot` of the host tell the command that ran from
    any other of that number.
    """

    __slots__ = (
        "attempts", "boot", "every", "exit", "failures", "how", "name", "ping", "process", "signal",
        "started", "succeeded", "ticks", "took", "unpinged",
    )  # fmt: skip

    def __init__(self, name: str, started: int = 0, took: int = -1) -> None:
        self.name = name
        self.started = started
        self.took = took
        self.exit = 0
        self.signal = 0
        self.how = ""
        self.attempts = 0
        self.every = 0
        self.succeeded = 0
        self.failures = 0
        self.unpinged = 0
        self.ping = ""
        self.process = 0
        self.ticks = ""
        self.boot = ""

    @property
    def ended(self) -> bool:
        """Whether the end of the run is known."""
        return self.took >= 0

    @property
    def good(self) -> bool:
        """Whether the run succeeded."""
        return self.ended and self.exit == 0 and not self.how


def begun(before: Record | None, name: str, started: int, every: int) -> Record:
    """The record of a run that begins now, given the record of the run before."""
    record = Record(name, started)
    record.every = min(every, _MOST - 1)
    if before is not None:
        record.succeeded = before.succeeded
        record.failures = before.failures + (not before.ended)  # nobody was there to count that
        record.unpinged, record.ping = before.unpinged, before.ping
    return record


def ended(record: Record, took: int) -> None:
    """Update a record whose run has ended after `took` ns; its exit code must be set."""
    record.took = took
    if record.good:
        record.succeeded, record.failures = record.started, 0
    else:
        record.failures += 1


def pinged(record: Record, why: str) -> None:
    """Update a record after a ping; `why` is the reason it did not arrive, "" if it did."""
    record.ping = why
    record.unpinged = record.unpinged + 1 if why else 0


def encoded(record: Record) -> bytes:
    """The record as the one line of its file."""
    values = {name: getattr(record, name) for name in Record.__slots__}
    import json  # which a host without jobs need not load

    return json.dumps({"schema": SCHEMA, **values}).encode("ascii") + b"\n"


def decoded(text: bytes, name: str) -> Record:
    """The record that a file holds. Raises ValueError where it is none of the job's, whatever
    wrote it."""
    import json

    try:
        found: Any = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or found.get("name") != name:
        raise ValueError("no record of this job")
    record = Record(name)
    for key in Record.__slots__:
        value, shape = found.get(key), type(getattr(record, key))
        if type(value) is not shape:
            raise ValueError(f"{key} is missing or no {shape.__name__}")
        if isinstance(value, int) and not -1 <= value < _MOST:
            raise ValueError(f"{key} is out of bounds")
        if isinstance(value, str) and not (len(value) <= 200 and value.isprintable()):
            raise ValueError(f"{key} is no plain text")
        setattr(record, key, value)
    return record


class JobStatus:
    """How a job stands: `state` is ok, warning or unknown, `result` a word for its last run,
    `took` ns or None, `due` the moment of its next start or None, `overdue` by how much that is
    past (ns) or None, `detail` what more there is to say. `record` is None where it can't be read.
    """

    __slots__ = ("detail", "due", "name", "overdue", "record", "result", "state", "took")

    def __init__(
        self,
        name: str,
        state: str,
        result: str,
        detail: str,
        record: Record | None = None,
        took: int | None = None,
    ) -> None:
        self.name = name
        self.state = state
        self.result = result
        self.detail = detail
        self.record = record
        self.took = took
        self.due: int | None = None
        self.overdue: int | None = None


def standing(record: Record, running: bool, now: int) -> JobStatus:
    """How the job stands at a moment. A tenth of its interval is no delay: timers are spread, and
    a day has 25 hours once a year."""
    told = []
    result = _result(record, running)
    took = record.took if record.ended else None
    due = record.started + record.every if record.every else None
    late = due is not None and now > due + record.every // 10
    if running:
        took = max(now - record.started, 0)
        if late:
            told.append(f"it runs for longer than its interval of {times.spoken(record.every)}")
    if not running and not record.ended:
        told.append("its end was not seen: homelab was killed, or the host went down")
    failed = not running and not record.good
    failures = record.failures + (failed and not record.ended)
    if failures > 1:
        told.append(f"{failures} failures in a row")
    if failed or failures > 1:
        told.append(f"last ok {times.local(record.succeeded)}" if record.succeeded else "never ok")
    if record.attempts > 1:
        told.append(f"{record.attempts} attempts")
    if record.ping:
        told.append(f"its ping did not arrive: {record.ping}")
    ahead = record.started > now + _SKEW
    if ahead:
        told.append("it started in the future: the clock was wrong then, or is now")
    wrong = failed or late or failures > 1 or record.unpinged >= UNPINGED
    state = "warning" if wrong else "unknown" if ahead else "ok"
    found = JobStatus(record.name, state, result, "; ".join(told), record, took)
    found.due = due
    found.overdue = now - due if due is not None and late and not running else None
    return found


def _result(record: Record, running: bool) -> str:
    if running:
        return "running"
    if not record.ended:
        return "interrupted"
    if record.how:
        return record.how
    if record.signal:
        return f"signal {record.signal}"
    return f"exit {record.exit}" if record.exit else "ok"
