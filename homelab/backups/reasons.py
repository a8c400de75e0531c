"""Pure: why a backup tool gave no answer, in words, from its exit code and stderr."""

from __future__ import annotations

from homelab.net import bounded_json
from homelab.texts import clipped, lines

MISSING = "missing"  # the tool was asked, and there is no repository
UNKNOWN = "unknown"
_LONGEST = 200  # characters of a tool's own words
_AS = "run this as the account that makes the backup"
_PLACE = "check its name, and whether its disk is mounted"
_ALL = " & "  # between parts of a phrase that must all be there
_VALUES = 100  # of a message of restic in JSON
_TRACEBACK = "Traceback (most recent call last)"
# How lines that say what is wrong begin: of restic, of Go, of borg and btrbk.
_WRONG = ("fatal:", "panic:", "error:")

# Phrases of stderr in lower case, the kind, and the words; the first that matches counts. Network
# failures are above others: restic asks "Is there a repository …?" after those, too. Only phrases
# about the repository itself say that there is none: a missing key or cache is another matter.
_NETWORK = (
    (("borg: command not found", "borg: not found"), UNKNOWN,
     "its host has no borg; install borg there, or set BORG_REMOTE_PATH"),
    (("connection refused",), UNKNOWN, "its host refuses the connection"),
    (("host key verification failed",), UNKNOWN,
     "ssh does not know the key of its host; connect once by hand"),
    (("permission denied (", "permission denied, please try again"),
     UNKNOWN, f"its host refuses this account; {_AS}"),
    (("unauthorized", "forbidden", "access denied", "access key id you provided"), UNKNOWN,
     "its server refuses the user or key; check the variables of the backup job"),
    (("no route to host", "network is unreachable"), UNKNOWN, "its host is unreachable"),
    (("could not resolve hostname", "no such host", "name or service not known"), UNKNOWN,
     "the name of its host is unknown"),
    (("connection timed out", "i/o timeout", "operation timed out"), UNKNOWN,
     "its host does not answer"),
    (("x509:", "certificate verify failed"), UNKNOWN, "the certificate of its host is not trusted"),
    (("connection closed by remote host", "connection reset", "unable to start the sftp session"),
     UNKNOWN, "its host closed the connection"),
)  # fmt: skip
_LOCKED = "it is locked: a backup or prune may be running; try again when it is done"
_RESTIC = (
    (("wrong password or no key found",), UNKNOWN,
     "wrong password; correct RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND"),
    (("an empty password is not",), UNKNOWN,
     "no password; set RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND"),
    (("resolving password failed",), UNKNOWN,
     "the password can't be read; check RESTIC_PASSWORD_FILE and RESTIC_PASSWORD_COMMAND"),
    (("please specify repository location",), UNKNOWN,
     "no repository is named; write restic:REPOSITORY, or set RESTIC_REPOSITORY"),
    (("unknown flag", "unknown shorthand", "unknown command"), UNKNOWN,
     "this restic is too old; install 0.9 or newer"),
    (("unsupported repository version",), UNKNOWN,
     "this restic is too old for the repository; install the version that makes the backup"),
    (("already locked", "unable to create lock"), UNKNOWN, _LOCKED),
    (("permission denied",), UNKNOWN, f"permission denied; {_AS}"),
    (("repository does not exist", "unable to open config file & no such file",
      "unable to open config file & does not exist", "unable to open config file & (404)"),
     MISSING, f"there is no repository; {_PLACE}"),
)  # fmt: skip
_BORG = (
    (("passcommand supplied",), UNKNOWN, "the command in BORG_PASSCOMMAND failed; run it by hand"),
    (("is incorrect", "wrong passphrase"), UNKNOWN,
     "wrong passphrase; correct BORG_PASSCOMMAND or BORG_PASSPHRASE"),
    (("can not acquire a passphrase", "interactive password query failed"), UNKNOWN,
     "no passphrase; set BORG_PASSCOMMAND or BORG_PASSPHRASE"),
    (("failed to create/acquire the lock & permission denied",), UNKNOWN,
     f"permission denied; {_AS}"),
    (("failed to create/acquire the lock & read-only file system",), UNKNOWN,
     "its file system is read-only, and borg needs to write a lock; mount it read-write"),
    (("failed to create/acquire the lock", "lock.exclusive", "locktimeout"), UNKNOWN, _LOCKED),
    (("was previously located at",), UNKNOWN,
     "it has moved; run borg list once by hand, and accept its new place"),
    (("previously unknown unencrypted",), UNKNOWN,
     f"borg has not used this unencrypted repository here; {_AS}, or run borg list once by hand"),
    (("no key file for repository", "no key file found"), UNKNOWN,
     f"its key file is not here; {_AS}"),
    (("permission denied", "insufficient permission"), UNKNOWN, f"permission denied; {_AS}"),
    (("no repository specified", "valid repository url", "repository is required",
      "need a repository", 'invalid location format: ""'), UNKNOWN,
     "no repository is named; write borg:REPOSITORY, or set BORG_REPO"),
    (("invalid location format",), UNKNOWN,
     "borg does not take this name of a repository; write a path, or ssh://USER@HOST/./PATH"),
    (("unexpected rpc data",), UNKNOWN,
     "its host prints other text when borg logs in; remove that from the login scripts there"),
    (("repository & does not exist", "is not a valid repository"), MISSING,
     f"there is no repository; {_PLACE}"),
)  # fmt: skip
_ZFS = (
    (("dataset does not exist", "no datasets available", "no such pool"), MISSING,
     "there is no such dataset; zfs list shows all"),
    (("modules are not loaded", "/dev/zfs", "permission denied"), UNKNOWN,
     "this account can't ask ZFS, or ZFS is not loaded; try as root"),
)  # fmt: skip
_BTRBK = (
    (("configuration file not found",), UNKNOWN, "there is no such file; name btrbk's settings"),
    (("failed to parse", "parse error"), UNKNOWN,
     "btrbk can't read these settings; btrbk -c FILE list config shows why"),
)  # fmt: skip
_PHRASES = {"restic": _RESTIC, "borg": _BORG, "zfs": _ZFS, "btrbk": _BTRBK}
# Exit codes from restic 0.17 on (docs/075_scripting.rst).
_CODES = {
    ("restic", 10): "repository does not exist",
    ("restic", 11): "already locked",
    ("restic", 12): "wrong password or no key found",
}


def reason(tool: str, code: int, errors: str, shown: str) -> tuple[str, str]:
    """MISSING or UNKNOWN, and the reason in words; `errors` is the tool's stderr, of which only the
    form `shown`, without secrets, may be repeated."""
    text = f"{errors.lower()} {_CODES.get((tool, code), '')}"
    for phrases, kind, words in (*_NETWORK, *_PHRASES.get(tool, ())):
        if any(all(part in text for part in phrase.split(_ALL)) for phrase in phrases):
            return kind, words
    said = sentence(shown)
    return UNKNOWN, f"{tool} failed with exit code {code}{f': {said}' if said else ''}"


def sentence(text: str) -> str:
    """The line of a tool's stderr that says what is wrong, "" if there is none: the error below the
    last traceback of Python, else the first line that begins like an error, else the last line."""
    found = [line for each in lines(text) for line in lines(_message(each)) if line.strip()]
    traces = [at for at, line in enumerate(found) if line.startswith(_TRACEBACK)]
    if traces:
        below = [line for line in found[traces[-1] + 1 :] if not line.startswith((" ", "\t"))]
        found = below[:1] or found
    wrong = [line for line in found if line.strip().lower().startswith(_WRONG)]
    line = (wrong or found[-1:] or [""])[0].strip()
    return clipped(line.removeprefix("Fatal: "), _LONGEST)


def _message(line: str) -> str:
    """The message in a line of JSON, as restic 0.18 prints it (docs/075_scripting.rst); another
    line as it is."""
    if not line.startswith("{"):
        return line
    try:
        found = bounded_json.loads(line.encode("utf-8", "surrogatepass"), _VALUES)
    except ValueError:
        return line
    message = found.get("message") if isinstance(found, dict) else None
    return message if isinstance(message, str) else line
