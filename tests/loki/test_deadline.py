"""The deadline raises inside its block and nowhere else, at any time the signal comes."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from homelab.loki.deadline import Deadline, TooSlow


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    with Deadline(30, "it"):  # from now on a late signal ends nothing
        pass
    before = signal.getsignal(signal.SIGALRM)
    signal.raise_signal(signal.SIGALRM)
    yield
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


def _block(deadline: Deadline) -> str:
    with deadline:
        return "whole"


class Delivery:
    """Raises the alarm once, at the step with this number in the code of the deadline and of its
    block; each Python instruction is a step."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        if code is not _block.__code__ and not code.co_filename.endswith("loki/deadline.py"):
            return None
        frame.f_trace_opcodes = True
        self.left -= 1
        if self.left == 0:
            signal.raise_signal(signal.SIGALRM)
        return self


class _Clock:
    """A monotonic clock that jumps far ahead after each reading."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += 1e6
        return self._now


def test_an_alarm_at_any_instruction_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time is up as soon as the block has begun, so an alarm raises at the first place where it
    may: inside. If Python itself leaves the block without __exit__, the next alarm stops the timer
    silently."""
    monkeypatch.setattr("homelab.loki.deadline.time", _Clock())
    outcomes = set()
    before = signal.getsignal(signal.SIGALRM)
    for number in range(1, 2000):
        delivery = Delivery(number)
        outcome = "late"
        sys.settrace(delivery)
        try:
            outcome = _block(Deadline(1.0, "it"))
        except TooSlow:
            pass
        finally:
            sys.settrace(None)
        if delivery.left > 0:
            break
        outcomes.add(outcome)
        signal.raise_signal(signal.SIGALRM)
        assert signal.getsignal(signal.SIGALRM) == before, number
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0), number
    assert 50 < number < 1999
    assert outcomes == {"late", "whole"}


def test_the_time_is_that_of_all_blocks_together() -> None:
    deadline = Deadline(0.2, "it")
    blocks = 0
    with pytest.raises(TooSlow, match=r"it: no whole answer within 0\.2 s"):
        while True:
            with deadline:
                time.sleep(0.05)
            blocks += 1
    assert blocks <= 4
    with pytest.raises(TooSlow), deadline:
        pytest.fail("it was over")
    deadline.renew()
    with deadline:
        pass


def test_what_a_callback_swallows_is_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python prints the exception of a finalizer and continues. A later tick may come in another
    callback (of gc, which hypothesis has), and is swallowed there too."""
    swallowed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: swallowed.append(it.exc_value))

    class Slow:
        def __del__(self) -> None:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                time.sleep(0.01)

    def work() -> None:
        slow = Slow()
        del slow
        gc.collect()
        time.sleep(30)

    begun = time.monotonic()
    with pytest.raises(TooSlow), Deadline(0.1, "it"):
        work()
    assert time.monotonic() - begun < 25
    assert {type(error) for error in swallowed} == {TooSlow}


def test_a_tick_that_is_held_up_does_not_hold_the_deadline() -> None:
    """A stopped terminal (Ctrl-S) blocks writes to it."""
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        time.sleep(30)

    begun = time.monotonic()
    with pytest.raises(TooSlow), Deadline(0.3, "it", tick=tick):
        time.sleep(30)
    assert ticks == 1
    assert time.monotonic() - begun < 25


def test_a_tick_on_its_way_to_another_thread_does_not_end_the_process() -> None:
    """The kernel may give the signal to any thread; here many wait for it, and the time is up as
    the block ends."""
    over = threading.Event()
    threads = [threading.Thread(target=over.wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for number in range(300):
            try:
                with Deadline(0.001 + number % 7 / 20_000, "it"):
                    _busy(0.001)
            except TooSlow:
                pass
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _busy(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
