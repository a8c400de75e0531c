"""Notices about a job for a person: by a real server, by a command, and when."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.switch import SECRET, Switch
from support.world import World

from homelab.jobs import notify, record
from homelab.jobs.web_request import Address, WebRequest, address, not_arrived

STARTED = 1_795_000_000 * 10**9


@pytest.fixture(scope="module")
def server() -> Iterator[Switch]:
    made = Switch()
    yield made
    made.close()


@pytest.fixture
def hook(server: Switch) -> Switch:
    server.seen.clear()
    server.hook = lambda _: (200, b"{}", {"Content-Type": "application/json"})
    return server


def notice(code: int, previous: str = "", output: bytes = b"") -> notify.Notice:
    was = None
    if previous:
        was = record.begun(None, "backup", STARTED - 10**12, 0)
        was.exit = 0 if previous == "ok" else int(previous.split()[1])
        record.ended(was, 1)
    made = record.begun(was, "backup", STARTED, 0)
    made.exit = code
    made.attempts = 1
    record.ended(made, 2_500_000_000)
    return notify.Notice(made, "nas", "job 'backup' failed with exit code 3", output)


def sent(line: str, told: notify.Notice) -> tuple[str, dict[str, str], bytes]:
    request = notify.request(address(line, notify.KINDS), told)
    return request.url, dict(request.headers), request.body


@pytest.mark.parametrize(
    "line", ["https://ntfy.sh/lab", "https://ntfy.lan/lab", "ntfy:https://ntfy.sh/lab"]
)
def test_ntfy_gets_the_text_and_its_headers(line: str) -> None:
    url, headers, body = sent(line, notice(3, output=b"no space\x1b[31m\n"))
    assert url == line.removeprefix("ntfy:")
    assert headers["Title"] == "backup failed (exit 3) on nas"
    assert headers["Priority"] == "4"
    assert body.decode() == "job 'backup' failed with exit code 3\n\nno space[31m\n"


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("gotify:https://g.lan/?token=x", "https://g.lan/message?token=x"),
        ("https://g.lan/sub/message?token=x", "https://g.lan/sub/message?token=x"),
        ("https://gotify.lan/message", "https://gotify.lan/message"),
    ],
)
def test_gotify_gets_a_message(line: str, url: str) -> None:
    asked, headers, body = sent(line, notice(0, "exit 3"))
    assert (asked, headers["Content-Type"]) == (url, "application/json")
    document = json.loads(body)
    assert (document["title"], document["priority"]) == ("backup is ok on nas", 4)


def test_chats_get_their_one_field() -> None:
    for line in ("https://discord.com/api/webhooks/1/x", "discord:https://h/x"):
        document = json.loads(sent(line, notice(3, output=b"x" * 5000))[2])
        assert list(document) == ["content"]
        assert len(document["content"]) < 2000
    for line in ("https://hooks.slack.com/services/T/B/x", "slack:https://m.lan/hooks/x"):
        assert list(json.loads(sent(line, notice(3))[2])) == ["text"]


def test_a_webhook_gets_fixed_fields() -> None:
    document = json.loads(sent("https://h.lan/x", notice(3, "ok", b"why\n"))[2])
    assert document == {
        "schema": "homelab.job-notice/1",
        "job": "backup",
        "host": "nas",
        "ok": False,
        "result": "exit 3",
        "was": "ok",
        "exit": 3,
        "attempts": 1,
        "started": "2026-11-18T11:06:40Z",
        "took": 2.5,
        "reason": "job 'backup' failed with exit code 3",
        "title": "backup failed (exit 3) on nas",
        "text": "job 'backup' failed with exit code 3\n\nwhy\n",
    }
    assert isinstance(address("webhook:https://ntfy.sh/x", notify.KINDS), Address)
    assert b"homelab.job-notice" in sent("webhook:https://ntfy.sh/x", notice(3))[2]


@pytest.mark.parametrize(
    ("previous", "code", "on_change", "due"),
    [
        ("", 0, False, False),
        ("", 3, False, True),
        ("ok", 0, False, False),
        ("exit 3", 3, False, True),
        ("exit 3", 0, False, True),
        ("", 0, True, False),
        ("", 3, True, True),
        ("exit 3", 3, True, False),
        ("exit 3", 4, True, True),
        ("exit 3", 0, True, True),
    ],
)
def test_when_a_notice_is_due(previous: str, code: int, on_change: bool, due: bool) -> None:
    told = notice(code, previous).record
    assert notify.is_due(told, None, on_change) is due


def test_an_undelivered_notice_is_sent_again() -> None:
    was = notice(3).record
    was.unnotified = "HTTP 503"
    again = record.begun(was, "backup", STARTED, 0)
    again.exit = 3
    record.ended(again, 1)
    assert notify.is_due(again, was, on_change=True)


def run(world: World, lines: str, *words: str, code: int = 3) -> subprocess.CompletedProcess[str]:
    """Run a job whose notices go to the address in a file; the address is neither shown nor
    kept."""
    path = world.folder / "notify.url"
    path.write_text(lines)
    path.chmod(0o600)
    command = ["--notify-file", str(path), *words, "--", "sh", "-c", f"echo private; exit {code}"]
    done = world.run("job", "run", "x", *command)
    assert (done.returncode, done.stdout) == (code, "")
    kept = "".join(path.read_text() for path in world.state.rglob("*") if path.is_file())
    assert SECRET not in done.stderr + kept
    assert "canary-token" not in done.stderr + kept
    return done


def test_failure_and_recovery_are_sent_without_secrets(world: World, hook: Switch) -> None:
    lines = f"ntfy:{hook.url}\nAuthorization: Bearer canary-token\n"
    run(world, lines, code=0)
    assert hook.seen == []
    run(world, lines)
    run(world, lines, "--notify-output", code=0)
    failed, well = hook.seen
    assert failed.headers["Title"].startswith("x failed (exit 3)")
    assert failed.headers["Authorization"] == "Bearer canary-token"
    assert failed.body.startswith(b"job 'x' failed with exit code 3 after ")
    assert b"private" not in failed.body
    assert well.headers["Title"].startswith("x is ok")
    assert well.body.startswith(b"job 'x' is ok again after 1 failure in ")
    assert well.body.endswith(b"\n\nprivate\n")


def test_an_undelivered_notice_is_reported_and_sent_by_the_next_run(
    world: World, hook: Switch
) -> None:
    hook.hook = lambda _: (403, b"", {})
    done = run(world, f"webhook:{hook.url}", "--on-change")
    assert done.stderr.splitlines()[0] == (
        "homelab: the notice of job 'x' was not delivered: HTTP 403; its next run tries again"
    )
    (row,) = json.loads(world.run("job", "list", "--json").stdout)["rows"]
    assert row["detail"] == "never ok; notice failed: HTTP 403"
    hook.hook = lambda _: (204, b"", {})
    run(world, f"webhook:{hook.url}", "--on-change")
    assert len(hook.seen) == 2
    run(world, f"webhook:{hook.url}", "--on-change")
    assert len(hook.seen) == 2


def test_a_command_gets_the_notice_by_stdin_and_environment(world: World) -> None:
    out = world.folder / "told"
    command = f'{{ echo "$HOMELAB_JOB $HOMELAB_JOB_RESULT $HOMELAB_JOB_EXIT"; cat; }} > {out}'
    done = world.run(
        "job", "run", "x", "--notify", command, "--notify-output", "--", "sh", "-c",
        "echo why; exit 3",
    )  # fmt: skip
    assert done.returncode == 3
    first, sentence, *rest = out.read_text().splitlines()
    assert first == "x exit 3 3"
    assert sentence.startswith("job 'x' failed with exit code 3 after ")
    assert rest == ["", "why"]


def test_a_command_that_fails_changes_no_exit_code(world: World) -> None:
    command = "echo no mail here >&2; exit 5"
    done = world.run("job", "run", "x", "--notify", command, "--", "false")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        "homelab: the notice of job 'x' was not delivered: its command ended with 5: no mail here;"
        " its next run tries again"
    )


def test_a_url_in_a_command_line_is_refused(world: World, tmp_path: Path) -> None:
    done = world.run("job", "run", "x", "--notify", f"https://h/{SECRET}", "--", "true")
    assert done.returncode == 2
    assert SECRET not in done.stderr
    both = ["--notify", "true", "--notify-file", str(tmp_path / "x")]
    assert world.run("job", "run", "x", *both, "--", "true").returncode == 2
    done = world.run("job", "run", "x", "--notify-file", str(tmp_path / "x"), "--", "true")
    assert done.returncode == 0
    assert done.stderr.startswith("homelab: no notice is sent: ")


def test_slacks_ok_is_accepted_and_a_login_page_is_not() -> None:
    """C23: Slack answers `ok` as text/html."""
    request = WebRequest("https://hooks.slack.com/x", (), b"{}")
    assert not_arrived(request, "text/html", b"ok") == ""
    # a server that repeats the request
    echo = WebRequest("https://x/", notice=True)
    for said in (b'{"ok": false, "job": "bk"}', b'{"id":25,"message":"/dev/md0 not found"}'):
        assert not_arrived(echo, "application/json", said) == ""
        assert not_arrived(request, "application/json", said) != ""
    assert not_arrived(request, "text/html", b"") == ""
    assert not_arrived(request, "text/xml", b'<?xml version="1.0"?><Response/>') == ""
    assert not_arrived(request, "text/plain", b"\n<html>") != ""
    assert not_arrived(request, "text/html", b"Login <form>") != ""


def test_a_notice_that_never_arrives_is_given_up() -> None:
    was = notice(0).record
    was.unnotified, was.untold = "HTTP 503", notify.TRIES - 1
    assert notify.is_due(notice(0).record, was, on_change=False)
    was.untold = notify.TRIES
    assert not notify.is_due(notice(0).record, was, on_change=False)


def test_a_notice_is_still_owed_after_a_run_that_was_killed() -> None:
    was = notice(3).record
    was.unnotified, was.untold = "HTTP 503", 1
    cut = record.begun(was, "backup", STARTED, 0)
    assert (cut.unnotified, cut.untold) == ("HTTP 503", 1)


def test_the_switch_hears_before_a_command_and_the_record_says_not_sent(
    world: World, hook: Switch
) -> None:
    """The command sees the record that a homelab killed at this moment would leave."""
    path = world.folder / "url"
    path.write_text(hook.url)
    path.chmod(0o600)
    hook.hook = lambda _: (403, b"", {})
    copy = world.folder / "copy"
    command = f"cp $(find {world.state} -name x.json) {copy}"
    world.run("job", "run", "x", "--ping-file", str(path), "--notify", command, "--", "false")
    seen = json.loads(copy.read_text())
    assert (seen["unnotified"], seen["ping"]) == ("not sent yet", "HTTP 403")
    (row,) = json.loads(world.run("job", "list", "--json").stdout)["rows"]
    assert "notice" not in row["detail"]


def test_an_attempt_leaves_no_descriptor_behind(world: World) -> None:
    words = ("job", "run", "x", "--retries", "2", "--retry-wait", "1s", "--")
    count = "ls -l /proc/$PPID/fd | grep -cF x.out >>" + str(world.folder / "counts")
    world.run(*words, "sh", "-c", f"{count}; exit 1")
    assert len(set((world.folder / "counts").read_text().split())) == 1
