"""The work of a call, counted in lines of Python, which is the same on a busy machine."""

from __future__ import annotations

import os
import sys
from types import CodeType, FrameType
from typing import Any, Callable

from support.world import ROOT

_OURS = os.path.join(str(ROOT), "homelab") + os.sep


class Lines:
    """A counter of lines: `with Lines() as lines:` records the lines that run inside: `reached` has
    the package's own, each once, and `count` is how many ran, if `everything` is counted."""

    def __init__(self, everything: bool = False) -> None:
        self.count = 0
        self._everything = everything
        self.reached: set[tuple[CodeType, int]] = set()
        self._before: Callable[..., Any] | None = None

    def __enter__(self) -> Lines:
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _called(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        if self._everything:
            return self._counted
        return self._own if frame.f_code.co_filename.startswith(_OURS) else None

    def _own(self, frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        if event == "line":
            self.reached.add((frame.f_code, frame.f_lineno))
        return self._own

    def _counted(self, frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        self.count += event == "line"
        return self._counted
