"""Pure: which folder has rsnapshot's newest snapshot, from its settings (rsnapshot(1)).

The first `retain` level is made from the sources; all others are older snapshots that were moved.
With `sync_first` the newest data is in `.sync`. rsnapshot sets the folder's mtime when the snapshot
is complete.
"""

from __future__ import annotations

from homelab.backups.snapshot import Unreadable
from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SYNC = ".sync"
_FILES = 50  # files that include each other


class Conf:
    """The settings that matter here: `root` (the snapshot_root), `levels` (the retain levels, the
    most frequent first), `sync_first` and the `lockfile`. `runs` is whether an include_conf is the
    output of a command, `files` how many files were read."""

    __slots__ = ("files", "levels", "lockfile", "root", "runs", "sync_first")

    def __init__(self) -> None:
        self.root = ""
        self.levels: list[str] = []
        self.sync_first = False
        self.lockfile = ""
        self.runs = False
        self.files = 0

    def folders(self) -> list[str]:
        """The paths of the folders that may have the newest snapshot."""
        names = [f"{self.levels[0]}.0"] if self.levels else []
        return [f"{self.root}/{name}" for name in names + [SYNC] * self.sync_first]

    def before(self) -> str:
        """The path of the snapshot before the newest, "" without a level."""
        return f"{self.root}/{self.levels[0]}.1" if self.levels else ""


def read(text: str, conf: Conf, load: Callable[[str], str]) -> None:
    """Add the settings in a text to `conf`, with those of the files that it includes, which `load`
    reads. Keys and values are separated by tabs. Raises Unreadable if files include each other, and
    the errors of `load`."""
    conf.files += 1
    if conf.files > _FILES:
        raise Unreadable(
            f"include_conf names more than {_FILES} files; do they include each other?"
        )
    for line in lines(text):
        key, _, value = line.strip().partition("\t")
        value = value.strip()
        if not value or key.startswith("#"):
            continue
        first = value.split("\t")[0]
        if key == "snapshot_root":
            conf.root = value.rstrip("/") or "/"
        elif key in ("retain", "interval"):
            conf.levels.append(first)
        elif key == "sync_first":
            conf.sync_first = first == "1"
        elif key == "lockfile":
            conf.lockfile = value
        elif key == "include_conf" and value.startswith("`"):
            conf.runs = True
        elif key == "include_conf":
            read(load(value), conf, load)


def is_newest(name: str) -> bool:
    """Whether a folder of a snapshot_root may have the newest snapshot: `alpha.0`, `.sync`."""
    return name == SYNC or (name.endswith(".0") and not name.startswith((".", "_delete")))
