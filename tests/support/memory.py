"""How much memory a process takes at most: its own, without its parent's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

# wait4(2) reports the memory of the process that forked, too, where that had more. So a small
# Python forks, waits, and ends as its child did.
_WAITER = """
import os, signal, sys
pid = os.fork()
if not pid:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
os.write(int(sys.argv[1]), b"%d" % usage.ru_maxrss)
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
os._exit(os.WEXITSTATUS(status))
"""


def resident(pid: int) -> int:
    """The most memory (KiB) that a running process has had; 0 where it has just ended."""
    with open(f"/proc/{pid}/status") as file:
        told = dict(line.split(":", 1) for line in file)
    return int(told.get("VmHWM", "0 kB").split()[0])


def measured(
    command: list[str], env: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], int]:
    """The result of a command, and the most memory (KiB) that it had, at least that of a small
    Python. One that hangs is killed after 120 s; raises subprocess.TimeoutExpired then."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as answer:
        process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _WAITER, str(writer), *command],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=(writer,),
            start_new_session=True,
        )
        os.close(writer)
        try:
            out, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        most = int(answer.read())
    return subprocess.CompletedProcess(command, process.returncode, out, err), most
