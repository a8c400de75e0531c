"""`disk …`: what the file systems hold."""

from __future__ import annotations

from homelab.errors import DONE, NO, UNREACHABLE, Failure
from homelab.findings import CRITICAL, OK, ORDER, SKIPPED, UNKNOWN, WARNING
from homelab.output.answer import Column, Table
from homelab.vitals import filesystems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.output.answer import Cell
    from homelab.vitals.filesystems import Filled

_COLUMNS = (
    Column("state"),
    Column("mount", flexible=True),
    Column("used", "share"),
    Column("size", "bytes"),
    Column("available", "bytes"),
    Column("inodes", "share"),
    Column("type", drop=True),
    Column("device", drop=True),
    Column("detail"),
    Column("used_bytes", "bytes", detail=True),
    Column("inodes_total", "count", detail=True),
    Column("inodes_available", "count", detail=True),
)
_NAMED = 5  # file systems that are named where all is well


def usage(context: Context, arguments: Values) -> Table:
    """The file systems, those over a threshold first, then the fullest; 1 where one is over."""
    host, limits = context.host(), (arguments.disk, arguments.inodes)
    try:
        if arguments.path:
            filled = filesystems.ask_of(host, arguments.path, *limits)
        else:
            filled = filesystems.ask(host, *limits)
    except OSError as error:
        raise Failure(
            UNREACHABLE,
            f"/proc/self/mountinfo, which lists the mounts, can't be read ({error.strerror});"
            " mount /proc, or run this where it is mounted",
        ) from None
    filled.sort(key=lambda each: (ORDER.index(each.state), -_fullest(each), each.mount.folder))
    problems = [each for each in filled if each.state in (CRITICAL, WARNING)]
    unknown = [each for each in filled if each.state == UNKNOWN]
    fine = [each for each in filled if each.state in (OK, SKIPPED)]
    if arguments.all or arguments.path:
        fine = []  # asked for by name
    nothing = len(unknown) == len(filled)
    return Table(
        "homelab.disk-usage/1",
        _COLUMNS,
        [_row(each) for each in filled],
        facts={"problems": len(problems), "unknown": len(unknown)},
        code=NO if problems else UNREACHABLE if nothing else DONE,
        empty="no file system that holds data is mounted here; name a folder to ask about its own",
        folded=len(fine),
        fine=_fine(fine) if fine else "",
    )


def _fullest(filled: Filled) -> float:
    return max(filled.bytes_share or 0.0, filled.inodes_share or 0.0)


def _row(filled: Filled) -> tuple[Cell, ...]:
    mount, fill = filled.mount, filled.usage
    sizes: tuple[int | None, ...] = (None, None, None)
    if fill and fill.blocks:
        taken = fill.blocks - fill.free
        sizes = fill.blocks * fill.unit, fill.available * fill.unit, taken * fill.unit
    return (
        filled.state,
        mount.folder,
        filled.bytes_share,
        sizes[0],
        sizes[1],
        filled.inodes_share,
        mount.kind,
        mount.device,
        filled.why or None,
        sizes[2],
        fill.inodes if fill and fill.inodes else None,
        fill.inodes_free if fill and fill.inodes else None,
    )


def _fine(filled: list[Filled]) -> str:
    known = [each for each in filled if each.state == OK]
    named = ", ".join(f"{each.mount.folder} {100 * _fullest(each):.0f}%" for each in known[:_NAMED])
    if len(known) > _NAMED:
        named += f" and {len(known) - _NAMED} less full"
    skipped = [each.mount.folder for each in filled if each.state == SKIPPED]
    parts = [f"fine: {named}"] if known else []
    parts += [f"skipped: {', '.join(skipped)}"] if skipped else []
    return f"{'; '.join(parts)} (--all: with details)"
