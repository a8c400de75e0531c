"""The help that a script has of its own, found in its text: what is shown of it, and which options
a TAB may offer."""

from __future__ import annotations

import pytest

from homelab.dropins import own_help

SH, PY = "#!/bin/bash\n", "#!/usr/bin/env python3\n"
RUBY = """#!/usr/bin/ruby
OptionParser.new do |o|
  o.banner = "usage: #{$0} [-q] POOL"
  o.on('-q', '--quiet', 'print less') { }
end
"""
USAGE = ["usage: homelab nas df [-q] POOL", "  -q  print less"]
OPTION = {"-q": "print less"}

# kind: (script, lines of text, {option: meaning})
KINDS: dict[str, tuple[str, list[str], dict[str, str]]] = {
    "here document": (
        SH + "usage() {\n  cat <<EOF\nusage: $0 [-q] POOL\n  -q  print less\nEOF\n  exit 1\n}\n",
        USAGE,
        OPTION,
    ),
    "quoted here document": (
        SH + "usage() {\ncat <<'EOF'\nusage: df.sh [-q] POOL\n  -q  print less\nEOF\n}\n",
        USAGE,
        OPTION,
    ),
    "indented here document": (
        SH + "show_help()\n{\n\tcat >&2 <<-END\n\tusage: ${0##*/} [-q] POOL\n\t  -q  print less\n"
        "\tEND\n}\n",
        USAGE,
        OPTION,
    ),
    "echo lines": (
        SH + 'help() {\n  echo "usage: $(basename "$0") [-q] POOL"\n  echo "  -q  print less"\n}\n',
        USAGE,
        OPTION,
    ),
    "one echo of several lines": (
        SH + 'usage() {\n echo "usage: $0 [-q] POOL\n  -q  print less"\n exit\n}\n',
        USAGE,
        OPTION,
    ),
    "echo -e": (
        SH + 'usage() { echo -e "usage: $0 [-q] POOL\\n  -q  print less"; }\n',
        USAGE,
        OPTION,
    ),
    "printf": (
        SH
        + "usage() {\n printf 'usage: %s [-q] POOL\\n' \"$0\"\n printf '  -q  print less\\n'\n}\n",
        ["usage: homelab nas df [-q] POOL", "  -q  print less"],
        OPTION,
    ),
    "printf %s": (
        SH
        + "usage() {\n printf '%s\\n' 'usage: df.sh [-q] POOL'\n printf '%s\\n' '  -q  print less'"
        "\n}\n",
        USAGE,
        OPTION,
    ),
    "function word": (
        SH
        + 'function print_usage {\n echo "usage: ./df.sh [-q] POOL"\n echo "  -q  print less"\n}\n',
        USAGE,
        OPTION,
    ),
    "colours": (
        SH + 'usage() {\n echo -e "${BOLD}usage:${NC} $0 [-q] POOL"\n'
        ' echo -e "  \\033[1m-q\\033[0m  print less"\n}\n',
        USAGE,
        OPTION,
    ),
    "text in a variable": (SH + 'USAGE="usage: $0 [-q] POOL\n  -q  print less"\n', USAGE, OPTION),
    "here document in a variable": (
        SH + "read -r -d '' usage <<'EOF'\nusage: df.sh [-q] POOL\n  -q  print less\nEOF\n",
        USAGE,
        OPTION,
    ),
    "command in a variable": (
        SH + "HELP=$(cat <<EOF\nusage: ${SCRIPT_NAME} [-q] POOL\n  -q  print less\nEOF\n)\n",
        USAGE,
        OPTION,
    ),
    "comment block": (
        SH + "# Free space.\n#\n# usage: df.sh [-q] POOL\n#   -q  print less\n\nx\n",
        USAGE,
        OPTION,
    ),
    "comment block with its label alone": (
        SH + "# Usage:\n#   df.sh [-q] POOL\n\nx\n",
        ["Usage:", "  homelab nas df [-q] POOL"],
        {"-q": ""},
    ),
    "printed at once": (
        SH
        + 'if [ $# -eq 0 ]; then\n  echo "usage: $0 [-q] POOL"\n  echo "  -q  print less"\n  exit 2'
        "\nfi\n",
        USAGE,
        OPTION,
    ),
    "printed on one line": (
        SH + '[ -n "$1" ] || { echo "usage: $0 POOL" >&2; exit 2; }\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "docopt": (
        PY + '"""usage: df.py [-q] POOL\n\n  -q  print less\n"""\nfrom docopt import docopt\n',
        [USAGE[0], "", USAGE[1]],
        OPTION,
    ),
    "argparse": (
        PY + "p = argparse.ArgumentParser(description='Free space.')\n"
        "p.add_argument('pool', help='which')\n"
        "p.add_argument('-q', '--quiet', action='store_true', help='print less')\n"
        "p.add_argument('--unit', metavar='UNIT', choices=['GiB', 'TiB'],\n    help='of sizes')\n",
        [
            "Free space.",
            "",
            "  pool         which",
            "  -q, --quiet  print less",
            "  --unit UNIT  of sizes",
        ],
        {"--quiet": "print less", "--unit": "of sizes"},
    ),
    "click": (
        PY + "@click.command()\n@click.option('--quiet', '-q', is_flag=True, help='print less')\n"
        "@click.option('--unit', help='of sizes')\ndef df(): pass\n",
        ["--quiet, -q  print less", "--unit UNIT  of sizes"],
        {"--quiet": "print less", "--unit": "of sizes"},
    ),
    "getopts": (SH + 'while getopts ":qu:h" opt; do\n:\ndone\n', [], {"-q": "", "-u": ""}),
    "getopt": (
        SH + 'ARGS=$(getopt -o qu: --long quiet,unit: -n df -- "$@")\n',
        [],
        {"-q": "", "-u": "", "--quiet": "", "--unit": ""},
    ),
    "case": (
        SH + 'case "$1" in\n  -q|--quiet) QUIET=1 ;; # print less\n  --unit=*) U=${1#*=} ;;\n'
        '  --pool)\n    POOL="$2"\n    shift 2\n    ;;\nesac\n',
        [],
        {"--quiet": "print less", "--unit": "", "--pool": ""},
    ),
    "perl": (
        "#!/usr/bin/perl\nsub usage {\nprint <<EOF;\nusage: $0 POOL\n  -q  print less\nEOF\n}\n",
        ["usage: homelab nas df POOL", "  -q  print less"],
        OPTION,
    ),
    "printf of several": (
        SH + "usage() {\n printf '%s\\n' 'usage: df.sh [-q] POOL' '  -q  print less'\n}\n",
        USAGE,
        OPTION,
    ),
    "block comment": (
        "#!/usr/bin/env node\n/*\n * usage: df.sh [-q] POOL\n *   -q  print less\n */\n",
        USAGE,
        OPTION,
    ),
    "Ruby's OptionParser": (
        RUBY,
        ["usage: homelab nas df [-q] POOL", "    -q, --quiet  print less"],
        {"--quiet": "print less"},
    ),
    "CR LF": (
        SH + "usage() {\r\ncat <<EOF\r\nusage: $0 [-q] POOL\r\n  -q  print less\r\nEOF\r\n}\r\n",
        USAGE,
        OPTION,
    ),
    "bash before its name": (
        SH + "# usage: bash df.sh [-q] POOL\n#   -q  print less\n\n",
        USAGE,
        OPTION,
    ),
    "none": (SH + "echo hello\ncp -a x y\n", [], {}),
    "a word in a sentence": (SH + "# prints disk usage of all\necho disk usage\n", [], {}),
    "a comment about usage": (SH + "# usage() is not here\nx\n", [], {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_help_of_a_script_of_each_kind(kind: str) -> None:
    script, text, options = KINDS[kind]
    found = own_help.find(script, "homelab nas df", "df.py" if script.startswith(PY) else "df.sh")
    assert found.text == text
    assert {option.name: option.summary for option in found.options} == options


@pytest.mark.parametrize(
    ("line", "names", "value", "summary"),
    [
        ("-n, --lines N   how many", ("--lines", "-n"), "N", "how many"),
        ("-n N, --lines N   how many", ("--lines", "-n"), "N", "how many"),
        ("-n|--lines <n>  how many", ("--lines", "-n"), "n", "how many"),
        ("--lines=N\thow many", ("--lines",), "N", "how many"),
        ("--lines[=N]  how many", ("--lines",), "N", "how many"),
        ("-q : print less", ("-q",), "", "print less"),
        ("-q - print less", ("-q",), "", "print less"),
        ("-q print less", ("-q",), "", "print less"),
        ("-q, --quiet", ("--quiet", "-q"), "", ""),
        ("[-q]  print less", ("-q",), "", "print less"),
        ("-q / --quiet  print less", ("--quiet", "-q"), "", "print less"),
    ],
)
def test_options_of_a_line(line: str, names: tuple[str, ...], value: str, summary: str) -> None:
    script = f"{SH}usage() {{\ncat <<EOF\nusage: $0\n  {line}\nEOF\n}}\n"
    (option,) = own_help.find(script, "homelab x").options
    assert ((option.name, *option.aliases), option.value, option.summary) == (names, value, summary)
    assert option.kind == ("text" if value else "flag")


def test_options_of_a_usage_line() -> None:
    script = f"{SH}# usage: x [-q] [-n|--lines N] [--to=DIR] [FILE...]\n#   -q  less\n\n"
    found = [(each.name, each.kind, each.summary) for each in own_help.find(script, "x").options]
    assert found == [("-q", "flag", "less"), ("--lines", "text", ""), ("--to", "file", "")]


@pytest.mark.parametrize("line", ["------", "- an item", "--", "-1.5 degrees", "-h, --help  this"])
def test_lines_that_are_no_option(line: str) -> None:
    script = f"{SH}usage() {{\ncat <<EOF\nusage: $0\n  {line}\nEOF\n}}\n"
    assert [each.name for each in own_help.find(script, "x").options] == []


@pytest.mark.parametrize(
    ("script", "answers"),
    [
        (SH + 'case "$1" in\n  -h|--help) usage ;;\nesac\n', ("-h", "--help")),
        (SH + 'case $1 in\n"-h") usage ;;\nesac\n', ("-h",)),
        (SH + 'if [ "$1" = "--help" ]; then x; fi\n', ("--help",)),
        (SH + 'while getopts "qh" o; do x; done\n', ("-h",)),
        (PY + "argparse.ArgumentParser()\n", ("-h", "--help")),
        (PY + "argparse.ArgumentParser(add_help=False)\n", ()),
        ("#!/usr/bin/env node\nif (process.argv.includes('--help')) x()\n", ("--help",)),
        (SH + "df -h /srv\n", ()),
        (SH + "# -h shows help\necho '-h) help'\n", ()),
        (SH, ()),
    ],
)
def test_which_of_h_and_help_a_script_answers(script: str, answers: tuple[str, ...]) -> None:
    assert own_help.find(script, "homelab x").answers == answers


def test_the_text_is_bounded_and_printable() -> None:
    script = SH + "usage() {\ncat <<EOF\n" + "\x1b[31m\u202e" + "x" * 999 + "\n" * 3000 + "EOF\n}\n"
    found = own_help.find(script, "homelab x")
    assert len(found.text) <= 81
    assert all(len(line) <= 160 and line.isprintable() for line in found.text)
    many = SH + "".join(f"  --option{count}) x ;;\n" for count in range(900))
    assert len(own_help.find(many, "homelab x").options) == 60
    calls = PY + "p.add_argument(" * 4000 + "".join(f"add_argument('x{n}')\n" for n in range(900))
    assert len(own_help.find(calls, "homelab x").text) <= 81


def test_the_usage_line_names_the_verb() -> None:
    for text in ("usage: $0 POOL", "Usage:\n  $0 POOL"):
        script = f"{SH}usage() {{\ncat <<EOF\n{text}\nEOF\n}}\n"
        assert own_help.find(script, "homelab nas df").usage == "nas df POOL"
