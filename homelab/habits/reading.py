"""Read the shell histories of this account into groups. Nothing in them is written anywhere."""

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

_REMEMBERED = 4000  # entries whose result is cached, because people repeat them
_SHORT = 200  # characters of the longest entry that is cached
_MORE = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # PATH may not have them
LEAST = 3  # fewest runs of a habit
SECRET, NO_COMMAND = "secret", "no command"
_LEFT_OUT = (SECRET, fold.SHELL_ONLY, fold.UNKNOWN, NO_COMMAND)


class Habits:
    """The habits in the histories of this account: `people` and `agents` have the groups of each;
    `left_out` has the number of entries or commands that are in no group, by reason; `files` are
    the histories; `problems` has a sentence for each history that could not be read."""

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
        """The number of entries that can't be read."""
        return sum(file.skipped for file in self.files)


def read(env: Mapping[str, str], own: Iterable[str] = (), since: int = 0) -> Habits:
    """The habits of this account. `own` are the file names of its own verbs' scripts; `since` (s)
    leaves out earlier entries and entries without a moment. Raises Failure if the home directory
    is another account's."""
    found = histories.find(env)
    made = Habits(found)
    programs = _Programs(env, own)
    seen: dict[str, tuple[list[Folded], list[str]]] = {}
    gc.disable()  # there are no cycles here, and a million entries take a tenth less time
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
    """(how often this account typed public words, as in `usage habits --words`; sentences about
    histories that could not be read). Raises Failure as `read`."""
    made = read(env)
    return [use for use in made.people.uses() if is_habit(use)], made.problems


def is_habit(use: PublicUse) -> bool:
    """Whether words are typed often enough, and a home-lab verb could replace them."""
    return use.runs >= LEAST and not public_words.is_everyday(use.words.partition(" ")[0])


def _folded(text: str, programs: _Programs) -> tuple[list[Folded], list[str]]:
    """(the commands of an entry, the reasons why its other commands are in no group)."""
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
        reasons.append(NO_COMMAND)  # the entry ends inside a quote
    for pipeline in found:
        command = folded(pipeline, programs, programs.scripts)
        if isinstance(command, Folded):
            commands.append(command)
        else:
            reasons.append(command)
    return commands, reasons


class _Programs:
    """The names of the programs in PATH. A file is checked only when its name is looked up.
    `scripts` are the file names of own verbs."""

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
