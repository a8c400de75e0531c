"""If a window reaches back past the first run in its sink, every verb that counts says so: no
number is silently smaller. If it does not, nothing is said, and nothing is asked."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.generated import Event, Filled, fake, journal

from homelab.times import DAY, SECOND, rfc3339

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
FIRST = NOW - 21 * DAY  # 2026-11-02
SINCE = "counted since 2026-11-02: "
VERBS = [
    ("top",), ("top", "--by", "day"), ("top", "--failed"), ("top", "--csv"), ("trend",), ("next",),
    ("unused",), ("wanted",), ("export",), ("export", "--csv"), ("report", "-o", "-"),
    ("top", "--user", "bob"), ("top", "--user", "nobody"), ("top", "--verb", "cert"),
    ("export", "--verb", "no such"), ("trend", "host", "status"),
]  # fmt: skip


def _run(back: int, user: str = "alice", verb: str = "config") -> Event:
    return Event(NOW - back, user, verb, 0, "0.6.0")


# bob's first run is younger than the first of all
YOUNG = [_run(21 * DAY), _run(20 * DAY), _run(3 * DAY, "bob", "host status"), _run(DAY)]


class Lokis:
    """Fakes filled once each, and the questions that a run asks them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, tuple[FakeLoki, Filled]] = {}

    def get(self, name: str, events: list[Event]) -> tuple[FakeLoki, Filled]:
        if name not in self._made:
            clock = [0]
            server = FakeLoki(clock=lambda: clock[0]).__enter__()
            self._made[name] = server, fake(server, clock, self._folder / name, events, NOW)
        server, filled = self._made[name]
        server.requests.clear()
        server.hook, server.longest = None, "30d1h"
        return server, filled

    def close(self) -> None:
        for server, _ in self._made.values():
            server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def lokis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lokis]:
    made = Lokis(tmp_path_factory.mktemp("lokis"))
    yield made
    made.close()


def _asked(server: FakeLoki, start: int) -> list[str]:
    """The questions about the time before the window, and for its first entry."""
    found = []
    for request in server.requests:
        early = request.path.endswith("/series") and int(request.value("start")) < start
        if early or request.value("direction") == "forward":
            found.append(request.path.rpartition("/")[2])
    return found


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_window_older_than_loki_is_said(words: tuple[str, ...], lokis: Lokis) -> None:
    server, filled = lokis.get("young", YOUNG)
    code, shown, said = filled.run("usage", *words)
    sentence = f"{SINCE}Loki at {server.url} has no run from 2026-09-25 until then (retention, or"
    assert code == 0
    assert said.count(sentence) == 1
    if words[0] == "report":
        assert sentence[:1].upper() + sentence[1:] in shown


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_window_older_than_the_journal_is_said(words: tuple[str, ...], tmp_path: Path) -> None:
    filled = journal(tmp_path, YOUNG, NOW)
    if words[:2] == ("top", "--user"):
        words = (*words[:2], ACCOUNT)
    code, _, said = filled.run("usage", *words)
    name = "an account's" if words[0] in ("export", "report") else f"{ACCOUNT}'s"
    assert code == 0
    assert said.count(f"{SINCE}{name} own runs on this host\n") == 1


@pytest.mark.parametrize("verb", ["top", "trend", "next", "unused", "wanted", "export"])
def test_programs_have_the_moment(verb: str, lokis: Lokis, tmp_path: Path) -> None:
    for filled in (lokis.get("young", YOUNG)[1], journal(tmp_path, YOUNG, NOW)):
        told = json.loads(filled.run("usage", verb, "--json")[1])
        assert told["counted_since"] == rfc3339(FIRST)


def test_it_costs_two_questions_to_the_index_and_one_for_the_first_run(lokis: Lokis) -> None:
    server, filled = lokis.get("young", YOUNG)
    for words in (("top",), ("next",), ("unused",), ("report", "-o", "-"), ("top", "--user", "x")):
        server.requests.clear()
        filled.run("usage", *words)
        asked = _asked(server, NOW - 30 * DAY)
        # if all runs were counted the day is known, and read hour by hour
        assert asked.count("query_range") <= (24 if "--user" not in words else 1), words
        assert asked.count("series") <= (3 if words[0] in ("next", "unused", "report") else 2)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_window_that_is_whole_says_nothing(words: tuple[str, ...], lokis: Lokis) -> None:
    """alice ran something on its first day: a question is needed only if the answer is about
    others."""
    server, filled = lokis.get("whole", [_run(30 * DAY - SECOND), *YOUNG])
    _, shown, said = filled.run("usage", *words)
    assert "since 20" not in said.replace("since 2026-10-24 20:30", "")
    assert "counted since" not in shown
    asked = _asked(server, NOW - 30 * DAY)
    if words[0] == "export":  # it reads the entries themselves
        assert asked.count("series") <= 1
    elif len(words) == 1 and words != ("wanted",):
        assert "query_range" not in asked
        assert asked == ["series"] * (words[0] in ("next", "unused"))  # which versions ran before
    else:
        assert asked.count("series") <= 1


def test_a_lab_that_was_quiet_on_the_first_day_has_a_whole_window(lokis: Lokis) -> None:
    server, filled = lokis.get("quiet", [_run(55 * DAY), *YOUNG])
    assert filled.run("usage", "top")[2] == ""
    assert _asked(server, NOW - 30 * DAY) == ["series"]


def test_where_loki_takes_longer_questions_all_of_it_is_searched(lokis: Lokis) -> None:
    server, filled = lokis.get("young", YOUNG)
    server.longest = "99999h"
    assert (
        f"{SINCE}Loki at {server.url} has no older run (retention" in filled.run("usage", "top")[2]
    )
    server, filled = lokis.get("old", [_run(200 * DAY), *YOUNG])
    server.longest = "99999h"
    assert filled.run("usage", "top")[2] == ""


@pytest.mark.parametrize("longest", ["1d", "12h"])
def test_a_loki_of_short_questions_says_what_it_was_asked(longest: str, lokis: Lokis) -> None:
    server, filled = lokis.get("young", YOUNG)
    server.longest = longest
    said = filled.run("usage", "top")[2]
    assert f"{SINCE}Loki at {server.url} has no run from 2026-10-2" in said


def test_what_can_not_be_asked_is_not_known_and_no_error(lokis: Lokis) -> None:
    server, filled = lokis.get("young", YOUNG)

    def hook(request: Request) -> Answer | None:
        old = request.path.endswith("/series") and int(request.value("start")) < NOW - 40 * DAY
        return Answer(403, "text/plain", b"no") if old else None

    server.hook = hook
    code, shown, said = filled.run("usage", "top", "--json")
    assert code == 0
    assert "the first counted run is not known: " in said
    assert json.loads(shown)["counted_since"] is None


def test_a_loki_that_reads_nothing_so_old_has_nothing_older(lokis: Lokis) -> None:
    server, filled = lokis.get("young", YOUNG)

    def hook(request: Request) -> Answer | None:
        old = request.path.endswith("/series") and int(request.value("start")) < NOW - 40 * DAY
        words = b"this data is no longer available, it is past now - max_query_lookback (30d)"
        return Answer(400, "text/plain", words) if old else None

    server.hook = hook
    assert (
        f"{SINCE}Loki at {server.url} has no older run (retention" in filled.run("usage", "top")[2]
    )


def test_the_window_before_is_told_from_the_window(lokis: Lokis, tmp_path: Path) -> None:
    """`--compare` reads two windows, and a `before` that is silently smaller would be a false
    rise."""
    for filled in (lokis.get("young", YOUNG)[1], journal(tmp_path, YOUNG, NOW)):
        said = filled.run("usage", "top", "--compare", "--since", "12d")[2]
        assert "the window before is counted since 2026-11-02: " in said
        assert said.count("counted since") == 1
        words = ("usage", "top", "--compare", "--since", "12d", "--json")
        told = json.loads(filled.run(*words)[1])
        assert told["before_counted_since"] == rfc3339(FIRST)
        assert "counted_since" not in told


def test_a_sink_without_any_run_has_no_first_one(lokis: Lokis, tmp_path: Path) -> None:
    for filled in (lokis.get("empty", [])[1], journal(tmp_path, [], NOW)):
        code, shown, said = filled.run("usage", "top", "--json")
        assert code == 0
        assert "counted since" not in said
        assert "counted_since" not in json.loads(shown)


def test_a_part_that_is_missing_hides_no_first_run(
    lokis: Lokis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loki answers only for the newest days: the only note is that the rest is missing."""
    monkeypatch.setattr("homelab.usage.loki_asking._PATIENT", 0.1)  # s, of repeated questions
    server, filled = lokis.get("young", YOUNG)

    def hook(request: Request) -> Answer | None:
        counting = request.path.endswith(("/query", "/query_range"))
        old = counting and int(request.value("time") or request.value("start")) < NOW - 10 * DAY
        return Answer(500, "text/plain", b"broken") if old else None

    server.hook = hook
    code, shown, said = filled.run("usage", "top", "--since", "60d", "--json")
    assert code == 1
    assert "are missing from all figures" in said
    assert "counted_since" not in json.loads(shown)


def test_a_folded_journal_begins_with_its_first_day(tmp_path: Path) -> None:
    filled = journal(tmp_path, YOUNG, NOW)
    filled.env["HOMELAB_TELEMETRY_JOURNAL_DAYS"] = "10"
    told: list[Any] = [json.loads(filled.run("usage", "top", "--json")[1]) for _ in range(2)]
    assert [one["counted_since"][:10] for one in told] == ["2026-11-02"] * 2
