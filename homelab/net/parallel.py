"""Many targets at once: each in a thread of its own, so that none waits for another."""

from __future__ import annotations

import queue
import threading
import time

from homelab.errors import UNREACHABLE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar, Union

    Target = TypeVar("Target")
    Answer = TypeVar("Answer")
    Ended = Union[Answer, TimeoutError]

JOBS = 100
LONGEST = 86_400.0  # s that a target may be given; a socket takes a timeout of 24 days at most
_TICK = 0.1  # s; a signal that another thread was given is seen no later
_OWN = 32  # file descriptors that are for other things
_STACK = 1 << 20  # bytes; the usual 8 MiB for each fill the address space of a 32-bit host


def asked(
    targets: Sequence[Target],
    ask: Callable[[Target], Answer],
    seconds: float,
    jobs: int = JOBS,
    tell: Callable[[int], None] | None = None,
) -> Iterator[Ended[Answer]]:
    """What `ask` returns for each target, in the order of the targets, each as soon as those before
    it are there; up to `jobs` are asked at once, fewer where this process may not have so many
    files open. `tell` is given the number of those done, each tenth of a second at least.

    `ask` should bound itself. One that takes over `seconds` all the same is a TimeoutError here:
    its thread is left behind, since a name lookup waits inside the C library, where nothing gets it
    out, and its place goes to the next. So the whole takes at most `seconds` for each round of
    `jobs` targets. What `ask` raises is raised here. Raises Failure (69) where no thread can be
    started.
    """
    jobs = min(jobs, _room())
    answers: queue.SimpleQueue[tuple[int, Answer | BaseException]] = queue.SimpleQueue()

    def run(index: int) -> None:
        try:
            answers.put((index, ask(targets[index])))
        except BaseException as error:  # raised where the answers are waited for
            answers.put((index, error))

    begun = told = 0
    running: dict[int, tuple[float, threading.Thread]] = {}  # the first begun is the first to end
    known: dict[int, Answer | BaseException] = {}
    while told < len(targets):
        while begun < len(targets) and len(running) < jobs:
            thread = _started(run, begun)
            if thread is None and running:
                break
            if thread is None:
                what = "no thread can be started; let this account have more processes (ulimit -u)"
                raise Failure(UNREACHABLE, what)
            running[begun] = (time.monotonic() + seconds, thread)
            begun += 1
        first, (end, _) = next(iter(running.items()))
        left = end - time.monotonic()
        try:
            index, answer = answers.get(timeout=min(max(left, 0.0), _TICK))
        except queue.Empty:
            if left <= 0:
                del running[first]
                known[first] = TimeoutError()
        else:
            if index in running:  # else its time was up before
                # its work is done: with no thread left, the run can fork to be counted
                running.pop(index)[1].join()
                known[index] = answer
        if tell:
            tell(told + len(known))
        while told in known:
            ended = known.pop(told)
            told += 1
            if isinstance(ended, BaseException) and not isinstance(ended, TimeoutError):
                raise ended
            yield ended


def _started(run: Callable[[int], None], index: int) -> threading.Thread | None:
    """The thread, at work; None where the system has no more."""
    thread = threading.Thread(target=run, args=(index,), daemon=True)
    before = threading.stack_size(_STACK)
    try:
        thread.start()
    except RuntimeError:
        return None
    finally:
        threading.stack_size(before)
    return thread


def _room() -> int:
    """How many targets this process has file descriptors for: each takes up to two, for a name
    server and for itself."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else max((soft - _OWN) // 2, 1)
