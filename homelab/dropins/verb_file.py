"""Pure: the text of a `NAME.verb` file, which describes a script and which people edit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from homelab.catalogue.verb import Argument
    from homelab.dropins.header import Header

_WIDEST = 30  # widest column of names and placeholders in front of the meanings
_OFF = "## Remove the ## in front of a line to use it."
_SUMMARY = "## Summary: what it does, in one line"
_FOUND = "## Found in the script. Without the ##, agents can give these options and no others:"
_EFFECT = "## Effect: read|write|destructive   without it an agent needs --allow destructive"


def text_of(header: Header, guessed: Sequence[Argument]) -> str:
    """The text: what the header says, and the `guessed` options of the script's own help.
    `header.parse(text, commented=False)` reads it back. A comment asks for what only a person
    knows."""
    lines = [f"Summary: {header.summary}" if header.summary else _SUMMARY]
    if header.usage:
        lines.append(f"Usage: {header.usage}")
    lines.append(f"Effect: {header.effect}" if header.effect else _EFFECT)
    known = {name for each in header.options for name in (each.name, *each.aliases)}
    more = [each for each in guessed if known.isdisjoint((each.name, *each.aliases))]
    rows = [("Option", _named(each), each) for each in (*header.options, *more)]
    rows += [("Arg", _operand(each), each) for each in header.operands]
    if more and not (header.options or header.operands):
        lines.append(_FOUND)
        lines += [f"## {line}" for line in _rows(rows)]
    else:
        lines += _rows(rows)
    if header.raw:
        lines.append("Args: raw")
    lines += [f"Example: {example}" for example in header.examples]
    if header.needs:
        lines.append(f"Needs: {' '.join(header.needs)}")
    lines += [f"Exit: {code}  {meaning}" for code, meaning in sorted(header.exits.items())]
    if header.answers:
        lines.append(f"Answers: {' '.join(map(str, header.answers))}")
    if header.counts_as:
        lines.append(f"Counts-as: {header.counts_as}")
    if header.check:
        lines.append("Check: yes")
    description = "\n".join(header.description).strip("\n")
    if any(line.startswith("##") for line in lines):
        lines.insert(0, _OFF)
    return "\n".join(lines) + "\n" + (f"\n{description}\n" if description else "")


def _rows(rows: list[tuple[str, str, Argument]]) -> list[str]:
    width = min(max((len(left) for _, left, _ in rows), default=0), _WIDEST)
    return [f"{key}: {left:{width}}  {_meaning(each)}".rstrip() for key, left, each in rows]


def _meaning(argument: Argument) -> str:
    default = f"(default: {argument.default})" if argument.default else ""
    return f"{argument.summary} {default}".strip()


def _named(option: Argument) -> str:
    names = ", ".join((*option.aliases, option.name))
    value = "|".join(option.choices) or option.value
    if option.kind == "flag":
        return names
    return f"{names} {value if option.choices else '<' + (value or 'VALUE') + '>'}"


def _operand(operand: Argument) -> str:
    name = "|".join(operand.choices) or operand.name
    name += "..." if operand.many else ""
    return name if operand.required else f"[{name}]"
