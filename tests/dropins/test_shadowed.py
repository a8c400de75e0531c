"""A built-in path wins, own verbs run beside it in one group, and an upgrade that shadows own verbs
says so once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.world import ROOT, World, at_a_terminal, on_a_terminal

from homelab.dropins.shadowed import said
from homelab.verbs import BUILT_IN

ECHO = '#!/bin/sh\n# Summary: my own\n# Args: raw\necho "own $HOMELAB_VERB: $*"\n'
MEMBERS = {
    group: next(path for path in sorted(BUILT_IN.paths()) if path.startswith(f"{group} "))
    for group in BUILT_IN.groups
}
# A host of a newer build, which also has `stash age` in a group without a default verb, `probe`
# without operands and `over` with operands.
RUNNER = """
import os, sys, types
build, system, *words = sys.argv[1:]
sys.path.insert(0, {root!r})
from homelab import dispatch, main
from homelab.catalogue.verb import Argument, Verb
from homelab.context import Context
from homelab.output.answer import Text
from homelab.system import foreground
from homelab.verbs import BUILT_IN
dispatch.BUILD = build
if build != "old":
    module = types.ModuleType("homelab.verbs.made.spec")
    module.answer = lambda context, values: Text("built in\\n")
    here = "homelab.verbs.made.spec:answer"
    hosts = (Argument("HOST", "text", "a host", required=True, many=True),)
    module.VERBS = (
        Verb("over", "on other hosts", here, arguments=hosts, examples=("homelab over nas",)),
        Verb("probe", "look", here, examples=("homelab probe",)),
        Verb("stash age", "how old", here, examples=("homelab stash age",)),
    )
    sys.modules[module.__name__] = module
    BUILT_IN.groups["stash"] = "copies"
    BUILT_IN.families.update(over="made", probe="made", stash="made")
context = Context(
    words, os.environ, sys.stdout, sys.stderr, BUILT_IN,
    system_settings="", system_verbs=system,
)
foreground.leave(*main.run(context))
"""


class Host:
    """A host with own verbs whose homelab can be exchanged for a newer build."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.system = world.folder / "system/verbs"
        self.marks = world.state / "names"

    def command(self, build: str, *words: str) -> list[str]:
        text = RUNNER.format(root=str(ROOT))
        return [sys.executable, "-c", text, build, str(self.system), *words]

    def run(self, build: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(build, *words), env={**self.world.env, **env}, cwd=self.world.folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def typed(self, build: str, *words: str, **env: str) -> str:
        """The text that a person at a terminal sees, on one line."""
        env = {**self.world.env, "TERM": "xterm", "COLUMNS": "200", **env}
        return " ".join(on_a_terminal(self.command(build, *words), env).split())

    def installed(self, name: str, text: str = ECHO) -> Path:
        """Put a script into the system's folder of verbs."""
        path = self.system / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path


@pytest.fixture
def host(world: World) -> Host:
    return Host(world)


@pytest.mark.parametrize("group", sorted(BUILT_IN.groups))
def test_an_own_verb_runs_beside_the_built_in_verbs_of_every_group(
    group: str, world: World
) -> None:
    world.dropin(f"{group}/My_Own.sh", ECHO)
    member = MEMBERS[group].split(" ")[1]
    world.dropin(f"{group}/{member}", "#!/bin/sh\necho never\n")
    takes_words = bool(BUILT_IN.owner_behind((group,)))  # `verbs`
    done = world.run(group, "my-own", "a b", "--help")
    if takes_words:
        assert done.stdout.startswith("homelab verbs - ")
        return
    assert (done.returncode, done.stdout) == (0, f"own {group} my-own: a b --help\n")
    assert world.events() == [f"exit=0 ver=0.6.0 verb=(own) {group} my-own"]
    listed = world.run(group, "--help").stdout
    assert f"  {group} my-own " in listed
    assert listed.count(f"  {MEMBERS[group]} ") == 1
    offered = world.run("completion", "bash", "--", group, "").stdout.split()
    assert {"my-own", member} <= set(offered)
    assert len(offered) == len(set(offered))
    wrong = world.run(group, "my-onw")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == f"homelab: no verb '{group} my-onw'; did you mean '{group} my-own'?\n"
    assert world.events()[1:] == ["exit=2 ver=0.6.0 verb=(unknown)"]
    states = json.loads(world.run("verbs", group, "--own", "--json").stdout)["rows"]
    assert {row["verb"]: row["state"] for row in states} == {
        f"{group} my-own": "ok", MEMBERS[group]: "shadowed",
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted(BUILT_IN.paths()))
def test_a_built_in_path_belongs_to_the_built_in(path: str) -> None:
    words = path.split(" ")
    assert BUILT_IN.owner(words) == BUILT_IN.owner([*words, "--json"]) == path
    operands = any(not argument.option for argument in BUILT_IN.verb(path).arguments)
    assert BUILT_IN.owner([*words, "mine"]) == BUILT_IN.owner_behind(words) == path * operands


def test_a_groups_word_alone_belongs_to_its_default_verb() -> None:
    for group in BUILT_IN.groups:
        alone = BUILT_IN.owner([group])
        default = group if group in BUILT_IN.paths() else BUILT_IN.defaults.get(group, "")
        assert alone == BUILT_IN.owner([group, "--json"]) == default
    assert BUILT_IN.owner([]) == BUILT_IN.owner(["nas", "df"]) == ""


def test_a_script_with_the_word_of_a_group_runs_if_the_group_has_no_default(host: Host) -> None:
    world = host.world
    world.dropin("stash", ECHO.replace("# Args: raw\n", ""))
    world.dropin("disk", ECHO)
    for words, out in (
        ((), ""), (("photos",), "photos"), (("--all", "x"), "--all x"), (("agee",), "agee"),
    ):  # fmt: skip
        done = host.run("new", "stash", *words)
        assert (done.returncode, done.stdout) == (0, f"own stash: {out}\n")
    assert host.run("new", "stash", "age").stdout == "built in\n"
    assert host.run("new", "verbs", "run", "stash", "age").stdout == "own stash: age\n"
    shown = host.run("new", "stash", "--help").stdout
    assert shown.startswith("homelab stash - my own\n")
    assert shown.endswith("built-in verbs, which come first:\n  stash age  how old\n")
    assert host.run("new", "help", "stash").stdout == shown
    assert set(host.run("new", "completion", "bash", "--", "stash", "").stdout.split()) == {
        "age", ":files",
    }  # fmt: skip
    assert host.run("new", "disk", "--no-header", "/").returncode in (0, 1)
    done = host.run("new", "disk", "photos")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "homelab: no verb 'disk photos'; 'disk usage' is built in; to run your own: homelab verbs"
        " run disk photos\n"
    )
    assert host.run("new", "verbs", "run", "disk", "photos").stdout == "own disk: photos\n"


def test_own_verbs_run_behind_a_built_in_verb_that_takes_no_operands(host: Host) -> None:
    host.world.dropin("probe/dns", ECHO)
    host.world.dropin("over/nas", ECHO)
    assert host.run("new", "probe").stdout == "built in\n"
    assert host.run("new", "probe", "dns", "x").stdout == "own probe dns: x\n"
    assert host.run("new", "over", "nas").stdout == "built in\n"
    done = host.run("new", "probe", "web")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2, "homelab: unexpected argument: web",
    )  # fmt: skip
    assert host.run("new", "probe", "dsn").stderr == (
        "homelab: unexpected argument: dsn; did you mean 'probe dns'?\n"
    )
    assert "more:\n  probe dns" in host.run("new", "probe", "--help").stdout
    assert "more:" not in host.run("new", "over", "--help").stdout
    assert host.run("new", "completion", "bash", "--", "probe", "").stdout.split() == ["dns"]
    (host.world.verbs / "probe/dns").unlink()
    (host.world.verbs / "probe").rmdir()
    host.world.dropin("probe.sh", ECHO)
    done = host.run("new", "probe", "web")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "homelab: unexpected argument: web; 'probe' is built in; to run your own: homelab verbs"
        " run probe web\n"
    )


def test_a_group_of_own_verbs_may_be_below_a_built_in_group(world: World) -> None:
    world.dropin("disk/lab/clean", ECHO)
    world.dropin("host/status/lab/clean", ECHO)
    for group in ("disk lab", "host status lab"):
        words = group.split(" ")
        assert world.run(*words, "clean", "x").stdout == f"own {group} clean: x\n"
        done = world.run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"homelab: '{group}' is a group of verbs; use one of them:")
        done = world.run(*words, "clan")
        assert done.stderr == f"homelab: no verb '{group} clan'; did you mean '{group} clean'?\n"
        assert world.events()[-1] == "exit=2 ver=0.6.0 verb=(unknown)"
        offered = world.run("completion", "bash", "--", *words, "").stdout
        assert offered == "clean\n"
    assert "disk lab clean" in world.run("disk", "--help").stdout


def test_broken_settings_are_named_where_they_may_hide_an_own_verb(world: World) -> None:
    world.settings("[verbs]\nnonsense\n")
    assert world.run("disk", "clean").returncode == 78
    done = world.run("logs")
    assert (done.returncode, "is a group of verbs" in done.stderr) == (2, True)


def test_verbs_say_which_own_verbs_are_shadowed_and_by_what(host: Host) -> None:
    for name in ("stash", "probe", "over/nas", "disk/clean"):
        host.world.dropin(name, "#!/bin/sh\n# Summary: s\n# Effect: read\n")
    rows = json.loads(host.run("new", "verbs", "--own", "--json").stdout)["rows"]
    assert {row["verb"]: (row["state"], row["why"]) for row in rows} == {
        "disk clean": ("ok", None),
        "over nas": ("shadowed", "'over' is built in and takes the words behind it"),
        "probe": ("shadowed", "'probe' is built in"),
        "stash": ("ok", None),
    }
    done = host.run("new", "verbs", "check", "--all", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)["rows"]
    assert {row["verb"]: (row["level"], row["mend"]) for row in found} == {
        "over nas": ("warning", "rename it, or run it with: homelab verbs run over nas"),
        "probe": ("warning", "rename it, or run it with: homelab verbs run probe"),
        "stash": ("note", "to pass it such an argument: homelab verbs run stash age"),
    }
    done = host.run("new", "verbs", "which", "probe", "--csv")
    assert [line.split(",")[:2] for line in done.stdout.splitlines()[1:]] == [
        ["built-in", "ok"], ["personal", "shadowed"],
    ]  # fmt: skip
    assert done.stderr.endswith("'probe' is built in; to run your own: homelab verbs run probe\n")
    assert host.run("old", "verbs", "check").returncode == 0
    host.installed("probe", "#!/bin/sh\n# Summary: s\n# Effect: read\n")
    assert "instead of your own over nas, probe; to" in host.run("new", "verbs", "--own").stderr


def test_runs_of_a_script_are_not_those_of_the_built_in_verb_that_shadows_it(host: Host) -> None:
    host.world.dropin("probe", ECHO.replace("# Args: raw\n", ""))
    assert host.run("old", "probe", "x").stdout == "own probe: x\n"
    for _ in range(2):
        assert host.run("new", "probe").stdout == "built in\n"
    rows = json.loads(host.run("new", "usage", "top", "--json").stdout)["rows"]
    assert {row["verb"]: row["runs"] for row in rows} == {"probe": 2, "(personal) probe": 1}
    done = host.run("new", "usage", "export", "--accounts", "--csv")
    assert done.stdout.count(",(personal) probe,") == 1
    assert "probe" in host.run("old", "usage", "top").stdout
    assert "(personal) probe" not in host.run("old", "usage", "top").stdout


def test_the_list_of_a_group_names_own_verbs_with_its_word(host: Host) -> None:
    host.world.dropin("scripts/stash", ECHO)
    done = host.run("new", "stash")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "homelab: 'stash' is a group of verbs; use one of them:\n\n  stash age  how old\n\n"
        "your own: scripts stash\n"
    )
    assert "scripts" not in host.run("new", "cert").stderr


def test_runs_below_a_built_in_group_are_counted_like_other_own_verbs(host: Host) -> None:
    world = host.world
    world.dropin("disk/secret-word", ECHO)
    host.installed("disk/tidy")
    env = {"HOMELAB_TELEMETRY": "print", "HOMELAB_LOKI_URL": "http://127.0.0.1:1"}
    sent = host.run("new", "disk", "secret-word", "other-secret", **env).stderr
    assert '"verb":"(personal)"' in sent
    assert "secret" not in sent
    assert '"verb":"disk tidy"' in host.run("new", "disk", "tidy", "x", **env).stderr
    assert '"verb":"(unknown) disk clean"' in host.run("new", "disk", "clean", **env).stderr
    sent = host.run("new", "disk", "secret-wrod", **env).stderr.partition("{")[2]
    assert '"verb":"(unknown)"' in sent and "secret" not in sent


def test_a_script_beside_built_ins_is_refused_like_any_other(world: World) -> None:
    path = world.dropin("disk/clean", "#!/bin/sh\necho never\n")
    done = world.run("disk", "clean", HOMELAB_READ_ONLY="1")
    assert (done.returncode, done.stdout) == (77, "")
    path.chmod(0o757)
    done = world.run("disk", "clean")
    assert (done.returncode, done.stdout) == (126, "")
    assert f"chmod o-w {path}" in done.stderr
    path.chmod(0o755)
    world.verbs.chmod(0o777)
    done = world.run("disk", "clean")
    assert (done.returncode, done.stdout) == (126, "")
    done = world.run("disk", "cleam")
    assert (done.returncode, done.stdout) == (2, "")
    assert world.run("disk", "usage", "/").returncode in (0, 1)


@pytest.mark.needs("root")
def test_root_runs_no_other_accounts_verb_beside_built_ins(world: World) -> None:
    path = world.dropin("disk/clean", "#!/bin/sh\necho never\n")
    world.dropin("disk/usage", "#!/bin/sh\necho never\n")
    os.chown(path, 1234, 1234)
    assert world.run("disk", "clean").returncode == 126
    os.chown(world.verbs, 1234, 1234)
    assert world.run("disk", "clean").returncode == 126
    assert "'disk usage'" not in world.run("disk", "usage", "/").stderr


def test_an_upgrade_names_shadowed_verbs_once_at_a_terminal(host: Host) -> None:
    for name in ("stash", "probe", "over/nas", "nas/df"):
        host.world.dropin(name, ECHO)
    env = {"HOMELAB_TELEMETRY": "0"}
    assert host.typed("old", "nas", "df", **env) == "own nas df:"
    assert host.typed("new", "version", **env).startswith("homelab 0.6.0")
    assert host.typed("new", "nas", "df", **env) == (
        "homelab: 'over nas', 'probe' and 'stash age' now run built-in verbs, not your own"
        " scripts; to run yours: homelab verbs run WORDS (homelab verbs check lists them)"
        " own nas df:"
    )
    assert host.typed("new", "probe", **env) == "built in"
    assert host.run("new", "probe", **env).stderr == ""
    assert host.typed("newer", "probe", **env) == "built in"
    host.world.dropin("logs/query", ECHO)
    assert "'logs query' now runs a built-in verb" in host.typed("newest", "probe", **env)
    assert not host.world.journal.exists()


def test_without_a_terminal_only_the_shadowing_verb_says_it_and_once(host: Host) -> None:
    for name in ("stash", "probe", "over/nas", "disk.sh"):
        host.world.dropin(name, ECHO)
    sentence = "homelab: '{0}' now runs a built-in verb, not your own script; to run yours:"
    sentence += " homelab verbs run {0}\n"
    for words, name in (
        (["probe"], "probe"), (["over", "pi", "nas"], "over nas"),
        (["stash", "age"], "stash age"), (["disk"], "disk"), (["disk", "usage", "/"], ""),
    ):  # fmt: skip
        first, second = (host.run("new", *words) for _ in range(2))
        assert first.stderr == (sentence.format(name) if name else second.stderr), words
        assert (first.returncode, second.stderr) == (second.returncode, ""), words
        assert host.run("newer", *words).stderr == "", words
    assert host.run("new", "probe", "--nosuch").stderr.startswith("homelab: no such option")
    assert "verbs run" not in "".join(host.world.events())


def test_the_arguments_of_the_shadowed_script_may_be_wrong_for_the_built_in(host: Host) -> None:
    host.world.dropin("probe", ECHO)
    done = host.run("new", "probe", "--fast")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("homelab: 'probe' now runs a built-in verb, not your own")


def test_nothing_is_said_again_where_it_cannot_be_recorded(host: Host) -> None:
    host.world.dropin("probe", ECHO)
    host.world.state.parent.mkdir(parents=True)
    host.world.state.write_text("a file, where the state folder should be")
    for _ in range(2):
        done = host.run("new", "probe")
        assert (done.returncode, done.stdout, done.stderr) == (0, "built in\n", "")
        assert "own script" not in host.typed("new", "probe")


@pytest.mark.needs("root")
def test_root_leaves_no_marks_in_another_accounts_state(host: Host) -> None:
    host.world.dropin("probe", ECHO)
    host.world.state.mkdir(parents=True)
    os.chown(host.world.state, 1234, 1234)
    done = host.run("new", "probe")
    assert (done.returncode, done.stdout, done.stderr) == (0, "built in\n", "")
    assert not host.marks.exists()


def test_the_marks_of_old_builds_do_not_pile_up(host: Host) -> None:
    host.world.dropin("probe", ECHO)
    host.marks.mkdir(parents=True)
    for number in range(300):
        (host.marks / f"{number:012x}").touch()
    host.typed("new", "probe")
    assert sorted(os.listdir(host.marks)) == ["named.probe", "new"]


@pytest.mark.needs("strace")
def test_a_built_in_reads_no_folder_of_verbs_after_its_first_run(world: World) -> None:
    world.dropin("disk/usage", ECHO)
    log = world.folder / "calls"
    for number in range(2):
        command = ["strace", "-f", "-o", str(log), world.pyz, "disk", "usage", "/"]
        done = subprocess.run(command, env=world.env, capture_output=True, text=True, check=False)
        assert ("your own script" in done.stderr) == (number == 0)
        assert (str(world.verbs) in log.read_text()) == (number == 0)


def test_no_file_is_written_for_an_account_without_own_verbs(world: World) -> None:
    world.run("disk", "usage", "/", HOMELAB_TELEMETRY="0")
    at_a_terminal(world, "disk", "usage", "/", HOMELAB_TELEMETRY="0")
    assert not world.state.exists()


def test_self_install_says_it_without_a_terminal_too(world: World) -> None:
    world.dropin("disk/usage", ECHO)
    prefix = str(world.folder / "prefix")
    said_of_it = "'disk usage' now runs a built-in verb, not your own script"
    assert said_of_it in world.run("self", "install", "--prefix", prefix).stderr
    assert said_of_it not in world.run("self", "install", "--prefix", prefix).stderr


def test_the_sentence_names_three_verbs_at_most() -> None:
    assert said([]) == ""
    assert "'a' and 'b' now run built-in verbs" in said(["a", "b"])
    assert "'a', 'b', 'c' and 2 more now run built-in verbs" in said(list("abcde"))
