"""Find the package of a missing program, and whether a name is that of an installed package, from
data on this host: no network, no root, and not much time, since it only explains why a run
failed."""

from __future__ import annotations

import stat
import time

from homelab.packages import commands, updates
from homelab.packages.managers import settings
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.system.machine import Host

WAIT = 2.0  # s in all
WAIT_INSTALLED = 1.0  # s; databases of installed packages are small
_ENDING = 0.4  # s of these, for a command to end when its time is up
_ROWS = 100  # packages of one program that are compared
_DATABASE = "/var/lib/command-not-found/commands.db"  # made from the lists by command-not-found
_HELPER = "/usr/lib/apt/apt-helper"
_INSTALL = {"apk": "apk add", "apt": "apt install", "dnf": "dnf install", "pacman": "pacman -S"}


class Offer:
    """The `packages` that a `manager` has for a program, the best first, and the command that can
    `install` them. It is not `certain` if a package only has the program's name."""

    __slots__ = ("certain", "install", "manager", "packages")

    def __init__(self, manager: str, packages: tuple[str, ...], certain: bool = True) -> None:
        self.manager = manager
        self.packages = packages
        self.certain = certain
        self.install = _INSTALL[manager]


class _Search:
    """A search for the packages of some programs: the offers `found` so far, and the time left."""

    def __init__(self, host: Host, programs: list[str], seconds: float) -> None:
        self.host = host
        self.programs = programs
        self.found: dict[str, Offer] = {}
        self.guesses: dict[str, Offer] = {}  # for programs that are not found
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The time left (s). Raises TimeoutError if there is none."""
        return _left(self._end)

    def open(self) -> list[str]:
        """The programs without an offer so far."""
        return [program for program in self.programs if program not in self.found]

    def take(
        self, manager: str, program: str, packages: tuple[str, ...], certain: bool = True
    ) -> None:
        """Note the packages of a program, if there are any."""
        if packages:
            self.found[program] = Offer(manager, packages, certain)


def offers(host: Host, programs: list[str], seconds: float = WAIT) -> dict[str, Offer]:
    """The packages that have each program, by name or path, as far as they are known within
    `seconds`. Raises nothing: this only adds to an error message."""
    from homelab.system import parallel

    search = _Search(host, list(dict.fromkeys(programs)), seconds - _ENDING)
    if not search.programs:
        return {}
    try:
        # reading a list on a dead mount hangs, and no signal ends it
        parallel.with_timeout(lambda: _ask(search), seconds)
    except OSError:
        pass
    finally:
        host.end()
    return {**search.guesses, **search.found}


def installed(host: Host, names: list[str], seconds: float = WAIT_INSTALLED) -> set[str]:
    """The names that are those of installed packages, or of packages that these provide, as far as
    known within `seconds`. A well-known program whose package has another name is skipped: a
    package `docker` was once a system tray. Raises nothing."""
    from homelab.system import parallel

    named = {name for name in names if commands.is_name(name) and not commands.usual(name)}
    found: set[str] = set()
    if not named:
        return found
    end = time.monotonic() + max(seconds - _ENDING, 0.0)
    try:
        parallel.with_timeout(lambda: _ask_installed(host, sorted(named), found, end), seconds)
    except OSError:
        pass
    finally:
        host.end()
    return set(found)


def _ask_installed(host: Host, names: list[str], found: set[str], end: float) -> None:
    for manager in updates.managers(host):
        try:
            if manager == "apt":
                text = host.run([*_DPKG], _left(end))[1]
                known = commands.in_dpkg(text)
                found.update(name for name in names if {name, name.lower()} & known)
                continue
            for name in names:
                if host.run([*_INSTALLED[manager], name], _left(end))[0] == 0:
                    found.add(name)
        except OSError:  # includes TimeoutError
            continue


def _left(end: float) -> float:
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


_DPKG = ("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status} ${Provides}\\n")
# These exit with 0 if a package of that name is installed or provided.
_INSTALLED = {
    "apk": ("apk", "--no-network", "info", "-e"),
    "dnf": ("rpm", "-q", "--whatprovides"),
    "pacman": ("pacman", "-T"),
}


def _ask(search: _Search) -> None:
    for manager in updates.managers(search.host):
        for ask in _ASKED[manager]:
            if not search.open():
                return
            try:
                ask(search)
            except TimeoutError:
                return
            except (OSError, ValueError):
                continue  # if one source is missing or broken, ask the others


def _database(search: _Search) -> None:
    """Search the database of command-not-found; the first `apt update` after its installation makes
    it."""
    if not stat.S_ISREG(ownership.check(_DATABASE).st_mode):
        return
    try:
        import sqlite3
    except ImportError:  # Python can be built without it
        return
    from urllib.parse import quote

    end = time.monotonic() + search.left
    try:
        database = sqlite3.connect(f"file:{quote(_DATABASE)}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise OSError(f"{_DATABASE}: {error}") from None
    try:
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        database.set_progress_handler(lambda: time.monotonic() > end, 10_000)
        for program in search.open():
            rows = database.execute(
                "SELECT packages.priority, packages.name FROM commands JOIN packages"
                " ON packages.pkgID = commands.pkgID WHERE commands.command = ?",
                (commands.name_of(program),),
            ).fetchmany(_ROWS)
            found = [(heavy if isinstance(heavy, int) else 0, str(name)) for heavy, name in rows]
            search.take("apt", program, commands.best(found, program))
    except sqlite3.Error as error:
        raise OSError(f"{_DATABASE}: {error}") from None
    finally:
        database.close()


def _lists(search: _Search) -> None:
    """Search apt's lists of programs, which Ubuntu's archives have: the first stanza is a header,
    every other stanza one package."""
    pick = (
        'BEGIN {RS = ""; ORS = "\\n\\n"; count = split(ENVIRON["WANTED"], wanted, " ")}'
        " NR == 1 {print; next}"
        " {for (i = 1; i <= count; i++) if (index($0, wanted[i])) {print; break}}"
    )
    programs = {program: commands.name_of(program) for program in search.open()}
    names = {program: name for program, name in programs.items() if name}
    found: dict[str, list[tuple[int, str]]] = {program: [] for program in names}
    for path in _of_apt(search, "_cnf_Commands-"):
        text = _picked(search, path, f"awk '{pick}'", " ".join(names.values()))
        for program, name in names.items():
            found[program] += commands.in_commands(text, name)
    for program, packages in found.items():
        search.take("apt", program, commands.best(packages, program))


def _contents(search: _Search) -> None:
    """Search the lists of apt-file, if present. They have hundreds of MiB, so grep picks the few
    lines. Small lists first: the list of this architecture has most programs, the large ones mostly
    other files."""
    paths = _of_apt(search, "_Contents-")
    for path in sorted(paths, key=lambda path: ownership.check(path).st_size):
        # each pattern makes grep slower, so one per program: `bin/zpool` ends all its paths
        wanted = [commands.files_of(program)[:1] for program in search.open()]
        ends = dict.fromkeys(file[0][max(file[0].rfind("bin/"), 0) :] for file in wanted if file)
        patterns = "\n".join(f"{end}{blank}" for end in ends for blank in " \t")
        if not patterns:
            return
        text = _picked(search, path, 'grep -F -e "$WANTED"', patterns)
        for program in search.open():
            found = commands.in_contents(text, program)
            search.take("apt", program, commands.best(found, program))


def _picked(search: _Search, path: str, pick: str, wanted: str) -> str:
    """The part of a list, compressed or not, that the command `pick` selects for the text `wanted`.
    Raises Untrusted if another account can change the list, TimeoutError, and OSError."""
    ownership.check(path)
    script = f'{_HELPER} cat-file "$1" | {pick}'
    child = search.host.child(["sh", "-c", script, "sh", path], search.left, WANTED=wanted)
    return child.run()[1].kept.decode("utf-8", "replace")


def _of_apt(search: _Search, kind: str) -> list[str]:
    """The paths of apt's lists of this kind and of this host's architecture."""
    told = settings(search.host.run, "apt", search.left)
    folder = told["lists"].rstrip("/")
    found = []
    for name in sorted(search.host.names(folder)):
        _, there, end = name.partition(kind)
        if there and end.partition(".")[0] in (told["architecture"], "all"):
            found.append(f"{folder}/{name}")
    return found


def _policy(search: _Search) -> None:
    """Search for the package that usually has a program, if apt can install it. A package with the
    program's name is only a guess: it may not have the program, like Debian's old package
    `docker`."""
    named = {program: commands.name_of(program) for program in search.open()}
    usual = {program: commands.usual(program) for program in named}
    asked = dict.fromkeys(each for each in (*usual.values(), *named.values()) if each)
    if asked:
        text = search.host.run(["apt-cache", "policy", "--", *asked], search.left)[1]
        there = {*commands.in_policy(text), ""}
        for program, name in named.items():
            if usual[program] in there and usual[program]:
                search.take("apt", program, (usual[program],))
            elif name in there and name and not usual[program]:
                search.guesses[program] = Offer("apt", (name,), certain=False)


def _dnf(search: _Search) -> None:
    # without root, dnf 5 would use lists of the account
    five = search.host.exists("/usr/bin/dnf5")
    own = ["--setopt=cachedir=/var/cache/libdnf5"] if five else []
    asked = ["dnf", "-q", "-C", *own, "repoquery", "--qf", "%{name}\n", "--whatprovides"]
    _each(search, "dnf", lambda files: [*asked, ",".join(f"/{file}" for file in files)])


def _apk(search: _Search) -> None:
    for program in search.open():
        name = commands.name_of(program)
        if name:
            asked = ["apk", "--no-network", "search", "-q", "-x", f"cmd:{name}"]
            found = commands.names(search.host.run(asked, search.left)[1])
            search.take("apk", program, commands.best([(0, each) for each in found], program))


def _pacman(search: _Search) -> None:
    """Search the lists of files, which exist after `pacman -Fy`."""
    _each(search, "pacman", lambda files: ["pacman", "-Fq", *files])


def _each(search: _Search, manager: str, command: Callable[[list[str]], list[str]]) -> None:
    """Ask for each program apart: the answers do not say which file they are for."""
    for program in search.open():
        wanted = commands.files_of(program)
        if wanted and not any("," in file for file in wanted):
            found = commands.names(search.host.run(command(wanted), search.left)[1])
            search.take(manager, program, commands.best([(0, each) for each in found], program))


_ASKED: dict[str, tuple[Callable[[_Search], None], ...]] = {
    "apk": (_apk,),
    "apt": (_database, _lists, _policy, _contents),
    "dnf": (_dnf,),
    "pacman": (_pacman,),
}
