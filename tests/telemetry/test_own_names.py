"""Own scripts: a public word where one is declared, and their real names in the account's own
journal alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.loki.server import FakeLoki
from support.reading import until
from support.world import World

from homelab.telemetry import event
from homelab.telemetry.vocabulary import word_in

DECLARED = "#!/bin/sh\n# Counts-as: Backups\n"


def _label(world: World, loki: FakeLoki, *words: str) -> str:
    """What a run of this verb leaves by."""
    before = len(loki.entries('{job="homelab-usage"}'))
    world.run(*words, HOMELAB_LOKI_URL=loki.url)
    assert until(lambda: len(loki.entries('{job="homelab-usage"}')) > before, 20)
    return str(loki.entries('{job="homelab-usage"}')[-1][0]["verb"])


@pytest.mark.parametrize(
    ("script", "label"),
    [
        (DECLARED, "(personal) backup"),
        ("#!/bin/sh\n# Counts-as: hunter2\n", "(personal)"),
        ("#!/bin/sh\necho Counts-as: backup >/dev/null\n", "(personal)"),
        ("#!/bin/sh\n", "(personal)"),
    ],
)
def test_an_own_script_leaves_by_the_public_word_that_it_declares(
    script: str, label: str, world: World
) -> None:
    world.dropin("media-dump", script)
    with FakeLoki() as loki:
        assert _label(world, loki, "media-dump") == label


def test_a_file_beside_a_program_declares_it_too(world: World) -> None:
    world.dropin("dump", "#!/bin/sh\n")
    (world.verbs / "dump.verb").write_text("Counts-as: backup\n")
    with FakeLoki() as loki:
        assert _label(world, loki, "dump") == "(personal) backup"


def test_only_the_account_itself_lets_names_tell_their_words(world: World) -> None:
    world.dropin("media/nas-backup", "#!/bin/sh\n")
    with FakeLoki() as loki:
        assert _label(world, loki, "media", "nas-backup") == "(personal)"
        world.settings("[telemetry]\npersonal = words\n")
        assert _label(world, loki, "media", "nas-backup") == "(personal) backup"


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (("nas-backup",), "backup"),
        (("docker-update-all",), "update"),
        (("lab7", "docker"), "docker"),
        (("backups", "run-me"), "backup"),
        (("hunter2", "xyzzy"), ""),
    ],
)
def test_the_word_in_a_name(names: tuple[str, ...], word: str) -> None:
    assert word_in(names) == word


def test_the_own_journal_has_the_real_name_and_what_is_handed_on_has_not(world: World) -> None:
    world.dropin("media/dump", "#!/bin/sh\nexit 3\n")
    world.run("media", "dump")
    assert world.events(own=True) == ["exit=3 ver=0.6.0 verb=(own) media dump"]

    def rows(*words: str) -> list[dict[str, Any]]:
        told = json.loads(world.run("usage", *words, "--json").stdout)
        return list(told["rows"])

    (row,) = rows("top")
    assert (row["verb"], row["runs"], row["failed"]) == ("media dump", 1, 0)
    assert rows("top", "--verb", "media")[0]["verb"] == "media dump"
    assert [row["verb"] for row in rows("export")] == ["(personal)"]
    assert [row["verb"] for row in rows("export", "--accounts")] == ["media dump"]
    page = world.run("usage", "report", "-o", "-").stdout
    assert "media dump" not in page
    assert "(personal)" in page
    assert "media dump" in world.run("usage", "report", "-o", "-", "--accounts").stdout


def test_a_real_name_is_nothing_that_can_be_sent() -> None:
    name = event.own_name(("media", "dump"))
    assert name is not None
    with pytest.raises(TypeError):
        event.Event(1, name, 0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        event.OwnEvent(1, event.PERSONAL, 0)  # type: ignore[arg-type]
    own = event.OwnEvent(10**18, name, 0)
    assert not hasattr(own, "entry")
    assert not event.is_sendable(name.text, "exit=0 ver=0.6.0")
    assert event.own_name(("x" * 33,)) is None


def test_a_line_that_has_no_effect_is_a_warning(world: World) -> None:
    world.dropin("dump", "#!/bin/sh\n# Summary: x\n# Effect: read\n# Counts-as: hunter2\n")
    done = world.run("verbs", "check")
    assert done.returncode == 1
    assert "Counts-as: has no effect: hunter2 is not a public word" in done.stdout
