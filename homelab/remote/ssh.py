"""Run a line of sh on many hosts at once, over this host's ssh."""

from __future__ import annotations

from homelab.errors import NO, Failure
from homelab.system import parallel
from homelab.system.child import MOST, Child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from homelab.system.child import Output

    Result = TypeVar("Result")

CONNECT = 10  # s at most for a connection, out of the time for a host
_DESCRIPTORS = 8  # to start ssh: both ends of its three pipes and of one for errors


def command(host: str, line: str, seconds: float, asks: bool) -> list[str]:
    """The ssh command for one host. Without `asks` it fails instead of asking for a password or
    about a new host key. The account's ssh_config(5) holds, except options for logins that would
    keep our command from running: scp(1) overrides them as well."""
    return [
        "ssh", "-T", "-a", "-x",
        "-o", "RemoteCommand=none",
        "-o", "ClearAllForwardings=yes",
        "-o", "PermitLocalCommand=no",
        "-o", f"BatchMode={'no' if asks else 'yes'}",
        "-o", f"ConnectTimeout={max(1, min(CONNECT, int(seconds)))}",
        "-o", "LogLevel=ERROR",
        "--", host, line,
    ]  # fmt: skip


def answers(
    hosts: list[str],
    line: str,
    env: Mapping[str, str],
    seconds: float,
    jobs: int,
    data: bytes,
    asks: bool,
    tell: Callable[[int, list[str]], None],
    outcome: Callable[[int, Output, Output], Result],
    late: Callable[[float], Result],
    most: int = MOST,
    holds: bool = False,
    unstarted: int = NO,
    last: bytes = b"",
) -> dict[str, Result]:
    """The `outcome` of each host's answer (ssh's exit code, stdout and stderr) to one line of sh
    with `data` on its stdin; `jobs` hosts run at a time. A host that takes longer than `seconds`
    has the result `late(seconds)`. `most` bytes of its output are kept. With `holds` its stdin
    stays open, so that the line there can notice the end of the connection, and a host that prints
    more is not waited for. `tell` gets the number of finished hosts, and the names of the running
    ones. A host that has printed a line that begins with `last` is done. An exception that ends
    this ends every running ssh. Raises Failure (`unstarted`) if no ssh can be started."""
    children = {
        host: Child(
            command(host, line, seconds, asks), env, data, seconds, asks, most, holds, holds, last
        )
        for host in hosts
    }
    busy: list[str] = []

    def ask(host: str) -> Result:
        busy.append(host)
        try:
            code, out, err = children[host].run()
        except TimeoutError:
            raise
        except OSError as error:
            what = f"ssh can't be started: {error.strerror}; install an OpenSSH client"
            raise Failure(unstarted, what) from None
        finally:
            busy.remove(host)
        return outcome(code, out, err)

    def end() -> None:
        for child in children.values():
            child.end()

    ended = parallel.answers(
        hosts,
        ask,
        jobs=jobs,
        tell=lambda done, _: tell(done, busy),
        end=end,
        late=lambda _: late(seconds),
        descriptors=_DESCRIPTORS,
    )
    return dict(zip(hosts, ended))
