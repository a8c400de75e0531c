"""The hosts that a command line names: as operands, as groups of the settings, and in lists."""

from __future__ import annotations

from homelab.errors import USAGE, Failure
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

_MOST = 10_000  # hosts in a run


def named(context: Context, arguments: Values, verb: str) -> list[str]:
    """The hosts in the `arguments` of a verb (HOST, --from, --prefix), without duplicates. Raises
    Failure: 2 for wrong words, 78 for a group that can't be used."""
    from homelab.remote.groups import Groups
    from homelab.remote.hosts import listed, once, wrong
    from homelab.remote.shell import prefix_wrong
    from homelab.system import files

    words: list[tuple[int, str]] = []
    groups: Groups | None = None

    def read(path: str, what: str) -> None:
        try:
            hosts = listed(files.text(path, what, arguments.timeout / SECOND))
        except ValueError as error:
            raise Failure(USAGE, f"{what}: {error}") from None
        words.extend(hosts.names)
        if hosts.ignored:
            context.message(
                f"{what}: {', '.join(hosts.ignored)} ignored: ssh only gets the host name; set"
                " HostName, User and Port in ~/.ssh/config"
            )

    for name in arguments.host:
        if name == "-":
            read(name, "--from: stdin")
        else:
            words.append((0, name))
    file = vars(arguments)["from"]
    if file:
        read(file, "--from: stdin" if file == "-" else f"--from: {file}")
    names: list[str] = []
    for number, name in words:
        if name[:1] == "@" and len(name) > 1:
            groups = groups or Groups(context.settings.entries("groups"))
            names += groups.hosts(name[1:])
            continue
        why = wrong(name)
        if why:
            secret = "://" in name or (":" in name and "@" in name)
            what = f"line {number}: its first word" if number else repr(name)
            what = "a word" if secret and not number else what
            raise Failure(USAGE, f"{what} is not a host: {why}", usage_of=verb)
        names.append(name)
    why = prefix_wrong(arguments.prefix or "")
    if why:
        raise Failure(USAGE, f"--prefix: {why}", usage_of=verb)
    hosts = once(names)
    if len(hosts) > _MOST:
        raise Failure(USAGE, f"more than {_MOST} hosts; split them over several runs")
    if not hosts:
        what = "no hosts in the list" if file or arguments.host else "HOST is missing"
        raise Failure(USAGE, what, usage_of=verb)
    return hosts
