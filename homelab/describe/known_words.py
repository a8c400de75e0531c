"""Pure: names from outside that the program knows: labels of log lines, environment variables."""

from __future__ import annotations

# Labels that what home labs run gives to its log lines (promtail, Alloy, journald, Docker).
LABELS = (
    "app", "compose_project", "compose_service", "container", "container_name", "filename", "host",
    "hostname", "instance", "job", "level", "namespace", "pod", "priority", "service",
    "service_name", "stream", "unit", "user", "verb",
)  # fmt: skip

# What else is read of the environment, beside the settings.
VARIABLES = (
    ("APT_CONFIG", "apt's own settings file, of which its kept answers depend"),
    ("ATUIN_CONFIG_DIR", "where usage habits finds atuin's settings"),
    ("ATUIN_DATA_DIR", "where usage habits finds atuin's database"),
    ("ATUIN_DB_PATH", "atuin's database, which usage habits reads"),
    ("BROWSER", "what usage report --open shows its page with"),
    ("CONTAINER_HOST", "unix://…: the Podman socket that container list asks"),
    ("DOCKER_HOST", "unix://…: the Docker socket that container list asks"),
    ("DO_NOT_TRACK", "any value but 0 and false: nothing is counted"),
    ("HISTFILE", "the history of your shell, which usage habits reads"),
    ("HOMELAB_COMPLETE_LOKI", "1: a TAB may ask Loki for labels, 0.3 s at most"),
    ("HOMELAB_DEBUG", "1: a bug shows its traceback"),
    (
        "HOMELAB_HOSTS",
        "the only hosts that service, port and cert check ask, with commas; * is any",
    ),
    ("HOMELAB_READ_ONLY", "1: only verbs that are declared to read run"),
    ("NO_COLOR", "any value: no colours at a terminal"),
    ("SHELL", "whose history HISTFILE is, where its name does not say so"),
    ("TERM", "dumb, linux: no bars are drawn; dumb: no colours either"),
    ("XDG_CACHE_HOME", "where cached answers and shell histories are, instead of ~/.cache"),
    ("XDG_CONFIG_HOME", "where settings stand, instead of ~/.config"),
    ("XDG_DATA_DIRS", "where shells look for completion; self install says whether they find it"),
    ("XDG_DATA_HOME", "where your own verbs stand, instead of ~/.local/share"),
    ("XDG_RUNTIME_DIR", "your own folder of sockets; systemd and containers are asked there, too"),
    ("XDG_STATE_HOME", "where journal, outbox and jobs stand, instead of ~/.local/state"),
    ("ZDOTDIR", "where usage habits looks for the history of zsh, too"),
)
