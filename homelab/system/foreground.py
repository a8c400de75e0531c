"""Processes in the foreground: start a drop-in, wait for it, pass signals on; end this process as
the shell expects, and write to its streams."""

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
    """A file whose writes wait for a slow reader, even if the descriptor is non-blocking. That flag
    belongs to the pipe, so any program that shares it can set it (ssh, Node.js).
    """

    def write(self, piece: Any, /) -> int:
        """Write at least a part of `piece`. Return the number of bytes written. Raises OSError."""
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
    """A text stream for standard output or error `stream` (None: it was closed) whose writes wait
    until all is written, in the same encoding. Characters outside the encoding are escaped, so that
    a verb does not fail because of them."""
    descriptor = os.open(os.devnull, os.O_WRONLY) if stream is None else stream.fileno()
    return io.TextIOWrapper(
        io.BufferedWriter(_WaitingFile(descriptor, "w", closefd=False)),
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace",
        line_buffering=stream is not None and bool(stream.line_buffering),
    )


class Interruption:
    """Turns INT, TERM and HUP into an exception that ends the verb, so that its run is recorded:
    once, and only while the verb runs. After the first signal, or after `over`, the run is ending
    anyway, and further signals must not cut off its last steps. A signal that the parent ignores
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
        """Deliver a signal again, a moment later, if it came inside a callback whose exceptions
        Python discards (importlib has one); raised here, it would be discarded again."""
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
        """Record that the verb has ended; further signals do not interrupt the run."""
        self._over = True
        self._open = False


class _Cut(BaseException):
    """The time is up. Not an OSError, so that no handler for OSError catches it."""


class Undisturbed:
    """The last steps of a run. Once it is created, signals are blocked (except SIGKILL and
    SIGSTOP), and the process ends before they are delivered. Only the alarm is delivered, and it
    raises only inside `done`.

    `seconds` limit all steps together, in real time; a step that is cut off is not lost, but left
    to a child. A call that the kernel can't interrupt is waited for.
    """

    __slots__ = ("_armed", "_end")

    def __init__(self, seconds: float) -> None:
        from homelab.system.plain_signal import signal

        self._armed = False
        self._end = time.monotonic() + seconds
        sys.unraisablehook = _nothing  # Python prints exceptions that it discards
        held = set(signal.valid_signals()) - {signal.SIGALRM}
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            signal.signal(signal.SIGALRM, self._up)
        except OSError:
            pass

    def done(self, step: Callable[[], object]) -> bool:
        """Do a step. Return False if it was cut off, at any point or right after it, so a step must
        be repeatable. Raises the errors of the step."""
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
            _alarm(0)  # a call that is restarted at each alarm might never end
        return True

    def release(self) -> None:
        """Deliver signals again: a person may wait for the following steps."""
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
    """Run a program in the foreground and return its exit code. Raises Signalled if a signal ended
    it, and OSError if it can't start.

    Signals from other processes are passed on; signals from the terminal (Ctrl-C) reach the program
    directly, as it is in the same process group. Python ignores SIGPIPE and SIGXFSZ, and a child
    would inherit that: both are reset.
    """
    from homelab.system.plain_signal import signal

    passed_on = {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT}
    passed_on |= {signal.SIGUSR1, signal.SIGUSR2}
    watched = {signal.SIGCHLD} | passed_on
    signal.signal(
        signal.SIGCHLD, lambda *_: None
    )  # if it were ignored, the exit status would be lost
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
            elif information.si_code <= 0:  # sent by a process, not by the terminal
                os.kill(child, information.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop_with(child: int, number: int) -> None:
    """Stop this process after the program has stopped (ssh's ~^Z, a job that wants the terminal);
    otherwise the shell would wait and never show its prompt. If the terminal stopped both and `fg`
    continues both, this process may be first: a moment later the program runs again, and then this
    process must not stop."""
    time.sleep(0.02)
    if status(child)[:1] in ([b"T"], [b"t"], []):
        os.kill(os.getpid(), number)


def status(process: int) -> list[bytes]:
    """The fields of proc_pid_stat(5) from the third on, the letter of the state; none if the
    process has ended or there is no /proc."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read(1024).rpartition(b") ")[2].split()
    except OSError:
        return []


def inherited(env: Mapping[str, str]) -> dict[str, str]:
    """The environment that this process got, for its children: without a locale, Python adds
    LC_CTYPE=C.UTF-8 (PEP 538), which is removed here."""
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
    """End this process with an exit code, or `by` the signal that ended the verb: if it is INT,
    TERM, HUP or PIPE, by that signal itself, so that a shell's loop or a supervisor sees it.
    Python's own cleanup is skipped, as everything is flushed."""
    if by:
        from homelab.system.plain_signal import signal

        if by in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(by, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [by])
            os.kill(os.getpid(), by)
    os._exit(code)
