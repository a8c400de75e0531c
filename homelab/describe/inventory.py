"""Find every verb of this host, built-ins and drop-ins, as the same type `Verb`."""

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
    """The drop-ins of this host, or only those below `group`, including ones that do not run."""
    from homelab.dropins import listing

    folders = context.verb_folders(group[0] if group else "")
    return listing.every(folders, context.built_in, group)


def verbs(context: Context, words: tuple[str, ...] = ()) -> list[Verb]:
    """The verbs whose path begins with `words`, built-in and this host's own, sorted."""
    found = [
        verb
        for verb in context.built_in.every()
        if tuple(verb.path.split(" "))[: len(words)] == words
    ]
    if not context.built_in.owner_behind(words):
        found += own(context, words)
    return sorted(found, key=lambda verb: verb.path)


def own(context: Context, words: tuple[str, ...] = ()) -> list[Verb]:
    """The drop-ins whose path begins with `words`, without the ones that do not run."""
    from homelab.dropins import description, listing

    found = walked(context, words[:-1])
    return [
        description.verb(listed.dropin)
        for listed in found.listed
        if listed.state == listing.RUNS and listed.dropin.words[: len(words)] == words
    ]


def sources(context: Context) -> list[str]:
    """The sources of verbs that `verbs --source` accepts: the usual ones, and the names of the
    checkouts adopted on this host."""
    names = [folder.name for folder in context.verb_folders() if folder.adopted]
    return list(dict.fromkeys(["built-in", "personal", "system", "other", *names]))


def unused(context: Context, words: list[str]) -> str:
    """The sentence that a checkout with verbs that begin with the words can't be used, with the
    reason; "" if there is no such checkout, or it can be used."""
    from homelab.dropins.usable import has, sentence, trouble

    for folder in context.verb_folders(words[0] if words else ""):
        wrong = trouble(folder) if words and folder.adopted and has(folder, words) else None
        if wrong is not None:
            return sentence(folder, wrong)
    return ""


def summaries(context: Context) -> list[tuple[str, str, str, Callable[[], Verb], str]]:
    """(path, summary, effect, a function that returns the whole description, why it is refused or
    "") for each drop-in that is not shadowed. Callers describe only a few of a thousand."""
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
    """A drop-in as a `Verb`. If its header was not written for homelab, the usage line and the text
    of the script's own help replace the usage and the comments."""
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
    """The drop-in that these words name on a command line; None if they name none. Other drop-ins
    are not read, and it is not checked whether it can be started. A drop-in that a built-in verb
    shadows is none, in any spelling of its words (`Disk.sh usage`)."""
    from homelab.dropins import description
    from homelab.dropins.find import find

    if not words:
        return None
    dropin, depth = find(words, context.trusted_folders(first=words[0]))
    if dropin is None or depth != len(words) or context.built_in.owner(dropin.words):
        return None
    return description.verb(dropin)


def alike(context: Context, name: str) -> list[str]:
    """The paths of the drop-ins that a name may mean if any character can separate its words:
    `lab_zfs_Scrub_All.sh` means `lab zfs scrub-all`. All drop-ins are read."""
    from homelab.dropins import listing
    from homelab.dropins.names import fold, word_of

    typed = name.replace("/", " ")
    meant = {fold(typed), word_of(typed)}
    meant |= {word.removeprefix("homelab-") for word in meant}
    found = {each.dropin.verb for each in walked(context).listed if each.state != listing.SHADOWED}
    return sorted(path for path in found if path.replace(" ", "-") in meant)


def reason(context: Context, words: list[str]) -> str:
    """Why a checkout with verbs that begin with the words can't be used, or why the file that the
    words name is not a verb; "" if neither exists."""
    from homelab.dropins import skipped
    from homelab.dropins.find import not_verbs

    checkout = unused(context, words)
    file = None if checkout else not_verbs(words, context.trusted_folders())
    return skipped.answer(*file) if file else checkout


def split_words(given: list[str]) -> list[str]:
    """The words of a verb, from any of the forms nas df, "nas df" and nas/df."""
    return [part for word in given for part in word.replace("/", " ").split()]


def nothing(context: Context, words: list[str]) -> str:
    """The sentence that this host has no verb with that name, with a suggestion."""
    paths = context.built_in.paths().union(each.dropin.verb for each in walked(context).listed)
    from homelab.dropins.names import fold

    verb = " ".join(words)
    inner = resolve.members(" ".join(map(fold, words[:-1])), paths)
    if resolve.members(" ".join(map(fold, words)), paths):
        return f"{verb!r} is a group of verbs and does not run; see homelab help {verb}"
    return f"no verb {verb!r}; {resolve.hint(words, frozenset(inner) or paths)}"
