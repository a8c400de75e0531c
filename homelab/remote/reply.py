"""Pure: what another host answered over ssh, and what that means in words."""

from __future__ import annotations

import json

from homelab.errors import signal_of
from homelab.output.read_back import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SSH_FAILED = 255  # ssh's own exit code: the command did not start
CURRENT, MISSING, FAILED = "current", "missing", "failed"
FOREIGN = "foreign"  # another account may change the installed file, so it is not run
_MOST_SAID = 200  # characters of a login's output in a sentence
_DEAD = "is it up, and does it run sshd?"


class HostReply:
    """The answer of a host: `code` of ssh, the lines `told` by name, the documents of `version` and
    of `self unpack` (`unpacked`) of the homelab there (empty if none was printed), `why`, the last
    line of its stderr without the name of the program before it, and `said`, the last line of its
    stdout if our script did not begin."""

    __slots__ = ("code", "said", "told", "unpacked", "version", "why")

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code = code
        text = out.decode("utf-8", "replace")
        lines = text.splitlines()
        pairs = [line[8:].partition("=") for line in lines if line.startswith("homelab:")]
        self.told = {name: value for name, _, value in pairs}
        self.version = _document(text, "homelab.version/1")
        self.unpacked = _document(text, "homelab.self-unpack/1")
        self.why = last_line(err.decode("utf-8", "replace")).removeprefix(OURS)
        self.said = "" if self.told else last_line(text)


def last_line(text: str) -> str:
    """The last line of a text that is not blank, safe for a sentence."""
    lines = [line.strip(" .\r\t") for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("exit status")]
    return lines[-1] if lines else ""


def _document(text: str, schema: str) -> dict[str, Any]:
    """The last JSON document of that schema in a text."""
    start = text.rfind(f'{{\n  "schema": "{schema}"')
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


def without_python(answer: HostReply) -> HostResult:
    """The result of a host without a Python for homelab."""
    old = HostResult("old python", "", answer)
    if old.python:
        found = f"its python3 is {old.python}, and homelab needs 3.9 or newer"
        return HostResult("old python", f"{found}; install a newer one there", answer)
    return HostResult("no python", "no Python 3.9 or newer there; install python3", answer)


def not_there(answer: HostReply) -> HostResult:
    """The result of a host whose script ended because there is no homelab, or none that may be
    run."""
    if answer.told.get("done") == MISSING:
        return HostResult(MISSING, "no homelab there; homelab self push installs it", answer)
    what = f"another account may change {answer.told.get('at', 'it')}"
    remedy = "remove that right, or choose another --prefix"
    path = answer.told.get("path", "the installed copy")
    return HostResult(FAILED, f"{path} is not run: {what}; {remedy}", answer)


def not_run(answer: HostReply) -> HostResult:
    """The result of a host whose login did not run our script: it ended before, its account may
    run one command only (ForceCommand), or its shell is none (nologin)."""
    if signal_of(answer.code) and not answer.told:
        return HostResult(FAILED, f"ssh was killed by signal {signal_of(answer.code)}; try again")
    if answer.said and not answer.why:
        did = f"its login printed {answer.said[:_MOST_SAID]!r} and ran no command"
        return HostResult(FAILED, f"{did}; use an account that may run commands there", answer)
    why = answer.why or f"exit code {answer.code}"
    return HostResult(FAILED, f"{why}; does this account have a POSIX sh?", answer)


def unreached(why: str, otherwise: str = "") -> HostResult:
    """The result of a host that ssh did not reach, by the last line of its stderr; `otherwise` is
    what else helps without a key."""
    for sign, result, remedy in (
        (
            "Permission denied",
            "denied",
            f"load a key that the host accepts (ssh-add){otherwise}",
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
