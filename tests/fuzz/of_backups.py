"""Targets for the output of backup tools, their settings, and the sources that people type."""

from __future__ import annotations

from fuzz.mutation import json_value
from fuzz.target import Target
from homelab import times
from homelab.backups import borg, btrbk, judge, reasons, repository, restic, rsnapshot, source, zfs
from homelab.backups.judge import Age, Limits
from homelab.backups.snapshot import Inventory, Snapshot, Unreadable, newest
from homelab.backups.source import Source
from homelab.findings import CRITICAL, OK, UNKNOWN

_NOW = 1_795_000_000 * times.SECOND
_SECRET = "hunter2"  # noqa: S105 - what no output may show

_RESTIC = (
    (
        b'[{"time":"2026-11-30T09:39:17.272314466+01:00","tree":"9e","paths":["/srv"],"hostname":"nas",'
        b'"username":"root","tags":["daily"],"id":"cc0b8e8d1b7c","short_id":"cc0b8e8d",'
        b'"summary":{"total_bytes_processed":3}}]'
    ),
    b"[]",
    b"null",
)
_BORG = (
    (
        b'{"archives":[{"archive":"a","barchive":"a","id":"9a","name":"nas.checkpoint.1",'
        b'"start":"2026-11-30T09:39:24.000000","time":"2026-11-30T09:39:24.000000"},'
        b'{"name":"nas","time":"2026-11-30T09:39:24+00:00"}],"encryption":{"mode":"none"}}'
    ),
)
_ZFS = (b"tank/data@daily-1\t1795465834\ntank/data@x\t1795465835\n", b"tank\n")
_BTRBK = (
    (
        b"format=\"latest\" type='snapshot,backup' source_url='/mnt/it'\\''s'"
        b" target_url='/srv/home.20261130T0942'\n"
    ),
    b'WARNING: Skipping target "/srv": Failed to fetch\nWARNING: ... readlink: /srv: No such\n',
    b"home.20261130T094439+0000_1.btrfs.gz.gpg",
    b"home.20261130",
)
_RSNAPSHOT = (
    (
        b"snapshot_root\t/srv/snapshots/\nretain\talpha\t6\nretain\tbeta\t7\nsync_first\t1\n"
        b"lockfile\t/run/rsnapshot.pid\ninclude_conf\t/etc/more.conf\ninclude_conf\t`cat x`\n"
    ),
)
_SOURCES = (
    b"restic:rest:https://al:pw@nas.lan:8000/x?token=1", b"borg:ssh://borg@nas.lan/./x", b"borg:",
    b"rclone:nas,pass=x:y", b"zfs:tank/data@daily-*", b"zfs:-r", b"/srv/*.tar", b"nas:/srv", b"~/x",
    b"restic:s3:KEY:SECRET@/bucket",
)  # fmt: skip
_ERRORS = (
    b"Fatal: wrong password or no key found\n",
    b"Failed to create/acquire the lock /srv/lock.exclusive (timeout).\n",
    b'Fatal: unable to open config file: Head "http://u:***@h/": connect: connection refused\n',
)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _archives(data: bytes) -> list[Snapshot]:
    borg.version(_text(data))
    return borg.archives(data)[0]


def _are_snapshots(data: bytes, found: list[Snapshot]) -> None:
    """Assert that each snapshot has a time, and that only an old or new one is judged as such."""
    restic.chosen(found, ["nas"], ["daily"])
    for each in found:
        assert 0 <= each.moment <= times.LAST
        assert not borg.is_checkpoint(each.name) or b"name" not in data
    last = newest(found)
    row = judge.judged("restic", Inventory("x", last, len(found)), Limits(), _NOW)
    _is_row(row)
    if last is None:
        assert row.state == CRITICAL
    elif row.state == OK:
        assert _NOW - judge.MOST <= last.moment <= _NOW + 601 * times.SECOND


def _is_row(row: Age) -> None:
    assert row.state in (OK, CRITICAL, UNKNOWN)
    assert row.detail
    assert row.state != OK or (row.age is not None and row.newest is not None)


def _restic(data: bytes) -> list[Snapshot]:
    return restic.snapshots(data)


def _zfs(data: bytes) -> list[Snapshot]:
    zfs.datasets(_text(data))
    return [each for found in zfs.snapshots(_text(data)).values() for each in found]


def _btrbk(data: bytes) -> list[btrbk.Pair]:
    text = _text(data)
    for place in btrbk.skipped(text):
        place.concerns(btrbk.Pair(text, text, ""))
    try:
        assert 0 <= btrbk.made(text) <= times.LAST
    except ValueError:
        pass
    return btrbk.pairs(text, text)


def _are_pairs(data: bytes, found: list[btrbk.Pair]) -> None:
    for pair in found:
        assert pair.source
        assert not pair.latest or pair.latest.startswith(pair.target)


def _conf(data: bytes) -> rsnapshot.Conf:
    conf = rsnapshot.Conf()
    rsnapshot.read(_text(data), conf, lambda path: "" if path.startswith("/") else _text(data))
    return conf


def _is_conf(data: bytes, conf: rsnapshot.Conf) -> None:
    for name in ("alpha.0", ".sync", *conf.levels):
        assert not conf.has(name) or rsnapshot.is_snapshot(name)
    conf.failed(_text(data), "r.conf")


def _source(data: bytes) -> Source:
    return source.source(_text(data))


def _is_source(data: bytes, found: Source) -> None:
    text = _text(data)
    assert found.tool in (*source.TOOLS, source.PATH)
    assert found.tool == source.PATH or text.startswith(f"{found.tool}:")
    assert found.tool != "zfs" or not found.where.startswith("-")
    try:
        source.refuse_secret(text)
    except ValueError:
        assert found.tool in ("restic", "borg")


def _masked(data: bytes) -> list[str]:
    text = _text(data)
    names = [f"rest:https://al:{_SECRET}@{text}", f"sftp://al:{_SECRET}@{text}"]
    names += [f"s3:KEY:{_SECRET}@/{text}"]
    repository.has_secret(text)
    return [*map(repository.masked, names), repository.masked(text)[:0]]


def _are_masked(data: bytes, found: list[str]) -> None:
    for shown in found:
        assert _SECRET not in shown


def _reason(data: bytes) -> list[tuple[str, str]]:
    text = _text(data)
    clean = repository.cleaned(f"{text} {_SECRET}", text[:9], [_SECRET])
    assert _SECRET not in clean
    return [
        reasons.reason(tool, len(data) % 256, text + _SECRET, clean)
        for tool in (*source.TOOLS, "x")
    ]


def _are_reasons(data: bytes, found: list[tuple[str, str]]) -> None:
    for kind, words in found:
        assert kind in (reasons.MISSING, reasons.UNKNOWN)
        assert words
        assert "\n" not in words


_NO = (Unreadable,)
TARGETS = (
    Target("backups.restic", _restic, _are_snapshots, _RESTIC, _NO, (json_value,)),
    Target("backups.borg", _archives, _are_snapshots, _BORG, _NO, (json_value,)),
    Target("backups.zfs", _zfs, _are_snapshots, _ZFS, _NO),
    Target("backups.btrbk", _btrbk, _are_pairs, _BTRBK, _NO),
    Target("backups.rsnapshot", _conf, _is_conf, _RSNAPSHOT, _NO, inputs=1000),
    Target("backups.source", _source, _is_source, _SOURCES, (ValueError,)),
    Target("backups.repository", _masked, _are_masked, _SOURCES),
    Target("backups.reasons", _reason, _are_reasons, _ERRORS, inputs=1000),
)
