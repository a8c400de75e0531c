"""List every drop-in of this host, with its obstacle if it does not run, and the other files."""

from __future__ import annotations

import os

from homelab.dropins.description import head
from homelab.dropins.dropin import Dropin, Obstacle
from homelab.dropins.find import DEEPEST, descended, is_folder, rank, why_not
from homelab.dropins.kinds import is_hidden
from homelab.dropins.names import fold, word_of
from homelab.dropins.start import problem, unstartable
from homelab.dropins.usable import Unreachable, trouble
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.registry import Registry
    from homelab.dropins.dropin import VerbFolder

RUNS, SHADOWED, REFUSED = "ok", "shadowed", "refused"
MOST = 20_000  # entries that a walk looks at; a folder with more is not a folder of verbs
_DEEP = "it has too many words for a verb"
# Folders of third-party code: they have many files, and nobody expects verbs there.
_CLOSED = frozenset("node-modules site-packages vendor third-party venv pycache".split())


class Listed:
    """A drop-in and its `state`: `ok` (it runs), `shadowed` (another verb with its name runs
    instead; `problem` says which), or `refused` (also if it can't be started)."""

    __slots__ = ("dropin", "problem", "state")

    def __init__(self, dropin: Dropin, state: str, problem: Obstacle | None = None) -> None:
        self.dropin = dropin
        self.state = state
        self.problem = problem


class Found:
    """The result of a walk through the folders: the drop-ins, sorted by verb (for one verb, in the
    order of precedence of their folders), and the files or whole folders that are `skipped`, each
    with the reason why it is not a verb. `cut`: there were more than MOST entries."""

    __slots__ = ("cut", "listed", "skipped")

    def __init__(self) -> None:
        self.listed: list[Listed] = []
        self.skipped: list[tuple[str, str]] = []
        self.cut = False


def every(
    folders: list[VerbFolder], built_in: Registry | None = None, group: tuple[str, ...] = ()
) -> Found:
    """All drop-ins in `folders`, or only those below `group`, judged beside the `built_in` verbs if
    there are any."""
    found = Found()
    groups: dict[tuple[str, ...], str] = {}
    walks, refused = [], []
    room = MOST
    checked: dict[str, str] = {}
    for folder in folders:
        wrong = trouble(folder, checked)
        if wrong is None:
            walk = _Walk(folder, groups, found.skipped, room)
            walk.below(group)
            room = walk.room
            found.cut = room < 0
            walks.append(walk)
        elif not isinstance(wrong, Unreachable):
            refused.append(folder)
    known: set[str] = set()
    owners: dict[tuple[str, ...], str] = {}
    for walk in walks:
        for dropin in walk.dropins():
            found.listed.append(_judged(dropin, built_in, groups, owners, checked, known))
            owners.setdefault(dropin.words, dropin.path)
    for folder in refused:
        found.listed += _refused(folder, group, checked)
    found.listed.sort(key=lambda listed: listed.dropin.words)
    return found


def shadowing(words: tuple[str, ...], owner: str) -> str:
    """Why an own verb of these words does not run, if the built-in verb `owner` runs instead."""
    verb = " ".join(words)
    if verb == owner:
        return f"{owner!r} is built in"
    if len(words) == 1:
        return f"{verb!r} runs {owner!r}, which is built in"
    return f"{owner!r} is built in and takes the words behind it"


def _refused(folder: VerbFolder, group: tuple[str, ...], checked: dict[str, str]) -> list[Listed]:
    """The drop-ins of a folder that another account can change. They shadow nothing, and their
    folders make no groups."""
    walk = _Walk(folder, {}, [], MOST)
    walk.below(group)
    return [Listed(dropin, REFUSED, problem(dropin, checked)) for dropin in walk.dropins()]


def _judged(
    dropin: Dropin,
    built_in: Registry | None,
    groups: dict[tuple[str, ...], str],
    owners: dict[tuple[str, ...], str],
    checked: dict[str, str],
    known: set[str],
) -> Listed:
    words, path = dropin.words, dropin.path
    reach = f"rename it, or run it with: homelab verbs run {dropin.verb}"
    owner = built_in.owner(words) if built_in is not None else ""
    if owner:
        why = shadowing(words, owner)
        return Listed(dropin, SHADOWED, Obstacle(path, why, reach, "own-word", owner))
    if words in owners:
        why = f"{owners[words]} runs instead"
        source = quoted(dropin.folder.path)
        reach = f"rename one, or run it with: homelab verbs run --from {source} {dropin.verb}"
        return Listed(dropin, SHADOWED, Obstacle(path, why, reach, "same-name"))
    if words in groups and not dropin.folder.adopted:
        why = f"{groups[words]} makes {dropin.verb!r} a group, and a group never runs"
        return Listed(dropin, SHADOWED, Obstacle(path, why, reach, "folder-of-this-name"))
    head(dropin, checked)  # `problem` reuses these bytes
    wrong = problem(dropin, checked)
    if wrong is None:
        start = head(dropin, checked) or None
        wrong = unstartable(path, start, known, dropin.folder.adopted)
    return Listed(dropin, REFUSED, wrong) if wrong else Listed(dropin, RUNS)


class _Walk:
    """A walk through one folder of verbs. It gathers the `files` of each verb, and the verbs
    `described` by a file beside them; `groups` and `skipped` are shared by the walks of all
    folders. It looks at no more than `room` entries."""

    def __init__(
        self,
        folder: VerbFolder,
        groups: dict[tuple[str, ...], str],
        skipped: list[tuple[str, str]],
        room: int,
    ) -> None:
        self.folder = folder
        self.files: dict[tuple[str, ...], list[str]] = {}
        self.described: set[tuple[str, ...]] = set()
        self.room = room
        self._groups = groups
        self._skipped = skipped
        self._above: list[tuple[int, int]] = []

    def dropins(self) -> list[Dropin]:
        """The drop-ins that the gathered files make."""
        found = []
        for words, paths in self.files.items():
            dropin = Dropin(words, sorted(paths, key=rank), self.folder)
            dropin.beside = words in self.described or self.folder.adopted
            found.append(dropin)
        return found

    def below(self, group: tuple[str, ...]) -> None:
        """Gather the entries of the folders that the words of a group lead to, and below them."""
        words = tuple(map(fold, group))
        for place in descended([self.folder], list(group)):
            self._into((*words, *place.prefix), place.path)

    def _into(self, words: tuple[str, ...], folder: str) -> None:
        """Gather the entries of one folder, and below it. A link to a parent folder is not
        followed."""
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
            if is_folder(entry, self.folder.adopted):
                self._enter(words, entry)
            else:
                self._take(words, entry)
        self._above.pop()

    def _enter(self, words: tuple[str, ...], entry: os.DirEntry[str]) -> None:
        name, adopted = entry.name, self.folder.adopted
        word = fold(name)
        hidden = is_hidden(name) if adopted else name[0] == "."
        if hidden or (adopted and word in _CLOSED):
            why = "it is hidden" if hidden else "it is for other programs"
            self._skipped.append((f"{entry.path}/", why))
            return
        inner = (*words, word)
        if not word or len(inner) >= DEEPEST:
            why = _DEEP if word else "its name has no letter or digit"
            self._skipped.append((f"{entry.path}/", why))
            return
        before = len(self.files)
        self._into(inner, entry.path)
        if not adopted or len(self.files) > before:
            self._groups.setdefault(inner, entry.path)

    def _take(self, words: tuple[str, ...], entry: os.DirEntry[str]) -> None:
        name = entry.name
        if name.endswith(".verb") and name != ".verb":
            self.described.add((*words, fold(name[:-5])))
            return
        why = why_not(self.folder, entry.path)
        if not why and len(words) >= DEEPEST:
            why = _DEEP
        if why:
            self._skipped.append((entry.path, why))
        else:
            self.files.setdefault((*words, word_of(name)), []).append(entry.path)
