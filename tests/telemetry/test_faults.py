"""Faults and verbs, on the built file: what telemetry must never cost, and which events must not be
lost.

For each row: stdout, stderr and exit code equal those of a run with telemetry off, to the byte; no
process is left after 1.5 s; and once a Loki accepts events again, each event that the row promises
has been counted exactly once.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Callable, Optional

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.certificates import certificates
from support.other_clock import faketime
from support.reading import Sink, until
from support.world import World

from homelab.telemetry import outbox

ME = pwd.getpwuid(os.getuid()).pw_name
SECOND = 10**9
TEXT = "text/plain; charset=utf-8"
PUSH = "/loki/api/v1/push"
SCRIPT = "#!/bin/sh\nprintf '<%s>' \"$@\"\necho talk >&2\nexit 3\n"


class Case:
    """A run under a fault: its environment, how it is started, the Lokis around it."""

    def __init__(self, world: World, loki: FakeLoki, sink: Sink) -> None:
        self.world = world
        self.loki = loki  # the one that misbehaves
        self.sink = sink  # the one that accepts events again
        self.env: dict[str, str] = {"HOMELAB_LOKI_URL": sink.url}
        self.command = [sys.executable, world.pyz]
        self.cleanup = contextlib.ExitStack()

    def run(self, words: list[str], **env: str) -> tuple[str, str, int]:
        done = subprocess.run(
            [*self.command, *words], env={**self.world.env, **self.env, **env},
            cwd=self.world.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        return done.stdout, done.stderr, done.returncode


Fault = Callable[[Case], Optional[str]]  # the promise of the row: None for exactly once


def nothing_listens(case: Case) -> None:
    case.env["HOMELAB_LOKI_URL"] = "http://127.0.0.1:1"


def black_hole(case: Case) -> None:
    """Fill the backlog: the kernel drops every further SYN."""
    listener = case.cleanup.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for _ in range(4):
        filler = case.cleanup.enter_context(socket.socket())
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(listener.getsockname())
    case.env["HOMELAB_LOKI_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}"


def silent_dns(case: Case) -> None:
    """Start a name server that accepts every query and answers none, in namespaces of the test's
    own."""
    resolver = case.world.folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    names = case.world.folder / "nsswitch.conf"
    names.write_text("hosts: dns\npasswd: files\n")
    mute = (
        "import socket, time; s = socket.socket(2, 2); s.bind(('127.0.0.1', 53));"
        " print(flush=True); time.sleep(4)"
    )
    script = (
        f"ip link set lo up; mount --bind {resolver} /etc/resolv.conf;"
        f" mount --bind {names} /etc/nsswitch.conf;"
        f' {sys.executable} -c "{mute}" >ready 2>/dev/null </dev/null & '
        'until test -s ready; do sleep 0.02; done; exec "$@"'
    )
    case.command = ["unshare", "-n", "-m", "sh", "-c", script, "sh", *case.command]
    case.env["HOMELAB_LOKI_URL"] = "http://loki.lan"


def _answers(answer: Answer) -> Fault:
    def fault(case: Case) -> None:
        _misbehaves(case, lambda request: answer)

    return fault


def _misbehaves(case: Case, hook: Callable[[Request], Answer | None]) -> None:
    case.loki.hook = hook
    case.env["HOMELAB_LOKI_URL"] = case.loki.url


def drips(case: Case) -> None:
    case.env["HOMELAB_LOKI_URL"] = _raw(case, _drip)


def accepts_and_says_nothing(case: Case) -> None:
    case.env["HOMELAB_LOKI_URL"] = _raw(case, lambda connection: time.sleep(3))


def speaks_garbage(case: Case) -> None:
    case.env["HOMELAB_LOKI_URL"] = _raw(case, lambda connection: connection.sendall(b"\x00" * 99))


def tls_garbage(case: Case) -> None:
    speaks_garbage(case)
    case.env["HOMELAB_LOKI_URL"] = case.env["HOMELAB_LOKI_URL"].replace("http:", "https:")


def _drip(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 204 No Content\r\n":
        connection.sendall(bytes((byte,)))
        time.sleep(0.5)


def _raw(case: Case, behave: Callable[[socket.socket], None]) -> str:
    listener = socket.create_server(("127.0.0.1", 0))

    def each(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            behave(connection)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=each, args=(connection,), daemon=True).start()

    serving = threading.Thread(target=serve)
    serving.start()
    case.cleanup.callback(listener.close)
    case.cleanup.callback(serving.join)
    case.cleanup.callback(listener.shutdown, socket.SHUT_RDWR)
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def stores_and_loses_the_answer(case: Case) -> None:
    """Store events and lose the answer: they count once all the same."""
    real = case.sink.url

    def hook(request: Request) -> Answer | None:
        if request.path == PUSH:
            again = urllib.request.Request(
                real + PUSH, request.body, {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(again, timeout=5).close()
        return Answer(0, None, b"")

    _misbehaves(case, hook)


def redirects_elsewhere(case: Case) -> None:
    other = case.cleanup.enter_context(FakeLoki())
    moved = Answer(307, TEXT, b"", (("Location", other.url + PUSH),))
    _misbehaves(case, lambda request: moved)
    case.cleanup.callback(lambda: _nothing_came(other))


def _nothing_came(other: FakeLoki) -> None:
    assert other.requests == []


def _tls(case: Case, url: str, ca: bool) -> None:
    import ssl

    folder = case.world.folder / "tls"
    folder.mkdir()
    certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "loki.crt", folder / "loki.key")
    server = case.cleanup.enter_context(FakeLoki(ssl_context=context))
    case.env |= {"HOMELAB_LOKI_URL": url, "HOMELAB_LOKI_LB": f"127.0.0.1:{server.port}"}
    if ca:
        case.env["HOMELAB_LOKI_CA_FILE"] = str(folder / "ca.crt")
    case.cleanup.callback(lambda: _nothing_came(server))


def tls_of_another_name(case: Case) -> None:
    _tls(case, "https://grafana.lan", ca=True)


def tls_of_an_unknown_ca(case: Case) -> None:
    _tls(case, "https://loki.lan", ca=False)


def a_proxy_in_the_environment(case: Case) -> None:
    case.env |= dict.fromkeys(("http_proxy", "all_proxy", "HTTPS_PROXY"), "http://127.0.0.1:1")


def no_state_directory(case: Case) -> None:
    assert not case.world.state.exists()


def state_is_a_file(case: Case) -> str:
    case.world.state.parent.mkdir(parents=True)
    case.world.state.write_text("in the way")
    return "best effort"


def state_is_a_symlink_to_nowhere(case: Case) -> str:
    case.world.state.parent.mkdir(parents=True)
    case.world.state.symlink_to("/nowhere/at/all")
    return "best effort"


def state_is_another_accounts(case: Case) -> str:
    case.world.state.mkdir(parents=True)
    os.chown(case.world.state, 12345, 12345)
    return "off"


def disk_full(case: Case) -> str:
    """Use a file system without a free inode."""
    case.world.state.mkdir(parents=True)
    options = "size=16k,nr_inodes=2,mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", case.world.state], check=True)
    case.cleanup.callback(lambda: subprocess.run(["umount", "-l", case.world.state], check=True))
    (case.world.state / "outbox").mkdir()
    return "best effort"


def rubbish_in_the_outbox(case: Case) -> None:
    outbox = case.world.state / "outbox"
    outbox.mkdir(parents=True, mode=0o700)
    moment = b"1795467423796197675"
    names = [b"\xff\xfe", b"t", b"1795", b" ", b"t.1 exit=0 ver=1 verb=\x1b"]
    names += [moment + b".1 exit=x ver=1 verb=a", moment + b". exit=0 ver=1 verb=a"]
    for name in names:
        Path(os.fsdecode(os.fsencode(outbox) + b"/" + name)).touch()
    (outbox / "a folder").mkdir()
    (case.world.state / "sender").write_bytes(b"\xff\x00delivered many\nreason \x1b[31m\nclock x\n")


def _streams(redirection: str) -> Fault:
    def closed(case: Case) -> None:
        case.command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *case.command]

    return closed


def pid_1_of_a_container(case: Case) -> None:
    """Run as PID 1 of a container: as it ends, the kernel kills all other processes of its PID
    namespace, including the sender."""
    case.command = ["unshare", "-f", "-p", "--mount-proc", *case.command]


def clock_an_hour_back(case: Case) -> None:
    case.command = [*faketime("-f", "-1h"), *case.command]


def clock_an_hour_ahead(case: Case) -> str:
    case.command = [*faketime("-f", "+1h"), *case.command]
    return "waits"


ROWS: list[tuple[Fault, tuple[str, ...]]] = [
    (nothing_listens, ()),
    (black_hole, ()),
    (silent_dns, ("namespaces", "ip")),
    (drips, ()),
    (accepts_and_says_nothing, ()),
    (speaks_garbage, ()),
    (_answers(Answer(500, TEXT, b"at least 1 live replicas required")), ()),
    (_answers(Answer(429, TEXT, b"ingestion rate limit exceeded")), ()),
    (_answers(Answer(404, TEXT, b"404 page not found\n")), ()),
    (_answers(Answer(401, TEXT, b"", (("WWW-Authenticate", "Basic"),))), ()),
    (_answers(Answer(200, "text/html", b"<html>Sign in")), ()),
    (_answers(Answer(502, "text/html", b"<html>Bad Gateway")), ()),
    (_answers(Answer(503, TEXT, b"x" * 10_000_000)), ()),
    (stores_and_loses_the_answer, ()),
    (redirects_elsewhere, ()),
    (tls_of_another_name, ("openssl",)),
    (tls_of_an_unknown_ca, ("openssl",)),
    (tls_garbage, ()),
    (a_proxy_in_the_environment, ()),
    (no_state_directory, ()),
    (state_is_a_file, ()),
    (state_is_a_symlink_to_nowhere, ()),
    (state_is_another_accounts, ("root",)),
    (disk_full, ("namespaces",)),
    (rubbish_in_the_outbox, ()),
    (_streams("<&-"), ()),
    (_streams(">&-"), ()),
    (_streams("2>&-"), ()),
    (_streams("<&- >&- 2>&-"), ()),
    (_streams(">&- 2>&-"), ()),
    (pid_1_of_a_container, ("namespaces",)),
    (clock_an_hour_back, ("faketime",)),
    (clock_an_hour_ahead, ("faketime",)),
]
NAMES = {
    6: "500", 7: "429", 8: "404", 9: "401", 10: "200 with a page", 11: "502", 12: "503 of 10 MB",
    25: "stdin closed", 26: "stdout closed", 27: "stderr closed", 28: "all closed",
    29: "stdout and stderr closed",
}  # fmt: skip


@pytest.fixture
def case(world: World, loki: FakeLoki, sink: Sink) -> Iterator[Case]:
    case = Case(world, loki, sink)
    with case.cleanup:
        yield case


@pytest.mark.parametrize("words", [["config"], ["mine", "a b", "c"], ["restore"]], ids=" ".join)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=pytest.mark.needs(*needs), id=NAMES.get(n, fault.__name__))
        for n, (fault, needs) in enumerate(ROWS)
    ],
)
def test_fault(fault: Fault, words: list[str], case: Case) -> None:
    world, begun = case.world, fresh_second(case.sink)
    world.dropin("mine", SCRIPT)
    promised = fault(case)
    off = case.run(words, DO_NOT_TRACK="1")
    assert not (world.state / "outbox").exists() or not waiting(world)
    assert case.loki.requests == []
    assert case.run(words) == off
    assert until(lambda: not processes(world), seconds=1.5), "a process is left"
    if fault.__name__ == "closed":
        assert not waiting(world)  # it was sent without waiting for another run
    if promised == "off":
        assert stored(case.sink, begun) == []
        return
    if promised == "best effort":
        assert until(lambda: len(stored(case.sink, begun)) == 1)
        return
    if promised == "waits":
        assert len(waiting(world)) == 1
        return
    made = 1 + bring_back(case)
    counted = stored(case.sink, begun)
    assert len(counted) == made, f"{words}: {counted}"
    assert len(set(counted)) == made


def waiting(world: World) -> list[str]:
    """The events that wait in the outbox."""
    from homelab.telemetry.plan import parsed

    return [name for name in os.listdir(world.state / "outbox") if parsed(name)]


def pushed(loki: FakeLoki) -> list[Request]:
    return [request for request in loki.requests if request.path == PUSH]


def processes(world: World) -> list[int]:
    """The processes of the built file that still run in this world."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and world.pyz.encode() in (entry / "cmdline").read_bytes():
                mine = os.fsencode(world.home) in (entry / "environ").read_bytes()
                found += [int(entry.name)] * mine
    return found


def bring_back(case: Case) -> int:
    """Let a Loki accept events again, and run one more verb, so that everything is delivered.
    Return how many runs that took: on a busy machine a push may get no answer in time, and waits
    for the next one."""
    world = case.world
    world.dropin("back", "#!/bin/sh\n")
    for made in range(1, 31):
        with contextlib.suppress(FileNotFoundError):
            os.utime(world.state / "sender", (0, 0))  # as if the pause after a failure were over
        assert world.run("back", HOMELAB_LOKI_URL=case.sink.url).returncode == 0
        if until(lambda: not waiting(world)):
            return made
    raise AssertionError(waiting(world))


def fresh_second(sink: Sink) -> int:
    """The beginning (ns) of a second in which no other test has counted a run at `sink`. One run in
    a thousand reads a clock that ends in 000, and then draws the part below the second by chance:
    its moment may be before the run began."""
    begun = time.time_ns() // SECOND * SECOND
    if os.environ.get("HOMELAB_TEST_LOKI"):  # all tests share it
        begun += SECOND
        time.sleep(max(begun - time.time_ns(), 0) / SECOND)
    return begun


def stored(sink: Sink, since: int) -> list[tuple[str, str, int]]:
    """(verb, line, moment) of every event that the Loki at `sink` has since then (ns), and from the
    hour before, where a clock that is an hour back has put them."""
    hour, margin = 3600 * SECOND, 120 * SECOND
    found = []
    for start, end in ((since - hour, since - hour + margin), (since, since + margin)):
        selector = f'{{job="homelab-usage", user="{ME}"}}'
        query = {"query": selector, "start": start, "end": end, "limit": 5000}
        address = f"{sink.url}/loki/api/v1/query_range?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            streams = json.load(answer)["data"]["result"]
        found += [
            (stream["stream"]["verb"], line, int(moment))
            for stream in streams
            for moment, line, *_ in stream["values"]
        ]
    return found


def kill_all(world: World) -> None:
    """Send SIGKILL to all processes of the built file in this world."""
    for number in processes(world):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@pytest.mark.needs("root", "/usr/bin/python3")
def test_fork_is_refused(pyz: str, loki: FakeLoki, tmp_path: Path) -> None:
    """The limit of processes holds for any account except root, so the run is another account's."""
    import resource

    folder = Path(tempfile.mkdtemp(prefix="homelab-test-", dir="/var/tmp"))
    try:
        folder.chmod(0o755)
        shutil.copy(pyz, folder / "homelab.pyz")
        home = folder / "home"
        home.mkdir()
        os.chown(home, 12345, 12345)

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))

        python = os.path.realpath("/usr/bin/python3")  # one that another account may start
        env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "HOMELAB_LOKI_URL": loki.url}
        for _ in range(2):
            done = subprocess.run(
                [python, str(folder / "homelab.pyz"), "restore"], env=env, user=12345, group=12345,
                preexec_fn=limited, capture_output=True, text=True, timeout=30, check=False,
            )  # fmt: skip
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.startswith("homelab: no verb 'restore'; see homelab help; ")
        time.sleep(1)
        outbox = home / ".local/state/homelab/outbox"
        assert loki.requests == []
        assert len([name for name in os.listdir(outbox) if name != "lock"]) == 2
    finally:
        shutil.rmtree(folder)


def test_everything_is_killed_as_the_verb_ends(case: Case) -> None:
    """systemd ends a control group like this: no process of it has time for anything."""
    begun = fresh_second(case.sink)
    for _ in range(5):
        case.run(["restore"])
        kill_all(case.world)
    made = 5 + bring_back(case)
    counted = stored(case.sink, begun)
    assert len(counted) == len(set(counted)) == made


def test_kill_9_at_any_point_of_the_sender(case: Case) -> None:
    """The sender is killed after 0 to 150 ms, again and again, until all is delivered."""
    begun = fresh_second(case.sink)
    for number in range(25):
        case.run(["restore"])
        time.sleep(number * 0.006)
        kill_all(case.world)
        with contextlib.suppress(FileNotFoundError):
            os.utime(case.world.state / "sender", (0, 0))
    made = 25 + bring_back(case)
    counted = stored(case.sink, begun)
    assert len(counted) == len(set(counted)) == made


@pytest.mark.long("1000 processes")
def test_1000_runs_at_once_are_counted_once_by_a_push_a_second(
    world: World, loki: FakeLoki
) -> None:
    env = {**world.env, "HOMELAB_LOKI_URL": loki.url}
    begun = time.monotonic()
    for _ in range(5):  # 200 at a time, so that a machine with little memory takes part
        running = [
            subprocess.Popen(
                [sys.executable, world.pyz, verb], env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            for verb in ("restore", "dns", "vpn", "nas") * 50
        ]  # fmt: skip
        assert {process.wait() for process in running} == {2}
    until(lambda: not processes(world), seconds=60)
    pushes, seconds = len(pushed(loki)), time.monotonic() - begun
    if waiting(world):  # the machine was too busy to have a request answered within 0.8 s
        bring_back(Case(world, loki, Sink(loki.url)))
    else:
        assert pushes <= seconds + 2, (pushes, seconds)
    entries = loki.entries('{job="homelab-usage", verb=~"\\\\(unknown\\\\) .+"}')
    moments = {(labels["verb"], moment) for labels, moment, _ in entries}
    assert len(entries) == len(moments) == 1000


@pytest.mark.needs("faketime")
def test_a_clock_that_stands_still_counts_each_run_of_two_hosts(case: Case) -> None:
    """Loki merges entries with the same stream, moment and line, whichever host they come from; and
    a host whose clock does not move must not wait for a later moment."""
    world, loki, begun = case.world, case.loki, time.time()
    stands = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(begun))
    case.command = [*faketime("-f", stands), *case.command]
    hosts = []
    for name in ("one", "two"):
        home = world.folder / name
        home.mkdir(mode=0o700)
        hosts.append({"HOME": str(home), "HOMELAB_LOKI_URL": loki.url})
    made = 0
    for _ in range(60):
        for host in hosts:
            made += case.run(["restore"], **host)[2] == 2
    assert made == 120
    folders = [f"{host['HOME']}/.local/state/homelab" for host in hosts]

    def empty() -> bool:
        return not any(outbox.names(folder) for folder in folders)

    for _ in range(60):  # a sender may have been too slow, and its events wait for the next run
        if until(empty, seconds=3):
            break
        for folder, host in zip(folders, hosts):
            os.utime(f"{folder}/sender", (0, 0))
            made += case.run(["restore"], **host)[2] == 2
    entries = loki.entries('{job="homelab-usage"}')
    moments = {moment for _, moment, _ in entries}
    assert len(entries) == len(moments) == made
    assert {moment // SECOND for moment in moments} == {int(begun)}  # the second stays true


def test_10000_events_that_wait(world: World, loki: FakeLoki) -> None:
    outbox = world.state / "outbox"
    outbox.mkdir(parents=True, mode=0o700)
    now = time.time_ns()
    for number in range(10_000):
        moment = now - number * 60 * SECOND  # over the last 6.9 days
        (
            outbox / f"{moment}.1 exit=0 ver=0.6.0 verb={('host status', 'logs query')[number % 2]}"
        ).touch()
    for _ in range(10):
        world.run("restore", HOMELAB_LOKI_URL=loki.url)
        until(lambda: not processes(world))
        with contextlib.suppress(FileNotFoundError):
            os.utime(world.state / "sender", (0, 0))
        if not waiting(world):
            break
    assert not waiting(world)
    entries = loki.entries('{job="homelab-usage", verb=~"host status|logs query"}')
    assert len({(labels["verb"], moment) for labels, moment, _ in entries}) == len(entries) == 9_999
