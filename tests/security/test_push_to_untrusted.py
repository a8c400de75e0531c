"""`self push` to a host where another account can change the installed file or root's TMPDIR."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from support.world import World

from homelab.install import remote_script
from homelab.remote.reply import HostReply, HostResult

pytestmark = pytest.mark.needs("root")

THEIRS = 54321  # a number that no account has
SHELLS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("dash", "bash", "busybox")]


def _pushed(world: World, shell: str, prefix: Path, unverified: bool = False) -> HostResult:
    """The result of the command that a push runs on a host."""
    data = Path(world.pyz).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    line = remote_script.push_line(str(prefix), digest, (), unverified)
    command = [shell, "sh", "-c", line] if shell == "busybox" else [shell, "-c", line]
    done = subprocess.run(command, env=world.env, input=data, capture_output=True, check=False)
    build = json.loads(world.run("version", "--json").stdout)["build"]
    return remote_script.pushed(HostReply(done.returncode, done.stdout, done.stderr), build)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kind", ["theirs", "writable", "folder"])
def test_what_others_can_change_is_no_missing_copy(shell: str, kind: str, world: World) -> None:
    """Else nothing would check the copy that replaces it."""
    prefix = world.folder / "prefix"
    assert _pushed(world, shell, prefix).result == "installed"
    fault = there = (prefix / "bin/homelab").resolve()
    with there.open("ab") as file:
        file.write(b"\n")  # another version
    if kind == "theirs":
        os.chown(there, THEIRS, THEIRS)
    elif kind == "writable":
        there.chmod(0o777)
    else:
        fault = there.parent
        fault.chmod(0o777)
    result = _pushed(world, shell, prefix)
    assert (result.result, result.good) == ("refused", False)
    assert result.reason == (
        "the installed copy is not run to check the new one: another account can change"
        f" {fault}; remove that right; --unverified installs anyway"
    )
    if kind != "folder":  # nothing is installed in it
        assert _pushed(world, shell, prefix, unverified=True).result == "installed"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_folder_for_temporary_files_that_others_can_exchange_is_not_used(
    shell: str, world: World
) -> None:
    theirs = world.folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, THEIRS, THEIRS)
    before = theirs.stat().st_mtime_ns
    for number, name in enumerate((str(theirs), f"{theirs}/none", f"{world.folder}/none")):
        world.env["TMPDIR"] = name
        assert _pushed(world, shell, world.folder / f"prefix{number}").result == "installed"
    assert theirs.stat().st_mtime_ns == before
