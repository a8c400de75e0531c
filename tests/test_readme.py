"""The README is up to date: its verbs are the catalogue's, its commands are these."""

from __future__ import annotations

import re

from support.world import ROOT

from homelab import __version__
from homelab.describe.known_words import VARIABLES
from homelab.settings import SETTINGS, Settings
from homelab.telemetry import notice, sinks
from homelab.verbs import BUILT_IN

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_verbs_are_the_catalogues() -> None:
    rows = re.findall(r"^\| `([a-z -]+)` \| (.*) \|$", README, re.MULTILINE)
    assert rows == [(verb.path, verb.summary) for verb in BUILT_IN.every()]


def test_two_commands_open_it() -> None:
    commands = re.findall(r"^    (.+)$", README.partition("The first prints")[0], re.MULTILINE)
    assert commands == [
        "python3 build.py && dist/homelab.pyz host status; dist/homelab.pyz usage top",
        "python3 build.py test",
    ]


def test_the_notice_is_the_first_runs() -> None:
    settings = Settings({"HOMELAB_LOKI_URL": "http://loki.lan"}, (), {})
    said = notice.text(settings, sinks.chosen(settings), "")
    assert "".join(f"    {line}\n" for line in said.split("\n")) in README


def test_settings_that_are_named_exist() -> None:
    variables = set(re.findall(r"HOMELAB_[A-Z_]+", README)) - {"HOMELAB_TEST_LOKI"}
    given = {"HOMELAB_BIN", "HOMELAB_VERB", "HOMELAB_VERB_DIR"}  # to drop-ins
    others = {name for name, _ in VARIABLES}
    assert variables - given <= {setting.env for setting in SETTINGS} | others
    assert f"ver={__version__}" in README
