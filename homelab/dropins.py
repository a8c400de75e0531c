"""Drop-in verbs: executable files whose path below a verbs folder is the verb.

`/usr/local/lib/homelab/verbs/nas/df.sh` is `homelab nas df`. No PATH search, no working directory,
no cache: a folder on the way makes its word a group, and a group never runs, so that a mistyped
word is never taken for an argument.
"""

from __future__ import annotations

import os
import stat

from homelab import places
from homelab.errors import UNSTARTABLE, Failure
from homelab.resolve import is_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.settings import Value

ENDINGS = ("", ".sh", ".bash", ".py", ".pl", ".rb", ".js")
_DEEPEST = 8


class Place:
    """A folder of drop-ins. What stands in a `personal` one is its owner's affair, by name too."""

    __slots__ = ("folder", "personal")

    def __init__(self, folder: str, personal: bool) -> None:
        self.folder = folder
        self.personal = personal


class Dropin:
    """A drop-in that was found: its words, its file, the place it stands in."""

    __slots__ = ("path", "place", "rivals", "words")

    def __init__(self, words: tuple[str, ...], files: list[str], place: Place) -> None:
        self.words = words
        self.path, *self.rivals = files  # more than one file for one verb: none of them runs
        self.place = place


def places_of(env: Mapping[str, str], system: str, more: Value | None) -> list[Place]:
    """The folders, the user's own first. Those of the `verbs.path` setting (`more`; None where the
    settings are broken) are the operator's where the operator set it (system file or baked in),
    else personal."""
    found = [Place(places.user_verbs(env), True)]
    if more is not None:
        personal = more.source in ("environment", "user")
        found += [Place(folder, personal) for folder in more.text.split(":")]
    found.append(Place(system, False))
    return [place for place in found if place.folder.startswith("/")]


def find(words: list[str], folders: list[Place]) -> tuple[Dropin | None, int]:
    """The drop-in that the leading words name, with how many of them are groups.

    (None, 0): the first word is nothing here. (None, n): the first n words are a group, and what
    follows is no verb of it.
    """
    for depth, word in enumerate(words[:_DEEPEST], 1):
        if not is_word(word):
            return None, depth - 1
        stem = "/".join(words[:depth])
        if any(os.path.isdir(f"{place.folder}/{stem}") for place in folders):
            continue
        for place in folders:
            base = f"{place.folder}/{stem}"
            files = [base + ending for ending in ENDINGS if os.path.lexists(base + ending)]
            if files:
                return Dropin(tuple(words[:depth]), files, place), depth
        return None, depth - 1
    return None, min(len(words), _DEEPEST)


def names(folders: list[Place], group: str = "") -> list[str]:
    """The words below a group (all groups' first words without one), sorted; for suggestions."""
    found = set()
    for place in folders:
        try:
            entries = os.listdir(f"{place.folder}/{group}")
        except OSError:
            continue
        for entry in entries:
            stem, ending = os.path.splitext(entry)
            word = stem if ending in ENDINGS else entry
            if is_word(word):
                found.add(word)
    return sorted(found)


def check(dropin: Dropin) -> None:
    """Raises Failure (126), with the command that mends it, where running the file would mean
    running what somebody else may have written."""
    verb = " ".join(dropin.words)
    if dropin.rivals:
        both = " and ".join([dropin.path, *dropin.rivals])
        raise Failure(UNSTARTABLE, f"{both} are both {verb!r}; keep one of them")
    way = dropin.place.folder
    steps = [way]
    for part in dropin.path[len(way) + 1 :].split("/"):
        steps.append(f"{steps[-1]}/{part}")
    for step in steps:
        try:
            found = os.stat(step)
        except OSError as error:
            raise _refused(verb, step, error.strerror or "gone", "mend or remove it") from None
        own = os.geteuid()
        if found.st_uid not in (0, own):
            if own == 0:
                raise _refused(
                    verb, step, "it is not root's, and root runs only what is", f"chown root {step}"
                )
            raise _refused(
                verb, step, "it is another account's", f"sudo chown {own} {step}, if you trust it"
            )
        if found.st_mode & stat.S_IWOTH:
            raise _refused(verb, step, "anybody may write to it", f"chmod o-w {step}")
    if not stat.S_ISREG(found.st_mode):
        raise _refused(verb, dropin.path, "it is no regular file", "put a script there")
    if not os.access(dropin.path, os.X_OK):
        raise _refused(verb, dropin.path, "it is not executable", f"chmod +x {dropin.path}")


def run(dropin: Dropin, arguments: list[str], env: Mapping[str, str], program: str) -> int:
    """Check the file, run it with the arguments as they are, and return its exit code, 128+n where
    signal n ended it. Raises Failure (126) where it is refused or can't be started.

    It finds `homelab` in HOMELAB_BIN, its own words in HOMELAB_VERB, and its folder of verbs in
    HOMELAB_VERB_DIR.
    """
    check(dropin)
    from homelab import process

    theirs = process.inherited(env)
    theirs["HOMELAB_BIN"] = program
    theirs["HOMELAB_VERB"] = " ".join(dropin.words)
    theirs["HOMELAB_VERB_DIR"] = dropin.place.folder
    try:
        return process.run(dropin.path, arguments, theirs)
    except OSError as error:
        why = why_unstartable(dropin.path, error)
        verb = " ".join(dropin.words)
        raise Failure(UNSTARTABLE, f"{verb!r} can't be started: {dropin.path}: {why}") from None


def _refused(verb: str, path: str, why: str, mend: str) -> Failure:
    return Failure(UNSTARTABLE, f"{verb!r} is not run: {path}: {why}; {mend}")


def why_unstartable(path: str, error: OSError) -> str:
    """Why the kernel would not start the file, from its first bytes."""
    try:
        with open(path, "rb") as file:
            first = file.read(256).split(b"\n")[0]
    except OSError:
        return f"{error.strerror}"
    if not first.startswith(b"#!"):
        return "it has no #! line and is no program; begin it with #!/bin/sh or the like"
    if first.endswith(b"\r"):
        return f"its #! line ends in CR LF; mend it with: sed -i 's/\\r$//' {path}"
    interpreter = first[2:].strip().split(b" ")[0].decode("utf-8", "replace")
    if not os.path.exists(interpreter):
        return f"its interpreter {interpreter} is not on this host"
    if os.statvfs(path).f_flag & os.ST_NOEXEC:
        return "its file system is mounted noexec; move it"
    return f"{error.strerror}"
