"""An option's aliases: everything generated from the catalogue knows them."""

from __future__ import annotations

import pytest

from homelab.catalogue import arguments
from homelab.catalogue.common import JSON, OUTPUT
from homelab.catalogue.verb import Argument, Verb
from homelab.describe import candidates, help, manpage, opencli
from homelab.errors import Failure
from homelab.mcp import values

QUIET = Argument("--quiet", "flag", "say nothing", aliases=("-q",))
REPORT = Verb("usage report", "a page", arguments=(OUTPUT, QUIET, JSON), examples=("x",))


@pytest.mark.parametrize(
    ("words", "output", "quiet"),
    [
        (["-o", "x"], "x", False),
        (["-ox"], "x", False),
        (["-o=x"], "x", False),
        (["--output=x", "-q"], "x", True),
        (["-q", "--output", "-"], "-", True),
        (["--quiet", "-o-"], "-", True),
        (["-qo", "x"], "x", True),
    ],
)
def test_every_spelling_is_read(words: list[str], output: str, quiet: bool) -> None:
    read = arguments.parse(REPORT, words, 0)
    assert (read.output, read.quiet) == (output, quiet)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "-o/--output is missing"),
        (["-o"], "-o/--output: a value is missing"),
        (["-o", ""], "-o/--output: the value is empty"),
        (["-o", "x", "-x"], "no such option: -x"),
    ],
)
def test_what_is_wrong_is_said_with_all_names(words: list[str], sentence: str) -> None:
    with pytest.raises(Failure) as caught:
        arguments.parse(REPORT, words, 0)
    assert (caught.value.code, caught.value.sentence) == (2, sentence)


def test_what_is_passed_on_begins_behind_the_value_of_a_short_option() -> None:
    passing = Verb("x", "", arguments=(OUTPUT, Argument("WORDS", "words", "")))
    assert arguments.leading(passing, ["-o", "file", "word", "-o"]) == 2


def test_help_manual_manifest_and_tools_have_them() -> None:
    screen = help.screen(REPORT).splitlines()
    assert screen[2] == "usage: homelab usage report --output FILE [--quiet] [--json]"
    assert "  -o, --output FILE  the file to write; - is stdout" in screen
    page = manpage._verb(REPORT)
    assert '.BI \\-o ", " \\-\\-output " FILE"' in page
    assert '.BR \\-q ", " \\-\\-quiet' in page
    assert ".B \\-\\-json" in page
    told = opencli._command(REPORT, "report")["options"]
    assert isinstance(told, list)
    assert [each.get("aliases") for each in told] == [["-o"], ["-q"], None]
    assert list(values.properties(REPORT)) == ["quiet"]  # an agent can't name a file
    assert values.words(REPORT, {"quiet": True}) == ["usage", "report", "--json", "--quiet"]


def test_completion_knows_what_follows_them() -> None:
    sources = candidates.Sources(lambda _: [], lambda _: [], lambda _: (), list)
    assert candidates.of_arguments(REPORT, ["-o"], "", sources).files
    offered = candidates.of_arguments(REPORT, ["-o", "x"], "-", sources).candidates
    assert [name for name, _ in offered] == ["--quiet", "--json", "--help"]
