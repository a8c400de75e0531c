"""Reads the shell histories of this account into groups. Nothing of them is written anywhere."""

from __future__ import annotations

import os

from homelab.habits import fold, histories, secrets
from homelab.habits.commands import LONGEST, pipelines
from homelab.habits.fold import Folded, folded
from homelab.habits.groups import Groups, PublicUse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

_REMEMBERED = 4000  # entries whose answer is kept, because people repeat them
_SHORT = 200  # characters of such an entry
_MORE = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # which PATH may leave out
_LEFT_OUT = ("secret", fold.SHELL_ONLY, fold.UNKNOWN)


class Habits:
    """What the histories of this account say: `people` and `agents` have the groups of each;
    `left_out` the number of entries or commands that are in no group, by the reason; `files` is
    what was read; `problems` a sentence on each history that could not be read."""

    def __init__(self, found: histories.Histories) -> None:
        self.people = Groups()
        self.agents = Groups()
        self.by_agents = 0
        self.entries = 0
        self.untimed = 0  # entries without a moment
        self.left_out = dict.fromkeys(_LEFT_OUT, 0)
        self.files = found.files
        self.problems = list(found.problems)

    @property
    def unread(self) -> int:
        """The entries that can't be read."""
        return sum(file.skipped for file in self.files)


def read(env: Mapping[str, str], own: Iterable[str] = (), since: int = 0) -> Habits:
    """The habits of this account. `own` are the file names of its own verbs' scripts; `since` (s)
    leaves out what was typed before, and what has no moment. Raises Failure where the home is
    another account's."""
    found = histories.find(env)
    made = Habits(found)
    programs = _programs(env, own)
    seen: dict[str, tuple[list[Folded], list[str]]] = {}
    for moment, text, by_agent in histories.once(found):
        if since and moment < since:
            continue
        answer = seen.get(text)
        if answer is None:
            answer = _folded(text, programs)
            if len(text) <= _SHORT:
                if len(seen) >= _REMEMBERED:
                    seen.clear()
                seen[text] = answer
        groups = made.agents if by_agent else made.people
        made.entries += 1
        made.by_agents += by_agent
        made.untimed += not moment
        for command in answer[0]:
            groups.add(command, moment)
        for reason in answer[1]:
            made.left_out[reason] += 1
    made.problems += [file.problem for file in found.files if file.problem]
    return made


def public_uses(env: Mapping[str, str]) -> tuple[list[PublicUse], list[str]]:
    """How often this account typed each of the public words, and sentences about histories that
    could not be read. Raises Failure as `read`."""
    made = read(env)
    return made.people.uses(), made.problems


def _folded(text: str, programs: Container[str]) -> tuple[list[Folded], list[str]]:
    """The commands of an entry, and why others of it are in no group."""
    if len(text) > LONGEST:
        return [], [fold.UNKNOWN]
    found = pipelines(text)
    if secrets.has_secret(text, [words for pipeline in found for words in pipeline]):
        return [], ["secret"]
    commands: list[Folded] = []
    reasons: list[str] = []
    if not found and text.strip()[:1] not in ("", "#"):
        reasons.append(fold.UNKNOWN)  # it ends inside a quote
    for pipeline in found:
        command = folded(pipeline, programs)
        if isinstance(command, Folded):
            commands.append(command)
        else:
            reasons.append(command)
    return commands, reasons


def _programs(env: Mapping[str, str], own: Iterable[str]) -> Container[str]:
    """The names of the programs that PATH leads to, and of own scripts."""
    names: set[str] = set()
    for folder in dict.fromkeys((*env.get("PATH", os.defpath).split(":"), *_MORE)):
        try:
            names.update(os.listdir(folder) if folder[:1] == "/" else ())
        except OSError:
            continue
    return names | set(own)
