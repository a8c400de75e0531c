#!/usr/bin/env python3
"""Build dist/homelab.pyz, test it, check it, measure it. Needs only CPython 3.9+ with pip.

    python3 build.py [--site SITE.ini] [--output FILE]   build the one file
                     [--bytecode PYTHON]...              so that other Pythons start as fast
                     [--sign KEY]                        and sign it with an SSH key
    python3 build.py test [PYTEST ARGUMENTS]             the tests, also those on the built file
    python3 build.py test --long                         the tests that take long by their nature
    python3 build.py test --quick                        the tests that only compute, and few others
    python3 build.py lint                                ruff, mypy, spelling and plain English
    python3 build.py docs                                write docs/reference.md and docs/README.md
    python3 build.py lock [--upgrade]                    write locks/ again from pyproject.toml
    python3 build.py fuzz [--minutes N] [TARGET]...      search for inputs that break a parser
    python3 build.py pictures                            draw docs/pictures/ again
    python3 build.py bench [PYTHON]                      start-up and telemetry, as paired ratios
    python3 build.py bench --against FILE                this build's times over another build's
    python3 build.py bench --accounts URL                10,000 accounts in a disposable Loki

It installs only into .build/, and only wheels, each with a sha256 from locks/. It touches nothing
else on the host.
"""

import sys

if sys.version_info < (3, 9):  # noqa: UP036
    sys.exit("build.py: needs CPython 3.9 or newer; run it as python3.X build.py")

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import venv
import zipfile

import reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Block = tuple[int, bytes]  # the length of the rest, and the whole block

ROOT = os.path.dirname(os.path.abspath(__file__))
WORK = os.path.join(ROOT, ".build")
LOCKS = os.path.join(ROOT, "locks")
# of pyproject.toml; pip comes first
GROUPS = ("pip", "build", "test", "lint", "lock", "node", "shells", "pictures")
EPOCH = "315532800"  # 1980-01-01, the first moment that a zip archive can hold
PACKAGE = reach.PACKAGE

# The start of the file, by itself and as `python3 FILE`, is in homelab/boot: start.sh and start.py.
# shiv's own start would unpack into ~/.shiv first: that fails without a writable home and takes
# longer than most verbs.
HEAD = 4096  # bytes; start.sh contains the number too

# Bytes between two modules of a list, up to which they are read too: one more system call would
# take longer.
GAP = 16384

# The modules that each start needs, `homelab version` included: these, and their immediate imports.
CORE = "__main__ main context dispatch verbs verbs.about.spec verbs.about.version".split()
# A block of modules, which homelab/boot/bytecode.py imports from, made by the plan of `layout`: the
# rest (all except the core, one after the other, then the lists of the gates), and the core, which
# ends with its index and the length of that. A copy whose end is missing has no index.
#
# The index is marshalled. It has by name whether a module is a package, and where in its part it
# begins and ends. Under "" it has a sum of all modules, which differs between builds, and the open
# gates: by the module whose import passes the gate, where in the rest its list begins and ends. A
# gate's list, marshalled too, has the sum, the gates behind it, and the parts to read: where each
# begins and ends, and the index of its modules.
PACK = """
def pack(modules, plan, version):
    import marshal, zlib
    total, at, parts, places = 0, 0, [], {}
    for name in plan["core"] + plan["rest"]:
        total = zlib.crc32(modules[name][1], total)
    for name in plan["rest"]:
        package, code = modules[name]
        places[name] = (package, at, at + len(code))
        parts.append(code)
        at += len(code)
    gates = {}
    for gate, needs, inner in plan["gates"]:
        ranges = []
        for name in sorted(needs, key=lambda name: places[name][1]):
            package, start, end = places[name]
            if not ranges or start - ranges[-1][1] > plan["gap"]:
                ranges.append([start, end, {}])
            ranges[-1][1] = end
            ranges[-1][2][name] = (package, start - ranges[-1][0], end - ranges[-1][0])
        told = (total, {name: gates.pop(name) for name in inner}, [tuple(part) for part in ranges])
        parts.append(marshal.dumps(told, version))
        gates[gate] = (at, at + len(parts[-1]))
        at = gates[gate][1]
    index, core, at = {"": (total, gates)}, [], 0
    for name in plan["core"]:
        package, code = modules[name]
        index[name] = (package, at, at + len(code))
        core.append(code)
        at += len(code)
    told = marshal.dumps(index, version)
    return b"".join(parts), b"".join([*core, told, len(told).to_bytes(4, "little")])
"""
# A block of bytecode instead of sources, with its Python's magic number, and the length of the
# rest.
COMPILE = f"""
import importlib.util, json, marshal, sys
{PACK}
codes = {{}}
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        code = compile(file.read(), name, "exec", dont_inherit=True, optimize=0)
    module = name[:-3].replace("/", ".")
    package = module.endswith(".__init__")
    codes[module[:-9] if package else module] = (package, marshal.dumps(code))
rest, core = pack(codes, json.load(sys.stdin), 2)
size = len(rest).to_bytes(4, "little")
sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER + size + rest + core)
"""
# Prints the modules of the package that CORE imports.
IMPORT = """
import sys
sys.path.insert(0, ".")
for name in sys.argv[1:]:
    __import__(name)
print(*(name for name in sys.modules if name.partition(".")[0] == sys.argv[1].partition(".")[0]))
"""


def main() -> int:
    command, rest = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if command in ("", "build") or command.startswith("-"):
        return build(sys.argv[1:] if command.startswith("-") else rest)
    if command == "test":
        python = environment("build", "test")
        output = os.path.join(WORK, "test", "homelab.pyz")
        assemble(output, {})
        env = {**os.environ, "HOMELAB_PYZ": output}
        # without bytecode of the tests, each process takes three times as long to read them
        env["PYTHONPYCACHEPREFIX"] = os.path.join(WORK, "bytecode")
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        words = [word for word in rest if word not in ("--long", "--quick")]
        named = any(os.path.exists(word.partition("::")[0]) for word in words)
        if not (named or {"-n", "--pdb"}.intersection(words)):
            # two more than there are processors: many tests wait, except the quick ones
            processes = (os.cpu_count() or 1) + (0 if "--quick" in rest else 2)
            rest = [*rest, "-n", str(processes), "--dist", "worksteal"]
        return subprocess.call([python, "-m", "pytest", *rest], cwd=ROOT, env=env)
    if command == "lint":
        python = environment("build", "test", "lint")
        env = {**os.environ, "PYTHONPATH": f"{ROOT}/tests"}
        checks = (
            ["ruff", "check"],
            ["ruff", "format", "--check"],
            ["codespell_lib"],  # its files and words are in pyproject.toml
            ["prose"],  # tests/prose
            ["mypy"],
        )
        return max(subprocess.call([python, "-m", *check], cwd=ROOT, env=env) for check in checks)
    if command == "docs":
        return docs()
    if command == "lock":
        return lock(rest)
    if command == "fuzz":
        python = environment("build", "test")
        env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"}
        return subprocess.call([python, "-m", "fuzz", *rest], cwd=ROOT, env=env)
    if command == "pictures":
        python = environment("build", "test", "pictures")
        output = os.path.join(WORK, "test", "homelab.pyz")
        assemble(output, {})
        env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"}
        return subprocess.call([python, "-m", "docs.draw", output, *rest], cwd=ROOT, env=env)
    if command == "bench":
        python = environment("build", "test")
        output = os.path.join(WORK, "bench", "homelab.pyz")
        assemble(output, {})
        env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"}
        words = ["bench.start", output, *rest]
        option, equals, file = (rest or [""])[0].partition("=")
        if option == "--against":
            files = [file, *rest[1:]] if equals else rest[1:]
            words = ["bench.against", output, *map(os.path.abspath, files)]
        if rest[:1] == ["--accounts"] and len(rest) == 2:
            words = ["bench.accounts", output, rest[1]]
        return subprocess.call([python, "-m", *words], cwd=ROOT, env=env)
    sys.stderr.write(
        f"build.py: unknown command {command!r} (use test, lint, docs, fuzz, lock, pictures, bench,"
        " or none to build)\n"
    )
    return 2


def docs() -> int:
    """Write the pages that are made: the reference of verbs, and the list of pages."""
    sys.path.insert(0, ROOT)
    import reference
    from homelab.verbs import BUILT_IN

    folder = os.path.join(ROOT, "docs")
    _arrive(os.path.join(folder, "reference.md"), reference.page(BUILT_IN).encode(), 0o644)
    _arrive(os.path.join(folder, "README.md"), reference.index(pages()).encode(), 0o644)
    return 0


def build(words: list[str]) -> int:
    """Build the file and print its path, size (bytes) and sha256."""
    parser = argparse.ArgumentParser(prog="build.py", allow_abbrev=False)
    parser.add_argument("--site", metavar="FILE", help="settings to build in")
    parser.add_argument("--output", default=os.path.join("dist", "homelab.pyz"))
    parser.add_argument(
        "--bytecode",
        metavar="PYTHON",
        action="append",
        default=[],
        help="another CPython, from 3.9 on, that is to start the file as fast as this one",
    )
    parser.add_argument(
        "--sign",
        metavar="KEY",
        help="sign it with this SSH key; a .pub file means its key in the agent",
    )
    arguments = parser.parse_args(words)
    site = {}
    if arguments.site:
        try:
            site = site_settings(arguments.site)
        except ValueError as error:
            sys.stderr.write(f"build.py: {error}\n")
            return 78
    output = os.path.abspath(arguments.output)
    digest = assemble(output, site, arguments.bytecode, arguments.sign or "")
    shown = os.path.relpath(output)
    sys.stdout.write(f"{shown}  {os.path.getsize(output)} bytes  sha256 {digest}\n")
    return 0


def site_settings(path: str) -> dict[str, str]:
    """A site's settings by full name. Raises ValueError with file and line."""
    sys.path.insert(0, ROOT)
    from homelab.errors import Failure
    from homelab.install.signers import signers
    from homelab.loki.address import Address
    from homelab.settings import entries, parse

    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        lines = parse(text, path, site=True)
        site = {name: value for name, (value, _) in lines.items()}
        for section, listed in entries(text, path, site=True).items():
            site[section] = "\n".join(f"{entry.key} = {entry.text}" for entry in listed)
        if site.get("loki.url"):  # it would make each distributed copy fail
            Address(site["loki.url"], site.get("loki.lb", ""), path)
        if site.get("self.signers"):
            try:
                signers(site["self.signers"])
            except ValueError as error:
                raise ValueError(f"{path}:{lines['self.signers'][1]}: signers: {error}") from None
        return site
    except Failure as failure:
        raise ValueError(failure.sentence) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read: {error}") from None


def environment(*groups: str) -> str:
    """The Python of our own virtual environment, with the dependency groups installed. A group that
    is installed already is installed again only if its lock file has changed."""
    version = "{}.{}".format(*sys.version_info[:2])
    folder = os.path.join(WORK, f"venv-{version}")
    python = os.path.join(folder, "bin", "python")
    stamp = os.path.join(folder, "installed")
    locked = {group: _stamped(group) for group in ("pip", *groups)}
    done = _lines(stamp)
    if locked["pip"] not in done or not os.path.exists(python):
        _create(folder, python)
        done = [locked["pip"]]
    missing = [group for group in groups if locked[group] not in done]
    if missing or done != _lines(stamp):
        _install([python, "-m", "pip"], missing)
        kept = [line for line in done if line.partition(" ")[0] not in missing]
        with open(stamp, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in [*kept, *(locked[g] for g in missing)])
    return python


def _lock_file(group: str) -> str:
    return os.path.join(LOCKS, f"{group}.txt")


def _stamped(group: str) -> str:
    """A line about a group that is installed: its name, and the sha256 of its lock file."""
    try:
        with open(_lock_file(group), "rb") as file:
            return f"{group} {hashlib.sha256(file.read()).hexdigest()}"
    except OSError as error:
        what = f"locks/{group}.txt can't be read: {error.strerror}"
        sys.exit(f"build.py: {what}; git restore locks restores it")


def _create(folder: str, python: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401 - Debian's python3 has venv and lacks this

        venv.create(folder, with_pip=True)
        _install([python, "-m", "pip"], ["pip"])
    except ImportError:
        venv.create(folder, with_pip=False)
        library = "{}/lib/python{}.{}/site-packages".format(folder, *sys.version_info[:2])
        _install([sys.executable, "-m", "pip"], ["pip"], "--target", library)


# Wheels only: the build dependencies of a source release have no hash here.
_PINNED = ("--require-hashes", "--only-binary", ":all:")
_QUIET = ("--disable-pip-version-check", "--no-warn-script-location", "--root-user-action=ignore")


def _install(pip: list[str], groups: list[str], *options: str) -> None:
    """Install the packages in the groups' lock files. A package with another sha256 ends the
    build."""
    if not groups:
        return
    chosen = [word for group in groups for word in ("-r", _lock_file(group))]
    command = [*pip, "install", "--quiet", *_QUIET, *_PINNED, *options, *chosen]
    done = subprocess.run(command, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    refused = done.stderr.partition("DO NOT MATCH THE HASHES")[2].splitlines()[1:2]
    if done.returncode and refused:
        name = refused[0].split(" from ")[0].strip()
        files = " and ".join(f"locks/{group}.txt" for group in groups)
        what = f"the sha256 of {name} is not in {files}, so nothing was installed"
        sys.exit(f"build.py: {what}; find out what changed: that file, the index or a proxy")
    sys.stderr.write(done.stderr)
    if done.returncode:
        sys.exit(f"build.py: failed with exit code {done.returncode}: {' '.join(command)}")


def lock(options: list[str]) -> int:
    """Write the lock files again from pyproject.toml, for every Python from 3.9 on and every
    machine: all files of each release, by their sha256. A release that is locked already stays,
    unless the options include --upgrade. Groups share one version of a package."""
    uv = os.path.join(os.path.dirname(environment("lock")), "uv")
    words = [uv, "pip", "compile", "--quiet", "--no-config", "--no-annotate", *options]
    words += ["--universal", "--python-version", "3.9", "--only-binary", ":all:"]
    words += ["--generate-hashes", "--custom-compile-command", "python3 build.py lock"]
    before: list[str] = []
    for group in GROUPS:
        output = _lock_file(group)
        shared = [word for path in before for word in ("--constraints", path)]
        code = subprocess.call(
            [*words, *shared, "--group", group, "--output-file", output, "pyproject.toml"], cwd=ROOT
        )
        if code:
            sys.exit(f"build.py: uv can't lock the group {group} (exit code {code})")
        before.append(output)
    return 0


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except OSError:
        return []


def assemble(
    output: str, site: dict[str, str], pythons: "Sequence[str]" = (), key: str = ""
) -> str:
    """Write the archive to `output`, its sha256 beside it and, if a key is given, its signature;
    return the sha256. The same input (sources, site, Pythons) gives the same bytes, in any folder,
    at any time, under any umask."""
    python = environment("build")
    with tempfile.TemporaryDirectory(dir=WORK) as work:
        library = os.path.join(work, "site-packages")
        stage(library, site)
        plan = layout(library)
        blocks = {b"": texts(library, plan)}
        for each in (sys.executable, *pythons):
            magic, block = bytecode(library, each, plan)
            blocks[magic] = block
        plain = os.path.join(work, "shiv.pyz")
        shiv = [python, "-m", "shiv", "--site-packages", library, "--output-file", plain]
        shiv += ["--entry-point", f"{PACKAGE}.__main__:main", "--reproducible"]
        shiv += ["--python", "/usr/bin/env python3"]
        env = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "PYTHONWARNINGS": "ignore"}
        subprocess.run(shiv, check=True, env=env)
        made = os.path.join(work, "homelab.pyz")
        in_place(plain, blocks, made)
        with open(made, "rb") as file:
            data = file.read()
        signature = _signature(data, key) if key else b""
        os.makedirs(os.path.dirname(output), exist_ok=True)
        _arrive(output, data, 0o755)
    if key:
        _arrive(output + ".sig", signature, 0o644)
    elif os.path.lexists(output + ".sig"):
        os.unlink(output + ".sig")  # of the previous file
    digest = hashlib.sha256(data).hexdigest()
    _sum(output, digest)
    return digest


def _arrive(path: str, data: bytes, mode: int) -> None:
    """Write a file whole and rename it over the old one, which running processes keep."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.chmod(path + ".new", mode)
    os.replace(path + ".new", path)


def _signature(data: bytes, key: str) -> bytes:
    """The signature of the archive `data` (see homelab/install/signers.py). ssh-keygen may ask for
    the key's passphrase."""
    sys.path.insert(0, ROOT)
    from homelab.install.signers import NAMESPACE, signed_line

    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE]
    try:
        done = subprocess.run(command, input=signed_line(data), stdout=subprocess.PIPE, check=False)
    except OSError as error:
        what = f"ssh-keygen can't be run: {error.strerror}"
        sys.exit(f"build.py: {what}; install OpenSSH 8.1 or newer")
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        what = f"{key} can't sign, so nothing was built"
        sys.exit(f"build.py: {what}; use a private SSH key, or the .pub file of one in the agent")
    return done.stdout


def _sum(output: str, digest: str) -> None:
    """Write the sha256 into SHA256SUMS beside the file, readable for all. Lines about other
    existing files stay: they may be another site's."""
    folder, name = os.path.split(output)
    path = os.path.join(folder, "SHA256SUMS")
    kept = []
    for line in _lines(path):
        other = line[66:]  # after 64 digits and two characters
        if other != name and os.path.exists(os.path.join(folder, other)):
            kept.append(line)
    text = "".join(f"{line}\n" for line in sorted([*kept, f"{digest}  {name}"]))
    _arrive(path, text.encode("utf-8"), 0o644)


def sources() -> list[str]:
    """The package's files, relative to the project, sorted."""
    found = []
    for folder, _, names in os.walk(os.path.join(ROOT, PACKAGE)):
        found += [os.path.join(folder, name) for name in names if name.endswith(".py")]
    found.remove(os.path.join(ROOT, PACKAGE, "boot", "start.py"))
    return sorted(os.path.relpath(path, ROOT) for path in found)


def stage(library: str, site: dict[str, str]) -> None:
    """Put the package below `library`: sources, and the site's settings."""
    digest = hashlib.sha256(repr(sorted(site.items())).encode())
    digest.update(start("start.sh") + start("start.py"))
    texts = {}
    for name in sources():
        with open(os.path.join(ROOT, name), "rb") as file:
            texts[name] = file.read()
        digest.update(name.encode() + b"\0" + texts[name])
    for name, page in pages().items():
        digest.update(name.encode() + b"\0" + page)
    baked = f'"""Written by build.py."""\n\nBUILD = {digest.hexdigest()[:12]!r}\nSITE = {{\n'
    baked += "".join(f"    {name!r}: {site[name]!r},\n" for name in sorted(site)) + "}\n"
    texts[f"{PACKAGE}/boot/baked.py"] = baked.encode()
    texts[f"{PACKAGE}/boot/pages.py"] = summaries().encode()
    for name, text in texts.items():
        path = os.path.join(library, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text)


def pages() -> dict[str, bytes]:
    """The pages of docs/ by the names of their files, sorted."""
    folder = os.path.join(ROOT, "docs")
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".md"):
            with open(os.path.join(folder, name), "rb") as file:
                found[name] = file.read()
    return found


def summaries() -> str:
    """The module that has the summary of each page (homelab/boot/pages.py)."""
    sys.path.insert(0, ROOT)
    from homelab.describe.markdown import summary, topic

    found = {topic(name): summary(page.decode("utf-8")) for name, page in pages().items()}
    lines = [f"    {name!r}: {found[name]!r},\n" for name in sorted(found) if name]
    return f'"""Written by build.py."""\n\nPAGES = {{\n{"".join(lines)}}}\n'


def imported(library: str) -> list[str]:
    """The modules of the core, sorted."""
    names = [f"{PACKAGE}.{name}" for name in CORE]
    command = [sys.executable, "-S", "-s", "-B", "-c", IMPORT, *names]
    done = subprocess.run(command, cwd=library, stdout=subprocess.PIPE, text=True, check=True)
    return sorted({*done.stdout.split(), f"{PACKAGE}.boot", f"{PACKAGE}.boot.bytecode"})


def layout(library: str) -> str:
    """The plan of a block, as JSON: the names of the modules in the `core` and of the `rest` in
    their order; the `gates`, each as its name, the modules to read with its import, and the gates
    that it opens; and the `gap` (bytes) up to which modules are read in one piece. The gate "*" is
    for modules that are behind no gate: with it the whole rest is read.
    """
    known = reach.modules(library)
    core = [name.partition(".")[2] for name in imported(library)]
    gates = reach.gates(known, core)
    rest = reach.order(gates, known, core)

    def full(names: "Iterable[str]") -> "list[str]":
        return [f"{PACKAGE}.{name}".rstrip(".") for name in names]

    told = [
        (name and f"{PACKAGE}.{name}", full(gate.needs), full(gate.inner))
        for name, gate in gates.items()
    ]
    told.append(("*", full(rest), []))
    return json.dumps({"core": full(core), "rest": full(rest), "gates": told, "gap": GAP})


def bytecode(library: str, python: str, plan: str) -> "tuple[bytes, Block]":
    """A Python's magic number, and all modules below `library` as bytecode for it.

    Compiled in a separate process, without site and with one hash seed: until Python 3.11 the
    bytecode depends on the process's interned strings, and on the order of its sets.
    """
    program = shutil.which(python)
    if not program:
        sys.exit(f"build.py: {python} does not exist; give the path of a Python")
    done = subprocess.run(
        [program, "-S", "-s", "-c", COMPILE, *sources()],
        cwd=library,
        env={"PYTHONHASHSEED": "0"},
        input=plan.encode("ascii"),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        sys.exit(f"build.py: {python} can't compile it; homelab needs CPython 3.9 or newer")
    return done.stdout[:4], (int.from_bytes(done.stdout[4:8], "little"), done.stdout[8:])


def texts(library: str, plan: str) -> "Block":
    """All sources below `library`, for the Pythons without bytecode in the file."""
    found = {}
    for name in sources():
        with open(os.path.join(library, name), "rb") as file:
            package = name.endswith("/__init__.py")
            module = name[: -len("/__init__.py" if package else ".py")].replace("/", ".")
            found[module] = (package, file.read())
    # version 2 of the format, which every Python reads, and which does not depend on this process
    names: dict[str, object] = {}
    exec(PACK, names)  # noqa: S102 - the same text is run by the Pythons that compile
    pack = names["pack"]
    rest, core = pack(found, json.loads(plan), 2)  # type: ignore[operator]
    return len(rest), rest + core


def start(name: str) -> bytes:
    """The text of start.sh or start.py, which are not modules: the start of the file."""
    with open(os.path.join(ROOT, PACKAGE, "boot", name), "rb") as file:
        return file.read()


def in_place(plain: str, blocks: "dict[bytes, Block]", made: str) -> None:
    """Write the file that runs in place: our start instead of shiv's, the blocks of modules, and
    the description that `shiv-info` prints. One date, one mode, one order."""
    with zipfile.ZipFile(plain) as archive:
        environment = archive.read("environment.json")
    size = _write(made, environment, blocks, 0)
    _write(made, environment, blocks, size)  # the start contains the size


def _write(made: str, environment: bytes, blocks: "dict[bytes, Block]", size: int) -> int:
    """Write the file, whose start expects `size` bytes of it; return its real size (bytes)."""
    places = {}
    with open(made, "wb") as file:
        file.write(b"\n" * HEAD)
        with zipfile.ZipFile(file, "w") as archive:
            for magic in sorted(blocks):
                first, block = blocks[magic]
                if magic:  # bytecode is stored: unpacking takes a start longer than reading
                    number = int.from_bytes(magic[:2], "little")
                    entry = _entry(f"bytecode/{number}", zipfile.ZIP_STORED)
                else:  # the only copy of the sources; `unzip -p FILE sources` prints it
                    entry = _entry("sources", zipfile.ZIP_DEFLATED)
                archive.writestr(entry, block, compresslevel=9)
                begin = file.tell() - entry.compress_size
                # for sources, the length of the rest is that of the unpacked block
                places[magic] = (begin, first, entry.compress_size)
            empty = b"SIZE, BLOCKS = 0, {}"
            filled = f"SIZE, BLOCKS = {size:>8}, {places}".encode("ascii")
            text = start("start.py").replace(empty, filled)
            # stored, so that its length does not depend on its content
            archive.writestr(_entry("__main__.py", zipfile.ZIP_STORED), text)
            archive.writestr(_entry("environment.json", zipfile.ZIP_DEFLATED), environment)
            for name, page in pages().items():  # `unzip -p FILE docs/NAME.md` prints one
                entry = _entry(f"docs/{name}", zipfile.ZIP_DEFLATED)
                archive.writestr(entry, page, compresslevel=9)
        whole = file.tell()
        head = start("start.sh") + text
        if len(head) >= HEAD or b"\0" in head or filled not in head:
            sys.exit(f"build.py: the start has {len(head)} bytes; at most {HEAD - 1} fit")
        file.seek(0)
        file.write(head)
    return whole


def _entry(name: str, packed: int) -> zipfile.ZipInfo:
    information = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    information.compress_type = packed
    information.external_attr = 0o644 << 16
    information.create_system = 3
    return information


if __name__ == "__main__":
    sys.exit(main())
