"""`disk health`: the health of pools, arrays, file systems, volumes and disks."""

from __future__ import annotations

from homelab import findings, times
from homelab.errors import UNREACHABLE
from homelab.findings import CRITICAL, OK, SKIPPED, UNKNOWN
from homelab.output.answer import Column, Table
from homelab.storage import ask
from homelab.storage.health import KINDS, Health, Limits, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.values import Values
    from homelab.context import Context

_NAMED = 6  # things that are named if all are fine
COLUMNS = (
    Column("state"),
    Column("name", flexible=True),
    Column("type", drop=5, of="kind"),
    Column("health", drop=4),
    Column("errors", "count", drop=3),
    Column("checked", "seconds", drop=2),
    Column("celsius", "count", header="°C", drop=3),
    Column("wear", "share", drop=3),
    Column("full", "share", drop=3),
    Column("detail"),
    Column("metadata_full", "share", detail=True),
    Column("size", "bytes", detail=True),
    Column("spare", "share", detail=True),
    Column("power_on_hours", "count", detail=True, of="hours"),
    Column("reallocated", "count", detail=True),
    Column("pending", "count", detail=True),
    Column("uncorrectable", "count", detail=True),
    Column("crc_errors", "count", detail=True),
    Column("model", detail=True, of="hardware"),
    Column("serial", detail=True),
)


def health(context: Context, arguments: Values) -> Table:
    """The health of all storage of this host, problems first."""
    host = context.host()
    limits = Limits(
        arguments.temperature, arguments.wear, arguments.scrub, arguments.full
    )  # fmt: skip
    seconds = arguments.timeout / times.SECOND
    try:
        rows = ask.ask(host, limits, context.clock(), seconds)
    finally:
        host.end()
    if arguments.name:
        rows = rows_named(rows, arguments.name, host.resolved)
    rows.sort(key=lambda row: (KINDS.index(row.kind) if row.kind in KINDS else 9, row.name))
    checked = any(row.state != SKIPPED for row in rows)
    table = findings.table(
        "homelab.disk-health/1",
        COLUMNS,
        rows,
        arguments,
        _fine,
        notes=("nothing was checked: every row is skipped",) if rows and not checked else (),
        empty="nothing was checked: this host has no pool, array, btrfs, volume group or disk that"
        " can be seen",
        listed=True,
    )
    if not checked:
        table.code = UNREACHABLE
    return table


def rows_named(
    rows: list[Health], names: list[str], resolved: Callable[[str], str]
) -> list[Health]:
    """The rows with these names, in their order; a row for each name that no row has."""
    found: list[Health] = []
    for name in dict.fromkeys(names):
        wanted = {name, name.rstrip("/") or "/"}
        if name.startswith("/dev/"):
            wanted.add(resolved(name))
        having = [row for row in rows if wanted & row.names]
        if not having:
            disks = {_disk_of(name, resolved) for name in wanted}
            having = [row for row in rows if disks & row.names]
        found += [row for row in having if row not in found] if having else [_absent(name, rows)]
    for row in found:
        missing = row.state == SKIPPED and row.detail == ask.NO_SMARTCTL
        if row.denied or missing:  # it was named, so it should have been checked
            row.state = UNKNOWN
    return found


def _disk_of(name: str, resolved: Callable[[str], str]) -> str:
    """The name of the disk of a partition (`sda` for `sda1` and `/dev/sda1`), "" for other
    names."""
    name = name.removeprefix("/dev/")
    if "/" in name or name in ("", ".", ".."):
        return ""
    link = f"/sys/class/block/{name}"
    path = resolved(link)  # …/block/sda/sda1
    disk = path.split("/")[-2]
    return "" if path == link or disk == "block" else disk


def _absent(name: str, rows: list[Health]) -> Health:
    """The row for a name that no row has: it is gone, unless a tool did not answer."""
    silent = [row for row in rows if row.state == UNKNOWN or row.denied]
    if silent:
        first = silent[0]
        return unknown(
            name, "", f"not known here, but {first.name} could not be asked: {first.detail}"
        )
    why = "no pool, array, mounted btrfs, volume or disk of this name is here"
    return Health(name, "", state=CRITICAL, detail=why)


def _fine(rows: list[Health]) -> str:
    well = [row for row in rows if row.state == OK]
    names = [row.name for row in well[:_NAMED]]
    if len(well) > _NAMED:
        names[-1] += f" and {len(well) - _NAMED} more"
    skipped = [f"{row.name} ({row.detail})" for row in rows if row.state == SKIPPED]
    return findings.fine_and_skipped(names, skipped)
