"""The sender, in one process with a Loki and clocks of its own: how events are pushed, and that
each event is counted once whatever Loki answers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Callable

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.lab import NOW, PUSH, Lab

from homelab.settings import Settings
from homelab.telemetry import event, ledger, outbox, plan
from homelab.telemetry.account import account
from homelab.times import DAY, SECOND

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
TEXT = "text/plain; charset=utf-8"
NOTHING = b'{"status":"success","data":{"resultType":"streams","result":[]}}'
SHOWS_NOTHING = Answer(200, "application/json", NOTHING)


def test_a_fresh_event_travels_without_the_late_label(lab: Lab) -> None:
    moment = lab.happen(age=5 * MINUTE)
    lab.drain()
    (labels,) = lab.counted(moment)
    assert set(labels) == {"job", "user", "verb", "service_name"}
    assert len(outbox.names(lab.folder)) == 0
    assert (lab.book().delivered, lab.book().failures) == (1, 0)


def test_a_late_event_has_a_stream_of_its_own_hour(lab: Lab) -> None:
    """The account's other hosts have advanced the stream: without the label the event would be
    refused."""
    lab.another_host()
    moments = [lab.happen(age) for age in (2 * HOUR, 26 * HOUR, 6 * DAY)]
    lab.drain()
    for moment in moments:
        (labels,) = lab.counted(moment)
        assert labels["late"] == plan.late(moment, plan.AS_LATE)
    assert len(lab.pushes()) == 1 + 3  # a refusal of one would be hidden by another's 204


def test_events_older_than_loki_accepts_are_dropped_and_counted(lab: Lab) -> None:
    lab.happen(age=8 * DAY)
    moment = lab.happen()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert (lab.book().dropped, lab.book().delivered) == (1, 1)
    assert len(outbox.names(lab.folder)) == 0


def test_a_refusal_hidden_by_a_204_loses_nothing(lab: Lab) -> None:
    """This host's clock is an hour and a half back, and other hosts have advanced two of three
    streams. In one push only the last stream's refusal would be reported."""
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
    words = b"no such thing\n"  # in a round in which other events are accepted, these are Loki's
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
def test_refused_events_wait_longer_after_each_failure(
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
    """The event was stored at the first try, whose answer was lost; meanwhile the stream has
    advanced, so the repeated push is refused, and Loki is asked whether it has the event."""
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
    """The event was not stored at the first try, whose answer was lost too."""
    moment = lab.happen()
    lab.loki.hook = lambda request: Answer(0, None, b"")
    lab.drain()
    lab.loki.hook = None
    lab.now += 2 * HOUR
    lab.another_host()
    lab.drain()
    (labels,) = lab.counted(moment)
    assert labels["late"] == plan.late(moment, plan.AS_LATE)
    assert len(outbox.names(lab.folder)) == 0


def test_an_event_is_lost_rather_than_doubled_if_loki_cannot_be_queried(lab: Lab) -> None:
    """A router for pushes only can never answer a query; losing an event is better than counting it
    twice."""
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


def test_an_event_that_never_reached_loki_may_become_late(lab: Lab) -> None:
    moment = lab.happen()
    lab.settings = Settings({"HOMELAB_LOKI_URL": "http://127.0.0.1:1"}, (), {})
    lab.drain()
    assert [name[0] for name in os.listdir(f"{lab.folder}/outbox") if name != "lock"] == ["1"]
    lab.settings = Settings({"HOMELAB_LOKI_URL": lab.loki.url}, (), {})
    lab.now += 3 * HOUR
    lab.another_host()
    lab.drain()
    (labels,) = lab.counted(moment)
    assert labels["late"] == plan.late(moment, plan.AS_LATE)
    assert [request.path for request in lab.loki.requests] == [PUSH, PUSH]  # nothing was queried


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


def test_an_event_that_arrives_during_a_push_is_sent(lab: Lab) -> None:
    """The event's own sender finds the lock held, or Loki in a pause."""
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


def test_a_label_stays_when_clocks_change(lab: Lab) -> None:
    """The event was pushed as late because of a wrong estimate, stored, and the answer lost; then
    the estimate is right, and says fresh."""
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


def test_an_event_stored_by_a_slow_clock_is_queried_before_a_second_push(lab: Lab) -> None:
    """This host's clock is an hour behind without knowing; the event is stored, the answer lost,
    and soon after the stream has advanced."""
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
    lab.now += 2 * HOUR
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
    """A server that expects TLS answers like this."""
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


def test_a_blocking_event_does_not_starve_others(lab: Lab) -> None:
    """Late events that Loki never accepts, before or after a fresh one."""
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
    delivered = sum(len(lab.counted(lab.now - 2 * HOUR - n * SECOND)) for n in range(1200))
    assert (lab.book().delivered, lab.book().failures) == (delivered, 1)
    assert 0 < delivered == 1200 - len(outbox.names(lab.folder)) < 1200


def test_a_ledger_that_cannot_be_written_stops_nothing(lab: Lab) -> None:
    moment = lab.happen()
    os.mkdir(f"{lab.folder}/sender.new")
    lab.drain()
    assert len(lab.counted(moment)) == 1


def test_an_event_that_arrives_while_a_sender_ends_is_sent(
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


def test_an_event_with_fields_of_a_newer_version_is_sent_as_it_was_written(lab: Lab) -> None:
    """A newer build wrote it to the outbox, and the older one that replaced it sends it."""
    line = "exit=0 ver=0.7.0 sched=1"
    outbox.append(lab.folder, f"{NOW} {line} verb=logs query")
    lab.drain()
    stream = {"job": event.JOB, "user": account(), "verb": "logs query"}
    document = {"streams": [{"stream": stream, "values": [[str(NOW), line]]}]}
    (push,) = lab.pushes()
    assert json.loads(push.body) == document
    assert outbox.names(lab.folder) == []


def test_a_file_that_an_earlier_build_marked_as_tried_is_sent_without_the_late_label(
    lab: Lab,
) -> None:
    """The event may have been stored at that try: with other labels it would be counted twice."""
    moment = lab.happen(age=2 * HOUR)
    folder = f"{lab.folder}/outbox"
    os.rename(
        f"{folder}/{outbox.names(lab.folder)[0]}", f"{folder}/t{moment}.1 exit=0 ver=0.6.0 verb=a"
    )
    lab.drain()
    (labels,) = lab.counted(moment)
    assert "late" not in labels
    assert os.listdir(folder) == ["lock"]


def test_a_burst_is_carried_by_few_pushes(lab: Lab) -> None:
    for number in range(500):
        lab.happen(age=number * SECOND // 2, verb=("a", "b", "c")[number % 3])
    lab.drain()
    assert len(lab.pushes()) == 1
    assert lab.book().delivered == 500


def _stored_and(loki: FakeLoki, answer: Answer) -> Callable[[Request], Answer]:
    """A hook: each push is stored, and then answered so."""

    def hook(request: Request) -> Answer:
        loki.answer(request)
        return answer

    return hook


def _entries(request: Request) -> int:
    return request.body.count(b"exit=")


def _at_most(entries: int, answer: Answer) -> Callable[[Request], Answer | None]:
    """A hook: pushes with more entries are answered so."""
    return lambda request: answer if _entries(request) > entries else None


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("later", [SECOND, 3 * HOUR])
def test_a_stored_push_that_a_proxy_reports_as_failed_counts_once(
    status: int, later: int, lab: Lab
) -> None:
    """Loki died behind nginx right after it had stored the push."""
    moment = lab.happen()
    page = b"<html><head><title>Bad Gateway</title></head></html>"
    lab.loki.hook = _stored_and(lab.loki, Answer(status, "text/html", page))
    lab.drain()
    assert len(outbox.names(lab.folder)) == 1
    lab.loki.hook = None
    lab.now += later
    lab.another_host()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert (lab.book().delivered, outbox.names(lab.folder)) == (1, [])


def test_a_push_that_is_too_large_is_halved_and_its_size_remembered(lab: Lab) -> None:
    """nginx answers like this, with a page of its own."""
    page = b"<html><head><title>413 Request Entity Too Large</title></head></html>"
    lab.loki.hook = _at_most(100, Answer(413, "text/html", page))
    moments = [lab.happen(age=number * SECOND // 10) for number in range(600)]
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 600
    assert (lab.book().delivered, lab.book().refused, outbox.names(lab.folder)) == (600, 0, [])
    assert lab.book().size <= 200  # then twice as many as were accepted are tried
    before = len(lab.pushes())
    lab.now += 2 * MINUTE
    moments = [lab.happen(age=number * SECOND // 10) for number in range(600)]
    lab.drain()
    assert _entries(lab.pushes()[before]) <= 200
    assert lab.book().delivered == 1200


@pytest.mark.parametrize("status", [413, 414, 431, 400])
@pytest.mark.parametrize(("kind", "body"), [("text/html", b"<html>too large"), (None, b"")])
def test_a_batch_that_is_too_large_is_halved_whatever_the_proxy_says(
    status: int, kind: str | None, body: bytes, lab: Lab
) -> None:
    """C4."""
    lab.loki.hook = _at_most(20, Answer(status, kind, body))
    moments = [lab.happen(age=number * SECOND // 10) for number in range(101)]
    lab.drain()
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 101
    assert (lab.book().delivered, lab.book().refused) == (101, 0)


@pytest.mark.parametrize(("kind", "body"), [("text/html", b"<html>413"), (None, b"")])
def test_an_event_that_is_too_large_alone_is_refused_and_counted(
    kind: str | None, body: bytes, lab: Lab
) -> None:
    """C4: no push is smaller, so it would wait for ever."""
    lab.loki.hook = lambda request: Answer(413, kind, body)
    for number in range(5):
        lab.happen(age=number * SECOND)
    lab.drain()
    assert (lab.book().refused, outbox.names(lab.folder)) == (5, [])
    assert lab.book().reason.startswith("Loki refused an event: 413, too large even alone")


@pytest.mark.parametrize("status", [414, 431, 400])
def test_a_page_that_refuses_every_push_deletes_nothing(status: int, lab: Lab) -> None:
    """C4: a too long token, for example, makes the head too large, and dropping events does not
    help."""
    lab.loki.hook = lambda request: Answer(status, "text/html", b"<html>too large")
    moments = [lab.happen(age=number * SECOND) for number in range(5)]
    lab.drain()
    assert (lab.book().refused, len(outbox.names(lab.folder))) == (0, 5)
    assert not any(name.startswith("f") for name in outbox.names(lab.folder))  # nothing is stored
    lab.loki.hook = None
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 5


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, None, b""), (200, TEXT, b"\n"), (200, "text/html; charset=utf-8", b""),
        (200, "application/json", b'{"code":200,"status":[]}'), (201, TEXT, b"OK"),
        (202, "application/json", b"{}"), (203, None, b""), (206, None, b""), (204, None, b""),
    ],
)  # fmt: skip
def test_any_answer_of_success_without_a_page_counts_as_delivered(
    status: int, kind: str | None, body: bytes, lab: Lab
) -> None:
    """C17: any server with Loki's push API answers in its own way."""
    lab.happen()
    lab.loki.hook = lambda request: Answer(status, kind, body)
    lab.drain()
    assert (lab.book().delivered, lab.book().failures, outbox.names(lab.folder)) == (1, 0, [])


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", b"Sign in"), (202, TEXT, b"<!DOCTYPE html>"),
        (200, None, b"\xef\xbb\xbf <html>"), (201, "application/xhtml+xml", b"Sign in"),
        (300, None, b""), (302, None, b""), (304, None, b""), (308, None, b""),
    ],
)  # fmt: skip
def test_a_page_or_a_redirect_is_not_a_delivery(
    status: int, kind: str | None, body: bytes, lab: Lab
) -> None:
    """C17: a captive portal, or a login, answers with success and a page of its own."""
    moment = lab.happen()
    lab.loki.hook = lambda request: Answer(status, kind, body)
    lab.drain()
    assert (lab.book().delivered, lab.book().failures) == (0, 1)
    (name,) = outbox.names(lab.folder)
    assert name.startswith(str(moment))  # without a mark: it was not stored
    lab.loki.hook = None
    lab.drain()
    assert len(lab.counted(moment)) == 1


def test_pushes_over_a_burst_get_smaller_until_all_is_through(lab: Lab) -> None:
    """Loki refuses a push that is larger than its burst limit, however often it comes."""
    words = b"ingestion rate limit exceeded for user fake\n"
    lab.loki.hook = _at_most(30, Answer(429, TEXT, words))
    moments = [lab.happen(age=number * SECOND // 10) for number in range(500)]
    for _ in range(30):
        lab.drain()
        lab.now += 5 * MINUTE
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 500
    assert (lab.book().delivered, outbox.names(lab.folder)) == (500, [])


@pytest.mark.parametrize("stored", [True, False])
def test_an_event_an_early_build_sent_by_the_hour_counts_once_in_a_small_window(
    stored: bool, lab: Lab
) -> None:
    """`max_chunk_age` is 1h, and another host has advanced the stream of that hour by more than
    half of it."""
    lab.loki.store.window = 30 * MINUTE
    start = NOW - NOW % HOUR - 2 * HOUR
    moment, verb = start + 5 * MINUTE, "host status"
    hour = plan.late(moment, plan.AS_HOUR)
    moments = [moment, start + 55 * MINUTE] if stored else [start + 55 * MINUTE]
    for one in moments:
        body = event.push_body(account(), [(one, verb, "exit=0 ver=0.6.0", hour)])
        assert lab.push(body) == 204
    lab.happen()
    (name,) = outbox.names(lab.folder)
    folder = f"{lab.folder}/outbox"
    os.rename(f"{folder}/{name}", f"{folder}/l{moment}.4711 exit=0 ver=0.6.0 verb={verb}")
    lab.drain()
    (labels,) = lab.counted(moment)
    assert labels["late"] == (hour if stored else plan.late(moment, plan.AS_LATE))
    assert (lab.book().delivered, outbox.names(lab.folder)) == (1, [])


@pytest.mark.parametrize("date", ["", "Fri, 28 Nov 2070 12:00:00 GMT"])
def test_streams_are_pushed_alone_where_no_date_says_that_they_were_young_enough(
    date: str, lab: Lab
) -> None:
    """The 204 may hide a refusal."""
    moments = [lab.happen(age=number, verb=verb) for number, verb in enumerate("abc")]
    lab.loki.hook = _stored_and(lab.loki, Answer(204, None, b"", (("Date", date),)))
    lab.drain()
    assert [_entries(request) for request in lab.pushes()] == [3, 1, 1, 1]
    assert [len(lab.counted(moment)) for moment in moments] == [1, 1, 1]
    assert (lab.book().delivered, outbox.names(lab.folder)) == (3, [])


@pytest.mark.parametrize("stored", [1, 2])
def test_many_tried_events_are_asked_for_in_few_questions(stored: int, lab: Lab) -> None:
    """All of 5,000 events were stored, or every second one."""
    moments = [lab.happen(age=number * SECOND // 10) for number in range(5000)]
    folder, line = f"{lab.folder}/outbox", "exit=0 ver=0.6.0"
    for name in outbox.names(lab.folder):
        os.rename(f"{folder}/{name}", f"{folder}/{plan.marked(name, plan.AS_FRESH)}")
    events = [(moment, "host status", line, "") for moment in moments[::stored]]
    assert lab.push(event.push_body(account(), events)) == 204
    lab.now += 2 * HOUR
    lab.another_host()
    lab.drain()
    questions = [request for request in lab.loki.requests if request.path != PUSH]
    assert len(questions) <= 20
    assert outbox.names(lab.folder) == []
    assert lab.book().delivered == 5000
    when = sorted(when for _, when, _ in lab.loki.entries(f'{{job="{event.JOB}"}}'))
    assert when[:-1] == sorted(moments)


@pytest.mark.parametrize("stored", [True, False])
def test_an_event_hidden_by_a_crashed_loki_counts_once(stored: bool, lab: Lab) -> None:
    """After hours Loki has read it from its write-ahead log, and shows such an old entry only when
    it has written it out."""
    moment = lab.happen()
    lost = Answer(0, None, b"")
    lab.loki.hook = _stored_and(lab.loki, lost) if stored else lambda request: lost
    lab.drain()
    lab.loki.hook = None
    lab.now += 4 * HOUR
    lab.another_host()
    lab.loki.hook = lambda request: None if request.path == PUSH else SHOWS_NOTHING
    for _ in range(5):
        lab.drain()
        assert len(lab.counted(moment)) == stored
        assert len(outbox.names(lab.folder)) == 1
        lab.now += HOUR
    lab.loki.hook = None
    for _ in range(5):
        lab.drain()
        lab.now += HOUR
    assert len(lab.counted(moment)) == 1
    assert (lab.book().delivered, outbox.names(lab.folder)) == (1, [])


def test_a_corrected_clock_does_not_shorten_the_wait_for_hidden_events(lab: Lab) -> None:
    """Loki does not show yet the events that a host whose clock was five hours behind has sent."""
    lab.now -= 5 * HOUR
    lab.skew = 5 * HOUR
    moment = lab.happen()
    lab.loki.hook = _stored_and(lab.loki, Answer(0, None, b""))
    lab.drain()
    lab.loki.hook = None
    lab.another_host()
    lab.loki.hook = lambda request: None if request.path == PUSH else SHOWS_NOTHING
    lab.drain()
    lab.now += 5 * HOUR
    lab.skew = 0
    for _ in range(5):
        lab.now += HOUR
        lab.drain()
        assert len(lab.counted(moment)) == 1
    lab.loki.hook = None
    lab.now += HOUR
    lab.drain()
    assert (lab.book().delivered, outbox.names(lab.folder)) == (1, [])
    assert len(lab.counted(moment)) == 1


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("age", [12 * MINUTE, 2 * HOUR])
def test_an_event_an_early_build_may_have_sent_without_a_mark_counts_once(
    stored: bool, age: int, lab: Lab
) -> None:
    """The stream of its hour has advanced since by more than the window of half an hour, or this
    host's clock has been set back, so that the event looks fresh."""
    lab.loki.store.window = 30 * MINUTE
    lab.now = NOW - NOW % HOUR + age
    moment, verb = NOW - NOW % HOUR, "host status"
    hour = plan.late(moment, plan.AS_HOUR)
    lab.skew = 4 * HOUR - age
    for one in [moment] * stored + [moment + 45 * MINUTE]:
        body = event.push_body(account(), [(one, verb, "exit=0 ver=0.6.0", hour)])
        assert lab.push(body) == 204
    outbox.append(lab.folder, f"{moment} exit=0 ver=0.6.0 verb={verb}")
    folder = f"{lab.folder}/outbox"
    (name,) = outbox.names(lab.folder)
    os.rename(f"{folder}/{name}", f"{folder}/{moment}.4711 exit=0 ver=0.6.0 verb={verb}")
    for _ in range(10):
        lab.drain()
        lab.now += HOUR
    (labels,) = lab.counted(moment)
    assert labels["late"] == (hour if stored else plan.late(moment, plan.AS_LATE))
    assert (lab.book().delivered, outbox.names(lab.folder)) == (1, [])


def test_many_events_ahead_of_lokis_clock_take_few_pushes(lab: Lab) -> None:
    """They wait, and delay no other: neither now nor at the next run."""
    lab.skew = -20 * MINUTE
    moments = [lab.happen(age=number * SECOND) for number in range(200)]
    lab.drain()
    lab.drain()
    assert len(lab.pushes()) < 12
    lab.now += 30 * MINUTE
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 200


def test_events_of_a_clock_years_ahead_are_dropped_and_counted(lab: Lab) -> None:
    for number in range(50):
        lab.happen(age=-3000 * DAY - number * SECOND)
    moment = lab.happen()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert (lab.book().dropped, lab.book().delivered, lab.book().failures) == (50, 1, 0)
    assert outbox.names(lab.folder) == []
    assert len(lab.pushes()) < 6


@pytest.mark.parametrize("moment", [5, 946_684_801 * SECOND, event.EARLIEST - 1])
def test_events_of_a_clock_without_battery_are_dropped_and_counted(moment: int, lab: Lab) -> None:
    """C6: also if nothing answers, or if the server would accept it."""
    outbox.append(lab.folder, f"{moment:019d} exit=0 ver=0.6.0 verb=host status")
    lab.loki.hook = lambda request: Answer(503, TEXT, b"down")
    lab.drain()
    assert (lab.book().dropped, outbox.names(lab.folder), lab.pushes()) == (1, [], [])
    assert lab.book().reason.endswith("by a clock that was wrong; see usage doctor")
    assert lab.book().last_loss > 0


@pytest.mark.parametrize(
    "name",
    [
        "5.0 exit=0 ver=0.6.0 verb=host status",
        "f10382774400000000000.0 exit=0 ver=0.6.0 verb=host status",
        "1795459106342321843.0 exit=0 ver=0.",
        ".1795459106342321843.0 exit=0 ver=0.6.0 ver",
    ],
)
def test_a_damaged_file_of_ours_is_dropped_and_counted(name: str, lab: Lab) -> None:
    """C6: the file would stay for ever. Files of others are left alone."""
    moment = lab.happen()
    for other in (name, "notes.txt", "1.2 notes"):
        (Path(lab.folder) / "outbox" / other).touch()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert (lab.book().dropped, lab.book().delivered) == (1, 1)
    assert set(os.listdir(f"{lab.folder}/outbox")) == {"lock", "notes.txt", "1.2 notes"}


def test_usage_off_deletes_drafts_and_damaged_files_too(lab: Lab) -> None:
    """C6."""
    lab.happen()
    outbox.draft(lab.folder, f"{lab.now + 1} exit=0 ver=0.6.0 verb=host status")
    (Path(lab.folder) / "outbox" / "5.0 exit=0 ver=0.6.0 verb=host status").touch()
    assert outbox.clear(lab.folder) == 3
    assert os.listdir(f"{lab.folder}/outbox") == ["lock"]


def test_events_of_a_wrong_clock_are_dropped_despite_frequent_pushes(lab: Lab) -> None:
    """C18: each push renews the pause for events that are ahead of Loki's clock."""
    lab.happen()
    lab.drain()
    (Path(lab.folder) / "outbox" / "2208988800000000000.0 exit=0 ver=0.6.0 verb=config").touch()
    lab.now += MINUTE
    lab.happen()
    lab.drain()
    assert (lab.book().delivered, lab.book().dropped, outbox.names(lab.folder)) == (2, 1, [])


def test_a_clock_that_was_ahead_is_not_ahead_when_it_is_set_right(lab: Lab) -> None:
    """C18: events dated 2040 are dropped, events dated tomorrow wait, and the reason is cleared."""
    there = lab.now
    lab.now += 4850 * DAY
    lab.skew = there - lab.now
    lab.happen()
    lab.drain()
    assert lab.book().reason.startswith("this host's clock is ahead of Loki's; see usage doctor")
    lab.now, lab.skew = there, 0
    moment = lab.happen()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    book = lab.book()
    assert (book.dropped, book.delivered, outbox.names(lab.folder)) == (1, 1, [])
    assert book.reason == "dropped: dated 2040-03-04, by a clock that was ahead"
    assert max(book.last_failure, book.last_silence, book.first_delivery) <= lab.now
    first = book.first_delivery
    soon = lab.happen(age=-DAY)
    lab.now += 10 * MINUTE
    lab.happen()
    lab.drain()
    assert lab.book().reason.startswith("this host's clock was ahead; events that it dated so wait")
    lab.now += DAY
    lab.drain()
    assert (len(lab.counted(soon)), lab.book().delivered, lab.book().reason) == (1, 3, "")
    assert lab.book().first_delivery == first > 0


def test_a_failure_in_a_year_to_come_holds_nothing_up_until_then(lab: Lab) -> None:
    """C18: Loki's answer is trusted some hours after its last silence, whose moment came from that
    clock."""
    book = ledger.Ledger()
    book.last_silence = book.last_failure = lab.now + 4850 * DAY
    lab.happen()
    book.keep(lab.folder)
    lab.drain()
    assert lab.book().last_silence <= lab.now


def test_a_lead_of_minutes_costs_no_event(lab: Lab) -> None:
    """C18: clocks of small hosts are a little ahead now and then."""
    moments = [lab.happen(age=-minutes * MINUTE) for minutes in (1, 4, 9, 15, 40)]
    lab.drain()
    assert lab.book().dropped == 0
    lab.now += 45 * MINUTE
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 5


def test_events_far_ahead_do_not_displace_present_ones(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST", 10)
    for number in range(12):
        lab.happen(age=-3000 * DAY - number * SECOND)
    moment = lab.happen()
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert lab.book().dropped == 12


def test_dropped_events_stay_if_the_ledger_cannot_be_written(lab: Lab) -> None:
    lab.happen(age=8 * DAY)
    os.mkdir(f"{lab.folder}/sender.new")
    lab.drain()
    assert len(outbox.names(lab.folder)) == 1
    os.rmdir(f"{lab.folder}/sender.new")
    lab.drain()
    assert (lab.book().dropped, outbox.names(lab.folder)) == (1, [])


def test_a_proxy_whose_clock_is_behind_hides_no_refusal(lab: Lab) -> None:
    """The proxy's Date makes events of an hour ago look young; they would share a push, and a
    refusal of one stream would be hidden by another's 204."""
    lab.another_host(verb="a")
    lab.another_host(verb="b")
    book = ledger.Ledger()
    book.clock = -60 * MINUTE
    moments = [lab.happen(62 * MINUTE + n, verb) for n, verb in enumerate("abc")]
    ledger.write(lab.folder, book, 0)
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1, 1, 1]


def test_a_400_about_an_upstream_is_not_lokis(lab: Lab) -> None:
    moments = [lab.happen(age=number * SECOND) for number in range(20)]
    lab.loki.hook = lambda request: Answer(
        400, TEXT, b"no live upstreams while connecting to upstream\n"
    )
    lab.drain()
    assert lab.book().refused == 0
    lab.loki.hook = None
    lab.drain()
    assert [len(lab.counted(moment)) for moment in moments] == [1] * 20


def test_an_unusable_outbox_is_reported(lab: Lab) -> None:
    lab.happen()
    os.mkdir(f"{lab.folder}/outbox/lock")
    lab.drain()
    assert lab.book().reason.startswith("the outbox can't be used: Is a directory")


def test_a_push_does_not_move_a_stream_on_past_its_own_events(lab: Lab) -> None:
    """A clock that went wrong has left hours between the events that look fresh to this host. Loki
    accepts two of them and refuses the third, and can't be asked which it accepted."""
    lab.now -= 9 * HOUR
    lab.skew = 9 * HOUR
    moments = [lab.happen(age) for age in (0, -4 * HOUR, -14 * HOUR)]
    lab.loki.hook = lambda request: None if request.path == PUSH else Answer(404, TEXT, b"no")
    for _ in range(3):
        lab.drain()
        lab.now += 10 * MINUTE
    assert [len(lab.counted(moment)) for moment in moments] == [1, 1, 0]
    assert (lab.book().delivered, lab.book().refused, len(outbox.names(lab.folder))) == (2, 0, 1)


def test_a_clock_without_battery_moves_no_moment_that_was_noted_before(lab: Lab) -> None:
    """C6: the clock was right at those moments."""
    lab.happen()
    lab.drain()
    before = lab.book().last_delivery
    lab.now = 946_684_801 * SECOND
    lab.happen()
    lab.drain()
    assert (lab.book().last_delivery, lab.book().dropped) == (before, 1)
