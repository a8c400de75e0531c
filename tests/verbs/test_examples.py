"""docs/examples: each example does what its comment says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support import pages
from support.certificates import certificates
from support.world import ROOT, World

from homelab.dropins import header
from homelab.settings import parse

DOCS = ROOT / "docs/examples"


def rows(world: World, *words: str) -> list[dict[str, str]]:
    """The rows of an answer as JSON."""
    found: list[dict[str, str]] = json.loads(world.run(*words, "--json").stdout)["rows"]
    return found


def test_each_file_begins_with_what_it_does() -> None:
    for path in DOCS.rglob("*"):
        if path.is_file() and path.suffix != ".md":
            lines = path.read_text().splitlines()
            first = lines[1] if lines[0].startswith("#!") else lines[0]
            assert re.match(r"# [A-Z]", first), path


def test_the_list_of_examples_names_each_folder() -> None:
    listed = set(re.findall(r"\]\(([a-z./-]+)\)", (DOCS / "README.md").read_text()))
    for name in listed:
        assert (DOCS / name).exists(), name
    for path in DOCS.rglob("*"):
        if path.is_file() and path.name != "README.md":
            place = path.relative_to(DOCS)
            assert {str(place), *map(str, place.parents)} & listed, path


def test_the_page_for_authors_has_each_word_of_a_header_and_each_variable() -> None:
    page = pages.text("own-verbs")
    words = re.findall(r"^\| `([A-Z][a-z-]+): ", page, flags=re.M)
    assert sorted(map(str.lower, words)) == sorted(header.KEYS)
    variables = re.findall(r"^\| `(HOMELAB_[A-Z_]+)` \|", page, flags=re.M)
    assert set(variables) == {"HOMELAB_BIN", "HOMELAB_VERB", "HOMELAB_VERB_DIR"}


# Verbs


@pytest.fixture
def examples(world: World) -> World:
    """A world with the verbs, and with the three headers as `headers …`."""
    shutil.copytree(DOCS / "verbs", world.verbs)
    shutil.copytree(DOCS / "lab/headers", world.verbs / "headers")
    for path in [world.verbs, *world.verbs.rglob("*")]:
        path.chmod(0o755)
    return world


def test_the_examples_have_nothing_wrong(examples: World) -> None:
    done = examples.run("verbs", "check", "--all", "--no-header")
    known = {line.split()[0] for line in done.stdout.splitlines() if "not in PATH" not in line}
    assert known == set()
    found = rows(examples, "verbs", "--source", "personal")
    assert [(row["verb"], row["effect"]) for row in found] == [
        ("backup run", "write"), ("headers copy-etc", "write"),
        ("headers hottest", "read"), ("headers remove-old", "destructive"),
        ("tls days", "read"),
    ]  # fmt: skip


@pytest.mark.needs("restic")
def test_the_example_of_backups(examples: World) -> None:
    """`backup run` makes the snapshot whose age the built-in `backup age` says."""
    script = str(examples.verbs / "backup/run")
    (examples.folder / "data").mkdir()
    examples.env.update(RESTIC_REPOSITORY=str(examples.folder / "r"), RESTIC_PASSWORD="x")  # noqa: S106

    def run(*command: str) -> int:
        done = subprocess.run(
            command, env=examples.env, cwd=examples.folder, capture_output=True, check=False
        )
        return done.returncode

    assert run("restic", "init") == 0
    assert examples.run("backup", "age", "restic:").returncode == 1
    assert run(script, "--keep", "7", "data") == 0
    assert examples.run("backup", "age", "restic:").returncode == 0
    assert [run(script), run(script, "--keep"), run(script, "-x", "data")] == [2, 2, 2]
    assert run(script, "nothing") in (1, 3)


@pytest.mark.needs("openssl")
def test_the_example_of_certificates(examples: World) -> None:
    certificates(examples.folder)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(examples.folder / "loki.crt", examples.folder / "loki.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = f"127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                connection.settimeout(5)
                with contextlib.suppress(OSError):  # the client goes when it has seen enough
                    trust.wrap_socket(connection, server_side=True).close()

        threading.Thread(target=serve, daemon=True).start()
        done = examples.run("tls", "days", server)
        assert done.returncode == 1
        assert done.stdout in (f"{server} 1 days\n", f"{server} 2 days\n")
        done = examples.run("tls", "days", "--warn", "1", server)
        assert done.returncode == 0
    done = examples.run("tls", "days", server)
    assert (done.returncode, done.stdout) == (69, "")


# The headers


def test_the_header_of_a_script_that_reads(examples: World) -> None:
    sensors = examples.folder / "thermal"
    for number, heat in enumerate((41_000, 78_500)):
        zone = sensors / f"thermal_zone{number}"
        zone.mkdir(parents=True)
        (zone / "temp").write_text(f"{heat}\n")
    env = {"SENSORS": str(sensors), "HOMELAB_READ_ONLY": "1"}
    done = examples.run("headers", "hottest", **env)
    assert (done.returncode, done.stdout) == (0, "78 degrees\n")
    assert examples.run("headers", "hottest", "--warn", "70", **env).returncode == 1
    done = examples.run("headers", "hottest", SENSORS="/nonexistent")
    assert (done.returncode, done.stderr) == (69, "no sensor in /nonexistent\n")


def test_the_header_of_a_script_that_writes(examples: World) -> None:
    place = examples.folder / "nas"
    place.mkdir()
    (examples.folder / "etc").mkdir()
    (examples.folder / "etc/hosts").write_text("127.0.0.1 localhost\n")
    done = examples.run("headers", "copy-etc", str(place), ROOT=str(examples.folder))
    assert (done.returncode, done.stderr) == (0, "")
    listed = subprocess.check_output(["tar", "-tzf", place / "etc.tar.gz"], text=True)
    assert "etc/hosts" in listed.split()
    assert examples.run("headers", "copy-etc").returncode == 2
    done = examples.run("headers", "copy-etc", str(place), HOMELAB_READ_ONLY="1")
    assert "does not run: HOMELAB_READ_ONLY is set" in done.stderr
    sent = examples.run(
        "headers", "copy-etc", HOMELAB_TELEMETRY="print", HOMELAB_LOKI_URL="http://loki.lan"
    )
    assert '"verb":"(personal) backup"' in sent.stderr


def test_the_header_of_a_script_that_deletes(examples: World) -> None:
    place = examples.folder / "nas"
    place.mkdir()
    for name in ("old", "new"):
        (place / name).write_text("")
    os.utime(place / "old", (1, 1))
    for words in (["--dry-run"], []):
        done = examples.run("headers", "remove-old", *words, str(place), "30")
        assert (done.returncode, done.stdout) == (0, f"{place}/old\n")
        assert (place / "old").exists() is bool(words)
    assert (place / "new").exists()
    assert examples.run("headers", "remove-old", str(place)).returncode == 2


# A lab


def test_the_settings_file_is_read(world: World) -> None:
    text = (DOCS / "lab/config.ini").read_text()
    assert parse(text, "config.ini")["loki.url"][0] == "https://loki.lan"
    world.settings(text)
    found = {row["setting"]: row["value"] for row in rows(world, "config")}
    assert found["loki.username"] == "hosts"
    settings = text.replace("\n# lb", "\nlb")
    assert parse(settings, "config.ini")["loki.lb"][0] == "10.0.0.5"


class Site(BaseHTTPRequestHandler):
    """Every service of the list, each as the list expects it."""

    def do_GET(self) -> None:
        body = b'{"installed":true}'
        self.send_response(401 if "/loki/" in self.path or "/admin" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Path]:
    """The list of services, all of which one server on loopback answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        text = (DOCS / "lab/services.txt").read_text()
        text = re.sub(
            r"^https?://[^/]+", f"http://127.0.0.1:{server.server_port}", text, flags=re.M
        )
        path = tmp_path / "services.txt"
        path.write_text(text)
        yield path
        server.shutdown()
        thread.join()


def test_the_list_of_services(world: World, services: Path) -> None:
    done = world.run("service", "check", "--file", str(services), "--all")
    assert done.returncode == 0, done.stdout
    urls = [line for line in services.read_text().splitlines() if line.startswith("http")]
    assert len(urls) == 6


def test_each_line_of_the_crontab(world: World, services: Path) -> None:
    """By sh, as cron does it, with folders of this test. The host's own state is not judged."""
    nas = world.folder / "nas"
    nas.mkdir()
    shutil.copytree(DOCS / "verbs", world.verbs)
    for path in [world.verbs, *world.verbs.rglob("*")]:
        path.chmod(0o755)
    binaries = world.folder / "bin"
    binaries.mkdir()
    (binaries / "homelab").symlink_to(world.pyz)
    (world.folder / "etc").mkdir()
    names = []
    for line in (DOCS / "lab/crontab").read_text().splitlines():
        if not line or line.startswith("#") or re.match(r"[A-Z]+=", line):
            continue
        *moments, command = line.split(None, 5)
        assert len(moments) == 5
        assert "%" not in command, "cron reads it as the end of the line"
        names.append(shlex.split(command)[3])
        command = command.replace("/mnt/nas", str(nas)).replace("-C /", f"-C {world.folder}")
        command = command.replace("/etc/homelab/services.txt", str(services))
        done = subprocess.run(
            ["sh", "-c", command],
            env={**world.env, "PATH": f"{binaries}:{world.env['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if names[-1] in ("check", "updates"):
            assert done.returncode in (0, 1, 69), done.stderr
        else:
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert names == ["backup-etc", "backup-age", "services", "check", "updates"]
    assert {row["name"] for row in rows(world, "job", "list")} == set(names)
