"""A file system without locks, like NFS without a lock service: a library, preloaded, in which each
lock of a file fails with the error NO_LOCKS (ENOLCK if that is unset)."""

from __future__ import annotations

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>

static int refused(void)
{ const char *text = getenv("NO_LOCKS"); errno = text ? atoi(text) : ENOLCK; return -1; }
static int is_lock(int command)
{ return command == F_SETLK || command == F_SETLKW || command == F_GETLK; }

int flock(int file, int operation) { return refused(); }
#define FCNTL(name) int name(int file, int command, ...) \
{ static int (*real)(int, int, ...); if (!real) real = dlsym(RTLD_NEXT, #name); \
  va_list more; va_start(more, command); void *value = va_arg(more, void *); va_end(more); \
  return is_lock(command) ? refused() : real(file, command, value); }
FCNTL(fcntl)
FCNTL(fcntl64)
"""
