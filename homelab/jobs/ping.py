"""The requests of a job: pings to its dead-man's switch, and notices to a person. Their URLs are
secrets: they are read from files and never printed.
"""

from __future__ import annotations

import os
import select
import time

from homelab import __version__
from homelab.jobs import web_request
from homelab.system import files
from homelab.system.detached import ForkedCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.jobs.signals import Wakeup
    from homelab.jobs.web_request import Address, WebRequest

_TRIES = (0.0, 1.0, 2.0)  # s to wait before each try
_ONE = 4.0  # s for each try
STARTING, ENDED = 5, 10  # s, after which the kernel ends the process
_LARGEST = 4096  # bytes of the file


def address_of(path: str, kinds: tuple[str, ...] = ()) -> Address:
    """The address in a file (`web_request.address`). A file that another account can change is not
    read: that account could choose where the job's output is sent. Raises ValueError with the
    reason, without the URL."""
    try:
        text = files.content(path, _LARGEST, trusted=True).decode("utf-8-sig", "replace")
    except OSError as error:
        raise ValueError(error.strerror or "it can't be read") from None
    return web_request.address(text, kinds)


class Telling:
    """A process that sends a ping or a notice, so that the job is not delayed; the kernel ends it
    after `seconds`. It writes "ok" or the reason of its failure to the descriptor that it gets."""

    def __init__(self, work: Callable[[int], object], seconds: int) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + self._seconds + 1
        self._why = ""
        try:
            self._call = ForkedCall(work, self._seconds)
        except OSError as error:
            self._why = f"can't start a process for it: {error.strerror}"

    def outcome(self, wakeup: Wakeup) -> str:
        """Wait for the process: "" if it was delivered, else why not. A signal that asks this
        process to end ends the wait."""
        if self._why:
            return self._why
        poller = select.poll()
        poller.register(self._call.reader, select.POLLIN)
        poller.register(wakeup.fileno(), select.POLLIN)
        while True:
            left = int((self._until - time.monotonic()) * 1000)
            ready = [descriptor for descriptor, _ in poller.poll(max(left, 0))]
            if self._call.reader in ready:
                told = self._call.answer(200).decode("ascii", "replace")
                if not told.isprintable():
                    told = "the answer is not HTTP"
                return "" if told == "ok" else told or f"no answer within {self._seconds} s"
            if left <= 0 or wakeup.taken():
                self._call.leave()
                return "a signal ended the wait"


class Ping(Telling):
    """A request that is being sent."""

    def __init__(self, request: WebRequest, seconds: int = ENDED) -> None:
        super().__init__(lambda to: _tell(to, request), seconds)


def _tell(pipe: int, request: WebRequest) -> None:
    why = "it could not be sent"
    try:
        for wait in _TRIES:
            time.sleep(wait)
            why, again = _sent(request)
            if not again:
                break
    finally:
        os.write(pipe, (why or "ok").encode("ascii", "replace"))


def _sent(asked: WebRequest) -> tuple[str, bool]:
    """Why it was not delivered, "" if it was, and whether to try again. Redirects are not followed:
    they may lead to a login page, which answers 200 to anything."""
    import http.client
    import urllib.error
    import urllib.request

    from homelab.net import failures, trust
    from homelab.net.urllib_handlers import handlers

    class Straight(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    headers = {"User-Agent": f"homelab/{__version__}"}
    if asked.body:
        headers["Content-Type"] = "text/plain"
    headers.update(asked.headers)
    data = asked.body if asked.body or asked.method != "GET" else None
    request = urllib.request.Request(asked.url, data, headers, method=asked.method)
    context = trust.verified() if asked.url.lower().startswith("https:") else None
    opener = urllib.request.build_opener(Straight, *handlers(context))
    try:
        with opener.open(request, timeout=_ONE) as answer:
            kind = answer.headers.get("Content-Type") or ""
            return web_request.not_arrived(asked, kind, answer.read(web_request.ANSWER)), False
    except urllib.error.HTTPError as error:
        error.close()
        if 300 <= error.code < 400:
            return f"HTTP {error.code}: a redirect, which is not followed", False
        return f"HTTP {error.code}", error.code >= 500 or error.code == 429
    except (OSError, http.client.HTTPException, ValueError) as error:
        failure = failures.of(getattr(error, "reason", error))
        words = {
            failures.Timeout: f"no answer within {_ONE:.0f} s",
            failures.LookupFailed: "the name can't be looked up",
            failures.CertificateRefused: "certificate not trusted: {reason}",
            failures.TlsFailed: "the server does not use TLS",
            failures.ConnectionFailed: "{reason}",
            failures.NetworkError: "the answer is not HTTP",
        }
        return failure.words(words)[:180], not isinstance(failure, failures.CertificateRefused)
