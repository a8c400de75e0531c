"""The start of the file when it is executed: from any shell, path and environment, as one
process."""

from __future__ import annotations

import ast
import json
import shutil
import signal
import subprocess
import sys
import warnings
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from support.world import ROOT, World

HEAD = 4096
SHELLS = [
    pytest.param(name, marks=pytest.mark.needs(name)) for name in ("dash", "bash", "busybox", "zsh")
]
NAMES = ["a b", 'it\'s "x"', "new\nline", "-n", "$HOME", "zö"]
MISSING = (
    "homelab: no Python 3.9 or newer is in PATH, as python3 or as python3.9 to python3.14;"
    " install one, or run homelab as /path/to/python FILE\n"
)
SHOW = '#!/bin/sh\n# Args: raw\nfor word in "$@"; do printf \'<%s>\' "$word"; done\nexit 5\n'


def _run(*command: str | bytes, env: dict[str, str], **more: object) -> tuple[int, bytes, bytes]:
    given = {"stdin": subprocess.DEVNULL, "timeout": 60, **more}
    done = subprocess.run(command, env=env, capture_output=True, check=False, **given)  # type: ignore[call-overload]
    return done.returncode, done.stdout, done.stderr


def _only(folder: Path, **programs: str) -> str:
    """Make a PATH that has only these: names and their commands."""
    folder.mkdir(exist_ok=True)
    for name, text in programs.items():
        path = folder / name.replace("_", ".")
        path.write_text(text)
        path.chmod(0o755)
    return str(folder)


PYTHON = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
# a Python with a version lowered to 3.6 runs the -c text of the start
OLD = f"""#!/bin/sh
shift 3; text=$1; shift
exec {sys.executable} -I -S -c "import sys;sys.version_info=(3,6,9)
$text" "$@"
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_every_sh_starts_it(shell: str, world: World) -> None:
    """The kernel calls /bin/sh like this, whichever shell that is."""
    sh = world.folder / "sh"
    found = shutil.which(shell, path=world.env["PATH"] + ":/bin:/usr/bin")
    assert found
    sh.symlink_to(found)
    world.dropin("show", SHOW)
    words = [b"", b" ", b"a\nb", b"'\"", b"z\xc3\xb6\xff", b"-I", b"-c", b"--", b"$HOME", b"*"]
    ended = _run(str(sh), "-", world.pyz, "show", *words, env=world.env)
    assert ended == (5, b"".join(b"<%s>" % word for word in words), b"")
    assert _run(str(sh), world.pyz, "nosuch", env=world.env)[0] == 2
    empty = _only(world.folder / "empty")
    ended = _run(str(sh), "-", world.pyz, "version", env={**world.env, "PATH": empty})
    assert ended == (78, b"", MISSING.encode())


@pytest.mark.parametrize("name", NAMES)
def test_any_path_leads_to_it(name: str, world: World) -> None:
    folder = world.folder / name
    folder.mkdir()
    real = folder / name
    shutil.copy(world.pyz, real)
    (world.folder / "link").symlink_to(folder / "other")
    (folder / "other").symlink_to(name)
    path = f"{folder}:{world.env['PATH']}"
    for command, cwd, paths in [
        ([str(real)], "/", None),
        ([f"./{name}"], folder, None),
        ([f"{name}/{name}" if name[0] != "-" else f"./{name}/{name}"], world.folder, None),
        (["./link"], world.folder, None),
        ([name], world.folder, path),  # found in PATH
        ([name], folder, f":{world.env['PATH']}"),  # by an empty element of PATH
        ([sys.executable, str(real)], "/", None),
    ]:
        env = {**world.env, "PATH": paths or world.env["PATH"]}
        code, out, err = _run(*command, "version", "--json", env=env, cwd=cwd)
        assert (code, err) == (0, b""), command
        assert json.loads(out)["path"] == str(real)


def test_pythons_environment_variables_have_no_effect(world: World) -> None:
    """Modules in the working directory have no effect either, under any name."""
    trap = world.folder / "trap"
    trap.mkdir()
    for name in ("json", "os", "linecache", "site", "sitecustomize", "homelab"):
        (trap / f"{name}.py").write_text("raise SystemExit('trapped')\n")
    env = {
        **world.env, "PYTHONPATH": str(trap), "PYTHONHOME": "/nosuch", "PYTHONWARNINGS": "error",
        "PYTHONSTARTUP": str(trap / "os.py"), "PYTHONOPTIMIZE": "2", "PYTHONDEVMODE": "1",
        "PYTHONVERBOSE": "1",
    }  # fmt: skip
    code, out, err = _run(world.pyz, "version", "--json", env=env, cwd=trap)
    assert (code, err) == (0, b"")
    assert json.loads(out)["schema"] == "homelab.version/1"


@pytest.mark.parametrize("env", [{}, {"PATH": ""}, {"LC_ALL": "C"}, {"PWD": "/nosuch"}])
def test_hardly_any_environment(env: dict[str, str], pyz: str, tmp_path: Path) -> None:
    """Without PATH, sh looks for python3 in its own default folders."""
    new = "import sys; sys.exit(sys.version_info < (3, 9))"
    if subprocess.call(["/bin/sh", "-c", f"exec python3 -I -S -c '{new}'"], env={}):
        pytest.skip("no python3 of 3.9 or newer where sh looks by itself")
    code, out, err = _run(pyz, "version", env={"HOMELAB_TELEMETRY": "0", **env}, cwd=tmp_path)
    if env.get("PATH") == "":  # only in the working directory
        assert (code, err.decode()) == (78, MISSING)
    else:
        assert (code, out[:8], err) == (0, b"homelab ", b"")


def test_sh_changes_only_this_in_the_environment(world: World) -> None:
    """PWD is set by sh itself, and some shells drop names that they cannot have."""
    world.dropin(
        "env", "#!/usr/bin/env python3\nimport os, json; print(json.dumps(dict(os.environ)))\n"
    )
    world.env.update(python="x", start="x", homelab="x", OLDPWD="/x")
    code, out, _ = _run(world.pyz, "env", env=world.env, cwd=world.folder)
    seen = json.loads(out)
    assert code == 0
    for name in ("HOMELAB_BIN", "HOMELAB_VERB", "HOMELAB_VERB_DIR"):
        del seen[name]
    for name in ("PWD", "SHLVL", "_", "LC_CTYPE"):
        seen.pop(name, None)
    assert seen == world.env


def test_one_process_with_stdin_and_signals_of_its_own(world: World) -> None:
    world.dropin("wait", "#!/bin/sh\necho $PPID; wc -c; kill -TERM $PPID; exec sleep 9\n")
    text = b"x" * 300_000
    process = subprocess.Popen(
        [world.pyz, "wait"], env=world.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    out, _ = process.communicate(text, timeout=30)
    assert [int(line) for line in out.split()] == [process.pid, len(text)]
    assert process.returncode == -signal.SIGTERM


def test_ps_shows_the_path_and_the_verb(world: World) -> None:
    world.dropin("look", "#!/bin/sh\ntr '\\0' '\\n' </proc/$PPID/cmdline\n")
    *before, start, path, verb = world.run("look").stdout.splitlines()
    assert before == ["python3", "-I", "-S", "-c"]
    assert start.startswith('import sys;h=open(sys.argv[1],"rb").read(4096);exec(h if ')
    assert (path, verb) == (world.pyz, "look")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams(closed: str, started: str, world: World) -> None:
    world.dropin("ls", '#!/bin/sh\nls -l /proc/$$/fd >"$HOME/seen"\n')
    assert _run("sh", "-c", f"{started} ls {closed}", env=world.env) == (0, b"", b"")
    assert world.events() == ["exit=0 ver=0.6.0 verb=(own) ls"]
    # only the three and the files that ls itself opens
    assert (world.home / "seen").read_text().count(" -> ") <= 4


@pytest.mark.needs("root", "namespaces")
def test_without_proc(started: str, world: World) -> None:
    script = f"umount -l /proc && exec {started} version"
    code, out, err = _run("unshare", "-m", "sh", "-c", script, env=world.env)
    assert (code, out[:8], err) == (0, b"homelab ", b"")


@pytest.mark.parametrize("command", ["sh <{}", "cat {} | sh", 'sh -c "$(head -c 1500 {})"'])
def test_a_shell_that_reads_it_from_stdin_gets_a_message(command: str, world: World) -> None:
    code, out, err = _run("sh", "-c", command.format(world.pyz), env=world.env, cwd=world.folder)
    assert (code, out) == (78, b"")
    told = "homelab: sh does not say which file it reads; run homelab by its path\n"
    assert err.decode() == told


@pytest.mark.parametrize("left", [0, 2000, 4095])
def test_a_file_cut_off_while_it_starts_is_reported(left: int, world: World) -> None:
    """sh has read its lines, and Python finds less: a copy over the file has begun."""
    copy = world.folder / "cut.pyz"
    copy.write_bytes(Path(world.pyz).read_bytes())
    copy.chmod(0o755)
    python = world.folder / "bin/python3"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\ntruncate -s {left} {copy}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    env = {**world.env, "PATH": f"{python.parent}:/usr/bin:/bin"}
    done = subprocess.run(
        [str(copy), "nosuch"], env=env, capture_output=True, text=True, check=False
    )
    told = f"homelab: {copy} is not a whole copy; copy it here again\n"
    assert (done.returncode, done.stdout, done.stderr) == (78, "", told)


def test_a_file_deleted_while_it_starts_is_reported(world: World) -> None:
    """Python has read its beginning, and then the file is gone."""
    copy = world.folder / "gone.pyz"
    copy.write_bytes(Path(world.pyz).read_bytes())
    python = (
        "import os, sys\n"
        "head = open(sys.argv[1], 'rb').read(4096)\n"
        "os.unlink(sys.argv[1])\n"
        "exec(head, {'__name__': '__main__'})\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", python, str(copy), "version"],
        env=world.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = f"homelab: {copy} is not a whole copy; copy it here again\n"
    assert (done.returncode, done.stdout, done.stderr) == (78, "", told)


def test_no_python_is_said(world: World) -> None:
    path = _only(world.folder / "bin")
    assert _run(world.pyz, "version", env={"PATH": path}) == (78, b"", MISSING.encode())


def test_a_python_that_is_too_old_is_passed_over(world: World) -> None:
    """Names that lead to nothing (like pyenv's) and names of old Pythons are skipped, too."""
    shim = "#!/bin/sh\necho no such version >&2\nexit 127\n"
    path = _only(world.folder / "bin", python3=OLD)
    env = {**world.env, "PATH": path}
    assert _run(world.pyz, "version", env=env) == (78, b"", MISSING.encode())
    _only(world.folder / "bin", python3_14=shim, python3_13="#!/bin/sh\nexit 1\n")
    assert _run(world.pyz, "version", env=env) == (78, b"", MISSING.encode())
    _only(world.folder / "bin", python3_11=PYTHON)
    world.dropin("ask", "#!/bin/sh\necho ${HOMELAB_START-unset} $1\n")
    assert _run(world.pyz, "ask", "a", env=env) == (0, b"unset a\n", b"")


def test_a_host_that_has_newer_names_only(world: World) -> None:
    path = _only(world.folder / "bin", python3_10=PYTHON)
    code, out, err = _run(world.pyz, "version", env={**world.env, "PATH": path})
    assert (code, out[:8], err) == (0, b"homelab ", b"")


def _really_old() -> list[Path]:
    """Pythons before 3.9 that this host has."""
    names = [shutil.which(f"python3.{minor}") for minor in range(4, 9)]
    found = [Path(name) for name in names if name]
    versions = Path.home() / ".pyenv/versions"
    found += [path / "bin/python3" for path in sorted(versions.glob("3.[4-8].*"))]
    found += [path / "bin/python2" for path in sorted(versions.glob("2.7.*"))]
    return [path for path in found if _run(str(path), "-c", "", env={})[0] == 0]


def test_real_pythons_that_are_too_old(world: World) -> None:
    pythons = _really_old()
    if not pythons:
        pytest.skip("no Python older than 3.9 here")
    for python in pythons:
        code, out, err = _run(str(python), world.pyz, "version", env=world.env)
        assert (code, out) == (78, b""), python
        assert err.decode().endswith("run it as python3.X FILE\n")
        if python.name != "python2":
            path = _only(world.folder / "bin", python3=f'#!/bin/sh\nexec {python} "$@"\n')
            ended = _run(world.pyz, "version", env={**world.env, "PATH": path})
            assert ended == (78, b"", MISSING.encode())


def test_the_head_is_text_for_both_and_the_archive_has_its_second_half(pyz: str) -> None:
    head = Path(pyz).read_bytes()[:HEAD]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ast.parse(head)
    assert head.count(str(HEAD).encode()) == 3  # the comment and both starts
    with zipfile.ZipFile(pyz) as archive:
        start = archive.read("__main__.py")
    assert head.rstrip(b"\n").endswith(start.rstrip(b"\n"))
    told, written = (
        text.splitlines() for text in (start, (ROOT / "homelab/boot/start.py").read_bytes())
    )
    (line,) = [number for number in range(len(told)) if told[number] != written[number]]
    size, places = ast.literal_eval(told[line].split(b" = ")[1].split(b"  #")[0].decode().strip())
    assert size == len(Path(pyz).read_bytes())
    assert set(places) == {MAGIC_NUMBER, b""}
    assert archive.start_dir > HEAD
    assert archive.infolist()[0].header_offset == HEAD
