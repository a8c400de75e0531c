"""A slow disk: a preloaded library that delays each change below one folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

# The delay acts like a disk's: only a deadly signal shortens it.
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

static void note(const char *log)
{
    char line[32];
    int length = snprintf(line, sizeof line, "%d\n", (int) getpid());
    int file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    syscall(SYS_write, file, line, length);
    syscall(SYS_close, file);
}

static void wait_if(int folder, const char *path)
{
    const char *below = getenv("SLOW_DISK"), *delay = getenv("SLOW_DISK_MS");
    const char *log = getenv("SLOW_DISK_LOG");
    char whole[PATH_MAX] = "", link[64];
    int before = errno;
    if (!below || !delay) return;
    if (!path || path[0] != '/') {
        if (path && folder == AT_FDCWD) return;  /* the state folder is named from the root */
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, whole, sizeof whole - 1);
        if (length < 0) { errno = before; return; }
        whole[length] = 0;
        path = whole;
    }
    if (!strncmp(path, below, strlen(below))) {
        long ms = atol(delay);
        if (log) note(log);
        struct timespec left = { ms / 1000, ms % 1000 * 1000000L };
        while (nanosleep(&left, &left) && errno == EINTR) ;
    }
    errno = before;
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; va_start(rest, last); mode = va_arg(rest, mode_t); va_end(rest); \
    }

int open(const char *path, int flags, ...)
{ MODE(flags, flags) REAL(open); wait_if(AT_FDCWD, path); return real(path, flags, mode); }
int open64(const char *path, int flags, ...)
{ MODE(flags, flags) REAL(open64); wait_if(AT_FDCWD, path); return real(path, flags, mode); }
int openat(int folder, const char *path, int flags, ...)
{ MODE(flags, flags) REAL(openat); wait_if(folder, path);
  return real(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...)
{ MODE(flags, flags) REAL(openat64); wait_if(folder, path);
  return real(folder, path, flags, mode); }
int rename(const char *from, const char *to)
{ REAL(rename); wait_if(AT_FDCWD, from); return real(from, to); }
int renameat(int old, const char *from, int new, const char *to)
{ REAL(renameat); wait_if(old, from); return real(old, from, new, to); }
int link(const char *from, const char *to)
{ REAL(link); wait_if(AT_FDCWD, to); return real(from, to); }
int linkat(int old, const char *from, int new, const char *to, int flags)
{ REAL(linkat); wait_if(new, to); return real(old, from, new, to, flags); }
int unlink(const char *path)
{ REAL(unlink); wait_if(AT_FDCWD, path); return real(path); }
int unlinkat(int folder, const char *path, int flags)
{ REAL(unlinkat); wait_if(folder, path); return real(folder, path, flags); }
int mkdir(const char *path, mode_t mode)
{ REAL(mkdir); wait_if(AT_FDCWD, path); return real(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode)
{ REAL(mkdirat); wait_if(folder, path); return real(folder, path, mode); }
ssize_t write(int file, const void *bytes, size_t count)
{ REAL(write); wait_if(file, 0); return real(file, bytes, count); }
"""


def compiled(folder: Path, text: str = SOURCE, name: str = "slow_disk") -> Path | None:
    """The library, compiled from a C text in `folder`; None without gcc."""
    if shutil.which("gcc") is None:
        return None
    source, library = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(text)
    command = ["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return library


def slowed(library: Path, folder: Path, ms: int, log: Path | None = None) -> dict[str, str]:
    """The environment of a process for which each change below `folder` takes `ms` ms more. The
    process id of each such call is a line of `log`, before the call."""
    env = {"LD_PRELOAD": str(library), "SLOW_DISK": str(folder), "SLOW_DISK_MS": str(ms)}
    return {**env, "SLOW_DISK_LOG": str(log)} if log else env
