"""The table of sinks: what each has to provide, and which one a run uses."""

from __future__ import annotations

import pytest

from homelab.settings import BY_NAME, Settings
from homelab.telemetry import journal, sinks, to_loki
from homelab.usage.from_journal import JournalRuns
from homelab.usage.from_loki import LokiRuns
from homelab.usage.source import runs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.telemetry.sinks import Writer
    from homelab.usage.source import Runs

    READERS: tuple[type[Runs], ...] = (LokiRuns, JournalRuns)

WRITERS: tuple[Writer, ...] = (to_loki, journal)


def test_each_sink_has_its_setting_and_its_modules() -> None:
    assert [sink.writer() for sink in sinks.SINKS] == list(WRITERS)
    assert [runs_of(sink) for sink in sinks.SINKS] == [LokiRuns, JournalRuns]
    *chosen, last = sinks.SINKS
    assert last.setting == ""
    assert all(sink.setting in BY_NAME for sink in chosen)


@pytest.mark.parametrize(
    ("env", "name"),
    [({}, "journal"), ({"HOMELAB_LOKI_URL": "http://loki.lan"}, "Loki"),
     ({"HOMELAB_LOKI_LB": "10.0.0.2"}, "journal")],
)  # fmt: skip
def test_a_run_takes_the_first_sink_whose_setting_is_set(env: dict[str, str], name: str) -> None:
    assert sinks.chosen(Settings(env, (), {})).name == name
