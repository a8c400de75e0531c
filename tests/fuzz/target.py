"""A fuzz target, and how it is tried.

Inputs are samples with random changes, a few steps at a time, and an input that reaches a new line
of the program becomes a sample too. (Hypothesis makes a twentieth as many different inputs in the
same time; HypoFuzz needs Python 3.10, and Atheris a compiler.)
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from types import CodeType
from typing import Any, Callable

from fuzz.mutation import Edit, changed, shapeless, tokens_of
from fuzz.work import Lines

_TRIES = 1000  # tries to make a bad input shorter


class Broken(Exception):
    """A target is broken by `data`, as short as it could be made; the cause is the error that it
    raised."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(f"{name} is broken by {data[:1000]!r}")
        self.data = data


class Target:
    """A parser of input from others. `read` makes a value from bytes, and raises nothing except
    `refuses`; `holds` asserts facts about the bytes and the value, and raises nothing else. `name`
    is the module's, with the parsed thing after a colon; `edits` know the form. About `inputs` of
    them are tried in a second."""

    def __init__(
        self,
        name: str,
        read: Callable[[bytes], Any],
        holds: Callable[[bytes, Any], None],
        samples: Sequence[bytes],
        refuses: tuple[type[Exception], ...] = (),
        edits: Sequence[Edit] = (),
        inputs: int = 5000,
    ) -> None:
        self.name = name
        self.samples = list(dict.fromkeys(samples))
        self.tokens = tokens_of(self.samples)
        self.inputs = inputs
        self._read = read
        self._holds = holds
        self._refuses = refuses
        self.edits = tuple(edits)

    def check(self, data: bytes) -> None:
        """Parse the data, and raise the error of the target, if any."""
        try:
            value = self._read(data)
        except self._refuses:
            return
        self._holds(data, value)

    def read(self, data: bytes) -> None:
        """Parse the data, whether or not it is refused."""
        try:
            self._read(data)
        except self._refuses:
            pass

    def shorter(self, data: bytes, error: Exception) -> bytes:
        """A shorter input that breaks the target at the same place."""
        place, left = place_of(error), _TRIES
        size = len(data)
        while size and left > 0:
            at = 0
            while at < len(data) and left > 0:
                left -= 1
                less = data[:at] + data[at + size :]
                try:
                    self.check(less)
                except Exception as other:
                    if place_of(other) == place:
                        data = less
                        continue
                at += size
            size //= 2
        return data


def place_of(error: BaseException) -> str:
    """The file and the line that raised an error, and its type."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


class Search:
    """A search for an input that breaks a target, by a seed: the same seed tries the same inputs.
    `reached` are the lines of the program that inputs have reached so far."""

    def __init__(self, target: Target, seed: str) -> None:
        self.target = target
        self.samples = list(target.samples)
        self.reached: set[tuple[CodeType, int]] = set()
        self._chance = Random(seed)

    def run(self, count: int) -> None:
        """Try so many inputs. Raises Broken, after which it may go on."""
        target, chance = self.target, self._chance
        while count > 0:
            fresh = not self.samples or chance.random() < 0.1
            first = shapeless(chance) if fresh else chance.choice(self.samples)
            for data in changed(chance, first, target.tokens, target.edits):
                count -= 1
                try:
                    with Lines() as lines:
                        target.check(data)
                except Exception as error:
                    raise Broken(target.name, target.shorter(data, error)) from error
                if not lines.reached <= self.reached:
                    self.reached |= lines.reached
                    self.samples.append(data)
