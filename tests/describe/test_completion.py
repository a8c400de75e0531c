"""TAB completion: the candidates, and how real shells insert them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from fakes.loki.server import FakeLoki
from support.reading import Sink, until
from support.terminal import Terminal
from support.world import World

from homelab.describe import candidates
from homelab.describe.shell_completion import SHIMS
from homelab.verbs import BUILT_IN

DF = """#!/bin/sh
# Summary: free space of the pools
# Option: -u, --unit GiB|TiB  unit to print
# Option: --all  every pool
# Arg: ACTION show|watch  what to do
# Arg: [FILE]  where to
"""


def offered(world: World, *words: str, of: str = "bash", **env: str) -> list[str]:
    done = world.run("completion", of, "--", *words, **env)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def host(world: World) -> World:
    world.dropin("nas/df", DF)
    world.dropin("nas/raw.sh", "#!/bin/sh\n# Args: raw\n")
    world.dropin("nas/pool/list", "#!/bin/sh\n")
    world.dropin("logs/mine", "#!/bin/sh\n")
    return world


ROW_OPTIONS = ["--json", "--csv", "--no-header", "--color", "--output"]
VERBS = "accept add check describe diff new remove run which".split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["us"], ["usage"]),
        (["usage", "o"], ["off", "on"]),
        (["usage", "vocabulary", ""], [*ROW_OPTIONS, "--help"]),
        (["n"], ["nas"]),
        (["nas", ""], ["df", "pool", "raw"]),
        (["nas", "pool", ""], ["list"]),
        (["nas", "df", ""], ["show", "watch"]),
        (["nas", "df", "-"], ["--unit", "--all", "--help"]),
        (["nas", "df", "--all", "-"], ["--unit", "--help"]),
        (["nas", "df", "--unit", ""], ["GiB", "TiB"]),
        (["nas", "df", "-u", "T"], ["TiB"]),
        (["nas", "df", "show", ""], [":files"]),
        (["nas", "raw", "x"], [":files"]),
        (["nas", "raw", "x", "-"], [":files"]),
        (["logs", ""], ["context", "count", "errors", "labels", "mine", "query", "series", "tail",
                        "volume"]),
        (["logs", "query", "--since", "3"], ["30d"]),
        (["logs", "query", "--since", "=", ""], list(candidates.MOMENTS)),
        (["logs", "query", "--since", "="], list(candidates.MOMENTS)),
        (["logs", "query", "--since", "=", "tod"], ["today"]),
        (["logs", "query", "'{un"], ['{unit="', ":open"]),
        (["logs", "query", '{unit="a", jo'], ['{unit="a", job="', ":open"]),
        (["logs", "query", '{unit="a'], [":open"]),
        (["logs", "query", '{unit="a"} |= '], []),
        (["config", ""], [*ROW_OPTIONS, "--help"]),
        (["config", "--color", ""], ["auto", "always", "never"]),
        (["help", "us"], ["usage"]),
        (["help", "nas", "d"], ["df"]),
        (["help", "--"], ["--all", "--man", "--help"]),
        (["manifest", "usage", "t"], ["top", "trend"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["mcp", "--allow", ""], ["read", "write", "destructive", "network"]),
        (["nas", "D"], ["df"]),
        (["Nas", "D_"], []),
        (["verbs", "d"], ["describe", "diff", "disk"]),
        (["verbs", "r"], ["remove", "run"]),
        (["verbs", ""], [*VERBS, "nas"]),
        (["verbs", "ho"], ["host"]),
        (["verbs", "nas", "d"], ["df"]),
        (["verbs", "--source", "p"], ["personal"]),
        (["verbs", "which", "nas", "d"], ["df"]),
        (["verbs", "run", "nas", ""], ["df", "pool", "raw"]),
        (["verbs", "run", "--from", ""], [":files"]),
        (["job", "run", "backup", "--ret"], ["--retries", "--retry-wait"]),
        (["job", "run", "backup", "--", ""], [":files"]),
        (["nosuch", ""], []),
        (["config", "x", "--", "-"], []),
        (["version", "--json", ""], ["--help"]),
        ([""], sorted((*BUILT_IN.families, "nas"))),
    ],
)  # fmt: skip
def test_what_is_offered(words: list[str], expected: list[str], host: World) -> None:
    assert offered(host, *words) == expected


def test_hosts_that_ssh_has_names_for(host: World) -> None:
    folder = host.home / ".ssh"
    folder.mkdir(mode=0o700)
    (folder / "config").write_text("Host pve1 nas\n  User root\nHost=pi\nhost *.lan !x -oX\n")
    (folder / "known_hosts").write_text(
        "10.0.0.5,printer ssh-ed25519 AAAA\n|1|abc=|def= ssh-rsa AAAA\n# no\n\n"
        "@revoked old.lan ssh-rsa AAAA\n[pve2]:2222 ssh-rsa AAAA\n"
    )
    every = ["10.0.0.5", "nas", "old.lan", "pi", "printer", "pve1"]
    assert offered(host, "self", "push", "") == every
    assert offered(host, "self", "hosts", "nas", "p") == ["pi", "printer", "pve1"]
    assert offered(host, "cert", "check", "p") == ["pi", "printer", "pve1", ":files"]  # C32
    assert offered(host, "cert", "check", "--name", "na") == ["nas"]
    assert offered(host, "service", "check", "--connect", "na") == ["nas"]
    assert offered(host, "port", "check", "na") == ["nas:", ":open"]
    (folder / "config").unlink()
    (folder / "known_hosts").write_bytes(b"\xff\n@\n@cert-authority\n")
    assert "--from" in offered(host, "self", "push", "")


@pytest.mark.needs("root")
def test_hosts_of_another_accounts_ssh_are_not_offered(host: World) -> None:
    """Root may have kept that account's HOME; and a pipe in place of a file does not block."""
    folder = host.home / ".ssh"
    folder.mkdir(mode=0o700)
    (folder / "config").write_text("Host pve1\n")
    (folder / "known_hosts").write_text("nas ssh-ed25519 AAAA\n")
    os.chown(folder / "config", 1234, 1234)
    assert "pve1" not in offered(host, "self", "push", "")
    assert offered(host, "self", "push", "n") == ["nas"]
    (folder / "known_hosts").unlink()
    os.mkfifo(folder / "known_hosts")
    os.chown(folder, 1234, 1234)
    for _ in range(2):
        assert "--from" in offered(host, "self", "push", "")
        os.chown(folder, 0, 0)


def test_zsh_and_fish_get_what_each_is_and_whole_words(host: World) -> None:
    for shell in ("zsh", "fish"):
        assert offered(host, "nas", "", of=shell) == [
            "df\tfree space of the pools", "pool\tyour own", "raw",
        ]  # fmt: skip
        assert offered(host, "logs", "query", "--since=3", of=shell) == ["--since=30d"]
        assert "--limit\tat most this many lines" in offered(
            host, "logs", "query", "{}", "", of=shell
        )


def test_nothing_is_counted_and_nothing_is_asked(host: World, loki: FakeLoki) -> None:
    offered(host, "logs", "query", "{", HOMELAB_LOKI_URL=loki.url)
    assert loki.requests == []
    assert not host.state.exists()


def test_loki_is_asked_where_that_is_allowed(host: World, loki: FakeLoki) -> None:
    Sink(loki.url).push({"unit": "ssh", "rack": "r1"}, [(time.time_ns(), "x")])
    env = {"HOMELAB_LOKI_URL": loki.url, "HOMELAB_COMPLETE_LOKI": "1"}
    for typed, candidate in (("{ra", '{rack="'), ('{rack="', '{rack="r1"')):
        expected = [candidate, ":open"]  # on a busy machine 0.3 s may be too short, once
        assert until(lambda: offered(host, "logs", "query", typed, **env) == expected, 20)  # noqa: B023
    assert offered(host, "logs", "query", '{rack="', of="fish", **env)[0] in (
        '{rack="r1"}', ":open",
    )  # fmt: skip


def test_a_loki_that_does_not_answer_is_not_waited_for(host: World) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        env = {"HOMELAB_LOKI_URL": url, "HOMELAB_COMPLETE_LOKI": "1"}
        assert offered(host, "logs", "query", "{un", **env) == ['{unit="', ":open"]
        connection, _ = silent.accept()  # it was asked
        connection.close()


@pytest.mark.parametrize("words", [["tcsh"], [], ["bash", "x"], ["bash", "zsh"], ["--json"]])
def test_a_shell_that_is_not_known(words: list[str], world: World) -> None:
    done = world.run("completion", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "see homelab help completion" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shims_say_nothing_of_any_verb(shell: str, world: World) -> None:
    """They must not go out of date when verbs change."""
    done = world.run("completion", shell)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", SHIMS[shell])
    assert len(done.stdout.splitlines()) < 35
    assert "usage" not in done.stdout
    tool = shutil.which(shell)
    if tool:
        subprocess.run([tool, "-n", "/dev/stdin"], input=done.stdout, text=True, check=True)


def shell(name: str, world: World) -> Terminal:
    """A shell at its prompt that has read its shim."""
    binaries = world.folder / "bin"
    binaries.mkdir()
    (binaries / "homelab").symlink_to(world.pyz)
    (binaries / "python3").symlink_to(sys.executable)
    env = {
        **world.env, "PATH": f"{binaries}:{os.environ['PATH']}", "PS1": "READY> ",
        "BASH_SILENCE_DEPRECATION_WARNING": "1", "XDG_CONFIG_HOME": str(world.folder / "config"),
    }  # fmt: skip
    commands = {
        "bash": ["bash", "--norc", "--noprofile", "-i"],
        "zsh": ["zsh", "-f", "-i"],
        "fish": ["fish", "--no-config", "-i"],
    }
    terminal = Terminal(commands[name], env, str(world.folder))
    begin = {
        "bash": "bind 'set enable-bracketed-paste off'; source <(homelab completion bash)",
        "zsh": "autoload -Uz compinit && compinit -u -D; source <(homelab completion zsh)",
        "fish": "function fish_prompt; echo -n 'READY> '; end; homelab completion fish | source",
    }[name]
    terminal.expect(r"READY> " if name != "fish" else r"[>#] ")
    terminal.type(f"{begin}; echo LOAD''ED\n")
    terminal.expect(r"LOADED")
    terminal.expect(r"READY> ")
    return terminal


def completed(terminal: Terminal, typed: str) -> str:
    """The command line after `typed` and TAB."""
    terminal.type(typed + "\t")
    time.sleep(0.5)  # the shell redraws; nothing marks the end
    terminal.type("\x01printf '%s|' \x05; echo E''ND\n")  # the whole line, which is then run
    line = terminal.expect(r"(?m)^(homelab\|.*\|)END").splitlines()[-1]
    terminal.expect(r"READY> ")
    return line.replace("END", "")


@pytest.fixture(params=["bash", "zsh", "fish"])
def at_the_prompt(request: pytest.FixtureRequest, host: World) -> Iterator[tuple[str, Terminal]]:
    name = request.param
    if not shutil.which(name):
        if os.environ.get("CI") == "true":
            pytest.fail(f"needs {name} (Debian: apt-get install; see .ci/run)")
        pytest.skip(f"needs {name} (Debian: apt-get install; see .ci/run)")
    with shell(name, host) as terminal:
        yield name, terminal


def test_in_a_real_shell(at_the_prompt: tuple[str, Terminal]) -> None:
    name, terminal = at_the_prompt
    assert completed(terminal, "homelab usa") == "homelab|usage|"
    assert completed(terminal, "homelab usage voc") == "homelab|usage|vocabulary|"
    assert completed(terminal, "homelab nas d") == "homelab|nas|df|"
    assert completed(terminal, "homelab nas D") == "homelab|nas|df|"  # names fold
    assert completed(terminal, "homelab nas df --uni") == "homelab|nas|df|--unit|"
    assert completed(terminal, "homelab nas df --unit T") == "homelab|nas|df|--unit|TiB|"
    assert completed(terminal, "homelab logs query --since=3") == "homelab|logs|query|--since=30d|"
    terminal.type("homelab usage \t\t")
    # in columns, whichever word is the last
    terminal.expect(r"(?s)(?=.*doctor)(?=.*off)(?=.*status)(?=.*top)(?=.*wanted).*vocabulary")
    terminal.type("\x15\x03\n")
    if name != "fish":
        terminal.expect(r"READY> ")


def test_hosts_and_files_in_a_real_shell(at_the_prompt: tuple[str, Terminal], host: World) -> None:
    """C32: bash offers its own files only if there are no other candidates."""
    _, terminal = at_the_prompt
    (host.home / ".ssh").mkdir(mode=0o700)
    (host.home / ".ssh/config").write_text("Host pve1 leaves.lan\n")
    (host.folder / "leaf one.pem").touch()
    (host.folder / "leaves").mkdir()
    assert completed(terminal, "homelab cert check pv") == "homelab|cert|check|pve1|"
    assert completed(terminal, "homelab cert check leaf") == "homelab|cert|check|leaf one.pem|"
    terminal.type("homelab cert check lea\t\t")
    terminal.expect(r"(?s)(?=.*leaf.{1,2}one.pem)(?=.*leaves/).*leaves\.lan")


def test_a_label_in_quotes(at_the_prompt: tuple[str, Terminal]) -> None:
    name, terminal = at_the_prompt
    terminal.type("homelab logs query '{uni\t")
    time.sleep(0.5)
    begun = '"' if name == "fish" else ""
    terminal.type(begun + "ssh\"}'\x01printf '%s|' \x05; echo E''ND\n")
    line = terminal.expect(r"(?m)^homelab\|.*\|END").splitlines()[-1]
    assert line == 'homelab|logs|query|{unit="ssh"}|END'


def test_files_where_a_script_takes_any_word(at_the_prompt: tuple[str, Terminal]) -> None:
    _, terminal = at_the_prompt
    terminal.type("touch some-file\n")
    terminal.expect(r"READY> ")
    assert completed(terminal, "homelab nas df show some-f") == "homelab|nas|df|show|some-file|"
    assert completed(terminal, "homelab nas raw some-f") == "homelab|nas|raw|some-file|"
