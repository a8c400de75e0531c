"""`disk usage`: real mounts of each kind, in a mount namespace that each test makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.machine import Machine, filled
from support.world import ROOT, World, at_a_terminal

from homelab.system.mounted import SpaceUsage
from homelab.vitals import filesystems, mounts

APART = ("unshare", "-m", "sh", "-ec")
LISTED = "1 0 0:1 / {} rw - {} {} rw\n"


def _mounted(world: World, setup: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the built file in a namespace in which `setup` mounted file systems; $1 is the world's
    folder."""
    script = f'{{ {setup}\n}} >&2; shift; exec "$@"'
    return subprocess.run(
        [*APART, script, "sh", str(world.folder), world.pyz, *words],
        env={**world.env, **env}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def _rows(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert done.returncode in (0, 1), done.stderr
    return {row["mount"]: row for row in json.loads(done.stdout)["rows"]}


def test_the_numbers_are_those_of_df(world: World) -> None:
    """The numbers of this host's root, except for changes in between."""
    rows = _rows(world.run("disk", "usage", "/", "--json"))
    command = ["df", "-B1", "--output=size,avail,itotal,iavail", "/"]
    df = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-4:]
    root = rows["/"]
    shown = ("size", "available", "inodes_total", "inodes_available")
    for name, expected in zip(shown, df):
        assert abs((root[name] or 0) - int(expected.replace("-", "0"))) <= int(root["size"]) // 100


@pytest.mark.needs("root", "namespaces", "mkfs.ext4")
def test_over_a_threshold_comes_first_and_names_what_runs_out(world: World) -> None:
    setup = """
    for name in bytes inodes fine; do
      mkdir -p "$1/$name"; truncate -s 16M "$1/$name.img"
      mkfs.ext4 -q -m 0 -N 64 "$1/$name.img"; mount -o loop "$1/$name.img" "$1/$name"
    done
    dd if=/dev/zero of="$1/bytes/big" bs=1M 2>/dev/null || true
    for number in $(seq 64); do touch "$1/inodes/$number" 2>/dev/null || break; done
    """
    done = _mounted(world, setup, "disk", "usage", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["problems"], told["unknown"]) == (1, 2, 0)
    first = {Path(row["mount"]).name: row for row in told["rows"][:2]}
    assert set(first) == {"bytes", "inodes"}
    assert first["bytes"]["used"] > 0.9  # ext4 reserves clusters
    assert first["inodes"]["inodes"] == 1
    assert first["inodes"]["used"] < 0.9
    assert [first[name]["detail"] for name in first] == [f"{name} over 90%" for name in first]
    assert {row["state"] for row in told["rows"][:2]} <= {"critical", "warning"}
    plain = _mounted(world, setup, "disk", "usage", "--problems")
    assert plain.stdout.count(" over 90%\n") == 2
    assert " ok " not in plain.stdout
    assert f"{world.folder}/fine" in plain.stderr
    assert _mounted(world, ":", "disk", "usage", "--disk", "0", "/").returncode == 1


@pytest.mark.needs("root", "namespaces", "mkfs.btrfs")
def test_each_file_system_once(world: World) -> None:
    """Bind mounts and subvolumes are not repeated, and hidden mounts are left out."""
    setup = """
    cd "$1"; mkdir -p pool pool-home bound covered
    truncate -s 128M pool.img; mkfs.btrfs -fq pool.img; mount -o loop pool.img pool
    mkdir pool/sub; mount --bind pool/sub bound
    btrfs subvolume create pool/home >/dev/null
    mount -t btrfs -o subvol=home "$(losetup -j pool.img -O NAME -n)" pool-home
    mount --bind pool covered; mount -t tmpfs none covered; cd /
    """
    rows = _rows(_mounted(world, setup, "disk", "usage", "--json"))
    assert [name for name, row in rows.items() if row["type"] == "btrfs"] == [
        f"{world.folder}/pool"
    ]
    assert rows[f"{world.folder}/pool"]["inodes"] is None  # btrfs creates inodes on demand
    asked = [
        "disk",
        "usage",
        "--json",
        *(f"{world.folder}/{name}" for name in ("bound", "covered")),
    ]
    rows = _rows(_mounted(world, setup, *asked))
    types = {Path(name).name: row["type"] for name, row in rows.items()}
    assert types == {"bound": "btrfs", "covered": "tmpfs"}


@pytest.mark.needs("root", "namespaces")
def test_a_path_that_must_be_mounted(world: World) -> None:
    """Mounts, bind mounts of folders and files, links to mounts; folders that only exist, and
    names of nothing."""
    setup = """
    cd "$1"; mkdir -p nas/inside empty bound covered; touch file; ln -sfn nas link
    mount -t tmpfs none nas; mount --bind empty bound; mount --bind file file
    ln -sfn empty dangling-mount; ln -sfn nowhere dangling
    """
    names = ["nas", "nas/", "link", "bound", "file", "empty", "empty/", "dangling-mount", "nosuch",
             "dangling", "file/x", "loop"]  # fmt: skip
    (world.folder / "loop").symlink_to("loop")
    paths = [f"{world.folder}/{name}" for name in names]
    done = _mounted(world, setup, "disk", "usage", "--mounted", *paths, "/", "/proc", "--json")
    told = json.loads(done.stdout)
    rows = {row["mount"].replace(f"{world.folder}/", ""): row for row in told["rows"]}
    by_state: dict[str, list[str]] = {}
    for name, row in rows.items():
        by_state.setdefault(row["state"], []).append(name)
    assert sorted(by_state.pop("critical")) == [
        "dangling", "dangling-mount", "empty", "file/x", "loop", "nosuch",
    ]  # fmt: skip
    (names,) = by_state.values()
    assert {"nas", "bound", "file", "/", "/proc"} == set(names)
    assert done.returncode == 1
    assert rows["empty"]["detail"].startswith("not mounted: this is a part of /")
    assert rows["nosuch"]["detail"].startswith("not mounted: there is no such folder")
    assert rows["empty"]["used"] is None  # that of another file system says nothing about it
    done = _mounted(world, setup, "disk", "usage", "--mounted", f"{world.folder}/nas")
    assert done.returncode == 0
    done = world.run("disk", "usage", "--mounted")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--mounted needs the PATHs" in done.stderr


@pytest.mark.parametrize(
    ("error", "kind", "state", "words"),
    [
        (OSError(116, "Stale file handle"), "nfs4", "critical", "does not work: Stale"),
        (OSError(107, "Transport endpoint is not connected"), "fuse.sshfs", "critical", "endpoint"),
        (OSError(2, "No such file or directory"), "autofs", "critical", "autofs could not"),
        (OSError(13, "Permission denied"), "ext4", "unknown", "Permission denied"),
        (TimeoutError("no answer within 2 s"), "nfs4", "unknown", "no answer within 2 s"),
    ],
)
def test_a_required_mount_that_is_broken(error: OSError, kind: str, state: str, words: str) -> None:
    class Broken(Machine):
        def fills(self, paths: list[str], seconds: float) -> list[Any]:
            return [error for _ in paths]

    host = Broken(proc__self__mountinfo=LISTED.format("/mnt/nas", kind, "nas:/export"))
    (each,) = filesystems.ask_of(host, ["/mnt/nas/"], 90, 90, mounted=True)
    assert (each.mount.folder, each.state) == ("/mnt/nas", state)
    assert words in each.why


def test_autofs_mounts_before_the_table_of_mounts_is_read() -> None:
    class Automatic(Machine):
        def fills(self, paths: list[str], seconds: float) -> list[Any]:
            table = self.files["/proc/self/mountinfo"]
            self.files["/proc/self/mountinfo"] = table + LISTED.format(paths[0], "nfs4", "nas:/")
            return super().fills(paths, seconds)

    host = Automatic(proc__self__mountinfo=LISTED.format("/mnt/nas", "autofs", "/etc/auto.nas"))
    host.full = {"/mnt/nas": filled(40)}
    (each,) = filesystems.ask_of(host, ["/mnt/nas"], 90, 90, mounted=True)
    assert (each.state, each.mount.kind) == ("ok", "nfs4")


@pytest.mark.needs("root", "namespaces")
def test_names_that_are_hard_to_print(world: World) -> None:
    names = [b"a blank", b"tab\tand\nline", b"back\\slash\\040", b"esc\x1b[31m", b"latin\xe9"]
    for name in names:
        os.mkdir(os.path.join(os.fsencode(world.folder), name))
    setup = 'for folder in "$1"/*/; do mount -t tmpfs none "$folder"; done'
    paths = [os.fsdecode(os.path.join(os.fsencode(world.folder), name)) for name in names]
    done = _mounted(world, setup, "disk", "usage", "--json", *paths)
    rows = json.loads(done.stdout)["rows"]
    assert sorted(row["mount"] for row in rows) == sorted(paths)
    assert {row["type"] for row in rows} == {"tmpfs"}
    setup = "\n".join(
        f"mkdir -p '{world.folder}'/\"$(printf '{name}')\";"
        f" mount --bind /boot '{world.folder}'/\"$(printf '{name}')\""
        for name in (r"esc\033[31m",)
    )
    assert "\x1b" not in _mounted(world, setup, "disk", "usage").stderr


@pytest.mark.needs("root", "namespaces", "fuse")
def test_a_hung_network_mount_does_not_block_the_run(world: World) -> None:
    """Several hung mounts, asked concurrently; a reader of the output through a pipe does not wait
    for stuck children either."""
    folders = [world.folder / f"nas{number}" for number in range(6)]
    for folder in folders:
        folder.mkdir()
    hung = [sys.executable, str(ROOT / "tests/support/hung_mounts.py"), *map(str, folders), "--"]
    for words, rows in ((["disk", "usage"], 6), (["disk", "usage", f"{folders[0]}/film"], 1)):
        begun = time.monotonic()
        done = subprocess.run(
            [*APART, '"$@" | cat; exit "${PIPESTATUS:-0}"', "sh", *hung, "sh", "-c",
             '"$@"; echo $? >&2', "sh", world.pyz, *words],
            env=world.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        took = time.monotonic() - begun
        assert took < 8, "asked one after the other, six take 12 s"
        told = [line.split() for line in done.stdout.splitlines() if "no answer within" in line]
        assert len(told) == rows, done
        assert {row[0] for row in told} == {"unknown"}
        assert done.stderr.splitlines()[-1] == "69"


def test_one_disk_in_a_container_is_listed_once() -> None:
    table = LISTED.format("/", "overlay", "overlay") + "".join(
        f"{number} 1 8:1 /var/lib/docker/containers/x/{name} /{path} rw - ext4 /dev/sda1 rw\n"
        for number, (name, path) in enumerate([("hosts", "etc/hosts"), ("data", "data")], 2)
    )
    host = Machine(proc__self__mountinfo=table + "9 1 8:17 / /media rw - ext4 /dev/sdb1 rw\n")
    host.full = {"/": filled(40), "/data": filled(40), "/media": filled(40, gib=50)}
    assert [each.mount.folder for each in filesystems.ask(host, 90, 90)] == ["/", "/media"]


@pytest.mark.parametrize(
    ("fstab", "options", "kept", "state"),
    [
        ("UUID=1 / ext4 defaults,errors=remount-ro 0 1\n# UUID=2 /x ext4 rw 0 1\n\n", "ro", "ro",
         "warning"),
        ("UUID=1 // ext4 defaults 0 1\n", "ro", "ro", "warning"),
        ("UUID=1 / ext4 ro 0 1\n", "ro", "ro", None),
        ("", "ro", "ro", None),
        ("", "rw", "ro", "warning"),  # only the kernel does this, whatever fstab says
        ("", "rw,relatime", "rw,errors=remount-ro,emergency_ro", "warning"),  # since Linux 6.15
        ("", "rw", "rw,shutdown", "warning"),
    ],
)  # fmt: skip
def test_read_only_against_intent_is_a_problem(
    fstab: str, options: str, kept: str, state: str | None
) -> None:
    """The kernel makes a file system read-only after an error; an image is left out."""
    table = f"1 0 0:1 / / {options} - ext4 /dev/sda1 {kept}\n"
    host = Machine(proc__self__mountinfo=table, etc__fstab=fstab)
    host.full = {"/": filled(99)}
    listed = filesystems.ask(host, 100, 100)
    assert [each.state for each in listed] == ([state] if state else [])
    (named,) = filesystems.ask_of(host, ["/"], 90, 90)
    assert named.state == ("critical" if state else "ok")
    findings = filesystems.check(host, 100, 100)
    assert ("read-only" in {each.value for each in findings}) == bool(state)


def test_another_accounts_fuse_mount_is_skipped() -> None:
    class Closed(Machine):
        def filling(self, paths: list[str], seconds: float) -> Callable[[], list[Any]]:
            return lambda: [PermissionError(13, "Permission denied") for _ in paths]

    host = Closed(proc__self__mountinfo=LISTED.format("/home/al/nas", "fuse.sshfs", "nas:"))
    (each,) = filesystems.ask(host, 90, 90)
    assert (each.state, each.why) == (
        "skipped",
        "it belongs to another account, which does not share it",
    )


def test_a_mount_that_may_not_be_asked_is_skipped_unless_named() -> None:
    class Closed(Machine):
        def fills(self, paths: list[str], seconds: float) -> list[Any]:
            return [PermissionError(13, "Permission denied") for _ in paths]

    host = Closed(proc__self__mountinfo=LISTED.format("/root/data", "ext4", "/dev/sda1"))
    (each,) = filesystems.ask(host, 90, 90)
    assert (each.state, each.why) == ("skipped", "Permission denied")
    (each,) = filesystems.ask_of(host, ["/root/data"], 90, 90)
    assert (each.state, each.why) == ("unknown", "Permission denied")


def test_a_file_system_without_a_size_is_not_called_fine(world: World) -> None:
    done = world.run("disk", "usage", "/proc", "--json")
    (row,) = json.loads(done.stdout)["rows"]
    assert (row["state"], row["mount"], row["size"]) == ("skipped", "/proc", None)
    assert (row["detail"], done.returncode) == ("it reports no size", 0)


def test_a_relative_path_is_of_the_folder_it_is_given_in(world: World) -> None:
    (world.folder / "here").mkdir()
    for name in ("here", "./here/..", "."):
        done = world.run("disk", "usage", name, "--json")
        (row,) = json.loads(done.stdout)["rows"]
        assert row["state"] != "unknown", row


@pytest.mark.parametrize(
    ("field", "folder"),
    [
        (r"a\040b", "a b"), (r"\134040", r"\040"), (r"tail\04", r"tail\04"), (r"\011\012", "\t\n"),
        (r"caf\303\251", "café"), (r"\377", "\udcff"), (r"\777", r"\777"), ("\udcff", "\udcff"),
    ],
)  # fmt: skip
def test_escapes_of_the_kernel(field: str, folder: str) -> None:
    """A12: each number is a byte; bytes that are not UTF-8 stay unchanged."""
    assert mounts.unescaped(field) == folder


def test_a_name_with_other_ends_of_lines_hides_no_mount() -> None:
    """A12: neither in the table of mounts nor in /etc/fstab."""
    name = "/mnt/a\r\x0b\x0c\x1c\x85\xa0\u2028b"
    fstab = f"# x\n/dev/sdb1\t{name} ext4 defaults 0 2\n"
    (mount,) = mounts.every(f"30 22 0:9 / {name} ro - ext4 /dev/sdb1 ro\n")
    assert mount.folder == name
    assert mounts.meant_writable(fstab) == {name}


IMAGE = SpaceUsage(131072, 400, 0, 0, 90, 0)  # the numbers of a squashfs


@pytest.mark.parametrize(
    "kind",
    ["squashfuse", "squashfuse_ll", "Krita.AppImage", "nvim", "dwarfs", "erofsfuse",
     "fuse-overlayfs", "snapfuse"],
)  # fmt: skip
def test_an_image_is_not_listed(kind: str) -> None:
    """B11: an AppImage that is mounted, under any name, is full by design."""
    switch = "rw" if "overlay" in kind else "ro"
    table = f"30 22 0:9 / /tmp/.mount_x {switch} - fuse.{kind} {kind} {switch}\n"
    host = Machine(proc__self__mountinfo=table)
    host.full = {"/tmp/.mount_x": IMAGE}
    assert filesystems.ask(host, 90, 90) == []


def test_a_full_fuse_file_system_is_reported() -> None:
    """B11: only a mount that is read-only on purpose is an image."""
    table = "30 22 0:9 / /mnt/pool rw - fuse.mergerfs pool rw\n"
    host = Machine(proc__self__mountinfo=table)
    host.full = {"/mnt/pool": filled(100)}
    assert [each.state for each in filesystems.ask(host, 90, 90)] == ["critical"]
    host.files["/proc/self/mountinfo"] = table.replace("rw", "ro")
    host.files["/etc/fstab"] = "pool /mnt/pool fuse.mergerfs defaults 0 0\n"
    assert [each.state for each in filesystems.ask(host, 90, 90)] == ["critical"]


@pytest.mark.needs("root", "fuse", "mksquashfs", "squashfuse")
def test_a_real_image_is_not_listed(world: World) -> None:
    """B11."""
    folder, image = world.folder / "shown", world.folder / "image"
    folder.mkdir()
    (folder / "file").write_text("x")
    subprocess.run(["mksquashfs", str(folder), str(image), "-quiet"], check=True, timeout=30)
    subprocess.run(["squashfuse", str(image), str(folder)], check=True, timeout=30)
    try:
        told = json.loads(world.run("disk", "usage", "--json").stdout or '{"rows": []}')
        assert str(folder) not in [row["mount"] for row in told["rows"]]
        named = world.run("disk", "usage", str(folder), "--json")
        assert [row["state"] for row in json.loads(named.stdout)["rows"]] == ["ok"]
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=30)


def test_where_the_mounts_cannot_be_read_it_says_so(world: World) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import homelab.system.machine as host;"
        " from homelab.main import main\n"
        "def read(self, path, errors=''): raise FileNotFoundError(2, 'No such file or directory')\n"
        "host.Host.read = read; main(['disk', 'usage'], 'x')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], env=world.env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (69, "")
    assert "/proc/self/mountinfo" in done.stderr


def test_where_nothing_holds_data_it_does_not_say_that_all_is_well(world: World) -> None:
    """For example in a chroot whose root is not a mount."""
    code = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import homelab.system.machine as host
from homelab.main import main
real = host.Host.read
def read(self, path, errors="replace"):
    return "30 1 0:9 / / rw - tmpfs none rw\\n" if "mountinfo" in path else real(self, path, errors)
host.Host.read = read; main(["disk", "usage"], "x")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=world.env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (69, "")
    assert "no file system with data" in done.stderr


def test_at_a_terminal(world: World) -> None:
    shown = at_a_terminal(world, "disk", "usage", "--all")
    assert shown.splitlines()[0].split()[:3] == ["STATE", "MOUNT", "USED"]
