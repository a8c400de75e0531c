"""Run work in a child that shares nothing with its parent and that the kernel ends in time."""

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
    """Run `work` in a forked child, for at most `lifetime` s, without waiting for it: the parent
    ends soon, and process 1 becomes the child's parent. Raises OSError if no child can be made."""
    # the terminal may hang up when the parent has ended, before the child has left it
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
    """Whether no other thread runs: a lock that another thread holds would stay locked in a child
    forever."""
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


class Life:
    """The lifetime of a detached child: the kernel ends it after `seconds`."""

    __slots__ = ("_end", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds until the kernel ends this process."""
        return self._end - time.monotonic()

    def bound(self, seconds: float) -> None:
        """Let the kernel end this process after `seconds`, if that is earlier."""
        signal.setitimer(signal.ITIMER_REAL, max(min(seconds, self.left()), 0.001))

    def unbound(self) -> None:
        """Remove the limit that `bound` set."""
        self.bound(self._seconds)

    def shorten(self, seconds: float) -> None:
        """Leave this process at most `seconds` from now on."""
        self._seconds = seconds
        self._end = min(self._end, time.monotonic() + seconds)
        self.unbound()

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds`, counted by the kernel: time.sleep waits for a time of the clock,
        which never comes if the clock is stopped."""
        import select

        select.select([], [], [], seconds)

    def renew(self) -> None:
        """Continue in a new child with the full lifetime, and end this process. Raises OSError if
        no child can be made."""
        if os.fork():
            os._exit(0)
        self._end = time.monotonic() + self._seconds
        self.unbound()


def drain(reader: int) -> None:
    """Read a pipe to its end in a new process and discard the data, so that a remaining process
    that writes there later is not ended by SIGPIPE. Does nothing if no process can be made. The new
    process lives as long as the pipe's last writer, and process 1 is its parent."""
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
    """A call of `work(writer)` in a forked child, which writes its answer to that descriptor within
    `lifetime` s. The parent reads the answer or abandons the call; neither leaves a zombie. Raises
    OSError if no child can be made.

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
        """The first `most` bytes of the answer; none if the child ended without one."""
        try:
            return os.read(self.reader, most)
        finally:
            os.close(self.reader)
            self._reap(0)

    def leave(self) -> None:
        """Stop waiting for the answer; the child continues to its end."""
        os.close(self.reader)
        self._reap(os.WNOHANG)

    def end(self) -> None:
        """Stop waiting for the answer, and end the child, unless it hangs on a dead mount."""
        os.kill(self._child, signal.SIGKILL)
        self.leave()

    def _reap(self, options: int) -> None:
        try:
            os.waitpid(self._child, options)
        except ChildProcessError:
            pass  # the program that started this one ignores SIGCHLD: the kernel reaps


def _run(work: Callable[[int], object], lifetime: float, writer: int) -> NoReturn:
    """Run as the child: in its own session, with /dev/null on 0, 1 and 2, the writer (-1 for none),
    and nothing else of its parent. SIGALRM's default action ends it in any call: timeouts limit
    neither a name lookup nor a slowly sending server. A lifetime of 0 means no limit."""
    try:
        work(_let_go(lifetime, writer))
    finally:
        os._exit(0)


def _let_go(lifetime: float, kept: int) -> int:
    """Drop everything of the parent except one descriptor (-1 for none). Return that descriptor."""
    while 0 <= kept < 3:  # the parent has 0, 1 or 2 closed
        kept = os.dup(kept)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # first: a reader of the run's output waits until these are closed
        os.dup2(null, descriptor)
    signal.set_wakeup_fd(-1)
    os.setsid()
    for number in _FROM_TERMINALS:
        signal.signal(number, signal.SIG_IGN)  # discards a pending one
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, lifetime)
    os.chdir("/")  # keep no file system busy
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        last = max(map(int, os.listdir("/proc/self/fd")))
    except OSError:
        last = 1023
    os.closerange(3, kept)
    os.closerange(max(kept + 1, 3), last + 1)
    return kept
