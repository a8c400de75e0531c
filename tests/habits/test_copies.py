"""An entry that both atuin and a shell have is counted once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.memory import measured
from support.world import ROOT

from homelab.habits import histories
from homelab.habits.copies import Copies
from homelab.habits.histories import Histories, History

Entry = tuple[int, str, bool]
MOMENT = 1_700_000_000


class Recorded(History):
    """A history with entries in memory."""

    __slots__ = ("kept",)

    def __init__(self, shell: str, kept: list[tuple[int, str]], has_moments: bool = True) -> None:
        super().__init__(shell, "", has_moments, {})
        self.kept = kept

    def _read(self) -> object:  # type: ignore[override]
        return ((when, text, False) for when, text in self.kept)


def once(*files: History) -> list[tuple[int, str]]:
    found = Histories()
    found.files = list(files)
    return [(when, text) for when, text, _ in histories.once(found)]


def test_the_same_text_within_a_second_is_one_entry() -> None:
    atuin = Recorded("atuin", [(MOMENT, "ls"), (MOMENT + 60, "df")])
    shell = Recorded("zsh", [(MOMENT - 1, "ls "), (MOMENT + 61, "df"), (MOMENT + 63, "df")])
    assert once(shell, atuin) == [*atuin.kept, (MOMENT + 63, "df")]


def test_an_entry_of_atuin_stands_for_one_alone() -> None:
    atuin = Recorded("atuin", [(MOMENT, "ls"), (MOMENT, "ls")])
    shell = Recorded("zsh", [(MOMENT, "ls")] * 3)
    assert once(atuin, shell) == [*atuin.kept, (MOMENT, "ls")]


def test_an_entry_without_a_moment_is_one_of_atuins_as_often_as_it_has_it() -> None:
    atuin = Recorded("atuin", [(MOMENT, "ls"), (MOMENT + 9, "ls"), (MOMENT, "df")])
    shell = Recorded("bash", [(0, "ls"), (0, "uptime"), (0, "ls"), (0, "ls")], False)
    assert once(atuin, shell) == [*atuin.kept, (0, "uptime"), (0, "ls")]


def test_an_entry_without_a_moment_takes_none_that_has_its_own() -> None:
    atuin = Recorded("atuin", [(MOMENT, "ls"), (MOMENT + 9, "ls")])
    plain = Recorded("bash", [(0, "ls")], False)
    timed = Recorded("zsh", [(MOMENT, "ls")])
    assert once(plain, timed, atuin) == atuin.kept


def test_what_nushell_imported_into_its_database_is_counted_once() -> None:
    """Imported entries have no moment; later entries have one."""
    database = Recorded("nushell", [(0, "ls"), (0, "df"), (MOMENT, "ls")])
    plain = Recorded("nushell", [(0, "ls"), (0, "df"), (0, "ls"), (0, "uptime")], False)
    other = Recorded("bash", [(0, "ls")], False)
    late = [(0, "ls"), (0, "uptime"), (0, "ls")]
    assert once(plain, other, database) == [*database.kept, *late]


def test_two_shells_have_no_copies_of_each_other() -> None:
    files = [Recorded(shell, [(MOMENT, "ls")]) for shell in ("bash", "zsh")]
    assert once(*files) == [(MOMENT, "ls")] * 2


def test_many_entries_of_one_text_are_taken_in_their_number() -> None:
    """The time grows linearly: the search for a free entry does not start over."""
    many = 50_000
    copies = Copies()
    for number in range(many):
        copies.add(MOMENT + number, "ls")
    copies.sort()
    assert sum(copies.take(0, "ls") for _ in range(many + 5)) == many
    assert not copies.take(MOMENT, "ls")


READ = """
import sys
from homelab.habits import histories
print(sum(1 for _ in histories.once(histories.find({"HOME": sys.argv[1]}))))
"""
FILL = """
import sqlite3, sys
home, count = sys.argv[1], int(sys.argv[2])
with open(home + "/.bash_history", "w") as file:
    for number in range(count):
        file.write(f"docker logs --tail {number} web\\n")
connection = sqlite3.connect(home + "/.histfile")
connection.execute("CREATE TABLE history (command TEXT, timestamp INTEGER)")
rows = ((f"docker logs --tail {number} web", number) for number in range(count))
connection.executemany("INSERT INTO history VALUES (?, ?)", rows)
connection.commit()
connection.close()
"""


@pytest.mark.parametrize("count", [150_000])
def test_copies_take_little_memory(count: int, tmp_path: Path) -> None:
    """The memory for 150,000 entries in atuin and in bash, compared with none; a million may take
    100 MB in total."""
    tmp_path.chmod(0o700)
    env = {"PYTHONPATH": str(ROOT)}
    most = {}
    for entries in (1, count):
        home = tmp_path / str(entries)
        home.mkdir(mode=0o700)
        measured([sys.executable, "-c", FILL, str(home), str(entries)], env)
        done, most[entries] = measured([sys.executable, "-c", READ, str(home)], env)
        assert done.stdout == f"{entries}\n", done.stderr
    assert (most[count] - most[1]) * 1024 < 80 * count
