"""`usage forget`: delete all data about this account's runs, here and in Loki."""

from __future__ import annotations

from homelab.errors import DONE, NO, Failure
from homelab.loki.deadline import WHOLE, Deadline
from homelab.net.hostport import written
from homelab.output.answer import Text
from homelab.output.columns import visible
from homelab.system import paths
from homelab.telemetry import account, consent, sinks
from homelab.telemetry import forget as forgetting
from homelab.texts import quoted
from homelab.usage import kept
from homelab.verbs.usage.confirm import confirm, require_somebody

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.loki.address import Address
    from homelab.loki.client import Loki

_REMAINS = """\
what remains, since homelab can't delete it:
- runs of other accounts
- journals, outboxes and caches of this account on other hosts: run homelab usage forget there
- counts of closed days in the caches of other accounts that read the same Loki: until they run
  homelab usage forget, or notice that Loki deleted the days
- backups of this home and of Loki, and runs in a Loki that was configured earlier
- pages, exports, releases and dashboard snapshots made earlier, and answers in caches
"""
_MEANWHILE = """\
- in Loki, until its compactor deletes them: the entries on its disk, which queries leave out,
  and the account's verbs in its index; for ever, if its deletion_mode is filter-only
"""
_OPERATOR = """\
{address} deleted nothing: {why}. Its operator must do this:
1. in Loki's configuration set (retention_period: 0s keeps all other logs; a period that is set
   there would start to delete older logs)

    compactor:
      retention_enabled: true
      delete_request_store: filesystem  # or the store that Loki's chunks are in
    limits_config:
      deletion_mode: filter-and-delete
      retention_period: 0s

2. restart Loki, let POST {path} through to it, and run

{curls}{hidden}

   or let this account run homelab usage forget again
"""
_HIDDEN = "\n\n   where … is the path in loki.url, which may hold a token"
_WHY = {
    forgetting.DISABLED: "deletion_mode is disabled for this tenant",
    forgetting.ABSENT: "it has no deletion API, or its proxy blocks deletion requests",
}


def forget(context: Context, arguments: Values) -> Text:
    """Delete the account's journal, outbox and counts of closed days, ask Loki to delete its
    streams, and say what remains. If one deletion fails, the others still happen."""
    folder = paths.state(context.env)
    sink = sinks.chosen(context.settings)
    loki = context.loki() if sink.sent else None
    name = account.account()
    labels = account.labels(context.settings, name) if loki else ()
    code = DONE
    counts = []
    try:
        counts = _counts(context)
    except Failure as failure:
        context.message(failure.sentence)
        code = failure.code
    plan = _plan(folder, loki, labels, counts)
    if arguments.dry_run:
        return Text(f"{_listed('would delete', plan)}{_REMAINS}", code)
    if not arguments.yes:
        _confirm(context, plan)
    done = _here(folder, forgetting.here(folder).phrases() if folder else [])
    if counts:
        try:
            kept.forget(context.env)
            done += counts
        except Failure as failure:
            context.message(failure.sentence)
            code = failure.code
    text = _listed("deleted", done) or f"nothing was kept in {folder or 'this home'}\n"
    if loki:
        said, in_loki = _in_loki(context, loki, labels)
        text += said
        code = in_loki or code
        why = _no_pseudonym(context, labels)
        if why:
            context.message(f"runs sent under a pseudonym can't be found: {why}")
            code = code or NO
    text += _REMAINS + (_MEANWHILE if loki and code == DONE else "")
    if consent.of_account(context.env, context.settings).state == "on":
        text += "counting continues; homelab usage off stops it\n"
    return Text(text, code)


def _plan(folder: str, loki: Loki | None, labels: tuple[str, ...], counts: list[str]) -> list[str]:
    """The data to delete, with a phrase for each kind."""
    plan = _here(folder, forgetting.kept(folder).phrases() if folder else []) + counts
    if loki:
        plan.append(f"the runs of {_of(labels)} from all hosts, in {loki.address}")
    return plan


def _here(folder: str, phrases: list[str]) -> list[str]:
    """The data in the state folder, as one phrase, or empty."""
    return [f"{', '.join(phrases)}; in {folder}"] if phrases else []


def _counts(context: Context) -> list[str]:
    """The counts of closed days in the cache, as one phrase, or empty. Raises Failure (1) if they
    can't be listed."""
    names = kept.names(context.env)
    place = paths.cache(context.env)
    return [f"the counts of closed days ({', '.join(names)}); in {place}"] if names else []


def _of(labels: tuple[str, ...]) -> str:
    return visible(" and ".join(labels))


def _listed(what: str, phrases: list[str]) -> str:
    return "".join(f"{what} {phrase}\n" for phrase in phrases)


def _confirm(context: Context, plan: list[str]) -> None:
    """Ask at a terminal. Raises Failure: 2 if nobody can be asked, 1 if the answer is no."""
    what = "nothing is deleted without --yes if nobody can be asked"
    require_somebody(context, f"{what}; --dry-run shows the list", "usage forget")
    for phrase in plan:
        context.say(f"homelab: this deletes {phrase}")
    confirm(
        context,
        "it can't be undone; delete?",
        "nothing is deleted; answer y, or give --yes, to delete it",
    )


def _no_pseudonym(context: Context, labels: tuple[str, ...]) -> str:
    """Why the account's pseudonym can't be made, "" if it can, or no key is named."""
    settings = context.settings
    chosen = settings.text("telemetry.account") == "pseudonym"
    if len(labels) > 1 or not (chosen or settings.text("telemetry.account_key_file")):
        return ""
    from homelab.telemetry import pseudonym

    try:
        pseudonym.key(settings)
    except Failure as failure:
        return failure.sentence
    return ""


def _in_loki(context: Context, loki: Loki, labels: tuple[str, ...]) -> tuple[str, int]:
    """Ask Loki to delete; returns the sentences about it and the exit code."""
    taken: list[str] = []
    try:
        with Deadline(WHOLE, str(loki.address), "run homelab usage forget again later"):
            answer = forgetting.in_loki(loki, labels, taken)
    except Failure as failure:
        done = "Loki was not asked to delete anything"
        if taken:
            left = [query for query in forgetting.queries(labels) if query not in taken]
            done = f"Loki accepted the request for {visible(taken[0])}, not for {visible(left[0])}"
        context.message(f"{failure.sentence}; {done}")
        return "", failure.code
    shown = " and ".join(map(visible, forgetting.queries(labels)))
    if answer == forgetting.TAKEN:
        said = f"{loki.address} accepted the requests to delete {shown}: queries leave them out"
        return (
            f"{said} within 5 min, and its compactor deletes them later (after 24 h by default)\n",
            DONE,
        )
    tenant = context.settings.text("loki.tenant")
    requests = forgetting.targets(labels)
    words = f"    curl -X POST{options(loki.address, tenant)}"
    said = _OPERATOR.format(
        address=loki.address,
        why=_WHY[answer],
        path=requests[0].partition("?")[0],
        curls="\n".join(f"{words} {quoted(loki.address.shown + each)}" for each in requests),
        hidden="" if loki.address.shown == loki.address.base else _HIDDEN,
    )
    return said, NO


def options(address: Address, tenant: str) -> str:
    """The options of the operator's curl, as shell words."""
    words = f" -H {quoted(f'X-Scope-OrgID: {tenant}')}" if tenant else ""
    if address.dialled:
        words += f" --connect-to {quoted(f'::{written(*address.dial)}')}"
    return words
