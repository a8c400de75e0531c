"""Many targets concurrently: in order, each within its own time limit, and none delayed by
another."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest
from support.world import ROOT

from homelab.errors import Failure
from homelab.system import parallel


def _threads() -> int:
    return threading.active_count()


def test_all_are_asked_at_once_and_answer_in_order() -> None:
    """A barrier lets them pass only when all have arrived."""
    gate = threading.Barrier(200, timeout=60)
    before = _threads()

    def ask(target: int) -> int:
        gate.wait()
        time.sleep((target % 7) / 100)
        return target * 2

    found = list(parallel.answers(range(200), ask, 60, jobs=200))
    assert found == [target * 2 for target in range(200)]
    assert _threads() == before


def test_no_more_than_jobs_threads_run() -> None:
    lock = threading.Lock()
    busy: list[int] = []
    most = 0

    def ask(target: int) -> int:
        nonlocal most
        with lock:
            busy.append(target)
            most = max(most, len(busy))
        time.sleep(0.001)
        with lock:
            busy.remove(target)
        return target

    done: list[int] = []
    waiting: list[list[int]] = []

    def tell(count: int, running: list[int]) -> None:
        done.append(count)
        waiting.append(running)

    assert list(parallel.answers(range(100), ask, 60, jobs=4, tell=tell)) == list(range(100))
    assert all(running == sorted(running) for running in waiting)  # the first started comes first
    assert max(map(len, waiting)) <= 4
    assert most <= 4
    assert done == sorted(done)
    assert done[-1] == 100
    assert list(parallel.answers([], ask, 60)) == []


def test_answers_come_as_soon_as_those_before_them_are_there() -> None:
    last = threading.Event()
    answers = parallel.answers([0, 1], lambda target: target == 0 or last.wait(60), 60)
    assert next(answers) is True
    assert not last.is_set()
    last.set()
    assert next(answers) is True


def test_one_that_hangs_is_left_behind_and_its_place_goes_to_the_next() -> None:
    freed = threading.Event()

    def ask(target: int) -> str:
        if target % 2 == 0:
            freed.wait(60)
        return str(target)

    found = list(parallel.answers(range(6), ask, 0.2, jobs=1, late=lambda n: f"{n} is late"))
    freed.set()
    assert found == ["0 is late", "1", "2 is late", "3", "4 is late", "5"]


def test_one_that_raises_that_it_is_late_is_late() -> None:
    def ask(target: int) -> int:
        raise TimeoutError

    assert list(parallel.answers([7], ask, 60, late=lambda n: -n)) == [-7]
    with pytest.raises(TimeoutError):
        list(parallel.answers([7], ask, 60))


def test_errors_are_raised_in_the_order_of_the_targets() -> None:
    def ask(target: int) -> int:
        if target == 1:
            raise ValueError("no such thing")
        return target

    answers = parallel.answers(range(3), ask, 60)
    assert next(answers) == 0
    with pytest.raises(ValueError, match="no such thing"):
        next(answers)


def test_with_few_threads_it_goes_on_with_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    most = _threads() + 3

    def limited(thread: threading.Thread) -> None:
        if _threads() >= most:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    assert list(parallel.answers(range(50), lambda n: n, 60)) == list(range(50))
    most = 0
    with pytest.raises(Failure, match="ulimit -u") as failed:
        list(parallel.answers(range(2), lambda n: n, 60))
    assert failed.value.code == 69


def test_with_few_files_it_asks_fewer_at_once() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lock, busy, most = threading.Lock(), 0, 0

    def ask(target: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.001)
        with lock:
            busy -= 1
        return target

    for limit, descriptors, expected in ((40, 2, 4), (48, 8, 2), (8, 2, 1)):
        most = 0
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, before[1]))
        try:
            answers = list(parallel.answers(range(50), ask, 60, descriptors=descriptors))
            assert answers == list(range(50))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert most <= expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_whatever_hangs(number: signal.Signals) -> None:
    """Threads that would take an hour do not delay the end of the process."""
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        "from homelab.system import parallel\n"
        "def ask(n):\n"
        "    os.write(1, b'.')\n"
        "    time.sleep(3600)\n"
        "try:\n"
        "    list(parallel.answers(range(50), ask, 3600, jobs=50))\n"
        "except BaseException as error:\n"
        "    print(type(error).__name__, flush=True)\n"
        "    os._exit(1)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    heard = b""
    while len(heard) < 50:
        piece = os.read(child.stdout.fileno(), 50)
        assert piece, "it ended before all threads were at work"
        heard += piece
    child.send_signal(number)
    left, _ = child.communicate(timeout=30)
    ended = {signal.SIGINT: b"KeyboardInterrupt\n", signal.SIGTERM: b"SystemExit\n"}
    assert heard + left == b"." * 50 + ended[number]


def test_an_early_end_ends_the_running_work() -> None:
    freed = threading.Event()
    before = _threads()
    answers = parallel.answers(range(9), lambda n: n and freed.wait(60), jobs=4, end=freed.set)
    assert next(answers) == 0
    assert _threads() > before
    del answers  # as an exception on its way does
    assert freed.is_set()
    assert _threads() == before


def test_work_that_is_done_is_not_ended() -> None:
    ends: list[str] = []
    assert list(parallel.answers([1, 2], str, end=lambda: ends.append("ended"))) == ["1", "2"]
    assert ends == []


def test_a_call_that_takes_too_long_is_given_up() -> None:
    freed = threading.Event()
    with pytest.raises(TimeoutError):
        parallel.with_timeout(lambda: freed.wait(60), 0.05)
    freed.set()
    assert parallel.with_timeout(lambda: 7, 60) == 7


def test_errors_of_a_call_are_raised_in_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        parallel.with_timeout(lambda: 1 // 0, 60)

    def none_left(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    with pytest.raises(BlockingIOError):
        parallel.with_timeout(lambda: 7, 60)
