"""`homelab mcp` with the official SDK's client, in both eras of the protocol."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import pytest
from support.speaking import Silence, ended
from support.world import World

if sys.version_info < (3, 10):
    pytest.skip("the official MCP SDK needs Python 3.10", allow_module_level=True)
try:
    import anyio
    import mcp
    from mcp.client.stdio import StdioServerParameters, stdio_client
except ImportError as error:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip(f"the official MCP SDK is not here: {error}", allow_module_level=True)

MODES = ("auto", "legacy", "2026-07-28")


def client(world: World, mode: str, *words: str, **env: str) -> Any:
    """The SDK's client, with a server of its own."""
    server = StdioServerParameters(
        command=sys.executable,
        args=[world.pyz, "mcp", *words],
        env={**world.env, **env},
        cwd=world.folder,
    )
    return mcp.Client(stdio_client(server), mode=mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_session(world: World, mode: str) -> None:
    async def session() -> None:
        async with client(world, mode) as speaks:
            expected = "2025-11-25" if mode == "legacy" else "2026-07-28"
            assert speaks.protocol_version == expected
            tools = {tool.name: tool for tool in (await speaks.list_tools()).tools}
            assert "usage_off" not in tools
            hints = tools["host_status"].annotations
            assert (hints.read_only_hint, hints.destructive_hint) == (True, False)
            assert (hints.idempotent_hint, hints.open_world_hint) == (True, False)
            result = await speaks.call_tool("host_status", {"disk": 0})
            assert result.is_error is False
            assert result.structured_content["schema"] == "homelab.host-status/1"
            refused = await speaks.call_tool("host_status", {"disk": 101})
            assert refused.is_error is True
            assert refused.content[0].text == "disk: 101 is not a number from 0 to 100"
            with pytest.raises(mcp.MCPError, match="Unknown tool: usage_off"):
                await speaks.call_tool("usage_off", {})
            if mode == "legacy":
                with warnings.catch_warnings():  # the SDK warns: ping is not of the modern era
                    warnings.simplefilter("ignore")
                    await speaks.send_ping()

    anyio.run(session)
    assert world.events() == ["exit=1 ver=0.6.0 verb=host status", "exit=0 ver=0.6.0 verb=mcp"]


@pytest.mark.parametrize("mode", MODES)
def test_a_call_that_the_client_gives_up(world: World, mode: str) -> None:
    async def session(loki: Silence) -> None:
        async with client(world, mode, LOKI_ADDR=loki.url) as speaks:
            async with anyio.create_task_group() as group:
                group.start_soon(speaks.call_tool, "logs_query", {"selector": '{a="b"}'})
                connection = await anyio.to_thread.run_sync(loki.taken)
                group.cancel_scope.cancel()
            assert await anyio.to_thread.run_sync(ended, connection)
            assert (await speaks.call_tool("version", {})).is_error is False

    with Silence() as loki:
        anyio.run(session, loki)
    assert world.events()[-1] == "exit=0 ver=0.6.0 verb=mcp"


def test_a_client_that_leaves_in_the_middle_of_a_call(world: World) -> None:
    """The client closes stdin, waits 2 s, and would send TERM; the server ends before."""

    async def session(loki: Silence) -> None:
        async with anyio.create_task_group() as group:
            async with client(world, "auto", LOKI_ADDR=loki.url) as speaks:

                async def call() -> None:
                    with pytest.raises(mcp.MCPError):
                        await speaks.call_tool("logs_query", {"selector": '{a="b"}'})

                group.start_soon(call)
                connection = await anyio.to_thread.run_sync(loki.taken)
            assert await anyio.to_thread.run_sync(ended, connection)

    with Silence() as loki:
        anyio.run(session, loki)
    assert set(world.events()) == {
        "exit=143 ver=0.6.0 verb=logs query", "exit=0 ver=0.6.0 verb=mcp",
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
def test_an_own_verb_and_an_unlisted_one_are_found_and_run_in_two_calls(
    world: World, mode: str
) -> None:
    script = "#!/bin/sh\n# Summary: free space of the pools\n# Arg: [POOL]  which\necho $1\n"
    world.dropin("nas/df", script)

    async def session() -> None:
        async with client(world, mode, "--allow", "destructive") as speaks:
            tools = {tool.name: tool for tool in (await speaks.list_tools()).tools}
            assert "nas_df" not in tools
            assert "version" not in tools
            hints = tools["runVerb"].annotations
            assert (hints.read_only_hint, hints.destructive_hint) == (False, True)
            assert tools["findVerb"].annotations.read_only_hint is True
            found = await speaks.call_tool("findVerb", {"words": "free space of pools"})
            assert found.is_error is False
            assert "nas df [undeclared, own]: free space of the pools" in found.content[0].text
            assert "pool (string): which" in found.content[0].text
            ran = await speaks.call_tool("runVerb", {"verb": "nas df", "arguments": {"pool": "a"}})
            assert ran.content[0].text == "a\n"
            ran = await speaks.call_tool("runVerb", {"verb": "version"})
            assert ran.structured_content["schema"] == "homelab.version/1"
            direct = await speaks.call_tool("version", {})
            assert direct.structured_content == ran.structured_content
            refused = await speaks.call_tool("runVerb", {"verb": "usage off"})
            assert refused.is_error is True
            assert "it is for a person" in refused.content[0].text

    anyio.run(session)
    assert "exit=0 ver=0.6.0 verb=(own) nas df" in world.events()


def test_more_is_offered_where_it_is_allowed(world: World) -> None:
    async def session() -> None:
        async with client(world, "auto", "--allow", "write") as speaks:
            result = await speaks.call_tool("verbs_new", {"verb": "nas/df"})
            assert result.is_error is False
            assert result.structured_content is None

    anyio.run(session)
    assert (world.verbs / "nas/df").exists()
