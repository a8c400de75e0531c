"""Temporary failures: all reading asks again, by one rule."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Callable

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.reading import Sink
from support.world import World

from homelab.errors import UNREACHABLE, Failure
from homelab.loki.client import Reply
from homelab.loki.deadline import Deadline, TooSlow
from homelab.loki.patience import Patience

TEXT = "text/plain; charset=utf-8"
SECOND = 10**9
PASSING = (
    Answer(500, TEXT, b"context canceled"),
    Answer(499, TEXT, b"The request was cancelled by the client."),
    Answer(429, TEXT, b"too many outstanding requests", (("Retry-After", "0"),)),
    Answer(502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>"),
    Answer(503, "text/html", b"<html>"),
    Answer(504, TEXT, b"Gateway Timeout"),
    Answer(429, "text/html", b"<html><h1>429 Too Many Requests</h1></html>"),
    Answer(0, None, b""),
)


def failed(status: int, words: str = "", wait: float = 0.0, broken: bool = False) -> Failure:
    failure = Failure(UNREACHABLE, f"{status}, {words}")
    failure.status, failure.words, failure.wait, failure.broken = status, words, wait, broken
    return failure


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits (s), without waiting."""
    waits: list[float] = []
    monkeypatch.setattr("homelab.loki.patience.time.sleep", waits.append)
    return waits


def asking(*failures: Failure, said: list[str] | None = None) -> str:
    """The answer of a Patience to a question that fails with these failures before it is
    answered."""
    left = list(failures)

    def question() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    bound = Deadline(30.0, "Loki")
    return Patience(None if said is None else said.append).ask(question, bound)


def test_what_passes_is_asked_again_and_what_does_not_is_told_at_once(waited: list[float]) -> None:
    """C16."""
    assert asking(failed(500, "context canceled"), failed(499), failed(0, broken=True)) == "answer"
    assert waited == [0.1, 0.3, 0.8]
    refused = (
        failed(0),  # nobody listens
        failed(404),
        failed(500, "rpc error: trying to send message larger than max (9 vs. 8)"),
        failed(429, "maximum number of series (500) reached for a single query"),
        TooSlow(UNREACHABLE, "no whole answer"),
        Failure(2, "refused"),
    )
    for failure in refused:
        with pytest.raises(Failure) as raised:
            asking(failure)
        assert raised.value is failure
    assert len(waited) == 3


def test_the_tries_are_bounded_and_the_last_failure_is_told(waited: list[float]) -> None:
    """C16."""
    failures = [failed(503, f"try {number}") for number in range(9)]
    with pytest.raises(Failure, match="503, try 3"):
        asking(*failures)
    assert sum(waited) < 2


def test_a_wait_that_was_asked_for_is_kept_and_told_and_bounded(waited: list[float]) -> None:
    """C3."""
    said: list[str] = []
    assert asking(failed(429, "slow down", wait=7.0), said=said) == "answer"
    assert waited == [7.0]
    assert said == ["429, slow down (next try in 7 s)"]
    with pytest.raises(Failure, match="429"):  # the deadline leaves no more than 30 s
        asking(failed(429, wait=31.0))
    assert waited == [7.0]


def test_time_that_goes_by_asking_again_is_not_the_cause(waited: list[float]) -> None:
    """C16: the sentence names the first failure."""
    with pytest.raises(Failure, match="503, down"):
        asking(failed(503, "down"), TooSlow(UNREACHABLE, "no whole answer within 30 s"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), ("Sun, 29 Nov 2026 02:00:10 GMT", 10.0), ("Sun, 29 Nov 2026 01:00:00 GMT", 0.0),
     ("", 0.0), ("soon", 0.0), ("\u00b2", 0.0), ("-1", 0.0), ("9" * 400, 0.0)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float) -> None:
    """C3, C33."""
    headers = {"retry-after": text, "date": "Sun, 29 Nov 2026 02:00:00 GMT"}
    assert Reply(429, headers, b"").wait() == seconds


@pytest.fixture(scope="module")
def thousand() -> Iterator[tuple[FakeLoki, Sink]]:
    """A Loki with 1200 lines that returns at most 200."""
    with FakeLoki() as loki:
        sink = Sink(loki.url)
        now = time.time_ns()
        numbers = range(1200, 0, -1)
        lines = [(now - number * SECOND, f"level=error n={number}") for number in numbers]
        sink.push({"job": sink.job, "app": "plex"}, lines, {"host": "nas"})
        yield loki, sink


def each_fails_once(answers: tuple[Answer, ...]) -> Callable[[Request], Answer | None]:
    """A hook: every question is refused at first, by one of the answers in turn."""
    seen: set[str] = set()

    def hook(request: Request) -> Answer | None:
        key = f"{request.path} {sorted(request.query.items())}"
        if key in seen or "status" in request.path:
            return None
        seen.add(key)
        return answers[len(seen) % len(answers)]

    return hook


@pytest.mark.parametrize(
    "words",
    [("query", "--all", "--output", "raw"), ("query", "--all", "--output", "raw", "--app", "plex"),
     ("query", "--all", "--output", "raw", "--app", "plex", "--host", "nas"),
     ("errors",), ("count",), ("volume",), ("series",), ("labels", "app"),
     ("tail", "--lines", "1200", "--for", "1s", "--output", "raw")],
)  # fmt: skip
def test_in_all_reading_nothing_is_lost_and_nothing_doubled(
    words: tuple[str, ...], thousand: tuple[FakeLoki, Sink], world: World
) -> None:
    """C16, C3: each question fails once, in a different way each time."""
    loki, sink = thousand
    loki.hook = each_fails_once(PASSING)
    try:
        selector = () if words[0] == "labels" else (f'{{job="{sink.job}"}}',)
        form = () if "raw" in words else ("--json",)
        done = world.run("logs", *words, *selector, *form, HOMELAB_LOKI_URL=loki.url)
    finally:
        loki.hook = None
    assert done.returncode == 0, done.stderr
    if "raw" in words:
        numbers = sorted(int(line.rpartition("=")[2]) for line in done.stdout.splitlines())
        assert numbers == list(range(1, 1201))
        return
    told = json.loads(done.stdout)
    assert len(told["rows"]) == 1
    if words[0] in ("errors", "count"):
        assert told["rows"][0]["lines"] == 1200
