"""Check prose for phrases that are hard to read: in comments, docstrings, strings and Markdown.

Readers are often not native speakers. phrases.txt lists the phrases and what to write instead.
`python3 build.py lint` checks the whole tree; `PYTHONPATH=tests python -m prose FILE…` some files.
"""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path
from typing import NamedTuple

PHRASES = Path(__file__).with_name("phrases.txt")
# A docstring makes sense without its neighbours.
OPENINGS = re.compile(
    r"(?:the same|that|those|as|the others?|also|of|such|what|who|its|one)\b", re.IGNORECASE
)
OPENING = "start with what the thing is or returns"
# f-strings are tokens of three kinds since Python 3.12
_STRINGS = frozenset({"STRING", "FSTRING_MIDDLE"})
_BETWEEN = frozenset({"NL", "NEWLINE", "INDENT", "DEDENT", "COMMENT", "ENCODING"})
_OPENER = re.compile(r"""(?i)^[rbuf]*("{3}|'{3}|"|')""")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?:(?!\1).|\n)+?\1")


class Phrase(NamedTuple):
    """A phrase to avoid, and what to write."""

    pattern: re.Pattern[str]
    instead: str


class Passage(NamedTuple):
    """Text that people read: where it begins (line, from 1), and whether it is a docstring."""

    line: int
    text: str
    docstring: bool = False


class Finding(NamedTuple):
    """A phrase in a file: its line, its words, and what to write."""

    line: int
    words: str
    instead: str


def phrases(path: Path = PHRASES) -> list[Phrase]:
    """The phrases to avoid. Raises ValueError for a line without a tab."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, tab, instead = line.partition("\t")
            if not tab:
                raise ValueError(f"{path.name}: no tab in {line!r}")
            # what is looked for behind a place has a fixed width
            spaced = re.sub(r"(\(\?<[!=][^)]*\))| ", lambda match: match[1] or r"\s+", pattern)
            found.append(Phrase(re.compile(spaced, re.IGNORECASE), instead))
    return found


def findings(path: Path, avoided: list[Phrase]) -> list[Finding]:
    """What to rewrite in a file, in the order of its lines."""
    text = path.read_text(encoding="utf-8")
    passages = of_markdown(text) if path.suffix == ".md" else of_python(text)
    found = []
    for passage in passages:
        for phrase in avoided:
            for match in phrase.pattern.finditer(passage.text):
                line = passage.line + passage.text.count("\n", 0, match.start())
                found.append(Finding(line, " ".join(match.group().split()), phrase.instead))
        opening = OPENINGS.match(passage.text.lstrip()) if passage.docstring else None
        if opening:
            found.append(Finding(passage.line, opening.group(), OPENING))
    return sorted(found)


def of_python(text: str) -> list[Passage]:
    """The comments, docstrings and strings of a Python file. Neighbouring comment lines are one
    passage, and so are the parts of a string that Python joins."""
    passages: list[Passage] = []
    before = ""  # kind of the token before, but for line ends
    docstring_may_follow = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        line = token.start[0]
        if kind == "COMMENT":
            words = token.string.lstrip("#").strip()
            last = passages[-1] if passages else None
            if before == "COMMENT" and last and last.line + last.text.count("\n") + 1 == line:
                passages[-1] = last._replace(text=f"{last.text}\n{words}")
            else:
                passages.append(Passage(line, words))
            before = kind
        elif kind in _STRINGS:
            words = _unquoted(token.string) if kind == "STRING" else token.string
            if before in _STRINGS and passages:
                last = passages[-1]
                gap = "\n" * (line - last.line - last.text.count("\n"))
                passages[-1] = last._replace(text=last.text + (gap or "") + words)
            else:
                passages.append(Passage(line, words, docstring_may_follow))
            before = "STRING"
        elif kind not in _BETWEEN and kind not in ("FSTRING_START", "FSTRING_END"):
            before = kind
        if kind == "INDENT":
            docstring_may_follow = True
        elif kind not in ("NL", "COMMENT", "ENCODING"):
            docstring_may_follow = False
    return passages


def _unquoted(literal: str) -> str:
    opener = _OPENER.match(literal)
    if opener is None:
        return literal
    return literal[opener.end() : -len(opener.group(1))]


def of_markdown(text: str) -> list[Passage]:
    """The prose of a Markdown file, without its code: fences, indented blocks, code spans."""
    kept = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark.group(1)
            kept.append("")
        elif fence:
            fence = "" if mark and mark.group(1).startswith(fence) else fence
            kept.append("")
        else:
            kept.append("" if line.startswith("    ") else line)
    prose = _CODE.sub(lambda match: re.sub(r"[^\n]", "x", match.group()), "\n".join(kept))
    return [Passage(1, prose)]
