#!/usr/bin/env python3
# Summary: how old the newest file of each backup folder is
# Effect: read
# Option: --most HOURS  older than this is too old (default: 26)
# Arg: FOLDER...  folders that a backup is written to
# Example: homelab backup age /srv/backup/*
# Exit: 0  all are new enough
# Exit: 1  one is too old, or empty
# Exit: 2  wrong usage
"""26 hours: a nightly job may take two hours longer than yesterday without an alarm."""

import argparse
import os
import sys
import time


def newest(folder):
    """The time (s) at which the newest file below a folder was written; None if it has no file."""
    last = None
    for path, _, names in os.walk(folder):
        for name in names:
            written = os.lstat(os.path.join(path, name)).st_mtime
            last = written if last is None else max(last, written)
    return last


def main():
    parser = argparse.ArgumentParser(prog="homelab " + os.environ.get("HOMELAB_VERB", "backup age"))
    parser.add_argument("--most", type=float, default=26, metavar="HOURS")
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    arguments = parser.parse_args()
    late = False
    for folder in arguments.folders:
        written = newest(folder)
        hours = None if written is None else (time.time() - written) / 3600
        late = late or hours is None or hours > arguments.most
        print(folder, "empty" if hours is None else f"{hours:.1f} hours")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
