"""What is sent how, and what of it a push says: the pure half of the sender."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.lab import NOW

from homelab.telemetry import event, outbox, plan
from homelab.times import DAY

_LABEL = st.sampled_from(["host status", "(personal)", "(unknown)", "(unknown) backup", "a-b c1"])


@given(st.integers(10**18, 2 * 10**18 - 1), st.integers(0, 255), _LABEL, st.integers(1, 4_194_304))
def test_an_events_file_name_reads_back(moment: int, code: int, verb: str, process: int) -> None:
    name = outbox.name_of(f"{moment} exit={code} ver=0.6.0 verb={verb}", process)
    for tried in ("", plan.AS_FRESH, plan.AS_LATE):
        entry = plan.parsed(plan.marked(name, tried))
        assert entry is not None
        assert (entry.moment, entry.line, entry.verb) == (moment, f"exit={code} ver=0.6.0", verb)
        assert entry.tried == tried
    assert "/" not in name
    assert len(name) < 255


@given(st.text(min_size=1))
def test_rubbish_is_no_event_or_a_whole_one(name: str) -> None:
    entry = plan.parsed(name)
    if entry is not None:
        assert len(str(entry.moment)) == 19
        assert entry.line.startswith("exit=")


_TRIED = st.sampled_from(["", plan.AS_FRESH, plan.AS_LATE])
_AGES = st.lists(st.tuples(st.integers(-9 * DAY, 9 * DAY), _TRIED, _LABEL), max_size=30)


@given(_AGES, st.integers(-20 * DAY, 20 * DAY))
def test_each_event_is_planned_once_whatever_loki_says_the_time_is(
    ages: list[tuple[int, str, str]], ahead: int
) -> None:
    entries = [
        plan.Entry(str(number), NOW - age, "exit=0 ver=0.6.0", verb, tried)
        for number, (age, tried, verb) in enumerate(ages)
    ]
    planned = plan.plan(entries, NOW, ahead)
    seen = [entry.name for batch in planned.batches for entry in batch.entries]
    gone = [entry.name for entry in planned.expired]
    assert sorted(seen + gone) == sorted(entry.name for entry in entries)
    for batch in planned.batches:
        verbs = {entry.verb for entry in batch.entries}
        assert batch.late or len(verbs) == 1  # what may be refused travels alone
        for entry in batch.entries:  # the labels of the first try stay
            assert entry.tried in ("", plan.AS_LATE if batch.late else plan.AS_FRESH)
    assert all(NOW - entry.moment > plan.TOO_OLD for entry in planned.expired)


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
