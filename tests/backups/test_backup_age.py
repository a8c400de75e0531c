"""`backup age` with the real restic, borg, rsnapshot and btrbk, and with stubs for what these do
not do here."""

# ruff: noqa: S105, S106 - passwords of repositories that the tests make

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.accounts import Account
from support.backup_tools import age, ages, printing, stub
from support.world import World, at_a_terminal

from homelab import times
from homelab.backups import folders, rsnapshot
from homelab.system.clock import now

URL = "rest:https://al:hunter2@nas.lan/r"
SNAPSHOT = '[{"time":"2020-01-02T03:04:05Z","hostname":"nas","short_id":"abc"}]'


def run(world: World, *words: str, **env: str) -> str:
    """Run a program in the world."""
    done = subprocess.run(
        words, env={**world.env, **env}, cwd=world.folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


# restic


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository without snapshots; making one takes a second."""
    path = tmp_path_factory.mktemp("restic") / "r"
    env = {**os.environ, "RESTIC_PASSWORD": "hunter2", "HOME": str(path.parent)}
    subprocess.run(["restic", "init", "-q", "-r", path], env=env, check=True)
    return path


@pytest.fixture
def restic(world: World, repository: Path) -> World:
    """A world with a repository `r` and data to back up."""
    (world.folder / "data").mkdir()
    (world.folder / "data/a").write_text("a")
    world.env["RESTIC_PASSWORD"] = "hunter2"
    shutil.copytree(repository, world.folder / "r")
    return world


def back_up(world: World, *words: str) -> None:
    run(world, "restic", "-q", "-r", "r", "backup", "data", *words)


@pytest.mark.needs("restic")
def test_restic_is_asked_for_the_newest_snapshot(restic: World) -> None:
    row = age(restic, "restic:r")
    assert (row["state"], row["detail"]) == ("critical", "the repository has no snapshot")
    back_up(restic, "--host", "old", "--time", "2020-01-02 03:04:05")
    row = age(restic, "restic:r")
    assert (row["state"], row["host"], row["count"]) == ("critical", "old", 1)
    back_up(restic, "--host", "nas", "--tag", "daily")
    row = age(restic, "restic:r")
    assert (row["state"], row["host"], row["tags"], row["count"]) == ("ok", "nas", "daily", 2)
    assert row["detail"].endswith("they are of 2 hosts: --host NAME checks one")
    assert age(restic, "restic:r", "--host", "old")["state"] == "critical"
    assert age(restic, "restic:r", "--tag", "daily")["count"] == 1
    row = age(restic, "restic:r", "--tag", "weekly")
    assert (row["state"], row["newest"]) == ("critical", None)
    assert row["detail"] == "none of its 2 snapshots has that host and tag"


@pytest.mark.needs("restic")
def test_restic_without_the_right_password_or_repository(restic: World) -> None:
    back_up(restic)
    row = age(restic, "restic:r", RESTIC_PASSWORD="wrong")
    assert (row["state"], row["detail"][:14]) == ("unknown", "wrong password")
    del restic.env["RESTIC_PASSWORD"]
    done, [row] = ages(restic, "restic:r")
    assert (done.returncode, row["state"], row["detail"][:11]) == (69, "unknown", "no password")
    row = age(restic, "restic:r", RESTIC_PASSWORD_COMMAND="false")
    assert (row["state"], row["detail"][:28]) == ("unknown", "the password can't be read; ")
    row = age(restic, "restic:none", RESTIC_PASSWORD="x")
    assert (row["state"], row["detail"][:22]) == ("critical", "there is no repository")
    row = age(restic, "restic:", RESTIC_PASSWORD="x")
    assert (row["state"], row["detail"][:22]) == ("unknown", "no repository is named")
    url = "restic:rest:http://al:hunter2@127.0.0.1:9/r"
    row = age(restic, url, RESTIC_PASSWORD="x")
    assert row["state"] == "unknown"
    assert row["detail"] == "its host refuses the connection"


@pytest.mark.needs("restic")
def test_a_locked_repository_of_restic_is_read(restic: World) -> None:
    """Reading needs no lock, so that a running backup or prune disturbs nothing."""
    back_up(restic)
    script = "sleep 600"
    command = ["restic", "-q", "-r", "r", "backup", "--stdin"]
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as source:
        with subprocess.Popen(
            command, stdin=source.stdout, env=restic.env, cwd=restic.folder, stderr=subprocess.PIPE
        ) as running:
            while not os.listdir(restic.folder / "r/locks") and running.poll() is None:
                os.sched_yield()
            assert age(restic, "restic:r")["state"] == "ok"
            running.kill()
        source.kill()


@pytest.mark.needs("restic")
def test_the_environment_names_a_repository(restic: World) -> None:
    back_up(restic)
    file = restic.folder / "repository"
    file.write_text("r\n")
    assert age(restic, "restic:", RESTIC_REPOSITORY="r")["backup"] == "restic:r"
    assert age(restic, "restic:", RESTIC_REPOSITORY_FILE="repository")["state"] == "ok"
    found = ages(restic, RESTIC_REPOSITORY="r")[1]
    assert "restic:r" in [row["backup"] for row in found]


# borg


@pytest.mark.needs("borg")
def test_borg_is_asked_for_the_newest_archive(world: World) -> None:
    (world.folder / "data").mkdir()
    world.env.update(BORG_PASSPHRASE="hunter2", BORG_REPO=str(world.folder / "r"))
    run(world, "borg", "init", "-e", "repokey")
    run(world, "borg", "create", "--timestamp", "2020-01-02T03:04:05", "::nas-old", "data")
    run(world, "borg", "create", "::pi-new", "data")
    missing, row = ages(world, "borg:", "borg:none")[1]
    assert (missing["state"], missing["backup"]) == ("critical", "borg:none")
    assert (row["state"], row["name"], row["count"]) == ("ok", "pi-new", 2)
    assert row["backup"] == f"borg:{world.folder}/r"
    assert row["age"] < 600
    row = age(world, "borg:r", "--name", "nas-*", TZ="Asia/Tokyo")
    assert (row["state"], row["newest"]) == ("critical", "2020-01-02T03:04:05Z")
    row = age(world, "borg:r", BORG_PASSPHRASE="wrong")
    assert (row["state"], row["detail"][:16]) == ("unknown", "wrong passphrase")
    with subprocess.Popen(
        ["borg", "with-lock", "r", "cat"], env=world.env, cwd=world.folder,
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as locked:  # fmt: skip
        while not (world.folder / "r/lock.exclusive").exists() and locked.poll() is None:
            os.sched_yield()
        row = age(world, "borg:r")
        assert (row["state"], row["detail"][:12]) == ("unknown", "it is locked")
        locked.communicate()
    del world.env["BORG_PASSPHRASE"]
    row = age(world, "borg:r")
    assert (row["state"], row["detail"][:13]) == ("unknown", "no passphrase")


@pytest.mark.needs("borg")
def test_borg_never_waits_for_an_answer(world: World) -> None:
    """It asks whether a repository that has moved is the right one."""
    run(world, "borg", "init", "-e", "none", "r")
    os.rename(world.folder / "r", world.folder / "s")
    assert age(world, "borg:s")["detail"].startswith("it has moved; ")
    yes = {"BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}
    assert age(world, "borg:s", **yes)["detail"] == "the repository has no archive"


BORGS = [
    ("borg 1.0.13", "nothing", "too old"),
    ("borg 2.0.0b12", "repo-list", ""),
    ("borg 2.0.0b5", "rlist", ""),
]


@pytest.mark.parametrize(("version", "command", "why"), BORGS)
def test_borg_of_other_versions(world: World, version: str, command: str, why: str) -> None:
    recorded = Path(__file__).parent / "recorded/borg-2.0.json"
    stub(
        world, "borg",
        f'case "$*" in *--version*) echo "{version}";; *" {command} "*) cat "{recorded}";;'
        " *) echo 'usage: borg' >&2; exit 2;; esac",
    )  # fmt: skip
    row = age(world, "borg:r", "--max", "99y")
    assert row["state"] == ("unknown" if why else "ok")
    assert why in row["detail"]


# rsnapshot


@pytest.mark.needs("rsnapshot")
@pytest.mark.parametrize("sync_first", [False, True])
def test_rsnapshot_has_the_time_of_its_folder(world: World, sync_first: bool) -> None:
    root, conf = world.folder / "snap", world.folder / "rsnapshot.conf"
    (world.folder / "data").mkdir()
    os.utime(world.folder / "data", (1, 1))
    root.mkdir()
    text = (
        f"config_version 1.2|snapshot_root {root}/|cmd_cp /bin/cp|cmd_rm /bin/rm|"
        f"cmd_rsync /usr/bin/rsync|retain alpha 3|retain beta 3|sync_first {int(sync_first)}|"
        f"lockfile {world.folder}/lock|backup {world.folder}/data/ x/|"
    )
    conf.write_text(text.replace(" ", "\t").replace("|", "\n"))
    row = age(world, "rsnapshot:rsnapshot.conf")
    assert (row["state"], row["newest"]) == ("critical", None)
    for level in ["sync", "alpha"] if sync_first else ["alpha", "alpha"]:
        run(world, "rsnapshot", "-c", str(conf), level)
    row = age(world, "rsnapshot:rsnapshot.conf")
    assert row["state"] == "ok"
    assert row["name"] in ("alpha.0", ".sync")
    assert age(world, f"rsnapshot:{root}")["state"] == "ok"
    for folder in root.iterdir():
        os.utime(folder, (1, 1))
    assert age(world, "rsnapshot:rsnapshot.conf")["state"] == "critical"
    if not sync_first:
        # a run that was killed leaves its lock behind
        begun = now() // times.SECOND - 60
        (world.folder / "lock").write_text("1")
        os.utime(world.folder / "lock", (begun, begun))
        os.utime(root / "alpha.0")
        os.utime(root / "alpha.1", (begun - 60, begun - 60))
        row = age(world, "rsnapshot:rsnapshot.conf")
        assert (row["state"], row["name"]) == ("ok", "alpha.1")
        assert "alpha.0 is not finished" in row["detail"]


@pytest.mark.needs("rsnapshot")
def test_a_run_of_rsnapshot_that_reached_no_host_is_a_warning(world: World) -> None:
    """It makes a new alpha.0 all the same; only its log says that nothing was copied."""
    (world.folder / "snap").mkdir()
    conf, log = world.folder / "r.conf", world.folder / "log"
    text = (
        f"config_version 1.2|snapshot_root {world.folder}/snap/|cmd_cp /bin/cp|cmd_rm /bin/rm|"
        f"cmd_rsync /usr/bin/rsync|cmd_ssh /bin/false|retain alpha 3|logfile {log}|"
        f"loglevel 3|lockfile {world.folder}/lock|backup nobody@nas.invalid:/srv/ x/|"
    )
    conf.write_text(text.replace(" ", "\t").replace("|", "\n"))
    words = ["rsnapshot", "-c", str(conf), "alpha"]
    assert subprocess.run(words, env=world.env, stderr=subprocess.DEVNULL, check=False).returncode
    row = age(world, "rsnapshot:r.conf")
    assert (row["state"], row["name"]) == ("warning", "alpha.0")
    assert f"the last run had errors, so it may lack a host or folder: {log}" in row["detail"]
    line = "[2026-11-30T10:59:42] /usr/bin/rsnapshot -c /etc/{} alpha: completed successfully\n"
    with log.open("a") as file:
        file.write(line.format("other.conf"))
    assert age(world, "rsnapshot:r.conf")["state"] == "warning"
    with log.open("a") as file:
        file.write(line.format("r.conf"))
    assert age(world, "rsnapshot:r.conf")["state"] == "ok"


def test_any_level_of_rsnapshot_counts(world: World) -> None:
    """After a failed rotation, or if only the second level runs, there is no alpha.0."""
    conf, root = world.folder / "r.conf", world.folder / "snap"
    conf.write_text(f"snapshot_root\t{root}/\nretain\talpha\t6\nretain\tbeta\t2\n")
    row = age(world, "rsnapshot:r.conf")
    assert (row["state"], row["detail"]) == (
        "critical", f"{root} does not exist; check its name, and whether its disk is mounted",
    )  # fmt: skip
    for name in ("beta.0", "alpha.1", "gone.0"):
        (root / name).mkdir(parents=True)
    os.utime(root / "beta.0", (1, 1))
    assert age(world, "rsnapshot:r.conf")["name"] == "alpha.1"
    (root / "alpha.1").rmdir()
    row = age(world, "rsnapshot:r.conf")
    assert (row["state"], row["name"]) == ("critical", "beta.0")


def test_the_settings_that_the_package_of_rsnapshot_installs_are_no_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are one once rsnapshot has run with them."""
    conf, root = tmp_path / "rsnapshot.conf", tmp_path / "snap"
    conf.write_text(f"snapshot_root\t{root}/\nretain\talpha\t6\n")
    assert not folders.is_unused(str(conf), 5)  # of another root
    monkeypatch.setattr(rsnapshot, "EXAMPLES", (str(root),))
    assert folders.is_unused(str(conf), 5)
    root.mkdir()
    assert folders.is_unused(str(conf), 5)
    (root / "alpha.0").mkdir()
    assert not folders.is_unused(str(conf), 5)
    assert not folders.is_unused(str(tmp_path / "none"), 5)


def test_settings_of_rsnapshot_that_run_a_command_are_not_run(world: World) -> None:
    conf = world.folder / "r.conf"
    conf.write_text("snapshot_root\t/srv\nretain\ta\t1\ninclude_conf\t`touch ran`\n")
    row = age(world, "rsnapshot:r.conf")
    assert row["state"] == "unknown"
    assert "runs a command" in row["detail"]
    assert not (world.folder / "ran").exists()
    conf.write_text("snapshot_root\t/srv\n")
    assert age(world, "rsnapshot:r.conf")["detail"].startswith("r.conf has no line retain")
    assert age(world, "rsnapshot:none")["detail"] == "none does not exist; correct its name"


# btrbk

BTRFS = """
truncate -s 120M "$1/img"; mkfs.btrfs -q "$1/img"; mkdir "$1/mnt"; mount -o loop "$1/img" "$1/mnt"
cd "$1/mnt"; btrfs -q subvolume create home; btrfs -q subvolume create own; mkdir snap to empty
cat >"$1/btrbk.conf" <<EOT
timestamp_format long-iso
volume $1/mnt
  snapshot_dir snap
  subvolume home
    target $1/mnt/to
    target $1/mnt/empty
    target $1/none
  subvolume own
EOT
sed '/none/d;/empty/d' "$1/btrbk.conf" >"$1/few.conf"
"""


@pytest.mark.needs("root", "namespaces", "loop", "btrbk", "mkfs.btrfs")
def test_btrbk_has_a_row_for_each_subvolume_and_target(world: World) -> None:
    script = f'{{ {BTRFS} btrbk -q -c "$1/few.conf" run; cd "$1"; }} >&2; shift; exec "$@"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-ec", script, "sh", str(world.folder), world.pyz,
         "backup", "age", "btrbk:btrbk.conf", "--json"],
        env=world.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    mount = f"{world.folder}/mnt"
    rows = {row["backup"]: row for row in json.loads(done.stdout)["rows"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        f"btrbk:{mount}/home to {mount}/to": "ok",
        f"btrbk:{mount}/home to {mount}/empty": "critical",
        f"btrbk:{mount}/home to {world.folder}/none": "unknown",
        f"btrbk:{mount}/own": "ok",
    }
    assert rows[f"btrbk:{mount}/home to {mount}/to"]["age"] < 600


def test_a_btrbk_that_prints_something_else_is_unknown(world: World) -> None:
    (world.folder / "b.conf").write_text("")
    printing(world, "btrbk", "home  2026\n")
    assert "not of the form" in age(world, "btrbk:b.conf")["detail"]
    printing(world, "btrbk", "", 2, "ERROR: Failed to parse configuration\n")
    assert age(world, "btrbk:b.conf")["state"] == "unknown"
    assert age(world, "btrbk:none")["detail"] == "none does not exist; correct its name"


# ZFS


def test_zfs_snapshots_of_datasets(world: World) -> None:
    """The output is that of OpenZFS 2.1; the test kernel has no ZFS."""
    new, old = now() // times.SECOND - 60, now() // times.SECOND - 40 * 3600
    stub(
        world, "zfs",
        f'case "$*" in *"-d 1"*tank/data) printf "tank/data@a\\t{old}\\ntank/data@b\\t{new}\\n";;'
        f' *snapshot*-r*) printf "tank@x\\t{old}\\ntank/data@b\\t{new}\\n";;'
        ' *filesystem*) printf "tank\\ntank/data\\ntank/none\\n";;'
        ' *) echo "cannot open \'$9\': dataset does not exist" >&2; exit 1;; esac',
    )  # fmt: skip
    row = age(world, "zfs:tank/data")
    assert (row["state"], row["name"], row["count"]) == ("ok", "b", 2)
    row = age(world, "zfs:tank/data@a*")
    assert (row["state"], row["backup"], row["name"]) == ("critical", "zfs:tank/data@a*", "a")
    rows = ages(world, "zfs:tank", "-r")[1]
    assert {row["backup"]: row["state"] for row in rows} == {
        "zfs:tank": "critical", "zfs:tank/data": "ok", "zfs:tank/none": "critical",
    }  # fmt: skip
    row = age(world, "zfs:pool")
    assert (row["state"], row["detail"][:26]) == ("critical", "there is no such dataset; ")


# all tools


def test_no_secret_is_in_arguments_or_output(world: World) -> None:
    """The repository and passwords reach the tool by its environment alone."""
    seen = world.folder / "seen"
    arguments = f'printf "%s\\n" "$@" >{seen}.args; cat /proc/$$/cmdline >>{seen}.args'
    script = f"{arguments}; env >{seen}.env"
    for tool in ("restic", "borg"):
        stub(
            world,
            tool,
            f'{script}; echo "failed: ${{BORG_REPO:-$RESTIC_REPOSITORY}} $PASS" >&2; exit 9',
        )
        env = {"RESTIC_PASSWORD": "hunter3", "PASS": "hunter4"}
        done = world.run("backup", "age", f"{tool}:{URL}", **env)
        assert done.returncode == 69
        arguments, given = Path(f"{seen}.args").read_text(), Path(f"{seen}.env").read_text()
        assert "hunter" not in arguments + done.stdout + done.stderr
        assert f"REPO{'SITORY' if tool == 'restic' else ''}={URL}\n" in given
        assert "RESTIC_PASSWORD=hunter3\n" in given
        assert f"{tool}:rest:https://…@nas.lan/r" in done.stdout
        assert "other accounts" in done.stderr


def test_a_tool_that_hangs_or_is_missing_is_unknown(world: World) -> None:
    """All sources are asked at once, and a hanging one delays the answer by its time limit only."""
    stub(world, "borg", "exec sleep 600")
    stub(world, "restic", f"echo '{SNAPSHOT}'")
    done, rows = ages(world, "borg:a", "borg:b", "restic:r", "kopia.tar", "--timeout", "1s")
    assert done.returncode == 1
    assert [row["state"] for row in rows] == ["critical", "critical", "unknown", "unknown"]
    assert rows[2]["detail"].startswith("borg did not answer within 1 s; ")
    row = age(world, "zfs:tank", PATH=f"{world.folder}/stubs:{os.path.dirname(world.env['PATH'])}")
    assert (row["state"], row["detail"][:16]) == ("unknown", "zfs is not insta")


@pytest.mark.parametrize("text", ["", "hello", "{}", "[{}]", "[[[", "\0\x1b[31m"])
def test_a_tool_that_prints_something_else_is_unknown(world: World, text: str) -> None:
    for tool in ("restic", "borg"):
        printing(world, tool, text)
    for row in ages(world, "restic:r", "borg:r")[1]:
        assert row["state"] == "unknown"
        assert "printed" in row["detail"]


@pytest.mark.needs("restic")
def test_a_snapshot_that_restic_can_not_read_may_be_the_newest(restic: World) -> None:
    back_up(restic)
    [file] = (restic.folder / "r/snapshots").iterdir()
    file.chmod(0o600)
    file.write_bytes(b"garbage")
    row = age(restic, "restic:r", XDG_CACHE_HOME=str(restic.folder / "none"))
    assert (row["state"], row["detail"]) == (
        "unknown", "restic can't read 1 snapshot of the repository; restic check shows why",
    )  # fmt: skip


def test_an_old_restic_and_its_list_of_any_length(world: World) -> None:
    stub(
        world, "restic",
        f"case \"$*\" in *latest*) echo '{SNAPSHOT}';; *) head -c 17000000 /dev/zero;; esac",
    )  # fmt: skip
    row = age(world, "restic:r")
    assert (row["newest"], row["count"]) == ("2020-01-02T03:04:05Z", None)
    stub(
        world, "restic",
        'case "$*" in *"--latest=1 --host=nas --tag=a,b") echo "[]";; *latest*) exit 1;;'
        " *) head -c 17000000 /dev/zero;; esac",
    )  # fmt: skip
    row = age(world, "restic:r", "--host", "nas", "--tag", "a", "--tag", "b")
    assert row["detail"] == "none of its snapshots has that host and tag"
    stub(
        world, "restic",
        'case "$*" in *latest*) echo "unknown flag: --latest" >&2; exit 1;;'
        " *) head -c 17000000 /dev/zero;; esac",
    )  # fmt: skip
    assert "longer than 16 MiB" in age(world, "restic:r")["detail"]
    printing(world, "restic", "", 1, "Fatal: unknown flag: --json\n")
    assert age(world, "restic:r")["detail"].startswith("this restic is too old")


# settings


def test_lines_of_checks_name_the_sources(world: World) -> None:
    stub(world, "restic", f"echo '{SNAPSHOT}'")
    (world.folder / "my backup").mkdir()
    (world.folder / "my backup/x").write_text("x")
    world.settings(
        "[checks]\nservice = nas.lan\nbackup = restic:/srv/r --max 99y\nbackup = restic:/srv/s\n"
        f"backup = '{world.folder}/my backup/*' --warn 1h\n"
    )
    rows = ages(world)[1]
    assert [(row["backup"], row["state"], row["max"]) for row in rows] == [
        ("restic:/srv/s", "critical", 93_600),
        ("restic:/srv/r", "ok", 99 * 365 * 86_400),
        (f"{world.folder}/my backup/*", "ok", 93_600),
    ]
    assert [row["state"] for row in ages(world, "--max", "98y")[1]] == ["ok"] * 3
    world.settings("[checks]\nbackup_max = 97y\nbackup = restic:/srv/s\n")
    assert [row["state"] for row in ages(world)[1]] == ["ok"]
    assert [row["max"] for row in ages(world, "--max", "96y")[1]] == [96 * 365 * 86_400]
    world.settings("[checks]\nbackup = no\n")
    assert "restic" not in world.run("backup", "age").stdout
    world.settings("[checks]\nbackup = restic:/srv/r --warn 97y\nbackup_max = 98y\n")
    assert age(world)["max"] == 98 * 365 * 86_400
    assert age(world, "--max", "99y")["max"] == 99 * 365 * 86_400


@pytest.mark.parametrize(
    ("line", "why"),
    [("kopia:/srv", "unknown tool 'kopia'"), ("'x", "a quote is not closed"),
     ("x --max never", "--max"), ("x --warn 3d", "--warn must be shorter"),
     ("x --host nas", "--host is only for restic"),
     (f"restic:{URL}", "RESTIC_REPOSITORY_FILE"), (f"x borg:{URL}", "set BORG_REPO")],
)  # fmt: skip
def test_a_wrong_line_is_named(world: World, line: str, why: str) -> None:
    path = world.settings(f"[checks]\nbackup = {line}\n")
    done = world.run("backup", "age")
    assert (done.returncode, done.stdout) == (78, "")
    assert f"{path}:2: " in done.stderr
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr + world.run("config").stdout


def test_wrong_options(world: World) -> None:
    for words in (
        ["nas:/srv"],
        ["zfs:-r"],
        ["x", "--warn", "3d"],
        ["x", "--host", "n"],
        ["x", "-r"],
    ):
        done = world.run("backup", "age", *words)
        assert (done.returncode, done.stdout) == (2, ""), words
    assert "hunter2" not in world.run("backup", "age", f"al:hunter2@{URL}").stderr


def test_the_columns_fit_a_terminal(world: World) -> None:
    (world.folder / "x").write_text("x")
    text = at_a_terminal(world, "backup", "age", str(world.folder / "x"), "none")
    assert "BACKUP" in text
    assert "does not exist" in text


# root


@pytest.mark.needs("root")
def test_root_uses_nothing_that_another_account_can_change(
    world: World, everyones: str, u1: Account
) -> None:
    stub(world, "btrbk", "touch ran")
    for name in ("r.conf", "b.conf", "repository"):
        (world.folder / name).write_text("snapshot_root\t/srv\nretain\ta\t1\n")
        u1.owns(world.folder / name)
    for source in ("rsnapshot:r.conf", "btrbk:b.conf", "restic:"):
        row = age(world, source, RESTIC_REPOSITORY_FILE="repository")
        assert row["state"] == "unknown"
        assert "belongs to another account" in row["detail"]
    stubs = world.folder / "stubs"
    u1.owns(stub(world, "restic", "touch ran"), stubs)
    assert "root does not run" in age(world, "restic:r")["detail"]
    assert not (world.folder / "ran").exists()
