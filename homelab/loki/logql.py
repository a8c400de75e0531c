"""Pure: write LogQL in which no value of ours can be read as syntax."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# All characters with a meaning in RE2, which a backslash removes.
_LITERAL = {ord(sign): f"\\{sign}" for sign in "\\.+*?()|[]{}^$"}


class _Escapes(dict[int, str]):
    """A table from each character to its form in a string literal, filled on demand."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        text = _ESCAPES.get(sign) or (sign if sign.isprintable() else f"\\U{code:08x}")
        self[code] = text
        return text


def quoted(value: str) -> str:
    """A string literal for any text. LogQL's literals are Go's (Loki: pkg/logql/syntax/lex.go)."""
    return f'"{value.translate(_Escapes())}"'


def selector(labels: Mapping[str, str], *more: str) -> str:
    """A stream selector like `{job="homelab-usage", user="alice"}`; `labels` are label names and
    the values they equal, `more` further matchers."""
    matchers = [f"{name}={quoted(value)}" for name, value in labels.items()]
    return "{" + ", ".join([*matchers, *more]) + "}"


def any_of(name: str, values: Collection[str]) -> str:
    """A matcher: the label has one of these values."""
    return f"{name}=~{quoted('|'.join(map(literal, values)))}"


def none_of(name: str, values: Collection[str]) -> str:
    """A matcher: the label has none of these values."""
    return f"{name}!~{quoted('|'.join(map(literal, values)))}"


def begins(name: str, words: str) -> str:
    """A matcher: the label is these words, or starts with them and a space."""
    return f"{name}=~{quoted(literal(words) + '( .*)?')}"


def literal(value: str) -> str:
    """A regular expression (RE2, which Loki anchors) for one text."""
    return value.translate(_LITERAL)


def runs_by(labels: tuple[str, ...], streams: str, span: str, parsed: bool = False) -> str:
    """A query that counts the entries of the selector `streams` in `[span]`, summed by labels of
    the stream and the line.

    Lines are `exit=0 ver=0.6.0`; `user` and `verb` are labels of streams. If one label of the line
    is needed, naming it keeps the series few, since Loki groups at the source; given two names it
    would extract the first alone. If `streams` has stages that make the labels, it is `parsed`
    already.
    """
    names = [name for name in labels if name not in ("user", "verb")]
    parser = (
        "" if parsed or not names else " | logfmt" + (f" {names[0]}" if len(names) == 1 else "")
    )
    return f"sum by ({', '.join(labels)}) (count_over_time({streams}{parser} [{span}]))"


def duration(nanoseconds: int) -> str:
    """A range such as `1500ms`. Loki reads ranges as Prometheus does: whole milliseconds. Raises
    ValueError if the time is not a whole number of them."""
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    if rest:
        raise ValueError(f"{nanoseconds} ns is not a whole number of ms")
    return f"{milliseconds}ms"
