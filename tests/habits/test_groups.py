"""Groups of the same command: runs, days, values, since when."""

from __future__ import annotations

from homelab.habits import groups
from homelab.habits.commands import pipelines
from homelab.habits.fold import Folded, folded
from homelab.habits.groups import MOST_VALUES, Groups

DAY = 86_400


def fold(text: str) -> Folded:
    made = folded(pipelines(text)[0], frozenset())
    assert isinstance(made, Folded)
    return made


def test_a_group_counts_runs_days_and_different_words() -> None:
    made = Groups()
    for day, name in enumerate(["plex", "sonarr", "plex"]):
        made.add(fold(f"docker logs -f {name}"), 1_700_000_000 + day * DAY)
    made.add(fold("sudo docker logs plex -f"), 1_700_000_001)
    made.add(fold("docker ps"), 0)
    most, least = made.most_used()
    assert (most.pattern, most.runs, most.days, most.values) == ("docker logs -f NAME", 4, 3, 2)
    assert (most.first, most.last) == (1_700_000_000, 1_700_000_000 + 2 * DAY)
    assert (least.pattern, least.runs, least.days, least.first) == ("docker ps", 1, 0, 0)
    uses = [(use.words, use.runs, use.days, use.first) for use in made.uses()]
    assert uses == [("docker logs", 4, 3, 1_700_000_000), ("docker ps", 1, 0, 0)]


def test_a_varying_number_of_words_is_shown_as_many() -> None:
    made = Groups()
    for text in ("docker stop a", "docker stop b", "docker stop a b", "rsync /a /b", "rsync /c /d"):
        made.add(fold(text), 0)
    assert [group.pattern for group in made.most_used()] == [
        "docker stop NAME...",
        "rsync PATH PATH",
    ]


def test_what_a_shell_makes_several_words_of_is_shown_as_many() -> None:
    made = Groups()
    made.add(fold("du -sh /srv/*"), 0)
    assert [group.pattern for group in made.most_used()] == ["du -sh PATH..."]


def test_a_million_different_words_take_no_room() -> None:
    made = Groups()
    for number in range(MOST_VALUES + 50):
        made.add(fold(f"docker logs name{number}"), 0)
    assert made.most_used()[0].values == MOST_VALUES


def test_what_was_typed_least_makes_room(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(groups, "_MOST_GROUPS", 10)
    made = Groups()
    options = [f"-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    for option in options:
        for _ in range(3 if option == "-a" else 1):
            made.add(fold(f"docker ps {option}"), 0)
    every = made.most_used()
    assert every[0].pattern == "docker ps -a"
    assert len(every) <= 10
