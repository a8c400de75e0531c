"""The one place where an answer becomes text: columns, JSON or CSV, as the flags say."""

from __future__ import annotations

from homelab.output.answer import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.arguments import Values
    from homelab.output.answer import Table


def of_answer(answer: Table | Text, flags: Values, width: int) -> tuple[str, tuple[str, ...]]:
    """The text for stdout, and the sentences for stderr. `width` is the terminal's, 0 without one.

    Where there are no rows, columns print nothing, not even a header; JSON and CSV stay whole.
    """
    if isinstance(answer, Text):
        return answer.text, ()
    talk = answer.notes if answer.rows else (*answer.notes, answer.empty)
    talk = tuple(sentence for sentence in talk if sentence)
    header = not flags.no_header
    if flags.json:
        from homelab.output import document

        return document.render(answer), talk
    if flags.csv:
        from homelab.output import separated

        return separated.render(answer, header), talk
    if not answer.rows:
        return "", talk
    from homelab.output import columns

    return columns.render(answer, header, width), talk
