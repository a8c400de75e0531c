"""The environment of one run."""

from __future__ import annotations

import subprocess

import pytest
from support.other_clock import faketime
from support.world import World


@pytest.mark.needs("faketime")
@pytest.mark.parametrize(
    ("moment", "words"),
    [("2299-01-01", "no runs since 2262-03-"), ("1970-01-01", "no runs since 1970-01-01")],
)  # fmt: skip
def test_a_wrong_clock_is_not_a_bug(moment: str, words: str, world: World) -> None:
    """C14: a board without a clock battery starts in any year."""
    done = subprocess.run(
        [*faketime("-m", f"{moment} 00:00:01"), world.pyz, "usage", "top"],
        env={**world.env, "PATH": "/usr/bin:/bin", "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.needs("faketime")
@pytest.mark.parametrize("words", ["host status", "check", "disk health", "backup age file"])
def test_no_check_fails_in_the_year_2299(words: str, world: World) -> None:
    (world.folder / "file").write_text("a backup")
    done = subprocess.run(
        [*faketime("-m", "2299-01-01 00:00:01"), world.pyz, *words.split()],
        env={**world.env, "PATH": "/usr/bin:/bin", "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
        cwd=world.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1, 69)
    assert "a bug in homelab" not in done.stdout + done.stderr
