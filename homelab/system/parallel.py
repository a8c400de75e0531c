"""Work in threads: many targets at once, none waiting for another, and one call with a timeout."""

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
LONGEST = 86_400.0  # s that a target may be given; a socket takes a timeout of 24 days at most
_TICK = 0.1  # s; a signal that another thread was given is seen no later
_OWN = 32  # file descriptors that are for other things
_STACK = 1 << 20  # bytes; the usual 8 MiB for each fill the address space of a 32-bit host
_ENDING = 3.0  # s for work that was told to end: what child.PATIENCE gives it, and a second
_NO_THREAD = "no thread can be started; let this account have more processes (ulimit -u)"


def with_timeout(work: Callable[[], Answer], seconds: float) -> Answer:
    """What `work()` returns or raises; TimeoutError if that takes longer. Then its thread is left
    behind: a name lookup waits inside the C library, where no signal of ours interrupts it. Raises
    OSError where no thread can be started."""
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
    except RuntimeError:  # the system has no more
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
    """What `ask` returns for each target, in the order of the targets, each as soon as those before
    it are there; up to `jobs` are asked at once, fewer where this process may not have so many
    files open: a target needs `descriptors`, by default one for a name server and one for itself.
    `tell` is given the number of those done, and those under way in the order in which they began,
    each tenth of a second at least.

    `ask` should bound itself. Where it takes over `seconds` all the same, its thread is left behind
    and its place goes to the next; the answer is `late` of the target, as it is where `ask` raises
    TimeoutError. So the whole takes at most `seconds` for each round of `jobs` targets. What else
    `ask` raises is raised here, and without `late` TimeoutError, too.
    Where anything ends this early, `end` is called, which makes the work under way end, and that is
    waited for. Raises Failure (69) where no thread can be started.
    """
    from queue import Empty, SimpleQueue

    jobs = min(jobs, _room() // descriptors or 1)
    ended: SimpleQueue[tuple[int, Answer | BaseException]] = SimpleQueue()

    def run(index: int) -> None:
        try:
            ended.put((index, ask(targets[index])))
        except BaseException as error:  # raised where the answers are waited for
            ended.put((index, error))

    begun = given = 0
    running: dict[int, tuple[float, threading.Thread]] = {}  # the first begun is the first to end
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
                if index in running:  # else its time was up before
                    # its work is done: with no thread left, the run can fork to be counted
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
                if thread.is_alive():  # not one that was not started yet
                    thread.join(_ENDING)


class Workers:
    """Up to `jobs` threads, started when they are needed, that do what they are given in the order
    in which it is given. What they do raises nothing; `end` has to be called."""

    def __init__(self, jobs: int) -> None:
        from queue import SimpleQueue

        self._jobs = jobs
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)  # threads that wait, or will, without anything to do
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[], None]) -> None:
        """Have the work done. Raises Failure (69) where no thread can be started."""
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._jobs:
            thread = threading.Thread(target=self._run, daemon=True)
            if _started(thread):
                self._threads.append(thread)
            elif not self._threads:
                raise Failure(UNREACHABLE, _NO_THREAD)
        self._given.put(work)

    def end(self) -> None:
        """Let the threads end when their work is done, and wait for that (3 s)."""
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
    """Whether the thread is at work; False where the system has no more."""
    before = threading.stack_size(_STACK)
    try:
        thread.start()
    except RuntimeError:
        return False
    finally:
        threading.stack_size(before)
    return True


def _room() -> int:
    """How many file descriptors this process may have for its targets."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else max(soft - _OWN, 0)
