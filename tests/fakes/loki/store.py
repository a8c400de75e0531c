"""The storage of a Loki 3.8 with default limits: the entries of a push that it keeps and those it
refuses, without the HTTP.

Facts are from its pkg/loghttp/push, pkg/distributor and pkg/ingester. Not included: rates per
stream, chunks (a stream is in memory for ever), and protobuf bodies. Times are ns.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, Callable, NamedTuple

HOUR = 3600 * 10**9
MAX_AGE = 7 * 24 * HOUR  # validation.reject-old-samples.max-age
MAX_AHEAD = HOUR // 6  # validation.create-grace-period
WINDOW = HOUR  # behind a stream's newest entry: half of ingester.max-chunk-age
MAX_STREAMS = 5000  # ingester.max-global-streams-per-user
MAX_LINE = 256 * 1024  # distributor.max-line-size, in bytes
MAX_NAMES, MAX_NAME, MAX_VALUE = 15, 1024, 2048  # validation.max-label-...
MEMORY = 3 * HOUR  # querier.query-ingesters-within
SERVICE_LABELS = (
    "service", "app", "application", "app_name", "name", "app_kubernetes_io_name", "container",
    "container_name", "k8s_container_name", "component", "workload", "job", "k8s_job_name",
)  # validation.discover-service-name  # fmt: skip
LEVEL_FIELDS = (
    "level", "LEVEL", "Level", "log.level", "severity", "SEVERITY", "Severity", "SeverityText",
    "lvl", "LVL", "Lvl", "severity_text", "Severity_Text", "SEVERITY_TEXT",
)  # validation.log-level-fields  # fmt: skip
LEVELS = {
    "trace": "trace", "trc": "trace", "debug": "debug", "dbg": "debug", "info": "info",
    "inf": "info", "information": "info", "warn": "warn", "wrn": "warn", "warning": "warn",
    "error": "error", "err": "error", "critical": "critical", "fatal": "fatal",
}  # fmt: skip
LEVEL_WORD = re.compile(
    r"(?:^|(?<=[ \t\n\[({\"'=|]))(trace|debug|fatal|critical|error|err|warning|warn|info)"
    r"(?=$|[ \t\n\[\](){}:,!\"'=|])"
)
LOGFMT = re.compile(r'([^\s="]+)(?:=("(?:[^"\\]|\\.)*"|[^\s="]*))?(\S*)')
ESCAPES = {c: f"\\{e}" for c, e in zip('"\\\a\b\f\n\r\t\v', '"\\abfnrtv')}
LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # from \\ud800 alone; \\udc80 on are raw bytes
NO_TIME = -62135596800 * 10**9  # the zero of Go, in the year 1
BAD_STRING = "Value is string, but can't find closing '\"' symbol"
BAD_OBJECT = "Value looks like object, but can't find closing '}' symbol"
BAD_JSON = "Malformed JSON error"
BAD_NUMBER = "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol"
STREAMS = "loghttp.PushRequest.Streams: []loghttp.LogProtoStream: "


class Refused(Exception):
    """A push that is answered with `status` and str() as text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


Key = tuple[int, str, tuple[tuple[str, str], ...]]


class Row(NamedTuple):
    ts: int
    line: str
    meta: dict[str, str]  # structured metadata: not part of the stream, shown among the labels
    flushed: bool = False  # to a chunk in the store; until then it is in the ingester's memory

    @property
    def key(self) -> Key:
        """The key by which entries of a stream are equal."""
        return self.ts, self.line, tuple(sorted(self.meta.items()))


class RateLimit:
    """Bytes a second and burst of a tenant (limits.ingestion-rate-mb, -burst-size-mb). A push is
    accepted or refused as a whole, so one larger than the burst is always refused."""

    def __init__(self, rate: int, burst: int, clock: Callable[[], int]) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        # bytes that there was room for, and when (ns)
        self.room, self.since = float(burst), clock()

    def take(self, rows: list[Row]) -> None:
        """Raises Refused if that is too much now. Bytes are those of the lines and of their
        structured metadata."""
        parts = [part for row in rows for part in (row.line, *row.meta, *row.meta.values())]
        size = len("".join(parts).encode("utf-8", "surrogatepass"))
        now = self.clock()
        earned = (now - self.since) / 10**9 * self.rate
        self.room, self.since = min(self.room + earned, float(self.burst)), now
        if size > self.room:
            raise Refused(
                429,
                f"ingestion rate limit exceeded for user fake (limit: {self.rate} bytes/sec) while "
                f"attempting to ingest '{len(rows)}' lines totaling '{size}' bytes, reduce log "
                "volume or contact your Loki administrator to see if the limit can be increased",
            )
        self.room -= size


class Stream:
    """A stream. `oldest()` is the time (ns) from which on queries see entries that are not
    flushed."""

    def __init__(self, labels: dict[str, str], oldest: Callable[[], int] = lambda: NO_TIME) -> None:
        self.labels = labels
        self.oldest = oldest
        self.times: list[int] = []
        self.deleted: list[Delete] = []
        self.all: list[Row] = []
        self.known: set[Key] = set()

    def seen(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that the index knows now, and that a query sees unless they are deleted."""
        oldest = self.oldest()
        return (row for row in rows if row.flushed or row.ts >= oldest)

    def rows(self, start: int, end: int) -> list[Row]:
        """The visible entries of [start, end), oldest first, equal times as they came."""
        found = self.all[bisect_left(self.times, start) : bisect_left(self.times, end)]
        return [row for row in self.seen(found) if not self.is_deleted(row)]

    def is_deleted(self, row: Row) -> bool:
        return any(
            delete.start <= row.ts <= delete.end and delete.hides(self, row)
            for delete in self.deleted
        )

    def add(self, row: Row, by_metadata: bool = True) -> None:
        """Store a row. An equal one is stored once; older Lokis compare only time and line."""
        key = row.key if by_metadata else (row.ts, row.line, ())
        if key not in self.known:
            self.known.add(key)
            at = bisect_right(self.times, row.ts)
            self.times.insert(at, row.ts)
            self.all.insert(at, row)


class Delete(NamedTuple):
    """A delete request: the entries in a span (ns) that it hides, in streams that match."""

    matches: Callable[[dict[str, str]], bool]
    hides: Callable[[Stream, Row], bool]
    start: int
    end: int


class Store:
    """The entries of all streams. With `late_invisible`, no query sees entries older than 3 h
    before a `flush`, whether they were pushed late or a restarted Loki read them from its
    write-ahead log. `window` is how far (ns) an entry may be behind the newest of its stream.
    `allows_metadata` is limits_config.allow_structured_metadata; without `by_metadata` two entries
    with the same time and line are one, whatever their metadata, as before Loki's pull request
    21039."""

    def __init__(
        self, clock: Callable[[], int], late_invisible: bool = False, window: int = WINDOW
    ) -> None:
        self.clock, self.late_invisible, self.window = clock, late_invisible, window
        self.rate_limit: RateLimit | None = None
        self.allows_metadata = self.by_metadata = True
        self.streams: dict[str, Stream] = {}
        self.deletes: list[Delete] = []

    def delete(
        self,
        matches: Callable[[dict[str, str]], bool],
        start: int,
        end: int,
        hides: Callable[[Stream, Row], bool] = lambda *_: True,
    ) -> None:
        """A delete request: queries leave out these entries at once, and later ones too; the index
        has their streams until they are compacted."""
        delete = Delete(matches, hides, start, end)
        self.deletes.append(delete)
        for stream in self.streams.values():
            if delete.matches(stream.labels):
                stream.deleted.append(delete)

    def compact(self) -> None:
        """Delete the entries of delete requests, as the compactor does some time later."""
        self.deletes.clear()
        for name, stream in list(self.streams.items()):
            stream.all = [row for row in stream.all if not stream.is_deleted(row)]
            stream.times = [row.ts for row in stream.all]
            stream.known = {row.key for row in stream.all}
            stream.deleted.clear()
            if not stream.all:
                del self.streams[name]

    def oldest(self) -> int:
        """The time (ns) from which on queries see entries that are not flushed."""
        return self.clock() - MEMORY if self.late_invisible else NO_TIME

    def flush(self) -> None:
        """Make all entries visible, as the ingester does some time later."""
        for stream in self.streams.values():
            stream.all = [row._replace(flushed=True) for row in stream.all]

    def push(self, pushed: list[tuple[dict[str, str], list[Row]]]) -> None:
        """Store the entries that may be stored. Raises Refused for the rest, or for the whole."""
        labelled = [(accepted_labels(labels), rows) for labels, rows in pushed]
        if not labelled:
            raise Refused(422, "error at least one valid stream is required for ingestion")
        refusals: list[str] = []
        last: Refused | None = None
        valid = [
            (labels, list(self.validated(labels, rows, refusals))) for labels, rows in labelled
        ]
        valid = [(labels, rows) for labels, rows in valid if rows]
        if self.rate_limit and valid:
            self.rate_limit.take([row for _, rows in valid for row in rows])
        for labels, rows in valid:
            last = self.ingest(labels, rows)  # an earlier stream's refusal is forgotten
        if last:
            raise last
        if refusals:
            raise Refused(400, grouped(refusals))

    def validated(
        self, labels: dict[str, str], rows: list[Row], refusals: list[str]
    ) -> Iterator[Row]:
        """The distributor's rules."""
        name, now = label_text(labels.items()), self.clock()
        bad = bad_labels(labels)
        if bad:
            refusals.append(bad)
            return
        for row in rows:
            size = len(row.line.encode("utf-8", "surrogatepass"))
            if row.ts < now - MAX_AGE:
                refusals.append(
                    f"entry for stream '{name}' has timestamp too old: {rfc3339(row.ts)}, "
                    f"oldest acceptable timestamp is: {rfc3339(now - MAX_AGE)}"
                )
            elif row.ts > now + MAX_AHEAD:
                when = rfc3339(row.ts)
                refusals.append(f"entry for stream '{name}' has timestamp too new: {when}")
            elif size > MAX_LINE:
                refusals.append(
                    f"max entry size '{MAX_LINE}' bytes exceeded for stream '{name}' "
                    f"while adding an entry with length '{size}' bytes"
                )
            elif row.meta and not self.allows_metadata:
                refusals.append(
                    f"stream '{name}' includes structured metadata, but this feature is disallowed."
                    " Please see `limits_config.allow_structured_metadata` or contact your Loki"
                    " administrator to enable it"
                )
            else:
                yield row

    def ingest(self, labels: dict[str, str], rows: list[Row]) -> Refused | None:
        """The ingester's rules."""
        name = label_text(labels.items())
        if name not in self.streams and len(self.streams) >= MAX_STREAMS:
            return Refused(
                429,
                f"maximum active stream limit exceeded when trying to create stream {name}, "
                "reduce the number of active streams (reduce labels or reduce label values), or "
                "contact your Loki administrator to see if the limit can be increased, "
                "user: 'fake'",
            )
        if name not in self.streams:
            stream = self.streams[name] = Stream(labels, self.oldest)
            stream.deleted = [delete for delete in self.deletes if delete.matches(labels)]
        stream = self.streams[name]
        ignored = []
        for row in rows:
            oldest = max([row.ts, *stream.times[-1:]]) - self.window
            if row.ts < oldest:
                ignored.append(
                    f"entry with timestamp {go_time(row.ts)} ignored, reason: 'entry too far "
                    f"behind, entry timestamp is: {rfc3339(row.ts)}, oldest acceptable timestamp "
                    f"is: {rfc3339(oldest)}',\n"
                )
                continue
            meta = {
                re.sub(r"\W", "_", name, flags=re.ASCII): v for name, v in row.meta.items() if v
            }
            if self.allows_metadata:
                meta["detected_level"] = detect_level(labels, row)
            stream.add(Row(row.ts, row.line, meta), self.by_metadata)
        if not ignored:
            return None
        total = f"total ignored: {len(ignored)} out of {len(rows)} for stream: {name}"
        return Refused(400, "".join(ignored[:10]) + f"user 'fake', {total}")


def grouped(refusals: list[str]) -> str:
    """The refusals, with equal ones once; with their number if there are several."""
    counts = {text: refusals.count(text) for text in dict.fromkeys(refusals)}
    if len(refusals) == 1:
        return refusals[0]
    return "; ".join(f"{n} errors like: {text}" for text, n in counts.items())


def accepted_labels(labels: dict[str, str]) -> dict[str, str]:
    """The labels sorted, without empty values, with service_name. Raises Refused for a bad name."""
    column = 2
    for name in sorted(labels):
        if not name:
            text = '1:2: parse error: unexpected "=" in label set, expected identifier or "}"'
            raise Refused(400, f"couldn't parse labels: {text}")
        for at, char in enumerate(name):
            if not re.match(r"[a-zA-Z_]" if at == 0 else r"\w", char, re.ASCII):
                text = f"1:{column + at}: parse error: unexpected character inside braces: '{char}'"
                raise Refused(400, f"couldn't parse labels: {text}")
        column += len(f"{name}={quote(labels[name])}, ")
    kept = {name: value for name, value in labels.items() if value}
    service = next((kept[name] for name in SERVICE_LABELS if name in kept), "unknown_service")
    return dict(sorted({"service_name": service, **kept}.items()))


def bad_labels(labels: dict[str, str]) -> str:
    name = label_text(labels.items())
    if len(labels) - 1 > MAX_NAMES:
        return f"entry for stream '{name}' has {len(labels) - 1} label names; limit {MAX_NAMES}"
    for key, value in labels.items():
        for what, text, most in (("name", key, MAX_NAME), ("value", value, MAX_VALUE)):
            if len(text.encode("utf-8", "surrogatepass")) > most:
                return f"stream '{name}' has label {what} too long: '{text}'"
    return ""


def detect_level(labels: dict[str, str], row: Row) -> str:
    """The detected_level of distributor/field_detection.go."""
    for source in ({"detected_level": row.meta.get("detected_level", "")}, labels, row.meta):
        for name in ("detected_level", *LEVEL_FIELDS):
            if source.get(name):
                return LEVELS.get(source[name].lower(), source[name])
    found = ""
    text = row.line.strip()
    if text[:1] == "{" and text[-1:] == "}":
        found = json_level(text)
    elif "=" in row.line:
        ranks = {field.lower(): rank for rank, field in reversed([*enumerate(LEVEL_FIELDS)])}
        pairs = [(ranks[k.lower()], v) for k, v in logfmt(row.line) if k.lower() in ranks]
        found = min(pairs, key=lambda pair: pair[0])[1] if pairs else ""
    word = LEVEL_WORD.search(row.line.lower())
    return LEVELS.get(found.lower()) or (LEVELS[word[1]] if word else "unknown")


def json_level(text: str) -> str:
    try:
        todo = [json.loads(text)]
    except ValueError:
        return ""
    for depth in range(2):  # validation.log-level-from-json-max-depth
        for level in [v for o in todo for k, v in o.items() if k in LEVEL_FIELDS]:
            if isinstance(level, str):
                return level
        todo = [v for o in todo for v in o.values() if isinstance(v, dict)] if depth == 0 else []
    return ""


def quote(text: str) -> str:
    """A Go string literal (strconv.Quote), as Loki prints label values."""
    return "".join(c if c.isprintable() and c not in '"\\' else escape(c) for c in text).join('""')


def escape(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8, kept by surrogateescape
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def label_text(labels: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{name}={quote(value)}" for name, value in sorted(labels)) + "}"


def logfmt(line: str) -> Iterator[tuple[str, str]]:
    """The pairs of a line; a malformed one (a=b=c, a="b"c) is skipped, as Loki does."""
    for key, value, junk in LOGFMT.findall(line):
        if not junk and value[:1] != '"':
            yield key, value
        elif not junk:
            with contextlib.suppress(ValueError):
                yield key, json.loads(value, strict=False)


def rfc3339(ts: int) -> str:
    return datetime.fromtimestamp(ts // 10**9, timezone.utc).replace(tzinfo=None).isoformat() + "Z"


def go_time(ts: int) -> str:
    """Go's time.String() in UTC."""
    fraction = f".{ts % 10**9:09d}".rstrip("0").rstrip(".")
    return rfc3339(ts)[:-1].replace("T", " ") + fraction + " +0000 UTC"


def read_push(
    content_type: str | None, encoding: str, body: bytes
) -> list[tuple[dict[str, str], list[Row]]]:
    """The streams of a push request's body. Raises Refused."""
    if encoding in ("gzip", "deflate"):
        try:
            body = gzip.decompress(body) if encoding == "gzip" else zlib.decompress(body, -15)
        except (OSError, EOFError, zlib.error) as error:
            short = isinstance(error, EOFError)
            raise Refused(400, "unexpected EOF" if short else "gzip: invalid header") from None
    elif encoding not in ("", "snappy"):
        raise Refused(400, f"Content-Encoding {quote(encoding)} not supported")
    if not content_type:
        raise Refused(400, "mime: no media type")
    if "/" not in content_type:
        raise Refused(400, "mime: expected slash after first token")
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise Refused(400, "snappy: corrupt input")
    if not body:
        raise Refused(400, "EOF")
    return PushReader(body).streams()


class PushReader:
    """Reads the body as json-iterator does, to fail with its text at its byte."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0
        self.text = body.decode("utf-8", "surrogateescape")

    def token(self) -> str:
        """The next character that is not white space, or NUL at the end."""
        while self.text[self.at : self.at + 1] in (" ", "\n", "\r", "\t"):
            self.at += 1
        self.at += 1
        return self.text[self.at - 1 : self.at] or "\0"

    def value(self, where: str) -> Any:
        try:
            start = self.at + len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
            value, self.at = json.JSONDecoder(strict=False).raw_decode(self.text, start)
        except json.JSONDecodeError as error:  # in words of our own: theirs depend on the place
            self.at = error.pos
            raise self.refused(f"{where}readObject: {error.msg}") from None
        return value

    def refused(self, message: str) -> Refused:
        """The refusal, with the content of json-iterator's buffer of 512 bytes, as filled from a
        socket."""
        at = len(self.text[: self.at].encode("utf-8", "surrogateescape"))
        block = max(at - 1, 0) // 512 * 512
        buffer, at = self.body[block : block + 512], at - block
        near, wide = (buffer[max(at - n, 0) : at + n].decode("utf-8", "replace") for n in (10, 50))
        place = f"#{min(at, 10)} byte of ...|{near}|..., bigger context ...|{wide}|..."
        return Refused(400, f"{message}, error found in {place}")

    def streams(self) -> list[tuple[dict[str, str], list[Row]]]:
        result: list[tuple[dict[str, str], list[Row]]] = []
        found = self.token()
        if found == "n":
            return result
        if found != "{":
            raise self.refused(f"readObjectStart: expect {{ or n, but found {found}")
        while True:
            found = self.token()
            if found == "}" and self.text[: self.at - 1].strip() == "{":
                return result
            if found != '"':
                message = f'loghttp.PushRequest.readFieldHash: expect ", but found {found}'
                raise self.refused(message)
            self.at -= 1
            key = self.value("loghttp.PushRequest.")
            found = self.token()
            if found != ":":
                message = f"loghttp.PushRequest.readFieldHash: expect :, but found {found}"
                raise self.refused(message)
            if key.lower() == "streams":
                result = self.array()
            else:
                self.value("loghttp.PushRequest.")
            if self.token() != ",":
                return result

    def array(self) -> list[tuple[dict[str, str], list[Row]]]:
        result: list[tuple[dict[str, str], list[Row]]] = []
        found = self.token()
        if found == "n":
            self.at += len("ull")
            return result
        if found != "[":
            raise self.refused(f"{STREAMS}decode slice: expect [ or n, but found {found}")
        if self.text[self.at :].lstrip()[:1] == "]":
            self.token()
            return result
        while found != "]":
            value = self.value(STREAMS)
            try:
                result.append(read_stream(value))
            except ValueError as error:
                raise self.refused(f"{STREAMS}unmarshalerDecoder: {error}") from None
            found = self.token()
            if found not in ",]":
                raise self.refused(f"{STREAMS}decode slice: expect ], but found {found}")
        return result


def read_stream(value: Any) -> tuple[dict[str, str], list[Row]]:
    """A stream, checked as loghttp/query.go does. Raises ValueError."""
    if not isinstance(value, dict) or not isinstance(value.get("stream", {}), dict):
        raise ValueError(BAD_OBJECT)
    stream = value.get("stream", {})
    labels = {k: checked(v) if isinstance(v, str) else json.dumps(v) for k, v in stream.items()}
    entries = [] if value.get("values") is None else value["values"]
    if not isinstance(entries, list):
        raise ValueError(BAD_JSON)
    return labels, [read_entry(entry) for entry in entries if entry is not None]


def checked(text: str) -> str:
    if LONE.search(text):
        raise ValueError(BAD_NUMBER)
    return text


def read_entry(entry: Any) -> Row:
    if not isinstance(entry, list):
        raise ValueError(BAD_JSON)
    fields: list[Any] = []
    problem = ""
    for item in entry:  # after a bad item Loki reads on, in the same place
        if len(fields) < 2 and not isinstance(item, str):
            problem = BAD_STRING
        elif len(fields) == 2 and not isinstance(item, dict):
            problem = BAD_OBJECT
        elif LONE.search(str(item)) or not (fields or re.fullmatch(r"-?[0-9]{1,19}", item)):
            problem = BAD_NUMBER
        elif len(fields) == 2 and not all(isinstance(v, str) for v in item.values()):
            problem = BAD_STRING
        else:
            fields.append(item)
    if problem:
        raise ValueError(problem)
    default: list[Any] = [NO_TIME, "", {}]
    ts, line, meta, *_ = fields + default[len(fields) :]
    return Row(int(ts), line, meta)
