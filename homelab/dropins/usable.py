"""What keeps a whole folder of verbs from being used."""

from __future__ import annotations

import os

from homelab.dropins.dropin import Obstacle
from homelab.dropins.names import fold
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.dropin import VerbFolder

PATIENCE = 1.0  # s that a checkout's file system may take to answer


class Unreachable(Obstacle):
    """No drop-in of the folder can be looked at."""


def trouble(folder: VerbFolder, known: dict[str, str] | None = None) -> Obstacle | None:
    """Why nothing in the folder is used; None where it is used. `known` is that of
    `ownership.check`. A checkout on a network file system that does not answer is not waited for
    longer than PATIENCE."""
    index = folder.index
    if index is not None:
        if index.problem:
            return Unreachable(index.folder, *index.problem)
        from homelab.system import mounted

        if not mounted.answers(folder.path, PATIENCE):
            why = f"its file system does not answer within {PATIENCE:.0f} s"
            return Unreachable(folder.path, why, "see homelab disk usage")
    try:
        ownership.refuse_shared(folder.path, ownership.check(folder.path, known))
        if not os.path.isdir(folder.path):
            return Unreachable(folder.path, "it is not a folder", _again(folder))
    except ownership.Untrusted as error:
        return Obstacle(error.component, error.why, error.mend)
    except FileNotFoundError:
        return Unreachable(folder.path, "it is gone", _again(folder))
    except OSError as error:
        return Unreachable(folder.path, f"it can't be read: {error.strerror}", _again(folder))
    return None


def reason(wrong: Obstacle) -> str:
    """The file or folder with what is wrong with it, where the reason does not name it already."""
    return wrong.why if wrong.path in wrong.why else f"{wrong.path}: {wrong.why}"


def unreachable(folder: VerbFolder, words: list[str]) -> Obstacle | None:
    """Why a checkout whose prefix begins `words` can't be looked at; None where it can, or where
    the words are not its."""
    wrong = trouble(folder)
    begins = tuple(map(fold, words[: len(folder.prefix)])) == folder.prefix
    return wrong if isinstance(wrong, Unreachable) and folder.prefix and begins else None


def _again(folder: VerbFolder) -> str:
    if not folder.adopted:
        return ""
    from homelab.texts import quoted

    name = quoted("/".join(folder.prefix) or folder.path)
    sudo = "" if folder.personal else "sudo "
    return f"{sudo}homelab verbs remove {name}, or add it again where it is now"
