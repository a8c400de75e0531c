"""The problems that `homelab check` leaves for `job run`."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab.jobs import problems_file, store
from homelab.jobs.problems_file import VARIABLE


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of an account with a folder of jobs."""
    env = {"HOME": str(tmp_path)}
    Path(store.folder(env)).mkdir(parents=True, mode=0o700)
    return env


def test_the_problems_of_a_job_are_read_back(env: dict[str, str]) -> None:
    folder = store.folder(env)
    assert problems_file.read(folder, "nightly") is None
    env[VARIABLE] = problems_file.path(folder, "nightly")
    problems_file.write(env, ["unit b critical", "unit a\n warning", "unit b critical"])
    assert problems_file.read(folder, "nightly") == ("unit a? warning", "unit b critical")


@pytest.mark.parametrize("place", ["/{home}/x.problems", "{jobs}/x.json", "{jobs}/in/x.problems",
                                   "x.problems", "{jobs}/../jobs/x.problems"])  # fmt: skip
def test_nothing_is_written_outside_the_folder_of_jobs(place: str, env: dict[str, str]) -> None:
    """Root runs `check` with an environment that another account may have chosen."""
    folder = Path(store.folder(env))
    (folder / "in").mkdir()
    env[VARIABLE] = place.format(home=env["HOME"], jobs=folder)
    problems_file.write(env, ["unit a critical"])
    assert not list(Path(env["HOME"]).rglob("x.*"))


def test_a_folder_that_others_can_change_is_not_used(env: dict[str, str]) -> None:
    folder = store.folder(env)
    Path(folder).chmod(0o777)
    env[VARIABLE] = problems_file.path(folder, "nightly")
    problems_file.write(env, ["unit a critical"])
    assert problems_file.read(folder, "nightly") is None
