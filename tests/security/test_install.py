"""`self install` and `self push` as root never run a file that another account could replace."""

from __future__ import annotations

import json
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

from homelab.install import remote_script
from homelab.remote.reply import HostReply

pytestmark = pytest.mark.needs("root", "useradd", "setpriv")

EVIL = '#!/bin/sh\nid -u >> {0}/ran\necho \'{{"build": "000000000000"}}\'\n'


@pytest.fixture
def u1() -> Iterator[Account]:
    with account("u1") as made:
        yield made


def _evil(u1: Account, path: Path) -> Path:
    """A script of u1's that shows that it ran."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(EVIL.format(u1.home))
    path.chmod(0o755)
    for made in (path, *path.parents):
        if made == u1.home:
            break
        u1.owns(made)
    return path


def _strange(u1: Account) -> str:
    return (
        f"{u1.home}: it belongs to another account ({u1.name}); use a folder that is root's, as is"
        " all above it"
    )


@pytest.mark.parametrize("words", [[], ["--uninstall"]])
def test_root_installs_nothing_below_another_accounts_folder(
    words: list[str], world: World, u1: Account
) -> None:
    (u1.home / "bin").mkdir()
    (u1.home / "bin/homelab").symlink_to(world.pyz)
    before = sorted(u1.home.rglob("*"))
    for prefix in (u1.home, u1.home / "a/b"):
        done = world.run("self", "install", "--prefix", str(prefix), *words)
        assert done.returncode == 1
        what = "removed" if words else "installed"
        assert done.stderr == f"homelab: nothing was {what} below {prefix}: {_strange(u1)}\n"
    assert sorted(u1.home.rglob("*")) == before


@pytest.mark.parametrize("name", ["lib", "lib/homelab", "bin", "share", "share/man/man1"])
def test_one_folder_of_another_accounts_is_enough(name: str, world: World, u1: Account) -> None:
    """The folder may also be the target of a link, or be the last one written to."""
    prefix = world.folder / "prefix"
    (prefix / name).parent.mkdir(parents=True)
    theirs = u1.home / "theirs"
    theirs.mkdir()
    u1.owns(theirs)
    (prefix / name).symlink_to(theirs)
    before = sorted(world.folder.rglob("*"))
    done = world.run("self", "install", "--prefix", str(prefix), HOMELAB_TELEMETRY="0")
    assert done.returncode == 1
    assert done.stderr == f"homelab: nothing was installed below {prefix}: {_strange(u1)}\n"
    assert sorted(world.folder.rglob("*")) == before
    assert list(theirs.iterdir()) == []


def test_a_file_that_is_swapped_while_it_is_tried_is_never_run(world: World, u1: Account) -> None:
    """The library belongs to u1, who replaces every file in it by a script."""
    library = u1.home / "p/lib/homelab"
    evil = _evil(u1, library / "evil")
    steps = f"""
def attack():
    for name in os.listdir({str(library)!r}):
        if name.startswith(".homelab-") or name.endswith(".pyz"):
            with swallow():
                exchange({str(evil)!r}, os.path.join({str(library)!r}, name))
"""
    with attacked(u1, u1.home / "attack", steps) as attack:
        codes = {
            world.run("self", "install", "--prefix", str(u1.home / "p")).returncode
            for _ in range(8)
        }
    assert codes == {1}
    assert not (u1.home / "ran").exists()
    assert attack.rounds > 100


def test_a_prefix_that_is_exchanged_for_roots_own_is_never_used(world: World, u1: Account) -> None:
    """The prefix alternates between a link to a good folder and a folder with u1's script."""
    good = world.folder / "good"
    assert world.run("self", "install", "--prefix", str(good)).returncode == 0
    world.reachable()
    told = json.loads(world.run("version", "--json").stdout)
    name = f"lib/homelab/homelab-{told['version']}-{told['build']}.pyz"
    _evil(u1, u1.home / "bad" / name)
    (u1.home / "bad/bin").mkdir()
    (u1.home / "bad/bin/homelab").symlink_to(f"../{name}")
    (u1.home / "p").symlink_to(good)
    u1.owns(u1.home / "p", u1.home / "bad/bin", u1.home / "bad/bin/homelab")
    steps = f"def attack():\n    exchange({str(u1.home / 'p')!r}, {str(u1.home / 'bad')!r})\n"
    push = remote_script.push_line(str(u1.home / "p"), "0" * 64)
    ask = remote_script.ask_line(str(u1.home / "p"))
    with attacked(u1, u1.home / "attack", steps) as attack:
        for _ in range(8):
            done = world.run("self", "install", "--prefix", str(u1.home / "p"))
            assert done.returncode == 1
            for line in (push, ask):
                subprocess.run(["sh", "-c", line], env=world.env, input=b"", check=False,
                               capture_output=True)  # fmt: skip
    assert not (u1.home / "ran").exists()
    assert attack.rounds > 100


def test_a_folder_of_a_group_is_refused_with_what_makes_it_right(world: World) -> None:
    """/usr/local has this mode on some Debian hosts: root:staff 2775."""
    prefix = world.folder / "prefix"
    for name in ("lib", "bin"):
        (prefix / name).mkdir(parents=True)
        shutil.chown(prefix / name, group="staff")
        (prefix / name).chmod(0o2775)
    for name in ("lib", "bin"):
        done = world.run("self", "install", "--prefix", str(prefix))
        assert done.returncode == 1
        fix = f"chmod g-w {prefix}/{name}"
        assert done.stderr == (
            f"homelab: nothing was installed below {prefix}: {prefix}/{name}: it is"
            f" writable by its group (staff); {fix}\n"
        )
        subprocess.run(fix.split(), check=True)
    assert world.run("self", "install", "--prefix", str(prefix)).returncode == 0


def test_in_a_sticky_folder_only_what_is_roots_is_used(world: World, u1: Account) -> None:
    sticky = world.folder / "sticky"
    sticky.mkdir()
    sticky.chmod(0o1777)
    assert world.run("self", "install", "--prefix", str(sticky / "new")).returncode == 0
    (sticky / "theirs").mkdir()
    u1.owns(sticky / "theirs")
    done = world.run("self", "install", "--prefix", str(sticky / "theirs"))
    assert done.returncode == 1
    assert f"{sticky}/theirs: it belongs to another account" in done.stderr
    (sticky / "new/bin").chmod(0o1777)  # nobody can change our files there, but anyone may add some
    done = world.run("self", "install", "--prefix", str(sticky / "new"))
    assert done.stderr == (
        f"homelab: nothing was installed below {sticky}/new: {sticky}/new/bin: other"
        f" accounts can create files in it; chmod go-w {sticky}/new/bin\n"
    )


def test_what_another_account_may_change_is_not_taken_for_ours(world: World, u1: Account) -> None:
    """The bytes are equal; shells source one of the files, and root runs the other."""
    prefix = world.folder / "prefix"
    assert world.run("self", "install", "--prefix", str(prefix)).returncode == 0
    files = [path for path in prefix.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in files:
        u1.owns(path)
    done = world.run("self", "install", "--prefix", str(prefix), "--json")
    states = {row["path"]: row["state"] for row in json.loads(done.stdout)["rows"]}
    assert {states[str(path)] for path in files} == {"written"}
    for path in files:
        assert path.stat().st_uid == 0
        assert not stat.S_IMODE(path.stat().st_mode) & 0o022


def test_another_account_installs_where_only_it_and_root_may_write(
    world: World, u1: Account
) -> None:
    here = shutil.copy(world.pyz, world.folder / "homelab.pyz")
    world.reachable()
    done = u1.run(str(here), "self", "install", "--prefix", f"{u1.home}/.local")
    assert done.returncode == 0, done.stderr
    with account("u2") as u2:
        for folder in (u2.home, u2.home / "lib"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)
        done = u1.run(str(here), "self", "install", "--prefix", str(u2.home))
        assert done.returncode == 1
        assert f"{u2.home}: it belongs to another account ({u2.name})" in done.stderr


@pytest.mark.parametrize(
    "sh",
    [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("dash", "bash", "busybox")],
)
def test_on_another_host_root_runs_nothing_that_others_may_change(
    sh: str, world: World, u1: Account
) -> None:
    command = [sh, "sh", "-c"] if sh == "busybox" else [sh, "-c"]

    def answer(line: str) -> HostReply:
        with open(world.pyz, "rb") as file:
            done = subprocess.run(
                [*command, line], env=world.env, stdin=file, capture_output=True, check=False
            )
        return HostReply(done.returncode, done.stdout, done.stderr)

    told = json.loads(world.run("version", "--json").stdout)
    version, build = told["version"], told["build"]
    evil = _evil(u1, u1.home / "bin/homelab")
    digest = subprocess.check_output(["sha256sum", str(evil)], text=True).split()[0]
    found = remote_script.asked(answer(remote_script.ask_line(str(u1.home))), version, build)
    assert not found.good
    assert found.reason == (
        f"{evil} is not run: another account may change {u1.home}; remove that right, or choose"
        " another --prefix"
    )
    reply = answer(remote_script.push_line(str(u1.home), digest))
    assert not remote_script.pushed(reply, build).good
    digest = subprocess.check_output(["sha256sum", world.pyz], text=True).split()[0]
    evil.unlink()
    refused = remote_script.pushed(answer(remote_script.push_line(str(u1.home), digest)), build)
    assert refused.reason == f"nothing was installed below {u1.home}: {_strange(u1)}"
    assert not (u1.home / "ran").exists()
    prefix = str(world.folder / "a b")
    for result in ("installed", "current"):
        reply = answer(remote_script.push_line(prefix, digest))
        assert remote_script.pushed(reply, build).result == result, reply.why
    line = remote_script.ask_line(prefix)
    assert remote_script.asked(answer(line), version, build).good
    os.chmod(f"{prefix}/bin", 0o775)  # of root's own group
    assert remote_script.asked(answer(line), version, build).good
    shutil.chown(f"{prefix}/bin", group="staff")
    assert remote_script.asked(answer(line), version, build).good  # the file is not in there
    shutil.chown(f"{prefix}/lib/homelab", group="staff")
    os.chmod(f"{prefix}/lib/homelab", 0o775)
    assert f"may change {prefix}/lib/homelab;" in (
        remote_script.asked(answer(line), version, build).reason
    )
