"""Pure: find a script's own help in its text, never by running it.

The help comes from the output of functions such as `usage()` (here documents, `echo`, `printf`,
`cat`, `print`), from comment blocks `Usage: …`, from docopt's docstring, and from `add_argument`
and `@click.option` of Python. Options also come from `getopts` and from `case` patterns. All of it
is a guess: it is shown as the script's own words, it feeds completion, and it decides nothing.
"""

from __future__ import annotations

from homelab.catalogue.verb import Argument
from homelab.dropins import comments
from homelab.dropins.file_words import kind_of
from homelab.output.columns import visible
from homelab.texts import clipped

_MOST_LINES = 80
_MOST_OPTIONS = 60
_MOST_CALLS = 200  # calls of add_argument and the like
_WIDEST = 160  # characters of a line

_FUNCTIONS = frozenset(
    "usage help show_help print_help display_help print_usage show_usage display_usage helptext "
    "help_text help_message help_msg show-help print-help usage_exit usage_and_exit exit_usage "
    "printhelp printusage showhelp showusage disp_usage _usage _help _show_help do_help "
    "cmd_help script_usage usage_text help_menu show_help_menu helpfunction syntax print_syntax "
    "display-help info_help displayhelp usage_short usage_long usage_full helpme get_help "
    "give_help usage_message usage_msg print_help_and_exit die_usage usage_error "
    "print_usage_and_exit cli_help sub_help main_help".split()
)
_TEXTS = frozenset(
    "usage help usage_text help_text usage_description usage_message help_message usagetext "
    "helptext help_str usage_str usage_msg doc description_text helpmsg usagemsg __doc__".split()
)
_PRINTERS = ("echo", "printf", "print", "cat", "say", "puts", "output", "msg", "log", "die", "info")


class OwnHelp:
    """The help in a script's text: `text` is its lines, `options` are the options it describes,
    `usage` is its usage line without `homelab`. `answers` are the options `-h` and `--help` that
    the script seems to answer. `written` are the lines of `text` as the script has them, without
    blanks around them."""

    __slots__ = ("answers", "options", "text", "usage", "written")

    def __init__(self) -> None:
        self.text: list[str] = []
        self.options: list[Argument] = []
        self.answers: tuple[str, ...] = ()
        self.usage = ""
        self.written: frozenset[str] = frozenset()


def find(script: str, verb: str, name: str = "") -> OwnHelp:
    """The help in the text of a `script`. The script's name in it (`$0`, `name`) is replaced by
    `verb`, the words that people type: `homelab nas df`."""
    found = OwnHelp()
    lines = script.split("\n")
    python = "python" in lines[0] or name.endswith(".py")
    text = _from_python(script, lines) if python else []
    if not text:
        text = _from_functions(lines) or _from_texts(lines) or _from_comments(lines)
    text = text or _from_any_printed(lines)
    options: dict[str, Argument] = {}
    if python:
        composed = _declared(script, options)
        text = text or composed
    elif "node" in lines[0] or "deno" in lines[0] or "bun" in lines[0]:
        composed = _of_node(script, options)
        text = text or composed
    elif "perl" in lines[0] and "\n=head1 " in script:
        text = _from_pod(lines) or text
    elif "OptionParser" in script:
        text = text or _of_option_parser(script, options)
    found.written = frozenset(line.strip() for line in text)
    own = _own_variables(lines)
    found.text = _tidy([_with_names(line, verb, name, own) for line in text])
    _in_text(found.text, options)
    _in_code(lines, options, python)
    found.options = list(options.values())[:_MOST_OPTIONS]
    found.answers = _answers(lines, script, python)
    found.usage = _usage(found.text)
    return found


def _usage(text: list[str]) -> str:
    """The usage without its label: `nas df [POOL]` from `Usage: homelab nas df [POOL]`, on that
    line or the next."""
    for at, line in enumerate(text):
        label, colon, value = line.strip().partition(":")
        if label.lower() in ("usage", "syntax", "synopsis") and (colon or not value):
            value = value.strip() or (text[at + 1].strip() if at + 1 < len(text) else "")
            return value.removeprefix("homelab ") if value.startswith("homelab ") else ""
    return ""


# --- where the text is ------------------------------------------------------------------------


def _function(line: str) -> str:
    """The name of the function that a line begins, in shell syntax: `usage`; "" for another
    line."""
    text = line.strip()
    if text.startswith("function "):
        text = text[9:].lstrip()
    elif "()" not in text and "( )" not in text and not text.startswith(("def ", "sub ")):
        return ""
    text = text.removeprefix("def ").removeprefix("sub ")
    for end, sign in enumerate(text):
        if not (sign.isalnum() or sign in "_-:."):
            return text[:end]
    return text


def _from_functions(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if line.lstrip()[:1] == "#" or _function(line).lower() not in _FUNCTIONS:
            continue
        text = _printed(lines, at)
        if len(text) > 1 or (text and _begins_usage(text[0])):
            return text
    return []


def _printed(lines: list[str], at: int) -> list[str]:
    """The lines that the function beginning at a line prints."""
    found: list[str] = []
    indent = len(lines[at]) - len(lines[at].lstrip())
    python = lines[at].lstrip().startswith("def ") and lines[at].rstrip().endswith(":")
    start = at
    end = len(lines)
    while at < end and len(found) < _MOST_LINES:
        line = lines[at]
        body = line.strip()
        if at > start:
            deep = len(line) - len(body)
            if body[:1] == "}" and deep <= indent + 1:
                break
            if (_function(line) and body[0] != "#") or (python and body and deep <= indent):
                break
        elif "{" in body:
            body = body.partition("{")[2].strip()
            if body.endswith(("}", "};")):  # all of it is on one line
                for command in _commands(body):
                    if command.startswith(_PRINTERS):
                        found += _quoted(lines, at, command)[0]
                return found
        body = _plain(body)
        mark, _ = _here(body)
        if mark and body[0] != "#":
            text = _here_text(lines, at + 1, mark)
            found += text
            at += 1 + len(text)
        elif body.startswith(_PRINTERS):
            text, at = _quoted(lines, at, body)
            found += text
        at += 1
    return found


_REDIRECTIONS = (">&2 ", "1>&2 ", ">& 2 ", "> /dev/stderr ", ">/dev/stderr ")
_CALLS = (
    "console.log(", "console.error(", "console.info(", "console.warn(", "process.stdout.write(",
    "process.stderr.write(", "sys.stdout.write(", "sys.stderr.write(", "sys.exit(",
    "raise SystemExit(", "exit(", "click.echo(", "die(", "abort(",
    "fwrite(STDERR, ", "fputs(STDERR, ", "fprintf(STDERR, ", "io.stderr:write(",
)  # fmt: skip
_WORDS = (
    "abort ", "STDERR.puts ", "$stderr.puts ", "warn ", "err ", "error ", "fatal ", "fail ",
    "echoerr ", "print STDERR ", "print {*STDERR} ", "print {STDERR} ", "log_error ", "error_exit ",
    "die ", "exit_error ",
)  # fmt: skip


def _plain(body: str) -> str:
    """A line that prints, in any language, rewritten as `echo …` or `print(…` without a redirection
    in front."""
    for sign in _REDIRECTIONS:
        body = body.removeprefix(sign)
    if body.startswith("printf STDERR "):
        return "printf " + body[14:]
    for call in (": sys.exit(", ": print("):  # Python, behind a condition on the same line
        before, there, _ = body.partition(call)
        if there and '"' not in before:
            body = body[len(before) + 2 :]
    for call in _CALLS:
        if body.startswith(call):
            return "print(" + body[len(call) :]
    for word in _WORDS:
        if body.startswith(word) and body[len(word) :].lstrip()[:1] in ("'", '"'):
            return "echo " + body[len(word) :]
    return body


def _commands(body: str) -> list[str]:
    """The commands of a line, as `_plain` writes them; the end of a block is a command, `}`."""
    found: list[str] = []
    start = at = 0
    while at < len(body):
        sign = body[at]
        if sign in "'\"`":
            end = _closing(body[at + 1 :], sign)
            if end < 0:
                break  # the string goes on in the next line
            at += end + 2
            continue
        for mark in (";", "&&", "||", "{ ", "}", ") ", "then ", "else "):
            if body.startswith(mark, at) and (
                mark[0] not in "te" or body[at - 1 : at] in ("", " ")
            ):
                found.append(body[start:at])
                if mark == "}":
                    found.append(mark)
                at += len(mark) - 1
                start = at + 1
                break
        at += 1
    found.append(body[start:])
    return [_plain(each.strip()) for each in found if each.strip()]


def _here(line: str) -> tuple[str, bool]:
    """The word that ends the here document of a command line, and whether it is quoted."""
    _, arrow, rest = line.partition("<<")
    if not arrow or rest[:1] == "<" or not line.startswith(
        ("cat", "echo", "printf", "read", "local", "tee", "more", "less", "fmt", "sed", "expand",
         "print", "puts", "abort", "warn", "die",
         "usage", "help", "USAGE", "HELP", "declare", "readonly", ": ", "<<", "envsubst")
    ):  # fmt: skip
        return "", False
    rest = rest.lstrip("-~ ")
    quote = rest[:1] in "'\"\\"
    word = ""
    for sign in rest.lstrip("'\"\\"):
        if not (sign.isalnum() or sign in "_-!."):
            break
        word += sign
    return word, quote


def _quoted(lines: list[str], at: int, body: str) -> tuple[list[str], int]:
    """The text that `echo "…"` prints (several lines if the quotes span lines), and the number of
    its last line."""
    command, _, rest = body.partition(" ")
    command = command.partition("(")[0]
    called = "(" in body[: len(command) + 1]
    if called:
        rest = body[body.index("(") + 1 :]
    rest = rest.strip()
    while rest[:1] == "-" and rest[1:2] in "enEnr-":  # its options
        rest = rest.partition(" ")[2].lstrip()
    for sign in _REDIRECTIONS:
        rest = rest.removeprefix(sign).lstrip()
    if command.strip("_-0123456789abcdefghijklmnopqrstuvwxyz") or not rest:
        return ([""] if command in ("echo", "print", "puts") and not rest else []), at
    if rest[:1] in "$fFrRb" and rest[1:2] in ("'", '"'):
        rest = rest[1:]
    if rest[:1] not in ("'", '"') and not (called and rest[:1] == "`"):
        if command != "echo" or rest[:1] in "$|>&;)":
            return [], at
        return [rest.partition(" >")[0].rstrip(";").strip()], at
    quote = rest[:3] if called and rest[:3] in ('"""', "'''") else rest[0]
    text = ""
    rest = rest[len(quote) :]
    for line in range(at, min(at + _MOST_LINES, len(lines))):
        piece = rest if line == at else lines[line]
        end = _closing(piece, quote)
        if end < 0:
            text += piece + "\n"
            continue
        text += piece[:end]
        more = piece[end + len(quote) :]
        if command != "printf" and not (called and more.lstrip()[:1] == "%"):
            text = _joined(text, more, called)
        more = more.strip()
        if "%" not in text:
            return _lines_of(text, quote), line
        if command == "printf" or (called and more[:1] in (",", "%")):
            values, line = _values(lines, line, more.lstrip(",% "))
            return _filled(_unescaped(text, quote), values).removesuffix("\n").split("\n"), line
        return _lines_of(text, quote), line
    return [], at


_NAMES_ITSELF = ("argv[0]", "arg[0]", "__file__", "__FILE__", "$0", "argv[1]", "PROGRAM_NAME")


def _joined(text: str, more: str, called: bool) -> str:
    """A string with the parts joined to it on its line: `"usage: "$0" POOL"` in a shell,
    `"usage: " + sys.argv[0]` or `"usage: {}".format(…)` in a language with calls."""
    if called and more.startswith(".format("):
        itself = any(name in more for name in _NAMES_ITSELF)
        return text.replace("{}", "$0", 1).replace("{0}", "$0") if itself else text
    at = 0
    while at < len(more):
        between = ""
        if called:
            sign = more[at:].lstrip()
            operator = next((each for each in ("..", ". ", "+", ",") if sign.startswith(each)), "")
            rest = sign[len(operator) :].lstrip()
            if not operator or rest.startswith(("file=", "end=", "sep=", "flush=")):
                break
            between = " " if operator == "," else ""
            at = len(more) - len(rest)
        elif more[at] in " \t;)&|>}]":
            break
        if more[at : at + 1] == "$" and more[at + 1 : at + 2] in ("'", '"'):
            at += 1
        if at < len(more) and more[at] in "\"'":
            end = _closing(more[at + 1 :], more[at])
            if end < 0:
                break
            text += between + more[at + 1 : at + 1 + end]
            at += end + 2
            continue
        if more[at] == "\\" and not called:
            text += more[at + 1 : at + 2]
            at += 2
            continue
        end, deep = at, 0
        while end < len(more) and (deep or more[end] not in " \t;),\"'"):
            deep += (more[end] in "([") - (more[end] in ")]")
            end += 1
        if end == at:
            break
        word = more[at:end]
        itself = any(name in word for name in _NAMES_ITSELF)
        text += between + ("$0" if itself else "..." if called else word.replace("\\", ""))
        at = end
    return text


def _values(lines: list[str], at: int, more: str) -> tuple[list[str], int]:
    """The words behind a format, quoted or not, also on following lines, and the number of the last
    line."""
    found: list[str] = []
    more = more.lstrip("(")
    while more and len(found) < _MOST_LINES:
        if more == "\\" and at + 1 < len(lines):
            at += 1
            more = lines[at].strip()
            continue
        quote = more[0]
        if quote in "\"'":
            text, more = "", more[1:]
            while (end := _closing(more, quote)) < 0:
                text += more + "\n"
                at += 1
                if at >= len(lines) or len(text) > _WIDEST * _MOST_LINES:
                    return found, min(at, len(lines) - 1)
                more = lines[at]
            found.append(_unescaped(text + more[:end], quote))
            more = more[end + 1 :].lstrip(" ,")
            continue
        if more.startswith((">", "|", ";", ")", "&", "}", "2>")):
            break
        end, deep = 0, 0
        while end < len(more) and (deep or more[end] not in " ,;)"):
            deep += (more[end] == "(") - (more[end] == ")")
            end += 1
        value = more[:end]
        found.append("$0" if "argv[0]" in value or "__file__" in value else value)
        more = more[end:].lstrip(" ,")
    return found, at


def _filled(text: str, values: list[str]) -> str:
    """The output of `printf` for a format and its values; it repeats the format until all values
    are used."""
    result = ""
    left = list(values)
    for _ in range(_MOST_LINES):
        before = len(left)
        at = 0
        while at < len(text):
            end = at + 1
            while end < len(text) and text[end] in "-+ #0123456789.":
                end += 1
            sign = text[end : end + 1]
            if text[at] != "%" or not sign or sign not in "sdbiucfq%":
                result += text[at]
                at += 1
                continue
            spec = text[at + 1 : end]
            value = "%" if sign == "%" else left.pop(0) if left else ""
            wide = spec.partition(".")[0].lstrip("-+ #0")
            width = min(int(wide), 80) if wide.isdigit() else 0
            result += value.ljust(width) if spec[:1] == "-" else value.rjust(width)
            at = end + 1
        if not left or len(left) == before or len(result) > _WIDEST * _MOST_LINES:
            break
    return result


def _closing(text: str, quote: str) -> int:
    at = 0
    while at < len(text):
        if text[at] == "\\" and quote[0] in '"`':
            at += 2
            continue
        if text.startswith("$(", at) and quote == '"':  # it has quotes of its own
            end = text.find(")", at)
            at = end if end > 0 else at + 2
            continue
        if text.startswith(quote, at):
            return at
        at += 1
    return -1


def _lines_of(text: str, quote: str) -> list[str]:
    return _unescaped(text, quote).removesuffix("\n").split("\n")


def _unescaped(text: str, quote: str) -> str:
    if quote[0] in '"`':
        text = text.replace('\\"', '"').replace("\\$", "$").replace("\\`", "`")
    return text.replace("\\n", "\n").replace("\\t", "    ")


def _from_texts(lines: list[str]) -> list[str]:
    """The help in a variable: the value of `USAGE="…"`, `usage=$(cat <<EOF` or `read -r -d '' usage
    <<EOF`."""
    for at, line in enumerate(lines):
        body = line.strip()
        for word in ("local ", "readonly ", "declare -r ", "export ", "my $", "our $", "const "):
            body = body.removeprefix(word)
        name, equals, value = body.partition("=")
        if body.startswith("read ") and "<<" in body:
            name, equals, value = body.partition("<<")
            name = name.split()[-1]
            value = "<<" + value
        if not equals or name.strip().lower() not in _TEXTS:
            continue
        if "<<" in value:
            mark, _ = _here("cat <<" + value.partition("<<")[2])
            found = _here_text(lines, at + 1, mark)
        else:
            value = value.strip()
            script_string = value[:1] == "`" and name[-1:] == " "  # JavaScript
            found, _ = _quoted(lines, at, f"print({value}" if script_string else f"echo {value}")
        if len(found) > 1 or (found and len(found[0]) > 20):
            return found
    return []


def _here_text(lines: list[str], at: int, mark: str) -> list[str]:
    """The lines of a here document from `at` to its `mark`."""
    found: list[str] = []
    for line in lines[at : at + _MOST_LINES]:
        if line.strip() == mark:
            break
        found.append(line.rstrip("\r"))
    return found


_MARKS = ("#", "//", "*")


def _from_comments(lines: list[str]) -> list[str]:
    """The comment block `# Usage: …` near the beginning, up to its end or the next label; else the
    block `# Options:`."""
    return _labelled(lines, _USAGES) or _labelled(lines, ("options", "flags", "parameters"), True)


_USAGES = ("usage", "syntax", "synopsis", "how to use", "use", *comments.USAGE)


_HEADER = ("effect: ", "option: ", "arg: ", "args: raw", "answers: ", "counts-as: ", "exit: ")


def _labelled(lines: list[str], labels: tuple[str, ...], options: bool = False) -> list[str]:
    """The comment block below one of the labels; with `options` only a block that lists options."""
    for at, line in enumerate(lines[:120]):
        body = line.strip()
        if not body.startswith(_MARKS):
            continue
        bare = body.lstrip("#/!*").strip()
        word = bare.partition(":")[0].strip().lower()
        labelled = ":" in bare and word in labels
        if not labelled and (options or bare.lower() not in ("usage", "synopsis", "syntax")):
            continue
        if options and not _has_option(lines[at + 1 : at + 2]):
            continue
        found: list[str] = []
        for inner in lines[at : at + 40]:
            text = inner.strip()
            if not text.startswith(_MARKS) or text[:2] == "*/":
                break
            text = text.lstrip("#/*")
            if set(text.strip()) <= set("-=*_~") and text.strip() and len(text.strip()) > 3:
                if len(found) > 1:
                    break
                continue
            found.append(text.removeprefix(" ").rstrip("# \r") if text.strip() else "")
        if any(each.lower().startswith(_HEADER) for each in found):
            continue  # this is the header that was written for homelab
        if any(each.strip() for each in found[1:]) or len((found and found[0]) or "") > 8:
            return found
    return []


def _has_option(lines: list[str]) -> bool:
    """Whether one of the comment lines begins with an option."""
    words = [line.strip().lstrip("#/* \t").split(" ")[0].rstrip(",") for line in lines]
    return any(_is_option(word.partition("=")[0].partition("|")[0]) for word in words)


def _begins_usage(line: str) -> bool:
    """Whether a printed line begins with `Usage:`, or with a sentence in front of it: `No host.
    Usage: …`. A line such as `Disk usage: 80%` does not count."""
    low = _without_colours(line[:400]).lower().lstrip("\\")
    for word in ("usage", *sorted(comments.USAGE)) if "usage" not in low else ("usage",):
        at = low.find(word)
        after = low[at + len(word) :].lstrip()[:1]
        if at < 0 or (after not in (":", "") and word != "usage") or after.isalpha():
            continue
        before = low[:at].rstrip()
        if before.startswith("$(basename"):
            return True
        if before[-1:] in tuple(".!:;"):
            return True
        if "$" in before or "{" in before:  # a variable that is a colour
            before = before.rpartition("}")[2] if "}" in before else before.rpartition("$")[0]
        if not any(map(str.isalpha, before)) or before.rstrip()[-1:] in tuple(")]"):
            return True
    return False


def _from_any_printed(lines: list[str]) -> list[str]:
    """The text of `echo "Usage: …"` and of the prints right after it, up to an exit."""
    words = ("usage", *(f"{word}:" for word in comments.USAGE if word not in ("use", "usage")))
    for at, line in enumerate(lines):
        low = line.lower()
        if line.lstrip()[:1] == "#" or not any(word in low for word in words):
            mark = _here(line.strip())[0] if "<<" in line else ""
            to_file = ">" in line.replace("<<", "").replace(">&2", "").replace("/dev/stderr", "")
            if mark and not to_file and line.lstrip()[:1] != "#":
                text = _here_text(lines, at + 1, mark)
                first = next((each for each in text if each.strip()), "")
                if _begins_usage(first) and ":" in first:
                    return text
            continue
        if ":?" in line and "${" in line:
            text = [line.partition(":?")[2].rpartition("}")[0]]
            if _begins_usage(text[0]):
                return text
        found: list[str] = []
        commands = _commands(line.strip()[:4000])
        while at < len(lines) and len(found) < _MOST_LINES:
            end = at
            for command in commands:
                if found and not command.startswith(_PRINTERS):
                    return found
                if not command.startswith(_PRINTERS) or _here(command)[0]:
                    continue
                text, end = _quoted(lines, at, command)
                if found and not text:
                    return found
                first = next((each for each in text if each.strip()), "")
                if found or _begins_usage(first):
                    found += text
            if not found:
                break
            if end > at and any(word in lines[end] for word in ("exit", "}", "return")):
                return found
            at = end + 1
            commands = _commands(lines[at].strip()[:4000]) if at < len(lines) else []
            if not commands:
                break
        if found:
            return found
    return []


# --- Python -----------------------------------------------------------------------------------


def _from_python(script: str, lines: list[str]) -> list[str]:
    """The docopt docstring; else nothing, because argparse makes its text only when it runs."""
    for quote in ('"""', "'''"):
        start = script.find(quote)
        if start < 0 or start > 4000:
            continue
        end = script.find(quote, start + 3)
        text = script[start + 3 : end] if end > 0 else ""
        if "usage:" in text.lower() or "usage\n" in text.lower() or "\nusage" in text.lower():
            before = script[:start]
            if "def " in before or "class " in before or before.rstrip().endswith("return"):
                continue
            return text.strip("\n").split("\n")[:_MOST_LINES]
    return []


def _declared(script: str, options: dict[str, Argument]) -> list[str]:
    """Add the options of `add_argument("-n", "--lines", metavar="N", help="how many")` and of
    click, and return the help that argparse would print: description, operands, options. Options
    that typer derives from a function's parameters are not read."""
    text: list[str] = []
    rows: list[tuple[str, str]] = []
    calls = 0
    for parser in ("ArgumentParser(", "OptionParser("):
        at = script.find(parser)
        if at >= 0:
            said = _call(script, at + len(parser))[1]
            usage = _help_of(said, "usage")
            if usage:
                text.append(usage if usage.lower().startswith("usage") else f"usage: {usage}")
            about = " ".join(_help_of(said, "description").split())
            text += [about, ""] if about else [""] if text else []
            break
    text += _of_click(script)
    at = script.find(".add_parser(")
    while at >= 0 and len(rows) < _MOST_LINES:
        words, named = _call(script, at + 12)
        rows += [(words[0], _help_of(named, "help"))] if words else []
        at = script.find(".add_parser(", at + 12)
    declared = ("add_argument(", "@click.option(", "@option(", "add_option(", "typer.Option(")
    for call in declared:
        at = script.find(call)
        while at >= 0 and len(rows) < _MOST_LINES and calls < _MOST_CALLS:
            calls += 1
            start = at + len(call)
            words, named = _call(script, start)
            words = [word for word in words if word.split() == [word]]
            names = [word for word in words if word[:1] == "-"]
            meaning = _help_of(named, "help")
            at = script.find(call, start)
            if "SUPPRESS" in named.get(_BARE + "help", "") or named.get("hidden") == "True":
                continue
            if names:
                both = named.get(_BARE + "action", "").endswith("BooleanOptionalAction")
                flag = named.get("action", "").startswith(_VALUELESS) or both
                flag = flag or named.get("is_flag") == "True" or any("/--" in one for one in names)
                flag = flag or script.startswith(("True", "False"), start)
                placeholder = (
                    "" if flag else named.get("metavar") or _upper(max(names, key=_dashes))
                )
                names = [part for name in names for part in name.split("/")]
                if both:
                    names += [f"--no-{name[2:]}" for name in names if name[:2] == "--"]
                choices = named.get("choices", "")
                if "Choice(" in named.get(_BARE + "type", ""):
                    choices = named.get("type", "")
                _add(options, names, placeholder, meaning, choices)
                left = ", ".join(names) + (f" {placeholder}" if placeholder else "")
                rows.append((left, meaning))
            elif words and call == "add_argument(":
                rows.append((named.get("metavar") or words[0], meaning))
    _of_python_getopt(script, options)
    width = min(max((len(left) for left, _ in rows), default=0), 30)
    text += [f"  {left:{width}}  {' '.join(right.split())}" for left, right in rows]
    return text


def _dashes(name: str) -> int:
    return len(name) - len(name.lstrip("-"))


_BARE = "="  # in front of a name: its value is written without quotes


def _help_of(named: dict[str, str], name: str) -> str:
    """A help text as argparse shows it: `%(default)s` becomes the default, `%%` a percent sign."""
    text = named.get(name, "")
    if "%" not in text:
        return text
    default = named.get("default") or named.get(_BARE + "default", "")
    plain = default.replace(".", "").replace("-", "").replace("_", "").replace("/", "").isalnum()
    given = {"default": default if plain else "", "choices": named.get("choices", "")}
    given["metavar"] = named.get("metavar", "")
    for key, value in given.items():
        for sign in "sdrf":
            mark = f"%({key}){sign}"
            if value:
                text = text.replace(mark, value)
            while mark in text:  # the default is not known: leave out the words about it
                before, _, after = text.partition(mark)
                begin = max(before.rfind("("), before.rfind("["))
                enclosed = begin >= 0 and after[:1] in (")", "]")
                text = before[:begin].rstrip() + after[1:] if enclosed else before + "..." + after
    while "%(" in text and (begin := text.index("%(")) != text.find("%(prog)"):
        text = text[:begin] + "..." + text[begin:].partition(")")[2][1:]
    return text.replace("%%", "%")


def _of_click(script: str) -> list[str]:
    """The help that click and typer print for a function: its docstring, and the commands of a
    group."""
    found: list[str] = []
    rows: list[tuple[str, str]] = []
    if "click" not in script and "typer" not in script:
        return found
    for mark in (".group(", ".command("):
        at = script.find(mark)
        calls = 0
        while at >= 0 and calls < _MOST_CALLS and len(rows) < _MOST_LINES:
            calls += 1
            begin = script.rfind("\n", 0, at) + 1
            after = script.find("\ndef ", at)
            if script[begin : begin + 1] == "@" and after >= 0:
                named = script[after + 5 : after + 60].partition("(")[0]
                words, _ = _call(script, at + len(mark))
                row = (words[0] if words else named.replace("_", "-"), _docstring(script, after))
                if mark == ".group(" or not ("@click.group(" in script or "Typer(" in script):
                    found = found or [row[1], ""] if row[1] else found
                else:
                    rows.append(row)
            at = script.find(mark, at + 1)
    if len(rows) == 1 and not found and "@click.group(" not in script:
        return [rows[0][1], ""] if rows[0][1] else []
    width = min(max((len(left) for left, _ in rows), default=0), 30)
    return found + [f"  {left:{width}}  {right}".rstrip() for left, right in rows]


def _docstring(script: str, at: int) -> str:
    """The first line of the docstring of the function that begins at a place."""
    head = script.find(":\n", at)
    body = script[head + 2 : head + 400].lstrip() if head >= 0 else ""
    if body[:3] not in ('"""', "'''"):
        return ""
    return body[3:].partition(body[:3])[0].strip().partition("\n")[0].strip()


def _of_python_getopt(script: str, options: dict[str, Argument]) -> None:
    """Add the options of `getopt.getopt(sys.argv[1:], "ho:", ["help", "output="])`."""
    at = script.find("getopt(sys.argv")
    if at < 0:
        return
    end = min(script.find(")", at) % (len(script) + 1), at + 600)
    texts: list[str] = []
    while at < end and len(texts) <= _MOST_OPTIONS:
        if script[at] in "'\"":
            text, at = _literal(script, at, end)
            texts.append(text)
            continue
        at += 1
    letters = texts[0] if texts else ""
    for place, letter in enumerate(letters):
        if letter.isalnum():
            _add(options, [f"-{letter}"], "VALUE" if letters[place + 1 :][:1] == ":" else "", "")
    for name in texts[1:]:
        bare = name.rstrip("=")
        _add(options, [f"--{bare}"], _upper(bare) if name != bare else "", "")


def _of_option_parser(script: str, options: dict[str, Argument]) -> list[str]:
    """Add the options of Ruby's `o.on("-n", "--lines N", "how many")`, and return the help that its
    OptionParser would print."""
    at = script.find(".banner")
    quotes = [place for place in (script.find(sign, at) for sign in "'\"") if place > 0]
    banner = min(quotes) if at >= 0 and quotes else -1
    text = [_literal(script, banner, banner + 200)[0]] if banner > 0 else []
    calls = 0
    at = script.find(".on(")
    while at >= 0 and calls < _MOST_OPTIONS:
        calls += 1
        words, _ = _call(script, at + 4)
        names = [word for word in words if word[:1] == "-"]
        meaning = " ".join(word for word in words if word[:1] != "-")
        text.append(f"    {', '.join(names)}  {meaning}")
        _add(options, *_names(" ".join(names)), meaning)
        at = script.find(".on(", at + 4)
    return text


def _of_node(script: str, options: dict[str, Argument]) -> list[str]:
    """Add the options of commander's `.option('-p, --port <n>', 'port')` and of yargs'
    `.option('size', {alias: 's', describe: 'the size'})`, and return them as lines."""
    text: list[str] = []
    at = script.find(".usage(")
    if at >= 0:
        text += [" ".join(_call(script, at + 7)[0])]
    calls = 0
    at = script.find(".option(")
    while at >= 0 and calls < _MOST_OPTIONS:
        calls += 1
        start = at + 8
        words, _ = _call(script, start)
        at = script.find(".option(", start)
        inside = script[start : at if 0 < at < start + 600 else start + 600]
        if not words:
            continue
        if words[0][:1] == "-":
            left, meaning = words[0], " ".join(words[1:2])
        else:
            alias = _value_of(inside, "alias")
            left = f"-{alias}, --{words[0]}" if len(alias) == 1 else f"--{words[0]}"
            meaning = next(
                (each for key in _DESCRIBES if (each := _value_of(inside, key))), ""
            )  # fmt: skip
            kind = _value_of(inside, "type")
            left += f" <{kind}>" if kind and kind != "boolean" else ""
        _add(options, *_names(left), meaning)
        text.append(f"  {left}  {meaning}".rstrip())
    return text


_DESCRIBES = ("describe", "description", "desc")


def _value_of(text: str, key: str) -> str:
    """The string behind a key of a JavaScript object, `alias: 's'`."""
    _, there, rest = text.partition(f"{key}:")
    rest = rest.lstrip()
    return _literal(rest, 0, len(rest))[0] if there and rest[:1] in ("'", '"') else ""


def _from_pod(lines: list[str]) -> list[str]:
    """The SYNOPSIS, OPTIONS and ARGUMENTS of a Perl script's POD, as a help text."""
    found: list[str] = []
    part = ""
    item = False
    for line in lines:
        if line.startswith(("=head1 ", "=cut")):
            part = line[7:].strip().upper()
            if part == "SYNOPSIS":
                found.append("Usage:")
            continue
        if part not in ("SYNOPSIS", "OPTIONS", "ARGUMENTS", "OPTIONS AND ARGUMENTS"):
            continue
        text = comments.without_codes(line.strip())
        if line.startswith("=item "):
            found.append("  " + comments.without_codes(line[6:].strip().lstrip("* ")))
            item = True
        elif line.startswith("="):
            item = False
        elif not text:
            continue
        elif item:  # its meaning
            found[-1] += f"  {text}"
            item = False
        elif part == "SYNOPSIS":
            found.append(f"  {text}")
        if len(found) >= _MOST_LINES:
            break
    return found if len(found) > 1 else []


_VALUELESS = ("store_t", "store_f", "store_const", "append_const", "count", "vers", "help")


def _upper(name: str) -> str:
    return name.lstrip("-").replace("-", "_").upper()


def _call(script: str, at: int) -> tuple[list[str], dict[str, str]]:
    """The strings among a call's arguments: the positional ones, and the named ones."""
    words: list[str] = []
    named: dict[str, str] = {}
    depth = 1
    name = ""
    token = ""
    bare = 0  # index where the value of the name begins
    end = min(len(script), at + 2000)
    while at < end and depth:
        sign = script[at]
        if sign in "'\"":
            filled = at > 0 and script[at - 1] in "fF" and "{" in script[at:end]
            text, at = _literal(script, at, end)
            if filled:  # an f-string: its values are not known
                text = "...".join(part.rpartition("}")[2] for part in text.split("{"))
            if depth == 1 and not name:
                words.append(text)
            elif name:
                joined = "|" if depth > 1 and name in ("choices", "type") else ""
                before = named.get(name, "")
                named[name] = before + joined + text if before else text
            continue
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "=" and depth == 1:
            name, bare = token, at + 1
        if name and ((sign == "," and depth == 1) or not depth):
            named[_BARE + name] = script[bare:at].strip()
        if sign == "," and depth == 1:
            name, token = "", ""
        if sign == "#":
            at = script.find("\n", at)
            if at < 0:
                break
        if sign.isalnum() or sign == "_":
            token += sign
            if name and depth == 1 and token.endswith(("True", "False")):
                named[name] = "True" if token.endswith("True") else "False"
        elif sign not in " \n":
            token = ""
        at += 1
    return words, named


def _literal(script: str, at: int, end: int) -> tuple[str, int]:
    quote = script[at]
    close = quote * 3 if script[at : at + 3] == quote * 3 else quote
    at += len(close)
    text = ""
    while at < end and not script.startswith(close, at):
        if script[at] == "\\" and at + 1 < end:
            at += 1
            text += " " if script[at] in "nt\n" else script[at]
        else:
            text += script[at]
        at += 1
    return " ".join(text.split(" ")), at + len(close)


# --- options ----------------------------------------------------------------------------------


def _add(
    options: dict[str, Argument],
    names: list[str],
    placeholder: str,
    meaning: str,
    choices: str = "",
) -> None:
    names = [name for name in names if _is_option(name)]
    if not names or any(name in ("-h", "--help") for name in names):
        return
    if len(options) >= _MOST_OPTIONS:
        return
    names.sort(key=lambda name: not name.startswith("--"))
    known = [each for each in options.values() if {each.name, *each.aliases} & set(names)]
    if len(known) > 1 and not any(each.summary for each in known):  # getopt's two lists
        for each in known[1:]:
            names += [name for name in (each.name, *each.aliases) if name not in names]
            placeholder = placeholder or ("" if each.kind == "flag" else each.value or "VALUE")
            del options[each.name]
        del known[1:]
    if known:
        have = known[0]
        merged = [have.name, *have.aliases]
        merged += [name for name in names if name not in merged]
        merged.sort(key=lambda name: not name.startswith("--"))
        if len(known) > 1 or (have.summary and have.kind != "flag" and merged[0] == have.name):
            return
        for key in [key for key, each in options.items() if each is have]:
            del options[key]
        names, meaning = merged, have.summary or meaning
        placeholder = placeholder or ("" if have.kind == "flag" else have.value or "VALUE")
        choices = choices or "|".join(have.choices)
    values = tuple(part for part in choices.split("|") if part) if choices else ()
    if "|" in placeholder:
        values = tuple(visible(part) for part in placeholder.strip("[]<>{}()").split("|") if part)
        placeholder = ""
    kind = kind_of([*names, placeholder], values) if placeholder or values else "flag"
    options[names[0]] = Argument(
        names[0], kind, clipped(visible(meaning.strip()), _WIDEST), "", values[:20],
        aliases=tuple(names[1:4]), value=clipped(visible(placeholder.strip("[]<>{}=")), 30),
    )  # fmt: skip


def _is_option(name: str) -> bool:
    bare = name.lstrip("-")
    dashes = len(name) - len(bare)
    if not 1 <= dashes <= 2 or not bare or len(bare) > 40 or (dashes == 2 and len(bare) < 2):
        return False
    plain = bare.replace("-", "").replace("_", "").replace(".", "")
    return (
        plain.isascii() and plain.isalnum() and (dashes == 2 or len(bare) == 1 or bare[0].isalpha())
    )


def _in_text(text: list[str], options: dict[str, Argument]) -> None:
    """Add the options in lines such as `  -n, --lines N   how many`, and in usage lines."""
    groups: list[str] = []
    for at, line in enumerate(text):
        body = line.strip()
        for bullet in ("* ", "- ", "• "):
            body = body.removeprefix(bullet).strip("`") if body.startswith(bullet) else body
        if len(options) >= _MOST_OPTIONS:
            break
        if body.count("[-") > 1 or (body[:1] != "[" and "[-" in body and body[:1] != "-"):
            groups += body.split("[")[1:]  # `usage: df [-q] [--unit UNIT] POOL`
            continue
        if not body or body[0] not in "-[":
            continue
        left, right = _halves(body[1:].replace("]", "", 1) if body[0] == "[" else body)
        if not right and at + 1 < len(text):
            after = text[at + 1]
            deeper = len(after) - len(after.lstrip()) > len(line) - len(line.lstrip())
            right = after.strip() if deeper and not after.lstrip().startswith("-") else ""
        _add(options, *_names(left), right)
    for group in groups:  # last, because the other lines also give the meaning of an option
        names, placeholder = _names(group.partition("]")[0])
        if names and all(len(name) == 2 or name[:2] == "--" for name in names):
            _add(options, names, placeholder, "")


def _names(left: str) -> tuple[list[str], str]:
    """The names of an option, and the placeholder of its value: `-n|--lines N`."""
    names: list[str] = []
    placeholder = ""
    for word in left.replace(",", " ").replace(" or ", " ").replace("/-", " -").split():
        if word == "|":
            continue
        if word.startswith("--[no-]"):
            names += [f"--{word[7:]}", f"--no-{word[7:]}"]
            continue
        for part in word.split("|") if word.startswith("-") else [word]:
            if part.startswith("-"):
                name, equals, value = part.partition("=")
                name, _, inner = name.rstrip(":").partition("[")
                names.append(name)
                placeholder = value if equals else placeholder or inner.strip("=]")
            elif names and any(map(str.isalnum, part)):
                placeholder = placeholder or part
    return names, placeholder


def _halves(line: str) -> tuple[str, str]:
    """(the names on the left, the meaning on the right)."""
    line = line.replace("\t", "  ")
    left, _, right = line.partition("  ")
    for gap in (" : ", " - ", " -- ", " \u2013 ", " — ", ": ", " # "):
        before, there, after = line.partition(gap)
        if (there and len(before) < len(left)) or (there and not right and before):
            return before, after.strip(" -:#\u2013—")
    if right:
        return left, right.strip(" -:#\u2013—")
    words = line.split()
    count = 0
    while count < len(words) and (
        words[count][0] in "-<[{|" or words[count].isupper() or words[count].endswith(",")
    ):
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def _in_code(lines: list[str], options: dict[str, Argument], python: bool) -> None:
    """Add the options in the code: letters of `getopts`, words of `getopt --long`, fish's
    `argparse`, argc's comments, and the patterns of a `case` on the script's arguments."""
    if python:
        return
    own = True
    values = _assigned(lines)
    for at, line in enumerate(lines):
        body = line.strip()
        if not body:
            continue
        if body[0] == "#":
            if body.startswith(("# @option ", "# @flag ")):
                _of_argc(body.partition(" @")[2], options)
            continue
        if body.startswith("argparse ") and " -- " in body:
            _of_fish(body, options)
        elif "getopt" in body:
            for name, value in values.items():
                body = body.replace(f"${name}", value).replace("${" + name + "}", value)
            _of_getopt(body, options)
        _, case, rest = body.partition("case ")
        if case and (" in" in rest):
            subject, _, rest = rest.partition(" in")
            own = _is_own_word(subject, lines, at)
            if own and ";;" in rest:  # all on one line
                for part in rest.split(";;"):
                    _of_pattern(part.strip(), [], options)
            continue
        if own:
            _of_pattern(body, lines[at + 1 : at + 4], options)


def _assigned(lines: list[str]) -> dict[str, str]:
    """The variables of `SHORT=vh; LONG=verbose,help`, which `getopt` gets as arguments."""
    found: dict[str, str] = {}
    if not any("getopt" in line for line in lines):
        return found
    for line in lines:
        for part in line.strip().split(";"):
            name, equals, value = part.strip().partition("=")
            value = value.strip("\"'")
            if equals and name.isidentifier() and value.replace(":", "").replace(",", "").replace(
                "-", "").isalnum():  # fmt: skip
                found.setdefault(name, value)
    return dict(list(found.items())[:_MOST_OPTIONS])


def _is_own_word(subject: str, lines: list[str], at: int) -> bool:
    """Whether the word that `case` compares is an argument of the script."""
    name = subject.strip('" ${}').partition(":")[0].partition("#")[0].partition("%")[0]
    if not name.isidentifier():
        return not subject.strip('" ').startswith("$(")
    for line in lines[max(0, at - 30) : at]:
        if f"for {name}" in line or "getopts" in line or "shift" in line:
            return True
        _, there, value = line.partition(f"{name}=")
        if there and value.lstrip("\"'").startswith(("$1", "${1", "$@", "$2", "${!")):
            return True
    return name in ("arg", "opt", "option", "key", "argument", "argv")


def _of_pattern(body: str, below: list[str], options: dict[str, Argument]) -> None:
    """Add the options of one pattern of `case`; `below` are the lines behind it."""
    if body[:1] == "-" or body[:2] in ("'-", '"-', "(-"):
        pattern, close, code = body.partition(")")
        names = [part.strip(" '\"(") for part in pattern.split("|")]
        if close and not any(" " in name or "$" in name for name in names):
            _of_case(names, [code, *(each.strip() for each in below)], options)


def _of_argc(line: str, options: dict[str, Argument]) -> None:
    """Add an option that argc declares: `option -n --name <NAME>  Who`."""
    kind, _, rest = line.partition(" ")
    words = rest.split()
    count = 0
    while count < len(words) and words[count][:1] in "-<[":
        count += 1
    names = [word.partition("=")[0].rstrip("!*+") for word in words[:count] if word[0] == "-"]
    value = next((word for word in words[:count] if word[0] in "<["), "")
    if names:
        placeholder = (value or _upper(names[-1])) if kind == "option" else ""
        _add(options, names, placeholder, " ".join(words[count:]))


def _of_fish(body: str, options: dict[str, Argument]) -> None:
    """Add the options of fish's `argparse h/help n/name= -- $argv`."""
    for word in body.partition(" -- ")[0].split()[1:]:
        spec = word.strip("'\"")
        bare, _, _ = spec.partition("!")
        takes = "=" in bare
        short, slash, name = bare.partition("=")[0].rstrip("?+").partition("/")
        names = (
            [f"-{short}", f"--{name}"] if slash else [f"--{short}" if short[1:] else f"-{short}"]
        )
        if spec[:1].isalpha():
            _add(options, names, _upper(names[-1]) if takes else "", "")


def _of_case(names: list[str], code: list[str], options: dict[str, Argument]) -> None:
    """Add the options of a `case` pattern; `code` are the lines behind it."""
    done = " ".join(code).partition(";;")[0]
    takes = any(sign in done for sign in ("$2", "${2", "shift 2", "OPTARG"))
    takes = takes or "$1" in done.partition("shift")[2] or any(name[-2:] == "=*" for name in names)
    names = [name.removesuffix("=*").removesuffix("*") for name in names]
    longest = max(names, key=len)
    placeholder = _upper(longest) if len(longest) > 2 else "VALUE"
    meaning = code[0].partition(" # ")[2]
    _add(options, names, placeholder if takes else "", meaning)


def _of_getopt(body: str, options: dict[str, Argument]) -> None:
    words = body.replace('"', " ").replace("'", " ").replace("=", " ").split()
    for word, said in zip(words, words[1:]):
        if word in ("getopts", "-o", "--options"):
            letters = said.lstrip(":+")
            if not letters.replace(":", "").replace("-", "").replace("?", "").isalnum():
                continue
            for at, letter in enumerate(letters):
                if letter.isalnum():
                    _add(
                        options, [f"-{letter}"], "VALUE" if letters[at + 1 :][:1] == ":" else "", ""
                    )
        elif word in ("-l", "--long", "--longoptions", "--longopts"):
            for name in said.split(","):
                bare = name.rstrip(":")
                _add(options, [f"--{bare}"], _upper(bare) if name != bare else "", "")


def _answers(lines: list[str], script: str, python: bool) -> tuple[str, ...]:
    """The options -h and --help, as far as the script seems to answer them."""
    if python and any(each in script for each in ("ArgumentParser(", "OptionParser(", "docopt(")):
        return () if "add_help=False" in script else ("-h", "--help")
    if python and ("@click.command" in script or "@click.group" in script or "typer." in script):
        return ("--help",)
    if "OptionParser.new" in script:
        return ("-h", "--help")
    code = [line for line in lines if not line.lstrip().startswith(_NO_CODE)]
    found = [name for name in ("-h", "--help") if any(_asks(line, name) for line in code)]
    if "-h" not in found and any("getopts" in line and _has_h(line) for line in code):
        found.insert(0, "-h")
    return tuple(found)


_NO_CODE = ("#", "echo", "printf", "print")
_COMPARED = ("==", " = ", "=~", " in ", "includes(", " eq ")


def _asks(line: str, name: str) -> bool:
    """Whether a line of code compares a word with `name`."""
    at = line.find(name)
    if at < 0:
        return False
    after = line[at + len(name) :][:1]
    before = line[at - 1] if at else " "
    if after not in ("", ")", "|", " ", '"', "'", "]", "*", ",") or before not in " |'\"([\t":
        return False
    body = line.lstrip()
    pattern = body[0] in "-\"'(" and ")" in body
    return pattern or any(sign in line for sign in _COMPARED) or ("case" in line and ")" in line)


def _has_h(line: str) -> bool:
    """Whether `getopts` has the letter h."""
    words = line.replace('"', " ").replace("'", " ").split()
    at = words.index("getopts") if "getopts" in words else len(words)
    return "h" in "".join(words[at + 1 : at + 2])


# --- the text, made fit to show ---------------------------------------------------------------

_OWN_NAME = (
    "#{File.basename($0)}", "#{File.basename(__FILE__)}", "#{$PROGRAM_NAME}", "#{$0}",
    '$(basename "${BASH_SOURCE[0]}")', '$(basename "$0")', "$(basename $0)", '$(basename -- "$0")',
    '$(basename "${0}")', "$(basename ${0})", "`basename $0`", '`basename "$0"`', "${0##*/}",
    "$(basename ${BASH_SOURCE[0]})", "$(basename $BASH_SOURCE)", '$(basename "$BASH_SOURCE")',
    "${BASH_SOURCE[0]##*/}", "${BASH_SOURCE##*/}", "${BASH_SOURCE[0]}", "$BASH_SOURCE",
    "${SCRIPT_NAME}", "$SCRIPT_NAME", "${script_name}", "$script_name", "${SCRIPTNAME}",
    "$SCRIPTNAME", "${PROGNAME}", "$PROGNAME", "${progname}", "$progname", "${PROGRAM_NAME}",
    "$PROGRAM_NAME", "${PROGRAM}", "$PROGRAM", "${program}", "$program", "${PROG}", "$PROG",
    "${prog}", "$prog", "${ME}", "$ME", "${me}", "$me", "${THIS_SCRIPT}", "$THIS_SCRIPT",
    "${script}", "${SCRIPT}", "$SCRIPT", "$script", "${SELF}", "$SELF", "${self}", "$self",
    "${APP}", "$APP", "${APPNAME}", "$APPNAME", "${scriptName}", "$scriptName", "${CMD}", "$CMD",
    "${cmd}", "$cmd", "${name}", "${NAME}", "%(prog)s", "{sys.argv[0]}", "{__file__}", "%prog",
    "${0}", "$0", "{os.path.basename(sys.argv[0])}", "{os.path.basename(__file__)}",
    "{Path(__file__).name}", "{Path(sys.argv[0]).name}", "{$argv[0]}", "${process.argv[1]}",
    "${path.basename(process.argv[1])}", "sys.argv[0]", "os.path.basename(sys.argv[0])",
)  # fmt: skip
_COLOURS = ("\\033[", "\\e[", "\\x1b[", "\\x1B[", "\\E[")


def _own_variables(lines: list[str]) -> tuple[str, ...]:
    """The variables that hold a script's own name, as `$name` and `${name}`."""
    found: list[str] = []
    for line in lines:
        if (
            "basename" not in line
            and "=$0" not in line
            and '="$0"' not in line
            and "${0" not in line
        ):
            continue
        name, equals, value = line.strip().partition("=")
        name = name.rpartition(" ")[2]
        value = value.strip().rstrip(";")
        if value.startswith(("${0/", '"${0/')):
            value = "$0"
        if not equals or not name.replace("_", "").isalnum():
            continue
        if value in _OWN_NAME or value.strip('"') in _OWN_NAME or value.startswith(_BASENAMES):
            found += ["${" + name + "}", f"${name}"]
    return tuple(found)


_BASENAMES = (
    "$(basename $0",
    '$(basename "$0"',
    '"$(basename $0',
    '"$(basename "$0"',
    "`basename $0",
)


def _with_names(line: str, verb: str, name: str, variables: tuple[str, ...] = ()) -> str:
    """The line with the typed verb in place of the script's own name, and without colours.
    `variables` also hold that name."""
    if "$" in line or "`" in line or "%" in line or "{" in line or "argv" in line:
        for own in (*variables, *_OWN_NAME):
            if own in line:
                at = line.find(own)
                after = line[at + len(own) : at + len(own) + 1]
                if own[-1].isalnum() and (after.isalnum() or after == "_"):
                    continue
                line = line.replace("./" + own, verb).replace(own, verb)
        for starter in _STARTERS:
            line = line.replace(f" {starter} {verb}", f" {verb}")
        line = _without_variables(line)
    line = _without_colours(line)
    if name and name in line:
        line = _with_verb(line, verb, name)
    return line


def _without_colours(line: str) -> str:
    for start in _COLOURS:
        while start in line:
            before, _, rest = line.partition(start)
            end = next((index for index, sign in enumerate(rest) if sign.isalpha()), len(rest))
            line = before + rest[end + 1 :]
    return line


_STARTERS = ("bash", "sh", "zsh", "python", "python3", "perl", "node", "ruby", "php", "lua")


def _with_verb(line: str, verb: str, name: str) -> str:
    """The line with the verb in place of the file's name where that is a command: `usage: ./df.sh
    [POOL]`."""
    pieces = line.split(" ")
    for at, word in enumerate(pieces):
        bare = word.strip("`'\"(")
        before = pieces[at - 1] if at else ""
        if bare.rpartition("/")[2] == name and (before in _STARTERS or not before.isalpha()):
            pieces[at] = word.replace(bare, verb)
            if before in _STARTERS:
                del pieces[at - 1]
            break
    return " ".join(pieces)


def _without_variables(line: str) -> str:
    """The line without colour variables such as `${BOLD}`; other variables become their
    defaults."""
    at = line.find("${")
    while at >= 0:
        end = line.find("}", at)
        if end < 0:
            break
        word = line[at + 2 : end]
        inner, _, default = word.partition(":-")
        if default and inner.replace("_", "").isalnum():
            line = line[:at] + default + line[end + 1 :]
        elif _is_colour(inner):
            line = line[:at] + line[end + 1 :]
        else:
            at = end
            at = line.find("${", at)
            continue
        at = line.find("${", at)
    at = line.find("$")
    while at >= 0:
        end = at + 1
        while end < len(line) and (line[end].isalnum() or line[end] == "_"):
            end += 1
        if _is_colour(line[at + 1 : end]):
            line = line[:at] + line[end:]
            end = at
        at = line.find("$", end)
    return line


_COLOUR_WORDS = frozenset(
    "b bold bld dim italic underline ul u reset nc nocolor no_color red green yellow blue cyan "
    "magenta purple white black gray grey orange normal norm off end plain rst r g y c w n bl "
    "gn rd yw cl clr light_blue dgn bfr cm cross tab fmt_bold fmt_reset default".split()
)


def _is_colour(word: str) -> bool:
    low = word.lower().strip("_")
    if low in _COLOUR_WORDS:
        return True
    parts = low.split("_")
    return (
        len(parts) > 1
        and parts[-1] in _COLOUR_WORDS
        and (
            parts[0]
            in ("c", "color", "colour", "col", "fmt", "txt", "text", "fg", "ansi", "style", "t")
            or parts[0] in _COLOUR_WORDS
        )
    )


def _tidy(lines: list[str]) -> list[str]:
    """The lines made printable, without empty lines around them and without their common indent."""
    more = len(lines) >= _MOST_LINES
    lines = [line.expandtabs(8).rstrip() for line in lines[:_MOST_LINES]]
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    filled = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    cut = min(filled, default=0)
    shown = [clipped(visible(line[cut:]), _WIDEST) for line in lines]
    return [*shown, "…"] if more else shown
