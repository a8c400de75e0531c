"""`logs query`: the lines that match, in every form, and a note if more match."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.reading import Sink
from support.world import World, at_a_terminal

SECOND = 10**9


@pytest.fixture
def lines(sink: Sink) -> int:
    """30 lines a second apart, from two apps in turn; returns the time of the last."""
    last = time.time_ns() - 5 * SECOND
    for number in range(30):
        app = ("plex", "traefik")[number % 2]
        sink.push(
            {"job": sink.job, "app": app, "host": "pve1"},
            [(last - (29 - number) * SECOND, f"level=info n={number}")],
        )
    return last


def query(
    world: World, sink: Sink, *words: str, selector: str | None = None
) -> subprocess.CompletedProcess[str]:
    chosen = f'{{job="{sink.job}"}}' if selector is None else selector
    return world.run("logs", "query", *([chosen] if chosen else []), *words,
                     HOMELAB_LOKI_URL=sink.url)  # fmt: skip


def numbers(text: str) -> list[int]:
    return [int(line.rpartition("n=")[2]) for line in text.splitlines()]


def test_newest_first_over_all_streams(sink: Sink, lines: int, world: World) -> None:
    done = query(world, sink, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == "homelab.logs-query/1"
    assert told["complete"] is True
    assert [row["line"] for row in told["rows"]] == [f"level=info n={n}" for n in range(29, -1, -1)]
    first = told["rows"][0]
    assert first["labels"]["app"] == "traefik"
    assert first["labels"]["detected_level"] == "info"
    seconds, fraction = divmod(lines, SECOND)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    assert first["time"] == f"{stamp}.{fraction:09d}".rstrip("0") + "Z"


def test_oldest_first(sink: Sink, lines: int, world: World) -> None:
    done = query(world, sink, "--oldest-first", "--limit", "4", "--output", "raw")
    assert numbers(done.stdout) == [0, 1, 2, 3]
    assert "the oldest 4 are shown, more lines match" in done.stderr


def test_what_is_cut_is_said(sink: Sink, lines: int, world: World) -> None:
    done = query(world, sink, "--limit", "7", "--no-header")
    assert numbers(done.stdout) == list(range(29, 22, -1))
    assert done.stderr == (
        "homelab: the newest 7 are shown, more lines match; --all shows all, --limit another"
        " number\n"
    )
    one = query(world, sink, "--limit", "1", "--no-header")
    assert one.stderr.startswith("homelab: the newest one is shown, more lines match; ")
    assert json.loads(query(world, sink, "--limit", "7", "--json").stdout)["complete"] is False
    for words in (["--limit", "30"], ["--all"]):
        whole = query(world, sink, *words, "--no-header")
        assert numbers(whole.stdout) == list(range(29, -1, -1))
        assert whole.stderr == ""


def test_columns_show_the_labels_that_differ(sink: Sink, lines: int, world: World) -> None:
    done = query(world, sink, "--limit", "2", "--grep", "n=1")
    header, first, second = done.stdout.splitlines()
    assert header.split() == ["TIME", "LABELS", "LINE"]
    assert header.index("LINE") == first.index("level") == second.index("level")
    assert first.endswith("  app=traefik  level=info n=19")
    assert second.endswith("  app=plex     level=info n=18")
    said = f"homelab: common labels: detected_level=info host=pve1 job={sink.job}\n"
    assert done.stderr.startswith(said)
    alone = query(world, sink, "--limit", "1").stdout.splitlines()
    assert [line.split(" ")[-1] for line in alone] == ["LINE", "n=29"]
    assert alone[0].split() == ["TIME", "LINE"]


def test_times_are_local_or_utc(sink: Sink, lines: int, world: World) -> None:
    world.env["TZ"] = "EST+5"
    milliseconds = f".{lines // 10**6 % 1000:03}"
    here = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(lines // SECOND - 5 * 3600))
    there = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(lines // SECOND))
    one = ("--limit", "1", "--no-header")
    assert query(world, sink, *one).stdout.startswith(f"{here}{milliseconds}  level")
    assert query(world, sink, *one, "--utc").stdout.startswith(f"{there}{milliseconds}Z  level")


def test_other_forms(sink: Sink, world: World) -> None:
    at = time.time_ns() // SECOND * SECOND - 9 * SECOND
    labels = {"job": sink.job, "host": "pve 1"}
    sink.push(
        labels, [(at, 'say="x" a\\b'), (at + 1, "ends\n"), (at + 2, "two\nlines"), (at + 3, "")]
    )
    forms = {
        form: query(world, sink, "--oldest-first", "--output", form).stdout
        for form in ("raw", "json", "logfmt")
    }
    assert forms["raw"] == 'say="x" a\\b\nends\ntwo\nlines\n\n'
    told = [json.loads(line) for line in forms["json"].splitlines()]
    assert [row["line"] for row in told] == ['say="x" a\\b', "ends\n", "two\nlines", ""]
    assert told[0]["labels"]["host"] == "pve 1"
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // SECOND))
    assert told[1]["time"] == f"{stamp}.000000001Z"
    first, *_, last = forms["logfmt"].splitlines()
    assert first == (
        f'time={stamp}Z detected_level=unknown host="pve 1" job={sink.job}'
        f' service_name={sink.job} line="say=\\"x\\" a\\\\b"'
    )
    assert last.endswith(' line=""')


def test_windows(sink: Sink, lines: int, world: World) -> None:
    """Start inclusive, end exclusive, and times of every form."""
    stamp = lines - 9 * SECOND
    words = ("--since", str(stamp), "--until", str(stamp + 3 * SECOND), "--output", "raw")
    assert numbers(query(world, sink, *words).stdout) == [22, 21, 20]
    seconds, fraction = divmod(stamp, SECOND)
    words = ("--since", f"{seconds}.{fraction:09}", *words[2:])
    assert numbers(query(world, sink, *words).stdout) == [22, 21, 20]
    done = query(world, sink, "--since", "1h", "--until", "2h")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--until is before --since" in done.stderr
    # the default window ends at --until
    done = query(world, sink, "--until", str(lines - 20 * SECOND), "--output", "raw")
    assert numbers(done.stdout) == list(range(8, -1, -1))


def test_no_match_is_said_and_is_no_failure(sink: Sink, world: World) -> None:
    done = query(world, sink)
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"Loki received nothing|no stream matches \{job=", done.stderr)
    sink.push({"job": sink.job}, [(time.time_ns() - SECOND, "x")])
    done = query(world, sink, "--grep", "y")
    assert (done.returncode, done.stdout) == (0, "")
    assert f'no line matches {{job="{sink.job}"}} |= "y" since' in done.stderr
    assert query(world, sink, "--fail-empty", "--grep", "y").returncode == 1


def test_a_counting_query_is_answered(sink: Sink, lines: int, world: World) -> None:
    counting = f'sum by (app) (count_over_time({{job="{sink.job}"}} |= "n=2" [1h]))'
    done = query(world, sink, selector=counting)
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["LABELS", "VALUE"], ["app=plex", "6"], ["app=traefik", "5"],
    ]  # fmt: skip
    told = json.loads(query(world, sink, "--json", selector=counting).stdout)
    assert told["schema"] == "homelab.logs-samples/1"
    assert told["rows"][0] == {"labels": {"app": "plex"}, "value": 6}
    by_time = query(world, sink, "--step", "1h", "--csv", selector=counting).stdout.splitlines()
    assert by_time[0] == "time,labels,value"
    assert sum(int(line.rpartition(",")[2]) for line in by_time[1:]) == 11
    narrowed = query(world, sink, "--app", "plex", selector=counting)
    assert narrowed.returncode == 2
    assert "flags narrow a selector" in narrowed.stderr


def test_a_line_that_has_control_characters(sink: Sink, world: World) -> None:
    """A terminal gets nothing to act on, in any form. In a pipe only bare lines are as they were
    logged, and JSON has the exact characters."""
    sink.push({"job": sink.job}, [(time.time_ns() - SECOND, "a\tb\x1b[31mc\nd\x9b1m")])
    line = "a\tb\x1b[31mc\nd\x9b1m"
    shown = "a\\tb\\x1b[31mc\\nd\\x9b1m"
    assert query(world, sink).stdout.splitlines()[1].endswith(f"  {shown}")
    assert query(world, sink, "--output=raw").stdout == f"{line}\n"
    for form in ("--json", "--output=json"):
        text = query(world, sink, form).stdout
        assert text.replace("\n", "").isprintable()
        told = json.loads(text)
        assert told.get("rows", [told])[0]["line"] == line
    logfmt = query(world, sink, "--output=logfmt").stdout
    assert json.loads(logfmt.partition(" line=")[2]) == line
    selector = f'{{job="{sink.job}"}}'
    for form in (
        "--output=columns",
        "--output=raw",
        "--output=json",
        "--output=logfmt",
        "--json",
        "--csv",
    ):
        shown = at_a_terminal(
            world, "logs", "query", selector, form, HOMELAB_LOKI_URL=sink.url, NO_COLOR="1"
        )
        assert "\\x1b[31mc" in shown or "\\u001b[31mc" in shown
        assert "\x1b" not in shown
        assert "\x9b" not in shown


def test_levels_have_colours_at_a_terminal_alone(sink: Sink, world: World) -> None:
    now = time.time_ns() - SECOND
    sink.push({"job": sink.job, "level": "err"}, [(now, "bad")])
    sink.push({"job": sink.job, "priority": "4"}, [(now, "dubious")])
    words = ("logs", "query", f'{{job="{sink.job}"}}')
    world.env["HOMELAB_LOKI_URL"] = sink.url
    shown = at_a_terminal(world, *words)
    assert "\x1b[31mbad\x1b[0m" in shown
    assert "\x1b[33mdubious\x1b[0m" in shown
    assert "\x1b" not in at_a_terminal(world, *words, NO_COLOR="1")
    assert "\x1b" not in at_a_terminal(world, *words, TERM="dumb")
    assert "\x1b" not in world.run(*words).stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--app", "plex"], ["disk full", "hello"]),
        (["--host", "JOB"], ["smart"]),
        (["--unit", "smartd"], ["smart"]),
        (["--container", "web"], ["hit", "miss"]),
        (["--container", "/web"], ["hit", "miss"]),
        (["--level", "error"], ["disk full", "smart"]),
        (["--level", "WARN,err"], ["disk full", "miss", "smart"]),
        (["--label", "app=plex", "--label", "level=info"], ["hello"]),
        (["--grep", "i", "--grep", "t"], ["hit"]),
        (["--not", "i", "--not", "smart"], ["hello"]),
        (["--regex", "^h.l|i[t]$"], ["hello", "hit"]),
    ],
    ids=" ".join,
)
def test_flags_instead_of_logql(
    sink: Sink, world: World, words: list[str], expected: list[str]
) -> None:
    """Labels as three agents write them: each flag finds the label that has the name."""
    now = time.time_ns() - SECOND
    job = {"job": sink.job}
    sink.push({**job, "app": "plex", "level": "info", "host": "pve1"}, [(now, "hello")])
    sink.push({**job, "app": "plex", "level": "err", "host": "pve1"}, [(now, "disk full")])
    sink.push(
        {**job, "unit": "smartd.service", "priority": "3", "hostname": sink.job}, [(now, "smart")]
    )
    sink.push({**job, "container": "/web"}, [(now, "hit"), (now + 1, "miss warn")])
    words = [word.replace("JOB", sink.job) for word in words]
    done = query(world, sink, "--job", sink.job, *words, "--output", "raw", selector="")
    assert done.returncode == 0, done.stderr
    assert sorted(line.removesuffix(" warn") for line in done.stdout.splitlines()) == expected


def test_explain_asks_for_no_line(world: World, loki: FakeLoki) -> None:
    Sink(loki.url).push({"job": "x", "host": "h"}, [(time.time_ns(), "n")])
    for verb, *words in (
        ("query",), ("tail",), ("errors",), ("count", "--by", "job"), ("context", "today"),
    ):  # fmt: skip
        done = world.run(
            "logs", verb, *words, "--host", "h", "--explain", HOMELAB_LOKI_URL=loki.url
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert '{host="h"}' in done.stdout
    asked = {request.path.rpartition("/")[2] for request in loki.requests}
    assert asked <= {"push", "labels", "series"}


def test_explain_prints_the_logql(sink: Sink, lines: int, world: World) -> None:
    words = ("--explain", "--host", "pve1", "--grep", 'a"b\\', "--level", "warn")
    done = query(world, sink, *words, selector=f'({{job="{sink.job}"}} |~ "n" # why\n)')
    assert done.stdout.startswith(f'{{host="pve1", job="{sink.job}"}} |~ "n" # why\n | ')
    assert done.stdout.endswith(' |= "a\\"b\\\\"\n')
    bare = query(world, sink, "--explain", selector="")
    assert bare.stdout == '{service_name=~".+", job!~"homelab-usage|homelab-selftest"}\n'


def test_a_name_that_loki_does_not_know(sink: Sink, lines: int, world: World) -> None:
    done = query(world, sink, "--job", sink.job, "--host", "pve9", selector="")
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"no host 'pve9' since \S+ \S+; hosts: \S", done.stderr)
    done = query(world, sink, "--namespace", "x", selector="")
    assert done.returncode == 2
    assert "has none of the labels namespace, k8s_namespace_name" in done.stderr
    done = query(world, sink, selector="plex")
    assert done.returncode == 2
    assert "'plex' is not LogQL; --app plex shows" in done.stderr
    for pair in ("a b=c", "a", "=c", "1a=c"):
        done = query(world, sink, f"--label={pair}", selector="")
        assert f"--label: {pair!r} is not of the form NAME=VALUE" in done.stderr


def test_a_reader_that_has_gone(sink: Sink, lines: int, world: World) -> None:
    words = [world.pyz, "logs", "query", f'{{job="{sink.job}"}}', "--all"]
    env = {**world.env, "HOMELAB_LOKI_URL": sink.url}
    with subprocess.Popen(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == -13
    assert b"Traceback" not in said


def test_a_failure_in_the_middle_leaves_a_document(world: World, loki: FakeLoki) -> None:
    """Any program can read the lines that came, and sees that they are not all; without any line,
    there is no document."""
    sink = Sink(loki.url)
    begun = time.time_ns() - 300 * SECOND
    sink.push({"job": sink.job}, [(begun + n, f"n={n}") for n in range(2000)])
    seen = len(loki.requests)

    def refusing(request: Request) -> Answer | None:
        late = "query_range" in request.path and len(loki.requests) > seen + allowed
        return Answer(403, "text/plain", b"Forbidden \x1b[31m") if late else None

    loki.hook = refusing
    allowed = 1
    done = query(world, sink, "--all", "--json", "--oldest-first")
    assert done.returncode == 77
    answer = json.loads(done.stdout)
    assert answer["complete"] is False
    assert done.stderr == f"homelab: {answer['error']}\n"
    assert "403, this account or address is not allowed" in answer["error"]
    lines = [row["line"] for row in answer["rows"]]
    assert lines == [f"n={n}" for n in range(len(lines))]
    assert lines
    allowed = -1
    done = query(world, sink, "--all", "--json")
    assert (done.returncode, done.stdout) == (77, "")


def test_a_comma_names_no_level(sink: Sink, world: World) -> None:
    words = ("logs", "query", "--job", sink.job, "--explain", "--level")
    env = {"HOMELAB_LOKI_URL": sink.url}
    sink.push({"job": sink.job}, [(time.time_ns(), "level=error")])
    one, two = (world.run(*words, level, **env).stdout for level in ("error", " error, ,"))
    assert one == two != ""
    done = world.run(*words, " , ", **env)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--level: no level is named" in done.stderr
