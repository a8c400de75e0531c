"""`self push --with-config --with-verbs` against real sshds, and `self unpack` with archives that
`self push` never makes."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sshd import Lab, lab, with_accounts
from support.world import World

from homelab.install import bundle
from homelab.install.bundle import BundleFile

NEEDS_HOSTS = pytest.mark.needs("sshd", "ssh", "root", "namespaces")
SETTINGS = "[loki]\nurl = http://loki.lan\nusername = lab\npassword_file = /etc/homelab/password\n"
SCRIPT = "#!/bin/sh\n# Summary: how full the NAS is\necho {}\n"
LAB = 12345


@pytest.fixture
def hosts(world: World) -> Iterator[Lab]:
    """A lab whose ssh the world finds."""
    with lab(world.folder / "lab") as made:
        world.env["PATH"] = f"{made.bin}:{world.env['PATH']}"
        yield made


def account(world: World, hosts: Lab, name: str, *options: str, shell: str = "/bin/sh") -> Path:
    """Add a host with the account `lab`, and return its home."""
    home = world.folder / f"{name} home"
    home.mkdir()
    os.chown(home, LAB, LAB)
    world.reachable()
    passwd = world.folder / f"{name}.d/passwd"
    passwd.parent.mkdir()
    passwd.write_text(f"{Path('/etc/passwd').read_text()}lab:*:{LAB}:{LAB}::{home}:{shell}\n")
    hosts.add(name, "SetEnv PATH=/usr/bin:/bin", *options, setup=with_accounts(passwd))
    return home


def root(world: World, hosts: Lab, name: str, more: str = "") -> tuple[Path, Path]:
    """Add a host for root, and return the folders that are its /etc/homelab and its
    /usr/local/lib."""
    folder = world.folder / name
    for part in ("home", "etc", "lib", "d"):
        (folder / part).mkdir(parents=True)
    entries = [line for line in Path("/etc/passwd").read_text().splitlines() if line[:5] != "root:"]
    passwd = folder / "d/passwd"
    passwd.write_text("\n".join([*entries, f"root:*:0:0:root:{folder}/home:/bin/sh", ""]))
    setup = (
        f"{with_accounts(passwd)}; mkdir -p /etc/homelab; mount --bind {folder}/etc /etc/homelab"
    )
    setup += f"; mount --bind {folder}/lib /usr/local/lib; {more}"
    hosts.add(name, f"SetEnv PATH={os.path.dirname(os.path.realpath(PYTHON))}:/usr/bin:/bin",
              setup=setup)  # fmt: skip
    return folder / "etc", folder / "lib/homelab/verbs"


PYTHON = subprocess.run(
    ["python3", "-c", "import sys; print(sys.executable)"],
    capture_output=True,
    text=True,
    check=True,
).stdout.strip()


def furnish(world: World) -> None:
    """Settings and two own verbs of the account that pushes."""
    world.settings(SETTINGS).chmod(0o600)
    world.dropin("nas/df.sh", SCRIPT.format("here"))
    world.dropin("nas/df.verb", "Summary: space of the NAS\n", 0o644)
    world.dropin("lights", SCRIPT.format("on"), 0o700)
    world.dropin("nas/secret.env", "TOKEN=x\n", 0o600)
    world.dropin("broken", "#!/nonexistent/shell\n")


def push(world: World, *words: str) -> tuple[int, list[dict[str, Any]], list[str]]:
    """Exit code, rows, and the sentences on stderr, without the one on an unchecked copy."""
    done = world.run("self", "push", "--json", *words)
    rows = json.loads(done.stdout)["rows"] if done.stdout else []
    said = [line for line in done.stderr.splitlines() if " is unsigned and was not " not in line]
    return done.returncode, rows, said


BOTH = ("--with-config", "--with-verbs")


def written(folder: Path) -> dict[Path, tuple[int, int]]:
    """When each file was written, and its inode; but not the marks of `dropins.shadowed`."""
    marks = folder / ".local/state"
    paths = {path for path in folder.rglob("*") if marks not in (path, *path.parents)}
    stats = {path: path.lstat() for path in paths - {marks.parent}}
    return {path: (status.st_mtime_ns, status.st_ino) for path, status in stats.items()}


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o7777


@NEEDS_HOSTS
@pytest.mark.needs("fish", "tcsh")
@pytest.mark.parametrize("shell", ["/bin/dash", "/usr/bin/fish", "/bin/tcsh"])
def test_settings_and_verbs_arrive_and_stay_the_same(shell: str, world: World, hosts: Lab) -> None:
    furnish(world)
    home = account(world, hosts, "nas", shell=shell)
    code, rows, said = push(world, "lab@nas", *BOTH)
    assert code == 0, hosts.log("nas")
    assert {key: rows[0][key] for key in ("result", "config", "verbs")} == {
        "result": "installed", "config": "new", "verbs": "2 new"
    }  # fmt: skip
    assert said == [
        (
            f"homelab: settings: {world.home}/.config/homelab/config.ini goes to"
            " /etc/homelab/config.ini for root, ~/.config/homelab/config.ini for others"
        ),
        "homelab: not carried, and must exist there: password_file /etc/homelab/password",
        (
            f"homelab: verbs: 2 own verbs go from {world.verbs} to /usr/local/lib/homelab/verbs for"
            " root, ~/.local/share/homelab/verbs for others"
        ),
        "homelab: not carried, because they do not run here: broken, nas/secret.env",
    ]
    config, verbs = home / ".config/homelab/config.ini", home / ".local/share/homelab/verbs"
    assert (config.read_text(), mode(config), mode(config.parent)) == (SETTINGS, 0o600, 0o700)
    carried = {str(path.relative_to(verbs)): mode(path) for path in verbs.rglob("*")}
    assert carried == {"nas": 0o755, "nas/df.sh": 0o755, "nas/df.verb": 0o644, "lights": 0o700}
    assert {path.lstat().st_uid for path in (config, *verbs.rglob("*"))} == {LAB}
    assert list(world.folder.glob("**/homelab-push.*")) == []
    before = written(home)
    code, rows, _ = push(world, "lab@nas", *BOTH)
    assert (code, rows[0]["result"]) == (0, "current")
    assert (rows[0]["config"], rows[0]["verbs"]) == ("same", "2 same")
    assert written(home) == before
    (verbs / "lights").chmod(0o644)  # so it would not run
    assert push(world, "lab@nas", *BOTH)[1][0]["verbs"] == "2 same"
    assert mode(verbs / "lights") == 0o700


@NEEDS_HOSTS
def test_another_file_there_is_kept_until_it_may_be_replaced(world: World, hosts: Lab) -> None:
    furnish(world)
    home = account(world, hosts, "nas")
    theirs = home / ".config/homelab/config.ini"
    verbs = home / ".local/share/homelab/verbs"
    for path, text in (
        (theirs, "[loki]\n"),
        (verbs / "nas/df.py", "#!/bin/sh\n"),
        (verbs / "lights", "#!/bin/sh\n"),
        (verbs / "other", "#!/bin/sh\n"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    for path in home.rglob("*"):
        os.chown(path, LAB, LAB)
    code, rows, said = push(world, "lab@nas", *BOTH)
    assert (code, rows[0]["result"]) == (1, "installed")
    assert (rows[0]["config"], rows[0]["verbs"]) == ("kept", "2 kept")
    assert f"{theirs}: another file is there; --replace replaces it" in said[-1]
    assert "df.py is the same verb" in said[-1]
    assert theirs.read_text() == "[loki]\n"
    assert [path.name for path in (verbs / "nas").iterdir()] == ["df.py"]  # nor the df.verb of ours
    code, rows, _ = push(world, "lab@nas", *BOTH, "--replace")
    assert (code, rows[0]["config"], rows[0]["verbs"]) == (0, "replaced", "2 replaced")
    assert theirs.read_text() == SETTINGS
    (backup,) = theirs.parent.glob("config.ini.before-*")
    assert backup.read_text() == "[loki]\n"
    names = sorted(path.name for path in verbs.rglob("*") if path.is_file())
    assert [name for name in names if name[0] != "."] == ["df.sh", "df.verb", "lights", "other"]
    assert [name.partition("before")[0] for name in names if name[0] == "."] == [
        ".df.py.", ".lights."
    ]  # fmt: skip
    code, rows, _ = push(world, "lab@nas", *BOTH)
    assert (code, rows[0]["verbs"]) == (0, "2 same")


@NEEDS_HOSTS
def test_root_gets_the_systems_files(world: World, hosts: Lab) -> None:
    furnish(world)
    etc, verbs = root(world, hosts, "pve1")
    code, rows, said = push(world, "pve1", *BOTH, "--prefix", "~/p")
    assert (code, rows[0]["config"], rows[0]["verbs"]) == (0, "new", "2 new"), said
    assert (etc / "config.ini").read_text() == SETTINGS
    assert sorted(path.name for path in verbs.rglob("*")) == ["df.sh", "df.verb", "lights", "nas"]
    assert mode(verbs) == 0o755


@NEEDS_HOSTS
def test_root_writes_nothing_where_another_account_can(world: World, hosts: Lab) -> None:
    """To a folder of another account, through a link, or beside a mount that is full or
    read-only."""
    furnish(world)
    etc, verbs = root(world, hosts, "theirs")
    verbs.parent.mkdir()
    os.chown(verbs.parent, LAB, LAB)
    (world.folder / "victim").write_text("keep\n")
    (etc / "config.ini").symlink_to(world.folder / "victim")
    code, rows, said = push(world, "theirs", *BOTH, "--prefix", "~/p", "--replace")
    assert (code, rows[0]["result"]) == (1, "installed")
    assert (rows[0]["config"], rows[0]["verbs"]) == ("kept", "2 failed")
    assert "it is a link to" in said[-1]
    assert "/usr/local/lib/homelab" in said[-1]
    assert (world.folder / "victim").read_text() == "keep\n"
    assert list(verbs.parent.iterdir()) == []
    lib = f"{world.folder}/full/lib"
    full = f"mount -t tmpfs -o size=4k none {lib}; mount --bind {lib} /usr/local/lib"
    full += "; mount -o remount,bind,ro /etc/homelab"
    etc, _ = root(world, hosts, "full", more=full)
    code, rows, said = push(world, "full", *BOTH, "--prefix", "~/p")
    assert (code, rows[0]["config"]) == (1, "failed")
    assert "failed" in rows[0]["verbs"]
    assert "Read-only file system" in said[-1]
    assert "No space left" in said[-1]
    assert list(etc.iterdir()) == []


@NEEDS_HOSTS
def test_a_home_that_can_not_be_written_to(world: World, hosts: Lab) -> None:
    furnish(world)
    home = account(world, hosts, "nas")
    (home / ".config").mkdir()  # root's
    code, rows, said = push(world, "lab@nas", "--with-config")
    assert (code, rows[0]["result"], rows[0]["config"]) == (1, "installed", "failed")
    assert "verbs" not in rows[0]
    assert said[-1] == (f"homelab: lab@nas: {home}/.config/homelab/config.ini: Permission denied")


@NEEDS_HOSTS
@pytest.mark.parametrize("kept", [1000, 0], ids=["of the archive", "of the copy"])
def test_a_connection_that_breaks_leaves_nothing(kept: int, world: World, hosts: Lab) -> None:
    furnish(world)
    size = Path(world.pyz).stat().st_size + kept - 100
    cut = f'ForceCommand head -c {size} | sh -c "$SSH_ORIGINAL_COMMAND"'
    home = account(world, hosts, "nas", cut)
    code, rows, _ = push(world, "lab@nas", *BOTH)
    assert code == 1
    assert rows[0]["result"] in ("damaged", "failed")
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert list(world.folder.glob("**/homelab-push.*")) == []


def test_a_dry_run_names_every_file_and_contacts_no_host(world: World) -> None:
    furnish(world)
    done = world.run("self", "push", "nosuch.invalid", *BOTH, "--dry-run", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["carried_config"] == {
        "from": f"{world.home}/.config/homelab/config.ini",
        "needs": {"loki.password_file": "/etc/homelab/password"},
    }
    assert told["carried_verbs"] == {
        "from": str(world.verbs), "files": ["lights", "nas/df.sh", "nas/df.verb"],
        "left_out": ["broken", "nas/secret.env"], "added_folders": [],
    }  # fmt: skip
    assert "no host was contacted" in done.stderr
    assert "files of verbs: lights, nas/df.sh, nas/df.verb" in done.stderr
    assert "TOKEN" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("settings", "words", "code", "said"),
    [
        (None, ["--with-config"], 1, "there is neither /etc/homelab/config.ini nor "),
        (None, ["--with-verbs"], 1, "no own verbs to carry"),
        ("[loki]\nurl = http://me:secret@loki.lan\n", ["--with-config"], 1, "password"),
        (
            "[checks]\nbackup = restic:rest:https://me:secret@nas.lan/ --max 26h\n",
            ["--with-config"],
            1,
            "config.ini:2: an address has a password in it, which must not be copied;",
        ),
        ("# once https://me:secret@nas.lan/\n[loki]\n", ["--with-config"], 1, "config.ini:1: an"),
        ("[nosuch]\n", ["--with-config"], 78, "nosuch"),
        ("[loki]\n", ["--replace"], 2, "--replace is for"),
    ],
)
def test_what_can_not_be_carried_is_said_before_any_host_is_contacted(
    settings: str | None, words: list[str], code: int, said: str, world: World
) -> None:
    if settings is not None:
        world.settings(settings)
    done = world.run("self", "push", "nosuch.invalid", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.needs("root")
def test_root_carries_nothing_that_another_account_can_change(world: World) -> None:
    furnish(world)
    os.chown(world.verbs / "lights", LAB, LAB)
    done = world.run("self", "push", "nosuch.invalid", "--with-verbs", "--dry-run", "--json")
    assert json.loads(done.stdout)["carried_verbs"]["left_out"][1] == "lights"
    (world.home / ".config/homelab/config.ini").chmod(0o666)
    done = world.run("self", "push", "nosuch.invalid", "--with-config", "--dry-run")
    assert (done.returncode, done.stdout) == (1, "")
    assert "world-writable" in done.stderr


# self unpack


def unpack(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    """Run it as an account of its own: root's files are this machine's."""
    home = world.folder / "lab"
    home.mkdir(exist_ok=True)
    os.chown(home, LAB, LAB)
    world.reachable()
    copy = shutil.copy(world.pyz, world.folder / "copy.pyz")
    command = ["setpriv", "--reuid", str(LAB), "--regid", str(LAB), "--clear-groups"]
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [*command, copy, "self", "unpack", *words],
        env={**env, "HOMELAB_TELEMETRY": "0"}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def archive(world: World, *members: tuple[str, bytes, int] | tarfile.TarInfo) -> Path:
    path = world.folder / "x.tar"
    with tarfile.open(path, "w") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                entry = tarfile.TarInfo(member[0])
                entry.size, entry.mode = len(member[1]), member[2]
                tar.addfile(entry, io.BytesIO(member[1]))
    return path


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


@pytest.mark.parametrize(
    "member",
    [
        ("../up", b"x", 0o644), ("/etc/x", b"x", 0o644), ("verbs/../x", b"x", 0o755),
        ("verbs/.hidden", b"x", 0o755), ("verbs//x", b"x", 0o755), ("verbs/", b"x", 0o755),
        ("other", b"x", 0o644), ("verbs/" + "a/" * 12 + "b", b"x", 0o755),
        ("verbs/a\nb", b"x", 0o755), ("verbs/a\x1b[2J", b"x", 0o755),
        link("config.ini", tarfile.SYMTYPE), link("verbs/x", tarfile.LNKTYPE),
        link("verbs/x", tarfile.CHRTYPE), link("verbs/x", tarfile.FIFOTYPE),
        link("verbs/x", tarfile.DIRTYPE),
    ],
    ids=lambda member: member[0] if isinstance(member, tuple) else member.type.decode(),
)  # fmt: skip
@pytest.mark.needs("setpriv", "root")
def test_an_archive_with_anything_else_is_refused_whole(
    member: tuple[str, bytes, int] | tarfile.TarInfo, world: World
) -> None:
    path = archive(world, ("config.ini", b"[loki]\n", 0o644), member)
    done = unpack(world, str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is neither settings nor a file of a verb" in done.stderr
    assert list((world.folder / "lab").iterdir()) == []


@pytest.mark.needs("setpriv", "root")
@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "not an archive"), (b"x" * 2000, "not an archive"), (b"\0" * 10240, "no files")],
    ids=["empty", "text", "zeros"],
)
def test_a_file_that_is_not_an_archive(data: bytes, said: str, world: World) -> None:
    path = world.folder / "x.tar"
    path.write_bytes(data)
    done = unpack(world, str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert unpack(world, f"{path}.gone").returncode == 2


@pytest.mark.needs("setpriv", "root")
def test_what_is_in_the_way_is_kept(world: World) -> None:
    """A folder, a file where a folder must be, a name that is the same verb."""
    verbs = world.folder / "lab/.local/share/homelab/verbs"
    for name in ("folder/in", "file"):
        (verbs / name).parent.mkdir(parents=True, exist_ok=True)
        (verbs / name).write_text("#!/bin/sh\n")
    for found in (world.folder / "lab", *(world.folder / "lab").rglob("*")):
        os.chown(found, LAB, LAB)
    names = ["verbs/folder", "verbs/file/x", "verbs/File.sh", "verbs/fine"]
    path = archive(world, *((name, b"#!/bin/sh\n", 0o4777) for name in names))
    done = unpack(world, str(path), "--json")
    rows = {row["file"]: (row["result"], row["detail"]) for row in json.loads(done.stdout)["rows"]}
    assert done.returncode == 1
    assert rows.pop("verbs/File.sh")[1].startswith("file is the same verb; ")
    assert rows == {
        "verbs/folder": ("kept", "a folder is there; move it away first"),
        "verbs/file/x": ("failed", "a file is where its folder must be"),
        "verbs/fine": ("new", None),
    }
    assert mode(verbs / "fine") == 0o755


def test_two_files_of_one_name_are_refused() -> None:
    one = BundleFile("verbs/a", b"1", 0o755)
    with pytest.raises(ValueError, match="two files of one name"):
        bundle.unpacked(bundle.packed([one, one]))


@given(st.binary(max_size=2000), st.integers(0, 0o7777))
def test_a_file_arrives_as_it_was_and_nobody_else_may_write_to_it(data: bytes, bits: int) -> None:
    file = BundleFile("verbs/caf\xe9/x", data, bits)
    (found,) = bundle.unpacked(bundle.packed([file]))
    assert (found.name, found.data, found.mode) == (file.name, data, file.mode)
    assert not found.mode & 0o022
    for end in (0, len(data) // 2, 511):
        try:
            bundle.unpacked(bundle.packed([file])[:end])
        except ValueError:
            continue
        raise AssertionError("half an archive was accepted")
