"""How the pages are read, and which outputs are the same."""

from __future__ import annotations

import pytest

from docs.blocks import COLUMNS, blocks, replaced
from docs.same import same, steady

PAGE = """\
# Title

<!-- lab: containers -->

```console
$ homelab container list
STATE  NAME
ok     plex
$ echo one \\
  two
one two
```

<!-- file: a.ini -->
```ini
[loki]
```

- an item

  <!-- not run: it needs a network -->
  ```console
  $ scp a b
  ```
"""


def test_blocks_of_a_page() -> None:
    console, file, not_run = blocks("x.md", PAGE)
    assert (console.lab, console.line, console.not_run) == ("containers", 6, "")
    assert [step[:2] for step in console.steps] == [
        ("homelab container list", "STATE  NAME\nok     plex\n"),
        ("echo one \\\n  two", "one two\n"),
    ]
    assert (file.file, file.language, file.text) == ("a.ini", "ini", "[loki]\n")
    assert (not_run.not_run, not_run.lab) == ("it needs a network", "plain")
    assert not_run.steps[0].command == "scp a b"


def test_other_outputs_are_put_in() -> None:
    console, _, last = blocks("x.md", PAGE)
    first, second = console.steps
    outputs = [(console, first, "new\n"), (console, second, ""), (last, last.steps[0], "a\n\n")]
    told = replaced(PAGE, outputs)
    assert told == (
        PAGE.replace("STATE  NAME\nok     plex\n", "new\n")
        .replace("one two\n", "")
        .replace("scp a b\n", "scp a b\n  a\n\n")
    )
    assert [step.output for step in blocks("x.md", told)[0].steps] == ["new\n", ""]


def test_a_fresh_lab() -> None:
    text = "<!-- lab: push, fresh -->\n```console\n$ a\n```\n"
    (block,) = blocks("x.md", text)
    assert (block.lab, block.fresh) == ("push", True)
    with pytest.raises(ValueError, match="'new' is not known"):
        blocks("x.md", text.replace("fresh", "new"))


def test_a_block_at_a_terminal() -> None:
    text = "<!-- lab: push, fresh, terminal -->\n```console\n$ a\n```\n"
    (block,) = blocks("x.md", text)
    assert (block.lab, block.fresh, block.columns) == ("push", True, COLUMNS)
    assert not blocks("x.md", text.replace(", terminal", ""))[0].columns


def test_line_breaks_of_a_terminal() -> None:
    one = "ok  0 ms  a firewall\n          drops it\nhomelab: fine\n"
    other = "ok  120 ms  a\n            firewall drops it\nhomelab: fine\n"
    assert same(one, other, terminal=True)
    assert not same(one, other)
    assert not same(one, other.replace("firewall", "wall"), terminal=True)
    assert same("…\nhomelab: fine\n", other, terminal=True)
    assert same("ok  0 ms  a\n…\n", other, terminal=True)
    assert not same("ok  0 ms  a\n…\nend\n", other, terminal=True)


def test_messages_of_a_piped_command_come_before_or_after() -> None:
    one, other = "a\nhomelab: b\n", "homelab: b\na\n"
    assert same(one, other, piped=True)
    assert not same(one, other)
    assert not same("a\nc\nhomelab: b\n", "homelab: b\nc\na\n", piped=True)


def test_bad_blocks() -> None:
    with pytest.raises(ValueError, match=r"x\.md:1: the block does not end"):
        blocks("x.md", "```console\n$ a\n")
    with pytest.raises(ValueError, match="begins with"):
        _ = blocks("x.md", "```console\na\n```\n")[0].steps


@pytest.mark.parametrize(
    ("documented", "real"),
    [
        ("at 2026-11-25 01:45\n", "at 2027-01-02 23:00\n"),
        ("T           D\n2026-11-25  x\n", "T                 D\n2026-11-25 10:00  x\n"),
        ("ok  0 ms  x\n", "ok  12 ms  x\n"),
        ("ends in 14 d 23 h\n", "ends in 15 d\n"),
        ("4862753 bytes  sha256 " + "0a" * 32, "1 bytes  sha256 " + "b7" * 32),
        ("a\n…\nd\n", "a\nb\nc\nd\n"),
        ("a\n…\nd\n", "a\nd\n"),
        ("252 GiB  64 GiB\n", "1.0 TiB  5 GiB\n"),
        ("pve1  installed  0.6.0  3.9.2\n", "pve1  installed  0.7.0  3.13.5\n"),
    ],
)
def test_what_differs_by_nature_is_the_same(documented: str, real: str) -> None:
    assert same(documented, real)


@pytest.mark.parametrize(
    ("documented", "real"),
    [
        ("warning  jellyfin\n", "ok  jellyfin\n"),
        ("RUNS\n3\n", "RUNS\n4\n"),
        ("failed 14 times\n", "failed 15 times\n"),
        ("a  b\n", "a   b\n"),
        ("at 10.0.0.8\n", "at 10.0.0.9\n"),
        ("a\n", "a\nb\n"),
        ("a\n…\nd\n", "a\nb\nc\n"),
        ("lost 3 of 5 lines\n", "lost 3 of 6 lines\n"),
        ("jellyfin:10.11\n", "jellyfin:10.12\n"),
        ("exit 2  7 ms\n", "exit 3  7 ms\n"),
    ],
)
def test_words_counts_and_names_are_not(documented: str, real: str) -> None:
    assert not same(documented, real)


def test_what_is_steady_stays_so() -> None:
    assert steady("10.0.0.18 port 40341 ssh2") == "10.0.0.18 port NUMBER ssh2"
    for word in ("nas.lan:2049 443 80", "25% (95% sure: 20% to 31%)", "1 of 2 s1"):
        assert steady(word) == word
