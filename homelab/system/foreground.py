"""Processes: start a drop-in, wait for it, pass signals on; end this one as the shell expects, and
write to the streams that it was given."""

from __future__ import annotations

import io
import os
import sys
import time

from homelab.errors import Signalled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from sys import UnraisableHookArgs
    from types import FrameType
    from typing import Any, NoReturn, TextIO


class _WaitingFile(io.FileIO):
    """A descriptor whose writes wait for a slow reader, also where it is set not to block. That is
    a property of the pipe, so that any program which shares it with us can set it (ssh, Node.js).
    """

    def write(self, piece: Any, /) -> int:
        """Write at least a part of `piece`; the number of bytes written. Raises OSError."""
        while True:
            written: int | None = super().write(piece)
            if written is not None:
                return written
            import select

            room = select.poll()
            room.register(self, select.POLLOUT)
            room.poll()


def columns(stream: TextIO) -> int:
    """Columns of the terminal that a stream is: 80 where it does not say, 0 without a terminal."""
    try:
        return (os.get_terminal_size(stream.fileno()).columns or 80) if stream.isatty() else 0
    except (OSError, ValueError):
        return 0


def waiting(stream: TextIO | None) -> TextIO:
    """Standard output or error `stream` (None: it was closed) as text whose writes wait until all
    is written, in the same encoding. What that can't write is shown escaped: no reason for a verb
    to fail."""
    descriptor = os.open(os.devnull, os.O_WRONLY) if stream is None else stream.fileno()
    return io.TextIOWrapper(
        io.BufferedWriter(_WaitingFile(descriptor, "w", closefd=False)),
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace",
        line_buffering=stream is not None and bool(stream.line_buffering),
    )


class Interruption:
    """INT, TERM and HUP end a verb by an exception, so that its run is recorded: once, and only
    while the verb runs. After the first, or when `over` was called, the run is ending anyway, and a
    further signal is not to cut off what little is left. A signal that whoever started us ignores
    (nohup, a background job) stays ignored."""

    def __init__(self) -> None:
        from homelab.system.plain_signal import signal

        self._open = True
        self._over = False
        sys.unraisablehook = self._again
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._end)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self._open:
            self._open = False
            raise Signalled(number)

    def _again(self, unraisable: UnraisableHookArgs) -> None:
        """Deliver a signal once more, a moment later, that came inside a callback whose exceptions
        Python swallows (importlib has one): here it would be swallowed again."""
        error = unraisable.exc_value
        if not isinstance(error, Signalled):
            sys.__unraisablehook__(unraisable)
            return
        from homelab.system.plain_signal import signal

        number = error.number
        self._open = not self._over
        signal.signal(signal.SIGALRM, lambda _, frame: self._end(number, frame))
        signal.setitimer(signal.ITIMER_REAL, 0.001)

    def over(self) -> None:
        """Note that the verb has ended; a further signal does not interrupt it."""
        self._over = True
        self._open = False


class _Cut(BaseException):
    """The time is up. No OSError: whoever expects one of those must not take this for it."""


class Undisturbed:
    """The last steps of a run. From its making on, signals wait (SIGKILL and SIGSTOP can't), and
    the process ends before they are delivered. The alarm alone comes through, and it raises only
    inside `done`.

    `seconds` bound all steps together, by the wall clock: what is cut off then is not lost, but
    left to a child. A call that the kernel itself can't interrupt is waited for.
    """

    __slots__ = ("_armed", "_end")

    def __init__(self, seconds: float) -> None:
        from homelab.system.plain_signal import signal

        self._armed = False
        self._end = time.monotonic() + seconds
        sys.unraisablehook = _nothing  # where Python swallows an exception, it prints it
        held = set(signal.valid_signals()) - {signal.SIGALRM}
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            signal.signal(signal.SIGALRM, self._up)
        except OSError:
            pass

    def done(self, step: Callable[[], object]) -> bool:
        """Do a step; False where it was cut off, at any point of it or right behind it. So it has
        to be one that can be done again. Raises what the step raises."""
        try:
            self._armed = True
            _alarm(max(self._end - time.monotonic(), 0.001))
            try:
                step()
            finally:
                self._armed = False
        except _Cut:
            return False
        finally:
            _alarm(0)  # a call that begins anew at each alarm may never end
        return True

    def release(self) -> None:
        """Let signals through again: what follows may be waited for by a person."""
        from homelab.system.plain_signal import signal

        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def _up(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            self._armed = False
            raise _Cut


def _alarm(seconds: float) -> None:
    from homelab.system.plain_signal import signal

    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
    except OSError:
        pass


def _nothing(unraisable: object) -> None:
    pass


def run(path: str, arguments: list[str], env: dict[str, str]) -> int:
    """Run a program in the foreground and return its exit code. Raises Signalled where a signal
    ended it, and OSError where it can't start.

    Signals that another process sends to this one are passed on; those of the terminal (Ctrl-C)
    reach the program by themselves, being in the same process group. Python ignores SIGPIPE and
    SIGXFSZ, and a child would inherit that: both are set back.
    """
    from homelab.system.plain_signal import signal

    passed_on = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT}
    passed_on |= {signal.SIGUSR1, signal.SIGUSR2}
    watched = {signal.SIGCHLD} | passed_on
    signal.signal(signal.SIGCHLD, lambda *_: None)  # an ignored one would lose the exit status
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    try:
        child = os.posix_spawn(
            path,
            [path, *arguments],
            env,
            setsigmask=before,
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD),
        )
        while True:
            information = signal.sigwaitinfo(watched)
            if information.si_signo == signal.SIGCHLD:
                ended, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
                if ended and os.WIFSTOPPED(status):
                    _stop_with(child, os.WSTOPSIG(status))
                elif ended and os.WIFSIGNALED(status):
                    raise Signalled(os.WTERMSIG(status))
                elif ended:
                    return os.WEXITSTATUS(status)
            elif information.si_code <= 0:  # sent by a process, not by the kernel's terminal
                os.kill(child, information.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop_with(child: int, number: int) -> None:
    """The program has stopped (ssh's ~^Z, a job that wants the terminal): so do we, else the shell
    would wait for us and never get its prompt back. Where the terminal stopped both and `fg` lets
    both go on, we may be first: a moment later the program runs again, and we must not stop."""
    time.sleep(0.02)
    if status(child)[:1] in ([b"T"], [b"t"], []):
        os.kill(os.getpid(), number)


def status(process: int) -> list[bytes]:
    """The fields of proc_pid_stat(5) from the third on, which is the letter of the state; none
    where the process has ended or there is no /proc."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read(1024).rpartition(b") ")[2].split()
    except OSError:
        return []


def inherited(env: Mapping[str, str]) -> dict[str, str]:
    """The environment as this process got it: without a locale, Python adds LC_CTYPE=C.UTF-8 to
    its own (PEP 538), which is no business of a child's."""
    theirs = dict(env)
    if theirs.get("LC_CTYPE") == "C.UTF-8":
        try:
            with open("/proc/self/environ", "rb") as file:
                if b"\0LC_CTYPE=" not in b"\0" + file.read():
                    del theirs["LC_CTYPE"]
        except OSError:
            pass
    return theirs


def leave(code: int, by: int = 0) -> NoReturn:
    """End this process with an exit code, or `by` a signal that ended the verb: where that is INT,
    TERM, HUP or PIPE by that very signal, so that a shell's loop or a supervisor sees what
    happened. Python's own tidying is left out, as all is flushed."""
    if by:
        from homelab.system.plain_signal import signal

        if by in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(by, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [by])
            os.kill(os.getpid(), by)
    os._exit(code)
