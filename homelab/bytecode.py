"""Where the built file's modules come from: a block of bytecode in it, read whole at the start.

Python's own import from a zip archive reads the archive's directory first, which grows with every
module, and each module when it is needed, by when the file may have been replaced. Which of both
happens is decided by start.py: a Python that the file has no block for imports the sources.
"""

from __future__ import annotations

import marshal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class Block:
    """Finder and loader (PEP 451) of the modules of a block: by name, whether it is a package, and
    its marshalled code. `archive` is the path of the file, whose sources a traceback shows."""

    def __init__(self, codes: dict[str, tuple[bool, bytes]], archive: str) -> None:
        self._codes = codes
        self._archive = archive
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
        exec(marshal.loads(self._codes[module.__name__][1]), module.__dict__)  # noqa: S102

    def get_source(self, name: str) -> str | None:
        """The text of the module, for a traceback; None where the file has gone."""
        import zipimport

        path = name.replace(".", "/") + ("/__init__.py" if self._codes[name][0] else ".py")
        try:
            archive = zipimport.zipimporter(self._archive)
            return archive.get_data(f"site-packages/{path}").decode("utf-8")
        except (ImportError, OSError):
            return None


def install(codes: dict[str, tuple[bool, bytes]], archive: str) -> None:
    """Import from the block from now on, before anything else."""
    sys.meta_path.insert(0, Block(codes, archive))
