"""Pure: containers that must be there and running."""

from __future__ import annotations

from homelab.containers import judge
from homelab.findings import CRITICAL, OK, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.containers.container import Container
    from homelab.containers.engines import Heard

_NUMBER = 12  # digits of an ID, as in `docker ps`
_THERE = ("running", "restarting", "paused", "removing", "stopping")  # states of a run


def judged(
    heard: Heard, names: list[str], now: int, booted: int = 0
) -> list[tuple[str, str, str, Container | None]]:
    """The required containers as (state, name, detail, container), in the order of `names`; the
    container is None if there is none of that name.

    A name is that of a container, the start of its ID (12 digits or more), or that of a Compose or
    Swarm service: then all its containers must run, except those that newer ones replaced. A
    container that does not run is critical, even if someone stopped it. If an engine could not be
    asked, a missing container may be there: it is unknown.
    """
    known = [each for engine in heard.engines for each in engine.containers]
    every = judge.every(known, now, booted)
    rows: list[tuple[str, str, str, Container | None]] = []
    for name in dict.fromkeys(name.lstrip("/") for name in names):
        matching = [_must_run(*pair) for pair in every if pair[1].name == name]
        matching = matching or [_must_run(*pair) for pair in every if _has_id(pair[1], name)]
        matching = matching or _of_service([pair for pair in every if pair[1].service == name])
        rows += matching or [(*_missing(heard, name), None)]
    return list({id(row[3]) if row[3] else row[1]: row for row in rows}.values())


def _has_id(container: Container, start: str) -> bool:
    return len(start) >= _NUMBER and container.number.startswith(start)


def _must_run(
    judgement: judge.Judgement, container: Container
) -> tuple[str, str, str, Container | None]:
    state, _, detail = judgement
    if container.status not in _THERE:
        state, detail = CRITICAL, f"not running: {detail or container.status or 'no state'}"
    return state, container.name, detail, container


def _of_service(
    pairs: list[tuple[judge.Judgement, Container]],
) -> list[tuple[str, str, str, Container | None]]:
    """The rows for the containers of a service, without those that ended well and were replaced."""
    running = {each.slot for _, each in pairs if each.status == "running"}
    rows: list[tuple[str, str, str, Container | None]] = []
    for judgement, each in pairs:
        state, _, detail = judgement
        if each.status == "running" or each.slot not in running:
            rows.append(_must_run(judgement, each))
        elif state != OK:
            rows.append((state, each.name, detail, each))
    return rows


def _missing(heard: Heard, name: str) -> tuple[str, str, str]:
    """The state, the name and the detail for a name that no known container has."""
    missed = [(engine, each) for engine in heard.engines for each in engine.missed]
    for engine, each in missed:
        if each == name:
            return UNKNOWN, name, f"{engine.place} could not inspect it"
    places = [f"{silent.place}: {silent.reason}" for silent in heard.silent]
    places += [f"{path}: only root can see whether an engine is there" for path in heard.unseen]
    places += [
        f"{engine.place}: it could not inspect all containers"
        for engine in heard.engines
        if "" in engine.missed
    ]
    if places:
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        return UNKNOWN, name, f"not found, but not every engine was asked: {places[0]}{more}"
    return CRITICAL, name, "no such container"
