"""Many services at once, against curl asking as many: a part of `build.py bench`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import statistics
import sys
import threading
from collections.abc import Iterator, Mapping

COUNT = 200
WAITS = 0.5  # s
RUNS = 5
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


@contextlib.contextmanager
def slow(waits: float = WAITS) -> Iterator[int]:
    """A server on loopback that waits this many seconds before each answer; yields its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(waits)
            writer.write(_ANSWER)
            await writer.drain()
        writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        asyncio.start_server(answer, "127.0.0.1", 0, backlog=COUNT, limit=1 << 16)
    )
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


def against_curl(pyz: str, env: Mapping[str, str], folder: str) -> None:
    """200 services, checked by `service check` and by curl, in turn."""
    from bench.start import Command

    curl = shutil.which("curl")
    os.makedirs(folder, exist_ok=True)
    with slow() as port:
        urls = [f"http://127.0.0.1:{port}/{number}" for number in range(COUNT)]
        listed = os.path.join(folder, "services")
        with open(listed, "w") as file:
            file.write("\n".join(urls) + "\n")
        config = os.path.join(folder, "curl")
        with open(config, "w") as file:
            file.write("".join(f'url = "{url}"\noutput = /dev/null\n' for url in urls))
        ours = {
            jobs: Command(
                f"service check, {jobs} at once",
                [pyz, "service", "check", "--jobs", str(jobs), "--file", listed],
                env,
            )
            for jobs in (100, COUNT)
        }
        theirs = [str(curl), "-s", "--parallel", "--parallel-max", str(COUNT), "-K", config]
        # else it waits for the first answer, in which the host may allow to ask all over one
        theirs.append("--parallel-immediate")
        commands = [*ours.values()]
        if curl:
            commands.append(Command(f"curl --parallel-max {COUNT}", theirs, env))
        runs = [[command.run() for command in commands] for _ in range(RUNS)]
        for index, command in enumerate(commands):
            wall = statistics.median(run[index][0] for run in runs)
            cpu = statistics.median(run[index][1] for run in runs)
            sys.stdout.write(
                f"{COUNT} services of {WAITS} s each, {command.name}: median {wall / 1000:.2f} s,"
                f" CPU {cpu:.0f} ms\n"
            )
        if curl:
            ratio = statistics.median(run[1][0] / run[2][0] for run in runs)
            sys.stdout.write(f"ratio of the pairs, {COUNT} at once: {ratio:.2f}\n")
        sys.stdout.flush()
