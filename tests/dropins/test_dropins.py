"""Drop-in verbs are found by their path, refused if others may write to them, and run unchanged."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys

import pytest
from fakes.loki.server import FakeLoki
from support.reading import until
from support.world import World

ARGUMENTS = """#!/bin/sh
# Args: raw
for word in "$@"; do printf '<%s>' "$word"; done
"""


def test_the_path_is_the_verb(world: World) -> None:
    world.dropin("nas/df", "#!/bin/sh\necho df of nas\n")
    world.dropin("nas/pool/list.sh", "#!/bin/sh\necho pools\n")
    world.dropin("greet.py", f"#!{sys.executable}\nprint('hello')\n")
    assert world.run("nas", "df").stdout == "df of nas\n"
    assert world.run("nas", "pool", "list").stdout == "pools\n"
    assert world.run("greet").stdout == "hello\n"


def test_an_unknown_word_names_own_verbs_that_have_it(world: World) -> None:
    for name in ("scripts/Restore.sh", "scripts/df", "lab/restore/all", "logs/restore"):
        world.dropin(name, "#!/bin/sh\n")
    said = "homelab: no verb 'restore'; your own: scripts restore, lab restore all\n"
    assert world.run("restore").stderr == said
    said = "homelab: no verb 'df'; use: homelab disk usage, or your own: scripts df\n"
    assert world.run("df").stderr == said
    said = "homelab: no verb 'lab df'; your own: scripts df\n"
    assert world.run("lab", "df", "x").stderr == said
    said = "homelab: no verb 'restroe'; did you mean 'scripts restore'?\n"
    assert world.run("restroe").stderr == said
    events = "\n".join(world.events())
    assert "scripts" not in events and "lab" not in events


def test_a_group_never_runs(world: World) -> None:
    """A mistyped word must never become an argument."""
    world.dropin("nas/df", "#!/bin/sh\necho df\n")
    world.dropin("nas/dx.sh", "#!/bin/sh\necho dx\n")
    world.dropin("nas.sh", "#!/bin/sh\necho never\n")
    done = world.run("nas")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "homelab: 'nas' is a group of verbs; use one of them:\n\n  nas df\n  nas dx\n"
    )
    done = world.run("nas", "dff")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "homelab: no verb 'nas dff'; did you mean 'nas df'?\n"
    done = world.run("nas", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "homelab nas - this host's own verbs\n\n  nas df\n  nas dx\n"


def test_a_group_is_listed_in_either_spelling(world: World) -> None:
    world.dropin("Media_Tools/Scan", "#!/bin/sh\n")
    for group in ("media-tools", "Media_Tools"):
        assert "  media-tools scan\n" in world.run(group).stderr
        assert "  media-tools scan\n" in world.run("help", group).stdout
        assert "is a group of verbs" in world.run("verbs", "which", group).stderr


def test_data_with_an_x_bit_is_no_verb(world: World) -> None:
    """On some file systems every file has an x bit."""
    world.dropin("compose.yml", "services:\n")
    world.dropin("README.md", "# x\n")
    world.dropin("deploy.conf", "#!/bin/sh\necho ran\n")
    assert world.run("deploy-conf").stdout == "ran\n"
    done = world.run("compose")
    assert done.returncode == 2
    assert (
        "it is data, by its ending .yml; if it is a script, give it a name without .yml"
        in done.stderr
    )
    assert world.run("verbs", "check", "--json").returncode == 0


def test_built_ins_own_their_first_word(world: World) -> None:
    world.dropin("logs/mine", "#!/bin/sh\necho never\n")
    world.dropin("version", "#!/bin/sh\necho never\n")
    world.dropin("usage/off", "#!/bin/sh\necho never\n")
    world.dropin("Host.sh", "#!/bin/sh\necho never\n")
    for words in (["logs", "mine"], ["Logs", "mine"], ["Usage", "Off"], ["HOST"], ["Version"]):
        done = world.run(*words)
        assert (done.returncode, done.stdout) == (2, "")
    assert world.run("version").stdout.startswith("homelab 0.6.0")


@pytest.mark.parametrize(
    "word",
    [
        "", " ", "a b", "--help", "-h", "--", "*", "$HOME", "a\nb", "a\tb\\", "'", '"', "é",
        b"\xff\xfe".decode("utf-8", "surrogateescape"),
    ],
)  # fmt: skip
def test_arguments_pass_byte_for_byte(word: str, world: World) -> None:
    world.dropin("show", ARGUMENTS)
    done = subprocess.run(
        [sys.executable, world.pyz, "show", word, "x", word], env=world.env,
        capture_output=True, timeout=30, check=True,
    )  # fmt: skip
    raw = os.fsencode(word)
    assert done.stdout == b"<" + raw + b"><x><" + raw + b">"


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": ""}])
def test_arguments_pass_whatever_the_locale(locale: dict[str, str], world: World) -> None:
    world.dropin("show", ARGUMENTS)
    done = subprocess.run(
        [sys.executable, world.pyz, "show", b"z\xc3\xb6\xff"], env={**world.env, **locale},
        capture_output=True, timeout=30, check=True,
    )  # fmt: skip
    assert done.stdout == b"<z\xc3\xb6\xff>"


def test_stdin_stdout_and_stderr_are_its_own(world: World) -> None:
    world.dropin("up", "#!/bin/sh\ntr a-z A-Z; echo talk >&2\n")
    done = subprocess.run(
        [sys.executable, world.pyz, "up"], env=world.env, input="abc", text=True,
        capture_output=True, timeout=30, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("ABC", "talk\n")


@pytest.mark.parametrize("code", [0, 1, 3, 126, 127, 137, 255])
def test_its_exit_code_is_ours_and_is_counted(code: int, world: World) -> None:
    world.dropin("end", f"#!/bin/sh\nexit {code}\n")
    assert world.run("end").returncode == code
    assert world.events() == [f"exit={code} ver=0.6.0 verb=(own) end"]


@pytest.mark.parametrize("code", [129, 130, 141, 143])
def test_a_script_that_exits_with_a_signals_number_ends_by_no_signal(
    code: int, world: World
) -> None:
    """A supervisor treats death by TERM as a clean end, and must see a code as a code."""
    world.dropin("end", f"#!/bin/sh\nexit {code}\n")
    assert world.run("end").returncode == code


@pytest.mark.parametrize("change", ["mv new.pyz run.pyz", "cat new.pyz >run.pyz", "rm run.pyz"])
def test_the_file_may_be_replaced_while_a_verb_runs(
    change: str, started: str, world: World, loki: FakeLoki
) -> None:
    """The file is renamed over, overwritten (as scp does), or removed."""
    original = started
    world.pyz = str(world.folder / "run.pyz")
    world.dropin("slow", f"#!/bin/sh\n{change}\nexit 3\n")
    for url in ("", loki.url):
        shutil.copy(original, world.pyz)
        (world.folder / "new.pyz").write_text("something else\n")
        done = world.run("slow", HOMELAB_LOKI_URL=url)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    assert world.events() == ["exit=3 ver=0.6.0 verb=(own) slow"]
    assert until(lambda: loki.entries('{job="homelab-usage"}'))  # the sender also has its modules


@pytest.mark.parametrize(
    ("name", "seen"),
    [("TERM", -15), ("INT", -2), ("HUP", -1), ("PIPE", -13), ("KILL", 137), ("SEGV", 139)],
)
def test_a_script_ended_by_a_signal(name: str, seen: int, world: World) -> None:
    """The shell sees 128+n; for signals that people and supervisors send, by the same signal."""
    world.dropin("end", f"#!/bin/sh\nulimit -c 0\nkill -{name} $$\n")
    done = world.run("end")
    assert done.returncode == seen
    code = seen if seen > 0 else 128 - seen
    assert world.events() == [f"exit={code} ver=0.6.0 verb=(own) end"]


def test_signals_are_passed_on_once(world: World) -> None:
    world.dropin(
        "wait",
        "#!/bin/bash\ntrap 'echo term; exit 5' TERM\ntrap 'echo usr1' USR1\n"
        "echo ready\nwhile :; do sleep 0.05; done\n",
    )
    command = [sys.executable, world.pyz, "wait"]
    with subprocess.Popen(command, env=world.env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGUSR1)
        assert process.stdout.readline() == "usr1\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "term\n"
    assert process.returncode == 5
    assert world.events() == ["exit=5 ver=0.6.0 verb=(own) wait"]


def test_ctrl_c_at_a_terminal_reaches_it_once(world: World) -> None:
    """The terminal signals the whole process group; passing it on as well would double it."""
    world.dropin(
        "ask",
        "#!/bin/bash\ntrap 'echo int >>count' INT\necho ready\n"
        "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done\nexit 4\n",
    )
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(world.folder)
        env = {**world.env, "HOMELAB_TELEMETRY": "1"}  # set explicitly, so no notice comes first
        os.execve(sys.executable, [sys.executable, world.pyz, "ask"], env)
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.WEXITSTATUS(status) == 4
    assert (world.folder / "count").read_text() == "int\n"
    assert world.events() == ["exit=4 ver=0.6.0 verb=(own) ask"]


def test_its_environment_is_as_it_was_but_for_three(world: World) -> None:
    world.dropin(
        "nas/env", "#!/usr/bin/env python3\nimport os, json; print(json.dumps(dict(os.environ)))\n"
    )
    del world.env["LC_ALL"]
    done = subprocess.run(
        [sys.executable, world.pyz, "nas", "env"], env=world.env, capture_output=True, text=True,
        timeout=30, check=True,
    )  # fmt: skip
    seen = json.loads(done.stdout)
    seen.pop("LC_CTYPE", None)  # set by this Python script itself, see the test below
    assert seen == {
        **world.env,
        "HOMELAB_BIN": os.path.realpath(world.pyz),
        "HOMELAB_VERB": "nas env",
        "HOMELAB_VERB_DIR": str(world.verbs),
    }


def test_what_python_changes_for_itself_is_set_back(world: World) -> None:
    world.dropin("ask", "#!/bin/sh\necho ${LC_CTYPE-unset}; grep SigIgn /proc/self/status\n")
    del world.env["LC_ALL"]
    locale, ignored = world.run("ask").stdout.splitlines()
    assert locale == "unset"
    mask = int(ignored.split()[1], 16)
    assert not mask & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)
    assert world.run("ask", LC_CTYPE="C.UTF-8").stdout.splitlines()[0] == "C.UTF-8"


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("echo\n", 0o755, "it has no #! line and is not a program; begin it with a line like #!"),
        ("#!/bin/sh\r\necho\r\n", 0o755, "its #! line ends in CR LF; sed -i"),
        ("#!/nosuch/sh\n", 0o755, "its interpreter /nosuch/sh is not on this host"),
        ("#!/bin/sh\n", 0o644, "it is not executable; chmod +x "),
        ("#!/bin/sh\n", 0o757, "it is world-writable; chmod o-w "),
    ],
)
def test_what_cannot_be_started_is_named_with_what_mends_it(
    text: str, mode: int, words: str, world: World
) -> None:
    path = world.dropin("bad", text, mode)
    done = world.run("bad")
    assert done.returncode == 126
    assert done.stderr.startswith("homelab: 'bad' ")
    assert str(path) in done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert world.events() == ["exit=126 ver=0.6.0 verb=(own) bad"]


def test_a_folder_on_the_way_that_anybody_may_write_to(world: World) -> None:
    world.dropin("nas/df", "#!/bin/sh\n")
    (world.verbs / "nas").chmod(0o777)
    done = world.run("nas", "df")
    assert done.returncode == 126
    assert f"chmod o-w {world.verbs}/nas" in done.stderr


@pytest.mark.needs("root")
def test_root_runs_nothing_that_is_not_roots(world: World) -> None:
    path = world.dropin("mine", "#!/bin/sh\necho never\n")
    os.chown(path, 12345, 12345)
    done = world.run("mine")
    assert (done.returncode, done.stdout) == (126, "")
    assert f"chown root {path}" in done.stderr


@pytest.mark.parametrize("kind", ["broken", "loop"])
def test_symlinks_that_lead_nowhere(kind: str, world: World) -> None:
    world.verbs.mkdir(parents=True)
    (world.verbs / "gone").symlink_to("/nosuch" if kind == "broken" else "gone")
    done = world.run("gone")
    assert done.returncode == 126
    assert "repair or remove it" in done.stderr


def test_two_files_for_one_verb_are_both_named_and_neither_runs(world: World) -> None:
    first = world.dropin("x.sh", "#!/bin/sh\necho never\n")
    second = world.dropin("x.py", "#!/bin/sh\necho never\n")
    done = world.run("x")
    assert (done.returncode, done.stdout) == (126, "")
    assert world.events() == ["exit=126 ver=0.6.0 verb=(own) x"]
    assert str(first) in done.stderr
    assert str(second) in done.stderr


def test_a_folder_of_the_operators_is_counted_by_path(world: World) -> None:
    """The system's settings file names it, or it is baked in; a folder that a user sets is the
    user's own."""
    from homelab.dropins import find
    from homelab.settings import Settings

    shared = world.folder / "lab/verbs"
    system = world.folder / "etc.ini"
    system.write_text(f"[verbs]\npath = {shared}\n")
    for source, personal in (("system", False), ("user", True)):
        settings = Settings(world.env, ((source, str(system)),), {})
        more = settings.value("verbs.path")
        places = find.verb_folders(world.env, "/nosuch", more)
        assert [(place.path, place.personal) for place in places] == [
            (str(world.verbs), True),
            (str(shared), personal),
            ("/nosuch", False),
        ]
    script = shared / "nas/df"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    assert world.run("nas", "df", HOMELAB_VERBS_PATH=str(shared)).returncode == 0
    assert world.events() == ["exit=0 ver=0.6.0 verb=(own) nas df"]


def test_broken_settings_stop_no_drop_in_of_the_usual_places(world: World) -> None:
    world.dropin("mine", "#!/bin/sh\necho here\n")
    world.settings("[loki]\nnonsense\n")
    assert world.run("mine").stdout == "here\n"
    assert world.events() == []  # they may have switched counting off
    done = world.run("other")
    assert done.returncode == 78
    assert "config.ini:2:" in done.stderr


def test_a_stopped_job_goes_on(world: World) -> None:
    """Ctrl-Z stops homelab and its script alike, and `fg` lets both go on."""
    world.dropin("slow", "#!/bin/sh\necho ready >ready\nsleep 0.3\nexit 6\n")
    script = f"""
        set -m
        {sys.executable} {world.pyz} slow &
        until test -s ready; do sleep 0.02; done
        kill -TSTP %1; sleep 0.5; jobs %1
        kill -CONT %1; wait %1; echo $?
    """
    done = subprocess.run(
        ["bash", "-c", script], env=world.env, cwd=world.folder, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert "Stopped" in done.stdout
    assert done.stdout.splitlines()[-1] == "6"


@pytest.mark.needs("root", "namespaces")
def test_a_file_system_that_starts_nothing(world: World) -> None:
    world.verbs.mkdir(parents=True)
    script = f"""
        mount -t tmpfs -o noexec,mode=755 none {world.verbs} || exit 99
        printf '#!/bin/sh\\n' >{world.verbs}/x; chmod 755 {world.verbs}/x
        {world.pyz} x; echo $?; {world.pyz} verbs check --no-header; echo $?
    """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], env=world.env, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    code, row, checked = done.stdout.splitlines()
    assert (code, checked) == ("126", "1")
    assert row == "error  1  its file system is mounted noexec  x  move it to another file system"
    assert done.stderr == (
        f"homelab: 'x' is not run: {world.verbs}/x: its file system is mounted noexec;"
        " move it to another file system\n"
    )


def test_a_script_that_vanishes_between_finding_and_starting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from homelab.dropins import start
    from homelab.dropins.dropin import VerbFolder
    from homelab.dropins.find import find
    from homelab.errors import Failure
    from homelab.system import foreground as process

    path = world.dropin("x", "#!/bin/sh\n")
    dropin, _ = find(["x"], [VerbFolder(str(world.verbs), True)])
    assert dropin

    def gone(*_: object) -> int:
        path.unlink()
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(process, "run", gone)
    with pytest.raises(Failure) as failure:
        start.run(dropin, [], world.env, "homelab")
    assert failure.value.code == 126
    assert failure.value.sentence == f"'x' can't be started: {path}: No such file or directory"
    with pytest.raises(Failure) as failure:
        start.run(dropin, [], world.env, "homelab")
    assert "No such file or directory; repair or remove it" in failure.value.sentence
