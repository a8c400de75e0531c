"""A running script owns the terminal: keys, job control, full-screen programs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest
from support.terminal import Terminal
from support.world import World


@pytest.fixture
def bash(world: World) -> Iterator[Terminal]:
    """An interactive bash with job control, in which `homelab` is found."""
    binaries = world.folder / "bin"
    binaries.mkdir()
    (binaries / "homelab").symlink_to(world.pyz)
    (binaries / "python3").symlink_to(sys.executable)
    env = {
        **world.env, "PATH": f"{binaries}:{world.env['PATH']}", "PS1": "READY> ",
        "HOMELAB_TELEMETRY": "1",  # set explicitly, so no notice comes in between
    }  # fmt: skip
    command = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(command, env, str(world.folder)) as terminal:
        terminal.expect("READY> ")
        terminal.type("bind 'set enable-bracketed-paste off'\n")
        terminal.expect("READY> ")
        yield terminal


def test_ctrl_c(bash: Terminal, world: World) -> None:
    # said by the very process that is to be interrupted: dash, when it is just starting one, keeps
    # the signal until that has ended
    world.dropin("slow", "#!/bin/sh\nexec sh -c 'echo be\"\"gun; exec sleep 60'\n")
    bash.type("homelab slow\n")
    bash.expect("begun")
    bash.type("\x03")
    bash.expect("READY> ")
    bash.type("echo code=$?\n")
    bash.expect("code=130")
    assert world.events() == ["exit=130 ver=0.6.0 verb=(own) slow"]


def test_ctrl_z_and_fg(bash: Terminal, world: World) -> None:
    world.dropin("slow", "#!/bin/sh\necho be''gun\nread line\necho got $line\nexit 7\n")
    bash.type("homelab slow\n")
    bash.expect("begun")
    for _ in range(3):
        bash.type("\x1a")
        bash.expect("Stopped")
        bash.expect("READY> ")
        time.sleep(0.3)  # bash throws away what was typed before it has the terminal back
        bash.type("jobs | wc -l; fg\n")
        bash.expect(r"\b1\n")
        bash.expect("homelab slow")
        time.sleep(0.5)  # said before it goes on; a stop that comes in between is lost
    bash.type("hello\n")
    bash.expect("got hello")
    bash.expect("READY> ")
    bash.type("echo code=$?\n")
    bash.expect("code=7")


def test_a_script_that_stops_itself_stops_us_too(bash: Terminal, world: World) -> None:
    """ssh stops itself at ~^Z; else the shell would wait forever."""
    world.dropin("slow", "#!/bin/sh\nkill -TSTP $$\necho went on\nexit 3\n")
    bash.type("homelab slow\n")
    bash.expect("Stopped")
    bash.expect("READY> ")
    time.sleep(0.3)
    bash.type("fg\n")
    bash.expect("went on")
    bash.expect("READY> ")
    bash.type("echo code=$?\n")
    bash.expect("code=3")


def test_in_the_background_it_waits_for_the_terminal(bash: Terminal, world: World) -> None:
    world.dropin("ask", "#!/bin/sh\nread line\necho got $line\n")
    bash.type("homelab ask &\n")
    bash.expect("READY> ")
    bash.type("until jobs | grep Stopped; do sleep 0.05; done\n")
    bash.expect(r"\] *\+ *Stopped")
    bash.type("fg\n")
    bash.expect("homelab ask")
    bash.type("hello\n")
    bash.expect("got hello")


@pytest.mark.needs("less")
def test_less(bash: Terminal, world: World) -> None:
    world.dropin("page", "#!/bin/sh\nseq 1000 | less\n")
    bash.type("homelab page\n")
    bash.expect(r"\b20\n")
    bash.type("G")
    bash.expect("1000")
    bash.type("q")
    bash.expect("READY> ")


@pytest.mark.needs("vim.tiny")
def test_vim(bash: Terminal, world: World) -> None:
    world.dropin("edit", "#!/bin/sh\nexec vim.tiny -u NONE note\n")
    bash.type("homelab edit\n")
    bash.expect("note")
    bash.type("ihello\x1b")
    bash.type("\x1a")  # vim stops itself with its whole process group
    bash.expect("Stopped")
    bash.expect("READY> ")
    time.sleep(0.3)
    bash.type("fg\n")
    bash.expect("hello")
    bash.type(":wq\n")
    bash.expect("READY> ")
    assert (world.folder / "note").read_text() == "hello\n"


def test_the_size_of_the_window_is_the_scripts_to_see(bash: Terminal, world: World) -> None:
    world.dropin("size", "#!/bin/sh\nstty size\n")
    bash.type("homelab size\n")
    bash.expect("30 100")
