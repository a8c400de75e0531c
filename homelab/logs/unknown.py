"""Explain an empty answer: a name that Loki does not have, or a time without lines.

An empty answer reads like "all is well", so the reason is always looked for.
"""

from __future__ import annotations

import functools

from homelab import times
from homelab.catalogue.resolve import nearest
from homelab.errors import USAGE, Failure
from homelab.logs import selector
from homelab.logs.places import ALL, OWN, of_others
from homelab.loki import logql, pages
from homelab.loki.answer_size import Budget
from homelab.loki.client import TooLong
from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.logs.search import Search
    from homelab.logs.selector import Name

_SOME = 8  # values of a label that are shown
_LONGEST = 100  # characters of a value that are shown
_MOST = 2000  # values that are compared with the user's text
_READ = times.DAY  # ns of lines that are read for the values of structured metadata


def reason(search: Search, when: str = "", more: str = "") -> str:
    """Why nothing was found: a name that is not there, or a time without lines; "" if there are
    such streams, and none of their lines passes the filters. `when` says which time that is, `more`
    which option looks further; by default as for `--since`."""
    when = when or search.when()
    more = more or further(search)
    names = of_names(search, when)
    if names:
        return names
    place = selector.streams_of(search.query)
    if place and search.streams([place]):
        return ""
    if of_others(search) or not place:
        return f"no stream matches {place} {when}{more}" if place else ""
    own = " except homelab's own lines (--app homelab shows them)" if search.everything else ""
    return f"Loki received nothing{own} {when}{more}"


def further(search: Search) -> str:
    """The option that may find more after an empty answer, to follow its sentence; "" for a long
    window."""
    back = search.now - search.start  # --since counts back from now, wherever --until is
    for days in (7, 30):
        if back < days * times.DAY:
            return f"; --since {days}d looks further back"
    return ""


def of_names(search: Search, when: str = "") -> str:
    """Which of the flags' values logged nothing in the window; "" if all of them did."""
    return "; ".join(text for name in search.names for text in of_name(search, name, when))


def of_name(search: Search, name: Name, when: str = "") -> list[str]:
    """A sentence for each of a flag's values that logged nothing in the window: when it logged
    before, or which values there are."""
    lacking = [value for value in name.values if value] if name.positive() else []
    index = name.index or ([] if name.fields else name.chosen)
    if lacking and index:
        pairs = [(label, value) for label in index for value in lacking]
        asked = [f"{{{logql.any_of(label, name.spelt(label, value))}}}" for label, value in pairs]
        streams = search.streams(asked)
        there = [value for value in lacking if _is_in(streams, name, index, value)]
        lacking = [value for value in lacking if value not in there]
        if name.flag == "--app" and OWN[0] in name.values:  # --app homelab includes this job
            lacking = [] if there else lacking[:1]
    if not lacking:
        return []
    when = when or search.when()
    budget = Budget()
    known = search.values_of(index, budget)
    beside = _beside(search, name) if name.fields else {}
    lacking = [
        value for value in lacking
        if not any(set(name.spelt(label, value)) & set(beside[label]) for label in beside)
    ]  # fmt: skip
    found = {**known, **beside}
    texts = _values(found, [*name.sure(), *beside]) or _values(found, [*found])
    return [_of_value(search, name, index, value, texts, when) for value in lacking]


def _values(found: dict[str, list[str]], labels: list[str]) -> list[str]:
    """The values of these labels, without homelab's own."""
    texts = {text for label in labels for text in found.get(label, ()) if text not in OWN}
    return sorted(text for text in texts if f"/{text}" not in texts)  # Docker's /plex is plex


def _is_in(streams: list[dict[str, str]], name: Name, index: list[str], value: str) -> bool:
    return any(
        stream.get(label) in name.spelt(label, value) for stream in streams for label in index
    )


def _of_value(
    search: Search, name: Name, index: list[str], value: str, texts: list[str], when: str
) -> str:
    """The sentence for one value; `texts` are the values that Loki has."""
    shown = repr(clipped(value, _LONGEST))
    what = f"label {name.word} {shown}" if name.exact else f"{name.word} {shown}"
    last = _elsewhen(search, name, index, value)
    if last is not None:
        return f"{what} logged nothing {when}{last}"
    is_there = any({*name.spelt(label, value)} & {*texts} for label in name.labels)
    if is_there:
        return f"{what} logged nothing {when}"
    search.unknown.append(f"{name.word}={value}")
    if name.exact and not texts and not index:
        return _no_label(search, name.word, value)
    said = f"no {name.word} {shown} {when}"
    if name.exact:
        said = f"no label {name.word} has the value {shown} {when}"
    if texts:
        names = texts if name.exact else sorted(text.lstrip("/") or text for text in texts)
        some = ", ".join(clipped(text, _LONGEST) for text in names[:_SOME])
        more = ", …" if len(texts) > _SOME else ""
        said += f"; {'values' if name.exact else name.word + 's'}: {some}{more}"
    meant = near(value, texts)
    return said + (f"; did you mean {clipped(meant, _LONGEST)}?" if meant else "")


def _no_label(search: Search, label: str, value: str) -> str:
    """The sentence for a label that neither the index nor a line has."""
    labels = [each for each in search.labels() if each != pages.HIDDEN]
    meant = near(label, labels)
    did = f"; did you mean {clipped(meant, _LONGEST)}?" if meant else ""
    some = ", ".join(labels[: 2 * _SOME]) + (", …" if len(labels) > 2 * _SOME else "")
    return (
        f"no label {label}; labels: {some}{did}; a field inside the lines needs a parser, as in"
        f" '{{…}} | logfmt | {label}={logql.quoted(clipped(value, _LONGEST))}'"
    )


def near(typed: str, texts: list[str]) -> str:
    """The text that the user may have meant; "" if none is close. A host may be typed with or
    without its domain, a unit with or without its type."""
    names: dict[str, str] = {}
    for text in texts[:_MOST]:
        bare = text.lstrip("/")
        for form in (bare, bare.removesuffix(".service"), bare.partition(".")[0]):
            names.setdefault(form.lower(), bare)
    meant = nearest(typed, names) or nearest(typed.partition(".")[0], names)
    return names.get(meant.lower(), "")


def _elsewhen(search: Search, name: Name, index: list[str], value: str) -> str | None:
    """The end of a sentence, with the time of the value's last line before the window; "" if its
    lines are from another time, None if it has none. Only the index is searched, which is quick."""
    wider = search.wider()
    found = None
    for label in index:
        spelt = name.spelt(label, value)
        if not set(spelt) & set(wider.values(label)):
            continue
        found = ""
        wider.query = f"{{{logql.any_of(label, spelt)}}}"
        for batch in wider.lines(wider.start, search.start, False, 1):
            return f"; its last line before is from {times.local(batch[0][1])}"
    return found


def _beside(search: Search, name: Name) -> dict[str, list[str]]:
    """The values in structured metadata, by field, from reading at most a day of lines; empty if
    Loki refuses to count so many."""
    place = selector.streams_of(search.query)
    start, end = times.window(max(search.start, search.end - _READ), search.end)
    some = " or ".join(f'{field}!=""' for field in name.fields)
    span = logql.duration(end - start)
    counted = f"count_over_time({place or ALL} | {some} [{span}])"
    query = f"sum by ({', '.join(name.fields)}) ({counted})"
    found: dict[str, set[str]] = {field: set() for field in name.fields}
    try:
        series = search.ask(
            functools.partial(search.loki.counts, "query", {"query": query, "time": end})
        )
    except TooLong:
        return {}
    except Failure as failure:
        if failure.code != USAGE:
            raise
        return {}
    for each in series:
        for field in name.fields:
            if each["metric"].get(field):
                found[field].add(each["metric"][field])
    return {field: sorted(values) for field, values in found.items()}
