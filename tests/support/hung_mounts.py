"""Network mounts that never answer, for code that must survive them.

    unshare -m python3 tests/support/hung_mounts.py FOLDER… -- COMMAND…

Mounts a FUSE file system whose server is silent at each folder, like an sshfs whose host is gone,
and runs the command: any process that opens one of the folders waits. Ends with the command's exit
code. Run it in a mount namespace of its own.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys


def main() -> int:
    """Mount the folders, run the command, and unmount."""
    split = sys.argv.index("--")
    folders, command = sys.argv[1:split], sys.argv[split + 1 :]
    libc = ctypes.CDLL(None, use_errno=True)
    servers = []
    for folder in folders:
        server = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={server},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        source = f"nas:{folder}".encode()
        if libc.mount(source, os.fsencode(folder), b"fuse.sshfs", 0, options):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), folder)
        servers.append(server)
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        for server in servers:
            os.close(server)  # and waiting processes get ENOTCONN


if __name__ == "__main__":
    sys.exit(main())
