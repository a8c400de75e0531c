"""Files that the caller has opened for homelab (the shell's `<(…)`, stdin) are read, within a time
limit; other names below /proc are ordinary paths."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode

import pytest
from fakes.loki.server import FakeLoki
from support.world import World

from homelab.net import trust

WORD = "hunter2geheim"
HEADERS = {
    "TOKEN": f"Bearer {WORD}",
    "PASSWORD": "Basic " + b64encode(f"al:{WORD}".encode()).decode(),
}


@pytest.mark.needs("bash")
@pytest.mark.parametrize("what", HEADERS)
@pytest.mark.parametrize(
    "script",
    [
        'HOMELAB_LOKI_@_FILE=<(echo "$WORD") "$0" logs labels',
        'echo "$WORD" | HOMELAB_LOKI_@_FILE=/dev/stdin "$0" logs labels',
        'echo "$WORD" | HOMELAB_LOKI_@_FILE=/proc/self/fd/0 "$0" logs labels',
        'HOMELAB_LOKI_@_FILE=/dev/fd/7 "$0" logs labels 7<<<"$WORD"',
    ],
)
def test_a_secret_that_the_shell_opened_is_read(
    world: World, loki: FakeLoki, what: str, script: str
) -> None:
    """With `<(pass show loki)` the secret is in no file on a disk."""
    world.env.update(HOMELAB_LOKI_URL=loki.url, WORD=WORD)
    if what == "PASSWORD":
        world.env["HOMELAB_LOKI_USERNAME"] = "al"
    command = ["bash", "-c", script.replace("@", what), world.pyz]
    done = subprocess.run(command, env=world.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert loki.requests[0].header("Authorization") == HEADERS[what]


@pytest.mark.parametrize("trusted", [False, True])
def test_the_cas_that_the_shell_opened_are_read(trusted: bool) -> None:
    """With `--ca-file <(…)` and HOMELAB_LOKI_CA_FILE, OpenSSL gets a copy, as of any file."""
    reader, writer = os.pipe()
    os.write(writer, b"-----BEGIN")
    os.close(writer)

    def load(path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read()

    with open(reader, "rb"):
        assert trust.loaded(f"/dev/fd/{reader}", load, 5.0, trusted) == b"-----BEGIN"


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "-"])
@pytest.mark.parametrize("verb", ["service check --file", "self hosts --from"])
def test_a_list_whose_end_does_not_come_is_waited_for_no_longer_than_the_timeout(
    world: World, name: str, verb: str
) -> None:
    reader, writer = os.pipe()  # nobody closes its other end
    os.write(writer, b"http://127.0.0.1:1/\n")
    done = subprocess.run(
        [world.pyz, *verb.split(), name, "--timeout", "1s"],
        env=world.env, stdin=reader, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(reader)
    os.close(writer)
    assert (done.returncode, done.stdout) == (2, "")
    assert "can't be read: it did not end within 1 s" in done.stderr


@pytest.mark.needs("root")
def test_a_file_of_another_account_below_proc_is_not_written_to(world: World) -> None:
    theirs = world.folder / "theirs"
    theirs.mkdir()
    (theirs / "report").write_text("before")
    for path in (theirs, theirs / "report"):
        os.chown(path, 54321, 54321)
    for link in ("/proc/self/root", "/proc/1/root", "/proc/self/task/../root"):
        done = world.run("usage", "report", "-o", f"{link}{theirs}/report")
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
    assert (theirs / "report").read_text() == "before"
    assert sorted(os.listdir(theirs)) == ["report"]
