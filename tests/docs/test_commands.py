"""Every command of README.md and docs/*.md, run in the lab that its page names: what it prints is
what the page says.

`UPDATE_DOCS=1 python3 build.py test tests/docs` writes what differs into the pages. Read the
difference before you keep it.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from support.world import ROOT

from docs import lab, pictures, sandbox
from docs.blocks import Block, Step, blocks, replaced
from docs.labs import LABS, NEEDS
from docs.same import same, steady

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# The blocks that are not run, by page and first command; each says why on its page.
NOT_RUN: dict[str, list[str]] = {
    "README.md": ["python3 build.py test"],
    "docs/time.md": ["homelab usage top --since 30d"],
}


class Session(NamedTuple):
    """The blocks of a page that share a lab, and so a home: what one leaves, the next one finds,
    unless it asks for a fresh one. It is the page's session with that lab of this `number`."""

    path: Path
    lab: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.path.stem}-{self.lab}" + (f"-{self.number}" if self.number else "")

    def blocks(self, text: str) -> list[Block]:
        found, number = [], 0
        for block in _run(self.path.name, text):
            if block.lab == self.lab:
                number += block.fresh
                if number == self.number:
                    found.append(block)
        return found


def _run(page: str, text: str) -> list[Block]:
    return [each for each in _console(page, text) if not each.not_run]


def _console(page: str, text: str) -> list[Block]:
    return [each for each in blocks(page, text) if each.language == "console"]


def _sessions() -> list[Session]:
    found: dict[Session, None] = {}
    for path in PAGES:
        numbers: dict[str, int] = {}
        for block in _run(path.name, path.read_text(encoding="utf-8")):
            numbers[block.lab] = numbers.get(block.lab, 0) + block.fresh
            found[Session(path, block.lab, numbers[block.lab])] = None
    return list(found)


@pytest.mark.needs(*sandbox.NEEDS)
@pytest.mark.parametrize(
    "session",
    [
        pytest.param(each, id=each.name, marks=pytest.mark.needs(*NEEDS.get(each.lab, ("sh",))))
        for each in _sessions()
    ],
)
def test_documented_commands(session: Session, pyz: str) -> None:
    assert session.lab in LABS, f"{session.path.name} names a lab that is not in docs/labs.py"
    text = session.path.read_text(encoding="utf-8")
    files = {each.file: each.text for each in blocks(session.path.name, text) if each.file}
    steps = [(block, step) for block in session.blocks(text) for step in block.steps]
    commands, columns = [step.command for _, step in steps], [block.columns for block, _ in steps]
    real = [
        _ended(pictures.plain(output) if width else output)
        for width, (output, _) in zip(columns, lab.run(session.lab, commands, pyz, files, columns))
    ]
    update = bool(os.environ.get("UPDATE_DOCS"))  # also if only line breaks differ
    wrong = [
        (block, step, output)
        for (block, step), output in zip(steps, real)
        if not same(step.output, output, "|" in step.command, block.columns > 0 and not update)
    ]
    if wrong and update:
        session.path.write_text(replaced(text, wrong), encoding="utf-8")
        return
    if wrong:
        pytest.fail("".join(_difference(*each) for each in wrong) + _HINT, pytrace=False)


_HINT = "UPDATE_DOCS=1 python3 build.py test tests/docs writes what is printed now into the pages\n"


def _difference(block: Block, step: Step, output: str) -> str:
    page, program = (steady(text).splitlines() for text in (step.output, output))
    lines = difflib.unified_diff(page, program, "the page", "the program", lineterm="", n=1)
    return f"\n{block.page}:{step.first}: $ {step.command}\n" + "\n".join(lines) + "\n"


def _ended(output: str) -> str:
    lines = "".join(f"{line.rstrip()}\n" for line in output.split("\n"))
    return lines.rstrip("\n") + "\n" if output.strip() else ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_blocks_that_are_not_run(path: Path) -> None:
    """They are few, each says why, and this file knows them."""
    left_out = [each for each in _console(path.name, path.read_text("utf-8")) if each.not_run]
    assert [each.steps[0].command for each in left_out] == NOT_RUN.get(
        str(path.relative_to(ROOT)), []
    )
    assert all(len(each.not_run.split()) > 2 for each in left_out), "say why in a few words"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_is_in_a_console_block(path: Path) -> None:
    """Elsewhere nobody would run it."""
    text = path.read_text(encoding="utf-8")
    inside = {
        number
        for each in _console(path.name, text)
        for number in range(each.line, each.line + each.text.count("\n"))
    }
    hidden = [
        f"{path.name}:{number}: {line}"
        for number, line in enumerate(text.split("\n"), 1)
        if re.match(r"\s*\$ \S", line) and number not in inside
    ]
    assert hidden == []


def test_every_lab_is_used_or_makes_a_picture() -> None:
    """A lab that no page names any more can go."""
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    named = set(re.findall(r"<!--\s*lab: ([^\s,]+)", text)) | {"plain", "picture"}
    assert set(LABS) - named == set()
