"""Exclusive use of a folder, with kernel locks and without."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from homelab.system.locks import Lock

NAME = "lock"
WITHOUT = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


@contextmanager
def _lock(folder: Path, longest: float = 60.0) -> Iterator[Lock]:
    opened = os.open(folder, os.O_RDONLY)
    file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT)
    try:
        yield Lock(opened, file, NAME, longest)
    finally:
        os.close(file)
        os.close(opened)


def _no_locks(monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOLCK) -> None:
    def refused(file: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)


@pytest.mark.parametrize("number", [0, *WITHOUT])
def test_one_process_has_the_lock_at_a_time(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C5."""
    if number:
        _no_locks(monkeypatch, number)
    with _lock(tmp_path) as first, _lock(tmp_path) as second:
        first.take()
        with pytest.raises(BlockingIOError):
            second.take()
        first.release()
        if number:
            second.take()
            second.release()
    assert os.listdir(tmp_path) == [NAME]


def test_a_host_with_locks_leaves_it_to_one_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C5: two hosts share a home, and one of them can't reach the lock service."""
    with _lock(tmp_path) as without, _lock(tmp_path) as locks:
        with monkeypatch.context() as patch:
            _no_locks(patch)
            without.take()
        with pytest.raises(BlockingIOError):
            locks.take()
        without.release()
        locks.take()


@pytest.mark.parametrize("age", [-61, 61])
def test_a_claim_of_a_killed_process_is_taken_away(
    age: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C5: a claim is never older than its owner can be; a claim from the future means that the
    clock was set back."""
    _no_locks(monkeypatch)
    with _lock(tmp_path) as killed, _lock(tmp_path) as later, _lock(tmp_path) as third:
        killed.take()
        claim = tmp_path / f"{NAME}.claim"
        moment = claim.stat().st_mtime - age
        os.utime(claim, (moment, moment))
        later.take()
        with pytest.raises(BlockingIOError):
            third.take()
        killed.release()  # it was suspended, and now another process has the claim
        assert claim.exists()
        later.release()
    assert os.listdir(tmp_path) == [NAME]


def test_a_new_claim_taken_for_the_old_one_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C5: two processes see a claim that is too old, and one of them already has a new one."""
    _no_locks(monkeypatch)
    with _lock(tmp_path) as killed, _lock(tmp_path) as quick, _lock(tmp_path) as slow:
        killed.take()
        claim = tmp_path / f"{NAME}.claim"
        os.utime(claim, (1, 1))
        rename = os.rename

        def late(*names: Any, **folders: Any) -> None:
            monkeypatch.setattr(os, "rename", rename)
            quick.take()
            rename(*names, **folders)

        monkeypatch.setattr(os, "rename", late)
        with pytest.raises(BlockingIOError):
            slow.take()
        assert claim.exists()
        quick.release()
    assert os.listdir(tmp_path) == [NAME]


def test_errors_unrelated_to_locks_are_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_locks(monkeypatch, errno.EIO)
    with _lock(tmp_path) as lock, pytest.raises(OSError, match="Input/output error"):
        lock.take()
