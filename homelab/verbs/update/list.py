"""`update list`: the pending updates of this host's packages."""

from __future__ import annotations

from homelab import findings, times
from homelab.errors import UNREACHABLE, Failure
from homelab.findings import OK, WARNING, few
from homelab.output.answer import Column, Table
from homelab.packages import updates
from homelab.packages.parse import HELD, KEPT_BACK, PHASED
from homelab.packages.pending import GRACE
from homelab.vitals import reboot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.findings import Finding
    from homelab.packages.parse import Update
    from homelab.packages.pending import Pending

COLUMNS = (
    Column("state"),
    Column("kind"),
    Column("package", of="update.name"),
    Column("installed", drop=1, of="update.installed"),
    Column("available", of="update.available"),
    Column("origin", drop=1, of="update.origin"),
    Column("detail"),
    Column("manager", detail=True),
    Column("age", "seconds", detail=True),
)
_WHY_HELD = {
    HELD: "held",
    KEPT_BACK: "kept back: it would remove packages, or needs packages that are not available",
    PHASED: "phased: offered to this host in some days",
}
_KINDS = ("security", "reboot", "lists", "ordinary", "update")


class UpdateRow:
    """A row. Its `kind` is that of an update (`security`, `ordinary`, or `update` if its source
    does not say which), `lists` for the age of a manager's lists, or `reboot`; for the last two,
    `value` is the result in a word or two."""

    __slots__ = ("age", "detail", "kind", "manager", "state", "update", "value")

    def __init__(
        self,
        state: str,
        kind: str,
        detail: str,
        manager: str = "",
        update: Update | None = None,
        value: str = "",
        age: float | None = None,
    ) -> None:
        self.state = state
        self.kind = kind
        self.detail = detail
        self.manager = manager
        self.update = update
        self.value = value
        self.age = age  # of lists (s)

    @property
    def name(self) -> str:
        """The name of the update's package, "" for other rows."""
        return self.update.name if self.update else ""


def list_rows(context: Context, arguments: Values) -> Table:
    """Pending updates, those that need someone first."""
    host, now = context.host(), context.clock()
    names = updates.managers(host)
    if not names:
        raise Failure(
            UNREACHABLE,
            "this host has no package database of apt, dnf, apk or pacman; use its own package"
            " manager",
        )
    seconds = arguments.timeout / times.SECOND / len(names)
    pending = [updates.ask(host, name, seconds, env=context.env) for name in names]
    needed = reboot.check(host)
    rows = [row for each in pending for row in _rows(each, now)]
    rows.append(UpdateRow(needed.state, "reboot", _text(needed), value=needed.value))
    rows.sort(key=lambda row: (_KINDS.index(row.kind), row.name))
    kinds = [row.kind for row in rows]
    none = "no other updates" if any(row.update for row in rows) else "no updates"
    if all(each.why for each in pending):
        none = ""  # each manager that failed has its own row
    elif any(row.kind == "lists" and row.state != OK for row in rows):
        none += " known"  # its lists are old or missing
    return findings.table(
        "homelab.update-list/1",
        COLUMNS,
        rows,
        arguments,
        lambda fine: _fine(fine, none),
        facts={name: kinds.count(name) for name in ("security", "ordinary", "update")},
        notes=(
            *(_note(each, now) for each in pending if _late(each, now)),
            *(_not_told(each) for each in pending if each.not_told()),
        ),
    )


def _rows(pending: Pending, now: int) -> list[UpdateRow]:
    rows = []
    for age in pending.ages(now):
        detail = f"{pending.manager}'s lists: {age.detail}"
        if age.state == OK:
            detail = "; ".join(part for part in (age.value, age.detail) if part)
        rows.append(
            UpdateRow(age.state, "lists", detail, pending.manager, value=age.value, age=age.number)
        )
    for update in pending.updates:
        kind = "security" if update.security else "ordinary" if update.known else "update"
        state, detail = pending.state(update, now), _WHY_HELD.get(update.held, "")
        rows.append(UpdateRow(state, kind, detail, pending.manager, update))
    return rows


def _text(finding: Finding) -> str:
    known = finding.value if finding.value != "-" else ""
    return ": ".join(part for part in (known, finding.detail) if part)


def _late(pending: Pending, now: int) -> list[str]:
    return [each.name for each in pending.updates if pending.state(each, now) == WARNING]


def _note(pending: Pending, now: int) -> str:
    """The note that says why security updates are a warning."""
    if not pending.automatic:
        return f"nothing on this host installs {pending.manager}'s security updates automatically"
    if pending.ran is None:
        return f"{pending.automatic} is set to install security updates, but no run of it is known"
    ago = times.spoken(now - pending.ran)
    if now - pending.ran <= GRACE:
        return f"{pending.automatic} ran {ago} ago but did not install these security updates"
    return f"{pending.automatic} is set to install security updates, but last ran {ago} ago"


def _not_told(pending: Pending) -> str:
    """The note on sources that do not say which updates are for security."""
    return f"updates from {few(pending.not_told())} do not say whether they are for security"


def _fine(rows: list[UpdateRow], none: str) -> str:
    """The sentence for folded rows: updates by name, or `none` if there are none, and the other
    checks that are fine."""

    def names(state: str, kind: str) -> list[str]:
        return [row.name for row in rows if (row.state, row.kind) == (state, kind)]

    parts = []
    for kind, what, ending in (
        ("security", "security update", " automatically"),
        ("ordinary", "ordinary update", ""),
        ("update", "update", ""),
    ):
        found = names(OK, kind)
        if found:
            several = "s" if len(found) > 1 else ""
            if ending:
                ending = (
                    " that install automatically" if several else " that installs automatically"
                )
            parts.append(f"{len(found)} {what}{several}{ending} ({few(found)})")
    for why in (KEPT_BACK, PHASED, HELD):
        found = [row.name for row in rows if row.update and row.update.held == why]
        if found:
            parts.append(f"{why}: {few(found)}")
    ages = [f"{row.manager}'s lists are {row.value}" for row in rows if row.kind == "lists"]
    if none and not any(row.update for row in rows):
        parts.append(none)
    parts += ages
    # a skipped reboot check does not apply to this host
    parts += [f"reboot {row.value}" for row in rows if (row.state, row.kind) == (OK, "reboot")]
    if not parts:
        parts = ["skipped: reboot"]
    return findings.folded_text(*parts)
