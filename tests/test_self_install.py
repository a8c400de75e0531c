"""`self install`: whole or not at all, and the version before works until the new one does."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import ROOT, World, at_a_terminal

from homelab import shims


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
    """The same program as if it were another build: the digits of its build are others, in the
    bytecode that runs."""
    told = json.loads(world.run("version", "--json").stdout)["build"]
    path.write_bytes(Path(world.pyz).read_bytes().replace(told.encode(), build.encode()))
    path.chmod(0o755)
    return path


def test_the_file_stands_under_its_version_and_the_command_points_at_it(
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
    world.pyz = str(prefix / "bin/homelab")  # and by the installed one itself
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
    places = {
        "bash": "share/bash-completion/completions/homelab",
        "zsh": "share/zsh/site-functions/_homelab",
        "fish": "share/fish/vendor_completions.d/homelab.fish",
    }
    states = _install(world, prefix, PATH=str(folder))
    written = {name for name in states if name.startswith("share/") and "/man/" not in name}
    assert written == {places[shell] for shell in shells}
    for shell in shells:
        assert (prefix / places[shell]).read_text() == shims.SHIMS[shell]


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
def test_a_command_of_somebody_elses_is_not_replaced(kind: str, world: World, prefix: Path) -> None:
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
        f"homelab: {link} is there and is no copy of homelab; move it away, or choose another"
        " --prefix\n"
    )
    assert _files(prefix) == before


@pytest.mark.needs("root", "setpriv")
def test_a_prefix_that_is_not_writable(world: World, prefix: Path) -> None:
    """As another account: the old installation still works."""
    _install(world, prefix)
    other = _another(world, "0" * 12, world.folder / "other.pyz")
    for path in (world.folder, *list(world.folder.parents)[:2]):
        path.chmod(0o755)
    before = _files(prefix)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(other), "self",
         "install", "--prefix", str(prefix)],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert re.fullmatch(
        rf"homelab: {prefix}/lib/homelab/\S+ can't be written: Permission denied; run it with sudo,"
        r" or give --prefix ~/\.local\n",
        done.stderr,
    )
    assert _files(prefix) == before
    assert subprocess.call([str(prefix / "bin/homelab"), "version"], env=world.env) == 0


@pytest.mark.needs("root", "namespaces")
@pytest.mark.parametrize(
    ("mount", "said"),
    [
        ("-o size=400k", "can't be written: No space left on device; nothing was changed"),
        ("-o noexec", "nothing can be run from {}/lib/homelab (mounted noexec?); choose another"),
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
    (line,) = done.stderr.splitlines()  # a sentence, and no file left
    assert said.format(prefix) in line


def test_what_does_not_run_by_itself_is_not_installed(world: World, prefix: Path) -> None:
    """Started as `/opt/python FILE` where PATH has none: the command would not start."""
    folder = world.folder / "none"
    folder.mkdir()
    python = shutil.which("python3", path=world.env["PATH"])
    assert python
    done = world.run("self", "install", "--prefix", str(prefix), python=python, PATH=str(folder))
    assert done.returncode == 1
    assert "the copy does not run by itself: homelab: no Python 3.9 or newer" in done.stderr
    assert _files(prefix) == set()


def test_a_source_tree_is_not_installed(world: World, prefix: Path) -> None:
    done = subprocess.run(
        [shutil.which("python3", path=world.env["PATH"]) or "", "-m", "homelab", "self", "install",
         "--prefix", str(prefix)],
        env={**world.env, "PYTHONPATH": str(ROOT)}, cwd=world.folder,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith("is no built homelab.pyz; python3 build.py makes one\n")


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


def test_uninstall_takes_away_what_install_put_there(world: World, prefix: Path) -> None:
    _install(world, prefix)
    mine = prefix / "lib/homelab/verbs/nas/df"  # the operator's own verbs stand there too
    mine.parent.mkdir(parents=True)
    mine.write_text("#!/bin/sh\n")
    foreign = prefix / "share/man/man1/homelab.1"
    foreign.write_text("somebody else's page\n")
    world.pyz = str(prefix / "bin/homelab")
    states = _install(world, prefix, "--uninstall")
    assert set(states.values()) == {"removed"}
    assert _files(prefix) == {"lib/homelab/verbs/nas/df", "share/man/man1/homelab.1"}


def test_nothing_to_uninstall(world: World, prefix: Path) -> None:
    done = world.run("self", "install", "--prefix", str(prefix), "--uninstall")
    assert done.returncode == 1
    assert done.stderr == f"homelab: nothing of homelab is installed below {prefix}\n"


def test_a_copy_by_hand_is_not_uninstalled(world: World, prefix: Path) -> None:
    _install(world, prefix)
    (prefix / "bin/homelab").unlink()
    shutil.copy(world.pyz, prefix / "bin/homelab")
    done = world.run("self", "install", "--prefix", str(prefix), "--uninstall")
    assert done.returncode == 0
    assert f"{prefix}/bin/homelab was not put there by self install and stays" in done.stderr
    assert (prefix / "bin/homelab").exists()


def test_what_is_left_to_do_is_said(world: World, prefix: Path) -> None:
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
