"""The final answer to a request, after the provisional ones."""

from __future__ import annotations

import http.client

_MOST = 100  # answers before the final one
_SWITCHING = 101  # another protocol follows it, so it is the last answer


class FinalAnswer(http.client.HTTPResponse):
    """The answer of the standard library's client, without provisional answers: the library skips
    100, but not `103 Early Hints` and `102 Processing` (RFC 9110, 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        """The status line of the final answer; `begin` calls this first, in Python 3.9 to 3.14."""
        for _ in range(_MOST):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == _SWITCHING:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(
            f"more than {_MOST} provisional answers before the final one"
        )
