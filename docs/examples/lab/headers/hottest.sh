#!/bin/sh
# Summary: the hottest sensor of this host, in degrees Celsius
# Effect: read
# Option: --warn DEGREES  this hot is a problem (default: 80)
# Example: homelab headers hottest --warn 70
# Exit: 0  cooler than --warn
# Exit: 1  as hot as --warn or hotter
# Exit: 69  this host has no sensor
# Answers: 0 1
#
# A header of a script that reads: agents may call it, and HOMELAB_READ_ONLY=1 lets it run.
set -eu

warn=80
[ "${1-}" != --warn ] || warn=$2
hottest=$(cat "${SENSORS:-/sys/class/thermal}"/thermal_zone*/temp 2>/dev/null | sort -n | tail -n 1)
if [ -z "$hottest" ]; then
    echo "no sensor in ${SENSORS:-/sys/class/thermal}" >&2
    exit 69
fi
echo "$((hottest / 1000)) degrees"
[ $((hottest / 1000)) -lt "$warn" ]
