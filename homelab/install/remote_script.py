"""Pure: the script that installs or asks for a copy on another host, and what its answers mean.

Each host gets one ssh connection: a line of sh (`remote.shell`), and then the file on stdin.
"""

from __future__ import annotations

from homelab.errors import DONE, UNCONFIGURED, USAGE
from homelab.install.bundle import CONFIG
from homelab.install.signers import FIRST, NO_SIGNERS, OLD, REFUSED, SKIPPED, UNKNOWN, VERIFIED
from homelab.remote import shell
from homelab.remote.reply import (
    CURRENT,
    FAILED,
    FOREIGN,
    MISSING,
    SSH_FAILED,
    HostReply,
    HostResult,
    not_run,
    not_there,
    unreached,
    without_python,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

INSTALLED = "installed"
# Exit codes of our line.
_NO_ROOM, _UNWRITTEN, _OTHER_SUM, _NOT_RUN, _NOT_INSTALLED, _NOT_VERIFIED = 73, 74, 75, 76, 77, 78
_NOT_CARRIED = 79
_WRITTEN = ("new", "same", "replaced")  # results of `self unpack`
_NAMED = 3  # files that a reason names

# sum FILE: its sha256, by any program there that can compute one.
_TOOLS = (
    'sum() { { sha256sum < "$1" || shasum -a 256 < "$1" || openssl dgst -sha256 -r < "$1" || '
    'python3 -c "import hashlib,sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"'
    ' < "$1"; } 2>/dev/null | cut -c 1-64; }; '
    'python() { say python "$(python3 -V 2>&1)"; }; '
)

# The verdict of the installed copy on the new one. One that is too old for this ends with 2 for the
# unknown verb, and so does a shell for a damaged copy: the version tells them apart. A copy that
# another account can change checks nothing, and does not count as "no copy" either.
_CHECK = (
    f'c={FIRST} e=0; if [ -e "$r" ]; then '
    f'own "$r" || {{ say at "$at"; say check {FOREIGN}; exit {_NOT_VERIFIED}; }}; '
    'c=$(cd "$t" && "$r" self verify --no-header homelab.pyz); e=$?; c=${c%% *}; '
    f'[ "$e" = {USAGE} ] && case $("$r" version 2> /dev/null) in "homelab "*) '
    f"c={OLD};; esac; fi; "
    f'say check "$c"; case "$e $c" in "{DONE} {FIRST}"|"{USAGE} {OLD}"|"{DONE} {VERIFIED}") ;; '
    f'"{UNCONFIGURED} {NO_SIGNERS}") ;; *) exit {_NOT_VERIFIED};; esac; '
)


class Parcel:
    """The archive of settings and own verbs that follows the copy on stdin, after `size` bytes;
    `digest` is its sha256. With `replace`, other files there are replaced."""

    __slots__ = ("digest", "replace", "size")

    def __init__(self, size: int, digest: str, replace: bool) -> None:
        self.size = size
        self.digest = digest
        self.replace = replace

    def split(self) -> str:
        """Split $f into the copy ($f) and the archive ($t/carried)."""
        return (
            f'mv "$f" "$t/all" && head -c {self.size} "$t/all" > "$f" && '
            f'tail -c +{self.size + 1} "$t/all" > "$t/carried" || exit {_UNWRITTEN}; '
            f'rm "$t/all"; s=$(sum "$t/carried"); say sum "$s"; '
            f'[ "$s" = {self.digest} ] || exit {_OTHER_SUM}; '
        )

    def unpack(self, program: str) -> str:
        """Write the files of the archive by that installed copy."""
        words = "self unpack --json --replace" if self.replace else "self unpack --json"
        return f'"{program}" {words} "$t/carried" || exit {_NOT_CARRIED}'


class PushResult(HostResult):
    """The result for a host that runs the copy, and what happened to the carried files: `config`
    is the result for the settings, `verbs` counts those of the verbs (`3 new, 1 same`); "" if none
    was carried."""

    __slots__ = ("config", "verbs")

    def __init__(self, answer: HostReply) -> None:
        super().__init__(answer.told["done"], answer=answer)
        self.config = ""
        results = []
        for row in unpacked(answer):
            name, result = str(row.get("file")), str(row.get("result"))
            if name == CONFIG:
                self.config = result
            elif not name.endswith(".verb"):
                results.append(result)
        self.verbs = ", ".join(f"{results.count(one)} {one}" for one in dict.fromkeys(results))


def push_line(
    prefix: str,
    digest: str,
    signature: Sequence[str] = (),
    unverified: bool = False,
    parcel: Parcel | None = None,
) -> str:
    """The command that reads the file, of that sha256, on stdin and installs it below `prefix` ("":
    /usr/local for root, else ~/.local), unless that very file is installed already. The copy that
    is installed there checks the `signature` (its `signers.lines`, or none) before any of the file
    is run, unless it may be `unverified`. Leftovers of killed pushes are deleted: copies over a day
    old, and those that `self install` knows.

    The installed copy is run only if nobody else can change it, by its path without links;
    otherwise nothing is installed, unless it may be `unverified`. Then `self install` of the new
    copy checks the prefix, and refuses it with a sentence.

    The `parcel` is unpacked last, by the copy that is installed then.
    """
    lines = "".join(f'echo "{line}"; ' for line in signature)  # safe for a shell
    signed = f'{{ {lines}}} > "$f.sig" || exit {_UNWRITTEN}; ' if lines else ""
    check = f"say check {SKIPPED}; " if unverified else _CHECK
    receive = (
        f't=$(mktemp -d "$m/homelab-push.XXXXXX") || exit {_NO_ROOM}; '
        # PIPE comes where the connection has ended: the next word that is said goes nowhere
        'gone() { rm -rf "$t"; }; trap gone EXIT; f="$t/homelab.pyz"; '
        'trap "exit 129" HUP; trap "exit 141" PIPE; trap "exit 143" TERM; '
        f'cat > "$f" || exit {_UNWRITTEN}; {parcel.split() if parcel else ""}'
    )
    return shell.wrapped(
        f"{_TOOLS}{shell.OWN}{shell.where(prefix)}"
        # TMPDIR may be kept from another account, which could exchange what is run from there
        'm=$(readlink -f "${TMPDIR:-/tmp}" 2> /dev/null); '
        '[ -n "$m" ] && own "$m" || m=/tmp; '
        'find "$m"/homelab-push.?????? -prune -user "$u" -mtime +0 '
        "-exec rm -rf {} + 2> /dev/null; "
        'r=$(readlink -f "$p/bin/homelab" 2> /dev/null); '
        f'if [ -x "$r" ] && own "$r" && [ "$(sum "$r")" = {digest} ]; then '
        'for f in "$p"/bin/.homelab.* "$p"/lib/homelab/.homelab-* "$p"/share/*/*/.*homelab*.*; do '
        'if [ -e "$f" ] || [ -L "$f" ]; then '
        '"$r" self install --prefix "$p" > /dev/null 2>&1; break; fi; done; '
        f"{receive if parcel else ''}"
        f'say done {CURRENT}; python; "$r" version --json; '
        f"{parcel.unpack('$r') + '; ' if parcel else ''}exit; fi; "
        f"{receive}{signed}"
        f's=$(sum "$f"); say sum "$s"; [ "$s" = {digest} ] || exit {_OTHER_SUM}; '
        f'python; {check}sh "$f" version --json || exit {_NOT_RUN}; '
        # once is enough: these bytes were checked in this folder, where nobody else may write
        'sh "$f" self install --unverified --prefix "$p" > /dev/null '
        f"|| exit {_NOT_INSTALLED}; "
        f'say done {INSTALLED}; "$p/bin/homelab" version --json || exit {_NOT_RUN}'
        f"{'; ' + parcel.unpack('$p/bin/homelab') if parcel else ''}"
    )


def ask_line(prefix: str) -> str:
    """The command that reports which homelab is installed: below `prefix`, in PATH or in
    /usr/local. That copy is run only if nobody else can change it, by its path without links."""
    return shell.wrapped(
        f"{_TOOLS}{shell.OWN}{shell.where(prefix)}"
        f"{shell.INSTALLED}"
        f'say done {CURRENT}; python; "$r" version --json || exit {_NOT_RUN}'
    )


def pushed(answer: HostReply, build: str) -> HostResult:
    """The result of `push_line`; `build` is that of the file that was sent."""
    if answer.code in (0, _NOT_CARRIED) and answer.told.get("done") in (CURRENT, INSTALLED):
        if answer.version.get("build") == build:
            result = PushResult(answer)
            if answer.code:
                result.good, result.reason = False, _not_carried(answer) or answer.why
            return result
        return HostResult(FAILED, "another build runs there; check that host", answer)
    return _failed(answer)


def _not_carried(answer: HostReply) -> str:
    """Why carried files were not written, "" if the copy there did not say it."""
    rows = [row for row in unpacked(answer) if row.get("result") not in _WRITTEN]
    named = [f"{row.get('place') or row.get('file')}: {row.get('detail')}" for row in rows[:_NAMED]]
    more = f"; and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return "; ".join(named) + more


def unpacked(answer: HostReply) -> list[dict[str, Any]]:
    """The rows of `self unpack` there, for each carried file; none if it did not run."""
    rows = answer.unpacked.get("rows")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def asked(answer: HostReply, version: str, build: str) -> HostResult:
    """The result of `ask_line`, compared with the version and build of the file that asks."""
    if answer.code or not answer.told.get("done"):
        return _failed(answer)
    if answer.told["done"] in (MISSING, FOREIGN):
        return not_there(answer)
    found = HostResult(CURRENT, answer=answer)
    if not found.build:
        what = f"{answer.told.get('path', 'the installed file')} is not a copy of homelab"
        return HostResult(FAILED, f"{what}; move it away, or choose another --prefix", answer)
    if found.build != build:
        there, here = numbers(found.version), numbers(version)
        found.result = "older" if there < here else "newer" if there > here else "other build"
        remedy = "push from there" if there > here else "homelab self push installs this one"
        both = f"{found.version} (build {found.build}) there, {version} (build {build}) here"
        found.good, found.reason = False, f"{both}; {remedy}"
    return found


def numbers(version: str) -> list[int]:
    """The numbers of a version, for comparing."""
    parts = (part if part.isascii() and part.isdigit() else "0" for part in version.split("."))
    return [int(part[:9]) for part in parts]  # `int` refuses thousands of digits


def _failed(answer: HostReply) -> HostResult:
    outcome = _why_not(answer, answer.why or f"exit code {answer.code}")
    outcome.version, outcome.build = "", ""  # of the copy that was tried, not of the installed one
    return outcome


def _why_not(answer: HostReply, why: str) -> HostResult:
    if answer.code == SSH_FAILED:
        return unreached(why, ", or push to it alone")
    if "No space left" in why or "quota" in why.lower():
        return HostResult("disk full", f"{why}; free some space there", answer)
    no_python = answer.code in (_NOT_VERIFIED, _NOT_RUN) and "no Python 3.9" in why
    if answer.code == _NOT_VERIFIED and answer.told.get("check") == FOREIGN:
        what = f"another account can change {answer.told.get('at', 'it')}"
        what = f"the installed copy is not run to check the new one: {what}"
        remedy = "remove that right; --unverified installs anyway"
        return HostResult("refused", f"{what}; {remedy}", answer)
    if answer.code == _NOT_VERIFIED and "check" in answer.told and not no_python:
        if answer.told["check"] not in (REFUSED, UNKNOWN):
            why = f"the installed copy could not check the new one ({why})"
        return HostResult("refused", f"{why}; --unverified installs anyway", answer)
    if answer.code in (_NO_ROOM, _UNWRITTEN):
        return HostResult(FAILED, f"{why}; it needs a folder to write to, TMPDIR or /tmp", answer)
    if answer.code == _OTHER_SUM:
        if answer.told.get("sum"):
            return HostResult("damaged", "the copy arrived with another sha256; try again", answer)
        what = "no program there computes a sha256 (sha256sum, shasum, openssl, python3)"
        return HostResult(FAILED, f"{what}; install one of them", answer)
    if no_python:
        return without_python(answer)
    if not answer.told:
        return not_run(answer)
    return HostResult(FAILED, why, answer)
