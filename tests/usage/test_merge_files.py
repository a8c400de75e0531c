"""`usage merge` as a command: which files it reads, what it says about those that it leaves out,
and that one bad file does not affect others."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.generated import Filled

from homelab.times import SECOND
from homelab.usage.merge import LeftOut, Lists
from homelab.usage.release_file import LARGEST, Habit, Month, Release, Row, dumps
from homelab.verbs.usage import merge

NOW = 1795465834 * SECOND  # 2026-11-23
SOME = (2, 5)


def write(path: Path, lab: int, month: str = "2026-10", word: str = "backup") -> str:
    rows = [Row(f"(unknown) {word}", month, SOME, SOME, None)]
    release = Release("0.6.0", f"{lab:016x}", [Month(month, False)], SOME, 2, ["mcp"], rows)
    path.write_text(dumps(release))
    return str(path)


@pytest.fixture
def reader(tmp_path: Path) -> Filled:
    return Filled({"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}, NOW)


def test_files_that_are_no_releases_cost_no_other_file(reader: Filled, tmp_path: Path) -> None:
    good = [write(tmp_path / f"{lab}.json", lab) for lab in (1, 2)]
    (tmp_path / "other").write_text("\x1b[2Jno")
    (tmp_path / "large").write_bytes(b" " * LARGEST + b"{}")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "newer").write_text('{"schema": "homelab.usage-release/2"}')
    (tmp_path / "link").symlink_to("1.json")
    torn = tmp_path / "torn\x1b[31m"
    torn.write_text(Path(good[0]).read_text()[:200])
    names = ["other", "large", "pipe", "newer", torn.name, ".", "nosuch", "link"]
    files = [good[0], *(str(tmp_path / name) for name in names), good[1]]
    code, shown, said = reader.run("usage", "merge", *files)
    assert code == 1
    assert shown.splitlines()[1].split()[:5] == ["ADD", "backup", "2", "6", "6"]
    sentences = said.splitlines()
    told = [
        "other is left out: it is not JSON", "large can't be read: it is larger than 2 MiB",
        "pipe can't be read: it is not a regular file", "newer is left out: a newer homelab wrote",
        "torn\\x1b[31m is left out: it is not JSON", f"{tmp_path} can't be read: Is a directory",
        "nosuch can't be read: No such file or directory",
    ]  # fmt: skip
    assert len(sentences) == 1 + len(told)
    for sentence, part in zip(sentences[1:], told):
        assert part in sentence
    assert "\x1b" not in shown + said


def test_a_month_of_the_future_is_refused(reader: Filled, tmp_path: Path) -> None:
    good, bad = write(tmp_path / "1", 1, "2026-11"), write(tmp_path / "2", 2, "2026-12")
    code, _, said = reader.run("usage", "merge", good, bad)
    assert code == 1
    assert "2 is left out: one of its months is not a month up to now" in said
    assert said.count("left out") == 1


def test_too_many_files_and_too_many_bytes_are_bounded(
    reader: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "1", 1)
    monkeypatch.setattr(merge, "_MOST_FILES", 2)
    code, shown, said = reader.run("usage", "merge", path, path, write(tmp_path / "2", 2))
    assert (code, shown.splitlines()[1].split()[:3]) == (1, ["ADD", "backup", "1"])
    assert "1 file is left out: at most 2 are read" in said
    monkeypatch.setattr(merge, "_MOST_FILES", 1000)
    monkeypatch.setattr(merge, "_MOST_BYTES", os.path.getsize(path) + 1)
    code, _, said = reader.run("usage", "merge", path, path, path)
    assert code == 1
    assert "2 files are left out: all together are larger than 0 MiB; merge fewer" in said


def test_two_labs_are_needed_where_there_are_two(reader: Filled, tmp_path: Path) -> None:
    one, two = write(tmp_path / "1", 1), write(tmp_path / "2", 2, word="vpn")
    code, shown, said = reader.run("usage", "merge", one)
    assert (code, shown.splitlines()[1].split()[:2]) == (0, ["ADD", "backup"])
    assert (
        "1 lab, 2026-10; accounts and runs are the middles of ranges; decided by --min-labs 1"
        in said
    )
    code, shown, said = reader.run("usage", "merge", one, two)
    assert (code, [line.split()[0] for line in shown.splitlines()[1:]]) == (0, ["DROP?"])
    assert "2 words and verbs are in fewer than 2 labs" in said
    _, shown, said = reader.run("usage", "merge", one, two, "--min-labs", "1", "-n", "1")
    assert [line.split()[1] for line in shown.splitlines()[1:]] == ["backup"]
    assert "2 more rows; --limit 3 shows all" in said


def test_json_has_the_labs_behind_each_decision(reader: Filled, tmp_path: Path) -> None:
    files = [write(tmp_path / str(lab), lab) for lab in (1, 2)]
    code, shown, _ = reader.run("usage", "merge", *files, "--json")
    found = json.loads(shown)
    assert code == 0
    assert (found["schema"], found["labs"], found["left_out"]) == ("homelab.usage-merge/1", 2, 0)
    assert found["rows"][0] == {
        "decision": "ADD", "verb": "backup", "labs": 2, "accounts": 6, "runs": 6, "tried": 2,
        "scripts": 0, "typed": 0, "offered": None, "failing": None,
        "evidence": "in 2 of 2 labs: tried in 2",
    }  # fmt: skip


def test_habits_are_asked_of_the_lists(
    reader: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for lab in (1, 2):
        habits = [Habit(words, SOME, None) for words in ("git status", "docker ps", "zpool status")]
        release = Release(
            "0.6.0", f"{lab:016x}", [Month("2026-10", False)], SOME, 2, [], [], habits
        )
        (tmp_path / str(lab)).write_text(dumps(release))
        files.append(str(tmp_path / str(lab)))
    monkeypatch.setattr(merge, "_is_wanted", lambda words: words == "zpool status")
    _, shown, _ = reader.run("usage", "merge", *files)
    assert [line.split()[:3] for line in shown.splitlines()[1:]] == [["ADD", "zpool", "status"]]


def _release(lab: int, **fields: Any) -> Release:
    made = Release("0.6.0", f"{lab:016x}", [Month("2026-10", False)], SOME, 2, [], [])
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _rows(*labels: str) -> list[Row]:
    return [Row(label, "2026-10", SOME, SOME, None) for label in labels]


def _merged(reader: Filled, folder: Path, **fields: Any) -> tuple[int, list[list[str]], str]:
    files = []
    for lab in (1, 2):
        (folder / f"{lab}.json").write_text(dumps(_release(lab, **fields)))
        files.append(str(folder / f"{lab}.json"))
    code, shown, said = reader.run("usage", "merge", *files, "--all")
    return code, [line.split(None, 5) for line in shown.splitlines()[1:]], said


def test_nothing_is_decided_about_verbs_that_this_copy_does_not_have(
    reader: Filled, tmp_path: Path
) -> None:
    """Nor about verbs that are never counted."""
    never = ("usage top", "help")
    code, rows, said = _merged(
        reader,
        tmp_path,
        offered=["backup run", "mcp", *never],
        rows=_rows("foo bar", "config", *never),
    )
    assert (code, sorted(row[:2] for row in rows)) == (0, [["DROP?", "mcp"], ["KEEP", "config"]])
    assert "2 verbs are left out: this copy of homelab does not have them" in said


def test_words_that_no_list_has_are_marked_or_left_out(reader: Filled, tmp_path: Path) -> None:
    typed: tuple[str, ...] = (
        "evilword foo",
        "Docker ps",
        "AKIAIOSFODNN7EXAMPLE",
        "akiaiosfodnn7example",
        "a.b",
    )
    typed += (
        "glpat-a1b2c3d4e5f6g7h8",
        "deadbeefdeadbeef",
        "docker nosuch",
        "hunter2",
        "zpool status",
    )
    labels = ("(unknown) newword", "(unknown) p4ssw0rd", "(unknown) backup")
    code, rows, said = _merged(
        reader,
        tmp_path,
        rows=_rows(*labels),
        habits=[Habit(words, SOME, None) for words in typed],
    )
    assert code == 0
    evidence = {" ".join(row): row for row in rows}
    marked = sorted(text for text in evidence if "not in this copy's list" in text)
    assert [text.split(" 2 ")[0] for text in marked] == [
        "ADD docker nosuch", "ADD evilword foo", "ADD newword",
    ]  # fmt: skip
    listed = sorted(text.split(" 2 ")[0] for text in evidence if text not in marked)
    assert listed == ["ADD backup", "ADD zpool status"]
    assert "8 words are left out: no list of this copy has such a word" in said


def test_a_file_with_words_without_end_takes_none_of_them(tmp_path: Path) -> None:
    """A thousand of 3,000 harmless unlisted words count."""
    words = [
        "".join(chr(97 + number // 26**place % 26) for place in range(4)) for number in range(3000)
    ]
    made = _release(1, rows=_rows(*(f"(unknown) q{word}" for word in words)))
    out = LeftOut()
    out.sort(made, Lists((), (), lambda words: False, lambda words: True))
    assert (len(made.rows), len(out.unlisted), len(out.words)) == (1000, 1000, 2000)
