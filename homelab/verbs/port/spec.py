"""The descriptions of the verbs `port …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "port check",
        "whether TCP ports of hosts are open, refused or filtered",
        "homelab.verbs.port.check:check",
        arguments=(
            Argument(
                "TARGET",
                "ports",
                "HOST:PORT; several ports: nas.lan:22,80,8000-8010",
                required=True,
                many=True,
                value="HOST:PORT",
            ),
            Argument("--timeout", "span", "how long to wait for each port", default="3s"),
            Argument("--jobs", "count", "how many ports to ask concurrently", default="100"),
            *CHECK,
        ),
        details=(
            "open: it accepts connections. closed: it accepts them and closes them at once, as a"
            " proxy without its service does. refused: the host answers, but nothing listens on the"
            " port. filtered: no answer in time, as from a firewall or an unused address."
            " unreachable: no route to the host. unknown: the host's name can't be resolved."
            " Nothing is sent over a connection, and it is closed at once. Open ports are folded"
            " into one sentence; JSON and CSV have all, in the order given."
        ),
        examples=(
            "homelab port check nas.lan:22 [fd00::7]:443",
            "homelab port check pve.lan:22,8006 192.0.2.7:8000-8010 --timeout 1s",
        ),
        exits=(
            (0, "all are open"),
            (1, "a port is not open"),
            (69, "no problem found, but a port could not be asked"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
    ),
)
