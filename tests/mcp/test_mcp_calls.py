"""Running calls: cancelled, queued, ended with the session; and the process of each call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.speaking import MODERN, Silence, Speaker, call, cancel, ended, request
from support.world import World

from homelab.system.child import MOST, Cancelled, Child

# From logcli's variable, where telemetry is never sent: runs stay in the journal.
QUERY = '{job="x"}'
ENV = {"PATH": os.environ["PATH"]}


def shell(script: str) -> Child:
    return Child(["/bin/sh", "-c", script], ENV)


def test_a_cancelled_call_ends_and_is_not_answered(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        for id, meta in (("old", {}), ("new", MODERN)):
            arguments = {"selector": QUERY}
            speaker.say(
                request(id, "tools/call", name="logs_query", arguments=arguments, _meta=meta)
            )
            connection = loki.taken()
            assert speaker.ask(request(1, "ping"))["id"] == 1  # while the call is running
            speaker.say(cancel(id))
            assert ended(connection)
            speaker.say(cancel(id))
        assert speaker.ask(request(2, "ping"))["id"] == 2
        assert speaker.close() == ([], 0, "")


def test_a_cancelled_run_is_counted_as_ended_by_a_signal(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        speaker.say(call(1, "logs_query", selector=QUERY))
        connection = loki.taken()
        speaker.say(cancel(1))
        assert ended(connection)
        assert speaker.close() == ([], 0, "")
    assert world.events()[0] == "exit=143 ver=0.6.0 verb=logs query"


def test_one_id_is_one_call(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        speaker.say(call(1, "logs_query", selector=QUERY))
        loki.taken()
        twice = speaker.ask(call(1, "version"))
        assert (twice["id"], twice["error"]["code"]) == (None, -32600)
        assert speaker.ask(call("1", "version"))["id"] == "1"  # another id
        loki.drop()
        assert speaker.hear()["id"] == 1
        assert speaker.ask(call(1, "version"))["id"] == 1  # free to use again


def test_eight_at_once_and_the_rest_waits(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        for id in range(8):
            speaker.say(call(id, "logs_query", selector=QUERY))
        for _ in range(8):
            loki.taken()
        speaker.say(call("never", "version"))
        speaker.say(call("later", "version"))
        assert speaker.ask(request("meanwhile", "ping"))["id"] == "meanwhile"
        speaker.say(cancel("never"))
        loki.drop()
        answered = {speaker.hear()["id"] for _ in range(9)}
        assert answered == {*range(8), "later"}
        assert speaker.close() == ([], 0, "")


def test_a_batch_waits_for_its_calls(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        speaker.say([call(1, "logs_query", selector=QUERY), request(2, "ping")])
        loki.taken()
        speaker.say(cancel(1))
        assert [answer["id"] for answer in speaker.hear()] == [2]


def test_requests_from_a_pipe_are_answered_before_the_end(world: World) -> None:
    with Speaker(world) as speaker:
        for id in range(2):
            speaker.say(call(id, "version"))
        speaker.say(b'{"jsonrpc":"2.0","id":"last","method":"ping"}')  # no newline
        answers, code, errors = speaker.close()
    assert {answer["id"] for answer in answers} == {0, 1, "last"}
    assert all("result" in answer for answer in answers)
    assert (code, errors) == (0, "")


def test_calls_that_do_not_finish_after_the_end_of_input_are_ended(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        speaker.say(call(1, "logs_query", selector=QUERY))
        connection = loki.taken()
        [answer], code, errors = speaker.close()
        assert ended(connection)
    assert (answer["id"], answer["result"]["isError"]) == (1, True)
    assert answer["result"]["content"][0]["text"].startswith("logs query: stopped, because")
    assert (code, errors) == (0, "")
    assert set(world.events()) == {
        "exit=143 ver=0.6.0 verb=logs query", "exit=0 ver=0.6.0 verb=mcp",
    }  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_calls_too(world: World, number: signal.Signals) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        speaker.say(call(1, "logs_query", selector=QUERY))
        connection = loki.taken()
        assert speaker.signalled(number) == (-number, "")
        assert ended(connection)
    assert set(world.events()) == {
        "exit=143 ver=0.6.0 verb=logs query", f"exit={128 + number} ver=0.6.0 verb=mcp",
    }  # fmt: skip


def test_a_client_that_is_gone_ends_the_calls_too(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        speaker.say(call(1, "logs_query", selector=QUERY))
        connection = loki.taken()
        assert speaker.process.stdout and speaker.process.stderr
        speaker.process.stdout.close()  # stdin stays open
        assert speaker.process.wait(30) == 0
        assert ended(connection)
        assert speaker.process.stderr.read() == b""


def test_a_client_that_does_not_read_does_not_block(world: World) -> None:
    with Silence() as loki, Speaker(world, LOKI_ADDR=loki.url) as speaker:
        speaker.say(call(1, "logs_query", selector=QUERY))
        connection = loki.taken()
        for id in range(100):  # more than a pipe holds
            speaker.say(request(f"list {id}", "tools/list"))
        assert speaker.signalled() == (-signal.SIGTERM, "")
        assert ended(connection)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "</dev/null", ">/dev/null </dev/null"])
def test_streams_that_are_not_there(world: World, closed: str) -> None:
    command = f'"$0" "$1" mcp {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, world.pyz],
        env=world.env, input=b"", capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_output_is_bounded_and_says_so() -> None:
    code, out, err = shell("head -c 3000000 /dev/zero; echo talk >&2; exit 3").run()
    assert (code, len(out.kept), out.lost) == (3, MOST, 3_000_000 - MOST)
    assert out.text().endswith(
        f"\n(cut here: {3_000_000 - MOST} more bytes were left out; ask for less)"
    )
    assert (err.text(), err.lost) == ("talk\n", 0)


def test_a_death_by_signal_has_the_exit_code_of_a_shell() -> None:
    assert shell("kill -9 $$").run()[0] == 137


def test_nothing_is_on_stdin_and_output_need_not_be_utf_8() -> None:
    code, out, _ = shell("cat; printf '\\377\\n'").run()
    assert (code, out.text()) == (0, "\ufffd\n")


def test_processes_left_by_a_call_are_not_waited_for() -> None:
    code, out, _ = shell("sleep 1000 & echo $!").run()
    assert code == 0
    os.kill(int(out.text()), signal.SIGKILL)


def test_a_verb_that_cannot_be_started() -> None:
    with pytest.raises(FileNotFoundError):
        Child(["/nowhere/python3"], ENV).run()


def test_a_call_that_was_ended_before_it_began() -> None:
    child = shell("echo never")
    child.end()
    with pytest.raises(Cancelled):
        child.run()


@pytest.mark.parametrize(
    "script",
    [
        "sleep 1000; true",
        "trap '' TERM; sleep 1000; true",  # deaf: KILL
        "trap exit TERM; sh -c \"trap '' TERM; sleep 1000; true\" & wait",  # a leftover, too
        "exec >/dev/null 2>&1; trap '' TERM; sleep 1000; true",
    ],
)
def test_an_ended_call_leaves_no_process(tmp_path: Path, script: str) -> None:
    """Each process of the call holds a pipe, which closes with the last of them."""
    pipe = tmp_path / "alive"
    os.mkfifo(pipe)
    outlived(pipe, shell(f"exec 3>{pipe}; echo up >&3; {script}"), 0.2)


def test_an_ended_call_of_a_dropin_leaves_no_process(world: World) -> None:
    pipe = world.folder / "alive"
    os.mkfifo(pipe)
    world.dropin("slow", f"#!/bin/sh\nexec 3>{pipe}; echo up >&3; sleep 1000; true\n")
    outlived(pipe, Child([sys.executable, world.pyz, "slow"], world.env), 20)
    assert world.events() == ["exit=143 ver=0.6.0 verb=(own) slow"]


def outlived(pipe: Path, child: Child, patience: float) -> None:
    """Run the child, end it when it is up, and wait for the last process that holds the pipe."""
    seen: list[type] = []

    def run() -> None:
        try:
            child.run()
        except Cancelled:
            seen.append(Cancelled)

    thread = threading.Thread(target=run)
    thread.start()
    with pipe.open() as alive:
        assert alive.readline() == "up\n"
        child.end(patience)
        assert alive.read() == ""
    thread.join(30)
    assert seen == [Cancelled]
