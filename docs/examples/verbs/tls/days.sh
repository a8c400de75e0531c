#!/bin/sh
# Summary: days until a server's certificate ends
# Effect: read
# Option: --warn DAYS  fewer than this many days are a warning (default: 14)
# Arg: HOST  a host, or HOST:PORT (443 where none is given)
# Example: homelab tls days nas.lan
# Example: homelab tls days --warn 30 loki.lan:8443
# Needs: openssl
# Exit: 0  long enough
# Exit: 1  fewer days than --warn
# Exit: 69  the server shows no certificate
#
# It reads the certificate that the server shows and does not check who signed it.
set -eu
export LC_ALL=C

warn=14
if [ "${1-}" = --warn ]; then
    warn=$2
    shift 2
fi
server=${1:?a host is missing; see homelab tls days --help}
case $server in *:*) ;; *) server=$server:443 ;; esac

end=$(openssl s_client -connect "$server" -servername "${server%:*}" </dev/null 2>/dev/null |
    openssl x509 -noout -enddate 2>/dev/null | cut -d= -f2)
if [ -z "$end" ]; then
    echo "$server: no certificate; does TLS answer there?" >&2
    exit 69
fi
days=$((($(date -d "$end" +%s) - $(date +%s)) / 86400))
echo "$server $days days"
[ "$days" -ge "$warn" ]
