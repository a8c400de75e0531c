"""A new drop-in: written whole or not at all, and never over what is there."""

from __future__ import annotations

import os

from homelab.dropins.find import descended, find_shadowed
from homelab.errors import NO, USAGE, Failure
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.dropin import VerbFolder


def refuse_taken(words: list[str], target: VerbFolder, folders: list[VerbFolder]) -> None:
    """Raises Failure (2) where a verb of these words is in `target` already, or could not run
    for what else there is in one of `folders`."""
    verb = " ".join(words)
    for place in descended(folders, words):
        what = f"{place.path} is a folder, so {verb!r} is a group, and a group never runs"
        raise Failure(USAGE, what)
    for count in range(1, len(words) + 1):
        found = find_shadowed(words[:count], [target])
        if found is None or len(found.words) < count:
            continue
        path = found.path
        if count == len(words):
            raise Failure(USAGE, f"{verb!r} is there already: {path}; edit that, or remove it")
        if not descended([target], words[:count]):
            raise Failure(
                USAGE,
                f"{path} is the verb {found.verb!r}, and would be a group; choose other words",
            )


def write(target: VerbFolder, words: list[str], ending: str, text: str) -> str:
    """Write the file, executable, for its owner to edit; returns its path. Raises Failure (1)."""
    folder = "/".join((target.path, *words[:-1]))
    try:
        os.close(ownership.folder(folder, make=True, mode=0o755))
        path = f"{folder}/{words[-1]}{ending}"
        arriving = f"{folder}/.{words[-1]}.{os.getpid()}"
        file = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
        try:
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(text)
                os.fchmod(stream.fileno(), 0o755)
            os.link(arriving, path)  # fails where one has come meanwhile
        finally:
            os.unlink(arriving)
    except FileExistsError as error:  # meanwhile, or a file where a folder is to be
        what = error.filename2 or error.filename
        raise Failure(NO, f"{what} can't be written: it is there already") from None
    except ownership.Untrusted as error:
        raise Failure(NO, f"no verb is written to {folder}: {error.strerror}") from None
    except OSError as error:
        what = folder if isinstance(error, PermissionError) else error.filename or folder
        hint = ""
        if isinstance(error, PermissionError) and not target.personal:
            hint = "; run it with sudo"
        raise Failure(NO, f"{what} can't be written: {error.strerror}{hint}") from None
    return path
