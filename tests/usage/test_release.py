"""`usage release`: each figure against a separate count from both sinks, the data that it never
has, when a month counts, and the questions and notes before a file is written."""

from __future__ import annotations

import json
import os
import pwd
import stat
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from jsonschema import Draft202012Validator
from support.generated import Event, Filled, fake, filling, journal, usage
from support.terminal import Terminal
from support.world import ROOT, World

from homelab.telemetry import forget, lab, pseudonym
from homelab.times import DAY, SECOND, date
from homelab.usage import release
from homelab.usage.few import FEW
from homelab.usage.release_file import failed_range, parse, range_of
from homelab.verbs import BUILT_IN

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
AUGUST = 1785542400 * SECOND  # its first midnight, UTC
OCTOBER_ENDS = 1793491200 * SECOND
START = AUGUST - 40 * DAY
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
VALID = Draft202012Validator(
    json.loads((ROOT / "docs/usage-release.schema.json").read_text(encoding="utf-8"))
)
LISTED = ("host status", "logs query", "verbs check", "(unknown) backup", "(unknown) dns")
MONTHS = ("2026-08", "2026-09", "2026-10")
Figures = dict[tuple[str, str], tuple[Any, Any, Any]]


def events(seed: int = 5, count: int = 1500, **more: Any) -> list[Event]:
    return usage(seed, START, NOW, count, **more)


def released(filled: Filled, *words: str) -> dict[str, Any]:
    """The release that a run writes to stdout."""
    code, stdout, said = filled.run("usage", "release", "-o", "-", "--yes", *words)
    assert code == 0, said
    found: dict[str, Any] = json.loads(stdout)
    VALID.validate(found)
    parse(stdout.encode())
    return found


def figures(found: dict[str, Any]) -> Figures:
    made = {
        (row["month"], row["label"]): (row["runs"], row["accounts"], row["failed"])
        for row in found["rows"]
    }
    assert len(made) == len(found["rows"])
    return made


def counted(ran: list[Event], least: int) -> Figures:
    """The figures that a release must have for the months, by plain loops."""
    made: Figures = {}
    for month in MONTHS:
        of_month = [event for event in ran if date(event.day)[:7] == month]
        few = []
        for label in LISTED:
            of_label = [event for event in of_month if event.verb == label]
            if of_label and len({event.user for event in of_label}) < least:
                few += of_label
            elif of_label:
                made[month, label] = _figures(of_label)
        if len({event.verb for event in few}) > 1 and len({event.user for event in few}) >= least:
            made[month, FEW] = (*_figures(few)[:2], None)
    return made


def _figures(ran: list[Event]) -> tuple[Any, Any, Any]:
    failed = None
    if len(ran) >= 21 and not ran[0].tried:
        failed = list(failed_range(sum(event.failed for event in ran), len(ran)))
    accounts = range_of(len({event.user for event in ran}))
    return list(range_of(len(ran))), list(accounts), failed


@pytest.fixture(params=["journal", "loki"])
def fill(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Filled]]:
    """A function that fills either sink with events. In the journal all are one account's."""
    with filling(request.param, tmp_path / "home", ACCOUNT) as made:
        yield lambda ran, now=NOW: made(ran, now)


def test_every_row_equals_a_count_of_ones_own(fill: Callable[..., Filled]) -> None:
    ran = events()
    filled = fill(ran)
    accounts = len({event.user for event in ran})
    found = released(filled)
    assert figures(found) == counted(ran, min(2, accounts))
    assert found["accounts"] == list(range_of(accounts))
    assert found["min_users"] == min(2, accounts)
    assert [month["month"] for month in found["months"]] == list(MONTHS)
    assert not any(month["partial"] for month in found["months"])
    offered = [verb.path for verb in BUILT_IN.every() if verb.recorded and not verb.discovery]
    assert found["offered"] == offered


def test_one_accounts_release_is_the_same_from_journal_and_loki(tmp_path: Path) -> None:
    ran = events(users=(ACCOUNT,), count=400)
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        one = released(fake(server, clock, tmp_path / "loki", ran, NOW))
        other = released(journal(tmp_path / "journal", ran, NOW))
    assert one.pop("lab") != other.pop("lab")
    assert one == other
    assert figures(one) == counted(ran, 1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A Loki that five accounts use. A test that changes its clock or home puts them back."""
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path_factory.mktemp("home"), events(), NOW)
        filled.server = server
        yield filled


@pytest.fixture
def loki(shared: Filled, tmp_path: Path) -> Iterator[Filled]:
    assert shared.server is not None
    before, shared.env["HOME"] = shared.env["HOME"], str(tmp_path)
    yield shared
    shared.env["HOME"], shared.now, shared.server.hook = before, NOW, None


def test_a_month_is_the_same_in_each_later_release(loki: Filled) -> None:
    first = released(loki)
    loki.now = NOW + 16 * DAY  # November has been over for eight days
    second = released(loki)
    assert [month["month"] for month in second["months"]] == ["2026-09", "2026-10", "2026-11"]
    both = MONTHS[1:]
    assert {key: row for key, row in figures(first).items() if key[0] in both} == {
        key: row for key, row in figures(second).items() if key[0] in both
    }
    assert second["lab"] == first["lab"]


def test_what_can_still_change_is_taken_only_where_that_is_asked_for(loki: Filled) -> None:
    loki.now = OCTOBER_ENDS + 8 * DAY - SECOND
    assert [month["month"] for month in released(loki)["months"]][-1] == "2026-09"
    found = released(loki, "--current", "--months", "1")
    assert [tuple(month.values()) for month in found["months"]] == [
        ("2026-09", False), ("2026-10", True), ("2026-11", True),
    ]  # fmt: skip
    said = loki.run("usage", "release", "-o", "x", "--dry-run", "--current")[1]
    assert "a part of 2026-10 and 2026-11 is counted: the next release may have other" in said
    assert "2026-11 (partial)" in said
    loki.now = OCTOBER_ENDS + 8 * DAY
    assert [month["month"] for month in released(loki)["months"]][-1] == "2026-10"


def test_a_part_that_loki_can_not_give_is_no_release(
    loki: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homelab.usage.loki_asking._PATIENT", 0.1)  # s, of repeated questions
    server = loki.server
    assert server is not None

    def hook(request: Request) -> Answer | None:
        counting = request.path.endswith(("/query", "/query_range"))
        old = counting and int(request.value("time") or request.value("start")) < AUGUST + 20 * DAY
        return Answer(500, "text/plain", b"broken") if old else None

    server.hook = hook
    words = ("usage", "release", "-o", str(tmp_path / "file"), "--yes")
    code, stdout, said = loki.run(*words)
    assert (code, stdout) == (1, "")
    assert said.startswith("homelab: no release from a part: the runs of 2026-08-")
    assert said.count("\n") == 1
    assert not list(tmp_path.glob("*file*"))


def test_a_month_that_may_not_be_whole_is_no_release(loki: Filled, tmp_path: Path) -> None:
    """It is not known whether Loki still has the beginning."""
    server = loki.server
    assert server is not None
    loki.now = NOW - 95 * DAY  # May, without runs, to July

    def hook(request: Request) -> Answer | None:
        series = request.path.endswith("/series")
        old = series and int(request.value("start")) < START - 60 * DAY
        return Answer(403, "text/plain", b"no") if old else None

    server.hook = hook
    code, _, said = loki.run("usage", "release", "-o", str(tmp_path / "file"), "--yes")
    assert code == 1
    assert "no month is known to be whole: " in said
    assert not list(tmp_path.glob("*file*"))


def test_a_month_counts_from_the_first_that_is_whole(fill: Callable[..., Filled]) -> None:
    """Retention may have deleted the rest of a month whose first days have no runs."""
    ran = [event for event in events() if event.moment > AUGUST + 20 * DAY]
    filled = fill(ran)
    assert [month["month"] for month in released(filled)["months"]] == ["2026-09", "2026-10"]
    found = released(filled, "--current")
    assert [month["partial"] for month in found["months"]] == [True, False, False, True]


def test_a_young_lab_hears_when_its_first_month_counts(fill: Callable[..., Filled]) -> None:
    ran = [event for event in events() if event.moment > OCTOBER_ENDS + 3 * DAY]
    filled = fill(ran)
    code, stdout, said = filled.run("usage", "release", "-o", "-", "--yes")
    assert (code, stdout) == (1, "")
    since = "no whole month is counted yet: runs are counted since 2026-11-04 (UTC)"
    assert f"{since}, so 2026-12 is the first, from 2027-01-09 on" in said
    assert "--current includes incomplete months" in said
    assert [month["month"] for month in released(filled, "--current")["months"]] == ["2026-11"]


def test_a_lab_without_runs_has_nothing_to_release(fill: Callable[..., Filled]) -> None:
    lab = fill([])
    code, stdout, said = lab.run("usage", "release", "-o", "-", "--yes")
    assert (code, stdout) == (1, "")
    assert "no runs of 2026-08 to 2026-10 in " in said
    assert "--current includes months that are not over" in said
    said = lab.run("usage", "release", "-o", "-", "--yes", "--current")[2]
    assert "no runs since 2026-08-01 " in said


def test_no_name_that_only_this_lab_has_is_in_a_release(fill: Callable[..., Filled]) -> None:
    canary = "canary7f3a"
    labels = (
        canary, f"{canary} df", f"(unknown) {canary}", f"(personal) {canary}", f"(own) {canary} x",
        f"(unknown) container {canary}", f"(unknown) {canary} restart", "(unknown) Backups",
        "(personal) backup", "(unknown) container restart", "usage top", "(unknown) backup",
    )  # fmt: skip
    moment = AUGUST + DAY
    users = ("alice", canary)
    ran = [
        Event(moment + 10 * number + at, user, label, 0, "0.6.0")
        for number, label in enumerate(labels)
        for at, user in enumerate(users)
    ]
    filled = fill([Event(START, "alice", "config", 0, "0.6.0"), *ran])
    _, stdout, said = filled.run("usage", "release", "-o", "-", "--yes")
    assert canary not in stdout
    assert canary not in said.replace(f"{canary} alone", "")
    assert {row["label"] for row in json.loads(stdout)["rows"]} == {
        "(personal) backup", "(unknown) backup", "(unknown) container restart",
    }  # fmt: skip
    assert "names are left out that homelab itself does not list" in said


def test_what_few_accounts_ran_is_folded_by_min_users(loki: Filled) -> None:
    ran = events()
    for least in (1, 3, 4):
        found = released(loki, "--min-users", str(least))
        expected = counted(ran, least)
        assert figures(found).keys() == expected.keys()
        assert found["min_users"] == least
    said = loki.run("usage", "release", "-o", "x", "--dry-run", "--min-users", "1")[1]
    assert said.startswith("nothing is folded: a row of 1 account shows what that account did\n")
    said = loki.run("usage", "release", "-o", "x", "--dry-run", "--min-users", "40")[1]
    assert "no row: no label was used by 40 accounts in a month" in said


def test_a_lab_that_was_larger_folds_as_before(tmp_path: Path) -> None:
    """Otherwise the last account's months, which an earlier release folded, would be shown."""
    two = [
        Event(AUGUST + day * DAY, user, "config", 0, "0.6.0")
        for day in range(-40, 110)
        for user in ("ann", "ben")
        if user == "ann" or day < 20
    ]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, two, NOW)
        assert list(figures(released(filled))) == [("2026-08", "config")]
        filled.now = NOW + 16 * DAY
        found = released(filled)
        assert (found["accounts"], found["min_users"], found["rows"]) == ([1, 1], 2, [])
        said = filled.run("usage", "release", "-o", "x", "--dry-run")[1]
        assert said.startswith("only one account ran anything in these months\n")
        assert "every row" not in said
        assert "\nno row: no label was used by 2 accounts in a month\n" in said
        assert (
            "an earlier release of this account's saw more accounts, so rows need 2 accounts"
            in said
        )
        filled.env["HOMELAB_LOKI_URL"] = server.url.replace("127.0.0.1", "localhost")
        assert released(filled)["min_users"] == 2  # by another name, and so with another id
        forget.here(str(tmp_path / ".local/state/homelab"))
        said = filled.run("usage", "release", "-o", "x", "--dry-run")[1]
        assert "more accounts ran homelab in the last year, so rows need 2 accounts" in said
        assert len(released(filled, "--min-users", "1")["rows"]) == 3


def test_what_a_shared_loki_asks_for_is_not_asked_of_an_own_journal(tmp_path: Path) -> None:
    filled = journal(tmp_path, events(count=200), NOW)
    state = tmp_path / ".local/state/homelab"
    assert lab.make(str(state), lab.Lab(b"k" * 32, {"0123456789abcdef": 2}))
    found = released(filled)
    assert (found["min_users"], bool(found["rows"])) == (1, True)


def test_the_only_active_one_of_several_accounts_hands_on_nothing_unasked(tmp_path: Path) -> None:
    ran = [Event(AUGUST + day * DAY, "ann", "config", 0, "0.6.0") for day in range(-40, 110)]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path, ran, NOW)
        assert (released(filled)["min_users"], len(released(filled)["rows"])) == (1, 3)
        kept = str(tmp_path / ".local/state/homelab")
        # for example, of another address
        lab.write(kept, lab.Lab(b"k" * 32, {"0123456789abcdef": 2}))
        assert released(filled)["min_users"] == 2
        ben = Event(NOW - 200 * DAY, "ben", "config", 0, "0.6.0")
        filled = fake(server, clock, tmp_path / "other", [ben], NOW)
        found = released(filled)
        assert (found["accounts"], found["min_users"], found["rows"]) == ([1, 1], 2, [])

        def hook(request: Request) -> Answer | None:
            old = request.path.endswith("/series") and int(request.value("start")) < START - DAY
            return Answer(403, "text/plain", b"no") if old else None

        server.hook = hook
        lab.remove(str(tmp_path / "other/.local/state/homelab"))
        code, stdout, said = filled.run("usage", "release", "-o", "-", "--yes")
        assert (code, json.loads(stdout)["min_users"]) == (0, 2)
        assert "whether more accounts ran homelab in the last year is not known (" in said


def test_an_account_counts_in_the_months_in_which_it_ran_a_label(tmp_path: Path) -> None:
    """Whatever an index says: by its first and last run alone it would count in September, too."""
    days = {"ann": range(-40, 90), "ben": (5, 80)}
    ran = [
        Event(AUGUST + day * DAY + 1, user, "config", 0, "0.6.0")
        for user, its in days.items()
        for day in its
    ]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        found = figures(released(fake(server, clock, tmp_path, sorted(ran), NOW)))
    assert list(found) == [("2026-08", "config"), ("2026-10", "config")]


def test_a_name_and_its_pseudonym_are_one_account(tmp_path: Path) -> None:
    key = tmp_path / "account.key"
    key.write_text("k" * 32)
    other = pseudonym.of(b"k" * 32, "ann")
    ran = [
        Event(AUGUST + day * DAY, ("ann", other)[day % 2], "config", 0, "0.6.0")
        for day in range(-40, 110)
    ]
    clock = [0]
    with FakeLoki(clock=lambda: clock[0]) as server:
        filled = fake(server, clock, tmp_path / "home", ran, NOW)
        assert released(filled)["accounts"] == [2, 5]
        filled.env["HOME"] = str(tmp_path / "another")
        config = tmp_path / "another/.config/homelab/config.ini"
        config.parent.mkdir(parents=True)
        config.write_text(f"[telemetry]\naccount_key_file = {key}\n")
        found = released(filled)
    assert (found["accounts"], found["min_users"]) == ([1, 1], 1)


# ---- the lab's id


def test_the_labs_id_stays_and_its_key_never_leaves(loki: Filled, tmp_path: Path) -> None:
    state = tmp_path / ".local/state/homelab"
    shown = loki.run("usage", "release", "-o", "x", "--dry-run")[1]
    assert "lab new, made when the file is written" in shown
    assert not state.exists()
    first = released(loki)["lab"]
    kept = state / lab.NAME
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    key = kept.read_text().split()[1]
    assert len(key) == 64
    assert first not in key
    assert released(loki)["lab"] == first
    assert f"lab {first}\n" in loki.run("usage", "release", "-o", "x", "--dry-run")[1]
    loki.env["HOMELAB_LOKI_TENANT"] = "other"
    try:
        assert released(loki)["lab"] != first
    finally:
        del loki.env["HOMELAB_LOKI_TENANT"]
    assert forget.kept(str(state)).phrases() == ["the lab's id in releases"]
    assert forget.here(str(state)).phrases() == ["the lab's id in releases"]
    assert forget.kept(str(state)).phrases() == []
    assert released(loki)["lab"] != first


def test_a_lab_is_the_same_however_its_address_is_written(loki: Filled) -> None:
    url = loki.env["HOMELAB_LOKI_URL"]
    port = url.rpartition(":")[2]
    loki.env["HOMELAB_LOKI_LB"] = f"127.0.0.1:{port}"
    try:
        ids = set()
        for name in ("http://loki.lan", "http://Loki.LAN:80/", "http://loki.lan.:80"):
            loki.env["HOMELAB_LOKI_URL"] = name
            ids.add(released(loki)["lab"])
        loki.env["HOMELAB_LOKI_URL"] = f"http://loki.lan:{port}"
        assert released(loki)["lab"] not in ids
        assert len(ids) == 1
    finally:
        loki.env["HOMELAB_LOKI_URL"] = url
        del loki.env["HOMELAB_LOKI_LB"]


@pytest.mark.parametrize(
    "text", ["", "key \n", "key " + "x" * 64 + "\n", "\0\xff" * 40], ids=range(4)
)
def test_a_damaged_key_is_no_release(text: str, loki: Filled, tmp_path: Path) -> None:
    """A new key in its place would count the lab twice."""
    first = released(loki)["lab"]
    kept = tmp_path / ".local/state/homelab" / lab.NAME
    before = kept.read_bytes()
    kept.write_text(text, encoding="latin-1")
    code, stdout, said = loki.run("usage", "release", "-o", "-", "--yes")
    assert (code, stdout) == (78, "")
    assert f"can't be used: it is damaged; restore it, or begin as a new lab: rm -f {kept}" in said
    assert said.count("\n") == 1
    assert kept.read_text(encoding="latin-1") == text
    kept.write_bytes(before)
    assert released(loki)["lab"] == first
    kept.unlink()
    assert released(loki)["lab"] != first


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda path: path.chmod(0o666), "it is world-writable; chmod o-w {0}"),
        (lambda path: path.chmod(0o602), "it is world-writable; chmod o-w {0}"),
        pytest.param(
            lambda path: os.chown(path, 12345, -1),
            "it belongs to another account; restore it",
            marks=pytest.mark.needs("root"),
        ),
        (
            lambda path: path.rename(path.with_name("x")) and path.symlink_to("x"),
            "it is a symbolic link; restore it",
        ),
    ],
    ids=["666", "602", "owner", "link"],
)
def test_a_key_that_others_can_change_is_no_release(
    change: Callable[[Path], object], why: str, loki: Filled, tmp_path: Path
) -> None:
    released(loki)
    kept = tmp_path / ".local/state/homelab" / lab.NAME
    change(kept)
    code, stdout, said = loki.run("usage", "release", "-o", "-", "--yes")
    assert (code, stdout) == (78, "")
    named = f"no release: {kept}, which the lab's id is made with, can't be used: "
    assert named + why.format(kept) in said
    assert said.count("\n") == 1


def test_a_key_that_others_can_read_is_read_by_them_no_more(loki: Filled, tmp_path: Path) -> None:
    first = released(loki)["lab"]
    kept = tmp_path / ".local/state/homelab" / lab.NAME
    kept.chmod(0o644)
    assert released(loki)["lab"] == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_key_that_can_not_be_kept_is_no_release(loki: Filled, tmp_path: Path) -> None:
    (tmp_path / ".local/state/homelab/lab").mkdir(parents=True)
    code, stdout, said = loki.run("usage", "release", "-o", "-", "--yes")
    assert (code, stdout) == (78, "")
    assert "/lab, which the lab's id is made with, can't be used: " in said
    assert said.count("\n") == 1


def test_two_first_releases_at_once_have_one_id(loki: Filled, tmp_path: Path) -> None:
    """Another release is made while this one reads, so both have begun without a key."""
    state, server = tmp_path / ".local/state/homelab", loki.server
    assert server is not None
    other = lab.new()

    def hook(_request: Request) -> Answer | None:
        lab.make(str(state), other)
        return None

    server.hook = hook
    code, stdout, said = loki.run("usage", "release", "-o", "-", "--yes")
    found = json.loads(stdout)["lab"]
    assert code == 0
    assert f"another release was made meanwhile, so the id of this lab is {found}" in said
    assert os.listdir(state) == [lab.NAME]
    kept = lab.read(str(state))
    assert kept is not None
    assert (kept.id("x"), kept.least) == (other.id("x"), {found: 2})
    assert released(loki)["lab"] == found


def test_a_key_that_is_deleted_meanwhile_does_not_come_back(loki: Filled, tmp_path: Path) -> None:
    state, server = tmp_path / ".local/state/homelab", loki.server
    released(loki)
    assert server is not None

    def hook(_request: Request) -> Answer | None:
        lab.remove(str(state))
        return None

    server.hook = hook
    code, stdout, said = loki.run("usage", "release", "-o", "-", "--yes")
    assert (code, stdout, os.listdir(state)) == (1, "", [])
    assert "no release: the lab's key was deleted meanwhile; try again" in said


# ---- questions and notes


def test_one_account_is_told_first_that_each_row_is_its_own(tmp_path: Path) -> None:
    filled = journal(tmp_path, events(count=200), NOW)
    code, shown, said = filled.run("usage", "release", "-o", "x", "--dry-run")
    first = f"only {ACCOUNT} is counted here: every row shows what this one account did"
    assert (code, shown.splitlines()[0], said) == (0, first, "")


def test_the_preview_has_all_that_the_file_has(loki: Filled) -> None:
    found = released(loki)
    shown = loki.run("usage", "release", "-o", "x", "--dry-run")[1]
    assert "every row shows what this one account did" not in shown
    for row in found["rows"]:
        line = next(
            line
            for line in shown.splitlines()
            if line.startswith(f"{row['month']}  {row['label']}  ")
        )
        runs = row["runs"]
        assert ("over 10000" if runs[1] is None else f"{runs[0]}-{runs[1]}") in line
    assert all(verb in shown for verb in found["offered"])
    assert f"lab {found['lab']}\n" in shown
    assert "\n(unknown): a word that was tried and is not a verb\n" in shown
    assert "(personal): " not in shown
    assert "version 0.6.0, months 2026-08, 2026-09, 2026-10, accounts 2-5, min_users 2\n" in shown


def test_on_stdout_is_nothing_but_the_file(loki: Filled) -> None:
    _, stdout, said = loki.run("usage", "release", "-o", "-", "--yes")
    json.loads(stdout)
    assert "MONTH" in said


def test_nothing_is_written_without_a_yes(loki: Filled, tmp_path: Path) -> None:
    path = tmp_path / "file"
    code, stdout, said = loki.run("usage", "release", "-o", str(path))
    assert (code, stdout) == (2, "")
    assert "nothing is written without --yes if nobody can be asked" in said
    assert not list(tmp_path.glob("*file*"))


@pytest.mark.parametrize(
    ("name", "words", "code", "why"),
    [
        ("none/file", (), 1, "there is no folder "),
        (".", (), 1, "can't be written: Is a directory"),
        (".local/state/homelab/usage.log", (), 1, "homelab keeps its own files in "),
        (".config/homelab/config.ini", (), 1, "homelab keeps its own files in "),
        ("file", ("--min-users", "1000001"), 2, "--min-users is at most 1000000"),
        ("file", ("--months", "37"), 2, "--months is at most 36"),
    ],
)
def test_what_can_not_be_written_is_said_before_anything_is_asked(
    name: str, words: tuple[str, ...], code: int, why: str, loki: Filled, tmp_path: Path
) -> None:
    for folder in (".local/state/homelab", ".config/homelab"):
        (tmp_path / folder).mkdir(parents=True)
    assert loki.server is not None
    loki.server.requests.clear()
    found = loki.run("usage", "release", "-o", str(tmp_path / name), "--yes", *words)
    assert found[:2] == (code, "")
    assert why in found[2]
    assert loki.server.requests == []
    assert os.listdir(tmp_path / ".local/state/homelab") == []


def test_a_key_that_can_not_be_kept_is_said_before_anything_is_asked(
    loki: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode, **more: path != str(tmp_path) and there(path, mode, **more),
    )
    assert loki.server is not None
    loki.server.requests.clear()
    code, stdout, said = loki.run("usage", "release", "-o", "-", "--yes")
    assert (code, stdout, loki.server.requests) == (78, "", [])
    assert "can't be used: Permission denied" in said
    assert loki.run("usage", "release", "-o", "-", "--dry-run")[0] == 0


def test_a_key_is_kept_only_with_its_first_release(
    loki: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("homelab.output.to_file.save", full)
    code, _, said = loki.run("usage", "release", "-o", str(tmp_path / "file"), "--yes")
    assert (code, os.listdir(tmp_path / ".local/state/homelab")) == (1, [])
    assert "file can't be written: No space left on device" in said


def test_what_merge_would_not_read_is_not_written(
    loki: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value, why in (("_MOST_ROWS", 9, "rows"), ("LARGEST", 500, "MiB")):
        with monkeypatch.context() as patch:
            patch.setattr(f"homelab.usage.release_file.{name}", value)
            code, stdout, said = loki.run("usage", "release", "-o", str(tmp_path / "file"), "--yes")
        assert (code, stdout, list(tmp_path.glob("*file*"))) == (1, "", [])
        assert f" {why}, which homelab usage merge does not read; ask for fewer --months" in said


def test_habits_join_as_ranges_in_no_order(loki: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    class Use:
        def __init__(self, words: str, runs: int, days: int) -> None:
            self.words, self.runs, self.days = words, runs, days

    uses = [Use("zpool status", 212, 60), Use("docker ps", 7, 0), Use("rm -rf /secret", 9, 9)]
    reading = types.ModuleType("homelab.habits.reading")
    reading.public_uses = lambda env: (uses, ["a history can't be read"])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "homelab.habits.reading", reading)
    found = released(loki, "--with-habits")
    assert found["habits"] == [
        {"words": "docker ps", "runs": [6, 20], "days": None},
        {"words": "zpool status", "runs": [101, 500], "days": [21, 100]},
    ]
    said = loki.run("usage", "release", "-o", "x", "--dry-run", "--with-habits")[1]
    assert (
        f"typed in the shells of {ACCOUNT}, who makes this release, in all their history:\nWORDS"
        in said
    )
    assert "a history can't be read" in said
    assert "habits" not in released(loki)


def test_a_person_sees_it_and_is_asked(world: World) -> None:
    now = (AUGUST - 2000 * DAY) // SECOND
    world.state.mkdir(parents=True)
    world.journal.write_text(f"{now}000000000 exit=0 ver=0.6.0 verb=config\n")
    for days in range(20, 120):
        moment = (NOW // DAY - days) * DAY
        with world.journal.open("a") as file:
            file.write(f"{moment} exit=0 ver=0.6.0 verb=config\n")
    path = world.folder / "file"
    # the journal's days are before any day on which this test runs
    words = ["usage", "release", "-o", str(path), "--months", "36"]
    for keys, is_written, question in (
        ("\n", False, "write"),
        ("n\n", False, "write"),
        ("y\n", True, "write"),
        ("n\n", True, "replace"),
    ):
        with Terminal([world.pyz, *words], world.env, str(world.folder)) as terminal:
            terminal.expect("every row shows what this one account did")
            terminal.expect(r"2026-10 +config +21-100 +1 +none")
            terminal.expect(rf"{question} {path}\? \[y/N\] ")
            assert path.exists() == (question == "replace")
            terminal.type(keys)
            terminal.expect("file is written" if keys == "y\n" else "nothing is written; answer y")
        assert path.exists() == is_written == (world.state / lab.NAME).exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert world.run("usage", "merge", str(path)).returncode == 0
    done = world.run("usage", "release", "-o", str(world.folder / "none/file"), "--yes", *words[4:])
    assert (done.returncode, "there is no folder" in done.stderr) == (1, True)


# ---- months


def _names(now: int, count: int = 3, current: bool = False) -> list[tuple[str, bool]]:
    return [(span.name, span.settled) for span in release.spans(now, count, current)]


def test_months_are_those_of_utc_and_settle_eight_days_after_their_end() -> None:
    assert _names(NOW) == [(name, True) for name in MONTHS]
    assert _names(OCTOBER_ENDS + 8 * DAY - 1, 1) == [("2026-09", True)]
    assert _names(OCTOBER_ENDS + 8 * DAY, 1) == [("2026-10", True)]
    last = [("2026-12", True), ("2027-01", False), ("2027-02", False)]
    assert _names(1801785600 * SECOND, 1, current=True) == last  # 2027-02-05
    assert _names(0, current=True) == [("1970-01", False)]
    spans = release.spans(NOW, 14, current=True)
    assert all(one.end == other.start for one, other in zip(spans, spans[1:]))
    assert spans[-1].end == NOW


def test_a_month_is_whole_where_its_first_day_was_counted() -> None:
    spans = release.spans(NOW, 3, current=False)
    for since, whole in (
        (0, 3),
        (AUGUST, 3),
        (AUGUST + 1, 3),
        (AUGUST + DAY, 3),
        (AUGUST + DAY + 1, 2),
    ):
        assert len(release.whole(spans, since)) == whole
    assert release.first_release(AUGUST + 1) == ("2026-08", "2026-09-09")
    assert release.first_release(AUGUST + DAY + 1) == ("2026-09", "2026-10-09")
    assert release.first_release(AUGUST + 150 * DAY) == ("2027-01", "2027-02-09")
