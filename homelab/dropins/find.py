"""Find the drop-in that words name.

`/usr/local/lib/homelab/verbs/nas/df.sh` is `homelab nas df`. There is no PATH search, no working
directory and no cache: each word costs one listing of a folder, because names fold (`My_Verb` is
`my-verb`). If two files fold to the same name, neither runs. A folder makes its word a group, and a
group never runs, so a mistyped word is never passed on as an argument. In an adopted checkout,
which homelab does not change, a file beside a folder with its name runs if no further word is
given, like the default of a built-in group.
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
    from collections.abc import Callable, Mapping

    from homelab.settings import Value

DEEPEST = 8  # words of a verb
_ENOUGH = 2000  # entries to look at before a folder counts as one with verbs


class Place:
    """A folder in which words are looked up: its `path`, which is the folder of verbs or below it,
    and the words of the folder's prefix that have not been matched yet."""

    __slots__ = ("folder", "path", "prefix")

    def __init__(self, folder: VerbFolder, path: str, prefix: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.path = path
        self.prefix = prefix


def verb_folders(
    env: Mapping[str, str], system: str, more: Value | None, first: str = ""
) -> list[VerbFolder]:
    """The folders of verbs, the user's own first. `more` is the `verbs.path` setting (None if the
    settings are broken): its folders are not personal if the operator set it (system file or baked
    in). With a `first` word, checkouts are left out if no verb of theirs can begin with it."""
    own = paths.user_verbs(env)
    found = [VerbFolder(own, True, "personal"), *_adopted(own, True, first)]
    if more is not None:
        personal = more.source in ("environment", "user")
        found += [VerbFolder(path, personal) for path in more.text.split(":")]
    found += [VerbFolder(system, False, "system"), *_adopted(system, False, first)]
    return [folder for folder in found if folder.adopted or folder.path.startswith("/")]


def _adopted(verbs: str, personal: bool, first: str) -> list[VerbFolder]:
    """The checkouts that the owner of a folder of verbs has adopted."""
    base, word = place_of_indexes(verbs), fold(first)
    try:
        names = sorted(os.listdir(base)) if base.startswith("/") else []
    except OSError:
        return []
    folders = [
        f"{base}/{name}"
        for name in names  # the words of a prefix, or + and the name of a folder without one
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
    """The folders that exist and that no other account can change or add files to. A folder that
    another account can change must not decide what runs or what is a group. `known` is the cache of
    `ownership.check`."""
    return [folder for folder in folders if is_trusted(folder, known)]


def is_trusted(folder: VerbFolder, known: dict[str, str] | None = None) -> bool:
    """Whether a folder exists and no other account can change it, as for `trusted`."""
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
    """The drop-in that the leading words name, and the number of its words.

    (None, 0): the first word is unknown. (None, n): the first n words are a group, and the words
    behind them are not a verb in it.
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
    """The folders and files that count if both have the same name: see the module's docstring."""
    files = [(folder, path) for folder, path in files if folder.adopted]
    inner = [place for place in inner if _is_group(place)] if files else inner
    if files and (not following or following[0][:1] == "-"):
        return [], files
    return inner, files


def find_shadowed(words: list[str], folders: list[VerbFolder]) -> Dropin | None:
    """The drop-in that the most leading words name, even if a folder with its name makes them a
    group. It comes from the first of `folders` that has one."""
    places = [Place(folder, folder.path, folder.prefix) for folder in folders]
    group: tuple[str, ...] = ()
    found = None
    for word in words[:DEEPEST]:
        places, files = _level(places, word)
        found = _dropin(group, files) if files else found
        group = (*group, fold(word))
    return found


def not_verbs(words: list[str], folders: list[VerbFolder]) -> tuple[str, str, VerbFolder] | None:
    """The file that the words name, why it is not a verb, and its folder of verbs; None if there is
    no such file."""
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
    """Whether the typed word may mean a file: `notes` may also mean notes.txt."""
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
    """The names in a folder that may fold to a typed word. Folding is slow: this leaves a few of a
    thousand names."""
    try:
        found = os.listdir(place.path)
    except OSError:
        return []
    words = spellings(word)
    least = min(words, key=len) if words else ""  # `backup` for `backup.sh`
    for part in reversed(least.split("-")):  # similar names mostly differ at their end
        found = [name for name in found if part in name.lower() or not name.isascii()]
    letters = least.replace("-", "")
    return [name for name in found if not name.isascii() or letters_of(name).startswith(letters)]


def _is_dir(path: str, adopted: bool = False) -> bool:
    """Whether a path is a folder; in an `adopted` checkout a link to a folder does not count."""
    return os.path.isdir(path) and not (adopted and os.path.islink(path))


def _closed(folder: str, adopted: bool) -> bool:
    """Whether a folder's name says that it contains no verbs."""
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
    """Why a file in a folder of verbs is not a verb; "" if it is a verb, or is meant to be one."""
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

        return NO_FILE if found else f"{NOWHERE}{_target(path)}"
    executable = bool(found.st_mode & 0o111)
    ending = split_ending(name)[1] or "." not in name
    if executable and not adopted and ending:  # its x bit says that it is meant to be a verb
        return ""
    from homelab.dropins.kinds import is_data, not_a_verb

    if executable and not adopted:  # on some file systems data files have x bits, too
        head = first_bytes(path)
        return is_data(name) if head is not None and head[:2] not in (b"#!", b"\x7fE") else ""

    return not_a_verb(name, first_bytes(path), executable)


def _target(path: str) -> str:
    """Where a broken link points, as words: ` to /srv/tool.sh`."""
    from homelab.texts import quoted

    try:
        return f" to {quoted(os.readlink(path))}"
    except OSError:  # no link: it is gone by now
        return ""


def first_bytes(path: str) -> bytes | None:
    """The first bytes of a regular file; None if it can't be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(file, 256)
    except OSError:
        return b""  # such a file can't be started
    finally:
        os.close(file)


def _is_group(place: Place) -> bool:
    """Whether a place is a group: in an adopted checkout only if there is a verb in it or below it,
    in other folders of verbs always."""
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
    """The words below a group (without a group: all first words), sorted; for suggestions."""
    return sorted(entries(folders, group))


def meant(group: list[str], folders: list[VerbFolder]) -> frozenset[str]:
    """The paths of the verbs and groups below a group, for suggestions; none without a group."""
    inner = names(folders, "/".join(group)) if group else []
    return frozenset(" ".join([*group, name]) for name in inner)


def entries(folders: list[VerbFolder], group: str = "") -> dict[str, Dropin | None]:
    """The words below a group, each with its drop-in, or None if the word is a group itself."""
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
            taken = kept or (not adopted and entry.name == word)  # skips a slow check of the file
            if word and word not in found and (taken or not why_not(place.folder, entry.path)):
                dropin = Dropin((*words, word), [entry.path], place.folder)
                dropin.beside = word in described or adopted
                dropin.kept = kept
                found[word] = dropin
    return found


def every(
    folders: list[VerbFolder],
    hidden: Callable[[tuple[str, ...]], object] = lambda words: False,
    most: int = _ENOUGH,
) -> set[tuple[str, ...]]:
    """The words of the verbs in folders, for suggestions: of a big host only those among the first
    `most` entries, and none that are `hidden` by a built-in verb. It is not checked whether they
    can be started."""
    found: set[tuple[str, ...]] = set()
    waiting = [(folder.prefix, Place(folder, folder.path)) for folder in folders]
    left = most
    while waiting:
        words, here = waiting.pop()
        adopted = here.folder.adopted
        for entry in _entries(here):
            left -= 1
            if left < 0:
                return found
            if is_folder(entry, adopted):
                inner = (*words, fold(entry.name))
                if not _closed(entry.name, adopted) and len(inner) < DEEPEST:
                    waiting.append((inner, Place(here.folder, entry.path)))
            elif word_of(entry.name) and not why_not(here.folder, entry.path):
                verb = (*words, word_of(entry.name))
                found.update([] if hidden(verb) else [verb])
    return found


def is_folder(entry: os.DirEntry[str], adopted: bool = False) -> bool:
    """Whether an entry is a folder or a link to one. In an `adopted` checkout a link does not count
    because it only gives another name to something in the checkout."""
    try:
        return entry.is_dir(follow_symlinks=not adopted)
    except OSError:  # a loop of links
        return False


def rank(path: str) -> int:
    """The position of a script's ending in ENDINGS, to sort files with the same name."""
    return ENDINGS.index(split_ending(os.path.basename(path))[1])
