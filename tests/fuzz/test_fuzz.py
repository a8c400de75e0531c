"""Each pure parser, with changed samples: it parses them or refuses them, with linear work.

`python3 build.py fuzz` does the same with other inputs, and for longer.
"""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path
from random import Random

import pytest
from test_architecture import PURE

from fuzz import __main__ as command
from fuzz.target import Broken, Search, Target
from fuzz.targets import BY_NAME, TARGETS, WITHOUT
from fuzz.work import Lines

_GROWING = 100  # for so many inputs of a search, one is enlarged
_SIZES = (512, 2048, 8192)  # bytes
_each = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


def test_each_pure_parser_has_a_target() -> None:
    assert len(BY_NAME) == len(TARGETS)
    for name in PURE:
        own = [each for each in BY_NAME if f"{each}:".startswith((f"{name}:", f"{name}."))]
        assert bool(own) != (name in WITHOUT), name
    assert set(WITHOUT) <= set(PURE)
    assert {name for name in WITHOUT.values() if name} <= set(BY_NAME)


@_each
def test_real_inputs_are_parsed_or_refused(target: Target) -> None:
    for sample in target.samples:
        target.check(sample)


@pytest.mark.long("a second's search for each of many parsers")
@_each
def test_whatever_comes_is_read_or_refused(target: Target) -> None:
    Search(target, target.name).run(target.inputs)


@pytest.mark.long("a second's search for each of many parsers")
@_each
def test_work_and_memory_grow_as_the_input_does(target: Target) -> None:
    """The work is counted in lines of Python: how busy the machine is changes nothing."""
    chance = Random(target.name)
    pieces = [token for token in target.tokens if 0 < len(token) < _SIZES[0] // 4]
    for _ in range(target.inputs // _GROWING):
        sample = chance.choice(target.samples)
        at = chance.randrange(len(sample) + 1)
        piece = chance.choice(pieces) + chance.choice((b"", b"\n", sample[: _SIZES[0] // 4]))
        done = []
        for size in _SIZES:
            data = sample[:at] + piece * (size // len(piece)) + sample[at:]
            with Lines(everything=True) as lines:
                target.check(data)
            done.append(lines.count)
        small, larger, largest = done  # four times the work, or eight if it first reads more of it
        assert larger < 8 * small + 1000 or largest < 8 * larger, f"{done} lines for {data[:200]!r}"
        tracemalloc.start()
        target.read(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 200 * len(data) + (1 << 20), f"{peak} bytes for {data[:200]!r}"


def _read(data: bytes) -> int:
    return 1 // (len(data) - data.count(b"(") - 3)


_BREAKS = Target("breaks", _read, lambda data, number: None, [b"(a) (b) (c)", b"12"])


def test_a_search_finds_a_breaking_input_and_shortens_it() -> None:
    with pytest.raises(Broken) as found:
        Search(_BREAKS, "a seed").run(5000)
    assert isinstance(found.value.__cause__, ZeroDivisionError)
    assert len(found.value.data) <= 3
    with pytest.raises(Broken) as again:  # the same seed, the same inputs
        Search(_BREAKS, "a seed").run(5000)
    assert again.value.data == found.value.data


def test_the_command_keeps_a_breaking_input_and_says_how_to_repeat_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["fuzz", *words])
        return command.main()

    broken = Target("breaks", _read, lambda data, number: None, [b"abc"])
    fine = Target("fine", len, lambda data, number: None, [b"abc"])
    monkeypatch.setattr(command, "TARGETS", (broken, fine))
    monkeypatch.setattr(command, "BY_NAME", {"breaks": broken, "fine": fine})
    monkeypatch.setattr(command, "_FOLDER", tmp_path)
    assert run("--minutes", "0") == 1
    (kept,) = tmp_path.iterdir()
    said = capsys.readouterr().out
    assert "ZeroDivisionError" in said
    assert f"{kept.name} breaks\n" in said
    with pytest.raises(ZeroDivisionError):
        run("--input", str(kept), "breaks")
    assert run("--input", str(kept), "fine") == 0
    assert run("--minutes", "0", "fi") == 0
    for words in (("nosuch",), ("--input", str(kept)), ("--input", str(kept), "fi")):
        with pytest.raises(SystemExit) as refused:
            run(*words)
        assert refused.value.code == 2
