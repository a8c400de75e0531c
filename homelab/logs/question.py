"""Pure: from what a person asks for to LogQL."""

from __future__ import annotations

from homelab.loki import logql, parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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
    """Whether it selects lines, and does not count them. Only a selector stands at the start of
    such a query, perhaps in parentheses or behind comments."""
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


def everything(labels: Iterable[str]) -> str:
    """A matcher for as much as one can match, where a Loki has these labels."""
    known = list(labels)
    label = next((each for each in _COMMON if each in known), next(iter(known), _COMMON[0]))
    return f'{label}=~".+"'


def narrowed(query: str, matchers: list[str], filters: str) -> str:
    """A log query that selects by these matchers too, and filters what its pipeline lets through;
    "" for a query is none."""
    if not query:
        return f"{{{', '.join(matchers)}}}{filters}"
    if matchers:
        at = _brace(query) + 1
        head, rest = query[:at], query[at:].lstrip()
        query = f"{head}{', '.join(matchers)}{'' if rest[:1] == '}' else ', '}{rest}"
    return parts.filtered(query, filters)
