"""Every drop-in of this host, with what keeps it from running; and what nearly is one."""

from __future__ import annotations

import os

from homelab.catalogue.resolve import is_word
from homelab.dropins.description import head
from homelab.dropins.find import DEEPEST, ENDINGS, Dropin, is_folder, trusted, word_of
from homelab.dropins.start import Obstacle, problem, unstartable
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from homelab.dropins.find import VerbFolder

RUNS, SHADOWED, REFUSED = "ok", "shadowed", "refused"
MOST = 20_000  # entries that are looked at; more are no folder of verbs


class Listed:
    """A drop-in and its `state`: it runs (`ok`), something of its name runs in its place
    (`shadowed`, with the `problem` that says what), or it is `refused` or can't be started."""

    __slots__ = ("dropin", "problem", "state")

    def __init__(self, dropin: Dropin, state: str, problem: Obstacle | None = None) -> None:
        self.dropin = dropin
        self.state = state
        self.problem = problem


class Found:
    """What a walk through the folders found: the drop-ins, sorted by verb, those of the stronger
    place first; and executable files and folders whose names no verb can have."""

    __slots__ = ("listed", "misnamed")

    def __init__(self) -> None:
        self.listed: list[Listed] = []
        self.misnamed: list[Obstacle] = []


def every(folders: list[VerbFolder], taken: Collection[str], group: tuple[str, ...] = ()) -> Found:
    """All drop-ins in `folders` (below `group` alone, if given). `taken` are the first words that
    built-ins own."""
    found = Found()
    groups: dict[tuple[str, ...], str] = {}
    walks = []
    room = MOST
    checked: dict[str, str] = {}
    right = trusted(folders, checked)
    for folder in right:
        walk = _Walk(folder, groups, found.misnamed, room)
        walk.into(group)
        room = walk.room
        walks.append(walk)
    known: set[str] = set()
    owners: dict[tuple[str, ...], str] = {}
    for walk in walks:
        for dropin in walk.dropins():
            found.listed.append(_judged(dropin, taken, groups, owners, checked, known))
            owners.setdefault(dropin.words, dropin.path)
    for folder in folders:
        if folder not in right:
            found.listed += _refused(folder, group, checked)
    found.listed.sort(key=lambda listed: listed.dropin.words)
    return found


def _refused(folder: VerbFolder, group: tuple[str, ...], checked: dict[str, str]) -> list[Listed]:
    """What is in a folder that another account can change. It shadows nothing and is no group."""
    walk = _Walk(folder, {}, [], MOST)
    walk.into(group)
    return [Listed(dropin, REFUSED, problem(dropin, checked)) for dropin in walk.dropins()]


def _rank(path: str) -> int:
    return ENDINGS.index(os.path.splitext(path)[1])


def _judged(
    dropin: Dropin,
    taken: Collection[str],
    groups: dict[tuple[str, ...], str],
    owners: dict[tuple[str, ...], str],
    checked: dict[str, str],
    known: set[str],
) -> Listed:
    words, path = dropin.words, dropin.path
    reach = f"rename it, or reach it by: homelab verbs run {dropin.verb}"
    if words[0] in taken:
        why = f"{words[0]!r} is a word of homelab's own"
        return Listed(dropin, SHADOWED, Obstacle(path, why, reach, "own-word", words[0]))
    if words in owners:
        why = f"{owners[words]} runs in its place"
        source = quoted(dropin.folder.path)
        reach = f"rename one, or reach it by: homelab verbs run --from {source} {dropin.verb}"
        return Listed(dropin, SHADOWED, Obstacle(path, why, reach, "same-name"))
    if words in groups:
        why = f"{groups[words]} makes {dropin.verb!r} a group, and a group never runs"
        return Listed(dropin, SHADOWED, Obstacle(path, why, reach, "folder-of-this-name"))
    head(dropin, checked)  # which `problem` looks at, too
    wrong = problem(dropin, checked)
    if wrong is None:
        why, _, mend = unstartable(path, head(dropin, checked) or None, known).partition("; ")
        mend = mend.replace("mend it with: ", "")
        wrong = Obstacle(path, why, mend, "unstartable") if why else None
    return Listed(dropin, REFUSED, wrong) if wrong else Listed(dropin, RUNS)


class _Walk:
    """The entries of one folder of verbs: the `files` of each verb, and those `described` beside
    them; `groups` and `misnamed` are of all folders. No more than `room` entries are looked at."""

    def __init__(
        self,
        folder: VerbFolder,
        groups: dict[tuple[str, ...], str],
        misnamed: list[Obstacle],
        room: int,
    ) -> None:
        self.folder = folder
        self.files: dict[tuple[str, ...], list[str]] = {}
        self.described: set[tuple[str, ...]] = set()
        self.room = room
        self._groups = groups
        self._misnamed = misnamed
        self._above: list[tuple[int, int]] = []

    def dropins(self) -> list[Dropin]:
        """The drop-ins of the files that were found."""
        found = []
        for words, paths in self.files.items():
            dropin = Dropin(words, sorted(paths, key=_rank), self.folder)
            dropin.beside = words in self.described
            found.append(dropin)
        return found

    def into(self, words: tuple[str, ...]) -> None:
        """Gather what stands in the folder of a group, and below it. A folder that is its own
        parent, by a link, is not gone into again."""
        folder = "/".join((self.folder.path, *words))
        try:
            here = os.stat(folder)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        identity = (here.st_dev, here.st_ino)
        if identity in self._above:
            return
        self._above.append(identity)
        for entry in entries:
            self.room -= 1
            if self.room < 0:
                break
            if not entry.name.startswith(".") and not entry.name.endswith("~"):
                self._take(words, entry)
        self._above.pop()

    def _take(self, words: tuple[str, ...], entry: os.DirEntry[str]) -> None:
        name = entry.name
        if is_folder(entry):
            inner = (*words, name)
            if not is_word(name):
                _note(self._misnamed, entry.path, "folder")
            elif len(inner) < DEEPEST:
                self._groups.setdefault(inner, entry.path)
                self.into(inner)
            return
        word = word_of(name)
        if is_word(word):
            self.files.setdefault((*words, word), []).append(entry.path)
        elif name.endswith(".verb"):
            self.described.add((*words, name[:-5]))
        elif os.access(entry.path, os.X_OK):
            _note(self._misnamed, entry.path, "file")


def _note(misnamed: list[Obstacle], path: str, kind: str) -> None:
    name = os.path.basename(path)
    stem, ending = os.path.splitext(name)
    stem, ending = (stem, ending) if kind == "file" and ending in ENDINGS else (name, "")
    better = "".join(sign if is_word("a" + sign) else "-" for sign in stem.lower()).strip("-")
    why = f"no verb can have this {kind}'s name: small letters, digits and - only"
    mend = f"mv {quoted(path)} {quoted(os.path.dirname(path) + '/' + better + ending)}"
    misnamed.append(Obstacle(path, why, mend if better else "rename it", "name"))
