"""`logs`, with a name that several labels may have: all its lines, and none twice; and without a
name."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from fakes.loki.server import FakeLoki
from hypothesis import given
from hypothesis import strategies as st
from support.reading import Sink
from support.world import World

from homelab.logs import selector as question

SECOND = 10**9


@pytest.fixture
def two(sink: Sink) -> Sink:
    """A host whose agents use different labels for it, one of them both, and another host."""
    now = time.time_ns() - SECOND
    job = {"job": sink.job}
    sink.push({**job, "host": sink.job, "app": "a"}, [(now, "of host")])
    sink.push({**job, "hostname": sink.job, "app": "b"}, [(now + 1, "host=fmt")])
    sink.push({**job, "host": sink.job, "hostname": sink.job, "app": "c"}, [(now + 2, "both")])
    sink.push({**job, "hostname": f"{sink.job}-2", "app": "d"}, [(now + 3, "another")])
    return sink


def told(world: World, sink: Sink, *words: str) -> Any:
    done = world.run("logs", *words, "--json", HOMELAB_LOKI_URL=sink.url)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_lines_of_either_label(two: Sink, world: World) -> None:
    words = ("--host", two.job)
    rows = told(world, two, "query", *words)["rows"]
    assert [row["labels"]["app"] for row in rows] == ["c", "b", "a"]
    done = world.run("logs", "query", *words, "--explain", HOMELAB_LOKI_URL=two.url)
    either = f'| host="{two.job}" or hostname="{two.job}"'
    every = 'service_name=~".+", job!~"homelab-usage|homelab-selftest"'
    assert done.stdout == f"{{{every}}} {either}\n"
    assert done.stderr == ""
    more = ("--job", two.job, "--grep", "o")
    done = world.run("logs", "query", *words, *more, "--explain", HOMELAB_LOKI_URL=two.url)
    assert done.stdout == f'{{job="{two.job}"}} {either} |= "o"\n'
    assert told(world, two, "count", *words)["rows"][0]["lines"] == 3


def test_the_labels_of_a_stream_tell_and_not_what_a_parser_finds(two: Sink, world: World) -> None:
    selector = f'{{job="{two.job}"}} | logfmt'
    rows = told(world, two, "query", selector, "--host", two.job)["rows"]
    assert [row["labels"]["app"] for row in rows] == ["c", "b", "a"]
    words = ("logs", "query", selector, "--host", two.job, "--explain")
    explained = world.run(*words, HOMELAB_LOKI_URL=two.url).stdout
    assert explained.endswith(f'hostname="{two.job}" | logfmt\n')


def test_the_index_has_each_stream_once(two: Sink, world: World) -> None:
    rows = told(world, two, "series", "--host", two.job)["rows"]
    assert sorted(row["labels"]["app"] for row in rows) == ["a", "b", "c"]
    alone = told(world, two, "volume", "--job", two.job, "--by", "app")["rows"]
    by_name = told(world, two, "volume", "--host", two.job, "--by", "app")["rows"]
    sizes = {row["app"]: row["bytes"] for row in alone}
    assert sizes.pop("d") > 0
    assert {row["app"]: row["bytes"] for row in by_name} == sizes


def test_one_label_is_asked_for_where_it_has_all(sink: Sink, world: World) -> None:
    """For service_name, which Loki 3 makes from other labels, and which is the only label of some
    streams."""
    now = time.time_ns() - SECOND
    sink.push({"app": sink.job}, [(now, "x")])
    words = ("logs", "query", "--app", sink.job, "--explain")
    done = world.run(*words, HOMELAB_LOKI_URL=sink.url)
    assert done.stdout == f'{{app="{sink.job}"}}\n'
    sink.push({"container": sink.job}, [(now, "x")])
    done = world.run(*words, HOMELAB_LOKI_URL=sink.url)
    assert done.stdout == f'{{service_name="{sink.job}"}}\n'


def test_a_name_that_no_label_knows(two: Sink, world: World) -> None:
    done = world.run("logs", "query", "--host", "none-such", HOMELAB_LOKI_URL=two.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"no host 'none-such' since \S+ \S+; hosts: \S", done.stderr)


def test_streams_that_lack_the_label_are_said(loki: FakeLoki, world: World) -> None:
    """A Loki that adds no service_name: no selector selects all of its streams."""
    sink = Sink(loki.url)
    world.env["HOMELAB_TELEMETRY"] = "0"
    now = time.time_ns() - SECOND
    for number, labels in enumerate(({"job": "x"}, {"job": "y"}, {"unit": "u.service"})):
        sink.push(labels, [(now + number, f"n{number}")])
    for stream in loki.store.streams.values():
        del stream.labels["service_name"]
    done = world.run("logs", "query", "--output", "raw", HOMELAB_LOKI_URL=loki.url)
    assert (done.returncode, done.stdout) == (0, "n1\nn0\n")
    assert done.stderr == (
        "homelab: 1 stream has no label job, by which the query selects;"
        ' \'{unit=~".+", job=""}\' selects it\n'
    )
    named = done.stderr.split("'")[1]
    rest = world.run("logs", "query", named, "--output", "raw", HOMELAB_LOKI_URL=loki.url)
    assert rest.stdout == "n2\n"
    rows = told(world, sink, "series")["rows"]
    assert [row["labels"] for row in rows] == [{"job": "x"}, {"job": "y"}, {"unit": "u.service"}]
    volume = told(world, sink, "volume", "--by", "unit")
    assert volume["rows"] == [{"unit": "u.service", "bytes": 2, "share": 1.0}]


STREAMS = st.lists(
    st.dictionaries(st.sampled_from(["host", "hostname", "node"]), st.sampled_from("xy")),
    max_size=6,
)


@given(STREAMS)
def test_what_tells_a_name_has_all_its_streams(streams: list[dict[str, str]]) -> None:
    labels = ["host", "hostname", "node"]
    name = question.Name("--host", "host", tuple(labels), ["x"])
    name.index = labels
    found = question.telling(name, streams)
    having = [stream for stream in streams if "x" in stream.values()]
    assert [s for s in streams if any(s.get(label) == "x" for label in found)] == having
    assert bool(found) == bool(having)
    every, lacking = question.everything(streams)
    label = every.partition("=")[0]
    assert lacking == [stream for stream in streams if label not in stream]
    assert all(len(lacking) <= sum(other not in s for s in streams) for other in labels)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('{a="b"}', '{n="1", a="b"} | f | l'),
        ('{a="}", b="\\"}"} |= "}"', '{n="1", a="}", b="\\"}"} | f |= "}" | l'),
        ("{a=`\\`} | json", '{n="1", a=`\\`} | f | json | l'),
        ('({} |~ "n" # why\n)', '{n="1"} | f |~ "n" # why\n | l'),
        ('{a="b"', '{n="1", a="b" | f | l'),
    ],
)
def test_where_matchers_and_filters_stand(query: str, expected: str) -> None:
    assert question.narrowed(query, ['n="1"'], " | f", " | l").split() == expected.split()
