"""`container list`: recorded answers of Docker and Podman, and wrong answers that no engine should
give."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

import pytest
from fakes.engine import RECORDED, Speak, answer, listening, recording, replayed
from hypothesis import given
from hypothesis import strategies as st
from support.memory import measured
from support.world import World, at_a_terminal

from homelab import times
from homelab.containers import engines, inspect, judge, required
from homelab.containers import podman_command as podman
from homelab.containers.container import Container
from homelab.net import unix_http
from homelab.system.child import Cancelled, Child, Output
from homelab.system.machine import Host

# just after both were recorded
NOW = times.moment("2026-11-25T01:46:00Z", 0)

DOCKER = {
    "sick": ("warning", "unhealthy", "its health check failed"),
    "flaky": ("warning", "restarting", "restarted once"),
    "looper": ("warning", "restarting", "it keeps restarting; exit code 3"),
    "nocmd": ("warning", "not started", 'exec: "/bin/nosuch"'),
    "failed": ("warning", "exited", "with an error"),
    "gaveup": ("warning", "exited", "the engine gave up after it restarted it 2 times"),
    "frozen": ("warning", "paused", "unpaused"),
    "killed": ("unknown", "", "can't tell"),
    "slow": ("unknown", "", "has not passed"),
    "done0": ("ok", "", ""),
    "fresh": ("ok", "", "never started"),
    "good": ("ok", "", ""),
    "media-plex-1": ("ok", "", ""),
    "stopped": ("ok", "", "unless-stopped would have"),
}
PODMAN = {
    "sick": ("warning", "unhealthy", "no route"),
    "cutoff": ("warning", "exited", "when the host went down"),
    "failed": ("warning", "exited", "with an error"),
    "looper": ("warning", "exited", "the engine gave up after it restarted it 3 times"),
    "killed": ("unknown", "", "can't tell"),
    "waiting": ("unknown", "", "has not passed"),
    "fresh": ("ok", "", "never started"),
    "stopped": ("ok", "", "always would have"),
    "web": ("ok", "", ""),
}


def _judged(found: list[Container], expected: dict[str, tuple[str, str, str]]) -> None:
    told = {each.name: judge.judged(each, NOW) for each in found}
    assert told.keys() == expected.keys()
    for name, (state, trouble, words) in expected.items():
        assert told[name][:2] == (state, trouble), name
        assert words in told[name][2], name
        assert told[name][2] or state == "ok"
    found.sort(key=lambda each: judge.order(told[each.name], each))
    assert [each.name for each in found] == list(expected)


@pytest.mark.parametrize(
    ("engine", "name", "expected"),
    [("docker", "docker-20.10", DOCKER), ("podman", "podman-4.3", PODMAN)],
)
def test_recorded(engine: str, name: str, expected: dict[str, tuple[str, str, str]]) -> None:
    found = [Container(each, engine) for each in recording(name)["inspect"]]
    _judged(found, expected)
    by_name = {each.name: each for each in found}
    assert by_name["sick"].said in ("connect: refused", "no route")
    assert by_name["sick"].image.endswith("bb:1")
    assert by_name["fresh"].since == by_name["fresh"].created is not None
    assert by_name["failed"].since == by_name["failed"].finished is not None
    if engine == "docker":
        assert by_name["media-plex-1"].project == "media"
    else:
        assert by_name["sick"].project == "media"


def test_podmans_command_gives_the_same_rows() -> None:
    found = podman.read((RECORDED / "podman-4.3-inspect.jsonl").read_text())
    _judged(found, PODMAN)
    by_socket = [Container(each, "podman") for each in recording("podman-4.3")["inspect"]]
    by_socket.sort(key=lambda each: each.name)
    found.sort(key=lambda each: each.name)
    for one, other in zip(found, by_socket):
        assert {name: getattr(one, name) for name in Container.__slots__} == {
            name: getattr(other, name) for name in Container.__slots__
        }


def _container(engine: str = "docker", **state: object) -> Container:
    rest = {name: state.pop(name) for name in ("RestartCount", "HostConfig") if name in state}
    return Container({"Id": "ab" * 32, "Name": "/x", "State": state, **rest}, engine)


POLICY = {"RestartPolicy": {"Name": "always"}}


@pytest.mark.parametrize(
    ("container", "state", "words"),
    [
        (_container(Status="exited", ExitCode=137, OOMKilled=True), "warning", "memory"),
        (_container(Status="exited", ExitCode=143), "ok", "stopped by a signal"),
        (_container(Status="exited", ExitCode=139), "warning", "segmentation fault"),
        (_container(Status="exited", ExitCode=1, HostConfig=POLICY), "ok", "by hand"),
        (_container(Status="exited", Error="port in use", HostConfig=POLICY), "warning", "port in"),
        (_container(Status="created", HostConfig=POLICY), "warning", "never started"),
        (_container(Status="dead"), "warning", "remove"),
        (_container(Status="removing"), "unknown", "being stopped or removed"),
        (_container(Status="levitating"), "unknown", "unknown container state"),
        (_container(), "unknown", "unknown container state"),
        # Podman 5, by its source: containers that ran when the host went down are exited, without
        # an end
        (_container("podman", Status="exited", StartedAt="2026-11-01T00:00:00Z",
                    FinishedAt="2026-10-01T00:00:00Z"), "warning", "when the host went down"),
        # the end of a short run was written before its start
        (_container("podman", Status="exited", StartedAt="2026-11-01T00:00:00.5Z",
                    FinishedAt="2026-11-01T00:00:00.4Z"), "ok", ""),
        # Podman stops containers before a reboot, and nothing starts them after it
        (_container("podman", Status="exited", ExitCode=143, StartedAt="2026-10-01T00:00:00Z",
                    FinishedAt="2026-11-01T00:00:00Z", HostConfig=POLICY), "unknown", "since boot"),
        # restarted, but a while ago
        (_container(Status="running", StartedAt="2026-11-24T00:00:00Z", RestartCount=7), "ok", ""),
        (_container(Status="running", StartedAt="2026-11-25T01:45:00Z", RestartCount=7),
         "warning", "restarted 7 times, last 1 min ago"),
        # Podman 3 has another name for health
        (_container("podman", Status="running", Healthcheck={"Status": "unhealthy"}),
         "warning", "health"),
    ],
)  # fmt: skip
def test_judgements(container: Container, state: str, words: str) -> None:
    booted = times.moment("2026-11-20T00:00:00Z", NOW)
    found = judge.judged(container, NOW, booted)
    assert found[0] == state
    assert words in found[2]


BEFORE, LATER, LONG_AGO = (f"2026-11-{day}T00:00:00Z" for day in ("20", "21", "22"))
SWARM, COMPOSE = "com.docker.swarm", "com.docker.compose"


def _task(name: str, created: str, status: str, code: int = 0, **more: str) -> Container:
    """A Swarm task `web.1.x` of the service `web`."""
    labels = {f"{SWARM}.service.name": name.partition(".")[0], f"{SWARM}.task.name": name}
    return _placed(name, labels, created, status, code, **more)


def _composed(
    name: str, created: str, status: str, code: int = 0, number: str = "1", oneoff: str = "False"
) -> Container:
    labels = {
        f"{COMPOSE}.project": "media", f"{COMPOSE}.service": "plex",
        f"{COMPOSE}.container-number": number, f"{COMPOSE}.oneoff": oneoff,
    }  # fmt: skip
    return _placed(name, labels, created, status, code)


def _placed(
    name: str, labels: dict[str, str], created: str, status: str, code: int, started: str = ""
) -> Container:
    state = {"Status": status, "ExitCode": code, "StartedAt": started or created}
    document = {"Id": name, "Name": f"/{name}", "Created": created, "State": state}
    return Container({**document, "Config": {"Labels": labels}}, "docker")


JUST_NOW = "2026-11-25T01:45:00Z"


@pytest.mark.parametrize(
    ("containers", "states"),
    [
        # B12: an earlier task of a slot that runs
        ([_task("web.1.a", BEFORE, "exited", 1), _task("web.1.b", LATER, "running")], "ok ok"),
        ([_task("web.1.a", BEFORE, "exited", 137), _task("web.1.b", LATER, "running")], "ok ok"),
        ([_task("web.1.a", BEFORE, "created"), _task("web.1.b", LATER, "running")], "ok ok"),
        ([_task("web.n1.a", BEFORE, "exited", 1), _task("web.n1.b", LATER, "running")], "ok ok"),
        ([_task("web.1.a", BEFORE, "exited", 1), _task("web.1.b", LATER, "exited", 1),
          _task("web.1.c", LONG_AGO, "running")], "ok ok ok"),
        # no task of that slot runs, or not of that service, or only an earlier one
        ([_task("web.1.a", BEFORE, "exited", 1)], "warning"),
        ([_task("web.1.a", BEFORE, "exited", 1), _task("web.2.b", LATER, "running")],
         "warning ok"),
        ([_task("web.1.a", BEFORE, "exited", 1), _task("api.1.b", LATER, "running")],
         "warning ok"),
        ([_task("web.1.a", BEFORE, "exited", 1), _task("web.1.b", LATER, "exited", 1)],
         "warning warning"),
        ([_task("web.1.a", LATER, "exited", 1), _task("web.1.b", BEFORE, "running")],
         "warning ok"),
        ([_task("web.1.a", BEFORE, "exited", 1), _task("web.1.b", LATER, "restarting", 1)],
         "warning warning"),
        # it may fail next; a container that was stopped for it has not failed
        ([_task("web.1.a", BEFORE, "exited", 1), _task("web.1.b", JUST_NOW, "running")],
         "warning ok"),
        ([_task("web.1.a", BEFORE, "exited", 137), _task("web.1.b", JUST_NOW, "running")],
         "ok ok"),
        # Compose: created again in its place
        ([_composed("0123_media-plex-1", BEFORE, "exited", 1),
          _composed("media-plex-1", LATER, "running")], "ok ok"),
        ([_composed("media-plex-1", BEFORE, "exited", 1),
          _composed("media-plex-2", LATER, "running", number="2")], "warning ok"),
        # `docker compose run`: beside the service, without a slot
        ([_composed("media-plex-run-1", BEFORE, "exited", 0, oneoff="True")], "ok"),
        ([_composed("media-plex-run-1", BEFORE, "exited", 1, oneoff="True"),
          _composed("media-plex-1", LATER, "running")], "warning ok"),
        ([_composed("media-plex-1", BEFORE, "exited", 1),
          _composed("media-plex-run-1", LATER, "running", oneoff="True")], "warning ok"),
        # Kubernetes: the next attempt at the container of a pod, and another pod
        ([_placed("k8s_web_web-0_prod_u1_0", {}, BEFORE, "exited", 1),
          _placed("k8s_web_web-0_prod_u1_1", {}, LATER, "running", 0)], "ok ok"),
        ([_placed("k8s_web_web-0_prod_u1_0", {}, BEFORE, "exited", 1),
          _placed("k8s_web_web-1_prod_u2_1", {}, LATER, "running", 0)], "warning ok"),
        # not a replacement: two containers without labels
        ([_placed("a", {}, BEFORE, "exited", 1), _placed("b", {}, LATER, "running", 0)],
         "warning ok"),
    ],
)  # fmt: skip
def test_what_a_running_container_replaced_is_history(
    containers: list[Container], states: str
) -> None:
    judgements = {each.name: judgement for judgement, each in judge.every(containers, NOW)}
    assert [judgements[each.name][0] for each in containers] == states.split()
    newest = containers[-1].name
    for state, _, detail in (judgements[each.name] for each in containers[:-1]):
        if state == "ok" and detail not in ("", "never started"):
            assert detail == f"history: {newest} took its place and is running"
    expected = "warning" if "warning" in states else "ok"
    assert judge.summary(containers, 0, NOW).state == expected


def test_slots_whose_names_are_cut_off_are_not_taken_for_one() -> None:
    one, other = (_task(f"{'w' * 300}.{slot}.x", BEFORE, "exited", 1) for slot in "12")
    assert (one.slot, other.slot) == ("", "")


KEYS = (
    "Id Name State Config HostConfig RestartPolicy Health Log Labels Output ExitCode Status"
    " StartedAt FinishedAt Created RestartCount MaximumRetryCount Error OOMKilled"
)
VALUES = ["running", "exited", "2026-99-99T00:00:00Z", "9999-01-01", "\ud800"]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS.split()), inner | st.sampled_from(VALUES), max_size=5
        )
    ),
    max_leaves=40,
)


@given(st.dictionaries(st.sampled_from(["Id", "Name", "State", "Config", "Created"]), JSON))
def test_no_document_is_too_strange(document: dict[str, Any]) -> None:
    container = Container(document, "podman")
    state, trouble, detail = judge.judged(container, NOW, NOW)
    assert state in ("ok", "warning", "unknown")
    assert (state == "warning") == bool(trouble)
    for text in (container.name, container.image, container.status, container.health, detail):
        assert len(text) < 600
        text.encode("utf-8")  # half of a surrogate pair is removed
    judge.summary([container], 0, NOW)


def test_other_line_ends_do_not_end_a_document_of_podmans_command() -> None:
    documents = [{"Id": "a" * 12, "Name": "first\x85\u2028"}, {"Id": "b" * 12, "Name": "two"}]
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in documents)
    assert [each.name for each in podman.read(text)] == ["first\x85\u2028", "two"]


@given(st.binary())
def test_no_bytes_are_too_strange(heard: bytes) -> None:
    for said in (heard, b"HTTP/1.1 200 OK\r\n" + heard, b"HTTP/1.1 200 OK\r\n\r\n" + heard):
        try:
            assert 0 <= unix_http.parsed(said).status <= 999
        except unix_http.Unanswered as error:
            assert error.reason


def test_the_summary_for_host_status() -> None:
    docker = [Container(each, "docker") for each in recording("docker-20.10")["inspect"]]
    found = judge.summary(docker, 0, NOW)
    assert (found.state, found.value) == ("warning", "7 with problems")
    assert found.detail == "sick (unhealthy), flaky (restarting), looper (restarting) and 4 more"
    sick = [each for each in docker if each.name in ("sick", "good")]
    found = judge.summary(sick, 0, NOW)
    assert (found.state, found.value, found.detail) == ("warning", "1 unhealthy", "sick")
    fine = [each for each in docker if each.name in ("good", "done0")]
    found = judge.summary(fine, 0, NOW)
    assert (found.state, found.value, found.detail) == ("ok", "1 running", "1 stopped")
    assert judge.summary(fine, 2, NOW).state == "unknown"
    slow = [each for each in docker if each.name == "slow"]
    assert judge.summary(slow, 0, NOW).state == "unknown"


class Machine(Host):
    """A fake host made of tables: sockets by path (or an error), folders, and Podman's command."""

    def __init__(self, **sockets: object) -> None:
        self.sockets = {f"/{name.replace('__', '/')}": told for name, told in sockets.items()}
        self.files: set[str] = set()
        self.users: list[str] = []
        self.said: list[tuple[int, str] | BaseException] = []
        self.children: list[Told] = []
        self.ran: list[list[str]] = []
        self.envs: list[dict[str, str]] = []

    def socket(self, path: str) -> tuple[int, int]:
        told = self.sockets.get(path, FileNotFoundError(2, "No such file or directory"))
        if isinstance(told, Exception):
            raise told
        assert isinstance(told, int)
        return 1, told

    def exists(self, path: str) -> bool:
        return path in self.files

    def owner(self, path: str) -> int | None:
        return 1000

    def entries(self, path: str) -> list[str]:
        assert path == "/run/user"
        return self.users

    def child(self, command: list[str], seconds: float, **env: str) -> Child:
        self.ran.append(command)
        self.envs.append(env)
        self.children.append(Told(self.said.pop(0)))
        return self.children[-1]


class Told(Child):
    """A command that has ended: its exit code, and its output on stdout, or on stderr if it
    failed."""

    def __init__(self, told: tuple[int, str] | BaseException) -> None:
        super().__init__(["true"], {})
        self._told = told
        self.ended = False

    def end(self, patience: float = 0) -> None:
        self.ended = True

    def run(self) -> tuple[int, Output, Output]:
        if isinstance(self._told, BaseException):
            raise self._told
        code, text = self._told
        out, err = Output(), Output()
        (err if code else out).keep(text.encode())
        return code, out, err


def _paths(host: Host, account: int, **env: str) -> list[str]:
    return [each.path for each in engines.places(host, env, account)]


def test_where_sockets_are_looked_for() -> None:
    host = Machine()
    host.users = ["1000", "1001"]
    fixed = ["/var/run/docker.sock", "/run/podman/podman.sock"]
    assert _paths(host, 1000) == [  # as under cron, without the variable
        *fixed, "/run/user/1000/docker.sock", "/run/user/1000/podman/podman.sock"
    ]  # fmt: skip
    assert _paths(host, 1000, XDG_RUNTIME_DIR="/tmp/x") == [
        *_paths(host, 1000), "/tmp/x/docker.sock", "/tmp/x/podman/podman.sock"
    ]  # fmt: skip
    # another account's, as after su(1)
    assert _paths(host, 1001, XDG_RUNTIME_DIR="/run/user/1000") == _paths(host, 1001)
    assert "/run/user/1001/podman/podman.sock" in _paths(host, 0)
    assert "/run/user/1001/podman/podman.sock" not in _paths(host, 1000)
    named = _paths(host, 1000, DOCKER_HOST="unix:///a", CONTAINER_HOST="unix:///b")
    assert named[:2] == ["/a", "/b"]
    assert "/var/run/docker.sock" not in named  # like its client: this one instead of the usual one
    assert _paths(host, 1000, DOCKER_HOST="ssh://nas") == _paths(host, 1000)
    assert engines.remote({"DOCKER_HOST": "ssh://nas", "CONTAINER_HOST": "unix:///b"}) == [
        "DOCKER_HOST"
    ]


def test_podmans_command_is_asked_without_a_socket() -> None:
    text = (RECORDED / "podman-4.3-inspect.jsonl").read_text()
    numbers = [json.loads(line)["Id"] for line in text.splitlines()]
    host = Machine()
    assert inspect.heard(host, {"HOME": "/home/x"}, 1000, 1.0).engines == []
    assert host.ran == []  # it was never used: running it would create its folders
    host.files = {"/home/x/.local/share/containers/storage/db.sql"}
    host.said = [(0, "\n".join(numbers)), (0, text)]
    heard = inspect.heard(host, {"HOME": "/home/x"}, 1000, 1.0)
    assert [each.name for each in heard.engines] == ["podman"]
    assert len(heard.engines[0].containers) == len(PODMAN)
    assert host.ran[1][-len(numbers) :] == numbers
    assert heard.engines[0].missed == []
    for said, silent in (
        ([FileNotFoundError()], []),
        ([TimeoutError()], ["no complete answer in time"]),
        ([(125, "")], ["exit code 125"]),
        ([(125, "a warning\nError: mount /x: full\n")], ["Error: mount /x: full"]),
        ([Cancelled()], ["no complete answer in time"]),
        ([PermissionError(13, "Permission denied")], ["Permission denied"]),
    ):
        host.said = [*said]
        heard = inspect.heard(host, {"HOME": "/home/x"}, 1000, 1.0)
        assert heard.engines == []
        assert [each.reason for each in heard.silent] == silent
    host.said = [(0, "")]
    heard = inspect.heard(host, {"HOME": "/home/x"}, 1000, 1.0)
    assert [each.containers for each in heard.engines] == [[]]


def test_podman_of_another_account_is_unknown_where_it_has_no_socket() -> None:
    host = Machine()
    host.users = ["0", "1000", "1001", "1002"]
    host.files = {f"/run/user/{user}/libpod/tmp" for user in ("0", "1000", "1001")}
    host.files.add("/run/user/1001/podman/podman.sock")
    heard = inspect.heard(host, {}, 0, 1.0)
    assert [each.place for each in heard.silent] == ["/run/user/1000/podman/podman.sock"]
    assert (heard.silent[0].late, heard.silent[0].denied) == (False, False)
    assert inspect.heard(host, {"HOME": "/home/x"}, 1002, 1.0).silent == []  # not its business


def test_podmans_command_is_not_given_another_accounts_folder() -> None:
    """The folder is in the environment after su(1)."""
    host = Machine()
    host.files = {"/home/x/.local/share/containers/storage/db.sql"}
    host.said = [(0, ""), (0, "")]
    inspect.heard(host, {"HOME": "/home/x", "XDG_RUNTIME_DIR": "/run/user/1002"}, 1002, 1.0)
    inspect.heard(host, {"HOME": "/home/x", "XDG_RUNTIME_DIR": "/run/user/7"}, 1002, 1.0)
    assert [env.get("XDG_RUNTIME_DIR") for env in host.envs] == [None, "/run/user/1002"]


def test_a_signal_ends_podmans_command() -> None:
    host = Machine()
    host.files = {"/home/x/.local/share/containers/storage/db.sql"}
    host.said = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        inspect.heard(host, {"HOME": "/home/x"}, 1000, 1.0)
    assert [child.ended for child in host.children] == [True]


def test_host_status_reports_engines_that_could_not_be_asked() -> None:
    host = Machine()
    (finding,) = inspect.check(host, {}, NOW)
    assert finding.state == "skipped"
    with listening(replayed(recording("docker-20.10"))) as path:
        host.sockets = {path: 1, "/nosuch/podman.sock": 2}
        env = {"DOCKER_HOST": f"unix://{path}", "CONTAINER_HOST": "unix:///nosuch/podman.sock"}
        silent, told = inspect.check(host, env, NOW)
    assert (silent.state, silent.check) == ("unknown", "containers")
    assert "/nosuch/podman.sock: no such file" in silent.detail
    assert told.value == "7 with problems"


def _list(world: World, path: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return world.run("container", "list", "--socket", path, *words, **env)


def test_a_recorded_docker_from_end_to_end(world: World) -> None:
    asked: list[str] = []
    with listening(replayed(recording("docker-20.10"), asked)) as path:
        done = _list(world, path, "--problems")
        plain = _list(world, path)
        whole = _list(world, path, "--json")
        comma = _list(
            world, path, "--csv", "--timeout", "9999999w"
        )  # longer than a socket's path may be
    assert done.returncode == whole.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "STATE", "NAME", "STATUS", "EXIT", "HEALTH", "RESTARTS", "SINCE", "IMAGE", "DETAIL"
    ]  # fmt: skip
    names = [line.split()[1] for line in lines[1:]]
    assert {"sick", "looper", "killed"} <= set(names)
    assert "good" not in names
    assert "containers are fine: " in done.stderr
    assert "good" in done.stderr
    # as `docker ps -a`: every container, those with problems first
    assert (plain.returncode, plain.stderr) == (1, "")
    assert [line.split()[1] for line in plain.stdout.splitlines()[1 : len(lines)]] == names
    assert len(plain.stdout.splitlines()) == 1 + len(DOCKER)
    told = json.loads(whole.stdout)
    rows = {row["name"]: row for row in told["rows"]}
    assert rows.keys() == DOCKER.keys()
    assert told["engines"] == [{"engine": "docker", "version": "20.10.24+dfsg1", "asked": path}]
    assert told["problems"] == sum(row["state"] == "warning" for row in told["rows"])
    assert rows["failed"]["exit_code"] == 2
    assert rows["sick"]["exit_code"] is None
    assert rows["sick"]["health"] == "unhealthy"
    assert rows["media-plex-1"]["project"] == "media"
    assert len(comma.stdout.splitlines()) == 1 + len(rows)
    assert asked[:2] == ["/_ping", "/v1.41/containers/json?all=1"]  # the version that it named
    assert world.events()[-1].startswith("exit=1 ")


def test_required_containers_must_run(world: World) -> None:
    """By name, by ID, by service; one that was stopped by hand is a problem too."""
    inspected = {each["Name"].lstrip("/"): each for each in recording("docker-20.10")["inspect"]}
    start = inspected["good"]["Id"][:12]
    with listening(replayed(recording("docker-20.10"))) as path:
        asked = [
            "stopped",
            "/sick",
            "media-plex-1",
            "gone",
            start,
            "fresh",
            "done0",
            "killed",
            "stopped",
        ]
        done = _list(world, path, *asked, "--json")
        fine = _list(world, path, "good", "media-plex-1", "--problems")
    told = json.loads(done.stdout)
    rows = {row["name"]: (row["state"], row["detail"]) for row in told["rows"]}
    by_hand = "stopped by hand: its policy unless-stopped would have restarted it"
    assert rows.pop("killed")[1].startswith("not running: killed by docker stop")
    assert rows.pop("sick")[0] == "warning"
    assert rows == {
        "stopped": ("critical", f"not running: {by_hand}"),
        "gone": ("critical", "no such container"),
        "fresh": ("critical", "not running: never started"),
        "done0": ("critical", "not running: exited"),
        "media-plex-1": ("ok", None),
        "good": ("ok", None),
    }
    assert (done.returncode, told["problems"], done.stderr) == (1, 6, "")
    assert (fine.returncode, fine.stdout) == (0, "")
    assert "2 containers are fine: good, media-plex-1" in fine.stderr


def test_a_required_container_may_be_in_an_engine_that_can_not_be_asked() -> None:
    heard = engines.Heard()
    heard.engines = [engines.Engine("docker", "", "/docker.sock")]
    assert required.judged(heard, ["a"], NOW) == [("critical", "a", "no such container", None)]
    heard.engines[0].missed = ["a"]
    assert [row[:3] for row in required.judged(heard, ["/a", "b"], NOW)] == [
        ("unknown", "a", "/docker.sock could not inspect it"),
        ("critical", "b", "no such container"),
    ]
    for change in ("missed", "silent", "unseen"):
        heard = engines.Heard()
        heard.engines = [engines.Engine("docker", "", "/docker.sock")]
        if change == "missed":
            heard.engines[0].missed = [""]
        elif change == "silent":
            heard.silent = [engines.Silent("/podman.sock", "permission denied", denied=True)]
        else:
            heard.unseen = ["/run/podman/podman.sock"]
        ((state, _, detail, _),) = required.judged(heard, ["a"], NOW)
        assert (state, detail.partition(": ")[0]) == (
            "unknown", "not found, but not every engine was asked"
        )  # fmt: skip


def test_of_a_required_service_the_current_containers_must_run() -> None:
    heard = engines.Heard()
    heard.engines = [engines.Engine("docker", "", "/docker.sock")]
    heard.engines[0].containers = [
        _task("web.1.a", "2026-11-24T01:00:00Z", "exited"),
        _task("web.1.b", "2026-11-24T02:00:00Z", "running"),
        _task("web.2.a", "2026-11-24T02:00:00Z", "exited"),
    ]
    rows = required.judged(heard, ["web"], NOW)
    assert sorted((state, name) for state, name, _, _ in rows) == [
        ("critical", "web.2.a"), ("ok", "web.1.b")
    ]  # fmt: skip


def test_two_engines_each_container_once(world: World) -> None:
    recorded = recording("podman-4.3")
    asked: list[str] = []

    def told(docker: str, podman: str, *words: str) -> str:
        env = {"DOCKER_HOST": f"unix://{docker}", "CONTAINER_HOST": f"unix://{podman}"}
        return world.run("container", "list", *words, **env).stdout

    with ExitStack() as stack:
        docker = stack.enter_context(listening(replayed(recording("docker-20.10"))))
        one = stack.enter_context(listening(replayed(recorded, asked), "podman.sock"))
        other = stack.enter_context(listening(replayed(recorded), "podman.sock"))
        both, plain = told(docker, one, "--json"), told(docker, one)
        del asked[:]
        os.symlink(one, f"{one}.too")  # as podman-docker puts it at /run/docker.sock
        linked = told(f"{one}.too", one, "--json")
        assert asked.count("/_ping") == 1
        same = told(other, one, "--json")  # another socket of the same engine
    rows = json.loads(both)["rows"]
    assert len(rows) == len(DOCKER) + len(PODMAN)
    assert {row["engine"] for row in rows} == {"docker", "podman"}
    assert " ENGINE " in plain
    assert len(json.loads(linked)["rows"]) == len(PODMAN)
    assert len(json.loads(same)["rows"]) == len(PODMAN)


def test_one_engine_that_hangs_hides_no_other(world: World) -> None:
    docker_too = replayed(recording("docker-20.10"))
    with listening(docker_too) as docker, listening(_silent) as hung:
        env = {"DOCKER_HOST": f"unix://{hung}", "CONTAINER_HOST": f"unix://{docker}"}
        done = world.run("container", "list", "--timeout", "2s", "--json", **env)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["unknown"] == 3
    (row,) = [row for row in told["rows"] if row["name"] is None]
    assert row["state"] == "unknown"
    assert row["detail"] == f"{hung}: no complete answer within 2 s"


def _silent(connection: socket.socket, target: str) -> None:
    time.sleep(30)


def _drip(connection: socket.socket, target: str) -> None:
    for sign in answer(b"x" * 10_000, "Api-Version: 1.41"):
        connection.sendall(bytes([sign]))
        time.sleep(0.02)


def _says(*said: bytes) -> Speak:
    def speak(connection: socket.socket, target: str) -> None:
        for piece in said:
            connection.sendall(piece)

    return speak


def _flood(begun: bytes) -> Speak:
    def speak(connection: socket.socket, target: str) -> None:
        connection.sendall(begun)
        for _ in range(1024):
            connection.sendall(b"[" * (1 << 20))

    return speak


def _listing(said: bytes, status: str = "200 OK") -> Speak:
    """An engine whose list of containers is these bytes."""

    def speak(connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(answer(b"OK", "Api-Version: 1.41", "Server: Docker/1 (linux)"))
        else:
            connection.sendall(answer(said, status=status))

    return speak


HOSTILE: list[tuple[str, Speak, int, str]] = [
    ("says nothing", _silent, 124, "no complete answer within 1 s"),
    ("drips", _drip, 124, "no complete answer within 1 s"),
    ("sends 1 GB", _flood(answer(b"", "Api-Version: 1.41")), 69, "larger than 1 MiB"),
    ("sends 1 GB of headers", _flood(b"HTTP/1.0 200 OK\r\nx: "), 69, "larger than 1 MiB"),
    ("closes", _says(), 69, "closed the connection without an answer"),
    ("closes in the middle", _says(answer(b"O", "Content-Length: 2")), 69, "in the middle"),
    ("greets", _says(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n"), 69, "does not speak HTTP"),
    ("is a web page", _says(answer(b"<html>")), 69, "not a container engine"),
    ("is a login", _says(answer(b"", "Location: /", status="302 Found")), 69, "answers 302"),
    ("lists a page", _listing(b"<html>"), 69, "not JSON"),
    ("lists no list", _listing(b"{}"), 69, "not a container engine"),
    ("lists no containers", _listing(b"[1, {}, []]"), 69, "not a container engine"),
    ("lists too many", _listing(b"[" + b"[]," * 2_000_000 + b"1]"), 69, "larger than 4 MiB"),
    (
        "lists as many as it may",
        _listing(b"[" + b"{}," * 1_390_000 + b"1]"),
        69,
        "of a container engine",
    ),
    ("lists deeply", _listing(b"[" * 100_000), 69, "not JSON"),
    ("lists half", _listing(b'[{"Id": "abcd'), 69, "not JSON"),
    ("refuses", _listing(b'{"message": "not \\u001b[2J you"}', "403 F"), 69, "it answers 403"),
    ("refuses in words", _listing(b'{"message": "not you"}', "403 F"), 69, "403: not you"),
]


@pytest.mark.parametrize(
    ("speak", "code", "words"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE]
)
def test_programs_that_are_not_engines(world: World, speak: Speak, code: int, words: str) -> None:
    with listening(speak) as path:
        command = [world.pyz, "container", "list", "--socket", path, "--timeout", "1s"]
        begun = time.monotonic()
        done, most = measured(command, world.env)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert done.stderr.startswith(f"homelab: {path}: ")
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr
    assert time.monotonic() - begun < 20
    assert 0 < most < 200 << 10  # KiB


def test_names_that_would_write_to_the_terminal(world: World) -> None:
    number = "ab" * 32
    health = {"Status": "unhealthy", "Log": [{"ExitCode": 1, "Output": "\n\x1b[2Jgone\ny"}]}
    document = {
        "Id": number,
        "Name": "/\x1b]0;x\x07\u202eevil\n",
        "State": {"Status": "running", "Health": health},
        "Config": {"Image": "\ud800\x9b31m"},
    }
    recorded = {"ping": ["Api-Version: 1.41"], "list": [{"Id": number}], "inspect": [document]}
    with listening(replayed(recorded)) as path:
        shown = at_a_terminal(world, "container", "list", "--socket", path, NO_COLOR="1")
        piped = _list(world, path)
        whole = json.loads(_list(world, path, "--json").stdout)
        document["State"] = {"Status": "exited", "ExitCode": 0}
        fine = _list(world, path)
    for sign in ("\x1b", "\x07", "\u202e", "\x9b"):
        assert sign not in shown
        assert sign not in fine.stderr
    assert "\\x1b]0;x" in shown
    assert len(piped.stdout.splitlines()) == 2
    assert whole["rows"][0]["name"] == "\x1b]0;x\x07\u202eevil\n"
    assert whole["rows"][0]["detail"].endswith(": \x1b[2Jgone")
    assert fine.returncode == 0


def test_numbers_and_gone_containers(world: World) -> None:
    """A listed container that is gone has no row; an invalid ID is not asked."""
    asked: list[str] = []
    numbers = ["ab" * 32, "cd" * 32, "../../etc", "ab\r\nHost: x", 5, None]
    listed: list[Any] = [{"Id": number} for number in numbers]
    document = {"Id": "ab" * 32, "Name": "/x", "RestartCount": 10**4000, "State": {}}
    recorded = {"ping": ["Api-Version: 1.41"], "list": [*listed, 5], "inspect": [document]}
    with listening(replayed(recorded, asked)) as path:
        done = _list(world, path, "--json")
    told = json.loads(done.stdout)
    assert [row["name"] for row in told["rows"]] == ["x", None]
    assert told["rows"][0]["restarts"] == 0
    assert "5 containers could not be inspected" in told["rows"][1]["detail"]
    assert len(asked) == 4


def test_one_that_hangs_hides_no_other(world: World) -> None:
    """Docker lists a container whose lock is held, but does not answer for it."""
    numbers = [letter * 64 for letter in "abc"]
    documents = [
        {"Id": number, "Name": f"/{number[0]}", "State": {"Status": "running"}}
        for number in numbers
    ]
    listed = [{"Id": number, "Names": [f"/{number[0]}"]} for number in numbers]
    speak = replayed({"ping": ["Api-Version: 1.41"], "list": listed, "inspect": documents})

    def hanging(connection: socket.socket, target: str) -> None:
        if numbers[1] in target:
            time.sleep(10)
        speak(connection, target)

    with listening(hanging) as path:
        done = _list(world, path, "--json")
    told = json.loads(done.stdout)
    assert [(row["state"], row["name"]) for row in told["rows"]] == [
        ("unknown", None), ("ok", "a"), ("ok", "c"),
    ]  # fmt: skip
    assert told["rows"][0]["detail"].endswith("1 container could not be inspected: b")


def test_no_engine_and_no_right_to_one(world: World) -> None:
    env = {"XDG_RUNTIME_DIR": str(world.folder)}
    done = world.run("container", "list", **env)
    if not os.path.exists("/var/run/docker.sock") and not os.path.exists("/run/podman/podman.sock"):
        assert (done.returncode, done.stdout) == (69, "")
        assert "no container engine found: no socket at /var/run/docker.sock, " in done.stderr
    done = _list(world, "/nosuch.sock")
    assert done.returncode == 69
    assert done.stderr == "homelab: /nosuch.sock: no such file or directory\n"
    done = _list(world, "/dev/null")
    assert (done.returncode, done.stderr) == (69, "homelab: /dev/null: not a socket\n")
    dead = f"{world.folder}/d.sock"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(dead)
        done = _list(world, dead)
    assert "no program listens on the socket any more" in done.stderr
    with listening(replayed(recording("docker-20.10"))) as path:
        env = {"DOCKER_HOST": "tcp://u:secret@x:1", "CONTAINER_HOST": f"unix://{path}"}
        remote = world.run("container", "list", **env)
        scheme = _list(world, f"unix://{path}", "--json")
    assert "DOCKER_HOST names an engine on another host" in remote.stderr
    assert "secret" not in remote.stderr
    assert len(json.loads(scheme.stdout)["rows"]) == len(DOCKER)


def test_a_remote_engine_is_named_but_not_asked(world: World) -> None:
    done = world.run("container", "list", DOCKER_HOST="tcp://nas:2375", CONTAINER_HOST="unix:///x")
    assert (done.returncode, "names an engine" in done.stderr) == (69, False)  # /x is what is wrong
    if os.path.exists("/var/run/docker.sock") or os.path.exists("/run/podman/podman.sock"):
        pytest.skip("an engine runs here")
    done = world.run("container", "list", DOCKER_HOST="tcp://u:secret@nas:2375")
    assert (done.returncode, done.stdout) == (69, "")
    assert "; DOCKER_HOST names an engine on another host; only sockets of this" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.needs("root", "setpriv")
def test_a_socket_closed_to_this_account_is_skipped_beside_one_that_answers(world: World) -> None:
    replay = replayed(recording("docker-20.10"))
    good = next(x for x in recording("docker-20.10")["inspect"] if x["Name"] == "/good")
    alone = replayed({**recording("docker-20.10"), "list": [{"Id": good["Id"]}], "inspect": [good]})
    with listening(replay) as closed, listening(alone, "podman.sock") as opened:
        folder = os.path.dirname(opened)
        shutil.copy(world.pyz, folder)
        for path, mode in ((closed, 0o600), (opened, 0o666)):
            os.chmod(os.path.dirname(path), 0o755)
            os.chmod(path, mode)
        words = ["container", "list"]

        def told(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                 sys.executable, f"{folder}/homelab.pyz", *words],
                env={**world.env, "DOCKER_HOST": f"unix://{closed}",
                     "CONTAINER_HOST": f"unix://{opened}"},
                cwd="/", capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip

        plain, document = told(*words, "--problems"), json.loads(told(*words, "--json").stdout)
        status = json.loads(told("host", "status", "--json").stdout)
    assert (plain.returncode, plain.stdout) == (0, "")
    why = f"{closed}: permission denied; join the group docker, or run as root"
    fine = f"1 container is fine: good; skipped: {why} (details: --all)"
    assert plain.stderr.splitlines()[0] == f"homelab: {fine}"
    assert (document["problems"], document["unknown"]) == (0, 0)
    assert [(row["state"], row["detail"]) for row in document["rows"]] == [
        ("ok", None), ("skipped", why),
    ]  # fmt: skip
    rows = [(row["state"], row["detail"]) for row in status["rows"] if row["check"] == "containers"]
    assert ("skipped", why) in rows


@pytest.mark.needs("root", "setpriv")
def test_permission_denied_is_never_no_containers(world: World) -> None:
    with listening(replayed(recording("docker-20.10"))) as path:
        folder = os.path.dirname(path)
        shutil.copy(world.pyz, folder)
        os.chmod(folder, 0o755)
        os.chmod(path, 0o600)
        done = subprocess.run(
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
             sys.executable, f"{folder}/homelab.pyz", "container", "list"],
            env={**world.env, "DOCKER_HOST": f"unix://{path}"},
            cwd="/", capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == (
        f"homelab: {path}: permission denied; join the group docker, or run as root\n"
    )
