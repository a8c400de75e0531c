"""Write the help of a drop-in, from the description in its file and the script's own help."""

from __future__ import annotations

from homelab.describe import help as screens
from homelab.dropins import comments, description, header
from homelab.output.columns import visible
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.dropins.dropin import Dropin
    from homelab.dropins.header import Header


def screen(dropin: Dropin, described: Header, terminal: int = 0) -> str:
    """The help screen of a drop-in, for a `terminal` with that many columns (0: none)."""
    path = visible(dropin.path)
    beside = description.beside(dropin) is not None and description.beside_of(dropin)
    if not described.ours:
        described.description = _without_noise(described)
        described.usage = description.usage(described)
    verb = header.verb(dropin.verb, dropin.folder.name, described)
    file = visible(beside or "")
    text = screens.screen(
        verb, path, described=file, elsewhere=_elsewhere(verb, described), terminal=terminal
    )
    text += _own(dropin, described, terminal)
    if not described.summary:
        text += f"\nIt has no summary; add a line '# Summary: …' to {quoted(file or path)}\n"
    return text


def _elsewhere(verb: Verb, described: Header) -> set[str]:
    """The names of the arguments that the script's own help text explains, and `ARGUMENTS` if that
    text has the options."""
    own = description.own(described)
    text = " ".join(own.text).replace(",", " ").replace("=", " ").split()
    written = {word.strip("[](){}<>|.:;").lower() for word in text}
    written |= {part for word in written for part in word.split("|")}
    return {
        each.name
        for each in verb.arguments
        if (each.name == "ARGUMENTS" and each.kind in ("words", "file") and own.options)
        or (not (each.summary or each.default or each.choices) and each.name.lower() in written)
    }


def _without_noise(described: Header) -> list[str]:
    """The comments of a script that was not written for homelab, without the parts that the screen
    shows elsewhere (the name, the summary, the script's own help text), frames and licences."""
    name = described.file
    known = {*description.own(described).written, described.summary, name, name.rpartition(".")[0]}
    written = set(map(_words, known))
    said = _without_summary(described.description, described.summary)
    lines = [
        line
        for line, legal in zip(said, comments.licensed(said))
        if not legal and _words(line) not in written
    ]
    kept = [line for line in lines if not line.strip() or not comments.says_nothing(line)]
    return [line for at, line in enumerate(kept) if line.strip() or (at and kept[at - 1].strip())]


def _without_summary(lines: list[str], summary: str) -> list[str]:
    """The lines without the ones that make up the summary, if the summary has all of their text."""
    for at, line in enumerate(lines):
        text = _words(line)
        if not text or not summary.startswith(text):
            continue
        end = at + 1
        while end < len(lines) and len(text) < len(summary) and lines[end].strip():
            text = f"{text} {_words(lines[end])}"
            end += 1
        return lines[:at] + lines[end:] if text == summary else lines
    return lines


def _words(line: str) -> str:
    return line.strip(" #*-.:")


def _own(dropin: Dropin, described: Header, terminal: int) -> str:
    """The script's own help text, marked as such; or else the command that asks the script."""
    own = description.own(described)
    ask = "-h" if "-h" in own.answers else "-- --help" if own.answers else ""
    call = f"homelab {dropin.verb} {ask}"
    if own.text:
        lines = ["", "the script's own help text:", *screens.script_text(own.text, terminal)]
        more = f" (to run it for its help: {call})" if ask else ""
        lines[1] = f"the script's own help text{more}:"
        return "\n".join(lines) + "\n"
    return f"\nThe script has its own help: {call}\n" if ask else ""


def requested(dropin: Dropin, words: list[str], terminal: int) -> str:
    """The help screen if `words` ask for it with `--help` before a `--`; "" if not, or if all words
    go to the script. `-h` always goes to the script, as in df -h."""
    if "--help" not in (words[: words.index("--")] if "--" in words else words):
        return ""
    described = description.read(dropin)
    return "" if described.raw else screen(dropin, described, terminal)


def passed(words: list[str]) -> list[str]:
    """The words that a script gets: unchanged, except that `-- --help` at the beginning loses the
    `--`. People use it to ask the script itself for help."""
    return words[1:] if words[:2] == ["--", "--help"] else words
