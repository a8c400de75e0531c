"""The one HTTP client: to Loki, or to the load balancer in front of it.

`url` names Loki; `dial` is the address that the connection really goes to (the `lb` setting). Host
header and TLS server name stay those of `url`, so that a proxy that routes by name finds Loki. No
proxy of the environment is used, and no redirect is followed: credentials go to `url`'s host alone.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request

from homelab.errors import UNREACHABLE, Failure
from homelab.loki import answer_shape, diagnosis, transport
from homelab.loki.address import Address
from homelab.loki.answer_size import LONGEST, Budget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

CONNECT = 5.0  # s
WAIT = 30.0  # s; a heavy query has no first byte for long
_CHUNK = 1 << 16
_REFUSAL = 1 << 16  # bytes that are read of a refusal; it is said in its first words
_KINDS = ("streams", "vector", "matrix", "scalar")
_DATE = 100  # characters of a Date header


class TooLong(Failure):
    """An answer that holds more than it may: bytes, or values."""


# What is said of a request line that is too long: 414 and 431 by their meaning; haproxy and some
# others say 400 with a page, or 413.
_TOO_LONG = (414, 431)
_MAYBE_TOO_LONG = (400, 413)
_LONG = 2000  # characters of a URL that everybody takes
_NO_POST = (401, 403, 404, 405, 501)  # what a proxy that lets nobody write says of a POST
_FORM = "application/x-www-form-urlencoded"


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
            date = parsedate_to_datetime(self.headers["date"][:_DATE])
            return int(date.timestamp()) * 1_000_000_000
        except (LookupError, TypeError, ValueError, OverflowError):
            return None

    def wait(self) -> float:
        """How long (s) the other side asks to wait before the next try, 0 where it does not: the
        header Retry-After, of seconds or a date."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return float(text)
        then, now = Reply(0, {"date": text}, b"").date() if text else None, self.date()
        return max(then - now, 0) / 1e9 if then is not None and now is not None else 0.0


class Loki:
    """One Loki. `connect` (s) bounds the connecting with its TLS handshake, `wait` (s) each wait
    for a piece of the answer; a bound on a whole question is the caller's, since that takes a
    signal (`homelab.loki.deadline`).

    `headers` are sent with every request (tenant, authorization). `trust` is what a certificate is
    held against, with the client's own certificate, from `files`; None for http.
    """

    def __init__(
        self,
        address: Address,
        headers: Mapping[str, str],
        user_agent: str,
        files: transport.TlsFiles | None = None,
        connect: float = CONNECT,
        wait: float = WAIT,
    ) -> None:
        self.address = address
        self._headers = {"User-Agent": user_agent, **headers}
        self._wait = wait
        self._dated: dict[str, str] = {}  # the header of the last answer that has one
        self._posts = False  # long questions, since a proxy took them no other way
        self.trust = transport.trust(files or transport.TlsFiles(), wait) if address.tls else None
        self._opener = urllib.request.OpenerDirector()  # bare: no proxies, redirects, cookies, auth
        self._dial = transport.Dial(address, connect, self.trust)
        self._opener.add_handler(self._dial)

    @property
    def identity(self) -> str:
        """What tells this Loki, and the tenant in it, from others."""
        tenant = self._headers.get("X-Scope-OrgID", "")
        return "{} {}:{} {}".format(self.address.base, *self.address.dial, tenant)

    def date(self) -> int | None:
        """The other side's clock at its last answer, as `Reply.date` tells it."""
        return Reply(0, self._dated, b"").date()

    def hang_up(self, thread: int) -> None:
        """Break off what a thread (by `threading.get_ident`) asks: Failure is raised there."""
        self._dial.hang_up(thread)

    def result(
        self,
        path: str,
        parameters: Mapping[str, str | int],
        budget: Budget | None = None,
        kinds: tuple[str, ...] = _KINDS,
        counted: bool = False,
    ) -> tuple[str, list[Any]]:
        """Ask a query; returns its result type (one of `kinds`) and its series. If `counted`, each
        sample is the number of something. Raises Failure as `ask` does."""
        data = self.ask(path, parameters, budget)
        try:
            kind, result = data["resultType"], data["result"]
            if kind in kinds and answer_shape.is_well_formed(kind, result, counted):
                return kind, result
            if kind in _KINDS and kind not in kinds and answer_shape.is_well_formed(kind, result):
                raise diagnosis.other_kind(self.address, kind, kinds)
            if kind in kinds and counted and answer_shape.is_well_formed(kind, result):
                raise diagnosis.no_count(self.address, answer_shape.no_count(kind, result))
        except (TypeError, KeyError, ValueError, OverflowError):
            pass
        raise diagnosis.not_loki(self.address)

    def counts(
        self, path: str, parameters: Mapping[str, str | int], budget: Budget | None = None
    ) -> list[Any]:
        """Ask a query that counts, at one moment or over a range; returns its series. Raises
        Failure as `ask` does."""
        kind = "matrix" if path == "query_range" else "vector"
        return self.result(path, parameters, budget, (kind,), counted=True)[1]

    def series(
        self, parameters: Mapping[str, str | int | list[str]], budget: Budget | None = None
    ) -> list[dict[str, str]]:
        """The labels of each stream that matches, from the index. Raises Failure as `ask` does."""
        return self._list("series", parameters, budget, answer_shape.is_labels)

    def labels(
        self, parameters: Mapping[str, str | int], budget: Budget | None = None
    ) -> list[str]:
        """The names of labels, from the index. Raises Failure as `ask` does."""
        return self._list("labels", parameters, budget, _is_text)

    def values(
        self, label: str, parameters: Mapping[str, str | int], budget: Budget | None = None
    ) -> list[str]:
        """The values of a label, from the index; none of what can't be a label's name. Raises
        Failure as `ask` does."""
        if not is_label(label):
            return []
        return self._list(f"label/{label}/values", parameters, budget, _is_text)

    def _list(
        self,
        path: str,
        parameters: Mapping[str, str | int | list[str]],
        budget: Budget | None,
        fits: Callable[[Any], bool],
    ) -> list[Any]:
        found = self.ask(path, parameters, budget) or []
        if isinstance(found, list) and all(map(fits, found)):
            return found
        raise diagnosis.not_loki(self.address)

    def ask(
        self,
        path: str,
        parameters: Mapping[str, str | int | list[str]],
        budget: Budget | None = None,
    ) -> Any:
        """Ask `path` below the API and return the answer's `data`, None where it has none. A list
        is a parameter that is there several times. `budget` is for answers that are held together;
        without it this one has one of its own. What is too long for a proxy in front of Loki goes
        as a form, which Loki takes alike on all paths that are asked here.

        Raises Failure: 69 out of reach, 77 refused, 2 where Loki refuses the question; TooLong
        where the answer is over the budget.
        """
        budget = budget or Budget()
        query = urllib.parse.urlencode(parameters, doseq=True, errors="replace")
        reply = self._replied(f"/loki/api/v1/{urllib.parse.quote(path)}", query, budget)
        try:
            if reply.status == 200:
                if not budget.spend(reply.body):
                    raise self._too_long("many values")
                document = answer_shape.parsed(reply.body)
                if document["status"] == "success":
                    return document.get("data")
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        body = reply.body[:_REFUSAL]
        if not diagnosis.is_anothers(reply.status, reply.headers, body):
            from homelab.loki import refusals

            asked = parameters.get("query", parameters.get("match[]", ""))
            query = asked if isinstance(asked, str) else ""  # of several nobody says which it is
            refusal = refusals.of_text(self.address, reply.status, body, query)
            if refusal:
                refusal.wait = reply.wait()
                raise refusal
        failure = diagnosis.of_answer(self.address, reply.status, reply.headers, body)
        failure.status = reply.status
        failure.words = body.decode("utf-8", "replace")
        failure.wait = reply.wait()
        raise failure

    def _replied(self, path: str, query: str, budget: Budget) -> Reply:
        """The reply to a question, asked by GET unless that was too long for somebody: a proxy may
        let nobody but readers through, and takes a POST for writing."""
        longest = min(budget.bytes, LONGEST)
        long = len(path) + len(query) > _LONG
        if not (long and self._posts):
            reply = self.request("GET", f"{path}?{query}", longest=longest, keep=True)
            maybe = reply.status in _MAYBE_TOO_LONG and diagnosis.is_page(reply.headers, reply.body)
            if not (reply.status in _TOO_LONG or (long and maybe)):
                return reply
        form = self.request(
            "POST",
            path,
            query.encode("ascii"),
            longest=longest,
            headers={"Content-Type": _FORM},
            keep=True,
        )
        if form.status in _NO_POST and not self._posts:
            return reply
        self._posts = True
        return form

    def _too_long(self, what: str) -> TooLong:
        return TooLong(
            UNREACHABLE,
            f"{self.address}: the answer is too large ({what}); ask for a shorter time, for fewer"
            " lines, or narrow the selector",
        )

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
        longest: int = LONGEST,
        headers: Mapping[str, str] | None = None,
        keep: bool = False,
    ) -> Reply:
        """One request, whatever its status. Raises Failure (69) where no whole answer came.

        `connected` is called when the connection stands and nothing is sent yet: what fails before
        it never reached the other side. With `enough` no more than so many bytes of the answer are
        read, and no more than a refusal needs where the status is not 200; an answer over `longest`
        bytes raises TooLong. `headers` are added for this request. With `keep` the connection is
        left to the next one that is kept, and where no answer comes for long, the request is sent
        again on another one (`homelab.loki.hedge`): only for what changes nothing.
        """
        request = transport.Request(
            self.address.base + target,
            data=body,
            headers={**self._headers, **(headers or {})},
            method=method,
        )
        if body is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        request.keep = keep
        request.standing = connected
        whole = False
        try:
            with self._opener.open(request, timeout=self._wait) as answer:
                came = {name.lower(): value for name, value in answer.headers.items()}
                if "date" in came:
                    self._dated = {"date": came["date"]}
                if answer.status != 200:
                    enough = enough or _REFUSAL
                content = answer.read(enough) if enough else self._whole(answer, longest)
                whole = answer.isclosed()
                return Reply(answer.status, came, content)
        except urllib.error.URLError as error:
            reason = error.reason if isinstance(error.reason, OSError) else error
            raise diagnosis.of_error(self.address, reason) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise diagnosis.of_error(self.address, error) from error
        finally:
            self._dial.done(whole)

    def _whole(self, answer: Any, longest: int) -> bytes:
        body = bytearray()
        while True:
            chunk = answer.read(_CHUNK)
            if not chunk:
                break
            body += chunk
            if len(body) > longest:
                raise self._too_long(f"over {LONGEST >> 20} MiB")
        if answer.length:  # bytes that were announced and never came
            raise http.client.IncompleteRead(b"", answer.length)
        return bytes(body)


def is_label(name: str) -> bool:
    """Whether a name can be a label's: nothing else goes into the path of a URL."""
    return name.isascii() and name.isidentifier()


def _is_text(value: object) -> bool:
    return isinstance(value, str)
