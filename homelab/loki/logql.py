"""Pure: LogQL, written so that no value of ours can be read as syntax."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# All signs that have a meaning in RE2, of which "\\" takes it away.
_LITERAL = {ord(sign): f"\\{sign}" for sign in "\\.+*?()|[]{}^$"}


class _Escapes(dict[int, str]):
    """What stands for a character in a string literal."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        text = _ESCAPES.get(sign) or (sign if sign.isprintable() else f"\\U{code:08x}")
        self[code] = text
        return text


def quoted(value: str) -> str:
    """A string literal for any text. LogQL's literals are Go's (Loki: pkg/logql/syntax/lex.go)."""
    return f'"{value.translate(_Escapes())}"'


def selector(labels: Mapping[str, str], *more: str) -> str:
    """`{job="homelab-usage", user="alice"}`; `labels` are label names and the values they equal,
    `more` further matchers."""
    matchers = [f"{name}={quoted(value)}" for name, value in labels.items()]
    return "{" + ", ".join([*matchers, *more]) + "}"


def any_of(name: str, values: Collection[str]) -> str:
    """A matcher: the label has one of these values."""
    return f"{name}=~{quoted('|'.join(map(literal, values)))}"


def none_of(name: str, values: Collection[str]) -> str:
    """A matcher: the label has none of these values."""
    return f"{name}!~{quoted('|'.join(map(literal, values)))}"


def begins(name: str, words: str) -> str:
    """A matcher: the label is these words, or they and a blank begin it."""
    return f"{name}=~{quoted(literal(words) + '( .*)?')}"


def literal(value: str) -> str:
    """A regular expression (RE2, which Loki anchors) for one text."""
    return value.translate(_LITERAL)


def runs_by(labels: tuple[str, ...], streams: str, span: str, parsed: bool = False) -> str:
    """Entries of the selector `streams` in `[span]`, summed by labels of stream and line.

    Lines are `exit=0 ver=0.6.0`; `user` and `verb` are labels of streams. Naming the one label of
    a line that is asked for keeps the series few, since Loki groups at the source; of two that are
    named it would extract the first alone. Where `streams` have stages that make the labels they
    are `parsed` already.
    """
    names = [name for name in labels if name not in ("user", "verb")]
    parser = (
        "" if parsed or not names else " | logfmt" + (f" {names[0]}" if len(names) == 1 else "")
    )
    return f"sum by ({', '.join(labels)}) (count_over_time({streams}{parser} [{span}]))"


def duration(nanoseconds: int) -> str:
    """A range. Loki reads ranges as Prometheus does: whole milliseconds, nothing finer. Raises
    ValueError where that would not be exact."""
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    if rest:
        raise ValueError(f"{nanoseconds} ns is not a whole number of ms")
    return f"{milliseconds}ms"
