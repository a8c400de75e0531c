"""Write a new drop-in, completely or not at all; an existing file is never replaced."""

from __future__ import annotations

import os

from homelab.catalogue import resolve
from homelab.dropins import template
from homelab.dropins.find import descended, find_shadowed
from homelab.dropins.listing import shadowing
from homelab.errors import NO, USAGE, Failure
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.registry import Registry
    from homelab.dropins.dropin import VerbFolder


def begin(
    verb: str,
    folders: list[VerbFolder],
    trusted: list[VerbFolder],
    built_in: Registry,
    usage_of: str,
    system: bool = False,
    filled: template.Filled | None = None,
) -> str:
    """Write a new script from the template into the account's own folder, or the `system`'s, and
    return its path. `verb` is its words, separated by blanks or `/`, and perhaps an ending;
    `folders` are all folders of verbs, `trusted` the usable ones; a verb that one of the `built_in`
    would shadow is not written; `filled` are shell commands for the script. Raises Failure: 2 for
    impossible words, with an example of the verb `usage_of`; 1 if it can't be written."""
    if verb.startswith("/"):
        raise Failure(USAGE, f"{verb} is a path; give the words of a verb, as in nas/df", usage_of)
    given = verb.replace("/", " ").split()
    stem, ending = os.path.splitext(given[-1]) if given else ("", "")
    endings = template.SHELLS if filled else template.ENDINGS
    if ending not in endings:
        kinds = " ".join(endings[1:])
        raise Failure(USAGE, f"a verb's file can't end in {ending}; use one of {kinds}")
    words = [*given[:-1], stem]
    bad = [word for word in words if not resolve.is_word(word)]
    if bad or not given:
        shown = bad[0] if bad else ""
        what = f"{shown!r} is not a verb's word; use lower-case letters, digits and -, as in nas/df"
        raise Failure(USAGE, what, usage_of)
    owner = built_in.owner(words)
    if owner:
        why = shadowing(tuple(words), owner)
        raise Failure(USAGE, f"{why}, so a script would be shadowed; choose other words")
    target = folders[-1] if system else folders[0]
    if not system and target.name != "personal":
        raise Failure(NO, "no home directory is known; use --system")
    refuse_taken(words, target, trusted)
    text = template.text(" ".join(words), ending, filled)
    return write(target, words, ending, text)


def refuse_taken(words: list[str], target: VerbFolder, folders: list[VerbFolder]) -> None:
    """Raise Failure (2) if `target` already has a verb with these words, or if the contents of one
    of `folders` would keep it from running."""
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
            raise Failure(USAGE, f"{verb!r} exists already: {path}; edit or remove it")
        if not descended([target], words[:count]):
            raise Failure(
                USAGE,
                f"{path} is the verb {found.verb!r} and can't be a group, too; choose other words",
            )


def write(target: VerbFolder, words: list[str], ending: str, text: str, mode: int = 0o755) -> str:
    """Write the file, by default as an executable that its owner can edit, and return its path.
    Raises Failure (1)."""
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
            os.link(arriving, path)  # fails if the file exists by now
        finally:
            os.unlink(arriving)
    except FileExistsError as error:  # it exists by now, or a file has the name of the folder
        what = error.filename2 or error.filename
        raise Failure(NO, f"{what} can't be written: it exists already") from None
    except ownership.Untrusted as error:
        raise Failure(NO, f"no verb is written to {folder}: {error.strerror}") from None
    except OSError as error:
        what = folder if isinstance(error, PermissionError) else error.filename or folder
        hint = ""
        if isinstance(error, PermissionError) and not target.personal:
            hint = "; run it with sudo"
        raise Failure(NO, f"{what} can't be written: {error.strerror}{hint}") from None
    return path
