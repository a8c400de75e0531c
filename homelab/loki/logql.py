"""Pure: LogQL, written so that no value of ours can be read as syntax."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(value: str) -> str:
    """A string literal for any text. LogQL's literals are Go's (Loki: pkg/logql/syntax/lex.go)."""
    signs = []
    for sign in value:
        if sign in _ESCAPES:
            signs.append(_ESCAPES[sign])
        elif sign.isprintable():
            signs.append(sign)
        else:
            signs.append(f"\\U{ord(sign):08x}")
    return '"' + "".join(signs) + '"'


def selector(labels: Mapping[str, str], any_of: Mapping[str, list[str]] | None = None) -> str:
    """`{job="homelab-usage", user="alice"}`; `labels` are label names and the values they equal,
    `any_of` those that have one of several values."""
    matchers = [f"{name}={quoted(value)}" for name, value in labels.items()]
    for name, values in (any_of or {}).items():
        matchers.append(one_of(name, values))
    return "{" + ", ".join(matchers) + "}"


def one_of(name: str, values: Iterable[str]) -> str:
    """A matcher: the label has one of these values."""
    found = tuple(values)
    if len(found) == 1:
        return f"{name}={quoted(found[0])}"
    return f"{name}=~{quoted('|'.join(map(_literal, found)))}"


def _literal(value: str) -> str:
    """A regular expression (RE2, which Loki anchors) for one text: a backslash before a sign of
    ASCII that is no letter or digit takes its meaning away."""
    return "".join(f"\\{sign}" if sign.isascii() and not sign.isalnum() else sign for sign in value)


def runs_by(labels: tuple[str, ...], streams: str, span: str) -> str:
    """Entries of the selector `streams` in `[span]`, summed by labels of stream and line.

    Lines are `exit=0 ver=0.6.0`. Only these two parsers' labels are ever needed, and naming the one
    that is asked for keeps the series few: Loki groups at the source.
    """
    names = [name for name in labels if name in ("exit", "ver")]
    parser = f" | logfmt {', '.join(names)}" if names else ""
    return f"sum by ({', '.join(labels)}) (count_over_time({streams}{parser} [{span}]))"


def duration(nanoseconds: int) -> str:
    """A range. Loki reads ranges as Prometheus does: whole milliseconds, nothing finer. Raises
    ValueError where that would not be exact."""
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    if rest:
        raise ValueError(f"{nanoseconds} ns is not a whole number of ms")
    return f"{milliseconds}ms"
