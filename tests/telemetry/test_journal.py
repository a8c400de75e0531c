"""The journal's files: the writer and all readers open only regular files, and read them in bounded
memory, whatever they contain."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from support.journals import KINDS, NOW, append, expected, figures, lines
from support.world import World

from homelab.errors import Failure
from homelab.settings import Settings, parse
from homelab.telemetry import journal
from homelab.telemetry.fold import fold
from homelab.telemetry.history import LONGEST, Journal, dated
from homelab.times import DAY, SECOND

GIGABYTES = 3 << 30
READERS = (
    ("top",), ("trend",), ("next",), ("unused",), ("wanted",), ("export",),
    ("report", "-o", "/dev/null"),
)  # fmt: skip


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's path has at most 107 bytes
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


OBSTACLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "fifo": (os.mkfifo, "it is a pipe"),
    "folder": (Path.mkdir, "Is a directory"),
    "socket": (_socket, "it is a socket"),
    "link to /dev/full": (lambda path: path.symlink_to("/dev/full"), "it is a symbolic link"),
    "link to /dev/zero": (lambda path: path.symlink_to("/dev/zero"), "it is a symbolic link"),
    "link to a file": (lambda path: path.symlink_to("other"), "it is a symbolic link"),
    "link to nothing": (lambda path: path.symlink_to("nothing"), "it is a symbolic link"),
    "link to itself": (lambda path: path.symlink_to(path), "it is a symbolic link"),
}


def _little_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def _read(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [world.pyz, "usage", *words], env=world.env, stdin=subprocess.DEVNULL, cwd=world.folder,
        capture_output=True, text=True, timeout=60, check=False, preexec_fn=_little_memory,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["usage.log", "usage.history", "usage.7.log"])
@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_only_regular_files_are_read(obstacle: str, name: str, world: World) -> None:
    world.state.mkdir(parents=True, mode=0o700)
    append(world.state, lines(1)[0])
    (world.state / "other").write_text(f"{lines(1)[0]}\n")
    path = world.state / name
    path.unlink(missing_ok=True)
    make, why = OBSTACLES[obstacle]
    make(path)
    done = _read(world, "top")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == (
        f"homelab: the journal {path} can't be read: {why}; move it away: the next run makes a new"
        " journal\n"
    )


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_no_reader_reads_through_a_link(words: tuple[str, ...], world: World) -> None:
    world.state.mkdir(parents=True, mode=0o700)
    world.journal.symlink_to("/dev/zero")
    done = _read(world, *words)
    assert done.returncode == 78
    assert done.stdout == ""
    assert "it is a symbolic link" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_run_writes_into_nothing_else(obstacle: str, world: World) -> None:
    world.state.mkdir(parents=True, mode=0o700)
    other = world.state / "other"
    other.write_text("other\n")
    OBSTACLES[obstacle][0](world.journal)
    done = world.run("config")
    assert (done.returncode, done.stderr) == (0, "")
    assert other.read_text() == "other\n"
    with pytest.raises(OSError):
        journal.append(str(world.state), lines(1)[0])


@pytest.mark.needs("root")
def test_another_accounts_journal_is_not_read(world: World) -> None:
    """Root with a kept HOME, for example: its runs would be taken for root's."""
    world.run("config")
    os.chown(world.state, 12345, 12345)
    done = world.run("usage", "top")
    assert done.returncode == 78
    assert done.stderr == (
        f"homelab: the journal {world.journal} can't be read: {world.state}: it belongs to another"
        " account (number 12345); use a folder that is root's, as is all above it\n"
    )


def test_a_file_in_the_place_of_the_folder_is_said(world: World) -> None:
    world.state.parent.mkdir(parents=True)
    world.state.write_text("in the way")
    done = world.run("usage", "top")
    assert done.returncode == 78
    assert f"the journal {world.journal} can't be read: Not a directory" in done.stderr


def test_a_missing_journal_has_no_runs_and_makes_no_folder(world: World) -> None:
    done = world.run("usage", "top")
    assert (done.returncode, done.stdout) == (0, "")
    assert not world.state.exists()


@pytest.mark.parametrize(
    "head",
    ["", "rubbish", "2\n\n", "1\n", "1\nmoved x\n\n", "1\nmoved 1\nfolded 1\ncounts 99\n\n",
     "1\nmoved 1\nfolded 1\ncounts 4\n\nabc\n", "1\nmoved 1\nfolded 1\n\n"],
)  # fmt: skip
def test_a_history_that_cannot_be_understood_is_said_and_kept(head: str, world: World) -> None:
    head = f"homelab-usage-history {head}"
    world.state.mkdir(parents=True, mode=0o700)
    history = world.state / "usage.history"
    history.write_text(head)
    append(world.state, lines(1)[0])
    done = world.run("usage", "top", "--since", "900d")
    assert (done.returncode, done.stdout) == (78, "")
    assert f"{history} can't be read: it is damaged, or from a newer homelab" in done.stderr
    with pytest.raises(Failure):
        fold(str(world.state), NOW, 1)
    assert history.read_text() == head


# ---- lines ----


@pytest.mark.parametrize("words", [("top",), ("export", "--csv")], ids=" ".join)
@pytest.mark.parametrize("rubbish", ["nuls", "one line"])
def test_gigabytes_without_an_end_of_line_are_passed_over(
    rubbish: str, words: tuple[str, ...], world: World
) -> None:
    world.run("config")
    with world.journal.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(b"\n" * (rubbish == "nuls"))
        file.truncate(GIGABYTES)  # a hole: it reads as NULs
    world.run("config")  # it ends that line
    done = _read(world, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("config") == (1 if words[0] == "top" else 2)
    if words[0] == "top":
        assert done.stdout.splitlines()[1].split()[1] == "2"


def test_lines_are_read_whatever_they_stand_between(tmp_path: Path) -> None:
    written = lines(3000)
    pieces = []
    for number, line in enumerate(written):
        pieces.append(f"{line}\n".encode())
        if number % 300 == 7:
            pieces.append(b"1" * (LONGEST + number * 500) + b"\n")
    (tmp_path / "usage.log").write_bytes(b"".join(pieces))
    assert figures(tmp_path) == expected(written)
    with Journal(str(tmp_path)) as opened:
        for size in (7, 100, 5000, 1 << 16):
            of_part = [
                (at, found)
                for at, found in opened.parts[0].blocks(size)
                for found in (dated(found),)
            ]
            assert [line for _, found in of_part for line in found] == [
                line.encode() for line in written
            ]
    whole = b"".join(pieces)
    with Journal(str(tmp_path)) as opened:
        for at, found in opened.parts[0].blocks(5000):
            assert whole[at : at + len(found[0])] == found[0]


def test_a_line_has_a_bound() -> None:
    line = f"{NOW} exit=0 ver=0.6.0 verb=".encode()
    line += b"x" * (LONGEST - len(line))
    assert dated([line]) == [line]
    assert dated([line + b"x"]) == []
    assert dated([]) == []


@pytest.mark.parametrize("moment", ["0", "7", "999999999999999999", "0999999999999999999"])
def test_a_short_moment_is_in_its_place(moment: str) -> None:
    kind = KINDS[0].encode()
    short = moment.encode() + b" " + kind
    assert dated([b"%d " % NOW + kind, short]) == [
        b"%d " % NOW + kind, b"%019d " % int(moment) + kind
    ]  # fmt: skip
    assert dated([b"1" * 20 + b" " + kind]) == [b"1" * 20 + b" " + kind]  # not a record, see decode


def test_an_invalid_moment_damages_no_other_line() -> None:
    good = f"{NOW} {KINDS[0]}".encode()
    rubbish = [b"", b" ", b"12", b"x " + good, b"-1 x", b"\xb2 x", b"1" * 19, "٣ x".encode()]
    assert dated([*rubbish, good]) == [good]


def test_a_line_that_a_run_is_writing_is_not_read_yet(tmp_path: Path) -> None:
    written = lines(3)
    text = "\n".join(written)
    (tmp_path / "usage.log").write_text(text)
    assert figures(tmp_path) == expected(written[:2])
    fold(str(tmp_path), NOW, 1)
    with (tmp_path / "usage.1.log").open("a") as file:
        file.write("\n")
    assert figures(tmp_path) == expected(written)


def test_a_line_of_the_last_moment_of_all_ends_no_fold(tmp_path: Path) -> None:
    """C6: a clock that was centuries ahead; the midnight after it has one more digit."""
    (tmp_path / "usage.log").write_text("9999999999999999999 exit=0 ver=0.6.0 verb=config\n")
    fold(str(tmp_path), 10_382_256_000 * SECOND, 400)
    with Journal(str(tmp_path)) as journal:
        assert [(runs, tail) for _, rows in journal.days() for _, runs, tail in rows] == [
            (1, b" exit=0 ver=0.6.0 verb=config")
        ]


def test_many_lines_are_counted_in_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "usage.log").open("w") as file:
        for number in range(200_000):
            file.write(f"{NOW - DAY + number} {KINDS[number % 3]}\n")
    tracemalloc.start()
    with Journal(str(tmp_path)) as opened:
        assert sum(map(len, opened.lines())) == 200_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000  # bytes; the file has 10 MB


# ---- how long runs are kept ----


@pytest.mark.parametrize(
    "value",
    ["", "0", "-1", "1.5", "many", "400d", "36501", "99999999", "9" * 5000, "\u0664", "1_0", "+5"],
)
def test_a_bad_number_of_days_is_a_failure_that_names_the_line(value: str) -> None:
    with pytest.raises(Failure, match="a number of days from 1 to 36500") as raised:
        parse(f"[telemetry]\njournal_days = {value}\n", "config.ini")
    assert raised.value.code == 78
    assert raised.value.sentence.startswith("config.ini:2: journal_days must be ")


@pytest.mark.parametrize("value", ["1", "030", "36500"])
def test_a_good_number_of_days_is_kept_as_it_is(value: str) -> None:
    text = f"[telemetry]\njournal_days = {value}\n"
    assert parse(text, "config.ini") == {"telemetry.journal_days": (value, 2)}


def test_runs_are_kept_for_400_days_where_nothing_is_set() -> None:
    assert Settings({}, (), {}).text("telemetry.journal_days") == "400"


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_status_and_doctor_say_that_nothing_is_counted_where_no_journal_can_be(
    kind: str, world: World
) -> None:
    world.state.mkdir(parents=True, mode=0o700)
    if kind == "pipe":
        os.mkfifo(world.journal)
    elif kind == "folder":
        world.journal.mkdir()
    else:
        world.journal.symlink_to("/dev/full")
    why = "the next run makes a new journal"
    assert why in world.run("usage", "status").stdout
    told = world.run("usage", "doctor")
    assert (told.returncode, why in told.stdout) == (1, True)
    if kind == "folder":
        world.journal.rmdir()
    else:
        world.journal.unlink()
    assert why not in world.run("usage", "status").stdout
    assert world.run("usage", "doctor").returncode == 0
