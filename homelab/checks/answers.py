"""Pure: the rows of a check from the JSON that its verb printed in a child process."""

from __future__ import annotations

import json

from homelab.checks.kinds import DISK, HOST, KINDS, NAMED_BY, POOLS, SMART
from homelab.checks.lines import without_secrets
from homelab.checks.row import LONGEST, CheckRow, unknown
from homelab.errors import DONE, SIGNALLED
from homelab.findings import ORDER, PROBLEMS, SKIPPED
from homelab.output.columns import visible
from homelab.texts import clipped, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from homelab.checks.kinds import Kind
    from homelab.checks.lines import Line

_OURS = "homelab: "  # in front of our sentences on stderr
_REASON = 500  # characters
_SHELL = frozenset(" \t\n*?[]{}'\"$;&|<>()`\\#~")  # characters that a shell does not leave alone


def rows(
    kind: Kind, line: Line, code: int, out: bytes, err: str, answers: Collection[int]
) -> list[CheckRow]:
    """The rows of a verb that ended with `code` (128+n: by signal n), of which `answers` are its
    answers. Nothing is lost: what the verb could not say is a row of its own, with the reason."""
    document = _document(out)
    said = sentence(err)
    if document is None:
        return [unknown(line.key, line.label, _failed(kind, code, said), line.source)]
    found = [_row(kind, line, each) for each in document["rows"]]
    if code not in answers or document.get("complete") is False:
        why = document.get("error")
        why = _failed(kind, code, why if isinstance(why, str) else said)
        found.append(unknown(line.key, line.label, why, line.source))
    elif not found and code == DONE:
        none = said or f"{kind.path} has nothing to check here"
        found.append(CheckRow(SKIPPED, line.key, line.label, none, source=line.source))
    elif not found:
        found.append(unknown(line.key, line.label, _failed(kind, code, said), line.source))
    return found


def sentence(err: str) -> str:
    """The last sentence of homelab in its stderr, else the last line; "" if there is none."""
    lines = [line for line in err.split("\n") if line.strip()]
    ours = [line[len(_OURS) :] for line in lines if line.startswith(_OURS)]
    return _clean((ours or lines or [""])[-1], _REASON)


def _failed(kind: Kind, code: int, said: str) -> str:
    how = f"exit code {code}"
    if code > SIGNALLED:
        how = f"signal {code - SIGNALLED}"
    if code > SIGNALLED or not said:
        return f"{kind.path} was ended by {how}" if code > SIGNALLED else (
            f"{kind.path} ended with {how} and without an answer"
        )  # fmt: skip
    return said


def _document(out: bytes) -> dict[str, Any] | None:
    """The JSON document with rows in a verb's output; None if there is none."""
    try:
        found: Any = json.loads(out)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("rows"), list):
        return None
    return found


def _row(kind: Kind, line: Line, cells: Any) -> CheckRow:
    state = cells.get("state") if isinstance(cells, dict) else None
    if not isinstance(state, str) or state not in ORDER:
        why = f"{kind.path} gave a row without a known state"
        return unknown(line.key, line.label, why, line.source)
    detail = cells.get("detail")
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
    """The problems among the rows that name what a `row` of the vitals counts; the row itself if
    there is none among them."""
    named = [each for each in found if each.state in PROBLEMS]
    if row.name in (POOLS, SMART):
        named = [each for each in named if (HOST, row.name) in each.also]
    for each in named:
        each.also = (*each.also, (HOST, row.name))
        each.vitals = True
    return named or [row]


def without_doubles(rows: list[CheckRow]) -> list[CheckRow]:
    """The rows without those of the vitals about a thing that a line of its own names, too."""
    own = {(row.check, row.name) for row in rows if not row.vitals}
    return [row for row in rows if not row.vitals or (row.check, row.name) not in own]


def _typed(word: str) -> str:
    """A word as it is typed in a shell, without secrets."""
    shown = without_secrets(word)
    return shown if _SHELL.isdisjoint(shown) and shown else quoted(shown)


def described(line: Line) -> str:
    """The command line that a line stands for; the arguments of an own verb or plugin, which may
    hold a password, are left out."""
    if line.key in KINDS:
        words = (KINDS[line.key].path, *line.front, *map(_typed, line.words))
        return " ".join(words)
    more = " …" if len(line.words) > 1 else ""
    return f"{line.words[0]}{more}"
