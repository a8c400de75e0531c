"""Adopt a checkout in place, compare it with its index, and remove the index again.

A checkout is only read. Adopting it writes an index that points to it, beside the folder of verbs
that it belongs to.
"""

from __future__ import annotations

import os
from errno import EACCES

from homelab.dropins import description, index_text, kinds, listing, names, usable
from homelab.dropins import index as indexes
from homelab.dropins.dropin import VerbFolder, place_of_indexes
from homelab.dropins.find import DEEPEST
from homelab.dropins.index_text import Index, Stamp
from homelab.errors import NO, UNREACHABLE, USAGE, Failure
from homelab.system import files, ownership
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.registry import Registry
    from homelab.dropins.dropin import Dropin
    from homelab.dropins.listing import Listed


class Base:
    """The folder of an account's indexes: `path` ("" if no home is known), and whether it is
    `personal` or the system's, which root writes for every account."""

    __slots__ = ("path", "personal")

    def __init__(self, path: str, personal: bool) -> None:
        self.path = path
        self.personal = personal

    @property
    def mode(self) -> int:
        """The mode of folders in it; its files have that mode without x bits."""
        return 0o700 if self.personal else 0o755


class Survey:
    """The contents of a checkout: the `listed` scripts, and the `skipped` files (path, why);
    `shadows` are the verbs of other folders that its own verbs would replace."""

    __slots__ = ("listed", "shadows", "skipped")

    def __init__(
        self, listed: list[Listed], skipped: list[tuple[str, str]], shadows: list[str]
    ) -> None:
        self.listed = listed
        self.skipped = skipped
        self.shadows = shadows


class Differences:
    """The differences between a checkout and its index, as sorted lists of paths below the
    checkout; `verbs` has the verb of each path. `clashes` are the sentences about verbs that do not
    run because a new file has their name."""

    __slots__ = ("changed", "clashes", "gone", "new", "verbs")

    def __init__(self) -> None:
        self.new: list[str] = []
        self.changed: list[str] = []
        self.gone: list[str] = []
        self.verbs: dict[str, str] = {}
        self.clashes: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    def rows(self) -> list[tuple[str, str, str]]:
        """(change, path, verb) for each difference, new scripts first."""
        kinds = (("new", self.new), ("changed", self.changed), ("gone", self.gone))
        return [(kind, path, self.verbs[path]) for kind, paths in kinds for path in paths]


def base_of(own_verbs: str, system_verbs: str) -> Base:
    """The folder of this account's indexes. For root it is the system's, even if sudo kept HOME."""
    if os.geteuid() == 0:
        return Base(place_of_indexes(system_verbs), False)
    return Base(place_of_indexes(own_verbs), True)


def label(index: Index) -> str:
    """The name of an adopted checkout in commands: nas/tools, or its path if it has no prefix."""
    return "/".join(index.prefix) or index.path or os.path.basename(index.folder)


def resolved(given: str, home: str) -> str:
    """The path, without links, of a checkout to adopt. Raises Failure (1, 2; 69 if its file system
    does not answer)."""
    from homelab.system import parallel

    def looked_at() -> tuple[str, bool]:
        path = os.path.realpath(given)
        os.stat(path)
        return path, os.path.isdir(path)

    shown = quoted(given)
    try:
        path, is_folder = parallel.with_timeout(looked_at, files.WAIT)
    except TimeoutError:
        what = f"{shown}: its file system does not answer within {files.WAIT:g} s; try again"
        raise Failure(UNREACHABLE, what) from None
    except FileNotFoundError:
        raise Failure(USAGE, f"{shown} does not exist; name a folder of scripts") from None
    except OSError as error:
        raise Failure(NO, f"{shown} can't be read: {error.strerror}; name another folder") from None
    if not is_folder:
        what = f"{shown} is not a folder; name the folder that contains the scripts"
        raise Failure(USAGE, what)
    if path == "/" or _is_inside(os.path.realpath(home), path):
        what = f"{quoted(path)} contains a home directory; name a folder of scripts in it"
        if path == "/":
            what = "/ is the whole file system; name a folder of scripts in it"
        raise Failure(USAGE, what)
    try:
        ownership.refuse_shared(path, ownership.check(path))
        os.close(ownership.folder(path))
    except ownership.Untrusted as error:
        at = "" if error.component == path else f"{error.component}: "
        what = f"{quoted(path)} is not added: {at}{error.why}; "
        raise Failure(NO, what + error.fix) from None
    except OSError as error:
        raise Failure(NO, f"{shown} can't be read: {error.strerror}; name another folder") from None
    return path


def closed_to_others(path: str) -> str:
    """The first folder on the path to a checkout (a path without links), or the checkout itself,
    whose mode keeps other accounts out; "" if there is none. Raises OSError."""
    parts = path.split("/")
    for count in range(2, len(parts) + 1):
        folder = "/".join(parts[:count])
        needed = 0o005 if count == len(parts) else 0o001
        if os.stat(folder).st_mode & needed != needed:
            return folder
    return ""


def prefix_of(given: str | None, path: str) -> tuple[str, ...]:
    """The words in front of a checkout's verbs: the `given` ones, none for `.`, by default the name
    of its folder. Raises Failure (2)."""
    if given == ".":
        return ()
    if given is None:
        word = names.fold(os.path.basename(path))
        if not word:
            what = f"the name of {quoted(path)} has no letter or digit; choose a prefix with --as"
            raise Failure(USAGE, what)
        prefix: tuple[str, ...] = (word,)
    else:
        parts = given.replace("/", " ").split()
        prefix = tuple(map(names.fold, parts))
        if not prefix or "" in prefix:
            what = f"{given!r} can't be the words of a verb; use letters and digits, as in"
            raise Failure(USAGE, f"{what} --as nas/tools", usage_of="verbs add")
    if len(prefix) >= DEEPEST:
        raise Failure(USAGE, f"--as: a verb has at most {DEEPEST} words; use fewer")
    return prefix


def adopted_as(path: str, folders: list[VerbFolder], base: Base) -> Index | None:
    """The index of this account that already points to the checkout; None if there is none. Raises
    Failure (2) if the path is inside another folder of verbs, or contains one."""
    same = None
    for folder in folders:
        index = folder.index
        if index is not None and (index.problem or not folder.path):
            continue
        other = folder.path if index is not None else os.path.realpath(folder.path)
        if index is not None and path == other:
            if os.path.dirname(index.folder) != base.path:
                what = f"{quoted(path)} is added already, for every account, as {label(index)!r}"
                raise Failure(USAGE, f"{what}; nothing more is needed")
            same = index
        elif index is not None and _is_inside(path, other) and _is_skipped(path, other):
            continue  # the outer checkout has no verbs there: `lib`, `examples`
        elif _is_inside(path, other) or _is_inside(other, path):
            relation = "is inside" if _is_inside(path, other) else "contains"
            what = f"{quoted(path)} {relation} {quoted(other)}, which has verbs already"
            if path == other:
                what = f"{quoted(path)} is a folder of verbs already"
            raise Failure(USAGE, f"{what}; name another folder")
    if base.path and (_is_inside(path, base.path) or _is_inside(base.path, path)):
        raise Failure(USAGE, f"{quoted(path)} contains homelab's own indexes; name another folder")
    return same


def _is_skipped(path: str, outer: str) -> bool:
    """Whether a folder inside a checkout has none of that checkout's verbs."""
    return bool(kinds.why_folder_is_skipped(path[len(outer) + 1 :].split("/")))


def refuse_taken(prefix: tuple[str, ...], others: list[VerbFolder], listed: list[Listed]) -> None:
    """Raise Failure (2) if a prefix is already another checkout's prefix, a verb, or a group of
    verbs. `listed` are the verbs of the `others`."""
    use = "choose another prefix with --as"
    for folder in others:
        index = folder.index
        if index is None or not prefix or index.prefix != prefix:
            continue
        name = quoted(label(index))
        wrong = usable.trouble(folder)
        own = folder.personal or not os.geteuid()
        if own and wrong is not None and wrong.kind == usable.GONE:
            continue  # that checkout has moved, perhaps to the path that is added now
        if index.problem:
            what = f"{index.problem[0]}; homelab verbs remove {name}, or {use}"
        else:
            what = f"{label(index)!r} is the prefix of {quoted(index.path)}; {use}"
            what += f", or first run: homelab verbs remove {name}" if own else ""
        raise Failure(USAGE, what)
    shown = " ".join(prefix)
    for each in listed:
        words, path = each.dropin.words, quoted(each.dropin.path)
        if words == prefix[: len(words)]:
            raise Failure(USAGE, f"{each.dropin.verb!r} is a verb already: {path}; {use}")
        if prefix and words[: len(prefix)] == prefix:
            what = f"{shown!r} is a group of verbs already, which has {path}; {use}"
            raise Failure(USAGE, what)


def survey(
    folder: VerbFolder, others: list[VerbFolder], built_in: Registry
) -> tuple[Survey, list[Listed]]:
    """The contents of a checkout that is not adopted yet, judged together with the `others`; and
    the verbs of the others. Raises Failure (2) if it has too many entries."""
    place = len(others)
    if folder.personal:  # its verbs are found before the system's
        place = sum(1 for other in others if other.personal)
    found = listing.every([*others[:place], folder, *others[place:]], built_in)
    if found.cut:
        what = f"{quoted(folder.path)} has more than {listing.MOST:,} files, counted with your"
        raise Failure(USAGE, f"{what} other folders of verbs; name a folder of scripts in it")
    listed = [each for each in found.listed if each.dropin.folder is folder]
    theirs = [each for each in found.listed if each.dropin.folder is not folder]
    own = {each.dropin.words for each in listed if each.state != listing.SHADOWED}
    shadows = [
        each.dropin.verb
        for each in theirs
        if each.state == listing.SHADOWED and each.dropin.words in own
    ]
    inside = folder.path + "/"
    skipped = [(path, why) for path, why in found.skipped if path.startswith(inside)]
    return Survey(listed, skipped, shadows), theirs


def below(path: str, folder: VerbFolder) -> str:
    """The part of a path below its folder of verbs."""
    return path[len(folder.path.rstrip("/")) + 1 :]


def stamped(folder: VerbFolder, listed: list[Listed], now: int) -> str:
    """The lines of an index for the `listed` scripts. A script that another account can change has
    no line, because its present content can't be trusted."""
    known: dict[str, str] = {}
    stamps: dict[str, Stamp] = {}
    for each in listed:
        for path in (each.dropin.path, *each.dropin.rivals):
            try:
                ownership.check(path, known)
                stamp = indexes.stamp_of(path, now)
            except OSError:
                continue  # it is refused when it runs, and counts as new once it is safe
            header = description.read(each.dropin, brief=True)
            stamp.effect, stamp.summary = header.effect, header.summary
            stamps[below(path, folder)] = stamp
    return index_text.lines_of(stamps)


def refuse_unwritable(base: Base, home: str) -> None:
    """Raise Failure (1) if it is known in advance that no index can be written."""
    if not base.path:
        raise Failure(NO, "no home directory is known in which to write the index; set HOME")
    if _is_inside(base.path, home) and not os.path.isdir(home):
        raise Failure(NO, f"no index is written: the home directory {quoted(home)} does not exist")
    above = base.path
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if not os.access(above, os.W_OK | os.X_OK):
        what = f"the index can't be written to {quoted(base.path)}"
        raise Failure(NO, f"{what}: {quoted(above)} is not writable; nothing has changed")


def write(base: Base, home: str, index: Index) -> None:
    """Write an index completely or not at all. It replaces an index of the same checkout; other
    files in its folder stay. Raises Failure (1; 2 if another checkout has the name by now)."""
    refuse_unwritable(base, home)
    try:
        os.close(ownership.folder(base.path, make=True, mode=base.mode))
        _put(base, index)
    except ownership.Untrusted as error:
        what = f"no index is written to {quoted(base.path)}: {error.strerror}"
        raise Failure(NO, what) from None
    except OSError as error:
        what = f"the index can't be written to {quoted(base.path)}: {error.strerror}"
        raise Failure(NO, f"{what}; nothing has changed") from None


def _put(base: Base, index: Index) -> None:
    data = index_text.text_of(index).encode("utf-8", "surrogateescape")
    for left in files.unfinished(index.folder):
        if files.abandoned(left, False):
            _discard(left)
    if not os.path.lexists(index.folder):
        # renaming a complete folder: a run that is killed leaves no folder without an index
        name = f".{os.path.basename(index.folder)[:40]}.{os.getpid()}"
        arriving = os.path.join(base.path, name)
        _discard(arriving)
        try:
            os.close(ownership.folder(arriving, make=True, mode=base.mode))
            files.write(f"{arriving}/{indexes.FILE}", data, base.mode & 0o644)
            os.rename(arriving, index.folder)
            return
        except OSError:
            _discard(arriving)
            if not os.path.isdir(index.folder):
                raise
    # the folder exists, or another run has made it meanwhile
    os.close(ownership.folder(index.folder))
    there = indexes.read(index.folder)
    moved = there is not None and not os.path.lexists(there.path)
    if there is not None and there.path and there.path != index.path and not moved:
        what = f"{label(there)!r} has meanwhile become the prefix of {quoted(there.path)}"
        raise Failure(USAGE, f"{what}; choose another one with --as")
    files.write(f"{index.folder}/{indexes.FILE}", data, base.mode & 0o644)


def _is_inside(inner: str, outer: str) -> bool:
    """Whether a path is a folder or below it."""
    return inner == outer or inner.startswith(outer.rstrip("/") + "/")


def _discard(folder: str) -> None:
    """Remove an unfinished folder, which does not have its final name yet."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def folder_for(prefix: tuple[str, ...], path: str, base: Base) -> str:
    """The folder for the index of a checkout. Without a prefix, it gets a number if another
    checkout's folder has the same name."""
    word = names.fold(os.path.basename(path)) or "scripts"
    name = index_text.name_of(prefix, word)
    if prefix:
        return f"{base.path}/{name}"
    number = 1
    while True:
        folder = f"{base.path}/{name}"
        there = indexes.read(folder)
        if there is None or there.path == path:
            return folder
        number += 1
        name = index_text.name_of((), f"{word}-{number}")


def adopted(own_verbs: str, system_verbs: str) -> list[tuple[Index, Base]]:
    """All indexes that concern this account, including unusable ones. Root reads only the system's:
    its HOME may be another account's, whose indexes are not for root."""
    bases = [base_of(own_verbs, system_verbs)]
    if bases[0].personal:
        bases.append(Base(place_of_indexes(system_verbs), False))
    return [(index, base) for base in bases for index in indexes.indexes(base.path)]


def labels(there: list[tuple[Index, Base]]) -> dict[str, str]:
    """The name of each adopted checkout in a table, by the folder of its index: its label, or its
    path if another one has the same label."""
    named = [label(index) for index, _ in there]
    return {
        index.folder: index.path if index.path and named.count(name) > 1 else name
        for (index, _), name in zip(there, named)
    }


def chosen(
    given: list[str], there: list[tuple[Index, Base]], command: str
) -> list[tuple[Index, Base]]:
    """The adopted checkouts that the words of a prefix or a path name, this account's first. `.`
    also means the one without a prefix, as in `verbs add --as .`. Raises Failure (1) if there is
    none."""
    text = " ".join(given)
    words = tuple(map(names.fold, text.replace("/", " ").split()))
    path = os.path.abspath(text)
    spelt = (words, (names.fold(text),))  # nas/tools, or the name of a folder: My Scripts
    found = [pair for pair in there if words and pair[0].prefix in spelt and not pair[0].problem]
    found = found or [
        pair for pair in there if os.path.basename(pair[0].folder) in (text, ".".join(words))
    ]
    found = found or [pair for pair in there if pair[0].path == path]
    if not found and os.path.isdir(text):
        plain = os.path.realpath(text)
        found = [pair for pair in there if pair[0].path == plain]
    if text == "." and not found:
        found = [pair for pair in there if not pair[0].prefix]
        if len(found) > 1:
            those = ", ".join(quoted(index.path or index.folder) for index, _ in found)
            what = f"several folders have no prefix: {those}"
            raise Failure(NO, f"{what}; name one: homelab verbs {command} FOLDER")
    if found:
        return found
    if not there:
        what = "you have added no folder; to add one: homelab verbs add FOLDER"
        raise Failure(NO, f"no added folder {text!r}: {what}" if given else what)
    those = ", ".join(quoted(label(index)) for index, _ in there[:5])
    more = f" and {len(there) - 5} more" if len(there) > 5 else ""
    raise Failure(NO, f"no added folder {text!r}; homelab verbs {command} takes {those}{more}")


def refuse_system(index: Index, base: Base, command: str) -> None:
    """Raise Failure (1) for an index of the system if this account is not root."""
    if not base.personal and os.geteuid():
        name = label(index)
        what = f"you have added no folder {name!r}; root added one of that name, for every account"
        raise Failure(NO, f"{what}: sudo homelab verbs {command} {quoted(name)}")


def folder_of(index: Index, personal: bool) -> VerbFolder:
    """The folder of verbs that an index points to."""
    return VerbFolder(index.path, personal, prefix=index.prefix, index=index)


def trouble(folder: VerbFolder) -> str:
    """The sentence why a checkout can't be read, with the fix; "" if it can."""
    wrong = usable.trouble(folder)
    if wrong is None:
        return ""
    return usable.reason(wrong) + (f"; {wrong.fix}" if wrong.fix else "")


def walked(folder: VerbFolder) -> list[Listed]:
    """The scripts of an adopted checkout, judged without the other folders of verbs."""
    return listing.every([folder]).listed


def differences(folder: VerbFolder, listed: list[Listed] | None = None) -> Differences:
    """The scripts that are new, changed or gone in an adopted checkout since its index was written.
    `listed` are its scripts if the caller has walked it already. Raises Failure (69) if it can't be
    read."""
    why = trouble(folder)
    if why or folder.index is None:
        raise Failure(UNREACHABLE, why or f"{folder.path} is not added")
    found = Differences()
    stamps = folder.index.stamps()
    known: dict[str, str] = {}
    for each in walked(folder) if listed is None else listed:
        alike = [below(path, folder) for path in (each.dropin.path, *each.dropin.rivals)]
        known_before = [name for name in alike if name in stamps]
        if len(alike) > 1 and len(known_before) < len(alike):
            fails = "no longer runs" if len(known_before) == 1 else "does not run"
            what = f"{each.dropin.verb} {fails}: {listed_names(alike)} have the same name"
            found.clashes.append(what)
        for name in alike:
            path = f"{folder.path.rstrip('/')}/{name}"
            found.verbs[name] = each.dropin.verb
            stamp = stamps.pop(name, None)
            try:
                if stamp is not None:
                    if not indexes.is_unchanged(stamp, path):
                        found.changed.append(name)
                    continue
                ownership.check(path, known)
                found.new.append(name)
            except OSError:  # the script is refused and can't be compared with its stamp
                if stamp is not None:
                    found.changed.append(name)
    for name in stamps:
        found.gone.append(name)
        found.verbs[name] = " ".join((*folder.prefix, *names.words_of(name)))
    for names_of in (found.new, found.changed, found.gone):
        names_of.sort()
    return found


def listed_names(names_of: list[str]) -> str:
    """Names in a sentence: `a and b`, `a, b and c`."""
    shown = [quoted(name) for name in names_of]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def remove(index: Index, everything: bool) -> list[str]:
    """Remove an index, and with `everything` also the `.verb` files beside it; then the folders of
    homelab above it that are empty. Return the paths of the files that are kept. Raises Failure
    (1)."""
    folder = index.folder
    try:
        if not os.path.isdir(folder) or os.path.islink(folder):  # something else has its name
            os.close(ownership.folder(os.path.dirname(folder)))
            os.unlink(folder)
            _remove_empty(os.path.dirname(folder))
            return []
        os.close(ownership.folder(folder))
        if not os.access(os.path.dirname(folder), os.W_OK):  # else it would fail halfway
            raise PermissionError(EACCES, os.strerror(EACCES), folder)
        path = f"{folder}/{indexes.FILE}"
        for left in files.unfinished(path):
            os.unlink(left)
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)  # fails if it is not empty
        elif os.path.lexists(path):
            os.unlink(path)
        kept = []
        for above, _, inside in os.walk(folder, topdown=False):
            for name in sorted(inside):
                if everything and name.endswith(".verb"):
                    os.unlink(f"{above}/{name}")
                else:
                    kept.append(f"{above}/{name}")
            if not os.listdir(above):
                os.rmdir(above)
    except ownership.Untrusted as error:
        what = f"{quoted(label(index))} is not removed: {error.strerror}"
        raise Failure(NO, what) from None
    except OSError as error:
        at = quoted(error.filename or folder)
        what = f"{at} can't be removed: {error.strerror}; remove {quoted(folder)} by hand"
        raise Failure(NO, what) from None
    _remove_empty(os.path.dirname(folder))
    return sorted(kept)


def _remove_empty(base: str) -> None:
    """Remove the folder of indexes, and the folder `homelab` above it, if nothing is in them."""
    above = os.path.dirname(base)
    try:
        os.rmdir(base)
        if os.path.basename(above) == "homelab":
            os.rmdir(above)
    except OSError:
        pass  # something else is in it


def left_behind(base: Base, given: list[str]) -> Index | None:
    """The folder of descriptions that `remove` kept of a checkout, as an index without a path; None
    if there is none."""
    words = tuple(map(names.fold, " ".join(given).replace("/", " ").split()))
    folder = f"{base.path}/{'.'.join(words)}"
    return Index(folder, "", words) if all(words) and words and os.path.isdir(folder) else None


def place_of_description(dropin: Dropin) -> tuple[VerbFolder, list[str]]:
    """The place for the `.verb` file of a drop-in: a folder, and the words of the path below it.
    For an adopted script it is next to the index, else beside the script."""
    folder = dropin.folder
    if folder.index is not None:
        own = VerbFolder(folder.index.folder, folder.personal)
        return own, list(dropin.words[len(folder.prefix) :])
    above, name = os.path.split(dropin.path)
    return VerbFolder(above, folder.personal), [names.split_ending(name)[0]]
