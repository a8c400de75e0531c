"""The public list: its words, how spellings fold, and which built-in verb answers each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.catalogue import resolve
from homelab.telemetry import vocabulary
from homelab.telemetry.vocabulary import DOINGS, WISHES, answer, listed, meaning, of_script
from homelab.verbs import BUILT_IN

_OLDER = """
    alerts apps backups certs containers disks hosts images jobs nodes pools ports secrets sensors
    services snapshots temperature timers units updates vms volumes
"""  # words of older copies, for which the list has another spelling
_ASKED_FOR = """
    delete log setup config test df ls free ps journal docker compose zpool snapshot smart raid temp
    ip ping dig port firewall vpn wireguard user permission cron env secret
"""
_ANSWERS = sorted(
    {answer(word) for word in WISHES}
    | set(vocabulary.GROUPS.values())
    | {said for below in vocabulary.BELOW.values() for said in below.values()}
)


def test_the_list_has_about_four_hundred_words() -> None:
    assert 380 <= len(WISHES) <= 440
    assert {listed(word) for word in _OLDER.split()} <= WISHES
    assert set(_ASKED_FOR.split()) <= WISHES


def test_a_listed_word_is_its_own_spelling_and_has_a_meaning() -> None:
    for word in WISHES:
        assert resolve.is_word(word)
        assert listed(word) == listed(word.upper()) == word
        assert 3 <= len(meaning(word)) <= 50


def test_a_word_that_a_built_in_begins_with_has_no_entry_of_its_own_that_answers_it() -> None:
    table = vocabulary._DOINGS + vocabulary._THINGS
    answered = {line.split()[0] for line in table.splitlines() if " = " in line}
    assert not answered & set(BUILT_IN.families)
    assert set(vocabulary.GROUPS) | set(vocabulary.BELOW) <= set(BUILT_IN.groups)
    assert {word for below in vocabulary.BELOW.values() for word in below} <= WISHES


@pytest.mark.parametrize("said", [said for said in _ANSWERS if said])
def test_each_answer_is_a_verb_with_its_options(said: str) -> None:
    words = said.split()
    count = resolve.longest_prefix(words, BUILT_IN.paths())
    verb = BUILT_IN.verb(" ".join(words[:count]))
    options = {name for each in verb.arguments for name in (each.name, *each.aliases)}
    assert set(words[count:]) <= options


def test_the_words_that_lead_to_a_built_in_can_be_searched_in() -> None:
    wording = vocabulary.wording()
    assert set(wording) <= BUILT_IN.paths()
    assert "how full the file systems are" in wording["disk usage"]
    assert "journalctl" in wording["logs query"].split()


def test_each_word_is_listed_once_and_in_order() -> None:
    for table in (vocabulary._DOINGS, vocabulary._THINGS):
        words = [line.split()[0] for line in table.strip().splitlines()]
        assert words == sorted(set(words))
    folded = [line.split() for line in vocabulary._SPELLINGS.strip().splitlines()]
    assert not WISHES & {spelling for spelling, _ in folded}
    assert {word for _, word in folded} <= WISHES
    assert set(vocabulary._PROGRAMS) <= WISHES


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("certs", "cert"), ("certificate", "cert"), ("Certificates", "cert"), ("DF", "df"),
        ("databases", "database"), ("statuses", "status"), ("proxies", "proxy"), ("vms", "vm"),
        ("temperature", "temp"), ("home_assistant", "home-assistant"), ("kubernetes", "k8s"),
        ("dns", "dns"), ("nfs", "nfs"), ("status", "status"), ("zfs", "zfs"), ("k8s", "k8s"),
        ("ups", "ups"), ("ls", "ls"), ("dfs", ""), ("ss", "ss"), ("", ""), ("hunter2", ""),
        ("\u212a8s", ""), ("backup ", ""), ("backup" * 9, ""),
    ],
)  # fmt: skip
def test_case_plurals_and_spellings_fold(word: str, known: str) -> None:
    assert listed(word) == known


def test_the_operators_words_fold_too_where_the_list_has_none() -> None:
    assert listed("Kegs", {"keg"}) == "keg"
    assert listed("backups", {"backups"}) == "backup"
    assert listed("keg") == ""


@pytest.mark.parametrize(
    ("words", "does"),
    [
        ("df", "disk usage"), ("free", "host status"), ("ps", "container list"),
        ("docker", "container list"), ("journal", "logs query --unit"), ("restart", ""),
        ("Docker ps", "container list"), ("docker restart", ""), ("docker plex", "container list"),
        ("containers", "container list"), ("certificate", "cert check"), ("certs x", "cert check"),
        ("container ls", "container list"), ("container ps", "container list"),
        ("container restart", ""), ("container", "container list"), ("container plex", ""),
        ("disk df", "disk usage"), ("host df", "disk usage"),
        ("host restart", ""), ("hunter2", ""), ("", ""),
        ("apt", "update list"), ("apt upgrade", ""), ("backup df", ""),
    ],
)  # fmt: skip
def test_words_lead_to_the_built_in_that_does_what_they_mean(words: str, does: str) -> None:
    assert answer(words) == does


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("media backup", "backup"), ("docker-update", "update"), ("nginx-plex", "nginx"),
        ("home-assistant", "home-assistant"), ("my_own", ""), ("", ""), ("certs-check", "check"),
    ],
)  # fmt: skip
def test_a_script_counts_as_what_it_does_before_what_it_does_it_to(name: str, word: str) -> None:
    assert of_script(name) == word
    assert word in DOINGS or word in WISHES or not word


@given(st.text())
def test_only_words_of_the_list_come_out_of_any_text(text: str) -> None:
    assert listed(text) in {"", *WISHES}
    assert answer(text) in {"", *_ANSWERS}
    assert of_script(text) in {"", *WISHES}


def test_related_words_come_from_meanings() -> None:
    assert vocabulary.related("letsencrypt") == "letsencrypt issues certificates"
    assert vocabulary.related("Crontabs").startswith("crontab the scheduled jobs")
    assert "cron" in vocabulary.related("schedule").split()
    assert "disk" in vocabulary.related("drive").split()
    assert vocabulary.related("ping").split() == ["ping", "host"]  # without the activity
    for word in ("", "x", "qwertz", "é" * 9, "a" * 1000):
        assert vocabulary.related(word) == ""
