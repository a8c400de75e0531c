"""The pure half of the sender: how events are pushed, and what the results mean."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.lab import NOW

from homelab.telemetry import event, ledger, plan
from homelab.times import DAY, SECOND

_LABEL = st.sampled_from(["host status", "(personal)", "(unknown)", "(unknown) backup", "a-b c1"])


@given(st.integers(0, 10**19 - 1), st.integers(0, 255), _LABEL, st.integers(0, 4_194_304))
def test_an_events_file_name_reads_back(moment: int, code: int, verb: str, process: int) -> None:
    """File names of this build (`.0`), and of earlier ones, which wrote a process id there."""
    name = f"{moment:019d}.{process} exit={code} ver=0.6.0 verb={verb}"
    for mark in ("", plan.AS_FRESH, plan.AS_LATE, plan.AS_HOUR, *plan.IN_METADATA.values()):
        entry = plan.parsed(plan.marked(name, mark))
        assert entry is not None
        assert (entry.moment, entry.line, entry.verb) == (moment, f"exit={code} ver=0.6.0", verb)
        may_be = mark or (plan.AS_HOUR if process else "")  # late ones without a mark
        assert (entry.mark, entry.since) == (may_be, 0)
        waits = plan.parsed(plan.held(entry.name, 1_795_465_834))
        assert waits is not None
        assert (waits.mark, waits.moment, waits.since) == (mark, moment, 1_795_465_834)
    assert "/" not in name
    assert len(name) < 255


@given(st.text(min_size=1))
def test_rubbish_is_rejected_or_a_whole_event(name: str) -> None:
    entry = plan.parsed(name)
    if entry is not None:
        assert 0 <= entry.moment < 10**19
        assert entry.line.startswith("exit=")


_MARK = st.sampled_from(["", plan.AS_FRESH, plan.AS_LATE, plan.AS_HOUR, *plan.IN_METADATA.values()])
_AGES = st.lists(st.tuples(st.integers(-9 * DAY, 9 * DAY), _MARK, _LABEL), max_size=30)


@given(_AGES, st.integers(-20 * DAY, 20 * DAY), st.integers(0, 2), st.booleans())
def test_each_event_is_planned_once_whatever_loki_says_the_time_is(
    ages: list[tuple[int, str, str]], ahead: int, failures: int, metadata: bool
) -> None:
    entries = [
        plan.Entry(str(number), NOW - age, "exit=0 ver=0.6.0", verb, mark)
        for number, (age, mark, verb) in enumerate(ages)
    ]
    book = ledger.Ledger()
    book.clock, book.failures = ahead, failures
    planned = plan.plan(entries, NOW, book, metadata)
    seen = [entry.name for batch in planned.batches for entry in batch.entries]
    assert sorted(seen) == sorted(entry.name for entry in entries)
    assert planned.surplus == []
    for batch in planned.batches:
        for entry in batch.entries:  # the labels of the first try stay
            assert entry.mark in ("", batch.mark)
            assert entry.mark or plan.is_in_metadata(batch.mark) == metadata
        oldest = NOW + ahead - batch.entries[0].moment
        # events that may be refused are pushed alone
        assert len(batch.streams()) == 1 or (oldest <= plan.TOGETHER and not failures)
        if (
            batch.mark in (plan.AS_FRESH, plan.IN_METADATA[plan.AS_FRESH])
            and not batch.entries[0].mark
        ):
            assert oldest <= plan.FRESH


@given(st.integers(0, 2 * 10**18))
def test_a_late_stream_holds_a_quarter_of_an_hour(moment: int) -> None:
    """A quarter of an hour is half of the smallest window of the Lokis in use."""
    label = plan.late(moment, plan.AS_LATE)
    start = moment - moment % (15 * plan.MINUTE)
    assert plan.late(start, plan.AS_LATE) == label
    assert plan.late(start + 15 * plan.MINUTE - 1, plan.AS_LATE) == label
    assert plan.late(start + 15 * plan.MINUTE, plan.AS_LATE) != label


@given(st.lists(st.tuples(st.integers(10**18, 2 * 10**18), _LABEL, st.sampled_from(["", "h"]))))
def test_a_push_holds_each_event_once_in_the_order_of_time(
    events: list[tuple[int, str, str]],
) -> None:
    document = event.push_body(
        "zoë", [(moment, verb, "exit=0", late) for moment, verb, late in events]
    )
    streams = document["streams"]
    assert isinstance(streams, list)
    seen = []
    for stream in streams:
        labels, values = stream["stream"], stream["values"]
        assert set(labels) <= {"job", "user", "verb", "late"}
        assert values == sorted(values)
        seen += [(int(moment), labels["verb"], labels.get("late", "")) for moment, _ in values]
    assert sorted(seen) == sorted(events)
    assert len({tuple(sorted(stream["stream"].items())) for stream in streams}) == len(streams)


def test_the_wait_for_hidden_events_restarts_after_a_silence_of_loki() -> None:
    """Loki may have crashed, and then keeps the entries from its log in memory for as long
    again."""
    since = NOW // SECOND
    entry = plan.Entry("", NOW - DAY, "exit=0 ver=0.6.0", "a", plan.AS_FRESH, since)
    later = NOW + plan.HELD + plan.MINUTE
    book = ledger.Ledger()
    assert plan.trusted(entry, later, book)
    book.last_silence = NOW + plan.HOUR
    assert not plan.trusted(entry, later, book)
    assert plan.trusted(entry, later + plan.HOUR, book)
