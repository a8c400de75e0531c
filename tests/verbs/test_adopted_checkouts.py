"""`verbs add`, `remove`, `diff`, `accept`, `describe`: the scripts of a checkout become verbs
without being moved, and everything about that can be undone."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.accounts import Account
from support.world import World

from homelab.catalogue import arguments
from homelab.catalogue.values import Values
from homelab.context import Context
from homelab.dispatch import Run, choose
from homelab.dropins import adopting, description, header, index, names
from homelab.dropins.find import DEEPEST
from homelab.errors import Failure
from homelab.output.answer import Table, Text
from homelab.system import files, parallel
from homelab.verbs import BUILT_IN
from homelab.verbs.about import completion
from homelab.verbs.verbs.accept import accept
from homelab.verbs.verbs.add import add
from homelab.verbs.verbs.check import check
from homelab.verbs.verbs.describe import describe
from homelab.verbs.verbs.diff import diff
from homelab.verbs.verbs.remove import remove

SOMEBODY = 54321  # the number of an account that owns nothing
FUNCTIONS: dict[str, Callable[[Context, Values], Table | Text]] = {
    "accept": accept,
    "add": add,
    "check": check,
    "describe": describe,
    "diff": diff,
    "remove": remove,
}
SCRIPT = "#!/bin/sh\necho ran\n"


class Lab:
    """A host in this process: a home, the system's folder of verbs, and a checkout."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.own = self.home / ".local/share/homelab"
        self.system = folder / "system"
        self.checkout = folder / "scripts"
        for made in (self.home, self.checkout):
            made.mkdir(mode=0o755)
        self.put("nas/df.sh", "#!/bin/sh\n# Summary: free space\n# Effect: read\necho ran\n")
        self.put("Backup_All.sh")
        self.put("README.md", "about\n")
        env = {"HOME": str(self.home)}
        self.context = Context(
            [], env, io.StringIO(), io.StringIO(), BUILT_IN,
            system_settings="", system_verbs=str(self.system / "verbs"),
        )  # fmt: skip

    def put(self, name: str, text: str = SCRIPT, mode: int = 0o644) -> Path:
        """Put a file into the checkout."""
        path = self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def ask(self, verb: str, *words: str) -> Table | Text:
        """Run a verb; return its answer."""
        described = BUILT_IN.verb(f"verbs {verb}")
        values = arguments.parse(described, list(words), time.time_ns())
        return FUNCTIONS[verb](self.context, values)

    def table(self, verb: str, *words: str) -> Table:
        """Run a verb that answers with a table; return that."""
        answer = self.ask(verb, *words)
        assert isinstance(answer, Table)
        return answer

    def text(self, verb: str, *words: str) -> str:
        """Run a verb that answers with text; return that."""
        answer = self.ask(verb, *words)
        assert isinstance(answer, Text)
        return answer.text

    def refusal(self, verb: str, *words: str) -> tuple[int, str]:
        """Run a verb that fails; return its exit code and sentence."""
        with pytest.raises(Failure) as refused:
            self.ask(verb, *words)
        assert "\n" not in refused.value.sentence
        return refused.value.code, refused.value.sentence

    def refused(self, *words: str) -> int:
        """Run a command line that fails; return its exit code."""
        self.context.argv = list(words)
        with pytest.raises(Failure) as refused:
            choose(self.context, Run())()
        return refused.value.code

    def changes(self) -> list[tuple[object, ...]]:
        """(change, file, verb) of each row of `verbs diff`."""
        return [row[1:] for row in self.table("diff").rows]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A host whose account is not root; files of root are trusted like its own."""
    if os.geteuid() == 0:
        monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    return Lab(tmp_path)


@pytest.fixture
def roots(tmp_path: Path) -> Lab:
    """A host whose account is root, with another account's HOME."""
    return Lab(tmp_path)


def _tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def test_the_scripts_become_verbs_and_the_checkout_stays_as_it_is(lab: Lab) -> None:
    before = _tree(lab.checkout)
    table = lab.table("add", str(lab.checkout))
    assert table.rows == [
        ("Backup_All.sh", "scripts backup-all", "ok", None),
        ("nas/df.sh", "scripts nas df", "ok", None),
    ]
    (note,) = table.notes
    assert note == (
        "2 verbs (homelab verbs --own lists them); try: homelab scripts backup-all --help;"
        " homelab verbs remove scripts undoes it"
    )
    assert table.code == 0
    assert table.facts["written"] is True
    assert _tree(lab.checkout) == before
    listed = sorted(str(path) for path in lab.own.rglob("*"))
    made = ("adopted", "adopted/scripts", "adopted/scripts/index")
    assert listed == [str(lab.own / path) for path in made]
    assert lab.table("diff").code == 0
    found = index.read(str(lab.own / "adopted/scripts"))
    assert found is not None
    stamp = found.stamps()["nas/df.sh"]
    assert (stamp.effect, stamp.summary) == ("read", "free space")  # TAB completion shows it


def test_a_dry_run_writes_nothing(lab: Lab) -> None:
    table = lab.table("add", str(lab.checkout), "--dry-run", "--all")
    assert table.rows[-1] == ("README.md", None, "not a verb", "it is data, by its ending .md")
    assert table.facts["written"] is False
    assert "nothing was written" in table.notes[-1]
    assert not lab.own.exists()


@pytest.mark.parametrize(
    ("given", "verb", "name"),
    [
        ("nas/tools", "nas tools nas df", "nas.tools"),
        ("Nas My_Tools", "nas my-tools nas df", "nas.my-tools"),
        (".", "nas df", "+scripts"),
    ],
)
def test_a_prefix_may_be_chosen(given: str, verb: str, name: str, lab: Lab) -> None:
    table = lab.table("add", str(lab.checkout), "--as", given)
    assert verb in [row[1] for row in table.rows]
    assert os.listdir(lab.own / "adopted") == [name]
    asked = str(lab.checkout) if given == "." else given
    if given == "nas/tools":
        offered = completion.answer(lab.context, ["bash", "--", "verbs", "remove", ""])
        assert offered == "nas/tools\n"
        lab.put("more.sh")
        lab.table("add", str(lab.checkout))  # again, without a prefix: it keeps its own
        assert os.listdir(lab.own / "adopted") == [name]
    else:
        assert "is removed" in lab.text("remove", *asked.split())
        assert not lab.own.exists()  # nothing of it is left


def test_two_checkouts_of_one_name_have_room_without_a_prefix(lab: Lab, tmp_path: Path) -> None:
    lab.table("add", str(lab.checkout), "--as", ".")
    other = tmp_path / "more/scripts"
    other.mkdir(parents=True)
    (other / "checks").write_text(SCRIPT)
    lab.table("add", str(other), "--as", ".")
    assert sorted(os.listdir(lab.own / "adopted")) == ["+scripts", "+scripts-2"]
    lab.text("remove", str(other))
    assert os.listdir(lab.own / "adopted") == ["+scripts"]


def test_a_script_that_does_not_run_is_in_the_table_with_the_reason(lab: Lab) -> None:
    lab.put("a.sh")
    lab.put("A.py")
    lab.put("open", mode=0o666)
    lab.put("old", "#!/no/such/perl\n")
    table = lab.table("add", str(lab.checkout))
    assert table.notes[-2] == "3 do not run; homelab verbs check scripts says why"
    rows = {str(row[0]): row[1:] for row in table.rows}
    both = ("scripts a", "refused", "both are the verb 'scripts a'; keep one of them")
    assert rows["a.sh"] == rows["A.py"] == both
    assert rows["open"][1] == "refused"
    assert str(rows["open"][2]).startswith("it is world-writable; ")
    assert rows["old"][1] == "refused"
    assert str(rows["old"][2]).startswith("its interpreter /no/such/perl is not on this host")
    assert [row[1] for row in list(rows.values())[-4:]] == ["refused"] * 4  # next to the notes


def test_where_no_script_can_run_nothing_is_written(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "notes.txt").write_text("x\n")
    table = lab.table("add", str(folder))
    assert (table.code, table.notes[-1]) == (1, f"{folder} is not added: it has no script")
    (folder / "run").write_text("#!/no/such/shell\n")
    table = lab.table("add", str(folder))
    assert table.notes[-1] == f"{folder} is not added: it has no script that can run as a verb"
    assert not lab.own.exists()


def test_what_can_not_be_adopted_is_refused_in_a_sentence(lab: Lab, tmp_path: Path) -> None:
    (lab.own / "verbs/nas").mkdir(parents=True)
    (lab.own / "verbs/nas/df").write_text(SCRIPT)
    (lab.own / "verbs/nas/df").chmod(0o755)
    place = str(lab.checkout)
    (tmp_path / "___").mkdir()
    told = {
        ("/",): "/ is the whole file system; name a folder of scripts in it",
        (str(lab.home),): f"{lab.home} contains a home directory; name a folder of",
        (str(tmp_path),): f"{tmp_path} contains a home directory; name a folder of",
        (f"{place}/nosuch",): f"{place}/nosuch does not exist; name a folder of scripts",
        (f"{place}/README.md",): f"{place}/README.md is not a folder; name the folder that",
        (f"{lab.own}/verbs",): f"{lab.own}/verbs is a folder of verbs already",
        (f"{lab.own}/verbs/nas",): f"{lab.own}/verbs/nas is inside {lab.own}/verbs, which has",
        (str(lab.own),): f"{lab.own} contains {lab.own}/verbs, which has verbs already",
        (str(tmp_path / "___"),): f"the name of {tmp_path}/___ has no letter or digit; choose",
        (place, "--as", "!"): "'!' can't be the words of a verb; use letters",
        (place, "--as", "a/" * DEEPEST): f"--as: a verb has at most {DEEPEST} words; use fewer",
        (place, "--as", "nas"): f"'nas' is a group of verbs already, which has {lab.own}",
        (place, "--as", "nas/df/x"): f"'nas df' is a verb already: {lab.own}/verbs/nas/df",
    }  # fmt: skip
    for words, sentence in told.items():
        code, said = lab.refusal("add", *words)
        assert (code, said[: len(sentence)]) == (2, sentence)
    assert not (lab.own / "adopted").exists()


def test_a_checkout_is_adopted_once(lab: Lab, tmp_path: Path) -> None:
    lab.table("add", str(lab.checkout))
    code, said = lab.refusal("add", str(lab.checkout), "--as", "other")
    told = (
        f"{lab.checkout} is added already, as 'scripts'; to change that,"
        " first run: homelab verbs remove scripts"
    )
    assert (code, said) == (2, told)
    code, said = lab.refusal("add", f"{lab.checkout}/nas")
    assert (code, "is inside" in said) == (2, True)
    other = tmp_path / "more/Scripts"
    other.mkdir(parents=True)
    (other / "check").write_text(SCRIPT)
    code, said = lab.refusal("add", str(other))
    told = (
        f"'scripts' is the prefix of {lab.checkout}; choose another prefix"
        " with --as, or first run: homelab verbs remove scripts"
    )
    assert (code, said) == (2, told)
    (tmp_path / "link").symlink_to(lab.checkout)  # it is the same one
    assert lab.table("add", str(tmp_path / "link")).code == 0


def test_a_checkout_that_others_can_change_is_refused_with_the_command(lab: Lab) -> None:
    lab.checkout.chmod(0o777)
    code, said = lab.refusal("add", str(lab.checkout))
    assert code == 1
    assert said.startswith(f"{lab.checkout} is not added: it is world-writable; ")
    assert said.endswith(f"chmod o-w {lab.checkout}")


def test_too_many_files_are_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homelab.dropins.listing.MOST", 3)
    code, said = lab.refusal("add", str(lab.checkout))
    assert (code, said.partition(", ")[0]) == (2, f"{lab.checkout} has more than 3 files")


def test_a_file_system_that_does_not_answer_is_not_waited_for(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    real = os.path.realpath
    monkeypatch.setattr(files, "WAIT", 0.01)
    monkeypatch.setattr(os.path, "realpath", lambda path: let_go.wait() and real(path))
    code, said = lab.refusal("add", str(lab.checkout))
    let_go.set()
    assert (code, "does not answer within 0.01 s" in said) == (69, True)
    assert parallel.with_timeout(lambda: 1, 5) == 1


def test_verbs_of_others_that_it_shadows_are_told(lab: Lab) -> None:
    (lab.system / "verbs/nas").mkdir(parents=True)
    (lab.system / "verbs/nas/df").write_text(SCRIPT)
    (lab.system / "verbs/nas/df").chmod(0o755)
    told = lab.table("add", str(lab.checkout), "--as", ".", "--dry-run")
    assert "they replace existing verbs: nas df" in told.notes


def test_scripts_are_shadowed_one_by_one_where_a_built_in_has_their_words(lab: Lab) -> None:
    for name in ("usage.sh", "usage/all.sh", "usage_all.sh"):
        lab.put(name)
    use = "rename it, or run it with: homelab verbs run"
    table = lab.table("add", str(lab.checkout), "--as", "disk")
    assert {row[0]: row[2:] for row in table.rows if row[2] != "ok"} == {
        "usage.sh": (
            "shadowed",
            f"'disk usage' is built in; {use} disk usage",
        ),
        "usage/all.sh": (
            "shadowed",
            f"'disk usage' is built in and takes the words behind it; {use} disk usage all",
        ),
    }
    assert {row[1] for row in table.rows if row[2] == "ok"} >= {"disk backup-all", "disk usage-all"}
    offered = completion.answer(lab.context, ["bash", "--", "disk", ""])
    assert {"backup-all", "usage", "usage-all"} <= set(offered.split())
    lab.checkout.rename(lab.checkout.with_name("moved"))
    assert lab.refused("disk", "backup-all") == 126
    assert lab.refused("disk", "nosuch") == 126
    assert lab.refused("disk", "usage", "--nosuch") == 2


def test_names_with_any_byte_are_kept(lab: Lab) -> None:
    odd = ["t\tab", "new\nline", "50%25", "b\udcff", "\u00fcber", "-x"]
    for name in odd:
        lab.put(name)
    lab.table("add", str(lab.checkout))
    assert lab.changes() == []
    for name in odd:
        lab.put(name, SCRIPT + "# more\n")
    assert {row[1] for row in lab.changes()} == set(odd)


def test_what_changes_after_a_pull_is_shown_until_it_is_accepted(lab: Lab) -> None:
    lab.table("add", str(lab.checkout))
    lab.put("nas/df.sh", SCRIPT + "# more\n")
    lab.put("fresh")
    (lab.checkout / "Backup_All.sh").unlink()
    lab.put("CHANGES.md", "data\n")
    changes = [
        ("new", "fresh", "scripts fresh"),
        ("changed", "nas/df.sh", "scripts nas df"),
        ("gone", "Backup_All.sh", "scripts backup-all"),
    ]
    assert lab.changes() == changes
    assert lab.table("diff", "scripts").code == 1
    accepted = lab.table("accept")
    assert (accepted.code, [row[1:] for row in accepted.rows]) == (0, changes)
    assert (lab.table("diff").code, lab.table("accept").rows) == (0, [])
    assert lab.table("diff").empty == "no script is new, changed or gone in scripts"


def test_a_file_written_again_with_the_same_content_has_not_changed(lab: Lab) -> None:
    lab.table("add", str(lab.checkout))
    os.replace(lab.put("copy"), lab.checkout / "Backup_All.sh")
    os.utime(lab.checkout / "Backup_All.sh", (1, 1))
    assert lab.changes() == []


def test_a_checkout_that_can_not_be_read_is_unknown_and_hides_no_other(
    lab: Lab, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "check").write_text(SCRIPT)
    lab.table("add", str(other))
    lab.table("add", str(lab.checkout))
    lab.checkout.rename(tmp_path / "moved")
    for verb in ("diff", "accept"):
        table = lab.table(verb)
        assert table.code == 69
        assert table.notes[0].startswith(f"{lab.checkout}: it is gone; homelab verbs remove ")
        assert table.empty == ""
    (other / "check").write_text(SCRIPT + "#\n")
    assert (lab.table("diff").code, len(lab.table("accept").rows)) == (1, 1)
    assert lab.text("remove", "scripts").startswith("scripts is removed; ")
    assert lab.table("diff").code == 0


@pytest.mark.parametrize("damage", ["text", "old", "folder", "file", "link"])
def test_a_damaged_index_is_told_and_can_be_removed(damage: str, lab: Lab) -> None:
    lab.table("add", str(lab.checkout))
    folder = lab.own / "adopted/scripts"
    if damage in ("text", "old"):
        (folder / "index").write_text("homelab index 0\n" if damage == "old" else "\0\xff")
    else:
        (folder / "index").unlink()
        if damage == "folder":
            (folder / "index").mkdir()
        elif damage == "file":
            folder.rmdir()
            folder.write_text("x")
        else:
            (folder / "index").symlink_to("/etc/shadow")
    table = lab.table("diff")
    assert (table.code, table.notes[0][: len(str(folder))]) == (69, str(folder))
    assert lab.refusal("add", str(lab.checkout))[0] == 2
    lab.text("remove", "scripts")
    assert not folder.exists()
    assert lab.table("add", str(lab.checkout)).code == 0


def test_descriptions_survive_removal_until_all_is_said(lab: Lab) -> None:
    lab.table("add", str(lab.checkout))
    path = lab.own / "adopted/scripts/nas/df.verb"
    assert lab.text("describe", "scripts", "nas", "df") == f"{path}\n"
    assert path.read_text().startswith("Summary:")
    code, said = lab.refusal("describe", "scripts nas df")
    assert (code, said) == (1, f"{path} can't be written: it exists already")
    path.write_text("Summary: mine\n")
    said = lab.text("remove", "scripts")
    assert "kept: 1 file below" in said
    assert "homelab verbs remove --all scripts" in said
    assert (
        lab.refusal("diff")[1] == "you have added no folder; to add one: homelab verbs add FOLDER"
    )
    lab.table("add", str(lab.checkout))
    assert path.read_text() == "Summary: mine\n"
    lab.text("remove", "scripts")
    lab.text("remove", "scripts", "--all")
    assert not (lab.own / "adopted").exists()


def test_a_script_of_a_folder_of_verbs_is_described_beside_it(lab: Lab) -> None:
    path = lab.own / "verbs/nas/My_Df.sh"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n# Summary: free space\n# Effect: read\n# Arg: POOL  one pool\n")
    path.chmod(0o755)
    assert lab.text("describe", "nas", "my-df") == f"{path.parent}/My_Df.verb\n"
    assert "Summary: free space\n" in path.with_suffix(".verb").read_text()
    assert lab.refusal("describe", "version")[0] == 2
    assert lab.refusal("describe", "nosuch")[0] == 1


def test_a_name_that_is_not_adopted_is_told_with_those_that_are(lab: Lab) -> None:
    lab.table("add", str(lab.checkout))
    for verb in ("remove", "diff", "accept"):
        said = f"no added folder 'nosuch'; homelab verbs {verb} takes scripts"
        assert lab.refusal(verb, "nosuch") == (1, said)
    assert lab.refusal("remove", "..")[0] == 1


def test_a_dot_names_the_folder_without_a_prefix(lab: Lab, tmp_path: Path) -> None:
    lab.table("add", str(lab.checkout), "--as", ".")
    assert "is removed" in lab.text("remove", ".")
    lab.table("add", str(lab.checkout), "--as", ".")
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    (other / "more.sh").write_text(SCRIPT)
    lab.table("add", str(other), "--as", ".")
    said = f"several folders have no prefix: {other}, {lab.checkout}; name one: "
    assert lab.refusal("remove", ".") == (1, said + "homelab verbs remove FOLDER")


def test_a_new_file_that_stops_a_verb_is_named(lab: Lab) -> None:
    lab.table("add", str(lab.checkout))
    lab.put("backup-all.py")
    said = "scripts backup-all no longer runs: Backup_All.sh and backup-all.py have the same name"
    for verb in ("diff", "accept"):
        assert said in lab.table(verb).notes
    assert lab.table("diff").notes == ()


def test_folders_of_one_name_are_shown_by_their_paths(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.table("add", str(lab.checkout))
    (tmp_path / "root").mkdir(mode=0o755)
    root = Lab(tmp_path / "root")
    root.context.system_verbs = lab.context.system_verbs
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 0)
        root.table("add", str(root.checkout))
    lab.put("fresh")
    assert lab.table("diff").rows == [(str(lab.checkout), "new", "fresh", "scripts fresh")]
    assert "'" not in lab.table("accept", str(lab.checkout)).empty


def test_a_full_disk_leaves_nothing_behind(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        code, said = lab.refusal("add", str(lab.checkout))
    assert (code, said.endswith("No space left on device; nothing has changed")) == (1, True)
    assert os.listdir(lab.own / "adopted") == []
    lab.table("add", str(lab.checkout))
    lab.put("fresh")
    before = (lab.own / "adopted/scripts/index").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert lab.refusal("accept")[0] == 1
    assert (lab.own / "adopted/scripts/index").read_bytes() == before
    assert os.listdir(lab.own / "adopted/scripts") == ["index"]


def test_what_a_killed_run_left_is_no_checkout_and_goes_away(lab: Lab) -> None:
    left = lab.own / "adopted/.scripts.99999999"
    left.mkdir(parents=True)
    (left / ".index.99999999").write_text("homel")
    os.utime(left, (1, 1))
    assert lab.refusal("diff")[1].startswith("you have added no folder")
    lab.table("add", str(lab.checkout))
    assert os.listdir(lab.own / "adopted") == ["scripts"]


def test_a_home_that_is_missing_is_not_made(lab: Lab) -> None:
    lab.home.rmdir()
    said = f"no index is written: the home directory {lab.home} does not exist"
    assert lab.refusal("add", str(lab.checkout)) == (1, said)
    assert not lab.home.exists()


def test_another_checkout_that_came_meanwhile_is_not_replaced(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs of `verbs add` compete: the first one gets the name, the other one fails."""
    other = tmp_path / "more/scripts"
    other.mkdir(parents=True)
    (other / "check").write_text(SCRIPT)
    real = os.rename

    def second(arriving: str, place: str) -> None:
        monkeypatch.setattr(os, "rename", real)
        lab.table("add", str(other))
        real(arriving, place)

    monkeypatch.setattr(os, "rename", second)
    code, said = lab.refusal("add", str(lab.checkout))
    told = f"'scripts' has meanwhile become the prefix of {other}; choose another one with --as"
    assert (code, said) == (2, told)
    assert os.listdir(lab.own / "adopted") == ["scripts"]
    found = index.read(str(lab.own / "adopted/scripts"))
    assert found is not None
    assert found.path == str(other)


@pytest.mark.needs("root")
def test_roots_index_is_the_systems_and_can_be_read_by_all(roots: Lab) -> None:
    """Any umask will do, and nothing in a kept HOME is touched."""
    mask = os.umask(0o077)
    try:
        roots.table("add", str(roots.checkout))
    finally:
        os.umask(mask)
    folder = roots.system / "adopted"
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "scripts")] == [0o755] * 2
    assert (folder / "scripts/index").stat().st_mode & 0o777 == 0o644
    assert os.listdir(roots.home) == []


@pytest.mark.needs("root")
def test_what_changed_in_the_systems_checkout_waits_for_root(
    roots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots.table("add", str(roots.checkout))
    roots.put("fresh")
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: SOMEBODY)
        said = "new and changed scripts run after: sudo homelab verbs accept"
        assert roots.table("diff").notes == (said,)
        for verb in ("accept", "remove"):
            for words in ([], ["scripts"]):
                if verb == "accept" or words:
                    said = (
                        f"root added one of that name, for every account: sudo homelab verbs {verb}"
                    )
                    told = f"you have added no folder 'scripts'; {said} scripts"
                    assert roots.refusal(verb, *words) == (1, told)
        code, said = roots.refusal("add", str(roots.checkout))
        assert (code, "is added already, for every account, as 'scripts'" in said) == (2, True)
    assert len(roots.table("accept").rows) == 1
    assert roots.table("diff").code == 0


@pytest.mark.needs("root")
def test_root_is_told_that_all_accounts_get_the_verbs(
    roots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopting, "closed_to_others", lambda path: "")
    note = roots.table("add", str(roots.checkout)).notes[0]
    assert note == (
        "added as root, these verbs are for every account of this host,"
        " and their runs are counted by name"
    )


def test_an_account_is_asked_for_nothing_that_only_root_can_do(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 0)
        lab.table("add", str(lab.checkout))
        assert [row[0] for row in lab.table("check").rows] == ["note"]
    lab.put("Backup_All.sh", SCRIPT + "# changed\n")
    (row,) = lab.table("check").rows  # no advice on the text of root's scripts
    assert row[4] == "review it, then run: sudo homelab verbs accept scripts"


@pytest.mark.needs("root")
def test_a_checkout_that_only_root_can_enter_is_told(roots: Lab) -> None:
    roots.checkout.chmod(0o700)
    roots.checkout.parent.chmod(0o755)
    closed = adopting.closed_to_others(str(roots.checkout))
    assert str(roots.checkout).startswith(closed)  # the folders of pytest are closed already
    note = roots.table("add", str(roots.checkout)).notes[0]
    assert note.startswith(
        f"other accounts can't enter {closed}, so only root can run these verbs; "
    )
    assert adopting.closed_to_others("/usr/bin") == ""


@pytest.mark.needs("root", "useradd", "setpriv")
def test_an_account_adopts_a_git_checkout_and_runs_it(
    world: World, everyones: str, u1: Account
) -> None:
    checkout = u1.home / "My_Scripts"
    (checkout / "nas").mkdir(parents=True)
    (checkout / "nas/df.sh").write_text('#!/bin/sh\necho "df $*"\n')
    u1.owns(checkout, checkout / "nas", checkout / "nas/df.sh")
    done = u1.run(everyones, "verbs", "add", "My_Scripts", HOMELAB_TELEMETRY="0")
    assert (done.returncode, done.stdout.splitlines()[1].split()) == (
        0, ["nas/df.sh", "my-scripts", "nas", "df", "ok", "-"],
    )  # fmt: skip
    done = u1.run(everyones, "my-scripts", "nas", "df", "x", HOMELAB_TELEMETRY="0")
    assert (done.returncode, done.stdout) == (0, "df x\n")
    # root with this HOME kept neither reads nor removes it
    env = {**world.env, "HOME": str(u1.home), "HOMELAB_TELEMETRY": "0"}
    done = subprocess.run(
        [everyones, "verbs", "remove", "my-scripts"], env=env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "no added folder 'my-scripts'" in done.stderr) == (1, True)
    done = u1.run(everyones, "verbs", "remove", "my-scripts", HOMELAB_TELEMETRY="0")
    assert done.returncode == 0


def test_the_verb_of_a_path_is_its_folded_words() -> None:
    assert names.words_of("Old_Stuff/My_Verb.sh") == ("old-stuff", "my-verb")
    assert names.words_of("df") == ("df",)


def test_a_verb_file_says_what_the_header_said() -> None:
    said = (
        "Summary: free space\nUsage: df [POOL]\nEffect: read\n"
        "Option: --unit GiB|TiB  unit to print (default: GiB)\nArg: [POOL]  one pool\n"
        "Example: homelab nas df tank\nNeeds: zfs\nExit: 3  nearly full\nAnswers: 0 3\n"
        "Counts-as: backup\nmore words\n"
    )
    first = header.parse(said, commented=False)
    again = header.parse(description.as_verb_file(first), commented=False)
    for name in ("summary", "effect", "examples", "needs", "exits", "answers", "counts_as"):
        assert getattr(again, name) == getattr(first, name)
    for arguments_of in ("options", "operands"):
        (mine,), (theirs,) = getattr(again, arguments_of), getattr(first, arguments_of)
        assert (mine.name, mine.choices, mine.default) == (
            theirs.name,
            theirs.choices,
            theirs.default,
        )
