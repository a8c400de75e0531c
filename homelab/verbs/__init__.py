"""The registry of the built-in verbs. A verb's path is its place: `usage top` is described in
verbs/usage/spec.py and done by verbs/usage/top.py. Exceptions: `usage on` and `usage off` are in
switch.py, `verbs` alone is in verbs/verbs/list.py, `check` is in verbs/check/check.py, and
`completion`, `config`, `help`, `manifest`, `mcp` and `version` are in verbs/about/. Parser, help,
completion, manifest and the telemetry vocabulary are made from this table."""

from __future__ import annotations

from homelab.catalogue.registry import Registry

GROUPS = {
    "backup": "backups and their age",
    "cert": "certificates",
    "container": "what Docker and Podman run",
    "disk": "disks, pools and file systems",
    "host": "this machine",
    "job": "commands that cron and timers run",
    "logs": "log lines kept by Loki",
    "port": "TCP ports of hosts",
    "self": "this file and its copies",
    "service": "services that answer over HTTP",
    "timer": "systemd's timers",
    "unit": "systemd's units",
    "update": "this host's packages",
    "usage": "how the verbs are used",
    "verbs": "this host's verbs, including your own",
}
# What a group's word alone runs: a verb that reads only and needs no operand.
DEFAULTS = {
    "container": "container list",
    "disk": "disk usage",
    "host": "host status",
    "job": "job list",
    "timer": "timer list",
    "unit": "unit failed",
    "update": "update list",
    "usage": "usage top",
}
_ABOUT = ("completion", "config", "help", "manifest", "mcp", "version")
BUILT_IN = Registry(
    __name__,
    GROUPS,
    {
        **{name: name for name in GROUPS},
        **dict.fromkeys(_ABOUT, "about"),
        "check": "check",
        "on": "on",
    },
    DEFAULTS,
)
