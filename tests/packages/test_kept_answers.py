"""The cache of apt's answers, with a real apt that has its own lists, settings and status. Each
test changes one thing that an answer depends on, and apt must be asked again."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from homelab.packages import kept_answers, managers, updates
from homelab.packages.pending import Pending
from homelab.system import cache_file
from homelab.system.machine import Host

pytestmark = pytest.mark.needs("apt", "dpkg")

LISTS = "var/lib/apt/lists"
INDEX = f"{LISTS}/x.lan_debian_dists_stable_main_binary-amd64_Packages"
RELEASE = f"{LISTS}/x.lan_debian_dists_stable_InRelease"
STATUS = "var/lib/dpkg/status"
SOURCE = "deb [trusted=yes] http://x.lan/debian stable main\n"


class Counting(Host):
    """This host, with a record of the commands that it ran."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[str] = []
        self.changed = ""  # a path that looks changed
        self.meanwhile: Callable[[], object] = lambda: None
        self.mute = False

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        self.commands.append(command[0])
        if self.mute:
            return 1, ""
        answer = super().run(command, seconds)
        self.meanwhile()
        return answer

    def stamp(self, path: str) -> tuple[int, ...]:
        stamp = super().stamp(path)
        return (*stamp[:-2], stamp[-2] + 1, stamp[-1]) if path == self.changed else stamp


class Tree:
    """A root folder for apt, with updates for `count` packages."""

    def __init__(self, root: Path, count: int = 2) -> None:
        self.root = root
        self.host = Counting()
        for folder in (LISTS, "var/lib/dpkg", "var/cache/apt/archives/partial", "home"):
            (root / folder).mkdir(parents=True)
        for folder in ("apt.conf.d", "preferences.d", "sources.list.d"):
            (root / "etc/apt" / folder).mkdir(parents=True)
        self.write("etc/apt/sources.list", SOURCE)
        self.write(RELEASE, f"Origin: x\nSuite: stable\nDate: {formatdate(usegmt=True)}\n")
        self.packages(count)
        self.write(STATUS, "".join(self.package(f"p{n}", 1, installed=True) for n in range(count)))
        self.write(
            "apt.conf",
            f'Dir "{root}/";\nDir::State::status "{root}/{STATUS}";\nAPT::Architecture "amd64";\n',
        )

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def package(self, name: str, version: int, installed: bool = False) -> str:
        more = "Status: install ok installed" if installed else f"Filename: {name}.deb\nSize: 1"
        return (
            f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: x\n{more}\n"
            "Description: x\n\n"
        )

    def packages(self, count: int = 2, version: int = 2) -> None:
        """The source's list of packages."""
        self.write(INDEX, "".join(self.package(f"p{n}", version) for n in range(count)))

    def ask(self, brief: bool = False, kept: bool = True) -> list[tuple[str, str, str]]:
        """The updates; `host.commands` has the commands that ran."""
        self.host.commands = []
        env = dict(os.environ) if kept else None
        pending: Pending = updates.ask(self.host, "apt", 60, brief, env)
        assert pending.why == ""
        return [(each.name, each.available, each.held) for each in pending.updates]

    def is_kept(self) -> bool:
        """Whether apt's answer would be taken from the cache."""
        self.host.mute = True
        answers = kept_answers.Answers(self.host, os.environ)
        code, _ = answers.run(["apt", "list", "--upgradable", "-a"], 60)
        self.host.mute = False
        return code == 0

    def asks_again(self) -> bool:
        """Whether apt is asked again; the answer must be that of an uncached run."""
        found = self.ask()
        asked = bool(self.host.commands)
        assert found == self.ask(kept=False)
        return asked


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setattr(kept_answers, "_SETTLED", 0)
    for name in list(os.environ):
        if name.startswith(("APT_", "DPKG_", "LD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "root/home"))
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "root/apt.conf"))
    return Tree(tmp_path / "root")


def _in_place(tree: Tree) -> None:
    """Replace a file by one of the same size and mtime, as rsync or a restored backup does."""
    path = tree.root / INDEX
    before = path.stat()
    tree.packages(version=3)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_ino == before.st_ino


def _renamed(tree: Tree) -> None:
    before = (tree.root / INDEX).stat()
    shutil.copy(tree.root / INDEX, tree.root / "new")
    os.utime(tree.root / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(tree.root / "new", tree.root / INDEX)


def _written(name: str, text: str) -> Callable[[Tree], None]:
    return lambda tree: tree.write(name, text)


def _program(tree: Tree) -> None:
    """Put another apt into PATH."""
    os.environ["PATH"] = f"{tree.root}:{os.environ['PATH']}"
    (tree.root / "apt").symlink_to(str(shutil.which("apt")))


PIN = "Package: p0\nPin: release a=stable\nPin-Priority: -1\n"
CHANGES: dict[str, Callable[[Tree], object]] = {
    "a new list": lambda tree: tree.packages(version=3),
    "a list that was changed in place": _in_place,
    "a list that was replaced": _renamed,
    "a list that is gone": lambda tree: (tree.root / INDEX).unlink(),
    "one more list": _written(f"{LISTS}/y.lan_dists_stable_InRelease", "Suite: stable\n"),
    "a Release file": _written(RELEASE, f"Suite: stable-security\nDate: {formatdate(0)}\n"),
    "an update that was installed": lambda tree: tree.write(
        STATUS, tree.package("p0", 2, installed=True) + tree.package("p1", 1, installed=True)
    ),
    "a package that was marked": _written(
        "var/lib/apt/extended_states", "Package: p0\nArchitecture: amd64\nAuto-Installed: 1\n\n"
    ),
    "sources.list": _written("etc/apt/sources.list", SOURCE.replace("http:", "https:")),
    "a file of sources": _written("etc/apt/sources.list.d/y.list", "deb http://y.lan stable x\n"),
    "preferences": _written("etc/apt/preferences", PIN),
    "a file of preferences": _written("etc/apt/preferences.d/p0", PIN),
    "apt.conf": _written("etc/apt/apt.conf", 'APT::Default-Release "stable";\n'),
    "a file of settings": _written("etc/apt/apt.conf.d/99x", 'APT::Install-Recommends "0";\n'),
    "the file of APT_CONFIG": lambda tree: tree.write(
        "apt.conf", (tree.root / "apt.conf").read_text() + 'APT::Install-Recommends "0";\n'
    ),
    "the machine's id": _written("etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
    "dpkg's settings of the account": _written("home/.dpkg.cfg", "no-debsig\n"),
    "the programs": _program,
    "permissions": lambda tree: (tree.root / INDEX).chmod(0o600),
}


@pytest.mark.parametrize("change", CHANGES)
def test_apt_is_asked_again_after_a_change(
    change: str, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"])
    first = tree.ask()
    assert first == [("p0", "2", ""), ("p1", "2", "")]
    assert tree.host.commands == ["apt-config", "apt", "dpkg", "apt-get"]
    assert tree.ask() == first
    assert tree.host.commands == []
    CHANGES[change](tree)
    assert tree.asks_again()
    assert not tree.asks_again()


def test_apt_is_asked_again_after_a_change_behind_a_link(tree: Tree) -> None:
    tree.write("real.list", "deb http://y.lan stable main\n")
    (tree.root / "etc/apt/sources.list.d/y.list").symlink_to(tree.root / "real.list")
    tree.ask()
    assert not tree.asks_again()
    tree.write("real.list", "deb http://z.lan stable main\n")
    assert tree.asks_again()


def test_a_change_of_the_usual_places_is_seen(tree: Tree) -> None:
    """The files of this host do not change: they only look changed."""
    tree.ask()
    assert tree.is_kept()
    for place in kept_answers._PLACES:
        names = tree.host.names(place)
        for path in (place, *(f"{place}/{name}" for name in names)):
            tree.host.changed = path
            assert not tree.is_kept(), path
    tree.host.changed = "/etc/hosts"
    assert tree.is_kept()


@pytest.mark.parametrize(
    ("name", "value"), [("account", 4711), ("release", "6.99"), ("getgroups", [4711])]
)
def test_another_account_or_kernel_asks_again(
    name: str, value: object, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account decides which files are readable, and the kernel which packages apt keeps."""
    tree.ask()
    assert tree.is_kept()
    monkeypatch.setattr(os if name == "getgroups" else Host, name, lambda *_: value)
    assert not tree.is_kept()


@pytest.mark.parametrize("variable", ["DPKG_ADMINDIR", "LD_PRELOAD"])
def test_an_environment_that_leads_elsewhere_neither_keeps_nor_takes(
    variable: str, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.ask()
    assert tree.is_kept()
    monkeypatch.setenv(variable, "/var/lib/dpkg" if variable[:4] == "DPKG" else "")
    assert tree.asks_again()
    assert tree.asks_again()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("etc/apt/apt.conf.d/99x", '#include "/etc/apt/more.conf";\n'),
        ("etc/apt/apt.conf", '#include "/etc/apt/more.conf";\n'),
        ("etc/apt/apt.conf", 'APT::Solver "aspcud";\n'),
        ("home/.dpkg.cfg", "# mine\nadmindir=/var/lib/dpkg\n"),
        ("home/.dpkg.cfg", "root /\n"),
    ],
)
def test_settings_that_lead_elsewhere_are_not_kept(name: str, text: str, tree: Tree) -> None:
    tree.write(name, text)
    (tree.root / "etc/apt/more.conf").write_text("")
    for _ in range(2):
        tree.host.commands = []
        updates.ask(tree.host, "apt", 60, env=os.environ)
        assert tree.host.commands[0] == "apt-config"


def test_answers_are_not_kept_after_a_very_recent_change(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second change in the same tick of the clock could have the same time."""
    monkeypatch.setattr(kept_answers, "_SETTLED", 3600 * 10**9)
    tree.ask()
    assert tree.asks_again()


def test_answers_are_not_kept_after_a_change_while_apt_runs(tree: Tree) -> None:
    tree.host.meanwhile = lambda: tree.packages(version=int(time.time()) % 1000 + 4)
    tree.ask()
    tree.host.meanwhile = lambda: None
    assert tree.asks_again()


def test_answers_of_two_states_are_not_kept_together(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change between an answer from the cache and a further question."""
    tree.write("etc/apt/preferences", PIN)
    assert tree.ask() == [("p1", "2", "")]
    answers = kept_answers.Answers(tree.host, os.environ)
    settings = managers.settings(answers.run, "apt", 60)
    (tree.root / "etc/apt/preferences").unlink()
    assert answers.run(["apt-get", "--version"], 60)[0] == 0
    answers.keep(settings)
    assert tree.asks_again()
    assert tree.ask() == [("p0", "2", ""), ("p1", "2", "")]


@pytest.mark.parametrize(("made", "until"), [(30, 90), (-90, -30)])
def test_an_answer_does_not_depend_on_the_clock(made: int, until: int, tree: Tree) -> None:
    """Lists from the future and expired lists, by days: apt itself does not mention it."""
    dates = [formatdate(time.time() + days * 86400, usegmt=True) for days in (made, until)]
    first = tree.ask()
    tree.write(RELEASE, "Origin: x\nSuite: stable\nDate: {}\nValid-Until: {}\n".format(*dates))
    assert tree.asks_again()
    assert tree.ask() == first


def test_an_error_is_not_kept(tree: Tree) -> None:
    tree.write("etc/apt/preferences", "nonsense\n")
    for _ in range(2):
        pending = updates.ask(tree.host, "apt", 60, env=os.environ)
        assert pending.why == "apt: apt list: exit code 100"


def test_a_summary_and_a_list_share_answers(
    tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A summary of many updates does not ask which are kept back."""
    many = Tree(tmp_path / "many", managers._BRIEF + 1)
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "many/apt.conf"))
    steps = [(True, ["apt-config", "apt", "dpkg"]), (False, ["apt-get"]), (False, []), (True, [])]
    for brief, commands in steps:
        many.ask(brief)
        assert many.host.commands == commands


@pytest.mark.parametrize("content", [b"[]", b"{}", b"null", b"{", b'{"places": 1, "state": 1}'])
def test_a_file_of_another_shape_is_not_used(content: bytes, tree: Tree) -> None:
    tree.ask()
    assert cache_file.write(os.environ, "apt", kept_answers._FORM, content, 99) == ""
    assert tree.asks_again()
    assert not tree.asks_again()


def test_without_a_cache_apt_is_asked(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert tree.ask() == [("p0", "2", ""), ("p1", "2", "")]
    assert tree.asks_again()
