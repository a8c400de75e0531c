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
                "HOST:PORT; several ports are nas.lan:22,80,8000-8010",
                required=True,
                many=True,
                value="HOST:PORT",
            ),
            Argument("--timeout", "span", "wait so long for an answer", default="3s"),
            Argument("--jobs", "count", "how many are asked at once", default="100"),
            *CHECK,
        ),
        details=(
            "open: it takes connections. closed: it takes them and closes them at once, as a proxy"
            " without its service does. refused: the host answers, and nothing listens there."
            " filtered: no answer in time, as behind a firewall, or where no host is. unreachable:"
            " no route leads there. unknown: no name server says where the host is. The connection"
            " is closed at once, with nothing said. Open ones are one sentence;"
            " JSON and CSV have all, in the order given."
        ),
        examples=(
            "homelab port check nas.lan:22 [fd00::7]:443",
            "homelab port check pve.lan:22,8006 192.0.2.7:8000-8010 --timeout 1s",
        ),
        exits=(
            (0, "all are open"),
            (1, "one is not"),
            (69, "of those that could be asked none is wrong, but one could not"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
    ),
)
