"""The memory of a process: its own, because wait4(2) returns the parent's if that was larger at the
fork."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping


def resident(pid: int) -> int:
    """The most memory (KiB) that a process had since it began; 0 if it has just ended. The value of
    wait4 includes this process, of which the child began as a copy."""
    with open(f"/proc/{pid}/status") as file:
        told = dict(line.split(":", 1) for line in file)
    return int(told.get("VmHWM", "0 kB").split()[0])


def measured(
    command: list[str], env: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run a command; return its result, and the most memory (KiB) that it was seen to have. One
    that hangs is killed after 120 s; raises subprocess.TimeoutExpired then."""
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    most = 0

    def look() -> None:
        nonlocal most
        while process.returncode is None:
            try:
                most = max(most, resident(process.pid))
            except OSError:
                return
            time.sleep(0.005)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        out, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        looking.join()
    return subprocess.CompletedProcess(command, process.returncode, out, err), most
