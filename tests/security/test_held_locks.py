"""Locks: a file that another account can open blocks nobody."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.accounts import Account, account
from support.attacks import python
from support.world import World

from homelab.install import local

pytestmark = pytest.mark.needs("root", "useradd", "setpriv", "flock")


@pytest.fixture
def u1() -> Iterator[Account]:
    with account("u1") as made:
        yield made


@contextlib.contextmanager
def _held(by: Account, path: Path) -> Iterator[None]:
    """A lock that u1 holds on a file or folder, by flock(2)."""
    command = by.command("flock", "-n", str(path), "sh", "-c", "echo held; exec cat")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        yield
        assert holder.poll() is None
        holder.communicate(b"", timeout=60)


def test_a_lock_on_the_library_does_not_hold_up_root(world: World, u1: Account) -> None:
    prefix = world.folder / "prefix"
    (prefix / "lib/homelab").mkdir(parents=True)
    world.reachable()
    with _held(u1, prefix / "lib/homelab"):
        for words in ([], ["--uninstall"]):
            done = world.run("self", "install", "--prefix", str(prefix), *words)
            assert done.returncode == 0, done.stderr


def test_the_lock_of_an_installation_can_be_opened_by_no_other_account(
    world: World, u1: Account
) -> None:
    folder = world.folder / "lib"
    folder.mkdir()
    world.reachable()
    before = os.umask(0)
    try:
        lock = local._locked(str(folder), 0)
    finally:
        os.umask(before)
    (path,) = folder.iterdir()
    assert "Permission denied" in u1.run("flock", "-n", str(path), "true").stderr
    local._unlocked(lock, str(folder))
    path.touch(0o666)
    u1.owns(path)
    with _held(u1, path):  # left from the time when the folder was u1's
        local._unlocked(local._locked(str(folder), 0), str(folder))


@pytest.mark.parametrize("link", ["lock", "folder"])
def test_a_job_is_not_held_up_through_a_link(link: str, world: World, u1: Account) -> None:
    """The lock is a link to /tmp/backup.lock, which u1 holds; or the folder of locks is u1's."""
    jobs = world.state / "jobs"
    theirs = u1.home / "jobs"
    theirs.mkdir()
    (theirs / "backup.lock").touch(0o666)
    u1.owns(theirs, theirs / "backup.lock")
    if link == "lock":
        jobs.mkdir(parents=True)
        (jobs / "backup.lock").symlink_to(theirs / "backup.lock")
    else:
        jobs.parent.mkdir(parents=True)
        jobs.symlink_to(theirs)
    program = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+'); fcntl.lockf(file, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = u1.command(python(u1), "-c", program, str(theirs / "backup.lock"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        done = world.run("job", "run", "backup", "--", "echo", "ran")
        holder.communicate(b"", timeout=60)
    assert done.returncode == 0
    assert "runs without a lock and without a record" in done.stderr
    assert [path.name for path in theirs.iterdir()] == ["backup.lock"]


def test_every_lock_is_this_accounts_alone(world: World, u1: Account) -> None:
    before = os.umask(0)
    try:
        assert world.run("job", "run", "backup", "--", "true").returncode == 0
        assert world.run("usage", "top").returncode == 0
    finally:
        os.umask(before)
    locks = [path for path in world.state.rglob("*") if path.name.endswith("lock")]
    assert {path.name for path in locks} >= {"backup.lock"}
    for path in locks:
        assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
