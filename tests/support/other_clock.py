"""Run a command with another clock, by faketime."""

from __future__ import annotations

# faketime names its semaphore after its process and does not start if one of that name exists. A
# killed faketime leaves one, and process numbers are reused.
_CLEARED = 'rm -f "/dev/shm/sem.faketime_sem_$$" "/dev/shm/faketime_shm_$$"; exec faketime "$@"'


def faketime(*arguments: str) -> list[str]:
    """The words to put before a command, for these arguments of faketime: `-f`, `+1h`."""
    return ["/bin/sh", "-c", _CLEARED, "faketime", *arguments]
