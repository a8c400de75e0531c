"""Pure: whether the name of an argument says that its value is a file, which agents can't give."""

from __future__ import annotations

# If a word of a name or placeholder contains one of these, the value is a path: LOGFILE, LOG_PATH,
# DIRS. The words in the second set are exceptions.
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
    """The kind of an argument, from its names and placeholders: `--config FILE` and `SRC_DIR` are
    files, which agents can't give; an argument with `choices` is not a file."""
    return "file" if not choices and any(map(names_file, words)) else "text"
