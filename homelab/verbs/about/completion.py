"""`completion SHELL`: the script for a shell, and the candidates that the script asks for."""

from __future__ import annotations

from homelab.catalogue import resolve
from homelab.describe import candidates, inventory
from homelab.describe.pages import topics
from homelab.errors import USAGE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.describe.candidates import Candidate, Completion

ASK = 0.3  # s that Loki or a file may take at a TAB


def answer(context: Context, words: list[str]) -> str:
    """Return the completion script of the shell `words[0]`. With `-- WORDS… CURRENT` after it,
    return the candidates for CURRENT instead, each with a tab and its description, and `:files` or
    `:open` on a last line. Raises Failure (2)."""
    verb = context.built_in.verb("completion")
    shells = verb.arguments[0].choices
    if not words or words[0] not in shells or (len(words) > 1 and words[1] != "--"):
        what = f"unknown shell: {words[0]!r}" if words else "SHELL is missing"
        if words and words[0] in shells:
            what = f"unexpected argument: {words[1]}"
        raise Failure(USAGE, f"{what}; it is {', '.join(shells)}", usage_of=verb.path)
    if len(words) == 1:
        from homelab.describe import shell_completion

        return shell_completion.SHIMS[words[0]]
    typed = words[2:] or [""]
    return _shown(words[0], typed[:-1], typed[-1], context)


def _shown(shell: str, before: list[str], current: str, context: Context) -> str:
    head = ""
    if shell == "bash":
        before, current, head = candidates.joined(before, current)
    current = current[1:] if current[:1] in ("'", '"') else current  # an open quote
    completion = _completion(context, before, current, described=shell != "bash")
    begun = [each for each in completion.candidates if each[0].startswith(current)]
    if not begun and current[:1] not in ("", "-"):
        from homelab.dropins.names import fold

        start = fold(current + "x")[:-1]  # `Nas_` begins the verb `nas-df`, and so does `Nas_D`
        begun = [each for each in completion.candidates if start and each[0].startswith(start)]
    lines = []
    for text, about in begun:
        piece = text[len(head) :]
        if shell == "fish" and completion.open:  # it closes an open quote, but not after a =
            piece = piece[:-1] if piece.endswith('="') else piece + "}"
        lines.append(f"{piece}\t{about}" if about and shell != "bash" else piece)
    if completion.files:
        lines.append(":files")
    if completion.open:
        lines.append(":open")
    return "".join(line + "\n" for line in lines)


def _completion(context: Context, before: list[str], current: str, described: bool) -> Completion:
    def verbs(words: list[str]) -> list[Candidate]:
        return _next(context, [part for word in words for part in word.split(" ")], described)

    def scripts(words: list[str]) -> list[Candidate]:
        return sorted(_own(context, words, described, shadowed=True))

    def labels(name: str) -> tuple[str, ...]:
        return _labels(context, name)

    family = context.built_in.family(before[0]) if before else {}
    count = resolve.longest_prefix(before, family)
    verb = family.get(" ".join(before[:count]))
    default = context.built_in.defaults.get(before[0]) if before else None
    if verb is None and default and [*before, current][1].startswith("-"):
        verb, count = context.built_in.verb(default), 1
    beside: list[Candidate] = []  # verbs whose path begins with the words of an own script
    if before and not (verb and count == len(before)) and not context.built_in.owner(before):
        from homelab.dropins import description
        from homelab.dropins.find import find

        dropin, own = find(before, context.trusted_folders(first=before[0]))
        if dropin and not context.built_in.owner(dropin.words):
            verb, count = description.for_completion(dropin), own
            if family and own == len(before) and not current.startswith("-"):
                beside = verbs(before)
        elif own == len(before):  # a group of own verbs behind a built-in verb
            verb = None
    if verb is None:
        return candidates.Completion(verbs(before))
    if verb.carries and "--" in before:
        carried = before[before.index("--") + 1 :]
        return _completion(context, carried, current, described)
    sources = candidates.Sources(
        verbs,
        scripts,
        labels,
        lambda: _hosts(context),
        lambda: _groups(context),
        lambda: _jobs(context),
        lambda: _adopted(context),
        lambda: inventory.sources(context),
        lambda: [("topics", "the list of topics"), *topics().items()],
    )
    completion = candidates.of_arguments(verb, before[count:], current, sources)
    if count == len(before) and verb.source == "built-in" and not current.startswith("-"):
        operands = any(not argument.option for argument in verb.arguments)
        inner = verbs(before)
        if inner and operands:  # both may follow `verbs`; built-ins only if a word is begun
            words = {text for text, _ in inner}.union(() if current else context.built_in.families)
            inner += [each for each in completion.candidates if each[0] not in words]
        completion.candidates = inner or completion.candidates
    completion.candidates = [*beside, *completion.candidates]
    return completion


def _next(context: Context, words: list[str], described: bool) -> list[Candidate]:
    """The words that may follow `words` in a verb."""
    start = "".join(word + " " for word in words)
    found: dict[str, str] = {}
    groups = context.built_in.groups
    for verb in context.built_in.family(words[0]).values() if words else context.built_in.every():
        if verb.path.startswith(start):
            word, more, _ = verb.path[len(start) :].partition(" ")
            found.setdefault(word, groups.get(word, "") if more and not words else verb.summary)
    if not context.built_in.owner_behind(words):
        found = {**dict(_own(context, words, described)), **found}
    return sorted(found.items())


def _own(
    context: Context, words: list[str], described: bool, shadowed: bool = False
) -> list[Candidate]:
    from homelab.dropins import description
    from homelab.dropins.find import entries
    from homelab.dropins.names import fold

    found = []
    known: dict[str, str] = {}
    for word, dropin in entries(context.trusted_folders(known), "/".join(words)).items():
        path = (*map(fold, words), word)
        owner = context.built_in.owner(path) if dropin else context.built_in.owner_behind(path)
        if owner and not shadowed:
            continue
        about = description.read(dropin, True, known).summary if described and dropin else ""
        found.append((word, about if dropin else "your own"))
    return found


def _hosts(context: Context) -> list[str]:
    """The hosts that are named in the account's ssh configuration."""
    from functools import partial

    from homelab.remote import hosts
    from homelab.system import files, parallel, paths

    folder = f"{paths.home(context.env)}/.ssh"
    found: list[str] = []
    for name, read in (("config", hosts.configured), ("known_hosts", hosts.known)):
        try:
            path = f"{folder}/{name}"
            begin = parallel.with_timeout(partial(files.trusted_beginning, path, 1 << 20), ASK)
            found += read(begin.decode(errors="replace"))
        except OSError:  # also Untrusted: root may have another account's HOME
            pass
    return sorted(set(found))


def _groups(context: Context) -> list[str]:
    """The groups of hosts in the settings."""
    from homelab.remote.groups import Groups

    try:
        return [f"@{name}" for name in Groups(context.settings.entries("groups")).names()]
    except Failure:
        return []  # a TAB has no room for a message


def _jobs(context: Context) -> list[str]:
    """The jobs of this account."""
    from homelab.jobs import store
    from homelab.system import parallel

    folder = store.folder(context.env)
    try:
        return parallel.with_timeout(lambda: store.names(folder), ASK) if folder else []
    except OSError:
        return []


def _adopted(context: Context) -> list[str]:
    """The names of the adopted checkouts, as `verbs remove` takes them."""
    from homelab.dropins import adopting
    from homelab.system import paths

    there = adopting.adopted(paths.user_verbs(context.env), context.system_verbs)
    return sorted({adopting.label(index) for index, _ in there})


def _labels(context: Context, name: str) -> tuple[str, ...]:
    """The names of Loki's labels, or the values of the label `name`. Nothing unless the setting
    allows it, and only what Loki sends within ASK."""
    if context.env.get("HOMELAB_COMPLETE_LOKI") != "1":
        return ()
    from urllib.parse import quote

    from homelab.system import parallel

    path = f"label/{quote(name, safe='')}/values" if name else "labels"
    try:
        names = parallel.with_timeout(lambda: context.loki(logcli=True).ask(path, {}) or [], ASK)
        strings = [each for each in names if isinstance(each, str)]
    except (Failure, OSError, TypeError, ValueError):
        return ()  # a TAB has no room for a message
    return tuple(sorted(each for each in strings if each.isprintable()))
