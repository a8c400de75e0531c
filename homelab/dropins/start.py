"""Start a drop-in: check who may have written it, run it in the foreground."""

from __future__ import annotations

import os
import stat

from homelab.errors import UNSTARTABLE, Failure
from homelab.system import ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.dropins.find import Dropin


class Obstacle:
    """Why a drop-in does not run: the file or folder that it is about, the reason, what mends it
    (where it can be said so, as a command)."""

    __slots__ = ("mend", "path", "why")

    def __init__(self, path: str, why: str, mend: str) -> None:
        self.path = path
        self.why = why
        self.mend = mend


def problem(dropin: Dropin, known: dict[str, str] | None = None) -> Obstacle | None:
    """Why the file must not run, or None: running it would mean running what another account may
    change, or there is no one file to run. `known` keeps folders that passed, for a caller that
    asks about many. A file that passes may be run by its path: no other account can exchange any
    part of it."""
    path = dropin.path
    known = {} if known is None else known
    try:
        found = ownership.check(path, known)
        folder = os.path.dirname(path)
        while len(folder) >= len(dropin.folder.path):  # in a sticky one, others add verbs
            ownership.refuse_shared(folder, os.stat(folder))
            folder = os.path.dirname(folder)
        if dropin.rivals:
            both = " and ".join([path, *dropin.rivals])
            return Obstacle(both, f"both are {dropin.verb!r}", "keep one of them")
        if not stat.S_ISREG(found.st_mode):
            return Obstacle(path, "it is not a regular file", "put a script there")
        if not os.access(path, os.X_OK):
            if found.st_mode & 0o111 and _noexec(path):
                return Obstacle(path, _NOEXEC, "move it")
            from homelab.texts import quoted

            return Obstacle(path, "it is not executable", f"chmod +x {quoted(path)}")
        return _interpreter_problem(path, dropin.head, known)
    except ownership.Untrusted as error:
        return Obstacle(error.component, error.why, error.mend)
    except OSError as error:
        return Obstacle(path, error.strerror or "gone", "mend or remove it")


def _interpreter_problem(path: str, head: bytes | None, known: dict[str, str]) -> Obstacle | None:
    """Why what a #! line names must not run: another account can change it, or which file it is
    depends on the working directory. An interpreter may be a script with another #! line."""
    script = path
    for _ in range(_NESTED):
        if head is None:
            head = _head(script)
        words = head.split(b"\n")[0].split() if head[:2] == b"#!" else []
        words = [word for word in (words[0][2:], *words[1:]) if word] if words else []
        if not words:
            return None
        programs = [os.fsdecode(words[0])]
        if os.path.basename(programs[0]) == "env":  # it runs the first word that is no option
            named = (word for word in words[1:] if word[:1] != b"-" and b"=" not in word)
            programs += [os.fsdecode(word) for word in named][:1]
        for program in programs:
            if "/" not in program and program is not programs[0]:
                return None  # looked up in PATH, which is the account's own
            if not program.startswith("/"):
                why = f"its interpreter {program} depends on the working directory"
                return Obstacle(path, why, "write its whole path")
            try:
                ownership.check(program, known)
            except ownership.Untrusted as error:
                why = f"its interpreter is {program}, and {error.component}: {error.why}"
                return Obstacle(path, why, error.mend)
            except OSError:
                return None  # `unstartable` says so
        script, head = programs[-1], None
    return None


_NESTED = 5  # levels of #! lines that Linux follows


def _head(path: str) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""  # may be run and not be read, as sudo is
    try:
        return os.read(file, 256)
    except OSError:
        return b""
    finally:
        os.close(file)


def run(
    dropin: Dropin,
    arguments: list[str],
    env: Mapping[str, str],
    program: str,
    known: dict[str, str] | None = None,
) -> int:
    """Check the file, run it with the arguments as they are, and return its exit code, 128+n where
    signal n ended it. Raises Failure (126) where it is refused or can't be started.

    It finds `homelab` in HOMELAB_BIN, its own words in HOMELAB_VERB, and its folder of verbs in
    HOMELAB_VERB_DIR.
    """
    found = problem(dropin, known)
    if found:
        what = f"{dropin.verb!r} is not run: {found.path}: {found.why}; {found.mend}"
        raise Failure(UNSTARTABLE, what)
    from homelab.system import foreground

    theirs = foreground.inherited(env)
    theirs["HOMELAB_BIN"] = program
    theirs["HOMELAB_VERB"] = dropin.verb
    theirs["HOMELAB_VERB_DIR"] = dropin.folder.path
    try:
        return foreground.run(dropin.path, arguments, theirs)
    except OSError as error:
        why = unstartable(dropin.path) or error.strerror or "it is gone"
        import errno

        if error.errno == errno.ENOEXEC and why == error.strerror:
            why = "the kernel can't run it; is it built for another processor?"
        raise Failure(
            UNSTARTABLE, f"{dropin.verb!r} can't be started: {dropin.path}: {why}"
        ) from None


def unstartable(path: str, head: bytes | None = None, known: set[str] | None = None) -> str:
    """Why the kernel would not start the file, with what mends it; "" where it would. `head` is the
    beginning of the file, where that has been read; `known` keeps folders and interpreters that
    were found right, for who asks of many."""
    known = set() if known is None else known
    folder = path[: path.rindex("/") + 1]
    try:
        if head is None:
            with open(path, "rb") as file:
                head = file.read(256)
        if folder not in known and _noexec(path):
            return f"{_NOEXEC}; move it"
    except OSError:
        return ""  # may be run and not be read, as sudo is
    known.add(folder)
    first = head[:256].split(b"\n")[0]
    if first.startswith(b"\x7fELF"):
        return ""
    if not first.startswith(b"#!"):
        return "it has no #! line and is no program; begin it with #!/bin/sh or the like"
    if first.endswith(b"\r"):
        from homelab.texts import quoted

        return f"its #! line ends in CR LF; mend it with: sed -i 's/\\r$//' {quoted(path)}"
    words = first[2:].split(None, 1)
    interpreter = words[0].decode("utf-8", "replace") if words else "(none is named)"
    if interpreter not in known and not os.path.exists(interpreter):
        return f"its interpreter {interpreter} is not on this host"
    if interpreter not in known and not (
        os.path.isfile(interpreter) and os.access(interpreter, os.X_OK)
    ):
        return f"its interpreter {interpreter} is no program that may be run"
    known.add(interpreter)
    return ""


_NOEXEC = "its file system is mounted noexec"


def _noexec(path: str) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_NOEXEC)
