"""Pure: one container, read from its engine's answer.

The shape is that of Docker's `GET /containers/{id}/json` (Engine API 1.24 and later), which Podman
serves too. Any account may have made the socket, so no field is trusted to be present, of its type,
or short.
"""

from __future__ import annotations

from homelab import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    Moment = Union[int, None]

_LONGEST = 200  # characters kept of a message of the container or its engine
_NAME = 256
_NEVER = 10**12  # larger numbers are not plausible


class Container:
    """A container as its engine reports it. `status` is the engine's word (running, exited, …),
    `health` the state of its health check (healthy, unhealthy, starting; "" without one), `code`
    the exit code of its last run, `policy` its restart policy, `said` the last output of a failed
    health check, `error` why the engine could not start it. `slot` is the place in its service that
    a later container may take over: of a Swarm task, or of a Compose service with its number; "" if
    it has none. Times are ns, None if there was none.
    """

    __slots__ = (
        "code", "created", "engine", "error", "failures", "finished", "health", "image", "killed",
        "name", "number", "policy", "project", "restarts", "retries", "said", "slot", "started",
        "status",
    )  # fmt: skip

    def __init__(self, document: dict[str, Any], engine: str) -> None:
        state = _object(document, "State")
        config = _object(document, "Config")
        labels = _object(config, "Labels")
        policy = _object(_object(document, "HostConfig"), "RestartPolicy")
        health = _object(state, "Health") or _object(state, "Healthcheck")  # Podman 3
        self.engine = engine
        self.number = _text(document, "Id")
        # Docker has a slash before the name, Podman's own commands have none
        self.name = _text(document, "Name").lstrip("/") or self.number[:12]
        self.image = _text(config, "Image") or _text(document, "ImageName")
        self.project = _text(labels, "com.docker.compose.project") or _text(
            labels, "io.podman.compose.project"
        )
        self.slot = _slot(labels, self.name)
        self.status = _text(state, "Status").lower()
        self.health = _text(health, "Status").lower().replace("none", "")
        if self.ended:
            self.health = ""  # that of its last run
        self.failures = _count(health, "FailingStreak")
        self.said = _last_said(health)
        self.code = _count(state, "ExitCode")
        # the cause is at the end: "… runc create failed: exec: no such file"
        self.error = _line(_text(state, "Error", 4096).rpartition("create failed: ")[2])
        self.killed = state.get("OOMKilled") is True
        self.restarts = _count(document, "RestartCount")
        self.policy = _text(policy, "Name") or "no"
        self.retries = _count(policy, "MaximumRetryCount")
        self.created = _moment(document, "Created")
        self.started = _moment(state, "StartedAt")
        self.finished = _moment(state, "FinishedAt")

    @property
    def since(self) -> Moment:
        """The time (ns) at which its state began."""
        if self.ended:
            return self.finished or self.started or self.created
        return self.started or self.created

    @property
    def service(self) -> str:
        """The name of the Compose or Swarm service that it belongs to, "" if none is known."""
        parts = self.slot.split("\n")
        return parts[1] if len(parts) == 3 else ""

    @property
    def ended(self) -> bool:
        """Whether the container has run and does not run now."""
        return self.status in ("exited", "stopped", "dead", "restarting")


def _slot(labels: dict[str, Any], name: str) -> str:
    """The slot of a container. The name of a Swarm task is SERVICE.SLOT.ID; SLOT is a number, or
    the node for a global service. Containers of `docker compose run` are not part of a service and
    have no slot. Kubernetes numbers its attempts at one container of a pod."""
    service = _text(labels, "com.docker.swarm.service.name")
    task = _text(labels, "com.docker.swarm.task.name") or name
    if service:
        inside, dot, _ = task[len(service) + 1 :].rpartition(".")
        found = ["swarm", service, inside]
        if not (dot and task.startswith(f"{service}.")):
            return ""
    elif name.startswith("k8s_") and name.count("_") == 5:  # …_CONTAINER_POD_SPACE_UID_ATTEMPT
        found = ["kubernetes", name.rpartition("_")[0]]
    else:
        by = "com.docker.compose"
        found = [_text(labels, f"{by}.{key}") for key in ("project", "service", "container-number")]
        if _text(labels, f"{by}.oneoff").lower() == "true":
            return ""
    # a text that was cut off may match another slot
    return "\n".join(found) if all(0 < len(text) < _NAME for text in found) else ""


def _last_said(health: dict[str, Any]) -> str:
    """The first line that the last failed health check wrote."""
    log = health.get("Log")
    for entry in reversed(log if isinstance(log, list) else []):
        if isinstance(entry, dict) and entry.get("ExitCode") != 0:
            return _line(_text(entry, "Output", 4096))
    return ""


def _line(text: str) -> str:
    """The first line of a text that is not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:_LONGEST] if lines else ""


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _text(document: dict[str, Any], key: str, longest: int = _NAME) -> str:
    """A text without invalid characters (JSON may hold half of a surrogate pair)."""
    found = document.get(key)
    if not isinstance(found, str):
        return ""
    return found[:longest].encode("utf-8", "replace").decode("utf-8")


def _count(document: dict[str, Any], key: str) -> int:
    found = document.get(key)
    return found if type(found) is int and 0 <= found < _NEVER else 0


def _moment(document: dict[str, Any], key: str) -> Moment:
    """A time in ns; None for the year 1, which engines write for "never"."""
    text = _text(document, key, 64)
    if text[4:5] != "-":
        return None
    try:
        return times.moment(text, 0)
    except (ValueError, OverflowError):
        return None
