"""The one HTTP client: to Loki, or to the load balancer in front of it.

`url` names Loki; `dial` is the address that the connection goes to (the `lb` setting). The Host
header and the TLS server name stay those of `url`, so a proxy that routes by name finds Loki.
Proxies from the environment are ignored and redirects are not followed: credentials go to the host
in `url` alone.
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
WAIT = 30.0  # s; a heavy query may take long to its first byte
_CHUNK = 1 << 16
_REFUSAL = 1 << 16  # bytes of a refusal that are read; its first words say what is wrong
_KINDS = ("streams", "vector", "matrix", "scalar")
_DATE = 100  # characters of a Date header


class TooLong(Failure):
    """An answer with more bytes or values than its budget allows."""


# Statuses for a request line that is too long: 414 and 431 by definition; haproxy and some others
# answer 400 with a page, or 413.
_TOO_LONG = (414, 431)
_MAYBE_TOO_LONG = (400, 413)
_LONG = 2000  # characters of a URL that every server accepts
_NO_POST = (401, 403, 404, 405, 501)  # a read-only proxy answers a POST with one of these
_FORM = "application/x-www-form-urlencoded"


class Reply:
    """An HTTP answer: `status`, lower-case `headers`, `body` (bytes)."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def date(self) -> int | None:
        """The server's clock in ns, from the Date header (whole seconds); None without one."""
        from email.utils import parsedate_to_datetime

        try:
            date = parsedate_to_datetime(self.headers["date"][:_DATE])
            return int(date.timestamp()) * 1_000_000_000
        except (LookupError, TypeError, ValueError, OverflowError):
            return None

    def wait(self) -> float:
        """How long (s) the server asks to wait before the next try, 0 if it does not: the header
        Retry-After, in seconds or as a date."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return float(text)
        then, now = Reply(0, {"date": text}, b"").date() if text else None, self.date()
        return max(then - now, 0) / 1e9 if then is not None and now is not None else 0.0


class Loki:
    """A client for one Loki. `connect` (s) bounds connecting and the TLS handshake, `wait` (s) each
    wait for a piece of the answer; bounding a whole query is up to the caller, since that takes a
    signal (`homelab.loki.deadline`).

    `headers` are sent with every request (tenant, authorization); `sent` is what they and `files`
    are, in words for messages. `trust`, made from `files`, has
    the CAs and the client's own certificate; None for http.
    """

    def __init__(
        self,
        address: Address,
        headers: Mapping[str, str],
        user_agent: str,
        files: transport.TlsFiles | None = None,
        connect: float = CONNECT,
        wait: float = WAIT,
        sent: diagnosis.Sent = diagnosis.NOTHING,
    ) -> None:
        self.address = address
        self.sent = sent
        self._headers = {"User-Agent": user_agent, **headers}
        self._wait = wait
        self._dated: dict[str, str] = {}  # the Date header of the last answer that has one
        self._posts = False  # send long queries by POST, since a proxy refused them as GET
        self.trust = transport.trust(files or transport.TlsFiles(), wait) if address.tls else None
        self._opener = urllib.request.OpenerDirector()  # bare: no proxies, redirects, cookies, auth
        self._dial = transport.Dial(address, connect, self.trust)
        self._opener.add_handler(self._dial)

    @property
    def identity(self) -> str:
        """Text that tells this Loki and tenant from others."""
        tenant = self._headers.get("X-Scope-OrgID", "")
        return "{} {}:{} {}".format(self.address.base, *self.address.dial, tenant)

    def date(self) -> int | None:
        """The server's clock at its last answer, as in `Reply.date`."""
        return Reply(0, self._dated, b"").date()

    def hang_up(self, thread: int) -> None:
        """Break off the request of a thread (by `threading.get_ident`): Failure is raised in that
        thread."""
        self._dial.hang_up(thread)

    def result(
        self,
        path: str,
        parameters: Mapping[str, str | int],
        budget: Budget | None = None,
        kinds: tuple[str, ...] = _KINDS,
        counted: bool = False,
    ) -> tuple[str, list[Any]]:
        """Send a query; returns its result type (one of `kinds`) and its series. If `counted`, each
        sample must be a count. Raises Failure as `ask` does."""
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
        """Send a query that counts, at one moment or over a range; returns its series. Raises
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
        """The values of a label, from the index; empty if `label` can't be the name of one. Raises
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
        """Request `path` below the API and return the answer's `data`, None if it has none. A
        parameter with a list is sent once for each item. `budget` is shared by answers that are
        held together; without it the answer has its own. A query that is too long for a proxy in
        front of Loki is sent as a form, which Loki accepts on all paths used here.

        Raises Failure: 69 unreachable, 77 refused, 2 if Loki refuses the query; TooLong if the
        answer exceeds the budget.
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
            query = asked if isinstance(asked, str) else ""  # Loki names none of several
            refusal = refusals.of_text(self.address, reply.status, body, query)
            if refusal:
                refusal.wait = reply.wait()
                raise refusal
        raise self.refusal(reply)

    def refusal(self, reply: Reply) -> Failure:
        """The failure for a reply that is not one of Loki's."""
        body = reply.body[:_REFUSAL]
        failure = diagnosis.of_answer(self.address, reply.status, reply.headers, body, self.sent)
        failure.status = reply.status
        failure.words = body.decode("utf-8", "replace")
        failure.wait = reply.wait()
        return failure

    def _replied(self, path: str, query: str, budget: Budget) -> Reply:
        """The reply to a query, sent by GET unless that was too long for a server on the way: a
        proxy may allow only reading, and takes a POST for writing."""
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
        """The head of a request as it would be sent, one header per line, with `(secret)` for
        credentials."""
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
        without_credentials: bool = False,
    ) -> Reply:
        """Send one request and return the reply, whatever its status. Raises Failure (69) if no
        complete answer came.

        `connected` is called once the connection is made and before anything is sent: an error
        before it means that the server got nothing. With `enough`, at most this many bytes of the
        answer are read, and no more than a refusal needs if the status is not 200; an answer over
        `longest` bytes raises TooLong. `headers` are added for this request; `without_credentials`
        leaves user and token out. With `keep`, the connection is reused by the next request with
        `keep`, and if no answer comes for long, the request is sent again on another connection
        (`homelab.loki.hedge`): only for requests that change nothing.
        """
        named = {**self._headers, **(headers or {})}
        if without_credentials:
            named.pop("Authorization", None)
        request = transport.Request(
            self.address.base + target, data=body, headers=named, method=method
        )
        if body is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        request.keep = keep
        request.on_connect = connected
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
            raise diagnosis.of_error(self.address, reason, self.sent) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise diagnosis.of_error(self.address, error, self.sent) from error
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
        if answer.length:  # announced bytes that never came
            raise http.client.IncompleteRead(b"", answer.length)
        return bytes(body)


def is_label(name: str) -> bool:
    """Whether a name can be a label's: nothing else goes into the path of a URL."""
    return name.isascii() and name.isidentifier()


def _is_text(value: object) -> bool:
    return isinstance(value, str)
