"""A Debian of .build/roots with its own systemd as process 1, in namespaces: all its writes are
gone when it ends, and nothing of it reaches this host."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

BOOT = """
root=$1; extra=$2; work=$3
mount -t tmpfs none $work
mkdir $work/cgroup $work/upper $work/inner $work/root
mount -t cgroup2 none $work/cgroup
mkdir -p $work/cgroup/$4
echo 0 >$work/cgroup/$4/cgroup.procs
exec unshare -C sh -ec '
    new=$3/root
    mount -t overlay none -o lowerdir=$1,upperdir=$3/upper,workdir=$3/inner $new
    cp -r $2/. $new
    mount -t proc none $new/proc
    mount -t sysfs none $new/sys -o ro
    mount -t cgroup2 none $new/sys/fs/cgroup
    for folder in run tmp dev; do mount -t tmpfs none $new/$folder; done
    for file in null zero full random urandom tty; do
        touch $new/dev/$file; mount --bind /dev/$file $new/dev/$file
    done
    mkdir $new/dev/shm $new/dev/pts $new/old
    chmod 1777 $new/dev/shm $new/tmp
    chroot $new useradd -m -u 1000 alice
    mkdir -p $new/var/lib/systemd/linger
    touch $new/var/lib/systemd/linger/alice
    cd $new; pivot_root . old; umount -l old; rmdir old
    exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
        /lib/systemd/systemd --system --show-status=0
' "$0" "$@"
"""
ALICE = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"]


class Booted:
    """A running system. `files` are written before it boots, by their path below /etc/systemd."""

    def __init__(self, root: Path, pyz: str, files: dict[str, str], links: dict[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp())
        extra = self._folder / "extra"
        (extra / "srv").mkdir(parents=True)
        (extra / "var/log/journal").mkdir(parents=True)
        shutil.copy(pyz, extra / "srv/homelab.pyz")
        for name, text in files.items():
            path = extra / "etc/systemd" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for name, target in links.items():
            path = extra / "etc/systemd" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
        self._log = open(self._folder / "log", "w+")  # noqa: SIM115  closed in `end`
        self._group = f"homelab-{os.getpid()}-{root.name}"
        work = self._folder / "work"
        work.mkdir()
        self._process = subprocess.Popen(
            # ends with the process that started it, however that ends
            ["setpriv", "--pdeathsig", "KILL", "unshare", "-m", "-p", "-f", "-u", "-i", "-n",
             "--kill-child", "--propagation", "private", "sh", "-ec", BOOT, "-",
             str(root), str(extra), str(work), self._group],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self.pid = 0

    def booted(self, seconds: float = 60) -> bool:
        """Wait until it is up, and return whether it is."""
        end = time.monotonic() + seconds
        children = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.pid = int(Path(children).read_text().split()[0])
                up = self.run("systemctl", "is-system-running").stdout.strip()
                user = self.run("test", "-S", "/run/user/1000/systemd/private").returncode == 0
                if up in ("running", "degraded") and user:
                    return True
            except (OSError, IndexError):
                pass
            time.sleep(0.2)
        return False

    def said(self) -> str:
        """The output during its boot."""
        return (self._folder / "log").read_text(errors="replace")

    def run(self, *words: str, alice: bool = False, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with little more in its environment than cron gives."""
        given = {"PATH": "/usr/bin:/bin", "HOME": "/home/alice" if alice else "/root", **env}
        assigned = [f"{name}={value}" for name, value in given.items()]
        return subprocess.run(
            ["nsenter", "-t", str(self.pid), "-a", *(ALICE if alice else []), "env", "-i",
             *assigned, *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def end(self) -> None:
        """End it with all its processes."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait(10)
        self._log.close()
        self._tidy()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tidy(self) -> None:
        """Remove its control groups, which outlive its namespaces."""
        script = (
            "mkdir -p $1; mount -t cgroup2 none $1; cd $1/$2 || exit 0;"
            " for try in 1 2 3 4 5; do"
            " find . -depth -type d -exec rmdir {} + 2>/dev/null;"
            " cd ..; rmdir $2 2>/dev/null; cd $2 2>/dev/null || exit 0; sleep 0.2; done"
        )
        folder = str(self._folder / "cgroup")
        subprocess.run(["unshare", "-m", "sh", "-c", script, "-", folder, self._group], check=False)
