"""`self install`: completely or not at all, and the previous version works until the new one
does."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest
from support.world import ROOT, World, at_a_terminal

from homelab.describe import shell_completion
from homelab.errors import Failure
from homelab.install import local
from homelab.install.layout import Copy, Prefix

SHIMS = {
    "bash": "share/bash-completion/completions/homelab",
    "zsh": "share/zsh/site-functions/_homelab",
    "fish": "share/fish/vendor_completions.d/homelab.fish",
}
ASKED = 'string match -q "*self*" (complete -C "homelab sel")'  # fish: does it have completion?


@pytest.fixture
def prefix(world: World) -> Path:
    return world.folder / "prefix"


def _install(world: World, prefix: Path, *words: str, **env: str) -> dict[str, str]:
    """The states by path below the prefix."""
    done = world.run("self", "install", "--prefix", str(prefix), "--json", *words, **env)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    return {os.path.relpath(row["path"], prefix): row["state"] for row in rows}


def _installed(prefix: Path) -> Path:
    (found,) = (prefix / "lib/homelab").glob("homelab-*.pyz")
    return found


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def _another(world: World, build: str, path: Path) -> Path:
    """Copy the program and change the build's digits, in the bytecode that runs, to make another
    build."""
    told = json.loads(world.run("version", "--json").stdout)["build"]
    path.write_bytes(Path(world.pyz).read_bytes().replace(told.encode(), build.encode()))
    path.chmod(0o755)
    return path


def test_the_file_is_named_by_its_version_and_the_command_links_to_it(
    world: World, prefix: Path
) -> None:
    old = os.umask(0o077)
    try:
        states = _install(world, prefix)
    finally:
        os.umask(old)
    told = json.loads(world.run("version", "--json").stdout)
    name = f"lib/homelab/homelab-{told['version']}-{told['build']}.pyz"
    assert states[name] == "written"
    assert states["bin/homelab"] == "linked"
    assert (prefix / name).read_bytes() == Path(world.pyz).read_bytes()
    assert os.readlink(prefix / "bin/homelab") == str(prefix / name)
    for path in (prefix / name, prefix / "lib/homelab", prefix / "bin", prefix / "share/man/man1"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o755  # for every account, whatever the umask
    assert stat.S_IMODE((prefix / "share/man/man1/homelab.1").stat().st_mode) == 0o644
    done = subprocess.run(
        [str(prefix / "bin/homelab"), "version", "--json"],
        env=world.env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["path"] == str(prefix / name)
    assert world.events() == ["exit=0 ver=0.6.0 verb=self install"]


def test_once_more_changes_nothing(world: World, prefix: Path) -> None:
    _install(world, prefix)
    before = {path: path.lstat().st_mtime_ns for path in prefix.rglob("*")}
    assert set(_install(world, prefix).values()) == {"unchanged"}
    world.pyz = str(prefix / "bin/homelab")  # the installed one itself also works
    assert set(_install(world, prefix).values()) == {"unchanged"}
    assert {path: path.lstat().st_mtime_ns for path in prefix.rglob("*")} == before


def test_a_file_that_lost_its_mode_is_written_again(world: World, prefix: Path) -> None:
    _install(world, prefix)
    path = _installed(prefix)
    path.chmod(0o644)
    if os.geteuid() or not os.access(path, os.X_OK):
        assert _install(world, prefix)[str(path.relative_to(prefix))] == "written"


@pytest.mark.parametrize("shells", [["bash", "zsh", "fish"], ["fish"], []])
def test_completion_for_the_shells_that_are_there(
    shells: list[str], world: World, prefix: Path
) -> None:
    folder = world.folder / "only"
    folder.mkdir()
    for name in (*shells, "python3"):
        (folder / name).symlink_to(shutil.which(name, path=world.env["PATH"]) or "/bin/true")
    states = _install(world, prefix, PATH=str(folder))
    written = {name for name in states if name.startswith("share/") and "/man/" not in name}
    assert written == {SHIMS[shell] for shell in shells}
    for shell in shells:
        assert (prefix / SHIMS[shell]).read_text() == shell_completion.SHIMS[shell]


def test_a_new_version_takes_over_and_the_one_before_stays(world: World, prefix: Path) -> None:
    _install(world, prefix)
    first = _installed(prefix)
    original = world.pyz
    for build in ("0" * 12, "1" * 12):
        world.pyz = str(_another(world, build, world.folder / f"{build}.pyz"))
        states = _install(world, prefix)
        assert states[f"lib/homelab/homelab-0.6.0-{build}.pyz"] == "written"
        assert states["bin/homelab"] == "linked"
        world.pyz = original
    assert states[str(first.relative_to(prefix))] == "removed"
    left = sorted(path.name for path in (prefix / "lib/homelab").iterdir())
    assert left == [f"homelab-0.6.0-{digit * 12}.pyz" for digit in "01"]
    done = subprocess.check_output(
        [str(prefix / "bin/homelab"), "version"], env=world.env, text=True
    )
    assert done == f"homelab 0.6.0 (build {'1' * 12})\n"


def test_a_copy_put_there_by_hand_becomes_a_link(world: World, prefix: Path) -> None:
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(world.pyz, prefix / "bin/homelab")
    world.pyz = str(prefix / "bin/homelab")
    assert _install(world, prefix)["bin/homelab"] == "linked"
    assert (prefix / "bin/homelab").is_symlink()


@pytest.mark.parametrize("kind", ["script", "folder", "dangling"])
def test_a_foreign_command_is_not_replaced(kind: str, world: World, prefix: Path) -> None:
    link = prefix / "bin/homelab"
    link.parent.mkdir(parents=True)
    if kind == "script":
        link.write_text("#!/bin/sh\necho mine\n")
    elif kind == "folder":
        link.mkdir()
    else:
        link.symlink_to("nowhere")
    before = _files(prefix)
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 1
    assert done.stderr == (
        f"homelab: {link} exists and is not a copy of homelab; move it away, or choose another"
        " --prefix\n"
    )
    assert _files(prefix) == before


@pytest.mark.needs("root", "setpriv")
def test_a_prefix_that_is_not_writable(world: World, prefix: Path) -> None:
    """The run is another account's: the old installation still works."""
    _install(world, prefix)
    other = _another(world, "0" * 12, world.folder / "other.pyz")
    world.reachable()
    before = _files(prefix)
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(other)]
    command += ["self", "install", "--prefix", str(prefix)]
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(
        rf"homelab: {prefix}/lib/homelab can't be written: Permission denied; run it with sudo,"
        r" or use --prefix ~/\.local\n",
        done.stderr,
    )
    assert _files(prefix) == before
    os.chown(prefix / "lib/homelab", 65534, 65534)  # the file would be written, the link would not
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"homelab: {prefix}/bin can't be written: Permission denied; " in done.stderr
    assert _files(prefix) == before
    done = subprocess.run(
        [*command, "--uninstall"], env=env, capture_output=True, text=True, check=False
    )
    assert done.stderr == (
        f"homelab: {prefix}/bin/homelab can't be removed: Permission denied; run it with sudo\n"
    )
    assert _files(prefix) == before
    assert subprocess.call([str(prefix / "bin/homelab"), "version"], env=world.env) == 0


@pytest.mark.needs("root", "namespaces")
@pytest.mark.parametrize(
    ("mount", "said"),
    [
        ("-o size=400k", "can't be written: No space left on device; nothing was changed"),
        ("-o noexec", "programs can't run in {}/lib/homelab (mounted noexec?); choose another"),
        ("-o ro", "can't be written: Read-only file system; nothing was changed"),
    ],
)
def test_a_file_system_that_takes_no_program(
    mount: str, said: str, world: World, prefix: Path
) -> None:
    prefix.mkdir()
    script = (
        f"mount -t tmpfs {mount} none {prefix}; {world.pyz} self install --prefix {prefix};"
        f" code=$?; find {prefix} -type f -o -type l >&2; exit $code"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        env=world.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()  # a sentence, and no leftover file
    assert said.format(prefix) in line


def test_a_copy_that_does_not_run_is_not_installed(world: World, prefix: Path) -> None:
    """It runs as `/opt/python FILE` without a Python in PATH: the command would not start."""
    folder = world.folder / "none"
    folder.mkdir()
    python = shutil.which("python3", path=world.env["PATH"])
    assert python
    done = world.run("self", "install", "--prefix", str(prefix), python=python, PATH=str(folder))
    assert done.returncode == 1
    assert "the copy does not run: homelab: no Python 3.9 or newer" in done.stderr
    assert _files(prefix) == set()


def test_a_source_tree_is_not_installed(world: World, prefix: Path) -> None:
    done = subprocess.run(
        [shutil.which("python3", path=world.env["PATH"]) or "", "-m", "homelab", "self", "install",
         "--prefix", str(prefix)],
        env={**world.env, "PYTHONPATH": str(ROOT)}, cwd=world.folder,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith("is not a built homelab.pyz; build one with python3 build.py\n")


def test_several_at_once_leave_one_that_works(world: World, prefix: Path) -> None:
    others = [_another(world, str(n) * 12, world.folder / f"{n}.pyz") for n in range(4)]
    codes: list[int] = []

    def run(path: Path) -> None:
        done = subprocess.run(
            [str(path), "self", "install", "--prefix", str(prefix)],
            env=world.env, capture_output=True, check=False,
        )  # fmt: skip
        codes.append(done.returncode)

    threads = [threading.Thread(target=run, args=(path,)) for path in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0] * 4
    shown = subprocess.check_output(
        [str(prefix / "bin/homelab"), "version"], env=world.env, text=True
    )
    assert shown in {f"homelab 0.6.0 (build {str(n) * 12})\n" for n in range(4)}
    assert not [name for name in _files(prefix) if "/." in name]


def test_uninstall_removes_what_install_wrote(world: World, prefix: Path) -> None:
    _install(world, prefix)
    mine = prefix / "lib/homelab/verbs/nas/df"  # the operator's own verbs are there too
    mine.parent.mkdir(parents=True)
    mine.write_text("#!/bin/sh\n")
    foreign = prefix / "share/man/man1/homelab.1"
    foreign.write_text("someone else's page\n")
    world.pyz = str(prefix / "bin/homelab")
    states = _install(world, prefix, "--uninstall")
    assert set(states.values()) == {"removed"}
    assert _files(prefix) == {"lib/homelab/verbs/nas/df", "share/man/man1/homelab.1"}


def test_the_prefix_by_another_name(world: World, prefix: Path) -> None:
    """A link leads to the same installation."""
    _install(world, prefix)
    link = world.folder / "link"
    link.symlink_to(prefix)
    assert set(_install(world, link).values()) == {"unchanged"}
    other = _another(world, "0" * 12, world.folder / "other.pyz")
    original, world.pyz = world.pyz, str(other)
    assert "removed" not in _install(world, link).values()  # the previous version stays
    world.pyz = original
    assert set(_install(world, link, "--uninstall").values()) == {"removed"}
    assert _files(prefix) == set()


def test_foreign_files_stay(world: World, prefix: Path) -> None:
    """The files of another version of ours do not stay."""
    page, bash = prefix / "share/man/man1/homelab.1", prefix / SHIMS["bash"]
    for path in (page, bash):
        path.parent.mkdir(parents=True)
        path.write_text("mine\n")
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 0
    for path in (page, bash):
        assert (
            f"homelab: {path} was not installed by self install; it was not replaced\n"
            in done.stderr
        )
        assert path.read_text() == "mine\n"
    page.write_text('.TH HOMELAB 1 "" "homelab 0.5.0" "User Commands"\n.SH NAME\n')
    assert _install(world, prefix)["share/man/man1/homelab.1"] == "written"
    page.write_text(page.read_text().replace("homelab 0.6.0", "homelab 0.7.0", 1))
    _install(world, prefix, "--uninstall")
    assert _files(prefix) == {SHIMS["bash"]}


def test_leftovers_of_a_killed_installation_are_removed(world: World, prefix: Path) -> None:
    for words in ([], ["--uninstall"]):
        _install(world, prefix)
        left = [
            prefix / "lib/homelab/.homelab-0.6.0-000000000000.pyz.4194303",
            prefix / "share/man/man1/.homelab.1.4194303",
            *(_arriving(prefix / path, 4194303) for path in SHIMS.values()),
        ]
        for path in left:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"half")
        link = prefix / "bin/.homelab.4194303"
        link.symlink_to("nowhere")
        states = _install(world, prefix, *words)
        shells = [shell for shell in SHIMS if words or shutil.which(shell, path=world.env["PATH"])]
        for path in (*left[:2], link, *(_arriving(prefix / SHIMS[s], 4194303) for s in shells)):
            assert states[str(path.relative_to(prefix))] == "removed"
    assert _files(prefix) == set()


def _arriving(path: Path, process: int) -> Path:
    return path.with_name(f".{path.name}.{process}")


def test_files_of_a_running_installation_stay(world: World, prefix: Path) -> None:
    """A further file stays while its writer runs, up to an hour; so does a file that only looks
    like one."""
    _install(world, prefix)
    page = prefix / "share/man/man1/homelab.1"
    now = _arriving(page, os.getpid())
    alike = [page.with_name(name) for name in (".homelab.1.x", ".homelab.1.", ".homelab.12.7")]
    for path in (now, *alike):
        path.write_text("half")
    for words in ([], ["--uninstall"]):
        assert str(now.relative_to(prefix)) not in _install(world, prefix, *words)
        assert now.exists()
        _install(world, prefix)
    os.utime(now, (0, 0))
    assert _install(world, prefix)[str(now.relative_to(prefix))] == "removed"
    assert all(path.exists() for path in alike)


@pytest.mark.parametrize("age", [0, 7200])
def test_without_a_lock_only_old_leftovers_are_removed(
    age: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that does not run here may run on another host that shares this folder."""
    prefix = Prefix(str(tmp_path))
    left = [tmp_path / "lib/homelab/.homelab-0.6.0-000000000000.pyz.4194303"]
    left += [tmp_path / "share/man/man1/.homelab.1.4194303", tmp_path / "bin/.homelab.4194303"]
    for path in left:
        path.parent.mkdir(parents=True)
        path.write_text("half")
        moment = time.time() - age
        os.utime(path, (moment, moment))
    found = local._left_over(prefix, ["share/man/man1/homelab.1"], locked=False)
    assert set(found) == (set(map(str, left)) if age else set())
    locked = local._left_over(prefix, ["share/man/man1/homelab.1"], locked=True)
    assert set(locked) == set(map(str, left))


def test_who_holds_the_lock_for_good_is_not_waited_for(tmp_path: Path) -> None:
    other = local._locked(str(tmp_path), 0)
    with pytest.raises(Failure, match=f"another installation is running in {tmp_path}; try"):
        local._locked(str(tmp_path), 0.2)
    local._unlocked(other, str(tmp_path))
    assert os.listdir(tmp_path) == []
    local._unlocked(local._locked(str(tmp_path), 0), str(tmp_path))


def test_where_nothing_is_left_to_do_nothing_is_written(world: World, prefix: Path) -> None:
    """Not even a lock is written, even if another process holds one."""
    _install(world, prefix)
    lock = local._locked(str(prefix / "lib/homelab"), 0)
    assert set(_install(world, prefix).values()) == {"unchanged"}
    local._unlocked(lock, str(prefix / "lib/homelab"))
    assert [path.name for path in (prefix / "lib/homelab").iterdir()] == [_installed(prefix).name]


def test_a_lock_of_the_folder_itself_blocks_nothing(tmp_path: Path) -> None:
    """Any account that may read the folder can take one."""
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    local._unlocked(local._locked(str(tmp_path), 0), str(tmp_path))
    os.close(other)


def test_a_lock_that_another_account_can_open_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    path.write_text("")
    path.chmod(0o644)
    other = os.open(path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    lock = local._locked(str(tmp_path), 0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    local._unlocked(lock, str(tmp_path))
    os.close(other)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        local._locked(str(tmp_path), 0)


def test_root_is_not_told_to_use_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The write is refused to root too: an immutable folder, or another host's."""
    refused = PermissionError(errno.EPERM, "Operation not permitted", "/p/bin/.homelab.9")
    for account, remedy in (
        (0, "nothing was changed"),
        (1000, "run it with sudo, or use --prefix"),
    ):
        monkeypatch.setattr(os, "geteuid", lambda account=account: account)
        told = local._unwritable(refused, Prefix("/p")).sentence
        assert told.startswith(f"/p/bin can't be written: Operation not permitted; {remedy}")


def test_a_file_that_was_replaced_while_it_ran_is_not_handed_on(pyz: str) -> None:
    """The new file's bytes would be stored under the old one's name."""
    with pytest.raises(Failure, match="was replaced while it ran; run it again"):
        Copy(pyz, "0.6.0", "0" * 12)


def test_a_prefix_that_is_nowhere(world: World) -> None:
    gone = world.folder / "gone"
    script = f"mkdir {gone}; cd {gone}; rmdir {gone}; exec {world.pyz} self install --prefix here"
    done = subprocess.run(
        ["sh", "-c", script], env=world.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith(
        "homelab: --prefix: 'here' is a relative path, and the working directory was deleted;"
        " use an absolute path\n"
    )


@pytest.mark.needs("root", "setpriv")
def test_a_home_that_nobody_has(world: World) -> None:
    here = shutil.copy(world.pyz, world.folder / "homelab.pyz")
    world.reachable()
    done = subprocess.run(
        ["setpriv", "--reuid=54321", "--clear-groups", here, "self", "install",
         "--prefix=~/.local"],
        env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "homelab: --prefix: '~/.local' is in a home directory that does not exist\n"
    )


def test_nothing_to_uninstall(world: World, prefix: Path) -> None:
    done = world.run("self", "install", "--prefix", str(prefix), "--uninstall")
    assert done.returncode == 1
    assert done.stderr == f"homelab: homelab is not installed below {prefix}\n"


def test_a_copy_by_hand_is_not_uninstalled(world: World, prefix: Path) -> None:
    _install(world, prefix)
    (prefix / "bin/homelab").unlink()
    shutil.copy(world.pyz, prefix / "bin/homelab")
    done = world.run("self", "install", "--prefix", str(prefix), "--uninstall")
    assert done.returncode == 0
    assert (
        f"{prefix}/bin/homelab was not installed by self install; it was not removed" in done.stderr
    )
    assert (prefix / "bin/homelab").exists()


def test_the_remaining_steps_are_printed(world: World, prefix: Path) -> None:
    (world.folder / "first").mkdir()
    (world.folder / "first/homelab").symlink_to(world.pyz)
    done = world.run("self", "install", "--prefix", str(prefix))
    assert f"homelab: {prefix}/bin is not in PATH; add it, or run {prefix}/bin/homelab\n" in (
        done.stderr
    )
    path = f"{world.folder}/first:{prefix}/bin:{world.env['PATH']}"
    done = world.run("self", "install", "--prefix", str(prefix), PATH=path)
    assert f"homelab: PATH finds {world.folder}/first/homelab first;" in done.stderr
    path = f"{prefix}/bin:{world.env['PATH']}"
    done = world.run("self", "install", "--prefix", str(prefix), PATH=path)
    assert "PATH" not in done.stderr


@pytest.mark.needs("bash", "fish")
@pytest.mark.parametrize(
    ("folder", "env", "shells"),
    [
        ("prefix", {}, ["bash", "fish"]),
        ("prefix", {"XDG_DATA_DIRS": "/usr/share:{}/share/"}, []),
        ("home/.local", {}, []),
        ("home/.local", {"XDG_DATA_HOME": "/elsewhere"}, ["bash", "fish"]),
        ("home/.local", {"XDG_DATA_HOME": "relative"}, ["bash", "fish"]),
    ],
)
def test_where_completion_is_not_found_is_said(
    folder: str, env: dict[str, str], shells: list[str], world: World
) -> None:
    prefix = world.folder / folder
    env = {name: value.format(prefix) for name, value in env.items()}
    done = world.run("self", "install", "--prefix", str(prefix), **env)
    told = f", add {prefix}/share to XDG_DATA_DIRS; or put '"
    found = [line.partition(told)[0] for line in done.stderr.splitlines() if told in line]
    assert found == [f"homelab: for completion in {shell}" for shell in shells]
    path = f"{prefix}/bin:{world.env['PATH']}"
    code = subprocess.call(
        ["fish", "-c", ASKED], env={**world.env, **env, "PATH": path}, cwd=world.folder
    )
    assert (code == 0) == ("fish" not in shells)


@pytest.mark.needs("fish", "root", "namespaces")
def test_fish_does_not_look_below_usr_local_by_itself(world: World) -> None:
    script = f"mount -t tmpfs none /usr/local; {world.pyz} self install; fish -c '{ASKED}'"
    for dirs, said in (("", True), ("/usr/local/share:/usr/share", False)):
        env = {**world.env, "PATH": f"/usr/local/bin:{world.env['PATH']}", "XDG_DATA_DIRS": dirs}
        if not dirs:
            del env["XDG_DATA_DIRS"]
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script],
            env=env, cwd=world.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ("for completion in fish, add" in done.stderr) == said
        assert (done.returncode != 0) == said
        assert "bash finds" not in done.stderr


def test_a_home_that_the_shell_left_as_it_was(world: World) -> None:
    done = world.run("self", "install", "--prefix=~/.local")
    assert done.returncode == 0
    assert (world.home / ".local/bin/homelab").is_symlink()


def test_what_it_prints(world: World, prefix: Path) -> None:
    shown = at_a_terminal(world, "self", "install", "--prefix", str(prefix)).splitlines()
    assert shown[0] == "STATE    PATH"
    assert shown[2] == f"linked   {prefix}/bin/homelab"


@pytest.mark.needs("man")
def test_the_manual_page_is_found(world: World, prefix: Path) -> None:
    _install(world, prefix)
    done = subprocess.run(
        ["man", "-M", str(prefix / "share/man"), "homelab"],
        env={**world.env, "MANWIDTH": "80"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "home-lab tool belt" in done.stdout


def test_readmes_check_of_a_copy_holds(pyz: str, tmp_path: Path) -> None:
    shutil.copy(pyz, tmp_path / "homelab.pyz")
    digest = hashlib.sha256(Path(pyz).read_bytes()).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  homelab.pyz\n")
    command = ["sha256sum", "-c", "SHA256SUMS"]
    assert subprocess.check_output(command, cwd=tmp_path, text=True) == "homelab.pyz: OK\n"
    with open(tmp_path / "homelab.pyz", "ab") as file:
        file.write(b"x")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1
