"""The description of the verb `on`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, HOSTS, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "on",
        "run a verb on other hosts over ssh, with one table",
        "homelab.verbs.on.on:on",
        arguments=(
            *HOSTS,
            Argument(
                "--prefix",
                "text",
                "where homelab is installed on the hosts, if not in a usual place",
            ),
            Argument("--timeout", "span", "time limit for one host", default="60s"),
            Argument("--jobs", "count", "how many hosts at a time", default="32"),
            Argument("--yes", "flag", "run a verb that does more than read"),
            *CHECK,
            Argument(
                "VERB",
                "words",
                "the verb with its arguments, behind --",
                required=True,
                many=True,
                completion="verbs",
            ),
        ),
        details=(
            "It uses the ssh of this host with its configuration and agent, and the homelab that"
            " is installed on each host; homelab self push installs it. The verb runs on all hosts"
            " at once and answers in one table, problems first. A host that does not answer is a"
            " row with the reason. Its arguments are checked here first. A verb whose answer is"
            " text gives its lines. Groups are lines of [groups] in the settings: NAME = HOST HOST"
            " @OTHER. A run is counted here, as on and as the verb, and not on the hosts."
        ),
        effect="destructive",
        examples=(
            "homelab on nas pve1 -- host status",
            "homelab on @lab --json -- disk usage",
            "homelab on --from hosts.txt --timeout 20s -- update list",
            "homelab on nas --yes -- job forget backup",
        ),
        exits=(
            (0, "every host answered, and nothing is wrong"),
            (1, "a problem on a host"),
            (2, "wrong usage: no host was contacted"),
            UNCHECKED,
            (77, "HOMELAB_READ_ONLY is set, and the verb does more than read"),
        ),
        answers=(0, 1, 69),
        network=True,
        tool=False,
        usage="on HOST... [OPTIONS] -- VERB...",
        carries=True,
    ),
)
