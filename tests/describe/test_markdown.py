"""A docs page at a terminal and in a pipe: wrapping, code, tables, and marks that are dropped."""

from __future__ import annotations

import pytest

from homelab.describe import markdown

PAGE = """# The title

<!-- lab: nginx -->
A *short* summary with `--since` and HOMELAB_LOKI_URL. It has a second sentence that does not fit.

## Steps **one**

1. First, see [jobs](jobs.md) and [the log guide](logs.md#tail).
2. Second:

   ```console
   $ homelab host status --timeout 10s --and-a-line-that-is-longer-than-the-width
   <!-- stays -->
   ```
- one
  - nested item that is long enough to be wrapped
- [Loki](https://example.org/loki), <https://example.org>, [up](../README.md), [here](#steps-one)

![a picture](picture.svg)

| form | meaning |
|---|---|
| `15m` | fifteen minutes ago, in words that need more room |
| `a \\| b` | **bold** |
"""

PLAIN = """\
The title
=========

A short summary with `--since` and
HOMELAB_LOKI_URL. It has a second
sentence that does not fit.

Steps one
---------

1. First, see homelab help jobs and the
   log guide (homelab help topics logs).
2. Second:

       $ homelab host status --timeout 10s --and-a-line-that-is-longer-than-the-width
       <!-- stays -->
- one
  - nested item that is long enough to
    be wrapped
- Loki (https://example.org/loki),
  https://example.org, up, here

form   meaning
-----  ---------------------------------
15m    fifteen minutes ago, in words
       that need more room
a | b  bold
"""


def test_a_page_in_a_pipe() -> None:
    assert markdown.render(PAGE, 40, verbs=("logs",)) == PLAIN


def test_code_is_bold_at_a_terminal() -> None:
    assert markdown.render("run `a b`", 20, bold=True) == "run \x1b[1ma b\x1b[0m\n"


def test_bold_at_a_terminal_ends_with_each_line() -> None:
    text = "## A heading\n\nsome **bold words that go on** here\n"
    assert markdown.render(text, 20, bold=True) == (
        "\x1b[1mA heading\x1b[0m\n\nsome \x1b[1mbold words that\x1b[0m\n\x1b[1mgo on\x1b[0m here\n"
    )
    table = "| a | b |\n|---|---|\n| c | d |\n"
    assert markdown.render(table, bold=True) == "\x1b[1ma\x1b[0m  \x1b[1mb\x1b[0m\nc  d\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2 * 3 * 4 and a_b_c and _so_ on", "2 * 3 * 4 and a_b_c and so on"),
        ("`` a`b `` and `open", "`a`b` and `open"),
        (r"\*no\* \[link](x)", "*no* [link](x)"),
        ("[a [b] `]` c](https://x.org/(1))", "a [b] ] c (https://x.org/(1))"),
        ("[`homelab help jobs`](jobs.md)", "homelab help jobs"),
        ("[open](", "[open]("),
        ("***both*** **open", "both **open"),
        ("a <b> &lt;c&gt; &amp; &x;", "a <b> <c> & &x;"),
        ("in <!-- a comment --> text", "in text"),
    ],
)
def test_inline_marks(text: str, shown: str) -> None:
    assert markdown.render(text) == shown + "\n"


def test_what_a_terminal_acts_on_is_escaped() -> None:
    for text in ("a\x1b[31mb", "```\na\x1b[31mb\n```", "# a\x9bb", "a\x02b\x03", "a\u202eb"):
        assert markdown.render(text, bold=False).replace("\n", "").isprintable()
    assert "\x1b" not in markdown.render("a\x1b[31mb", bold=True)


def test_a_table_without_room_becomes_a_list() -> None:
    text = (
        "| setting | meaning |\n|-|-|\n| HOMELAB_TELEMETRY | off |\n| HOMELAB_LOKI_URL | where |\n"
    )
    assert markdown.render(text, 20) == (
        "setting:\n  HOMELAB_TELEMETRY\nmeaning: off\n\n"
        "setting:\n  HOMELAB_LOKI_URL\nmeaning: where\n"
    )


def test_the_summary_is_the_first_sentence() -> None:
    assert markdown.summary(PAGE) == "A short summary with --since and HOMELAB_LOKI_URL."
    assert markdown.summary("# Only a title\n") == ""
    assert markdown.summary("# T\n\nOne, [two](x.md)\nand **three**.\n\nMore.") == (
        "One, two and three."
    )


def test_only_pages_are_topics() -> None:
    names = ("loki-setup.md", "README.md", "usage.schema.json", ".md")
    assert [markdown.topic(name) for name in names] == ["loki-setup", "", "", ""]
