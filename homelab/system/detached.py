"""Work in a child of its own, which holds nothing of its parent's and which the kernel ends."""

from __future__ import annotations

import os

from homelab.system.signals import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def detached(work: Callable[[int], object], lifetime: float, answers: bool = False) -> int:
    """The reading end of a pipe, readable once a forked child that runs `work(writer)` has written
    to it or ended, after `lifetime` s at most; without `answers` there is no pipe, and both ends
    are -1. Raises OSError where no child can be made.

    The child is a session of its own, and holds /dev/null on 0, 1 and 2, the pipe, and nothing of
    its parent's. SIGALRM at its default ends it in any call: timeouts bound neither a name lookup
    nor a server that drips. A parent that wants an answer lives on, so it gets a child's child,
    which is never its zombie; one that does not is expected to end.
    """
    reader, writer = os.pipe() if answers else (-1, -1)
    code = 0
    try:
        child = os.fork()
        if not child:
            try:
                if not (answers and os.fork()):
                    work(_let_go(lifetime, writer))
            except OSError as error:
                code = error.errno or 1
            finally:
                os._exit(code)
        if answers:
            code = os.WEXITSTATUS(os.waitpid(child, 0)[1])
            if code:
                raise OSError(code, os.strerror(code))
    except OSError:
        if answers:
            os.close(reader)
        raise
    finally:
        if answers:
            os.close(writer)
    return reader


def _let_go(lifetime: float, kept: int) -> int:
    """Keep nothing of the parent's but one descriptor (-1 for none), and return that."""
    while 0 <= kept < 3:  # the parent has none of its own there
        kept = os.dup(kept)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # first of all: whoever reads the run's output waits for its end
        os.dup2(null, descriptor)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, lifetime)
    os.setsid()
    try:
        last = max(map(int, os.listdir("/proc/self/fd")))
    except OSError:
        last = 1023
    os.closerange(3, kept)
    os.closerange(max(kept + 1, 3), last + 1)
    return kept
