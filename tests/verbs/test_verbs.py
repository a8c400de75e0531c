"""`verbs …`: list the verbs and their sources, check them, and write new ones."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support.world import World, at_a_terminal

DF = """#!/bin/sh
# Summary: free space of the pools
# Effect: read
# Option: --unit GiB|TiB  unit to print (default: GiB)
# Arg: [POOL]  one pool only
echo ran
"""


def rows(world: World, *words: str, **env: str) -> list[dict[str, str]]:
    done = world.run(*words, "--json", **env)
    assert done.stderr == "" or "homelab: " in done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)["rows"]
    return found


def test_every_verb_with_its_source(world: World) -> None:
    world.dropin("nas/df", DF)
    world.dropin("logs/mine", "#!/bin/sh\n")
    world.dropin("logs/query", "#!/bin/sh\n")
    world.dropin("odd", "no program\n")
    found = {row["verb"]: row for row in rows(world, "verbs")}
    assert found["host status"]["source"] == "built-in"
    assert found["nas df"] == {
        "verb": "nas df", "source": "personal", "effect": "read", "state": "ok",
        "summary": "free space of the pools", "folder": str(world.verbs), "why": None,
    }  # fmt: skip
    assert found["logs mine"]["state"] == "ok"
    assert {row["state"] for row in rows(world, "verbs", "logs", "query")} == {"ok", "shadowed"}
    assert found["odd"]["state"] == "refused"
    assert [row["verb"] for row in rows(world, "verbs", "--source", "personal")] == [
        "logs mine", "logs query", "nas df", "odd",
    ]  # fmt: skip
    done = world.run("verbs")
    assert done.stderr == (
        "homelab: 2 do not run; homelab verbs check says why\n"
        "homelab: built-in verbs run instead of your own logs query; to run yours: homelab verbs"
        " run logs query\n"
    )
    assert world.events() == ["exit=0 ver=0.6.0 verb=verbs"] * 4


def test_a_folder_of_the_settings_is_named(world: World) -> None:
    shared = world.folder / "shared"
    shared.mkdir()
    (shared / "lab").write_text("#!/bin/sh\n")
    (shared / "lab").chmod(0o755)
    found = rows(world, "verbs", "--source", "other", HOMELAB_VERBS_PATH=str(shared))
    assert [(row["verb"], row["source"]) for row in found] == [("lab", str(shared))]


def test_which(world: World) -> None:
    mine = world.dropin("nas/df", DF)
    shared = world.folder / "shared"
    (shared / "nas").mkdir(parents=True)
    other = shared / "nas/df.sh"
    other.write_text("#!/bin/sh\necho shared $1\n")
    other.chmod(0o755)
    env = {"HOMELAB_VERBS_PATH": str(shared)}
    for words in (("nas", "df"), ("nas df",), ("nas/df",)):
        assert rows(world, "verbs", "which", *words, **env) == [
            {"source": "personal", "state": "ok", "path": str(mine), "verb": "nas df"},
            {"source": str(shared), "state": "shadowed", "path": str(other), "verb": "nas df"},
        ]
    assert world.run("verbs", "run", "nas", "df", "x", **env).stdout == "ran\n"
    done = world.run("verbs", "run", "--from", str(shared), "nas", "df", "--x", **env)
    assert (done.stdout, done.stderr) == ("shared --x\n", "")
    done = world.run("verbs", "run", "--from", "/nowhere", "nas", "df", **env)
    assert done.returncode == 2
    assert "/nowhere is not a folder of verbs; choose from " in done.stderr
    (built_in,) = rows(world, "verbs", "which", "host", "status")
    assert built_in["path"] == os.path.realpath(world.pyz)
    done = world.run("verbs", "which", "nas", "dff")
    assert done.returncode == 1
    assert done.stderr == "homelab: no verb 'nas dff'; did you mean 'nas df'?\n"
    done = world.run("verbs", "which", "disk")  # a group with a default verb
    assert (done.returncode, done.stdout.count("\n")) == (0, 2)
    assert done.stderr == "homelab: 'disk' runs the built-in verb 'disk usage'\n"
    done = world.run("verbs", "which", "nas")
    assert done.returncode == 1
    assert "is a group" in done.stderr


def test_which_finds_a_verb_in_both_spellings(world: World) -> None:
    path = world.dropin("Lab/My_Verb.sh", "#!/bin/sh\n")
    for words in (("lab", "my-verb"), ("Lab", "My_Verb"), ("lab/My_Verb.sh",)):
        done = world.run("verbs", "which", *words, "--no-header")
        assert (done.returncode, done.stdout) == (0, f"personal  ok  {path}\n")
    assert done.stderr == (
        "homelab: 'lab My_Verb.sh' is the verb 'lab my-verb'; both spellings run it\n"
    )
    other = world.dropin("Lab/my-verb", "#!/bin/sh\n")
    done = world.run("verbs", "which", "Lab", "My_Verb", "--no-header")
    assert done.returncode == 1
    assert {line.split()[-1] for line in done.stdout.splitlines()} == {str(path), str(other)}
    assert done.stderr == (
        "homelab: 'lab my-verb' does not run; homelab verbs check lab my-verb says why\n"
    )


def test_which_says_why_a_file_is_not_a_verb(world: World) -> None:
    path = world.dropin("lab/My_Notes", "echo\n", 0o644)
    done = world.run("verbs", "which", "lab", "My_Notes")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"homelab: {path} is not a verb: it has no #! line; if it is a script, begin it with"
        " a line like #!/bin/sh\n"
    )


def test_a_mistyped_verb_below_verbs_is_no_argument(world: World) -> None:
    done = world.run("verbs", "whch")
    assert done.returncode == 2
    assert done.stderr.startswith("homelab: no verb 'verbs whch'; did you mean 'verbs which'")


def test_words_limit_the_list_to_verbs_that_begin_so(world: World) -> None:
    world.dropin("nas/df", DF)
    world.dropin("nas/pool/age", "#!/bin/sh\n", 0o644)
    world.dropin("nasty", "#!/bin/sh\n")
    world.dropin("host/mine", "#!/bin/sh\n")

    def listed(*words: str) -> list[str]:
        return [row["verb"] for row in rows(world, "verbs", *words)]

    assert listed("nas") == ["nas df", "nas pool age"]
    assert listed("nas", "pool") == listed("nas/pool") == listed("nas pool") == ["nas pool age"]
    assert listed("NAS", "DF.sh") == ["nas df"]
    assert listed("host") == ["host mine", "host status"]
    assert listed("host", "--source", "personal") == ["host mine"]
    assert listed("nas", "--source", "system") == []
    done = world.run("verbs", "nas")
    assert done.stderr == "homelab: 1 does not run; homelab verbs check nas says why\n"
    done = world.run("verbs", "nass")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("homelab: no verb 'nass'; did you mean 'nas")
    done = world.run("verbs", "--source", "persnal")
    assert done.returncode == 2
    assert done.stderr == (
        "homelab: --source: 'persnal' is not one of built-in, personal, system, other;"
        " did you mean personal?\n"
    )


@pytest.fixture
def checkout(world: World) -> Path:
    """A checkout that the world's account has adopted with the prefix nas/tools."""
    from homelab.dropins.index_text import Index, text_of

    path = world.folder / "Scripts"
    (path / "lib").mkdir(parents=True)
    files = {
        "My_Backup.sh": "#!/bin/sh\n", "wake.py": "#!/nosuch/python9\n", "README.md": "read\n",
        "lib/common.sh": "#!/bin/sh\n", "notes": "words\n",
        "theirs.sh": "#!/bin/sh\n# Usage:\n#   theirs [NAME]\n# Args: a name\n",
        "ours.sh": "#!/bin/sh\n# Summary: s\n# Usage:\n# Args: a name\n",
    }  # fmt: skip
    for name, text in files.items():
        (path / name).write_text(text)
    index = world.home / ".local/share/homelab/adopted/nas.tools/index"
    index.parent.mkdir(parents=True)
    index.write_text(text_of(Index(str(index.parent), str(path), ("nas", "tools"))))
    return path


def test_an_adopted_checkout_is_a_source_of_verbs(world: World, checkout: Path) -> None:
    world.dropin("mine", "#!/bin/sh\n")
    for source in ("nas tools", "nas/tools", "NAS/Tools"):
        found = rows(world, "verbs", "--source", source)
        assert [(row["verb"], row["source"], row["state"], row["folder"]) for row in found] == [
            ("nas tools my-backup", "nas tools", "ok", str(checkout)),
            ("nas tools ours", "nas tools", "ok", str(checkout)),
            ("nas tools theirs", "nas tools", "ok", str(checkout)),
            ("nas tools wake", "nas tools", "refused", str(checkout)),
        ]
    assert rows(world, "verbs", "--source", "other") == []
    assert [row["verb"] for row in rows(world, "verbs", "NAS", "Tools")] == [
        "nas tools my-backup", "nas tools ours", "nas tools theirs", "nas tools wake",
    ]  # fmt: skip
    done = world.run("verbs", "nas", "--no-header")
    assert done.stderr == (
        "homelab: 1 does not run; homelab verbs check nas says why\n"
        "homelab: 4 scripts are new since verbs add; homelab verbs diff shows them\n"
    )
    assert world.run("verbs", "mine").stderr == ""
    done = world.run("completion", "bash", "--", "verbs", "--source", "na")
    assert done.stdout == "nas tools\n"
    (row,) = rows(world, "verbs", "which", "nas/tools/My_Backup.sh")
    assert (row["path"], row["verb"]) == (f"{checkout}/My_Backup.sh", "nas tools my-backup")
    done = world.run("verbs", "which", "nas", "tools", "notes")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"homelab: {checkout}/notes is not a verb: it has no #! line; ")


def test_check_looks_into_an_adopted_checkout(world: World, checkout: Path) -> None:
    document = json.loads(world.run("verbs", "check", "nas", "tools", "--json").stdout)
    found = {row["kind"]: row for row in document["rows"]}
    assert found["missing-interpreter"]["verbs"] == ["nas tools wake"]
    assert found["missing-interpreter"]["fix"] == "install it, or name another one in its #! line"
    assert found["no-summary-effect"]["fix"] == (
        "add '# Summary: …' and '# Effect: …' to the first comment of FILE"
        " (or: homelab verbs describe VERB, then edit)"
    )
    assert found["no-effect"]["fix"].endswith(
        "(or: homelab verbs describe nas tools ours, then edit)"
    )
    assert found["header-line"]["verbs"] == ["nas tools ours"]  # written for homelab
    assert sum(document["skipped"].values()) == 3
    shutil.rmtree(checkout)
    for words in ((), ("nas",), ("nas", "tools"), ("nas", "tools", "wake")):
        done = world.run("verbs", "check", *words, "--json")
        (row,) = json.loads(done.stdout)["rows"]
        assert (done.returncode, row["kind"], row["count"]) == (1, "folder", None)
        assert row["problem"] == f"nas tools is not used: {checkout}: it is gone"
        assert row["file"] == str(checkout)
        assert "homelab verbs remove nas/tools" in row["fix"]
    done = world.run("verbs")
    assert done.stderr == "homelab: nas tools is not used; homelab verbs check says why\n"
    done = world.run("verbs", "nas")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("homelab: 'nas tools' is not used: ")
    done = world.run("verbs", "which", "nas", "tools", "wake")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"homelab: 'nas tools' is not used: {checkout}: it is gone; ")


def test_a_long_list_is_readable_in_80_columns(world: World) -> None:
    for number in range(40):
        world.dropin(
            f"lab/proxmox/post-install-helper-{number}",
            "#!/bin/sh\n# Summary: set the repositories of a new node, and remove the notice\n",
        )
    shown = at_a_terminal(world, "verbs", "lab", COLUMNS="80", NO_COLOR="1")
    lines = shown.partition("homelab: ")[0].splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join("".join(lines[1:3]).split()) == (
        "lab proxmox post-install-helper-0 ok set the repositories of a new node, and remove the"
        " notice"
    )


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((0, 0, 0), ""),
        ((3, 1, 0), "3 scripts are new and 1 has changed since verbs add"),
        ((1, 0, 0), "1 script is new since verbs add"),
        ((0, 2, 1), "1 script is gone and 2 have changed since verbs add"),
        ((2, 2, 2), "2 scripts are new, 2 are gone and 2 have changed since verbs add"),
    ],
)
def test_changes_of_adopted_checkouts_are_one_note(
    numbers: tuple[int, int, int], sentence: str
) -> None:
    from homelab.verbs.verbs.list import changes_note

    assert changes_note(*numbers) == (
        f"{sentence}; homelab verbs diff shows them" if sentence else ""
    )


def test_run_reaches_what_is_shadowed(world: World) -> None:
    world.dropin("logs/mine", '#!/bin/sh\n# Args: raw\necho "$HOMELAB_VERB" "$@"; exit 4\n')
    world.dropin("nas/df", DF)
    world.dropin("nas.sh", '#!/bin/sh\necho nas "$@"\n')
    done = world.run("verbs", "run", "logs", "mine", "--help", "-h", "--", "x y")
    assert (done.returncode, done.stdout) == (4, "logs mine --help -h -- x y\n")
    assert world.run("verbs", "run", "nas", "other").stdout == "nas other\n"
    assert world.run("verbs", "run", "nas", "df", "x", "--help").stdout.startswith("homelab nas df")
    assert world.run("verbs", "run", "--help").stdout.startswith("homelab verbs run - ")
    assert world.run("verbs", "run").returncode == 2
    done = world.run("verbs", "run", "nosuch")
    assert (done.returncode, done.stdout) == (2, "")
    world.dropin("bad", "#!/bin/sh\n", 0o757)
    assert world.run("verbs", "run", "bad").returncode == 126
    assert world.events() == [
        f"exit={code} ver=0.6.0 verb=verbs run" for code in (4, 0, 0, 2, 2, 126)
    ]


def trouble(world: World, *words: str) -> dict[str | None, list[tuple[str, str]]]:
    """The problems by verb."""
    found: dict[str | None, list[tuple[str, str]]] = {}
    for row in rows(world, "verbs", "check", "--all", *words):
        found.setdefault(row["verb"], []).append((row["level"], row["problem"]))
    return found


def test_check_finds_nothing_wrong_with_what_is_right(world: World) -> None:
    assert world.run("verbs", "check").stderr == (
        "homelab: you have no verbs of your own;"
        " homelab verbs add FOLDER makes verbs from scripts\n"
    )
    world.dropin("nas/df", DF)
    (world.verbs / "README.md").write_text("not a verb\n")
    (world.verbs / ".git").mkdir()
    (world.verbs / "nas/df~").write_text("an editor's\n")
    done = world.run("verbs", "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "homelab: no problems in 1 verb of your own\n"
    everything = rows(world, "verbs", "check", "--all")
    assert {row["level"] for row in everything} == {"skipped"}
    assert {row["file"]: row["problem"] for row in everything} == {
        f"{world.verbs}/README.md": "it is data, by its ending .md",
        f"{world.verbs}/.git/": "it is hidden",
        f"{world.verbs}/nas/df~": "it is a copy of another file",
    }
    document = json.loads(world.run("verbs", "check", "--json").stdout)
    assert document["skipped"] == {row["problem"]: 1 for row in everything}
    (world.verbs / "nas/plain").write_text("echo hi\n")
    assert "homelab: 1 file is not" in world.run("verbs", "check", "nas", "plain").stderr
    (world.verbs / "nas/plain").unlink()
    world.dropin("bare", "#!/bin/sh\n")
    done = world.run("verbs", "check", "--no-header")
    assert done.returncode == 0
    assert done.stdout.startswith(
        "note  1  it has no Summary: line and no Effect: line  bare  add "
    )


@pytest.mark.parametrize(
    ("name", "text", "mode", "level", "why"),
    [
        ("x", "#!/bin/sh\r\necho\r\n", 0o755, "error", "its #! line ends in CR LF"),
        ("x", "#!/nosuch/sh\n", 0o755, "error", "its interpreter /nosuch/sh is not on this host"),
        ("x", "echo\n", 0o755, "error", "it has no #! line and is not a program"),
        ("x", "#!/bin/sh\n", 0o644, "error", "it is not executable"),
        ("x", "#!/bin/sh\n", 0o757, "error", "it is world-writable"),
        ("logs/query", "#!/bin/sh\n", 0o755, "warning", "'logs query' is built in"),
        ("logs/query/x", "#!/bin/sh\n", 0o755, "warning",
         "'logs query' is built in and takes the words behind it"),
        ("disk", "#!/bin/sh\n", 0o755, "warning", "'disk' runs 'disk usage', which is built in"),
        ("x", "#!/usr/bin/env nosuch\n", 0o755, "warning",
         "it needs nosuch, which is not in PATH"),
        ("x", "#!/bin/sh\n# Needs: nosuch\n", 0o755, "warning",
         "it needs nosuch, which is not in PATH"),
        ("x", "#!/bin/sh\n# Effect: none\n", 0o755, "warning",
         "line 2: Effect: must be one of read, write, destructive, not 'none'"),
        ("x", "#!/bin/sh\n" + "# words\n" * 100_000, 0o755, "warning",
         "only its first 16 KiB are read"),
    ],
)  # fmt: skip
def test_check_names_what_is_wrong(
    name: str, text: str, mode: int, level: str, why: str, world: World
) -> None:
    world.dropin(name, text, mode)
    verb = name.replace("/", " ")
    assert trouble(world)[verb][0] == (level, why)
    assert trouble(world, *verb.split())[verb][0] == (level, why)
    done = world.run("verbs", "check")
    assert done.returncode == 1
    assert world.events()[-1] == "exit=1 ver=0.6.0 verb=verbs check"


def test_check_names_what_does_not_run_for_what_else_is_there(world: World) -> None:
    world.dropin("two.sh", "#!/bin/sh\n")
    world.dropin("two.py", "#!/bin/sh\n")
    world.dropin("My_Own.sh", "#!/bin/sh\n")
    world.dropin("my-own", "#!/bin/sh\n")
    (world.verbs / "broken").symlink_to("/nosuch")
    (world.verbs / "loop").symlink_to("loop")
    (world.verbs / "nas").mkdir()
    (world.verbs / "nas/self").symlink_to("../nas")  # a loop: it is not entered forever
    world.dropin("nas.sh", "#!/bin/sh\n")
    folder = str(world.verbs)
    by_verb = {row["verb"]: row for row in rows(world, "verbs", "check", "--all")}
    assert by_verb["two"]["problem"] == "both are the verb 'two'"
    assert f"{folder}/two.sh and {folder}/two.py" in by_verb["two"]["file"]
    assert f"{folder}/my-own and {folder}/My_Own.sh" in by_verb["my-own"]["file"]
    assert by_verb["broken"]["problem"] == "No such file or directory"
    assert by_verb["loop"]["problem"] == "Too many levels of symbolic links"
    assert "makes 'nas' a group" in by_verb["nas"]["problem"]


def test_check_has_one_row_for_each_kind_of_problem(world: World) -> None:
    described = "#!/bin/sh\n# Effect: read\n# Summary: s\n"
    for number in range(30):
        world.dropin(f"lab/check-{number}", described, 0o644)
        world.dropin(f"lab/note-{number}", "#!/bin/sh\n")
        world.dropin(f"lab/needs-{number}", f"{described}# Needs: nosuch{number % 5}\n")
    world.dropin("logs/tail", "#!/bin/sh\n# Effect: read\n# Summary: s\n")
    done = world.run("verbs", "check", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["schema"]) == (1, "homelab.verbs-check/2")
    assert (document["checked"], document["skipped"]) == (91, {})
    found = document["rows"]
    assert [(row["level"], row["count"], row["kind"]) for row in found] == [
        ("error", 30, "not-executable"), ("warning", 30, "missing-program"),
        ("warning", 1, "own-word"), ("note", 30, "no-summary-effect"),
    ]  # fmt: skip
    assert found[0]["verbs"] == sorted(f"lab check-{number}" for number in range(30))
    assert found[0]["fix"] == "chmod +x FILE"
    assert found[1]["problem"] == "missing programs: nosuch0, nosuch1 and 3 more"
    assert (found[2]["example"], found[2]["fix"]) == (
        "logs tail", "rename it, or run it with: homelab verbs run logs tail",
    )  # fmt: skip
    shown = at_a_terminal(world, "verbs", "check", COLUMNS="80", NO_COLOR="1")
    table = shown.partition("homelab: ")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert "--all lists each of the 91 problems" in shown
    everything = json.loads(world.run("verbs", "check", "--all", "--json").stdout)
    assert everything["schema"] == "homelab.verbs-check/1"
    assert set(everything["rows"][0]) == {"verb", "level", "problem", "mend", "file"}
    assert len(everything["rows"]) == 91


def test_check_waits_for_no_pipe(world: World) -> None:
    world.verbs.mkdir(parents=True)
    os.mkfifo(world.verbs / "fifo", 0o755)
    world.dropin("tabbed", "#!/bin/sh\t-e\n# Summary: x\n# Effect: read\necho ran\n")
    world.dropin("secret", "#!/etc/passwd\n")
    found = trouble(world)
    assert found["fifo"][0] == ("error", "it is not a regular file")
    assert found["secret"][0][1] == "its interpreter /etc/passwd is not an executable file"
    assert "tabbed" not in found
    assert world.run("tabbed").stdout == "ran\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("host status", "'host status' is built in, and you have no verb of that name; use: home"),
        ("disk", "'disk usage' is built in, and you have no verb of that name; use: homelab disk"),
        ("disk clnea x", "no verb of your own named 'disk clnea'; did you mean 'disk clean'?"),
        ("nas", "'nas' is a group of your own verbs and does not run; see homelab help nas"),
        ("zzz x", "no verb of your own named 'zzz'; homelab verbs --own lists them"),
    ],
)
def test_run_says_why_no_own_verb_runs(words: str, why: str, world: World) -> None:
    world.dropin("disk/clean", DF)
    world.dropin("nas/df", DF)
    done = world.run("verbs", "run", *words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"homelab: {why}")


def test_a_new_verb_may_be_named_by_several_words(world: World) -> None:
    done = world.run("verbs", "new", "disk", "clean.sh")
    assert done.stdout == f"{world.verbs}/disk/clean.sh\n"
    assert world.run("disk", "clean").stderr == "disk clean: not written yet\n"
    assert "'cert check' is built in and" in world.run("verbs", "new", "cert", "check", "x").stderr
    assert world.run("disk clean").stderr == (
        "homelab: no verb 'disk clean'; without quotes: homelab disk clean\n"
    )


def test_check_asked_for_what_is_not_there(world: World) -> None:
    assert world.run("verbs", "check", "nosuch").returncode == 1
    done = world.run("verbs", "check", "host", "status")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is built in" in done.stderr


@pytest.mark.parametrize("name", ["nas/df", "nas df", "hello", "a/b/c.py", "x.bash", "y.sh"])
def test_a_new_verb_runs_at_once(name: str, world: World) -> None:
    done = subprocess.run(
        ["sh", "-c", 'umask 000; exec "$0" "$@"', sys.executable, world.pyz, "verbs", "new", name],
        env=world.env, capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    path = Path(done.stdout.rstrip("\n"))
    words = name.replace("/", " ").partition(".")[0].split()
    assert path == world.verbs / name.replace(" ", "/")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]  # no leftovers
    ran = world.run(*words)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == f"{' '.join(words)}: not written yet\n"
    done = world.run("verbs", "check", *words, "--no-header")
    assert done.returncode == 0
    assert done.stdout.startswith(f"{' '.join(words)}  note  it has no Effect: line; add ")
    assert f"what {' '.join(words)} does, in one line" in world.run(*words, "--help").stdout


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["nas/df"], 2, "'nas df' exists already: "),
        (["nas/df.py"], 2, "'nas df' exists already: "),
        (["nas"], 2, "is a folder, so 'nas' is a group"),
        (["nas/df/x"], 2, "is the verb 'nas df' and can't be a group"),
        (["logs/query"], 2, "'logs query' is built in, so a script would be shadowed; choose"),
        (["disk"], 2, "'disk' runs 'disk usage', which is built in, so a script would be"),
        (["cert/check/nas"], 2, "'cert check' is built in and takes the words behind it, so"),
        (["Nas/df"], 2, "'Nas' is not a verb's word"),
        (["nas/d f_"], 2, "'f_' is not a verb's word"),
        (["/"], 2, "/ is a path"),
        (["../x"], 2, "'..' is not a verb's word"),
        (["/etc/x"], 2, "/etc/x is a path"),
        (["x.exe"], 2, "a verb's file can't end in .exe"),
    ],
)
def test_a_new_verb_never_replaces_anything(
    words: list[str], code: int, why: str, world: World
) -> None:
    path = world.dropin("nas/df", DF)
    done = world.run("verbs", "new", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert why in done.stderr
    assert path.read_text() == DF
    assert sorted(world.verbs.rglob("*")) == [world.verbs / "nas", path]


def test_a_new_verb_where_nothing_may_be_written(world: World) -> None:
    world.verbs.parent.mkdir(parents=True)
    world.verbs.write_text("a file in its way\n")
    done = world.run("verbs", "new", "x")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "can't be written" in done.stderr


def test_read_only_runs_what_is_declared_to_read(world: World) -> None:
    world.dropin("reads", "#!/bin/sh\n# Effect: read\necho ran\n")
    world.dropin("writes", "#!/bin/sh\n# Effect: write\necho ran\n")
    world.dropin("silent", "#!/bin/sh\necho ran\n")
    for value in ("1", "yes", "true", "x"):
        assert world.run("reads", HOMELAB_READ_ONLY=value).stdout == "ran\n"
        for verb, why in (
            ("writes", "its effect is 'write'"),
            ("silent", "it does not declare 'Effect: read'"),
        ):
            done = world.run(verb, HOMELAB_READ_ONLY=value)
            assert (done.returncode, done.stdout) == (77, "")
            assert done.stderr == (
                f"homelab: '{verb}' does not run: HOMELAB_READ_ONLY is set and {why};"
                " unset it to run this verb\n"
            )
    for words in (["verbs", "new", "x"], ["usage", "off"], ["verbs", "run", "reads"]):
        done = world.run(*words, HOMELAB_READ_ONLY="1")
        assert (done.returncode, done.stdout) == (77, "")
    assert not (world.verbs / "x").exists()
    assert world.run("host", "status", HOMELAB_READ_ONLY="1").returncode in (0, 1)
    for value in ("0", "no", "false", "off", ""):
        assert world.run("writes", HOMELAB_READ_ONLY=value).stdout == "ran\n"
    assert "exit=77 ver=0.6.0 verb=(own) silent" in world.events()


def test_what_a_program_says_stands_beside_it(world: World) -> None:
    path = world.verbs / "compiled"
    path.parent.mkdir(parents=True)
    shutil.copy("/bin/true", path)
    beside = world.verbs / "compiled.verb"
    beside.write_text("Summary: does nothing, well\n\nEffect: read\n")
    (row,) = rows(world, "verbs", "--source", "personal")
    assert (row["verb"], row["summary"], row["effect"]) == (
        "compiled", "does nothing, well", "read",
    )  # fmt: skip
    assert world.run("compiled", HOMELAB_READ_ONLY="1").returncode == 0
    beside.chmod(0o666)  # an account that can write it must not declare the effect of the verb
    assert world.run("compiled", HOMELAB_READ_ONLY="1").returncode == 77
    assert trouble(world)["compiled"][0] == (
        "warning", f"{beside} is not read: it is world-writable",
    )  # fmt: skip


def test_help_shows_the_header_and_does_not_run_the_file(world: World) -> None:
    world.dropin("nas/df", DF)
    world.dropin("raw", "#!/bin/sh\n# Args: raw\necho ran $1\n")
    shown = world.run("nas", "df", "--help")
    assert shown.returncode == 0
    assert shown.stdout.startswith(
        "homelab nas df - free space of the pools\n\nusage: homelab nas df [--unit GiB|TiB] [POOL]"
    )
    assert "effect: reads only\n" in shown.stdout
    assert f"file: {world.verbs}/nas/df\n" in shown.stdout
    assert world.run("help", "nas", "df").stdout == shown.stdout
    assert world.run("help", "nas df").stdout == shown.stdout
    assert world.run("nas", "df", "tank", "--help").stdout == shown.stdout
    assert world.run("raw", "--help").stdout == "ran --help\n"
    assert world.run("nas", "df", "--", "--help").stdout == "ran\n"
    assert world.run("nas", "df", "-h").stdout == "ran\n"
    assert world.events() == [
        f"exit=0 ver=0.6.0 verb=(own) {verb}" for verb in ("raw", "nas df", "nas df")
    ]


def test_help_has_own_verbs_beside_the_built_ins(world: World) -> None:
    world.dropin("nas/df", DF)
    world.dropin("greet", "#!/bin/sh\n# Summary: say hello\n")
    assert "Your own verbs: greet, nas\n" in world.run("help").stdout
    everything = world.run("help", "--all").stdout
    assert "  nas df            free space of the pools\n" in everything
    assert "  greet             say hello\n" in everything
    assert world.run("help", "nas").stdout == (
        "homelab nas - this host's own verbs\n\n  nas df  free space of the pools\n"
    )
    done = world.run("help", "nas", "dff")
    assert done.returncode == 2
    assert done.stderr == "homelab: no verb or topic 'nas dff'; did you mean 'nas df'?\n"


def test_nothing_that_a_terminal_acts_on_comes_out_of_a_header(world: World) -> None:
    evil = "\x1b]0;title\x07\x1b[2Jx\u202ey\x9b31m"
    keys = ("Summary", "Usage", "Option", "Arg", "Example", "Needs", "Exit", "Effect", "Prose")
    lines = "".join(f"# {key}: {'0 ' if key == 'Exit' else '--x  '}{evil}\n" for key in keys)
    world.dropin("evil", f"#!/bin/sh\n{lines}")
    for words in (
        ["evil", "--help"], ["help", "evil"], ["help", "--all"], ["verbs"], ["verbs", "check"],
        ["verbs", "--json"], ["manifest"], ["manifest", "--brief"], ["completion", "zsh", "--", ""],
        ["completion", "zsh", "--", "evil", "-"], ["verbs", "check", "--csv"],
        ["verbs", "check", "--all"],
    ):  # fmt: skip
        done = world.run(*words)
        assert done.stdout
        assert not set(done.stdout + done.stderr) & set("\x1b\x07\u202e\x9b"), words


def test_check_names_a_word_that_no_list_has(world: World) -> None:
    world.dropin("good", "#!/bin/sh\n# Summary: s\n# Effect: read\n# Counts-as: Backups\n")
    world.dropin("bad", "#!/bin/sh\n# Summary: s\n# Effect: read\n# Counts-as: hunter2\n")
    done = world.run("verbs", "check", "--all", "--csv")
    assert done.returncode == 1
    assert done.stdout.count("\n") == 2
    assert "bad,warning,Counts-as: 'hunter2' is not in the public list" in done.stdout.replace(
        '"', ""
    )


def test_a_verb_file_that_hides_a_header_is_named(world: World) -> None:
    script = world.dropin("nas/df", "#!/bin/sh\n# Summary: of the pools\n# Effect: read\n")
    beside = script.with_suffix(".verb")
    beside.write_text("Summary: of the pools\nEffect: write\n")
    done = world.run("verbs", "which", "nas", "df")
    said = f"its description is {beside}; the header of the script is not read"
    assert (done.returncode, done.stderr) == (0, f"homelab: {said}\n")
    (row,) = rows(world, "verbs", "check")
    assert (row["level"], row["kind"]) == ("note", "two-descriptions")
    assert row["fix"] == f"edit or remove {beside}"
    beside.write_text("Summary: of the pools\nEffect: read\n")
    assert rows(world, "verbs", "check") == []


def test_own_verbs_can_be_listed_alone(world: World) -> None:
    assert "this host has no verbs of its own" in world.run("verbs", "--own").stderr
    world.dropin("nas/df", DF)
    assert [row["verb"] for row in rows(world, "verbs", "--own")] == ["nas df"]


def test_one_verb_has_a_row_for_each_mistake(world: World) -> None:
    head = "#!/bin/sh\n# Summary: x\n# Effect: read\n# Exit: foo\n# Answers: bar\n"
    path = world.dropin("nas/df", head)
    assert [row["fix"] for row in rows(world, "verbs", "check")] == [
        "homelab verbs check --all nas df"
    ]
    done = world.run("verbs", "check", "nas", "df", "--no-header")
    assert done.returncode == 1
    assert [line.split("  ")[2] for line in done.stdout.splitlines()] == [
        f"line 4: Exit: must begin with an exit code from 0 to 255, not foo; correct {path}",
        f"line 5: Answers: lists exit codes from 0 to 255, not bar; correct {path}",
    ]


def test_config_at_a_terminal_cuts_no_value_and_shortens_the_home(world: World) -> None:
    path = world.settings(f"[loki]\nurl = https://{'long-' * 9}name.lan\n")
    shown = at_a_terminal(world, "config", HOMELAB_TELEMETRY="0", COLUMNS="80")
    assert f"https://{'long-' * 9}name.lan" in shown
    assert "~/.config/homelab/config.ini:2" in shown
    assert str(path) not in shown
    rows = json.loads(world.run("config", "--json").stdout)["rows"]
    assert rows[0]["origin"] == f"{path}:2"
