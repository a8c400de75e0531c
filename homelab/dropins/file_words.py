"""Pure: does the name of an argument say that its value is a file, which agents can't name?"""

from __future__ import annotations

# A value with one of these in a word of its name or placeholder is the path of something: LOGFILE,
# LOG_PATH, DIRS. The words beside them only look so.
_FILES = ("file", "path", "dir", "folder", "socket")
_NO_FILES = frozenset(
    "direct direction directions directive directives dirty indirect profile profiles redirect"
    " redirection redirects xpath".split()
)


def names_file(text: str) -> bool:
    """Whether a name or placeholder says that its value is a file, folder or socket."""
    words = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    return any(
        word not in _NO_FILES and (word == "sock" or any(part in word for part in _FILES))
        for word in words
    )


def kind_of(words: list[str], choices: tuple[str, ...]) -> str:
    """The kind of an argument by its names and placeholders: `--config FILE`, `SRC_DIR` are files,
    which agents can't name; what has a choice of values is none."""
    return "file" if not choices and any(map(names_file, words)) else "text"
