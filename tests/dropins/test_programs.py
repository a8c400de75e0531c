"""The programs in `Needs:`, with the words that people write around them."""

from __future__ import annotations

import pytest

from homelab.dropins import header, programs


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("zpool smartctl", "zpool smartctl"),
        ("zpool, smartctl.", "zpool smartctl"),
        ("zpool\t\tsmartctl zpool", "zpool smartctl"),
        ("zpool;smartctl & jq + rsync", "zpool smartctl jq rsync"),
        ("zpool and smartctl, and jq", "zpool smartctl jq"),
        ('`zpool` "jq" [yq]', "zpool jq yq"),
        ("(curl)", "curl"),
        ("/sbin/zpool ./tool ~/bin/x 7z 7zz 2to3", "/sbin/zpool ./tool ~/bin/x 7z 7zz 2to3"),
        ("g++ python3.11 mkfs.ext4 ip6tables-save a_b", None),
        ("docker compose, git lfs", "docker git-lfs"),
    ],
)
def test_a_list_is_divided_as_people_do(value: str, named: str | None) -> None:
    assert programs.named(value) == ((value if named is None else named).split(), "")


@pytest.mark.parametrize(
    "value",
    [
        "zpool 2.2", "zpool v2.2", "zpool >= 2.2", "zpool >=2.2", "zpool>=2.2", "zpool (>= 2.2)",
        "zpool 2.x", "zpool 2+", "zpool \u2265 2", "zpool\u22652", "zpool~2", "zpool 2.3.0-rc1",
        "zpool version 2.2", "zpool 2.2 or newer", "zpool (2.2 or later)", "at least zpool 2",
    ],
)  # fmt: skip
def test_versions_are_left_out(value: str) -> None:
    assert programs.named(value) == (["zpool"], "")
    assert programs.named(f"bash 4, {value}") == (["bash", "zpool"], "")


@pytest.mark.parametrize(
    "value",
    [
        "zpool (ZFS)", "zpool (for pools)", "zpool(8)", "zpool, root", "root and zpool",
        "zpool # for pools", "zpool: for pools", "zpool - for pools", "zpool -- for pools",
        "zpool   for the pools", "zpool, etc.",
        "the zpool command", "zpool package", "zpool, a NAS", "zpool, internet access",
        "zpool, root privileges", "zpool, jq (optional)", "zpool, requests (pip install requests)",
        "zpool, optionally jq", "zpool; curl or wget", "zpool and curl|wget", "zpool, curl/wget",
    ],
)  # fmt: skip
def test_remarks_and_what_is_no_program_leave_the_programs(value: str) -> None:
    assert programs.named(value)[0] == ["zpool"]


@pytest.mark.parametrize(
    "value",
    ["", "none", "None.", "nothing", "n/a", "N/A", "-", "no", "no dependencies", "nothing special"],
)
def test_nothing_is_needed_where_the_line_says_so(value: str) -> None:
    assert programs.named(value) == ([], "")
    assert header.parse(f"# Needs: {value or 'none'}\n").problems == []


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("a Proxmox host with ZFS", "a"),
        ("Debian 12", "Debian"),
        ("Proxmox VE 8", "Proxmox"),
        ("ssh key of root on pve1", "key"),
        ("root privileges", "privileges"),
        ("internet access", "internet"),
        ("2GB RAM", "2GB"),
        ("curl or wget", "or"),
        ("jq, curl or wget", "or"),  # perhaps one of three
        ("jq (optional)", ""),
        ("http://example.org/x", ""),
        ("-x ... & ;", ""),
        ("$(reboot) \\x1b[31m", ""),
    ],
)
def test_prose_and_choices_name_no_program(value: str, word: str) -> None:
    """Refusing a run without need is worse than letting it fail by itself."""
    assert programs.named(value) == ([], word)


def test_a_header_has_the_programs_of_all_its_lines_once() -> None:
    found = header.parse("# Needs: zpool 2.2, jq\n# Needs: jq and a NAS\n# Needs: smartctl (7)\n")
    assert (found.needs, found.problems) == (["zpool", "jq", "smartctl"], [])
