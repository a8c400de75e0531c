"""Pure: read the histories of bash, and of shells that also write plain lines.

With HISTTIMEFORMAT a line `#SECONDS` is in front of each entry, and an entry may have several lines
(cmdhist keeps the lines of strings and here-documents, lithist keeps all). To bash everything up to
the next such line is one entry. A session without times, written behind one with times, would also
become one entry; so a line belongs to the entry before it only if that is incomplete without it.
"""

from __future__ import annotations

from homelab.habits.entries import LONGEST, moment, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LINES = 1000  # most lines of an entry; a longer one has an unclosed quote


def entries(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The entries of a history: (moment in s since the epoch or 0 if unknown, text)."""
    start = -1  # the moment in the previous line, which belongs to the next entry
    kept: list[bytes] = []  # the lines so far of an entry that has a moment
    size = of_kept = 0
    command = _Command()
    for line in lines:
        if line[:1] == b"#" and line[1:2].isdigit() and line[1:].isdigit():
            if kept:
                yield from _entry(of_kept, kept, command)
                kept = []
            start = moment(line[1:])
        elif not kept:
            if line and start < 0:
                yield 0, text(line)
            elif line:
                kept, size, of_kept, start = [line], len(line), start, -1
                command = _Command()
        else:
            command.read(kept[-1])
            size += len(line) + 1
            if command.is_open and len(kept) < _LINES and size <= LONGEST:
                kept.append(line)
                continue
            yield from _entry(of_kept, kept, command)
            kept = []
            if line:
                yield 0, text(line)
    if kept:
        yield from _entry(of_kept, kept, command)


def _entry(start: int, lines: list[bytes], command: _Command) -> Iterator[tuple[int, str]]:
    """The entry of these lines; `command` has read all of them, or all except the last. If it is
    incomplete, each line is an entry, as in a file without moments: the user pressed Ctrl-C."""
    if len(lines) == 1:
        yield start, text(lines[0])
        return
    if command.lines < len(lines):
        command.read(lines[-1])
    if not command.is_open:
        yield start, text(b"\n".join(lines))
        return
    for number, line in enumerate(lines):
        if line:
            yield (0 if number else start), text(line)


class _Command:
    """The state of a command that is read line by line: whether it needs more lines, roughly as
    bash decides it (quotes, here-documents, brackets, keywords, joining operators)."""

    __slots__ = ("_ends", "_joined", "_quote", "_stack", "lines")

    def __init__(self) -> None:
        self.lines = 0  # number of lines read
        self._quote = ""
        self._ends: list[tuple[str, bool]] = []  # (here-document's end, may tabs precede it)
        self._stack: list[str] = []  # ends of the open brackets and keywords
        self._joined = False  # the line ends with an operator that joins the next line to it

    @property
    def is_open(self) -> bool:
        """Whether the next line belongs to the command."""
        return bool(self._quote or self._ends or self._stack or self._joined)

    def read(self, line: bytes) -> None:
        """Read the next line of the command."""
        self.lines += 1
        text = line.decode("latin-1")
        if self._ends and not self._quote:
            end, tabs = self._ends[0]
            if (text.lstrip("\t") if tabs else text) == end:
                del self._ends[0]
            return
        self._joined = False
        word, first = "", True  # the word that is being read; whether it is a command's first
        at, size = 0, len(text)
        while at < size:
            sign = text[at]
            at += 1
            if self._quote:
                at = self._quoted(text, at - 1)
            elif sign == "\\":
                if at == size:
                    self._word(word, first)
                    self._joined = True
                    return
                word += text[at]
                at += 1
            elif sign in "'\"`":
                self._quote = "$'" if sign == "'" and word[-1:] == "$" else sign
                word += sign
            elif sign == "#" and not word:
                break
            elif sign == "<" and text[at : at + 2] == "<<":
                at += 2  # a text behind it, no document
            elif sign == "<" and text[at : at + 1] == "<":
                at = self._here_document(text, at + 1)
            elif sign in " \t;&|()<>":
                first = self._word(word, first)
                word = ""
                if sign == "(":
                    self._stack.append(")")
                elif sign == ")":
                    self._close(")")
                if sign in ";&|()":
                    first = True
                    self._joined = sign == "|" or (sign == "&" and text[at - 2 : at] == "&&")
                elif sign in "<>":
                    self._joined = False
            else:
                word += sign
                self._joined = False
        self._word(word, first)

    def _quoted(self, text: str, at: int) -> int:
        """Read the quoted text from an index on; return where it ends."""
        end = self._quote[-1]
        escapes = self._quote != "'"
        while at < len(text):
            if text[at] == "\\" and escapes:
                at += 1
            elif text[at] == end:
                self._quote = ""
                return at + 1
            at += 1
        return at

    def _here_document(self, text: str, at: int) -> int:
        """Remember the end mark of a here-document that begins at an index; return where the line
        goes on."""
        tabs = text[at : at + 1] == "-"
        at += tabs
        while text[at : at + 1] in (" ", "\t"):
            at += 1
        begin = at
        while at < len(text) and text[at] not in " \t;&|()<>":
            at += 1
        end = text[begin:at]
        for sign in "'\"\\":
            end = end.replace(sign, "")
        if end and not end[0].isdigit():  # `1<<2` is a number
            self._ends.append((end, tabs))
        return at

    def _word(self, word: str, first: bool) -> bool:
        """Take a word; return whether the next one is the first word of a command."""
        if not word:
            return first
        self._joined = False
        if not first:
            if word == "in" and self._stack[-1:] == ["esac"]:
                return True
            return word in ("do", "then")
        end = _ENDS.get(word)
        if end:
            self._stack.append(end)
            return word not in ("case", "for", "select")
        self._close(word)
        return word in _BEFORE_COMMANDS

    def _close(self, end: str) -> None:
        if self._stack[-1:] == [end]:
            self._stack.pop()


_ENDS = {"if": "fi", "case": "esac", "while": "done", "until": "done", "for": "done", "{": "}"}
_ENDS["select"] = "done"
_BEFORE_COMMANDS = {"do", "then", "else", "elif", "!", "time"}
