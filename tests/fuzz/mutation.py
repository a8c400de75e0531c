"""Inputs for a fuzz target: a sample, or bytes without a form, changed step by step.

Text is changed by words and lines, JSON by values, DER by elements whose lengths stay correct: an
input cut elsewhere fails the first check, and the code after that check is not reached.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Callable

Edit = Callable[[Random, bytes, Sequence[bytes]], bytes]

LONGEST = 1 << 13  # bytes of an input
_STEPS = 5  # changes to a sample, each of which is tried
# Inputs that break parsers: control characters, line ends that only some know, digits that `int`
# refuses, halves of characters, invalid numbers, nesting.
_NASTY: tuple[bytes, ...] = (
    b"", b"\0", b"\n", b"\r", b"\r\n", b"\n\n", b"\t", b" ", b"  ", b"\x0b", b"\x0c", b"\x1c",
    b"\x1b[2J", b"\x1b]0;x\x07", b"\x7f", b"\x80", b"\xff", b"\xff\xfe", b"\xed\xa0\x80",
    "\x85".encode(), "\x9b2J".encode(), "\u2028".encode(), "\u202e".encode(), "\ufeff".encode(),
    "\ufffd".encode(), "\u3000".encode(), "\u0301".encode(), "\u00b2".encode(), "\u0662".encode(),
    "\u4e2d".encode(), "\U0001f600".encode(), b"0", b"-1", b"-0", b"1.5", b"1e999", b"NaN",
    b"Infinity", b"1_0", b"+1", b"%", b"%25", b"%00", b"%zz", b"=", b"==", b":", b"::", b"@", b"#",
    b"?", b"&", b"//", b"/..", b"[", b"]", b"[]", b"{}", b"{", b"}", b"(", b")", b",", b";", b"|",
    b"\\", b"\\\\", b'"', b"'", b"`", b"$(x)", b"*", b"~", b"!", b"-", b"--", b"<b>", b"&lt;",
    b"null", b"true", b"18446744073709551616", b"9" * 400, b"9" * 5000, b"a" * 300, b"a-" * 200,
    b"[" * 990, b"[" * 3000 + b"]" * 3000, b'{"a":' * 990,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**18, 10**30, 10**400, 1e300, float("inf"), float("nan"), "",
    "0", "-1", "1e999", "NaN", "\u00b2", "a\nb", "\x1b[2J", "\ud800", "a\0b", "9" * 5000, [], [[]],
    [0], [None], {}, {"a": 1}, {"a": [1]}, [256], [-1], "0001-01-01T00:00:00Z", "[" * 3000,
)  # fmt: skip
_TAGS = (0, 1, 2, 3, 4, 5, 6, 12, 19, 22, 23, 24, 28, 30, 31, 48, 49, 129, 130, 134, 135, 160, 163)
_WORD = re.compile(rb"[^\W_]+|[^\w\s]+|\s+")
_SIGNS = (*range(0x180), 0x2028, 0x202E, 0x3000, 0xD800, 0xDCFF, 0xFFFD, 0x1F600)


def tokens_of(samples: Sequence[bytes], most: int = 400) -> tuple[bytes, ...]:
    """The words of the samples, and inputs that break parsers."""
    found: dict[bytes, None] = dict.fromkeys(_NASTY)
    for sample in samples:
        found.update(dict.fromkeys(_WORD.findall(sample[:4096])))
    return tuple(found)[: len(_NASTY) + most]


def changed(
    chance: Random, data: bytes, tokens: Sequence[bytes], edits: Sequence[Edit]
) -> Iterator[bytes]:
    """The input, and the results of some steps of one edit each."""
    kinds = (*edits, *edits, *_TEXT_EDITS)
    yield data
    for _ in range(chance.randint(1, _STEPS)):
        data = chance.choice(kinds)(chance, data, tokens)[:LONGEST]
        yield data


def shapeless(chance: Random) -> bytes:
    """A few bytes, or characters, of any kind."""
    if chance.random() < 0.5:
        return chance.randbytes(chance.randrange(40))
    signs = [chr(chance.choice(_SIGNS)) for _ in range(chance.randrange(20))]
    return "".join(signs).encode("utf-8", "surrogatepass")


def _insert(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + tokens[chance.randrange(len(tokens))] + data[at:]


def _range(chance: Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 1, 2, 4, 8, 30, 1000)))


def _delete(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    start, end = _range(chance, data)
    return data[:start] + data[end:]


def _replace(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    start, end = _range(chance, data)
    return data[:start] + tokens[chance.randrange(len(tokens))] + data[end:]


def _repeat(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    start, end = _range(chance, data)
    return data[:start] + data[start:end] * chance.choice((2, 3, 20, 300)) + data[end:]


def _word(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    words = list(_WORD.finditer(data[:4096]))
    if not words:
        return _insert(chance, data, tokens)
    word = words[chance.randrange(len(words))]
    return data[: word.start()] + tokens[chance.randrange(len(tokens))] + data[word.end() :]


def _lines(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    how = chance.choice(("drop", "double", "swap", "join"))
    if how == "drop":
        del lines[one]
    elif how == "double":
        lines.insert(other, lines[one])
    elif how == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines[one] += lines[other]
    return b"\n".join(lines)


_TEXT_EDITS: tuple[Edit, ...] = (_insert, _delete, _replace, _repeat, _word, _lines)


def json_value(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    """The document with one of its values replaced, removed or doubled."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _word(chance, data, tokens)
    places: list[tuple[Any, Any]] = []
    _visit([document], places, 0)
    holder, key = places[chance.randrange(len(places))]
    other = places[chance.randrange(len(places))]
    how = chance.choice(("value", "value", "other", "drop", "name"))
    if how == "value":
        holder[key] = _VALUES[chance.randrange(len(_VALUES))]
    elif how == "other":
        holder[key] = json.loads(json.dumps(other[0][other[1]]))
    elif how == "drop" and holder is not places[0][0]:
        del holder[key]
    elif isinstance(holder, dict):
        holder[_word(chance, key.encode("utf-8", "replace"), tokens).decode("utf-8", "replace")] = (
            holder[key]
        )
    return json.dumps(places[0][0][0]).encode()


def _visit(holder: Any, places: list[tuple[Any, Any]], depth: int) -> None:
    """Collect each value below, by its container; not those of very deep documents."""
    keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    for key in keys:
        places.append((holder, key))
        if isinstance(holder[key], (dict, list)) and depth < 40 and len(places) < 2000:
            _visit(holder[key], places, depth + 1)


def json_line(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    """Lines of documents with a value of one of them changed."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at] = json_value(chance, lines[at], tokens)
    return b"\n".join(lines)


Node = list[Any]  # tag (int), and the body: bytes, or its nodes


def der_element(chance: Random, data: bytes, tokens: Sequence[bytes]) -> bytes:
    """The elements with one of them changed, and all lengths correct."""
    nodes = _decoded(data, 0)
    if not nodes:
        return _insert(chance, data, tokens)
    places: list[tuple[list[Any], int]] = []
    _walk(nodes, places)
    holder, at = places[chance.randrange(len(places))]
    other, there = places[chance.randrange(len(places))]
    how = chance.choice(("body", "tag", "drop", "double", "other", "byte"))
    if how == "body":
        holder[at] = [holder[at][0], tokens[chance.randrange(len(tokens))]]
    elif how == "tag":
        holder[at][0] = chance.choice(_TAGS)
    elif how == "drop":
        del holder[at]
    elif how == "double":
        holder[at:at] = [holder[at]] * chance.choice((1, 300))
    elif how == "other":
        holder[at] = _decoded(_encode([other[there]]), 0)[0]
    else:
        body = _encode(holder[at][1]) if isinstance(holder[at][1], list) else holder[at][1]
        place = chance.randrange(len(body) + 1)
        holder[at] = [
            holder[at][0],
            body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :],
        ]
    return _encode(nodes)


def _decoded(data: bytes, depth: int) -> list[Node]:
    """The elements of a body; none if it is not DER."""
    nodes: list[Node] = []
    at = 0
    while at < len(data):
        head = data[at : at + 2]
        if len(head) < 2:
            return []
        at += 2
        length = head[1]
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            return []
        body = data[at : at + length]
        inner = _decoded(body, depth + 1) if head[0] & 0x24 and depth < 20 else []
        nodes.append([head[0], inner or body])
        at += length
    return nodes


def _walk(nodes: list[Any], places: list[tuple[list[Any], int]]) -> None:
    for at, node in enumerate(nodes):
        places.append((nodes, at))
        if isinstance(node[1], list):
            _walk(node[1], places)


def element(tag: int, body: bytes) -> bytes:
    """An element of DER."""
    size = len(body)
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < 0x80 else bytes([0x80 | len(digits)]) + digits
    return bytes([tag]) + length + body


def _encode(nodes: list[Any]) -> bytes:
    return b"".join(
        element(tag, _encode(body) if isinstance(body, list) else body) for tag, body in nodes
    )
