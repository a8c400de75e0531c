"""`unit check` and the names of `timer list`: the verdict on each state of a unit, recorded output,
and the verbs with a systemctl that answers from a table."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab import times
from homelab.catalogue.arguments import parse
from homelab.context import Context
from homelab.errors import Failure
from homelab.output.answer import Table
from homelab.system.machine import Host
from homelab.systemd import names, properties, required
from homelab.systemd.required import Named
from homelab.verbs import BUILT_IN

AT = 1795569942 * times.SECOND  # Wed 2026-11-25 01:25:42 UTC
EARLIER = "Wed 2026-11-25 01:24:42 UTC"
RUNS = {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled"}
ENDED = {"LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead", "Result": "success"}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("ssh", "ssh.service"), ("ssh.service", "ssh.service"), ("a.b", "a.b.service"),
        ("wg-quick@wg0", "wg-quick@wg0.service"), ("backup.timer", "backup.timer"),
        ("/", "-.mount"), ("/srv", "srv.mount"), ("//mnt//nas/", "mnt-nas.mount"),
        ("/dev/sda1", "dev-sda1.device"), ("/mnt/my disk", "mnt-my\\x20disk.mount"),
        ("/.hidden", "\\x2ehidden.mount"), ("odd\\x2dname@a-b", "odd\\x2dname@a-b.service"),
    ],
)  # fmt: skip
def test_a_name_is_completed(name: str, full: str) -> None:
    assert names.full(name) == full


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "not a unit name"), (".service", "not a unit name"), ("a b", "not a unit name"),
        ("-H;x", "not a unit name"), ("caf\xe9", "not a unit name"), ("@a", "before the @"),
        ("ssh*", "pattern"), ("a[b]", "pattern"), ("x" * 256, "at most 255"),
        ("getty@", "name an instance, such as getty@1.service"),
    ],
)  # fmt: skip
def test_a_text_that_names_no_unit_is_refused(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        names.full(name)


@pytest.mark.needs("systemd-escape")
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=20))
def test_a_path_is_escaped_as_systemd_does_it(name: str) -> None:
    if name in (".", ".."):
        return
    done = subprocess.run(
        ["systemd-escape", "--path", f"/mnt/{name}"], capture_output=True, text=True, check=True
    )
    assert names.escaped(f"/mnt/{name}") == done.stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("unit", "state", "words"),
    [
        ({}, "critical", "no such unit"),
        ({"LoadState": "not-found"}, "critical", "no such unit"),
        ({**RUNS, "LoadState": "not-found"}, "warning", "its unit file is gone"),
        (RUNS, "ok", ""),
        ({**RUNS, "ActiveState": "reloading"}, "ok", ""),
        ({**RUNS, "UnitFileState": "static"}, "ok", ""),
        ({**RUNS, "UnitFileState": ""}, "ok", ""),  # of a mount in /etc/fstab
        ({**RUNS, "UnitFileState": "disabled"}, "warning", "systemctl enable x.service"),
        ({**RUNS, "UnitFileState": "disabled", "WantedBy": "y.target"}, "ok", ""),
        ({**RUNS, "UnitFileState": "disabled", "Type": "dbus"}, "ok", ""),
        ({**RUNS, "UnitFileState": "disabled", "TriggeredBy": "x.socket"}, "ok", ""),
        ({**RUNS, "LoadState": "masked"}, "warning", "can't start again"),
        ({**RUNS, "NRestarts": "4", "ActiveEnterTimestamp": EARLIER}, "warning", "4 times"),
        ({**ENDED, "LoadState": "masked"}, "critical", "systemctl unmask x.service"),
        ({**ENDED, "LoadState": "bad-setting", "Id": "x.service"}, "critical", "systemd-analyze"),
        ({**ENDED, "LoadState": "error", "LoadError": 'e "No access"'}, "critical", "No access"),
        ({**ENDED, "ActiveState": "failed", "Result": "exit-code", "ExecMainCode": "1",
          "ExecMainStatus": "3"}, "critical", "exit status 3"),
        ({**ENDED, "ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code",
          "ExecMainCode": "1", "ExecMainStatus": "1"}, "critical", "waits for its restart"),
        ({**ENDED, "ActiveState": "activating", "SubState": "auto-restart"}, "ok", "Restart="),
        ({**ENDED, "ActiveState": "activating", "StateChangeTimestamp": EARLIER}, "unknown",
         "it has been starting for 1 min"),
        ({**ENDED, "ActiveState": "activating", "Type": "oneshot"}, "ok", "it has been running"),
        ({**ENDED, "ActiveState": "deactivating"}, "unknown", "stopping"),
        ({**ENDED, "ActiveState": "maintenance"}, "unknown", "'maintenance'"),
        (ENDED, "critical", "not running; systemctl start x.service"),
        ({**ENDED, "UnitFileState": "disabled"}, "critical",
         "not running, and disabled; systemctl enable --now x.service"),
        ({**ENDED, "Type": "oneshot"}, "critical", "it has not run since boot"),
        ({**ENDED, "Type": "oneshot", "ExecMainStartTimestamp": EARLIER}, "ok", "with success"),
        ({**ENDED, "Type": "oneshot", "ExecMainStartTimestamp": EARLIER,
          "RemainAfterExit": "yes"}, "critical", "not running"),
        ({**ENDED, "ConditionResult": "no", "ConditionTimestamp": EARLIER}, "warning",
         "condition"),
        ({**ENDED, "TriggeredBy": "x.timer"}, "ok", "it has not run since boot; x.timer starts it"),
        ({**ENDED, "TriggeredBy": "x.timer", "ExecMainStartTimestamp": EARLIER}, "ok",
         "its last run ended with success; x.timer starts it"),
        ({**ENDED, "TriggeredBy": "y.socket"}, "critical", "systemctl start y.socket"),
    ],
)  # fmt: skip
def test_the_verdict_on_a_required_unit(unit: dict[str, str], state: str, words: str) -> None:
    named = Named("x.service", unit)
    starters = unit.get("TriggeredBy", "").split()
    named.triggers = {name: "active" if name[0] == "x" else "inactive" for name in starters}
    found, detail = required.judged(named, AT)
    assert (found, bool(detail)) == (state, bool(words))
    assert words in detail


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x.socket", "not listening"), ("x.mount", "not mounted"), ("x.timer", "not waiting"),
        ("x.device", "no such device"), ("x.target", "not reached"), ("x.slice", "not running"),
    ],
)  # fmt: skip
def test_each_kind_of_unit_has_its_words(name: str, words: str) -> None:
    state, detail = required.judged(Named(name, {**ENDED, "Result": ""}), AT, properties.USER)
    assert state == "critical"
    assert detail.startswith(words)
    assert "systemctl --user start" in detail or name == "x.device"


KNOWN: dict[str, dict[str, str]] = {
    "system": {
        "ssh.service": "active loaded enabled",
        "down.service": "inactive loaded enabled",
        "backup.timer": "active loaded enabled",
        "off.timer": "inactive loaded disabled",
        "hidden.timer": "inactive masked masked",
    },
    "user": {"syncthing.service": "active loaded enabled"},
}
ANSWERS = """#!/bin/sh
scope=$1
case "$*" in
*SystemState*) echo SystemState=running; exit ;;
*list-units*) exit ;;
esac
shift 5
for name; do
  line=$(grep "^$scope $name " "{table}") || line="x $name inactive not-found x"
  set -- $line
  printf 'Id=%s\\nActiveState=%s\\nLoadState=%s\\nUnitFileState=%s\\n' $2 $3 $4 $5
  printf 'SubState=sub\\nInvocationID=\\n\\n'
done
"""


class Systemd(Host):
    """This host, as if it ran systemd; systemctl comes from PATH. Without `runtime` this account
    has no manager."""

    def __init__(self, runs: bool, runtime: str) -> None:
        super().__init__()
        self.there = {"/run/systemd/system"} if runs else set()
        self.there |= {f"{runtime}/systemd/private"} if runtime else set()

    def exists(self, path: str) -> bool:
        return path in self.there

    def owner(self, path: str) -> int | None:
        return os.geteuid()

    def entries(self, path: str) -> list[str]:
        return []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    table = "".join(
        f"--{manager} {name} {words}\n"
        for manager, units in KNOWN.items()
        for name, words in units.items()
    )
    (tmp_path / "table").write_text(table)
    program(tmp_path, "systemctl", ANSWERS.replace("{table}", str(tmp_path / "table")))
    program(tmp_path, "journalctl", '#!/bin/sh\nprintf \'{"MESSAGE":"last words"}\\n\'\n')
    yield tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def answer(path: str, *words: str, runs: bool = True, runtime: str = "/run/user/7") -> Table:
    from importlib import import_module

    verb = BUILT_IN.verb(path)
    host = Systemd(runs, runtime)

    class Here(Context):
        def host(self) -> Host:
            return host

    with open(os.devnull, "w") as nobody:
        env = {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": runtime}
        context = Here([], env, nobody, nobody, BUILT_IN)
        module, _, function = verb.function.partition(":")
        found = getattr(import_module(module), function)(context, parse(verb, list(words), 2))
    assert isinstance(found, Table)
    return found


def rows(table: Table) -> dict[Any, dict[str, Any]]:
    keys = [column.key for column in table.columns]
    found = [dict(zip(keys, row)) for row in table.rows]
    return {row["unit" if "unit" in row and "timer" not in row else "timer"]: row for row in found}


def test_units_of_both_managers_in_one_table(programs: Path) -> None:
    table = answer("unit check", "syncthing", "ssh", "down", "gone.socket", "ssh.service")
    found = rows(table)
    assert [(name, row["state"], row["manager"]) for name, row in found.items()] == [
        ("down.service", "critical", "system"),
        ("gone.socket", "critical", None),
        ("syncthing.service", "ok", "user"),
        ("ssh.service", "ok", "system"),
    ]
    both = "the system's manager and this account's own manager have no such unit"
    assert found["gone.socket"]["detail"] == both
    assert found["down.service"]["log"] == ("last words",)
    assert found["ssh.service"]["log"] == ()
    assert (table.code, table.folded) == (1, 2)
    assert table.fine == "fine: syncthing.service, ssh.service (details: --all)"


def test_one_manager_is_enough_if_it_is_chosen(programs: Path) -> None:
    table = answer("unit check", "syncthing", "--system")
    assert rows(table)["syncthing.service"]["detail"] == "the system's manager has no such unit"
    assert answer("unit check", "syncthing", "--user").code == 0
    assert answer("unit check", "ssh", runtime="").code == 0


def test_without_a_manager_a_required_unit_is_unknown(programs: Path) -> None:
    table = answer("unit check", "ssh", "--lines", "0", runs=False)
    assert (table.code, rows(table)["ssh.service"]["state"]) == (69, "unknown")
    assert "this host does not run systemd" in rows(table)["ssh.service"]["detail"]
    table = answer("unit check", "syncthing", "--user", runtime="")
    assert (table.code, rows(table)["syncthing.service"]["state"]) == (69, "unknown")
    assert "no manager of its own" in rows(table)["syncthing.service"]["detail"]
    assert answer("timer list", "backup", runs=False).code == 69


def test_a_manager_that_does_not_answer_makes_all_units_unknown(programs: Path) -> None:
    program(programs, "systemctl", "#!/bin/sh\nexec sleep 100\n")
    table = answer("unit check", "ssh", "down", "--timeout", "1s")
    assert table.code == 124
    assert {row["state"] for row in rows(table).values()} == {"unknown"}
    assert {row["detail"] for row in rows(table).values()} == {"systemctl: no answer within 1 s"}
    program(programs, "systemctl", "#!/bin/sh\necho Access denied >&2; exit 1\n")
    table = answer("unit check", "ssh")
    assert table.code == 69
    assert rows(table)["ssh.service"]["detail"] == "systemctl: Access denied"
    (programs / "systemctl").unlink()


@pytest.mark.parametrize("name", ["ssh*", "getty@", "a b", ""])
def test_a_wrong_name_is_a_wrong_command_line(programs: Path, name: str) -> None:
    for path in ("unit check", "timer list"):
        with pytest.raises(Failure) as failure:
            answer(path, name)
        assert failure.value.code == 2


def test_timers_that_must_be_there(programs: Path) -> None:
    table = answer("timer list", "backup", "off", "hidden.timer", "gone", "backup.timer")
    assert {name: (row["state"], row["detail"]) for name, row in rows(table).items()} == {
        "off.timer": (
            "critical", "disabled, not started; systemctl enable --now off.timer"
        ),
        "hidden.timer": ("critical", "masked; systemctl unmask hidden.timer"),
        "gone.timer": ("critical", "no such timer"),
        "backup.timer": ("ok", "has not run yet"),
    }  # fmt: skip
    assert table.code == 1
    assert answer("timer list", "backup", "--system").code == 0
    with pytest.raises(Failure, match=r"homelab unit check ssh\.service"):
        answer("timer list", "ssh.service")
