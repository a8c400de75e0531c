"""`self push`: install the running file on other hosts."""

from __future__ import annotations

from homelab.errors import NO, Failure
from homelab.install.fleet import PUSH, everywhere, table
from homelab.install.layout import running
from homelab.output.answer import Table
from homelab.remote.targets import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

COLUMNS = PUSH


def push(context: Context, arguments: Values) -> Table:
    """Install the running file on other hosts."""
    import hashlib

    from homelab.install import remote_script, signature
    from homelab.install.signers import unchecked

    hosts = named(context, arguments, "self push")
    copy = running(context.program)
    digest = hashlib.sha256(copy.data).hexdigest()
    if arguments.dry_run:
        where = arguments.prefix or "/usr/local for root and ~/.local for others"
        what = f"{copy.path}, {len(copy.data)} bytes with sha256 {digest},"
        return Table(
            "homelab.self-push/1",
            PUSH,
            [(host, "would install", copy.version, None) for host in hosts],
            facts={"build": copy.build, "sha256": digest, "failures": {}},
            notes=(f"no host was contacted; {what} would be installed below {where}",),
        )
    signed, unused = signature.beside(copy.path)
    if unused:
        raise Failure(NO, unused)
    lines = signed.decode("ascii").splitlines()
    line = remote_script.push_line(arguments.prefix or "", digest, lines, arguments.unverified)
    outcomes = everywhere(
        context,
        arguments,
        hosts,
        line,
        copy.data,
        "copying to",
        lambda reply: remote_script.pushed(reply, copy.build),
    )
    facts: dict[str, object] = {"build": copy.build, "sha256": digest}
    answer = table("homelab.self-push/1", PUSH, hosts, outcomes, facts)
    by_state: dict[str, list[str]] = {}
    for host in hosts:
        if outcomes[host].good:
            by_state.setdefault(outcomes[host].check, []).append(host)
    notes = []
    for state, names in by_state.items():
        why = unchecked("this file", state, bool(signed))
        if why:
            notes.append(f"{', '.join(names)}: {why}")
    answer.notes = (*answer.notes, *notes)
    return answer
