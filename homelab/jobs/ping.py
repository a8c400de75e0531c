"""The dead-man's switch that a job pings: a URL of its own, as healthchecks.io and what is built
like it has them (URL/start, URL, URL/fail). A URL like that is a secret: it is read from a file,
and printed nowhere.
"""

from __future__ import annotations

import os
import select
import time

from homelab import __version__
from homelab.system import files
from homelab.system.detached import ForkedCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.jobs.signals import Wakeup

START, SUCCESS, FAIL = "/start", "", "/fail"
BODY = 10_000  # bytes of output that are sent where that is asked for
_TRIES = (0.0, 1.0, 2.0)  # s to wait before each
_ONE = 4.0  # s for each
_ALL = {START: 5, SUCCESS: 10, FAIL: 10}  # s, by which the kernel ends it
_LARGEST = 4096  # bytes of the file


def url_of(path: str) -> str:
    """The URL on the first line of a file that is no comment. A file that another account can
    change is not read: its owner would choose where the job's output goes. Raises ValueError with
    what is wrong, without the URL."""
    try:
        text = files.content(path, _LARGEST, trusted=True).decode("utf-8", "replace")
    except OSError as error:
        raise ValueError(error.strerror or "it can't be read") from None
    lines = [line.strip() for line in text.splitlines()]
    url = next((line for line in lines if line and line[0] != "#"), "")
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        good = good and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("its first line is no URL like https://hc-ping.com/…")
    return url


def target(url: str, event: str) -> str:
    """The URL of an event: its word comes behind the path, before a query."""
    if not event:
        return url
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts._replace(path=parts.path.rstrip("/") + event, fragment="").geturl()


class Ping:
    """A ping that is on its way, by a process of its own: nothing is delayed by it, and the kernel
    ends it."""

    def __init__(self, url: str, event: str, body: bytes = b"") -> None:
        self._seconds = _ALL[event]
        self._until = time.monotonic() + self._seconds + 1
        self._why = ""
        url = target(url, event)
        try:
            self._call = ForkedCall(lambda to: _tell(to, url, body), self._seconds)
        except OSError as error:
            self._why = f"no process could be made for it: {error.strerror}"

    def outcome(self, wakeup: Wakeup) -> str:
        """Wait for it: "" where it arrived, else why not. A signal that asks this process to end
        ends the waiting."""
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
                return "it was not waited for"


def _tell(pipe: int, url: str, body: bytes) -> None:
    why = "it could not be sent"
    try:
        for wait in _TRIES:
            time.sleep(wait)
            why, again = _sent(url, body)
            if not again:
                break
    finally:
        os.write(pipe, (why or "ok").encode("ascii", "replace"))


def _sent(url: str, body: bytes) -> tuple[str, bool]:
    """Why it did not arrive, "" where it did, and whether to try again. No redirect is followed:
    what it leads to may be a login page, which answers 200 to anything."""
    import http.client
    import urllib.error
    import urllib.request

    from homelab.net import failures, trust

    class Straight(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    headers = {"User-Agent": f"homelab/{__version__}", "Content-Type": "text/plain"}
    if not body:
        del headers["Content-Type"]
    request = urllib.request.Request(url, data=body or None, headers=headers)
    opening: list[Any] = [Straight]
    if url.startswith("https"):
        opening.append(urllib.request.HTTPSHandler(context=trust.verified()))
    try:
        with urllib.request.build_opener(*opening).open(request, timeout=_ONE) as answer:
            said = answer.read(100)
    except urllib.error.HTTPError as error:
        error.close()
        if 300 <= error.code < 400:
            return f"HTTP {error.code}, a redirect, which is not followed", False
        return f"HTTP {error.code}", error.code >= 500 or error.code == 429
    except (OSError, http.client.HTTPException, ValueError) as error:
        kind = failures.of(getattr(error, "reason", error))
        words = {
            failures.Timeout: f"no answer within {_ONE:.0f} s",
            failures.LookupFailed: "the name can't be looked up",
            failures.CertificateRefused: "the certificate is not trusted: {reason}",
            failures.TlsFailed: "no TLS is spoken there",
            failures.ConnectionFailed: "{reason}",
            failures.NetworkError: "the answer is not HTTP",
        }
        return kind.words(words)[:180], not isinstance(kind, failures.CertificateRefused)
    # healthchecks.io answers so with 200, and has counted nothing
    return ("the switch does not know this URL" if b"not found" in said else ""), False
