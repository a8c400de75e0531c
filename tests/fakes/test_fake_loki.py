"""The fake Loki compared with a real one: recorded answers, and rules that both must follow.

HOMELAB_TEST_LOKI=http://127.0.0.1:3100 runs the direct tests against a real Loki instead.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import time
import uuid
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from support.world import ROOT

from fakes.loki.server import Answer, FakeLoki, Request
from fakes.loki.store import RateLimit

SECOND = 10**9
HOUR = 3600 * SECOND
DAY = 24 * HOUR
JSON = {"Content-Type": "application/json"}
TRANSCRIPTS = json.loads((ROOT / "tests/loki/transcripts.json").read_text("utf-8"))
# Values that no fake can know: sizes in Loki's memory.
SIZES = {"index_volume"}

Reply = tuple[int, "str | None", Any]


def ask(
    url: str,
    method: str,
    path: str,
    query: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Reply:
    """Status, content type and body, JSON decoded; result series and series lists sorted."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request(method, f"{path}?{urlencode(query or {}, True)}", body, headers or {})
    response = connection.getresponse()
    content_type, raw = response.getheader("Content-Type"), response.read()
    connection.close()
    if not (content_type or "").startswith("application/json"):
        return response.status, content_type, raw.decode()
    return response.status, content_type, sorted_series(json.loads(raw))


def sorted_series(document: Any) -> Any:
    found = document.get("data", [])
    for part in [found["result"]] if isinstance(found, dict) else [found]:
        part.sort(key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(found, dict):
        found.pop("stats", None)  # a real Loki adds statistics of its work
    return document


def bodied(record: dict[str, Any]) -> tuple[bytes | None, dict[str, str]]:
    body: Any = record["request"]["body"]
    headers: dict[str, str] = record["request"]["headers"]
    if record["name"] == "push_6000_streams":  # shortened in the file
        stamp = TRANSCRIPTS["now_ns"]
        labels = ({"job": "limit-demo", "n": str(n)} for n in range(6000))
        body = {"streams": [{"stream": each, "values": [[stamp, "x"]]} for each in labels]}
    if isinstance(body, dict):
        return json.dumps(body).encode(), {**JSON, **headers}
    return (ast.literal_eval(body) if body else None), headers


def test_transcripts() -> None:
    now = int(TRANSCRIPTS["now_ns"])
    clock = [now]
    with FakeLoki(clock=lambda: clock[0]) as loki:
        # Pushed before the recording began, as the recorded answers show.
        for n in range(30):
            app, level = ("traefik", "info") if n % 2 else ("plex", "info" if n else "error")
            line = f'level={level} n={n} msg="request {n}"'
            row = [str(now - (30 - n) * SECOND), line]
            stream = {"stream": {"job": "demo", "app": app, "host": "pve1"}, "values": [row]}
            body = json.dumps({"streams": [stream]}).encode()
            assert ask(loki.url, "POST", "/loki/api/v1/push", {}, JSON, body)[0] == 204
        for record in TRANSCRIPTS["records"]:
            request, response = record["request"], record["response"]
            clock[0] = now if "push" in record["name"] else int(TRANSCRIPTS["end_ns"])
            loki.ready = record["name"] != "ready"  # recorded seconds after the start
            sent, headers = bodied(record)
            method, path, query = request["method"], request["path"], request["query"]
            found = ask(loki.url, method, path, query, headers, sent)
            wanted = response["body"]
            if isinstance(wanted, dict):
                wanted = sorted_series(wanted)
            if record["name"] in SIZES:
                for document in (found[2], wanted):
                    document["data"]["result"][0]["value"][1] = "bytes"
            assert found == (response["status"], response["content_type"], wanted), record["name"]
        stored = {labels["n"] for labels, _, _ in loki.entries('{job="limit-demo"}')}
        assert len(stored) == 4990  # the other ten were stored before


class Loki:
    """A Loki, real or not, of which a test sees only its own pushes."""

    def __init__(self, url: str) -> None:
        self.url, self.job = url, f"test-{uuid.uuid4().hex}"
        self.now = time.time_ns() // SECOND * SECOND

    def push(self, *streams: tuple[dict[str, str], list[tuple[int, str]]]) -> Reply:
        document: list[dict[str, Any]] = []
        for labels, rows in streams:
            values = [[str(ts), line] for ts, line in rows]
            document.append({"stream": {"job": self.job, **labels}, "values": values})
        body = json.dumps({"streams": document}).encode()
        return ask(self.url, "POST", "/loki/api/v1/push", {}, JSON, body)

    def query(self, path: str, query: str, **params: Any) -> Reply:
        query = query.replace("JOB", f'job="{self.job}"')
        return ask(self.url, "GET", f"/loki/api/v1/{path}", {"query": query, **params})

    def result(self, path: str, query: str, **params: Any) -> Any:
        status, _, document = self.query(path, query, **params)
        assert status == 200, document
        return document["data"]["result"]

    def lines(self, query: str, **params: Any) -> list[str]:
        span = {"start": self.now - 2 * HOUR, "end": self.now + SECOND}
        streams = self.result("query_range", query, **{**span, **params})
        sign = 1 if params.get("direction") == "forward" else -1
        rows = [row for stream in streams for row in stream["values"]]
        return [line for _, line in sorted(rows, key=lambda row: sign * int(row[0]))]

    def value(self, query: str, at: int) -> str | None:
        result = self.result("query", query, time=at)
        return result[0]["value"][1] if result else None


@pytest.fixture
def either() -> Iterator[Loki]:
    url = os.environ.get("HOMELAB_TEST_LOKI")
    if url:
        yield Loki(url.rstrip("/"))
        return
    with FakeLoki() as fake:
        yield Loki(fake.url)


def test_equal_times(either: Loki) -> None:
    rows = [(either.now, "one"), (either.now, "two"), (either.now, "one")]
    assert either.push(({"user": "a"}, rows), ({"user": "b"}, rows[:1]))[0] == 204
    assert either.value("sum(count_over_time({JOB}[1m]))", either.now) == "3"
    assert either.lines('{JOB, user="a"}') == ["two", "one"]
    assert either.lines('{JOB, user="a"}', direction="forward") == ["one", "two"]
    assert either.lines('{JOB, user="a"}', limit=1) == ["two"]


def test_structured_metadata(either: Loki) -> None:
    """It is among an entry's labels, for sums and filters too, and not in the index. A label of the
    stream wins. Entries with equal time and line are one if their metadata is equal."""
    at, body = str(either.now), []
    for user, label in (("ann", ""), ("ben", ""), ("ann", ""), ("cy", "dee"), ("", "")):
        stream = {"job": either.job, "user": label}
        body.append({"stream": stream, "values": [[at, "exit=0", {"user": user, "a-b": "1"}]]})
    sent = json.dumps({"streams": body}).encode()
    assert ask(either.url, "POST", "/loki/api/v1/push", {}, JSON, sent)[0] == 204

    def labels(query: str) -> list[str]:
        span = {"start": either.now, "end": either.now + 1}
        found = either.result("query_range", query, **span)
        assert all(len(value) == 2 for one in found for value in one["values"])
        names = ("user", "user_extracted", "a_b")
        return sorted(" ".join(one["stream"].get(name, "-") for name in names) for one in found)

    assert labels("{JOB}") == ["- - 1", "ann - 1", "ben - 1", "dee cy 1"]
    assert labels('{JOB, user=""}') == ["- - 1", "ann - 1", "ben - 1"]
    assert labels('{JOB} | user="ann"') == ["ann - 1"]
    assert labels('{JOB} | user=~"ann|dee"') == ["ann - 1", "dee cy 1"]
    assert labels('{JOB, user=~"(ann|dee)?"} | user=~"ann|dee"') == ["ann - 1", "dee cy 1"]
    assert labels('{JOB} | user=""') == ["- - 1"]
    assert labels('{JOB, user="ann"}') == []
    found = either.result("query", "sum by (user) (count_over_time({JOB}[1m]))", time=either.now)
    assert sorted((one["metric"].get("user", "-"), one["value"][1]) for one in found) == [
        ("-", "1"),
        ("ann", "1"),
        ("ben", "1"),
        ("dee", "1"),
    ]
    matching = {"match[]": f'{{job="{either.job}"}}'}
    series = ask(either.url, "GET", "/loki/api/v1/series", matching)[2]["data"]
    assert [one.get("user", "-") for one in series] in (["-", "dee"], ["dee", "-"])


def test_window_edges(either: Loki) -> None:
    at = either.now - 600 * SECOND
    either.push(({}, [(at, "x")]))
    count = "sum(count_over_time({JOB}[1m]))"
    assert either.value(count, at) == "1"  # (t - range, t]
    assert either.value(count, at - 1) is None
    assert either.value(count, at + 60 * SECOND - 1) == "1"
    assert either.value(count, at + 60 * SECOND) is None
    assert either.lines("{JOB}", start=at, end=at + 1) == ["x"]  # [start, end)
    assert either.lines("{JOB}", start=at - 1, end=at) == []


def test_range_is_aligned_to_the_step(either: Loki) -> None:
    at = (either.now - 600 * SECOND) // (60 * SECOND) * 60 * SECOND
    either.push(({}, [(at + SECOND, "x")]))
    params = {"start": at + 2 * SECOND, "end": at + 3 * SECOND, "step": "1m"}
    matrix = either.result("query_range", "sum(count_over_time({JOB}[1m]))", **params)
    assert matrix == [{"metric": {}, "values": [[at // SECOND + 60, "1"]]}]


def test_a_negative_offset_looks_ahead(either: Loki) -> None:
    at = either.now - 600 * SECOND
    either.push(({}, [(at, "x"), (at + 1, "y"), (at + 60 * SECOND, "z")]))
    count = "sum(count_over_time({JOB}[1m] offset %s))"
    assert either.value(count % "-1m", at) == "2"  # (t, t + range]
    assert either.value(count % "-60s", at) == "2"
    assert either.value(count % "-0.5m30s", at) == "2"
    assert either.value(count % "-2m", at) is None
    assert either.value(count % "1m", at + 60 * SECOND) == "1"
    params = {"start": at, "end": at, "step": "1h"}
    hour, _ = divmod(at, HOUR)
    tiles = either.result("query_range", "sum(count_over_time({JOB}[1h] offset -1h))", **params)
    assert tiles[0]["values"][0][0] == hour * HOUR // SECOND


def test_second_and_minute_of_a_moment_in_utc(either: Loki) -> None:
    """`date` uses the server's own zone; in India, minutes would be half an hour off."""
    at = (either.now - 600 * SECOND) // (60 * SECOND) * 60 * SECOND
    either.push(({"n": "1"}, [(at + 7 * SECOND + 5, "x"), (at + 8 * SECOND - 1, "y")]))
    either.push(({"n": "2"}, [(at + 59 * SECOND, "x")]))
    place = '| label_format place=`{{ (__timestamp__).UTC.Format "%s" }}`'
    count = "sum by (n, place) (count_over_time({JOB} %s [1h]))"

    def places(stages: str) -> list[tuple[str, str, str]]:
        found = either.result("query", count % stages, time=either.now)
        return [(s["metric"]["n"], s["metric"]["place"], s["value"][1]) for s in found]

    minute = f"{at // (60 * SECOND) % 60:02}"
    assert sorted(places(place % "05")) == [("1", "07", "2"), ("2", "59", "1")]
    some = '| (n="1" and place=~"06|07") or (n="3" and place=~"59")'
    assert places(f"{place % '05'} {some} {place % '04'}") == [("1", minute, "2")]
    others = '| (n!="1" or place!~"06|07") and (n!="3" or place!~"59")'
    assert places(f"{place % '05'} {others} {place % '04'}") == [("2", minute, "1")]


def test_one_or_the_other(either: Loki) -> None:
    either.push(({"n": "1"}, [(either.now, "exit=1")]), ({"n": "2"}, [(either.now, "exit=0")]))
    runs, none = "sum by (n) (count_over_time({JOB}[1m]))", "sum(count_over_time({JOB} |= `!`[1m]))"
    failed = "sum by (n) (count_over_time({JOB} |= `exit=1`[1m]))"

    def found(query: str) -> list[tuple[dict[str, str], str]]:
        answer = either.result("query", query, time=either.now)
        rows = [(series["metric"], series["value"][1]) for series in answer]
        return sorted(rows, key=lambda row: sorted(row[0].items()))

    assert found(f"{none} or vector(0)") == [({}, "0")]
    assert found(f"{runs} or vector(1.5)") == [({}, "1.5"), ({"n": "1"}, "1"), ({"n": "2"}, "1")]
    assert found(f"sum({failed} or {runs} or vector(3))") == [({}, "5")]
    assert found(f"({none} or vector(2)) or vector(3)") == [({}, "2")]
    params = {"start": either.now, "end": either.now, "step": "1m"}
    (series,) = either.result("query_range", f"{none} or vector(0)", **params)
    assert [value for _, value in series["values"]] == ["0", "0"]


def test_labels_are_replaced(either: Loki) -> None:
    either.push(({"n": "a1"}, [(either.now, "x")]), ({"n": "b"}, [(either.now, "x")]))

    def found(*texts: str) -> list[dict[str, str]]:
        words = ", ".join(json.dumps(text) for text in texts)
        query = f"label_replace(sum by (n) (count_over_time({{JOB}}[1m])), {words})"
        answer = either.result("query", query, time=either.now)
        return sorted((series["metric"] for series in answer), key=lambda one: sorted(one.items()))

    assert found("k", "v", "", "") == [{"k": "v", "n": "a1"}, {"k": "v", "n": "b"}]
    assert found("k", "$2-$0", "n", "(.)(.)") == [{"k": "1-a1", "n": "a1"}, {"n": "b"}]
    assert found("n", "", "n", "b") == [{}, {"n": "a1"}]
    assert found("k", "v", "n", "a") == [{"n": "a1"}, {"n": "b"}]  # all of it


def test_a_first_step_is_lost_where_pieces_are_joined(either: Loki) -> None:
    """A series sorted before all others, with a point at each step, prevents that; so does the
    other order."""
    hour, minute = either.now // HOUR * HOUR, 60 * SECOND
    either.push(({"n": "a"}, [(hour - minute, "x")]))
    first = [(hour - HOUR - minute + at, "x") for at in range(3)]
    either.push(({"n": "b"}, [*first, (hour - minute, "x")]))
    query = "sum by (n) (count_over_time({JOB}[1h]))"

    def total(query: str, **params: object) -> int:
        span = {"start": hour - HOUR, "end": hour + HOUR, "step": "1h", **params}
        matrix = either.result("query_range", query, **span)
        return sum(int(n) for series in matrix for _, n in series["values"])

    assert total(query) == 2
    assert total(query, direction="forward") == 5
    assert total(f"{query} or vector(0)") == 5
    assert total(query, end=hour) == 5  # one piece


@pytest.mark.parametrize("text", ['a "quoted" \\ word', "tab\tand\nline", "zoë ☃", "`tick`"])
def test_escapes(either: Loki, text: str) -> None:
    either.push(({"verb": text}, [(either.now, text)]))
    quoted = json.dumps(text)
    assert either.lines(f"{{JOB, verb={quoted}}} |= {quoted}") == [text]
    if "`" not in text:
        assert either.lines(f"{{JOB, verb=`{text}`}} |= `{text}`") == [text]
    series = ask(either.url, "GET", "/loki/api/v1/series", {"match[]": f'{{job="{either.job}"}}'})
    assert series[2]["data"] == [{"job": either.job, "service_name": either.job, "verb": text}]


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("|= `exit`", ["exit=0 ver=1", "exit=3 ver=2", "exit=12 ver=2"]),
        ("!= `exit`", ["no pairs"]),
        ('|~ "exit=[13]"', ["exit=3 ver=2", "exit=12 ver=2"]),
        ('!~ "^exit"', ["no pairs"]),
        ('|= "exit" != "ver=2"', ["exit=0 ver=1"]),
        ('| logfmt | exit="0"', ["exit=0 ver=1"]),
        ('| logfmt | exit!="0"', ["exit=3 ver=2", "exit=12 ver=2", "no pairs"]),
        ('| logfmt exit | exit=~"1."', ["exit=12 ver=2"]),
        ('| logfmt exit, ver | exit!~".+"', ["no pairs"]),
        ("| logfmt | exit > 3", ["exit=12 ver=2"]),
        ('| logfmt | exit >= 3 | ver="2"', ["exit=3 ver=2", "exit=12 ver=2"]),
        ('| detected_level!="unknown"', []),
        ('| logfmt | exit="0" or ver="2"', ["exit=0 ver=1", "exit=3 ver=2", "exit=12 ver=2"]),
        ('| logfmt | ver="9" and exit="0" or exit="3", ver="2"', ["exit=3 ver=2"]),
        ('| logfmt | exit="0" or exit="3" and ver="1"', ["exit=0 ver=1"]),
        ('| logfmt | (exit="0" or exit="3") and ver="2"', ["exit=3 ver=2"]),
        ('| logfmt | exit > 3 or job="" | ver!="1"', ["exit=12 ver=2"]),
        ("|~ `^exit=[0-9]` # and no more", ["exit=0 ver=1", "exit=3 ver=2", "exit=12 ver=2"]),
    ],
)
def test_filters(either: Loki, query: str, lines: list[str]) -> None:
    rows = ["exit=0 ver=1", "exit=3 ver=2", "exit=12 ver=2", "no pairs"]
    either.push(({}, [(either.now + n, line) for n, line in enumerate(rows)]))
    assert either.lines("{JOB} " + query, direction="forward") == lines


def test_unwrap(either: Loki) -> None:
    first, last = either.now - 50 * SECOND, either.now - 20 * SECOND - 1
    for user in ("a", "b"):
        either.push(({"user": user}, [(first, "n=5 exit=0"), (last, "n=3 exit=1")]))
    moment = "{JOB} | label_format ts=`{{ __timestamp__ | unixEpoch%s }}` | unwrap ts [1h]"
    query = f"max_over_time({moment % ''}) by (user)"
    found = either.result("query", query, time=either.now)
    assert [(s["metric"]["user"], int(s["value"][1])) for s in found] == [
        ("a", last // SECOND),
        ("b", last // SECOND),
    ]
    newest = either.value(f"max(max_over_time({moment % 'Millis'}))", either.now)
    assert newest == str(last // 10**6)
    number = "{JOB} | logfmt n | unwrap n [1h]"
    assert either.value(f"max(last_over_time({number}))", either.now) == "3"
    assert either.value(f"max(max_over_time({number}))", either.now) == "5"
    status, _, text = either.query("query", "max_over_time({JOB} | logfmt | unwrap job [1h])")
    assert status == 400
    assert text.startswith("pipeline error: 'SampleExtractionErr' for series: '{")


def test_refusal_of_an_earlier_stream_is_forgotten(either: Loki) -> None:
    """The ingester answers for the last stream of a push: a refused entry can be lost in a 204."""
    either.push(({"n": "1"}, [(either.now, "x")]))
    late, good = ({"n": "1"}, [(either.now - 2 * HOUR, "late")]), ({"n": "2"}, [(either.now, "x")])
    assert either.push(late, good)[0] == 204
    status, _, text = either.push(good, late)
    assert status == 400
    assert "entry too far behind" in text


def test_an_hour_behind_is_not_too_far(either: Loki) -> None:
    either.push(({}, [(either.now, "x")]))
    assert either.push(({}, [(either.now - HOUR, "edge")]))[0] == 204
    assert either.push(({}, [(either.now - HOUR - 1, "late")]))[0] == 400
    assert either.lines("{JOB}") == ["x", "edge"]


def test_form_and_time_formats(either: Loki) -> None:
    either.push(({}, [(either.now - 5 * SECOND, "x")]))
    seconds = either.now // SECOND
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    for end in (either.now, seconds, f"{seconds}.000", stamp):
        body = urlencode({"query": f'{{job="{either.job}"}}', "end": end, "since": "10s"})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        path = "/loki/api/v1/query_range"
        found = ask(either.url, "POST", path, {}, headers, body.encode())
        assert [s["values"][0][1] for s in found[2]["data"]["result"]] == ["x"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("{job=}", "at line 1, col 6: syntax error: unexpected }, expecting STRING"),
        ('{job="x"', "at line 1, col 9: syntax error: unexpected $end, expecting } or ,"),
        ('{job="x"} | priority <= "3"', "at line 1, col 25: syntax error: unexpected STRING"),
        ('sum(count_over_time({job="x"}[1h])', "at line 1, col 35: syntax error: unexpected $end"),
        ('rate({job="x"}[5])', 'at line 0, col 15: not a valid duration string: "5"'),
        ('topk(count_over_time({job="x"}[1h]))', ": parameter required for operation topk"),
        ('count_over_time({job="x"}[1h]) by (a)',
         ": grouping not allowed for count_over_time aggregation"),
        ('max_over_time({job="x"}[1h])', ": invalid aggregation max_over_time without unwrap"),
        ('rate({job="x"}[1h] offset -1d)',
         "at line 1, col 27: syntax error: unexpected -, expecting DURATION"),
        ('{job="x"} | a="1" or',
         "at line 1, col 21: syntax error: unexpected $end, expecting IDENTIFIER or ("),
        ("vector(-1)", "at line 1, col 8: syntax error: unexpected -, expecting NUMBER"),
    ],
)  # fmt: skip
def test_parse_errors(either: Loki, query: str, text: str) -> None:
    found = either.query("query_range", query)
    assert found == (400, "text/plain; charset=utf-8", f"parse error {text}")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"limit": "x"}, 'strconv.Atoi: parsing "x": invalid syntax'),
        ({"limit": 0}, "limit must be a positive value"),
        ({"direction": "up"}, "invalid direction 'up'"),
        ({"step": "1x"}, 'cannot parse "1x" to a valid duration'),
        ({"start": "x"},
         "could not parse 'start' parameter: strconv.ParseInt: parsing \"x\": invalid syntax"),
        ({"start": 2, "end": 1}, "end timestamp must not be before or equal to start time"),
    ],
)  # fmt: skip
def test_parameters(either: Loki, params: dict[str, Any], text: str) -> None:
    assert either.query("query_range", '{job="x"}', **params)[::2] == (400, text)


def test_of_two_names_only_the_first_of_the_line_is_extracted(either: Loki) -> None:
    """If the grouping has only these: they count as extracted from the start."""
    now = either.now
    either.push(({}, [(now - 2, "exit=0 ver=1"), (now - 1, "exit=0 ver=2")]))
    counted = "sum by (ver, exit) (count_over_time({JOB} | logfmt%s [1h]))"
    named = either.result("query", counted % " ver, exit", time=now)
    (series,) = named
    assert (series["metric"], series["value"][1]) == ({"exit": "0", "ver": ""}, "2")
    bare = either.result("query", counted % "", time=now)
    assert [(series["metric"]["ver"], series["value"][1]) for series in bare] == [
        ("1", "1"), ("2", "1")
    ]  # fmt: skip


def test_late_entries_and_day_tiles() -> None:
    """Only the fake: a real Loki shows entries older than 3 h after it has flushed them."""
    midnight = 1_800_000_000 * SECOND // DAY * DAY
    now = midnight + 10 * HOUR
    with FakeLoki(clock=lambda: now, late_invisible=True) as fake:
        loki = Loki(fake.url)
        for day in range(6):  # at the first ns of a day, and the last: a tile is (t - 1d, t]
            at = midnight - day * DAY
            rows = [(at, "exit=0"), (at + 1, "exit=1")]
            assert loki.push(({"late": str(day)}, rows))[0] == 204
        tiles = "sum(count_over_time({JOB}[1d]))"
        params = {"start": now - 6 * DAY, "end": now, "step": "1d"}
        assert loki.result("query_range", tiles, **params) == []
        assert len(fake.entries(f'{{job="{loki.job}"}}')) == 12
        fake.store.flush()
        (tile,) = loki.result("query_range", tiles, **params)
        days = [[(midnight + day * DAY) // SECOND, "2"] for day in range(-4, 1)]
        first, last = (midnight - 5 * DAY) // SECOND, (midnight + DAY) // SECOND
        assert tile["values"] == [[first, "1"], *days, [last, "1"]]
        assert loki.value("sum(count_over_time({JOB}[30d]))", now) == "12"


def test_inner_series_count_for_the_limit() -> None:
    with FakeLoki() as fake:
        loki = Loki(fake.url)
        loki.push(*(({"n": str(n)}, [(loki.now, "x")]) for n in range(501)))
        for query, status in (
            ("count_over_time({JOB}[1h])", 400),
            ("sum(count_over_time({JOB}[1h]))", 200),  # labels are reduced at the source
            ("count(count_over_time({JOB}[1h]))", 200),
            ("count(sum by (n) (count_over_time({JOB}[1h])))", 400),
            ("count(count_over_time({JOB}[2h]))", 400),  # asked hour by hour
            ("topk(1, count_over_time({JOB}[1h]))", 400),
        ):
            assert loki.query("query", query, time=loki.now)[0] == status, query


def test_hook_requests_and_lost_answers() -> None:
    with FakeLoki() as fake:
        loki = Loki(fake.url)
        fake.hook = lambda request: Answer(500, "text/html", b"<p>no", (("Retry-After", "7"),))
        assert loki.push(({}, [(loki.now, "x")])) == (500, "text/html", "<p>no")
        assert fake.entries("{}") == []

        def lose(request: Request) -> Answer:
            assert fake.answer(request).status == 204
            return Answer(0, None, b"")

        fake.hook = lose
        with pytest.raises((RemoteDisconnected, ConnectionResetError)):
            loki.push(({}, [(loki.now, "x")]))
        fake.hook = None
        body = gzip.compress(fake.requests[-1].body)
        headers = {**JSON, "Content-Encoding": "gzip", "X-Scope-OrgID": "home"}
        assert ask(fake.url, "POST", "/loki/api/v1/push", {"a": "b"}, headers, body)[0] == 204
        labels = {"job": loki.job, "service_name": loki.job}
        assert fake.entries(f'{{job="{loki.job}"}}') == [(labels, loki.now, "x")]
        request = fake.requests[-1]
        assert (request.method, request.path) == ("POST", "/loki/api/v1/push")
        assert request.query == {"a": ["b"]}
        assert request.header("x-scope-orgid") == "home"
        assert request.body == body


def test_a_crash_keeps_what_was_stored_and_the_port() -> None:
    with FakeLoki() as fake:
        loki = Loki(fake.url)
        rows = [(loki.now, "exit=0")]
        assert loki.push(({}, rows))[0] == 204
        fake.crash()
        with pytest.raises(ConnectionRefusedError):
            loki.push(({}, rows))
        fake.crash()  # it is dead already
        fake.restart()
        assert loki.push(({}, rows))[0] == 204
        assert len(fake.entries(f'{{job="{loki.job}"}}')) == 1


def test_a_push_that_a_crash_overtakes_is_stored_or_not_but_never_afterwards() -> None:
    with FakeLoki() as fake:
        loki = Loki(fake.url)

        def dies_before(request: Request) -> Answer:
            fake.crash()
            return fake.answer(request)

        def dies_behind(request: Request) -> Answer:
            answer = fake.answer(request)
            fake.crash()
            return answer

        for hook, line in ((dies_before, "lost"), (dies_behind, "kept")):
            fake.hook = hook
            with pytest.raises(OSError):  # RemoteDisconnected is one
                loki.push(({}, [(loki.now, line)]))
            fake.hook = None
            fake.restart()
        assert [line for _, _, line in fake.entries(f'{{job="{loki.job}"}}')] == ["kept"]


def test_an_entry_that_was_not_flushed_is_unseen_once_it_is_3_h_old() -> None:
    """Only the fake: a real Loki that was killed keeps it in its write-ahead log."""
    now = [1_800_000_000 * SECOND]
    with FakeLoki(clock=lambda: now[0], late_invisible=True) as fake:
        loki = Loki(fake.url)
        pushed = now[0]
        for line in ("flushed", "not flushed"):
            assert loki.push(({}, [(pushed, line)]))[0] == 204
            if line == "flushed":
                fake.store.flush()
        bounds = {"start": pushed, "end": pushed + 1}
        (stream,) = loki.result("query_range", "{JOB}", **bounds)
        assert len(stream["values"]) == 2
        now[0] += 3 * HOUR + 1
        (stream,) = loki.result("query_range", "{JOB}", **bounds)
        assert [line for _, line, *_ in stream["values"]] == ["flushed"]
        fake.store.flush()
        (stream,) = loki.result("query_range", "{JOB}", **bounds)
        assert len(stream["values"]) == 2


def test_the_window_is_half_of_max_chunk_age() -> None:
    with FakeLoki(window=HOUR // 2) as fake:
        loki = Loki(fake.url)
        assert loki.push(({}, [(loki.now, "newest")]))[0] == 204
        assert loki.push(({}, [(loki.now - HOUR // 2, "just")]))[0] == 204
        status, _, text = loki.push(({}, [(loki.now - HOUR // 2 - 1, "behind")]))
        assert status == 400
        assert "entry too far behind" in text


def test_a_rate_limit_takes_a_push_or_refuses_it_as_a_whole() -> None:
    """The limit counts the bytes of the lines, as in Loki 3.8; the text is Loki's too."""
    now = [1_800_000_000 * SECOND]
    with FakeLoki(clock=lambda: now[0]) as fake:
        loki = Loki(fake.url)
        size = len("exit=0")
        fake.store.rate_limit = RateLimit(rate=10, burst=3 * size, clock=lambda: now[0])

        def pushed(count: int) -> Reply:
            return loki.push(({}, [(now[0] + n, "exit=0") for n in range(count)]))

        status, _, text = pushed(4)  # more than the burst: always refused
        assert status == 429
        assert text == (
            "ingestion rate limit exceeded for user fake (limit: 10 bytes/sec) while attempting "
            f"to ingest '4' lines totaling '{4 * size}' bytes, reduce log volume or contact your "
            "Loki administrator to see if the limit can be increased\n"
        )
        assert [pushed(2)[0], pushed(2)[0]] == [204, 429]
        now[0] += SECOND  # 10 bytes more
        assert [pushed(2)[0], pushed(1)[0]] == [204, 429]


# ---- deletion, as answered by a Loki 3.8 with and without compactor.retention_enabled

DELETE = "/loki/api/v1/delete"
BEGIN = "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("mode", "query", "answer"),
    [
        ("", {"query": '{a="b"}', "start": BEGIN}, (404, "404 page not found\n")),
        ("disabled", {}, (403, "deletion is not available for this tenant\n")),
        ("filter-and-delete", {"query": '{a="b"}', "start": BEGIN}, (204, "")),
        ("filter-and-delete", {"query": '{a="b"}', "start": "0000000001"}, (204, "")),
        ("filter-and-delete", {}, (400, "query not set\n")),
        ("filter-and-delete", {"query": "x", "start": "1"}, (400, "invalid query expression\n")),
        ("filter-and-delete", {"query": '{a="b"}'}, (400, "start time not set\n")),
        (
            "filter-and-delete",
            {"query": '{a="b"}', "start": "1"},
            (400, "invalid start time: require unix seconds or RFC3339 format\n"),
        ),
        (
            "filter-and-delete",
            {"query": '{a="b"}', "start": BEGIN, "end": "2099-01-01T00:00:00Z"},
            (400, "deletes in the future are not allowed\n"),
        ),
    ],
)
def test_delete_requests_are_answered_as_a_loki_does(
    mode: str, query: dict[str, str], answer: tuple[int, str]
) -> None:
    with FakeLoki() as loki:
        loki.deletion = mode
        status, _, text = ask(loki.url, "POST", DELETE, query)
    assert (status, text) == answer


def test_what_is_deleted_leaves_queries_at_once_and_the_index_later() -> None:
    with FakeLoki() as loki:
        loki.deletion = "filter-and-delete"

        def push(user: str, age: int) -> None:
            row = [str(time.time_ns() - age), "x"]
            document = {"streams": [{"stream": {"user": user}, "values": [row]}]}
            body = json.dumps(document).encode()
            assert ask(loki.url, "POST", "/loki/api/v1/push", {}, JSON, body)[0] == 204

        def shown(path: str) -> str:
            query = {"query": '{user=~".+"}', "match[]": '{user=~".+"}'}
            return json.dumps(ask(loki.url, "GET", f"/loki/api/v1/{path}", query)[2])

        push("ann", 0)
        push("ben", 0)
        asked = {"query": '{user="ann"}', "start": BEGIN}
        assert ask(loki.url, "POST", DELETE, asked)[0] == 204
        assert "ann" not in shown("query_range")
        assert "ben" in shown("query_range")
        assert "ann" in shown("series")
        push("ann", 60 * SECOND)  # from an outbox elsewhere: it is in the span, so it is hidden
        assert "ann" not in shown("query_range")
        loki.store.compact()
        assert "ann" not in shown("series")
        push("ann", 0)
        assert "ann" in shown("query_range")
