"""Files that are not verbs: counted by reason, and found by the name they would have as verbs."""

from __future__ import annotations

import pytest

from homelab.dropins import skipped
from homelab.dropins.dropin import VerbFolder

_SHEBANG = "it has no #! line"
_LIB = "everything below lib/ is for other scripts"


def test_files_that_are_not_verbs_are_counted_by_reason() -> None:
    files = [
        ("/v/README", _SHEBANG),
        ("/v/lib/a", _LIB),
        ("/v/LICENSE", _SHEBANG),
    ]
    assert skipped.counts(files) == {_SHEBANG: 2, _LIB: 1}


@pytest.mark.parametrize(
    ("reasons", "sentence"),
    [
        ({}, ""),
        ({"/": 1, "a": 2}, "2 files and 1 folder are not verbs (a: 2, /: 1); --all lists them"),
        ({"/": 2}, "2 folders are not verbs (/: 2); --all lists them"),
        ({_SHEBANG: 1}, "1 file is not a verb (no #! line: 1); --all lists it"),
        (
            {_SHEBANG: 181, _LIB: 20, "it is odd": 13},
            "214 files are not verbs (no #! line: 181, below lib/: 20, odd: 13); --all lists them",
        ),
        (
            {"it is data, by its ending .md": 2, "it is data, by its ending .yml": 3},
            "5 files are not verbs (data: 5); --all lists them",
        ),
        (
            {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1},
            "15 files are not verbs (a: 5, b: 4, c: 3, other reasons: 3); --all lists them",
        ),
    ],
)
def test_one_sentence_says_how_many_and_mostly_why(reasons: dict[str, int], sentence: str) -> None:
    files = [
        (f"/v/{at}{'/' if why == '/' else ''}", why)
        for why, count in reasons.items()
        for at in range(count)
    ]
    assert skipped.sentence(files) == sentence


def test_only_files_that_look_like_scripts_are_missed() -> None:
    broken = ("/v/tool", "it is a broken link to /srv/tool.sh")
    files = [
        ("/v/clean-up", _SHEBANG),
        broken,
        ("/v/LICENSE", _SHEBANG),
        ("/v/Dockerfile", _SHEBANG),
        ("/v/lib/a", _LIB),
        ("/v/.git/", "it is hidden"),
        ("/v/README.md", "it is data, by its ending .md"),
    ]
    assert skipped.missed(files) == files[:2]
    assert skipped.counts([broken]) == {"it is a broken link": 1}
    assert skipped.answer(*broken, VerbFolder("/v", True)).endswith("; put a script in its place")


_FILES = [("/v/nas/My_Data.sh", "x"), ("/v/nas/My_Data.sh.bak", "y"), ("/v/README.md", "z")]
_FOLDERS = [VerbFolder("/v", True)]


@pytest.mark.parametrize(
    ("typed", "paths"),
    [
        ("nas my-data-sh-bak", ["/v/nas/My_Data.sh.bak"]),
        ("nas my-data", ["/v/nas/My_Data.sh"]),
        ("nas My_Data", ["/v/nas/My_Data.sh"]),
        ("nas My_Data.sh", ["/v/nas/My_Data.sh"]),
        ("NAS my_data", ["/v/nas/My_Data.sh"]),
        ("README.md", ["/v/README.md"]),
        ("readme-md", ["/v/README.md"]),
        ("nas other", []),
    ],
)
def test_a_file_is_found_in_both_spellings(typed: str, paths: list[str]) -> None:
    assert [path for path, _ in skipped.below(_FILES, typed.split(), _FOLDERS)] == paths


def test_the_files_of_a_group_are_found_by_its_words() -> None:
    assert skipped.below(_FILES, ["nas"], _FOLDERS) == _FILES[:2]
    assert skipped.below(_FILES, [], _FOLDERS) == _FILES
    assert skipped.below(_FILES, ["nas"], []) == []


def test_the_words_of_an_adopted_checkout_begin_with_its_prefix() -> None:
    folders = [VerbFolder("/home/ann/Scripts", True, prefix=("lab", "tools"))]
    files = [("/home/ann/Scripts/Net/Wake_Up.sh", "x")]
    assert skipped.below(files, "lab tools net wake-up".split(), folders) == files
    assert skipped.below(files, "lab tools Net Wake_Up.sh".split(), folders) == files
    assert skipped.below(files, ["net", "wake-up"], folders) == []
