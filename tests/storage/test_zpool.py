"""ZFS pools: what `zpool` of several releases prints, and what is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from homelab import times
from homelab.storage import health, judge, zpool
from homelab.storage.health import Health, Limits

RECORDED = Path(__file__).parent / "recorded/zpool"
NOW = 1_796_031_600 * times.SECOND  # 2026-11-30 09:40 UTC


def read(name: str) -> zpool.Pool:
    (pool,) = zpool.status((RECORDED / name).read_text())
    return pool


def judged(name: str, limits: Limits = health.DEFAULTS) -> Health:
    return judge.pool(read(name), limits, NOW)


@pytest.mark.parametrize(
    ("name", "state", "errors", "words"),
    [
        ("healthy-0.7.txt", "ok", 0, ""),
        ("healthy-2.2.txt", "ok", 0, ""),
        ("healthy-2.3.json", "ok", 0, ""),
        ("features-2.1.txt", "ok", 0, ""),
        ("file-2.2.txt", "ok", 0, ""),
        ("resilvered-2.1.txt", "ok", 0, ""),
        ("rebuild-2.1.txt", "ok", 0, ""),
        ("scrubbing-0.8.txt", "ok", 0, "scrub running, 46% done"),
        ("man-page-2.3.json", "warning", 0, "never scrubbed; zpool scrub tank"),
        ("never-scrubbed-2.3.json", "warning", 0, "never scrubbed"),
        ("no-permission-2.0.txt", "warning", 0, "never scrubbed"),
        ("degraded-missing-2.1.txt", "critical", 0, "sdb1 UNAVAIL: replace it: zpool replace tank"),
        ("degraded-2.3.json", "critical", 0, "zpool replace tank 11834510573480194216"),
        ("degraded-faulted-2.2.txt", "critical", 1244, "sdb1 FAULTED"),
        ("offline-2.0.txt", "critical", 0, "zpool online backup sdf1"),
        ("suspended-2.1.txt", "critical", 21, "reconnect them, then zpool clear usb"),
        ("faulted-0.8.txt", "critical", 0, "sdb1 UNAVAIL, sdc1 UNAVAIL: reconnect it"),
        ("resilvering-2.2.txt", "warning", 0, "sdb1 UNAVAIL: resilver running, 27% done"),
        ("resilvering-2.3.json", "warning", 0, "resilver running, 25% done"),
        ("scrub-paused-2.2.txt", "warning", 0, "its scrub is paused"),
        ("scrub-canceled-2.2.txt", "warning", 0, "the last scrub was cancelled"),
        ("scrub-errors-2.2.txt", "critical", 4, "2 data errors: files are damaged"),
        ("data-errors-verbose-2.1.txt", "critical", 4, "2 data errors: files are damaged"),
        ("data-errors-2.4.json", "critical", 4, "2 data errors: files are damaged"),
        ("checksum-errors-2.1.txt", "warning", 12, "sdb1 12 checksum errors: check cable"),
        ("raidz-errors-2.2.txt", "warning", 6, "raidz1-0 6 checksum errors"),
        ("cache-removed-2.2.txt", "warning", 0, "its cache device nvme0n1p3 is REMOVED"),
        ("cache-unavailable-2.3.json", "warning", 0, "its cache device nvme0n1p3 is UNAVAIL"),
        ("spare-in-use-2.1.txt", "critical", 0, "the spare sdc1 replaces a failed disk"),
        ("hostid-2.1.txt", "warning", 0, "Mismatch between pool hostid and system hostid"),
    ],
)
def test_a_pool_is_judged_by_its_status(name: str, state: str, errors: int, words: str) -> None:
    row = judged(name)
    assert (row.state, row.errors) == (state, errors), row.detail
    assert words in row.detail
    assert bool(words) == bool(row.detail)


def test_each_recorded_status_is_judged() -> None:
    table = test_a_pool_is_judged_by_its_status.pytestmark[0].args[1]  # type: ignore[attr-defined]
    recorded = {path.name for path in RECORDED.iterdir() if not path.name.startswith("list")}
    assert {row[0] for row in table} == recorded


def test_the_same_pool_reads_alike_as_text_and_as_json() -> None:
    text, document = read("degraded-missing-2.1.txt"), read("degraded-2.3.json")
    for one, other in zip(text.devices, document.devices):
        assert (one.name.rpartition("/")[2], one.state, one.leaf) == (
            other.name.rpartition("/")[2], other.state, other.leaf,
        )  # fmt: skip
    assert text.damaged == document.damaged == 0


def test_the_age_of_the_scrub_is_read_as_utc() -> None:
    pool = read("healthy-2.2.txt")
    assert pool.scan is not None
    assert times.rfc3339(pool.scan.at or 0) == "2026-11-08T05:36:45Z"
    row = judged("healthy-2.2.txt")
    assert row.checked == 22 * 86_400 + 4 * 3600 + 3 * 60 + 15
    old = Limits(None, 90, 20 * times.DAY, 80)
    assert judged("healthy-2.2.txt", old).detail == "last scrub 22 days ago; zpool scrub tank"


def test_of_several_scans_the_last_one_counts() -> None:
    scan = read("rebuild-2.1.txt").scan
    assert scan is not None
    assert (scan.what, scan.repaired) == ("resilver", "120G")


def test_a_repaired_scrub_is_a_warning() -> None:
    assert "the scrub repaired 1.38M" in judged("degraded-faulted-2.2.txt").detail


def test_lists_of_all_releases_have_name_size_and_state() -> None:
    rpool, tank = zpool.listed((RECORDED / "list-2.2.txt").read_text())
    (old,) = zpool.listed((RECORDED / "list-0.7.txt").read_text())
    assert (rpool.name, rpool.state, rpool.size) == ("rpool", "ONLINE", 238_370_684_928)
    assert (tank.name, tank.state) == ("tank", "DEGRADED")
    assert (old.name, old.state, old.allocated) == ("tank", "ONLINE", 3_307_124_817_920)
    assert zpool.listed("no pools available\n") == []


@pytest.mark.parametrize(
    ("used", "limit", "state"),
    [
        (79, 80, "ok"),
        (80, 80, "warning"),
        (90, 80, "critical"),
        (94, 90, "warning"),
        (99, 90, "critical"),
    ],
)
def test_a_full_pool_is_a_problem_before_it_is_full(used: int, limit: int, state: str) -> None:
    pool = read("healthy-2.2.txt")
    pool.size, pool.allocated = 100, used
    row = judge.pool(pool, Limits(None, 90, 35 * times.DAY, limit), NOW)
    assert row.state == state
    assert (state == "ok") != (f"{used}% full" in row.detail)


def test_a_pool_without_an_answer_is_unknown_even_if_it_was_online() -> None:
    pool = zpool.Pool("tank", "ONLINE")
    row = judge.pool(pool, health.DEFAULTS, NOW, "zpool status: no answer within 10 s")
    assert (row.state, row.detail) == ("unknown", "zpool status: no answer within 10 s")
    pool.state = "SUSPENDED"
    row = judge.pool(pool, health.DEFAULTS, NOW, "zpool status: no answer within 10 s")
    assert row.state == "critical"
    assert row.detail.startswith("suspended: ")
    assert row.detail.endswith("no answer within 10 s")


@pytest.mark.parametrize("text", ["", "internal error\n", "\x1b[1m", "pools:\n", "[]"])
def test_what_is_no_status_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        zpool.status(text)


def test_other_json_has_no_pools() -> None:
    assert zpool.status('{"pools": {"tank": 7}, "x": [1]}') == []
    (pool,) = zpool.status('{"pools": {"tank": {}}}')
    assert "zpool reports the state -" in judge.pool(pool, health.DEFAULTS, NOW).detail


HEALTHY = (RECORDED / "file-2.2.txt").read_text()


def judged_text(text: str) -> Health:
    (pool,) = zpool.status(text)
    return judge.pool(pool, health.DEFAULTS, NOW)


def test_names_of_devices_may_contain_blanks() -> None:
    assert judged_text(HEALTHY).state == "ok"
    row = judged_text(HEALTHY.replace("disk 1  ONLINE       0     0     0", "disk 1  ONLINE 0 0 7"))
    assert (row.state, row.errors) == ("warning", 7)
    assert row.detail.startswith("my disk 1 7 checksum errors")
    text = HEALTHY.replace("state: ONLINE", "state: DEGRADED")
    row = judged_text(text.replace("disk 1  ONLINE ", "disk 1  UNAVAIL"))
    assert row.detail.startswith("my disk 1 UNAVAIL: replace it: zpool replace tank 'my disk 1'")


@pytest.mark.parametrize(
    "words",
    [
        "scrubbed 2 error blocks in 0 days 00:00:01 on Sun Nov 29 02:24:01 2026",
        "error scrub canceled on Sun Nov 29 02:24:01 2026",
        "error scrub in progress since Sun Nov 29 02:24:01 2026\n\t40.00% done, issued I/O",
    ],
)
def test_a_scrub_of_known_errors_is_not_a_scrub_of_the_pool(words: str) -> None:
    old = "scan: scrub repaired 0B in 00:00:01 with 0 errors on Sun Mar  1 02:24:01 2026"
    text = HEALTHY.replace(HEALTHY.splitlines()[2], f"  {old}\n scrub: {words}")
    assert judged_text(text).detail.startswith("last scrub 274 days ago")
    text = HEALTHY.replace(HEALTHY.splitlines()[2], f" scrub: {words}")
    assert judged_text(text).detail.startswith("never scrubbed")


def test_a_spare_that_another_pool_uses_is_not_a_problem() -> None:
    spares = "\tspares\n\t  /dev/sdc1       {}\n\nerrors:"
    text = HEALTHY.replace("\nerrors:", spares.format("INUSE     in use by pool 'usb'"))
    assert judged_text(text).state == "ok"
    text = HEALTHY.replace("\nerrors:", spares.format("INUSE     currently in use"))
    assert "the spare sdc1 replaces a failed disk" in judged_text(text).detail


def test_unknown_data_errors_are_not_fine() -> None:
    text = HEALTHY.replace("No known data errors", "List of errors unavailable: pool I/O")
    assert judged_text(text).state == "unknown"


@pytest.mark.parametrize("when", ["1783875179", 1783875179, "Sun Nov 29 02:24:01 2026"])
def test_a_paused_scrub_is_known_from_json(when: object) -> None:
    scan = {"function": "SCRUB", "state": "SCANNING", "scrub_pause": when}
    (pool,) = zpool.status(json.dumps({"pools": {"tank": {"scan_stats": scan}}}))
    assert pool.scan is not None
    assert (pool.scan.paused, pool.scan.running) == (True, False)


def test_a_device_that_is_replaced_is_named_by_its_path() -> None:
    text = HEALTHY.replace(
        "/srv/my disk 1  ONLINE       0     0     0",
        "1183451057348  UNAVAIL 0 0 0  was /dev/sda1  (awaiting resilver)",
    )
    assert judged_text(text).detail.startswith("sda1 UNAVAIL: ")


@pytest.mark.parametrize(
    ("words", "state", "detail"),
    [
        ("other words", "unknown", "zpool does not say when the last scrub was"),
        (
            "scrub in progress since Sun Mar  1 02:24:01 2026",
            "warning",
            "its scrub began 274 days ago and still runs; zpool status tank",
        ),
    ],
)
def test_a_scrub_without_an_end_is_not_fine(words: str, state: str, detail: str) -> None:
    row = judged_text(HEALTHY.replace(HEALTHY.splitlines()[2], f"  scan: {words}"))
    assert (row.state, row.detail) == (state, detail)
