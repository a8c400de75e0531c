"""`mcp`: what an agent sees of the verbs, and that its calls are runs like any other."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Any

import pytest
from conftest import ROOT, World
from reading import until
from talking import META, Talk

from homelab.catalogue import VERBS
from homelab.dropins import header
from homelab.mcp import protocol, tools
from homelab.verb import Verb

SCHEMAS = ROOT / "tests/schemas"
EFFECTS = {
    "reads": "#!/bin/sh\n# Summary: read it\n# Effect: read\necho read\n",
    "writes": "#!/bin/sh\n# Effect: write\necho wrote\n",
    "wipes": "#!/bin/sh\n# Effect: destructive\necho wiped\n",
    "silent": "#!/bin/sh\necho silent\n",
}


def of_header(*lines: str) -> Verb:
    text = "".join(f"# {line}\n" for line in lines)
    return header.verb("nas df", "personal", header.parse(text))


def conforms(document: object, name: str, schema: str = "mcp-2026-07-28.json") -> None:
    """`document` is a `name` of the published schema."""
    import jsonschema

    published = json.loads((SCHEMAS / schema).read_text())
    whole = {"$schema": published["$schema"], "$defs": published["$defs"]}
    jsonschema.validate(document, {**whole, "$ref": f"#/$defs/{name}"})


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.path)
def test_a_tool_of_every_verb(verb: Verb) -> None:
    import jsonschema

    tool: dict[str, Any] = tools.tool(verb)
    conforms(tool, "Tool")
    conforms(tool, "Tool", "mcp-2025-11-25.json")
    jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
    hints = tool["annotations"]
    assert list(hints) == ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]
    assert all(isinstance(hint, bool) for hint in hints.values())
    assert hints["readOnlyHint"] == (verb.effect == "read")
    assert not {"json", "csv", "no_header"} & set(tool["inputSchema"]["properties"])
    assert tool["inputSchema"]["additionalProperties"] is False


def test_a_script_that_says_nothing_may_do_anything() -> None:
    tool: dict[str, Any] = tools.tool(of_header())
    assert tool["annotations"] == {
        "readOnlyHint": False, "destructiveHint": True,
        "idempotentHint": False, "openWorldHint": True,
    }  # fmt: skip
    (only,) = tool["inputSchema"]["properties"].items()
    assert only[0] == "arguments"
    assert only[1]["type"] == "array"


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("host status", {}, "host status --json"),
        ("host status", {"disk": 80, "load": 1.5}, "host status --disk=80 --load=1.5 --json"),
        ("logs query", {"selector": "-x"}, "logs query --json -- -x"),
        ("logs query", {"selector": "{}", "limit": 5}, "logs query --limit=5 --json -- {}"),
        ("help", {"verb": ["logs", "query"]}, "help -- logs query"),
        ("help", {"all": True, "man": False}, "help --all"),
        ("usage top", {"user": "--json"}, "usage top --user=--json --json"),
        ("verbs run", {"words": ["a", "-x", "--", "--json"]}, "verbs run a -x -- --json"),
    ],
)
def test_calls_of_built_ins(path: str, given: dict[str, object], words: str) -> None:
    verb = next(verb for verb in VERBS if verb.path == path)
    assert tools.command(verb, given) == words.split(" ")


@pytest.mark.parametrize(
    ("lines", "given", "words"),
    [
        (("Option: --all  x", "Arg: POOL  x"), {"pool": "tank"}, ["tank"]),
        (("Option: --all  x",), {"all": True}, ["--all"]),
        (("Option: --unit GiB|TiB  x",), {"unit": "TiB"}, ["--unit=TiB"]),
        (("Option: --name N  x",), {"name": "-rf"}, ["--name=-rf"]),
        (("Option: -n N  x",), {"n": "5"}, ["-n", "5"]),
        (("Arg: A...  x",), {"a": ["1", "2"]}, ["1", "2"]),
        (("Option: --pool P  x", "Arg: POOL  x"), {"pool": "a", "pool_": "b"}, ["--pool=a", "b"]),
        ((), {"arguments": ["-x", "--", "y z"]}, ["-x", "--", "y z"]),
    ],
)
def test_calls_of_scripts(
    lines: tuple[str, ...], given: dict[str, object], words: list[str]
) -> None:
    assert tools.command(of_header(*lines), given) == ["nas", "df", *words]


@pytest.mark.parametrize(
    ("lines", "given", "why"),
    [
        (("Arg: POOL  one",), {}, "'pool' is missing: one"),
        (("Arg: POOL  one",), {"pool": "-rf"}, "'pool' can't begin with a dash"),
        (("Arg: POOL  one",), {"pool": 5}, "'pool' is text"),
        (("Arg: POOL  one",), {"pool": None}, "'pool' is text"),
        (("Arg: POOL  one",), {"pool": "a\0b"}, "'pool' can't hold a NUL"),
        (("Arg: POOL  one",), {"pool": "\ud800"}, "'pool' is no Unicode text"),
        (("Arg: A...  x",), {"a": []}, "'a' must not be empty"),
        (("Arg: A...  x",), {"a": "b"}, "'a' is a list"),
        (("Arg: A...  x",), {"a": ["b", 1]}, "'a' is text in a list"),
        (("Arg: [A]  x", "Arg: [B]  x"), {"b": "1"}, "'b' can't be given without 'a'"),
        (("Option: -n N  x",), {"n": "-1"}, "-n can't have a value that begins with a dash"),
        (("Option: --all  x",), {"all": "yes"}, "'all' is true or false"),
        (("Option: --unit GiB|TiB  x",), {"unit": "KiB"}, "'unit' is one of GiB, TiB, not 'KiB'"),
        ((), {"other": 1}, "'other' is no argument of nas df; it takes: arguments"),
    ],
)
def test_what_a_model_gets_wrong_is_told(
    lines: tuple[str, ...], given: dict[str, object], why: str
) -> None:
    with pytest.raises(ValueError) as raised:
        tools.command(of_header(*lines), given)
    assert str(raised.value).startswith(why)


@pytest.mark.parametrize("given", [{"limit": 0.5}, {"limit": True}, {"limit": "5"}])
def test_numbers_are_numbers(given: dict[str, object]) -> None:
    verb = next(verb for verb in VERBS if verb.path == "usage top")
    with pytest.raises(ValueError, match="'limit' is a whole number"):
        tools.command(verb, given)


def test_both_eras_over_one_pipe(world: World) -> None:
    with Talk(world) as talk:
        for version in protocol.LEGACY:
            opened = talk.result("initialize", {"protocolVersion": version})
            assert opened["protocolVersion"] == version
            assert opened["serverInfo"]["name"] == "homelab"
        opened = talk.result("initialize", {"protocolVersion": "2024-01-01"})
        conforms(opened, "InitializeResult", "mcp-2025-11-25.json")
        assert opened["protocolVersion"] == "2025-11-25"
        talk.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        assert talk.result("ping") == {}
        old = talk.result("tools/list")
        conforms(old, "ListToolsResult", "mcp-2025-11-25.json")
        assert set(old) == {"tools"}
        found = talk.result("server/discover", {"_meta": META})
        conforms(found, "DiscoverResult")
        assert found["supportedVersions"] == ["2026-07-28"]
        new = talk.result("tools/list", {"_meta": META})
        conforms(new, "ListToolsResult")
        assert new["tools"] == old["tools"]
        called = talk.result("tools/call", {"name": "version", "_meta": META})
        conforms(called, "CallToolResult")
        assert (called["resultType"], called["isError"]) == ("complete", False)
        assert called["structuredContent"]["schema"] == "homelab.version/1"
        assert json.loads(called["content"][0]["text"]) == called["structuredContent"]
        assert called["_meta"]["io.modelcontextprotocol/serverInfo"]["version"] == "0.6.0"
        assert talk.end() == (0, b"", b"")


def test_calls_are_counted_as_any_run_is(world: World) -> None:
    world.dropin("reads", EFFECTS["reads"])
    with Talk(world) as talk:
        talk.called("config")
        talk.called("host_status", disk=100, memory=100, load=1000, inodes=100)
        talk.called("reads")
        talk.called("usage_top")
        talk.called("version")
    events = [event.partition("verb=")[2] for event in world.events()]
    assert events == ["config", "host status", "(personal)", "mcp"]


def names(world: World, *words: str, **env: str) -> set[str]:
    with Talk(world, *words, **env) as talk:
        return {tool["name"] for tool in talk.result("tools/list")["tools"]}


def test_what_is_allowed(world: World) -> None:
    for name, text in EFFECTS.items():
        world.dropin(f"nas/{name}", text)
    read = names(world)
    assert {"nas_reads", "host_status", "version", "manifest"} <= read
    assert not {"nas_writes", "nas_wipes", "nas_silent", "usage_off", "verbs_run", "mcp"} & read
    write = names(world, "--allow", "write")
    assert write - read == {"nas_writes", "usage_doctor", "usage_off", "usage_on", "verbs_new"}
    every = names(world, "--allow", "destructive")
    assert every - write == {"nas_wipes", "nas_silent", "verbs_run"}
    assert names(world, "--allow", "destructive", HOMELAB_READ_ONLY="1") == read
    with Talk(world) as talk:
        for name in ("nas_wipes", "mcp", "completion", "nosuch", "nas reads"):
            talk.call(name)
            answer = talk.read()
            assert answer["error"] == {"code": -32602, "message": f"Unknown tool: {name}"}
        assert talk.called("nas_reads")["content"] == [{"type": "text", "text": "read\n"}]
    with Talk(world, "--allow", "everything") as talk:
        assert talk.end()[0] == 2


def test_verbs_that_come_and_go_are_tools_at_once(world: World) -> None:
    with Talk(world) as talk:
        path = world.dropin("reads", EFFECTS["reads"])
        assert "reads" in {tool["name"] for tool in talk.result("tools/list")["tools"]}
        assert talk.called("reads")["isError"] is False
        path.unlink()
        talk.call("reads")
        assert talk.read()["error"]["code"] == -32602


def test_results(world: World) -> None:
    world.dropin(
        "odd",
        "#!/bin/sh\n# Effect: read\n# Exit: 0  fine\n# Exit: 3  a pool is degraded\n"
        "printf 'a\\377b'; echo talk >&2; exit 3\n",
    )
    world.dropin("much", "#!/bin/sh\n# Effect: read\nyes | head -c 3000000\n")
    world.dropin("none", "#!/bin/sh\n# Effect: read\ncat\n")
    world.dropin("killed", "#!/bin/sh\n# Effect: read\nkill -KILL $$\n")
    world.dropin("left", "#!/bin/sh\n# Effect: read\nsleep 30 & echo done; echo $! >pid\n")
    with Talk(world) as talk:
        odd = talk.called("odd")
        assert [part["text"] for part in odd["content"]] == [
            "a\ufffdb", "talk", "exit code 3: a pool is degraded",
        ]  # fmt: skip
        assert odd["isError"] is True
        much = talk.called("much")
        assert len(much["content"][0]["text"]) == 1 << 20
        assert much["content"][1]["text"].startswith("It printed more than 1 MiB")
        assert talk.called("none")["content"] == [{"type": "text", "text": "(it printed nothing)"}]
        killed = talk.called("killed")
        assert killed["content"][0]["text"] == "exit code 137: a signal, 9"
        assert talk.called("left")["content"][0]["text"] == "done\n"  # not after 30 s
        os.kill(int((world.folder / "pid").read_text()), signal.SIGKILL)
        status = talk.called("host_status", disk=0)
        assert status["isError"] is False  # a host with warnings is an answer
        assert status["content"][-1]["text"] == "exit code 1: a warning or worse"
        wrong = talk.called("logs_query", selector="{}", since="never")
        assert wrong["isError"] is True
        assert "'never' is no moment" in wrong["content"][0]["text"]
        wrong = talk.called("host_status", disk="80")
        assert wrong == {
            "content": [{"type": "text", "text": "'disk' is a number"}], "isError": True,
        }  # fmt: skip


SLOW = """#!/bin/bash
# Effect: read
# Arg: [NAME]  file to write to
trap 'echo ended >>ended; exit 1' TERM
sleep 100 &
echo $! >"${1:-pid}"
wait
"""


def ended(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split()[2] == "Z"
    except OSError:
        return True


def started(world: World, name: str = "pid") -> int:
    path = world.folder / name
    assert until(lambda: path.exists() and path.read_text().endswith("\n"), 20)
    return int(path.read_text())


def test_a_cancelled_call_ends_with_all_that_it_started(world: World) -> None:
    world.dropin("slow", SLOW)
    with Talk(world) as talk:
        id = talk.call("slow")
        inner = started(world)
        assert talk.result("ping") == {}  # while it runs
        talk.send(
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}
        )
        assert until(lambda: ended(inner), 20)
        talk.send(
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}
        )
        assert talk.result("ping") == {}  # and no answer to the call came
        assert talk.end()[:2] == (0, b"")
    assert [event.partition("verb=")[2] for event in world.events()] == ["(personal)", "mcp"]


def test_a_call_that_will_not_end_is_killed(world: World) -> None:
    world.dropin("deaf", "#!/bin/bash\n# Effect: read\ntrap '' TERM\necho $$ >pid\n"
                 "while :; do sleep 1; done\n")  # fmt: skip
    with Talk(world) as talk:
        id = talk.call("deaf")
        inner = started(world)
        talk.send(
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}
        )
        assert until(lambda: ended(inner), 20)


def test_eight_calls_at_once_and_the_others_wait(world: World) -> None:
    world.dropin("slow", SLOW)
    world.dropin("reads", EFFECTS["reads"])
    with Talk(world) as talk:
        ids = [talk.call("slow", name=f"pid{number}") for number in range(8)]
        for number in range(8):
            started(world, f"pid{number}")
        waiting = talk.call("slow", name="never")
        last = talk.call("reads")
        assert talk.result("ping") == {}
        for id in (waiting, ids[0]):
            talk.send(
                {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}
            )
        assert talk.read()["id"] == last
        for id in ids[1:]:
            talk.send(
                {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}
            )
    assert not (world.folder / "never").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ended_by_a_signal_it_leaves_nobody(number: signal.Signals, world: World) -> None:
    world.dropin("slow", SLOW)
    with Talk(world) as talk:
        talk.call("slow")
        inner = started(world)
        talk.process.send_signal(number)
        talk.process.wait(20)
        assert ended(inner)
        code, stdout, stderr = talk.end()
        assert (code, stdout, stderr) == (-number, b"", b"")
    assert f"exit={128 + number} ver=0.6.0 verb=mcp" in world.events()


def test_a_client_that_has_gone_leaves_nobody(world: World) -> None:
    world.dropin("slow", SLOW)
    with Talk(world) as talk:
        talk.call("slow")
        inner = started(world)
        assert talk.process.stdout is not None
        talk.process.stdout.close()
        talk.ask("ping")
        talk.process.wait(20)
        assert ended(inner)
        talk.process.stdout = None
        assert talk.end()[0] == 0


def test_answers_come_though_the_client_has_said_its_last(world: World) -> None:
    with Talk(world) as talk:
        ids = [talk.call("version") for _ in range(12)]
        code, stdout, _ = talk.end()
    assert code == 0
    assert sorted(json.loads(line)["id"] for line in stdout.splitlines()) == ids


DEEP = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("message", "id", "code"),
    [
        (b"nonsense", None, -32700),
        (b"\xff\xfe", None, -32700),
        (b"{", None, -32700),
        (DEEP, None, -32700),
        (b"x" * (5 << 20), None, -32600),
        (b"[]", None, -32600),
        (b"1", None, -32600),
        (b"null", None, -32600),
        ({"id": 1, "method": "ping"}, None, -32600),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, None, -32600),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, None, -32600),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, None, -32600),
        ({"jsonrpc": "2.0", "id": [1], "method": "ping"}, None, -32600),
        ({"jsonrpc": "2.0", "id": 1}, 1, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": 5}, 1, -32600),
        ({"jsonrpc": "2.0", "id": "a", "method": "ping", "params": []}, "a", -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "nosuch"}, 1, -32601),
        ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, 1, -32601),
        ({"jsonrpc": "2.0", "id": 1, "method": "initialize"}, 1, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}, 1, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 1}}, 1, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
          "params": {"name": "version", "arguments": []}}, 1, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": "x"}}, 1, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "server/discover"}, 1, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28"}}}, 1, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {
            "io.modelcontextprotocol/protocolVersion": "1900-01-01"}}}, 1, -32022),
        ({"jsonrpc": "2.0", "method": 7}, None, -32600),
    ],
    ids=lambda value: str(value)[:60] if not isinstance(value, int) else str(value),
)  # fmt: skip
def test_bad_messages_are_answered_and_it_goes_on(
    message: object, id: object, code: int, world: World
) -> None:
    with Talk(world) as talk:
        talk.send(message)
        answer = talk.read()
        assert (answer["id"], answer["error"]["code"]) == (id, code)
        assert answer["error"]["message"]
        assert talk.result("ping") == {}


def test_what_needs_no_answer_gets_none(world: World) -> None:
    with Talk(world) as talk:
        for message in (
            b"", b"   ", {"jsonrpc": "2.0", "method": "notifications/nosuch"},
            {"jsonrpc": "2.0", "id": 9, "result": {}},
            {"jsonrpc": "2.0", "id": 9, "error": {"code": 1, "message": "x"}},
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 77}},
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": []},
            [{"jsonrpc": "2.0", "method": "notifications/nosuch"}],
        ):  # fmt: skip
            talk.send(message)
        assert talk.result("ping") == {}


def test_an_id_that_is_in_use(world: World) -> None:
    world.dropin("slow", SLOW)
    with Talk(world) as talk:
        call = {"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": {"name": "slow"}}
        talk.send(call)
        started(world)
        talk.send(call)
        answer = talk.read()
        assert (answer["id"], answer["error"]["code"]) == ("x", -32600)
        talk.process.terminate()


def test_a_batch_is_answered_together(world: World) -> None:
    """Of 2025-03-26 alone, whose servers must take them."""
    with Talk(world) as talk:
        talk.send([
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "version"}},
            {"jsonrpc": "2.0", "method": "notifications/x"},
            {"jsonrpc": "2.0", "id": 2, "method": "ping"},
            5,
        ])  # fmt: skip
        answers = {answer["id"]: answer for answer in talk.read()}
    assert set(answers) == {1, 2, None}
    assert answers[1]["result"]["isError"] is False


def test_a_person_is_told_what_it_is(world: World) -> None:
    import pty
    import subprocess

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, world.pyz, "mcp"], env=world.env, stdin=theirs,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        os.close(theirs)
        assert process.stderr is not None
        assert b"an agent's client starts this" in process.stderr.readline()
        os.write(ours, b"\x04")
        assert process.wait(20) == 0
    os.close(ours)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the official client needs Python 3.10")
@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
def test_the_official_client(mode: str, world: World) -> None:
    client = pytest.importorskip("mcp.client.client") if not os.environ.get("CI") else None
    if client is None:
        from mcp.client import client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    world.dropin("nas/df", '#!/bin/sh\n# Effect: read\n# Arg: POOL  which\necho "<$1>"\n')
    world.dropin("slow", SLOW)
    server = StdioServerParameters(
        command=sys.executable, args=[world.pyz, "mcp"], env=world.env, cwd=str(world.folder)
    )

    async def talk() -> None:
        async with client.Client(stdio_client(server), mode=mode) as session:
            found = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert found["nas_df"].input_schema["required"] == ["pool"]
            assert found["host_status"].annotations.read_only_hint is True
            told = await session.call_tool("nas_df", {"pool": "tank x"})
            assert told.content[0].text == "<tank x>\n"
            both = await asyncio.gather(
                session.call_tool("host_status", {}), session.call_tool("version", {})
            )
            assert both[0].structured_content["schema"] == "homelab.host-status/1"
            assert both[1].structured_content["schema"] == "homelab.version/1"
            with pytest.raises(Exception, match="Unknown tool"):
                await session.call_tool("nosuch", {})
            slow = asyncio.ensure_future(session.call_tool("slow", {}))
            while not (world.folder / "pid").exists():
                await asyncio.sleep(0.02)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            again = await session.call_tool("nas_df", {"pool": "y"})
            assert again.content[0].text == "<y>\n"

    asyncio.run(talk())
    assert until(lambda: ended(started(world)), 20)
    counted = [event.partition("verb=")[2] for event in world.events()]
    assert counted.count("(personal)") == 3
    assert counted[-1] == "mcp"
