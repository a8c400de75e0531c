"""Which script runs, and which program runs it: interpreters, links, groups, other folders."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.accounts import Account
from support.world import World

pytestmark = pytest.mark.needs("root", "useradd", "setpriv")
SCRIPT = "#!/bin/sh\necho ran as $(id -u)\n"


def put(path: Path, text: str, owner: Account | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    if owner:
        owner.owns(path)
    return path


def refused(world: World, *words: str, **env: str) -> str:
    done = world.run(*words, **env)
    assert (done.returncode, done.stdout) == (126, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize(
    "line", ["#!python3", "#! ./python3", "#!/usr/bin/env -S ./python3", "#!/usr/bin/env bin/x"]
)
def test_an_interpreter_that_depends_on_the_working_directory(line: str, world: World) -> None:
    world.dropin("x", f"{line}\nprint(1)\n")
    put(world.folder / "python3", "#!/bin/sh\necho not this\n")
    put(world.folder / "bin/x", "#!/bin/sh\necho not this\n")
    assert "depends on the working directory" in refused(world, "x")
    assert "depends on the working directory" in world.run("verbs", "check").stdout


def test_an_interpreter_of_an_interpreter(world: World, u1: Account) -> None:
    put(u1.home / "inner", "#!/bin/sh\necho theirs\n", u1)
    for line in (
        f"#!{u1.home}/inner",
        f"#!/usr/bin/env {u1.home}/inner",
        f"#!/usr/bin/env -S {u1.home}/inner -x",
    ):
        put(world.folder / "middle", f"{line}\n")
        world.dropin("x", f"#!{world.folder}/middle\n")
        assert f"{u1.home}: it belongs to another account" in refused(world, "x")
    put(world.folder / "middle", '#!/bin/sh\nexec /bin/sh "$@"\n')
    world.dropin("x", f"#!{world.folder}/middle\necho ran\n")
    assert world.run("x").stdout == "ran\n"


def test_an_accounts_script_runs_by_no_other_accounts_interpreter(
    u1: Account, u2: Account, everyones: str
) -> None:
    put(u2.home / "inner", '#!/bin/sh\nexec /bin/sh "$@"\n', u2)
    verbs = u1.home / "mine"
    put(verbs / "x", f"#!{u2.home}/inner\necho ran\n", u1)
    u1.owns(verbs)
    done = u1.run(everyones, "x", HOMELAB_VERBS_PATH=str(verbs))
    assert (done.returncode, done.stdout) == (126, "")
    assert f"{u2.home}: it belongs to another account ({u2.name})" in done.stderr


def test_a_link_of_proc_leads_nowhere(world: World) -> None:
    """The kernel follows it to a folder of a process, which may differ from the text of the link:
    the process may have its own mount namespace."""
    put(world.folder / "place/.local/share/homelab/verbs/x", SCRIPT)
    process = subprocess.Popen(["sleep", "60"], cwd=world.folder / "place")
    try:
        home = f"/proc/{process.pid}/cwd"
        assert "it is a link of /proc" in refused(world, "x", HOME=home)
        folder = f"{home}/.local/share/homelab/verbs"
        assert "it is a link of /proc" in refused(world, "x", HOMELAB_VERBS_PATH=folder)
        world.run("job", "run", "x", "--", "true", HOME=home)
        assert not (world.folder / "place/.local/state").exists()
    finally:
        process.kill()
        process.wait()


@pytest.mark.needs("groupadd", "gpasswd")
def test_a_group_with_two_names_has_the_members_of_both(
    u1: Account, u2: Account, everyones: str
) -> None:
    script = put(u1.home / "shared/x", SCRIPT, u1)
    u1.owns(script.parent)
    script.parent.chmod(0o775)
    env = {"HOMELAB_VERBS_PATH": str(script.parent)}
    assert u1.run(everyones, "x", **env).returncode == 0
    alias = f"{u1.name}a"
    subprocess.run(["groupadd", "-o", "-g", str(u1.gid), alias], check=True)
    try:
        subprocess.run(["gpasswd", "-a", u2.name, alias], check=True, capture_output=True)
        done = u1.run(everyones, "x", **env)
        assert done.returncode == 126
        assert "it is writable by its group" in done.stderr
    finally:
        subprocess.run(["groupdel", "-f", alias], check=True)


def test_what_is_listed_is_what_runs(world: World, u1: Account) -> None:
    """Another account's folder turns no verb of root's into a group, shadows none, hides none."""
    put(world.verbs / "restore", SCRIPT)
    theirs = u1.home / "x/homelab/verbs"
    put(theirs / "restore/inner", SCRIPT)
    put(theirs / "own", SCRIPT)
    subprocess.run(["chown", "-R", u1.name, str(u1.home / "x")], check=True)
    env = {"XDG_DATA_HOME": str(u1.home / "x"), "HOMELAB_VERBS_PATH": str(world.verbs)}
    assert world.run("restore", **env).stdout == "ran as 0\n"
    rows = json.loads(world.run("verbs", "--json", **env).stdout)["rows"]
    states = {row["verb"]: row["state"] for row in rows if row["source"] != "built-in"}
    assert states == {"restore": "ok", "restore inner": "refused", "own": "refused"}
    assert world.run("verbs", "which", "restore", **env).returncode == 0
    assert '"name":"restore"' in world.run("manifest", "--mcp", **env).stdout.replace(": ", ":")


def test_a_sticky_folder_of_verbs_is_not_used(world: World, u1: Account) -> None:
    """Others can add names to it: a second file for a verb, or a folder that makes it a group."""
    shared = world.folder / "shared"
    put(shared / "restore", SCRIPT)
    shared.chmod(0o1777)
    why = refused(world, "restore", HOMELAB_VERBS_PATH=str(shared))
    assert f"{shared}: other accounts can create files in it; chmod go-w {shared}" in why
    put(world.verbs / "restore", "#!/bin/sh\necho right\n")
    (shared / "restore").unlink()
    (shared / "restore").mkdir()
    u1.owns(shared / "restore")
    assert world.run("restore", HOMELAB_VERBS_PATH=str(shared)).stdout == "right\n"


@pytest.mark.parametrize("folder", ["bin", "elsewhere/bin"])
def test_links_with_dots_are_judged_where_they_lead(folder: str, world: World) -> None:
    """`verbs check` judges many scripts of one folder, and `homelab x` one: they must agree."""
    checkout = world.folder / "git/lab"
    for name in ("a", "b"):
        put(
            checkout / f"{folder}/{name}.sh", "#!/bin/sh\n# Summary: s\n# Effect: read\necho ok\n"
        ).chmod(0o775)
        (checkout / "verbs").mkdir(exist_ok=True)
        (checkout / f"verbs/{name}").symlink_to(f"../{folder}/{name}.sh")
    world.verbs.parent.mkdir(parents=True)
    world.verbs.symlink_to(checkout / "verbs")
    assert world.run("b").stdout == "ok\n"
    done = world.run("verbs", "check")
    assert (done.returncode, done.stdout) == (0, "")
    os.chown(checkout / f"{folder}/b.sh", 12345, 12345)
    assert world.run("b").returncode == 126
    assert f"{checkout}/{folder}/b.sh" in world.run("verbs", "check").stdout


def test_settings_that_are_masked_are_empty(world: World) -> None:
    """A link to /dev/null masks them, like a unit of systemd; no message says to chmod a device."""
    path = world.settings("")
    path.unlink()
    path.symlink_to("/dev/null")
    for words in (["config"], ["usage", "status"]):
        done = world.run(*words)
        assert done.returncode == 0
        assert "/dev/null" not in done.stdout + done.stderr
    assert world.run("disk", "usage", HOME="/dev/null").returncode in (0, 1, 69)
