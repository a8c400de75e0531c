"""Pure: the candidates at the cursor of a command line, for the completion of shells."""

from __future__ import annotations

from homelab.describe.known_words import LABELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.catalogue.verb import Argument, Verb

    Candidate = tuple[str, str]

MOMENTS = ("15m", "1h", "24h", "7d", "30d", "today", "yesterday")


class Completion:
    """The candidates (text, description), in order. `files`: the shell's own completion of files
    applies, too. `open`: the word goes on after a candidate, so no space follows."""

    __slots__ = ("candidates", "files", "open")

    def __init__(
        self, candidates: list[Candidate] | None = None, files: bool = False, open: bool = False
    ) -> None:
        self.candidates = candidates or []
        self.files = files
        self.open = open


def joined(words: list[str], current: str) -> tuple[list[str], str, str]:
    """Undo bash's splitting at `=`: (the words before, the word at the cursor, the part of it in
    front of the piece that bash replaces)."""
    pieces = [*words, current]
    whole: list[str] = []
    head = ""
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        if piece == "=" and whole and whole[-1].startswith("--") and "=" not in whole[-1]:
            whole[-1] += "="
            head = whole[-1] if last else head
        elif whole and whole[-1].startswith("--") and whole[-1].endswith("="):
            head = whole[-1] if last else ""
            whole[-1] += piece
        else:
            whole.append(piece)
            head = ""
    return whole[:-1], whole[-1], head


class Sources:
    """Where candidates come from that no description has: `verbs` gives the next words of a verb,
    `scripts` those of this host's own verbs alone, `labels` what Loki knows (values of a label, or
    for "" the labels' names), `hosts` what ssh knows, `groups` the `@NAME`s of the settings, `jobs`
    the jobs of this account, `adopted` the names of its adopted checkouts, `sources` the places
    that verbs come from, `topics` the pages of the documentation."""

    def __init__(
        self,
        verbs: Callable[[list[str]], list[Candidate]],
        scripts: Callable[[list[str]], list[Candidate]],
        labels: Callable[[str], tuple[str, ...]],
        hosts: Callable[[], list[str]],
        groups: Callable[[], list[str]] = list,
        jobs: Callable[[], list[str]] = list,
        adopted: Callable[[], list[str]] = list,
        sources: Callable[[], list[str]] = list,
        topics: Callable[[], list[Candidate]] = list,
    ) -> None:
        self.verbs = verbs
        self.scripts = scripts
        self.labels = labels
        self.hosts = hosts
        self.groups = groups
        self.jobs = jobs
        self.adopted = adopted
        self.sources = sources
        self.topics = topics


def of_arguments(verb: Verb, words: list[str], current: str, sources: Sources) -> Completion:
    """The candidates after `words`, which follow the verb."""
    options = {
        name: each for each in verb.arguments if each.option for name in (each.name, *each.aliases)
    }
    operands = [each for each in verb.arguments if not each.option]
    if verb.carries:
        operands.pop()  # another verb, behind --
    own = verb.source != "built-in"  # unless it declares choices, its operands are mostly files
    given: set[str] = set()
    stood: list[str] = []
    waiting: Argument | None = None
    ended = False
    for word in words:
        if waiting is not None:
            waiting = None
        elif ended or not word.startswith("-") or word == "-":
            stood.append(word)
            ended = ended or (len(stood) >= len(operands) > 0 and operands[-1].kind == "words")
        elif word == "--":
            ended = True
        else:
            name, equals, _ = word.partition("=")
            option = options.get(name)
            if option:
                given.add(option.name)
                waiting = None if equals or option.kind == "flag" else option
    if waiting is not None:
        completion = _values(waiting, current, [], sources)
        completion.files = completion.files or (own and not completion.candidates)
        return completion
    name, equals, value = current.partition("=")
    if equals and not ended and name in options:
        inner = _values(options[name], value, [], sources)
        pairs = [(f"{name}={text}", about) for text, about in inner.candidates]
        return Completion(pairs, inner.files, inner.open)
    operand = _operand(operands, stood)
    completion = Completion()
    if own and operand and not operand.choices:
        completion.files = not current.startswith("-") or operand.kind == "words"
    elif operand:
        completion = _values(operand, current, stood, sources)
        completion.files = completion.files and (ended or not current.startswith("-"))
    if not ended and (
        current.startswith("-") or not (completion.candidates or completion.files or current)
    ):
        raw = operands[-1:] != [] and operands[-1].kind == "words"
        pairs = [
            (each.name, each.summary)
            for each in verb.arguments
            if each.option and each.name not in given
        ]
        if verb.carries and stood:
            pairs.append(("--", "the verb follows"))
        if not (raw and stood):
            pairs.append(("--help", "what this verb does, and its arguments"))
        completion.candidates = pairs + completion.candidates
    return completion


def _operand(operands: list[Argument], stood: list[str]) -> Argument | None:
    if len(stood) < len(operands):
        return operands[len(stood)]
    return operands[-1] if operands and operands[-1].many else None


def _values(argument: Argument, current: str, stood: list[str], sources: Sources) -> Completion:
    if argument.choices:
        return Completion([(choice, "") for choice in argument.choices])
    source = argument.completion
    if source == "moments":
        return Completion([(moment, "") for moment in MOMENTS])
    if source == "labels":
        return _selector(current, sources.labels)
    if source == "verbs":
        return Completion(sources.verbs(stood))
    if source == "help":
        verbs = sources.verbs(stood)
        known = {word for word, _ in verbs}.union(stood)
        pages = sources.topics() if not stood or stood == ["topics"] else []
        return Completion([*verbs, *(page for page in pages if page[0] not in known)])
    if source == "scripts":
        scripts = sources.scripts(stood)
        return Completion(scripts, files=not scripts)  # a script's arguments follow its words
    if source in ("hosts", "servers"):
        names = sources.hosts()
        if source == "hosts":
            names = [*names, *sources.groups()]
        hosts = [(host, "") for host in names if host not in stood]
        return Completion(hosts, files=source == "servers")
    if source == "ports":
        return Completion([(f"{host}:", "") for host in sources.hosts()], open=True)
    if source == "jobs":
        return Completion([(job, "") for job in sources.jobs() if job not in stood])
    if source == "adopted":
        return Completion([] if stood else [(name, "") for name in sources.adopted()])
    if source == "sources":
        return Completion([(name, "") for name in sources.sources()])
    return Completion(files=source == "files")


def _selector(text: str, labels: Callable[[str], tuple[str, ...]]) -> Completion:
    """The candidates inside `{unit="ssh.service", ho`: names of labels, or values of a label whose
    quote is open."""
    start, brace, inner = text.rpartition("{")
    if brace and "}" in inner:
        return Completion()
    head, comma, last = inner.rpartition(",")
    done = f"{start}{brace or '{'}{head}{comma}"
    blank = last[: len(last) - len(last.lstrip())]
    for sign in ("=~", "!~", "!=", "="):
        name, found, _ = last.strip().partition(sign + '"')
        if found:
            values = labels(name)
            stem = f'{done}{blank}{name}{sign}"'
            return Completion([(f'{stem}{value}"', "") for value in values], open=True)
    names = labels("") or LABELS
    return Completion([(f'{done}{blank}{name}="', "") for name in names], open=True)
