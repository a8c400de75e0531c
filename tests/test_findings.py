"""The table of all check verbs: its order, its counts, its folded rows, and its exit code."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from homelab import findings
from homelab.catalogue.arguments import parse
from homelab.catalogue.common import CHECK, LIST
from homelab.catalogue.values import Values
from homelab.catalogue.verb import Verb
from homelab.findings import Finding, Problem
from homelab.output.answer import Column, Table
from homelab.verbs import BUILT_IN

COLUMNS = (Column("state"), Column("check"), Column("detail"))


def _options(*words: str) -> Values:
    return parse(BUILT_IN.verb("host status"), list(words), 1)


def _table(states: str, *words: str, listed: bool = False, as_given: bool = False) -> Table:
    rows = [Finding(state, str(number), "") for number, state in enumerate(states.split())]
    return findings.table(
        "homelab.x/1", COLUMNS, rows, _options(*words),
        lambda fine: f"{len(fine)} fine", listed=listed, as_given=as_given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("states", "code", "problems", "unknown"),
    [
        ("", 0, 0, 0),
        ("ok ok", 0, 0, 0),
        ("skipped", 0, 0, 0),
        ("ok skipped", 0, 0, 0),
        ("unknown", 69, 0, 1),
        ("ok unknown skipped unknown", 69, 0, 2),
        ("unknown warning", 1, 1, 1),
        ("ok critical warning", 1, 2, 0),
    ],
)
def test_a_problem_ends_with_1_and_else_an_unknown_with_69(
    states: str, code: int, problems: int, unknown: int
) -> None:
    table = _table(states)
    assert table.code == code
    assert table.facts == {"problems": problems, "unknown": unknown}


@pytest.mark.parametrize(
    ("words", "listed", "folded"),
    [
        ([], False, 2),
        ([], True, 0),
        (["--all"], False, 0),
        (["--all"], True, 0),
        (["--problems"], False, 2),
        (["--problems"], True, 2),
    ],
)
def test_a_list_has_every_row_and_a_check_its_problems(
    words: list[str], listed: bool, folded: int
) -> None:
    """Point 2 of the reports: the exit code does not depend on the shown rows."""
    table = _table("ok warning skipped", *words, listed=listed)
    assert (table.folded, table.fine) == (folded, f"{folded} fine" if folded else "")
    assert (table.code, len(table.rows)) == (1, 3)


def test_problems_come_first_and_the_order_of_one_state_is_kept() -> None:
    given = "ok skipped warning unknown critical warning ok"
    names = [row[1] for row in _table(given).rows]
    assert names == ["4", "2", "5", "3", "0", "6", "1"]
    assert [row[1] for row in _table(given, as_given=True).rows] == names
    for words in ("--json", "--csv"):
        assert [row[1] for row in _table(given, words, as_given=True).rows] == list("0123456")
        assert [row[1] for row in _table(given, words).rows] == names


def test_fine_or_skipped_rows_are_folded_unless_all_or_a_name_asks() -> None:
    table = _table("ok unknown skipped")
    assert (table.folded, table.fine) == (2, "2 fine")
    for shown in (_table("ok", "--all"), _table("ok", listed=True), _table("unknown")):
        assert (shown.folded, shown.fine) == (0, "")


def test_several_problems_amount_to_the_worst_which_is_said_first() -> None:
    said = [Problem("ok", "a"), Problem("warning", "b"), Problem("critical", "c")]
    assert findings.summary(said) == ("critical", "c; b; a")
    assert findings.summary([]) == ("ok", "")


def test_the_sentence_for_folded_rows() -> None:
    end = " (details: --all)"
    assert findings.all_fine(["a", "b"], "2 are fine") == f"fine: a, b{end}"
    assert findings.all_fine(list("abcd"), "4 are fine") == f"4 are fine{end}"
    assert findings.fine_and_skipped(["a"], ["b", "c"]) == f"fine: a; skipped: b, c{end}"
    assert findings.fine_and_skipped([], ["b"]) == f"skipped: b{end}"


def test_every_check_verb_says_when_it_ends_with_69_which_is_an_answer() -> None:
    checks = [verb for verb in BUILT_IN.every() if _is_check(verb)]
    assert len(checks) > 1
    for verb in checks:
        assert verb.arguments[-len(CHECK) :] in (CHECK, LIST)
        assert verb.answers == (0, 1, 69)
        assert 69 in dict(verb.exits)


def _is_check(verb: Verb) -> bool:
    """Whether its rows go through `findings.table`, or it has the options of verbs that do so."""
    module = import_module(verb.function.partition(":")[0])
    return "findings.table(" in inspect.getsource(module) or verb.arguments[-len(CHECK) :] in (
        CHECK,
        LIST,
    )
