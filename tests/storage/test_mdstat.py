"""md arrays from /proc/mdstat."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab.storage import judge, mdstat
from homelab.storage.health import Health

RECORDED = Path(__file__).parent / "recorded/mdstat"


def rows(name: str) -> dict[str, Health]:
    arrays = mdstat.arrays((RECORDED / name).read_text())
    return {array.name: judge.array(array, None) for array in arrays}


def test_healthy_arrays_of_all_levels() -> None:
    found = rows("healthy-debian-12.txt")
    assert {name: (row.state, row.health, row.detail) for name, row in found.items()} == {
        "md1": ("ok", "raid1 clean", ""),
        "md0": ("ok", "raid1 clean", ""),
        "md2": ("ok", "raid6 clean", "check 8%"),
        "md3": ("ok", "raid0 clean", ""),
        "md4": ("ok", "raid10 clean", "resync waits"),
    }
    assert found["md1"].size == 975_322_112 * 1024


def test_degraded_arrays_are_critical_until_they_recover() -> None:
    found = {name: (row.state, row.detail) for name, row in rows("degraded.txt").items()}
    missing = "1 member is missing; "
    failed = "sdb1 failed; mdadm /dev/md127 --remove /dev/sdb1"
    assert found == {
        "md127": (
            "critical",
            f"{missing}add a disk: mdadm --add /dev/md127 DISK; {failed}",
        ),
        "md1": ("warning", f"{missing}recovery 13%"),
        "md2": ("warning", f"{missing}resync waits"),
        "md3": ("critical", f"{missing}add a disk: mdadm --add /dev/md3 DISK"),
    }


def test_inactive_and_broken_arrays_are_critical() -> None:
    found = {name: (row.state, row.health) for name, row in rows("inactive.txt").items()}
    assert found == {"md125": ("critical", "inactive"), "md5": ("critical", "broken")}


def test_a_container_is_inactive_by_design() -> None:
    found = {name: (row.state, row.health) for name, row in rows("containers.txt").items()}
    assert found == {
        "md126": ("ok", "raid1 clean"), "md127": ("ok", "container"), "md124": ("ok", "container"),
    }  # fmt: skip


def test_a_reshape_of_a_whole_array_is_fine() -> None:
    found = {name: (row.state, row.detail) for name, row in rows("reshape.txt").items()}
    assert found == {"md0": ("ok", "reshape 22%"), "md1": ("ok", "resync 0%")}
    assert rows("none.txt") == {}


@pytest.mark.parametrize(
    ("level", "count", "state"),
    [("raid1", 128, "ok"), ("raid10", 1, "ok"), ("raid5", 8, "warning"), ("raid6", 0, "ok")],
)
def test_mismatches_matter_where_they_are_never_normal(level: str, count: int, state: str) -> None:
    (array,) = mdstat.arrays(f"md0 : active {level} sda1[0] sdb1[1]\n      8 blocks [2/2] [UU]\n")
    row = judge.array(array, count)
    assert (row.state, row.errors) == (state, count)
    assert bool(count) == ("sectors that differ" in row.detail)


@pytest.mark.parametrize(
    ("level", "counts", "words"),
    [
        ("raid5", "[3/2] [UU_]", "1 member is missing; add a disk"),
        ("raid5", "[3/1] [U__]", "2 members are missing, too many to use it"),
        ("raid6", "[4/2] [UU__]", "2 members are missing; add a disk"),
        ("raid1", "[2/0] [__]", "2 members are missing, too many to use it"),
        ("raid10", "[4/2] [U_U_]", "2 members are missing; add a disk"),
    ],
)
def test_an_array_without_enough_members_is_not_helped_by_a_disk(
    level: str, counts: str, words: str
) -> None:
    (array,) = mdstat.arrays(f"md0 : active {level} sda1[0]\n      8 blocks {counts}\n")
    row = judge.array(array, None)
    assert (row.state, row.detail.startswith(words)) == ("critical", True), row.detail


def test_members_with_other_marks_are_well() -> None:
    text = (
        "md127 : active (auto-read-only) raid5 sdd1[4](S) sde1[5](J) sdc1[3](R) sdb1[1](W) sda1[0]"
        "\n      8 blocks super 1.2 [3/3] [UUU]\n      \tresync=PENDING\n"
        "      bitmap: 0/8 pages [0KB], 65536KB chunk\n\nunused devices: <none>\n"
    )
    (array,) = mdstat.arrays(text)
    row = judge.array(array, 0)
    assert (row.state, row.health, row.detail) == ("ok", "raid5 clean", "resync waits")
