"""`self …`: this file, on this host and on others."""

from __future__ import annotations

import os

from homelab import __version__, baked, places
from homelab.errors import DONE, NO, USAGE, Failure
from homelab.output.answer import Column, Table
from homelab.times import SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.copies.layout import Copy, Prefix
    from homelab.copies.remote import Answer, Outcome
    from homelab.output.answer import Cell

_INSTALL = (Column("state"), Column("path"))
_PUSH = (Column("host"), Column("result"), Column("version"), Column("python"))
_HOSTS = (*_PUSH[:3], Column("build"), _PUSH[3])
_COMPLETION = {
    "bash": "share/bash-completion/completions/homelab",
    "zsh": "share/zsh/site-functions/_homelab",
    "fish": "share/fish/vendor_completions.d/homelab.fish",
}
_MANUAL = "share/man/man1/homelab.1"


def install(context: Context, arguments: Values) -> Table:
    """Put the running file below a prefix, or take what stands there away."""
    from homelab.copies import hints, layout, local

    prefix = layout.Prefix(_whole_path(context, arguments.prefix))
    if arguments.uninstall:
        return _uninstalled(context, prefix)
    copy = _copy(context)
    shells = [shell for shell in _COMPLETION if hints.is_there(shell, context.env)]
    done, notes = local.install(copy, prefix, _extras(shells), context.env)
    return Table(
        "homelab.self-install/1",
        _INSTALL,
        list(done),
        facts={"version": copy.version, "build": copy.build},
        notes=(*notes, *hints.left(prefix, shells, context.env)),
    )


def _whole_path(context: Context, folder: str) -> str:
    """Where a prefix is. Raises Failure (2)."""
    if folder == "~" or folder.startswith("~/"):  # as in --prefix=~/.local, which sh leaves alone
        home = places.home(context.env)
        if not home:
            raise Failure(USAGE, f"--prefix: {folder!r} names a home directory, and there is none")
        folder = home + folder[1:]
    try:
        return os.path.abspath(folder)
    except FileNotFoundError:
        what = f"{folder!r} is not a whole path, and the working directory is gone"
        raise Failure(USAGE, f"--prefix: {what}") from None


def _uninstalled(context: Context, prefix: Prefix) -> Table:
    from homelab.copies import local

    done = local.uninstall(prefix, _extras(list(_COMPLETION)))
    left = [prefix.link] if done and os.path.lexists(prefix.link) else []
    notes = [f"{path} was not put there by self install and stays" for path in left]
    env = context.env
    own = (os.path.dirname(places.user_settings(env)), places.state(env), places.user_verbs(env))
    kept = [path for path in own if path and os.path.exists(path)]
    if done and kept:
        notes.append(f"your settings, counts and verbs stay, in {', '.join(kept)}")
    return Table(
        "homelab.self-install/1",
        _INSTALL,
        list(done),
        notes=tuple(notes),
        empty=f"nothing of homelab is installed below {prefix.folder}",
        code=DONE if done else NO,
    )


def _copy(context: Context) -> Copy:
    from homelab.copies.layout import Copy

    return Copy(context.program, __version__, baked.BUILD)


def _extras(shells: list[str]) -> dict[str, str]:
    """What is installed beside the file, by its path below the prefix."""
    from homelab import manual
    from homelab.shims import SHIMS
    from homelab.verbs.discovery import environment

    texts = {_COMPLETION[shell]: SHIMS[shell] for shell in shells}
    return {**texts, _MANUAL: manual.page(environment())}


def push(context: Context, arguments: Values) -> Table:
    """Install the running file on other hosts."""
    import hashlib

    from homelab.copies import remote

    hosts = _named(context, arguments, "self push")
    copy = _copy(context)
    digest = hashlib.sha256(copy.data).hexdigest()
    if arguments.dry_run:
        where = arguments.prefix or "/usr/local for root and ~/.local for others"
        what = f"{copy.path}, {len(copy.data)} bytes with sha256 {digest},"
        return Table(
            "homelab.self-push/1",
            _PUSH,
            [(host, "would install", copy.version, None) for host in hosts],
            facts={"build": copy.build, "sha256": digest, "failures": {}},
            notes=(f"no host was reached; {what} would be installed below {where}",),
        )
    line = remote.push_line(arguments.prefix or "", digest)
    found = _everywhere(context, arguments, hosts, line, copy.data, "copying to")
    outcomes = {host: remote.pushed(answer, copy.build) for host, answer in found.items()}
    return _told(
        "homelab.self-push/1",
        _PUSH,
        hosts,
        {**_late(arguments, hosts), **outcomes},
        {"build": copy.build, "sha256": digest},
    )


def hosts(context: Context, arguments: Values) -> Table:
    """Which build runs on other hosts."""
    from homelab.copies import remote

    names = _named(context, arguments, "self hosts")
    line = remote.ask_line(arguments.prefix or "")
    found = _everywhere(context, arguments, names, line, b"", "asking")
    outcomes = {
        host: remote.asked(answer, __version__, baked.BUILD) for host, answer in found.items()
    }
    return _told(
        "homelab.self-hosts/1",
        _HOSTS,
        names,
        {**_late(arguments, names), **outcomes},
        {"version": __version__, "build": baked.BUILD},
    )


def _late(arguments: Values, hosts: list[str]) -> dict[str, Outcome]:
    from homelab.copies.remote import late

    return {host: late(arguments.timeout / SECOND) for host in hosts}


def _told(
    schema: str,
    columns: tuple[Column, ...],
    hosts: list[str],
    outcomes: dict[str, Outcome],
    facts: dict[str, object],
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for host in hosts:
        one = outcomes[host]
        known = {"host": host, "result": one.result, "version": one.version, "build": one.build}
        known["python"] = one.python
        rows.append(tuple(known[column.key] or None for column in columns))
    failures = {host: outcomes[host].reason for host in hosts if not outcomes[host].good}
    return Table(
        schema,
        columns,
        rows,
        facts={**facts, "failures": failures},
        notes=tuple(f"{host}: {reason}" for host, reason in failures.items()),
        code=NO if failures else DONE,
    )


def _named(context: Context, arguments: Values, verb: str) -> list[str]:
    """The hosts that were asked for, each once. Raises Failure (2) where one can be none."""
    from homelab.copies import names, remote

    found = []
    for name in arguments.host:
        if name == "-":
            found += names.listed(_text(0, "stdin"))
        else:
            found.append((0, name))
    file = vars(arguments)["from"]
    if file:
        found += names.listed(_text(0 if file == "-" else file, file))
    for number, name in found:
        why = names.wrong(name)
        if why:
            where = f"line {number}: " if number else ""
            raise Failure(USAGE, f"{where}{name!r} is no host: {why}", usage_of=verb)
    why = remote.prefix_wrong(arguments.prefix or "")
    if why:
        raise Failure(USAGE, f"--prefix: {why}", usage_of=verb)
    hosts = names.once(name for _, name in found)
    if not hosts:
        what = "no host is named in the list" if file or arguments.host else "HOST is missing"
        raise Failure(USAGE, what, usage_of=verb)
    return hosts


def _text(file: str | int, name: str) -> str:
    try:
        own = isinstance(file, str)
        with open(file, encoding="utf-8-sig", errors="replace", closefd=own) as stream:
            return stream.read(1 << 20)
    except OSError as error:
        raise Failure(USAGE, f"--from: {name} can't be read: {error.strerror}") from None


def _everywhere(
    context: Context, arguments: Values, hosts: list[str], line: str, data: bytes, doing: str
) -> dict[str, Answer]:
    """What each host has answered in time. Progress is shown at a terminal."""
    from homelab.copies.ssh import Hosts
    from homelab.progress import Progress

    terminal = context.terminal()
    asks = terminal and len(hosts) == 1  # for a password; of many nobody would know which asks
    ssh = Hosts(hosts, line, context.env, arguments.timeout / SECOND, arguments.jobs, data, asks)
    progress = Progress(context.stderr, terminal and not asks)
    found: dict[str, Answer] = {}
    done = 0
    try:
        for ended in ssh.answers():
            if ended is not None:
                host, answer = ended
                done += 1
                if not isinstance(answer, TimeoutError):
                    found[host] = answer
            progress.says(f"{done} of {len(hosts)} hosts done, {doing} {', '.join(ssh.busy)}")
    finally:
        progress.over()
    return found
