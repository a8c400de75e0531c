"""The `.sig` beside a copy is read like any file that root reads, and only a signature is passed on
from it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from support.world import World

pytestmark = pytest.mark.needs("root")

WORD = "root:hunter2geheim:1:2:3"
THEIRS = 54321  # a number that no account has


@pytest.fixture
def copy(world: World) -> Path:
    """A copy of root's in a folder like /tmp."""
    folder = world.folder / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    world.pyz = str(shutil.copy(world.pyz, folder / "homelab.pyz"))
    return Path(world.pyz)


def _put(kind: str, world: World, signature: Path) -> None:
    """Put something in place of the signature, as another account, or root by mistake, may do."""
    shadow = world.folder / "shadow"
    shadow.write_text(WORD)
    shadow.chmod(0o600)
    if kind == "link of theirs":
        signature.symlink_to(shadow)
    elif kind == "dead link of theirs":
        signature.symlink_to(world.folder / "nothing")
    elif kind == "file of theirs":
        signature.write_text(WORD)
    elif kind == "pipe of theirs":
        os.mkfifo(signature)
    elif kind == "writable":
        signature.write_text(WORD)
        signature.chmod(0o666)
    elif kind == "own link":
        signature.symlink_to(shadow)
    elif kind == "folder":
        signature.mkdir()
    else:
        signature.write_text(WORD)
    if kind.endswith("theirs"):
        os.chown(signature, THEIRS, THEIRS, follow_symlinks=False)


KINDS = {
    "link of theirs": "it belongs to another account",
    "dead link of theirs": "it belongs to another account",
    "file of theirs": "it belongs to another account",
    "pipe of theirs": "it belongs to another account",
    "writable": "it is world-writable",
    "folder": "Is a directory",
    "own link": "is not an SSH signature",
    "text": "is not an SSH signature",
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_signature_of_roots_is_not_installed_and_holds_nothing_up(
    kind: str, world: World, copy: Path
) -> None:
    signature = copy.with_name("homelab.pyz.sig")
    _put(kind, world, signature)
    prefix = world.folder / "prefix"
    for state in ("linked", "unchanged"):
        done = world.run("self", "install", "--json", "--prefix", str(prefix))
        assert done.returncode == 0
        rows = {row["path"]: row["state"] for row in json.loads(done.stdout)["rows"]}
        assert rows[str(prefix / "bin/homelab")] == state
        (line,) = [line for line in done.stderr.splitlines() if ".sig" in line]
        assert line.startswith(f"homelab: {signature} is ")
        assert KINDS[kind] in line
        assert WORD not in done.stdout + done.stderr
    assert not list(prefix.rglob("*.sig"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_push_says_why_a_file_beside_it_is_not_used(kind: str, world: World, copy: Path) -> None:
    _put(kind, world, copy.with_name("homelab.pyz.sig"))
    done = world.run("self", "push", "127.0.0.1")
    assert (done.returncode, done.stdout) == (1, "")
    assert KINDS[kind] in done.stderr
    assert WORD not in done.stderr


@pytest.mark.parametrize("kind", ["file", "link"])
def test_root_reads_no_ping_file_of_another_account_and_the_job_runs(
    kind: str, world: World
) -> None:
    """The owner of that file would get the job's output."""
    path = world.folder / "url"
    path.write_text("http://127.0.0.1:1/geheim\n")
    if kind == "link":
        path = world.folder / "link"
        path.symlink_to(world.folder / "url")
    os.chown(path, THEIRS, THEIRS, follow_symlinks=False)
    words = ["--ping-file", str(path), "--", "touch", "ran"]
    done = world.run("job", "run", "x", *words)
    assert done.returncode == 0
    assert done.stderr.startswith(f"homelab: no ping is sent: {path}: {path}: it belongs to")
    assert len(done.stderr.splitlines()) == 1
    assert "geheim" not in done.stderr
    assert (world.folder / "ran").exists()
