"""Drop-ins as tools: with their own descriptions, within their permissions, and counted like any
run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from support.reading import until
from support.speaking import Speaker, call, callable_tools, cancel
from support.world import World

from homelab.mcp.tools import NOTE

EFFECTS = {
    "reads": "#!/bin/sh\n# Summary: read it\n# Effect: read\necho read\n",
    "writes": "#!/bin/sh\n# Effect: write\necho wrote\n",
    "wipes": "#!/bin/sh\n# Effect: destructive\necho wiped\n",
    "silent": "#!/bin/sh\necho silent\n",
}
SLOW = """#!/bin/bash
# Effect: read
trap 'exit 1' TERM
sleep 100 &
echo $! >pid
wait
"""


def test_a_script_can_be_called_as_far_as_its_effect_is_allowed(world: World) -> None:
    for name, text in EFFECTS.items():
        world.dropin(f"nas/{name}", text)
    world.dropin("logs/query", EFFECTS["reads"])  # shadowed
    world.dropin("logs/mine", EFFECTS["reads"])
    world.dropin("broken", "# Effect: read\n")  # not a program
    read = set(callable_tools(world))
    assert {"nas_reads", "host_status", "logs_mine", "version", "manifest"} <= read
    assert not {"nas_writes", "nas_wipes", "nas_silent", "broken", "mcp"} & read
    write = set(callable_tools(world, "--allow", "write"))
    assert write - read == {"nas_writes", "usage_doctor", "verbs_describe", "verbs_new"}
    every = set(callable_tools(world, "--allow", "destructive"))
    assert every - write == {"job_forget", "nas_wipes", "nas_silent", "usage_dashboard"}
    asking = set(callable_tools(world, "--allow", "destructive,network"))
    assert asking - every == {
        "backup_age", "cert_check", "check", "port_check", "service_check",
    }  # fmt: skip
    assert set(callable_tools(world, "--allow", "destructive", HOMELAB_READ_ONLY="1")) == read


def test_a_script_that_does_not_run_is_found_with_the_reason_and_a_shadowed_one_is_not(
    world: World,
) -> None:
    world.dropin("disk", EFFECTS["reads"])
    world.dropin("nas/reads", EFFECTS["reads"])
    world.dropin("nas/reader", EFFECTS["reads"]).chmod(0o644)
    with Speaker(world) as speaker:
        text = speaker.ask(call(1, "findVerb", words="read"))["result"]["content"][0]["text"]
        lines = [line for line in text.split("\n")[1:] if line[0] != " "]
        assert lines[0] == "nas reads [read, own]: read it"
        reason = "(does not run: it is not executable)"
        assert lines[-1] == f"nas reader [read, own]: read it {reason}"
        groups = speaker.ask(call(4, "findVerb"))["result"]["content"][0]["text"]
        assert "nas (1 own)" in groups.split("\n")
        refused = speaker.ask(call(2, "runVerb", verb="nas reader"))["result"]
        assert refused["_meta"]["homelab/exit-code"] == 126
        assert "chmod" in refused["content"][0]["text"]
        shadowed = speaker.ask(call(3, "runVerb", verb="disk"))["result"]
        assert shadowed["content"][0]["text"].startswith("no verb 'disk'; ")


def test_an_agent_reaches_no_built_in_by_the_argument_of_a_script(world: World) -> None:
    """`homelab self push` would push, although an own `self` only reads."""
    world.dropin("self", "#!/bin/sh\n# Effect: read\n# Arg: WORD\necho own $1\n")
    world.dropin("disk/clean", "#!/bin/sh\n# Effect: read\n# Arg: WORD\necho own $1\n")
    with Speaker(world) as speaker:
        for number, (verb, word, said) in enumerate(
            (
                ("self", "mine", "own mine\n"),
                (
                    "self",
                    "push",
                    "self does not run with these arguments: 'self push' is a built-in",
                ),
                ("disk clean", "usage", "own usage\n"),
            )
        ):
            asked = call(number, "runVerb", verb=verb, arguments={"word": word})
            answer = speaker.ask(asked)["result"]["content"][0]["text"]
            assert answer.startswith(said)


def test_an_agent_reads_how_a_script_is_used_from_its_header_or_its_help(world: World) -> None:
    world.dropin("usage1.sh", "#!/bin/sh\n# Usage: usage1.sh HOST SERVICE\necho\n")
    world.dropin("helper.sh", "#!/bin/sh\nusage() {\ncat <<END\nusage: helper.sh [-n COUNT] DISK\n"
                 "  -n COUNT  how often\nEND\n}\n[ \"$1\" = -h ] && usage\n")  # fmt: skip
    world.dropin("conv.sh", "#!/bin/sh\n# Usage: conv.sh [-v] [-o FILE] INPUT...\n"
                 "# Effect: read\nprintf '<%s>' \"$@\"\n")  # fmt: skip
    world.dropin("load.sh", "#!/bin/sh\n# Usage: load.sh FILE\n# Effect: read\necho\n")

    with Speaker(world) as speaker:

        def lines(words: str) -> list[str]:
            result = speaker.ask(call(1, "findVerb", words=words))["result"]
            return [line.strip() for line in result["content"][0]["text"].split("\n")]

        assert "usage: usage1 HOST SERVICE" in lines("usage1")
        helper = lines("helper")
        assert "usage: helper [-n COUNT] DISK" in helper
        assert "-n COUNT  how often" in helper
        conv = lines("conv")
        assert "usage: conv.sh [-v] [-o FILE] INPUT..." in conv
        assert conv[-3:] == [
            "- v (boolean)", "- input (list of string, required)",
            "- not offered: -o FILE: an agent may not name a file, folder or socket",
        ]  # fmt: skip
        ran = speaker.ask(call(2, "runVerb", verb="conv", arguments={"v": True, "input": ["a"]}))
        assert ran["result"]["content"][0]["text"] == "<-v><a>"
        bad = speaker.ask(call(2, "conv"))["result"]["content"][0]["text"]
        assert bad == "input is missing; usage: conv.sh [-v] [-o FILE] INPUT..."
        for given in (["-o", "/tmp/x"], ["-o/tmp/x"], ["--", "-o"]):
            bad = speaker.ask(call(3, "runVerb", verb="conv", arguments={"input": given}))["result"]
            assert bad["isError"] is True
        why = (
            "(not in this session: it needs FILE, and an agent may not name a file, folder or"
            " socket"
        )
        assert f"{why}: ask a person to run `homelab load`)" in lines("load")[1]


def test_the_schema_accepts_the_declared_arguments(world: World) -> None:
    world.dropin(
        "nas/df",
        "#!/bin/sh\n# Summary: free space\n# Effect: read\n# Option: --unit GiB|TiB  unit\n"
        "# Option: --all  every pool\n# Arg: POOL...  which\n"
        "# Exit: 0  fine\n# Exit: 3  a pool is degraded\n"
        "for word; do printf '<%s>' \"$word\"; done; echo talk >&2; exit 3\n",
    )
    schema = callable_tools(world)["nas_df"]["inputSchema"]
    assert schema == {
        "type": "object",
        "properties": {
            "unit": {"type": "string", "enum": ["GiB", "TiB"], "description": "unit"},
            "all": {"type": "boolean", "description": "every pool"},
            "pool": {
                "type": "array", "items": {"type": "string"}, "minItems": 1, "description": "which",
            },
        },
        "required": ["pool"],
        "additionalProperties": False,
    }  # fmt: skip
    with Speaker(world) as speaker:
        arguments = {"unit": "TiB", "all": True, "pool": ["a b", "c"]}
        answer = speaker.ask(call(1, "nas_df", **arguments))["result"]
        assert [part["text"] for part in answer["content"]] == [
            "<--unit><TiB><--all><a b><c>", "talk\n", NOTE, "exit code 3: a pool is degraded",
        ]  # fmt: skip
        assert answer["isError"] is True
        answer = speaker.ask(call(2, "nas_df", pool=["-rf"]))["result"]
        assert answer["isError"] is True
        assert "begins with a dash" in answer["content"][0]["text"]
    assert world.events() == ["exit=3 ver=0.6.0 verb=(own) nas df"]


def test_an_omitted_argument_moves_no_other(world: World) -> None:
    world.dropin("two", '#!/bin/sh\n# Effect: read\n# Arg: [A]  x\n# Arg: [B]  x\necho "$1|$2"\n')
    with Speaker(world) as speaker:
        answer = speaker.ask(call(1, "two", b="x"))["result"]
        assert answer["isError"] is True
        assert answer["content"][0]["text"] == "b comes after a; give that too"
        assert speaker.ask(call(2, "two", a="x"))["result"]["content"][0]["text"] == "x|\n"


def test_where_only_reading_is_allowed_a_script_writes_by_no_verb_either(world: World) -> None:
    world.dropin("liar", '#!/bin/sh\n# Effect: read\n"$HOMELAB_BIN" verbs new x 2>&1\n')
    with Speaker(world) as speaker:
        answer = speaker.ask(call(1, "liar"))["result"]
        assert "HOMELAB_READ_ONLY is set" in answer["content"][0]["text"]
    assert not (world.verbs / "x").exists()


def test_a_verb_that_reads_runs_no_script_that_may_write_whatever_is_allowed(world: World) -> None:
    world.dropin("silent", f"#!/bin/sh\n# Check: yes\ntouch {world.folder}/ran\n")
    world.settings("[checks]\nhost = no\n")
    with Speaker(world, "--allow", "write,network") as speaker:
        answer = speaker.ask(call(1, "check"))["result"]
        assert "it does not declare Effect: read" in answer["content"][0]["text"]
    assert not (world.folder / "ran").exists()


def test_scripts_that_come_and_go_are_tools_at_once(world: World) -> None:
    with Speaker(world) as speaker:
        path = world.dropin("reads", EFFECTS["reads"])
        found = speaker.ask(call(1, "findVerb", words="reads"))["result"]["content"]
        assert found[0]["text"].split("\n")[1] == "reads [read, own]: read it"
        assert speaker.ask(call(2, "reads"))["result"]["isError"] is False
        path.unlink()
        assert speaker.ask(call(3, "reads"))["error"]["code"] == -32602


DAEMON = """#!/bin/sh
# Effect: read
setsid sh -c 'echo $$ >daemon; while [ ! -e go ]; do sleep 0.1; done
echo late; echo late >&2; touch done; exec sleep 60' &
while [ ! -s daemon ]; do sleep 0.05; done
echo begun
"""


def test_a_daemon_that_a_script_starts_lives_on(world: World) -> None:
    """The call is answered without the daemon, whose output is discarded, and no child is left."""
    world.dropin("begin", DAEMON)
    with Speaker(world) as speaker:
        answer = speaker.ask(call(1, "begin"))["result"]
        daemon = int((world.folder / "daemon").read_text())
        try:
            assert [part["text"] for part in answer["content"]] == ["begun\n", NOTE]
            assert not ended(daemon)
            server = speaker.process.pid
            children = Path(f"/proc/{server}/task/{server}/children")
            assert until(lambda: children.read_text() == "", 20)
            (world.folder / "go").touch()
            assert until((world.folder / "done").exists, 20)
            assert not ended(daemon)
        finally:
            os.kill(daemon, signal.SIGKILL)


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("how", ["cancelled", "TERM", "killed client"])
def test_a_call_ends_with_all_that_the_script_started(how: str, world: World) -> None:
    world.dropin("slow", SLOW)
    path = world.folder / "pid"
    with Speaker(world) as speaker:
        speaker.say(call(1, "slow"))
        assert until(lambda: path.exists() and path.read_text().endswith("\n"), 20)
        inner = int(path.read_text())
        if how == "cancelled":
            speaker.say(cancel(1))
        elif how == "TERM":
            os.kill(speaker.process.pid, signal.SIGTERM)
        else:
            assert speaker.process.stdin
            speaker.process.stdin.close()
        assert until(lambda: ended(inner), 20)
