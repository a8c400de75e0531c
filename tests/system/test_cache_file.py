"""Files of the cache: complete, only of this account, and never a reason for a run to fail."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.accounts import account
from support.world import ROOT

from homelab.system import cache_file, paths

MOST = 1 << 20
CONTENT = b"what can be asked for again\n" * 100


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def _write(env: dict[str, str], content: bytes = CONTENT, name: str = "a") -> str:
    return cache_file.write(env, name, "days/1", content, MOST)


def _read(env: dict[str, str], form: str = "days/1", most: int = MOST) -> bytes:
    return cache_file.read(env, "a", form, most)


def _path(env: dict[str, str]) -> Path:
    return Path(paths.cache(env), "a")


def test_a_written_file_is_readable_by_this_account_only(env: dict[str, str]) -> None:
    before = os.umask(0)
    try:
        assert _write(env) == ""
    finally:
        os.umask(before)
    assert _read(env) == CONTENT
    assert stat.S_IMODE(_path(env).stat().st_mode) == 0o600
    assert stat.S_IMODE(_path(env).parent.stat().st_mode) == 0o700
    for content in (b"", b"\0" * MOST):
        assert _write(env, content) == ""
        assert _read(env) == content
    assert os.listdir(paths.cache(env)) == ["a"]


def test_where_it_is() -> None:
    assert paths.cache({"HOME": "/home/ann"}) == "/home/ann/.cache/homelab"
    assert paths.cache({"HOME": "/home/ann", "XDG_CACHE_HOME": "/c"}) == "/c/homelab"
    relative = {"HOME": "/home/ann", "XDG_CACHE_HOME": "cache"}
    assert paths.cache(relative) == "/home/ann/.cache/homelab"


def test_none_is_none(env: dict[str, str]) -> None:
    with pytest.raises(FileNotFoundError):
        _read(env)
    assert not _path(env).parent.exists()
    _write(env)
    _path(env).unlink()
    with pytest.raises(FileNotFoundError):
        _read(env)


def test_damaged_files_are_not_used(env: dict[str, str]) -> None:
    """A file that is cut off, filled with zeros, or changed in one bit never gives wrong
    content."""
    _write(env)
    whole = _path(env).read_bytes()
    for at in range(len(whole)):
        changed = whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :]
        for data in (whole[:at], whole[:at] + b"\0" * (len(whole) - at), changed):
            _path(env).write_bytes(data)
            try:
                assert _read(env) == CONTENT  # some bits of deflate have no meaning
                assert data not in (whole[:at], b"")
            except OSError as error:
                assert error.strerror in ("it is damaged", "another version of homelab wrote it")
    _path(env).write_bytes(whole + b"\n")
    with pytest.raises(OSError, match="it is damaged"):
        _read(env)
    _path(env).write_bytes(whole)
    assert _read(env) == CONTENT


def test_another_format_is_not_used(env: dict[str, str]) -> None:
    _write(env)
    with pytest.raises(OSError, match="another version of homelab wrote it"):
        _read(env, form="days/2")


def test_more_than_the_bound_is_neither_written_nor_read(env: dict[str, str]) -> None:
    assert _write(env, b"x" * (MOST + 1)) == "it is larger than 1 MiB"
    assert not _path(env).exists()
    _write(env, b"x" * MOST)
    with pytest.raises(OSError, match="it is damaged"):
        _read(env, most=MOST - 1)


def _link(path: Path) -> None:
    path.rename(path.with_name("b"))
    path.symlink_to("b")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_link, os.strerror(errno.ELOOP)),
        (_folder, "Is a directory"),
        (_pipe, "it is not a regular file"),
        (lambda path: path.chmod(0o620), "another account can change it"),
        (lambda path: path.chmod(0o602), "another account can change it"),
        (lambda path: path.parent.chmod(0o777), "it is world-writable"),
        (lambda path: path.parent.chmod(0o1777), "other accounts can create files in it"),
    ],
)
def test_files_that_others_can_change_are_not_read(
    change: Callable[[Path], None], why: str, env: dict[str, str]
) -> None:
    _write(env)
    change(_path(env))
    with pytest.raises(OSError, match=why):
        _read(env)


def test_a_link_is_replaced_and_its_target_left(env: dict[str, str], tmp_path: Path) -> None:
    _write(env)
    (tmp_path / "other").write_text("other")
    _path(env).unlink()
    _path(env).symlink_to(tmp_path / "other")
    assert _write(env) == ""
    assert _read(env) == CONTENT
    assert (tmp_path / "other").read_text() == "other"


@pytest.mark.needs("root")
def test_files_of_another_account_are_not_touched(env: dict[str, str]) -> None:
    _write(env)
    with account("hl-cache") as other:
        other.owns(_path(env))
        with pytest.raises(OSError, match="another account can change it"):
            _read(env)
        home = {"HOME": str(other.home)}  # sudo may keep it
        assert "it belongs to another account" in _write(home)
        assert sorted(other.home.glob(".cache")) == []
        made = "import sys; sys.path.insert(0, sys.argv[1]); from homelab.system import cache_file"
        made += '; print(cache_file.write({"HOME": sys.argv[2]}, "a", "days/1", b"its own", 99))'
        code = other.run(sys.executable, "-c", made, str(ROOT), str(other.home))
        if code.returncode == 0:  # the account can read this tree
            assert code.stdout == "\n"
        else:
            folder = other.home / ".cache/homelab"
            folder.mkdir(parents=True)
            other.owns(folder, folder.parent)
        with pytest.raises(OSError, match="it belongs to another account"):
            _read(home)


def test_where_nothing_can_be_kept_there_is_a_reason(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _write({"HOME": "/dev/null"}) == "no home directory"
    assert _write({"HOME": str(tmp_path / "none")}) == "no home directory"
    assert not (tmp_path / "none").exists()
    monkeypatch.setattr(paths, "home", lambda env: "")
    assert _write({}) == "no home directory"
    with pytest.raises(FileNotFoundError):
        _read({})
    _write(env)
    _folder(_path(env))
    assert _write(env) == "Is a directory"
    assert os.listdir(paths.cache(env)) == ["a"]


def test_a_disk_that_fills_up_leaves_the_file_as_it_was(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _write(env)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert _write(env, b"other") == "No space left on device"
    assert _read(env) == CONTENT
    assert os.listdir(paths.cache(env)) == ["a"]


@pytest.mark.needs("root", "namespaces")
def test_a_disk_that_is_full_or_read_only(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    write = (
        "import os; from homelab.system import cache_file;"
        f'env = {{"XDG_CACHE_HOME": "{disk}"}};'
        'print(cache_file.write(env, "a", "x/1", os.urandom(20000), 1 << 20));'
        'print(cache_file.write(env, "a", "x/1", os.urandom(200000), 1 << 20));'
        f'os.system("mount -o remount,ro {disk}");'
        'print(cache_file.write(env, "a", "x/1", b"", 1 << 20));'
        'print(len(cache_file.read(env, "a", "x/1", 1 << 20)))'
    )
    script = (
        f"mount -t tmpfs -o size=64k none {disk} && {sys.executable} -c '{write}'; ls -A {disk}/*"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], env=env, capture_output=True, text=True, check=False
    )
    said = ["", "No space left on device", "Read-only file system", "20000", "a"]
    assert done.stdout.splitlines() == said, done.stderr


def test_an_old_unfinished_file_of_a_killed_process_is_deleted(env: dict[str, str]) -> None:
    _write(env)
    left = _path(env).with_name(".a.4711")
    left.write_bytes(b"begun")
    _write(env)
    assert left.exists()  # its process may run on another host
    os.utime(left, (time.time() - 4000,) * 2)
    _write(env)
    assert os.listdir(paths.cache(env)) == ["a"]


def test_several_processes_at_once_are_one_after_the_other(env: dict[str, str]) -> None:
    """Each reader gets the complete content of one writer."""
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1]);"
        "from homelab.system import cache_file;"
        "[cache_file.write(os.environ, 'a', 'days/1', bytes([97 + n % 26]) * 50000, 1 << 20)"
        " and sys.exit(1) for n in range(40)]"
    )
    _write(env, b"a" * 50000)
    words = [sys.executable, "-c", script, str(ROOT)]
    writers = [subprocess.Popen(words, env={**os.environ, **env}) for _ in range(3)]
    try:
        reads = 0
        while any(writer.poll() is None for writer in writers) or not reads:
            content = _read(env)
            assert content == content[:1] * 50000
            reads += 1
    finally:
        codes = [writer.wait() for writer in writers]
    assert codes == [0, 0, 0]
    assert os.listdir(paths.cache(env)) == ["a"]


def test_names_and_removal(env: dict[str, str]) -> None:
    assert cache_file.names(env, "") == []
    for name in ("usage-1", "usage-2", "apt"):
        _write(env, name=name)
    assert cache_file.names(env, "usage-") == ["usage-1", "usage-2"]
    assert cache_file.remove(env, "usage-") == ["usage-1", "usage-2"]
    assert cache_file.names(env, "") == ["apt"]
