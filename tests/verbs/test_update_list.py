"""`update list`: what package managers really print, and a real apt in Debians of several
releases."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.machine import Machine
from support.roots import run_in
from support.world import ROOT, World

from homelab import times
from homelab.packages import parse, updates
from homelab.packages.parse import Update

NOW = 1_795_000_000 * times.SECOND
HOUR = 3600 * times.SECOND

# apt 2.6 of Debian 12; the archive for security has an older one than the point release
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


def _told(found: list[Update]) -> list[tuple[str, str, str, bool, bool]]:
    return [(u.name, u.installed, u.available, u.security, u.held) for u in found]


def test_apt() -> None:
    chosen = "appstream\t\t\thold\njq:amd64\t\tinstall\nlibc6:amd64\t\thold\nold\t\tdeinstall\n"
    assert parse.held(chosen) == ["appstream", "libc6:amd64"]
    assert _told(parse.apt(APT, ["appstream"])) == [
        ("appstream", "0.16.1-2", "0.16.1-2+b1", False, True),
        ("apt", "2.6.1", "2.6.2", True, False),
        ("curl", "7.88.1-10+deb12u14", "7.88.1-10+deb12u15", False, False),
        ("jq", "1.6-2.1+deb12u1", "1.6-2.1+deb12u3", True, False),
    ]
    assert parse.apt("Listing...\n") == []


@pytest.mark.parametrize("advisories", [DNF_ADVISORIES, DNF_5_ADVISORIES])
def test_dnf(advisories: str) -> None:
    assert _told(parse.dnf(DNF, advisories, RPM)) == [
        ("bash-like.noarch", "5.1-2", "5.1-9", False, False),
        ("openssl-like.noarch", "3.0.7-24", "3.0.7-27", True, False),
    ]
    assert parse.dnf("", "") == []


def test_apk_and_pacman() -> None:
    assert _told(parse.apk(APK)) == [
        ("busybox", "1.36.1-r5", "1.36.1-r7", False, False),
        ("ca-certificates-bundle", "20240226-r0", "20241010-r0", False, False),
    ]
    assert _told(parse.pacman(PACMAN)) == [
        ("held", "1-1", "1:2-1", False, True),
        ("linux-like", "6.1-1", "6.2-1", False, False),
    ]


class Packaged(Machine):
    """A host with package managers: their answers by the first words of what they are asked, and
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


def _debian(automatic: str = "1", ran: int | None = NOW - HOUR) -> Packaged:
    host = Packaged("/var/lib/dpkg/status", "/usr/bin/unattended-upgrade")
    host.folders["/var/lib/apt/lists"] = ["deb_dists_x_Packages.lz4", "partial", "lock"]
    host.times["/var/lib/apt/lists"] = NOW - HOUR
    if ran is not None:
        host.times["/var/lib/apt/periodic/unattended-upgrades-stamp"] = ran
    host.answers = {
        "apt list --upgradable -a": (0, APT),
        "dpkg --get-selections": (0, "apt\t\tinstall\nappstream\t\thold\n"),
        "apt-config dump": (0, f"{automatic}\n"),
    }
    return host


@pytest.mark.parametrize(
    ("automatic", "ran", "state"),
    [
        ("1", NOW - HOUR, "ok"),  # it has its 48 hours
        ("1", NOW - 49 * HOUR, "warning"),
        ("1", None, "warning"),
        ("0", NOW - HOUR, "warning"),  # switched off since
        ("", None, "warning"),
    ],
)
def test_security_updates_alarm_where_nobody_sees_to_them(
    automatic: str, ran: int | None, state: str
) -> None:
    host = _debian(automatic, ran)
    pending = updates.ask(host, "apt")
    states = {update.name: pending.state(update, NOW) for update in pending.updates}
    assert states == {"appstream": "skipped", "apt": state, "curl": "ok", "jq": state}
    finding = updates.check(host, NOW, 5)
    assert (finding.state, finding.value) == (state, "3 pending, 2 security")


def test_old_lists_and_none_are_unknown() -> None:
    host = _debian()
    host.answers["apt list --upgradable -a"] = (0, "Listing...\n")
    assert updates.check(host, NOW, 5).state == "ok"
    host.times["/var/lib/apt/lists"] = NOW - 8 * times.DAY
    finding = updates.check(host, NOW, 5)
    assert finding.state == "unknown"
    assert "8 d 0 h old" in finding.detail
    assert "apt update" in finding.detail
    for stamp in ("update-success-stamp", "update-stamp"):  # found to be the newest
        host.times[f"/var/lib/apt/periodic/{stamp}"] = NOW - HOUR
        assert updates.check(host, NOW, 5).state == "ok"
        del host.times[f"/var/lib/apt/periodic/{stamp}"]
        assert updates.check(host, NOW, 5).state == "unknown"
    host.times["/var/lib/apt/lists"] = NOW - HOUR
    host.folders["/var/lib/apt/lists"] = ["partial", "lock"]
    assert updates.check(host, NOW, 5).state == "unknown"
    host.folders["/var/lib/apt/lists"] = ["deb_dists_x_Packages.lz4"]
    host.answers["apt list --upgradable -a"] = (100, "")
    assert updates.check(host, NOW, 5).detail == "apt: apt list ended with 100"
    assert updates.check(Machine(), NOW, 5).state == "skipped"


@pytest.mark.parametrize(
    ("release", "lists", "state"),
    [
        ('ID=debian\nVERSION_ID="12"\n', ["x_dists_bookworm_main_Packages"], "unknown"),
        ('ID=ubuntu\nVERSION_ID="24.04"\n', ["x_dists_noble_main_Packages"], "unknown"),
        ('ID=debian\nVERSION_ID="12"\n', ["x_dists_bookworm-security_main_Packages.lz4"], "ok"),
        ("ID=debian\nVERSION_CODENAME=forky\n", ["x_dists_testing_main_Packages"], "ok"),
        ('ID=raspbian\nVERSION_ID="12"\n', ["x_dists_bookworm_main_Packages"], "ok"),
    ],
)
def test_lists_that_have_no_security_updates_are_not_fine(
    release: str, lists: list[str], state: str
) -> None:
    host = Packaged("/var/lib/dpkg/status", "/etc/os-release")
    host.files["/etc/os-release"] = release
    host.folders["/var/lib/apt/lists"] = lists
    host.times["/var/lib/apt/lists"] = NOW
    host.answers = {"apt list --upgradable -a": (0, "Listing...\n")}
    finding = updates.check(host, NOW, 5)
    assert finding.state == state
    assert ("archive for security" in finding.detail) == (state == "unknown")


def test_other_managers_are_asked_of_lists_that_are_there() -> None:
    fedora = Packaged("/usr/lib/sysimage/rpm/rpmdb.sqlite")
    fedora.answers = {
        "dnf -q -C check-update": (100, DNF),
        "dnf -q -C updateinfo list --security": (0, DNF_ADVISORIES),
        "rpm -q --qf": (0, RPM),
    }
    assert updates.check(fedora, NOW, 5).state == "unknown"  # dnf itself would end with 0
    fedora.folders["/var/cache/dnf"] = ["fedora.solv", "updates.solv"]
    fedora.times = {"/var/cache/dnf/fedora.solv": 1, "/var/cache/dnf/updates.solv": NOW}
    finding = updates.check(fedora, NOW, 5)
    assert (finding.state, finding.value) == ("warning", "2 pending, 1 security")
    wants = "/etc/systemd/system/timers.target.wants/dnf-automatic.timer"
    fedora.files |= {wants: "", "/etc/dnf/automatic.conf": "[commands]\napply_updates = yes\n"}
    fedora.times["/var/lib/systemd/timers/stamp-dnf-automatic.timer"] = NOW - HOUR
    assert updates.check(fedora, NOW, 5).state == "ok"
    fedora.files["/etc/dnf/automatic.conf"] = "[commands]\n#apply_updates = yes\napply_updates = no"
    assert updates.check(fedora, NOW, 5).state == "warning"

    alpine = Packaged("/lib/apk/db/installed")
    alpine.answers = {"apk --no-network version -l <": (0, APK)}
    assert updates.check(alpine, NOW, 5).state == "unknown"
    alpine.folders["/var/cache/apk"] = ["APKINDEX.066df28d.tar.gz"]
    alpine.times["/var/cache/apk/APKINDEX.066df28d.tar.gz"] = NOW
    assert updates.check(alpine, NOW, 5).value == "2 pending"

    arch = Packaged("/var/lib/pacman/local")
    arch.answers = {"pacman -Qu": (1, "")}
    assert updates.check(arch, NOW, 5).state == "unknown"
    arch.folders["/var/lib/pacman/sync"] = ["core.db"]
    arch.times["/var/lib/pacman/sync/core.db"] = NOW
    assert updates.check(arch, NOW, 5).state == "ok"
    arch.answers = {}
    assert "not installed" in updates.check(arch, NOW, 5).detail


STANZA = "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: x\nDescription: x\nFilename: x.deb\nSize: 1\nSHA256: {}\n\n"  # noqa: E501


def _repository(folder: Path, architecture: str) -> None:
    """An archive for apt: bash in the one for security, sed there and newer elsewhere, gzip and
    held tar only elsewhere."""
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
    """In a Debian whose lists are those of an archive made here: no network, no root needed."""
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
                "apt's lists: no package lists are here; fetch them: apt update"
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


def test_the_sentence_for_what_is_fine() -> None:
    from homelab.verbs.update.list import UpdateRow, _fine

    lists = UpdateRow("ok", "lists", "1 h 0 min old", "apt", value="1 h 0 min old")
    reboot = UpdateRow("ok", "reboot", "not needed: 6.1 is the newest", value="not needed")
    contained = UpdateRow("skipped", "reboot", "no kernel of its own", value="-")
    gzip = UpdateRow("ok", "ordinary", "", "apt", Update("gzip", "1", "2", "stable"))
    end, age = " (--all: with details)", "apt's lists are 1 h 0 min old"
    assert _fine([lists, reboot], "no updates") == f"no updates; {age}; reboot not needed{end}"
    assert _fine([lists, contained], "no other updates") == f"no other updates; {age}{end}"
    assert _fine([gzip, contained], "no updates") == f"1 ordinary update (gzip){end}"


def test_no_sentence_contradicts_a_list_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two package managers, one whose lists are new and one that could not be asked."""
    from homelab.catalogue.arguments import parse
    from homelab.context import Context
    from homelab.packages.pending import Pending
    from homelab.verbs import BUILT_IN
    from homelab.verbs.update.list import list_rows

    def ask(host: object, name: str, seconds: float) -> Pending:
        pending = Pending(name, seconds)
        pending.fetched, pending.why = NOW - HOUR, "no answer" if name == "dnf" else ""
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
host.Host.entries = lambda self, path: ["x-security_Packages"]
host.Host.modified = lambda self, path: time.time_ns() - int(sys.argv[3]) * 86_400_000_000_000
main(["update", "list", "--timeout", "1s"], "x")
"""


@pytest.mark.parametrize(
    ("database", "code", "words"),
    [
        ("/var/lib/dpkg/status", 69, "apt: no answer within"),  # one that hangs
        ("/nosuch", 69, "no package manager that is known here"),
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


@pytest.mark.parametrize(("days", "code"), [(1, 0), (8, 69)])
def test_old_lists_without_updates_are_unknown_and_not_fine(
    world: World, days: int, code: int
) -> None:
    apt = world.folder / "bin/apt"
    apt.parent.mkdir()
    apt.write_text("#!/bin/sh\necho Listing...\n")
    apt.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", FAKED, str(ROOT), "/var/lib/dpkg/status,/.dockerenv", str(days)],
        env={**world.env, "PATH": f"{apt.parent}:{world.env['PATH']}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert ("unknown  lists" in done.stdout) == (code == 69)
    assert ("apt's lists are " in done.stderr) == (code == 0)
    assert ("no updates known" in done.stderr) == (code == 69)
