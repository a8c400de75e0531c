"""Every built-in verb, as data: the one table from which parser, help, manifest and the telemetry
vocabulary are read. A family of verbs is a file, which is loaded when one of its verbs is asked
for: a run pays for its own family alone."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.verb import Verb

GROUPS = (
    ("cert", "certificates"),
    ("container", "what Docker and Podman run"),
    ("disk", "file systems"),
    ("host", "this machine"),
    ("job", "commands that cron and timers run"),
    ("logs", "log lines kept by Loki"),
    ("port", "TCP ports of hosts"),
    ("self", "this file, here and on other hosts"),
    ("service", "services that answer over HTTP"),
    ("timer", "systemd's timers"),
    ("unit", "systemd's units"),
    ("update", "this host's packages"),
    ("usage", "how the verbs are used"),
    ("verbs", "this host's verbs, your own among them"),
)
# The file that has the verbs of each first word.
FAMILIES = {
    **{name: name for name, _ in GROUPS},
    **dict.fromkeys(("completion", "config", "help", "manifest", "mcp", "version"), "about"),
}
_loaded: dict[str, dict[str, Verb]] = {}


def family(word: str) -> dict[str, Verb]:
    """The verbs that share a file with those that begin with `word`, by path; none where no
    built-in does."""
    name = FAMILIES.get(word, "")
    if name and name not in _loaded:
        module = __import__(f"homelab.catalogue.{name}", fromlist=["VERBS"])
        _loaded[name] = {verb.path: verb for verb in module.VERBS}
    return _loaded.get(name, {})


def find(path: str) -> Verb | None:
    """The built-in of that path, or None."""
    return family(path.partition(" ")[0]).get(path)


def verb(path: str) -> Verb:
    """The built-in of that path. Raises KeyError where there is none."""
    return family(path.partition(" ")[0])[path]


def every() -> list[Verb]:
    """All built-ins, sorted by path."""
    found = {path: verb for word in FAMILIES for path, verb in family(word).items()}
    return [found[path] for path in sorted(found)]


def paths() -> frozenset[str]:
    """The paths of all built-ins."""
    return frozenset(path for word in FAMILIES for path in family(word))
