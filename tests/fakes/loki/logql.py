"""The part of LogQL that the tests ask of a Loki: parsed and evaluated over streams in memory.

Facts are from Loki 3.8's pkg/logql: syntax/lex.go, syntax/syntax.y, log/, evaluator.go,
rangemapper.go, shardmapper.go. What it does not know (json, line_format, binary operations other
than `or`, ...) it refuses as a parse error. Where Loki promises no order (equal times in different
streams, ties of topk), streams come as they were made and ties by label. All times and durations
are ns.
"""

from __future__ import annotations

import math
import operator
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Callable, NamedTuple, NoReturn, Union

from fakes.loki.store import Row, Stream, label_text, logfmt, quote

HOUR = 3600 * 10**9
MAX_SERIES = 500  # querier.max-query-series
MAX_LENGTH = 721 * HOUR  # store.max-query-length
FEW = 12  # answers that Go's sort leaves in the order that equal ones came in; it may with more
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
EPOCH = re.compile(r"\{\{-?\s*__timestamp__\s*\|\s*unixEpoch(|Millis|Nanos)\s*-?\}\}")
NOT_RE2 = re.compile(r"\(\?(?:<?[=!])|\\[1-9Z]")
TOO_MANY = (
    f"maximum number of series ({MAX_SERIES}) reached for a single query; consider reducing query "
    "cardinality by adding more specific stream selectors, reducing the time range, or "
    "aggregating results with functions like sum(), count() or topk()"
)
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
    """One entry on its way through a pipeline; `own` are the names that logfmt may not take."""

    def __init__(self, stream: Stream, row: Row) -> None:
        self.ts, self.line = row.ts, row.line
        self.labels = {**stream.labels, **row.meta}
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
Vector = list[tuple[Labels, float]]
Samples = dict[Labels, list[tuple[int, float]]]


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
        found = re.fullmatch(self.value, value, re.DOTALL)
        return (found is not None) == (self.op == "=~")


class Log(NamedTuple):
    matchers: list[Matcher]
    stages: list[Stage]
    extracts: bool = False  # by logfmt without a list: any number of labels

    def matches(self, labels: dict[str, str]) -> bool:
        return all(m.match(labels.get(m.name, "")) for m in self.matchers)

    def run(self, streams: Iterable[Stream], start: int, end: int) -> Iterator[State]:
        for stream in streams:
            if self.matches(stream.labels):
                for row in stream.rows(start, end):
                    state = State(stream, row)
                    if all(stage(state) for stage in self.stages):
                        yield state


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
    """An offset. A negative one is read by Go, which knows neither days nor an order of units."""
    if text[:1] != "-":
        return duration(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smh])", text)
    return -sum(round(float(n) * UNITS[unit]) for n, unit in parts)


def go_duration(ns: int) -> str:
    """A duration of a second or more as Go prints it: 960h0m0s."""
    seconds, rest = divmod(ns, 10**9)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{seconds // 3600}h{seconds % 3600 // 60}m{seconds % 60}{fraction}s"


def check_length(ns: int) -> None:
    if ns > MAX_LENGTH:
        text = f"(query length: {go_duration(ns)}, limit: 30d1h)"
        raise QueryError(f"the query time range exceeds the limit {text}")


def regexp(pattern: str) -> str:
    bad = NOT_RE2.search(pattern)
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
        self.required: frozenset[str] = frozenset()  # what is grouped by, around a range

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
        """Like `take`, where yacc has four choices or fewer, so that its message names them."""
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
    """Without a list the first of equal keys counts, with one the last (log/parser.go). Where the
    list has all that is grouped by, it is `hurried`: the names in it pass for extracted from the
    start, so that it stops at the first one that the line has (LogfmtExpressionParser, seen)."""

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
    found = EPOCH.fullmatch(text.strip())
    if not found:
        raise ParseError(f"the fake knows only the time in a template, not {text}")
    divisor = {"": 10**9, "Millis": 10**6, "Nanos": 1}[found[1]]

    def stage(state: State) -> bool:
        state.labels[name] = str(state.ts // divisor)
        return True

    return stage


def unwrapped(name: str) -> Stage:
    """Drops what has no such label; what is no number gets an __error__ that fails the query."""

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
    """Matchers alone, as `series` and `entries` take them; {} is allowed."""
    expr = Parser(text).whole()
    if not isinstance(expr, Log) or expr.stages:
        raise QueryError("only label matchers are supported")
    return expr


def check_matchers(expr: Log | Metric) -> None:
    for log in [expr] if isinstance(expr, Log) else [each.log for each in ranges_of(expr)]:
        if not any(m.op in ("=", "=~") and not m.match("") for m in log.matchers):
            raise ParseError(NO_MATCHER)


def select(
    streams: Iterable[Stream], log: Log, start: int, end: int, limit: int, forward: bool
) -> dict[Labels, list[tuple[int, str]]]:
    """A log query over [start, end): its entries by label set, newest first unless `forward`. On
    one moment a stream's are turned around, and the streams are in the same order either way."""
    sign = 1 if forward else -1
    each = [list(log.run([stream], start, end))[::sign] for stream in streams]
    states = sorted((state for run in each for state in run), key=lambda state: sign * state.ts)
    result: dict[Labels, list[tuple[int, str]]] = {}
    for state in states[:limit]:
        result.setdefault(tuple(sorted(state.labels.items())), []).append((state.ts, state.line))
    return result


class Evaluator:
    """Evaluates metric queries at instants between start and end.

    `span` is how much of that Loki evaluates in one piece; it counts for the length limit.
    """

    def __init__(self, streams: Iterable[Stream], start: int, end: int, span: int = 0) -> None:
        self.streams, self.start, self.end, self.span = list(streams), start, end, span
        self.cache: dict[tuple[str, int, int, int, Grouping | None], Samples] = {}

    def samples(self, expr: Range) -> Samples:
        """Times and values by series, for the windows of all instants at once."""
        key = (expr.op, id(expr.log), expr.length, expr.offset, expr.grouping)
        if key in self.cache:
            return self.cache[key]
        for leap in (0, 1):  # the querier counts a ns more than the front end, and comes second
            check_length(expr.length + self.span + leap)
        low, high = self.start - expr.offset - expr.length, self.end - expr.offset
        series = self.cache[key] = {}
        for state in expr.log.run(self.streams, low + 1, high + 1):
            grouping = expr.grouping or Grouping((), True)
            if "__error__" in state.labels:
                value, grouping = math.nan, Grouping((), True)
            elif expr.unwrap:
                value = float(state.labels[expr.unwrap])
                if grouping.without:
                    grouping = Grouping((*grouping.names, expr.unwrap), True)
            else:
                value = float(len(state.line.encode()) if expr.op == "bytes_over_time" else 1)
            points = series.setdefault(grouping.key(state.labels.items()), [])
            points.append((state.ts, value))
        for points in series.values():
            points.sort(key=lambda point: point[0])
        return series

    def window(self, expr: Range, at: int) -> Vector:
        """The range aggregation over (at - length, at]."""
        end, result = at - expr.offset, []
        for labels, points in self.samples(expr).items():
            low = bisect_right(points, (end - expr.length, math.inf))
            values = [value for _, value in points[low : bisect_right(points, (end, math.inf))]]
            if not values:
                continue
            if any(name == "__error__" for name, _ in labels):
                raise QueryError(pipeline_error(labels))
            value = values[-1] if expr.op == "last_over_time" else sum(values)
            if expr.op == "max_over_time":
                value = max(values)
            result.append((labels, value / (expr.length / 1e9) if expr.op == "rate" else value))
        return result

    def vector(self, expr: Metric, at: int, within: bool = False) -> Vector:
        """`within` a part that Loki evaluates beside the data, no series are counted."""
        if isinstance(expr, Range):
            found = self.window(expr, at)
            return found if within or expr.op == "last_over_time" else limited(found)
        if not isinstance(expr, Aggregate):
            return self.combined(expr, at)
        below, inner = within or beside_data(expr), expr.inner
        if expr.op == "sum" and isinstance(inner, Range) and not inner.unwrap:
            inner = inner._replace(grouping=expr.grouping)  # labels reduced at the source
        found = self.vector(inner, at, below)
        found = aggregate(expr.op, expr.grouping, found, expr.param)
        return limited(found) if below and not within else found

    def combined(self, expr: Replace | Constant | Either, at: int) -> Vector:
        if isinstance(expr, Constant):
            return [((), expr.value)]
        if isinstance(expr, Replace):
            return [(relabelled(expr, labels), v) for labels, v in self.vector(expr.inner, at)]
        left = self.vector(expr.left, at)
        there = {labels for labels, _ in left}
        return left + [item for item in self.vector(expr.right, at) if item[0] not in there]

    def split(self, expr: Metric, at: int, pushed: Aggregate | None = None) -> Vector:
        """An instant query as Loki runs it: hours apart, then merged (rangemapper.go).

        Every hour's series count for the limit, and max() becomes a sum of hourly maxima.
        """
        if isinstance(expr, Aggregate):
            down = None if expr.op in ("count", "topk") else expr
            return aggregate(expr.op, expr.grouping, self.split(expr.inner, at, down), expr.param)
        assert isinstance(expr, Range)
        parts: Vector = []
        for done in range(0, expr.length, HOUR):
            piece = expr._replace(length=min(HOUR, expr.length - done), offset=expr.offset + done)
            if expr.op == "rate":
                piece = piece._replace(op="count_over_time")
            parts += limited(self.vector(pushed._replace(inner=piece) if pushed else piece, at))
        if expr.log.extracts and expr.op in ("count_over_time", "bytes_over_time"):
            return parts
        op = "max" if expr.op == "max_over_time" else "sum"
        merged = aggregate(op, expr.grouping or Grouping((), True), parts)
        seconds = expr.length / 1e9 if expr.op == "rate" else 1
        return [(labels, value / seconds) for labels, value in merged]


def ranges_of(expr: Metric) -> list[Range]:
    if isinstance(expr, Either):
        return ranges_of(expr.left) + ranges_of(expr.right)
    if isinstance(expr, Range):
        return [expr]
    return [] if isinstance(expr, Constant) else ranges_of(expr.inner)


def relabelled(expr: Replace, labels: Labels) -> Labels:
    found = expr.regex.fullmatch(dict(labels).get(expr.source, ""))
    if not found:
        return labels
    text = re.sub(r"\$(\d)", lambda group: found[int(group[1])] or "", expr.replacement)
    kept = [item for item in labels if item[0] != expr.label]
    return tuple(sorted([*kept, (expr.label, text)] if text else kept))


def reduces(expr: Metric) -> bool:
    inner = isinstance(expr, (Aggregate, Replace)) and reduces(expr.inner)
    own = isinstance(expr, (Aggregate, Range)) and bool(expr.grouping and expr.grouping.names)
    return inner or own


def shardable(expr: Metric) -> bool:
    if not isinstance(expr, Aggregate):
        return isinstance(expr, Range)
    inner = expr.inner
    if expr.op == "topk" or not shardable(inner):
        return False
    if expr.op == "count":
        return not reduces(inner)
    return not isinstance(inner, Aggregate) or (expr.op == "sum" and inner.op not in ("max", "min"))


def beside_data(expr: Aggregate) -> bool:
    """Whether shardmapper.go sends the whole of it to the data, not a part."""
    if expr.op == "sum" and not any(each.op in UNWRAP_OPS for each in ranges_of(expr)):
        return shardable(expr)
    return shardable(expr) and not reduces(expr.inner)


def splits(expr: Metric) -> bool:
    """Whether rangemapper.go takes an instant query apart into hours."""
    above = None
    while isinstance(expr, Aggregate):
        above, expr = expr.op, expr.inner
    if not isinstance(expr, Range) or expr.length <= HOUR or expr.op == "last_over_time":
        return False
    alone = above in (None, "count", "topk") or (expr.op == "rate" and above != "sum")
    return not (expr.log.extracts and alone and expr.grouping is None)


def pipeline_error(labels: Labels) -> str:
    kind = dict(labels)["__error__"]
    return (
        f"pipeline error: '{kind}' for series: '{label_text(labels)}'.\n"
        f'Use a label filter to intentionally skip this error. (e.g | __error__!="{kind}").\n'
        'To skip all potential errors you can match empty errors.(e.g __error__="")\n'
        "The label filter can also be specified after unwrap. "
        '(e.g | unwrap latency | __error__="" )\n'
    )


def limited(vector: Vector) -> Vector:
    if len(vector) > MAX_SERIES:
        raise QueryError(TOO_MANY)
    return vector


def aggregate(op: str, grouping: Grouping, vector: Vector, param: int = 0) -> Vector:
    groups: dict[Labels, Vector] = {}
    for labels, value in vector:
        groups.setdefault(grouping.key(labels), []).append((labels, value))
    if op == "topk":
        ranked = (sorted(g, key=lambda item: (-item[1], item[0])) for g in groups.values())
        return [item for group in ranked for item in group[:param]]
    folds: dict[str, Callable[[list[float]], float]] = {"sum": sum, "count": len}
    fold = folds.get(op) or {"max": max, "min": min}[op]
    return [(key, float(fold([value for _, value in group]))) for key, group in groups.items()]


def instant(streams: Iterable[Stream], expr: Metric, at: int) -> Vector:
    """An instant query, sorted by labels, or by value for topk."""
    run = Evaluator(streams, at, at)
    vector = limited(run.split(expr, at) if splits(expr) else run.vector(expr, at))
    return vector if isinstance(expr, Aggregate) and expr.op == "topk" else sorted(vector)


def over_range(
    streams: Iterable[Stream], expr: Metric, start: int, end: int, step: int, forward: bool = False
) -> list[tuple[Labels, list[tuple[int, float]]]]:
    """A range query; start is rounded down to a multiple of step, end up (splitters.go). With a
    step as long as its range, and an hour at least, it is asked step by step."""
    start, end = start - start % step, end + -end % step
    piece = max(HOUR, *(each.length for each in ranges_of(expr)), 0)
    run = Evaluator(streams, start, end, min(end - start, max(piece, step)))
    series: Samples = {}
    for at in range(start, end + 1, step):
        for labels, value in run.vector(expr, at):
            series.setdefault(labels, []).append((at, value))
        if len(series) > MAX_SERIES:
            raise QueryError(TOO_MANY)
    starts = range(start, end, step)
    if step >= piece and 2 <= len(starts) <= FEW:
        parts = [within(series, at, at + step) for at in starts]
        series = joined(parts if forward else parts[::-1])
    return sorted(series.items())


def within(series: Samples, start: int, end: int) -> Samples:
    """The points from start to end, both included."""
    found = {
        labels: [p for p in points if start <= p[0] <= end] for labels, points in series.items()
    }
    return {labels: points for labels, points in found.items() if points}


def joined(parts: list[Samples]) -> Samples:
    """The answers of a query's pieces as one (queryrangebase/query_range.go). They are put in order
    by the first point of the first series of each, and then a series takes no point that is not
    after its last: where that first series has nothing at the first step of all, and the pieces
    were asked backward, all that other series have there is lost."""
    result: Samples = {}
    for part in sorted(parts, key=lambda part: part[min(part)][0][0] if part else -1):
        for labels, points in part.items():
            known = result.setdefault(labels, [])
            last = known[-1][0] if known else -1
            known += [point for point in points if point[0] > last]
    return result
