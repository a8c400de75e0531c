"""The values of a verb's arguments."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Values:
    """The values of a verb's arguments: an option `--no-header` is the attribute `no_header`, a
    positional SELECTOR is `selector`. An argument that was not given has its default; without a
    default it is None, a flag is False, and an argument that can be repeated is an empty list."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
