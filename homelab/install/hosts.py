"""Pure: names of hosts as ssh takes them, from the command line and from lists."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SHELLS = frozenset(" '\"`$\\;&<>|(){}")  # a ProxyCommand with %h in it would hand them to a shell


def wrong(name: str) -> str:
    """What keeps ssh from taking `name` for a host, "" where nothing does. What begins with a dash
    would be an option of ssh's, and some of those run commands."""
    if name.startswith("-"):
        return "it begins with a dash"
    host = name.rpartition("@")[2]
    if not host or name.startswith("@"):
        return "it names no host"
    if host.startswith("-"):
        return "its host begins with a dash"
    if not name.isprintable() or set(name) & _SHELLS:
        return "no host has such a name"
    return ""


def listed(text: str) -> list[tuple[int, str]]:
    """The names of a list, with their line numbers: the first word of each line (what follows may
    be what it is for, as in /etc/hosts or an inventory), `#` begins a comment."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.partition("#")[0].split()
        if words:
            found.append((number, words[0]))
    return found


def once(names: Iterable[str]) -> list[str]:
    """The names in their order, each once: two copies at once to one host are no use."""
    return list(dict.fromkeys(names))


def configured(text: str) -> list[str]:
    """The names that an ssh_config(5) has settings for; patterns are none."""
    found = []
    for line in text.split("\n"):
        words = line.replace("=", " ", 1).split()
        if words and words[0].lower() == "host":
            found += [word for word in words[1:] if not set(word) & set("*?!") and not wrong(word)]
    return found


def known(text: str) -> list[str]:
    """The names in a known_hosts file (sshd(8)), where they are not hashed."""
    found = []
    for line in text.split("\n"):
        words = [word for word in line.split() if word[0] != "@"]  # @revoked, @cert-authority
        for name in words[0].split(",") if words else ():
            if name[:1].isalnum() and not wrong(name):
                found.append(name)
    return found
