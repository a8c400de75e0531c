"""`unit failed` and `timer list` on real systemd of several versions, with units that fail in all
ways, as root and as an account, with cron's environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.booted import Booted
from support.reading import until
from support.roots import ROOTS, SUITES

pytestmark = [
    pytest.mark.long("it boots four Debian releases and waits for their units to fail"),
    pytest.mark.needs("root", "namespaces", "chroot", "nsenter", "setpriv"),
]
SERVICES = {
    "exits": "ExecStart=/bin/sh -c 'echo one; echo two; echo three; echo no mount >&2; exit 3'",
    "killed": "ExecStart=/bin/sh -c 'kill -SEGV $$$$'",
    "slow": "Type=oneshot\nTimeoutStartSec=1\nExecStart=/bin/sleep 100",
    "loops": "Restart=always\nRestartSec=2\nExecStart=/bin/sh -c 'echo no config; exit 1'",
    "again": "Restart=always\nRestartSec=30\nExecStart=/bin/true",
    "limit": "Restart=always\nRestartSec=100ms\nExecStart=/bin/false",
    "noexec": "ExecStart=/usr/bin/nosuch",
    "watch": "Type=notify\nNotifyAccess=all\nWatchdogSec=1\n"
    "ExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep 100'",
    "before": "ExecStartPre=/bin/false\nExecStart=/bin/true",
    "odd\\x2dname@": "ExecStart=/bin/sh -c 'printf \"\\\\033[31mred\\\\n\\\\377\\\\n\"; exit 9'",
    "works": "Type=oneshot\nExecStart=/bin/true",
    "remains": "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true",
    "once": "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true",
    "nothing": "Type=oneshot\nExecStart=/bin/true",
    "many@": "ExecStart=/bin/false",
    "bad": "Type=simple",
}
_BY_OTHERS = {"works", "remains", "once", "nothing", "many@", "bad", "odd\\x2dname@"}
STARTED = [*sorted(set(SERVICES) - _BY_OTHERS), "odd\\x2dname@a-b"]
TIMERS = {
    "daily": "OnCalendar=daily\nPersistent=yes\nUnit=works.service",
    "soon": "OnBootSec=1\nOnUnitActiveSec=1h\nUnit=exits.service",
    "done": "OnBootSec=1\nUnit=works.service",
    "remains": "AccuracySec=1ms\nOnCalendar=*:*:*\nUnit=remains.service",
    "once": "OnBootSec=1\nUnit=once.service",
    "baseless": "OnUnitActiveSec=5min\nUnit=nothing.service",
    "never": "OnBootSec=90d\nUnit=works.service",
    "stopped": "OnCalendar=hourly\nUnit=works.service",
    "off": "OnCalendar=hourly\nUnit=works.service",
    "elapsed": "OnCalendar=2020-01-01\nUnit=works.service",
    "nounit": "OnCalendar=hourly\nUnit=nosuch.service",
    "unmet": "OnCalendar=hourly\nUnit=works.service\n[Unit]\nConditionPathExists=/nosuch",
}
FILES = {
    **{f"system/{name}.service": f"[Service]\n{text}\n" for name, text in SERVICES.items()},
    **{f"system/{name}.timer": f"[Timer]\n{text}\n" for name, text in TIMERS.items()},
    "system/loops.service": f"[Unit]\nStartLimitIntervalSec=0\n[Service]\n{SERVICES['loops']}\n",
    "system/again.service": f"[Unit]\nStartLimitIntervalSec=0\n[Service]\n{SERVICES['again']}\n",
    "system/limit.service": f"[Unit]\nStartLimitBurst=2\n[Service]\n{SERVICES['limit']}\n",
    # journald can't find the unit of a line if the program has already ended
    "user/mine.service": "[Service]\nExecStart=/bin/sh -c 'echo mine; sleep 1; exit 5'\n",
    "user/mine.timer": "[Timer]\nOnStartupSec=1\nAccuracySec=1ms\nOnCalendar=daily\n",
}
LINKS = {
    **{
        f"system/timers.target.wants/{name}.timer": f"/etc/systemd/system/{name}.timer"
        for name in TIMERS
        if name != "off"
    },
    "user/timers.target.wants/mine.timer": "/etc/systemd/user/mine.timer",
    "system/multi-user.target.wants/bad.service": "/etc/systemd/system/bad.service",
    # units of Debian that can't work in a container or that start and stop by themselves
    **{f"system/{name}.service": "/dev/null" for name in ("systemd-modules-load", "getty@tty1")},
}
TROUBLED = {
    "again.service": None,
    "before.service": "a command of it failed, not the main one",
    "exits.service": "exit status 3",
    "killed.service": "killed by SIGSEGV",
    "noexec.service": "exit status 203: can't execute the program",
    "odd\\x2dname@a-b.service": "exit status 9",
    "slow.service": "timed out",
    "watch.service": "it hung: the watchdog got no signal in time",
}


@pytest.fixture(scope="module", params=SUITES)
def host(request: pytest.FixtureRequest, pyz: str) -> Iterator[Booted]:
    """A running Debian; its units have failed, are restarting, or are done."""
    root = ROOTS / request.param
    in_ci = os.environ.get("CI") == "true"
    if not (root / "usr/bin/systemctl").exists():
        missing = f"no {request.param} with systemd in .build/roots"
        why = f"{missing}; python3 tests/support/roots.py makes it"
        (pytest.fail if in_ci else pytest.skip)(why)
    system = Booted(root, pyz, FILES, LINKS)
    try:
        if not system.booted():
            why = f"systemd does not start in namespaces here: {system.said()[-500:]}"
            (pytest.fail if in_ci else pytest.skip)(why)
        system.run("systemctl", "stop", "stopped.timer")
        system.run("systemctl", "start", "--no-block", *STARTED)
        assert until(lambda: _failed(system) and _failed(system, alice=True), 30)
        yield system
    finally:
        system.end()


def _failed(system: Booted, alice: bool = False) -> bool:
    """Whether the units that fail have failed by now."""
    scope, least = ("--user", 1) if alice else ("--system", 8)
    command = ["systemctl", scope, "list-units", "--state=failed", "--plain", "--no-legend"]
    done = system.run(*command, alice=alice, XDG_RUNTIME_DIR="/run/user/1000")
    return len(done.stdout.splitlines()) >= least


def _asking(host: Booted) -> list[str]:
    """The running systemctl processes in the container; process 1 may be stopped, so ended ones may
    remain."""
    script = "cat /proc/[0-9]*/stat 2>/dev/null"
    stats = host.run("sh", "-c", script).stdout.splitlines()
    return [stat for stat in stats if "(systemctl) " in stat and "(systemctl) Z" not in stat]


def answer(host: Booted, *words: str, alice: bool = False) -> tuple[int, dict[str, Any], str]:
    done = host.run("/srv/homelab.pyz", *words, "--json", alice=alice)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_units_that_failed_each_with_its_reason(host: Booted) -> None:
    for _ in range(5):
        code, told, stderr = answer(host, "unit", "failed")
        assert code == 1
        rows = {row["unit"]: row for row in told["rows"]}
        if "loops.service" in rows:
            break
        time.sleep(0.5)  # it was met at the time when it runs
    assert told["managers"] == {"system": "degraded"}
    seen = {name: rows.pop(name, {}).get("detail") for name in TROUBLED}
    assert seen == TROUBLED
    loops, limit = rows.pop("loops.service"), rows.pop("limit.service")
    assert loops["detail"].endswith(": exit status 1")
    assert loops["log"][-1] == "no config"
    assert (limit["exit_status"], limit["restarts"]) == (1, 2)
    assert limit["detail"] in (
        "exit status 1, after 2 restarts",
        "failed too often, and systemd gave up (exit status 1)",
    )
    assert rows.pop("bad.service")["detail"].startswith("its unit file has an error")
    assert rows.pop(None)["state"] == "skipped"  # root's own manager; alice's answers only to her
    assert not rows
    assert stderr == ""


def test_units_that_must_be_there(host: Booted) -> None:
    names = [
        "exits", "works", "remains", "nothing", "loops.service", "bad", "nosuch", "getty@tty1",
        "off.timer", "daily.timer", "dbus.socket", "/", "/dev/nosuch", "mine",
    ]  # fmt: skip
    host.run("systemctl", "start", "works.service", "remains.service")
    code, told, stderr = answer(host, "unit", "check", *names)
    found = {row["unit"]: (row["state"], row["detail"]) for row in told["rows"]}
    assert code == 1
    assert stderr == ""
    assert found.pop("loops.service")[0] in ("critical", "warning")
    assert found.pop("bad.service")[1].startswith("its unit file has an error")
    state, detail = found.pop("works.service")
    assert state == "ok"
    assert detail.startswith("its last run ended with success; ")
    state, detail = found.pop("nothing.service")
    assert state == "ok"  # baseless.timer is active, but never starts it: timer list reports that
    missing = "the system's manager has no such unit; this account has no manager of its own"
    assert found == {
        "exits.service": ("critical", "exit status 3"),
        "remains.service": ("ok", None),
        "nosuch.service": ("critical", missing),
        "getty@tty1.service": (
            "critical", "masked, so it can't start; systemctl unmask getty@tty1.service"
        ),
        "off.timer": (
            "critical", "not waiting for its time; systemctl start off.timer"
        ),
        "daily.timer": ("ok", None),
        "dbus.socket": ("ok", None),
        "-.mount": ("ok", None),
        "dev-nosuch.device": ("critical", "no such device"),
        "mine.service": ("critical", missing),
    }  # fmt: skip
    logs = {row["unit"]: row["log"] for row in told["rows"]}
    assert logs["exits.service"] == ["two", "three", "no mount"]
    code, told, _ = answer(host, "unit", "check", "mine", "dbus.socket", alice=True)
    found = {row["unit"]: (row["manager"], row["state"]) for row in told["rows"]}
    assert found == {
        "mine.service": ("user", "critical"), "dbus.socket": ("system", "ok"),
    }  # fmt: skip
    code, told, _ = answer(host, "timer", "list", "daily", "off", "nosuch")
    found = {row["timer"]: (row["state"], row["detail"]) for row in told["rows"]}
    others = "this account has no manager of its own"
    assert found == {
        "off.timer": ("critical", "not started; systemctl start off.timer"),
        "nosuch.timer": ("critical", f"no such timer; {others}"),
        "daily.timer": ("ok", "has not run yet"),
    }


def test_the_last_lines_of_units(host: Booted) -> None:
    _, told, _ = answer(host, "unit", "failed")
    logs = {row["unit"]: row["log"] for row in told["rows"]}
    assert logs["exits.service"] == ["two", "three", "no mount"]
    assert logs["odd\\x2dname@a-b.service"] == ["\x1b[31mred", "\ufffd"]
    assert any("/usr/bin/nosuch: No such file" in line for line in logs["noexec.service"])
    facts = {row["unit"]: (row["exit_status"], row["signal"]) for row in told["rows"]}
    assert facts["exits.service"] == (3, None)
    assert facts["killed.service"] == (None, "SIGSEGV")
    _, told, _ = answer(host, "unit", "failed", "--lines", "1")
    logs = {row["unit"]: row["log"] for row in told["rows"]}
    assert logs["exits.service"] == ["no mount"]
    shown = host.run("/srv/homelab.pyz", "unit", "failed").stdout.splitlines()
    at = next(number for number, line in enumerate(shown) if "exits.service" in line)
    assert shown[at + 1 : at + 4] == ["    two", "    three", "    no mount"]


def test_an_account_in_a_cron_job(host: Booted) -> None:
    """The account has its own manager, which the environment does not name, and may not read the
    system's journal; one note says so."""
    code, told, stderr = answer(host, "unit", "failed", alice=True)
    assert code == 1
    rows = {(row["manager"], row["unit"]): row for row in told["rows"]}
    mine = rows["user", "mine.service"]
    assert (mine["detail"], mine["log"]) == ("exit status 5", ["mine"])
    assert rows["system", "exits.service"]["log"] == []
    assert set(told["managers"]) == {"system", "user"}
    assert stderr.count("systemd-journal or adm") == 1
    _, told, _ = answer(host, "unit", "failed", "--user", alice=True)
    assert [row["unit"] for row in told["rows"]] == ["mine.service"]
    _, told, _ = answer(host, "unit", "failed", "--system", alice=True)
    assert "user" not in {row["manager"] for row in told["rows"]}


def test_timers_with_their_last_result(host: Booted) -> None:
    code, told, _ = answer(host, "timer", "list")
    assert code == 1
    rows = {(row["timer"] or "").partition(".")[0]: row for row in told["rows"]}
    found = {
        name: (rows[name]["state"], rows[name]["result"], rows[name]["detail"])
        for name in TIMERS
        if name in rows
    }
    for name in ("done", "once"):
        assert found.pop(name) == ("ok", "ok", "it has no next run")
    # A7: they should run again but never will
    stays = "remains.service stays active after it exits (RemainAfterExit=)"
    stop = "systemctl stop remains.service, and change its unit file"
    assert found.pop("remains") == ("warning", "ok", f"it has no next run: {stays}; {stop}")
    counts = "OnUnitActiveSec= counts from a run of nothing.service"
    start = "systemctl start nothing.service"
    assert found.pop("baseless") == ("warning", None, f"it has no next run: {counts}; {start}")
    assert found == {
        "daily": ("ok", "ok", "has not run yet"),  # another timer started its service
        "soon": ("warning", "failed", "exits.service: exit status 3"),
        "never": ("ok", "ok", "has not run yet"),
        "stopped": ("warning", "ok", "enabled, but not started; systemctl start stopped.timer"),
        "elapsed": ("warning", "ok", "it has no next run, and has not run since boot"),
        "nounit": ("warning", None, "nosuch.service, which it starts, does not exist"),
        "unmet": ("skipped", "ok", "a condition of the timer is not met on this host"),
    }
    assert rows["daily"]["next"].endswith("T00:00:00Z")
    assert rows["daily"]["last"] is None  # though it has a stamp file from its start
    assert host.run("ls", "/var/lib/systemd/timers/stamp-daily.timer").returncode == 0
    assert rows["soon"]["last"] < rows["soon"]["next"]
    states = [row["state"] for row in told["rows"]]
    assert states == sorted(states, key=["critical", "warning", "unknown", "ok", "skipped"].index)
    systemd = host.run("systemctl", "list-timers", "--all", "--no-pager", "--no-legend").stdout
    listed = {word for line in systemd.splitlines() for word in line.split() if ".timer" in word}
    assert listed == {row["timer"] for row in told["rows"]} - {None} | listed & {"off.timer"}


def test_an_accounts_timers(host: Booted) -> None:
    _, told, _ = answer(host, "timer", "list", "--user", alice=True)
    rows = {row["timer"]: row for row in told["rows"]}
    mine = rows["mine.timer"]
    assert (mine["result"], mine["detail"]) == ("failed", "mine.service: exit status 5")
    assert mine["last"] is not None


def test_a_timer_that_did_not_run_when_it_should_have(host: Booted) -> None:
    """Only its stamp file shows its last run, as it was stopped before this boot."""
    stamp = "/var/lib/systemd/timers/stamp-stopped.timer"
    host.run("touch", "-d", "2026-01-02 03:04:05 UTC", stamp)
    _, told, _ = answer(host, "timer", "list")
    (row,) = [row for row in told["rows"] if row["timer"] == "stopped.timer"]
    assert row["last"] == "2026-01-02T03:04:05Z"
    host.run("rm", stamp)


def test_the_hosts_status_counts_them(host: Booted) -> None:
    _, told, _ = answer(host, "host", "status")
    (units,) = [row for row in told["rows"] if row["check"] == "units"]
    failed, *restarting, broken = units["value"].split(", ")
    assert int(failed.removesuffix(" failed")) >= 8
    assert restarting in (["1 restarting"], [])  # loops runs for a moment; again ends well
    assert broken == "1 not loaded"


def test_many_failed_units_cost_little_time(host: Booted) -> None:
    names = [f"many@{number}.service" for number in range(300)]
    host.run("systemctl", "start", *names)
    begun = time.monotonic()
    code, told, stderr = answer(host, "unit", "failed", "--timeout", "30s")
    assert time.monotonic() - begun < 30
    assert code == 1
    assert set(names) <= {row["unit"] for row in told["rows"]}
    assert "log lines are shown only for the first 20 of" in stderr
    host.run("systemctl", "reset-failed", *names)


def test_nothing_failed_is_quiet(host: Booted) -> None:
    host.run("systemctl", "stop", "loops.service", "again.service", "soon.timer")
    host.run("rm", "/etc/systemd/system/multi-user.target.wants/bad.service")
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "reset-failed")
    done = host.run("/srv/homelab.pyz", "unit", "failed", "--system")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "homelab: no failed system units\n"


def test_a_systemd_that_does_not_answer(host: Booted) -> None:
    """The last test: a manager that was stopped does not fully recover."""
    os.kill(host.pid, signal.SIGSTOP)
    try:
        done = host.run("/srv/homelab.pyz", "unit", "failed", "--timeout", "1s")
        assert done.returncode == 124
        assert done.stdout == ""
        assert "no answer within 1 s" in done.stderr
        done = host.run("/srv/homelab.pyz", "unit", "failed", "--timeout", "1s", alice=True)
        assert "systemctl: no answer within 1 s" in done.stdout
        assert done.returncode == 1  # mine.service is still listed
        # a signal also ends the commands that it started
        with subprocess.Popen(
            ["nsenter", "-t", str(host.pid), "-a", "/srv/homelab.pyz", "unit", "failed"],
            stderr=subprocess.PIPE, start_new_session=True,
        ) as process:  # fmt: skip
            assert until(lambda: _asking(host), 20)
            os.killpg(process.pid, signal.SIGINT)
            process.wait(20)
        assert until(lambda: not _asking(host), 20), _asking(host)
    finally:
        os.kill(host.pid, signal.SIGCONT)
