"""Pure: the problems of drop-ins as data, and those of one kind as one row."""

from __future__ import annotations

from homelab.findings import few
from homelab.texts import quoted

ERROR = "error"  # it does not run, or not as the verb that it should be
WARNING = "warning"  # it runs, but not as its author meant
NOTE = "note"  # its description could say more
_LEVELS = (ERROR, WARNING, NOTE)
_NAMED = 2  # subjects that the sentence of a kind names

# The sentence for several verbs with a problem of this kind, where each verb has a sentence of its
# own: `{}` stands for their subjects. Problems of any other kind are equal where their sentences
# are.
_GENERAL = {
    "counts-as": "Counts-as: has a word that no list has",
    "folder-of-this-name": "a folder of this name makes it a group",
    "header-line": "its header has lines with mistakes",
    "missing-interpreter": "interpreters not on this host: {}",
    "missing-program": "missing programs: {}",
    "own-word": "first words that are homelab's own: {}",
    "relative-interpreter": "its interpreter depends on the working directory",
    "same-name": "another file of this name runs instead",
    "two-files": "several files have this name, so none runs",
    "unread-description": "its .verb file is not read",
    "untrusted-interpreter": "another account can change its interpreter",
}
_INSTALL = ("apk add ", "apt install ", "dnf install ", "install ", "pacman -S ")
_PACKAGES = 5  # packages that the command in a row installs
# Kinds whose sentences hold a path: too long for a row, and the row names the verb.
_WITH_PATH = ("folder-of-this-name", "same-name", "two-files", "unread-description")


class Problem:
    """One problem of one drop-in, or of a folder of them (`verb` None).

    `kind` is its stable name for programs, `level` how bad it is, `sentence` what is wrong, `fix`
    what to do (a command where there is one; "" for nothing known), `path` the file or folder that
    it is about, `subject` the word in its sentence that differs from verb to verb: a program."""

    __slots__ = ("fix", "kind", "level", "path", "sentence", "subject", "verb")

    def __init__(
        self,
        kind: str,
        level: str,
        sentence: str,
        fix: str,
        path: str,
        verb: str | None = None,
        subject: str = "",
    ) -> None:
        self.kind = kind
        self.level = level
        self.sentence = sentence
        self.fix = fix
        self.path = path
        self.verb = verb
        self.subject = subject

    @property
    def pattern(self) -> str:
        """The fix with FILE and VERB where it names the file and the verb."""
        fix = self.fix.replace(quoted(self.path), "FILE")
        if self.verb and fix.endswith(f" {self.verb}"):
            fix = fix[: -len(self.verb)] + "VERB"
        return fix


class Group:
    """The problems of one kind and level, as one row."""

    __slots__ = ("kind", "level", "problems")

    def __init__(self, problem: Problem) -> None:
        self.kind = problem.kind
        self.level = problem.level
        self.problems = [problem]

    @property
    def verbs(self) -> tuple[str, ...]:
        """The verbs that have the problem, in order; none where it is a folder's."""
        return tuple(dict.fromkeys(each.verb for each in self.problems if each.verb is not None))

    @property
    def count(self) -> int | None:
        """How many verbs have the problem; None where it is a folder's."""
        return len(self.verbs) or None

    @property
    def example(self) -> str | None:
        """One of the verbs, the shortest: a row has little room."""
        return self._shortest.verb

    @property
    def file(self) -> str:
        """The file of the example."""
        return self._shortest.path

    @property
    def _shortest(self) -> Problem:
        return min(self.problems, key=lambda each: len(each.verb or ""))

    @property
    def sentence(self) -> str:
        """What is wrong: the sentence that all have, or what theirs have in common."""
        first = self.problems[0]
        general = _GENERAL.get(self.kind, first.sentence)
        alike = all(each.sentence == first.sentence for each in self.problems)
        if alike and self.kind not in _WITH_PATH:
            return first.sentence
        subjects = dict.fromkeys(each.subject for each in self.problems if each.subject)
        return general.format(few(list(subjects), _NAMED)) if "{}" in general else general

    @property
    def fix(self) -> str | None:
        """The fix that all share, or else its pattern; the most frequent one where they differ."""
        fixes = {each.fix for each in self.problems}
        if len(fixes) == 1:
            return fixes.pop() or None
        if self.level == WARNING and self.kind in ("missing-program", "missing-interpreter"):
            return _installing(list(dict.fromkeys(each.fix for each in self.problems)))
        if len(fixes) <= _NAMED and self.level == ERROR:
            return "; ".join(sorted(fix for fix in fixes if fix)) or None
        patterns: dict[str, int] = {}
        for each in self.problems:
            patterns[each.pattern] = patterns.get(each.pattern, 0) + bool(each.fix)
        return max(patterns, key=lambda pattern: patterns[pattern])


def _installing(fixes: list[str]) -> str:
    """What helps where several programs are missing: one command for all (`apt install jq yq`),
    where packages are known for them."""
    if not all(fix.startswith(_INSTALL) for fix in fixes):
        return "see --all for what helps each"
    commands = {fix.rpartition(" ")[0] for fix in fixes}
    if len(commands) > 1 or "install" in commands or len(fixes) > _PACKAGES:
        return "install them"
    return f"{commands.pop()} {' '.join(fix.rpartition(' ')[2] for fix in fixes)}"


def grouped(problems: list[Problem]) -> list[Group]:
    """One group for each kind and level: the worst first, of one level those of whole folders, then
    the most frequent ones."""
    groups: dict[tuple[str, str, str], Group] = {}
    for problem in problems:
        sentence = "" if problem.kind in _GENERAL else problem.sentence
        key = (problem.level, problem.kind, sentence)
        if key in groups:
            groups[key].problems.append(problem)
        else:
            groups[key] = Group(problem)
    return sorted(groups.values(), key=_rank)


def _rank(group: Group) -> tuple[int, bool, int, str]:
    count = group.count
    return _LEVELS.index(group.level), count is not None, -(count or 0), group.kind
