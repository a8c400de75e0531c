"""Exit codes, and the two ways in which a run ends early: a `Failure` shown to the user, a signal.

The codes follow sysexits(3) where it has one, timeout(1) for 124, and the shell for 126 and 128+n.
127 is ours only if `job run` cannot find the command: over ssh it means that `homelab` is not
installed there.
"""

DONE = 0
NO = 1  # ran, and the answer is no
USAGE = 2  # wrong usage, or no such verb
UNREACHABLE = 69  # Loki or a host is unreachable: try later; or a script lacks a program
BUG = 70
BUSY = 75  # an earlier run is still running: try later
REFUSED = 77  # not allowed: authentication failed, or a login page answered
UNCONFIGURED = 78
TIMEOUT = 124
UNSTARTABLE = 126  # a drop-in that was refused or could not be started
MISSING = 127  # the command of a job was not found
SIGNALLED = 128  # + the signal's number
_LAST_SIGNAL = 64  # of Linux; a larger code is a program's own: ssh ends with 255

MEANINGS = {
    DONE: "done",
    NO: "ran, and the answer is no",
    USAGE: "wrong usage, or no such verb",
    UNREACHABLE: "Loki or a host is unreachable; try later",
    BUG: "a bug in homelab",
    BUSY: "an earlier run of the job is still running; try later",
    REFUSED: "access refused",
    UNCONFIGURED: "settings missing or broken",
    TIMEOUT: "no answer within --timeout",
    UNSTARTABLE: "the drop-in was refused or could not be started",
    MISSING: "command not found",
}


def signal_of(code: int) -> int:
    """The number of the signal that ended a program with this exit code (128+n); 0 for any other
    code."""
    number = code - SIGNALLED
    return number if 0 < number <= _LAST_SIGNAL else 0


class Failure(Exception):
    """A run that fails: one sentence (what, why, what to do) and its exit code."""

    def __init__(self, code: int, sentence: str, usage_of: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = 0  # status of the HTTP answer, if there was one
        self.words = ""  # the text of that answer, if it had any
        self.wait = 0.0  # s to wait before the next try, as the server asks (Retry-After)
        self.broken = False  # whether an open connection broke
        self.below = ""  # lines to print below the sentence, safe for a terminal
        self.usage_of = usage_of  # path of a verb; an example of it is printed below the sentence


class Signalled(BaseException):
    """A signal asked this process to end; `number` is the signal. It is not an `Exception`, so that
    no verb catches it by accident."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
