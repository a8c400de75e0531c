"""The age of each source's lists, by the dates in them. Stamp files prove nothing: apt's nightly
script writes its stamp even if no mirror could be reached."""

from __future__ import annotations

import os

from homelab import times
from homelab.packages import sources
from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.packages.sources import Source
    from homelab.system.machine import Host

STALE = 7 * times.DAY  # older lists are out of date
_AHEAD = times.DAY  # a list further ahead of this host's clock has no valid age
QUIET = 30 * times.DAY  # limit for a distribution's own source while another source is new
_NEVER = (
    36_500 * times.DAY
)  # archives of others change only with their packages, maybe not for years
_RELEASES = ("InRelease", "Release")
_DNF_FOLDERS = ("/etc/yum.repos.d", "/etc/distro.repos.d", "/usr/share/dnf5/repos.d")


class SourceLists:
    """The lists of one source: its `name`, the time of the lists (`made`, ns; 0: there are none),
    the time until which they are valid (`until`, ns; 0: unknown), and the age at which they are old
    (`limit`, ns). Flags: the source is for `security`; it says which updates are for security
    (`tells`); it is `local`, on this host. Sources of one `group` are renewed together. `suite` is
    the name of its archive."""

    __slots__ = (
        "group", "limit", "local", "made", "name", "security", "suite", "tells", "until",
    )  # fmt: skip

    def __init__(self, name: str, made: int, until: int = 0, limit: int = STALE) -> None:
        self.name = name
        self.made = made
        self.until = until
        self.limit = limit
        self.security = False
        self.tells = False
        self.local = False
        self.group = name
        self.suite = ""


def dated(found: list[SourceLists]) -> int:
    """The time (ns) of the lists of several sources: that of the oldest archive for security, else
    of the newest source that is not local; 0 if there are none."""
    security = [each.made for each in found if each.security and each.made]
    if security:
        return min(security)
    renewed = [each.made for each in found if not each.local]
    return max(renewed or [each.made for each in found], default=0)


def troubles(found: list[SourceLists], now: int) -> list[str]:
    """A sentence for each source whose lists are old or missing.

    In one group the newest source counts for all, and a source for security before others: a
    release's own archive changes only with each point release."""
    told = [f"no list of {each.name} was ever fetched" for each in found if not each.made]
    known = sorted((each for each in found if each.made), key=lambda each: not each.security)
    secured = {each.group for each in known if each.security}
    newest: dict[str, int] = {}
    for each in known:
        newest[each.group] = max(each.made, newest.get(each.group, 0))
    for each in known:
        if each.made > now + _AHEAD:
            ahead = times.spoken(each.made - now)
            told.append(f"the list of {each.name} is dated {ahead} ahead of this host's clock")
            continue
        if each.until and each.until < now:
            ago = times.spoken(now - each.until)
            told.append(f"the list of {each.name} expired {ago} ago")
            continue
        if each.group in secured and not each.security:
            continue
        if each.local and each.limit == QUIET:  # a user's own packages
            continue
        made = each.made if each.security else newest[each.group]
        if now - made > each.limit:
            old = times.spoken(now - each.made)
            told.append(f"the list of {each.name} is {old} old")
    return told


def quiet(found: list[SourceLists], now: int) -> str:
    """A sentence on third-party sources whose newest list is old, "" for none: they may have
    nothing new, or may be unreachable."""
    secured = {each.group for each in found if each.security}  # it counts for the whole group
    others = [each for each in found if each.limit == _NEVER and each.group not in secured]
    names = [each.name for each in others if 0 < each.made < now - QUIET]
    if not names:
        return ""
    some = f"{names[0]} and {len(names) - 1} more" if names[1:] else names[0]
    return f"{some}: nothing new for 30 d or more, by the dates in their lists"


def of(host: Host, manager: str, settings: dict[str, str]) -> list[SourceLists]:
    """The lists of a manager's sources; `settings` are apt's own."""
    if manager == "apt":
        return _apt(host, settings)
    return {"dnf": _dnf, "apk": _apk, "pacman": _pacman}[manager](host)


def _apt(host: Host, settings: dict[str, str]) -> list[SourceLists]:
    folder = settings["lists"].rstrip("/")
    names = host.names(folder)
    found: dict[str, SourceLists] = {}
    architecture = settings["architecture"]
    for source in _apt_sources(host, settings):
        if source.name not in found:
            found[source.name] = _apt_lists(host, folder, names, source)
        if found[source.name].made:
            for name in _lacking(host, folder, names, source, architecture):
                found.setdefault(name, SourceLists(name, 0))
    secured = {_archive(each) for each in found.values() if each.security}
    newest = max((each.made for each in found.values()), default=0)
    told = _os_release(host)
    own = {told.get("ID", ""), *told.get("ID_LIKE", "").split()} - {""}
    for each in found.values():
        each.tells = _archive(each) in secured
        if not each.security and newest != each.made:
            each.limit = QUIET if each.group.lower() in own else _NEVER
    return list(found.values())


def _archive(lists: SourceLists) -> str:
    """The archive that also has the security updates for these lists: an origin, or a URL."""
    return lists.group if lists.group != lists.name else lists.name.partition(" ")[0]


def _apt_sources(host: Host, settings: dict[str, str]) -> list[Source]:
    architecture = settings["architecture"]
    found = sources.one_line_sources(_text(host, settings["sourcelist"]), architecture)
    parts = settings["sourceparts"].rstrip("/")
    for name in sorted(host.names(parts)):
        if not sources.is_read(name):
            continue
        if name.endswith(".list"):
            found += sources.one_line_sources(_text(host, f"{parts}/{name}"), architecture)
        elif name.endswith(".sources"):
            found += sources.deb822_sources(_text(host, f"{parts}/{name}"), architecture)
    return found


def _apt_lists(host: Host, folder: str, names: list[str], source: Source) -> SourceLists:
    release = sources.Release()
    made = 0
    for beginning in source.beginnings():
        release_file = next(
            (beginning + each for each in _RELEASES if beginning + each in names), ""
        )
        if release_file:
            release = sources.Release(_text(host, f"{folder}/{release_file}"))
            made = release.date or _when(host, f"{folder}/{release_file}")
            break
        packages = [
            name for name in names if name.startswith(beginning) and "Packages" in name
        ]  # a source without a Release file
        made = max([_when(host, f"{folder}/{name}") for name in packages], default=0)
        if made:
            break
    lists = SourceLists(source.name, made, release.valid if source.timed else 0)
    lists.security = sources.is_security(source.suite, release)
    lists.local = source.local
    lists.suite = release.suite or source.suite
    lists.group = release.origin or source.name
    return lists


def _lacking(
    host: Host, folder: str, names: list[str], source: Source, architecture: str
) -> list[str]:
    """The parts of a source that were never fetched, though its Release file was: a component that
    was added later, or one that a lost connection left out."""
    for beginning in source.beginnings():
        for name in _RELEASES:
            if beginning + name in names:
                text = _text(host, f"{folder}/{beginning}{name}")
                return [
                    f"{source.name} {component}".rstrip()
                    for component, index in source.indexes(architecture)
                    if sources.lacks(text, beginning, index, names)
                ]
    return []


def _dnf(host: Host) -> list[SourceLists]:
    cache, expires = "", 2 * times.DAY
    for name, told in sources.sections(_text(host, "/etc/dnf/dnf.conf")):
        if name == "main":
            cache = told.get("cachedir", "").rstrip("/")
    caches = [cache] if cache else ["/var/cache/libdnf5", "/var/cache/dnf"]
    enabled = sources.dnf_repositories(_text(host, "/etc/dnf/dnf.conf"), expires)
    for folder in _DNF_FOLDERS:
        for name in sorted(host.names(folder)):
            if name.endswith(".repo"):
                enabled += sources.dnf_repositories(_text(host, f"{folder}/{name}"), expires)
    entries = [(folder, name) for folder in caches for name in host.names(folder)]
    found = {}
    for repository in enabled:
        lists = SourceLists(f"repository {repository.name}", 0)
        lists.limit = STALE + repository.expires  # dnf fetches a newer one only then
        parsed = 0  # time of dnf's parsed copy, which it makes again if it is lost
        for folder, name in entries:
            path = f"{folder}/{name}"
            if name == f"{repository.name}.solv":
                parsed = _when(host, path)
            elif name == f"{repository.name}-updateinfo.solvx":
                lists.tells = True
            elif name.rpartition("-")[0] == repository.name and len(name.rpartition("-")[2]) == 16:
                data = host.names(f"{path}/repodata")
                # if nothing is new, dnf only sets the time of this list
                primary = [each for each in data if "-primary.xml" in each or each == "repomd.xml"]
                whens = [_when(host, f"{path}/repodata/{each}") for each in primary]
                lists.made = max(lists.made, *whens, 0)
                lists.tells |= any("updateinfo" in each for each in data)
        lists.made = lists.made or parsed
        lists.suite = repository.name
        found[repository.name] = lists
    return list(found.values())


def _apk(host: Host) -> list[SourceLists]:
    from hashlib import sha1, sha256

    architecture = _text(host, "/etc/apk/arch").strip() or os.uname().machine
    text = _text(host, "/etc/apk/repositories")
    folder = "/etc/apk/repositories.d"
    text += "".join(
        "\n" + _text(host, f"{folder}/{name}")
        for name in sorted(host.names(folder))
        if name.endswith(".list")
    )
    found = {}
    for url in sources.apk_repositories(text):
        # apk names an index by the hash of its repository's URL; apk 3 by the hash of its own URL
        known = url.encode("utf-8", "surrogateescape")
        index = f"{url}/{architecture}/APKINDEX.tar.gz".encode("utf-8", "surrogateescape")
        numbers = (sha1(known, usedforsecurity=False).hexdigest(), sha256(index).hexdigest())
        places = [
            f"{top}/APKINDEX.{number[:8]}.tar.gz"
            for top in ("/etc/apk/cache", "/var/cache/apk")
            for number in numbers
        ]
        found[url] = SourceLists(url, max(_when(host, place) for place in places))
    return list(found.values())


def _pacman(host: Host) -> list[SourceLists]:
    found = []
    for name, _ in _pacman_sections(host, "/etc/pacman.conf"):
        if name != "options":
            lists = SourceLists(
                f"repository {name}", _when(host, f"/var/lib/pacman/sync/{name}.db")
            )
            lists.limit = STALE if name in ("core", "extra") else QUIET
            lists.group = "Arch" if name in ("core", "extra", "multilib") else name
            found.append(lists)
    if found and all(each.limit == QUIET for each in found):
        max(found, key=lambda each: each.made).limit = STALE
    return found


def _pacman_sections(host: Host, path: str) -> list[tuple[str, dict[str, str]]]:
    found = sources.sections(_text(host, path))
    for _, told in list(found):
        included = told.get("include", "")
        if included and "*" not in included:
            found += sources.sections(_text(host, included))  # lists of mirrors have no sections
    return found


def _text(host: Host, path: str) -> str:
    try:
        return host.read(path, errors="surrogateescape")
    except OSError:
        return ""


def _when(host: Host, path: str) -> int:
    try:
        return host.modified(path)
    except OSError:
        return 0


def _os_release(host: Host) -> dict[str, str]:
    pairs = (line.partition("=") for line in lines(_text(host, "/etc/os-release")))
    return {name: value.strip("\"'") for name, _, value in pairs}


def security_archive_missing(host: Host, found: list[SourceLists]) -> bool:
    """Whether a release of Debian or Ubuntu has no source for its archive of security updates.
    Debian testing and unstable (without VERSION_ID) have no such archive."""
    told = _os_release(host)
    apart = told.get("ID") in ("debian", "ubuntu") and bool(told.get("VERSION_ID"))
    return apart and not any(each.security for each in found)
