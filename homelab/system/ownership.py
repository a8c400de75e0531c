"""Can another account change this path? Checked from `/` on, component by component.

Each folder is opened relative to the one checked before it (openat, O_NOFOLLOW) and checked by its
own descriptor; a symbolic link is checked and then followed under the same rule. A component passes
if root or this account owns it and no other account can write to it. A sticky folder such as `/tmp`
passes as well: other accounts can add names there but can't replace ours, which are checked next.
If every component passes, no other account can replace any of them, so using the path by its name
afterwards is safe.
"""

from __future__ import annotations

import os
import stat

from homelab.system.paths import closed, open_regular

_LINKS = 40  # as many as Linux follows
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Untrusted(PermissionError):
    """Another account can change a path: the `component` at fault (a path without links), `why`,
    and the command or advice that fixes it."""

    def __init__(self, component: str, why: str, fix: str) -> None:
        super().__init__(1, f"{component}: {why}; {fix}")  # EPERM
        self.component = component
        self.why = why
        self.fix = fix


def check(path: str, known: dict[str, str] | None = None) -> os.stat_result:
    """The status (stat_result) of the file or folder at the path. Raises Untrusted if another
    account can change it, and OSError. `known` collects folders that passed, each with its path
    without links; a caller that checks many paths passes the same dict each time."""
    path = _absolute(path)
    known = {} if known is None else known
    walk = _begun(path, known)
    try:
        found = walk.to(os.path.basename(path))
        if not walk.name:
            known[path] = walk.at
        return found
    finally:
        walk.close()


def opened(path: str, flags: int = os.O_RDONLY, known: dict[str, str] | None = None) -> int:
    """Descriptor of the regular file at the path, opened without blocking. Raises Untrusted if
    another account can change it, and OSError. `known` is that of `check`."""
    walk = _begun(_absolute(path), {} if known is None else known)
    try:
        walk.to(os.path.basename(path))
        file = open_regular(walk.folder, walk.name or ".", flags)
        try:
            walk.judge(os.fstat(file), walk.name)
        except Untrusted:
            os.close(file)
            raise
        return file
    finally:
        walk.close()


def folder(path: str, make: bool = False, mode: int = 0o700) -> int:
    """Descriptor of the folder at the path. With `make`, the folder and missing parents are created
    with that mode whatever the umask is, but never the missing target of a link. Raises Untrusted
    if another account can change it, and OSError."""
    walk = _Walk()
    try:
        walk.to(_absolute(path), mode if make else 0)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(walk.name or ".", flags, dir_fd=walk.folder)
    finally:
        walk.close()


def target(path: str) -> tuple[str, os.stat_result | None]:
    """The place for an output file: the path without links, and the status of an existing file,
    else None. Raises Untrusted if another account can change the folder, or owns a link or the
    existing file, and OSError. A file that others can write to passes, since a new one replaces it;
    so does a device or a pipe."""
    walk = _Walk(end=False)
    try:
        found: os.stat_result | None = walk.to(_absolute(path))
    except FileNotFoundError:
        if not walk.name:
            raise
        found = None
    finally:
        walk.close()
    return os.path.join(walk.at, walk.name), found


def own_folder(path: str, make: bool = True) -> int:
    """Descriptor of a state folder that this account owns, created if it is missing (`make`).
    Raises OSError, and Untrusted if another account can change the folder: root with a kept HOME
    must not leave files there."""
    if not path:
        raise FileNotFoundError("no home directory")
    opened = folder(path, make)
    found = os.fstat(opened)
    if found.st_uid != os.geteuid():
        closed(opened)
        raise PermissionError(f"{path} is another account's")
    try:
        refuse_shared(path, found)
    except Untrusted:
        closed(opened)
        raise
    return opened


def refuse_shared(path: str, status: os.stat_result) -> None:
    """Raises Untrusted for a sticky folder in which other accounts can create files."""
    if status.st_mode & 0o022 and status.st_mode & stat.S_ISVTX:
        from homelab.texts import quoted

        raise Untrusted(path, "other accounts can create files in it", f"chmod go-w {quoted(path)}")


def own_file(folder: str, name: str, flags: int) -> int:
    """Descriptor of a file in a state folder, created if it is missing (mode 0600). Raises the
    errors of `own_folder`."""
    opened = own_folder(folder)
    try:
        return os.open(name, flags | os.O_CREAT | os.O_CLOEXEC, 0o600, dir_fd=opened)
    finally:
        closed(opened)


def _error(name: str, path: str) -> OSError:
    import errno

    number: int = getattr(errno, name)
    return OSError(number, os.strerror(number), path)


def _begun(path: str, known: dict[str, str]) -> _Walk:
    """A walk to the folder of the last component of a path, which is added to `known`; it begins at
    the deepest folder that is in `known`."""
    above = path.rpartition("/")[0]
    begin = above
    while begin and begin not in known:
        begin = begin.rpartition("/")[0]
    walk = _Walk(known.get(begin, "/"))
    try:
        if begin != above or not above:
            walk.to(above[len(begin) :] if begin in known else above)
        if walk.name:
            raise _error("ENOTDIR", path)
        known[above] = walk.at
    except BaseException:
        walk.close()
        raise
    return walk


def _absolute(path: str) -> str:
    return path if path.startswith("/") else f"{os.getcwd()}/{path}"


class _Walk:
    """A walk along a path, starting at a folder that passed: `folder` is the descriptor of the
    current folder, `at` its path. `name` is the file at the end of the walk, "" if the walk ended
    at a folder. Without `end`, a file at the end may be writable by others."""

    __slots__ = ("_device", "_end", "_euid", "at", "folder", "name")

    def __init__(self, begin: str = "/", end: bool = True) -> None:
        self._euid = os.geteuid()
        self._end = end
        self.at = begin
        self.name = ""
        self.folder = os.open(begin, _FOLDER)
        self._device = os.fstat(self.folder).st_dev

    def close(self) -> None:
        """Close what is open."""
        os.close(self.folder)

    def to(self, path: str, make: int = 0) -> os.stat_result:
        """Follow the path from the current folder on. Return the status of its last component.
        Missing folders are created with the mode `make`, if that is not 0."""
        links = 0
        found = os.fstat(self.folder)
        if self.at == "/":
            self.judge(found, "")
        parts = path.split("/")[::-1]
        typed = len(parts)  # this many or fewer are left once a link's target has been walked
        while parts:
            part = parts.pop()
            if part in ("", "."):
                continue
            try:
                below = os.open(part, _FOLDER, dir_fd=self.folder)
            except FileNotFoundError:
                if not make or len(parts) >= typed:
                    self.name = "" if parts else part
                    raise
                self._make(part, make)
                parts.append(part)
                continue
            except OSError:
                found = os.stat(part, dir_fd=self.folder, follow_symlinks=False)
                self.judge(found, part)
                if stat.S_ISDIR(found.st_mode):
                    raise
            else:
                found = os.fstat(below)
                self._enter(part, below)
                usual = found.st_dev == self._device and not found.st_mode & 0o022
                if not usual or found.st_uid not in (0, self._euid):
                    self.judge(found, "")
                    self._device = found.st_dev
                continue
            if stat.S_ISLNK(found.st_mode):
                links += 1
                if links > _LINKS:
                    raise _error("ELOOP", path)
                typed = min(typed, len(parts))
                target = os.readlink(part, dir_fd=self.folder)
                self._plain(found, part, target)
                parts += target.split("/")[::-1]
                if target.startswith("/"):
                    self._enter("/", os.open("/", _FOLDER))
                    self._device = os.fstat(self.folder).st_dev
            elif parts:
                raise _error("ENOTDIR", self._path(part))
            else:
                self.name = part
        return found

    def _plain(self, found: os.stat_result, part: str, target: str) -> None:
        """Refuse a link of procfs (/proc/PID/cwd, root, fd/N): the kernel does not follow its text
        but goes where the process is, which may be in another mount namespace."""
        if found.st_size == len(os.fsencode(target)) != 64:  # links of procfs have 0 or 64
            return
        from homelab.system import accounts

        if accounts.is_procfs(found.st_dev):
            why = "it is a link of /proc, whose target its process decides"
            raise Untrusted(self._path(part), why, "use the path that it leads to")

    def _enter(self, part: str, below: int) -> None:
        os.close(self.folder)
        self.folder = below
        self.at = os.path.dirname(self.at) if part == ".." else self._path(part)

    def _path(self, part: str) -> str:
        return os.path.join(self.at, part) if part else self.at

    def _make(self, part: str, mode: int) -> None:
        try:
            os.mkdir(part, 0o700, dir_fd=self.folder)
            os.chmod(part, mode, dir_fd=self.folder)  # independent of the umask
        except FileExistsError:
            pass  # made by another run or account: it is checked like any other
        except OSError as error:
            error.filename = self._path(part)
            raise

    def judge(self, found: os.stat_result, part: str) -> None:
        """Check the entry `part` of the current folder ("" for the folder itself)."""
        mode = found.st_mode
        is_folder = stat.S_ISDIR(mode)
        if found.st_uid not in (0, self._euid):
            self._strange(found, part)
        if found.st_dev != self._device:
            self._mounted(found, part)
        # a link has no mode of its own, and settings and scripts are not read from devices
        if not (is_folder or (self._end and stat.S_ISREG(mode))):
            return
        if is_folder and mode & stat.S_ISVTX:
            return
        if mode & stat.S_IWOTH:
            raise self._writable(found, part, "it is world-writable", "chmod o-w")
        if mode & stat.S_IWGRP:
            self._by_group(found, part)

    def _strange(self, found: os.stat_result, part: str) -> None:
        from homelab.system import accounts
        from homelab.texts import quoted

        path, own = self._path(part), self._euid
        if accounts.may_be_root(found.st_uid):
            return
        why = f"it belongs to another account ({accounts.name(found.st_uid)})"
        link = "-h " if stat.S_ISLNK(found.st_mode) else ""
        command = f"{f'sudo chown {link}{own}' if own else f'chown {link}root'} {quoted(path)}"
        whose = "yours or root's" if own else "root's"
        fix = f"use a file that is {whose}"
        if stat.S_ISDIR(found.st_mode):
            fix = f"use a folder that is {whose}, as is all above it"
        elif link or stat.S_ISREG(found.st_mode):
            fix = f"if you trust it: {command}"
        raise Untrusted(path, why, fix)

    def _mounted(self, found: os.stat_result, part: str) -> None:
        """Refuse a file system that another account mounted (FUSE), since it can report any owner
        and mode for its files. It has no block device, so its number has no major part."""
        if os.major(found.st_dev):
            return
        from homelab.system import accounts

        path = self._path(part)
        by = accounts.mounted_by(path)
        if by not in (0, self._euid):
            why = f"another account ({accounts.name(by)}) mounted it"
            raise Untrusted(path, why, "use another folder")

    def _by_group(self, found: os.stat_result, part: str) -> None:
        """A group-writable entry passes only if the group is its owner's private group and the
        group bits are not the mask of an ACL (acl(5))."""
        from homelab.system import accounts

        others = accounts.others_in(found.st_gid, found.st_uid)
        if others:
            why = f"it is writable by its group ({others})"
            raise self._writable(found, part, why, "chmod g-w")
        import errno

        try:
            os.getxattr(self._path(part), "system.posix_acl_access", follow_symlinks=False)
        except AttributeError:  # only Linux has it
            return
        except OSError as error:
            if error.errno in (errno.ENODATA, errno.ENOTSUP, errno.ENOSYS):
                return
        raise self._writable(found, part, "its ACL lets other accounts write to it", "setfacl -b")

    def _writable(self, found: os.stat_result, part: str, why: str, command: str) -> Untrusted:
        from homelab.texts import quoted

        path = self._path(part)
        sudo = "sudo " if self._euid and found.st_uid != self._euid else ""
        return Untrusted(path, why, f"{sudo}{command} {quoted(path)}")
