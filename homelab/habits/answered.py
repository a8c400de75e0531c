"""Pure: find the built-in verb that does the work of a command."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = "container list"
_LOGS = "logs query --container"
# By the public words of a command. Programs that do much more than a verb are left out.
_BY_WORDS = {
    "checkupdates": "update list",
    "chronyc tracking": "host status",
    "df": "disk usage",
    "dnf check-update": "update list",
    "dnf check-upgrade": "update list",
    "docker-compose logs": _LOGS,
    "docker-compose ps": _LISTED,
    "free": "host status",
    "logcli query": "logs query",
    "openssl s_client": "cert check",
    "sensors": "host status",
    "systemctl is-failed": "unit failed",
    "systemctl list-timers": "timer list",
    "uptime": "host status",
    "yum check-update": "update list",
    **{
        f"{engine} {words}": does
        for engine in ("docker", "podman")
        for words, does in (
            ("ps", _LISTED),
            ("compose ps", _LISTED),
            ("container list", _LISTED),
            ("container ls", _LISTED),
            ("container ps", _LISTED),
            ("compose logs", _LOGS),
            ("container logs", _LOGS),
            ("logs", _LOGS),
        )
    },
}
# Also by an option: the program or its words, the options (one is enough), the verb.
_BY_OPTION = (
    ("apt list", ("--upgradable",), "update list"),
    ("journalctl", ("-u", "-fu", "-xeu", "-eu", "--unit"), "logs query --unit"),
    ("nc", ("-z", "-zv", "-vz"), "port check"),
    ("openssl x509", ("-checkend", "-dates", "-enddate"), "cert check"),
    ("pacman", ("-Qu",), "update list"),
    ("systemctl", ("--failed",), "unit failed"),
    ("systemctl list-units", ("--failed",), "unit failed"),
)
_FILTERS = frozenset("awk column cut egrep grep head jq less more rg sort tail tee uniq wc".split())
# Options for another host or engine, which the verb does not know.
_ELSEWHERE = frozenset(("-H", "-c", "--host", "--context", "--connection", "--url"))


def answer(words: str) -> str:
    """The verb to type instead of public words (`docker ps` → `container list`), at least for some
    of their options; "" if no built-in verb does it."""
    by_option = (verb for program, _, verb in _BY_OPTION if program == words)
    return _BY_WORDS.get(words, "") or next(by_option, "")


def answer_of(pattern: str, uses: Sequence[str]) -> str:
    """The verb to type instead of a folded command with the public words `uses`; "" if no built-in
    verb does it. Filters behind it in a pipeline are ignored."""
    words = uses[0] if uses else ""
    first, *others = pattern.removeprefix("sudo ").split(" | ")
    if any(other.split(" ")[0] not in _FILTERS for other in others):
        return ""
    if not words or first.split(" ")[0] != words.split(" ")[0]:
        return ""
    options = [word.partition("=")[0] for word in first.split(" ") if word[:1] == "-"]
    if words.split(" ")[0] in ("docker", "podman") and not _ELSEWHERE.isdisjoint(options):
        return ""
    for program, any_of, verb in _BY_OPTION:
        if words == program and not set(any_of).isdisjoint(options):
            return verb
    return _BY_WORDS.get(words, "")
