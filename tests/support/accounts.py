"""Second accounts of this host, for tests of permissions: made by useradd, removed afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

_COMMENT = "made by a test of homelab"  # in the password database, only in these accounts' entries


class Account:
    """An account with a home of its own (mode 0755)."""

    def __init__(self, name: str) -> None:
        found = pwd.getpwnam(name)
        self.name = name
        self.uid = found.pw_uid
        self.gid = found.pw_gid
        self.home = Path(found.pw_dir)

    def command(self, *words: str) -> list[str]:
        """The command line by which root runs a command as this account."""
        ids = ["--reuid", str(self.uid), "--regid", str(self.gid), "--init-groups"]
        return ["setpriv", *ids, "--", *words]

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, in its home."""
        own = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **env}
        return subprocess.run(
            self.command(*words), env=own, cwd=self.home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def owns(self, *paths: Path) -> None:
        """Make this account the owner of files and folders."""
        for path in paths:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@contextlib.contextmanager
def account(label: str) -> Iterator[Account]:
    """An account whose name begins with the label, until the block ends. Its home is below /home,
    like people's homes."""
    name = f"{label}-{os.getpid()}"
    Path("/home").mkdir(exist_ok=True)
    home = ["--create-home", "--home-dir", f"/home/{name}"]
    command = ["useradd", *home, "--comment", _COMMENT, "--user-group", name]
    subprocess.run(command, capture_output=True, check=True)
    try:
        found = Account(name)
        found.home.chmod(0o755)
        yield found
    finally:
        _remove(name)


def remove_stale() -> None:
    """Remove the accounts that killed test runs have left: those whose process has ended."""
    for entry in pwd.getpwall():
        pid = entry.pw_name.rpartition("-")[2]
        if entry.pw_gecos == _COMMENT and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            _remove(entry.pw_name)


def _remove(name: str) -> None:
    subprocess.run(["userdel", "--force", "--remove", name], capture_output=True, check=False)
