"""Pure: the problems of drop-ins as data, and groups of one kind as rows."""

from __future__ import annotations

from homelab.findings import few
from homelab.texts import quoted

ERROR = "error"  # the drop-in does not run, or not as the verb that it should be
WARNING = "warning"  # the drop-in runs, but not as its author intended
NOTE = "note"  # the description could say more
_LEVELS = (ERROR, WARNING, NOTE)
_NAMED = 2  # subjects that the sentence of a group lists

# The common sentence for problems of a kind whose own sentences differ from verb to verb; `{}` is
# replaced by their subjects. Problems of other kinds form one group if their sentences are equal.
_GENERAL = {
    "counts-as": "Counts-as: has a word that is not in the public list",
    "folder-of-this-name": "a folder of this name makes it a group",
    "header-line": "the header has lines with mistakes",
    "line-below-header": "lines below the header are not read",
    "missing-interpreter": "interpreters not on this host: {}",
    "missing-program": "missing programs: {}",
    "own-argument": "some first arguments run built-in verbs: {}",
    "own-word": "built-in verbs run instead: {}",
    "relative-interpreter": "the interpreter depends on the working directory",
    "same-name": "another file of this name runs instead",
    "two-descriptions": "the .verb file is read, not the header of the script; they differ",
    "two-files": "several files have this name, so none runs",
    "unread-description": "the .verb file is not read",
    "untrusted-interpreter": "another account can change its interpreter",
}
# Kinds of which a group shows the command that lists each problem, because a file has several.
_DETAILED = ("header-line", "line-below-header")
_INSTALL = ("apk add ", "apt install ", "dnf install ", "install ", "pacman -S ")
_PACKAGES = 5  # most packages in the install command of a row
# Kinds whose sentences contain a path: too long for a row, and the row names the verb anyway.
_WITH_PATH = ("folder-of-this-name", "same-name", "two-files", "unread-description")


class Problem:
    """A problem of a drop-in, or of a whole folder of drop-ins (`verb` is None).

    `kind` is a stable name for programs, `level` how bad it is, `sentence` what is wrong, `fix`
    what to do (a command if there is one; "" if unknown), `path` the file or folder with the
    problem, `subject` the word in the sentence that differs from verb to verb: a program."""

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
        """The fix, with FILE and VERB in place of the file and the verb."""
        fix = self.fix.replace(quoted(self.path), "FILE")
        if self.verb and fix.endswith(f" {self.verb}"):
            fix = fix[: -len(self.verb)] + "VERB"
        return fix.replace(f" {self.verb}, then", " VERB, then")


class Group:
    """A row: all problems of one kind and level."""

    __slots__ = ("kind", "level", "problems")

    def __init__(self, problem: Problem) -> None:
        self.kind = problem.kind
        self.level = problem.level
        self.problems = [problem]

    @property
    def verbs(self) -> tuple[str, ...]:
        """The verbs that have the problem, in order; none if it is a folder's."""
        return tuple(dict.fromkeys(each.verb for each in self.problems if each.verb is not None))

    @property
    def count(self) -> int | None:
        """The number of verbs that have the problem; None if it is a folder's."""
        return len(self.verbs) or None

    @property
    def example(self) -> str | None:
        """The shortest of the verbs, because a row has little room."""
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
        """The sentence that all problems share, or the general one of their kind."""
        first = self.problems[0]
        general = _GENERAL.get(self.kind, first.sentence)
        alike = all(each.sentence == first.sentence for each in self.problems)
        if alike and self.kind not in _WITH_PATH:
            return first.sentence
        subjects = dict.fromkeys(each.subject for each in self.problems if each.subject)
        return general.format(few(list(subjects), _NAMED)) if "{}" in general else general

    @property
    def fix(self) -> str | None:
        """The fix that all problems share, or else the most frequent pattern of their fixes."""
        fixes = {each.fix for each in self.problems}
        if self.kind in _DETAILED and len({each.sentence for each in self.problems}) > 1:
            return " ".join(["homelab verbs check --all", *self.verbs[: len(self.verbs) == 1]])
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
    """The fix for several missing programs: one command for all of them (`apt install jq yq`) if
    their packages are known."""
    if not all(fix.startswith(_INSTALL) for fix in fixes):
        return "--all shows the fix for each"
    commands = {fix.rpartition(" ")[0] for fix in fixes}
    if len(commands) > 1 or "install" in commands or len(fixes) > _PACKAGES:
        return "install them"
    return f"{commands.pop()} {' '.join(fix.rpartition(' ')[2] for fix in fixes)}"


def grouped(problems: list[Problem]) -> list[Group]:
    """The groups, one for each kind and level: the worst level first; in a level, problems of whole
    folders first, then the most frequent."""
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
