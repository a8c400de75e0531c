"""`container list` on Docker and Podman themselves, from Debian's packages: both run in
mount and process namespaces of the test's own, with an empty /run and /var/lib, and containers of
busybox."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.world import World

pytestmark = pytest.mark.needs(
    "root", "namespaces", "dockerd", "docker", "podman", "crun", "busybox"
)

# The engines need the cgroup hierarchy at its usual place, version 2 only. Limits can't be raised
# here, so Podman gets the current ones.
SCRIPT = r"""
export PATH=$PATH:/usr/sbin:/sbin STORAGE_DRIVER=vfs
mount -t tmpfs none /run; mount -t tmpfs none /var/lib
umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs 2>docker.log &
P="podman --cgroup-manager=cgroupfs --events-backend=file"
R="$P run -d --network=host --cgroups=disabled --ulimit nofile=64:64 --ulimit nproc=999:999"
tar -C root -c . | $P import - localhost/box:1
$R --name pod-web box:1 sleep 100000
$R --name pod-failed box:1 sh -c 'exit 5'
$R --name pod-gaveup --restart on-failure:2 box:1 sh -c 'exit 4'
$R --name pod-sick --health-cmd 'echo no route; exit 1' --health-retries 1 box:1 sleep 100000
$P healthcheck run pod-sick || true
until docker version >/dev/null 2>&1; do sleep 0.1; done
tar -C root -c . | docker import - box:1
R="docker run -d --network none"
$R --name good --health-cmd true --health-interval 1s box:1 sleep 100000
$R --name sick --health-cmd 'echo connection refused; exit 1' --health-interval 1s \
  --health-retries 1 box:1 sleep 100000
$R --name looper --restart always box:1 sh -c 'exit 3'
$R --name failed --label com.docker.compose.project=media box:1 sh -c 'exit 2'
$R --name stopped --restart unless-stopped box:1 sleep 100000
$R --name frozen box:1 sleep 100000
docker create --network none --name fresh box:1 true
docker pause frozen; docker stop -t 1 stopped
touch ready
exec sleep infinity
"""


class Lab:
    """The namespace that the engines run in."""

    def __init__(self, world: World, process: subprocess.Popen[bytes]) -> None:
        self._world = world
        self.pyz = world.pyz
        pid = process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._enter = ["nsenter", "-t", children[0], "-m", "-p"]

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the namespace."""
        return subprocess.run(
            [*self._enter, *words],
            env={**self._world.env, "STORAGE_DRIVER": "vfs", **env},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def listed(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `container list` in the namespace."""
        return self.run(self._world.pyz, "container", "list", *words, **env)


def _rows(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads(done.stdout)["rows"]}


@pytest.fixture(scope="module")
def lab(pyz: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Both engines, with their containers."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    box = shutil.which("busybox") or ""
    (folder / "root/bin").mkdir(parents=True)
    for name in ("tmp", "proc", "dev", "sys", "etc"):
        (folder / "root" / name).mkdir()
    shutil.copy(box, folder / "root/bin/busybox")
    for name in ("sh", "sleep", "true", "echo"):
        (folder / "root/bin" / name).symlink_to("busybox")
    linked = subprocess.run(["ldd", box], capture_output=True, text=True, check=False).stdout
    for library in (word for word in linked.split() if word.startswith("/")):
        place = folder / f"root{library}"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
    command = ["unshare", "-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-xec", SCRIPT]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    end = time.monotonic() + 120
    while not (folder / "ready").exists():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            process.wait()
            logs = [each.read_text(errors="replace")[-3000:] for each in folder.glob("*log")]
            pytest.fail("the engines did not start:\n" + "\n".join(logs))
        time.sleep(0.1)
    yield Lab(World(pyz, tmp_path_factory.mktemp("lab")), process)
    process.kill()  # when the first process of the namespace ends, all end
    process.wait()
    shutil.rmtree(folder)
    tidy = "mount -t cgroup2 none /mnt && find /mnt/docker -depth -type d -exec rmdir {} +"
    subprocess.run(["unshare", "-m", "sh", "-c", tidy], capture_output=True, check=False)


def _settled(lab: Lab) -> dict[str, dict[str, Any]]:
    """The rows, once health checks and restarts have happened."""
    end = time.monotonic() + 60
    while True:
        rows = _rows(lab.listed("--json"))
        checked = rows["sick"]["health"] == "unhealthy" and rows["good"]["health"] == "healthy"
        if checked and rows["looper"]["restarts"] > 1:
            return rows
        assert time.monotonic() < end, rows
        time.sleep(0.2)


def test_what_both_run(lab: Lab) -> None:
    rows = _settled(lab)
    told = {name: (row["state"], row["engine"]) for name, row in rows.items()}
    assert told == {
        "sick": ("warning", "docker"),
        "looper": ("warning", "docker"),
        "failed": ("warning", "docker"),
        "frozen": ("warning", "docker"),
        "fresh": ("ok", "docker"),
        "good": ("ok", "docker"),
        "stopped": ("ok", "docker"),
        "pod-sick": ("warning", "podman"),
        "pod-failed": ("warning", "podman"),
        "pod-gaveup": ("warning", "podman"),
        "pod-web": ("ok", "podman"),
    }
    assert rows["sick"]["detail"].endswith(": connection refused")
    assert rows["pod-sick"]["detail"].endswith(": no route")
    assert rows["failed"]["exit_code"] == 2
    assert rows["failed"]["project"] == "media"
    assert rows["pod-failed"]["exit_code"] == 5
    assert rows["pod-gaveup"]["restarts"] == 2
    assert rows["looper"]["detail"]
    assert rows["frozen"]["status"] == "paused"
    assert all(row["since"] for row in rows.values())
    done = lab.listed()
    assert done.returncode == 1
    shown = [line.split()[1] for line in done.stdout.splitlines()[1:]]
    assert set(shown) == set(told)
    assert shown[0] in ("sick", "pod-sick")


def test_podmans_socket_gives_the_rows_of_its_command(lab: Lab) -> None:
    by_command = _rows(lab.listed("--json"))
    socket = "/run/podman/podman.sock"
    serve = f"mkdir -p /run/podman; exec podman system service --time=0 unix://{socket}"
    lab.run("sh", "-c", f"({serve}) </dev/null >/dev/null 2>&1 &")
    end = time.monotonic() + 30
    while lab.run("test", "-S", socket).returncode:
        assert time.monotonic() < end
        time.sleep(0.1)
    done = lab.listed("--json")
    engines = {each["engine"]: each["asked"] for each in json.loads(done.stdout)["engines"]}
    assert engines == {"docker": "/var/run/docker.sock", "podman": socket}
    rows = _rows(done)
    assert rows.keys() == by_command.keys()
    for name, row in rows.items():
        if row["engine"] == "podman":
            assert row == by_command[name]
    # podman-docker puts Podman's socket at Docker's path
    lab.run("ln", "-s", socket, "/run/link.sock")
    linked = lab.listed("--json", DOCKER_HOST="unix:///run/link.sock")
    assert {row["engine"] for row in _rows(linked).values()} == {"podman"}
    assert len(_rows(linked)) == 4


def test_an_account_without_the_right_to_ask_docker(lab: Lab) -> None:
    copy = "install -m 755 $0 /run/h.pyz; exec setpriv --reuid 65534 --clear-groups /run/h.pyz $@"
    done = lab.run("sh", "-c", copy, lab.pyz, "container", "list", "--socket", "/run/docker.sock")
    assert (done.returncode, done.stdout) == (69, "")
    assert "permission denied; join the group docker" in done.stderr


def test_an_engine_that_went_away(lab: Lab) -> None:
    """Without the engine, its socket still exists and its containers may run: unknown, not
    empty."""
    lab.run("sh", "-c", "kill -9 $(cat /run/docker.pid); sleep 0.2")
    done = lab.listed("--socket", "/run/docker.sock")
    assert (done.returncode, done.stdout) == (69, "")
    assert "/run/docker.sock: no program listens on the socket any more" in done.stderr
