"""`logs tail`: no gap and no double, whatever happens to the connection; its user ends it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from email.utils import formatdate

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from hypothesis import given
from hypothesis import strategies as st
from support.following import tailing
from support.reading import Sink, until
from support.world import World

from homelab.logs import follow as follower
from homelab.logs.search import Search
from homelab.logs.seen import Seen
from homelab.loki.address import Address
from homelab.loki.client import Loki
from homelab.loki.deadline import Deadline

SECOND = 10**9


def test_history_first_then_what_comes(sink: Sink, world: World) -> None:
    now = time.time_ns()
    old = [(now - 900 * SECOND + n, f"old {n}") for n in range(5)]
    sink.push({"job": sink.job}, [*old, (now - 2 * SECOND, "last")])
    with tailing(world, sink.url, "--job", sink.job, "-n", "3") as tail:
        assert tail.shows("old 3", "old 4", "last")
        for number in range(3):
            sink.push({"job": sink.job}, [(time.time_ns(), f"new {number}")])
        sink.push({"job": sink.job, "app": "plex"}, [(time.time_ns() + 30 * SECOND, "ahead")])
        shown = ["old 3", "old 4", "last", "new 0", "new 1", "new 2", "ahead"]
        assert tail.shows(*shown)
        sink.push({"job": sink.job}, [(time.time_ns() - 60 * SECOND, "late")])
        assert tail.shows(*shown, "late", seconds=30)  # found by a deep query
        assert tail.ended() == -signal.SIGINT
        assert tail.out == [*shown, "late"]
        assert tail.err == []


def test_it_ends_by_itself_after_a_while(sink: Sink, world: World) -> None:
    sink.push({"job": sink.job}, [(time.time_ns() - n, f"n{n}") for n in (3, 2, 1)])
    words = ("logs", "tail", "--job", sink.job, "-n", "0", "--for", "2s")
    begun = time.monotonic()
    done = world.run(*words, HOMELAB_LOKI_URL=sink.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - begun >= 2
    words = ("logs", "tail", "--job", sink.job, "-n", "2", "--for", "1s")
    done = world.run(*words, "--json", HOMELAB_LOKI_URL=sink.url)
    assert [json.loads(line)["line"] for line in done.stdout.splitlines()] == ["n2", "n1"]


def test_history_goes_no_further_back_than_asked(sink: Sink, world: World) -> None:
    now = time.time_ns()
    sink.push({"job": sink.job}, [(now - 200 * SECOND, "old"), (now - 20 * SECOND, "young")])
    words = ("logs", "tail", "--job", sink.job, "--since", "1m", "--for", "1s", "--output", "raw")
    done = world.run(*words, HOMELAB_LOKI_URL=sink.url)
    assert (done.returncode, done.stdout) == (0, "young\n")


def test_a_loki_that_goes_and_comes_back(world: World) -> None:
    """Loki's port is closed, then it answers with errors, then it works again, with new lines all
    the time."""
    with FakeLoki() as loki:
        sink = Sink(loki.url)
        sink.push({"job": "x"}, [(time.time_ns(), "one")])
        port, store = loki.port, loki.store
        follower = tailing(world, sink.url, '{job="x"}')
        tail = follower.__enter__()
        assert tail.shows("one")
    assert tail.says("is out of reach: connection refused")
    with FakeLoki(port=port) as loki:
        loki.store = store
        loki.hook = _broken
        for number in range(3):
            sink.push({"job": "x"}, [(time.time_ns(), f"meanwhile {number}")])
        asked = len(loki.requests)
        assert until(lambda: len(loki.requests) > asked + 1, 20)
        assert tail.out == ["one"]
        loki.hook = None
        assert tail.says("Loki is back after")
        assert tail.shows("one", *(f"meanwhile {number}" for number in range(3)))
        sink.push({"job": "x"}, [(time.time_ns(), "two")])
        assert until(lambda: "two" in tail.out)
        assert len(tail.out) == 5
        assert [line.partition(" ")[0] for line in tail.err] == ["homelab:"] * 2
        assert tail.ended(signal.SIGTERM) == -signal.SIGTERM
    follower.__exit__(None, None, None)


def _broken(request: Request) -> Answer | None:
    return None if request.method == "POST" else Answer(500, "text/plain", b"empty ring\n")


def test_what_fails_at_once_is_a_failure(world: World, loki: FakeLoki) -> None:
    done = world.run("logs", "tail", "{a=}", HOMELAB_LOKI_URL=loki.url)
    assert done.returncode == 2
    done = world.run("logs", "tail", '{a="b"}', HOMELAB_LOKI_URL="http://127.0.0.1:1")
    assert done.returncode == 69


def test_a_reader_that_has_gone_while_nothing_comes(world: World, loki: FakeLoki) -> None:
    Sink(loki.url).push({"job": "x"}, [(time.time_ns(), "one")])
    with subprocess.Popen(
        [world.pyz, "logs", "tail", '{job="x"}', "--output", "raw"],
        env={**world.env, "HOMELAB_LOKI_URL": loki.url}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "one\n"
        process.stdout.close()
        assert process.wait(10) == -signal.SIGPIPE
        assert process.stderr.read() == ""


ENTRIES = st.lists(
    st.tuples(st.sampled_from(["plex", "nas"]), st.integers(0, 3), st.sampled_from("ab")),
    max_size=12,
)


@given(st.lists(ENTRIES, max_size=6))
def test_what_is_read_again_is_told_once(reads: list[list[tuple[str, int, str]]]) -> None:
    """Equal entries are told apart by their number."""
    seen = Seen()
    told: list[tuple[str, int, str]] = []
    for read in reads:
        look = seen.look()
        found = look.fresh([({"app": app}, at * SECOND, line) for app, at, line in read])
        told += [(labels["app"], at // SECOND, line) for labels, at, line in found]
    for entry in {entry for read in reads for entry in read}:
        assert told.count(entry) == max(read.count(entry) for read in reads)


def test_a_busy_log_begins_at_once(loki: FakeLoki, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not read all of the minutes before to begin with; older lines that it skipped are not
    new."""
    monkeypatch.setattr(follower, "DEEPEST", 30)
    now = time.time_ns()
    sink = Sink(loki.url)
    sink.push({"job": "x"}, [(now - n * SECOND // 10, f"old {n}") for n in range(200)])
    client = Loki(Address(loki.url), {}, "test")
    asked = Search(client, '{job="x"}', now - 3600 * SECOND, now, Deadline(30, "it"))
    following = follower.Follower(asked, time.time_ns, print)
    assert [entry[2] for entry in following.history(3)] == ["old 2", "old 1", "old 0"]
    for number in range(3):
        sink.push({"job": "x"}, [(time.time_ns(), f"new {number}")])
        found = [entry[2] for batch in following.new() for entry in batch]
        assert found == [f"new {number}"]


def test_a_clock_that_is_set(loki: FakeLoki) -> None:
    """Forward and back again, by hours: new lines are shown, and none twice."""
    sink = Sink(loki.url)
    ahead = 0
    client = Loki(Address(loki.url), {}, "test")
    now = time.time_ns()
    asked = Search(client, '{job="x"}', now - 3600 * SECOND, now, Deadline(30, "it"))
    sink.push({"job": "x"}, [(now - SECOND, "old")])
    following = follower.Follower(asked, lambda: time.time_ns() + ahead, print)
    assert [entry[2] for entry in following.history(3)] == ["old"]
    for hours in (0, 5, 5, -3, -3, 0):
        ahead = hours * 3600 * SECOND
        text = f"at {hours}, {time.time_ns()}"
        sink.push({"job": "x"}, [(time.time_ns(), text)])
        assert [entry[2] for batch in following.new() for entry in batch] == [text]


def test_the_clock_of_a_loki_that_was_away(loki: FakeLoki) -> None:
    """Loki comes back with its clock an hour behind, and its new lines are stamped by that
    clock."""
    sink = Sink(loki.url)
    said: list[str] = []
    client = Loki(Address(loki.url), {}, "test")
    now = time.time_ns()
    asked = Search(client, '{job="x"}', now - 3600 * SECOND, now, Deadline(30, "it"))
    following = follower.Follower(asked, time.time_ns, said.append)
    assert following.history(3) == []
    loki.hook = _broken
    assert list(following.new()) == []
    assert len(said) == 1
    hour = 3600 * SECOND

    def behind(request: Request) -> Answer | None:
        if not request.path.endswith("buildinfo"):
            return None
        stamp = formatdate((time.time_ns() - hour) / SECOND, usegmt=True)
        return loki.answer(request)._replace(headers=(("Date", stamp),))

    loki.hook = behind
    for number in range(2):
        sink.push({"job": "x"}, [(time.time_ns() - hour, f"n{number}")])
        assert [entry[2] for batch in following.new() for entry in batch] == [f"n{number}"]
    assert "Loki is back after" in said[1]
