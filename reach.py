"""The modules that a module may import, early or late: read from the syntax trees of the sources.

`build.py` arranges the file by it: before a verb runs, all modules that it may import are read.
tests/test_architecture.py enforces rules for imports that make this complete: no relative import,
no computed name except those in COMPUTED.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Mapping

PACKAGE = "homelab"
# Imports with computed names, by the module that does them: the beginning of the names. The
# registry imports any family's spec: see REGISTRY.
COMPUTED = {"usage.source": "usage.from_", "catalogue.registry": ""}
# A module that uses the registry, by one of these names, may import any family's spec.
REGISTRY = {"built_in", "BUILT_IN"}
# Modules that dispatch.py imports if no built-in is found, before the drop-in is run or refused, or
# to look for shadowed drop-ins, once for each build: like each verb's function, they are read
# separately and do not belong to the modules that any run may need.
BRANCHES = """
    describe.dropin dropins.declared dropins.description dropins.needs dropins.shadowed
    dropins.skipped dropins.start
""".split()


def modules(root: str) -> dict[str, str]:
    """The paths of the modules below `root`/homelab, by their names in the package ("" is the
    package itself), sorted by path."""
    top = os.path.join(root, PACKAGE)
    found = {}
    for folder, _, names in os.walk(top):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                words = os.path.relpath(path, top)[: -len(".py")].split(os.sep)
                found[path] = ".".join(word for word in words if word != "__init__")
    named = {found[path]: path for path in sorted(found)}
    named.pop("boot.start", None)  # not a module: the text that Python begins with
    return named


def parsed(path: str) -> ast.Module:
    """The syntax tree of a source file."""
    with open(path, encoding="utf-8") as file:
        return ast.parse(file.read())


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of the code that runs, without the code below `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


def imports(name: str, nodes: Iterable[ast.AST], known: Iterable[str]) -> set[str]:
    """Every module that these nodes of the module `name` import, at the top or later, by a
    statement or by a string that names a module of ours; `known` has all of ours. A spec may name
    the functions of its own verbs: the spec imports none of them."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            assert node.module
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner.partition(".")[2] in known else node.module)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            module = node.value.partition(":")[0]
            package, _, inner = module.partition(".")
            beside = name.endswith(".spec") and module.startswith(f"{PACKAGE}.{name[:-4]}")
            if package == PACKAGE and inner and inner in known and not beside:
                found.add(module)
    return found


def ours(imported: Iterable[str]) -> set[str]:
    """The modules of this package among `imported`, by their names in it."""
    return {each.partition(".")[2] for each in imported if each.startswith(f"{PACKAGE}.")}


def packages(name: str) -> set[str]:
    """The packages that contain a module, which are imported before it."""
    words = name.split(".")
    return {".".join(words[:count]) for count in range(len(words))}


def graph(known: Mapping[str, str]) -> dict[str, set[str]]:
    """For each module, all modules that it may import itself when it runs. `known` has the paths of
    all."""
    specs = {name for name in known if name.startswith("verbs.") and name.endswith(".spec")}
    found = {}
    for name, path in known.items():
        nodes = list(running(parsed(path)))
        imported = ours(imports(name, nodes, known)) | packages(name)
        begin = COMPUTED.get(name)
        if begin:
            imported |= {each for each in known if each.startswith(begin)}
        if any(_named(node) in REGISTRY for node in nodes):
            imported |= specs
        found[name] = imported
    return found


def _named(node: ast.AST) -> str:
    """The name that a node reads, takes or passes on, "" if there is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return node.arg or "" if isinstance(node, (ast.arg, ast.keyword)) else ""


def closure(begin: Iterable[str], imports_of: Mapping[str, set[str]]) -> set[str]:
    """The modules `begin` and all that these may import, and so on."""
    left = set(begin)
    seen: set[str] = set()
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left |= imports_of[name]
    return seen


class Gate:
    """A module that is imported once it is known what a run does: `needs` are the modules to read
    before it, and `inner` are the gates behind it."""

    __slots__ = ("inner", "needs")

    def __init__(self, needs: Iterable[str], inner: Iterable[str] = ()) -> None:
        self.needs = sorted(needs)
        self.inner = sorted(inner)


def gates(known: Mapping[str, str], core: Iterable[str]) -> dict[str, Gate]:
    """The modules to read at each gate, by the module whose import passes it; those behind another
    gate come before it. The gate "" has the modules that any run may need besides the `core`, read
    with the first import of any other module. A family's package is the gate to its spec, and
    behind that is one for each module of it, so that a start needs only its own verb.

    Nothing is missing: each module that the core may import is in the core, in "", or a gate; and
    each of these has all that it may import. tests/boot/test_layout.py cuts the file off below
    running verbs.
    """
    core = set(core)
    imports_of = graph(known)
    # of the modules that have the registry, only the core imports a spec before a verb is chosen:
    # by its gate
    specs = {name for name in known if name.startswith("verbs.") and name.endswith(".spec")}
    for name in core:
        imports_of[name] -= specs
    families: dict[str, set[str]] = {}
    for name in known:
        if name.startswith("verbs.") and name.count(".") == 2 and name not in core | specs:
            families.setdefault(name.rpartition(".")[0], set()).add(name)
    # each of them is a gate: dispatch.py imports it before any verb runs
    chosen = specs.union(BRANCHES, families, *families.values())
    seeds = {need for name in core for need in imports_of[name] - core}
    beside = {package for name in BRANCHES for package in packages(name)}
    shared = closure(seeds - (chosen & imports_of["dispatch"]) | beside, imports_of) - core
    there = core | shared
    made = {}
    for name in BRANCHES:
        made[name] = Gate(closure([name], imports_of) - there)
    for family in sorted(families):
        described = closure([family, f"{family}.spec"], imports_of) - there
        for name in sorted(families[family]):
            made[name] = Gate(closure([name], imports_of) - there - described)
        if family not in core:
            made[family] = Gate(described, families[family])
    made[""] = Gate(shared)
    return made


def order(made: Mapping[str, Gate], known: Iterable[str], core: Iterable[str]) -> list[str]:
    """All modules except the core, sorted so that those that are read together are adjacent: first
    those that any run may need, then by the gates that need them."""
    users: dict[str, list[str]] = {name: [] for name in known}
    for name in sorted(made):
        for need in made[name].needs:
            users[need].append(name)
    return sorted(
        set(users) - set(core), key=lambda name: ("" not in users[name], users[name], name)
    )
