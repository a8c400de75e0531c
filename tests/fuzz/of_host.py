"""Targets for the output of this host's programs and kernel: systemd, package managers, /proc,
engines."""

from __future__ import annotations

import json
from typing import Any

from fuzz.mutation import json_line, json_value
from fuzz.samples import files, texts_of
from fuzz.target import Target
from homelab import times
from homelab.containers import judge, podman_command
from homelab.containers import required as needed
from homelab.containers.container import Container
from homelab.containers.engines import Engine, Heard
from homelab.findings import ORDER
from homelab.jobs import notify, record, switch, web_request
from homelab.jobs.kept_output import Kept
from homelab.jobs.record import Record
from homelab.jobs.web_request import Address, WebRequest
from homelab.packages import commands, parse, sources
from homelab.packages.parse import Update
from homelab.system import accounts
from homelab.systemd import journal, names, properties, required, units
from homelab.vitals import mounts
from homelab.vitals.mounts import Mount

_NOW = 1_795_000_000 * times.SECOND


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _updates(data: bytes) -> list[Update]:
    text = _text(data)
    first, _, rest = text.partition("\n\n")
    found = parse.apt(
        text, dict.fromkeys(parse.held(rest), parse.HELD) | parse.not_upgraded(text, ["curl"])
    )
    return [*found, *parse.dnf(text, rest, first), *parse.apk(text), *parse.pacman(text)]


def _are_updates(data: bytes, found: list[Update]) -> None:
    text = _text(data)
    for update in found:
        assert update.name in text
        assert update.available in text
        assert "\n" not in update.name + update.available + update.installed + update.origin


def _packages(data: bytes) -> list[tuple[int, str]]:
    text = _text(data)
    named = commands.in_policy(text) + commands.names(text)
    commands.in_dpkg(text)
    found = [(0, name) for name in named]
    for program in ("zpool", "/opt/x"):
        found += commands.in_commands(text, program) + commands.in_contents(text, program)
    return found


def _are_packages(data: bytes, found: list[tuple[int, str]]) -> None:
    text = _text(data)
    for package in commands.best(found, text[:20]):
        assert package in text
        assert package.isascii()
        assert not set(package) & set(" \n;$`-/") - {"-"}
        assert package[0].isalnum()


def _sources(data: bytes) -> list[sources.Source]:
    text = data.decode("utf-8", "surrogateescape")
    sources.Release(text)
    sources.dnf_repositories(text)
    sources.apk_repositories(text)
    return [*sources.one_line_sources(text, "amd64"), *sources.deb822_sources(text)]


def _are_sources(data: bytes, found: list[sources.Source]) -> None:
    for source in found:
        assert source.url
        assert source.suite
        for beginning in source.beginnings():
            assert "/" not in beginning
            assert beginning.isascii()
    assert sources.moment(_text(data)) >= 0


def _units(data: bytes) -> list[dict[str, str]]:
    return properties.blocks(_text(data))


def _are_units(data: bytes, found: list[dict[str, str]]) -> None:
    assert all(found)
    for unit in found[:10]:
        for value in (*unit.values(), _text(data[:80])):
            span, moment = properties.span(value), properties.moment(value)
            assert span is None or span > 0
            assert moment is None or times.local(moment)
            properties.number(value)
        properties.reason(unit).encode()
        state, detail = required.judged(required.Named("x.service", unit), _NOW)
        assert state in ORDER
        detail.encode()
        properties.load_error(unit)
        units.trouble(unit, _NOW)
        units.Unit("system", unit, "")
    assert all(" " not in name for name in properties.names(_text(data)))


def _last_lines(data: bytes) -> list[str]:
    return journal.last_lines(_text(data), 10, "a1")


def _are_lines(data: bytes, found: list[str]) -> None:
    assert len(found) <= 10
    assert all(line.strip() and "\n" not in line for line in found)


def _mounts(data: bytes) -> list[Mount]:
    table = _text(data)
    meant = mounts.meant_writable(table)
    every = mounts.every(table, meant)
    assert len({mount.folder for mount in every}) == len(every)
    return mounts.holding_data(table, meant)


def _are_mounts(data: bytes, found: list[Mount]) -> None:
    lines = [line for line in _text(data).split("\n") if line]
    assert len(found) <= len(lines)
    for mount in found[:5]:
        if mount.folder.startswith("/"):
            assert mounts.holding(found, mount.folder) is not None
    whole = mounts.every(_text(data))
    kernel = mounts.every("\n".join(lines))  # the kernel ends lines only by newlines
    assert [mount.folder for mount in whole] == [mount.folder for mount in kernel]


def _mounter(data: bytes) -> int:
    """The account that mounted a file system of its own at this path, from a line that the kernel
    writes."""
    path = data.decode("utf-8", "surrogateescape").replace("\0", "")
    written = path.replace("\\", "\\134")
    for sign, octal in ((" ", "040"), ("\t", "011"), ("\n", "012")):
        written = written.replace(sign, f"\\{octal}")
    line = "40 22 0:9 / {} rw - fuse.x x rw,user_id={},group_id=0\n"
    return accounts.mounted_by_in(line.format("/", 0) + line.format(written, 1000), path)


def _is_mounter(data: bytes, account: int) -> None:
    assert account == 1000


def _containers(data: bytes) -> list[Container]:
    return podman_command.read(_text(data))


def _are_containers(data: bytes, found: list[Container]) -> None:
    for container in found:
        judgement = judge.judged(container, _NOW, _NOW - times.DAY)
        judge.order(judgement, container)
        for text in (container.name, container.image, container.said, container.error):
            text.encode()
            assert len(text) <= 256
        for moment in (container.created, container.started, container.finished):
            assert moment is None or times.local(moment)
    judge.summary(found, 1, _NOW)
    heard = Heard()
    heard.engines = [Engine("docker", "", "/docker.sock")]
    heard.engines[0].containers = found
    services = [each.service for each in found]
    names = [*(each.name for each in found), *services, "x"]
    assert {row[0] for row in needed.judged(heard, names, _NOW)} <= set(ORDER)


def _container(data: bytes) -> Container:
    document: Any = json.loads(data)
    documents = document if isinstance(document, list) else [document]
    return Container(next((each for each in documents if isinstance(each, dict)), {}), "docker")


def _address(data: bytes) -> Address:
    return web_request.address(_text(data), notify.KINDS)


def _is_address(data: bytes, found: Address) -> None:
    """Assert that with any address the request can be sent and its header lines are lines."""
    run = record.begun(None, "x", _NOW, 0)
    run.exit = data[0] % 3
    record.ended(run, len(data))
    notice = notify.Notice(run, "nas", "it failed", data)
    events = [switch.START, switch.SUCCESS, switch.FAIL]
    requests = [switch.request(found, event, "why", 1, run.exit, data) for event in events]
    for request in (*filter(None, requests), notify.request(found, notice)):
        assert request.url.startswith(("http://", "https://"))
        assert request.url.isascii()
        assert request.url.isprintable()
        assert " " not in request.url
        for name, value in request.headers:
            assert name.isascii()
            assert value.isascii()
            assert f"{name}{value}".isprintable()
    json.dumps(notify.fields(notice))


def _answer(data: bytes) -> str:
    kind, _, body = data.partition(b"\n")
    return web_request.not_arrived(WebRequest("http://h/"), _text(kind), body)


def _is_answer(data: bytes, why: str) -> None:
    assert why.isprintable()


def _record(data: bytes) -> Record:
    return record.decoded(data, "backup")


def _is_record(data: bytes, found: Record) -> None:
    text = record.encoded(found)
    again = record.decoded(text, "backup")
    assert record.encoded(again) == text
    here = record.Origin("nas", "m", "b", "1")
    where = record.where(found, here)
    for running in (False, True):
        stood = record.standing(found, running, _NOW, where)
        assert stood.detail.isprintable()
        assert stood.due is None or times.local(stood.due)


def _kept(data: bytes) -> Kept:
    kept = Kept(64, 64)
    for at in range(0, len(data), 50):
        kept.keep(data[at : at + 50])
    return kept


def _is_kept(data: bytes, kept: Kept) -> None:
    whole = kept.whole()
    assert len(whole) <= 64 + 2 * 64 + 80
    assert whole[:64] == data[:64] or len(data) < 64
    assert kept.end(20) == data[-20:]
    if len(data) <= 128:
        assert whole.rstrip(b"\n") == data.rstrip(b"\n")


def _made(name: str, exit_code: int) -> bytes:
    made = Record(name, _NOW - times.DAY, 5 * times.SECOND)
    made.exit, made.host, made.machine, made.boot = exit_code, "nas", "m", "b"
    made.every, made.attempts, made.ping = times.DAY, 2, "no answer"
    return record.encoded(made)


def _unit_name(data: bytes) -> str:
    return names.full(data.decode("utf-8", "surrogateescape"))


def _is_unit_name(data: bytes, name: str) -> None:
    assert names.full(name) == name
    assert name.isascii()
    assert name.isprintable()
    assert len(name) <= 255
    assert " " not in name


_JOURNAL = (
    b'{"MESSAGE":"one","PRIORITY":"6","SYSLOG_IDENTIFIER":"nas","_SYSTEMD_INVOCATION_ID":"a1"}\n'
    b'{"MESSAGE":[104,105,255],"PRIORITY":"3","INVOCATION_ID":"a1"}\n'
    b'{"MESSAGE":null}\n{"MESSAGE":["a","b"],"SYSLOG_IDENTIFIER":"systemd","PRIORITY":"4"}\n'
)
_MOUNTS = (
    (
        b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
        b"30 22 0:25 / /mnt/my\\040nas ro - nfs4 nas:/x ro,vers=4.2\n"
        b"31 22 0:26 / /home/al/a\\134b rw - fuse.sshfs al@nas: rw\n"
    ),
    b"/dev/sda1 / ext4 errors=remount-ro 0 1\n# x\nnas:/x /mnt/my\\040nas nfs4 rw,noauto 0 0\n",
)
_ENGINES = files("containers/recorded/*.jsonl")

TARGETS = (
    Target(
        "packages.parse", _updates, _are_updates,
        (*texts_of("verbs/test_update_list.py"), b"linux 6.1-1 -> 6.2-1 [ignored]\n",
         b"busybox-1.36.1-r5  < 1.36.1-r7 @edge\n", b"curl\t\thold\nlibc6:amd64\tinstall\n"),
    ),
    Target(
        "packages.commands", _packages, _are_packages,
        (b"suite: x\ncomponent: main\n\nname: zfs\npriority-bonus: 5\ncommands: zfs,zpool\n",
         b"sbin/zpool   contrib/admin/zfsutils-linux,otherosfs/zfs-fuse\nopt/x y/z\n",
         b"zpool:\n  Installed: (none)\n  Candidate: 1\n", b"extra/zfs-utils\n"),
        inputs=1000,
    ),
    Target(
        "packages.sources", _sources, _are_sources,
        (b"deb [arch=amd64 trusted=yes] http://u:p@x/debian stable main\ndeb file:/x ./\n",
         b"Types: deb\nURIs: http://x/d\nSuites: a b\nComponents: main\nEnabled: no\n",
         b"Origin: x\nDate: Thu, 26 Nov 2026 21:03:35 UTC\nValid-Until: x\nSHA256:\n 0 1 a\n",
         b"Thu, 26 Nov 2026 22:03:35 +0100", b"[a]\nenabled=1\nmetadata_expire=7d\n[b]\n",
         b"@edge http://x/edge/main\n"),
        inputs=600,
    ),
    Target(
        "systemd.properties", _units, _are_units,
        (*files("systemd/recorded/*.txt"), b"2month 4w 1d 6h 31min 27.858738s\n=",
         b"NRestarts=3\nStateChangeTimestamp=Wed 2026-11-25 01:25:42 UTC\nActiveState=failed\n"),
        inputs=800,
    ),
    Target("systemd.journal", _last_lines, _are_lines, (_JOURNAL,), (), (json_line,)),
    Target(
        "systemd.names", _unit_name, _is_unit_name,
        (b"ssh", b"wg-quick@wg0.service", b"/mnt/my disk", b"/dev/sda1", b"odd\\x2dname@a-b"),
        (ValueError,),
    ),
    Target("vitals.mounts", _mounts, _are_mounts, _MOUNTS),
    Target("system.accounts", _mounter, _is_mounter, (b"/tmp/x", b"/home/u1/a b")),
    Target(
        "containers.podman_command", _containers, _are_containers, _ENGINES, (), (json_line,),
        inputs=1200,
    ),
    Target(
        "containers.container", _container, lambda data, found: _are_containers(data, [found]),
        files("containers/recorded/*.json"), (ValueError, RecursionError), (json_value,),
    ),
    Target(
        "jobs.record", _record, _is_record,
        (_made("backup", 0), _made("backup", 1)), (ValueError,), (json_value,),
    ),
    Target(
        "jobs.web_request:address",
        _address,
        _is_address,
        (
            b"# x\nhttps://hc-ping.com/abc?rid=1\nAuthorization: Bearer x\n",
            b"https://up.lan/api/push/T?status=up&msg=OK&ping=\n",
            b"gotify:https://g.lan/?token=x\n",
            b"ntfy:http://[fd00::1]:80/lab#x\n",
            b"https://cronitor.link/p/k/n\n",
            b"https://g.lan/api/v1/endpoints/a_b/external?success=true\n",
            b"discord:https://h/api/webhooks/1/x\n",
        ),
        (ValueError,),
        inputs=2500,
    ),
    Target(
        "jobs.web_request:answer",
        _answer,
        _is_answer,
        (b'application/json\n{"ok": true}', b"text/html\n<html>", b"\nOK (not found)"),
    ),
    Target("jobs.kept_output", _kept, _is_kept, (b"a" * 60, b"b\n" * 200)),
)  # fmt: skip
