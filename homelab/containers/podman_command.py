"""Ask Podman without a socket. Its service is off by default, so its command is run, if it is
installed and this account has ever made a container."""

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

_LONGEST = 200  # characters of its error message
_VALUES = 50_000  # JSON values of a container's document; usual are 100
_LIST = ["podman", "ps", "--all", "--quiet", "--no-trunc"]
# The fields of `GET /containers/{id}/json`; Podman's own document differs from it.
_FORMAT = (
    '{"Id":{{json .ID}},"Name":{{json .Name}},"State":{{json .State}},'
    '"RestartCount":{{json .RestartCount}},"Created":{{json .Created}},'
    '"Config":{"Image":{{json .ImageName}},"Labels":{{json .Config.Labels}}},'
    '"HostConfig":{"RestartPolicy":{{json .HostConfig.RestartPolicy}}}}'
)
# The paths of its two kinds of databases. If neither exists, the command would create one.
_DATABASES = ("/libpod/bolt_state.db", "/db.sql")


def asked(host: Host, env: Mapping[str, str], account: int, seconds: float) -> Engine | None:
    """The command's answer, or None if it is not installed or was never used. Raises Unanswered."""
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
        raise Unanswered("no complete answer in time", late=True) from None
    except OSError as error:
        raise Unanswered(error.strerror or str(error)) from None
    engine.missed = [""] * max(len(numbers) - len(engine.containers), 0)
    return engine


def _run(
    host: Host, env: Mapping[str, str], account: int, command: list[str], seconds: float
) -> str:
    from homelab.system.child import Cancelled

    own = paths.runtimes(env, account, host.owner)
    strange = env.get("XDG_RUNTIME_DIR", own[0]) not in own  # another account's, as after su(1)
    child = host.child(command, seconds, **({"XDG_RUNTIME_DIR": own[0]} if strange else {}))
    try:
        code, out, err = child.run()
    except Cancelled:
        raise TimeoutError from None
    finally:
        child.end()  # a signal to this process leaves the child running
    if code and not out.kept:
        said = err.text().strip().splitlines()
        raise Unanswered(said[-1][:_LONGEST] if said else f"exit code {code}")
    return out.kept.decode("utf-8", "replace")


def read(text: str) -> list[Container]:
    """The containers in the output of `podman container inspect`: one document a line, at most MOST
    lines."""
    from homelab.net import bounded_json

    found = []
    for line in text.split("\n")[:MOST]:  # not splitlines(): a label may contain other line ends
        try:
            document = bounded_json.loads(line.encode(), _VALUES)
        except ValueError:
            continue
        if isinstance(document, dict):
            found.append(Container(document, "podman"))
    return found
