"""The one HTTP client: to Loki, or to the load balancer in front of it.

`url` names Loki; `dial` is the address that the connection really goes to (the `lb` setting). Host
header and TLS server name stay those of `url`, so that a proxy that routes by name finds Loki. No
proxy of the environment is used, and no redirect is followed: credentials go to `url`'s host alone.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request

from homelab.errors import UNREACHABLE, Failure
from homelab.loki import answer_shape, diagnosis, transport
from homelab.loki.address import Address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

LONGEST_ANSWER = 256 * 1024 * 1024  # bytes; 5,000 lines of Loki's largest size fit
CONNECT = 5.0  # s
WAIT = 30.0  # s; a heavy query has no first byte for long
_CHUNK = 1 << 16


class TooLong(Failure):
    """An answer that is longer than it may be."""


class Reply:
    """What came back: `status`, lower-case `headers`, `body` (bytes)."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def date(self) -> int | None:
        """The other side's clock in ns, from the Date header (whole seconds); None without one."""
        from email.utils import parsedate_to_datetime

        try:
            return int(parsedate_to_datetime(self.headers["date"]).timestamp()) * 1_000_000_000
        except (KeyError, TypeError, ValueError, OverflowError):
            return None


class Loki:
    """One Loki. `connect` (s) bounds the connecting with its TLS handshake, `wait` (s) each wait
    for a piece of the answer; a bound on a whole question is the caller's, since that takes a
    signal (`homelab.loki.deadline`).

    `headers` are sent with every request (tenant, authorization). `trust` is what a certificate is
    held against, None for http.
    """

    def __init__(
        self,
        address: Address,
        headers: Mapping[str, str],
        user_agent: str,
        ca_file: str = "",
        connect: float = CONNECT,
        wait: float = WAIT,
    ) -> None:
        self.address = address
        self._headers = {"User-Agent": user_agent, **headers}
        self._wait = wait
        self._connected: Callable[[], None] = _nothing
        self.trust = transport.trust(ca_file, wait) if address.tls else None
        self._opener = urllib.request.OpenerDirector()  # bare: no proxies, redirects, cookies, auth
        self._opener.add_handler(transport.Dial(address, connect, self._standing, self.trust))

    def _standing(self) -> None:
        self._connected()

    def result(
        self, path: str, parameters: Mapping[str, str | int], longest: int = LONGEST_ANSWER
    ) -> tuple[str, list[Any]]:
        """Ask a query; returns its result type (`streams`, `vector`, `matrix`, `scalar`) and its
        series. Raises Failure as `ask` does."""
        data = self.ask(path, parameters, longest)
        try:
            kind, result = data["resultType"], data["result"]
            if answer_shape.is_well_formed(kind, result):
                return kind, result
        except (TypeError, KeyError, ValueError):
            pass
        raise diagnosis.not_loki(self.address)

    def series(self, parameters: Mapping[str, str | int | list[str]]) -> list[dict[str, str]]:
        """The labels of each stream that matches, from the index. Raises Failure as `ask` does."""
        return self._list("series", parameters, dict)

    def names(self, path: str, parameters: Mapping[str, str | int]) -> list[str]:
        """Names or values of labels, from the index. Raises Failure as `ask` does."""
        return self._list(path, parameters, str)

    def _list(
        self, path: str, parameters: Mapping[str, str | int | list[str]], kind: type
    ) -> list[Any]:
        found = self.ask(path, parameters) or []
        if isinstance(found, list) and all(isinstance(one, kind) for one in found):
            return found
        raise diagnosis.not_loki(self.address)

    def ask(
        self,
        path: str,
        parameters: Mapping[str, str | int | list[str]],
        longest: int = LONGEST_ANSWER,
    ) -> Any:
        """GET `path` below the API and return the answer's `data`, None where it has none. A list
        is a parameter that is there several times.

        Raises Failure: 69 out of reach, 77 refused, 2 where Loki refuses the question; TooLong
        where the answer is over `longest` bytes.
        """
        query = urllib.parse.urlencode(parameters, doseq=True)
        reply = self.request("GET", f"/loki/api/v1/{path}?{query}", longest=longest)
        try:
            if reply.status == 200:
                document = json.loads(reply.body)
                if document["status"] == "success":
                    return document.get("data")
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        if not diagnosis.is_anothers(reply.status, reply.headers, reply.body):
            from homelab.loki import refusals

            asked = parameters.get("query", parameters.get("match[]", ""))
            query = asked if isinstance(asked, str) else ""  # of several nobody says which it is
            refusal = refusals.of_text(self.address, reply.status, reply.body, query)
            if refusal:
                raise refusal
        failure = diagnosis.of_answer(self.address, reply.status, reply.headers, reply.body)
        failure.status = reply.status
        failure.words = reply.body.decode("utf-8", "replace")
        raise failure

    def shown(self, method: str, target: str, body: bytes) -> str:
        """A request's head as it would be sent, each header on a line; credentials `(secret)`."""
        headers = {
            "Host": self.address.base.split("/")[2],
            "Accept-Encoding": "identity",
            "Connection": "close",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **self._headers,
        }
        if "Authorization" in headers:
            headers["Authorization"] = headers["Authorization"].split(" ")[0] + " (secret)"
        through = " (through {}:{})".format(*self.address.dial) if self.address.dialled else ""
        lines = [f"{method} {self.address.shown}{target}{through}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\n".join(lines) + "\n"

    def request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        connected: Callable[[], None] | None = None,
        enough: int = 0,
        longest: int = LONGEST_ANSWER,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request, whatever its status. Raises Failure (69) where no whole answer came.

        `connected` is called when the connection stands and nothing is sent yet: what fails before
        it never reached the other side. With `enough` no more than so many bytes of the answer are
        read; an answer over `longest` bytes raises TooLong. `headers` are added for this request.
        """
        self._connected = connected or _nothing
        request = urllib.request.Request(
            self.address.base + target,
            data=body,
            headers={**self._headers, **(headers or {})},
            method=method,
        )
        if body is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=self._wait) as answer:
                came = {name.lower(): value for name, value in answer.headers.items()}
                content = answer.read(enough) if enough else _whole(answer, self.address, longest)
                return Reply(answer.status, came, content)
        except urllib.error.URLError as error:
            reason = error.reason if isinstance(error.reason, OSError) else error
            raise diagnosis.of_error(self.address, reason) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise diagnosis.of_error(self.address, error) from error


def _nothing() -> None:
    pass


def _whole(answer: Any, address: Address, longest: int) -> bytes:
    chunks, size = [], 0
    while True:
        chunk = answer.read(_CHUNK)
        if not chunk:
            break
        size += len(chunk)
        if size > longest:
            raise TooLong(
                UNREACHABLE, f"{address}: the answer is over {longest >> 20} MiB; ask for less"
            )
        chunks.append(chunk)
    if answer.length:  # bytes that were announced and never came
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(chunks)
