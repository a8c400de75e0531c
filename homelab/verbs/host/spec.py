"""The descriptions of the verbs `host …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS, FULL, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "host status",
        "this host's vitals, problems first",
        "homelab.verbs.host.status:status",
        arguments=(
            *FULL,
            Argument("--memory", "percent", "warn when this much memory is used (%)", default="90"),
            Argument("--load", "number", "warn at this load per core, over 5 min", default="1.5"),
            *CHECK,
        ),
        details=(
            "Load, memory, disks, temperature and throttling, failed units, timers, containers,"
            " pools, SMART, jobs, updates, clock, reboot needed, time since boot. Memory counts as"
            " used if programs can't get it; caches are available. Slow checks run concurrently,"
            " for 10 s at most; package managers take the longest, often a second or two. What apt"
            " answered is kept in ~/.cache/homelab until anything changes that it depends on. A"
            " check that can't be done is unknown, never ok. A check that does not apply to this"
            " host, or needs a right that this account lacks, is skipped. For more of each: disk"
            " usage, disk health, unit failed, timer list, container list, job list, update list."
        ),
        examples=("homelab host status", "homelab host status --disk 80 --json"),
        exits=((0, "healthy"), (1, "a warning or worse"), UNCHECKED),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
