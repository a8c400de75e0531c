"""Cached days are used only after Loki was asked whether it still has them: also if Loki answers in
small pieces only, if it does not answer that question, and after both clocks were wrong for a
while."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loki.server import Answer, Request
from support import usage_lab
from support.generated import JOB, fake, usage
from support.reading import Sink
from support.usage_lab import HOUR, NOW, TODAY, Lab

from homelab.times import DAY
from homelab.usage import kept


@pytest.fixture(name="lab")
def _lab(tmp_path: Path) -> Iterator[Lab]:
    with usage_lab.lab(tmp_path) as found:
        yield found


def _another(lab: Lab, tmp_path: Path) -> None:
    """Another Loki is at the address, with equal accounts."""
    lab.server.store.streams.clear()
    fake(lab.server, lab.clock, tmp_path / "home", usage(12, NOW - 40 * DAY, NOW, 300), NOW)


@pytest.mark.parametrize("longest", ["6h", "1d"])
def test_a_loki_that_answers_for_less_than_a_day_is_checked(
    longest: str,
    lab: Lab,
    tmp_path: Path,
) -> None:
    lab.server.longest = longest
    lab.told("top", "--since", "40d")
    first = lab.told("top", "--since", "12d", "--compare")[0]
    assert first == lab.anew(tmp_path).told("top", "--since", "12d", "--compare")[0]
    _another(lab, tmp_path)
    told, said = lab.told("top", "--since", "40d")
    assert "read from Loki again" in said
    assert told == lab.anew(tmp_path).told("top", "--since", "40d")[0]


@pytest.mark.parametrize("status", [429, 500])
@pytest.mark.parametrize("answered", [0, 1])
def test_what_could_not_be_checked_is_not_used(
    status: int,
    answered: int,
    lab: Lab,
    tmp_path: Path,
) -> None:
    lab.told("top", "--since", "35d")
    _another(lab, tmp_path)
    left = answered

    def hook(request: Request) -> Answer | None:
        nonlocal left
        if "[1d]" in request.value("query") and request.value("start") == request.value("end"):
            left -= 1
            return Answer(status, None, b"no") if left < 0 else None
        return None

    fresh = lab.anew(tmp_path).told("top", "--since", "35d")[0]
    lab.server.hook = hook
    code, shown, said = lab.filled.run("usage", "top", "--since", "35d", "--json")
    lab.server.hook = None
    assert left < 0
    assert (code, json.loads(shown), said) == (0, fresh, "")
    assert lab.told("top", "--since", "35d")[0] == fresh


@pytest.mark.parametrize("jump", [10, 30, 400])
@pytest.mark.parametrize("later", [0, 10, 45])
def test_days_that_two_wrong_clocks_closed_are_not_used(
    jump: int,
    later: int,
    lab: Lab,
    tmp_path: Path,
) -> None:
    lab.filled.now = lab.clock[0] = NOW + jump * DAY
    lab.told("top", "--since", f"{jump + 20}d")
    lab.filled.now = lab.clock[0] = NOW + HOUR
    labels = {"job": JOB, "user": "alice", "verb": "host status", "late": "x"}
    Sink(lab.server.url).push(labels, [((TODAY - 5) * DAY, "exit=0 ver=0.6.0")])
    end = NOW + max(later * DAY, HOUR)
    if later:
        fake(lab.server, lab.clock, tmp_path / "home", usage(12, NOW + HOUR, end, 300), end)
    lab.filled.now = end
    told, said = lab.told("top", "--since", "60d")
    assert "read from Loki again" in said
    assert told == lab.anew(tmp_path).told("top", "--since", "60d")[0]
    again, said = lab.told("top", "--since", "60d")
    assert (again, said) == (told, "")


def test_what_a_lookback_hides_is_gone_for_a_reader(lab: Lab) -> None:
    """max_query_lookback: older times are refused."""
    before = lab.told("top", "--since", "40d")[0]["runs"]
    text = b"this data is no longer available, it is past now - max_query_lookback (20d)"

    def hook(request: Request) -> Answer | None:
        end = int(request.value("end") or 0)
        return Answer(400, None, text) if 0 < end < NOW - 20 * DAY else None

    lab.server.hook = hook
    _, shown, said = lab.filled.run("usage", "top", "--since", "40d", "--json")
    assert "no longer has the runs of 2026-10-15 to 2026-11-02" in said
    assert before - 20 < json.loads(shown)["runs"] <= before  # without a part of the first day


@pytest.mark.parametrize("words", [("top",), ("top", "--by", "day"), ("wanted",)])
def test_of_one_account_only_what_loki_has_is_counted(
    words: tuple[str, ...],
    lab: Lab,
    tmp_path: Path,
) -> None:
    """Cached days that retention deleted have no accounts, and Loki may still have a part of such a
    day."""
    lab.told("top", "--since", "60d")
    lab.delete(0, (TODAY - 31) * DAY + 7 * HOUR)
    words = (*words, "--user", "alice", "--since", "60d")
    fresh = lab.anew(tmp_path).told(*words)
    assert lab.told(*words) == fresh
    assert "kept" in lab.told("top", "--since", "60d")[0]
    assert lab.told(*words) == fresh


@pytest.mark.parametrize("fresh", [(), ("--fresh",)])
def test_an_account_that_retention_took_is_in_no_cache(
    fresh: tuple[str, ...], lab: Lab, tmp_path: Path
) -> None:
    end = (TODAY - 40) * DAY
    labels = {"job": JOB, "user": "gone-4711", "verb": "host status"}
    lab.clock[0] = end
    Sink(lab.server.url).push(labels, [(end - HOUR, "exit=0 ver=0.6.0")])
    lab.clock[0] = NOW
    lab.told("top", "--by", "user", "--since", "60d")
    (name,) = kept.names(lab.filled.env)
    (path,) = (tmp_path / "home").rglob(name)
    assert b"gone-4711" in zlib.decompress(path.read_bytes().partition(b"\n")[2])
    lab.delete(0, end)
    _, said = lab.told("top", "--by", "user", "--since", "60d", *fresh)
    assert "read from Loki again" not in said
    assert b"gone-4711" not in zlib.decompress(path.read_bytes().partition(b"\n")[2])


def test_a_torn_file_is_said_to_be_one(lab: Lab, tmp_path: Path) -> None:
    first = lab.told("top")[0]
    (name,) = kept.names(lab.filled.env)
    (path,) = (tmp_path / "home").rglob(name)
    path.write_bytes(path.read_bytes()[:-1])
    told, said = lab.told("top")
    assert told == first
    assert "read from Loki again: their file can't be used (it is damaged)" in said
