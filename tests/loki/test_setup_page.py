"""docs/loki-setup.md: the load balancers' configurations, run as the page has them, and its tables.

Only ports, folders and the password's hash are replaced. Traefik is not in Debian and not run.
"""

from __future__ import annotations

import errno
import json
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes.loki.server import Answer, FakeLoki
from support import certificates, nginx_parts, pages
from support.balancer import free_ports, listens
from support.cluster import HAPROXY
from support.reading import until
from support.world import World

from homelab.loki import diagnosis, limits, setting_file
from homelab.loki.address import Address
from homelab.loki.diagnosis import NOTHING, Sent
from homelab.net import failures
from homelab.settings import SETTINGS, parse
from homelab.telemetry import ledger

PAGE = pages.text("loki-setup")
PASSWORD = "hunter2"  # noqa: S105 (alice's in `certificates`)
# of PASSWORD, at the lowest cost: `caddy hash-password` takes the cost 14, so that a busy machine
# needs longer for one request than `usage doctor` waits
BCRYPT = "$2a$04$homelabhomelabhomelabu8EgARRPsCHFgqOJTzIs31RqK0TFiiYe"
NGINX = (
    nginx_parts.MAIN
    + "http {{\n"
    + nginx_parts.HTTP
    + """\
{server}
}}
"""
)
CADDY = "{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}"


def program(name: str) -> str:
    """A program of Debian's, which may be where only root looks."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    assert path is not None
    return path


class Setup:
    """A load balancer with the page's configuration: changes to it, then `running`."""

    def __init__(self, name: str, folder: Path, loki: FakeLoki) -> None:
        self.name = name
        self.folder = folder
        self.loki = loki
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        (self.page,) = pages.fences(PAGE, name, name.lower())[:1]
        folder.mkdir()
        certificates.certificates(folder)
        certificates.issued(folder, "client", extensions="extendedKeyUsage=clientAuth\n")
        both = (folder / "loki.crt").read_bytes() + (folder / "loki.key").read_bytes()
        (folder / "loki.pem").write_bytes(both)

    def change(self, old: str, new: str) -> None:
        """Put other lines in the place of some, as the page says."""
        assert old in self.page
        self.page = self.page.replace(old, new)

    def configuration(self) -> str:
        """The page's text with the ports, folders and hash of this test."""
        values: dict[str, str | Path] = {"/etc/loki/tls": self.folder}
        if self.name == "nginx":
            values["listen 443"] = f"listen {self.address}"
            values["http://127.0.0.1:3100"] = self.loki.url
            server = pages.with_values(self.page, values)
            server = server.replace("/etc/nginx/loki.", f"{self.folder}/")
            return NGINX.format(folder=self.folder, server=server)
        values["127.0.0.1:3100"] = self.loki.url.partition("//")[2]
        if self.name == "Caddy":
            values["HASH"] = BCRYPT
            values["loki.lan {"] = f"loki.lan:{self.address.partition(':')[2]} {{"
            return CADDY.format(site=pages.with_values(self.page, values))
        words = ["openssl", "passwd", "-6", PASSWORD]
        values["HASH"] = subprocess.check_output(words, text=True).strip()
        values["bind :443"] = f"bind {self.address}"
        return pages.with_values(self.page, values)

    def env(self) -> dict[str, str]:
        """The environment of the program: Caddy keeps files below its home."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder)}

    def command(self, path: Path) -> list[str]:
        """How the program is started with its configuration."""
        name = self.name.lower()
        return {
            "nginx": [program(name), "-p", str(self.folder), "-e", f"{self.folder}/error.log"],
            "caddy": [program(name), "run", "--adapter", "caddyfile"],
            "haproxy": [program(name), "-db"],
        }[name] + [{"nginx": "-c", "caddy": "--config", "haproxy": "-f"}[name], str(path)]

    @contextmanager
    def running(self) -> Iterator[None]:
        """The load balancer at work."""
        path = self.folder / "configuration"
        path.write_text(self.configuration())
        log = self.folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                self.command(path), stdout=out, stderr=out, env=self.env(), cwd=self.folder
            )
        try:
            assert until(lambda: listens(self.address), 60), log.read_text()
            yield
        finally:
            process.kill()
            process.wait()

    def settings(self, *more: str) -> str:
        """A settings file that leads here by name."""
        lines = ("[loki]", "url = https://loki.lan", f"lb = {self.address}")
        return "\n".join((*lines, f"ca_file = {self.folder}/ca.crt", *more)) + "\n"

    def user(self) -> tuple[str, str]:
        """The keys of a settings file for alice."""
        path = self.folder / "password"
        path.write_text(PASSWORD + "\n")
        path.chmod(0o600)
        return ("username = alice", f"password_file = {path}")

    def certificate(self) -> tuple[str, str]:
        """The keys of a settings file for a client's own certificate."""
        return (
            f"client_cert_file = {self.folder}/client.crt",
            f"client_key_file = {self.folder}/client.key",
        )


@pytest.fixture(
    params=[
        pytest.param("nginx", marks=pytest.mark.needs("nginx", "openssl")),
        pytest.param("Caddy", marks=pytest.mark.needs("caddy", "openssl")),
        pytest.param("haproxy", marks=pytest.mark.needs("haproxy", "openssl")),
    ]
)
def setup(request: pytest.FixtureRequest, tmp_path: Path, loki: FakeLoki) -> Setup:
    return Setup(request.param, tmp_path / "balancer", loki)


@pytest.fixture
def nginx(tmp_path: Path, loki: FakeLoki) -> Setup:
    return Setup("nginx", tmp_path / "balancer", loki)


def doctor(world: World) -> dict[str, str]:
    """The state of each step that `usage doctor` takes."""
    done = world.run("usage", "doctor", "--json")
    rows = json.loads(done.stdout)["rows"]
    return {row["step"]: row["state"] for row in rows}


def assert_well(world: World) -> None:
    """Every step that these settings need is ok."""
    done = world.run("usage", "doctor")
    assert done.returncode == 0, done.stdout
    needless = {"name lookup", "limits"}  # lb is an address, and the fake tells no limits
    states = doctor(world)
    assert {step for step, state in states.items() if state == "ok"} >= set(states) - needless


def test_a_user_with_a_password(setup: Setup, world: World) -> None:
    with setup.running():
        world.settings(setup.settings(*setup.user()))
        assert_well(world)
        assert world.run("logs", "labels").returncode == 0
        world.settings(setup.settings())
        done = world.run("usage", "top")
        assert done.returncode == 77
        assert "401, it requires credentials (Basic); set loki.username" in done.stderr
    seen = setup.loki.requests
    assert all(request.header("Authorization") is None for request in seen)
    assert all(request.path.startswith("/loki/") for request in seen)


def test_a_ca_of_your_own(setup: Setup, world: World) -> None:
    (commands,) = pages.fences(PAGE, "A CA of your own", "sh")
    commands = pages.with_values(commands, {"/etc/loki/tls": setup.folder})
    for name in ("ca.crt", "ca.key", "loki.crt", "loki.key", "loki.pem"):
        (setup.folder / name).unlink()
    made = subprocess.run(["sh", "-e", "-c", commands], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    with setup.running():
        world.settings(setup.settings(*setup.user()))
        assert_well(world)


def test_a_wrong_password(setup: Setup, world: World) -> None:
    """Each of the three answers 401, and nginx says who it is."""
    with setup.running():
        world.settings(setup.settings(*setup.user()))
        (setup.folder / "password").write_text("outdated\n")
        server = {"nginx": "nginx", "Caddy": "Caddy"}.get(setup.name, "it")
        file = (
            f"the password in {setup.folder}/password ({world.home}/.config/homelab/config.ini:6)"
        )
        why = "wrong name or password, or not in its list of users"
        said = f"401, {server} refuses user alice with {file}: {why}"
        done = world.run("usage", "doctor")
        assert done.returncode == 1
        assert f"FAIL     auth         {said}\n" in done.stdout
        for words in (("usage", "top"), ("logs", "labels")):
            done = world.run(*words)
            assert (done.returncode, done.stderr.count("\n")) == (77, 1)
            assert done.stderr.endswith(f": {said}\n")


def test_only_lokis_own_paths_are_passed_on(setup: Setup, world: World) -> None:
    ask = ("service", "check", "--connect", setup.address, "--ca-file", f"{setup.folder}/ca.crt")
    with setup.running():
        done = world.run(*ask, "--expect", "401,404", "https://loki.lan/ready")
        assert done.returncode == 0, done.stdout
        done = world.run(*ask, "--expect", "404", "https://alice:hunter2@loki.lan/ready")
        assert done.returncode == 0, done.stdout
    assert setup.loki.requests == []


def test_another_name_has_no_route(setup: Setup, world: World) -> None:
    """Caddy has a certificate for one name only."""
    with setup.running():
        world.settings(setup.settings().replace("loki.lan", "grafana.lan"))
        done = world.run("usage", "top")
    assert done.returncode == 69
    assert setup.loki.requests == []


def test_a_client_certificate(setup: Setup, world: World) -> None:
    (change,) = pages.fences(PAGE, "Client certificates", setup.name.lower())
    if setup.name == "nginx":
        setup.change("server_name loki.lan;\n", f"server_name loki.lan;\n{change}")
    else:
        begins = change.split()[0] + " "
        (line,) = [line for line in setup.page.splitlines(True) if line.lstrip().startswith(begins)]
        setup.change(line, change)
    with setup.running():
        world.settings(setup.settings(*setup.user()))
        assert world.run("usage", "top").returncode != 0
        assert setup.loki.requests == []
        world.settings(setup.settings(*setup.user(), *setup.certificate()))
        assert_well(world)


@pytest.mark.needs("nginx", "openssl")
def test_a_token(nginx: Setup, world: World) -> None:
    (change,) = pages.fences(PAGE, "A token", "nginx")
    lines = [line for line in nginx.page.splitlines(True) if "auth_basic" in line]
    assert len(lines) == 2
    nginx.change("".join(lines), change)
    token = nginx.folder / "token"
    token.write_text("TOKEN\n")
    token.chmod(0o600)
    with nginx.running():
        world.settings(nginx.settings(f"token_file = {token}"))
        assert_well(world)
        token.write_text("another\n")
        assert world.run("usage", "top").returncode == 77


@pytest.mark.needs("nginx", "openssl")
def test_a_tenant_that_the_load_balancer_sets(nginx: Setup, world: World) -> None:
    (change,) = pages.fences(PAGE, "A tenant", "nginx")
    nginx.change("        proxy_set_header Host $host;\n", change)
    with nginx.running():
        world.settings(nginx.settings(*nginx.user(), "tenant = another"))
        assert_well(world)
    assert {request.header("X-Scope-OrgID") for request in nginx.loki.requests} == {"homelab"}


@pytest.mark.needs("nginx", "openssl")
def test_a_host_that_may_only_push(nginx: Setup, world: World) -> None:
    (change,) = pages.fences(PAGE, "Hosts that may only push", "nginx")
    nginx.change("    location /loki/ {", f"{change}\n    location /loki/ {{")
    users = nginx.folder / "users"
    (nginx.folder / "pushers").write_text(users.read_text() + users.read_text().replace("al", "b"))
    with nginx.running():
        reader = nginx.settings(*nginx.user())
        world.settings(reader)
        assert_well(world)
        world.settings(reader.replace("alice", "bice"))
        states = doctor(world)
        assert next(step for step, state in states.items() if state == "FAIL") == "read back"
        world.run("config")
        assert until(lambda: nginx.loki.entries('{job="homelab-usage"}'))
        assert until(lambda: ledger.read(str(world.state)).last_delivery)
        done = world.run("usage", "top")
        assert done.returncode == 77
        what = "user bice may push but not read (401): runs are delivered, the last at "
        assert done.stderr.startswith(f"homelab: {what}")


# The pages' tables and files


def test_the_cluster_is_tested_with_the_load_balancer_of_its_page() -> None:
    """tests/chaos/cluster starts haproxy so."""
    page = pages.text("beyond-one-process")
    for line in HAPROXY.partition("backend nodes\n")[2].splitlines():
        assert line in page


def test_the_keys_are_the_settings() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| `(HOMELAB_[A-Z_]+)` \|", PAGE, flags=re.M)
    ours = {
        (setting.name.partition(".")[2], setting.env)
        for setting in SETTINGS
        if setting.name.startswith("loki.") and not setting.secret
    }
    assert set(rows) == ours
    for setting in SETTINGS:
        if setting.secret:
            assert f"`{setting.env}`" in PAGE


def test_the_limits_are_those_that_the_doctor_judges() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)`[^|]* \| ([a-z0-9]+) \|", PAGE, flags=re.M))
    assert rows.pop("unordered_writes") == "true"
    assert rows.pop("max_chunk_age") == "30m"
    assert limits.tighter(rows) == []
    less = {"30d": "29d", "30d1h": "30d", "7d": "6d", "500": "499", "5000": "4999"}
    sentences = limits.tighter({name: less[text] for name, text in rows.items()})
    assert [sentence.split()[0] for sentence in sentences] == [
        name for name, _, _ in limits._EXPECTED
    ]


def test_a_file_that_the_account_may_not_read_leads_to_the_page() -> None:
    denied = PermissionError(errno.EACCES, "Permission denied")
    said = setting_file.unread("loki.password_file (config.ini:5)", "/etc/x", denied).sentence
    whom = pwd.getpwuid(os.geteuid()).pw_name
    assert said == (
        "loki.password_file (config.ini:5): /etc/x can't be read: Permission denied; let account"
        f" {whom} read it (homelab help loki-setup, Several accounts)"
    )
    assert "\n### Several accounts on one host\n" in PAGE


_LB = Address("https://loki.lan", "10.0.0.5")
_SENT = Sent("alice", "the password in /etc/homelab/loki.password (config.ini:5)")


def _answer(status: int, body: bytes = b"", sent: Sent = NOTHING, named: str = "") -> str:
    headers = dict([named.split(": ")] if named else [])
    return diagnosis.of_answer(_LB, status, headers, body, sent).sentence


def _error(error: Exception, lb: str = "", sent: Sent = NOTHING) -> str:
    return diagnosis.of_error(Address("https://loki.lan", lb), error, sent).sentence


def test_the_messages_are_those_that_are_printed(world: World, loki: FakeLoki) -> None:
    """Each row of the page's table quotes one of these, and each of these has a row."""
    path = world.settings("")
    path.chmod(0o666)
    loki.hook = lambda request: (
        None if request.path.endswith("/push") else Answer(401, "text/plain", b"")
    )
    alice = {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": PASSWORD}
    ignored = world.run("usage", "doctor").stdout
    path.unlink()
    pusher = world.run("usage", "doctor", HOMELAB_LOKI_URL=loki.url, **alice).stdout
    sentences = [
        _error(failures.NoSuchName("no such name")),
        _error(failures.Refused("Connection refused")),
        _error(failures.Refused("Connection refused"), "10.0.0.5"),
        _error(failures.NotTls("WRONG_VERSION_NUMBER")),
        _answer(400, b"The plain HTTP request was sent to HTTPS port"),
        _error(failures.CertificateRefused("self-signed certificate")),
        _error(
            failures.CertificateRefused("self-signed certificate"),
            sent=Sent(ca="loki.ca_file (/etc/homelab/config.ini:3)"),
        ),
        _error(failures.NameMismatch()),
        _answer(404, b"404 page not found\n"),
        _answer(401, named="www-authenticate: Basic realm=loki"),
        _answer(401, sent=_SENT, named="server: nginx/1.22.1"),
        _answer(401, b"no org id\n"),
        pusher,
        _answer(502),
        ignored,
    ]
    section = PAGE.partition("\n| it says | what to do |\n")[2].partition("\n\n")[0]
    quoted = re.findall(r"^\| `([^`]+)` \|", section, flags=re.M)
    assert len(quoted) == len(sentences)
    for quote, sentence in zip(quoted, sentences):
        pattern = ".*".join(map(re.escape, quote.split("…")))
        assert re.search(pattern, sentence), (quote, sentence)


def test_the_settings_files_are_read() -> None:
    for heading in ("Point homelab at it", "Grafana Cloud"):
        for text in pages.fences(PAGE, heading, "ini"):
            assert parse(text, "config.ini")
