"""The calls of a session, from the line that requests one to its reply.

The thread that reads also answers every request that needs no waiting; up to MOST other threads
wait for one call each, so that a ping or a cancellation is answered whatever the calls do.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from homelab.mcp import protocol, results
from homelab.mcp.find_and_run import FIND
from homelab.mcp.lines import LONGEST
from homelab.mcp.protocol import Call, RpcError, Search, Toolset
from homelab.mcp.writer import MessageWriter, ReplyBatch
from homelab.system.child import Cancelled, Child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Optional, Union

    Json = dict[str, object]
    Reply = Callable[[Optional[Json]], None]
    Id = Union[str, int]
    Make = Callable[[Call], Child]

MOST = 8  # calls at once
QUEUE = 1000  # waiting calls
ENDING = 1.0  # s from TERM to KILL when the server ends


class _Flight:
    """A call from its request to its reply. A search has no `child`: it starts no process."""

    def __init__(self, id: Id, call: Call | Search, child: Child | None, reply: Reply) -> None:
        self.id = id
        self.call = call
        self.child = child
        self.reply = reply
        self.name = FIND if isinstance(call, Search) else call.verb.path

    def result(self) -> Json:
        """Wait for the call. Raises Cancelled."""
        if isinstance(self.call, Search):
            return self.call.work()
        assert self.child is not None
        try:
            return results.of_run(self.call.verb, *self.child.run())
        except OSError as error:
            why = error.strerror or str(error)
            return results.of_error(f"{self.name} can't be started: {why}")

    def answer(self, body: Json) -> None:
        """Send the reply."""
        self.reply(protocol.response(self.id, protocol.result(body, self.call.modern)))


class Session:
    """A session: its toolset and the calls in flight. `make` makes the child of a call."""

    def __init__(self, offer: Toolset, make: Make, writer: MessageWriter) -> None:
        self._offer = offer
        self._make = make
        self._writer = writer
        self._change = threading.Condition()
        self._flights: dict[Id, _Flight] = {}  # by the request's id: those without a reply yet
        self._waiting: deque[_Flight] = deque()
        self._children: set[Child] = set()  # the running ones, including cancelled ones
        self._threads: list[threading.Thread] = []
        self._busy = 0  # threads

    def received(self, line: bytes | None) -> None:
        """Handle one line of stdin; None for one that was too long."""
        try:
            if line is None:
                raise RpcError(protocol.PARSE, f"Parse error: a line of more than {LONGEST} bytes")
            if not line.strip():
                return
            message = protocol.parse(line)
        except RpcError as wrong:
            self._writer.send(protocol.error(None, wrong))
            return
        if isinstance(message, list):
            batch = ReplyBatch(len(message), self._writer)
            for each in message:
                self._take(each, batch.add)
        else:
            self._take(message, self._send)

    def finish(self, seconds: float) -> None:
        """Let the running calls finish, for at most `seconds`, and only while someone reads the
        replies."""
        until = time.monotonic() + seconds
        with self._change:
            while self._busy and time.monotonic() < until and not self._writer.over():
                self._change.wait(0.05)

    def end(self) -> None:
        """End the running calls, and send their replies if someone still reads; return when no
        process is left."""
        with self._change:
            flights = list(self._flights.values())
            self._flights.clear()
            self._waiting.clear()
            children = list(self._children)
        for child in children:
            child.end(ENDING)
        for flight in flights:
            why = "stopped, because stdin has ended; keep stdin open until the answer arrives"
            flight.answer(results.of_error(f"{flight.name}: {why}"))
        until = time.monotonic() + ENDING + 0.5
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))

    def _send(self, reply: Json | None) -> None:
        if reply is not None:
            self._writer.send(reply)

    def _take(self, message: object, reply: Reply) -> None:
        id: Id | None = None
        try:
            kind, id = protocol.kind(message)
            assert isinstance(message, dict)
            if kind == "notification":
                self._cancel(protocol.cancelled(message))
            if id is None:
                reply(None)
                return
            if id in self._flights:
                id = None  # an error with that id would look like the answer of the running call
                raise RpcError(
                    protocol.INVALID_REQUEST, "Invalid request: a request with this id is running"
                )
            answer = protocol.answer(message, self._offer)
        except RpcError as wrong:
            reply(protocol.error(id, wrong))
            return
        if isinstance(answer, (Call, Search)):
            self._call(id, answer, reply)
        else:
            reply(protocol.response(id, answer))

    def _call(self, id: Id, call: Call | Search, reply: Reply) -> None:
        child, refused = None, ""
        if isinstance(call, Call):
            child, refused = self._make(call), call.refused
        flight = _Flight(id, call, child, reply)
        if len(self._waiting) >= QUEUE:
            refused = f"{QUEUE} calls wait already; wait for their answers first"
        if refused:
            flight.answer(results.of_error(refused))
            return
        with self._change:
            self._flights[id] = flight
            self._waiting.append(flight)
            if self._busy < MOST:
                self._busy += 1
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(threading.Thread(target=self._work, daemon=True))
                self._threads[-1].start()

    def _cancel(self, value: object) -> None:
        """Cancel a request, which then gets no reply; an unknown or finished one is ignored."""
        try:
            id = protocol.identity(value)
        except RpcError:
            return
        with self._change:
            flight = self._flights.pop(id, None)
            if flight is None:
                return
            if flight in self._waiting:
                self._waiting.remove(flight)
        if flight.child is not None:
            flight.child.end()
        flight.reply(None)

    def _work(self) -> None:
        """Do a thread's work: handle calls as long as any wait."""
        while True:
            with self._change:
                if not self._waiting:
                    self._busy -= 1
                    self._change.notify_all()
                    return
                flight = self._waiting.popleft()
                if flight.child is not None:
                    self._children.add(flight.child)
            body: Json = {}
            try:
                body = flight.result()
            except Cancelled:
                pass
            except Exception as error:
                body = results.of_error(f"a bug in homelab: {type(error).__name__}: {error}")
            with self._change:
                if flight.child is not None:
                    self._children.discard(flight.child)
                mine = self._flights.get(flight.id) is flight
                if mine:
                    del self._flights[flight.id]
            if mine:
                flight.answer(body)
