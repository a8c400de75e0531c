"""A new drop-in: written whole or not at all, and never over what is there."""

from __future__ import annotations

import os

from homelab.catalogue import resolve
from homelab.dropins import template
from homelab.dropins.find import descended, find_shadowed
from homelab.errors import NO, USAGE, Failure
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from homelab.dropins.dropin import VerbFolder


def begin(
    verb: str,
    folders: list[VerbFolder],
    trusted: list[VerbFolder],
    families: Collection[str],
    usage_of: str,
    system: bool = False,
    filled: template.Filled | None = None,
) -> str:
    """Write a new script from the template into the account's own folder, or the `system`'s; its
    path. `verb` is its words, with blanks or `/` between them and perhaps an ending; `folders` are
    those of drop-ins, `trusted` those that are used, `families` the first words of built-ins; what
    is `filled` into the script is of a shell. Raises Failure: 2 for words that can't be, with an
    example of the verb `usage_of`; 1 where it can't be written."""
    if verb.startswith("/"):
        raise Failure(USAGE, f"{verb} is a path; a verb's words are like nas/df", usage_of)
    given = verb.replace("/", " ").split()
    stem, ending = os.path.splitext(given[-1]) if given else ("", "")
    endings = template.SHELLS if filled else template.ENDINGS
    if ending not in endings:
        kinds = " ".join(endings[1:])
        raise Failure(USAGE, f"{ending} is no ending that a verb's file can have; it is {kinds}")
    words = [*given[:-1], stem]
    bad = [word for word in words if not resolve.is_word(word)]
    if bad or not given:
        shown = bad[0] if bad else ""
        what = f"{shown!r} is no word of a verb; small letters, digits and - only, as in nas/df"
        raise Failure(USAGE, what, usage_of)
    if words[0] in families:
        raise Failure(USAGE, f"{words[0]!r} is a word of homelab's own; choose another first word")
    target = folders[-1] if system else folders[0]
    if not system and target.name != "personal":
        raise Failure(NO, "no home directory is known; use --system")
    refuse_taken(words, target, trusted)
    text = template.text(" ".join(words), ending, filled)
    return write(target, words, ending, text)


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


def write(target: VerbFolder, words: list[str], ending: str, text: str, mode: int = 0o755) -> str:
    """Write the file, executable by default, for its owner to edit; returns its path. Raises
    Failure (1)."""
    folder = "/".join((target.path, *words[:-1]))
    try:
        os.close(ownership.folder(folder, make=True, mode=0o755))
        path = f"{folder}/{words[-1]}{ending}"
        arriving = f"{folder}/.{words[-1]}.{os.getpid()}"
        file = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(text)
                os.fchmod(stream.fileno(), mode)
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
