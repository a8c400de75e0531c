"""A drop-in's description, from its file or from `NAME.verb` beside it; never by running it."""

from __future__ import annotations

import os

from homelab.dropins import header
from homelab.dropins.names import split_ending
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.verb import Verb
    from homelab.dropins.dropin import Dropin
    from homelab.dropins.header import Header
    from homelab.dropins.own_help import OwnHelp

HEAD = 4096  # bytes of a file that are enough for its summary
_SCRIPT = 65536  # bytes of a file in which its own help is looked for


def read(dropin: Dropin, brief: bool = False, known: dict[str, str] | None = None) -> Header:
    """The description of a drop-in; summary and effect alone if `brief`. It is empty where the
    file can't be read: the drop-in may still run. `known` is that of `ownership.check`, for who
    asks about many."""
    name = dropin.path.rpartition("/")[2]
    if dropin.beside:
        try:
            found = _parsed(_bytes(beside_of(dropin), known), False, brief)
        except OSError:
            pass
        else:
            if not brief:
                _with_script(found, dropin, _whole(dropin, known))
            return found
    if brief:
        found = _parsed(head(dropin, known), True, True, name)
        if not found.cut:
            return found
        return _parsed(_whole(dropin, known)[: header.LONGEST], True, True, name)
    data = _whole(dropin, known)
    found = _parsed(data[: header.LONGEST], True, False, name)
    _with_script(found, dropin, data)
    return found


def head(dropin: Dropin, known: dict[str, str] | None = None) -> bytes:
    """The first bytes of a drop-in's file, at most HEAD; b"" where it can't be read. `known` is
    that of `ownership.check`."""
    if dropin.head is None:
        try:
            dropin.head = _bytes(dropin.path, known, HEAD)
        except OSError:
            dropin.head = b""
    return dropin.head


def own(described: Header) -> OwnHelp:
    """What the script says of its own use, found in its text."""
    if described.own is None:
        from homelab.dropins import own_help

        described.own = own_help.find(described.script, described.typed, described.file)
    return described.own


def usage(described: Header) -> str:
    """The usage line of a script that was not written for homelab, if it begins with the verb as
    people type it; "" where it is another program's or none."""
    words = described.typed.removeprefix("homelab ")
    found = own(described).usage
    if found:
        return found
    first, _, rest = described.usage.partition(" ")
    if first.rpartition("/")[2] == described.file:
        return f"{words} {rest}".rstrip()
    return described.usage if f"{described.usage} ".startswith(f"{words} ") else ""


def as_verb_file(described: Header) -> str:
    """The text of a `NAME.verb` file with all that is known of a script, to be edited."""
    from homelab.dropins import verb_file

    if not described.said & {"summary", "effect"}:
        described.usage = usage(described)
    return verb_file.text_of(described, own(described).options)


def _whole(dropin: Dropin, known: dict[str, str] | None = None) -> bytes:
    """What is read of a drop-in's file for its whole description."""
    begin = head(dropin, known)
    if len(begin) < HEAD:
        return begin
    try:
        return _bytes(dropin.path, known, _SCRIPT)
    except OSError:
        return begin


def _with_script(found: Header, dropin: Dropin, data: bytes) -> None:
    found.script = "" if b"\0" in data else data.decode("utf-8", "replace")
    found.file = dropin.path.rpartition("/")[2]
    found.typed = f"homelab {dropin.verb}"


def _parsed(data: bytes, commented: bool, brief: bool, name: str = "") -> Header:
    text = "" if b"\0" in data else data.decode("utf-8", "replace")  # of a program nothing
    found = header.parse(text, commented, brief, name)
    most = HEAD if brief and commented and len(data) == HEAD else header.LONGEST
    found.cut = len(data) >= most and text.count("\n") <= found.last
    return found


def refused(path: str) -> OSError | None:
    """Why a `.verb` file is not read, None where it is."""
    try:
        _bytes(path)
    except OSError as error:
        return error
    return None


def beside_of(dropin: Dropin) -> str:
    """The path of the `.verb` file that describes a drop-in: for an adopted checkout's the one next
    to the index, else beside the script, by the script's name or by the verb's."""
    index = dropin.folder.index
    if index is not None:
        own = f"{index.folder}/{'/'.join(dropin.words[len(dropin.folder.prefix) :])}.verb"
        if os.path.lexists(own):
            return own
    folder, name = os.path.split(dropin.path)
    by_file = f"{folder}/{split_ending(name)[0]}.verb"
    return by_file if os.path.lexists(by_file) else f"{folder}/{dropin.words[-1]}.verb"


def verb(dropin: Dropin) -> Verb:
    """The drop-in as any verb is described."""
    return header.verb(dropin.verb, dropin.folder.name, read(dropin))


def for_completion(dropin: Dropin) -> Verb:
    """The drop-in with the options that its own help has, too: a TAB may offer a guess."""
    described = read(dropin)
    return header.verb(dropin.verb, dropin.folder.name, described, own(described).options)


def _bytes(path: str, known: dict[str, str] | None = None, most: int = header.LONGEST) -> bytes:
    """The beginning of a file. A pipe in its place does not hold us. It is refused where another
    account may change it: what a verb may do is read from it."""
    file = ownership.opened(path, known=known)
    try:
        return os.read(file, most)
    finally:
        os.close(file)


def as_verb_file(header: Header) -> str:
    """Pure: the text of a `.verb` file that says what a header does."""
    lines = [f"Summary: {header.summary}".rstrip()]
    lines += [f"Usage: {header.usage}"] if header.usage else []
    lines += [f"Effect: {header.effect}"] if header.effect else []
    for each in header.options:
        of_default = f" (default: {each.default})" if each.default else ""
        value = "|".join(each.choices) or each.value or ("" if each.kind == "flag" else "VALUE")
        left = ", ".join((each.name, *each.aliases)) + (f" {value}" if value else "")
        lines.append(f"Option: {left}  {each.summary}{of_default}".rstrip())
    for each in header.operands:
        of_default = f" (default: {each.default})" if each.default else ""
        name = ("|".join(each.choices) or each.name) + ("..." if each.many else "")
        shown = name if each.required else f"[{name}]"
        lines.append(f"Arg: {shown}  {each.summary}{of_default}".rstrip())
    lines += ["Args: raw"] if header.raw else []
    lines += [f"Example: {each}" for each in header.examples]
    lines += [f"Needs: {' '.join(header.needs)}"] if header.needs else []
    lines += [f"Exit: {code}  {meaning}" for code, meaning in sorted(header.exits.items())]
    lines += [f"Answers: {' '.join(map(str, header.answers))}"] if header.answers else []
    lines += [f"Counts-as: {header.counts_as}"] if header.counts_as else []
    return "\n".join([*lines, *header.description]).rstrip("\n") + "\n"
