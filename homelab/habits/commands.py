"""Pure: split an entry of a shell history into pipelines, simple commands and words.

It reads the usual input for bash, zsh, fish, nushell and ash, not the whole grammar of any shell:
quotes, operators, redirections, here-documents, comments and control words. A substitution is one
word, whatever it contains. A redirection is one word: REDIRECTED, its operator, REDIRECTED, and its
target.
"""

from __future__ import annotations

import re

MOST = 4096  # characters of an entry that is split; a longer one is a program, not a habit
REDIRECTED = "\0"
_ERRORS_TOO = f"{REDIRECTED}2>&{REDIRECTED}1"

_SPECIAL = re.compile(r"[\0|&;<>()'\"\\$`#\n{}!]")
_TOKEN = re.compile(
    r"""
    (?P<blank>(?:[^\S\n]|\\\n)+|\\\Z|\#[^\n]*)
  | (?P<redirection>[0-2]?(?:<<<|<<-?|<>|<&|>>|>&|>\||<|>)|&>>?)
  | (?P<operator>\|\||&&|;;|\|&|[|&;()\n])
  | (?P<word>(?:
        [^\s|&;<>()'"\\$`]+
      | '[^']*'
      | \$'(?:[^'\\]|\\.)*'
      | "(?:[^"\\]|\\.)*"
      | \\.
      | \$\((?:[^()'"]|'[^']*'|"[^"]*"|\((?:[^()]|\([^()]*\))*\))*\)
      | \$\{[^}]*\}
      | `[^`]*`
      | \$(?!\()
    )+)
  | (?P<torn>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""\$?'((?:[^'\\]|\\.)*)'|\$?"((?:[^"\\]|\\.)*)"|\\(.)""", re.DOTALL)
_HERE = re.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")
_PIPES = ("|", "|&")

# Words in front of a command that say when it runs.
_IN_FRONT = frozenset("! and begin do elif else if not or then time until while {".split())
# Words that begin something other than a command.
_NO_COMMAND = frozenset("case done end esac fi for foreach function in select switch }".split())


def pipelines(text: str) -> list[list[list[str]]]:
    """The pipelines of an entry, each a list of simple commands, each a list of words without
    quotes: `sudo docker ps | grep "my app"` → [[[sudo, docker, ps], [grep, my app]]]. Empty if
    the entry ends inside a quote."""
    if not _SPECIAL.search(text):
        commands = _commands([text.split()])
        return [commands] if commands else []
    text = text.replace(REDIRECTED, "")
    if "<<" in text:
        text = _without_here_documents(text)
    found: list[list[list[str]]] = []
    pipeline: list[list[str]] = []
    words: list[str] = []
    sign = ""
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "word":
            if sign:
                words += _redirections(sign, _unquoted(token))
                sign = ""
            else:
                words.append(_unquoted(token))
        elif kind == "redirection":
            sign = token  # its target is the next word
        elif kind == "operator":
            sign = ""
            if token.endswith("|&"):
                words.append(_ERRORS_TOO)
            pipeline.append(words)
            words = []
            if token not in _PIPES:
                found.append(pipeline)
                pipeline = []
        elif kind == "torn":
            return []
    pipeline.append(words)
    found.append(pipeline)
    return [kept for kept in map(_commands, found) if kept]


def _redirections(sign: str, target: str) -> list[str]:
    """A redirection in the form that every shell knows: `&>x` becomes `>x 2>&1`."""
    if sign in ("&>", "&>>", ">&") and target not in ("0", "1", "2", "-"):
        return [f"{REDIRECTED}{sign.strip('&')}{REDIRECTED}{target}", _ERRORS_TOO]
    return [f"{REDIRECTED}{sign}{REDIRECTED}{target}"]


def _commands(pipeline: list[list[str]]) -> list[list[str]]:
    kept = []
    for words in pipeline:
        begin = 0
        while begin < len(words) and words[begin] in _IN_FRONT:
            begin += 1
        if begin < len(words) and words[begin] not in _NO_COMMAND:
            kept.append(words[begin:] if begin else words)
    return kept


def _unquoted(word: str) -> str:
    if "'" not in word and '"' not in word and "\\" not in word:
        return word
    return _QUOTED.sub(
        lambda match: next(part for part in match.groups() if part is not None), word
    )


def _without_here_documents(text: str) -> str:
    """The text without the lines of here-documents: they are data, not commands."""
    kept: list[str] = []
    ends: list[str] = []
    for line in text.split("\n"):
        if ends:
            if line.strip() == ends[0]:
                ends.pop(0)
            continue
        kept.append(line)
        ends = [match.group(2) for match in _HERE.finditer(line)]
    return "\n".join(kept)
