"""The problems of a drop-in: errors, warnings, and advice on its description."""

from __future__ import annotations

import os

from homelab.dropins import description, listing, needs
from homelab.system.ownership import Untrusted, check, refuse_shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from homelab.dropins.find import VerbFolder
    from homelab.dropins.listing import Listed

ERROR = "error"  # it does not run, or not as what it says
WARNING = "warning"  # it runs, and something about it is not as it should be
NOTE = "note"  # it could say more of itself
_MOST = 10  # problems of one header that are told


def problems(
    listed: Listed, env: Mapping[str, str], is_public: Callable[[str], bool]
) -> list[tuple[str, str, str, str]]:
    """(level, what is wrong, what mends it, which file or folder it is about) of one drop-in, the
    worst first. `is_public` says whether a word is one that runs may be counted by."""
    found = listed.problem
    if found:
        level = WARNING if listed.state == listing.SHADOWED else ERROR
        first = (level, found.why, found.mend, found.path)
        return [first, *(each for each in _of_header(listed, env, is_public) if each[0] != NOTE)]
    return list(_of_header(listed, env, is_public))


def of_folder(folder: VerbFolder) -> list[tuple[str, str]]:
    """(what keeps a whole folder of verbs from being used, what mends that), where it is there."""
    try:
        refuse_shared(folder.path, check(folder.path))
        os.listdir(folder.path)
    except FileNotFoundError:
        return []
    except Untrusted as error:
        return [(f"it is not used: {error.component}: {error.why}", error.mend)]
    except OSError as error:
        return [(f"it can't be read: {error.strerror}", "")]
    return []


def _of_header(
    listed: Listed, env: Mapping[str, str], is_public: Callable[[str], bool]
) -> Iterator[tuple[str, str, str, str]]:
    dropin = listed.dropin
    if dropin.rivals:
        return
    header = description.read(dropin)
    beside = description.beside_of(dropin)
    there = os.path.lexists(beside)
    error = description.refused(beside) if there else None
    path = beside if there and error is None else dropin.path
    if isinstance(error, Untrusted):
        yield WARNING, f"{beside} is not read: {error.why}", error.mend, error.component
    elif error is not None:
        yield WARNING, f"it is not read: {error.strerror}", "mend or remove it", beside
    for number, sentence in header.problems[:_MOST]:
        yield WARNING, f"line {number}: {sentence}", "", path
    if len(header.problems) > _MOST:
        yield WARNING, f"{len(header.problems) - _MOST} more such lines", "", path
    if header.counts_as and not is_public(header.counts_as):
        why = f"Counts-as: {header.counts_as!r} is not in the public list, so it has no effect"
        yield WARNING, why, "use one word that homelab usage vocabulary lists", path
    if header.cut:
        why = f"only its first {description.LONGEST // 1024} KiB are read"
        yield WARNING, why, "shorten its header", path
    lacking = [
        *needs.missing(header.needs, env, dropin),
        *needs.missing(_interpreter(description.head(dropin)), env),
    ]
    for each in lacking:
        yield WARNING, f"it needs {each.said()}", "", dropin.path
    missing = [key for key in ("Summary", "Effect") if key.lower() not in header.said]
    if missing:
        said = " and ".join(f"'{key}: …'" for key in missing)
        why = "help has nothing to say" if "Summary" in missing else "it is no verb that reads only"
        yield NOTE, f"no line {said}: {why}", "", path


def _interpreter(head: bytes) -> list[str]:
    """The program that `#!/usr/bin/env NAME` asks for: only running it would tell that it lacks."""
    words = head[:256].split(b"\n")[0].decode("utf-8", "replace")[2:].split()
    if len(words) < 2 or os.path.basename(words[0]) != "env":
        return []
    return [word for word in words[1:] if not word.startswith("-") and "=" not in word][:1]
