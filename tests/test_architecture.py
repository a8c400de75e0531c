"""The house holds: imports point one way, pure parts do no I/O, a start imports what it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.world import ROOT, World

from homelab.catalogue.verb import Verb
from homelab.verbs import BUILT_IN

PACKAGE = ROOT / "homelab"

# What each room (a folder, or a module at the root) may import besides itself and the package's
# own version. verbs/ is three rooms: the registry (`verbs`), the descriptions (`spec`) and the
# verbs themselves (`verbs.*`).
MAY = {
    # leaves
    "errors": "",
    "times": "",
    "boot": "",
    # shapes and tools that know no subject
    "catalogue": "errors times",
    "settings": "errors",
    "system": "errors",
    "output": "catalogue errors system times",
    "findings": "catalogue errors output",
    "net": "system",
    # subjects: a subject imports another only if it is built on it
    "certificates": "findings net times",
    "services": "certificates findings net",
    "systemd": "catalogue context errors findings output system times",
    "vitals": "findings system times",
    "containers": "findings net system times vitals",
    "packages": "findings system times",
    "dropins": "catalogue errors output settings system",
    "describe": "catalogue context dropins errors output settings",
    "mcp": "catalogue describe errors system",
    "loki": "errors net output settings times",
    "logs": "catalogue context errors loki output times",
    "telemetry": "catalogue context errors loki settings system times",
    "usage": "catalogue context describe dropins errors loki net output system telemetry times",
    "jobs": "catalogue context dropins errors findings net output system times",
    "install": "boot catalogue context errors output system times",
    # one run
    "context": "boot catalogue dropins errors loki output settings system",
    "spec": "catalogue",
    "verbs": "catalogue",
    "verbs.*": "boot catalogue certificates containers context describe dropins errors findings"
    " install jobs logs loki mcp net output packages services settings system systemd telemetry"
    " times usage vitals",
    "dispatch": "catalogue context describe dropins errors output settings system telemetry"
    " verbs.*",
    "main": "context describe dispatch errors output system telemetry verbs",
    "__main__": "main",
}
# Rooms, or modules of one, that do no I/O.
PURE = """
    errors times catalogue findings spec verbs certificates.algorithms certificates.der
    certificates.distinguished_name certificates.judge certificates.pem certificates.targets
    certificates.tls_message certificates.x509 containers.container containers.judge
    describe.candidates describe.help describe.manpage describe.opencli
    describe.shell_completion dropins.header dropins.template install.hosts
    install.remote_script jobs.kept_output jobs.record logs.levels logs.rendering logs.seen
    logs.selector logs.similar logs.time_steps loki.address loki.answer_shape loki.diagnosis
    loki.halving loki.limits loki.logql loki.refusals mcp.lines mcp.protocol mcp.results mcp.tools
    mcp.values net.hostport net.url output.answer output.columns output.document output.page
    output.printed output.separated packages.parse services.expected systemd.journal
    systemd.properties telemetry.event telemetry.plan telemetry.vocabulary usage.counts
    usage.day_tiles usage.decisions usage.evidence usage.grafana usage.loki_queries usage.report
    usage.top usage.trend usage.wilson vitals.mounts
""".split()
# What a pure module may take from the standard library: nothing that touches the world.
PURE_LIBRARY = {
    "__future__", "argparse", "binascii", "collections.abc", "csv", "datetime", "http.client",
    "io", "json", "re", "socket", "ssl", "time", "types", "typing", "unicodedata", "urllib.parse",
    "xml.etree.ElementTree",
}  # fmt: skip


def _name(path: Path) -> str:
    words = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(word for word in words if word != "__init__")


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
del MODULES["boot.start"]  # no module: the text that Python begins with
FOLDERS = {name for name, path in MODULES.items() if path.name == "__init__.py" and name}


def _room(name: str) -> str:
    first, _, rest = name.partition(".")
    if first != "verbs" or not rest:
        return first
    return "spec" if rest.endswith(".spec") else "verbs.*"


def _imports(path: Path) -> list[str]:
    """Every module that a file imports, at its top or late, for type checking alone too."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                ours = inner.startswith("homelab.") and inner.partition(".")[2] in MODULES
                names.append(inner if ours else node.module)
    return names


def _ours(name: str) -> set[str]:
    """The modules of this package that a module imports, by their names in it."""
    imported = (each for each in _imports(MODULES[name]) if each.startswith("homelab."))
    return {each.partition(".")[2] for each in imported}


OURS = {name: _ours(name) for name in MODULES}


def test_each_room_has_its_row() -> None:
    assert {_room(name) for name in MODULES} - {""} == set(MAY)


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_what_its_row_says(room: str) -> None:
    """All of it, too: a row that allows what nobody needs says nothing of the house."""
    inside = [name for name in MODULES if _room(name) == room]
    imported = {_room(each) for name in inside for each in OURS[name]}
    assert imported - {room} == set(MAY[room].split())


def _circles(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is left of the names when those that import nothing of the rest are taken away, again
    and again: each of them is in a circle, or imports one."""
    left = {name: imported - {name} for name, imported in imports.items()}
    while True:
        free = {name for name, imported in left.items() if not imported & set(left)}
        if not free:
            return left
        left = {name: imported for name, imported in left.items() if name not in free}


def test_no_rooms_import_each_other() -> None:
    assert _circles({room: set(row.split()) for room, row in MAY.items()}) == {}
    assert set(_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()})) == {"a", "b", "c"}


def test_no_modules_import_each_other() -> None:
    assert _circles(OURS) == {}


@pytest.mark.parametrize("name", PURE)
def test_the_pure_ones_do_no_io(name: str) -> None:
    of_name = [each for each in MODULES if each == name or each.startswith(f"{name}.")]
    inside = [each for each in MODULES if _room(each) == name] if name in MAY else of_name
    assert inside
    for each in inside:
        for imported in _imports(MODULES[each]):
            assert imported.startswith("homelab") or imported in PURE_LIBRARY, imported
        tree = ast.parse(MODULES[each].read_text(encoding="utf-8"))
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not {"open", "print", "input"} & {c.id for c in calls if isinstance(c, ast.Name)}


def test_every_verb_of_the_catalogue_is_there() -> None:
    from importlib import import_module

    groups = BUILT_IN.groups
    assert {path.split(" ")[0] for path in BUILT_IN.paths() if " " in path} == set(groups)
    assert {path.split(" ")[0] for path in BUILT_IN.paths()} == set(BUILT_IN.families)
    for word in BUILT_IN.families:  # each file is sorted, and has nothing but its own first words
        paths = list(BUILT_IN.family(word))
        assert paths == sorted(paths)
        assert all(BUILT_IN.family(path.split(" ")[0])[path].path == path for path in paths)
    for verb in BUILT_IN.every():
        assert " " not in verb.path or verb.path.split(" ")[0] in groups
        assert verb.examples
        assert verb.schema or not any(argument.name == "--json" for argument in verb.arguments)
        assert set(verb.answers) <= {code for code, _ in verb.exits}
        if not verb.discovery:
            module, _, function = verb.function.partition(":")
            assert callable(getattr(import_module(module), function))


ELSEWHERE = {"usage on": "switch", "usage off": "switch", "verbs": "list"}


@pytest.mark.parametrize("verb", BUILT_IN.every(), ids=lambda verb: verb.path)
def test_a_verbs_path_is_its_place(verb: Verb) -> None:
    """`usage top` is in verbs/usage/top.py: a stranger finds it without a guide."""
    words = verb.path.split(" ")
    name = ELSEWHERE.get(verb.path, words[-1])
    place = f"homelab.verbs.{BUILT_IN.families[words[0]]}.{name}"
    assert verb.function.partition(":")[0] == place


def _imported(world: World, *words: str, late: frozenset[str] = frozenset()) -> set[str]:
    """The modules that a run of the built file adds to what running any archive takes; executed by
    itself it adds to a bare start no more than those, `os` and those in `late`."""
    empty = world.folder / "empty.pyz"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("__main__.py", "")

    def loaded(*words: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-X", "importtime", *words],
            env=world.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
        return {line.rpartition("|")[2].strip() for line in lines} - {"imported package"}

    before = world.journal.read_text() if world.journal.exists() else ""
    by_python = loaded(world.pyz, *words) - loaded(str(empty))
    if before:
        world.journal.write_text(before)
    else:
        world.journal.unlink(missing_ok=True)
    by_itself = loaded("-c", START_TEXT, world.pyz, *words) - loaded("-c", "")
    assert by_itself <= by_python | OS | late
    return by_python


START_TEXT = 'import sys;exec(open(sys.argv[1],"rb").read(4096))'
OS = {"os", "stat", "_stat", "posixpath", "genericpath", "_collections_abc", "time"}


def _modules(*names: str) -> set[str]:
    """The modules of those names, with the packages that they stand in."""
    found = set()
    for name in names:
        words = ["homelab", *name.split(".")]
        found |= {".".join(words[:count]) for count in range(1, len(words) + 1)}
    return found


START = {"__future__"} | _modules(
    "__main__", "boot.baked", "catalogue.registry", "catalogue.resolve", "context", "dispatch",
    "errors", "main", "settings", "system.foreground", "system.paths", "verbs",
)  # fmt: skip
ABOUT = _modules("catalogue.common", "catalogue.verb", "verbs.about.spec")
TABLE = ABOUT | _modules(*(f"verbs.{name}.spec" for name in BUILT_IN.groups))
SIGNALS = _modules("system.signals")
DROPINS = _modules("dropins.find", "dropins.start")
COUNTING = _modules(
    "telemetry.consent", "telemetry.event", "telemetry.record", "telemetry.sinks",
)  # fmt: skip
ANSWERING = _modules(
    "catalogue.arguments", "catalogue.argument_types", "catalogue.values", "catalogue.verb",
    "output.answer", "output.columns", "output.printed", "times",
)  # fmt: skip
USAGE = _modules(
    "catalogue.common", "output.progress", "usage.counts", "usage.source", "usage.top",
    "verbs.usage.spec", "verbs.usage.top",
)  # fmt: skip


def test_version_imports_no_more_than_this(world: World) -> None:
    expected = START | ABOUT | _modules("verbs.about.version")
    assert _imported(world, "version") <= expected | {"time"}


def test_help_imports_no_more_than_this(world: World) -> None:
    shown = _modules("describe.help", "dropins.find", "verbs.about.help")
    assert _imported(world, "help") <= TABLE | START | shown | {"time"}


def test_a_dispatched_dropin_imports_no_more_than_this(world: World) -> None:
    world.dropin("true", "#!/bin/sh\n")
    seen = _imported(world, "true")
    assert world.events() == ["exit=0 ver=0.6.0 verb=(personal)"]
    dispatch = START | SIGNALS | COUNTING | DROPINS | _modules("telemetry.journal")
    assert seen <= dispatch | {"time"}


def test_an_unknown_verb_imports_no_more_than_this(world: World) -> None:
    shown = _modules("output.columns", "times")
    looking = TABLE | _modules("dropins.find", "telemetry.journal", "telemetry.vocabulary")
    assert _imported(world, "nosuchverb") <= START | SIGNALS | COUNTING | looking | shown | {"time"}


def test_usage_top_from_a_loki_takes_a_client_and_json(world: World) -> None:
    """To its first request: `urllib.request`, which alone is most of it, and little beside."""
    world.env["HOMELAB_LOKI_URL"] = "http://127.0.0.1:1"
    client = ["-I", "-S", "-X", "importtime", "-c", "import urllib.request, encodings.idna, json"]
    done = subprocess.run(
        [sys.executable, *client], env=world.env, capture_output=True, text=True, check=True
    )
    needed = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    seen = _imported(world, "usage", "top", late=frozenset(needed))
    assert "urllib.request" in seen
    assert {name for name in seen - needed if name[:7] != "homelab"} <= {"__future__", "signal"}
    asking = _modules(
        *(f"loki.{name}" for name in ("address", "answer_shape", "client", "configured")),
        *(f"loki.{name}" for name in ("deadline", "diagnosis", "logql", "transport")),
        "net.connect", "net.failures", "usage.day_tiles", "usage.from_loki", "usage.loki_queries",
    )  # fmt: skip
    ours = {name for name in seen if name[:7] == "homelab"}
    assert ours <= START | SIGNALS | COUNTING | ANSWERING | USAGE | asking


def test_the_sender_is_imported_by_nobody_but_the_sender(world: World) -> None:
    world.dropin("true", "#!/bin/sh\n")
    world.env["HOMELAB_LOKI_URL"] = "http://127.0.0.1:1"
    seen = _imported(world, "true")
    sending = _modules(
        "telemetry.to_loki", "telemetry.outbox", "telemetry.ledger", "system.detached"
    )
    dispatch = START | SIGNALS | COUNTING | DROPINS | sending
    assert sending <= seen <= dispatch | {"time"}


def test_usage_top_from_the_journal_imports_no_more_than_this(world: World) -> None:
    world.run("config")
    seen = _imported(world, "usage", "top")
    reading = _modules(
        "telemetry.account", "telemetry.journal", "usage.from_journal", "verbs.about.spec"
    )
    expected = START | SIGNALS | COUNTING | ANSWERING | USAGE | reading
    assert seen <= expected | {"time", "pwd", "bisect", "_bisect"}
