"""The descriptions of the verbs `container …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK_ANSWERS, LIST, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "container list",
        "containers of Docker and Podman, problems first",
        "homelab.verbs.container.list:list_rows",
        arguments=(
            Argument("NAME", "text", "a container or service that must run", many=True),
            Argument("--socket", "socket", "ask only the engine at this socket"),
            Argument(
                "--timeout", "span", "how long to wait for all engines together", default="10s"
            ),
            *LIST,
        ),
        details=(
            "Asks the engines over their sockets; no Docker client needed. These are the sockets"
            " that DOCKER_HOST and CONTAINER_HOST name, and the usual ones of root and of this"
            " account (as root: of every account). If this account's Podman has no socket, its"
            " command is run instead. Problems: unhealthy, restarting or restarted within 10 min,"
            " exited with an error, out of memory, never started, paused. A container that was"
            " stopped by hand (its restart policy would have started it again) is not a problem,"
            " nor is one that a newer running container of its Swarm or Compose service replaces."
            " An engine that can't be asked is unknown; if another engine answers, an engine that"
            " this account may not ask is skipped.\n\nWith NAME only these containers are shown,"
            " and each must run: one that does not exist or was stopped, even by hand, is critical."
            " NAME can also be a Compose or Swarm service: then all its containers must run. A"
            " missing container is unknown if an engine can't be asked."
        ),
        examples=(
            "homelab container list",
            "homelab container list --json",
            "homelab container list pihole vaultwarden",
            "homelab container list --socket /run/user/1000/podman/podman.sock",
        ),
        exits=(
            (0, "no container is in trouble"),
            (1, "at least one is"),
            UNCHECKED,
            (124, "no engine answered within --timeout"),
        ),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
