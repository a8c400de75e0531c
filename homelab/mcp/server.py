"""The server: a session from its first line on stdin to its end, however it ends."""

from __future__ import annotations

import os
import select
import signal
import threading

from homelab.mcp.lines import Lines
from homelab.mcp.session import ENDING, Session
from homelab.mcp.writer import MessageWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.mcp.protocol import Toolset
    from homelab.mcp.session import Make

# When stdin ends, the client has gone, or it was `printf … | homelab mcp`: running calls may still
# finish. The official SDK waits 2 s before it sends TERM, and 2 s more before KILL: a call that
# ends at TERM has ended before the first, one that does not, before the second.
FINISH = 1.5  # s
_OVER = b"\0"


def serve(offer: Toolset, make: Make, source: int, descriptor: int) -> None:
    """Serve until stdin (`source`) ends or nobody reads stdout (`descriptor`) any more: a client
    ends a session by either.

    No call outlives the session, however it ends. The exception is KILL, which no process can react
    to: Linux could end the children then (PR_SET_PDEATHSIG), by a call that the standard library
    does not have.
    """
    # The main thread only waits: a signal ends it by an exception, which must not find a lock held.
    # It waits at a pipe that signals are written to, since another thread may get the signal.
    stop, stopping = os.pipe()
    over, ending = os.pipe()
    os.set_blocking(ending, False)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            session = Session(offer, make, MessageWriter(descriptor, stop))
            try:
                if _read(session, source, descriptor, stop):
                    session.finish(FINISH)
            finally:
                session.end()
        except BaseException as error:
            failed.append(error)
        finally:
            os.write(ending, _OVER)

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if it is ignored, exit codes are lost
    signal.set_wakeup_fd(ending, warn_on_full_buffer=False)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while os.read(over, 1) != _OVER:
            pass
    finally:
        signal.set_wakeup_fd(-1)
        os.write(stopping, b"!")
        thread.join(2 * ENDING + 1)
    if failed:
        raise failed[0]


def _read(server: Session, source: int, descriptor: int, stop: int) -> bool:
    """Read lines as they come; return, at the end of input, whether replies are still read."""
    lines = Lines()
    poller = select.poll()
    poller.register(source, select.POLLIN)
    poller.register(descriptor, 0)
    poller.register(stop, select.POLLIN)
    while True:
        if any(ready != source for ready, _ in poller.poll()):
            return False
        try:
            piece = os.read(source, 1 << 16)
        except BlockingIOError:
            continue
        except OSError:  # a terminal that hung up
            piece = b""
        for line in lines.feed(piece) if piece else lines.rest():
            server.received(line)
        if not piece:
            return True
