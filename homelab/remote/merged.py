"""Pure: the answers of many hosts to one verb as one table, with one exit code."""

from __future__ import annotations

from homelab import __version__, findings
from homelab.catalogue.common import LIST
from homelab.errors import DONE, NO, UNREACHABLE, USAGE
from homelab.output import document, read_back
from homelab.output.answer import Column, Table
from homelab.texts import numbered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.catalogue.values import Values
    from homelab.output.answer import Cell
    from homelab.remote.carried import Carried
    from homelab.remote.verb_script import VerbAnswer

SCHEMA = "homelab.on/1"
_NAMES = 8  # hosts in a sentence
_MESSAGES = 4  # lines of a host's stderr that are notes
_LINE = Column("line")


class HostRow:
    """A row of the table: its `host`, and if it is a check's its `state`; `cells` are below the
    table's columns. A `failed` one says why the host has no answer, or not a whole one."""

    __slots__ = ("cells", "failed", "host", "state")

    def __init__(self, host: str, state: str = "", failed: bool = False) -> None:
        self.host = host
        self.state = state
        self.failed = failed
        self.cells: tuple[Cell, ...] = ()


class _HostAnswer:
    """The answer of a host: `rows` as objects by key, the other members of its document (`facts`)
    with its `schema`, the exit `code` of the verb there (None: it did not end), the `messages` of
    the verb, and why something is missing (`reason`)."""

    __slots__ = ("code", "facts", "messages", "reason", "rows", "schema")

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self.schema = ""
        self.code: int | None = None
        self.messages: list[str] = []
        self.reason = ""


def table(verb: Carried, answers: dict[str, VerbAnswer], arguments: Values) -> Table:
    """The one table of the `answers` by host, printed as the `arguments` say. Problems come first
    across hosts. The exit code is 1 if there is a problem anywhere, else 69 if anything is unknown
    or a host did not answer, else 0."""
    read = {
        host: _document(verb, host, answer) if verb.table else _text(answer)
        for host, answer in answers.items()
    }
    known = _known(verb, read)
    _judge_cells(read, known)
    checks = verb.table and verb.verb is not None and _is_check(verb)
    codes = [one.code for one in read.values() if not one.reason]
    if checks:
        _judge_codes(read)
    extra = read_back.unknown([row for one in read.values() for row in one.rows], known)
    reasons = any(one.reason for one in read.values())
    ours = [Column("host")]
    place = next((c.key for c in known if c.key in ("detail", "problem") and not c.detail), "")
    if not place:
        place = "problem"
        ours.append(Column(place, detail=not reasons))
    taken = {column.key for column in ours}
    theirs = [*known, *(Column(key, detail=True) for key in extra)]
    columns = [ours[0], *(_renamed(column, taken) for column in theirs), *ours[1:]]
    rows = _rows(read, known, extra, [column.key for column in columns], place, checks)
    facts: dict[str, object] = {
        "verb": verb.name,
        "schema_there": verb.verb.schema if verb.table and verb.verb else None,
        "hosts": [_facts_of(host, one) for host, one in read.items()],
        "failures": {host: one.reason for host, one in read.items() if one.reason},
    }
    shown = tuple(_at(column, index) for index, column in enumerate(columns))
    notes = (*_unknown_columns(read, known), *_messages(read))
    if checks:
        listed = verb.verb is not None and LIST[0] in verb.verb.arguments
        answer = findings.table(
            SCHEMA, shown, rows, arguments, lambda folded: _fine(folded, rows), facts, notes,
            listed=listed,
        )  # fmt: skip
        code = answer.code
    else:
        rows.sort(key=lambda row: not row.failed)
        answer = Table(SCHEMA, shown, rows, facts, notes)
        code = UNREACHABLE if reasons else DONE
        if not verb.table and any(
            one.code not in (None, DONE, UNREACHABLE) for one in read.values()
        ):
            code = NO
    if NO in codes:
        code = NO
    elif code == DONE and any(one != DONE for one in codes):
        code = UNREACHABLE
    answer.code = code
    return answer


def _is_check(verb: Carried) -> bool:
    """Whether the rows of a verb have the states of a check."""
    arguments = verb.verb.arguments if verb.verb else ()
    return any(argument.name == "--problems" for argument in arguments)


def _document(verb: Carried, host: str, answer: VerbAnswer) -> _HostAnswer:
    """Read an answer that is a JSON document."""
    found = _HostAnswer()
    assert verb.verb is not None
    if answer.result is not None:
        found.reason = answer.result.reason
        return found
    found.code = answer.code
    accepted = answer.code in verb.verb.answers
    if answer.code == USAGE:
        found.reason = _refused(host, answer)
        return found
    try:
        read = read_back.document(answer.out, verb.verb.schema)
    except ValueError as error:
        silent = not answer.out.strip() and answer.messages()
        found.reason = str(error) if accepted and not silent else answer.why()
        return found
    found.schema, found.facts, found.rows = read.schema, read.facts, read.rows
    if not accepted:
        found.reason = answer.why()
    else:
        found.messages = answer.messages()
    return found


def _text(answer: VerbAnswer) -> _HostAnswer:
    """Read an answer that is lines of text."""
    found = _HostAnswer()
    if answer.result is not None:
        found.reason = answer.result.reason
        return found
    found.code = answer.code
    text = answer.out.decode("utf-8", "replace").replace("\r\n", "\n")
    lines = text[:-1].split("\n") if text[-1:] == "\n" else text.split("\n") if text else []
    found.rows = [{"line": line} for line in lines]
    if answer.code:
        why = answer.why()
        code = f"exit code {answer.code}"
        found.reason = why if why.startswith(code) else f"{code}: {why}"
    else:
        found.messages = answer.messages()
        if not lines:
            found.rows = [{"line": None}]
    return found


def _refused(host: str, answer: VerbAnswer) -> str:
    """Why the homelab there refused the words: it may be older."""
    why = answer.why()
    if not answer.version or answer.version == __version__:
        return why
    if why.startswith("no verb"):
        return f"no such verb in {answer.version} there; homelab self push {host}"
    return f"{why}; {answer.version} is there, {__version__} here: homelab self push {host}"


def _known(verb: Carried, read: dict[str, _HostAnswer]) -> tuple[Column, ...]:
    """The columns of the answers: those of the verb, or if they depend on the answer, one for each
    key."""
    if not verb.table:
        return (_LINE,)
    rows = [row for one in read.values() for row in one.rows]
    keys = {column.key for column in verb.columns}
    if verb.columns and (not rows or any(keys & row.keys() for row in rows)):
        return verb.columns
    columns = []
    for key in dict.fromkeys(key for row in rows for key in row):
        values = [row[key] for row in rows if row.get(key) is not None]
        numbers = values and all(
            isinstance(value, (int, float)) and not isinstance(value, bool) for value in values
        )
        columns.append(Column(key, "count" if numbers else "text"))
        for row in rows:
            if isinstance(row.get(key), (dict, list, bool)):
                row[key] = document.dumps(row[key])
    return tuple(columns)


def _judge_cells(read: dict[str, _HostAnswer], columns: tuple[Column, ...]) -> None:
    """Refuse the answers with a value that its column can't have."""
    for one in read.values():
        try:
            for row in one.rows:
                read_back.cells(row, columns)
        except ValueError as error:
            one.rows, one.reason = [], str(error)


def _judge_codes(read: dict[str, _HostAnswer]) -> None:
    """Give a reason to each answer of a check whose exit code says that something is not fine,
    while no row does: it must not be reported as fine."""
    for one in read.values():
        fine = all(row.get("state") in findings.FINE for row in one.rows)
        if one.reason or one.code == DONE or not fine:
            continue
        if one.messages:
            one.reason = one.messages.pop()
        else:
            one.reason = f"its exit code is {one.code}, and no row there says why"


def _renamed(column: Column, taken: set[str]) -> Column:
    """The column under a key that is not `taken`; that key is taken then."""
    key = column.key
    while key in taken:
        key += "_there"
    taken.add(key)
    return column if key == column.key else _at(column, 0, key)


def _rows(
    read: dict[str, _HostAnswer],
    known: tuple[Column, ...],
    extra: list[str],
    keys: list[str],
    place: str,
    checks: bool,
) -> list[HostRow]:
    """The rows of all hosts in their order. `keys` are those of all columns, `extra` those that
    only the hosts know; the column `place` has the reason of a host without an answer."""
    rows = []
    at = next((index for index, key in enumerate(keys) if key == "state"), 0) if checks else 0
    for host, one in read.items():
        if one.reason:
            row = HostRow(host, findings.UNKNOWN if checks else "", failed=True)
            cells: list[Cell] = [None] * len(keys)
            cells[0] = host
            cells[keys.index(place)] = one.reason
            if at:
                cells[at] = findings.UNKNOWN
            row.cells = tuple(cells)
            rows.append(row)
        for values in one.rows:
            cells = [host, *read_back.cells(values, known)]
            cells += [_kept(values.get(key)) for key in extra]
            cells += [None] * (len(keys) - len(cells))
            row = HostRow(host)
            if checks:
                state = str(cells[at]) if at else ""
                row.state = state if state in findings.ORDER else findings.UNKNOWN
                if at:
                    cells[at] = row.state
            row.cells = tuple(cells)
            rows.append(row)
    return rows


def _kept(value: Any) -> Cell:
    """The cell of a column that is not known here."""
    kept: Cell = tuple(value) if isinstance(value, list) else value
    return kept


def _at(column: Column, index: int, key: str = "") -> Column:
    """The column of a HostRow's cell, under another `key` if that is given."""
    return Column(
        key or column.key,
        column.kind,
        column.flexible,
        column.omit,
        key.replace("_", " ").upper() or column.header,
        column.drop,
        column.detail,
        column.seconds,
        of=lambda row: row.cells[index],
    )


def _facts_of(host: str, one: _HostAnswer) -> dict[str, object]:
    return {"host": host, "exit": one.code, "schema": one.schema or None, "facts": one.facts}


def _unknown_columns(read: dict[str, _HostAnswer], known: tuple[Column, ...]) -> list[str]:
    """The sentences about columns that only other versions have."""
    hosts: dict[str, list[str]] = {}
    for host, one in read.items():
        keys = read_back.unknown(one.rows, known)
        if keys:
            hosts.setdefault(", ".join(sorted(keys)[:_NAMES]), []).append(host)
    return [
        f"{findings.few(names, _NAMES)}: {keys} is not known in {__version__} here; --json has it"
        if ", " not in keys
        else f"{findings.few(names, _NAMES)}: {keys} are not known in {__version__} here; --json"
        " has them"
        for keys, names in hosts.items()
    ]


def _messages(read: dict[str, _HostAnswer]) -> list[str]:
    """The messages of the verbs, each once with its hosts."""
    hosts: dict[str, list[str]] = {}
    for host, one in read.items():
        shown = list(dict.fromkeys(one.messages))
        more = len(shown) - _MESSAGES
        if more > 0:
            shown[_MESSAGES:] = [f"{numbered(more, 'more line')} on stderr"]
        for message in shown:
            hosts.setdefault(message, []).append(host)
    return [f"{findings.few(names, _NAMES)}: {message}" for message, names in hosts.items()]


def _fine(folded: list[HostRow], rows: list[HostRow]) -> str:
    """The sentence for rows that report no problem: the hosts that have no other rows by name. A
    host that only has skipped rows is not called fine."""
    troubled = {row.host for row in rows if row.state not in findings.FINE}
    checked = {row.host for row in folded if row.state != findings.SKIPPED}
    whole = [row for row in folded if row.host in checked - troubled]
    rest = [row for row in folded if row.host in checked & troubled]
    skipped = [row for row in folded if row.host not in checked]
    parts = []
    if whole:
        parts.append(f"{_hosts(whole)} ({_counted(whole)})")
    if rest:
        parts.append(f"{_counted(rest)} of {_hosts(rest)}")
    sentences = [f"fine: {', and '.join(parts)}"] if parts else []
    if skipped:
        sentences.append(f"skipped: {numbered(len(skipped), 'check')} of {_hosts(skipped)}")
    return findings.folded_text(*sentences)


def _hosts(rows: list[HostRow]) -> str:
    return findings.few(list(dict.fromkeys(row.host for row in rows)), _NAMES)


def _counted(rows: list[HostRow]) -> str:
    skipped = sum(row.state == findings.SKIPPED for row in rows)
    told = f", {skipped} skipped" if skipped else ""
    return f"{numbered(len(rows) - skipped, 'check')}{told}"
