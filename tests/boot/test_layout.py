"""The parts of the built file that a run reads, and when: all that it may need, before it runs, and
no more."""

from __future__ import annotations

import collections
import marshal
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import NamedTuple

import pytest
from fakes.loki.server import FakeLoki
from support.world import ROOT, World

import reach
from homelab.boot.bytecode import Block
from homelab.catalogue.verb import Verb
from homelab.verbs import BUILT_IN

# Starts the file as it starts itself. Each read of it is written to a file as `PLACE LENGTH`; if a
# module is named, the file is truncated just before that module runs.
WATCHED = """
import os, sys
log, cut, path = sys.argv[1:4]
del sys.argv[1:3]
real, same = os.pread, os.stat(path)
def pread(number, size, place):
    data = real(number, size, place)
    if os.path.samestat(os.fstat(number), same):
        with open(log, "a") as told:
            told.write(f"{place} {len(data)}\\n")
    return data
os.pread = pread
def hook(event, arguments):
    if event == "exec" and cut and getattr(arguments[0], "co_filename", "") == cut:
        os.truncate(path, 0)
sys.addaudithook(hook)
exec(open(path, "rb").read(4096))
"""
TORN = "no whole copy"


class Gate(NamedTuple):
    """A gate: the place of its list in the rest of the block, the gates behind it, and the parts
    that it reads."""

    place: tuple[int, int]
    inner: dict[str, tuple[int, int]]
    ranges: list[tuple[int, int, dict[str, tuple[bool, int, int]]]]


class Layout:
    """The block of this Python in a built file: its bytes, its offset in the file, its core, the
    core's index, and its gates by name."""

    def __init__(self, path: str) -> None:
        number = int.from_bytes(MAGIC_NUMBER[:2], "little")
        with zipfile.ZipFile(path) as archive:
            self.block = archive.read(f"bytecode/{number}")
        self.begin = Path(path).read_bytes().index(self.block)
        size = int.from_bytes(self.block[-4:], "little")
        self.index = marshal.loads(self.block[-4 - size : -4])
        total, self.open = self.index[""]
        ends = [entry[2] for name, entry in self.index.items() if name]
        self.rest = len(self.block) - 4 - size - max(ends)
        self.core = self.block[self.rest :]
        self.gates: dict[str, Gate] = {}
        self._told = self.block[-4 - size : -4]
        left = dict(self.open)
        while left:
            name, place = left.popitem()
            of, inner, ranges = marshal.loads(self.block[slice(*place)])
            assert of == total
            self.gates[name] = Gate(place, inner, ranges)
            left.update(inner)

    def finder(self, part: Callable[[int, int], bytes]) -> Block:
        """The finder that imports from the block, its rest read by `part`."""
        return Block(self.core, marshal.loads(self._told), True, part, "torn")

    def passed(self, log: Path) -> tuple[int, list[str]]:
        """The bytes that a run has read outside the core, and the gates that it has passed, in
        their order; `log` is what WATCHED wrote. The first read is the core."""
        reads = [tuple(map(int, line.split())) for line in log.read_text().splitlines()]
        assert reads[0] == (self.begin + self.rest, len(self.core))
        named = {gate.place[0] + self.begin: name for name, gate in self.gates.items()}
        gates = [named[place] for place, _ in reads[1:] if place in named]
        expected = []
        for name in gates:
            gate = self.gates[name]
            expected += [gate.place, *((start, end) for start, end, _ in gate.ranges)]
        assert reads[1:] == [(self.begin + start, end - start) for start, end in expected]
        return sum(size for _, size in reads[1:]), gates


@pytest.fixture(scope="module")
def layout(pyz: str) -> Layout:
    return Layout(pyz)


def _watched(
    world: World, *words: str, file: str = "", cut: str = "", **env: str
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A run of a copy of the file, and a log of its reads."""
    log = world.folder / "reads"
    log.unlink(missing_ok=True)
    copy = world.folder / "watched.pyz"
    shutil.copy(file or world.pyz, copy)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", WATCHED, str(log), cut, str(copy), *words],
        env={**world.env, **env}, cwd=world.folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done, log


def _function(verb: Verb) -> str:
    return verb.function.partition(":")[0]


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


def test_all_that_can_be_imported_has_been_read_before(layout: Layout) -> None:
    """For each verb, by the syntax trees, in the block itself: its function and that function's
    imports, early or late, and the modules of every run; its family's description is behind a gate
    of its own."""
    known = reach.modules(str(ROOT))
    core = {name.partition(".")[2] for name in layout.index if name}
    specs = {name for name in known if name.endswith(".spec")}
    chosen = {name.partition(".")[2] for name in layout.gates}
    imports = reach.graph(known)
    any_run: set[str] = set()
    for name in core:
        imports[name] -= specs  # the verb is known before one runs
        any_run |= imports[name] - (chosen if name == "dispatch" else core)
    any_run = reach.closure(any_run, imports)
    for verb in BUILT_IN.every():
        module = _function(verb)
        if module.partition(".")[2] in core:
            continue
        reads: list[int] = []

        def part(start: int, end: int, reads: list[int] = reads) -> bytes:
            reads.append(start)
            return layout.block[start:end]

        finder = layout.finder(part)
        for name in (module.rpartition(".")[0], module):
            assert finder.find_spec(name)
        before = len(reads)
        assert before
        for name in reach.closure([module.partition(".")[2]], imports) | any_run:
            full = f"homelab.{name}".rstrip(".")
            assert finder.find_spec(full), (verb.path, full)
            assert finder.get_code(full)
            assert len(reads) == before, (verb.path, full)


def test_a_module_that_is_behind_no_gate_is_read_with_all(layout: Layout) -> None:
    """Nothing is imported like this; if it were, the run would go on."""
    reads: list[tuple[int, int]] = []

    def part(start: int, end: int) -> bytes:
        reads.append((start, end))
        return layout.block[start:end]

    finder = layout.finder(part)
    assert finder.find_spec("homelab.usage.wilson")
    assert (layout.gates["*"].place, reads[-1][0]) == (reads[-2], 0)
    assert finder.get_code("homelab.usage.wilson").co_filename == "homelab/usage/wilson.py"
    count = len(reads)
    assert finder.find_spec("homelab.nosuch") is None
    assert finder.find_spec("json") is None
    assert len(reads) == count
    with pytest.raises(ImportError):
        finder.get_code("homelab.nosuch")


def test_version_reads_the_core_alone(layout: Layout, world: World) -> None:
    done, log = _watched(world, "version")
    assert done.returncode == 0, done.stderr
    assert layout.passed(log) == (0, [])
    assert len(layout.core) * 20 < layout.rest


# Commands to run for a verb whose first example is a line of shell, or never ends.
INSTEAD = {"completion": "homelab completion bash", "logs tail": "homelab logs tail --for 1s"}
READING = [verb for verb in BUILT_IN.every() if verb.effect == "read" and verb.path != "version"]


@pytest.mark.parametrize("verb", READING, ids=lambda verb: verb.path)
def test_a_verb_has_read_all_before_it_runs(verb: Verb, layout: Layout, world: World) -> None:
    """The file may change then: here it is truncated as the verb's module begins to run. (For verbs
    that change something, a test above checks their imports.)"""
    words = shlex.split(INSTEAD.get(verb.path, verb.examples[0]))[1:]
    module = _function(verb)
    with FakeLoki() as loki:
        done, log = _watched(
            world, *words, cut=_path(module), HOMELAB_LOKI_URL=loki.url, PAGER="cat"
        )
    assert os.path.getsize(world.folder / "watched.pyz") == 0
    assert TORN not in done.stderr
    assert "a bug" not in done.stderr
    read, gates = layout.passed(log)
    family = module.rpartition(".")[0]
    assert gates == ["", *([family] if family in layout.gates else []), module]
    assert read < layout.rest / 2


def test_other_runs_pass_no_gate_but_their_own(layout: Layout, world: World) -> None:
    world.dropin("true", "#!/bin/sh\n# Summary: nothing\n# Needs: sh\n")
    every = {f"homelab.verbs.{name}" for name in BUILT_IN.families.values() if name != "about"}
    helps = "homelab.verbs.about.help"
    world.run("usage", "top", "--nosuch")  # the first run looks for shadowed drop-ins
    for words, code, expected in (
        (["nosuchverb"], 2, every),
        (["true"], 0, {f"homelab.dropins.{name}" for name in ("declared", "needs", "start")}),
        (["true", "--help"], 0, {"homelab.describe.dropin"}),
        (["host", "status", "--help"], 0, {"homelab.verbs.host", helps}),
        (["host", "nosuch"], 2, every),
        (["port"], 2, {"homelab.verbs.port", helps}),
        (["usage", "top", "--nosuch"], 2, {"homelab.verbs.usage"}),
        (["completion", "bash", "--", "usage", "to"], 0, {"homelab.verbs.about.completion"}),
        ([], 2, {helps}),
    ):  # fmt: skip
        done, log = _watched(world, *words)
        assert done.returncode == code, (words, done.stderr)
        read, gates = layout.passed(log)
        assert gates[0] == ""
        assert set(gates[1:]) == expected
        assert len(gates) == len(expected) + 1, "each is passed once"
        assert read < layout.rest / 2, words


def test_a_dropin_runs_although_the_file_changes(world: World) -> None:
    world.dropin("mine", "#!/bin/sh\nexit 3\n")
    done, _ = _watched(world, "mine", cut="homelab/dropins/start.py")
    assert (done.returncode, done.stderr) == (3, "")
    assert os.path.getsize(world.folder / "watched.pyz") == 0
    assert world.events() == ["exit=3 ver=0.6.0 verb=(own) mine"]


@pytest.mark.parametrize(
    "write",
    [
        lambda path: os.truncate(path, 0),
        lambda path: path.write_bytes(path.read_bytes()),
        lambda path: path.write_bytes(path.read_bytes()[::-1]),
    ],
    ids=["cut", "copied over by itself", "copied over by another"],
)
def test_a_file_changed_while_a_verb_is_chosen_is_reported(
    write: Callable[[Path], None], world: World
) -> None:
    """The core was read, the rest was not: the file may now be a mixture of two."""
    copy = world.folder / "watched.pyz"
    shutil.copy(world.pyz, copy)
    os.utime(copy, (0, 0))
    python = (
        "import os, sys\nreal = os.pread\nstate = []\n"
        "def pread(*words):\n"
        "    data = real(*words)\n"
        "    if not state:\n"
        "        state.append(1); print('core', flush=True); sys.stdin.readline()\n"
        "    return data\n"
        "os.pread = pread\n"
        "exec(open(sys.argv[1], 'rb').read(4096))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", python, str(copy), "host", "status"],
        env=world.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "core\n"
    write(copy)
    out, err = process.communicate("\n", timeout=60)
    told = f"homelab: {copy} was changed while homelab started; run it again\n"
    assert (process.returncode, out, err) == (78, "", told)
    assert world.events() == []


def test_a_rest_with_a_missing_part_is_reported(layout: Layout, world: World) -> None:
    """A copy has holes, at each list that a verb needs: a part must never run."""
    whole = Path(world.pyz).read_bytes()
    for gate in ("", "homelab.verbs.port", "homelab.verbs.port.check"):
        start, end = (layout.begin + place for place in layout.gates[gate].place)
        for first, last in ((start, end), (start, start + 1), (end - 1, end), (start - 9, end + 9)):
            copy = world.folder / "holes.pyz"
            copy.write_bytes(whole[:first] + bytes(last - first) + whole[last:])
            copy.chmod(0o755)
            world.pyz = str(copy)
            done = world.run("port", "check", "127.0.0.1:1")
            told = f"homelab: {copy} is not a whole copy; copy it here again\n"
            if last - first > 1 or whole[first:last] != b"\0":
                assert (done.returncode, done.stdout, done.stderr) == (78, "", told), gate
            assert world.run("version").returncode == 0  # it needs none of it


SPEC = '''"""Descriptions."""

from __future__ import annotations

from homelab.catalogue.verb import Verb

VERBS = tuple(
    Verb(f"{name} v{{number:03}}", "a verb", f"homelab.verbs.{name}.v{{number:03}}:run",
         examples=(f"homelab {name} v{{number:03}}",))
    for number in range({count})
)
'''
MODULE = '''"""One of many."""

from __future__ import annotations

from homelab.errors import DONE
{imports}

TABLE = {table}


def run(context, values):
    """Nothing."""
    from homelab.output.answer import Text

    return Text("many\\n")
'''


def _grown(project: Path) -> None:
    """Add 1,000 modules: two families of verbs with 100 each, the modules that these import, and
    modules in packages that every run uses."""
    package = project / "homelab"

    def module(name: str, *imports: str) -> None:
        path = package / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        lines = "\n".join(
            f"from homelab.{each} import run as run{n}" for n, each in enumerate(imports)
        )
        path.write_text(MODULE.format(imports=lines, table=repr([name] * 300)))

    for number in range(700):
        module(f"many/m{number:03}", *([f"many.m{number - 1:03}"] if number % 10 else []))
    (package / "many/__init__.py").write_text("")
    for number in range(49):
        module(f"net/m{number:03}")
        module(f"usage/m{number:03}")
    for family in ("more", "most"):
        for number in range(100):
            module(f"verbs/{family}/v{number:03}", f"many.m{number * 7:03}", "net.m000")
        (package / f"verbs/{family}/__init__.py").write_text("")
        (package / f"verbs/{family}/spec.py").write_text(SPEC.format(name=family, count=100))
    registry = package / "verbs/__init__.py"
    text = registry.read_text().replace(
        '"port": "TCP', '"more": "a lot",\n    "most": "the rest",\n    "port": "TCP'
    )
    registry.write_text(text)


CALLS = "execve open openat read pread64 stat fstat newfstatat lseek readlink getdents64".split()


def _worked(world: World, file: str, *words: str) -> tuple[list[int], collections.Counter[str]]:
    """The sizes (bytes) of a run's reads of the file, and its calls on any files by name. It is not
    the first run of these words, which looks for shadowed drop-ins."""
    _watched(world, *words, file=file)
    _, log = _watched(world, *words, file=file)
    sizes = [int(line.split()[1]) for line in log.read_text().splitlines()]
    calls = world.folder / "calls"
    same_place = shutil.copy(file, world.folder / "worked.pyz")
    subprocess.run(
        ["strace", "-qq", "-o", str(calls), "-e", "trace=?" + ",?".join(CALLS),
         sys.executable, "-I", "-S", "-c", 'import sys;exec(open(sys.argv[1],"rb").read(4096))',
         same_place, *words],
        env=world.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    lines = calls.read_text().splitlines()
    return sizes, collections.Counter(line.partition("(")[0] for line in lines if "(" in line)


@pytest.mark.needs("strace")
def test_a_thousand_more_modules_cost_a_start_nothing(project: Path, world: World) -> None:
    """This holds for `version`, and for a verb that needs none of them: it reads as often as
    before, and at most 1 % more bytes."""
    _grown(project)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "build.py", "--output", "grown.pyz"]
    subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
    grown = str(project / "grown.pyz")
    before, after = Layout(world.pyz), Layout(grown)
    count = [len(each.gates["*"].ranges[0][2]) + len(each.index) for each in (before, after)]
    assert count[1] - count[0] >= 1000
    assert after.rest > before.rest + 1_000_000
    world.env["HOMELAB_TELEMETRY"] = "0"
    world.dropin("true", "#!/bin/sh\n")
    for words in (["version"], ["disk", "usage", "/"], ["host", "status", "--help"], ["true"]):
        old, old_calls = _worked(world, world.pyz, *words)
        new, new_calls = _worked(world, grown, *words)
        assert len(new) == len(old), words
        assert sum(new) <= sum(old) * 1.01, words
        assert new_calls == old_calls, words
        assert old_calls["pread64"] >= len(old)
    world.pyz = grown
    _it_is_whole(world, grown)


def _it_is_whole(world: World, grown: str) -> None:
    """Check that the large file runs in all ways that a file does, with its new verbs."""
    sources = world.folder / "sources.pyz"
    data = Path(grown).read_bytes()
    magic = repr(MAGIC_NUMBER).encode()
    sources.write_bytes(data.replace(magic, magic.replace(b"\\n", b"\\t"), 1))
    sources.chmod(0o755)
    ways: list[Sequence[str]] = [[grown], [sys.executable, grown], [str(sources)]]
    for way in ways:
        for words, out in ((["more", "v099"], "many\n"), (["version"], "homelab ")):
            done = subprocess.run(
                [*way, *words], env=world.env, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), way
            assert done.stdout.startswith(out)
    cut = world.folder / "cut.pyz"
    layout = Layout(grown)
    ends = [gate.place[1] for gate in layout.gates.values()][::40]
    for size in (4096, layout.begin, *(layout.begin + end for end in ends), len(data) - 1):
        cut.write_bytes(data[:size])
        cut.chmod(0o755)
        told = f"homelab: {cut} is not a whole copy; copy it here again\n"
        for words in (["version"], ["more", "v000"]):
            done = subprocess.run(
                [str(cut), *words], env=world.env, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stdout, done.stderr) == (78, "", told), size
