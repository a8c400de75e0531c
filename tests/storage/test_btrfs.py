"""btrfs: real file systems on loop devices, and the files and outputs of older kernels."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from support.machine import Machine
from support.world import World

from homelab import times
from homelab.storage import ask, btrfs, health, judge

APART = ("unshare", "-m", "sh", "-ec")
NOW = 1_796_031_600 * times.SECOND
UUID = "62bf161c-6e3a-477a-92e9-184b6f728476"
# btrfs-progs keep scrubs in /var/lib/btrfs: this one goes with the namespace
SETUP = """
mount -t tmpfs none /var/lib/btrfs; cd "$folder"; mkdir pool; truncate -s 160M a b
A=$(losetup -f --show a); B=$(losetup -f --show b)
trap 'cd /; umount "$folder/pool" || :; losetup -d $A || :; losetup -d $B 2>/dev/null || :' EXIT
mkfs.btrfs -q -f -L lab -d raid1 -m raid1 $A $B; mount $A pool
dd if=/dev/urandom of=pool/file bs=1M count=8 2>/dev/null; sync
"""
DAMAGED = """
umount pool; dd if=/dev/urandom of=b bs=1M seek=40 count=70 conv=notrunc 2>/dev/null
mount $A pool; btrfs scrub start -B pool || true
"""
WITHOUT_ONE = """
umount pool; losetup -d $B; btrfs device scan --forget $A; mount -o degraded $A pool
"""


def health_of(world: World, setup: str, *words: str, run: str = "") -> dict[str, Any]:
    """The row of the file system after the setup, in a mount namespace of its own."""
    script = f'folder=$1; shift\n{{ {SETUP}\n{setup}\n}} >&2\n{run} "$@"'
    done = subprocess.run(
        [*APART, script, "sh", str(world.folder), world.pyz, "disk", "health", "--json", *words],
        env=world.env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    rows = [row for row in json.loads(done.stdout)["rows"] if row["type"] == "btrfs"]
    (row,) = (row for row in rows if row["name"].startswith(str(world.folder)))
    assert isinstance(row, dict)
    return row


@pytest.mark.needs("root", "namespaces", "loop", "mkfs.btrfs")
def test_a_healthy_mirror_and_its_scrub(world: World) -> None:
    pool = str(world.folder / "pool")
    row = health_of(world, "", pool)
    assert (row["state"], row["health"]) == ("warning", "no errors")
    assert row["detail"] == f"never scrubbed; btrfs scrub start {pool}"
    (world.folder / "pool").rmdir()
    row = health_of(world, "btrfs scrub start -B pool", "lab")
    assert (row["state"], row["detail"], row["errors"]) == ("ok", None, 0)
    assert row["checked"] < 3600


@pytest.mark.needs("root", "namespaces", "loop", "mkfs.btrfs")
def test_blocks_that_a_scrub_repaired_are_a_warning(world: World) -> None:
    row = health_of(world, DAMAGED)
    assert (row["state"], row["health"]) == ("warning", "errors")
    assert row["errors"] > 0
    assert "device 2" in row["detail"]
    assert " corruption): check cable and SMART data, then btrfs device stats -z" in row["detail"]
    assert "the last scrub repaired" in row["detail"]


@pytest.mark.needs("root", "namespaces", "loop", "mkfs.btrfs")
def test_a_missing_device_is_critical(world: World) -> None:
    row = health_of(world, WITHOUT_ONE)
    assert (row["state"], row["health"]) == ("critical", "degraded")
    assert row["detail"].startswith("1 device is missing; reconnect or replace it")


@pytest.mark.needs("root", "namespaces", "loop", "mkfs.btrfs", "setpriv")
def test_without_root_all_but_the_scrub_is_read(world: World, everyones: str) -> None:
    world.pyz = everyones
    setup = f"chmod 700 /var/lib/btrfs; btrfs scrub start -B pool\n{WITHOUT_ONE}"
    run = "HOME=/nonexistent setpriv --reuid 65534 --regid 65534 --clear-groups"
    row = health_of(world, setup, run=run)
    assert (row["state"], row["errors"], row["checked"]) == ("critical", 0, None)


FILE = (
    "scrub status:1\n"
    "{uuid}:1|data_extents_scrubbed:640|csum_errors:0|uncorrectable_errors:0|corrected_errors:0"
    "|t_start:1796031000|t_resumed:0|duration:120|canceled:0|finished:1\n"
    "{uuid}:2|data_extents_scrubbed:640|csum_errors:7|uncorrectable_errors:{bad}"
    "|corrected_errors:{good}|t_start:1796031000|t_resumed:0|duration:60|canceled:{canceled}"
    "|finished:{finished}\n"
)
VALUES = {"uuid": UUID, "bad": 0, "good": 0, "canceled": 0, "finished": 1}


@pytest.mark.parametrize(
    ("values", "state", "words"),
    [
        ({}, "ok", ""),
        ({"good": 7}, "warning", "the last scrub repaired 7 errors"),
        ({"bad": 2, "good": 5}, "critical", "the last scrub could not repair 2 errors"),
        ({"canceled": 1}, "warning", "the last scrub was cancelled"),
        ({"canceled": 1, "finished": 0}, "warning", "the last scrub was cancelled"),
        ({"finished": 0}, "warning", "the last scrub was interrupted; btrfs scrub resume /srv"),
    ],
)
def test_the_last_scrub_is_judged(values: dict[str, int], state: str, words: str) -> None:
    text = FILE.format(**(VALUES | values))
    found = btrfs.Filesystem("/srv", UUID)
    found.scrub = btrfs.scrub(text, UUID)
    row = judge.filesystem(found, health.DEFAULTS, NOW)
    assert (row.state, row.checked) == (state, 540)
    assert words in row.detail
    assert btrfs.scrub(text, "another") is None


def test_an_old_scrub_and_none_at_all() -> None:
    found = btrfs.Filesystem("/srv", UUID)
    assert judge.filesystem(found, health.DEFAULTS, NOW).detail == "never scrubbed"
    found.redundant = True
    assert judge.filesystem(found, health.DEFAULTS, NOW).state == "warning"
    found.scrub = btrfs.Scrub()
    found.scrub.at = NOW - 40 * times.DAY
    row = judge.filesystem(found, health.DEFAULTS, NOW)
    assert (row.state, row.detail) == (
        "warning", "last scrub 40 days ago; btrfs scrub start /srv",
    )  # fmt: skip


def test_device_stats_of_btrfs_progs_are_read() -> None:
    kinds = ("write_io", "read_io", "flush_io", "corruption", "generation")
    text = "".join(f"[/dev/sda].{kind}_errs    0\n" for kind in kinds)
    text += "".join(f"[<missing disk>].{kind}_errs   {at}\n" for at, kind in enumerate(kinds))
    assert btrfs.statistics(text) == {
        "/dev/sda": {},
        "<missing disk>": {"read": 1, "flush": 2, "corruption": 3, "generation": 4},
    }
    with pytest.raises(ValueError, match="ERROR"):
        btrfs.statistics("ERROR: not a btrfs filesystem: /srv\n")


def test_the_kernels_counters_are_read() -> None:
    text = "write_errs 3\nread_errs 0\nflush_errs 0\ncorruption_errs 12\ngeneration_errs 0\n"
    assert btrfs.kernel_errors(text) == {"write": 3, "corruption": 12}
    with pytest.raises(ValueError, match="invalid"):
        btrfs.kernel_errors("invalid\n")


def filesystem() -> btrfs.Filesystem:
    found = btrfs.Filesystem("/srv", UUID)
    found.scrub = btrfs.Scrub()
    found.scrub.at = NOW - times.DAY
    return found


def test_what_runs_is_a_note() -> None:
    found = filesystem()
    assert found.scrub is not None
    found.scrub.finished, found.scrub.running = False, True
    found.doing = "balance"
    row = judge.filesystem(found, health.DEFAULTS, NOW)
    assert (row.state, row.detail) == ("ok", "balance running; scrub running")
    found.doing = "balance paused"
    detail = judge.filesystem(found, health.DEFAULTS, NOW).detail
    assert detail.startswith("balance paused; btrfs balance resume /srv")


def test_a_file_system_that_the_kernel_made_read_only_is_critical() -> None:
    found = filesystem()
    found.stopped = True
    row = judge.filesystem(found, health.DEFAULTS, NOW)
    assert (row.state, "read-only after an error" in row.detail) == ("critical", True)


class Kernel(Machine):
    """A machine with two file systems, whose mounts name /dev/sda1 and a device of no node."""

    def __init__(self, table: str, **devices: str) -> None:
        super().__init__()
        self.files["/proc/self/mountinfo"] = table
        self.folders["/sys/fs/btrfs"] = ["features", *devices.values()]
        for device, uuid in devices.items():
            base = f"/sys/fs/btrfs/{uuid}"
            self.folders |= {f"{base}/devices": [device], f"{base}/devinfo": ["1"]}
            self.files[f"{base}/devinfo/1/error_stats"] = "write_errs 0\n"

    def account(self) -> int:
        return 1000

    def program(self, name: str) -> str | None:
        return None

    def resolved(self, path: str) -> str:
        return path


MOUNTS = """
30 1 0:30 / / rw - btrfs /dev/root rw,subvol=/
31 1 0:31 / /srv rw - btrfs /dev/sda1 {},subvol=/
32 1 0:31 /sub /srv/my\\040data rw - btrfs /dev/sda1 {},subvol=/sub
"""


def test_a_root_that_the_kernel_mounted_is_known_by_elimination() -> None:
    host = Kernel(MOUNTS.format("rw", "rw"), sda1=UUID, mmcblk0p2="another")
    found = ask.ask(host, health.DEFAULTS, NOW, 10, ("btrfs",))
    root, srv = sorted(found, key=lambda row: row.name)
    assert (root.name, root.errors, "another" in root.names) == ("/", 0, True)
    assert {"/srv", "/srv/my data", "/dev/sda1", UUID} <= srv.names
    del host.folders["/sys/fs/btrfs"]
    for row in ask.ask(host, health.DEFAULTS, NOW, 10, ("btrfs",)):
        assert (row.state, row.health) == ("unknown", "")
    host = Kernel(MOUNTS.format("ro", "ro"), sda1=UUID, mmcblk0p2="another")
    states = {row.name: row.state for row in ask.ask(host, health.DEFAULTS, NOW, 10, ("btrfs",))}
    assert states == {"/": "ok", "/srv": "critical"}
