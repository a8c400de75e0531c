"""What keeps a whole folder of verbs from being used."""

from __future__ import annotations

import os

from homelab.dropins.dropin import Obstacle
from homelab.dropins.names import fold, words_of
from homelab.system import ownership
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.dropin import VerbFolder

GONE = "gone"  # the kind of the obstacle that a checkout is which is not there any more
PATIENCE = 1.0  # s that a checkout's file system may take to answer


class Unreachable(Obstacle):
    """No drop-in of the folder can be looked at."""


def trouble(folder: VerbFolder, known: dict[str, str] | None = None) -> Obstacle | None:
    """Why nothing in the folder is used; None where it is used. `known` is that of
    `ownership.check`. A checkout on a network file system that does not answer is not waited for
    longer than PATIENCE."""
    index, path = folder.index, folder.path
    if index is not None:
        if index.problem:
            return Unreachable(index.folder, *index.problem)
        from homelab.system import mounted

        if not mounted.answers(path, PATIENCE):
            why = f"its file system does not answer within {PATIENCE:.0f} s"
            return Unreachable(path, why, "see homelab disk usage")
    try:
        ownership.refuse_shared(path, ownership.check(path, known))
        if not os.path.isdir(path):
            return Unreachable(path, "it is not a folder", _again(folder))
        if folder.adopted:
            os.scandir(path).close()  # one that can't be listed would pass for empty
    except ownership.Untrusted as error:
        return Obstacle(error.component, error.why, error.mend)
    except FileNotFoundError:
        return Unreachable(path, "it is gone", _again(folder), GONE)
    except OSError as error:
        fix = f"let this account read it: chmod a+rx {quoted(path)}" if folder.adopted else ""
        return Unreachable(path, f"it can't be read: {error.strerror}", fix)
    return None


def reason(wrong: Obstacle) -> str:
    """The file or folder with what is wrong with it, where the reason does not name it already."""
    return wrong.why if wrong.path in wrong.why else f"{wrong.path}: {wrong.why}"


def sentence(folder: VerbFolder, wrong: Obstacle) -> str:
    """The sentence that a checkout is not used, why, and what to do."""
    return f"{folder.name!r} is not used: {reason(wrong)}; {wrong.mend}"


def reachable(folders: list[VerbFolder]) -> list[VerbFolder]:
    """Those of the folders that can be looked at, though another account may change them."""
    return [folder for folder in folders if not isinstance(trouble(folder), Unreachable)]


def has(folder: VerbFolder, words: list[str]) -> bool:
    """Whether a checkout that may not be there has the verb or the group of these words: by its
    prefix, or without one by its index."""
    typed = tuple(map(fold, words))
    if folder.prefix:
        common = min(len(typed), len(folder.prefix))
        return typed[:common] == folder.prefix[:common]
    stamps = folder.index.stamps() if folder.index else {}
    return any(verb == typed[: len(verb)] for verb in map(words_of, stamps))


def _again(folder: VerbFolder) -> str:
    if not folder.adopted:
        return ""
    name = quoted("/".join(folder.prefix) or folder.path)
    sudo = "" if folder.personal else "sudo "
    again = f"{sudo}homelab verbs add FOLDER" + (f" --as {name}" if folder.prefix else "")
    return f"{sudo}homelab verbs remove {name}, or where it is now: {again}"
