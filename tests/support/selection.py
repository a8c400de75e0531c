"""The tests of a run: all except the long ones, `--long` only the long ones, `--quick` the quick
ones. Tests named on the command line run in any case.

Each kind follows from the test's own code, so that no list goes stale: `long` and `quick` are
marks, with the reason; a test without one is quick if nothing that it can call waits or starts
something.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from _pytest.unittest import TestCaseFunction

# A test that reaches one of these waits, or starts a process, a thread or a server.
_ACTS = frozenset(
    "asyncio ctypes fcntl http.server multiprocessing posix.fork pty select signal socket"
    " socketserver subprocess threading time.sleep".split()
)
_OURS = ("bench.", "chaos.", "conftest", "docs.", "fakes.", "fuzz.", "support.", "test_")
_ACTING: dict[types.CodeType, bool] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    option = parser.getgroup("homelab").addoption
    for which in ("long", "quick"):
        option(
            f"--{which}", action="store_const", const=which, dest="which", default="",
            help=f"the {which} tests alone",
        )  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for name in ("long", "quick"):
            mark = item.get_closest_marker(name)
            if mark and not mark.args:
                raise pytest.UsageError(f"{item.nodeid}: say why it is {name}: {name}('…')")
    which = config.option.which
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        (kept if _chosen(item, which, named) else left_out).append(item)
    items[:] = kept
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def _chosen(item: pytest.Item, which: str, named: bool) -> bool:
    long = bool(item.get_closest_marker("long"))
    if which == "quick":
        return not long and _quick(item)
    return long if which == "long" else named or not long


def _quick(item: pytest.Item) -> bool:
    if item.get_closest_marker("quick"):
        return True
    if isinstance(item, TestCaseFunction):  # a state machine of Hypothesis, which runs long
        return False
    return not item.get_closest_marker("needs") and not any(map(acts, _functions(item)))


def _functions(item: pytest.Item) -> Iterator[Any]:
    """The function of a test, and those of its fixtures."""
    assert isinstance(item, pytest.Function)
    yield item.function
    for fixtures in item._fixtureinfo.name2fixturedefs.values():
        yield from (fixture.func for fixture in fixtures)


def acts(called: Any) -> bool:
    """Whether a function of the tests reaches one of `_ACTS` by the names in it, or by those of the
    functions that it calls. The program's own functions are assumed to compute only: few of them do
    more."""
    function = getattr(called, "__wrapped__", called)
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType):
        return False
    code = function.__code__
    if code not in _ACTING:
        _ACTING[code] = False  # in case of recursion
        _ACTING[code] = any(map(_is_act, _reached(code, function.__globals__)))
    return _ACTING[code]


def _reached(code: types.CodeType, names: dict[str, Any]) -> Iterator[Any]:
    """The values of the names in a piece of code, as far as its module has them."""
    for name in code.co_names:
        value = names.get(name)
        yield value
        if isinstance(value, types.ModuleType):
            yield from (getattr(value, each, None) for each in code.co_names)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _reached(inner, names)


def _is_act(value: Any) -> bool:
    if isinstance(value, types.ModuleType):
        return value.__name__ in _ACTS
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", "")
    if not isinstance(module, str):
        return False
    if module in _ACTS or f"{module}.{name}" in _ACTS:
        return True
    if not module.startswith(_OURS):
        return False
    if isinstance(value, type):
        return any(map(acts, _methods(value)))
    return acts(value)


def _methods(cls: type) -> Iterable[Any]:
    for value in vars(cls).values():
        yield value.fget if isinstance(value, property) else value
