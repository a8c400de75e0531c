"""Pure: the help that a script has of its own, found in its text and never by running it.

Found are `usage()` and the like with what it prints (here documents, `echo`, `printf`, `cat`,
`print`), comment blocks `Usage: …`, docopt's docstring, and `add_argument` and `@click.option` of
Python. Options also come from `getopts` and from `case` patterns. All of it is a guess: it is shown
as the script's own words and feeds completion, and decides nothing.
"""

from __future__ import annotations

from homelab.catalogue.verb import Argument
from homelab.dropins.file_words import kind_of
from homelab.output.columns import visible
from homelab.texts import clipped

_MOST_LINES = 80
_MOST_OPTIONS = 60
_MOST_CALLS = 200  # of add_argument
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
    """What a script says of its own use: `text` is its help, line by line, `options` what is known
    of its options, `usage` its usage in one line without `homelab`. `answers` lists those of `-h`
    and `--help` that it seems to answer. `written` are the lines of `text` as the script has them,
    without blanks around them."""

    __slots__ = ("answers", "options", "text", "usage", "written")

    def __init__(self) -> None:
        self.text: list[str] = []
        self.options: list[Argument] = []
        self.answers: tuple[str, ...] = ()
        self.usage = ""
        self.written: frozenset[str] = frozenset()


def find(script: str, verb: str, name: str = "") -> OwnHelp:
    """The help in the text of a `script`. Its own name in it (`$0`, `name`) becomes `verb`, the
    words that people type: `homelab nas df`."""
    found = OwnHelp()
    lines = script.split("\n")
    python = "python" in lines[0] or name.endswith(".py")
    text = _from_python(script, lines) if python else []
    if not text:
        text = _from_functions(lines) or _from_texts(lines) or _from_comments(lines, python)
    text = text or _from_any_printed(lines)
    options: dict[str, Argument] = {}
    if python:
        composed = _declared(script, options)
        text = text or composed
    elif "OptionParser" in script:
        text = text or _of_option_parser(script, options)
    found.written = frozenset(line.strip() for line in text)
    found.text = _tidy([_with_names(line, verb, name) for line in text])
    _in_text(found.text, options)
    _in_code(lines, options, python)
    found.options = list(options.values())[:_MOST_OPTIONS]
    found.answers = _answers(lines, script, python)
    found.usage = _usage(found.text)
    return found


def _usage(text: list[str]) -> str:
    """`nas df [POOL]` of `Usage: homelab nas df [POOL]`, on that line or the next."""
    for at, line in enumerate(text):
        label, colon, value = line.strip().partition(":")
        if label.lower() in ("usage", "syntax", "synopsis") and (colon or not value):
            value = value.strip() or (text[at + 1].strip() if at + 1 < len(text) else "")
            return value.removeprefix("homelab ") if value.startswith("homelab ") else ""
    return ""


# --- where the text is ------------------------------------------------------------------------


def _function(line: str) -> str:
    """`usage` for a line that begins a function of that name, in a shell's words."""
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
        text = _printed(lines, at, whole=False)
        if len(text) > 1 or (text and "usage" in text[0].lower()):
            return text
    return []


def _printed(lines: list[str], at: int, whole: bool) -> list[str]:
    """What the function that begins at a line prints; all that is printed if it is `whole`."""
    found: list[str] = []
    indent = len(lines[at]) - len(lines[at].lstrip())
    first = True
    end = len(lines)
    while at < end and len(found) < _MOST_LINES:
        line = lines[at]
        body = line.strip()
        if not first and not whole and body[:1] == "}" and len(line) - len(body) <= indent + 1:
            break
        if not first and not whole and _function(line) and not body.startswith("#"):
            break
        if first and "{" in body:
            body = body.partition("{")[2].strip()
        first = False
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


def _here(line: str) -> tuple[str, bool]:
    """The word that ends the here document of a command line, and whether it is quoted."""
    _, arrow, rest = line.partition("<<")
    if not arrow or rest[:1] == "<" or not line.startswith(
        ("cat", "echo", "printf", "read", "local", "tee", "more", "less", "fmt", "sed", "expand",
         "print", "usage", "help", "USAGE", "HELP", "declare", "readonly", ": ", "<<", "envsubst")
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
    """The text that `echo "…"` prints, over several lines where the quotes do, with the last line's
    number."""
    command, _, rest = body.partition(" ")
    command = command.partition("(")[0]
    if "(" in body[: len(command) + 1]:
        rest = body[body.index("(") + 1 :]
    rest = rest.strip()
    while rest[:1] == "-" and rest[1:2] in "enEnr-":  # its options
        rest = rest.partition(" ")[2].lstrip()
    if command.strip("_-0123456789abcdefghijklmnopqrstuvwxyz") or not rest:
        return ([""] if command in ("echo", "print", "puts") and not rest else []), at
    if rest[:1] == "$" and rest[1:2] in "'\"":
        rest = rest[1:]
    if rest[:1] not in "'\"":
        if command != "echo" or rest[:1] in "$|>&;)":
            return [], at
        return [rest.partition(" >")[0].rstrip(";").strip()], at
    quote = rest[0]
    text = ""
    rest = rest[1:]
    for line in range(at, min(at + _MOST_LINES, len(lines))):
        piece = rest if line == at else lines[line]
        end = _closing(piece, quote)
        if end >= 0:
            text += piece[:end]
            more = piece[end + 1 :].strip()
            if command == "printf" and text in ("%s\\n", "%s", "%b\\n", "%b") and more[:1] in "'\"":
                found: list[str] = []
                while more[:1] in ("'", '"') and len(found) < _MOST_LINES:
                    end = _closing(more[1:], more[0])
                    if end < 0:  # it ends on a later line
                        rest_of, last = _quoted(lines, line, f"echo {more}")
                        return [*found, *rest_of], last
                    found += _lines_of(more[1 : end + 1], more[0])
                    more = more[end + 2 :].strip()
                return found, line
            if command == "printf" and more:
                text = text.replace("%s", more.split()[0].strip("\"';"), 1)
            return _lines_of(text, quote), line
        text += piece + "\n"
    return [], at


def _closing(text: str, quote: str) -> int:
    at = 0
    while at < len(text):
        if text[at] == "\\" and quote == '"':
            at += 2
            continue
        if text.startswith("$(", at) and quote == '"':  # it has quotes of its own
            end = text.find(")", at)
            at = end if end > 0 else at + 2
            continue
        if text[at] == quote:
            return at
        at += 1
    return -1


def _lines_of(text: str, quote: str) -> list[str]:
    if quote == '"':
        text = text.replace('\\"', '"').replace("\\$", "$").replace("\\`", "`")
    text = text.replace("\\n", "\n").replace("\\t", "    ").removesuffix("\n")
    return text.split("\n")


def _from_texts(lines: list[str]) -> list[str]:
    """The value of `USAGE="…"`, `usage=$(cat <<EOF` and `read -r -d '' usage <<EOF`."""
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
            found, _ = _quoted(lines, at, f"echo {value.strip()}")
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


def _from_comments(lines: list[str], python: bool) -> list[str]:
    """The comment block `# Usage: …` near the beginning, to its end or the next label."""
    for at, line in enumerate(lines[:120]):
        body = line.strip()
        if not body.startswith(_MARKS):
            continue
        bare = body.lstrip("#/!*").strip()
        word = bare.partition(":")[0].strip().lower()
        labelled = ":" in bare and word in ("usage", "syntax", "synopsis", "how to use", "use")
        if not labelled and bare.lower() not in ("usage", "synopsis", "syntax"):
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
        if any(each.strip() for each in found[1:]) or len((found and found[0]) or "") > 8:
            return found
    return []


def _from_any_printed(lines: list[str]) -> list[str]:
    """`echo "Usage: …"` and what is printed right after it."""
    for at, line in enumerate(lines):
        body = line.strip()
        low = body.lower()
        if "usage:" not in low or body[:1] == "#":
            continue
        for opening in ("&& ", "|| ", "{ ", "then ", "; ", ") "):
            _, there, rest = body.rpartition(opening + "echo ")
            if there:
                body = "echo " + rest
        mark, _ = _here(body)
        if not body.startswith(_PRINTERS) and not mark:
            continue
        found: list[str] = []
        while at < len(lines) and len(found) < _MOST_LINES:
            inner = body if not found else lines[at].strip()
            mark, _ = _here(inner)
            if not (inner.startswith(_PRINTERS)) or mark:
                break
            text, end = _quoted(lines, at, inner)
            if not text:
                break
            found += text
            at = end + 1
        if found:
            return found
    return []


# --- Python -----------------------------------------------------------------------------------


def _from_python(script: str, lines: list[str]) -> list[str]:
    """A docopt docstring; else nothing: argparse writes its text when it runs."""
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
    """Note the options of `add_argument("-n", "--lines", metavar="N", help="how many")` and of
    click, and return what argparse would say about them: description, operands, options. What
    typer makes of a function's parameters is not read."""
    text: list[str] = []
    rows: list[tuple[str, str]] = []
    calls = 0
    at = script.find("ArgumentParser(")
    if at >= 0:
        description = _call(script, at + 15)[1].get("description", "")
        text += [" ".join(description.split()), ""] if description.strip() else []
    for call in ("add_argument(", "@click.option(", "@option(", "add_option("):
        at = script.find(call)
        while at >= 0 and len(rows) < _MOST_LINES and calls < _MOST_CALLS:
            calls += 1
            start = at + len(call)
            words, named = _call(script, start)
            words = [word for word in words if word.split() == [word]]
            names = [word for word in words if word[:1] == "-"]
            if names:
                flag = named.get("action", "").startswith(_VALUELESS)
                flag = flag or named.get("is_flag") == "True" or any("/--" in one for one in names)
                placeholder = "" if flag else named.get("metavar") or _upper(names[-1])
                names = [part for name in names for part in name.split("/")]
                choices = named.get("choices", "")
                _add(options, names, placeholder, named.get("help", ""), choices)
                left = ", ".join(names) + (f" {placeholder}" if placeholder else "")
                rows.append((left, named.get("help", "")))
            elif words and call == "add_argument(":
                rows.append((named.get("metavar") or words[0], named.get("help", "")))
            at = script.find(call, start)
    width = min(max((len(left) for left, _ in rows), default=0), 30)
    text += [f"  {left:{width}}  {' '.join(right.split())}" for left, right in rows]
    return text


def _of_option_parser(script: str, options: dict[str, Argument]) -> list[str]:
    """Note the options of Ruby's `o.on("-n", "--lines N", "how many")`, and return what its
    OptionParser would say about them."""
    at = script.find(".banner")
    banner = script.find('"', at) if at >= 0 else -1
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


_VALUELESS = ("store_t", "store_f", "store_const", "append_const", "count", "vers", "help")


def _upper(name: str) -> str:
    return name.lstrip("-").replace("-", "_").upper()


def _call(script: str, at: int) -> tuple[list[str], dict[str, str]]:
    """The texts in a call's arguments, without and with a name: what is between the parentheses."""
    words: list[str] = []
    named: dict[str, str] = {}
    depth = 1
    name = ""
    token = ""
    end = min(len(script), at + 2000)
    while at < end and depth:
        sign = script[at]
        if sign in "'\"":
            text, at = _literal(script, at, end)
            if depth == 1 and not name:
                words.append(text)
            elif name:
                joined = "|" if depth > 1 else ""
                before = named.get(name, "")
                named[name] = before + joined + text if before else text
            continue
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "=" and depth == 1:
            name = token
        elif sign == "," and depth == 1:
            name, token = "", ""
        elif sign == "#":
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
    """The options of lines such as `  -n, --lines N   how many`, and of usage lines."""
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
    for group in groups:  # after the lines, which say what an option means
        names, placeholder = _names(group.partition("]")[0])
        if names and all(len(name) == 2 or name[:2] == "--" for name in names):
            _add(options, names, placeholder, "")


def _names(left: str) -> tuple[list[str], str]:
    """The names of an option and what stands for its value: `-n|--lines N`."""
    names: list[str] = []
    placeholder = ""
    for word in left.replace(",", " ").replace(" or ", " ").replace("/-", " -").split():
        if word == "|":
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
    """Names on the left, the meaning on the right."""
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
    """The letters of `getopts`, the words of `getopt --long` and the patterns of `case`."""
    for at, line in enumerate(lines):
        body = line.strip()
        if not body or body[0] == "#" or python:
            continue
        if "getopt" in body:
            _of_getopt(body, options)
        elif body[0] == "-" or body[:2] in ("'-", '"-', "(-"):
            pattern, close, code = body.partition(")")
            names = [part.strip(" '\"(") for part in pattern.split("|")]
            if close and not any(" " in name or "$" in name for name in names):
                _of_case(names, [code, *(each.strip() for each in lines[at + 1 : at + 4])], options)


def _of_case(names: list[str], code: list[str], options: dict[str, Argument]) -> None:
    """Note the options of a `case` pattern; `code` are the lines behind it."""
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
    """Those of -h and --help that the script seems to answer."""
    if python and ("ArgumentParser(" in script or "docopt(" in script):
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
    "${0}", "$0",
)  # fmt: skip
_COLOURS = ("\\033[", "\\e[", "\\x1b[", "\\x1B[", "\\E[")


def _with_names(line: str, verb: str, name: str) -> str:
    """The line with the verb as it is typed for the script's own name, and without colours."""
    if "$" in line or "`" in line or "%" in line or "{" in line:
        for own in _OWN_NAME:
            if own in line:
                at = line.find(own)
                after = line[at + len(own) : at + len(own) + 1]
                if own[-1].isalnum() and (after.isalnum() or after == "_"):
                    continue
                line = line.replace("./" + own, verb).replace(own, verb)
        line = _without_variables(line)
    for start in _COLOURS:
        while start in line:
            before, _, rest = line.partition(start)
            end = next((index for index, sign in enumerate(rest) if sign.isalpha()), len(rest))
            line = before + rest[end + 1 :]
    if name and name in line:
        line = _with_verb(line, verb, name)
    return line


_STARTERS = ("bash", "sh", "zsh", "python", "python3", "perl", "node", "ruby")


def _with_verb(line: str, verb: str, name: str) -> str:
    """The line with the verb where the file's name is a command: `usage: ./df.sh [POOL]`."""
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
    """The line without variables of colours such as `${BOLD}`, and with the defaults of others."""
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
    """The lines without empty ones around them and without the indent that all have, printable."""
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
