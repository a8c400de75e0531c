"""Files that another account can change are not read, obeyed, run, or written to."""

from __future__ import annotations

import contextlib
import grp
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from support.accounts import Account
from support.attacks import attacked
from support.reading import until
from support.sshd import with_accounts
from support.world import World

from homelab.settings import Settings
from homelab.system import ownership

pytestmark = pytest.mark.needs("root", "useradd", "setpriv")
SCRIPT = "#!/bin/sh\necho ran as $(id -u)\n"


@pytest.fixture
def theirs(u1: Account) -> Iterator[Path]:
    """An empty folder of u1's."""
    folder = u1.home / "own"
    folder.mkdir()
    u1.owns(folder)
    yield folder
    subprocess.run(["rm", "-r", "--", str(folder)], check=True)


def put(path: Path, text: str = SCRIPT, mode: int = 0o755) -> Path:
    """Write a file, with folders above it that only root can change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def processes_of(world: World) -> list[int]:
    """The processes that a world's runs have left (senders, folds). Each has the world's own
    variable in its environment."""
    mark = os.fsencode(f"TEST_WORLD={world.folder}\0")
    pids = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # the process has just ended
            if mark in Path("/proc", name, "environ").read_bytes():
                pids.append(int(name))
    return pids


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
    """With sudo -E, env_keep or su -m, root uses no settings, state or verbs of that account."""
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
    env = {kept: str(theirs) + KEPT[kept], "TEST_WORLD": str(world.folder)}
    usual = world.run("disk", "usage", HOMELAB_TELEMETRY="0")
    done = world.run("disk", "usage", **env)
    assert done.returncode == usual.returncode
    # there is no message about runs that are not counted there
    assert str(u1.home) not in done.stderr
    shown = world.run("config", **env)
    assert shown.returncode == 0
    assert (loki.url in shown.stdout) is False
    if kept in ("HOME", "XDG_CONFIG_HOME"):
        why = f"{u1.home}: it belongs to another account ({u1.name})"
        assert f"{settings} is ignored: {why}" in shown.stderr
        asked = world.run("logs", "query", "--since", "1h", **env)
        assert asked.returncode == 78
        assert asked.stderr.count("\n") == 1
        assert why in asked.stderr
        assert world.run("usage", "off", **env).returncode == 78
        assert "is ignored" in world.run("usage", "status", **env).stdout
    if kept in ("HOME", "XDG_DATA_HOME"):
        ran = world.run("mine", **env)
        assert (ran.returncode, ran.stdout) == (126, "")
        assert f"{u1.home}: it belongs to another account" in ran.stderr
        listed = world.run("verbs", **env).stdout
        assert "refused" in listed
        assert world.run("verbs", "new", "fresh", **env).returncode == 1
    assert world.run("other", **env).returncode == 2
    assert until(lambda: not processes_of(world), 60)
    assert not loki.requests
    assert sorted(theirs.rglob("*")) == before


def test_only_the_systems_settings_apply_then(theirs: Path, tmp_path: Path) -> None:
    user = put(theirs / "config.ini", "[loki]\nurl = http://theirs\n[telemetry]\nenabled = yes\n")
    system = put(tmp_path / "config.ini", "[loki]\nurl = http://system\n")
    settings = Settings({}, (("user", str(user)), ("system", str(system))), {})
    assert settings.text("loki.url") == "http://system"
    assert str(user) in settings.refused()


@pytest.mark.needs("namespaces")
def test_the_systems_settings_are_not_obeyed_where_others_can_write(world: World) -> None:
    """Their path is fixed, so the test puts them into a copy of /etc in its own namespace."""
    passwd = world.folder / "passwd"
    passwd.write_text(Path("/etc/passwd").read_text())
    script = (
        f"set -e; {with_accounts(passwd)}; mkdir -p /etc/homelab;"
        " printf '[loki]\\nurl = http://127.0.0.1:1\\n' > /etc/homelab/config.ini;"
        f" chmod 666 /etc/homelab/config.ini; set +e; {world.pyz} usage top; echo $?;"
        f" {world.pyz} disk usage >/dev/null; echo $?"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], env=world.env, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    refused, ran = done.stdout.splitlines()
    assert refused == "78"
    assert ran in ("0", "1", "69")  # the present file systems of this machine
    assert (
        "/etc/homelab/config.ini is ignored, because it is world-writable: chmod o-w" in done.stderr
    )
    assert not world.journal.exists()


@pytest.mark.parametrize("first", ["its folder", "its link"])
def test_a_folder_that_is_exchanged_while_root_runs_a_verb(
    first: str, u1: Account, theirs: Path, world: World
) -> None:
    """The place is refused already, because it is below a folder of u1's."""
    verbs, aside = theirs / "verbs", theirs / "aside"
    put(verbs / "true", "#!/bin/sh\necho stolen\n")
    u1.owns(verbs, verbs / "true")
    aside.symlink_to("/usr/bin")
    u1.owns(aside)
    path = verbs if first == "its folder" else aside
    steps = f"def attack():\n    exchange({str(verbs)!r}, {str(aside)!r})\n"
    with attacked(u1, theirs / "attack", steps) as attack:
        for _ in range(20):
            done = world.run("true", HOMELAB_VERBS_PATH=str(path))
            assert (done.returncode, done.stdout) == (126, "")
    assert attack.rounds > 0


@pytest.mark.parametrize("way", ["in a sticky folder", "behind root's own link"])
def test_what_is_exchanged_beside_roots_own_is_judged_where_it_stands(
    way: str, u1: Account, world: World
) -> None:
    """The folders above it are root's, so the walk reaches the name that u1 exchanges: a link to
    root's folder, which would pass if it were followed first, u1's own folder, and nothing."""
    shared = world.folder / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    world.reachable()
    put(shared / "roots/true", "#!/bin/sh\necho root\\'s\n")
    mine, link = shared / "mine", shared / "link"
    put(mine / "true", "#!/bin/sh\necho stolen\n")
    link.symlink_to(shared / "roots")
    (shared / "root-link").symlink_to("mine")
    u1.owns(mine, mine / "true", link)
    steps = f"""
mine, link, away = {str(mine)!r}, {str(link)!r}, {str(shared / "away")!r}

def attack():
    exchange(mine, link)
    exchange(mine, link)
    os.rename(mine, away)
    os.rename(away, mine)
"""
    folder = shared / ("root-link" if way[0] == "b" else "mine")
    with attacked(u1, u1.home / "attack", steps) as attack:
        for _ in range(40):
            done = world.run("true", HOMELAB_VERBS_PATH=str(folder))
            assert done.stdout == ""
            assert done.returncode in (2, 126)  # 2: there was nothing
            assert "Traceback" not in done.stderr
    assert attack.rounds > 0
    subprocess.run(["rm", "-r", "--", str(u1.home / "attack")], check=True)


def test_a_link_through_another_accounts_folder(u1: Account, theirs: Path, world: World) -> None:
    """The target of the link is root's, for now."""
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
    fix = f"chmod {'o' if mode == 0o757 else 'g'}-w {path}"
    assert fix in done.stderr
    assert fix in checked
    subprocess.run(["sh", "-c", fix], check=True)
    assert world.run("nas", "df").stdout == "ran as 0\n"


def test_a_group_of_ones_own_may_write(u1: Account, u2: Account, everyones: str) -> None:
    """This is so with a umask of 002, where each account has a group with its name."""
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


@contextlib.contextmanager
def mounted_with_acls(folder: Path) -> Iterator[list[str]]:
    """Mount an ext4 with ACLs on `folder`, in a namespace that ends with this test in any case;
    yield the words that run a command there."""
    image = f"{folder}.image"
    Path(image).write_bytes(b"")
    os.truncate(image, 4 << 20)
    folder.mkdir()
    script = (
        f"mkfs.ext4 -q {image} && mount -o loop,acl {image} {folder} && echo mounted"
        " && exec timeout 120 cat"
    )
    holder = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"mounted\n"
        yield ["nsenter", "-t", str(holder.pid), "-m", "--"]
    finally:
        holder.stdin.close()  # `cat` ends even if this process is killed
        holder.wait(60)
        holder.stdout.close()


@pytest.mark.needs("setfacl", "namespaces", "loop")
def test_an_access_control_list_lets_others_write(world: World, u1: Account) -> None:
    verbs = world.folder / "mounted/verbs"
    script = verbs / "x"
    with mounted_with_acls(verbs.parent) as enter:

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*enter, *words], env={**world.env, "HOMELAB_VERBS_PATH": str(verbs)},
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

        made = f"mkdir {verbs} && printf %s '{SCRIPT}' > {script} && chmod 755 {verbs} {script}"
        assert run("sh", "-c", made).returncode == 0
        assert run(world.pyz, "x").stdout == "ran as 0\n"
        for path in (script, verbs):
            assert run("setfacl", "-m", f"u:{u1.name}:rwx", str(path)).returncode == 0
            done = run(world.pyz, "x")
            assert (done.returncode, done.stdout) == (126, "")
            assert f"{path}: its ACL lets other accounts write to it" in done.stderr
            assert f"setfacl -b {path}" in done.stderr
            assert run("setfacl", "-b", str(path)).returncode == 0
            run("chmod", "755", str(script))
        assert run("setfacl", "-m", f"u:{u1.name}:r-x", str(script)).returncode == 0
        assert run(world.pyz, "x").stdout == "ran as 0\n"  # reading it does no harm
    assert not verbs.exists()  # nothing was mounted in this namespace


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
    """A file with its name does not hide it, nor does a folder that would make it a group."""
    world.dropin("restore", "#!/bin/sh\necho root\\'s\n")
    del world.env["HOMELAB_VERBS_PATH" if "HOMELAB_VERBS_PATH" in world.env else "TZ"]
    first = theirs / "first/homelab/verbs"
    put(first / "restore/inner")
    subprocess.run(["chown", "-R", u1.name, str(theirs)], check=True)
    env = {"XDG_DATA_HOME": str(theirs / "first"), "HOMELAB_VERBS_PATH": str(world.verbs)}
    done = world.run("restore", **env)
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
    """In the sandboxes of bwrap and unshare -c an account's own verbs run, too."""
    verbs = u1.home / "sandboxed"
    put(verbs / "mine", "#!/bin/sh\necho mine\n")
    u1.owns(verbs, verbs / "mine")
    inner = ["unshare", "-U", "--map-user", str(u1.uid), everyones, "mine"]
    done = u1.run(*inner, HOMELAB_VERBS_PATH=str(verbs))
    if "unshare" in done.stderr:
        pytest.skip("this kernel lets no account make a user namespace")
    assert (done.returncode, done.stdout) == (0, "mine\n")


@pytest.mark.parametrize("setting", ["password_file", "token_file", "ca_file", "client_cert_file"])
def test_a_secrets_file_that_another_account_can_exchange(
    setting: str, u1: Account, theirs: Path, world: World, loki: FakeLoki
) -> None:
    """Root's own settings name it, and it may become a link to any file of root's."""
    put(world.folder / "shadow", "root:canary7f3a\n", 0o600)
    (theirs / "secret").symlink_to(world.folder / "shadow")
    u1.owns(theirs / "secret")
    tls = setting in ("ca_file", "client_cert_file")
    url = loki.url.replace("http:", "https:") if tls else loki.url
    user = "username = x\n" if setting == "password_file" else ""
    world.settings(f"[loki]\nurl = {url}\n{user}{setting} = {theirs}/secret\n")
    done = world.run("logs", "query", "--since", "1h")
    assert (done.returncode, done.stdout) == (78, "")
    assert f"{u1.home}: it belongs to another account ({u1.name})" in done.stderr
    assert done.stderr.count("\n") == 1
    world.run("disk", "usage")
    assert not any("Authorization" in dict(request.headers) for request in loki.requests)
