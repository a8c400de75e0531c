"""A small Debian of its own in namespaces: what the documented commands run in.

Programs and libraries are this machine's, read-only. The sandbox has its own hosts, accounts,
`/home/alice`, `/run`, `/var`, network, processes, disk (a sparse file, on `/dev/vda`) and what of
`/proc` says how busy a host is. Its files are gone when its first process has ended.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ALICE = 1000
HOME = Path("/home/alice")
BIN = Path("/srv/bin")  # the lab's own programs
PYZ = BIN / "homelab"
DISK = 252 << 30  # bytes
USED = 0.37
# What it takes of the machine, as the mark `needs` has it.
NEEDS = ("root", "namespaces", "loop", "ip", "mkfs.ext4", "losetup", "setpriv", "bash", "gcc")
NAMESPACES = (
    "unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child",
    "--propagation", "private",
)  # fmt: skip
_LOOP_CLEAR = 0x4C01  # LOOP_CLR_FD of linux/loop.h
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr")
_ETC = (
    "alternatives", "debian_version", "fonts", "gai.conf", "host.conf", "ld.so.cache",
    "ld.so.conf", "ld.so.conf.d", "nsswitch.conf", "protocols", "services", "ssl", "terminfo",
)  # fmt: skip
_PASSWD = f"""\
root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
alice:x:{ALICE}:{ALICE}:Alice:{HOME}:/bin/bash
"""
_GROUP = f"root:x:0:\nnogroup:x:65534:\nalice:x:{ALICE}:\n"
_PROC = {
    "uptime": "10520.43 20713.05\n",
    "loadavg": "0.31 0.27 0.22 1/213 4242\n",
    "meminfo": "MemTotal:        8040852 kB\nMemFree:         5119404 kB\n"
    "MemAvailable:    6995540 kB\nBuffers:          201140 kB\nCached:          1708232 kB\n"
    "SwapTotal:             0 kB\nSwapFree:              0 kB\n",
}


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a command of the system, whose output is shown where it fails."""
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def enter(pyz: str, project: str, local: bool = True) -> None:
    """Make the sandbox and go into it. This process is process 1 of NAMESPACES; with `local`,
    /usr/local can be written to."""
    os.umask(0o022)
    file = Path(pyz).read_bytes()
    run("mount", "-t", "tmpfs", "-o", "mode=755", "none", "/mnt")
    root = Path("/mnt/root")
    root.mkdir()
    _devices(Path("/mnt/dev"))
    _disk(Path("/mnt"), root)
    for name in _SYSTEM:
        _system(Path("/", name), root)
    for path in sorted({sys.base_prefix, sys.prefix, project}):
        if not path.startswith("/usr"):
            _bind(path, root)
    for name in ("home/alice", "root", "run", "tmp", "var/tmp", "var/lib/dpkg", "srv/bin", "proc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    _etc(root / "etc")
    cpus = root / "sys/devices/system/cpu"  # of all that the kernel says, how many there are
    cpus.mkdir(parents=True)
    (cpus / "online").write_text("0-3\n")
    (root / "run/systemd").mkdir()
    (root / "run/systemd/container").write_text("lxc\n")
    (root / "dev").mkdir()
    run("mount", "--rbind", "/mnt/dev", str(root / "dev"))
    _proc(root)
    if local:
        _writable(root / "usr/local", Path("/mnt/local"))
    os.chroot(root)
    os.chdir("/")
    PYZ.write_bytes(file)
    PYZ.chmod(0o755)
    os.chown(HOME, ALICE, ALICE)
    HOME.chmod(0o700)
    run("ip", "link", "set", "lo", "up")
    run("hostname", "pve1")


def environment(root: bool = False) -> dict[str, str]:
    """The environment of an account in the sandbox."""
    python = os.path.dirname(sys.executable)  # the Python that runs the tests comes first
    return {
        "HOME": "/root" if root else str(HOME),
        "USER": "root" if root else "alice",
        "PATH": f"{BIN}:{python}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "SHELL": "/bin/bash",
        "TERM": "xterm-256color",
    }


def as_account(command: list[str], env: dict[str, str], root: bool = False) -> list[str]:
    """A command line that runs a command as root or as alice, with that account's environment and
    this one. What this one has loaded into programs is not loaded before the account is alice."""
    account = ["setpriv", "--reuid", str(ALICE), "--regid", str(ALICE), "--clear-groups"]
    given = {**environment(root), **env}
    words = ["env", "-i", *(f"{name}={value}" for name, value in given.items()), *command]
    return words if root else [*account, *words]


def address(*addresses: str) -> None:
    """Give the sandbox IPv4 addresses."""
    for each in addresses:
        run("ip", "address", "add", f"{each}/32", "dev", "lo")


def hosts(**addresses: str) -> None:
    """Add to /etc/hosts: the names `NAME.lan` and their addresses, which are served here."""
    with open("/etc/hosts", "a") as file:
        file.writelines(f"{address} {name}.lan {name}\n" for name, address in addresses.items())
    address(*{each for each in addresses.values() if not each.startswith("127.")})


def program(name: str, text: str) -> None:
    """Put a program of the lab into PATH."""
    path = BIN / name
    path.write_text(text)
    path.chmod(0o755)


def _disk(folder: Path, root: Path) -> None:
    """Mount a disk at `root`, whose image is kept in `folder`: both end together."""
    image = folder / "image"
    with image.open("wb") as file:
        file.truncate(DISK)
    options = ["-N", "131072", "-E", "lazy_itable_init=1,lazy_journal_init=1"]
    run("/usr/sbin/mkfs.ext4", "-q", *options, str(image))
    command = ["/usr/sbin/losetup", "--find", "--show", str(image)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    loop = os.open(done.stdout.strip(), os.O_RDWR)
    try:
        os.mknod(folder / "dev/vda", 0o060600, os.fstat(loop).st_rdev)
        run("mount", "--rbind", f"{folder}/dev", "/dev")
        run("mount", "-t", "ext4", "/dev/vda", str(root))
        here = os.statvfs(root)
        with (root / "swap.img").open("wb") as file:  # blocks that are never written take no room
            os.posix_fallocate(file.fileno(), 0, int(USED * here.f_bavail) * here.f_frsize)
    finally:
        fcntl.ioctl(loop, _LOOP_CLEAR)  # as soon as nothing has it mounted any more
        os.close(loop)


def _system(path: Path, root: Path) -> None:
    """Show a folder of this machine, read-only, or the link that stands for it."""
    if path.is_symlink():
        (root / path.name).symlink_to(os.readlink(path))
    elif path.is_dir():
        _bind(str(path), root)


def _bind(path: str, root: Path) -> None:
    target = f"{root}{path}"
    os.makedirs(target, exist_ok=True)
    run("mount", "--bind", path, target)
    run("mount", "-o", "remount,bind,ro", target)


def _etc(etc: Path) -> None:
    etc.mkdir()
    for name in _ETC:
        path = Path("/etc", name)
        if path.is_dir():
            shutil.copytree(path, etc / name, symlinks=True)
        elif path.exists():
            shutil.copy(path, etc / name)
    (etc / "passwd").write_text(_PASSWD)
    (etc / "group").write_text(_GROUP)
    (etc / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    (etc / "os-release").write_text('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    (etc / "hostname").write_text("pve1\n")


def _devices(dev: Path) -> None:
    dev.mkdir()
    for name in _DEVICES:
        (dev / name).touch()
        run("mount", "--bind", f"/dev/{name}", str(dev / name))
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=666,mode=620", "none", f"{dev}/pts")
    (dev / "ptmx").symlink_to("pts/ptmx")
    run("mount", "-t", "tmpfs", "-o", "mode=1777", "none", f"{dev}/shm")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to(f"/proc/self/fd/{number}")
    (dev / "fd").symlink_to("/proc/self/fd")


def _proc(root: Path) -> None:
    run("mount", "-t", "proc", "none", f"{root}/proc")
    for name, text in _PROC.items():
        path = root / "run" / f"proc-{name}"
        path.write_text(text)
        run("mount", "--bind", str(path), f"{root}/proc/{name}")


def _writable(folder: Path, work: Path) -> None:
    """Make a folder writable; its new files are gone with the sandbox."""
    for name in ("upper", "inner"):
        (work / name).mkdir(parents=True)
    options = f"lowerdir={folder},upperdir={work}/upper,workdir={work}/inner"
    run("mount", "-t", "overlay", "none", "-o", options, str(folder))
    run("rm", "-rf", f"{folder}/bin/homelab", f"{folder}/lib/homelab")  # of this machine's own
