"""The line of a script that does what a folded command does."""

from __future__ import annotations

import subprocess

import pytest

from homelab.dropins import template
from homelab.habits import script_line
from homelab.habits.answered import answer


@pytest.mark.parametrize(
    ("pattern", "text", "arguments", "fixed"),
    [
        ("docker ps", "docker ps", [], ["docker", "ps"]),
        ("docker logs -f NAME", 'docker logs -f "$1"', ["NAME"], ["docker", "logs"]),
        ("cp PATH NAME PATH", 'cp "$1" "$2" "$3"', ["PATH", "NAME", "PATH2"], ["cp"]),
        ("tail -nNUMBER PATH", 'tail -n"$1" "$2"', ["NUMBER", "PATH"], ["tail"]),
        ("x --name=NAME -OPTION", 'x --name="$1" "$2"', ["NAME", "OPTION"], ["x"]),
        ("docker ps | grep TEXT", 'docker ps | grep "$1"', ["TEXT"], ["docker", "ps"]),
        ("deploy.sh NAME", 'deploy.sh "$1"', ["NAME"], ["deploy"]),
        ("SCRIPT", '"$1"', ["SCRIPT"], []),
    ],
)
def test_varying_parts_become_arguments(
    pattern: str, text: str, arguments: list[str], fixed: list[str]
) -> None:
    line = script_line.of(pattern)
    assert (line.text, line.arguments) == (text, arguments)
    assert script_line.fixed(pattern) == fixed


def test_the_script_runs_with_its_arguments_and_says_its_usage_without() -> None:
    line = script_line.of("printf TEXT NAME")
    script = template.text("my verb", "", line.text, line.arguments)
    done = subprocess.run(
        ["sh", "-c", script, "sh", "<%s>\n", "a b"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "<a b>\n", "")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: homelab my verb TEXT NAME\n")


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("docker ps", "container list"),
        ("podman compose ps", "container list"),
        ("docker logs", "logs query --container"),
        ("docker restart", ""),
        ("docker images", ""),
        ("systemctl status", ""),
        ("systemctl list-timers", "timer list"),
        ("journalctl", "logs query --unit"),
        ("df", "disk usage"),
        ("free", "host status"),
        ("curl", ""),
        ("openssl s_client", "cert check"),
        ("openssl rand", ""),
        ("zpool status", ""),
        ("", ""),
    ],
)
def test_a_command_that_a_verb_does_already_is_answered(words: str, right: str) -> None:
    assert answer(words) == right
