"""The descriptions of the verbs `cert …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "cert check",
        "certificates of servers and in files, those that end soon first",
        "homelab.verbs.cert.check:check",
        arguments=(
            Argument("TARGET", "server", "HOST[:PORT], URL or FILE", required=True, many=True),
            Argument("--warn", "span", "warn when less time is left", default="21d"),
            Argument("--name", "address", "ask for this name, and expect it (default: the host's)"),
            Argument("--ca-file", "file", "trust the CAs in this file, too", value="FILE"),
            Argument("--any-issuer", "flag", "don't mind who issued it: judge dates and names"),
            Argument(
                "--starttls",
                "text",
                "ask for TLS in this protocol, whatever the port",
                choices=("ftp", "imap", "ldap", "pop3", "postgres", "smtp"),
            ),
            Argument("--timeout", "span", "wait so long for a server", default="10s"),
            *CHECK,
        ),
        details=(
            "Port 443 where none is given; on 21, 25, 110, 143, 389, 587 and 5432 TLS is asked for"
            " in the protocol of that port. What has a / or ends in .pem, .crt, .cer or .der is a"
            " file (PEM or DER, each certificate in it a row), and so is a name that a file here"
            " has; HOST:443 never is. Whether the issuer is trusted is known of servers alone."
            " Self-signed certificates and those of the lab's own CA are a warning until --ca-file"
            " names who may issue, or --any-issuer lets anybody. Less than 3 days left is"
            " critical; a certificate made for less than 30 days is a warning in its last quarter,"
            " and critical in its last tenth."
        ),
        examples=(
            "homelab cert check nas.lan:8443 https://git.lan/ mail.lan:25",
            "homelab cert check --ca-file /etc/ssl/lab-ca.pem nas.lan pve.lan:8006",
            "homelab cert check --all /etc/letsencrypt/live/*/fullchain.pem",
        ),
        exits=(
            (0, "all are good"),
            (1, "one is not, or ends soon"),
            (69, "of those that could be read none is wrong, but one could not"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
    ),
)
