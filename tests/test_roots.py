"""Every built-in verb on real Debian systems of several releases: as root and as nobody, with and
without /proc, by itself and by a Python for which each warning is an error."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from support.roots import ACCOUNTS, run_in

from homelab.describe.help import exits
from homelab.verbs import BUILT_IN

pytestmark = [
    pytest.mark.long("every verb, six times in each of four Debian releases"),
    pytest.mark.needs("root", "namespaces", "chroot"),
]
# The words for each verb that needs some; the others are run without any.
WORDS = {
    "backup age": ["restic:/srv/r", "borg:/srv/b", "zfs:tank", "/srv/*.pyz", "rsnapshot:"],
    "cert check": ["nosuch.invalid", "/srv/homelab.pyz"],
    "completion": ["bash"],
    "job forget": ["nightly"],
    "job run": ["nightly", "--", "true"],
    "job show": ["nightly"],
    "logs query": ['{job="x"}'],
    "port check": ["127.0.0.1:9", "nosuch.invalid:22"],
    "self hosts": ["nosuch.invalid"],
    "self install": ["--prefix", "/tmp/prefix"],
    "self push": ["--dry-run", "pve1"],
    "self verify": ["/srv/homelab.pyz"],
    "service check": ["http://127.0.0.1:9/", "https://nosuch.invalid/"],
    "unit check": ["ssh", "/"],
    "usage merge": ["/srv/homelab.pyz"],
    "usage release": ["-o", "-", "--yes"],
    "usage report": ["-o", "-"],
    "verbs add": ["/srv", "--dry-run"],
    "verbs describe": ["nas", "df"],
    "verbs new": ["nas/df"],
    "verbs remove": ["nosuch"],
    "verbs run": ["nas", "nosuch"],
    "verbs which": ["version"],
}
ENDED = {0, 1, 2, 69, 77, 78}  # with a message; 70 is a bug


def _python(root: Path) -> str:
    done = run_in(
        root, "root", "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"
    )
    return done.stdout.strip()


def _clean(done: subprocess.CompletedProcess[str]) -> None:
    """Assert that it ended with a message, and with nothing of Python's on stderr."""
    assert done.returncode in ENDED, (done.args, done.stderr)
    for sign in ("Traceback", "Warning", "Exception ignored", "a bug", "Fatal"):
        assert sign not in done.stderr, (done.args, done.stderr)


# Each pair of an account, a /proc and a way to start is in one of these, in every Debian: all
# twelve of them found nothing more, in twice the time.
EVERYWHERE = [
    ("root", "with /proc", "by itself"),
    ("root", "without /proc", "warnings are errors"),
    ("nobody", "without /proc", "by itself"),
    ("nobody", "with /proc", "warnings are errors"),
    ("nameless", "with /proc", "by itself"),
    ("nameless", "without /proc", "warnings are errors"),
]


@pytest.mark.parametrize(("account", "proc", "how"), EVERYWHERE)
def test_every_verb_runs_everywhere(root: Path, account: str, proc: str, how: str) -> None:
    setup = f"mount --rbind /proc {root}/proc;" if proc == "with /proc" else ""
    start = ["/srv/homelab.pyz"]
    if how == "warnings are errors":
        start = ["python3", "-W", "error", "-X", "dev", "/srv/homelab.pyz"]
    for verb in BUILT_IN.every():
        words = [*verb.path.split(" "), *WORDS.get(verb.path, [])]
        done = run_in(root, account, *start, *words, setup=setup)
        _clean(done)
        known = {code for code, _ in exits(verb)} | {1, 2, 78}
        assert done.returncode in known, (words, done.stderr)
        if "--json" in {argument.name for argument in verb.arguments} and not done.returncode:
            done = run_in(root, account, *start, *words, "--json", setup=setup)
            _clean(done)
            assert json.loads(done.stdout)["schema"] == verb.schema


@pytest.mark.parametrize("account", ACCOUNTS)
def test_counted_and_read_back_from_loki_there(root: Path, account: str) -> None:
    with FakeLoki() as loki:
        env = {"HOMELAB_LOKI_URL": loki.url, "HOME": "/tmp/home", "PYTHONWARNINGS": "error"}
        # on a busy machine a sender may end before it has sent: then the next run's sender sends
        # all of it
        script = (
            "mkdir /tmp/home; python3 -W error /srv/homelab.pyz config; made=0;"
            " while /srv/homelab.pyz nosuch; made=$((made + 1)); sleep 1;"
            " ls /tmp/home/.local/state/homelab/outbox | grep -qv lock && [ $made -lt 60 ];"
            " do :; done; echo made $made;"
            " exec python3 -W error /srv/homelab.pyz usage export --csv --no-header --min-users 1"
        )
        done = run_in(root, account, "sh", "-c", script, **env)
    assert done.returncode == 0, done.stderr
    made, *lines = done.stdout.partition("made ")[2].splitlines()
    assert Counter(line.split(",")[2] for line in lines) == {"config": 1, "(unknown)": int(made)}
    assert "Warning" not in done.stderr


def test_a_root_that_is_read_only_and_an_empty_environment(root: Path) -> None:
    setup = f"mount --bind {root} {root}; mount -o remount,bind,ro {root}; umount {root}/tmp;"
    for words in (["version"], ["host", "status"], ["usage", "top"], ["nosuch"]):
        script = (
            f"{setup.replace('umount', 'umount -l')} exec chroot {root} /usr/bin/env -i"
            ' /srv/homelab.pyz "$@"'
        )
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "-", *words],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        _clean(done)
        assert done.stdout or done.stderr


def test_it_installs_itself_there_and_runs(root: Path) -> None:
    script = (
        "/srv/homelab.pyz self install && cd / && homelab version --json &&"
        " homelab self install --uninstall --json && [ ! -e /usr/local/bin/homelab ]"
    )
    setup = f"mount -t tmpfs none {root}/usr/local;"
    done = run_in(root, "root", "sh", "-c", script, setup=setup)
    assert done.returncode == 0, done.stderr
    assert f'"python": "{_python(root)}.' in done.stdout
    assert done.stdout.count("removed") >= 3


def test_the_pythons_are_the_expected_versions(root: Path) -> None:
    """The Pythons are from the oldest supported one to the newest in Debian."""
    expected = {"bullseye": "3.9", "bookworm": "3.11", "trixie": "3.13"}
    found = _python(root)
    assert found == expected.get(root.name, found)
    if root.name == "testing":
        assert tuple(map(int, found.split("."))) >= (3, 14)


def test_bytecode_of_this_python_is_for_this_python_alone(root: Path, pyz: str) -> None:
    """A root with another Python starts from the sources, which alone need zlib."""
    start = 'import sys;exec(open(sys.argv[1],"rb").read(4096))'
    command = ["python3", "-I", "-S", "-v", "-c", start, "/srv/homelab.pyz", "version"]
    shown = run_in(root, "root", *command).stderr
    same = _python(root) == "{}.{}".format(*sys.version_info[:2])
    assert ("import 'zlib'" in shown) != same
