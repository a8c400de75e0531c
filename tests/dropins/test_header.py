"""The header of a drop-in is read as text, whatever it contains."""

from __future__ import annotations

import pytest

from homelab.dropins import header, template, verb_file
from homelab.dropins.template import ENDINGS

WHOLE = """#!/bin/sh
# Summary: free space of the pools.
# Usage: nas df [--unit UNIT] [POOL]
# Effect: Read
# Option: -u, --unit GiB|TiB  unit to print (default: GiB)
# Option: --all  those that are not mounted too
# Option: --since=WHEN  how far back
# Arg: [POOL...]  one pool or more
# Example: homelab nas df tank
# Needs: zfs, awk
# Exit: 0  done
# Exit: 3 = a pool is nearly full
# Counts-as: disk
#
# Prints a line a pool.
#   NAME  FREE

# Effect: destructive
"""


def test_every_line_that_is_known() -> None:
    found = header.parse(WHOLE)
    assert found.problems == []
    assert (found.summary, found.effect) == ("free space of the pools", "read")
    assert found.usage == "nas df [--unit UNIT] [POOL]"
    assert found.counts_as == "disk"
    unit, everything, since = found.options
    assert (unit.name, unit.aliases, unit.choices) == ("--unit", ("-u",), ("GiB", "TiB"))
    assert (unit.summary, unit.default, unit.kind) == ("unit to print", "GiB", "text")
    assert (everything.name, everything.kind) == ("--all", "flag")
    assert (since.name, since.value, since.summary) == ("--since", "WHEN", "how far back")
    (pool,) = found.operands
    assert (pool.name, pool.required, pool.many) == ("POOL", False, True)
    assert found.examples == ["homelab nas df tank"]
    assert found.needs == ["zfs", "awk"]
    assert found.exits == {0: "done", 3: "a pool is nearly full"}
    assert found.description == ["", "Prints a line a pool.", "  NAME  FREE"]
    assert not found.raw


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("", ""),
        ("#!/bin/sh\necho\n# Summary: too late\n", ""),
        ("#!/bin/sh\n\n\n# Summary: after blank lines\n", "after blank lines"),
        ("#!/usr/bin/env node\n// Summary: in JavaScript\n", "in JavaScript"),
        ("# Summary: without a #! line\n", "without a #! line"),
        ("#!/bin/sh\r\n# Summary: with CR LF\r\n", "with CR LF"),
        ("\ufeff#!/bin/sh\n# Summary: with a byte order mark\n", "with a byte order mark"),
        ("#!/bin/sh\n#Summary:tight\n", ""),  # `word:word` is not a key, because of URLs
        ("#!/bin/sh\n#Summary: tight\n", "tight"),
        ("#!/bin/sh\n# summary: small\n", "small"),
        ("#!/bin/sh\n# Summary: x\x1b[31m\x07y\u202e\n", "x\\x1b[31m\\x07y\\u{202e}"),
        ("#!/bin/sh\n# Summary: " + "x" * 1000, "x" * 299 + "…"),
    ],
)  # fmt: skip
def test_summaries(text: str, summary: str) -> None:
    assert header.parse(text).summary == summary


@pytest.mark.parametrize(
    ("text", "usage", "problems"),
    [
        ("# Usage:\n#   df [POOL]\n", "df [POOL]", 0),
        ("# Usage:\n#\n# df [POOL]\n", "", 1),
        ("# Usage:\n# Effect: read\n", "", 1),
        ("# Usage:\n", "", 1),
    ],
)
def test_a_known_word_alone_takes_the_line_below(text: str, usage: str, problems: int) -> None:
    found = header.parse(text)
    assert (found.usage, len(found.problems)) == (usage, problems)


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\n# Needs:\n#   zpool\n#   smartctl\n# Runs nightly.\n",
        "#!/bin/sh\n# Needs:\n# zpool\n# smartctl\n# Runs nightly.\n",
        "#!/bin/sh\n# Needs:\n# - zpool 2.2\n# * smartctl (7)\n# Runs nightly.\n",
        "#!/bin/sh\n# Needs:\n#   zpool   lists the pools\n#   smartctl: disks\n# Runs nightly.\n",
        '#!/usr/bin/python3\n"""\nNeeds:\n  - zpool\n  - smartctl\nRuns nightly.\n"""\n',
        "#!/bin/sh\n# Needs: zpool\n# Needs:\n#\tsmartctl\n# Runs nightly.\n",
    ],
)
def test_needs_alone_has_its_programs_on_the_lines_below(script: str) -> None:
    """The programs are not a part of the description."""
    found = header.parse(script)
    assert (found.needs, found.problems) == (["zpool", "smartctl"], [])
    assert [line for line in found.description if line] == ["Runs nightly."]


KEYS = """Summary: free space
{0}Effect: read
{0}Needs: zpool
{0}Counts-as: disk
{0}Answers: 0 3
"""


@pytest.mark.parametrize(
    ("before", "mark", "after"),
    [
        ("#!/bin/bash\nset -u\n", "# ", "\necho\n"),
        ("#!/bin/bash\n\nset -euo pipefail\nIFS=x\nexport LC_ALL=C\n\n", "# ", "echo\n"),
        ("#!/bin/bash\ncd /srv\n", "# ", "echo\n"),
        ("#!/bin/bash\n# shellcheck disable=SC1\n\n", "# ", "echo\n"),
        ("#!/bin/bash\n# Copyright 2020 me\n# MIT License\n\n", "# ", "echo\n"),
        ("#!/usr/bin/env python3\n", '"""', '"""\nprint()\n'),
        ("#!/usr/bin/env python3\n# by me\n\n", 'r"""Nas.\n\n', '"""\nprint()\n'),
        ("#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n", "'''\n", "'''\nprint()\n"),
        ("#!/usr/bin/env node\n'use strict';\n/**\n", " * ", " */\n"),
        ("#!/usr/bin/env php\n<?php\n", "// ", "echo 1;\n"),
        ("#!/bin/sh\n: <<'EOF'\n", "", "EOF\n"),
        ("#!/usr/bin/ruby\n=begin\n", "", "=end\n"),
    ],
)
def test_the_keys_count_where_the_comment_of_a_script_is(
    before: str, mark: str, after: str
) -> None:
    each = mark if mark.strip() in ("#", "//", "*") else ""
    script = before + mark + KEYS.format(each) + after
    found = header.parse(script)
    assert (found.summary, found.effect, found.needs) == ("free space", "read", ["zpool"])
    assert (found.counts_as, found.answers, found.problems) == ("disk", (0, 3), [])
    assert header.parse(script, brief=True).effect == "read"


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\n# Lists the pools.\n\n# {0}\n\necho\n",  # a second block
        "#!/bin/sh\ncd /srv\n# {0}\necho\n",  # it describes the line below it
        "#!/bin/sh\na\nb\nc\n# {0}\n\necho\n",
        "#!/bin/sh\ncat <<EOF\n# a\n# b\n# {0}\nEOF\n",
        "#!/bin/sh\nx='\n# a\n# b\n# {0}\n'\n",
        '#!/usr/bin/python3\n"""Lists the pools."""\n"""{0}"""\n',
        '#!/usr/bin/python3\nTEXT = """\n{0}\n"""\n',
        '#!/usr/bin/python3\ndef df():\n    """{0}"""\n',
        "#!/bin/sh\necho '{0}'\n",
        "{0}\n",
    ],
)
@pytest.mark.parametrize("key", ["Effect: read", "Needs: zpool"])
def test_the_keys_count_nowhere_else(script: str, key: str) -> None:
    found = header.parse(script.format(key))
    assert (found.effect, found.needs) == ("", [])


def test_an_effect_in_the_prose_of_a_docstring_is_none() -> None:
    text = '#!/usr/bin/python3\n"""Lists.\n\nEffect: read and write\nArgs:\n  x\nNeeds: jq\n"""\n'
    found = header.parse(text)
    assert (found.effect, found.needs, found.problems) == ("", ["jq"], [])
    assert "effect" not in found.said  # so that a check asks for one
    assert header.parse(text.replace("Needs: jq", "")).description == []


def test_two_number_signs_begin_a_comment_in_a_verb_file() -> None:
    found = header.parse("## Option: -q  less\nSummary: x\n# Effect: read\n", commented=False)
    assert (found.options, found.summary, found.effect) == ([], "x", "read")
    assert found.description == [""]


def test_two_number_signs_turn_a_line_of_a_header_off() -> None:
    text = "# Summary: x\n## Effect: read\n####\n# About.\n"
    found = header.parse(text)
    assert (found.summary, found.effect, found.description) == ("x", "", ["About."])
    assert header.parse(text.replace("## E", "# E")).effect == "read"
    assert header.parse("//# Needs: jq\n// Summary: x\n").needs == []
    # in a script that was not written for homelab they are its own text
    assert header.parse("# About.\n## Usage\n").description == ["About.", "# Usage"]


@pytest.mark.parametrize(
    ("script", "below"),
    [
        ("#!/bin/sh\n# Summary: x\n\n# Effect: read\n", [(4, "Effect")]),
        ("#!/bin/sh\n# Summary: x\nset -eu\n# Needs: jq\n# Effect: read\n",
         [(4, "Needs"), (5, "Effect")]),
        ("#!/bin/sh\n# Summary: x\n\n# Summary: y\n", []),
        ("#!/bin/sh\n# Summary: x\n\n#   Needs: programs\n## Effect: read\n", []),
        ("#!/bin/sh\n# Summary: x\necho <<EOF\n# Effect: read\nEOF\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_lines_below_the_header_are_named(script: str, below: list[tuple[int, str]]) -> None:
    assert header.below(script, header.parse(script)) == below


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Effect: reed", "Effect: must be one of read, write, destructive, not 'reed'"),
        ("Summary:", "Summary: has no value"),
        ("Option: unit  which", "Option: must begin with the option: --unit UNIT  why"),
        ("Exit: many", "Exit: must begin with an exit code from 0 to 255, not many"),
        ("Exit: 256 x", "Exit: must begin with an exit code from 0 to 255, not 256"),
        ("Needs: a pool for it", "Needs: lists programs, separated by blanks; 'a' is not one"),
        ("Args: cooked", "Args: must be raw or left out, not 'cooked'"),
        ("Sumary: x", "Sumary: is not a known word; did you mean Summary:?"),
        ("Exampl: x", "Exampl: is not a known word; did you mean Example:?"),
        ("Summary: once\n# Summary: twice", "Summary: appears twice"),
    ],
)
def test_what_is_not_understood_is_named_with_its_line(line: str, why: str) -> None:
    found = header.parse(f"#!/bin/sh\n# {line}\n")
    assert [problem for _, problem in found.problems] == [why]
    assert found.problems[0][0] == 2 + line.count("\n")


@pytest.mark.parametrize(
    "line",
    [
        "Note: see the wiki",
        "https://example.org/x",
        "Copyright: me",
        "TODO: repair",
        "Options:",
        "a: b",
    ],
)
def test_other_lines_are_prose(line: str) -> None:
    found = header.parse(f"#!/bin/sh\n# {line}\n")
    assert (found.problems, found.description) == ([], [line])


def test_lines_for_editors_are_left_out() -> None:
    found = header.parse("#!/bin/bash\n# shellcheck disable=SC2086\n# -*- mode: sh -*-\n# vim: x\n")
    assert found.description == []


@pytest.mark.parametrize(
    ("line", "name", "value", "choices", "summary"),
    [
        ("--human", "--human", "", (), ""),
        ("--human  sizes for people", "--human", "", (), "sizes for people"),
        ("--human sizes for people", "--human", "", (), "sizes for people"),
        ("-n N how many", "-n", "N", (), "how many"),
        ("-n, --lines N\thow many", "--lines", "N", (), "how many"),
        ("--pool <name>  which", "--pool", "name", (), "which"),
        ("--level low|high  how much", "--level", "", ("low", "high"), "how much"),
        ("--level=low|high  how much", "--level", "", ("low", "high"), "how much"),
    ],
)
def test_options(line: str, name: str, value: str, choices: tuple[str, ...], summary: str) -> None:
    (option,) = header.parse(f"# Option: {line}\n").options
    assert (option.name, option.value, option.choices) == (name, value, choices)
    assert option.summary == summary
    assert option.kind == ("text" if value or choices else "flag")


@pytest.mark.parametrize(
    ("line", "name", "required", "many", "choices"),
    [
        ("POOL  which", "POOL", True, False, ()),
        ("[POOL]  which", "POOL", False, False, ()),
        ("POOL...  which", "POOL", True, True, ()),
        ("[POOL…]  which", "POOL", False, True, ()),
        ("<host> which", "HOST", True, False, ()),
        ("ACTION start|stop  what", "ACTION", True, False, ("start", "stop")),
        ("start|stop  what", "VALUE", True, False, ("start", "stop")),
    ],
)
def test_operands(
    line: str, name: str, required: bool, many: bool, choices: tuple[str, ...]
) -> None:
    (operand,) = header.parse(f"# Arg: {line}\n").operands
    assert (operand.name, operand.required, operand.many) == (name, required, many)
    assert operand.choices == choices


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "file") for name in (
            "LOGFILE", "CONFIGFILE", "PIDFILE", "INFILE", "LOG_PATH", "SOCKETS", "FILES", "PATHS",
            "DIRECTORY", "DIRECTORIES", "DIRS", "SRCDIR", "WORKDIRS", "DIRNAME", "SUBFOLDER",
            "PATHNAME", "FILENAME", "DOCKER_SOCK", "PROFILE_FILE", "<config-file>",
        )),
        *((name, "text") for name in (
            "POOL", "PROFILE", "PROFILES", "DIRECTION", "DIRECTIVE", "REDIRECT", "XPATH", "SOCKS",
            "FILTER", "NAME",
        )),
    ],
)  # fmt: skip
def test_an_argument_whose_name_says_so_is_a_file(name: str, kind: str) -> None:
    (operand,) = header.parse(f"# Arg: {name}  x\n").operands
    (option,) = header.parse(f"# Option: --from {name}  x\n").options
    assert (operand.kind, option.kind) == (kind, kind)


def test_what_describes_no_argument_takes_any() -> None:
    for text in ("", "# Summary: x\n", "# Args: raw\n# Arg: POOL  one\n"):
        verb = header.verb("x", "personal", header.parse(text))
        assert verb.arguments[-1].kind == "words"
    verb = header.verb("x", "personal", header.parse("# Option: --all  x\n"))
    assert [argument.name for argument in verb.arguments] == ["--all"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_template_is_understood_by_its_own_reader(ending: str) -> None:
    text = template.text("nas df", ending)
    found = header.parse(text)
    assert found.problems == []
    assert found.summary == "what nas df does, in one line"
    # its effect is not known yet, so agents that only read do not get it
    assert (found.effect, found.examples) == ("", ["homelab nas df"])
    assert found.description == []  # the explanation in the template is left out
    used = text.replace("## Needs", "# Needs").replace("//# Needs", "// Needs")
    assert header.parse(used).needs == ["zpool", "jq"]
    for key in ("Option", "Arg", "Needs", "Args", "Counts-as", "Check"):
        one = header.parse(text.replace(f"# {key}:", f" {key}:"))
        assert (one.problems, key.lower() in one.said) == ([], True), key


def test_any_text_is_read_without_a_fault() -> None:
    from hypothesis import given, settings
    from hypothesis import strategies as some

    lines = some.lists(
        some.one_of(
            some.text(max_size=30),
            some.builds(
                lambda key, value: f"# {key}: {value}",
                some.sampled_from(["Option", "Arg", "Exit", "Effect", "Needs", "Args", "Usage"]),
                some.text(max_size=30),
            ),
        ),
        max_size=8,
    )

    @settings(max_examples=300, deadline=None)
    @given(lines)
    def check(some_lines: list[str]) -> None:
        found = header.parse("\n".join(some_lines))
        verb = header.verb("x", "personal", found)
        from homelab.describe import help as screens

        shown = screens.screen(verb) + screens.usage(verb)
        assert all(sign == "\n" or sign.isprintable() or sign == "\u3000" for sign in shown)

    check()


@pytest.mark.parametrize("code", ["9" * 5000, "256", "\u00b2", "-1", ""])
def test_an_exit_code_has_three_digits_at_most(code: str) -> None:
    found = header.parse(f"# Exit: {code} why\n# Exit: 3 full\n")
    assert found.exits == {3: "full"}
    assert [line for line, _ in found.problems] == [1]


def test_check_is_yes_or_no_and_a_usual_word_elsewhere() -> None:
    assert header.parse("#!/bin/sh\n# Check: Yes\n").check
    found = header.parse("# Summary: x\n# Check: no\n# Check: yes\n")
    assert (found.check, found.problems) == (False, [(3, "Check: appears twice")])
    odd = header.parse("# Summary: x\n# Check: often\n# Checks: disks and pools\n")
    assert (odd.check, odd.problems) == (
        False, [(2, "Check: must be yes or no, not 'often'")],
    )  # fmt: skip
    foreign = header.parse('#!/usr/bin/env python3\n"""Look at disks.\n\nCheck: the pool\n"""\n')
    assert (foreign.check, foreign.problems) == (False, [])
    again = header.parse(verb_file.text_of(header.parse("# Check: yes\n"), ()), commented=False)
    assert again.check


def test_counts_as_is_one_known_key() -> None:
    twice = header.parse("# Counts-as: backup\n# Counts-as: sync\n")
    assert (twice.counts_as, twice.problems) == (
        "backup", [(2, "Counts-as: appears twice")],
    )  # fmt: skip
    near = header.parse("# Count-as: backup\n")
    assert near.problems == [(1, "Count-as: is not a known word; did you mean Counts-as:?")]
