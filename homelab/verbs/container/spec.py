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
            Argument("--socket", "socket", "ask this engine's socket alone"),
            Argument("--timeout", "span", "wait this long at most for all engines", default="10s"),
            *LIST,
        ),
        details=(
            "Asks the engines by their sockets, no Docker client needed: those that"
            " DOCKER_HOST and CONTAINER_HOST name, and the usual ones of root and of this account;"
            " as root, of every account. This account's own Podman is asked by its command where it"
            " has no socket. Problems: unhealthy, restarting or restarted within 10 min, ended with"
            " an error, out of memory, never started, paused. A container that its policy would"
            " have started again was stopped by hand, and is none; nor is one whose place in its"
            " Swarm or Compose service a newer one has that runs. An engine that can't be asked"
            " says unknown; beside one that answers, an engine that this account has no right to"
            " ask is skipped."
        ),
        examples=(
            "homelab container list",
            "homelab container list --json",
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
