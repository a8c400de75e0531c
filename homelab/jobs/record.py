"""Pure: the record of a job's last run, and the job's status that follows from it."""

from __future__ import annotations

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = "homelab.job/1"
REASON = 180  # characters of a kept reason
LONGEST = 64  # characters of a name
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_MOST = 1 << 63  # ns: the year 2262
TIMED_OUT = "timed out"
NOT_STARTED = "not started"
GOOD = "ok"
RUNNING, AWAY, UNKNOWN = "running", "running elsewhere", "unknown"
_SKEW = 60 * times.SECOND  # a correction sets a clock back by less
UNPINGED = 3  # failed pings in a row, which are more than a hiccup of the network
_PINGING = 60 * times.SECOND  # a run holds its lock for less than this after the command

# The place of a run, seen from a host.
HERE = "here"
EARLIER = "earlier"  # on this host, before it was restarted
BESIDE = "beside"  # on this host, in another container or on the host itself
ELSEWHERE = "elsewhere"  # on another host
NAMESAKE = "namesake"  # on a host or container of the same name, in another boot
UNNOTED = "unnoted"  # in another boot; an older homelab wrote the record without its host


def is_name(text: str) -> bool:
    """Whether a text is a valid job name: small letters, digits, `.`, `_` and `-`, beginning with a
    letter or digit, so that it is a file name and not an option."""
    return 0 < len(text) <= LONGEST and _SIGNS.issuperset(text) and text[0] not in "._-"


class Record:
    """The record of a job's last run. `started` (ns since the epoch) and `took` (ns; -1: it has not
    ended, as far as is known), its `exit` code, the `signal` that ended it or 0, `how` it failed if
    it has no exit code of its own, the `attempts` made. `every` (ns, 0: not given) is how often it
    should start.

    About the runs before: `succeeded`, the start of the last successful one (0: none), `failures`
    since then, `unpinged`, how many pings in a row were not delivered, and `ping`, why the last was
    not. `previous` is the result of the last run that ended, "" if unknown, `failing` the start of
    the first of the failed runs up to this one (0: none), and `unnotified` why the notice was not
    delivered. `why` says why the command could not be started. `untold` is the number of runs in a
    row whose notice was not delivered. `process` with its start in `ticks` identifies the command,
    on a host whose `host`, `machine`, `boot` and `namespace` (see Origin) are the same.
    """

    __slots__ = (
        "attempts", "boot", "every", "exit", "failing", "failures", "host", "how", "machine",
        "name", "namespace", "ping", "previous", "process", "signal", "started", "succeeded",
        "ticks", "took", "unnotified", "unpinged", "untold", "why",
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
        self.host = ""
        self.machine = ""
        self.boot = ""
        self.namespace = ""
        self.previous = ""
        self.failing = 0
        self.unnotified = ""
        self.untold = 0
        self.why = ""

    @property
    def result(self) -> str:
        """The word for the result of the run, provided that it has ended."""
        if self.how:
            return self.how
        if self.signal:
            return f"signal {self.signal}"
        return f"exit {self.exit}" if self.exit else GOOD

    @property
    def ended(self) -> bool:
        """Whether the end of the run is recorded."""
        return self.took >= 0

    @property
    def good(self) -> bool:
        """Whether the run succeeded."""
        return self.ended and self.exit == 0 and not self.how


_SINCE = ("host", "machine", "namespace")  # fields that a record of an older homelab lacks
_LATER = (
    *_SINCE,
    "failing",
    "previous",
    "unnotified",
    "untold",
    "why",
)  # fields that a record of 0.6 lacks


class Origin:
    """The place of a run: the `host` name, its hashed `machine` ID, the identifier of its `boot`,
    and the number of the PID `namespace`. Each is "" if unknown."""

    __slots__ = ("boot", "host", "machine", "namespace")

    def __init__(self, host: str, machine: str, boot: str, namespace: str) -> None:
        self.host = host
        self.machine = machine
        self.boot = boot
        self.namespace = namespace


def noted(record: Record, origin: Origin, process: int, ticks: str) -> None:
    """Update a record whose command was started there, as this process with that start."""
    record.process, record.ticks = process, ticks
    record.host, record.machine = origin.host, origin.machine
    record.boot, record.namespace = origin.boot, origin.namespace


def where(record: Record, here: Origin) -> str:
    """Return where the run of a record is, seen from `here`: one of the words above.

    Cloned hosts may share their machine ID, and so may containers of one image; their names tell
    them apart. Many containers have no machine ID: then it may be this one, before a restart.
    """
    if not any(getattr(record, name) for name in _SINCE):
        return HERE if record.boot == here.boot else UNNOTED
    same = bool(here.machine) and (record.machine, record.host) == (here.machine, here.host)
    if record.boot == here.boot and (here.boot or same):
        return HERE if record.namespace == here.namespace else BESIDE
    if same:
        return EARLIER
    known = record.machine and here.machine
    return NAMESAKE if here.host and record.host == here.host and not known else ELSEWHERE


def place(record: Record, where: str) -> str:
    """The place of a run that is not HERE, for a sentence."""
    if where == UNNOTED:
        return "on a host that an older homelab did not record"
    if where == NAMESAKE:
        return (
            f"on {record.host}, which is this host before a restart, or another host of that name"
        )
    if where == BESIDE:
        return f"in another container or on its host ({record.host or 'name unknown'})"
    return f"on host {record.host}" if record.host else "on another host"


def begun(before: Record | None, name: str, started: int, every: int) -> Record:
    """The record of a run that begins now, after the run `before`."""
    record = Record(name, started)
    record.every = min(every, _MOST - 1)
    if before is not None:
        record.succeeded = before.succeeded
        record.failures = before.failures + (not before.ended)  # it could not count itself
        record.unpinged, record.ping = before.unpinged, before.ping
        record.unnotified, record.untold = before.unnotified, before.untold
        record.previous = before.result if before.ended else before.previous
        if not before.good:
            record.failing = before.failing or before.started
    return record


def ended(record: Record, took: int) -> None:
    """Update a record whose run has ended after `took` ns; its exit code must be set."""
    record.took = took
    if record.good:
        record.succeeded, record.failures = record.started, 0
    else:
        record.failures += 1
        record.failing = record.failing or record.started


def pinged(record: Record, why: str) -> None:
    """Update a record after a ping; `why` is the reason of its failure, "" if it was delivered."""
    record.ping = why
    record.unpinged = record.unpinged + 1 if why else 0


def encoded(record: Record) -> bytes:
    """The record as the single line of its file."""
    values = {name: getattr(record, name) for name in Record.__slots__}
    import json  # a host without jobs need not import it

    return json.dumps({"schema": SCHEMA, **values}).encode("ascii") + b"\n"


def decoded(text: bytes, name: str) -> Record:
    """Parse the record in a file. Raises ValueError if it is not a record of the job, whatever
    wrote it."""
    import json

    try:
        found: Any = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or found.get("name") != name:
        raise ValueError("not a record of this job")
    record = Record(name)
    for key in Record.__slots__:
        usual = getattr(record, key)
        value = found.get(key, usual if key in _LATER else None)
        shape = type(usual)
        if type(value) is not shape:
            raise ValueError(f"{key} is missing or not of type {shape.__name__}")
        if isinstance(value, int) and not -1 <= value < _MOST:
            raise ValueError(f"{key} is out of range")
        if isinstance(value, str) and not (len(value) <= 200 and value.isprintable()):
            raise ValueError(f"{key} is not plain text")
        setattr(record, key, value)
    return record


class JobStatus:
    """The status of a job: `state` is ok, warning or unknown, `result` a word for its last run,
    `took` ns or None, `due` the moment of its next start or None, `overdue` by how much that is
    past (ns) or None, `detail` further remarks. `record` is None if it can't be read.
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


def standing(record: Record, running: bool, now: int, where: str = HERE) -> JobStatus:
    """The status of a job at a moment. `running`: a run of it has its lock, or its command goes on
    without homelab; `where` is the place of the recorded run. A delay of a tenth of the interval is
    ignored: timers are spread, and a day has 25 hours once a year."""
    told = []
    unrecorded = running and over(record, now, where)
    unseen = not running and not record.ended and where in (BESIDE, ELSEWHERE, NAMESAKE)
    result = UNKNOWN if unrecorded or unseen else _result(record, running, where)
    took = record.took if record.ended else None
    due = record.started + record.every if record.every else None
    late = due is not None and now > due + record.every // 10
    if unrecorded:
        told.append(
            "a run without a record holds its lock; if the job runs on no host, delete"
            f" {record.name}.lock beside the records"
        )
    elif running:
        took = max(now - record.started, 0)
        if result == AWAY:
            told.append(place(record, where))
        if late:
            told.append(f"running for longer than its interval of {times.spoken(record.every)}")
    elif unseen:
        told.append(
            f"began {place(record, where)} and no end is recorded; this host can't see whether it"
            " still runs"
        )
    elif not record.ended:
        why = "homelab was killed, or the host went down"
        if where == EARLIER:
            why = "this host was restarted since"
        told.append(f"its end is unknown: {why}")
    if record.why and not running:
        told.append(record.why)
    failed = result != UNKNOWN and not running and not record.good
    failures = record.failures + (failed and not record.ended)
    if failures > 1:
        told.append(f"{failures} failures in a row")
    if failed or failures > 1:
        told.append(f"last ok {times.local(record.succeeded)}" if record.succeeded else "never ok")
    if record.attempts > 1:
        told.append(f"{record.attempts} attempts")
    if record.ping:
        told.append(f"ping failed: {record.ping}")
    if record.unnotified:
        told.append(f"notice failed: {record.unnotified}")
    ahead = record.started > now + _SKEW
    if ahead:
        told.append("started in the future: the clock was wrong then, or is wrong now")
    wrong = failed or late or failures > 1 or record.unpinged >= UNPINGED
    state = "warning" if wrong else "unknown" if ahead or result == UNKNOWN else "ok"
    found = JobStatus(record.name, state, result, "; ".join(told), record, took)
    found.due = due
    found.overdue = now - due if due is not None and late and not running else None
    return found


def over(record: Record, now: int, where: str) -> bool:
    """Whether the recorded run has certainly ended, so that it can't be the one that holds the
    lock."""
    if record.ended:
        return now > record.started + record.took + _PINGING
    return where == EARLIER


def _result(record: Record, running: bool, where: str) -> str:
    if running:
        return RUNNING if where in (HERE, EARLIER) else AWAY
    if not record.ended:
        return "interrupted"
    return record.result
