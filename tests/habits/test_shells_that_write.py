"""Histories that the shells themselves write."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from support import shells
from support.terminal import Terminal

from homelab.habits import histories
from homelab.habits.histories import History

LOOP = "for x in a b\ndo\n  echo $x\ndone"
QUOTED = 'echo "one\ntwo"'
DOCUMENT = "cat <<E\nls\nE"
ODD = "echo über à \\\\ \\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    return path


def env(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **more}


def run(home: Path, *words: str, stdin: str = "", **more: str) -> str:
    done = subprocess.run(
        words, env=env(home, **more), cwd=home, input=stdin, capture_output=True, text=True,
        timeout=60, check=False, start_new_session=True,  # without the terminal of the tests
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def found(home: Path, **more: str) -> History:
    """The only history in a home."""
    all_of_them = histories.find(env(home, **more))
    assert all_of_them.problems == []
    (one,) = all_of_them.files
    return one


def texts(history: History) -> list[str]:
    return [text for _, text, _ in history.entries()]


def bash(home: Path, script: str, **more: str) -> History:
    """The entries that an interactive bash keeps of a script. The first one sets how it keeps
    them."""
    more["HISTFILE"] = str(home / "kept")
    run(home, "bash", "--norc", "-i", stdin=f"{script}\nexit 0\n", **more)
    return found(home, HISTFILE=more["HISTFILE"])


@pytest.mark.parametrize("lithist", ["-s", "-u"])
def test_bash_with_times(lithist: str, home: Path) -> None:
    before = int(time.time())
    script = f"shopt {lithist} lithist\n{LOOP}\n{QUOTED}\n{DOCUMENT}\n{ODD}"
    history = bash(home, script, HISTTIMEFORMAT="%F ")
    loop = LOOP if lithist == "-s" else "for x in a b; do   echo $x; done"
    assert history.shell == "bash"
    assert texts(history)[1:] == [loop, QUOTED, DOCUMENT, ODD, "exit 0"]
    assert all(before <= when <= time.time() for when, _, _ in history.entries())
    assert (history.skipped, history.untimed, history.problem) == (0, 0, "")


def test_bash_without_times(home: Path) -> None:
    history = bash(home, f"shopt -u lithist\n{LOOP}\n{ODD}\ndocker \\\n --version >/dev/null || :")
    commands = ["for x in a b; do   echo $x; done", ODD, "docker  --version >/dev/null || :"]
    assert texts(history)[1:] == [*commands, "exit 0"]
    assert (history.shell, history.untimed) == ("bash", 5)


def test_bash_that_gets_and_loses_its_times(home: Path) -> None:
    """Three sessions share a file; only the second one has times."""
    bash(home, "echo 1")
    bash(home, "echo 2", HISTTIMEFORMAT="%F ")
    history = bash(home, "echo 3")
    assert [text for text in texts(history) if text != "exit 0"] == ["echo 1", "echo 2", "echo 3"]
    moments = {text: when for when, text, _ in history.entries()}
    assert (moments["echo 1"], moments["echo 3"]) == (0, 0)
    assert moments["echo 2"] > 0


ZSH = """
setopt $2
fc -p $1 100 100
for each in "${@:3}"; do print -sr -- $each; done
fc -W
"""


@pytest.mark.needs("zsh")
@pytest.mark.parametrize("extended", [True, False])
def test_zsh(extended: bool, home: Path) -> None:
    commands = [LOOP, QUOTED, ODD, "docker run \\\n  web", "ls \\", "ls \\ ", "x=ä#\u0083ö", "日本"]
    (home / "write").write_text(ZSH)
    option = "extendedhistory" if extended else "noextendedhistory"
    run(home, "zsh", "-f", "-i", "write", ".zsh_history", option, *commands)
    history = found(home)
    assert history.shell == "zsh"
    assert texts(history) == commands
    assert history.untimed == (0 if extended else len(commands))


@pytest.mark.needs("fish")
def test_fish(home: Path) -> None:
    settings = home / ".config/fish/config.fish"
    settings.parent.mkdir(parents=True)
    settings.write_text("function fish_prompt; echo 'ready> '; end\n")
    with Terminal(["fish", "-i"], env(home, fish_history="lab"), str(home)) as terminal:
        for prompt, command in (
            ("ready> ", r"for x in a b; echo '\\n' $x"),
            ("", "end"),
            ("ready> ", "echo über à"),
            ("ready> ", "exit"),
        ):
            terminal.expect(prompt)
            terminal.type(f"{command}\r")
        os.waitid(os.P_PID, terminal.pid, os.WEXITED | os.WNOWAIT)
    history = found(home)
    assert history.shell == "fish"
    assert history.path.endswith("/fish/lab_history")
    assert texts(history) == [r"for x in a b; echo '\\n' $x" + "\nend", "echo über à", "exit"]
    assert history.untimed == 0


NU = """
[[command start_timestamp];
 ["ls -l" 2026-01-02T03:04:05Z]
 ["if true {\n  docker ps\n}" 2026-01-02T03:04:06Z]] | history import
["echo `über`"] | history import
"""
IN_NU = ["ls -l", "if true {\n  docker ps\n}", "echo `über`"]


@pytest.mark.needs("nu")
def test_nushell_text(home: Path) -> None:
    (home / "write.nu").write_text(NU)
    run(home, shells.nu(), "write.nu")
    history = found(home)
    assert history.shell == "nushell"
    assert texts(history) == IN_NU
    assert history.untimed == 3


@pytest.mark.needs("nu")
@pytest.mark.parametrize("place", ["own.txt", "folder"])
def test_nushell_is_found_where_its_settings_put_it(place: str, home: Path) -> None:
    (home / "folder").mkdir()
    (home / "write.nu").write_text(NU)
    settings = home / ".config/nushell/config.nu"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'$env.config.history.path = "{home}/{place}"\n')
    run(home, shells.nu(), "--config", str(settings), "write.nu")
    assert texts(found(home)) == IN_NU


@pytest.mark.needs("nu")
def test_nushell_sqlite(home: Path) -> None:
    (home / "write.nu").write_text(NU)
    (home / "config.nu").write_text('$env.config.history.file_format = "sqlite"\n')
    run(home, shells.nu(), "--config", "config.nu", "write.nu")
    history = found(home)
    assert history.shell == "nushell"
    assert list(history.entries()) == [
        (1_767_323_045, IN_NU[0], False),
        (1_767_323_046, IN_NU[1], False),
        (0, IN_NU[2], False),
    ]
    assert history.problem == ""


@pytest.mark.needs("nu")
def test_what_nushell_imported_into_its_database_is_counted_once(home: Path) -> None:
    (home / "write.nu").write_text(NU)
    run(home, shells.nu(), "write.nu")
    (home / "config.nu").write_text('$env.config.history.file_format = "sqlite"\n')
    (home / "import.nu").write_text("history import\n")
    run(home, shells.nu(), "--config", "config.nu", "import.nu")
    both = histories.find(env(home))
    assert [len(list(history.entries())) for history in both.files] == [3, 3]
    assert [text for _, text, _ in histories.once(both)] == IN_NU


def atuin(home: Path, command: str, **more: str) -> str:
    """Let atuin record a command; return its id."""
    more["ATUIN_SESSION"] = "0123456789abcdef0123456789abcdef"
    name = run(home, shells.atuin(), "history", "start", "--", command, **more).strip()
    run(home, shells.atuin(), "history", "end", "--exit", "0", "--", name, **more)
    return name


@pytest.mark.needs("atuin")
def test_atuin_tells_agents_from_people(home: Path) -> None:
    atuin(home, "docker ps -a")
    atuin(home, f"echo 'über'\n{LOOP}")
    atuin(home, "zpool status", ATUIN_HISTORY_AUTHOR="codex")
    atuin(home, "df -h", ATUIN_HISTORY_AUTHOR="someone", ATUIN_HISTORY_AUTHOR_KIND="agent")
    atuin(home, "uptime", ATUIN_HISTORY_AUTHOR="codex", ATUIN_HISTORY_AUTHOR_KIND="user")
    before = sorted(home.rglob("*"))
    history = found(home)
    assert history.shell == "atuin"
    assert [(text, by_agent) for _, text, by_agent in history.entries()] == [
        ("docker ps -a", False),
        (f"echo 'über'\n{LOOP}", False),
        ("zpool status", True),
        ("df -h", True),
        ("uptime", False),
    ]
    assert (history.untimed, history.problem) == (0, "")
    assert sorted(home.rglob("*")) == before


@pytest.mark.needs("atuin")
def test_what_atuin_has_imported_is_counted_once(home: Path) -> None:
    """Entries with and without moments: atuin gives a moment to entries that have none."""
    bash_history = home / ".bash_history"
    bash_history.write_text("uptime\nls\nls\n#1700000000\ndocker ps\n#1700000060\nls\n")
    session = "0123456789abcdef0123456789abcdef"
    run(
        home, shells.atuin(), "import", "bash", HISTFILE=str(bash_history), ATUIN_SESSION=session
    )  # fmt: skip
    with open(bash_history, "a") as file:
        file.write("#1700000120\nls\nls\n")
    both = histories.find(env(home))
    assert {history.shell for history in both.files} == {"atuin", "bash"}
    counted = sorted(text for _, text, _ in histories.once(both))
    assert counted == ["docker ps", "ls", "ls", "ls", "ls", "ls", "uptime"]


@pytest.mark.needs("atuin")
def test_what_atuin_has_deleted_is_not_read(home: Path) -> None:
    atuin(home, "docker ps")
    atuin(home, "export TOKEN=hunter2")
    run(home, shells.atuin(), "search", "--delete", "hunter2", ATUIN_SESSION="0" * 32)
    assert texts(found(home)) == ["docker ps"]


@pytest.mark.needs("atuin")
@pytest.mark.parametrize("place", ["db_path", "data_dir", "older", "ATUIN_DB_PATH"])
def test_atuin_is_found_where_its_settings_put_it(place: str, home: Path) -> None:
    more = {}
    if place == "older":
        (home / ".local/share/atuin").mkdir(parents=True)
    elif place == "ATUIN_DB_PATH":
        more[place] = str(home / "own.db")
    else:
        folder = home / (".atuin" if place == "db_path" else ".config/atuin")
        folder.mkdir(parents=True)
        value = "~/own.db" if place == "db_path" else "$HOME/own"
        text = f'# {place} = "no"\n{place} = "{value}" # here\n[kv]\ndb_path = "~/kv.db"\n'
        (folder / "config.toml").write_text(text)
    atuin(home, "docker ps", **more)
    assert texts(found(home, **more)) == ["docker ps"]
