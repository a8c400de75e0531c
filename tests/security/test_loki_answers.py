"""Whatever a hostile or broken Loki sends, a verb ends in time, in little memory, and says why."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Callable, cast

import pytest
from support.hostile import Asked, Hostile, Pieces, answered, raw, result, told
from support.memory import measured
from support.world import World

from homelab.loki import pages
from homelab.loki.address import Address
from homelab.loki.client import Loki
from homelab.loki.deadline import TooSlow
from homelab.output.progress import Progress
from homelab.usage import loki_asking
from homelab.usage.counts import Question
from homelab.usage.from_loki import LokiRuns
from homelab.verbs.logs import tail

if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.logs.follow import Follower
    from homelab.loki.pages import Entry

MOST = 300 << 10  # KiB
BOUND = ("--timeout", "3s")
VERBS = {
    "labels": ("logs", "labels", *BOUND),
    "series": ("logs", "series", *BOUND),
    "query": ("logs", "query", '{app="x"}', *BOUND),
    "samples": ("logs", "query", "sum(rate({a='b'}[1m]))", "--step", "1s", *BOUND),
    "errors": ("logs", "errors", *BOUND),
    "count": ("logs", "count", '{app="x"}', "--by", "app", *BOUND),
    "volume": ("logs", "volume", *BOUND),
    "tail": ("logs", "tail", '{app="x"}', "--for", "1s", *BOUND),
    "top": ("usage", "top"),
    "next": ("usage", "next"),
    "report": ("usage", "report", "-o", "-"),
    "export": ("usage", "export"),
}


def ended(
    world: World, hostile: Hostile, words: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    """Run a verb; check that it prints at most two sentences and takes little memory."""
    env = {**world.env, "HOMELAB_LOKI_URL": hostile.url, "HOMELAB_TELEMETRY": "0"}
    done, memory = measured([sys.executable, world.pyz, *words], env)
    assert 0 < memory < MOST
    assert done.returncode in (0, 1, 2, 69, 77, 124), done.stderr
    assert done.stderr.count("\n") <= 3
    assert len(done.stderr) < 4000
    return done


def _head(*more: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", *more, b"", b""))


def _forever(first: bytes, piece: bytes) -> Callable[[Asked], Pieces]:
    return lambda _: itertools.chain((first,), itertools.repeat(piece))


TOO_MUCH: dict[str, Callable[[Asked], Pieces]] = {
    "250 MiB of empty objects": lambda _: [_head(), b"["] + [b",{}" * 65536] * 1333,
    "7 MiB of empty objects": lambda _: raw(b"[" + b"{}," * (7 << 20 >> 2) + b"{}]"),
    "7 MiB of short objects": lambda _: raw(b"[" + b'{"":0},' * (1 << 20) + b"{}]"),
    "7 MiB of numbers": lambda _: raw(b"[" + b"1," * (7 << 19) + b"1]"),
    "seven million brackets": lambda _: raw(b"[" * 7_000_000),
    "a number of seven million digits": lambda _: raw(b"[" + b"9" * 7_000_000 + b"]"),
    "an error of 100 MiB": lambda _: itertools.chain(
        [b"HTTP/1.1 500 X\r\n\r\nparse error at line 1, col "], [b"9" * 65536] * 1600
    ),
    "headers without end": _forever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
    "a header without end": _forever(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536),
    "a chunk without end": _forever(
        _head(b"Transfer-Encoding: chunked") + b"f" * 6000 + b"\r\n", b" " * 65536
    ),
    "less than was announced": lambda _: [_head(b"Content-Length: 999999999"), b"{}"],
    "more than was announced": lambda _: [_head(b"Content-Length: 9"), b'{"status":"success"}'],
    "Latin-1": lambda _: raw(b'["\xe9"]'),
    "UTF-16": lambda _: answered('{"status":"success","data":["a"]}'.encode("utf-16")),
    "a bomb": lambda _: [_head(b"Content-Encoding: gzip"), b"\x1f\x8b\x08" + b"\0" * 1000],
}
ANNOUNCED = _forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
TRAILERS = _forever(_head(b"Transfer-Encoding: chunked") + b"0\r\n", b"A: b\r\n" * 1000)


@pytest.mark.parametrize("sent", TOO_MUCH)
@pytest.mark.parametrize("verb", ["labels", "query", "count", "top"])
def test_an_answer_that_is_too_much_or_no_json_ends_in_a_sentence(
    world: World, sent: str, verb: str
) -> None:
    with Hostile(TOO_MUCH[sent]) as hostile:
        done = ended(world, hostile, VERBS[verb])
    assert done.returncode in (69, 77, 124), done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("verb", VERBS)
def test_many_values_are_never_read(world: World, verb: str) -> None:
    with Hostile(TOO_MUCH["7 MiB of empty objects"]) as hostile:
        done = ended(world, hostile, VERBS[verb])
    assert done.returncode in (69, 124)


def test_an_answer_without_end_ends_by_the_deadline(world: World) -> None:
    with Hostile(TRAILERS) as hostile:
        done = ended(world, hostile, VERBS["labels"])
    assert done.returncode == 124
    assert "no whole answer within 3 s" in done.stderr


def test_announcements_without_end_are_no_answer(world: World) -> None:
    """B4: they are skipped, up to a limit."""
    with Hostile(ANNOUNCED) as hostile:
        done = ended(world, hostile, VERBS["labels"])
    assert (done.returncode, done.stdout) == (69, "")
    assert "does not speak HTTP" in done.stderr


def _many(asked: Asked) -> Pieces:
    return told([f"l{n}" for n in range(50_000)] if asked.path == "labels" else ["v"])


def test_fifty_thousand_labels_are_no_fifty_thousand_requests(world: World) -> None:
    words = ("logs", "labels", "--timeout", "60s")
    with Hostile(_many) as hostile:
        done = ended(world, hostile, words)
        assert len(hostile.asked) == 101
    assert done.stdout.count("\n") == 50_001
    assert "the values of 49900 more labels are not counted" in done.stderr


def test_no_label_gets_out_of_its_place_in_a_path(world: World) -> None:
    names = ["../../../../admin/delete?x=", "..", ".", "a/b", "a b", "é", "", "app"]
    with Hostile(lambda asked: told(names if asked.path == "labels" else ["v"])) as hostile:
        ended(world, hostile, VERBS["labels"])
        for name in names[:-2]:
            shown = ended(world, hostile, ("logs", "labels", *BOUND, "--", name)).stdout
            assert shown == ("VALUE\nv\n" if name == "a/b" else "")  # Loki writes it as a_b
        paths = {asked.target.partition("?")[0] for asked in hostile.asked}
    values = {f"/loki/api/v1/label/{label}/values" for label in ("app", "a_b")}
    assert paths == {"/loki/api/v1/labels", *values}


def _page(asked: Asked, line: Callable[[int], str], count: int = 0, labels: str = "x") -> Pieces:
    """A full page; each line has a different moment."""
    if asked.path != "query_range":
        return raw(b'[{"app":"x"}]' if asked.path == "series" else b'["app"]')
    end = asked.number("end")
    most = min(count or asked.number("limit"), end - asked.number("start"))
    values = [[str(end - 1 - n), line(n)] for n in range(most)]
    streams = [{"stream": {"app": labels}, "values": values}]
    return told({"resultType": "streams", "result": streams})


def test_legitimate_pages_of_json_lines_are_read_in_smaller_ones(world: World) -> None:
    """10 MB in a page of JSON lines, which are common and full of separators: the first lines show
    how many fit."""
    fields = ",".join(f'"k{n}":[{n},{{}}]' for n in range(150))
    with Hostile(lambda asked: _page(asked, lambda n: f'{{"n":{n},{fields}}}')) as hostile:
        words = ("logs", "query", '{app="x"}', "--limit", "9000", "--output", "raw")
        done = ended(world, hostile, (*words, "--timeout", "60s"))
        limits = {asked.number("limit") for asked in hostile.asked}
    assert (done.returncode, done.stdout.count("\n")) == (0, 9000)
    assert max(limits) < 2500


@pytest.mark.parametrize("form", ["columns", "json", "logfmt"])
def test_long_labels_are_not_written_out_line_by_line(world: World, form: str) -> None:
    """The answer is small; written out, the labels would take 150 GB."""

    def answer(asked: Asked) -> Pieces:
        return _page(asked, str, 50_000, "a" * 3_000_000)

    with Hostile(answer) as hostile:
        done = ended(world, hostile, (*VERBS["query"], "--all", "--output", form))
    assert done.returncode in (69, 124)
    assert len(done.stdout) < 10 << 20


def test_one_endless_name_does_not_widen_all_rows(world: World) -> None:
    names = ["a" * 1_000_000, *map("l{}".format, range(500))]
    with Hostile(lambda asked: told(names if asked.path == "labels" else ["v"])) as hostile:
        done = ended(world, hostile, ("logs", "labels", "--timeout", "60s"))
    assert done.returncode == 0
    assert len(done.stdout) < 3_000_000


def test_one_moment_that_never_ends_ends_by_the_deadline(world: World) -> None:
    def answer(asked: Asked) -> Pieces:
        values = ",".join(f'["{asked.number("end") - 1}","{n}"]' for n in range(5000))
        return result("streams", f'[{{"stream":{{"app":"x"}},"values":[{values}]}}]'.encode())

    with Hostile(answer) as hostile:
        done = ended(world, hostile, (*VERBS["query"], "--all"))
    assert (done.returncode, done.stdout) == (124, "")


def test_lines_of_another_time_are_no_answer(world: World) -> None:
    sent = '[{"stream":{"app":"x"},"values":[["5","a"]]}]'
    with Hostile(lambda _: result("streams", sent.encode())) as hostile:
        done = ended(world, hostile, VERBS["query"])
    assert done.returncode == 69
    assert "lines from outside the requested time" in done.stderr


NUMBERS = ["1e999", "-1", "9" * 39, '"x"', "[]", "null", "NaN", "1e17"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("verb", ["samples", "count", "volume", "top", "query", "export"])
def test_a_number_that_is_none_is_no_bug(world: World, verb: str, number: str) -> None:
    series = (
        '[{"metric":{"verb":"a","exit":"0"},"value":[N,"NaN"],"values":[[N,"1e400"]],'
        '"stream":{"app":"x"}}]'
    )
    sent = series.replace("[N,", f"[{number},").encode()

    def answer(asked: Asked) -> Pieces:
        if asked.path in ("labels", "series"):
            return raw(b'["app"]' if asked.path == "labels" else b'[{"verb":"a","user":"u"}]')
        kind = "streams" if "limit" in asked.values else "matrix"
        return result("vector" if asked.path != "query_range" else kind, sent)

    with Hostile(answer) as hostile:
        done = ended(world, hostile, VERBS[verb])
    assert done.returncode in (1, 69)


def _hyphens(n: int) -> str:
    return ("a-", "1--", "_-", "a1-", "-")[n % 5] * 4000 + str(n)


def test_lines_of_hyphens_are_folded_in_time(world: World) -> None:
    """Their time grew with the square of their length."""
    with Hostile(lambda asked: _page(asked, _hyphens, 400)) as hostile:
        done = ended(world, hostile, ("logs", "errors", "--timeout", "20s"))
    assert done.returncode == 0
    assert done.stdout.count("\n") == 6


def test_an_answer_at_the_deadline_is_whole_or_late_and_the_run_is_counted(world: World) -> None:
    """The alarm may arrive with the answer. Runs are not sent to logcli's address."""
    delays = [0.8 + number / 40 for number in range(12)]
    waits = iter(delays)

    def answer(_: Asked) -> Pieces:
        time.sleep(next(waits))
        return told(["v"])

    with Hostile(answer) as hostile:
        for _ in delays:
            done = world.run("logs", "labels", "app", "--timeout", "1s", LOKI_ADDR=hostile.url)
            assert done.returncode in (0, 124)
            assert done.stderr.count("\n") == (1 if done.returncode else 0)
    assert len(world.events()) == len(delays)


def _drip(_: Asked) -> Iterator[bytes]:
    yield _head()
    while True:
        yield b" " * 100


def test_what_drips_is_over_with_the_deadline(world: World) -> None:
    with Hostile(_drip) as hostile:
        done = ended(world, hostile, VERBS["series"])
    assert done.returncode in (69, 124)


def _endless(asked: Asked, labels: dict[str, str], line: str) -> Pieces:
    """A full page for any window, oldest first if requested; all lines differ."""
    if asked.path != "query_range":
        return raw(b'[{"app":"x"}]' if asked.path == "series" else b'["app"]')
    start, end = asked.number("start"), asked.number("end")
    count = min(asked.number("limit"), end - start)
    first = start if asked.values["direction"] == "forward" else end - count
    values = [[str(first + n), line] for n in range(count)]
    return told({"resultType": "streams", "result": [{"stream": labels, "values": values}]})


def _runs(hostile: Hostile) -> LokiRuns:
    """The runs in a Loki, without the rest of the command."""

    class Stub:
        settings = None

        def loki(self) -> Loki:
            return Loki(Address(hostile.url), {}, "test")

    return LokiRuns(cast("Context", Stub()), Progress(io.StringIO(), shown=False))


@pytest.mark.parametrize("line", ["no event", "exit=0 ver=0.6.0"])
def test_an_export_goes_on_for_events_and_not_for_other_lines(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """The clock moves by 10 s at each reading, so the 300 s are over after 30 readings."""
    clock = itertools.count(0, 10)
    monkeypatch.setattr(loki_asking, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    labels = {"user": "u", "verb": "host status"}
    with Hostile(lambda asked: _endless(asked, labels, line)) as hostile:
        batches = _runs(hostile).events(Question(0, 10**18))
        if line == "no event":
            with pytest.raises(TooSlow):
                next(batches)
            # 29 pages were answered before the end, and HELD were asked for ahead of their reader:
            # how many of these are sent by then depends on the machine. One that is sent twice,
            # since it is slow, counts once.
            assert len({asked.target for asked in hostile.asked}) <= 29 + pages.HELD
        else:
            assert all(next(batches) for _ in range(40))
        batches.close()  # type: ignore[attr-defined]


def test_a_tail_for_a_while_ends_though_lines_keep_coming(world: World) -> None:
    """A single query would read 500,000 lines and then fail."""

    def answer(asked: Asked) -> Pieces:
        if asked.values.get("direction") == "backward":  # no history, which would take time
            return result("streams", b"[]")
        return _endless(asked, {"app": "x"}, "y" * 5000)

    with Hostile(answer) as hostile:
        words = ("logs", "tail", '{app="x"}', "--for", "3s", "--timeout", "60s")
        done = ended(world, hostile, words)
    assert done.returncode == 0, done.stderr


def test_a_tail_ends_between_two_answers_that_hold_nothing_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock moves by 1 s at each reading."""
    clock = itertools.count()
    monkeypatch.setattr(tail, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    looks: Iterator[list[Entry]] = itertools.repeat([], 1000)
    follower = SimpleNamespace(new=lambda: looks, pause=0)
    with open(os.devnull, "w") as stdout:
        rows = tail._new(cast("Follower", follower), 5, stdout)
        assert len(list(rows)) <= 6


@pytest.mark.parametrize(("sign", "code"), [("y", 0), ("\U0001f600", 2)])
def test_lines_with_an_emoji_count_as_the_memory_that_they_take(
    world: World, sign: str, code: int
) -> None:
    """7 million characters take 7 MB, or 28 MB with one emoji in each line."""
    line = sign + "y" * 1400
    with Hostile(lambda asked: _endless(asked, {"app": "x"}, line)) as hostile:
        words = ("logs", "tail", '{app="x"}', "--lines", "5000", "--for", "1s", "--timeout", "60s")
        done = ended(world, hostile, words)
    assert done.returncode == code
    assert ("the last 5000 lines are too large to keep" in done.stderr) == (code == 2)
