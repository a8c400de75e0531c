"""Histories in SQLite: schemas, locks and damage. test_shells_that_write.py tests real ones."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from homelab.errors import UNREACHABLE, Failure
from homelab.habits import databases, histories
from homelab.habits.entries import LONGEST, UNREADABLE

MOMENT = 1_700_000_000
# atuin 0.1, and the columns that later versions added (crates/atuin-client/migrations)
FIRST = """CREATE TABLE history (id TEXT PRIMARY KEY, timestamp INTEGER NOT NULL,
    duration INTEGER NOT NULL, exit INTEGER NOT NULL, command TEXT NOT NULL, cwd TEXT NOT NULL,
    session TEXT NOT NULL, hostname TEXT NOT NULL)"""
ADDED = ("deleted_at INTEGER", "author TEXT", "intent TEXT", "shell TEXT", "author_kind INTEGER")
INTO = "INSERT INTO history (id, timestamp, duration, exit, command, cwd, session, hostname"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A path with characters that have a meaning in a URI."""
    return tmp_path / "a?mode=rw#b%20c.db"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def atuin(path: Path, columns: int = len(ADDED)) -> None:
    """A database of atuin with the first `columns` that were added."""
    with opened(path) as connection:
        connection.execute(FIRST)
        for column in ADDED[:columns]:
            connection.execute(f"ALTER TABLE history ADD COLUMN {column}")


def add(path: Path, command: object, at: object = MOMENT * 10**9, **more: object) -> None:
    names = "".join(f", {name}" for name in more)
    marks = ", ?" * len(more)
    values = (os.urandom(8).hex(), at, command, *more.values())
    with opened(path) as connection:
        host = "" if "hostname" in more else ", 'pve:al'"
        into = INTO if host else INTO.replace(", hostname", "")
        connection.execute(f"{into}{names}) VALUES (?, ?, 0, 0, ?, '/', 's'{host}{marks})", values)


def read(path: Path) -> list[tuple[int, str, bool]]:
    return list(databases.entries(str(path)))


def refused(path: Path) -> str:
    """The sentence about a database, without its path."""
    with pytest.raises(Failure) as failed:
        read(path)
    assert failed.value.code == UNREACHABLE
    begin, _, why = failed.value.sentence.partition(" is not read: ")
    assert begin == str(path)
    assert "\n" not in why
    return why


@pytest.mark.parametrize("columns", range(len(ADDED) + 1))
def test_each_schema_of_atuin_is_read(columns: int, path: Path) -> None:
    atuin(path, columns)
    add(path, "docker ps")
    add(path, "ls\ndf", (MOMENT - 60) * 10**9 + 999_999_999)
    assert read(path) == [(MOMENT, "docker ps", False), (MOMENT - 60, "ls\ndf", False)]


def test_a_deleted_entry_is_not_read(path: Path) -> None:
    atuin(path)
    add(path, "export TOKEN=hunter2", deleted_at=MOMENT * 10**9)
    assert read(path) == []


@pytest.mark.parametrize(
    ("author", "kind", "host", "by_agent"),
    [
        (None, None, "pve:al", False),
        ("al", None, "pve:al", False),
        ("claude-code", None, "pve:al", True),
        ("opencode", None, "pve:al", True),
        ("opencode", 1, "pve:al", False),
        ("al", 2, "pve:al", True),
        ("pi", None, "pve:pi", False),
        ("pi", None, "pve:al", True),
        ("pi", None, "pi:unknown-user", False),
        ("pi", None, "pi", False),
        ("codex", 9, "pve:al", True),
        ("al", 9, "pve:al", False),
    ],
)
def test_an_agent_is_who_atuin_takes_for_one(
    author: str | None, kind: int | None, host: str, by_agent: bool, path: Path
) -> None:
    atuin(path)
    add(path, "ls", author=author, author_kind=kind, hostname=host)
    assert read(path) == [(MOMENT, "ls", by_agent)]


def test_values_of_another_type_are_no_error(path: Path) -> None:
    atuin(path)
    add(path, b"ls \xff\xfe and more", "soon")
    add(path, "df", 9 * 10**18)  # year 2255
    add(path, 17, -5)
    add(path, "x" * (LONGEST + 1))
    add(path, "a\0b")
    found = {text: when for when, text, _ in read(path)}
    assert found["ls \ufffd\ufffd and more"] == found["df"] == found["17"] == 0
    assert sum(UNREADABLE in text for _, text, _ in read(path)) == 2


def test_nothing_is_written_beside_it(path: Path) -> None:
    """SQLite would leave lock files beside a database with a write-ahead log."""
    atuin(path)
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    add(path, "ls")
    before = {each.name: each.stat().st_mtime_ns for each in path.parent.iterdir()}
    assert read(path) == [(MOMENT, "ls", False)]
    assert {each.name: each.stat().st_mtime_ns for each in path.parent.iterdir()} == before


def test_what_a_running_program_has_in_its_log_is_read(path: Path) -> None:
    atuin(path)
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        add(path, "ls")
        assert read(path) == [(MOMENT, "ls", False)]


def test_a_locked_one_is_waited_for_and_then_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_WAIT", 0.2)
    atuin(path)
    begin = time.monotonic()
    with opened(path) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        why = refused(path)
    assert why == "another program has locked it for longer than 0.2 s; try again"
    assert time.monotonic() - begin >= 0.2


def test_a_lock_that_goes_in_time_is_no_problem(path: Path) -> None:
    atuin(path)
    add(path, "ls")
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
    script += "c.execute('BEGIN EXCLUSIVE'); print(flush=True); sys.stdin.read(1); c.close()"
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()
        entries = databases.entries(str(path))
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        assert list(entries) == [(MOMENT, "ls", False)]


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE history (id INTEGER, argv BLOB, place_id INTEGER)",
        "CREATE TABLE commands (command TEXT)",
    ],
)
def test_an_unknown_schema_is_said(schema: str, path: Path) -> None:
    with opened(path) as connection:
        connection.execute(schema)
    assert (
        refused(path)
        == "homelab does not know its tables (atuin and nushell are read); update homelab"
    )


def test_a_damaged_one_is_said(path: Path) -> None:
    atuin(path)
    with opened(path) as connection:
        connection.execute("BEGIN")
        connection.executemany(
            f"{INTO}) VALUES (?, ?, 0, 0, ?, '/', 's', 'pve:al')",
            ((str(number), MOMENT, "x" * 500) for number in range(2000)),
        )
        connection.execute("COMMIT")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20_000] = b"\xaa" * 20_000
    path.write_bytes(content)
    assert refused(path).startswith("it is damaged (")
    path.write_bytes(content[:100])
    assert refused(path).startswith("it is damaged (")
    path.write_bytes(b"SQLite format 3\0" + b"\xaa" * 5000)
    assert refused(path).startswith("it is damaged (")


def test_the_problem_of_a_database_is_one_of_its_history(tmp_path: Path) -> None:
    path = tmp_path / ".local/share/atuin/history.db"
    path.parent.mkdir(parents=True)
    tmp_path.chmod(0o700)
    atuin(path, 0)
    with opened(path) as connection:
        connection.execute("ALTER TABLE history RENAME COLUMN command TO line")
    found = histories.find({"HOME": str(tmp_path)})
    (history,) = found.files
    assert list(history.entries()) == []
    assert history.problem.startswith(f"{path} is not read: homelab does not know its tables")


def test_a_python_without_sqlite_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    atuin(path)
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    assert refused(path) == (
        "it is a SQLite database, and this Python has no sqlite3; run homelab by another one"
    )
