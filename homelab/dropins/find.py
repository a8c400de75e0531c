"""Which drop-in do these words name?

`/usr/local/lib/homelab/verbs/nas/df.sh` is `homelab nas df`. No PATH search, no working directory,
no cache: a folder on the way makes its word a group, and a group never runs, so that a mistyped
word is never taken for an argument.
"""

from __future__ import annotations

import os

from homelab.catalogue.resolve import is_word
from homelab.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.settings import Value

ENDINGS = ("", ".sh", ".bash", ".py", ".pl", ".rb", ".js")
DEEPEST = 8


class VerbFolder:
    """A folder of drop-ins. What stands in a `personal` one is its owner's affair, by name too.
    `name` is `personal` or `system` for the usual two, else the folder."""

    __slots__ = ("name", "path", "personal")

    def __init__(self, path: str, personal: bool, name: str = "") -> None:
        self.path = path
        self.personal = personal
        self.name = name or path


class Dropin:
    """A drop-in that was found: its words, its file, the folder it is in; `head` is the
    beginning of the file, where it has been read; `beside` is false where there is no `.verb`."""

    __slots__ = ("beside", "folder", "head", "path", "rivals", "words")

    def __init__(self, words: tuple[str, ...], files: list[str], folder: VerbFolder) -> None:
        self.words = words
        self.path, *self.rivals = files  # more than one file for one verb: none of them runs
        self.folder = folder
        self.head: bytes | None = None
        self.beside = True

    @property
    def verb(self) -> str:
        """Its words, as they are typed."""
        return " ".join(self.words)


def verb_folders(env: Mapping[str, str], system: str, more: Value | None) -> list[VerbFolder]:
    """The folders, the user's own first. Those of the `verbs.path` setting (`more`; None where the
    settings are broken) are the operator's where the operator set it (system file or baked in),
    else personal."""
    found = [VerbFolder(paths.user_verbs(env), True, "personal")]
    if more is not None:
        personal = more.source in ("environment", "user")
        found += [VerbFolder(path, personal) for path in more.text.split(":")]
    found.append(VerbFolder(system, False, "system"))
    return [folder for folder in found if folder.path.startswith("/")]


def trusted(folders: list[VerbFolder], known: dict[str, str] | None = None) -> list[VerbFolder]:
    """Those of the folders that are there and that no other account can change, or add files to.
    What another account can change must not decide what runs, and what is a group. `known` is that
    of `ownership.check`."""
    from homelab.system import ownership

    right = []
    for folder in folders:
        try:
            ownership.refuse_shared(folder.path, ownership.check(folder.path, known))
        except OSError:
            continue
        right.append(folder)
    return right


def find(words: list[str], folders: list[VerbFolder]) -> tuple[Dropin | None, int]:
    """The drop-in that the leading words name, with how many of them are groups.

    (None, 0): the first word is nothing here. (None, n): the first n words are a group, and what
    follows is no verb of it.
    """
    for depth, word in enumerate(words[:DEEPEST], 1):
        if not is_word(word):
            return None, depth - 1
        stem = "/".join(words[:depth])
        if any(os.path.isdir(f"{folder.path}/{stem}") for folder in folders):
            continue
        for folder in folders:
            files = _files(folder, stem)
            if files:
                return Dropin(tuple(words[:depth]), files, folder), depth
        return None, depth - 1
    return None, min(len(words), DEEPEST)


def find_shadowed(words: list[str], folders: list[VerbFolder]) -> Dropin | None:
    """The drop-in that the most leading words name, though a folder of its name makes them a group;
    the first of `folders` that has it."""
    depth = 0
    while depth < min(len(words), DEEPEST) and is_word(words[depth]):
        depth += 1
    for count in range(depth, 0, -1):
        for folder in folders:
            files = _files(folder, "/".join(words[:count]))
            files = [path for path in files if not os.path.isdir(path)]
            if files:
                return Dropin(tuple(words[:count]), files, folder)
    return None


def _files(folder: VerbFolder, stem: str) -> list[str]:
    base = f"{folder.path}/{stem}"
    return [base + ending for ending in ENDINGS if os.path.lexists(base + ending)]


def names(folders: list[VerbFolder], group: str = "") -> list[str]:
    """The words below a group (all groups' first words without one), sorted; for suggestions."""
    return sorted(entries(folders, group))


def meant(group: list[str], folders: list[VerbFolder]) -> frozenset[str]:
    """The paths of the verbs and groups below a group, for suggestions; none without a group."""
    inner = names(folders, "/".join(group)) if group else []
    return frozenset(" ".join([*group, name]) for name in inner)


def entries(folders: list[VerbFolder], group: str = "") -> dict[str, Dropin | None]:
    """The words below a group, each with its drop-in; None where the word is a group itself."""
    found: dict[str, Dropin | None] = {}
    start = tuple(group.split("/")) if group else ()
    for folder in folders:
        try:
            inside = list(os.scandir(f"{folder.path}/{group}"))
        except OSError:
            continue
        described = {entry.name[:-5] for entry in inside if entry.name.endswith(".verb")}
        for entry in inside:
            if is_word(entry.name) and is_folder(entry):
                found[entry.name] = None
            elif is_word(word_of(entry.name)):
                word = word_of(entry.name)
                dropin = Dropin((*start, word), [entry.path], folder)
                dropin.beside = word in described
                found.setdefault(word, dropin)
    return found


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder, or leads to one."""
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def word_of(name: str) -> str:
    """The word of a verb that a file's name stands for: the name without its ending."""
    stem, ending = os.path.splitext(name)
    return stem if ending in ENDINGS else name
