"""`usage …`, as data."""

from __future__ import annotations

from homelab.catalogue import evidence
from homelab.catalogue.common import ROWS
from homelab.verb import Verb

_COUNTING = (
    Verb(
        "usage doctor",
        "whether counted runs reach Loki and can be read back, step by step",
        "homelab.verbs.doctor:doctor",
        arguments=ROWS,
        details=(
            "Settings, name lookup, connect, TLS, route, auth, push, read back, clock, limits: each"
            " is ok, FAIL with what to do, or skipped with the reason. It pushes one event of the"
            " job homelab-selftest, which is never counted, and nothing where telemetry is off."
        ),
        effect="write",
        examples=("homelab usage doctor", "homelab usage doctor --json"),
        idempotent=False,
        exits=((0, "no step failed"), (1, "a step failed")),
        answers=(0, 1),
        schema="homelab.usage-doctor/1",
        network=True,
        recorded=False,
    ),
    Verb(
        "usage off",
        "stop counting, and delete what waits to be sent",
        "homelab.verbs.consent:off",
        details="Writes `enabled = no` under [telemetry] into your settings file.",
        effect="write",
        examples=("homelab usage off",),
        exits=((0, "done"), (78, "your settings file is broken or can't be written")),
        recorded=False,
    ),
    Verb(
        "usage on",
        "count the verbs of this account",
        "homelab.verbs.consent:on",
        details="Writes `enabled = yes` under [telemetry] into your settings file.",
        effect="write",
        examples=("homelab usage on",),
        exits=((0, "done"), (78, "your settings file is broken or can't be written")),
        recorded=False,
    ),
    Verb(
        "usage status",
        "whether verbs are counted, who decided, what became of the events",
        "homelab.verbs.consent:status",
        arguments=ROWS,
        examples=("homelab usage status",),
        exits=((0, "done"), (78, "a settings file is broken")),
        schema="homelab.usage-status/1",
        recorded=False,
    ),
    Verb(
        "usage vocabulary",
        "every label that an event can have",
        "homelab.verbs.consent:vocabulary",
        arguments=ROWS,
        details="What is not in this list can not leave this host.",
        examples=("homelab usage vocabulary",),
        exits=((0, "done"), (78, "a settings file is broken")),
        schema="homelab.usage-vocabulary/1",
        recorded=False,
    ),
)
VERBS = tuple(sorted((*_COUNTING, *evidence.VERBS), key=lambda verb: verb.path))
