"""Sections of lists in settings files: keys that may be on several lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.world import World

from homelab.errors import UNCONFIGURED, Failure
from homelab.settings import Settings, entries, parse

SYSTEM = """\
[checks]
cert = nas.lan mail.lan:25
unit = ssh.service
ignore = unit foo.service until 2027-01-31: replaced

[groups]
lab = pve1 nas
"""
USER = """\
[groups]
lab = pi
all = @lab
[checks]
cert = one.lan
cert = two.lan --ca-file "/etc/my ca.pem"
"""


def _settings(folder: Path, baked: str = "") -> Settings:
    files = []
    for source, text in (("user", USER), ("system", SYSTEM)):
        (folder / source).write_text(text)
        files.append((source, str(folder / source)))
    return Settings({}, tuple(files), {"groups": baked} if baked else {})


def _shown(settings: Settings, section: str) -> list[tuple[str, str, str]]:
    return [
        (entry.key, entry.text, entry.origin.rpartition("/")[2])
        for entry in settings.entries(section)
    ]


def test_a_key_may_be_repeated_and_the_stronger_layer_replaces_all_its_lines(
    tmp_path: Path,
) -> None:
    settings = _settings(tmp_path)
    assert _shown(settings, "checks") == [
        ("cert", "one.lan", "user:5"),
        ("cert", 'two.lan --ca-file "/etc/my ca.pem"', "user:6"),
        ("unit", "ssh.service", "system:3"),
        ("ignore", "unit foo.service until 2027-01-31: replaced", "system:4"),
    ]


def test_a_site_can_build_groups_in(tmp_path: Path) -> None:
    settings = _settings(tmp_path, baked="lab = never\nmore = a b\nmore = c")
    assert _shown(settings, "groups") == [
        ("lab", "pi", "user:2"),
        ("all", "@lab", "user:3"),
        ("more", "a b", "built into this file"),
        ("more", "c", "built into this file"),
    ]


@pytest.mark.parametrize("line", ["nonsense", "= x"])
def test_a_line_without_a_key_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(Failure) as caught:
        entries(f"[checks]\n{line}\n", "file.ini")
    assert caught.value.code == UNCONFIGURED
    assert caught.value.sentence.startswith("file.ini:2: not of the form key = value")


def test_other_settings_are_read_as_before_and_never_have_list_sections() -> None:
    assert parse(SYSTEM + "[loki]\nurl = http://loki.lan\n", "x") == {
        "loki.url": ("http://loki.lan", 9)
    }


def test_config_shows_each_line_without_passwords(world: World) -> None:
    world.settings("[checks]\nservice = https://me:geheim@nas.lan/x --expect 200\n")
    done = world.run("config", "--json")
    assert "geheim" not in done.stdout + done.stderr
    assert '"checks.service"' in done.stdout
    assert "nas.lan" in done.stdout
