"""`disk usage`: how full the file systems are."""

from __future__ import annotations

from homelab import findings
from homelab.errors import UNREACHABLE, USAGE, Failure
from homelab.output.answer import Column, Table
from homelab.vitals import filesystems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.system.mounted import SpaceUsage
    from homelab.vitals.filesystems import Filled

_NAMED = 5  # file systems that are named if all are fine


def _bytes(blocks: Callable[[SpaceUsage], int]) -> Callable[[Filled], int | None]:
    """A cell with a size in bytes, from a file system's blocks."""
    return lambda row: (
        blocks(row.usage) * row.usage.unit if row.usage and row.usage.blocks else None
    )


def _inodes(count: Callable[[SpaceUsage], int]) -> Callable[[Filled], int | None]:
    """A cell with a number of inodes, None if the file system has no fixed number of them."""
    return lambda row: count(row.usage) if row.usage and row.usage.inodes else None


COLUMNS = (
    Column("state"),
    Column("mount", flexible=True, of="mount.folder"),
    Column("used", "share", of="bytes_share"),
    Column("size", "bytes", of=_bytes(lambda usage: usage.blocks)),
    Column("available", "bytes", of=_bytes(lambda usage: usage.available)),
    Column("inodes", "share", of="inodes_share"),
    Column("type", drop=2, of="mount.kind"),
    Column("device", drop=1, of=lambda row: row.mount.device),
    Column("detail", of="why"),
    Column("used_bytes", "bytes", detail=True, of=_bytes(lambda usage: usage.blocks - usage.free)),
    Column("inodes_total", "count", detail=True, of=_inodes(lambda usage: usage.inodes)),
    Column("inodes_available", "count", detail=True, of=_inodes(lambda usage: usage.inodes_free)),
)


def usage(context: Context, arguments: Values) -> Table:
    """The file systems, those over a threshold first, then the fullest."""
    host, limits = context.host(), (arguments.disk, arguments.inodes)
    if arguments.mounted and not arguments.path:
        needed = "--mounted needs the PATHs that must be mounted: homelab disk usage --mounted"
        raise Failure(USAGE, f"{needed} /srv/media")
    try:
        if arguments.path:
            filled = filesystems.ask_of(host, arguments.path, *limits, mounted=arguments.mounted)
        else:
            filled = filesystems.ask(host, *limits)
    except OSError as error:
        raise Failure(
            UNREACHABLE,
            f"/proc/self/mountinfo, which lists the mounts, can't be read ({error.strerror});"
            " mount /proc, or run this where it is mounted",
        ) from None
    filled.sort(key=lambda each: (-_fullest(each), each.mount.folder))
    table = findings.table(
        "homelab.disk-usage/1",
        COLUMNS,
        filled,
        arguments,
        _fine,
        empty="no file system with data is mounted here; name a folder to see its file system",
        listed=True,
    )
    if not filled:
        table.code = UNREACHABLE  # nothing was checked
    return table


def _fullest(filled: Filled) -> float:
    return max(filled.bytes_share or 0.0, filled.inodes_share or 0.0)


def _fine(filled: list[Filled]) -> str:
    known = [each for each in filled if each.state == findings.OK]
    names = [f"{each.mount.folder} {100 * _fullest(each):.0f}%" for each in known[:_NAMED]]
    if len(known) > _NAMED:
        names[-1] += f" and {len(known) - _NAMED} less full"
    skipped = [each.mount.folder for each in filled if each.state == findings.SKIPPED]
    return findings.fine_and_skipped(names, skipped)
