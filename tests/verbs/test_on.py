"""`on`: a verb on many hosts, each a real sshd on loopback, with one table and one exit code."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.loki.server import FakeLoki
from support.homelab_hosts import TOOLS, host, only
from support.reading import until
from support.sshd import Lab, lab
from support.world import World

pytestmark = pytest.mark.needs("sshd", "ssh", "root", "namespaces")

CLOSED = "127.0.0.1:1"  # nothing listens there
DEAD = "ssh: connect to host 127.0.0.1 port 1: Connection refused; is it up, and does it run sshd?"
VERSION = "0.6.0"


@pytest.fixture
def hosts(world: World) -> Iterator[Lab]:
    """A lab whose ssh the world finds."""
    with lab(world.folder / "lab") as made:
        world.env["PATH"] = f"{made.bin}:{world.env['PATH']}"
        yield made


def _on(world: World, *words: str, **env: str) -> tuple[int, dict[str, Any], list[str]]:
    """The exit code, the document, and the lines of stderr."""
    done = world.run("on", *words, **env)
    document = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, document, done.stderr.splitlines()


def _stub(text: str) -> str:
    """A script that prints `text` for any verb."""
    return f"#!/bin/sh\ncat <<'X'\n{text}\nX\n"


def test_eight_hosts_in_one_table(world: World, hosts: Lab) -> None:
    """Four answer; one refuses, one hangs, one has no Python, and one has a noisy login."""
    for name in ("pve1", "pve2", "nas", "pi"):
        host(world, hosts, name)
    hosts.add("dead", port=1)
    host(world, hosts, "bare", path=only(world.folder / "few", *TOOLS))
    noise = 'echo \'{"schema": "homelab.port-check/1", "rows": []}\'; echo homelab:done=missing'
    host(world, hosts, "noisy", login_shell="/bin/bash", login=f"{noise}; printf 'no end of line'")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts, and never answers
        hosts.add("silent", port=silent.getsockname()[1])
        names = ["pve1", "dead", "silent", "bare", "noisy", "pve2", "nas", "pi"]
        words = ["--", "port", "check", CLOSED]
        plain = world.run("on", *(name for name in names if name != "silent"), *words)
        code, found, _ = _on(world, *names, "--timeout", "6s", *words, "--json")
    assert code == plain.returncode == 1
    header, *lines = plain.stdout.splitlines()
    assert header.split() == ["HOST", "STATE", "TARGET", "RESULT", "TIME", "ADDRESS", "DETAIL"]
    answered = ["pve1", "noisy", "pve2", "nas", "pi"]
    assert [line.split()[:4] for line in lines[:5]] == [
        [name, "critical", CLOSED, "refused"] for name in answered
    ]
    reasons = {
        "dead": DEAD,
        "bare": "no Python 3.9 or newer there; install python3",
    }
    assert [line.split(None, 6) for line in lines[5:]] == [
        [name, "unknown", "-", "-", "-", "-", why] for name, why in reasons.items()
    ]
    assert found["schema"] == "homelab.on/1"
    assert "within 6 s" in found["failures"]["silent"] or "timed out" in found["failures"]["silent"]
    reasons = {"dead": DEAD, "silent": found["failures"]["silent"], "bare": reasons["bare"]}
    assert (found["verb"], found["failures"]) == ("port check", reasons)
    assert [one["host"] for one in found["hosts"]] == names
    assert [(row["host"], row["state"]) for row in found["rows"]] == [
        *((name, "critical") for name in answered), *((name, "unknown") for name in reasons),
    ]  # fmt: skip
    # both runs were counted twice here, and nowhere else
    assert world.events() == ["exit=1 ver=0.6.0 verb=on", "exit=1 ver=0.6.0 verb=port check"] * 2
    assert not [name for name in answered if (world.folder / name / ".local/state").exists()]


def test_what_is_fine_is_one_sentence_with_the_hosts(world: World, hosts: Lab) -> None:
    host(world, hosts, "pve1")
    host(world, hosts, "nas")
    with socket.create_server(("127.0.0.1", 0)) as open_port:
        target = f"127.0.0.1:{open_port.getsockname()[1]}"
        fine = world.run("on", "pve1", "nas", "pve1", "--", "port", "check", target)
        shown = world.run("on", "nas", "--all", "--no-header", "--", "port", "check", target)
        same = world.run("on", "nas", "--", "port", "check", target, "--all", "--no-header")
        mixed = world.run("on", "pve1", "--", "port", "check", target, CLOSED)
    assert (fine.returncode, fine.stdout) == (0, "")
    assert fine.stderr == "homelab: fine: pve1, nas (2 checks) (details: --all)\n"
    assert shown.stdout.split()[:3] == same.stdout.split()[:3] == ["nas", "ok", target]
    assert mixed.stderr == "homelab: fine: 1 check of pve1 (details: --all)\n"


def test_the_merged_table_is_the_local_one_with_host_first(world: World, hosts: Lab) -> None:
    host(world, hosts, "nas")
    here = json.loads(world.run("config", "--json").stdout)
    code, there, _ = _on(world, "nas", "-o", "json", "--", "config")
    assert code == 0
    names = [row["setting"] for row in here["rows"]]
    assert [row["setting"] for row in there["rows"]] == names
    assert list(there["rows"][0]) == ["host", *here["rows"][0], "problem"]
    plain = world.run("on", "nas", "--", "config").stdout.splitlines()
    assert plain[0].split() == ["HOST", "SETTING", "VALUE", "ORIGIN"]
    csv = world.run("on", "nas", "--", "config", "--output", "csv").stdout.splitlines()
    assert csv[0] == "host,setting,value,origin,problem"


def test_text_gives_lines(world: World, hosts: Lab) -> None:
    host(world, hosts, "nas")
    hosts.add("dead", port=1)
    done = world.run("on", "nas", "--", "version")
    assert done.stdout.splitlines()[0].split() == ["HOST", "LINE"]
    assert done.stdout.splitlines()[1].startswith(f"nas   homelab {VERSION} (build ")
    code, found, _ = _on(world, "nas", "dead", "--json", "--", "version")
    assert code == 69
    assert [(row["host"], row["problem"]) for row in found["rows"]] == [
        ("dead", DEAD), ("nas", None),
    ]  # fmt: skip
    assert world.events() == ["exit=0 ver=0.6.0 verb=on", "exit=69 ver=0.6.0 verb=on"]


ODD = [
    "a 'b' \"c\" $(touch /x) `id` \\ \\n %s !! * ~ # ; & | <>",
    "two\nlines\n\n",
    "",
    "-n",
    "ünïcode ā Á 日本 \u0081 \u0088 \U0001f600",
    "\\0101 \\t\ttab",
]


@pytest.mark.needs("zsh", "fish", "tcsh", "busybox")
@pytest.mark.parametrize(
    "shell", ["/bin/bash", "/bin/dash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/tcsh"]
)
def test_every_argument_arrives_byte_for_byte(shell: str, world: World, hosts: Lab) -> None:
    script = '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done | od -An -v -tx1\n'
    host(world, hosts, "nas", login_shell=shell, login="echo welcome", stub=script)
    odd = [*ODD, os.fsdecode(bytes(range(1, 256)))]
    code, found, _ = _on(world, "nas", "--yes", "--json", "--", "mine", *odd)
    assert code == 0, found
    there = bytes.fromhex("".join(row["line"] for row in found["rows"]))
    assert there == b"".join(os.fsencode(word) + b"\0" for word in ["mine", *odd])


@pytest.mark.needs("busybox")
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_the_script_runs_in_every_sh(shell: str, world: World, hosts: Lab) -> None:
    script = '#!/bin/sh\nprintf "%s\\0" "$@" | od -An -v -tx1\n'
    path = only(world.folder / "sh", "cat", "id", "ls", "readlink", "od")
    target = subprocess.run(["which", shell], capture_output=True, text=True, check=True).stdout
    (Path(path) / "sh").symlink_to(target.strip())
    host(world, hosts, "nas", stub=script, path=path)
    odd = os.fsdecode(bytes(range(1, 256)))
    code, found, _ = _on(world, "nas", "--yes", "--json", "--", "mine", odd)
    assert code == 0, found
    assert bytes.fromhex("".join(row["line"] for row in found["rows"])) == (
        b"mine\0" + bytes(range(1, 256)) + b"\0"
    )


ROW = '{"state": "ok", "target": "nas:22", "result": "open", "time": 0.5, "address": "::1"'
BAD = {
    "empty": ("", "it printed nothing"),
    "html": ("<html>", "its answer is not JSON: '<html>'"),
    "torn": ('{"schema": "homelab.port-check/1", "rows": [', "its answer is cut off, or not JSON"),
    "other": ('{"schema": "homelab.disk-usage/1", "rows": []}', "its answer is not a document"),
    "list": ("[1, 2]", "its answer is not a document homelab.port-check/1: '[1, 2]'"),
    "rowless": ('{"schema": "homelab.port-check/1"}', "has no rows"),
    "nested": (
        f'{{"schema": "homelab.port-check/1", "rows": [], "x": {"[" * 900}{"]" * 900}}}',
        "its answer has more than 50 lists or objects inside each other",
    ),
    "nestedrow": (
        f'{{"schema": "homelab.port-check/1", "rows": [{{"x": {"[" * 900}{"]" * 900}}}]}}',
        "its answer has more than 50 lists or objects inside each other",
    ),
    "endless": (
        '{"schema": "homelab.port-check/1", "rows": [{"state": "critical", "time": 1e308}]}',
        "its answer is cut off, or not JSON",
    ),
    "twice": (
        '{"schema": "homelab.port-check/1", "rows": [{"state": "critical", "state": "ok"}]}',
        "its answer has the key 'state' twice in one object",
    ),
    "number": (
        '{"schema": "homelab.port-check/1", "rows": [{"state": "ok", "time": "x"}]}',
        "its column time has another kind of value than here",
    ),
    "deep": ("[" * 100_000, "its answer is not JSON"),
    "nan": ('{"schema": "homelab.port-check/1", "rows": [], "x": NaN}', "or not JSON"),
}


def test_an_answer_of_another_shape_is_a_row_with_the_reason(world: World, hosts: Lab) -> None:
    for name, (text, _) in BAD.items():
        host(world, hosts, name, stub=_stub(text) if text else "#!/bin/sh\n")
    gone = "echo x >&2; echo homelab: disk gone >&2"
    host(world, hosts, "huge", stub="#!/bin/sh\nyes '{' | head -c 100000000\n")
    host(world, hosts, "failing", stub=f"#!/bin/sh\n{gone}; exit 9\n")
    host(world, hosts, "killed", stub="#!/bin/sh\nkill -9 $$\n")
    host(world, hosts, "absent", missing=True)
    wide = host(world, hosts, "foreign") / ".local/bin/homelab"
    wide.chmod(0o777)
    names = [*BAD, "huge", "failing", "killed", "absent", "foreign"]
    code, found, _ = _on(world, *names, "--json", "--", "port", "check", CLOSED)
    assert code == 69
    assert [row["state"] for row in found["rows"]] == ["unknown"] * len(names)
    failures = found["failures"]
    for name, (_, why) in BAD.items():
        assert why in failures[name], name
    assert failures["huge"] == "it printed more than 8 MiB; ask for less"
    assert failures["failing"] == "disk gone"
    assert failures["killed"] == "it was ended by signal 9 there"
    assert failures["absent"] == "no homelab there; homelab self push installs it"
    assert failures["foreign"].startswith(f"{wide} is not run: another account may change {wide};")


def test_a_verb_that_leaves_a_process_behind_has_answered(world: World, hosts: Lab) -> None:
    document = f'{{"schema": "homelab.port-check/1", "rows": [{ROW}}}]}}'
    left = world.folder / "left"
    stub = f"{_stub(document)}echo homelab: slow >&2\ntail -f /dev/null & echo $! > {left}\n"
    host(world, hosts, "nas", stub=stub)
    code, found, said = _on(world, "nas", "--json", "--", "port", "check", CLOSED)
    os.kill(int(left.read_text()), signal.SIGTERM)
    assert (code, found["failures"], said) == (0, {}, ["homelab: nas: slow"])


def test_an_exit_code_without_a_row_for_it_is_never_fine(world: World, hosts: Lab) -> None:
    document = f'{{"schema": "homelab.port-check/1", "rows": [{ROW}}}]}}'
    for name, end in {"one": "exit 1", "more": "echo homelab: gone >&2; exit 69"}.items():
        host(world, hosts, name, stub=f"{_stub(document)}{end}\n")
    host(world, hosts, "none", stub=f"{_stub(document.replace(ROW + '}', ''))}exit 1\n")
    code, found, said = _on(world, "one", "more", "none", "--json", "--", "port", "check", CLOSED)
    assert (code, said) == (1, [])
    assert found["failures"] == {
        "one": "its exit code is 1, and no row there says why",
        "more": "gone",
        "none": "its exit code is 1, and no row there says why",
    }
    assert [row["state"] for row in found["rows"]] == ["unknown"] * 3 + ["ok"] * 2
    assert _on(world, "more", "--json", "--", "port", "check", CLOSED)[0] == 69


def test_hosts_where_all_is_skipped_are_not_called_fine(world: World, hosts: Lab) -> None:
    skipped = ROW.replace('"ok"', '"skipped"')
    start = '{"schema": "homelab.port-check/1", "rows": ['
    host(world, hosts, "pi", stub=_stub(f"{start}{skipped}}}]}}"))
    host(world, hosts, "nas", stub=_stub(f"{start}{ROW}}}, {skipped}}}]}}"))
    done = world.run("on", "pi", "nas", "--", "port", "check", CLOSED)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "homelab: fine: nas (1 check, 1 skipped); skipped: 1 check of pi (details: --all)\n"
    )


def test_host_is_the_first_column_whatever_the_verb_calls_its_own(world: World, hosts: Lab) -> None:
    rows = '[{"host": "pi", "result": "current"}]'
    host(world, hosts, "nas", stub=_stub(f'{{"schema": "homelab.self-hosts/1", "rows": {rows}}}'))
    done = world.run("on", "nas", "--", "self", "hosts", "pi")
    assert [line.split() for line in done.stdout.splitlines()][:2] == [
        ["HOST", "HOST", "THERE", "RESULT", "VERSION", "BUILD", "PYTHON"],
        ["nas", "pi", "current", "-", "-", "-"],
    ]
    _, found, _ = _on(world, "nas", "--json", "--", "self", "hosts", "pi")
    assert (found["rows"][0]["host"], found["rows"][0]["host_there"]) == ("nas", "pi")


def test_a_login_that_runs_no_command_is_quoted(world: World, hosts: Lab) -> None:
    hosts.add("backups", "ForceCommand echo This account is for backups.")
    host(world, hosts, "gone", login_shell="/bin/false")
    code, found, _ = _on(world, "backups", "gone", "--json", "--", "version")
    assert (code, found["failures"]) == (
        69,
        {
            "backups": "its login printed 'This account is for backups' and ran no command; use an"
            " account that may run commands there",
            "gone": "exit code 1; does this account have a POSIX sh?",
        },
    )


def test_what_a_host_counts_is_not_changed_by_being_asked(world: World, hosts: Lab) -> None:
    """The run is counted here; `usage status` there speaks of the runs of that account."""
    home = host(world, hosts, "nas")
    facts = _on(world, "nas", "--json", "--", "usage", "status")[1]["rows"]
    values = {row["fact"]: row["value"] for row in facts}
    assert (values["counting"], values["decided by"]) == ("on", "default")
    for verb in ("top", "export"):
        assert "counting is off" not in world.run("on", "nas", "--", "usage", verb).stderr
    settings = {
        row["setting"]: row for row in _on(world, "nas", "--json", "--", "config")[1]["rows"]
    }
    assert settings["telemetry.enabled"]["origin"] == "default"
    assert not (home / ".local/state/homelab/usage.log").exists()
    file = home / ".config/homelab/config.ini"
    file.parent.mkdir(parents=True)
    file.write_text("[telemetry]\nenabled = no\n")
    said = world.run("on", "nas", "--", "usage", "top").stderr
    assert f"counting is off ({file}:2)" in said


def test_another_version_there(world: World, hosts: Lab) -> None:
    """Unknown columns are named and kept; missing ones are empty; an unknown state is unknown."""
    rows = f'[{ROW}, "mood": "good", "more": [1, {{"a": true}}]}}]'
    newer = f'{{"schema": "homelab.port-check/2", "rows": {rows}}}'
    host(world, hosts, "new1", stub=_stub(newer))
    host(world, hosts, "new2", stub=_stub(newer.replace('"ok"', '"melted"')))
    host(
        world,
        hosts,
        "old",
        stub=_stub('{"schema": "homelab.port-check/1", "rows": [{"state": "ok"}]}'),
    )
    usage = (
        "#!/bin/sh\n[ $1 = version ] && echo 'homelab 0.5.0 (build x)' && exit\n"
        "echo \"homelab: no verb 'port check'; see homelab help\" >&2; exit 2\n"
    )
    host(world, hosts, "older", stub=usage)
    words = ["new1", "new2", "old", "older", "--", "port", "check", CLOSED]
    code, found, said = _on(world, *words, "--json")
    assert code == 69
    by_host = {row["host"]: row for row in found["rows"]}
    assert by_host["new1"]["mood"] == "good"
    assert by_host["new1"]["more"] == [1, {"a": True}]
    assert by_host["new2"]["state"] == "unknown"
    assert by_host["old"] == {
        "host": "old", "state": "ok", "target": None, "result": None, "time": None,
        "address": None, "detail": None, "mood": None, "more": None,
    }  # fmt: skip
    assert found["failures"] == {"older": "no such verb in 0.5.0 there; homelab self push older"}
    assert said == ["homelab: new1, new2: mood, more are not known in 0.6.0 here; --json has them"]
    plain = world.run("on", *words)
    assert "MOOD" not in plain.stdout


def test_own_verbs_of_the_hosts(world: World, hosts: Lab) -> None:
    home = host(world, hosts, "nas")
    own = home / ".local/share/homelab/verbs/lamp"
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\necho "lamp $1"; [ -z "$2" ] || { echo "no $2" >&2; exit 3; }\n')
    own.chmod(0o755)
    refused = world.run("on", "nas", "--", "lamp", "on")
    assert refused.returncode == 2
    assert refused.stderr == (
        "homelab: no verb 'lamp' here; if the hosts have it as a verb of their own, add --yes"
        " before the --\n"
    )
    done = world.run("on", "nas", "--yes", "--no-header", "--", "lamp", "on")
    assert (done.returncode, done.stdout) == (0, "nas  lamp on\n")
    code, found, _ = _on(world, "nas", "--yes", "--json", "--", "lamp", "off", "bulb")
    assert code == 1
    assert found["rows"] == [
        {"host": "nas", "line": None, "problem": "exit code 3: no bulb"},
        {"host": "nas", "line": "lamp off", "problem": None},
    ]
    world.dropin("lamp", "#!/bin/sh\n# Effect: read\n")  # here it declares that it only reads
    assert world.run("on", "nas", "--no-header", "--", "lamp", "on").stdout == "nas  lamp on\n"
    assert world.events() == [
        "exit=2 ver=0.6.0 verb=on",
        "exit=0 ver=0.6.0 verb=on",
        "exit=0 ver=0.6.0 verb=(personal)",
        "exit=1 ver=0.6.0 verb=on",
        "exit=1 ver=0.6.0 verb=(personal)",
        "exit=0 ver=0.6.0 verb=on",
        "exit=0 ver=0.6.0 verb=(own) lamp",
    ]


def test_only_reading_verbs_run_without_yes_and_none_else_if_read_only(
    world: World, hosts: Lab
) -> None:
    host(world, hosts, "nas", stub='#!/bin/sh\necho "$HOMELAB_READ_ONLY $HOMELAB_TELEMETRY"\n')
    done = world.run("on", "nas", "--", "job", "forget", "x")
    assert done.returncode == 2
    assert done.stderr == (
        "homelab: 'job forget' may change something on nas: its effect is 'destructive'; add --yes"
        " before the -- to run it there\n"
    )
    done = world.run("on", "nas", "--yes", "--", "job", "forget", "x", HOMELAB_READ_ONLY="1")
    assert done.returncode == 77
    assert "HOMELAB_READ_ONLY is set and its effect is 'destructive'" in done.stderr
    done = world.run("on", "nas", "--no-header", "--", "version", HOMELAB_READ_ONLY="1")
    assert done.stdout == "nas  1 0\n"


def test_an_interrupted_run_ends_the_verbs_there(world: World, hosts: Lab) -> None:
    started = world.folder / "started"
    stub = f"#!/bin/sh\necho $$ > {started}.new\nmv {started}.new {started}\n"
    host(world, hosts, "nas", stub=f"{stub}exec tail -f /dev/null\n")
    running = subprocess.Popen(
        [world.pyz, "on", "nas", "--", "port", "check", CLOSED], env=world.env,
        cwd=world.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until(started.exists)
    there = Path(f"/proc/{started.read_text().strip()}")
    assert there.exists()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode in (130, -signal.SIGINT)
    until(lambda: not there.exists())
    assert world.events() == ["exit=130 ver=0.6.0 verb=on", "exit=130 ver=0.6.0 verb=port check"]


def test_a_tab_completes_hosts_groups_and_the_verb_behind_the_dashes(world: World) -> None:
    world.settings("[groups]\nlab = nas pve1\n")
    (world.home / ".ssh").mkdir()
    (world.home / ".ssh/config").write_text("Host nas pve1\n")

    def tab(*words: str) -> list[str]:
        return world.run("completion", "bash", "--", "on", *words).stdout.split()

    assert tab("")[:3] == ["nas", "pve1", "@lab"]
    assert tab("nas", "@") == ["@lab"]
    assert tab("nas", "pve1", "--ti") == ["--timeout"]
    assert "--" in tab("nas", "-")
    assert tab("nas", "--", "hos") == ["host"]
    assert tab("nas", "--", "port", "check", "--js")[:1] == ["--json"]


WRONG = {
    "": "HOST is missing",
    "nas": "write -- and a verb after the hosts: homelab on nas -- host status",
    "nas pve1 host status": "write -- before the verb: homelab on nas pve1 -- host status",
    "nas disk": "write -- before the verb: homelab on nas -- disk",
    "-- host status": "HOST is missing",
    "-oProxyCommand=x -- host status": "-o/--output: 'ProxyCommand=x' is not one of json",
    "a;b -- host status": "'a;b' is not a host: it has a character that no host name has",
    "ssh://a:b@nas -- host status": "a word is not a host: not a name that ssh takes",
    "@lba -- host status": "no group 'lba'; did you mean @lab?",
    "nas -- hsot status": "no verb 'hsot' here; did you mean",
    "nas -- host staus": "no verb 'host staus'; did you mean 'host status'?",
    "nas -- port check": "TARGET is missing",
    "nas -- port check x:1 --wran": "no such option: --wran",
    "nas --json -- port check x:1 --csv": "--json and --csv exclude each other",
    "nas --all -- config": "no such option: --all",
    "nas -- logs tail": "'logs tail' does not run on other hosts: it never ends",
    "nas -- logs query --follow x": "'logs query' does not run on other hosts: it never ends",
    "nas -- mcp": "'mcp' does not run on other hosts",
    "nas -- on pi -- version": "'on' does not run on other hosts",
    "nas --yes -- usage on": "'usage on' does not run on other hosts",
    "nas -- --help": "'help' does not run on other hosts",
    "nas -- --foo": "unknown option --foo; options of a verb come after it\n",
    "nas,pi -- version": "'nas,pi' is not a host: it has a comma; put each host",
    "/etc/hosts -- version": "'/etc/hosts' is not a host: not a name that ssh takes",
}


@pytest.fixture
def no_ssh(world: World) -> Iterator[None]:
    """An ssh that no run may start."""
    fake = world.folder / "bin/ssh"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\ntouch {world.folder}/contacted\n")
    fake.chmod(0o755)
    world.env["PATH"] = f"{fake.parent}:{world.env['PATH']}"
    yield
    assert not (world.folder / "contacted").exists()


@pytest.mark.parametrize("words", WRONG)
@pytest.mark.usefixtures("no_ssh")
def test_wrong_usage_is_found_here_and_contacts_no_host(words: str, world: World) -> None:
    world.settings("[groups]\nlab = nas pve1\n")
    done = world.run("on", *words.split())
    assert done.returncode == 2
    assert done.stderr.startswith(f"homelab: {WRONG[words]}"), done.stderr
    assert world.events()[0] == "exit=2 ver=0.6.0 verb=on"


@pytest.mark.parametrize("name", ["-oProxyCommand=x", "ssh://a:b@nas", "a;b", "--"])
@pytest.mark.usefixtures("no_ssh")
def test_a_list_has_no_options_of_ssh(name: str, world: World) -> None:
    (world.folder / "list").write_text(f"nas\n{name}\n")
    done = world.run("on", "--from", "list", "--", "host", "status")
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2: its first word is not a host: " in done.stderr


@pytest.mark.usefixtures("no_ssh")
def test_help_behind_the_dashes_is_the_verbs_own(world: World) -> None:
    shown = world.run("on", "nas", "--", "port", "check", "x:1", "--help")
    assert shown.stdout == world.run("help", "port", "check").stdout
    assert (shown.returncode, shown.stderr) == (0, "")
    assert world.events() == ["exit=0 ver=0.6.0 verb=on"]


def test_without_an_ssh_client_nothing_is_known(world: World) -> None:
    folder = world.folder / "bin"
    folder.mkdir()
    (folder / "python3").symlink_to(sys.executable)
    done = world.run("on", "nas", "--", "version", PATH=str(folder))
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr.endswith("install an OpenSSH client\n")


def test_two_events_of_one_run_reach_loki_once_each(world: World, loki: FakeLoki) -> None:
    world.env["HOMELAB_LOKI_URL"] = loki.url
    world.run("on", "localhost", "--timeout", "5s", "--", "port", "check", CLOSED, PATH="/usr/bin")
    everything = '{job="homelab-usage"}'
    until(lambda: len(loki.entries(everything)) == 2)
    assert sorted(labels["verb"] for labels, _, _ in loki.entries(everything)) == [
        "on", "port check",
    ]  # fmt: skip


def test_a_job_reports_a_second_host_with_a_problem(world: World) -> None:
    """The exit code is the same, so that it does not show the change."""
    job = ("job", "run", "hosts", "--on-change", "--notify", f"cat >>{world.folder}/notices", "--")
    for hosts in (("nas.invalid",), ("nas.invalid", "pi.invalid"), ("nas.invalid", "pi.invalid")):
        assert world.run(*job, world.pyz, "on", *hosts, "--", "disk", "usage").returncode == 69
    notices = (world.folder / "notices").read_text()
    assert notices.count("new: ") == 1
    assert "new: pi.invalid unknown" in notices
