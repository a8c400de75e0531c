"""The histories of an account are found, and the right ones are read."""

from __future__ import annotations

import contextlib
import gzip
import os
import sqlite3
import time
from pathlib import Path
from pwd import struct_passwd

import pytest
from support.accounts import Account

from homelab.errors import REFUSED, UNCONFIGURED, Failure
from homelab.habits import histories
from homelab.habits.entries import LONGEST
from homelab.habits.histories import Histories

MOMENT = 1_700_000_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    return path


def find(home: Path, **more: str) -> Histories:
    return histories.find({"HOME": str(home), **more})


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(found: Histories) -> dict[str, list[str]]:
    """The texts of each history, by its shell."""
    assert found.problems == []
    return {history.shell: [text for _, text, _ in history.entries()] for history in found.files}


def as_account(account: Account) -> Histories:
    """The histories that an account finds in its home."""
    before = os.geteuid(), os.getegid()
    os.setegid(account.gid)
    os.seteuid(account.uid)
    try:
        return find(account.home)
    finally:
        os.seteuid(before[0])
        os.setegid(before[1])


def test_a_home_without_histories_has_none(home: Path) -> None:
    assert read(find(home)) == {}


def test_each_shell_has_its_usual_place(home: Path) -> None:
    write(home / ".bash_history", "ls\n")
    write(home / ".zsh_history", "df\n")
    write(home / ".local/share/fish/fish_history", "- cmd: uptime\n  when: 1700000000\n")
    write(home / ".config/nushell/history.txt", "ps<\\n>\n")
    write(home / ".ash_history", "free\n")
    assert read(find(home)) == {
        "bash": ["ls"], "zsh": ["df"], "fish": ["uptime"], "nushell": ["ps\n"], "ash": ["free"],
    }  # fmt: skip


def test_the_environment_moves_them(home: Path) -> None:
    write(home / "kept", "ls\n")
    write(home / "z/.zsh_history", "df\n")
    write(home / "d/fish/lab_history", "- cmd: uptime\n")
    write(home / "c/nushell/history.txt", "ps\n")
    more = {"HISTFILE": "~/kept", "ZDOTDIR": str(home / "z"), "XDG_DATA_HOME": str(home / "d")}
    more["XDG_CONFIG_HOME"] = str(home / "c")
    expected = {"bash": ["ls"], "zsh": ["df"], "fish": ["uptime"], "nushell": ["ps"]}
    assert read(find(home, **more)) == expected


@pytest.mark.parametrize(
    ("content", "shell"),
    [
        ("#1700000000\nls\n", "bash"),
        ("ls\n: 1700000000:0;ls\n", "zsh"),
        ("- cmd: ls\n  when: 1700000000\n", "fish"),
        ("ls\n", "bash"),
    ],
)
def test_the_content_tells_the_format_whatever_the_name(
    content: str, shell: str, home: Path
) -> None:
    kept = write(home / "kept.txt", content)
    ((kind, texts),) = read(find(home, HISTFILE=str(kept))).items()
    assert (kind, set(texts)) == (shell, {"ls"})


def test_a_line_of_another_format_that_was_typed_changes_nothing(home: Path) -> None:
    write(home / ".bash_history", "docker ps\n- cmd: ls\n  when: 1700000000\nuptime\n")
    assert read(find(home)) == {
        "bash": ["docker ps", "- cmd: ls", "  when: 1700000000", "uptime"],
    }  # fmt: skip


def test_a_history_of_fish_may_lack_its_beginning(home: Path) -> None:
    text = "md: docker ps\n  when: 1700000000\n- cmd: ls\n  when: 1700000000\n"
    write(home / ".local/share/fish/fish_history", text)
    assert read(find(home)) == {"fish": ["ls"]}


def test_plain_lines_are_of_the_shell_that_the_account_has(home: Path) -> None:
    kept = write(home / "kept", "echo a\\\nb\n")
    found = find(home, HISTFILE=str(kept), SHELL="/usr/bin/zsh")
    assert read(found) == {"zsh": ["echo a\nb"]}


def test_the_format_of_a_newer_fish_is_said(home: Path) -> None:
    write(home / ".local/share/fish/fish_history", "- cmd: ls\n")
    new = write(home / ".local/share/fish/fish_history.jsonl", "{}\n")
    found = find(home)
    assert [history.shell for history in found.files] == ["fish"]
    sentence = f"{new} is not read: it has the format of a newer fish; update homelab"
    assert found.problems == [sentence]


def test_a_file_with_two_names_is_read_once(home: Path) -> None:
    write(home / ".bash_history", "ls\n")
    (home / ".zsh_history").symlink_to(home / ".bash_history")
    os.link(home / ".bash_history", home / ".histfile")
    found = find(home, HISTFILE=str(home / ".bash_history"))
    assert len(found.files) == 1


def test_what_is_no_file_is_passed_over(home: Path) -> None:
    (home / ".bash_history").symlink_to("/dev/null")
    os.mkfifo(home / ".zsh_history")
    (home / ".histfile").mkdir()
    (home / ".ash_history").symlink_to(home / "gone")
    write(home / ".zhistory", "")
    assert read(find(home, HISTFILE="/dev/null")) == {}
    assert read(find(home, HISTFILE="/dev/watchdog0/x", ZDOTDIR="/dev/null")) == {}


def test_bad_entries_are_counted_and_the_others_are_read(home: Path) -> None:
    long = b"x" * (LONGEST + 1)
    content = b"ls\nd\0\0\0f\n" + long + b"\nls M\xfcller\n#1700000000\nuptime\ntorn"
    write(home / ".bash_history", content)
    (history,) = find(home).files
    entries = list(history.entries())
    assert entries == [
        (0, "ls", False),
        (0, "ls M\ufffdller", False),
        (MOMENT, "uptime", False),
        (0, "torn", False),
    ]
    assert (history.skipped, history.untimed, history.problem) == (2, 3, "")
    assert list(history.entries()) == entries
    assert (history.skipped, history.untimed) == (2, 3)


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01\0\0\0\0" * 1000,
        gzip.compress(bytes(range(256)) * 100, mtime=0),
        "ls\n".encode("utf-16-le") * 100 + bytes(range(128, 256)) * 10,
    ],
    ids=["program", "compressed", "mixed"],
)
def test_a_binary_file_is_no_history(content: bytes, home: Path) -> None:
    path = write(home / ".bash_history", content)
    found = find(home)
    assert found.files == []
    assert found.problems == [f"{path} is not read: it is binary, not a shell history"]


def test_what_a_power_cut_leaves_is_read(home: Path) -> None:
    write(home / ".bash_history", b"\0" * 8192 + b"ls\ndf\n")
    (history,) = find(home).files
    assert [text for _, text, _ in history.entries()] == ["ls", "df"]
    assert history.skipped == 0


def test_a_zsh_of_people_who_write_japanese_is_no_binary_file(home: Path) -> None:
    written = b"".join(
        bytes((0x83, byte ^ 32)) if 0x83 <= byte <= 0xA2 else bytes((byte,))
        for byte in "日本語のコマンド".encode()
    )
    write(home / ".zsh_history", b": 1700000000:0;" + written + b"\n")
    assert read(find(home)) == {"zsh": ["日本語のコマンド"]}


def test_line_ends_of_dos_are_no_part_of_an_entry(home: Path) -> None:
    write(home / ".bash_history", "#1700000000\r\nls\r\n#1700000060\r\ndf -h\r\n")
    (history,) = find(home).files
    assert list(history.entries()) == [(MOMENT, "ls", False), (MOMENT + 60, "df -h", False)]


def test_a_moment_in_the_future_is_unknown(home: Path) -> None:
    now = int(time.time())
    write(home / ".bash_history", f"#{now + 60}\nls\n#{now + 200_000}\ndf\n")
    (history,) = find(home).files
    assert list(history.entries()) == [(now + 60, "ls", False), (0, "df", False)]
    assert history.untimed == 1


def test_a_history_that_goes_while_it_is_read_says_so(home: Path) -> None:
    path = write(home / ".bash_history", "ls\n")
    (history,) = find(home).files
    path.unlink()
    assert list(history.entries()) == []
    assert history.problem == f"{path} is not read: No such file or directory"


def test_what_comes_while_it_is_read_is_of_the_next_time(home: Path) -> None:
    path = write(home / ".bash_history", "ls\ndf\n")
    (history,) = find(home).files
    entries = history.entries()
    assert next(entries)[1] == "ls"
    with open(path, "a") as file:
        file.write("uptime\n" * 100_000)
    assert [text for _, text, _ in entries] == ["df"]


@pytest.mark.needs("root", "useradd")
def test_another_accounts_home_is_refused(u1: Account) -> None:
    write(u1.home / ".bash_history", "ls\n")
    with pytest.raises(Failure) as failed:
        find(u1.home)
    assert failed.value.code == REFUSED
    assert failed.value.sentence == (
        f"HOME is {u1.home}, which belongs to another account ({u1.name}); run it as {u1.name}, or"
        " set HOME to your own home directory"
    )


@pytest.mark.needs("root", "useradd")
def test_a_folder_that_cannot_be_read_is_said_once(u1: Account) -> None:
    for folder in (u1.home / ".local/share/fish", u1.home / ".config"):
        folder.mkdir(parents=True)
    u1.owns(u1.home / ".local/share", u1.home / ".config", u1.home / ".local/share/fish")
    (u1.home / ".config").chmod(0)
    (u1.home / ".local/share/fish").chmod(0o111)
    found = as_account(u1)
    (u1.home / ".config").chmod(0o700)
    (u1.home / ".local/share/fish").chmod(0o700)
    assert [sentence for sentence in found.problems if "denied" in sentence] == [
        f"{u1.home}/.config/atuin/config.toml is not read: Permission denied",
        f"{u1.home}/.config/zsh is not read: Permission denied",
        f"{u1.home}/.local/share/fish is not read: Permission denied",
        f"{u1.home}/.config/nushell/config.nu is not read: Permission denied",
        f"{u1.home}/.config/nushell is not read: Permission denied",
    ]


@pytest.mark.needs("root", "useradd")
def test_another_accounts_history_is_not_read_and_the_others_are(home: Path, u1: Account) -> None:
    write(home / ".bash_history", "ls\n")
    theirs = write(home / ".zsh_history", "df\n")
    u1.owns(theirs)
    secret = write(u1.home / ".bash_history", "uptime\n")
    secret.chmod(0o644)
    (home / ".histfile").symlink_to(secret)
    database = home / ".local/share/nushell/history.sqlite3"
    database.parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE history (command, timestamp)")
    u1.owns(database)
    link = home / ".zhistory"
    link.symlink_to(home / ".bash_history")
    u1.owns(link)
    found = find(home)
    assert [history.shell for history in found.files] == ["bash"]
    for path in (theirs, home / ".histfile", link, database):
        (sentence,) = (each for each in found.problems if each.startswith(f"{path} is not read: "))
        assert f"belongs to another account ({u1.name})" in sentence
        assert "\n" not in sentence
    assert len(found.problems) == 4


@pytest.mark.needs("root", "useradd")
def test_an_account_reads_its_own_and_not_roots(u1: Account) -> None:
    """A file of root's in its home is left from a `sudo` that kept HOME."""
    own = write(u1.home / ".zsh_history", "df\n")
    write(u1.home / ".bash_history", "ls\n").chmod(0o644)
    u1.owns(own)
    found = as_account(u1)
    assert [(history.shell, history.path) for history in found.files] == [("zsh", str(own))]
    assert found.problems == [
        f"{u1.home}/.bash_history is not read: it belongs to another account (root)"
    ]


def test_a_history_that_others_can_change_is_not_read(home: Path) -> None:
    path = write(home / ".bash_history", "ls\n")
    path.chmod(0o666)
    found = find(home)
    assert found.files == []
    assert found.problems == [f"{path} is not read: it is world-writable"]


def test_a_folder_that_others_can_change_is_said(home: Path) -> None:
    write(home / "z/.zsh_history", "ls\n")
    (home / "z").chmod(0o777)
    found = find(home, ZDOTDIR=str(home / "z"))
    assert found.problems == [f"{home}/z/.zsh_history is not read: {home}/z: it is world-writable"]
    home.chmod(0o777)
    with pytest.raises(Failure) as failed:
        find(home)
    assert failed.value.code == REFUSED
    assert failed.value.sentence == (
        f"HOME is {home}, which other accounts can change ({home}: it is world-writable);"
        f" chmod o-w {home}"
    )


@pytest.mark.parametrize("name", ["/nonexistent", "/dev/null"])
def test_a_home_that_is_none_is_said(name: str) -> None:
    with pytest.raises(Failure) as failed:
        histories.find({"HOME": name})
    assert failed.value.code == UNCONFIGURED
    assert failed.value.sentence == (
        f"HOME ({name}) is not a folder; set HOME to your home directory"
    )


_UNSET = "HOME is not set, and this account's home directory (/none) is not a folder"


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"HOME": "h5"}, "HOME (h5) is not an absolute path"),
        (
            {"HOME": ""},
            "HOME is not set, and this account's home directory (/none) is not a folder",
        ),
        ({}, "HOME is not set, and this account's home directory (/none) is not a folder"),
    ],
)
def test_a_home_is_named_as_home_names_it(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], why: str
) -> None:
    of_account = struct_passwd(("x", "x", os.getuid(), 0, "", "/none", ""))
    monkeypatch.setattr("pwd.getpwuid", lambda _: of_account)
    with pytest.raises(Failure) as failed:
        histories.find(env)
    assert failed.value.code == UNCONFIGURED
    assert failed.value.sentence == f"{why}; set HOME to your home directory"


def test_a_place_with_too_long_a_name_is_said_by_its_variable(home: Path) -> None:
    write(home / ".bash_history", "ls\n")
    for value in ("x" * 300, "~/" + "x" * 5000, "/" + "y/" * 3000):
        found = find(home, HISTFILE=value)
        assert [history.shell for history in found.files] == ["bash"]
        assert found.problems == ["HISTFILE is not read: File name too long"]


def test_the_two_shells_of_an_account_may_share_a_file(home: Path) -> None:
    write(home / ".bash_history", "ls\n: 1700000000:0;df\nls\n#1700000000\ndf\n")
    (history,) = find(home).files
    assert list(history.entries()) == [
        (0, "ls", False), (MOMENT, "df", False), (0, "ls", False), (MOMENT, "df", False),
    ]  # fmt: skip
    assert len(list(histories.once(find(home)))) == 4
