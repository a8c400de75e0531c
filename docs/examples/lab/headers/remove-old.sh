#!/bin/sh
# Summary: remove the files of a folder that are older than some days
# Usage: remove-old [--dry-run] FOLDER DAYS
# Effect: destructive
# Option: --dry-run  print what would be removed, remove nothing
# Arg: FOLDER  the folder, without those below it
# Arg: DAYS  how old a file must be
# Example: homelab headers remove-old --dry-run /mnt/nas/pve1 30
# Exit: 0  done
# Exit: 2  wrong usage
#
# A header of a script that deletes: an agent needs --allow destructive for it.
set -eu

action=-delete
if [ "${1-}" = --dry-run ]; then
    action=
    shift
fi
if [ $# -ne 2 ]; then
    echo "usage: homelab ${HOMELAB_VERB:-headers remove-old} [--dry-run] FOLDER DAYS" >&2
    exit 2
fi
find "$1" -maxdepth 1 -type f -mtime "+$2" -print $action
