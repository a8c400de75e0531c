"""Targets for answers in Loki's place, and for LogQL made from a user's words."""

from __future__ import annotations

import json
import re
from typing import Any

from fakes.loki import parse as language

from fuzz.mutation import json_value
from fuzz.of_output import fit_for_a_terminal, rows_of
from fuzz.samples import answers_of_loki, texts_of
from fuzz.target import Target
from homelab.errors import Failure
from homelab.logs import levels, rendering, samples, selector, similar
from homelab.logs.seen import Seen
from homelab.loki import answer_shape, diagnosis, halving, limits, logql, refusals
from homelab.loki.address import Address
from homelab.output.answer import Table
from homelab.output.columns import columns_of
from homelab.output.page import html
from homelab.usage import day_counts, decisions, few, report, top
from homelab.usage.counts import Counts, Question
from homelab.usage.loki_queries import Reading

_HERE = Address("http://loki.lan:3100")
_DAY = 86_400 * 10**9


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _address(data: bytes) -> Address:
    url, _, lb = data.decode("utf-8", "surrogateescape").partition("\n")
    return Address(url, lb)


def _is_address(data: bytes, found: Address) -> None:
    assert (str(found) + found.base + found.name).isprintable()
    assert (found.base + found.name).isascii()
    assert "@" not in str(found) + found.base
    path = found.base.partition("://")[2].partition("/")[2]
    shown = found.shown.removesuffix("…")
    assert (found.shown != shown) == bool(path)
    if shown.isascii() and "%" not in shown:  # a name and a zone are sent in another form
        assert shown == (found.base[: -len(path)] if path else found.base)
    assert not found.base.endswith("/")
    host, port = found.dial
    assert host
    assert host.isprintable()
    assert 0 < port < 65536
    assert Address(found.base).base == found.base


def _result(data: bytes) -> tuple[str, list[Any]]:
    """The type and the series of an answer, as the client has them."""
    document = json.loads(data)
    found = document.get("data", document) if isinstance(document, dict) else document
    kind = found["resultType"] if isinstance(found, dict) else "streams"
    result = found["result"] if isinstance(found, dict) else found
    if not answer_shape.is_well_formed(kind, result):
        raise ValueError("not Loki's")
    return kind, result


def _is_read(data: bytes, found: tuple[str, list[Any]]) -> None:
    """Assert that anything that looks like Loki's answers can be counted, folded and printed."""
    kind, result = found
    if kind == "streams":
        rows = [
            (series["stream"], int(moment), line)
            for series in result
            for moment, line, *_ in series["values"]
        ]
        _is_printed(rows)
        kinds = similar.Kinds()
        kinds.add(rows)
        assert sum(each.count for each in kinds.loudest()) == len(rows)
        assert len(Seen().look().fresh(rows)) == len(rows)
        _are_split(rows)
        selector.everything([series["stream"] for series in result])
    elif kind in ("vector", "matrix"):
        if kind == "matrix":
            _is_counted(result)
        cells = [
            (series["metric"], samples._moment(moment), samples.number(value))
            for series in result
            for moment, value in series.get("values", [series.get("value", (0, 0))])
        ]
        table = Table("x/1", (samples._LABELS, samples._TIME, samples._VALUE), cells)
        rows_of(table)


def _is_counted(result: list[Any]) -> None:
    asked, counts = Question(0, _DAY), Counts()
    for part in Reading(asked, [series["metric"] for series in result]).parts:
        for series in result:
            part.count(counts, series, (0, _DAY))
    _is_shown(counts)
    told = Counts()
    for piece in ((0, _DAY), (0, _DAY - 1)):
        days = day_counts.of_answer(asked, result, piece)
        day_counts.count(told, asked, days)
        day_counts.count(told, asked, {0: day_counts.without_accounts(days.get(0, {}))})
    _is_shown(told)


def _is_shown(counts: Counts) -> None:
    """Assert that any counts can become a table, decisions and a page."""
    rows_of(Table("x/1", top.columns("verb"), top.rows(counts, "verb", range(1))))
    handed_on = few.folded(counts, few.few(counts.with_whom, few.LEAST))
    assert handed_on.total() == counts.total()
    rows_of(Table("x/1", top.columns("verb"), top.rows(handed_on, "verb", range(1))))
    least = decisions.Thresholds(runs=2, tries=1, users=1, rate=0.2)
    usage = report.Usage(0, _DAY, counts, counts, [], {}, least, accounts=1)
    page = html.page("x", "y", report.facts(usage), report.sections(usage), "made")
    assert page.isascii()


def _is_printed(rows: list[tuple[dict[str, str], int, str]]) -> None:
    printed = [(moment, labels, line) for labels, moment, line in rows]
    for form in ("columns", "raw", "json", "logfmt"):
        for width in (0, 80):
            columns = rendering.Columns(True, True, False, lambda said: None)
            text = rendering.of_form(form, columns)(printed, width)
            assert text.count("\n") >= len(rows)
            if width:
                fit_for_a_terminal(text)
            if form == "json":
                lines = [json.loads(line)["line"] for line in text.split("\n")[:-1]]
                assert lines == [line for _, _, line in rows]
            if form == "columns" and width and rows:
                assert text.count("\n") == len(rows) + 1


def _are_split(rows: list[tuple[dict[str, str], int, str]]) -> None:
    """Assert that the two filters exclude each other, and that each lets some of the rows pass."""
    try:
        halves = halving.halves(rows) if rows else None
    except ValueError:
        raise AssertionError("halves") from None
    if halves is None:
        return
    streams = language.parse(f"{{a=~`.+`}}{halves[0]}"), language.parse(f"{{a=~`.+`}}{halves[1]}")
    passed = [
        [all(stage(_state(labels, line)) for stage in each.stages) for labels, _, line in rows]
        for each in streams
        if isinstance(each, language.Log)
    ]
    assert all(one != other for one, other in zip(*passed))
    assert all(any(each) for each in passed)


def _state(labels: dict[str, str], line: str) -> Any:
    state = language.State.__new__(language.State)
    state.ts, state.line, state.labels, state.own = 0, line, dict(labels), frozenset(labels)
    return state


def _is_refusal(data: bytes, found: Failure | None) -> None:
    headers = {"content-type": "text/html", "server": _text(data)[:50], "location": _text(data)}
    answers = [
        diagnosis.of_answer(_HERE, status, headers, data)
        for status in (200, 302, 400, 401, 403, 404, 429, 500, 503)
    ]
    for failure in (found, *answers):
        if failure is not None:
            assert failure.sentence.isprintable()
            assert len(failure.sentence) < 2000
            fit_for_a_terminal(failure.below)
            diagnosis.without(_HERE, failure)


def _refused(data: bytes) -> Failure | None:
    words, _, query = data.partition(b"\0")
    text = _text(query)
    limits.longest(_text(words))
    assert len(refusals.marked(text, 10**30, 10**30)) < 2000
    return refusals.of_text(_HERE, 400, words, text)


def _limits(data: bytes) -> dict[str, str]:
    return {**limits.of_json(data), **limits.of_yaml(data)}


def _are_limits(data: bytes, found: dict[str, str]) -> None:
    for sentence in (*limits.shown(found), *limits.tighter(found)):
        assert sentence.isprintable()
    window = limits.out_of_order_window(found)
    assert window is None or window >= 0


def _named(value: str) -> selector.Name:
    return selector.Name("--container", "container", ("container",), [value, "other"])


def _value(data: bytes) -> str:
    return _text(data[:300])  # Python takes long to compile a long regular expression


def _is_quoted(data: bytes, value: str) -> None:
    """Assert that Loki parses the quoted text as this value, and nothing of it as syntax."""
    try:
        wanted = levels.of_text(value)
    except ValueError:
        wanted = ["error"]
    for query in (
        logql.selector({"job": value}),
        f"{{{logql.any_of('job', [value])}}}",
        f"{{{logql.begins('job', value)}}}",
        f"{{{_named(value).matcher('container')}}}",
        f'{{a="b"}}{selector.either(_named(value), ["host"])}',
        selector.narrowed("", ['a="b"'], "", selector.filters([value], [value], [])),
        "{a=`b`}" + levels.of_filter(wanted, ["level"]),
    ):
        try:
            parsed = language.parse(query)
        except language.QueryError as error:
            assert "empty-compatible" in str(error) or not value, query
            continue
        assert isinstance(parsed, language.Log)
        assert len(parsed.matchers) == 1
    if value:
        tokens = language.lex(logql.quoted(value))
        assert [language.unquote(token) for token in tokens[:1]] == [value]
    assert re.fullmatch(logql.literal(value), value, re.DOTALL)
    assert logql.quoted(value).isprintable()


def _query(data: bytes) -> str:
    return _text(data)


def _is_narrowed(data: bytes, query: str) -> None:
    """Assert that a valid query is still valid when it is narrowed, and has the matcher."""
    selects = selector.selects(query)
    narrowed = selector.narrowed(query, ['zz="1"'], ' |= "a"', ' != "b"')
    try:
        parsed = language.parse(query)
    except (language.QueryError, RecursionError):
        return
    if isinstance(parsed, language.Log):
        assert selects
        again = language.parse(narrowed)
        assert isinstance(again, language.Log)
        assert again.matchers[0].name == "zz"
        assert len(again.matchers) == len(parsed.matchers) + 1
        assert len(again.stages) == len(parsed.stages) + 2


def _line(data: bytes) -> str:
    return similar.folded(_text(data))


def _is_folded(data: bytes, found: str) -> None:
    assert len(found) <= 300
    assert columns_of(found) >= 0
    labels = {"level": found, "app": found}
    assert levels.of_labels(labels) in ("", *levels.SPELLINGS)
    similar.source(labels)


_QUERIES = (
    *texts_of("logs/test_logs_query.py", "logs/test_logs_names.py", "loki/test_pages.py"),
    b'( # x\n{app="a b", host=~`x.*`} |= "}" | logfmt | level="error" # end\n)',
    b'sum by (app) (count_over_time({job=~".+"}[5m]))',
)
_REFUSALS = (
    *answers_of_loki(),
    b"parse error at line 1, col 37: syntax error: unexpected IDENTIFIER\0{a=`b`} | x\n| y",
    b"the query time range exceeds the limit (query length: 31d, limit: 30d1h)",
    b"maximum number of series (500) reached for a single query",
    b"404 page not found", b"<html><title>login</title>", b"no org id",
)  # fmt: skip
_LIMITS = (
    b'{"limits":{"retention_period":"31d","max_query_length":"30d1h","max_query_series":500}}',
    (
        b"limits_config:\n  retention_period: 1w\n  max_query_length: 1h30m\n"
        b"  unordered_writes: true\n"
        b"ingester:\n  max_chunk_age: 2h0m0s\ncompactor:\n  retention_enabled: true\n"
    ),
)
_SHAPES = (
    (
        b'{"resultType":"streams","result":[{"stream":{"app":"a","level":"error"},'
        b'"values":[["1795464634883967747","one"],["1795464634883967748","two 12",{"x":"y"}]]}]}'
    ),
    (
        b'{"resultType":"matrix","result":[{"metric":{"verb":"a","exit":"0"},'
        b'"values":[[1795464634.5,"12"],[1795464634,"NaN"]]}]}'
    ),
    b'{"resultType":"vector","result":[{"metric":{"exit":"1"},"value":[1795464634,"3"]}]}',
)

TARGETS = (
    Target(
        "loki.address", _address, _is_address,
        (*texts_of("loki/test_address.py"), b"https://loki.lan:3100/x/\n10.0.0.5:8443"),
        (Failure,),
    ),
    Target(
        "loki.answer_shape", _result, _is_read, (*_SHAPES, *answers_of_loki()),
        (TypeError, KeyError, ValueError, RecursionError), (json_value,), inputs=1500,
    ),
    Target("loki.refusals", _refused, _is_refusal, _REFUSALS, inputs=1500),
    Target("loki.limits", _limits, _are_limits, _LIMITS, (), (json_value,)),
    Target(
        "loki.logql", _value, _is_quoted, (b"plex", b'a"b\\', b"logs query", b"a.*|b"), inputs=600
    ),
    Target("logs.selector", _query, _is_narrowed, _QUERIES, inputs=3000),
    Target(
        "logs.similar", _line, _is_folded,
        (b"2026-11-01T10:00:00.5 \x1b[31mfailed\x1b[0m 0x1f 10.0.0.5:80 abcdef12 a-a-a-1",),
    ),
)  # fmt: skip
