"""`config`: every setting, its value and where it came from."""

from __future__ import annotations

from homelab.output.answer import Column, Table
from homelab.settings import SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

_COLUMNS = (Column("setting"), Column("value", flexible=True), Column("origin"))


def show(context: Context, arguments: Values) -> Table:
    """The settings; secrets as `(set)`."""
    rows = []
    for setting in SETTINGS:
        value = context.settings.value(setting.name)
        shown = "(set)" if setting.secret and value.text else _without_secret(value.text)
        rows.append((setting.name, shown or None, value.origin))
    why = context.settings.refused()
    return Table("homelab.config/1", _COLUMNS, list(rows), notes=(why,) if why else ())


def _without_secret(text: str) -> str:
    """A URL with a password in it is refused where it is used; here it is shown without."""
    scheme, found, rest = text.partition("://")
    _, at, host = rest.rpartition("@")
    return f"{scheme}://(set)@{host}" if found and at else text
