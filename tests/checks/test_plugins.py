"""Every plugin of Debian's monitoring-plugins-basic as a check: its verdict is that of the plugin.

They ask loopback only, or fail with their own unknown.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.tls_servers import Saying, free_port
from support.world import World

FOLDER = Path("/usr/lib/nagios/plugins")
STATES = {0: "ok", 1: "warning", 2: "critical", 3: "unknown"}
_LONG = ("check_apt", "check_dhcp")  # they ask mirrors and the network if they get no arguments

pytestmark = pytest.mark.needs(str(FOLDER / "check_load"))


def plugins() -> list[str]:
    return sorted(path.name for path in FOLDER.glob("*") if not path.name.startswith("utils."))


def compared(world: World, commands: list[str]) -> dict[str, str]:
    """The states of these command lines as checks, after they are compared with their exit
    codes."""

    def run(command: str) -> int:
        return subprocess.run(
            shlex.split(command), env=world.env, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=60, check=False,
        ).returncode  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(run, commands))
    lines = [f"plugin = --name {at} {command}\n" for at, command in enumerate(commands)]
    world.settings(f"[checks]\nhost = no\n{''.join(lines)}")
    done = world.run("check", "--json", "--jobs", "8")
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    assert len(rows) == len(commands)
    seen = {command: rows[str(at)]["state"] for at, command in enumerate(commands)}
    assert seen == {command: STATES.get(code, "unknown") for command, code in zip(commands, codes)}
    assert all(row["detail"] for row in rows.values() if row["state"] != "ok")
    return seen


def test_every_plugin_gives_its_own_verdict(world: World) -> None:
    names = plugins()
    assert len(names) > 40
    port = free_port()
    commands = [
        f"{FOLDER}/{name} {words}".rstrip()
        for name in names
        for words in ("", "-V", f"-H 127.0.0.1 -p {port} -t 2")
        if words or name not in _LONG
    ]
    seen = compared(world, commands)
    assert set(seen.values()) >= {"ok", "critical", "unknown"}


def test_thresholds_of_plugins_decide(world: World) -> None:
    old = world.folder / "old"
    old.write_text("x" * 100)
    load, disk = f"{FOLDER}/check_load", f"{FOLDER}/check_disk"
    with Saying(b"220 ready\r\n", b"220 ready\r\n") as server:
        tcp = f"{FOLDER}/check_tcp -H 127.0.0.1 -t 2"
        expected = {
            f"{load} -w 9999 -c 9999": "ok",
            f"{load} -w 0,0,0 -c 9999": None,  # a host without any load is well
            f"{disk} -w 1 -c 1 -p /": "ok",
            f"{disk} -w 100% -c 1 -p /": "warning",
            f"{disk} -w 100% -c 100% -p /": "critical",
            f"{disk} -w 10% -c 5% -p /nosuch": None,  # differs between versions
            f"{FOLDER}/check_dummy 0 'it''s well'": "ok",
            f"{FOLDER}/check_dummy 1": "warning",
            f"{FOLDER}/check_dummy 2 bad": "critical",
            f"{FOLDER}/check_dummy 3": "unknown",
            f"{FOLDER}/check_dummy 7": "unknown",
            f"{FOLDER}/negate {FOLDER}/check_dummy 2": "ok",
            f"{FOLDER}/check_procs -w 0:0": "warning",
            f"{FOLDER}/check_procs -c 0:0": "critical",
            f"{FOLDER}/check_procs -w 1:99999": "ok",
            f"{FOLDER}/check_users -w 999 -c 999": None,  # newer ones need a session database
            f"{FOLDER}/check_file_age -w 9999 -c 9999 {old}": "ok",
            f"{FOLDER}/check_file_age -w 9999 -c 9999 -W 200 -C 1 {old}": "warning",
            f"{FOLDER}/check_file_age -w 9999 -c 9999 -W 200 -C 200 {old}": "critical",
            f"{tcp} -p {server.port}": "ok",
            f"{tcp} -p {free_port()}": "critical",
        }
        seen = compared(world, list(expected))
    assert {name: seen[name] for name in expected if expected[name]} == {
        name: state for name, state in expected.items() if state
    }


def test_a_plugin_is_an_own_verb_of_two_lines_or_a_link(world: World) -> None:
    world.dropin(
        "load",
        f"#!/bin/sh\n# Effect: read\n# Check: yes\nexec {FOLDER}/check_load -w 9999 -c 9999\n",
    )
    world.verbs.joinpath("dummy").symlink_to(FOLDER / "check_dummy")
    world.settings("[checks]\nhost = no\nown = dummy 1 linked\n")
    rows = json.loads(world.run("check", "--json").stdout)["rows"]
    assert [(row["name"], row["state"]) for row in rows] == [
        ("dummy", "warning"),
        ("load", "ok"),
    ]
    assert rows[0]["detail"] == "WARNING: linked"
    labels = [datum["label"] for datum in rows[1]["performance"]]
    assert labels[:3] == ["load1", "load5", "load15"]
