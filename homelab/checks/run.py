"""Run all checks of a plan: each in a child process of its own, several at once."""

from __future__ import annotations

import os
import threading
import time

from homelab.checks import answers, programs
from homelab.checks.kinds import HOST, KINDS, OWN, PLUGIN
from homelab.checks.row import unknown
from homelab.system import foreground, itself, parallel, paths
from homelab.system.child import Child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Union

    from homelab.checks.kinds import Kind
    from homelab.checks.lines import Line
    from homelab.checks.programs import Program
    from homelab.checks.row import CheckRow
    from homelab.context import Context

    Task = Union[Line, Program]

_MOST = 16 << 20  # bytes of a verb's JSON
_GRACE = 3.0  # s, for ending a late child, and for a path on a dead mount
_DESCRIPTORS = 8  # that a child and its pipes take while it starts
_LEAST, _PER_CORE = 4, 2  # checks at once: most of them wait for a disk or the network


def jobs() -> int:
    """How many checks run at once by default."""
    return max(_LEAST, _PER_CORE * (os.cpu_count() or 1))


class Runner:
    """Runs checks, each for at most `seconds`, and ends all of them together."""

    def __init__(self, context: Context, seconds: float) -> None:
        self._context = context
        self._seconds = seconds
        self._command = itself.command(context.program)
        # the run counts once, as `check`
        self._env = {**foreground.inherited(context.env), "HOMELAB_TELEMETRY": "0"}
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self._over = False

    def rows(self, tasks: list[Task], jobs: int) -> list[CheckRow]:
        """The rows of all tasks, in their order, `jobs` of them at once."""
        context = self._context
        found: list[CheckRow] = []
        with context.progress() as progress:
            tell = progress.counter(len(tasks), "checks done", _named)
            for rows in parallel.answers(
                tasks,
                self._ask,
                self._seconds + _GRACE,
                jobs,
                tell,
                self.end,
                lambda task: [unknown(task.key, _named(task), self._late(), task.source)],
                _DESCRIPTORS,
            ):
                found += rows
        return answers.without_doubles(found)

    def end(self) -> None:
        """End the running checks, and start no more."""
        with self._lock:
            self._over = True
            children = list(self._children)
        for child in children:
            child.end()

    def _late(self) -> str:
        return f"no answer within {self._seconds:g} s"

    def _ask(self, task: Task) -> list[CheckRow]:
        if isinstance(task, programs.Program):
            until = time.monotonic() + self._seconds

            def start(command: list[str], env: dict[str, str], most: int) -> Child | None:
                return self._child(command, env, until, most)

            return [programs.run(self._context, task, self._seconds, start)]
        kind, until = KINDS[task.key], time.monotonic() + self._seconds
        words = self._expanded(task.words, kind.globs)
        if isinstance(words, str):
            return [unknown(task.key, task.label, words, task.source)]
        found = self._of_verb(kind, kind.path, [*task.front, *words], task, until)
        if task.key != HOST:
            return found
        rows: list[CheckRow] = []
        for row in found:
            by = answers.named_by(row)
            if by is None:
                rows.append(row)
            else:
                rows += answers.in_place_of(row, self._of_verb(by[1], by[0], [], task, until))
        return rows

    def _of_verb(
        self, kind: Kind, path: str, words: list[str], line: Line, until: float
    ) -> list[CheckRow]:
        """The rows of a built-in verb of this file."""
        command = [*self._command, *path.split(" "), "--json", *words]
        child = self._child(command, self._env, until, _MOST)
        try:
            if child is None:
                raise TimeoutError
            code, out, err = child.run()
        except TimeoutError:
            return [unknown(line.key, line.label, self._late(), line.source)]
        except OSError as error:
            why = f"homelab can't be started: {error.strerror or error}"
            return [unknown(line.key, line.label, why, line.source)]
        verb = self._context.built_in.verb(path)
        if out.lost:
            why = f"{path} printed more than {_MOST >> 20} MiB; name fewer things in one line"
            return [unknown(line.key, line.label, why, line.source)]
        return answers.rows(kind, line, code, bytes(out.kept), err.text(), verb)

    def _child(
        self, command: list[str], env: Mapping[str, str], until: float, most: int
    ) -> Child | None:
        """A child that is ended at the moment `until` (monotonic, s); None if that has come, or if
        no more are to be started."""
        left = until - time.monotonic()
        with self._lock:
            if self._over or left <= 0:
                return None
            child = Child(command, env, seconds=left, most=most)
            self._children.append(child)
        return child

    def _expanded(self, words: list[str], globs: bool) -> list[str] | str:
        """The words with ~/ and, if `globs`, patterns replaced; or why that is not possible."""
        found: list[str] = []
        home = paths.home(self._context.env)
        for word in (paths.expanded(word, home) for word in words):
            if not (globs and word.startswith("/") and "*" in word):
                found.append(word)
                continue
            from glob import glob

            files = sorted(glob(word))
            if not files:
                return f"no file matches {word}"
            found += files
        return found


def _named(task: Task) -> str:
    """The name of a task for the progress line."""
    return task.name if isinstance(task, programs.Program) else task.label


def tasks(plan_lines: list[Line], more: list[Program]) -> list[Task]:
    """All that is to run: the lines of built-in verbs, then the programs."""
    return [*(line for line in plan_lines if line.key not in (OWN, PLUGIN)), *more]
