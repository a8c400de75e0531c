"""`VerbAnswer`: the answer of another host to a verb, if its connection ended too early."""

from __future__ import annotations

import pytest

from homelab.remote.verb_script import VerbAnswer

pytestmark = pytest.mark.quick("computes, and runs once")

BEGUN = b"homelab:answer=7\n"
ENDED = "the connection ended before the answer did"


@pytest.mark.parametrize(
    ("code", "err", "reason"),
    [
        (255, BEGUN, ENDED),
        (255, b"", ENDED),
        (255, BEGUN + b"homelab: slow\n", ENDED),
        (137, BEGUN + b"Connection reset\n", ENDED),
        (
            255,
            BEGUN + b"Connection to nas closed by remote host.\n",
            "Connection to nas closed by remote host; is it up, and does it run sshd?",
        ),
    ],
)
def test_a_connection_that_ends_too_early(code: int, err: bytes, reason: str) -> None:
    answer = VerbAnswer("7", code, b"welcome\n" + BEGUN + b'{"schema": ', err, cut=False)
    assert answer.result is not None
    assert answer.result.reason == reason
