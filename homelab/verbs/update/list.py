"""`update …`: this host's packages."""

from __future__ import annotations

from homelab import times
from homelab.errors import DONE, NO, UNREACHABLE, Failure
from homelab.findings import OK, ORDER, SKIPPED, UNKNOWN, WARNING, few
from homelab.output.answer import Column, Table
from homelab.packages import updates
from homelab.vitals import reboot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.findings import Finding
    from homelab.output.answer import Cell
    from homelab.packages.pending import Pending

_COLUMNS = (
    Column("state"),
    Column("kind"),
    Column("package"),
    Column("installed", drop=True),
    Column("available"),
    Column("origin", drop=True),
    Column("detail"),
    Column("manager", detail=True),
)
_KINDS = ("security", "reboot", "lists", "ordinary")


def listing(context: Context, arguments: Values) -> Table:
    """Pending updates, what needs somebody first; 1 where anything does."""
    host, now = context.host(), context.clock()
    names = updates.managers(host)
    if not names:
        raise Failure(
            UNREACHABLE,
            "no package manager that is known here (apt, dnf, apk, pacman) has a database on this"
            " host; ask its own",
        )
    seconds = arguments.timeout / times.SECOND / len(names)
    pending = [updates.ask(host, name, seconds) for name in names]
    rows = [row for each in pending for row in _rows(each, now)]
    needed = reboot.check(host)
    rows.append((needed.state, "reboot", None, None, None, None, _text(needed), None))
    rows.sort(key=_order)
    fine = [] if arguments.all else [row for row in rows if row[0] in (OK, SKIPPED)]
    states = [row[0] for row in rows]
    code = UNREACHABLE if all(each.why for each in pending) else DONE
    return Table(
        "homelab.update-list/1",
        _COLUMNS,
        rows,
        facts={
            "problems": states.count(WARNING),
            "unknown": states.count(UNKNOWN),
            "security": sum(row[1] == "security" for row in rows),
            "ordinary": sum(row[1] == "ordinary" for row in rows),
        },
        notes=tuple(_note(each, now) for each in pending if _late(each, now)),
        code=NO if WARNING in states else code,
        folded=len(fine),
        fine=_fine(fine, len(rows) == len(pending) + 1) if fine else "",
    )


def _rows(pending: Pending, now: int) -> list[tuple[Cell, ...]]:
    age = pending.age(now)
    detail = _text(age)
    if age.state != OK:
        detail = f"{pending.manager}'s lists: {detail}"
    rows: list[tuple[Cell, ...]] = [
        (age.state, "lists", None, None, None, None, detail, pending.manager)
    ]
    for update in pending.updates:
        rows.append(
            (
                pending.state(update, now),
                "security" if update.security else "ordinary",
                update.name,
                update.installed or None,
                update.available,
                update.origin or None,
                "held" if update.held else None,
                pending.manager,
            )
        )
    return rows


def _order(row: tuple[Cell, ...]) -> tuple[int, int, str]:
    return ORDER.index(str(row[0])), _KINDS.index(str(row[1])), str(row[2])


def _text(finding: Finding) -> str:
    known = finding.value if finding.value != "-" else ""
    return ": ".join(part for part in (known, finding.detail) if part)


def _late(pending: Pending, now: int) -> list[str]:
    return [each.name for each in pending.updates if pending.state(each, now) == WARNING]


def _note(pending: Pending, now: int) -> str:
    """Why the security updates are a warning."""
    if not pending.automatic:
        return f"nothing on this host installs {pending.manager}'s security updates by itself"
    if pending.ran is None:
        return f"{pending.automatic} is to install security updates, and is not known to have run"
    ago = times.spoken(now - pending.ran)
    return f"{pending.automatic} is to install security updates, and last ran {ago} ago"


def _fine(rows: list[tuple[Cell, ...]], none: bool) -> str:
    """What is folded, in a sentence: updates by name, or that there are `none`, and what else is
    well."""

    def names(state: str, kind: str) -> list[str]:
        return [str(row[2]) for row in rows if row[:2] == (state, kind)]

    parts = []
    for kind, ending in (("security", " that install by themselves"), ("ordinary", "")):
        found = names(OK, kind)
        if found:
            several = "s" if len(found) > 1 else ""
            parts.append(f"{len(found)} {kind} update{several}{ending} ({few(found)})")
    held = names(SKIPPED, "security") + names(SKIPPED, "ordinary")
    if held:
        parts.append(f"held: {few(held)}")
    if not any(row[1] in ("security", "ordinary") for row in rows):
        parts.append("no updates" if none else "no other updates")
    parts += [f"{row[7]}'s lists are {row[6]}" for row in rows if row[1] == "lists"]
    needed = [row for row in rows if row[:2] == (OK, "reboot")]  # else there is no such thing here
    parts += [f"reboot {str(row[6]).partition(':')[0]}" for row in needed]
    return f"{'; '.join(parts)} (--all: with details)"
