"""Pure: find the verbs that an agent's words mean, and list them on a page of bounded size.

The words of a query are searched in a verb's path, in its summary, and in the public vocabulary's
meanings of the words that lead to it (`df` is `disk usage`). Nothing is run.
"""

from __future__ import annotations

from homelab.catalogue import resolve
from homelab.catalogue.verb import Verb
from homelab.mcp import values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    class Own(Protocol):
        """The scripts of this host that are verbs."""

        def every(self) -> list[Entry]:
            """All scripts that can run, and those that only a `problem` keeps from running."""

        def one(self, path: str) -> Verb | None:
            """The script with that path, None if there is none."""

        def alike(self, name: str) -> list[str]:
            """The paths that a name means, with any separators between its words."""

        def reason(self, name: str) -> str:
            """Why there is no verb of that name although there is, or was, a file; else ""."""


PAGE = 4_000  # bytes of an answer, in UTF-8
LONGEST_NAME = 2_000  # characters of a verb's name: eight words, each as long as a file name
_WORDS = 12  # of a query that are used
_LONGEST = 64  # characters of a word that is used
_USAGE = 300  # bytes of a script's usage line
_DETAILS = 1_200  # bytes of a verb's description
_SIDE = 200  # bytes of a note beside a verb
_SHORT = 60  # bytes of it if there are many verbs
_SEVERAL = 3  # verbs for which a common reason is given once
_FEW = 40  # verbs that are shown beside groups
_NOISE = frozenset(
    "a about all am an and any are at be been by can could did do does done every find for from get"
    " give had has have hey how i if in is it its know last let list look me my need of off on or"
    " our out please run see should show so tell that the their them there these they this those to"
    " up us use verb verbs want was we were what when where which who why will with would you your"
    .split()
)  # fmt: skip
# Words that are related to one of a query, but say nothing about it.
_VAGUE = _NOISE | set(
    "as else file files name names not one other others program programs several system systems"
    " thing things time times under".split()
)
_HOW = "runVerb runs one; search for a verb's name to see all its arguments."
_REST = 100  # bytes for a last line
_BESIDE = 5  # verbs that are listed beside the one with that name
_WHOLE = 3  # verbs of an answer that are shown with their arguments
_ENDINGS = ("", "al", "d", "ed", "er", "es", "ing", "s")
_RELATED = 0.6  # of a hit: a word that is related to one of the query; enough beside one hit
_RELATED_MOST = 0.9  # of a hit, for all such words together
_ALIKE = 3  # letters from which a prefix of a word counts


class Entry:
    """A verb that can be found: its path and its summary; `describe` returns all of it, and is
    called only for verbs that are shown. `own` unless it is built in; `problem` is why it can't run
    for anyone, "" if it can; `effect` is that of an own verb, None if unknown."""

    __slots__ = ("_verb", "describe", "effect", "own", "path", "problem", "summary")

    def __init__(
        self,
        path: str,
        summary: str,
        describe: Callable[[], Verb],
        own: bool,
        problem: str = "",
        effect: str | None = None,
    ) -> None:
        self.path = path
        self.summary = summary
        self.describe = describe
        self.own = own
        self.problem = problem
        self.effect = effect
        self._verb: Verb | None = None

    def closed(self, refused: Callable[[Verb], str]) -> int:
        """Return 1 if a session can't call it, 2 if nobody can, as far as that is known without
        describing it; else 0."""
        if self.problem:
            return 2
        if not self.own:
            return int(bool(refused(self.verb())))
        effect = self.effect
        return int(
            effect is not None and bool(refused(Verb(self.path, "", effect=effect, source=".")))
        )

    def verb(self) -> Verb:
        """The whole verb, described once."""
        if self._verb is None:
            self._verb = self.describe()
        return self._verb


class Verbs:
    """The verbs of this host. `groups` has the topic of each first word; `answer` returns the
    built-in that does what some words mean, "" for none; `wording` has for the path of a built-in
    the words that lead to it, with their meanings; `related` returns further words to search for
    beside a word of a query."""

    def __init__(
        self,
        built_in: Sequence[Verb],
        own: Own | None = None,
        groups: Mapping[str, str] | None = None,
        answer: Callable[[str], str] = lambda words: "",
        wording: Callable[[], Mapping[str, str]] = dict,
        related: Callable[[str], str] = lambda word: "",
    ) -> None:
        self.built_in = {verb.path: verb for verb in built_in}
        self.groups = groups or {}
        self.answer = answer
        self.wording = wording
        self.related = related
        self._own = own

    def instead(self, verb: Verb, words: Sequence[str]) -> str:
        """The path of the built-in that a command line for an own verb would run in its place, as
        `backup age` does although an own `backup` takes an argument; "" if there is none."""
        return "" if verb.path in self.built_in else resolve.owner(words, self.built_in)

    def one(self, path: str) -> Verb | None:
        """The verb of that path, None if there is none. No script is read except this one."""
        verb = self.built_in.get(path) or self.built_in.get(path.lower())
        if verb is None and self._own is not None and path.isprintable():
            verb = self._own.one(path)
            if verb is not None and self.instead(verb, verb.path.split(" ")):
                return None  # its words would run a built-in, with a script's permission
        return verb

    def named(self, name: str) -> Verb | None:
        """The verb of a name, None if there is none: by its tool's name, which comes first, since
        one name must not mean two verbs; as typed, with the program's name or without; by its
        file's name; with other separators between its words, if only one verb matches."""
        text = " ".join(name.split())
        if not text or len(text) > LONGEST_NAME or not text.isprintable():
            return None
        typed = text.replace("/", " ").strip()
        plain = typed.removeprefix("homelab ")
        # a tool's name contains no blank and no dot; nas_df.sh is a file
        underlined = [] if " " in typed or "." in typed else [typed.replace("_", " ").strip()]
        for path in dict.fromkeys([*underlined, text, typed, plain, plain.replace("_", " ")]):
            verb = self.one(path)
            if verb is not None:
                return verb
        meant = self.alike(text)
        return self.one(meant[0]) if len(meant) == 1 else None

    def alike(self, name: str) -> list[str]:
        """The own verbs that match a name if any separator between its words counts."""
        if len(name) > LONGEST_NAME or not name.isprintable() or self._own is None:
            return []
        return self._own.alike(name)

    def reason(self, name: str) -> str:
        """Why a name is not an own verb, if known; else ""."""
        if len(name) > LONGEST_NAME or not name.isprintable() or self._own is None:
            return ""
        typed = name.replace("/", " ").removeprefix("homelab ")
        why = self._own.reason(typed)
        return self._own.reason(typed.replace("_", " ")) if not why and "_" in typed else why

    def entries(self) -> list[Entry]:
        """All verbs, the built-ins first."""
        found = [
            Entry(path, verb.summary, lambda verb=verb: verb, False)  # type: ignore[misc]
            for path, verb in self.built_in.items()
        ]
        return found + (self._own.every() if self._own is not None else [])


class Answer:
    """The found verbs, as text of at most PAGE bytes; `own` if it contains scripts' words; `left`
    is the number of verbs that did not fit."""

    __slots__ = ("left", "own", "text")

    def __init__(self, text: str, own: bool, left: int = 0) -> None:
        self.text = text
        self.own = own
        self.left = left


def answer(verbs: Verbs, query: str, group: str, refused: Callable[[Verb], str]) -> Answer:
    """The verbs that match `query`, below `group` if one is given; without both the groups.
    `refused` says why a session may not call a verb, "" if it may."""
    entries = verbs.entries()
    query, group = " ".join(query.split()), " ".join(group.replace("/", " ").split()).lower()
    if group:
        begins = group[:-1] if group.endswith("*") else f"{group} "
        below = [each for each in entries if f"{each.path} ".startswith(begins)]
        if not below:
            known = sorted({each.path.partition(" ")[0] for each in entries if " " in each.path})
            near = resolve.nearest(group[:_LONGEST], known)
            meant = f"did you mean {near!r}?" if near else "without words and group they are listed"
            return Answer(f"There is no group {_short(group)!r}; {meant}", False)
        entries = below
    if not query:
        if not group:
            return _groups(verbs, [each for each in entries if not each.problem])
        entries.sort(key=lambda each: each.path)
        return _browsed(entries, group, refused)
    ranked, best, exact = _ranked(verbs, entries, query, refused)
    if not ranked and not group and set(_words(query)) <= _NOISE:  # for example: what can you do
        return _groups(verbs, [each for each in entries if not each.problem])
    if ranked:
        what = f"for {_short(query)!r}"
        whole = 1 if exact else min(best, _WHOLE)
        return _page(ranked, what, refused, whole, exact or len(ranked) == 1)
    typed = [word[:_LONGEST] for word in query.lower().split()[:_WORDS]]
    by_path = {each.path: each for each in entries}
    meant_paths = resolve.suggestions(typed, frozenset(by_path))
    if meant_paths:
        near_ones = [by_path[path] for path in meant_paths]
        what = f"with a name like {_short(query)!r}; none has these words"
        return _page(near_ones, what, refused, 1, False)
    where = f" in the group {group!r}" if group else ""
    return Answer(
        f"No verb{where} matches {_short(query)!r}; use other words, or none for the groups",
        False,
    )


def _ranked(
    verbs: Verbs, entries: list[Entry], query: str, refused: Callable[[Verb], str]
) -> tuple[list[Entry], int, bool]:
    """The entries that match words of the query, the best first; of equal ones, those that this
    session may call first. Also how many of them match the most words, and whether the first one
    has exactly the name in the query."""
    named = query.lower().removeprefix("homelab ").replace("_", " ").replace("/", " ")
    words = _words(query[: 2 * _WORDS * _LONGEST])
    alone = words if len(words) == 1 else []
    wanted = ([word for word in words if word not in _NOISE] or alone)[:_WORDS]
    by_name = any(each.path in (query, named) for each in entries)
    beside = (
        {}
        if by_name
        else {
            word: [
                other
                for other in _words(verbs.related(word))
                if {other, f"{other}s"}.isdisjoint(_VAGUE) and other != word
            ]
            for word in wanted
            if not verbs.answer(word)  # which is its meaning here
        }
    )
    does = _meant(verbs, wanted)
    wording = verbs.wording()
    persons = {path for path, verb in verbs.built_in.items() if not verb.tool}
    found = []
    most = 0.0
    for place, each in enumerate(entries):
        if each.path in (query, named):
            most = float(len(wanted) or 1)
            found.append(((0, 0.0, 0, 0, place), most, each))
            continue
        more = wording.get(each.path, "")
        details = "" if each.own else verbs.built_in[each.path].details
        points, hits = _points(each, wanted, more, details, beside)
        meant = sum(count for path, count in does if f"{path} ".startswith(f"{each.path} "))
        points += 8 * meant
        hits = min(max(hits, meant), len(wanted))
        if hits:
            # a verb for people is shown, but an agent looks for verbs that it can call
            rank = hits - (each.path in persons)
            found.append(((1, -rank, each.closed(refused), -points, place), hits, each))
            most = max(most, hits)
    # a verb that matches one of two words is noise beside one that matches both
    found = [row for row in found if 2 * row[1] > most]
    found.sort(key=lambda row: row[0])
    best = sum(hits == most for _, hits, _ in found)
    return [each for _, _, each in found], best, bool(found) and found[0][0][0] == 0


def _meant(verbs: Verbs, wanted: list[str]) -> list[tuple[str, int]]:
    """The built-ins that the vocabulary names for each of the words, and for two of them if the
    second one changes the answer (`container logs`), with the number of words that mean each."""
    alone = [verbs.answer(word) for word in wanted]
    found = [(path, 1) for path in alone if path]
    for place, word in enumerate(wanted[1:]):
        both = verbs.answer(f"{wanted[place]} {word}")
        if both and both != alone[place]:
            found.append((both, 2))
    return found


def _points(
    entry: Entry, wanted: list[str], wording: str, details: str, beside: Mapping[str, list[str]]
) -> tuple[int, float]:
    """How well an entry matches the words, and how many of them. A word that is only in its details
    counts beside another one; a word of which only a related word matches (`beside`) counts
    RELATED."""
    path, summary, more = _words(entry.path), _words(entry.summary), _words(wording)
    known = {*path, *summary, *more}
    points, hits = 0, 0.0
    rest = []
    for word in wanted:
        if word in path:
            worth = 10
        elif any(_begins(word, other) for other in path):
            worth = 6
        elif word in summary:
            worth = 4
        elif any(_begins(word, other) for other in summary):
            worth = 3
        else:
            worth = 2 * (word in more)
        points += worth
        hits += worth > 0
        rest += [] if worth else [word]
    if hits and rest and details:
        there = set(rest).intersection(_words(details))
        hits += len(there)
        rest = [word for word in rest if word not in there]
    near = [word for word in rest if not known.isdisjoint(beside.get(word, ()))]
    if near:
        hits += min(_RELATED * len(near), _RELATED_MOST)
        points += sum(1 + 3 * (not set(path).isdisjoint(beside[word])) for word in near)
    return points - len(path), hits


def _begins(word: str, other: str) -> bool:
    """Whether a word of a query is the beginning of another one, or a form of it: `cert` of
    certificate, `failed` of fail, but not `backup` of back."""
    if len(word) < len(other):
        return len(word) >= _ALIKE and other.startswith(word)
    return len(other) >= _ALIKE and word.startswith(other) and word[len(other) :] in _ENDINGS


def _words(text: str) -> list[str]:
    """The words of a text, in lower case and singular, without the part after an apostrophe; the
    letters of an abbreviation (S.M.A.R.T.) are one word."""
    text = text.casefold().replace("\u2019", "'").replace("'s ", " ").removesuffix("'s")
    if "." in text:
        text = " ".join(map(_joined, text.split()))
    parts = "".join(sign if sign.isalnum() else " " for sign in text).split()
    plural = (
        word[:-1] if len(word) > _ALIKE and word.endswith("s") and word[-2] not in "su" else word
        for word in (part[:_LONGEST] for part in parts)
    )
    return list(dict.fromkeys(plural))


def _joined(word: str) -> str:
    letters = word.strip(".,?!()").split(".")
    return "".join(letters) if all(len(letter) == 1 for letter in letters) else word


def _groups(verbs: Verbs, entries: list[Entry]) -> Answer:
    """The groups with the number of their verbs, and the verbs without a group."""
    counts: dict[str, list[int]] = {}
    alone: tuple[list[str], list[str]] = ([], [])
    for each in entries:
        word, _, rest = each.path.partition(" ")
        if rest or word in verbs.groups:
            counts.setdefault(word, [0, 0])[each.own] += 1
        else:
            alone[each.own].append(word)
    total = len(entries)
    page = _Page(
        f"{total} verbs. Call this tool again with words (disk full), or with a group, for the"
        " verbs and their arguments; runVerb runs one."
    )
    for word in sorted(counts):
        built_in, own = counts[word]
        about = verbs.groups.get(word, "")
        number = f"{built_in + own} own" if own and not built_in else str(built_in + own)
        line = f"{word} ({number})" + (f": {about}" if about else "")
        if not page.add(line, bool(own), keep=_SIDE):
            page.more(len(counts) - len(page.lines) + 1, "group", "give words")
            break
    for names, own in zip(alone, (False, True)):
        if names:
            who = "own verbs without a group" if own else "without a group"
            line = f"{who}: {', '.join(names)}"
            if len(line.encode()) > 2 * _SIDE or not page.add(line, own):
                page.add(f"{who}: {len(names)}", own, keep=0)
    return page.answer()


class _Page:
    """An answer that is being written, and how much room is left in it."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.lines: list[str] = []
        self.room = PAGE - len(head.encode()) - 1
        self.own = False
        self.left = 0

    def add(self, line: str, own: bool, keep: int = _REST) -> bool:
        """Add a line if it fits and leaves `keep` bytes; return whether it did."""
        size = len(line.encode("utf-8", "replace")) + 1
        if size > self.room - keep:
            return False
        self.room -= size
        self.lines.append(line)
        self.own = self.own or own
        return True

    def more(self, count: int, what: str, advice: str) -> None:
        self.add(f"{count} more {what}{'s' if count != 1 else ''}; {advice}", False, keep=0)

    def answer(self) -> Answer:
        return Answer("\n".join([self.head, *self.lines]), self.own, self.left)


def _page(
    entries: list[Entry],
    what: str,
    refused: Callable[[Verb], str],
    most: int,
    exact: bool,
    side: int = _SIDE,
) -> Answer:
    """The entries in order, a line each with at most `side` bytes of summary; the first `most` with
    their arguments, except those that this session can't call; the first one in any case. `exact`:
    it is the verb with that name, and is shown with its description, and few others. The rest of
    the page has as many lines as fit."""
    number = "1 verb" if len(entries) == 1 else f"{len(entries)} verbs"
    shown = entries[: 1 + _BESIDE] if exact else entries
    common = "" if exact else _common(shown, refused)
    head = f"{number} {what}. " + (f"(*) not in this session: {common}. " if common else "")
    page = _Page(head + _HOW)
    first = _whole(entries[0], refused, exact, common) if most else ""
    room = page.room - len(first.encode()) - _REST
    lines = [first] if first else []
    for each in shown[len(lines) :]:
        line = _line(each, refused, common, side)
        room -= len(line.encode()) + 1
        if room < 0:
            break
        lines.append(line)
    for place, each in enumerate(entries[: min(most, len(lines))]):
        if place == 0 or each.problem or refused(each.verb()):
            continue
        text = _whole(each, refused, False, common)
        room -= len(text.encode()) - len(lines[place].encode())
        if room < 0:  # only the lines of all the others are left
            break
        lines[place] = text
    for line, each in zip(lines, entries):
        page.add(line, each.own, keep=0)
    page.left = len(entries) - len(lines)
    if page.left:
        page.more(page.left, "verb", "use more specific words, or a group")
    return page.answer()


def _common(entries: list[Entry], refused: Callable[[Verb], str]) -> str:
    """The reason why this session can't call several of the entries that fit on a page, if they
    share it: it is given only once then."""
    counts: dict[str, int] = {}
    room = PAGE
    for each in entries:
        room -= len(each.path) + min(len(each.summary), _SIDE)
        if room < 0:
            break
        why = "" if each.problem else _why(each, refused)
        counts[why] = counts.get(why, 0) + bool(why)
    often = max(counts, key=lambda why: counts[why], default="")
    return often if counts.get(often, 0) >= _SEVERAL else ""


def _why(entry: Entry, refused: Callable[[Verb], str]) -> str:
    """Why this session can't call a verb, without the part that all such reasons share."""
    return refused(entry.verb()).partition(", and this server was started")[0]


def _line(entry: Entry, refused: Callable[[Verb], str], common: str = "", side: int = _SIDE) -> str:
    """A verb in one line: its name, effect and summary, and why this session can't call it."""
    verb = entry.verb()
    why = _why(entry, refused)
    kind = f"{verb.effect or 'undeclared'}{', own' if entry.own else ''}"
    text = f"{entry.path} [{kind}]" + (f": {_cut(verb.summary, side)}" if verb.summary else "")
    if entry.problem:
        return f"{text} (does not run: {_cut(entry.problem, _SIDE)})"
    if why and why == common:
        return f"{text} (*)"
    return f"{text} (not in this session: {why})" if why else text


def _browsed(entries: list[Entry], group: str, refused: Callable[[Verb], str]) -> Answer:
    """The verbs of a group; if they do not fit on a page, the groups in it with the number of their
    verbs, and the prefixes of the names without a group, as `lab b*`."""
    what = f"in the group {group!r}"
    alone = len(entries) == 1
    for side in (_SIDE, _SHORT):
        whole = _page(entries, what, refused, int(alone), alone, side)
        if not whole.left:
            return whole
    depth = len(group.split()) - group.endswith("*")
    inner: dict[str, list[Entry]] = {}
    for each in entries:
        inner.setdefault(" ".join(each.path.split(" ")[: depth + 1]), []).append(each)
    if len(inner) == 1 and not group.endswith("*"):
        return _browsed(entries, next(iter(inner)), refused)
    groups = {name: len(each) for name, each in inner.items() if each[-1].path != name}
    alone_there = [each[0] for name, each in inner.items() if name not in groups]
    counted = [f"{name} ({count})" for name, count in groups.items()]
    ones = {each.path: 1 for each in alone_there}
    pages = [[*counted, *_beginnings(ones)], _beginnings({**groups, **ones})]
    if len(alone_there) <= _FEW:
        pages.insert(0, [*counted, *(_line(each, refused, "", _SHORT) for each in alone_there)])
    own = any(each.own for each in entries)
    for lines in pages:
        page = _Page(
            f"{len(entries)} verbs {what}, too many for a page. Call this tool again with one of"
            " these as group, or with words."
        )
        if all(page.add(line, own) for line in lines):
            return page.answer()
    page.more(len(lines) - len(page.lines), "group", "give words")
    return page.answer()


def _beginnings(counts: dict[str, int]) -> list[str]:
    """Many names by their prefixes, which are one letter longer than the part that all share: `lab
    b* (12)`; a name that is alone with its prefix is given in full."""
    shared = min(counts, default="")
    for name in counts:
        while not name.startswith(shared):
            shared = shared[:-1]
    found: dict[str, list[str]] = {}
    for name in counts:
        found.setdefault(name[: len(shared) + 1], []).append(name)
    return [
        f"{beginning}* ({sum(counts[name] for name in names)})" if len(names) > 1
        else names[0] + (f" ({counts[names[0]]})" if counts[names[0]] > 1 else "")
        for beginning, names in found.items()
    ]  # fmt: skip


def _whole(entry: Entry, refused: Callable[[Verb], str], details: bool, common: str = "") -> str:
    """A verb with its arguments, a line each. If it is too long for a page, the meanings of its
    arguments are left out, then the last of them."""
    verb = entry.verb()
    head = _line(entry, refused, common)
    if verb.usage:
        head += f"\n  usage: {_cut(' '.join(verb.usage.split()), _USAGE)}"
    if details and verb.details:
        text = verb.details if entry.own else " ".join(verb.details.split())
        indent = "\n    " if entry.own else "\n  "
        head += indent + _cut(text, _DETAILS).replace("\n", indent)
    lines = values.outline(verb)
    if not lines:
        head += "\n  arguments: none"
    lines += values.withheld(verb) if entry.own else []
    room = PAGE - len(head.encode()) - 300
    if sum(len(line.encode()) + 5 for line in lines) > room:
        lines = [line.partition("): ")[0].rstrip(")") + ")" for line in lines]
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 5
        if room < 0:
            left = len(lines) - len(kept)
            kept.append(f"{left} more argument{'s' if left != 1 else ''}")
            break
        kept.append(line)
    return "\n  - ".join([head, *kept])


def _cut(text: str, most: int) -> str:
    """The text in at most `most` bytes, cut between words."""
    if len(text.encode()) <= most:
        return text
    part = text.encode()[: most - 4].decode("utf-8", "ignore")
    return (part.rpartition(" ")[0] or part) + " …"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
