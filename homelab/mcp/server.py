"""The server: reads messages from one descriptor and answers on another, while calls go on."""

from __future__ import annotations

import json
import os
import queue
import threading
import time

from homelab.mcp import protocol, results, tools
from homelab.mcp.calls import PATIENCE, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from homelab.mcp.protocol import Act, Json
    from homelab.verb import Verb

AT_ONCE = 8  # calls; more of them wait
LONGEST = 4 << 20  # bytes of a message
GRACE = 10.0  # s for what goes on when the client has said its last; clients end us after 2 s


class _Answer:
    """Where the answers to one line go: each at once, or those of a batch (2025-03-26) together.
    Every request of it is told of once, with None where it is not to be answered."""

    def __init__(self, send: Callable[[object], None], requests: int = 0) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._missing = requests
        self._batch: list[Json] | None = [] if requests else None

    def give(self, reply: Json | None) -> None:
        if self._batch is None:
            if reply is not None:
                self._send(reply)
            return
        with self._lock:
            self._missing -= 1
            if reply is not None:
                self._batch.append(reply)
            whole = self._missing == 0 and self._batch
        if whole:
            self._send(self._batch)


class Server:
    """`verbs` gives the tools of the moment by name; `command` turns a verb's words into a command
    line; `env` is the environment of calls. Descriptors: `reading`, `writing`."""

    def __init__(
        self,
        verbs: Callable[[], dict[str, Verb]],
        command: Callable[[list[str]], list[str]],
        env: dict[str, str],
        reading: int = 0,
        writing: int = 1,
    ) -> None:
        self._verbs = verbs
        self._command = command
        self._env = env
        self._reading = reading
        self._writing = writing
        self._sending = threading.Lock()
        self._closed = False
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._workers: list[threading.Thread] = []
        self._going: dict[str | int, Call] = {}
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Serve until the client closes its end. Calls that go on then have GRACE to end; whatever
        ends this, none of them is left behind."""
        try:
            for line in self._lines():
                self._take(line)
                if self._closed:
                    return
            end = time.monotonic() + GRACE
            for _ in self._workers:
                self._waiting.put(None)
            for worker in self._workers:
                worker.join(max(0.0, end - time.monotonic()))
        finally:
            self._end()

    def _lines(self) -> Iterator[bytes]:
        """Lines, without their ends; one that is too long is refused and passed over."""
        kept: list[bytes] = []
        size = 0
        while True:
            piece = os.read(self._reading, 1 << 16)
            *whole, last = piece.split(b"\n")
            for part in whole:
                if size + len(part) <= LONGEST:
                    yield b"".join([*kept, part])
                else:
                    what = f"a message is at most {LONGEST >> 20} MiB"
                    self._send(protocol.error(None, protocol.INVALID, what))
                kept, size = [], 0
            size += len(last)
            if size <= LONGEST:
                kept.append(last)
            else:
                kept = []
            if not piece:
                if kept and b"".join(kept).strip():
                    yield b"".join(kept)
                return

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self._send(protocol.error(None, protocol.PARSE, "this is no JSON"))
            return
        batch = isinstance(message, list) and bool(message)
        messages = message if batch else [message]
        acts = [protocol.understood(each) for each in messages]
        asking = sum(act.kind in ("reply", "list", "call") for act in acts)
        answer = _Answer(self._send, asking if batch else 0)
        for act in acts:
            self._do(act, answer)

    def _do(self, act: Act, answer: _Answer) -> None:
        if act.kind == "reply":
            answer.give(act.reply)
        elif act.kind == "list":
            told = [tools.tool(verb) for verb in self._verbs().values()]
            answer.give(protocol.listed(act, told))
        elif act.kind == "call":
            self._begin(act, answer)
        elif act.kind == "cancel" and act.id is not None:
            with self._lock:
                call = self._going.get(act.id)
            if call is not None:
                call.end()

    def _begin(self, act: Act, answer: _Answer) -> None:
        assert act.id is not None
        verb = self._verbs().get(act.name)
        if verb is None:
            what = f"Unknown tool: {act.name[:80]}"
            answer.give(protocol.error(act.id, protocol.PARAMS, what))
            return
        try:
            words = tools.command(verb, act.arguments)
        except ValueError as error:
            answer.give(protocol.result(act, results.wrong(str(error))))
            return
        call = Call()
        with self._lock:
            taken = act.id in self._going
            if not taken:
                self._going[act.id] = call
        if taken:
            what = f"the id {act.id!r} is in use by a call that goes on"
            answer.give(protocol.error(act.id, protocol.INVALID, what))
            return
        self._waiting.put(lambda: self._run(act, verb, words, call, answer))
        if len(self._workers) < AT_ONCE:
            worker = threading.Thread(target=self._work, daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            if job is None:
                return
            job()

    def _run(self, act: Act, verb: Verb, words: list[str], call: Call, answer: _Answer) -> None:
        reply: Json | None = None
        try:
            outcome = call.run(self._command(words), self._env)
            if outcome is not None:
                reply = protocol.result(act, results.of_outcome(verb, outcome))
        except (OSError, ValueError) as error:  # no process to be had, a line too long for it
            reply = protocol.result(act, results.wrong(f"{verb.path} can't be started: {error}"))
        with self._lock:
            if act.id is not None:
                self._going.pop(act.id, None)
        answer.give(reply)

    def _send(self, message: object) -> None:
        """One line, whole. Where the client has gone nothing more is said."""
        line = json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"
        with self._sending:
            if self._closed:
                return
            try:
                while line:
                    line = line[os.write(self._writing, line) :]
            except OSError:
                self._closed = True

    def _end(self) -> None:
        """End every call: by TERM, so that each is counted as ended, then by KILL."""
        with self._lock:
            calls = list(self._going.values())
        for call in calls:
            call.end()
        end = time.monotonic() + PATIENCE
        while self._going and time.monotonic() < end:
            time.sleep(0.02)
        for call in calls:
            call.kill()
