"""A docs page as text for a terminal."""

from __future__ import annotations

from fuzz.of_output import fit_for_a_terminal
from fuzz.target import Target
from homelab.describe import markdown

_SAMPLES = (
    b"# Title\n\nOne *short* **summary** with `code`.\n",
    b"## Part\n\n- a [link](jobs.md#top)\n  - b\n",
    b"1. one\n\n   ```console\n   $ homelab host status\n   ok\n   ```\n2. two\n",
    b"| a | b |\n|---|---|\n| `x \\| y` | [z](https://example.org) ![i](i.svg) |\n",
    b"<!-- lab: nginx -->\n```nginx\nserver { listen 80; }\n```\n",
    b"    indented\n\n---\n&lt;b&gt; \\* _e_\n",
)


def _read(data: bytes) -> tuple[str, str, str]:
    text = data.decode("utf-8", "replace")
    return (
        markdown.render(text, 40, False, ("jobs",)),
        markdown.render(text, 0, True),
        markdown.summary(text),
    )


def _holds(data: bytes, value: tuple[str, str, str]) -> None:
    plain, bold, summary = value
    fit_for_a_terminal(plain)
    fit_for_a_terminal(bold.replace("\x1b[1m", "").replace("\x1b[0m", ""))
    assert bold.count("\x1b[1m") == bold.count("\x1b[0m")
    fit_for_a_terminal(summary)
    assert "\n" not in summary


TARGETS = (Target("describe.markdown", _read, _holds, _SAMPLES, inputs=150),)
