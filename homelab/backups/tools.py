"""How each tool is asked for its snapshots. One table, ASK, has a function for each tool; it runs
the tool's own commands and returns the inventories of a source."""

from __future__ import annotations

import fnmatch

from homelab.backups import borg, btrbk, files, folders, reasons, repository, restic, zfs
from homelab.backups.programs import Refused
from homelab.backups.snapshot import Inventory, Snapshot, Unreadable, hosts, newest
from homelab.system import ownership, paths
from homelab.texts import numbered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.backups.programs import Programs, Ran
    from homelab.backups.source import Source

    Ask = Callable[[Programs, Source, "Choice"], list[Inventory]]

_TOO_LONG = "its list is longer than 16 MiB; {}"
_WARNED = 1  # exit code of borg after a warning; with BORG_EXIT_CODES=modern it is 100 to 127
_MODERN = range(100, 128)


class Choice:
    """The snapshots that count: of these `hosts` with these `tags` (restic), archives with a name
    that matches `name` (borg), of the datasets below the named one, too (`recursive`, ZFS);
    `seconds` is the time limit of each source, `home` the account's home folder."""

    __slots__ = ("home", "hosts", "name", "recursive", "seconds", "tags")

    def __init__(
        self,
        seconds: float,
        home: str = "",
        hosts: tuple[str, ...] = (),
        tags: tuple[str, ...] = (),
        name: str = "",
        recursive: bool = False,
    ) -> None:
        self.seconds = seconds
        self.home = home
        self.hosts = hosts
        self.tags = tags
        self.name = name
        self.recursive = recursive


def inventories(programs: Programs, source: Source, choice: Choice) -> list[Inventory]:
    """The inventories of a source, one or more. Raises TimeoutError."""
    try:
        return ASK[source.tool](programs, source, choice)
    except (Refused, Unreadable) as error:
        return [Inventory(source.shown, trouble=str(error))]


def late(source: Source, seconds: float) -> list[Inventory]:
    """The inventory of a source that did not answer in time."""
    who = "its file system" if source.tool in ("path", "rsnapshot") else source.tool
    why = f"{who} did not answer within {seconds:g} s; try it by hand, or raise --timeout"
    return [Inventory(source.shown, trouble=why)]


def _refuse_strange(path: str) -> None:
    """Raises Unreadable for a file that this account should not obey, because another can change
    it, and for one that does not exist."""
    try:
        ownership.check(path)
    except FileNotFoundError:
        raise Unreadable(f"{path} does not exist; correct its name") from None
    except ownership.Untrusted as error:
        raise Unreadable(f"homelab does not use it: {error.strerror}") from None
    except OSError as error:
        raise Unreadable(f"{path} can't be read: {error.strerror}") from None


def _failed(source: Source, ran: Ran) -> Inventory:
    kind, words = reasons.reason(source.tool, ran.code, ran.errors, ran.shown)
    if kind == reasons.MISSING:
        return Inventory(source.shown, missing=words)
    return Inventory(source.shown, trouble=words)


def _location(source: Source, choice: Choice) -> str:
    """The repository or path as its tool takes it."""
    return paths.expanded(source.where, choice.home)


def _restic(programs: Programs, source: Source, choice: Choice) -> list[Inventory]:
    """`restic snapshots`: it reads all snapshots in any case, so that asking for fewer saves
    nothing; if there are too many to be read, only the newest of each host and path."""
    where = _location(source, choice)
    env, without = {}, ["RESTIC_HOST"]  # it would select snapshots
    if where:
        env = {"RESTIC_REPOSITORY": where}
        without.append("RESTIC_REPOSITORY_FILE")  # restic accepts only one of the two
    elif programs.value("RESTIC_REPOSITORY_FILE"):
        _refuse_strange(programs.value("RESTIC_REPOSITORY_FILE"))
    name = where or programs.value("RESTIC_REPOSITORY")
    command = ["restic", "snapshots", "--json", "--no-lock"]
    ran = programs.run(command, env, tuple(without), name)
    whole = not ran.cut
    if ran.cut:
        latest = [*command, "--latest=1", *(f"--host={host}" for host in choice.hosts)]
        if choice.tags:
            latest.append(f"--tag={','.join(choice.tags)}")  # all of them
        ran = programs.run(latest, env, tuple(without), name)
    # restic before 0.12 has no --latest
    if ran.cut or (not whole and "unknown flag" in ran.errors):
        raise Unreadable(_TOO_LONG.format("restic forget removes old snapshots"))
    if ran.code:
        return [_failed(source, ran)]
    every = restic.snapshots(ran.out)
    chosen = restic.chosen(every, list(choice.hosts), list(choice.tags))
    missing = "the repository has no snapshot"
    if every:
        missing = f"none of its {len(every)} snapshots has that host and tag"
    elif not whole:
        missing = "none of its snapshots has that host and tag"
    ignored = restic.ignored(ran.errors)
    trouble = ""
    if ignored:
        many = numbered(ignored, "snapshot")
        trouble = f"restic can't read {many} of the repository; restic check shows why"
    names = hosts(chosen)
    hint = f"they are of {len(names)} hosts: --host NAME checks one" if len(names) > 1 else ""
    last, count = newest(chosen), len(chosen) if whole else None
    return [Inventory(source.shown, last, count, trouble=trouble, missing=missing, hint=hint)]


def _borg(programs: Programs, source: Source, choice: Choice) -> list[Inventory]:
    """`borg list` (1.1 and newer), or `borg repo-list` (2). Its questions are answered with no,
    unless the environment answers them."""
    where = _location(source, choice)
    env = {
        name: programs.value(name) or "no"
        for name in (
            "BORG_RELOCATED_REPO_ACCESS_IS_OK",
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK",
        )
    }
    if where:
        env["BORG_REPO"] = where
    where = where or programs.value("BORG_REPO")
    begin = ["borg", "--lock-wait", "1"]
    ran = programs.run([*begin, "list", "--json"], env, name=where)
    if ran.code == 2 and "usage:" in ran.errors.lower():  # an option or a command is unknown to it
        found = borg.version(programs.run(["borg", "--version"]).text())
        if found < (1, 1):
            raise Unreadable("this borg is too old: it has no --json; install 1.1 or newer")
        for command in ("repo-list", "rlist") if found >= (2, 0) else ():
            ran = programs.run([*begin, command, "--json"], env, name=where)
            if not (ran.code == 2 and "usage:" in ran.errors.lower()):
                break
    if ran.cut:
        raise Unreadable(_TOO_LONG.format("borg prune removes old archives"))
    if ran.code and not ((ran.code == _WARNED or ran.code in _MODERN) and ran.out):
        return [_failed(source, ran)]
    archives, checkpoints = borg.archives(ran.out)
    chosen = [each for each in archives if fnmatch.fnmatchcase(each.name, choice.name or "*")]
    missing = "the repository has no archive"
    if checkpoints:
        missing = "it has only checkpoints: archives of backups that were interrupted"
    if archives:
        missing = f"none of its {len(archives)} archives has a name like {choice.name}"
    return [Inventory(source.shown, newest(chosen), len(chosen), "archive", missing=missing)]


def _zfs(programs: Programs, source: Source, choice: Choice) -> list[Inventory]:
    depth = ["-r"] if choice.recursive else ["-d", "1"]
    begin = ["zfs", "list", "-Hp"]
    ran = programs.run([*begin, "-t", "snapshot", *depth, "-o", "name,creation", source.where])
    if ran.code:
        return [_failed(source, ran)]
    if ran.cut:
        raise Unreadable(_TOO_LONG.format("name a dataset with fewer snapshots"))
    found = zfs.snapshots(ran.text())
    names = [source.where]
    if choice.recursive:
        kinds = ["-r", "-t", "filesystem,volume", "-o", "name", source.where]
        listed = programs.run([*begin, *kinds])
        if listed.code or listed.cut:
            return [_failed(source, listed)]
        names = zfs.datasets(listed.text())
    end = f"@{source.pattern}" if source.pattern else ""
    return [_of_dataset(name, end, found.get(name, []), source.pattern) for name in names]


def _of_dataset(name: str, end: str, every: list[Snapshot], pattern: str) -> Inventory:
    chosen = [each for each in every if fnmatch.fnmatchcase(each.name, pattern or "*")]
    missing = "the dataset has no snapshot"
    if every:
        missing = f"none of its {len(every)} snapshots has a name like {pattern}"
    return Inventory(f"zfs:{name}{end}", newest(chosen), len(chosen), missing=missing)


def _btrbk(programs: Programs, source: Source, choice: Choice) -> list[Inventory]:
    """A row for each subvolume and target. Settings that another account can change are not used:
    btrbk would run commands from them."""
    where = _location(source, choice)
    _refuse_strange(where)
    begin = ["btrbk", "-c", where, "list"]
    config = programs.run([*begin, "config", "--format", "raw"])
    if config.code:
        return [_failed(source, config)]
    latest = programs.run([*begin, "latest", "--format", "raw"])
    skipped = btrbk.skipped(latest.shown)
    if latest.cut or (latest.code and not skipped):
        return [_failed(source, latest)]
    pairs = btrbk.pairs(config.text(), latest.text())
    if not pairs:
        return [Inventory(source.shown, missing="its settings name no subvolume")]
    return [_of_pair(pair, skipped) for pair in pairs]


def _of_pair(pair: btrbk.Pair, skipped: list[btrbk.Skipped]) -> Inventory:
    shown = f"btrbk:{repository.masked(pair.source)}"
    if pair.target:
        shown += f" to {repository.masked(pair.target)}"
    why = next((each for each in skipped if each.concerns(pair)), None)
    if why and not pair.latest:
        return Inventory(shown, trouble=f"btrbk can't read {why.place}: {why.reason}")
    if not pair.latest:
        return Inventory(shown, missing=f"it has no {'backup' if pair.target else 'snapshot'}")
    name = pair.latest.rpartition("/")[2]
    try:
        made = btrbk.made(name)
    except ValueError:
        return Inventory(shown, trouble=f"btrbk names a backup without a time: {name}")
    return Inventory(shown, Snapshot(name, made, path=pair.latest))


def _rsnapshot(programs: Programs, source: Source, choice: Choice) -> list[Inventory]:
    where = _location(source, choice)
    return [folders.inventory(where, source.shown, choice.seconds)]


def _path(programs: Programs, source: Source, choice: Choice) -> list[Inventory]:
    return [files.inventory(_location(source, choice), source.shown, choice.seconds)]


ASK: dict[str, Ask] = {
    "borg": _borg,
    "btrbk": _btrbk,
    "path": _path,
    "restic": _restic,
    "rsnapshot": _rsnapshot,
    "zfs": _zfs,
}
