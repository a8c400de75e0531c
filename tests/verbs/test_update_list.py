"""`update list`: real output of package managers, and a real apt in Debian systems of several
releases."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.machine import Machine
from support.roots import run_in
from support.world import ROOT, World

from homelab import times
from homelab.packages import lists, parse, sources, updates
from homelab.packages.parse import Update
from homelab.system.machine import Host

NOW = 1_795_000_000 * times.SECOND
HOUR = 3600 * times.SECOND

# apt 2.6 of Debian 12; the security archive has an older version than the point release
APT = """\
Listing...
appstream/oldstable 0.16.1-2+b1 amd64 [upgradable from: 0.16.1-2]
appstream/now 0.16.1-2 amd64 [installed,upgradable to: 0.16.1-2+b1]

apt/oldstable-security 2.6.2 amd64 [upgradable from: 2.6.1]
apt/oldstable,now 2.6.1 amd64 [installed,upgradable to: 2.6.2]

curl/oldstable 7.88.1-10+deb12u15 amd64 [upgradable from: 7.88.1-10+deb12u14]
curl/now 7.88.1-10+deb12u14 amd64 [installed,upgradable to: 7.88.1-10+deb12u15]
curl/oldstable-security 7.88.1-10+deb12u5 amd64

jq/testing-security 1.7.1-3 amd64
jq/oldstable,oldstable-updates 1.6-2.1+deb12u3 amd64 [upgradable from: 1.6-2.1+deb12u1]
jq/oldstable-security 1.6-2.1+deb12u2 amd64
jq/now 1.6-2.1+deb12u1 amd64 [installed,upgradable to: 1.6-2.1+deb12u3]

"""
# dnf 4.14
DNF = """\

bash-like.noarch                                            5.1-9                                                 baseos
openssl-like.noarch                                         3.0.7-27                                              baseos
Obsoleting Packages
new-name-for-the-package-that-was-called-kept-before.noarch 2.20230401.gitabcdef0123456789-3.el9_2.something.long baseos
    kept.noarch                                             1.0-1                                                 @System
"""  # noqa: E501
DNF_ADVISORIES = "RHSA-2026:1234 Important/Sec. openssl-like-3.0.7-25.noarch\n"
DNF_5_ADVISORIES = """\
Name                   Type     Severity      Package                      Issued
FEDORA-2026-0123456789 security Important     openssl-like-3.0.7-27.noarch 2026-11-20 10:00:00
"""
RPM = "bash-like.noarch 5.1-2\nopenssl-like.noarch 3.0.7-24\n"
APK = """\
Installed:                                Available:
busybox-1.36.1-r5                       < 1.36.1-r7
ca-certificates-bundle-20240226-r0      < 20241010-r0 @edge
"""
# pacman 6.0
PACMAN = "held 1-1 -> 1:2-1 [ignored]\nlinux-like 6.1-1 -> 6.2-1\n"


def _told(found: list[Update]) -> list[tuple[str, str, str, bool, str]]:
    return [(u.name, u.installed, u.available, u.security, u.held) for u in found]


def test_apt() -> None:
    chosen = "appstream\t\t\thold\njq:amd64\t\tinstall\nlibc6:amd64\t\thold\nold\t\tdeinstall\n"
    assert parse.held(chosen) == ["appstream", "libc6:amd64"]
    assert _told(parse.apt(APT, {"appstream": "held", "jq:amd64": "phased"})) == [
        ("appstream", "0.16.1-2", "0.16.1-2+b1", False, "held"),
        ("apt", "2.6.1", "2.6.2", True, ""),
        ("curl", "7.88.1-10+deb12u14", "7.88.1-10+deb12u15", False, ""),
        ("jq", "1.6-2.1+deb12u1", "1.6-2.1+deb12u3", True, "phased"),
    ]
    assert parse.apt("Listing...\n", {}) == []


PLAN = """\
Reading package lists...
The following packages have been kept back:
  linux-image-amd64 libc6:i386
The following upgrades have been deferred due to phasing:
  snapd
The following packages will be upgraded:
  curl
1 upgraded, 0 newly installed, 0 to remove and 3 not upgraded.
"""


def test_kept_back_and_phased_updates_of_apt() -> None:
    """C31: in the words of apt-get, and of apt 3."""
    marks = {"linux-image-amd64": "kept back", "libc6:i386": "kept back", "snapd": "phased"}
    assert parse.not_upgraded(PLAN, ["snapd", "libc6", "curl"]) == marks
    # apt 2.2 leaves some out silently
    assert parse.not_upgraded(PLAN, ["left-out"]) == {**marks, "left-out": "kept back"}
    columns = "Not upgrading yet due to phasing:\n  a  b\n\nUpgrading:\n  c\n"
    assert parse.not_upgraded(columns, []) == {"a": "phased", "b": "phased"}


@pytest.mark.parametrize("advisories", [DNF_ADVISORIES, DNF_5_ADVISORIES])
def test_dnf(advisories: str) -> None:
    assert _told(parse.dnf(DNF, advisories, RPM)) == [
        ("bash-like.noarch", "5.1-2", "5.1-9", False, ""),
        ("openssl-like.noarch", "3.0.7-24", "3.0.7-27", True, ""),
    ]
    assert parse.dnf("", "") == []


def test_apk_and_pacman() -> None:
    assert _told(parse.apk(APK)) == [
        ("busybox", "1.36.1-r5", "1.36.1-r7", False, ""),
        ("ca-certificates-bundle", "20240226-r0", "20241010-r0", False, ""),
    ]
    assert _told(parse.pacman(PACMAN)) == [
        ("held", "1-1", "1:2-1", False, "held"),
        ("linux-like", "6.1-1", "6.2-1", False, ""),
    ]


class Packaged(Machine):
    """A host with package managers: their answers by the first words of the command, and the time
    when their lists were fetched."""

    def __init__(self, *databases: str) -> None:
        super().__init__()
        self.files = dict.fromkeys(databases, "")
        self.answers: dict[str, tuple[int, str]] = {}
        self.times: dict[str, int] = {}

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        line = " ".join(command)
        for begin, answer in self.answers.items():
            if line.startswith(begin):
                return answer
        raise FileNotFoundError(2, "No such file or directory")

    def modified(self, path: str) -> int:
        if path not in self.times:
            raise FileNotFoundError(path)
        return self.times[path]


LISTS = "/var/lib/apt/lists"
SOURCES = """\
deb http://deb.debian.org/debian oldstable main
deb http://deb.debian.org/debian-security oldstable-security main
"""
RELEASE = "Origin: Debian\nLabel: {}\nSuite: {}\nDate: {}\n{}SHA256:\n 00 1 main/Packages\n"


def _date(moment: int) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(moment // times.SECOND))


def _release(host: Packaged, url: str, suite: str, made: int, until: int = 0) -> None:
    """A list of a source in apt's format."""
    name = f"{url.replace('/', '_')}_dists_{suite}_InRelease"
    host.folders.setdefault(LISTS, []).append(name)
    label = "Debian-Security" if "security" in suite else "Debian"
    valid = f"Valid-Until: {_date(until)}\n" if until else ""
    host.files[f"{LISTS}/{name}"] = RELEASE.format(label, suite, _date(made), valid)


def _debian(automatic: str = "1", ran: int | None = NOW - HOUR, made: int = NOW - HOUR) -> Packaged:
    """A Debian host: the list of its security archive has this time, the other one is from an old
    point release."""
    host = Packaged("/var/lib/dpkg/status", "/usr/bin/unattended-upgrade")
    host.files["/etc/apt/sources.list"] = SOURCES
    _release(host, "deb.debian.org/debian", "oldstable", NOW - 90 * times.DAY)
    until = made + 7 * times.DAY
    _release(host, "deb.debian.org/debian-security", "oldstable-security", made, until)
    host.times[LISTS] = made
    if ran is not None:
        host.times["/var/lib/apt/periodic/unattended-upgrades-stamp"] = ran
    host.answers = {
        "apt list --upgradable -a": (0, APT),
        "apt-get --print-uris": (0, ""),
        "dpkg --get-selections": (0, "apt\t\tinstall\nappstream\t\thold\n"),
        "apt-config shell": (0, f"automatic='{automatic}'\n"),
    }
    return host


@pytest.mark.parametrize(
    ("automatic", "ran", "state"),
    [
        ("1", NOW - HOUR, "ok"),  # the 48 hours are not over
        ("1", NOW - 49 * HOUR, "warning"),
        ("1", None, "warning"),
        ("0", NOW - HOUR, "warning"),  # it was switched off
        ("", None, "warning"),
    ],
)
def test_security_updates_warn_if_nothing_installs_them(
    automatic: str, ran: int | None, state: str
) -> None:
    host = _debian(automatic, ran)
    pending = updates.ask(host, "apt")
    states = {update.name: pending.state(update, NOW) for update in pending.updates}
    assert states == {"appstream": "skipped", "apt": state, "curl": "ok", "jq": state}
    finding = updates.check(host, NOW, 5)
    assert (finding.state, finding.value) == (state, "3 pending, 2 security, 1 held")


KEPT = "The following packages have been kept back:\n  apt\n"


@pytest.mark.parametrize(
    ("made", "ran", "plan", "refused", "state"),
    [
        (NOW - HOUR, NOW - 2 * HOUR, KEPT, "", "warning"),  # nor the next time
        (NOW - 2 * HOUR, NOW - HOUR, KEPT, "", "warning"),
        (NOW - 2 * HOUR, NOW - HOUR, "", "", "warning"),  # an origin that it does not install from
        (NOW - HOUR, NOW - 2 * HOUR, "", "apt jq\n", "warning"),
        (NOW - 50 * HOUR, NOW - 49 * HOUR // 24, "", "", "warning"),
    ],
)
def test_a_security_update_that_its_installer_left_is_a_warning(
    made: int, ran: int, plan: str, refused: str, state: str
) -> None:
    """A5: the 48 hours count from the appearance of the update."""
    host = _debian("1", ran, made)
    host.answers["apt-get --print-uris"] = (0, plan)
    if refused:
        host.files["/var/lib/unattended-upgrades/kept-back"] = refused
    pending = updates.ask(host, "apt")
    states = {update.name: pending.state(update, NOW) for update in pending.updates}
    assert states["apt"] == state
    # a list that is older than the last run but came after it does not count against that run
    host.times[LISTS] = NOW
    if state == "warning" and not plan and not refused and NOW - made < 48 * HOUR:
        assert updates.check(host, NOW, 5).state == "ok"


def test_old_and_missing_lists_are_unknown() -> None:
    """A3: no stamp proves that anything was fetched."""
    host = _debian()
    host.answers["apt list --upgradable -a"] = (0, "Listing...\n")
    assert updates.check(host, NOW, 5).state == "ok"
    host = _debian(made=NOW - 60 * times.DAY)
    host.answers["apt list --upgradable -a"] = (0, "Listing...\n")
    for stamp in ("", "update-success-stamp", "update-stamp"):
        host.times[f"/var/lib/apt/periodic/{stamp}"] = host.times[LISTS] = NOW - HOUR
        finding = updates.check(host, NOW, 5)
        assert finding.state == "unknown"
        assert "debian-security oldstable-security expired 53 d" in finding.detail
        assert "apt update" in finding.detail
    host.folders[LISTS] = ["partial", "lock"]
    assert updates.check(host, NOW, 5).state == "unknown"
    host = _debian()
    host.answers["apt list --upgradable -a"] = (100, "")
    assert updates.check(host, NOW, 5).detail == "apt: apt list: exit code 100"
    assert updates.check(Machine(), NOW, 5).state == "skipped"


@pytest.mark.parametrize(
    ("source", "made", "until", "words"),
    [
        (
            "deb https://x.lan/debian stable main",
            0,
            0,
            "no list of https://x.lan/debian stable was",
        ),
        # third-party archives change only with their packages
        ("deb [arch=amd64] https://x.lan/debian stable main", NOW - 60 * times.DAY, 0, ""),
        ("deb https://x.lan/debian stable main", NOW - 9 * times.DAY, NOW - HOUR, "expired 1 h"),
        ("deb https://x.lan/debian stable main", NOW - 9 * times.DAY, 0, ""),
        ("deb [trusted=yes] copy:/srv/x.lan ./", 0, 0, "no list of copy:/srv/x.lan ./ was"),
        ("deb [check-valid-until=no] https://x.lan/debian stable main", NOW - HOUR, NOW - 1, ""),
        ("#deb https://x.lan/debian stable main", 0, 0, ""),
        ("deb-src https://x.lan/debian stable main", 0, 0, ""),
        ("deb cdrom:[Debian 12 amd64]/ stable main", 0, 0, ""),
    ],
)
def test_a_new_source_does_not_count_for_another(
    source: str, made: int, until: int, words: str
) -> None:
    """A3, A4: each source is judged by its own list, even beside a new security list."""
    host = _debian()
    host.answers["apt list --upgradable -a"] = (0, "Listing...\n")
    host.files["/etc/apt/sources.list"] += source + "\n"
    if made:
        _release(host, "x.lan/debian", "stable", made, until)
        name = f"{LISTS}/x.lan_debian_dists_stable_InRelease"
        host.files[name] = host.files[name].replace("Origin: Debian", "Origin: x")
    finding = updates.check(host, NOW, 5)
    assert (finding.state, words in finding.detail) == ("unknown" if words else "ok", True)
    if made == NOW - 60 * times.DAY:
        (row,) = updates.ask(host, "apt").ages(NOW)
        said = (
            "https://x.lan/debian stable: nothing new for 30 d or more, by the dates in their lists"
        )
        assert (row.state, row.detail) == ("ok", said)


@pytest.mark.parametrize(
    ("line", "kept", "words"),
    [
        ("deb https://x.lan/d s main", ["main_binary-amd64_Packages"], ""),
        ("deb https://x.lan/d s main", ["main_binary-amd64_Packages.lz4"], ""),
        ("deb https://x.lan/d s main", [], "no list of https://x.lan/d s main was ever fetched"),
        ("deb https://x.lan/d s main", ["main_binary-armhf_Packages"], "s main was ever fetched"),
        ("deb [arch=armhf] https://x.lan/d s main", ["main_binary-armhf_Packages"], ""),
        ("deb https://x.lan/d s main contrib", ["main_binary-amd64_Packages"], "s contrib was"),
        # empty lists are not stored, and lists that the Release file does not name are skipped
        ("deb https://x.lan/d s main empty other", ["main_binary-amd64_Packages"], ""),
    ],
)
def test_a_release_file_without_its_list_of_packages_is_unknown(
    line: str, kept: list[str], words: str
) -> None:
    """Like A4: a component or an architecture that was never fetched, though its Release file
    was."""
    host = _debian()
    host.answers["apt-config shell"] = (0, "automatic='1'\narchitecture='amd64'\n")
    host.answers["apt list --upgradable -a"] = (0, "Listing...\n")
    host.files["/etc/apt/sources.list"] += line + "\n"
    _release(host, "x.lan/d", "s", NOW - HOUR)
    name = f"{LISTS}/x.lan_d_dists_s_InRelease"
    indexes = "".join(
        f" 00 {size} {component}/binary-{architecture}/Packages\n"
        for component, size in (("main", 9), ("contrib", 9), ("empty", 0))
        for architecture in ("amd64", "armhf")
    )
    host.files[name] = host.files[name].replace("Origin: Debian", "Origin: x") + indexes
    host.folders[LISTS] += [f"x.lan_d_dists_s_{each}" for each in kept]
    finding = updates.check(host, NOW, 5)
    assert (finding.state, words in finding.detail) == ("unknown" if words else "ok", True)


def test_sources_of_deb822_are_read() -> None:
    """A4: several suites and URLs, a disabled source, and one without lists."""
    text = (
        "Types: deb deb-src\nURIs: http://a.lan/d http://b.lan/d\n# x\nSuites: s s-updates\n"
        "Components: main\n\nEnabled: no\nTypes: deb\nURIs: http://c.lan\nSuites: ./\n\n"
        "Types: deb\nURIs: file:/srv/x\nSuites:\n ./\n\nTypes: deb-src\nURIs: http://e\nSuites: s\n"
    )
    assert [source.name for source in sources.deb822_sources(text)] == [
        "http://a.lan/d s", "http://a.lan/d s-updates", "http://b.lan/d s",
        "http://b.lan/d s-updates", "file:/srv/x ./",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "suite", "name"),
    [
        ("http://deb.debian.org/debian/", "bookworm", "deb.debian.org_debian_dists_bookworm_"),
        ("http://u:p@x.lan:3142/a_b/c~d", "s/x", "x.lan:3142_a%5fb_c%7ed_dists_s_x_"),
        ("http://HTTPS///get.x.lan/linux", "s", "HTTPS___get.x.lan_linux_dists_s_"),
        ("file:///srv/repo", "./", "_srv_repo_._"),
        ("http://x.lan/flat", "/", "x.lan_flat_"),
        ("mirror+file:/etc/apt/m.list", "s", "_etc_apt_m.list_dists_s_"),
    ],
)
def test_lists_are_named_as_apt_does(url: str, suite: str, name: str) -> None:
    source = sources.Source(url, suite)
    assert name in source.beginnings()
    assert "u:p" not in source.name


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 26 Nov 2026 21:03:35 UTC", 1795727015),
        ("Thu, 26 Nov 2026 22:03:35 +0100", 1795727015),
        ("26 Nov 2026 21:03:35 GMT", 1795727015),
        ("yesterday", 0),
        ("Thu, 99 Nov 2026 21:03:35 UTC", 0),
    ],
)
def test_dates_of_release_files(text: str, moment: int) -> None:
    assert sources.moment(text) == moment * times.SECOND


@pytest.mark.parametrize(
    ("release", "security", "state"),
    [
        ('ID=debian\nVERSION_ID="12"\n', False, "unknown"),
        ('ID=ubuntu\nVERSION_ID="24.04"\n', False, "unknown"),
        ('ID=debian\nVERSION_ID="12"\n', True, "ok"),
        ("ID=debian\nVERSION_CODENAME=forky\n", False, "ok"),
        ('ID=raspbian\nVERSION_ID="12"\n', False, "ok"),
    ],
)
def test_lists_that_have_no_security_updates_are_not_fine(
    release: str, security: bool, state: str
) -> None:
    """A6: without a security archive there is only a note."""
    host = _debian()
    host.files["/etc/os-release"] = release
    if not security:
        host.files["/etc/apt/sources.list"] = SOURCES.splitlines()[0]
        _release(host, "deb.debian.org/debian", "oldstable", NOW)
        host.folders[LISTS] = host.folders[LISTS][-1:]
    host.answers["apt list --upgradable -a"] = (0, APT.replace("-security", ""))
    finding = updates.check(host, NOW, 5)
    assert finding.state == state
    assert ("archive of security" in finding.detail) == (state == "unknown")
    pending = updates.ask(host, "apt")
    assert pending.not_told() == ([] if security else ["apt"])
    assert {update.known for update in pending.updates} == {security}


def test_a_third_party_source_does_not_say_which_updates_are_for_security() -> None:
    """A6: beside Debian's own archives, whose updates are security or ordinary ones."""
    host = _debian()
    host.files["/etc/apt/sources.list"] += "deb https://x.lan/debian noble main\n"
    _release(host, "x.lan/debian", "noble", NOW)
    name = f"{LISTS}/x.lan_debian_dists_noble_InRelease"
    host.files[name] = host.files[name].replace("Origin: Debian", "Origin: x")
    listed = "x-app/noble 2 amd64 [upgradable from: 1]\nx-app/now 1 amd64 [installed]\n\n"
    host.answers["apt list --upgradable -a"] = (0, listed + APT)
    pending = updates.ask(host, "apt")
    assert [update.name for update in pending.updates if not update.known] == ["x-app"]
    assert pending.not_told() == ["noble"]


REPOSITORIES = """\
[fedora]
name=Fedora $releasever
enabled=1
metadata_expire=7d
[updates]
enabled=1
[testing]
enabled=0
"""


def test_other_managers_are_asked_of_lists_that_are_there() -> None:
    """A3, A4, A6."""
    fedora = Packaged("/usr/lib/sysimage/rpm/rpmdb.sqlite")
    fedora.folders["/etc/yum.repos.d"] = ["fedora.repo"]
    fedora.files["/etc/yum.repos.d/fedora.repo"] = REPOSITORIES
    fedora.answers = {
        "dnf -q -C check-update": (100, DNF.replace("baseos", "updates")),
        "dnf -q -C updateinfo list --security": (0, DNF_ADVISORIES),
        "rpm -q --qf": (0, RPM),
    }
    assert updates.check(fedora, NOW, 5).state == "unknown"  # dnf itself would exit with 0
    cache = "/var/cache/dnf"
    fedora.folders[cache] = ["fedora.solv", "updates.solv", "updates-updateinfo.solvx"]
    fedora.times = {f"{cache}/fedora.solv": NOW - 9 * times.DAY, f"{cache}/updates.solv": NOW}
    finding = updates.check(fedora, NOW, 5)
    assert (finding.state, finding.value) == ("warning", "2 pending, 1 security")
    wants = "/etc/systemd/system/timers.target.wants/dnf-automatic.timer"
    fedora.files |= {wants: "", "/etc/dnf/automatic.conf": "[commands]\napply_updates = yes\n"}
    fedora.times["/var/lib/systemd/timers/stamp-dnf-automatic.timer"] = NOW - HOUR
    assert updates.check(fedora, NOW, 5).state == "ok"
    del fedora.times[f"{cache}/fedora.solv"]
    finding = updates.check(fedora, NOW, 5)
    assert "no list of repository fedora was ever fetched" in finding.detail
    fedora.times[f"{cache}/fedora.solv"] = NOW - 15 * times.DAY
    assert "repository fedora is 15 d" in updates.check(fedora, NOW, 5).detail
    fedora.files["/etc/dnf/automatic.conf"] = "[commands]\n#apply_updates = yes\napply_updates = no"
    assert updates.check(fedora, NOW, 5).state == "warning"
    fedora.folders[cache].remove("updates-updateinfo.solvx")
    fedora.answers["dnf -q -C updateinfo list --security"] = (0, "")
    pending = updates.ask(fedora, "dnf")
    assert ({update.known for update in pending.updates}, pending.not_told()) == ({False}, ["dnf"])

    alpine = Packaged("/lib/apk/db/installed")
    alpine.answers = {"apk --no-network version -l <": (0, APK)}
    mirror = "http://dl-cdn.alpinelinux.org/alpine/"
    repositories = f"{mirror}edge/main\n#x\n@old {mirror}v3.7/community\n/srv/local\n"
    alpine.files["/etc/apk/repositories"] = repositories
    assert updates.check(alpine, NOW, 5).state == "unknown"
    alpine.times["/var/cache/apk/APKINDEX.066df28d.tar.gz"] = NOW
    assert "v3.7/community was ever fetched" in updates.check(alpine, NOW, 5).detail
    alpine.times["/etc/apk/cache/APKINDEX.5022a8a2.tar.gz"] = NOW
    assert updates.check(alpine, NOW, 5).value == "2 pending"
    assert updates.ask(alpine, "apk").not_told() == ["apk"]

    arch = Packaged("/var/lib/pacman/local")
    arch.answers = {"pacman -Qu": (1, "")}
    arch.files["/etc/pacman.conf"] = "[options]\nHoldPkg = pacman\n[core]\nInclude = /m\n[own]\n"
    arch.files["/m"] = "Server = https://x.lan/$repo\n"
    assert updates.check(arch, NOW, 5).state == "unknown"
    arch.times["/var/lib/pacman/sync/core.db"] = NOW
    assert "repository own was ever fetched" in updates.check(arch, NOW, 5).detail
    arch.times["/var/lib/pacman/sync/own.db"] = NOW - 9 * times.DAY
    assert updates.check(arch, NOW, 5).state == "ok"
    arch.times["/var/lib/pacman/sync/core.db"] = NOW - 60 * times.DAY
    assert "repository core is 60 d" in updates.check(arch, NOW, 5).detail
    arch.answers = {}
    assert "not installed" in updates.check(arch, NOW, 5).detail


class Elsewhere(Host):
    """This host, with another root folder for dnf's files."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def _path(self, path: str) -> str:
        return f"{self.folder}{path}" if "dnf" in path or "yum" in path else path

    def read(self, path: str, errors: str = "replace") -> str:
        return super().read(self._path(path), errors)

    def entries(self, path: str) -> list[str]:
        return super().entries(self._path(path))

    def modified(self, path: str) -> int:
        return super().modified(self._path(path))


@pytest.mark.needs("dnf", "createrepo_c", "modifyrepo_c")
def test_real_lists_of_dnf(tmp_path: Path) -> None:
    """A4, A6: the repositories with lists, and those whose lists name security updates."""

    def run(*words: str) -> None:
        subprocess.run(words, check=True, timeout=60, capture_output=True)

    (tmp_path / "info.xml").write_text('<?xml version="1.0"?><updates></updates>')
    folder, text = tmp_path / "etc/yum.repos.d", ""
    for name in ("a-1", "a"):
        (tmp_path / name).mkdir()
        run("createrepo_c", "-q", str(tmp_path / name))
        text += f"[{name}]\nname={name}\nbaseurl=file://{tmp_path}/{name}\n"
    run(
        "modifyrepo_c",
        "--mdtype=updateinfo",
        str(tmp_path / "info.xml"),
        f"{tmp_path}/a-1/repodata",
    )
    folder.mkdir(parents=True)
    (folder / "x.repo").write_text(text)
    run(
        "dnf", "-q", f"--setopt=reposdir={folder}", f"--setopt=cachedir={tmp_path}/var/cache/dnf",
        f"--installroot={tmp_path}/root", "--releasever=1", "makecache",
    )  # fmt: skip
    (folder / "x.repo").write_text(f"{text}[never]\nbaseurl=http://127.0.0.1:9\n")
    found = lists.of(Elsewhere(tmp_path), "dnf", {})
    assert [(each.suite, bool(each.made), each.tells) for each in found] == [
        ("a-1", True, True), ("a", True, False), ("never", False, False),
    ]  # fmt: skip
    assert lists.troubles(found, time.time_ns()) == ["no list of repository never was ever fetched"]


INSTALLED = """\
Package: {}
Status: {} ok installed
Version: 1
Architecture: all
Maintainer: x
Description: x

"""
OFFERED = """\
Package: {}
Version: 2
Architecture: all
{}Maintainer: x
Description: x
Filename: x.deb
Size: 1
SHA256: {}

"""


class RealApt:
    """This host's apt with separate settings and lists: plain packages, held ones, and ones whose
    dependencies are not available; `news` from a security archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in (
            "etc/apt.conf.d", "etc/preferences.d", "etc/sources.list.d", "state/lists/partial",
            "cache/archives/partial", "dpkg/updates", "dpkg/info", "dpkg/triggers",
        ):  # fmt: skip
            (folder / name).mkdir(parents=True)
        states = {"x-plain": "install", "x-held": "hold", "x-kept": "install", "x-news": "install"}
        status = "".join(INSTALLED.format(name, state) for name, state in states.items())
        (folder / "dpkg/status").write_text(status)
        (folder / "apt.conf").write_text(
            f'Dir::State "{folder}/state"; Dir::State::status "{folder}/dpkg/status";'
            f' Dir::Cache "{folder}/cache"; Dir::Etc "{folder}/etc"; Acquire::Languages "none";'
            ' APT::Sandbox::User ""; Dir::Etc::main "none"; APT::Architecture "amd64";'
        )
        for suite, offered in {
            "stable": {"x-plain": "", "x-held": "", "x-kept": "Depends: x-nowhere\n"},
            "stable-security": {"x-news": ""},
        }.items():
            inner = folder / "archive/dists" / suite
            (inner / "main/binary-amd64").mkdir(parents=True)
            text = "".join(OFFERED.format(n, d, "0" * 64) for n, d in offered.items())
            (inner / "main/binary-amd64/Packages").write_text(text)
            (inner / "Release").write_text(
                f"Origin: x\nSuite: {suite}\nArchitectures: amd64\nComponents: main\n"
                f"Date: {_date(time.time_ns() - HOUR)}\n"
            )
        self.env = {"APT_CONFIG": f"{folder}/apt.conf", "DPKG_ADMINDIR": f"{folder}/dpkg"}
        archive = f"deb [trusted=yes] file:{folder}/archive"
        self.sources = f"{archive} stable main\n{archive} stable-security main\n"
        (folder / "etc/sources.list").write_text(self.sources)
        subprocess.run(
            ["apt-get", "update", "-q"], env={**os.environ, **self.env, "LC_ALL": "C"}, check=True,
            timeout=60, capture_output=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def real_apt(tmp_path_factory: pytest.TempPathFactory) -> RealApt:
    return RealApt(tmp_path_factory.mktemp("apt"))


@pytest.mark.needs("apt-get", "dpkg")
def test_a_real_apt_of_this_host(real_apt: RealApt, world: World) -> None:
    """A4, C31: packages held, kept back, and for security, and a source that was never fetched."""
    never = "http://127.0.0.1:9/debian"
    stanza = f"Types: deb\nURIs: {never}/\nSuites: stable\nComponents: main\n"
    (real_apt.folder / "etc/sources.list.d/never.sources").write_text(stanza)
    done = world.run("update", "list", "--json", **real_apt.env)
    rows = json.loads(done.stdout)["rows"]
    told = {row["package"]: (row["state"], row["kind"]) for row in rows if row["package"]}
    assert told == {
        "x-news": ("warning", "security"),
        "x-plain": ("ok", "ordinary"),
        "x-held": ("skipped", "ordinary"),
        "x-kept": ("skipped", "ordinary"),
    }
    details = {row["package"] or row["kind"]: row["detail"] for row in rows}
    assert details["x-held"] == "held"
    assert details["x-kept"].startswith("kept back: ")
    assert details["lists"].startswith(f"apt's lists: no list of {never} stable was ever fetched")
    assert done.returncode == 1


STANZA = "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: x\nDescription: x\nFilename: x.deb\nSize: 1\nSHA256: {}\n\n"  # noqa: E501


def _repository(folder: Path, architecture: str) -> None:
    """An archive for apt: bash in the security archive, sed there and newer in the other one, gzip
    and the held tar only in the other one."""
    for suite, versions in {
        "stable-security": {"bash": "98", "sed": "98"},
        "stable": {"sed": "99", "gzip": "99", "tar": "99"},
    }.items():
        inner = folder / "dists" / suite / "main" / f"binary-{architecture}"
        inner.mkdir(parents=True)
        (inner / "Packages").write_text(
            "".join(STANZA.format(n, v, architecture, "0" * 64) for n, v in versions.items())
        )
        (folder / "dists" / suite / "Release").write_text(
            f"Suite: {suite}\nCodename: {suite}\nArchitectures: {architecture}\nComponents: main\n"
        )


@pytest.mark.needs("root", "namespaces", "chroot")
@pytest.mark.parametrize("account", ["root", "nobody"])
def test_real_apt(root: Path, account: str, tmp_path: Path) -> None:
    """A Debian with the lists of an archive made here: no network, no root needed."""
    architecture = run_in(root, "root", "dpkg", "--print-architecture").stdout.strip()
    _repository(tmp_path / "repository", architecture)
    sources = "".join(
        f"deb [trusted=yes] file:/tmp/repository {suite} main\n"
        for suite in ("stable-security", "stable")
    )
    (tmp_path / "sources.list").write_text(sources)
    setup = f"""
    cp -r {tmp_path}/repository {tmp_path}/sources.list {root}/tmp
    cp -r {root}/var/lib/dpkg {root}/tmp/dpkg; mount --bind {root}/tmp/dpkg {root}/var/lib/dpkg
    for folder in var/lib/apt var/cache/apt etc/apt; do mount -t tmpfs none {root}/$folder; done
    mkdir -p {root}/etc/apt/apt.conf.d {root}/etc/apt/preferences.d {root}/var/lib/apt/lists/partial
    cp {tmp_path}/sources.list {root}/etc/apt/sources.list
    echo tar hold | chroot {root} dpkg --set-selections
    """
    for refreshed in (False, True):
        more = f"chroot {root} apt-get update -q -o APT::Sandbox::User=root >&2;" * refreshed
        words = ["/srv/homelab.pyz", "update", "list", "--json"]
        done = run_in(root, account, *words, setup=f"{{ {setup} {more} }} >&2;")
        told = json.loads(done.stdout)
        if not refreshed:
            assert done.returncode == 69
            assert [row["detail"] for row in told["rows"] if row["kind"] == "lists"] == [
                "apt's lists: no package lists; fetch them: apt update"
            ]
            continue
        assert done.returncode == 1, done.stderr
        rows = {row["package"]: row for row in told["rows"] if row["package"]}
        kinds = {name: (row["state"], row["kind"]) for name, row in rows.items()}
        assert kinds == {
            "bash": ("warning", "security"),
            "sed": ("warning", "security"),
            "gzip": ("ok", "ordinary"),
            "tar": ("skipped", "ordinary"),
        }
        assert {row["available"] for row in rows.values()} == {"98", "99"}
        assert list(rows)[:2] == ["bash", "sed"]
        assert (told["security"], told["ordinary"], told["problems"]) == (2, 2, 2)


def test_the_sentence_for_fine_rows() -> None:
    from homelab.verbs.update.list import UpdateRow, _fine

    lists = UpdateRow("ok", "lists", "1 h 0 min old", "apt", value="1 h 0 min old")
    reboot = UpdateRow("ok", "reboot", "not needed: 6.1 is the newest", value="not needed")
    contained = UpdateRow("skipped", "reboot", "no kernel of its own", value="-")
    gzip = UpdateRow("ok", "ordinary", "", "apt", Update("gzip", "1", "2", "stable"))
    end, age = " (details: --all)", "apt's lists are 1 h 0 min old"
    assert _fine([lists, reboot], "no updates") == f"no updates; {age}; reboot not needed{end}"
    assert _fine([lists, contained], "no other updates") == f"no other updates; {age}{end}"
    assert _fine([gzip, contained], "no updates") == f"1 ordinary update (gzip){end}"


def test_no_sentence_contradicts_a_list_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two package managers: one with new lists, one that could not be asked."""
    from homelab.catalogue.arguments import parse
    from homelab.context import Context
    from homelab.packages.lists import SourceLists
    from homelab.packages.pending import Pending
    from homelab.verbs import BUILT_IN
    from homelab.verbs.update.list import list_rows

    def ask(host: Host, name: str, seconds: float, env: object) -> Pending:
        pending = Pending(name, seconds, host.run)
        pending.lists = [SourceLists("http://x", NOW - HOUR)]
        pending.why = "no answer" if name == "dnf" else ""
        return pending

    monkeypatch.setattr(updates, "managers", lambda host: ["apt", "dnf"])
    monkeypatch.setattr(updates, "ask", ask)
    nobody = io.StringIO()
    context = Context([], {}, nobody, nobody, BUILT_IN, clock=lambda: NOW, system_settings="")
    table = list_rows(context, parse(BUILT_IN.verb("update list"), [], NOW))
    assert "no updates known" in table.fine
    assert table.facts["unknown"]


FAKED = """
import sys, time; sys.path.insert(0, sys.argv[1])
import homelab.system.machine as host
from homelab.main import main
host.Host.exists = lambda self, path: path in sys.argv[2].split(",")
kept = ["x_dists_s-security_Release", "x_dists_s-security_main_binary-amd64_Packages"]
host.Host.entries = lambda self, path: kept if "lists" in path else []
host.Host.modified = lambda self, path: time.time_ns() - int(sys.argv[3]) * 86_400_000_000_000
host.Host.read = lambda self, path, errors="": "deb http://x s-security main" * ("list" in path)
main(["update", "list", "--timeout", "1s"], "x")
"""


@pytest.mark.parametrize(
    ("database", "code", "words"),
    [
        ("/var/lib/dpkg/status", 69, "apt: no answer within"),  # one that hangs
        ("/nosuch", 69, "this host has no package database"),
    ],
)
def test_what_cannot_be_asked(world: World, database: str, code: int, words: str) -> None:
    slow = world.folder / "bin/apt"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", FAKED, str(ROOT), database, "0"],
        env={**world.env, "PATH": f"{slow.parent}:{world.env['PATH']}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert time.monotonic() - begun < 10
    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr
    assert " ok " not in done.stdout
    assert "no updates" not in done.stderr  # A9: a sentence must not contradict the row


@pytest.mark.parametrize(("days", "code"), [(1, 0), (8, 69)])
def test_old_lists_without_updates_are_unknown_and_not_fine(
    world: World, days: int, code: int
) -> None:
    apt = world.folder / "bin/apt"
    apt.parent.mkdir()
    for name in ("apt", "apt-get"):  # the real one is slow
        (apt.parent / name).write_text("#!/bin/sh\necho Listing...\n")
        (apt.parent / name).chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", FAKED, str(ROOT), "/var/lib/dpkg/status,/.dockerenv", str(days)],
        env={**world.env, "PATH": f"{apt.parent}:{world.env['PATH']}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert ("unknown  lists" in done.stdout) == (code == 69)
    assert ("apt's lists are " in done.stderr) == (code == 0)
    assert ("no updates known" in done.stderr) == (code == 69)
