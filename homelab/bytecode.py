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


class Block:
    """Finder and loader (PEP 451) of the modules of a block: by name, whether it is a package, and
    its marshalled code where the block is `compiled`, else its source."""

    def __init__(self, codes: dict[str, tuple[bool, bytes]], compiled: bool) -> None:
        self._codes = codes
        self._compiled = compiled
        # importlib.machinery would cost a start what this costs: nothing, it is there already
        self._spec: type[ModuleSpec] = sys.modules["_frozen_importlib"].ModuleSpec

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, or None where it is not in the block."""
        found = self._codes.get(name)
        return None if found is None else self._spec(name, self, is_package=found[0])  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Python makes the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102

    def get_code(self, name: str) -> CodeType:
        """The code of the module."""
        package, code = self._codes[name]
        if self._compiled:
            return marshal.loads(code)  # type: ignore[no-any-return]
        path = name.replace(".", "/") + ("/__init__.py" if package else ".py")
        return compile(code, path, "exec", dont_inherit=True)


def install(codes: dict[str, tuple[bool, bytes]], compiled: bool) -> None:
    """Import from the block from now on, before anything else."""
    sys.meta_path.insert(0, Block(codes, compiled))
