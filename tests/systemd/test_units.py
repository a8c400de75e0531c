"""`unit failed` and `timer list`: parsing of recorded output of systemd 247, 252, 257 and 262 (next
to this file), and the verbs with a systemctl that gives wrong output, hangs, or prints too much."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.machine import Machine

from homelab import times
from homelab.catalogue.arguments import parse
from homelab.context import Context
from homelab.errors import Failure
from homelab.output.answer import Table
from homelab.system.machine import Host
from homelab.systemd import journal as journal_text
from homelab.systemd import manager, properties, timers, units
from homelab.verbs import BUILT_IN
from homelab.verbs.timer import list as timer_list

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.txt"))
AT = 1795569942 * times.SECOND  # Wed 2026-11-25 01:25:42 UTC


class Recording:
    """The recorded output of one version, by section."""

    def __init__(self, path: Path) -> None:
        self.version = int(path.stem)
        self.sections: dict[str, str] = {}
        for part in path.read_text(encoding="utf-8").split("# ")[1:]:
            name, _, text = part.partition("\n")
            self.sections[name] = text

    def units(self, section: str) -> dict[str, dict[str, str]]:
        return {unit["Id"]: unit for unit in properties.blocks(self.sections[section])}


@pytest.fixture(params=RECORDED, ids=lambda path: path.stem)
def recorded(request: pytest.FixtureRequest) -> Recording:
    return Recording(request.param)


def test_why_a_unit_failed(recorded: Recording) -> None:
    found = {name: units.trouble(unit, AT) for name, unit in recorded.units("units").items()}
    loops = found.pop("loops.service")
    assert loops.startswith("keeps restarting (")
    assert loops.endswith(" times so far): exit status 1")
    limit = found.pop("limit.service")
    if recorded.version >= 262:  # older versions kept the last attempt's result
        assert limit == "failed too often, and systemd gave up (exit status 1)"
    else:
        assert limit == "exit status 1, after 2 restarts"
    # a broken file is loaded for each question and then unloaded
    broken = found.pop("bad.service")
    assert broken == "its unit file has an error; systemd-analyze verify bad.service"
    assert found == {
        "exits.service": "exit status 3",
        "killed.service": "killed by SIGSEGV",
        "slow.service": "timed out",
        "noexec.service": "exit status 203: can't execute the program",
        "nouser.service": "exit status 217: the user does not exist",
        "odd\\x2dname@a-b.service": "exit status 9",
        "watch.service": "it hung: the watchdog got no signal in time",
    }


def test_names_are_read_as_they_are_listed(recorded: Recording) -> None:
    found = properties.names(recorded.sections["list"])
    assert {"exits.service", "loops.service", "odd\\x2dname@a-b.service"} <= set(found)
    assert properties.names("● a.service loaded failed failed A\n\n* b.mount x\n") == [
        "a.service", "b.mount",
    ]  # fmt: skip


def test_facts_for_programs(recorded: Recording) -> None:
    found = recorded.units("units")
    assert properties.exit_status(found["exits.service"]) == 3
    assert properties.signal_name(found["exits.service"]) is None
    assert properties.exit_status(found["slow.service"]) is None
    assert properties.signal_name(found["slow.service"]) == "SIGTERM"
    assert abs((units.Unit("system", found["exits.service"], "").since or 0) - AT) < times.DAY


def test_timers(recorded: Recording) -> None:
    now, awake = map(int, recorded.sections["clock"].split())
    services = recorded.units("services")
    found = {
        name: timers.judged("system", each, services.get(each["Unit"], {}), None, now, awake)
        for name, each in recorded.units("timers").items()
    }
    told = {name: (each.state, each.result, each.detail) for name, each in found.items()}
    start = "enabled, but not started; systemctl start"
    assert told == {
        "daily.timer": ("ok", None, "has not run yet"),
        "soon.timer": ("warning", "failed", "exits.service: exit status 3"),
        "never.timer": ("ok", None, "has not run yet"),
        "stopped.timer": ("warning", None, f"{start} stopped.timer"),
        "off.timer": ("warning", None, f"{start} off.timer"),
        "elapsed.timer": ("warning", None, "it has no next run, and has not run since boot"),
        "nounit.timer": ("warning", None, "nosuch.service, which it starts, does not exist"),
        "fstrim.timer": ("skipped", None, "a condition of the timer is not met on this host"),
    }
    left_out = {n for n, each in recorded.units("timers").items() if timers._left_out(each)}
    assert left_out == {"off.timer"}
    # by the calendar, and by the time since boot: OnBootSec=90d, OnUnitActiveSec=1h
    assert found["daily.timer"].next == 1795651200 * times.SECOND  # midnight
    boot = now - awake
    soon, never = found["soon.timer"], found["never.timer"]
    assert soon.next is not None
    assert soon.last is not None
    assert never.next is not None
    assert 0 < soon.next - soon.last - 3600 * times.SECOND < 60 * times.SECOND
    assert 90 * times.DAY <= never.next - boot < 91 * times.DAY


def test_lines_of_the_journal(recorded: Recording) -> None:
    journal = "\n".join(
        reversed(recorded.sections["journal"].splitlines())
    )  # in the order of --reverse
    lines = journal_text.last_lines(journal, 20)
    assert lines[:2] == ["\x1b[31mred\x1b[0m", "bin \ufffd\ufffd"]
    step = "noexec.service: Failed at step EXEC spawning /usr/bin/nosuch: No such file or directory"
    assert step in lines
    assert not any("Started" in line or "Main process exited" in line for line in lines)
    assert journal_text.last_lines(journal, 1) == lines[-1:]
    assert journal_text.last_lines(journal, 0) == []
    another = recorded.units("units")["exits.service"]["InvocationID"]
    assert step not in journal_text.last_lines(journal, 9, another)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("plain", "plain"),
        ([98, 255], "b\ufffd"),
        (None, "(a line longer than 4 KiB)"),
        (["one", [116, 119, 111]], "one\ntwo"),
        ([], ""),
        ([300], "300"),
    ],
)
def test_a_field_of_the_journal(field: object, text: str) -> None:
    assert journal_text.message(field) == text


def test_other_line_ends_do_not_end_an_entry_of_the_journal() -> None:
    rows = [json.dumps({"MESSAGE": text}, ensure_ascii=False) for text in ("a\u2028b", "c\x85d")]
    assert journal_text.last_lines("\n".join(rows), 9) == ["c", "d", "a", "b"]


def test_an_entry_that_is_nested_without_end_is_left_out() -> None:
    deep = '{"MESSAGE":' + "[" * 900 + '"x"' + "]" * 900 + "}"
    rows = [json.dumps({"MESSAGE": "first"}), "[" * 100_000, deep, json.dumps({"MESSAGE": "two"})]
    lines = journal_text.last_lines("\n".join(rows), 9)
    assert (lines[0], lines[-1]) == ("two", "first")


def test_a_line_that_is_cut_off_is_left_out() -> None:
    text = '{"MESSAGE":"a\\nb\\n\\n"}\n[1]\n3\n{"MESSAGE":"c'
    assert journal_text.last_lines(text, 5) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed 2026-11-25 01:25:42 UTC", AT),
        ("Wed 2026-11-25 01:25:42 CET", None),
        ("n/a", None),
        ("", None),
        ("Wed 2026-13-25 01:25:42 UTC", None),
    ],
)
def test_a_moment(text: str, expected: int | None) -> None:
    assert properties.moment(text) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4h 31min 42.953108s", 16302.953108),
        ("2month 4w 1d 6h 31min 27.858738s", 7788687.858738),
        ("1y", 31557600),
        ("5ms", 0.005),
        ("123us", 0.000123),
        ("0", None),
        ("infinity", None),
        ("", None),
        ("3 apples", None),
        ("\u00b2s", None),
        ("1.\u00b2s", None),
        (f"{'9' * 5000}s", None),
        (f"0.5{'0' * 5000}s", 0.5),
    ],
)
def test_a_span(text: str, seconds: float | None) -> None:
    found = properties.span(text)
    assert found == (None if seconds is None else pytest.approx(seconds * times.SECOND))


@given(st.text(), st.text())
def test_any_output_of_systemctl_can_be_parsed(one: str, two: str) -> None:
    for unit in properties.blocks(f"Id={one}\n{two}\n\nId=b.service\nResult={two}"):
        properties.reason(unit)
        units.trouble({**unit, "ActiveState": "failed", "NRestarts": one}, AT)
    properties.names(one)
    properties.moment(one)
    properties.span(one)
    journal_text.last_lines(one, 3)


SERVICE = {"Id": "a.service", "LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}


@pytest.mark.parametrize(
    ("properties", "detail"),
    [
        ({"Result": "oom-kill", "ExecMainCode": "2", "ExecMainStatus": "9"},
         "killed: out of memory"),
        ({"Result": "core-dump", "ExecMainCode": "3", "ExecMainStatus": "11"},
         "killed by SIGSEGV, core dumped"),
        ({"Result": "signal", "ExecMainCode": "2", "ExecMainStatus": "42"}, "killed by signal 42"),
        ({"Result": "exit-code", "ExecMainCode": "1", "ExecMainStatus": "0"},
         "a command of it failed, not the main one"),
        ({"Result": "exit-code"}, "a command of it failed, not the main one"),  # a mount
        ({"Result": "resources"}, "it could not be set up"),
        ({"Result": "brand-new", "ExecMainCode": "1", "ExecMainStatus": "7"},
         "brand-new (exit status 7)"),
        ({"Result": "success", "LoadState": "not-found"}, "its unit file is gone"),
        ({}, "failed"),
        ({"ActiveState": "activating", "SubState": "auto-restart", "Result": "success"}, ""),
        ({"ActiveState": "activating", "SubState": "auto-restart", "Result": "signal",
          "ExecMainCode": "2", "ExecMainStatus": "6", "NRestarts": "0"},
         "waits for its restart: killed by SIGABRT"),
        ({"ActiveState": "active", "SubState": "running", "NRestarts": "7",
          "ActiveEnterTimestamp": "Wed 2026-11-25 01:25:02 UTC"},
         "restarted 7 times, the last time 40 s ago"),
        ({"ActiveState": "active", "SubState": "running", "NRestarts": "7",
          "ActiveEnterTimestamp": "Wed 2026-11-25 01:02:02 UTC"}, ""),
        ({"ActiveState": "active", "SubState": "running", "NRestarts": "7", "Type": "idle",
          "ActiveEnterTimestamp": "Wed 2026-11-25 01:25:02 UTC"}, ""),  # a getty
        ({"ActiveState": "active", "SubState": "running", "NRestarts": "0"}, ""),
        ({"ActiveState": "activating", "SubState": "start", "NRestarts": "3"},
         "keeps restarting (3 times so far)"),
        ({"ActiveState": "activating", "SubState": "start", "NRestarts": "1"}, ""),
    ],
)  # fmt: skip
def test_other_ways_to_fail(properties: dict[str, str], detail: str) -> None:
    assert units.trouble({**SERVICE, **properties}, AT) == detail


TIMER = {
    "Id": "a.timer", "Unit": "a.service", "ActiveState": "active", "SubState": "waiting",
    "UnitFileState": "enabled", "Persistent": "yes", "AccuracyUSec": "1min",
    "ActiveEnterTimestamp": "Wed 2026-11-25 01:00:00 UTC",
    "NextElapseUSecRealtime": "Wed 2026-11-25 02:00:00 UTC",
}  # fmt: skip
RAN = {
    "Id": "a.service", "LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead",
    "Result": "success", "ExecMainCode": "1", "ExecMainStatus": "0",
    "ExecMainStartTimestamp": "Wed 2026-11-25 01:00:00 UTC",
}  # fmt: skip


@pytest.mark.parametrize(
    ("timer", "service", "told"),
    [
        ({"LastTriggerUSec": "Wed 2026-11-25 01:00:00 UTC"}, {}, ("ok", "ok", "")),
        ({}, {"ExecMainStartTimestamp": ""}, ("ok", None, "has not run yet")),
        ({"LastTriggerUSec": "Tue 2026-11-24 01:00:00 UTC"}, {"ExecMainStartTimestamp": ""},
         ("ok", None, "a.service has not run since boot")),
        ({"SubState": "running"}, {"ActiveState": "activating", "SubState": "start"},
         ("ok", "running", "")),
        ({"NextElapseUSecRealtime": "Wed 2026-11-25 01:00:00 UTC"}, {},
         ("warning", "ok", "overdue by 25 min")),
        ({"NextElapseUSecRealtime": "Wed 2026-11-25 01:24:00 UTC"}, {},  # within its accuracy
         ("ok", "ok", "has not run yet")),
        ({"ActiveState": "failed", "Result": "resources"}, {},
         ("warning", "ok", "the timer itself failed: it could not be set up")),
        ({}, {"LoadState": "masked"}, ("warning", "ok", "a.service, which it starts, is masked")),
        ({"LastTriggerUSec": "Wed 2026-11-25 01:00:00 UTC"},
         {"Result": "timeout", "ActiveState": "failed", "ExecMainCode": "2",
          "ExecMainStatus": "15"},
         ("warning", "failed", "a.service: timed out")),
        ({"LastTriggerUSec": "Wed 2026-11-25 01:00:00 UTC"},
         {"ConditionResult": "no", "ConditionTimestamp": "Wed 2026-11-25 01:00:00 UTC"},
         ("ok", "ok", "a condition of a.service was not met")),
        ({"SubState": "elapsed", "NextElapseUSecRealtime": "",
          "LastTriggerUSec": "Wed 2026-11-25 01:00:00 UTC"}, {},
         ("ok", "ok", "it has no next run")),
        ({"LastTriggerUSec": "Wed 2026-11-25 01:00:00 UTC"},
         {"Id": "a.target", "ActiveState": "active", "SubState": "active",
          "ExecMainStartTimestamp": ""}, ("ok", "running", "")),
    ],
)  # fmt: skip
def test_the_state_of_a_timer(
    timer: dict[str, str], service: dict[str, str], told: tuple[str, str | None, str]
) -> None:
    found = timers.judged("system", {**TIMER, **timer}, {**RAN, **service}, None, AT, 0)
    assert (found.state, found.result, found.detail) == told


# The output of `systemctl show` of systemd 252.
DAILY = {"TimersCalendar": "{ OnCalendar=*-*-* 01:00:00 ; next_elapse=(null) }"}
FIXED = {"TimersCalendar": "{ OnCalendar=2026-11-25 01:00:00 ; next_elapse=(null) }"}
AT_BOOT = {"TimersMonotonic": "{ OnBootUSec=1min ; next_elapse=1min 2s }"}
EVERY_5 = {
    "TimersMonotonic": (
        "{ OnBootUSec=1min ; next_elapse=1min 2s }\n{ OnUnitActiveUSec=5min ; next_elapse=0 }"
    )
}
OVER = {
    "SubState": "running", "NextElapseUSecRealtime": "", "NextElapseUSecMonotonic": "infinity",
    "LastTriggerUSec": "Wed 2026-11-25 01:00:00 UTC",
}  # fmt: skip
REMAINS = {"ActiveState": "active", "SubState": "exited"}
NONE = "it has no next run: "
CHANGE = "and change its unit file"
STUCK = f"{NONE}a.service stays active after it exits (RemainAfterExit=);"
STOP = f" systemctl stop a.service, {CHANGE}"
BASELESS = "OnUnitActiveSec= counts from a run of a.service; systemctl start a.service"
BAD = "its unit file has an error; systemd-analyze verify a.timer"


@pytest.mark.parametrize(
    ("timer", "service", "told"),
    [
        ({**OVER, **DAILY}, REMAINS, ("warning", STUCK + STOP)),
        ({**OVER, **EVERY_5}, REMAINS, ("warning", STUCK + STOP)),
        # systemd keeps the time of the current run
        ({**OVER, **DAILY, "NextElapseUSecRealtime": "Wed 2026-11-25 01:00:00 UTC"}, REMAINS,
         ("warning", STUCK + STOP)),
        ({**OVER, **AT_BOOT}, REMAINS, ("ok", "it has no next run")),  # a run that succeeded
        ({**OVER, **FIXED}, REMAINS, ("ok", "it has no next run")),
        ({**OVER, **DAILY}, {"ActiveState": "active", "SubState": "running"}, ("ok", "")),
        ({**OVER, **DAILY}, {"ActiveState": "activating", "SubState": "start"}, ("ok", "")),
        ({**OVER, **DAILY, "Unit": "a.target"},
         {"Id": "a.target", "ActiveState": "active", "SubState": "active"},
         ("warning", f"{NONE}a.target stays active; systemctl stop a.target, {CHANGE}")),
        ({**OVER, **EVERY_5, "SubState": "elapsed"}, {},
         ("warning", f"{NONE}{BASELESS}")),
        ({**OVER, **EVERY_5, "SubState": "elapsed", "LastTriggerUSec": ""}, {},
         ("warning", f"{NONE}{BASELESS}")),
        ({**OVER, **AT_BOOT, "SubState": "elapsed"}, {}, ("ok", "it has no next run")),
        ({**OVER, **FIXED, "SubState": "elapsed"}, {}, ("ok", "it has no next run")),
        ({**OVER, **FIXED, "SubState": "elapsed", "LastTriggerUSec": ""}, {},
         ("warning", "it has no next run, and has not run since boot")),
        ({**DAILY, "SubState": "waiting"}, REMAINS, ("ok", "has not run yet")),
        ({"ActiveState": "inactive", "LoadState": "bad-setting"}, {},
         ("warning", f"the timer itself: {BAD}")),
        ({"ActiveState": "inactive", "UnitFileState": "disabled", "WantedBy": "timers.target"}, {},
         ("warning", "wanted by timers.target, but not started; systemctl start a.timer")),
    ],
)  # fmt: skip
def test_a_repeating_timer_without_a_next_run_is_a_warning(
    timer: dict[str, str], service: dict[str, str], told: tuple[str, str]
) -> None:
    """A7: nothing is running that could lead to a next run."""
    found = timers.judged("system", {**TIMER, **timer}, {**RAN, **service}, None, AT, 0)
    assert (found.state, found.detail) == told
    assert not timers._left_out({**TIMER, **timer})


@pytest.mark.parametrize("unit", ["bk.mount", "s.socket", "p.path", "x.target"])
def test_a_timer_whose_unit_has_no_process_and_stays_never_runs_again(unit: str) -> None:
    """Like A7, for every type of unit."""
    held = {**RAN, "SubState": "mounted", "ActiveState": "active"}
    found = timers.judged("system", {**TIMER, **OVER, **DAILY, "Unit": unit}, held, None, AT, 0)
    assert found.state == "warning"
    assert found.detail.startswith(
        f"it has no next run: {unit} stays active; systemctl stop {unit}"
    )


def test_an_unmet_exec_condition_is_not_a_failure() -> None:
    """The unit was skipped, in systemd's words."""
    skipped = {**RAN, "Result": "exec-condition", "ActiveState": "inactive"}
    assert timers._result(skipped) != "failed"


def test_a_disabled_timer_that_nothing_wants_is_left_out() -> None:
    for wanted in ("", "a.target"):
        disabled = {"ActiveState": "inactive", "UnitFileState": "disabled", "WantedBy": wanted}
        assert timers._left_out({**TIMER, **disabled})


def test_all_lines_of_a_timers_settings_are_read() -> None:
    text = "Id=a\nTimersMonotonic={ OnBootUSec=1 ; x }\nTimersMonotonic={ OnUnitActiveUSec=2 }"
    (block,) = properties.blocks(text)
    assert timers._repeats(block) == "OnUnitActiveSec"


def test_what_to_run_asks_the_manager_that_it_is_about() -> None:
    stopped = {**TIMER, "ActiveState": "inactive"}
    for name, words in (("system", "; systemctl start "), ("user", "; systemctl --user start ")):
        found = timers.judged(name, stopped, RAN, None, AT, 0)
        assert found.detail.endswith(f"{words}a.timer")
    broken = {"Id": "a.service", "LoadState": "bad-setting", "ActiveState": "inactive"}
    assert units.trouble(broken, AT, "system").endswith("; systemd-analyze verify a.service")
    assert units.trouble(broken, AT, "user").endswith("; systemd-analyze --user verify a.service")
    found = timers.judged("user", TIMER, broken, None, AT, 0)
    assert found.detail.endswith("; systemd-analyze --user verify a.service")


def test_a_stamp_is_a_run_where_systemd_forgot_it() -> None:
    """A stamp file from the timer's first start does not count."""
    yesterday = AT - times.DAY
    began = 1795568400 * times.SECOND  # its ActiveEnterTimestamp
    for stamp, last in ((yesterday, yesterday), (began, None), (None, None)):
        assert timers.judged("system", TIMER, RAN, stamp, AT, 0).last == last
    stopped = {**TIMER, "ActiveState": "inactive", "ActiveEnterTimestamp": ""}
    assert timers.judged("system", stopped, RAN, began, AT, 0).last == began


@pytest.mark.needs("root")
def test_stamps_in_another_accounts_home_are_not_looked_at(tmp_path: Path) -> None:
    """The environment of root may have that account's HOME."""
    env = {"HOME": str(tmp_path / "home")}
    context = Context(["timer", "list"], env, io.StringIO(), io.StringIO(), BUILT_IN)
    ours = f"{tmp_path}/home/.local/share"
    assert timer_list._data(context) == ours
    (tmp_path / "home").mkdir()
    assert timer_list._data(context) == ours
    os.chown(tmp_path / "home", 1234, 1234)
    assert timer_list._data(context) == "/nonexistent"


class Booted(Host):
    """This host, as if it ran systemd; systemctl and journalctl come from PATH."""

    def __init__(self, runtime: str = "") -> None:
        super().__init__()
        self.there = {"/run/systemd/system", f"{runtime}/systemd/private"}

    def exists(self, path: str) -> bool:
        return path in self.there

    def owner(self, path: str) -> int | None:
        return os.geteuid()

    def entries(self, path: str) -> list[str]:
        return ["0", "1000", str(os.geteuid()), "x"] if path == "/run/user" else []


SYSTEMCTL = """#!/bin/sh
case "$*" in
*SystemState*) echo SystemState=degraded ;;
*--state=running*|*--type=timer*) ;;
*list-units*) i=0; while [ $i -lt {count} ]; do
  printf 'unit%s\\\\x2d.service loaded failed failed x\\n' $i; i=$((i+1)); done ;;
*show*) shift 4; for name; do case $name in -*) ;; *)
  printf 'Id=%s\\nDescription=\\033]0;owned\\007\\nActiveState=failed\\nResult=signal\\n\\
ExecMainCode=2\\nExecMainStatus=9\\n\\n' "$name" ;; esac; done ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    yield folder


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def asked(path: str, *words: str, runtime: str = "") -> Table:
    from importlib import import_module

    verb = BUILT_IN.verb(path)
    host = Booted(runtime)

    class Here(Context):
        def host(self) -> Host:
            return host

    env = {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": runtime}
    with open(os.devnull, "w") as nobody:
        context = Here([], env, nobody, nobody, BUILT_IN)
        module, _, function = verb.function.partition(":")
        answer = getattr(import_module(module), function)(context, parse(verb, list(words), 1))
    assert isinstance(answer, Table)
    return answer


def test_a_thousand_failed_units(programs: Path) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=1000))
    told = r"""printf '{"MESSAGE":"%s"}' "$*" | tr '\\' /"""
    program(programs, "journalctl", f"#!/bin/sh\n{told}\n")
    table = asked("unit failed")
    assert table.code == 1
    assert (table.facts["problems"], table.facts["unknown"]) == (1000, 0)
    assert (
        len({row[1] for row in table.rows}) == 1001
    )  # and a skipped row for the account's manager
    (first, *_) = table.rows
    assert first[:2] == ("warning", "unit0\\x2d.service")
    assert first[4:8] == ("killed by SIGKILL", "signal", None, "SIGKILL")
    assert "_SYSTEMD_UNIT=unit0/x2d.service + UNIT=unit0/x2d.service _UID=0" in str(first[-1])
    assert sum(bool(row[-1]) for row in table.rows) == 20
    assert table.notes == ("log lines are shown only for the first 20 of 1000 units",)
    assert not any(row[-1] for row in asked("unit failed", "--lines", "0").rows)


def test_megabytes_in_the_journal(programs: Path) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=1))
    program(
        programs, "journalctl",
        "#!/bin/sh\necho '{\"MESSAGE\":\"first\"}'\n"
        "printf '{\"MESSAGE\":\"'; head -c 50000000 /dev/zero | tr '\\0' x; echo '\"}'\n",
    )  # fmt: skip
    table = asked("unit failed")
    assert table.rows[0][-1] == ("first",)


def test_of_more_lines_than_are_kept_the_last_are_shown(programs: Path) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=1))
    program(
        programs, "journalctl",
        "#!/bin/sh\ncase \"$*\" in *--reverse*) order='3000 -1 1' ;; *) order='1 3000' ;; esac\n"
        "line=$(head -c 1000 /dev/zero | tr '\\0' x)\n"
        'seq $order | sed "s/.*/{\\"MESSAGE\\":\\"& $line\\"}/"\n',
    )  # fmt: skip
    lines = asked("unit failed", "--lines", "3000").rows[0][-1]
    assert isinstance(lines, tuple)
    assert 900 < len(lines) < 3000
    numbers = [int(str(line).split(" ", 1)[0]) for line in lines]
    assert numbers == list(range(3001 - len(lines), 3001))


def test_a_closed_journal_is_reported_once(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=1))
    program(programs, "journalctl", "#!/bin/sh\necho insufficient permissions >&2\nexit 1\n")
    (note,) = asked("unit failed").notes
    assert note == "no log lines: journalctl: insufficient permissions"
    monkeypatch.setattr("homelab.systemd.ask.journal_is_closed", lambda host: True)
    (note,) = asked("unit failed").notes
    assert note.startswith("this account can't read the system's journal")


@pytest.mark.parametrize("path", ["unit failed", "timer list"])
def test_a_systemctl_that_hangs_is_given_up(programs: Path, path: str) -> None:
    program(programs, "systemctl", "#!/bin/sh\nsleep 60 & wait\n")
    begun = time.monotonic()
    with pytest.raises(Failure) as failure:
        asked(path, "--timeout", "1s")
    assert failure.value.code == 124
    assert "no answer within 1 s" in failure.value.sentence
    assert time.monotonic() - begun < 10


def test_one_manager_that_hangs_is_unknown_and_hides_nothing(programs: Path) -> None:
    runtime = str(programs)
    text = SYSTEMCTL.format(count=1).replace(
        'case "$*" in', 'case "$*" in --user*) exec sleep 60 ;; esac\ncase "$*" in', 1
    )
    program(programs, "systemctl", text)
    table = asked("unit failed", "--timeout", "1s", "--lines", "0", runtime=runtime)
    assert [row[:3] for row in table.rows] == [
        ("warning", "unit0\\x2d.service", "system"), ("unknown", None, "user"),
    ]  # fmt: skip
    assert table.rows[1][4] == "systemctl: no answer within 1 s"
    assert (table.code, table.facts["unknown"]) == (1, 1)
    assert table.facts["managers"] == {"system": "degraded"}
    program(programs, "systemctl", text.replace("-lt 1", "-lt 0"))
    for path in ("unit failed", "timer list"):  # one manager reports no problem
        table = asked(path, "--timeout", "1s", runtime=runtime)
        assert (table.code, table.facts["problems"], table.facts["unknown"]) == (69, 0, 1)
    program(programs, "systemctl", text.replace("echo SystemState=degraded", "exit 1"))
    with pytest.raises(Failure):
        asked("unit failed", "--timeout", "1s", runtime=runtime)


def test_a_journal_that_hangs_costs_the_lines_alone(programs: Path) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=30))
    program(programs, "journalctl", "#!/bin/sh\nexec sleep 60\n")
    table = asked("unit failed", "--timeout", "2s")
    assert table.facts["problems"] == 30
    assert table.notes[0] == "no log lines: journalctl: no answer within 2 s"
    (programs / "journalctl").unlink()
    os.environ["PATH"] = str(programs)  # monkeypatch restores it
    program(programs, "systemctl", "#!/bin/sh\n" + SYSTEMCTL.format(count=1).split("\n", 1)[1])
    assert asked("unit failed").notes == ("no log lines: journalctl is not installed",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "echo 'Failed at \033[31mbus' >&2; exit 1",
            "Failed at \\x1b[31mbus",
        ),
        ("exit 4", "systemctl: exit code 4"),
        ("head -c 3000000 /dev/zero", "more than 1 MiB"),
    ],
)
def test_a_systemctl_that_can_say_nothing(programs: Path, text: str, words: str) -> None:
    program(programs, "systemctl", f"#!/bin/sh\n{text}\n")
    for path in ("unit failed", "timer list"):
        with pytest.raises(Failure) as failure:
            asked(path)
        assert failure.value.code == 69
        assert words in failure.value.sentence


def test_no_systemctl(programs: Path) -> None:
    os.environ["PATH"] = str(programs)
    with pytest.raises(Failure, match="systemctl is not installed") as failure:
        asked("unit failed")
    assert failure.value.code == 69


def test_nothing_failed(programs: Path) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=0).replace("degraded", "running"))
    table = asked("unit failed", runtime=str(programs))
    assert [row[:3] for row in table.rows] == [("ok", None, "system"), ("ok", None, "user")]
    assert (table.code, table.folded, table.fine) == (0, 2, "no failed system or user units")
    table = asked("unit failed", "--system")
    assert (len(table.rows), table.fine) == (1, "no failed system units")
    assert asked("unit failed", "--all").folded == 0
    assert asked("timer list").rows == [asked("timer list").rows[0]]
    program(programs, "systemctl", SYSTEMCTL.format(count=0).replace("degraded", "maintenance"))
    table = asked("unit failed", "--system")
    assert (table.code, table.rows[0][0]) == (1, "critical")


def test_the_account_has_no_manager(programs: Path) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=0))
    table = asked("unit failed")
    assert table.rows[1][0] == "skipped"
    assert "managers of other accounts (uid" in str(table.rows[1][4])
    assert "answer only to these" in table.fine
    table = asked("unit failed", "--user")
    assert (table.code, [row[0] for row in table.rows]) == (0, ["skipped"])


def test_the_runtime_folder_is_found_without_the_environment() -> None:
    host = Machine()
    assert manager.runtime(host, {}) == ""
    host.files["/tmp/mine/systemd/private"] = ""
    assert manager.runtime(host, {"XDG_RUNTIME_DIR": "/tmp/mine"}) == "/tmp/mine"
    host.owners["/tmp/mine"] = os.geteuid() + 1  # as after su(1)
    assert manager.runtime(host, {"XDG_RUNTIME_DIR": "/tmp/mine"}) == ""
    host.files[f"/run/user/{os.geteuid()}/systemd/private"] = ""
    assert manager.runtime(host, {}) == f"/run/user/{os.geteuid()}"


def test_whether_the_journal_is_closed() -> None:
    class Reader(Machine):
        may = False

        def readable(self, path: str) -> bool:
            return self.may and path in self.files

    host = Reader()
    assert not manager.journal_is_closed(host)  # it does not exist
    host.folders["/run/log/journal"] = ["0123"]
    host.files["/run/log/journal/0123/system.journal"] = ""
    assert manager.journal_is_closed(host)
    host.may = True
    assert not manager.journal_is_closed(host)


KINDS = r"""#!/bin/sh
case "$*" in
*running*) echo "d.service loaded active running D" ;;
*list-units*) for name in a b c; do echo "$name.service loaded failed failed"; done ;;
*) printf 'Id=a.service\nActiveState=activating\nSubState=auto-restart\nResult={result}\n\n'
   printf 'Id=b.service\nActiveState=failed\nResult=exit-code\n\n'
   printf 'Id=c.service\nLoadState=bad-setting\nActiveState=inactive\n\n'
   printf 'Id=d.service\nActiveState=active\nSubState=running\nNRestarts=5\n'
   printf 'ActiveEnterTimestamp=Wed 2026-11-25 01:25:02 UTC\n' ;;
esac
"""


@pytest.mark.parametrize(
    ("result", "value", "detail"),
    [
        ("exit-code", "1 failed, 2 restarting, 1 not loaded",
         "a.service, b.service, c.service and 1 more"),
        ("success", "1 failed, 1 restarting, 1 not loaded", "b.service, c.service, d.service"),
    ],
)  # fmt: skip
def test_the_hosts_check_has_the_units_that_unit_failed_has(
    programs: Path, result: str, value: str, detail: str
) -> None:
    program(programs, "systemctl", KINDS.replace("{result}", result))
    finding = units.check(Booted(), AT)
    assert (finding.state, finding.value, finding.detail) == ("warning", value, detail)


def test_the_hosts_check_without_failures_and_without_an_answer(programs: Path) -> None:
    program(programs, "systemctl", SYSTEMCTL.format(count=0))
    finding = units.check(Booted(), AT)
    assert (finding.state, finding.value) == ("ok", "0 failed")
    program(programs, "systemctl", "#!/bin/sh\necho no bus >&2; exit 1\n")
    finding = units.check(Booted(), AT)
    assert (finding.state, finding.value, finding.detail) == ("unknown", "-", "systemctl: no bus")


def test_the_hosts_check_of_timers(programs: Path) -> None:
    assert timers.check(Machine(), AT).state == "skipped"
    host = Booted()
    assert timers.check(host, AT).state == "unknown"
    shown = "\\n".join(f"{name}={value}" for name, value in TIMER.items())
    text = (
        '#!/bin/sh\ncase "$*" in *list-units*) echo "a.timer x";;'
        f" *Persistent*) printf '{shown}\\n';;"
        " *) printf 'Id=a.service\\nLoadState={}\\nActiveState=failed\\n';; esac\n"
    )
    program(programs, "systemctl", text.format("loaded"))
    finding = timers.check(host, AT)
    assert (finding.state, finding.value) == (
        "ok",
        "1 on time",
    )  # a failed unit, which the check `units` reports
    program(programs, "systemctl", text.format("not-found"))
    finding = timers.check(host, AT)
    assert (finding.state, finding.value) == ("warning", "1 of 1 with problems")
    assert finding.detail == "a.timer (a.service, which it starts, does not exist)"


def test_rows_are_fit_for_json(programs: Path) -> None:
    from homelab.output import document

    program(programs, "systemctl", SYSTEMCTL.format(count=1))
    program(programs, "journalctl", "#!/bin/sh\necho '{\"MESSAGE\":[27,93,48,59,120,7]}'\n")
    (row, _) = json.loads(document.render(asked("unit failed")))["rows"]
    assert row["log"] == ["\x1b]0;x\x07"]
    assert row["description"] == "\x1b]0;owned\x07"
