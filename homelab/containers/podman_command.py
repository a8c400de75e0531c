"""Podman without a socket: its service is off unless somebody turned it on, so its command is
asked, where it is installed and this account has ever made a container."""

from __future__ import annotations

import time

from homelab.containers.container import Container
from homelab.containers.engines import MOST, Engine
from homelab.net.unix_http import Unanswered
from homelab.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.system.machine import Host

_LONGEST = 200  # characters of why it could not answer
_VALUES = 50_000  # of a container's document, which has a hundred
_LIST = ["podman", "ps", "--all", "--quiet", "--no-trunc"]
# The fields of `GET /containers/{id}/json`, of which Podman's own document is a near relative.
_FORMAT = (
    '{"Id":{{json .ID}},"Name":{{json .Name}},"State":{{json .State}},'
    '"RestartCount":{{json .RestartCount}},"Created":{{json .Created}},'
    '"Config":{"Image":{{json .ImageName}},"Labels":{{json .Config.Labels}}},'
    '"HostConfig":{"RestartPolicy":{{json .HostConfig.RestartPolicy}}}}'
)
# Where either of its databases stands: without one, asking would make it.
_DATABASES = ("/libpod/bolt_state.db", "/db.sql")


def asked(host: Host, env: Mapping[str, str], account: int, seconds: float) -> Engine | None:
    """What the command tells, or None where there is none or nothing was ever made with it. Raises
    Unanswered."""
    storage = "/var/lib/containers/storage"
    if account:
        storage = f"{paths.home(env)}/.local/share/containers/storage"
    if not any(host.exists(storage + database) for database in _DATABASES):
        return None
    engine = Engine("podman", "", "podman ps")
    end = time.monotonic() + seconds
    try:
        numbers = _run(host, env, account, _LIST, seconds).split()
        if numbers:
            command = ["podman", "container", "inspect", "--format", _FORMAT, *numbers[:MOST]]
            left = max(end - time.monotonic(), 0.1)
            engine.containers = read(_run(host, env, account, command, left))
    except FileNotFoundError:
        return None
    except TimeoutError:
        raise Unanswered("no whole answer in time", late=True) from None
    except OSError as error:
        raise Unanswered(error.strerror or str(error)) from None
    engine.missed = [""] * max(len(numbers) - len(engine.containers), 0)
    return engine


def _run(
    host: Host, env: Mapping[str, str], account: int, command: list[str], seconds: float
) -> str:
    from homelab.system.child import Cancelled

    own = paths.runtimes(env, account, host.owner)
    strange = env.get("XDG_RUNTIME_DIR", own[0]) not in own  # another account's, as su(1) leaves it
    child = host.child(command, seconds, **({"XDG_RUNTIME_DIR": own[0]} if strange else {}))
    try:
        code, out, err = child.run()
    except Cancelled:
        raise TimeoutError from None
    finally:
        child.end()  # which a signal to us leaves running
    if code and not out.kept:
        said = err.text().strip().splitlines()
        raise Unanswered(said[-1][:_LONGEST] if said else f"ended with {code}")
    return out.kept.decode("utf-8", "replace")


def read(text: str) -> list[Container]:
    """The containers in what `podman container inspect` printed, a document on each of at most MOST
    lines."""
    from homelab.net import bounded_json

    found = []
    for line in text.split("\n")[:MOST]:  # a label may have other ends of lines in it
        try:
            document = bounded_json.loads(line.encode(), _VALUES)
        except ValueError:
            continue
        if isinstance(document, dict):
            found.append(Container(document, "podman"))
    return found
