"""The arguments in a usage line, one case per line."""

from __future__ import annotations

import pytest

from homelab.dropins import header, usage_line


@pytest.mark.parametrize(
    ("usage", "shown"),
    [
        ("", []),
        ("[-v] [-o FILE] INPUT...", ["-v?", "-o FILE? file", "INPUT..."]),
        ("-o FILE INPUT", ["-o FILE file", "INPUT"]),
        ("-v POOL", []),
        ("[-c|--config FILE]", ["--config FILE? file"]),
        ("[-c | --config=FILE]", ["-c?", "--config FILE? file"]),
        ("--unit=UNIT", ["--unit UNIT"]),
        ("--file NAME", ["--file NAME file"]),
        ("{start|stop}", ["VALUE start,stop"]),
        ("[--mode {fast,slow}]", ["--mode fast,slow? fast,slow"]),
        ("input [input ...]", ["INPUT..."]),
        ("[input [input...]]", ["INPUT...?"]),
        ("<source dir> <target>", ["SOURCE_DIR file", "TARGET"]),
        ("[OPTIONS] HOST [--] [CMD]", ["HOST", "CMD?"]),
        ("[POOL [DISK]]", ["POOL?", "DISK?"]),
        ("HOST HOST", []),
        ("(FILE | DIR)", []),
        ("[FILE | POOL]", []),
        ("FILE | conv -h", []),
        ("[-|FILE]", []),
        ("POOL]", []),
        ("[POOL", []),
        ("A " * 41, []),
    ],
)
def test_a_usage_line_shows_these_arguments(usage: str, shown: list[str]) -> None:
    found = [
        f"{each.name}{' ' * bool(each.value)}{each.value}{'...' * each.many}"
        f"{'' if each.required else '?'}{' file' * (each.kind == 'file')}"
        f"{' ' * bool(each.choices)}{','.join(each.choices)}"
        for each in usage_line.arguments(usage)
    ]
    assert found == shown


@pytest.mark.parametrize(
    ("usage", "rest"),
    [
        ("conv.sh [-v] IN", "[-v] IN"),
        ("./conv.sh IN", "IN"),
        ("sudo bash conv.sh IN", "IN"),
        ("homelab lab conv IN", "IN"),
        ("lab conv IN", "IN"),
        ("conv IN", "IN"),
        ("$0 IN", "IN"),
        ("/usr/local/bin/conv.sh", ""),
        ("[-v] IN", "[-v] IN"),
        ("<input>", "<input>"),
        ("", ""),
    ],
)
def test_what_starts_the_script_is_no_argument(usage: str, rest: str) -> None:
    assert usage_line.without_program(usage, "lab conv", "conv.sh") == rest


def test_an_operand_that_only_the_usage_line_has_stands_beside_declared_options() -> None:
    text = "#!/bin/sh\n# Usage: nas df [POOL]\n# Option: --all  every pool\n"
    for path in ("nas df", "lab nas df"):
        verb = header.verb(path, "/v", header.parse(text))
        assert [(each.name, each.kind) for each in verb.arguments] == [
            ("--all", "flag"), ("POOL", "text"),
        ]  # fmt: skip
        assert verb.arguments[1].completion == "files"  # a person's TAB offers what it did
