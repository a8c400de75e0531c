"""The place of a run, as far as this host can say: host name, machine, boot and PID namespace.

A home may be shared, by NFS between hosts and by a volume between containers. The containers of a
host share the boot identifier of its kernel, and have process numbers of their own.
"""

from __future__ import annotations

import os

from homelab.jobs.record import Origin
from homelab.system import files

_MACHINE = ("/etc/machine-id", "/var/lib/dbus/machine-id")


def here() -> Origin:
    """The origin of the runs that this process starts."""
    return Origin(_host(), _machine(), _line("/proc/sys/kernel/random/boot_id"), _namespace())


def _host() -> str:
    name = os.uname().nodename[:64]
    return name if name.isprintable() else ""


def _machine() -> str:
    """The host's machine ID, hashed, since it must not leave the host (machine-id(5)); "" if there
    is none, as in many containers."""
    found = next(filter(None, map(_line, _MACHINE)), "")
    if not found or found == "uninitialized":
        return ""
    from hashlib import sha256

    return sha256(b"homelab.job/1 " + found.encode("ascii")).hexdigest()[:16]


def _namespace() -> str:
    """The number of the PID namespace, which is unique in this boot as long as it exists."""
    try:
        return os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        return ""


def _line(path: str) -> str:
    try:
        text = files.beginning(path, 64).decode("ascii").strip()
    except (OSError, ValueError):
        return ""
    return text if text.isprintable() else ""
