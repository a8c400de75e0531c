"""Verbs as tools: names, schemas, hints, and the way from arguments to the words of a command
line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.world import ROOT

from homelab import times
from homelab.catalogue import arguments
from homelab.catalogue.verb import MOMENTS, Argument, Verb
from homelab.dispatch import _asks_for_help
from homelab.mcp import protocol, results, search, tools, values
from homelab.mcp.lines import Lines
from homelab.system.child import Output
from homelab.verbs import BUILT_IN

NOW = 1795465834 * times.SECOND
QUERY = BUILT_IN.verb("logs query")
TOP = BUILT_IN.verb("usage top")
TOOLS = [verb for verb in BUILT_IN.every() if verb.tool]


def dropin(*given: Argument, effect: str = "read", idempotent: bool = False) -> Verb:
    return Verb(
        "nas snap", "snapshots", arguments=given, effect=effect, idempotent=idempotent, source="/v"
    )


SNAP = dropin(
    Argument("--pool", "text", "which pool", required=True),
    Argument("--keep", "count", "how many"),
    Argument("--force", "flag", "do it anyway"),
    Argument("--json", "flag", "in JSON"),
    Argument("NAME", "text", "its name"),
)
PASS = dropin(Argument("ARGUMENTS", "words", "passed on as they are"))


@pytest.mark.parametrize("verb", TOOLS, ids=lambda verb: str(verb.path))
def test_each_built_in_has_a_schema_that_is_one(verb: Verb) -> None:
    tool: Any = tools.tool(verb)
    Draft202012Validator.check_schema(tool["inputSchema"])
    assert tool["name"].replace("_", " ") == verb.path
    assert set(tool["annotations"]) == {
        "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint",
    }  # fmt: skip
    properties = tool["inputSchema"].get("properties", {})
    assert not {"json", "csv", "no_header"} & set(properties)
    for name, shape in properties.items():
        if "default" in shape:
            Draft202012Validator(shape).validate(shape["default"])
            assert values.words(verb, {**_required(verb), name: shape["default"]})


def _required(verb: Verb) -> dict[str, object]:
    return {
        name: ["x"] if each.many else "x"
        for name, each in values.properties(verb).items()
        if each.required
    }


def test_the_list_is_what_the_protocol_publishes() -> None:
    text = (ROOT / "tests/mcp/schema/2026-07-28.json").read_text(encoding="utf-8")
    listed: Any = tools.listed([*BUILT_IN.every(), SNAP, PASS])
    whole = {**listed, "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
    schema = {**json.loads(text), "$ref": "#/$defs/ListToolsResult"}
    Draft202012Validator(schema).validate(whole)
    names = [tool["name"] for tool in listed["tools"]]
    assert names == sorted(names)
    assert {"nas_snap", "usage_doctor"} <= set(names)
    assert not {"mcp", "usage_off", "usage_on", "usage_report"} & set(names)


def test_one_schema() -> None:
    shape: Any = values.schema(BUILT_IN.verb("logs query"))
    several = shape["properties"].pop("grep")
    assert several["type"] == "array"
    assert several["items"] == {"type": "string", "minLength": 1}
    some = ("selector", "since", "limit", "all")
    assert {**shape, "properties": {name: shape["properties"][name] for name in some}} == {
        "type": "object",
        "properties": {
            "selector": {
                "type": "string",
                "minLength": 1,
                "description": 'LogQL, as in \'{unit="ssh.service"} |= "Failed"\'; without it and'
                " the flags, all lines",
            },
            "since": {
                "type": "string",
                "minLength": 1,
                "description": "start of the window: 15m, 7d, today, 2026-11-01 (default: 1h)",
            },
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": 999999999,
                "description": "at most this many lines",
                "default": 100,
            },
            "all": {"type": "boolean", "description": "all lines, however many"},
        },
        "additionalProperties": False,
    }
    # an agent does not choose the output format
    assert not {"json", "csv", "no_header", "output", "utc"} & set(shape["properties"])
    assert values.schema(BUILT_IN.verb("version")) == {
        "type": "object",
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("verb", "hints"),
    [
        (BUILT_IN.verb("host status"), (True, False, True, False)),
        (BUILT_IN.verb("logs query"), (True, False, True, True)),
        (BUILT_IN.verb("usage off"), (False, False, True, False)),
        (BUILT_IN.verb("usage doctor"), (False, False, False, True)),
        (dropin(effect="read"), (True, False, False, True)),
        (dropin(effect="write", idempotent=True), (False, False, True, True)),
        (dropin(effect="destructive", idempotent=True), (False, True, False, True)),
        (dropin(effect="", idempotent=True), (False, True, False, True)),
    ],
)
def test_hints(verb: Verb, hints: tuple[bool, ...]) -> None:
    """readOnly, destructive, idempotent, openWorld."""
    assert tuple(tools.hints(verb).values()) == hints


@pytest.mark.parametrize(
    ("allow", "read_only", "effects"),
    [
        ("read", False, ["read"]),
        ("write", False, ["read", "write"]),
        ("destructive", False, ["read", "write", "destructive", ""]),
        ("destructive", True, ["read"]),
    ],
)
def test_which_verbs_may_be_called(allow: str, read_only: bool, effects: list[str]) -> None:
    verbs = [dropin(effect=effect) for effect in ("read", "write", "destructive", "")]
    offered = tools.offered([*verbs, BUILT_IN.verb("mcp")], allow, read_only)
    assert [verb.effect for verb in offered] == effects


def test_scripts_come_and_go_and_none_is_looked_at_for_the_list() -> None:
    """Scripts are read at each request: a drop-in may have been added meanwhile."""

    verbs: dict[str, Verb] = {}

    class Own:
        def every(self) -> list[search.Entry]:
            raise AssertionError("all of them for one")

        def one(self, path: str) -> Verb | None:
            return verbs.get(path)

        def alike(self, name: str) -> list[str]:
            return []

        def reason(self, name: str) -> str:
            return ""

    offer = protocol.Toolset(search.Verbs([TOP], Own()), "read")
    call: Any = {"method": "tools/call", "params": {"name": "nas_snap", "arguments": {}}}
    listed: Any = protocol.answer({"method": "tools/list"}, offer)
    assert [tool["name"] for tool in listed["tools"]] == ["findVerb", "runVerb", "usage_top"]
    with pytest.raises(protocol.RpcError):
        protocol.answer(call, offer)
    verbs["nas snap"] = PASS
    assert protocol.answer({"method": "tools/list"}, offer) == listed
    answer = protocol.answer(call, offer)
    assert isinstance(answer, protocol.Call)
    assert (answer.words, answer.refused) == (["nas", "snap"], "")


WORDS: list[tuple[Verb, dict[str, object], list[str]]] = [
    (BUILT_IN.verb("version"), {}, ["version", "--json"]),
    (BUILT_IN.verb("usage on"), {}, ["usage", "on"]),
    (
        QUERY,
        {"limit": 5.0, "selector": "-v", "since": "--help"},
        ["logs", "query", "--json", "--since=--help", "--limit=5", "--", "-v"],
    ),
    (
        BUILT_IN.verb("host status"),
        {"disk": 80, "load": 1.5},
        ["host", "status", "--json", "--disk=80", "--load=1.5"],
    ),
    (BUILT_IN.verb("help"), {"verb": ["logs query"]}, ["help", "logs", "query"]),
    (BUILT_IN.verb("mcp"), {"allow": ["write"]}, ["mcp", "--allow=write"]),
    (
        SNAP,
        {"name": "a b\nc", "pool": "tank", "keep": 3, "force": True},
        ["nas", "snap", "--json", "--pool", "tank", "--keep", "3", "--force", "a b\nc"],
    ),
    (SNAP, {"pool": "", "force": False}, ["nas", "snap", "--json", "--pool", ""]),
    (PASS, {"arguments": ["-x", "--", ""]}, ["nas", "snap", "-x", "--", ""]),
    (PASS, {"arguments": []}, ["nas", "snap"]),
    (QUERY, {"selector": "--"}, ["logs", "query", "--json", "--", "--"]),
]


@pytest.mark.parametrize(("verb", "given", "words"), WORDS)
def test_from_arguments_to_words(verb: Verb, given: dict[str, object], words: list[str]) -> None:
    Draft202012Validator(values.schema(verb)).validate(given)
    assert values.words(verb, given) == words


STATUS = BUILT_IN.verb("host status")
LOSSLESS: list[tuple[Verb, dict[str, object], dict[str, object]]] = [
    (STATUS, {"disk": "80"}, {"disk": 80}),
    (STATUS, {"disk": 80.0}, {"disk": 80}),
    (STATUS, {"disk": "80.0"}, {"disk": 80}),
    (STATUS, {"disk": " 80% "}, {"disk": 80}),
    (STATUS, {"disk": [80]}, {"disk": 80}),
    (STATUS, {"disk": None}, {}),
    (STATUS, {"all": "true"}, {"all": True}),
    (STATUS, {"all": "False"}, {"all": False}),
    (STATUS, {"--all": True}, {"all": True}),
    (TOP, {"limit": "5"}, {"limit": 5}),
    (QUERY, {"oldest-first": "true"}, {"oldest_first": True}),
    (TOP, {"limit": 5.0}, {"limit": 5}),
    (QUERY, {"selector": 5}, {"selector": "5"}),
    (QUERY, {"selector": 5.0}, {"selector": "5"}),
    (BUILT_IN.verb("cert check"), {"target": "nas.lan"}, {"target": ["nas.lan"]}),
    (
        BUILT_IN.verb("cert check"),
        {"target": '["nas.lan", "pve1"]'},
        {"target": ["nas.lan", "pve1"]},
    ),
    (BUILT_IN.verb("cert check"), {"target": "[fd00::7]:22"}, {"target": ["[fd00::7]:22"]}),
    (BUILT_IN.verb("mcp"), {"allow": "read,network"}, {"allow": ["read", "network"]}),
    (BUILT_IN.verb("help"), {"verb": "logs query"}, {"verb": ["logs", "query"]}),
    (PASS, {"arguments": "x"}, {"arguments": ["x"]}),
    (PASS, {"arguments": 7}, {"arguments": ["7"]}),
]


@pytest.mark.parametrize(("verb", "given", "meant"), LOSSLESS)
def test_lossless_conversions_are_accepted(
    verb: Verb, given: dict[str, object], meant: dict[str, object]
) -> None:
    """C25: agents write numbers as text, a text for a list of one, null for nothing."""
    assert values.words(verb, given) == values.words(verb, meant)


WRONG: list[tuple[Verb, dict[str, object], str]] = [
    (BUILT_IN.verb("completion"), {}, "shell is missing: the shell"),
    (QUERY, {"selector": True}, "selector: True is not a text; write a JSON string"),
    (QUERY, {"selector": {}}, "selector: {} is not a text; write a JSON string"),
    (QUERY, {"selector": ["a", "b"]}, "selector: it takes one value, not a list of 2"),
    (QUERY, {"selector": ""}, "selector: the value is empty; leave selector out instead"),
    (QUERY, {"selector": "a\0b"}, "selector: it contains a NUL, which no argument can"),
    (
        QUERY,
        {"selector": "\ud800"},
        "selector: it contains half of a surrogate pair, which is not a character",
    ),
    (BUILT_IN.verb("logs labels"), {"json": 1},
     "'json': no such argument; logs labels takes: name, since, until, timeout"),
    (BUILT_IN.verb("usage on"), {"x": 1}, "'x': no such argument; usage on takes: none"),
    (TOP, {"limit": 0}, "limit: 0 is not a whole number from 1 to 999999999"),
    (TOP, {"limit": 1.5}, "limit: 1.5 is not a whole number from 1 to 999999999"),
    (TOP, {"limit": True}, "limit: True is not a whole number"),
    (TOP, {"limit": "5 or 6"}, "limit: '5 or 6' is not a whole number"),
    (TOP, {"limit": "5.5"}, "limit: 5.5 is not a whole number from 1 to 999999999"),
    (TOP, {"limit": "1e999"}, "limit: inf is not a whole number from 1 to 999999999"),
    (TOP, {"limit": "9" * 33}, f"limit: '{'9' * 33}' is not a whole number"),
    (TOP, {"limit": ""}, "limit: '' is not a whole number"),
    (TOP, {"limit": float("inf")},
     "limit: inf is not a whole number from 1 to 999999999"),
    (BUILT_IN.verb("host status"), {"disk": 101}, "disk: 101 is not a number from 0 to 100"),
    (
        BUILT_IN.verb("mcp"),
        {"allow": ["all"]},
        "allow: 'all' is not one of read, write, destructive, network",
    ),
    (
        BUILT_IN.verb("mcp"),
        {"allow": [["read"]]},
        "allow: ['read'] is not one of read, write, destructive, network",
    ),
    (BUILT_IN.verb("help"), {"verb": {}}, "verb: {} is not a list; write a JSON array"),
    (BUILT_IN.verb("help"), {"verb": ["-h"]}, "verb: '-h' is not a word of a verb"),
    (SNAP, {"pool": "-x"},
     "pool: a value that begins with a dash could be taken for an option"),
    (SNAP, {"pool": "tank", "name": "--force"},
     "name: a value that begins with a dash could be taken for an option"),
    (SNAP, {"pool": "tank", "force": "yes"}, "force: it is a flag; write true or false"),
    (
        PASS,
        {"arguments": "x y"},
        "arguments: 'x y' is not a list; write each word by itself",
    ),
    (PASS, {"arguments": ["\0"]}, "arguments: it contains a NUL, which no argument can"),
]  # fmt: skip


def test_one_of_several_needs_no_list() -> None:
    """An argument learnt from a single use also works in a list; and no call asks for an answer
    without end."""
    assert values.words(QUERY, {"app": "plex"}) == ["logs", "query", "--json", "--app=plex"]
    assert "follow" not in values.properties(QUERY)


@pytest.mark.parametrize(("verb", "given", "sentence"), WRONG)
def test_arguments_that_are_wrong(verb: Verb, given: dict[str, object], sentence: str) -> None:
    with pytest.raises(values.BadArguments) as wrong:
        values.words(verb, given)
    assert str(wrong.value) == sentence


def test_properties_of_the_same_name_are_distinct() -> None:
    verb = dropin(Argument("--pool", "text", "a"), Argument("POOL", "text", "b"))
    assert values.words(verb, {"pool": "x", "pool_2": "y"}) == ["nas", "snap", "--pool", "x", "y"]


@given(st.data())
def test_every_built_in_reads_what_was_given(data: st.DataObject) -> None:
    """No value of any argument is ever read as something else."""
    verb = data.draw(
        st.sampled_from([verb for verb in TOOLS if verb.path not in ("help", "verbs run")])
    )
    text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
    dashed = st.sampled_from(["-", "--help", "-h", "--json", "--csv", "--limit=1", "-1"])
    kinds: dict[str, st.SearchStrategy[object]] = {
        "count": st.integers(1, 10**9 - 1),
        "whole": st.integers(0, 10**9 - 1),
        "percent": st.floats(0, 100),
        "number": st.floats(0, 1e9),
        "flag": st.booleans(),
        **dict.fromkeys(MOMENTS, st.just("1h")),
        "span": st.just("1h"),
        "verb": st.lists(st.from_regex(r"[a-z0-9]+", fullmatch=True), min_size=1),
    }
    # a name must not be blank
    other = text.filter(lambda value: value != "--" and not value.isspace()) | dashed
    given = {
        name: data.draw(
            st.sampled_from(each.choices)
            if each.choices
            else st.lists(other, min_size=int(each.required))
            if each.many and each.kind not in kinds
            else kinds.get(each.kind, other)
        )
        for name, each in values.properties(verb).items()
        if each.required or data.draw(st.booleans())
    }
    words = values.words(verb, given)
    rest = words[len(verb.path.split(" ")) :]
    assert not _asks_for_help(rest)
    read = arguments.parse(verb, rest, NOW)
    for name, value in given.items():
        if values.properties(verb)[name].kind not in (*MOMENTS, "span"):  # read as moments, spans
            assert getattr(read, name) == value
    assert getattr(read, "json", True) is True
    assert getattr(read, "csv", False) is False


def test_results() -> None:
    verb = TOP
    result: Any = results.of_run(verb, 0, Output(b'{"rows": [1]}'), Output(b"note\n"))
    assert result["structuredContent"] == {"rows": [1]}
    assert [item["text"] for item in result["content"]] == ['{"rows": [1]}', "note\n", tools.NOTE]
    for out in (b"{", b"[NaN]", b"[1e999]", b"\xff", b"[" * 100_000):
        assert "structuredContent" not in results.of_run(verb, 0, Output(out), Output())
    assert "structuredContent" not in results.of_run(verb, 0, Output(b"{}", 1), Output())
    check = BUILT_IN.verb("disk usage")
    known = results.of_run(check, 69, Output(b'{"rows": []}'), Output())
    assert known["isError"] is False  # an answer, though it contains an unknown
    nothing = results.of_run(check, 69, Output(), Output(b"homelab: nothing could be asked\n"))
    assert nothing["isError"] is True
    result = results.of_run(BUILT_IN.verb("usage on"), 0, Output(), Output())
    assert [item["text"] for item in result["content"]] == ["done; no output"]


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (0, "done; no rows is an answer too"),
        (2, "wrong usage, or a query that Loki refuses"),
        (70, "a bug in homelab"),
        (143, "ended by signal 15"),
        (99, "the verb does not say what it means"),
    ],
)
def test_what_an_exit_code_means(code: int, meaning: str) -> None:
    assert results.meaning(TOP, code) == meaning


def test_what_a_script_means_by_an_exit_code_is_not_what_a_built_in_means() -> None:
    own = Verb("nas df", "", exits=((0, "done"), (75, "in use")), source="/v")
    neutral = "the script does not say what it means; its output above may"
    for code in (1, 2, 69, 70, 77, 127):
        assert results.meaning(own, code) == neutral
    assert results.meaning(own, 75) == "in use"
    assert results.meaning(own, 126) == "the drop-in was refused or could not be started"
    assert results.meaning(own, 137) == "ended by signal 9"


def test_a_long_answer_is_cut_where_a_row_ends_and_says_how_to_ask_for_less() -> None:
    rows = [{"verb": f"lab job-{number}", "summary": "x" * 90} for number in range(2000)]
    body = {"schema": "x/1", "problems": 7, "rows": rows}
    result: Any = results.of_run(TOP, 0, Output(json.dumps(body).encode()), Output())
    text, why, note = (item["text"] for item in result["content"])
    assert note == tools.NOTE
    assert len(text) <= results.LONGEST + 200
    document, _, last = text.rpartition("\n")
    fewer = json.loads(document)
    count = len(fewer["rows"])
    assert 200 < count < 400
    assert fewer == {**body, "rows": rows[:count]}
    assert last.startswith(f"(cut here: {count} of 2000 rows are shown; to narrow it, use ")
    assert "structuredContent" not in result and "no structuredContent" in why
    assert result["isError"] is False


@pytest.mark.parametrize("line", [b"one line of many\n", b"x" * 100_000, b'{"a": ' * 30_000])
def test_a_long_text_is_cut_at_a_line_and_counts_what_is_left_out(line: bytes) -> None:
    out = line * (200_000 // len(line))
    for verb in (TOP, Verb("nas df", "", source="/v")):
        result: Any = results.of_run(verb, 1, Output(out), Output(out))
        for item, most in zip(result["content"], (results.LONGEST, 8_000)):
            kept, _, last = item["text"].rpartition("\n")
            assert most // 2 <= len(kept) <= most
            assert len(line) > 100 or kept.endswith("many")
            assert last.startswith(f"(cut here: {len(out) - len(kept)} more characters;")
    free = Argument("ARGUMENTS", "words", "as they are", many=True)
    result = results.of_run(Verb("x", "", arguments=(free,), source="/v"), 0, Output(out), Output())
    assert result["content"][0]["text"].endswith(" more characters; ask for less)")
    short: Any = results.of_run(TOP, 0, Output(b"x" * results.LONGEST), Output())
    assert short["content"][0]["text"] == "x" * results.LONGEST


@given(st.lists(st.binary(max_size=6)), st.integers(1, 7))
def test_lines_are_the_same_however_they_come(lines: list[bytes], size: int) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    text = b"\n".join(lines)
    reader = Lines(4)
    seen = []
    for start in range(0, len(text), size):
        seen += reader.feed(text[start : start + size])
    seen += reader.rest()
    expected = [line if len(line) <= 4 else None for line in lines]
    if expected[-1:] == [b""]:  # nothing follows the last newline
        expected.pop()
    assert seen == expected
