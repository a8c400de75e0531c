"""The output of backup tools of several versions, and the verdict on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab import times
from homelab.backups import borg, btrbk, judge, reasons, repository, restic, rsnapshot, zfs
from homelab.backups.judge import Limits
from homelab.backups.snapshot import Inventory, Snapshot, Unreadable, newest
from homelab.backups.source import source

RECORDED = Path(__file__).parent / "recorded"
HOUR = 3600 * times.SECOND
NOW = times.moment("2026-11-29T12:00:00Z", 0)


def _recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


@pytest.mark.parametrize(("version", "count", "size"), [("0.9", 2, None), ("0.17", 1, 5368709120)])
def test_the_list_of_each_restic_is_read(version: str, count: int, size: int | None) -> None:
    found = restic.snapshots(_recorded(f"restic-{version}.json"))
    last = newest(found)
    assert last is not None
    assert (len(found), last.name, last.host, last.size) == (count, "8f2a1d3b", "nas", size)
    assert times.rfc3339(last.moment) == "2026-11-29T01:15:02.918273645Z"
    if version == "0.9":
        assert restic.chosen(found, ["nas"], ["daily"]) == [last]
        assert restic.chosen(found, ["pi"], []) == []


@pytest.mark.parametrize("text", [b"[]", b"null", b"[]\n"])
def test_an_empty_list_of_restic_has_no_snapshot(text: bytes) -> None:
    assert restic.snapshots(text) == []


@pytest.mark.parametrize(
    "text",
    [b"", b"repository opened", b"{}", b"3", b'[{"time":"yesterday"}]', b"[" * 5000, b"\xff\xfe",
     b'[{"time":"0001-01-01T00:00:00Z"}]', b"[[]]"],
)  # fmt: skip
def test_another_output_of_restic_is_unreadable(text: bytes) -> None:
    with pytest.raises(Unreadable):
        restic.snapshots(text)


@pytest.mark.parametrize(
    ("version", "name", "moment", "checkpoints"),
    [
        ("1.1", "nas-2026-11-28", "2026-11-28T02:15:03Z", 1),
        ("2.0", "nas", "2026-11-29T01:15:03Z", 0),
    ],
)
def test_the_list_of_each_borg_is_read(
    version: str, name: str, moment: str, checkpoints: int
) -> None:
    """A time of borg 1 has no zone; the tool ran with TZ=UTC."""
    found, skipped = borg.archives(_recorded(f"borg-{version}.json"))
    last = newest(found)
    assert last is not None
    assert (last.name, times.rfc3339(last.moment), skipped) == (name, moment, checkpoints)


@pytest.mark.parametrize("text", [b"", b"[]", b'{"archives":3}', b'{"archives":[{"name":"x"}]}'])
def test_another_output_of_borg_is_unreadable(text: bytes) -> None:
    with pytest.raises(Unreadable):
        borg.archives(text)


def test_checkpoints_are_known_by_their_names() -> None:
    assert all(map(borg.is_checkpoint, ("nas.checkpoint", "nas.checkpoint.1", "a.checkpoint.12")))
    assert not any(map(borg.is_checkpoint, ("nas", "checkpoint", "nas.checkpoint.old", "nas.1")))


def test_versions_of_borg() -> None:
    texts = ("borg 1.2.4", "borg 2.0.0b12", "borg 1.0.13\n", "", "borg", "x y.z")
    assert [borg.version(text) for text in texts] == [(1, 2), (2, 0), (1, 0)] + [(0, 0)] * 3


def test_snapshots_of_zfs() -> None:
    text = "tank@a b\t1795465834\ntank@daily-2\t1795465835\ntank/x@y\t1795465836\n"
    found = zfs.snapshots(text)
    assert [(each.name, each.moment // times.SECOND) for each in found["tank"]] == [
        ("a b", 1795465834), ("daily-2", 1795465835),
    ]  # fmt: skip
    assert list(found) == ["tank", "tank/x"]
    for wrong in ("no datasets available\n", "tank\t1\n", "tank@a\tSun Nov 29\n", "tank@a\n"):
        with pytest.raises(Unreadable):
            zfs.snapshots(wrong)


def test_times_in_names_of_btrbk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    for name, moment in (
        ("/mnt/home.20261129T0215", "2026-11-29T02:15:00Z"),
        ("home.20261129T021503+0100", "2026-11-29T01:15:03Z"),
        ("home.20261129T021503Z_2", "2026-11-29T02:15:03Z"),
        ("a.b.20261129T0215_1.btrfs.gz.gpg", "2026-11-29T02:15:00Z"),
    ):
        assert times.rfc3339(btrbk.made(name)) == moment
    for wrong in ("home", "home.2026", "home.20261129T02", "home.20261345", "home.20261129_x", ""):
        with pytest.raises(ValueError):
            btrbk.made(wrong)


def test_the_settings_of_rsnapshot_with_included_files() -> None:
    conf = rsnapshot.Conf()
    files = {"/etc/levels": "retain\thourly\t6\nretain\tdaily\t7\n"}
    text = "#retain\tx\t1\nsnapshot_root\t\t/srv/snap/\t# disk\n"
    text += "include_conf\t/etc/levels\nsync_first\t1\n"
    rsnapshot.read(text, conf, files.__getitem__)
    assert conf.root == "/srv/snap"
    names = ("hourly.0", "daily.6", ".sync", "weekly.0", "hourly.2026", "_delete.9", "hourly")
    assert [name for name in names if conf.has(name)] == ["hourly.0", "daily.6", ".sync"]
    assert not conf.runs
    with pytest.raises(Unreadable):
        rsnapshot.read(
            "include_conf\tx\ninclude_conf\tx\n", conf, lambda _: "include_conf\tx\n" * 9
        )


AGES = [
    (0, "ok"), (25, "ok"), (26, "ok"), (26.01, "critical"), (-0.1, "ok"), (-1, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "state"), AGES)
def test_the_verdict_by_age(hours: float, state: str) -> None:
    """A clock may be 10 minutes ahead; a later time says nothing about the age."""
    inventory = Inventory("x", Snapshot("a", NOW - int(hours * HOUR)), 1)
    row = judge.judged("restic", inventory, Limits(), NOW)
    assert row.state == state
    assert (row.age is None) == (state == "unknown")


def test_a_warning_comes_before_the_limit() -> None:
    inventory = Inventory("x", Snapshot("a", NOW - 25 * HOUR), 1)
    row = judge.judged("restic", inventory, Limits(warn=24 * HOUR), NOW)
    assert (row.state, row.detail) == ("warning", "older than 24 h; a, the only snapshot")


def test_a_source_that_was_read_in_part_is_critical_never() -> None:
    """A newer backup may be in the part that could not be read."""
    old = Inventory("x", Snapshot("a", NOW - 30 * HOUR), 1, trouble="/srv/x can't be read")
    new = Inventory("x", Snapshot("a", NOW), 1, trouble="/srv/x can't be read")
    states = [judge.judged("path", each, Limits(), NOW).state for each in (old, new)]
    assert states == ["unknown", "ok"]


MASKED = [
    ("/srv/restic", "/srv/restic"),
    ("/srv/@data:x", "/srv/@data:x"),
    ("sftp:borg@nas.lan:/srv", "sftp:borg@nas.lan:/srv"),
    ("sftp://borg@nas.lan:22//srv/r", "sftp://borg@nas.lan:22//srv/r"),
    ("ssh://al:pw@nas.lan/./r", "ssh://…@nas.lan/./r"),
    ("ssh://al:p/w@nas.lan/r", "ssh://…@nas.lan/r"),
    ("rest:https://al:pw@nas.lan:8000/r/", "rest:https://…@nas.lan:8000/r/"),
    ("rest:https://token@nas.lan/r", "rest:https://…@nas.lan/r"),
    ("rest:https://nas.lan/r?token=pw", "rest:https://nas.lan/r?token=…"),
    ("s3:https://s3.lan/bucket/path", "s3:https://s3.lan/bucket/path"),
    ("s3:KEY:pw@/bucket", "s3:…@/bucket"),
    ("b2:bucket:path", "b2:bucket:path"),
    ("rclone:nas:path", "rclone:nas:path"),
    ("rclone::sftp,host=nas,pass=pw:/srv", "rclone::sftp,…:/srv"),
    ("rclone:nas,pass='p:w':/srv", "rclone:nas,…"),
]


@pytest.mark.parametrize(("text", "shown"), MASKED)
def test_a_repository_is_shown_without_its_password(text: str, shown: str) -> None:
    assert repository.masked(text) == shown
    assert repository.has_secret(text) == ("…" in shown)


def test_texts_of_tools_are_shown_without_secrets() -> None:
    where = "rest:https://al:pw@nas.lan/r"
    env = {
        "RESTIC_PASSWORD": "hunter2",
        "AWS_SECRET_ACCESS_KEY": "abcd1",
        "RESTIC_PASSWORD_FILE": "/f",
    }
    hidden = repository.secrets(env)
    text = f"Fatal: {where}: hunter2 abcd1 /f 'https://u:x@h/"
    assert repository.cleaned(text, where, hidden) == (
        "Fatal: rest:https://…@nas.lan/r: … … /f 'https://…@h/"
    )


def test_a_long_name_is_no_password() -> None:
    assert not repository.has_secret("a" * 5000)
    assert source("./rest:https://al:pw@nas/r").shown == "…://…@nas/r"


REASONS = [
    ("restic", 12, "", "unknown", "wrong password"),
    ("restic", 10, "", "missing", "no repository"),
    ("restic", 11, "", "unknown", "locked"),
    ("restic", 1, "Fatal: unable to open config file: stat /x/config: no such file or directory\n",
     "missing", "no repository"),
    ("restic", 1, "dial tcp: connect: connection refused\nIs there a repository\n", "unknown",
     "refuses the connection"),
    ("restic", 1, '{"message_type":"exit_error","message":"Fatal: boom"}', "unknown", "boom"),
    ("borg", 2, "Failed to create/acquire the lock /r/lock.exclusive.", "unknown", "locked"),
    ("restic", 1, "Fatal: unable to open config file: The specified key does not exist.\n",
     "missing", "no repository"),
    ("restic", 1, "Fatal: open /etc/ca.pem: no such file or directory\n", "unknown", "ca.pem"),
    ("restic", 1, "Fatal: Stat: Access Denied.\nIs there a repository\n", "unknown", "refuses"),
    ("restic", 1, "Fatal: config cannot be loaded: unsupported repository version\n", "unknown",
     "too old for the repository"),
    ("borg", 2, "Repository /r does not exist.", "missing", "no repository"),
    ("borg", 2, "Error: [Errno 2] No such file or directory: '/home/x/.cache/borg'", "unknown",
     "/home/x/.cache/borg"),
    ("borg", 2, "Failed to create/acquire the lock /r/lock.exclusive ([Errno 13] Permission denied",
     "unknown", "permission denied"),
    ("borg", 2, "Got unexpected RPC data format from server:\nWelcome!\n", "unknown", "prints"),
    ("borg", 2, "Remote: bash: line 1: borg: command not found\nConnection closed by remote host.",
     "unknown", "no borg"),
    ("borg", 2, 'error: argument REPOSITORY_OR_ARCHIVE: Invalid location format: ""', "unknown",
     "no repository is named"),
    ("zfs", 1, "cannot open 'tank': dataset does not exist", "missing", "no such dataset"),
    ("zfs", 1, "The ZFS modules are not loaded.", "unknown", "not loaded"),
    ("x", 3, "", "unknown", "x failed with exit code 3"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "code", "errors", "kind", "words"), REASONS)
def test_the_reason_for_no_answer(tool: str, code: int, errors: str, kind: str, words: str) -> None:
    found = reasons.reason(tool, code, errors, errors)
    assert found[0] == kind
    assert words in found[1]


SENTENCES = [
    ("", ""),
    ("noise\nthe end\n\n", "the end"),
    ("warning\nFatal: unable to open: x\nIs there a repository?\n/srv", "unable to open: x"),
    ("panic: out of range\n\ngoroutine 1 [running]:\nmain.go:98 +0x151", "panic: out of range"),
    (("Local Exception\nTraceback (most recent call last):\n  File x\n    y\nValueError: z\n\n"
     "Platform: Linux\nSSH_ORIGINAL_COMMAND: None\n"), "ValueError: z"),
    ('{"message_type":"exit_error","code":1,"message":"Fatal: boom\\nmore"}\n', "boom"),
    ("{not JSON", "{not JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), SENTENCES)
def test_the_line_that_says_what_is_wrong(text: str, words: str) -> None:
    assert reasons.sentence(text) == words


def test_lines_in_front_of_the_list_are_left_out() -> None:
    message = b'{"message_type":"status"}\n[10:00] begin\n'
    assert restic.snapshots(message + b"[]\n") == []
    assert restic.snapshots(message + b"null\n") == []
    assert borg.archives(b'wrapper: begin\n{\n "archives": []\n}\n') == ([], 0)
    with pytest.raises(Unreadable):
        restic.snapshots(b"[\n" * 100_000)


def test_what_btrbk_could_not_read_is_unknown() -> None:
    """It names a URL in another form than in its list."""
    text = (
        'WARNING: Skipping target "nas.lan[22]:/x": Failed to fetch subvolume detail\n'
        "WARNING: ... SSH command failed (exitcode=255)\n"
        'WARNING: ... (note: option "ssh_identity" is not set, using ssh defaults)\n'
        "WARNING: ... ssh: connect to host nas.lan port 22: No route to host\n"
        'ERROR: Skipping volume "pi:/mnt": it is gone\n'
        'WARNING: Skipping subvolume "": ?\n'
    )
    target, volume = btrbk.skipped(text)
    assert (target.place, target.reason) == ("nas.lan[22]:/x", "No route to host")
    assert (volume.place, volume.reason) == ("pi:/mnt", "it is gone")
    assert target.concerns(btrbk.Pair("/mnt/home", "ssh://nas.lan:22/x", ""))
    assert not target.concerns(btrbk.Pair("/mnt/home", "ssh://nas.lan/x", ""))
    assert volume.concerns(btrbk.Pair("ssh://pi/mnt/home", "/srv", ""))
    assert not volume.concerns(btrbk.Pair("ssh://pi/mnt2/home", "/srv", ""))


def test_the_newest_backup_of_btrbk_counts_in_any_order() -> None:
    row = "source_url='/home' target_url='/srv/home.2026112{}' snapshot_subvolume=''\n"
    config = "source_url='/home' target_url='/srv'\n"
    for days in ("789", "987", "897"):
        [pair] = btrbk.pairs(config, "".join(map(row.format, days)))
        assert pair.latest == "/srv/home.20261129"


@pytest.mark.parametrize(
    ("text", "tool", "where"),
    [("restic:/srv/r", "restic", "/srv/r"), ("restic:", "restic", ""), ("./a:b", "path", "./a:b"),
     ("/srv/a:b", "path", "/srv/a:b"), ("*.tar", "path", "*.tar"), ("zfs:a/b c", "zfs", "a/b c"),
     ("borg:ssh://b@[::1]/r", "borg", "ssh://b@[::1]/r"),
     ("btrbk:", "btrbk", "/etc/btrbk/btrbk.conf"), ("rsnapshot:/srv", "rsnapshot", "/srv")],
)  # fmt: skip
def test_a_source_is_a_tool_or_a_path(text: str, tool: str, where: str) -> None:
    found = source(text)
    assert (found.tool, found.where) == (tool, where)


@pytest.mark.parametrize(
    "text", ["", " ", "kopia:/srv", "nas:/srv", "zfs:", "zfs:-r", "zfs:a@", "\0", "borg:/r::nas"]
)
def test_another_source_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        source(text)
