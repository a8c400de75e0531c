"""What a command line asks of Loki: the LogQL, the window, and how long an answer may take."""

from __future__ import annotations

from homelab import times
from homelab.errors import TIMEOUT, USAGE, Failure
from homelab.logs import levels, question
from homelab.loki import logql
from homelab.loki.deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from homelab.arguments import Values
    from homelab.context import Context
    from homelab.loki.client import Loki

HOUR = 3600 * times.SECOND
_SOME = 8  # values that are shown of a label
_INDEX = 30 * times.DAY  # ns; a longer window of the index is refused


class Search:
    """A question: `loki` is asked for `query` (LogQL) from `start` until before `end` (ns), each
    answer within `deadline`. `named` are the labels that flags stand for, with what was asked."""

    __slots__ = ("deadline", "end", "loki", "named", "query", "start")

    def __init__(self, loki: Loki, query: str, start: int, end: int, deadline: Deadline) -> None:
        self.loki = loki
        self.query = query
        self.start = start
        self.end = end
        self.deadline = deadline
        self.named: dict[str, str] = {}

    def names(self, path: str) -> list[str]:
        """Names or values of labels in the window, from the index."""
        with self.deadline:
            return self.loki.names(path, self.span())

    def unknown(self) -> str:
        """Which of the names that were asked for this Loki does not have, for a reader; "" if it
        knows them all."""
        said = []
        for label, wanted in self.named.items():
            values = self.names(f"label/{label}/values")
            if not set(question.variants(label, wanted)) & set(values):
                some = ", ".join(values[:_SOME]) + (", …" if len(values) > _SOME else "")
                said.append(f"{label} is none of: {some}" if some else f"{label} has no values")
        return "; ".join(said)

    def result(self, path: str, parameters: Mapping[str, str | int]) -> tuple[str, list[Any]]:
        """`Loki.result` within the deadline."""
        with self.deadline:
            return self.loki.result(path, parameters)

    def clipped(self) -> tuple[str, ...]:
        """What is to be said where the index is asked for less than the window."""
        shorter = self.span()["start"] != self.start
        days = _INDEX // times.DAY
        return (f"of the last {days} days of it: Loki's index is asked no further",) * shorter

    def span(self) -> dict[str, str | int]:
        """The window as questions to the index take it."""
        return {"start": max(self.start, self.end - _INDEX), "end": self.end}


def begun(context: Context, arguments: Values, back: int = HOUR) -> Search:
    """A search without LogQL yet, over the window of `--since` and `--until`; where no `--since` is
    given it begins `back` ns before its end."""
    end = getattr(arguments, "until", None) or context.clock()
    start = arguments.since if arguments.since is not None else end - back
    if start >= end:
        raise Failure(USAGE, "--until lies before --since; exchange them")
    seconds = arguments.timeout / times.SECOND
    loki = context.loki(logcli=True, wait=seconds)
    mend = "a longer --timeout waits longer, a later --since asks for less"
    return Search(loki, "", start, end, Deadline(seconds, str(loki.address), mend, code=TIMEOUT))


def of_flags(context: Context, arguments: Values, back: int = HOUR, wanted: str = "") -> Search:
    """The search that the selector and the flags of a verb describe; what has neither selects all.
    `wanted` is a level to search for where the flags name none.

    Raises Failure (2) for flags that can't be joined with the selector, and as `Loki.ask` does.
    """
    search = begun(context, arguments, back)
    query: str = (arguments.selector or "").strip()
    level = getattr(arguments, "level", None) or wanted
    flags = [flag for flag in question.CANDIDATES if getattr(arguments, flag)]
    texts = question.filters(*(getattr(arguments, name, ()) for name in ("grep", "not", "regex")))
    if query[:1].isalpha() and not set(query) & set('{("`'):
        raise Failure(
            USAGE,
            f"{query!r} is no LogQL; --app {query} asks for the lines of an app, --grep {query} for"
            " those with this text",
        )
    if query and not question.selects(query) and (flags or level or texts or arguments.label):
        raise Failure(
            USAGE,
            "flags narrow a selector, and this LogQL counts lines or is none; write them into it,"
            ' as in \'{app="plex"} |= "error"\'',
        )
    matchers = [_given(pair) for pair in arguments.label]
    labels: list[str] = []
    if flags or level or not (query or matchers):
        labels = search.names("labels")
    matchers += [_matcher(search, labels, flag, getattr(arguments, flag)) for flag in flags]
    if not query and not matchers:
        matchers = [question.everything(labels)]
    if level:
        wished = [name.strip() for name in level.split(",") if name.strip()]
        if not wished:
            raise Failure(USAGE, "--level: no level is named; write error, or error,warn")
        texts = levels.of_filter(wished, labels) + texts
    if matchers or texts:
        query = question.narrowed(query, matchers, texts)
    search.query = query
    return search


def _given(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals or not name.isidentifier() or not name.isascii():
        raise Failure(USAGE, f"--label: {pair!r} is not of the form NAME=VALUE")
    return f"{name}={logql.quoted(value)}"


def _matcher(search: Search, labels: list[str], flag: str, wanted: str) -> str:
    """The matcher of a flag, by the label that this Loki has for it; where it has several, by the
    first that knows the value."""
    known = [label for label in question.CANDIDATES[flag] if label in labels]
    if not known and labels:
        names = ", ".join(question.CANDIDATES[flag])
        raise Failure(
            USAGE,
            f"--{flag}: {search.loki.address} has none of the labels {names}; homelab logs labels"
            " shows those that it has, and --label NAME=VALUE asks for them",
        )
    label = (known or question.CANDIDATES[flag])[0]
    for each in known if len(known) > 1 else ():
        if set(question.variants(each, wanted)) & set(search.names(f"label/{each}/values")):
            label = each
            break
    search.named[label] = wanted
    values = question.variants(label, wanted)
    if len(values) == 1:
        return f"{label}={logql.quoted(values[0])}"
    return logql.any_of(label, values)
