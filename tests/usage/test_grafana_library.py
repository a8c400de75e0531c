"""The dashboard's numbers in Grafana's own library, against those of `usage top` and `usage wanted`
for the same events; and the fake of Grafana that other tests use, against the library."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fakes import grafana
from fakes.grafana import JSON, Field, Frame
from support import grafana_library, npm
from support.generated import Filled, filling, usage

from homelab.times import DAY, SECOND, date
from homelab.usage.few import FEW
from homelab.usage.grafana.panels import PLUGINS

pytestmark = pytest.mark.needs("@grafana/data")

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
START = NOW // DAY * DAY - 6 * DAY
SINCE = ("--since", date(START // DAY))
ODD = 'odd "quoted" \\ (back|slash).* 🚀 $1'
VERBS = (
    "host status", "job run", "logs query", "(unknown) df", "cert check", "nas df", ODD,
    "(unknown) container restart", "(unknown)", "(personal) backup", "(personal)", "disk usage",
)  # fmt: skip
RARE = "(unknown) zigbee"  # only one account tries it
CODES = (0, 1, 2, 3, 69, 70, 75, 77, 78, 124, 126, 130, 141, 143)
WHOLE = ("--accounts", "--min-users", "1")
# for each view: how the dashboard is written, and which accounts and verbs are chosen
VIEWS: dict[str, tuple[tuple[str, ...], list[str], list[str]]] = {
    "all": (WHOLE, [], []),
    "one account": (WHOLE, ["zoë"], []),
    "some verbs": (WHOLE, ["alice", "zoë"], ["job run", "logs query", ODD]),
    "nobody": (WHOLE, ["nobody"], []),
    "no accounts": (("--min-users", "1"), [], []),
    "few folded": (("--accounts",), [], []),
    "all folded": (("--min-users", "9"), [], []),
}


class Shown(NamedTuple):
    """A panel, the frames of its queries, and the library's output for them; for a panel of the
    kind `stat`, its numbers."""

    panel: JSON
    brought: list[list[Frame]]  # by target
    frames: list[list[JSON]]
    numbers: list[JSON]
    warnings: list[str]

    @property
    def title(self) -> str:
        return str(self.panel["title"])

    def rows(self, what: str = "values") -> list[JSON]:
        """The rows of a table by the headers of their cells: `values` or the `texts` of these."""
        if not self.frames:
            return []
        (frame,) = self.frames
        titles = [field["title"] for field in frame]
        return [dict(zip(titles, cells)) for cells in zip(*(field[what] for field in frame))]

    def by(self, *headers: str) -> dict[Any, Any]:
        """The rows of a table: the value of the last of these columns, by the others."""
        *keys, value = headers
        rows = self.rows()
        found = {tuple(row[key] for key in keys): row[value] for row in rows}
        assert len(found) == len(rows), self.title
        return {key[0] if len(key) == 1 else key: value for key, value in found.items()}


Views = dict[str, dict[str, Shown]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A host with a drop-in, whose Loki has a week's events."""
    choose = random.Random(19)
    events = [
        event._replace(code=choose.choice((0,) * 14 + CODES))
        for event in usage(19, START, NOW, 1500, verbs=VERBS)
    ]
    events += [event._replace(verb=RARE, code=2) for event in events if event.user == "dave"][::9]
    folder = tmp_path_factory.mktemp("host")
    script = folder / "verbs" / "nas" / "df"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n# Summary: an operator's verb\n# Answers: 0 3\n")
    script.chmod(0o755)
    with filling("loki", folder / "home", "") as fill:
        made: Filled = fill(sorted(events), NOW)
        made.system_verbs = str(folder / "verbs")
        yield made


@pytest.fixture(scope="module")
def views(filled: Filled) -> Views:
    """Every panel of each view, by its title. One process of Node.js makes all of them."""
    assert filled.server is not None
    days = grafana.day_by_day(START, NOW)
    asked: list[tuple[str, JSON, list[list[Frame]]]] = []
    for view, (words, users, verbs) in VIEWS.items():
        code, document, stderr = filled.run("usage", "dashboard", *SINCE, *words)
        assert (code, stderr) == (0, "")
        chosen = {"user": users, "verb": verbs}
        for panel in json.loads(document)["panels"]:
            brought = [
                grafana.ask(filled.server.url, target, chosen, days, NOW)
                for target in panel["targets"]
            ]
            asked.append((view, panel, brought))
    found: Views = {view: {} for view in VIEWS}
    shown = through_the_library([(panel, brought) for _, panel, brought in asked])
    for (view, _, _), one in zip(asked, shown):
        found[view][one.title] = one
    return found


def through_the_library(asked: list[tuple[JSON, list[list[Frame]]]]) -> list[Shown]:
    """The library's output for panels, given the frames of each of their targets."""
    sent = [
        (panel, [
            frame
            for target, frames in zip(panel["targets"], brought)
            for frame in grafana_library.sent(frames, target["refId"])
        ])
        for panel, brought in asked
    ]  # fmt: skip
    return [
        Shown(panel, brought, result["frames"], result["numbers"], result["warnings"])
        for (panel, brought), result in zip(asked, grafana_library.shown(sent))
    ]


def answer(filled: Filled, *words: str) -> JSON:
    """The JSON answer of a verb for the window that the dashboard shows."""
    code, stdout, _ = filled.run("usage", *words, *SINCE, "--limit", "999", "--json")
    assert code == 0
    found: JSON = json.loads(stdout)
    assert found["rows"] or "nobody" in words
    return found


def rows_by(table: JSON, key: str, *fields: str) -> dict[Any, Any]:
    """The rows of an answer: one or more fields, by the field `key`."""
    rows = {row[key]: tuple(row[field] for field in fields) for row in table["rows"]}
    return {key: row[0] if len(fields) == 1 else row for key, row in rows.items()}


def is_percent(text: str, share: float) -> bool:
    """Whether a text shows this share, in percent with one decimal."""
    return text == f"{float(text[:-1]):.1f}%" and abs(float(text[:-1]) - 100 * share) < 0.0501


# for each view: the options by which `usage top` chooses the same runs
USER = {"all": (), "one account": ("--user", "zoë"), "nobody": ("--user", "nobody"),
        "no accounts": ()}  # fmt: skip


@pytest.mark.parametrize("view", USER)
def test_top_verbs_are_those_of_usage_top(filled: Filled, views: Views, view: str) -> None:
    shown = views[view]["Top verbs"]
    assert shown.by("Verb", "Runs") == rows_by(answer(filled, "top", *USER[view]), "verb", "runs")
    runs = [row["Runs"] for row in shown.rows()]
    assert runs == sorted(runs, reverse=True)


@pytest.mark.parametrize("view", USER)
def test_failures_are_those_of_usage_top_failed(filled: Filled, views: Views, view: str) -> None:
    shown = views[view]["Failures by verb"]
    runs = rows_by(answer(filled, "top", *USER[view]), "verb", "runs")
    failed = rows_by(
        answer(filled, "top", "--failed", *USER[view]), "verb", "failed", "environment"
    )
    by_verb = {row["Verb"]: row for row in shown.rows()}
    assert {verb: row["Runs"] for verb, row in by_verb.items()} == runs
    for verb, row in by_verb.items():
        assert (row["Failed"], row["Environment"]) == failed.get(verb, (0, 0)), verb
        assert math.isclose(row["Share"], row["Failed"] / row["Runs"])
    order = [row["Failed"] for row in shown.rows()]
    assert order == sorted(order, reverse=True)
    for row, text in zip(shown.rows(), shown.rows("texts")):
        assert is_percent(text["Share"], row["Share"])
        assert (text["Runs"], text["Failed"]) == (f"{row['Runs']}", f"{row['Failed']}")


@pytest.mark.parametrize("view", USER)
def test_exit_codes_are_those_of_usage_top_failed(filled: Filled, views: Views, view: str) -> None:
    exits = rows_by(answer(filled, "top", "--failed", *USER[view]), "verb", "exits")
    assert views[view]["Exit codes of failures"].by("Verb", "Exit code", "Failed") == {
        (verb, code): runs for verb, codes in exits.items() for code, runs in codes.items()
    }


@pytest.mark.parametrize("view", USER)
def test_wanted_words_are_those_of_usage_wanted(filled: Filled, views: Views, view: str) -> None:
    wanted = answer(filled, "wanted", *USER[view])
    words = {
        f"(unknown) {word}": row for word, row in rows_by(wanted, "word", "tries", "users").items()
    }
    shown = views[view]["Wanted"]
    tries = shown.by("Word", "Tries")
    assert tries.pop("(unknown)", 0) == wanted["unnamed"]
    assert tries == {word: tries for word, (tries, _) in words.items()}
    if view != "no accounts":
        accounts = shown.by("Word", "Accounts")
        accounts.pop("(unknown)", 0)
        assert accounts == {word: users for word, (_, users) in words.items()}
    assert [row["Tries"] for row in shown.rows()] == sorted(
        (row["Tries"] for row in shown.rows()), reverse=True
    )


@pytest.mark.parametrize("view", USER)
def test_the_totals_are_those_of_usage_top(filled: Filled, views: Views, view: str) -> None:
    panels = views[view]
    top = answer(filled, "top", *USER[view])
    failed = sum(row["failed"] for row in top["rows"])
    numbers = {one["title"]: one for one in panels["Runs and failures"].numbers}
    assert numbers["Runs"]["number"] == top["runs"]
    assert numbers["Failed"]["number"] == failed
    share = numbers["Failure share"]["text"]
    assert is_percent(share, failed / top["runs"]) if top["runs"] else share == "-"
    (tries,) = panels["Missing words"].numbers
    assert tries["text"] == str(answer(filled, "wanted", *USER[view])["tries"])
    if view != "no accounts":
        (accounts,) = panels["Accounts"].numbers
        assert accounts["text"] == str(answer(filled, "top", "--by", "user", *USER[view])["users"])


@pytest.mark.parametrize("view", ["all", "one account"])
def test_accounts_versions_and_days_are_those_of_usage_top(
    filled: Filled, views: Views, view: str
) -> None:
    panels = views[view]
    by_user = rows_by(answer(filled, "top", "--by", "user", *USER[view]), "user", "runs")
    assert panels["Runs by account"].by("Account", "Runs") == by_user
    by_version = rows_by(answer(filled, "top", "--by", "version", *USER[view]), "version", "runs")
    assert panels["Runs by version"].by("Version", "Runs") == by_version
    by_day = rows_by(answer(filled, "top", "--by", "day", *USER[view]), "day", "runs", "failed")
    bars: dict[str, dict[str, float]] = {}
    for times, values in panels["Runs by day"].frames:
        days = [date(at // 1000 // 86400) for at in times["values"]]
        bars[values["title"]] = dict(zip(days, values["values"]))
    assert bars == {
        "Runs": {day: runs for day, (runs, _) in by_day.items() if runs},
        "Failed": {day: failed for day, (_, failed) in by_day.items() if failed},
    }


def test_chosen_verbs_are_those_that_are_shown(filled: Filled, views: Views) -> None:
    chosen = VIEWS["some verbs"][2]
    runs = dict.fromkeys(chosen, 0)
    for user in VIEWS["some verbs"][1]:
        by_verb = rows_by(answer(filled, "top", "--user", user), "verb", "runs")
        runs = {verb: runs[verb] + by_verb.get(verb, 0) for verb in chosen}
    assert views["some verbs"]["Top verbs"].by("Verb", "Runs") == runs


def test_folded_rows_add_up_to_those_of_usage_top(filled: Filled, views: Views) -> None:
    top = answer(filled, "top")
    failed = sum(row["failed"] for row in top["rows"])
    tries = answer(filled, "wanted")["tries"]
    for view, named in (("few folded", True), ("all folded", False)):
        panels = views[view]
        runs = panels["Top verbs"].by("Verb", "Runs")
        assert sum(runs.values()) == top["runs"]
        assert sum(panels["Failures by verb"].by("Verb", "Failed").values()) == failed
        words = panels["Wanted"].by("Word", "Tries")
        assert sum(words.values()) == tries
        assert RARE not in words
        assert FEW in words
        assert (len(words) > 1, len(runs) > 1) == (named, named)


def test_every_step_and_override_finds_its_column(views: Views) -> None:
    for shown in views["all"].values():
        assert shown.warnings == [], shown.title
        titles = {field["title"] for frame in shown.frames for field in frame}
        overridden = {one["matcher"]["options"] for one in shown.panel["fieldConfig"]["overrides"]}
        assert overridden <= titles, shown.title


def test_the_library_has_the_version_that_wrote_the_options() -> None:
    locked = json.loads((npm.place("grafana") / "package-lock.json").read_text())
    version = locked["packages"]["node_modules/@grafana/data"]["version"]
    assert version.rpartition(".")[0] == PLUGINS.rpartition(".")[0]


def check_the_fake(shown: Shown) -> None:
    """Check that the fake turns the frames into the same result as the library."""
    brought = [frame for frames in shown.brought for frame in frames]
    faked = grafana.transformed(brought, shown.panel["transformations"])
    if shown.panel["type"] == "stat":
        numbers = grafana.numbers(faked, shown.panel)
        assert numbers == {
            one["title"]: one["text" if isinstance(numbers.get(one["title"]), str) else "number"]
            for one in shown.numbers
        }, shown.title
        return
    fields = [[(field.title, _values(field)) for field in frame] for frame in faked]
    real = [[(field["title"], field["values"]) for field in frame] for frame in shown.frames]
    assert fields == real, shown.title


def _values(field: Field) -> list[Any]:
    """The values in the library's units: its times are ms."""
    values: list[Any] = field.values
    return [at * 1000 for at in values] if field.kind == "time" else values


@pytest.mark.parametrize("view", VIEWS)
def test_the_fake_shows_what_the_library_does(views: Views, view: str) -> None:
    for shown in views[view].values():
        check_the_fake(shown)


def test_the_fake_shows_what_the_library_does_with_any_series(views: Views) -> None:
    """With some of the series left out or counting 0, as in another week."""
    choose = random.Random(7)
    asked = []
    for shown in views["all"].values():
        for _ in range(25):
            keep, zero = choose.random(), choose.random() / 2
            asked.append(
                (shown.panel, [
                    [
                        [times, values._replace(values=[
                            0.0 if choose.random() < zero else value for value in values.values
                        ])]
                        for times, values in frames
                        if choose.random() < keep
                    ]
                    for frames in shown.brought
                ])
            )  # fmt: skip
    for one in through_the_library(asked):
        check_the_fake(one)
