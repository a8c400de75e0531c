"""Other hosts: a real sshd on loopback for each, with a file system, PATH or account of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

SSHD = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/sbin") or "sshd"


def with_accounts(passwd: Path) -> str:
    """The setup of a host whose database of accounts is that file. All of /etc is a copy: useradd
    replaces /etc/passwd, and would replace a file system mounted on the file itself."""
    etc = f"{passwd.parent}/etc"
    return (
        f"mkdir -p {etc}; mount -t tmpfs -o mode=755 none {etc}; "
        # without the locks that useradd, which other tests run, has for a moment
        f"tar -C /etc --exclude=*.lock -cf - . | tar -C {etc} -xpf -;"
        f" cat '{passwd}' > {etc}/passwd; mount --bind {etc} /etc"
    )


class Lab:
    """Hosts by name, and an `ssh` for PATH that knows them (and no others' keys).

    The system's own `ssh` reads `~/.ssh` of the password database, whatever HOME says: the one in
    `bin` gives it this lab's configuration instead.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self._running: list[subprocess.Popen[bytes]] = []
        self._ports: dict[str, int] = {}
        folder.mkdir()
        self.bin.mkdir()
        for name in ("host", "user"):
            keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(keygen, check=True)
        shutil.copy(folder / "user.pub", folder / "authorized")
        ssh = self.bin / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n')
        ssh.chmod(0o755)
        self._configure()

    def add(self, name: str, *options: str, setup: str = "", port: int = 0) -> None:
        """Add a host, whose sshd has further `options` of sshd_config(5). `setup` is run by sh in
        the mount namespace that the sshd gets then. For a given `port` no sshd is started."""
        self._ports[name] = port or _free()
        self._configure()
        if port:
            return
        config = self.folder / f"{name}.conf"
        config.write_text(
            "\n".join(
                (
                    *options,
                    f"Port {self._ports[name]}",
                    "ListenAddress 127.0.0.1",
                    f"HostKey {self.folder}/host",
                    f"AuthorizedKeysFile {self.folder}/authorized",
                    "PidFile none",
                    "StrictModes no",
                    "UsePAM no",
                    "PasswordAuthentication no",
                    "KbdInteractiveAuthentication no",
                    "PermitRootLogin yes",
                )
            )
            + "\n"
        )
        os.makedirs("/run/sshd", exist_ok=True)  # the empty folder for sshd's chroot
        command = [SSHD, "-D", "-e", "-f", str(config)]
        if setup:
            script = f'{setup}\nexec "$@"'
            command = [
                "unshare",
                "-m",
                "--propagation",
                "private",
                "sh",
                "-ec",
                script,
                "-",
                *command,
            ]
        with open(self.folder / f"{name}.log", "wb") as log:
            self._running.append(subprocess.Popen(command, stdout=log, stderr=log))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self._ports[name]), 1),
            ):
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / f"{name}.log").read_text())

    def _configure(self) -> None:
        lines = []
        for name, port in self._ports.items():
            lines += [f"Host {name}", f"  Port {port}"]
        lines += [
            "Host *",
            "  HostName 127.0.0.1",
            f"  IdentityFile {self.folder}/user",
            "  IdentitiesOnly yes",
            "  StrictHostKeyChecking no",
            "  UserKnownHostsFile /dev/null",
        ]
        (self.folder / "config").write_text("\n".join(lines) + "\n")

    def log(self, name: str) -> str:
        """The log of the host's sshd."""
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        """End every sshd with its connections."""
        for process in self._running:
            for child in _below(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGTERM)
            process.terminate()
            process.wait(10)


def _below(process: int) -> list[int]:
    """The processes that one has started, and their children."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    children = [int(word) for word in text.split()]
    return [each for child in children for each in (child, *_below(child))]


def _free() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """A lab without hosts, which ends with the block."""
    made = Lab(folder)
    try:
        yield made
    finally:
        made.close()
