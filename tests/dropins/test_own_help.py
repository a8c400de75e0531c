"""A script's own help, found in its text: the lines that are shown, and the options for TAB."""

from __future__ import annotations

import pytest

from homelab.dropins import own_help

SH, PY = "#!/bin/bash\n", "#!/usr/bin/env python3\n"
NODE = "#!/usr/bin/env node\n"
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
        "p.add_argument('--unit', metavar='UNIT', choices=['GiB', 'TiB'],\n    help='for sizes')\n",
        [
            "Free space.",
            "",
            "  pool         which",
            "  -q, --quiet  print less",
            "  --unit UNIT  for sizes",
        ],
        {"--quiet": "print less", "--unit": "for sizes"},
    ),
    "click": (
        PY + "@click.command()\n@click.option('--quiet', '-q', is_flag=True, help='print less')\n"
        "@click.option('--unit', help='for sizes')\ndef df(): pass\n",
        ["--quiet, -q  print less", "--unit UNIT  for sizes"],
        {"--quiet": "print less", "--unit": "for sizes"},
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
    "printf with a width": (
        SH + 'usage() {\n printf \'usage: %s [-q] POOL\\n\' "$(basename "$0")" >&2\n'
        " printf '  %-4s%s\\n' '-q' 'print less'\n}\n",
        ["usage: homelab nas df [-q] POOL", "  -q  print less"],
        OPTION,
    ),
    "printf with a percent sign": (
        SH + "usage() {\n printf 'usage: df.sh [-q] POOL\\n  -q  100%% %s\\n' less\n}\n",
        [USAGE[0], "  -q  100% less"],
        {"-q": "100% less"},
    ),
    "a redirection in front": (
        SH + 'usage() {\n echo >&2 "usage: $0 [-q] POOL"\n >&2 echo "  -q  print less"\n}\n',
        USAGE,
        OPTION,
    ),
    "a redirection in front of cat": (
        SH + "usage() {\n1>&2 cat <<EOF\nusage: $0 [-q] POOL\n  -q  print less\nEOF\n}\n",
        USAGE,
        OPTION,
    ),
    "die": (
        SH + 'die() { echo "$*" >&2; exit 1; }\n[ $# -eq 1 ] || die "usage: ${0##*/} POOL"\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "a value that is missing": (
        SH + ': "${1:?usage: $0 POOL}"\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "its name in a variable": (
        SH + 'usage() {\n  local name\n  name=$(basename "$0")\n  echo "usage: $name [-q] POOL"\n'
        '  echo "  -q  print less"\n}\n',
        USAGE,
        OPTION,
    ),
    "a sentence before it": (
        SH + 'echo "No pool. Usage: $0 POOL"\n',
        ["No pool. Usage: homelab nas df POOL"],
        {},
    ),
    "what is printed behind its end": (
        SH + '[ -z "$1" ] && { echo "usage: $0 POOL" >&2; exit 1; }\necho "Working on $1"\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "usage of a disk": (SH + 'echo "Disk usage: $usage"\necho "CPU Usage:"\ntop -bn1\n', [], {}),
    "usage as a number": (
        SH + "usage() { df -h | awk '{print $5}'; }\necho \"Usage is $(usage)\"\n",
        [],
        {},
    ),
    "another program's text": (
        SH + "cat <<EOF > /etc/x.conf\nUsage: other --bar\nEOF\n",
        [],
        {},
    ),
    "a language of its own": (
        SH + 'echo "Aufruf: $0 POOL"\n',
        ["Aufruf: homelab nas df POOL"],
        {},
    ),
    "Options: in a comment": (
        SH + "# Free space.\n# Options:\n#   -q  print less\n\nx\n",
        ["Options:", "  -q  print less"],
        OPTION,
    ),
    "argc": (SH + "# @flag -q --quiet  print less\n", [], {"--quiet": "print less"}),
    "fish": (
        "#!/usr/bin/fish\nargparse h/help q/quiet u/unit= -- $argv\n",
        [],
        {"--quiet": "", "--unit": ""},
    ),
    "case of something else": (
        SH + 'case "$(uname -s)" in\n  -foo) x ;;\nesac\ncase $mode in\n  -x) x ;;\nesac\n',
        [],
        {},
    ),
    "case on one line": (
        SH + 'while true; do case "$1" in -q | --quiet ) Q=1; shift;; -- ) break;; esac; done\n',
        [],
        {"--quiet": ""},
    ),
    "getopt with variables": (
        SH
        + 'SHORT=q; LONG=quiet,unit:\nO=$(getopt --options $SHORT --longoptions $LONG -- "$@")\n',
        [],
        {"-q": "", "--quiet": "", "--unit": ""},
    ),
    "Python's print of a format": (
        PY + 'if len(sys.argv) < 2:\n    print("usage: %s POOL" % sys.argv[0])\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "Python's f-string": (
        PY + 'print(f"usage: {sys.argv[0]} POOL", file=sys.stderr)\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "Python's exit": (PY + 'sys.exit("usage: df.py POOL")\n', ["usage: homelab nas df POOL"], {}),
    "Python's print of lines": (
        PY + 'def usage():\n    print("""usage: df.py [-q] POOL\n  -q  print less\n""")\n'
        '\nprint("more")\n',
        USAGE,
        OPTION,
    ),
    "argparse in detail": (
        PY + "p = argparse.ArgumentParser(description=(\n    'Free space '\n    'of pools'))\n"
        "p.add_argument('-q', action='store_true', help='100%% quiet')\n"
        "p.add_argument('--keep', '-k', default=7, help='how many (default: %(default)s)')\n"
        "p.add_argument('--at', default=now(), help='when (default: %(default)s)')\n"
        "p.add_argument('--secret', help=argparse.SUPPRESS)\n"
        "p.add_argument('--color', action=argparse.BooleanOptionalAction)\n",
        [
            "Free space of pools",
            "",
            "  -q                   100% quiet",
            "  --keep, -k KEEP      how many (default: 7)",
            "  --at AT              when",
            "  --color, --no-color",
        ],
        {"-q": "100% quiet", "--keep": "how many (default: 7)", "--at": "when", "--color": ""},
    ),
    "optparse": (
        PY + "p = optparse.OptionParser(usage='usage: %prog POOL', description='Free space')\n"
        "p.add_option('-u', '--unit', help='for sizes')\n",
        [
            "usage: homelab nas df POOL",
            "Free space",
            "",
            "  -u, --unit UNIT  for sizes",
        ],
        {"--unit": "for sizes"},
    ),
    "getopt of Python": (
        PY + 'getopt.getopt(sys.argv[1:], "hu:q", ["help", "unit="])\n',
        [],
        {"-u": "", "-q": "", "--unit": ""},
    ),
    "click's group": (
        PY + '@click.group()\ndef cli():\n    """Pools."""\n@cli.command()\n'
        '@click.option("--unit", type=click.Choice(["GiB", "TiB"]), help="for sizes")\n'
        'def free_space():\n    """Print it."""\n@cli.command("rm")\ndef rm(): pass\n',
        ["Pools.", "", "  free-space  Print it.", "  rm", "  --unit UNIT  for sizes"],
        {"--unit": "for sizes"},
    ),
    "typer": (
        PY
        + 'import typer\n@app.command()\ndef df(quiet: bool = typer.Option(False, "--quiet", "-q", '
        'help="print less")):\n    """Free space."""\n',
        ["Free space.", "", "  --quiet, -q  print less"],
        {"--quiet": "print less"},
    ),
    "Ruby's banner in single quotes": (
        RUBY.replace('"usage: #{$0} [-q] POOL"', "'usage: df.sh [-q] POOL'").replace(
            "--quiet", "--[no-]quiet"
        ),
        ["usage: homelab nas df [-q] POOL", "    -q, --[no-]quiet  print less"],
        {"--quiet": "print less"},
    ),
    "Ruby's abort": (
        '#!/usr/bin/ruby\nabort "usage: #{$0} POOL"\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "Ruby's here document": (
        (
            "#!/usr/bin/ruby\ndef usage\n  puts <<~EOS\n"
            "    usage: #{$0} [-q] POOL\n      -q  print less\n"
            "  EOS\nend\n"
        ),
        USAGE,
        OPTION,
    ),
    "strings side by side": (
        SH + "echo \"usage: \"$0\" POOL\"$'\\t''it'\\''s'\n",
        ["usage: homelab nas df POOL    it's"],
        {},
    ),
    "Python's format": (
        PY + 'print("usage: {} POOL".format(sys.argv[0]))\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "Python's print of several": (
        PY + 'print("usage:", sys.argv[0], "POOL", file=sys.stderr)\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "Python on one line": (
        PY + 'if len(sys.argv) < 2: sys.exit("usage: " + sys.argv[0] + " POOL")\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "commands of argparse": (
        PY + "p = ArgumentParser()\ns = p.add_subparsers()\ns.add_parser('ls', help='list them')\n",
        ["ls  list them"],
        {},
    ),
    "Perl's printf": (
        '#!/usr/bin/perl\nprintf STDERR "usage: %s POOL\\n", $0;\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "PHP's joined strings": (
        '#!/usr/bin/php\n<?php\nfwrite(STDERR, "usage: php " . $argv[0] . " POOL\\n");\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "Lua": (
        '#!/usr/bin/lua\nprint("usage: " .. arg[0] .. " POOL")\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "PHP": (
        '#!/usr/bin/php\n<?php\necho "usage: {$argv[0]} POOL\\n";\n',
        ["usage: homelab nas df POOL"],
        {},
    ),
    "console.log": (
        NODE + 'function usage() {\n  console.log("usage: df.sh [-q] POOL");\n'
        '  console.log("  -q  print less");\n}\n',
        USAGE,
        OPTION,
    ),
    "a template of JavaScript": (
        NODE
        + "if (x) { console.log(`usage: df.sh [-q] POOL\n  -q  print less`); process.exit(0); }\n",
        USAGE,
        OPTION,
    ),
    "a constant of JavaScript": (
        NODE + "const usage = `\nusage: df.sh [-q] POOL\n  -q  print less\n`;\n",
        USAGE,
        OPTION,
    ),
    "commander": (
        NODE + "program\n  .option('-q, --quiet', 'print less')\n"
        "  .option('-u, --unit <unit>', 'for sizes');\n",
        ["-q, --quiet  print less", "-u, --unit <unit>  for sizes"],
        {"--quiet": "print less", "--unit": "for sizes"},
    ),
    "yargs": (
        NODE + "yargs.usage('usage: $0 POOL')"
        ".option('unit', {alias: 'u', describe: 'for sizes', type: 'string'})\n",
        ["usage: homelab nas df POOL", "  -u, --unit <string>  for sizes"],
        {"--unit": "for sizes"},
    ),
    "POD": (
        (
            "#!/usr/bin/perl\nuse strict;\n\n=head1 SYNOPSIS\n\ndf.sh [-q] POOL\n\n"
            "=head1 OPTIONS\n\n=over 4\n\n=item B<-q>\n\nprint I<less>\n\n=back\n\n=cut\n"
        ),
        ["Usage:", "  homelab nas df [-q] POOL", "  -q  print less"],
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
