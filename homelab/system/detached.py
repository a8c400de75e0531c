"""Work in a child of its own, which holds nothing of its parent's and which the kernel ends."""

from __future__ import annotations

import os
import sys
import time

from homelab.system.plain_signal import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


_FROM_TERMINALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


def detached(work: Callable[[Life], object], lifetime: float) -> None:
    """Run `work` in a forked child, for `lifetime` s at most, and wait for nothing: the parent is
    about to end, and process 1 takes the child over. Raises OSError where no child can be made."""
    # the terminal may hang up as soon as the parent has ended, before the child has let go of it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FROM_TERMINALS)
    child = -1
    try:
        child = os.fork()
    finally:
        if child:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if not child:
        _run(lambda _: work(Life(lifetime)), lifetime, -1)


def alone() -> bool:
    """Whether no other thread is at work: a lock that one of them holds would stay locked in a
    child for ever."""
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


class Life:
    """What is left of a detached child's `seconds`, in which the kernel ends it."""

    __slots__ = ("_end", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """s until the kernel ends this process."""
        return self._end - time.monotonic()

    def bound(self, seconds: float) -> None:
        """Let the kernel end this process after so many s, should that be sooner."""
        signal.setitimer(signal.ITIMER_REAL, max(min(seconds, self.left()), 0.001))

    def unbound(self) -> None:
        """Take such a bound back."""
        self.bound(self._seconds)

    def shorten(self, seconds: float) -> None:
        """Leave this process so many s from now on, at most."""
        self._seconds = seconds
        self._end = min(self._end, time.monotonic() + seconds)
        self.unbound()

    def sleep(self, seconds: float) -> None:
        """Do nothing for so many s, by the kernel's count: time.sleep goes by a moment to come,
        which under a clock that stands still never does."""
        import select

        select.select([], [], [], seconds)

    def renew(self) -> None:
        """Go on in a new child, which has all the seconds again; this process ends. Raises OSError
        where no child can be made."""
        if os.fork():
            os._exit(0)
        self._end = time.monotonic() + self._seconds
        self.unbound()


def drain(reader: int) -> None:
    """Read a pipe to its end in a process of its own, and throw away what comes: a process that was
    left behind and writes there later is not ended by SIGPIPE. Nothing happens where no process can
    be made. The process lives as long as the pipe's last writer, and is nobody's child."""
    try:
        child = os.fork()
    except OSError:
        return
    if not child:
        try:
            between = os.fork()
        except OSError:
            between = -1
        if between:
            os._exit(0)
        _run(_read_all, 0, reader)
    try:
        os.waitpid(child, 0)
    except ChildProcessError:
        pass  # SIGCHLD is ignored: the kernel reaps


def _read_all(reader: int) -> None:
    os.set_blocking(reader, True)
    while os.read(reader, 1 << 16):
        pass


class ForkedCall:
    """`work(writer)` in a forked child, which writes its answer to that descriptor, within
    `lifetime` s. The parent lives on: it takes the answer, or gives the call up, and leaves no
    zombie either way. Raises OSError where no child can be made.

    `reader` is readable once the child has answered or ended.
    """

    __slots__ = ("_child", "reader")

    def __init__(self, work: Callable[[int], object], lifetime: float) -> None:
        self.reader, writer = os.pipe()
        try:
            self._child = os.fork()
        except OSError:
            os.close(self.reader)
            raise
        else:
            if not self._child:
                _run(work, lifetime, writer)
        finally:
            os.close(writer)

    def answer(self, most: int) -> bytes:
        """The first `most` bytes of the answer; none where the child ended without one."""
        try:
            return os.read(self.reader, most)
        finally:
            os.close(self.reader)
            self._reap(0)

    def leave(self) -> None:
        """Wait for it no longer; the child goes on to its end."""
        os.close(self.reader)
        self._reap(os.WNOHANG)

    def end(self) -> None:
        """Wait for it no longer, and end the child, unless a dead mount holds it."""
        os.kill(self._child, signal.SIGKILL)
        self.leave()

    def _reap(self, options: int) -> None:
        try:
            os.waitpid(self._child, options)
        except ChildProcessError:
            pass  # SIGCHLD is ignored, as whoever started us left it: the kernel reaps


def _run(work: Callable[[int], object], lifetime: float, writer: int) -> NoReturn:
    """Be the child: a session of its own, which holds /dev/null on 0, 1 and 2, the writer (-1 for
    none), and nothing of its parent's. SIGALRM at its default ends it in any call: timeouts bound
    neither a name lookup nor a server that drips. A lifetime of 0 is without end."""
    try:
        work(_let_go(lifetime, writer))
    finally:
        os._exit(0)


def _let_go(lifetime: float, kept: int) -> int:
    """Keep nothing of the parent's but one descriptor (-1 for none), and return that."""
    while 0 <= kept < 3:  # the parent has none of its own there
        kept = os.dup(kept)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # first of all: whoever reads the run's output waits for its end
        os.dup2(null, descriptor)
    signal.set_wakeup_fd(-1)
    os.setsid()
    for number in _FROM_TERMINALS:
        signal.signal(number, signal.SIG_IGN)  # throws away one that came before
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, lifetime)
    os.chdir("/")  # no file system is kept mounted for this
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        last = max(map(int, os.listdir("/proc/self/fd")))
    except OSError:
        last = 1023
    os.closerange(3, kept)
    os.closerange(max(kept + 1, 3), last + 1)
    return kept
