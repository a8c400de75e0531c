"""Pure: read SOURCE: which tool has the backups, and where."""

from __future__ import annotations

from homelab.backups import repository, zfs

TOOLS = ("restic", "borg", "rsnapshot", "btrbk", "zfs")
PATH = "path"  # the "tool" of files and folders
# The settings files of tools in their usual places.
USUAL = {"rsnapshot": "/etc/rsnapshot.conf", "btrbk": "/etc/btrbk/btrbk.conf"}
# What the environment must have if a source names no repository.
VARIABLES = {
    "restic": ("RESTIC_REPOSITORY", "RESTIC_REPOSITORY_FILE"),
    "borg": ("BORG_REPO",),
}
_ARCHIVE = "::"  # between a repository of borg and an archive
_LONGEST = 20  # characters of a word in front of a colon that may be a tool's name


class Source:
    """A place with backups: the `tool` that made them (or PATH), `where` they are (a repository, a
    file with settings, a dataset, a path or a pattern; "" for restic and borg: the environment
    names it), and the name that is `shown`. `pattern` selects snapshots of a dataset by name."""

    __slots__ = ("pattern", "shown", "tool", "where")

    def __init__(self, tool: str, where: str, shown: str, pattern: str = "") -> None:
        self.tool = tool
        self.where = where
        self.shown = shown
        self.pattern = pattern


def source(text: str) -> Source:
    """The source that a text names: `restic:REPOSITORY`, `borg:REPOSITORY`, `rsnapshot:PATH`,
    `btrbk:FILE`, `zfs:DATASET`, a path or a pattern. Raises ValueError with a sentence."""
    if not text.strip():
        raise ValueError("the source is empty; name a path, or TOOL:WHERE")
    if "\0" in text:
        raise ValueError("the source contains a NUL character")
    tool, colon, where = text.partition(":")
    if not colon or "/" in tool or not tool.isalpha() or len(tool) > _LONGEST:
        if colon and "/" not in tool and tool and not tool.startswith((".", "~", "*")):
            raise ValueError(_unknown(tool))
        return Source(PATH, text, repository.masked(text) if "://" in text else text)
    if tool not in TOOLS:
        raise ValueError(_unknown(tool))
    if tool == "borg" and _ARCHIVE in where.rpartition("]")[2]:  # IPv6 is in brackets
        raise ValueError(
            f"borg: needs a repository without {_ARCHIVE}ARCHIVE; --name selects archives"
        )
    if tool in ("restic", "borg"):
        return Source(tool, where, f"{tool}:{repository.masked(where)}")
    where = where or USUAL.get(tool, "")
    if tool == "zfs":
        return _of_zfs(where)
    return Source(tool, where, f"{tool}:{where}")


def refuse_secret(text: str) -> None:
    """Raises ValueError for a source of settings that has a password in it, or something that could
    be one: settings are shown, and `check` passes their words in arguments, which other accounts
    can read."""
    tool, _, where = text.partition(":")
    if tool == "restic" and repository.has_secret(where):
        raise ValueError(
            "a password in a repository does not belong in settings; write the repository into a"
            " file that only you can read, name that in RESTIC_REPOSITORY_FILE, and write restic:"
        )
    if tool == "borg" and repository.has_secret(where):
        raise ValueError(
            "a password in a repository does not belong in settings; set BORG_REPO, and write borg:"
        )


def _of_zfs(where: str) -> Source:
    dataset, at, pattern = where.partition("@")
    if not zfs.is_dataset(dataset) or (at and not pattern):
        raise ValueError("zfs: needs a dataset: zfs:tank/data, or zfs:tank/data@daily-* for some")
    return Source("zfs", dataset, f"zfs:{where}", pattern)


def _unknown(tool: str) -> str:
    known = ", ".join(f"{each}:" for each in TOOLS)
    word = tool if tool.isprintable() and len(tool) <= _LONGEST and "@" not in tool else "…"
    lines = f"unknown tool {word!r} in front of the colon (known: {known})"
    return f"{lines}; put ./ in front of a path: ./{word}:…"
