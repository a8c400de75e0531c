"""Pure: parse the output of `journalctl --reverse --output=json` (systemd.journal-fields(7),
systemd's JOURNAL_EXPORT_FORMATS)."""

from __future__ import annotations

import json

# The fields that name the run of the unit: in a program's entry, and in a manager's.
_RUNS = ("_SYSTEMD_INVOCATION_ID", "INVOCATION_ID", "USER_INVOCATION_ID")
FIELDS = ",".join(("MESSAGE", "MESSAGE_ID", "PRIORITY", "JOB_RESULT", "SYSLOG_IDENTIFIER", *_RUNS))


def last_lines(text: str, most: int, run: str = "") -> list[str]:
    """The last `most` lines that a unit wrote in its `run` (its InvocationID; "": in any), oldest
    first; `text` has the newest first."""
    lines: list[str] = []
    for row in reversed(text.split("\n")):  # no splitlines(): a message may have other line ends
        try:
            lines += _lines(json.loads(row), run)
        except (ValueError, RecursionError):  # cut off, or nested too deeply for a journal
            continue
    return lines[-most:] if most else []


def _lines(entry: object, run: str) -> list[str]:
    """The lines of an entry; none if it is another run's or one of systemd's own messages."""
    if not isinstance(entry, dict) or _book_keeping(entry):
        return []
    runs = [entry[field] for field in _RUNS if field in entry]
    if run and runs and run not in runs:
        return []
    return [line for line in message(entry.get("MESSAGE", "")).splitlines() if line.strip()]


def _book_keeping(entry: dict[str, object]) -> bool:
    """Whether an entry is one of systemd's own messages (started, exited, failed with a result),
    which only repeat the unit's state, or one that says "ignoring"."""
    if entry.get("SYSLOG_IDENTIFIER") != "systemd":
        return False
    priority = str(entry.get("PRIORITY", ""))  # of syslog(3); 3 is an error, 4 a warning
    if priority > "4" or "JOB_RESULT" in entry or ", ignoring" in message(entry.get("MESSAGE")):
        return True
    return priority == "4" and "MESSAGE_ID" in entry


def message(field: object) -> str:
    """The text of a field. journalctl prints unprintable text as a list of bytes, a repeated field
    as a list of values, and a field over 4 KiB as null."""
    if field is None:
        return "(a line longer than 4 KiB)"
    if isinstance(field, str):
        return field
    if isinstance(field, list):
        if all(isinstance(byte, int) and 0 <= byte < 256 for byte in field):
            return bytes(field).decode("utf-8", "replace")
        return "\n".join(message(value) for value in field)
    return str(field)
