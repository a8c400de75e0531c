"""LVM's volume groups and volumes from its JSON reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab import times
from homelab.storage import health, judge, lvm
from homelab.storage.health import Health, Limits

RECORDED = Path(__file__).parent / "recorded/lvm"


def volumes(name: str, limits: Limits = health.DEFAULTS) -> dict[str, Health]:
    report = lvm.report((RECORDED / name).read_text(), "lv")
    rows = [judge.volume(lvm.Volume(entry), limits) for entry in report]
    return {row.name: row for row in rows if row is not None}


def test_only_volumes_with_a_health_of_their_own_are_rows() -> None:
    found = volumes("lvs-healthy.json")
    assert {name: (row.state, row.health, row.full) for name, row in found.items()} == {
        "pve/data": ("ok", "thin pool", pytest.approx(0.612)),
        "pve/snap": ("ok", "snapshot", pytest.approx(0.1204)),
        "data/media": ("ok", "raid", None),
        "data/new": ("ok", "raid", None),
        "data/fast": ("ok", "cache", None),
    }
    assert found["data/new"].detail == "resync 42%"
    assert "pve" in found["pve/data"].names


def test_pools_and_snapshots_that_fill_up() -> None:
    found = {name: (row.state, row.detail) for name, row in volumes("lvs-full.json").items()}
    states = {name.partition("/")[2]: state for name, (state, _) in found.items()}
    assert states == {
        "data": "warning", "thin2": "critical", "thin3": "critical", "thin4": "critical",
        "old": "warning", "dead": "warning", "vpool": "critical",
    }  # fmt: skip
    assert "96% of its metadata space used" in found["pve/thin2"][1]
    assert found["pve/thin3"][1].startswith("its data space is full")
    assert found["pve/dead"][1] == "the snapshot is invalid: it ran full; lvremove pve/dead"
    few = volumes("lvs-full.json", Limits(None, 90, times.DAY, 97))
    assert (few["pve/data"].state, few["pve/old"].state) == ("ok", "ok")


def test_what_lvm_calls_unhealthy_is_a_problem() -> None:
    found = {name: row.state for name, row in volumes("lvs-raid.json").items()}
    assert found == {
        "data/media": "critical", "data/back": "warning", "data/par": "warning",
        "data/lin": "critical", "data/odd": "unknown",
    }  # fmt: skip


def test_a_report_with_other_fields_is_read_too() -> None:
    (row,) = volumes("lvs-old-attr-only.json").values()
    assert (row.name, row.state) == ("vg/pool", "critical")


def test_a_missing_disk_makes_the_group_critical() -> None:
    report = lvm.report((RECORDED / "vgs-missing.json").read_text(), "vg")
    (row,) = (judge.group(lvm.Group(entry)) for entry in report)
    assert (row.state, row.health) == ("critical", "partial")
    assert row.detail.startswith("1 of 2 physical volumes missing")
    healthy = lvm.report((RECORDED / "vgs-healthy.json").read_text(), "vg")
    assert {judge.group(lvm.Group(entry)).state for entry in healthy} == {"ok"}


@pytest.mark.parametrize("text", ["", "x", "[]", '{"report": 1}', '{"report": [{"lv": '])
def test_what_is_no_report_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        lvm.report(text, "lv")


@pytest.mark.parametrize(
    ("fields", "state", "words"),
    [
        ({"lv_attr": "twi-a-tz--", "data_percent": "79.99"}, "ok", ""),
        ({"lv_attr": "twi-a-tz--", "data_percent": "80.00"}, "warning", "80% of its data space"),
        ({"lv_attr": "twi-a-tz--", "data_percent": "95.00"}, "critical", "95% of its data space"),
        ({"lv_attr": "twi-a-tzD-", "data_percent": "100.00"}, "critical", "lvextend"),
        ({"lv_attr": "twi---tz--", "data_percent": ""}, "ok", "inactive"),
        ({"lv_attr": "twi-a-tz--", "data_percent": ""}, "unknown", "does not say how full"),
        ({"lv_attr": "twi-XXtzX-", "data_percent": "-1"}, "unknown", "does not say how full"),
        ({"lv_attr": "twi-c-tz--", "data_percent": "9"}, "warning", "its metadata need a check"),
        ({"lv_attr": "swi-S-s---", "data_percent": "100"}, "warning", "the snapshot is invalid"),
        ({"lv_attr": "-wi-ao----", "lv_health_status": "error"}, "critical", "returns errors"),
        ({"lv_attr": "-wi-ao--E-"}, "critical", "returns errors"),
        ({"lv_attr": "rwi-aor-w-", "lv_health_status": "writemostly"}, "ok", ""),
    ],
)
def test_a_volume_is_judged_by_its_fields(fields: dict[str, str], state: str, words: str) -> None:
    row = judge.volume(lvm.Volume({"lv_name": "data", "vg_name": "pve", **fields}), health.DEFAULTS)
    assert row is not None
    assert (row.state, words in row.detail) == (state, True), row.detail


def test_what_lvm_does_not_say_is_unknown() -> None:
    for missing in ({}, {"vg_missing_pv_count": ""}, {"vg_missing_pv_count": "9" * 30}):
        row = judge.group(lvm.Group({"vg_name": "vg0", **missing}))
        assert (row.state, row.health) == ("unknown", "")
    active = {"vg_name": "vg0", "lv_name": "pool", "lv_attr": "twi-aotz--"}
    for full, state in (("12.5", "ok"), ("", "unknown"), ("much", "unknown")):
        pool = judge.volume(lvm.Volume({**active, "data_percent": full}), health.DEFAULTS)
        assert pool is not None
        assert pool.state == state
    resting = judge.volume(lvm.Volume({**active, "lv_attr": "twi---tz--"}), health.DEFAULTS)
    assert resting is not None
    assert resting.state == "ok"
