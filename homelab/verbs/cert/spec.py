"""The descriptions of the verbs `cert …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS
from homelab.catalogue.verb import Argument, Verb

_STARTTLS = (
    "ftp", "imap", "ldap", "mysql", "pop3", "postgres", "sieve", "smtp", "xmpp", "xmpp-server",
)  # fmt: skip

VERBS = (
    Verb(
        "cert check",
        "certificates of servers and in files, those that end soon first",
        "homelab.verbs.cert.check:check",
        arguments=(
            Argument("TARGET", "server", "HOST[:PORT], URL or FILE", required=True, many=True),
            Argument(
                "--warn",
                "span",
                "warn when less time is left (default: 21d or 1/4 of its lifetime)",
            ),
            Argument("--name", "address", "ask for this name, and expect it (default: the host's)"),
            Argument("--ca-file", "file", "trust the CAs in this file, too", value="FILE"),
            Argument("--any-issuer", "flag", "don't mind who issued it: judge dates and names"),
            Argument(
                "--starttls",
                "text",
                "ask for TLS in this protocol, whatever the port",
                choices=_STARTTLS,
                value="PROTOCOL",
            ),
            Argument("--timeout", "span", "wait so long for a server", default="10s"),
            *CHECK,
        ),
        details=(
            "Port 443 where none is given; on 21, 25, 110, 143, 389, 587, 3306, 4190, 5222, 5269"
            " and 5432 TLS is asked for in the protocol of that port, and elsewhere in the one that"
            " the server greets in. What has a / or ends in .pem, .crt, .cer, .der, .p7b or .json"
            " is a file (PEM, DER, PKCS #7, Traefik's acme.json; each certificate in it a row), and"
            " so is a name that a file here has; HOST:443 never is. Whether the issuer is trusted"
            " is known of servers alone. What clients refuse is critical: so are self-signed"
            " certificates and those of the lab's own CA, until --ca-file names who may issue, or"
            " --any-issuer lets anybody. Less than 21 days left is a warning and less than 3 is"
            " critical; of a certificate that is made for a short time, less than a quarter and a"
            " tenth of it. --warn sets the first of them for all."
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
        core=True,
    ),
)
