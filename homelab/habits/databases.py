"""Read histories in SQLite: nushell's (reedline's src/history/sqlite_backed.rs) and atuin's
(crates/atuin-client/migrations). Nothing is written to them or beside them."""

from __future__ import annotations

import os

from homelab.errors import UNREACHABLE, Failure
from homelab.habits.entries import LONGEST, UNREADABLE, known_moment, text
from homelab.texts import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_WAIT = 2.0  # s for a lock that another program has
# Authors that atuin treats as AI agents if an entry has no kind of author: KNOWN_AGENTS in its
# src/history.rs. The account's own name does not count (a user `pi`).
_AGENTS = (b"claude-code", b"codex", b"copilot", b"opencode", b"pi")
_USER, _AGENT = 1, 2  # kinds of author
_NO_USER = b"unknown-user"  # in `host:user`


def entries(path: str) -> Iterator[tuple[int, str, bool]]:
    """The entries of a database, in its own order: (moment in s since the epoch or 0 if unknown,
    text, whether an AI agent typed it). The caller has checked who owns the file. Raises Failure
    (69), also after some entries."""
    try:
        import sqlite3
    except ImportError:  # Python can be built without it
        why = "it is a SQLite database, and this Python has no sqlite3; run homelab by another one"
        raise _unread(path, why) from None
    try:
        connection = sqlite3.connect(_address(path), timeout=_WAIT, uri=True)
    except sqlite3.Error as error:
        raise _unread(path, str(error)) from None
    try:
        connection.text_factory = bytes
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        yield from _rows(connection, path)
    except sqlite3.Error as error:
        raise _unread(path, _said(str(error))) from None
    finally:
        connection.close()


def _address(path: str) -> str:
    """The URI with which SQLite opens a database to read it. A database that no program has open is
    declared immutable: else SQLite would create lock files beside it (wal.html#readonly)."""
    quoted = "".join(f"%{byte:02x}" for byte in os.fsencode(path))
    alone = not any(os.path.exists(path + end) for end in ("-wal", "-shm", "-journal"))
    with open(path, "rb") as file:
        of_wal = file.read(20)[18:20] == b"\2\2"  # the format's versions (fileformat2.html)
    return f"file:{quoted}?mode=ro" + ("&immutable=1" if alone and of_wal else "")


def _rows(connection: sqlite3.Connection, path: str) -> Iterator[tuple[int, str, bool]]:
    columns = {
        row[1].decode("utf-8", "replace")
        for row in connection.execute("PRAGMA table_info(history)")
    }
    most = (LONGEST + 1,)
    if {"command_line", "start_timestamp"} <= columns:
        query = "SELECT start_timestamp, substr(CAST(command_line AS BLOB), 1, ?) FROM history"
        for when, command in connection.execute(query, most):
            yield _moment(when, 1000), _text(command), False
    elif {"command", "timestamp"} <= columns:
        author, kind, host = (
            name if name in columns else "NULL" for name in ("author", "author_kind", "hostname")
        )
        kept = "WHERE deleted_at IS NULL" if "deleted_at" in columns else ""
        query = f"""SELECT timestamp, substr(CAST(command AS BLOB), 1, ?), {author}, {kind}, {host}
            FROM history {kept}"""  # noqa: S608 - all words are ours
        for when, command, *by in connection.execute(query, most):
            yield _moment(when, 10**9), _text(command), _is_agent(*by)
    else:
        raise _unread(
            path, "homelab does not know its tables (atuin and nushell are read); update homelab"
        )


def _moment(value: object, unit: int) -> int:
    return known_moment(value // unit) if isinstance(value, int) else 0


def _text(value: object) -> str:
    return text(value) if isinstance(value, bytes) else UNREADABLE


def _is_agent(author: object, kind: object, host: object) -> bool:
    """Whether an AI agent typed an entry, by atuin's rules."""
    if kind in (_USER, _AGENT):
        return kind == _AGENT
    if author not in _AGENTS:
        return False
    name, colon, user = (host if isinstance(host, bytes) else b"").partition(b":")
    return author != (user if colon and user != _NO_USER else name)


def _said(error: str) -> str:
    if "locked" in error or "busy" in error:
        return f"another program has locked it for longer than {_WAIT:g} s; try again"
    if "malformed" in error or "not a database" in error:
        return f"it is damaged ({printable(error.partition(' (')[0])})"
    if "readonly" in error:  # SQLite would have to replay its journal
        return "a program was cut off while it wrote to it; start that program once"
    return printable(error)


def _unread(path: str, why: str) -> Failure:
    return Failure(UNREACHABLE, f"{printable(path)} is not read: {why}")
