"""Pure: the problems of containers."""

from __future__ import annotations

from homelab import times
from homelab.findings import OK, ORDER, UNKNOWN, WARNING, Finding, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.containers.container import Container

    Judgement = tuple[str, str, str]

FRESH = 10 * 60 * times.SECOND  # ns; a restart by its policy within this time is a problem
_APART = 60 * times.SECOND  # ns; Docker may write the end of a short run before its start

# Troubles in a reader's words, the worst first.
TROUBLES = (
    "unhealthy", "restarting", "dead", "out of memory", "not started", "exited", "paused",
)  # fmt: skip
# Policies with which an engine restarts every container that ends, unless a user stopped it.
_UNENDING = ("always", "unless-stopped")


def judged(container: Container, now: int, booted: int = 0) -> Judgement:
    """The state of a container at `now` (ns), its trouble (one of TROUBLES, or ""), and a detail.
    `booted` is the time (ns) at which the host booted, 0 if unknown.

    A container that ended by SIGTERM was stopped on purpose. One that ended by SIGKILL was stopped
    by `docker stop` after its timeout, or by the kernel for lack of memory: engines do not say
    which, so the state is unknown unless the restart policy decides it. With a policy that always
    restarts, a container stays down only if a user stopped it.
    """
    status = container.status
    if status in ("running", "restarting"):
        return _running(container, now)
    if status == "paused":
        return WARNING, "paused", "its processes are frozen until it is unpaused"
    if _cut_off(container):
        return WARNING, "exited", "it ran when the host went down, and was not started since"
    if status in ("created", "configured", "initialized"):
        return _created(container)
    if status in ("exited", "stopped"):
        return _exited(container, booted)
    if status == "dead":
        return WARNING, "dead", container.error or "its engine could not remove it"
    if status in ("removing", "stopping"):
        return UNKNOWN, "", "it is being stopped or removed"
    return UNKNOWN, "", f"unknown container state {status[:40]!r}"


def every(found: list[Container], now: int, booted: int = 0) -> list[tuple[Judgement, Container]]:
    """All containers with their judgements, problems first. A container that ended, and whose slot
    a newer running container has, is history and OK. After a failure the newer one must have run
    for a while, or it may fail next."""
    running: dict[tuple[str, str], Container] = {}
    for each in sorted(found, key=lambda container: container.created or 0):
        if each.slot and each.status == "running" and each.created is not None:
            running[each.engine, each.slot] = each
    judgements = []
    for each in found:
        judgement = judged(each, now, booted)
        heir = running.get((each.engine, each.slot))
        if heir and judgement[0] in (WARNING, UNKNOWN) and _replaced(each, heir):
            judgement = _history(judgement, heir, now)
        judgements.append((judgement, each))
    judgements.sort(key=lambda pair: order(*pair))
    return judgements


def _replaced(container: Container, heir: Container) -> bool:
    """Whether a container that does not run is older than the one that now has its slot."""
    gone = container.status in ("created", "exited", "stopped")
    return gone and container.created is not None and container.created < (heir.created or 0)


def _history(judgement: Judgement, heir: Container, now: int) -> Judgement:
    state, trouble, detail = judgement
    up = 0 if heir.started is None else now - heir.started
    if state == WARNING and up < FRESH:
        ago = times.spoken(max(up, 0))
        return state, trouble, f"{detail}; {heir.name} took its place {ago} ago"
    return OK, "", f"history: {heir.name} took its place and is running"


def _cut_off(container: Container) -> bool:
    """Whether a reboot ended a container of Podman, which then records no end: version 4 calls it
    created, version 5 exited. (Docker restarts it at boot, or records an end.)"""
    if container.engine != "podman" or container.started is None:
        return False
    return (container.finished or 0) < container.started - _APART


def _running(container: Container, now: int) -> Judgement:
    if container.health == "unhealthy":
        times_ = f" {container.failures} times" if container.failures > 1 else ""
        said = f": {container.said}" if container.said else ""
        return WARNING, "unhealthy", f"its health check failed{times_}{said}"
    if container.status == "restarting":
        detail = f"it keeps restarting; exit code {container.code}"
        return WARNING, "restarting", container.error or detail
    up = None if container.started is None else now - container.started
    if container.restarts and up is not None and up < FRESH:
        number = "once" if container.restarts == 1 else f"{container.restarts} times"
        ago = times.spoken(max(up, 0))
        return WARNING, "restarting", f"it ended and was restarted {number}, last {ago} ago"
    if container.health == "starting":
        said = f"; so far: {container.said}" if container.said else ""
        return UNKNOWN, "", f"its health check has not passed yet{said}"
    return OK, "", ""


def _created(container: Container) -> Judgement:
    if container.error:
        return WARNING, "not started", container.error
    if container.policy in _UNENDING:
        detail = f"created but never started, though its policy is {container.policy}"
        return WARNING, "not started", detail
    return OK, "", "never started"


def _exited(container: Container, booted: int) -> Judgement:
    code = container.code
    if container.error:
        return WARNING, "not started", container.error
    if container.killed:
        return WARNING, "out of memory", "the kernel killed it: it exceeded its memory limit"
    if container.policy in _UNENDING:
        if container.engine == "podman" and (container.finished or 0) < booted:
            # Podman has no daemon that starts it at boot; a systemd unit does, if enabled
            detail = "not started since boot: stopped by hand, or podman-restart.service is off"
            return UNKNOWN, "", detail
        return OK, "", f"stopped by hand: its policy {container.policy} would have restarted it"
    if code in (0, 130, 143):
        return OK, "", "" if code == 0 else "it was stopped by a signal"
    if container.policy == "on-failure":
        if not container.retries or container.restarts < container.retries:
            return OK, "", "stopped by hand: its policy on-failure would have restarted it"
        number = "once" if container.restarts == 1 else f"{container.restarts} times"
        return WARNING, "exited", f"the engine gave up after it restarted it {number}"
    if code == 137:
        detail = f"killed by {container.engine} stop or for lack of memory; the engine can't tell"
        return UNKNOWN, "", detail
    return WARNING, "exited", _CODES.get(code, "it exited with an error")


_CODES = {
    125: "the engine could not run it",
    126: "the command can't be executed",
    127: "the command was not found",
    134: "it aborted",
    139: "it crashed: segmentation fault",
    255: "it exited with an error, or the host went down",
}


def order(judgement: Judgement, container: Container) -> tuple[int, int, str]:
    """The sort key of containers: problems first, the worst of them first."""
    state, trouble, _ = judgement
    return ORDER.index(state), TROUBLES.index(trouble) if trouble else 0, container.name


def summary(found: list[Container], missed: int, now: int, booted: int = 0) -> Finding:
    """The finding for all containers; `missed` more could not be inspected."""
    judgements = every(found, now, booted)
    wrong = [(each.name, trouble) for (state, trouble, _), each in judgements if state == WARNING]
    unknown = [each.name for (state, _, _), each in judgements if state == UNKNOWN]
    running = sum(each.status == "running" for each in found)
    if wrong:
        kinds = {trouble for _, trouble in wrong}
        if len(kinds) == 1:
            told = [name for name, _ in wrong]
            value = f"{len(wrong)} {kinds.pop()}"
        else:
            told = [f"{name} ({trouble})" for name, trouble in wrong]
            value = f"{len(wrong)} with problems"
        number = len(wrong)
        return Finding(WARNING, "containers", value, few(told), number=number, unit="in trouble")
    value = f"{running} running"
    if missed:
        return Finding(UNKNOWN, "containers", value, f"{missed} more could not be inspected")
    if unknown:
        return Finding(UNKNOWN, "containers", value, f"unknown state: {few(unknown)}")
    others = len(found) - running
    detail = f"{others} stopped" if others else ""
    return Finding(OK, "containers", value, detail, number=0, unit="in trouble")
