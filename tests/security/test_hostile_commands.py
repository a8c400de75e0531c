"""Commands of the host that print endlessly, ignore signals, or leave a process behind that holds
their pipes: each verb that runs them ends, with little memory and a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.memory import measured
from support.world import World

from homelab.containers import podman_command
from homelab.packages import updates
from homelab.system.machine import LISTING, Host
from homelab.systemd import journal, properties
from homelab.systemd.manager import Asking, Manager, ManagerUnreachable

MOST = 300 << 10  # KiB
COMMANDS = {
    "prints without end": "exec yes",
    "prints a GiB in one line": "head -c 1073741824 /dev/zero",
    "ignores signals": 'trap "" TERM INT HUP; while :; do sleep 0.1; done',
    "leaves a talker": "setsid timeout 20 yes & sleep 0.2",
    "prints JSON without end": "exec yes '[{},{},{},{}]'",
}
VERBS = (
    ("update", "list", "--timeout", "1s", "--json"),
    ("unit", "failed", "--timeout", "1s", "--lines", "5"),
    ("timer", "list", "--timeout", "1s"),
    ("container", "list", "--timeout", "1s"),
    ("self", "hosts", "nas", "--timeout", "1s"),
)
# systemd runs this host, and Podman was used on it
SETUP = """
mount -t tmpfs none /run; mkdir -p /run/systemd/system /var/lib/containers
mount -t tmpfs none /var/lib/containers; mkdir /var/lib/containers/storage
touch /var/lib/containers/storage/db.sql; exec "$@"
"""


def _programs(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in ("apt", "chronyc", "dpkg", "journalctl", "podman", "ssh", "systemctl"):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


@pytest.mark.needs("root", "namespaces")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_verb_outlives_the_commands_that_it_runs(name: str, world: World) -> None:
    _programs(world.folder / "bin", COMMANDS[name])
    env = {**world.env, "PATH": f"{world.folder}/bin:{world.env['PATH']}"}
    for words in VERBS:
        command = ["unshare", "-m", "sh", "-c", SETUP, "sh", world.pyz, *words]
        done, memory = measured(command, env)
        assert memory < MOST, words
        assert done.returncode in (0, 1, 69, 124), (words, done)
        assert "Traceback" not in done.stderr
        assert "a bug" not in done.stderr


def test_a_job_that_prints_without_end_takes_little_memory(world: World) -> None:
    for words in (("yes",), ("head", "-c", "1073741824", "/dev/zero"), ("sh", "-c", "yes & yes")):
        command = [world.pyz, "job", "run", "a", "--timeout", "1s", "--", *words]
        done, memory = measured(command, world.env)
        assert memory < MOST
        assert done.returncode in (0, 124)
        assert len(done.stderr) < 2 << 20


def test_what_a_command_prints_beyond_the_bound_is_no_half_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs(tmp_path / "bin", f"head -c {LISTING} /dev/zero; [ -z $1 ] || echo")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert len(Host().run(["apt"], 60)[1]) == LISTING
    with pytest.raises(OSError, match="apt printed more than 2 MiB"):
        Host().run(["apt", "more"], 60)


def test_more_updates_than_there_can_be_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Apt(Host):
        def names(self, path: str) -> list[str]:
            return ["x_dists_s_Packages"]

        def read(self, path: str, errors: str = "replace") -> str:
            return "deb http://x s main" if path.endswith("sources.list") else ""

        def modified(self, path: str) -> int:
            return 1

        def run(self, command: list[str], seconds: float) -> tuple[int, str]:
            lines = "".join(f"a{n}/s 2 amd64 [upgradable from: 1]\n" for n in range(10_001))
            return 0, lines if command[1:2] == ["list"] else ""

    pending = updates.ask(Apt(), "apt")
    assert (pending.updates, "more than 10000 updates" in pending.why) == ([], True)


class Systemctl(Asking):
    """A fake systemctl that gives `answer` to every question."""

    def __init__(self, answer: str) -> None:
        super().__init__(Host(), 60)
        self.answer = answer
        self.asked = 0

    def run(self, command: list[str], **env: str):  # type: ignore[no-untyped-def]
        from homelab.system.child import Output

        self.asked += 1
        return 0, Output(self.answer.encode()), Output()


def test_a_hundred_thousand_units_are_not_asked_about() -> None:
    asking = Systemctl("")
    with pytest.raises(ManagerUnreachable, match="systemctl lists more than 10000 units"):
        Manager("system", asking).show([f"u{n}.service" for n in range(100_000)], "Id")
    assert asking.asked == 0


def test_what_systemctl_tells_of_units_is_bounded_in_all() -> None:
    names = [f"u{n}.service" for n in range(10_000)]
    asking = Systemctl("Id=a\n" + f"{'x' * 1000}=1\n" * 1000 + "\n" + "Id=b\n\n" * 1000)
    with pytest.raises(ManagerUnreachable, match="systemctl printed more than 16 MiB in all"):
        Manager("system", asking).show(names, "Id")
    assert asking.asked < 20
    found = Manager("system", asking).show(names[:200], "Id")
    assert (len(found), found[0]) == (200, {"Id": "a"})
    assert properties.blocks("A=1\nB=2\n", "B") == [{"B": "2"}]


@pytest.mark.parametrize("row", ["[" * 100_000, '{"MESSAGE":' * 50_000, '{"MESSAGE": ' + "[" * 900])
def test_a_journal_nested_as_none_is_has_no_lines(row: str) -> None:
    rows = f'{row}\n{{"MESSAGE": {"[" * 900}"a"{"]" * 900}}}\n{{"MESSAGE": "last"}}\n'
    assert journal.last_lines(rows, 9)[:1] == ["last"]


def test_what_podman_prints_is_read_for_a_thousand_containers() -> None:
    assert len(podman_command.read('{"Id": "a"}\n' * 100_000)) == 1000
    assert podman_command.read(f'{{"Id": "a", "x": {"9" * 500_000}}}\n')[0].number == "a"
    assert podman_command.read("[" + "{}," * 300_000 + "{}]\n") == []
