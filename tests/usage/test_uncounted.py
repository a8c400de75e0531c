"""Every verb that counts reports the runs that it leaves out: runs that wait, runs in the journal
from before Loki was set, runs with a time from a wrong clock, and runs that were lost on the
way."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from support.generated import Filled

from homelab.telemetry import journal, ledger, outbox
from homelab.times import DAY, SECOND

NOW = 1795465834 * SECOND + 883967747  # 2026-11-23 20:30:34 UTC
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
WAITING = "3 runs wait in this account's outbox, 1 of which Loki may have (homelab usage status)"
KEPT = (
    "5 runs in the journal from before Loki was set (env -u HOMELAB_LOKI_URL homelab usage top"
    " shows them)"
)
ALL = f"homelab: not counted: {WAITING}; {KEPT}\n"


class Host:
    """A home whose runs go to a Loki that has none of them."""

    def __init__(self, home: Path, url: str) -> None:
        self.state = str(home / ".local/state/homelab")
        self.home = home
        self.sent = Filled({"HOME": str(home), "HOMELAB_LOKI_URL": url, "LC_ALL": "C.UTF-8"}, NOW)
        self.kept = Filled({"HOME": str(home), "LC_ALL": "C.UTF-8"}, NOW)

    def wait(self, moment: int, verb: str = "config", mark: str = "") -> None:
        outbox.append(self.state, f"{moment:019d} exit=0 ver=0.6.0 verb={verb}")
        if mark:
            name = f"{moment:019d}.0 exit=0 ver=0.6.0 verb={verb}"
            os.rename(f"{self.state}/outbox/{name}", f"{self.state}/outbox/{mark}{name}")

    def keep(self, moment: int, verb: str = "config") -> None:
        journal.append(self.state, f"{moment:019d} exit=0 ver=0.6.0 verb={verb}")


@pytest.fixture(scope="module")
def loki() -> Iterator[FakeLoki]:
    with FakeLoki(clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def host(tmp_path: Path, loki: FakeLoki) -> Host:
    return Host(tmp_path / "home", loki.url)


@pytest.fixture
def full(host: Host) -> Host:
    """Three runs wait, one of which was tried, and five are in the journal; one of each is older
    than the window of a month."""
    for number in (1, 2):
        host.wait(NOW - number * DAY)
    host.wait(NOW - 3 * DAY, mark="f")
    host.wait(NOW - 40 * DAY)
    for number in range(5):
        host.keep(NOW - DAY - number)
    host.keep(NOW - 40 * DAY)
    return host


@pytest.mark.parametrize(
    "words",
    [
        ("top",), ("top", "--by", "day"), ("top", "--failed"), ("top", "--compare"), ("trend",),
        ("next",), ("unused",), ("export",), ("report", "-o", "-"), ("top", "--user", ACCOUNT),
        ("export", "--verb", "config"), ("top", "--json"), ("top", "--csv"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_verb_that_counts_says_what_it_does_not_count(
    words: tuple[str, ...], full: Host
) -> None:
    """A13."""
    _, shown, said = full.sent.run("usage", *words)
    assert said.count(ALL) == 1
    if words[0] == "report":
        assert f"Not counted: {WAITING}; {KEPT}" in shown
    if "--json" in words:
        assert json.loads(shown)["uncounted"] == {"waiting": 3, "tried": 1, "journal": 5}


def test_a_stream_in_json_has_the_numbers_too(full: Host) -> None:
    """A13."""
    _, shown, _ = full.sent.run("usage", "export", "--json")
    assert json.loads(shown)["uncounted"] == {"waiting": 3, "tried": 1, "journal": 5}


def test_words_that_were_tried_are_told_from_verbs_that_ran(full: Host) -> None:
    """A13: `usage wanted` leaves out only tries."""
    full.wait(NOW - DAY - 9, "(unknown) backup")
    _, _, said = full.sent.run("usage", "wanted")
    assert "not counted: 1 run waits in this account's outbox (homelab usage status)\n" in said


@pytest.mark.parametrize(
    "words", [("--user", "ann"), ("--verb", "logs"), ("--since", "5m"), ("--verb", "conf")]
)
def test_what_was_not_asked_for_is_not_missing(words: tuple[str, ...], full: Host) -> None:
    """A13."""
    assert "not counted" not in full.sent.run("usage", "top", *words)[2]


def test_nothing_is_said_where_nothing_is_left_out(host: Host) -> None:
    _, shown, said = host.sent.run("usage", "top", "--json")
    assert "not counted" not in said
    assert "uncounted" not in json.loads(shown)
    assert not host.home.exists()


def test_the_journal_says_what_waits_for_the_loki_that_was_set(full: Host) -> None:
    """A13: the other way round."""
    _, _, said = full.kept.run("usage", "top")
    assert "not counted: 3 runs wait in this account's outbox from when Loki was set" in said
    assert "in the journal" not in said
    assert (
        "waiting      4: for the Loki that was set before\n" in full.kept.run("usage", "status")[1]
    )


def test_what_a_wrong_clock_dated_is_in_no_window_and_said(host: Host) -> None:
    """C6, C18: 2000 by a board without a battery, and 2040."""
    host.keep(NOW - DAY)
    host.keep(946_684_800 * SECOND)
    host.keep(2_208_988_800 * SECOND)
    host.wait(2_208_988_800 * SECOND)
    said = host.kept.run("usage", "top")[2]
    assert "not counted: 1 run waits in this account's outbox from when Loki was set" in said
    assert "; 2 runs in the journal with a time from a wrong clock\n" in said
    assert "counted since 2026-11-22: " in said  # none of these clocks
    host.kept.run("usage", "top")  # folded meanwhile, to counts by day
    assert (
        "2 runs in the journal with a time from a wrong clock" in host.kept.run("usage", "trend")[2]
    )


def test_what_was_lost_on_the_way_is_said_for_the_window_that_it_was_in(host: Host) -> None:
    """A13: runs dropped at the outbox's bound, and runs that Loki refused."""
    os.makedirs(host.state, 0o700)
    book = ledger.Ledger()
    book.dropped, book.refused, book.last_loss = 7, 2, NOW - 3 * DAY
    book.keep(host.state)
    said = (
        "not counted: 9 runs lost on the way to Loki: 7 dropped, 2 refused (homelab usage status)"
    )
    assert said in host.sent.run("usage", "top")[2]
    assert said not in host.sent.run("usage", "top", "--since", "2d")[2]
    book.last_loss = 946_684_801 * SECOND  # by a clock without battery: it may be of any window
    book.keep(host.state)
    assert said in host.sent.run("usage", "top", "--since", "2d")[2]
    book.last_loss = 0  # an earlier build kept no time
    book.keep(host.state)
    assert said in host.sent.run("usage", "top", "--since", "2d")[2]


def test_a_journal_that_cannot_be_read_is_no_empty_one(host: Host) -> None:
    """A13."""
    os.makedirs(f"{host.state}/usage.log", 0o700)
    said = host.sent.run("usage", "top")[2]
    assert "not counted: the journal's runs from before Loki was set: the journal" in said


def test_status_says_what_is_in_the_journal(full: Host) -> None:
    """A13."""
    shown = full.sent.run("usage", "status")[1]
    assert "in the journal  6: from before Loki was set; they are not sent\n" in shown


def test_a_journal_behind_settings_in_a_file_is_named_without_a_command(full: Host) -> None:
    """A13: no variable to unset shows it."""
    path = full.home / ".config/homelab/config.ini"
    path.parent.mkdir(parents=True)
    path.write_text(f"[loki]\nurl = {full.sent.env['HOMELAB_LOKI_URL']}\n")
    said = full.kept.run("usage", "top")[2]
    assert "; 5 runs in the journal from before Loki was set, never sent\n" in said


def test_the_trend_of_one_verb_leaves_out_that_verb_alone(host: Host) -> None:
    """A13: runs of other verbs do not matter for the answer."""
    host.wait(NOW - DAY, "config")
    host.keep(NOW - DAY, "config")
    assert "not counted" not in host.sent.run("usage", "trend", "host", "status")[2]
    assert "1 run waits" in host.sent.run("usage", "trend", "config")[2]
