"""`cert …`, as data."""

from __future__ import annotations

from homelab.catalogue.common import ALL, ROWS
from homelab.verb import Argument, Verb

VERBS = (
    Verb(
        "cert check",
        "certificates of servers and in files, those that end soon first",
        "homelab.verbs.cert:check",
        arguments=(
            Argument(
                "TARGET",
                "text",
                "HOST[:PORT], URL or FILE",
                required=True,
                many=True,
            ),
            Argument("--warn", "span", "warn when less time is left", default="21d"),
            Argument("--name", "text", "ask for this name, and expect it (default: the host's)"),
            Argument("--ca-file", "file", "trust the CAs in this file, too"),
            Argument("--any-issuer", "flag", "don't mind who issued it: judge dates and names"),
            Argument(
                "--starttls",
                "text",
                "ask for TLS in this protocol, whatever the port",
                choices=("ftp", "imap", "ldap", "pop3", "postgres", "smtp"),
            ),
            Argument("--timeout", "span", "wait so long for a server", default="10s"),
            ALL,
            *ROWS,
        ),
        details=(
            "Port 443 where none is given; 21, 25, 110, 143, 389, 587 and 5432 are asked for TLS in"
            " their protocol. What has a / or ends in .pem, .crt, .cer or .der is a file, PEM or"
            " DER, and each certificate in it a row; so is the name of a file that is there"
            " (HOST:443 is never one). Self-signed ones and those of the lab's own CA are read as"
            " well: they are a warning until --ca-file names who may issue, or --any-issuer lets"
            " anybody. Less than 3 days are critical; of a certificate made for less than 30 days"
            " a quarter is little and a tenth critical."
        ),
        examples=(
            "homelab cert check nas.lan:8443 https://git.lan/ mail.lan:25",
            "homelab cert check --ca-file /etc/ssl/lab-ca.pem nas.lan pve.lan:8006",
            "homelab cert check --all /etc/letsencrypt/live/*/fullchain.pem",
        ),
        exits=(
            (0, "all are good"),
            (1, "one is not, or ends soon"),
            (69, "no certificate could be read at all"),
        ),
        answers=(0, 1),
        schema="homelab.cert-check/1",
        network=True,
    ),
)
