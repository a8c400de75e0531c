"""The examples and figures in docs/telemetry.md are the program's."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re

import pytest
from support import pages
from support.world import World

from homelab import __version__
from homelab.settings import BY_NAME, Settings
from homelab.telemetry import notice, plan, sender, sinks, to_loki

PAGE = pages.text("telemetry")
LOKI = "http://loki.lan"
ME = pwd.getpwuid(os.getuid()).pw_name


def of_anybody(text: str, name: str) -> str:
    """A request without its moment, length, account and verb."""
    text = text.replace(f'"{name}"', '"NAME"')
    text = text.replace(hashlib.sha256(name.encode()).hexdigest()[:16], "HASH")
    text = re.sub(r'\["\d{19}"', '["MOMENT"', re.sub(r"Content-Length: \d+", "LENGTH", text))
    return re.sub(r'"verb":"[a-z ]+"', '"verb":"VERB"', text)


@pytest.mark.parametrize("form", ["label", "metadata"])
def test_the_requests_are_those_of_a_run(form: str, world: World) -> None:
    done = world.run(
        "config",
        HOMELAB_TELEMETRY="print",
        HOMELAB_TELEMETRY_ACCOUNT_AS=form,
        HOMELAB_LOKI_URL=LOKI,
    )
    sent = of_anybody(done.stderr, ME)
    if form == "metadata":
        sent = sent.splitlines()[-1] + "\n"
        assert of_anybody(pages.fences(PAGE, "The account as metadata", "json")[0], "alice") == sent
        return
    (shown,) = pages.fences(PAGE, "An event to the byte", "console")
    command, _, rest = shown.partition("\n")
    assert command.startswith(f"$ HOMELAB_TELEMETRY=print HOMELAB_LOKI_URL={LOKI} homelab ")
    assert of_anybody(rest, "alice") == sent


def test_the_length_that_it_shows_is_that_of_the_body_that_it_shows() -> None:
    (shown,) = pages.fences(PAGE, "An event to the byte", "console")
    head, _, body = shown.partition("\n\n")
    assert f"Content-Length: {len(body.strip())}" in head.splitlines()
    assert json.loads(body)["streams"][0]["values"][0][1] == f"exit=0 ver={__version__}"


def test_the_notice_is_the_first_runs() -> None:
    settings = Settings({"HOMELAB_LOKI_URL": LOKI}, (), {})
    said = notice.text(settings, sinks.chosen(settings), "")
    assert pages.fences(PAGE, "Consent", "text") == [said + "\n"]


@pytest.mark.parametrize("word", ["HOMELAB_TELEMETRY=0", "DO_NOT_TRACK=1", "enabled = no"])
def test_each_switch_that_it_names_switches_off(word: str, world: World) -> None:
    assert f"- `{word}`" in PAGE
    name, _, value = word.replace(" ", "").partition("=")
    if name == "enabled":
        world.settings(f"[telemetry]\n{word}\n")
        world.run("config")
    else:
        world.run("config", **{name: value})
    assert not world.state.exists()


def test_the_figures_are_the_programs() -> None:
    assert f"{BY_NAME['telemetry.journal_days'].default} days (`journal_days`)" in PAGE
    assert f"at most seven days and {plan.MOST:,} events" in PAGE
    assert f"A request may take {sender.REQUEST} s" in PAGE
    assert f"the process\n{to_loki.LIFETIME:.0f} s in all" in PAGE
