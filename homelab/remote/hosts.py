"""Pure: names of hosts as ssh takes them, from the command line and from lists."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# A ProxyCommand with %h in it would pass them to a shell; a pattern is not a host name, and U+FFFD
# replaces bytes that were not UTF-8.
_SHELLS = frozenset(" '\"`$\\;&<>|(){}*?!\ufffd")


def wrong(name: str) -> str:
    """Why ssh would not take `name` for a host, "" if it would. A name that begins with a dash
    would be an option of ssh, and some of those run commands."""
    rest = name[6:] if name.startswith("ssh://") else name
    if rest.startswith("-"):
        return "it begins with a dash"
    host = rest.rpartition("@")[2]
    if ":" in rest.rpartition("@")[0] or "/" in rest:  # a URL, or an account with its password
        return "not a name that ssh takes; write HOST or USER@HOST"
    if not host or rest.startswith("@"):
        return "there is no host name"
    if host.startswith("-"):
        return "its host begins with a dash"
    if not name.isprintable() or set(name) & _SHELLS:
        return "it has a character that no host name has"
    if "=" in name:
        return "it is a variable (NAME=VALUE)"
    if "," in name:
        return "it has a comma; put each host on a line of its own"
    if rest != name:  # ssh://HOST:PORT
        return ""
    if "[" in host[1:]:
        return "ranges like web[01:03] can't be read; write each host as a word of its own"
    before, colon, port = host.partition("]:" if host[0] == "[" else ":")
    if colon and before and not port:
        return "it ends with a colon"
    if colon and before and port.isdigit():
        return "it has a port; ssh takes that from Port in ~/.ssh/config"
    return ""


class HostList:
    """The hosts of a list: `names` with their line numbers, and the `ignored` variables of an
    Ansible inventory, sorted."""

    __slots__ = ("ignored", "names")

    def __init__(self, names: list[tuple[int, str]], ignored: Iterable[str] = ()) -> None:
        self.names = names
        self.ignored = sorted(set(ignored))


def listed(text: str) -> HostList:
    """Parse the hosts of a list: the first word of each line (a note may follow), `#` begins a
    comment. An Ansible inventory in INI is such a list with sections; those of variables and of
    groups name no hosts. Of an ssh_config(5), the names after Host. Raises ValueError with the line
    and the reason; a file of another kind is refused.
    """
    lines = text.split("\n")
    if any(_of_ssh(line) for line in lines):
        names = [(i, name) for i, line in enumerate(lines, 1) for name in configured(line)]
        return HostList(names)
    found: list[tuple[int, str]] = []
    ignored: list[str] = []
    passed_over = False  # the section has no hosts
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words or words[0].startswith(";"):
            continue
        if words[0].startswith("[") and not words[0].startswith(('["', "[{")):
            passed_over = _without_hosts(" ".join(words).partition(" ;")[0], number)
            continue
        ignored += [word.partition("=")[0] for word in words if _is_variable(word)]
        if passed_over:
            continue
        of_yaml = (
            words[0] in ("-", "---")
            or words[0][0] in "{["
            or words[-1].endswith(":")
            or (words[0].endswith(":") and words[0].count(":") == 1)
        )
        if of_yaml and not found:
            raise ValueError(
                f"line {number}: YAML and JSON can't be read here; write one host per line, or use"
                " an inventory in INI"
            )
        if "[" in words[0][1:]:
            raise ValueError(
                f"line {number}: ranges like web[01:03] can't be read; write one host per line"
            )
        found.append((number, words[0]))
    return HostList(found, ignored)


def _of_ssh(line: str) -> bool:
    """Whether a line is the Host or Match of an ssh_config(5)."""
    words = line.split()
    return len(words) > 1 and words[0] in ("Host", "Match", "host")


def _is_variable(word: str) -> bool:
    return word.startswith("ansible_") and "=" in word


def _without_hosts(section: str, number: int) -> bool:
    """Whether the section of an INI inventory has variables or groups instead of hosts. Raises
    ValueError if it is not a section."""
    name, colon, kind = section[1:-1].partition(":")
    if section[-1] != "]" or not name or (colon and kind not in ("vars", "children", "hosts")):
        raise ValueError(f"line {number}: neither a host nor a section like [lab] or [lab:vars]")
    return kind in ("vars", "children")


def once(names: Iterable[str]) -> list[str]:
    """The names in their order, without duplicates: two copies at once to one host make no
    sense."""
    return list(dict.fromkeys(names))


def configured(text: str) -> list[str]:
    """The names that an ssh_config(5) has settings for, without patterns."""
    found = []
    for line in text.split("\n"):
        words = line.replace("=", " ", 1).split()
        if words and words[0].lower() == "host":
            found += [word for word in words[1:] if not set(word) & set("*?!") and not wrong(word)]
    return found


def known(text: str) -> list[str]:
    """The names in a known_hosts file (sshd(8)) that are not hashed."""
    found = []
    for line in text.split("\n"):
        words = [word for word in line.split() if word[0] != "@"]  # @revoked, @cert-authority
        for name in words[0].split(",") if words else ():
            if name[:1].isalnum() and not wrong(name):
                found.append(name)
    return found
