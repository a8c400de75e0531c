"""Pure: LogQL written from the selectors, names and texts that a user gives."""

from __future__ import annotations

from homelab.loki import halving, logql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Streams = list[dict[str, str]]  # the labels of each

# Which labels say what a flag asks for; agents that ship logs do not agree on their names.
CANDIDATES = {
    "app": (
        "app", "application", "service_name", "service", "compose_service", "container",
        "container_name",
    ),
    "host": ("host", "hostname", "instance", "node"),
    "unit": ("unit", "systemd_unit"),
    "container": (
        "container", "container_name", "compose_service", "service", "service_name", "app",
    ),
    "job": ("job",),
    "namespace": ("namespace", "k8s_namespace_name", "kubernetes_namespace"),
}  # fmt: skip
# What nearly every stream has, where nothing else is asked for. Loki 3 gives all a service_name.
_COMMON = ("service_name", "job", "host", "hostname", "instance", "app", "container", "unit")


def selects(query: str) -> bool:
    """Whether a query selects lines instead of counting them. Such a query starts with a selector,
    perhaps in parentheses or behind comments."""
    return _brace(query) >= 0


def _brace(query: str) -> int:
    """Where the selector of a log query opens; -1 in another query."""
    rest = query.lstrip()
    while rest[:1] in ("(", "#"):
        rest = rest[1:].lstrip() if rest[0] == "(" else rest.partition("\n")[2].lstrip()
    return len(query) - len(rest) if rest[:1] == "{" else -1


def variants(label: str, wanted: str) -> tuple[str, ...]:
    """The values that a name stands for: Docker's names may begin with a slash, and systemd's end
    with the kind of unit."""
    if label in ("container", "container_name") and wanted[:1] != "/":
        return wanted, f"/{wanted}"
    if label in ("unit", "systemd_unit") and "." not in wanted:
        return wanted, f"{wanted}.service"
    return (wanted,)


def filters(grep: Iterable[str], without: Iterable[str], regex: Iterable[str]) -> str:
    """Filters of lines: texts that are in them, texts that are not, RE2 that is found in them."""
    found = [f" |= {logql.quoted(text)}" for text in grep]
    found += [f" != {logql.quoted(text)}" for text in without]
    found += [f" |~ {logql.quoted(text)}" for text in regex]
    return "".join(found)


def matcher(label: str, wanted: str) -> str:
    """A matcher for streams that have the name in this label."""
    values = variants(label, wanted)
    return logql.any_of(label, values) if values[1:] else f"{label}={logql.quoted(wanted)}"


def telling(labels: list[str], wanted: str, streams: Streams) -> list[str]:
    """The labels to match so that all streams with the name are selected: one label where that is
    enough, else each in which a stream has the name; none where no stream has it."""
    known = [
        {label for label in labels if stream.get(label) in variants(label, wanted)}
        for stream in streams
    ]
    known = [each for each in known if each]
    enough = [label for label in labels if known and all(label in each for each in known)]
    return enough[:1] or [label for label in labels if any(label in each for each in known)]


def either(labels: list[str], wanted: str) -> str:
    """A filter for the entries that have the name in one of the labels."""
    return " | " + " or ".join(matcher(label, wanted) for label in labels)


def apart(labels: list[str], wanted: str) -> list[list[str]]:
    """The matchers of selectors that have no stream in common and together have every stream with
    the name: in the first label; in the second and not in the first; and so on."""
    others = [logql.none_of(label, variants(label, wanted)) for label in labels]
    return [[matcher(label, wanted), *others[:at]] for at, label in enumerate(labels)]


def everything(streams: Streams) -> tuple[str, Streams]:
    """A matcher for as much as one can match of these streams, since LogQL selects by a label that
    is there; and the streams that lack it."""
    counts: dict[str, int] = dict.fromkeys(_COMMON, 0)
    for stream in streams:
        for label in stream:
            counts[label] = counts.get(label, 0) + 1
    label = max(counts, key=lambda each: counts[each])
    return f'{label}=~".+"', [stream for stream in streams if label not in stream]


def narrowed(query: str, matchers: list[str], first: str = "", last: str = "") -> str:
    """A log query that selects by these matchers too, filters what it selects by `first`, and what
    its pipeline lets through by `last`; "" for a query is none."""
    if not query:
        return f"{{{', '.join(matchers)}}}{first}{last}"
    opened = _brace(query) + 1
    closed = _closed(query, opened)
    head, inner, rest = query[:opened], query[opened:closed], query[closed:]
    if matchers:
        inner = ", ".join(matchers) + (f", {inner.lstrip()}" if inner.strip() else "")
    return halving.filtered(f"{head}{inner}{rest[:1]}{first}{rest[1:]}", last)


def _closed(query: str, at: int) -> int:
    """Where the selector that opens before `at` closes; the query's end where it does not."""
    quote = ""
    while at < len(query):
        sign = query[at]
        if quote:
            if sign == "\\" and quote == '"':
                at += 1
            elif sign == quote:
                quote = ""
        elif sign in '"`':
            quote = sign
        elif sign == "}":
            return at
        at += 1
    return len(query)
