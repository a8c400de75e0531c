"""Start a drop-in: check who may have written it, run it in the foreground."""

from __future__ import annotations

import os
import stat

from homelab.dropins.dropin import BOM, Obstacle
from homelab.dropins.find import first_bytes
from homelab.errors import UNSTARTABLE, Failure
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.dropins.dropin import Dropin


def problem(dropin: Dropin, known: dict[str, str] | None = None) -> Obstacle | None:
    """The obstacle that keeps a drop-in from running, or None: another account can change its file,
    several files have its name, or the file can't be run. `known` is a cache of folders that
    passed, for callers that check many. A file that passes can be run by its path, because no other
    account can replace any part of that path."""
    path = dropin.path
    known = {} if known is None else known
    try:
        found = ownership.check(path, known)
        folder = os.path.dirname(path)
        while len(folder) >= len(dropin.folder.path):  # others can add verbs to a sticky folder
            ownership.refuse_shared(folder, os.stat(folder))
            folder = os.path.dirname(folder)
        if dropin.rivals:
            both = " and ".join([path, *dropin.rivals])
            why = f"both are the verb {dropin.verb!r}"
            return Obstacle(both, why, "keep one of them", "two-files")
        if not stat.S_ISREG(found.st_mode):
            return Obstacle(path, "it is not a regular file", "put a script there", "not-a-file")
        if dropin.folder.adopted:
            unread = _unaccepted(dropin)
            if unread is not None:
                return unread
            if not os.access(path, os.R_OK):
                return Obstacle(
                    path, "it can't be read", "ask its owner to make it readable", "unreadable"
                )
        elif not os.access(path, os.X_OK):
            if found.st_mode & 0o111 and _noexec(path):
                return Obstacle(path, _NOEXEC, _MOVE, "noexec")
            from homelab.texts import quoted

            fix = f"chmod +x {quoted(path)}"
            return Obstacle(path, "it is not executable", fix, "not-executable")
        return _interpreter_problem(path, dropin.head, known)
    except ownership.Untrusted as error:
        return Obstacle(error.component, error.why, error.fix, "untrusted")
    except OSError as error:
        return Obstacle(path, error.strerror or "gone", "repair or remove it", "unreadable")


def _unaccepted(dropin: Dropin) -> Obstacle | None:
    """The obstacle if a checkout was adopted by root for all accounts and root has not accepted the
    script in its present state; else None."""
    folder = dropin.folder
    if folder.personal or folder.index is None:
        return None
    from homelab.dropins.index import is_unchanged

    stamp = folder.index.stamp(dropin.below)
    if stamp is not None and is_unchanged(stamp, dropin.path):
        return None
    why = "it is new" if stamp is None else "it has changed"
    from homelab.texts import quoted

    name = quoted("/".join(folder.prefix) or folder.path)
    accept = f"review it, then run: sudo homelab verbs accept {name}"
    what = f"{why} since root accepted its folder"
    return Obstacle(dropin.path, what, accept, "not-accepted")


def _interpreter_problem(path: str, head: bytes | None, known: dict[str, str]) -> Obstacle | None:
    """The obstacle if the program of a #! line must not run, else None: another account can change
    it, or its path depends on the working directory. It may be a script with its own #! line."""
    script = path
    for _ in range(_NESTED):
        if head is None:
            head = first_bytes(script) or b""  # a file such as sudo can be run but not read
        words = _interpreter_words(head)
        if not words:
            return None
        programs = [os.fsdecode(words[0])]
        if os.path.basename(programs[0]) == "env":  # env runs its first word that is not an option
            named = (word for word in words[1:] if word[:1] != b"-" and b"=" not in word)
            programs += [os.fsdecode(word) for word in named][:1]
        for program in programs:
            if "/" not in program and program is not programs[0]:
                return None  # env looks it up in PATH, which the account itself sets
            if not program.startswith("/"):
                why = f"its interpreter {program} depends on the working directory"
                return Obstacle(path, why, "write its full path", "relative-interpreter")
            try:
                ownership.check(program, known)
            except ownership.Untrusted as error:
                why = f"its interpreter {program} is not trusted: {error.component}: {error.why}"
                return Obstacle(path, why, error.fix, "untrusted-interpreter")
            except OSError:
                return None  # `unstartable` reports it
        script, head = programs[-1], None
    return None


def _interpreter_words(head: bytes) -> list[bytes]:
    if head[:3] == BOM:
        head = head[3:]
    return head.split(b"\n", 1)[0][2:].split() if head[:2] == b"#!" else []


_NESTED = 5  # nested #! lines that Linux follows


def run(
    dropin: Dropin,
    arguments: list[str],
    env: Mapping[str, str],
    program: str,
    known: dict[str, str] | None = None,
) -> int:
    """Check the file, run it with the arguments unchanged, and return its exit code (128+n if
    signal n ended it). Raises Failure (126) if it is refused or can't be started."""
    from homelab.system import foreground

    command, theirs = prepared(dropin, env, program, known)
    try:
        return foreground.run(command[0], [*command[1:], *arguments], theirs)
    except OSError as error:
        raise not_started(dropin, error) from None


def prepared(
    dropin: Dropin, env: Mapping[str, str], program: str, known: dict[str, str] | None = None
) -> tuple[list[str], dict[str, str]]:
    """The words that start a drop-in, for its arguments to follow, and its environment. Raises
    Failure (126) if its file is refused.

    The script gets the path of `homelab` in HOMELAB_BIN, its own words in HOMELAB_VERB, and its
    folder of verbs in HOMELAB_VERB_DIR.
    """
    found = problem(dropin, known)
    if found:
        what = f"{dropin.verb!r} is not run: {found.path}: {found.why}; {found.fix}"
        raise Failure(UNSTARTABLE, what)
    from homelab.system import foreground

    theirs = foreground.inherited(env)
    theirs["HOMELAB_BIN"] = program
    theirs["HOMELAB_VERB"] = dropin.verb
    theirs["HOMELAB_VERB_DIR"] = dropin.folder.path
    try:
        command = _command(dropin)
        if command[0] != dropin.path and unstartable(dropin.path, adopted=True):
            raise OSError  # a shell would start it, and fail halfway
    except OSError as error:
        raise not_started(dropin, error) from None
    return command, theirs


def not_started(dropin: Dropin, error: OSError) -> Failure:
    """The Failure (126) for a drop-in that the kernel did not start."""
    wrong = unstartable(dropin.path, adopted=dropin.folder.adopted)
    why = wrong.sentence if wrong else error.strerror or "it is gone"
    import errno

    if error.errno == errno.ENOEXEC and wrong is None:
        why = "the kernel can't run it; it may be built for another processor"
    return Failure(UNSTARTABLE, f"{dropin.verb!r} can't be started: {dropin.path}: {why}")


def _command(dropin: Dropin) -> list[str]:
    """The command line that starts a drop-in. Files outside checkouts have an x bit, and the kernel
    reads their #! line. A script in a checkout may have no x bit, or be on a file system that is
    mounted noexec: the program of its #! line is started as the kernel would do it, with the rest
    of the line as one argument."""
    path = dropin.path
    if not dropin.folder.adopted:
        return [path]
    from homelab.dropins import kinds

    head = first_bytes(path) or b""
    line = kinds.interpreter_line(head)
    program, *rest = map(os.fsdecode, line.split(None, 1)) if line else [""]
    # Linux passes the rest of the line to env as one word, other systems split it
    split = os.path.basename(program) == "env" and rest and rest[0][:1] != "-" and " " in rest[0]
    plain = head.startswith(b"#!") and not head.split(b"\n", 1)[0].endswith(b"\r") and not split
    if not line or (plain and os.access(path, os.X_OK) and not _noexec(path)):
        return [path]
    return [program, *(rest[0].split() if split else rest), path]


# They accept CR LF as the end of a line; to a shell the CR is a part of the last word.
_ANY_LINE_ENDS = ("python", "perl", "ruby", "node", "php", "deno", "bun")


def unstartable(
    path: str, head: bytes | None = None, known: set[str] | None = None, adopted: bool = False
) -> Obstacle | None:
    """The obstacle if the kernel would not start the file (in an adopted checkout, the program of
    its #! line); else None. `head` is the beginning of the file if it has been read. `known` is a
    cache of folders and interpreters that passed, for callers that check many."""
    known = set() if known is None else known
    folder = path[: path.rindex("/") + 1]
    try:
        if head is None:
            with open(path, "rb") as file:
                head = file.read(256)
        program = head.startswith(b"\x7fELF")
        if (program or not adopted) and folder not in known and _noexec(path):
            return Obstacle(path, _NOEXEC, _MOVE, "noexec")
    except OSError:
        return None  # a file such as sudo can be run but not read
    known.add(folder)
    if program:
        return None
    first = head[:256].split(b"\n")[0]
    if adopted and first[:3] == BOM:
        first = first[3:]
    if not first.startswith(b"#!"):
        why, fix = "it has no #! line and is not a program", "begin it with a line like #!/bin/sh"
        return Obstacle(path, why, fix, "no-interpreter-line")
    line = first[2:].strip()
    words = line.split(None, 1)
    interpreter = words[0].decode("utf-8", "replace") if words else "(none is named)"
    if first.endswith(b"\r") and not (adopted and _takes_any_line_ends(words)):
        from homelab.texts import quoted

        fix = f"sed -i 's/\\r$//' {quoted(path)}"
        if adopted:  # git may have written them, and a changed file would block a pull
            fix = "check it out with Unix line endings: git config core.autocrlf input"
        return Obstacle(path, "its #! line ends in CR LF", fix, "line-ends")
    install = "install it, or name another one in its #! line"
    if interpreter not in known and not os.path.exists(interpreter):
        why = f"its interpreter {interpreter} is not on this host"
        return Obstacle(path, why, install, "missing-interpreter", os.path.basename(interpreter))
    if interpreter not in known and not (
        os.path.isfile(interpreter) and os.access(interpreter, os.X_OK)
    ):
        why = f"its interpreter {interpreter} is not an executable file"
        return Obstacle(path, why, install, "missing-interpreter", os.path.basename(interpreter))
    known.add(interpreter)
    return None


def _takes_any_line_ends(words: list[bytes]) -> bool:
    named = [os.path.basename(word) for word in b" ".join(words).split()]
    named = [word for word in named if word != b"env" and word[:1] != b"-"]
    return bool(named) and os.fsdecode(named[0]).startswith(_ANY_LINE_ENDS)


_NOEXEC = "its file system is mounted noexec"
_MOVE = "move it to another file system"


def _noexec(path: str) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_NOEXEC)
