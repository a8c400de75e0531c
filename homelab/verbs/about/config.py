"""`config`: every setting, its value and where it came from."""

from __future__ import annotations

from homelab.backups import repository
from homelab.backups.source import VARIABLES
from homelab.net.masking import masked
from homelab.output.answer import Column, Table
from homelab.settings import LISTS, SETTINGS
from homelab.system import paths
from homelab.telemetry import consent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

COLUMNS = (Column("setting"), Column("value"), Column("origin"))


def show(context: Context, arguments: Values) -> Table:
    """Return the settings: secrets as `(set)`, addresses in the form that is safe to show."""
    rows = []
    for setting in SETTINGS:
        value = context.settings.value(setting.name)
        shown = value.text
        if setting.kind in ("url", "host"):
            shown = masked(value.text, bare=setting.kind == "host")
        if (
            setting.name.endswith(("password_file", "token_file", "client_key_file"))
            and "/" not in shown
        ):
            shown = "(set)" if shown else ""  # it may be the secret itself
        shown = "(set)" if setting.secret and value.text else shown
        origin = value.origin
        if not (arguments.json or arguments.csv):
            origin = _short(origin, paths.home(context.env))
        rows.append((setting.name, shown or None, origin))
    for section in LISTS:
        for entry in context.settings.entries(section):
            shown = _masked(entry.key, entry.text)
            origin = entry.origin
            if not (arguments.json or arguments.csv):
                origin = _short(origin, paths.home(context.env))
            rows.append((f"{section}.{entry.key}", shown or None, origin))
    why = context.settings.refused()
    notes = [why] if why else []
    notes += [f"{name}: {said}" for name, said in consent.without_effect(context.settings)]
    return Table("homelab.config/1", COLUMNS, list(rows), notes=tuple(notes))


def _masked(key: str, text: str) -> str:
    """A line of a section with lists, without passwords in URLs and repositories."""
    import shlex

    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    shown = [_word(word, key == "backup") for word in words]
    return text if shown == words else " ".join(shown)


def _word(word: str, is_source: bool) -> str:
    tool, _, where = word.partition(":")
    if is_source and tool in VARIABLES:
        return f"{tool}:{repository.masked(where)}"
    return masked(word) if "://" in word else word


def _short(path: str, home: str) -> str:
    """A path below the home directory as `~/…`, for people."""
    return f"~{path[len(home) :]}" if home and path.startswith(f"{home}/") else path
