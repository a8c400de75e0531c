"""A release's file: a written file can be read again, the JSON Schema agrees, and other files are
refused with one sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.release_documents import document, row, written
from support.world import ROOT

from homelab.habits import public_words
from homelab.usage.release_file import (
    COUNTS,
    FAILED,
    JOINED,
    LARGEST,
    Refused,
    accounts_range,
    dumps,
    failed_range,
    is_habit,
    middle,
    parse,
    range_of,
    share_shown,
    shown,
)

SCHEMA = json.loads((ROOT / "docs/usage-release.schema.json").read_text(encoding="utf-8"))
VALID = Draft202012Validator(SCHEMA)


def test_what_is_written_can_be_read_again_and_is_of_the_schema() -> None:
    VALID.check_schema(SCHEMA)
    for found in (document(), document(habits=...), document(rows=[], offered=[], habits=[])):
        VALID.validate(found)
        text = dumps(parse(written(found)))
        assert json.loads(text) == found
        assert dumps(parse(text.encode())) == text


def test_accounts_of_rows_in_larger_labs_are_two_ranges_as_one() -> None:
    for size, count, found in (
        (6, 6, (2, 20)), (6, 2, (2, 20)), (6, 1, (1, 1)), (20, 7, (2, 20)), (21, 21, (6, 100)),
        (30, 5, (2, 5)), (5, 5, (2, 5)), (2, 1, (1, 1)), (20_000, 20_000, (2001, None)),
    ):  # fmt: skip
        assert accounts_range(count, range_of(size)) == found
        text = written(
            document(
                accounts=range_of(size),
                rows=[row(accounts=found, runs=[10_001, None])],
                min_users=1,
            )
        )
        VALID.validate(json.loads(text))
        assert parse(text).rows[0].accounts == found
    assert [middle(found) for found in JOINED[:2]] == [6, 24]
    assert [shown(found) for found in (JOINED[0], JOINED[-1])] == ["2-20", "over 2000"]


def test_a_mark_of_windows_at_the_beginning_does_no_harm() -> None:
    assert parse(b"\xef\xbb\xbf" + written(document()).replace(b",", b",\r\n")).min_users == 2


LABELS = ["\x1b[31mred", "Logs", "a/b", "-x", "", "a  b", "(unknown)", "(unknown) a b c"]
LABELS += ["(personal) a b", "(own) a", "x" * 33, " ".join("a" * 9), "logs\nquery", "(few)", "é"]
SHAPES: list[tuple[dict[str, Any], str]] = [
    *(({"rows": [row(label=label, failed=None)]}, "one of its labels") for label in LABELS),
    ({"rows": [row(label=7)]}, "one of its labels"),
    ({"rows": [row(month="2026-08")]}, "a month that is not in months"),
    ({"rows": [row(), row()]}, "two of its rows"),
    ({"rows": [row(label="(unknown) df")]}, "words has failures"),
    ({"rows": [row(runs=[1, 1], failed=None)]}, "more accounts than runs"),
    ({"rows": [row(accounts=[6, 20])]}, "more accounts than the lab"),
    ({"rows": [row(accounts=[2, 20])]}, "more accounts than the lab"),
    ({"rows": [row(accounts=[2, 100])]}, "accounts is not one of the ranges"),
    ({"rows": [row()], "accounts": [1, 1]}, "more accounts than the lab"),
    ({"rows": [row(accounts=[1, 1])]}, "fewer accounts than min_users"),
    ({"rows": [row()], "min_users": 6}, "fewer accounts than min_users"),
    ({"rows": [row(runs=[6, 20])]}, "too few runs for that"),
    ({"rows": [row(runs=[1, 1], accounts=[1, 1])], "min_users": 1}, "too few runs for that"),
    ({"offered": ["config", "mcp", "config"]}, "in offered more than once"),
    ({"habits": [{"words": "docker ps", "runs": [2, 5], "days": [6, 20]}]}, "more days than runs"),
    ({"schema": "homelab.usage-release/01"}, "not a release"),
    ({"rows": [{"label": "config"}]}, "the fields label month runs accounts failed"),
    ({"rows": [row(user="alice")]}, "the fields label month runs accounts failed"),
    ({"rows": {"a": 1}}, "rows is not a list"),
    ({"rows": [[]]}, "one of its rows"),
    *(
        ({"rows": [row(runs=runs)]}, "runs is not one of the ranges")
        for runs in (
            [3, 7],
            [-5, 2],
            [2, 10**18],
            [1.0, 1.0],
            [True, True],
            ["2", "5"],
            5,
            None,
            [2],
        )
    ),
    ({"rows": [row(failed=[0, 100])]}, "failed is not one of the ranges"),
    ({"accounts": [0, 0]}, "accounts is not one of the ranges"),
    ({"months": []}, "it has no month"),
    ({"months": [{"month": "2026-13", "partial": False}]}, "not a month up to now"),
    ({"months": [{"month": "2019-12", "partial": False}]}, "not a month up to now"),
    ({"months": [{"month": 202610, "partial": False}]}, "not a month up to now"),
    ({"months": [{"month": "2026-10", "partial": 0}], "rows": []}, "not true or false"),
    ({"months": document()["months"][::-1]}, "not in order"),
    ({"min_users": 0}, "min_users"),
    ({"min_users": True}, "min_users"),
    ({"min_users": 10**30}, "min_users"),
    ({"min_users": 2.5}, "min_users"),
    ({"offered": ["(personal) x"]}, "is not a verb"),
    ({"offered": [None]}, "is not a verb"),
    ({"version": "six"}, "version"),
    ({"version": 6}, "version"),
    ({"lab": "0123456789ABCDEF"}, "16 hexadecimal"),
    ({"lab": "0123"}, "16 hexadecimal"),
    ({"lab": ...}, "the field lab is missing"),
    ({"hosts": ["nas"]}, "an unknown field"),
    ({"habits": [{"words": "cat /etc/shadow", "runs": [2, 5], "days": None}]}, "its habits"),
    ({"habits": [{"words": "docker --help", "runs": [2, 5], "days": None}]}, "its habits"),
    ({"habits": [{"words": "a " * 9 + "a", "runs": [2, 5], "days": None}]}, "its habits"),
    ({"habits": 2 * document()["habits"]}, "two of its habits"),
    ({"habits": None}, "habits is not a list"),
    ({"schema": "homelab.usage-top/1"}, "not a release"),
    ({"schema": "homelab.usage-release/0"}, "not a release"),
    ({"schema": 1}, "not a release"),
    ({"schema": "homelab.usage-release/2"}, "a newer homelab wrote it; update"),
]
# Rules that a JSON Schema can't express, or that Python's reader of one does not check: 1.0 is a
# whole number.
BEYOND = (
    "a month that is not in",
    "two of",
    "words has failures",
    "more accounts",
    "fewer accounts",
    "too few runs",
    "more days",
    "not in order",
)


@pytest.mark.parametrize(("changed", "why"), SHAPES)
def test_what_is_not_of_the_shape_is_refused_with_the_reason(
    changed: dict[str, Any], why: str
) -> None:
    found = document(**changed)
    with pytest.raises(Refused, match=why) as caught:
        parse(written(found))
    assert str(caught.value).isprintable()
    if not why.startswith(BEYOND) and changed != {"rows": [row(runs=[1.0, 1.0])]}:
        assert not VALID.is_valid(found)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"\0\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a release"),
        (b"null", "not a release"),
        (b"{}", "not a release"),
        (b'{"schema": "homelab.usage-release/' + b"9" * 5000 + b'"}', "not a release"),
        (written(document())[:-1], "not JSON"),
        (b" " * (LARGEST + 1), "larger than 2 MiB"),
        (written(document()).replace(b'"min_users": 2', b'"min_users": NaN'), "min_users"),
        (written(document()).replace(b'"lab"', b'"min_users": 3, "lab"'), "is repeated"),
        (written(document()).replace(b'"runs"', b'"runs": [1, 1], "runs"'), "is repeated"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_release_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        parse(data)


def test_all_public_words_fit_into_a_release() -> None:
    assert public_words.is_program("docker")  # reads the tables
    for words, below in public_words._TREE.items():
        assert is_habit(words)
        assert all(is_habit(f"{words} {word}") for word in below)


def test_a_month_that_is_not_there_yet_is_refused() -> None:
    assert parse(written(document()), latest="2026-10").months[-1].name == "2026-10"
    with pytest.raises(Refused, match="not a month up to now"):
        parse(written(document()), latest="2026-09")


def test_ranges_leave_no_number_out_and_have_none_twice() -> None:
    for count in (*range(1, 25), 100, 101, 500, 501, 2000, 2001, 10_000, 10_001, 10**9):
        low, high = range_of(count)
        assert low <= count
        assert high is None or count <= high
    for (_, high), (low, _) in zip(COUNTS, COUNTS[1:]):
        assert high is not None
        assert low == high + 1
    assert [shown(found) for found in COUNTS[:3]] == ["1", "2-5", "6-20"]
    assert shown(COUNTS[-1]) == "over 10000"


def test_shares_of_failed_runs_are_ranges_too() -> None:
    cases = {0: FAILED[0], 1: FAILED[1], 5: FAILED[1], 6: FAILED[2], 20: FAILED[2], 21: FAILED[3]}
    cases |= {50: FAILED[3], 51: FAILED[4], 100: FAILED[4]}
    assert {failed: failed_range(failed, 100) for failed in cases} == cases
    assert failed_range(1, 10**6) == FAILED[1]
    said = [share_shown(found) for found in FAILED]
    assert said == ["none", "up to 5%", "5-20%", "20-50%", "50-100%"]
