"""The columns that `on` reads answers by are those that the verbs print."""

from __future__ import annotations

import json

import pytest
from support.world import World

from homelab.catalogue.arguments import parse
from homelab.catalogue.verb import Verb
from homelab.output.columns import SHOWN_ONLY
from homelab.verbs import BUILT_IN

# Words with which a verb has rows on any host.
WORDS = {
    "cert check": ["127.0.0.1:1"],
    "logs count": ['{a="b"}'],
    "logs volume": ["--by", "unit"],
    "port check": ["127.0.0.1:1"],
    "self hosts": ["localhost"],
    "self push": ["localhost"],
    "self unpack": ["x"],
    "self verify": ["x"],
    "service check": ["http://127.0.0.1:1"],
    "unit check": ["ssh"],
    "verbs add": ["."],
    "verbs which": ["host", "status"],
    "job show": ["x"],
    "logs context": ["1h"],
    "logs query": ['{a="b"}'],
    "usage merge": ["x"],
}
UNKNOWN = {"usage trend"}  # its columns are the days of its window
READING = ["cert check", "config", "disk usage", "host status", "job list", "port check"]
READING += ["service check", "usage status", "usage vocabulary", "usage wanted", "usage unused"]
READING += ["unit check", "usage top", "usage next", "verbs", "verbs check", "verbs which"]


def _verbs() -> list[Verb]:
    refused = {"on", "version", "mcp", "logs tail"}
    return [verb for verb in BUILT_IN.every() if verb.schema and verb.path not in refused]


@pytest.mark.parametrize("verb", _verbs(), ids=lambda verb: verb.path)
def test_each_verb_with_rows_says_its_columns(verb: Verb) -> None:
    values = parse(verb, WORDS.get(verb.path, []), 10**18)
    columns = BUILT_IN.columns(verb, values)
    assert bool(columns) == (verb.path not in UNKNOWN)
    keys = [column.key for column in columns]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("path", READING)
def test_a_verb_prints_the_columns_that_it_says(path: str, world: World) -> None:
    """All those that run on any host, with the rows that they have there."""
    verb = BUILT_IN.verb(path)
    words = WORDS.get(path, [])
    world.dropin("mine", "#!/bin/sh\n# Nothing: here\n")
    world.run("mine")
    world.run("nosuchverb")
    done = world.run(*path.split(" "), *words, "--json")
    rows = json.loads(done.stdout)["rows"]
    columns = BUILT_IN.columns(verb, parse(verb, words, 10**18))
    keys = [column.key for column in columns if column.kind not in SHOWN_ONLY]
    assert all(list(row) == keys for row in rows)
    header = world.run(*path.split(" "), *words, "--csv").stdout.splitlines()[:1]
    assert header in ([], [",".join(keys)])
