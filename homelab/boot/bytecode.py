"""Where the built file's modules come from: a block of it. What each start needs, the core, is read
at the start; the rest with the first import of anything else, which is before a verb runs.

There is a block of bytecode for the Python that built the file, and for others that build.py was
told of; any other Python takes the block of sources. Python's own import from a zip archive reads
the archive's directory first, which grows with every module, and each module when it is needed, by
when the file may have been replaced.
"""

from __future__ import annotations

import marshal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    Index = dict[str, tuple[bool, int, int]]


class Block:
    """Finder and loader (PEP 451) of the modules in a block. The index has, by name, whether it is
    a package, and where it begins and ends: its marshalled code where the block is `compiled`, else
    its source. (To unmarshal all of them at the start would cost a tenth of a bare one.)

    `more` reads the rest of the block, once; where that is not of this build, the run ends with the
    sentence `torn`."""

    def __init__(
        self, block: bytes, index: Index, compiled: bool, more: Callable[[], bytes], torn: str
    ) -> None:
        self._parts = [(block, index)]
        self._compiled = compiled
        self._more = more
        self._torn = torn
        # importlib.machinery would cost a start what this costs: nothing, it is there already
        self._spec: type[ModuleSpec] = sys.modules["_frozen_importlib"].ModuleSpec

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, or None where it is not in the block."""
        found = self._parts[0][1].get(name)
        if found is None and name[:8] == "homelab.":
            if len(self._parts) == 1:
                self._read()
            found = self._parts[1][1].get(name)
        return None if found is None else self._spec(name, self, is_package=found[0])  # type: ignore[arg-type]

    def _read(self) -> None:
        """Read the rest."""
        try:
            block = self._more()
            size = int.from_bytes(block[-4:], "little")
            index = marshal.loads(block[-4 - size : -4])
            if index[""] != self._parts[0][1][""]:
                raise ValueError
        except Exception:  # somebody wrote to the file meanwhile
            sys.stderr.write(self._torn)
            sys.stderr.flush()
            import os

            os._exit(78)
        self._parts.append((block, index))

    def create_module(self, spec: ModuleSpec) -> None:
        """Python makes the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102

    def get_code(self, name: str) -> CodeType:
        """The code of the module."""
        block, index = next(part for part in self._parts if name in part[1])
        package, start, end = index[name]
        code = block[start:end]
        if self._compiled:
            return marshal.loads(code)  # type: ignore[no-any-return]
        path = name.replace(".", "/") + ("/__init__.py" if package else ".py")
        return compile(code, path, "exec", dont_inherit=True)


def install(
    block: bytes, index: Index, compiled: bool, more: Callable[[], bytes], torn: str
) -> None:
    """Import from the block from now on, before anything else."""
    sys.meta_path.insert(0, Block(block, index, compiled, more, torn))
