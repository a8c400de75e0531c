"""The text of an answer: columns, JSON or CSV, as the flags say. Nothing is printed here."""

from __future__ import annotations

from homelab.output.answer import Stream, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from homelab.catalogue.values import Values
    from homelab.output.answer import Table


def pieces(
    answer: Table | Stream | Text, flags: Values, width: int, draws: bool, coloured: bool = False
) -> Generator[str, None, None]:
    """The text for stdout, piece by piece as it comes. `width` is the terminal's, 0 without one;
    `draws` is whether it can show block elements, `coloured` whether it may have colours."""
    if isinstance(answer, Stream):
        try:
            yield from _streamed(answer, flags, width, coloured)
        finally:
            answer.close()
    elif isinstance(answer, Text):
        from homelab.output.columns import visible_lines

        yield visible_lines(answer.text)
    else:
        yield _whole(answer, flags, width, draws, coloured)


def for_programs(flags: Values) -> bool:
    """Whether the flags ask for a format for programs, which is UTF-8 in any locale: all except
    columns and plain text."""
    given = vars(flags)
    named = given.get("output") or "columns"  # a format of log lines, or the file of a document
    return bool(given.get("json") or given.get("csv") or named != "columns")


def talk(answer: Table | Stream | Text, flags: Values) -> tuple[str, ...]:
    """The sentences for stderr, after all is printed."""
    if isinstance(answer, Text):
        return ()
    if isinstance(answer, Stream):
        some, fine = answer.count > 0, ""
    else:
        some, fine = bool(answer.rows), "" if flags.json or flags.csv else answer.fine
    empty = "" if some else answer.empty
    return tuple(filter(None, (fine, empty, *answer.notes, answer.left_out)))


def _streamed(answer: Stream, flags: Values, width: int, coloured: bool) -> Iterator[str]:
    if flags.json:
        from homelab.output import document

        yield from document.streamed(answer)
    elif flags.csv:
        from homelab.output import separated

        yield from separated.streamed(answer, not flags.no_header)
    else:
        from homelab.output.columns import Widening

        widening = Widening(answer.columns, not flags.no_header, width, coloured=coloured)
        for batch in answer.batches:
            if batch:
                answer.count += len(batch)
                yield answer.plain(batch, width) if answer.plain else widening.lines(batch)
        answer.left_out = widening.left_out()


def _whole(answer: Table, flags: Values, width: int, draws: bool, coloured: bool) -> str:
    """The text of a table. Without rows, columns print nothing, not even a header."""
    if flags.json:
        from homelab.output import document

        return document.render(answer)
    header = not flags.no_header
    if flags.csv:
        from homelab.output import separated

        return separated.render(answer, header)
    if len(answer.rows) == answer.folded:
        return ""
    from homelab.output import columns

    return columns.render(answer, header, width, draws, coloured)
