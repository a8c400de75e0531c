"""The answer to a request, behind whatever a server says before it."""

from __future__ import annotations

import http.client

_MOST = 100  # answers before the final one
_SWITCHING = 101  # what follows it is another protocol's, so it is the last answer


class FinalAnswer(http.client.HTTPResponse):
    """An answer of the standard library's client, which passes over 100 alone, without the others
    that only announce it: `103 Early Hints`, `102 Processing` (RFC 9110, 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        """What `begin` asks for first, in all Pythons from 3.9 to 3.14."""
        for _ in range(_MOST):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == _SWITCHING:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(f"more than {_MOST} answers came before the final one")
