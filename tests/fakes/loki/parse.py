"""LogQL as a tree: the lexer, the parser and the nodes, for the part of LogQL that the tests use.

Facts are from Loki 3.8's pkg/logql: syntax/lex.go, syntax/syntax.y, log/. The fake refuses the rest
(json, line_format, binary operations except `or`, ...) as a parse error. A stage of a pipeline is a
function that the parser makes. All times and durations are ns.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Callable, NamedTuple, NoReturn, Union

from fakes.loki.store import HOUR, Row, Stream, logfmt, quote

UNITS = {"w": 168 * HOUR, "d": 24 * HOUR, "h": HOUR, "m": HOUR // 60, "s": 10**9, "ms": 10**6}
VECTOR_OPS = {"sum", "count", "max", "min", "topk"}
PLAIN_OPS = {"count_over_time", "bytes_over_time", "rate"}
UNWRAP_OPS = {"max_over_time", "last_over_time"}  # these take `by` after their parentheses, too
OTHER_OPS = {"label_replace", "vector"}
FUNCTIONS = VECTOR_OPS | PLAIN_OPS | UNWRAP_OPS | OTHER_OPS
KEYWORDS = {
    "by", "without", "offset", "or", "and", "unless", "on", "ignoring", "bool", "json", "regexp",
    "logfmt", "unpack", "pattern", "label_format", "line_format", "drop", "keep", "unwrap",
}  # fmt: skip
COMPARE = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
           "=": operator.eq, "==": operator.eq, "!=": operator.ne}  # fmt: skip
TOKEN = re.compile(
    r"(?P<space>\s+|\#[^\n]*)|(?P<RANGE>\[[^\]]*\])"
    r"|(?P<STRING>\"(?:\\.|[^\"\\\n])*\"|`[^`]*`)"
    r"|(?P<DURATION>(?:\d+(?:ms|[smhdw]))+(?!\w)|-(?:\d+(?:\.\d+)?(?:ms|[smh]))+(?!\w))"
    r"|(?P<NUMBER>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<IDENTIFIER>[^\W\d]\w*)"
    r"|(?P<symbol>\|=|\|~|!=|!~|=~|==|>=|<=|[{}()=,|<>+*/%^-])|(?P<other>.)",
    re.DOTALL,
)
CALL = re.compile(r"\s*(?:\(|(?:by|without)\s*\()", re.IGNORECASE)
ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\\"'])|.)", re.DOTALL
)
SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
UTC = re.compile(r'\{\{\s*\(__timestamp__\)\.UTC\.Format "(04|05)"\s*\}\}')
EPOCH = re.compile(r"\{\{-?\s*__timestamp__\s*\|\s*unixEpoch(|Millis|Nanos)\s*-?\}\}")
NOT_RE2 = re.compile(r"\(\?(?:<?[=!])|\\[1-9Z]")
NO_MATCHER = (
    "queries require at least one regexp or equality matcher that does not have an "
    'empty-compatible value. For instance, app=~".*" does not meet this requirement, but '
    'app=~".+" will'
)


class QueryError(Exception):
    """A query that Loki refuses with status 400; str() is the body of its answer."""


class ParseError(QueryError):
    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        at = f"at line {line}, col {column}" if column else ""
        super().__init__(f"parse error {at}: {message}")


class State:
    """An entry on its way through a pipeline; `own` are the names that logfmt may not use."""

    def __init__(self, stream: Stream, row: Row) -> None:
        self.ts, self.line = row.ts, row.line
        # structured metadata may have it beside a label of the stream (3.8, seen)
        meta = {
            f"{name}_extracted" if name in stream.labels else name: value
            for name, value in row.meta.items()
        }
        self.labels = {**stream.labels, **meta}
        self.own = frozenset(self.labels)

    def number(self, name: str, failure: str) -> float | None:
        try:
            return float(self.labels[name])
        except ValueError:
            text = f"strconv.ParseFloat: parsing {quote(self.labels[name])}: invalid syntax"
            if "__error__" not in self.labels:
                self.labels.update(__error__=failure, __error_details__=text)
            return None


Stage = Callable[[State], bool]
Labels = tuple[tuple[str, str], ...]  # sorted pairs


class Grouping(NamedTuple):
    names: tuple[str, ...] = ()
    without: bool = False

    def key(self, labels: Iterable[tuple[str, str]]) -> Labels:
        return tuple(sorted(x for x in labels if (x[0] in self.names) != self.without))


class Matcher(NamedTuple):
    name: str
    op: str
    value: str

    def match(self, value: str) -> bool:
        if self.op in ("=", "!="):
            return (value == self.value) == (self.op == "=")
        return _matched(self.value, value) == (self.op == "=~")


@lru_cache(maxsize=1 << 16)  # a day is 24 queries, over the same streams
def _matched(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value, re.DOTALL) is not None


class Log(NamedTuple):
    matchers: list[Matcher]
    stages: list[Stage]
    extracts: bool = False  # by logfmt without a list: any number of labels

    def matches(self, labels: dict[str, str]) -> bool:
        return all(m.match(labels.get(m.name, "")) for m in self.matchers)

    def run(self, streams: Iterable[Stream], start: int, end: int) -> Iterator[State]:
        for stream in streams:
            rows = stream.rows(start, end)
            if rows and self.matches(stream.labels):
                for row in rows:
                    state = State(stream, row)
                    if self.passes(state):
                        yield state

    def passes(self, state: State) -> bool:
        return all(stage(state) for stage in self.stages)


class Range(NamedTuple):
    op: str
    log: Log
    unwrap: str
    length: int
    offset: int
    grouping: Grouping | None


class Aggregate(NamedTuple):
    op: str
    inner: Metric
    grouping: Grouping
    param: int


class Replace(NamedTuple):
    inner: Metric
    label: str
    replacement: str
    source: str
    regex: re.Pattern[str]


class Constant(NamedTuple):
    value: float


class Either(NamedTuple):
    left: Metric
    right: Metric


Metric = Union[Range, Aggregate, Replace, Constant, Either]


class Token(NamedTuple):
    kind: str
    text: str
    line: int
    column: int


def unquote(token: Token) -> str:
    def plain(found: re.Match[str]) -> str:
        code, simple = found[1] or found[2] or found[3], found[4]
        if not code and not simple:
            raise ParseError("invalid char escape", token.line, token.column)
        return chr(int(code, 16)) if code else SIMPLE.get(simple, simple)

    text = token.text[1:-1]
    return text if token.text[0] == "`" else ESCAPE.sub(plain, text)


def duration(text: str) -> int:
    """A Prometheus duration such as 1h30m; units come in falling order. Raises ValueError."""
    parts = re.findall(r"(\d+)(ms|[wdhms])", text)
    sizes = [UNITS[unit] for _, unit in parts]
    if not text:
        raise ValueError("empty duration string")
    whole = "".join(n + unit for n, unit in parts) == text and sizes == sorted(set(sizes))[::-1]
    if not whole and text != "0":
        raise ValueError(f"not a valid duration string: {quote(text)}")
    return sum(int(n) * size for (n, _), size in zip(parts, sizes))


def offset(text: str) -> int:
    """An offset. Go parses a negative one, and knows neither days nor an order of units."""
    if text[:1] != "-":
        return duration(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smh])", text)
    return -sum(round(float(n) * UNITS[unit]) for n, unit in parts)


def regexp(pattern: str) -> str:
    bad = NOT_RE2.search(pattern.replace("\\\\", ""))  # without backslashes for themselves
    try:
        re.compile(pattern)
    except re.error as error:
        raise ParseError(f"error parsing regexp: {error}") from None
    if bad:  # RE2 has no look-around and no back-references
        what = "escape sequence" if bad[0][0] == "\\" else "or unsupported Perl syntax"
        raise ParseError(f"error parsing regexp: invalid {what}: `{bad[0]}`")
    return pattern


def lex(text: str) -> list[Token]:
    tokens, line, start = [], 1, 0
    for found in TOKEN.finditer(text):
        word, kind, column = found[0], found.lastgroup or "", found.start() - start + 1
        if word == "[":
            raise ParseError("missing closing ']' in duration", 0, column)
        if word in '"`':
            raise ParseError("literal not terminated", line, column)
        lower = word.lower()
        if kind == "symbol" or lower in KEYWORDS:
            kind = lower
        elif lower in FUNCTIONS and CALL.match(text, found.end()):
            kind = lower.upper()
        elif kind == "other":
            kind = "IDENTIFIER"
        if kind != "space":
            tokens.append(Token(kind, word, line, column))
        if "\n" in word:
            line, start = line + word.count("\n"), found.start() + word.rindex("\n") + 1
    end = (line, len(text) - start + 1) if text else (0, 0)
    return [*tokens, Token("$end", "", *end)]


class Parser:
    """Recursive descent over the grammar of syntax.y, with the error texts of its yacc parser."""

    def __init__(self, text: str) -> None:
        self.tokens = lex(text)
        self.at = 0
        # the labels that the query groups by, around a range
        self.required: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind

    def next(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *kinds: str) -> Token | None:
        return self.next() if self.kind in kinds else None

    def take(self, *kinds: str) -> Token:
        return self.accept(*kinds) or self.fail()

    def want(self, *kinds: str) -> Token:
        """Like `take`, for places where yacc has four choices or fewer, so that its message names
        them."""
        return self.accept(*kinds) or self.fail(*kinds)

    def fail(self, *expected: str) -> NoReturn:
        token = self.tokens[self.at]
        tail = ", expecting " + " or ".join(expected) if expected else ""
        message = f"syntax error: unexpected {token.kind}{tail}"
        raise ParseError(message, token.line, token.column)

    def whole(self) -> Log | Metric:
        expr = self.expr()
        if self.kind in set("+-*/%^") | set(COMPARE) | {"and", "unless"}:
            raise ParseError(f"the fake does not evaluate {self.kind}")
        self.take("$end")
        return expr

    def expr(self) -> Log | Metric:
        if self.accept("("):
            inner = self.expr()
            self.take(")")
            return inner if isinstance(inner, Log) else self.alternatives(inner)
        if self.kind == "{":
            log = Log(self.selector(), *self.pipeline())
            if self.accept("|"):  # unwrap, without a range
                self.fail()
            return log
        return self.metric()

    def metric(self) -> Metric:
        return self.alternatives(self.operand())

    def alternatives(self, left: Metric) -> Metric:
        while self.accept("or"):
            left = Either(left, self.operand())
        return left

    def operand(self) -> Metric:
        if self.accept("("):
            inner = self.metric()
            self.take(")")
            return inner
        op = self.kind.lower()
        if op == "vector":
            self.next()
            self.want("(")
            value = float(self.want("NUMBER").text)
            self.want(")")
            return Constant(value)
        if op == "label_replace":
            return self.replace()
        if op in PLAIN_OPS | UNWRAP_OPS:
            return self.range(self.next().text.lower())
        if op not in VECTOR_OPS:
            self.fail()
        self.next()
        grouping = self.grouping()
        self.want("(")
        number = self.accept("NUMBER")
        if number:
            self.take(",")
        around = self.required
        if grouping and not grouping.without:
            self.required = frozenset(grouping.names)
        inner = self.metric()
        self.required = around
        self.take(")")
        param = check_parameter(op, number.text if number else "")
        return Aggregate(op, inner, grouping or self.grouping() or Grouping(), param)

    def replace(self) -> Replace:
        self.next()
        self.want("(")
        inner, texts = self.metric(), []
        for _ in range(4):
            self.want(",")
            texts.append(unquote(self.want("STRING")))
        self.want(")")
        label, replacement, source, regex = texts
        return Replace(inner, label, replacement, source, re.compile(regexp(regex)))

    def grouping(self) -> Grouping | None:
        word = self.accept("by", "without")
        if word is None:
            return None
        self.want("(")
        names = [] if self.accept(")") else self.names()
        if names:
            self.want(",", ")")
        return Grouping(tuple(names), word.kind == "without")

    def names(self) -> list[str]:
        names = [self.want("IDENTIFIER").text]
        while self.accept(","):
            names.append(self.want("IDENTIFIER").text)
        return names

    def range(self, op: str) -> Range:
        self.take("(")
        matchers, (stages, extracts), unwrap = self.selector(), self.pipeline(), ""
        if self.accept("|"):
            self.take("unwrap")
            unwrap = self.take("IDENTIFIER").text
            stages.append(unwrapped(unwrap))
            after, more = self.pipeline()
            stages, extracts = stages + after, extracts or more
        token = self.take("RANGE")
        try:
            length = duration(token.text[1:-1])
            shift = offset(self.want("DURATION").text) if self.accept("offset") else 0
        except ValueError as error:
            raise ParseError(str(error), 0, token.column) from None
        self.take(")")
        grouping = self.grouping()
        if grouping and op not in UNWRAP_OPS:
            raise ParseError(f"grouping not allowed for {op} aggregation")
        if bool(unwrap) != (op in UNWRAP_OPS):
            raise ParseError(f"invalid aggregation {op} with{'' if unwrap else 'out'} unwrap")
        return Range(op, Log(matchers, stages, extracts), unwrap, length, shift, grouping)

    def selector(self) -> list[Matcher]:
        self.take("{")
        matchers: list[Matcher] = []
        if self.accept("}"):
            return matchers
        while True:
            name = self.want("IDENTIFIER") if matchers else self.want("IDENTIFIER", "}")
            matchers.append(self.matcher(name.text))
            if self.want("}", ",").kind == "}":
                return matchers

    def matcher(self, name: str) -> Matcher:
        op = self.want("=", "=~", "!~", "!=").kind
        value = unquote(self.want("STRING"))
        return Matcher(name, op, regexp(value) if "~" in op else value)

    def pipeline(self) -> tuple[list[Stage], bool]:
        """The stages up to `| unwrap`, a range or the end, and whether one is a bare logfmt."""
        stages: list[Stage] = []
        extracts = False
        while self.kind in ("|=", "!=", "|~", "!~") or (
            self.kind == "|" and self.tokens[self.at + 1].kind != "unwrap"
        ):
            op = self.next().kind
            if op != "|":
                texts = [unquote(self.take("STRING"))]
                while self.accept("or"):
                    texts.append(unquote(self.take("STRING")))
                stages.append(line_filter(op, texts))
            elif self.accept("logfmt"):
                names = self.names() if self.kind == "IDENTIFIER" else []
                extracts = extracts or not names
                stages.append(
                    logfmt_stage(names, bool(self.required) and self.required <= {*names})
                )
            elif self.accept("label_format"):
                name, _, token = self.want("IDENTIFIER"), self.want("="), self.take("STRING")
                stages.append(template(name.text, unquote(token)))
            else:
                stages.append(self.label_filter())
        return stages, extracts

    def label_filter(self) -> Stage:
        """`and`, which a comma is too, binds before `or`."""
        either = [self.label_filters()]
        while self.accept("or"):
            either.append(self.label_filters())
        return either[0] if len(either) == 1 else lambda state: any(f(state) for f in either)

    def label_filters(self) -> Stage:
        both = [self.one_filter()]
        while self.accept("and", ","):
            both.append(self.one_filter())
        return both[0] if len(both) == 1 else lambda state: all(f(state) for f in both)

    def one_filter(self) -> Stage:
        if self.accept("("):
            inner = self.label_filter()
            self.take(")")
            return inner
        name = self.want("IDENTIFIER", "(").text
        op, sign = self.kind, 1
        if op in ("=~", "!~") or (op in ("=", "!=") and self.tokens[self.at + 1].kind == "STRING"):
            matcher = self.matcher(name)
            return lambda state: matcher.match(state.labels.get(name, ""))
        self.take(*COMPARE)
        if self.accept("-"):
            sign = -1
        limit = sign * float(self.take("NUMBER").text)

        def stage(state: State) -> bool:
            if name not in state.labels:
                return False
            value = state.number(name, "LabelFilterErr")
            return value is None or bool(COMPARE[op](value, limit))

        return stage


def check_parameter(op: str, text: str) -> int:
    if op != "topk" and text:
        raise ParseError(f"unsupported parameter for operation {op}({text},")
    if op == "topk" and not text:
        raise ParseError("parameter required for operation topk")
    if text and not text.isdigit():
        raise ParseError(f"invalid parameter topk({text},")
    if text and int(text) == 0:
        raise ParseError(f"invalid parameter (must be greater than 0) topk({text}")
    return int(text or 0)


def line_filter(op: str, texts: list[str]) -> Stage:
    if op in ("|=", "!="):
        return lambda state: any(text in state.line for text in texts) == (op == "|=")
    found = [re.compile(regexp(text)) for text in texts]
    return lambda state: any(x.search(state.line) for x in found) == (op == "|~")


def logfmt_stage(wanted: list[str], hurried: bool) -> Stage:
    """The logfmt stage. Without a list the first of equal keys counts, with one the last
    (log/parser.go). If the list has all labels of the grouping, it is `hurried`: the names in it
    count as extracted from the start, so that it stops at the first one that the line has
    (LogfmtExpressionParser, seen)."""

    def stage(state: State) -> bool:
        state.labels.update({name: "" for name in wanted if name not in state.own})
        seen: set[str] = set()
        for key, value in logfmt(state.line):
            name = re.sub(r"^(?=\d)|[^\w]", "_", key, flags=re.ASCII)
            if (name not in wanted) if wanted else (not value or name in seen):
                continue
            seen.add(name)
            state.labels[name + "_extracted" if name in state.own else name] = value
            if hurried:
                break
        return True

    return stage


def template(name: str, text: str) -> Stage:
    layout = UTC.fullmatch(text.strip())
    if layout:
        unit = {"04": 60, "05": 1}[layout[1]]

        def place(state: State) -> bool:
            state.labels[name] = f"{state.ts // 10**9 // unit % 60:02}"
            return True

        return place
    found = EPOCH.fullmatch(text.strip())
    if not found:
        raise ParseError(f"the fake knows only the time in a template, not {text}")
    divisor = {"": 10**9, "Millis": 10**6, "Nanos": 1}[found[1]]

    def stage(state: State) -> bool:
        state.labels[name] = str(state.ts // divisor)
        return True

    return stage


def unwrapped(name: str) -> Stage:
    """A stage that drops entries without this label; a value that is not a number gets an __error__
    that fails the query."""

    def stage(state: State) -> bool:
        found = bool(state.labels.get(name))
        if found:
            state.number(name, "SampleExtractionErr")
        return found

    return stage


def parse(text: str) -> Log | Metric:
    """The query as a tree. Raises ParseError."""
    expr = Parser(text).whole()
    check_matchers(expr)
    return expr


def parse_selector(text: str) -> Log:
    """The matchers of a selector without a pipeline, as `series` and `entries` accept it; {} is
    allowed."""
    expr = Parser(text).whole()
    if not isinstance(expr, Log) or expr.stages:
        raise QueryError("only label matchers are supported")
    return expr


def check_matchers(expr: Log | Metric) -> None:
    for log in [expr] if isinstance(expr, Log) else [each.log for each in ranges_of(expr)]:
        if not any(m.op in ("=", "=~") and not m.match("") for m in log.matchers):
            raise ParseError(NO_MATCHER)


def ranges_of(expr: Metric) -> list[Range]:
    if isinstance(expr, Either):
        return ranges_of(expr.left) + ranges_of(expr.right)
    if isinstance(expr, Range):
        return [expr]
    return [] if isinstance(expr, Constant) else ranges_of(expr.inner)
