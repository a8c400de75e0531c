"""Pure: write LogQL from the selectors, names and texts that a user gives."""

from __future__ import annotations

from homelab.loki import halving, logql

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Streams = list[dict[str, str]]  # the labels of each stream

# The labels that may hold a flag's name; log shippers do not agree on them. Names with `k8s_`,
# `host_name` and `container_name` are OpenTelemetry's (semantic conventions, dots as Loki writes
# them); those that begin with an underscore are the journal's own fields.
CANDIDATES = {
    "app": (
        "app", "application", "service_name", "service", "compose_service", "container",
        "container_name", "k8s_deployment_name", "k8s_container_name", "app_kubernetes_io_name",
    ),
    "host": (
        "host", "hostname", "instance", "node", "host_name", "nodename", "node_name",
        "k8s_node_name", "_hostname", "_HOSTNAME",
    ),
    "unit": ("unit", "systemd_unit", "_systemd_unit", "_SYSTEMD_UNIT"),
    "container": (
        "container", "container_name", "k8s_container_name", "compose_service", "service",
        "service_name", "app", "pod", "k8s_pod_name", "_CONTAINER_NAME",
    ),
    "job": ("job",),
    "namespace": (
        "namespace", "k8s_namespace_name", "kubernetes_namespace", "kubernetes_namespace_name",
        "service_namespace",
    ),
}  # fmt: skip
# Labels with a similar meaning: a stream with only these may have more names beside its lines.
_NEAR = {"container": frozenset(("compose_service", "service", "service_name", "app", "pod"))}
_CONTAINERS = ("container", "container_name", "_CONTAINER_NAME")
# Labels that nearly every stream has, used if nothing else is known. Loki 3 gives every stream a
# service_name.
_COMMON = ("service_name", "job", "host", "hostname", "instance", "app", "container", "unit")


def selects(query: str) -> bool:
    """Whether a query selects lines instead of counting them. Such a query starts with a selector,
    perhaps in parentheses or behind comments."""
    return _brace(query) >= 0


def _brace(query: str) -> int:
    """The index at which the selector of a log query opens; -1 in another query."""
    rest = query.lstrip()
    while rest[:1] in ("(", "#"):
        rest = rest[1:].lstrip() if rest[0] == "(" else rest.partition("\n")[2].lstrip()
    return len(query) - len(rest) if rest[:1] == "{" else -1


def variants(label: str, wanted: str) -> tuple[str, ...]:
    """The values that a name may have in a label: Docker's names may begin with a slash, and
    systemd's end with the unit type."""
    if label in _CONTAINERS and wanted[:1] != "/":
        return wanted, f"/{wanted}"
    if label in CANDIDATES["unit"] and "." not in wanted:
        return wanted, f"{wanted}.service"
    return (wanted,)


def filters(grep: Iterable[str], without: Iterable[str], regex: Iterable[str]) -> str:
    """Line filters: for texts that lines contain, texts that they do not contain, and RE2 that
    matches in them."""
    found = [f" |= {logql.quoted(text)}" for text in grep]
    found += [f" != {logql.quoted(text)}" for text in without]
    found += [f" |~ {logql.quoted(text)}" for text in regex]
    return "".join(found)


class Name:
    """A name in a flag: the `labels` that may have it, and the `values`, any of which matches.
    `word` is its name for the user: host, or the name of a label. An `exact` name has no variants.

    `index` are the labels among `labels` that the index has. `fields` are the structured metadata
    that may have the name instead; empty if none has to be searched. `chosen` are the labels of the
    index to match, `seen` those in which a stream has the name.
    """

    __slots__ = ("chosen", "exact", "fields", "flag", "index", "labels", "seen", "values", "word")

    def __init__(
        self, flag: str, word: str, labels: tuple[str, ...], values: list[str], exact: bool = False
    ) -> None:
        self.flag = flag
        self.word = word
        self.labels = labels
        self.values = values
        self.exact = exact
        self.index: list[str] = []
        self.fields: list[str] = []
        self.chosen: list[str] = []
        self.seen: list[str] = []

    def variants(self, label: str) -> tuple[str, ...]:
        """All values that the label may have for this name."""
        return tuple(text for value in self.values for text in self.spelt(label, value))

    def spelt(self, label: str, value: str) -> tuple[str, ...]:
        """All spellings in the label of one of the values."""
        return (value,) if self.exact else variants(label, value)

    def matcher(self, label: str) -> str:
        """A matcher for streams, or a filter for entries, with the name in this label."""
        texts = self.variants(label)
        return logql.any_of(label, texts) if texts[1:] else f"{label}={logql.quoted(texts[0])}"

    def lacks(self, label: str) -> str:
        """A matcher for streams without the name in this label."""
        return logql.none_of(label, self.variants(label))

    def sure(self) -> list[str]:
        """The labels of the index that mean exactly this, not something similar."""
        near = _NEAR.get(self.word, frozenset())
        return [label for label in self.index if label not in near]

    def positive(self) -> bool:
        """Whether a matcher for the name never selects a stream that lacks the label."""
        return all(self.values)


def telling(name: Name, streams: Streams) -> list[str]:
    """The labels of the index to match so that all streams with the name are selected: one label if
    that is enough, else each in which a stream has the name; empty if no stream has it."""
    texts = {label: name.variants(label) for label in name.index}
    known = [{label for label in texts if stream.get(label) in texts[label]} for stream in streams]
    known = [each for each in known if each]
    enough = [label for label in name.index if known and all(label in each for each in known)]
    return enough[:1] or [label for label in name.index if any(label in each for each in known)]


def either(name: Name, labels: Iterable[str]) -> str:
    """A filter for the entries that have the name in one of the labels."""
    return " | " + " or ".join(map(name.matcher, labels))


def apart(name: Name, labels: list[str]) -> list[list[str]]:
    """The matchers of selectors without common streams that together have every stream with the
    name: in the first label; in the second and not in the first; and so on."""
    others = [name.lacks(label) for label in labels]
    return [[name.matcher(label), *others[:at]] for at, label in enumerate(labels)]


def everything(streams: Streams) -> tuple[str, Streams]:
    """A matcher for as many of these streams as one matcher can select, since LogQL needs a label
    that is there; and the streams that lack the label."""
    counts: dict[str, int] = dict.fromkeys(_COMMON, 0)
    for stream in streams:
        for label in stream:
            counts[label] = counts.get(label, 0) + 1
    label = max(counts, key=lambda each: counts[each])
    return f'{label}=~".+"', [stream for stream in streams if label not in stream]


def stored(name: str) -> str:
    """The label name as Loki stores it: it accepts letters, digits and `_`, and shippers of
    `service.name` or `app.kubernetes.io/name` write `_` for the other characters (Loki:
    pkg/loghttp/push/otlp.go). "" for text that can't be a label's name."""
    plain = "".join("_" if char in ".-/" else char for char in name)
    named = plain.isascii() and plain.isidentifier() and (name[:1].isalpha() or name[:1] == "_")
    return plain if named else ""


def streams_of(query: str) -> str:
    """The selector alone of a log query; "" if it has none."""
    opened = _brace(query)
    return "" if opened < 0 else query[opened : _closed(query, opened + 1) + 1]


def narrowed(query: str, matchers: list[str], first: str = "", last: str = "") -> str:
    """A log query with these matchers added to its selector, with `first` filtering what it
    selects, and `last` what its pipeline lets through. "" for `query` means no query."""
    if not query:
        return f"{{{', '.join(matchers)}}}{first}{last}"
    opened = _brace(query) + 1
    closed = _closed(query, opened)
    head, inner, rest = query[:opened], query[opened:closed], query[closed:]
    if matchers:
        inner = ", ".join(matchers) + (f", {inner.lstrip()}" if inner.strip() else "")
    return halving.filtered(f"{head}{inner}{rest[:1]}{first}{rest[1:]}", last)


def _closed(query: str, at: int) -> int:
    """Where the selector that opens before `at` closes; the query's end if it does not."""
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
