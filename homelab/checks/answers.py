"""Pure: the rows of a check from the JSON that its verb printed in a child process."""

from __future__ import annotations

from homelab.checks.kinds import DISK, HOST, KINDS, NAMED_BY, POOLS, SMART
from homelab.checks.row import LONGEST, CheckRow, unknown, without_secrets
from homelab.errors import DONE, signal_of
from homelab.findings import FINE, ORDER, PROBLEMS, SKIPPED
from homelab.output import read_back
from homelab.output.columns import visible
from homelab.texts import clipped, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.catalogue.verb import Verb
    from homelab.checks.kinds import Kind
    from homelab.checks.lines import Line

_REASON = 500  # characters
_SHELL = frozenset(" \t\n*?[]{}'\"$;&|<>()`\\#~")  # characters that a shell does not leave alone


def rows(kind: Kind, line: Line, code: int, out: bytes, err: str, verb: Verb) -> list[CheckRow]:
    """The rows of a `verb` that ended with `code` (128+n: by signal n). Nothing is lost: what the
    verb could not say is a row of its own, with the reason."""
    said = sentence(err)
    try:
        document = read_back.document(out, verb.schema)
    except ValueError as wrong:
        why = _failed(kind, code, said)
        if code in verb.answers and out.strip():  # it says that it has an answer
            why = _clean(f"{kind.path}: {wrong}", _REASON)
        return [unknown(line.key, line.label, why, line.source)]
    found = [_row(kind, line, each) for each in document.rows]
    if code not in verb.answers or document.facts.get("complete") is False:
        error = document.facts.get("error")
        why = _failed(kind, code, error if isinstance(error, str) else said)
        found.append(unknown(line.key, line.label, why, line.source))
    elif not found and code == DONE:
        none = said or f"{kind.path} has nothing to check here"
        found.append(CheckRow(SKIPPED, line.key, line.label, none, source=line.source))
    elif not found:
        found.append(unknown(line.key, line.label, _failed(kind, code, said), line.source))
    return found


def sentence(err: str) -> str:
    """The last sentence of homelab in its stderr, else the last line; "" if there is none."""
    last = read_back.message(err) or err.strip().rpartition("\n")[2]
    return _clean(last, _REASON)


def _failed(kind: Kind, code: int, said: str) -> str:
    if signal_of(code):
        return f"{kind.path} was ended by signal {signal_of(code)}"
    return said or f"{kind.path} ended with exit code {code} and without an answer"


def _row(kind: Kind, line: Line, cells: dict[str, Any]) -> CheckRow:
    state = cells.get("state")
    if not isinstance(state, str) or state not in ORDER:
        why = f"{kind.path} gave a row without a known state"
        return unknown(line.key, line.label, why, line.source)
    detail = cells.get("detail") or cells.get(kind.fallback)
    row = CheckRow(
        state,
        kind.key,
        _name(kind, line, cells),
        _clean(detail, LONGEST) if isinstance(detail, str) else "",
        _clean(kind.value_of(cells), LONGEST),
        line.source,
        vitals=line.key == HOST,
    )
    short = _short(row.name)
    row.also = ((row.check, short),) if short != row.name else ()
    if kind.key == "health":
        row.also = (*row.also, (HOST, SMART if cells.get("type") == "smart" else POOLS))
    if line.key == HOST and row.name.startswith(DISK) and row.name != DISK:
        row.also = ((HOST, row.name),)
        row.check, row.name = "disk", row.name[len(DISK) :]
    return row


def _name(kind: Kind, line: Line, cells: dict[str, Any]) -> str:
    """The name of the thing in a row: the cell of the naming column, or that of the first other
    text, since the row of a manager or an engine names no unit or container."""
    named = cells.get(kind.name)
    if not isinstance(named, str) or not named:
        texts = [
            cell
            for key, cell in cells.items()
            if isinstance(cell, str) and cell and key not in ("state", "detail")
        ]
        named = texts[0] if texts else line.label
    return _clean(named, LONGEST)


def _short(name: str) -> str:
    """A name as people type it: `nas.lan` for nas.lan:443 and https://nas.lan/, `nginx` for
    nginx.service."""
    for scheme in ("https://", "http://"):
        if name.startswith(scheme):
            name = name[len(scheme) :]
    for end in ("/", ":443", ".service"):
        if len(name) > len(end) and name.endswith(end):
            name = name[: -len(end)]
    return name


def _clean(text: str, most: int) -> str:
    return clipped(visible(text), most)


def named_by(row: CheckRow) -> tuple[str, Kind] | None:
    """The verb that names each thing that a row of the vitals counts, if the row is a problem."""
    counts = row.vitals and row.check == HOST and row.state in PROBLEMS
    return NAMED_BY.get(row.name) if counts else None


def in_place_of(row: CheckRow, found: list[CheckRow]) -> list[CheckRow]:
    """The problems among the rows that name what a `row` of the vitals counts, and what is unknown
    beside them: an ignore of the one must not hide the other. The row itself if there is no
    problem."""
    named = [each for each in found if each.state not in FINE]
    if row.name in (POOLS, SMART):
        named = [each for each in named if (HOST, row.name) in each.also or not each.also]
    if not any(each.state in PROBLEMS for each in named):
        return [row]
    for each in named:
        each.also = (*each.also, (HOST, row.name))
        each.vitals = True
    return named


def without_doubles(rows: list[CheckRow]) -> list[CheckRow]:
    """The rows without those of the vitals about a thing that a line of its own names, too, and
    without what a second line repeats. The security updates of one host may be many, so they are
    behind all other rows."""
    own = {(row.check, row.name) for row in rows if not row.vitals}
    found: dict[tuple[object, ...], CheckRow] = {}
    for number, row in enumerate(rows):
        if row.vitals and (row.check, row.name) in own:
            continue
        same = (row.check, row.name, row.state, row.detail, row.vitals)
        found.setdefault(same if row.check in KINDS else (number,), row)
    return sorted(found.values(), key=lambda row: row.check == "update")


def _typed(word: str, key: str) -> str:
    """A word of a line of that key as it is typed in a shell, without secrets."""
    shown = without_secrets(word, key)
    return shown if _SHELL.isdisjoint(shown) and shown else quoted(shown)


def described(line: Line) -> str:
    """The command line that a line stands for; the arguments of an own verb or plugin, which may
    hold a password, are left out."""
    if line.key in KINDS:
        typed = (_typed(word, line.key) for word in line.words)
        return " ".join((KINDS[line.key].path, *line.front, *typed))
    more = " …" if len(line.words) > 1 else ""
    return f"{line.words[0]}{more}"
