"""Consent: what decides, what a person is told, and that `off` deletes waiting events."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import time
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from hypothesis import given
from hypothesis import strategies as st
from support.reading import until
from support.world import World, at_a_terminal

from homelab import times
from homelab.settings import Settings, changed, parse
from homelab.telemetry import consent, event, ledger, notice, outbox
from homelab.verbs import BUILT_IN

NOTICE = (
    "homelab: each run is counted in your account's own journal: time, version, verb\n"
    "homelab: and exit code. Nothing leaves this host.\n"
    "homelab: `homelab usage off` stops it, `homelab usage status` shows it.\n"
)


def test_the_first_run_at_a_terminal_says_so_once(world: World) -> None:
    """README's first command runs at a terminal, and shows that its run is counted."""
    assert at_a_terminal(world, "config", "--no-header").endswith(NOTICE)
    assert len(world.events()) == 1
    assert NOTICE not in at_a_terminal(world, "config")
    assert len(world.events()) == 2


def test_the_notice_names_the_loki_and_nothing_is_sent_in_that_run(
    world: World, loki: FakeLoki
) -> None:
    shown = at_a_terminal(world, "config", HOMELAB_LOKI_URL=loki.url)
    words = " ".join(shown.replace("homelab: ", "").split())
    assert (
        "from the next run on, each run sends account name, time, version, verb and exit code to"
        f" {loki.url} `homelab usage off` stops it, `homelab usage status` shows it."
    ) in words
    assert max(map(len, shown.splitlines())) <= 80
    assert not until(lambda: loki.requests, seconds=1)
    assert not (world.state / "outbox").exists()
    assert "usage off` stops it" not in at_a_terminal(world, "config", HOMELAB_LOKI_URL=loki.url)


def test_the_notice_of_the_journal_is_not_the_one_of_a_loki(world: World, loki: FakeLoki) -> None:
    """The notice names the sent data and the address, before the first run is sent to each."""
    assert at_a_terminal(world, "config").endswith(NOTICE)
    first = at_a_terminal(world, "config", HOMELAB_LOKI_URL=loki.url)
    assert "from the next run on, each run sends" in first
    other = loki.url.replace("127.0.0.1", "localhost")
    assert "each run sends" in at_a_terminal(world, "config", HOMELAB_LOKI_URL=other)
    assert not (world.state / "outbox").exists()


def test_the_notice_counts_what_cron_has_sent_before_a_person_came(
    world: World, loki: FakeLoki
) -> None:
    world.run("config", HOMELAB_LOKI_URL=loki.url)
    status = ("usage", "status", "--csv")
    assert until(lambda: "1 event sent" in world.run(*status, HOMELAB_LOKI_URL=loki.url).stdout)
    shown = at_a_terminal(world, "config", HOMELAB_LOKI_URL=loki.url)
    words = " ".join(shown.replace("homelab: ", "").split())
    assert "from the next run on" not in words
    assert f"to {loki.url}; 1 event sent since 20" in words
    assert until(lambda: loki.entries('{job="homelab-usage"}'), 60)


@pytest.mark.parametrize("said", [{"HOMELAB_TELEMETRY": "1"}, {"HOMELAB_TELEMETRY": "0"}])
def test_no_notice_where_the_account_has_decided(said: dict[str, str], world: World) -> None:
    assert "usage off` stops it" not in at_a_terminal(world, "config", **said)
    assert "usage off` stops it" not in at_a_terminal(world, "usage", "top")
    world.run("usage", "on")
    assert "usage off` stops it" not in at_a_terminal(world, "config")


def test_a_pseudonym_and_a_balancer_are_named_in_the_notice(world: World, loki: FakeLoki) -> None:
    key = world.folder / "key"
    key.write_text("k" * 32)
    key.chmod(0o644)
    env = {
        "HOMELAB_LOKI_URL": "http://loki.lan",
        "HOMELAB_LOKI_LB": loki.url.partition("://")[2],
    }
    world.settings(f"[telemetry]\naccount = pseudonym\naccount_key_file = {key}\n")
    shown = at_a_terminal(world, "config", **env).replace("\nhomelab: ", " ")
    sends = "account pseudonym, time, version, verb and exit code"
    assert f"each run sends {sends} to http://loki.lan through {env['HOMELAB_LOKI_LB']} `" in shown
    rows = dict(csv.reader(io.StringIO(world.run("usage", "status", "--csv", **env).stdout)))
    assert rows["a run sends"] == sends
    assert rows["sent so far"] == "no event sent yet"


@pytest.mark.parametrize(
    ("delivered", "first", "said"),
    [
        (0, 0, "no event sent yet"),
        (1, 1_793_620_800 * 10**9, "1 event sent since 2026-11-02"),
        (1234, 1_793_620_800 * 10**9, "1234 events sent since 2026-11-02"),
        (7, 0, "7 events sent"),  # by a version without that moment
    ],
)
def test_how_much_was_sent_and_since_when(delivered: int, first: int, said: str) -> None:
    book = ledger.Ledger()
    book.delivered, book.first_delivery = delivered, first
    assert notice.sent(book) == said


def test_status_says_what_leaves(world: World, loki: FakeLoki) -> None:
    def rows(**env: str) -> dict[str, str]:
        return dict(csv.reader(io.StringIO(world.run("usage", "status", "--csv", **env).stdout)))

    what = "account name, time, version, verb and exit code"
    assert rows()["a run sends"] == "nothing"
    assert "sent so far" not in rows()
    sent = {"HOMELAB_LOKI_URL": loki.url}
    assert rows(**sent)["a run sends"] == what
    off = rows(**sent, HOMELAB_TELEMETRY="0")["a run sends"]
    assert off == "nothing: HOMELAB_TELEMETRY=0"
    world.run("config", **sent)
    assert until(lambda: ledger.read(str(world.state)).delivered, 60)
    since = times.local(ledger.read(str(world.state)).first_delivery)[:10]
    assert rows(**sent)["sent so far"] == f"1 event sent since {since}"
    assert rows()["sent so far"] == f"1 event sent since {since}"  # to the previous Loki


def test_no_notice_that_cannot_be_remembered(world: World) -> None:
    world.state.parent.mkdir(parents=True)
    world.state.write_text("in the way")
    assert "usage off` stops it" not in at_a_terminal(world, "config")


def test_cron_sees_no_notice(world: World) -> None:
    assert world.run("config").stderr == ""
    assert len(world.events()) == 1


def test_off_and_on_keep_the_rest_of_the_file(world: World) -> None:
    path = world.settings("# mine\n[loki]\nurl = http://127.0.0.1:1\n; end\n")
    path.chmod(0o640)
    world.run("config")
    assert until((world.state / "sender").exists)
    done = world.run("usage", "off")
    assert done.stdout == f"counting is off ({path}); deleted an event that waited\n"
    text = "# mine\n[loki]\nurl = http://127.0.0.1:1\n; end\n\n[telemetry]\nenabled = no\n"
    assert path.read_text() == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert world.run("usage", "status", "--csv").stdout.splitlines()[1] == "counting,off"
    world.run("config")
    assert [name for name in os.listdir(world.state / "outbox") if name != "lock"] == []
    assert world.run("usage", "on").stdout == f"counting is on ({path})\n"
    assert path.read_text() == text.replace("= no", "= yes")


def test_a_link_to_a_settings_file_stays_a_link(world: World) -> None:
    path = world.settings("")
    real = world.folder / "dotfiles.ini"
    path.replace(real)
    path.symlink_to(real)
    world.run("usage", "off")
    assert path.is_symlink()
    assert real.read_text() == "[telemetry]\nenabled = no\n"


def test_the_environment_overrules_and_that_is_said(world: World) -> None:
    done = world.run("usage", "on", DO_NOT_TRACK="1")
    assert done.stdout.splitlines()[1] == "but DO_NOT_TRACK=1 decides here, and says off"


def test_a_broken_file_is_not_touched(world: World) -> None:
    path = world.settings("[loki]\nnonsense\n")
    done = world.run("usage", "off")
    assert done.returncode == 78
    assert path.read_text() == "[loki]\nnonsense\n"


def test_settings_that_cannot_be_written(world: World) -> None:
    (world.home / ".config").write_text("in the way")
    done = world.run("usage", "off")
    assert done.returncode == 78
    assert "set HOMELAB_TELEMETRY=0 instead" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("env", "settings", "state", "who"),
    [
        ({}, "", "on", "default"),
        ({"HOMELAB_TELEMETRY": "0"}, "", "off", "HOMELAB_TELEMETRY=0"),
        ({"DO_NOT_TRACK": "1"}, "", "off", "DO_NOT_TRACK=1"),
        ({"DO_NOT_TRACK": "0"}, "", "on", "default"),
        ({"HOMELAB_TELEMETRY": " "}, "[telemetry]\nenabled = no", "off", "config.ini:2"),
        ({"HOMELAB_TELEMETRY": "disabled"}, "", "off", "HOMELAB_TELEMETRY=disabled"),
        ({"HOMELAB_TELEMETRY": "never"}, "[telemetry]\nenabled = yes", "off", "=never"),
        ({"HOMELAB_TELEMETRY": "1", "DO_NOT_TRACK": "1"}, "", "off", "DO_NOT_TRACK=1"),
        ({"HOMELAB_TELEMETRY": "print"}, "", "print", "HOMELAB_TELEMETRY=print"),
        ({"HOMELAB_TELEMETRY": "print"}, "[telemetry]\nenabled = no", "print", "=print"),
        ({"HOMELAB_TELEMETRY": "1"}, "[telemetry]\nenabled = no", "off", "config.ini:2"),
        ({"HOMELAB_TELEMETRY": "yes"}, "[telemetry]\nenabled = yes", "on", "config.ini:2"),
        ({"HOMELAB_TELEMETRY": "on"}, "", "on", "default"),
        ({}, "[telemetry]\nenabled = off", "off", "config.ini:2"),
        ({}, "[telemetry]\nenabled = yes", "on", "config.ini:2"),
    ],
)
def test_who_decides(
    env: dict[str, str], settings: str, state: str, who: str, world: World
) -> None:
    world.settings(settings)
    rows = world.run("usage", "status", "--csv", **env).stdout.splitlines()
    assert rows[1] == f"counting,{state}"
    assert rows[2].startswith("decided by,")
    assert rows[2].endswith(who)


@pytest.mark.parametrize(
    ("env", "settings", "reason"),
    [
        ({"DO_NOT_TRACK": "1"}, "", "counting is off (DO_NOT_TRACK=1)"),
        ({}, "[telemetry]\nenabled = no\n", "config.ini:2)"),
        ({}, "[telemetry]\nenabeld = no\n", "counting is off (settings that can't be read)"),
        ({}, "", "no Loki is configured"),
    ],
)
def test_print_says_why_nothing_would_leave(
    env: dict[str, str], settings: str, reason: str, world: World
) -> None:
    world.settings(settings)
    world.dropin("mine", "#!/bin/sh\n")
    said = world.run("mine", HOMELAB_TELEMETRY="print", **env).stderr
    assert said.startswith("none: ")
    assert reason in said


def test_status_shows_the_results_of_sending(world: World, loki: FakeLoki) -> None:
    world.run("config", HOMELAB_LOKI_URL=loki.url)
    assert until((world.state / "sender").exists)
    assert until(lambda: loki.requests)
    facts = {}
    assert until(
        lambda: (
            "delivered,1" in world.run("usage", "status", "--csv", HOMELAB_LOKI_URL=loki.url).stdout
        )
    )
    for line in world.run(
        "usage", "status", "--csv", HOMELAB_LOKI_URL=loki.url
    ).stdout.splitlines():
        fact, _, value = line.partition(",")
        facts[fact] = value
    assert facts["sent to"] == loki.url
    assert facts["waiting"] == "0"
    assert facts["last failure"] == "never"
    assert facts["its reason"] == ""


def test_status_says_whether_the_last_failure_is_over_and_when_the_next_attempt_is(
    world: World, loki: FakeLoki
) -> None:
    def facts() -> dict[str, str]:
        shown = world.run("usage", "status", "--csv", HOMELAB_LOKI_URL=loki.url).stdout
        return dict(line.split(",", 1) for line in shown.splitlines())

    world.state.mkdir(parents=True, mode=0o700)
    book = ledger.Ledger()
    book.last_failure, book.reason = 1795564430 * 10**9, "the reason"
    ledger.write(str(world.state), book, 0)
    assert facts()["last failure"] == "2026-11-24 23:53:50"
    assert "next attempt" not in facts()
    book.last_delivery = book.last_failure + 1
    ledger.write(str(world.state), book, 0)
    assert facts()["last failure"] == "2026-11-24 23:53:50 (over: later runs were delivered)"
    waits = event.Event(time.time_ns(), event.of_verb(BUILT_IN.verb("host status")), 0)
    outbox.draft(str(world.state), waits.record())
    outbox.publish(str(world.state), waits.record())
    assert facts()["next attempt"] == "with the next run"


def test_the_vocabulary_is_all_that_an_event_can_say(world: World) -> None:
    listed = {
        line.split("  ")[0] for line in world.run("usage", "vocabulary").stdout.splitlines()[1:]
    }
    assert {"config", "host status", "(personal)", "(unknown)", "(unknown) backup"} <= listed
    assert not {"usage top", "version", "help"} & listed
    assert {"(unknown) container WORD", "(personal) WORD"} <= listed
    assert 380 <= sum(label.startswith("(unknown) ") for label in listed) <= 460


def test_the_vocabulary_says_what_a_word_means_and_what_answers_it(world: World) -> None:
    answer = json.loads(world.run("usage", "vocabulary", "--json").stdout)
    rows = {row["label"]: row for row in answer["rows"]}
    assert rows["(unknown) df"]["answer"] == "disk usage"
    assert rows["(unknown) df"]["meaning"] == "how full the file systems are"
    assert rows["(unknown) restart"]["answer"] is None


def test_the_vocabulary_says_what_words_count_as(world: World) -> None:
    words = ("backups", "df", "container restart", "host status")
    done = world.run("usage", "vocabulary", *words, "--json")
    rows = json.loads(done.stdout)["rows"]
    assert done.returncode == 0
    assert [(row["word"], row["label"], row["answer"]) for row in rows] == [
        ("backups", "(unknown) backup", None),
        ("df", "(unknown) df", "disk usage"),
        ("container restart", "(unknown) container restart", None),
        ("host status", "host status", None),
    ]
    assert rows[0]["meaning"] == "keep a copy of data"


def test_the_vocabulary_says_that_a_word_is_not_public(world: World) -> None:
    done = world.run("usage", "vocabulary", "backup", "zfoo", "disk zfoo")
    assert done.returncode == 1
    assert [line.split("  ")[0] for line in done.stdout.splitlines()[1:]] == [
        "backup", "zfoo", "disk zfoo",
    ]  # fmt: skip
    assert done.stdout.count("not public: counted without the word") == 2


def test_while_counting_is_off_the_status_shows_no_event(world: World) -> None:
    facts = {line.split("  ")[0] for line in world.run("usage", "status").stdout.splitlines()}
    assert "an event" in facts
    done = world.run("usage", "status", HOMELAB_TELEMETRY="0")
    assert "an event" not in {line.split("  ")[0] for line in done.stdout.splitlines()}


@pytest.mark.parametrize("verb", ["top", "next", "trend", "unused", "wanted", "export"])
def test_what_counts_says_that_counting_is_off(verb: str, world: World) -> None:
    note = "counting is off (HOMELAB_TELEMETRY=0): this account's newer runs are missing"
    said = world.run("usage", verb, HOMELAB_TELEMETRY="0").stderr
    assert said.count(f"homelab: {note}\n") == 1  # without any run, too
    assert "run a verb" not in said
    world.run("config")
    assert f"homelab: {note}\n" in world.run("usage", verb, HOMELAB_TELEMETRY="0").stderr
    assert "counting is off" not in world.run("usage", verb).stderr


def _told(site: dict[str, str], system: str, own: str, folder: Path, **env: str) -> Settings:
    files = []
    for source, text in (("user", own), ("system", system)):
        path = folder / f"{source}.ini"
        path.write_text(text)
        files.append((source, str(path)))
    return Settings(env, tuple(files), site)


BAD = "[telemetry]\n\nvocabulary = keg, Beer!, tap x{} keg-2\n".format("y" * 40)


def test_an_operators_bad_words_are_named_with_their_file_and_line(tmp_path: Path) -> None:
    settings = _told({}, BAD, "", tmp_path)
    assert consent.vocabulary(settings) == {"keg", "tap", "keg-2"}
    ((name, why),) = consent.without_effect(settings)
    assert name == "telemetry.vocabulary"
    assert why == (
        f"{tmp_path}/system.ini:3: not counted by name: 'Beer!', 'x{'y' * 40}'; a word has at most"
        " 32 of a-z, 0-9 and -"
    )
    baked = _told({"telemetry.vocabulary": "Beer!"}, "", "", tmp_path)
    assert consent.without_effect(baked)[0][1].startswith("built into this file: ")


def test_words_that_no_operator_set_are_named_as_without_effect(world: World) -> None:
    path = world.settings(BAD)
    for words in (["usage", "vocabulary"], ["config"]):
        assert f"telemetry.vocabulary: {path}:3: no effect" in world.run(*words).stderr
    assert "no effect" in world.run("usage", "status").stdout


@pytest.mark.parametrize(
    ("system", "own", "env", "by_name"),
    [
        ("", "", "", False),
        ("", "words", "", True),
        ("", "Words", "", True),
        ("", "no", "", False),
        ("", "", "words", True),
        ("", "words", "no", False),
        ("", "no", "words", False),
        ("", "", "yes", False),
        ("words", "", "", False),
        ("words", "no", "", False),
        ("no", "words", "", True),
    ],
)
def test_only_the_account_lets_words_of_its_scripts_names_be_counted(
    system: str, own: str, env: str, by_name: bool, tmp_path: Path
) -> None:
    text = "[telemetry]\npersonal = {}\n"
    files = [text.format(value) if value else "" for value in (system, own)]
    settings = _told({}, files[0], files[1], tmp_path, HOMELAB_TELEMETRY_PERSONAL=env)
    assert consent.own_words(settings) == by_name
    ineffective = (system and not own and not env) or env == "yes"
    assert bool(consent.without_effect(settings)) == bool(ineffective)
    baked = _told({"telemetry.personal": "words"}, "", "", tmp_path)
    assert not consent.own_words(baked)
    assert "only the account itself" in consent.without_effect(baked)[0][1]


def test_a_wrong_value_of_personal_is_named(world: World) -> None:
    path = world.settings("[telemetry]\npersonal = yes\n")
    assert f"{path}:2: personal must be words or no" in world.run("config").stderr


_KEY = st.sampled_from(["url", "lb", "tenant"])


@given(st.lists(_KEY, unique=True), st.booleans(), st.sampled_from(["yes", "no"]), st.booleans())
def test_changing_one_setting_changes_no_other(
    keys: list[str], there: bool, value: str, ended: bool
) -> None:
    text = "[loki]\n" + "".join(f"{key} = {key} of it\n# {key}\n" for key in keys)
    text += "[telemetry]\nenabled = no\n" if there else ""
    text = text if ended else text.rstrip("\n")
    before = parse(text, "x")
    after = parse(changed(text, "telemetry.enabled", value), "x")
    assert after.pop("telemetry.enabled")[0] == value
    before.pop("telemetry.enabled", None)
    assert {name: found for name, (found, _) in after.items()} == {
        name: found for name, (found, _) in before.items()
    }
    assert changed(text, "telemetry.enabled", value).count("#") == text.count("#")
