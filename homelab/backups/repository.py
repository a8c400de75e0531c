"""Pure: names of repositories for display. Unlike other URLs (net/masking), the path is shown,
because it tells repositories of one server apart; passwords, tokens and keys become `…`."""

from __future__ import annotations

from homelab.net import masking
from homelab.texts import clipped

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
# Kinds of repositories of restic and borg whose user is the name of an account, not a token.
_ACCOUNTS = ("sftp", "ssh", "")
_KINDS = ("azure", "b2", "file", "gs", "local", "rclone", "rest", "s3", "sftp", "swift")
_LONGEST = 200  # characters
_QUOTES = "\"'`(<["
_SHORTEST = 4  # characters of a secret; a shorter one could be part of any word
_SECRET = ("PASS", "SECRET", "TOKEN", "KEY", "SAS")
_NAMES = ("_FILE", "_ID", "_FD", "_COMMAND", "PASSCOMMAND", "_PATH", "_DIR")  # not secrets


def masked(text: str) -> str:
    """The displayable form of a repository of restic or borg: a path, a URL, or `sftp:nas:/srv`."""
    return clipped(_masked(text), _LONGEST)


def _masked(text: str) -> str:
    kind, colon, rest = text.partition(":")
    if colon and kind in _KINDS and not rest.startswith("//"):
        begin = f"{kind}:"
    else:
        begin, kind, rest = "", "", text
    scheme, apart, address = rest.partition("://")
    if apart:
        shown = f"{masking.scheme(scheme)}://{_address(address, scheme)}"
    elif kind == "rclone":
        remote, comma, path = rest[:1] + rest[1:].partition(":")[0], "", ""
        path = rest[len(remote) :]
        remote, comma, _ = remote.partition(",")  # options of the remote may be passwords
        shown = f"{remote}{',…' if comma else ''}{path if not comma else _after_options(rest)}"
    elif "@" in rest and not rest.startswith(("/", ".", "~")):
        shown = _address(rest, kind)
    else:
        shown = rest
    return begin + shown


def _after_options(text: str) -> str:
    """The path of an rclone repository behind the options of its remote, whose values may be quoted
    and contain colons."""
    return f":{text.rpartition(':')[2]}" if '"' not in text and "'" not in text else ""


def _address(text: str, scheme: str) -> str:
    """`user@host:port/path?query` without secrets."""
    text, _, query = text.partition("?")
    host, slash, path = text.partition("/")
    user, at, host = host.rpartition("@")
    if "@" in path and (":" in user if at else not _is_plain_host(host)):
        # a password may contain a slash
        at, slash, path = "@", "", text.rpartition("@")[2]
        host, user = "", ":"
    if at:
        known = scheme in _ACCOUNTS and user and set(user) <= _PLAIN
        user = user if known else "…"
    end = masking.query(query) if "@" not in query else "?…"
    return f"{user}{at}{host}{slash}{path}{end}"


def _is_plain_host(text: str) -> bool:
    name, _, port = text.partition(":")
    return set(name) <= _PLAIN and (not port or port.isdigit())


def has_secret(text: str) -> bool:
    """Whether a repository's name has a password in it, or something that could be one."""
    return "…" in _masked(text) and "…" not in text


def secrets(env: dict[str, str]) -> list[str]:
    """The values of environment variables that may be passwords, the longest first."""
    found = [
        value
        for name, value in env.items()
        if any(word in name.upper() for word in _SECRET)
        and not name.upper().endswith(_NAMES)
        and len(value) >= _SHORTEST
    ]
    return sorted(found, key=len, reverse=True)


def cleaned(text: str, repository: str, hidden: list[str]) -> str:
    """A tool's text for display: the repository's name as in `masked`, without the `hidden` texts,
    and without passwords in URLs."""
    if repository:
        text = text.replace(repository, masked(repository))
    for value in hidden:
        text = text.replace(value, "…")
    lines = text.split("\n")
    return "\n".join(" ".join(map(_word, line.split(" "))) for line in lines)


def _word(text: str) -> str:
    """A word of a tool's text, which may be a quoted URL, without passwords."""
    if "://" not in text or "@" not in text:
        return text
    rest = text.lstrip(_QUOTES)
    return text[: len(text) - len(rest)] + masked(rest)
