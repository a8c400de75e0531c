"""Pure: one counted run, and the only shapes it ever takes.

Private by construction: an `Event` is built from a `Label` and an integer, and a `Label` comes from
a closed vocabulary: a catalogue entry, a drop-in that the operator installed, a word of the
shipped wish-list, or one of two fixed words. No argument, path or name of a user's own can be
written into one.

The account's own journal, which never leaves the host, keeps its own verbs by their real names: an
`OwnEvent` with an `OwnName`, which is no Label, and which no sender accepts.
"""

from __future__ import annotations

from homelab import __version__
from homelab.catalogue.resolve import is_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from homelab.catalogue.verb import Verb

JOB = "homelab-usage"
SELF_TEST = "homelab-selftest"  # the job of what `usage doctor` pushes, so that it is never counted
PUSH = "/loki/api/v1/push"
DELETE = "/loki/api/v1/delete"
DIGITS = 19  # of every moment in a record, so that bytes compare as numbers do until 2286
# ns: 2020-01-01, no homelab is older. A board without a battery starts in 1970, 2000 or so, and
# what it dates there would not be seen by any reader, if Loki took it at all.
EARLIEST = 1_577_836_800 * 10**9
TOO_NEW = 600 * 10**9  # ns: further ahead of its own clock Loki refuses
LATEST = 2**63 - 1  # ns: of the year 2262, and the last moment that Loki can read
_LONGEST_VALUE = 32  # characters of a field: room for a version, and for no sentence
_MOST_FIELDS = 4
_DEEPEST = 8  # words of a verb
_VALUE_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.+-_")
_LONGEST = 4096  # characters of a line; ours have some twenty
_KEY = object()


class Label:
    """What the label `verb` of an event may say. Made by the functions below alone."""

    __slots__ = ("text",)

    def __init__(self, key: object, text: str) -> None:
        if key is not _KEY:
            raise TypeError("a Label is made by of_verb, of_installed, PERSONAL or of_unknown")
        self.text = text


PERSONAL = Label(_KEY, "(personal)")
UNKNOWN = Label(_KEY, "(unknown)")


def of_personal(word: str, extra: frozenset[str] = frozenset()) -> Label:
    """An own script that counts as `word`: `(personal) backup` if the wish-list, or the operator's
    `extra`, has the word, else `(personal)`."""
    own = _in_list(word, extra)
    return Label(_KEY, f"{PERSONAL.text} {own}") if own else PERSONAL


def of_verb(verb: Verb) -> Label:
    """A built-in: its path."""
    return Label(_KEY, verb.path)


def of_installed(words: tuple[str, ...]) -> Label:
    """A drop-in from a folder of the operator's: its path, in the words that a verb may have."""
    if not all(map(is_word, words)):
        return UNKNOWN
    return Label(_KEY, " ".join(words))


def words_of(setting: str) -> frozenset[str]:
    """The words of the operator's `telemetry.vocabulary`; those that no verb may have are none."""
    words = setting.replace(",", " ").split()
    return frozenset(word for word in words if is_word(word) and len(word) <= 32)


def of_unknown(word: str, extra: frozenset[str] = frozenset(), group: str = "") -> Label:
    """A word that is no verb: named only if the wish-list, or the operator's `extra`, has it, in
    the list's own spelling. `group` is the built-in group it was typed below, a word of the
    catalogue, or ""."""
    own = _in_list(word, extra)
    if not own:
        return UNKNOWN
    return Label(_KEY, f"(unknown) {group} {own}" if group else f"(unknown) {own}")


def _in_list(word: str, extra: frozenset[str]) -> str:
    """The word as the wish-list or `extra` has it, never as the caller wrote it; "" if neither
    has it."""
    from homelab.telemetry.vocabulary import listed

    low = word.lower()
    return listed(word) or next((wish for wish in extra if low in (wish, f"{wish}s")), "")


class OwnName:
    """The real name of an account's own verb, for its own journal alone; made by `own_name`."""

    __slots__ = ("text",)

    def __init__(self, key: object, text: str) -> None:
        if key is not _KEY:
            raise TypeError("an OwnName is made by own_name")
        self.text = text


_OWN = "(own) "  # in front of a real name in a record; no label begins so


def own_name(words: tuple[str, ...]) -> OwnName | None:
    """The name of an own verb of these words; None where a record has no room for it."""
    fits = all(is_word(word) and len(word) <= _LONGEST_VALUE for word in words)
    return OwnName(_KEY, _OWN + " ".join(words)) if fits and 0 < len(words) <= _DEEPEST else None


def read_name(recorded: str, own: bool = True) -> str:
    """The verb as a reader of the journal sees it: an own verb by its name, or as `(personal)`
    where `own` names are not to be shown."""
    if not recorded.startswith(_OWN):
        return recorded
    return recorded[len(_OWN) :] if own else PERSONAL.text


class Event:
    """One run: `time` in ns since the epoch, the verb's label, the exit code the shell saw, and
    the version that ran."""

    __slots__ = ("code", "time", "verb", "version")

    def __init__(self, time: int, label: Label, code: int) -> None:
        if not isinstance(label, Label):
            raise TypeError("an Event is made of a Label")
        self.time = min(int(time), LATEST)
        self.verb = label.text
        self.code = int(code)
        self.version = __version__

    def line(self) -> str:
        """The log line: `exit=0 ver=0.6.0`. New fields go behind these; no value has a blank."""
        return f"exit={self.code} ver={self.version}"

    def entry(self) -> tuple[int, str, str, str]:
        """The event for `push_body`, as a fresh one."""
        return self.time, self.verb, self.line(), ""

    def record(self) -> str:
        """The event on one line, as journal and outbox keep it; the verb, which may have blanks, is
        the last. The account is not in it, since both are one account's own."""
        return f"{self.time:0{DIGITS}d} {self.line()} verb={self.verb}"


class OwnEvent:
    """One run of an account's own verb, by its real name: for the journal, which is never sent."""

    __slots__ = ("_record", "time")

    def __init__(self, time: int, name: OwnName, code: int) -> None:
        if not isinstance(name, OwnName):
            raise TypeError("an OwnEvent is made of an OwnName")
        plain = Event(time, PERSONAL, code)
        self.time = plain.time
        self._record = f"{self.time:0{DIGITS}d} {plain.line()} verb={name.text}"

    def record(self) -> str:
        """The event on one line, as the journal keeps it."""
        return self._record


def decode(line: str) -> dict[str, str] | None:
    """The fields of a line, `exit=0 ver=0.6.0` → {"exit": "0", "ver": "0.6.0"}, those of newer
    versions too; None where it is no event's line. A word that is no name=value is passed over."""
    if not line.startswith("exit=") or len(line) > _LONGEST:
        return None
    fields = dict([word.split("=", 1) for word in line.split(" ") if "=" in word])
    return fields if is_code(fields["exit"]) else None


def decode_record(record: str) -> tuple[int, str, str, dict[str, str]] | None:
    """A record as (moment in ns, verb, line as it was written, fields of the line); None where it
    is no event's."""
    moment, _, rest = record.partition(" ")
    line, _, verb = rest.partition(" verb=")
    fields = decode(line)
    # earlier builds wrote fewer digits where the clock was before 2001
    dated = 10 <= len(moment) <= DIGITS and moment.isascii() and moment.isdigit()
    if not (dated and fields and fields.get("ver") and verb and record.isprintable()):
        return None
    return int(moment), verb, line, fields


def is_code(text: str) -> bool:
    """Whether a text is an exit code: three digits are all that one has, and more than 4300 are
    too many for `int`."""
    return text.isascii() and text.isdigit() and len(text) <= 3


def is_sendable(verb: str, line: str) -> bool:
    """Whether a label `verb` and a line have the shape of an event, of this version or a newer one:
    words of a verb, `(personal)` with one word at most or `(unknown)` with three; an exit code, a
    version, and two further short fields at most. An account that writes into its own outbox can't
    make a sender send anything else."""
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
    """Whether a text is numbers with dots, and little behind them (`0.7.0rc1`, `1.0.dev3`)."""
    rest = text.lstrip("0123456789.")
    return text[:1].isdigit() and len(rest) <= (8 if "." in text else 0)


def _is_short(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_VALUE and set(value) <= _VALUE_SIGNS


def push_body(
    user: str, events: list[tuple[int, str, str, str]], job: str = JOB
) -> dict[str, object]:
    """The document that Loki is sent. `events` are (time in ns, verb, line, text of
    the label `late` or "").

    Events of one stream travel together. A late event (older than the newest of its stream may be
    by an hour) has a stream of its own, by the label `late`: its quarter of an hour,
    `2026-11-22T17:15`.
    """
    streams: dict[tuple[str, str], dict[str, Any]] = {}
    for time, verb, line, late in sorted(events):
        labels = {"job": job, "user": user, "verb": verb, **({"late": late} if late else {})}
        stream = streams.setdefault((verb, late), {"stream": labels, "values": []})
        stream["values"].append([str(time), line])
    return {"streams": list(streams.values())}
