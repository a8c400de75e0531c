"""Pure: a row of `disk health`, and the limits that it is judged by."""

from __future__ import annotations

from homelab.findings import OK, UNKNOWN
from homelab.times import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ZFS, MDADM, BTRFS, LVM, SMART = KINDS = ("zfs", "mdadm", "btrfs", "lvm", "smart")


class Limits:
    """The values from which a row is a warning: a disk's temperature (°C; None: the limit of its
    kind), its wear (percent of its rated life), a scrub's age (ns), and how full a pool is
    (percent)."""

    __slots__ = ("full", "scrub", "temperature", "wear")

    def __init__(self, temperature: float | None, wear: float, scrub: int, full: float) -> None:
        self.temperature = temperature
        self.wear = wear
        self.scrub = scrub
        self.full = full


DEFAULTS = Limits(temperature=None, wear=90, scrub=35 * DAY, full=80)


class Health:
    """The health of a pool, array, file system, volume group, volume or disk.

    `kind` is one of KINDS. `health` is the tool's own word. `errors` counts what the tool counts
    as errors of the devices; `checked` is the age (s) of the last scrub, of a disk the hours of
    operation since its last self-test, in s. `wear` is the used share of a disk's rated life (0 to
    1), `full` the used share of the space. `names` are all names by which a user may ask for it.
    `denied`: this account lacks the right to check it. `worst` is the part of `detail` on the worst
    problem, "" if there is one reason or none. Sizes are bytes; None is unknown."""

    __slots__ = (
        "celsius", "checked", "crc_errors", "denied", "detail", "errors", "full", "hardware",
        "health", "hours", "kind", "metadata_full", "name", "names", "pending", "reallocated",
        "serial", "size", "spare", "state", "uncorrectable", "wear", "worst",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        kind: str,
        health: str = "",
        state: str = OK,
        detail: str = "",
        names: Sequence[str] = (),
        denied: bool = False,
    ) -> None:
        self.state = state
        self.name = name
        self.kind = kind
        self.health = health
        self.detail = detail
        self.names = {name, *names}
        self.denied = denied
        self.worst = ""
        self.errors: int | None = None
        self.checked: int | None = None
        self.size: int | None = None
        self.full: float | None = None
        self.metadata_full: float | None = None
        # of a disk
        self.celsius: int | None = None
        self.wear: float | None = None
        self.spare: float | None = None
        self.hours: int | None = None
        self.hardware = ""
        self.serial = ""
        self.reallocated: int | None = None
        self.pending: int | None = None
        self.uncorrectable: int | None = None
        self.crc_errors: int | None = None


def unknown(name: str, kind: str, why: str, names: Sequence[str] = ()) -> Health:
    """The row for something that could not be checked."""
    return Health(name, kind, state=UNKNOWN, detail=why, names=names)
