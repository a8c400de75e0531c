"""A question without an answer is asked a second time, but only if it changes nothing; a slow Loki
is waited for."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.certificates import certificates
from support.reading import until

from homelab.errors import Failure
from homelab.loki import hedge
from homelab.loki.address import Address
from homelab.loki.client import Loki
from homelab.loki.deadline import Deadline, TooSlow
from homelab.loki.in_flight import InFlight
from homelab.loki.transport import TlsFiles

SOON = 0.2  # s


class Held:
    """A hook that holds each request, in order of arrival, until it is released."""

    def __init__(self, *statuses: int) -> None:
        self._gates = [threading.Event() for _ in range(16)]
        self._statuses = statuses
        self._lock = threading.Lock()
        self.came: list[str] = []  # the query of each request

    def __call__(self, request: Request) -> Answer:
        with self._lock:
            number = len(self.came)
            self.came.append(request.value("end"))
        self._gates[number].wait(60)
        status = self._statuses[number] if number < len(self._statuses) else 200
        body = b'{"status":"success","data":["copy %d"]}' % number
        return Answer(status, "application/json" if status == 200 else "text/plain", body)

    def let_go(self, *numbers: int) -> None:
        for number in numbers:
            self._gates[number].set()

    def let_all_go(self) -> None:
        self.let_go(*range(len(self._gates)))


@pytest.fixture
def held(loki: FakeLoki) -> Iterator[Held]:
    hook = loki.hook = Held()
    yield hook
    hook.let_all_go()


@pytest.fixture
def client(loki: FakeLoki, monkeypatch: pytest.MonkeyPatch) -> Loki:
    monkeypatch.setattr(hedge, "AFTER", SOON)
    monkeypatch.setattr(hedge, "AFTER_LOSS", SOON / 2)
    return Loki(Address(loki.url), {}, "test")


def _values(client: Loki, end: int = 1) -> list[str]:
    return client.values("app", {"start": 0, "end": end})


def _meanwhile(ask: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Ask in a thread; the function returned waits for the answer."""
    answers: list[list[str]] = []
    thread = threading.Thread(target=lambda: answers.append(ask()), daemon=True)
    thread.start()

    def answer() -> list[str]:
        thread.join(60)
        return answers[0]

    return answer


def test_a_lost_question_is_answered_to_its_second_copy(
    client: Loki, loki: FakeLoki, held: Held
) -> None:
    held.let_go(1, 2)
    assert _values(client) == ["copy 1"]
    assert _values(client) == ["copy 2"]
    assert loki.connections == 2  # one of them is kept


@pytest.mark.needs("openssl")
def test_a_lost_question_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS 1.3 sends tickets after its handshake, which must not count as an answer."""
    monkeypatch.setattr(hedge, "AFTER", SOON)
    certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "loki.crt", tmp_path / "loki.key")
    with FakeLoki(ssl_context=context) as loki:
        held = loki.hook = Held()
        address = Address("https://loki.lan", f"127.0.0.1:{loki.port}")
        client = Loki(address, {}, "test", TlsFiles(ca=str(tmp_path / "ca.crt")))
        held.let_go(1, 2)
        assert _values(client) == ["copy 1"]
        assert _values(client) == ["copy 2"]
        assert loki.connections == 2
        held.let_all_go()


def test_a_slow_loki_is_waited_for_and_gets_more_time(client: Loki, held: Held) -> None:
    answer = _meanwhile(partial(_values, client))
    assert until(lambda: len(held.came) == 2, 60)
    held.let_go(0)
    assert answer() == ["copy 0"]
    assert client._dial._hedge.after > SOON


def test_a_second_copy_that_is_refused_costs_nothing(client: Loki, loki: FakeLoki) -> None:
    """A Loki with too many queries in its queue refuses the copy."""
    held = loki.hook = Held(200, 429)
    answer = _meanwhile(partial(_values, client))
    held.let_go(1)
    assert until(lambda: len(held.came) == 3, 60)  # refused, and asked again later
    held.let_go(0)
    assert answer() == ["copy 0"]
    held.let_all_go()


def test_a_first_copy_that_fails_leaves_the_answer_to_the_second(
    client: Loki, loki: FakeLoki
) -> None:
    held = loki.hook = Held(500)
    answer = _meanwhile(partial(_values, client))
    assert until(lambda: len(held.came) == 2, 60)
    held.let_go(0, 1)
    assert answer() == ["copy 1"]


def test_one_question_is_asked_twice_until_one_was_lost(client: Loki, held: Held) -> None:
    with InFlight(client) as flight:
        answers = [flight.ask(partial(_values, client, end)) for end in (1, 2)]
        assert until(lambda: len(held.came) == 4, 60)  # two, a copy of one, another copy of it
        first, second = sorted(held.came[:2], key=held.came.count, reverse=True)
        assert sorted(held.came) == sorted([first] * 3 + [second])
        held.let_go(3)
        assert until(lambda: held.came.count(second) == 2, 60)
        held.let_all_go()
        assert [len(answer()) for answer in answers] == [1, 1]


def test_no_more_than_two_copies_are_asked_at_once(
    client: Loki, loki: FakeLoki, held: Held
) -> None:
    answer = _meanwhile(partial(_values, client))
    assert until(lambda: len(held.came) == 3, 60)
    assert len(client._dial._busy[max(client._dial._busy)].connections) == 2
    held.let_go(0)
    assert answer() == ["copy 0"]


def test_a_deadline_breaks_off_all_copies(client: Loki, held: Held) -> None:
    with pytest.raises(TooSlow), Deadline(10 * SOON, "Loki"):
        _values(client)
    assert len(held.came) >= 2
    assert not client._dial._busy
    assert client._dial._hedge._trial.acquire(blocking=False)


def test_where_none_answers_the_wait_ends(loki: FakeLoki, held: Held) -> None:
    client = Loki(Address(loki.url), {}, "test", wait=SOON)
    client._dial._hedge.after = SOON / 4
    with pytest.raises(Failure, match="did not answer in time"):
        _values(client)
    assert not client._dial._busy


def test_what_changes_something_is_sent_once(client: Loki, held: Held) -> None:
    waiting = threading.Timer(4 * SOON, held.let_all_go)
    waiting.start()
    reply = client.request("POST", "/loki/api/v1/push", b"{}")
    waiting.join()
    assert reply.status == 200
    assert len(held.came) == 1
