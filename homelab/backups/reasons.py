"""Pure: why a backup tool gave no answer, in words, from its exit code and stderr."""

from __future__ import annotations

from homelab.texts import clipped, lines

MISSING = "missing"  # the tool was asked, and there is no repository
UNKNOWN = "unknown"
_LONGEST = 200  # characters of a tool's own words
_AS = "run this as the account that makes the backup"
_PLACE = "check its name, and whether its disk is mounted"

# Phrases of stderr in lower case, the kind, and the words; the first that matches counts. Network
# failures are above others: restic asks "Is there a repository …?" after those, too.
_NETWORK = (
    (("connection refused",), UNKNOWN, "its host refuses the connection"),
    (("host key verification failed",), UNKNOWN,
     "ssh does not know the key of its host; connect once by hand"),
    (("permission denied (publickey", "permission denied, please try again", "unauthorized"),
     UNKNOWN, f"its host refuses this account; {_AS}"),
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
    (("already locked", "unable to create lock"), UNKNOWN, _LOCKED),
    (("permission denied",), UNKNOWN, f"permission denied; {_AS}"),
    (("no such file or directory", "repository does not exist", "file does not exist",
      "unexpected http response (404)"), MISSING, f"there is no repository; {_PLACE}"),
)  # fmt: skip
_BORG = (
    (("passcommand supplied",), UNKNOWN, "the command in BORG_PASSCOMMAND failed; run it by hand"),
    (("is incorrect", "wrong passphrase"), UNKNOWN,
     "wrong passphrase; correct BORG_PASSCOMMAND or BORG_PASSPHRASE"),
    (("can not acquire a passphrase", "interactive password query failed"), UNKNOWN,
     "no passphrase; set BORG_PASSCOMMAND or BORG_PASSPHRASE"),
    (("failed to create/acquire the lock", "lock.exclusive", "locktimeout"), UNKNOWN, _LOCKED),
    (("was previously located at",), UNKNOWN,
     "it has moved; run borg list once by hand, and accept its new place"),
    (("previously unknown unencrypted",), UNKNOWN,
     f"borg has not used this unencrypted repository here; {_AS}, or run borg list once by hand"),
    (("no key file for repository", "no key file found"), UNKNOWN,
     f"its key file is not here; {_AS}"),
    (("permission denied", "insufficient permission"), UNKNOWN, f"permission denied; {_AS}"),
    (("no repository specified", "valid repository url", "repository is required",
      "need a repository"), UNKNOWN,
     "no repository is named; write borg:REPOSITORY, or set BORG_REPO"),
    (("does not exist", "is not a valid repository", "no such file or directory"), MISSING,
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
        if any(phrase in text for phrase in phrases):
            return kind, words
    return UNKNOWN, f"{tool} failed with exit code {code}{_last(shown)}"


def _last(shown: str) -> str:
    """The last line of a tool's stderr as the end of a sentence."""
    found = [line.strip() for line in lines(shown) if line.strip()]
    return f": {clipped(found[-1], _LONGEST)}" if found else ""
