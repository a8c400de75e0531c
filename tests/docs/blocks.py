"""Pure: the blocks of a Markdown page, and the commands in them.

A fence of the language `console` has lines `$ command` and below each its output. A command
continues on the next line after a backslash, or where the next line begins with `> `. A line `…` in
an output stands for lines that the page leaves out.

A comment before a fence steers the tests. `<!-- lab: NAME -->` names the lab that the commands run
in (`plain` if there is none). After the name, `, fresh` forgets what earlier commands of the page
did there, and `, terminal` runs the block at a narrow terminal. `<!-- not run: REASON -->`
exempts a block, and `<!-- file: NAME -->` says that a block is the content of a file in the home of
the page's labs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

PLAIN = "plain"
COLUMNS = 76  # of a terminal: `homelab help` indents a block by 4, and then it fits into 80
_OPTIONS = frozenset(("fresh", "terminal"))  # after a lab's name
_COMMENT = re.compile(r"<!--\s*(lab|not run|file):\s*(.*?)\s*-->")
_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})\s*([\w+-]*)")


class Step(NamedTuple):
    """A command of a block, and its output. Lines `first` up to `last` (from 0, exclusive) of the
    page are that output."""

    command: str
    output: str
    first: int
    last: int


class Block(NamedTuple):
    """A fence of a page. Its text begins on `line` (from 1), each line with `indent`. Its commands
    run at a terminal with so many `columns` (0: in a pipe)."""

    page: str
    line: int
    language: str
    text: str
    lab: str
    fresh: bool
    not_run: str
    file: str
    indent: str
    columns: int = 0

    @property
    def steps(self) -> list[Step]:
        """The commands of a console block. Raises ValueError for a block that begins otherwise."""
        return list(_steps(self))


def blocks(page: str, text: str) -> list[Block]:
    """All fences of a page. Raises ValueError where one does not end."""
    found: list[Block] = []
    marks: dict[str, str] = {}
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        comment, fence = _COMMENT.fullmatch(line.strip()), _FENCE.match(line)
        if comment:
            marks[comment.group(1)] = comment.group(2)
        elif fence:
            indent, mark, language = fence.groups()
            inner: list[str] = []
            for _, row in lines:
                if row.strip() and not row.strip().strip(mark[0]) and mark in row:
                    break
                inner.append(row[len(indent) :] if row.startswith(indent) else row.lstrip(" "))
            else:
                raise ValueError(f"{page}:{number}: the block does not end")
            body = "".join(f"{row}\n" for row in inner)
            named = [marks.get(name, "") for name in ("lab", "not run", "file")]
            (lab, *options), not_run, file = named[0].split(", "), *named[1:]
            for option in options:
                if option not in _OPTIONS:
                    raise ValueError(f"{page}:{number}: {option!r} is not known after a lab's name")
            found.append(
                Block(
                    page, number + 1, language, body, lab or PLAIN, "fresh" in options, not_run,
                    file, indent, COLUMNS if "terminal" in options else 0,
                )
            )  # fmt: skip
            marks = {}
        elif line.strip():
            marks = {}
    return found


def _steps(block: Block) -> Iterator[Step]:
    rows = block.text.split("\n")[:-1]
    if rows and not rows[0].startswith("$ "):
        where = f"{block.page}:{block.line}"
        raise ValueError(f"{where}: a console block begins with `$ ` and a command")
    at = 0
    while at < len(rows):
        command = [rows[at][2:]]
        at += 1
        while at < len(rows) and (command[-1].endswith("\\") or rows[at].startswith("> ")):
            command.append(rows[at][2:] if rows[at].startswith("> ") else rows[at])
            at += 1
        first = at
        while at < len(rows) and not rows[at].startswith("$ "):
            at += 1
        output = "".join(f"{row}\n" for row in rows[first:at])
        start = block.line - 1
        yield Step("\n".join(command), output, start + first, start + at)


def replaced(text: str, outputs: list[tuple[Block, Step, str]]) -> str:
    """A page with other outputs below its commands."""
    lines = text.split("\n")
    for block, step, output in sorted(outputs, key=lambda each: -each[1].first):
        rows = [f"{block.indent}{row}".rstrip(" ") for row in output.split("\n")[:-1]]
        lines[step.first : step.last] = rows
    return "\n".join(lines)
