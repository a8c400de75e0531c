"""Reads the shell histories of this account into groups. Nothing of them is written anywhere."""

from __future__ import annotations

import gc
import os

from homelab.habits import fold, histories, public_words, secrets
from homelab.habits.commands import MOST, REDIRECTED, pipelines
from homelab.habits.fold import Folded, folded
from homelab.habits.groups import Groups, PublicUse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REMEMBERED = 4000  # entries whose answer is kept, because people repeat them
_SHORT = 200  # characters of such an entry
_MORE = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # which PATH may leave out
LEAST = 3  # runs of a habit
SECRET, NO_COMMAND = "secret", "no command"
_LEFT_OUT = (SECRET, fold.SHELL_ONLY, fold.UNKNOWN, NO_COMMAND)


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
    programs = _Programs(env, own)
    seen: dict[str, tuple[list[Folded], list[str]]] = {}
    gc.disable()  # nothing here is in a cycle, and a million entries are a tenth faster
    for moment, text, by_agent in histories.once(found):
        if since and moment < since:
            made.untimed += not moment
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
    gc.enable()
    made.problems += [file.problem for file in found.files if file.problem]
    return made


def public_uses(env: Mapping[str, str]) -> tuple[list[PublicUse], list[str]]:
    """How often this account typed public words, as `usage habits --words` shows them, and
    sentences about histories that could not be read. Raises Failure as `read`."""
    made = read(env)
    return [use for use in made.people.uses() if is_habit(use)], made.problems


def is_habit(use: PublicUse) -> bool:
    """Whether words are typed often enough, and are none that no home-lab verb would replace."""
    return use.runs >= LEAST and not public_words.is_everyday(use.words.partition(" ")[0])


def _folded(text: str, programs: _Programs) -> tuple[list[Folded], list[str]]:
    """The commands of an entry, and why others of it are in no group."""
    if len(text) > MOST:
        return [], [NO_COMMAND]
    found = pipelines(text)
    typed = [words for pipeline in found for words in pipeline]
    if "<" in text or ">" in text:
        typed = [[word for word in words if word[:1] != REDIRECTED] for words in typed]
    if secrets.has_secret(text, typed, programs):
        return [], [SECRET]
    commands: list[Folded] = []
    reasons: list[str] = []
    if not found and text.strip()[:1] not in ("", "#"):
        reasons.append(NO_COMMAND)  # it ends inside a quote
    for pipeline in found:
        command = folded(pipeline, programs, programs.scripts)
        if isinstance(command, Folded):
            commands.append(command)
        else:
            reasons.append(command)
    return commands, reasons


class _Programs:
    """The names of the programs that PATH leads to; whether a file is one is looked at when its
    name is asked for. `scripts` are the file names of own verbs."""

    def __init__(self, env: Mapping[str, str], own: Iterable[str]) -> None:
        folders = dict.fromkeys((*env.get("PATH", os.defpath).split(":"), *_MORE))
        self._folders = [folder for folder in folders if folder[:1] == "/"]
        self._known: dict[str, bool] = {}
        self.scripts = frozenset(own)

    def __contains__(self, name: object) -> bool:
        known = self._known.get(str(name))
        if known is None:
            known = self._known[str(name)] = self._is_program(str(name))
        return known

    def _is_program(self, name: str) -> bool:
        for folder in self._folders:
            path = f"{folder}/{name}"
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return True
        return False
