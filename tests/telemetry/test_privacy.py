"""Private by construction: canaries everywhere, none in any byte that leaves; and off is off."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from hypothesis import given
from hypothesis import strategies as st
from support.reading import until
from support.world import World

from homelab.telemetry import event
from homelab.telemetry.vocabulary import WISHES, listed
from homelab.verbs import BUILT_IN

CANARY = "canary7f3a"


def _poisoned(world: World, loki: FakeLoki) -> dict[str, str]:
    """An environment, a home and a working directory that are full of canaries."""
    world.folder = world.folder / CANARY
    home = world.folder / f"home-{CANARY}"
    home.mkdir(parents=True)
    world.home.rename(home)
    world.home = home
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        world.env[name] = str(home / name.lower())
    account = dict.fromkeys(
        ("USER", "LOGNAME", "USERNAME", "SUDO_USER", "HOSTNAME", "MAIL"), CANARY
    )
    secrets = {"API_KEY": CANARY, f"{CANARY}": "1", "HOMELAB_LOKI_TENANT": "lab"}
    return {**account, **secrets, "HOME": str(home), "HOMELAB_LOKI_URL": loki.url}


# what would else write outside of the test's own world, or have no end
_WITH = {
    "job run": ["nightly", "--", "true"],
    "logs tail": ["--for", "1s"],
    "self install": ["--prefix", "prefix"],
}
_COMMANDS = [
    *([*verb.path.split(" "), *_WITH.get(verb.path, ())] for verb in BUILT_IN.every()),
    *([*verb.path.split(" "), f"--{CANARY}"] for verb in BUILT_IN.every()),
    *([*verb.path.split(" "), CANARY, "--since", CANARY] for verb in BUILT_IN.every()),
    ["logs", "query", f'{{a="{CANARY}"}}'],
    ["usage", "top", "--user", CANARY],
    [CANARY],
    [CANARY, CANARY],
    ["logs", CANARY],
    ["backup", CANARY],
    [f"mine-{CANARY}", CANARY],
    ["nas", CANARY],
    ["nas", f"x{CANARY}"],
]


def test_no_canary_in_any_byte_that_leaves(world: World, loki: FakeLoki) -> None:
    env = _poisoned(world, loki)
    verbs = Path(world.env["XDG_DATA_HOME"]) / "homelab/verbs"
    for name in (f"mine-{CANARY}", f"nas/{CANARY}.sh"):
        path = verbs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {CANARY}\nexit 4\n")
        path.chmod(0o755)
    for words in _COMMANDS:
        world.run(*words, **env)
    outbox = Path(world.env["XDG_STATE_HOME"]) / "homelab/outbox"
    assert until(lambda: os.listdir(outbox) == ["lock"])
    pushes = [request for request in loki.requests if request.path == "/loki/api/v1/push"]
    for push in pushes:  # how many there are is the machine's business: one may carry many runs
        said = repr((push.method, push.path, push.query, push.headers, push.body))
        assert CANARY not in said
        assert os.uname().nodename not in said
    entries = loki.entries('{job="homelab-usage"}')
    assert len(entries) > len(_COMMANDS) / 2
    labels = {entry[0]["verb"] for entry in entries}
    assert {"(personal)", "(unknown)", "(unknown) backup", "config"} <= labels
    kept = [path for path in outbox.parent.rglob("*") if path.is_file()]
    assert not any(CANARY in path.name or CANARY in path.read_text() for path in kept)


def test_nor_in_the_journal(world: World, loki: FakeLoki) -> None:
    env = _poisoned(world, loki)
    del env["HOMELAB_LOKI_URL"]
    for words in ([CANARY], ["logs", "query", CANARY], ["config", f"--{CANARY}"]):
        world.run(*words, **env)
    journal = Path(world.env["XDG_STATE_HOME"]) / "homelab/usage.log"
    assert len(journal.read_text().splitlines()) == 3
    assert CANARY not in journal.read_text()


def test_no_secret_is_ever_printed(world: World, loki: FakeLoki) -> None:
    secrets = {"HOMELAB_LOKI_PASSWORD": CANARY, "HOMELAB_LOKI_TOKEN": CANARY}
    loki.hook = None
    for words in _COMMANDS:
        if CANARY not in " ".join(words):
            for mode in ("1", "print"):
                env = {**secrets, "HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY": mode}
                done = world.run(*words, HOMELAB_DEBUG="1", **env)
                assert CANARY not in done.stdout + done.stderr


@given(st.text())
def test_a_word_leaves_by_name_only_if_the_public_list_has_it(word: str) -> None:
    text = event.of_unknown(word).text
    assert text in {"(unknown)", *(f"(unknown) {wish}" for wish in WISHES)}
    assert text == f"(unknown) {listed(word)}".strip()


@given(st.lists(st.text(max_size=8), max_size=4))
def test_an_installed_path_is_words_of_verbs_or_nothing(words: list[str]) -> None:
    assert re.fullmatch(
        r"[a-z0-9-]+( [a-z0-9-]+)*|\(unknown\)|", event.of_installed(tuple(words)).text
    )


@given(st.text(), st.integers())
def test_an_event_is_built_from_a_label_and_an_integer_alone(text: str, code: int) -> None:
    with pytest.raises(TypeError):
        event.Label(object(), text)
    with pytest.raises(TypeError):
        event.Event(0, text, code)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r".*"):
        event.Event(0, event.UNKNOWN, f"x{text}")  # type: ignore[arg-type]
    assert event.Event(0, event.UNKNOWN, code).line() == f"exit={code} ver=0.6.0"


def _traced(world: World, *words: str, **env: str) -> list[str]:
    """The system calls of a run and its children that reach outside: sockets, processes, files
    made, opened for writing, renamed or removed. (sendfile is how the program's own file is copied
    into memory at its start.)"""
    trace = world.folder / "trace"
    subprocess.run(
        ["strace", "-f", "-qq", "-o", str(trace), "-e",
         "trace=network,process,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,symlink",
         sys.executable, world.pyz, *words],
        env={**world.env, **env}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    calls = [line.partition(" ")[2].strip() for line in trace.read_text().splitlines()]
    reads = re.compile(
        r"open(at)?\(.*O_RDONLY(?!.*O_CREAT)|(execve|exit|exit_group|wait4|sendfile)\(|\+\+\+|---"
    )
    return [call for call in calls if not reads.match(call)]


@pytest.mark.needs("strace")
@pytest.mark.parametrize(
    "off", [{"HOMELAB_TELEMETRY": "0"}, {"DO_NOT_TRACK": "1"}], ids=["ours", "everybody's"]
)
@pytest.mark.parametrize("words", [["config"], ["backup"], ["logs", "query", "--nosuch"]])
def test_off_is_no_socket_no_fork_no_file(
    off: dict[str, str], words: list[str], world: World
) -> None:
    assert _traced(world, *words, HOMELAB_LOKI_URL="http://127.0.0.1:1", **off) == []
    assert _traced(world, *words, **off) == []


@pytest.mark.needs("strace")
def test_the_same_trace_sees_them_when_it_is_on(world: World) -> None:
    calls = " ".join(_traced(world, "config", HOMELAB_LOKI_URL="http://127.0.0.1:1"))
    assert "O_CREAT" in calls
    assert "clone" in calls or "fork" in calls
    assert "socket(" in calls


@pytest.mark.needs("strace")
def test_the_journal_is_one_file_and_no_socket_and_no_fork(world: World) -> None:
    world.state.mkdir(parents=True)
    (call,) = _traced(world, "config")
    assert "usage.log" in call


@pytest.mark.needs("strace")
def test_settings_that_say_no_open_nothing_for_writing(world: World) -> None:
    world.settings("[loki]\nurl = http://127.0.0.1:1\n[telemetry]\nenabled = no\n")
    assert _traced(world, "config") == []
