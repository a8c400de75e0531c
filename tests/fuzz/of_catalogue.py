"""Targets for command lines, drop-ins' headers, moments that people type, and agents' messages."""

from __future__ import annotations

import json
from typing import Any

from fuzz.mutation import json_value
from fuzz.of_output import fit_for_a_terminal
from fuzz.samples import texts_of
from fuzz.target import Target
from homelab import times
from homelab.catalogue import argument_types, arguments, resolve
from homelab.catalogue.values import Values
from homelab.catalogue.verb import Argument, Verb
from homelab.describe import candidates, manpage, opencli
from homelab.describe import help as screens
from homelab.dropins import comments, header, index_text, kinds, names, own_help, verb_file
from homelab.dropins.header import Header
from homelab.dropins.index_text import Index
from homelab.dropins.own_help import OwnHelp
from homelab.errors import Failure
from homelab.mcp import protocol, results, search, tools, values
from homelab.mcp.lines import Lines
from homelab.mcp.protocol import Call, RpcError, Search, Toolset
from homelab.system.child import Output
from homelab.telemetry import vocabulary
from homelab.verbs import BUILT_IN

_NOW = 1_795_465_834 * times.SECOND
_VERBS = {verb.path: verb for verb in BUILT_IN.every() if not verb.discovery}
_PATHS = frozenset(_VERBS)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _words(data: bytes) -> list[str]:
    return _text(data).split("\0")


def _suggested(data: bytes) -> list[str]:
    words = _words(data)
    assert resolve.longest_prefix(words, _PATHS) <= len(words)
    resolve.hint(words, _PATHS)
    return resolve.suggestions(words, _PATHS)


def _are_suggested(data: bytes, found: list[str]) -> None:
    assert len(found) <= 3
    assert set(found) <= _PATHS
    candidates.joined(_words(data), "")


def _line(data: bytes) -> tuple[Verb, Values]:
    """Parse a command line, whose first word is a verb's path."""
    path, *words = _words(data)[:100]  # argparse takes the square of their number
    verb = _VERBS.get(path) or _VERBS["logs query"]
    candidates.of_arguments(verb, words, words[-1] if words else "", _NOTHING)
    try:
        return verb, arguments.parse(verb, words, _NOW)
    except Failure as error:
        assert "\0" not in error.sentence  # the character that separates values from options
        raise


_NOTHING = candidates.Sources(lambda _: [], lambda _: [], lambda _: ("a",), lambda: ["nas"])


def _is_line(data: bytes, found: tuple[Verb, Values]) -> None:
    verb, given = found
    for argument in verb.arguments:
        value = getattr(given, argument.name.lower() if argument.kind == "words" else
                        argument.attribute)  # fmt: skip
        if argument.kind == "flag":
            assert isinstance(value, bool)
        elif argument.many:
            assert isinstance(value, list)
        for text in value if isinstance(value, list) else [value]:
            assert not isinstance(text, str) or "\0" not in text


_KINDS = ("since", "until", "when", "span", "count", "whole", "percent", "number", "text", "path")


def _typed(data: bytes) -> list[object]:
    found: list[object] = []
    for kind in _KINDS:
        try:
            found.append(argument_types.value(Argument("--x", kind, "x"), _text(data), _NOW))
        except ValueError as error:
            assert "\n" not in str(error)
    return found


def _are_typed(data: bytes, found: list[object]) -> None:
    assert all(found_is is not None for found_is in found)


def _moment(data: bytes) -> int:
    first = times.moment(_text(data), _NOW)
    assert first <= times.moment(_text(data), _NOW, later=True)
    return first


def _is_moment(data: bytes, moment: int) -> None:
    assert 0 <= moment <= times.LAST
    assert times.moment(times.rfc3339(moment), _NOW) == moment
    assert times.local(moment)


def _span(data: bytes) -> int:
    return times.span(_text(data))


def _is_span(data: bytes, span: int) -> None:
    assert span > 0
    assert times.span(f"{span // times.SECOND}s") == span
    times.spoken(span)


def _header(data: bytes) -> Header:
    text = data.decode("utf-8", "replace")
    header.parse(text, commented=False)
    header.parse(text, brief=True)
    return header.parse(text)


def _is_header(data: bytes, found: Header) -> None:
    """Assert that any header of a script can be printed, and be a tool of an agent."""
    verb = header.verb("nas df", "/srv/verbs", found)
    fit_for_a_terminal(screens.screen(verb, "/srv/verbs/nas/df"))
    fit_for_a_terminal(screens.every([verb], 60))
    fit_for_a_terminal(opencli.brief([verb]))
    json.dumps(opencli.document([verb], {}, [], {}), allow_nan=False)
    json.dumps(tools.tool(verb), allow_nan=False)
    manpage._verb(verb)
    words = values.words(verb, _fitting(verb))
    assert words[:2] == ["nas", "df"]
    candidates.of_arguments(verb, ["a", "--"], "-", _NOTHING)
    for _, problem in found.problems:
        assert "\n" not in problem


def _summary(data: bytes) -> str:
    return comments.summary(data.decode("utf-8", "replace"), "nas.sh")


def _is_summary(data: bytes, found: str) -> None:
    assert "\n" not in found
    assert len(found) <= comments.WIDEST + 1
    assert found == found.strip()


def _own_help(data: bytes) -> OwnHelp:
    return own_help.find(data.decode("utf-8", "replace"), "homelab nas df", "df.sh")


def _is_own_help(data: bytes, found: OwnHelp) -> None:
    """Assert that a guessed help can be shown and completed, and that the file made from it can be
    parsed."""
    fit_for_a_terminal("\n".join(found.text))
    fit_for_a_terminal("\n".join(each.summary + each.name for each in found.options))
    verb = header.verb("nas df", "/srv/verbs", Header(), found.options)
    candidates.of_arguments(verb, ["a", "--"], "-", _NOTHING)
    again = header.parse(verb_file.text_of(Header(), found.options), commented=False)
    assert (again.effect, again.answers, again.needs) == ("", (), [])


def _fitting(verb: Verb) -> dict[str, object]:
    """An argument of each kind that the verb's schema requires."""
    given: dict[str, object] = {}
    for name, argument in values.properties(verb).items():
        if argument.required or argument.kind == "words":
            value: object = argument.choices[0] if argument.choices else "x"
            given[name] = [value] if argument.many or argument.kind == "words" else value
    return given


_KNOWN = search.Verbs(
    BUILT_IN.every(),
    None,
    BUILT_IN.groups,
    vocabulary.answer,
    vocabulary.wording,
    vocabulary.related,
)
_OFFERS = [Toolset(_KNOWN, level) for level in tools.LEVELS]


def _message(data: bytes) -> object:
    message = protocol.parse(data)
    protocol.kind(message)
    return message


def _is_answered(data: bytes, message: object) -> None:
    assert isinstance(message, dict)
    if "method" not in message:
        return
    protocol.cancelled(message)
    for offer in _OFFERS:
        try:
            reply = protocol.answer(message, offer)
        except RpcError as wrong:
            _is_sent(protocol.error(1, wrong))
            continue
        if isinstance(reply, Call):
            _is_sent(results.of_error(reply.refused))
            _is_call(reply)
        elif isinstance(reply, Search):
            _is_sent(protocol.response(1, reply.work()))
        else:
            _is_sent(protocol.response(1, reply))


def _is_sent(message: object) -> None:
    text = json.dumps(message, ensure_ascii=False, allow_nan=False)
    assert len(text) < 1 << 20


def _is_call(call: Call) -> None:
    """Assert that the words of a call are those of its verb, and that none of them is read as
    another option."""
    if call.refused:
        return
    path, words = call.verb.path.split(" "), call.words
    assert words[: len(path)] == path
    assert all("\0" not in word for word in words)
    try:
        arguments.parse(call.verb, words[len(path) :], _NOW)
    except Failure as failure:  # a moment or a span, which a schema can't check
        assert "\n" not in failure.sentence


def _searched(data: bytes) -> search.Answer:
    query, _, group = _text(data).partition("\0")
    return search.answer(_KNOWN, query, group, _OFFERS[0].refusal)


def _is_page(data: bytes, found: search.Answer) -> None:
    assert len(found.text.encode("utf-8", "replace")) <= search.PAGE
    _is_sent(results.of_text(found.text, found.own))


def _result(data: bytes) -> dict[str, object]:
    code, _, out = data.partition(b"\0")
    return results.of_run(_VERBS["host status"], len(code) % 256, Output(out), Output(code))


def _is_result(data: bytes, found: dict[str, object]) -> None:
    _is_sent(protocol.result(found, modern=True))
    _is_sent(protocol.result(found, modern=False))


def _lines(data: bytes) -> list[Any]:
    lines, found = Lines(100), []
    for at in range(0, len(data), 7):
        found += lines.feed(data[at : at + 7])
    return found + lines.rest()


def _are_lines(data: bytes, found: list[Any]) -> None:
    whole = data.split(b"\n")
    if not whole[-1]:
        del whole[-1]
    assert found == [line if len(line) <= 100 else None for line in whole]


def _request(method: str, **params: object) -> bytes:
    document = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return json.dumps(document).encode()


def _named(data: bytes) -> tuple[str, str, frozenset[str]]:
    name = data.decode("utf-8", "surrogateescape").replace("/", "").replace("\0", "")
    return names.fold(name), names.word_of(name), names.spellings(name)


def _is_named(data: bytes, found: tuple[str, str, frozenset[str]]) -> None:
    folded, word, spelt = found
    for each in (folded, word, *spelt):
        assert each == "" or resolve.is_word(each)
        assert names.fold(each) == each
    assert data[:1] == b"-" or {folded, word} - {""} == spelt or resolve.is_word(data.decode())


_HEADS = (
    b"run.sh\n#!/bin/sh\n", b"x\n#!/usr/bin/env bash\r\n", b"a.rs\n#![allow(x)]",
    b"x.j2\n#!/bin/sh", b"x\n\xef\xbb\xbf#! /bin/sh -e", b"x.func\n#!/bin/sh", b"x\n\x7fELF",
    b"x\n#!/bin/false", b"x\n",
)  # fmt: skip


def _kind(data: bytes) -> tuple[str, str, bytes]:
    name, _, head = data.partition(b"\n")
    text = name.decode("utf-8", "surrogateescape") or "x"
    plain = kinds.not_a_verb(text, head, executable=False)
    return plain, kinds.not_a_verb(text, head, executable=True), kinds.interpreter_line(head)


def _is_kind(data: bytes, found: tuple[str, str, bytes]) -> None:
    plain, executable, line = found
    assert not executable or plain  # an x bit never removes a verb
    assert plain or line
    assert line == line.strip()
    assert b"\n" not in line


def _index(data: bytes) -> Index:
    return index_text.parse("/i", data.decode("utf-8", "surrogateescape"))


def _is_index(data: bytes, found: Index) -> None:
    assert found.path.startswith("/")
    stamps = found.stamps()
    again = Index("/i", found.path, found.prefix, index_text.lines_of(stamps))
    read = index_text.parse("/i", index_text.text_of(again))
    assert (read.path, read.prefix) == (found.path, found.prefix)
    assert {path: stamp.status for path, stamp in read.stamps().items()} == {
        path: stamp.status for path, stamp in stamps.items()
    }
    for path, stamp in stamps.items():
        one = read.stamp(path)
        assert one is not None
        assert one.digest == stamp.digest


_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
_MESSAGES = (
    _request("tools/call", name="logs_query", arguments={"selector": "{a=\"b\"}", "limit": 5}),
    _request("tools/call", name="service_check", arguments={"url": ["http://h"], "timeout": 2.5}),
    _request("tools/call", name="verbs_run", arguments={"words": ["nas", "df"]}, _meta=_META),
    _request("tools/call", name="findVerb", arguments={"words": "disk full", "group": "disk"}),
    _request("tools/call", name="runVerb", arguments={"verb": "version", "arguments": {"all": 1}}),
    _request("tools/list", _meta=_META),
    _request("server/discover", _meta=_META),
    _request("initialize", protocolVersion="2025-11-25", capabilities={}),
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}',
    b'{"jsonrpc":"2.0","id":"a","result":{}}',
)  # fmt: skip
_LINES_TYPED = tuple(
    example.removeprefix("homelab ").replace(path, path.replace(" ", "\x01"), 1)
    .replace(" ", "\0").replace("\x01", " ").encode()
    for path, verb in _VERBS.items()
    for example in verb.examples
)  # fmt: skip
_TIMES = texts_of("test_times.py")

TARGETS = (
    Target(
        "catalogue.resolve", _suggested, _are_suggested,
        (b"hsot\0status", b"lgos", b"usage\0tpo", b"host-status"), inputs=100,
    ),
    Target("catalogue.arguments", _line, _is_line, _LINES_TYPED, (Failure,), inputs=700),
    Target(
        "catalogue.argument_types", _typed, _are_typed,
        (*_TIMES, b"15m", b"2026-11-01", b"007", b"50%"), inputs=2500,
    ),
    Target("times:moment", _moment, _is_moment, _TIMES, (ValueError,)),
    Target("times:span", _span, _is_span, (b"90s", b"1h30m", b"4w"), (ValueError,)),
    Target(
        "dropins.comments", _summary, _is_summary, texts_of("dropins/test_comments.py"), inputs=5000
    ),
    Target(
        "dropins.own_help", _own_help, _is_own_help, texts_of("dropins/test_own_help.py"),
        inputs=900,
    ),
    Target("dropins.header", _header, _is_header, texts_of("dropins/test_header.py"), inputs=1100),
    Target(
        "dropins.names", _named, _is_named,
        (b"My_Verb.sh", "Über 2.PY".encode(), b"_x", b"a.b"), inputs=3000,
    ),
    Target("dropins.kinds", _kind, _is_kind, _HEADS, inputs=4000),
    Target(
        "dropins.index_text", _index, _is_index,
        (b"homelab index 1\npath /home/ann/my%25x\nprefix nas tools\na.sh\t0f\t1 2 3 4\n",),
        (ValueError,),
    ),
    Target(
        "mcp.protocol", _message, _is_answered, _MESSAGES, (RpcError,), (json_value,), inputs=1400
    ),
    Target(
        "mcp.search", _searched, _is_page,
        (b"disk full\0", b"\0logs", b"logs labels", b"hsot status", b"docker ps"), inputs=40,
    ),
    Target(
        "mcp.results", _result, _is_result,
        (b"\0" + b'{"schema": "x", "rows": [{"a": 1.5}]}', b"x\0not JSON"), (), (), inputs=2500,
    ),
    Target(
        "mcp.lines", _lines, _are_lines, (b"one\ntwo\n\n" + b"a" * 200 + b"\nend",), inputs=3000
    ),
)  # fmt: skip
