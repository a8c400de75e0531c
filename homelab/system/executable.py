"""Find the programs that homelab itself runs.

`shutil.which` would do, but its module imports bz2 and lzma, and knows no program that root must
not run.
"""

from __future__ import annotations

import os

# cron's PATH has only /usr/bin and /bin, and that of an ordinary account no program for root.
_PLACES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def search_path(path: str) -> str:
    """A PATH, and behind it the usual folders of programs that it lacks. Its folders that depend on
    the working directory are left out."""
    given = [place for place in path.split(":") if place.startswith("/")]
    return ":".join([*given, *(place for place in _PLACES if place not in given)])


def executable(name: str, path: str) -> str | None:
    """The path of a program in the folders of `path`; None if it is not installed. Root does not
    run what another account can change: raises Untrusted for such a program, and OSError if that
    can't be checked."""
    for folder in path.split(":"):
        place = f"{folder}/{name}"
        if os.path.isfile(place) and os.access(place, os.X_OK):
            if os.geteuid() == 0:
                from homelab.system import ownership

                ownership.check(place)
            return place
    return None
