"""Work in threads: many targets concurrently, none waiting for another, and one call with a
timeout."""

from __future__ import annotations

import errno
import os
import threading
import time

from homelab.errors import UNREACHABLE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    Target = TypeVar("Target")
    Answer = TypeVar("Answer")

JOBS = 100
LONGEST = 86_400.0  # s, the longest time limit of a target; a socket accepts 24 days at most
_TICK = 0.1  # s; the longest delay until a signal to another thread is noticed
_OWN = 32  # file descriptors reserved for other uses
_STACK = 1 << 20  # bytes; the default of 8 MiB each would fill the address space of a 32-bit host
_ENDING = 3.0  # s for work that was told to end: child.PATIENCE, and a second
_NO_THREAD = "can't start a thread; allow this account more processes (ulimit -u)"


def with_timeout(work: Callable[[], Answer], seconds: float) -> Answer:
    """The result of `work()`. Raises its errors, and TimeoutError if it takes longer than
    `seconds`; its thread is then abandoned: a name lookup waits inside the C library, where no
    signal interrupts it. Raises OSError if no thread can be started."""
    results: list[Answer] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the system allows no more
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None
    thread.join(min(seconds, LONGEST))
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]


def answers(
    targets: Sequence[Target],
    ask: Callable[[Target], Answer],
    seconds: float = float("inf"),
    jobs: int = JOBS,
    tell: Callable[[int, list[Target]], None] | None = None,
    end: Callable[[], None] | None = None,
    late: Callable[[Target], Answer] | None = None,
    descriptors: int = 2,
) -> Iterator[Answer]:
    """The result of `ask` for each target, in the order of the targets, each as soon as all before
    it are done. Up to `jobs` run concurrently, fewer if the limit on open files is low: a target
    needs `descriptors`, by default one for a name server and one for itself. `tell` is called at
    least every tenth of a second with the number of finished targets and the running ones, in the
    order in which they began.

    `ask` should have its own time limit. If it still takes longer than `seconds`, its thread is
    abandoned and the next target starts; the answer is then `late(target)`, as it is if `ask`
    raises TimeoutError. So the whole takes at most `seconds` for each round of `jobs` targets.
    Other errors of `ask` are raised here, and without `late` TimeoutError too. If the loop ends
    early, `end` is called to end the running work, which is waited for. Raises Failure (69) if no
    thread can be started.
    """
    from queue import Empty, SimpleQueue

    jobs = min(jobs, _room() // descriptors or 1)
    ended: SimpleQueue[tuple[int, Answer | BaseException]] = SimpleQueue()

    def run(index: int) -> None:
        try:
            ended.put((index, ask(targets[index])))
        except BaseException as error:  # raised in the thread that waits for the answers
            ended.put((index, error))

    begun = given = 0
    running: dict[int, tuple[float, threading.Thread]] = {}  # in the order of their deadlines
    known: dict[int, Answer | BaseException] = {}
    try:
        while given < len(targets):
            while begun < len(targets) and len(running) < jobs:
                thread = threading.Thread(target=run, args=(begun,), daemon=True)
                running[begun] = (time.monotonic() + seconds, thread)
                if not _started(thread):
                    del running[begun]
                    break
                begun += 1
            if not running:
                raise Failure(UNREACHABLE, _NO_THREAD)
            first, (until, _) = next(iter(running.items()))
            left = until - time.monotonic()
            try:
                index, answer = ended.get(timeout=min(max(left, 0.0), _TICK))
            except Empty:
                if left <= 0:
                    del running[first]
                    known[first] = TimeoutError()
            else:
                if index in running:  # otherwise its time was up before
                    # join it: the run forks to send its event only if no thread is left
                    running.pop(index)[1].join()
                    known[index] = answer
            if tell:
                tell(given + len(known), [targets[index] for index in running])
            while given in known:
                answer = known.pop(given)
                if late and isinstance(answer, TimeoutError):
                    answer = late(targets[given])
                given += 1
                if isinstance(answer, BaseException):
                    raise answer
                yield answer
    finally:
        if end and running:
            end()
            for _, thread in running.values():
                if thread.is_alive():  # it may not have been started
                    thread.join(_ENDING)


class Workers:
    """Up to `jobs` threads, started when needed, that do the given work in order. The work must not
    raise; `end` must be called."""

    def __init__(self, jobs: int) -> None:
        from queue import SimpleQueue

        self._jobs = jobs
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)  # threads that are idle, or soon will be
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[], None]) -> None:
        """Give work to a thread. Raises Failure (69) if no thread can be started."""
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._jobs:
            thread = threading.Thread(target=self._run, daemon=True)
            if _started(thread):
                self._threads.append(thread)
            elif not self._threads:
                raise Failure(UNREACHABLE, _NO_THREAD)
        self._given.put(work)

    def end(self) -> None:
        """Let the threads end when their work is done, and wait for them (at most 3 s)."""
        for _ in self._threads:
            self._given.put(None)
        until = time.monotonic() + _ENDING
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))
        self._threads.clear()

    def _run(self) -> None:
        while True:
            work = self._given.get()
            if work is None:
                return
            work()
            self._idle.release()


def _started(thread: threading.Thread) -> bool:
    """Whether the thread could be started; False if the system allows no more."""
    before = threading.stack_size(_STACK)
    try:
        thread.start()
    except RuntimeError:
        return False
    finally:
        threading.stack_size(before)
    return True


def _room() -> int:
    """The number of file descriptors that this process may use for its targets."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else max(soft - _OWN, 0)
