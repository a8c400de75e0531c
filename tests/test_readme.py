"""README and the pages name what exists: the catalogue's verbs, the settings, these commands."""

from __future__ import annotations

import re

from support.world import ROOT

from homelab import __version__
from homelab.describe.known_words import VARIABLES
from homelab.settings import SETTINGS, Settings
from homelab.telemetry import notice, sinks
from homelab.verbs import BUILT_IN

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
MAX_SIZE = 9_000  # bytes: a first page that somebody reads to its end


def _section(title: str) -> str:
    """README's text below the heading `title`, up to the next one."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_it_is_short() -> None:
    assert len(README.encode()) <= MAX_SIZE


def test_the_table_has_each_verb_of_the_catalogue_once() -> None:
    rows = re.findall(r"^\| .* \| (.*) \|$", _section("Verbs"), re.MULTILINE)
    named = [verb for row in rows for verb in re.findall(r"`([^`]+)`", row)]
    assert sorted(named) == [verb.path for verb in BUILT_IN.every()]


def test_two_commands_build_and_test() -> None:
    assert re.findall(r"^\$ (.+)$", _section("Build and test"), re.MULTILINE) == [
        "python3 build.py && dist/homelab.pyz host status; dist/homelab.pyz usage top",
        "python3 build.py test",
    ]


def test_the_notice_is_the_first_runs() -> None:
    settings = Settings({"HOMELAB_LOKI_URL": "http://loki.lan"}, (), {})
    said = notice.text(settings, sinks.chosen(settings), "")
    assert f"\n{said}\n```\n" in _section("Privacy")


def test_settings_that_are_named_exist() -> None:
    known = {setting.env for setting in SETTINGS} | {name for name, _ in VARIABLES}
    known |= {"HOMELAB_BIN", "HOMELAB_VERB", "HOMELAB_VERB_DIR"}  # to drop-ins
    others = ("HOMELAB_TEST_", "HOMELAB_JOB")  # the tests' own; to the command of --notify
    for name, text in {"README.md": README, **PAGES}.items():
        variables = set(re.findall(r"\bHOMELAB_[A-Z_]*[A-Z]\b", text))
        unknown = {each for each in variables - known if not each.startswith(others)}
        assert not unknown, name


def test_the_event_that_is_shown_has_this_version() -> None:
    assert f"ver={__version__}" in PAGES["telemetry.md"]
