"""The verb that a command line names, and the one that a mistyped line may mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.catalogue import resolve

PATHS = frozenset(("host status", "logs query", "logs tail", "usage top", "version"))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("version", 1),
        ("host status", 2),
        ("host status --json", 2),
        ("logs query {a=1} query", 2),
        ("logs", 0),
        ("logs nosuch", 0),
        ("", 0),
    ],
)
def test_longest_prefix(words: str, count: int) -> None:
    assert resolve.longest_prefix(words.split(), PATHS) == count


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("status", "host status"),
        ("lgos query", "logs query"),
        ("logs qury", "logs query"),
        ("hsot status", "host status"),
        ("log tail", "logs tail"),
        ("verison", "version"),
        ("vers", "version"),
        ("host-status", "host status"),
        ("usage tpo", "usage top"),
        ("usage to", "usage top"),
        ("logs tial", "logs tail"),
    ],
)
def test_the_likeliest_suggestion_comes_first(words: str, first: str) -> None:
    found = resolve.suggestions(words.split(), PATHS)
    assert found[0] == first
    assert len(found) <= 3


@given(st.sampled_from(sorted(PATHS)), st.data())
def test_one_slip_of_the_hand_is_understood(path: str, data: st.DataObject) -> None:
    """A letter wrong, missing, added, or swapped with the next, in a word of four or more."""
    words = path.split(" ")
    which = data.draw(st.sampled_from([i for i, word in enumerate(words) if len(word) > 3] or [0]))
    word = words[which]
    at = data.draw(st.integers(0, len(word) - 2))
    wrong = [word[:at] + "z" + word[at + 1 :], word[:at] + word[at + 1 :]]
    wrong += [f"{word[:at]}z{word[at:]}", word[:at] + word[at + 1] + word[at] + word[at + 2 :]]
    words[which] = data.draw(st.sampled_from(wrong))
    found = resolve.suggestions(words, PATHS)
    assert path in found
    assert len(found) <= 3


def test_what_is_much_less_similar_is_not_suggested() -> None:
    own = frozenset({"scripts backup", "scripts df", "scripts bulky", "scripts nas-df"})
    assert resolve.suggestions(["bakup"], PATHS | own) == ["scripts backup"]
    assert resolve.suggestions(["scripts", "bakup"], own) == ["scripts backup"]
    # of a big group no three members are better than the others
    assert resolve.hint(["scripts", "lamp"], own) == "see homelab help"
    small = frozenset({"scripts df", "scripts backup"})
    assert resolve.suggestions(["scripts", "lamp"], small) == ["scripts backup", "scripts df"]


def test_an_unfamiliar_word_gets_no_suggestion() -> None:
    assert resolve.suggestions(["zzzzqqq"], PATHS) == []


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("contianer list", ["container list"]),  # other lists are much farther
        ("list containers", ["container list"]),  # the words are swapped
        ("list container", ["container list"]),
        ("nothing list", ["container list", "job list"]),
        ("logs qury", ["logs query"]),  # not everything else below logs
        ("logs list", ["logs query", "logs tail"]),  # not the lists of other groups
        ("job container", ["job list"]),
        ("top usage", ["usage top"]),
        ("lgos", ["logs query", "logs tail"]),
        ("status", ["host status"]),
        ("version", ["version"]),
    ],
)
def test_only_paths_about_as_near_as_the_nearest_are_suggested(
    words: str, meant: list[str]
) -> None:
    paths = PATHS | {"container list", "job list"}
    assert resolve.suggestions(words.split(), paths) == meant
