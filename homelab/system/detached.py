"""Work that nobody waits for: a child that holds nothing of its parent's and ends within 0.8 s."""

from __future__ import annotations

import os
import sys

from homelab.system.signals import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LIFETIME = 0.8  # s


def detached(work: Callable[[], None]) -> bool:
    """Run `work` in a forked child; False where that is not possible. Nothing is waited for.

    The child is a session of its own, holds /dev/null on 0, 1 and 2 and nothing of its parent's,
    and stands in `/`. The kernel ends it when its lifetime is over: urllib's timeout bounds neither
    name lookup nor a server that drips, but SIGALRM at its default ends a process in any call.
    """
    if _threads():
        return False  # a lock held by another thread would stay locked in the child for ever
    try:
        if os.fork():
            return True
    except (OSError, AttributeError):
        return False
    try:
        _let_go()
        work()
    finally:
        os._exit(0)


def _threads() -> bool:
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1


def _let_go() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # first of all: whoever reads the run's output waits for its end
        os.dup2(null, descriptor)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, LIFETIME)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.chdir("/")
    try:
        held = [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        held = list(range(3, 1024))
    for descriptor in held:
        if descriptor > 2:
            try:
                os.close(descriptor)
            except OSError:
                pass
