"""`disk health` and its lines in `host status`, with programs that print what real ones printed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.accounts import Account
from support.machine import Machine
from support.world import World

from homelab import times
from homelab.findings import Finding
from homelab.storage import ask, check, disks, health
from homelab.storage.health import Health
from homelab.system.machine import Host
from homelab.verbs.disk import health as verb

RECORDED = Path(__file__).parent / "recorded"
NOW = 1_796_031_600 * times.SECOND
ZPOOL = """
case "$*" in
  "list -Hp") cat {recorded}/zpool/list-2.2.txt ;;
  *-j*) echo "invalid option 'j'" >&2; exit 2 ;;
  "status -P -p tank") cat {recorded}/zpool/degraded-faulted-2.2.txt ;;
  "status -P -p rpool") cat {recorded}/zpool/healthy-0.7.txt ;;
esac
"""
LVS = """cat {recorded}/lvm/lvs-full.json"""
VGS = """echo "WARNING: no device" >&2; cat {recorded}/lvm/vgs-missing.json"""
SMARTCTL = """
case "$*" in
  "--scan --json") cat {recorded}/smart/scan-simple-7.3.json ;;
  *"-d sat /dev/sdb") cat {recorded}/smart/hdd-failing-7.1.json; exit 216 ;;
  *" standby /dev/sda") cat {recorded}/smart/standby-7.2.json; exit 2 ;;
  *" standby /dev/nvme0") cat {recorded}/smart/nvme-samsung-7.3.json ;;
esac
"""


def install(world: World, **programs: str) -> None:
    """Put programs into a folder at the beginning of PATH, before those of this machine."""
    folder = world.folder / "tools"
    folder.mkdir(exist_ok=True)
    report = """echo '{{"report": []}}'"""
    nothing = {"zpool": "true", "lvs": report, "vgs": report, "smartctl": "echo '{{}}'"}
    for name, text in (nothing | programs).items():
        path = folder / name
        path.write_text("#!/bin/sh\n" + text.format(recorded=RECORDED, folder=world.folder))
        path.chmod(0o755)
    world.env["PATH"] = f"{folder}:{world.env['PATH']}"


def rows(world: World, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = world.run("disk", "health", "--json", *words)
    document = json.loads(done.stdout)
    assert document["schema"] == "homelab.disk-health/1"
    return done.returncode, {row["name"]: row for row in document["rows"]}


@pytest.mark.needs("root")
def test_all_tools_make_one_table_with_problems_first(world: World) -> None:
    install(world, zpool=ZPOOL, lvs=LVS, vgs=VGS, smartctl=SMARTCTL)
    code, found = rows(world)
    assert code == 1
    assert {
        "rpool": "ok", "tank": "critical", "data": "critical", "pve/data": "warning",
        "sda": "skipped", "sdb": "critical", "nvme0": "ok",
    }.items() <= {name: row["state"] for name, row in found.items()}.items()  # fmt: skip
    order = ["critical", "warning", "unknown", "ok", "skipped"]
    states = [order.index(row["state"]) for row in found.values()]
    assert states == sorted(states)
    assert found["tank"]["full"] == pytest.approx(0.91)
    assert found["tank"]["detail"].startswith("sdb1 FAULTED")
    assert found["sdb"]["serial"].startswith("EXAMPLE")
    plain = world.run("disk", "health").stdout
    assert "EXAMPLE" not in plain
    assert "SERIAL" not in plain
    (header, *lines) = csv.reader(io.StringIO(world.run("disk", "health", "--csv").stdout))
    assert {len(line) for line in lines} == {len(header)}


def test_only_what_is_named_is_shown(world: World) -> None:
    install(world, zpool=ZPOOL, smartctl=SMARTCTL)
    code, found = rows(world, "/dev/nvme0n1", "rpool")
    assert (code, list(found)) == (0, ["rpool", "nvme0"])
    code, found = rows(world, "rpool", "gone")
    assert (code, found["gone"]["state"]) == (1, "critical")
    assert "of this name is here" in found["gone"]["detail"]


def test_a_name_may_be_of_a_tool_that_does_not_answer(world: World) -> None:
    install(world, zpool="echo 'internal error' >&2; exit 1", smartctl="echo 'no JSON'")
    code, found = rows(world, "tank")
    assert (code, found["tank"]["state"]) == (69, "unknown")
    assert found["tank"]["detail"].endswith("zpool list: internal error")
    install(world, zpool="echo 'The ZFS modules are not loaded.' >&2; exit 1")
    code, found = rows(world, "tank")
    assert (code, found["tank"]["state"]) == (1, "critical")


@pytest.mark.needs("root")
def test_tools_that_hang_do_not_delay_the_others(world: World) -> None:
    """The status of one pool and LVM hang, and ignore TERM."""
    stuck = "trap '' TERM; echo $$ >{folder}/$(basename $0).pid; while :; do sleep 60; done"
    zpool = ZPOOL.replace("  *-j*)", f"  *-j*tank) {stuck} ;;\n  *-j*)")
    install(world, zpool=zpool, lvs=stuck, vgs=stuck, smartctl=SMARTCTL)
    code, found = rows(world, "--timeout", "4s")
    assert code == 1
    assert found["rpool"]["state"] == "ok"
    assert found["sdb"]["state"] == "critical"
    assert found["tank"]["detail"].endswith("zpool status: no answer within 4 s")
    assert (found["lvm"]["state"], found["lvm"]["detail"]) == (
        "unknown", "vgs: no answer within 4 s; another LVM command may hold the lock",
    )  # fmt: skip
    for name in ("zpool", "vgs"):
        pid = int((world.folder / f"{name}.pid").read_text())
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_broken_answers_are_unknown_with_the_reason(world: World) -> None:
    install(
        world,
        zpool=ZPOOL.replace("degraded-faulted-2.2.txt", "list-2.2.txt"),
        smartctl=SMARTCTL.replace("nvme-samsung-7.3.json", "cut-short.txt"),
    )
    _, found = rows(world)
    assert found["tank"]["state"] == "critical"  # zpool list knows that it is degraded
    assert "zpool status: it printed no status of this pool" in found["tank"]["detail"]
    assert found["nvme0"]["detail"] == "smartctl's JSON is cut short or broken"
    assert found["nvme0"]["state"] == "unknown"


def test_names_from_tools_are_printed_safely(world: World) -> None:
    line = "\\033[31mtank\\t9\\t1\\t8\\t-\\t-\\t2\\t1\\t1.00\\tONLINE\\t-\\n"
    install(world, zpool=f"test $1 = list && printf '{line}' || exit 1")
    done = world.run("disk", "health")
    assert "\033" not in done.stdout
    assert "tank" in done.stdout


def test_where_nothing_can_be_checked_the_exit_code_is_not_0(world: World) -> None:
    install(world)
    done = world.run("disk", "health")
    assert done.returncode in (1, 69)
    if done.returncode == 69 and "unknown" not in done.stdout:
        assert "nothing was checked" in done.stderr


@pytest.mark.parametrize("word", ["--full=x", "--scrub=0", "--wear=101", "--timeout=never"])
def test_wrong_limits_are_usage_errors(world: World, word: str) -> None:
    assert world.run("disk", "health", word).returncode == 2


def test_host_status_has_a_line_for_pools_and_one_for_disks(world: World) -> None:
    install(world, zpool=ZPOOL, smartctl=SMARTCTL)
    document = json.loads(world.run("host", "status", "--json").stdout)
    found = {row["check"]: row for row in document["rows"]}
    assert found["pools"]["state"] == "critical"
    assert found["pools"]["detail"].startswith("tank: sdb1 FAULTED")
    assert found["smart"]["state"] == "critical"
    assert found["smart"]["detail"].startswith("sdb: the disk itself says")


def finding(*found: Health) -> tuple[str, str, str]:
    made = check.finding("smart", list(found))
    assert isinstance(made, Finding)
    return made.state, made.value, made.detail


def test_the_line_of_host_status_names_what_is_not_fine() -> None:
    well = Health("sda", health.SMART)
    asleep = Health("sdb", health.SMART, state="skipped", detail="asleep, and was not woken")
    dead = health.unknown("sdc", health.SMART, "No such device")
    denied = Health("sdd", health.SMART, state="skipped", detail="needs root", denied=True)
    assert finding(well) == ("ok", "1 healthy", "")
    assert finding(well, asleep) == (
        "ok", "1 healthy", "not checked: sdb (asleep, and was not woken)",
    )  # fmt: skip
    assert finding(well, dead) == ("unknown", "1 of 2", "sdc: No such device")
    assert finding(denied) == ("skipped", "-", "needs root")
    assert check.finding("smart", [denied]).denied
    assert finding(*[dead] * 5)[2].endswith("; and 2 more: homelab disk health")


class Kernel(Machine):
    """A machine without any program."""

    uid = 0

    def program(self, name: str) -> str | None:
        return None

    def account(self) -> int:
        return self.uid


def test_disks_of_the_kernel_are_found_without_programs() -> None:
    host = Kernel()
    names = ("sda", "sdb", "sdc", "nvme0n1", "nvme0c0n1", "vda", "mmcblk0", "mmcblk0boot0")
    host.folders["/sys/block"] = [*names, "loop0", "dm-0", "md0", "sr0", "zd0"]
    host.files["/sys/block/sdb/size"] = "0\n"
    host.files["/sys/block/sdc/device/model"] = "QEMU HARDDISK   \n"
    host.files["/sys/block/nvme0c0n1/hidden"] = "1\n"
    found = {disk.name: disk.none for disk in disks.every(host)}
    assert found == {
        "sda": "", "nvme0": "", "sdc": "virtual: check the disks of its host",
        "vda": "virtual: check the disks of its host", "mmcblk0": "cards have no SMART",
    }  # fmt: skip
    rows = {row.name: row for row in ask.ask(host, health.DEFAULTS, NOW, 10, ("smart",))}
    assert {row.state for row in rows.values()} == {"skipped"}
    assert rows["sda"].detail == "smartctl is not installed (smartmontools)"
    assert {"/dev/nvme0n1", "/dev/nvme0"} <= rows["nvme0"].names

    def resolved(path: str) -> str:
        places = {"sda1": "block/sda/sda1", "nvme0n1p2": "nvme/nvme0/nvme0n1/nvme0n1p2"}
        name = path.removeprefix("/sys/class/block/")
        return f"/sys/devices/pci/{places[name]}" if name in places else path

    for name, disk in {"sda1": "sda", "/dev/nvme0n1p2": "nvme0", "sdx1": "sdx1"}.items():
        (named,) = verb.rows_named([*rows.values()], [name], resolved)
        assert named.name == disk
    (named,) = verb.rows_named([*rows.values()], ["/dev/sda"], str)
    assert named.state == "unknown"  # it was named, so it should have been checked
    host.files["/.dockerenv"] = ""
    assert "sda" not in {disk.name for disk in disks.every(host)}


def test_pools_of_the_kernel_are_unknown_without_zpool() -> None:
    host = Kernel()
    base = "/proc/spl/kstat/zfs"
    host.folders[base] = ["arcstats", "tank", "usb"]
    host.files |= {f"{base}/tank/state": "ONLINE\n", f"{base}/usb/state": "SUSPENDED\n"}
    tank, usb = ask.ask(host, health.DEFAULTS, NOW, 10, ("zfs",))
    assert (tank.state, tank.detail) == ("unknown", "zpool is not installed (zfsutils-linux)")
    assert usb.state == "critical"
    host.files["/.dockerenv"] = ""  # it shows the pools of its host
    tank, usb = ask.ask(host, health.DEFAULTS, NOW, 10, ("zfs",))
    assert (tank.state, tank.detail) == ("skipped", "a container: check its host")
    assert usb.state == "critical"


def test_lvm_without_its_tools_or_without_root() -> None:
    host = Kernel()
    host.folders["/sys/block"] = ["dm-0"]
    assert ask.ask(host, health.DEFAULTS, NOW, 10, ("lvm",)) == []
    host.files["/sys/block/dm-0/dm/uuid"] = "LVM-abc\n"
    (row,) = ask.ask(host, health.DEFAULTS, NOW, 10, ("lvm",))
    assert (row.state, row.detail) == ("unknown", "lvs is not installed (lvm2)")
    host.files["/.dockerenv"] = ""
    (row,) = ask.ask(host, health.DEFAULTS, NOW, 10, ("lvm",))
    assert (row.state, row.detail) == ("skipped", "a container: check its host")
    host.uid = 1000
    (row,) = ask.ask(host, health.DEFAULTS, NOW, 10, ("lvm",))
    assert (row.state, row.detail, row.denied) == ("skipped", "needs root", True)


def test_arrays_have_the_counts_of_their_files() -> None:
    host = Kernel()
    host.files["/proc/mdstat"] = "md0 : active raid5 sda1[0] sdb1[1]\n      8 blocks [2/2] [UU]\n"
    host.files["/sys/block/md0/md/mismatch_cnt"] = "16\n"
    (row,) = ask.ask(host, health.DEFAULTS, NOW, 10, ("mdadm",))
    assert (row.state, row.errors) == ("warning", 16)
    host.files["/sys/block/md0/md/array_state"] = "broken\n"
    (row,) = ask.ask(host, health.DEFAULTS, NOW, 10, ("mdadm",))
    assert (row.state, row.health) == ("critical", "broken")
    del host.files["/proc/mdstat"]
    assert ask.ask(host, health.DEFAULTS, NOW, 10, ("mdadm",)) == []


@pytest.mark.needs("root")
@pytest.mark.parametrize("words", [("disk", "health", "--timeout", "50s"), ("host", "status")])
def test_a_run_that_is_ended_leaves_no_tool_behind(world: World, words: tuple[str, ...]) -> None:
    """Each fake ignores TERM, and writes its pid into a pipe when it has begun."""
    fifo = world.folder / "began"
    os.mkfifo(fifo)
    stuck = "trap '' TERM; echo $$ >{folder}/began; while :; do sleep 60; done"
    install(world, zpool=stuck, vgs=stuck, smartctl=stuck)
    run = subprocess.Popen(
        [world.pyz, *words],
        env=world.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with os.fdopen(os.open(fifo, os.O_RDWR), buffering=1) as began:  # it never ends
        pids = [int(began.readline()) for _ in range(3)]
    run.terminate()
    assert run.wait(60) in (143, -signal.SIGTERM)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.needs("root")
def test_root_runs_no_tool_that_another_account_can_change(
    world: World, everyones: str, u1: Account
) -> None:
    install(world, zpool="touch {folder}/ran", smartctl="touch {folder}/ran")
    u1.owns(world.folder / "tools/zpool")
    (world.folder / "tools/smartctl").chmod(0o757)
    code, found = rows(world)
    assert code == 69
    for kind in ("zfs", "smart"):
        assert found[kind]["state"] == "unknown"
        assert found[kind]["detail"].startswith("root does not run its tool: ")
    assert not (world.folder / "ran").exists()


def test_lvs_is_not_asked_without_a_volume_group(world: World) -> None:
    """Both read every disk, which takes longer than all other checks of the storage."""
    install(world, vgs='echo \'{{"report": [{{"vg": []}}]}}\'', lvs="touch {folder}/ran")
    rows(world)
    assert not (world.folder / "ran").exists()


def test_a_zpool_with_json_is_asked_once(world: World) -> None:
    script = """
    echo "$*" >>{folder}/asked
    case "$*" in
      "list -Hp") cat {recorded}/zpool/list-0.7.txt ;;
      "status -P -p -j tank") cat {recorded}/zpool/degraded-2.3.json ;;
    esac
    """
    install(world, zpool=script)
    code, found = rows(world, "tank")
    assert (code, found["tank"]["state"]) == (1, "critical")
    assert found["tank"]["full"] == pytest.approx(0.83, abs=0.01)
    asked = (world.folder / "asked").read_text().splitlines()
    assert asked == ["list -Hp", "status -P -p -j tank"]


def test_two_paths_to_one_disk_are_one_row(world: World) -> None:
    disk = "{recorded}/smart/hdd-wd-7.2.json"
    scan = '{{"devices": [{{"name": "/dev/sdx"}}, {{"name": "/dev/sdy"}}]}}'
    script = f"case $1 in --scan) echo '{scan}' ;; *) cat {disk} ;; esac"
    install(world, smartctl=script)
    for name in ("sdx", "/dev/sdy"):
        code, found = rows(world, name)
        assert (code, list(found)) == (0, ["sdx"])


def test_different_disks_with_one_serial_number_are_two_rows(world: World) -> None:
    """Cheap disks of one model may share it."""
    report = json.loads((RECORDED / "smart/hdd-wd-7.2.json").read_text())
    (world.folder / "sdx").write_text(json.dumps(report))
    report["power_on_time"]["hours"] += 100
    (world.folder / "sdy").write_text(json.dumps(report))
    scan = '{{"devices": [{{"name": "/dev/sdx"}}, {{"name": "/dev/sdy"}}]}}'
    script = f"for last; do :; done; case $1 in --scan) echo '{scan}' ;; *)"
    install(world, smartctl=script + " cat {folder}/$(basename $last) ;; esac")
    _, found = rows(world, "sdx", "sdy")
    assert list(found) == ["sdx", "sdy"]


def test_disks_that_share_a_path_are_asked_only_by_their_types(world: World) -> None:
    host = Kernel()
    host.folders["/sys/block"] = ["sda"]
    kinds = ("usbjmicron,0", "usbjmicron,1")
    scan = {"devices": [{"name": "/dev/sda", "type": kind} for kind in kinds]}
    script = world.folder / "smartctl"
    script.write_text(f"#!/bin/sh\ncase $1 in --scan) echo '{json.dumps(scan)}' ;; esac\n")
    script.chmod(0o755)
    host.program = lambda name: str(script)  # type: ignore[method-assign]
    host.child = Host().child  # type: ignore[method-assign]
    found = ask.ask(host, health.DEFAULTS, NOW, 10, ("smart",))
    assert [row.name for row in found] == [f"sda {kind}" for kind in kinds]
    assert all("/dev/sda" in row.names for row in found)


def test_a_zpool_without_exact_numbers_is_asked_without_them(world: World) -> None:
    """OpenZFS 0.7 has no -p."""
    script = """
    case "$*" in
      "list -Hp") cat {recorded}/zpool/list-0.7.txt ;;
      "status -P tank") sed s/rpool/tank/ {recorded}/zpool/healthy-0.7.txt ;;
      *) echo "invalid option 'p'" >&2; exit 2 ;;
    esac
    """
    install(world, zpool=script)
    code, found = rows(world, "tank")
    assert (code, found["tank"]["health"]) == (1, "ONLINE")
    assert found["tank"]["detail"].startswith("83% full")


def lvm_host(world: World, vgs: str, lvs: str) -> Kernel:
    """A machine with a volume of LVM, and with these programs."""
    host = Kernel()
    host.folders["/sys/block"] = ["dm-0"]
    host.files["/sys/block/dm-0/dm/uuid"] = "LVM-abc\n"
    for name, text in {"vgs": vgs, "lvs": lvs}.items():
        path = world.folder / name
        path.write_text(f"#!/bin/sh\n{text.format(recorded=RECORDED)}\n")
        path.chmod(0o755)
    host.program = lambda name: str(world.folder / name)  # type: ignore[method-assign]
    host.child = Host().child  # type: ignore[method-assign]
    return host


def test_an_incomplete_or_empty_list_of_volumes_is_unknown(world: World) -> None:
    vgs = "cat {recorded}/lvm/vgs-healthy.json"
    lvs = "cat {recorded}/lvm/lvs-healthy.json; echo 'Volume group x not found' >&2; exit 5"
    found = ask.ask(lvm_host(world, vgs, lvs), health.DEFAULTS, NOW, 10, ("lvm",))
    unknown = [row.detail for row in found if row.state == "unknown"]
    assert unknown == ["lvs: Volume group x not found"]
    nothing = """echo '{{"report": []}}'"""
    host = lvm_host(world, nothing, nothing)
    (row,) = ask.ask(host, health.DEFAULTS, NOW, 10, ("lvm",))
    assert (row.state, row.detail) == (
        "unknown", "vgs lists nothing, but the kernel has volumes of LVM",
    )  # fmt: skip


def test_a_plain_volume_is_known_by_its_names(world: World) -> None:
    vgs, lvs = "cat {recorded}/lvm/vgs-healthy.json", "cat {recorded}/lvm/lvs-healthy.json"
    found = ask.ask(lvm_host(world, vgs, lvs), health.DEFAULTS, NOW, 10, ("lvm",))
    names = ("pve/root", "/dev/pve/root", "/dev/mapper/pve-root", "/dev/mapper/pve-data")
    for name in names:
        (row,) = (row for row in found if name in row.names)
        assert row.name == ("pve/data" if name.endswith("data") else "pve")
