"""The architecture holds: imports point one way, pure parts do no I/O, a start imports only the
modules that it needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest
from support.world import ROOT, World

import reach
from homelab.catalogue.verb import Verb
from homelab.verbs import BUILT_IN

pytestmark = pytest.mark.quick("what each change must keep")

# The packages that each room (a folder, or a module at the root) may import besides itself and the
# package's own version. verbs/ is three rooms: the registry (`verbs`), the descriptions (`spec`)
# and the verbs themselves (`verbs.*`).
MAY = {
    # leaves
    "errors": "",
    "texts": "",
    "times": "",
    "boot": "",
    # types and tools that know no subject
    "catalogue": "errors times",
    "settings": "errors system",
    "system": "errors texts",
    "output": "catalogue errors system texts times",
    "findings": "catalogue errors output",
    "net": "errors system",
    # subjects: a subject imports another only if it is built on it
    "certificates": "findings net system texts times",
    "services": "certificates findings net texts",
    "systemd": "catalogue context errors findings output system texts times",
    "vitals": "findings system texts times",
    "storage": "findings system texts times vitals",
    "containers": "findings net system times vitals",
    "packages": "findings system texts times",
    "backups": "findings net system texts times",
    "dropins": "catalogue errors findings output packages settings system texts",
    "describe": "boot catalogue context dropins errors output settings texts",
    "mcp": "catalogue describe errors net output system",
    "loki": "errors net output settings system texts times",
    "logs": "catalogue context errors loki output telemetry texts times",
    "telemetry": "catalogue context errors loki net settings system times",
    "usage": "catalogue certificates context describe dropins errors loki net output settings"
    " system telemetry texts times",
    "jobs": "catalogue context dropins errors findings net output system texts times",
    "checks": "backups catalogue context describe dropins errors findings net output settings"
    " system texts times",
    "habits": "errors system telemetry texts",
    "remote": "catalogue context dropins errors findings output settings system telemetry texts"
    " times",
    "install": "boot catalogue context dropins errors findings output remote settings system times",
    # one run
    "context": "boot catalogue dropins errors loki output settings system texts",
    "spec": "catalogue",
    "verbs": "catalogue",
    "verbs.*": "backups boot catalogue certificates checks containers context describe dropins"
    " errors findings habits install jobs logs loki mcp net output packages remote services"
    " settings storage system systemd telemetry texts times usage vitals",
    "dispatch": "boot catalogue context describe dropins errors output settings system telemetry"
    " verbs.*",
    "main": "catalogue context dispatch errors system telemetry verbs",
    "__main__": "main",
}
# Rooms, or modules of one, that do no I/O.
PURE = """
    backups.borg backups.btrbk backups.judge backups.reasons backups.repository backups.restic
    backups.rsnapshot backups.snapshot backups.source backups.zfs catalogue certificates.algorithms
    certificates.der certificates.distinguished_name certificates.formats certificates.greeting
    certificates.judge certificates.pem certificates.targets certificates.tls_message
    certificates.x509 checks.answers checks.ignores checks.kinds checks.lines checks.plugin_output
    checks.row containers.container containers.judge containers.required describe.candidates
    describe.help describe.known_words describe.manpage describe.markdown describe.opencli
    describe.shell_completion dropins.comments dropins.dropin dropins.file_words dropins.header
    dropins.index_text dropins.kinds dropins.names dropins.own_help dropins.problems
    dropins.programs dropins.skipped dropins.template dropins.usage_line dropins.verb_file errors
    findings habits.answered habits.bash habits.commands habits.copies habits.entries habits.fish
    habits.fold habits.groups habits.nushell habits.option_names habits.public_words
    habits.script_line habits.secrets habits.zsh install.bundle install.remote_script
    install.signers jobs.kept_output jobs.notify jobs.record jobs.switch jobs.web_request
    logs.levels logs.rendering logs.seen logs.selector logs.similar logs.time_steps loki.address
    loki.answer_shape loki.answer_size loki.diagnosis loki.halving loki.limits loki.logql
    loki.refusals mcp.find_and_run mcp.lines mcp.protocol mcp.results mcp.search mcp.tools
    mcp.values net.body_text net.bounded_json net.cookies net.failures net.hostport net.idna
    net.masking net.url net.web_page output.answer output.as_text output.colours output.columns
    output.document output.page output.read_back output.separated packages.commands packages.parse
    packages.sources remote.groups remote.hosts remote.merged remote.reply remote.shell
    remote.verb_script services.expected spec storage.btrfs storage.health storage.judge storage.lvm
    storage.mdstat storage.number storage.smart storage.zpool systemd.journal systemd.names
    systemd.properties telemetry.event telemetry.plan telemetry.vocabulary texts times usage.by_hand
    usage.counts usage.day_counts usage.day_tiles usage.decisions usage.evidence usage.few
    usage.grafana usage.kept_text usage.loki_queries usage.merge usage.offer usage.outcome
    usage.release usage.release_file usage.report usage.top usage.trend usage.wilson verbs
    vitals.mounts
""".split()
# The modules of the standard library that any pure module may import, and those that only one may.
PURE_LIBRARY = set("__future__ datetime json time unicodedata urllib.parse".split())
PURE_NEEDS = {
    "catalogue.argparser": "argparse",
    "habits.commands": "re.DOTALL re.VERBOSE re.compile",
    "habits.fold": "re.compile",
    "certificates.judge": "socket.AF_INET socket.AF_INET6 socket.inet_pton",
    "certificates.pem": "binascii.a2b_base64 re.IGNORECASE re.Match re.compile",
    "certificates.x509": "socket.AF_INET socket.AF_INET6 socket.inet_ntop",
    "habits.copies": "array.array bisect.bisect_left bisect.bisect_right",
    "habits.secrets": "re",
    "install.bundle": "io.BytesIO tarfile.PAX_FORMAT tarfile.TarError tarfile.TarFile"
    " tarfile.TarInfo tarfile.open",
    "install.signers": "binascii.a2b_base64 binascii.b2a_base64 hashlib.sha256",
    "logs.similar": "re.compile",
    "net.body_text": "zlib.decompressobj zlib.error",
    "net.cookies": "email.utils.parsedate_to_datetime",
    "telemetry.event": "hashlib.sha256",
    "net.failures": "errno sys.modules",
    "output.page.markup": "xml.etree.ElementTree",
    "output.separated": "csv.writer io.StringIO",
    "storage.btrfs": "re.ASCII re.compile",
    "storage.mdstat": "re.ASCII re.compile",
    "storage.smart": "re.ASCII re.DOTALL re.compile",
    "storage.zpool": "re.ASCII re.compile",
    "times": "re.fullmatch",
    "usage.by_hand": "math.log",
}
IMPURE = set("open print input exec eval compile __import__ breakpoint time.sleep".split())
MODULES = {name: Path(path) for name, path in reach.modules(str(ROOT)).items()}


def _room(name: str) -> str:
    first, _, rest = name.partition(".")
    if first != "verbs" or not rest:
        return first
    return "spec" if rest.endswith(".spec") else "verbs.*"


def _parsed(name: str) -> ast.Module:
    return reach.parsed(str(MODULES[name]))


def _imports(name: str, nodes: Iterable[ast.AST]) -> set[str]:
    return reach.imports(name, nodes, MODULES)


@lru_cache(maxsize=None)  # noqa: UP033 - from Python 3.9 on
def _imported_by(name: str) -> set[str]:
    return reach.ours(_imports(name, ast.walk(_parsed(name))))


def test_each_room_has_its_row() -> None:
    assert {_room(name) for name in MODULES} - {""} == set(MAY)


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_what_its_row_says(room: str) -> None:
    """The room also needs everything in its row: a row that allows more than that describes
    nothing."""
    inside = [name for name in MODULES if _room(name) == room]
    imported = {_room(each) for name in inside for each in _imported_by(name)}
    assert imported - {room} == set(MAY[room].split())


def _circles(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """The names that are left when those that import none of the rest are removed, again and again:
    each of them is in a circle, or imports one."""
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
    assert _circles({name: _imported_by(name) for name in MODULES}) == {}


def test_our_modules_are_imported_by_their_names() -> None:
    """`import homelab.x` would bind `homelab`, whose attributes can't be checked here; nor can a
    computed name."""
    for name in MODULES:
        nodes = list(ast.walk(_parsed(name)))
        called = [node for node in nodes if isinstance(node, ast.Call)]
        late = [call for call in called if ast.unparse(call.func) == "__import__"]
        for node in nodes:
            if isinstance(node, ast.Import):
                assert not any(alias.name.split(".")[0] == "homelab" for alias in node.names), name
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and late:
                assert not re.fullmatch(r"homelab\.([\w.]*\.)?", node.value), name
        for call in late:
            simple = isinstance(call.args[0], (ast.Constant, ast.Name, ast.Attribute))
            assert simple or name in reach.COMPUTED, name
        running = _imports(name, reach.running(_parsed(name)))
        assert not any(each.split(".")[0] in ("importlib", "runpy") for each in running), name


@pytest.mark.parametrize("name", [name for name in MODULES if name.count(".") > 1])
def test_a_family_of_verbs_imports_no_other(name: str) -> None:
    first, family, *_ = name.split(".")
    if first == "verbs":
        verbs = {each for each in _imported_by(name) if each.split(".")[0] == "verbs"}
        assert {each for each in verbs if each.split(".")[1:2] != [family]} <= {"verbs"}


def _within(name: str) -> set[str]:
    """The modules of a room, a folder or a module."""
    of_name = {each for each in MODULES if each == name or each.startswith(f"{name}.")}
    return {each for each in MODULES if _room(each) == name} if name in MAY else of_name


PURE_MODULES = {""}.union(*(_within(name) for name in PURE))


@pytest.mark.parametrize("name", PURE)
def test_the_pure_ones_do_no_io(name: str) -> None:
    assert _within(name)
    for each in _within(name):
        nodes = list(reach.running(_parsed(each)))
        imported = _imports(each, nodes)
        assert reach.ours(imported) <= PURE_MODULES, each
        needs = PURE_NEEDS.get(each, "").split()
        modules = {need if need in imported else need.rpartition(".")[0] for need in needs}
        library = {module for module in imported if module.partition(".")[0] != "homelab"}
        assert library - PURE_LIBRARY == modules, each
        taken: set[str] = set()
        for node in nodes:
            if isinstance(node, ast.Import):
                assert not any(alias.asname for alias in node.names), each
            elif isinstance(node, ast.ImportFrom):
                taken |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Attribute):
                taken.add(ast.unparse(node))
            elif isinstance(node, ast.Call):
                taken.add(ast.unparse(node.func))
        assert not IMPURE & taken - ({"__import__"} if each in reach.COMPUTED else set()), each
        for module in modules - set(needs):
            assert {one for one in taken if one.rpartition(".")[0] == module} <= set(needs), each


def test_every_verb_of_the_catalogue_is_there() -> None:
    from importlib import import_module

    groups = BUILT_IN.groups
    assert {path.split(" ")[0] for path in BUILT_IN.paths() if " " in path} == set(groups)
    assert {path.split(" ")[0] for path in BUILT_IN.paths()} == set(BUILT_IN.families)
    for word in BUILT_IN.families:  # each file is sorted, and has only its own first words
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
    """The modules that a run of the built file adds to those that running any archive takes;
    executed by itself it adds to a bare start no more than those, `os` and those in `late`."""
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
    """The modules of those names, with the packages that contain them."""
    found = set()
    for name in names:
        words = ["homelab", *name.split(".")]
        found |= {".".join(words[:count]) for count in range(1, len(words) + 1)}
    return found


START = {"__future__", "gc"} | _modules(
    "__main__", "boot.baked", "catalogue.registry", "catalogue.resolve", "context", "dispatch",
    "errors", "main", "settings", "system.clock", "system.foreground", "system.ownership",
    "system.paths", "verbs",
)  # fmt: skip
ABOUT = _modules("catalogue.common", "catalogue.verb", "verbs.about.spec")
TABLE = ABOUT | _modules(*(f"verbs.{name}.spec" for name in BUILT_IN.families.values()))
SIGNALS = _modules("system.plain_signal")
FINDING = _modules("dropins.dropin", "dropins.find", "dropins.names")
DROPINS = FINDING | _modules("dropins.declared", "dropins.description", "dropins.start")
COUNTING = _modules(
    "telemetry.consent", "telemetry.event", "telemetry.record", "telemetry.sinks",
)  # fmt: skip
ANSWERING = _modules(
    "catalogue.arguments", "catalogue.argument_types", "catalogue.option_words",
    "catalogue.values", "catalogue.verb",
    "output.answer", "output.columns", "output.as_text", "times",
)  # fmt: skip
USAGE = _modules(
    "catalogue.common", "output.progress", "usage.counts", "usage.outcome", "usage.source",
    "usage.top",
    "verbs.usage.spec", "verbs.usage.top",
)  # fmt: skip


def test_version_imports_no_more_than_this(world: World) -> None:
    expected = START | ABOUT | _modules("verbs.about.version")
    assert _imported(world, "version") <= expected | {"time"}


def test_help_imports_no_more_than_this(world: World) -> None:
    shown = FINDING | _modules("describe.help", "texts", "verbs.about.help")
    assert _imported(world, "help") <= TABLE | START | shown | {"time"}


def test_help_of_a_verb_imports_no_more_than_this(world: World) -> None:
    shown = _modules("describe.help", "texts", "verbs.about.help", "verbs.host.spec")
    assert _imported(world, "help", "host", "status") <= ABOUT | START | shown | {"time"}


def test_a_dispatched_dropin_imports_no_more_than_this(world: World) -> None:
    world.dropin("true", "#!/bin/sh\n")
    seen = _imported(world, "true")
    assert world.events() == ["exit=0 ver=0.6.0 verb=(own) true"]
    dispatch = START | SIGNALS | COUNTING | DROPINS | _modules("telemetry.journal")
    assert seen <= dispatch | {"time"}


def test_an_unknown_verb_imports_no_more_than_this(world: World) -> None:
    shown = _modules("boot.pages", "describe", "describe.pages", "output.columns", "times")
    looking = TABLE | FINDING | _modules("telemetry.journal", "telemetry.vocabulary")
    assert _imported(world, "nosuchverb") <= START | SIGNALS | COUNTING | looking | shown | {"time"}


def test_usage_top_from_a_loki_takes_a_client_and_json(world: World) -> None:
    """Up to its first request: `urllib.request`, which is most of it, and little else."""
    world.env["HOMELAB_LOKI_URL"] = "http://127.0.0.1:1"
    client = ["-I", "-S", "-X", "importtime", "-c", "import urllib.request, encodings.idna, json"]
    done = subprocess.run(
        [sys.executable, *client], env=world.env, capture_output=True, text=True, check=True
    )
    needed = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    seen = _imported(world, "usage", "top", late=frozenset(needed))
    assert "urllib.request" in seen
    assert {name for name in seen - needed if name[:7] != "homelab"} <= {
        "__future__",
        "gc",
        "signal",
        "threading",
    }
    asking = _modules(
        *(f"loki.{name}" for name in ("address", "answer_shape", "answer_size", "client")),
        *(f"loki.{name}" for name in ("configured", "connection", "deadline", "diagnosis")),
        *(f"loki.{name}" for name in ("hedge", "logql", "patience", "room", "transport")),
        "net.bounded_json", "net.connect", "net.failures", "net.final_answer",
        "net.web_page", "texts",
        "loki.in_flight", "system.parallel", "system.cache_file", "system.files",
        "system.ownership", "usage.kept", "usage.kept_text",
        *(f"usage.{name}" for name in ("closed_days", "day_counts", "day_tiles", "from_loki")),
        "usage.loki_asking", "usage.loki_queries",
    )  # fmt: skip
    ours = {name for name in seen if name[:7] == "homelab"}
    assert ours <= START | SIGNALS | COUNTING | ANSWERING | USAGE | asking


def test_only_the_sender_imports_the_sender(world: World) -> None:
    world.dropin("true", "#!/bin/sh\n")
    world.env["HOMELAB_LOKI_URL"] = "http://127.0.0.1:1"
    seen = _imported(world, "true")
    sending = _modules(
        "telemetry.to_loki", "telemetry.outbox", "telemetry.ledger", "system.detached"
    )
    dispatch = START | SIGNALS | COUNTING | DROPINS | sending
    bounding = _modules("telemetry.plan", "times")  # one run in 256 checks how full the outbox is
    assert sending <= seen <= dispatch | bounding | {"time"}


def test_usage_top_from_the_journal_imports_no_more_than_this(world: World) -> None:
    world.run("config")
    seen = _imported(world, "usage", "top")
    reading = _modules(
        "telemetry.account",
        "telemetry.history",
        "telemetry.journal",
        "usage.from_journal",
        "verbs.about.spec",
        "usage.uncounted",  # and its imports: an outbox may have runs from when a Loki was set
        "telemetry.ledger",
        "telemetry.outbox",
        "telemetry.plan",
    )
    expected = START | SIGNALS | COUNTING | ANSWERING | USAGE | reading
    assert seen <= expected | {"time", "pwd", "bisect", "_bisect"}
