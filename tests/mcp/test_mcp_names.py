"""Each name means one verb, for every tool; and a name without a verb gets a reason."""

from __future__ import annotations

import io
from typing import Any

import pytest
from support.world import World

from homelab.catalogue import arguments
from homelab.context import Context
from homelab.mcp import protocol
from homelab.mcp.protocol import Call, RpcError, Search, Toolset
from homelab.verbs import BUILT_IN
from homelab.verbs.about import mcp
from homelab.verbs.verbs.add import add

SCRIPT = "#!/bin/sh\n# Effect: read\necho\n"


def context_of(world: World) -> Context:
    """Make a context whose system's verbs are the world's too: root adopts a checkout there."""
    return Context(
        [], world.env, io.StringIO(), io.StringIO(), BUILT_IN,
        system_settings="", system_verbs=str(world.folder / "system/verbs"),
    )  # fmt: skip


def offer_of(world: World) -> Toolset:
    return Toolset(mcp.known_verbs(context_of(world)), "read")


def answered(offer: Toolset, tool: str, **arguments: object) -> Any:
    params = {"name": tool, "arguments": arguments}
    answer = protocol.answer({"method": "tools/call", "params": params}, offer)
    # that no verb has a name is found in a search beside the other calls: it reads all verbs
    return answer.work() if isinstance(answer, Search) else answer


def refused(offer: Toolset, name: str) -> str:
    return str(answered(offer, "runVerb", verb=name)["content"][0]["text"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("disk_usage", "disk usage"),
        ("Disk_Usage", "disk usage"),
        ("Disk_Usage.sh", "disk-usage"),
        ("disk-usage", "disk-usage"),
        ("nas_df", "nas df"),
        ("nas/df", "nas df"),
        ("nas_df.sh", "nas-df"),
        ("lab_zfs_Scrub_All.sh", "lab zfs scrub-all"),
        ("lab_zfs_scrub_all", "lab zfs scrub-all"),
        ("lab/zfs/scrub-all", "lab zfs scrub-all"),
        ("lab/zfs/Scrub_All.sh", "lab zfs scrub-all"),
        ("LAB.zfs-scrub_all", "lab zfs scrub-all"),
    ],
)
def test_a_name_means_the_same_verb_for_both_tools(world: World, name: str, words: str) -> None:
    for file in ("Disk_Usage.sh", "nas_df.sh", "nas/df.sh", "lab/zfs/Scrub_All.sh"):
        world.dropin(file, SCRIPT)
    offer = offer_of(world)
    calls = [answered(offer, name), answered(offer, "runVerb", verb=name)]
    for call in calls:
        assert isinstance(call, Call)
        assert call.verb.path == words
        assert call.words[: len(words.split())] == words.split()


@pytest.mark.parametrize(
    "name",
    [
        "lab zfs scrub all",
        "homelab lab zfs Scrub_All.sh",
        "homelab lab zfs scrub all",
        "lab zfs/scrub_all",
    ],
)
def test_a_name_with_blanks_is_found_in_the_spellings_of_the_command_line(
    world: World, name: str
) -> None:
    world.dropin("lab/zfs/Scrub_All.sh", SCRIPT)
    offer = offer_of(world)
    assert answered(offer, "runVerb", verb=name).words == ["lab", "zfs", "scrub-all"]
    with pytest.raises(RpcError):
        answered(offer, name)  # a tool's name contains no blank


def test_a_name_that_means_no_verb_says_why_or_what_may_be_meant(world: World) -> None:
    for file in ("nas/df-all.sh", "nas-df/all.sh", "lab/scrub-all"):
        world.dropin(file, SCRIPT)
    world.dropin("nas/notes.txt", "buy disks\n", 0o644)
    offer = offer_of(world)
    both = "no verb 'nas_df_all'; did you mean 'nas df-all' or 'nas-df all'?"
    assert refused(offer, "nas_df_all") == both
    assert refused(offer, "lab scrubb-all") == (
        "no verb 'lab scrubb-all'; did you mean 'lab scrub-all'?"
    )
    assert refused(offer, "lab_scrub_al") == "no verb 'lab_scrub_al'; did you mean 'lab scrub-all'?"
    assert refused(offer, "nas") == (
        "no verb 'nas'; it is a group of verbs; findVerb with the group 'nas' lists them"
    )
    path = world.verbs / "nas/notes.txt"
    assert refused(offer, "nas notes").startswith(f"no verb 'nas notes'; {path} is not a verb: ")


def test_an_agent_learns_of_a_missing_checkout(world: World) -> None:
    checkout = world.folder / "labscripts"
    checkout.mkdir()
    (checkout / "scrub.sh").write_text(SCRIPT)
    context = context_of(world)
    described = BUILT_IN.verb("verbs add")
    add(context, arguments.parse(described, [str(checkout), "--as", "lab"], 0))
    offer = Toolset(mcp.known_verbs(context), "read")
    assert answered(offer, "runVerb", verb="lab scrub").words == ["lab", "scrub"]
    checkout.rename(world.folder / "moved")
    for name in ("lab scrub", "lab_scrub", "homelab lab scrub.sh"):
        said = refused(offer, name)
        assert said.startswith(f"no verb {name!r}; 'lab' is not used: {checkout}: it is gone; ")
        assert "homelab verbs remove lab" in said
