"""Which program runs, by its name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from homelab.system import ownership
from homelab.system.executable import executable, search_path


def _program(folder: Path, name: str, mode: int = 0o755) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_the_first_executable_file_in_the_path_is_it(tmp_path: Path) -> None:
    _program(tmp_path / "a", "tool", 0o644)
    (tmp_path / "b/tool").mkdir(parents=True)
    right = _program(tmp_path / "c", "tool")
    _program(tmp_path / "d", "tool")
    path = ":".join(str(tmp_path / name) for name in "zabcd")
    assert executable("tool", path) == str(right)
    assert executable("nosuchtool", path) is None


def test_usual_folders_follow_and_the_working_directory_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "tool")
    monkeypatch.chdir(tmp_path)
    path = search_path(":.:bin:/bin:/opt/x/bin")
    assert path.split(":")[:3] == ["/bin", "/opt/x/bin", "/usr/local/sbin"]
    assert path.split(":").count("/bin") == 1
    assert executable("tool", path) is None
    assert executable("sh", search_path("")) is not None


@pytest.mark.needs("root")
def test_root_gets_no_program_that_others_can_write_to(tmp_path: Path) -> None:
    path = _program(tmp_path / "a", "tool")
    assert executable("tool", str(tmp_path / "a")) == str(path)
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    with pytest.raises(ownership.Untrusted):
        executable("tool", str(tmp_path / "a"))
    os.chmod(path, 0o755)
    os.chown(path, 12345, -1)
    with pytest.raises(ownership.Untrusted):
        executable("tool", str(tmp_path / "a"))
