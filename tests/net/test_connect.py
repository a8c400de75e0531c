"""Connecting to a name with several addresses (CASES C7; RFC 8305)."""

from __future__ import annotations

import contextlib
import socket
import time
import urllib.request
from collections.abc import Iterator

import pytest
from support.tls_servers import Saying

from homelab.net import connect, failures, ports, urllib_handlers
from homelab.net.connect import SocketAddress

LOOPBACK = "127.0.0.1"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "_WON", {})


@contextlib.contextmanager
def silent(address: str = "127.0.0.9") -> Iterator[SocketAddress]:
    """A place that does not answer: a listener whose queue is full."""
    with socket.create_server((address, 0), backlog=0) as full:
        place = full.getsockname()
        with socket.create_connection(place):
            yield SocketAddress(socket.AF_INET, place)


@contextlib.contextmanager
def living() -> Iterator[SocketAddress]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield SocketAddress(socket.AF_INET, listener.getsockname())


def refusing(address: str = "127.0.0.8") -> SocketAddress:
    with socket.create_server((address, 0)) as listener:
        return SocketAddress(socket.AF_INET, listener.getsockname())


def test_a_silent_address_costs_a_quarter_second_once() -> None:
    """C7: later connections of the run begin with the address that accepted the first."""
    with silent() as dead, living() as alive:
        begun = time.monotonic()
        connection, place = connect.connect([dead, alive], 60)
        assert time.monotonic() - begun >= 0.24
        assert (place, connection.getpeername()) == (alive, alive.sockaddr)
        assert connection.gettimeout() == 60
        connection.close()
        assert {frozenset(map(str, (dead, alive))): str(alive)} == connect._WON
        # the dead one is not tried: it would be the first
        tried: list[str] = []
        with pytest.MonkeyPatch.context() as patched:
            begin = connect._Race._begin

            def noted(race: connect._Race, place: SocketAddress) -> object:
                tried.append(str(place))
                return begin(race, place)

            patched.setattr(connect._Race, "_begin", noted)
            connect.connect([dead, alive], 60)[0].close()
        assert tried == [str(alive)]


def test_an_address_that_refuses_costs_nothing_and_is_tried_first_again() -> None:
    with living() as alive:
        refused = refusing()
        connection, place = connect.connect([refused, alive], 60)
        connection.close()
    assert place is alive
    assert connect._WON == {}


def test_the_remembered_address_may_have_gone_meanwhile() -> None:
    with silent() as dead, living() as alive:
        connect._WON[frozenset(map(str, (dead, alive)))] = str(dead)
        connection, place = connect.connect([alive, dead], 60)
        connection.close()
        assert place is alive
        assert set(connect._WON.values()) == {str(alive)}


def test_a_short_time_is_shared_among_all_addresses() -> None:
    """The sender of telemetry has 0.8 s for connecting."""
    with contextlib.ExitStack() as stack:
        dead = [stack.enter_context(silent(f"127.0.0.{last}")) for last in range(20, 26)]
        alive = stack.enter_context(living())
        connection, place = connect.connect([*dead, alive], 0.8)
        connection.close()
    assert place is alive


def test_one_bound_over_all_and_each_reason_is_named() -> None:
    with silent() as dead:
        refused = refusing()
        begun = time.monotonic()
        with pytest.raises(failures.Refused) as wrong:
            connect.connect([dead, refused], 0.3)
        assert 0.25 <= time.monotonic() - begun < 5
    kinds = {place: type(error) for place, error in wrong.value.by_place}
    assert kinds == {"127.0.0.9": failures.Timeout, "127.0.0.8": failures.Refused}
    table: failures.Words = {failures.Refused: "refused", failures.NetworkError: "silent"}
    words = wrong.value.words_by_place(table, "both")
    assert words == "127.0.0.9: silent; 127.0.0.8: refused"


def test_a_port_check_has_each_address_with_its_reason() -> None:
    """C7: the result and the address are those of the host that answers."""
    with silent() as dead:
        found = ports.knock([dead, refusing()], 0.3)
    assert (found.result, found.address) == ("refused", "127.0.0.8")
    assert found.why == (
        "127.0.0.9: no answer within 0.3 s: a firewall drops it, or the host is down;"
        " 127.0.0.8: nothing listens on this port, or a firewall rejects it"
    )


def test_urllib_connects_as_all_of_ours_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """C7: pings use it too; it also skips 1xx answers (B4)."""
    hint = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    with silent() as dead, Saying(None, hint + b"HTTP/1.0 200 OK\r\n\r\nok") as server:
        alive = SocketAddress(socket.AF_INET, (LOOPBACK, server.port))
        monkeypatch.setattr(connect, "look_up", lambda dial, seconds: [dead, alive])
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), *urllib_handlers.handlers()
        )
        with opener.open("http://nas.lan/", timeout=60) as answer:
            assert (answer.status, answer.read()) == (200, b"ok")


def test_all_silent_is_a_timeout() -> None:
    with silent() as one, silent("127.0.0.10") as two, pytest.raises(failures.Timeout):
        connect.connect([one, two], 0.2)


def test_a_family_that_the_kernel_lacks_is_passed_over() -> None:
    with living() as alive:
        unknown = SocketAddress(63, ("::1", 1))
        connection, place = connect.connect([unknown, alive], 60)
        connection.close()
        assert place is alive


def test_no_connection_is_left_open() -> None:
    """The connections that lost the race are closed too, also when a signal ends it."""
    with silent() as dead, living() as alive:
        race = connect._Race([dead, alive], 60)
        race._begin(dead)
        ((loser, _),) = race._waiting.values()
        race.close()
        assert loser.fileno() == -1


def test_families_take_turns() -> None:
    six = [SocketAddress(socket.AF_INET6, (f"fd00::{n}", 1, 0, 0)) for n in (1, 2, 3)]
    four = [SocketAddress(socket.AF_INET, (f"10.0.0.{n}", 1)) for n in (1, 2)]
    assert connect._in_turn([*six, *four]) == [six[0], four[0], six[1], four[1], six[2]]
    assert connect._in_turn([*four, *six]) == [four[0], six[0], four[1], six[1], six[2]]
    assert connect._in_turn([]) == []
