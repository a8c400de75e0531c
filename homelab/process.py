"""Processes: start a drop-in, wait for it, pass signals on; end this one as the shell expects."""

from __future__ import annotations

import os

from homelab.errors import SIGNALLED, Signalled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType
    from typing import NoReturn


def raise_on_signals() -> None:
    """TERM and HUP end a verb as Ctrl-C does, by an exception, so that its run is recorded. HUP
    stays ignored where nohup(1) made it so."""
    import signal

    def end(number: int, frame: FrameType | None) -> None:
        raise Signalled(number)

    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, end)


def ignore_signals() -> None:
    """The verb is over: a second Ctrl-C is not to cut off the recording, which takes no time."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def run(path: str, arguments: list[str], env: dict[str, str]) -> int:
    """Run a program in the foreground and return its exit code, 128+n where signal n ended it.

    Signals that another process sends to this one are passed on; those of the terminal (Ctrl-C)
    reach the program by themselves, being in the same process group. Python ignores SIGPIPE and
    SIGXFSZ, and a child would inherit that: both are set back. Raises OSError where it can't start.
    """
    import signal

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
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    return exit_code(status)
            elif information.si_code <= 0:  # sent by a process, not by the kernel's terminal
                os.kill(child, information.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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


def exit_code(status: int) -> int:
    """A wait status as the shell counts it: 128+n for signal n."""
    if os.WIFSIGNALED(status):
        return SIGNALLED + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def leave(code: int) -> NoReturn:
    """End this process. A code that stands for INT, TERM, HUP or PIPE ends it by that very signal,
    so that a shell's loop or a supervisor sees what happened; Python's own tidying is left out,
    as all is flushed."""
    if code > SIGNALLED:
        import signal

        number = code - SIGNALLED
        if number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
            os.kill(os.getpid(), number)
    os._exit(code)
