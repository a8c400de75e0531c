"""A home on a file system without locks (NFS without a lock service), with the built file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from chaos.slow_disk import compiled
from fakes.loki.server import FakeLoki
from support.lab import Lab
from support.no_locks import SOURCE
from support.reading import until
from support.world import World

from homelab.telemetry import outbox


@pytest.fixture
def loki() -> Iterator[FakeLoki]:
    with FakeLoki() as running:
        yield running


@pytest.mark.needs("gcc")
def test_a_home_without_locks_delivers_reports_and_deletes(world: World, loki: FakeLoki) -> None:
    """C5."""
    env = {"LD_PRELOAD": str(compiled(world.folder, SOURCE)), "HOMELAB_LOKI_URL": loki.url}
    runs = 0

    def are_counted() -> bool:
        """Run once more, since events of a sender that a busy machine has ended wait for the next
        one, and wait for all of them."""
        nonlocal runs
        runs += 1
        assert world.run("config", **env).returncode == 0
        return until(lambda: os.listdir(world.state / "outbox") == ["lock"])

    assert until(are_counted, 120)
    assert len(loki.entries('{job="homelab-usage"}')) == runs
    steps = json.loads(world.run("usage", "doctor", "--json", **env).stdout)["rows"]
    assert [step["state"] for step in steps if step["step"] == "push"] == ["ok"]
    nobody = {**env, "HOMELAB_LOKI_URL": "http://127.0.0.1:9"}
    job = world.run("job", "run", "backup", "--", "true", **nobody)
    said = f"{world.state}/jobs: No locks available; set XDG_STATE_HOME to a folder on a disk of"
    assert (job.returncode, said in job.stderr) == (0, True)
    assert "deleted an event that waited" in world.run("usage", "off", **nobody).stdout
    assert not outbox.names(str(world.state))


def test_an_outbox_that_cannot_be_used_is_said_and_is_not_ok(world: World, loki: FakeLoki) -> None:
    """C5: whatever the reason is."""
    (world.state / "outbox").mkdir(parents=True, mode=0o700)
    outbox.append(str(world.state), "1795459106342321843 exit=0 ver=0.6.0 verb=config")
    (world.state / "outbox" / "lock").mkdir()
    env = {"HOMELAB_LOKI_URL": loki.url}
    said = f"the outbox {world.state}/outbox can't be used: Is a directory"
    assert f"not sent       {said}" in world.run("usage", "status", **env).stdout
    done = world.run("usage", "doctor", "--json", **env)
    (push,) = [row for row in json.loads(done.stdout)["rows"] if row["step"] == "push"]
    assert (done.returncode, push["state"]) == (1, "FAIL")
    assert push["detail"] == f"the test event arrives, but events of runs wait: {said}"


def test_a_sender_that_was_killed_holds_up_the_next_one_for_a_minute_at_most(lab: Lab) -> None:
    """C5: no kernel removes its claim."""
    moment = lab.happen()
    claim = f"{lab.folder}/outbox/lock.claim"
    os.close(os.open(claim, os.O_CREAT))
    lab.drain()
    assert (len(outbox.names(lab.folder)), lab.counted(moment)) == (1, [])
    before = os.stat(claim).st_mtime - 61
    os.utime(claim, (before, before))
    lab.drain()
    assert len(lab.counted(moment)) == 1
    assert os.listdir(f"{lab.folder}/outbox") == ["lock"]
