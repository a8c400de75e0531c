"""A script's own help as people see it: in `--help`, at a TAB, in a `.verb` file."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.world import World

from homelab.describe.dropin import passed, screen
from homelab.dropins import description, header
from homelab.dropins.dropin import Dropin, VerbFolder
from homelab.dropins.index_text import Index
from homelab.mcp import values

SCRIPT = """#!/bin/sh
# Prints the free space of the pools
#
# Author: the lab

usage() {
  cat <<EOF
Usage: $0 [-q] [--unit UNIT] POOL
  -q           print less
  --unit UNIT  GiB or TiB
EOF
}
case "$1" in -h|--help) usage; exit ;; esac
printf '<%s>' "$@"
"""


@pytest.fixture
def dropin(tmp_path: Path) -> Dropin:
    (tmp_path / "nas").mkdir(mode=0o755)
    file = tmp_path / "nas" / "df.sh"
    file.write_text(SCRIPT)
    return Dropin(("nas", "df"), [str(file)], VerbFolder(str(tmp_path), True, "personal"))


def test_help_shows_the_scripts_own_text_as_the_scripts(dropin: Dropin) -> None:
    shown = screen(dropin, description.read(dropin))
    assert shown.startswith("homelab nas df - Prints the free space of the pools\n")
    mark = "\nthe script's own help text (to run it for its help: homelab nas df -h):\n"
    ours, _, theirs = shown.partition(mark)
    assert "effect: not declared" in ours
    assert ours.count("Prints the free space") == 1
    assert theirs.splitlines() == [
        "  Usage: homelab nas df [-q] [--unit UNIT] POOL",
        "    -q           print less",
        "    --unit UNIT  GiB or TiB",
    ]


def test_help_explains_each_argument_once_and_no_exit_code_that_is_not_known(
    dropin: Dropin,
) -> None:
    shown = screen(dropin, description.read(dropin))
    assert [line.split()[0] for line in shown.splitlines() if line.startswith("  ")] == [
        "Usage:", "-q", "--unit",
    ]  # fmt: skip
    assert "exit codes" not in shown
    text = SCRIPT.replace("# Prints the free space of the pools\n", "# Exit: 3  nearly full\n")
    Path(dropin.path).write_text(text)
    again = Dropin(dropin.words, [dropin.path], dropin.folder)
    shown = screen(again, description.read(again))
    assert "exit codes:\n  3    nearly full\n" in shown
    assert shown.startswith("homelab nas df\n")
    assert shown.endswith(f"It has no summary; add a line '# Summary: …' to {dropin.path}\n")


def test_help_names_the_verb_file_that_is_used(dropin: Dropin) -> None:
    beside = Path(dropin.path).with_suffix(".verb")
    beside.write_text("Summary: of the pools\n")
    beside.chmod(0o644)
    shown = screen(dropin, description.read(dropin))
    assert f"described in: {beside} (the header of the script is not read)\n" in shown


def test_help_of_a_script_that_was_not_written_for_us_repeats_nothing(dropin: Dropin) -> None:
    Path(dropin.path).write_text(
        "#!/bin/sh\n# ------\n# df.sh\n# Prints the free space of the pools\n# ------\n"
        "# Usage: ./df.sh POOL\n#   POOL  which\n# More of it.\n\n"
    )
    shown = screen(dropin, description.read(dropin))
    assert shown.splitlines()[2] == "usage: homelab nas df POOL"
    for text in ("Prints the free", "POOL  which", "More of it"):
        assert shown.count(text) == 1, text
    assert "---" not in shown
    Path(dropin.path).write_text("#!/bin/sh\n# Prints free space\n# Usage: git df POOL\n\n")
    again = Dropin(dropin.words, [dropin.path], dropin.folder)
    assert "usage: homelab nas df [ARGUMENTS...]\n" in screen(again, description.read(again))


def test_help_leaves_the_whole_text_of_a_licence_out(dropin: Dropin) -> None:
    licence = (
        "# Apache License\n# Copyright 2020 the lab\n#\n# Licensed under the Apache License;\n"
        "# you may not use this file except in compliance with it.\n# You may get a copy at\n#\n"
        "#     http://www.apache.org/licenses/LICENSE-2.0\n#\n"
        "# Unless required by applicable law,\n"
        "# it comes on an as is basis,\n# either express or implied.\n#\n"
    )
    Path(dropin.path).write_text(f"#!/bin/sh\n{licence}# More of it.\n\n")
    shown = screen(dropin, description.read(dropin))
    assert "More of it" in shown
    for word in ("Copyright", "may", "http", "Unless", "basis", "implied"):
        assert word not in shown, word


def test_help_shows_a_summary_of_two_lines_once(dropin: Dropin) -> None:
    head = "#!/bin/sh\n# Reports how full the pools are and mails the owner of the\n# NAS box."
    Path(dropin.path).write_text(f"{head}\n# More of it.\n\n")
    shown = " ".join(screen(dropin, description.read(dropin)).split())
    assert (shown.count("mails the owner"), shown.count("NAS box")) == (1, 1)
    assert "More of it" in shown
    Path(dropin.path).write_text(f"{head} It needs mail.\n\n")  # the sentence goes on in that line
    again = Dropin(dropin.words, [dropin.path], dropin.folder)
    assert screen(again, description.read(again)).count("mails the owner") == 2


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("#!/bin/sh\n[ $1 = -h ] && . ./more\n", "homelab nas df -h"),
        ('#!/bin/sh\nif [ "$1" = --help ]; then . ./more; fi\n', "homelab nas df -- --help"),
        ("#!/bin/sh\nexit 0\n", ""),
    ],
)
def test_where_no_text_is_found_one_line_says_how_to_ask(
    dropin: Dropin, script: str, line: str
) -> None:
    Path(dropin.path).write_text(script)
    shown = screen(dropin, description.read(dropin))
    assert shown.partition("has its own help: ")[2].partition("\n")[0] == line
    assert "own help text" not in shown


def test_a_guess_feeds_completion_and_nothing_else(dropin: Dropin) -> None:
    declared, offered = description.verb(dropin), description.for_completion(dropin)
    assert [each.name for each in declared.arguments] == ["ARGUMENTS"]
    assert [each.name for each in offered.arguments] == ["--unit", "-q", "ARGUMENTS"]
    # an agent may still give any words, and the effect of the script is not declared
    assert list(values.properties(declared)) == ["arguments"]
    assert (declared.effect, declared.answers, declared.needs) == ("", (0,), ())


def test_what_a_header_declares_is_stronger_than_a_guess(dropin: Dropin) -> None:
    Path(dropin.path).write_text(SCRIPT.replace("# Author", "# Option: -q  quiet\n# Author"))
    offered = description.for_completion(dropin)
    assert [(each.name, each.summary) for each in offered.arguments if each.option] == [
        ("-q", "quiet"), ("--unit", "GiB or TiB"),
    ]  # fmt: skip


def test_a_verb_file_has_all_that_is_known_and_is_read_back(dropin: Dropin) -> None:
    text = description.as_verb_file(description.read(dropin))
    lines = text.splitlines()
    assert lines[0] == "## Remove the ## in front of a line to use it."
    assert lines[1] == "Summary: Prints the free space of the pools"
    assert lines[2] == "Usage: nas df [-q] [--unit UNIT] POOL"
    assert "## Option: --unit <UNIT>  GiB or TiB" in lines
    again = header.parse(text, commented=False)
    # guesses are there for people to edit, and declare nothing
    assert (again.problems, again.options, again.effect) == ([], [], "")
    Path(dropin.path).write_text(
        "#!/bin/sh\n# Summary: free space\n# Effect: read\n# Option: -u, --unit GiB|TiB  of sizes"
        " (default: GiB)\n# Option: --since <WHEN>  how far back\n# Arg: [POOL...]  which\n"
        "# Needs: zfs\n# Exit: 3  full\n# Answers: 0 3\n# Example: homelab nas df\n# Args: raw\n"
        "# Counts-as: disk\n#\n# More of it.\n"
    )
    before = description.read(Dropin(dropin.words, [dropin.path], dropin.folder))
    after = header.parse(description.as_verb_file(before), commented=False)
    for name in ("summary", "effect", "needs", "exits", "answers", "examples", "raw", "counts_as"):
        assert getattr(after, name) == getattr(before, name), name
    for old, new in zip(before.options + before.operands, after.options + after.operands):
        for name in ("name", "kind", "summary", "default", "choices", "aliases", "many", "value"):
            assert getattr(new, name) == getattr(old, name), (old.name, name)


def test_a_long_script_is_read_far_enough(dropin: Dropin) -> None:
    body = "x=1\n" * 4000
    Path(dropin.path).write_text(SCRIPT.replace("\nusage()", f"\n{body}usage()"))
    found = description.read(dropin)
    assert description.own(found).text[0] == "Usage: homelab nas df [-q] [--unit UNIT] POOL"
    assert not found.cut
    long = "#!/bin/sh\n" + "# more of it\n" * 500 + "# Effect: read\n"
    Path(dropin.path).write_text(long)
    again = Dropin(dropin.words, [dropin.path], dropin.folder)
    assert description.read(again, brief=True).effect == "read"  # 6.5 kB below its beginning


def test_a_script_that_is_not_utf8_is_read_as_latin_1(dropin: Dropin) -> None:
    Path(dropin.path).write_bytes("#!/bin/sh\n# Räumt die Fotos auf\n\n".encode("latin-1"))
    assert description.read(dropin).summary == "Räumt die Fotos auf"
    start = "#!/bin/sh\n# Räumt die Fotos auf\n\n#"  # 4096 bytes end within a letter
    Path(dropin.path).write_text(start + "ö" * 4000, "utf-8")
    again = Dropin(dropin.words, [dropin.path], dropin.folder)
    assert description.read(again, brief=True).summary == "Räumt die Fotos auf"


def test_an_adopted_script_is_described_beside_the_index(dropin: Dropin, tmp_path: Path) -> None:
    index = Index(str(tmp_path / "adopted"), str(tmp_path), ("lab",))
    dropin.words = ("lab", "nas", "df")
    dropin.folder = VerbFolder(str(tmp_path), True, prefix=index.prefix, index=index)
    (tmp_path / "adopted" / "nas").mkdir(mode=0o755, parents=True)
    (tmp_path / "adopted" / "nas" / "df.verb").write_text("Summary: described by hand\n")
    assert description.beside_of(dropin) == f"{tmp_path}/adopted/nas/df.verb"
    found = description.read(dropin)
    assert found.summary == "described by hand"
    assert description.own(found).answers == ("-h", "--help")


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--", "--help"], ["--help"]),
        (["--", "--help", "--", "x"], ["--help", "--", "x"]),
        (["--", "-h"], ["--", "-h"]),
        (["--", "x", "--help"], ["--", "x", "--help"]),
        (["x", "--", "--help"], ["x", "--", "--help"]),
        (["--"], ["--"]),
        ([], []),
    ],
)
def test_help_behind_two_dashes_is_the_scripts(words: list[str], given: list[str]) -> None:
    assert passed(words) == given


def test_the_built_file_shows_completes_and_passes(world: World) -> None:
    world.dropin("nas/df", SCRIPT)
    assert "the script's own help text" in world.run("nas", "df", "--help").stdout
    assert world.run("nas", "df", "--", "--help").stdout.startswith("Usage: ")
    assert world.run("verbs", "run", "nas", "df", "--", "--help").stdout.startswith("Usage: ")
    assert world.run("nas", "df", "x", "--", "--help").stdout == "<x><--><--help>"
    offered = world.run("completion", "zsh", "--", "nas", "df", "-").stdout
    assert "--unit\tGiB or TiB\n" in offered
    listed = world.run("verbs", "--source", "personal", "--json").stdout
    assert "Prints the free space of the pools" in listed


def test_a_header_of_ours_is_shown_once(world: World) -> None:
    world.dropin(
        "show",
        "#!/bin/sh\n# Summary: shows things\n# Usage: show [-n NUM] NAME\n# Effect: read\n"
        "# Option: -n NUM  how many\n# Arg: NAME  what\n#\n# Longer text here.\necho hi\n",
    )
    shown = world.run("show", "--help").stdout
    assert shown.count("Longer text here.") == 1
    assert "own help" not in shown
