"""`usage habits` as its users meet it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from support import memory
from support.planted_secrets import SHAPES
from support.world import World, at_a_terminal

from homelab.verbs import BUILT_IN

DAY = 86_400
BEGIN = 1_780_000_000
APPS = [
    "plex",
    "sonarr",
    "radarr",
    "nginx",
    "loki",
    "pihole",
    "grafana",
    "immich",
    "gitea",
    "vault",
]
# Typed commands and how they are shown; the numbers say how often.
TYPED = [
    ("docker logs -f {}", "docker logs -f NAME", 212),
    ("docker ps", "docker ps", 150),
    ("docker compose up -d {}", "docker compose up -d NAME", 90),
    ("systemctl restart {}", "systemctl restart NAME", 80),
    ("journalctl -fu {}", "journalctl -fu NAME", 60),
    ("ssh {}", "ssh HOST", 50),
    ("zpool status", "zpool status", 44),
    ("ssh {} zpool status", "ssh HOST zpool status", 30),
    ("docker exec -it {} df -h", "docker exec -it NAME df -h", 25),
    ("docker ps | grep {}", "docker ps | grep TEXT", 20),
    ("curl -I https://{}.lan", "curl -I URL", 12),
]


def history(world: World, lines: list[str], step: int = 600) -> None:
    """Write a bash history with an entry every `step` s."""
    entries = (f"#{BEGIN + number * step}\n{line}\n" for number, line in enumerate(lines))
    (world.home / ".bash_history").write_text("".join(entries))


def typed() -> list[str]:
    """The commands that a person typed in some weeks, one line for each run."""
    rng = random.Random(21)
    lines = [text.format(rng.choice(APPS)) for text, _, runs in TYPED for _ in range(runs)]
    lines += ["cd /srv"] * 300 + ["vim x.yml"] * 200 + ["hunter2", "dcup"] * 2
    rng.shuffle(lines)
    return lines


def shown(world: World, *words: str) -> dict[str, Any]:
    done = world.run("usage", "habits", "--yes", "--json", *words)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_the_top_ten_groups_equal_a_hand_count(world: World) -> None:
    history(world, typed())
    document = shown(world, "-n", "10")
    rows = [(row["command"], row["runs"]) for row in document["rows"]]
    assert rows == [(pattern, runs) for _, pattern, runs in TYPED[:10]]
    first = document["rows"][0]
    assert first["values"] == len(APPS)
    assert first["since"] == "2026-05-28"
    assert first["verb"] == "logs query --container"
    assert document["commands_of_the_shell"] == 300
    assert document["commands_unknown"] == 2
    assert document["entries_with_secrets"] == 2  # a password that was typed at the prompt


def test_days_are_counted_where_the_history_has_times(world: World) -> None:
    history(world, ["docker ps"] * 6, step=DAY // 2)
    (row,) = shown(world)["rows"]
    assert (row["runs"], row["days"]) == (6, 4)
    (world.home / ".bash_history").write_text("docker ps\n" * 6)
    done = world.run("usage", "habits", "--yes")
    assert done.stdout.splitlines()[1].split()[:6] == ["1", "docker", "ps", "6", "-", "-"]
    assert "DAYS and SINCE are not known for 6 entries without a time" in done.stderr
    assert "HISTTIMEFORMAT" in done.stderr
    done = world.run("usage", "habits", "--yes", "--since", "30d")
    assert "--since leaves out 6 entries without a time" in done.stderr


def test_nobody_reads_a_history_without_a_person(world: World) -> None:
    """Cron, scripts and agents have no terminal."""
    history(world, typed())
    done = world.run("usage", "habits")
    assert (done.returncode, done.stdout) == (2, "")
    assert "add --yes to read them anyway" in done.stderr
    assert "docker logs -f NAME" in at_a_terminal(world, "usage", "habits")


def test_it_is_no_tool_of_agents_and_is_not_counted() -> None:
    verb = BUILT_IN.verb("usage habits")
    assert not verb.tool
    assert not verb.recorded


def test_nothing_of_it_is_kept_or_sent(world: World) -> None:
    history(world, typed())
    shown(world)
    shown(world, "--words")
    left = [path for path in world.home.rglob("*") if path.is_file()]
    assert left == [world.home / ".bash_history"]


def test_words_are_those_of_the_public_list_alone(world: World) -> None:
    history(world, [*typed(), *["nas-tool plex"] * 9])
    words = [row["words"] for row in shown(world, "--words", "-n", "99")["rows"]]
    assert words[:4] == ["docker logs", "docker ps", "docker compose up", "ssh"]
    assert all("nas-tool" not in each and "plex" not in each for each in words)


def test_a_row_becomes_a_verb(world: World) -> None:
    history(world, typed())
    bin_folder = world.folder / "bin"
    bin_folder.mkdir()
    docker = bin_folder / "docker"
    docker.write_text('#!/bin/sh\necho "$@"\n')
    docker.chmod(0o755)
    done = world.run("usage", "habits", "--yes", "--new", "1")
    assert done.stdout == f"{world.verbs}/docker/logs\n"
    assert 'homelab docker logs runs: docker logs -f "$1"' in done.stderr
    path = f"{bin_folder}:{world.env['PATH']}"
    ran = world.run("docker", "logs", "plex", PATH=path)
    assert (ran.returncode, ran.stdout) == (0, "logs -f plex\n")
    assert world.run("docker", "logs", PATH=path).returncode == 2
    helped = world.run("help", "docker", "logs").stdout
    assert "NAME" in helped
    rows = shown(world)["rows"]
    assert rows[0]["verb"] == "docker logs"  # an own verb does it now
    again = world.run("usage", "habits", "--yes", "--new", "1")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert "--as names the verb" in again.stderr
    other = world.run("usage", "habits", "--yes", "--new", "3", "--as", "My_Stack/up")
    assert other.stdout == f"{world.verbs}/my-stack/up\n"
    assert shown(world)["rows"][2]["verb"] == "my-stack up"  # by what its script runs


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--new", "99"), "--new 99: there are 11 rows"),
        (("--as", "x"), "--as names the verb that --new begins"),
        (("--words", "--new", "1"), "--new takes the number of a command; --words shows none"),
        (("--new", "1", "--as", "x.py"), "file can't end in .py"),
        (("--new", "0"), "--new"),
    ],
)
def test_a_row_that_is_not_there_is_a_usage_error(
    words: tuple[str, ...], sentence: str, world: World
) -> None:
    history(world, typed())
    done = world.run("usage", "habits", "--yes", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert not world.verbs.exists()


def test_a_script_that_is_a_verb_is_named_by_its_file(world: World) -> None:
    world.dropin("nas/frobnicate.sh", "#!/bin/sh\n")
    world.dropin("stack/ps", "#!/bin/sh\n")
    history(world, [*["./frobnicate.sh now", "bash /x/frobnicate.sh"] * 4, *["ps -ef"] * 3])
    rows = {row["command"]: row["verb"] for row in shown(world, "--all")["rows"]}
    assert rows == {
        "bash frobnicate.sh": "nas frobnicate",
        "frobnicate.sh NAME": "nas frobnicate",
        "ps -ef": None,  # a file of that name is another program
    }


def test_a_script_that_was_run_by_its_path_is_added_and_not_begun(world: World) -> None:
    history(world, ["./deploy.sh prod"] * 3)
    done = world.run("usage", "habits", "--yes", "--new", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "homelab verbs add FOLDER makes verbs of scripts" in done.stderr


def test_what_a_new_verb_leaves_out_is_said(world: World) -> None:
    history(world, ["DOCKER_HOST=ssh://nas docker restart x"] * 3)
    done = world.run("usage", "habits", "--yes", "--new", "1")
    assert "some of the typed commands had more, which is left out: variables" in done.stderr


def test_a_file_that_is_no_program_is_not_shown(world: World) -> None:
    folder = world.folder / "bin"
    folder.mkdir()
    (folder / "Zebra77.txt").write_text("x")
    (folder / "frobnicate").write_text("#!/bin/sh\n")
    (folder / "frobnicate").chmod(0o755)
    history(world, ["Zebra77.txt a", "frobnicate b"] * 3)
    path = f"{folder}:{world.env['PATH']}"
    done = world.run("usage", "habits", "--yes", "--json", PATH=path)
    assert [row["command"] for row in json.loads(done.stdout)["rows"]] == ["frobnicate NAME"]
    assert "Zebra77" not in done.stdout + done.stderr


def test_no_history_is_said_so(world: World) -> None:
    done = world.run("usage", "habits", "--yes")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"no history of bash, zsh, fish, nushell, ash or atuin is in {world.home}" in done.stderr


def test_a_thousand_secrets_are_in_no_byte_of_any_output(world: World) -> None:
    """Each shape is put among innocent lines at least 3 times, so it is a habit."""
    rng = random.Random(1)
    shapes = sorted(SHAPES)
    planted = [SHAPES[shapes[number % len(shapes)]](rng) for number in range(1000)]
    assert len(shapes) >= 40
    lines = [*typed(), *(entry for entry, _ in planted for _ in range(3))]
    rng.shuffle(lines)
    history(world, lines)
    outputs = []
    for words in [(), ("--all", "-n", "9999"), ("--words", "--all", "-n", "9999"), ("--csv",)]:
        for form in [(), ("--json",)] if "--csv" not in words else [()]:
            done = world.run("usage", "habits", "--yes", *words, *form)
            assert done.returncode == 0
            outputs.append(done.stdout + done.stderr)
    document = shown(world, "--all", "-n", "9999")
    for number in range(1, min(30, len(document["rows"])) + 1):
        done = world.run(
            "usage", "habits", "--yes", "--all", "--new", str(number), "--as", f"x{number}"
        )
        outputs.append(done.stdout + done.stderr)
    outputs += [path.read_text() for path in world.verbs.rglob("*")]
    shown_bytes = "\n".join(outputs)
    for _, secret in planted:
        assert secret not in shown_bytes


def test_a_long_history_takes_no_more_memory(world: World) -> None:
    """200,000 entries, many of them different; a million need as much memory (build.py bench)."""
    rng = random.Random(3)
    kinds = typed()
    history(world, [f"{rng.choice(kinds)} x{rng.randrange(10**6)}" for _ in range(200_000)], 60)
    command = [world.pyz, "usage", "habits", "--yes"]
    done, most = memory.measured(command, world.env)
    assert done.returncode == 0
    assert most < 60 * 1024  # KiB
