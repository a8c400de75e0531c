"""Targets for the output of storage tools and the kernel's files on storage."""

from __future__ import annotations

from fuzz.mutation import json_value
from fuzz.samples import files, texts_of
from fuzz.target import Target
from homelab import times
from homelab.findings import ORDER
from homelab.storage import btrfs, health, judge, lvm, mdstat, number, smart, zpool
from homelab.storage.health import Health
from homelab.storage.mdstat import Array
from homelab.storage.smart import Drive
from homelab.storage.zpool import Pool

_NOW = 1_796_031_600 * times.SECOND
_UUID = "62bf161c-6e3a-477a-92e9-184b6f728476"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _is_row(row: Health) -> None:
    assert row.state in ORDER
    assert row.state in ("ok", "skipped") or row.detail
    assert row.errors is None or row.errors >= 0
    assert row.checked is None or row.checked >= 0
    assert row.wear is None or 0 <= row.wear <= 10
    assert row.full is None or row.full >= 0


def _pools(data: bytes) -> list[Pool]:
    return [*zpool.status(_text(data)), *zpool.listed(_text(data))]


def _are_pools(data: bytes, found: list[Pool]) -> None:
    for pool in found[:5]:
        for why in ("", "no answer"):
            row = judge.pool(pool, health.DEFAULTS, _NOW, why)
            _is_row(row)
            assert row.state != "ok" or pool.state == "ONLINE"
        for device in pool.devices:
            assert device.errors >= 0
        if pool.scan is not None and pool.scan.at:
            assert times.local(min(pool.scan.at, times.LATEST))


def _arrays(data: bytes) -> list[Array]:
    return mdstat.arrays(_text(data))


def _are_arrays(data: bytes, found: list[Array]) -> None:
    for array in found[:5]:
        assert array.name in _text(data)
        row = judge.array(array, len(data))
        _is_row(row)
        assert row.state != "ok" or array.active or array.container


def _filesystem(data: bytes) -> btrfs.Filesystem:
    text = _text(data)
    found = btrfs.Filesystem("/srv", _UUID)
    found.scrub = btrfs.scrub(text, _UUID)
    found.errors = {}
    for read in (lambda text: {"device 1": btrfs.kernel_errors(text)}, btrfs.statistics):
        try:
            found.errors |= read(text)
        except ValueError:
            pass
    return found


def _is_filesystem(data: bytes, found: btrfs.Filesystem) -> None:
    _is_row(judge.filesystem(found, health.DEFAULTS, _NOW))


def _volumes(data: bytes) -> list[Health]:
    rows = [judge.group(lvm.Group(entry)) for entry in lvm.report(_text(data), "vg")]
    volumes = (lvm.Volume(entry) for entry in lvm.report(_text(data), "lv"))
    judged = (judge.volume(volume, health.DEFAULTS) for volume in volumes)
    return [*rows, *(row for row in judged if row is not None)]


def _are_rows(data: bytes, found: list[Health]) -> None:
    for row in found:
        _is_row(row)


def _drive(data: bytes) -> Drive:
    smart.scanned(_text(data))
    return smart.drive(_text(data), data[0])


def _is_drive(data: bytes, found: Drive) -> None:
    for as_root in (False, True):
        row = judge.drive("sda", found, health.DEFAULTS, as_root)
        _is_row(row)
        assert row.state != "ok" or found.passed is not False


def _number(data: bytes) -> tuple[int | None, float | None]:
    return number.whole(_text(data)), number.share(_text(data))


def _is_number(data: bytes, found: tuple[int | None, float | None]) -> None:
    assert found[0] is None or 0 <= found[0] < 1 << 63
    assert found[1] is None or 0 <= found[1] <= 10


TARGETS = (
    Target(
        "storage.zpool", _pools, _are_pools, files("storage/recorded/zpool/*"),
        (ValueError, RecursionError), (json_value,), inputs=800,
    ),
    Target("storage.mdstat", _arrays, _are_arrays, files("storage/recorded/mdstat/*"), inputs=1500),
    Target("storage.btrfs", _filesystem, _is_filesystem, texts_of("storage/test_btrfs.py")),
    Target(
        "storage.lvm", _volumes, _are_rows, files("storage/recorded/lvm/*"),
        (ValueError, RecursionError), (json_value,), inputs=800,
    ),
    Target(
        "storage.smart", _drive, _is_drive, files("storage/recorded/smart/*"),
        (ValueError, RecursionError), (json_value,), inputs=500,
    ),
    Target("storage.number", _number, _is_number, (b"1.2K", b"12", b"99.87", b"-1", b"1e9")),
)  # fmt: skip
