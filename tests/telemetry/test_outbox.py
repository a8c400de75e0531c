"""The outbox and its sender, in one process with clocks of their own: what is pushed how, and that
each event is counted once whatever Loki answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from hypothesis import given
from hypothesis import strategies as st

from homelab.settings import Settings
from homelab.telemetry import event, ledger, outbox, plan, sender
from homelab.telemetry.account import account
from homelab.times import DAY, SECOND

NOW = 1795465834 * SECOND + 883967747
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
TEXT = "text/plain; charset=utf-8"
PUSH = "/loki/api/v1/push"


class Lab:
    """A host's state folder, a Loki, and the time, which is the same for both until it is not."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.skew = 0  # how far Loki's clock is ahead
        self.loki = FakeLoki(clock=lambda: self.now + self.skew)
        self.folder = str(folder / "state")
        self.settings = Settings({"HOMELAB_LOKI_URL": self.loki.url}, (), {})

    def happen(self, age: int = 0, verb: str = "host status") -> int:
        """An event of `age` (ns) is written ahead; returns its moment."""
        moment = self.now - age
        outbox.append(self.folder, f"{moment} exit=0 ver=0.6.0 verb={verb}")
        return moment

    def drain(self) -> None:
        sender.drain(self.settings, self.folder, clock=lambda: self.now)

    def another_host(self, age: int = 0, verb: str = "host status") -> None:
        """The same account runs the verb elsewhere: its stream moves on."""
        labels = {"job": event.JOB, "user": account(), "verb": verb}
        row = [str(self.now + self.skew - age), "exit=0 ver=0.6.0"]
        assert self.push({"streams": [{"stream": labels, "values": [row]}]}) == 204

    def push(self, document: object) -> int:
        import json
        import urllib.error
        import urllib.request

        request = urllib.request.Request(
            self.loki.url + PUSH,
            json.dumps(document).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def counted(self, moment: int) -> list[dict[str, str]]:
        """The labels under which an event was stored."""
        entries = self.loki.entries(f'{{job="{event.JOB}"}}')
        return [labels for labels, when, _ in entries if when == moment]

    def pushes(self) -> list[Request]:
        return [request for request in self.loki.requests if request.path == PUSH]

    def book(self) -> ledger.Ledger:
        return ledger.read(self.folder)


@pytest.fixture
def lab(tmp_path: Path) -> object:
    lab = Lab(tmp_path)
    with lab.loki:
        yield lab


def test_a_fresh_event_travels_without_the_late_label(lab: Lab) -> None:
    moment = lab.happen(age=5 * MINUTE)
    lab.drain()
    (labels,) = lab.counted(moment)
    assert set(labels) == {"job", "user", "verb", "service_name"}
    assert len(outbox.names(lab.folder)) == 0
    assert (lab.book().delivered, lab.book().failures) == (1, 0)


def test_a_late_event_has_a_stream_of_its_own_hour(lab: Lab) -> None:
    """Its account's other hosts have moved the stream on: without the label it would be refused."""
    lab.another_host()
    moments = [lab.happen(age) for age in (2 * HOUR, 26 * HOUR, 6 * DAY)]
    lab.drain()
    for moment in moments:
        (labels,) = lab.counted(moment)
        assert labels["late"] == plan.hour(moment)
    assert len(lab.pushes()) == 1 + 1  # all that is late in one


def test_what_is_older_than_loki_takes_is_dropped_and_counted(lab: Lab) -> None:
    lab.happen(age=8 * DAY)
    moment = lab.happen()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert (lab.book().dropped, lab.book().delivered) == (1, 1)
    assert len(outbox.names(lab.folder)) == 0


def test_a_refusal_hidden_by_a_204_loses_nothing(lab: Lab) -> None:
    """This host's clock is an hour and a half back, and other hosts have moved two of three streams
    on. In one push only the last stream's refusal would be told."""
    lab.now -= 90 * MINUTE
    lab.skew = 90 * MINUTE
    lab.another_host(verb="a")
    lab.another_host(verb="b")
    moments = [lab.happen(age, verb) for age, verb in zip((3, 2, 1), "abc")]
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1, 1, 1]
    assert len(outbox.names(lab.folder)) == 0


@pytest.mark.parametrize("poison", [0, 1, 7, 12])
def test_a_poisoned_event_does_not_block_the_rest(poison: int, lab: Lab) -> None:
    moments = [lab.happen(age=number * SECOND) for number in range(13)]
    bad = str(moments[poison]).encode()
    words = b"no such thing\n"  # in a round in which other events are taken, these are Loki's
    lab.loki.hook = lambda request: Answer(400, TEXT, words) if bad in request.body else None
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments].count(1) == 12
    assert lab.counted(moments[poison]) == []
    assert len(outbox.names(lab.folder)) == 0
    assert (lab.book().refused, lab.book().delivered) == (1, 12)
    assert lab.book().reason == "Loki refused an event: no such thing"


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, TEXT, b"oops"), (429, TEXT, b"rate"), (404, TEXT, b"404 page not found\n"),
        (200, "text/html", b"<html>"), (302, TEXT, b""), (0, None, b""), (502, TEXT, b""),
    ],
)  # fmt: skip
def test_what_loki_does_not_take_waits_longer_after_each_failure(
    status: int, kind: str | None, body: bytes, lab: Lab
) -> None:
    moment = lab.happen()
    lab.loki.hook = lambda request: Answer(status, kind, body)
    rests = []
    for _ in range(9):
        lab.drain()
        until = os.stat(f"{lab.folder}/sender").st_mtime_ns
        assert ledger.resting(lab.folder, lab.now)
        assert not ledger.resting(lab.folder, until)
        rests.append((until - lab.now) // SECOND)
        lab.now = until
    assert rests == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert lab.book().reason
    lab.loki.hook = None
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert not ledger.resting(lab.folder, lab.now)


def test_an_answer_that_was_lost_counts_once_hours_later(lab: Lab) -> None:
    """Stored at the first try, which nobody could tell; meanwhile the stream has moved on, so the
    repeated push is refused, and Loki is asked whether it has the event."""
    moment = lab.happen()

    def store_and_say_nothing(request: Request) -> Answer:
        lab.loki.answer(request)
        return Answer(0, None, b"")

    lab.loki.hook = store_and_say_nothing
    lab.drain()
    assert len(outbox.names(lab.folder)) == 1
    lab.loki.hook = None
    lab.now += 3 * HOUR
    lab.another_host()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert len(outbox.names(lab.folder)) == 0


def test_a_request_that_was_lost_counts_once_hours_later(lab: Lab) -> None:
    """Not stored at the first try, which nobody could tell either."""
    moment = lab.happen()
    lab.loki.hook = lambda request: Answer(0, None, b"")
    lab.drain()
    lab.loki.hook = None
    lab.now += 3 * HOUR
    lab.another_host()
    lab.drain()
    (labels,) = lab.counted(moment)
    assert labels["late"] == plan.hour(moment)
    assert len(outbox.names(lab.folder)) == 0


def test_where_loki_cannot_be_asked_it_is_rather_lost_than_doubled(lab: Lab) -> None:
    """A router for pushes alone: it will never tell."""
    moment = lab.happen()
    lab.loki.hook = lambda request: Answer(0, None, b"")
    lab.drain()
    lab.now += 3 * HOUR
    lab.loki.hook = None
    lab.another_host()
    lab.loki.hook = lambda request: None if request.path == PUSH else Answer(404, TEXT, b"no")
    lab.drain()
    assert lab.counted(moment) == []
    assert lab.book().refused == 1
    assert len(outbox.names(lab.folder)) == 0


def test_what_never_reached_loki_is_free_to_become_late(lab: Lab) -> None:
    moment = lab.happen()
    lab.settings = Settings({"HOMELAB_LOKI_URL": "http://127.0.0.1:1"}, (), {})
    lab.drain()
    assert [name[0] for name in os.listdir(f"{lab.folder}/outbox") if name != "lock"] == ["1"]
    lab.settings = Settings({"HOMELAB_LOKI_URL": lab.loki.url}, (), {})
    lab.now += 3 * HOUR
    lab.another_host()
    lab.drain()
    (labels,) = lab.counted(moment)
    assert labels["late"] == plan.hour(moment)
    assert [request.path for request in lab.loki.requests] == [PUSH, PUSH]  # nothing was asked


def test_a_clock_that_is_ahead_waits_until_loki_takes_it(lab: Lab) -> None:
    lab.skew = -HOUR
    moment = lab.happen()
    lab.drain()
    lab.drain()
    assert lab.counted(moment) == []
    assert len(outbox.names(lab.folder)) == 1
    lab.now += 55 * MINUTE
    lab.drain()
    assert len(lab.counted(moment)) == 1


def test_the_outbox_is_bounded_and_the_oldest_go_first(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST", 10)
    moments = [lab.happen(age=number * MINUTE) for number in range(15)]
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 10 + [0] * 5
    assert lab.book().dropped == 5


def test_a_second_sender_leaves_at_once(lab: Lab) -> None:
    lab.happen()
    with outbox.Outbox(lab.folder):
        lab.drain()
    assert lab.loki.requests == []
    assert len(outbox.names(lab.folder)) == 1


def test_what_comes_in_while_a_push_is_under_way_is_taken_up(lab: Lab) -> None:
    """Its own sender finds the lock held, or Loki to be left alone."""
    moments = [lab.happen(age=SECOND)]

    def meanwhile(request: Request) -> None:
        if len(moments) < 3:
            moments.append(lab.happen())
            lab.now += 1

    lab.loki.hook = meanwhile
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1, 1, 1]
    assert len(outbox.names(lab.folder)) == 0


@pytest.mark.parametrize("wrong", [-56 * 365 * DAY, -10 * DAY, 10 * DAY, 2 * HOUR])
def test_a_wrong_clock_on_the_other_side_costs_no_event(wrong: int, lab: Lab) -> None:
    book = ledger.Ledger()
    book.clock = wrong
    outbox.append(lab.folder, f"{NOW} exit=0 ver=0.6.0 verb=first")
    ledger.write(lab.folder, book, 0)
    moments = [NOW, lab.happen(age=SECOND), lab.happen(age=3 * HOUR), lab.happen(age=3 * DAY)]
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1, 1, 1, 1]
    assert lab.book().dropped == 0


def test_a_label_stays_whatever_becomes_of_the_clocks(lab: Lab) -> None:
    """Pushed as late by an estimate that was wrong, stored, and the answer lost; then the estimate
    is right, and says fresh."""
    book = ledger.Ledger()
    book.clock = 2 * HOUR
    moment = lab.happen()
    ledger.write(lab.folder, book, 0)
    lab.loki.hook = lambda request: (lab.loki.answer(request), Answer(500, TEXT, b"oops"))[1]
    lab.drain()
    ledger.write(lab.folder, ledger.Ledger(), 0)
    lab.loki.hook = None
    lab.drain()
    assert len(lab.counted(moment)) == 1


def test_what_was_stored_behind_a_slow_clock_is_asked_for_before_it_is_sent_again(lab: Lab) -> None:
    """This host's clock is an hour behind without knowing; stored, the answer lost, and soon after
    the stream has moved on."""
    lab.skew = HOUR
    moment = lab.happen()
    lab.loki.hook = lambda request: (lab.loki.answer(request), Answer(0, None, b""))[1]
    lab.drain()
    assert len(lab.counted(moment)) == 1
    lab.loki.hook = None
    lab.now += 25 * MINUTE
    lab.another_host()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert len(outbox.names(lab.folder)) == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_where_loki_cannot_be_asked_now_the_event_waits(status: int, lab: Lab) -> None:
    moment = lab.happen()
    lab.loki.hook = lambda request: Answer(0, None, b"")
    lab.drain()
    lab.now += 3 * HOUR
    lab.loki.hook = None
    lab.another_host()
    lab.loki.hook = lambda request: None if request.path == PUSH else Answer(status, TEXT, b"x")
    lab.drain()
    assert len(outbox.names(lab.folder)) == 1
    lab.loki.hook = None
    lab.drain()
    assert len(lab.counted(moment)) == 1


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_400_that_is_not_lokis_deletes_nothing(count: int, lab: Lab) -> None:
    """As a server says that wants TLS."""
    words = b"Client sent an HTTP request to an HTTPS server.\n"
    moments = [lab.happen(age=number * SECOND) for number in range(count)]
    lab.loki.hook = lambda request: Answer(400, TEXT, words)
    lab.drain()
    assert len(outbox.names(lab.folder)) == count
    assert lab.book().refused == 0
    assert "Client sent an HTTP request to an HTTPS server" in lab.book().reason
    assert len(lab.pushes()) < 20
    lab.loki.hook = None
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * count


def test_what_blocks_the_way_starves_nothing(lab: Lab) -> None:
    """Late events that Loki never takes, before or behind a fresh one."""
    lab.happen(age=2 * HOUR)
    moment = lab.happen()
    lab.loki.hook = lambda request: Answer(429, TEXT, b"x") if b'"late"' in request.body else None
    lab.drain()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert len(outbox.names(lab.folder)) == 1


def test_each_accepted_push_counts_though_the_next_one_fails(lab: Lab) -> None:
    for number in range(1200):
        lab.happen(age=2 * HOUR + number * SECOND)
    taken: list[int] = []

    def two_only(request: Request) -> Answer | None:
        taken.append(1)
        return None if len(taken) < 3 else Answer(500, TEXT, b"oops")

    lab.loki.hook = two_only
    lab.drain()
    assert (lab.book().delivered, lab.book().failures) == (1000, 1)
    assert len(outbox.names(lab.folder)) == 200


def test_usage_off_waits_for_the_sender_and_then_nothing_more_is_sent(lab: Lab) -> None:
    import threading

    lab.happen(age=2 * HOUR)
    lab.happen()
    deleted: list[int] = []
    clearing = threading.Thread(target=lambda: deleted.append(outbox.clear(lab.folder)))

    def meanwhile(request: Request) -> None:
        if not clearing.ident:
            clearing.start()

    lab.loki.hook = meanwhile
    lab.drain()
    clearing.join()
    assert deleted == [0]  # both were delivered
    lab.happen()
    assert outbox.clear(lab.folder) == 1


def test_what_is_deleted_under_a_sender_is_not_sent(lab: Lab) -> None:
    late = lab.happen(age=2 * HOUR)
    fresh = lab.happen()

    def delete(request: Request) -> None:
        for name in outbox.names(lab.folder):
            if str(fresh) in name:
                os.unlink(f"{lab.folder}/outbox/{name}")

    lab.loki.hook = delete
    lab.drain()
    assert (len(lab.counted(late)), len(lab.counted(fresh))) == (1, 0)
    assert (lab.book().failures, lab.book().delivered) == (0, 1)


def test_the_outbox_is_bounded_where_no_sender_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST", 100)
    folder = str(tmp_path / "state")
    for number in range(2000):
        outbox.append(folder, f"{NOW + number} exit=0 ver=0.6.0 verb=a")
    assert len(outbox.names(folder)) <= 100 + 256


def test_a_ledger_that_cannot_be_written_stops_nothing(lab: Lab) -> None:
    moment = lab.happen()
    os.mkdir(f"{lab.folder}/sender.new")
    lab.drain()
    assert len(lab.counted(moment)) == 1


@pytest.mark.parametrize("umask", [0, 0o777])
def test_folders_are_private_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    from homelab.system.paths import private_folder

    before = os.umask(umask)
    try:
        private_folder(str(tmp_path / "a/b/c"))
    finally:
        os.umask(before)
    for path in ("a", "a/b", "a/b/c"):
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o700


def test_what_comes_in_while_a_sender_ends_is_taken_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lab.happen(age=SECOND)
    second: list[int] = []
    leave = outbox.Outbox.__exit__

    def late_arrival(box: outbox.Outbox, *error: object) -> None:
        if not second:
            second.append(lab.happen())  # its own sender found the lock held, and left
        leave(box, *error)

    monkeypatch.setattr(outbox.Outbox, "__exit__", late_arrival)
    lab.drain()
    assert len(lab.counted(first)) == len(lab.counted(second[0])) == 1


def test_a_burst_is_carried_by_few_pushes(lab: Lab) -> None:
    for number in range(500):
        lab.happen(age=number * SECOND, verb=("a", "b", "c")[number % 3])
    lab.drain()
    assert len(lab.pushes()) == 3
    assert lab.book().delivered == 500


_LABEL = st.sampled_from(["host status", "(personal)", "(unknown)", "(unknown) backup", "a-b c1"])


@given(st.integers(10**18, 2 * 10**18 - 1), st.integers(0, 255), _LABEL, st.integers(1, 4_194_304))
def test_an_events_file_name_reads_back(moment: int, code: int, verb: str, process: int) -> None:
    name = outbox.name_of(f"{moment} exit={code} ver=0.6.0 verb={verb}", process)
    for tried in ("", plan.AS_FRESH, plan.AS_LATE):
        entry = plan.parsed(plan.marked(name, tried))
        assert entry is not None
        assert (entry.moment, entry.line, entry.verb) == (moment, f"exit={code} ver=0.6.0", verb)
        assert entry.tried == tried
    assert "/" not in name
    assert len(name) < 255


@given(st.text(min_size=1))
def test_rubbish_is_no_event_or_a_whole_one(name: str) -> None:
    entry = plan.parsed(name)
    if entry is not None:
        assert len(str(entry.moment)) == 19
        assert entry.line.startswith("exit=")


_TRIED = st.sampled_from(["", plan.AS_FRESH, plan.AS_LATE])
_AGES = st.lists(st.tuples(st.integers(-9 * DAY, 9 * DAY), _TRIED, _LABEL), max_size=30)


@given(_AGES, st.integers(-20 * DAY, 20 * DAY))
def test_each_event_is_planned_once_whatever_loki_says_the_time_is(
    ages: list[tuple[int, str, str]], ahead: int
) -> None:
    entries = [
        plan.Entry(str(number), NOW - age, "exit=0 ver=0.6.0", verb, tried)
        for number, (age, tried, verb) in enumerate(ages)
    ]
    planned = plan.plan(entries, NOW, ahead)
    seen = [entry.name for batch in planned.batches for entry in batch.entries]
    gone = [entry.name for entry in planned.expired]
    assert sorted(seen + gone) == sorted(entry.name for entry in entries)
    for batch in planned.batches:
        verbs = {entry.verb for entry in batch.entries}
        assert batch.late or len(verbs) == 1  # what may be refused travels alone
        for entry in batch.entries:  # the labels of the first try stay
            assert entry.tried in ("", plan.AS_LATE if batch.late else plan.AS_FRESH)
    assert all(NOW - entry.moment > plan.TOO_OLD for entry in planned.expired)


@given(st.lists(st.tuples(st.integers(10**18, 2 * 10**18), _LABEL, st.sampled_from(["", "h"]))))
def test_a_push_holds_each_event_once_in_the_order_of_time(
    events: list[tuple[int, str, str]],
) -> None:
    document = event.push_body(
        "zoë", [(moment, verb, "exit=0", late) for moment, verb, late in events]
    )
    streams = document["streams"]
    assert isinstance(streams, list)
    seen = []
    for stream in streams:
        labels, values = stream["stream"], stream["values"]
        assert set(labels) <= {"job", "user", "verb", "late"}
        assert values == sorted(values)
        seen += [(int(moment), labels["verb"], labels.get("late", "")) for moment, _ in values]
    assert sorted(seen) == sorted(events)
    assert len({tuple(sorted(stream["stream"].items())) for stream in streams}) == len(streams)
