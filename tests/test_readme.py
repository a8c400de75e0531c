"""README and the pages name what exists: the catalogue's verbs, the settings, these commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
from support.world import ROOT

from homelab import __version__
from homelab.catalogue import arguments
from homelab.catalogue.resolve import longest_prefix
from homelab.describe.known_words import VARIABLES
from homelab.settings import SETTINGS, Settings
from homelab.telemetry import notice, sinks
from homelab.verbs import BUILT_IN

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
# Pages on the verbs themselves: each command and option in them is checked.
ON_VERBS = ("checks.md", "disks.md", "hosts.md", "jobs.md", "logs.md", "usage.md")
_PROGRAM = re.compile(r"(?:\S*/)?homelab(?:\.pyz)?")
# Options of build.py, which the pages name beside those of the verbs.
_BUILD_OPTIONS = {"--site", "--bytecode"}
MAX_SIZE = 9_000  # bytes: a first page that a newcomer reads to its end


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


def _commands(text: str) -> Iterator[list[str]]:
    """The words after `homelab` of each command in the blocks of a page, also of a command that
    another one starts (`job run … -- homelab service check`)."""
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        prompt = "$ " if language == "console" else ""
        for line in block.splitlines():
            if line.startswith(prompt) and "homelab" in line:
                yield from _of_line(line[len(prompt) :])


def _of_line(line: str) -> Iterator[list[str]]:
    words = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    words.whitespace_split = True
    command: list[str] | None = None
    for word in [*words, ";"]:
        ends = not word.strip("();<>|&")
        if _PROGRAM.fullmatch(word) or ends:
            if command:  # what job run starts is "true" where it is another homelab
                yield command + (["true"] if command[-1] == "--" else [])
            command = None if ends else []
        elif command is not None:
            command.append(word)


@pytest.mark.parametrize("name", ON_VERBS)
def test_each_command_of_a_page_is_understood(name: str) -> None:
    commands = list(_commands(PAGES[name]))
    assert commands
    for words in commands:
        length = longest_prefix(words, BUILT_IN.paths())
        assert length, words
        arguments.parse(BUILT_IN.verb(" ".join(words[:length])), words[length:], 10**18)


@pytest.mark.parametrize("name", ON_VERBS)
def test_each_option_that_a_page_names_exists(name: str) -> None:
    known = {
        option
        for verb in BUILT_IN.every()
        for each in verb.arguments
        if each.option
        for option in (each.name, *each.aliases)
    }
    named = {option for code in re.findall(r"`([^`\n]+)`", PAGES[name])
             for option in re.findall(r"(?:^| )(--[a-z-]+)", code)}  # fmt: skip
    assert named
    assert not named - known - _BUILD_OPTIONS
