"""Every verb of this host, described alike: the catalogue's, and the drop-ins that run."""

from __future__ import annotations

from homelab.catalogue import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.verb import Verb
    from homelab.context import Context
    from homelab.dropins.dropin import Dropin
    from homelab.dropins.listing import Found


def walked(context: Context, group: tuple[str, ...] = ()) -> Found:
    """The drop-ins of this host, those too that do not run (below `group` alone, if given)."""
    from homelab.dropins import listing

    return listing.every(context.verb_folders(), context.built_in.families, group)


def verbs(context: Context, words: tuple[str, ...] = ()) -> list[Verb]:
    """The verbs whose path begins with `words`, sorted. For words that built-ins own no folder is
    touched."""
    found = [
        verb
        for verb in context.built_in.every()
        if tuple(verb.path.split(" "))[: len(words)] == words
    ]
    if not words or words[0] not in context.built_in.families:
        found += own(context, words)
    return sorted(found, key=lambda verb: verb.path)


def own(context: Context, words: tuple[str, ...] = ()) -> list[Verb]:
    """The drop-ins that run and whose path begins with `words`."""
    from homelab.dropins import description, listing

    found = walked(context, words[:-1])
    return [
        description.verb(listed.dropin)
        for listed in found.listed
        if listed.state == listing.RUNS and listed.dropin.words[: len(words)] == words
    ]


def sources(context: Context) -> list[str]:
    """Where verbs come from, as `verbs --source` takes it: the usual places, and the names of the
    checkouts that were adopted here."""
    names = [folder.name for folder in context.verb_folders() if folder.adopted]
    return list(dict.fromkeys(["built-in", "personal", "system", "other", *names]))


def unused(context: Context, words: list[str]) -> str:
    """The sentence that a checkout whose verbs begin with the words can't be used, with the reason;
    "" where there is none, or it can."""
    from homelab.dropins.usable import has, sentence, trouble

    for folder in context.verb_folders(words[0] if words else ""):
        wrong = trouble(folder) if words and folder.adopted and has(folder, words) else None
        if wrong is not None:
            return sentence(folder, wrong)
    return ""


def summaries(context: Context) -> list[tuple[str, str, str, Callable[[], Verb], str]]:
    """Path, summary and effect of each drop-in, but for the shadowed ones, with what describes it
    (among a thousand few are described whole), and why it is refused, "" where it runs."""
    from functools import partial

    from homelab.dropins import description, listing

    brief = (
        (each, description.read(each.dropin, brief=True))
        for each in walked(context).listed
        if each.state != listing.SHADOWED
    )
    return [
        (
            each.dropin.verb,
            described.summary,
            described.effect,
            partial(_as_shown, each.dropin),
            each.problem.why if each.problem else "",
        )
        for each, described in brief
    ]


def _as_shown(dropin: Dropin) -> Verb:
    """A drop-in as any verb is described, with what its script says of its own use: the usage line
    of its help where it has one, and its help text in place of its comments where those were not
    written for homelab."""
    from homelab.dropins import description, header
    from homelab.output.columns import visible

    described = description.read(dropin)
    verb = header.verb(dropin.verb, dropin.folder.name, described)
    if not described.ours:
        verb.usage = visible(description.usage(described) or verb.usage)
        text = description.own(described).text
        verb.details = "\n".join(map(visible, text)) if text else verb.details
    if " ".join(verb.details.split()).rstrip(".") == verb.summary:
        verb.details = ""
    return verb


def one(context: Context, words: list[str]) -> Verb | None:
    """The drop-in that these words name as a command line would, None where they name none. No
    other is looked at; whether it can be started is for its run to say. A word that is a built-in's
    in any spelling (`Job`, `job.sh`) names none, since no folder has a verb that begins so."""
    from homelab.dropins import description
    from homelab.dropins.find import find

    if not words:
        return None
    dropin, depth = find(words, context.trusted_folders(first=words[0]))
    return description.verb(dropin) if dropin is not None and depth == len(words) else None


def alike(context: Context, name: str) -> list[str]:
    """The paths of the drop-ins that a name means, if every sign between its words may be any
    other: `lab_zfs_Scrub_All.sh` is `lab zfs scrub-all`. All drop-ins are looked at."""
    from homelab.dropins import listing
    from homelab.dropins.names import fold, word_of

    typed = name.replace("/", " ")
    meant = {fold(typed), word_of(typed)}
    meant |= {word.removeprefix("homelab-") for word in meant}
    found = {each.dropin.verb for each in walked(context).listed if each.state != listing.SHADOWED}
    return sorted(path for path in found if path.replace(" ", "-") in meant)


def reason(context: Context, words: list[str]) -> str:
    """Why a checkout that begins so can't be used, or why the file that the words name is not a
    verb; "" where there is neither."""
    from homelab.dropins import skipped
    from homelab.dropins.find import not_verbs

    checkout = unused(context, words)
    file = None if checkout else not_verbs(words, context.trusted_folders())
    return skipped.answer(*file) if file else checkout


def split_words(given: list[str]) -> list[str]:
    """The words of a verb, however they were given: nas df, "nas df", nas/df."""
    return [part for word in given for part in word.replace("/", " ").split()]


def nothing(context: Context, words: list[str]) -> str:
    """The sentence that no verb of this host has that name, with what may be meant."""
    paths = context.built_in.paths().union(each.dropin.verb for each in walked(context).listed)
    from homelab.dropins.names import fold

    verb = " ".join(words)
    inner = resolve.members(" ".join(map(fold, words[:-1])), paths)
    if resolve.members(" ".join(map(fold, words)), paths):
        return f"{verb!r} is a group of verbs and does not run; see homelab help {verb}"
    return f"no verb {verb!r}; {resolve.hint(words, frozenset(inner) or paths)}"
