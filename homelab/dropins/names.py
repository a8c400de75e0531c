"""Pure: turn the name of a file or folder into a word of a verb."""

from __future__ import annotations

from homelab.catalogue.resolve import is_word

# The endings of scripts, which are not part of the verb's name.
ENDINGS = (
    "", ".sh", ".bash", ".py", ".pl", ".rb", ".js", ".zsh", ".fish", ".ksh", ".lua", ".php", ".awk",
    ".mjs", ".cjs", ".ts", ".nu", ".tcl", ".exp", ".ps1",
)  # fmt: skip

_KNOWN = frozenset(ENDINGS)
_DASHES = {number: "-" for number in range(128) if not is_word(f"a{chr(number)}")}
_NOTHING = dict.fromkeys([*_DASHES, ord("-")])


def letters_of(name: str) -> str:
    """The letters and digits of an ASCII name, in lower case, to compare the beginnings of names
    that fold to the same word."""
    return name.lower().translate(_NOTHING)


def fold(text: str) -> str:
    """The word that people type for `text`: `My_Verb` → `my-verb`. Characters other than letters
    and digits become `-`; "" if nothing is left. A text that is already a word does not change."""
    if is_word(text):
        return text
    text = text.lower()
    if not text.isascii():
        import unicodedata

        # é becomes e and a combining mark; the mark is dropped
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in parts if not unicodedata.combining(sign))
    if not text.isascii():
        text = "".join(sign if sign.isascii() else "-" for sign in text)
    return "-".join(part for part in text.translate(_DASHES).split("-") if part)


def split_ending(name: str) -> tuple[str, str]:
    """Split a file's name → (the name without the ending of a script, that ending in lower case or
    "")."""
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending.lower()
    return (stem, ending) if ending in _KNOWN and stem.strip(".") else (name, "")


def word_of(name: str) -> str:
    """The last word of the verb of a file: `Nas_Df.sh` → `nas-df`; "" if it makes no word."""
    return fold(split_ending(name)[0])


def words_of(path: str) -> tuple[str, ...]:
    """The words of the verb of a file, from its path below its folder of verbs."""
    *above, name = path.rstrip("/").split("/")
    return (*map(fold, above), word_of(name))


def spellings(word: str) -> frozenset[str]:
    """The words that a typed word may mean: `backup.sh` is a file's name and means `backup`. Empty
    for an option or a path."""
    if is_word(word):
        return frozenset((word,))
    if word[:1] == "-" or "/" in word:
        return frozenset()
    return frozenset((fold(word), word_of(word))) - {""}


_COPIES = (".bak", ".old", ".orig", ".rej", ".save", ".swp", ".swo", ".tmp")
_PACKAGERS = (".dpkg-", ".rpmnew", ".rpmsave", ".rpmorig", ".pacnew", ".pacsave")


def is_copy(name: str) -> bool:
    """Whether a file's name shows that an editor or package manager made it as a copy."""
    small = name.lower()
    return (
        name.endswith("~")
        or (name[:1] == name[-1:] == "#")
        or small.endswith(_COPIES)
        or any(mark in small for mark in _PACKAGERS)
    )
