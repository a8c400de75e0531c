"""Many hosts at once, over the ssh that this host has."""

from __future__ import annotations

import queue
import threading

from homelab.errors import NO, Failure
from homelab.install.remote_script import Answer
from homelab.system.child import PATIENCE, Cancelled, Child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Union

    Ended = tuple[str, Union[Answer, TimeoutError]]

CONNECT = 10  # s at the most for a connection, of the whole that a host is given


def command(host: str, line: str, seconds: float, asks: bool) -> list[str]:
    """The command line for one host. Where it may not ask for a password or a new host's key, it
    fails instead. Everything else is as the account's ssh_config(5) has it, but for what is meant
    for logins, and would keep our command from running: scp(1) sets that aside as well."""
    return [
        "ssh", "-T", "-a", "-x",
        "-o", "RemoteCommand=none",
        "-o", "ClearAllForwardings=yes",
        "-o", "PermitLocalCommand=no",
        "-o", f"BatchMode={'no' if asks else 'yes'}",
        "-o", f"ConnectTimeout={max(1, min(CONNECT, int(seconds)))}",
        "-o", "LogLevel=ERROR",
        "--", host, line,
    ]  # fmt: skip


class Hosts:
    """Runs one line of sh on each of `hosts`, `jobs` at a time, with `data` on its stdin."""

    def __init__(
        self,
        hosts: list[str],
        line: str,
        env: Mapping[str, str],
        seconds: float,
        jobs: int,
        data: bytes = b"",
        asks: bool = False,
    ) -> None:
        self._children = {
            host: Child(command(host, line, seconds, asks), env, data, seconds, asks)
            for host in hosts
        }
        self._seconds = seconds
        self._jobs = jobs
        self._ended: queue.SimpleQueue[Ended | BaseException] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = list(hosts)
        self.busy: list[str] = []  # those that are being asked

    def answers(self) -> Iterator[Ended | None]:
        """Each host with its answer, as they come, or TimeoutError; None every tenth of a second
        without one. Whatever ends this ends every ssh that is under way."""
        workers = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(min(self._jobs, len(self._waiting)))
        ]
        for worker in workers:
            worker.start()
        left = len(self._children)
        try:
            while left:
                try:
                    ended = self._ended.get(timeout=0.1)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(ended, OSError):
                    what = f"ssh can't be started: {ended.strerror}; install an OpenSSH client"
                    raise Failure(NO, what) from None
                if isinstance(ended, BaseException):
                    raise ended
                left -= 1
                yield ended
        finally:
            with self._lock:
                self._waiting.clear()
                busy = list(self.busy)
            for host in busy:
                self._children[host].end()
            for worker in workers:
                worker.join(PATIENCE + 1)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    return
                host = self._waiting.pop(0)
                self.busy.append(host)
            try:
                code, out, err = self._children[host].run()
                self._ended.put((host, Answer(code, bytes(out.kept), bytes(err.kept))))
            except TimeoutError as error:
                self._ended.put((host, error))
            except Cancelled:
                return
            except BaseException as error:  # told where the answers are waited for
                self._ended.put(error)
                return
            finally:
                with self._lock:
                    self.busy.remove(host)
