"""`host status`: parsing of real hosts' output, and the verb on this host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from support.machine import GIB, Machine, filled
from support.reading import until
from support.terminal import Terminal
from support.world import ROOT, World

from homelab.findings import bytes_text
from homelab.system import mounted
from homelab.system.machine import Host
from homelab.system.mounted import SpaceUsage
from homelab.systemd import units
from homelab.vitals import clock, filesystems, heat, load_memory, mounts, reboot


@pytest.mark.parametrize(
    ("average", "state"), [("0.10 5.9 9.9", "ok"), ("0.1 6.0 0.1", "warning"), ("", "unknown")]
)
def test_load_is_per_core_over_five_minutes(average: str, state: str) -> None:
    host = Machine(proc__loadavg=f"{average} 1/234 5678\n")
    assert load_memory.load(host, 1.5).state == state


MEMINFO = "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:   {} kB\n"


@pytest.mark.parametrize(
    ("available", "state", "value"),
    [(8000000, "ok", "50% used"), (1500000, "warning", "91% used"), (160000, "critical", "99%")],
)
def test_memory_is_what_programs_can_still_get(available: int, state: str, value: str) -> None:
    finding = load_memory.memory(Machine(proc__meminfo=MEMINFO.format(available)), 90)
    assert finding.state == state
    assert finding.value.startswith(value)


def test_what_cannot_be_read_is_unknown_never_ok() -> None:
    host = Machine()
    findings = [
        load_memory.uptime(host),
        load_memory.load(host, 1),
        load_memory.memory(host, 90),
        *filesystems.check(host, 90, 90),
    ]
    assert {finding.state for finding in findings} == {"unknown"}
    assert all(finding.detail for finding in findings)


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
44 30 8:33 / /srv/ro ro - ext4 /dev/sdc1 ro
45 30 0:57 / /run/user/1000/doc rw - fuse.portal portal rw
46 30 0:58 / /mnt/cloud rw - fuse.rclone cloud: rw
47 30 0:50 /film /srv/a-bind-mount-of-zfs rw - zfs tank/media rw
rubbish
"""


def test_mounts_that_hold_data_each_once() -> None:
    assert [mount.folder for mount in mounts.holding_data(MOUNTS)] == [
        "/", "/boot/efi", "/home", "/mnt/cloud", "/mnt/my disk", "/mnt/nas", "/tank/media",
    ]  # fmt: skip


def test_disks_and_inodes_over_their_thresholds() -> None:
    host = Machine(proc__self__mountinfo=MOUNTS)
    host.full = {
        "/": filled(50, inodes=95),
        "/boot/efi": SpaceUsage(512, 1000, 900, 900, 0, 0),  # vfat has no inodes
        "/home": filled(20),
        "/mnt/my disk": filled(91),
        "/mnt/nas": filled(98),
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
        "disk /tank/media": ("skipped", "-"),  # below a folder that this account can't enter
    }


def test_a_dead_network_mount_is_unknown() -> None:
    host = Machine(proc__self__mountinfo="39 1 0:53 / /mnt/nas rw - nfs4 nas:/x rw\n")
    (finding,) = filesystems.check(host, 90, 90)
    assert (finding.state, finding.detail) == ("unknown", "nfs4: no answer within 2 s")


def test_a_mount_that_never_answers_does_not_block(monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert time.monotonic() - begun < 30  # 300 one after the other would take 60 s


def test_a_child_that_asks_a_mount_ends_without_its_parent() -> None:
    """The parent may be ended, even by KILL, while it waits for others."""

    def stuck(path: str) -> SpaceUsage:
        time.sleep(60)
        raise OSError

    answers = mounted.begun(["/", "/proc"], 0.1, stuck)
    time.sleep(1.5)  # the other checks are slow, and the children were done before
    assert [str(each) for each in answers()] == ["no answer within 0 s"] * 2


@pytest.mark.parametrize(
    ("running", "installed", "state", "words"),
    [
        ("6.1.0-28-amd64", "6.1.0-28-amd64 6.1.0-27-amd64", "ok", "is the newest"),
        ("6.1.0-9-amd64", "6.1.0-9-amd64 6.1.0-10-amd64", "warning", "6.1.0-10-amd64 is installed"),
        ("6.6.51+rpt-rpi-v8", "6.6.51+rpt-rpi-v8 6.6.51+rpt-rpi-2712", "ok", "newest"),
        ("6.6.51+rpt-rpi-v8", "6.6.51+rpt-rpi-v8 6.6.62+rpt-rpi-2712", "ok", "newest"),
        # B10: each kind of kernel is compared with its own kind
        ("6.12.1-arch1-1", "6.12.1-arch1-1 6.12.4-zen1-1-zen 6.6.63-1-lts", "ok", "newest"),
        ("6.6.63-1-lts", "6.6.63-1-lts 6.12.4-arch1-1", "ok", "newest"),
        ("6.12.1-zen1-1-zen", "6.12.1-zen1-1-zen 6.12.4-zen2-1-zen", "warning", "zen2"),
        ("6.11.2-hardened1-1-hardened", "6.11.3-hardened2-1-hardened", "warning", "hardened2"),
        ("6.1.0-28-rt-amd64", "6.1.0-28-rt-amd64 6.1.0-40-amd64", "ok", "newest"),
        ("6.1.0-28-cloud-amd64", "6.1.0-28-cloud-amd64 6.1.0-40-amd64", "ok", "newest"),
        ("6.8.0-50-generic", "6.8.0-50-generic 6.8.0-60-lowlatency", "ok", "newest"),
        ("6.8.0-50-generic", "6.8.0-50-generic 6.8.0-60-generic-64k", "ok", "newest"),
        ("6.6.51+rpt-rpi-v7", "6.6.51+rpt-rpi-v7 6.6.62+rpt-rpi-v8", "ok", "newest"),
        ("6.8.12-4-pve", "6.8.12-4-pve 6.12.48+deb13-amd64", "ok", "newest"),
        ("6.1.21-v8+", "6.1.21-v8+ 6.6.51+rpt-rpi-v8", "warning", "6.6.51"),
        ("6.1.0-40-amd64", "6.1.0-40-amd64 6.12.48+deb13-amd64", "warning", "6.12.48"),
        ("6.12.1-arch1-1", "6.12.2-arch2-1", "warning", "6.12.2"),
        ("6.11.4-301.fc41.x86_64", "6.11.4-301.fc41.x86_64", "ok", "newest"),
        ("6.6.51+rpt-rpi-v8", "6.6.51+rpt-rpi-v8 6.6.62+rpt-rpi-v8", "warning", "6.6.62"),
        ("6.8.12-4-pve", "6.8.12-4-pve 6.8.12-5-pve", "warning", "6.8.12-5-pve"),
        ("6.8.0-50-generic", "6.8.0-49-generic", "warning", "are gone"),
        ("6.8.0-50-generic", "6.1.0-28-amd64", "unknown", "of another flavour"),
        ("6.8.0", "", "skipped", "no kernel is installed"),  # A8: its host boots it
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
    ("pins", "packages", "state", "words"),
    [
        (["proxmox-boot-pin"], "", "ok", "is running and pinned"),
        (["next-boot-pin"], "", "ok", "is running and pinned"),
        (
            ["proxmox-boot-pin"],
            "proxmox-kernel-6.8.12-5-pve-signed\n",
            "ok",
            "is running and pinned",
        ),
        (["proxmox-boot-pin"], "libc6\n", "warning", "libc6"),
        ([], "", "warning", "6.8.12-5-pve is installed"),
    ],
)
def test_a_pinned_kernel_waits_for_no_reboot(
    pins: list[str], packages: str, state: str, words: str
) -> None:
    """B9: Proxmox boots the pinned kernel, which runs, whatever else is installed."""
    host = Machine()
    host.kernel = "6.8.12-4-pve"
    host.folders["/lib/modules"] = ["6.8.12-4-pve", "6.8.12-5-pve"]
    host.files = {f"/etc/kernel/{name}": "6.8.12-4-pve\n" for name in pins}
    if packages:
        host.files |= {"/run/reboot-required": "", "/run/reboot-required.pkgs": packages}
    finding = reboot.check(host)
    assert (finding.state, words in finding.detail) == (state, True)


def test_another_kernel_that_is_pinned_needs_a_reboot() -> None:
    """B9."""
    host = Machine(etc__kernel__x="")
    host.files = {"/etc/kernel/proxmox-boot-pin": "6.5.13-6-pve\n"}
    host.kernel = "6.8.12-4-pve"
    finding = reboot.check(host)
    assert (finding.state, finding.detail) == (
        "warning", "6.5.13-6-pve is pinned, but 6.8.12-4-pve is running",
    )  # fmt: skip


@pytest.mark.parametrize("mark", [".dockerenv", "run__.containerenv", "run__systemd__container"])
def test_a_container_has_no_kernel_of_its_own(mark: str) -> None:
    host = Machine(**{mark: ""})
    host.folders["/lib/modules"] = ["6.1.0-99-amd64"]
    assert reboot.check(host).state == "skipped"
    host.files["/run/reboot-required"] = ""  # its programs may still need a restart
    assert reboot.check(host).state == "warning"


def test_no_systemd_is_skipped_not_ok() -> None:
    assert units.check(Machine(), 0).state == "skipped"


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
    """Problems come first, and the exit code says whether there is one."""
    done = world.run("host", "status", "--json")
    told = json.loads(done.stdout)
    states = [row["state"] for row in told["rows"]]
    order = ["critical", "warning", "unknown", "ok", "skipped"]
    assert states == sorted(states, key=order.index)
    told_of = {row["check"] for row in told["rows"]}
    assert told_of >= {
        "load", "memory", "uptime", "units", "reboot", "timers", "containers", "jobs", "updates",
        "clock", "temperature", "throttling",
    }  # fmt: skip
    problems = sum(state in order[:2] for state in states)
    assert told["problems"] == problems
    assert told["unknown"] == states.count("unknown")
    assert done.returncode == (1 if problems else 69 if told["unknown"] else 0)
    assert done.stderr == ""
    rows = {row["check"]: row for row in told["rows"]}
    for check, unit in (("load", "per core"), ("memory", "percent"), ("uptime", "s")):
        assert (rows[check]["unit"], rows[check]["number"] >= 0) == (unit, True)
        assert rows[check]["value"]  # and the words beside it
    assert 0 <= rows["memory"]["available"] <= rows["memory"]["size"]
    for row in told["rows"]:
        assert (row["number"] is None) == (row["unit"] is None)


def test_unknown_rows_alone_are_no_healthy_host(world: World) -> None:
    """A8: with only Python in PATH, nothing says that all is fine."""
    code = """
import sys; sys.path.insert(0, sys.argv[1])
import homelab.verbs.host.status as verb
from homelab.findings import Finding
from homelab.main import main
verb._checks = lambda context, arguments: [Finding("unknown", "updates", "-", "x")]
main(["host", "status", "--all"], "x")
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], env=world.env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 69
    assert "fine" not in done.stdout + done.stderr
    assert "healthy" not in done.stdout + done.stderr


def test_a_signal_while_a_network_mount_is_asked_is_counted_once(world: World) -> None:
    """The child that asks the mount gets the signal too, and must not be counted as a run."""
    code = (
        "import os, sys, time; sys.path.insert(0, sys.argv[1]); "
        " import homelab.system.machine as host;"
        " from homelab.main import main;"
        " real = host.Host.read;"
        " host.Host.read = lambda self, path, errors='replace': real(self, path, errors)"
        " if 'mountinfo' not in path else '1 1 0:1 / / rw - nfs4 n:/x rw';"
        " os.statvfs = lambda path: (open(sys.argv[2], 'w').close(), time.sleep(1), 1 / 0);"
        " main(['host', 'status'], 'x')"
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        asked = world.folder / f"asked{number}"
        with subprocess.Popen(
            [sys.executable, "-c", code, str(ROOT), str(asked)], env=world.env,
            start_new_session=True,
        ) as process:  # fmt: skip
            end = time.monotonic() + 30
            while not asked.exists() and time.monotonic() < end:  # made by the account that asks
                time.sleep(0.01)
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


def _sensors(host: Machine, **files: str) -> None:
    """Files of /sys by their paths, each in its folder."""
    for name, text in files.items():
        path = f"/sys/{name.replace('__', '/')}"
        host.files[path] = f"{text}\n"
        while path != "/":
            path, _, entry = path.rpartition("/")
            path = path or "/"
            if entry not in host.folders.setdefault(path, []):
                host.folders[path].append(entry)


CORETEMP = {"name": "coretemp", "temp1_label": "Package id 0", "temp1_max": "84000",
            "temp1_crit": "100000"}  # fmt: skip


@pytest.mark.parametrize(
    ("celsius", "state", "value"),
    [("45000", "ok", "45 °C"), ("84000", "warning", "84 °C"), ("100000", "critical", "100 °C")],
)
def test_temperature_against_the_sensors_own_limits(celsius: str, state: str, value: str) -> None:
    host = Machine()
    _sensors(host, **{f"class__hwmon__hwmon1__{k}": v for k, v in CORETEMP.items()})
    _sensors(
        host,
        class__hwmon__hwmon1__temp1_input=celsius,
        class__hwmon__hwmon2__name="nvme",
        class__hwmon__hwmon2__temp1_input="39850",
        class__hwmon__hwmon2__temp1_crit="-273150",  # not reported
        class__hwmon__hwmon3__name="nct6798",
        class__hwmon__hwmon3__temp4_input="127000",  # nothing is connected
        class__hwmon__hwmon3__temp4_crit="100000",
    )
    finding = heat.temperature(host)
    assert (finding.state, finding.value) == (state, value)
    if state == "ok":
        assert finding.detail == "coretemp Package id 0, the hottest of 2"
    else:
        assert finding.detail == f"coretemp Package id 0 {value} (limit 84 °C)"


def test_temperature_against_trip_points() -> None:
    host = Machine()
    assert heat.temperature(host).state == "skipped"
    _sensors(
        host,
        class__thermal__cooling_device0__type="Processor",
        class__thermal__thermal_zone0__type="cpu-thermal",
        class__thermal__thermal_zone0__temp="81200",
        class__thermal__thermal_zone0__trip_point_0_type="critical",
        class__thermal__thermal_zone0__trip_point_0_temp="85000",
    )
    finding = heat.temperature(host)
    assert (finding.state, finding.detail) == ("warning", "cpu-thermal 81 °C (limit 85 °C)")
    host.files["/sys/class/thermal/thermal_zone0/temp"] = "61000"
    assert heat.temperature(host).state == "ok"
    host.files["/sys/class/thermal/thermal_zone0/temp"] = "rubbish"
    assert heat.temperature(host).state == "skipped"


@pytest.mark.parametrize(
    ("flags", "state", "value", "words"),
    [
        ("0", "ok", "none now", ""),
        ("0x50005", "warning", "now", "under-voltage, throttled"),
        ("50000", "warning", "since boot", "too weak"),
        ("0xe0000", "ok", "none now", "frequency capped"),
    ],
)
def test_throttling_of_a_raspberry_pi(flags: str, state: str, value: str, words: str) -> None:
    host = Machine()
    host.files["/sys/devices/platform/soc/soc:firmware/get_throttled"] = f"{flags}\n"
    finding = heat.throttling(host)
    assert (finding.state, finding.value) == (state, value)
    assert words in finding.detail


def test_throttling_as_x86_counts_it() -> None:
    host = Machine(proc__uptime="10000.00 1.00\n")
    assert heat.throttling(host).state == "skipped"
    counted = "devices__system__cpu__cpu0__thermal_throttle__package_throttle"
    for count, spent, state in (
        ("0", "0", "ok"),
        ("3", "99000", "ok"),
        ("99", "200000", "warning"),
    ):
        _sensors(host, **{f"{counted}_count": count, f"{counted}_total_time_ms": spent})
        assert heat.throttling(host).state == state
    assert (
        heat.throttling(host).detail
        == "for 3 min since boot, 2% of the time: the processor gets too hot"
    )


TRACKING = "A29FC87B,162.159.200.123,4,1795000000.1,0.0001,0.0,0.0,1.5,0.0,0.1,0.01,0.0,64.5,{}\n"


@pytest.mark.parametrize(
    ("kept", "chrony", "service", "up", "state"),
    [
        (True, "", "", "9", "ok"),
        (False, "Normal", "", "9", "ok"),  # chrony without rtcsync
        (False, "Not synchronised", "/run/chrony", "9999", "warning"),
        (False, "", "/run/systemd/timesync", "9999", "warning"),
        (False, "", "/run/systemd/timesync", "9", "unknown"),  # not yet
        (False, "", "", "9999", "unknown"),  # a hypervisor may set it
        (None, "", "/run/systemd/timesync", "9999", "unknown"),
    ],
)
def test_the_clock(kept: bool | None, chrony: str, service: str, up: str, state: str) -> None:
    host = Machine(proc__uptime=f"{up}.00 1.00\n")
    host.kept = kept
    host.files[service] = ""
    if chrony:
        host.command = (0, TRACKING.format(chrony))
    assert clock.check(host).state == state


@pytest.mark.parametrize("kept", [True, False, None])
def test_a_container_has_the_clock_of_its_host(kept: bool | None) -> None:
    """A8: skipped, like the reboot check."""
    host = Machine()
    host.files["/run/.containerenv"] = ""
    host.kept = kept
    assert clock.check(host).state == "skipped"


def test_the_kernels_clock_state_is_that_of_timedatectl() -> None:
    assert Host().clock_is_kept() in (True, False, None)


SLOW = """
import sys, time; sys.path.insert(0, sys.argv[1])
import homelab.system.machine as host
import homelab.verbs.host.status as verb
from homelab.main import main
verb._WAIT = 2.0
real = host.Host.exists
host.Host.exists = lambda self, path: path in ("/run/systemd/system", "/var/lib/dpkg/status")
host.Host.entries = lambda self, path: ["x_dists_s_Packages"] if "lists" in path else []
host.Host.modified = lambda self, path: time.time_ns()
text = host.Host.read
host.Host.read = lambda self, path, errors="replace": (
    "deb http://x s main" if path.endswith("sources.list") else text(self, path, errors)
)
main(["host", "status", *sys.argv[2:]], "x")
"""


def test_hanging_tools_are_asked_concurrently_within_the_limit(world: World) -> None:
    """If systemctl, apt and chronyc never answer, the result is unknown, and the waits do not add
    up."""
    nap = f"4711.{os.getpid()}"  # readable by the account only
    tools = world.folder / "bin"
    tools.mkdir()
    for name in ("systemctl", "apt", "chronyc", "podman"):
        (tools / name).write_text(f"#!/bin/sh\nexec sleep {nap}\n")
        (tools / name).chmod(0o755)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", SLOW, str(ROOT), "--json"],
        env={**world.env, "PATH": f"{tools}:{world.env['PATH']}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert time.monotonic() - begun < 6, "one after the other they take 20 s"
    ps = ["ps", "-eo", "args"]
    assert until(lambda: nap not in subprocess.check_output(ps, text=True), 10)
    states = {row["check"]: row["state"] for row in json.loads(done.stdout)["rows"]}
    assert {states[name] for name in ("units", "timers", "updates")} == {"unknown"}
    assert world.events() == [f"exit={done.returncode} ver=0.6.0 verb=host status"]


def test_at_a_terminal_it_says_how_far_it_is(world: World) -> None:
    tools = world.folder / "bin"
    tools.mkdir()
    (tools / "apt").write_text("#!/bin/sh\nexec sleep 60\n")
    (tools / "apt").chmod(0o755)
    env = {**world.env, "PATH": f"{tools}:{world.env['PATH']}"}
    with Terminal([sys.executable, "-c", SLOW, str(ROOT)], env, str(world.folder)) as terminal:
        terminal.expect(r"homelab: 7 of 8 slow checks done, waiting for updates …")
        terminal.expect("no answer within 2 s")


def test_the_sentence_for_fine_rows_stays_short(world: World) -> None:
    from homelab.findings import Finding
    from homelab.verbs.host.status import _fine

    disks = [
        Finding("ok", f"disk /srv/{number}", f"{number}%", share=number / 100)
        for number in range(5, 30)
    ]
    others = [Finding("ok", "load", "0.1 per core"), Finding("skipped", "jobs", "-")]
    assert _fine([*others, *disks]) == (
        "fine: load 0.1 per core, 25 disks up to 29% (details: --all)"
    )
    assert _fine(others) == "fine: load 0.1 per core (details: --all)"
    assert _fine([*disks[:2], Finding("skipped", "units", "-")]) == (
        "fine: disk /srv/5 5%, disk /srv/6 6%; skipped: units (details: --all)"
    )
