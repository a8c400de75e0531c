"""Input that anyone may send is read or refused: no parser breaks on it, takes more than linear
time, or lets it reach a terminal. The fuzz targets (tests/fuzz) try the rest of each kind."""

from __future__ import annotations

import json

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from fuzz.targets import TARGETS
from fuzz.work import Lines
from support.world import World, at_a_terminal

from homelab.output import columns
from homelab.output.answer import Column, Table
from homelab.system import accounts


def test_there_is_a_fuzz_target_for_what_each_kind_of_stranger_sends() -> None:
    """The strangers: web servers, TLS servers, Loki, agents, other hosts, and other accounts' files
    and mounts."""
    names = {target.name for target in TARGETS}
    assert {
        "net.http", "certificates.x509", "certificates.tls_message", "loki.answer_shape",
        "loki.refusals", "mcp.protocol", "install.remote_script", "containers.container",
        "dropins.header", "jobs.record", "settings", "telemetry.ledger", "telemetry.history",
        "telemetry.plan", "vitals.mounts", "system.accounts", "systemd.journal",
    } <= names  # fmt: skip


def test_a_fuse_mount_is_known_as_its_accounts_whatever_its_folder_is_called() -> None:
    """It reports its files as root's, so root would obey them."""
    line = "40 22 0:40 / /tmp/a\\040b\x85\x0bc rw - fuse.x x rw,user_id=1001,group_id=1001\n"
    assert accounts.mounted_by_in(line, "/tmp/a b\x85\x0bc") == 1001


def test_a_wide_label_takes_work_by_its_length_not_by_its_square() -> None:
    column = (Column("label", flexible=True),)
    work = []
    for size in (2000, 16_000):
        with Lines(everything=True) as lines:
            columns.render(Table("x/1", column, [("字" * size,)]), True, 80)
        work.append(lines.count)
    assert work[1] < 10 * work[0]


@pytest.mark.parametrize("labels", [{"app": ["nas"]}, {"app": {"a": "b"}}, {"app": 1}])
def test_labels_that_are_no_texts_are_no_answer_of_lokis(
    labels: dict[str, object], world: World, loki: FakeLoki
) -> None:
    result = [{"stream": labels, "values": [["1795459106342321843", "\x1b[2J"]]}]
    data = {"status": "success", "data": {"resultType": "streams", "result": result}}

    def lying(request: Request) -> Answer | None:
        return Answer(200, "application/json", json.dumps(data).encode())

    loki.hook = lying
    done = at_a_terminal(
        world, "logs", "query", '{app="nas"}', HOMELAB_LOKI_URL=loki.url, HOMELAB_TELEMETRY="0"
    )
    assert "not Loki's JSON" in done
    assert "\x1b[2J" not in done
