"""The problems that the command of a job has found: `homelab check` writes them into a file that
`job run` names, so that --on-change also reports a second problem beside a first one.

A line is what has a problem, and the problem's state: `cert nas.lan critical`. Values are left out:
a load or a number of days differs in each run.
"""

from __future__ import annotations

import os

from homelab.jobs import store
from homelab.system import files, ownership
from homelab.texts import clipped, lines, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLE = "HOMELAB_JOB_PROBLEMS"
_MOST = 1000  # lines
_LONGEST = 200  # characters of a line
_NAMED = 5  # problems that a sentence names


def path(folder: str, name: str) -> str:
    """The path of the file of a job in the folder of jobs."""
    return f"{folder}/{name}{store.PROBLEMS}"


def write(env: Mapping[str, str], found: Sequence[str]) -> None:
    """Write the problems into the file that the environment names, if it is one of this account's
    jobs: nobody else chooses where root writes. An error is ignored: `job run` then compares exit
    codes only."""
    to = env.get(VARIABLE, "")
    folder, _, name = to.rpartition("/")
    if not folder or folder != store.folder(env) or not name.endswith(store.PROBLEMS):
        return
    shown = sorted({clipped(printable(each), _LONGEST) for each in found})[:_MOST]
    try:
        os.close(ownership.own_folder(folder, make=False))
        files.write(to, "".join(f"{each}\n" for each in shown).encode(), 0o600)
    except OSError:
        pass


def read(folder: str, name: str) -> tuple[str, ...] | None:
    """The problems that a run of the job has written last; None if there are none that can be
    read."""
    try:
        text = store.problems(folder, name)
    except (OSError, ValueError):
        return None
    return None if text is None else tuple(lines(text.decode("utf-8", "replace")))


def change(before: Sequence[str] | None, now: Sequence[str] | None) -> str:
    """The change between two runs, as words: `new: disk / warning; now: port pi.lan:22 critical
    (was unknown); over: cert nas.lan critical`; "" if nothing has changed, or if that is unknown.
    """
    if before is None or now is None:
        return ""
    new = [each for each in now if each not in before]
    over = [each for each in before if each not in now]
    was = dict(map(_named, over))
    names = {name for name, _ in map(_named, new)} & was.keys()
    other = [f"{each} (was {was[_named(each)[0]]})" for each in new if _named(each)[0] in names]
    new, over = ([each for each in some if _named(each)[0] not in names] for some in (new, over))
    parts = ("new", new), ("now", other), ("over", over)
    return "; ".join(f"{word}: {_few(some)}" for word, some in parts if some)


def _named(line: str) -> tuple[str, str]:
    """The thing that has a problem, and the problem's state."""
    name, _, state = line.rpartition(" ")
    return name, state


def _few(found: list[str]) -> str:
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more
