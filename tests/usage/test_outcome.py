"""The meaning of an exit code for the verb that ended with it."""

from __future__ import annotations

import pytest

from homelab.usage.outcome import (
    CRASH,
    NOT_UNDERSTOOD,
    OTHER,
    PASSES_ON,
    TOO_SLOW,
    Rule,
    cause_of,
)
from homelab.verbs import BUILT_IN

CHECK = Rule(frozenset((0, 1)), passes_on=False)
ODD = (-9, 3, 75, 126, 137, 139, 256, 3221225786)


@pytest.mark.parametrize(
    ("code", "cause"),
    [(70, CRASH), (2, NOT_UNDERSTOOD), (124, TOO_SLOW), *((code, OTHER) for code in ODD)],
)
def test_a_failed_run_has_one_cause(code: int, cause: str) -> None:
    assert cause_of(code) == cause
    assert CHECK.failed(code)


@pytest.mark.parametrize("code", [0, 1, 130, 141, 143])
def test_neither_an_answer_nor_an_interruption_is_a_failure(code: int) -> None:
    assert not CHECK.failed(code)
    assert not CHECK.environment(code)


@pytest.mark.parametrize("code", [69, 77, 78])
def test_the_environment_is_never_the_verbs_failure(code: int) -> None:
    assert CHECK.environment(code)
    assert not CHECK.failed(code)


def test_a_code_of_the_environment_that_is_an_answer_is_neither() -> None:
    rule = Rule(frozenset((0, 69)), passes_on=False)
    assert not rule.environment(69)
    assert not rule.failed(69)


@pytest.mark.parametrize("code", [0, 1, 2, 69, 77, 78, 124, 130, 141, 143, *ODD])
def test_a_verb_that_passes_codes_on_fails_by_a_crash_alone(code: int) -> None:
    assert not PASSES_ON.failed(code)
    assert not PASSES_ON.environment(code)
    assert PASSES_ON.failed(70)


def test_equal_rules_are_one_class() -> None:
    assert Rule(frozenset((0, 1)), passes_on=False) == CHECK
    assert len({Rule(frozenset((0, 3)), passes_on=True), PASSES_ON, CHECK}) == 2


def test_the_verbs_that_start_others_programs_pass_their_codes_on() -> None:
    assert [verb.path for verb in BUILT_IN.every() if verb.passes_on] == ["job run", "verbs run"]
