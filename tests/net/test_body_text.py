"""Searching a body for a text: encodings and charsets (CASES B5)."""

from __future__ import annotations

import gzip
import zlib

import pytest

from homelab.net.body_text import MOST, TextSearch

TEXT = b"<html>" + b"x" * 5000 + b"gr\xc3\xbcn</html>"
RAW = zlib.compressobj(wbits=-15)
DEFLATED = RAW.compress(TEXT) + RAW.flush()


def compressed(body: bytes) -> bytes:
    """Compress without a time, so that tests have the same names in each worker."""
    return gzip.compress(body, mtime=0)


def searched(
    wanted: str, body: bytes, charset: str = "", encodings: str = "", step: int = 100
) -> TextSearch:
    search = TextSearch(wanted, charset, encodings)
    for start in range(0, len(body), step):
        search.feed(body[start : start + step])
    return search


@pytest.mark.parametrize(
    ("encodings", "body"),
    [
        ("gzip", compressed(TEXT)),
        ("X-GZIP", compressed(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", DEFLATED),
        ("identity", TEXT),
        ("deflate, gzip", compressed(DEFLATED)),
        ("gzip", compressed(TEXT[:5000]) + compressed(TEXT[5000:])),
        ("gzip", compressed(TEXT) + b"\0" * 300),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_an_encoded_body_is_decoded(encodings: str, body: bytes, step: int) -> None:
    """B5"""
    search = searched("grün</html>", body, "utf-8", encodings, step)
    assert (search.found, search.trouble) == (True, "")
    assert not searched("blau", body, "utf-8", encodings, step).found


@pytest.mark.parametrize(
    ("encodings", "told"),
    [
        ("br", "the body is br-encoded, so it was not searched"),
        ("gzip, zstd", "the body is zstd-encoded, so it was not searched"),
        ("gzip," * 9, "the body is encoded in an unknown way, so it was not searched"),
    ],
)
def test_an_unknown_encoding_is_reported(encodings: str, told: str) -> None:
    """B5"""
    search = searched("grün", TEXT, "", encodings)
    assert (search.found, search.trouble, search.broken) == (False, told, False)


@pytest.mark.parametrize("odd", ["utf-8", "none", '""', "aws-chunked", "\x1b[31m", "UTF-8, gzip"])
def test_names_that_are_not_encodings_are_ignored(odd: str) -> None:
    """Like B5: clients read the body as it is; only a text that is not found is unknown."""
    body = compressed(TEXT) if "gzip" in odd else TEXT
    search = searched("grün", body, "", odd)
    assert (search.found, search.trouble) == (True, "")
    assert "in an unknown way" in searched("blau", body, "", odd).trouble


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [("x-sjis", "cp932", "①"), ("gb2312", "gb18030", "鎔"), ("iso-8859-9", "cp1254", "€"),
     ("utf-8-sig", "utf-8", "grün"), ("euc-kr", "cp949", "똠"), ("ucs-2", "utf-16-le", "grün")],
)  # fmt: skip
def test_charsets_are_those_of_browsers(charset: str, codec: str, text: str) -> None:
    """Like B5."""
    assert searched(text, f"<p>{text}</p>".encode(codec), charset).found


def test_a_body_not_in_its_encoding_is_reported() -> None:
    """B5"""
    search = searched("grün", TEXT, "", "gzip")
    assert search.trouble == "the body is not in the encoding that its header names (gzip)"
    assert search.broken


def test_a_small_body_that_becomes_a_large_one_is_bounded() -> None:
    """B5: a zip bomb is decoded only as far as it is searched."""
    bomb = gzip.compress(b"\0" * (64 << 20) + b"end", 9)
    search = searched("end", bomb, "", "gzip", len(bomb))
    assert (search.found, search.full, search.read) == (False, True, MOST)


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "grün".encode()),
        ("", "grün".encode()),
        ("", "grün".encode("cp1252")),
        ("ISO-8859-1", "grün".encode("latin-1")),
        ('"windows-1252"', "grün".encode("cp1252")),
        ("utf-16", "grün".encode("utf-16")),
        ("utf-16", "grün".encode("utf-16-be")),
        ("utf-16le", "grün".encode("utf-16-le")),
        ("", "grün".encode("utf-16")),
        ("", b"\xfe\xff" + "grün".encode("utf-16-be")),
        ("iso-8859-1", b"\xef\xbb\xbf" + "grün".encode()),  # a byte order mark overrides the header
        ("", b"<head><meta charset=iso-8859-2><p>" + "grün".encode("iso-8859-2")),
        ("", b'<meta name=x><META http-equiv="Content-Type" content="text/html; charset=macroman">'
             + "grün".encode("mac-roman")),
        ("", b"<?xml version='1.0' encoding='cp437'?>" + "grün".encode("cp437")),
        ("", b"<meta charset='utf-16'>" + "grün".encode()),
        ("nosuch", "grün".encode()),
        ("hex", "grün".encode()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", [1, 1000])
def test_a_text_is_found_in_each_charset(charset: str, body: bytes, step: int) -> None:
    """B5"""
    assert searched("grün", body + b" " * 2000, charset, step=step).found
    assert searched("grün", body, charset, step=step).found


def test_a_charset_that_is_named_is_kept_to() -> None:
    assert not searched("grün", "grün".encode(), "iso-8859-1").found
    assert searched("10 €", "10 €".encode("cp1252"), "iso-8859-1").found
    assert searched("r\udcff", b"r\xed\xb3\xbf").found  # from an argument that is not UTF-8
