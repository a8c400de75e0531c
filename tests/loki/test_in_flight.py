"""Several questions at once: how many, in which order they are answered, on which connections, and
how they are broken off."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from fakes.loki.server import Answer, FakeLoki, Request

from homelab.errors import Failure
from homelab.loki.address import Address
from homelab.loki.client import Loki
from homelab.loki.deadline import Deadline, TooSlow
from homelab.loki.in_flight import MOST, InFlight
from homelab.loki.patience import Patience


def _asked(number: int) -> dict[str, str | int]:
    return {"start": 0, "end": number + 1}


def _number(request: Request) -> int:
    return int(request.value("end")) - 1


def _values(number: int) -> Answer:
    body = b'{"status":"success","data":["v%d"]}' % number
    return Answer(200, "application/json", body)


def test_four_are_asked_at_once_and_each_answer_is_its_own(loki: FakeLoki) -> None:
    """Each round of four passes a barrier that only four together pass."""
    gate = threading.Barrier(MOST, timeout=60)

    def hook(request: Request) -> Answer:
        gate.wait()
        return _values(_number(request))

    loki.hook = hook
    client = Loki(Address(loki.url), {}, "test")
    with InFlight(client) as flight:
        answers = [flight.ask(partial(client.values, "app", _asked(n))) for n in range(4 * MOST)]
        found = [answer() for answer in reversed(answers)]
    assert found == [[f"v{number}"] for number in reversed(range(4 * MOST))]
    assert loki.connections == MOST


def test_what_fails_is_asked_once_more_by_calling_it_again(loki: FakeLoki) -> None:
    failed: set[int] = set()

    def hook(request: Request) -> Answer | None:
        number = _number(request)
        if number % 3 == 0 and number not in failed:
            failed.add(number)
            return Answer(503, "text/plain", b"starting")
        return _values(number)

    loki.hook = hook
    client = Loki(Address(loki.url), {}, "test")
    patience, bound = Patience(), Deadline(30, "Loki")
    with InFlight(client) as flight:
        answers = [flight.ask(partial(client.values, "app", _asked(n))) for n in range(9)]
        found = [patience.ask(answer, bound) for answer in answers]
    assert found == [[f"v{number}"] for number in range(9)]
    assert len(loki.requests) == 12


def test_a_deadline_breaks_one_question_off_and_the_others_go_on(loki: FakeLoki) -> None:
    """With one thread, the second question can be asked only when the first one is broken off."""
    hold = threading.Event()

    def hook(request: Request) -> Answer:
        if _number(request) == 0:
            hold.wait(60)
        return _values(_number(request))

    loki.hook = hook
    client = Loki(Address(loki.url), {}, "test")
    try:
        with InFlight(client, most=1) as flight:
            first, second = (flight.ask(partial(client.values, "app", _asked(n))) for n in (0, 1))
            with pytest.raises(TooSlow), Deadline(0.2, "Loki"):
                first()
            assert second() == ["v1"]
    finally:
        hold.set()


def test_leaving_the_block_breaks_off_what_is_asked(loki: FakeLoki) -> None:
    hold, came = threading.Event(), threading.Barrier(MOST + 1, timeout=60)

    def hook(_request: Request) -> Answer:
        came.wait()
        hold.wait(60)
        return _values(0)

    loki.hook = hook
    before = set(threading.enumerate())
    client = Loki(Address(loki.url), {}, "test")
    try:
        with pytest.raises(KeyError), InFlight(client) as flight:
            for number in range(3 * MOST):
                flight.ask(partial(client.values, "app", _asked(number)))
            came.wait()
            raise KeyError
        workers = set(threading.enumerate()) - before
        assert not [each for each in workers if "process_request_thread" not in each.name]
        assert len(loki.requests) == MOST
    finally:
        hold.set()


def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(loki: FakeLoki) -> None:
    client = Loki(Address(loki.url), {}, "test")
    loki.hook = lambda request: _values(_number(request))
    for number in range(3):
        assert client.values("app", _asked(number)) == [f"v{number}"]
    assert loki.connections == 1
    loki.crash()
    loki.restart()
    assert client.values("app", _asked(3)) == ["v3"]
    assert loki.connections == 2


def test_a_refusal_is_raised_where_it_is_waited_for(loki: FakeLoki) -> None:
    loki.hook = lambda request: Answer(400, "text/plain", b"parse error")
    client = Loki(Address(loki.url), {}, "test")
    with InFlight(client) as flight:
        answer = flight.ask(partial(client.values, "app", _asked(0)))
        with pytest.raises(Failure, match="parse error"):
            answer()


def test_what_is_dropped_is_broken_off_and_what_failed_is_known(loki: FakeLoki) -> None:
    hold, came = threading.Event(), threading.Event()

    def hook(request: Request) -> Answer:
        if _number(request) == 0:
            came.set()
            hold.wait(60)
        return Answer(400, "text/plain", b"parse error")

    loki.hook = hook
    client = Loki(Address(loki.url), {}, "test")
    try:
        with InFlight(client, most=1) as flight:
            first, second = (flight.ask(partial(client.values, "app", _asked(n))) for n in (0, 1))
            assert came.wait(60)
            assert not flight.has_failed(first)
            flight.drop(first)  # one thread, so the second question begins only when this one ends
            with pytest.raises(Failure, match="parse error"):
                second()
            assert not flight.has_failed(second)  # it would be asked again
            third = flight.ask(partial(client.values, "app", _asked(1)))
            with pytest.raises(Failure, match="parse error"):
                # it is queued after the other
                flight.ask(partial(client.values, "app", _asked(2)))()
            assert flight.has_failed(third)
    finally:
        hold.set()
