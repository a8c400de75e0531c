"""The problems of a drop-in: errors, warnings, and advice on its description."""

from __future__ import annotations

import os

from homelab.catalogue import resolve
from homelab.dropins import description, listing, needs
from homelab.dropins import header as headers
from homelab.dropins.dropin import BOM
from homelab.dropins.problems import ERROR, NOTE, WARNING, Problem
from homelab.dropins.usable import reason, trouble
from homelab.findings import few
from homelab.system.ownership import Untrusted
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from homelab.catalogue.registry import Registry
    from homelab.dropins.dropin import Dropin, VerbFolder
    from homelab.dropins.header import Header
    from homelab.dropins.listing import Listed

_MOST = 10  # problems of one header that are listed; the others are counted
# Keys that only headers written for homelab have.
_OURS = frozenset(("summary", "effect", "answers", "counts-as", "check"))


def problems(
    listed: Listed,
    env: Mapping[str, str],
    is_public: Callable[[str], bool],
    built_in: Registry | None = None,
) -> list[Problem]:
    """The problems of one drop-in, the worst first. `is_public` says whether runs may be counted by
    a word; `built_in` are the verbs that may take first arguments of the drop-in."""
    obstacle = listed.problem
    found = list(_of_header(listed, env, is_public))
    if built_in is not None:
        found = [*_taken_arguments(listed.dropin, built_in), *found]
    if obstacle is not None:
        level = WARNING if listed.state == listing.SHADOWED else ERROR
        first = Problem(
            obstacle.kind or "other", level, obstacle.why, obstacle.fix, obstacle.path,
            listed.dropin.verb, obstacle.subject,
        )  # fmt: skip
        found = [first, *(problem for problem in found if problem.level != NOTE)]
    return _for_account(found, listed.dropin.folder)


def _taken_arguments(dropin: Dropin, built_in: Registry) -> Iterator[Problem]:
    """The note that some first arguments of a drop-in run built-in verbs: `backup age` does not run
    an own `backup`."""
    paths = resolve.members(dropin.verb, built_in.family(dropin.words[0]))
    if paths:
        run = "runs a built-in verb" if len(paths) == 1 else "run built-in verbs"
        why = f"{few(paths)} {run}, not this script"
        last = paths[0].rpartition(" ")[2]
        fix = f"to pass it such an argument: homelab verbs run {dropin.verb} {last}"
        yield Problem("own-argument", NOTE, why, fix, dropin.path, dropin.verb, dropin.verb)


_COMMANDS = ("chmod ", "chown ", "homelab verbs remove ", "sed ", "setfacl ")
# Kinds of warnings that concern an account although it can't edit the script.
_OF_HOST = ("missing-interpreter", "missing-program", "own-argument", "own-word", "same-name")


def _for_account(problems: list[Problem], folder: VerbFolder) -> list[Problem]:
    """The problems that this account should see. It can't edit the scripts of root, so mistakes in
    their headers and advice are left out; the commands of the other fixes need sudo."""
    if folder.personal or not os.geteuid():
        return problems
    kept = [each for each in problems if each.level == ERROR or each.kind in _OF_HOST]
    for each in kept:
        before, colon, command = each.fix.rpartition(": ")
        if command.startswith(_COMMANDS):
            each.fix = f"{before}{colon}sudo {command}"
    return kept


def with_packages(problems: list[Problem]) -> list[Problem]:
    """The problems, with the commands that install missing programs, and without programs whose
    names are installed packages. The package manager is asked once, for all programs together."""
    missing = [each for each in problems if each.fix == f"install {quoted(each.subject)}"]
    if not missing:
        return problems
    there, offers = needs.in_packages(list(dict.fromkeys(each.subject for each in missing)))
    for each in missing:
        offer = offers.get(each.subject)
        each.fix = f"{offer.install} {offer.packages[0]}" if offer else each.fix
    gone = [each for each in missing if each.kind == "missing-program" and each.subject in there]
    ids = set(map(id, gone))
    return [each for each in problems if id(each) not in ids]


def of_folder(folder: VerbFolder) -> list[Problem]:
    """The problem that keeps a whole folder of verbs from being used. A missing folder is a problem
    only if it is an adopted checkout."""
    wrong = trouble(folder)
    if wrong is None or not (folder.adopted or os.path.lexists(folder.path)):
        return []
    name = folder.name if folder.adopted else folder.path
    why = wrong.why if wrong.path == name else reason(wrong)
    why = f"{name} is not used: {why}"
    return _for_account([Problem("folder", ERROR, why, wrong.fix, wrong.path)], folder)


def _of_header(
    listed: Listed, env: Mapping[str, str], is_public: Callable[[str], bool]
) -> Iterator[Problem]:
    dropin = listed.dropin
    if dropin.rivals:
        return
    header = description.read(dropin)
    beside = description.beside_of(dropin)
    exists = os.path.lexists(beside)
    error = description.refused(beside) if exists else None
    path = beside if exists and error is None else dropin.path

    def warning(kind: str, why: str, fix: str, file: str = path, subject: str = "") -> Problem:
        return Problem(kind, WARNING, why, fix, file, dropin.verb, subject)

    if isinstance(error, Untrusted):
        why = f"{beside} is not read: {error.why}"
        yield warning("unread-description", why, error.fix, error.component)
    elif error is not None:
        why = f"{beside} is not read: {error.strerror}"
        yield warning("unread-description", why, "repair or remove it", beside)
    if exists and error is None:
        yield from _second_header(dropin, header, beside)
    correct = f"correct {quoted(path)}"
    mistakes = header.problems
    if dropin.folder.adopted and _OURS.isdisjoint(header.said):
        mistakes = []  # not written for homelab: its "Usage:" may be a line by itself
    for number, sentence in mistakes[:_MOST]:
        yield warning("header-line", f"line {number}: {sentence}", correct)
    if len(mistakes) > _MOST:
        yield warning("header-line", f"{len(mistakes) - _MOST} more such lines", correct)
    if header.counts_as and not is_public(header.counts_as):
        why = f"Counts-as: {header.counts_as!r} is not in the public list, so it has no effect"
        fix = "use a word that homelab usage vocabulary lists"
        yield warning("counts-as", why, fix, subject=header.counts_as)
    if header.check and header.effect != "read":
        why = "it is a check (Check: yes) and does not declare that it only reads"
        fix = f"add '# Effect: read' to {quoted(path)} if that is so; with HOMELAB_READ_ONLY it"
        yield warning("check-effect", why, f"{fix} does not run")
    if header.cut:
        why = f"only its first {description.LONGEST // 1024} KiB are read"
        yield warning("long-header", why, "shorten its header")
    if description.head(dropin)[:3] == BOM:  # to a shell it is a part of the first word
        why = "a byte order mark is in front of its #! line"
        fix = f"sed -i '1s/^\\xef\\xbb\\xbf//' {quoted(dropin.path)}"
        yield warning("byte-order-mark", why, fix, dropin.path)
    interpreter = needs.missing(_interpreter(description.head(dropin)), env)
    for kind, lacking in (
        ("missing-program", needs.missing(header.needs, env, dropin)),
        ("missing-interpreter", interpreter),  # an installed package does not replace it
    ):
        for each in lacking:
            why = f"it needs {each.said()}"
            yield warning(kind, why, each.fix(), dropin.path, each.program)
    for number, key in headers.below(header.script, header) if path == dropin.path else ():
        why = f"line {number}: {key}: is below the header, so it is not read"
        yield warning("line-below-header", why, f"move it to the first comment of {quoted(path)}")
        header.said.add(key.lower())
    missing = [
        word
        for word, value in (("Summary", header.summary), ("Effect", header.effect))
        if not value and word.lower() not in header.said
    ]
    if missing:
        lines = " and ".join(f"'# {word}: …'" for word in missing)
        fix = f"add {lines} to the first comment of {quoted(path)}"
        if exists:
            fix = f"add {lines} to {quoted(path)}"
        elif dropin.folder.adopted:  # its files may be those of other people
            fix += f" (or: homelab verbs describe {dropin.verb}, then edit)"
        kind = f"no-{'-'.join(missing).lower()}"
        why = f"it has no {' and no '.join(f'{word}: line' for word in missing)}"
        yield Problem(kind, NOTE, why, fix, path, dropin.verb)


def _second_header(dropin: Dropin, described: Header, beside: str) -> Iterator[Problem]:
    """The note that the header of a script is not read, if the `.verb` file that is read instead
    says something else."""
    own = headers.parse(described.script)
    compared = {
        "summary": own.summary != described.summary,
        "effect": own.effect != described.effect,
        "answers": own.answers != described.answers,
        "counts-as": own.counts_as != described.counts_as,
        "check": own.check != described.check,
    }
    differ = [key for key, differs in compared.items() if differs and key in own.said]
    if differ:
        lines = " and ".join(f"{key.capitalize()}:" for key in differ)
        file = os.path.basename(beside)
        why = f"{file} is read, not the header of the script; they differ in {lines}"
        fix = f"edit or remove {quoted(beside)}"
        yield Problem("two-descriptions", NOTE, why, fix, beside, dropin.verb)


def _interpreter(head: bytes) -> list[str]:
    """The program of `#!/usr/bin/env NAME`; the kernel starts env even if NAME is missing."""
    words = head[:256].split(b"\n")[0].decode("utf-8", "replace")[2:].split()
    if len(words) < 2 or os.path.basename(words[0]) != "env":
        return []
    return [word for word in words[1:] if not word.startswith("-") and "=" not in word][:1]
