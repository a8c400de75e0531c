"""What a verb is given: the values of its arguments."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Values:
    """The values of a verb's arguments: an option `--no-header` is the attribute `no_header`, a
    positional SELECTOR `selector`. What was not given has its default, else it is None, False for a
    flag, and an empty list for what may be given several times."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
