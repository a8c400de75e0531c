"""Pure: names from outside that homelab knows: labels of log lines, environment variables."""

from __future__ import annotations

# Labels that the usual programs give to log lines (promtail, Alloy, journald, Docker).
LABELS = (
    "app", "compose_project", "compose_service", "container", "container_name", "filename", "host",
    "hostname", "instance", "job", "level", "namespace", "pod", "priority", "service",
    "service_name", "stream", "unit", "user", "verb",
)  # fmt: skip

# Environment variables other than those of the settings.
VARIABLES = (
    ("APT_CONFIG", "apt's own settings file; cached answers of apt depend on it"),
    ("ATUIN_CONFIG_DIR", "where usage habits finds atuin's settings"),
    ("ATUIN_DATA_DIR", "where usage habits finds atuin's database"),
    ("ATUIN_DB_PATH", "atuin's database, which usage habits reads"),
    ("BROWSER", "the browser that usage report --open starts"),
    ("CONTAINER_HOST", "unix://…: the Podman socket that container list asks"),
    ("DOCKER_HOST", "unix://…: the Docker socket that container list asks"),
    ("DO_NOT_TRACK", "any value except 0 and false: nothing is counted"),
    ("HISTFILE", "the history of your shell, which usage habits reads"),
    ("HOMELAB_COMPLETE_LOKI", "1: TAB completion may ask Loki for labels, for 0.3 s at most"),
    ("HOMELAB_DEBUG", "1: a bug shows its traceback"),
    (
        "HOMELAB_HOSTS",
        "the only hosts that service, port and cert check contact, separated by commas; * for any",
    ),
    ("HOMELAB_READ_ONLY", "1: only verbs whose effect is read can run"),
    ("NO_COLOR", "any value: no colours at a terminal"),
    ("SHELL", "the shell that wrote HISTFILE, if the name of that file does not tell"),
    ("TERM", "dumb, linux: no bars are drawn; dumb: also no colours"),
    ("XDG_CACHE_HOME", "folder for cached answers and shell histories, instead of ~/.cache"),
    ("XDG_CONFIG_HOME", "folder for settings, instead of ~/.config"),
    ("XDG_DATA_DIRS", "where shells look for completion; self install reports if they find it"),
    ("XDG_DATA_HOME", "folder for your own verbs, instead of ~/.local/share"),
    ("XDG_RUNTIME_DIR", "your folder of sockets, also used for systemd and containers"),
    ("XDG_STATE_HOME", "folder for journal, outbox and jobs, instead of ~/.local/state"),
    ("ZDOTDIR", "another folder in which usage habits looks for the history of zsh"),
)
