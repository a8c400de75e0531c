"""Finding the package of a program, with a real apt, dnf and SQLite, and with recorded answers."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from homelab.packages import provides
from homelab.packages.updates import _DATABASES
from homelab.system.machine import Host

COMMANDS = "suite: x\ncomponent: main\narch: amd64\n\nname: {}\nversion: 1\ncommands: {}\n"
PACKAGE = "Package: {}\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"


class Managed(Host):
    """This host, as if it had only these package managers."""

    def __init__(self, *managers: str) -> None:
        super().__init__()
        self.databases = [place for name in managers for place in _DATABASES[name]]

    def exists(self, path: str) -> bool:
        return path in self.databases


def offered(host: Host, *programs: str, seconds: float = 60) -> dict[str, tuple[str, ...]]:
    """The packages by program; with `?` in front if a package only has its name."""
    return {
        program: offer.packages if offer.certain else ("?", *offer.packages)
        for program, offer in provides.offers(host, list(programs), seconds).items()
    }


@pytest.fixture(scope="module")
def apt_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings and lists for apt: no list of programs, and two packages, one of them installed."""
    root = tmp_path_factory.mktemp("apt")
    for name in ("etc/sources.list.d", "lists/partial", "cache", "archive"):
        (root / name).mkdir(parents=True)
    (root / "status").write_text(
        PACKAGE.format("installed").replace("Version", "Status: install ok installed\nVersion")
    )
    (root / "apt.conf").write_text(
        f'Dir::State::lists "{root}/lists/"; Dir::State::status "{root}/status";'
        f' Dir::Cache "{root}/cache"; Dir::Etc "{root}/etc"; APT::Architecture "amd64";'
        f' Dir::Etc::main "none"; Dir::Etc::parts "none"; Acquire::Languages "none";'
    )
    (root / "etc/sources.list").write_text(f"deb [trusted=yes] file:{root}/archive ./\n")
    name = f"{root}/archive/./Packages".replace("/", "_")[1:]
    text = "\n".join(
        PACKAGE.format(each) + f"Filename: x.deb\nSize: 1\nSHA256: {'0' * 64}\n"
        for each in ("named", "installed", "smartmontools")
    )
    (root / "lists" / f"_{name}").write_text(text)
    (root / "lists" / f"_{name}".replace("Packages", "Release")).write_text("Suite: x\n")
    return root


@pytest.fixture
def apt(apt_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of lists of a separate apt; command-not-found has no database."""
    lists = tmp_path / "lists"
    lists.mkdir()
    for each in (apt_root / "lists").iterdir():
        if each.is_file():
            (lists / each.name).write_bytes(each.read_bytes())
    settings = tmp_path / "apt.conf"
    text = (apt_root / "apt.conf").read_text()
    settings.write_text(text.replace(f"{apt_root}/lists/", f"{lists}/"))
    monkeypatch.setenv("APT_CONFIG", str(settings))
    monkeypatch.setattr(provides, "_DATABASE", str(tmp_path / "commands.db"))
    return lists


def database(path: Path, **packages: tuple[str, int]) -> None:
    """Make a database in the format of cnf-update-db 23.04: a program and a priority for each
    package."""
    made = sqlite3.connect(path)
    made.executescript(
        'CREATE TABLE "commands" ([cmdID] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,'
        " [pkgID] INTEGER NOT NULL, [command] TEXT);"
        'CREATE TABLE "packages" ([pkgID] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,'
        " [name] TEXT, [version] TEXT, [component] TEXT, [priority] INTEGER);"
    )
    for number, (name, (program, priority)) in enumerate(packages.items(), 1):
        row = (number, name, priority)
        made.execute("INSERT INTO packages VALUES (?, ?, '1', 'main', ?)", row)
        made.execute("INSERT INTO commands (pkgID, command) VALUES (?, ?)", (number, program))
    made.commit()
    made.close()


@pytest.mark.needs("apt-config", "apt-cache")
def test_command_not_founds_database_is_asked_first(apt: Path, tmp_path: Path) -> None:
    database(tmp_path / "commands.db", zfuse=("zpool", 100), zutils=("zpool", 120), n=("named", 1))
    (apt / "x_cnf_Commands-amd64").write_text(COMMANDS.format("other", "zpool,sensors"))
    assert offered(Managed("apt"), "zpool", "/sbin/zpool", "named", "sensors", "nosuch") == {
        "zpool": ("zutils", "zfuse"),
        "/sbin/zpool": ("zutils", "zfuse"),
        "named": ("n",),
        "sensors": ("other",),
    }


@pytest.mark.needs("apt-config", "apt-cache")
@pytest.mark.parametrize("wrong", ["broken", "empty", "writable", "folder", "huge"])
def test_a_database_that_cant_be_used_leaves_the_lists(
    wrong: str, apt: Path, tmp_path: Path
) -> None:
    """A database of another account is not used, neither as root nor as an account."""
    (apt / "x_cnf_Commands-all").write_text(COMMANDS.format("right", "zpool"))
    path = tmp_path / "commands.db"
    if wrong == "folder":
        path.mkdir()
    elif wrong == "writable":
        database(path, evil=("zpool", 120))
        path.chmod(0o666)
    else:
        path.write_bytes({"broken": b"SQLite format 3\0" + b"x" * 5000}.get(wrong, b""))
    if wrong == "huge":
        os.truncate(path, 1 << 40)
    assert offered(Managed("apt"), "zpool") == {"zpool": ("right",)}


@pytest.mark.needs("apt-config", "apt-cache", "/usr/lib/apt/apt-helper")
def test_apts_own_lists_are_read_packed_or_not(apt: Path) -> None:
    (apt / "a_cnf_Commands-amd64").write_text(COMMANDS.format("one", "first,jq"))
    packed = gzip.compress(COMMANDS.format("two", "second").encode())
    (apt / "b_cnf_Commands-amd64.gz").write_bytes(packed)
    (apt / "c_cnf_Commands-s390x").write_text(COMMANDS.format("foreign", "first"))
    contents = "sbin/zpool   admin/zfsutils-linux\nusr/bin/first  x/late\nopt/x/y x/tool\n"
    (apt / "d_main_Contents-amd64.gz").write_bytes(gzip.compress(contents.encode()))
    (apt / "d_main_Contents-all").write_text("usr/bin/python-x  python/x\nusr/sbin/zpool y/z\n")
    asked = ("first", "second", "zpool", "python-x", "/opt/x/y", "nosuch")
    assert offered(Managed("apt"), *asked) == {
        "first": ("one",),
        "second": ("two",),
        "zpool": ("z",),  # from the smaller list, which is searched first
        "python-x": ("x",),
        "/opt/x/y": ("tool",),
    }


@pytest.mark.needs("apt-config", "apt-cache")
def test_without_lists_of_programs_a_package_of_that_name_is_a_guess(apt: Path) -> None:
    """An installed package does not have the program, as the program is missing."""
    asked = ("named", "installed", "nosuch", "-o", "/usr/bin/named", "/opt/named", "a*")
    assert offered(Managed("apt"), *asked) == {
        "named": ("?", "named"),
        "/usr/bin/named": ("?", "named"),
    }


@pytest.mark.needs("apt-config", "apt-cache", "/usr/lib/apt/apt-helper")
def test_the_package_that_usually_has_a_program_is_known(apt: Path) -> None:
    """Only if the package can be installed, and no list of this host names another one."""
    assert offered(Managed("apt"), "smartctl", "sensors", "/usr/sbin/smartctl") == {
        "smartctl": ("smartmontools",),
        "/usr/sbin/smartctl": ("smartmontools",),
    }
    (apt / "x_cnf_Commands-all").write_text(COMMANDS.format("special", "smartctl"))
    (apt / "x_Contents-all").write_text("usr/bin/sensors x/lm\nusr/bin/named x/bind9\n")
    assert offered(Managed("apt"), "smartctl", "sensors", "named") == {
        "smartctl": ("special",),
        "sensors": ("lm",),
        "named": ("bind9",),  # not the package with the program's name
    }


PRIMARY = """<?xml version="1.0"?>
<metadata xmlns="http://linux.duke.edu/metadata/common"
 xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="1"><package type="rpm">
<name>zfs</name><arch>noarch</arch><version epoch="0" ver="2" rel="1"/>
<checksum type="sha256" pkgid="YES">{0}</checksum><summary/><description/><packager/><url/>
<time file="1" build="1"/><size package="1" installed="1" archive="1"/><location href="x.rpm"/>
<format><file>/usr/sbin/zpool</file></format></package></metadata>
"""
REPOMD = """<?xml version="1.0"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision><data type="primary">
<checksum type="sha256">{0}</checksum><open-checksum type="sha256">{0}</open-checksum>
<location href="repodata/primary.xml"/><timestamp>1</timestamp></data></repomd>
"""


@pytest.mark.needs("dnf")
def test_a_real_dnf_tells_the_package_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repo/repodata").mkdir(parents=True)
    primary = PRIMARY.format("0" * 64)
    (tmp_path / "repo/repodata/primary.xml").write_text(primary)
    digest = sha256(primary.encode()).hexdigest()
    (tmp_path / "repo/repodata/repomd.xml").write_text(REPOMD.format(digest))
    (tmp_path / "x.repo").write_text(f"[x]\nname=x\nbaseurl=file://{tmp_path}/repo\n")
    settings = [f"--setopt=reposdir={tmp_path}", f"--setopt=cachedir={tmp_path}/cache"]
    settings += ["--releasever=1", "--setopt=gpgcheck=0"]
    made = ["dnf", "-q", *settings, "makecache"]
    subprocess.run(made, check=True, timeout=60, capture_output=True)
    whole = f'exec {shutil.which("dnf")} {" ".join(settings)} "$@"'
    answering(tmp_path / "bin", monkeypatch, dnf=whole)
    assert offered(Managed("dnf"), "zpool", "/sbin/zpool", "a,b", "-x") == {
        "zpool": ("zfs",),
        "/sbin/zpool": ("zfs",),
    }


def answering(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Put programs first into PATH, by name."""
    folder.mkdir()
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_apk_is_asked_for_the_command_and_pacman_for_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(
        tmp_path / "bin", monkeypatch,
        apk='test "$*" = "--no-network search -q -x cmd:zpool" && echo zfs',
        pacman='test "$*" = "-Fq usr/bin/zpool usr/sbin/zpool bin/zpool sbin/zpool" &&'
        " echo extra/zfs-utils",
    )  # fmt: skip
    assert offered(Managed("apk"), "zpool", "nosuch") == {"zpool": ("zfs",)}
    assert offered(Managed("pacman"), "zpool", "nosuch") == {"zpool": ("zfs-utils",)}
    installs = [
        provides.offers(Managed(name), ["zpool"], 60)["zpool"].install for name in ("apk", "pacman")
    ]
    assert installs == ["apk add", "pacman -S"]


def test_only_valid_names_in_a_managers_output_are_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nasty = r"printf 'x; rm -rf /\n--force\n\033[31mred\na b\n$(x)\nright\n'"
    answering(tmp_path / "bin", monkeypatch, apk=nasty)
    assert offered(Managed("apk"), "zpool") == {"zpool": ("right",)}


class Late(Managed):
    """A host whose package manager answers only the first question."""

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        if command[-1] == "cmd:first":
            return 0, "one\n"
        raise TimeoutError


def test_answers_before_the_timeout_are_kept() -> None:
    assert offered(Late("apk"), "first", "second") == {"first": ("one",)}


def test_a_manager_that_hangs_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "never")
    answering(tmp_path / "bin", monkeypatch, apk=f"exec cat {tmp_path}/never")
    assert offered(Managed("apk"), "zpool", seconds=0.6) == {}


def test_a_host_without_a_package_manager_offers_nothing() -> None:
    assert offered(Managed(), "zpool") == {}
    assert offered(Managed("apt")) == {}


@pytest.mark.needs("dpkg-query")
def test_installed_packages_of_a_real_dpkg() -> None:
    names = ["base-files", "nosuch", "-W", "a b", "awk"]  # mawk or gawk provides awk
    assert provides.installed(Managed("apt"), names, 60) == {"base-files", "awk"}


def test_removed_packages_are_not_installed_and_provided_ones_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "bind9-dnsutils installed dnsutils (= 1:9.18), x\\nold config-files \\ndocker installed "
    answering(tmp_path / "bin", monkeypatch, **{"dpkg-query": f"printf '{text}\\n'"})
    names = ["dnsutils", "x", "old", "Bind9-dnsutils", "docker"]  # it is in docker.io
    assert provides.installed(Managed("apt"), names, 60) == {"dnsutils", "x", "Bind9-dnsutils"}


@pytest.mark.parametrize(
    ("manager", "command", "asked"),
    [
        ("apk", "apk", "--no-network info -e zfs-utils"),
        ("dnf", "rpm", "-q --whatprovides zfs-utils"),
        ("pacman", "pacman", "-T zfs-utils"),
    ],
)
def test_other_managers_are_asked_for_each_name(
    manager: str, command: str, asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(tmp_path / "bin", monkeypatch, **{command: f'test "$*" = "{asked}"'})
    assert provides.installed(Managed(manager), ["zfs-utils", "nosuch"], 60) == {"zfs-utils"}


def test_without_an_answer_nothing_is_known_to_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "never")
    answering(tmp_path / "bin", monkeypatch, apk=f"exec cat {tmp_path}/never")
    assert provides.installed(Managed("apk"), ["zpool-x"], 0.6) == set()
    assert provides.installed(Managed(), ["zpool-x"]) == set()
