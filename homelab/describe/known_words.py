"""Pure: names that other programs gave: labels of log lines, environment variables."""

from __future__ import annotations

# Labels that log shippers in home labs set (promtail, Alloy, journald, Docker).
LABELS = (
    "app", "compose_project", "compose_service", "container", "container_name", "filename", "host",
    "hostname", "instance", "job", "level", "namespace", "pod", "priority", "service",
    "service_name", "stream", "unit", "user", "verb",
)  # fmt: skip

# Environment variables that homelab reads and that are not settings.
VARIABLES = (
    ("APT_CONFIG", "apt's settings file; cached answers depend on it"),
    ("ATUIN_CONFIG_DIR", "where usage habits finds atuin's settings"),
    ("ATUIN_DATA_DIR", "where usage habits finds atuin's database"),
    ("ATUIN_DB_PATH", "atuin's database, which usage habits reads"),
    ("BORG_REPO", "the repository of borg that backup age asks if no source is named"),
    ("BROWSER", "the browser that usage report --open starts"),
    ("CONTAINER_HOST", "the Podman socket that container list asks: unix://…"),
    ("DOCKER_HOST", "the Docker socket that container list asks: unix://…"),
    ("DO_NOT_TRACK", "any value except 0 and false: homelab counts nothing"),
    ("HISTFILE", "the history of your shell, which usage habits reads"),
    ("HOMELAB_COMPLETE_LOKI", "1: TAB completion asks Loki for labels, for 0.3 s at most"),
    ("HOMELAB_DEBUG", "1: a bug shows its traceback"),
    ("HOMELAB_CHECK", "set for own checks and plugins: homelab check does not run inside them"),
    (
        "HOMELAB_HOSTS",
        "hosts that service, port and cert check may ask, separated by commas; * is any",
    ),
    ("HOMELAB_JOB", "set by job run: the job's name; while it runs, checks do not judge it"),
    ("HOMELAB_JOB_PROBLEMS", "set by job run: the file to which check writes what has a problem"),
    ("HOMELAB_ON", "set by on, on the other hosts: HOMELAB_TELEMETRY there; on counts the run"),
    ("HOMELAB_READ_ONLY", "1: only verbs with the effect read run"),
    ("NO_COLOR", "any value: no colours at a terminal"),
    ("RESTIC_REPOSITORY", "the repository of restic that backup age asks if no source is named"),
    ("RESTIC_REPOSITORY_FILE", "a file that names that repository"),
    ("SHELL", "your shell; it says which format HISTFILE has if its name does not"),
    ("TERM", "dumb or linux: no bars; dumb: no colours either"),
    ("XDG_CACHE_HOME", "folder of cached answers and shell histories, instead of ~/.cache"),
    ("XDG_CONFIG_HOME", "folder of settings, instead of ~/.config"),
    ("XDG_DATA_DIRS", "where shells look for completion; self install says if they find it"),
    ("XDG_DATA_HOME", "folder of your own verbs, instead of ~/.local/share"),
    ("XDG_RUNTIME_DIR", "folder of your sockets; homelab also asks systemd and containers there"),
    ("XDG_STATE_HOME", "folder of journal, outbox and jobs, instead of ~/.local/state"),
    ("ZDOTDIR", "another folder where usage habits looks for the history of zsh"),
)
