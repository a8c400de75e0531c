"""What another account can change is neither read, nor obeyed, nor run, nor written to."""

from __future__ import annotations

import ctypes
import grp
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from support.accounts import Account, account
from support.reading import until
from support.world import World

from homelab.settings import Settings
from homelab.system import ownership

pytestmark = pytest.mark.needs("root", "useradd", "setpriv")
SCRIPT = "#!/bin/sh\necho ran as $(id -u)\n"


@pytest.fixture(scope="module")
def u1() -> Iterator[Account]:
    with account("u1") as found:
        yield found


@pytest.fixture(scope="module")
def u2() -> Iterator[Account]:
    with account("u2") as found:
        yield found


@pytest.fixture
def theirs(u1: Account) -> Iterator[Path]:
    """A folder of u1's own, empty."""
    folder = u1.home / "own"
    folder.mkdir()
    u1.owns(folder)
    yield folder
    subprocess.run(["rm", "-r", "--", str(folder)], check=True)


@pytest.fixture
def everyones(world: World) -> str:
    """The built file, where every account can run it."""
    world.reachable()
    return str(shutil.copy(world.pyz, str(world.folder / "homelab.pyz")))


def put(path: Path, text: str = SCRIPT, mode: int = 0o755) -> Path:
    """A file, with folders above it that only root can change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


KEPT = {
    "HOME": "",
    "XDG_CONFIG_HOME": "/.config",
    "XDG_STATE_HOME": "/.local/state",
    "XDG_DATA_HOME": "/.local/share",
}


@pytest.mark.parametrize("owner", ["theirs", "root's"])
@pytest.mark.parametrize("kept", KEPT)
def test_root_with_a_kept_home_obeys_nothing_there(
    kept: str, owner: str, u1: Account, theirs: Path, loki: FakeLoki, world: World
) -> None:
    """As under sudo -E, env_keep or su -m: neither its settings, nor its state, nor its verbs."""
    secret = put(world.folder / "shadow", "root:canary7f3a\n", 0o600)
    settings = put(
        theirs / ".config/homelab/config.ini",
        f"[loki]\nurl = {loki.url}\nusername = x\npassword_file = {secret}\n"
        f"[verbs]\npath = {theirs}/more\n",
    )
    put(theirs / ".local/share/homelab/verbs/mine")
    put(theirs / "more/other")
    (theirs / ".local/state").mkdir(parents=True)
    if owner == "theirs":
        subprocess.run(["chown", "-R", u1.name, str(theirs)], check=True)
    before = sorted(theirs.rglob("*"))
    env = {kept: str(theirs) + KEPT[kept]}
    usual = world.run("disk", "usage", HOMELAB_TELEMETRY="0")
    done = world.run("disk", "usage", **env)
    assert (done.returncode, done.stderr) == (usual.returncode, usual.stderr)
    shown = world.run("config", **env)
    assert shown.returncode == 0
    assert (loki.url in shown.stdout) is False
    if kept in ("HOME", "XDG_CONFIG_HOME"):
        why = f"{u1.home}: it belongs to another account ({u1.name})"
        assert f"the settings in {settings} are not obeyed: {why}" in shown.stderr
        asked = world.run("logs", "query", "--since", "1h", **env)
        assert asked.returncode == 78
        assert asked.stderr.count("\n") == 1
        assert why in asked.stderr
        assert world.run("usage", "off", **env).returncode == 78
        assert "not obeyed" in world.run("usage", "status", **env).stdout
    if kept in ("HOME", "XDG_DATA_HOME"):
        ran = world.run("mine", **env)
        assert (ran.returncode, ran.stdout) == (126, "")
        assert f"{u1.home}: it belongs to another account" in ran.stderr
        listed = world.run("verbs", **env).stdout
        assert "refused" in listed
        assert world.run("verbs", "new", "fresh", **env).returncode == 1
    assert world.run("other", **env).returncode == 2
    assert not until(lambda: bool(loki.requests), 1)
    assert sorted(theirs.rglob("*")) == before


def test_only_the_systems_settings_apply_then(theirs: Path, tmp_path: Path) -> None:
    user = put(theirs / "config.ini", "[loki]\nurl = http://theirs\n[telemetry]\nenabled = yes\n")
    system = put(tmp_path / "config.ini", "[loki]\nurl = http://system\n")
    settings = Settings({}, (("user", str(user)), ("system", str(system))), {})
    assert settings.text("loki.url") == "http://system"
    assert str(user) in settings.refused()


def test_the_systems_settings_are_not_obeyed_where_others_can_write(world: World) -> None:
    """In a namespace of its own, since they have one place."""
    script = (
        "mount -t tmpfs tmpfs /etc/homelab && printf '[loki]\\nurl = http://127.0.0.1:1\\n'"
        f" > /etc/homelab/config.ini && chmod 666 /etc/homelab/config.ini && {world.pyz} usage top;"
        f" echo $?; {world.pyz} disk usage >/dev/null; echo $?"
    )
    Path("/etc/homelab").mkdir(exist_ok=True)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], env=world.env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["78", "0"]
    assert "/etc/homelab/config.ini: it is world-writable; chmod o-w" in done.stderr
    assert not world.journal.exists()


EXCHANGE = 2  # renameat2(2)


def exchanging(user: Account, one: Path, other: Path) -> int:
    """A process of the account that exchanges two paths until it is ended, or 20 s have passed."""
    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child:
        return child
    try:
        os.setgid(user.gid)
        os.setgroups([])
        os.setuid(user.uid)
        end = time.monotonic() + 20
        turned = 0
        while time.monotonic() < end:
            turned += not libc.renameat2(-100, bytes(one), -100, bytes(other), EXCHANGE)
            if turned == 100:
                one.parent.joinpath("turned").touch()
    finally:
        os._exit(0)


def test_a_folder_that_is_exchanged_while_root_runs_a_verb(
    u1: Account, theirs: Path, world: World
) -> None:
    verbs = theirs / "verbs"
    put(verbs / "true", "#!/bin/sh\necho stolen\n")
    u1.owns(verbs, verbs / "true")
    aside = theirs / "aside"
    aside.symlink_to("/usr/bin")
    u1.owns(aside)
    child = exchanging(u1, verbs, aside)
    try:
        assert until((theirs / "turned").exists, 20)
        for _ in range(40):
            done = world.run("true", HOMELAB_VERBS_PATH=str(verbs))
            assert (done.returncode, done.stdout) == (126, "")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_link_through_another_accounts_folder(u1: Account, theirs: Path, world: World) -> None:
    """What it leads to is root's own, for now."""
    inside = theirs / "inside"
    inside.mkdir()
    put(inside / "script")
    u1.owns(inside)
    for target in (inside / "script", inside):
        link = world.verbs / "way"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        words = ["way"] if target != inside else ["way", "script"]
        done = world.run(*words)
        assert (done.returncode, done.stdout) == (126, "")
        assert f"{u1.home}: it belongs to another account ({u1.name})" in done.stderr
        link.unlink()


def test_links_of_ones_own_are_followed(world: World) -> None:
    put(world.folder / "real/script")
    (world.folder / "hop").symlink_to("real")
    world.verbs.mkdir(parents=True)
    (world.verbs / "way").symlink_to("../../../../../hop/../hop/script")
    assert world.run("way").stdout == "ran as 0\n"
    for n in range(45):
        (world.folder / f"l{n + 1}").symlink_to(f"l{n}")
    (world.folder / "l0").symlink_to("real/script")
    (world.verbs / "far").symlink_to(world.folder / "l45")
    assert world.run("far").returncode == 126


@pytest.mark.parametrize("which", ["the script", "its folder", "the folder of verbs", "above"])
@pytest.mark.parametrize("mode", [0o775, 0o2775, 0o757])
def test_what_a_group_may_write_to_does_not_run_until_that_is_mended(
    mode: int, which: str, world: World
) -> None:
    script = world.dropin("nas/df", SCRIPT)
    path = {
        "the script": script,
        "its folder": script.parent,
        "the folder of verbs": world.verbs,
        "above": world.verbs.parent.parent,
    }[which]
    os.chown(path, 0, grp.getgrnam("staff").gr_gid)
    path.chmod(mode)
    done = world.run("nas", "df")
    assert (done.returncode, done.stdout) == (126, "")
    assert done.stderr.count("\n") == 1
    assert str(path) in done.stderr
    checked = world.run("verbs", "check", "--json").stdout
    mend = f"chmod {'o' if mode == 0o757 else 'g'}-w {path}"
    assert mend in done.stderr
    assert mend in checked
    subprocess.run(["sh", "-c", mend], check=True)
    assert world.run("nas", "df").stdout == "ran as 0\n"


def test_a_group_of_ones_own_may_write(u1: Account, u2: Account, everyones: str) -> None:
    """As with a umask of 002, where each account has a group of its own name."""
    verbs = u1.home / ".local/share/homelab/verbs"
    script = put(verbs / "mine", "#!/bin/sh\necho mine\n", 0o775)
    subprocess.run(["chown", "-R", f"{u1.name}:{u1.name}", str(u1.home / ".local")], check=True)
    verbs.chmod(0o775)
    assert u1.run(everyones, "mine").stdout == "mine\n"
    for command in (["-a", "-G", u1.name], ["-g", u1.name]):  # a further group, the first group
        own = grp.getgrgid(u2.gid).gr_name
        subprocess.run(["usermod", *command, u2.name], check=True)
        done = u1.run(everyones, "mine")
        assert done.returncode == 126
        assert f"it is writable by its group ({u1.name})" in done.stderr
        subprocess.run(["usermod", "-g", own, "-G", "", u2.name], check=True)
    assert u1.run(everyones, "mine").stdout == "mine\n"
    os.chown(script, u1.uid, u2.gid)
    assert u1.run(everyones, "mine").returncode == 126


def test_another_accounts_verbs_are_not_run_by_an_account_either(
    u1: Account, u2: Account, theirs: Path, everyones: str
) -> None:
    put(theirs / "verbs/theirs", "#!/bin/sh\necho theirs\n")
    u1.owns(theirs / "verbs", theirs / "verbs/theirs")
    done = u2.run(everyones, "theirs", HOMELAB_VERBS_PATH=str(theirs / "verbs"))
    assert (done.returncode, done.stdout) == (126, "")
    assert f"{u1.home}: it belongs to another account ({u1.name})" in done.stderr
    done = u1.run(everyones, "theirs", HOMELAB_VERBS_PATH=str(theirs / "verbs"))
    assert (done.returncode, done.stdout) == (0, "theirs\n")


@pytest.mark.needs("setfacl", "namespaces", "mkfs.ext4")
def test_an_access_control_list_lets_others_write(world: World, u1: Account) -> None:
    image = world.folder / "image"
    image.write_bytes(b"")
    os.truncate(image, 4 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True, capture_output=True)
    mounted = world.folder / "mounted"
    mounted.mkdir()
    mount = ["mount", "-o", "loop,acl", str(image), str(mounted)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.fail("no loop mount is possible")
    try:
        script = put(mounted / "verbs/x")
        env = {"HOMELAB_VERBS_PATH": str(script.parent)}
        assert world.run("x", **env).stdout == "ran as 0\n"
        for path in (script, script.parent):
            subprocess.run(["setfacl", "-m", f"u:{u1.name}:rwx", str(path)], check=True)
            done = world.run("x", **env)
            assert (done.returncode, done.stdout) == (126, "")
            assert f"{path}: its ACL lets other accounts write to it" in done.stderr
            assert f"setfacl -b {path}" in done.stderr
            subprocess.run(["setfacl", "-b", str(path)], check=True)
            script.chmod(0o755)
        subprocess.run(["setfacl", "-m", f"u:{u1.name}:r-x", str(script)], check=True)
        assert world.run("x", **env).stdout == "ran as 0\n"  # to read it is no harm
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


def test_in_a_sticky_folder_only_what_is_ones_own_counts(u1: Account, world: World) -> None:
    shared = world.folder / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    own = put(shared / "verbs/mine")
    env = {"HOMELAB_VERBS_PATH": str(own.parent)}
    assert world.run("mine", **env).stdout == "ran as 0\n"
    u1.owns(own.parent)
    assert world.run("mine", **env).returncode == 126
    world.reachable()
    home = {"HOME": str(shared / "home")}
    assert world.run("disk", "usage", **home).returncode == 0
    assert (shared / "home/.local/state/homelab/usage.log").stat().st_mode & 0o777 == 0o600
    u1.owns(shared / "home")
    before = (shared / "home/.local/state/homelab/usage.log").read_text()
    assert world.run("disk", "usage", **home).returncode == 0
    assert (shared / "home/.local/state/homelab/usage.log").read_text() == before


def test_an_interpreter_that_another_account_can_change(
    u1: Account, theirs: Path, world: World
) -> None:
    put(theirs / "sh", '#!/bin/sh\nexec /bin/sh "$@"\n')
    os.symlink("/bin/sh", theirs / "link")
    u1.owns(theirs / "sh", theirs / "link")
    for name in ("sh", "link"):
        world.dropin("x", f"#!{theirs / name} -e\necho ran\n")
        done = world.run("x")
        assert (done.returncode, done.stdout) == (126, "")
        assert f"{u1.home}: it belongs to another account" in done.stderr


def test_a_description_that_another_account_can_write(u1: Account, world: World) -> None:
    world.dropin("mine", SCRIPT)
    beside = world.dropin("mine.verb", "Summary: harmless\nEffect: read\n", 0o644)
    assert world.run("mine", HOMELAB_READ_ONLY="1").returncode == 0
    u1.owns(beside)
    assert world.run("mine", HOMELAB_READ_ONLY="1").returncode == 77
    assert "harmless" not in world.run("verbs").stdout


def test_another_accounts_folder_hides_no_verb_of_roots(
    u1: Account, theirs: Path, world: World
) -> None:
    """Neither by a file of its name, nor by a folder that would make it a group."""
    world.dropin("backup", "#!/bin/sh\necho root\\'s\n")
    del world.env["HOMELAB_VERBS_PATH" if "HOMELAB_VERBS_PATH" in world.env else "TZ"]
    first = theirs / "first/homelab/verbs"
    put(first / "backup/inner")
    subprocess.run(["chown", "-R", u1.name, str(theirs)], check=True)
    env = {"XDG_DATA_HOME": str(theirs / "first"), "HOMELAB_VERBS_PATH": str(world.verbs)}
    done = world.run("backup", **env)
    assert (done.returncode, done.stdout) == (0, "root's\n")


def test_a_job_of_root_is_not_locked_where_another_account_has_its_home(
    u1: Account, theirs: Path, world: World
) -> None:
    before = list(theirs.iterdir())
    done = world.run("job", "run", "x", "--", "echo", "ran", HOME=str(theirs))
    assert done.returncode == 0
    assert f"{u1.home}: it belongs to another account ({u1.name})" in done.stderr
    assert list(theirs.iterdir()) == before
    done = world.run("job", "list", HOME=str(theirs))
    assert done.returncode in (0, 69)
    assert list(theirs.iterdir()) == before


def test_a_walk_ends_at_what_is_missing_and_makes_nothing_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "not/there")
    with pytest.raises(FileNotFoundError):
        ownership.folder(str(tmp_path / "gone/x"), make=True)
    assert not (tmp_path / "not").exists()
    os.close(ownership.folder(str(tmp_path / "made/x"), make=True))
    assert (tmp_path / "made/x").stat().st_mode & 0o777 == 0o700
    with pytest.raises(NotADirectoryError):
        ownership.check(str(put(tmp_path / "file") / "x"))
    assert ownership.check("/").st_uid == 0


def test_a_sandbox_that_shows_root_as_nobody(u1: Account, everyones: str) -> None:
    """As bwrap and unshare -c make it: an account's own verbs run there too."""
    verbs = u1.home / "sandboxed"
    put(verbs / "mine", "#!/bin/sh\necho mine\n")
    u1.owns(verbs, verbs / "mine")
    inner = ["unshare", "-U", "--map-user", str(u1.uid), everyones, "mine"]
    done = u1.run(*inner, HOMELAB_VERBS_PATH=str(verbs))
    if "unshare" in done.stderr:
        pytest.skip("this kernel lets no account make a user namespace")
    assert (done.returncode, done.stdout) == (0, "mine\n")


@pytest.mark.parametrize("setting", ["password_file", "token_file", "ca_file"])
def test_a_secrets_file_that_another_account_can_exchange(
    setting: str, u1: Account, theirs: Path, world: World, loki: FakeLoki
) -> None:
    """Named by root's own settings, it may become a link to any file of root's."""
    put(world.folder / "shadow", "root:canary7f3a\n", 0o600)
    (theirs / "secret").symlink_to(world.folder / "shadow")
    u1.owns(theirs / "secret")
    url = loki.url.replace("http:", "https:") if setting == "ca_file" else loki.url
    world.settings(f"[loki]\nurl = {url}\nusername = x\n{setting} = {theirs}/secret\n")
    done = world.run("logs", "query", "--since", "1h")
    assert (done.returncode, done.stdout) == (78, "")
    assert f"{u1.home}: it belongs to another account ({u1.name})" in done.stderr
    assert done.stderr.count("\n") == 1
    world.run("disk", "usage")
    assert not any("Authorization" in dict(request.headers) for request in loki.requests)
