"""A pipe, socket, device, folder, huge or growing file, or one on a dead mount in place of a file
that a verb reads: the verb ends, with little memory and a sentence.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.memory import measured
from support.world import ROOT, World

MOST = 300 << 10  # KiB
KINDS = ("pipe", "socket", "device", "folder", "sparse", "growing")
# Command lines with FILE for a file that the user names, and the right exit codes.
NAMED = {
    "cert check": (("cert", "check", "FILE"), (69,)),
    "cert check --ca-file": (("cert", "check", "127.0.0.1:1", "--ca-file", "FILE"), (2,)),
    "service check --file": (("service", "check", "--file", "FILE"), (2,)),
    "service check --ca-file": (
        ("service", "check", "https://127.0.0.1:1/", "--ca-file", "FILE"), (2,),
    ),
    "self push --from": (("self", "push", "--from", "FILE", "--dry-run"), (2,)),
    "self hosts --from": (("self", "hosts", "--from", "FILE"), (2,)),
    "job run --ping-file": (("job", "run", "a", "--ping-file", "FILE", "--", "true"), (0,)),
    "job run --notify-file": (
        ("job", "run", "a", "--notify-file", "FILE", "--", "true"), (0,),
    ),
    "job run": (("job", "run", "a", "--", "FILE"), (126,)),
}  # fmt: skip
SETTINGS = ("PASSWORD_FILE", "TOKEN_FILE", "CA_FILE")


@contextmanager
def put(kind: str, path: Path) -> Iterator[None]:
    """Put an odd file at the path."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        short = Path("/tmp") / f"odd-{os.getpid()}"  # the kernel accepts 107 bytes of a path
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(short))
        shutil.move(short, path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(10 << 30)
    over = threading.Event()
    if kind == "growing":
        path.write_bytes(b"a" * (8 << 20))

        def grow() -> None:
            with path.open("ab") as file:
                while not over.wait(0.001) and file.tell() < 256 << 20:
                    file.write(b"a" * (1 << 20))
                    file.flush()

        threading.Thread(target=grow).start()
    try:
        yield
    finally:
        over.set()


def ends(world: World, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run a command; check that it takes little memory and has no traceback."""
    done, memory = measured([world.pyz, *words], world.env)
    assert memory < MOST
    assert "Traceback" not in done.stderr
    assert "a bug" not in done.stderr
    return done


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_the_user_names_is_refused_in_a_sentence(
    name: str, kind: str, world: World
) -> None:
    path = world.folder / "odd.pem"
    words, codes = NAMED[name]
    with put(kind, path):
        done = ends(world, tuple(str(path) if word == "FILE" else word for word in words))
    assert done.returncode in codes, (done.stdout, done.stderr)
    assert len((done.stderr + done.stdout).splitlines()) <= 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_file_of_the_settings_is_refused_in_a_sentence(
    setting: str, kind: str, world: World
) -> None:
    path = world.folder / "odd"
    world.env["HOMELAB_LOKI_URL"] = "https://127.0.0.1:1"
    world.env["HOMELAB_LOKI_USERNAME"] = "me"
    world.env[f"HOMELAB_LOKI_{setting}"] = str(path)
    with put(kind, path):
        done = ends(world, ("logs", "labels"))
    assert done.returncode == 78
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.json", "a.lock", "a.out"])
def test_a_file_of_a_job_holds_nobody(name: str, kind: str, world: World) -> None:
    folder = world.state / "jobs"
    folder.mkdir(parents=True)
    with put(kind, folder / name):
        listed = ends(world, ("job", "list"))
        assert listed.returncode in (0, 69)
        shown = ends(world, ("job", "show", "a"))
        assert shown.returncode in (0, 1, 69)
        run = ends(world, ("job", "run", "a", "--", "true"))
    assert run.returncode == 0
    assert run.stderr.count("\n") <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["usage.log", "usage.history", "usage.lock", "outbox", "sender"])
def test_a_file_of_the_counts_holds_nobody(name: str, kind: str, world: World) -> None:
    world.state.mkdir(parents=True)
    with put(kind, world.state / name):
        for words in (("config",), ("usage", "top"), ("usage", "status")):
            ends(world, words)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["bin/homelab", "share/man/man1/homelab.1"])
def test_what_is_in_the_place_of_an_installed_file_stays(
    name: str, kind: str, world: World
) -> None:
    path = world.folder / "prefix" / name
    path.parent.mkdir(parents=True)
    with put(kind, path):
        done = ends(world, ("self", "install", "--prefix", str(world.folder / "prefix")))
        assert done.returncode in (0, 1)
        ends(world, ("self", "install", "--uninstall", "--prefix", str(world.folder / "prefix")))
    assert os.path.lexists(path)


@pytest.mark.parametrize("kind", KINDS)
def test_completion_goes_on_without_ssh_files(kind: str, world: World) -> None:
    (world.home / ".ssh").mkdir()
    (world.home / ".ssh/config").write_text("Host nas\n")
    with put(kind, world.home / ".ssh/known_hosts"):
        done = ends(world, ("completion", "bash", "--", "self", "push", "n"))
    assert (done.returncode, done.stdout.strip()) == (0, "nas")


@pytest.mark.parametrize("kind", KINDS)
def test_a_dropins_description_holds_nobody(kind: str, world: World) -> None:
    world.dropin("nas", "#!/bin/sh\n")
    with put(kind, world.verbs / "nas.verb"):
        for words in (("verbs", "check"), ("help", "nas"), ("nas",)):
            ends(world, words)


HUNG = [sys.executable, str(ROOT / "tests/support/hung_mounts.py")]


@pytest.mark.needs("root", "namespaces", "fuse")
def test_a_dead_mount_is_waited_for_no_longer_than_it_may(world: World) -> None:
    dead = world.folder / "dead"
    dead.mkdir()
    prefix = str(dead / "prefix")
    named = [
        [str(dead / "odd.pem") if word == "FILE" else word for word in words]
        for name, (words, _) in NAMED.items()
        if name != "job run"
    ]
    commands = [
        *named,
        ["container", "list", "--socket", str(dead / "docker.sock")],
        ["self", "install", "--prefix", prefix],
        ["self", "install", "--uninstall", "--prefix", prefix],
    ]

    def run(words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["unshare", "-m", *HUNG, str(dead), "--", world.pyz, *words],
            env=world.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    with ThreadPoolExecutor(len(commands)) as threads:  # each only waits for the mount
        runs = list(threads.map(run, commands))
    for words, done in zip(commands, runs):
        assert "Traceback" not in done.stderr, words
        assert "not answer" in done.stderr + done.stdout, (words, done)
