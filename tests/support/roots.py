"""Debian systems of several releases, to try the file in: made once, and kept in .build/roots.

    python3 tests/support/roots.py          make the missing ones (as root, with debootstrap)

Each is a whole Debian with its own Python and its systemd, and without files of this project.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOTS = Path(__file__).resolve().parent.parent.parent / ".build" / "roots"
ACCOUNTS = {"root": "0:0", "nobody": "65534:65534", "nameless": "54321:54321"}
SUITES = ("bullseye", "bookworm", "trixie", "testing")  # Python 3.9, 3.11, 3.13, and the next
MIRROR = os.environ.get("HOMELAB_TEST_MIRROR", "http://deb.debian.org/debian")
PACKAGES = "python3,systemd,dbus,dbus-user-session,libpam-systemd"
SECONDS = 600


def main() -> int:
    """Make the missing ones, two at a time: unpacking is work for the processor."""
    ROOTS.mkdir(parents=True, exist_ok=True)
    # one that was made without systemd is made again
    missing = [suite for suite in SUITES if not (ROOTS / suite / "usr/bin/systemctl").exists()]
    failed = 0
    while missing:
        running = [(suite, _begun(suite)) for suite in missing[:2]]
        del missing[:2]
        for suite, process in running:
            try:
                code = process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            if code:
                log = (ROOTS / f"{suite}.log").read_text(errors="replace").splitlines()
                sys.stderr.write("\n".join([f"roots.py: {suite} failed:", *log[-5:], ""]))
                failed = 1
            else:
                shutil.rmtree(ROOTS / suite, ignore_errors=True)
                os.replace(ROOTS / f"{suite}.new", ROOTS / suite)
    return failed


def _begun(suite: str) -> subprocess.Popen[bytes]:
    shutil.rmtree(ROOTS / f"{suite}.new", ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite]
    with open(ROOTS / f"{suite}.log", "wb") as log:
        return subprocess.Popen(
            [*command, str(ROOTS / f"{suite}.new"), MIRROR],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def run_in(
    root: Path, account: str, *words: str, setup: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in the root, with new folders for each run where programs write."""
    script = (
        f"mount -t tmpfs none {root}/tmp; mount -t tmpfs none {root}/root; chmod 1777 {root}/tmp;"
        f' {setup} exec chroot --userspec={ACCOUNTS[account]} {root} "$@"'
    )
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin", **env}
    assigned = [f"{name}={value}" for name, value in given.items()]
    return subprocess.run(
        ["unshare", "-m", "sh", "-ec", script, "-", "/usr/bin/env", "-i", *assigned, *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
