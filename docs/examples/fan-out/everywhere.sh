#!/bin/sh
# Summary: run a verb of homelab on several hosts over ssh, all at once
# Usage: everywhere HOST[,HOST...] VERB...
# Effect: destructive
# Args: raw
# Example: homelab everywhere pve1,nas host status
# Example: homelab everywhere pve1,nas update list --problems
# Needs: ssh
# Exit: 0  every host answers 0
# Exit: 1  a verb found a problem or failed on a host
# Exit: 2  wrong usage
# Exit: 69  no problem, but a host is out of reach or something is unknown there
#
# A host without homelab gets the file through the same connection and forgets it afterwards; it
# needs Python 3.9 or newer. Run it by itself (HOMELAB_BIN=./homelab.pyz ./everywhere.sh pve1,nas
# host status), or put it into ~/.local/share/homelab/verbs as a verb.
set -u

if [ $# -lt 2 ]; then
    echo "usage: everywhere HOST[,HOST...] VERB..." >&2
    exit 2
fi
file=${HOMELAB_BIN:-$(command -v homelab)}
hosts=$1
shift

quoted() { # a word as a shell reads it again
    printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

words=$(for word in "$@"; do quoted "$word"; done)
there='command -v homelab >/dev/null && exec homelab '$words'</dev/null; '
there=$there'file=$(mktemp) || exit 70; cat >"$file"; sh "$file" '$words'</dev/null; '
there=$there'code=$?; rm -f "$file"; exit $code'

answers=$(mktemp -d) || exit 1
trap 'rm -rf "$answers"' EXIT
set -f
IFS=,
set -- $hosts
unset IFS
for host; do
    {
        ssh -o BatchMode=yes -o LogLevel=ERROR -- "$host" "sh -c $(quoted "$there")" <"$file" 2>&1
        echo $? >"$answers/$host.code"
    } >"$answers/$host" &
done
wait

worst=0
for host; do
    while IFS= read -r line; do
        printf '%s: %s\n' "$host" "$line"
    done <"$answers/$host"
    read -r code <"$answers/$host.code"
    case $code in
        0) ;;
        69 | 255) [ $worst = 1 ] || worst=69 ;;
        *) worst=1 ;;
    esac
done
exit $worst
