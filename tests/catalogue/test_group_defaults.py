"""A group's word alone runs the verb that the catalogue has for it."""

from __future__ import annotations

import json

import pytest
from support.world import World

from homelab.describe import manpage
from homelab.verbs import BUILT_IN


@pytest.mark.parametrize(("group", "path"), BUILT_IN.defaults.items())
def test_a_default_reads_only_and_needs_no_operand(group: str, path: str) -> None:
    verb = BUILT_IN.verb(path)
    assert path.startswith(f"{group} ")
    assert verb.effect == "read"
    assert not any(argument.required for argument in verb.arguments)


def test_a_groups_word_alone_runs_its_default_and_is_counted_as_that(world: World) -> None:
    """Point 2 of the reports."""
    for words in (["disk"], ["disk", "--json"], ["--csv", "disk"], ["-o", "json", "disk"]):
        done = world.run(*words)
        assert done.returncode in (0, 1, 69), done.stderr
        assert "mount" in done.stdout.lower()
    assert json.loads(done.stdout)["schema"] == "homelab.disk-usage/1"
    assert {line.partition("verb=")[2] for line in world.events()} == {"disk usage"}


def test_a_word_after_a_group_is_never_taken_for_an_argument(world: World) -> None:
    done = world.run("disk", "foo")
    assert (done.returncode, done.stdout) == (2, "")
    said = "homelab: no verb 'disk foo'; did you mean 'disk health' or 'disk usage'?\n"
    assert done.stderr == said
    assert world.events()[-1].endswith("verb=(unknown)")


def test_a_groups_word_that_none_of_its_verbs_does_is_counted_as_a_wish(world: World) -> None:
    """No verb makes a backup, and `usage next` must learn that people look for one."""
    for words in ("backup", "backup run", "backup --help", "logs"):
        world.run(*words.split())
    labels = [event.partition("verb=")[2] for event in world.events()]
    assert labels == ["(unknown) backup", "(unknown) backup run"]


def test_a_format_before_a_script_is_not_passed_to_it(world: World) -> None:
    world.dropin("nas/df", "#!/bin/sh\necho ran\n")
    done = world.run("--json", "nas", "df")
    assert (done.returncode, done.stdout) == (2, "")
    assert "if the script has this option: homelab nas df --json" in done.stderr


def test_help_completion_manual_and_manifest_have_the_default(world: World) -> None:
    for words in (["help", "disk"], ["disk", "--help"]):
        assert "\nhomelab disk alone runs homelab disk usage.\n" in world.run(*words).stdout
    assert "alone runs" not in world.run("help", "logs").stdout
    assert "homelab disk alone runs homelab disk usage." in manpage.page(BUILT_IN, [])
    offered = world.run("completion", "bash", "--", "disk", "--pr").stdout
    assert offered == "--problems\n"
    facts = {each["name"]: each for each in json.loads(world.run("manifest").stdout)["metadata"]}
    assert {each["group"]: each["verb"] for each in facts["defaults"]["value"]} == BUILT_IN.defaults
