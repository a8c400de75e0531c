"""The cached counts of closed days: read exactly as written, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.kept_days import FIRST, figures, sample

from homelab.errors import Failure
from homelab.system import cache_file
from homelab.usage import kept, kept_text
from homelab.usage.kept_text import Kept, Refused, dumps, parse

LOKI = "http://loki.lan/token-4711 tenant"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def _only(env: dict[str, str]) -> Path:
    (path,) = Path(env["XDG_CACHE_HOME"], "homelab").iterdir()
    return path


def test_what_is_kept_is_read_as_it_was(env: dict[str, str]) -> None:
    assert figures(kept.read(env, LOKI)) == figures(Kept())
    assert kept.write(env, LOKI, sample()) == ""
    assert figures(kept.read(env, LOKI)) == figures(sample())
    assert figures(kept.read(env, "http://other.lan")) == figures(Kept())


def test_an_address_is_not_written(env: dict[str, str]) -> None:
    """It may hold a token."""
    kept.write(env, LOKI, sample())
    content = cache_file.read(env, _only(env).name, "usage-days/1", 1 << 20)
    for text in (_only(env).name.encode(), content):
        assert b"4711" not in text
        assert b"loki.lan" not in text


def test_a_file_of_another_loki_is_not_used(env: dict[str, str]) -> None:
    kept.write(env, LOKI, sample())
    mine = _only(env)
    kept.write(env, "other", sample())
    (other,) = set(mine.parent.iterdir()) - {mine}
    other.write_bytes(mine.read_bytes())
    found = kept.read(env, "other")
    assert (found.days, found.lost) == ({}, "it is damaged")


def test_what_can_not_be_used_is_said(env: dict[str, str]) -> None:
    kept.write(env, LOKI, sample())
    path = _only(env)
    path.write_bytes(path.read_bytes()[:-1])
    found = kept.read(env, LOKI)
    assert (found.days, found.places, found.last, found.since) == ({}, {}, {}, 0)
    assert found.lost == "it is damaged"
    assert kept.write(env, LOKI, sample()) == ""
    assert figures(kept.read(env, LOKI)) == figures(sample())


def _with(change: Callable[[Any], object]) -> bytes:
    document = json.loads(dumps(sample(), ""))
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.pop("last"),
        lambda text: text.update(since=-1),
        lambda text: text.update(since=1 << 63),
        lambda text: text.update(since=True),
        lambda text: text["days"][0][2].__setitem__(0, -1),
        lambda text: text["days"][0][2].__setitem__(0, 1.5),
        lambda text: text["days"][0][2].__setitem__(0, "3"),
        lambda text: text["days"][0][2].append(1),
        lambda text: text["days"][0][1].__setitem__(0, -1),
        lambda text: text["days"][0][1].__setitem__(0, 99),
        lambda text: text["days"][0][1].__setitem__(0, text["days"][0][1][1]),
        lambda text: text["days"][0].__setitem__(0, FIRST + 1),
        lambda text: text["days"][0].__setitem__(0, -1),
        lambda text: text["days"][0].__setitem__(0, 1 << 18),
        lambda text: text["days"][0].__setitem__(0, None),
        lambda text: text["days"][0].__setitem__(3, -1),
        lambda text: text["days"][0].__setitem__(3, True),
        lambda text: text["days"][0].pop(),
        lambda text: text.update(days={}),
        lambda text: text["keys"][2].__setitem__(0, "0"),
        lambda text: text["keys"][2].pop(),
        lambda text: text["keys"].pop(),
        lambda text: text["texts"].__setitem__(0, None),
        lambda text: text.update(texts="abcdefghijkl"),
        lambda text: text["places"][0][2][0].pop(),
        lambda text: text["places"][0][2][0].__setitem__(5, -2),
        lambda text: text["places"][0][2].append(text["places"][0][2][0]),
        lambda text: text["places"][0].__setitem__(0, 99),
        lambda text: text["last"][2].__setitem__(0, -1),
        lambda text: text["last"][2].pop(),
        lambda text: text["last"][1].__setitem__(0, text["last"][1][1]) or text["last"][0].reverse()
        or text["last"][0].__setitem__(0, text["last"][0][1]),
        lambda text: text.update(nameless=[-1]),
        lambda text: text.update(nameless=[True]),
        lambda text: text.update(of="another"),
    ],
)  # fmt: skip
def test_a_text_of_another_shape_is_refused_whole(change: Callable[[Any], object]) -> None:
    assert figures(parse(_with(lambda text: None), "")) == figures(sample())
    with pytest.raises(Refused, match="it is damaged"):
        parse(_with(change), "")


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"{}", b"\0" * 99, b"[" * 100_000, b"NaN"])
def test_what_is_no_document_is_refused(text: bytes) -> None:
    with pytest.raises(Refused):
        parse(text, "")


def test_the_newest_days_are_kept() -> None:
    """A day counts with all of its data, so that no part of one is missing."""
    found = parse(dumps(sample(), "", most=3 + 60), "")
    assert set(found.days) == {FIRST + 2}
    assert found.places == {("minutes in 3,17", "host status"): {FIRST + 2: [7] * 60}}
    assert found.nameless == set()
    assert set(parse(dumps(sample(), "", most=4 + 60), "").days) == {FIRST + 1, FIRST + 2}
    newest = Kept()
    newest.last = {("user", f"u{number}"): number for number in range(10)}
    assert parse(dumps(newest, "", most=2), "").last == {("user", "u9"): 9, ("user", "u8"): 8}


def test_no_file_is_larger_than_its_bound(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With long texts, fewer days are kept."""
    monkeypatch.setattr(kept, "_MOST", 5000)
    monkeypatch.setattr(kept_text, "MOST_FIGURES", 64)
    long = Kept()
    for day in range(FIRST, FIRST + 20):
        long.days[day] = {(f"{day} {'x' * 900}", "", 0, ""): 1}
        long.on[day] = day + 9
    assert kept.write(env, LOKI, long) == ""
    assert sorted(kept.read(env, LOKI).days) == [FIRST + 16, FIRST + 17, FIRST + 18, FIRST + 19]


def test_forgetting_takes_all_lokis_files_and_no_other(env: dict[str, str]) -> None:
    assert kept.forget(env) == 0
    for identity in (LOKI, "other"):
        kept.write(env, identity, sample())
    cache_file.write(env, "apt", "x", b"", 9)
    folder = Path(env["XDG_CACHE_HOME"], "homelab")
    (folder / ".usage-0123456789abcdef.4711").write_bytes(b"begun")
    assert len(kept.names(env)) == 3
    assert kept.forget(env) == 3
    assert os.listdir(folder) == ["apt"]
    assert kept.names(env) == []


def test_what_can_not_be_forgotten_is_named(env: dict[str, str]) -> None:
    Path(env["XDG_CACHE_HOME"], "homelab", "usage-x").mkdir(parents=True)
    with pytest.raises(Failure, match=r"homelab/usage-x can't be deleted: .*; delete it by hand"):
        kept.forget(env)
