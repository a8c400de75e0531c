"""`homelab check` with real parts: servers on loopback, own verbs, signals, two accounts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support import certificates as made
from support.accounts import Account
from support.other_clock import faketime
from support.reading import until
from support.terminal import Terminal
from support.tls_servers import s_server
from support.world import World, at_a_terminal

from homelab.jobs import store

OWN = "#!/bin/sh\n# Summary: a check\n# Effect: read\n# Check: yes\n"


def checked(
    world: World, text: str, *words: str, **env: str
) -> tuple[int, dict[str, dict[str, Any]], dict[str, Any]]:
    """The exit code, the rows by kind and name, and the whole document of a run with these lines,
    without the vitals unless the lines name them."""
    vitals = "" if "host =" in text else "host = no\n"
    world.settings(f"[checks]\n{vitals}{text}")
    done = world.run("check", "--json", *words, **env)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "homelab.check/1"
    return done.returncode, {f"{r['check']} {r['name']}": r for r in document["rows"]}, document


def states(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: row["state"] for name, row in rows.items()}


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 500)
        self.end_headers()
        self.wfile.write(b"Disk #1 is well")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def web() -> Iterator[int]:
    """A web server on loopback: / answers 200, everything else 500."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def closed() -> Iterator[int]:
    """A port on loopback on which nothing listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.mark.needs("openssl")
def test_servers_on_loopback_in_one_table(world: World, web: int, closed: int) -> None:
    made.authority(world.folder, days=900)
    for name, days in (("good", (-1, 90.0)), ("soon", (-80, 10.5))):
        made.issued(world.folder, name, "ca", "IP:127.0.0.1", days=days)
    with s_server(world.folder, "good") as good, s_server(world.folder, "soon") as soon:
        text = (
            f"cert = 127.0.0.1:{good} 127.0.0.1:{soon} --ca-file {world.folder}/ca.crt\n"
            f"port = 127.0.0.1:{web},{closed}\n"
            f"service = http://127.0.0.1:{web}/ --contains 'Disk #1'\n"
            f"service = http://127.0.0.1:{web}/x\n"
        )
        code, rows, document = checked(world, text)
        assert (code, document["problems"], document["unknown"]) == (1, 3, 0)
        assert states(rows) == {
            f"port 127.0.0.1:{closed}": "critical",
            f"service http://127.0.0.1:{web}/x": "critical",
            f"cert 127.0.0.1:{soon}": "warning",
            f"cert 127.0.0.1:{good}": "ok",
            f"port 127.0.0.1:{web}": "ok",
            f"service http://127.0.0.1:{web}/": "ok",
        }
        assert [row["state"] for row in document["rows"]][:4] == [
            "critical", "critical", "warning", "ok",
        ]  # fmt: skip
        assert rows[f"cert 127.0.0.1:{soon}"]["value"] == "10 d"
        source = f"{world.home}/.config/homelab/config.ini:3"
        assert rows[f"cert 127.0.0.1:{soon}"]["source"] == source
        code, rows, _ = checked(world, f"cert_warn = 7d\n{text}")
        assert states(rows)[f"cert 127.0.0.1:{soon}"] == "ok"
    assert world.events() == ["exit=1 ver=0.6.0 verb=check"] * 2


def test_the_plain_table_shows_problems_and_one_sentence(
    world: World, web: int, closed: int
) -> None:
    world.settings(f"[checks]\nhost = no\nport = 127.0.0.1:{web},{closed}\n")
    done = world.run("check")
    header, row = done.stdout.splitlines()
    assert header.split() == ["STATE", "CHECK", "NAME", "VALUE", "DETAIL"]
    assert row.split()[:4] == ["critical", "port", f"127.0.0.1:{closed}", "refused"]
    assert done.stderr == "homelab: fine: port 1 (details: --all)\n"
    assert len(world.run("check", "--all").stdout.splitlines()) == 3
    assert world.run("check", "--csv").stdout.splitlines()[0] == (
        "state,check,name,value,detail,ignored,source,output,performance"
    )
    shown = at_a_terminal(world, "check", "--problems")
    assert f"127.0.0.1:{closed}" in shown


def test_without_a_section_only_vitals_are_checked_and_it_says_so(world: World) -> None:
    done = world.run("check", "--json")
    names = [(row["check"], row["name"]) for row in json.loads(done.stdout)["rows"]]
    assert ("host", "load") in names
    assert ("host", "memory") in names
    assert any(check == "disk" for check, _ in names)
    assert "only this host's vitals: [checks] in the settings lists nothing;" in done.stderr
    assert "homelab help monitoring" in done.stderr
    assert world.events() == [f"exit={done.returncode} ver=0.6.0 verb=check"]


def test_nothing_at_all_to_check_is_not_fine(world: World) -> None:
    world.settings("[checks]\nhost = no\n")
    done = world.run("check")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("homelab: nothing to check: ")


def test_mistakes_end_the_run_before_anything_is_checked(world: World) -> None:
    world.dropin("mark", f"{OWN}touch {world.folder}/ran\n")
    path = world.settings("[checks]\ncert =\ncerts = x\nignore = unit a\n")
    done = world.run("check")
    assert (done.returncode, done.stdout) == (78, "")
    first, second, third = done.stderr.splitlines()
    assert first.startswith(f"homelab: {path}:2: cert: TARGET is missing")
    assert second.startswith(f"homelab: {path}:3: [checks] has no key 'certs'; did you mean cert?")
    assert third.startswith(f"homelab: {path}:4: ignore has no reason; ")
    assert not (world.folder / "ran").exists()


def test_a_settings_file_that_is_not_read_is_unknown(world: World) -> None:
    path = world.settings("[checks]\ncert = nas.lan\n")
    path.chmod(0o666)
    rows = json.loads(world.run("check", "--json").stdout)["rows"]
    (row,) = (row for row in rows if row["check"] == "settings")
    assert row["state"] == "unknown"
    assert "it is world-writable" in row["detail"]
    assert "it is world-writable" in world.run("check", "--list").stderr


@pytest.mark.parametrize(
    ("body", "state", "detail"),
    [
        ("echo 'OK - well|a=1'", "ok", "OK - well"),
        ("echo WARNING; exit 1", "warning", "WARNING"),
        ("echo CRITICAL; exit 2", "critical", "CRITICAL"),
        ("echo UNKNOWN; exit 3", "unknown", "UNKNOWN"),
        ("echo odd; exit 4", "unknown", "ended with exit code 4, which is not 0 to 3: odd"),
        ("kill -9 $$", "unknown", "ended by signal 9"),
        ("exec nosuchprogram", "unknown", "ended with exit code 127, which is not 0 to 3"),
        ("exit 0", "ok", None),
        ('cat; echo "$# $HOMELAB_VERB $HOMELAB_TELEMETRY"', "ok", "0 own 0"),
        ("printf '\\033[2J\\377x'", "ok", "\\x1b[2J\ufffdx"),
        ("yes | head -c 3000000; exit 1", "warning", "y"),
    ],
)
def test_an_own_verb_with_check_yes_joins(
    body: str, state: str, detail: str | None, world: World
) -> None:
    path = world.dropin("own", f"{OWN}{body}\n")
    world.dropin("other", "#!/bin/sh\n# Summary: not a check\n# Effect: read\nexit 2\n")
    code, rows, _ = checked(world, "")
    assert code == {"ok": 0, "unknown": 69}.get(state, 1)
    (row,) = rows.values()
    assert (row["state"], row["check"], row["name"]) == (state, "own", "own")
    assert row["source"] == str(path)
    if detail is None or "127" not in detail:
        assert row["detail"] == detail
    else:
        assert row["detail"].startswith(detail)
    assert world.events() == [f"exit={code} ver=0.6.0 verb=check"]


def test_performance_data_and_further_lines_are_in_json(world: World) -> None:
    world.dropin("own", f"{OWN}echo 'OK|a=1.5s;2;3'\necho more\n")
    _, rows, _ = checked(world, "")
    row = rows["own own"]
    assert row["output"] == ["more"]
    assert row["performance"] == [
        {"label": "a", "value": 1.5, "unit": "s", "warn": "2", "crit": "3", "min": None,
         "max": None}
    ]  # fmt: skip
    assert '""value"": 1.5' in world.run("check", "--csv").stdout


def test_own_lines_give_arguments_and_names(world: World) -> None:
    world.dropin("nas/df", f'{OWN}echo "$@"\n')
    world.dropin("plain", '#!/bin/sh\necho "$1"; exit 1\n')
    text = "own = nas df 'a b' \"$HOME\"\nown = nas/df\nown = --name two plain x\nown = plain y\n"
    _, rows, _ = checked(world, text.replace("own = nas/df\n", ""))
    assert {name: row["detail"] for name, row in rows.items()} == {
        "own nas df": "a b $HOME", "own two": "x", "own plain": "y",
    }  # fmt: skip
    _, rows, _ = checked(world, "own = plain a\nown = plain b\nown = no\n")
    assert states(rows) == {"own plain a": "warning", "own plain b": "warning"}
    code, rows, _ = checked(world, "own = nosuch\nown = no\n")
    assert (code, states(rows)) == (69, {"own nosuch": "unknown"})
    assert rows["own nosuch"]["detail"].startswith("no verb of your own named 'nosuch'; ")
    code, rows, _ = checked(world, "own = plain a\nignore = own plain: known\n")
    assert states(rows)["own plain"] == "skipped"


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (OWN, 0o644, "it is not executable; chmod +x "),
        (OWN.replace("\n", "\r\n", 1), 0o755, "its #! line ends in CR LF"),
        (OWN.replace("/bin/sh", "/nosuch/sh"), 0o755, "its interpreter /nosuch/sh is not on"),
        (f"{OWN}# Needs: nosuchprogram\n", 0o755, "needs nosuchprogram, which is not in PATH"),
        (OWN, 0o757, "it is not read, and may be a check: "),
    ],
)
def test_an_own_check_that_cannot_run_is_unknown(
    text: str, mode: int, why: str, world: World
) -> None:
    world.dropin("own", text, mode)
    code, rows, _ = checked(world, "")
    assert (code, states(rows)) == (69, {"own own": "unknown"})
    assert why in rows["own own"]["detail"]


@pytest.mark.needs("root")
def test_root_runs_no_check_of_another_account(world: World, u1: Account) -> None:
    marked = world.folder / "ran"
    path = world.dropin("own", f"{OWN}touch {marked}\n")
    plugin = world.folder / "plugin"
    plugin.write_text(f"#!/bin/sh\ntouch {marked}\n")
    plugin.chmod(0o755)
    u1.owns(path, plugin)
    code, rows, _ = checked(world, f"plugin = {plugin}\n")
    assert (code, states(rows)) == (69, {"own own": "unknown", "plugin plugin": "unknown"})
    for row in rows.values():
        assert f"it belongs to another account ({u1.name})" in row["detail"]
    # a whole folder of another account: sudo with a kept HOME
    u1.owns(world.verbs)
    world.settings("[checks]\nhost = no\njob = yes\n")
    done = world.run("check")
    assert f"own verbs in {world.verbs} are not read, because another account" in done.stderr
    assert not marked.exists()


def test_plugins_are_named_by_path_and_their_words_pass_unchanged(world: World) -> None:
    plugin = world.home / "plug ins/check_it"
    plugin.parent.mkdir()
    plugin.write_text('#!/bin/sh\nprintf "<%s>" "$@"; exit 1\n')
    plugin.chmod(0o755)
    text = (
        f"plugin = '{plugin}' -w 5 '*' \"a b\"\n"
        "plugin = --name home \"~/plug ins/check_it\" '~/x'\n"
        "plugin = /nosuch/check_x\n"
    )
    code, rows, _ = checked(world, text)
    assert code == 1
    assert {name: row["detail"] for name, row in rows.items() if "nosuch" not in str(row)} == {
        "plugin check_it": "<-w><5><*><a b>",
        "plugin home": f"<{world.home}/x>",
    }
    assert rows["plugin check_x"]["state"] == "unknown"
    assert "/nosuch" in rows["plugin check_x"]["detail"]
    text = f"plugin = '{plugin}' -p secret\nplugin = '{plugin}' -p other\n"
    _, rows, _ = checked(world, f"{text}ignore = plugin check_it: both\n")
    assert states(rows) == {"plugin check_it 1": "skipped", "plugin check_it 2": "skipped"}
    assert "secret" not in world.run("check", "--list").stdout


def test_further_lines_of_a_problem_are_below_it_in_part(world: World) -> None:
    world.dropin("many", f"{OWN}seq 20; exit 1\n")
    world.settings("[checks]\nhost = no\n")
    lines = [line.strip() for line in world.run("check").stdout.splitlines()]
    assert lines[2:] == ["2", "3", "4", "5", "6", "… 14 more lines (--json has all)"]
    (row,) = json.loads(world.run("check", "--json").stdout)["rows"]
    assert len(row["output"]) == 19


def test_a_header_that_does_not_say_yes_or_no_is_noted(world: World) -> None:
    world.dropin("odd", "#!/bin/sh\n# Summary: x\n# Effect: read\n# Check: maybe\nexit 2\n")
    world.dropin("prose", "#!/bin/sh\n# Check: whether the disk is there\nexit 2\n")
    world.dropin("fine", f"{OWN}echo x\n")
    world.settings("[checks]\nhost = no\n")
    done = world.run("check")
    assert done.returncode == 0
    assert "verbs/odd: Check: must be yes or no, not 'maybe'" in done.stderr
    assert "prose" not in done.stderr


def test_a_thing_on_two_lines_is_one_row(world: World, closed: int) -> None:
    text = f"port = 127.0.0.1:{closed}\nport = 127.0.0.1:{closed}\n"
    _, _, document = checked(world, text)
    assert (len(document["rows"]), document["problems"]) == (1, 1)


def test_a_check_that_hangs_is_unknown_and_the_others_are_complete(world: World) -> None:
    """The first ends at TERM; the second ignores it, and its child keeps the pipe open."""
    world.dropin("hang", f"{OWN}exec sleep 1000\n")
    world.dropin("stubborn", f"{OWN}trap '' TERM\nsleep 1000 & wait\nsleep 1000\n")
    world.dropin("well", f"{OWN}echo well\n")
    code, rows, _ = checked(world, "", "--timeout", "1s")
    assert code == 69
    assert states(rows) == {
        "own hang": "unknown", "own stubborn": "unknown", "own well": "ok",
    }  # fmt: skip
    assert rows["own hang"]["detail"] == "no answer within 1 s"


def test_thirty_checks_run_a_few_at_once(world: World) -> None:
    busy, seen = world.folder / "busy", world.folder / "seen"
    busy.mkdir()
    world.dropin(
        "slow",
        f"{OWN}mkdir {busy}/$$; ls {busy} | wc -l >>{seen}; sleep 0.02; rmdir {busy}/$$; echo $1\n",
    )
    text = "".join(f"own = slow {number}\n" for number in range(30))
    code, rows, document = checked(world, text, "--jobs", "3")
    assert (code, len(rows), document["checks"]) == (0, 30, 30)
    counts = [int(line) for line in seen.read_text().split()]
    assert len(counts) == 30
    assert max(counts) <= 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_check(number: signal.Signals, world: World) -> None:
    pids = world.folder / "pids"
    world.dropin("hang", f"{OWN}echo $$ >>{pids}; exec sleep 1000\n")
    world.settings("[checks]\nhost = no\nown = hang 1\nown = hang 2\n")
    running = subprocess.Popen(
        [world.pyz, "check"], env=world.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert until(lambda: pids.exists() and len(pids.read_text().split()) == 2, 20)
    running.send_signal(number)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (-number, b"", b"")
    assert all(not store.ticks(int(pid)) for pid in pids.read_text().split())
    assert world.events() == [f"exit={128 + number} ver=0.6.0 verb=check"]


def test_progress_names_what_is_waited_for(world: World) -> None:
    gate = world.folder / "gate"
    os.mkfifo(gate)
    world.dropin("waiting", f"{OWN}read x <{gate}; echo $x\n")
    world.settings("[checks]\nhost = no\n")
    with Terminal([world.pyz, "check", "--all"], world.env, str(world.folder)) as terminal:
        terminal.expect("checks done, waiting for waiting")
        gate.write_text("well\n")
        terminal.expect("ok     own    waiting  -      well")


def test_a_check_inside_a_check_is_refused(world: World) -> None:
    world.dropin("loop", f'{OWN}"$HOMELAB_BIN" check 2>&1; exit 3\n')
    _, rows, _ = checked(world, "")
    assert "homelab check can't run inside one of its own checks" in rows["own loop"]["detail"]


def test_read_only_runs_only_checks_that_declare_to_read(world: World) -> None:
    world.dropin("reads", f"{OWN}echo read\n")
    world.dropin("silent", "#!/bin/sh\n# Summary: x\n# Check: yes\necho ran\n")
    code, rows, _ = checked(world, "", HOMELAB_READ_ONLY="1")
    assert (code, states(rows)) == (69, {"own silent": "unknown", "own reads": "ok"})
    assert "it does not declare Effect: read" in rows["own silent"]["detail"]
    assert states(checked(world, "")[1]) == {"own silent": "ok", "own reads": "ok"}


@pytest.mark.needs("faketime")
def test_an_ignore_ends_with_its_last_day(world: World, closed: int) -> None:
    lines = f"port = 127.0.0.1:{closed}\nignore = port 127.0.0.1:* until 2027-01-31: replaced\n"
    world.settings(f"[checks]\nhost = no\n{lines}")

    def at(moment: str) -> subprocess.CompletedProcess[str]:
        env = {**world.env, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        command = [*faketime("-m", moment), world.pyz, "check"]
        return subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=60, check=False
        )

    before = at("2027-01-31 23:59:50")
    assert (before.returncode, before.stdout) == (0, "")
    assert before.stderr == f"homelab: ignored: port 127.0.0.1:{closed} (details: --all)\n"
    after = at("2027-02-01 00:00:10")
    assert after.returncode == 1
    _, problem, expired = after.stdout.splitlines()
    assert problem.split()[:2] == ["critical", "port"]
    assert expired.split()[:2] == ["warning", "ignore"]
    assert "expired on 2027-01-31: replaced; remove it or give it a new date" in expired


def test_an_ignore_that_hides_nothing_is_a_note_and_a_fact(world: World, web: int) -> None:
    text = f"port = 127.0.0.1:{web}\nignore = port 127.0.0.1:{web}: flaky\n"
    code, rows, document = checked(world, text)
    assert (code, states(rows)) == (0, {f"port 127.0.0.1:{web}": "ok"})
    (fact,) = document["ignores"]
    assert (fact["hidden"], fact["expired"], fact["until"]) == (0, False, None)
    note = f"an ignore hides nothing: port 127.0.0.1:{web} ({world.home}/.config/homelab/"
    assert note in world.run("check").stderr


def test_the_list_says_what_would_be_checked_and_runs_nothing(world: World) -> None:
    world.dropin("own", f"{OWN}touch {world.folder}/ran\n")
    path = world.settings(
        "[checks]\ncert_warn = 30d\ncert = nas.lan\nignore = cert nas.lan: moved\n"
        "plugin = /p/check_x -p secret\n"
    )
    done = world.run("check", "--list", "--json")
    assert done.returncode == 0
    rows = [tuple(row.values()) for row in json.loads(done.stdout)["rows"]]
    assert rows == [
        ("host", "host status", "always, unless host = no"),
        ("cert", "cert check --warn=30d nas.lan", f"{path}:3"),
        ("plugin", "check_x", f"{path}:5"),
        ("own", "own", f"{world.verbs}/own"),
        ("ignore", "cert nas.lan (ignored: moved)", f"{path}:4"),
    ]
    assert not (world.folder / "ran").exists()


def test_certificate_files_by_pattern(world: World) -> None:
    made.authority(world.folder, days=900)
    (world.home / "live").mkdir()
    (world.folder / "ca.crt").rename(world.home / "live/a.pem")
    code, rows, _ = checked(world, "cert = ~/live/*.pem\ncert = ~/none/*.pem\n")
    assert code == 69
    assert states(rows) == {
        f"cert {world.home}/live/a.pem": "ok", "cert ~/none/*.pem": "unknown",
    }  # fmt: skip
    assert rows["cert ~/none/*.pem"]["detail"] == f"no file matches {world.home}/none/*.pem"


def test_a_job_that_checks_does_not_fail_because_of_itself(world: World, web: int) -> None:
    """Two failures in a row make a job a problem, also while it runs; so this job would never
    recover."""
    lines = "host = no\njob = yes\nown = flag\n"
    world.settings(f"[checks]\n{lines}")
    flag = world.folder / "flag"
    world.dropin("flag", f"#!/bin/sh\n[ ! -e {flag} ]\n")
    flag.touch()
    for _ in range(3):
        assert world.run("job", "run", "x", "--", world.pyz, "check").returncode == 1
    flag.unlink()
    done = world.run("job", "run", "x", "--", world.pyz, "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_vitals_name_what_host_status_counts_and_an_ignore_can_name_it(world: World) -> None:
    world.run("job", "run", "dump", "--", "false")
    world.run("job", "run", "well", "--", "true")
    code, rows, _ = checked(world, "host = --disk 100 --inodes 100\n")
    assert states(rows)["job dump"] == "warning"
    assert not {"host jobs", "job well"} & set(rows)
    for name in ("job dump", "job d*", "host jobs"):
        _, rows, _ = checked(world, f"host = --disk 100\nignore = {name}: known\n")
        assert states(rows)["job dump"] == "skipped"
    assert "disk /" in rows
    assert code in (1, 69)


def test_a_description_beside_a_linked_plugin_makes_it_a_check(world: World) -> None:
    world.verbs.mkdir(parents=True)
    world.verbs.joinpath("well").symlink_to("/bin/true")
    world.verbs.joinpath("well.verb").write_text("Summary: well\nEffect: read\nCheck: yes\n")
    code, rows, _ = checked(world, "")
    assert (code, states(rows)) == (0, {"own well": "ok"})


def test_verbs_check_names_a_check_that_does_not_declare_to_read(world: World) -> None:
    path = world.dropin("own", "#!/bin/sh\n# Summary: x\n# Effect: write\n# Check: yes\n")
    done = world.run("verbs", "check", "own")
    assert done.returncode == 1
    assert "it is a check (Check: yes) and does not declare that it only reads" in done.stdout
    path.write_text(OWN)
    assert world.run("verbs", "check", "own").returncode == 0


def test_one_cron_line_tells_what_is_new_and_what_is_over(world: World, tmp_path: Path) -> None:
    """The exit code stays 1 while a second problem comes and the first one goes."""
    world.dropin("a", f"{OWN}[ ! -e {tmp_path}/a ] || {{ echo $$; exit 2; }}\n")
    world.dropin("b", f"{OWN}[ ! -e {tmp_path}/b ] || {{ echo $$; exit 1; }}\n")
    world.settings("[checks]\nhost = no\n")
    notices = tmp_path / "notices"
    words = ("job", "run", "check", "--on-change", "--notify", f"cat >>{notices}", "--")

    def told(*present: str) -> tuple[int, str, str]:
        for name in ("a", "b"):
            (tmp_path / name).unlink(missing_ok=True)
        for name in present:
            (tmp_path / name).touch()
        notices.unlink(missing_ok=True)
        done = subprocess.run(  # as cron does it
            [world.pyz, *words, world.pyz, "check"],
            env={"HOME": str(world.home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"},
            cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        text = notices.read_text() if notices.exists() else ""
        return done.returncode, done.stderr.partition("\n")[0], text

    assert told() == (0, "", "")
    code, said, notice = told("a")
    assert code == 1
    assert "new: own a critical; output:" in said
    assert "new: own a critical" in notice
    assert told("a") == (1, "", "")
    code, said, notice = told("a", "b")
    assert code == 1
    assert "new: own b warning" in notice
    assert "over" not in notice
    code, said, notice = told("b")
    assert (code, "over: own a critical" in notice) == (1, True)
    check_b = world.home / ".local/share/homelab/verbs/b"
    check_b.write_text(check_b.read_text().replace("exit 1", "exit 2"))
    code, said, notice = told("b")
    assert (code, "now: own b critical (was warning)" in notice) == (1, True)
    code, said, notice = told()
    assert (code, "is ok again" in notice) == (0, True)
    assert told() == (0, "", "")
    world.run("job", "forget", "check")
    assert list((world.state / "jobs").iterdir()) == []
