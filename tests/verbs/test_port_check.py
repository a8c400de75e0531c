"""`port check` against ports of each kind, in a network namespace with its own routes and rules."""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
import sys
from typing import Any

import pytest
from support.tls_servers import Saying
from support.world import World

from homelab.net import connect, hostport, ports
from homelab.verbs.port.check import Port

LOOPBACK = "127.0.0.1"
SETUP = """
ip link set lo up
ip tuntap add tun0 mode tun; ip addr add 203.0.113.1/24 dev tun0; ip link set tun0 up
ip route add unreachable 198.51.100.0/25
ip route add prohibit 198.51.100.128/25
"""  # packets over tun0 are not read


def apart(world: World, *words: str, setup: str = "") -> subprocess.CompletedProcess[str]:
    """Run the built file in a network namespace with only the interfaces made here."""
    script = f'{{ {SETUP} {setup} }} >&2; exec "$@"'
    return subprocess.run(
        ["unshare", "-n", "-m", "sh", "-ec", script, "sh", world.pyz, *words],
        env=world.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def rows(done: subprocess.CompletedProcess[str], code: int) -> list[dict[str, Any]]:
    assert done.returncode == code, (done.stdout, done.stderr)
    found: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return found


def test_open_ones(world: World) -> None:
    with socket.create_server((LOOPBACK, 0)) as one, socket.create_server((LOOPBACK, 0)) as two:
        numbers = [each.getsockname()[1] for each in (one, two)]
        target = f"{LOOPBACK}:{numbers[0]},{numbers[1]}"
        found = rows(world.run("port", "check", "--json", target, f"localhost:{numbers[0]}"), 0)
        assert [row["target"] for row in found] == [
            f"{LOOPBACK}:{numbers[0]}", f"{LOOPBACK}:{numbers[1]}", f"localhost:{numbers[0]}",
        ]  # fmt: skip
        for row in found:
            assert (row["state"], row["result"], row["address"]) == ("ok", "open", LOOPBACK)
            assert row["detail"] is None
            assert row["time"] >= 0
        plain = world.run("port", "check", target, f"{LOOPBACK}:1")
        lines = [line.split()[:3] for line in plain.stdout.splitlines()]
        problem = [["STATE", "TARGET", "RESULT"], ["critical", f"{LOOPBACK}:1", "refused"]]
        assert (plain.returncode, lines) == (1, problem)
        fine = ", ".join(rf"127\.0\.0\.1:{number} open in \d+ ms" for number in numbers)
        assert re.fullmatch(rf"homelab: fine: {fine} \(details: --all\)\n", plain.stderr)
        plain = world.run("port", "check", "--all", target, f"{LOOPBACK}:1")
        lines = [line.split()[:3] for line in plain.stdout.splitlines()]
        opened = [["ok", f"{LOOPBACK}:{number}", "open"] for number in numbers]
        assert (plain.stderr, lines) == ("", problem + opened)
    assert world.events()[0] == "exit=0 ver=0.6.0 verb=port check"


def test_many_open_ones_are_a_number(world: World) -> None:
    with socket.create_server(("", 0)) as listener:
        port = listener.getsockname()[1]
        done = world.run("port", "check", *(f"127.0.0.{last}:{port}" for last in range(1, 5)))
    assert (done.returncode, done.stdout) == (0, "")
    slowest = rf"127\.0\.0\.[1-4]:{port} open in \d+ ms"
    told = rf"homelab: 4 ports are open, the slowest {slowest} \(details: --all\)\n"
    assert re.fullmatch(told, done.stderr)


def test_of_ipv6(world: World) -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this host has no IPv6")
    with listener:
        port = listener.getsockname()[1]
        (row,) = rows(world.run("port", "check", "--json", f"[::1]:{port}"), 0)
        assert (row["target"], row["address"]) == (f"[::1]:{port}", "::1")


@pytest.mark.parametrize(
    ("words", "hold", "result"),
    [
        ((), False, "closed"),
        ((), True, "open"),  # most services wait for the client to speak
        ((b"SSH-2.0-x\r\n",), True, "open"),
        (
            (b"Sun Nov 29\r\n",),
            False,
            "open",
        ),  # the service daytime: it sends its answer and closes
    ],
)
def test_a_connection_closed_at_once_counts_as_closed(
    monkeypatch: pytest.MonkeyPatch, words: tuple[bytes, ...], hold: bool, result: str
) -> None:
    """B13: docker-proxy without a backend does this."""
    if not hold:  # the time that a busy machine needs to close it
        monkeypatch.setattr(ports, "_LOOK", 30.0)
        monkeypatch.setattr(ports, "_LONGEST_LOOK", 30.0)
    with Saying(*words, hold=hold) as server:
        place = connect.SocketAddress(socket.AF_INET, (LOOPBACK, server.port))
        found = ports.knock([place], 60)
    assert found.result == result
    assert bool(found.why) == (result == "closed")
    state = Port(f"{LOOPBACK}:{server.port}", found).state
    assert state == {"closed": "warning", "open": "ok"}[result]


def test_a_connection_that_is_reset_at_once_is_closed_too() -> None:
    """B13: a proxy such as haproxy can drop its end with SO_LINGER."""
    listener = socket.create_server((LOOPBACK, 0))
    with listener, socket.create_connection(listener.getsockname()) as ours:
        theirs, _ = listener.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        assert ports._is_dropped(ours, 30)


@pytest.mark.needs("root", "namespaces", "ip")
def test_unreachable_ports_give_the_reason(world: World) -> None:
    targets = {
        "127.0.0.1:22": ("refused", "nothing listens on this port, or a firewall rejects it"),
        "203.0.113.7:22": (
            "filtered", "no answer within 1 s: a firewall drops it, or the host is down",
        ),
        "198.51.100.1:22": (
            "unreachable", "no host answers at this address, or a router or firewall rejects it",
        ),
        "198.51.100.129:22": ("unreachable", "a route or firewall rule of this host forbids it"),
        "192.0.2.1:22": ("unreachable", "this host has no route to it"),
    }  # fmt: skip
    found = rows(apart(world, "port", "check", "--json", "--timeout", "1s", *targets), 1)
    assert {row["target"]: (row["result"], row["detail"]) for row in found} == targets
    assert {row["state"] for row in found} == {"critical"}
    assert {row["target"] for row in found if row["time"] is None} == {"203.0.113.7:22"}


@pytest.mark.needs("root", "namespaces", "ip", "iptables")
def test_behind_a_firewall(world: World) -> None:
    """A firewall that drops, one that resets, and one that rejects as prohibited."""
    setup = """
    iptables -A INPUT -p tcp --dport 81 -j DROP
    iptables -A INPUT -p tcp --dport 82 -j REJECT --reject-with tcp-reset
    iptables -A INPUT -p tcp --dport 83 -j REJECT --reject-with icmp-host-prohibited
    """
    words = ("port", "check", "--json", "--timeout", "1s", "127.0.0.1:81-83")
    done = apart(world, *words, setup=setup)
    assert [row["result"] for row in rows(done, 1)] == ["filtered", "refused", "unreachable"]


HOSTS_ALONE = """
echo "hosts: files" > {0}/nsswitch; mount --bind {0}/nsswitch /etc/nsswitch.conf
"""
NO_SERVER = """
echo "hosts: dns" > {0}/nsswitch; mount --bind {0}/nsswitch /etc/nsswitch.conf
echo "nameserver 203.0.113.9" > {0}/resolv; mount --bind {0}/resolv /etc/resolv.conf
"""


@pytest.mark.needs("root", "namespaces", "ip")
def test_an_unknown_name(world: World) -> None:
    words = ("port", "check", "--json", "nas.lan:22,80", "127.0.0.1:22")
    found = rows(apart(world, *words, setup=HOSTS_ALONE.format(world.folder)), 1)
    assert [row["result"] for row in found] == ["name unknown"] * 2 + ["refused"]
    assert (found[0]["address"], found[0]["detail"]) == (None, "no such name")


@pytest.mark.needs("root", "namespaces", "ip")
def test_name_servers_that_are_silent(world: World) -> None:
    """The run waits at most --timeout for them, and makes no claim about the host itself."""
    setup = NO_SERVER.format(world.folder)
    words = ("port", "check", "--json", "--timeout", "1s", "nas.lan:22,80")
    done = apart(world, *words, setup=setup)
    found = rows(done, 69)
    assert [(row["state"], row["result"]) for row in found] == [("unknown", "unknown")] * 2
    assert found[0]["detail"] == "no name server answers within 1 s"
    assert json.loads(done.stdout)["unknown"] == 2
    done = apart(world, *words, "127.0.0.1:22", setup=setup)
    assert [row["state"] for row in rows(done, 1)] == ["unknown", "unknown", "critical"]
    words = ("service", "check", "--json", "--timeout", "1s", "http://nas.lan/")
    (row,) = rows(apart(world, *words, setup=setup), 69)
    assert (row["state"], row["failed"]) == ("unknown", "lookup")
    assert row["detail"] == "lookup: no name server answers for nas.lan within 1 s"
    assert world.events()[-1] == "exit=69 ver=0.6.0 verb=service check"
    words = ("cert", "check", "--json", "--timeout", "1s", "nas.lan")
    (row,) = rows(apart(world, *words, setup=setup), 69)
    assert (row["state"], row["detail"]) == ("unknown", "no name server answers within 1 s")


SERVER = """
cd {0}; timeout 20 {1} -c 'import pathlib, socketserver as s
class Waiting(s.BaseRequestHandler):
    def handle(self): self.request.recv(1)
server = s.ThreadingTCPServer(("127.0.0.1", 80), Waiting)
pathlib.Path("ready").touch(); server.serve_forever()' >/dev/null 2>&1 &
for _ in $(seq 200); do [ -e {0}/ready ] && break; sleep 0.05; done; rm {0}/ready
"""


@pytest.mark.needs("root", "namespaces", "ip")
def test_targets_that_could_not_be_asked_are_unknown(world: World) -> None:
    setup = NO_SERVER.format(world.folder) + SERVER.format(world.folder, sys.executable)
    words = ("port", "check", "--json", "--timeout", "1s", "nas.lan:22", "127.0.0.1:80")
    assert [row["state"] for row in rows(apart(world, *words, setup=setup), 69)] == [
        "unknown",
        "ok",
    ]
    words = (
        "service",
        "check",
        "--json",
        "--timeout",
        "1s",
        "http://nas.lan/",
        "http://127.0.0.1/",
    )
    states = [row["state"] for row in rows(apart(world, *words, setup=setup), 1)]
    assert states == ["unknown", "critical"]  # it closes the connection without an answer


def test_a_connection_to_itself_does_not_count_as_open() -> None:
    """The kernel can choose the checked port for our own end, and then TCP connects to itself."""
    ours = socket.socket()
    with ours:
        ours.bind((LOOPBACK, 0))
        place = ours.getsockname()
        ours.connect(place)
        assert ours.getpeername() == place

        def to_itself(places: object, seconds: float) -> tuple[socket.socket, object]:
            return ours, connect.SocketAddress(socket.AF_INET, place)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(connect, "connect", to_itself)
            assert ports.knock([], 1).result == "refused"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nas.lan:22", [("nas.lan", 22)]),
        ("nas.lan:22,80,22", [("nas.lan", 22), ("nas.lan", 80)]),
        ("h:8000-8002,1", [("h", 8000), ("h", 8001), ("h", 8002), ("h", 1)]),
        ("[fd00::7]:443", [("fd00::7", 443)]),
        ("[fe80::1%eth0]:443", [("fe80::1%eth0", 443)]),
        ("bücher.lan:80", [("bücher.lan", 80)]),
        ("h:65535", [("h", 65535)]),
    ],
)
def test_ports_as_people_write_them(text: str, found: list[tuple[str, int]]) -> None:
    assert hostport.ports(text) == found
    assert all(hostport.ports(hostport.written(*each)) == [each] for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "nas.lan", "nas.lan:", ":22", "", "nas.lan:0", "nas.lan:65536", "nas.lan:22-21", "h:1-2000",
        "fd00::7:443", "[fd00::7]", "[nas.lan]:22", "h:22,", "h:-5", "h:5-", "h:²", "h:ssh",
        "http://nas.lan:80", "nas lan:22", "h:1e3", "user@h:22", "[::1:22",
        "h:99999999999999999999",
    ],
)  # fmt: skip
def test_invalid_ports_give_the_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"'|\"") as wrong:
        hostport.ports(text)
    assert "\n" not in str(wrong.value)


def test_wrong_targets_end_the_run_before_any_connection(world: World) -> None:
    done = world.run("port", "check", f"{LOOPBACK}:1", "nas.lan")
    assert (done.returncode, done.stdout) == (2, "")
    assert "(use nas.lan:22 or nas.lan:22,80,443)" in done.stderr
    many = [f"h{number}:1-1000" for number in range(11)]
    assert "more than 10000 ports" in world.run("port", "check", *many).stderr
    assert hostport.dial("10.0.0.5") == ("10.0.0.5", 0)
    assert hostport.dial("[fd00::7]") == ("fd00::7", 0)
    assert hostport.dial("[fd00::7]:8443") == ("fd00::7", 8443)
