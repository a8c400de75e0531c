"""Say once which own verbs do not run because built-in verbs have their words.

After an upgrade a built-in verb may run where an own verb ran before. The first run of a build at a
terminal looks at all own verbs; a run without a terminal (cron, a script) looks only for those that
its own words would have run, once for each build. dispatch.py looks for the marks of its build
before it imports this module.

A mark is an empty file in a folder of the account (`paths.name_marks`). There is one for each look,
and one for each verb that was named, so that the next build does not name it again. Marks are made
before anything is said: where they can't be made, nothing is said, since a job would repeat it each
time. `homelab verbs check` says it at any time.
"""

from __future__ import annotations

import os

from homelab.catalogue import resolve
from homelab.dropins.find import descended, every, find_shadowed
from homelab.system.ownership import own_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from homelab.catalogue.registry import Registry
    from homelab.dropins.dropin import VerbFolder

_NAMED = "named."
_LONGEST = 200  # characters of a file's name
_ENTRIES = 20_000  # entries of folders of verbs that are read at most
_SHOWN = 3  # verbs that the sentence names
_OLD_MARKS = 200  # of other builds; more are removed


def sentence(
    marks: str,
    build: str,
    words: Sequence[str],
    built_in: Registry,
    folders: Callable[[], list[VerbFolder]],
    always: bool = False,
) -> str:
    """The sentence about shadowed own verbs that were not named before; "" if there is none.

    `words` are those of the command line that runs a built-in verb; without them all own verbs are
    looked at. `marks` is the folder of the marks, `folders` returns the usable folders of verbs.
    With `always` it is also said where it can't be recorded.
    """
    if not _marked(marks, ".".join([build, *words]), always):
        return ""
    if words:
        found = _commands_of(list(words), built_in, folders())
    else:
        _tidy(marks, build)
        found = _commands(built_in, folders())
    return said([each for each in found if _marked(marks, _NAMED + each.replace(" ", "."), always)])


def _marked(folder: str, name: str, always: bool) -> bool:
    """Whether a mark was made now: it did not exist, and it could be written (or `always`)."""
    try:
        os.close(own_file(folder, name[:_LONGEST], os.O_WRONLY | os.O_EXCL))
    except FileExistsError:
        return False
    except OSError:
        return always
    return True


def _tidy(folder: str, build: str) -> None:
    """Remove the marks of other builds once there are many."""
    try:
        old = [name for name in os.listdir(folder) if not name.startswith((_NAMED, build))]
        for name in old if len(old) > _OLD_MARKS else ():
            os.unlink(f"{folder}/{name}")
    except OSError:
        pass


def _commands(built_in: Registry, folders: list[VerbFolder]) -> list[str]:
    """The words that run a built-in verb although own verbs in `folders` have them: the words of an
    own verb, and those of an own verb with a first argument (`backup age` of an own `backup`)."""
    found: list[str] = []
    for verb in sorted(every(folders, most=_ENTRIES)):
        name = " ".join(verb)
        inner = resolve.members(name, built_in.family(verb[0]))
        found += [name] if built_in.owner(verb) else inner
    return list(dict.fromkeys(found))


def _commands_of(words: list[str], built_in: Registry, folders: list[VerbFolder]) -> list[str]:
    """The words among those of `_commands` that begin with `words`, which name a built-in verb."""
    dropin = find_shadowed(words, folders)
    own = dropin.words if dropin else ()
    name = " ".join(words)
    found = [name] if own and (len(own) == len(words) or not built_in.owner(own)) else []
    if built_in.owner_behind(words) and descended(folders, words):
        verbs = sorted(every(folders, most=_ENTRIES))
        found += [" ".join(verb) for verb in verbs if verb[: len(words)] == tuple(words)]
    return list(dict.fromkeys(found))


def said(commands: list[str]) -> str:
    """The sentence that built-in verbs run for these words; "" without words."""
    if not commands:
        return ""
    if len(commands) == 1:
        name = commands[0]
        what = f"{name!r} now runs a built-in verb, not your own script"
        return f"{what}; to run yours: homelab verbs run {name}"
    more = len(commands) - _SHOWN
    shown = list(map(repr, commands[:_SHOWN]))
    last = f"{more} more" if more > 0 else shown.pop()
    what = f"{', '.join(shown)} and {last} now run built-in verbs, not your own scripts"
    return f"{what}; to run yours: homelab verbs run WORDS (homelab verbs check lists them)"
