"""`usage doctor`: each break on the way to Loki is named, with a fix."""

from __future__ import annotations

import io
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any, Callable

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.balancer import Balancer
from support.certificates import authority
from support.other_clock import faketime
from support.reading import Sink, until
from support.world import World

from homelab.catalogue.values import Values
from homelab.context import Context
from homelab.loki import limits
from homelab.loki.configured import configured
from homelab.net import connect
from homelab.settings import Settings
from homelab.times import DAY
from homelab.usage.doctor.steps import STEPS, reach
from homelab.usage.doctor.steps import Steps as Outcomes
from homelab.verbs import BUILT_IN
from homelab.verbs.usage.doctor import doctor

TEXT = "text/plain; charset=utf-8"
PUSH = "/loki/api/v1/push"
SELF_TEST = '{job="homelab-selftest"}'
OPEN = "no credentials are required: everyone who reaches this address can read and delete"
Steps = dict[str, tuple[str, str]]


def _run(world: World, code: int, *prefix: str, **env: str) -> Steps:
    """The outcome of each step; its exit code is `code`, and stderr is empty."""
    done = subprocess.run(
        [*prefix, sys.executable, world.pyz, "usage", "doctor", "--json"],
        env={**world.env, **env}, cwd=world.folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, ""), done.stdout + done.stderr
    return _steps(json.loads(done.stdout))


def _steps(document: dict[str, Any]) -> Steps:
    rows = document["rows"]
    assert document["schema"] == "homelab.usage-doctor/1"
    assert [row["step"] for row in rows] == list(STEPS)
    assert document["failed"] == sum(row["state"] == "FAIL" for row in rows)
    return {row["step"]: (row["state"], row["detail"]) for row in rows}


def _states(steps: Steps) -> str:
    """The states by their first letters, in the order of the steps."""
    return " ".join(steps[step][0][0] for step in STEPS)


def _in_process(env: dict[str, str], clock: Callable[[], int] = time.time_ns) -> Steps:
    context = Context(
        [], env, io.StringIO(), io.StringIO(), BUILT_IN, clock=clock, system_settings=""
    )
    table = doctor(context, Values())
    assert table.code == any(row[0] == "FAIL" for row in table.rows)
    return {str(step): (str(state), str(detail)) for state, step, detail in table.rows}


def test_all_is_well(world: World, loki: FakeLoki) -> None:
    steps = _run(world, 0, HOMELAB_LOKI_URL=loki.url)
    assert _states(steps) == "o s o s o o o o o s"
    assert steps["settings"][1] == f"{loki.url} (HOMELAB_LOKI_URL)"
    assert steps["name lookup"][1] == "not needed: loki.url has an address"
    assert steps["TLS"][1] == "not needed: loki.url is http"
    assert steps["route"][1].endswith(" ms (it does not tell its version)")
    assert steps["auth"][1] == OPEN
    assert steps["read back"][1].startswith("found after ")
    assert steps["clock"][1] == "within a second"
    told = "/loki/api/v1/drilldown-limits: 404, /config: 404"
    assert steps["limits"] == ("skipped", f"Loki does not report its limits ({told})")


def test_the_event_has_the_shape_of_real_ones_and_is_never_counted(
    world: World, loki: FakeLoki
) -> None:
    _run(world, 0, HOMELAB_LOKI_URL=loki.url)
    ((labels, _, line),) = loki.entries(SELF_TEST)
    user = labels.pop("user")
    labels.pop("service_name")  # Loki's own
    assert labels == {"job": "homelab-selftest", "verb": "usage doctor"}
    assert line == "exit=0 ver=0.6.0"
    time.sleep(1)  # longer than a sender lives
    assert loki.entries('{job="homelab-usage"}') == []
    assert not world.state.exists()
    world.run("config", HOMELAB_LOKI_URL=loki.url)
    done = world.run("usage", "top", "--no-header", "--user", user, HOMELAB_LOKI_URL=loki.url)
    assert "usage doctor" not in done.stdout


def test_as_a_table_and_as_csv(world: World, loki: FakeLoki) -> None:
    done = world.run("usage", "doctor", HOMELAB_LOKI_URL=loki.url)
    lines = done.stdout.splitlines()
    assert lines[0] == "STATE    STEP         DETAIL"
    assert [line[9:20].strip() for line in lines[1:]] == list(STEPS)
    done = world.run("usage", "doctor", "--csv", "--no-header", HOMELAB_LOKI_URL=loki.url)
    assert done.stdout.startswith("ok,settings,")


def test_against_a_real_loki_too(world: World, sink: Sink) -> None:
    steps = _run(world, 0, HOMELAB_LOKI_URL=sink.url)
    assert "FAIL" not in _states(steps)
    for step in ("settings", "connect", "route", "auth", "push", "read back", "clock"):
        assert steps[step][0] == "ok", steps


# Settings


def test_no_loki_is_no_failure(world: World) -> None:
    steps = _run(world, 0)
    detail = f"no Loki is configured: runs are kept in the journal {world.journal}"
    assert steps.pop("settings") == ("ok", detail)
    assert set(steps.values()) == {("skipped", "no Loki is configured")}


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"HOMELAB_LOKI_URL": "loki.lan"}, "write it like http://loki.lan"),
        ({"HOMELAB_LOKI_LB": "10.0.0.5"}, "loki.lb is set (HOMELAB_LOKI_LB) and loki.url is not"),
        (
            {"HOMELAB_LOKI_URL": "http://127.0.0.1:1", "HOMELAB_LOKI_TOKEN_FILE": "/nonexistent"},
            "loki.token_file (HOMELAB_LOKI_TOKEN_FILE): /nonexistent can't be read: No such file",
        ),
        (
            {"HOMELAB_LOKI_URL": "https://127.0.0.1:1", "HOMELAB_LOKI_CA_FILE": "/nonexistent"},
            "loki.ca_file (HOMELAB_LOKI_CA_FILE): /nonexistent can't be read: No such file",
        ),
    ],
)
def test_broken_settings(env: dict[str, str], words: str, world: World) -> None:
    steps = _run(world, 1, **env)
    assert words in steps.pop("settings")[1]
    assert set(steps.values()) == {("skipped", "after settings failed")}


def test_a_broken_settings_file_means_telemetry_is_off_too(world: World) -> None:
    path = world.settings("[loki]\nnonsense\n")
    done = world.run("usage", "doctor", "--json")
    assert done.returncode == 1
    assert f"{path}:2: " in _steps(json.loads(done.stdout))["settings"][1]
    assert done.stderr == "homelab: runs are not counted until this is fixed\n"


@pytest.mark.parametrize(
    ("env", "note"),
    [
        ({"HOMELAB_TELEMETRY": "0"}, "telemetry is off (HOMELAB_TELEMETRY=0): no run is counted"),
        ({"DO_NOT_TRACK": "1"}, "telemetry is off (DO_NOT_TRACK=1): no run is counted"),
        ({"HOMELAB_TELEMETRY": "print"}, "HOMELAB_TELEMETRY=print shows each event and sends none"),
    ],
)
def test_where_telemetry_is_off_nothing_of_the_account_is_sent(
    env: dict[str, str], note: str, world: World, loki: FakeLoki
) -> None:
    done = world.run("usage", "doctor", "--json", HOMELAB_LOKI_URL=loki.url, **env)
    assert done.returncode == 0
    assert f"homelab: {note}" in done.stderr
    steps = _steps(json.loads(done.stdout))
    assert _states(steps) == "o s o s o o s s o s"
    assert "runs of this account are not sent" in steps["push"][1]
    assert {request.method for request in loki.requests} == {"GET"}


# Name, connection, TLS


def test_a_name_that_is_not_there(world: World) -> None:
    steps = _run(world, 1, HOMELAB_LOKI_URL="http://loki.invalid")
    state, detail = steps["name lookup"]
    assert (state, steps["connect"]) == ("FAIL", ("skipped", "after name lookup failed"))
    assert detail.startswith("loki.invalid can't be looked up (")
    assert detail.endswith("or set loki.lb to an address")


def test_a_name_with_its_addresses(world: World, loki: FakeLoki) -> None:
    steps = _run(world, 0, HOMELAB_LOKI_URL=f"http://localhost:{loki.port}")
    assert steps["name lookup"][0] == "ok"
    assert steps["name lookup"][1].startswith("localhost is ")
    assert "127.0.0.1" in steps["name lookup"][1]


def test_a_silent_name_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homelab.usage.doctor.steps.LOOKUP", 0.3)
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **more: over.wait(20))
    begun = time.monotonic()
    steps = _in_process({"HOMELAB_LOKI_URL": "http://loki.lan", "HOME": "/nonexistent"})
    over.set()
    assert time.monotonic() - begun < 3
    assert steps["name lookup"][0] == "FAIL"
    assert steps["name lookup"][1].startswith("no answer for loki.lan within 0 s; fix this")


@pytest.mark.needs("root", "unshare", "ip")
def test_a_silent_name_server_in_earnest(world: World) -> None:
    (world.folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:30\n")
    (world.folder / "nsswitch.conf").write_text("hosts: dns\npasswd: files\n")
    mute = (
        "import socket, time; s = socket.socket(2, 2); s.bind(('127.0.0.1', 53));"
        " print(flush=True); time.sleep(10)"
    )
    script = (
        "ip link set lo up; mount --bind resolv.conf /etc/resolv.conf;"
        " mount --bind nsswitch.conf /etc/nsswitch.conf;"
        f' {sys.executable} -c "{mute}" >ready 2>/dev/null </dev/null & '
        'until test -s ready; do sleep 0.02; done; exec "$@"'
    )
    begun = time.monotonic()
    apart = ("unshare", "-n", "-m", "sh", "-c", script, "sh")
    steps = _run(world, 1, *apart, HOMELAB_LOKI_URL="http://loki.lan")
    assert 4.5 < time.monotonic() - begun < 8
    assert steps["name lookup"][1].startswith("no answer for loki.lan within 5 s")


@pytest.mark.parametrize("count", [1, 3])
def test_silent_addresses_cost_what_counting_does_not_have(
    monkeypatch: pytest.MonkeyPatch, loki: FakeLoki, count: int
) -> None:
    """A silent address costs a quarter of a second (C7), several cost too much."""
    monkeypatch.setattr(connect, "_WON", {})
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        places = [full.getsockname()] * count + [("127.0.0.1", loki.port)]
        with socket.create_connection(full.getsockname()):  # the backlog is full
            monkeypatch.setattr("homelab.usage.doctor.steps.CONNECT", 1.0)
            found = [connect.SocketAddress(socket.AF_INET, place) for place in places]
            monkeypatch.setattr(connect, "look_up", lambda dial, seconds: found)
            steps = _in_process({"HOMELAB_LOKI_URL": loki.url, "HOME": "/nonexistent"})
    if count == 1:
        assert steps["connect"][0] == "ok"
        assert "after 127.0.0.1 did not accept it" in steps["connect"][1]
        return
    assert steps["connect"][0] == "FAIL"
    assert "was tried first, and counting has 0.8 s in all" in steps["connect"][1]
    assert "set loki.lb to 127.0.0.1" in steps["connect"][1]


def test_nothing_listens(world: World) -> None:
    steps = _run(world, 1, HOMELAB_LOKI_URL="http://127.0.0.1:1")
    assert steps["connect"][0] == "FAIL"
    assert steps["connect"][1].startswith("127.0.0.1, port 1: connection refused; is it running")
    assert steps["limits"] == ("skipped", "after connect failed")


@contextmanager
def _mute() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_server_that_is_silent(world: World) -> None:
    begun = time.monotonic()
    with _mute() as port:
        steps = _run(world, 1, HOMELAB_LOKI_URL=f"http://127.0.0.1:{port}")
    assert time.monotonic() - begun < 8
    assert steps["route"][0] == "FAIL"
    assert steps["route"][1].startswith("no whole answer within 5 s; it accepts connections but")
    assert steps["auth"] == ("skipped", "after route failed")


def test_a_server_that_is_silent_to_tls(world: World) -> None:
    with _mute() as port:
        steps = _run(world, 1, HOMELAB_LOKI_URL=f"https://127.0.0.1:{port}")
    wait = "no whole answer within 5 s; check that this port speaks https"
    assert steps["TLS"] == ("FAIL", wait)


def test_the_whole_is_bounded_whatever_is_slow(
    monkeypatch: pytest.MonkeyPatch, loki: FakeLoki
) -> None:
    monkeypatch.setattr("homelab.usage.doctor.steps.WHOLE", 2.0)

    def slow(request: Request) -> None:
        time.sleep(0.7)

    loki.hook = slow
    begun = time.monotonic()
    steps = _in_process({"HOMELAB_LOKI_URL": loki.url, "HOME": "/nonexistent"})
    assert time.monotonic() - begun < 4
    assert [detail for _, detail in steps.values() if "not reached within 2 s" in detail]


# Behind a load balancer


@pytest.mark.needs("nginx", "openssl")
class TestBalanced:
    def test_http(self, balancer: Balancer, world: World) -> None:
        steps = self._asked(balancer, world, 0, "http://loki.lan")
        assert _states(steps) == "o s o s o o o o o s"
        through = f"through {balancer.http} (HOMELAB_LOKI_URL, HOMELAB_LOKI_LB)"
        assert steps["settings"][1] == f"http://loki.lan, {through}"
        assert steps["name lookup"][1] == "not needed: loki.lb is an address"

    def test_https(self, balancer: Balancer, world: World) -> None:
        steps = self._asked(balancer, world, 0, "https://loki.lan")
        assert _states(steps) == "o s o o o o o o o s"
        shown = steps["TLS"][1]
        what = r"TLSv1\.[23], certificate for loki\.lan by lab CA, 1 day left \(until 2"
        assert re.match(what, shown)
        assert shown.endswith("); renew it")

    def test_an_unknown_ca(self, balancer: Balancer, world: World) -> None:
        steps = self._asked(balancer, world, 1, "https://loki.lan", HOMELAB_LOKI_CA_FILE="")
        assert steps["TLS"][0] == "FAIL"
        assert "the certificate is not trusted" in steps["TLS"][1]
        assert "set loki.ca_file" in steps["TLS"][1]
        assert steps["route"] == ("skipped", "after TLS failed")

    def test_the_wrong_ca(self, balancer: Balancer, world: World) -> None:
        authority(world.folder, "other", subject="/CN=other CA")
        ca = str(world.folder / "other.crt")
        steps = self._asked(balancer, world, 1, "https://loki.lan", HOMELAB_LOKI_CA_FILE=ca)
        state, said = steps["TLS"]
        assert state == "FAIL"
        assert said.endswith(
            "no CA in loki.ca_file (HOMELAB_LOKI_CA_FILE) issued it; CN=lab CA issued it, and that"
            " file holds CN=other CA"
        )

    def test_another_name(self, balancer: Balancer, world: World) -> None:
        steps = self._asked(balancer, world, 1, "https://grafana.lan")
        what = "the certificate is not valid for grafana.lan; check loki.url"
        assert steps["TLS"] == ("FAIL", f"{what} (it is for loki.lan)")
        assert balancer.seen() == []

    @pytest.mark.needs("faketime")
    def test_an_expired_certificate(self, balancer: Balancer, world: World) -> None:
        later = tuple(faketime("-f", "+10d"))
        steps = self._asked(balancer, world, 1, "https://loki.lan", prefix=later)
        what = "the certificate has expired; renew it there, and check this host's clock"
        assert steps["TLS"] == ("FAIL", what)

    def test_tls_to_a_port_without(self, balancer: Balancer, world: World) -> None:
        steps = _run(world, 1, HOMELAB_LOKI_URL=f"https://{balancer.http}")
        assert steps["TLS"][1].startswith("this port does not speak https (")

    def test_no_tls_to_a_port_with(self, balancer: Balancer, world: World) -> None:
        steps = _run(world, 1, HOMELAB_LOKI_URL=f"http://{balancer.https}")
        assert steps["route"][0] == "FAIL"
        assert steps["route"][1].startswith("nginx answers 400, the port expects https")

    def test_no_route_for_the_name(self, balancer: Balancer, world: World) -> None:
        steps = _run(world, 1, HOMELAB_LOKI_URL=f"http://{balancer.http}")
        assert steps["route"][0] == "FAIL"
        assert steps["route"][1].startswith(
            "nginx answers 404, 404 page not found: the load balancer has no"
        )
        assert _states(steps) == "o s o s F s s s s s"

    def test_loki_behind_it_is_down(self, balancer: Balancer, world: World) -> None:
        steps = self._asked(balancer, world, 1, "http://loki.lan/dead")
        assert steps["route"][0] == "FAIL"
        assert "502, the load balancer is up and Loki behind it is down" in steps["route"][1]

    def test_http_that_moved_to_https(self, balancer: Balancer, world: World) -> None:
        steps = self._asked(balancer, world, 1, "http://loki.lan/moved")
        what = "301, it redirects to https, and redirects are not followed; start loki.url with"
        what = f"nginx answers {what}"
        assert steps["route"] == ("FAIL", f"{what} https://")

    def test_credentials(self, balancer: Balancer, world: World, loki: FakeLoki) -> None:
        steps = self._asked(balancer, world, 1, "http://loki.lan/guarded")
        assert steps["route"] == ("ok", "a server answers, and requires credentials")
        assert steps["auth"][0] == "FAIL"
        assert steps["auth"][1].startswith("nginx answers 401, it requires credentials (Basic)")
        assert steps["push"] == ("skipped", "after auth failed")
        world.env["HOMELAB_LOKI_USERNAME"] = "alice"
        password = world.folder / "password"
        password.write_text("outdated")
        world.env["HOMELAB_LOKI_PASSWORD_FILE"] = str(password)
        steps = self._asked(balancer, world, 1, "http://loki.lan/guarded")
        file = f"the password in {password} (HOMELAB_LOKI_PASSWORD_FILE)"
        why = "wrong name or password, or not in its list of users"
        assert steps["auth"] == ("FAIL", f"401, nginx refuses user alice with {file}: {why}")
        assert loki.requests == []
        password.write_text("hunter2\n")
        steps = self._asked(balancer, world, 0, "http://loki.lan/guarded")
        assert steps["auth"] == ("ok", "user alice is accepted")
        assert steps["read back"][0] == "ok"

    def test_a_route_for_pushing_alone(
        self, balancer: Balancer, world: World, loki: FakeLoki
    ) -> None:
        steps = self._asked(balancer, world, 1, "http://loki.lan/push-only")
        assert _states(steps) == "o s o s o o o F o s"
        assert steps["route"] == ("ok", "for pushing only: reading ends with 404")
        why = "telemetry itself works, but usage top and logs query can't read: nginx"
        assert steps["read back"][1].startswith(why)
        assert len(loki.entries(SELF_TEST)) == 1

    def _asked(
        self,
        balancer: Balancer,
        world: World,
        code: int,
        url: str,
        prefix: tuple[str, ...] = (),
        **env: str,
    ) -> Steps:
        lb = balancer.https if url.startswith("https") else balancer.http
        settings = {"HOMELAB_LOKI_LB": lb, "HOMELAB_LOKI_CA_FILE": balancer.ca}
        return _run(world, code, *prefix, HOMELAB_LOKI_URL=url, **{**settings, **env})


# Answers of Loki, or of another server in its place


def _on(path: str, answer: Answer) -> Callable[[Request], Answer | None]:
    return lambda request: answer if request.path.startswith(path) else None


def test_tenants_kept_apart(world: World, loki: FakeLoki) -> None:
    def hook(request: Request) -> Answer | None:
        named = request.header("X-Scope-OrgID") or request.path.endswith("buildinfo")
        return None if named else Answer(401, TEXT, b"no org id\n")

    loki.hook = hook
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url)
    what = "401, it requires a tenant (auth_enabled) and none is set; set loki.tenant"
    assert steps["auth"] == ("FAIL", what)
    steps = _run(world, 0, HOMELAB_LOKI_URL=loki.url, HOMELAB_LOKI_TENANT="lab")
    assert steps["settings"][1].endswith(", tenant lab (HOMELAB_LOKI_URL, HOMELAB_LOKI_TENANT)")
    alice = {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": "hunter2"}
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url, **alice)
    assert steps["auth"] == ("FAIL", what)


def test_a_tenant_that_holds_nothing_else(world: World, loki: FakeLoki) -> None:
    named = {"HOMELAB_LOKI_URL": loki.url, "HOMELAB_LOKI_TENANT": "hoemlab"}
    said = "; tenant hoemlab holds only events of usage doctor: is it spelt right?"
    for _ in range(2):
        assert _run(world, 0, **named)["read back"][1].endswith(said)
    world.run("config", **named)
    assert until(lambda: loki.entries('{job="homelab-usage"}'))
    assert said not in _run(world, 0, **named)["read back"][1]


def test_a_loki_that_does_not_ask_for_the_credentials_that_are_set(
    world: World, loki: FakeLoki
) -> None:
    alice = {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": "hunter2"}
    steps = _run(world, 0, HOMELAB_LOKI_URL=loki.url, **alice)
    assert steps["auth"] == ("ok", OPEN)
    assert steps["TLS"] == ("skipped", "not needed: loki.url is http")
    loki.hook = lambda request: None if request.header("Authorization") else Answer(401, TEXT, b"")
    steps = _run(world, 0, HOMELAB_LOKI_URL=loki.url, **alice)
    assert steps["auth"] == ("ok", "user alice is accepted")


def test_a_password_over_http_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def connected(places: list[connect.SocketAddress], seconds: float) -> object:
        a, b = socket.socketpair()
        b.close()
        return a, places[0]

    monkeypatch.setattr(connect, "connect", connected)
    alice = {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": "hunter2"}
    context = Context(
        [], {"HOMELAB_LOKI_URL": "http://192.0.2.9", **alice}, io.StringIO(), io.StringIO(),
        BUILT_IN, system_settings="",
    )  # fmt: skip
    steps = Outcomes()
    reach(context, steps)
    rows = {row[1]: row for row in steps.rows()}
    said = "loki.url is http: the password goes unencrypted to 192.0.2.9; use https"
    assert rows["TLS"] == ("skipped", "TLS", said)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            ["username = alice"],
            (
                "loki.username ({path}:3) is set, and no password is; set loki.password_file to the"
                " file that holds it"
            ),
        ),
        (
            ["password_file = /nosuch"],
            "loki.password_file ({path}:3) is set, and loki.username is not; set both",
        ),
        (
            ["username = alice", "password_file = {empty}"],
            "loki.password_file ({path}:4): {empty} is empty; write the secret into it",
        ),
        (
            ["username = alice", "password_file = {empty}", "token_file = {empty}"],
            (
                "loki.token_file ({path}:5) and loki.username ({path}:3) are both set; remove one"
                " of them"
            ),
        ),
        (
            ["token_file = ~/token"],
            (
                "loki.token_file ({path}:3): ~/token can't be read: No such file or directory;"
                " write the whole path; ~ is not expanded"
            ),
        ),
        (
            ["ca_file = certs/ca.pem"],
            (
                "loki.ca_file ({path}:3): certs/ca.pem can't be read: No such file or directory;"
                " write the whole path, from / on"
            ),
        ),
    ],
)
def test_settings_that_do_not_fit_together(
    lines: list[str], words: str, world: World, loki: FakeLoki
) -> None:
    empty = world.folder / "empty"
    empty.write_text("\n")
    empty.chmod(0o600)
    text = "\n".join(["[loki]", "url = https://127.0.0.1:1", *lines, ""])
    path = world.settings(text.format(empty=empty))
    done = world.run("usage", "doctor", "--json")
    assert done.returncode == 1
    said = words.format(path=path, empty=empty)
    assert _steps(json.loads(done.stdout))["settings"] == ("FAIL", said)
    done = world.run("usage", "top")
    assert (done.returncode, done.stderr) == (78, f"homelab: {said}\n")


def test_a_user_in_the_own_file_is_stronger_than_the_systems_token() -> None:
    """And the other way round: of one layer they are an error."""
    own = {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": "hunter2"}
    url = {"HOMELAB_LOKI_URL": "http://127.0.0.1:1"}
    token = {"loki.token_file": "/nosuch/token"}
    assert configured(Settings({**url, **own}, (), token)).sent.who == "user alice"


def test_an_ignored_settings_file_fails(world: World) -> None:
    path = world.settings("[loki]\nurl = http://127.0.0.1:1\n")
    path.chmod(0o666)
    done = world.run("usage", "doctor", "--json")
    assert done.returncode == 1
    said = f"{path} is ignored, because it is world-writable: chmod o-w {path}"
    assert _steps(json.loads(done.stdout))["settings"] == ("FAIL", said)
    assert done.stderr == "homelab: runs are not counted until this is fixed\n"
    done = world.run("usage", "top")
    assert done.returncode == 0
    assert f"homelab: {said}\n" in done.stderr


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_push_and_not_read(status: int, world: World, loki: FakeLoki) -> None:
    def hook(request: Request) -> Answer | None:
        return None if request.path == PUSH else Answer(status, TEXT, b"")

    loki.hook = hook
    token = {"HOMELAB_LOKI_TOKEN": "t0ken"}
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url, **token)
    assert _states(steps) == "o s o s o o o F o s"
    assert steps["auth"] == ("ok", "a bearer token is accepted")
    what = f"a bearer token may push but not read ({status}): runs are delivered; to read them,"
    assert steps["read back"] == ("FAIL", f"{what} use a user that may read")


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_who_may_read_and_not_push(status: int, world: World, loki: FakeLoki) -> None:
    loki.hook = _on(PUSH, Answer(status, TEXT, b"no"))
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url)
    assert _states(steps) == "o s o s o o F s o s"
    what = f"{status}: reading is allowed and pushing is not; allow POST {PUSH} to Loki"
    assert steps["push"][1].startswith(what)
    assert steps["read back"] == ("skipped", "after push failed")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(429, TEXT, b"ingestion rate limit exceeded"), "429, over a limit: ingestion rate"),
        (Answer(500, TEXT, b"empty ring"), "500, empty ring"),
        (Answer(200, "text/html", b"<html>Sign in"), "the answer is an HTML page"),
        (Answer(0, None, b""), "the connection closed"),
    ],
)
def test_a_push_that_is_not_taken(answer: Answer, words: str, world: World, loki: FakeLoki) -> None:
    loki.hook = _on(PUSH, answer)
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url)
    assert steps["push"][0] == "FAIL"
    assert steps["push"][1].startswith(words)


@pytest.mark.parametrize("answer", [Answer(200, None, b""), Answer(202, TEXT, b"thanks")])
def test_a_server_that_takes_pushes_in_other_words_than_lokis_is_fine(
    answer: Answer, world: World, loki: FakeLoki
) -> None:
    """C17: as VictoriaLogs and Vector do, which have none of Loki's paths for reading."""
    loki.hook = lambda request: answer if request.path == PUSH else Answer(404, TEXT, b"no path")
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url)
    assert steps["route"] == ("ok", "for pushing only: reading ends with 404")
    assert (steps["push"][0], steps["read back"][0]) == ("ok", "FAIL")


def test_a_push_that_takes_longer_than_counting_has(world: World, loki: FakeLoki) -> None:
    def hook(request: Request) -> None:
        if request.path == PUSH:
            time.sleep(0.9)

    loki.hook = hook
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url)
    assert steps["push"][0] == "FAIL"
    assert "and counting has 0.8 s, so that runs wait and may be lost" in steps["push"][1]
    assert steps["read back"][0] == "ok"


def test_an_event_that_does_not_show(world: World, loki: FakeLoki) -> None:
    loki.hook = _on(PUSH, Answer(204, None, b""))  # without storing it
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url)
    assert steps["push"][0] == "ok"
    what = "Loki accepted it, but it is not found within 5 s; check that reading and pushing reach"
    assert steps["read back"] == ("FAIL", f"{what} the same Loki and tenant")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, "text/html", b"<!doctype html>Sign in"), "the answer is an HTML page"),
        (Answer(302, TEXT, b"", (("Location", "https://auth.lan/"),)), "302, it redirects, as"),
        (Answer(200, TEXT, b"OK"), "the answer is not Loki's JSON"),
        (Answer(200, "application/json", b"{}"), "the answer is not Loki's JSON"),
        (Answer(500, TEXT, b"boom"), "500, boom"),
    ],
)
def test_another_program_stands_there(
    answer: Answer, words: str, world: World, loki: FakeLoki
) -> None:
    loki.hook = lambda request: answer
    steps = _run(world, 1, HOMELAB_LOKI_URL=loki.url)
    assert _states(steps) == "o s o s F s s s s s"
    assert steps["route"][1].startswith(words)


# Clocks


def _dated(loki: FakeLoki, seconds: float) -> None:
    """Let Loki's clock be this many seconds ahead of ours."""
    loki.clock = loki.store.clock = lambda: time.time_ns() + int(seconds * 10**9)

    def hook(request: Request) -> Answer:
        answer = loki.answer(request)
        date = formatdate(time.time() + seconds, usegmt=True)
        return answer._replace(headers=(("Date", date),))

    loki.hook = hook


@pytest.mark.parametrize(
    ("seconds", "states", "words"),
    [
        (-20, "o o o o", r"this host is (19|20|21) s ahead of the server$"),
        (-90, "o o o o", "this host is 1 min ahead of the server; let NTP set both clocks"),
        (90, "o o o o", "this host is 1 min behind the server; let NTP set both clocks"),
        (-1200, "o F s F", "this host is 20 min ahead of the server, and Loki refuses entries"),
        (7290, "o o o F", "this host is 2 h 1 min behind the server, so that runs count late"),
    ],
)
def test_clocks(seconds: int, states: str, words: str, world: World, loki: FakeLoki) -> None:
    _dated(loki, seconds)
    steps = _run(world, int("F" in states), HOMELAB_LOKI_URL=loki.url)
    seen = [steps[step][0][0] for step in ("auth", "push", "read back", "clock")]
    assert " ".join(seen) == states, steps
    assert re.match(words, steps["clock"][1])
    if states[2] == "F":
        assert steps["push"][1].startswith("Loki refuses the event: ")
        assert "too new" in steps["push"][1]


# Limits

DRILLDOWN = json.dumps(
    {
        "limits": {
            "max_entries_limit_per_query": 5000,
            "max_query_length": "30d1h",
            "max_query_lookback": "0s",
            "max_query_series": 500,
            "otlp_config": {"resource_attributes": {}},
            "retention_period": "1w",
            "volume_enabled": True,
        },
        "pattern_ingester_enabled": False,
        "version": "main-65e30f8488",
    }
).encode()
CONFIG = b"""target: all
compactor:
    working_directory: /data
    retention_enabled: true
    ring:
        retention_enabled: false
table_manager:
    retention_period: 1h
limits_config:
    reject_old_samples: true
    reject_old_samples_max_age: 1d
    max_query_length: 1w
    retention_period: 31d
    discover_service_name:
        - service
    shard_streams:
        retention_period: 2h
tenant_limits_allow_publish:
    - retention_period
"""


def test_limits_that_one_tenant_loki_tells_when_asked_for_its_tenant(
    world: World, loki: FakeLoki
) -> None:
    def hook(request: Request) -> Answer | None:
        if request.path != limits.JSON:
            return None
        if request.header("X-Scope-OrgID") != "fake":
            return Answer(401, TEXT, b"no org id\n")
        return Answer(200, "application/json", DRILLDOWN)

    loki.hook = hook
    steps = _run(world, 0, HOMELAB_LOKI_URL=loki.url)
    assert steps["limits"][0] == "ok"
    assert steps["limits"][1] == (
        "retention_period 1w, max_query_length 30d1h, max_query_series 500,"
        " max_entries_limit_per_query 5000; retention_period is 1w: older lines are deleted, so"
        " usage top sees no further back"
    )


def test_limits_from_the_whole_configuration(world: World, loki: FakeLoki) -> None:
    loki.hook = _on("/config", Answer(200, TEXT, CONFIG))
    steps = _run(world, 0, HOMELAB_LOKI_URL=loki.url)
    assert steps["limits"][0] == "ok"
    shown, length, age = steps["limits"][1].split("; ")
    assert shown == ("retention_period 31d, max_query_length 1w, reject_old_samples_max_age 1d")
    assert length.startswith("max_query_length is 1w: usage top over its usual 30 d is refused")
    assert age.startswith("reject_old_samples_max_age is 1d: runs that waited longer")


def test_only_the_plain_lines_of_two_blocks_are_read() -> None:
    told = limits.of_yaml(CONFIG)
    assert told["retention_period"] == "31d"
    assert told["compactor.retention_enabled"] == "true"
    assert limits.of_yaml(b"<html>limits_config:</html>") == {}


def _config(ingester: str, more: str = "") -> bytes:
    """A whole configuration: its ingester's block with these lines, and another block that has a
    setting of that name, with another meaning."""
    other = "pattern_ingester:\n    max_chunk_age: 4m0s\n"
    ring = "    lifecycler:\n        max_chunk_age: 1m0s\n"
    return f"target: all\n{other}ingester:\n{ring}{ingester}limits_config:\n{more}".encode()


@pytest.mark.parametrize(
    ("age", "window", "tight"),
    [
        ("2h0m0s", "1h", False),
        ("1h0m0s", "30m", False),
        ("1h", "30m", False),
        ("45m0s", "22m30s", False),
        ("30m0s", "15m", False),
        ("29m0s", "14m30s", True),
        ("30s", "15s", True),
        ("0s", "none", True),
        ("1w", "84h", False),
    ],
)
def test_the_out_of_order_window_is_half_of_the_chunks_age(
    age: str, window: str, tight: bool
) -> None:
    told = limits.of_yaml(_config(f"    max_chunk_age: {age}\n", "    unordered_writes: true\n"))
    assert limits.shown(told) == [f"out-of-order window {window}"]
    sentence = (
        "the out-of-order window is below 15m: some runs that are sent late are refused and"
        " not counted; set the ingester's max_chunk_age to twice that or more"
    )
    assert limits.tighter(told) == [sentence] * tight


def test_a_loki_that_takes_nothing_out_of_order_has_no_window() -> None:
    told = limits.of_yaml(_config("    max_chunk_age: 2h\n", "    unordered_writes: false\n"))
    assert limits.shown(told) == ["out-of-order window none"]
    (sentence,) = limits.tighter(told)
    assert sentence.startswith("unordered_writes is false: a run older than the newest of its")


@pytest.mark.parametrize("ingester", ["", "    max_chunk_age: soon\n", "    max_chunk_age:\n"])
def test_a_window_that_is_not_told_is_not_claimed(ingester: str) -> None:
    told = limits.of_yaml(_config(ingester))
    assert (limits.shown(told), limits.tighter(told)) == ([], [])


def test_the_window_stands_in_the_limits_step(world: World, loki: FakeLoki) -> None:
    loki.hook = _on("/config", Answer(200, TEXT, _config("    max_chunk_age: 1h0m0s\n")))
    assert _run(world, 0, HOMELAB_LOKI_URL=loki.url)["limits"] == ("ok", "out-of-order window 30m")


def test_what_is_no_drilldown_answer_tells_nothing() -> None:
    for body in (
        b"",
        b"[]",
        b"[" * 100_000,
        b"{}",
        b'{"limits": null}',
        b'{"limits": 3}',
        b"<html>",
    ):
        assert limits.of_json(body) == {}


def test_a_retention_that_nobody_enforces_is_no_bound() -> None:
    told = {"retention_period": "1d", "reject_old_samples_max_age": "1h"}
    assert len(limits.tighter(told)) == 2
    idle = {"compactor.retention_enabled": "false", "reject_old_samples": "false"}
    assert limits.tighter({**told, **idle}) == []
    assert limits.shown({"retention_period": "0s"}) == ["retention_period unlimited"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0s", 0),
        ("0", 0),
        ("5000", 5000),
        ("1w", 7 * DAY),
        ("30d1h", 30 * DAY + DAY // 24),
        ("744h0m0s", 31 * DAY),
        ("1y", 365 * DAY),
        ("250ms", 250_000_000),
        ("", None),
        ("d", None),
        ("1", 1),
        ("1d2", None),
        ("1x", None),
        ("-1d", None),
        ("1.5h", None),
        ("64MiB", None),
    ],
)
def test_sizes(text: str, value: int | None) -> None:
    assert limits.size(text) == value
