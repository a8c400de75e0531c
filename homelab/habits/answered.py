"""Pure: which built-in verb does what a command does."""

from __future__ import annotations

from homelab.habits import public_words
from homelab.telemetry import vocabulary

_LISTED = "container list"
_WITH_SUBCOMMANDS = {
    "apt list": "update list",
    "checkupdates": "update list",
    "chronyc tracking": "host status",
    "dnf check-update": "update list",
    "dnf check-upgrade": "update list",
    "openssl s_client": "cert check",
    "openssl x509": "cert check",
    "systemctl is-failed": "unit failed",
    "systemctl list-timers": "timer list",
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
            ("compose logs", "logs query --container"),
            ("container logs", "logs query --container"),
            ("logs", "logs query --container"),
        )
    },
    "docker-compose ps": _LISTED,
    "docker-compose logs": "logs query --container",
}
# Programs that mean less as a word of homelab's than they do by themselves.
_OTHERS = frozenset("curl grep ls nmap ps wget".split())


def answer(words: str) -> str:
    """What is typed behind `homelab` in place of a program with its subcommands (`docker ps` →
    `container list`); "" where no built-in does it."""
    if words in _WITH_SUBCOMMANDS:
        return _WITH_SUBCOMMANDS[words]
    if " " in words or words in _OTHERS or public_words.subcommands(words):
        return ""
    return vocabulary.answer(words)
