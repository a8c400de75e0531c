"""Pure: the script that runs on another host, and the meaning of its answers.

Each host gets one ssh connection: a line of sh, and then the file on stdin. The account's login
shell, whichever it is, reads the line first, so the line is one word in single quotes, without a
character that sh, csh or fish treat differently there: no quote, backslash, exclamation mark or
newline. Its answers are lines that begin with `homelab:`, since a login may print anything before
them; first it ends a line that the login may have begun (a prompt's colours, a terminal's title).
"""

from __future__ import annotations

import json

from homelab.errors import DONE, SIGNALLED, UNCONFIGURED, USAGE
from homelab.install.signers import FIRST, NO_SIGNERS, OLD, REFUSED, SKIPPED, UNKNOWN, VERIFIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SSH_FAILED = 255  # ssh's own exit code: the command did not start
CURRENT, INSTALLED, MISSING, FAILED = "current", "installed", "missing", "failed"
_FOREIGN = "foreign"  # another account may change the installed file, so it is not run
# Exit codes of our line.
_NO_ROOM, _UNWRITTEN, _OTHER_SUM, _NOT_RUN, _NOT_INSTALLED, _NOT_VERIFIED = 73, 74, 75, 76, 77, 78

# sum FILE: its sha256, by any program there that can compute one.
_HEAD = (
    "export HOMELAB_TELEMETRY=0 LC_ALL=C; umask 022; echo; "
    'sum() { { sha256sum < "$1" || shasum -a 256 < "$1" || openssl dgst -sha256 -r < "$1" || '
    'python3 -c "import hashlib,sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"'
    ' < "$1"; } 2>/dev/null | cut -c 1-64; }; '
    'say() { echo "homelab:$1=$2"; }; '
    'python() { say python "$(python3 -V 2>&1)"; }; '
)

# The verdict of the installed copy on the new one. One that is too old for this ends with 2 for the
# unknown verb, and so does a shell for a damaged copy: the version tells them apart. A copy that
# another account can change checks nothing, and does not count as "no copy" either.
_CHECK = (
    f'c={FIRST} e=0; if [ -e "$r" ]; then '
    f'own "$r" || {{ say at "$at"; say check {_FOREIGN}; exit {_NOT_VERIFIED}; }}; '
    'c=$(cd "$t" && "$r" self verify --no-header homelab.pyz); e=$?; c=${c%% *}; '
    f'[ "$e" = {USAGE} ] && case $("$r" version 2> /dev/null) in "homelab "*) '
    f"c={OLD};; esac; fi; "
    f'say check "$c"; case "$e $c" in "{DONE} {FIRST}"|"{USAGE} {OLD}"|"{DONE} {VERIFIED}") ;; '
    f'"{UNCONFIGURED} {NO_SIGNERS}") ;; *) exit {_NOT_VERIFIED};; esac; '
)
# own FILE: whether only root and this account can change a path without links, from / on, by the
# rules of `ownership`; else $at is the component at fault. A group counts as this account's own by
# its name: its members are not looked up.
_OWN = (
    'u=$(id -u); g=; if [ "$(id -gn)" = "$(id -un)" ]; then g=$(id -g); fi; '
    'own() { case "$1" in /*) own "${1%/*}" || return ;; ?*) at="$1"; return 1 ;; esac; '
    'set -- "${1:-/}" $(ls -ldn "${1:-/}" 2> /dev/null); at="$1"; '  # $2 mode, $4 owner, $5 group
    'case "$2:$4" in [d-]*:0 | [d-]*:"$u") ;; *) return 1 ;; esac; '
    'case "$2:$5" in d????????[tT]*) ;; [d-]???????w* | [d-]????w????*+:*) return 1 ;; '
    '[d-]????w*:"$g") ;; [d-]????w*) return 1 ;; esac; }; '
)


def prefix_wrong(prefix: str) -> str:
    """Why a prefix can't be used on another host, "" if it can."""
    if prefix and not prefix.startswith(("/", "~/")):
        return "it must be an absolute path there, or begin with ~/"
    if any(sign in "\"'\\$`!" or not sign.isprintable() for sign in prefix):
        return "it contains a character that shells treat specially"
    return ""


def push_line(
    prefix: str, digest: str, signature: Sequence[str] = (), unverified: bool = False
) -> str:
    """The command that reads the file, of that sha256, on stdin and installs it below `prefix` ("":
    /usr/local for root, else ~/.local), unless that very file is installed already. The copy that
    is installed there checks the `signature` (its `signers.lines`, or none) before any of the file
    is run, unless it may be `unverified`. Leftovers of killed pushes are deleted: copies over a day
    old, and those that `self install` knows.

    The installed copy is run only if nobody else can change it, by its path without links;
    otherwise nothing is installed, unless it may be `unverified`. Then `self install` of the new
    copy checks the prefix, and refuses it with a sentence.
    """
    lines = "".join(f'echo "{line}"; ' for line in signature)  # safe for a shell
    signed = f'{{ {lines}}} > "$f.sig" || exit {_UNWRITTEN}; ' if lines else ""
    check = f"say check {SKIPPED}; " if unverified else _CHECK
    return _wrapped(
        f"{_OWN}{_where(prefix)}"
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
        f'say done {CURRENT}; python; "$r" version --json; exit; fi; '
        f't=$(mktemp -d "$m/homelab-push.XXXXXX") || exit {_NO_ROOM}; '
        # PIPE comes where the connection has ended: the next word that is said goes nowhere
        'gone() { rm -rf "$t"; }; trap gone EXIT; f="$t/homelab.pyz"; '
        'trap "exit 129" HUP; trap "exit 141" PIPE; trap "exit 143" TERM; '
        f'cat > "$f" || exit {_UNWRITTEN}; {signed}'
        f's=$(sum "$f"); say sum "$s"; [ "$s" = {digest} ] || exit {_OTHER_SUM}; '
        f'python; {check}sh "$f" version --json || exit {_NOT_RUN}; '
        # once is enough: these bytes were checked in this folder, where nobody else may write
        'sh "$f" self install --unverified --prefix "$p" > /dev/null '
        f"|| exit {_NOT_INSTALLED}; "
        f'say done {INSTALLED}; "$p/bin/homelab" version --json || exit {_NOT_RUN}'
    )


def ask_line(prefix: str) -> str:
    """The command that reports which homelab is installed: below `prefix`, in PATH or in
    /usr/local. That copy is run only if nobody else can change it, by its path without links."""
    return _wrapped(
        f"{_OWN}{_where(prefix)}"
        'f="$p/bin/homelab"; [ -x "$f" ] || f=$(command -v homelab) || f=/usr/local/bin/homelab; '
        f'[ -x "$f" ] || {{ say done {MISSING}; exit 0; }}; '
        'say path "$f"; r=$(readlink -f "$f") || r="$f"; '
        f'own "$r" || {{ say at "$at"; say done {_FOREIGN}; exit 0; }}; '
        f'say done {CURRENT}; python; "$r" version --json || exit {_NOT_RUN}'
    )


def _where(prefix: str) -> str:
    if not prefix:
        return 'if [ "$(id -u)" = 0 ]; then p=/usr/local; else p="$HOME/.local"; fi; '
    return f'p="$HOME/{prefix[2:]}"; ' if prefix.startswith("~/") else f'p="{prefix}"; '


def _wrapped(line: str) -> str:
    return f"exec sh -c '{_HEAD}{line}'"


class HostReply:
    """The answer of a host: `code` of ssh, the lines `told` by name, the `version` document of the
    homelab there (empty if none was printed), and `why`, the last line of its stderr."""

    __slots__ = ("code", "told", "version", "why")

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code = code
        text = out.decode("utf-8", "replace")
        lines = text.splitlines()
        pairs = [line[8:].partition("=") for line in lines if line.startswith("homelab:")]
        self.told = {name: value for name, _, value in pairs}
        self.version = _document(text)
        self.why = _last(err.decode("utf-8", "replace"))


def _last(text: str) -> str:
    """The last line of a text that is not blank, safe for a sentence."""
    lines = [line.strip(" .\r\t") for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("exit status")]
    return lines[-1] if lines else ""


def _document(text: str) -> dict[str, Any]:
    """The last JSON document of `version` in a text."""
    start = text.rfind('{\n  "schema": "homelab.version/1"')
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:]) if start >= 0 else ({}, 0)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class HostResult:
    """The result for a host: `result` in a word or two, and unless that is a success `reason`, a
    sentence without the host's name, with the remedy. `check` is the verdict of the installed copy
    on a new one. The rest is from `version` there."""

    __slots__ = ("build", "check", "good", "python", "reason", "result", "version")

    def __init__(self, result: str, reason: str = "", answer: HostReply | None = None) -> None:
        self.result = result
        self.reason = reason
        self.good = not reason
        self.version, self.build, self.python, self.check = "", "", "", ""
        if answer is not None:
            self.check = answer.told.get("check", "")
            self.version = str(answer.version.get("version", ""))
            self.build = str(answer.version.get("build", ""))
            python = answer.told.get("python", "").rpartition("Python ")[2]
            self.python = str(answer.version.get("python", "")) or python.split(" ")[0]
            if not self.python[:1].isdigit():
                self.python = ""


def late(seconds: float) -> HostResult:
    """The result of a host that did not finish within `seconds`."""
    return HostResult("timeout", f"not done within {seconds:g} s; set a longer --timeout")


def pushed(answer: HostReply, build: str) -> HostResult:
    """The result of `push_line`; `build` is that of the file that was sent."""
    if answer.code == 0 and answer.told.get("done") in (CURRENT, INSTALLED):
        if answer.version.get("build") == build:
            return HostResult(answer.told["done"], answer=answer)
        return HostResult(FAILED, "another build runs there; check that host", answer)
    return _failed(answer)


def asked(answer: HostReply, version: str, build: str) -> HostResult:
    """The result of `ask_line`, compared with the version and build of the file that asks."""
    if answer.code or not answer.told.get("done"):
        return _failed(answer)
    if answer.told["done"] == MISSING:
        return HostResult(MISSING, "no homelab there; homelab self push installs it", answer)
    if answer.told["done"] == _FOREIGN:
        what = f"another account may change {answer.told.get('at', 'it')}"
        remedy = "remove that right, or choose another --prefix"
        path = answer.told.get("path", "the installed copy")
        return HostResult(FAILED, f"{path} is not run: {what}; {remedy}", answer)
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
    outcome = _why_not(answer, answer.why.replace("homelab: ", "", 1) or f"exit code {answer.code}")
    outcome.version, outcome.build = "", ""  # of the copy that was tried, not of the installed one
    return outcome


def _why_not(answer: HostReply, why: str) -> HostResult:
    if answer.code == SSH_FAILED:
        return _unreached(why)
    if answer.code > SIGNALLED and not answer.told:
        return HostResult(FAILED, f"ssh was killed by signal {answer.code - SIGNALLED}; try again")
    if "No space left" in why or "quota" in why.lower():
        return HostResult("disk full", f"{why}; free some space there", answer)
    no_python = answer.code in (_NOT_VERIFIED, _NOT_RUN) and "no Python 3.9" in why
    if answer.code == _NOT_VERIFIED and answer.told.get("check") == _FOREIGN:
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
        old = HostResult("old python", "", answer)
        if old.python:
            found = f"its python3 is {old.python}, and homelab needs 3.9 or newer"
            return HostResult("old python", f"{found}; install a newer one there", answer)
        return HostResult("no python", "no Python 3.9 or newer there; install python3", answer)
    if not answer.told:
        return HostResult(FAILED, f"{why}; does this account have a POSIX sh?", answer)
    return HostResult(FAILED, why, answer)


def _unreached(why: str) -> HostResult:
    for sign, result, remedy in (
        (
            "Permission denied",
            "denied",
            "load a key that the host accepts (ssh-add), or push to it alone",
        ),
        ("Too many authentication", "denied", "set the key for it (IdentityFile, IdentitiesOnly)"),
        ("Host key verification", "host key", "ssh to it once by hand, and check its key"),
        ("HOST IDENTIFICATION HAS CHANGED", "host key", "find out why before you accept it"),
        ("Could not resolve", "unknown host", "check the name"),
        ("not known", "unknown host", "check the name"),
        ("connect to host", "unreachable", _DEAD),
        ("onnection", "unreachable", _DEAD),  # closed, reset, timed out, lost
        ("Broken pipe", "unreachable", _DEAD),
        ("Timeout", "unreachable", _DEAD),
    ):
        if sign in why:
            return HostResult(result, f"{why}; {remedy}")
    return HostResult(FAILED, f"{why}; try ssh by hand")  # e.g. its settings


_DEAD = "is it up, and does it run sshd?"
