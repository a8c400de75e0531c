"""Issue 17, point 13: who ran something is hidden from those who need not know it, can be
forgotten, and is kept for a bounded time. Each test runs the built file."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from support.reading import until
from support.world import ROOT, World

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
KEY = "correct horse battery staple"
USAGE = '{job="homelab-usage"}'


def _users(loki: FakeLoki, selector: str = USAGE) -> list[str]:
    return [labels["user"] for labels, _, _ in loki.entries(selector)]


def _pseudonym(world: World, key: str = KEY, site: str = "") -> Path:
    """Let the world's account be sent as a pseudonym; returns the key's file."""
    path = world.folder / "account.key"
    path.write_text(key)
    world.settings(f"[telemetry]\naccount = pseudonym\naccount_key_file = {path}\n{site}")
    return path


# ---- (a) pseudonyms


def test_with_a_pseudonym_no_byte_of_the_name_leaves(world: World, loki: FakeLoki) -> None:
    _pseudonym(world)
    world.env["HOMELAB_LOKI_URL"] = loki.url
    world.run("config")
    assert until(lambda: loki.entries(USAGE))
    world.run("usage", "doctor")  # its own event too
    users = [labels["user"] for labels, _, _ in loki.entries('{job=~"homelab-.*"}')]
    assert len(users) == 2
    assert len(set(users)) == 1
    assert re.fullmatch("u-[A-Z2-7]{12}", users[0])
    sent = b"".join(
        request.path.encode() + repr(request.query).encode() + repr(request.headers).encode()
        + request.body
        for request in loki.requests
    )  # fmt: skip
    assert f'"{ACCOUNT}"'.encode() not in sent
    assert KEY.encode() not in sent
    shown = world.run("config", HOMELAB_TELEMETRY="print").stderr
    assert f'"user":"{users[0]}"' in shown
    assert f'user="{users[0]}"' in world.run("usage", "status").stdout


def test_two_hosts_of_a_site_send_one_pseudonym(pyz: str, tmp_path: Path, loki: FakeLoki) -> None:
    for number, key in enumerate((KEY, f"{KEY}\n", "another key, of another site")):
        folder = tmp_path / str(number)
        folder.mkdir()
        host = World(pyz, folder)
        host.env["HOMELAB_LOKI_URL"] = loki.url
        _pseudonym(host, key)
        host.run("config")
        assert until(lambda: len(loki.entries(USAGE)) == number + 1)  # noqa: B023
    first, second, third = _users(loki)
    assert first == second != third


@pytest.mark.parametrize("trouble", ["unset", "missing", "unreadable", "short", "a pipe"])
def test_without_a_usable_key_nothing_is_counted_and_the_reason_is_said(
    trouble: str, world: World, loki: FakeLoki
) -> None:
    path = _pseudonym(world)
    path.unlink()
    if trouble == "unset":
        world.settings("[telemetry]\naccount = pseudonym\n")
    elif trouble == "unreadable":
        path.mkdir()
    elif trouble == "short":
        path.write_text("12345")
    elif trouble == "a pipe":
        os.mkfifo(path)
    world.env["HOMELAB_LOKI_URL"] = loki.url
    done = world.run("config")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (world.state / "outbox").exists()
    assert not until(lambda: loki.requests, seconds=0.5)
    status = world.run("usage", "status", "--csv").stdout.splitlines()
    assert status[1] == "counting,off"
    assert re.match('decided by,"?no key for pseudonyms: ', status[2])
    assert ACCOUNT not in "".join(line for line in status if line.startswith("an event"))
    shown = world.run("config", HOMELAB_TELEMETRY="print").stderr
    assert shown.startswith("none: counting is off (no key for pseudonyms: ")
    assert world.run("usage", "doctor").returncode in (0, 1)
    assert loki.entries('{job=~"homelab-.*"}') == []


def test_a_user_may_be_stricter_than_the_site_and_not_the_other_way_round(
    tmp_path: Path, loki: FakeLoki
) -> None:
    key = tmp_path / "account.key"
    key.write_text(KEY)
    site = tmp_path / "site.ini"
    built = tmp_path / "site.pyz"
    text = f"[loki]\nurl = {loki.url}\n[telemetry]\naccount_key_file = {key}\naccount = "
    users = []
    for number, (ours, theirs) in enumerate((("pseudonym", "name"), ("name", "pseudonym"))):
        site.write_text(text + ours)
        subprocess.run(
            ["python3", str(ROOT / "build.py"), "--site", str(site), "--output", str(built)],
            check=True, capture_output=True,
        )  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(str(built), folder)
        world.settings(f"[telemetry]\naccount = {theirs}\n")
        shown = world.run("config", "--csv").stdout
        assert "\ntelemetry.account,pseudonym," in shown
        assert KEY not in shown
        assert until(lambda: len(loki.entries(USAGE)) == number + 1)  # noqa: B023
        users = _users(loki)
    assert users[0] == users[1] != ACCOUNT


def test_a_reader_with_the_key_finds_an_account_by_its_name(world: World, loki: FakeLoki) -> None:
    world.env["HOMELAB_LOKI_URL"] = loki.url
    world.run("config")
    assert until(lambda: len(loki.entries(USAGE)) == 1)
    key = _pseudonym(world)
    world.run("config")
    assert until(lambda: len(loki.entries(USAGE)) == 2)
    world.settings(f"[telemetry]\naccount_key_file = {key}\n")
    both = world.run("usage", "top", "--user", ACCOUNT, "--csv").stdout.splitlines()
    assert both[1].startswith("config,2,")
    rows = world.run("usage", "top", "--by", "user", "--csv").stdout.splitlines()
    assert sorted(row.split(",")[0] for row in rows[1:]) == sorted(_users(loki))
    world.settings("")
    alone = world.run("usage", "top", "--user", ACCOUNT, "--csv").stdout.splitlines()
    assert alone[1].startswith("config,1,")
