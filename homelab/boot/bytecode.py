"""Import the built file's modules from a block of it. The core, which each start needs, is read at
the start; the other modules of a run are read when the verb is known and before it runs.

There is a block of bytecode for the Python that built the file, and for others that were given to
build.py; any other Python uses the block of sources. Python's own import from a zip archive first
reads the archive's directory, which grows with every module, and then each module when it is
needed; by then the file may have been replaced.
"""

from __future__ import annotations

import marshal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Any

    Index = dict[str, tuple[bool, int, int]]


_TORN = "is not a whole copy; copy it here again"
_WRITTEN = "was changed while homelab started; run it again"


class Written(Exception):
    """The file was changed since the run began: its content may now be of another build."""


class Block:
    """Finder and loader (PEP 451) of the modules in a block, as build.py packs it. The index of the
    `core` has, by name, whether a module is a package, and where it begins and ends: its marshalled
    code if the block is `compiled`, else its source. (To unmarshal all of them at the start would
    take a tenth of a bare start.)

    The first import of a module outside the core reads the modules that any run may need, and the
    import of a gate (a family of verbs, a verb's function) reads all modules that can be imported
    after it. A module that the build did not see is behind no gate; then the whole block is read,
    "*".

    `part` returns the bytes between two places in the rest of the block. If that fails, or if the
    bytes are of another build, the run ends with a sentence about the file `archive`.
    """

    def __init__(
        self,
        core: bytes,
        index: dict[str, Any],
        compiled: bool,
        part: Callable[[int, int], bytes],
        archive: str,
    ) -> None:
        self._total, self._gates = index.pop("")
        self._parts: list[tuple[bytes, Index]] = [(core, index)]
        self._compiled = compiled
        self._part = part
        self._archive = archive
        # it is loaded already; importlib.machinery would cost a start as much as all of this
        self._spec: type[ModuleSpec] = sys.modules["_frozen_importlib"].ModuleSpec

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, or None if it is not in the block."""
        if name[:7] != "homelab":
            return None
        found = self._found(name)
        for gate in ("", name, "*"):
            place = self._gates.get(gate)
            if found is None and place is not None:
                self._read(*place)
                self._gates.pop(gate, None)  # now, for other threads
                found = self._found(name)
        if found is None:
            return None
        return self._spec(name, self, is_package=found[1][0])  # type: ignore[arg-type]

    def _found(self, name: str) -> tuple[bytes, tuple[bool, int, int]] | None:
        """The bytes already read that hold the module, and its entry in their index."""
        for part, index in self._parts:
            if name in index:
                return part, index[name]
        return None

    def _read(self, start: int, end: int) -> None:
        """Read the parts in the list there."""
        try:
            total, inner, ranges = marshal.loads(self._part(start, end))
            if total != self._total:
                raise ValueError
            self._parts += [(self._part(start, end), index) for start, end, index in ranges]
            self._gates.update(inner)
        except Exception as error:  # the verb has not run yet
            what = _WRITTEN if isinstance(error, Written) else _TORN
            sys.stderr.write(f"homelab: {self._archive} {what}\n")
            sys.stderr.flush()
            import os

            os._exit(78)

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102

    def get_code(self, name: str) -> CodeType:
        """The code of the module."""
        found = self._found(name)
        if found is None:
            raise ImportError(name)
        block, (package, start, end) = found
        code = block[start:end]
        if self._compiled:
            return marshal.loads(code)  # type: ignore[no-any-return]
        path = name.replace(".", "/") + ("/__init__.py" if package else ".py")
        return compile(code, path, "exec", dont_inherit=True)


def install(
    core: bytes,
    index: dict[str, Any],
    sources: bytes,
    file: int,
    offset: int,
    written: int,
    archive: str,
) -> None:
    """From now on, import from a block before anything else: from `sources`, or from the one that
    begins at `offset` of an open `file`, whose last change was at `written` (ns)."""

    def part(start: int, end: int) -> bytes:
        if sources:
            return sources[start:end]
        import os

        data = os.pread(file, end - start, offset + start)
        if os.fstat(file).st_mtime_ns != written:
            raise Written
        if len(data) < end - start:
            raise EOFError
        return data

    sys.meta_path.insert(0, Block(core, index, not sources, part, archive))
