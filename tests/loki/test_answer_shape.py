"""Answers that are accepted as Loki's: they can be counted and printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.world import World

from homelab.loki.answer_shape import count_of, is_well_formed

MOMENT = "1795459106342321843"
STREAM = {"stream": {"app": "nas"}, "values": [[MOMENT, "one"], [MOMENT, "two", {"x": "y"}]]}
SAMPLES = {"metric": {"app": "nas"}, "values": [[1795459106.5, "12"], [0, "NaN"]]}


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("streams", [STREAM]),
        ("streams", []),
        ("matrix", [SAMPLES]),
        ("vector", [{"metric": {}, "value": [1, "+Inf"]}]),
        ("scalar", [1795459106, "1.5"]),
    ],
)
def test_what_a_loki_answers_is_well_formed(kind: str, result: Any) -> None:
    assert is_well_formed(kind, result)


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("streams", [{**STREAM, "stream": {"app": 1}}]),
        ("streams", [{**STREAM, "stream": {"app": ["nas"]}}]),
        ("streams", [{**STREAM, "values": [["-1", "one"]]}]),
        ("streams", [{**STREAM, "values": [["9" * 19, "one"]]}]),
        ("streams", [{**STREAM, "values": [["9" * 5000, "one"]]}]),
        ("streams", [{**STREAM, "values": [[float("inf"), "one"]]}]),
        ("matrix", [{**SAMPLES, "metric": {"app": None}}]),
        ("matrix", [{**SAMPLES, "values": [[float("inf"), "1"]]}]),
        ("matrix", [{**SAMPLES, "values": [[10**400, "1"]]}]),
        ("matrix", [{**SAMPLES, "values": [[True, "1"]]}]),
        ("vector", [{"metric": {}, "value": [1, 2]}]),
        ("vector", [{"metric": {}, "value": [1]}]),
        ("scalar", [1]),
        ("scalar", ["x", "y"]),
        ("string", [{}]),
        ("streams", {}),
    ],
)
def test_what_is_no_answer_of_lokis_is_not(kind: str, result: Any) -> None:
    try:
        assert not is_well_formed(kind, result)
    except (TypeError, KeyError, ValueError):  # the client treats these as not well-formed
        pass


def test_a_count_is_a_whole_number() -> None:
    assert [count_of(text) for text in ("12", "1.9", "NaN", "-5", "1e300")] == [12, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("usage top", {"metric": {"exit": "0", "verb": "nas df"}, "value": [1, "NaN"]}),
        ("usage report -o x.html", {"metric": {"exit": "0", "verb": "nas df"}, "value": [1, "0"]}),
        ("usage top", {"metric": {"exit": 0, "verb": "nas df"}, "value": [1, "1"]}),
        ("usage top", {"metric": {"exit": "0", "verb": "x"}, "values": [[1e300, "1"]]}),
        ("logs count --app=nas", {"metric": {}, "values": [[1795459106, "Inf"]]}),
        ("logs volume", {"metric": {}, "value": [1, "NaN"]}),
    ],
)
def test_no_answer_of_a_server_that_lies_is_a_bug(
    words: str, result: dict[str, Any], world: World, loki: FakeLoki
) -> None:
    """Any bytes may come instead of Loki's answer: they are read, or refused in a sentence."""

    def lying(request: Request) -> Answer | None:
        if "query" not in request.path and "volume" not in request.path:
            return None
        kind = "vector" if "value" in result else "matrix"
        data = {"resultType": kind, "result": [result]}
        body = json.dumps({"status": "success", "data": data})
        return Answer(200, "application/json", body.encode())

    loki.hook = lying
    done = world.run(*words.split(" "), HOMELAB_LOKI_URL=loki.url, HOMELAB_TELEMETRY="0")
    assert done.returncode in (0, 1, 69), done.stderr
    assert "a bug" not in done.stderr
