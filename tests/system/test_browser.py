"""Opening a file with the host's program, without an effect on the run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from support.reading import until
from support.world import ROOT

# Writes its command line and environment, and then keeps running, like a browser.
FAKE = """#!/bin/sh
held=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2)
printf '%s\\n' "$0" "$@" "$held" "$PWD" >"$SAID.new"
mv "$SAID.new" "$SAID"
exec sleep 5
"""


@pytest.fixture
def host(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "bin").mkdir()
    return {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "SAID": str(tmp_path / "said")}


def has(host: dict[str, str], *names: str) -> None:
    for name in names:
        path = Path(host["PATH"].split(":")[0], name)
        path.write_text(FAKE)
        path.chmod(0o755)


OPEN = """
import os, sys
sys.platform = os.environ["PLATFORM"]
from homelab.system import browser
print(browser.open_file(sys.argv[1], os.environ))
"""


def called(
    host: dict[str, str], path: str = "/tmp/a b.html", platform: str = "linux", **env: str
) -> list[str]:
    """The command line of the program that opened a file; empty if none was started. The run does
    not wait for it, and it holds none of the run's streams, so that `$(homelab … --open)`
    returns."""
    said = Path(host["SAID"])
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", OPEN, path],
        env={**host, **env, "PLATFORM": platform, "PYTHONPATH": str(ROOT)},
        cwd=said.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert time.monotonic() - began < 4.5  # the fake runs for 5
    if done.stdout == "False\n":
        return []
    assert until(said.exists)
    name, *words = said.read_text().splitlines()
    assert words[-4:] == ["/dev/null", "/dev/null", "/dev/null", "/"]
    return [os.path.basename(name), *words[:-4]]


@pytest.mark.parametrize(
    ("there", "env", "expected"),
    [
        (["xdg-open"], {"DISPLAY": ":0"}, ["xdg-open", "/tmp/a b.html"]),
        (["xdg-open"], {"WAYLAND_DISPLAY": "wayland-0"}, ["xdg-open", "/tmp/a b.html"]),
        (["xdg-open"], {}, []),  # it would start a text browser
        (["gio"], {"DISPLAY": ":0"}, ["gio", "open", "/tmp/a b.html"]),
        (["wslview", "xdg-open"], {"WSL_DISTRO_NAME": "x", "DISPLAY": ":0"},
         ["wslview", "/tmp/a b.html"]),
        (["termux-open"], {"TERMUX_VERSION": "0.118"}, ["termux-open", "/tmp/a b.html"]),
        (["fire", "xdg-open"], {"BROWSER": "fire", "DISPLAY": ":0"},
         ["fire", "file:///tmp/a%20b.html"]),
        (["fire"], {"BROWSER": "nosuch:w3m:lynx %s:fire --new %s"},
         ["fire", "--new", "file:///tmp/a%20b.html"]),
        (["w3m", "lynx", "links"], {"BROWSER": "w3m:/usr/bin/lynx %s:links"}, []),
        (["fire"], {"BROWSER": "'fire"}, []),
        (["open"], {"DISPLAY": ":0"}, []),  # on other systems than macOS, openvt of the console
        ([], {"BROWSER": "", "DISPLAY": ":0"}, []),
    ],
)  # fmt: skip
def test_what_is_started(
    there: list[str], env: dict[str, str], expected: list[str], host: dict[str, str]
) -> None:
    has(host, *there)
    host["PATH"] = host["PATH"].split(":")[0] + ":/nonexistent"
    bin = Path(host["PATH"].split(":")[0])
    for tool in ("sh", "readlink", "mv", "sleep", "pwd"):
        (bin / tool).symlink_to(f"/bin/{tool}")
    assert called(host, **env) == expected


def test_a_mac_has_open(host: dict[str, str]) -> None:
    has(host, "open")
    assert called(host, platform="darwin") == ["open", "/tmp/a b.html"]


def test_programs_that_can_not_be_started_are_skipped(host: dict[str, str]) -> None:
    has(host, "xdg-open")
    broken = Path(host["PATH"].split(":")[0], "fire")
    broken.write_text("no program")
    broken.chmod(0o755)
    assert called(host, BROWSER="fire", DISPLAY=":0")[0] == "xdg-open"


@pytest.mark.parametrize("name", ["-x.html", "a'b\".html", "ö %41#?.html", "\udcff.html"])
def test_any_name_of_a_file(name: str, host: dict[str, str], tmp_path: Path) -> None:
    has(host, "fire")
    _, address = called(host, name, BROWSER="fire")
    assert address.isascii()
    assert unquote_to_bytes(address) == b"file://" + os.fsencode(tmp_path / name)
