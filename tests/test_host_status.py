"""`host status`: pure readings of what hosts really print, and the verb on this host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, World

from homelab.checks import filesystems, mounts, reboot, units, vitals
from homelab.checks.finding import bytes_text
from homelab.fills import Usage
from homelab.host import Host

GIB = 1 << 30


class Machine(Host):
    """A host out of a table: files by path, and what its commands and file systems answer."""

    def __init__(self, **files: str) -> None:
        self.files = {f"/{name.replace('__', '/')}": text for name, text in files.items()}
        self.full: dict[str, Usage] = {}
        self.command: tuple[int, str] | Exception = FileNotFoundError()
        self.kernel = "6.1.0-28-amd64"
        self.folders: dict[str, list[str]] = {}

    def read(self, path: str, errors: str = "replace") -> str:
        if path not in self.files:
            raise FileNotFoundError(path)
        return self.files[path]

    def exists(self, path: str) -> bool:
        return path in self.files or path in self.folders

    def entries(self, path: str) -> list[str]:
        if path not in self.folders:
            raise FileNotFoundError(path)
        return self.folders[path]

    def release(self) -> str:
        return self.kernel

    def cores(self) -> int:
        return 4

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        if isinstance(self.command, Exception):
            raise self.command
        return self.command

    def usage(self, path: str) -> Usage:
        if path not in self.full:
            raise PermissionError(13, "Permission denied")
        return self.full[path]

    def fills(self, paths: list[str], seconds: float) -> list[tuple[str, Usage] | OSError]:
        dead = TimeoutError("no answer within 2 s")
        return [(path, self.full[path]) if path in self.full else dead for path in paths]


def _fill(percent: int, inodes: int = 10, gib: int = 100) -> Usage:
    free = (100 - percent) * gib * GIB // 100 // 4096
    return Usage(4096, gib * GIB // 4096, free, free, 1000, 1000 - inodes * 10)


@pytest.mark.parametrize(
    ("average", "state"), [("0.10 5.9 9.9", "ok"), ("0.1 6.0 0.1", "warning"), ("", "unknown")]
)
def test_load_is_per_core_over_five_minutes(average: str, state: str) -> None:
    host = Machine(proc__loadavg=f"{average} 1/234 5678\n")
    assert vitals.load(host, 1.5).state == state


MEMINFO = "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:   {} kB\n"


@pytest.mark.parametrize(
    ("available", "state", "value"),
    [(8000000, "ok", "50% taken"), (1500000, "warning", "91% taken"), (160000, "critical", "99%")],
)
def test_memory_is_what_programs_can_still_get(available: int, state: str, value: str) -> None:
    finding = vitals.memory(Machine(proc__meminfo=MEMINFO.format(available)), 90)
    assert finding.state == state
    assert finding.value.startswith(value)


def test_what_cannot_be_read_is_unknown_never_ok() -> None:
    host = Machine()
    findings = [
        vitals.uptime(host),
        vitals.load(host, 1),
        vitals.memory(host, 90),
        *filesystems.check(host, 90, 90),
        reboot.check(host),
    ]
    assert {finding.state for finding in findings} == {"unknown"}
    assert all(finding.detail for finding in findings)
    host.files["/run/systemd/system"] = ""
    assert units.check(host).state == "unknown"


MOUNTS = """\
22 1 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw
30 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
31 30 8:2 /docker /var/lib/docker rw,relatime shared:1 - ext4 /dev/sda2 rw
32 30 8:1 / /boot/efi rw - vfat /dev/sda1 rw
33 30 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro
34 30 11:0 / /media/cd ro - iso9660 /dev/sr0 ro
35 30 8:17 / /mnt/my\\040disk rw - xfs /dev/sdb1 rw
36 30 0:50 / /tank/media rw - zfs tank/media rw
37 30 0:51 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
38 30 0:52 / /mnt/nas rw - autofs systemd-1 rw
39 38 0:53 / /mnt/nas rw shared:9 master:3 - nfs4 nas:/export rw,addr=10.0.0.2
40 30 0:54 / /srv/nas rw - nfs4 nas:/export rw,soft
41 30 0:55 / /run rw - tmpfs tmpfs rw
42 30 0:56 /@home /home rw - btrfs /dev/mapper/pool rw,subvol=/@home
43 30 0:56 /@snapshots /home/.snapshots rw - btrfs /dev/mapper/pool rw,subvol=/@snapshots
44 30 8:33 / /srv/ro rw - ext4 /dev/sdc1 ro
45 30 0:57 / /run/user/1000/doc rw - fuse.portal portal rw
46 30 0:58 / /mnt/cloud rw - fuse.rclone cloud: rw
rubbish
"""


def test_mounts_that_hold_data_each_once() -> None:
    assert [mount.folder for mount in mounts.holding_data(MOUNTS)] == [
        "/", "/boot/efi", "/home", "/mnt/cloud", "/mnt/my disk", "/mnt/nas", "/tank/media",
    ]  # fmt: skip


def test_disks_and_inodes_over_their_thresholds() -> None:
    host = Machine(proc__self__mountinfo=MOUNTS)
    host.full = {
        "/": _fill(50, inodes=95),
        "/boot/efi": Usage(512, 1000, 900, 900, 0, 0),  # vfat has no inodes
        "/home": _fill(20),
        "/mnt/my disk": _fill(91),
        "/mnt/nas": _fill(98),
    }
    found = {f.check: (f.state, f.value) for f in filesystems.check(host, 90, 90)}
    assert found == {
        "disk /": ("ok", "50%"),
        "inodes /": ("warning", "95%"),
        "disk /boot/efi": ("ok", "10%"),
        "disk /home": ("ok", "20%"),
        "disk /mnt/cloud": ("unknown", "-"),
        "disk /mnt/my disk": ("warning", "91%"),
        "disk /mnt/nas": ("critical", "98%"),
        "disk /tank/media": ("unknown", "-"),
    }


def test_a_dead_network_mount_is_unknown() -> None:
    host = Machine(proc__self__mountinfo="39 1 0:53 / /mnt/nas rw - nfs4 nas:/x rw\n")
    (finding,) = filesystems.check(host, 90, 90)
    assert (finding.state, finding.detail) == ("unknown", "nfs4: no answer within 2 s")


def test_a_mount_that_never_answers_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(path: str) -> os.statvfs_result:
        time.sleep(60)
        raise OSError

    host = Host()
    (here,) = host.fills(["/"], 5.0)
    assert isinstance(here, tuple)
    assert (here[0], here[1].blocks) == ("/", host.usage("/").blocks)
    (missing,) = host.fills(["/nosuch"], 5.0)
    assert isinstance(missing, FileNotFoundError)
    monkeypatch.setattr(os, "statvfs", stuck)
    begun = time.monotonic()
    answers = host.fills(["/", "/proc", "/tmp"] * 100, 0.2)
    assert {type(answer) for answer in answers} == {TimeoutError}
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("running", "installed", "state", "words"),
    [
        ("6.1.0-28-amd64", "6.1.0-28-amd64 6.1.0-27-amd64", "ok", "is the newest"),
        ("6.1.0-9-amd64", "6.1.0-9-amd64 6.1.0-10-amd64", "warning", "6.1.0-10-amd64 is installed"),
        ("6.6.51+rpt-rpi-v8", "6.6.51+rpt-rpi-v8 6.6.51+rpt-rpi-2712", "ok", "newest"),
        ("6.6.51+rpt-rpi-v8", "6.6.51+rpt-rpi-v8 6.6.62+rpt-rpi-2712", "unknown", "flavour"),
        ("6.1.21-v8+", "6.1.21-v8+ 6.6.51+rpt-rpi-v8", "warning", "6.6.51"),
        ("6.1.0-40-amd64", "6.1.0-40-amd64 6.12.48+deb13-amd64", "warning", "6.12.48"),
        ("6.12.1-arch1-1", "6.12.2-arch2-1", "warning", "6.12.2"),
        ("6.11.4-301.fc41.x86_64", "6.11.4-301.fc41.x86_64", "ok", "newest"),
        ("6.6.51+rpt-rpi-v8", "6.6.51+rpt-rpi-v8 6.6.62+rpt-rpi-v8", "warning", "6.6.62"),
        ("6.8.12-4-pve", "6.8.12-4-pve 6.8.12-5-pve", "warning", "6.8.12-5-pve"),
        ("6.8.0-50-generic", "6.8.0-49-generic", "warning", "are gone"),
        ("6.8.0-50-generic", "6.1.0-28-amd64", "unknown", "of another flavour"),
        ("6.8.0", "", "unknown", "no kernel's modules"),
    ],
)
def test_reboot_by_comparing_kernels(running: str, installed: str, state: str, words: str) -> None:
    finding = reboot.kernel(running, installed.split())
    assert finding.state == state
    assert words in finding.detail


def test_reboot_by_the_marker() -> None:
    host = Machine(run__reboot_required="")
    host.files = {"/run/reboot-required": "", "/run/reboot-required.pkgs": "linux\nlibc6\nlinux\n"}
    finding = reboot.check(host)
    assert (finding.state, finding.value, finding.detail) == (
        "warning",
        "needed",
        "for libc6, linux",
    )


@pytest.mark.parametrize(
    ("answer", "state", "value"),
    [
        ((0, ""), "ok", "0 failed"),
        (
            (0, "a.service loaded failed failed A\nb.mount loaded failed failed B\n"),
            "warning",
            "2 failed",
        ),
        ((1, ""), "unknown", "-"),
        (TimeoutError("no answer within 5 s"), "unknown", "-"),
        (FileNotFoundError(), "unknown", "-"),
    ],
)
def test_failed_units(answer: tuple[int, str] | Exception, state: str, value: str) -> None:
    host = Machine()
    host.files["/run/systemd/system"] = ""
    host.command = answer
    finding = units.check(host)
    assert (finding.state, finding.value) == (state, value)
    if value == "2 failed":
        assert finding.detail == "a.service, b.mount"


def test_no_systemd_is_skipped_not_ok() -> None:
    assert units.check(Machine()).state == "skipped"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 KiB"),
        (932 * GIB, "932 GiB"),
        (1843 * GIB, "1.8 TiB"),
    ],
)
def test_bytes_for_a_reader(size: int, text: str) -> None:
    assert bytes_text(size) == text


def test_this_host(world: World) -> None:
    """Problems first, and an exit code that says whether there is one."""
    done = world.run("host", "status", "--json")
    told = json.loads(done.stdout)
    states = [row["state"] for row in told["rows"]]
    order = ["critical", "warning", "unknown", "ok", "skipped"]
    assert states == sorted(states, key=order.index)
    assert {"load", "memory", "uptime", "units", "reboot"} <= {row["check"] for row in told["rows"]}
    problems = sum(state in order[:2] for state in states)
    assert told["problems"] == problems
    assert done.returncode == (1 if problems else 0)
    assert done.stderr == ""


def test_a_signal_while_a_network_mount_is_asked_is_counted_once(world: World) -> None:
    """The child that asks the mount gets the signal too, and must not end as a run of its own."""
    code = (
        "import os, sys, time; sys.path.insert(0, sys.argv[1]); import homelab.host as host;"
        " from homelab.main import main;"
        " real = host.Host.read;"
        " host.Host.read = lambda self, path, errors='replace': real(self, path, errors)"
        " if 'mountinfo' not in path else '1 1 0:1 / / rw - nfs4 n:/x rw';"
        " os.statvfs = lambda path: (open(sys.argv[2], 'w').close(), time.sleep(1), 1 / 0);"
        " main(['host', 'status'], 'x')"
    )
    asked = world.folder / "asked"
    os.mkfifo(asked)
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(ROOT), str(asked)], env=world.env,
            start_new_session=True,
        ) as process:  # fmt: skip
            asked.read_text()  # opened by who asks
            os.killpg(process.pid, number)
            assert process.wait(10) == -number
    assert world.events() == [f"exit={code} ver=0.6.0 verb=host status" for code in (130, 143)]


def test_thresholds_are_flags(world: World) -> None:
    done = world.run("host", "status", "--memory", "0", "--load", "0", "--csv")
    assert done.returncode == 1
    first = [line.split(",")[:2] for line in done.stdout.splitlines()[1:3]]
    assert [check for _, check in first] == ["load", "memory"]
    assert {state for state, _ in first} <= {"warning", "critical"}
    assert world.events() == ["exit=1 ver=0.6.0 verb=host status"]
