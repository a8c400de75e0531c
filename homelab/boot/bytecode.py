"""Where the built file's modules come from: a block of it, which is read whole at the start.

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
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    Index = dict[str, tuple[bool, int, int]]


class Block:
    """Finder and loader (PEP 451) of the modules in a block. The index has, by name, whether it is
    a package, and where it begins and ends: its marshalled code where the block is `compiled`, else
    its source. (To unmarshal all of them at the start would cost a tenth of a bare one.)"""

    def __init__(self, block: bytes, index: Index, compiled: bool) -> None:
        self._block = block
        self._index = index
        self._compiled = compiled
        # importlib.machinery would cost a start what this costs: nothing, it is there already
        self._spec: type[ModuleSpec] = sys.modules["_frozen_importlib"].ModuleSpec

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, or None where it is not in the block."""
        found = self._index.get(name)
        return None if found is None else self._spec(name, self, is_package=found[0])  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Python makes the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102

    def get_code(self, name: str) -> CodeType:
        """The code of the module."""
        package, start, end = self._index[name]
        code = self._block[start:end]
        if self._compiled:
            return marshal.loads(code)  # type: ignore[no-any-return]
        path = name.replace(".", "/") + ("/__init__.py" if package else ".py")
        return compile(code, path, "exec", dont_inherit=True)


def install(block: bytes, index: Index, compiled: bool) -> None:
    """Import from the block from now on, before anything else."""
    sys.meta_path.insert(0, Block(block, index, compiled))
