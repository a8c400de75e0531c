"""Targets for names of files in a folder of scripts, and the problems of many of them."""

from __future__ import annotations

from fuzz.target import Target
from homelab.catalogue.resolve import is_word
from homelab.dropins import problems, skipped
from homelab.dropins.dropin import VerbFolder
from homelab.dropins.names import fold, word_of
from homelab.dropins.problems import ERROR, NOTE, WARNING, Group, Problem

_LEVELS = (ERROR, WARNING, NOTE)
_KINDS = ("missing-program", "not-executable", "same-name", "folder")


def _pairs(data: bytes) -> list[tuple[str, str]]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return [(name, why) for line in lines for name, _, why in [line.partition("\t")]]


def _grouped(data: bytes) -> list[Group]:
    found = []
    for number, (name, why) in enumerate(_pairs(data)):
        kind = _KINDS[len(name) % len(_KINDS)]
        level = _LEVELS[len(why) % len(_LEVELS)]
        verb = word_of(name) or None
        fix = f"{'chmod' if len(why) % 2 else 'apt install'} {name}"
        found.append(Problem(kind, level, why, fix, name, verb, name[:3]))
        assert number < len(found)
    return problems.grouped(found)


def _are_groups(data: bytes, groups: list[Group]) -> None:
    """Assert that each problem is in one group, and that the worst come first."""
    assert sum(len(group.problems) for group in groups) == len(_pairs(data))
    levels = [_LEVELS.index(group.level) for group in groups]
    assert levels == sorted(levels)
    for group in groups:
        assert isinstance(group.sentence, str)
        general = group.fix in ("install them", "--all shows the fix for each")
        assert general or (group.fix or "").startswith(("chmod ", "apt install "))
        assert (group.count or 0) == len(set(group.verbs)) <= len(group.problems)


def _skipped(data: bytes) -> dict[str, int]:
    return skipped.counts(_pairs(data))


def _are_counts(data: bytes, counts: dict[str, int]) -> None:
    """Assert that each file is counted once, and found by its own name and by the folded one."""
    pairs = _pairs(data)
    assert sum(counts.values()) == len(pairs)
    assert skipped.sentence(pairs)
    folders = [VerbFolder("/srv", True)]
    name = pairs[0][0].replace("/", "")
    word = fold(name)
    assert word == "" or is_word(word)
    files = [(f"/srv/{name}", "why")]
    if word_of(name) and not name.startswith("-"):
        assert skipped.below(files, [name], folders) == files
    assert skipped.below(files, [word_of(name)], folders) == files
    assert skipped.below(files, ["no", "such"], folders) == []


_FILES = (
    "My_Verb.sh\tit has no #! line\nREADME.md\tit is data, by its ending .md\nlib/é x\t".encode()
)

TARGETS = (
    Target("dropins.problems", _grouped, _are_groups, (_FILES, b"a\tb\na.sh\tb"), inputs=500),
    Target("dropins.skipped", _skipped, _are_counts, (_FILES, b".git\tx", b"-x\ty"), inputs=500),
)
