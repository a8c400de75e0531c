"""`self push` and `self hosts`, against real sshds: each kind of host, and each kind of failure."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reading import until
from support.roots import ROOTS
from support.sshd import Lab, lab, with_accounts
from support.terminal import Terminal
from support.world import ROOT, World, at_a_terminal

from homelab.install import remote_script
from homelab.output.columns import columns_of
from homelab.remote.hosts import wrong
from homelab.remote.reply import HostReply

pytestmark = pytest.mark.needs("sshd", "ssh", "root", "namespaces")


@pytest.fixture
def hosts(world: World) -> Iterator[Lab]:
    """A lab whose ssh the world finds; its hosts find the Python that runs the tests."""
    with lab(world.folder / "lab") as made:
        world.env["PATH"] = f"{made.bin}:{world.env['PATH']}"
        yield made


def _host(
    world: World,
    hosts: Lab,
    name: str,
    *options: str,
    path: str = "",
    tmp: str = "",
    place: str = "",
) -> Path:
    """Add a host that differs from this one by root's home, which is returned; by its PATH, if
    given; by its folder for temporary files, a file system mounted with the options `tmp`; and by
    ~/p, one with the options `place`."""
    home = world.folder / name
    (home / "tmp").mkdir(parents=True)
    (home / "p").mkdir()
    entries = Path("/etc/passwd").read_text().splitlines()
    (world.folder / f"{name}.passwd").write_text(
        "".join(f"{line}\n" for line in entries if not line.startswith("root:"))
        + f"root:*:0:0:root:{home}:/bin/sh\n"
    )
    path = path or f"{Path(sys.executable).parent}:/usr/bin:/bin"
    setup = with_accounts(world.folder / f"{name}.passwd")
    for folder, mounted in (("tmp", tmp), ("p", place)):
        if mounted:
            setup += f"\nmount -t tmpfs -o {mounted} none {home}/{folder}"
    hosts.add(name, f"SetEnv PATH={path} TMPDIR={home}/tmp", *options, setup=setup)
    return home


def _push(world: World, *words: str, **env: str) -> tuple[int, list[dict[str, Any]], list[str]]:
    """Exit code, rows, and the sentences on stderr, without the one on an unchecked copy:
    tests/security covers that."""
    done = world.run("self", "push", "--json", *words, **env)
    rows = json.loads(done.stdout)["rows"] if done.stdout else []
    said = [line for line in done.stderr.splitlines() if " is unsigned and was not " not in line]
    return done.returncode, rows, said


PYTHON = ".".join(map(str, sys.version_info[:3]))


def test_a_host_gets_it_and_has_it(world: World, hosts: Lab) -> None:
    home = _host(world, hosts, "pve1")
    rows = [{"host": "pve1", "result": "installed", "version": "0.6.0", "python": PYTHON}]
    assert _push(world, "pve1", "--prefix", "~/p") == (0, rows, [])
    assert list((home / "tmp").iterdir()) == []
    (there,) = (home / "p/lib/homelab").iterdir()
    assert there.read_bytes() == Path(world.pyz).read_bytes()
    assert (home / "p/bin/homelab").is_symlink()
    rows[0]["result"] = "current"
    assert _push(world, "pve1", "--prefix", "~/p") == (0, rows, [])
    assert world.events() == ["exit=0 ver=0.6.0 verb=self push"] * 2  # counted here, not there
    assert not (home / ".local").exists()
    shown = world.run("self", "hosts", "pve1", "--prefix", "~/p")
    build = json.loads(world.run("version", "--json").stdout)["build"]
    assert shown.stdout == (
        f"HOST  RESULT   VERSION  BUILD         PYTHON\npve1  current  0.6.0    {build}  {PYTHON}\n"
    )
    assert shown.returncode == 0


def test_a_dead_host_does_not_stop_the_others(world: World, hosts: Lab) -> None:
    _host(world, hosts, "pve1")
    _host(world, hosts, "nas")
    hosts.add("dead", port=1)
    code, rows, said = _push(world, "pve1", "dead", "nas", "--prefix", "~/p")
    assert [(row["host"], row["result"]) for row in rows] == [
        ("pve1", "installed"), ("dead", "unreachable"), ("nas", "installed"),
    ]  # fmt: skip
    assert code == 1
    assert said == [f"homelab: dead: ssh: connect to host 127.0.0.1 port 1: {DEAD}"]


SHELLS = ["/bin/bash", "/bin/dash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/tcsh"]


@pytest.mark.needs("zsh", "fish", "tcsh")
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "noise", ["", "echo welcome; echo homelab:done=lies", "printf 'no end of line'"]
)
def test_whatever_the_login_shell_is_and_says(
    shell: str, noise: str, world: World, hosts: Lab
) -> None:
    """The account is not root: it has the file below its home."""
    home = world.folder / "home dir"
    home.mkdir()
    world.reachable()
    for name in (".bashrc", ".zshenv", ".cshrc", ".config/fish/config.fish"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(noise + "\n")
    for path in (home, *home.rglob("*")):
        os.chown(path, 12345, 12345)
    (world.folder / "passwd").write_text(
        Path("/etc/passwd").read_text() + f"lab:*:12345:12345::{home}:{shell}\n"
    )
    setup = with_accounts(world.folder / "passwd")
    hosts.add("nas", "SetEnv PATH=/usr/bin:/bin", setup=setup)
    code, rows, said = _push(world, "lab@nas")
    assert (code, said) == (0, []), hosts.log("nas")
    assert rows[0]["result"] == "installed"
    assert (home / ".local/bin/homelab").lstat().st_uid == 12345
    assert _push(world, "lab@nas")[1][0]["result"] == "current"


def _only(folder: Path, *programs: str, **scripts: str) -> str:
    folder.mkdir()
    for name in programs:
        found = shutil.which(name) if name != "python3" else os.path.realpath(sys.executable)
        assert found
        (folder / name).symlink_to(found)
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return str(folder)


NEEDS = "homelab needs 3.9 or newer; install a newer one"
SUMS = "(sha256sum, shasum, openssl, python3)"
DEAD = "Connection refused; is it up, and does it run sshd?"
TOOLS = ("sh", "cat", "cut", "echo", "mktemp", "rm", "id", "ls", "readlink")
OLD = f"""#!/bin/sh
case $* in -V) echo Python 3.6.9; exit;; esac
shift 3; text=$1; shift
exec {sys.executable} -I -S -c "import sys;sys.version_info=(3,6,9)
$text" "$@"
"""


def test_hosts_that_lack_something(world: World, hosts: Lab) -> None:
    """Hosts without Python, with a too old one, without a program for sums, without space, without
    permission."""
    sums = world.folder
    for name, path in {
        "bare": _only(sums / "1", *TOOLS, "sha256sum"),
        "old": _only(sums / "2", *TOOLS, "sha256sum", python3=OLD),
        "sumless": _only(sums / "3", *TOOLS),
        "openssl": _only(sums / "4", *TOOLS, "openssl", "python3"),
        "pysum": _only(sums / "5", *TOOLS, "python3"),
    }.items():
        _host(world, hosts, name, path=path)
    for name, tmp in {"full": "size=300k", "readonly": "ro", "noexec": "noexec"}.items():
        _host(world, hosts, name, tmp=tmp)
    _host(world, hosts, "fullhome", place="size=300k")
    names = ["bare", "old", "sumless", "openssl", "pysum", "full", "readonly", "noexec", "fullhome"]
    code, rows, said = _push(world, *names, "--prefix", "~/p")
    assert code == 1
    results = {row["host"]: (row["result"], row["python"]) for row in rows}
    assert results == {
        "bare": ("no python", None),
        "old": ("old python", "3.6.9"),
        "sumless": ("failed", None),
        "openssl": ("installed", results["openssl"][1]),
        "pysum": ("installed", results["pysum"][1]),
        "full": ("disk full", None),
        "readonly": ("failed", None),
        "noexec": ("installed", PYTHON),
        "fullhome": ("disk full", PYTHON),
    }
    assert said == [
        "homelab: bare: no Python 3.9 or newer there; install python3",
        f"homelab: old: its python3 is 3.6.9, and {NEEDS} there",
        f"homelab: sumless: no program there computes a sha256 {SUMS}; install one of them",
        "homelab: full: cat: write error: No space left on device; free some space there",
        said[4],
        (
            f"homelab: fullhome: {world.folder}/fullhome/p/lib/homelab can't be written:"
            " No space left on device; nothing was changed; free some space there"
        ),
    ]
    assert said[4].startswith("homelab: readonly: mktemp: failed to create directory via template")
    assert {row["host"] for row in rows if row["version"]} == {"openssl", "pysum", "noexec"}
    for name in names:
        left = [path for path in (world.folder / name).rglob("*") if not path.is_dir()]
        installed = results[name][0] == "installed"
        assert bool(left) == installed, (name, left)


def test_a_prefix_there_that_is_not_writable(world: World, hosts: Lab) -> None:
    """The old installation there still works."""
    home = _host(world, hosts, "pve1")
    assert _push(world, "pve1", "--prefix", "~/p")[0] == 0
    (home / "file").write_text("")
    code, rows, said = _push(world, "pve1", "--prefix", "~/file/p")
    assert (code, rows[0]["result"]) == (1, "failed")
    why = f"{home}/file can't be written: Not a directory; nothing was changed"
    assert said == [f"homelab: pve1: {why}"]
    assert world.run("self", "hosts", "pve1", "--prefix", "~/p").returncode == 0


def test_a_host_that_hangs(world: World, hosts: Lab) -> None:
    """The host hangs at its greeting, at its login, and in the middle of the copy."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hosts.add("silent", port=listener.getsockname()[1])
        _host(world, hosts, "login", "ForceCommand sleep 30")
        _host(world, hosts, "copy", "ForceCommand head -c 9 >/dev/null; sleep 30")
        started = time.monotonic()
        code, rows, said = _push(world, "silent", "login", "copy", "--timeout", "2s")
        took = time.monotonic() - started
    assert code == 1
    assert {row["result"] for row in rows[1:]} == {"timeout"}
    assert rows[0]["result"] in ("timeout", "unreachable")
    assert said[1:] == [
        f"homelab: {name}: not done within 2 s; set a longer --timeout"
        for name in ("login", "copy")
    ]
    assert took < 20  # three at once, and less than their 30 s


def test_a_login_that_is_refused_and_a_host_that_changed(world: World, hosts: Lab) -> None:
    _host(world, hosts, "closed", "DenyUsers *")
    _host(world, hosts, "nosh", "ForceCommand /bin/false")
    config = hosts.folder / "config"
    _host(world, hosts, "changed")
    config.write_text(
        "Host changed\n  UserKnownHostsFile " + str(world.folder / "known")
        + "\n  StrictHostKeyChecking yes\n" + config.read_text()
    )  # fmt: skip
    (world.folder / "known").write_text("")
    code, rows, said = _push(world, "closed", "nosh", "changed")
    assert code == 1
    assert [row["result"] for row in rows] == ["denied", "failed", "host key"]
    assert "Permission denied" in said[0]
    assert said[1] == ("homelab: nosh: exit code 1; does this account have a POSIX sh?")
    assert "Host key verification failed" in said[2]


def test_a_terminal_sees_how_far_it_is_and_a_signal_ends_it_all(world: World, hosts: Lab) -> None:
    for name in ("slow1", "slow2"):
        _host(world, hosts, name, "ForceCommand sleep 37")
    command = [world.pyz, "self", "push", "slow1", "slow2"]
    with Terminal(command, world.env, str(world.folder)) as terminal:
        terminal.expect("0 of 2 hosts done, copying to slow1, slow2")
        assert len(_clients(hosts)) == 2
        terminal.type("\x03")
        with pytest.raises(AssertionError) as ended:
            terminal.expect("Traceback")
    assert "it ended" in str(ended.value)
    assert until(lambda: not _clients(hosts))  # they end with it
    assert world.events() == ["exit=130 ver=0.6.0 verb=self push"]


def test_progress_stays_on_its_line(world: World) -> None:
    """This holds for any number of hosts, and for names of any length."""
    folder = world.folder / "bin"
    folder.mkdir()
    (folder / "ssh").write_text("#!/bin/sh\nsleep 1.5\nexit 255\n")
    (folder / "ssh").chmod(0o755)
    path = f"{folder}:{world.env['PATH']}"
    names = [f"{number}.a-long-name.of-a-host.世界.example" for number in range(20)]
    shown = at_a_terminal(world, "self", "hosts", "--jobs", "20", *names, PATH=path)
    *lines, gone = filter(None, shown.partition("HOST  ")[0].split("\r"))
    assert gone.strip(" ") == ""
    assert 0 < len(lines) == len(set(lines))  # drawn when it changes
    assert lines[0].startswith("homelab: 0 of 20 hosts done, asking 0.a-long-name.of-a-host.世界.e")
    for line in lines:
        assert " of 20 hosts done, asking " in line
        assert columns_of(line) <= 79  # of 80, if the terminal's width is unknown
    for before, after in zip(lines, [*lines[1:], gone]):  # each covers the previous text
        assert columns_of(after) >= columns_of(before.rstrip(" "))


@pytest.mark.parametrize("cut", ["ended", "killed", "ssh killed", "timeout"])
@pytest.mark.parametrize(
    "sh", [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("dash", "busybox")]
)
def test_a_copy_that_is_cut_off_leaves_nothing_there(
    cut: str, sh: str, world: World, hosts: Lab
) -> None:
    """This holds for every sh: a process that writes to a closed connection gets a signal."""
    cat = "#!/bin/sh\nhead -c 99999\ntouch $HOME/begun\nsleep 3\nexec /bin/cat\n"
    tools = [tool for tool in TOOLS if tool not in ("sh", "cat")]
    path = _only(world.folder / "tools", *tools, "sha256sum", "head", "touch", "sleep", cat=cat)
    (world.folder / "tools/sh").symlink_to(shutil.which(sh) or "")
    home = _host(world, hosts, "pve1", path=path)
    seconds = "1s" if cut == "timeout" else "60s"
    process = subprocess.Popen(
        [world.pyz, "self", "push", "pve1", "--prefix", "~/p", "--timeout", seconds],
        env=world.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert until((home / "begun").exists)
    assert list((home / "tmp").iterdir())
    if cut == "ssh killed":
        for client in _clients(hosts):
            os.kill(int(client), signal.SIGKILL)
    elif cut != "timeout":
        process.send_signal(signal.SIGTERM if cut == "ended" else signal.SIGKILL)
    process.communicate(timeout=30)
    ended = {"ended": -signal.SIGTERM, "killed": -signal.SIGKILL}
    assert process.returncode == ended.get(cut, 1)
    assert until(lambda: not list((home / "tmp").iterdir()), 10)
    assert not list((home / "p").iterdir())


@pytest.mark.parametrize("there", ["current", "installed"])
def test_leftovers_of_a_killed_push_are_removed_by_the_next_one(
    there: str, world: World, hosts: Lab
) -> None:
    """This also holds if the file is installed already; files of a running push stay."""
    home = _host(world, hosts, "pve1")
    assert _push(world, "pve1", "--prefix", "~/p")[0] == 0
    page = home / "p/share/man/man1/homelab.1"
    text = page.read_text()
    page.unlink()  # the push was killed before it gave it its name
    if there == "installed":
        (home / "p/bin/homelab").unlink()
    dead = [
        page.with_name(".homelab.1.4194303"),
        home / "p/lib/homelab/.homelab-0.6.0-000000000000.pyz.4194303",
        home / "tmp/homelab-push.aB3dEf",  # of an older version; now it is a folder
        home / "tmp/homelab-push.aB3dEg",
    ]
    dead[-1].mkdir()
    alive = [page.with_name(f".homelab.1.{os.getpid()}"), home / "tmp/homelab-push.012345"]
    mine = [home / "tmp/homelab.backup", home / "tmp/homelab-push.mine"]
    for path in (*dead[:-1], dead[-1] / "homelab.pyz", *alive, *mine):
        path.write_text("half")
    for path in (*dead[-2:], *mine):
        os.utime(path, (0, 0))
    code, rows, said = _push(world, "pve1", "--prefix", "~/p")
    assert (code, rows[0]["result"], said) == (0, there, [])
    assert [path for path in dead if path.exists()] == []
    assert all(path.exists() for path in (*alive, *mine))
    assert page.read_text() == text


def _clients(hosts: Lab) -> list[str]:
    """The running ssh processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"{hosts.folder}/config" in path.read_text(errors="replace").split("\0"):
                found.append(path.parent.name)
    return found


def test_settings_of_ssh_that_are_meant_for_logins(world: World, hosts: Lab) -> None:
    """Settings that break the connection are reported as such: the message is not that the host is
    down."""
    _host(world, hosts, "pve1")
    config = hosts.folder / "config"
    working = config.read_text()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(
            "Host *\n  RemoteCommand tmux attach\n  RequestTTY yes\n  PermitLocalCommand yes\n"
            f"  LocalCommand touch {world.folder}/ran\n  ExitOnForwardFailure yes\n"
            f"  LocalForward {taken.getsockname()[1]} 127.0.0.1:1\n{working}"
        )
        assert _push(world, "pve1", "--prefix", "~/p")[::2] == (0, [])
    assert not (world.folder / "ran").exists()
    config.write_text(f"Bogus yes\n{working}")
    code, rows, said = _push(world, "pve1", "--prefix", "~/p")
    assert (code, rows[0]["result"]) == (1, "failed")
    assert said[0].endswith("1 bad configuration options; try ssh by hand")
    keys = "".join(f"  IdentityFile {hosts.folder}/{number}\n" for number in range(7))
    for number in range(7):
        keygen = [
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-f",
            str(hosts.folder / str(number)),
        ]
        subprocess.run(keygen, check=True)
    config.write_text(f"Host *\n{keys}{working}")
    code, rows, said = _push(world, "pve1", "--prefix", "~/p")
    assert (code, rows[0]["result"]) == (1, "denied")
    assert "Too many authentication failures; set the key for it" in said[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "HOST is missing"),
        (
            ["--", "-oProxyCommand=touch x"],
            "'-oProxyCommand=touch x' is not a host: it begins with a",
        ),
        (["root@-oX"], "'root@-oX' is not a host: its host begins with a dash"),
        (["a b"], "'a b' is not a host: it has a character that no host name has"),
        (["a;touch x"], "'a;touch x' is not a host: it has a character that no host name has"),
        (["a", ""], "HOST: the value is empty"),
        (["@"], "'@' is not a host: there is no host name"),
        (["a", "--prefix", "rel"], "--prefix: it must be an absolute path there, or begin with ~/"),
        (
            ["a", "--prefix", "/x'y"],
            "--prefix: it contains a character that shells treat specially",
        ),
        (["a", "--from", "nosuch"], "--from: nosuch can't be read: No such file or directory"),
        (["--from", "list"], "line 3: its first word is not a host: it begins with a dash"),
        (["--from", "empty"], "no hosts in the list"),
    ],
)
def test_an_invalid_host_starts_no_ssh(words: list[str], said: str, world: World) -> None:
    """No part of it is taken for an option of ssh, wherever it comes from."""
    (world.folder / "list").write_text("# hosts\na\n-oX\n")
    (world.folder / "empty").write_text("# none yet\n")
    folder = world.folder / "bin"
    folder.mkdir()
    (folder / "ssh").write_text(f"#!/bin/sh\necho called >{world.folder}/called\n")
    (folder / "ssh").chmod(0o755)
    for verb in ("push", "hosts"):
        done = world.run("self", verb, *words, PATH=f"{folder}:{world.env['PATH']}")
        assert done.returncode == 2
        assert done.stderr.startswith(f"homelab: {said}")
    assert not (world.folder / "called").exists()
    assert not (world.folder / "x").exists()


def test_hosts_from_everywhere_each_once(world: World) -> None:
    lines = "\ufeffb  # the second\r\n\r\n10.0.0.3 c c.lan\r\n  \r\na"  # from an editor on Windows
    (world.folder / "list").write_bytes(lines.encode())
    done = subprocess.run(
        [world.pyz, "self", "push", "--dry-run", "a", "-", "--from", "list", "--no-header"],
        env=world.env, cwd=world.folder, input="d\nb\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["a", "d", "b", "10.0.0.3"]


def test_dry_run_says_what_it_would_do_and_contacts_no_host(world: World) -> None:
    done = world.run(
        "self", "push", "--dry-run", "pve1", "nas", PATH=f"/nosuch:{world.env['PATH']}"
    )
    digest = hashlib.sha256(Path(world.pyz).read_bytes()).hexdigest()
    size = Path(world.pyz).stat().st_size
    assert done.stdout == (
        "HOST  RESULT         VERSION  PYTHON\n"
        "pve1  would install  0.6.0    -\n"
        "nas   would install  0.6.0    -\n"
    )
    assert done.stderr == (
        f"homelab: no host was contacted; {world.pyz}, {size} bytes with sha256 {digest}, would be"
        " installed below /usr/local for root and ~/.local for others\n"
    )


def test_no_ssh_here(world: World) -> None:
    folder = world.folder / "bin"
    folder.mkdir()
    (folder / "python3").symlink_to(sys.executable)
    done = world.run("self", "push", "pve1", PATH=str(folder))
    assert done.returncode == 1
    assert done.stderr == (
        "homelab: ssh can't be started: No such file or directory; install an OpenSSH client\n"
    )


def test_where_few_files_may_be_open_fewer_hosts_are_asked_at_once(world: World) -> None:
    folder = world.folder / "bin"
    folder.mkdir()
    (folder / "ssh").write_text("#!/bin/sh\nsleep 0.2\nexit 255\n")
    (folder / "ssh").chmod(0o755)
    names = [f"h{number}" for number in range(80)]
    words = [world.pyz, "self", "hosts", "--json", "--jobs", "80", *names]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -n 128; exec "$@"', "sh", *words],
        env={**world.env, "PATH": f"{folder}:{world.env['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "can't be started" not in done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [row["host"] for row in rows] == names


def test_versions_are_compared(world: World, hosts: Lab) -> None:
    home = _host(world, hosts, "pve1")
    shown = world.run("self", "hosts", "pve1")
    assert (shown.returncode, shown.stdout.splitlines()[1]) == (
        1,
        "pve1  missing  -        -      -",
    )
    assert shown.stderr == ("homelab: pve1: no homelab there; homelab self push installs it\n")
    told = json.loads(world.run("version", "--json").stdout)
    other = home / "p/bin/homelab"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\necho another program of that name\n")
    other.chmod(0o755)
    shown = world.run("self", "hosts", "pve1", "--prefix", "~/p")
    assert shown.stdout.splitlines()[1].split()[:4] == ["pve1", "failed", "-", "-"]
    why = f"{other} is not a copy of homelab; move it away, or choose another --prefix"
    assert shown.stderr == f"homelab: pve1: {why}\n"
    for version, result, remedy in (
        ("0.5.9", "older", "homelab self push installs this one"),
        ("0.10.0", "newer", "push from there"),
        ("0.6.0", "other build", "homelab self push installs this one"),
    ):
        document = json.dumps({**told, "version": version, "build": "0" * 12}, indent=2)
        other.write_text(f"#!/bin/sh\ncat <<END\n{document}\nEND\n")
        shown = world.run("self", "hosts", "pve1", "--prefix", "~/p", "--json")
        row = json.loads(shown.stdout)["rows"][0]
        assert (row["result"], row["version"], row["build"]) == (result, version, "0" * 12)
        assert shown.stderr.endswith(f"{remedy}\n")
        assert shown.returncode == 1


@given(st.text())
def test_no_name_that_passes_is_an_option_or_two_words(name: str) -> None:
    if not wrong(name):
        assert name[:1] != "-"
        assert name.split() == [name]


@given(st.binary(max_size=400), st.binary(max_size=200), st.integers(0, 255))
def test_whatever_a_host_answers_is_a_row(out: bytes, err: bytes, code: int) -> None:
    told = b'homelab:done=installed\n{\n  "schema": "homelab.version/1"' + out
    for text in (out, told):
        for outcome in (
            remote_script.pushed(HostReply(code, text, err), "0" * 12),
            remote_script.asked(HostReply(code, text, err), "0.6.0", "0" * 12),
        ):
            assert outcome.result
            assert not outcome.good
            assert outcome.reason


def test_the_hosts_of_the_page(world: World, hosts: Lab) -> None:
    """Two Debian systems, with the default prefix, and a host without Python."""
    for name, suite in (("pve1", "bullseye"), ("nas", "trixie")):
        root = ROOTS / suite
        if not root.is_dir():
            why = f"no {suite} in .build/roots; python3 tests/support/roots.py makes it"
            if os.environ.get("CI") == "true":
                pytest.fail(f"{why}; in CI it must be there")
            pytest.skip(why)
        # below /mnt, since sshd wants each folder above it to be root's alone
        setup = f"mount --bind {root} /mnt\n"
        setup += "".join(f"mount -t tmpfs none /mnt/{folder}\n" for folder in ("usr/local", "tmp"))
        hosts.add(name, "ChrootDirectory /mnt", setup=setup)
    _host(world, hosts, "printer", path=_only(world.folder / "bare", *TOOLS, "sha256sum"))
    done = world.run("self", "push", "pve1", "nas", "printer")
    page = (ROOT / "docs/hosts.md").read_text(encoding="utf-8")
    shown = page.partition("$ homelab self push pve1 nas printer\n")[2].partition("$ ")[0]
    # the page shows a terminal, which breaks lines
    assert shown.split() == (done.stdout + done.stderr).split()
    assert done.returncode == 1


def test_endless_nesting_from_a_host_is_not_a_version() -> None:
    out = b'homelab:done=installed\n{\n  "schema": "homelab.version/1", "x": ' + b"[" * 100_000
    assert HostReply(0, out, b"").version == {}


@pytest.mark.parametrize("version", ["9" * 5000, "0.\u00b2", "\u0662", "", "x.y"])
def test_whatever_a_host_says_its_version_is_it_is_compared(version: str) -> None:
    told = {"schema": "homelab.version/1", "version": version, "build": "1" * 12}
    out = b"homelab:done=installed\n" + json.dumps(told, indent=2).encode()
    found = remote_script.asked(HostReply(0, out, b""), "0.6.0", "0" * 12)
    assert found.result in ("older", "newer")
