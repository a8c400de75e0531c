"""The container engines of this host: where their sockets are, and their answers."""

from __future__ import annotations

import time
from functools import partial

from homelab.containers.container import Container
from homelab.net import unix_http
from homelab.net.unix_http import Unanswered
from homelab.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Union

    from homelab.system.machine import Host

    _Looked = tuple[Union[tuple[int, int], None], OSError]

MOST = 1000  # containers of an engine
_ALL = 4 * MOST  # of all engines together
_LIST = 4 << 20  # bytes; a container in a list takes 2000, or 3000 with many labels
_ONE = 1 << 20
# JSON values in a list and in one document, as net.bounded_json counts them: a container takes 150
# in a list, and 500 in its own document.
_LIST_VALUES = 600_000
_ONE_VALUES = 50_000
_SMALLEST = 0.2  # s
_LOOK = 1.0  # s to find a socket's file; only a dead mount takes longer
_PATIENCE = 2.0  # s for one container; an engine may hang on one and answer for the others
_NAME = 256  # characters
_NAMED = 10  # names kept of containers that could not be inspected
_USERS = 32  # accounts with sockets of their own, at most


class EngineSocket:
    """A socket to ask. `needed`: the user named it, so it is an error if it is missing."""

    __slots__ = ("needed", "path")

    def __init__(self, path: str, needed: bool = False) -> None:
        self.path = path
        self.needed = needed


class Engine:
    """An engine that answered: `name` (docker, podman), `version`, `place` (the path of its socket,
    or a command), its `containers`, and `missed`: the names of containers that it could not inspect
    ("" for one whose name is unknown)."""

    __slots__ = ("containers", "missed", "name", "place", "version")

    def __init__(self, name: str, version: str, place: str) -> None:
        self.name = name
        self.version = version
        self.place = place
        self.containers: list[Container] = []
        self.missed: list[str] = []


class Silent:
    """A socket that could not be asked: the `reason`, and whether that is a timeout (`late`) or a
    missing right of this account (`denied`)."""

    __slots__ = ("denied", "late", "place", "reason")

    def __init__(self, place: str, reason: str, late: bool = False, denied: bool = False) -> None:
        self.place = place
        self.reason = reason
        self.late = late
        self.denied = denied


class Heard:
    """All answers: the `engines`, the `silent` places that exist but did not answer, `unseen` paths
    that this account may not even see, and the sockets that `answered`, as pairs from
    Host.socket."""

    __slots__ = ("answered", "engines", "silent", "unseen")

    def __init__(self) -> None:
        self.answered: set[tuple[int, int]] = set()
        self.engines: list[Engine] = []
        self.silent: list[Silent] = []
        self.unseen: list[str] = []


def places(host: Host, env: Mapping[str, str], account: int) -> list[EngineSocket]:
    """The sockets where engines may be, for an account (uid). The clients of Docker and Podman read
    DOCKER_HOST and CONTAINER_HOST; remote engines are left out: only this host counts.
    """
    folders = paths.runtimes(env, account, host.owner)
    if account == 0:  # root may ask the engines of all accounts
        folders += of_all_accounts(host)
    named = [unix_path(env.get(name, "")) for name in ("DOCKER_HOST", "CONTAINER_HOST")]
    found = [EngineSocket(path, needed=True) for path in named if path]
    if not named[0]:
        found += [EngineSocket("/var/run/docker.sock")]
    found += [EngineSocket("/run/podman/podman.sock")]
    for folder in folders:
        found += [
            EngineSocket(f"{folder}/docker.sock"),
            EngineSocket(f"{folder}/podman/podman.sock"),
        ]
    return found


def of_all_accounts(host: Host) -> list[str]:
    """The folders for the sockets of all accounts."""
    return [f"/run/user/{user}" for user in sorted(host.names("/run/user"))[:_USERS]]


def unix_path(address: str) -> str:
    """The path in `unix:///run/docker.sock`, or "" for another address."""
    scheme, _, path = address.partition("://")
    return path if scheme == "unix" and path.startswith("/") else ""


def remote(env: Mapping[str, str]) -> list[str]:
    """The names of the variables that name an engine on another host."""
    names = ("DOCKER_HOST", "CONTAINER_HOST")
    return [name for name in names if env.get(name) and not unix_path(env[name])]


def asked(host: Host, found: list[EngineSocket], seconds: float) -> Heard:
    """The answers of the engines at these sockets, within `seconds` in all. A socket with two paths
    is asked once, and a container that two sockets list appears once."""
    from homelab.system import parallel

    heard = Heard()
    end = time.monotonic() + seconds
    there: dict[tuple[int, int], EngineSocket] = {}

    def look(place: EngineSocket) -> _Looked:
        try:
            return host.socket(place.path), OSError()
        except OSError as error:
            return None, error

    looks = parallel.answers(
        found, look, min(_LOOK, seconds), late=lambda _: (None, TimeoutError())
    )
    for place, (socket, error) in zip(found, looks):
        if socket is not None:
            there.setdefault(socket, place)
        elif isinstance(error, PermissionError):
            if place.path not in heard.unseen:
                heard.unseen.append(place.path)
        elif isinstance(error, TimeoutError):
            why = "its file system does not answer"
            heard.silent.append(Silent(place.path, why, late=True))
        elif place.needed:
            heard.silent.append(Silent(place.path, (error.strerror or str(error)).lower()))
    seen: set[str] = set()
    room = _ALL
    for index, (where, place) in enumerate(there.items()):
        # an engine that hangs gets only its share of the time, so that the others can answer
        share = max((end - time.monotonic()) / (len(there) - index), _SMALLEST)
        until = time.monotonic() + share
        ask = partial(_engine, place.path, until, seen, min(room, MOST))
        try:
            # its own time limits have no effect if connecting waits for a dead mount
            engine = parallel.with_timeout(ask, share + _SMALLEST)
        except TimeoutError:
            heard.silent.append(Silent(place.path, f"no answer within {seconds:g} s", late=True))
        except Unanswered as unheard:
            late = f"no complete answer within {seconds:g} s"
            reason = late if unheard.late else unheard.reason
            heard.silent.append(Silent(place.path, reason, unheard.late, unheard.forbidden))
        else:
            heard.engines.append(engine)
            heard.answered.add(where)
            room -= len(engine.containers)
    return heard


def _engine(path: str, end: float, seen: set[str], most: int) -> Engine:
    """Ask one engine for its list, and for at most `most` of its containers one by one. Raises
    Unanswered if it can't even list them."""
    try:
        pong = unix_http.get(path, "/_ping", end, _ONE)
    except Unanswered as error:
        if not error.forbidden:
            raise
        hint = "join the group docker, or run as root" if "docker" in path else "run as root"
        raise Unanswered(f"permission denied; {hint}", forbidden=True) from None
    if pong.status == 200 and "api-version" not in pong.headers:
        raise Unanswered("the program that answers is not a container engine")
    podman = "libpod-api-version" in pong.headers
    name = "podman" if podman else "docker"
    server = pong.headers.get("server", "").split(" ")[0].partition("/")[2]
    engine = Engine(name, pong.headers.get("libpod-api-version", server)[:40], path)
    # ask in the engine's own API version: newer engines refuse requests without one
    version = pong.headers.get("api-version", "")
    number = version.replace(".", "", 1)
    prefix = f"/v{version}" if number.isascii() and number.isdigit() else ""
    answer = unix_http.get(path, f"{prefix}/containers/json?all=1", end, _LIST)
    listed = _document(answer, _LIST_VALUES)
    entries = listed if isinstance(listed, list) else [None]
    names = {number: _name(each) for each in entries for number in [_number(each)] if number}
    if entries and not names:
        raise Unanswered("the program that answers is not a container engine")
    fresh = [number for number in names if number not in seen]
    engine.missed = [""] * sum(not _number(each) for each in entries)
    engine.missed += [names[number] for number in fresh[most : most + _NAMED]]
    engine.missed += [""] * (len(fresh) - most - _NAMED)
    for index, number in enumerate(fresh[:most]):
        until = min(end, time.monotonic() + _PATIENCE)
        try:
            answer = unix_http.get(path, f"{prefix}/containers/{number}/json", until, _ONE)
            if answer.status == 404:
                continue  # it was removed after the list was made
            told = _document(answer, _ONE_VALUES)
        except Unanswered as error:
            if error.late and time.monotonic() >= end:
                engine.missed += [names[each] for each in fresh[index:most]]
                break
            engine.missed.append(names[number])
            continue
        if isinstance(told, dict):
            engine.containers.append(Container(told, name))
        else:
            engine.missed.append(names[number])
    seen.update(fresh[:most])
    return engine


def _number(listed: Any) -> str:
    """The ID of a container in an engine's list, hexadecimal digits; "" if it is not valid."""
    number = listed.get("Id") if isinstance(listed, dict) else None
    if isinstance(number, str) and 12 <= len(number) <= 64 and not number.strip("0123456789abcdef"):
        return number
    return ""


def _name(listed: Any) -> str:
    """The first name of a container in an engine's list, else the start of its ID."""
    names = listed.get("Names") if isinstance(listed, dict) else None
    first = names[0] if isinstance(names, list) and names else None
    return first.lstrip("/")[:_NAME] if isinstance(first, str) else _number(listed)[:12]


def _document(answer: unix_http.Response, most_values: int) -> object:
    """The JSON of an answer. Raises Unanswered; if the engine refused, with its message."""
    from homelab.net import bounded_json

    try:
        told: Any = bounded_json.loads(answer.body, most_values)
    except ValueError:
        told = None
    if answer.status != 200:
        said = told.get("message") if isinstance(told, dict) else None
        words = f": {said[:200]}" if isinstance(said, str) and said.isprintable() else ""
        raise Unanswered(f"it answers {answer.status}{words}")
    if told is None:
        raise Unanswered("not the answer of a container engine: not JSON, or too many values")
    return told
