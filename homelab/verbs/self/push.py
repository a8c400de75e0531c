"""`self push`: install the running file on other hosts."""

from __future__ import annotations

from homelab.errors import NO, USAGE, Failure
from homelab.install.fleet import EXTRAS, PUSH, everywhere, table
from homelab.install.layout import running
from homelab.output.answer import Column, Table
from homelab.remote.targets import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.install.payload import Payload


def push(context: Context, arguments: Values) -> Table:
    """Install the running file on other hosts, with settings and own verbs if they are wanted."""
    import hashlib

    from homelab.install import bundle, remote_script, signature
    from homelab.install.signers import unchecked

    hosts = named(context, arguments, "self push")
    copy = running(context.program)
    digest = hashlib.sha256(copy.data).hexdigest()
    facts: dict[str, object] = {"build": copy.build, "sha256": digest}
    payload = _payload(context, arguments)
    shown = columns(arguments)
    if payload is not None:
        facts.update(payload.facts())
    if arguments.dry_run:
        where = arguments.prefix or "/usr/local for root and ~/.local for others"
        what = f"{copy.path}, {len(copy.data)} bytes with sha256 {digest},"
        notes = [f"no host was contacted; {what} would be installed below {where}"]
        if payload is not None:
            notes += payload.sentences(whole=True)
        told = {"result": "would install", "version": copy.version}
        return Table(
            "homelab.self-push/1",
            shown,
            [tuple({**told, "host": host}.get(column.key) for column in shown) for host in hosts],
            facts={**facts, "failures": {}},
            notes=tuple(notes),
        )
    signed, unused = signature.beside(copy.path)
    if unused:
        raise Failure(NO, unused)
    lines = signed.decode("ascii").splitlines()
    data, parcel = copy.data, None
    if payload is not None:
        archive = bundle.packed(payload.files)
        inside = hashlib.sha256(archive).hexdigest()
        parcel = remote_script.Parcel(len(data), inside, arguments.replace)
        data += archive
        for sentence in payload.sentences():
            context.message(sentence)
    line = remote_script.push_line(
        arguments.prefix or "", digest, lines, arguments.unverified, parcel
    )
    outcomes = everywhere(
        context,
        arguments,
        hosts,
        line,
        data,
        "copying to",
        lambda reply: remote_script.pushed(reply, copy.build),
    )
    answer = table("homelab.self-push/1", shown, hosts, outcomes, facts)
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


def columns(arguments: Values) -> tuple[Column, ...]:
    """The columns of the answer."""
    wanted = {"config": arguments.with_config, "verbs": arguments.with_verbs}
    return (*PUSH, *(column for key, column in EXTRAS.items() if wanted[key]))


def _payload(context: Context, arguments: Values) -> Payload | None:
    """The settings and own verbs to carry beside the copy, or None. Raises Failure (1, 2, 78)."""
    if not arguments.with_config and not arguments.with_verbs:
        if arguments.replace:
            what = "--replace is for what --with-config and --with-verbs carry"
            raise Failure(USAGE, what, usage_of="self push")
        return None
    from homelab.describe import inventory
    from homelab.install.payload import Payload

    payload = Payload()
    if arguments.with_config:
        payload.add_config(context.env)
    if arguments.with_verbs:
        payload.add_verbs(inventory.walked(context))
    return payload
