"""Pure: the files in folders of verbs that are not verbs, by reason and by name."""

from __future__ import annotations

from homelab.dropins import kinds
from homelab.dropins.names import spellings, words_of
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from homelab.dropins.dropin import VerbFolder

    Skipped = tuple[str, str]  # path (of a folder with a / behind it), why it is not a verb

_NAMED = 3  # reasons that a sentence lists
_LINE = "if it is a script, begin it with a line like #!/bin/sh"
_FIXES = {
    kinds.NO_LINE: _LINE,
    kinds.NO_PATH: _LINE,
    kinds.EMPTY: _LINE,
    kinds.NO_X: "make it executable",
    kinds.NO_FILE: "put a script in its place",
    kinds.NOWHERE: "put a script in its place",
}
# Files with these names have no #! line, and nobody misses them as verbs.
_NO_SCRIPTS = frozenset(
    "authors brewfile changelog changes codeowners containerfile contributing contributors copying"
    " dockerfile gemfile install jenkinsfile justfile licence license maintainers makefile news"
    " notice procfile rakefile readme todo vagrantfile version".split()
)
_BEGINNINGS = ("it is ", "it has ", "everything ")


def counts(skipped: Iterable[Skipped]) -> dict[str, int]:
    """The number of files that are not verbs for each reason, the most frequent reason first."""
    found: dict[str, int] = {}
    for _, why in skipped:
        why = _general(why)
        found[why] = found.get(why, 0) + 1
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def missed(skipped: Iterable[Skipped]) -> list[Skipped]:
    """The skipped files that look like scripts, so that someone may miss them as verbs; without
    data, libraries, hidden files and folders."""
    return [
        (path, why)
        for path, why in skipped
        if _general(why) in _FIXES and words_of(path)[-1].split("-")[0] not in _NO_SCRIPTS
    ]


def _general(why: str) -> str:
    """The reason without what differs from file to file: the target of a broken link."""
    return kinds.NOWHERE if why.startswith(kinds.NOWHERE) else why


def sentence(skipped: Sequence[Skipped]) -> str:
    """The sentence that counts the files and folders that are not verbs, with the most frequent
    reasons; "" if there are none."""
    if not skipped:
        return ""
    # to a reader "it is data, by its ending .md" and "… .conf" are the same reason
    reasons = counts((path, _short(why)) for path, why in skipped)
    named = [f"{why}: {number}" for why, number in list(reasons.items())[:_NAMED]]
    rest = len(skipped) - sum(list(reasons.values())[:_NAMED])
    said = ", ".join([*named, *([f"other reasons: {rest}"] if rest else [])])
    folders = sum(path.endswith("/") for path, _ in skipped)
    numbers = (len(skipped) - folders, "file"), (folders, "folder")
    what = " and ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in numbers if n)
    one = len(skipped) == 1
    verb, them = ("is not a verb", "it") if one else ("are not verbs", "them")
    return f"{what} {verb} ({said}); --all lists {them}"


def _short(why: str) -> str:
    why = _general(why).partition(",")[0].partition(" is for ")[0]
    for beginning in _BEGINNINGS:
        if why.startswith(beginning):
            return why[len(beginning) :]
    return why


def answer(path: str, why: str, folder: VerbFolder) -> str:
    """The sentence why a file is not a verb, and what makes it one."""
    return f"{path} is not a verb: {why}; {_fix(path, why, folder)}"


def _fix(path: str, why: str, folder: VerbFolder) -> str:
    inside = path[len(folder.path) + 1 :].split("/")[:-1] if folder.adopted else []
    below = [depth for depth, name in enumerate(inside, 1) if kinds.is_skipped(name)]
    if below:
        place = "/".join([folder.path, *inside[: below[0]]])
        prefix = "/".join((*folder.prefix, *inside[: below[0]]))
        return f"homelab verbs add {quoted(place)} --as {quoted(prefix)} adds that folder"
    ending = f".{path.rpartition('.')[2]}"
    if why.endswith(ending):
        return f"if it is a script, give it a name without {ending}"
    return _FIXES.get(_general(why), "rename it")


def below(
    skipped: Iterable[Skipped], words: Sequence[str], folders: Sequence[VerbFolder]
) -> list[Skipped]:
    """The skipped files whose words, if they were verbs, would begin with `words`. Both the folded
    and the original spelling match."""
    return [
        each
        for each in skipped
        if any(begins(_words(each[0], folder), words) for folder in folders)
    ]


def begins(verb: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the words of a verb begin with the typed words, in either spelling."""
    return len(words) <= len(verb) and all(
        word == typed or word in spellings(typed) for word, typed in zip(verb, words)
    )


def _words(path: str, folder: VerbFolder) -> tuple[str, ...]:
    """The words of the verb that the file would be; none if it is not in that folder."""
    if not folder.path or not path.startswith(f"{folder.path}/"):
        return ()
    return (*folder.prefix, *words_of(path[len(folder.path) + 1 :]))
