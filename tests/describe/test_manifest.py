"""`manifest` and `help` describe the verbs to programs and people from one description."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.world import ROOT, World

from homelab.catalogue.verb import Verb
from homelab.describe import help as screens
from homelab.describe import manpage
from homelab.describe.known_words import VARIABLES
from homelab.errors import MEANINGS
from homelab.settings import SETTINGS
from homelab.texts import WIDTH
from homelab.verbs import BUILT_IN

DF = """#!/bin/sh
# Summary: free space of the pools
# Effect: read
# Option: -u, --unit GiB|TiB  unit to print (default: GiB)
# Arg: [POOL...]  one pool or more
# Example: homelab nas df tank
# Needs: zfs
# Exit: 3  a pool is degraded
"""


def document(world: World, *words: str) -> dict[str, Any]:
    done = world.run("manifest", *words)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def commands(found: dict[str, Any], path: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Every command that is a verb, by path."""
    verbs = {}
    for command in found.get("commands", []):
        words = (*path, command["name"])
        if "metadata" in command:
            verbs[" ".join(words)] = command
        verbs.update(commands(command, words))
    return verbs


def facts(command: dict[str, Any]) -> dict[str, Any]:
    return {fact["name"]: fact["value"] for fact in command["metadata"]}


def test_it_is_valid_by_the_published_schema(world: World) -> None:
    world.dropin("nas/df", DF)
    world.dropin("nas/silent", "#!/bin/sh\n")
    schema = json.loads((ROOT / "tests/describe/schemas/opencli-0.1.json").read_text())
    found = document(world)
    Draft202012Validator(schema).validate(found)
    assert found["opencli"] == "0.1"
    verbs = commands(found)
    own = {"nas df", "nas silent"}
    assert set(verbs) == {verb.path for verb in BUILT_IN.every()} | own
    assert world.run("manifest").stdout == world.run("manifest").stdout
    names = [command["name"] for command in found["commands"]]
    assert names == sorted(names)
    assert {command["name"] for command in found["commands"] if "commands" in command} == {
        *dict(BUILT_IN.groups), "nas",
    }  # fmt: skip


@pytest.mark.parametrize("verb", BUILT_IN.every(), ids=lambda verb: verb.path)
def test_every_fact_of_a_verb_is_there(verb: Verb) -> None:
    from homelab.describe import opencli

    command = commands(opencli.document([verb], BUILT_IN.groups, [], {}))[verb.path]
    told = facts(command)
    assert told["effect"] == verb.effect
    assert told["recorded"] == (verb.recorded and not verb.discovery)
    assert told["source"] == "built-in"
    assert told.get("output", "") == verb.schema
    assert {each["code"] for each in command["exitCodes"]} >= {code for code, _ in verb.exits}
    assert command["examples"] == list(verb.examples)
    given = [*command.get("options", []), *command.get("arguments", [])]
    assert {each["name"] for each in given} == {each.name for each in verb.arguments}
    by_name = {each["name"]: each for each in given}
    for argument in verb.arguments:
        told = facts(by_name[argument.name])
        assert told["type"] == argument.kind
        assert told.get("default", "") == argument.default
        inner = by_name[argument.name].get("arguments", [by_name[argument.name]])[0]
        assert inner.get("acceptedValues", []) == list(argument.choices)


def test_a_script_is_told_as_it_tells_of_itself(world: World) -> None:
    world.dropin("nas/df", DF)
    world.dropin("broken", "no program\n")
    found = document(world, "nas")
    assert set(commands(found)) == {"nas df"}
    command = commands(found)["nas df"]
    told = facts(command)
    assert (told["effect"], told["source"], told["needs"]) == ("read", "personal", ["zfs"])
    (unit,) = command["options"]
    assert (unit["name"], unit["aliases"]) == ("--unit", ["-u"])
    assert unit["arguments"][0]["acceptedValues"] == ["GiB", "TiB"]
    (pool,) = command["arguments"]
    assert (pool["name"], pool["required"], pool["arity"]) == ("POOL", False, {"minimum": 0})
    assert command["exitCodes"] == [{"code": 3, "description": "a pool is degraded"}]
    assert "broken" not in commands(document(world))


def test_every_variable_that_is_read_is_told(world: World) -> None:
    told = {each["name"] for each in facts(document(world))["environment"]}
    assert told == {each.env for each in SETTINGS if each.env} | {name for name, _ in VARIABLES}
    text = "".join(path.read_text() for path in (ROOT / "homelab").rglob("*.py"))
    read = set(re.findall(r'env(?:iron)?(?:\.get\(|\[)"([A-Z_]+)"', text))
    given = {"HOMELAB_BIN", "HOMELAB_VERB", "HOMELAB_VERB_DIR", "LC_CTYPE"}  # to drop-ins
    between = {"HOMELAB_START"}  # start.py to start.sh
    assert read - told - given - between <= {"HOME", "PATH"}


def test_a_part_of_it(world: World) -> None:
    assert set(commands(document(world, "usage", "top"))) == {"usage top"}
    assert set(commands(document(world, "verbs"))) == {
        verb.path for verb in BUILT_IN.every() if verb.path.split()[0] == "verbs"
    }
    done = world.run("manifest", "nosuch")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no verb or group 'nosuch'" in done.stderr
    assert world.run("manifest", "--brief", "--mcp").returncode == 2


def test_brief_is_a_line_a_verb(world: World) -> None:
    world.dropin("nas/df", DF)
    world.dropin("nas/silent", "#!/bin/sh\n")
    lines = world.run("manifest", "--brief").stdout.splitlines()
    assert len(lines) == len(BUILT_IN.every()) + 2
    assert "nas df [--unit=GiB|TiB] [POOL...]  [read]  free space of the pools" in lines
    assert "nas silent [ARGUMENTS...]  [undeclared]" in lines
    assert ("config [--json]  [read]  every setting, its value and where it comes from") in lines


def test_the_tools_are_those_of_mcp(world: World) -> None:
    world.dropin("nas/silent", "#!/bin/sh\n")
    tools = json.loads(world.run("manifest", "--mcp").stdout)["tools"]
    assert {tool["title"].removeprefix("homelab ") for tool in tools} == {
        *(verb.path for verb in BUILT_IN.every() if verb.tool), "nas silent",
    }  # fmt: skip
    for tool in tools:
        assert len(tool["annotations"]) == 4


@pytest.mark.parametrize("verb", BUILT_IN.every(), ids=lambda verb: verb.path)
def test_a_screen_has_all_there_is_to_know(verb: Verb) -> None:
    text = screens.screen(verb)
    title, _, rest = text.partition("\n\n")
    assert title.replace("\n", " ") == f"homelab {verb.path} - {verb.summary}"
    assert rest.startswith(f"usage: homelab {verb.path}")
    for argument in verb.arguments:
        assert argument.name in text
        assert f"(default: {argument.default})" in text.replace("\n", " ") or not argument.default
        assert all(choice in text for choice in argument.choices)
    for example in verb.examples:
        assert f"  {example}\n" in text
    for code, meaning in screens.exits(verb):
        assert f"  {code:<3}  {meaning}\n" in text.replace("\n       ", " ")
    assert f"effect: {screens.EFFECTS[verb.effect]}\n" in text
    examples = set(verb.examples)
    own = [line for line in text.splitlines() if line.strip() not in examples]
    assert max(map(len, own)) <= WIDTH


def test_the_first_screen_is_one_screen(world: World) -> None:
    lines = world.run("help").stdout.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 90
    words = {verb.path.split()[0] for verb in BUILT_IN.every()}
    assert words <= {line.split()[0] for line in lines if line.startswith("  ")}
    everything = world.run("help", "--all").stdout.splitlines()
    assert [line[2:20].strip() for line in everything] == [verb.path for verb in BUILT_IN.every()]


def page() -> str:
    return manpage.page(BUILT_IN, [(name, text) for name, text in VARIABLES])


@pytest.mark.needs("man", "groff", "mandoc")
def test_the_manual_page_renders_without_a_warning(world: World) -> None:
    done = world.run("help", "--man")
    assert (done.returncode, done.stderr) == (0, "")
    path = world.folder / "homelab.1"
    path.write_text(done.stdout)
    env = {**world.env, "MANWIDTH": "80", "MAN_KEEP_FORMATTING": ""}
    shown = subprocess.run(
        ["man", "--warnings=w", "-l", str(path)], env={**env, "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert shown.stderr == ""
    plain = re.sub(".\b", "", shown.stdout)
    for verb in BUILT_IN.every():
        assert f"homelab {verb.path}" in plain
        for example in verb.examples:
            assert example in plain  # exact to the character: people copy it into a shell
    for code in MEANINGS:
        assert re.search(rf"^ +{code} ", plain, re.MULTILINE)
    lint = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(path)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    told = [line for line in lint.stdout.splitlines() if "missing date" not in line]
    assert told == []  # without a date the same build gives the same page


def test_usage_errors_have_reason_one_example_and_where_to_read_on(world: World) -> None:
    for verb in BUILT_IN.every():
        if verb.path in ("help", "verbs run"):
            continue
        done = world.run(*verb.path.split(), "--nosuch")
        assert (done.returncode, done.stdout) == (2, ""), verb.path
        reason, example, more = done.stderr.splitlines()
        assert reason.startswith("homelab: ")
        assert example == f"example: {verb.examples[0]}"
        assert more == f"see homelab help {verb.path}"


def test_nothing_of_this_is_counted_or_touches_a_folder_for_a_built_in(world: World) -> None:
    world.dropin("nas/df", DF)
    strace = shutil.which("strace")
    for words in (["help", "usage", "top"], ["usage", "top", "--help"], ["manifest", "usage"]):
        if strace:
            log = world.folder / "calls"
            command = [strace, "-f", "-o", str(log), world.pyz, *words]
            subprocess.run(command, env=world.env, check=True, capture_output=True, timeout=60)
            assert str(world.verbs) not in log.read_text()
        else:
            world.run(*words)
    assert not world.state.exists()


def test_no_value_of_an_option_has_two_ellipses(world: World) -> None:
    for words in (("help", "mcp"), ("manifest", "--brief")):
        done = world.run(*words)
        assert "HOST,..." in done.stdout + done.stderr
        assert "......" not in done.stdout + done.stderr
