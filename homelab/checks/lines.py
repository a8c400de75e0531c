"""Pure: the `[checks]` section: what is checked, with which words, and what is ignored.

Words are divided as a shell does it, with quotes and backslashes, but no shell reads them. Every
line is parsed by the description of its verb, so that a mistake is found before anything runs.
"""

from __future__ import annotations

from homelab.backups.source import refuse_secret
from homelab.catalogue import argument_types, arguments
from homelab.catalogue.resolve import nearest
from homelab.checks import ignores
from homelab.checks.kinds import HOST, IGNORE, KEYS, KINDS, OWN, PLUGIN, THRESHOLDS
from homelab.checks.row import without_secrets
from homelab.errors import UNCONFIGURED, Failure
from homelab.net.masking import has_secret
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from homelab.catalogue.verb import Verb
    from homelab.checks.ignores import Ignore
    from homelab.checks.kinds import Kind
    from homelab.settings import Entry

    Find = Callable[[str], "Verb | None"]

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_LABEL = 60  # characters of a line that stand for it in a row
_NAME = "--name"
_BACKUP, _SERVICE = "backup", "service"  # kinds whose words may have a URL with a password
_MISTAKES = 50  # mistakes that one message names
_COMMENT = "a comment follows the value; move the comment to a line of its own"
_YES = ("yes", "true", "on")
_NO = ("no", "false", "off")


class Line:
    """A line of `[checks]`: its `key`, its own `words`, the words in `front` of them (thresholds
    and what is fixed), and its `source` (file and line). A line of `own` or `plugin` may have a
    `name` of its own."""

    __slots__ = ("front", "key", "name", "source", "words")

    def __init__(
        self,
        key: str,
        words: Sequence[str],
        source: str,
        front: Sequence[str] = (),
        name: str = "",
    ) -> None:
        self.key = key
        self.words = list(words)
        self.source = source
        self.front = list(front)
        self.name = name

    @property
    def label(self) -> str:
        """The name of a row about the whole line, without passwords in URLs."""
        shown = " ".join(without_secrets(word, self.key) for word in self.words)
        return clipped(shown, _LABEL) or KINDS[self.key].path


class Plan:
    """The content of `[checks]`: the `lines` in their order, the `ignores`, and whether the own
    verbs with `Check: yes` are to run (`own`). The vitals are a line of the kind `host`, the first
    one, unless they are switched off."""

    __slots__ = ("ignores", "lines", "own")

    def __init__(self, lines: list[Line], found: list[Ignore], own: bool) -> None:
        self.lines = lines
        self.ignores = found
        self.own = own


def parse(entries: Sequence[Entry], find: Find, now: int) -> Plan:
    """The plan for the lines of `[checks]`. `find` returns the built-in verb of a path, or None.
    Raises Failure (78) with every mistake, each with its file and line."""
    reading = _Reading(find, now)
    for entry in entries:
        if entry.key in THRESHOLDS:
            reading.threshold(entry)
    for entry in entries:
        if entry.key not in THRESHOLDS:
            reading.take(entry)
    if reading.mistakes:
        places = {id(entry): place for place, entry in enumerate(entries)}
        ordered = sorted(reading.mistakes, key=lambda pair: places[id(pair[0])])
        first, *more = [f"{entry.origin}: {why}" for entry, why in ordered]
        if reading.further:
            more.append(f"{reading.further} more lines of [checks] have mistakes")
        failure = Failure(UNCONFIGURED, first)
        failure.below = "\n".join(f"homelab: {sentence}" for sentence in more)
        raise failure
    lines = reading.lines
    if not reading.says(HOST):
        lines.insert(0, reading.host())
    lines.sort(key=lambda line: line.key != HOST)
    return Plan(lines, reading.ignores, reading.own)


def of_key(entries: Sequence[Entry], key: str, find: Find, now: int) -> list[Line]:
    """The lines of one key, with the thresholds for it. Raises Failure (78) like `parse`, for
    mistakes in these lines only."""
    wanted = {key, *(name for name, pairs in THRESHOLDS.items() if key in dict(pairs))}
    plan = parse([entry for entry in entries if entry.key in wanted], find, now)
    return [line for line in plan.lines if line.key == key and line.source]


class _Reading:
    """The lines read so far, and their mistakes: (line, sentence)."""

    def __init__(self, find: Find, now: int) -> None:
        self._find = find
        self._now = now
        self._limits: dict[str, tuple[str, Entry]] = {}  # the text of a threshold, by its name
        self.lines: list[Line] = []
        self.ignores: list[Ignore] = []
        self.mistakes: list[tuple[Entry, str]] = []  # at most _MISTAKES
        self.further = 0  # mistakes beyond those
        self.own = True
        self._said: dict[str, str] = {}  # whether a kind is switched off (`no`) or listed (`yes`)

    def threshold(self, entry: Entry) -> None:
        """Take a line that sets a named threshold."""
        name, text = entry.key, entry.text
        if name in self._limits:
            before = self._limits[name][1].origin
            self._wrong(entry, f"{name} is also set at {before}; keep one of them")
            return
        self._limits[name] = text, entry
        for key, option in THRESHOLDS[name]:
            verb = self._find(KINDS[key].path)
            known = verb.arguments if verb else ()
            for argument in known:
                if argument.name == option:
                    try:
                        argument_types.value(argument, text, self._now)
                    except ValueError as error:
                        self._wrong(entry, f"{name}: {error}")
                        return

    def take(self, entry: Entry) -> None:
        """Take any other line."""
        key, text = entry.key, entry.text
        try:
            if key == IGNORE:
                self.ignores.append(ignores.parse(text, entry.origin, self._now))
            elif key not in KEYS:
                raise ValueError(_unknown(key))
            elif key in (OWN, PLUGIN):
                self._program(entry)
            elif key == HOST and self._said.get(HOST):
                raise ValueError("host is on two lines; keep one of them")
            else:
                self._verb(entry)
        except ValueError as error:
            self._wrong(entry, str(error))

    def _wrong(self, entry: Entry, why: str) -> None:
        if len(self.mistakes) < _MISTAKES:
            self.mistakes.append((entry, why))
        else:
            self.further += 1

    def says(self, key: str) -> bool:
        """Whether a line is about this kind."""
        return key in self._said

    def host(self) -> Line:
        """The line for the vitals, where no line of the section is about them."""
        return Line(HOST, (), "", self._front(KINDS[HOST]))

    def _verb(self, entry: Entry) -> None:
        """Take a line whose words are those of a built-in verb, or `no`, which overrides the lines
        of /etc."""
        kind, text = KINDS[entry.key], entry.text
        said = "no" if text.lower() in _NO else "yes"
        if self._said.setdefault(entry.key, said) != said:
            raise ValueError(f"{entry.key} = no and another line of {entry.key}; keep one of them")
        if said == "no":
            return
        words = entry.words()
        if ";" in words:
            raise ValueError(_COMMENT)
        verb = self._find(kind.path)
        if verb is None:
            raise ValueError(f"{entry.key} needs the verb {kind.path}, which this version lacks")
        needs = any(each.required for each in verb.arguments if not each.option)
        if not (needs or kind.names) and text.lower() in _YES:
            words = []
        front = self._front(kind)
        values = None
        try:
            values = arguments.parse(verb, [*front, *words], self._now)
        except Failure as failure:
            raise ValueError(f"{entry.key}: {failure.sentence}") from None
        given = vars(values)
        operands = [each.attribute for each in verb.arguments if not each.option]
        try:
            for name in operands:
                named = given.get(name) or []
                _refuse_secrets(entry.key, [named] if isinstance(named, str) else named)
        except ValueError as error:
            raise ValueError(f"{entry.key}: {error}") from None
        if kind.names and not any(given.get(name) for name in operands):
            raise ValueError(f"{entry.key} names nothing to check; see homelab help {kind.path}")
        formats = [f"--{name}" for name in ("json", "csv", "output") if given.get(name)]
        if formats:
            what = f"{entry.key}: {formats[0]} is for homelab check itself; remove it here"
            raise ValueError(what)
        self.lines.append(Line(entry.key, words, entry.origin, front))

    def _front(self, kind: Kind) -> list[str]:
        """The words in front of those of a line: what is fixed, and the named thresholds."""
        front = list(kind.fixed)
        for name, (text, _) in self._limits.items():
            front += [f"{option}={text}" for key, option in THRESHOLDS[name] if key == kind.key]
        return front

    def _program(self, entry: Entry) -> None:
        """Take a line that names an own verb or a plugin."""
        key, text = entry.key, entry.text
        if key == OWN and text.lower() in (*_YES, *_NO):
            self.own = text.lower() in _YES
            return
        if text.lower() in _NO:
            return
        words, name = entry.words(), ""
        if words and words[0].partition("=")[0] == _NAME:
            first, equals, name = words.pop(0).partition("=")
            if not equals:
                name = words.pop(0) if words else ""
            if not name:
                raise ValueError(f"{key}: {first}: a value is missing")
        if not words or not words[0]:
            what = "an own verb: own = VERB ARGUMENTS"
            if key == PLUGIN:
                what = "a plugin: plugin = /usr/lib/nagios/plugins/check_load -w 5 -c 10"
            raise ValueError(f"{key} names nothing; write {what}")
        if key == PLUGIN and not words[0].startswith(("/", "~/")):
            raise ValueError("plugin: write the whole path of the plugin, which begins with /")
        self.lines.append(Line(key, words, entry.origin, name=clipped(name, _LABEL)))


def _refuse_secrets(key: str, operands: Sequence[str]) -> None:
    """Raises ValueError for a password in a line: its words become arguments of a process, which
    every account of the host can read."""
    for word in operands:
        if key == _BACKUP:
            refuse_secret(word)
        elif (key == _SERVICE or "://" in word) and has_secret(word):
            remedy = "remove it"
            if key == _SERVICE:
                remedy = "write the URL into a file that only you can read, and --file FILE here"
            raise ValueError(f"a password or token in a URL does not belong in settings; {remedy}")


def _unknown(key: str) -> str:
    """The sentence about an unknown key. As in other sections, it is shown only if it looks like a
    word: it may be anything."""
    if not key or not _SIGNS.issuperset(key.lower()) or len(key) > 20:
        return f"[checks] has no such key (known: {', '.join(KEYS)}); fix or remove that line"
    if key.lower() in KEYS:
        return f"keys are written in lower case; write {key.lower()}"
    meant = nearest(key, KEYS)
    hint = f"did you mean {meant}?" if meant else f"known: {', '.join(KEYS)}"
    return f"[checks] has no key '{key}'; {hint}"


def names(bases: Sequence[tuple[str, str]]) -> list[str]:
    """The names of checks, each given as its short name and a longer one: the short one where it is
    alone, else the longer one, with a number where that is not alone either."""
    short = [base for base, _ in bases]
    found = [whole if short.count(base) > 1 else base for base, whole in bases]
    return [
        clipped(name, _LABEL)
        if found.count(name) == 1
        else f"{clipped(name, _LABEL - 4)} {found[: index + 1].count(name)}"
        for index, name in enumerate(found)
    ]
