"""Writing files completely or not at all, for all kinds of accounts, pipes and devices."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.world import ROOT

from homelab.errors import Failure
from homelab.output import to_file
from homelab.system import files


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o027)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", ["new.html", "./new.html", "inner/new.html", "n" * 255, "é" * 120])
def test_a_new_file_obeys_the_umask(name: str, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    files.save(name, b"text", 0o666)
    assert (tmp_path / name).read_bytes() == b"text"
    assert mode(tmp_path / name) == 0o640
    files.save("private", b"text", 0o600)
    assert mode(tmp_path / "private") == 0o600


def test_a_file_that_is_there_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("before")
    real.chmod(0o604)
    link = tmp_path / "link"
    link.symlink_to("real")
    files.save("link", b"after", 0o666)
    assert link.is_symlink()
    assert (real.read_bytes(), mode(real)) == (b"after", 0o604)
    dangling = tmp_path / "dangling"
    dangling.symlink_to("later")
    files.save(str(dangling), b"made", 0o666)
    assert (dangling.is_symlink(), (tmp_path / "later").read_bytes()) == (True, b"made")


@pytest.mark.needs("root")
@pytest.mark.parametrize("kind", ["file", "link", "pipe"])
def test_files_of_another_account_are_not_written(kind: str, tmp_path: Path) -> None:
    path, real = tmp_path / "theirs", tmp_path / "real"
    real.write_text("before")
    if kind == "file":
        path.write_text("before")
    elif kind == "link":
        path.symlink_to(real)
    else:
        os.mkfifo(path)
    os.chown(path, 1234, 1235, follow_symlinks=False)
    with pytest.raises(Failure) as caught:
        to_file.answer("theirs", "after")
    assert caught.value.sentence == (
        "theirs is not written: it belongs to another account (number 1234); choose another"
        " --output, or - for stdout"
    )
    assert (path.lstat().st_uid, path.lstat().st_gid) == (1234, 1235)
    assert sorted(os.listdir(tmp_path)) == ["real", "theirs"]
    assert real.read_text() == "before"


def test_nothing_is_written_where_another_account_may_exchange_it(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(Failure) as caught:
        to_file.answer("shared/x", "text")
    assert caught.value.sentence == (
        f"shared/x is not written: {folder}: it is world-writable; choose another --output, or"
        " - for stdout"
    )
    assert os.listdir(folder) == []


def test_a_new_report_is_read_by_this_account_alone(tmp_path: Path) -> None:
    os.umask(0)
    to_file.answer("report", "names")
    assert mode(tmp_path / "report") == 0o600
    (tmp_path / "report").chmod(0o644)  # on purpose: others may read it
    to_file.answer("report", "more names")
    assert mode(tmp_path / "report") == 0o644


@pytest.mark.parametrize(("before", "after"), [(0o666, 0o644), (0o664, 0o644), (0o620, 0o600)])
def test_saved_files_lose_write_permission_for_others(
    before: int, after: int, tmp_path: Path
) -> None:
    (tmp_path / "report").write_text("before")
    (tmp_path / "report").chmod(before)
    to_file.answer("report", "names")
    assert mode(tmp_path / "report") == after


def test_the_target_of_an_output_file_is_known_before(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path / "home")}
    (tmp_path / "home/.local/state/homelab").mkdir(parents=True)
    (tmp_path / "there").touch()
    (tmp_path / "link").symlink_to("there")
    (tmp_path / "state").symlink_to("home/.local/state")

    def found(name: str) -> tuple[bool, bool]:
        target = to_file.target(name, env)
        return target.file, target.replaced

    assert (found("new"), found("there"), found("link")) == ((True, False), *2 * [(True, True)])
    for name in ("-", "/dev/stdout", "/dev/null", "/dev/fd/2"):
        assert found(name) == (False, False)
    for name, why in (
        (".", "can't be written: Is a directory"),
        ("none/", "can't be written: Is a directory"),
        ("none/file", "can't be written: there is no folder none"),
        ("there/file", "can't be written: Not a directory"),
        ("home/.local/state/homelab/usage.log", "homelab keeps its own files in "),
        ("state/homelab/new", "homelab keeps its own files in "),
    ):
        with pytest.raises(Failure) as caught:
            found(name)
        assert caught.value.code == 1
        assert why in caught.value.sentence
    assert not (tmp_path / "new").exists()


def test_devices_and_pipes_are_written_directly(tmp_path: Path) -> None:
    files.save("/dev/null", b"text", 0o666)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        files.save(str(pipe), b"text", 0o666)
        assert reader.communicate(timeout=20)[0] == b"text"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_open_descriptors_are_appended_to(tmp_path: Path) -> None:
    """`… -o /dev/stderr 2>>log` must not delete the content of the log."""
    log = tmp_path / "log"
    log.write_text("before\n")
    write = "from homelab.system import files; files.save('/dev/stderr', b'text\\n', 0o666)"
    with log.open("a") as file:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", write], stderr=file, env=env, check=True)
    assert log.read_text() == "before\ntext\n"


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_stdout_is_the_answer_itself(name: str, tmp_path: Path) -> None:
    assert to_file.answer(name, "text").text == "text"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no/such/x", "there is no folder no/such"),
        ("folder", "Is a directory"),
        ("folder/", "Is a directory"),
        ("new/", "Is a directory"),
        ("file/x", "Not a directory"),
        ("round", "Too many levels of symbolic links"),
        ("/dev/full", "No space left on device"),
        ("x" * 256, "File name too long"),
    ],
)
def test_a_sentence_where_it_cannot_be_written(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("as it was")
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(Failure) as caught:
        to_file.answer(name, "text")
    assert caught.value.code == 1
    assert caught.value.sentence == (
        f"{name} can't be written: {why}; choose another --output, or - for stdout"
    )
    assert sorted(os.listdir(tmp_path)) == ["file", "folder", "round"]
    assert (tmp_path / "file").read_text() == "as it was"


def test_a_disk_that_fills_up_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "usage.html"
    path.write_text("before")

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Failure, match="No space left on device"):
        to_file.answer(str(path), "after")
    assert os.listdir(tmp_path) == ["usage.html"]
    assert path.read_text() == "before"


@pytest.mark.needs("root", "namespaces")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    write = 'from homelab.output import to_file; to_file.answer("x", "y" * 200000)'
    script = (
        f"mount -t tmpfs -o size=64k none {folder} && cd {folder} && printf before >x &&"
        f" {sys.executable} -c '{write}';"
        " ls -A; cat x"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout == "x\nbefore"
    assert "x can't be written: No space left on device" in done.stderr


def test_a_pipe_that_nobody_reads_is_a_closed_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        to_file.answer(f"/dev/fd/{writer}", "text")
    os.close(writer)


@pytest.mark.parametrize("where", ["root", "cwd/..", "fd/../root", "fd/7/../.."])
def test_a_name_below_proc_that_leads_elsewhere_is_a_path_like_others(
    where: str, tmp_path: Path
) -> None:
    """/proc/self/root/home/u1/x is a file of u1, not an open descriptor."""
    for name in (f"/proc/self/{where}/x", "/dev/fd/../null/x", "/dev/stdout/x", "/dev/fd/1x"):
        assert files.descriptor(name) == -1
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "x").write_text("before")
    folder.chmod(0o777)
    with pytest.raises(Failure, match="it is a link of /proc"):
        to_file.answer(f"/proc/self/root{folder}/x", "after")
    assert (folder / "x").read_text() == "before"


@pytest.mark.parametrize("trusted", [False, True])
def test_descriptors_that_the_caller_opened_are_read(trusted: bool, tmp_path: Path) -> None:
    """The shell's <(…) is a pipe; a regular file can be read twice."""
    reader, writer = os.pipe()
    os.write(writer, b"secret")
    os.close(writer)
    (tmp_path / "file").write_bytes(b"secret")
    (tmp_path / "file").chmod(0o666)
    with open(reader, "rb"), (tmp_path / "file").open("rb") as file:
        assert files.content(f"/dev/fd/{reader}", 6, trusted=trusted) == b"secret"
        for _ in range(2):
            path = f"/proc/self/fd/{file.fileno()}"
            assert files.content(path, 6, trusted=trusted) == b"secret"
        with pytest.raises(OSError, match="it is larger than"):
            files.content(path, 5, trusted=trusted)


def test_an_open_pipe_without_an_end_is_bounded_in_time_and_size() -> None:
    reader, writer = os.pipe()
    with open(reader, "rb"), open(writer, "wb", buffering=0) as stream:
        stream.write(b"a")
        with pytest.raises(TimeoutError, match=r"it did not end within 0\.1 s"):
            files.content(f"/dev/fd/{reader}", 10, 0.1)
        stream.write(b"a" * 11)
        with pytest.raises(OSError, match="it is larger than"):
            files.content(f"/dev/fd/{reader}", 10)
    with pytest.raises(OSError, match="Bad file descriptor"):
        files.content("/dev/fd/9999", 10)
    with pytest.raises(OSError, match="it is larger than"), open("/dev/zero", "rb") as zero:
        files.content(f"/dev/fd/{zero.fileno()}", 10)


@pytest.mark.parametrize("trusted", [False, True])
def test_a_folder_is_called_one(trusted: bool, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        files.content(str(tmp_path), 10, trusted=trusted)
    assert caught.value.strerror == "Is a directory"


def test_a_list_is_read_whole_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes("\ufeffa\n".encode() + b"x" * ((4 << 20) - 2))
    assert len(files.text(str(path), "--from: list")) == 4 << 20
    path.write_bytes(b"x" * ((4 << 20) + 1))
    with pytest.raises(Failure, match=r"^--from: list is longer than 4 MiB$") as refused:
        files.text(str(path), "--from: list")
    assert refused.value.code == 2
    with pytest.raises(Failure, match=r"^--from: none can't be read: No such file or directory$"):
        files.text(str(tmp_path / "none"), "--from: none")


@pytest.mark.parametrize("name", ["a", "a.1", "x" * 60])
def test_an_unfinished_file_of_a_killed_process_is_recognised(name: str, tmp_path: Path) -> None:
    path = str(tmp_path / name)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    begun = {}
    for process in (dead.pid, os.getpid()):
        begun[process] = f"{tmp_path}/.{name[:40]}.{process}"
        Path(begun[process]).write_text("half")
    for other in (f".{name[:40]}.1x", f".{name[:40]}.", f"{name[:40]}.7", f".b.{dead.pid}"):
        (tmp_path / other).write_text("")
    assert sorted(files.unfinished(path)) == sorted(begun.values())
    assert files.abandoned(begun[dead.pid], here=True)
    assert not files.abandoned(begun[dead.pid], here=False)
    assert not files.abandoned(begun[os.getpid()], here=True)
    os.utime(begun[os.getpid()], (0, 0))
    assert files.abandoned(begun[os.getpid()], here=False)
    assert not files.abandoned(str(tmp_path / "gone.1"), here=True)
    assert files.unfinished(str(tmp_path / "none/a")) == []
