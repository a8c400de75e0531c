"""Many hosts at once, over the ssh that this host has."""

from __future__ import annotations

from homelab.errors import NO, Failure
from homelab.install.remote_script import HostReply, HostResult, late
from homelab.system import parallel
from homelab.system.child import Child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONNECT = 10  # s at the most for a connection, of the whole that a host is given
_DESCRIPTORS = 8  # while ssh is started: both ends of its three pipes and of one for errors


def command(host: str, line: str, seconds: float, asks: bool) -> list[str]:
    """The command line for one host. Where it may not ask for a password or a new host's key, it
    fails instead. Everything else is as the account's ssh_config(5) has it, but for what is meant
    for logins, and would keep our command from running: scp(1) sets that aside as well."""
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
    outcome: Callable[[HostReply], HostResult],
) -> dict[str, HostResult]:
    """The `outcome` of what each host says to one line of sh with `data` on its stdin; `jobs` hosts
    are asked at a time. `tell` is given the number of those done, and the names of those that are
    being asked. Whatever ends this ends every ssh that is under way."""
    children = {
        host: Child(command(host, line, seconds, asks), env, data, seconds, asks) for host in hosts
    }
    busy: list[str] = []

    def ask(host: str) -> HostResult:
        busy.append(host)
        try:
            code, out, err = children[host].run()
        except TimeoutError:
            raise
        except OSError as error:
            what = f"ssh can't be started: {error.strerror}; install an OpenSSH client"
            raise Failure(NO, what) from None
        finally:
            busy.remove(host)
        return outcome(HostReply(code, bytes(out.kept), bytes(err.kept)))

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
