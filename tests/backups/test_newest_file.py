"""`backup age` of files, folders and patterns."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.accounts import Account
from support.backup_tools import age, ages
from support.world import World

from homelab import times
from homelab.backups import files
from homelab.system.clock import now

HOUR = 3600


@pytest.fixture
def place(world: World) -> Path:
    folder = world.folder / "backup"
    folder.mkdir()
    return folder


def put(path: Path, hours: float = 1, text: str = "x") -> Path:
    """Write a file that is so many hours old."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    moment = now() - int(hours * HOUR * times.SECOND)
    os.utime(path, ns=(moment, moment))
    return path


def test_the_newest_file_of_a_pattern_counts(world: World, place: Path) -> None:
    put(place / "a.tar", 30)
    put(place / "b.tar", 2)
    put(place / "c.log", 1)
    row = age(world, f"{place}/*.tar")
    assert (row["state"], row["name"], row["count"], row["bytes"]) == ("ok", "b.tar", 2, 1)
    assert (row["path"], row["tool"], row["max"]) == (f"{place}/b.tar", "path", 26 * HOUR)
    assert 2 * HOUR <= row["age"] < 2 * HOUR + 300
    row = age(world, f"{place}/a*.tar")
    assert (row["state"], row["detail"]) == (
        "critical",
        "older than 26 h; a.tar (1 B), the only file",
    )


def test_a_folder_is_as_new_as_its_newest_file_at_any_depth(world: World, place: Path) -> None:
    put(place / "2026/11/db.sql", 3)
    put(place / "2026/10/db.sql", 900)
    assert age(world, str(place))["path"] == f"{place}/2026/11/db.sql"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("**/*.sql", ["x/y/z.sql", "t.sql"]), ("x/**", ["x/y/z.sql", "x/k"]), ("?.sql", ["t.sql"]),
     ("[st].sql", ["t.sql"]), ("*/y", ["x/y/z.sql"]), ("x/../t.sql", ["t.sql"]),
     ("**/**/z.sql", ["x/y/z.sql"]), (".h*", [".hidden"]), ("my backup/*", ["my backup/a b"])],
)  # fmt: skip
def test_patterns(world: World, place: Path, pattern: str, names: list[str]) -> None:
    for name in ("x/y/z.sql", "t.sql", "x/k", ".hidden", ".d/z.sql", "my backup/a b"):
        put(place / name)
    row = age(world, f"{place}/{pattern}")
    assert row["count"] == len(names)
    assert row["state"] == "ok"
    relative = world.run("backup", "age", f"backup/{pattern}", "--json")
    assert f'"count": {len(names)}' in relative.stdout


def test_a_name_that_looks_like_a_pattern_is_a_name_if_it_exists(world: World, place: Path) -> None:
    put(place / "[nas].tar", 2)
    put(place / "n.tar", 1)
    assert age(world, f"{place}/[nas].tar")["name"] == "[nas].tar"


def test_a_tilde_in_settings_is_the_home(world: World) -> None:
    put(world.home / "b/x")
    assert age(world, "~/b")["state"] == "ok"


NOT_BACKUPS = [
    ("*.tar", {}, "nothing matches this pattern"),
    ("none", {}, "it does not exist"),
    ("e", {"e": ""}, "e is empty (0 bytes): that is not a backup"),
    ("*", {"e": "", "f": ""}, "all of its 2 files are empty (0 bytes)"),
    (".", {".rsync-partial/a": "x", ".~tmp~/b": "x"}, "there is no file in it"),
    ("*", {"a.tar.part": "x"}, "only an unfinished one is there: a.tar.part"),
    (".", {}, "there is no file in it"),
    (".", {"2026-11-30.tmp/a": "x"}, "only an unfinished one is there: 2026-11-30.tmp"),
    (
        "*",
        {"2026-11-30.inProgress/a": "x"},
        "only an unfinished one is there: 2026-11-30.inProgress",
    ),
    ("*/", {"a.log": "x"}, "nothing matches this pattern"),
    (".", {".a.tar.Ab3dEf": "x"}, "only an unfinished one is there: .a.tar.Ab3dEf"),
]


@pytest.mark.parametrize(("pattern", "names", "why"), NOT_BACKUPS)
def test_what_is_not_a_backup_is_critical(
    world: World, place: Path, pattern: str, names: dict[str, str], why: str
) -> None:
    for name, text in names.items():
        put(place / name, text=text)
    row = age(world, f"{place}/{pattern}")
    assert (row["state"], row["newest"], row["detail"]) == ("critical", None, why)


def test_a_link_to_nothing_and_a_pipe_are_not_backups(world: World, place: Path) -> None:
    (place / "latest").symlink_to("gone")
    os.mkfifo(place / "pipe")
    assert "does not exist" in age(world, f"{place}/latest")["detail"]
    assert age(world, f"{place}/pipe")["detail"] == "it is neither a file nor a folder"
    assert {row["state"] for row in ages(world, f"{place}/*", "/dev/null")[1]} == {"critical"}
    put(place / "real")
    (place / "link").symlink_to("real")
    assert age(world, f"{place}/link")["state"] == "ok"


def test_names_that_people_give_are_not_those_of_unfinished_files(place: Path) -> None:
    for name in (".nas.backup", ".nas.202611", ".nas.tar.gz"):
        put(place / name)
    assert files.inventory(str(place), "x", 60.0).count == 3


def test_trash_and_folders_of_the_file_system_are_not_looked_at(world: World, place: Path) -> None:
    put(place / "a.tar", 30)
    for name in ("lost+found", "@eaDir", ".Trash-1000", "#recycle"):
        put(place / name / "b.tar")
    for pattern in (str(place), f"{place}/*", f"{place}/**/*.tar"):
        row = age(world, pattern)
        assert (row["state"], row["count"]) == ("critical", 1), pattern
    assert age(world, f"{place}/lost+found")["state"] == "ok"


def test_a_folder_with_only_links_says_so(world: World, place: Path) -> None:
    put(world.folder / "disk/a")
    (place / "disk").symlink_to("../disk")
    assert age(world, str(place))["detail"] == (
        "there is no file in it, only links such as disk; name their target"
    )
    assert age(world, f"{place}/*")["state"] == "ok"
    assert age(world, "restic")["detail"] == "it does not exist; for a repository, write restic:"


def test_a_newer_file_that_is_empty_is_a_warning(world: World, place: Path) -> None:
    """Last night's job has written nothing."""
    put(place / "mon.tar", 3)
    put(place / "tue.tar", 1, "")
    row = age(world, f"{place}/*.tar")
    assert (row["state"], row["name"]) == ("warning", "mon.tar")
    assert row["detail"].startswith("tue.tar is newer, but it is empty")
    assert age(world, str(place))["state"] == "ok"  # below a folder, empty files are usual


def test_a_time_in_the_future_is_unknown(world: World, place: Path) -> None:
    put(place / "a", -3)
    done, [row] = ages(world, str(place))
    assert (done.returncode, row["state"], row["age"]) == (69, "unknown", None)
    assert "in the future" in row["detail"]


def test_links_in_a_circle_end(world: World, place: Path) -> None:
    put(place / "x/a")
    (place / "x/up").symlink_to("..")
    assert age(world, str(place))["count"] == 1
    assert age(world, f"{place}/**/a")["count"] == 1


def test_a_growing_file_is_not_complete(world: World, place: Path) -> None:
    put(place / "mon.tar", 3)
    script = "import sys\nf=open(sys.argv[1],'w',1)\nprint(flush=True)\nwhile 1: f.write('x\\n')"
    command = [sys.executable, "-c", script, str(place / "tue.tar")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        writer.stdout.readline()
        row = age(world, f"{place}/*.tar")
        writer.kill()
    assert row["name"] == "mon.tar"
    assert "tue.tar is still being written" in row["detail"]


def test_thousands_of_files_are_bounded(tmp_path: Path) -> None:
    for number in range(300):
        put(tmp_path / f"{number % 7}/{number}", 1 + number)
    found = files.inventory(str(tmp_path), "x", 60.0)
    assert (found.count, found.trouble) == (300, "")
    found = files.inventory(str(tmp_path), "x", 60.0, most=100)
    assert found.trouble == "it has more than 100 files and folders; name a part of it"
    assert files.inventory(f"{tmp_path}/*/*", "x", 60.0, most=100).trouble
    assert "--timeout" in files.inventory(str(tmp_path), "x", -1.0).trouble


def test_a_deep_tree_is_read(tmp_path: Path) -> None:
    path = tmp_path
    for _ in range(600):
        path /= "d"
        try:
            path.mkdir()
        except OSError:
            break
    assert files.inventory(f"{tmp_path}/**/nothing", "x", 60.0).missing
    assert files.inventory("/".join([str(tmp_path), *["*"] * 100]), "x", 60.0).trouble


@pytest.mark.needs("root")
def test_a_folder_that_is_not_readable_is_unknown(
    world: World, place: Path, everyones: str, u1: Account
) -> None:
    """It may have a newer backup; a known new one is enough."""
    put(place / "open/a", 40)
    put(place / "closed/b", 1)
    (place / "closed").chmod(0o700)

    def row(*words: str) -> Any:
        return u1.run(everyones, "backup", "age", *words, "--no-header").stdout

    assert "permission denied" in row(str(place))
    assert row(str(place)).startswith("unknown")
    assert row(f"{place}/closed/*").startswith("unknown")
    assert row(f"{place}/closed/b").startswith("unknown")
    put(place / "open/c", 1)
    assert row(str(place)).startswith("ok")


def test_names_with_control_characters_are_shown_escaped(world: World, place: Path) -> None:
    put(place / "a\n\x1b[31mb")
    text = world.run("backup", "age", str(place)).stdout
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2
