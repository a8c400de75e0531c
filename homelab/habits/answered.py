"""Pure: which built-in verb does what a command does."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = "container list"
_LOGS = "logs query --container"
# By the public words of a command. A program that does much more than the verb is not here.
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
# By an option, too: the program or its words, one of the options, the verb.
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
# Options that lead to another host or engine, of which the verb knows nothing.
_ELSEWHERE = frozenset(("-H", "-c", "--host", "--context", "--connection", "--url"))


def answer(words: str) -> str:
    """What is typed behind `homelab` in place of public words (`docker ps` → `container list`), for
    some of their options at least; "" where no built-in does it."""
    by_option = (verb for program, _, verb in _BY_OPTION if program == words)
    return _BY_WORDS.get(words, "") or next(by_option, "")


def answer_of(pattern: str, uses: Sequence[str]) -> str:
    """What is typed behind `homelab` in place of a folded command whose public words are `uses`; ""
    where no built-in does it. Filters that follow in a pipeline are passed over."""
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
