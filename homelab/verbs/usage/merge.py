"""`usage merge`: one ranking from the releases of many labs."""

from __future__ import annotations

from homelab import times
from homelab.errors import NO
from homelab.output.answer import Table
from homelab.output.columns import visible
from homelab.system import files
from homelab.texts import clipped, numbered
from homelab.usage import merge as merging
from homelab.usage import release_file
from homelab.usage.release import spans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.usage.merge import Lab, LeftOut, Lists
    from homelab.usage.release_file import Release

_MOST_FILES = 1000
_MOST_BYTES = 64 << 20  # of all files together, which limits their memory
_LONGEST_NAME = 200  # characters of a file's name in a sentence
# Characters in words of a list; longer numbers and hexadecimals are something else.
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789- ")
_MOST_DIGITS = 3
_MOST_WORDS = 2  # in an unlisted command: a program and its subcommand
_SHORT = 12  # characters of a word that may have digits
_HEX, _LONG_HEX = frozenset("0123456789abcdef"), 12

COLUMNS = merging.COLUMNS


def merge(context: Context, values: Values) -> Table:
    """The ranking from all files that are releases, and a note on each that is not."""
    # a lab's clock may be ahead of this one by a day or so, and its month too
    latest = spans(context.clock() + 2 * times.DAY, 1, current=True)[-1].name
    releases: list[Release] = []
    problems: list[str] = []
    left = _MOST_BYTES
    paths = values.file[:_MOST_FILES]
    lists, out = _lists(context), merging.LeftOut()
    with context.progress() as progress:
        for number, path in enumerate(paths):
            progress.says(f"reading file {number + 1} of {len(paths)}")
            try:
                data = files.content("/dev/stdin" if path == "-" else path, release_file.LARGEST)
                left -= len(data)
                if left < 0:
                    problems.append(_all_too_large(len(paths) - number))
                    break
                release = release_file.parse(data, latest)
                out.sort(release, lists)
                releases.append(release)
            except OSError as error:
                problems.append(_left_out(path, f"can't be read: {error.strerror or error}"))
            except release_file.Refused as refused:
                problems.append(_left_out(path, f"is left out: {refused}"))
    if len(values.file) > len(paths):
        problems.append(_too_many(len(values.file) - len(paths)))
    labs = merging.labs_of(releases)
    least = values.min_labs or (1 if len(labs) == 1 else 2)
    made = merging.ranked(labs, least, lists.built_in, _is_wanted, out.unlisted)
    rows = made.shown(values.all)
    shown = rows[: values.limit] if values.limit else rows
    months = sorted({month for lab in labs for month in lab.months})
    return Table(
        "homelab.usage-merge/1",
        COLUMNS,
        [row.row() for row in shown],
        facts={
            "labs": len(labs),
            "files": len(values.file),
            "left_out": len(values.file) - len(releases),
            "accounts": sum(release_file.middle(lab.accounts) for lab in labs),
            "months": months,
            "min_labs": least,
            "rare": made.rare,
            "verbs_left_out": len(out.verbs),
            "words_left_out": len(out.words),
        },
        notes=(
            *_notes(labs, months, least, made.rare, len(shown), len(rows)),
            *_not_listed(out),
            *problems,
        ),
        empty="nothing to add, rename, fix or drop" if labs else "no release was read",
        code=NO if problems else 0,
    )


def _left_out(path: str, why: str) -> str:
    return visible(f"{clipped(path, _LONGEST_NAME)} {why}")


def _all_too_large(left: int) -> str:
    what = numbered(left, "file is", "files are")
    return f"{what} left out: all together are larger than {_MOST_BYTES >> 20} MiB; merge fewer"


def _too_many(left: int) -> str:
    return f"{numbered(left, 'file is', 'files are')} left out: at most {_MOST_FILES} are read"


def _lists(context: Context) -> Lists:
    verbs = frozenset(
        verb.path for verb in context.built_in.every() if verb.recorded and not verb.discovery
    )
    return merging.Lists(verbs, frozenset(context.built_in.paths()), _is_public, _is_harmless)


def _is_public(words: str) -> bool:
    """Whether the public list has a program with these subcommands, one below the other."""
    from homelab.habits.public_words import is_program, subcommands

    first, *rest = words.split(" ")
    known = is_program(first)
    for word in rest:
        known = known and word in subcommands(first)
        first = f"{first} {word}"
    return known


def _is_harmless(words: str) -> bool:
    """Whether words look like those of a list, without anything that looks like a secret."""
    from homelab.habits.secrets import has_secret

    return (
        _SIGNS.issuperset(words)
        and words.count(" ") < _MOST_WORDS
        and all(
            sum(map(str.isdigit, word)) <= (_MOST_DIGITS if len(word) <= _SHORT else 0)
            and not (len(word) >= _LONG_HEX and _HEX.issuperset(word))
            and not has_secret(word, [[word]])
            for word in words.split(" ")
        )
    )


def _not_listed(out: LeftOut) -> list[str]:
    """Notes on the verbs and words that are left out of the releases, and why."""
    notes = []
    if out.verbs:
        many = len(out.verbs) > 1
        what = f"{_number(out.verbs)} verbs are" if many else "1 verb is"
        notes.append(
            f"{what} left out: this copy of homelab does not have {'them' if many else 'it'}, and"
            " a newer or older one may"
        )
    if out.words:
        what = "1 word is" if len(out.words) == 1 else f"{_number(out.words)} words are"
        notes.append(f"{what} left out: no list of this copy has such a word")
    return notes


def _number(names: set[str]) -> str:
    more = " or more" if len(names) >= merging.MOST_IN_ALL else ""
    return f"{len(names)}{more}"


def _is_wanted(words: str) -> bool:
    """Whether words typed in a shell ask for a verb: no built-in does it, and one could. The lists
    are loaded on first use."""
    from homelab.habits.answered import answer
    from homelab.habits.public_words import is_everyday

    return not answer(words) and not is_everyday(words.partition(" ")[0])


def _notes(
    labs: list[Lab], months: list[str], least: int, rare: int, shown: int, found: int
) -> list[str]:
    if not labs:
        return []
    span = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
    labs_said = "1 lab" if len(labs) == 1 else f"{len(labs)} labs"
    middles = "accounts and runs are the middles of ranges"
    notes = [f"{labs_said}, {span}; {middles}; decided by --min-labs {least}"]
    if found > shown:
        rows = numbered(found - shown, "more row")
        notes.append(f"{rows}; --limit {found} shows all")
    if rare:
        what = "1 word or verb is" if rare == 1 else f"{rare} words and verbs are"
        notes.append(f"{what} in fewer than {least} labs, so not shown")
    return notes
