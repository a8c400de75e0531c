"""Pure: parse what package managers print about pending updates, in the C locale."""

from __future__ import annotations

from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HELD, KEPT_BACK, PHASED = "held", "kept back", "phased"  # reasons why an update is not installed
_UPGRADED = "upgraded"
# Headlines of `apt-get upgrade`; those without a verb are from apt 3.
_HEADLINES = {
    "The following packages have been kept back:": KEPT_BACK,
    "Not upgrading:": KEPT_BACK,
    "The following upgrades have been deferred due to phasing:": PHASED,
    "Not upgrading yet due to phasing:": PHASED,
    "The following packages will be upgraded:": _UPGRADED,
    "Upgrading:": _UPGRADED,
}


class Update:
    """An update of an installed package. `installed` is the version, "" if the manager does not say
    it; `origin` the archive that has the update; `security` whether it is a security update,
    `known` whether the source says that. `held` is why it is not installed: the administrator HELD
    it, apt can't install it alone (KEPT_BACK), or it is PHASED: this host gets it some days
    later."""

    __slots__ = ("available", "held", "installed", "known", "name", "origin", "security")

    def __init__(
        self,
        name: str,
        installed: str,
        available: str,
        origin: str = "",
        security: bool = False,
        held: str = "",
    ) -> None:
        self.name = name
        self.installed = installed
        self.available = available
        self.origin = origin
        self.security = security
        self.held = held
        self.known = True


def apt(listed: str, held: Mapping[str, str]) -> list[Update]:
    """The updates in the output of `apt list --upgradable -a`, which lists all versions of a
    package together, the newest first:

        curl/stable 7.88.1-10+deb12u15 amd64 [upgradable from: 7.88.1-10+deb12u4]
        curl/stable-security 7.88.1-10+deb12u5 amd64
        curl/now 7.88.1-10+deb12u4 amd64 [installed,upgradable to: 7.88.1-10+deb12u15]

    It is a security update if any version above the installed one is: the security archive keeps
    only its newest version, and a later point release includes it. `held` has HELD, KEPT_BACK or
    PHASED by name of package, with or without `:ARCHITECTURE`.
    """
    found = []
    for group in listed.split("\n\n"):
        update: Update | None = None
        for line in lines(group):
            words = line.split(" ", 3)
            if len(words) < 3 or "/" not in words[0]:
                continue
            name, _, archives = words[0].partition("/")
            status = words[3] if len(words) > 3 else ""
            if status.startswith("[upgradable from: "):
                installed = status[len("[upgradable from: ") :].rstrip("]")
                update = Update(name, installed, words[1], archives)
                update.held = held.get(f"{name}:{words[2]}") or held.get(name, "")
                found.append(update)
            elif "[installed" in status:
                break
            if update is not None and "-security" in archives:
                update.security = True
    return found


def held(selections: str) -> list[str]:
    """The held packages in the output of `dpkg --get-selections`: `curl<tabs>hold`, or
    `libc6:amd64<tabs>hold`."""
    rows = [line.split() for line in lines(selections)]
    return [words[0] for words in rows if words[1:] == ["hold"]]


def not_upgraded(plan: str, pending: Iterable[str]) -> dict[str, str]:
    """KEPT_BACK or PHASED by package, from the plan of `apt-get upgrade`. Packages of `pending`
    that the plan does not mention (apt 2.2 leaves some out) are kept back too.

        The following packages have been kept back:
          linux-image-amd64 libc6:i386
        The following upgrades have been deferred due to phasing:
          snapd
    """
    found: dict[str, str] = {}
    why = ""
    for line in lines(plan):
        if not line.startswith(" "):
            why = _HEADLINES.get(line.strip(), "")
        elif why:
            found.update(dict.fromkeys(line.replace("*", " ").split(), why))
    if " upgraded, " in plan:  # the plan is complete
        plain = {name.partition(":")[0] for name in found}
        found.update(dict.fromkeys((name for name in pending if name not in plain), KEPT_BACK))
    return {name: why for name, why in found.items() if why != _UPGRADED}


def _plain(line: str) -> str:
    """A line without the colours of a terminal."""
    first, *rest = line.split("\x1b[")
    return first + "".join(part.partition("m")[2] for part in rest)


def dnf(listed: str, advisories: str, installed: str = "") -> list[Update]:
    """The updates in the output of `dnf check-update`, `dnf updateinfo list --security`, and `rpm
    -q` in RPM_FORMAT.

    A row is `NAME.ARCH VERSION REPOSITORY`, in colours if dnf's settings say so. Packages that
    replace others follow under their own headline and are not updates.
    """
    security = {
        f"{word.rpartition('.')[0].rsplit('-', 2)[0]}.{word.rpartition('.')[2]}"
        for line in lines(advisories)
        for word in line.split()[1:]
        if "." in word and word.count("-") >= 2
    }
    versions = dict(line.split(" ", 1) for line in lines(installed) if " " in line)
    found = []
    for line in lines(listed):
        if line.lower().startswith("obsoleting"):
            break
        words = _plain(line).split()
        if len(words) == 3 and "." in words[0] and words[1][:1].isalnum():
            name, version, repository = words
            known = versions.get(name, "")
            found.append(Update(name, known, version, repository, name in security))
    return found


RPM_FORMAT = r"%{NAME}.%{ARCH} %{VERSION}-%{RELEASE}\n"


def apk(listed: str) -> list[Update]:
    """The updates in the output of `apk version -l '<'`: `busybox-1.36.1-r5  < 1.36.1-r7`."""
    found = []
    for line in lines(listed):
        words = line.split()
        parts = words[0].rsplit("-", 2) if len(words) >= 3 and words[1] == "<" else []
        if len(parts) == 3:
            origin = words[3] if len(words) > 3 else ""  # a tagged repository: @edge
            found.append(Update(parts[0], f"{parts[1]}-{parts[2]}", words[2], origin))
    return found


def pacman(listed: str) -> list[Update]:
    """The updates in the output of `pacman -Qu`: `linux 6.1-1 -> 6.2-1`, with ` [ignored]` if
    pacman.conf says so."""
    found = []
    for line in lines(listed):
        words = line.split()
        if len(words) >= 4 and words[2] == "->":
            found.append(
                Update(words[0], words[1], words[3], held=HELD if "[ignored]" in words else "")
            )
    return found
