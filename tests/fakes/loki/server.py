"""A Loki for tests and for trying homelab: it answers like a Loki 3.8 with default limits.

The rules of storing are in store, LogQL is in parse and evaluate; this is the HTTP around them. Not
included: `stats` in query answers, tail, detected_fields, patterns, rules, tenants.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from fakes.loki import evaluate, parse
from fakes.loki.store import (
    HOUR,
    MEMORY,
    WINDOW,
    Refused,
    Row,
    Store,
    Stream,
    quote,
    read_push,
)

MAX_ENTRIES = 5000  # validation.max-entries-limit
MAX_MESSAGE = 4 << 20  # bytes between Loki's parts: server.grpc-max-send-msg-size-bytes
TEXT = "text/plain; charset=utf-8"
JSON = "application/json; charset=UTF-8"
FORM = "application/x-www-form-urlencoded"
BUILD = {
    "version": "", "revision": "", "branch": "", "buildUser": "", "buildDate": "",
    "goVersion": "go1.27.3",
}  # fmt: skip


class Answer(NamedTuple):
    """An answer. Status 0 closes the connection without one."""

    status: int
    content_type: str | None
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


SILENCE = Answer(0, None, b"")
NOT_FOUND = Answer(404, TEXT, b"404 page not found\n")


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, list[str]]  # of the URL
    headers: list[tuple[str, str]]  # as received
    body: bytes
    life: int = 0  # of the server: the number of its crashes before

    def header(self, name: str) -> str | None:
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def values(self, name: str) -> list[str]:
        """A parameter's values from a posted form and from the URL, in this order."""
        form: dict[str, list[str]] = {}
        if (self.header("Content-Type") or "").split(";")[0].strip().lower() == FORM:
            form = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return form.get(name, []) + self.query.get(name, [])

    def value(self, name: str) -> str:
        return next(iter(self.values(name)), "")


def parse_int(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"parsing {quote(text)}: invalid syntax")
    return int(text)


def parse_time(text: str, default: int) -> int:
    """ns from ns, seconds (up to ten digits, or with a point) or RFC 3339."""
    if not text:
        return default
    if re.fullmatch(r"[+-]?[0-9]*\.[0-9]+", text):
        seconds, _, _ = text.partition(".")
        thousandths = round((float(text) - int(seconds or 0)) * 1000)  # Loki rounds to ms
        return int(seconds or 0) * 10**9 + thousandths * 10**6
    stamp = re.fullmatch(
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))", text
    )
    if not stamp:
        try:
            return parse_int(text) * (10**9 if len(text) <= 10 else 1)
        except ValueError as error:
            raise parse.QueryError(f"strconv.ParseInt: {error}") from None
    whole, fraction, sign, hours, minutes = stamp.groups()
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    at = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc) - shift
    return int(at.timestamp()) * 10**9 + int((fraction or ".0")[1:].ljust(9, "0"))


def parse_step(text: str) -> int:
    with contextlib.suppress(ValueError):
        return int(float(text) * 10**9)
    try:
        return parse.duration(text)
    except ValueError:
        message = f"cannot parse {quote(text)} to a valid duration"
        raise parse.QueryError(message) from None


def number(value: float) -> str:
    """Go's FormatFloat(value, 'f', -1, 64): the shortest digits, no exponent."""
    text = format(Decimal(repr(value)), "f")
    return text[:-2] if text.endswith(".0") else text


def seconds(ns: int) -> float:
    ms = ns // 10**6
    return ms / 1000 if ms % 1000 else ms // 1000


def success(result_type: str, result: list[dict[str, Any]]) -> Answer:
    return data({"resultType": result_type, "result": result})


def data(value: Any) -> Answer:
    return reply({"status": "success", "data": value})


def reply(document: Any, content_type: str = JSON) -> Answer:
    text = json.dumps(document, ensure_ascii=False)
    return Answer(200, content_type, text.encode("utf-8", "surrogateescape"))


class FakeLoki:
    """Serves on loopback inside a `with`; `hook` may answer a request before the rules do.

    `crash` and `restart` act like `kill -9` and a new start: stored entries are kept, since a Loki
    has them in its write-ahead log.
    """

    def __init__(
        self,
        clock: Callable[[], int] = time.time_ns,
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        late_invisible: bool = False,
        window: int = WINDOW,
    ) -> None:
        self.clock = clock
        self.store = Store(clock, late_invisible, window)
        self.requests: list[Request] = []
        self.connections = 0  # accepted so far
        self.hook: Callable[[Request], Answer | None] | None = None
        self.ready = True
        self.longest = "30d1h"  # limits_config.max_query_length
        # "" without compactor.retention_enabled, else limits_config.deletion_mode
        self.deletion = ""
        self.life = 0
        self.lock = threading.Lock()
        self.ssl_context = ssl_context
        self.port = port
        self.listen()
        self.url = f"http{'s' if ssl_context else ''}://127.0.0.1:{self.port}"

    def listen(self) -> None:
        """Open the port; a port of 0 becomes the one that was free."""
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.loki = self
        self.port = self.server.server_address[1]
        # the handler thread does the handshake, so that a bad one blocks no other
        if self.ssl_context:
            self.server.socket = self.ssl_context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> FakeLoki:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.thread.is_alive():  # otherwise the wait would not end
            self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.server.cut()  # kept connections would be answered for ever

    def crash(self) -> None:
        """Stop listening and cut every connection; a push is stored as a whole before this, or not
        at all. A second crash changes nothing."""
        with self.lock:
            self.life += 1
            server, thread = self.server, self.thread
        server.shutdown()
        server.server_close()
        thread.join()
        server.cut()

    def restart(self) -> None:
        """Listen at the same port again after a `crash`, with the stored entries."""
        self.listen()
        self.thread.start()

    def entries(self, selector: str) -> list[tuple[dict[str, str], int, str]]:
        """All entries stored for the selector, by time; labels without structured metadata."""
        log = parse.parse_selector(selector)
        with self.lock:
            streams = [s for s in self.store.streams.values() if log.matches(s.labels)]
            found = [(dict(s.labels), row.ts, row.line) for s in streams for row in s.all]
        return sorted(found, key=lambda entry: entry[1])

    def answer(self, request: Request) -> Answer:
        """The answer by the rules; a hook may call it to store a push whose answer then gets
        lost."""
        for method, path, endpoint in ROUTES:
            found = re.fullmatch(path, unquote(request.path))
            if found:
                if request.method not in method:
                    return Answer(405, None, b"") if endpoint is FakeLoki.push else NOT_FOUND
                try:
                    with self.lock:
                        if request.life != self.life:
                            return SILENCE
                        return endpoint(self, request, *found.groups())
                except parse.QueryError as error:
                    return Answer(400, TEXT, str(error).encode())
                except Refused as error:
                    text = f"{error}\n".encode("utf-8", "replace")
                    return Answer(error.status, TEXT, text)
        return NOT_FOUND

    def push(self, request: Request) -> Answer:
        encoding = request.header("Content-Encoding") or ""
        self.store.push(read_push(request.header("Content-Type"), encoding, request.body))
        return Answer(204, None, b"")

    def delete(self, request: Request) -> Answer:
        """A delete request, as in pkg/compactor/deletion/request_handler.go: only parameters of the
        URL count; the default end is the time of the request."""
        if not self.deletion:
            return NOT_FOUND
        if self.deletion == "disabled":
            return Answer(403, TEXT, b"deletion is not available for this tenant\n")

        def value(name: str) -> str:
            return next(iter(request.query.get(name, [])), "")

        def moment(name: str) -> int:
            try:
                if value(name).isdigit() and len(value(name)) != 10:
                    raise ValueError
                return parse_time(value(name), self.clock())
            except (ValueError, parse.QueryError):
                text = f"invalid {name} time: require unix seconds or RFC3339 format"
                raise Refused(400, text) from None

        if not value("query"):
            raise Refused(400, "query not set")
        try:
            log = parse.parse(value("query"))
        except parse.QueryError:
            raise Refused(400, "invalid query expression") from None
        if not isinstance(log, parse.Log):
            raise Refused(400, "invalid query expression")
        if not value("start"):
            raise Refused(400, "start time not set")
        start, end = moment("start"), moment("end")
        if end > self.clock():
            raise Refused(400, "deletes in the future are not allowed")
        if start >= end:
            raise Refused(400, "start time can't be greater than or equal to end time")

        def hides(stream: Stream, row: Row) -> bool:
            return log.passes(parse.State(stream, row))

        self.store.delete(log.matches, start, end, hides)
        return Answer(204, None, b"", (("X-Delete-Request-ID", f"{len(self.store.deletes):08x}"),))

    def query(self, request: Request) -> Answer:
        limit(request)
        at = parse_time(request.value("time"), self.clock())
        forward(request)
        expr = parse.parse(request.value("query"))
        if isinstance(expr, parse.Log):
            raise parse.QueryError(
                "log queries are not supported as an instant query type, "
                "please change your query to a range query type"
            )
        vector = evaluate.instant(self.store.streams.values(), expr, at)
        result = [{"metric": dict(k), "value": [seconds(at), number(v)]} for k, v in vector]
        return success("vector", result)

    def query_range(self, request: Request) -> Answer:
        start, end = self.bounds(request)
        if end < start:
            raise parse.QueryError("end timestamp must not be before or equal to start time")
        entries, oldest_first = limit(request), forward(request)
        text = request.value("step")
        step = parse_step(text) if text else max((end - start) // 10**9 // 250, 1) * 10**9
        if step <= 0:
            raise parse.QueryError(
                "zero or negative query resolution step widths are not accepted. "
                "Try a positive integer"
            )
        if (end - start) // step > 11000:
            raise parse.QueryError(
                "exceeded maximum resolution of 11,000 points per time series. "
                "Try increasing the value of the step parameter"
            )
        expr = parse.parse(request.value("query"))
        streams = self.store.streams.values()
        if not isinstance(expr, parse.Log):
            self.check_length(start, end)
            # the querier also has the time that the first point looks back; an instant query has it
            # split by then (split_instant_metric_queries_by_interval, 1h)
            ranges = re.findall(r"\[(\w+)\]", request.value("query"))
            self.check_length(start - max(map(parse.duration, ranges), default=0), end)
            step = step // 10**6 * 10**6
            matrix = evaluate.over_range(streams, expr, start, end, step, oldest_first)
            return success(
                "matrix",
                [
                    {"metric": dict(k), "values": [[seconds(t), number(v)] for t, v in points]}
                    for k, points in matrix
                ],
            )
        if entries > MAX_ENTRIES:
            raise parse.QueryError(
                "max entries limit per query exceeded, limit > max_entries_limit_per_query "
                f"({entries} > {MAX_ENTRIES})"
            )
        self.check_length(start, end)
        found = evaluate.select(streams, expr, start, end, entries, oldest_first)
        size = sum(len(line.encode()) + 20 for rows in found.values() for _, line in rows)
        if size > MAX_MESSAGE:
            text = f"trying to send message larger than max ({size} vs. {MAX_MESSAGE})"
            code = "rpc error: code = ResourceExhausted desc = "
            return Answer(500, TEXT, (code + text).encode())
        return success(
            "streams",
            [
                {"stream": dict(k), "values": [[str(t), shown(line)] for t, line in rows]}
                for k, rows in sorted(found.items())
            ],
        )

    def check_length(self, start: int, end: int) -> None:
        evaluate.check_length((end // 10**6 - start // 10**6) * 10**6, self.longest)

    def bounds(self, request: Request) -> tuple[int, int]:
        now, since = self.clock(), HOUR
        field = "since"
        try:
            if request.value("since"):
                since = parse.duration(request.value("since"))
            field = "end"
            end = parse_time(request.value("end"), now)
            field = "start"
            return parse_time(request.value("start"), min(end, now) - since), end
        except (ValueError, parse.QueryError) as error:
            raise parse.QueryError(f"could not parse '{field}' parameter: {error}") from None

    def span(self, request: Request) -> tuple[int, int]:
        """The bounds of an index query."""
        start, end = self.bounds(request)
        self.check_length(start, end)
        if end < start:
            raise parse.QueryError(
                "this data is no longer available, it is past now - max_query_lookback (0s)"
            )
        return start, end

    def overlapping(self, start: int, end: int) -> list[Stream]:
        """The streams in a span, as the ingester counts them: only by each stream's first and last
        entry."""
        streams = []
        for stream in self.store.streams.values():
            first = next((row.ts for row in stream.seen(stream.all)), end)
            last = next((row.ts for row in stream.seen(reversed(stream.all))), start)
            if first < end and start <= last:
                streams.append(stream)
        return streams

    def labels(self, request: Request, name: str = "") -> Answer:
        """Label names or values. Streams in the ingester's memory count whatever their time, as in
        a real one."""
        start, end = self.span(request)
        recent = end >= self.clock() - MEMORY
        streams = list(self.store.streams.values()) if recent else self.overlapping(start, end)
        if request.value("query"):
            log = parse.parse_selector(request.value("query"))
            parse.check_matchers(log)
            streams = [s for s in streams if log.matches(s.labels)]
        found = {s.labels[name] for s in streams if name in s.labels} if name else set()
        names = found if name else {label for s in streams for label in s.labels}
        return data(sorted(names)) if names else reply({"status": "success"})

    def series(self, request: Request) -> Answer:
        texts = sorted(set(request.values("match") + request.values("match[]")))
        if [text.replace(" ", "") for text in texts] == ["{}"]:
            texts = []
        groups = [parse.parse_selector(text) for text in texts]
        for group, text in zip(groups, texts):
            if not group.matchers:
                raise parse.QueryError(f"0 matchers in group: {text}")
            parse.check_matchers(group)
        streams = self.overlapping(*self.span(request))
        return data(
            [s.labels for s in streams if not groups or any(g.matches(s.labels) for g in groups)]
        )

    def matched(self, request: Request) -> tuple[parse.Log, list[Stream], int, int]:
        start, end = self.bounds(request)
        self.check_length(start, end)
        log = parse.parse_selector(request.value("query"))
        parse.check_matchers(log)
        streams = [s for s in self.overlapping(start, end) if log.matches(s.labels)]
        return log, streams, start, end

    def volume(self, request: Request) -> Answer:
        """Volume by the matchers' labels or targetLabels; bytes are only those of the lines."""
        log, streams, start, end = self.matched(request)
        targets = [name for name in request.value("targetLabels").split(",") if name]
        names = parse.Grouping(tuple(targets or (m.name for m in log.matchers)))
        sizes: dict[parse.Labels, int] = {}
        for stream in streams:
            if targets and not set(targets) & set(stream.labels):
                continue
            key = names.key(stream.labels.items())
            sizes[key] = sizes.get(key, 0) + size(stream, start, end)
        at = seconds(end + -end % 10**6)
        largest = sorted(sizes.items(), key=lambda item: -item[1])[: limit(request)]
        return success("vector", [{"metric": dict(k), "value": [at, str(n)]} for k, n in largest])

    def stats(self, request: Request) -> Answer:
        """A stream is one chunk here; bytes in whole KiB, as the index keeps them."""
        _, streams, start, end = self.matched(request)
        count = sum(len(s.rows(start, end)) for s in streams)
        kib = sum(-(-size(s, start, end) // 1024) for s in streams)
        n = len(streams)
        return reply({"streams": n, "chunks": n, "bytes": kib * 1024, "entries": count})

    def readiness(self, _: Request) -> Answer:
        if self.ready:
            return Answer(200, TEXT, b"ready\n")
        return Answer(503, TEXT, b"Ingester not ready: waiting for 15s after being ready\n")

    def build(self, _: Request) -> Answer:
        return reply(BUILD, "application/json")


def shown(line: str) -> str:
    """A line in which bytes that are not UTF-8 are replaced; in a label Loki passes them on."""
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def limit(request: Request) -> int:
    try:
        value = parse_int(request.value("limit") or "100")
    except ValueError as error:
        raise parse.QueryError(f"strconv.Atoi: {error}") from None
    if value <= 0:
        raise parse.QueryError("limit must be a positive value")
    return value


def forward(request: Request) -> bool:
    text = request.value("direction") or "backward"
    if text.lower() not in ("forward", "backward"):
        raise parse.QueryError(f"invalid direction '{text}'")
    return text.lower() == "forward"


def size(stream: Stream, start: int, end: int) -> int:
    return sum(len(row.line.encode()) for row in stream.rows(start, end))


READ = ("GET", "POST")
ROUTES: list[tuple[Iterable[str], str, Callable[..., Answer]]] = [
    (("POST",), "/loki/api/v1/push", FakeLoki.push),
    (("POST", "PUT"), "/loki/api/v1/delete", FakeLoki.delete),
    (READ, "/loki/api/v1/query", FakeLoki.query),
    (READ, "/loki/api/v1/query_range", FakeLoki.query_range),
    (READ, "/loki/api/v1/labels?", FakeLoki.labels),
    (READ, "/loki/api/v1/label/([^/]+)/values", FakeLoki.labels),
    (READ, "/loki/api/v1/series", FakeLoki.series),
    (READ, "/loki/api/v1/index/volume", FakeLoki.volume),
    (READ, "/loki/api/v1/index/stats", FakeLoki.stats),
    (READ, "/ready", FakeLoki.readiness),
    (READ, "/loki/api/v1/status/buildinfo", FakeLoki.build),
]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    loki: FakeLoki

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        self.loki.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """End every connection, as the kernel does for a process that was killed."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that hangs up or does not speak TLS."""
        if not isinstance(sys.exc_info()[1], OSError):  # ssl.SSLError is one
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # as Go does; otherwise a kept connection waits 40 ms for each body
    disable_nagle_algorithm = True
    server: Server

    def handle_request(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query, keep_blank_values=True)
        headers = list(self.headers.items())
        loki = self.server.loki
        life = loki.life
        request = Request(self.command, url.path, query, headers, self.read_body(), life)
        loki.requests.append(request)
        answer = loki.hook(request) if loki.hook else None
        self.write(loki.answer(request) if answer is None else answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_request

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while True:
            length = int(self.rfile.readline().split(b";")[0], 16)
            body += self.rfile.read(length)
            self.rfile.readline()
            if not length:
                return body

    def write(self, answer: Answer) -> None:
        if not answer.status:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(answer.status)  # without `Server`, which Loki does not send
        self.send_header("Date", self.date_time_string(self.server.loki.clock() // 10**9))
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.content_type is not None:
            self.send_header("Content-Type", answer.content_type)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a Loki that forgets all when it ends.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    with FakeLoki(port=parser.parse_args().port) as loki:
        print(loki.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            loki.thread.join()


if __name__ == "__main__":
    main()
