"""The house holds: imports point one way, pure parts do no I/O, a start imports what it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, World

from homelab import catalogue

PACKAGE = ROOT / "homelab"

# From the bottom up: a module imports, at its top or late, only from levels below its own, and
# within a level only what the level's own line allows by standing to its left.
LEVELS = [
    ["", "baked", "errors", "verb", "catalogue.common", "catalogue.about", "catalogue.cert",
     "catalogue.container", "catalogue.disk", "catalogue.host", "catalogue.job",
     "catalogue.logs", "catalogue.self", "catalogue.evidence", "catalogue.usage",
     "catalogue.timer", "catalogue.unit", "catalogue.update", "catalogue.verbs",
     "catalogue.port", "catalogue.service", "catalogue.words", "resolve", "times", "kinds",
     "runs"],
    ["streams", "copies.names", "copies.remote", "help", "manual", "manifest", "complete",
     "shims", "loki.logql", "loki.parts", "loki.address", "loki.diagnosis", "loki.limits",
     "loki.shape", "telemetry.pieces", "telemetry.wishes", "telemetry.event",
     "telemetry.waiting", "telemetry.loki_questions", "output.answer", "output.columns",
     "output.document", "output.separated", "output.printed", "loki.refusals", "logs.levels",
     "logs.question", "logs.rendering", "logs.following", "logs.folding", "logs.pieces",
     "output.page.markup", "output.page.sheet", "output.page.scales", "output.page.bars",
     "output.page.intervals", "output.page.trend", "output.page.tables", "output.page.html",
     "analytics.offers", "analytics.top", "analytics.trend", "analytics.wilson",
     "analytics.evidence", "analytics.decisions", "analytics.sections", "checks.unit_text",
     "checks.journal_text", "dropins.header", "dropins.template", "mcp.values", "mcp.tools",
     "mcp.results", "mcp.lines", "mcp.protocol", "grafana.questions", "grafana.steps",
     "grafana.panels", "grafana.dashboard", "network.der", "network.distinguished",
     "network.algorithms", "network.x509", "network.pem", "network.portlist", "network.targets",
     "network.messages", "network.urls", "network.wanted", "checks.mounts", "jobs.record",
     "jobs.kept", "checks.packages"],
    ["bytecode", "whole", "places", "settings", "signals", "fills", "process", "child", "host",
     "progress", "opener", "dropins.find", "dropins.describe", "dropins.start",
     "dropins.listing", "dropins.lint", "dropins.new", "parser", "arguments"],
    ["checks.finding", "checks.certificates", "checks.container", "checks.containers",
     "checks.services", "checks.vitals", "checks.filesystems", "checks.clock", "checks.heat",
     "checks.systemd", "checks.units", "checks.timers", "checks.reboot",
     "checks.package_managers", "checks.updates"],
    ["network.together", "network.probe", "network.ports", "network.trusting", "network.starttls",
     "network.chains", "network.standing", "network.failing", "network.exchange", "network.way",
     "network.visit", "network.unixhttp", "network.engines", "network.podman",
     "network.containers"],
    ["loki.deadline", "loki.dial", "loki.client", "loki.connect", "loki.pages"],
    ["telemetry.account", "telemetry.folder", "telemetry.consent", "telemetry.detach",
     "telemetry.journal", "telemetry.outbox", "telemetry.ledger", "telemetry.send",
     "telemetry.selftest", "telemetry.journal_events", "telemetry.journal_runs",
     "telemetry.loki_runs"],
    ["jobs.state", "jobs.wakeup", "jobs.attempt", "jobs.ping", "checks.jobs"],
    ["context"],
    ["telemetry.notice", "telemetry.record", "known", "offered", "sinks", "logs.search",
     "logs.flags", "logs.follower"],
    ["jobs.run"],
    ["copies.layout", "copies.local", "copies.ssh", "copies.hints"],
    ["mcp.sink", "mcp.session", "mcp.server"],
    ["verbs.config", "verbs.completion", "verbs.consent", "verbs.mcp", "verbs.own", "verbs.cert",
     "verbs.port", "verbs.service", "verbs.discovery", "verbs.container", "verbs.disk",
     "verbs.host", "verbs.job", "verbs.samples", "verbs.logs", "verbs.tail", "verbs.index",
     "verbs.tallies", "verbs.road", "verbs.self", "verbs.doctor", "verbs.dashboard",
     "verbs.evidence", "verbs.export", "verbs.report", "verbs.top", "verbs.managers",
     "verbs.timer", "verbs.trend", "verbs.unit", "verbs.update"],
    ["dispatch"],
    ["main", "__main__"],
]  # fmt: skip
ORDER = [name for level in LEVELS for name in level]
PURE = [*LEVELS[0], *LEVELS[1]]
# What a pure module may take from the standard library: nothing that touches the world.
PURE_LIBRARY = {
    "__future__", "binascii", "collections.abc", "csv", "datetime", "http.client", "io", "json",
    "re", "socket", "ssl", "time", "types", "typing", "unicodedata", "urllib.parse",
    "xml.etree.ElementTree",
}  # fmt: skip


def _name(path: Path) -> str:
    words = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(word for word in words if word != "__init__")


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
del MODULES["start"]  # no module: the text that Python begins with
FOLDERS = {name for name, path in MODULES.items() if path.name == "__init__.py" and name}


def _imports(path: Path) -> list[str]:
    """Every module that a file imports, wherever in it; those for type checking left out."""
    found: list[str] = []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                ours = inner.startswith("homelab.") and inner.partition(".")[2] in MODULES
                found.append(inner if ours else node.module)
        for child in ast.iter_child_nodes(node):
            walk(child)

    walk(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_each_module_has_its_place() -> None:
    assert set(ORDER) == set(MODULES) - FOLDERS


@pytest.mark.parametrize("name", ORDER)
def test_imports_point_down(name: str) -> None:
    below = set(ORDER[: ORDER.index(name)]) | FOLDERS
    for imported in _imports(MODULES[name]):
        if imported.split(".")[0] == "homelab":
            assert imported.partition(".")[2] in below, f"{name} imports {imported}"


@pytest.mark.parametrize("name", PURE)
def test_the_pure_ones_do_no_io(name: str) -> None:
    path = MODULES[name]
    for imported in _imports(path):
        assert imported.startswith("homelab") or imported in PURE_LIBRARY, imported
    calls = [
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    assert not {"open", "print", "input"} & {c.id for c in calls if isinstance(c, ast.Name)}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_file_is_read_in_one_sitting(name: str) -> None:
    assert len(MODULES[name].read_text().splitlines()) <= 260


def test_every_verb_of_the_catalogue_is_there() -> None:
    from importlib import import_module

    groups = dict(catalogue.GROUPS)
    assert {path.split(" ")[0] for path in catalogue.paths() if " " in path} == set(groups)
    assert {path.split(" ")[0] for path in catalogue.paths()} == set(catalogue.FAMILIES)
    for word in catalogue.FAMILIES:  # each file is sorted, and has nothing but its own first words
        paths = list(catalogue.family(word))
        assert paths == sorted(paths)
        assert all(catalogue.family(path.split(" ")[0])[path].path == path for path in paths)
    for verb in catalogue.every():
        assert " " not in verb.path or verb.path.split(" ")[0] in groups
        assert verb.examples
        assert verb.schema or not any(argument.name == "--json" for argument in verb.arguments)
        assert set(verb.answers) <= {code for code, _ in verb.exits}
        if not verb.discovery:
            module, _, function = verb.function.partition(":")
            assert callable(getattr(import_module(module), function))


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
START = {"__future__", "homelab", "homelab.__main__", "homelab.baked", "homelab.catalogue",
         "homelab.context", "homelab.dispatch", "homelab.errors", "homelab.main", "homelab.places",
         "homelab.process", "homelab.resolve", "homelab.settings"}  # fmt: skip
ABOUT = {"homelab.verb", "homelab.catalogue.about", "homelab.catalogue.common"}
TABLE = ABOUT | {f"homelab.catalogue.{name}" for name, _ in catalogue.GROUPS}
TABLE |= {"homelab.catalogue.evidence"}
SIGNALS = {"homelab.signals"}
DROPINS = {"homelab.dropins", "homelab.dropins.find", "homelab.dropins.start"}
COUNTING = {"homelab.telemetry", "homelab.telemetry.consent", "homelab.telemetry.event",
            "homelab.telemetry.folder", "homelab.telemetry.record"}  # fmt: skip
ANSWERING = {"homelab.arguments", "homelab.kinds", "homelab.output", "homelab.output.answer",
             "homelab.output.columns", "homelab.output.printed", "homelab.times",
             "homelab.verb"}  # fmt: skip
USAGE = {"homelab.analytics", "homelab.analytics.top", "homelab.catalogue.common",
         "homelab.catalogue.evidence", "homelab.catalogue.usage", "homelab.progress",
         "homelab.runs", "homelab.sinks", "homelab.verbs", "homelab.verbs.top"}  # fmt: skip


def test_version_imports_no_more_than_this(world: World) -> None:
    expected = START | ABOUT | {"homelab.verbs", "homelab.verbs.discovery"}
    assert _imported(world, "version") <= expected | {"time"}


def test_help_imports_no_more_than_this(world: World) -> None:
    expected = (
        TABLE
        | START
        | {
            "homelab.verbs",
            "homelab.verbs.discovery",
            "homelab.help",
            "homelab.known",
            "homelab.dropins",
            "homelab.dropins.find",
        }
    )
    assert _imported(world, "help") <= expected | {"time"}


def test_a_dispatched_dropin_imports_no_more_than_this(world: World) -> None:
    world.dropin("true", "#!/bin/sh\n")
    seen = _imported(world, "true")
    assert world.events() == ["exit=0 ver=0.6.0 verb=(personal)"]
    dispatch = START | SIGNALS | COUNTING | DROPINS | {"homelab.telemetry.journal"}
    assert seen <= dispatch | {"time"}


def test_an_unknown_verb_imports_no_more_than_this(world: World) -> None:
    shown = {"homelab.output", "homelab.output.columns", "homelab.times"}
    looking = {"homelab.dropins", "homelab.dropins.find", "homelab.telemetry.journal"}
    looking |= TABLE | {"homelab.telemetry.wishes"}
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
    parts = ("address", "client", "connect", "deadline", "diagnosis", "dial", "logql")
    asking = {"homelab.loki", *(f"homelab.loki.{name}" for name in parts)}
    asking |= {f"homelab.telemetry.{name}" for name in ("loki_questions", "loki_runs", "pieces")}
    asking |= {"homelab.loki.shape", "homelab.network", "homelab.network.probe"}
    ours = {name for name in seen if name[:7] == "homelab"}
    assert ours <= START | SIGNALS | COUNTING | ANSWERING | USAGE | asking


def test_the_sender_is_imported_by_nobody_but_the_sender(world: World) -> None:
    world.dropin("true", "#!/bin/sh\n")
    world.env["HOMELAB_LOKI_URL"] = "http://127.0.0.1:1"
    seen = _imported(world, "true")
    sending = {"homelab.telemetry.outbox", "homelab.telemetry.ledger", "homelab.telemetry.detach"}
    dispatch = START | SIGNALS | COUNTING | DROPINS | sending
    assert sending <= seen <= dispatch | {"time"}


def test_usage_top_from_the_journal_imports_no_more_than_this(world: World) -> None:
    world.run("config")
    seen = _imported(world, "usage", "top")
    reading = {"homelab.telemetry.account", "homelab.telemetry.journal",
               "homelab.telemetry.journal_runs", "homelab.catalogue.about"}  # fmt: skip
    expected = START | SIGNALS | COUNTING | ANSWERING | USAGE | reading
    assert seen <= expected | {"time", "pwd", "bisect", "_bisect"}
