"""Which drop-in do these words name?

`/usr/local/lib/homelab/verbs/nas/df.sh` is `homelab nas df`. No PATH search, no working directory,
no cache: each word is one listing of the folder it is looked up in, since names fold (`My_Verb`
is `my-verb`), and of two files that fold to one name neither runs. A folder on the way makes its
word a group, and a group never runs, so that a mistyped word is never taken for an argument. In an
adopted checkout, which is not to be changed, a file beside a folder of its name runs where no
further word is given, as a built-in group's default does.
"""

from __future__ import annotations

import os
from stat import S_ISREG

from homelab.dropins.dropin import Dropin, VerbFolder, place_of_indexes
from homelab.dropins.names import (
    ENDINGS,
    fold,
    is_copy,
    letters_of,
    spellings,
    split_ending,
    word_of,
)
from homelab.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.settings import Value

DEEPEST = 8  # words of a verb
_ENOUGH = 2000  # entries that are looked at to see whether a folder has verbs in it


class Place:
    """A folder on this host in which words are looked up: the `path` below a folder of verbs, and
    the words of that one's prefix that are still to come."""

    __slots__ = ("folder", "path", "prefix")

    def __init__(self, folder: VerbFolder, path: str, prefix: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.path = path
        self.prefix = prefix


def verb_folders(
    env: Mapping[str, str], system: str, more: Value | None, first: str = ""
) -> list[VerbFolder]:
    """The folders, the user's own first. Those of the `verbs.path` setting (`more`; None where the
    settings are broken) are the operator's where the operator set it (system file or baked in),
    else personal. With a `first` word without those checkouts that have no verb beginning so."""
    own = paths.user_verbs(env)
    found = [VerbFolder(own, True, "personal"), *_adopted(own, True, first)]
    if more is not None:
        personal = more.source in ("environment", "user")
        found += [VerbFolder(path, personal) for path in more.text.split(":")]
    found += [VerbFolder(system, False, "system"), *_adopted(system, False, first)]
    return [folder for folder in found if folder.adopted or folder.path.startswith("/")]


def _adopted(verbs: str, personal: bool, first: str) -> list[VerbFolder]:
    """The checkouts that were adopted by whoever a folder of verbs belongs to."""
    base, word = place_of_indexes(verbs), fold(first)
    try:
        names = sorted(os.listdir(base)) if base.startswith("/") else []
    except OSError:
        return []
    folders = [
        f"{base}/{name}"
        for name in names  # the words of the prefix, or a + and what is none
        if name[0] == "+" or (name[0] != "." and (not word or name.split(".")[0] == word))
    ]
    if not folders:
        return []
    from homelab.dropins.index import read

    return [
        VerbFolder(index.path, personal, prefix=index.prefix, index=index)
        for index in map(read, folders)
        if index is not None
    ]


def trusted(folders: list[VerbFolder], known: dict[str, str] | None = None) -> list[VerbFolder]:
    """Those of the folders that are there and that no other account can change, or add files to.
    What another account can change must not decide what runs, and what is a group. `known` is that
    of `ownership.check`."""
    return [folder for folder in folders if is_trusted(folder, known)]


def is_trusted(folder: VerbFolder, known: dict[str, str] | None = None) -> bool:
    """Whether a folder is one of the `trusted`."""
    if folder.adopted:
        from homelab.dropins.usable import trouble

        return trouble(folder, known) is None
    from homelab.system import ownership

    try:
        ownership.refuse_shared(folder.path, ownership.check(folder.path, known))
    except OSError:
        return False
    return True


def find(words: list[str], folders: list[VerbFolder]) -> tuple[Dropin | None, int]:
    """The drop-in that the leading words name, with how many of them are groups.

    (None, 0): the first word is nothing here. (None, n): the first n words are a group, and what
    follows is no verb of it.
    """
    places = [Place(folder, folder.path, folder.prefix) for folder in folders]
    group: tuple[str, ...] = ()
    for depth, word in enumerate(words[:DEEPEST], 1):
        inner, files = _level(places, word)
        if inner and files:
            inner, files = _of_one_name(inner, files, words[depth : depth + 1])
        if not inner:
            return (_dropin(group, files) if files else None), depth - 1 + bool(files)
        group, places = (*group, fold(word)), inner
    return None, min(len(words), DEEPEST)


def _of_one_name(
    inner: list[Place], files: list[tuple[VerbFolder, str]], following: list[str]
) -> tuple[list[Place], list[tuple[VerbFolder, str]]]:
    """Of folders and files of one name those that count: see above."""
    files = [(folder, path) for folder, path in files if folder.adopted]
    inner = [place for place in inner if _is_group(place)] if files else inner
    if files and (not following or following[0][:1] == "-"):
        return [], files
    return inner, files


def find_shadowed(words: list[str], folders: list[VerbFolder]) -> Dropin | None:
    """The drop-in that the most leading words name, though a folder of its name makes them a group;
    the first of `folders` that has it."""
    places = [Place(folder, folder.path, folder.prefix) for folder in folders]
    group: tuple[str, ...] = ()
    found = None
    for word in words[:DEEPEST]:
        places, files = _level(places, word)
        found = _dropin(group, files) if files else found
        group = (*group, fold(word))
    return found


def not_verbs(words: list[str], folders: list[VerbFolder]) -> tuple[str, str, VerbFolder] | None:
    """The file that the words name, why it is no verb, and the folder of verbs it is in; None
    where there is no such file."""
    places = [Place(folder, folder.path, folder.prefix) for folder in folders]
    for word in words[:DEEPEST]:
        typed = spellings(word)
        inner: list[Place] = []
        for place in places:
            if place.prefix:
                if place.prefix[0] in typed:
                    inner.append(Place(place.folder, place.path, place.prefix[1:]))
                continue
            for name in _alike(place, word):
                path = f"{place.path}/{name}"
                if _is_dir(path):
                    if fold(name) in typed and _is_dir(path, place.folder.adopted):
                        inner.append(Place(place.folder, path))
                elif _may_mean(name, typed):
                    why = why_not(place.folder, path)
                    if why:
                        return path, why, place.folder
        places = inner
    return None


def _may_mean(name: str, typed: frozenset[str]) -> bool:
    """Whether a file may be meant by what was typed: `notes` is notes.txt too."""
    return not typed.isdisjoint((fold(name), word_of(name), fold(os.path.splitext(name)[0])))


def _dropin(group: tuple[str, ...], files: list[tuple[VerbFolder, str]]) -> Dropin:
    """The drop-in of the first folder that has one of the files."""
    folder = files[0][0]
    of_folder = sorted((path for each, path in files if each is folder), key=rank)
    return Dropin((*group, word_of(os.path.basename(of_folder[0]))), of_folder, folder)


def _level(places: list[Place], word: str) -> tuple[list[Place], list[tuple[VerbFolder, str]]]:
    """The folders that a word leads to, and the files that it names, in the order of `places`."""
    words, folder_word = spellings(word), fold(word)
    inner: list[Place] = []
    files: list[tuple[VerbFolder, str]] = []
    if not words:
        return inner, files
    for place in places:
        if place.prefix:
            if place.prefix[0] == folder_word:
                inner.append(Place(place.folder, place.path, place.prefix[1:]))
            continue
        adopted = place.folder.adopted
        for name in _alike(place, word):
            path = f"{place.path}/{name}"
            if fold(name) == folder_word and _is_dir(path, adopted):
                if not _closed(name, adopted):
                    inner.append(Place(place.folder, path))
            elif word_of(name) in words and not _is_dir(path) and not why_not(place.folder, path):
                files.append((place.folder, path))
    return inner, files


def _alike(place: Place, word: str) -> list[str]:
    """The names in a folder that may stand for a typed word. Folding is slow: of a thousand names
    this leaves a few."""
    try:
        found = os.listdir(place.path)
    except OSError:
        return []
    words = spellings(word)
    least = min(words, key=len) if words else ""  # `backup` of `backup.sh`
    for part in reversed(least.split("-")):  # what tells alike names apart is mostly at their end
        found = [name for name in found if part in name.lower() or not name.isascii()]
    letters = least.replace("-", "")
    return [name for name in found if not name.isascii() or letters_of(name).startswith(letters)]


def _is_dir(path: str, adopted: bool = False) -> bool:
    """As `is_folder`, by a path."""
    return os.path.isdir(path) and not (adopted and os.path.islink(path))


def _closed(folder: str, adopted: bool) -> bool:
    """Whether a folder's name says that there are no verbs in it."""
    if not adopted:
        return folder[0] == "."
    from homelab.dropins.kinds import is_skipped

    return is_skipped(folder)


def _entries(place: Place) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place.path) as inside:
            return list(inside)
    except OSError:
        return []


def why_not(folder: VerbFolder, path: str) -> str:
    """Why a file in a folder of verbs is no verb; "" where it is one, or is meant as one."""
    name, adopted = os.path.basename(path), folder.adopted
    if name.endswith(".verb"):
        return "it describes a verb"
    if name[0] == ".":
        return "it is hidden"
    if is_copy(name):
        return "it is a copy of another file"
    if adopted:
        from homelab.dropins.kinds import why_folder_is_skipped

        why = why_folder_is_skipped(path[len(folder.path) + 1 :].split("/")[:-1])
        if why:
            return why
    try:
        found: os.stat_result | None = os.stat(path)
    except OSError:
        found = None
    if found is None or not S_ISREG(found.st_mode):
        if not adopted:
            return ""
        from homelab.dropins.kinds import NO_FILE, NOWHERE

        return NO_FILE if found else NOWHERE
    executable = bool(found.st_mode & 0o111)
    ending = split_ending(name)[1] or "." not in name
    if executable and not adopted and ending:  # its x bit says that it is meant as one
        return ""
    from homelab.dropins.kinds import is_data, not_a_verb

    if executable and not adopted:  # but of data from a file system where all have it
        head = first_bytes(path)
        return is_data(name) if head is not None and head[:2] not in (b"#!", b"\x7fE") else ""

    return not_a_verb(name, first_bytes(path), executable)


def first_bytes(path: str) -> bytes | None:
    """The first bytes of a regular file; None where it can't be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(file, 256)
    except OSError:
        return b""  # nothing can be started of it
    finally:
        os.close(file)


def _is_group(place: Place) -> bool:
    """Whether there is a verb in an adopted checkout's folder, or below it. Any other folder of
    verbs is a group, whatever is in it."""
    if not place.folder.adopted or place.prefix:
        return True
    waiting, left = [place], _ENOUGH
    while waiting:
        here = waiting.pop()
        for entry in _entries(here):
            left -= 1
            if left < 0:
                return True
            if is_folder(entry, adopted=True):
                if not _closed(entry.name, adopted=True):
                    waiting.append(Place(here.folder, entry.path))
            elif not why_not(here.folder, entry.path):
                return True
    return False


def descended(folders: list[VerbFolder], group: list[str]) -> list[Place]:
    """The folders on this host that the words of a group lead to."""
    places = [Place(folder, folder.path, folder.prefix) for folder in folders]
    for word in group:
        places = _level(places, word)[0]
    return places


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
    start = group.split("/") if group else []
    words = tuple(map(fold, start))
    for place in descended(folders, start) if len(start) < DEEPEST else ():
        if place.prefix:
            found[place.prefix[0]] = None
            continue
        adopted = place.folder.adopted
        stamps = place.folder.index.stamps() if place.folder.index else {}
        top = len(place.folder.path) + 1
        inside = _entries(place)
        described = {fold(entry.name[:-5]) for entry in inside if entry.name.endswith(".verb")}
        for entry in inside:
            word = fold(entry.name)
            if is_folder(entry, adopted):
                if (
                    word
                    and not _closed(entry.name, adopted)
                    and _is_group(Place(place.folder, entry.path))
                ):
                    found[word] = None
                continue
            word = word_of(entry.name)
            kept = stamps.get(entry.path[top:])
            taken = kept or (not adopted and entry.name == word)  # plainly a verb: to be fast
            if word and word not in found and (taken or not why_not(place.folder, entry.path)):
                dropin = Dropin((*words, word), [entry.path], place.folder)
                dropin.beside = word in described or adopted
                dropin.kept = kept
                found[word] = dropin
    return found


def is_folder(entry: os.DirEntry[str], adopted: bool = False) -> bool:
    """Whether an entry is a folder, or leads to one. In an `adopted` checkout, where links make
    other names for what is there already, only a folder itself is one."""
    try:
        return entry.is_dir(follow_symlinks=not adopted)
    except OSError:  # a loop of links
        return False


def rank(path: str) -> int:
    """The place of a script's ending among all, for a fixed order of files of one name."""
    return ENDINGS.index(split_ending(os.path.basename(path))[1])
