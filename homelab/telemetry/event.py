"""Pure: the event of a counted run, in its only shapes.

Private by construction: an `Event` is built from a `Label` and an integer, and a `Label` comes from
a closed vocabulary: a catalogue entry, a drop-in that the operator installed, a word of the shipped
list, or one of two fixed words. No argument, path or name of a user's own fits into one. The name
of an account's own verb is an `OwnName`, which only its journal can keep.
"""

from __future__ import annotations

from homelab import __version__
from homelab.catalogue.resolve import is_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from homelab.catalogue.verb import Verb

JOB = "homelab-usage"
SELF_TEST = "homelab-selftest"  # the job of `usage doctor`'s own events: never counted
PUSH = "/loki/api/v1/push"
DELETE = "/loki/api/v1/delete"
DIGITS = 19  # in every moment of a record, so that bytes sort as numbers do until 2286
# ns: 2020-01-01; no homelab is older. A board without a clock battery starts in 1970 or 2000, and
# readers would not see its events, if Loki accepted them at all.
EARLIEST = 1_577_836_800 * 10**9
TOO_NEW = 600 * 10**9  # ns: Loki refuses events that are further ahead of its own clock
LATEST = 2**63 - 1  # ns: in the year 2262, the last moment that Loki can read
_LONGEST_VALUE = 32  # characters of a field: enough for a version, too few for a sentence
_MOST_FIELDS = 4
_DEEPEST = 8  # words of a verb
OWN = "(own)"  # before the real name of an account's own verb, in its journal only
_LONGEST_NAME = 200  # characters of such a name
_VALUE_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.+-_")
ACCOUNT = " account="  # in a line, before the hash of its account
_FINGERPRINT = 16  # hexadecimal digits of an account's hash
_LONGEST = 4096  # characters of a line; ours have about twenty
_KEY = object()


class Label:
    """The label `verb` of an event. Only the functions below make one."""

    __slots__ = ("text",)

    def __init__(self, key: object, text: str) -> None:
        if key is not _KEY:
            raise TypeError("a Label is made by of_verb, of_installed, PERSONAL or of_unknown")
        self.text = text


PERSONAL = Label(_KEY, "(personal)")
UNKNOWN = Label(_KEY, "(unknown)")


def of_verb(verb: Verb) -> Label:
    """The label of a built-in verb: its path."""
    return Label(_KEY, verb.path)


def of_installed(words: tuple[str, ...]) -> Label:
    """The label of a drop-in in one of the operator's folders: its path, in the words that a verb
    may have."""
    if not all(map(is_word, words)):
        return UNKNOWN
    return Label(_KEY, " ".join(words))


def words_of(setting: str) -> frozenset[str]:
    """The words of the operator's `telemetry.vocabulary`, without those that are not valid in a
    verb."""
    return frozenset(filter(_is_listable, _split(setting)))


def bad_words(setting: str) -> list[str]:
    """The words of the operator's `telemetry.vocabulary` that can't be counted by name."""
    return [word for word in dict.fromkeys(_split(setting)) if not _is_listable(word)]


def _split(setting: str) -> list[str]:
    return setting.replace(",", " ").split()


def _is_listable(word: str) -> bool:
    return is_word(word) and len(word) <= _LONGEST_VALUE


def of_unknown(
    word: str,
    extra: Collection[str] = frozenset(),
    group: str = "",
    groups: Collection[str] = (),
) -> Label:
    """The label of a word that does not name a verb. It has the word only if the list, or the
    operator's `extra`, has it; it has the built-in `group` that the word was typed after, if that
    is one of the `groups`. Every word in it has the list's own spelling, never the caller's."""
    known = _listed(word, extra)
    below = [own for own in groups if own == group]
    return Label(_KEY, " ".join([UNKNOWN.text, *below, known])) if known else UNKNOWN


def of_personal(word: str, extra: Collection[str] = frozenset()) -> Label:
    """The label of an own script that counts as a word; the word is in it by the rule of
    `of_unknown`."""
    known = _listed(word, extra)
    return Label(_KEY, f"{PERSONAL.text} {known}") if known else PERSONAL


def of_script(name: str, extra: Collection[str] = frozenset()) -> Label:
    """The label of an own script: the listed word in its name, if there is one."""
    from homelab.telemetry.vocabulary import of_script

    return of_personal(of_script(name, extra), extra)


def _listed(word: str, extra: Collection[str]) -> str:
    from homelab.telemetry.vocabulary import listed

    return listed(word, extra)


class OwnName:
    """The real name of an account's own verb, for the account's own journal; only its `label` may
    leave this host. It is not a Label and has no `text`, so that no Event can be made of it. `name`
    is "" if a verb may not have it, or if it is too long."""

    __slots__ = ("label", "name")

    def __init__(self, words: tuple[str, ...], label: Label) -> None:
        name = " ".join(words)
        good = bool(words) and all(map(is_word, words)) and len(words) <= _DEEPEST
        self.label = label
        self.name = name if good and len(name) <= _LONGEST_NAME else ""


def shown_verb(
    verb: str, own_names: bool, is_built_in: Callable[[str], object] = lambda name: False
) -> str:
    """The verb that a journal's record is counted under: for an account's own verb the real name,
    `(own) media backup` → `media backup`, or `(personal)` without `own_names`; any other
    unchanged. An own verb whose name `is_built_in` by now is `(personal) disk health`: its runs
    are not those of the built-in verb."""
    kind, _, name = verb.partition(" ")
    if kind != OWN or not all(map(is_word, name.split(" "))):
        return verb
    if not own_names:
        return PERSONAL.text
    return f"{PERSONAL.text} {name}" if is_built_in(name) else name


class Event:
    """A run: `time` in ns since the epoch, the verb's label, the exit code that the shell saw, and
    the version of homelab."""

    __slots__ = ("code", "time", "verb", "version")

    def __init__(self, time: int, label: Label, code: int) -> None:
        self.time = min(int(time), LATEST)
        self.verb = label.text
        self.code = int(code)
        self.version = __version__

    def line(self) -> str:
        """The log line: `exit=0 ver=0.6.0`. New fields come after these; no value contains a
        blank."""
        return f"exit={self.code} ver={self.version}"

    def entry(self) -> tuple[int, str, str, str]:
        """The event for `push_body`, as a fresh one."""
        return self.time, self.verb, self.line(), ""

    def record(self) -> str:
        """The event on one line, the format of journal and outbox; the verb, which may contain
        blanks, is last. The account is not in it, since both belong to one account."""
        return f"{self.time:0{DIGITS}d} {self.line()} verb={self.verb}"


class OwnRun:
    """A run of an account's own verb, for its journal. It has no label, line or record that a
    sender or an outbox could take, and no sender accepts its record."""

    __slots__ = ("_event", "_name", "time")

    def __init__(self, time: int, own: OwnName, code: int) -> None:
        self._event = Event(time, own.label, code)
        self._name = own.name
        self.time = self._event.time

    def own_record(self) -> str:
        """The run on one line of the journal, with OWN before the real name; `(personal)` if the
        name can't be written."""
        verb = f"{OWN} {self._name}" if self._name else PERSONAL.text
        return f"{self.time:0{DIGITS}d} {self._event.line()} verb={verb}"


def decode(line: str) -> dict[str, str] | None:
    """The fields of a line, `exit=0 ver=0.6.0` → {"exit": "0", "ver": "0.6.0"}, including those of
    newer versions; None if the line is not an event's. Words not of the form name=value are
    skipped."""
    if not line.startswith("exit=") or len(line) > _LONGEST:
        return None
    fields = dict([word.split("=", 1) for word in line.split(" ") if "=" in word])
    return fields if is_code(fields["exit"]) else None


def decode_record(record: str) -> tuple[int, str, str, dict[str, str]] | None:
    """A record as (moment in ns, verb, line as it was written, fields of the line); None if it is
    not an event's."""
    moment, _, rest = record.partition(" ")
    line, _, verb = rest.partition(" verb=")
    fields = decode(line)
    # earlier builds wrote fewer digits if the clock was before 2001
    dated = 10 <= len(moment) <= DIGITS and moment.isascii() and moment.isdigit()
    if not (dated and fields and fields.get("ver") and verb and record.isprintable()):
        return None
    return int(moment), verb, line, fields


def is_code(text: str) -> bool:
    """Whether a text is an exit code, which has at most three digits; `int` fails on more than
    4300."""
    return text.isascii() and text.isdigit() and len(text) <= 3


def is_sendable(verb: str, line: str) -> bool:
    """Whether a label `verb` and a line have the shape of an event, of this version or a newer one:
    words of a verb, `(personal)` with one word at most or `(unknown)` with three; an exit code, a
    version, and two further short fields at most. So an account that writes into its own outbox
    can't make a sender send anything else; and a record of its journal with OWN is never sent."""
    kind, blank, rest = verb.partition(" ")
    words = verb.split(" ")
    if kind in (PERSONAL.text, UNKNOWN.text):
        words = rest.split(" ") if blank else []
    most = {PERSONAL.text: 1, UNKNOWN.text: 3}.get(kind, _DEEPEST)
    fields = [field.partition("=")[::2] for field in line.split(" ")]
    values = dict(fields)
    return (
        len(words) <= most
        and all(is_word(word) and len(word) <= _LONGEST_VALUE for word in words)
        and len(values) == len(fields) <= _MOST_FIELDS
        and fields[0][0] == "exit"
        and is_code(fields[0][1])
        and int(fields[0][1]) <= 255
        and _is_version(values.get("ver", ""))
        and all(is_word(name.replace("_", "-")) and _is_short(value) for name, value in fields)
    )


def _is_version(text: str) -> bool:
    """Whether a text is numbers with dots, and a short suffix (`0.7.0rc1`, `1.0.dev3`)."""
    rest = text.lstrip("0123456789.")
    return text[:1].isdigit() and len(rest) <= (8 if "." in text else 0)


def _is_short(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_VALUE and set(value) <= _VALUE_SIGNS


def line_in_metadata(line: str, user: str) -> str:
    """The line of an entry that has its account in structured metadata: `exit=0 ver=0.6.0
    account=2bd806c97f0e00af`. All accounts share a stream then, and an older Loki (until its pull
    request 21039) treats entries with equal moment and line in a stream as one, whatever their
    metadata. So the line has 64 bits of the SHA-256 of `user` to tell accounts apart. Readers also
    split queries by it, because these accounts are in no index."""
    from hashlib import sha256

    digest = sha256(user.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{line}{ACCOUNT}{digest[:_FINGERPRINT]}"


def push_body(
    user: str, events: list[tuple[int, str, str, str]], job: str = JOB, metadata: bool = False
) -> dict[str, object]:
    """The document that is sent to Loki. `events` are (time in ns, verb, line, text of the label
    `late` or ""). With `metadata` the account is in each entry's structured metadata, and all
    accounts share the streams.

    Events of one stream are sent together. A late event (older than the newest of its stream may be
    by an hour) has a stream of its own, by the label `late`: its quarter of an hour,
    `2026-11-22T17:15`.
    """
    streams: dict[tuple[str, str], dict[str, Any]] = {}
    entry: list[Any]
    for time, verb, line, late in sorted(events):
        account = {} if metadata else {"user": user}
        labels = {"job": job, **account, "verb": verb, **({"late": late} if late else {})}
        stream = streams.setdefault((verb, late), {"stream": labels, "values": []})
        if metadata:
            entry = [str(time), line_in_metadata(line, user), {"user": user}]
        else:
            entry = [str(time), line]
        stream["values"].append(entry)
    return {"streams": list(streams.values())}
