"""Check whether a whole folder of verbs can be used, and say why not."""

from __future__ import annotations

import os

from homelab.dropins.dropin import Obstacle
from homelab.dropins.names import fold, words_of
from homelab.system import ownership
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.dropin import VerbFolder

GONE = "gone"  # the kind of an obstacle: a checkout that no longer exists
PATIENCE = 1.0  # s to wait for an answer of a checkout's file system


class Unreachable(Obstacle):
    """An obstacle that makes all drop-ins of the folder unreadable."""


def trouble(folder: VerbFolder, known: dict[str, str] | None = None) -> Obstacle | None:
    """The obstacle that keeps the folder from being used; None if it can be used. `known` is the
    cache of `ownership.check`. For a checkout on a network file system that does not answer, it
    waits no longer than PATIENCE."""
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
            os.scandir(path).close()  # a folder that can't be listed would look empty
    except ownership.Untrusted as error:
        return Obstacle(error.component, error.why, error.fix)
    except FileNotFoundError:
        return Unreachable(path, "it is gone", _again(folder), GONE)
    except OSError as error:
        fix = f"let this account read it: chmod a+rx {quoted(path)}" if folder.adopted else ""
        return Unreachable(path, f"it can't be read: {error.strerror}", fix)
    return None


def reason(wrong: Obstacle) -> str:
    """The reason, with the file or folder in front if the reason does not name it already."""
    return wrong.why if wrong.path in wrong.why else f"{wrong.path}: {wrong.why}"


def sentence(folder: VerbFolder, wrong: Obstacle) -> str:
    """The sentence that a checkout is not used, the reason, and the fix."""
    return f"{folder.name!r} is not used: {reason(wrong)}; {wrong.fix}"


def reachable(folders: list[VerbFolder]) -> list[VerbFolder]:
    """The folders that can be read, including folders that another account can change."""
    return [folder for folder in folders if not isinstance(trouble(folder), Unreachable)]


def has(folder: VerbFolder, words: list[str]) -> bool:
    """Whether a checkout has the verb or group of these words, by its prefix, or by its index if it
    has no prefix. The checkout itself is not read, so it may be gone."""
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
    return f"{sudo}homelab verbs remove {name}, or if it has moved: {again}"
