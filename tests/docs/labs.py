"""The labs that the documented commands run in, by the name that a page gives.

Each is made inside a sandbox, by root, and returns what the commands find in their environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

from fakes.engine import RECORDED, listening, replayed
from fakes.loki.server import Answer, FakeLoki
from support import certificates, pages, planted
from support.generated import Event, load
from support.reading import Sink, request_head

from docs import sandbox
from docs.sandbox import HOME
from homelab.times import DAY, MILLISECOND, SECOND

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
NIGHT = 1795564430 * SECOND  # 2026-11-24 23:53:50 UTC
EVENING = 1795465834 * SECOND  # 2026-11-23 20:30:34 UTC
RUNS = 8000  # of the generated lab, as far as it has room for so few
LAB = Path("/srv/lab")  # what the labs keep of their own
LOKI_PORT = 3100
Made = dict[str, str]


class Lab(NamedTuple):
    """How a lab is made. Its commands are root's or alice's, and run at the `moment` (ns), so that
    they print the same again; `local`: they may write to /usr/local."""

    make: Callable[[contextlib.ExitStack], Made]
    root: bool = False
    local: bool = True
    moment: int = NIGHT


def plain(_: contextlib.ExitStack) -> Made:
    """A fresh home, and no Loki."""
    return {}


def setup(stack: contextlib.ExitStack) -> Made:
    """A checkout that is built already: build.py says what it says of the file that is there."""
    updates(stack)
    return _checkout()


def _checkout() -> Made:
    """Root's checkout, with the built file and a build.py that only says what a build says."""
    here = Path("/root")
    (here / "build.py").write_text(
        "import hashlib, sys\n"
        f"sys.path.insert(0, {str(_project())!r})\n"
        "import build\n"
        "build.assemble = lambda path, *_: hashlib.sha256(open(path, 'rb').read()).hexdigest()\n"
        "sys.exit(build.main())\n"
    )
    return _built(here)


# -- containers


class Known(NamedTuple):
    """A container: its image, what `inspect` calls its State, and how often it was restarted."""

    image: str
    state: dict[str, Any]
    restarts: int = 0
    policy: str = "no"


_RUNNING = {"Status": "running", "Running": True, "ExitCode": 0}
CONTAINERS = {
    "vaultwarden": Known("vaultwarden/server:1.34", _RUNNING),
    "pihole": Known("pihole/pihole:2025", {**_RUNNING, "Health": {"Status": "healthy"}}),
    "backup": Known("restic/restic:0.18", {"Status": "exited", "ExitCode": 2}),
    "immich": Known(
        "immich-server:v2", {"Status": "restarting", "Restarting": True, "ExitCode": 3}, 8, "always"
    ),
    "jellyfin": Known(
        "jellyfin/jellyfin:10.11",
        {
            **_RUNNING,
            "Health": {
                "Status": "unhealthy",
                "FailingStreak": 14,
                "Log": [{"ExitCode": 1, "Output": "connect: refused\n"}],
            },
        },
    ),
}


def containers(stack: contextlib.ExitStack) -> Made:
    """A Docker with five containers, of which three are in trouble."""
    began = _iso(NIGHT - 3 * HOUR)
    recorded: dict[str, Any] = json.loads((RECORDED / "docker-20.10.json").read_text())
    recorded["list"], recorded["inspect"] = [], []
    for number, (name, known) in enumerate(CONTAINERS.items()):
        key = hashlib.sha256(name.encode()).hexdigest()
        never = "0001-01-01T00:00:00Z"
        ended = began if known.state["Status"] != "running" else never
        state = {"StartedAt": began, "FinishedAt": ended, "OOMKilled": False, **known.state}
        recorded["list"].append(
            {"Id": key, "Names": [f"/{name}"], "Image": known.image, "Created": number,
             "State": known.state["Status"], "Status": "", "Labels": {}}
        )  # fmt: skip
        recorded["inspect"].append(
            {"Id": key, "Name": f"/{name}", "Created": began, "State": state,
             "RestartCount": known.restarts, "Config": {"Image": known.image, "Labels": {}},
             "HostConfig": {"RestartPolicy": {"Name": known.policy, "MaximumRetryCount": 0}}}
        )  # fmt: skip
    path = stack.enter_context(listening(replayed(recorded)))
    os.chmod(os.path.dirname(path), 0o755)
    os.chmod(path, 0o666)
    os.symlink(path, "/run/docker.sock")
    os.makedirs("/var/run", exist_ok=True)
    os.symlink(path, "/var/run/docker.sock")
    return {}


# -- servers


class Server:
    """A server on an address of the sandbox: it takes connections, speaks TLS where it has a
    `certificate` of the folder, and answers each request with `status`."""

    def __init__(self, address: str, port: int, status: int = 200, certificate: str = "") -> None:
        self._status = status
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
        self._socket = socket.create_server((address, port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        head = f"HTTP/1.1 {self._status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with connection, contextlib.suppress(OSError):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                if not request_head(connection):
                    return
                connection.sendall(head.encode())


ADDRESSES = {
    "git": "10.0.0.4", "nas": "10.0.0.5", "cloud": "10.0.0.6", "mail": "10.0.0.7",
    "pi": "10.0.0.8", "pve": "10.0.0.9", "printer": "10.0.0.10",
}  # fmt: skip


def certificate(_: contextlib.ExitStack) -> Made:
    """Five servers, of which four have a certificate in trouble, and the lab's CA in a file."""
    sandbox.hosts(**ADDRESSES)
    ca = _authority()
    _issued(ca, "git", names="DNS:git.lan", days=(-75, 14.98))
    _issued(ca, "nas", names="DNS:nas.lan", days=(-30, 59.98))
    _issued(ca, "mail", names="DNS:mail.lan", days=(-90, -3.5))
    _issued(ca, "pve", by="", names="DNS:pve.lan", subject="/CN=pve.lan", days=(-100, 628.98))
    _issued(
        ca, "printer", by="", names="DNS:NPI4C2A1F", subject="/CN=NPI4C2A1F", days=(-300, 3298.98)
    )
    ports = {"git": 443, "nas": 443, "mail": 993, "pve": 8006, "printer": 443}
    for name, port in ports.items():
        Server(ADDRESSES[name], port, certificate=str(ca / name))
    return {}


def services(_: contextlib.ExitStack) -> Made:
    """Five services, of which one answers as it should, and a list of them."""
    sandbox.hosts(**ADDRESSES)
    ca = _authority()
    for name, days in {"cloud": 89.98, "printer": -2.5, "git": 10.48}.items():
        _issued(ca, name, names=f"DNS:{name}.lan", days=(-80, days))
        status = 502 if name == "cloud" else 200
        Server(ADDRESSES[name], 443, status, str(ca / name))
    Server(ADDRESSES["nas"], 80)
    (HOME / "services.txt").write_text(
        "https://cloud.lan/status expect=200\n"
        "https://printer.lan/\n"
        "http://pi.lan:8080/admin\n"
        "https://git.lan/\n"
        "http://nas.lan/\n"
    )
    return {}


def ports(stack: contextlib.ExitStack) -> Made:
    """nas.lan, where two ports are open, and pve.lan, where a firewall drops what comes."""
    sandbox.hosts(**ADDRESSES)
    Server(ADDRESSES["nas"], 22)
    Server(ADDRESSES["nas"], 2049)
    _silent(stack, ADDRESSES["pve"], 8006)
    return {}


def _silent(stack: contextlib.ExitStack, address: str, port: int) -> None:
    """A port at which nothing answers: so many wait there that the kernel takes no more."""
    listener = stack.enter_context(socket.create_server((address, port), backlog=0))
    while True:
        waiting = stack.enter_context(socket.socket())
        waiting.settimeout(0.2)
        try:
            waiting.connect(listener.getsockname())
        except socket.timeout:
            return


def _issued(ca: Path, name: str, days: tuple[float, float], **more: Any) -> None:
    """A certificate that is good from and to so many days from the lab's moment."""
    behind = (NIGHT - time.time_ns()) / DAY
    certificates.issued(ca, name, days=(days[0] + behind, days[1] + behind), **more)


def _authority() -> Path:
    """The lab's CA, whose certificate is lab-ca.pem at home."""
    folder = LAB / "ca"
    folder.mkdir(parents=True)
    moved = clock(NIGHT - 200 * DAY)
    os.environ.update(moved)
    certificates.authority(folder, days=3650)
    for name in moved:
        del os.environ[name]
    shutil.copy(folder / "ca.crt", HOME / "lab-ca.pem")
    return folder


# -- what a host says of itself


def jobs(_: contextlib.ExitStack) -> Made:
    """Three jobs: one that never went well, one that should have run yesterday, and one that did.
    They are runs of homelab itself, under other clocks."""
    failing = "tar -cf /mnt/nas/etc.tar /etc"
    for ago, words in (
        (2 * DAY + HOUR // 2, "photos --every 1d -- true"),
        (HOUR, "certs -- true"),
        (HOUR, f"backup --every 1d -- {failing}"),
    ):
        moved = {**clock(NIGHT - ago), "HOMELAB_TELEMETRY": "0"}
        subprocess.run(
            sandbox.as_account([str(sandbox.PYZ), "job", "run", *words.split()], moved),
            cwd=HOME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    return {}


_SYSTEMCTL = """\
#!/bin/sh
# What systemctl says of the units of the lab: a file for each, its list and its state.
cd {folder} || exit 1
system=0 type= show= names=
for word; do
    case $word in
        --user) exit 1 ;;
        list-units) show=list ;;
        --type=timer) type=timers ;;
        --type=service) type=running ;;
        --property=SystemState) echo SystemState=degraded; exit ;;
        --) show=units ;;
        -* | show) ;;
        *) names="$names $word" ;;
    esac
done
case $show in
    list) cat "list-${{type:-troubled}}" ;;
    units) for name in $names; do cat "$name"; echo; done ;;
esac
"""
_JOURNALCTL = """\
#!/bin/sh
# The lines of the unit that the lab's journal has.
for word; do
    case $word in
        _SYSTEMD_UNIT=*) cat "{folder}/journal-${{word#*=}}" 2>/dev/null ;;
    esac
done
"""


def units(_: contextlib.ExitStack) -> Made:
    """A systemd with a unit that failed, one that restarts again and again, and three timers.
    Properties are written as systemd 252 prints them (tests/systemd/recorded)."""
    folder = LAB / "systemd"
    folder.mkdir(parents=True)
    Path("/run/systemd/system").mkdir(parents=True)
    now = NIGHT
    when, later = _systemd(now - 3 * HOUR), _systemd(now + 5 * HOUR)
    just = _systemd(now - MINUTE)
    run = "0123456789abcdef0123456789abcdef"
    exited = f"Result=exit-code\nExecMainCode=1\nStateChangeTimestamp={when}\nLoadState=loaded\n"
    files = {
        "list-troubled": "backup.service loaded failed failed Backup\n"
        "photos.service loaded activating auto-restart Photos\n",
        "list-running": "photos.service loaded activating auto-restart Photos\n",
        "list-timers": "".join(
            f"{name}.timer loaded active waiting {name}\n" for name in ("backup", "certs", "fstrim")
        ),
        "backup.service": f"Id=backup.service\nDescription=Backup\n{exited}ActiveState=failed\n"
        f"SubState=failed\nExecMainStatus=2\nNRestarts=0\nInvocationID={run}\n"
        f"ExecMainStartTimestamp={when}\nConditionResult=yes\nConditionTimestamp={when}\n",
        "photos.service": f"Id=photos.service\nDescription=Photos\n{exited}"
        f"StateChangeTimestamp={just}\nActiveState=activating\n"
        f"SubState=auto-restart\nExecMainStatus=1\nNRestarts=2\nInvocationID={run}\n",
        "journal-backup.service": _journal(run, "/mnt/nas is not mounted"),
        "journal-photos.service": _journal(run, "address already in use: 0.0.0.0:2283"),
    }
    for name in ("certs", "fstrim"):
        files[f"{name}.service"] = (
            f"Id={name}.service\nLoadState=loaded\nActiveState=inactive\nSubState=dead\n"
            f"Result=success\nExecMainCode=1\nExecMainStatus=0\nExecMainStartTimestamp={when}\n"
            f"ConditionResult=yes\nConditionTimestamp={when}\n"
        )
    for name in ("backup", "certs", "fstrim"):
        files[f"{name}.timer"] = (
            f"Id={name}.timer\nUnit={name}.service\nNextElapseUSecRealtime={later}\n"
            f"NextElapseUSecMonotonic=0\nLastTriggerUSec={when}\nResult=success\n"
            "AccuracyUSec=1min\nPersistent=no\nLoadState=loaded\nActiveState=active\n"
            f"SubState=waiting\nUnitFileState=enabled\nActiveEnterTimestamp={when}\n"
            f"ConditionResult=yes\nConditionTimestamp={when}\n"
            "TimersCalendar={ OnCalendar=daily ; next_elapse=" + later + " }\n"
        )
    for name, text in files.items():
        (folder / name).write_text(text)
    sandbox.program("systemctl", _SYSTEMCTL.format(folder=folder))
    sandbox.program("journalctl", _JOURNALCTL.format(folder=folder))
    return {}


def _systemd(moment: int) -> str:
    return time.strftime("%a %Y-%m-%d %H:%M:%S UTC", time.gmtime(moment // SECOND))


def _journal(run: str, line: str) -> str:
    entry = {"MESSAGE": line, "PRIORITY": "6", "_SYSTEMD_INVOCATION_ID": run}
    return json.dumps({**entry, "SYSLOG_IDENTIFIER": "sh"}) + "\n"


def disks(_: contextlib.ExitStack) -> Made:
    """A disk of which 4.3% of the inodes are used."""
    folder = LAB / "full"
    folder.mkdir(parents=True)
    here = os.statvfs("/")
    files = int(here.f_files * 0.043) - (here.f_files - here.f_ffree)
    for number in range(files):
        (folder / str(number)).touch()
    return {}


_RESTIC = {"hostname": "nas", "short_id": "4f8c21aa", "time": "2026-11-24T02:15:04Z"}
_BORG = {"name": "photos-2026-11-22", "time": "2026-11-22T03:00:11.000000"}


def backups(_: contextlib.ExitStack) -> Made:
    """A repository of restic, one of borg, a dataset, and a folder with dumps, of which the last
    is empty."""
    hosts = [_RESTIC, {**_RESTIC, "hostname": "pi", "time": "2026-11-23T02:15:00Z"}]
    _program("restic", json.dumps(hosts))
    _program("borg", json.dumps({"archives": [_BORG]}))
    _program("zfs", f"tank/data@hourly-23\t{(NIGHT - 54 * MINUTE) // SECOND}")
    folder = Path("/srv/dumps")
    folder.mkdir()
    for name, age, text in (("mon.sql.gz", 2 * DAY, "x" * 9000), ("tue.sql.gz", DAY, "x" * 9200)):
        (folder / name).write_text(text)
        os.utime(folder / name, ns=(NIGHT - age, NIGHT - age))
    (folder / "wed.sql.gz").touch()
    os.utime(folder / "wed.sql.gz", ns=(NIGHT - 22 * HOUR, NIGHT - 22 * HOUR))
    return {}


def _program(name: str, text: str) -> None:
    """A program of the lab that prints a text."""
    path = sandbox.BIN / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    path.chmod(0o755)


SECURITY = (
    "apt", "apt-transport-https", "apt-utils", "bind9-host", "curl", "libapt-pkg6.0", "libcurl4",
    "libexpat1", "libssl3", "openssh-client", "openssh-server", "openssl", "sudo",
)  # fmt: skip
ORDINARY = (
    "appstream", "base-files", "bash", "bsdutils", "busybox", "ca-certificates", "console-setup",
    "dmsetup", "dpkg", "e2fsprogs", "eject", "fdisk", "findutils", "gcc-12-base", "gpgv", "grep",
    "initramfs-tools", "iproute2", "kmod", "less", "libblkid1", "libc-bin", "libc6", "libcom-err2",
    "libdbus-1-3", "libgcc-s1", "libgmp10", "libicu72", "libkmod2", "liblz4-1", "libmount1",
    "libnftables1", "libpam-modules", "libpam-runtime", "libpam0g", "libpcre2-8-0", "libperl5.36",
    "libproc2-0", "libreadline8", "libsmartcols1", "libsqlite3-0", "libstdc++6", "libsystemd0",
    "libtasn1-6", "libudev1", "libuuid1", "libxml2", "locales", "login", "mount", "tzdata", "vim",
)  # fmt: skip
_PACKAGE = "Package: {}\nVersion: {}\nArchitecture: amd64\nMaintainer: x\n{}\nDescription: x\n\n"


def updates(_: contextlib.ExitStack) -> Made:
    """A Debian whose apt has updates."""
    return _apt(SECURITY, ORDINARY)


def _apt(security: tuple[str, ...], ordinary: tuple[str, ...]) -> Made:
    """Lists of apt, some hours old, and a dpkg status in which these packages are older."""
    lists = Path("/var/lib/apt/lists")
    for folder in (
        lists / "partial", "/var/cache/apt/archives/partial", "/var/lib/dpkg/updates",
        "/var/lib/dpkg/info", "/etc/apt/apt.conf.d", "/etc/apt/preferences.d",
        "/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d", "/etc/dpkg/dpkg.cfg.d", "/var/log/apt",
    ):  # fmt: skip
        os.makedirs(folder, exist_ok=True)
    Path("/etc/os-release").write_text('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    (Path("/etc/apt/apt.conf.d") / "lab").write_text('APT::Architecture "amd64";\n')
    made = formatdate((NIGHT - 4 * HOUR - 31 * MINUTE) // SECOND, usegmt=True)
    sources = ""
    for suite, place, names in (
        ("oldstable", "debian", ordinary),
        ("oldstable-security", "debian-security", security),
    ):
        sources += f"deb [trusted=yes] http://deb.debian.org/{place} {suite} main\n"
        start = lists / f"deb.debian.org_{place}_dists_{suite}_"
        Path(f"{start}InRelease").write_text(
            f"Origin: Debian\nLabel: Debian\nSuite: {suite}\nCodename: bookworm\nDate: {made}\n"
            "Architectures: amd64\nComponents: main\n"
        )
        Path(f"{start}main_binary-amd64_Packages").write_text(
            "".join(_PACKAGE.format(n, "2.6.2", f"Filename: {n}.deb\nSize: 1") for n in names)
        )
    Path("/etc/apt/sources.list").write_text(sources)
    Path("/var/lib/dpkg/status").write_text(
        "".join(
            _PACKAGE.format(n, "2.6.1", "Status: install ok installed") for n in security + ordinary
        )
    )
    return {}


# -- Loki


def loki(stack: contextlib.ExitStack) -> Made:
    """A Loki with a day's logs of two hosts, at 23:53:50."""
    server = _loki(stack, [NIGHT])
    sink = Sink(server.url)
    sink.push_all([(labels, sorted(lines)) for labels, lines in _logs()])
    # a run of these commands would be among what they read
    return {"HOMELAB_LOKI_URL": "http://loki.lan:3100", "HOMELAB_TELEMETRY": "0"}


Stream = tuple[dict[str, str], list[tuple[int, str]]]


def _logs() -> Iterator[Stream]:
    def journal(host: str, unit: str, level: str) -> dict[str, str]:
        return {"host": host, "job": "systemd-journal", "unit": unit, "level": level}

    def docker(container: str, level: str) -> dict[str, str]:
        return {"host": "nas", "job": "docker", "container": f"/{container}", "level": level}

    last = NIGHT - 411 * MILLISECOND
    refused = "error: maximum authentication attempts exceeded for root"
    yield (
        journal("pve1", "ssh.service", "err"),
        [
            (
                last - 2 * MINUTE - n * 200 * SECOND,
                f"{refused} from 10.0.0.{18 - n} port {40341 - 31 * n} ssh2",
            )
            for n in range(12)
        ],
    )
    yield (
        journal("pve1", "ssh.service", "info"),
        [
            (last - n * 40 * MINUTE, f"Accepted publickey for alice from 10.0.0.{20 + guest}")
            for n, guest in enumerate([1, 3, 1, 2, 1, 1, 3, 2] * 4, 1)
        ],
    )
    yield (
        journal("nas", "smartd.service", "err"),
        [(last - 7 * MINUTE, "Device: /dev/sdc, 3 Currently unreadable (pending) sectors")],
    )
    heat = "SMART Usage Attribute: 194 Temperature_Celsius changed"
    yield (
        journal("nas", "smartd.service", "info"),
        [
            (
                last - n * 30 * MINUTE,
                f"Device: /dev/sd{'ab'[n % 2]}, {heat} from {112 + n % 3} to {113 + n % 3}",
            )
            for n in range(1, 48)
        ],
    )
    yield (
        docker("plex", "info"),
        [
            (last - n * 5 * MINUTE, f"Request: [10.0.0.30] GET /library/sections/{section}/all")
            for n, section in enumerate([1, 2, 1, 4, 3] * 50, 1)
        ],
    )
    yield (
        docker("plex", "warn"),
        [
            (last - n * 3 * HOUR - 100 * SECOND, "Transcoder: throttled, the buffer is full")
            for n in range(8)
        ],
    )
    yield (
        journal("pve1", "cron.service", "info"),
        [
            (NIGHT - NIGHT % HOUR - n * HOUR + SECOND, "(root) CMD (homelab job run backup)")
            for n in range(24)
        ],
    )


def usage(stack: contextlib.ExitStack) -> Made:
    """A Loki with 90 days of runs of 30 accounts (support.planted), at a fixed moment."""
    verbs = Path("/usr/local/lib/homelab/verbs")
    planted.install(verbs)
    (verbs / planted.YOUNG.replace(" ", "/")).unlink()
    passing = [EVENING]
    server = _loki(stack, passing)
    sink = Sink(server.url)
    days: dict[int, list[Any]] = {}
    for event in _runs():
        days.setdefault(event.day, []).append(event)
    for _, events in sorted(days.items()):
        passing[0] = events[-1].moment
        load(sink, events)
    passing[0] = EVENING
    return {"HOMELAB_LOKI_URL": "http://loki.lan:3100"}


def guarded(stack: contextlib.ExitStack) -> Made:
    """A Loki behind https and a password, and the settings files of docs/loki-setup.md."""
    sandbox.hosts(loki="127.0.0.1")
    ca = _authority()
    _issued(ca, "loki", names="DNS:loki.lan", days=(-30, 334.98))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca / "loki.crt", ca / "loki.key")
    server = FakeLoki(clock=lambda: NIGHT, port=443, ssl_context=context)
    stack.enter_context(server)
    named = "Basic " + b64encode(b"alice:hunter2").decode()
    denied = Answer(401, "text/plain", b"", (("WWW-Authenticate", "Basic"),))
    server.hook = lambda request: None if request.header("Authorization") == named else denied
    etc = Path("/etc/homelab")
    etc.mkdir()
    settings = pages.fences(pages.text("loki-setup"), "Point homelab at it", "ini")[0]
    (etc / "config.ini").write_text(settings)
    shutil.copy(ca / "ca.crt", etc / "lab-ca.pem")
    password = etc / "loki.password"
    password.write_text("hunter2\n")
    password.chmod(0o640)
    os.chown(password, 0, sandbox.ALICE)
    return {}


_WANTED = ("(unknown) backup", "(unknown) container restart")
_HIDDEN = "(unknown) df"
_FAILING = "logs query"
_UNUSED = "timer list"
_RARE = "verbs new"  # too few of its runs were planted for a decision


def _runs() -> list[Event]:
    """The runs of the generated lab: of the planted decisions a few, so that a page can show all
    that `usage next` prints."""
    world = planted.planted(19, EVENING, RUNS)
    left_out = {event.verb for event in world.events if event.verb.startswith("(unknown) ")}
    left_out = (left_out | {"(personal) dns", _RARE}) - {*_WANTED, _HIDDEN}
    kept = [
        event
        for event in world.events
        if event.verb not in left_out
        and (event.code == 0 or event.verb == _FAILING or event.verb not in planted.FAILING)
    ]
    used = [_RARE, *(verb for verb in planted.UNUSED if verb != _UNUSED)]
    people = planted.accounts(3)
    for number in range(180):
        moment = world.start + number * DAY // 2 + 9 * HOUR + number * 7 * SECOND
        verb, user = used[number % len(used)], people[number % 5 % 3]
        kept.append(Event(moment, user, verb, 0, planted.VERSION))
    return sorted(kept)


def _loki(stack: contextlib.ExitStack, now: list[int]) -> FakeLoki:
    """A Loki at http://loki.lan:3100, at the moment `now[0]`."""
    sandbox.hosts(loki="127.0.0.1")
    return stack.enter_context(FakeLoki(clock=lambda: now[0], port=LOKI_PORT))


def clock(moment: int) -> Made:
    """The environment under which it is that moment (ns) now, and a little later for programs that
    start later (see clock.c)."""
    library = LAB / "clock.so"
    if not library.exists():
        LAB.mkdir(exist_ok=True)
        source = Path(__file__).with_name("clock.c")
        sandbox.run("gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl")
    began = str(time.time_ns() // SECOND)
    return {"LD_PRELOAD": str(library), "LAB_CLOCK": str(moment // SECOND), "LAB_BEGAN": began}


# -- other hosts

_SSH = """\
#!/bin/bash
# ssh to a host of the lab: its own /usr/local, home, name and PATH, on this machine.
while [[ $1 == -* ]]; do
    case $1 in
        -[BbcDEeFIiJLlmOoPpQRSWw]) shift 2 ;;
        --) shift; break ;;
        *) shift ;;
    esac
done
host=${{1#*@}}; shift
if [ ! -d {folder}/"$host" ]; then
    echo "ssh: Could not resolve hostname $host: Name or service not known" >&2
    exit 255
fi
exec unshare --mount --uts --propagation private bash -c '
    mount -t overlay none -o lowerdir=/usr/local,upperdir=$1/upper,workdir=$1/inner /usr/local
    hostname "${{1##*/}}"
    cd $1/home
    exec env -i HOME=$1/home USER=root LC_ALL=C.UTF-8 TZ=UTC PATH="$(cat $1/path)" sh -c "$2"
' bash {folder}/"$host" "$*"
"""
_SCP = """\
#!/bin/sh
# scp of one file to a host of the lab.
exec ssh "${2%%:*}" "cat > '${2#*:}' && chmod 755 '${2#*:}'" < "$1"
"""


def push(_: contextlib.ExitStack) -> Made:
    """Three hosts behind ssh, of which one has no Python, and this one, root's."""
    folder = LAB / "hosts"
    bare = LAB / "bare"
    bare.mkdir(parents=True)
    for place in ("/usr/bin", "/usr/sbin"):  # where a link leads that is not Python's
        for path in Path(place).iterdir():
            if "python" not in path.name and not (bare / path.name).exists():
                (bare / path.name).symlink_to(path)
    python = os.path.dirname(sys.executable)
    for host in ("pve1", "nas", "printer"):
        for name in ("upper", "inner", "home"):
            (folder / host / name).mkdir(parents=True)
        found = f"/usr/local/bin:{python}:/usr/bin:/bin" if host != "printer" else str(bare)
        (folder / host / "path").write_text(found)
    sandbox.program("ssh", _SSH.format(folder=folder))
    sandbox.program("scp", _SCP)
    return _checkout()


def _built(home: Path) -> Made:
    """Put the built file where a checkout has it."""
    (home / "dist").mkdir()
    shutil.copy(sandbox.PYZ, home / "dist/homelab.pyz")
    digest = hashlib.sha256(sandbox.PYZ.read_bytes()).hexdigest()
    (home / "dist/SHA256SUMS").write_text(f"{digest}  homelab.pyz\n")
    return {}


def _project() -> Path:
    return Path(__file__).resolve().parent.parent.parent


def _iso(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment // SECOND))


# -- the picture of a terminal


def picture(stack: contextlib.ExitStack) -> Made:
    """A host with several problems, and a Loki with its logs."""
    for make in (containers, certificate, units):
        make(stack)
    _apt(("openssl", "sudo"), ORDINARY[:9])
    return loki(stack)


_ZPOOL = """\
#!/bin/sh
case "$*" in
    "list -Hp") cat {folder}/list ;;
    *-j*) exit 2 ;;
    *tank) cat {folder}/tank ;;
    *rpool) cat {folder}/rpool ;;
esac
"""
_SMARTCTL = """\
#!/bin/sh
case "$*" in
    *--scan*) cat {folder}/scan ;;
    *) cat {folder}/"${{5##*/}}" ;;
esac
"""


def storage(_: contextlib.ExitStack) -> Made:
    """Two ZFS pools and three disks, with one of each in trouble (tests/storage/recorded)."""
    folder, recorded = LAB / "storage", _project() / "tests/storage/recorded"
    folder.mkdir(parents=True)
    disks = [{"name": f"/dev/{name}", "type": "scsi"} for name in ("sda", "sdb", "nvme0")]
    files = {
        "list": recorded / "zpool/list-2.2.txt",
        "tank": recorded / "zpool/degraded-missing-2.1.txt",
        "rpool": recorded / "zpool/healthy-0.7.txt",
        "sda": recorded / "smart/hdd-wd-7.2.json",
        "sdb": recorded / "smart/hdd-pending-7.3.json",
        "nvme0": recorded / "smart/nvme-samsung-7.3.json",
    }
    for name, path in files.items():
        shutil.copy(path, folder / name)
    (folder / "scan").write_text(json.dumps({"devices": disks}))
    sandbox.program("zpool", _ZPOOL.format(folder=folder))
    sandbox.program("smartctl", _SMARTCTL.format(folder=folder))
    return {}


LABS = {
    "backups": Lab(backups),
    "picture": Lab(picture),
    "plain": Lab(plain),
    "setup": Lab(setup, root=True),
    "containers": Lab(containers),
    "certificates": Lab(certificate),
    "services": Lab(services),
    "ports": Lab(ports),
    "jobs": Lab(jobs),
    "units": Lab(units),
    "disks": Lab(disks),
    "storage": Lab(storage),
    "loki": Lab(loki),
    "usage": Lab(usage, moment=EVENING),
    "guarded": Lab(guarded),
    "push": Lab(push, root=True, local=False),
}
# What a lab needs of the machine, beside what every sandbox does.
NEEDS = {
    "certificates": ("openssl",),
    "services": ("openssl",),
    "guarded": ("openssl",),
    "setup": ("apt-get",),
    "picture": ("openssl", "apt-get"),
}
