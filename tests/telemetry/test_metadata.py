"""Accounts in structured metadata: the pushes, that the run of each account counts once, and the
case that Loki accepts no metadata or no more streams."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path

import pytest
from fakes.loki import store
from fakes.loki.server import Answer, FakeLoki, Request
from support.generated import Filled
from support.lab import NOW, Lab
from support.reading import Sink
from support.world import World

from homelab.loki.configured import configured
from homelab.settings import Settings
from homelab.telemetry import event, forget, outbox, plan, sender
from homelab.telemetry.account import account
from homelab.times import SECOND

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
TEXT = "text/plain; charset=utf-8"
LABEL, METADATA = "label", "metadata"


def _switch(lab: Lab, form: str) -> None:
    env = {"HOMELAB_LOKI_URL": lab.loki.url, "HOMELAB_TELEMETRY_ACCOUNT_AS": form}
    lab.settings = Settings(env, (), {})


def _stored(loki: FakeLoki, moment: int) -> list[tuple[str, str]]:
    """(account as a label or "", account as metadata or "") of the entries of a moment."""
    rows = [(stream.labels, row) for stream in loki.store.streams.values() for row in stream.all]
    return [
        (labels.get("user", ""), row.meta.get("user", ""))
        for labels, row in rows
        if row.ts == moment
    ]


def test_the_request_to_the_byte(lab: Lab) -> None:
    lab.happen(verb="host status")
    lab.happen(verb="logs query", age=SECOND)
    _switch(lab, METADATA)
    lab.drain()
    (push,) = lab.pushes()
    line = event.line_in_metadata("exit=0 ver=0.6.0", account())
    assert line.startswith("exit=0 ver=0.6.0 account=")

    def stream(verb: str, moment: int) -> dict[str, object]:
        labels = {"job": "homelab-usage", "verb": verb}
        return {"stream": labels, "values": [[str(moment), line, {"user": account()}]]}

    assert json.loads(push.body) == {
        "streams": [stream("logs query", NOW - SECOND), stream("host status", NOW)]
    }


@pytest.mark.parametrize("user", ["alice", "u-ABCDEFGHIJKL", "zoë x", "dom\\u1", 'a"b', "u\udce4"])
def test_a_line_has_the_fields_of_an_event_whatever_the_account_is_called(user: str) -> None:
    line = event.line_in_metadata("exit=0 ver=0.6.0", user)
    fields = event.decode(line)
    assert fields
    assert list(fields) == ["exit", "ver", "account"]
    assert event.is_sendable("host status", line)
    assert line != event.line_in_metadata("exit=0 ver=0.6.0", user + "x")


@pytest.mark.parametrize("by_metadata", [True, False])
def test_equal_runs_of_two_accounts_are_two_and_a_repeated_push_is_none(
    by_metadata: bool, lab: Lab
) -> None:
    """The entries are in one stream, with one moment and exit code; also in an older Loki, which
    merges equal lines."""
    lab.loki.store.by_metadata = by_metadata
    for user in ("alice", "bob", "alice"):
        body = sender.body_of(user, [(NOW, "host status", "exit=0 ver=0.6.0", "")], metadata=True)
        assert lab.push(json.loads(body)) == 204
    assert sorted(_stored(lab.loki, NOW)) == [("", "alice"), ("", "bob")]
    assert len(lab.loki.store.streams) == 1


@pytest.mark.parametrize(("first", "then"), [(LABEL, METADATA), (METADATA, LABEL)])
@pytest.mark.parametrize("age", [0, 2 * HOUR])
def test_an_event_that_may_be_stored_is_repeated_unchanged(
    first: str, then: str, age: int, lab: Lab
) -> None:
    """The answer was lost, and then the setting was changed: another stream would count the event
    twice. An event that was never tried is sent the new way."""
    _switch(lab, first)
    old = lab.happen(age=age)

    def answered(request: object) -> Answer:
        lab.loki.answer(request)  # type: ignore[arg-type]
        return Answer(502, TEXT, b"bad gateway")

    lab.loki.hook = answered
    lab.drain()
    assert len(_stored(lab.loki, old)) == 1
    lab.loki.hook = None
    _switch(lab, then)
    lab.now += 10 * MINUTE
    new = lab.happen()
    lab.drain()
    assert outbox.names(lab.folder) == []
    both = {LABEL: (account(), ""), METADATA: ("", account())}
    assert _stored(lab.loki, old) == [both[first]]
    assert _stored(lab.loki, new) == [both[then]]


def test_a_late_event_is_searched_among_the_accounts_of_its_stream(lab: Lab) -> None:
    """The answer to its push was lost; another account advanced the stream meanwhile."""
    _switch(lab, METADATA)
    moment = lab.happen()

    def answered(request: object) -> Answer:
        lab.loki.answer(request)  # type: ignore[arg-type]
        return Answer(502, TEXT, b"bad gateway")

    lab.loki.hook = answered
    lab.drain()
    lab.loki.hook = None
    lab.now += 2 * HOUR
    others = [(lab.now - number, "host status", "exit=0 ver=0.6.0", "") for number in range(3)]
    for user in ("alice", "bob"):
        lab.push(json.loads(sender.body_of(user, others, metadata=True)))
    lost = lab.happen(age=90 * MINUTE)  # it was marked, and is not in Loki
    (name,) = [name for name in outbox.names(lab.folder) if str(lost) in name]
    folder = Path(lab.folder, outbox.FOLDER)
    folder.joinpath(name).rename(folder / plan.marked(name, plan.IN_METADATA[plan.AS_FRESH]))
    lab.drain()
    assert outbox.names(lab.folder) == []
    assert _stored(lab.loki, moment) == [("", account())]
    assert _stored(lab.loki, lost) == [("", account())]
    (labels,) = lab.counted(lost)
    assert labels["late"] == plan.late(lost, plan.AS_LATE)
    assert lab.book().delivered == 2


OLDER = (
    b"loghttp.PushRequest.Streams: []*loghttp.Stream: unmarshalerDecoder: Value is string, but"
    b" can't find closing '\"' symbol, error found in #10 byte of ...|xx|..."
)


@pytest.mark.parametrize("older", [False, True])
def test_where_loki_takes_no_metadata_runs_wait_and_labels_send_them(older: bool, lab: Lab) -> None:
    lab.loki.store.allows_metadata = False
    if older:
        lab.loki.hook = lambda request: Answer(400, TEXT, OLDER) if b"{" in request.body else None
    _switch(lab, METADATA)
    moments = [lab.happen(age, "a" if age % 2 else "b") for age in (1, 2, 2 * HOUR, 2 * HOUR + 1)]
    for _ in range(3):
        lab.drain()
        lab.now += 6 * MINUTE
    book = lab.book()
    assert (book.delivered, book.dropped, book.refused) == (0, 0, 0)
    assert book.failures == 3
    assert book.reason.startswith("Loki takes no structured metadata (")
    assert "set telemetry.account_as = label here" in book.reason
    assert [entry.mark for entry in outbox.waiting(lab.folder)] == [""] * 4
    lab.loki.hook = None
    _switch(lab, LABEL)
    lab.drain()
    assert lab.book().delivered == 4
    assert [_stored(lab.loki, moment) for moment in moments] == [[(account(), "")]] * 4


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("age", [0, 2 * HOUR])
def test_a_tried_event_is_freed_if_loki_accepts_no_metadata(age: int, kept: bool, lab: Lab) -> None:
    """The answer to the first try was lost, and Loki is asked for the event before another try."""

    def lose(request: Request) -> Answer | None:
        if kept:
            lab.loki.answer(request)
        return Answer(502, TEXT, b"bad gateway")

    _switch(lab, METADATA)
    lab.loki.hook = lose
    moment = lab.happen(age)
    lab.drain()
    lab.loki.hook = None
    lab.loki.store.allows_metadata = False
    for _ in range(30):
        lab.now += 20 * MINUTE
        lab.drain()
    _switch(lab, LABEL)
    for _ in range(30):
        lab.now += 20 * MINUTE
        lab.drain()
    assert len(_stored(lab.loki, moment)) == 1
    assert (lab.book().delivered, outbox.names(lab.folder)) == (1, [])


def test_labels_go_on_where_metadata_is_refused(lab: Lab) -> None:
    """Events that were tried as a label are sent, although others wait for metadata."""
    lab.loki.hook = lambda _: Answer(502, TEXT, b"bad gateway")
    tried = lab.happen()
    lab.drain()
    lab.loki.hook = None
    lab.loki.store.allows_metadata = False
    _switch(lab, METADATA)
    lab.now += MINUTE
    lab.happen(age=SECOND)
    for _ in range(2):
        lab.now += 6 * MINUTE
        lab.drain()
    assert _stored(lab.loki, tried) == [(account(), "")]
    book = lab.book()
    assert (book.delivered, book.refused, len(outbox.names(lab.folder))) == (1, 0, 1)
    assert book.reason.startswith("Loki takes no structured metadata")


def test_more_accounts_than_streams(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """With labels the run waits, and the reason says what to do; as metadata it is sent."""
    monkeypatch.setattr(store, "MAX_STREAMS", 3)
    for user in ("alice", "bob", "carol"):
        body = sender.body_of(user, [(NOW, "host status", "exit=0 ver=0.6.0", "")])
        assert lab.push(json.loads(body)) == 204
    moment = lab.happen(age=1)
    lab.drain()
    book = lab.book()
    assert _stored(lab.loki, moment) == []
    assert (book.delivered, book.dropped, book.refused) == (0, 0, 0)
    assert "429, the limit of active streams is reached" in book.reason
    assert "telemetry.account_as = metadata" in book.reason
    monkeypatch.setattr(store, "MAX_STREAMS", 4)  # as if idle streams had ended
    _switch(lab, METADATA)
    for user in ("alice", "bob", "carol"):
        body = sender.body_of(user, [(NOW, "host status", "exit=0 ver=0.6.0", "")], metadata=True)
        assert lab.push(json.loads(body)) == 204
    lab.now += 6 * MINUTE
    new = lab.happen()
    lab.drain()
    assert _stored(lab.loki, new) == [("", account())]


def test_forgetting_takes_this_accounts_entries_out_of_a_shared_stream(lab: Lab) -> None:
    lab.loki.deletion = "filter-and-delete"
    verb, line = "host status", "exit=0 ver=0.6.0"
    for user in (account(), "u-ABCDEFGHIJKL", "ann|ben", "bob"):
        for job in (event.JOB, event.SELF_TEST):
            for late in ("", "2026-11-22T17:15"):
                events = [(lab.now - 1, verb, line, late)]
                assert lab.push(json.loads(sender.body_of(user, events, job, True))) == 204
        assert lab.push(json.loads(sender.body_of(user, [(lab.now - 1, verb, line, "")]))) == 204
    loki = configured(lab.settings)
    assert forget.in_loki(loki, (account(), "u-ABCDEFGHIJKL")) == forget.TAKEN
    assert forget.in_loki(loki, ("ann|ben",)) == forget.TAKEN
    lab.loki.store.compact()
    left = _stored(lab.loki, lab.now - 1)
    assert sorted(left) == [("", "bob")] * 4 + [("bob", "")]


def test_forgetting_reports_the_requests_that_loki_accepted(world: World, loki: FakeLoki) -> None:
    """An older Loki deletes only streams, and refuses a query with a filter."""
    loki.deletion = "filter-and-delete"
    refusal = Answer(400, TEXT, b"invalid query expression\n")
    loki.hook = lambda request: (
        refusal if "delete" in request.path and "} |" in str(request.query) else None
    )
    done = world.run("usage", "forget", "--yes", HOMELAB_LOKI_URL=loki.url)
    assert done.returncode != 0
    assert "was not asked" not in done.stderr
    streams, entries = forget.queries((account(),))
    assert f"; Loki accepted the request for {streams}, not for {entries}\n" in done.stderr
    assert len(loki.store.deletes) == 1


def test_the_environment_the_file_and_invalid_values(world: World, loki: FakeLoki) -> None:
    url = {"HOMELAB_LOKI_URL": loki.url}
    world.settings("[telemetry]\naccount_as = metadata\n")
    shown = world.run("config", HOMELAB_TELEMETRY="print", **url).stderr
    assert '"stream":{"job":"homelab-usage","verb":"config"}' in shown
    assert f',{{"user":"{account()}"}}]' in shown
    label = {"HOMELAB_TELEMETRY_ACCOUNT_AS": "label"}
    shown = world.run("config", HOMELAB_TELEMETRY="print", **url, **label).stderr
    assert f'"stream":{{"job":"homelab-usage","user":"{account()}","verb":"config"}}' in shown
    done = world.run("usage", "status", **url)
    assert "account=" in done.stdout
    assert f', structured metadata: user="{account()}"' in done.stdout
    odd = {"HOMELAB_TELEMETRY_ACCOUNT_AS": "tag"}
    done = world.run("usage", "status", **url, **odd)
    assert "HOMELAB_TELEMETRY_ACCOUNT_AS: no effect: must be label or metadata" in done.stdout
    world.settings("[telemetry]\naccount_as = tag\n")
    done = world.run("config", **url)
    assert done.returncode == 78
    assert "account_as must be label or metadata" in done.stderr


def _doctor(world: World, **env: str) -> dict[str, tuple[str, str]]:
    done = world.run("usage", "doctor", "--json", **env)
    rows = json.loads(done.stdout)["rows"]
    return {row["step"]: (row["state"], row["detail"]) for row in rows}


def test_doctor_pushes_and_reads_as_runs_are_sent(world: World, sink: Sink) -> None:
    """This also works in a real Loki: the entry is found by its metadata."""
    env = {"HOMELAB_LOKI_URL": sink.url, "HOMELAB_TELEMETRY_ACCOUNT_AS": METADATA}
    steps = _doctor(world, **env)
    assert steps["push"][0] == "ok", steps
    where = f'one event to {{job="homelab-selftest"}} with user="{account()}" as metadata, in '
    assert steps["push"][1].startswith(where)
    assert steps["read back"][0] == "ok", steps


def test_doctor_says_that_loki_takes_no_metadata(world: World, loki: FakeLoki) -> None:
    loki.store.allows_metadata = False
    env = {"HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY_ACCOUNT_AS": METADATA}
    state, detail = _doctor(world, **env)["push"]
    assert state == "FAIL"
    assert detail.startswith("runs wait, since Loki accepts no structured metadata (stream ")
    assert "set telemetry.account_as = label here" in detail


def test_doctor_says_that_loki_takes_no_more_streams(
    world: World, loki: FakeLoki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_STREAMS", 0)
    state, detail = _doctor(world, HOMELAB_LOKI_URL=loki.url)["push"]
    assert state == "FAIL"
    assert detail.startswith("429, the limit of active streams is reached")
    assert "telemetry.account_as = metadata" in detail


def test_doctor_says_what_a_lost_account_may_mean(world: World, loki: FakeLoki) -> None:
    """A server with Loki's API accepts the push and drops the metadata."""
    add = store.Stream.add

    def without(stream: store.Stream, row: store.Row, by_metadata: bool = True) -> None:
        add(stream, row._replace(meta={}), by_metadata)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store.Stream, "add", without)
        env = {"HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY_ACCOUNT_AS": METADATA}
        state, detail = _doctor(world, **env)["read back"]
    assert state == "FAIL"
    assert "that Loki keeps structured metadata (3.0 or newer, schema v13)" in detail


def test_two_accounts_count_apart_in_either_loki(sink: Sink) -> None:
    """The reading side relies on this: a label filter, and sums by an account in metadata; equal
    moments and codes of two accounts are two, and a repeated push adds none."""
    job, now = f"test-{uuid.uuid4().hex}", time.time_ns()
    runs = [(now + number, "host status", "exit=0 ver=0.6.0", "") for number in range(5)]
    for user in ("alice", "bob", "alice"):
        _push(sink.url, sender.body_of(user, runs, job, metadata=True))
    _push(sink.url, sender.body_of("alice", runs[:1], job))  # and one as a label
    loki = configured(Settings({"HOMELAB_LOKI_URL": sink.url}, (), {}))

    def counts(query: str) -> dict[str, str]:
        asked: dict[str, str | int] = {"query": query, "time": now + SECOND}
        _, series = loki.result("query", asked, kinds=("vector",))
        return {one["metric"].get("user", ""): one["value"][1] for one in series}

    every = f'{{job="{job}", verb=~".+"}}'
    assert counts(f"sum by (user) (count_over_time({every}[5m]))") == {"alice": "6", "bob": "5"}
    assert counts(f'sum by (user) (count_over_time({every} | user="bob" [5m]))') == {"bob": "5"}
    assert counts(
        f'sum by (user) (count_over_time({every} | user=~"a.*|x" | logfmt exit [5m]))'
    ) == {"alice": "6"}
    assert counts(f"sum(count_over_time({every}[5m]))") == {"": "11"}
    found = sender.stored(loki, {"job": job, "verb": "host status"}, "bob", True, now, now + 9)
    line = event.line_in_metadata("exit=0 ver=0.6.0", "bob")
    assert found == [(moment, line) for moment, *_ in runs]


def test_more_accounts_than_an_answer_has_series_are_counted_each(tmp_path: Path) -> None:
    """No index has these accounts, so the query is split along the hashes in their lines."""
    with FakeLoki(clock=lambda: NOW) as loki:
        sink = Sink(loki.url)
        for verb in ("host status", "nas df"):
            entries = []
            for number in range(1200):
                line = event.line_in_metadata(f"exit={number % 2} ver=0.6.0", f"user{number}")
                entries.append((NOW - 2000 + number, line, {"user": f"user{number}"}))
            sink.push({"job": event.JOB, "verb": verb}, entries)
            labels = {"job": event.JOB, "user": "user7", "verb": verb}
            sink.push(labels, [(NOW - 9, "exit=0 ver=0.6.0")])
        filled = Filled({"HOME": str(tmp_path), "HOMELAB_LOKI_URL": loki.url}, NOW)
        told = json.loads(filled.run("usage", "top", "--json")[1])
        rows = {row["verb"]: (row["runs"], row["users"]) for row in told["rows"]}
        assert rows == {"host status": (1201, 1200), "nas df": (1201, 1200)}
        told = json.loads(
            filled.run("usage", "top", "--by", "user", "--json", "--limit", "9999")[1]
        )
        assert {row["user"]: row["runs"] for row in told["rows"]} == {
            f"user{number}": 4 if number == 7 else 2 for number in range(1200)
        }
        told = json.loads(filled.run("usage", "top", "--user", "user7", "--json")[1])
        assert {row["verb"]: row["runs"] for row in told["rows"]} == {"host status": 2, "nas df": 2}


def _push(url: str, body: bytes) -> None:
    loki = configured(Settings({"HOMELAB_LOKI_URL": url}, (), {}))
    assert loki.request("POST", event.PUSH, body).status == 204
