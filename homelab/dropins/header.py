"""Pure: read the description of a drop-in from its first comment block or docstring, as text.

    # Summary: free space of the pools
    # Usage: nas df [--unit UNIT] [POOL]
    # Effect: read
    # Option: --unit GiB|TiB  unit to print (default: GiB)
    # Arg: [POOL]  one pool only
    # Example: homelab nas df tank
    # Needs: zfs
    # Exit: 3  a pool is nearly full
    # Answers: 0 3
    # Counts-as: backup
    # Check: yes

All lines are optional. `Answers:` lists the exit codes that do not mean failure; without it no exit
code counts as a failure of the script. `Check: yes` makes it a check of `homelab check`, with the
exit codes of monitoring plugins. `Args: raw` passes every argument to the script, including
`--help`. Lines without a key in front are the description. Without `Summary:`, `comments` finds a
summary. Lines that begin with `##` are comments. A file `NAME.verb` beside a compiled program has
the same format.
"""

from __future__ import annotations

from homelab.catalogue.verb import Argument, Verb
from homelab.dropins import comments, programs
from homelab.dropins.file_words import kind_of, names_file
from homelab.output.columns import visible
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from homelab.dropins.own_help import OwnHelp

_WIDEST = 300  # characters of a value
EFFECTS = ("read", "write", "destructive")
KEYS = tuple(
    "summary usage effect option arg args example needs exit answers counts-as check".split()
)
_FOR_EDITORS = ("shellcheck ", "-*-", "vim:", "vi:", "SPDX-", "coding:", "pylint:", "eslint-")


class Header:
    """The description in a header; `problems` are the parts not understood: (line, why).

    `raw`: every argument goes to the script. `counts_as`: the public word that its runs are counted
    by, as written. `check`: it is a check. `cut`: the header goes on after LONGEST. `said`: the
    keys of its lines, in lower case. `derived`: the summary does not come from a line `Summary:`.
    `script` is the text of the whole file, `file` its name, and `typed` the verb as people type it,
    if `description.read` set them; `unclear_check` is what is wrong with a line
    `Check:`; `own` is the own help that `description.own` found in the text.
    """

    __slots__ = (
        "answers", "check", "counts_as", "cut", "derived", "description", "effect", "examples",
        "exits", "file", "last", "needs", "operands", "options", "own", "problems", "raw", "said",
        "script", "summary", "typed", "unclear_check", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self.summary = ""
        self.usage = ""
        self.effect = ""
        self.options: list[Argument] = []
        self.operands: list[Argument] = []
        self.examples: list[str] = []
        self.needs: list[str] = []
        self.exits: dict[int, str] = {}
        self.answers: tuple[int, ...] = ()
        self.raw = False
        self.counts_as = ""
        self.check = False
        self.unclear_check = ""
        self.cut = False
        self.last = 0  # line of the block
        self.description: list[str] = []
        self.said: set[str] = set()
        self.problems: list[tuple[int, str]] = []
        self.derived = False
        self.script = ""
        self.file = ""
        self.typed = ""
        self.own: OwnHelp | None = None

    @property
    def ours(self) -> bool:
        """Whether its author wrote it for homelab."""
        return not self.said.isdisjoint(("summary", "effect"))


def parse(text: str, commented: bool = True, brief: bool = False, name: str = "") -> Header:
    """Parse the header of a file that begins with `text`. If not `commented`, the whole text is the
    header. `brief` reads only summary and effect, for callers with a thousand files. `name` is the
    name of the file. Control characters are escaped, because anyone may have written the text."""
    header = Header()
    if brief and commented and not _has_known(text):
        end = text.rstrip("\n").rpartition("\n")[2].lstrip()
        header.last = text.count("\n") if end.startswith(("#", "//")) else 0
        block: list[tuple[int, str]] = []  # reading a block without keys would double the time
        foreign = False
    else:
        block, foreign = _block(text, commented)
        header.last = block[-1][0] if block else 0
        if commented and not foreign and any(_declares(line) for _, line in block):
            block = [pair for pair in block if not pair[1].startswith("#")]
    past = 0
    for at, (number, line) in enumerate(block):
        if at < past:
            continue
        key, colon, value = line.partition(":")
        word = key.strip().lower()
        if word in _SECTIONS and colon and not value.strip():
            value = _below(block, at)  # people write `Usage:` on a line of its own
        elif word == "needs" and colon and not value.strip():
            value, past = _list_below(block, at)
        is_known = colon and word in KEYS and value[:1] in ("", " ", "\t")
        if is_known and not (foreign and _is_prose(word, value.strip())):
            if not brief or word in ("summary", "effect"):
                _take(header, number, word, value.strip())
        elif brief:
            continue
        elif not line.lstrip().startswith(_FOR_EDITORS):
            header.description.append(_clean("|" + line.expandtabs(4))[1:])  # keeps the indent
            is_key = key.replace("-", "").isalpha() and word not in KEYS
            if is_key and value.strip() and not value.startswith("//"):
                _nearly(header, number, word, key)
    if commented and not header.summary:
        header.summary = _clean(comments.summary(text, name)).rstrip(".")
        header.derived = bool(header.summary)
    return header


def below(text: str, header: Header) -> list[tuple[int, str]]:
    """The lines with keys that a parsed `header` does not have, because they are in a later comment
    block, above the first command: (line, key)."""
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")[:_REACH]
    found = []
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        mark = next((sign for sign in ("#", "//") if bare.startswith(sign)), "")
        if bare and not mark and not comments.is_setting(bare):
            break
        said = _unmarked(line, mark) if mark else ""
        key = said.partition(":")[0]
        if number > header.last and _declares(said) and key.lower() not in header.said:
            found.append((number, key))  # an indented key is an example in a text
    return [each for each in found if each[1] == each[1].strip()]


def _has_known(text: str) -> bool:
    low = text.lower()
    return "summary" in low or "effect" in low


_SECTIONS = ("summary", "usage", "example")


def _below(block: list[tuple[int, str]], at: int) -> str:
    """The line below a key on a line of its own, with a blank in front; "" if that line has a
    key."""
    below = block[at + 1][1].strip() if at + 1 < len(block) else ""
    key, colon, _ = below.partition(":")
    return f" {below}" if below and not (colon and key.lower() in KEYS) else ""


def _list_below(block: list[tuple[int, str]], at: int) -> tuple[str, int]:
    """The lines of the list below a key on a line of its own, with a blank in front of the first,
    and the index in the block where the list ends. Its items are single words, or its lines are
    indented or begin with a mark (`- zpool`)."""
    items: list[str] = []
    end = at + 1
    indent = len(block[at][1]) - len(block[at][1].lstrip())
    while end < len(block):
        line = block[end][1].expandtabs(4)
        bare = line.strip()
        key, colon, _ = bare.partition(":")
        item = bare.lstrip("-*\u2022+").strip() if bare[1:2] in (" ", "") else bare
        is_item = bare != item or len(line) - len(line.lstrip()) > indent
        if not item or (colon and key.strip().lower() in KEYS) or not (is_item or " " not in bare):
            break
        name, gap, remark = item.partition("  ")  # `zpool   lists the pools`
        items.append(name if gap and " " in remark.strip() else item)
        end += 1
    return (" " + "\n".join(items), end) if items else ("", 0)


# A block without one of these was not written for homelab.
_OURS = frozenset(("summary", "effect", "needs", "answers", "counts-as", "check"))
_YES_NO = ("yes", "no")
_REACH = 80  # the block begins within this many lines of a script
_LATEST = 4  # last line on which the block may begin, not counting lines that say nothing


def _block(text: str, commented: bool) -> tuple[list[tuple[int, str]], bool]:
    """(the lines of the block that describes the script, without comment marks, numbered from 1;
    whether the block may be ordinary prose, in which our keys are ordinary words).

    It is the first comment block if that has a key of ours. Else it is the first one that says more
    than a licence does and has no commands in front except settings (`set -u`), or the docstring.
    """
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    if not commented:
        pairs = enumerate(lines, 1)
        return [(at, _unmarked(line)) for at, line in pairs if line.lstrip()[:2] != "##"], False
    at = 1 if lines[0].startswith("#!") else 0
    while at < len(lines) and not lines[at].strip():
        at += 1
    first, _ = _marked(lines, at)
    if any(_declares(line) for _, line in first):
        return first, False
    for block, foreign in _further(lines):
        if any(_declares(line) for _, line in block):
            return block, foreign
    return first, False


def _unmarked(line: str, mark: str = "#") -> str:
    bare = line.lstrip()
    return bare[len(mark) :].removeprefix(" ") if bare.startswith(mark) else line


def _marked(lines: list[str], at: int) -> tuple[list[tuple[int, str]], int]:
    """The comment lines from a line on, without comment marks, and the line after them."""
    line = lines[at].lstrip() if at < len(lines) else ""
    mark = next((sign for sign in ("#", "//") if line.startswith(sign)), "")
    found = []
    while mark and at < len(lines) and lines[at].lstrip().startswith(mark):
        found.append((at + 1, _unmarked(lines[at], mark)))
        at += 1
    return found, at


def _declares(line: str) -> bool:
    """Whether a line has a key that only homelab uses, or declares an effect."""
    key, colon, value = line.partition(":")
    word = key.strip().lower()
    if not colon or word not in _OURS or value[:1] not in ("", " ", "\t"):
        return False
    if word == "check":
        return value.strip().lower() in _YES_NO
    return word != "effect" or value.strip().lower() in EFFECTS


def _is_prose(word: str, value: str) -> bool:
    """Whether a line of a docstring only looks like a key of ours: `Effect: it saves power`."""
    if word == "effect":
        return " " in value
    if word == "check":
        return value.lower() not in _YES_NO
    return not value or (word == "args" and value.lower() != "raw")


def _further(lines: list[str]) -> Iterator[tuple[list[tuple[int, str]], bool]]:
    """The first comment block that says something (it may be below settings, licences and lines for
    editors), and the docstring, each with whether it is a long comment."""
    at = 1 if lines[0].startswith("#!") else 0
    python = at == 1 and ("python" in lines[0] or "uv run" in lines[0])
    most = _LATEST - at
    code = 0  # lines of code so far
    seen = False
    while at < min(len(lines), _REACH) and code < most:
        line = lines[at].strip()
        begin = at
        at += 1
        if not line:
            continue
        end, head, tail = comments.end_of_long(lines, begin, python, not code)
        if end:
            at = end
            is_docstring = python and line[0] not in "/:=-"
            if is_docstring or not seen:
                last = [tail] if end > begin + 1 else []
                inner = [head, *_outdented(lines[begin + 1 : end - 1]), *last]
                yield list(enumerate(inner, begin + 1)), True
            if is_docstring:
                return
            seen = True
            continue
        block, end = _marked(lines, begin)
        if not block:
            if "<<" in line or line.count('"') % 2 or line.count("'") % 2:
                return  # the lines below may be the text of another file
            code += not comments.is_setting(line)
            if python and not line.startswith(("import ", "from ")):
                return  # a string below this is not a docstring
            continue
        at = end
        if seen or _is_licence([line for _, line in block]):
            continue
        closed = end < len(lines) and not lines[end].strip() and any(map(str.strip, lines[end:]))
        if code and not closed and len(block) < 3:
            code += len(block)  # the block describes the code below it
            continue
        yield block, False
        seen = True


def _outdented(lines: list[str]) -> list[str]:
    """The lines of a long comment without their common margin or the `*` of `/* … */`."""
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(indents, default=0)
    return [_unmarked(line[margin:], "*") for line in lines]


def _is_licence(block: list[str]) -> bool:
    """Whether a comment block is empty of information, or is only a licence."""
    low = " ".join(block).lower()
    return all(map(comments.says_nothing, block)) or (
        any(word in low for word in ("copyright", "licen", "spdx-"))
        and not any(map(_declares, block))
    )


def _take(header: Header, number: int, word: str, value: str) -> None:
    if not value:
        header.problems.append((number, f"{word.capitalize()}: has no value"))
        return
    if word in ("summary", "usage", "effect", "counts-as", "check") and word in header.said:
        header.problems.append((number, f"{word.capitalize()}: appears twice"))
        return
    header.said.add(word)
    if word == "summary":
        header.summary = _clean(value).rstrip(".")
    elif word == "usage":
        header.usage = _clean(value)
    elif word == "effect":
        if value.lower() in EFFECTS:
            header.effect = value.lower()
        else:
            one_of = ", ".join(EFFECTS)
            header.problems.append((number, f"Effect: must be one of {one_of}, not {value!r}"))
    elif word == "option":
        option = _option(value)
        if option:
            header.options.append(option)
        else:
            header.problems.append((number, "Option: must begin with the option: --unit UNIT  why"))
    elif word == "arg":
        header.operands.append(_operand(value))
    elif word == "args":
        header.raw = value.lower() == "raw"
        if not header.raw:
            header.problems.append((number, f"Args: must be raw or left out, not {value!r}"))
    elif word == "example":
        header.examples.append(_clean(value))
    elif word == "needs":
        for line in value.split("\n"):
            found, prose = programs.named(line)
            header.needs += (each for each in map(_clean, found) if each not in header.needs)
            if prose and not found:  # perhaps the script was not written for homelab
                why = f"Needs: lists programs, separated by blanks; {_clean(prose)!r} is not one"
                header.problems.append((number, why))
    elif word == "answers":
        codes = value.replace(",", " ").split()
        wrong = [code for code in codes if not _is_code(code)]
        if wrong:
            why = f"Answers: lists exit codes from 0 to 255, not {_clean(wrong[0])}"
            header.problems.append((number, why))
        else:
            header.answers = tuple(sorted({*header.answers, *map(int, codes)}))
    elif word == "counts-as":
        header.counts_as = _clean(value)
    elif word == "check":
        header.check = value.lower() == "yes"
        if value.lower() not in _YES_NO:
            why = f"Check: must be yes or no, not {value!r}"
            header.problems.append((number, why))
            header.unclear_check = "" if " " in value else why  # a sentence is prose
    else:
        code, _, meaning = value.replace("\t", " ").partition(" ")
        if _is_code(code):
            header.exits[int(code)] = _clean(meaning.strip().lstrip("=-: "))
        else:
            why = f"Exit: must begin with an exit code from 0 to 255, not {code}"
            header.problems.append((number, why))


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < 256


def _split(value: str) -> tuple[list[str], str]:
    """(the names and placeholder on the left, the meaning on the right). Two spaces or a tab
    separate them; without either, the meaning begins after the words that look like names."""
    left, _, right = value.replace("\t", "  ").partition("  ")
    words = left.split()
    if right:
        return words, right.strip()
    count = 0
    while count < len(words) and (words[count].startswith("-") or _placeholder(words[count])):
        count += 1
    count = count or 1
    return words[:count], " ".join(words[count:])


def _placeholder(word: str) -> bool:
    bare = word.strip("[]<>.…")
    return bool(bare) and (bare.upper() == bare or "|" in bare or "<" in word)


def _meaning(text: str) -> tuple[str, str]:
    """(the meaning, the default at its end), from `unit to print (default: GiB)`."""
    before, found, after = text.rpartition("(default: ")
    if found and after.endswith(")"):
        return _clean(before.rstrip()), _clean(after[:-1])
    return _clean(text), ""


def _choices(placeholder: str) -> tuple[str, ...]:
    bare = placeholder.strip("[]<>{}")
    return tuple(map(_clean, bare.split("|"))) if "|" in bare else ()


def _usage_names_file(usage: str) -> bool:
    """Whether a usage line has an option or placeholder that names a file: `df [--config FILE]`."""
    words = [
        word
        for word in usage.split()
        if word[0] in "-[{<" or word.rstrip(".")[-1:] in "]}>" or _placeholder(word)
    ]
    return any(map(names_file, words))


def _option(value: str) -> Argument | None:
    words, right = _split(value)
    summary, default = _meaning(right)
    names, placeholder = [], ""
    for word in words:
        name, equals, inner = word.rstrip(",").partition("=")
        if name.startswith("-") and len(name) > 1:
            names.append(_clean(name))
            placeholder = inner if equals else placeholder
        else:
            placeholder = word
    if not names:
        return None
    names.sort(key=lambda name: not name.startswith("--"))
    choices = _choices(placeholder)
    kind = kind_of(words, choices) if placeholder else "flag"
    return Argument(
        names[0], kind, summary, default, choices, aliases=tuple(names[1:]),
        value=_clean(placeholder.strip("[]<>")) if "|" not in placeholder else "",
    )  # fmt: skip


def _operand(value: str) -> Argument:
    words, right = _split(value)
    summary, default = _meaning(right)
    first = words[0]
    name = _clean(first.strip("[]<>.…") or first).upper()
    choices = next((_choices(word) for word in words if "|" in word), ())
    many = any(word.rstrip("]>").endswith(("...", "…")) for word in words)
    return Argument(
        "VALUE" if "|" in name else name, kind_of(words, choices), summary, default, choices,
        required=not first.startswith("["), many=many,
    )  # fmt: skip


def _nearly(header: Header, number: int, word: str, key: str) -> None:
    """Add a problem if a line begins with a misspelt key: `Sumary: …`."""
    for known in KEYS[:-1]:  # `Checks:` is a usual word of a description
        if abs(len(known) - len(word)) <= 1 and sorted(set(known) ^ set(word))[1:] == []:
            meant = known.capitalize()
            header.problems.append((number, f"{key}: is not a known word; did you mean {meant}:?"))
            return


def _clean(text: str) -> str:
    return clipped(visible(text.strip().replace("\t", " ")), _WIDEST)


def verb(path: str, source: str, header: Header, guessed: Sequence[Argument] = ()) -> Verb:
    """The drop-in as a `Verb`, like a built-in. A script that does not describe its arguments gets
    all of them as given; if its header mentions a file, they count as files. `guessed` options,
    which are only for TAB completion, are added to the declared ones."""
    known = {name for each in header.options for name in (each.name, *each.aliases)}
    more = [each for each in guessed if known.isdisjoint((each.name, *each.aliases))]
    options = (*header.options, *more)
    arguments = (*header.options, *header.operands)
    names_a_file = _usage_names_file(header.usage)
    shown: Sequence[Argument] = ()
    needs_file = False
    if header.usage and not header.operands and (header.options or header.raw or names_a_file):
        from homelab.dropins import usage_line

        behind = usage_line.without_program(header.usage, path, header.file)
        shown, needs_file = usage_line.arguments(behind), usage_line.needs_file(behind)
    operands = [each for each in shown if not each.option]
    if shown and not header.raw and (operands or not header.options):
        # each operand has its position, so an agent's value can't get into the place of the file
        taken = {name for each in options for name in (each.name, *each.aliases)}
        more_options = () if header.options else [each for each in shown if each.option]
        flags = [each for each in more_options if taken.isdisjoint((each.name, *each.aliases))]
        arguments = (*options, *flags, *operands)
    elif header.raw or not arguments:
        files = [each for each in (*arguments, *shown) if each.kind == "file"]
        kind = "file" if files or names_a_file else "words"
        needed = any(each.required for each in files) or (not shown and needs_file)
        rest = Argument(
            "ARGUMENTS", kind, "passed to the script as they are", required=needed, many=True
        )
        arguments = (*options, rest)
    elif more:
        arguments = (*options, *header.operands)
    exits = header.exits or {0: "done"}
    return Verb(
        path,
        header.summary,
        arguments=arguments,
        details="\n".join(header.description).strip("\n"),
        effect=header.effect,
        examples=tuple(header.examples),
        exits=tuple(sorted(exits.items())),
        since="",
        idempotent=False,
        network=True,
        source=source,
        usage=header.usage,
        needs=tuple(header.needs),
        answers=header.answers or (0,),
        passes_on=not header.answers,
    )
