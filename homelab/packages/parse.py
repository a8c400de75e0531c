"""Pure: what package managers print of pending updates, in the C locale."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_ARCHITECTURES = frozenset("aarch64 armv7hl i686 noarch ppc64le riscv64 s390x x86_64".split())


class Update:
    """A package that is installed and could be newer. `installed` is "" where the manager does not
    say, `origin` the archive that has it, `security` whether that is for security; it is `held`
    where the host's keeper said that it stays."""

    __slots__ = ("available", "held", "installed", "name", "origin", "security")

    def __init__(
        self,
        name: str,
        installed: str,
        available: str,
        origin: str = "",
        security: bool = False,
        held: bool = False,
    ) -> None:
        self.name = name
        self.installed = installed
        self.available = available
        self.origin = origin
        self.security = security
        self.held = held


def apt(listed: str, held: Iterable[str] = ()) -> list[Update]:
    """From `apt list --upgradable -a`, in which all versions of a package stand together, the
    newest first:

        curl/stable 7.88.1-10+deb12u15 amd64 [upgradable from: 7.88.1-10+deb12u4]
        curl/stable-security 7.88.1-10+deb12u5 amd64
        curl/now 7.88.1-10+deb12u4 amd64 [installed,upgradable to: 7.88.1-10+deb12u15]

    An update is one for security where any version above the installed one is: the archive for
    security keeps only its newest, and a later point release has that, too.
    """
    held = set(held)
    found = []
    for group in listed.replace("\r", "").split("\n\n"):
        update: Update | None = None
        for line in group.splitlines():
            words = line.split(" ", 3)
            if len(words) < 3 or "/" not in words[0]:
                continue
            name, _, archives = words[0].partition("/")
            status = words[3] if len(words) > 3 else ""
            if status.startswith("[upgradable from: "):
                installed = status[len("[upgradable from: ") :].rstrip("]")
                update = Update(name, installed, words[1], archives)
                update.held = name in held or f"{name}:{words[2]}" in held
                found.append(update)
            elif "[installed" in status:
                break
            if update is not None and "-security" in archives:
                update.security = True
    return found


def held(selections: str) -> list[str]:
    """From `dpkg --get-selections`: `curl<tabs>hold`, or `libc6:amd64<tabs>hold`."""
    rows = [line.split() for line in selections.splitlines()]
    return [words[0] for words in rows if words[1:] == ["hold"]]


def dnf(listed: str, advisories: str, installed: str = "") -> list[Update]:
    """From `dnf check-update`, `dnf updateinfo list --security`, and `rpm -q` as RPM_FORMAT has it.

    A row is `NAME.ARCH VERSION REPOSITORY`; what replaces other packages follows under a headline
    of its own, and is no update.
    """
    security = {
        f"{word.rpartition('.')[0].rsplit('-', 2)[0]}.{word.rpartition('.')[2]}"
        for line in advisories.splitlines()
        for word in line.split()[1:]
        if word.rpartition(".")[2] in _ARCHITECTURES and word.count("-") >= 2
    }
    versions = dict(line.split(" ", 1) for line in installed.splitlines() if " " in line)
    found = []
    for line in listed.splitlines():
        if line.lower().startswith("obsoleting"):
            break
        words = line.split()
        if len(words) == 3 and words[0].rpartition(".")[2] in _ARCHITECTURES:
            name, version, repository = words
            known = versions.get(name, "")
            found.append(Update(name, known, version, repository, name in security))
    return found


RPM_FORMAT = r"%{NAME}.%{ARCH} %{VERSION}-%{RELEASE}\n"


def apk(listed: str) -> list[Update]:
    """From `apk version -l '<'`: `busybox-1.36.1-r5  < 1.36.1-r7`."""
    found = []
    for line in listed.splitlines():
        words = line.split()
        parts = words[0].rsplit("-", 2) if len(words) >= 3 and words[1] == "<" else []
        if len(parts) == 3:
            origin = words[3] if len(words) > 3 else ""  # a tagged repository: @edge
            found.append(Update(parts[0], f"{parts[1]}-{parts[2]}", words[2], origin))
    return found


def pacman(listed: str) -> list[Update]:
    """From `pacman -Qu`: `linux 6.1-1 -> 6.2-1`, with ` [ignored]` where pacman.conf says so."""
    found = []
    for line in listed.splitlines():
        words = line.split()
        if len(words) >= 4 and words[2] == "->":
            found.append(Update(words[0], words[1], words[3], held="[ignored]" in words))
    return found
