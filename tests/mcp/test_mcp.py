"""`homelab mcp` for a client: raw JSON-RPC to the built file."""

from __future__ import annotations

import json
import os
import pty
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.loki.server import FakeLoki
from jsonschema import Draft202012Validator
from support.memory import resident
from support.speaking import CAPABILITIES, MODERN, VERSION, Speaker, call, request
from support.world import ROOT, World

from homelab.mcp import protocol, search
from homelab.mcp.find_and_run import FIND, RUN
from homelab.mcp.tools import NOTE
from homelab.verbs import BUILT_IN

LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
READ, WRITE, DESTRUCTIVE = (
    [
        verb.path.replace(" ", "_")
        for verb in BUILT_IN.every()
        if verb.effect == effect and verb.tool and not verb.network
    ]
    for effect in ("read", "write", "destructive")
)
CORE = {verb.path.replace(" ", "_") for verb in BUILT_IN.every() if verb.core}
CHECKS = ["cert_check", "port_check", "service_check"]  # checks of other hosts


CALLS: tuple[tuple[str, dict[str, object]], ...] = (
    ("findVerb", {}),
    ("findVerb", {"words": "df"}),
    ("runVerb", {"verb": "no such"}),
    ("runVerb", {"verb": "version"}),
    ("version", {}),
)


def published(version: str, name: str) -> Draft202012Validator:
    """A validator for one type of a version's published schema."""
    text = (ROOT / "tests/mcp/schema" / f"{version}.json").read_text(encoding="utf-8")
    return Draft202012Validator({**json.loads(text), "$ref": f"#/$defs/{name}"})


@pytest.fixture
def speaker(world: World) -> Iterator[Speaker]:
    with Speaker(world) as speaker:
        yield speaker


def test_the_modern_era(speaker: Speaker) -> None:
    """There is no handshake: each request carries its version, each result says who answers."""
    found = speaker.ask(request(1, "server/discover", _meta=MODERN))
    published("2026-07-28", "JSONRPCResultResponse").validate(found)
    published("2026-07-28", "DiscoverResult").validate(found["result"])
    assert found["result"]["supportedVersions"] == ["2026-07-28"]
    assert found["result"]["capabilities"] == {"tools": {}}
    assert found["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["version"] == "0.6.0"
    listed = speaker.ask(request("two", "tools/list", _meta=MODERN))
    published("2026-07-28", "ListToolsResult").validate(listed["result"])
    assert (listed["id"], listed["result"]["resultType"]) == ("two", "complete")
    for name, arguments in CALLS:
        asked = request(3, "tools/call", name=name, arguments=arguments, _meta=MODERN)
        called = speaker.ask(asked)
        published("2026-07-28", "CallToolResult").validate(called["result"])
    assert called["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "homelab"


@pytest.mark.parametrize("version", LEGACY)
def test_the_legacy_era(speaker: Speaker, version: str) -> None:
    client = {"name": "test", "version": "1"}
    opening = request(0, "initialize", protocolVersion=version, capabilities={}, clientInfo=client)
    opened = speaker.ask(opening)
    published("2025-11-25", "InitializeResult").validate(opened["result"])
    assert opened["result"]["protocolVersion"] == version
    speaker.say({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert speaker.ask(request(1, "ping")) == {"jsonrpc": "2.0", "id": 1, "result": {}}
    listed = speaker.ask(request(2, "tools/list"))["result"]
    published("2025-11-25", "ListToolsResult").validate(listed)
    assert list(listed) == ["tools"]
    for name, arguments in CALLS:
        called = speaker.ask(call(3, name, **arguments))["result"]
        published("2025-11-25", "CallToolResult").validate(called)
        assert "resultType" not in called


def test_a_version_that_nobody_knows_gets_the_newest_that_begins_so(speaker: Speaker) -> None:
    opened = speaker.ask(request(0, "initialize", protocolVersion="2099-01-01", capabilities={}))
    assert opened["result"]["protocolVersion"] == "2025-11-25"


def test_a_modern_version_that_is_not_spoken(speaker: Speaker) -> None:
    meta = {**MODERN, VERSION: "2099-01-01"}
    refused = speaker.ask(request(1, "tools/list", _meta=meta))
    published("2026-07-28", "UnsupportedProtocolVersionError").validate(refused)
    assert refused["error"]["data"] == {"supported": ["2026-07-28"], "requested": "2099-01-01"}


@pytest.mark.parametrize(
    ("words", "env", "names"),
    [
        ((), {}, READ),
        (("--allow", "read"), {}, READ),
        (("--allow=write",), {}, READ + WRITE),
        (("--allow", "destructive"), {}, READ + WRITE + DESTRUCTIVE),
        (("--allow", "destructive"), {"HOMELAB_READ_ONLY": "1"}, READ),
        (("--allow", "write"), {"HOMELAB_READ_ONLY": "sure"}, READ),
        (("--allow", "write"), {"HOMELAB_READ_ONLY": "0"}, READ + WRITE),
        (("--allow", "network"), {}, READ + CHECKS),
        (("--allow", "network"), {"HOMELAB_READ_ONLY": "1"}, READ + CHECKS),
        (("--allow", "write,network"), {}, READ + WRITE + CHECKS),
        (("--allow", "network", "--allow", "write"), {}, READ + WRITE + CHECKS),
        (("--allow", "destructive,network"), {}, READ + WRITE + DESTRUCTIVE + CHECKS),
        (("--hosts", "nas.lan"), {}, READ + CHECKS),
        (("--hosts", "a,b", "--allow", "destructive"), {}, READ + WRITE + DESTRUCTIVE + CHECKS),
    ],
)
def test_the_offered_tools(
    world: World, words: tuple[str, ...], env: dict[str, str], names: list[str]
) -> None:
    with Speaker(world, *words, **env) as speaker:
        tools = speaker.ask(request(1, "tools/list"))["result"]["tools"]
        assert [tool["name"] for tool in tools] == sorted({*CORE.intersection(names), FIND, RUN})
        refused = speaker.ask(call(2, "verbs_new"))
        assert ("error" in refused) == ("verbs_new" not in names)


def test_tools_that_are_not_offered_cannot_be_called(world: World) -> None:
    with Speaker(world) as speaker:
        refused = speaker.ask(call(1, "verbs_new", verb="x"))["error"]
        assert refused["code"] == -32602
        assert refused["message"] == (
            "Unknown tool: verbs_new; it needs --allow write, and this server was started with read"
        )
        refused = speaker.ask(call(2, "port_check", target=["127.0.0.1:1"]))["error"]
        assert refused["message"] == (
            "Unknown tool: port_check; it asks other hosts, which takes --allow network or --hosts"
            " HOST,..."
        )
    with Speaker(world, "--allow", "write", HOMELAB_READ_ONLY="yes") as speaker:
        refused = speaker.ask(call(1, "verbs_new", verb="x"))["error"]
        assert refused["message"] == (
            "Unknown tool: verbs_new; it is write, and HOMELAB_READ_ONLY allows only read"
        )
    assert not world.verbs.exists()
    assert world.run("mcp", "--allow", "everything").returncode == 2
    assert world.run("mcp", "--allow", "read,everything").returncode == 2
    assert world.run("mcp", "--hosts", "http://nas.lan/").returncode == 2


def test_a_call_answers_as_the_verb_does(world: World, speaker: Speaker) -> None:
    result = speaker.ask(call(1, "config"))["result"]
    assert (result["isError"], result["_meta"]) == (False, {"homelab/exit-code": 0})
    [text] = [item["text"] for item in result["content"]]
    assert json.loads(text) == result["structuredContent"]
    assert text == world.run("config", "--json").stdout


def test_a_no_is_an_answer_and_a_failure_is_an_error(speaker: Speaker) -> None:
    warned = speaker.ask(call(1, "host_status", disk=0))["result"]
    assert warned["isError"] is False
    assert warned["structuredContent"]["schema"] == "homelab.host-status/1"
    assert warned["content"][-1]["text"] == "exit code 1: a warning or worse"
    failed = speaker.ask(call(2, "logs_query", selector='{a="b"}'))["result"]
    meta = {"homelab/exit-code": 78, "homelab/untrusted": True}
    assert (failed["isError"], failed["_meta"]) == (True, meta)
    said, note, code = [item["text"] for item in failed["content"]]
    assert note == NOTE
    assert said.startswith("homelab: no Loki is configured")
    assert code == "exit code 78: no Loki is configured, or the settings are broken"
    assert "structuredContent" not in failed


@pytest.mark.parametrize("selector", ["--help", "-h", "--json", "-x"])
def test_a_value_stays_a_value(world: World, loki: FakeLoki, selector: str) -> None:
    with Speaker(world, HOMELAB_LOKI_URL=loki.url) as speaker:
        result = speaker.ask(call(1, "logs_query", selector=selector))["result"]
        assert result["_meta"]["homelab/exit-code"] == 2
        said = result["content"][0]["text"]
        assert said.startswith("homelab: Loki can't read the query at column 1: ")


def test_help_takes_the_words_of_a_verb(world: World, speaker: Speaker) -> None:
    expected = world.run("help", "logs", "query").stdout
    for words in (["logs", "query"], ["logs query"]):
        result = speaker.ask(call(1, "help", verb=words))["result"]
        assert [part["text"] for part in result["content"]] == [expected, NOTE]
    refused = speaker.ask(call(2, "help", verb=["--help"]))["result"]
    assert refused["content"][0]["text"] == "verb: '--help' is not a word of a verb"


def test_wrong_arguments_are_for_the_model_to_correct(speaker: Speaker) -> None:
    result = speaker.ask(call(1, "host_status", disk="full", mood="good"))["result"]
    assert result["isError"] is True
    assert result["content"][0]["text"] == (
        "'mood': no such argument; host status takes: disk, inodes, memory, load, all"
    )
    result = speaker.ask(call(2, "logs_query", selector="{", since="tomorrow"))["result"]
    assert "'tomorrow' is not before now" in result["content"][0]["text"]


def test_each_run_is_counted_once(world: World, speaker: Speaker) -> None:
    speaker.ask(call(1, "config"))
    speaker.ask(call(2, "host_status", disk=0))
    speaker.ask(call(3, "version"))  # never counted, just as on the command line
    speaker.ask(call(4, "host_status", disk="wrong"))  # did not run
    assert world.events() == ["exit=0 ver=0.6.0 verb=config", "exit=1 ver=0.6.0 verb=host status"]
    assert speaker.close() == ([], 0, "")
    assert world.events()[2:] == ["exit=0 ver=0.6.0 verb=mcp"]


BAD: list[tuple[bytes, object, int]] = [
    (b"{", None, -32700),
    (b"nonsense", None, -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', None, -32700),
    (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', None, -32700),
    (b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"ping"}', None, -32700),
    (b"[" * 100_000, None, -32700),
    (b"\xef\xbb\xbf{}", None, -32700),
    (b"1", None, -32600),
    (b"null", None, -32600),
    (b"[]", None, -32600),
    (b"{}", None, -32600),
    (b'{"id":1,"method":"ping"}', None, -32600),
    (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":1}', None, -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":7}', None, -32600),
    (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":"resources/read"}', 1, -32601),
    (b'{"jsonrpc":"2.0","id":"\\ud800","method":"no"}', "?", -32601),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 1, -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":1}}', 1, -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"initialize"}', 1, -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"server/discover"}', 1, -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}', 1, -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}', 1, -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nosuch"}}', 1, -32602),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"mcp"}}', 1, -32602),
    (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"config","arguments":[]}}',
        1,
        -32602,
    ),
    (json.dumps(request(1, "ping", _meta=MODERN)).encode(), 1, -32601),
    (json.dumps(request(1, "initialize", _meta=MODERN)).encode(), 1, -32601),
    (json.dumps(request(1, "tools/list", _meta={VERSION: 7})).encode(), 1, -32602),
    (json.dumps(request(1, "tools/list", _meta={VERSION: "2026-07-28"})).encode(), 1, -32602),
    (
        json.dumps(request(1, "tools/list", _meta={**MODERN, CAPABILITIES: []})).encode(),
        1,
        -32602,
    ),
]


def test_bad_input_gets_its_error_and_does_no_more(speaker: Speaker) -> None:
    for line, id, code in BAD:
        answer = speaker.ask(line + b"\n")
        assert (answer["id"], answer["error"]["code"]) == (id, code), line[:80]
        assert answer["error"]["message"].isprintable(), line[:80]
    assert speaker.ask(request("still there", "ping"))["result"] == {}
    assert speaker.close() == ([], 0, "")


def test_messages_without_an_answer(speaker: Speaker) -> None:
    for line in (
        b"\n",
        b"  \r\n",
        b'{"jsonrpc":"2.0","method":"notifications/nosuch"}\n',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled"}\n',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[1]}}\n',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}\n',
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}\n',
        b'{"jsonrpc":"2.0","id":5,"result":{}}\n',
        b'{"jsonrpc":"2.0","id":5,"error":{"code":1,"message":""}}\n',
    ):
        speaker.say(line)
    assert speaker.ask(request(1, "ping"))["id"] == 1


def test_a_line_that_is_too_long_costs_nothing_but_itself(speaker: Speaker) -> None:
    speaker.say(b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * 5_000_000 + b'"}\n')
    refused = speaker.hear()
    assert (refused["id"], refused["error"]["code"]) == (None, -32700)
    assert refused["error"]["message"] == "Parse error: a line of more than 4194304 bytes"
    assert speaker.ask(request(2, "ping"))["id"] == 2


def test_an_array_is_answered_by_an_array(speaker: Speaker) -> None:
    """MCP 2025-03-26 allows arrays."""
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    batch: list[Any] = [request(1, "ping"), note, call(2, "version"), 3, request(4, "nosuch")]
    answers = speaker.ask(batch)
    assert [answer["id"] for answer in answers] == [1, None, 4, 2]
    speaker.say([note, note])
    assert speaker.ask(request(5, "ping"))["id"] == 5


def test_an_array_of_many_messages_gets_one_answer(speaker: Speaker) -> None:
    answers = speaker.ask([request(id, "ping") for id in range(100)])
    assert [answer["id"] for answer in answers] == list(range(100))
    refused = speaker.ask([request(id, "ping") for id in range(101)])
    assert (refused["id"], refused["error"]["code"]) == (None, -32600)
    assert refused["error"]["message"] == (
        "Invalid request: an array of 101 messages; send at most 100 at once"
    )


def test_a_line_of_many_values_is_not_read(speaker: Speaker) -> None:
    inside = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":[%s]}}\n'
    for line in (b"[" + b"0," * 700_000 + b"0]\n", inside % b",".join([b"{}"] * 700_000)):
        speaker.say(line)
        refused = speaker.hear()
        assert (refused["id"], refused["error"]["code"]) == (None, -32700)
        assert refused["error"]["message"] == "Parse error: more than 100000 values"
    text = request(2, "ping", x="[{:," * 200_000)  # inside a text they are not values
    assert speaker.ask(text)["id"] == 2
    assert resident(speaker.process.pid) < 150_000


def test_at_a_terminal_a_message_says_what_mcp_waits_for(world: World) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execve(
            sys.executable, [sys.executable, world.pyz, "mcp"], {**world.env, "TERM": "xterm"}
        )
    shown = b""
    while b"Ctrl-D ends it" not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    while b'"result":{}' not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, b"\x04")
    assert os.waitpid(child, 0)[1] == 0
    os.close(terminal)
    assert b"mcp reads an agent's JSON-RPC on stdin" in shown


EMPTY = {
    "prompts/list": {"prompts": []},
    "resources/list": {"resources": []},
    "resources/templates/list": {"resourceTemplates": []},
    "completion/complete": {"completion": {"values": [], "total": 0, "hasMore": False}},
    "logging/setLevel": {},
}


@pytest.mark.parametrize("method", EMPTY)
def test_lists_that_this_server_lacks_are_empty(method: str) -> None:
    """C25: some clients ask for it whatever the capabilities say, and give up after an error."""
    offer = protocol.Toolset(search.Verbs(BUILT_IN.every()), "read")
    assert protocol.answer(request(1, method), offer) == EMPTY[method]
    assert "prompts" not in str(protocol._CAPABILITIES)
    with pytest.raises(protocol.RpcError, match="cursor"):
        protocol.answer(request(1, "prompts/list", cursor="x"), offer)


def test_an_empty_list_of_the_modern_era_says_how_long_it_is_so() -> None:
    """C25"""
    offer = protocol.Toolset(search.Verbs(BUILT_IN.every()), "read")
    answer = protocol.answer(request(1, "resources/list", _meta=MODERN), offer)
    assert isinstance(answer, dict)
    assert (answer["resources"], answer["resultType"]) == ([], "complete")
    assert answer["ttlMs"]
