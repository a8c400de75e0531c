"""Issue 17, point 13: the account that ran a verb is hidden from people who do not need it, can be
forgotten, and is kept for a limited time. Each test runs the built file."""

from __future__ import annotations

import json
import os
import pwd
import re
import shlex
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from fakes.loki.server import SILENCE, Answer, FakeLoki, Request
from support.kept_days import sample
from support.reading import Sink, until
from support.terminal import Terminal
from support.world import ROOT, World

from homelab.loki.address import Address
from homelab.system import paths
from homelab.telemetry import pseudonym
from homelab.times import DAY
from homelab.usage import kept
from homelab.verbs import BUILT_IN
from homelab.verbs.usage import forget as forget_verb

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
KEY = "correct horse battery staple"
USAGE = '{job="homelab-usage"}'


def _users(loki: FakeLoki, selector: str = USAGE) -> list[str]:
    return [labels["user"] for labels, _, _ in loki.entries(selector)]


def _send(world: World, loki: FakeLoki) -> set[str]:
    """Run a verb until one of its runs arrives (on a busy machine a sender may have too little
    time); return the accounts that Loki knows then."""
    before = len(loki.entries(USAGE))
    for _ in range(20):
        world.run("config")
        if until(lambda: len(loki.entries(USAGE)) > before, 6):  # a sender rests for 5 s
            return set(_users(loki))
    raise AssertionError("nothing arrived")


def _stored(loki: FakeLoki, user: str) -> None:
    """Store a run of an account in Loki."""
    labels = {"job": "homelab-usage", "user": user, "verb": "config"}
    Sink(loki.url).push(labels, [(time.time_ns(), "exit=0 ver=0.6.0")])


def _no_pushes(request: Request) -> Answer | None:
    return SILENCE if request.path.endswith("/push") else None


def _pseudonym(world: World, key: str = KEY, site: str = "") -> Path:
    """Configure a pseudonym for the world's account; return the key's file."""
    path = world.folder / "account.key"
    path.write_text(key)
    world.settings(f"[telemetry]\naccount = pseudonym\naccount_key_file = {path}\n{site}")
    return path


# ---- (a) pseudonyms


def test_with_a_pseudonym_no_byte_of_the_name_leaves(world: World, loki: FakeLoki) -> None:
    _pseudonym(world)
    world.env["HOMELAB_LOKI_URL"] = loki.url
    _send(world, loki)
    world.run("usage", "doctor")  # also its own event
    (user,) = {labels["user"] for labels, _, _ in loki.entries('{job=~"homelab-.*"}')}
    assert re.fullmatch("u-[A-Z2-7]{12}", user)
    sent = b"".join(
        request.path.encode() + repr(request.query).encode() + repr(request.headers).encode()
        + request.body
        for request in loki.requests
    )  # fmt: skip
    assert f'"{ACCOUNT}"'.encode() not in sent
    assert KEY.encode() not in sent
    shown = world.run("config", HOMELAB_TELEMETRY="print").stderr
    assert f'"user":"{user}"' in shown
    assert f'user="{user}"' in world.run("usage", "status").stdout


def test_two_hosts_of_a_site_send_one_pseudonym(pyz: str, tmp_path: Path) -> None:
    users: list[str] = []
    for number, key in enumerate((KEY, f"{KEY}\n", "another key, of another site")):
        folder = tmp_path / str(number)
        folder.mkdir()
        host = World(pyz, folder)
        _pseudonym(host, key)
        with FakeLoki() as loki:
            host.env["HOMELAB_LOKI_URL"] = loki.url
            users += _send(host, loki)
    first, second, third = users
    assert first == second != third


@pytest.mark.parametrize("trouble", ["unset", "missing", "unreadable", "short", "a pipe"])
def test_without_a_usable_key_nothing_is_counted_and_the_reason_is_said(
    trouble: str, world: World, loki: FakeLoki
) -> None:
    path = _pseudonym(world)
    path.unlink()
    if trouble == "unset":
        world.settings("[telemetry]\naccount = pseudonym\n")
    elif trouble == "unreadable":
        path.mkdir()
    elif trouble == "short":
        path.write_text("12345")
    elif trouble == "a pipe":
        os.mkfifo(path)
    world.env["HOMELAB_LOKI_URL"] = loki.url
    done = world.run("config")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (world.state / "outbox").exists()
    assert not until(lambda: loki.requests, seconds=0.5)
    status = world.run("usage", "status", "--csv").stdout.splitlines()
    assert status[1] == "counting,off"
    assert re.match('decided by,"?no key for pseudonyms: ', status[2])
    assert ACCOUNT not in "".join(line for line in status if line.startswith("an event"))
    shown = world.run("config", HOMELAB_TELEMETRY="print").stderr
    assert shown.startswith("none: counting is off (no key for pseudonyms: ")
    assert world.run("usage", "doctor").returncode in (0, 1)
    assert loki.entries('{job=~"homelab-.*"}') == []


def test_a_user_may_be_stricter_than_the_site_and_not_the_other_way_round(
    tmp_path: Path, loki: FakeLoki
) -> None:
    key = tmp_path / "account.key"
    key.write_text(KEY)
    site = tmp_path / "site.ini"
    built = tmp_path / "site.pyz"
    text = f"[loki]\nurl = {loki.url}\n[telemetry]\naccount_key_file = {key}\naccount = "
    users: set[str] = set()
    for number, (ours, theirs) in enumerate((("pseudonym", "name"), ("name", "pseudonym"))):
        site.write_text(text + ours)
        subprocess.run(
            ["python3", str(ROOT / "build.py"), "--site", str(site), "--output", str(built)],
            check=True, capture_output=True,
        )  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(str(built), folder)
        world.settings(f"[telemetry]\naccount = {theirs}\n")
        shown = world.run("config", "--csv").stdout
        assert "\ntelemetry.account,pseudonym," in shown
        assert KEY not in shown
        users |= _send(world, loki)
    assert len(users) == 1
    assert ACCOUNT not in users


def test_a_reader_with_the_key_finds_an_account_by_its_name(world: World, loki: FakeLoki) -> None:
    world.env["HOMELAB_LOKI_URL"] = loki.url
    _stored(loki, "ann")
    _stored(loki, pseudonym.of(KEY.encode(), "ann"))
    _stored(loki, "another")
    key = _pseudonym(world)
    world.settings(f"[telemetry]\naccount_key_file = {key}\n")
    both = world.run("usage", "top", "--user", "ann", "--csv").stdout.splitlines()
    assert both[1].startswith("config,2,")
    rows = world.run("usage", "top", "--by", "user", "--csv").stdout.splitlines()
    assert sorted(row.split(",")[0] for row in rows[1:]) == sorted(_users(loki))
    world.settings("")
    alone = world.run("usage", "top", "--user", "ann", "--csv").stdout.splitlines()
    assert alone[1].startswith("config,1,")


# ---- (b) forgetting


def test_forgetting_deletes_here_and_in_loki_and_says_what_remains(
    world: World, loki: FakeLoki
) -> None:
    world.run("config")  # into the journal
    world.env["HOMELAB_LOKI_URL"] = loki.url
    loki.deletion = "filter-and-delete"
    _stored(loki, "another")
    _stored(loki, ACCOUNT)
    loki.hook = _no_pushes
    world.run("config")  # waits in the outbox
    assert until((world.state / "sender").exists, 60)
    done = world.run("usage", "forget", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("deleted the journal (usage.log), ", "1 waiting event", "record of deliveries"):
        assert part in done.stdout
    assert f'job=~"homelab-usage|homelab-selftest", user=~"{ACCOUNT}"' in done.stdout
    for remains in ("other accounts", "other hosts", "backups", "exports", "compactor", "index"):
        assert remains in done.stdout
    assert "counting continues; homelab usage off stops it" in done.stdout
    assert world.events() == []
    assert _outbox(world) == []
    assert not (world.state / "sender").exists()
    rows = world.run("usage", "top", "--by", "user", "--csv").stdout.splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["another"]
    loki.store.compact()
    assert _users(loki) == ["another"]


def test_forgetting_deletes_the_counts_of_closed_days(world: World) -> None:
    """The counts of every Loki that this account ever used, not only of the configured one."""
    for identity in ("http://loki.lan", "http://loki.lan tenant"):
        assert kept.write(world.env, identity, sample()) == ""
    names = kept.names(world.env)
    place = paths.cache(world.env)
    what = f"the counts of closed days ({', '.join(names)}); in {place}\n"
    shown = world.run("usage", "forget", "--dry-run")
    assert shown.stdout.startswith(f"would delete {what}")
    listed = world.run("usage", "status").stdout
    assert f"of closed days, in {place}\n" in listed
    assert len(kept.names(world.env)) == 2
    done = world.run("usage", "forget", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"deleted {what}")
    assert "caches of other accounts" in done.stdout
    assert kept.names(world.env) == []
    assert "of closed days" not in world.run("usage", "status").stdout


def test_counts_that_can_not_be_deleted_keep_nothing_else_from_it(world: World) -> None:
    world.run("config")
    folder = Path(paths.cache(world.env), "usage-x")
    folder.mkdir(parents=True)
    done = world.run("usage", "forget", "--yes")
    assert done.returncode == 1
    assert f"{folder} can't be deleted: " in done.stderr
    assert done.stderr.count("\n") == 1
    assert world.events() == []
    folder.parent.chmod(0o777)
    for words in (("--yes",), ("--dry-run",)):
        done = world.run("usage", "forget", *words)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert f"nothing in {folder.parent} is touched: " in done.stderr
    assert "counts kept  not known: nothing in" in world.run("usage", "status").stdout


def _outbox(world: World) -> list[str]:
    """The names of the waiting files."""
    return [name for name in os.listdir(world.state / "outbox") if name != "lock"]


def test_a_sender_at_work_brings_nothing_back(world: World, loki: FakeLoki) -> None:
    """The sender waits for the answer to a push while the account is forgotten."""
    world.env["HOMELAB_LOKI_URL"] = loki.url
    loki.deletion = "filter-and-delete"
    stored, forgotten = threading.Event(), threading.Event()

    def hook(request: Request) -> Answer | None:
        if request.path.endswith("/push"):
            stored.set()
            forgotten.wait(0.6)  # the kernel ends the sender after 0.8 s
        return None

    loki.hook = hook
    assert until(lambda: world.run("config") and stored.is_set(), 120)
    codes = {world.run("usage", "forget", "--yes").returncode}
    forgotten.set()
    if codes == {75}:  # a message says so if the sender did not end on a busy machine
        assert until(lambda: world.run("usage", "forget", "--yes").returncode == 0, 120)
    assert _outbox(world) == []
    assert not (world.state / "sender").exists()
    assert world.run("usage", "top", "--csv").stdout.splitlines()[1:] == []
    loki.store.compact()
    assert loki.entries(USAGE) == []


@pytest.mark.parametrize("mode", ["", "disabled"])
def test_where_loki_deletes_nothing_the_operator_learns_what_to_do(
    mode: str, world: World, loki: FakeLoki
) -> None:
    world.env.update(HOMELAB_LOKI_URL=loki.url, HOMELAB_LOKI_TENANT="lab")
    _stored(loki, ACCOUNT)
    loki.deletion = mode
    done = world.run("usage", "forget", "--yes")
    assert (done.returncode, done.stderr) == (1, "")
    why = "deletion_mode is disabled for this tenant" if mode else "it has no deletion API"
    assert why in done.stdout
    for line in ("retention_enabled: true", "deletion_mode: filter-and-delete"):
        assert line in done.stdout
    commands = re.findall("^    curl .*$", done.stdout, re.MULTILINE)
    assert len(commands) == 2  # runs whose account is a label, or is in each line
    assert all("-H 'X-Scope-OrgID: lab'" in command for command in commands)
    assert _users(loki) == [ACCOUNT]
    loki.deletion = "filter-and-delete"  # the operator did so, and runs the printed command
    for command in commands:
        url = command.rpartition(" ")[2].strip("'")
        with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
            assert answer.status == 204
    loki.store.compact()
    assert loki.entries(USAGE) == []


def test_the_operators_command_shows_no_token_and_runs_nothing_else(
    world: World, loki: FakeLoki
) -> None:
    """It is pasted into a shell; any tenant must be one word there."""
    port = loki.url.rpartition(":")[2]
    tenant = "x'; touch pwn #"
    world.env.update(
        HOMELAB_LOKI_URL="http://loki.lan/geheim", HOMELAB_LOKI_LB=f"127.0.0.1:{port}",
        HOMELAB_LOKI_TENANT=tenant,
    )  # fmt: skip
    done = world.run("usage", "forget", "--yes")
    assert done.returncode == 1
    assert "geheim" not in done.stdout + done.stderr
    for command in re.findall("^    curl .*$", done.stdout, re.MULTILINE):
        words = shlex.split(command)
        assert words[:7] == [
            "curl", "-X", "POST", "-H", f"X-Scope-OrgID: {tenant}", "--connect-to",
            f"::127.0.0.1:{port}",
        ]  # fmt: skip
        assert words[7].startswith("http://loki.lan/…/loki/api/v1/delete?")
        assert len(words) == 8
    assert "where … is the path in loki.url" in done.stdout


def test_the_operators_command_writes_an_ipv6_address_in_brackets() -> None:
    address = Address("http://loki.lan", "[fd00::7]:8443")
    options = forget_verb.options(address, "")
    assert shlex.split(options) == ["--connect-to", "::[fd00::7]:8443"]


def test_a_loki_that_is_away_keeps_nothing_here_from_being_deleted(world: World) -> None:
    world.run("config")
    world.env["HOMELAB_LOKI_URL"] = "http://127.0.0.1:1"
    done = world.run("usage", "forget", "--yes")
    assert done.returncode == 69
    assert "deleted the journal" in done.stdout
    assert "connection refused" in done.stderr
    assert done.stderr.count("\n") == 1
    assert world.events() == []


def test_a_pseudonym_is_forgotten_with_the_name(world: World, loki: FakeLoki) -> None:
    world.env["HOMELAB_LOKI_URL"] = loki.url
    loki.deletion = "filter-and-delete"
    _stored(loki, ACCOUNT)
    _stored(loki, pseudonym.of(KEY.encode(), ACCOUNT))
    key = _pseudonym(world)
    key.rename(world.folder / "elsewhere")
    done = world.run("usage", "forget", "--yes")
    assert done.returncode == 1
    assert "runs sent under a pseudonym can't be found: no key for pseudonyms" in done.stderr
    (world.folder / "elsewhere").rename(key)
    assert world.run("usage", "forget", "--yes").returncode == 0
    loki.store.compact()
    assert loki.entries(USAGE) == []


def test_nothing_is_deleted_that_was_not_confirmed(world: World) -> None:
    world.run("config")
    world.run("usage", "on")
    done = world.run("usage", "forget")
    assert done.returncode == 2
    assert done.stderr.startswith("homelab: nothing is deleted without --yes")
    shown = world.run("usage", "forget", "--dry-run", "--yes")
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"would delete the journal (usage.log); in {world.state}\n")
    assert world.run("usage", "forget", "--yes", HOMELAB_READ_ONLY="1").returncode == 77
    assert len(world.events()) == 1
    for keys, left in (("\n", 1), ("n\n", 1), ("y\n", 0)):
        with Terminal([world.pyz, "usage", "forget"], world.env, str(world.folder)) as terminal:
            terminal.expect("this deletes the journal")
            terminal.expect(r"delete\? \[y/N\] ")
            terminal.type(keys)
            terminal.expect("nothing is deleted; answer y" if left else "what remains")
        assert until(lambda: len(world.events()) == left, 60)  # noqa: B023


@pytest.mark.needs("root")
def test_another_accounts_folder_is_not_touched(world: World) -> None:
    world.run("config")
    os.chown(world.state, 12345, 12345)
    done = world.run("usage", "forget", "--yes")
    assert done.returncode == 1
    what = f"nothing in {world.state} is touched: {world.state}: it belongs to another account"
    assert done.stderr.startswith(f"homelab: {what} (number 12345); ")
    assert "delete it by hand" not in done.stderr
    assert len(world.events()) == 1


def test_forgetting_is_no_tool_and_never_counted(world: World) -> None:
    assert BUILT_IN.verb("usage forget").tool is False
    world.run("usage", "forget", "--yes")
    assert world.events() == []


# ---- (c) how long the journal keeps single runs


def _journal_of_402_days(world: World) -> tuple[int, int]:
    """Write a journal with two runs; return their moments (ns): too old, and recent enough."""
    now = time.time_ns()
    old, young = now - 402 * DAY, now - 398 * DAY
    text = "".join(f"{moment} exit=0 ver=0.6.0 verb=nas df\n" for moment in (old, young))
    world.journal.parent.mkdir(parents=True, exist_ok=True)
    world.journal.write_text(text)
    return old, young


def _assert_only_the_old_one_is_gone(world: World, old: int, young: int) -> None:
    for path in world.state.glob("usage.*.log"):  # a later fold removes it, after a minute
        path.unlink()
    kept = b"".join(path.read_bytes() for path in world.state.glob("usage.*"))
    assert b"%d" % old not in kept
    assert b"%d" % young in kept


@pytest.mark.parametrize("takes", ["all", "nothing", "no connection"])
def test_a_journal_from_before_a_loki_forgets_too(takes: str, world: World, loki: FakeLoki) -> None:
    """It does not matter what happens to the sender that starts the fold."""
    old, young = _journal_of_402_days(world)
    if takes == "nothing":
        loki.hook = _no_pushes
    world.run("config", HOMELAB_LOKI_URL="http://127.0.0.1:1" if takes[:2] == "no " else loki.url)
    assert until((world.state / "usage.history").exists, 60)
    _assert_only_the_old_one_is_gone(world, old, young)


def test_switching_counting_off_folds_a_last_time(world: World) -> None:
    assert world.run("usage", "off").returncode == 0
    assert not list(world.state.glob("usage*"))  # if there is no journal, none is created
    old, young = _journal_of_402_days(world)
    assert world.run("usage", "off").returncode == 0
    _assert_only_the_old_one_is_gone(world, old, young)


def test_no_single_run_is_left_after_400_days(world: World) -> None:
    """None is left in a moved file or as the moment of the only run of its kind on that day."""
    world.run("config")
    old, young = _journal_of_402_days(world)
    yesterday = time.time() - 86_400
    os.utime(world.journal, (yesterday, yesterday))
    world.run("config")  # nobody reads
    assert until((world.state / "usage.history").exists, 60)
    _assert_only_the_old_one_is_gone(world, old, young)
    rows = world.run("usage", "top", "--since", "500d", "--csv").stdout
    assert "\nnas df,2," in rows


# ---- (d) data that is handed on


RAN = {  # the accounts that ran each verb, with their numbers of runs
    "host status": {"ann": 5, "ben": 4, "cat": 3},
    "disk usage": {"ann": 2, "ben": 2},
    "nas secret": {"cat": 7},
    "(unknown) vpn": {"cat": 1},
    "(personal)": {"ann": 1},
}


@pytest.fixture
def lab_of_three(world: World, loki: FakeLoki) -> World:
    """A world with the runs of three accounts in its Loki."""
    world.env["HOMELAB_LOKI_URL"] = loki.url
    now = time.time_ns()
    for verb, users in RAN.items():
        for user, runs in users.items():
            labels = {"job": "homelab-usage", "user": user, "verb": verb}
            entries = [(now - 10**9 * (n + 1), "exit=0 ver=0.6.0") for n in range(runs)]
            Sink(loki.url).push(labels, entries[::-1])
    return world


HANDED_ON = [
    ("report", "-o", "-"), ("dashboard",), ("export", "--csv"), ("export", "--json"), ("export",),
]  # fmt: skip


@pytest.mark.parametrize("words", HANDED_ON, ids=" ".join)
def test_nothing_handed_on_names_an_account_unasked(
    words: tuple[str, ...], lab_of_three: World
) -> None:
    done = lab_of_three.run("usage", *words)
    assert done.returncode == 0
    assert not re.search(r"\b(ann|ben|cat)\b", done.stdout + done.stderr)
    if words != ("dashboard",):  # the dashboard asks Loki for them when it is opened
        named = lab_of_three.run("usage", *words, "--accounts").stdout
        assert all(re.search(rf"\b{name}\b", named) for name in ("ann", "ben", "cat"))
    else:
        assert "user" not in done.stdout.replace('| user!=\\"\\"', "")
        assert "Runs by account" in lab_of_three.run("usage", *words, "--accounts").stdout


@pytest.mark.parametrize("words", HANDED_ON, ids=" ".join)
def test_what_few_accounts_ran_is_one_row_in_what_is_handed_on(
    words: tuple[str, ...], lab_of_three: World
) -> None:
    done = lab_of_three.run("usage", *words)
    said = done.stdout + done.stderr
    assert "disk usage" in said
    assert "(few accounts)" in said
    assert "nas secret" not in said
    assert not re.search(r"\(unknown\)\\* vpn|>vpn<", said)
    if words != ("dashboard",):  # it then asks for every verb, and gets none
        assert "nas secret" in lab_of_three.run("usage", *words, "--min-users", "1").stdout


def test_the_folded_row_has_the_sum_and_no_verb_of_it_is_told(lab_of_three: World) -> None:
    page = lab_of_three.run("usage", "report", "-o", "-").stdout
    top = re.sub("<[^>]*>", " ", page.partition('id="top"')[2].partition("</section>")[0])
    assert re.search(r"\(few accounts\)\s+8\s", top)  # 7 + 1, of two accounts
    assert page.count("nas secret") == 0
    document = json.loads(lab_of_three.run("usage", "export", "--json").stdout)
    told = [row["verb"] for row in document["rows"]]
    assert told.count("(few accounts)") == 9
    assert len(told) == sum(sum(users.values()) for users in RAN.values())
    assert {row["user"] for row in document["rows"]} == {None}
    words = ("usage", "export", "--user", "ann", "--min-users", "3", "--csv")
    rows = lab_of_three.run(*words).stdout.splitlines()[1:]
    assert {row.split(",")[2] for row in rows} == {"host status", "(few accounts)"}


def test_an_accounts_own_journal_is_its_own_to_hand_on(world: World) -> None:
    world.run("config")
    for words in HANDED_ON[:1] + HANDED_ON[2:]:
        done = world.run("usage", *words)
        assert done.returncode == 0
        assert "config" in done.stdout
        said = (done.stdout + done.stderr).replace(":root", "")  # a selector of CSS
        assert not re.search(rf"\b{ACCOUNT}\b", said)
        folded = world.run("usage", *words, "--min-users", "2").stdout
        assert "(few accounts)" in folded
    assert world.run("usage", "dashboard").returncode == 0


def test_at_a_terminal_a_reader_asks_for_accounts_as_before(lab_of_three: World) -> None:
    rows = lab_of_three.run("usage", "top", "--by", "user", "--csv").stdout.splitlines()
    assert sorted(row.split(",")[0] for row in rows[1:]) == ["ann", "ben", "cat"]
