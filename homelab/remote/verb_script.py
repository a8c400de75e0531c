"""Pure: the script that runs a verb of the homelab on another host, and its answer.

The line is the same for every verb (`remote.shell`). The words come on stdin, as one line of ASCII,
so that no shell on the way can change a byte of them. The connection stays open meanwhile: when it
ends, the script ends the verb.
"""

from __future__ import annotations

from homelab.errors import USAGE, signal_of
from homelab.output import read_back
from homelab.remote import shell
from homelab.remote.reply import (
    FAILED,
    SSH_FAILED,
    HostReply,
    HostResult,
    last_line,
    not_run,
    not_there,
    unreached,
    without_python,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '-_./:=,@+")
_ALL_THERE = "homelab:end="


def line(prefix: str, read_only: bool) -> str:
    """The command that runs the verb of `words`, by the homelab below `prefix` ("": the usual
    places), if nobody else can change it; with `read_only`, only a verb that reads."""
    limit = "export HOMELAB_READ_ONLY=1; " if read_only else ""
    return shell.wrapped(
        f"{limit}{shell.OWN}{shell.where(prefix)}{shell.INSTALLED}"
        # printf gives the words in quotes of the shell, and eval takes them apart
        'IFS= read -r w; eval "set -- $(printf %b "$w")"; n="$1"; shift; '
        'if [ -n "$l" ]; then LC_ALL="$l"; else unset LC_ALL; fi; '
        'exec 3<&0 < /dev/null; say answer "$n"; say answer "$n" >&2; '
        '"$r" "$@" 3<&- & v=$!; '
        # nothing more is sent: this ends when the connection does
        '{ read -r x <&3; kill "$v"; } > /dev/null 2>&1 & w=$!; '
        'wait "$v"; e=$?; kill "$w" 2> /dev/null; echo; '
        f'[ "$e" != {USAGE} ] || say version "$("$r" version 2> /dev/null < /dev/null)"; '
        'say end "$n=$e"; exit 0',
        settings="",
    )


def words(number: str, command: Sequence[bytes]) -> bytes:
    """The line for stdin: a `number` that nobody could print before, and the words of the verb."""
    quoted = b" ".join(
        b"'" + word.replace(b"'", b"'\\''") + b"'" for word in (number.encode("ascii"), *command)
    )
    return (
        b"".join(bytes((byte,)) if byte in _PLAIN else b"\\0%03o" % byte for byte in quoted) + b"\n"
    )


def last_line_of(number: str) -> bytes:
    """The beginning of the last line of a whole answer, before the exit code of the verb."""
    return f"{_ALL_THERE}{number}=".encode("ascii")


class VerbAnswer:
    """The answer of a host: the exit `code` of the verb there and what it printed (`out`, `err`);
    or `result`, the reason why there is none. `version` is that of the homelab there, if the verb
    was not accepted."""

    __slots__ = ("code", "err", "out", "result", "version")

    def __init__(self, number: str, code: int, out: bytes, err: bytes, cut: bool) -> None:
        """Read ssh's exit code, stdout and stderr; `cut`: there was more of stdout."""
        self.code = code
        self.version = ""
        self.result: HostResult | None = None
        mark = f"homelab:answer={number}\n".encode("ascii")
        before, begun, self.out = out.partition(mark)
        self.err = err.rpartition(mark)[2] if mark in err else err
        if not begun:
            self.result = _not_begun(HostReply(code, before, err))
            return
        end = b"\n" + last_line_of(number)
        self.out, ended, status = self.out.rpartition(end)
        status = status.strip()
        if cut:
            self.result = HostResult(
                FAILED, f"it printed more than {len(out) >> 20} MiB; ask for less"
            )
        elif not ended or not status.isdigit():
            self.result = unreached(last_line(self.err.decode("utf-8", "replace")))
            if code != SSH_FAILED or self.result.result == FAILED:  # the verb's words, not ssh's
                self.result = HostResult(FAILED, "the connection ended before the answer did")
        else:
            self.code = int(status[:3])
            head, told, version = self.out.rpartition(b"\nhomelab:version=")
            if told and self.code == USAGE:
                self.out, self.version = head, _version(version.decode("utf-8", "replace"))
            if self.code and b"no Python 3.9" in self.err:
                self.result = without_python(HostReply(self.code, before, self.err))

    def messages(self) -> list[str]:
        """The messages of the verb on stderr, without the name of the program before them."""
        lines = self.err.decode("utf-8", "replace").split("\n")
        shown = [line.strip("\r") for line in lines if line.strip()]
        return [line.removeprefix(read_back.OURS) for line in shown]

    def why(self) -> str:
        """Why the verb ended as it did: its last message, or its exit code."""
        err = self.err.decode("utf-8", "replace")
        ours = read_back.message(err).rstrip(".")
        if signal_of(self.code) and not ours:  # the shell's own message says no more
            return f"it was ended by signal {signal_of(self.code)} there"
        return ours or last_line(err) or f"exit code {self.code} without a message"


def late(seconds: float) -> VerbAnswer:
    """The answer of a host that did not finish within `seconds`."""
    answer = VerbAnswer("", 0, b"", b"", cut=False)
    what = f"no answer within {seconds:g} s; set a longer --timeout"
    answer.result = HostResult("timeout", what)
    return answer


def _version(text: str) -> str:
    """The version in the text of `version`, "" if it is not one."""
    words = text.split()
    good = len(words) > 1 and words[0] == "homelab" and len(words[1]) < 20
    return words[1] if good and words[1].replace(".", "").isalnum() else ""


def _not_begun(answer: HostReply) -> HostResult:
    if answer.code == SSH_FAILED:
        return unreached(answer.why or "ssh failed without a message")
    if "done" in answer.told and not answer.code:
        return not_there(answer)
    return not_run(answer)
