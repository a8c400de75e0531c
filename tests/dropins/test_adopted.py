"""Verbs of an adopted checkout: how words find them, and what keeps them from running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.world import ROOT, World

from homelab.dropins import index, names
from homelab.dropins.dropin import VerbFolder
from homelab.dropins.find import entries, find, find_shadowed, not_verbs
from homelab.dropins.index_text import Index, lines_of, name_of, parse, text_of
from homelab.dropins.listing import every


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The folder of a checkout, without any index."""
    path = tmp_path / "scripts"
    path.mkdir()
    return path


def put(checkout: Path, name: str, text: str = "#!/bin/sh\necho ran\n", mode: int = 0o644) -> Path:
    path = checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def folder(checkout: Path, *prefix: str, personal: bool = True, lines: str = "") -> VerbFolder:
    own = Index(str(checkout.parent / "adopted/lab"), str(checkout), prefix, lines)
    return VerbFolder(str(checkout), personal, prefix=prefix, index=own)


def adopt(world: World, checkout: Path, *prefix: str) -> Path:
    """Write an index for a checkout, as `verbs add` does."""
    place = world.home / ".local/share/homelab/adopted" / name_of(prefix, checkout.name)
    place.mkdir(parents=True)
    file = place / "index"
    file.write_text(text_of(Index(str(place), str(checkout), prefix)))
    return file


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("df", "df"), ("Nas_Df.sh", "nas-df"), ("a.b.c.py", "a-b-c"), ("_Run.sh", "run"),
        ("_calc,--.(ctrl-d.to.exit)", "calc-ctrl-d-to-exit"), ("Über uns.SH", "uber-uns"),
        ("x--y", "x--y"), ("10.example.sh", "10-example"), ("clamscan.sh", "clamscan"),
        ("vm.new", "vm-new"), ("(-)", ""), ("日本", ""), ("run.zsh", "run"), ("a.tgz", "a-tgz"),
    ],
)  # fmt: skip
def test_a_files_name_folds_to_a_word(name: str, word: str) -> None:
    assert names.word_of(name) == word
    assert not word or word in names.spellings(name) or name.startswith("-")


@pytest.mark.parametrize("word", ["--help", "-x", "a/b", "../x", "-", ""])
def test_options_and_paths_name_no_verb(word: str) -> None:
    assert names.spellings(word) == frozenset()


@pytest.mark.parametrize("typed", ["nas-df", "Nas_Df", "Nas_Df.sh", "NAS.DF"])
def test_each_spelling_finds_the_verb(typed: str, checkout: Path) -> None:
    path = put(checkout, "My Tools/Nas_Df.sh")
    found, depth = find(["lab", "My_Tools", typed, "x"], [folder(checkout, "lab")])
    assert found is not None
    assert (found.words, found.path, depth) == (("lab", "my-tools", "nas-df"), str(path), 3)


def test_of_files_that_fold_to_one_name_none_runs(checkout: Path) -> None:
    put(checkout, "a_b/x.sh")
    put(checkout, "a-b/X.py", "#!/usr/bin/env python3\n")
    put(checkout, "a-b/y")
    own = folder(checkout)
    found, _ = find(["a-b", "x"], [own])
    assert found is not None
    assert len(found.rivals) == 1
    listed = {each.dropin.verb: each.state for each in every([own]).listed}
    assert listed == {"a-b x": "refused", "a-b y": "ok"}


def test_a_file_beside_a_folder_of_its_name_runs_alone(checkout: Path) -> None:
    """It is like a group's default: a further word never becomes an argument."""
    backup = put(checkout, "backup.sh")
    put(checkout, "backup/restore.sh")
    deploy = put(checkout, "deploy.sh")
    put(checkout, "deploy/hosts.yml", "all:\n")
    own = [folder(checkout)]
    for words in (["backup"], ["backup", "--all"]):
        found, _ = find(words, own)
        assert found is not None
        assert found.path == str(backup)
    assert find(["backup", "restroe"], own) == (None, 1)
    assert find(["backup", "restore"], own)[0] is not None
    found, _ = find(["deploy", "nas"], own)  # its folder has no verb, so it is not a group
    assert found is not None
    assert found.path == str(deploy)
    assert [each.state for each in every(own).listed] == ["ok", "ok", "ok"]
    shadowed = find_shadowed(["backup", "x"], own)
    assert shadowed is not None
    assert shadowed.path == str(backup)


def test_what_is_no_verb_is_skipped_with_the_reason(checkout: Path) -> None:
    put(checkout, "run.sh")
    put(checkout, "README.md", "# x\n", 0o755)
    put(checkout, "notes", "text\n")
    put(checkout, "lib/common.sh")
    put(checkout, "nas/Examples/df.sh")
    put(checkout, "deploy.sh.j2")
    put(checkout, ".git/hooks/pre-commit", mode=0o755)
    put(checkout, ".profile")
    put(checkout, "core.func")
    put(checkout, "source.sh", "#!/bin/false\n")
    put(checkout, "main.rs", "#![allow(x)]\n")
    put(checkout, "empty.sh", "")
    put(checkout, "old.sh.bak")
    (checkout / "gone").symlink_to("/nosuch")
    (checkout / "again").symlink_to("nas")
    own = [folder(checkout, "lab")]
    found = every(own)
    assert [each.dropin.verb for each in found.listed] == ["lab run"]
    reasons = {path[len(str(checkout)) + 1 :]: why for path, why in found.skipped}
    assert reasons == {
        "README.md": "it is data, by its ending .md",
        "notes": "it has no #! line",
        "lib/common.sh": "everything below lib/ is for other scripts",
        "nas/Examples/df.sh": "everything below Examples/ is for other scripts",
        "deploy.sh.j2": "it is data, by its ending .j2",
        ".git/": "it is hidden",
        ".profile": "it is hidden",
        "core.func": "it is for other scripts, by its ending",
        "source.sh": "its #! line /bin/false means that it is not to be run",
        "main.rs": "its #! line does not name a program by its full path",
        "empty.sh": "it is empty",
        "old.sh.bak": "it is a copy of another file",
        "gone": "it is a broken link to /nosuch",
        "again": "it is not a regular file",
    }
    assert set(entries(own, "lab")) == {"run"}
    for words in (["lab", "Notes"], ["lab", "lib", "common"], ["lab", "source"]):
        assert find(words, own)[0] is None
        assert not_verbs(words, own) is not None


def test_a_checkout_runs_as_it_is(world: World, checkout: Path) -> None:
    """A script runs without an x bit, by its #! line, with its own path and folder."""
    put(checkout, "Where_Am_I.sh", '#!/bin/sh\necho "$(dirname "$0")" "$@"\n')
    put(checkout, "lines.py", "#!/usr/bin/env python3\r\nprint('crlf')\r\n")
    put(checkout, "mark.py", "\ufeff#!/usr/bin/python3\nprint('bom')\n")
    put(checkout, "two", "#!/usr/bin/env sh -e\nfalse\necho never\n", 0o755)
    put(checkout, "shell", "#!/bin/sh\r\necho x\r\n")
    put(checkout, "Notes.txt", "text\n")
    adopt(world, checkout, "lab")
    assert world.run("lab", "where-am-i", "a b").stdout == f"{checkout} a b\n"
    assert world.run("lab", "Where_Am_I").stdout == f"{checkout}\n"
    assert world.run("lab", "lines").stdout == "crlf\n"
    assert world.run("lab", "mark").stdout == "bom\n"
    assert world.run("lab", "two").returncode == 1
    done = world.run("lab", "shell")
    assert done.returncode == 126
    assert "CR LF" in done.stderr
    assert world.events()[-1] == "exit=126 ver=0.6.0 verb=(own) lab shell"
    done = world.run("lab", "Notes")
    assert done.returncode == 2
    assert done.stderr == (
        f"homelab: no verb 'lab Notes'; {checkout}/Notes.txt is not a verb: it is data, by its"
        " ending .txt; if it is a script, give it a name without .txt\n"
    )


def test_a_checkout_that_cannot_be_used_is_named_and_hides_nothing(
    world: World, checkout: Path
) -> None:
    put(checkout, "run.sh")
    file = adopt(world, checkout, "lab")
    world.dropin("own", "#!/bin/sh\necho own\n")
    world.dropin("lab/more", "#!/bin/sh\necho more\n")
    checkout.rename(checkout.parent / "moved")
    done = world.run("lab", "run")
    assert (done.returncode, done.stdout) == (126, "")
    assert f"'lab' is not used: {checkout}: it is gone; homelab verbs remove lab" in done.stderr
    assert done.stderr.count("\n") == 1
    assert world.events()[-1] == "exit=126 ver=0.6.0 verb=(personal)"
    for typed in ("help lab run", "verbs run lab run", "verbs which lab run"):
        assert f"'lab' is not used: {checkout}: it is gone" in world.run(*typed.split()).stderr
    file.write_text("homelab index 9\n")
    assert "can't be used: it is not an index" in world.run("lab", "run").stderr
    for words, said in ((["own"], "own\n"), (["lab", "more"], "more\n")):
        assert world.run(*words).stdout == said
    assert "own" in world.run("verbs").stdout


def test_a_checkout_without_a_prefix_that_is_gone_is_known_by_its_index(
    world: World, checkout: Path
) -> None:
    run = put(checkout, "Run.sh")
    place = world.home / ".local/share/homelab/adopted/+scripts"
    place.mkdir(parents=True)
    lines = lines_of({run.name: index.stamp_of(str(run), 0)})
    (place / "index").write_text(text_of(Index(str(place), str(checkout), (), lines)))
    checkout.rename(checkout.parent / "moved")
    done = world.run("run")
    assert done.returncode == 126
    assert f"'{checkout}' is not used: {checkout}: it is gone; " in done.stderr
    assert "no verb 'other'" in world.run("other").stderr


@pytest.mark.needs("root")
def test_a_checkout_that_cannot_be_listed_is_not_taken_for_empty(tmp_path: Path) -> None:
    folder_of_it = tmp_path / "closed"
    folder_of_it.mkdir(mode=0o711)
    own = folder(folder_of_it, "lab")
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from homelab.dropins.dropin import VerbFolder\n"
        "from homelab.dropins.index_text import Index\n"
        "from homelab.dropins.usable import trouble\n"
        "from homelab.system import mounted\n"
        "path = sys.argv[2]; index = Index('/i', path, ('lab',))\n"
        "os.seteuid(12345)\n"  # that account may not read this Python, either
        "print(trouble(VerbFolder(path, True, prefix=('lab',), index=index)).why)\n"
    )
    for above in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        above.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT), own.path],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "it can't be read: Permission denied\n", done.stderr


@pytest.mark.needs("root", "namespaces", "unshare")
@pytest.mark.parametrize("prefix", [("lab",), ()])
def test_a_checkout_on_a_mount_that_does_not_answer(
    prefix: tuple[str, ...], world: World, checkout: Path
) -> None:
    adopt(world, checkout, *prefix)
    world.dropin("own", "#!/bin/sh\necho own\n")
    hung = [sys.executable, str(ROOT / "tests/support/hung_mounts.py"), str(checkout), "--"]
    script = '"$0" own; "$0" lab run; "$0" verbs run zz; "$0" verbs --source personal'
    done = subprocess.run(
        ["unshare", "-m", *hung, "sh", "-c", script, world.pyz], env=world.env,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("own\n")
    assert "personal" in done.stdout
    if prefix:
        why = "its file system does not answer within 1 s; see homelab disk usage"
        assert f"'lab' is not used: {checkout}: {why}\n" in done.stderr


def test_what_root_has_not_accepted_does_not_run(checkout: Path) -> None:
    """A new script and a changed one in the system's index do not run; a script that was rewritten
    with the same content does."""
    same, changed = put(checkout, "same.sh"), put(checkout, "changed.sh")
    stamps = {path.name: index.stamp_of(str(path), time.time_ns()) for path in (same, changed)}
    own = folder(checkout, "lab", personal=False, lines=lines_of(stamps))
    put(checkout, "new.sh")
    changed.write_text("#!/bin/sh\necho other\n")
    os.utime(same, ns=(1, 1))
    listed = {each.dropin.verb: each for each in every([own]).listed}
    assert listed["lab same"].state == "ok"
    for verb, why in (("lab new", "it is new"), ("lab changed", "it has changed")):
        problem = listed[verb].problem
        assert problem is not None
        assert problem.why == f"{why} since root accepted its folder"
        assert problem.fix.endswith("sudo homelab verbs accept lab")
    personal = folder(checkout, "lab", lines=lines_of(stamps))
    assert {each.state for each in every([personal]).listed} == {"ok"}


def test_an_index_is_read_as_it_was_written(tmp_path: Path) -> None:
    odd = tmp_path / "a\tb%0A\nc"
    odd.write_text("#!/bin/sh\n")
    stamp = index.stamp_of(str(odd), 0)
    first = Index("/i", str(tmp_path), ("nas", "tools"), lines_of({odd.name: stamp, "x": stamp}))
    again = parse("/i", text_of(first))
    assert (again.path, again.prefix) == (str(tmp_path), ("nas", "tools"))
    assert set(again.stamps()) == {odd.name, "x"}
    found = again.stamp(odd.name)
    assert found is not None
    assert index.is_unchanged(found, str(odd))
    assert again.stamp("b") is None
