"""Targets for the files of counted runs, which older and newer versions write too, and for
settings."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Optional

from fuzz.samples import texts_of
from fuzz.target import Target
from homelab import times
from homelab.errors import Failure
from homelab.settings import BY_NAME, changed, parse
from homelab.telemetry import event, fold, history, ledger, plan
from homelab.telemetry.history import Journal
from homelab.telemetry.ledger import Ledger
from homelab.telemetry.plan import Entry
from homelab.usage import offer
from homelab.usage.counts import Counts
from homelab.usage.outcome import PASSES_ON

_NOW = 1_795_465_834 * times.SECOND
_Kept = dict[str, tuple[str, int]]


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder that is deleted when the process ends."""
    return tempfile.TemporaryDirectory(prefix="homelab-fuzz-")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


_Record = Optional[tuple[int, str, str, dict[str, str]]]


def _record(data: bytes) -> _Record:
    event.decode(_text(data))
    return event.decode_record(_text(data))


def _is_record(data: bytes, found: _Record) -> None:
    if found is None:
        return
    moment, verb, line, fields = found
    written = f"{moment:019d} {line} verb={verb}"
    assert event.decode_record(written) == found
    assert 0 <= int(fields["exit"]) <= 999
    assert written.isprintable()
    body = event.push_body("al", [(moment, verb, line, "")])
    assert body["streams"] == [
        {
            "stream": {"job": event.JOB, "user": "al", "verb": verb},
            "values": [[str(moment), line]],
        }
    ]


def _entry(data: bytes) -> Entry | None:
    found = plan.parsed(_text(data))
    assert not (found and plan.is_damaged(found.name))
    return found


def _is_entry(data: bytes, found: Entry | None) -> None:
    if found is None:
        return
    assert "/" not in found.name
    assert found.moment < 10**19
    for mark in (plan.AS_FRESH, plan.AS_LATE, plan.AS_HOUR, *plan.IN_METADATA.values()):
        again = plan.parsed(plan.marked(found.name, mark))
        assert again is not None
        assert (again.moment, again.line, again.verb, again.mark) == (
            found.moment, found.line, found.verb, mark,
        )  # fmt: skip
        plan.late(found.moment, mark)
    held = plan.parsed(plan.held(found.name, 1_795_465_834))
    assert held is not None
    assert (held.moment, held.since) == (found.moment, 1_795_465_834)
    planned = plan.plan([found], _NOW, Ledger())
    sent = [entry for batch in planned.batches for entry in batch.entries]
    is_sendable = event.is_sendable(found.verb, found.line)
    kept = (sent, planned.early, planned.foreign)
    early = found.moment < event.EARLIEST
    assert [found] in kept
    assert bool(planned.foreign) == (not is_sendable)
    assert bool(planned.early) == (is_sendable and early)


def _ledger(data: bytes) -> Ledger:
    folder = Path(_folder().name)
    (folder / ledger.NAME).write_bytes(data)
    return ledger.read(str(folder))


def _is_ledger(data: bytes, found: Ledger) -> None:
    folder = _folder().name
    assert 1 <= found.size <= ledger.MOST
    rested = found.rest_until
    ledger.write(folder, found, rested)
    again = ledger.read(folder)
    assert vars(again) == {**vars(found), "reason": " ".join(found.reason.split())}
    waiting = plan.parsed("1795459106342321843.0 exit=0 ver=0.6.0 verb=a")
    assert waiting is not None
    plan.plan([waiting], _NOW, found)
    plan.trusted(waiting, _NOW, found)
    plan.rest(found.failures)
    for moment in (found.last_delivery, found.last_failure, found.last_push):
        times.local(moment)


_Runs = tuple[dict[bytes, int], bool]


def _journal(data: bytes) -> _Runs:
    """The runs by the rest of their lines, and whether lines are to be folded."""
    first, blank, rest = data.partition(b"\0")
    folder = Path(_folder().name)
    for path in folder.iterdir():
        path.unlink()
    (folder / "usage.log").write_bytes(first)
    if blank:
        (folder / "usage.history").write_bytes(rest)
    return _runs(str(folder)), bool(first)


def _runs(folder: str) -> dict[bytes, int]:
    runs: dict[bytes, int] = {}
    with Journal(folder) as journal:
        for day, rows in journal.days():
            for newest, count, tail in rows:
                assert times.day_of(newest) == day
                runs[tail] = runs.get(tail, 0) + count
        for lines in journal.lines():
            assert lines == sorted(lines)
            for _, of_day in history.by_day(lines, 0, len(lines)):
                for tail, count, _ in history.tally(of_day):
                    runs[tail] = runs.get(tail, 0) + count
    return {tail: count for tail, count in runs.items() if _ours(tail)}


def _ours(tail: bytes) -> bool:
    record = (b"1795459106342321843" + tail).decode("utf-8", "surrogateescape")
    return event.decode_record(record) is not None


def _is_folded(data: bytes, found: _Runs) -> None:
    """Assert that a fold loses no run, and adds none."""
    folder = _folder().name
    fold.fold(folder, _NOW, 400)
    assert _runs(folder) == found[0]


def _versions(data: bytes) -> Counts:
    counts = Counts()
    for version in _text(data).split("\n"):
        counts.add(version, 20_000, 0, 1, PASSES_ON)
    return counts


def _are_versions(data: bytes, counts: Counts) -> None:
    assert offer.first_seen(counts, "0.6.0") in (None, 20_000 * times.DAY)


def _settings(data: bytes) -> _Kept:
    return parse(data.decode("utf-8", "replace"), "config.ini")


def _are_settings(data: bytes, found: _Kept) -> None:
    text = data.decode("utf-8", "replace")
    assert set(found) <= set(BY_NAME)
    values = {name: value for name, (value, _) in found.items()}
    for name, value in (("telemetry.enabled", "no"), ("loki.url", "http://x")):
        after = parse(changed(text, name, value), "config.ini")
        assert {key: each for key, (each, _) in after.items()} == {**values, name: value}


_LINE = b"exit=0 ver=0.6.0 verb=logs query"
_LINES = (
    b"1795459106342321843 " + _LINE + b"\n1795459106342321844 exit=1 ver=0.7.0 x=1 verb=nas df\n"
    b"1700459106342321843 " + _LINE + b"\n"
)
_HISTORY = (
    b"homelab-usage-history 1\nmoved 7\nfolded 20410\ncounts 56\nabsorbed 7 81234\n\n"
    b"1763500106342321843 12 " + _LINE + b"\n" + _LINES
)

TARGETS = (
    Target(
        "telemetry.event", _record, _is_record,
        (*texts_of("telemetry/test_event.py"), b"1795459106342321843 " + _LINE),
    ),
    Target(
        "telemetry.plan", _entry, _is_entry,
        (b"1795459106342321843.0 " + _LINE, b"q1795459106342321843.1795465834 " + _LINE,
         b"t1795459106342321843.4711 " + _LINE),
    ),
    Target(
        "telemetry.ledger", _ledger, _is_ledger,
        (b"delivered 3\ndropped 0\nclock -5\nsize 12\nrest 9\nreason it is out of reach\n"
         b"last_push 1795459106342321843\nsettled 1795459106342321843.0 " + _LINE + b"\n",),
        inputs=600,
    ),
    Target(
        "telemetry.history", _journal, _is_folded,
        (_LINES, _LINES + b"\0" + _HISTORY), (Failure,), inputs=500,
    ),
    Target("usage.offer", _versions, _are_versions, (b"0.6.0\n0.10.2\n1.0", b"")),
    Target(
        "settings", _settings, _are_settings,
        (*texts_of("telemetry/test_consent.py"),
         (b"# x\n[loki]\nurl = http://loki.lan\nlb=10.0.0.5\n\n[telemetry]\nenabled = yes\n"
         b"journal_days = 400\n[verbs]\npath = /srv/a:/srv/b\n")),
        (Failure,),
    ),
)  # fmt: skip
