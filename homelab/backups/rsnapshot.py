"""Pure: which folder has rsnapshot's newest snapshot, from its settings (rsnapshot(1)).

The first `retain` level is made from the sources; all others are older snapshots that were moved.
With `sync_first` the newest data is in `.sync`. rsnapshot sets the folder's mtime at the end of a
run, also of one that could not reach any source; only its log file says so.
"""

from __future__ import annotations

from homelab.backups.snapshot import Unreadable
from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SYNC = ".sync"
_DONE = "completed"  # in the last line of a run: `completed, but with some errors`
_MOST = 3  # digits of a snapshot's number; `photos.2026` is not one
# The snapshot_root in the settings that packages install, and in upstream's example.
EXAMPLES = ("/var/cache/rsnapshot", "/.snapshots")
_FILES = 50  # files that include each other


class Conf:
    """The settings that matter here: `root` (the snapshot_root), `levels` (the retain levels, the
    most frequent first), `sync_first`, the `lockfile` and the `logfile`. `runs` is whether an
    include_conf is the output of a command, `files` how many files were read."""

    __slots__ = ("files", "levels", "lockfile", "logfile", "root", "runs", "sync_first")

    def __init__(self) -> None:
        self.root = ""
        self.levels: list[str] = []
        self.sync_first = False
        self.lockfile = ""
        self.logfile = ""
        self.runs = False
        self.files = 0

    def has(self, name: str) -> bool:
        """Whether a folder of the root is a snapshot that these settings make: `alpha.0`."""
        if name == SYNC:
            return self.sync_first
        return is_snapshot(name) and name.rpartition(".")[0] in self.levels

    def is_example(self) -> bool:
        """Whether the root is that of the settings that a package installs."""
        return self.root in EXAMPLES

    def failed(self, log: str, name: str) -> bool:
        """Whether the last run in a log file that made a snapshot ended with errors. Several
        settings files may have one log: `name` is that of this one, without its folder."""
        makes = ("sync" if self.sync_first else "", *self.levels[:1])
        failed = False
        for line in lines(log):
            command, colon, rest = line.partition("] ")[2].partition(": ")
            file = command.partition(" -c ")[2].partition(" ")[0].rpartition("/")[2]
            ours = file in ("", name) and command.rpartition(" ")[2] in makes
            if colon and ours and _DONE in rest:
                failed = rest.endswith("errors")
        return failed


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
            conf.root = first.rstrip("/") or "/"
        elif key in ("retain", "interval"):
            conf.levels.append(first)
        elif key == "sync_first":
            conf.sync_first = first == "1"
        elif key == "lockfile":
            conf.lockfile = first
        elif key == "logfile":
            conf.logfile = first
        elif key == "include_conf" and value.startswith("`"):
            conf.runs = True
        elif key == "include_conf":
            read(load(value), conf, load)


def is_snapshot(name: str) -> bool:
    """Whether a folder of a snapshot_root has the name of a snapshot: `alpha.0`, `.sync`."""
    level, dot, number = name.rpartition(".")
    digits = number.isascii() and number.isdigit() and len(number) <= _MOST
    return name == SYNC or bool(level and dot and digits and not level.startswith((".", "_delete")))


def place(name: str) -> int:
    """The order of snapshots by their names, the newest of a level last."""
    return 1 if name == SYNC else -int(name.rpartition(".")[2])
