"""`-o FILE`: nobody else reads the files that root writes, and they go where root said."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.accounts import Account, account
from support.attacks import attacked
from support.world import World

pytestmark = pytest.mark.needs("root", "useradd", "setpriv")


@pytest.fixture
def u1() -> Iterator[Account]:
    with account("u1") as made:
        yield made


@pytest.fixture
def shared(world: World) -> Path:
    """A folder like /tmp."""
    path = world.folder / "shared"
    path.mkdir()
    path.chmod(0o1777)
    world.reachable()
    return path


def _facts(path: Path) -> tuple[int, ...]:
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_uid, found.st_gid, found.st_size, found.st_mtime_ns


@pytest.mark.parametrize("verb", ["report", "dashboard"])
@pytest.mark.parametrize("kind", ["file", "link", "dangling", "pipe"])
def test_what_another_account_has_put_there_is_refused(
    verb: str, kind: str, world: World, u1: Account, shared: Path
) -> None:
    path, victim = shared / "x", world.folder / "victim"
    victim.write_text("as it was")
    if kind == "file":
        path.write_text("theirs")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(victim if kind == "link" else world.folder / "new")
    u1.owns(path)
    before = _facts(path)
    done = world.run("usage", verb, "--min-users", "1", "-o", str(path))
    assert done.returncode == 1
    assert done.stderr == (
        f"homelab: {path} is not written: it belongs to another account ({u1.name}); choose another"
        " --output, or - for stdout\n"
    )
    assert _facts(path) == before
    assert victim.read_text() == "as it was"
    assert not (world.folder / "new").exists()
    assert [name.name for name in shared.iterdir()] == ["x"]


def test_a_new_file_is_roots_alone(world: World, u1: Account, shared: Path) -> None:
    path = shared / "x"
    before = os.umask(0)
    try:
        for _ in range(2):  # and again over its own file
            assert world.run("usage", "report", "-o", str(path)).returncode == 0
            assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    finally:
        os.umask(before)
    assert u1.run("cat", str(path)).returncode == 1


def test_a_folder_that_another_account_may_exchange_is_refused(
    world: World, u1: Account, shared: Path
) -> None:
    (shared / "link").symlink_to(u1.home)
    for folder in (u1.home, shared / "link"):
        done = world.run("usage", "dashboard", "--min-users", "1", "-o", str(folder / "x"))
        assert done.returncode == 1
        assert done.stderr == (
            f"homelab: {folder}/x is not written: {u1.home}: it belongs to another account"
            f" ({u1.name}); choose another --output, or - for stdout\n"
        )
    assert not (u1.home / "x").exists()


def test_a_name_that_changes_all_the_time_leaks_nothing(
    world: World, u1: Account, shared: Path
) -> None:
    """The name alternates: a file that u1 holds open, a link to a file of root's, nothing."""
    path, victim = shared / "x", world.folder / "victim"
    victim.write_text("as it was")
    steps = f"""
path = {str(path)!r}

def attack():
    with swallow():
        os.unlink(path)
    with swallow():
        with open(path, "x+") as mine:
            for _ in range(20):
                if mine.read():
                    open("leaked", "w").close()
    with swallow():
        os.unlink(path)
    with swallow():
        os.symlink({str(victim)!r}, path)
    with swallow():
        if open(path).read(9) not in ("", "as it was"):
            open("leaked", "w").close()
"""
    with attacked(u1, u1.home / "attack", steps) as attack:
        for _ in range(20):
            done = world.run("usage", "dashboard", "--min-users", "1", "-o", str(path))
            if done.returncode:
                assert done.returncode == 1
                # refused, or the previous file is gone
                assert done.stderr.startswith(f"homelab: {path} ")
                assert " written: " in done.stderr
                assert done.stderr.count("\n") == 1
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_uid == 0:
                    path.unlink()  # so u1 goes on
    assert not (u1.home / "attack/leaked").exists()
    assert victim.read_text() == "as it was"
    assert attack.rounds > 0


def test_what_is_open_already_and_devices_are_written_to(world: World, shared: Path) -> None:
    for path in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "-"):
        assert world.run("usage", "dashboard", "--min-users", "1", "-o", path).stdout.startswith(
            "{"
        )
    assert world.run(
        "usage", "dashboard", "--min-users", "1", "-o", "/dev/stderr"
    ).stderr.startswith("{")
    assert world.run("usage", "dashboard", "--min-users", "1", "-o", "/dev/null").returncode == 0
    pipe = shared / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)  # other accounts that may write to it read nothing
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert world.run("usage", "dashboard", "--min-users", "1", "-o", str(pipe)).returncode == 0
        assert reader.communicate(timeout=60)[0].startswith(b"{")


@pytest.mark.needs("bash")
def test_a_command_of_the_shells_is_written_to(world: World) -> None:
    script = f"{world.pyz} usage dashboard -o >(cat >{world.folder}/piped); wait $!"
    subprocess.run(["bash", "-c", script], env=world.env, check=True)
    assert (world.folder / "piped").read_text().startswith("{")


def test_an_account_writes_at_home_over_its_own(world: World, u1: Account) -> None:
    here = shutil.copy(world.pyz, world.folder / "homelab.pyz")
    world.reachable()
    (u1.home / "page").write_text("before")
    (u1.home / "page").chmod(0o644)
    (u1.home / "link").symlink_to("page")
    u1.owns(u1.home / "page", u1.home / "link")
    for name in ("page", "link", "new"):
        done = u1.run(str(here), "usage", "dashboard", "--min-users", "1", "-o", name)
        assert done.returncode == 0, done.stderr
    assert (u1.home / "link").is_symlink()
    assert stat.S_IMODE((u1.home / "page").stat().st_mode) == 0o644
    assert stat.S_IMODE((u1.home / "new").stat().st_mode) == 0o600
    assert (u1.home / "page").read_text().startswith("{")
