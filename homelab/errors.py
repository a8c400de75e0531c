"""Exit codes, and the two ways in which a run ends early: a `Failure` told to the user, a signal.

The codes follow sysexits(3) where it has one, timeout(1) for 124 and the shell for 126 and 128+n.
127 is ours only where `job run` names a command that is not there: over ssh it means that `homelab`
is not installed there.
"""

DONE = 0
NO = 1  # ran, and the answer is no
USAGE = 2  # wrong usage, or no such verb
UNREACHABLE = 69  # Loki or a host is out of reach: try later; or a program that a script needs
BUG = 70
BUSY = 75  # an earlier run goes on: try later
REFUSED = 77  # not allowed: authentication, or a login page in front
UNCONFIGURED = 78
TIMEOUT = 124
UNSTARTABLE = 126  # a drop-in that was refused or could not be started
MISSING = 127  # the command of a job is not there
SIGNALLED = 128  # + the signal's number

MEANINGS = {
    DONE: "done",
    NO: "ran, and the answer is no",
    USAGE: "wrong usage, or no such verb",
    UNREACHABLE: "Loki or a host is out of reach; try later",
    BUG: "a bug in homelab",
    BUSY: "an earlier run of the job goes on; try later",
    REFUSED: "access refused",
    UNCONFIGURED: "settings missing or broken",
    TIMEOUT: "no answer within --timeout",
    UNSTARTABLE: "the drop-in was refused or could not be started",
    MISSING: "the command is not there",
}


class Failure(Exception):
    """A run that can't be answered: one sentence (what, why, what to do) and its exit code."""

    def __init__(self, code: int, sentence: str, usage_of: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = 0  # of the HTTP answer that it is about, where there was one
        self.words = ""  # what that answer said, where it was text
        self.wait = 0.0  # s that the other side asks to wait before the next try (Retry-After)
        self.broken = False  # a connection that stood broke off
        self.below = ""  # lines that stand below the sentence, fit for a terminal
        self.usage_of = usage_of  # a verb's path, of which an example is shown below the sentence


class Signalled(BaseException):
    """A signal asked this process to end (its number in `number`); not an `Exception`, so that no
    verb swallows it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
