#!/bin/sh
# Summary: copy the settings of this host into a folder
# Effect: write
# Arg: FOLDER  where etc.tar.gz goes
# Example: homelab headers copy-etc /mnt/nas/pve1
# Needs: tar gzip
# Exit: 0  copied
# Exit: 2  wrong usage
# Counts-as: backup
#
# A header of a script that changes something. `Counts-as:` lets its runs count as "backup", a word
# of the public list, so that `homelab usage next` can say that such a verb is missing.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: homelab ${HOMELAB_VERB:-headers copy-etc} FOLDER" >&2
    exit 2
fi
tar -czf "$1/etc.tar.gz" -C "${ROOT:-/}" etc
