"""Where the built file's modules come from: a block of it. What each start needs, the core, is read
at the start; what else a run may need, once it is known what it runs and before it does.

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
    from typing import Any

    Index = dict[str, tuple[bool, int, int]]


_TORN = "is no whole copy; copy it here again"
_WRITTEN = "was written to while homelab started; run it again"


class Written(Exception):
    """Somebody wrote to the file since the run began: what it has now may be of two builds."""


class Block:
    """Finder and loader (PEP 451) of the modules in a block, as build.py packs it. The index of the
    `core` has, by name, whether a module is a package, and where it begins and ends: its marshalled
    code where the block is `compiled`, else its source. (To unmarshal all of them at the start
    would cost a tenth of a bare one.)

    The first import of a module beyond the core reads what any run may need, and the import of a
    gate (a family of verbs, a verb's function) all that can be imported behind it. Only what the
    build has not seen would be behind none; then the whole block is read, "*".

    `part` returns the bytes from one place in the rest of the block to another; where that fails,
    or they are not of this build, the run ends with a sentence about the file `archive`."""

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
        # importlib.machinery would cost a start what this costs: nothing, it is there already
        self._spec: type[ModuleSpec] = sys.modules["_frozen_importlib"].ModuleSpec

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, or None where it is not in the block."""
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
        """What has been read that has the module, and its entry there."""
        for part, index in self._parts:
            if name in index:
                return part, index[name]
        return None

    def _read(self, start: int, end: int) -> None:
        """Read what the list there names."""
        try:
            total, inner, ranges = marshal.loads(self._part(start, end))
            if total != self._total:
                raise ValueError
            self._parts += [(self._part(start, end), index) for start, end, index in ranges]
            self._gates.update(inner)
        except Exception as error:  # nothing of the verb has run
            what = _WRITTEN if isinstance(error, Written) else _TORN
            sys.stderr.write(f"homelab: {self._archive} {what}\n")
            sys.stderr.flush()
            import os

            os._exit(78)

    def create_module(self, spec: ModuleSpec) -> None:
        """Python makes the module."""

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
    """Import from a block from now on, before anything else: of `sources`, or the one that begins
    at `offset` of an open `file`, which was last `written` at that moment (ns)."""

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
