"""Accounts of this host: names, members of groups, who mounted a file system. Lookups may use a
slow directory server, so they are made only for a path that looks wrong."""

from __future__ import annotations


def name(number: int) -> str:
    """The name of an account (uid) for a message."""
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"number {number}"


def others_in(group: int, owner: int) -> str:
    """The name of a group (gid) that has other members than `owner` (uid); "" for the owner's
    private group: it has the owner's name, no other member under any of its names, and is not
    another account's primary group."""
    import grp
    import pwd

    try:
        name = grp.getgrgid(group).gr_name
        own = pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"number {group}"
    members = {each.pw_name for each in pwd.getpwall() if each.pw_gid == group}
    names = {name}
    for each in grp.getgrall():
        if each.gr_gid == group:
            names.add(each.gr_name)
            members.update(each.gr_mem)
    return name if own not in names or members - {own} else ""


def mounted_by(path: str) -> int:
    """The account (uid) that mounted its own file system (FUSE) at a path, 0 for none. Such a file
    system can report any owner and mode for its files."""
    return mounted_by_in(_mounts(), path)


def is_procfs(device: int) -> bool:
    """Whether a device (st_dev) is that of a mounted /proc."""
    import os

    number = f"{os.major(device)}:{os.minor(device)}"
    lines = [line.split(" ") for line in _mounts().split("\n")]
    return any(line[2:3] == [number] and line[line.index("-") + 1] == "proc" for line in lines)


def _mounts() -> str:
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            return file.read().decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def mounted_by_in(table: str, path: str) -> int:
    """The result of `mounted_by`, from the text of /proc/self/mountinfo. In a path the kernel
    writes four characters in octal, but other line ends as they are (proc(5))."""
    written = "".join(f"\\{ord(sign):03o}" if sign in " \t\n\\" else sign for sign in path)
    for line in table.split("\n")[::-1]:  # the last mount at a path is the visible one
        fields = line.split(" ")
        if fields[4:5] == [written]:
            options = fields[-1].split(",")
            return max(int(each[8:]) for each in ["user_id=0", *options] if each[:8] == "user_id=")
    return 0


def may_be_root(owner: int) -> bool:
    """Whether an owner (uid) may be root, in a sandbox that shows all other accounts as nobody: a
    user namespace that does not map root (user_namespaces(7))."""
    try:
        with open("/proc/sys/kernel/overflowuid", "rb") as file:
            if int(file.read(16)) != owner:
                return False
        with open("/proc/self/uid_map", "rb") as file:
            lines = file.read(1 << 14).splitlines()
        ranges = [tuple(map(int, line.split())) for line in lines]
        return not any(outer == 0 or 0 <= owner - inner < count for inner, outer, count in ranges)
    except (OSError, ValueError):
        return False
