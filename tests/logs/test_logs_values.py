"""Numbers from Loki: passed on as they came, and reported if they are not numbers."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator

import pytest
from fakes.loki.server import Answer, FakeLoki
from support.reading import Sink
from support.world import World

from homelab.logs.samples import number
from homelab.logs.search import Search
from homelab.logs.unknown import further
from homelab.loki.answer_shape import number_of
from homelab.loki.deadline import Deadline
from homelab.times import DAY

JSON = "application/json"
VALUES = ("0.000000041666666666666665", "12345678901234567890", "-3", "0.1", "NaN", "+Inf", "-Inf")


@pytest.fixture(scope="module")
def server() -> Iterator[FakeLoki]:
    with FakeLoki() as loki:
        Sink(loki.url).push({"a": "b", "n": "1"}, [(time.time_ns() - 10**9, "x")])
        yield loki


def vector(*values: str) -> Answer:
    result = [{"metric": {"n": str(n)}, "value": [1, text]} for n, text in enumerate(values)]
    data = {"resultType": "vector", "result": result}
    return Answer(200, JSON, json.dumps({"status": "success", "data": data}).encode())


def test_a_sample_is_passed_on_as_loki_gave_it(server: FakeLoki, world: World) -> None:
    """C1: in JSON and CSV; a table for people is rounded."""
    server.hook = lambda _: vector(*VALUES)
    words = ("logs", "query", 'sum(rate({a="b"}[4h]))/10000')
    env = {"HOMELAB_LOKI_URL": server.url, "HOMELAB_TELEMETRY": "0"}
    done = world.run(*words, "--json", **env)
    rows = json.loads(done.stdout, parse_constant=pytest.fail)["rows"]
    assert {row["labels"]["n"]: row["value"] for row in rows} == {
        "0": 4.1666666666666665e-08, "1": 12345678901234567890, "2": -3, "3": 0.1,
        "4": "NaN", "5": "+Inf", "6": "-Inf",
    }  # fmt: skip
    lines = list(csv.reader(world.run(*words, "--csv", **env).stdout.splitlines()[1:]))
    by_label = {json.loads(labels)["n"]: value for labels, value in lines}
    assert float(by_label["0"]) == float(VALUES[0])
    assert [by_label[str(n)] for n in range(1, 7)] == list(VALUES[1:])
    assert "4.16667e-08" in world.run(*words, **env).stdout


def test_numbers_are_those_of_go() -> None:
    """C33: only Python accepts `1_0` and digits of other scripts."""
    assert number("9007199254740993") == 9007199254740993
    assert number("-0.5") == -0.5
    for text in ("\u00b2", "1_0", "\u0663", " 1", "", "Infinity", "infinity", "nan", "0x10"):
        with pytest.raises(ValueError, match=r".*"):
            number_of(text)


@pytest.mark.parametrize("verb", ["count", "volume"])
@pytest.mark.parametrize("value", ["Infinity", "+Inf", "NaN", "-1", "\u00b2", "1e300"])
def test_what_counts_nothing_is_said(verb: str, value: str, server: FakeLoki, world: World) -> None:
    """C33: 69 with one sentence, and never a bug."""
    answer = vector(value)
    matrix = answer.body.replace(b'"vector"', b'"matrix"').replace(b'"value": [', b'"values": [[')
    matrix = matrix.replace(b'"]}]', b'"]]}]')

    def hook(request: object) -> Answer | None:
        path = getattr(request, "path", "")
        if path.endswith("query_range"):
            return Answer(200, JSON, matrix)
        if path.endswith("labels"):
            return Answer(200, JSON, b'{"status": "success", "data": ["n"]}')
        return answer if path.endswith("volume") else None

    server.hook = hook
    words = ("logs", verb, '{a="b"}', *(("--by", "n") if verb == "volume" else ()))
    done = world.run(*words, HOMELAB_LOKI_URL=server.url, HOMELAB_TELEMETRY="0")
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr.count("\n") == 1
    assert "bug" not in done.stderr


def test_lines_where_a_count_was_asked_for_are_said(server: FakeLoki, world: World) -> None:
    """C33."""
    data = {"resultType": "streams", "result": []}
    body = json.dumps({"status": "success", "data": data}).encode()
    server.hook = lambda _: Answer(200, JSON, body)
    done = world.run("logs", "count", '{a="b"}', HOMELAB_LOKI_URL=server.url)
    assert (done.returncode, done.stdout) == (69, "")
    assert "the answer is of type streams, not matrix" in done.stderr


def test_a_hint_looks_further_back_than_what_was_asked(server: FakeLoki) -> None:
    """C15."""
    now = time.time_ns()
    hints = {}
    for days in (1, 6, 7, 29, 30, 90):
        asked = Search(None, "", now - days * DAY, now, Deadline(1, ""))  # type: ignore[arg-type]
        hints[days] = further(asked)
    asked = Search(None, "", now - 9 * DAY, now - 8 * DAY, Deadline(1, ""))  # type: ignore[arg-type]
    asked.now = now  # with an --until; --since never counts from there
    assert further(asked) == "; --since 30d looks further back"
    week, month = "; --since 7d looks further back", "; --since 30d looks further back"
    assert hints == {1: week, 6: week, 7: month, 29: month, 30: "", 90: ""}
