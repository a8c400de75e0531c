"""The script of a folded command does the same as the typed command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from homelab.dropins import template
from homelab.habits import script_line
from homelab.habits.answered import answer, answer_of
from homelab.habits.commands import pipelines
from homelab.habits.fold import Folded, folded
from homelab.habits.groups import Groups

# A program that records its call, in one piece, and reads its standard input.
STUB = """#!/bin/sh
printf '%s%s\\n' "${0##*/}" "$(printf '[%s]' "$@")" >>"$LOG"
[ -t 0 ] || cat >/dev/null
"""
PROGRAMS = (
    "curl docker grep ip journalctl mount pg_dump rsync ssh sudo systemctl tail tar usermod zpool"
).split()


def fold(text: str) -> Folded:
    made = folded(pipelines(text)[0], frozenset())
    assert isinstance(made, Folded)
    return made


def script(pattern: str) -> str:
    lines = script_line.of(pattern)
    return template.text("v", "", lines)


def called(folder: Path, text: str, *arguments: str, by: str = "sh") -> str:
    """The calls of the stubs by a script with arguments."""
    for name in PROGRAMS:
        path = folder / name
        if not path.exists():
            path.write_text(STUB)
            path.chmod(0o755)
    log = folder / "log"
    log.write_text("")
    env = {"PATH": f"{folder}:/usr/bin:/bin", "LOG": str(log)}
    subprocess.run(
        [by, "-c", text, by, *arguments],
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    return "".join(sorted(log.read_text().splitlines(keepends=True)))


@pytest.mark.parametrize(
    "typed",
    [
        "docker ps",
        "docker logs -f plex",
        "docker logs --tail=100 -f plex",
        "docker stop a b",
        "docker tag a b",
        "docker ps -a --filter 'name=my app'",
        "docker ps | grep 'my app'",
        "docker logs x 2>&1 | grep 'a b'",
        "sudo systemctl restart nginx",
        "sudo -u postgres pg_dump app",
        "rsync -avz /a 'nas:/b c'",
        "ssh -p 22 root@nas zpool status tank",
        "ssh nas sudo zpool status",
        "zpool replace tank sda sdb",
        "pg_dump app >app.sql",
        "journalctl -n50 -u nginx",
        "tail -20 /var/log/x",
        "ip -4 a",
        "usermod -aG docker alice",
        "mount -t nfs nas:/x /mnt",
        "curl -X POST https://x -d 'a b'",
        "tar xzf a.tgz",
        "docker logs x >out 2>&1",
        "docker logs x &>out",
        "docker logs x |& grep y",
    ],
)
def test_a_script_with_the_words_that_were_typed_runs_what_was_typed(
    typed: str, tmp_path: Path
) -> None:
    made = fold(typed)
    groups = Groups()
    groups.add(made, 0)
    pattern = groups.most_used()[0].pattern
    assert called(tmp_path, script(pattern), *made.values) == called(tmp_path, typed, by="bash")


def test_many_words_are_handed_on(tmp_path: Path) -> None:
    made = called(tmp_path, script("docker stop NAME..."), "a", "b c", "d")
    assert made == "docker[stop][a][b c][d]\n"
    made = called(tmp_path, script("docker exec NAME ls PATH..."), "web", "/a b", "/c")
    assert made == "docker[exec][web][ls][/a b][/c]\n"
    assert called(tmp_path, script("docker ps"), "-a") == "docker[ps][-a]\n"
    made = called(tmp_path, script("docker logs NAME... | grep TEXT"), "x y", "a", "b")
    assert made == "docker[logs][a][b]\ngrep[x y]\n"


@pytest.mark.parametrize(
    ("pattern", "text", "arguments", "fixed"),
    [
        ("docker ps", 'docker ps "$@"', [], ["docker", "ps"]),
        ("docker ps > PATH", 'docker ps > "$1"', ["PATH"], ["docker", "ps"]),
        ("docker logs -f NAME", 'docker logs -f "$1"', ["NAME"], ["docker", "logs"]),
        ("sudo systemctl restart NAME", None, ["NAME"], ["systemctl", "restart"]),
        ("cp PATH NAME PATH", 'cp "$1" "$2" "$3"', ["PATH", "NAME", "PATH2"], ["cp"]),
        ("tail -nNUMBER PATH", 'tail -n"$1" "$2"', ["NUMBER", "PATH"], ["tail"]),
        ("x --name=NAME -OPTION", 'x --name="$1" "$2"', ["NAME", "OPTION"], ["x"]),
        ("docker stop NAME...", 'docker stop "$@"', ["NAME"], ["docker", "stop"]),
        (
            "find PATH -exec NAME {} ;",
            'find "$1" -exec "$2" \'{}\' \\;',
            ["PATH", "NAME"],
            ["find"],
        ),
        ("docker ps | grep TEXT", 'docker ps | grep "$1"', ["TEXT"], ["docker", "ps"]),
        ("git -C PATH pull", 'git -C "$1" pull', ["PATH"], ["git"]),
        ("SCRIPT", '"$1"', ["SCRIPT"], []),
    ],
)
def test_varying_parts_become_arguments(
    pattern: str, text: str | None, arguments: list[str], fixed: list[str]
) -> None:
    lines = script_line.of(pattern)
    assert lines.arguments == arguments
    assert text is None or lines.shown == text
    assert script_line.fixed(pattern) == fixed


def test_without_its_arguments_a_script_says_its_usage() -> None:
    done = subprocess.run(
        ["sh", "-c", script("docker logs NAME...")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "usage: homelab v NAME...\n")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("docker ps", "container list"),
        ("docker ps -a | grep plex", "container list"),
        ("sudo docker ps", "container list"),
        ("docker ps -aq | xargs docker rm", ""),
        ("docker -H ssh://nas ps", ""),
        ("docker compose -f x.yml logs -f y", "logs query --container"),
        ("podman compose ps", "container list"),
        ("docker restart x", ""),
        ("docker images", ""),
        ("ssh nas docker ps", ""),
        ("systemctl status x", ""),
        ("systemctl --failed", "unit failed"),
        ("systemctl list-units --failed", "unit failed"),
        ("systemctl list-timers", "timer list"),
        ("journalctl -fu x", "logs query --unit"),
        ("journalctl -k", ""),
        ("journalctl --vacuum-size=5M", ""),
        ("apt list", ""),
        ("apt list --upgradable", "update list"),
        ("df -h", "disk usage"),
        ("free -h", "host status"),
        ("host nas.lan", ""),
        ("nc -zv nas 22", "port check"),
        ("nc -l 9000", ""),
        ("curl -I https://x", ""),
        ("openssl s_client -connect x:443", "cert check"),
        ("openssl x509 -noout -enddate -in x.pem", "cert check"),
        ("openssl x509 -req -in a.csr", ""),
        ("zpool status", ""),
    ],
)
def test_a_command_that_a_verb_does_is_answered(typed: str, right: str) -> None:
    made = fold(typed)
    assert answer_of(made.pattern, made.uses) == right


def test_public_words_alone_are_answered_where_some_of_their_options_are() -> None:
    assert answer("journalctl") == "logs query --unit"
    assert answer("docker ps") == "container list"
    assert answer("zpool status") == ""
