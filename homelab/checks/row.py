"""Pure: the rows of `homelab check`."""

from __future__ import annotations

from homelab.findings import UNKNOWN
from homelab.net.masking import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Datum = dict[str, "str | float | None"]

LONGEST = 2_000  # characters of a detail


class CheckRow:
    """The result of a check of one thing: its `state` (one of `findings.ORDER`), the kind of
    `check` (a key of `[checks]`), the `name` of the thing, the measured `value` and a `detail`, ""
    for none, and the `source`: the settings line, or the file of an own verb.

    `also` are other pairs of kind and name that an ignore may use for it. A check of our own or a
    plugin has `performance` data and further lines of `output`. If an ignore hides the row,
    `ignored` is the state that it had. `vitals`: it comes from `host status`.
    """

    __slots__ = (
        "also", "check", "detail", "ignored", "name", "output", "performance", "source", "state",
        "value", "vitals",
    )  # fmt: skip

    def __init__(
        self,
        state: str,
        check: str,
        name: str,
        detail: str = "",
        value: str = "",
        source: str = "",
        also: Sequence[tuple[str, str]] = (),
        vitals: bool = False,
    ) -> None:
        self.state = state
        self.check = check
        self.name = name
        self.value = value
        self.detail = detail
        self.source = source
        self.also = tuple(also)
        self.vitals = vitals
        self.ignored = ""
        self.performance: tuple[Datum, ...] = ()
        self.output: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Every pair of kind and name that an ignore may use."""
        return ((self.check, self.name), *self.also)


def without_secrets(word: str, key: str) -> str:
    """A word of a settings line of that `key` for a reader: an address may hold a password, as in
    `me:word@nas.lan`; `wg-quick@wg0` has none, nor has the backup `borg:me@nas:/srv`."""
    user, at, _ = word.partition("@")
    if "://" in word or (at and ":" in user and key != "backup"):
        return masked(word, bare=True)
    return word


def unknown(check: str, name: str, why: str, source: str = "") -> CheckRow:
    """The row for a check that could not be done, with the reason."""
    return CheckRow(UNKNOWN, check, name, why, source=source)
